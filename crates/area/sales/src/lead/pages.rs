//! Pieces of record pages: a lead's buttons, its points with their reasons, the leads of a customer, a form's words to copy.

use super::{actions, form_page, score};
use maud::{Markup, html};
use std::collections::HashMap;
use zhike_kernel::{Filter, Op, Result};
use zhike_store::{Query as _, Record, read};
use zhike_web::{
    Place, Tab, Visit, records,
    ui::{self, Hue, Tone},
};

/// All pieces.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new("lead", "do", Place::Action, 10, "lead.edit", |v, r| {
            Box::pin(actions::buttons(v, r))
        }),
        Tab::new("lead", "state", Place::Head, 10, "lead.view", |v, r| {
            Box::pin(state(v, r))
        }),
        Tab::new("lead", "score", Place::Rail, 10, "lead.view", |v, r| {
            Box::pin(points(v, r))
        })
        .shows(&["score", "score_why", "message_length", "free_mail", "known_customer"]),
        Tab::new("party", "leads", Place::Tab, 19, "lead.view", |v, r| {
            Box::pin(of_party(v, r))
        }),
        Tab::new("lead_form", "embed", Place::Tab, 10, "lead_form.view", |v, r| {
            Box::pin(form_page::embed(v, r))
        }),
    ]
}

/// What is special about its state: in the pool, rejected because, sent several times.
async fn state(visit: &Visit, lead: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let title = async |ty: &str, field: &str| -> Result<Option<String>> {
        let Some(id) = lead.int(field) else { return Ok(None) };
        Ok(read::titles(visit.db(), visit.registry(), ty, &[id], visit.latin)
            .await?
            .remove(&id))
    };
    let pool = title("pool", "pool_id").await?;
    let reason = title("reason", "reason_id").await?;
    let rule = title("lead_rule", "rule_id").await?;
    let by = lead.text("assigned_by");
    Ok(html! {
        @if let Some(pool) = pool {
            (ui::callout(Tone::Info, html! {
                (loc.tv("lead-in-pool", &[("pool", pool.into())])) " "
                a.link href={ "/pools/" (lead.int("pool_id").unwrap_or(0)) "/records" } { (loc.t("lead-to-pool")) }
            }))
        } @else if lead.int("owner_id").is_none() { (ui::callout(Tone::Warn, loc.t("lead-nobody"))) }
        @if lead.text("status") == "rejected" {
            (ui::callout(Tone::Quiet, html! {
                (loc.t("lead-status-rejected")) @if let Some(reason) = reason { " · " (reason) }
                @if !lead.text("reason_note").is_empty() { " · " (lead.text("reason_note")) }
            }))
        }
        @if let Some(n) = lead.int("repeats").filter(|n| *n > 0) { (ui::callout(Tone::Quiet, loc.tv("lead-repeated", &[("n", n.into())]))) }
        @if !by.is_empty() {
            p.sm.mut {
                (loc.t("lead-assigned_by")) @if loc.is_zh() { "：" } @else { ": " } (loc.t(&format!("lead-assigned_by-{by}"))) @if let Some(rule) = rule { " · " (rule) }
            }
        }
    })
}

/// Names of indicators, as the reader prefers them.
pub(crate) async fn indicator_names(visit: &Visit) -> Result<HashMap<i64, String>> {
    let sql = format!("SELECT t.id, {} FROM sales_lead_indicator t", visit.ctx.name_of("t"));
    let mut out = HashMap::new();
    for row in visit.db().all(&sql, vec![]).await? {
        out.insert(row.int(0)?, row.text(1)?);
    }
    Ok(out)
}

/// The colour of a score.
fn hue(score: i64) -> Hue {
    match score {
        70.. => Hue::Green,
        40..=69 => Hue::Amber,
        _ => Hue::Grey,
    }
}

async fn points(visit: &Visit, lead: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let sum = lead.int("score").unwrap_or(0);
    let why = score::read(lead.text("score_why"));
    let names = indicator_names(visit).await?;
    let share = f64::from(i32::try_from(sum).unwrap_or(0)) / 100.0;
    let card = ui::card(loc.t("lead-score")).actions(ui::badge(hue(sum), &loc.int(sum)));
    Ok(html! { (card.body(html! {
        (ui::meter(loc, share, hue(sum), None))
        @if why.is_empty() { p.sm.mut { (loc.t("lead-no-points")) } }
        @else {
            table.tbl.plain { tbody { @for (id, points) in &why { tr {
                td { (names.get(id).map_or("—", String::as_str)) }
                td.r.num { @if *points > 0 { "+" } (loc.int(*points)) }
            } } } }
        }
    })) })
}

async fn of_party(visit: &Visit, party: &Record) -> Result<Markup> {
    let filter = Filter::Any(vec![
        Filter::is("party_id", party.id),
        Filter::field("contact_id", Op::Is, party.id),
    ]);
    let columns = ["name", "number", "source", "campaign", "received_on", "converted_on"];
    records::related(visit, "lead", Filter::All(vec![filter]), &columns, 20).await
}
