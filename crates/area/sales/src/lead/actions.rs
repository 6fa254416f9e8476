//! What people do with a lead: begin, qualify, reject with a reason. Pages and API call the same flow.

use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Query as _, Record, binds, write};
use zhike_web::{
    Answer, Fields, Form, Json, Routes, Visit, answer,
    ui::{self, Choice, Field},
};

/// Its routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .post(
            "/leads/{id}/status",
            "lead.edit",
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(status(visit, id, f)),
        )
        .post(
            "/api/v1/leads/{id}/status",
            "lead.edit",
            |visit: Visit, Path(id): Path<i64>, Json(body): Json<Body>| Box::pin(by_program(visit, id, body)),
        )
}

/// What is asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    status: String,
    version: i64,
    reason_id: Option<i64>,
    reason_note: Option<String>,
}

async fn set(ctx: &Ctx, id: i64, body: &Body) -> Result<i64> {
    let ty = ctx.registry().get("lead")?.clone();
    if !matches!(body.status.as_str(), "new" | "working" | "qualified" | "rejected") {
        return Err(Error::field("status", "error-lead-convert"));
    }
    let mut changes = Values::new();
    changes.insert("status".into(), body.status.as_str().into());
    if let Some(reason) = body.reason_id {
        changes.insert("reason_id".into(), reason.into());
    }
    if let Some(note) = body.reason_note.as_deref().filter(|n| !n.trim().is_empty()) {
        changes.insert("reason_note".into(), note.trim().into());
    }
    let tx = ctx.begin().await?;
    let version = write::update(ctx, &tx, &ty, id, body.version, changes).await?;
    tx.commit().await?;
    Ok(version)
}

async fn status(visit: Visit, id: i64, f: Fields) -> Answer {
    let body = Body {
        status: f.filled("status").unwrap_or("").to_owned(),
        version: f.need_int("version")?,
        reason_id: f.int("reason_id"),
        reason_note: f.filled("reason_note").map(str::to_owned),
    };
    set(&visit.ctx, id, &body).await?;
    let word = visit.loc.t(&format!("lead-status-{}", body.status));
    let said = visit.loc.tv("lead-said-status", &[("status", word.into())]);
    answer::go_saying(&visit, &format!("/leads/{id}"), &said, None)
}

async fn by_program(visit: Visit, id: i64, body: Body) -> Answer {
    let version = set(&visit.ctx, id, &body).await?;
    answer::json(
        StatusCode::OK,
        &json!({"id": id, "version": version, "status": body.status}),
    )
}

/// Reasons of a subject that are in use.
pub(crate) async fn reasons(visit: &Visit, subject: &str) -> Result<Vec<Choice>> {
    let name = visit.ctx.name_of("t");
    let sql = format!(
        "SELECT t.id, {name} FROM sales_reason t WHERE t.subject = $1 AND t.active AND t.archived_at IS NULL ORDER BY t.position, t.id"
    );
    visit
        .db()
        .all(&sql, binds![subject])
        .await?
        .iter()
        .map(|r| Ok(Choice::new(r.int(0)?.to_string(), r.text(1)?)))
        .collect()
}

fn step(visit: &Visit, lead: &Record, word: &str, icon: &str) -> Markup {
    html! {
        form method="post" action={ "/leads/" (lead.id) "/status" } style="margin:0" {
            (ui::hidden("version", &lead.version.to_string())) (ui::hidden("status", word))
            (ui::btn(visit.loc.t(&format!("lead-do-{word}"))).icon(icon).small().submit())
        }
    }
}

/// The buttons of a lead, by its state.
pub(crate) async fn buttons(visit: &Visit, lead: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    if lead.archived_at.is_some() {
        return Ok(html! {});
    }
    let now = lead.text("status");
    let reasons = reasons(visit, "lead_rejected").await?;
    Ok(html! {
        @match now {
            "new" => (step(visit, lead, "working", "player-play")),
            "working" => (step(visit, lead, "qualified", "check")),
            "rejected" => (step(visit, lead, "working", "arrow-back-up")),
            _ => {}
        }
        @if matches!(now, "new" | "working" | "qualified") {
            (ui::btn(loc.t("lead-do-rejected")).icon("thumb-down").small().danger().opens("lead-reject"))
            (ui::dialog("lead-reject", &loc.t("lead-reject-title"), html! {
                form.stack.l method="post" action={ "/leads/" (lead.id) "/status" } {
                    (ui::hidden("version", &lead.version.to_string())) (ui::hidden("status", "rejected"))
                    (Field::new("reason_id", loc.t("lead-reason_id")).required(true).select(&reasons, "", Some("")))
                    (Field::new("reason_note", loc.t("lead-reason_note")).text(""))
                    @if reasons.is_empty() { p.sm.mut { (loc.t("lead-no-reasons")) } }
                    div.btn-row.end { (ui::btn(loc.t("web-cancel")).ghost().closes()) (ui::btn(loc.t("lead-do-rejected")).danger_solid().submit()) }
                }
            }))
            @if visit.may("party.create") && visit.may("deal.create") {
                (ui::btn(loc.t("lead-do-convert")).icon("arrow-right").small().href(format!("/leads/{}/convert", lead.id)))
            }
        }
        @if now == "converted" && lead.get("party_id") != &Value::Null {
            (ui::btn(loc.t("lead-do-undo")).icon("arrow-back-up").small().opens("lead-undo"))
            (ui::dialog("lead-undo", &loc.t("lead-undo-title"), html! {
                p.sm.mut { (loc.t("lead-undo-text")) }
                form method="post" action={ "/leads/" (lead.id) "/unconvert" } {
                    (ui::hidden("version", &lead.version.to_string()))
                    div.btn-row.end { (ui::btn(loc.t("web-cancel")).ghost().closes()) (ui::btn(loc.t("lead-do-undo")).danger_solid().submit()) }
                }
            }))
        }
    })
}
