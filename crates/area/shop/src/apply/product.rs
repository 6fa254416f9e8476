//! A product of a shop is the product with its SKU; one that is not there is made.

use super::Ended;
use crate::{doc::Product, link, setup::Shop};
use serde_json::Value as Json;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Tx, read, write};

fn fields(ctx: &Ctx, shop: &Shop, p: &Product) -> Result<Values> {
    let ty = ctx.registry().get("product")?.clone();
    let name = ty
        .need("name")?
        .parse(&p.name, ctx.house.currency)
        .unwrap_or(Value::Null);
    let mut out = Values::from([("name".to_owned(), name)]);
    if let Some(price) = p.price {
        out.insert("price".into(), price.into());
        out.insert("currency".into(), shop.currency.code().into());
    }
    Ok(out)
}

/// The SKU under which it is kept: its own, or one that nobody else has.
fn sku(shop: &Shop, p: &Product) -> String {
    match p.sku.is_empty() {
        true => format!("SHOP{}-{}", shop.id, p.remote),
        false => p.sku.clone(),
    }
}

/// The product of a line, by the shop's id or its SKU; none when it is not there.
pub(super) async fn find(ctx: &Ctx, tx: &Tx, shop: &Shop, remote: &str, sku: &str) -> Result<Option<i64>> {
    if !remote.is_empty()
        && let Some(l) = link::find(tx, shop.id, "product", remote).await?
        && link::alive(ctx, tx, "product", l.record).await?.is_some()
    {
        return Ok(Some(l.record));
    }
    if sku.is_empty() {
        return Ok(None);
    }
    let ty = ctx.registry().get("product")?.clone();
    let found = read::ids_by(tx, &ty, "sku", &[sku.to_owned()]).await?;
    Ok(found.into_values().flatten().next())
}

/// Finds or makes one; its id, and whether anything is different now.
pub(super) async fn settle(ctx: &Ctx, tx: &Tx, shop: &Shop, p: &Product) -> Result<(i64, bool)> {
    let (sku, now) = (sku(shop, p), fields(ctx, shop, p)?);
    let ty = ctx.registry().get("product")?.clone();
    let before = match p.remote.is_empty() {
        true => None,
        false => link::find(tx, shop.id, "product", &p.remote).await?,
    };
    let out = match find(ctx, tx, shop, &p.remote, &sku).await? {
        Some(id) => {
            let record = read::need(ctx, tx, &ty, id).await?;
            let said = before.map_or(Json::Null, |l| l.said);
            // A price in another currency than the house's list is none of its prices.
            let mut now = now.clone();
            if record.text("currency") != shop.currency.code() {
                now.remove("price");
                now.remove("currency");
            }
            (id, link::take_over(ctx, tx, "product", &record, &now, &said).await?)
        }
        None => {
            let mut values = now.clone();
            if p.name.is_empty() {
                return Err(Error::field("name", "error-required"));
            }
            values.insert("sku".into(), sku.into());
            values.insert("kind".into(), "goods".into());
            (write::create(ctx, tx, &ty, values).await?, true)
        }
    };
    if !p.remote.is_empty() {
        link::keep(tx, shop.id, "product", &p.remote, out.0, &link::said(&now)).await?;
    }
    Ok(out)
}

/// A product with all its variants.
pub(super) async fn settle_all(ctx: &Ctx, tx: &Tx, shop: &Shop, all: &[Product]) -> Result<Ended> {
    let mut ended = Ended::IGNORED;
    let mut any = false;
    for p in all {
        let (id, changed) = settle(ctx, tx, shop, p).await?;
        any |= changed;
        ended = Ended::of("product", id, any);
    }
    Ok(ended)
}
