//! The page of a conversion: who is probably there already, what will be made, one button.

use super::convert::{self, Ask, Whom};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use std::sync::Arc;
use zhike_contract::{Alike, Parties, Sought};
use zhike_kernel::{Error, Kind, Result};
use zhike_store::{Record, read};
use zhike_web::{
    Answer, Fields, Form, Routes, Screen, Visit, answer,
    ui::{self, Choice, Field, Tone},
};

/// Its routes.
pub(crate) fn routes(parties: &Arc<dyn Parties>) -> Routes {
    let (first, second) = (parties.clone(), parties.clone());
    Routes::new()
        .get(
            "/leads/{id}/convert",
            "lead.edit",
            move |visit: Visit, Path(id): Path<i64>| {
                let parties = first.clone();
                Box::pin(async move {
                    let page = sheet(&visit, parties.as_ref(), id, &Fields::default(), None).await?;
                    answer::html(page)
                })
            },
        )
        .post(
            "/leads/{id}/convert",
            "lead.edit",
            move |visit: Visit, Path(id): Path<i64>, Form(f): Form| {
                let parties = second.clone();
                Box::pin(run(visit, parties, id, f))
            },
        )
        .post(
            "/leads/{id}/unconvert",
            "lead.edit",
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| {
                Box::pin(async move {
                    convert::unconvert(&visit.ctx, id, f.need_int("version")?).await?;
                    let said = visit.loc.t("lead-said-undone");
                    answer::go_saying(&visit, &format!("/leads/{id}"), &said, None)
                })
            },
        )
}

/// Parties that are probably the lead's company and the lead's person; and how many more the actor does not see.
pub(crate) struct Candidates {
    /// For the customer.
    pub party: Vec<Alike>,
    /// For the person.
    pub contact: Vec<Alike>,
    /// Others out of sight that share a name, a telephone or a mail address.
    pub hidden: usize,
}

/// Looks for them.
pub(crate) async fn candidates(visit: &Visit, parties: &dyn Parties, lead: &Record) -> Result<Candidates> {
    let text = |field: &str| lead.text(field).to_owned();
    let company = !lead.text("company").is_empty();
    let (mut party, more) = parties
        .similar(
            &visit.ctx,
            &Sought {
                name: text(if company { "company" } else { "name" }),
                phone: text("phone"),
                email: text("email"),
            },
        )
        .await?;
    let person = Sought {
        name: text("name"),
        phone: text("phone"),
        email: text("email"),
    };
    let (mut contact, others) = if company {
        parties.similar(&visit.ctx, &person).await?
    } else {
        (vec![], 0)
    };
    party.retain(|p| p.person != company);
    contact.retain(|p| p.person);
    Ok(Candidates {
        party,
        contact,
        hidden: more.max(others),
    })
}

/// A field as it is taken over; of the telephone and the mail address as little as elsewhere.
fn shown(visit: &Visit, ty: &zhike_store::RecordType, lead: &Record, name: &str) -> String {
    let text = lead.text(name);
    match ty.field(name) {
        Some(f) if f.is_contact() => f.mask(text),
        Some(f) => zhike_web::records::show::coded(visit, ty, f, text),
        None => text.to_owned(),
    }
}

fn one_of(visit: &Visit, name: &str, found: &[Alike], typed: Option<&str>, fresh: &str) -> Markup {
    let loc = &visit.loc;
    // The most alike is offered, unless it is a weak guess.
    let usual = found
        .first()
        .filter(|a| a.score >= 55)
        .map_or("new".to_owned(), |a| a.id.to_string());
    let chosen = typed.unwrap_or(&usual);
    html! {
        fieldset.field {
            legend.lab { (loc.t(&format!("convert-{name}"))) }
            @for a in found {
                label.row.wrap style="padding:6px 0;gap:8px;align-items:center" {
                    input type="radio" name=(name) value=(a.id) checked[chosen == a.id.to_string()];
                    span { b { (a.name) } " " span.dim { (a.number) @if !a.city.is_empty() { " · " (a.city) } } }
                    (ui::badge(if a.score >= 55 { ui::Hue::Amber } else { ui::Hue::Grey }, &loc.tv("convert-alike", &[("score", a.score.into())])))
                    span.xs.mut { @for (i, why) in a.why.iter().enumerate() { @if i > 0 { " · " } (loc.t(&format!("party-reason-{why}"))) } }
                }
            }
            label.row style="padding:6px 0;gap:8px;align-items:center" {
                input type="radio" name=(name) value="new" checked[chosen == "new"];
                span { (loc.t("convert-new")) @if loc.is_zh() { "：" } @else { ": " } b { (fresh) } }
            }
        }
    }
}

async fn sheet(visit: &Visit, parties: &dyn Parties, id: i64, f: &Fields, wrong: Option<&Error>) -> Result<Markup> {
    let loc = &visit.loc;
    let ty = visit.registry().get("lead")?.clone();
    let lead = read::need(&visit.ctx, visit.db(), &ty, id).await?;
    let found = candidates(visit, parties, &lead).await?;
    let company = !lead.text("company").is_empty();
    let fresh = if company {
        lead.text("company")
    } else {
        lead.text("name")
    };
    let pipelines: Vec<Choice> = crate::stages::pipelines(visit.db())
        .await?
        .iter()
        .map(|p| Choice::new(p.id.to_string(), p.title(loc)))
        .collect();
    let typed = f.get("version").is_some();
    let with_deal = !pipelines.is_empty() && (!typed || f.get("deal") == Some("1"));
    let facts: Vec<(String, Markup)> = [
        "company",
        "name",
        "job_title",
        "phone",
        "email",
        "region",
        "city",
        "source",
        "interest",
        "message",
    ]
    .into_iter()
    .filter(|n| !lead.text(n).is_empty())
    .map(|n| (loc.t(&format!("lead-{n}")), html! { (shown(visit, &ty, &lead, n)) }))
    .collect();
    let closed = matches!(lead.text("status"), "converted" | "rejected");
    let main = html! {
        @if closed { (ui::callout(Tone::Warn, loc.t("error-lead-closed"))) }
        @if let Some(e) = wrong {
            (ui::form_errors(&std::iter::once(loc.error(e)).chain(e.fields.iter().map(|x| loc.field_error(x))).collect::<Vec<_>>()))
        }
        @if found.hidden > 0 { (ui::callout(Tone::Warn, loc.tv("convert-hidden", &[("n", found.hidden.into())]))) }
        form.card method="post" action={ "/leads/" (id) "/convert" } {
            div.card-b.stack.l {
                (ui::hidden("version", &lead.version.to_string()))
                (one_of(visit, "party", &found.party, f.get("party"), fresh))
                @if company { (one_of(visit, "contact", &found.contact, f.get("contact"), lead.text("name"))) }
                @if pipelines.is_empty() { (ui::callout(Tone::Info, loc.t("convert-no-pipeline"))) } @else {
                    (Field::new("deal", loc.t("convert-deal")).checkbox(with_deal))
                    (Field::new("deal_name", loc.t("deal-name")).text(f.get("deal_name").unwrap_or(&convert::deal_name(&lead.values))))
                    @if pipelines.len() > 1 { (Field::new("pipeline", loc.t("deal-pipeline_id")).select(&pipelines, f.get("pipeline").unwrap_or(""), None)) }
                }
                @if !closed { (ui::submit_row(loc, Some(&format!("/leads/{id}")), &loc.t("lead-do-convert"))) }
            }
        }
    };
    let rail = html! {
        (ui::card(loc.t("convert-preview")).body(html! {
            p.sm.mut { (loc.t("convert-preview-text")) }
            (ui::kv(&facts))
        }))
    };
    let title = loc.t("convert-title");
    Ok(Screen::new(visit, title, "lead")
        .crumb(loc.t("lead-many"), "/leads")
        .crumb(lead.text("name").to_owned(), format!("/leads/{id}"))
        .markup(ui::page_body(ui::two_columns(main, rail))))
}

fn whom(f: &Fields, name: &str) -> Result<Whom> {
    match f.filled(name) {
        None | Some("new") => Ok(Whom::New),
        Some(id) => id
            .parse()
            .map(Whom::Old)
            .map_err(|_| Error::field(name, "error-not-a-record")),
    }
}

async fn run(visit: Visit, parties: Arc<dyn Parties>, id: i64, f: Fields) -> Answer {
    let ask = Ask {
        version: f.need_int("version")?,
        party: whom(&f, "party")?,
        contact: Some(whom(&f, "contact")?),
        deal: (f.get("deal") == Some("1")).then(|| (f.get("deal_name").unwrap_or("").to_owned(), f.int("pipeline"))),
    };
    match convert::convert(&visit.ctx, id, &ask).await {
        Ok(done) => {
            let to = done
                .deal
                .map_or_else(|| format!("/parties/{}", done.party), |d| format!("/deals/{d}"));
            answer::go_saying(&visit, &to, &visit.loc.t("lead-said-converted"), None)
        }
        Err(e) if matches!(e.kind, Kind::Invalid | Kind::Refused) => {
            let page = sheet(&visit, parties.as_ref(), id, &f, Some(&e)).await?;
            answer::html_with(StatusCode::UNPROCESSABLE_ENTITY, page)
        }
        Err(e) => Err(e.into()),
    }
}
