//! Approvals for programs: the boxes, one request with its frozen copy and path, signing, deputies.

use crate::{
    act::{self, Said},
    inbox,
    kept::{self, Inbox, Request},
    people,
    port::Subjects,
};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use zhike_kernel::{Error, Result};
use zhike_store::{Query as _, binds};
use zhike_web::{
    Json as Body, Query, Visit,
    answer::{Answer, json as answer},
};

fn short(r: &Request) -> Json {
    json!({
        "id": r.id, "version": r.version, "subject": r.subject, "record": r.record, "title": r.title, "flows": r.flows, "flows_latin": r.flows_latin, "level": r.level + 1,
        "levels": r.levels.len(), "state": r.state, "asked_by": r.asked_by, "asked_at": r.asked_at.rfc3339(),
        "ended_at": r.ended_at.map(|at| at.rfc3339()), "note": r.note, "hash": r.hash,
    })
}

async fn whole(visit: &Visit, subjects: &Subjects, id: i64) -> Result<Json> {
    let request = kept::need(visit.db(), id).await?;
    let tasks = kept::tasks(visit.db(), id).await?;
    let mut out = short(&request);
    if let Some(map) = out.as_object_mut() {
        map.insert(
            "path".into(),
            serde_json::to_value(&request.levels).map_err(Error::broken)?,
        );
        let mut frozen: Json = serde_json::from_str(&request.frozen).map_err(Error::broken)?;
        if let Some(fields) = frozen.get_mut("fields").and_then(Json::as_object_mut) {
            for field in subjects
                .need(&request.subject)?
                .extra()
                .iter()
                .filter(|f| !visit.sees(f))
            {
                fields.remove(field.name);
            }
        }
        map.insert("frozen".into(), frozen);
        let tasks: Vec<Json> = tasks
            .iter()
            .map(|t| {
                json!({
                    "id": t.task.id, "version": t.version, "level": t.task.level + 1, "user": t.task.user, "why": t.task.why.name(),
                    "state": t.task.state.name(), "note": t.note, "done_by": t.done_by, "done_at": t.done_at.map(|at| at.rfc3339()),
                })
            })
            .collect();
        map.insert("tasks".into(), tasks.into());
    }
    Ok(out)
}

/// `GET /api/v1/approvals?box=todo|asked|done`.
pub(crate) async fn list(visit: Visit, Query(q): Query) -> Answer {
    let user = inbox::me(&visit)?;
    let stands = people::stands_for(visit.db(), user, visit.today()).await?;
    let which = Inbox::parse(q.get("box").unwrap_or(""));
    let limit = q.int("limit").unwrap_or(50).clamp(1, 200);
    let found = kept::inbox(visit.db(), which, user, &stands, q.int("before"), limit).await?;
    let next = (i64::try_from(found.len()) == Ok(limit))
        .then(|| found.last().map(|r| r.id))
        .flatten();
    answer(
        StatusCode::OK,
        &json!({"items": found.iter().map(short).collect::<Vec<_>>(), "before": next}),
    )
}

/// `GET /api/v1/approvals/{id}`.
pub(crate) async fn one(visit: Visit, Path(id): Path<i64>, subjects: Subjects) -> Answer {
    let request = kept::need(visit.db(), id).await?;
    if !inbox::visible(&visit, &subjects, &request).await? {
        return Err(Error::missing().into());
    }
    answer(StatusCode::OK, &whole(&visit, &subjects, id).await?)
}

/// What an approver says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sign {
    act: String,
    version: i64,
    person: Option<i64>,
    note: Option<String>,
}

/// `POST /api/v1/approvals/{id}/tasks/{task}`.
pub(crate) async fn sign(
    visit: Visit,
    Path((id, task)): Path<(i64, i64)>,
    subjects: Subjects,
    Body(s): Body<Sign>,
) -> Answer {
    let said = Said {
        act: s.act,
        person: s.person,
        note: s.note,
        version: s.version,
    };
    act::act(&visit.ctx, &subjects, id, task, &said).await?;
    answer(StatusCode::OK, &whole(&visit, &subjects, id).await?)
}

/// Somebody who stands in for me.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deputy {
    deputy: i64,
    from: String,
    until: String,
}

/// `POST /api/v1/approvals/deputies`.
pub(crate) async fn deputy(visit: Visit, Body(d): Body<Deputy>) -> Answer {
    let id = inbox::set_deputy(&visit, Some(d.deputy), &d.from, &d.until).await?;
    answer(StatusCode::CREATED, &json!({"id": id}))
}

/// `GET /api/v1/approvals/deputies`: mine, and whom I stand in for.
pub(crate) async fn deputies(visit: Visit) -> Answer {
    let user = inbox::me(&visit)?;
    let sql = "SELECT id, user_id, deputy_id, from_on, until_on FROM approval_deputy WHERE user_id = $1 OR deputy_id = $2 ORDER BY from_on, id";
    let mut items = vec![];
    for r in visit.db().all(sql, binds![user, user]).await? {
        items.push(
            json!({"id": r.int(0)?, "user": r.int(1)?, "deputy": r.int(2)?, "from": r.text(3)?, "until": r.text(4)?}),
        );
    }
    answer(StatusCode::OK, &json!({"items": items}))
}

/// `DELETE /api/v1/approvals/deputies/{id}`.
pub(crate) async fn no_deputy(visit: Visit, Path(id): Path<i64>) -> Answer {
    inbox::end_deputy(&visit, id).await?;
    answer(StatusCode::OK, &json!({"id": id}))
}
