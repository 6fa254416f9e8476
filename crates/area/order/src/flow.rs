//! From state to state, and back: the buttons of an order, and the return made of it.

use crate::{
    lines::{self, need},
    rules,
};
use axum::extract::Path;
use maud::{Markup, html};
use std::collections::HashMap;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Query as _, Record, Tx, binds, read, write};
use zhike_web::{
    Fields, Form, Visit,
    answer::{Answer, go, go_saying},
    ui,
};

/// Fields of a line that a return takes over.
const KEPT: [&str; 8] = [
    "position",
    "product_id",
    "description",
    "unit_price",
    "tax_rate",
    "unit_cost",
    "unit",
    "options",
];

/// The buttons in the bar: the states that may follow, and the return.
pub(crate) async fn actions(visit: &Visit, order: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let status = order.text("status");
    if order.archived_at.is_some() || !visit.may("order.edit") {
        return Ok(html! {});
    }
    let step = |to: &str| {
        let button = ui::btn(loc.t(&format!("order-to-{to}"))).submit();
        let button = match to {
            "confirmed" => button.icon("check"),
            "shipped" => button.icon("truck-delivery"),
            "delivered" => button.icon("checks"),
            _ => button.icon("ban").ghost().wide_only(),
        };
        html! {
            form.row data-stay method="post" action={ "/orders/" (order.id) "/status" } style="margin:0" {
                (ui::hidden("csrf", &visit.csrf))
                (ui::hidden("to", to))
                (ui::hidden("version", &order.version.to_string()))
                (button)
            }
        }
    };
    let back = order.text("kind") == "sale" && matches!(status, "shipped" | "delivered") && visit.may("order.create");
    Ok(html! {
        @for to in rules::next(status) { (step(to)) }
        @if back {
            form.row data-stay method="post" action={ "/orders/" (order.id) "/return" } style="margin:0" {
                (ui::hidden("csrf", &visit.csrf))
                (ui::btn(loc.t("order-return")).icon("arrow-back-up").ghost().submit())
            }
        }
    })
}

/// What leads to a state on a day, with the complaints of the hook if it cannot be.
pub(crate) fn steps(visit: &Visit, to: &str, on: Option<&str>) -> Result<Values> {
    let Some(word) = rules::STATUSES.iter().find(|s| **s == to) else {
        return Err(Error::field("to", "error-not-a-choice"));
    };
    let mut changes = Values::from([("status".to_owned(), Value::from(*word))]);
    let day = match on.map(str::trim).filter(|o| !o.is_empty()) {
        Some(text) => Some(zhike_store::field::parse_date(text).ok_or_else(|| Error::field("on", "error-not-a-date"))?),
        None => None,
    };
    let field = match *word {
        "shipped" => Some("shipped_on"),
        "delivered" => Some("delivered_on"),
        _ => None,
    };
    if let Some(field) = field {
        changes.insert(field.to_owned(), day.unwrap_or_else(|| visit.today()).into());
    }
    Ok(changes)
}

/// How an order comes into another state.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct How<'a> {
    /// On which day.
    pub on: Option<&'a str>,
    /// With what there is; the rest follows.
    pub partial: Option<bool>,
}

/// Brings an order into another state; the new version.
pub(crate) async fn advance(visit: &Visit, id: i64, to: &str, version: i64, how: How<'_>) -> Result<i64> {
    let ty = visit.registry().get("order")?.clone();
    let mut changes = steps(visit, to, how.on)?;
    if let Some(partial) = how.partial {
        changes.insert("partial".to_owned(), partial.into());
    }
    let tx = visit.ctx.begin().await?;
    let version = write::update(&visit.ctx, &tx, &ty, id, version, changes).await?;
    tx.commit().await?;
    Ok(version)
}

/// `POST /orders/{id}/status`.
pub(crate) async fn status(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let order = need(&visit, &id).await?;
    let how = How {
        on: f.filled("on"),
        partial: f.filled("partial").map(|p| p == "1"),
    };
    match advance(&visit, order.id, f.get("to").unwrap_or(""), f.need_int("version")?, how).await {
        // The proposal of what can leave when stands below the lines.
        Err(e) if e.code == "error-stock-short" && !visit.fragment => go_saying(
            &visit,
            &format!("/orders/{}/lines", order.id),
            &visit.loc.error(&e),
            None,
        ),
        Err(e) => Err(e.into()),
        Ok(_) => go(&visit, &back_to(&f, order.id)),
    }
}

fn back_to(f: &Fields, id: i64) -> String {
    match f.filled("tab") {
        Some("lines") => format!("/orders/{id}/lines"),
        _ => format!("/orders/{id}"),
    }
}

/// `POST /orders/{id}/return`.
pub(crate) async fn take_back(visit: Visit, Path(id): Path<String>) -> Answer {
    let order = need(&visit, &id).await?;
    let new = make_return(&visit, &order).await?;
    go(&visit, &format!("/orders/{new}/lines"))
}

/// A return of all that has not come back yet: a draft with negative quantities, to be cut down by hand.
pub(crate) async fn make_return(visit: &Visit, order: &Record) -> Result<i64> {
    if order.text("kind") != "sale" || !matches!(order.text("status"), "shipped" | "delivered") {
        return Err(Error::refused("error-order-no-return"));
    }
    let sold = lines::read_lines(visit, order.id).await?;
    let ctx: &Ctx = &visit.ctx;
    let tx = ctx.begin().await?;
    // Two clicks at once wait for each other here.
    crate::totals::lock(&tx, &[order.id]).await?;
    let rows = rest(&tx, order.id, &sold).await?;
    if rows.is_empty() {
        return Err(Error::refused("error-order-all-back"));
    }
    let head = Values::from([
        ("party_id".to_owned(), order.get("party_id").clone()),
        ("owner_id".to_owned(), order.get("owner_id").clone()),
        ("kind".to_owned(), "return".into()),
        ("currency".to_owned(), order.get("currency").clone()),
        ("ordered_on".to_owned(), visit.today().into()),
        ("returns_id".to_owned(), order.id.into()),
        ("channel".to_owned(), order.get("channel").clone()),
    ]);
    let new = write::create(ctx, &tx, ctx.registry().get("order")?, head).await?;
    let rows = rows
        .into_iter()
        .map(|mut row| {
            row.insert("order_id".to_owned(), new.into());
            row
        })
        .collect();
    ctx.require("order_line.create")?;
    write::insert_many(ctx, &tx, ctx.registry().get("order_line")?, rows, None).await?;
    tx.commit().await?;
    Ok(new)
}

/// What tells two lines apart: product, words, price.
type Key = (Option<i64>, String, i64);

async fn rest(tx: &Tx, order: i64, sold: &[Record]) -> Result<Vec<Values>> {
    let sql = "SELECT l.product_id, l.description, l.unit_price, CAST(SUM(l.quantity) AS BIGINT) FROM order_line l \
               JOIN order_order o ON o.id = l.order_id WHERE o.returns_id = $1 AND o.status <> 'cancelled' AND o.archived_at IS NULL \
               AND l.archived_at IS NULL GROUP BY l.product_id, l.description, l.unit_price";
    let mut back: HashMap<Key, i64> = HashMap::new();
    for row in tx.all(sql, binds![order]).await? {
        let key = (row.opt_int(0)?, row.opt_text(1)?.unwrap_or_default(), row.int(2)?);
        back.insert(key, row.int(3)?.saturating_abs());
    }
    let mut out = vec![];
    for line in sold {
        let key = (
            line.int("product_id"),
            line.text("description").to_owned(),
            line.int("unit_price").unwrap_or(0),
        );
        let quantity = line.int("quantity").unwrap_or(0);
        let gone = back.get_mut(&key).map_or(0, |left| {
            let part = (*left).min(quantity);
            *left -= part;
            part
        });
        let Some((left, discount)) = rules::rest(quantity, line.int("discount").unwrap_or(0), gone) else {
            continue;
        };
        let mut row: Values = KEPT.iter().map(|k| ((*k).to_owned(), line.get(k).clone())).collect();
        row.insert("quantity".to_owned(), (-left).into());
        row.insert("discount".to_owned(), (-discount).into());
        // What was sold untaxed comes back untaxed, whatever the product says today.
        row.insert("tax_rate".to_owned(), line.int("tax_rate").unwrap_or(0).into());
        out.push(row);
    }
    Ok(out)
}

/// The order behind an id, as the API shows it after a change.
pub(crate) async fn fresh(visit: &Visit, id: i64) -> Result<Record> {
    read::need(&visit.ctx, visit.db(), visit.registry().get("order")?, id).await
}
