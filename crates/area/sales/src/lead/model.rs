//! The record types of leads.

use super::hooks::{FormHooks, IndicatorHooks, LeadHooks, RuleHooks, ShareHooks};
use std::sync::Arc;
use zhike_contract::Parties;
use zhike_kernel::{Filter, Op};
use zhike_store::{BuiltIn, Field, FieldKind, RecordType, Scope, field::Search};

/// States of a lead.
pub(crate) const STATES: &[&str] = &["new", "working", "qualified", "rejected", "converted"];
/// States in which somebody still works on it.
pub(crate) const LIVE: [&str; 3] = ["new", "working", "qualified"];
/// How a rule finds the person.
pub(crate) const WAYS: &[&str] = &["user", "team", "load", "territory", "product"];
/// How a lead came to its owner.
const ASSIGNED: &[&str] = &[
    "user",
    "team",
    "load",
    "territory",
    "product",
    "form",
    "hand",
    "pool",
    "manager",
];
/// What a form may ask.
pub(crate) const ASKS: &[&str] = &[
    "name",
    "company",
    "job_title",
    "phone",
    "email",
    "region",
    "city",
    "interest",
    "message",
];
/// Languages of a form; `auto` is the visitor's.
const LANGUAGES: &[&str] = &["auto", "en", "zh-cn"];
/// What reasons are for.
pub(crate) const SUBJECTS: &[&str] = &[
    "lead_rejected",
    "lead_qualified",
    "deal_won",
    "deal_lost",
    "customer_lost",
];

/// A condition; edited on its own tab, given whole by programs.
pub(crate) fn condition() -> Field {
    Field {
        filterable: false,
        ..Field::new("condition", FieldKind::Long).computed()
    }
}

fn name() -> [Field; 2] {
    [
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name),
        Field::new("name_latin", FieldKind::Text)
            .unsorted()
            .search(Search::Name),
    ]
}

fn states(words: &[&str]) -> Filter {
    Filter::Field {
        field: "status".into(),
        op: Op::In,
        values: words.iter().map(|w| (*w).into()).collect(),
    }
}

/// All of them.
pub(crate) fn types(parties: &Arc<dyn Parties>) -> Vec<RecordType> {
    vec![lead(parties), form(), rule(), share(), indicator(), reason()]
}

#[allow(clippy::too_many_lines, reason = "a declaration")]
fn lead(parties: &Arc<dyn Parties>) -> RecordType {
    let text = |name| Field::new(name, FieldKind::Text);
    let fields = vec![
        Field::new("number", FieldKind::Number).search(Search::Code).aliases(&[
            "lead number",
            "lead id",
            "线索编号",
            "编号",
        ]),
        text("name").required().column().search(Search::Name).aliases(&[
            "lead",
            "lead name",
            "full name",
            "contact",
            "线索",
            "姓名",
            "联系人",
        ]),
        text("name_latin")
            .unsorted()
            .search(Search::Name)
            .aliases(&["english name", "英文名"]),
        text("company")
            .column()
            .search(Search::Name)
            .aliases(&["company", "account", "公司", "单位"]),
        text("company_latin")
            .unsorted()
            .search(Search::Name)
            .aliases(&["公司英文名"]),
        text("job_title")
            .unsorted()
            .aliases(&["title", "position", "职位", "职务"]),
        Field::new("phone", FieldKind::Phone)
            .unsorted()
            .personal()
            .search(Search::Phone)
            .aliases(&["mobile", "telephone", "电话", "手机"]),
        Field::new("email", FieldKind::Email)
            .unsorted()
            .personal()
            .search(Search::Email)
            .aliases(&["mail", "邮箱", "邮件"]),
        text("region")
            .unsorted()
            .column()
            .group("where")
            .aliases(&["state", "province", "地区", "区域", "省份"]),
        text("city").unsorted().group("where").aliases(&["城市"]),
        text("source")
            .unsorted()
            .column()
            .group("where")
            .aliases(&["lead source", "来源", "线索来源"]),
        text("campaign")
            .unsorted()
            .group("where")
            .aliases(&["campaign", "活动", "市场活动"]),
        Field::new("product_id", FieldKind::Ref("product"))
            .unsorted()
            .group("wants")
            .aliases(&["product", "产品"]),
        text("interest")
            .unsorted()
            .group("wants")
            .aliases(&["interest", "意向", "意向产品"]),
        Field::new("message", FieldKind::Long)
            .group("wants")
            .aliases(&["message", "留言", "备注", "notes"]),
        Field::new("owner_id", FieldKind::User)
            .unsorted()
            .column()
            .group("work")
            .aliases(&["owner", "负责人", "销售"]),
        Field::new("status", FieldKind::Choice(STATES))
            .default("new")
            .unsorted()
            .column()
            .group("work")
            .aliases(&["lead status", "状态"]),
        Field::new("reason_id", FieldKind::Ref("reason"))
            .unsorted()
            .group("work")
            .aliases(&["reason", "原因"]),
        text("reason_note").unsorted().group("work"),
        Field::new("received_on", FieldKind::Date)
            .column()
            .group("work")
            .aliases(&["created date", "日期", "获取日期"]),
        text("external_key")
            .unsorted()
            .unique()
            .search(Search::Code)
            .group("work")
            .aliases(&["原系统编号"]),
        Field::new("score", FieldKind::Int).computed().column().group("work"),
        Field {
            filterable: false,
            ..Field::new("score_why", FieldKind::Long).computed()
        }
        .group("work"),
        Field::new("first_response_at", FieldKind::Stamp)
            .computed()
            .unsorted()
            .group("work"),
        Field::new("known_customer", FieldKind::Bool)
            .computed()
            .unsorted()
            .group("work"),
        Field::new("free_mail", FieldKind::Bool)
            .computed()
            .unsorted()
            .group("work"),
        Field::new("message_length", FieldKind::Int)
            .computed()
            .unsorted()
            .group("work"),
        Field::new("rule_id", FieldKind::Ref("lead_rule"))
            .computed()
            .unsorted()
            .group("work"),
        Field::new("assigned_by", FieldKind::Choice(ASSIGNED))
            .computed()
            .unsorted()
            .group("work"),
        Field::new("pool_id", FieldKind::Ref("pool"))
            .computed()
            .unsorted()
            .group("work"),
        Field::new("form_id", FieldKind::Ref("lead_form"))
            .computed()
            .unsorted()
            .group("work"),
        Field::new("repeats", FieldKind::Int)
            .computed()
            .unsorted()
            .group("work"),
        Field::new("party_id", FieldKind::Ref("party"))
            .computed()
            .unsorted()
            .group("result"),
        Field::new("contact_id", FieldKind::Ref("party"))
            .computed()
            .unsorted()
            .group("result"),
        Field::new("deal_id", FieldKind::Ref("deal"))
            .computed()
            .unsorted()
            .group("result"),
        Field::new("converted_on", FieldKind::Date)
            .computed()
            .unsorted()
            .group("result"),
    ];
    RecordType {
        icon: "target",
        title: "name",
        subtitle: Some("company"),
        number: Some(("lead", "L-")),
        scope: Scope::Owner("owner_id"),
        party: Some("party_id"),
        views: vec![
            BuiltIn::new("open", Filter::All(vec![states(&LIVE)])).sort("score", true),
            BuiltIn::new("mine", states(&LIVE).and(Filter::is("owner_id", "me"))).sort("received_on", true),
            BuiltIn::new("fresh", Filter::All(vec![Filter::is("status", "new")])).sort("received_on", true),
            BuiltIn::new("converted", Filter::All(vec![Filter::is("status", "converted")])).sort("received_on", true),
            BuiltIn::new("rejected", Filter::All(vec![Filter::is("status", "rejected")])).sort("received_on", true),
        ],
        order: ("received_on", true),
        hooks: Arc::new(LeadHooks {
            parties: parties.clone(),
        }),
        ..RecordType::new("lead", "sales_lead", "/leads", 20, fields)
    }
}

fn form() -> RecordType {
    let text = |name| Field::new(name, FieldKind::Text).unsorted();
    let long = |name| Field::new(name, FieldKind::Long).group("words");
    let fields = vec![
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name),
        Field::new("active", FieldKind::Bool).default("yes").unsorted().column(),
        Field::new("language", FieldKind::Choice(LANGUAGES))
            .default("auto")
            .unsorted()
            .column(),
        Field::new("asks", FieldKind::Many(ASKS))
            .default("name company phone email message")
            .unsorted(),
        Field::new("needs", FieldKind::Many(ASKS)).default("name").unsorted(),
        Field::new("owner_id", FieldKind::User).unsorted().column(),
        text("source").default("web").column(),
        text("campaign"),
        text("title").group("words"),
        text("title_latin").group("words"),
        long("intro"),
        long("intro_latin"),
        long("thanks"),
        long("thanks_latin"),
        Field::new("sites", FieldKind::Long).group("guard"),
        Field::new("hour_limit", FieldKind::Int).unsorted().group("guard"),
        text("token").computed().group("guard"),
    ];
    RecordType {
        icon: "list-details",
        order: ("name", false),
        hooks: Arc::new(FormHooks),
        ..RecordType::new("lead_form", "sales_lead_form", "/lead-forms", 21, fields)
    }
}

fn rule() -> RecordType {
    let mut fields = name().to_vec();
    fields.extend([
        Field::new("position", FieldKind::Int).column(),
        Field::new("way", FieldKind::Choice(WAYS))
            .required()
            .default("user")
            .unsorted()
            .column(),
        Field::new("user_id", FieldKind::User).unsorted().column(),
        Field::new("team_id", FieldKind::Ref("team")).unsorted().column(),
        Field::new("active", FieldKind::Bool).default("yes").unsorted().column(),
        condition(),
    ]);
    RecordType {
        icon: "affiliate",
        order: ("position", false),
        hooks: Arc::new(RuleHooks),
        ..RecordType::new("lead_rule", "sales_lead_rule", "/lead-rules", 22, fields)
    }
}

fn share() -> RecordType {
    let fields = vec![
        Field::new("rule_id", FieldKind::Ref("lead_rule")).required().unsorted(),
        Field::new("region", FieldKind::Text).unsorted(),
        Field::new("product_id", FieldKind::Ref("product")).unsorted(),
        Field::new("user_id", FieldKind::User).required().unsorted(),
    ];
    RecordType {
        icon: "affiliate",
        scope: Scope::Parent("lead_rule", "rule_id"),
        parent: Some(("lead_rule", "rule_id")),
        pages: false,
        hooks: Arc::new(ShareHooks),
        ..RecordType::new("lead_share", "sales_lead_share", "/lead-shares", 23, fields)
    }
}

fn indicator() -> RecordType {
    let mut fields = name().to_vec();
    fields.extend([
        Field::new("points", FieldKind::Int).required().unsorted().column(),
        Field::new("active", FieldKind::Bool).default("yes").unsorted().column(),
        condition(),
    ]);
    RecordType {
        icon: "gauge",
        order: ("name", false),
        hooks: Arc::new(IndicatorHooks),
        ..RecordType::new("lead_indicator", "sales_lead_indicator", "/lead-indicators", 24, fields)
    }
}

fn reason() -> RecordType {
    let mut fields = name().to_vec();
    fields.extend([
        Field::new("subject", FieldKind::Choice(SUBJECTS))
            .required()
            .default("lead_rejected")
            .unsorted()
            .column(),
        Field::new("position", FieldKind::Int).unsorted(),
        Field::new("active", FieldKind::Bool).default("yes").unsorted().column(),
        // The word by which programs and files of old know it.
        Field::new("code", FieldKind::Text).unsorted(),
    ]);
    RecordType {
        icon: "list",
        order: ("name", false),
        ..RecordType::new("reason", "sales_reason", "/reasons", 25, fields)
    }
}
