//! Quotes with their lines, links for customers, and the orders that came of them.

use super::{
    Ports,
    hooks::{LineHooks, QuoteHooks},
};
use std::sync::Arc;
use zhike_contract::Approvals;
use zhike_kernel::{Filter, Op, Value};
use zhike_store::{BuiltIn, EventKind, Extension, Field, FieldKind, Migration, RecordType, Scope, Search};

/// States, in order.
pub(crate) const STATUSES: &[&str] = &[
    "draft",
    "approval",
    "approved",
    "sent",
    "accepted",
    "declined",
    "expired",
    "superseded",
];
/// Languages of a document.
pub(crate) const LANGUAGES: &[&str] = &["zh", "en"];
const MONEY: FieldKind = FieldKind::Money {
    currency: Some("currency"),
};

/// The steps, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[FIRST, TRIES];

const FIRST: Migration = Migration {
    name: "sales_quote_0001",
    up: &[
        "CREATE TABLE sales_quote (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, party_id BIGINT NOT NULL, contact_id BIGINT, deal_id BIGINT, owner_id BIGINT, \
         status TEXT NOT NULL, quoted_on TEXT NOT NULL, valid_until_on TEXT, currency TEXT NOT NULL, language TEXT, net BIGINT NOT NULL, \
         tax BIGINT NOT NULL, total BIGINT NOT NULL, terms TEXT, note TEXT, revision BIGINT NOT NULL, previous_id BIGINT, order_id BIGINT, \
         cost BIGINT, list_net BIGINT, discount_rate BIGINT, margin_rate BIGINT)",
        "CREATE INDEX sales_quote_quoted ON sales_quote (quoted_on, id)",
        "CREATE INDEX sales_quote_updated ON sales_quote (updated_at, id)",
        "CREATE INDEX sales_quote_created ON sales_quote (created_at, id)",
        "CREATE INDEX sales_quote_number ON sales_quote (number, id)",
        "CREATE INDEX sales_quote_total ON sales_quote (total, id)",
        "CREATE INDEX sales_quote_valid ON sales_quote (valid_until_on, id)",
        "CREATE INDEX sales_quote_status ON sales_quote (status, quoted_on, id)",
        "CREATE INDEX sales_quote_party ON sales_quote (party_id, quoted_on, id)",
        "CREATE INDEX sales_quote_deal ON sales_quote (deal_id, id)",
        "CREATE INDEX sales_quote_owner ON sales_quote (owner_id, quoted_on, id)",
        "CREATE INDEX sales_quote_previous ON sales_quote (previous_id) WHERE previous_id IS NOT NULL",
        "CREATE TABLE sales_quote_line (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, quote_id BIGINT NOT NULL REFERENCES sales_quote (id), position BIGINT, product_id BIGINT, description TEXT, \
         quantity BIGINT NOT NULL, unit_price BIGINT NOT NULL, discount BIGINT, tax_rate BIGINT, net BIGINT NOT NULL, tax BIGINT NOT NULL, \
         currency TEXT, unit TEXT, options TEXT, unit_cost BIGINT, list_price BIGINT)",
        "CREATE INDEX sales_quote_line_quote ON sales_quote_line (quote_id, position, id)",
        "CREATE INDEX sales_quote_line_product ON sales_quote_line (product_id, quote_id)",
        "CREATE INDEX sales_quote_line_updated ON sales_quote_line (updated_at, id)",
        "CREATE TABLE sales_order_origin (order_id BIGINT NOT NULL PRIMARY KEY, quote_id BIGINT NOT NULL UNIQUE)",
        "CREATE TABLE sales_quote_link (id {pk}, quote_id BIGINT NOT NULL REFERENCES sales_quote (id), nonce TEXT NOT NULL, made_by BIGINT, \
         made_at BIGINT NOT NULL, revoked_at BIGINT, opens BIGINT NOT NULL, opened_at BIGINT, answer TEXT, answered_at BIGINT, name TEXT, \
         reason TEXT, peer TEXT, agent TEXT)",
        "CREATE INDEX sales_quote_link_quote ON sales_quote_link (quote_id, id)",
        "CREATE TABLE sales_link_visit (id {pk}, peer TEXT NOT NULL, kind TEXT NOT NULL, at BIGINT NOT NULL)",
        "CREATE INDEX sales_link_visit_peer ON sales_link_visit (peer, kind, at)",
        "CREATE INDEX sales_link_visit_at ON sales_link_visit (at)",
    ],
};

/// Tries are counted by the store.
const TRIES: Migration = Migration {
    name: "sales_tries",
    up: &["DROP TABLE sales_link_visit"],
};

/// Quote and line.
pub(crate) fn types(ports: &Ports) -> Vec<RecordType> {
    vec![quote(&ports.approvals), line(ports)]
}

/// An order knows the quote it was made of.
pub(crate) fn extensions() -> Vec<Extension> {
    vec![Extension {
        of: "order",
        table: "sales_order_origin",
        key: "order_id",
        fields: vec![Field::new("quote_id", FieldKind::Ref("quote")).computed().unsorted()],
    }]
}

fn one_of(words: &[&str]) -> Filter {
    Filter::Field {
        field: "status".to_owned(),
        op: Op::In,
        values: words.iter().map(|w| Value::from(*w)).collect(),
    }
}

fn quote(approvals: &Arc<dyn Approvals>) -> RecordType {
    let fields = vec![
        Field::new("number", FieldKind::Number)
            .column()
            .search(Search::Code)
            .aliases(&["quote number", "quote no", "quotation", "报价单号", "报价编号"]),
        Field::new("party_id", FieldKind::Ref("party"))
            .required()
            .column()
            .unsorted()
            .aliases(&["customer", "client", "客户", "客户名称"]),
        Field::new("contact_id", FieldKind::Ref("party"))
            .unsorted()
            .aliases(&["contact", "联系人"]),
        Field::new("deal_id", FieldKind::Ref("deal"))
            .unsorted()
            .aliases(&["deal", "商机"]),
        Field::new("owner_id", FieldKind::User).column().unsorted().aliases(&[
            "salesperson",
            "owner",
            "业务员",
            "负责人",
        ]),
        Field::new("status", FieldKind::Choice(STATUSES))
            .computed()
            .default("draft")
            .column()
            .unsorted(),
        Field::new("quoted_on", FieldKind::Date)
            .column()
            .group("days")
            .aliases(&["quote date", "报价日期"]),
        Field::new("valid_until_on", FieldKind::Date)
            .column()
            .group("days")
            .aliases(&["valid until", "有效期至"]),
        Field::new("currency", FieldKind::Currency)
            .unsorted()
            .group("money")
            .aliases(&["currency", "币种"]),
        Field::new("language", FieldKind::Choice(LANGUAGES))
            .unsorted()
            .group("money"),
        Field::new("net", MONEY).computed().unsorted().group("money"),
        Field::new("tax", MONEY).computed().unsorted().group("money"),
        Field::new("total", MONEY).computed().column().group("money"),
        Field::new("terms", FieldKind::Long)
            .group("more")
            .aliases(&["terms", "条款"]),
        Field::new("note", FieldKind::Long)
            .group("more")
            .aliases(&["note", "备注"]),
        Field::new("revision", FieldKind::Int).computed().unsorted(),
        Field::new("previous_id", FieldKind::Ref("quote")).computed().unsorted(),
        Field::new("order_id", FieldKind::Ref("order")).computed().unsorted(),
    ];
    RecordType {
        icon: "file-text",
        title: "number",
        number: Some(("quote", "Q-")),
        scope: Scope::OwnerOrParty("owner_id", "party_id"),
        party: Some("party_id"),
        lines: Some("quote_line"),
        views: vec![
            BuiltIn::new("open", one_of(&["draft", "approval", "approved", "sent"])).sort("quoted_on", true),
            BuiltIn::new(
                "mine",
                one_of(&["draft", "approval", "approved", "sent"]).and(Filter::is("owner_id", "me")),
            )
            .sort("quoted_on", true),
            BuiltIn::new("accepted", one_of(&["accepted"])).sort("quoted_on", true),
            BuiltIn::new(
                "ending",
                Filter::All(vec![
                    one_of(&["sent"]),
                    Filter::field("valid_until_on", Op::Le, "today"),
                ]),
            )
            .sort("valid_until_on", false),
        ],
        order: ("quoted_on", true),
        hooks: Arc::new(QuoteHooks(approvals.clone())),
        exact: true,
        ..RecordType::new("quote", "sales_quote", "/quotes", 43, fields)
    }
}

fn line(ports: &Ports) -> RecordType {
    let fields = vec![
        Field::new("quote_id", FieldKind::Ref("quote"))
            .required()
            .unsorted()
            .aliases(&["quote", "quote number", "报价单号"]),
        Field::new("position", FieldKind::Int)
            .unsorted()
            .aliases(&["line", "行号", "序号"]),
        Field::new("product_id", FieldKind::Ref("product"))
            .unsorted()
            .aliases(&["product", "sku", "产品", "产品编码"]),
        Field::new("description", FieldKind::Text)
            .unsorted()
            .aliases(&["description", "说明", "品名"]),
        Field::new("quantity", FieldKind::Quantity)
            .required()
            .unsorted()
            .aliases(&["quantity", "qty", "数量"]),
        Field::new("unit", FieldKind::Text)
            .unsorted()
            .aliases(&["unit", "uom", "单位"]),
        Field::new("options", FieldKind::Long).aliases(&["options", "configuration", "选项", "配置"]),
        Field::new("unit_price", MONEY)
            .required()
            .unsorted()
            .aliases(&["unit price", "price", "单价"]),
        Field::new("discount", MONEY)
            .unsorted()
            .aliases(&["discount", "折扣金额"]),
        Field::new("tax_rate", FieldKind::Rate)
            .unsorted()
            .aliases(&["tax rate", "税率"]),
        Field::new("net", MONEY).computed().unsorted(),
        Field::new("tax", MONEY).computed().unsorted(),
        Field::new("currency", FieldKind::Currency).computed().unsorted(),
    ];
    RecordType {
        icon: "list-details",
        title: "description",
        scope: Scope::Parent("quote", "quote_id"),
        parent: Some(("quote", "quote_id")),
        pages: false,
        hooks: Arc::new(LineHooks(
            ports.approvals.clone(),
            ports.pricing.clone(),
            ports.orders.clone(),
        )),
        ..RecordType::new("quote_line", "sales_quote_line", "/quote-lines", 44, fields)
    }
}

/// Events beyond those of the types.
pub(crate) fn events() -> Vec<EventKind> {
    [
        "sent", "opened", "accepted", "declined", "expired", "revised", "ordered", "recalled",
    ]
    .iter()
    .map(|what| EventKind {
        name: format!("quote.{what}.v1"),
        reason: "read on the quote, the customer's timeline and in the audit",
    })
    .collect()
}
