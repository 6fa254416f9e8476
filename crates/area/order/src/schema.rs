//! Record types and tables of orders and their lines.

use crate::Ports;
use crate::{
    hooks::{LineHooks, OrderHooks},
    rules,
};
use std::sync::Arc;
use zhike_kernel::{Filter, Op, Value};
use zhike_store::{BuiltIn, Field, FieldKind, Migration, RecordType, Scope, Search};

/// Kinds of order.
pub(crate) const KINDS: &[&str] = &["sale", "return"];
const MONEY: FieldKind = FieldKind::Money {
    currency: Some("currency"),
};

/// Orders that count as business, as a list in SQL.
pub(crate) const COUNTED: &str = "'confirmed','shipped','delivered'";

/// The steps, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[
    FIRST,
    SECOND,
    THIRD,
    crate::shipment::TABLES,
    crate::shipment::REPORTS,
    crate::amend::TABLE,
    LIST_PRICE,
];

/// Less than all may leave first.
const THIRD: Migration = Migration {
    name: "order_0003",
    up: &["ALTER TABLE order_order ADD COLUMN partial BOOLEAN"],
};

/// What the list said when the price was typed: approvals see what was taken off it.
const LIST_PRICE: Migration = Migration {
    name: "order_list_price",
    up: &["ALTER TABLE order_line ADD COLUMN list_price BIGINT"],
};

/// Lines keep their unit, their configuration and where their price came from.
const SECOND: Migration = Migration {
    name: "order_0002",
    up: &[
        "ALTER TABLE order_line ADD COLUMN unit TEXT",
        "ALTER TABLE order_line ADD COLUMN options TEXT",
        "ALTER TABLE order_line ADD COLUMN base_quantity BIGINT",
        "ALTER TABLE order_line ADD COLUMN manual_price BOOLEAN",
        "ALTER TABLE order_line ADD COLUMN price_reasons TEXT",
        "UPDATE order_line SET base_quantity = quantity",
    ],
};

const FIRST: Migration = Migration {
    name: "order_0001",
    up: &[
        "CREATE TABLE order_order (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, party_id BIGINT NOT NULL, owner_id BIGINT, kind TEXT NOT NULL, status TEXT NOT NULL, \
         ordered_on TEXT NOT NULL, required_on TEXT, shipped_on TEXT, delivered_on TEXT, currency TEXT NOT NULL, net BIGINT NOT NULL, \
         tax BIGINT NOT NULL, total BIGINT NOT NULL, cost BIGINT NOT NULL, freight BIGINT, returns_id BIGINT REFERENCES order_order (id), \
         channel TEXT, external_key TEXT, note TEXT)",
        "CREATE INDEX order_order_ordered ON order_order (ordered_on, id)",
        "CREATE INDEX order_order_updated ON order_order (updated_at, id)",
        "CREATE INDEX order_order_created ON order_order (created_at, id)",
        "CREATE INDEX order_order_number ON order_order (number, id)",
        "CREATE INDEX order_order_total ON order_order (total, id)",
        "CREATE INDEX order_order_required ON order_order (required_on, id)",
        "CREATE INDEX order_order_status ON order_order (status, ordered_on, id)",
        "CREATE INDEX order_order_party ON order_order (party_id, ordered_on, id)",
        "CREATE INDEX order_order_owner ON order_order (owner_id, ordered_on, id)",
        "CREATE INDEX order_order_returns ON order_order (returns_id) WHERE returns_id IS NOT NULL",
        "CREATE INDEX order_order_external ON order_order (external_key) WHERE external_key IS NOT NULL",
        "CREATE TABLE order_line (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, order_id BIGINT NOT NULL REFERENCES order_order (id), position BIGINT, product_id BIGINT, description TEXT, \
         quantity BIGINT NOT NULL, unit_price BIGINT NOT NULL, discount BIGINT, tax_rate BIGINT, net BIGINT NOT NULL, tax BIGINT NOT NULL, \
         unit_cost BIGINT, cost BIGINT, currency TEXT)",
        "CREATE INDEX order_line_order ON order_line (order_id, position, id)",
        "CREATE INDEX order_line_product ON order_line (product_id, order_id)",
        "CREATE INDEX order_line_updated ON order_line (updated_at, id)",
    ],
};

/// Order and line.
pub(crate) fn types(ports: &Ports) -> Vec<RecordType> {
    let mut all = vec![order(ports), line(ports)];
    all.extend(crate::shipment::types(ports));
    all
}

fn order(ports: &Ports) -> RecordType {
    let fields = vec![
        Field::new("number", FieldKind::Number)
            .column()
            .search(Search::Code)
            .aliases(&[
                "order number",
                "order no",
                "orderno",
                "order id",
                "orderid",
                "invoiceno",
                "invoice no",
                "订单号",
                "订单编号",
                "单号",
                "单据编号",
            ]),
        Field::new("party_id", FieldKind::Ref("party"))
            .required()
            .column()
            .unsorted()
            .aliases(&[
                "customer",
                "customer id",
                "customerid",
                "customer name",
                "client",
                "客户",
                "客户名称",
                "客户编号",
            ]),
        Field::new("owner_id", FieldKind::User).column().unsorted().aliases(&[
            "salesperson",
            "owner",
            "sales rep",
            "业务员",
            "销售员",
            "负责人",
        ]),
        Field::new("kind", FieldKind::Choice(KINDS)).default("sale").unsorted(),
        Field::new("status", FieldKind::Choice(rules::STATUSES))
            .default("draft")
            .column()
            .unsorted()
            .aliases(&["order status", "订单状态", "状态"]),
        Field::new("ordered_on", FieldKind::Date)
            .required()
            .column()
            .group("days")
            .aliases(&[
                "order date",
                "orderdate",
                "ordered",
                "invoicedate",
                "date",
                "订单日期",
                "下单日期",
                "日期",
            ]),
        Field::new("required_on", FieldKind::Date).group("days").aliases(&[
            "required date",
            "due date",
            "requireddate",
            "交货日期",
            "要求交货日",
            "要求日期",
        ]),
        Field::new("shipped_on", FieldKind::Date)
            .unsorted()
            .group("days")
            .aliases(&["shipped date", "ship date", "shippeddate", "发货日期", "出库日期"]),
        Field::new("delivered_on", FieldKind::Date)
            .unsorted()
            .group("days")
            .aliases(&["delivered date", "delivery date", "签收日期", "送达日期"]),
        Field::new("promised_on", FieldKind::Date)
            .unsorted()
            .group("days")
            .aliases(&["promised date", "承诺到货日"]),
        Field::new("partial", FieldKind::Bool).unsorted().group("days"),
        Field::new("delivery", FieldKind::Choice(crate::shipment::DELIVERIES))
            .computed()
            .unsorted(),
        Field::new("currency", FieldKind::Currency)
            .unsorted()
            .group("money")
            .aliases(&["currency", "币种", "货币"]),
        Field::new("net", MONEY).computed().unsorted().group("money"),
        Field::new("tax", MONEY).computed().unsorted().group("money"),
        Field::new("total", MONEY).computed().column().group("money").aliases(&[
            "amount",
            "total amount",
            "order total",
            "金额",
            "总金额",
            "订单金额",
            "合计",
        ]),
        Field::new("cost", MONEY)
            .computed()
            .unsorted()
            .group("money")
            .needs("cost.view"),
        Field::new("freight", MONEY)
            .unsorted()
            .group("money")
            .aliases(&["freight", "shipping cost", "运费"]),
        Field::new("returns_id", FieldKind::Ref("order"))
            .unsorted()
            .group("more")
            .aliases(&["returns", "original order", "原订单", "退货原单"]),
        Field::new("channel", FieldKind::Text)
            .unsorted()
            .group("more")
            .aliases(&["channel", "渠道"]),
        Field::new("external_key", FieldKind::Text)
            .search(Search::Code)
            .unsorted()
            .group("more")
            .aliases(&["external key", "reference", "外部编号", "原系统编号"]),
        Field::new("cancel_reason", FieldKind::Text)
            .unsorted()
            .group("more")
            .aliases(&["cancel reason", "取消原因"]),
        Field::new("credit_reason", FieldKind::Text).computed().unsorted(),
        Field::new("note", FieldKind::Long)
            .group("more")
            .aliases(&["note", "remarks", "备注"]),
    ];
    RecordType {
        icon: "file-invoice",
        title: "number",
        number: Some(("order", "S-")),
        scope: Scope::OwnerOrParty("owner_id", "party_id"),
        party: Some("party_id"),
        lines: Some("order_line"),
        views: vec![
            BuiltIn::new(
                "open",
                Filter::Field {
                    field: "status".to_owned(),
                    op: Op::In,
                    values: ["draft", "confirmed", "shipped"].map(Value::from).to_vec(),
                },
            )
            .sort("ordered_on", true),
            BuiltIn::new("partly", Filter::is("delivery", "partly_shipped")).sort("ordered_on", true),
            BuiltIn::new("mine", Filter::is("owner_id", "me")).sort("ordered_on", true),
        ],
        order: ("ordered_on", true),
        exact: true,
        hooks: Arc::new(OrderHooks(ports.clone())),
        ..RecordType::new("order", "order_order", "/orders", 4, fields)
    }
}

fn line(ports: &Ports) -> RecordType {
    let fields = vec![
        Field::new("order_id", FieldKind::Ref("order"))
            .required()
            .unsorted()
            .aliases(&[
                "order",
                "order number",
                "order no",
                "order id",
                "orderid",
                "invoiceno",
                "订单号",
                "订单编号",
                "单号",
            ]),
        Field::new("position", FieldKind::Int)
            .unsorted()
            .aliases(&["line", "line no", "行号", "序号"]),
        Field::new("product_id", FieldKind::Ref("product"))
            .unsorted()
            .aliases(&[
                "product",
                "sku",
                "stockcode",
                "stock code",
                "product id",
                "productid",
                "产品",
                "产品编码",
                "商品编码",
                "货号",
            ]),
        Field::new("description", FieldKind::Text)
            .unsorted()
            .aliases(&["description", "品名", "说明"]),
        Field::new("quantity", FieldKind::Quantity)
            .required()
            .unsorted()
            .aliases(&["quantity", "qty", "数量"]),
        Field::new("unit_price", MONEY).required().unsorted().aliases(&[
            "unit price",
            "unitprice",
            "price",
            "单价",
            "售价",
        ]),
        Field::new("discount", MONEY)
            .unsorted()
            .aliases(&["discount", "discount amount", "折扣", "折扣金额"]),
        Field::new("tax_rate", FieldKind::Rate)
            .unsorted()
            .aliases(&["tax rate", "vat", "税率"]),
        Field::new("net", MONEY).computed().unsorted(),
        Field::new("tax", MONEY).computed().unsorted(),
        Field::new("unit_cost", MONEY).unsorted().needs("cost.view").aliases(&[
            "unit cost",
            "cost",
            "单位成本",
            "成本价",
        ]),
        Field::new("cost", MONEY).computed().unsorted().needs("cost.view"),
        Field::new("currency", FieldKind::Currency).computed().unsorted(),
        Field::new("unit", FieldKind::Text)
            .unsorted()
            .aliases(&["unit", "uom", "单位", "计量单位"]),
        Field::new("options", FieldKind::Long).aliases(&["options", "configuration", "选项", "配置"]),
        Field::new("base_quantity", FieldKind::Quantity).computed().unsorted(),
        Field::new("manual_price", FieldKind::Bool).computed().unsorted(),
        Field::new("list_price", MONEY).computed().unsorted(),
        Field::new("price_reasons", FieldKind::Long).computed(),
        Field::new("returns_line_id", FieldKind::Ref("order_line")).unsorted(),
    ];
    RecordType {
        icon: "list-details",
        title: "description",
        scope: Scope::Parent("order", "order_id"),
        parent: Some(("order", "order_id")),
        pages: false,
        hooks: Arc::new(LineHooks(ports.clone())),
        ..RecordType::new("order_line", "order_line", "/order-lines", 5, fields)
    }
}
