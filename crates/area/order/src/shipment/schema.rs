//! Record types and tables of shipments and their lines.

use super::{
    hooks::{LineHooks, ShipmentHooks},
    rules,
};
use crate::Ports;
use std::sync::Arc;
use zhike_kernel::{Filter, Op, Value};
use zhike_store::{BuiltIn, Field, FieldKind, Migration, RecordType, Scope, Search};

/// The tables, and what orders and lines keep of it.
pub(crate) const TABLES: Migration = Migration {
    name: "order_0004",
    up: &[
        "ALTER TABLE order_order ADD COLUMN delivery TEXT",
        "ALTER TABLE order_order ADD COLUMN promised_on TEXT",
        "CREATE INDEX order_order_delivery ON order_order (delivery, ordered_on, id) WHERE delivery IS NOT NULL",
        "ALTER TABLE order_line ADD COLUMN returns_line_id BIGINT REFERENCES order_line (id)",
        "CREATE INDEX order_line_returns ON order_line (returns_line_id) WHERE returns_line_id IS NOT NULL",
        "CREATE TABLE order_shipment (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, order_id BIGINT NOT NULL REFERENCES order_order (id), party_id BIGINT, status TEXT NOT NULL, \
         promised_on TEXT, expected_on TEXT, carrier TEXT, tracking TEXT, shipped_on TEXT, delivered_on TEXT, reason TEXT, \
         external_key TEXT, note TEXT)",
        "CREATE INDEX order_shipment_updated ON order_shipment (updated_at, id)",
        "CREATE INDEX order_shipment_created ON order_shipment (created_at, id)",
        "CREATE INDEX order_shipment_number ON order_shipment (number, id)",
        "CREATE INDEX order_shipment_shipped ON order_shipment (shipped_on, id)",
        "CREATE INDEX order_shipment_promised ON order_shipment (promised_on, id)",
        "CREATE INDEX order_shipment_status ON order_shipment (status, promised_on)",
        "CREATE INDEX order_shipment_order ON order_shipment (order_id)",
        "CREATE INDEX order_shipment_party ON order_shipment (party_id)",
        "CREATE INDEX order_shipment_tracking ON order_shipment (tracking) WHERE tracking IS NOT NULL",
        "CREATE TABLE order_shipment_line (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, shipment_id BIGINT NOT NULL REFERENCES order_shipment (id), line_id BIGINT NOT NULL REFERENCES order_line (id), \
         product_id BIGINT, quantity BIGINT NOT NULL)",
        "CREATE INDEX order_shipment_line_shipment ON order_shipment_line (shipment_id, id)",
        "CREATE INDEX order_shipment_line_line ON order_shipment_line (line_id)",
        "CREATE INDEX order_shipment_line_updated ON order_shipment_line (updated_at, id)",
    ],
};

/// Shipment and line.
pub(crate) fn types(ports: &Ports) -> Vec<RecordType> {
    vec![shipment(ports), line()]
}

fn is_one_of(field: &str, words: &[&str]) -> Filter {
    Filter::Field {
        field: field.to_owned(),
        op: Op::In,
        values: words.iter().map(|w| Value::from(*w)).collect(),
    }
}

fn shipment(ports: &Ports) -> RecordType {
    let fields = vec![
        Field::new("number", FieldKind::Number)
            .column()
            .search(Search::Code)
            .aliases(&["shipment", "shipment number", "delivery note", "发货单号", "单号"]),
        Field::new("order_id", FieldKind::Ref("order"))
            .required()
            .column()
            .unsorted()
            .aliases(&["order", "order number", "order no", "订单号", "订单编号"]),
        Field::new("party_id", FieldKind::Ref("party"))
            .computed()
            .column()
            .unsorted(),
        Field::new("status", FieldKind::Choice(rules::STATUSES))
            .computed()
            .column()
            .unsorted(),
        Field::new("promised_on", FieldKind::Date)
            .column()
            .aliases(&["promised", "promised date", "承诺到货日"]),
        Field::new("expected_on", FieldKind::Date).computed().unsorted(),
        Field::new("carrier", FieldKind::Text)
            .column()
            .unsorted()
            .group("way")
            .aliases(&["carrier", "承运商", "快递公司"]),
        Field::new("tracking", FieldKind::Text)
            .column()
            .unsorted()
            .group("way")
            .search(Search::Code)
            .aliases(&["tracking", "tracking number", "运单号", "快递单号"]),
        Field::new("shipped_on", FieldKind::Date).computed().column(),
        Field::new("delivered_on", FieldKind::Date).computed().unsorted(),
        Field::new("reason", FieldKind::Text).computed().unsorted(),
        Field::new("external_key", FieldKind::Text)
            .search(Search::Code)
            .unsorted()
            .group("more")
            .aliases(&["external key", "外部编号", "原系统编号"]),
        Field::new("note", FieldKind::Long)
            .group("more")
            .aliases(&["note", "remarks", "备注"]),
    ];
    RecordType {
        icon: "truck-delivery",
        title: "number",
        number: Some(("shipment", "SH-")),
        scope: Scope::Parent("order", "order_id"),
        party: Some("party_id"),
        lines: Some("shipment_line"),
        views: vec![
            BuiltIn::new("todo", is_one_of("status", &["draft", "picked"])),
            BuiltIn::new("under_way", is_one_of("status", &["shipped", "in_transit"])).sort("promised_on", false),
            BuiltIn::new("failed", Filter::is("status", "failed")),
            BuiltIn::new(
                "late",
                is_one_of("status", rules::WAITING).and(Filter::field("promised_on", Op::Lt, "today")),
            )
            .sort("promised_on", false),
        ],
        hooks: Arc::new(ShipmentHooks(ports.clone())),
        ..RecordType::new("shipment", "order_shipment", "/shipments", 54, fields)
    }
}

fn line() -> RecordType {
    let fields = vec![
        Field::new("shipment_id", FieldKind::Ref("shipment"))
            .required()
            .unsorted()
            .aliases(&["shipment", "发货单号"]),
        Field::new("line_id", FieldKind::Ref("order_line"))
            .required()
            .unsorted(),
        Field::new("product_id", FieldKind::Ref("product"))
            .computed()
            .unsorted(),
        Field::new("quantity", FieldKind::Quantity)
            .required()
            .unsorted()
            .aliases(&["quantity", "qty", "数量"]),
    ];
    RecordType {
        icon: "list-details",
        title: "line_id",
        scope: Scope::Parent("shipment", "shipment_id"),
        parent: Some(("shipment", "shipment_id")),
        pages: false,
        hooks: Arc::new(LineHooks),
        ..RecordType::new("shipment_line", "order_shipment_line", "/shipment-lines", 55, fields)
    }
}
