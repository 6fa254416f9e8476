//! The forecast for programs.

use super::{Asks, DIMS, commit, latest, month_name, read};
use axum::http::StatusCode;
use serde_json::json;
use zhike_kernel::Error;
use zhike_web::{Answer, Json, Query, Visit, answer};

/// Series given at once.
const MOST: i64 = 1_000;

/// `GET /api/v1/value/forecast?by=category`.
pub async fn summary(visit: Visit, Query(q): Query, asks: Asks) -> Answer {
    let run = latest(visit.db()).await?.ok_or_else(Error::missing)?;
    let whole = read::whole(&visit.ctx);
    let by = q.filled("by").unwrap_or(if whole { "total" } else { "salesperson" });
    if !DIMS.contains(&by) {
        return Err(Error::field("by", "error-not-a-choice").into());
    }
    if by != "salesperson" && !whole {
        return Err(Error::refused("error-forecast-house").into());
    }
    let limit = usize::try_from(q.int("limit").unwrap_or(200).clamp(1, MOST)).unwrap_or(200);
    let series = read::of(&visit.ctx, &asks, &run, by, limit).await?;
    let people = read::of(&visit.ctx, &asks, &run, "salesperson", 1_000).await?;
    let total = read::of(&visit.ctx, &asks, &run, "total", 1).await?;
    let past = read::past(&visit.ctx, &run, &people, total.first()).await?;
    let wape = |f: fn(&read::Past) -> Option<i64>| {
        let (wape_ppm, months) = read::wape(&past, f);
        json!({ "wape_ppm": wape_ppm, "months": months })
    };
    let r = &run.report;
    let body = json!({
        "run": run.id, "finished_at": run.finished.rfc3339(), "facts_version": run.facts, "code_version": run.code,
        "currency": visit.house.currency.code(), "to_on": r.to.to_string(), "first_month": month_name(r.open), "months": super::AHEAD,
        "by": by, "series": series,
        "left_out": { "made_to_order": r.to_order, "stock_not_kept": r.unkept }, "planned": r.planned,
        "past": past, "accuracy": { "base": wape(|p| p.base), "commit": wape(|p| p.commit), "pipeline": wape(|p| p.pipeline) },
    });
    answer::json(StatusCode::OK, &body)
}

/// `GET /api/v1/value/forecast/commits`: every version.
pub async fn commits(visit: Visit) -> Answer {
    let this = crate::period::month_number(visit.today());
    let all = commit::versions(&visit.ctx, this - 24, this + commit::MONTHS).await?;
    answer::json(StatusCode::OK, &json!({ "items": all }))
}

/// `PUT /api/v1/value/forecast/commits`.
pub async fn put(visit: Visit, Json(new): Json<commit::New>) -> Answer {
    let version = commit::add(&visit.ctx, &new).await?;
    let body = json!({ "owner_id": new.owner_id, "month": new.month, "amount": new.amount, "version": version });
    answer::json(StatusCode::OK, &body)
}
