//! Watching ourselves: what customers had to bear from us (late and missing answers, broken promises, questions asked again, offers
//! against their interests) is found from data every night, stands at the customer, is counted, and can be made good.

mod find;
mod judge;
mod page;
mod settings;

pub(crate) use find::Finder;
pub(crate) use page::routes;

use async_trait::async_trait;
use maud::{Markup, html};
use std::sync::Arc;
use zhike_kernel::{Filter, Result, Value, Values};
use zhike_store::{
    BuiltIn, Ctx, Field, FieldKind, Hooks, Migration, Query, Record, RecordType, Scope, Search, Tx, binds,
};
use zhike_web::{Place, Tab, Visit, ui};

/// What it may be; the last is for people who note one down.
pub(crate) const KINDS: &[&str] = &[
    "late_answer",
    "missing_answer",
    "broken_promise",
    "repeated_question",
    "irrelevant_offer",
    "other",
];
/// What became of it.
const STATES: &[&str] = &["open", "made_good", "no_fault"];
/// Days that the customer's page looks back.
const SHOWN_DAYS: i64 = 365;

pub(crate) const TABLES: Migration = Migration {
    name: "service_experience",
    up: &[
        "CREATE TABLE service_experience (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         subject TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, party_id BIGINT, user_id BIGINT, happened_on TEXT NOT NULL, \
         minutes BIGINT, found BOOLEAN NOT NULL, note TEXT, record_type TEXT, record_id BIGINT, source_key TEXT)",
        "CREATE UNIQUE INDEX service_experience_key ON service_experience (source_key) WHERE source_key IS NOT NULL",
        "CREATE INDEX service_experience_day ON service_experience (happened_on, id)",
        "CREATE INDEX service_experience_party ON service_experience (party_id, happened_on, id)",
        "CREATE INDEX service_experience_updated ON service_experience (updated_at, id)",
        "CREATE INDEX service_experience_created ON service_experience (created_at, id)",
    ],
};

struct ExperienceHooks;

#[async_trait]
impl Hooks for ExperienceHooks {
    async fn check(&self, _: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let lacks = |new: &Values, name: &str| new.get(name).is_none_or(Value::is_empty);
        if old.is_none() {
            if lacks(new, "happened_on") {
                new.insert("happened_on".into(), ctx.today().into());
            }
            if lacks(new, "found") {
                new.insert("found".into(), false.into());
            }
        }
        Ok(())
    }
}

/// The record type.
pub(crate) fn record_type() -> RecordType {
    let computed = |name, kind| Field::new(name, kind).computed().unsorted();
    let fields = vec![
        Field::new("subject", FieldKind::Text)
            .required()
            .column()
            .unsorted()
            .search(Search::Name),
        Field::new("kind", FieldKind::Choice(KINDS))
            .required()
            .default("other")
            .column()
            .unsorted(),
        Field::new("party_id", FieldKind::Ref("party"))
            .required()
            .column()
            .unsorted(),
        Field::new("happened_on", FieldKind::Date).column(),
        computed("minutes", FieldKind::Int).column(),
        Field::new("user_id", FieldKind::User).column().unsorted(),
        Field::new("state", FieldKind::Choice(STATES))
            .required()
            .default("open")
            .column()
            .unsorted(),
        Field::new("note", FieldKind::Long),
        computed("found", FieldKind::Bool),
        computed("record_type", FieldKind::Text).internal(),
        computed("record_id", FieldKind::Int).internal(),
        computed("source_key", FieldKind::Text).internal(),
    ];
    let kind = |kind: &'static str| BuiltIn::new(kind, Filter::is("kind", kind));
    let mut views = vec![BuiltIn::new("open", Filter::is("state", "open"))];
    views.extend(KINDS.iter().take(5).map(|k| kind(k)));
    RecordType {
        icon: "mood-sad",
        subtitle: Some("happened_on"),
        scope: Scope::Concerned(&["user_id"], "party_id"),
        party: Some("party_id"),
        order: ("happened_on", true),
        views,
        hooks: Arc::new(ExperienceHooks),
        ..RecordType::new("bad_experience", "service_experience", "/bad-experiences", 130, fields)
    }
}

/// Its place on the customer's page, and the way from it to what it was found in.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new(
            "party",
            "bad_experience",
            Place::Rail,
            70,
            "bad_experience.view",
            |v, r| Box::pin(of_party(v, r)),
        ),
        Tab::new(
            "bad_experience",
            "behind",
            Place::Rail,
            10,
            "bad_experience.view",
            |v, r| Box::pin(behind(v, r)),
        ),
    ]
}

async fn of_party(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let since = visit.now().plus_seconds(-SHOWN_DAYS * 86_400).date(&visit.house.zone);
    let sql = "SELECT kind, count(*), SUM(CASE WHEN state = 'open' THEN 1 ELSE 0 END) FROM service_experience \
               WHERE party_id = $1 AND happened_on >= $2 AND archived_at IS NULL AND state <> 'no_fault' GROUP BY kind ORDER BY 2 DESC, 1";
    let rows = visit.db().all(sql, binds![party.id, since.to_string()]).await?;
    if rows.is_empty() {
        return Ok(html! {});
    }
    let mut list = vec![];
    for r in &rows {
        let (kind, n, open) = (r.text(0)?, r.int(1)?, r.int(2)?);
        let path = format!("/bad-experiences?f=party_id:is:{}&f=kind:in:{kind}", party.id);
        list.push((
            loc.t(&format!("bad_experience-kind-{kind}")),
            html! { a.link.num href=(path) { (loc.int(n)) } @if open > 0 { " " (ui::badge(ui::Hue::Amber, &loc.tv("experience-open", &[("n", open.into())]))) } },
        ));
    }
    Ok(html! { (ui::card(loc.t("experience-of-party")).body(ui::kv(&list))) })
}

async fn behind(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let found = record.get("found") == &Value::Bool(true);
    let source = match (record.text("record_type"), record.int("record_id")) {
        ("", _) | (_, None) => None,
        (ty, Some(id)) => {
            let ty = visit.registry().get(ty)?;
            visit.may(&ty.permission("view")).then(|| format!("{}/{id}", ty.path))
        }
    };
    Ok(html! { (ui::card(loc.t("experience-behind")).body(html! {
        p.sm.mut { (loc.t(if found { "experience-found" } else { "experience-noted" })) }
        p.sm { (loc.t(&format!("experience-why-{}", record.text("kind")))) }
        @if let Some(path) = source { (ui::btn(loc.t("experience-source")).small().icon("arrow-right").href(path)) }
    })) })
}
