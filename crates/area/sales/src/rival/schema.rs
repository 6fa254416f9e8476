//! Competitors as record types: what customers buy from them, prices seen, those met in a deal, their profile; and the
//! reasons for winning and losing.

use super::hooks::{PriceHooks, ProfileHooks, RivalHooks, SupplyHooks};
use std::sync::Arc;
use zhike_kernel::{Filter, Op};
use zhike_store::{BuiltIn, Field, FieldKind, Migration, RecordType, Relation, Scope, Search};

/// How sure one is.
pub(crate) const CERTAINTY: &[&str] = &["sure", "likely", "rumour"];
/// Where one has it from.
pub(crate) const SOURCES: &[&str] = &["customer", "visit", "tender", "public", "former_staff", "other"];
/// How a competitor stands in a deal.
pub(crate) const STANCES: &[&str] = &["ahead", "level", "behind", "out", "unknown"];
/// What a competitor lets its customers do by themselves.
pub(crate) const POWERS: &[&str] = &[
    "order",
    "track",
    "configure",
    "price",
    "documents",
    "invoices",
    "support",
    "monitor",
    "interface",
];
/// How dangerous it is.
pub(crate) const THREATS: &[&str] = &["high", "normal", "low"];

/// The step. The words that stood for reasons become reasons, which the house may edit.
pub(crate) const STEP: Migration = Migration {
    name: "sales_0004_rival",
    up: &[
        "ALTER TABLE sales_reason ADD COLUMN code TEXT",
        "INSERT INTO sales_reason (version, created_at, updated_at, name, name_latin, subject, position, active, code) VALUES \
         (1, 1767225600000000, 1767225600000000, '价格', 'Price', 'deal_lost', 1, TRUE, 'price'), \
         (1, 1767225600000000, 1767225600000000, '选了竞品', 'Chose a rival', 'deal_lost', 2, TRUE, 'rival'), \
         (1, 1767225600000000, 1767225600000000, '交期不满足', 'Delivery date', 'deal_lost', 3, TRUE, 'delivery'), \
         (1, 1767225600000000, 1767225600000000, '报价太慢', 'Quote too slow', 'deal_lost', 4, TRUE, 'slow_quote'), \
         (1, 1767225600000000, 1767225600000000, '客户暂缓', 'Postponed', 'deal_lost', 5, TRUE, 'postponed'), \
         (1, 1767225600000000, 1767225600000000, '客户没有预算', 'No budget', 'deal_lost', 6, TRUE, 'no_budget'), \
         (1, 1767225600000000, 1767225600000000, '其他', 'Other', 'deal_lost', 7, TRUE, 'other')",
        "ALTER TABLE sales_deal ADD COLUMN reason_id BIGINT",
        "UPDATE sales_deal SET reason_id = (SELECT r.id FROM sales_reason r WHERE r.code = sales_deal.lost_reason AND r.subject = 'deal_lost') \
         WHERE lost_reason IS NOT NULL",
        "CREATE INDEX sales_deal_reason ON sales_deal (reason_id) WHERE reason_id IS NOT NULL",
        "CREATE TABLE sales_supply (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         number TEXT NOT NULL, party_id BIGINT NOT NULL, rival_id BIGINT NOT NULL, product_id BIGINT, category_id BIGINT, what TEXT, \
         share BIGINT, amount BIGINT, price BIGINT, currency TEXT, since_on TEXT NOT NULL, until_on TEXT, source TEXT, certainty TEXT, note TEXT)",
        "CREATE INDEX sales_supply_updated ON sales_supply (updated_at, id)",
        "CREATE INDEX sales_supply_created ON sales_supply (created_at, id)",
        "CREATE INDEX sales_supply_number ON sales_supply (number, id)",
        "CREATE INDEX sales_supply_amount ON sales_supply (amount, id)",
        "CREATE INDEX sales_supply_since ON sales_supply (since_on, id)",
        "CREATE INDEX sales_supply_party ON sales_supply (party_id, since_on, id)",
        "CREATE INDEX sales_supply_rival ON sales_supply (rival_id, since_on, id)",
        "CREATE TABLE sales_price_seen (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         number TEXT NOT NULL, rival_id BIGINT NOT NULL, product_id BIGINT NOT NULL, price BIGINT NOT NULL, currency TEXT, seen_on TEXT NOT NULL, \
         place TEXT, source TEXT, certainty TEXT, note TEXT)",
        "CREATE INDEX sales_price_seen_updated ON sales_price_seen (updated_at, id)",
        "CREATE INDEX sales_price_seen_created ON sales_price_seen (created_at, id)",
        "CREATE INDEX sales_price_seen_number ON sales_price_seen (number, id)",
        "CREATE INDEX sales_price_seen_on ON sales_price_seen (seen_on, id)",
        "CREATE INDEX sales_price_seen_rival ON sales_price_seen (rival_id, seen_on, id)",
        "CREATE INDEX sales_price_seen_product ON sales_price_seen (product_id, seen_on, id)",
        "CREATE TABLE sales_deal_rival (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         deal_id BIGINT NOT NULL REFERENCES sales_deal (id) ON DELETE CASCADE, rival_id BIGINT NOT NULL, stance TEXT, strengths TEXT, \
         weaknesses TEXT, price BIGINT, currency TEXT, won BOOLEAN)",
        "CREATE UNIQUE INDEX sales_deal_rival_one ON sales_deal_rival (deal_id, rival_id) WHERE archived_at IS NULL",
        "CREATE INDEX sales_deal_rival_rival ON sales_deal_rival (rival_id, deal_id)",
        "CREATE INDEX sales_deal_rival_updated ON sales_deal_rival (updated_at, id)",
        "CREATE TABLE sales_rival_profile (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         party_id BIGINT NOT NULL, threat TEXT, powers TEXT, powers_note TEXT, strengths TEXT, weaknesses TEXT, looked_on TEXT)",
        "CREATE UNIQUE INDEX sales_rival_profile_party ON sales_rival_profile (party_id) WHERE archived_at IS NULL",
        "CREATE INDEX sales_rival_profile_updated ON sales_rival_profile (updated_at, id)",
        // Competitors that were only written down as words are taken over where a party is called so.
        "INSERT INTO sales_deal_rival (version, created_at, updated_at, deal_id, rival_id, stance, won) \
         SELECT 1, d.updated_at, d.updated_at, d.id, MIN(p.id), 'unknown', FALSE FROM sales_deal d JOIN party_party p \
         ON (lower(p.name) = lower(d.competitor) OR lower(p.name_latin) = lower(d.competitor)) \
         JOIN party_role r ON r.party_id = p.id AND r.role = 'competitor' WHERE d.competitor IS NOT NULL AND d.competitor <> '' \
         AND p.archived_at IS NULL GROUP BY d.id, d.updated_at",
    ],
};

fn rival() -> Field {
    Field::new("rival_id", FieldKind::Ref("party"))
        .required()
        .column()
        .unsorted()
        .beyond_sight()
        .aliases(&["competitor", "竞争对手", "竞品"])
}
fn product() -> Field {
    Field::new("product_id", FieldKind::Ref("product"))
        .column()
        .unsorted()
        .aliases(&["product", "sku", "产品"])
}
fn money(name: &'static str) -> Field {
    let kind = FieldKind::Money {
        currency: Some("currency"),
    };
    Field::new(name, kind).column()
}
fn told() -> [Field; 2] {
    [
        Field::new("source", FieldKind::Choice(SOURCES)).unsorted(),
        Field::new("certainty", FieldKind::Choice(CERTAINTY))
            .default("likely")
            .column()
            .unsorted(),
    ]
}
fn currency() -> Field {
    Field::new("currency", FieldKind::Currency).unsorted()
}

/// All four.
pub(crate) fn types() -> Vec<RecordType> {
    vec![supply(), price_seen(), deal_rival(), profile()]
}

fn supply() -> RecordType {
    let mut fields = vec![
        Field::new("number", FieldKind::Number).column().search(Search::Code),
        Field::new("party_id", FieldKind::Ref("party"))
            .required()
            .column()
            .unsorted()
            .aliases(&["customer", "客户"]),
        rival(),
        product(),
        Field::new("category_id", FieldKind::Ref("category")).unsorted(),
        Field::new("what", FieldKind::Text).column().unsorted(),
        Field::new("share", FieldKind::Rate).column().unsorted(),
        money("amount"),
        money("price").unsorted(),
        currency(),
        Field::new("since_on", FieldKind::Date).required().column(),
        Field::new("until_on", FieldKind::Date).column().unsorted(),
    ];
    fields.extend(told());
    fields.push(Field::new("note", FieldKind::Long));
    let today = Filter::Field {
        field: "until_on".into(),
        op: Op::Empty,
        values: vec![],
    };
    RecordType {
        icon: "truck-delivery",
        title: "number",
        subtitle: Some("what"),
        number: Some(("supply", "BS-")),
        scope: Scope::Party("party_id"),
        party: Some("party_id"),
        order: ("since_on", true),
        views: vec![BuiltIn::new("today", Filter::All(vec![today])).sort("amount", true)],
        hooks: Arc::new(SupplyHooks),
        ..RecordType::new("supply", "sales_supply", "/supplies", 68, fields)
    }
}

fn price_seen() -> RecordType {
    let mut fields = vec![
        Field::new("number", FieldKind::Number).column().search(Search::Code),
        rival(),
        product().required(),
        money("price").required().unsorted(),
        currency(),
        Field::new("seen_on", FieldKind::Date).required().column(),
        Field::new("place", FieldKind::Text).column().unsorted(),
    ];
    fields.extend(told());
    fields.push(Field::new("note", FieldKind::Long));
    RecordType {
        icon: "tag",
        title: "number",
        number: Some(("price_seen", "PS-")),
        order: ("seen_on", true),
        hooks: Arc::new(PriceHooks),
        ..RecordType::new("price_seen", "sales_price_seen", "/prices-seen", 69, fields)
    }
}

fn deal_rival() -> RecordType {
    let text = |name| Field::new(name, FieldKind::Text).unsorted();
    let fields = vec![
        Field::new("deal_id", FieldKind::Ref("deal")).required().unsorted(),
        rival(),
        Field::new("stance", FieldKind::Choice(STANCES))
            .default("unknown")
            .unsorted(),
        text("strengths"),
        text("weaknesses"),
        money("price").unsorted(),
        currency().computed(),
        Field::new("won", FieldKind::Bool).default("no").unsorted(),
    ];
    RecordType {
        icon: "users",
        title: "strengths",
        scope: Scope::Parent("deal", "deal_id"),
        parent: Some(("deal", "deal_id")),
        pages: false,
        hooks: Arc::new(RivalHooks),
        ..RecordType::new("deal_rival", "sales_deal_rival", "/deal-rivals", 70, fields)
    }
}

fn profile() -> RecordType {
    let fields = vec![
        Field::new("party_id", FieldKind::Ref("party"))
            .required()
            .unsorted()
            .beyond_sight(),
        Field::new("threat", FieldKind::Choice(THREATS))
            .default("normal")
            .unsorted(),
        Field::new("powers", FieldKind::Many(POWERS)).unsorted(),
        Field::new("powers_note", FieldKind::Long),
        Field::new("strengths", FieldKind::Long),
        Field::new("weaknesses", FieldKind::Long),
        Field::new("looked_on", FieldKind::Date).unsorted(),
    ];
    RecordType {
        icon: "target",
        title: "powers",
        pages: false,
        hooks: Arc::new(ProfileHooks),
        ..RecordType::new("rival_profile", "sales_rival_profile", "/rival-profiles", 71, fields)
    }
}

/// What deals may be asked about their competitors.
pub(crate) fn relation() -> Relation {
    Relation {
        name: "rival",
        table: "sales_deal_rival",
        key: "deal_id",
        fields: vec![
            Field::new("rival_id", FieldKind::Ref("party")),
            Field::new("stance", FieldKind::Choice(STANCES)),
            Field::new("won", FieldKind::Bool),
        ],
    }
}
