//! Record types: consents, closed addresses, topics, and messages on their way out.

use crate::hooks::{ConsentHooks, MessageHooks, OptOutHooks, TopicHooks};
use std::sync::Arc;
use zhike_kernel::{Filter, Op, Value};
use zhike_store::{BuiltIn, Field, FieldKind, RecordType, Scope, Search};

/// Ways, as words.
pub(crate) const CHANNELS: &[&str] = &["email", "phone", "sms", "chat", "fax", "letter", "visit", "portal"];
/// Rights, as words.
pub(crate) const CLASSES: &[&str] = &["law", "safety", "contract", "service", "promotion"];
/// What a consent is for. The gate asks for `promotion`.
pub(crate) const PURPOSES: &[&str] = &["promotion", "survey", "recording", "profiling", "web_visits", "sharing"];
/// How a word of the customer reached us.
pub(crate) const SOURCES: &[&str] = &[
    "portal", "form", "mail", "message", "phone", "paper", "meeting", "import",
];
/// How much an address is closed to.
pub(crate) const SCOPES: &[&str] = &["promotion", "all"];
/// Where a message stands.
pub(crate) const STATUSES: &[&str] = &[
    "held",
    "waiting",
    "going",
    "gone",
    "delivered",
    "failed",
    "refused",
    "withheld",
    "recalled",
    "unsure",
];

/// All of them.
pub(crate) fn types() -> Vec<RecordType> {
    vec![consent(), opt_out(), message(), topic()]
}

fn among(field: &str, words: &[&str]) -> Filter {
    Filter::Field {
        field: field.into(),
        op: Op::In,
        values: words.iter().map(|w| Value::from(*w)).collect(),
    }
}

fn empty(field: &str) -> Filter {
    Filter::Field {
        field: field.into(),
        op: Op::Empty,
        values: vec![],
    }
}

fn consent() -> RecordType {
    let fields = vec![
        Field::new("number", FieldKind::Number).column().search(Search::Code),
        Field::new("party_id", FieldKind::Ref("party"))
            .required()
            .column()
            .unsorted()
            .aliases(&["customer", "customer number", "客户", "客户编号"]),
        Field::new("purpose", FieldKind::Choice(PURPOSES))
            .required()
            .default("promotion")
            .column()
            .unsorted(),
        Field::new("channel", FieldKind::Choice(CHANNELS)).column().unsorted(),
        Field::new("topic", FieldKind::Text).unsorted(),
        Field::new("given_on", FieldKind::Date)
            .required()
            .column()
            .aliases(&["given", "date", "日期", "同意日期"]),
        Field::new("until_on", FieldKind::Date).column(),
        Field::new("source", FieldKind::Choice(SOURCES))
            .required()
            .column()
            .unsorted(),
        Field::new("proof", FieldKind::Long).required(),
        Field::new("withdrawn_on", FieldKind::Date).column().group("withdrawn"),
        Field::new("withdrawn_how", FieldKind::Long).group("withdrawn"),
        Field::new("note", FieldKind::Long),
    ];
    RecordType {
        icon: "user-check",
        title: "number",
        subtitle: Some("given_on"),
        number: Some(("consent", "CS-")),
        scope: Scope::Party("party_id"),
        party: Some("party_id"),
        order: ("given_on", true),
        views: vec![
            BuiltIn::new("standing", empty("withdrawn_on")),
            BuiltIn::new("withdrawn", Filter::None(Box::new(empty("withdrawn_on")))),
        ],
        hooks: Arc::new(ConsentHooks),
        ..RecordType::new("consent", "consent_consent", "/consents", 75, fields)
    }
}

fn opt_out() -> RecordType {
    let fields = vec![
        Field::new("number", FieldKind::Number).column().search(Search::Code),
        Field::new("channel", FieldKind::Choice(CHANNELS))
            .required()
            .default("email")
            .column()
            .unsorted(),
        Field::new("address", FieldKind::Text)
            .required()
            .personal()
            .column()
            .unsorted()
            .aliases(&["email", "phone", "邮箱", "电话", "地址"]),
        Field::new("scope", FieldKind::Choice(SCOPES))
            .required()
            .default("promotion")
            .column()
            .unsorted(),
        Field::new("since_on", FieldKind::Date).column(),
        Field::new("source", FieldKind::Choice(SOURCES))
            .required()
            .default("message")
            .column()
            .unsorted(),
        Field::new("proof", FieldKind::Long),
        Field::new("party_id", FieldKind::Ref("party")).unsorted(),
        Field::new("lifted_on", FieldKind::Date).column().group("lifted"),
        Field::new("lifted_how", FieldKind::Long).group("lifted"),
        Field::new("address_key", FieldKind::Text)
            .computed()
            .unsorted()
            .internal(),
    ];
    RecordType {
        icon: "message-off",
        title: "number",
        subtitle: Some("since_on"),
        number: Some(("opt_out", "OO-")),
        order: ("since_on", true),
        views: vec![BuiltIn::new("standing", empty("lifted_on"))],
        hooks: Arc::new(OptOutHooks),
        ..RecordType::new("opt_out", "consent_opt_out", "/opt-outs", 76, fields)
    }
}

fn message() -> RecordType {
    let computed = |name, kind| Field::new(name, kind).computed().unsorted();
    let internal = |name, kind| Field::new(name, kind).computed().unsorted().internal();
    let fields = vec![
        Field::new("number", FieldKind::Number).column().search(Search::Code),
        computed("party_id", FieldKind::Ref("party")).column(),
        computed("subject", FieldKind::Text).column(),
        computed("status", FieldKind::Choice(STATUSES)).column(),
        computed("class", FieldKind::Choice(CLASSES)).column(),
        computed("topic", FieldKind::Text),
        computed("channel", FieldKind::Choice(CHANNELS)),
        computed("via", FieldKind::Choice(CHANNELS)).column(),
        computed("address", FieldKind::Text).personal(),
        computed("reason", FieldKind::Text),
        Field::new("not_before", FieldKind::Stamp).computed().column(),
        Field::new("gone_at", FieldKind::Stamp).computed().column(),
        computed("tries", FieldKind::Int),
        computed("error", FieldKind::Text),
        computed("remote", FieldKind::Text),
        computed("body", FieldKind::Long),
        internal("reasons", FieldKind::Long),
        internal("asked_address", FieldKind::Text).personal(),
        internal("asked_at", FieldKind::Stamp),
        internal("record_type", FieldKind::Text),
        internal("record_id", FieldKind::Int),
        internal("may_change", FieldKind::Bool),
        internal("may_wait", FieldKind::Bool),
        internal("agreed", FieldKind::Bool),
        internal("sent_key", FieldKind::Text),
        internal("leased_until", FieldKind::Stamp),
        internal("decision_id", FieldKind::Int),
        internal("warned_at", FieldKind::Stamp),
    ];
    RecordType {
        icon: "send",
        title: "number",
        subtitle: Some("subject"),
        number: Some(("message", "MG-")),
        scope: Scope::Party("party_id"),
        party: Some("party_id"),
        order: ("updated_at", true),
        views: vec![
            BuiltIn::new("held", among("status", &["held"])).sort("not_before", false),
            BuiltIn::new("waiting", among("status", &["waiting", "going"])).sort("not_before", false),
            BuiltIn::new("stopped", among("status", &["withheld", "refused", "failed", "unsure"])),
            BuiltIn::new("gone", among("status", &["gone", "delivered"])).sort("gone_at", true),
        ],
        hooks: Arc::new(MessageHooks),
        ..RecordType::new("message", "consent_message", "/messages", 77, fields)
    }
}

fn topic() -> RecordType {
    let fields = vec![
        Field::new("code", FieldKind::Text)
            .required()
            .unique()
            .column()
            .search(Search::Code),
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name)
            .aliases(&["topic", "主题", "名称"]),
        Field::new("name_latin", FieldKind::Text).column().unsorted(),
        // Shown to customers on their own page.
        Field::new("offered", FieldKind::Bool)
            .default("yes")
            .column()
            .unsorted(),
        Field::new("position", FieldKind::Int),
    ];
    RecordType {
        icon: "tag",
        title: "name",
        order: ("name", false),
        hooks: Arc::new(TopicHooks),
        ..RecordType::new("topic", "consent_topic", "/topics", 78, fields)
    }
}
