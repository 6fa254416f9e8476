//! The pages of coming in and leaving.

use crate::{
    account::{self, Comer, Ticket},
    letter,
};
use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use maud::{Markup, html};
use std::sync::Arc;
use zhike_contract::Outbound;
use zhike_kernel::{Door, Error, Kind, Result};
use zhike_store::Ctx;
use zhike_web::{
    Answer, Fields, Form, GUEST, PUBLIC, Query, Routes, Visit,
    answer::{html, html_with, see_other, set_cookie, status},
    input::own_path,
    password, site,
    ui::{self, Field, Tone},
    visit::{GUEST_SESSION, cookie},
};

/// What the browser keeps that asked for a link.
const ASKING: &str = "zhike_asking";
const ASKING_SECONDS: i64 = 3_600;
const COOKIE_SECONDS: i64 = 60 * 86_400;

pub(crate) fn routes(outbound: &Arc<dyn Outbound>) -> Routes {
    let outbound = outbound.clone();
    Routes::new()
        .get("/portal/sign-in", PUBLIC, page)
        .post("/portal/sign-in", PUBLIC, by_password)
        .post("/portal/link", PUBLIC, move |v, h, f| ask(outbound.clone(), v, h, f))
        .get("/portal/enter/{token}", PUBLIC, look)
        .post("/portal/enter/{token}", PUBLIC, follow)
        .post("/portal/sign-out", GUEST, leave)
}

/// The house, for what strangers cause.
fn house(visit: &Visit) -> Ctx {
    Ctx::system(&visit.house, Door::Page)
}

fn comer<'a>(visit: &'a Visit, headers: &'a HeaderMap) -> Comer<'a> {
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok());
    Comer {
        peer: &visit.peer,
        agent: agent.unwrap_or(""),
    }
}

fn frame(visit: &Visit, title: &str, body: Markup) -> Markup {
    let main = html! { div.stack.l.public { b { (visit.app.company) } h1 { (title) } (body) } };
    ui::bare(&visit.loc, title, &visit.uri, main)
}

fn came(visit: &Visit, secret: &str, next: &str) -> Answer {
    let mut response = see_other(next)?;
    set_cookie(&mut response, visit, GUEST_SESSION, secret, COOKIE_SECONDS, true);
    set_cookie(&mut response, visit, ASKING, "", 0, true);
    Ok(response)
}

/// Only pages of the portal follow.
fn after(next: Option<&str>) -> String {
    let path = own_path(next);
    if path == "/portal" || path.starts_with("/portal/") {
        path
    } else {
        "/portal".into()
    }
}

async fn page(visit: Visit, Query(q): Query) -> Answer {
    if visit.guest.is_some() {
        return see_other(&after(q.get("next")));
    }
    html(sign_in(&visit, &q, None, None).await?)
}

async fn sign_in(visit: &Visit, f: &Fields, error: Option<&Error>, said: Option<(Tone, String)>) -> Result<Markup> {
    let loc = &visit.loc;
    let email = f.get("email").unwrap_or("");
    let by_mail = !site::address(visit.db()).await?.is_empty();
    let next = after(f.get("next"));
    let mail = |id: &str| {
        Field::new("email", loc.t("portal_account-email"))
            .id(id)
            .required(true)
            .attr("autocomplete", "username")
            .email(email)
    };
    let body = html! {
        @if let Some((tone, words)) = said { div role="status" { (ui::callout(tone, words)) } }
        @if let Some(e) = error { (ui::form_errors(&[loc.error(e)])) }
        @if by_mail {
            section.card { div.card-b style="padding-top:14px" {
                form.stack method="post" action="/portal/link" {
                    h2 { (loc.t("portal-by-link")) } p.mut { (loc.t("portal-by-link-text")) }
                    (mail("link-email"))
                    div.btn-row { (ui::btn(loc.t("portal-send-link")).primary().submit()) }
                }
            } }
        }
        section.card { div.card-b style="padding-top:14px" {
            form.stack method="post" action="/portal/sign-in" {
                h2 { (loc.t("portal-by-password")) }
                (ui::hidden("next", &next))
                (mail("email"))
                (Field::new("password", loc.t("user-password")).required(true).password("current-password"))
                div.btn-row { (ui::btn(loc.t("sign-in-enter")).submit()) }
            }
        } }
    };
    Ok(frame(visit, &loc.t("portal-sign-in"), body))
}

async fn by_password(visit: Visit, headers: HeaderMap, Form(f): Form) -> Answer {
    let (email, word) = (f.get("email").unwrap_or(""), f.get("password").unwrap_or(""));
    match account::by_password(&house(&visit), email, word, &comer(&visit, &headers)).await {
        Ok(secret) => came(&visit, &secret, &after(f.get("next"))),
        Err(e) if matches!(e.kind, Kind::Invalid | Kind::TooMany) => {
            let page = sign_in(&visit, &f, Some(&e), None).await?;
            html_with(status(e.kind), page)
        }
        Err(e) => Err(e.into()),
    }
}

/// The answer is the same whether there is such an account or not.
async fn ask(outbound: Arc<dyn Outbound>, visit: Visit, headers: HeaderMap, Form(f): Form) -> Answer {
    let email = f.get("email").unwrap_or("");
    if let Err(e) = account::patience(&visit.ctx, email, &visit.peer).await {
        let page = sign_in(&visit, &f, Some(&e), None).await?;
        return html_with(status(e.kind), page);
    }
    let kept = cookie(&headers, ASKING).filter(|c| c.len() == 43);
    let asking = kept.map_or_else(password::generate, str::to_owned);
    letter::link(&house(&visit), outbound.as_ref(), email, &asking).await?;
    visit.app.nudge.notify_one();
    let said = visit.loc.tv("portal-link-sent", &[("email", email.trim().into())]);
    let page = sign_in(&visit, &f, None, Some((Tone::Info, said))).await?;
    let mut response = (StatusCode::OK, page).into_response();
    set_cookie(&mut response, &visit, ASKING, &asking, ASKING_SECONDS, true);
    Ok(response)
}

/// Is it good, and for this browser?
fn fits(visit: &Visit, headers: &HeaderMap, link: &Ticket) -> std::result::Result<(), &'static str> {
    if !link.good(visit.now()) {
        return Err("error-portal-link-over");
    }
    match &link.asked {
        Some(asked) if cookie(headers, ASKING).map(password::digest).as_ref() != Some(asked) => {
            Err("error-portal-other-browser")
        }
        _ => Ok(()),
    }
}

async fn gone(visit: &Visit, code: &'static str) -> Answer {
    let said = (Tone::Warn, visit.loc.t(code));
    let page = sign_in(visit, &Fields::default(), None, Some(said)).await?;
    html_with(StatusCode::GONE, page)
}

/// Programs that look at links before people do change nothing: coming in takes a press.
async fn look(visit: Visit, headers: HeaderMap, Path(token): Path<String>) -> Answer {
    let Some(link) = account::need(&visit.ctx, &visit.app.secret, &token, &visit.peer).await? else {
        return gone(&visit, "error-portal-link-over").await;
    };
    if let Err(code) = fits(&visit, &headers, &link) {
        return gone(&visit, code).await;
    }
    html(welcome(&visit, &token, &link, None).await?)
}

async fn welcome(visit: &Visit, token: &str, link: &Ticket, error: Option<&Error>) -> Result<Markup> {
    let loc = &visit.loc;
    let of = account::find(visit.db(), link.account)
        .await?
        .ok_or_else(Error::missing)?;
    let invited = link.asked.is_none();
    let wrong = error.and_then(|e| e.fields.iter().find(|w| w.field == "password"));
    let password = Field::new("password", loc.t("portal-new-password"))
        .hint(loc.t("portal-new-password-hint"))
        .error(wrong.map(|w| loc.field_error(w)));
    let body = html! {
        p.mut { (loc.tv("portal-welcome-text", &[("name", of.name.into()), ("company", visit.app.company.as_str().into())])) }
        @if let Some(e) = error.filter(|e| e.fields.is_empty()) { (ui::form_errors(&[loc.error(e)])) }
        form.stack method="post" action={ "/portal/enter/" (token) } novalidate {
            @if invited {
                input type="hidden" autocomplete="username" name="email" value=(of.email);
                (password.password("new-password"))
            }
            div.btn-row { (ui::btn(loc.t("sign-in-enter")).primary().large().submit()) }
        }
    };
    Ok(frame(visit, &loc.t("portal-welcome"), body))
}

async fn follow(visit: Visit, headers: HeaderMap, Path(token): Path<String>, Form(f): Form) -> Answer {
    let Some(link) = account::need(&visit.ctx, &visit.app.secret, &token, &visit.peer).await? else {
        return gone(&visit, "error-portal-link-over").await;
    };
    if let Err(code) = fits(&visit, &headers, &link) {
        return gone(&visit, code).await;
    }
    let new = f.filled("password").filter(|_| link.asked.is_none());
    match account::by_link(&house(&visit), &link, new, &comer(&visit, &headers)).await {
        Ok(secret) => came(&visit, &secret, "/portal"),
        Err(e) if e.code == "error-portal-link-over" => gone(&visit, "error-portal-link-over").await,
        Err(e) if e.kind == Kind::Invalid => {
            let page = welcome(&visit, &token, &link, Some(&e)).await?;
            html_with(status(e.kind), page)
        }
        Err(e) => Err(e.into()),
    }
}

async fn leave(visit: Visit) -> Answer {
    account::leave(&house(&visit), visit.need_guest()?, false).await?;
    let mut response = see_other("/portal/sign-in")?;
    set_cookie(&mut response, &visit, GUEST_SESSION, "", 0, true);
    Ok(response)
}
