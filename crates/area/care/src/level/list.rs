//! Customers with the level that is set and the one recommended; setting it, and taking over recommendations.

use super::page::{level_badge, why};
use super::read::{self, Asked, Line, PARTS};
use super::types::LEVELS;
use crate::words::money;
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, read as store_read, write};
use zhike_web::ui::{self, Choice, Field, Tab};
use zhike_web::{Answer, Form, Query, Screen, Visit, answer};

/// Rows a page.
const ROWS: usize = 50;
/// Recommendations taken over at once.
pub const MOST: usize = 2_000;

/// A pair of numbers as it stands in an address: `12~34`.
pub fn pair_of(text: Option<&str>) -> Option<(i64, i64)> {
    let (a, b) = text?.split_once('~')?;
    Some((a.parse().ok()?, b.parse().ok()?))
}

/// `GET /care/customers`.
pub async fn show(visit: Visit, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let asked = Asked::read(&q);
    let mut lines = read::customers(&visit.ctx, &asked, pair_of(q.get("after")), ROWS + 1).await?;
    let more = lines.len() > ROWS;
    lines.truncate(ROWS);
    let here = format!("/care/customers?{}", asked.query());
    let next = lines
        .last()
        .filter(|_| more)
        .map(|l| format!("{here}&after={}~{}", l.margin, l.party_id));
    let tabs: Vec<Tab> = PARTS
        .iter()
        .map(|part| {
            let of = Asked {
                part: (*part).to_owned(),
                ..asked.clone()
            };
            Tab {
                href: format!("/care/customers?{}", of.query()),
                label: loc.t(&format!("care-part-{part}")),
                active: asked.part == *part,
                ..Tab::default()
            }
        })
        .collect();
    let sets = visit.may("care_level.create");
    let actions = html! { @if sets && asked.part == "unset" && !lines.is_empty() {
        form data-stay method="post" action="/care/customers/accept" style="margin:0" {
            (ui::hidden("csrf", &visit.csrf))
            @if let Some(level) = &asked.advised { (ui::hidden("advised", level)) }
            (ui::btn(loc.t("care-accept-all")).icon("checks").primary().submit())
        }
    } };
    let chosen = asked.level.as_deref().or(asked.advised.as_deref());
    Screen::new(&visit, loc.t("care-customers"), "care")
        .crumb(loc.t("nav-care"), "/care")
        .actions(actions)
        .show(html! {
            (ui::tabs(loc, &loc.t("care-customers"), &tabs))
            div.page { div.stack.l {
                @if let Some(level) = chosen {
                    div.row.wrap style="gap:8px" {
                        span.sm.mut { (loc.t(if asked.level.is_some() { "care-set" } else { "care-advised" })) }
                        (level_badge(&visit, Some(level)))
                        (ui::btn(loc.t("care-all-levels")).small().ghost().href(format!("/care/customers?part={}", asked.part)))
                    }
                }
                @if lines.is_empty() && q.get("after").is_none() {
                    (ui::empty("heart-handshake", &loc.t("care-none"), &loc.t("care-none-text"), html! { (ui::btn(loc.t("nav-care")).href("/care")) }))
                } @else {
                    section.card { div.tbl-wrap { (table(&visit, &lines, sets)) } }
                    div.row {
                        @if q.get("after").is_some() { (ui::btn(loc.t("care-first-page")).small().href(here)) }
                        span.sp {}
                        @if let Some(href) = next { (ui::btn(loc.t("web-next")).small().href(href).attr("rel", "next")) }
                    }
                }
            } }
        })
}

fn table(visit: &Visit, lines: &[Line], sets: bool) -> Markup {
    let loc = &visit.loc;
    let open = visit.may("cost.view");
    html! { table.tbl {
        thead { tr {
            th scope="col" { (loc.t("party-one")) }
            th.hide-s scope="col" { (loc.t("party-tier")) }
            @if open { th.r.hide-s scope="col" { (loc.t("care-margin")) } }
            th scope="col" { (loc.t("care-set")) }
            th scope="col" { (loc.t("care-advised")) }
            th.hide-s scope="col" { (loc.t("care-why")) }
            @if sets { th.hide-s scope="col" { span.vh { (loc.t("care-take")) } } }
        } }
        tbody data-rows { @for l in lines { tr {
            td.fold { span.name { (ui::co(l.party_id, &l.name, ui::Size::Small)) a href={ "/parties/" (l.party_id) } { (l.name) } } }
            td.hide-s { @if let Some(t) = l.tier.as_deref().and_then(ui::Tier::parse) { (ui::tier(loc, t)) } }
            @if open { td.r.hide-s { (money(visit, l.margin)) } }
            td title=[l.reason.as_deref()] { (level_badge(visit, l.level.as_deref())) }
            td { (level_badge(visit, l.advised.as_deref())) }
            td.hide-s.sm.mut { (why(visit, l)) }
            @if sets { td.r.hide-s { @if l.advised.is_some() && l.advised != l.level { (take(visit, l, "list")) } } }
        } } }
    } }
}

/// One button: as recommended.
pub fn take(visit: &Visit, l: &Line, back: &str) -> Markup {
    let loc = &visit.loc;
    html! { form data-stay method="post" action={ "/care/customers/" (l.party_id) "/level" } style="margin:0" {
        (ui::hidden("csrf", &visit.csrf)) (ui::hidden("level", l.advised.as_deref().unwrap_or(""))) (ui::hidden("back", back))
        (ui::btn(loc.t("care-take")).small().icon("check").submit())
    } }
}

/// The dialog in which somebody sets another level.
pub fn dialog(visit: &Visit, party: i64, now: Option<&str>) -> Markup {
    let loc = &visit.loc;
    let choices: Vec<Choice> = LEVELS
        .iter()
        .map(|l| Choice::new(*l, loc.t(&format!("care_level-level-{l}"))))
        .collect();
    ui::dialog(
        "care-set",
        &loc.t("care-set-other"),
        html! { form.stack data-stay method="post" action={ "/care/customers/" (party) "/level" } {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("back", "party"))
            (Field::new("level", loc.t("care_level-level")).select(&choices, now.unwrap_or("basic"), None))
            (Field::new("reason", loc.t("care_level-reason")).hint(loc.t("care-reason-hint")).textarea("", 3))
            div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(loc.t("web-save")).primary().submit()) }
        } },
    )
}

/// Sets the level of a customer whom the actor sees.
pub async fn put(ctx: &Ctx, party: i64, level: &str, reason: Option<&str>) -> Result<i64> {
    if !LEVELS.contains(&level) {
        return Err(Error::field("level", "error-not-a-choice"));
    }
    let tx = ctx.begin().await?;
    store_read::need(ctx, &tx, ctx.registry().get("party")?, party).await?;
    let values: Values = [
        ("party_id".to_owned(), Value::Int(party)),
        ("level".to_owned(), level.into()),
        ("reason".to_owned(), reason.map(str::to_owned).into()),
    ]
    .into();
    let ty = ctx.registry().get("care_level")?.clone();
    let id = write::create(ctx, &tx, &ty, values).await?;
    tx.commit().await?;
    Ok(id)
}

/// `POST /care/customers/{id}/level`.
pub async fn set(visit: Visit, Path(party): Path<i64>, Form(form): Form) -> Answer {
    put(
        &visit.ctx,
        party,
        form.get("level").unwrap_or(""),
        form.filled("reason"),
    )
    .await?;
    let back = match form.get("back") {
        Some("list") => "/care/customers?part=differs".to_owned(),
        _ => format!("/parties/{party}"),
    };
    answer::go_saying(&visit, &back, &visit.loc.t("care-said-set"), None)
}

/// Takes over the recommendations of all customers that have no level and that the actor sees; how many.
pub async fn take_over(ctx: &Ctx, advised: Option<&str>) -> Result<usize> {
    ctx.require("care_level.create")?;
    let asked = Asked {
        part: "unset".to_owned(),
        advised: advised.map(str::to_owned),
        level: None,
    };
    let lines = read::customers(ctx, &asked, None, MOST).await?;
    let rows: Vec<Values> = lines
        .iter()
        .map(|l| {
            Values::from([
                ("party_id".to_owned(), l.party_id.into()),
                ("level".to_owned(), l.advised.clone().into()),
            ])
        })
        .collect();
    let many = rows.len();
    if many > 0 {
        let ty = ctx.registry().get("care_level")?.clone();
        let tx = ctx.begin().await?;
        write::insert_many(ctx, &tx, &ty, rows, None).await?;
        tx.commit().await?;
    }
    Ok(many)
}

/// `POST /care/customers/accept`.
pub async fn accept(visit: Visit, Form(form): Form) -> Answer {
    let advised = form.filled("advised").filter(|w| LEVELS.contains(w));
    let many = take_over(&visit.ctx, advised).await?;
    let n = i64::try_from(many).unwrap_or(i64::MAX);
    let said = visit.loc.tv("care-said-accepted", &[("n", n.into())]);
    answer::go_saying(&visit, "/care", &said, None)
}
