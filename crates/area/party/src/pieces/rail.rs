//! The rail: who it is and how it is reached, the owner and the handing over; the merge button.

use super::{need, words};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Error, Result, Value};
use zhike_store::{Event, FieldKind, Record, sight::CONTACT, write};
use zhike_web::{
    Answer, Form, Routes, Visit,
    answer::{go, html as show_html},
    records::show,
    ui::{self, Choice},
};

/// Fields of the card, in order; those without a value are left out.
pub(super) const FACTS: [&str; 8] = [
    "phone", "phone2", "email", "website", "address", "city", "region", "country",
];

/// Identity and contact.
pub(super) async fn contact(visit: &Visit, record: &Record) -> Result<Markup> {
    let ty = visit.registry().get("party")?.clone();
    let names = show::names(visit, &ty, &[&record.values]).await?;
    let mut facts = vec![];
    for name in FACTS {
        if let Some(field) = ty.field(name).filter(|_| !record.get(name).is_empty()) {
            let value = if field.is_contact() {
                super::contact(visit, record.id, name, record.text(name))
            } else {
                show::cell(visit, &ty, field, &record.values, &names)
            };
            facts.push((show::label(visit, &ty, name), value));
        }
    }
    Ok(html! { (ui::card(visit.loc.t("party-card-contact")).body(html! {
        @if facts.is_empty() { p.mut { (visit.loc.t("party-no-contact")) } } @else { (ui::kv(&facts)) }
    })) })
}

/// The owner, and handing over to another.
pub(super) async fn owner(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let users = visit.app.identity.users().await?;
    let owner = record.int("owner_id");
    let name = users
        .iter()
        .find(|u| Some(u.id) == owner)
        .map(|u| u.title(visit.latin).to_owned());
    let choices: Vec<Choice> = users
        .iter()
        .filter(|u| u.active)
        .map(|u| Choice::new(u.id.to_string(), u.title(visit.latin)))
        .collect();
    let current = owner.map(|id| id.to_string()).unwrap_or_default();
    Ok(html! {
        (ui::card(loc.t("party-card-owner")).body(html! {
            @match (owner, name) {
                (Some(id), Some(name)) => { div.row { (ui::av(id, &name, ui::Size::Normal)) b { (name) } } }
                _ => { p.mut { (loc.t("party-no-owner")) } }
            }
            @if visit.may("party.edit") && record.archived_at.is_none() {
                form.stack data-stay method="post" action={ "/party/" (record.id) "/owner" } {
                    (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &record.version.to_string()))
                    (ui::Field::new("owner_id", loc.t("party-hand-over")).id("f-hand-over").select(&choices, &current, Some(&loc.t("party-no-owner"))))
                    div.btn-row { (ui::btn(loc.t("party-hand-over-do")).small().icon("user-check").submit()) }
                }
            }
        }))
    })
}

/// The button that looks for duplicates of this party.
pub(super) async fn action(visit: &Visit, record: &Record) -> Result<Markup> {
    Ok(html! {
        @if record.archived_at.is_none() {
            (ui::btn(visit.loc.t("party-merge-button")).ghost().icon("git-merge").href(format!("/party/{}/merge", record.id)))
        }
    })
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/party/{id}/reveal/{field}", CONTACT, reveal)
        .post("/party/{id}/owner", "party.edit", hand_over)
}

/// The whole number, once asked for; who asked is kept.
async fn reveal(visit: Visit, Path((id, field)): Path<(String, String)>) -> Answer {
    let record = need(&visit, &id).await?;
    let ty = visit.registry().get("party")?.clone();
    let declared = ty.field(&field).filter(|f| f.is_contact()).ok_or_else(Error::missing)?;
    if record.get(&field).is_empty() {
        return Err(Error::missing().into());
    }
    let tx = visit.begin().await?;
    let event = Event {
        kind: "party.contact_viewed.v1".into(),
        record_type: "party",
        record: record.id,
        party: Some(record.id),
        note: Some(declared.mask(record.text(&field))),
        ..Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await?;
    tx.commit().await?;
    let number = record.text(&field);
    if declared.kind == FieldKind::Email {
        return show_html(html! { a.link href={ "mailto:" (number) } { (number) } });
    }
    let dialled: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    show_html(html! { a.num.link href={ "tel:" (dialled) } { (number) } })
}

async fn hand_over(visit: Visit, Path(id): Path<String>, Form(form): Form) -> Answer {
    let record = need(&visit, &id).await?;
    let ty = visit.registry().get("party")?.clone();
    let to = match form.filled("owner_id") {
        None => Value::Null,
        Some(text) => {
            let id: i64 = text
                .parse()
                .map_err(|_| Error::field("owner_id", "error-not-a-record"))?;
            if !visit.app.identity.users().await?.iter().any(|u| u.id == id && u.active) {
                return Err(Error::field("owner_id", "error-not-a-record").into());
            }
            id.into()
        }
    };
    let tx = visit.begin().await?;
    let values = [("owner_id".to_owned(), to)].into();
    write::update(&visit.ctx, &tx, &ty, record.id, form.need_int("version")?, values).await?;
    tx.commit().await?;
    // Who hands a customer over may not see it any more.
    let still = need(&visit, &id).await.is_ok();
    go(&visit, &if still { ty.url(record.id) } else { ty.path.to_owned() })
}

/// All facts of a party in words; for the merge page's cells.
pub(crate) fn fact(visit: &Visit, record: &Record, field: &str, names: &show::Names) -> Result<String> {
    let ty = visit.registry().get("party")?;
    Ok(words(visit, ty, ty.need(field)?, &record.values, names))
}
