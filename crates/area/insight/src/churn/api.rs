//! The risk for programs.

use super::{AHEAD, COLUMNS, PLAY, latest, read};
use crate::alarm;
use crate::pages::lists::pair_of;
use axum::extract::Path;
use axum::http::StatusCode;
use serde_json::json;
use zhike_kernel::Error;
use zhike_web::{Answer, Query, Visit, answer};

/// Customers given at once, at most.
const MOST: i64 = 500;

/// `GET /api/v1/value/churn`.
pub async fn summary(visit: Visit) -> Answer {
    let run = latest(visit.db()).await?.ok_or_else(Error::missing)?;
    let mut body = json!({
        "run": run.id, "finished_at": run.finished.rfc3339(), "facts_version": run.facts, "code_version": run.code,
        "days_ahead": AHEAD, "in_play_days": PLAY, "columns": COLUMNS, "report": run.report,
    });
    if visit.may("alarm.view")
        && let Some(map) = body.as_object_mut()
    {
        let alarms = alarm::read::precision(&visit.ctx).await?;
        map.insert(
            "alarms".to_owned(),
            alarms
                .api(&visit)
                .get("by_cause")
                .map_or(json!(null), |c| c["churn"].clone()),
        );
    }
    answer::json(StatusCode::OK, &body)
}

/// `GET /api/v1/value/churn/customers`: the most at risk first.
pub async fn customers(visit: Visit, Query(q): Query) -> Answer {
    let limit = usize::try_from(q.int("limit").unwrap_or(50).clamp(1, MOST)).unwrap_or(50);
    let lines = read::by_risk(&visit.ctx, pair_of(q.get("after")), "", limit).await?;
    let next = lines
        .last()
        .filter(|_| lines.len() == limit)
        .map(|l| format!("{}~{}", l.churn_risk, l.party_id));
    answer::json(StatusCode::OK, &json!({ "items": lines, "next": next }))
}

/// `GET /api/v1/value/churn/customers/{id}`.
pub async fn customer(visit: Visit, Path(id): Path<i64>) -> Answer {
    let line = read::one(&visit.ctx, id).await?.ok_or_else(Error::missing)?;
    answer::json(StatusCode::OK, &json!(line))
}
