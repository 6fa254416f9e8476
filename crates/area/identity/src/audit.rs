//! The audit page: the event log as it is, narrowed by who, what, door and day.

use maud::{Markup, html};
use std::collections::HashMap;
use zhike_kernel::{Date, Result, Stamp, Value, Values};
use zhike_store::{
    event::{self, Audit, Logged},
    read,
};
use zhike_web::{
    Answer, Fields, Query, Routes, Screen, Visit, answer,
    records::{Names, show},
    ui::{self, Choice, Field},
};

const PAGE: i64 = 100;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/audit", "audit.view", page)
        .get("/api/v1/audit", "audit.view", api)
}

fn asked(visit: &Visit, query: &Fields) -> Audit {
    let zone = &visit.loc.zone;
    let day = |name: &str| query.filled(name).and_then(|d| d.parse::<Date>().ok());
    Audit {
        user: query.int("user"),
        record_type: query.filled("type").map(str::to_owned),
        door: query.filled("door").map(str::to_owned),
        since: day("since").map(|d| Stamp::start_of(d, zone)),
        until: day("until")
            .and_then(|d| d.tomorrow().ok())
            .map(|d| Stamp::start_of(d, zone)),
        before: query.int("before"),
    }
}

async fn api(visit: Visit, Query(query): Query) -> Answer {
    let events = event::audit(visit.db(), &asked(&visit, &query), PAGE).await?;
    let next = events
        .last()
        .filter(|_| events.len() == usize::try_from(PAGE).unwrap_or(0))
        .map(|e| e.id);
    let data: Vec<_> = events
        .iter()
        .map(|e| {
            let changes: serde_json::Map<String, serde_json::Value> =
                e.changes.iter().map(|(k, c)| (k.clone(), serde_json::json!({"from": c.from.json(), "to": c.to.json()}))).collect();
            serde_json::json!({
                "id": e.id, "at": e.at.rfc3339(), "user_id": e.user, "actor": e.actor, "door": e.door, "kind": e.kind,
                "record_type": e.record_type, "record_id": e.record, "party_id": e.party, "changes": changes, "note": e.note,
            })
        })
        .collect();
    answer::json(
        axum::http::StatusCode::OK,
        &serde_json::json!({"data": data, "next": next}),
    )
}

async fn page(visit: Visit, Query(query): Query) -> Answer {
    let loc = &visit.loc;
    let events = event::audit(visit.db(), &asked(&visit, &query), PAGE).await?;
    let users = visit.app.identity.users().await?;
    let who: Vec<Choice> = users
        .iter()
        .map(|u| Choice::new(u.id.to_string(), u.name.clone()))
        .collect();
    let types: Vec<Choice> = visit
        .registry()
        .types()
        .map(|t| Choice::new(t.name, loc.t(&format!("{}-one", t.name))))
        .collect();
    let doors: Vec<Choice> = ["page", "api", "import", "cli", "job"]
        .iter()
        .map(|d| Choice::new(*d, loc.t(&format!("door-{d}"))))
        .collect();
    let all = loc.t("audit-all");
    let value = |name: &str| query.get(name).unwrap_or("").to_owned();
    let older = events
        .last()
        .filter(|_| events.len() == usize::try_from(PAGE).unwrap_or(0))
        .map(|e| format!("/audit?{}&before={}", query.without(&["before"]), e.id));
    let names = names(&visit, &events).await?;
    let lines = events
        .iter()
        .map(|e| line(&visit, e, &users, &names))
        .collect::<Result<Vec<_>>>()?;
    let main = html! {
        form.filters method="get" action="/audit" {
            (Field::new("user", loc.t("audit-who")).select(&who, &value("user"), Some(&all)))
            (Field::new("type", loc.t("audit-what")).select(&types, &value("type"), Some(&all)))
            (Field::new("door", loc.t("audit-door")).select(&doors, &value("door"), Some(&all)))
            (Field::new("since", loc.t("audit-since")).date(&value("since")))
            (Field::new("until", loc.t("audit-until")).date(&value("until")))
            (ui::btn(loc.t("audit-show")).submit())
        }
        @if events.is_empty() {
            (ui::empty("history", &loc.t("audit-none"), &loc.t("audit-none-text"), html! {}))
        } @else {
            section.card { div.tbl-wrap { table.tbl.plain.dense {
                thead { tr { th { (loc.t("audit-when")) } th { (loc.t("audit-who")) } th { (loc.t("audit-door")) } th { (loc.t("audit-what")) } th { (loc.t("audit-changes")) } } }
                tbody { @for line in &lines { (line) } }
            } } }
            @if let Some(href) = older { p.pad { (ui::btn(loc.t("audit-older")).href(href)) } }
        }
    };
    Screen::new(&visit, loc.t("audit-title"), "audit").show(ui::page_body(main))
}

/// What is behind the ids in these events, and the titles of the records themselves; by type.
struct Named {
    inside: HashMap<String, Names>,
    records: HashMap<(String, i64), String>,
}

async fn names(visit: &Visit, events: &[Logged]) -> Result<Named> {
    let mut by_type: HashMap<&str, Vec<&Logged>> = HashMap::new();
    for e in events {
        by_type.entry(&e.record_type).or_default().push(e);
    }
    let mut out = Named {
        inside: HashMap::new(),
        records: HashMap::new(),
    };
    for (name, events) in by_type {
        let Ok(ty) = visit.registry().get(name) else { continue };
        let rows: Vec<Values> = events.iter().flat_map(|e| sides(e)).collect();
        let rows: Vec<&Values> = rows.iter().collect();
        out.inside.insert(name.to_owned(), show::names(visit, ty, &rows).await?);
        let ids: Vec<i64> = events.iter().map(|e| e.record).collect();
        let titles = read::titles(visit.db(), visit.registry(), name, &ids, visit.latin).await?;
        out.records
            .extend(titles.into_iter().map(|(id, title)| ((name.to_owned(), id), title)));
    }
    Ok(out)
}

/// The values before and after.
fn sides(e: &Logged) -> [Values; 2] {
    let side = |pick: fn(&zhike_store::Change) -> &Value| {
        e.changes.iter().map(|(f, c)| (f.clone(), pick(c).clone())).collect()
    };
    [side(|c| &c.from), side(|c| &c.to)]
}

fn line(visit: &Visit, e: &Logged, users: &[zhike_contract::UserLine], names: &Named) -> Result<Markup> {
    let loc = &visit.loc;
    let ty = visit.registry().get(&e.record_type).ok();
    let key = format!("event-{}", e.kind.trim_end_matches(".v1").replace('.', "-"));
    let title = names
        .records
        .get(&(e.record_type.clone(), e.record))
        .cloned()
        .unwrap_or_default();
    let what = if title.is_empty() {
        e.changes.values().find_map(|c| c.to.text()).unwrap_or("").to_owned()
    } else {
        title.clone()
    };
    let [before, after] = sides(e);
    let words = |field: &str, row: &Values| match (
        ty,
        ty.and_then(|t| show::field_of(t, field)),
        names.inside.get(&e.record_type),
    ) {
        (Some(ty), Some(f), Some(inside)) => show::plain(visit, ty, &f, row, inside),
        _ => row.get(field).map(short).unwrap_or_default(),
    };
    let told = |field: &str, row: &Values| {
        Some(words(field, row))
            .filter(|w| !w.is_empty())
            .map_or_else(|| "—".to_owned(), cut)
    };
    let sentence = if loc.has(&key) {
        loc.tv(&key, &[("what", what.clone().into())])
    } else {
        e.kind.clone()
    };
    let href = ty.filter(|t| t.pages && e.record > 0).map(|t| t.url(e.record));
    Ok(html! {
        tr {
            td.num { (loc.stamp(e.at)) }
            // Whoever signs in is nobody yet when it is written: it is about them.
            td { @if e.actor.is_empty() && e.record_type == "user" { (users.iter().find(|u| u.id == e.record).map_or("", |u| u.name.as_str())) } @else { (e.actor) } }
            td { (loc.t(&format!("door-{}", e.door))) }
            td {
                @if let Some(href) = href { a.link href=(href) { (sentence) } } @else { (sentence) }
                @if !title.is_empty() && !sentence.contains(&title) { div.mut { (title) } }
            }
            td {
                @for (field, change) in &e.changes {
                    @let label = ty.filter(|t| t.field(field).is_some()).map_or_else(|| field.clone(), |t| loc.t(&t.label(field)));
                    div {
                        span.mut { (label) " " }
                        // What is told only, not changed, is said once.
                        @if change.from != change.to && change.from != Value::Null { (told(field, &before)) " → " }
                        (told(field, &after))
                    }
                }
                @if let Some(note) = &e.note { div.mut { (note) } }
            }
        }
    })
}

fn short(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Int(i) => i.to_string(),
        Value::Bool(b) => if *b { "✓" } else { "×" }.into(),
        Value::Text(t) => t.clone(),
    }
}

fn cut(text: String) -> String {
    if text.chars().count() > 60 {
        text.chars().take(60).chain(['…']).collect()
    } else {
        text
    }
}
