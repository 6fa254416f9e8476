//! The rail of a case's page: what the customer is worth, files and messages, cases like it, what it cost, what helped before.

use super::{pieces::View, related};
use crate::beyond::article;
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_store::{Query as _, attachment, binds, read};
use zhike_web::ui;

/// Draws it.
pub(crate) async fn draw(v: &View<'_>) -> Result<Markup> {
    Ok(html! {
        (worth(v).await?)
        (about(v).await?)
        (letters(v).await?)
        (files(v).await?)
        (cost(v))
        (super::sale::card(v).await?)
        (batch(v).await?)
        (others(v).await?)
        (article::suggested(v).await?)
    })
}

/// The customer's value, as the last analysis has it.
async fn worth(v: &View<'_>) -> Result<Markup> {
    let loc = &v.visit.loc;
    let Some(party) = v.case.int("party_id") else {
        return Ok(html! {});
    };
    let ty = v.visit.registry().get("party")?.seen_by(&v.visit.actor);
    let Some(record) = read::find(&v.visit.ctx, v.visit.db(), &ty, party).await? else {
        return Ok(html! {});
    };
    let c = v.visit.house.currency;
    let mut rows = vec![];
    for name in ["revenue", "profit"] {
        let seen = ty.field(name).is_some_and(|f| v.visit.sees(f));
        if let (true, Some(n)) = (seen, record.int(name)) {
            rows.push((loc.t(&format!("party-{name}")), ui::money(loc, n, c)));
        }
    }
    if let Some(n) = record.int("orders") {
        rows.push((loc.t("party-orders"), html! { span.num { (loc.int(n)) } }));
    }
    if let Some(day) = record.date("last_order_on") {
        rows.push((
            loc.t("party-last_order_on"),
            html! { span.num { (loc.date_short(day, v.visit.today())) } },
        ));
    }
    let since = v.case.created_at;
    let sql = "SELECT count(*) FROM order_order WHERE party_id = $1 AND kind = 'sale' AND created_at > $2 AND archived_at IS NULL";
    let orders = v.visit.db().number(sql, binds![party, since.0]).await?;
    let sql = "SELECT count(*) FROM sales_deal d JOIN sales_stage s ON s.id = d.stage_id WHERE d.party_id = $1 AND s.kind = 'open' AND d.archived_at IS NULL";
    let deals = v.visit.db().number(sql, binds![party]).await?;
    let words = loc.tv("case-since", &[("orders", orders.into()), ("deals", deals.into())]);
    rows.push((loc.t("case-since-title"), html! { (words) }));
    Ok(html! { (ui::card(loc.t("case-worth")).body(html! {
        div.row.wrap style="margin-bottom:8px" { a.link href={ "/parties/" (party) } { (zhike_web::records::show::title(v.visit, &ty, party, &record.values)) } @if let Some(t) = ui::Tier::parse(record.text("tier")) { (ui::tier(loc, t)) } }
        (ui::kv(&rows))
    })) })
}

/// What it is about.
async fn about(v: &View<'_>) -> Result<Markup> {
    let loc = &v.visit.loc;
    let ty = v.visit.registry().get("case")?.clone();
    let names = zhike_web::records::names(v.visit, &ty, &[&v.case.values]).await?;
    let mut rows = vec![];
    for name in [
        "product_id",
        "batch",
        "order_id",
        "shipment_id",
        "contact_id",
        "contact_name",
        "contact_phone",
        "contact_email",
        "channel",
        "process_id",
        "incident_id",
        "improvement_id",
    ] {
        let Some(field) = ty.field(name).filter(|_| !v.case.get(name).is_empty()) else {
            continue;
        };
        rows.push((
            loc.t(&ty.label(name)),
            zhike_web::records::cell(v.visit, &ty, field, &v.case.values, &names),
        ));
    }
    let text = v.case.text("description");
    Ok(html! { @if !rows.is_empty() || !text.is_empty() {
        (ui::card(loc.t("case-about")).body(html! {
            @if !text.is_empty() { p.quote.pre style="margin-bottom:10px" { (text) } }
            (ui::kv(&rows))
        }))
    } })
}

/// Letters, calls and other contacts in the conversations of this case.
async fn letters(v: &View<'_>) -> Result<Markup> {
    let loc = &v.visit.loc;
    if !v.visit.may("conversation.view") {
        return Ok(html! {});
    }
    let sql = "SELECT i.subject, i.channel, i.direction, i.at, i.conversation_id FROM inbox_interaction i LEFT JOIN inbox_conversation c ON c.id = i.conversation_id \
               WHERE i.archived_at IS NULL AND ((i.record_type = 'case' AND i.record_id = $1) OR (c.record_type = 'case' AND c.record_id = $2)) ORDER BY i.at DESC, i.id DESC LIMIT 10";
    let rows = v.visit.db().all(sql, binds![v.case.id, v.case.id]).await?;
    let mut lines = vec![];
    for r in &rows {
        let out = r.opt_text(2)?.as_deref() == Some("out");
        lines.push((
            r.opt_text(0)?.unwrap_or_default(),
            r.opt_text(1)?.unwrap_or_default(),
            out,
            r.opt_int(3)?.map(zhike_kernel::Stamp),
            r.opt_int(4)?,
        ));
    }
    Ok(
        html! { @if !lines.is_empty() { (ui::card(loc.t("case-letters")).note(lines.len().to_string()).flush(html! {
            ul.list { @for (subject, channel, out, at, talk) in &lines {
                li.row style="padding:8px 14px;font-size:13.5px" {
                    (ui::icon(match channel.as_str() { "phone" => "phone", "email" => "mail", _ => "message" }))
                    span.ell style="flex:1;min-width:0" { (if *out { "→ " } else { "← " }) @match talk { Some(id) => a.link href={ "/conversations/" (id) } { (subject) }, None => (subject) } }
                    @if let Some(at) = at { span.xs.dim { (v.when(*at)) } }
                }
            } }
        })) } },
    )
}

async fn files(v: &View<'_>) -> Result<Markup> {
    let loc = &v.visit.loc;
    let all = attachment::of_record(v.visit.db(), "case", v.case.id).await?;
    Ok(
        html! { @if !all.is_empty() { (ui::card(loc.t("case-files")).note(all.len().to_string()).flush(html! {
            ul.list { @for a in &all {
                li.row style="padding:8px 14px;font-size:13.5px" {
                    (ui::icon(match a.kind.as_str() { "picture" => "photo", "video" => "player-play", "link" => "link", _ => "file-text" }))
                    a.ell.link style="flex:1;min-width:0" href=(if a.url.is_empty() { format!("/files/{}", a.id) } else { a.url.clone() }) { (a.name) }
                }
            } }
        })) } },
    )
}

/// What it has cost so far.
fn cost(v: &View<'_>) -> Markup {
    let loc = &v.visit.loc;
    let minutes = v.case.int("minutes").unwrap_or(0);
    let granted: i64 = v
        .granted
        .iter()
        .filter(|g| g.state == "granted")
        .map(|g| g.amount)
        .sum();
    let c = v.visit.house.currency;
    html! { @if minutes > 0 || granted > 0 { (ui::card(loc.t("case-cost-title")).body(ui::kv(&[
        (loc.t("case-minutes"), html! { span.num { (super::view_work::minutes(v, minutes)) } }),
        (loc.t("case-remedies"), ui::money_full(loc, granted, c)),
        (loc.t("case-cost"), html! { b { (ui::money_full(loc, v.case.int("cost").unwrap_or(granted), c)) } }),
    ]))) } }
}

async fn batch(v: &View<'_>) -> Result<Markup> {
    let loc = &v.visit.loc;
    let (lines, n) = related::same_batch(&v.visit.ctx, v.case).await?;
    let Some(product) = v.case.int("product_id").filter(|_| n > 0) else {
        return Ok(html! {});
    };
    let batch = v.case.text("batch");
    let key = if batch.is_empty() {
        "case-same-product"
    } else {
        "case-same-batch"
    };
    let buyers = related::buyers(&v.visit.ctx, product).await?;
    let foot = html! {
        span.sp { (loc.tv("case-buyers", &[("n", buyers.into())])) }
        @if v.visit.may("incident.create") {
            (ui::btn(loc.t("incident-new")).small().href(format!("/incidents/new?product_id={product}&batch={}", zhike_web::input::percent_encode(batch))))
        }
    };
    Ok(
        html! { (ui::card(loc.tv(key, &[("n", n.into())])).note(batch).flush(related::table(v.visit, &lines).await?).foot(foot)) },
    )
}

async fn others(v: &View<'_>) -> Result<Markup> {
    let loc = &v.visit.loc;
    let own = related::same_party(&v.visit.ctx, v.case).await?;
    let alike = related::similar(&v.visit.ctx, v.case).await?;
    let seen = |id: i64| own.iter().any(|l| l.id == id);
    let alike: Vec<_> = alike.into_iter().filter(|l| !seen(l.id)).collect();
    Ok(html! {
        @if !own.is_empty() { (ui::card(loc.t("case-same-party")).flush(related::table(v.visit, &own).await?)) }
        @if !alike.is_empty() { (ui::card(loc.t("case-similar")).flush(related::table(v.visit, &alike).await?)) }
    })
}
