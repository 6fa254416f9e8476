//! Steps of tasks, by page and by program; and what is mine, for programs.

use crate::{
    mine::{self, Drawer, due, text},
    rules,
    rules::Step,
    step::{self, Ask},
};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Error, Result, Value};
use zhike_web::{
    Answer, Form, Json as Body, Query, Visit,
    answer::{go_saying, json as answer},
};

fn step_of(word: &str) -> Result<Step> {
    Step::parse(word).ok_or_else(|| Error::field("to", "error-not-a-choice"))
}

/// `POST /tasks/{id}/step`.
pub(crate) async fn from_page(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id = id.parse().map_err(|_| Error::missing())?;
    let ask = Ask {
        step: step_of(f.get("to").unwrap_or(""))?,
        version: f.need_int("version")?,
        note: f.filled("note").map(str::to_owned),
        assignee: f.int("assignee"),
    };
    let taken = step::take(&visit.ctx, id, &ask).await?;
    let back = f.filled("back").filter(|b| b.starts_with("/tasks/"));
    let said = match taken.next {
        Some(_) => visit.loc.t("task-said-again"),
        None => visit.loc.t(&format!("task-said-{}", ask.step.name())),
    };
    let here = format!("/tasks/{id}");
    go_saying(&visit, back.unwrap_or(&here), &said, taken.undo.as_deref())
}

/// A step, as a program sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    to: String,
    version: i64,
    note: Option<String>,
    assignee: Option<i64>,
}

/// `POST /api/v1/tasks/{id}/step`.
pub(crate) async fn by_program(visit: Visit, Path(id): Path<i64>, Body(s): Body<Sent>) -> Answer {
    let ask = Ask {
        step: step_of(&s.to)?,
        version: s.version,
        note: s.note,
        assignee: s.assignee,
    };
    let taken = step::take(&visit.ctx, id, &ask).await?;
    let body = json!({"id": id, "version": taken.version, "next": taken.next, "undo": taken.undo});
    answer(StatusCode::OK, &body)
}

/// `GET /api/v1/tasks/mine?box=todo|given|done`.
pub(crate) async fn mine(visit: Visit, Query(q): Query) -> Answer {
    let drawer = Drawer::parse(q.get("box").unwrap_or(""));
    let limit = usize::try_from(q.int("limit").unwrap_or(50).clamp(1, 200)).unwrap_or(50);
    let found = mine::read(&visit, drawer, q.filled("cursor").map(str::to_owned), limit).await?;
    let items: Vec<_> = found
        .lines
        .iter()
        .map(|l| {
            let row = &l.values;
            let value = |name: &str| row.get(name).map_or(serde_json::Value::Null, Value::json);
            json!({
                "id": l.id, "version": l.version, "number": value("number"), "title": value("title"), "kind": value("kind"),
                "status": value("status"), "due_on": value("due_on"), "priority": value("priority"), "party_id": value("party_id"),
                "assignee_id": value("assignee_id"), "given_by_id": value("given_by_id"),
                "late_days": rules::late(text(row, "status"), due(row), visit.today()),
            })
        })
        .collect();
    answer(StatusCode::OK, &json!({"data": items, "next": found.next}))
}
