//! The credit of a return by one click: what its lines come to, with tax, is taken off the invoices of the order they came
//! from; what is paid already becomes an invoice below zero, to be paid back or settled with another.

use axum::{extract::Path, http::StatusCode};
use serde_json::{Value as Any, json};
use zhike_kernel::{Error, Result, Values};
use zhike_store::{Query, Record, binds, read, write};
use zhike_web::{
    Visit,
    answer::{Answer, go_saying, json as json_answer},
};

/// What of a return is credited already.
async fn credited(q: &dyn Query, order: i64) -> Result<i64> {
    let sql = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM billing_credit_note WHERE order_id = $1 AND status = 'standing' AND archived_at IS NULL";
    let notes = q.number(sql, binds![order]).await?;
    let sql = "SELECT CAST(COALESCE(SUM(total), 0) AS BIGINT) FROM billing_invoice WHERE order_id = $1 AND status <> 'void' AND archived_at IS NULL";
    Ok(notes - q.number(sql, binds![order]).await?)
}

/// What of a return is to be credited.
pub(crate) async fn open(q: &dyn Query, order: &Record) -> Result<i64> {
    Ok(-order.int("total").unwrap_or(0) - credited(q, order.id).await?)
}

/// Documents made: credit notes, and the invoice below zero if there is one.
struct Made {
    notes: Vec<i64>,
    invoice: Option<i64>,
}

async fn make(visit: &Visit, id: &str) -> Result<(i64, Made)> {
    let ctx = &visit.ctx;
    ctx.require("credit_note.create")?;
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let tx = ctx.begin().await?;
    crate::invoices::queue(&tx).await?;
    let order = read::need(ctx, &tx, visit.registry().get("order")?, id).await?;
    let fits = matches!(order.text("status"), "confirmed" | "shipped" | "delivered") && order.archived_at.is_none();
    if order.text("kind") != "return" || !fits {
        return Err(Error::refused("error-credit-return"));
    }
    let mut rest = open(&tx, &order).await?;
    if rest <= 0 {
        return Err(Error::refused("error-credit-done"));
    }
    let mut made = Made {
        notes: vec![],
        invoice: None,
    };
    if let Some(sale) = order.int("returns_id") {
        enough(&tx, sale, rest).await?;
        let sql = "SELECT id, open FROM billing_invoice WHERE order_id = $1 AND status = 'open' AND open > 0 AND archived_at IS NULL ORDER BY id DESC";
        for row in tx.all(sql, binds![sale]).await? {
            let amount = rest.min(row.int(1)?);
            if amount <= 0 {
                break;
            }
            let values = Values::from([
                ("invoice_id".to_owned(), row.int(0)?.into()),
                ("order_id".to_owned(), order.id.into()),
                ("amount".to_owned(), amount.into()),
                ("currency".to_owned(), order.get("currency").clone()),
                ("issued_on".to_owned(), ctx.today().into()),
                ("reason".to_owned(), "returned".into()),
                ("note".to_owned(), order.text("number").into()),
            ]);
            made.notes
                .push(write::create(ctx, &tx, visit.registry().get("credit_note")?, values).await?);
            rest -= amount;
        }
    }
    if rest > 0 {
        let values = Values::from([
            ("party_id".to_owned(), order.get("party_id").clone()),
            ("order_id".to_owned(), order.id.into()),
            ("issued_on".to_owned(), ctx.today().into()),
            ("currency".to_owned(), order.get("currency").clone()),
            ("total".to_owned(), (-rest).into()),
        ]);
        made.invoice = Some(write::create(ctx, &tx, visit.registry().get("invoice")?, values).await?);
    }
    tx.commit().await?;
    Ok((order.id, made))
}

/// No more is credited than was invoiced: of the order that the goods came from, less what its returns got already.
async fn enough(tx: &zhike_store::Tx, sale: i64, rest: i64) -> Result<()> {
    let sql = "SELECT CAST(COALESCE(SUM(total), 0) AS BIGINT) FROM billing_invoice WHERE order_id = $1 AND status <> 'void' AND archived_at IS NULL";
    let mut left = tx.number(sql, binds![sale]).await?;
    let sql = "SELECT id FROM order_order WHERE returns_id = $1 AND kind = 'return' ORDER BY id";
    for row in tx.all(sql, binds![sale]).await? {
        left -= credited(tx, row.int(0)?).await?;
    }
    if left < rest {
        return Err(Error::refused("error-credit-first-invoice"));
    }
    Ok(())
}

/// `POST /orders/{id}/credit`.
pub(crate) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let (order, made) = make(&visit, &id).await?;
    let to = match (made.notes.first(), made.invoice) {
        (Some(note), None) => format!("/credit-notes/{note}"),
        (_, Some(invoice)) => format!("/invoices/{invoice}"),
        (None, None) => format!("/orders/{order}"),
    };
    go_saying(&visit, &to, &visit.loc.t("order-credited"), None)
}

/// `POST /api/v1/orders/{id}/credit`.
pub(crate) async fn api(visit: Visit, Path(id): Path<String>) -> Answer {
    let (_, made) = make(&visit, &id).await?;
    let body: Any = json!({"credit_note_ids": made.notes, "invoice_id": made.invoice});
    json_answer(StatusCode::CREATED, &body)
}
