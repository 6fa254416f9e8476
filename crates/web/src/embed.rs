//! A page of ours that stands within somebody else's: our look, no script, no navigation, only within the sites that are named.

use crate::{Answer, Locale, assets};
use axum::{
    http::{HeaderName, HeaderValue, StatusCode},
    response::IntoResponse,
};
use maud::{DOCTYPE, Markup, html};

/// The page; `ancestors` is what its Content-Security-Policy says of `frame-ancestors`.
pub fn page(loc: &Locale, code: StatusCode, title: &str, ancestors: &str, main: &Markup) -> Answer {
    let page = html! {
        (DOCTYPE)
        html lang=(loc.lang.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                link rel="stylesheet" href=(assets::url("app.css"));
            }
            body style="background:var(--surface,#fff)" {
                main #main style="max-width:560px;margin:0 auto;padding:20px 16px" {
                    h1 style="font-size:20px;margin:0 0 6px" { (title) }
                    (main)
                }
            }
        }
    };
    let mut response = (code, page).into_response();
    let policy = format!(
        "default-src 'none'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self'; font-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors {ancestors}"
    );
    if let Ok(value) = HeaderValue::from_str(&policy) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("content-security-policy"), value);
    }
    Ok(response)
}
