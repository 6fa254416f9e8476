//! The two record types: alike but for number, reasons and who may write them.

use super::hooks::CreditHooks;
use std::sync::Arc;
use zhike_kernel::Filter;
use zhike_store::{BuiltIn, Field, FieldKind, RecordType, Scope, Search};

const MONEY: FieldKind = FieldKind::Money {
    currency: Some("currency"),
};
const STATUSES: &[&str] = &["standing", "cancelled"];
const REASONS: &[&str] = &[
    "price", "quantity", "quality", "returned", "discount", "mistake", "other",
];
const SMALL: &[&str] = &["rounding", "bank_fee", "cash_discount", "uncollectable", "other"];

/// Credit note and write-off.
pub(crate) fn types() -> Vec<RecordType> {
    vec![
        RecordType {
            icon: "file-invoice",
            number: Some(("credit_note", "CN-")),
            ..document("credit_note", "billing_credit_note", "/credit-notes", 60, REASONS)
        },
        RecordType {
            icon: "eraser",
            number: Some(("write_off", "W-")),
            ..document("write_off", "billing_write_off", "/write-offs", 61, SMALL)
        },
    ]
}

fn document(
    name: &'static str,
    table: &'static str,
    path: &'static str,
    code: i64,
    reasons: &'static [&'static str],
) -> RecordType {
    let mut fields = vec![
        Field::new("number", FieldKind::Number)
            .column()
            .search(Search::Code)
            .aliases(&["credit note number", "credit note no", "number", "贷项单号", "单号"]),
        Field::new("party_id", FieldKind::Ref("party"))
            .computed()
            .column()
            .unsorted(),
        Field::new("invoice_id", FieldKind::Ref("invoice"))
            .required()
            .column()
            .unsorted()
            .aliases(&["invoice", "invoice number", "发票号", "发票号码"]),
        Field::new("issued_on", FieldKind::Date)
            .required()
            .column()
            .aliases(&["date", "issued", "日期", "开具日期"]),
        Field::new("amount", MONEY)
            .required()
            .column()
            .aliases(&["amount", "total", "金额"]),
        Field::new("currency", FieldKind::Currency)
            .unsorted()
            .aliases(&["currency", "币种", "货币"]),
        Field::new("reason", FieldKind::Choice(reasons))
            .required()
            .column()
            .unsorted()
            .aliases(&["reason", "原因"]),
        Field::new("status", FieldKind::Choice(STATUSES))
            .computed()
            .column()
            .unsorted(),
        Field::new("cancelled_on", FieldKind::Date).computed().unsorted(),
        Field::new("cancel_reason", FieldKind::Text).computed().unsorted(),
        Field::new("external_key", FieldKind::Text)
            .search(Search::Code)
            .unsorted()
            .group("more")
            .aliases(&["external key", "外部编号", "原系统编号"]),
        Field::new("note", FieldKind::Long)
            .group("more")
            .aliases(&["note", "remarks", "备注"]),
    ];
    if name == "credit_note" {
        // The return that it credits.
        fields.push(
            Field::new("order_id", FieldKind::Ref("order"))
                .computed()
                .unsorted()
                .group("more"),
        );
    }
    RecordType {
        title: "number",
        scope: Scope::Party("party_id"),
        party: Some("party_id"),
        order: ("issued_on", true),
        views: vec![BuiltIn::new("standing", Filter::is("status", "standing"))],
        exact: true,
        hooks: Arc::new(CreditHooks {
            small: name == "write_off",
        }),
        ..RecordType::new(name, table, path, code, fields)
    }
}
