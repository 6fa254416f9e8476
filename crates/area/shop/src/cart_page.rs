//! A cart on its page: what lies in it, and writing to whoever left it. An offer is promotion: the gate decides whether it goes.

use crate::{Ports, carts};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use zhike_contract::{
    Channel,
    gate::{Ask, Class, Verdict},
    outbound::Message,
};
use zhike_kernel::{Currency, Error, Result, Value, Values};
use zhike_store::{Ctx, Record, binds, read, write};
use zhike_web::{
    Answer, Form, Json as Body, Lang, Locale, Place, Tab, Visit,
    answer::{go_saying, json as answer},
    ui,
};

/// Longest words.
const MOST: usize = 10_000;

pub(crate) const ASKS: &str = r#"{"type":"object","required":["version","subject","body"],"properties":{"version":{"type":"integer"},
"subject":{"type":"string"},"body":{"type":"string"}}}"#;
pub(crate) const TELLS: &str = r#"{"type":"object","properties":{"message":{"type":"integer"},"verdict":{"enum":["allowed","later","elsewhere","withheld"]}}}"#;

/// The pieces.
pub(crate) fn tabs(ports: &Ports) -> Vec<Tab> {
    let ports = ports.clone();
    vec![
        Tab::new("cart", "goods", Place::Tab, -10, "cart.view", |v, r| {
            Box::pin(goods(v, r))
        }),
        Tab::new("cart", "write", Place::Action, 10, "cart.edit", move |v, r| {
            let ports = ports.clone();
            Box::pin(async move { button(&ports, v, r).await })
        }),
    ]
}

fn currency(visit: &Visit, cart: &Record) -> Currency {
    Currency::parse(cart.text("currency")).unwrap_or(visit.house.currency)
}

async fn goods(visit: &Visit, cart: &Record) -> Result<Markup> {
    let (loc, c) = (&visit.loc, currency(visit, cart));
    let lines = carts::goods(visit.db(), cart.id).await?;
    if lines.is_empty() {
        return Ok(ui::empty(
            "shopping-cart",
            &loc.t("cart-empty"),
            &loc.t("cart-empty-text"),
            html! {},
        ));
    }
    let table = html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("cart-line")) }
                th.r scope="col" { (loc.t("cart-quantity")) }
                th.r scope="col" { (loc.t("cart-net")) }
                th.r scope="col" { (loc.t("cart-tax")) }
            } }
            tbody data-rows { @for l in &lines { tr {
                td { (l.name) @if !l.sku.is_empty() { " " span.xs.mut.mono { (l.sku) } } }
                td.r { (ui::qty(loc, l.quantity)) }
                td.r { (ui::money_full(loc, l.net, c)) }
                td.r { (ui::money_full(loc, l.tax, c)) }
            } } }
        } }
    };
    let sum = cart.int("value").unwrap_or(0);
    Ok(html! {
        (ui::card(loc.t("cart-tab-goods")).note(loc.money_full(sum, c)).flush(table))
    })
}

/// Words to begin with, in the customer's language.
fn draft(loc: &Locale, cart: &Record, lines: &[crate::doc::Line]) -> (String, String) {
    let names: Vec<&str> = lines
        .iter()
        .map(|l| l.name.as_str())
        .filter(|n| !n.is_empty())
        .take(5)
        .collect();
    let goods = names.join(if loc.is_zh() { "、" } else { ", " });
    let args = [
        ("name", cart.text("name").into()),
        ("goods", goods.into()),
        ("link", cart.text("link").into()),
    ];
    (loc.tv("cart-letter-subject", &args), loc.tv("cart-letter", &args))
}

async fn button(ports: &Ports, visit: &Visit, cart: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    if cart.text("state") != "left" || cart.archived_at.is_some() {
        return Ok(html! {});
    }
    let Some(party) = cart.int("party_id") else {
        return Ok(html! { (ui::btn(loc.t("cart-write")).icon("send").disabled(&loc.t("cart-nobody"))) });
    };
    let speaks = ports.gate.language(&visit.ctx, visit.db(), party).await?;
    let lang = speaks.as_deref().and_then(Lang::parse).unwrap_or(loc.lang);
    let other = Locale { lang, ..loc.clone() };
    let lines = carts::goods(visit.db(), cart.id).await?;
    let (subject, body) = draft(&other, cart, &lines);
    let form = html! {
        form.stack method="post" action={ "/carts/" (cart.id) "/write" } {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &cart.version.to_string()))
            p.sm.mut { (loc.t("cart-write-text")) }
            (ui::Field::new("subject", loc.t("cart-subject")).required(true).text(&subject))
            (ui::Field::new("body", loc.t("cart-body")).required(true).textarea(&body, 10))
            div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(loc.t("cart-send")).primary().icon("send").submit()) }
        }
    };
    Ok(html! {
        (ui::btn(loc.t("cart-write")).icon("send").opens("cart-write"))
        (ui::dialog("cart-write", &loc.t("cart-write"), form))
    })
}

/// What is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    version: Option<i64>,
    subject: String,
    body: String,
}

async fn write_to(ctx: &Ctx, ports: &Ports, id: i64, said: &Said) -> Result<(i64, Verdict)> {
    ctx.require("cart.edit")?;
    let version = said.version.ok_or_else(|| Error::field("version", "error-required"))?;
    for (name, text, most) in [("subject", &said.subject, 300), ("body", &said.body, MOST)] {
        if text.trim().is_empty() {
            return Err(Error::field(name, "error-required"));
        }
        if text.chars().count() > most {
            return Err(Error::field(name, "error-too-long").with("most", most));
        }
    }
    let ty = ctx.registry().get("cart")?.clone();
    let tx = ctx.begin().await?;
    // Of two who write at once, one finds it written.
    tx.exec("UPDATE shop_cart SET state = state WHERE id = $1", binds![id])
        .await?;
    let cart = read::need(ctx, &tx, &ty, id).await?;
    if cart.version != version {
        return Err(Error::stale());
    }
    if cart.text("state") != "left" {
        return Err(Error::refused("error-cart-state"));
    }
    let party = cart
        .int("party_id")
        .ok_or_else(|| Error::refused("error-cart-nobody"))?;
    let message = Message {
        ask: Ask {
            party,
            class: Class::Promotion,
            topic: String::new(),
            channel: Channel::Email,
            address: None,
            at: ctx.now(),
            may_change: true,
            may_wait: true,
            agreed: false,
        },
        subject: said.subject.trim().to_owned(),
        body: said.body.trim().to_owned(),
        record: Some(("cart", id)),
        // The cart's state keeps it from going twice; what was withheld may be tried again when the customer agreed.
        key: None,
    };
    let handed = ports.outbound.send(ctx, &tx, &message).await?;
    if handed.verdict != Verdict::Withheld {
        let new = Values::from([("state".to_owned(), Value::from("written"))]);
        write::update_from(ctx, &tx, &ty, cart, version, new).await?;
    }
    tx.commit().await?;
    Ok((handed.message, handed.verdict))
}

/// `POST /carts/{id}/write`.
pub(crate) async fn page(ports: Ports, visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let said = Said {
        version: f.int("version"),
        subject: f.get("subject").unwrap_or("").to_owned(),
        body: f.get("body").unwrap_or("").replace("\r\n", "\n"),
    };
    let (_, verdict) = write_to(&visit.ctx, &ports, id, &said).await?;
    visit.app.nudge.notify_one();
    let loc = &visit.loc;
    let words = match verdict {
        Verdict::Allowed => loc.t("cart-said-sent"),
        Verdict::Later(at) | Verdict::Elsewhere(_, at) => loc.tv("cart-said-later", &[("at", loc.stamp(at).into())]),
        Verdict::Withheld => loc.t("cart-said-withheld"),
    };
    go_saying(&visit, &format!("/carts/{id}"), &words, None)
}

/// `POST /api/v1/carts/{id}/write`.
pub(crate) async fn api(ports: Ports, visit: Visit, Path(id): Path<i64>, Body(said): Body<Said>) -> Answer {
    let (message, verdict) = write_to(&visit.ctx, &ports, id, &said).await?;
    visit.app.nudge.notify_one();
    answer(StatusCode::OK, &json!({"message": message, "verdict": verdict.word()}))
}
