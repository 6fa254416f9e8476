//! The pages of signing in and out, and the language switch.

use crate::account;
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use maud::{Markup, html};
use zhike_kernel::Kind;
use zhike_store::binds;
use zhike_web::{
    Answer, Failure, Form, PUBLIC, Query, Routes, SIGNED_IN, Visit, answer,
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

/// Only paths of this house, so that a link cannot send a person elsewhere after signing in.
fn safe(next: Option<&str>) -> String {
    match next {
        Some(n) if n.starts_with('/') && !n.starts_with("//") && !n.contains('\\') && !n.contains(char::is_control) => {
            n.to_owned()
        }
        _ => "/".to_owned(),
    }
}

async fn page(visit: Visit, Query(query): Query) -> Answer {
    let next = safe(query.get("next"));
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
    let next = safe(form.get("next"));
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
            set_cookie(&mut response, &visit, SESSION, &secret, Some(60 * 60 * 24 * 56), true);
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
    set_cookie(&mut response, &visit, SESSION, "", Some(0), true);
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
    let mut response = answer::see_other(&safe(form.get("next")))?;
    set_cookie(&mut response, &visit, "lang", lang.code(), Some(31_536_000), false);
    Ok(response)
}

fn set_cookie(response: &mut Response, visit: &Visit, name: &str, value: &str, seconds: Option<i64>, hidden: bool) {
    let mut text = format!("{name}={value}; Path=/; SameSite=Lax");
    if let Some(seconds) = seconds {
        text.push_str(&format!("; Max-Age={seconds}"));
    }
    if hidden {
        text.push_str("; HttpOnly");
    }
    if visit.app.secure {
        text.push_str("; Secure");
    }
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_own_paths_follow_a_sign_in() {
        assert_eq!(super::safe(Some("/deals?x=1")), "/deals?x=1");
        for bad in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "javascript:1",
        ] {
            assert_eq!(super::safe(Some(bad)), "/");
        }
    }
}
