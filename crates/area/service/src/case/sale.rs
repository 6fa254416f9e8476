//! What came of a case besides its cost: orders that it led to (a paid service, a renewal, something more sold). The service is
//! a centre of profit as far as these go.

use super::pieces::View;
use crate::Ports;
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use zhike_kernel::{Error, Result, Values};
use zhike_store::{Ctx, Migration, Query, binds, read};
use zhike_web::{
    Answer, Form, Json as Body, Routes, Visit,
    answer::{go_saying, json as answer},
    ui::{self, Choice, Field},
};

/// What it was.
const KINDS: [&str; 3] = ["service", "renewal", "cross"];

pub(crate) const TABLES: Migration = Migration {
    name: "service_sale",
    up: &[
        // An order came out of one case.
        "CREATE TABLE service_sale (order_id BIGINT PRIMARY KEY, case_id BIGINT NOT NULL, kind TEXT NOT NULL, user_id BIGINT, at BIGINT NOT NULL)",
        "CREATE INDEX service_sale_case ON service_sale (case_id)",
    ],
};

/// What the orders of cases brought, in the house's currency: what came back is taken off.
const BROUGHT: &str = "FROM service_sale s JOIN order_order o ON o.id = s.order_id OR (o.returns_id = s.order_id AND o.kind = 'return') \
                       WHERE o.status NOT IN ('draft', 'cancelled') AND o.archived_at IS NULL AND o.currency = ";

/// By case, for cases of the report.
pub(crate) async fn by_case(ctx: &Ctx) -> Result<HashMap<i64, i64>> {
    let sql = format!(
        "SELECT s.case_id, CAST(SUM(CASE WHEN o.kind = 'return' THEN -o.net ELSE o.net END) AS BIGINT) {BROUGHT} $1 GROUP BY s.case_id"
    );
    let rows = ctx.db().all(&sql, binds![ctx.house.currency.code()]).await?;
    rows.iter()
        .map(|r| Ok((r.int(0)?, r.opt_int(1)?.unwrap_or(0))))
        .collect()
}

/// Of the cases of one customer.
pub(crate) async fn of_party(ctx: &Ctx, party: i64) -> Result<i64> {
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(CASE WHEN o.kind = 'return' THEN -o.net ELSE o.net END), 0) AS BIGINT) {BROUGHT} $1 \
         AND s.case_id IN (SELECT id FROM service_case WHERE party_id = $2 AND archived_at IS NULL)"
    );
    ctx.db().number(&sql, binds![ctx.house.currency.code(), party]).await
}

/// Ties an order to a case, or (no kind) unties it.
async fn tie(ctx: &Ctx, ports: &Ports, case: i64, version: Option<i64>, order: Option<i64>, kind: &str) -> Result<()> {
    let version = version.ok_or_else(|| Error::field("version", "error-required"))?;
    let order = order.ok_or_else(|| Error::field("order", "error-required"))?;
    if !kind.is_empty() && !KINDS.contains(&kind) {
        return Err(Error::field("kind", "error-not-a-choice"));
    }
    let none = || Error::field("order", "error-not-a-record");
    let orders = ctx.registry().get("order")?.clone();
    ctx.require(&orders.permission("view"))?;
    let tx = ctx.begin().await?;
    let mut desk = super::desk::Desk::open(ctx, &tx, ports, case, version).await?;
    let found = read::find(ctx, &tx, &orders, order).await?.ok_or_else(none)?;
    if kind.is_empty() {
        let sql = "DELETE FROM service_sale WHERE order_id = $1 AND case_id = $2";
        if tx.exec(sql, binds![order, case]).await? == 0 {
            return Err(none());
        }
        desk.set("sale_untied", Values::new(), Some(found.text("number").to_owned()))
            .await?;
        return tx.commit().await;
    }
    if found.text("kind") != "sale" || found.int("party_id") != desk.case.int("party_id") {
        return Err(Error::field("order", "error-case-sale-other"));
    }
    let sql = "INSERT INTO service_sale (order_id, case_id, kind, user_id, at) VALUES ($1,$2,$3,$4,$5) ON CONFLICT (order_id) DO NOTHING";
    if tx.exec(sql, binds![order, case, kind, tx.user, tx.at.0]).await? == 0 {
        return Err(Error::field("order", "error-case-sale-taken"));
    }
    desk.set("sale_tied", Values::new(), Some(found.text("number").to_owned()))
        .await?;
    tx.commit().await
}

const ASKS: &str = r#"{"type":"object","required":["version","order_id","kind"],"properties":{"version":{"type":"integer"},"order_id":{"type":"integer"},
"kind":{"enum":["service","renewal","cross",""]}}}"#;
const TELLS: &str = r#"{"type":"object","properties":{"id":{"type":"integer"},"order_id":{"type":"integer"}}}"#;

/// What is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    version: Option<i64>,
    order_id: Option<i64>,
    #[serde(default)]
    kind: String,
}

/// Its routes.
pub(crate) fn routes(ports: &Ports) -> Routes {
    let (a, b) = (ports.clone(), ports.clone());
    Routes::new()
        .post(
            "/cases/{id}/sale",
            "case.edit",
            move |visit: Visit, Path(id): Path<i64>, Form(f): Form| {
                let ports = a.clone();
                Box::pin(async move {
                    let kind = f.get("kind").unwrap_or("");
                    tie(&visit.ctx, &ports, id, f.int("version"), f.int("order"), kind).await?;
                    let said = if kind.is_empty() {
                        "case-sale-untied"
                    } else {
                        "case-sale-tied"
                    };
                    go_saying(&visit, &format!("/cases/{id}"), &visit.loc.t(said), None)
                })
            },
        )
        .post(
            "/api/v1/cases/{id}/sale",
            "case.edit",
            move |visit: Visit, Path(id): Path<i64>, Body(s): Body<Sent>| {
                let ports = b.clone();
                Box::pin(async move { api(visit, &ports, id, s).await })
            },
        )
        .described(ASKS, TELLS)
}

async fn api(visit: Visit, ports: &Ports, id: i64, s: Sent) -> Answer {
    tie(&visit.ctx, ports, id, s.version, s.order_id, &s.kind).await?;
    answer(StatusCode::OK, &json!({"id": id, "order_id": s.order_id}))
}

/// The card on the page of a case.
pub(crate) async fn card(v: &View<'_>) -> Result<Markup> {
    let loc = &v.visit.loc;
    if v.case.int("party_id").is_none() || !v.visit.may("order.view") {
        return Ok(html! {});
    }
    let sql = "SELECT s.order_id, s.kind, o.number, o.net, o.currency FROM service_sale s JOIN order_order o ON o.id = s.order_id \
               WHERE s.case_id = $1 ORDER BY s.at, s.order_id LIMIT 50";
    let rows = v.visit.db().all(sql, binds![v.case.id]).await?;
    let mut lines = vec![];
    for r in &rows {
        lines.push((
            r.int(0)?,
            r.text(1)?,
            r.text(2)?,
            r.opt_int(3)?.unwrap_or(0),
            r.text(4)?,
        ));
    }
    let kinds: Vec<Choice> = KINDS
        .iter()
        .map(|k| Choice::new(*k, loc.t(&format!("case-sale-{k}"))))
        .collect();
    let form = |body: Markup| {
        html! { form.stack data-stay method="post" action={ "/cases/" (v.case.id) "/sale" } style="margin:0" { (ui::hidden("version", &v.case.version.to_string())) (body) } }
    };
    let may = v.may_edit();
    if lines.is_empty() && !may {
        return Ok(html! {});
    }
    Ok(html! { (ui::card(loc.t("case-sale")).body(html! { div.stack {
        @if lines.is_empty() { p.sm.mut { (loc.t("case-sale-none")) } }
        @for (order, kind, number, net, currency) in &lines {
            div.row.wrap {
                a.link.num href={ "/orders/" (order) } { (number) }
                span.sm.mut { (loc.t(&format!("case-sale-{kind}"))) }
                span.sp {}
                @if let Some(c) = zhike_kernel::Currency::parse(currency) { (ui::money_full(loc, *net, c)) }
                @if may { (form(html! { (ui::hidden("order", &order.to_string())) (ui::icon_btn("x", loc.t("case-sale-untie")).small().submit()) })) }
            }
        }
        @if may { details { summary.sm { (loc.t("case-sale-add")) } div style="padding-top:10px" { (form(html! {
            (Field::new("order", loc.t("order-one")).id("case-sale-order").required(true).combobox(loc, "/lookup/order", "", ""))
            (Field::new("kind", loc.t("case-sale-kind")).id("case-sale-kind").select(&kinds, "service", None))
            div.btn-row { (ui::btn(loc.t("case-sale-do")).small().submit()) }
        })) } } }
    } })) })
}
