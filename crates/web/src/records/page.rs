//! The page of one record: head, tabs, rail; details with inline edit, the tabs of the areas, the history.

use super::{
    cell, history,
    list::mark,
    personal,
    show::{self, Names, field_of, label},
};
use crate::{
    answer::{Answer, go_saying, html as page_html},
    area::{Place, Tab},
    input::Fields,
    screen::Screen,
    ui,
    visit::Visit,
};
use maud::{Markup, html};
use zhike_kernel::{Error, Result, Value};
use zhike_store::{Field, FieldKind, Record, RecordType, Source, read, write};

/// Key of the tab with the lines of a document.
const LINES: &str = "lines";

/// The page, with one of its tabs open; none means the details.
pub async fn show(visit: Visit, name: &'static str, id: String, tab: String) -> Answer {
    let ty = super::of(&visit, name)?;
    let record = read::need(&visit.ctx, visit.db(), &ty, super::id_of(&id)?).await?;
    let names = show::names(&visit, &ty, &[&record.values]).await?;
    let own = pieces(&visit, &ty, Place::Tab);
    // A document is its lines: they are what one sees first.
    let tab = match ty.lines {
        Some(_) if tab.is_empty() && own.iter().any(|t| t.key == LINES) => LINES.to_owned(),
        _ => match own.first().filter(|t| tab.is_empty() && t.order < 0) {
            Some(first) => first.key.to_owned(),
            None => tab,
        },
    };
    let panel = match tab.as_str() {
        "" | "details" => {
            let shown: Vec<&Field> = ty
                .fields
                .iter()
                .filter(|f| f.is_contact() && !show::masked(&visit, &ty, f))
                .collect();
            personal::note(&visit, &ty, &[(record.id, &record.values)], &shown).await?;
            details(&visit, &ty, &record, &names)
        }
        "history" => history::draw(&visit, &ty, &record).await?,
        key => {
            let tab = own.iter().find(|t| t.key == key).ok_or_else(Error::missing)?;
            (tab.draw)(&visit, &record).await?
        }
    };
    if visit.fragment {
        return page_html(panel);
    }
    let title = show::title(&visit, &ty, record.id, &record.values);
    let head = draw_all(&visit, &ty, &record, Place::Head).await?;
    let marks = draw_all(&visit, &ty, &record, Place::Mark).await?;
    let rail = draw_all(&visit, &ty, &record, Place::Rail).await?;
    let actions = draw_all(&visit, &ty, &record, Place::Action).await?;
    let body = html! {
        (record_head(&visit, &ty, &record, &names, &title, &marks))
        @if record.archived_at.is_some() { (archived(&visit, &ty, &record)) }
        @if !head.0.is_empty() { div style="padding:0 24px 14px" { (head) } }
        (tabs(&visit, &ty, &record, &own, &tab))
        div.page {
            @if rail.0.is_empty() { div #panel.stack.l { (panel) } } @else {
                div.cols { div #panel.stack.l { (panel) } aside.stack.l { (rail) } }
            }
        }
    };
    Screen::new(&visit, title, ty.name)
        .crumb(visit.loc.t(&format!("{}-many", ty.name)), ty.path)
        .actions(html! { (actions) (buttons(&visit, &ty, &record)) })
        .charts()
        .show(body)
}

/// The pieces that the areas put on this type's page, for these eyes, in order.
fn pieces<'a>(visit: &'a Visit, ty: &RecordType, place: Place) -> Vec<&'a Tab> {
    let mut found: Vec<&Tab> = visit
        .app
        .tabs
        .iter()
        .filter(|t| (t.of == ty.name || t.of == crate::area::EVERY) && t.place == place && visit.may(t.permission))
        .collect();
    found.sort_by_key(|t| t.order);
    found
}

async fn draw_all(visit: &Visit, ty: &RecordType, record: &Record, place: Place) -> Result<Markup> {
    let mut out = vec![];
    for piece in pieces(visit, ty, place) {
        out.push((piece.draw)(visit, record).await?);
    }
    Ok(html! { @for piece in &out { (piece) } })
}

fn tabs(visit: &Visit, ty: &RecordType, record: &Record, own: &[&Tab], open: &str) -> Markup {
    let loc = &visit.loc;
    let url = ty.url(record.id);
    let one = |key: &str, words: String| ui::Tab {
        href: format!("{url}/{key}"),
        label: words,
        count: None,
        active: open == key || (open.is_empty() && key == "details"),
    };
    let (first, others): (Vec<_>, Vec<_>) = own
        .iter()
        .partition(|t| t.order < 0 || ty.lines.is_some() && t.key == LINES);
    let of_area = |t: &&Tab| one(t.key, loc.t(&format!("{}-tab-{}", ty.name, t.key)));
    let mut items: Vec<_> = first.into_iter().map(of_area).collect();
    items.push(one("details", loc.t("records-tab-details")));
    items.extend(others.into_iter().map(of_area));
    items.push(one("history", loc.t("records-tab-history")));
    ui::tabs(loc, &loc.t("records-tabs"), &items)
}

fn record_head(visit: &Visit, ty: &RecordType, record: &Record, names: &Names, title: &str, marks: &Markup) -> Markup {
    let part = |name: &str| {
        field_of(ty, name)
            .filter(|_| !record.get(name).is_empty())
            .map(|f| show::cell(visit, ty, &f, &record.values, names))
    };
    let kind = field_of(ty, "kind")
        .filter(|f| matches!(f.kind, FieldKind::Choice(_)) && !record.get("kind").is_empty())
        .map(|f| ui::badge(ui::Hue::Grey, &show::plain(visit, ty, &f, &record.values, names)));
    let badges = html! {
        @for name in ["tier", "grade"] { @if let Some(badge) = part(name) { " " (badge) } }
        @if !marks.0.is_empty() { " " (marks) }
        @if let Some(badge) = part("status") { " " (badge) }
        @if let Some(kind) = kind { " " (kind) }
    };
    let mut meta = vec![];
    let number = (ty.title != "number")
        .then_some("number")
        .filter(|_| ty.number.is_some());
    // Whose it is comes first, as a link.
    let party = ty.party.filter(|f| *f != "id" && *f != ty.title);
    let subtitle = ty.subtitle.filter(|s| Some(*s) != number);
    for name in [party, number, subtitle, Some("owner_id")].into_iter().flatten() {
        meta.extend(part(name));
    }
    // What the house came with has never been changed by anybody.
    if record.updated_at.0 > 0 {
        meta.push(html! {
            span title=(visit.loc.stamp(record.updated_at)) {
                (visit.loc.tv("records-updated", &[("when", visit.loc.relative(record.updated_at, visit.now()).into())]))
            }
        });
    }
    let mark = mark(ty, record.id, title, &record.values, ui::Size::Large);
    ui::record_head(mark, title, badges, &meta, html! {})
}

fn buttons(visit: &Visit, ty: &RecordType, record: &Record) -> Markup {
    let loc = &visit.loc;
    let url = ty.url(record.id);
    html! {
        @if record.archived_at.is_none() {
            @if visit.may(&ty.permission("archive")) {
                form data-stay method="post" action={ (url) "/archive" } style="margin:0" {
                    (ui::hidden("version", &record.version.to_string()))
                    (ui::btn(loc.t("records-archive")).icon("archive").ghost().wide_only().submit())
                }
            }
            @if visit.may(&ty.permission("edit")) {
                (ui::btn(loc.t("records-edit")).icon("pencil").primary().href(format!("{url}/edit")))
            }
        }
    }
}

fn archived(visit: &Visit, ty: &RecordType, record: &Record) -> Markup {
    let loc = &visit.loc;
    let when = record.archived_at.map(|at| loc.stamp(at)).unwrap_or_default();
    let words = loc.tv("records-is-archived", &[("when", when.into())]);
    html! {
        div style="padding:0 24px 14px" {
            (ui::callout(ui::Tone::Warn, words))
            @if visit.may(&ty.permission("archive")) {
                form data-stay method="post" action={ (ty.url(record.id)) "/restore" } style="margin-top:8px" {
                    (ui::hidden("version", &record.version.to_string()))
                    (ui::btn(loc.t("records-restore")).icon("archive-off").submit())
                }
            }
        }
    }
}

/// The fields by groups; a double click or Enter edits one where it stands.
fn details(visit: &Visit, ty: &RecordType, record: &Record, names: &Names) -> Markup {
    let loc = &visit.loc;
    let editable = record.archived_at.is_none() && visit.may(&ty.permission("edit"));
    // What head and rail show is not said again.
    let beside: Vec<&str> = [Place::Head, Place::Rail]
        .into_iter()
        .flat_map(|place| pieces(visit, ty, place))
        .flat_map(|piece| piece.shows)
        .copied()
        .collect();
    let mut groups: Vec<(&str, Vec<&Field>)> = vec![];
    for field in &ty.fields {
        // Figures kept by other areas are shown when there are any.
        if field.source != Source::Own && *record.get(field.name) == Value::Null {
            continue;
        }
        let in_head = field.kind == FieldKind::Number && ty.title != field.name;
        if in_head || field.internal || beside.contains(&field.name) {
            continue;
        }
        match groups.iter_mut().find(|(g, _)| *g == field.group) {
            Some((_, list)) => list.push(field),
            None => groups.push((field.group, vec![field])),
        }
    }
    // A group that nobody filled in (a company's job title) is left to the form.
    groups.retain(|(group, fields)| *group == "main" || fields.iter().any(|f| !record.get(f.name).is_empty()));
    html! {
        @for (group, fields) in &groups {
            @let key = format!("{}-group-{group}", ty.name);
            @let title = if loc.has(&key) { loc.t(&key) } else { loc.t("records-tab-details") };
            (ui::card(title).flush(facts(visit, ty, record, names, fields)))
        }
        p.xs.dim {
            (loc.tv("records-made", &[("when", loc.stamp(record.created_at).into())]))
            @if editable { " · " (loc.t("records-edit-hint")) }
        }
    }
}

/// Fields of a record as lines of a table; those that the visitor may write are edited where they stand.
pub fn facts(visit: &Visit, ty: &RecordType, record: &Record, names: &Names, fields: &[&Field]) -> Markup {
    let editable = record.archived_at.is_none() && visit.may(&ty.permission("edit"));
    html! {
        table.tbl.plain.facts data-cells=[editable.then(|| ty.url(record.id))] { tbody { @for field in fields {
            tr {
                th scope="row" { (label(visit, ty, field.name)) }
                @if field.kind == FieldKind::Long && !(editable && field.editable) {
                    td style="white-space:pre-wrap" { (record.text(field.name)) }
                } @else {
                    (cell::td(visit, ty, field, &record.values, names, "wrap", editable && field.source == Source::Own))
                }
            }
        } } }
    }
}

/// Puts the record away, or takes it out again.
pub async fn archive(visit: Visit, name: &'static str, id: String, f: Fields, away: bool) -> Answer {
    let ty = super::of(&visit, name)?;
    let id = super::id_of(&id)?;
    let tx = visit.ctx.begin().await?;
    write::archive(&visit.ctx, &tx, &ty, id, f.need_int("version")?, away).await?;
    let what = if away { "archived" } else { "restored" };
    let undo = cell::last_event(&tx, &ty, id, what)
        .await?
        .map(|e| format!("/undo/event/{e}"));
    tx.commit().await?;
    let words = visit.loc.t(&format!("records-said-{what}"));
    go_saying(&visit, &ty.url(id), &words, undo.as_deref())
}
