//! Pieces of a party's page: key figures, contact, owner, timeline, people, relations, group.

mod head;
mod hierarchy;
mod people;
pub(crate) mod rail;
mod relations;
mod timeline;

use maud::{Markup, html};
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Field, FieldKind, Record, RecordType, read};
use zhike_web::{
    Place, Routes, Tab, Visit,
    records::show::{self, Names},
    ui,
};

/// The pieces, as the page puts them together.
pub(crate) fn tabs() -> Vec<Tab> {
    let view = "party.view";
    vec![
        Tab::new("party", "figures", Place::Head, 10, view, |v, r| {
            Box::pin(head::draw(v, r))
        })
        .shows(&head::SHOWN),
        Tab::new("party", "rated", Place::Mark, 10, view, |v, r| {
            Box::pin(async move { head::rated(v, r) })
        }),
        Tab::new("party", "contact", Place::Rail, 10, view, |v, r| {
            Box::pin(rail::contact(v, r))
        })
        .shows(&rail::FACTS),
        Tab::new("party", "owner", Place::Rail, 20, view, |v, r| {
            Box::pin(rail::owner(v, r))
        })
        .shows(&["owner_id"]),
        Tab::new("party", "merge", Place::Action, 80, "party.edit", |v, r| {
            Box::pin(rail::action(v, r))
        }),
        Tab::new("party", "timeline", Place::Tab, 10, view, |v, r| {
            Box::pin(timeline::draw(v, r))
        }),
        Tab::new("party", "people", Place::Tab, 20, view, |v, r| {
            Box::pin(people::draw(v, r))
        }),
        Tab::new("party", "relations", Place::Tab, 70, view, |v, r| {
            Box::pin(relations::draw(v, r))
        }),
        Tab::new("party", "hierarchy", Place::Tab, 80, view, |v, r| {
            Box::pin(hierarchy::draw(v, r))
        }),
    ]
}

/// What the pieces send.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .and(rail::routes())
        .and(people::routes())
        .and(relations::routes())
        .and(timeline::routes())
}

/// The party of an address, if the visitor may see it.
pub(crate) async fn need(visit: &Visit, id: &str) -> Result<Record> {
    let id = id.parse::<i64>().map_err(|_| Error::missing())?;
    let ty = visit.registry().get("party")?.clone();
    read::need(&visit.ctx, visit.db(), &ty, id).await
}

/// A value in words, a telephone masked, a dash for nothing.
pub(crate) fn words(visit: &Visit, ty: &RecordType, field: &Field, row: &Values, names: &Names) -> String {
    let value = row.get(field.name).unwrap_or(&Value::Null);
    match (field.kind, value) {
        (_, v) if v.is_empty() => "—".into(),
        (FieldKind::Long, Value::Text(text)) if text.chars().count() > 120 => {
            text.chars().take(120).chain(['…']).collect()
        }
        _ => show::plain(visit, ty, field, row, names),
    }
}

/// A telephone number or mail address, masked until it is asked for by somebody who may; the asking is logged.
pub(crate) fn contact(visit: &Visit, party: i64, field: &str, value: &str) -> Markup {
    let Some(declared) = visit.registry().get("party").ok().and_then(|ty| ty.field(field)) else {
        return html! {};
    };
    if value.is_empty() {
        return html! {};
    }
    html! {
        span.row.wrap {
            span.num title=(visit.loc.t("records-masked")) { (declared.mask(value)) }
            @if visit.unmasks(declared) { (ui::btn(visit.loc.t("party-reveal")).ghost().small().icon("eye")
                .attr("hx-post", format!("/party/{party}/reveal/{field}")).attr("hx-target", "closest span").attr("hx-swap", "outerHTML")) }
        }
    }
}

/// A party as a link with its mark.
pub(crate) fn link(id: i64, name: &str, person: bool) -> Markup {
    let mark = if person {
        ui::av(id, name, ui::Size::Small)
    } else {
        ui::co(id, name, ui::Size::Small)
    };
    html! { a.row.link href={ "/parties/" (id) } { (mark) span { (name) } } }
}
