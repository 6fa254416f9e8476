//! Customers with what is proposed and what holds; enrolling them.

use super::read::{self, Line, PARTS};
use super::types::DECISIONS;
use crate::level::list::pair_of;
use crate::words::{dash, money};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, read as store_read, write};
use zhike_web::ui::{self, Choice, Field, Hue, Tab};
use zhike_web::{Answer, Form, Query, Screen, Visit, answer};

/// Rows a page.
const ROWS: usize = 50;
/// Customers enrolled at once.
pub const MOST: usize = 2_000;

/// What holds or is proposed, as a badge.
pub fn badge(visit: &Visit, decision: Option<&str>) -> Markup {
    match decision {
        Some(word) => {
            let hue = if word == "enrolled" { Hue::Green } else { Hue::Grey };
            ui::badge(hue, &visit.loc.t(&format!("enrolment-decision-{word}")))
        }
        None => dash(),
    }
}

/// The reason of a proposal in words.
pub fn why(visit: &Visit, l: &Line) -> String {
    l.why.as_deref().map_or_else(
        || visit.loc.t("care-why-none"),
        |w| visit.loc.t(&format!("programme-why-{w}")),
    )
}

/// `GET /care/programme/customers`.
pub async fn show(visit: Visit, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let part = read::part(q.get("part"));
    let mut lines = read::customers(&visit.ctx, part, pair_of(q.get("after")), ROWS + 1).await?;
    let more = lines.len() > ROWS;
    lines.truncate(ROWS);
    let here = format!("/care/programme/customers?part={part}");
    let next = lines
        .last()
        .filter(|_| more)
        .map(|l| format!("{here}&after={}~{}", l.net, l.party_id));
    let tabs: Vec<Tab> = PARTS
        .iter()
        .map(|p| Tab {
            href: format!("/care/programme/customers?part={p}"),
            label: loc.t(&format!("programme-part-{p}")),
            active: part == *p,
            ..Tab::default()
        })
        .collect();
    let enrols = visit.may("enrolment.create");
    let actions = html! { @if enrols && part == "proposed" && !lines.is_empty() {
        form data-stay method="post" action="/care/programme/enrol" style="margin:0" {
            (ui::hidden("csrf", &visit.csrf)) (ui::btn(loc.t("programme-enrol-all")).icon("checks").primary().submit())
        }
    } };
    Screen::new(&visit, loc.t("programme-customers"), "programme")
        .crumb(loc.t("nav-programme"), "/care/programme")
        .actions(actions)
        .show(html! {
            (ui::tabs(loc, &loc.t("programme-customers"), &tabs))
            div.page { div.stack.l {
                @if lines.is_empty() && q.get("after").is_none() {
                    (ui::empty("user-check", &loc.t("programme-nobody"), &loc.t("programme-none-text"), html! { (ui::btn(loc.t("nav-programme")).href("/care/programme")) }))
                } @else {
                    section.card { div.tbl-wrap { (table(&visit, &lines, part, enrols)) } }
                    div.row {
                        @if q.get("after").is_some() { (ui::btn(loc.t("care-first-page")).small().href(here)) }
                        span.sp {}
                        @if let Some(href) = next { (ui::btn(loc.t("web-next")).small().href(href).attr("rel", "next")) }
                    }
                }
            } }
        })
}

fn table(visit: &Visit, lines: &[Line], part: &str, enrols: bool) -> Markup {
    let loc = &visit.loc;
    let open = visit.may("cost.view");
    html! { table.tbl {
        thead { tr {
            th scope="col" { (loc.t("party-one")) }
            th.hide-s scope="col" { (loc.t("party-tier")) }
            @if open {
                th.r.hide-s scope="col" { (loc.t("care-margin")) }
                th.r.hide-s scope="col" { (loc.t("programme-growth")) }
                th.r.hide-s scope="col" { (loc.t("programme-expected")) }
                th.r scope="col" { (loc.t("programme-left")) }
            }
            th scope="col" { (loc.t("programme-now")) }
            th.hide-s scope="col" { (loc.t("programme-proposal")) }
            th.hide-s scope="col" { (loc.t("care-why")) }
            @if enrols { th.hide-s scope="col" { span.vh { (loc.t("programme-enrol")) } } }
        } }
        tbody data-rows { @for l in lines { tr {
            td.fold { span.name { (ui::co(l.party_id, &l.name, ui::Size::Small)) a href={ "/parties/" (l.party_id) } { (l.name) } } }
            td.hide-s { @if let Some(t) = l.tier.as_deref().and_then(ui::Tier::parse) { (ui::tier(loc, t)) } }
            @if open {
                td.r.hide-s { (money(visit, l.margin)) }
                td.r.hide-s { (money(visit, l.growth)) }
                td.r.hide-s { (money(visit, l.benefit)) }
                td.r { b { (money(visit, l.net)) } }
            }
            td { (badge(visit, l.decision.as_deref())) }
            td.hide-s { (badge(visit, l.advised.as_deref())) }
            td.hide-s.sm.mut { (why(visit, l)) }
            @if enrols { td.r.hide-s { @if l.advised.is_some() && l.advised != l.decision && l.advised.as_deref() == Some("enrolled") { (enrol(visit, l, part)) } } }
        } } }
    } }
}

/// One button: enrolled, as proposed.
pub fn enrol(visit: &Visit, l: &Line, back: &str) -> Markup {
    html! { form data-stay method="post" action={ "/care/programme/customers/" (l.party_id) } style="margin:0" {
        (ui::hidden("csrf", &visit.csrf)) (ui::hidden("decision", "enrolled")) (ui::hidden("back", back))
        (ui::btn(visit.loc.t("programme-enrol")).small().icon("check").submit())
    } }
}

/// The dialog in which somebody decides otherwise.
pub fn dialog(visit: &Visit, party: i64, now: Option<&str>) -> Markup {
    let loc = &visit.loc;
    let choices: Vec<Choice> = DECISIONS
        .iter()
        .map(|d| Choice::new(*d, loc.t(&format!("enrolment-decision-{d}"))))
        .collect();
    ui::dialog(
        "programme-decide",
        &loc.t("programme-decide"),
        html! { form.stack data-stay method="post" action={ "/care/programme/customers/" (party) } {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("back", "party"))
            (Field::new("decision", loc.t("enrolment-decision")).id("programme-decision").select(&choices, now.unwrap_or("enrolled"), None))
            (Field::new("reason", loc.t("enrolment-reason")).id("programme-reason").hint(loc.t("programme-reason-hint")).textarea("", 3))
            div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(loc.t("web-save")).primary().submit()) }
        } },
    )
}

/// Decides about a customer whom the actor sees.
async fn put(ctx: &Ctx, party: i64, decision: &str, reason: Option<&str>) -> Result<i64> {
    if !DECISIONS.contains(&decision) {
        return Err(Error::field("decision", "error-not-a-choice"));
    }
    let tx = ctx.begin().await?;
    store_read::need(ctx, &tx, ctx.registry().get("party")?, party).await?;
    let values: Values = [
        ("party_id".to_owned(), Value::Int(party)),
        ("decision".to_owned(), decision.into()),
        ("reason".to_owned(), reason.map(str::to_owned).into()),
    ]
    .into();
    let ty = ctx.registry().get("enrolment")?.clone();
    let id = write::create(ctx, &tx, &ty, values).await?;
    tx.commit().await?;
    Ok(id)
}

/// `POST /care/programme/customers/{id}`.
pub async fn decide(visit: Visit, Path(party): Path<i64>, Form(form): Form) -> Answer {
    put(
        &visit.ctx,
        party,
        form.get("decision").unwrap_or(""),
        form.filled("reason"),
    )
    .await?;
    let back = match form.get("back") {
        Some("party") | None => format!("/parties/{party}"),
        part => format!("/care/programme/customers?part={}", read::part(part)),
    };
    answer::go_saying(&visit, &back, &visit.loc.t("programme-said"), None)
}

/// Enrols everybody who is proposed, undecided and seen by the actor; how many.
pub async fn enrol_all(ctx: &Ctx) -> Result<usize> {
    ctx.require("enrolment.create")?;
    let lines = read::customers(ctx, "proposed", None, MOST).await?;
    let rows: Vec<Values> = lines
        .iter()
        .map(|l| {
            Values::from([
                ("party_id".to_owned(), l.party_id.into()),
                ("decision".to_owned(), "enrolled".into()),
            ])
        })
        .collect();
    let many = rows.len();
    if many > 0 {
        let ty = ctx.registry().get("enrolment")?.clone();
        let tx = ctx.begin().await?;
        write::insert_many(ctx, &tx, &ty, rows, None).await?;
        tx.commit().await?;
    }
    Ok(many)
}

/// `POST /care/programme/enrol`.
pub async fn enrol_proposed(visit: Visit) -> Answer {
    let many = enrol_all(&visit.ctx).await?;
    let n = i64::try_from(many).unwrap_or(i64::MAX);
    let said = visit.loc.tv("programme-said-enrolled", &[("n", n.into())]);
    answer::go_saying(&visit, "/care/programme", &said, None)
}
