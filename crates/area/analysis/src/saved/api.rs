//! `/api/v1/analyses/…`: steps, trials, runs, results, comparisons, versions.

use crate::chain::make::Wrong;
use crate::chain::{Col, Maker, plan, step};
use crate::page::{self, edit, editor, result, versions};
use crate::run::{Run, compare::Difference, job, store, work};
use crate::schedule;
use axum::{extract::Path, http::StatusCode};
use serde_json::{Value as Json, json};
use zhike_kernel::{Error, Result};
use zhike_lake::bench::fact;
use zhike_web::{Answer, Fields, Json as Body, Query, Routes, Visit, answer};

/// Rows that a trial gives at most.
const TRIAL: i64 = 1_000;

/// The routes.
pub(crate) fn routes() -> Routes {
    let (see, edit) = ("analysis.view", "analysis.edit");
    Routes::new()
        .get("/api/v1/analysis-sources", see, |visit: Visit| async move {
            sources(&visit)
        })
        .get(
            "/api/v1/analyses/{id}/steps",
            see,
            |visit: Visit, Path(id): Path<i64>| Box::pin(steps(visit, id)),
        )
        .put(
            "/api/v1/analyses/{id}/steps",
            edit,
            |visit: Visit, Path(id): Path<i64>, Body(body): Body<Json>| Box::pin(put(visit, id, body)),
        )
        .post("/api/v1/analyses/try", see, |visit: Visit, Body(body): Body<Json>| {
            Box::pin(trial(visit, body))
        })
        .post(
            "/api/v1/analyses/{id}/copy",
            "analysis.create",
            |visit: Visit, Path(id): Path<i64>| {
                Box::pin(async move {
                    let new = edit::copied(&visit.ctx, id).await?;
                    answer::json(StatusCode::CREATED, &json!({ "id": new }))
                })
            },
        )
        .get(
            "/api/v1/analyses/{id}/versions",
            see,
            |visit: Visit, Path(id): Path<i64>| Box::pin(changes(visit, id)),
        )
        .get(
            "/api/v1/analyses/{id}/runs",
            see,
            |visit: Visit, Path(id): Path<i64>| Box::pin(runs(visit, id)),
        )
        .post(
            "/api/v1/analyses/{id}/runs",
            see,
            |visit: Visit, Path(id): Path<i64>| Box::pin(run(visit, id)),
        )
        .get(
            "/api/v1/analyses/{id}/runs/{run}",
            see,
            |visit: Visit, Path((id, run)): Path<(i64, i64)>, Query(q): Query| Box::pin(one(visit, id, run, q)),
        )
        .get(
            "/api/v1/analyses/{id}/runs/{run}/difference",
            see,
            |visit: Visit, Path((id, run)): Path<(i64, i64)>| Box::pin(difference(visit, id, run)),
        )
        .post(
            "/api/v1/analyses/{id}/runs/{run}/call-off",
            see,
            |visit: Visit, Path((id, run)): Path<(i64, i64)>| {
                Box::pin(async move {
                    job::call_off(&visit.ctx, id, run).await?;
                    answer::json(StatusCode::OK, &json!({ "id": run, "state": "cancelled" }))
                })
            },
        )
        .get(
            "/api/v1/analyses/{id}/runs/{run}/export",
            "analysis.export",
            |visit: Visit, Path((id, run)): Path<(i64, i64)>, Query(q): Query| Box::pin(page::send(visit, id, run, q)),
        )
}

fn columns(visit: &Visit, cols: &[Col]) -> Vec<Json> {
    let one = |c: &Col| json!({ "name": c.name, "kind": c.kind, "label": c.label.words(visit), "key": c.key });
    cols.iter().map(one).collect()
}

fn told(visit: &Visit, wrong: Option<&Wrong>) -> Json {
    match wrong {
        None => Json::Null,
        Some(w) => json!({
            "step": w.at + 1,
            "code": w.error.fields.first().map_or(w.error.code, |f| f.code),
            "field": w.error.fields.first().map(|f| f.field.as_str()),
            "detail": editor::complaint(visit, &w.error),
        }),
    }
}

/// `GET /api/v1/analysis-sources`.
fn sources(visit: &Visit) -> Answer {
    let lacks: Vec<&str> = ["cost.view"].into_iter().filter(|p| !visit.may(p)).collect();
    let facts: Vec<Json> = fact::FACTS
        .iter()
        .filter(|f| visit.may(f.permission))
        .map(|f| json!({ "name": f.name, "columns": columns(visit, &plan::fact_columns(f, &lacks)) }))
        .collect();
    let records: Vec<Json> = plan::record_types(&visit.ctx)
        .iter()
        .map(|ty| {
            let cols: Vec<Col> = plan::readable(ty)
                .map(|f| Col::field(ty, f, f.name.to_owned()))
                .collect();
            json!({ "name": ty.name, "columns": columns(visit, &cols) })
        })
        .collect();
    answer::json(StatusCode::OK, &json!({ "facts": facts, "records": records }))
}

/// `GET /api/v1/analyses/{id}/steps`.
async fn steps(visit: Visit, id: i64) -> Answer {
    let analysis = job::need(&visit.ctx, visit.db(), id).await?;
    let chain = step::read(analysis.text("steps"));
    let maker = Box::pin(Maker::open(&visit.ctx)).await?;
    let planned = Box::pin(maker.plan(&chain)).await;
    let after: Vec<Vec<Json>> = planned.cols.iter().map(|c| columns(&visit, c)).collect();
    let next = schedule::of(&analysis).and_then(|p| p.next(visit.now(), &visit.house.zone));
    let body = json!({
        "id": id, "version": analysis.version, "steps": chain, "columns": after, "wrong": told(&visit, planned.wrong.as_ref()),
        "facts_version": maker.version(), "next_run_at": next.map(|at| at.rfc3339()),
    });
    answer::json(StatusCode::OK, &body)
}

/// `PUT /api/v1/analyses/{id}/steps`: `{version, steps}`.
async fn put(visit: Visit, id: i64, body: Json) -> Answer {
    let version = body.get("version").and_then(Json::as_i64);
    let version = version.ok_or_else(|| Error::field("version", "error-required"))?;
    let chain = step::from_json(body.get("steps").unwrap_or(&Json::Null))?;
    let (version, _) = edit::keep(&visit.ctx, id, version, |_| Ok(chain)).await?;
    answer::json(StatusCode::OK, &json!({ "id": id, "version": version }))
}

/// `POST /api/v1/analyses/try`: `{steps, limit}`: rows after each step and the first rows of the last, nothing kept.
async fn trial(visit: Visit, body: Json) -> Answer {
    let chain = step::from_json(body.get("steps").unwrap_or(&Json::Null))?;
    let most = body.get("limit").and_then(Json::as_i64).unwrap_or(50).clamp(1, TRIAL);
    let maker = Box::pin(Maker::open(&visit.ctx)).await?;
    let planned = Box::pin(maker.plan(&chain)).await;
    let show = planned.cols.len().saturating_sub(1);
    let counted = editor::count(&maker, &chain, &planned, show, usize::try_from(most).unwrap_or(50)).await;
    let cols = planned.cols.last().map_or(&[][..], Vec::as_slice);
    let body = json!({
        "counts": counted.counts, "slow": counted.slow, "columns": columns(&visit, cols), "rows": page::json_rows(cols, &counted.rows),
        "wrong": told(&visit, planned.wrong.as_ref().or(counted.wrong.as_ref())), "facts_version": maker.version(),
    });
    answer::json(StatusCode::OK, &body)
}

/// `GET /api/v1/analyses/{id}/versions`.
async fn changes(visit: Visit, id: i64) -> Answer {
    job::need(&visit.ctx, visit.db(), id).await?;
    let all: Vec<Json> = versions::of(visit.db(), id)
        .await?
        .iter()
        .map(|v| {
            let steps: Vec<Json> = versions::different(&v.before, &v.after)
                .into_iter()
                .map(|(what, n, step)| json!({ "what": what, "step": n, "is": step }))
                .collect();
            json!({ "event": v.event, "at": v.at.rfc3339(), "who": v.who, "changes": steps, "steps": v.after })
        })
        .collect();
    answer::json(StatusCode::OK, &json!({ "items": all }))
}

fn head(visit: &Visit, run: &Run) -> Json {
    let open = run.state == "done" && run.open_to(&visit.ctx);
    let wrong = run.wrong.as_ref().map(|(error, at)| {
        json!({ "step": at.map(|n| n + 1), "code": error.code, "detail": editor::complaint(visit, error) })
    });
    json!({
        "id": run.id, "state": run.state, "user_id": run.user, "planned": run.planned, "asked_at": run.asked_at.rfc3339(),
        "finished_at": run.finished_at.map(|at| at.rfc3339()), "facts_version": run.facts, "open": open,
        "rows": if open { json!(run.rows) } else { Json::Null }, "cut": run.cut,
        "counts": if open { json!(run.counts) } else { Json::Null }, "done": run.done, "steps": run.steps, "wrong": wrong,
    })
}

/// `GET /api/v1/analyses/{id}/runs`.
async fn runs(visit: Visit, id: i64) -> Answer {
    job::need(&visit.ctx, visit.db(), id).await?;
    let all: Vec<Json> = store::newest(visit.db(), id, 100)
        .await?
        .iter()
        .map(|r| head(&visit, r))
        .collect();
    answer::json(StatusCode::OK, &json!({ "items": all }))
}

/// `POST /api/v1/analyses/{id}/runs`.
async fn run(visit: Visit, id: i64) -> Answer {
    let run = job::ask(&visit.ctx, id).await?;
    visit.app.nudge.notify_one();
    answer::json(StatusCode::ACCEPTED, &json!({ "id": run }))
}

/// A finished run that the caller may look at.
async fn open(visit: &Visit, id: i64, run: i64) -> Result<Run> {
    job::need(&visit.ctx, visit.db(), id).await?;
    store::find(visit.db(), id, run).await
}

/// `GET /api/v1/analyses/{id}/runs/{run}?from=&limit=`.
async fn one(visit: Visit, id: i64, run: i64, q: Fields) -> Answer {
    let run = open(&visit, id, run).await?;
    let mut body = head(&visit, &run);
    if run.state == "done" && run.open_to(&visit.ctx) {
        let skip = usize::try_from(q.int("from").unwrap_or(0).max(0)).unwrap_or(0);
        let most = usize::try_from(q.int("limit").unwrap_or(100).clamp(1, 10_000)).unwrap_or(100);
        let rows = result::rows(&visit.ctx, &run, skip, most).await?;
        if let Some(map) = body.as_object_mut() {
            map.insert("columns".into(), columns(&visit, &run.columns).into());
            map.insert("items".into(), page::json_rows(&run.columns, &rows).into());
        }
    }
    answer::json(StatusCode::OK, &body)
}

/// `GET /api/v1/analyses/{id}/runs/{run}/difference`.
async fn difference(visit: Visit, id: i64, run: i64) -> Answer {
    let run = open(&visit, id, run).await?;
    if run.state != "done" || !run.open_to(&visit.ctx) {
        return Err(Error::missing().into());
    }
    let found = result::difference(&visit.ctx, &run).await?;
    let (before, d): (Option<i64>, Difference) = found.map_or((None, Difference::default()), |(b, d)| (Some(b.id), d));
    let lines: Vec<Json> = d
        .lines
        .iter()
        .map(|line| {
            let row = page::json_rows(&run.columns, std::slice::from_ref(&line.row));
            let cells: Vec<Json> = line
                .cells
                .iter()
                .filter_map(|(i, a, b)| {
                    Some(json!({ "column": run.columns.get(*i)?.name, "before": a.json(), "now": b.json() }))
                })
                .collect();
            json!({ "what": line.what, "row": row.first(), "changes": cells })
        })
        .collect();
    let body = json!({
        "before": before, "came": d.came, "went": d.went, "changed": d.changed, "same": d.same, "items": lines, "kept_at_most": work::KEPT,
    });
    answer::json(StatusCode::OK, &body)
}
