//! A record's history: who did what, when, through which door, from what to what, in words.

use super::show::{self, Names, field_of, label};
use crate::{ui, visit::Visit};
use maud::{Markup, html};
use zhike_kernel::{Result, Value, Values};
use zhike_store::{Logged, Record, RecordType, event};

/// So many events are shown.
const MOST: i64 = 200;

/// The tab.
pub(super) async fn draw(visit: &Visit, ty: &RecordType, record: &Record) -> Result<Markup> {
    let events = event::of_record(visit.db(), ty.name, record.id, MOST).await?;
    let sides: Vec<(Values, Values)> = events
        .iter()
        .map(|e| {
            let side = |pick: fn(&zhike_store::Change) -> &Value| -> Values {
                e.changes.iter().map(|(f, c)| (f.clone(), pick(c).clone())).collect()
            };
            (side(|c| &c.from), side(|c| &c.to))
        })
        .collect();
    let rows: Vec<&Values> = sides.iter().flat_map(|(a, b)| [a, b]).collect();
    let names = show::names(visit, ty, &rows).await?;
    let title = show::title(visit, ty, record.id, &record.values);
    let mut days: Vec<(String, Vec<ui::Entry>)> = vec![];
    for (i, (e, (from, to))) in events.iter().zip(&sides).enumerate() {
        let day = visit.loc.date(visit.loc.day_of(e.at), visit.today());
        let entry = entry(
            visit,
            ty,
            record,
            e,
            &title,
            changes(visit, ty, record, from, to, &names),
            i == 0,
        );
        match days.last_mut().filter(|(d, _)| *d == day) {
            Some((_, list)) => list.push(entry),
            None => days.push((day, vec![entry])),
        }
    }
    if days.is_empty() {
        return Ok(html! { p.mut { (visit.loc.t("records-no-history")) } });
    }
    Ok(ui::timeline(&days))
}

/// The sentence of an event: the area's own, or the one that fits every record.
pub fn sentence(visit: &Visit, kind: &str, title: &str) -> String {
    let base = kind.trim_end_matches(".v1");
    let own = format!("event-{}", base.replace('.', "-"));
    let args = [("what", title.into())];
    if visit.loc.has(&own) {
        return visit.loc.tv(&own, &args);
    }
    let common = format!("records-event-{}", base.rsplit('.').next().unwrap_or(""));
    if visit.loc.has(&common) {
        visit.loc.tv(&common, &args)
    } else {
        base.to_owned()
    }
}

fn entry(
    visit: &Visit,
    ty: &RecordType,
    record: &Record,
    e: &Logged,
    title: &str,
    changes: Option<Markup>,
    newest: bool,
) -> ui::Entry {
    let loc = &visit.loc;
    let what = e.kind.trim_end_matches(".v1").rsplit('.').next().unwrap_or("");
    let (icon, hue) = match what {
        "created" => ("plus", ui::Hue::Green),
        "archived" => ("archive", ui::Hue::Amber),
        "restored" => ("archive-off", ui::Hue::Green),
        _ => ("pencil", ui::Hue::Blue),
    };
    let undo = newest
        && visit.may(&ty.permission("edit"))
        && (what == "changed" && record.archived_at.is_none() || matches!(what, "archived" | "restored"));
    let body = html! {
        @if let Some(changes) = changes { (changes) }
        @if let Some(note) = &e.note { p { (note) } }
        @if undo {
            form method="post" action={ "/undo/event/" (e.id) } style="margin-top:6px" {
                (ui::btn(loc.t("web-undo")).icon("arrow-back-up").small().submit())
            }
        }
    };
    ui::Entry {
        icon: icon.into(),
        hue,
        time: loc.time(e.at),
        exact: loc.stamp(e.at),
        title: html! {
            b { (e.actor) } " · " (sentence(visit, &e.kind, title))
            span.dim { " · " (loc.t(&format!("records-door-{}", e.door))) }
        },
        body: (!body.0.is_empty()).then_some(body),
    }
}

fn changes(
    visit: &Visit,
    ty: &RecordType,
    record: &Record,
    from: &Values,
    to: &Values,
    names: &Names,
) -> Option<Markup> {
    if to.is_empty() {
        return None;
    }
    // Amounts are shown in the currency of their side, or of the record.
    let side = |changed: &Values| {
        let mut row = record.values.clone();
        row.extend(changed.clone());
        row
    };
    let (before, after) = (side(from), side(to));
    let words = |name: &str, row: &Values| match field_of(ty, name) {
        Some(field) => show::plain(visit, ty, &field, row, names),
        None => row.get(name).map(|v| v.json().to_string()).unwrap_or_default(),
    };
    let dash = |text: String| if text.is_empty() { "—".to_owned() } else { text };
    let was_nothing = from.values().all(|v| *v == Value::Null);
    Some(html! {
        dl.kv {
            @for name in to.keys() {
                dt { @if ty.field(name).is_some() { (label(visit, ty, name)) } @else { (name) } }
                dd {
                    @if !was_nothing { span.dim { (dash(words(name, &before))) } " → " }
                    (dash(words(name, &after)))
                }
            }
        }
    })
}
