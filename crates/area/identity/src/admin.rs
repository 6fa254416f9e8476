//! What an administrator does for a user: a first password, ending sessions.

use crate::account;
use axum::extract::Path;
use maud::html;
use zhike_kernel::Result;
use zhike_store::{Query as _, Record, binds, read};
use zhike_web::{Answer, Form, Place, Routes, Tab, Visit, answer, ui};

pub(crate) fn routes() -> Routes {
    Routes::new().post("/users/{id}/password", "user.edit", password).post(
        "/users/{id}/sessions/end",
        "user.edit",
        end_sessions,
    )
}

pub(crate) fn tabs() -> Vec<Tab> {
    vec![Tab::new(
        "user",
        "access",
        Place::Tab,
        10,
        "user.edit",
        |visit, record| Box::pin(access(visit, record)),
    )]
}

async fn access(visit: &Visit, record: &Record) -> Result<maud::Markup> {
    let loc = &visit.loc;
    let sessions = visit
        .db()
        .number(
            "SELECT count(*) FROM identity_session WHERE user_id = $1 AND ends_at > $2",
            binds![record.id, visit.now().0],
        )
        .await?;
    let set = visit
        .db()
        .one(
            "SELECT set_at FROM identity_secret WHERE user_id = $1",
            binds![record.id],
        )
        .await?;
    let set = set.map(|r| r.int(0)).transpose()?;
    Ok(html! {
        (ui::kv(&[
            (loc.t("user-access-password"), html! { @match set { Some(at) => (loc.stamp(zhike_kernel::Stamp(at))), None => (loc.t("user-access-none")) } }),
            (loc.t("user-access-sessions"), html! { (loc.int(sessions)) }),
        ]))
        form.form.inline method="post" action=(format!("/users/{}/password", record.id)) {
            (ui::Field::new("password", loc.t("me-password-new")).required(true).hint(loc.t("me-password-hint")).password("new-password"))
            (ui::btn(loc.t("me-password-set")).submit())
        }
        form method="post" action=(format!("/users/{}/sessions/end", record.id)) { (ui::btn(loc.t("user-access-end")).submit()) }
    })
}

async fn password(visit: Visit, Path(id): Path<i64>, Form(form): Form) -> Answer {
    let ty = visit.registry().get("user")?.clone();
    read::need(&visit.ctx, visit.db(), &ty, id).await?;
    account::set_password(&visit.ctx, id, form.get("password").unwrap_or(""), None).await?;
    visit.app.identity.forget();
    answer::go(&visit, &format!("/users/{id}/access"))
}

async fn end_sessions(visit: Visit, Path(id): Path<i64>) -> Answer {
    let tx = visit.ctx.begin().await?;
    tx.exec("DELETE FROM identity_session WHERE user_id = $1", binds![id])
        .await?;
    account::log(&visit.ctx, &tx, id, "user.sessions_ended.v1", None).await?;
    tx.commit().await?;
    visit.app.identity.forget();
    answer::go(&visit, &format!("/users/{id}/access"))
}
