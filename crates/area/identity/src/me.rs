//! My own page: password, sessions, tokens.

use crate::account;
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Query as _, binds};
use zhike_web::{
    Answer, Failure, Form, Routes, SIGNED_IN, Screen, Visit, answer,
    ui::{self, Field},
};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/me", SIGNED_IN, page)
        .post("/me/password", SIGNED_IN, password)
        .post("/me/sessions/{id}/end", SIGNED_IN, end_session)
        .post("/me/tokens", "token.own", make_token)
        .post("/me/tokens/{id}/end", "token.own", end_token)
}

fn me(visit: &Visit) -> Result<i64> {
    visit.actor.user.ok_or_else(Error::unknown)
}

async fn page(visit: Visit) -> Answer {
    show(&visit, None, None, None).await
}

async fn show(visit: &Visit, problem: Option<&Error>, done: Option<&str>, token: Option<&str>) -> Answer {
    let scopes = account::SCOPES.map(|s| ui::Choice::new(s, visit.loc.t(&format!("me-token-scope-{s}"))));
    let loc = &visit.loc;
    let user = me(visit)?;
    let error = |field: &str| {
        problem
            .and_then(|e| e.fields.iter().find(|f| f.field == field))
            .map(|f| loc.field_error(f))
    };
    let main = html! {
        @if let Some(text) = done { (ui::callout(ui::Tone::Good, html! { (text) })) }
        @if let Some(e) = problem.filter(|e| e.fields.is_empty()) { (ui::form_errors(&[loc.error(e)])) }
        @if let Some(secret) = token {
            (ui::callout(ui::Tone::Warn, html! { p { (loc.t("me-token-once")) } p { code.secret { (secret) } } }))
        }
        @let own: Vec<_> = visit.app.around.mine.iter().filter(|m| visit.may(m.permission)).collect();
        @if !own.is_empty() { div.btn-row { @for m in own { (ui::btn(loc.t(m.label)).icon(m.icon).href(m.path)) } } }
        (ui::card(loc.t("me-password")).body(html! {
            form.form method="post" action="/me/password" {
                (Field::new("old", loc.t("me-password-old")).required(true).error(error("old")).password("current-password"))
                (Field::new("password", loc.t("me-password-new")).required(true).hint(loc.t("me-password-hint")).error(error("password")).password("new-password"))
                (ui::submit_row(loc, None, &loc.t("me-password-set")))
            }
        }))
        (ui::card(loc.t("me-sessions")).note(loc.t("me-sessions-note")).flush(sessions(visit, user).await?))
        @if visit.may("token.own") {
            (ui::card(loc.t("me-tokens")).note(loc.t("me-tokens-note")).flush(html! {
                (tokens(visit, user).await?)
                form.form.inline method="post" action="/me/tokens" {
                    (Field::new("name", loc.t("me-token-name")).required(true).error(error("name")).text(""))
                    (Field::new("scope", loc.t("me-token-scope")).select(&scopes, "", Some(&loc.t("me-token-scope-all"))))
                    (Field::new("read_only", loc.t("me-token-read-only")).checkbox(true))
                    (ui::btn(loc.t("me-token-make")).submit())
                }
            }))
        }
    };
    Screen::new(visit, loc.t("me-title"), "me").show(ui::page_body(main))
}

async fn sessions(visit: &Visit, user: i64) -> Result<Markup> {
    let loc = &visit.loc;
    let now = visit.now();
    let rows = visit
        .db()
        .all("SELECT id, created_at, seen_at, peer, agent FROM identity_session WHERE user_id = $1 AND ends_at > $2 ORDER BY seen_at DESC", binds![
            user, now.0
        ])
        .await?;
    Ok(html! {
        table.tbl.plain {
            thead { tr { th { (loc.t("session-since")) } th { (loc.t("session-seen")) } th { (loc.t("session-peer")) } th { (loc.t("session-agent")) } th {} } }
            tbody {
                @for r in &rows {
                    @let id = r.int(0)?;
                    tr {
                        td { (loc.stamp(Stamp(r.int(1)?))) }
                        td { (loc.relative(Stamp(r.int(2)?), now)) }
                        td { (r.text(3)?) }
                        td.agent title=(r.text(4)?) { (agent(&r.text(4)?)) }
                        td.r {
                            @if Some(id) == visit.session { (ui::badge(ui::Hue::Green, &loc.t("session-this"))) }
                            @else {
                                form method="post" action=(format!("/me/sessions/{id}/end")) { (ui::btn(loc.t("session-end")).small().submit()) }
                            }
                        }
                    }
                }
            }
        }
    })
}

/// Browser and system as people call them; the rest of what a browser says of itself stands in the title.
fn agent(text: &str) -> String {
    // The order matters: Edge also calls itself Chrome, and Chrome Safari.
    let browsers = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let of = |names: &[(&str, &'static str)]| names.iter().find(|n| text.contains(n.0)).map(|n| n.1);
    match (of(&browsers), of(&systems)) {
        (Some(browser), Some(system)) => format!("{browser} · {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => text.to_owned(),
    }
}

async fn tokens(visit: &Visit, user: i64) -> Result<Markup> {
    let loc = &visit.loc;
    let rows = visit
        .db()
        .all("SELECT id, name, read_only, created_at, seen_at, ends_at, scope FROM identity_token WHERE user_id = $1 ORDER BY id DESC", binds![user])
        .await?;
    if rows.is_empty() {
        return Ok(html! { p.mut style="padding:14px 18px 0" { (loc.t("me-tokens-none")) } });
    }
    Ok(html! {
        table.tbl.plain {
            thead { tr { th { (loc.t("me-token-name")) } th { (loc.t("me-token-rights")) } th { (loc.t("session-since")) } th { (loc.t("session-seen")) } th {} } }
            tbody {
                @for r in &rows {
                    tr {
                        td { (r.text(1)?) }
                        td { (loc.t(if r.bool(2)? { "me-token-reads" } else { "me-token-writes" })) @if let Some(scope) = r.opt_text(6)? { " · " (loc.t(&format!("me-token-scope-{scope}"))) } }
                        td { (loc.stamp(Stamp(r.int(3)?))) }
                        td { @if let Some(at) = r.opt_int(4)? { (loc.relative(Stamp(at), visit.now())) } @else { "—" } }
                        td.r { form method="post" action=(format!("/me/tokens/{}/end", r.int(0)?)) { (ui::btn(loc.t("me-token-end")).small().submit()) } }
                    }
                }
            }
        }
    })
}

async fn password(visit: Visit, Form(form): Form) -> Answer {
    let user = me(&visit)?;
    let row = visit
        .db()
        .one("SELECT hash FROM identity_secret WHERE user_id = $1", binds![user])
        .await?;
    let hash = row.map(|r| r.text(0)).transpose()?;
    let result = if zhike_web::password::fits(form.get("old").unwrap_or("").to_owned(), hash).await? {
        account::set_password(&visit.ctx, user, form.get("password").unwrap_or(""), visit.session).await
    } else {
        Err(Error::field("old", "error-password-old"))
    };
    visit.app.identity.forget();
    match result {
        Ok(()) => show(&visit, None, Some(&visit.loc.t("me-password-done")), None).await,
        Err(e) => {
            let mut response = show(&visit, Some(&e), None, None).await?;
            *response.status_mut() = answer::status(e.kind);
            Ok(response)
        }
    }
}

async fn end_session(visit: Visit, Path(id): Path<i64>) -> Answer {
    let user = me(&visit)?;
    let tx = visit.ctx.begin().await?;
    if tx
        .exec(
            "DELETE FROM identity_session WHERE id = $1 AND user_id = $2",
            binds![id, user],
        )
        .await?
        == 0
    {
        return Err(Failure(Error::missing()));
    }
    account::log(&visit.ctx, &tx, user, "user.sessions_ended.v1", None).await?;
    tx.commit().await?;
    visit.app.identity.forget();
    answer::see_other("/me")
}

async fn make_token(visit: Visit, Form(form): Form) -> Answer {
    let user = me(&visit)?;
    let tx = visit.ctx.begin().await?;
    match account::create_narrow_token(
        &visit.ctx,
        &tx,
        user,
        form.get("name").unwrap_or(""),
        form.get("read_only").is_some(),
        form.filled("scope"),
        None,
    )
    .await
    {
        Ok(secret) => {
            tx.commit().await?;
            show(&visit, None, None, Some(&secret)).await
        }
        Err(e) => {
            let mut response = show(&visit, Some(&e), None, None).await?;
            *response.status_mut() = answer::status(e.kind);
            Ok(response)
        }
    }
}

async fn end_token(visit: Visit, Path(id): Path<i64>) -> Answer {
    let user = me(&visit)?;
    let tx = visit.ctx.begin().await?;
    if tx
        .exec(
            "DELETE FROM identity_token WHERE id = $1 AND user_id = $2",
            binds![id, user],
        )
        .await?
        == 0
    {
        return Err(Failure(Error::missing()));
    }
    account::log(&visit.ctx, &tx, user, "user.token_ended.v1", None).await?;
    tx.commit().await?;
    visit.app.identity.forget();
    answer::see_other("/me")
}

#[cfg(test)]
mod tests {
    #[test]
    fn browsers_are_named_as_people_call_them() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36";
        assert_eq!(super::agent(chrome), "Chrome · Linux");
        assert_eq!(
            super::agent("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1"),
            "Safari · iPhone"
        );
        assert_eq!(super::agent("curl/8.5"), "curl/8.5");
    }
}
