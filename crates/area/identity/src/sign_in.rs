//! The pages of signing in and out, and the language switch.

use crate::account;
use axum::http::{HeaderMap, StatusCode, header};
use maud::{Markup, html};
use zhike_kernel::Kind;
use zhike_store::binds;
use zhike_web::{
    Answer, Failure, Form, PUBLIC, Query, Routes, SIGNED_IN, Visit, answer,
    input::own_path,
    ui::{self, Field},
    visit::SESSION,
};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/sign-in", PUBLIC, page)
        .post("/sign-in", PUBLIC, enter)
        .post("/sign-out", SIGNED_IN, leave)
        .post("/me/language", PUBLIC, language)
}

async fn page(visit: Visit, Query(query): Query) -> Answer {
    let next = own_path(query.get("next"));
    if visit.signed_in() {
        return answer::see_other(&next);
    }
    answer::html(view(&visit, &next, "", None))
}

fn view(visit: &Visit, next: &str, login: &str, error: Option<String>) -> Markup {
    let loc = &visit.loc;
    let main = html! {
        form.login-form method="post" action="/sign-in" {
            h1 { (loc.t("sign-in-title")) }
            p.muted { (visit.app.company) }
            @if let Some(text) = &error { (ui::form_errors(std::slice::from_ref(text))) }
            (ui::hidden("next", next))
            (Field::new("login", loc.t("user-login")).required(true).attr("autocomplete", "username").attr("autofocus", "autofocus").text(login))
            (Field::new("password", loc.t("user-password")).required(true).password("current-password"))
            (ui::btn(loc.t("sign-in-enter")).primary().large().block().submit())
            @if let Some(key) = &visit.app.notice { p.hint { (loc.t(key)) } }
        }
    };
    ui::bare(loc, &loc.t("sign-in-title"), &visit.uri, main)
}

async fn enter(visit: Visit, headers: HeaderMap, Form(form): Form) -> Answer {
    let next = own_path(form.get("next"));
    let login = form.get("login").unwrap_or("");
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("");
    match account::sign_in(
        &visit.ctx,
        login,
        form.get("password").unwrap_or(""),
        &visit.peer,
        agent,
    )
    .await
    {
        Ok(secret) => {
            let mut response = answer::see_other(&next)?;
            answer::set_cookie(&mut response, &visit, SESSION, &secret, 60 * 60 * 24 * 56, true);
            Ok(response)
        }
        Err(e) if e.kind == Kind::Broken => Err(Failure(e)),
        Err(e) => {
            let code = if e.kind == Kind::TooMany {
                StatusCode::TOO_MANY_REQUESTS
            } else {
                StatusCode::UNPROCESSABLE_ENTITY
            };
            answer::html_with(code, view(&visit, &next, login, Some(visit.loc.error(&e))))
        }
    }
}

async fn leave(visit: Visit) -> Answer {
    if let Some(session) = visit.session {
        let tx = visit.ctx.begin().await?;
        tx.exec("DELETE FROM identity_session WHERE id = $1", binds![session])
            .await?;
        tx.commit().await?;
        visit.app.identity.forget();
    }
    let mut response = answer::see_other("/sign-in")?;
    answer::set_cookie(&mut response, &visit, SESSION, "", 0, true);
    Ok(response)
}

async fn language(visit: Visit, Form(form): Form) -> Answer {
    let lang = form
        .get("lang")
        .and_then(zhike_web::Lang::parse)
        .unwrap_or(visit.loc.lang);
    if let Some(user) = visit.actor.user {
        let tx = visit.ctx.begin().await?;
        tx.exec(
            "UPDATE identity_user SET language = $1, version = version + 1 WHERE id = $2",
            binds![lang.code().to_lowercase(), user],
        )
        .await?;
        tx.commit().await?;
        visit.app.identity.forget();
    }
    let mut response = answer::see_other(&own_path(form.get("next")))?;
    answer::set_cookie(&mut response, &visit, "lang", lang.code(), 31_536_000, false);
    Ok(response)
}
