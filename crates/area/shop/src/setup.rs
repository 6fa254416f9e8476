//! A shop as it is set up: its rules, its secret (kept apart, never shown again), the address that it calls, how it stands.

use crate::kinds::KINDS;
use async_trait::async_trait;
use axum::{extract::Path, http::StatusCode};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use maud::html;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use zhike_kernel::{Actor, Currency, Door, Error, Result, Value, Values};
use zhike_store::{Ctx, Event, Hooks, Query, Record, Tx, binds, read, registry::Saved};
use zhike_web::{
    Answer, Form, Json as Body, Screen, Visit,
    answer::{go_saying, json as answer},
    seal, ui,
};

pub(crate) const EDIT: &str = "shop.edit";
pub(crate) const ASKS: &str = r#"{"type":"object","required":["version"],"properties":{"version":{"type":"integer"},"secret":{"type":"string"},
"make":{"type":"boolean"}}}"#;
pub(crate) const TELLS: &str = r#"{"type":"object","properties":{"id":{"type":"integer"},"version":{"type":"integer"},
"secret":{"type":["string","null"]},"hook":{"type":"string"}}}"#;

/// A shop.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    pub id: i64,
    pub name: String,
    pub kind: String,
    pub currency: Currency,
    pub owner: Option<i64>,
    /// Paid orders are invoiced here.
    pub bills: bool,
}

/// Out of its record.
pub(crate) fn of(ctx: &Ctx, record: &Record) -> Shop {
    Shop {
        id: record.id,
        name: record.text("name").to_owned(),
        kind: record.text("kind").to_owned(),
        currency: Currency::parse(record.text("currency")).unwrap_or(ctx.house.currency),
        owner: record.int("owner_id"),
        bills: record.get("bills").truth() != Some(false),
    }
}

/// The shop at work: what is written bears its name.
pub(crate) fn speaker(ctx: &Ctx, shop: &Shop) -> Ctx {
    Ctx {
        actor: Arc::new(Actor {
            name: shop.name.clone(),
            ..Actor::system()
        }),
        ..Ctx::system(&ctx.house, Door::Api)
    }
}

/// A shop by its id, whoever asks.
pub(crate) async fn need(ctx: &Ctx, q: &dyn Query, id: i64) -> Result<Shop> {
    let system = Ctx::system(&ctx.house, Door::Job);
    let record = read::need(&system, q, ctx.registry().get("shop")?, id).await?;
    Ok(of(ctx, &record))
}

/// The shop behind an address, with its secret. One that is switched off hears nothing.
pub(crate) async fn by_hook(ctx: &Ctx, hook: &str) -> Result<Option<(Shop, String)>> {
    let sql = "SELECT s.id, k.secret FROM shop_secret k JOIN shop_shop s ON s.id = k.shop_id \
               WHERE k.hook = $1 AND s.active AND s.archived_at IS NULL";
    let Some(row) = ctx.db().one(sql, binds![hook]).await? else {
        return Ok(None);
    };
    Ok(Some((need(ctx, ctx.db(), row.int(0)?).await?, row.text(1)?)))
}

/// The part of its address, and whether it has a secret.
pub(crate) async fn hook(q: &dyn Query, id: i64) -> Result<(String, bool)> {
    let sql = "SELECT hook, secret FROM shop_secret WHERE shop_id = $1";
    let row = q.one(sql, binds![id]).await?;
    row.map_or(Ok(Default::default()), |r| Ok((r.text(0)?, !r.text(1)?.is_empty())))
}

/// The path that it calls.
pub(crate) fn path(hook: &str) -> String {
    format!("/api/v1/shop-hooks/{hook}")
}

pub(crate) struct ShopHooks;

#[async_trait]
impl Hooks for ShopHooks {
    async fn check(&self, _tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let text = |name: &str| new.get(name).and_then(Value::text).unwrap_or("");
        if old.is_some_and(|o| KINDS.contains(&o.text("kind")) && o.text("kind") != text("kind")) {
            return Err(Error::field("kind", "error-shop-kind"));
        }
        let hours = new.get("cart_hours").and_then(Value::int);
        if hours.is_some_and(|h| !(1..=720).contains(&h)) {
            return Err(Error::field("cart_hours", "error-shop-hours"));
        }
        if text("currency").is_empty() {
            new.insert("currency".into(), ctx.house.currency.code().into());
        }
        Ok(())
    }

    async fn saved(&self, tx: &Tx, _ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        for row in rows.iter().filter(|r| r.old.is_none()) {
            let sql =
                "INSERT INTO shop_secret (shop_id, hook, secret) VALUES ($1, $2, '') ON CONFLICT (shop_id) DO NOTHING";
            tx.exec(sql, binds![row.id, seal::nonce()]).await?;
        }
        Ok(())
    }
}

/// A secret to keep, or to make.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    version: Option<i64>,
    #[serde(default)]
    secret: Option<String>,
    #[serde(default)]
    make: bool,
}

/// Keeps it; the shop's new version, and the secret if it was made here.
async fn keep(ctx: &Ctx, id: i64, given: &Given) -> Result<(i64, Option<String>)> {
    ctx.require(EDIT)?;
    let version = given.version.ok_or_else(|| Error::field("version", "error-required"))?;
    let typed = given.secret.as_deref().map(str::trim).filter(|s| !s.is_empty());
    let made = given.make.then(|| {
        let bytes = zhike_web::visit::new_secret();
        format!("whsec_{}", BASE64.encode(bytes.get(..24).unwrap_or(&bytes)))
    });
    let secret = made
        .as_deref()
        .or(typed)
        .ok_or_else(|| Error::field("secret", "error-required"))?;
    if !(12..=300).contains(&secret.len()) || !secret.chars().all(|c| c.is_ascii_graphic()) {
        return Err(Error::field("secret", "error-shop-secret"));
    }
    let tx = ctx.begin().await?;
    let ty = ctx.registry().get("shop")?.clone();
    read::need(ctx, &tx, &ty, id).await?;
    let sql = "UPDATE shop_shop SET version = version + 1, updated_at = $1 WHERE id = $2 AND version = $3";
    if tx.exec(sql, binds![tx.at.0, id, version]).await? != 1 {
        return Err(Error::stale());
    }
    tx.exec(
        "UPDATE shop_secret SET secret = $1 WHERE shop_id = $2",
        binds![secret, id],
    )
    .await?;
    let sql = "UPDATE shop_state SET trouble = NULL, trouble_at = NULL WHERE shop_id = $1";
    tx.exec(sql, binds![id]).await?;
    // That it changed is told; what it is stands nowhere else.
    let event = Event {
        kind: "shop.secret_changed.v1".into(),
        record_type: "shop",
        record: id,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await?;
    Ok((version + 1, made))
}

/// `POST /shops/{id}/secret`.
pub(crate) async fn page(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let given = Given {
        version: f.int("version"),
        secret: f.get("secret").map(str::to_owned),
        make: f.get("make").is_some(),
    };
    let (_, made) = keep(&visit.ctx, id, &given).await?;
    let (loc, back) = (&visit.loc, format!("/shops/{id}"));
    let Some(secret) = made else {
        return go_saying(&visit, &back, &loc.t("shop-secret-kept"), None);
    };
    // Shown this once, on a page of its own.
    let body = html! {
        (ui::callout(ui::Tone::Warn, html! { p { (loc.t("shop-secret-once")) } p { code #made-secret style="overflow-wrap:anywhere" { (secret) } } }))
        div.btn-row { (ui::btn(loc.t("web-back")).href(back)) }
    };
    Screen::new(&visit, loc.t("shop-secret"), "shop").show(ui::page_body(body))
}

/// `PUT /api/v1/shops/{id}/secret`.
pub(crate) async fn api(visit: Visit, Path(id): Path<i64>, Body(given): Body<Given>) -> Answer {
    let (version, made) = keep(&visit.ctx, id, &given).await?;
    let (hook, _) = hook(visit.db(), id).await?;
    answer(
        StatusCode::OK,
        &json!({"id": id, "version": version, "secret": made, "hook": path(&hook)}),
    )
}

/// A message of the shop was taken in well.
pub(crate) async fn good(tx: &Tx, id: i64) -> Result<()> {
    let sql = "INSERT INTO shop_state (shop_id, good_at) VALUES ($1, $2) ON CONFLICT (shop_id) DO UPDATE SET good_at = excluded.good_at";
    tx.exec(sql, binds![id, tx.at.0]).await.map(|_| ())
}

/// Something of the shop came.
pub(crate) async fn heard(tx: &Tx, id: i64) -> Result<()> {
    let sql = "INSERT INTO shop_state (shop_id, heard_at) VALUES ($1, $2) ON CONFLICT (shop_id) DO UPDATE SET heard_at = excluded.heard_at, \
               trouble = NULL, trouble_at = NULL";
    tx.exec(sql, binds![id, tx.at.0]).await.map(|_| ())
}

/// Somebody called its address without being the shop.
pub(crate) async fn trouble(ctx: &Ctx, id: i64, code: &str) -> Result<()> {
    let tx = ctx.begin().await?;
    let sql = "INSERT INTO shop_state (shop_id, trouble, trouble_at) VALUES ($1, $2, $3) ON CONFLICT (shop_id) DO UPDATE SET \
               trouble = excluded.trouble, trouble_at = excluded.trouble_at";
    tx.exec(sql, binds![id, code, tx.at.0]).await?;
    tx.commit().await
}
