//! A shop on its page: what came of its messages, taking refused ones again, how it stands, and the address to paste there.

use crate::{
    message::{self, Message},
    setup::{self, EDIT},
};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde_json::json;
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Query as _, Record, binds, read};
use zhike_web::{
    Answer, Place, Query, Tab, Visit,
    answer::{go_saying, html as page_html, json as answer},
    ui,
};

/// Messages shown at once.
const SHOWN: i64 = 50;

/// The pieces.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new("shop", "messages", Place::Tab, -10, "shop.view", |v, r| {
            Box::pin(async move { messages(v, r.id, false, None).await })
        }),
        Tab::new("shop", "state", Place::Rail, 10, "shop.view", |v, r| {
            Box::pin(state(v, r))
        }),
        Tab::new("shop", "secret", Place::Action, 10, EDIT, |v, r| {
            Box::pin(async move { Ok(secret(v, r)) })
        }),
    ]
}

fn hue(outcome: &str) -> ui::Hue {
    match outcome {
        "applied" => ui::Hue::Green,
        "refused" => ui::Hue::Red,
        "received" => ui::Hue::Amber,
        _ => ui::Hue::Grey,
    }
}

/// The topic in words, where it is one of those that we take.
fn topic(visit: &Visit, m: &Message) -> String {
    let word = match m.topic.split(['.', '/']).next().unwrap_or("") {
        "order" | "orders" | "refunds" => "order",
        "customer" | "customers" => "customer",
        "product" | "products" => "product",
        "checkouts" | "action" => "cart",
        _ => match &m.record {
            Some((ty, _)) if ty == "party" => "customer",
            Some((ty, _)) if matches!(ty.as_str(), "order" | "product" | "cart") => ty,
            _ => "other",
        },
    };
    visit.loc.t(&format!("shop-topic-{word}"))
}

async fn row(visit: &Visit, shop: i64, m: &Message) -> Result<Markup> {
    let loc = &visit.loc;
    let link = match &m.record {
        Some((ty, id)) => match visit.registry().get(ty) {
            Ok(t) => {
                let names = read::titles(visit.db(), visit.registry(), ty, &[*id], visit.latin).await?;
                Some((t.url(*id), names.get(id).cloned().unwrap_or_else(|| format!("#{id}"))))
            }
            Err(_) => None,
        },
        None => None,
    };
    Ok(html! { tr {
        td.num { time title=(loc.stamp(m.received_at)) { (loc.relative(m.received_at, visit.now())) } }
        td { (topic(visit, m)) @if !m.topic.is_empty() { " " span.xs.dim { (m.topic) } } }
        td { @if m.remote.is_empty() { "—" } @else { span.mono style="overflow-wrap:anywhere" { (m.remote) } } }
        td { (ui::badge(hue(&m.outcome), &loc.t(&format!("shop-outcome-{}", m.outcome)))) }
        td {
            @if let Some((url, name)) = &link { a.link href=(url) { (name) } }
            @if m.outcome == "refused" {
                p.sm { @if let Some(field) = &m.field { code { (field) } " " } (m.words(loc).unwrap_or_default()) }
                @if visit.may(EDIT) {
                    form data-stay method="post" action={ "/shops/" (shop) "/messages/" (m.id) "/again" } style="margin:4px 0 0" {
                        (ui::hidden("csrf", &visit.csrf))
                        (ui::btn(loc.t("shop-again")).small().icon("refresh").submit())
                    }
                }
            }
        }
    } })
}

async fn messages(visit: &Visit, shop: i64, refused: bool, before: Option<i64>) -> Result<Markup> {
    let loc = &visit.loc;
    let all = message::list(visit.db(), shop, refused, before, SHOWN).await?;
    let base = format!("/shops/{shop}/message-list");
    let wrong = message::refused(visit.db(), shop).await?;
    let part = |label: String, query: &str| {
        html! { button.btn.sm type="button" hx-get={ (base) (query) } hx-target="#shop-messages" hx-swap="outerHTML" { (label) } }
    };
    if all.is_empty() && !refused && before.is_none() {
        return Ok(ui::empty(
            "shopping-cart",
            &loc.t("shop-none"),
            &loc.t("shop-none-text"),
            html! {},
        ));
    }
    let mut rows = vec![];
    for m in &all {
        rows.push(row(visit, shop, m).await?);
    }
    let last = all
        .last()
        .filter(|_| i64::try_from(all.len()) == Ok(SHOWN))
        .map(|m| m.id);
    let table = html! {
        @if all.is_empty() { p.mut style="padding:14px 18px" { (loc.t("shop-no-refused")) } } @else {
            div.tbl-wrap { table.tbl.plain {
                thead { tr {
                    th scope="col" { (loc.t("shop-when")) }
                    th scope="col" { (loc.t("shop-what")) }
                    th scope="col" { (loc.t("shop-number")) }
                    th scope="col" { (loc.t("shop-outcome")) }
                    th scope="col" { (loc.t("shop-became")) }
                } }
                tbody data-rows { @for r in &rows { (r) } }
            } }
        }
    };
    let actions = html! {
        div.btn-row.wrap {
            (part(loc.t("shop-all"), ""))
            (part(loc.tv("shop-only-refused", &[("n", wrong.into())]), "?refused=1"))
        }
    };
    Ok(html! {
        div #shop-messages {
            (ui::card(loc.t("shop-messages")).actions(actions).flush(table))
            @if let Some(id) = last {
                div.btn-row { (part(loc.t("shop-older"), &format!("?before={id}{}", if refused { "&refused=1" } else { "" }))) }
            }
        }
    })
}

async fn need(visit: &Visit, id: i64) -> Result<Record> {
    read::need(&visit.ctx, visit.db(), visit.registry().get("shop")?, id).await
}

/// `GET /shops/{id}/message-list`.
pub(crate) async fn part(visit: Visit, Path(id): Path<String>, Query(q): Query) -> Answer {
    let shop = need(&visit, id.parse().map_err(|_| Error::missing())?).await?;
    page_html(messages(&visit, shop.id, q.filled("refused").is_some(), q.int("before")).await?)
}

/// `POST /shops/{id}/messages/{message}/again`.
pub(crate) async fn again(visit: Visit, Path((id, message)): Path<(String, i64)>) -> Answer {
    let shop = need(&visit, id.parse().map_err(|_| Error::missing())?).await?;
    message::again(&visit.ctx, shop.id, message).await?;
    visit.app.nudge.notify_one();
    go_saying(
        &visit,
        &format!("/shops/{}", shop.id),
        &visit.loc.t("shop-again-said"),
        None,
    )
}

pub(crate) const TELLS: &str = r#"{"type":"object","properties":{"data":{"type":"array","items":{"type":"object","properties":{
"id":{"type":"integer"},"topic":{"type":"string"},"remote":{"type":"string"},"received_at":{"type":"string"},
"outcome":{"enum":["received","applied","unchanged","older","ignored","refused"]},"code":{"type":["string","null"]},
"field":{"type":["string","null"]},"why":{"type":["string","null"]},"record":{"type":["object","null"]},"replays":{"type":"integer"}}}}}}"#;

fn told(visit: &Visit, m: &Message) -> serde_json::Value {
    json!({"id": m.id, "topic": m.topic, "remote": m.remote, "received_at": m.received_at.rfc3339(), "outcome": m.outcome,
        "code": m.code, "field": m.field, "why": m.words(&visit.loc), "replays": m.replays,
        "record": m.record.as_ref().map(|(ty, id)| json!({"type": ty, "id": id}))})
}

/// `GET /api/v1/shops/{id}/messages`.
pub(crate) async fn api_list(visit: Visit, Path(id): Path<i64>, Query(q): Query) -> Answer {
    let shop = need(&visit, id).await?;
    let refused = q.filled("refused").is_some();
    let all = message::list(visit.db(), shop.id, refused, q.int("before"), SHOWN).await?;
    let data: Vec<_> = all.iter().map(|m| told(&visit, m)).collect();
    answer(StatusCode::OK, &json!({"data": data}))
}

/// `POST /api/v1/shops/{id}/messages/{message}/again`.
pub(crate) async fn api_again(visit: Visit, Path((id, message)): Path<(i64, i64)>) -> Answer {
    let shop = need(&visit, id).await?;
    message::again(&visit.ctx, shop.id, message).await?;
    visit.app.nudge.notify_one();
    answer(StatusCode::ACCEPTED, &json!({"id": message, "outcome": "received"}))
}

async fn state(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT good_at, heard_at, trouble, trouble_at FROM shop_state WHERE shop_id = $1";
    let row = visit.db().one(sql, binds![record.id]).await?;
    let (mut good, mut heard, mut trouble, mut since) = (None, None, None, None);
    if let Some(r) = &row {
        (good, heard) = (r.opt_int(0)?.map(Stamp), r.opt_int(1)?.map(Stamp));
        (trouble, since) = (r.opt_text(2)?, r.opt_int(3)?.map(Stamp));
    }
    let (hook, ready) = setup::hook(visit.db(), record.id).await?;
    let wrong = message::refused(visit.db(), record.id).await?;
    let when = |at: Option<Stamp>| match at {
        Some(at) => html! { time.num title=(loc.stamp(at)) { (loc.relative(at, visit.now())) } },
        None => html! { "—" },
    };
    let active = record.get("active").truth() == Some(true);
    let (hue, word) = match (active, ready, trouble.is_some(), good.is_some()) {
        (false, ..) => (ui::Hue::Grey, "shop-paused"),
        (_, false, ..) => (ui::Hue::Amber, "shop-no-secret"),
        (.., true, _) => (ui::Hue::Red, "shop-wrong-calls"),
        (.., true) => (ui::Hue::Green, "shop-good"),
        _ => (ui::Hue::Grey, "shop-silent"),
    };
    let base = zhike_web::site::address(visit.db()).await?;
    let kind = record.text("kind");
    Ok(html! {
        (ui::card(loc.t("shop-state")).body(html! {
            p { (ui::badge(hue, &loc.t(word))) }
            @if let Some(code) = trouble.as_deref().filter(|_| active && ready) {
                p.sm { (loc.t(code)) " " span.mut { (when(since)) } }
                p.xs.mut { (loc.t("shop-mend")) }
            }
            (ui::kv(&[
                (loc.t("shop-good_at"), when(good)),
                (loc.t("shop-heard_at"), when(heard)),
                (loc.t("shop-refused"), html! { span.num { (loc.int(wrong)) } }),
            ]))
        }))
        @if visit.may(EDIT) {
            (ui::card(loc.t("shop-hook")).body(html! {
                p.sm.mut { (loc.t(&format!("shop-hook-{kind}"))) }
                p.xs { code #shop-hook style="overflow-wrap:anywhere" { (base) (setup::path(&hook)) } }
                @if base.is_empty() { p.xs.mut { (loc.t("shop-no-site")) } }
            }))
        }
    })
}

fn secret(visit: &Visit, record: &Record) -> Markup {
    let loc = &visit.loc;
    let kind = record.text("kind");
    let head = html! { (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &record.version.to_string())) };
    let action = format!("/shops/{}/secret", record.id);
    let form = html! {
        form.stack method="post" action=(action) autocomplete="off" {
            (head)
            (ui::Field::new("secret", loc.t("shop-secret")).hint(loc.t(&format!("shop-secret-{kind}"))).required(true).password("new-password"))
            div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(loc.t("web-save")).primary().submit()) }
        }
        @if kind != "shopify" {
            form.stack method="post" action=(action) {
                (head) (ui::hidden("make", "1"))
                p.sm.mut { (loc.t("shop-secret-make-text")) }
                div.btn-row { (ui::btn(loc.t("shop-secret-make")).icon("key").submit()) }
            }
        }
    };
    html! {
        (ui::btn(loc.t("shop-secret")).icon("key").opens("shop-secret"))
        (ui::dialog("shop-secret", &loc.t("shop-secret"), form))
    }
}
