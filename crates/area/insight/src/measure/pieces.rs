//! Pieces of other pages: what is decided or proposed in the lists of the whale curve, and beside a customer.

use super::propose::{Proposal, propose};
use super::read::{Brief, newest};
use crate::pages::words;
use crate::read::{self, Line, Part};
use crate::result;
use maud::{Markup, html};
use std::collections::HashMap;
use zhike_kernel::Result;
use zhike_store::Record;
use zhike_web::Visit;
use zhike_web::ui;

/// The measures of the customers in a list.
pub async fn of_lines(visit: &Visit, lines: &[Line]) -> Result<HashMap<i64, Brief>> {
    if !visit.may("measure.view") {
        return Ok(HashMap::new());
    }
    let parties: Vec<i64> = lines.iter().map(|l| l.party).collect();
    newest(visit.db(), &parties).await
}

/// What is decided about a customer, or else what is proposed.
pub fn cell(visit: &Visit, part: Part, line: &Line, decided: Option<&Brief>) -> Markup {
    if let Some(brief) = decided {
        return known(visit, brief);
    }
    match propose(part, &line.parts) {
        Some(p) if visit.may("measure.create") => html! {
            a.btn.small href=(address(line.party, &p)) title=(why(visit, &p)) { (named(visit, p.decision, p.action)) }
        },
        Some(p) => html! { span.sm.mut title=(why(visit, &p)) { (named(visit, p.decision, p.action)) } },
        None => html! { span.dim { "–" } },
    }
}

fn named(visit: &Visit, decision: &str, action: &str) -> String {
    let loc = &visit.loc;
    let words = [
        ("decision", loc.t(&format!("measure-decision-{decision}")).into()),
        ("action", loc.t(&format!("measure-action-{action}")).into()),
    ];
    loc.tv("measure-named", &words)
}

fn known(visit: &Visit, brief: &Brief) -> Markup {
    let loc = &visit.loc;
    html! {
        a.link href={ "/measures/" (brief.id) } { (named(visit, &brief.decision, &brief.action)) }
        div.xs.mut {
            @if brief.status == "planned" { @if let Some(due) = brief.due { (loc.tv("measure-until", &[("day", loc.date(due, visit.today()).into())])) } }
            @else { (loc.t(&format!("measure-status-{}", brief.status))) }
        }
    }
}

/// The form of a new measure with the proposal in it.
fn address(party: i64, p: &Proposal) -> String {
    format!(
        "/measures/new?party_id={party}&decision={}&action={}",
        p.decision, p.action
    )
}

/// The reason in words.
fn why(visit: &Visit, p: &Proposal) -> String {
    let key = match (p.decision, p.action) {
        ("keep", _) => "measure-why-keep".to_owned(),
        (_, "price") if p.takes > 0 && p.left < 0 => "measure-why-below".to_owned(),
        _ => format!("measure-why-{}", p.action),
    };
    let args = [
        ("takes", words(visit, p.takes).into()),
        ("left", words(visit, p.left).into()),
    ];
    let reason = visit.loc.tv(&key, &args);
    match p.decision {
        "let_go" => format!("{reason} {}", visit.loc.t("measure-why-let-go")),
        _ => reason,
    }
}

/// The card beside a customer: what is decided, or what is proposed and why.
pub async fn beside(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let decided = newest(visit.db(), &[party.id]).await?.remove(&party.id);
    let proposal = match (&decided, result::latest(visit.db()).await?) {
        (None, Some(run)) if visit.may("cost.view") => read::one(visit.db(), party.id)
            .await?
            .and_then(|line| propose(part_of(&run, &line), &line.parts)),
        _ => None,
    };
    if decided.is_none() && proposal.is_none() {
        return Ok(html! {});
    }
    let body = html! {
        @if let Some(brief) = &decided { (known(visit, brief)) }
        @if let Some(p) = &proposal {
            div { b { (named(visit, p.decision, p.action)) } }
            p.sm.mut style="margin:4px 0 8px" { (why(visit, p)) }
            @if visit.may("measure.create") { (ui::btn(loc.t("measure-decide")).small().href(address(party.id, p))) }
        }
    };
    let title = if decided.is_some() {
        "measure-one"
    } else {
        "measure-proposal"
    };
    Ok(html! { (ui::card(loc.t(title)).body(body)) })
}

/// Where a customer stands on the curve, as far as proposals ask.
fn part_of(run: &result::Run, line: &Line) -> Part {
    let top = i64::try_from(run.outcome.whale.top.customers).unwrap_or(i64::MAX);
    if line.rank > 0 && line.rank <= top {
        Part::Top
    } else {
        Part::Loss
    }
}
