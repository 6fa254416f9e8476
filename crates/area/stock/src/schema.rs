//! Record types and tables of the stock.

use crate::hooks::{IncomingHooks, ItemHooks, MoveHooks, WarehouseHooks};
use std::sync::Arc;
use zhike_kernel::{Filter, Op, Value};
use zhike_store::{BuiltIn, Field, FieldKind, Migration, RecordType, Search};

/// How a product comes to be there.
pub(crate) const MODES: &[&str] = &["stocked", "made_to_order"];
/// Kinds of movement. The first two are booked by people and files, the others by orders.
pub(crate) const KINDS: &[&str] = &["receipt", "correction", "reservation", "release", "issue", "return"];

/// The steps, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[FIRST];

const FIRST: Migration = Migration {
    name: "stock_0001",
    up: &[
        "CREATE TABLE stock_warehouse (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, name_latin TEXT, code TEXT NOT NULL, address TEXT, position BIGINT)",
        "CREATE INDEX stock_warehouse_updated ON stock_warehouse (updated_at, id)",
        "CREATE INDEX stock_warehouse_created ON stock_warehouse (created_at, id)",
        "CREATE INDEX stock_warehouse_name ON stock_warehouse (name, id)",
        "CREATE INDEX stock_warehouse_code ON stock_warehouse (code, id)",
        "CREATE TABLE stock_item (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, product_id BIGINT NOT NULL, mode TEXT NOT NULL, allow_negative BOOLEAN, \
         lead_days BIGINT, capacity BIGINT, on_hand BIGINT NOT NULL, reserved BIGINT NOT NULL, free BIGINT NOT NULL, \
         waiting BIGINT NOT NULL, note TEXT)",
        "CREATE UNIQUE INDEX stock_item_product ON stock_item (product_id) WHERE archived_at IS NULL",
        "CREATE INDEX stock_item_updated ON stock_item (updated_at, id)",
        "CREATE INDEX stock_item_created ON stock_item (created_at, id)",
        "CREATE INDEX stock_item_number ON stock_item (number, id)",
        "CREATE INDEX stock_item_on_hand ON stock_item (on_hand, id)",
        "CREATE INDEX stock_item_free ON stock_item (free, id)",
        "CREATE INDEX stock_item_waiting ON stock_item (waiting, id)",
        "CREATE TABLE stock_level (product_id BIGINT NOT NULL, warehouse_id BIGINT NOT NULL REFERENCES stock_warehouse (id), \
         on_hand BIGINT NOT NULL, reserved BIGINT NOT NULL, PRIMARY KEY (product_id, warehouse_id))",
        "CREATE INDEX stock_level_warehouse ON stock_level (warehouse_id, product_id)",
        "CREATE TABLE stock_move (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, product_id BIGINT NOT NULL, warehouse_id BIGINT NOT NULL REFERENCES stock_warehouse (id), kind TEXT NOT NULL, \
         quantity BIGINT NOT NULL, moved_on TEXT NOT NULL, order_id BIGINT, line_id BIGINT, incoming_id BIGINT, reference TEXT, note TEXT)",
        "CREATE INDEX stock_move_updated ON stock_move (updated_at, id)",
        "CREATE INDEX stock_move_created ON stock_move (created_at, id)",
        "CREATE INDEX stock_move_moved ON stock_move (moved_on, id)",
        "CREATE INDEX stock_move_product ON stock_move (product_id, moved_on, id)",
        "CREATE INDEX stock_move_warehouse ON stock_move (warehouse_id, moved_on, id)",
        "CREATE INDEX stock_move_order ON stock_move (order_id) WHERE order_id IS NOT NULL",
        "CREATE INDEX stock_move_line ON stock_move (line_id) WHERE line_id IS NOT NULL",
        "CREATE INDEX stock_move_incoming ON stock_move (incoming_id) WHERE incoming_id IS NOT NULL",
        "CREATE TABLE stock_incoming (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, product_id BIGINT NOT NULL, warehouse_id BIGINT NOT NULL REFERENCES stock_warehouse (id), \
         due_on TEXT NOT NULL, quantity BIGINT NOT NULL, received BIGINT NOT NULL, open BIGINT NOT NULL, supplier_id BIGINT, reference TEXT, \
         note TEXT)",
        "CREATE INDEX stock_incoming_updated ON stock_incoming (updated_at, id)",
        "CREATE INDEX stock_incoming_created ON stock_incoming (created_at, id)",
        "CREATE INDEX stock_incoming_number ON stock_incoming (number, id)",
        "CREATE INDEX stock_incoming_due ON stock_incoming (due_on, id)",
        "CREATE INDEX stock_incoming_product ON stock_incoming (product_id, due_on, id) WHERE open > 0",
        "CREATE INDEX stock_incoming_warehouse ON stock_incoming (warehouse_id)",
        // What each line of an order wants, has reserved and has got; the ledger of movements says from where.
        "CREATE TABLE stock_need (line_id BIGINT PRIMARY KEY, order_id BIGINT NOT NULL, party_id BIGINT, product_id BIGINT NOT NULL, wanted BIGINT NOT NULL, \
         reserved BIGINT NOT NULL, issued BIGINT NOT NULL, waiting BIGINT NOT NULL)",
        "CREATE INDEX stock_need_order ON stock_need (order_id)",
        "CREATE INDEX stock_need_waiting ON stock_need (product_id, line_id) WHERE waiting > 0",
    ],
};

/// All types.
pub(crate) fn types() -> Vec<RecordType> {
    vec![warehouse(), item(), movement(), incoming()]
}

fn product() -> Field {
    Field::new("product_id", FieldKind::Ref("product"))
        .required()
        .column()
        .unsorted()
        .aliases(&[
            "product",
            "sku",
            "stockcode",
            "item",
            "产品",
            "产品编码",
            "商品编码",
            "货号",
        ])
}

fn place() -> Field {
    Field::new("warehouse_id", FieldKind::Ref("warehouse"))
        .required()
        .column()
        .unsorted()
        .aliases(&["warehouse", "place", "location", "仓库", "库房"])
}

fn quantity() -> Field {
    Field::new("quantity", FieldKind::Quantity)
        .required()
        .column()
        .unsorted()
        .aliases(&["quantity", "qty", "stock", "数量", "库存"])
}

fn warehouse() -> RecordType {
    let fields = vec![
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name)
            .aliases(&["warehouse", "name", "仓库", "仓库名称"]),
        Field::new("name_latin", FieldKind::Text)
            .search(Search::Name)
            .unsorted(),
        Field::new("code", FieldKind::Text)
            .required()
            .unique()
            .column()
            .search(Search::Code)
            .aliases(&["warehouse code", "code", "仓库编码"]),
        Field::new("address", FieldKind::Text).column().unsorted(),
        Field::new("position", FieldKind::Int).unsorted(),
    ];
    RecordType {
        icon: "building-store",
        subtitle: Some("code"),
        order: ("name", false),
        hooks: Arc::new(WarehouseHooks),
        ..RecordType::new("warehouse", "stock_warehouse", "/warehouses", 50, fields)
    }
}

fn above_zero(field: &str) -> Filter {
    Filter::Field {
        field: field.to_owned(),
        op: Op::Gt,
        values: vec![Value::Int(0)],
    }
}

fn item() -> RecordType {
    let computed = |name| Field::new(name, FieldKind::Quantity).computed().column();
    let fields = vec![
        product(),
        Field::new("number", FieldKind::Number).search(Search::Code),
        Field::new("mode", FieldKind::Choice(MODES))
            .default("stocked")
            .column()
            .unsorted(),
        Field::new("allow_negative", FieldKind::Bool).unsorted(),
        Field::new("lead_days", FieldKind::Int)
            .unsorted()
            .aliases(&["lead time", "lead days", "交期", "交货天数"]),
        Field::new("capacity", FieldKind::Quantity)
            .unsorted()
            .aliases(&["capacity", "daily capacity", "日产能"]),
        computed("on_hand"),
        computed("reserved").unsorted(),
        computed("free"),
        computed("waiting"),
        Field::new("note", FieldKind::Long),
    ];
    RecordType {
        icon: "packages",
        title: "number",
        number: Some(("stock_item", "KC-")),
        views: vec![
            BuiltIn::new("waiting", above_zero("waiting")).sort("waiting", true),
            BuiltIn::new(
                "out",
                Filter::Field {
                    field: "free".to_owned(),
                    op: Op::Le,
                    values: vec![Value::Int(0)],
                },
            )
            .sort("free", false),
        ],
        hooks: Arc::new(ItemHooks),
        ..RecordType::new("stock_item", "stock_item", "/stock", 51, fields)
    }
}

fn movement() -> RecordType {
    let fields = vec![
        product(),
        place(),
        Field::new("kind", FieldKind::Choice(KINDS))
            .default("receipt")
            .column()
            .unsorted(),
        quantity(),
        Field::new("moved_on", FieldKind::Date)
            .column()
            .aliases(&["date", "日期"]),
        Field::new("order_id", FieldKind::Ref("order"))
            .computed()
            .column()
            .unsorted(),
        Field::new("line_id", FieldKind::Int).computed().unsorted(),
        Field::new("incoming_id", FieldKind::Ref("incoming")).unsorted(),
        Field::new("reference", FieldKind::Text)
            .unsorted()
            .aliases(&["reference", "document", "单号", "凭证号"]),
        Field::new("note", FieldKind::Text)
            .unsorted()
            .aliases(&["note", "备注"]),
    ];
    RecordType {
        icon: "arrows-left-right",
        title: "kind",
        order: ("moved_on", true),
        hooks: Arc::new(MoveHooks),
        ..RecordType::new("stock_move", "stock_move", "/stock-moves", 52, fields)
    }
}

fn incoming() -> RecordType {
    let fields = vec![
        Field::new("number", FieldKind::Number).column().search(Search::Code),
        product(),
        place(),
        Field::new("due_on", FieldKind::Date).required().column().aliases(&[
            "due",
            "expected",
            "eta",
            "到货日期",
            "预计到货",
        ]),
        quantity(),
        Field::new("received", FieldKind::Quantity).computed().unsorted(),
        Field::new("open", FieldKind::Quantity).computed().column().unsorted(),
        Field::new("supplier_id", FieldKind::Ref("party"))
            .unsorted()
            .aliases(&["supplier", "供应商"]),
        Field::new("reference", FieldKind::Text)
            .unsorted()
            .search(Search::Code)
            .aliases(&["purchase order", "reference", "采购单号"]),
        Field::new("note", FieldKind::Long),
    ];
    RecordType {
        icon: "inbox",
        title: "number",
        number: Some(("incoming", "E-")),
        views: vec![BuiltIn::new("open", above_zero("open")).sort("due_on", false)],
        order: ("due_on", false),
        hooks: Arc::new(IncomingHooks),
        ..RecordType::new("incoming", "stock_incoming", "/incoming", 53, fields)
    }
}
