//! The public page of a form, and the tab of its definition with the words to copy into a website. The page sets no
//! cookie, asks for no session, and may stand within the pages of the sites that the form names.

use super::{
    form::{self, Definition, Sent, TRAP},
    guard,
};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_store::{FieldKind, Record};
use zhike_web::{
    Answer, Fields, Form, Locale, PUBLIC, Query, Routes, Visit, embed,
    ui::{self, Field, Tone},
};

/// Its routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(
            "/f/{token}",
            PUBLIC,
            |visit: Visit, Path(t): Path<String>, Query(q): Query| Box::pin(show(visit, t, q)),
        )
        .post(
            "/f/{token}",
            PUBLIC,
            |visit: Visit, Path(t): Path<String>, Query(q): Query, Form(f): Form| Box::pin(take(visit, t, q, f)),
        )
}

fn frame(form: &Definition, loc: &Locale, code: StatusCode, main: &Markup) -> Answer {
    let title = match form.words(loc, "title") {
        t if t.is_empty() => form.record.text("name").to_owned(),
        t => t,
    };
    embed::page(loc, code, &title, &form.ancestors(), main)
}

/// The sheet: what was typed stands in it again, each complaint below its field.
fn sheet(visit: &Visit, form: &Definition, loc: &Locale, f: &Fields, wrong: &Sent) -> Result<Markup> {
    let ty = visit.registry().get("lead")?.clone();
    let (errors, whole) = match wrong {
        Sent::Wrong(errors, whole) => (errors.as_slice(), *whole),
        _ => (&[][..], None),
    };
    let intro = form.words(loc, "intro");
    let stale = matches!(wrong, Sent::Thanks) || whole == Some("form-stale");
    let opened = match f.get("opened").filter(|_| !stale) {
        Some(stamp) => stamp.to_owned(),
        None => guard::stamp(&visit.app.secret, &form.token, visit.now()),
    };
    Ok(html! {
        @if !intro.is_empty() { p.mut style="white-space:pre-wrap" { (intro) } }
        @if let Some(key) = whole { (ui::callout(Tone::Warn, loc.t(key))) }
        @if !errors.is_empty() { (ui::callout(Tone::Bad, loc.t("form-look-again"))) }
        form.stack.l method="post" action={ "/f/" (form.token) "?lang=" (loc.lang.code()) } style="margin-top:14px" {
            (ui::hidden("opened", &opened))
            div aria-hidden="true" style="position:absolute;left:-9999px;height:1px;overflow:hidden" {
                label { "Website" input type="text" name=(TRAP) tabindex="-1" autocomplete="off" value=(f.get(TRAP).unwrap_or("")); }
            }
            @for name in form.asks() {
                @let typed = f.get(name).unwrap_or("");
                @let error = errors.iter().find(|e| e.field == name).map(|e| loc.field_error(e));
                @let field = Field::new(name, loc.t(&format!("form-ask-{name}"))).required(form.needs(name)).error(error);
                @match ty.field(name).map(|f| f.kind) {
                    Some(FieldKind::Long) => (field.textarea(typed, 5)),
                    Some(FieldKind::Email) => (field.attr("autocomplete", "email").email(typed)),
                    Some(FieldKind::Phone) => (field.attr("autocomplete", "tel").phone(typed)),
                    _ => (field.attr("autocomplete", auto(name)).text(typed)),
                }
            }
            div.btn-row { (ui::btn(loc.t("form-send")).primary().large().submit()) }
        }
    })
}

/// What browsers call the field, so that they fill it.
fn auto(name: &str) -> &'static str {
    match name {
        "name" => "name",
        "company" => "organization",
        "job_title" => "organization-title",
        "city" => "address-level2",
        _ => "off",
    }
}

async fn show(visit: Visit, token: String, q: Fields) -> Answer {
    let form = form::find(&visit.ctx, &token).await?;
    let loc = form.locale(&visit, q.get("lang"));
    let main = sheet(&visit, &form, &loc, &Fields::default(), &Sent::Thanks)?;
    frame(&form, &loc, StatusCode::OK, &main)
}

async fn take(visit: Visit, token: String, q: Fields, f: Fields) -> Answer {
    let form = form::find(&visit.ctx, &token).await?;
    let loc = form.locale(&visit, q.get("lang"));
    match form::submit(&visit, &form, &f).await? {
        Sent::Thanks => {
            let thanks = form.words(&loc, "thanks");
            let words = if thanks.is_empty() {
                loc.t("form-thanks")
            } else {
                thanks
            };
            let main = html! {
                div role="status" style="margin-top:14px" { (ui::callout(Tone::Good, html! { span style="white-space:pre-wrap" { (words) } })) }
            };
            frame(&form, &loc, StatusCode::OK, &main)
        }
        Sent::TooMany => {
            let wrong = Sent::Wrong(vec![], Some("form-too-many"));
            let main = sheet(&visit, &form, &loc, &f, &wrong)?;
            frame(&form, &loc, StatusCode::TOO_MANY_REQUESTS, &main)
        }
        wrong => {
            let main = sheet(&visit, &form, &loc, &f, &wrong)?;
            frame(&form, &loc, StatusCode::UNPROCESSABLE_ENTITY, &main)
        }
    }
}

/// The tab: a link to try the form, and what a website needs to show it.
pub(crate) async fn embed(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let path = format!("/f/{}", record.text("token"));
    let snippet = format!(
        "<iframe src=\"https://{}{path}\" title=\"{}\" style=\"width:100%;height:720px;border:0\" loading=\"lazy\"></iframe>",
        loc.t("form-your-host"),
        record.text("name").replace(['"', '<', '>', '&'], "")
    );
    let open = record.text("sites").trim().is_empty();
    let active = record.get("active").truth() == Some(true) && record.archived_at.is_none();
    Ok(html! {
        div.stack.l style="padding:14px" {
            @if !active { (ui::callout(Tone::Warn, loc.t("form-not-active"))) }
            p { (loc.t("form-embed-text")) }
            textarea.textarea readonly rows="4" aria-label=(loc.t("form-snippet")) style="font-family:monospace;width:100%" { (snippet) }
            p.sm.mut { (loc.t("form-embed-host")) }
            @if open { (ui::callout(Tone::Info, loc.t("form-no-sites"))) }
            div.btn-row { (ui::btn(loc.t("form-try")).icon("external-link").href(path).attr("target", "_blank")) }
        }
    })
}
