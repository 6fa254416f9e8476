//! Signs for programs.

use super::{FACTS, PLAY, WINDOW, latest};
use axum::http::StatusCode;
use serde_json::{Value as Body, json};
use zhike_kernel::Error;
use zhike_web::{Answer, Visit, answer};

/// `GET /api/v1/value/signs`.
pub async fn summary(visit: Visit) -> Answer {
    let run = latest(visit.db()).await?.ok_or_else(Error::missing)?;
    let r = &run.report;
    let outcomes: Vec<Body> = r
        .asked
        .iter()
        .map(|a| {
            let signs = a.signs.iter().filter_map(|s| {
                let fact = FACTS.get(s.fact)?;
                Some(json!({
                    "fact": fact.name, "said": visit.loc.t(&format!("sign-fact-{}", fact.name)), "source": fact.source,
                    "verdict": s.verdict().word(), "found": s.found, "q": s.q, "later": s.later,
                }))
            });
            json!({
                "outcome": a.outcome, "days_ahead": a.ahead, "found_on": a.found_on, "later_on": a.later_on,
                "rows": a.rows.0, "came": a.rows.1, "later_rows": a.later_rows.0, "later_came": a.later_rows.1,
                "signs": signs.collect::<Vec<_>>(),
            })
        })
        .collect();
    let body = json!({
        "run": run.id, "finished_at": run.finished.rfc3339(), "facts_version": run.facts, "code_version": run.code,
        "from_on": r.from, "to_on": r.to, "customers": r.customers, "window_days": WINDOW, "in_play_days": PLAY, "outcomes": outcomes,
    });
    answer::json(StatusCode::OK, &body)
}
