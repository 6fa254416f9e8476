//! Record types and tables of invoices, payments and allocations, and the balance kept for each party.

use crate::hooks::{AllocationHooks, InvoiceHooks, PaymentHooks};
use std::sync::Arc;
use zhike_contract::{Orders, Parties};
use zhike_kernel::{Filter, Op};
use zhike_store::{BuiltIn, Extension, Field, FieldKind, Migration, RecordType, Scope, Search};

/// States of an invoice.
pub(crate) const STATUSES: &[&str] = &["open", "paid", "void"];
/// How money comes.
pub(crate) const METHODS: &[&str] = &["transfer", "card", "cash", "cheque", "other"];
const MONEY: FieldKind = FieldKind::Money {
    currency: Some("currency"),
};

/// The steps, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[
    FIRST,
    crate::credit::TABLES,
    crate::instalments::TABLE,
    crate::bank::TABLES,
    crate::online::TABLES,
    crate::dunning::TABLES,
    crate::release::TABLES,
    crate::order_bill::TABLES,
    crate::dunning::MESSAGE,
    TRIES,
];

/// Tries are counted by the store.
const TRIES: Migration = Migration {
    name: "billing_tries",
    up: &["DROP TABLE billing_link_visit"],
};

const FIRST: Migration = Migration {
    name: "billing_0001",
    up: &[
        "CREATE TABLE billing_invoice (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, party_id BIGINT NOT NULL, order_id BIGINT, issued_on TEXT NOT NULL, due_on TEXT, \
         currency TEXT NOT NULL, total BIGINT NOT NULL, paid BIGINT NOT NULL, open BIGINT NOT NULL, status TEXT NOT NULL, \
         external_key TEXT, note TEXT)",
        "CREATE INDEX billing_invoice_issued ON billing_invoice (issued_on, id)",
        "CREATE INDEX billing_invoice_updated ON billing_invoice (updated_at, id)",
        "CREATE INDEX billing_invoice_created ON billing_invoice (created_at, id)",
        "CREATE INDEX billing_invoice_due ON billing_invoice (due_on, id)",
        "CREATE INDEX billing_invoice_number ON billing_invoice (number, id)",
        "CREATE INDEX billing_invoice_total ON billing_invoice (total, id)",
        "CREATE INDEX billing_invoice_open ON billing_invoice (status, due_on, party_id, currency, open)",
        "CREATE INDEX billing_invoice_party ON billing_invoice (party_id, status, due_on)",
        "CREATE INDEX billing_invoice_order ON billing_invoice (order_id)",
        "CREATE INDEX billing_invoice_external ON billing_invoice (external_key)",
        "CREATE TABLE billing_payment (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, party_id BIGINT NOT NULL, received_on TEXT NOT NULL, amount BIGINT NOT NULL, \
         currency TEXT NOT NULL, method TEXT NOT NULL, reference TEXT, unallocated BIGINT NOT NULL, external_key TEXT, note TEXT)",
        "CREATE INDEX billing_payment_received ON billing_payment (received_on, id)",
        "CREATE INDEX billing_payment_updated ON billing_payment (updated_at, id)",
        "CREATE INDEX billing_payment_created ON billing_payment (created_at, id)",
        "CREATE INDEX billing_payment_number ON billing_payment (number, id)",
        "CREATE INDEX billing_payment_amount ON billing_payment (amount, id)",
        "CREATE INDEX billing_payment_party ON billing_payment (party_id, received_on)",
        "CREATE INDEX billing_payment_external ON billing_payment (external_key)",
        "CREATE TABLE billing_allocation (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, payment_id BIGINT NOT NULL REFERENCES billing_payment (id), \
         invoice_id BIGINT NOT NULL REFERENCES billing_invoice (id), amount BIGINT NOT NULL)",
        "CREATE INDEX billing_allocation_payment ON billing_allocation (payment_id, id)",
        "CREATE INDEX billing_allocation_invoice ON billing_allocation (invoice_id, id)",
        "CREATE INDEX billing_allocation_updated ON billing_allocation (updated_at, id)",
        "CREATE TABLE billing_balance (party_id BIGINT PRIMARY KEY, receivable BIGINT NOT NULL, overdue_since_on TEXT)",
        "CREATE INDEX billing_balance_receivable ON billing_balance (receivable, party_id)",
        "CREATE INDEX billing_balance_overdue ON billing_balance (overdue_since_on, party_id)",
    ],
};

/// Invoice, payment, allocation, and what lowers an invoice.
pub(crate) fn types(parties: Arc<dyn Parties>, orders: &Arc<dyn Orders>) -> Vec<RecordType> {
    [
        vec![
            invoice(parties.clone(), orders.clone()),
            payment(parties),
            allocation(),
            crate::order_bill::line_type(),
        ],
        crate::credit::types(),
        crate::dunning::types(),
    ]
    .concat()
}

/// What each party owes.
pub(crate) fn extension() -> Extension {
    Extension {
        of: "party",
        table: "billing_balance",
        key: "party_id",
        fields: vec![
            Field::new("receivable", MONEY).computed().group("money"),
            Field::new("overdue_since_on", FieldKind::Date)
                .computed()
                .group("money"),
        ],
    }
}

fn party() -> Field {
    Field::new("party_id", FieldKind::Ref("party"))
        .required()
        .column()
        .unsorted()
        .aliases(&[
            "customer",
            "customer id",
            "customerid",
            "customer name",
            "客户",
            "客户名称",
            "客户编号",
        ])
}

fn currency() -> Field {
    Field::new("currency", FieldKind::Currency)
        .unsorted()
        .aliases(&["currency", "币种", "货币"])
}

fn external() -> Field {
    Field::new("external_key", FieldKind::Text)
        .search(Search::Code)
        .unsorted()
        .group("more")
        .aliases(&["external key", "外部编号", "原系统编号"])
}

fn invoice(parties: Arc<dyn Parties>, orders: Arc<dyn Orders>) -> RecordType {
    let fields = vec![
        Field::new("number", FieldKind::Number)
            .column()
            .search(Search::Code)
            .aliases(&[
                "invoice number",
                "invoice no",
                "invoiceno",
                "invoice",
                "发票号",
                "发票号码",
                "账单号",
                "单号",
            ]),
        party(),
        Field::new("order_id", FieldKind::Ref("order")).unsorted().aliases(&[
            "order",
            "order number",
            "order no",
            "订单号",
            "订单编号",
        ]),
        Field::new("issued_on", FieldKind::Date).required().column().aliases(&[
            "invoice date",
            "invoicedate",
            "issued",
            "date",
            "开票日期",
            "日期",
        ]),
        Field::new("due_on", FieldKind::Date).column().aliases(&[
            "due date",
            "duedate",
            "due",
            "到期日",
            "应收日期",
            "付款期限",
        ]),
        currency(),
        Field::new("total", MONEY).required().column().aliases(&[
            "total",
            "amount",
            "invoice amount",
            "价税合计",
            "金额",
            "发票金额",
        ]),
        Field::new("paid", MONEY).computed().unsorted(),
        Field::new("credited", MONEY).computed().unsorted(),
        Field::new("open", MONEY).computed().column().unsorted(),
        Field::new("voided_on", FieldKind::Date).computed().unsorted(),
        Field::new("status", FieldKind::Choice(STATUSES))
            .computed()
            .column()
            .unsorted(),
        external(),
        Field::new("note", FieldKind::Long)
            .group("more")
            .aliases(&["note", "remarks", "备注"]),
    ];
    RecordType {
        icon: "receipt",
        title: "number",
        number: Some(("invoice", "I-")),
        scope: Scope::Party("party_id"),
        party: Some("party_id"),
        views: vec![
            BuiltIn::new("open", Filter::is("status", "open")).sort("due_on", false),
            BuiltIn::new(
                "overdue",
                Filter::is("status", "open").and(Filter::field("due_on", Op::Lt, "today")),
            )
            .sort("due_on", false),
        ],
        order: ("issued_on", true),
        exact: true,
        lines: Some("invoice_line"),
        hooks: Arc::new(InvoiceHooks { parties, orders }),
        ..RecordType::new("invoice", "billing_invoice", "/invoices", 6, fields)
    }
}

fn payment(parties: Arc<dyn Parties>) -> RecordType {
    let fields = vec![
        Field::new("number", FieldKind::Number)
            .column()
            .search(Search::Code)
            .aliases(&["payment number", "payment no", "receipt no", "收款单号", "单号"]),
        party(),
        Field::new("received_on", FieldKind::Date)
            .required()
            .column()
            .aliases(&["payment date", "received", "date", "收款日期", "到账日期", "日期"]),
        Field::new("amount", MONEY)
            .required()
            .column()
            .aliases(&["amount", "paid", "收款金额", "金额"]),
        currency(),
        Field::new("method", FieldKind::Choice(METHODS))
            .default("transfer")
            .column()
            .unsorted()
            .aliases(&["method", "payment method", "收款方式", "付款方式"]),
        Field::new("reference", FieldKind::Text)
            .search(Search::Code)
            .unsorted()
            .aliases(&["reference", "bank reference", "流水号", "附言"]),
        Field::new("unallocated", MONEY).computed().column().unsorted(),
        external(),
        Field::new("note", FieldKind::Long)
            .group("more")
            .aliases(&["note", "remarks", "备注"]),
    ];
    RecordType {
        icon: "credit-card",
        title: "number",
        number: Some(("payment", "R-")),
        scope: Scope::Party("party_id"),
        party: Some("party_id"),
        order: ("received_on", true),
        hooks: Arc::new(PaymentHooks { parties }),
        exact: true,
        ..RecordType::new("payment", "billing_payment", "/payments", 7, fields)
    }
}

fn allocation() -> RecordType {
    let fields = vec![
        Field::new("payment_id", FieldKind::Ref("payment"))
            .required()
            .unsorted()
            .aliases(&["payment", "payment no", "收款单号"]),
        Field::new("invoice_id", FieldKind::Ref("invoice"))
            .required()
            .unsorted()
            .aliases(&["invoice", "invoice no", "发票号"]),
        Field::new("amount", FieldKind::Money { currency: None })
            .required()
            .unsorted()
            .aliases(&["amount", "金额", "核销金额"]),
    ];
    RecordType {
        icon: "arrows-left-right",
        title: "payment_id",
        scope: Scope::Parent("payment", "payment_id"),
        parent: Some(("payment", "payment_id")),
        pages: false,
        hooks: Arc::new(AllocationHooks),
        ..RecordType::new("allocation", "billing_allocation", "/allocations", 14, fields)
    }
}
