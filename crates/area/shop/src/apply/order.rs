//! An order of a shop is an order here: lines with discounts, tax and shipping come to what the shop says, to the cent. It goes
//! forward only, as the house's own orders do.

use super::{Ended, customer, money, product};
use crate::{
    Ports, carts,
    doc::{Line, Order, Product, State, day},
    fit::{self, Row},
    link,
    setup::Shop,
};
use serde_json::Value as Json;
use zhike_kernel::{Error, Result, Value, Values, line::MILLI, money::mul_div};
use zhike_store::{Ctx, Query, Record, Tx, binds, read, write};

/// The fields of a line.
async fn values(ctx: &Ctx, tx: &Tx, shop: &Shop, l: &Line, r: &Row) -> Result<Values> {
    let mut product = product::find(ctx, tx, shop, &l.product, &l.sku).await?;
    if product.is_none() && !l.sku.is_empty() {
        // It was sold before anybody told of it.
        let new = Product {
            remote: l.product.clone(),
            sku: l.sku.clone(),
            name: l.name.clone(),
            price: mul_div(l.before, MILLI, l.quantity),
        };
        product = Some(product::settle(ctx, tx, shop, &new).await?.0);
    }
    let name = Some(l.name.as_str()).filter(|n| !n.is_empty());
    Ok([
        ("product_id", Value::from(product)),
        ("description", name.map(str::to_owned).into()),
        ("quantity", l.quantity.into()),
        ("unit_price", r.unit_price.into()),
        ("discount", Some(r.discount).filter(|d| *d != 0).into()),
        ("tax_rate", r.tax_rate.into()),
    ]
    .into_iter()
    .map(|(k, v): (&str, Value)| (k.to_owned(), v))
    .collect())
}

fn said(o: &Order) -> Json {
    serde_json::to_value(&o.lines).unwrap_or(Json::Null)
}

fn line_key(o: &Order, l: &Line) -> String {
    format!("{}/{}", o.remote, l.remote)
}

async fn make(
    ctx: &Ctx,
    tx: &Tx,
    ports: &Ports,
    shop: &Shop,
    o: &Order,
    party: i64,
    rows: &[(Line, Row)],
) -> Result<i64> {
    let status = if o.state == State::Pending {
        "draft"
    } else {
        "confirmed"
    };
    let text = |t: &str| Value::from(Some(t.to_owned()).filter(|t| !t.is_empty()));
    let owner = read::need(ctx, tx, ctx.registry().get("party")?, party)
        .await?
        .int("owner_id");
    let head = [
        ("party_id", Value::from(party)),
        ("owner_id", owner.or(shop.owner).into()),
        ("status", status.into()),
        ("ordered_on", day(o.ordered_at, &ctx.house.zone, ctx.today()).into()),
        ("currency", o.currency.code().into()),
        ("channel", shop.name.as_str().into()),
        (
            "external_key",
            text(if o.number.is_empty() { &o.remote } else { &o.number }),
        ),
        // What is not there leaves later: the shop has sold it.
        ("partial", true.into()),
        ("note", text(&o.note)),
    ];
    let head = head.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
    let mut lines = vec![];
    for (position, (l, r)) in (1_i64..).zip(rows) {
        let mut line = values(ctx, tx, shop, l, r).await?;
        line.insert("position".into(), position.into());
        lines.push(line);
    }
    let id = ports.orders.make(ctx, tx, head, lines).await?;
    let sql = "SELECT id FROM order_line WHERE order_id = $1 AND archived_at IS NULL ORDER BY id";
    for (row, (l, _)) in tx.all(sql, binds![id]).await?.iter().zip(rows) {
        link::keep(tx, shop.id, "line", &line_key(o, l), row.int(0)?, &Json::Null).await?;
    }
    Ok(id)
}

/// Brings the lines in line with what the shop says now.
async fn relines(ctx: &Ctx, tx: &Tx, shop: &Shop, o: &Order, order: i64, rows: &[(Line, Row)]) -> Result<()> {
    let ty = ctx.registry().get("order_line")?.clone();
    let mut kept = vec![];
    for (position, (l, r)) in (1_i64..).zip(rows) {
        let mut new = values(ctx, tx, shop, l, r).await?;
        let key = line_key(o, l);
        let known = match link::find(tx, shop.id, "line", &key).await? {
            Some(l) => link::alive(ctx, tx, "order_line", l.record).await?,
            None => None,
        };
        match known {
            Some(line) => {
                write::update(ctx, tx, &ty, line.id, line.version, new).await?;
                kept.push(line.id);
            }
            None => {
                new.insert("order_id".into(), order.into());
                new.insert("position".into(), position.into());
                let ids = write::insert_many(ctx, tx, &ty, vec![new], None).await?;
                for id in ids {
                    link::keep(tx, shop.id, "line", &key, id, &Json::Null).await?;
                    kept.push(id);
                }
            }
        }
    }
    // What the shop took out. Lines that people added here are theirs.
    let sql = "SELECT l.record_id FROM shop_link l JOIN order_line o ON o.id = l.record_id WHERE l.shop_id = $1 AND l.kind = 'line' \
               AND o.order_id = $2 AND o.archived_at IS NULL ORDER BY l.record_id";
    for row in tx.all(sql, binds![shop.id, order]).await? {
        let id = row.int(0)?;
        if !kept.contains(&id) {
            let line = read::need(ctx, tx, &ty, id).await?;
            write::archive(ctx, tx, &ty, id, line.version, true).await?;
        }
    }
    Ok(())
}

async fn to(ctx: &Ctx, tx: &Tx, order: &Record, status: &str, more: Option<(&str, &str)>) -> Result<()> {
    let mut new = Values::from([("status".to_owned(), Value::from(status))]);
    if let Some((field, words)) = more {
        new.insert(field.to_owned(), words.into());
    }
    let ty = ctx.registry().get("order")?.clone();
    write::update(ctx, tx, &ty, order.id, order.version, new)
        .await
        .map(|_| ())
}

async fn cancel(ctx: &Ctx, tx: &Tx, shop: &Shop, order: &Record, why: &str) -> Result<bool> {
    if order.text("status") == "cancelled" {
        return Ok(false);
    }
    let why = if why.is_empty() { shop.name.as_str() } else { why };
    to(ctx, tx, order, "cancelled", Some(("cancel_reason", why))).await?;
    Ok(true)
}

/// Brings the order forward; true when it moved.
async fn advance(ctx: &Ctx, tx: &Tx, shop: &Shop, o: &Order, id: i64) -> Result<bool> {
    let order = read::need(ctx, tx, ctx.registry().get("order")?, id).await?;
    match (o.state, order.text("status")) {
        (State::Cancelled, _) => cancel(ctx, tx, shop, &order, &o.cancel_reason).await,
        (State::Confirmed | State::Shipped, "draft") => {
            // What is paid is no credit.
            let paid = (o.paid >= o.total).then_some(("credit_reason", shop.name.as_str()));
            to(ctx, tx, &order, "confirmed", paid).await?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// The goods left the shop.
pub(super) async fn ship(ctx: &Ctx, tx: &Tx, id: i64) -> Result<bool> {
    let order = read::need(ctx, tx, ctx.registry().get("order")?, id).await?;
    if order.text("status") != "confirmed" {
        return Ok(false);
    }
    to(ctx, tx, &order, "shipped", None).await?;
    Ok(true)
}

/// Makes or changes an order.
pub(super) async fn settle(ctx: &Ctx, tx: &Tx, ports: &Ports, shop: &Shop, o: &Order) -> Result<Ended> {
    let rows = fit::rows(&o.lines, o.total)?;
    if rows.is_empty() {
        return Err(Error::field("line_items", "error-shop-empty"));
    }
    let known = link::find(tx, shop.id, "order", &o.remote).await?;
    if known.is_none() && o.state == State::Cancelled {
        // It was off before we heard of it.
        return Ok(Ended::IGNORED);
    }
    let sold = o.state != State::Pending;
    let party = customer::settle(ctx, tx, shop, &o.customer, sold).await?;
    let (party, mut changed) = party.ok_or_else(|| Error::field("customer", "error-shop-nobody"))?;
    let id = match known {
        None => {
            changed = true;
            make(ctx, tx, ports, shop, o, party, &rows).await?
        }
        Some(l) => {
            if l.said != said(o) && o.state != State::Cancelled {
                relines(ctx, tx, shop, o, l.record, &rows).await?;
                changed = true;
            }
            changed |= advance(ctx, tx, shop, o, l.record).await?;
            l.record
        }
    };
    link::keep(tx, shop.id, "order", &o.remote, id, &said(o)).await?;
    carts::recovered(ctx, tx, shop, o, party, id).await?;
    changed |= money::settle(ctx, tx, ports, shop, id, o).await?;
    Ok(Ended::of("order", id, changed))
}

/// An order was taken out of the shop.
pub(super) async fn drop_out(ctx: &Ctx, tx: &Tx, shop: &Shop, remote: &str) -> Result<Ended> {
    let known = link::find(tx, shop.id, "order", remote).await?;
    let Some(l) = known else { return Ok(Ended::IGNORED) };
    match link::alive(ctx, tx, "order", l.record).await? {
        Some(order) => Ok(Ended::of("order", order.id, cancel(ctx, tx, shop, &order, "").await?)),
        None => Ok(Ended::IGNORED),
    }
}
