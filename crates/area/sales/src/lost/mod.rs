//! Lost business: customers that left or fell silent, prospects that were rejected, deals that were lost, and what came of
//! winning them back.

mod flow;
mod hooks;
mod job;
mod others;
mod page;
mod report;
pub(crate) mod schema;

pub(crate) use job::{Losses, NAME};

use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use zhike_contract::Tasks;
use zhike_kernel::{Error, Result};
use zhike_store::{Query as _, binds};
use zhike_web::{
    Answer, Form, Json, NavItem, Place, Query, Routes, Tab, Visit,
    answer::{self, go_saying},
};

/// Its routes.
pub(crate) fn routes(tasks: &Arc<dyn Tasks>) -> Routes {
    let (a, b) = (tasks.clone(), tasks.clone());
    Routes::new()
        .get("/lost", "loss.view", |visit: Visit, Query(q): Query| {
            Box::pin(page::show(visit, q))
        })
        .post(
            "/losses/{id}/step",
            "loss.edit",
            move |visit: Visit, Path(id): Path<i64>, f: Form| from_page(visit, a.clone(), id, f),
        )
        .post(
            "/api/v1/losses/{id}/step",
            "loss.edit",
            move |visit: Visit, Path(id): Path<i64>, s: Json<Sent>| by_program(visit, b.clone(), id, s),
        )
        .get("/api/v1/losses/report", "loss.view", tell)
}

/// Pieces of a customer's page.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new("party", "lost", Place::Rail, 30, "loss.view", |v, r| {
            Box::pin(page::beside(v, r))
        }),
        Tab::new("loss", "try", Place::Action, 10, "loss.edit", |v, r| {
            Box::pin(page::try_again(v, r))
        }),
    ]
}

/// Its entry of the navigation.
pub(crate) fn nav() -> NavItem {
    NavItem {
        key: "loss",
        icon: "user-off",
        path: "/lost",
        section: "sales",
        permission: "loss.view",
        order: 26,
    }
}

/// What the task is called.
async fn title(visit: &Visit, loss: i64) -> Result<String> {
    let sql = "SELECT p.name FROM sales_loss l JOIN party_party p ON p.id = l.party_id WHERE l.id = $1";
    let row = visit.db().one(sql, binds![loss]).await?.ok_or_else(Error::missing)?;
    Ok(visit.loc.tv("loss-task", &[("name", row.text(0)?.into())]))
}

async fn from_page(visit: Visit, tasks: Arc<dyn Tasks>, id: i64, Form(f): Form) -> Answer {
    let due = f
        .filled("due")
        .map(|d| zhike_store::field::parse_date(d).ok_or_else(|| Error::field("due", "error-not-a-date")))
        .transpose()?;
    let ask = flow::Ask {
        to: f.get("to").unwrap_or("").to_owned(),
        version: f.need_int("version")?,
        reason: f.int("reason_id"),
        rival: f.int("rival_id"),
        note: f.filled("note").map(str::to_owned),
        assignee: f.int("assignee"),
        due,
        title: title(&visit, id).await?,
    };
    let done = flow::run(&visit.ctx, &tasks, id, &ask).await?;
    let words = visit.loc.t(&format!("loss-said-{}", ask.to));
    let undo = done.event.map(|e| format!("/undo/event/{e}"));
    let back = match (ask.to.as_str(), f.get("back")) {
        (_, Some("loss")) => format!("/losses/{id}"),
        ("win_back", _) => "/lost".to_owned(),
        _ => "/lost?tab=proposed".to_owned(),
    };
    go_saying(&visit, &back, &words, undo.as_deref())
}

/// A step, as a program sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    to: String,
    version: i64,
    reason_id: Option<i64>,
    rival_id: Option<i64>,
    note: Option<String>,
    assignee: Option<i64>,
    due: Option<String>,
}

async fn by_program(visit: Visit, tasks: Arc<dyn Tasks>, id: i64, Json(s): Json<Sent>) -> Answer {
    let due = s
        .due
        .map(|d| zhike_store::field::parse_date(&d).ok_or_else(|| Error::field("due", "error-not-a-date")))
        .transpose()?;
    let ask = flow::Ask {
        to: s.to,
        version: s.version,
        reason: s.reason_id,
        rival: s.rival_id,
        note: s.note,
        assignee: s.assignee,
        due,
        title: title(&visit, id).await?,
    };
    let done = flow::run(&visit.ctx, &tasks, id, &ask).await?;
    answer::json(
        StatusCode::OK,
        &json!({"id": id, "version": done.version, "task": done.task}),
    )
}

/// `GET /api/v1/losses/report`.
async fn tell(visit: Visit) -> Answer {
    let causes: Vec<_> = report::causes(&visit)
        .await?
        .iter()
        .map(|c| {
            json!({
                "reason_id": c.reason, "name": c.name, "lost": c.lost, "tried": c.tried, "won_back": c.won, "came_alone": c.alone,
                "revenue": c.revenue, "revenue_won_back": c.revenue_won, "rate": c.rate(),
            })
        })
        .collect();
    answer::json(
        StatusCode::OK,
        &json!({"causes": causes, "currency": visit.house.currency.code()}),
    )
}
