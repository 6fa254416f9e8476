//! Groups for programs.

use super::report::Group;
use super::{INDICATORS, WITHIN, latest, page, read, settings, words};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value as Body, json};
use zhike_contract::Segments;
use zhike_kernel::Error;
use zhike_web::{Answer, Json, Query, Visit, answer};

/// Customers given at once, at most.
const MOST: i64 = 500;

fn group(visit: &Visit, g: &Group) -> Body {
    let marks = g
        .marks
        .iter()
        .map(|(column, z)| json!({ "indicator": INDICATORS.get(*column), "deviations": z }));
    json!({
        "number": g.number, "name": words::name(&visit.loc, g), "customers": g.customers, "sales": g.sales,
        "marks": marks.collect::<Vec<_>>(), "medians": g.medians, "centre": g.centre,
    })
}

/// `GET /api/v1/value/clusters`.
pub async fn summary(visit: Visit) -> Answer {
    let run = latest(visit.db()).await?.ok_or_else(Error::missing)?;
    let r = &run.report;
    let groups: Vec<Body> = r.groups.iter().map(|g| group(&visit, g)).collect();
    let body = json!({
        "run": run.id, "finished_at": run.finished.rfc3339(), "facts_version": run.facts, "code_version": run.code,
        "from_on": r.from, "to_on": r.to, "within_days": WITHIN, "customers": r.customers, "refused": r.refused,
        "indicators": INDICATORS, "scales": r.scales, "between_groups": r.apart, "medians": r.medians,
        "tried": r.tried, "proposed": r.proposed, "k": r.k, "chosen_by_house": r.chosen, "clusters": groups,
    });
    answer::json(StatusCode::OK, &body)
}

/// A number as a program sends it; nothing: the one proposed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    k: Option<i64>,
}

/// `PUT /api/v1/value/clusters/number`.
pub async fn choose(visit: Visit, Json(new): Json<Number>) -> Answer {
    let tx = visit.ctx.begin().await?;
    settings::choose(&visit.ctx, &tx, new.k).await?;
    tx.commit().await?;
    visit.app.nudge.notify_one();
    answer::json(StatusCode::ACCEPTED, &json!({ "k": new.k }))
}

/// `GET /api/v1/value/clusters/customers?cluster=&after=&limit=`.
pub async fn customers(visit: Visit, Query(q): Query) -> Answer {
    let limit = usize::try_from(q.int("limit").unwrap_or(50).clamp(1, MOST)).unwrap_or(50);
    let (group, after) = (q.int("cluster").unwrap_or(0), q.int("after").unwrap_or(0));
    let lines = read::members(&visit.ctx, group, after, limit).await?;
    let next = lines.last().filter(|_| lines.len() == limit).map(|l| l.party_id);
    answer::json(StatusCode::OK, &json!({ "items": lines, "next": next }))
}

/// How a group is kept, as a program says it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    #[serde(default)]
    frozen: bool,
}

/// `POST /api/v1/value/clusters/{number}/segment`.
pub async fn keep(visit: Visit, number: i64, body: Wanted, segments: &dyn Segments) -> Answer {
    let id = page::as_segment(&visit, number, body.frozen, segments).await?;
    answer::json(StatusCode::CREATED, &json!({ "id": id }))
}
