//! The public page on which anybody writes a complaint: it becomes a case at once, and its writer gets the page of it.

use crate::{
    Ports,
    case::link::{self, limit},
    hours,
};
use axum::{http::StatusCode, response::IntoResponse};
use maud::{Markup, html};
use zhike_contract::Sought;
use zhike_kernel::{Error, Kind, Result, Values, error::FieldError};
use zhike_store::{Ctx, Query as _, binds, write};
use zhike_web::{
    Answer, Fields, Form, PUBLIC, Query, Routes, Visit,
    answer::{html_with, see_other},
    ui::{self, Field, Tone},
};

/// A field that people do not see and programs fill in.
const TRAP: &str = "website";

/// Its routes.
pub(crate) fn routes(ports: &Ports) -> Routes {
    let ports = ports.clone();
    Routes::new()
        .get("/complain", PUBLIC, |visit: Visit, Query(q): Query| {
            Box::pin(show(visit, q))
        })
        .post(
            "/complain",
            PUBLIC,
            move |visit: Visit, Query(q): Query, Form(f): Form| {
                let ports = ports.clone();
                Box::pin(async move { take(&ports, visit, q, f).await })
            },
        )
}

async fn show(visit: Visit, q: Fields) -> Answer {
    limit(&visit.ctx, &visit.peer, "look").await?;
    let visit = visit.speaking(&q, None);
    html_with(StatusCode::OK, page(&visit, &Fields::default(), None).await?)
}

async fn page(visit: &Visit, f: &Fields, problem: Option<&Error>) -> Result<Markup> {
    let loc = &visit.loc;
    let open = hours::settings(visit.db()).await?.form;
    let error = |name: &str| {
        let found = problem.and_then(|e| e.fields.iter().find(|w| w.field == name));
        found.map(|w| loc.field_error(w))
    };
    let field = |name: &str, required: bool| {
        Field::new(
            name,
            loc.t(&format!(
                "complain-{}",
                if name == "text" { "text-label" } else { name }
            )),
        )
        .required(required)
        .error(error(name))
    };
    let typed = |name: &str| f.get(name).unwrap_or("").to_owned();
    let helps = match f.filled("subject") {
        Some(text) => crate::beyond::article::fitting(&visit.ctx, text, !loc.is_zh(), true).await?,
        None => vec![],
    };
    let main = html! {
        div.stack.l.public {
            div { b { (visit.app.company) } }
            h1 { (loc.t("complain-title")) }
            @if !open { (ui::callout(Tone::Info, loc.t("complain-closed"))) } @else {
                p.mut { (loc.t("complain-text")) }
                @if let Some(e) = problem { @if e.fields.is_empty() { (ui::form_errors(&[loc.error(e)])) } @else { (ui::callout(Tone::Bad, loc.t("complain-again"))) } }
                @for a in &helps { details.card { summary style="padding:12px 14px" { (a.name) } p.pre style="padding:0 14px 12px" { (a.body) } } }
                form.stack method="post" action={ "/complain?lang=" (loc.lang.code()) } {
                    div aria-hidden="true" style="position:absolute;left:-9999px;height:1px;overflow:hidden" {
                        label { "Website" input type="text" name=(TRAP) tabindex="-1" autocomplete="off" value=(typed(TRAP)); }
                    }
                    (field("name", true).attr("autocomplete", "name").text(&typed("name")))
                    div.g2 {
                        (field("email", false).attr("autocomplete", "email").email(&typed("email")))
                        (field("phone", false).attr("autocomplete", "tel").phone(&typed("phone")))
                    }
                    (field("order", false).text(&typed("order")))
                    (field("subject", true).text(&typed("subject")))
                    (field("text", true).textarea(&typed("text"), 6))
                    div.btn-row { (ui::btn(loc.t("complain-send")).primary().large().submit()) }
                }
            }
        }
    };
    Ok(ui::bare(loc, &loc.t("complain-title"), "/complain", main))
}

async fn take(ports: &Ports, visit: Visit, q: Fields, f: Fields) -> Answer {
    limit(&visit.ctx, &visit.peer, "form").await?;
    let visit = visit.speaking(&q, None);
    match keep(ports, &visit, &f).await {
        Ok(path) => see_other(&format!("{path}?lang={}", visit.loc.lang.code())),
        Err(e) if matches!(e.kind, Kind::Invalid | Kind::Refused) => {
            let mut reply = page(&visit, &f, Some(&e)).await?.into_response();
            *reply.status_mut() = zhike_web::answer::status(e.kind);
            Ok(reply)
        }
        Err(e) => Err(e.into()),
    }
}

async fn keep(ports: &Ports, visit: &Visit, f: &Fields) -> Result<String> {
    if !hours::settings(visit.db()).await?.form {
        return Err(Error::refused("complain-closed"));
    }
    if f.filled(TRAP).is_some() {
        return Err(Error::refused("complain-program"));
    }
    let ty = visit.registry().get("case")?.clone();
    let mut wrong = vec![];
    let mut bad = |field: &str, code| {
        wrong.push(FieldError {
            field: field.into(),
            code,
            args: vec![],
        });
    };
    for name in ["name", "subject", "text"] {
        if f.filled(name).is_none() {
            bad(name, "error-required");
        }
    }
    if f.filled("email").is_none() && f.filled("phone").is_none() {
        bad("email", "error-complain-contact");
    }
    let mut values = Values::new();
    let pairs = [
        ("subject", "subject"),
        ("text", "description"),
        ("name", "contact_name"),
        ("email", "contact_email"),
        ("phone", "contact_phone"),
    ];
    for (sent, name) in pairs {
        match ty.need(name)?.parse(f.get(sent).unwrap_or(""), visit.house.currency) {
            Ok(value) => {
                values.insert(name.into(), value);
            }
            Err(e) => bad(sent, e.code),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::fields(wrong));
    }
    values.insert("kind".into(), "complaint".into());
    values.insert("channel".into(), "web".into());
    values.insert("language".into(), if visit.loc.is_zh() { "zh" } else { "en" }.into());
    let house = Ctx::system(&visit.house, visit.door);
    let tx = house.begin().await?;
    let text = |name: &str| {
        values
            .get(name)
            .and_then(zhike_kernel::Value::text)
            .unwrap_or("")
            .to_owned()
    };
    let who = Sought {
        name: text("contact_name"),
        phone: text("contact_phone"),
        email: text("contact_email"),
    };
    let party = ports.parties.known(&house, &tx, &who, "complaint").await?;
    values.insert("party_id".into(), party.into());
    if let Some(number) = f.filled("order") {
        let sql = "SELECT id FROM order_order WHERE number = $1 AND party_id = $2 AND archived_at IS NULL";
        let row = tx.one(sql, binds![number, party]).await?;
        values.insert("order_id".into(), row.map(|r| r.int(0)).transpose()?.into());
    }
    let id = write::insert_many(&house, &tx, &ty, vec![values], None)
        .await?
        .first()
        .copied()
        .ok_or_else(Error::missing)?;
    let link = link::of_case(&tx, id).await?;
    tx.commit().await?;
    Ok(link::path(&visit.app.secret, &link))
}
