//! What goes on around the orders of the made-up manufacturer: what carriers reported, orders changed after they were
//! confirmed, invoices paid in instalments, a bank statement to be matched, and what is still to be invoiced. Nothing of it
//! moves an amount.

use super::Progress;
use anyhow::{Result, anyhow};
use jiff::ToSpan;
use std::fmt::Write as _;
use zhike_kernel::{Date, Door, Stamp};
use zhike_store::{Ctx, Query, binds, write};

/// Shipments with reports.
const REPORTED: i64 = 60;
/// Invoices with instalments.
const SPLIT: i64 = 8;
/// Why orders were changed.
const REASONS: [&str; 4] = [
    "客户现场未就绪，要求推迟",
    "客户要求提前发货",
    "与下一批合并发货",
    "安装队改期",
];

pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let all = [
        reports(ctx).await?,
        amendments(ctx).await?,
        instalments(ctx).await?,
        statement(ctx).await?,
        due(ctx).await?,
    ];
    let sum = all.iter().sum();
    progress("trade", sum, sum);
    Ok(())
}

/// What carriers said of a shipment in this state, in days after it left and hours.
fn told(status: &str) -> &'static [(&'static str, i64, i64)] {
    match status {
        "delivered" => &[("picked_up", 0, 17), ("in_transit", 1, 6), ("delivered", 2, 10)],
        "failed" => &[("picked_up", 0, 17), ("in_transit", 1, 6), ("failed", 2, 10)],
        "in_transit" => &[("picked_up", 0, 17), ("in_transit", 1, 6)],
        _ => &[("picked_up", 0, 17)],
    }
}

async fn reports(ctx: &Ctx) -> Result<usize> {
    let sql = "SELECT id, status, lower(carrier), shipped_on, delivered_on, reason FROM order_shipment WHERE carrier IS NOT NULL \
               AND shipped_on IS NOT NULL AND status <> 'cancelled' ORDER BY shipped_on DESC, id DESC LIMIT $1";
    let rows = ctx.db().all(sql, binds![REPORTED]).await?;
    let tx = ctx.begin().await?;
    let mut n = 0;
    for (i, row) in rows.iter().enumerate() {
        let (id, status) = (row.int(0)?, row.text(1)?);
        let left: Date = row.text(3)?.parse()?;
        let arrived: Option<Date> = row.opt_text(4)?.and_then(|d| d.parse().ok());
        for (kind, days, hour) in told(&status) {
            let day = match (*kind, arrived) {
                ("delivered", Some(day)) => day,
                _ => left.checked_add(days.days()).unwrap_or(left),
            };
            let at = Stamp::start_of(day, &ctx.house.zone).plus_seconds(hour * 3_600);
            if at > tx.at {
                continue;
            }
            let note = row.opt_text(5)?.filter(|_| *kind == "failed");
            report(&tx, (id, &row.text(2)?), kind, at, None, note).await?;
            n += 1;
        }
        // Some of what is under way is said to come later.
        if status == "in_transit" && i % 5 == 0 {
            let expected = ctx.today().checked_add(3.days()).unwrap_or(ctx.today());
            let at = tx.at.plus_seconds(-7_200);
            report(
                &tx,
                (id, &row.text(2)?),
                "delayed",
                at,
                Some(expected),
                Some("高速封闭".to_owned()),
            )
            .await?;
            tx.exec(
                "UPDATE order_shipment SET expected_on = $1 WHERE id = $2",
                binds![expected.to_string(), id],
            )
            .await?;
            n += 1;
        }
    }
    tx.commit().await?;
    Ok(n)
}

async fn report(
    tx: &zhike_store::Tx,
    (shipment, carrier): (i64, &str),
    kind: &str,
    at: Stamp,
    expected: Option<Date>,
    note: Option<String>,
) -> Result<()> {
    let sql = "INSERT INTO order_carrier_event (carrier, event_key, shipment_id, kind, happened_at, received_at, expected_on, note, changed) \
               VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)";
    let values = binds![
        carrier,
        format!("{shipment}-{kind}"),
        shipment,
        kind,
        at.0,
        at.plus_seconds(240).0,
        expected.map(|d| d.to_string()),
        note,
        true
    ];
    tx.exec(sql, values).await?;
    Ok(())
}

/// Confirmed orders whose days were moved afterwards, some of them twice.
async fn amendments(ctx: &Ctx) -> Result<usize> {
    let sql = "SELECT id FROM order_order WHERE status = 'confirmed' AND kind = 'sale' AND archived_at IS NULL ORDER BY ordered_on DESC, id DESC LIMIT 12";
    let rows = ctx.db().all(sql, binds![]).await?;
    // By hand, as a clerk does it: that is what makes a version.
    let hand = Ctx {
        door: Door::Page,
        ..ctx.clone()
    };
    let ty = ctx.registry().get("order")?.clone();
    let mut n = 0;
    for (i, row) in rows.iter().enumerate().filter(|(i, _)| i % 3 == 0) {
        let order = row.int(0)?;
        for turn in 0..=(i / 3) % 2 {
            let tx = hand.begin().await?;
            let version = tx
                .number("SELECT version FROM order_order WHERE id = $1", binds![order])
                .await?;
            let days = 9 + 5 * i64::try_from(i + turn).unwrap_or(0);
            let wanted = ctx.today().checked_add(days.days()).unwrap_or(ctx.today());
            let field = if turn == 1 { "promised_on" } else { "required_on" };
            let changes = super::load::values(vec![(field, wanted.into())]);
            write::update(&hand, &tx, &ty, order, version, changes).await?;
            let reason = REASONS.get((i / 3 + turn) % REASONS.len()).copied().unwrap_or("");
            let sql = "UPDATE order_amendment SET reason = $1 WHERE order_id = $2 AND number = \
                       (SELECT MAX(a.number) FROM order_amendment a WHERE a.order_id = $3)";
            tx.exec(sql, binds![reason, order, order]).await?;
            // Not all at this moment: the first version is the oldest.
            let sql = "UPDATE order_amendment SET at = at - $1 WHERE order_id = $2";
            let days = 2 + i64::try_from(i % 4).unwrap_or(0);
            tx.exec(sql, binds![days * 86_400_000_000, order]).await?;
            tx.commit().await?;
            n += 1;
        }
    }
    Ok(n)
}

/// Large invoices that are not due yet, paid in three parts or six.
async fn instalments(ctx: &Ctx) -> Result<usize> {
    let sql = "SELECT id, version, due_on FROM billing_invoice WHERE status = 'open' AND open = total AND total > 0 AND due_on >= $1 \
               AND archived_at IS NULL ORDER BY total DESC, id LIMIT $2";
    let rows = ctx.db().all(sql, binds![ctx.today().to_string(), SPLIT]).await?;
    for (i, row) in rows.iter().enumerate() {
        let parts = if i % 3 == 2 { 6 } else { 3 };
        zhike_billing::split_invoice(ctx, row.int(0)?, row.int(1)?, parts, row.text(2)?.parse()?)
            .await
            .map_err(|e| anyhow!("instalments: {e}"))?;
    }
    Ok(rows.len())
}

/// Yesterday's statement: lines that name an invoice, that only name the payer, that nobody knows, and what went out.
async fn statement(ctx: &Ctx) -> Result<usize> {
    let sql = "SELECT i.number, i.open, p.name FROM billing_invoice i JOIN party_party p ON p.id = i.party_id WHERE i.status = 'open' AND i.open > 0 \
               AND i.currency = 'CNY' AND i.archived_at IS NULL AND NOT EXISTS (SELECT 1 FROM billing_instalment n WHERE n.invoice_id = i.id) \
               ORDER BY i.due_on, i.id LIMIT 6";
    let rows = ctx.db().all(sql, binds![]).await?;
    let day = ctx.today().checked_sub(1.days()).unwrap_or(ctx.today());
    let money = |minor: i64| zhike_kernel::number::write_scaled(minor, 2);
    let mut csv = String::from("Date,Amount,Description,Name,IBAN,Reference\n");
    let mut line = |amount: i64, text: &str, payer: &str| {
        let n = csv.lines().count();
        let _ = writeln!(csv, "{day},{},{text},{payer},CN{n:02}6222,B{n:04}", money(amount));
    };
    for (i, row) in rows.iter().enumerate() {
        let (number, open, payer) = (row.text(0)?, row.int(1)?, row.text(2)?);
        match i {
            0..3 => line(open, &format!("货款 {number}"), &payer),
            3 => line(open / 2 / 100 * 100, &format!("{number} 部分货款"), &payer),
            _ => line(open, "货款", &payer),
        }
    }
    line(388_000, "货款", "个人转账");
    line(-12_000, "手续费", "银行");
    zhike_billing::bring_statement(ctx, &format!("statement-{day}.csv"), csv.into_bytes())
        .await
        .map_err(|e| anyhow!("bank statement: {e}"))?;
    Ok(rows.len() + 2)
}

/// What of the orders under way is to be invoiced.
async fn due(ctx: &Ctx) -> Result<usize> {
    let sql = "SELECT o.id FROM order_order o WHERE o.kind = 'sale' AND o.status IN ('confirmed','shipped') AND o.archived_at IS NULL \
               AND NOT EXISTS (SELECT 1 FROM billing_invoice i WHERE i.order_id = o.id) ORDER BY o.id";
    let rows = ctx.db().all(sql, binds![]).await?;
    let billing = zhike_billing::port(zhike_party::port(), zhike_order::port());
    let tx = ctx.begin().await?;
    for row in &rows {
        billing.order_moved(ctx, &tx, row.int(0)?).await?;
    }
    tx.commit().await?;
    Ok(rows.len())
}
