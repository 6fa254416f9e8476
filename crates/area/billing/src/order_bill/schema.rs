//! The lines of invoices, and what of each order is to be invoiced.

use async_trait::async_trait;
use std::sync::Arc;
use zhike_kernel::{Error, Result, Values};
use zhike_store::{Ctx, Field, FieldKind, Hooks, Migration, Record, RecordType, Scope, Tx};

const MONEY: FieldKind = FieldKind::Money {
    currency: Some("currency"),
};

/// The tables.
pub(crate) const TABLES: Migration = Migration {
    name: "billing_0008",
    up: &[
        "CREATE TABLE billing_invoice_line (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, invoice_id BIGINT NOT NULL REFERENCES billing_invoice (id), line_id BIGINT, position BIGINT, product_id BIGINT, \
         description TEXT, quantity BIGINT NOT NULL, unit TEXT, net BIGINT NOT NULL, tax BIGINT NOT NULL, currency TEXT NOT NULL)",
        "CREATE INDEX billing_invoice_line_invoice ON billing_invoice_line (invoice_id, position, id)",
        "CREATE INDEX billing_invoice_line_line ON billing_invoice_line (line_id)",
        "CREATE INDEX billing_invoice_line_updated ON billing_invoice_line (updated_at, id)",
        "CREATE TABLE billing_order_due (order_id BIGINT PRIMARY KEY, party_id BIGINT NOT NULL, currency TEXT NOT NULL, \
         by_order BIGINT NOT NULL, by_shipment BIGINT NOT NULL)",
        "CREATE INDEX billing_order_due_order ON billing_order_due (order_id) WHERE by_order > 0",
        "CREATE INDEX billing_order_due_shipment ON billing_order_due (order_id) WHERE by_shipment > 0",
        "ALTER TABLE billing_credit_note ADD COLUMN order_id BIGINT",
        "CREATE INDEX billing_credit_note_order ON billing_credit_note (order_id) WHERE order_id IS NOT NULL",
    ],
};

/// The lines of an invoice; written with it and never changed.
pub(crate) fn line_type() -> RecordType {
    let fields = vec![
        Field::new("invoice_id", FieldKind::Ref("invoice"))
            .required()
            .unsorted(),
        Field::new("line_id", FieldKind::Ref("order_line")).unsorted(),
        Field::new("position", FieldKind::Int).unsorted(),
        Field::new("product_id", FieldKind::Ref("product")).unsorted(),
        Field::new("description", FieldKind::Text).unsorted(),
        Field::new("quantity", FieldKind::Quantity).required().unsorted(),
        Field::new("unit", FieldKind::Text).unsorted(),
        Field::new("net", MONEY).required().unsorted(),
        Field::new("tax", MONEY).required().unsorted(),
        Field::new("currency", FieldKind::Currency).unsorted(),
    ];
    RecordType {
        icon: "list-details",
        title: "description",
        scope: Scope::Parent("invoice", "invoice_id"),
        parent: Some(("invoice", "invoice_id")),
        pages: false,
        hooks: Arc::new(Kept),
        ..RecordType::new("invoice_line", "billing_invoice_line", "/invoice-lines", 56, fields)
    }
}

struct Kept;

#[async_trait]
impl Hooks for Kept {
    async fn check(&self, _tx: &Tx, ctx: &Ctx, _old: Option<&Record>, _new: &mut Values) -> Result<()> {
        if ctx.door.by_hand() {
            return Err(Error::refused("error-invoice-lines"));
        }
        Ok(())
    }
    async fn archiving(&self, _tx: &Tx, ctx: &Ctx, _record: &Record) -> Result<()> {
        if ctx.door.by_hand() {
            return Err(Error::refused("error-invoice-lines"));
        }
        Ok(())
    }
}
