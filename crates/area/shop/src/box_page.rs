//! The page of a message box, the script that puts it on another site, and the tab with what is to be pasted there. The page sets
//! no cookie, runs no script, and stands only within the sites that its box names.

use crate::{
    Ports,
    box_post::{self, Sent, TRAP},
    boxes::{self, MessageBox},
};
use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::IntoResponse,
};
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_store::Record;
use zhike_web::{
    Answer, Fields, Form, Locale, PUBLIC, Place, Query, Routes, Tab, Visit, embed, site,
    ui::{self, Field, Tone},
};

/// Its routes.
pub(crate) fn routes(ports: &Ports) -> Routes {
    let ports = ports.clone();
    Routes::new()
        .get("/embed/message.js", PUBLIC, script)
        .get(
            "/m/{token}",
            PUBLIC,
            |visit: Visit, Path(t): Path<String>, Query(q): Query| Box::pin(show(visit, t, q)),
        )
        .post(
            "/m/{token}",
            PUBLIC,
            move |visit: Visit, Path(t): Path<String>, Query(q): Query, Form(f): Form| {
                let ports = ports.clone();
                Box::pin(async move { take(&ports, visit, t, q, f).await })
            },
        )
}

/// `GET /embed/message.js`: the same for everybody, so any site may load it.
async fn script() -> Answer {
    let head = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    Ok((head, include_str!("embed.js")).into_response())
}

fn frame(of: &MessageBox, loc: &Locale, code: StatusCode, main: &Markup) -> Answer {
    embed::page(loc, code, &of.words(loc, "title"), &of.ancestors(), main)
}

/// The form: what was typed stands in it again, each complaint below its field.
fn sheet(visit: &Visit, of: &MessageBox, loc: &Locale, f: &Fields, sent: &Sent) -> Markup {
    let (errors, whole) = match sent {
        Sent::Wrong(errors, whole) => (errors.as_slice(), *whole),
        Sent::Thanks => (&[][..], None),
    };
    let fresh = matches!(sent, Sent::Thanks) || whole == Some("box-stale");
    let opened = match f.get("opened").filter(|_| !fresh) {
        Some(mark) => mark.to_owned(),
        None => box_post::opened(&visit.app.secret, &of.token, visit.now()),
    };
    let typed = |name: &str| f.get(name).unwrap_or("").to_owned();
    let field = |name: &str, required: bool| {
        let error = errors.iter().find(|e| e.field == name).map(|e| loc.field_error(e));
        Field::new(name, loc.t(&format!("box-ask-{name}")))
            .required(required)
            .error(error)
    };
    let unsaid = errors.iter().find(|e| e.field == "agreed").map(|e| loc.field_error(e));
    html! {
        p.mut.sm style="white-space:pre-wrap;margin:0" { (of.words(loc, "intro")) }
        @if let Some(key) = whole { (ui::callout(Tone::Warn, loc.t(key))) }
        @if !errors.is_empty() { (ui::callout(Tone::Bad, loc.t("box-look-again"))) }
        form.stack method="post" action={ "/m/" (of.token) "?lang=" (loc.lang.code()) } style="margin-top:12px" novalidate {
            (ui::hidden("opened", &opened)) (ui::hidden("visitor", &typed("visitor")))
            div aria-hidden="true" style="position:absolute;left:-9999px;height:1px;overflow:hidden" {
                label { "Website" input type="text" name=(TRAP) tabindex="-1" autocomplete="off" value=(typed(TRAP)); }
            }
            (field("body", true).textarea(&typed("body"), 5))
            (field("name", true).attr("autocomplete", "name").text(&typed("name")))
            (field("email", false).attr("autocomplete", "email").email(&typed("email")))
            (field("phone", false).attr("autocomplete", "tel").phone(&typed("phone")))
            div {
                label.sm style="display:flex;gap:8px;align-items:flex-start" {
                    input #agreed type="checkbox" name="agreed" value="1" checked[f.filled("agreed").is_some()] aria-invalid[unsaid.is_some()] style="margin-top:3px";
                    span style="white-space:pre-wrap" { (of.words(loc, "agreement")) }
                }
                @if let Some(words) = &unsaid { p.sm style="color:var(--bad,#b3261e);margin:4px 0 0" role="alert" { (words) } }
            }
            div.btn-row { (ui::btn(loc.t("box-send")).primary().large().submit()) }
        }
    }
}

async fn show(visit: Visit, token: String, q: Fields) -> Answer {
    let of = boxes::find(&visit.ctx, &token).await?;
    let loc = of.locale(&visit, q.get("lang"));
    // The number of a visitor who agreed to visits on the same site, if the script knows one.
    let visitor = Fields(vec![("visitor".to_owned(), q.get("visitor").unwrap_or("").to_owned())]);
    let main = sheet(&visit, &of, &loc, &visitor, &Sent::Thanks);
    frame(&of, &loc, StatusCode::OK, &main)
}

async fn take(ports: &Ports, visit: Visit, token: String, q: Fields, f: Fields) -> Answer {
    let of = boxes::find(&visit.ctx, &token).await?;
    let loc = of.locale(&visit, q.get("lang"));
    let sent = box_post::take(ports, &visit, &of, &loc, &f).await?;
    let code = match &sent {
        Sent::Thanks => {
            visit.app.nudge.notify_one();
            let main = html! {
                div #thanks role="status" style="margin-top:14px" {
                    (ui::callout(Tone::Good, html! { span style="white-space:pre-wrap" { (of.words(&loc, "thanks")) } }))
                }
            };
            return frame(&of, &loc, StatusCode::OK, &main);
        }
        Sent::Wrong(_, Some("box-too-many")) => StatusCode::TOO_MANY_REQUESTS,
        Sent::Wrong(..) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let main = sheet(&visit, &of, &loc, &f, &sent);
    frame(&of, &loc, code, &main)
}

/// The pieces of its record.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![Tab::new(
        "message_box",
        "embed",
        Place::Tab,
        -10,
        "message_box.view",
        |v, r| Box::pin(embed(v, r)),
    )]
}

/// What is to be pasted, and how the box looks.
async fn embed(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let base = match site::address(visit.db()).await? {
        base if base.is_empty() => format!("https://{}", loc.t("box-your-host")),
        base => base,
    };
    let plain = |text: String| text.replace(['"', '<', '>', '&'], "");
    let snippet = format!(
        "<script async src=\"{base}/embed/message.js\" data-box=\"{}\" data-side=\"{}\" data-label=\"{}\"></script>",
        record.text("token"),
        record.text("side"),
        plain(boxes::words(record, loc, "title")),
    );
    let active = record.get("active").truth() == Some(true) && record.archived_at.is_none();
    let path = format!("/m/{}", record.text("token"));
    let recent = box_post::recent(visit.db(), record.id, visit.now()).await?;
    Ok(html! {
        div.stack.l style="padding:14px" {
            @if !active { (ui::callout(Tone::Warn, loc.t("box-not-active"))) }
            p { (loc.t("box-embed-text")) }
            textarea.textarea #box-snippet readonly rows="4" aria-label=(loc.t("box-snippet")) style="font-family:monospace;width:100%" { (snippet) }
            p.sm.mut { (loc.t("box-policy")) " " code style="overflow-wrap:anywhere" { "script-src " (base) "; frame-src " (base) } }
            @if record.text("sites").trim().is_empty() { (ui::callout(Tone::Info, loc.t("box-no-sites"))) }
            p.sm { (loc.tv("box-recent", &[("n", recent.into())])) }
            @if active {
                (ui::card(loc.t("box-preview")).actions(html! { (ui::btn(loc.t("box-alone")).small().icon("external-link").href(path.clone()).attr("target", "_blank")) }).flush(html! {
                    iframe src=(path) title=(loc.t("box-preview")) loading="lazy" style="display:block;width:100%;max-width:400px;height:640px;border:0;margin:0 auto;background:#fff" {}
                }))
            }
        }
    })
}
