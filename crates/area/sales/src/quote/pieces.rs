//! What stands on the pages of quotes, deals and customers: the link card, the versions, the quotes of a deal.

use super::link::{self, Link};
use maud::{Markup, html};
use zhike_kernel::{Filter, Result};
use zhike_store::{Query as _, Record, binds};
use zhike_web::{Visit, records, ui};

/// Quotes shown.
const QUOTES: usize = 20;

/// Above the tabs: what came of it, the next step.
pub(crate) async fn head(visit: &Visit, quote: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let late = quote.text("status") == "sent" && quote.date("valid_until_on").is_some_and(|d| d < visit.today());
    let note = match quote.text("status") {
        "sent" if late => Some((ui::Tone::Warn, "quote-is-late")),
        "approved" => Some((ui::Tone::Good, "quote-is-approved")),
        "accepted" if quote.int("order_id").is_none() => Some((ui::Tone::Good, "quote-is-accepted")),
        "superseded" => Some((ui::Tone::Quiet, "quote-is-superseded")),
        _ => None,
    };
    Ok(html! { @if let Some((tone, key)) = note { (ui::callout(tone, loc.t(key))) } })
}

/// The card with the links for the customer and their answer.
pub(crate) async fn links(visit: &Visit, quote: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let all = link::of_quote(visit.db(), quote.id).await?;
    if all.is_empty() {
        return Ok(html! {});
    }
    let body = html! {
        @for (i, l) in all.iter().enumerate() {
            div.stack {
                @if !l.revoked && l.answer.is_none() && quote.text("status") == "sent" {
                    @let address = link::address(&visit.app.secret, l);
                    div.row {
                        a.link.ell data-quote-link href=(address) target="_blank" rel="noopener" { (loc.t("quote-link-open")) }
                        span.sp {}
                        (ui::icon_btn("copy", loc.t("quote-link-copy")).small().attr("data-copy", &address))
                    }
                    @if i == 0 { p.xs.dim { (loc.t("quote-link-note")) } }
                }
                p.sm { (loc.t("quote-link-made")) " " (loc.stamp(l.made_at)) }
                (answer(visit, l))
            }
        }
    };
    Ok(maud::Render::render(&ui::card(loc.t("quote-links")).body(body)))
}

fn answer(visit: &Visit, l: &Link) -> Markup {
    let loc = &visit.loc;
    html! {
        @if let Some(at) = l.opened_at { p.sm { (loc.tv("quote-link-opened", &[("at", loc.stamp(at).into()), ("n", l.opens.into())])) } }
        @else { p.sm.mut { (loc.t("quote-link-unopened")) } }
        @if l.revoked { p.sm.mut { (loc.t("quote-link-revoked")) } }
        @if let (Some(word), Some(at)) = (&l.answer, l.answered_at) {
            (ui::callout(if word == "accepted" { ui::Tone::Customer } else { ui::Tone::Warn }, html! {
                b { (loc.t(&format!("quote-status-{word}"))) } " " (l.name.as_deref().unwrap_or("")) " · " (loc.stamp(at)) " · " span.num { (l.peer.as_deref().unwrap_or("")) }
                @if let Some(reason) = &l.reason { p { "“" (reason) "”" } }
            }))
        }
    }
}

/// The ids of all versions of a quote, oldest first.
pub(crate) async fn versions(visit: &Visit, quote: &Record) -> Result<Vec<(i64, String, String)>> {
    let mut first = quote.id;
    // Versions are few; a chain is walked back and forth.
    for _ in 0..200 {
        let sql = "SELECT COALESCE(previous_id, 0) FROM sales_quote WHERE id = $1";
        match visit.db().number(sql, binds![first]).await? {
            0 => break,
            before => first = before,
        }
    }
    let mut all = vec![];
    let mut at = Some(first);
    while let Some(id) = at.filter(|_| all.len() < 200) {
        if let Some(row) = visit
            .db()
            .one("SELECT number, status FROM sales_quote WHERE id = $1", binds![id])
            .await?
        {
            all.push((id, row.text(0)?, row.text(1)?));
        }
        let sql = "SELECT id FROM sales_quote WHERE previous_id = $1 ORDER BY id LIMIT 1";
        at = visit.db().one(sql, binds![id]).await?.map(|r| r.int(0)).transpose()?;
    }
    Ok(all)
}

/// The card with the other versions.
pub(crate) async fn version_card(visit: &Visit, quote: &Record) -> Result<Markup> {
    let all = versions(visit, quote).await?;
    if all.len() < 2 {
        return Ok(html! {});
    }
    let loc = &visit.loc;
    let body = html! {
        @for (i, (id, number, status)) in all.iter().enumerate() {
            div.row {
                @if *id == quote.id { b { (number) } } @else { a.link href={ "/quotes/" (id) } { (number) } }
                span.sp {}
                (ui::badge(records::show::hue(status), &loc.t(&format!("quote-status-{status}"))))
                @if i > 0 { a.link.sm href={ "/quotes/" (id) "/diff" } { (loc.t("quote-diff")) } }
            }
        }
    };
    Ok(maud::Render::render(
        &ui::card(loc.t("quote-versions")).body(html! { div.stack { (body) } }),
    ))
}

/// The quotes of a deal or a customer.
pub(crate) async fn of(visit: &Visit, field: &'static str, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let columns = ["number", "quoted_on", "status", "valid_until_on", "total", "owner_id"];
    let list = records::related(visit, "quote", Filter::is(field, record.id), &columns, QUOTES).await?;
    let party = if field == "deal_id" {
        record.int("party_id")
    } else {
        None
    };
    let mut address = format!("/quotes/new?{field}={}", record.id);
    if let Some(party) = party {
        address.push_str(&format!("&party_id={party}"));
    }
    let new =
        html! { @if visit.may("quote.create") { (ui::btn(loc.t("quote-new")).icon("plus").small().href(address)) } };
    Ok(maud::Render::render(
        &ui::card(loc.t("quote-many")).actions(new).flush(list),
    ))
}
