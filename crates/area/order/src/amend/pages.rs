//! The versions of an order: the list, one beside the one before, and the reason given for it.

use super::{HEAD, LINE, number, read_record, words};
use crate::lines::need;
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde_json::{Value as Any, json};
use std::collections::BTreeMap;
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Event, Query as _, Record, Row, binds};
use zhike_web::{
    Form, Screen, Visit,
    answer::{Answer, go, json as answer},
    records::diff,
    ui,
};

struct Version {
    number: i64,
    at: Stamp,
    actor: String,
    reason: Option<String>,
}

fn version(row: &Row) -> Result<Version> {
    Ok(Version {
        number: row.int(0)?,
        at: Stamp(row.int(1)?),
        actor: row.text(2)?,
        reason: row.opt_text(3)?,
    })
}

async fn versions(visit: &Visit, order: i64) -> Result<Vec<Version>> {
    let sql =
        "SELECT number, at, actor, reason FROM order_amendment WHERE order_id = $1 ORDER BY number DESC LIMIT 200";
    visit.db().all(sql, binds![order]).await?.iter().map(version).collect()
}

/// The tab `amendments` of an order.
pub(crate) async fn tab(visit: &Visit, order: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let all = versions(visit, order.id).await?;
    if all.is_empty() {
        let (title, text) = (loc.t("order-amend-none"), loc.t("order-amend-none-text"));
        return Ok(ui::empty("history", &title, &text, html! {}));
    }
    let table = html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("order-amend-number")) }
                th scope="col" { (loc.t("order-amend-at")) }
                th scope="col" { (loc.t("order-amend-by")) }
                th scope="col" { (loc.t("order-amend-reason")) }
            } }
            tbody data-rows { @for v in &all { tr {
                td {
                    @if v.number == 1 { (loc.t("order-amend-first")) }
                    @else { a.link href={ "/orders/" (order.id) "/amendments/" (v.number) } { (loc.tv("order-amend-n", &[("n", v.number.into())])) } }
                }
                td.num { (loc.stamp(v.at)) }
                td { (v.actor) }
                td { (v.reason.as_deref().unwrap_or("—")) }
            } } }
        } }
    };
    Ok(html! { (ui::card(loc.t("order-tab-amendments")).flush(table)) })
}

struct Pair {
    order: Record,
    version: Version,
    old: (Record, Vec<Record>),
    new: (Record, Vec<Record>),
}

async fn content(visit: &Visit, order: i64, number: i64) -> Result<(Version, Record, Vec<Record>)> {
    let sql = "SELECT number, at, actor, reason, content FROM order_amendment WHERE order_id = $1 AND number = $2";
    let row = visit
        .db()
        .one(sql, binds![order, number])
        .await?
        .ok_or_else(Error::missing)?;
    let json: Any = serde_json::from_str(&row.text(4)?).map_err(Error::broken)?;
    let lines = json.get("lines").and_then(Any::as_array).cloned().unwrap_or_default();
    let head = read_record(json.get("head").unwrap_or(&Any::Null), &HEAD);
    let currency = head.get("currency").clone();
    let lines = lines
        .iter()
        .map(|l| {
            let mut line = read_record(l, &LINE);
            line.values.insert("currency".to_owned(), currency.clone());
            line
        })
        .collect();
    Ok((version(&row)?, head, lines))
}

async fn pair(visit: &Visit, id: &str, number: i64) -> Result<Pair> {
    let order = need(visit, id).await?;
    let (version, new, new_lines) = content(visit, order.id, number).await?;
    let (_, old, old_lines) = content(visit, order.id, number - 1).await?;
    Ok(Pair {
        order,
        version,
        old: (old, old_lines),
        new: (new, new_lines),
    })
}

impl Pair {
    fn sides<'a>(&'a self, visit: &'a Visit, titles: (&'a str, &'a str)) -> Result<diff::Sides<'a>> {
        Ok(diff::Sides {
            ty: visit.registry().get("order")?,
            line: visit.registry().get("order_line")?,
            head_fields: &HEAD,
            line_fields: LINE.get(1..).unwrap_or(&[]),
            old: (&self.old.0, &self.old.1),
            new: (&self.new.0, &self.new.1),
            titles,
        })
    }
}

/// `GET /orders/{id}/amendments/{number}`.
pub(crate) async fn diff(visit: Visit, Path((id, n)): Path<(String, String)>) -> Answer {
    let n = number(&n)?;
    let pair = pair(&visit, &id, n).await?;
    let loc = &visit.loc;
    let name = |n: i64| match n {
        1 => loc.t("order-amend-first"),
        n => loc.tv("order-amend-n", &[("n", n.into())]),
    };
    let (before, after) = (name(n - 1), name(n));
    let body = diff::draw(&visit, &pair.sides(&visit, (&before, &after))?).await?;
    let order = &pair.order;
    let why = html! {
        p.mut { (pair.version.actor) " · " (loc.stamp(pair.version.at)) }
        @if visit.may("order.edit") {
            form.stack method="post" action={ "/orders/" (order.id) "/amendments/" (n) } {
                (ui::hidden("csrf", &visit.csrf))
                (ui::Field::new("reason", loc.t("order-amend-reason")).text(pair.version.reason.as_deref().unwrap_or("")))
                div.btn-row.end { (ui::btn(loc.t("web-save")).small().submit()) }
            }
        } @else if let Some(reason) = &pair.version.reason { p { (reason) } }
    };
    Screen::new(&visit, format!("{} · {after}", order.text("number")), "order")
        .crumb(loc.t("order-many"), "/orders")
        .crumb(order.text("number"), format!("/orders/{}/amendments", order.id))
        .show(ui::page_body(html! { (ui::card(after).body(why)) (body) }))
}

/// `POST /orders/{id}/amendments/{number}`: why it was made.
pub(crate) async fn say(visit: Visit, Path((id, n)): Path<(String, String)>, Form(f): Form) -> Answer {
    visit.require("order.edit")?;
    let n = number(&n)?;
    let order = need(&visit, &id).await?;
    let (version, ..) = content(&visit, order.id, n).await?;
    let reason: String = f.get("reason").unwrap_or("").trim().chars().take(500).collect();
    let tx = visit.ctx.begin().await?;
    let sql = "UPDATE order_amendment SET reason = $1 WHERE order_id = $2 AND number = $3";
    tx.exec(sql, binds![reason.as_str(), order.id, n]).await?;
    let event = Event {
        kind: super::EXPLAINED.to_owned(),
        record_type: "order",
        record: order.id,
        party: order.int("party_id"),
        changes: BTreeMap::from([("reason".to_owned(), words(version.reason, &reason))]),
        note: Some(format!("{n}: {reason}")),
        ..Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await?;
    tx.commit().await?;
    go(&visit, &format!("/orders/{}/amendments", order.id))
}

/// `GET /api/v1/orders/{id}/amendments`.
pub(crate) async fn api(visit: Visit, Path(id): Path<String>) -> Answer {
    let order = need(&visit, &id).await?;
    let rows: Vec<Any> = versions(&visit, order.id)
        .await?
        .iter()
        .map(|v| json!({"number": v.number, "at": v.at.rfc3339(), "by": v.actor, "reason": v.reason}))
        .collect();
    answer(StatusCode::OK, &json!({ "data": rows }))
}

/// `GET /api/v1/orders/{id}/amendments/{number}`: what changed against the version before.
pub(crate) async fn api_diff(visit: Visit, Path((id, n)): Path<(String, String)>) -> Answer {
    let n = number(&n)?;
    let pair = pair(&visit, &id, n).await?;
    let mut body = diff::json(&pair.sides(&visit, ("", ""))?);
    body.insert("number".into(), n.into());
    body.insert("reason".into(), json!(pair.version.reason));
    answer(StatusCode::OK, &body.into())
}
