//! Answers: a page, a fragment, a redirect, JSON; and every refusal in the reader's language, as a page, a toast or
//! problem+json, whichever the asker understands.

use crate::{ui, visit::Visit};
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html as markup};
use std::sync::Arc;
use zhike_kernel::{Error, Kind};

/// What a handler returns.
pub type Answer = Result<Response, Failure>;

/// A refusal on its way to the layer that words it.
#[derive(Debug)]
pub struct Failure(pub Error);

impl From<Error> for Failure {
    fn from(e: Error) -> Failure {
        Failure(e)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status_of(&self.0);
        response.extensions_mut().insert(Arc::new(self.0));
        response
    }
}

/// The status of a kind of refusal.
pub fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Unknown => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Missing => StatusCode::NOT_FOUND,
        Kind::Stale | Kind::Refused => StatusCode::CONFLICT,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Broken => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The status of a refusal. A full disk is neither our fault nor the asker's: 507 tells programs to come again later.
pub fn status_of(e: &Error) -> StatusCode {
    if e.code == "error-disk-full" {
        return StatusCode::INSUFFICIENT_STORAGE;
    }
    status(e.kind)
}

/// HTML.
pub fn html(markup: Markup) -> Answer {
    Ok(markup.into_response())
}

/// HTML with a status (422 for a form that comes back).
pub fn html_with(code: StatusCode, markup: Markup) -> Answer {
    Ok((code, markup).into_response())
}

/// Go there (303).
pub fn see_other(to: &str) -> Answer {
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, to.to_owned())]).into_response())
}

/// After a write: a full page goes there by 303; htmx is told to by its header.
pub fn go(visit: &Visit, to: &str) -> Answer {
    if visit.fragment {
        return Ok((
            StatusCode::OK,
            [(HeaderName::from_static("hx-redirect"), to.to_owned())],
        )
            .into_response());
    }
    see_other(to)
}

/// After a write: goes there, and the page that comes says what was done; `undo` is the address that undoes it.
pub fn go_saying(visit: &Visit, to: &str, text: &str, undo: Option<&str>) -> Answer {
    let mut response = go(visit, to)?;
    let json = serde_json::json!({"text": text, "undo": undo}).to_string();
    let secure = if visit.app.secure { "; Secure" } else { "" };
    // Read once by the script of the next page.
    let cookie = format!(
        "toast={}; Path=/; Max-Age=20; SameSite=Lax{secure}",
        crate::input::percent_encode(&json)
    );
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// JSON.
pub fn json(code: StatusCode, body: &serde_json::Value) -> Answer {
    Ok((code, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response())
}

/// Sets a cookie of the whole house for so many seconds, out of reach of scripts if it is `hidden`.
pub fn set_cookie(response: &mut Response, visit: &Visit, name: &str, value: &str, seconds: i64, hidden: bool) {
    let mut text = format!("{name}={value}; Path=/; SameSite=Lax; Max-Age={seconds}");
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

/// Puts a toast on an answer to htmx; `undo` is the address that undoes it.
pub fn with_toast(mut response: Response, text: &str, undo: Option<&str>) -> Response {
    let json = serde_json::json!({"toast": {"text": text, "undo": undo}}).to_string();
    // Headers are ASCII: everything else as \uXXXX.
    let ascii: String = json
        .encode_utf16()
        .map(|u| match char::from_u32(u32::from(u)) {
            Some(c) if c.is_ascii() => c.to_string(),
            _ => format!("\\u{u:04x}"),
        })
        .collect();
    if let Ok(value) = HeaderValue::from_str(&ascii) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("hx-trigger"), value);
    }
    response
}

/// The layer behind all handlers: words refusals and adds the security headers.
pub async fn finish(visit: &Visit, response: Response) -> Response {
    let mut response = match response.extensions().get::<Arc<Error>>().cloned() {
        Some(e) => render(visit, &e),
        None if response.status().is_client_error() && !response.headers().contains_key(header::CONTENT_TYPE)
            || response.status() == StatusCode::METHOD_NOT_ALLOWED
            || plain_rejection(&response) =>
        {
            plain(visit, &response)
        }
        None => response,
    };
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &'static str| {
        headers
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    };
    set(
        "content-security-policy",
        "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
         object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    );
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "same-origin");
    set("cross-origin-opener-policy", "same-origin");
    set("permissions-policy", "camera=(), geolocation=(), microphone=()");
    set("cache-control", "no-store");
    response
}

/// An extractor's own refusal: plain English text, which no reader of ours gets to see.
fn plain_rejection(response: &Response) -> bool {
    response.status().is_client_error()
        && response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|t| t.as_bytes().starts_with(b"text/plain"))
}

fn plain(visit: &Visit, from: &Response) -> Response {
    let code = from.status();
    match code {
        StatusCode::NOT_FOUND => render(visit, &Error::missing()),
        StatusCode::METHOD_NOT_ALLOWED => {
            let mut response = render_as(visit, &Error::invalid("error-method"), code);
            // Which methods there are is part of this answer.
            if let Some(allow) = from.headers().get(header::ALLOW) {
                response.headers_mut().insert(header::ALLOW, allow.clone());
            }
            response
        }
        StatusCode::PAYLOAD_TOO_LARGE => render_as(visit, &Error::invalid("error-payload"), code),
        _ => render(visit, &Error::invalid("error-request")),
    }
}

/// Words a refusal.
pub fn render(visit: &Visit, e: &Error) -> Response {
    render_as(visit, e, status_of(e))
}

fn render_as(visit: &Visit, e: &Error, code: StatusCode) -> Response {
    let mut reference = None;
    if e.kind == Kind::Broken {
        let number = format!("{:08X}", visit.ctx.now().0.unsigned_abs() % 0xFFFF_FFFF);
        tracing::error!(incident = number, error = %e, path = visit.path(), "broken");
        reference = Some(number);
    }
    let loc = &visit.loc;
    let sentence = loc.error(e);
    if visit.api {
        let mut body = serde_json::json!({
            "type": format!("/problems/{}", e.code), "title": sentence, "status": code.as_u16(), "code": e.code,
        });
        if let Some(map) = body.as_object_mut() {
            if !e.fields.is_empty() {
                let fields: Vec<_> = e
                    .fields
                    .iter()
                    .map(|f| serde_json::json!({"field": f.field, "code": f.code, "detail": loc.field_error(f)}))
                    .collect();
                map.insert("errors".into(), fields.into());
            }
            if let Some(number) = &reference {
                map.insert("incident".into(), number.as_str().into());
            }
        }
        let mut response = (
            code,
            [(header::CONTENT_TYPE, "application/problem+json")],
            body.to_string(),
        )
            .into_response();
        if e.kind == Kind::Unknown {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        return response;
    }
    if e.kind == Kind::Unknown && (!visit.signed_in() || e.code == "error-no-guest") {
        let door = if e.code == "error-no-guest" { "/portal" } else { "" };
        let to = format!(
            "{door}/sign-in?next={}",
            crate::input::percent_encode(if visit.fragment { "/" } else { &visit.uri })
        );
        return go(visit, &to).unwrap_or_else(IntoResponse::into_response);
    }
    if visit.fragment {
        let mut text = sentence;
        for f in &e.fields {
            text.push_str(&format!(" {}", loc.field_error(f)));
        }
        return with_toast(
            (code, [(HeaderName::from_static("hx-reswap"), "none")]).into_response(),
            &text,
            None,
        );
    }
    let title = loc.t(&format!("error-title-{}", code.as_u16()));
    // Whoever is signed in keeps the menu; a house that is broken may not be able to draw it.
    let framed = visit.signed_in() && visit.actor.user.is_some() && e.kind != Kind::Broken;
    let page = if framed {
        let body = ui::error_body(loc, code.as_u16(), &sentence, None, markup! {});
        crate::Screen::new(visit, title, "").markup(body)
    } else {
        ui::error_page(loc, code.as_u16(), &title, &sentence, reference.as_deref())
    };
    (code, page).into_response()
}

/// What is asked for where nothing is.
pub async fn missing() -> Failure {
    Failure(Error::missing())
}
