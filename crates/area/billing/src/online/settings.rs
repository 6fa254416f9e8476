//! Setting up how customers pay: the provider with its keys, the company's bank account. A key that is kept is not shown
//! again; an empty field leaves it as it is.

use super::keep::{self, Keys, Setup};
use axum::http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Error, Kind, Result, Stamp};
use zhike_outward::Outward;
use zhike_store::{Event, Query as _, binds};
use zhike_web::{
    Form, Json, Screen, Visit,
    answer::{Answer, go_saying, json as json_answer},
    ui,
};

/// What is sent by the page and by programs. An absent key stays as it is, an empty one too; `forget` takes both away.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Ask {
    on: bool,
    base: String,
    site: String,
    holder: String,
    bank: String,
    account: String,
    bic: String,
    note: String,
    secret_key: String,
    webhook_secret: String,
    forget_keys: bool,
}

fn line(text: &str, field: &str, most: usize) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > most || text.chars().any(|c| c.is_control() && c != '\n' && c != '\r') {
        return Err(Error::field(field, "error-online-payment-text"));
    }
    Ok(text.to_owned())
}

fn at_field(e: Error, field: &str) -> Error {
    Error::field(field, e.code)
}

async fn store(outward: &Outward, visit: &Visit, ask: &Ask) -> Result<()> {
    visit.require("system.edit")?;
    let setup = Setup {
        on: ask.on,
        base: line(&ask.base, "base", 300)?,
        site: line(&ask.site, "site", 300)?,
        holder: line(&ask.holder, "holder", 200)?,
        bank: line(&ask.bank, "bank", 200)?,
        account: line(&ask.account, "account", 60)?,
        bic: line(&ask.bic, "bic", 20)?,
        note: line(&ask.note, "note", 1_000)?,
    };
    if !setup.base.is_empty() {
        outward.judge(&setup.base).map_err(|e| at_field(e, "base"))?;
    }
    if !setup.site.is_empty() && !setup.site.starts_with("https://") && !setup.site.starts_with("http://") {
        return Err(Error::field("site", "error-outward-address"));
    }
    let tx = visit.ctx.begin().await?;
    let mut keys = if ask.forget_keys {
        Keys::default()
    } else {
        keep::keys(&tx).await?
    };
    for (given, kept, field) in [
        (&ask.secret_key, &mut keys.key, "secret_key"),
        (&ask.webhook_secret, &mut keys.webhook, "webhook_secret"),
    ] {
        let given = given.trim();
        if given.is_empty() {
            continue;
        }
        if given.len() > 400 || !given.chars().all(|c| c.is_ascii_graphic()) {
            return Err(Error::field(field, "error-online-payment-key"));
        }
        given.clone_into(kept);
    }
    if setup.on && keys.key.is_empty() {
        return Err(Error::field("secret_key", "error-online-payment-no-key"));
    }
    // Without it the money would come and nobody would know.
    if setup.on && keys.webhook.is_empty() {
        return Err(Error::field("webhook_secret", "error-online-payment-no-key"));
    }
    keep::set(&tx, &setup, &keys).await?;
    let event = Event {
        kind: "online_payment.changed.v1".into(),
        record_type: "setting",
        note: Some(if setup.on { "on" } else { "off" }.into()),
        ..Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await?;
    tx.commit().await
}

async fn show(visit: &Visit, setup: &Setup, problem: Option<&Error>) -> Answer {
    let loc = &visit.loc;
    let keys = keep::keys(visit.db()).await?;
    let error = |name: &str| {
        let found = problem.and_then(|e| e.fields.iter().find(|f| f.field == name));
        found.map(|f| loc.field_error(f))
    };
    let field = |name: &str| ui::Field::new(name, loc.t(&format!("online-payment-{name}"))).error(error(name));
    let hint = |kept: &str| {
        loc.t(if kept.is_empty() {
            "online-payment-key-none"
        } else {
            "online-payment-key-kept"
        })
    };
    let webhook = "/api/v1/pay/stripe/webhook";
    let form = html! {
        form.stack.l method="post" action="/online-payments" autocomplete="off" {
            (ui::hidden("csrf", &visit.csrf))
            (ui::card(loc.t("online-payment-bank-title")).note(loc.t("online-payment-bank-note")).body(html! {
                div.form-grid {
                    (field("holder").text(&setup.holder))
                    (field("bank").text(&setup.bank))
                    (field("account").text(&setup.account))
                    (field("bic").text(&setup.bic))
                    (field("note").hint(loc.t("online-payment-note-hint")).textarea(&setup.note, 2))
                }
            }))
            (ui::card(loc.t("online-payment-provider-title")).note(loc.t("online-payment-provider-note")).body(html! {
                div.stack {
                    (field("on").switch(setup.on))
                    div.form-grid {
                        (field("secret_key").hint(hint(&keys.key)).password("off"))
                        (field("webhook_secret").hint(hint(&keys.webhook)).password("off"))
                        (field("base").hint(loc.t("online-payment-base-hint")).text(&setup.base))
                        (field("site").hint(loc.t("online-payment-site-hint")).text(&setup.site))
                    }
                    @if !keys.key.is_empty() || !keys.webhook.is_empty() { (field("forget_keys").checkbox(false)) }
                    div.row { span.sm { (loc.t("online-payment-webhook")) } " " code { (webhook) } span.sp {} (ui::icon_btn("copy", loc.t("pay-link-copy")).small().attr("data-copy", webhook)) }
                }
            }))
            @if visit.may("system.edit") { (ui::submit_row(loc, None, &loc.t("web-save"))) }
        }
    };
    let body = html! { (form) (notices(visit).await?) };
    Screen::new(visit, loc.t("nav-online_payment"), "online_payment").show(ui::page_body(body))
}

/// What the provider told lately.
async fn notices(visit: &Visit) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT n.kind, n.outcome, n.at, n.invoice_id, i.number FROM billing_pay_notice n \
               LEFT JOIN billing_invoice i ON i.id = n.invoice_id ORDER BY n.id DESC LIMIT 20";
    let rows = visit.db().all(sql, binds![]).await?;
    let table = html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("online-payment-when")) }
                th scope="col" { (loc.t("online-payment-what")) }
                th scope="col" { (loc.t("online-payment-outcome")) }
                th scope="col" { (loc.t("invoice-one")) }
            } }
            tbody {
                @for r in &rows { tr {
                    td.num { (loc.stamp(Stamp(r.int(2)?))) }
                    td { code { (r.text(0)?) } }
                    td { (loc.t(&format!("online-payment-outcome-{}", r.text(1)?))) }
                    td { @if let (Some(id), Some(number)) = (r.opt_int(3)?, r.opt_text(4)?) { a.link.num href={ "/invoices/" (id) } { (number) } } }
                } }
            }
        }
    };
    Ok(html! {
        @if rows.is_empty() { (ui::empty("bell", &loc.t("online-payment-no-notice"), &loc.t("online-payment-no-notice-text"), html! {})) }
        @else { (ui::card(loc.t("online-payment-notices")).flush(table)) }
    })
}

/// `GET /online-payments`.
pub(crate) async fn page(visit: Visit) -> Answer {
    let setup = keep::get(visit.db()).await?;
    show(&visit, &setup, None).await
}

/// `POST /online-payments`.
pub(crate) async fn save(outward: Outward, visit: Visit, Form(f): Form) -> Answer {
    let of = |name: &str| f.get(name).unwrap_or("").to_owned();
    let ask = Ask {
        on: f.get("on").is_some(),
        base: of("base"),
        site: of("site"),
        holder: of("holder"),
        bank: of("bank"),
        account: of("account"),
        bic: of("bic"),
        note: of("note"),
        secret_key: of("secret_key"),
        webhook_secret: of("webhook_secret"),
        forget_keys: f.get("forget_keys").is_some(),
    };
    match store(&outward, &visit, &ask).await {
        Ok(()) => go_saying(&visit, "/online-payments", &visit.loc.t("online-payment-saved"), None),
        Err(e) if e.kind == Kind::Invalid => {
            let typed = Setup {
                on: ask.on,
                base: ask.base,
                site: ask.site,
                holder: ask.holder,
                bank: ask.bank,
                account: ask.account,
                bic: ask.bic,
                note: ask.note,
            };
            let mut answer = show(&visit, &typed, Some(&e)).await?;
            *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(answer)
        }
        Err(e) => Err(e.into()),
    }
}

/// `GET /api/v1/online-payments`: everything but the keys.
pub(crate) async fn api(visit: Visit) -> Answer {
    let (setup, keys) = (keep::get(visit.db()).await?, keep::keys(visit.db()).await?);
    let mut out = serde_json::to_value(&setup).map_err(Error::broken)?;
    out["secret_key_set"] = json!(!keys.key.is_empty());
    out["webhook_secret_set"] = json!(!keys.webhook.is_empty());
    json_answer(StatusCode::OK, &out)
}

/// `PUT /api/v1/online-payments`.
pub(crate) async fn api_save(outward: Outward, visit: Visit, Json(ask): Json<Ask>) -> Answer {
    store(&outward, &visit, &ask).await?;
    api(visit).await
}
