//! Everything that happened with a party, whichever area it happened in, newest first: also what happened with those
//! that were merged into it.

use super::{need, words};
use crate::merge::flow;
use axum::extract::Path;
use maud::{Markup, html};
use std::collections::{BTreeMap, HashMap};
use zhike_kernel::{Error, Result, Stamp, Value, Values};
use zhike_store::{Bind, FieldKind, Query as _, Record, Row, filter_sql::Sql, ids, read};
use zhike_web::{
    Answer, Query, Routes, Visit,
    answer::html as show_html,
    records::show,
    ui::{self, Entry, Hue},
};

/// Entries of a page.
const PAGE: usize = 30;

struct Happened {
    id: i64,
    at: Stamp,
    actor: String,
    kind: String,
    of: String,
    record: i64,
    /// Field, from, to.
    changes: Vec<(String, Value, Value)>,
    note: String,
}

/// Where a page goes on, and of which type of record.
#[derive(Default)]
struct Ask {
    before: Option<(i64, i64)>,
    of: Option<String>,
}

/// Draws the tab.
pub(super) async fn draw(visit: &Visit, record: &Record) -> Result<Markup> {
    Ok(html! { div #party-timeline { (page(visit, record, &Ask::default()).await?) } })
}

pub(super) fn routes() -> Routes {
    Routes::new().get("/party/{id}/timeline", "party.view", more)
}

async fn more(visit: Visit, Path(id): Path<String>, Query(query): Query) -> Answer {
    let record = need(&visit, &id).await?;
    let ask = Ask {
        before: query
            .filled("before")
            .and_then(|b| b.split_once('.'))
            .and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?))),
        of: query.filled("of").map(str::to_owned),
    };
    show_html(page(&visit, &record, &ask).await?)
}

async fn page(visit: &Visit, record: &Record, ask: &Ask) -> Result<Markup> {
    let loc = &visit.loc;
    let parties = flow::with_merged(visit.db(), record.id).await?;
    let types = seen_types(visit, &parties).await?;
    let mut events = read_events(visit, &parties, ask).await?;
    let older = events.len() > PAGE;
    events.truncate(PAGE);
    let url = |of: Option<&str>, before: Option<&Happened>| {
        let mut url = format!("/party/{}/timeline?of={}", record.id, of.unwrap_or(""));
        if let Some(e) = before {
            url.push_str(&format!("&before={}.{}", e.at.0, e.id));
        }
        url
    };
    let of = ask.of.as_deref();
    let chip = |words: String, to: Option<&str>| {
        ui::btn(words)
            .small()
            .class(if of == to { "chip on" } else { "chip" })
            .attr("aria-pressed", if of == to { "true" } else { "false" })
            .attr("hx-get", url(to, None))
            .attr("hx-target", "#party-timeline")
            .attr("hx-swap", "innerHTML")
    };
    let days = entries(visit, record, &events).await?;
    Ok(html! {
        @if ask.before.is_none() && types.len() > 1 {
            div.chips {
                (chip(loc.t("party-timeline-all"), None))
                @for name in &types { (chip(loc.t(&format!("{name}-one")), Some(name))) }
            }
        }
        @if days.is_empty() { p.mut { (loc.t("party-timeline-none")) } } @else { (ui::timeline(&days)) }
        @if let Some(last) = events.last().filter(|_| older) {
            div.btn-row {
                (ui::btn(loc.t("party-timeline-older")).icon("history").attr("hx-get", url(of, Some(last)))
                    .attr("hx-target", "closest div").attr("hx-swap", "outerHTML"))
            }
        }
    })
}

/// Of how many of the last events the types are offered as chips: who has tens of thousands waits for no count of all of them.
const RECENT: i64 = 1_000;

/// Does the visitor see what happens with records of this type? Lines of documents say nothing that the document does not say.
fn visible(visit: &Visit, ty: &zhike_store::RecordType) -> bool {
    ty.parent.is_none() && visit.may(&ty.permission("view"))
}

/// The types of record among the last events that the visitor may see.
async fn seen_types(visit: &Visit, parties: &[i64]) -> Result<Vec<String>> {
    let mut sql = Sql::new(visit.db().dialect());
    sql.text
        .push_str("SELECT DISTINCT record_type FROM (SELECT record_type FROM event WHERE ");
    sql.among("party_id", parties);
    let most = sql.bind(RECENT);
    sql.text.push_str(&format!(
        " ORDER BY at DESC, id DESC LIMIT {most}) t ORDER BY record_type"
    ));
    let mut out = vec![];
    for row in visit.db().all(&sql.text, sql.binds).await? {
        let name = row.text(0)?;
        if visit.registry().get(&name).is_ok_and(|ty| visible(visit, ty)) {
            out.push(name);
        }
    }
    Ok(out)
}

async fn read_events(visit: &Visit, parties: &[i64], ask: &Ask) -> Result<Vec<Happened>> {
    let wanted: Vec<&str> = visit
        .registry()
        .types()
        .filter(|ty| visible(visit, ty) && ask.of.as_ref().is_none_or(|of| of == ty.name))
        .map(|ty| ty.name)
        .collect();
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    let mut sql = Sql::new(visit.db().dialect());
    let marks: Vec<String> = wanted.iter().map(|t| sql.bind(*t)).collect();
    sql.text = format!(
        "SELECT id, at, actor, kind, record_type, record_id, changes, note FROM event WHERE record_type IN ({}) AND ",
        marks.join(",")
    );
    sql.among("party_id", parties);
    if let Some((at, id)) = ask.before {
        let (at, id) = (sql.bind(at), sql.bind(id));
        sql.text.push_str(&format!(" AND (at, id) < ({at}, {id})"));
    }
    let limit = sql.bind(i64::try_from(PAGE + 1).unwrap_or(31));
    sql.text.push_str(&format!(" ORDER BY at DESC, id DESC LIMIT {limit}"));
    visit
        .db()
        .all(&sql.text, sql.binds)
        .await?
        .iter()
        .map(happened)
        .collect()
}

fn happened(row: &Row) -> Result<Happened> {
    let json: serde_json::Value = serde_json::from_str(&row.text(6)?).map_err(Error::broken)?;
    let changes = json
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(field, pair)| {
            let value = |i| pair.get(i).and_then(Value::from_json);
            Some((field.clone(), value(0)?, value(1)?))
        })
        .collect();
    Ok(Happened {
        id: row.int(0)?,
        at: Stamp(row.int(1)?),
        actor: row.text(2)?,
        kind: row.text(3)?,
        of: row.text(4)?,
        record: row.int(5)?,
        changes,
        note: row.opt_text(7)?.unwrap_or_default(),
    })
}

async fn entries(visit: &Visit, record: &Record, events: &[Happened]) -> Result<Vec<(String, Vec<Entry>)>> {
    let loc = &visit.loc;
    let mut ids: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for e in events {
        ids.entry(&e.of).or_default().push(e.record);
    }
    let mut titles: HashMap<(&str, i64), String> = HashMap::new();
    let mut rows: HashMap<(&str, i64), Values> = HashMap::new();
    for (of, ids) in &ids {
        let ty = visit.registry().get(of)?;
        for found in read::find_many(&visit.ctx, visit.db(), ty, ids).await? {
            titles.insert((of, found.id), show::title(visit, ty, found.id, &found.values));
            rows.insert((of, found.id), found.values);
        }
        if *of == "relation" {
            titles.extend(
                relation_titles(visit, ids, record.id)
                    .await?
                    .into_iter()
                    .map(|(id, t)| (("relation", id), t)),
            );
        }
    }
    let today = visit.today();
    let mut days: Vec<(String, Vec<Entry>)> = vec![];
    for e in events {
        let day = loc.day_of(e.at);
        let shown = loc.date(day, today);
        let head = match i64::from(today.since(day).map_or(9, |s| s.get_days())) {
            0 => format!("{} · {shown}", loc.t("party-today")),
            1 => format!("{} · {shown}", loc.t("party-yesterday")),
            _ => shown,
        };
        let title = titles
            .get(&(e.of.as_str(), e.record))
            .cloned()
            .unwrap_or_else(|| format!("#{}", e.record));
        let entry = entry(visit, e, &title, rows.get(&(e.of.as_str(), e.record))).await?;
        match days.last_mut() {
            Some((last, entries)) if *last == head => entries.push(entry),
            _ => days.push((head, vec![entry])),
        }
    }
    Ok(days)
}

/// A relation is called by the party on its other side.
async fn relation_titles(visit: &Visit, relations: &[i64], me: i64) -> Result<HashMap<i64, String>> {
    let sql = format!(
        "SELECT r.id, CASE WHEN r.from_id = $1 THEN {} ELSE {} END FROM party_relation r \
         JOIN party_party f ON f.id = r.from_id JOIN party_party t ON t.id = r.to_id WHERE {}",
        visit.name_of("t"),
        visit.name_of("f"),
        visit.db().dialect().among("r.id", "$2")
    );
    let rows = visit.db().all(&sql, vec![Bind::from(me), ids(relations)]).await?;
    rows.iter().map(|r| Ok((r.int(0)?, r.text(1)?))).collect()
}

async fn entry(visit: &Visit, e: &Happened, title: &str, row: Option<&Values>) -> Result<Entry> {
    let loc = &visit.loc;
    let ty = visit.registry().get(&e.of)?.clone();
    let what = e.kind.trim_end_matches(".v1");
    let done = what.rsplit('.').next().unwrap_or("");
    let key = format!("event-{}", what.replace('.', "-"));
    let args = [("what", title.into()), ("type", loc.t(&format!("{}-one", e.of)).into())];
    let key = if loc.has(&key) {
        key
    } else {
        format!("party-event-{}", known(done))
    };
    let sentence = loc.tv(&key, &args);
    let changes = if done == "changed" {
        changed(visit, e, row).await?
    } else {
        None
    };
    let body = (changes.is_some() || !e.note.is_empty()).then(|| {
        html! {
            @if let Some(changes) = &changes { (changes) }
            @if !e.note.is_empty() { div { (e.note) } }
        }
    });
    let link = (ty.pages && e.of != "party").then(|| ty.url(e.record));
    Ok(Entry {
        icon: match e.kind.as_str() {
            "party.contact_viewed.v1" => "eye".into(),
            "party.merged.v1" | "party.merged_away.v1" | "party.merge_undone.v1" => "git-merge".into(),
            _ => ty.icon.to_owned(),
        },
        hue: match done {
            "created" => Hue::Blue,
            "archived" | "merged_away" => Hue::Red,
            "restored" => Hue::Green,
            _ => Hue::Grey,
        },
        time: loc.time(e.at),
        exact: loc.stamp(e.at),
        title: html! {
            @if !e.actor.is_empty() { b { (e.actor) } " " }
            @match link { Some(href) => a.link href=(href) { (sentence) }, None => (sentence) }
        },
        body,
    })
}

fn known(done: &str) -> &str {
    match done {
        "created" | "changed" | "archived" | "restored" => done,
        _ => "other",
    }
}

/// What was changed, from what to what, in words.
async fn changed(visit: &Visit, e: &Happened, now: Option<&Values>) -> Result<Option<Markup>> {
    let ty = visit.registry().get(&e.of)?.clone();
    // Money is read in the currency of the record as it stands, unless the currency changed with it.
    let mut from = now.cloned().unwrap_or_default();
    let mut to = from.clone();
    let mut fields = vec![];
    for (name, before, after) in &e.changes {
        let Some(field) = ty.field(name) else { continue };
        from.insert(name.clone(), before.clone());
        to.insert(name.clone(), after.clone());
        fields.push(field);
    }
    let names = if fields
        .iter()
        .any(|f| matches!(f.kind, FieldKind::Ref(_) | FieldKind::User))
    {
        show::names(visit, &ty, &[&from, &to]).await?
    } else {
        show::Names::default()
    };
    Ok((!fields.is_empty()).then(|| {
        html! {
            @for field in &fields { div {
                span.mut { (show::label(visit, &ty, field.name)) } " "
                s.mut { (words(visit, &ty, field, &from, &names)) } " → " b { (words(visit, &ty, field, &to, &names)) }
            } }
        }
    }))
}
