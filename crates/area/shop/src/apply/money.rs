//! What was paid in a shop is a payment here, put to the invoice of the order; what went back is a payment below zero with
//! its credit note. Each sum and each refund once.

use crate::{
    Ports,
    doc::{Order, Refund, day},
    link,
    setup::Shop,
};
use serde_json::json;
use zhike_contract::billing::PaidBack;
use zhike_kernel::{Result, Value, Values, number};
use zhike_store::{Ctx, Event, Query, Tx, binds, read, write};

/// Payment, invoice, allocation, refunds; true when something was booked.
pub(super) async fn settle(ctx: &Ctx, tx: &Tx, ports: &Ports, shop: &Shop, order: i64, o: &Order) -> Result<bool> {
    let mut changed = false;
    if shop.bills && o.paid > 0 {
        changed |= pay(ctx, tx, ports, shop, order, o).await?;
    }
    changed |= give_back(ctx, tx, ports, shop, order, &o.remote, &o.refunds).await?;
    Ok(changed)
}

async fn pay(ctx: &Ctx, tx: &Tx, ports: &Ports, shop: &Shop, order: i64, o: &Order) -> Result<bool> {
    let record = read::need(ctx, tx, ctx.registry().get("order")?, order).await?;
    if !matches!(record.text("status"), "confirmed" | "shipped" | "delivered") {
        return Ok(false);
    }
    let known = link::find(tx, shop.id, "payment", &o.remote).await?;
    let said = known.as_ref().map_or(json!({}), |l| l.said.clone());
    let before = said.get("sum").and_then(serde_json::Value::as_i64).unwrap_or(0);
    let mut ids: Vec<i64> = said
        .get("ids")
        .and_then(|v| serde_json::from_value(v.clone()).ok())
        .unwrap_or_default();
    let mut changed = false;
    if o.paid > before {
        let text = |t: &str| Value::from(Some(t.to_owned()).filter(|t| !t.is_empty()));
        let values = [
            ("party_id", record.get("party_id").clone()),
            ("received_on", day(o.paid_at, &ctx.house.zone, ctx.today()).into()),
            ("amount", (o.paid - before).into()),
            ("currency", o.currency.code().into()),
            ("method", "other".into()),
            ("reference", text(record.text("external_key"))),
            (
                "external_key",
                format!("shop{}:{}:{}", shop.id, o.remote, ids.len() + 1).into(),
            ),
            ("note", text(&o.method)),
        ];
        let values: Values = values.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        let id = write::create(ctx, tx, &ctx.registry().get("payment")?.clone(), values).await?;
        ids.push(id);
        let now = json!({"sum": o.paid, "ids": ids});
        link::keep(tx, shop.id, "payment", &o.remote, id, &now).await?;
        changed = true;
    }
    changed |= ports.billing.bill(ctx, tx, order).await?.is_some();
    let sql = "SELECT id FROM billing_invoice WHERE order_id = $1 AND status = 'open' AND open > 0 AND archived_at IS NULL ORDER BY id";
    for row in tx.all(sql, binds![order]).await? {
        for payment in &ids {
            changed |= ports.books.allocate(ctx, tx, *payment, row.int(0)?, None).await? != 0;
        }
    }
    Ok(changed)
}

/// Books what went back and is not in the books yet; where nothing was booked as paid, it is told on the order.
pub(super) async fn give_back(
    ctx: &Ctx,
    tx: &Tx,
    ports: &Ports,
    shop: &Shop,
    order: i64,
    remote: &str,
    refunds: &[Refund],
) -> Result<bool> {
    let mut changed = false;
    for r in refunds.iter().filter(|r| r.amount > 0) {
        let key = format!("{remote}/{}", r.remote);
        if link::find(tx, shop.id, "refund", &key).await?.is_some() {
            continue;
        }
        let record = read::need(ctx, tx, ctx.registry().get("order")?, order).await?;
        let back = PaidBack {
            order,
            amount: r.amount,
            reference: record.text("external_key").to_owned(),
            key: format!("shop{}:{key}", shop.id),
            note: r.reason.clone(),
        };
        let note = match shop.bills {
            true => ports.billing.paid_back(ctx, tx, &back).await?,
            false => None,
        };
        if note.is_none() {
            let c = zhike_kernel::Currency::parse(record.text("currency")).unwrap_or(shop.currency);
            let words = format!(
                "{} {} {}",
                number::write_scaled(r.amount, c.decimals()),
                c.code(),
                r.reason
            );
            let event = Event {
                kind: "shop.refund_noted.v1".into(),
                record_type: "order",
                record: order,
                party: record.int("party_id"),
                note: Some(words.trim().to_owned()),
                ..Event::default()
            };
            tx.emit(ctx.registry().listeners(), event).await?;
        }
        link::keep(
            tx,
            shop.id,
            "refund",
            &key,
            note.unwrap_or(0),
            &json!({"amount": r.amount}),
        )
        .await?;
        changed = true;
    }
    Ok(changed)
}
