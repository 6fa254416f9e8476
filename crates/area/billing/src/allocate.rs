//! Putting payments to invoices, and taking them off again: for pages and for programs.

use crate::{balance, rules};
use axum::{extract::Path, http::StatusCode, response::IntoResponse};
use serde::Deserialize;
use serde_json::{Value as Any, json};
use zhike_kernel::{Currency, Error, Result, Values};
use zhike_store::{Record, Tx, binds, event, read, write};
use zhike_web::{
    Form, Json, Query, Visit,
    answer::{Answer, go, json as json_answer, with_toast},
};

/// What is asked: one invoice (with an amount, or as much as fits), or the oldest first.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    invoice: Option<i64>,
    amount: Option<Any>,
    #[serde(default)]
    auto: bool,
}

/// The open invoices of a customer in a currency, oldest due first: id and what is open.
pub(crate) async fn open_of(q: &dyn zhike_store::Query, party: i64, currency: &str) -> Result<Vec<(i64, i64)>> {
    let sql = "SELECT id, open FROM billing_invoice WHERE party_id = $1 AND currency = $2 AND status = 'open' AND archived_at IS NULL \
               ORDER BY due_on IS NULL, due_on, issued_on, id";
    q.all(sql, binds![party, currency])
        .await?
        .iter()
        .map(|r| Ok((r.int(0)?, r.int(1)?)))
        .collect()
}

/// An amount as people and programs write it, in a currency.
fn amount(visit: &Visit, currency: &str, text: &str) -> Result<i64> {
    let ty = visit.registry().get("allocation")?;
    let c = Currency::parse(currency).unwrap_or(visit.house.currency);
    let value = ty.need("amount")?.parse(text, c).map_err(|e| Error::fields(vec![e]))?;
    value.int().ok_or_else(|| Error::field("amount", "error-required"))
}

/// What goes where.
async fn plan(visit: &Visit, tx: &Tx, payment: &Record, ask: &Ask) -> Result<Vec<(i64, i64)>> {
    let left = payment.int("unallocated").unwrap_or(0);
    let currency = payment.text("currency");
    let Some(invoice) = ask.invoice else {
        if !ask.auto {
            return Err(Error::field("invoice", "error-required"));
        }
        let open = open_of(tx, payment.int("party_id").unwrap_or(0), currency).await?;
        return Ok(rules::share_out(left, &open));
    };
    balance::lock(tx, &[invoice], &[]).await?;
    let invoice = read::find(&visit.ctx, tx, visit.registry().get("invoice")?, invoice)
        .await?
        .ok_or_else(|| Error::field("invoice", "error-not-a-record"))?;
    if invoice.text("status") == "void" || invoice.archived_at.is_some() {
        return Err(Error::refused("error-allocation-void"));
    }
    if invoice.get("party_id") != payment.get("party_id") {
        return Err(Error::field("invoice", "error-allocation-party"));
    }
    if invoice.text("currency") != currency {
        return Err(Error::field("invoice", "error-allocation-currency"));
    }
    let given = match &ask.amount {
        None | Some(Any::Null) => None,
        Some(Any::String(s)) if s.trim().is_empty() => None,
        Some(Any::String(s)) => Some(amount(visit, currency, s)?),
        Some(Any::Number(n)) => Some(amount(visit, currency, &n.to_string())?),
        Some(_) => return Err(Error::field("amount", "error-not-a-number")),
    };
    let Some(given) = given else {
        return Ok(rules::share_out(
            left,
            &[(invoice.id, invoice.int("open").unwrap_or(0))],
        ));
    };
    let side = |r: &Record, whole: &str, rest: &str| {
        let whole = r.int(whole).unwrap_or(0);
        rules::Side {
            whole,
            used: whole - r.int(rest).unwrap_or(0),
        }
    };
    rules::may_allocate(
        side(&invoice, "total", "open"),
        side(payment, "amount", "unallocated"),
        given,
    )
    .map_err(|code| Error::field("amount", code))?;
    Ok(vec![(invoice.id, given)])
}

/// Allocates; what went where.
pub(crate) async fn allocate(visit: &Visit, payment: i64, ask: &Ask) -> Result<Vec<(i64, i64)>> {
    visit.require("payment.edit")?;
    let ty = visit.registry().get("allocation")?.clone();
    let tx = visit.ctx.begin().await?;
    balance::lock(&tx, &[], &[payment]).await?;
    let payment = read::need(&visit.ctx, &tx, visit.registry().get("payment")?, payment).await?;
    if payment.archived_at.is_some() {
        return Err(Error::refused("error-archived"));
    }
    let parts = plan(visit, &tx, &payment, ask).await?;
    if parts.is_empty() {
        return Err(Error::refused("error-allocation-nothing"));
    }
    let rows = parts
        .iter()
        .map(|(invoice, amount)| {
            Values::from([
                ("payment_id".to_owned(), payment.id.into()),
                ("invoice_id".to_owned(), (*invoice).into()),
                ("amount".to_owned(), (*amount).into()),
            ])
        })
        .collect();
    write::insert_many(&visit.ctx, &tx, &ty, rows, None).await?;
    tx.commit().await?;
    Ok(parts)
}

pub(crate) fn id_of(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::missing())
}

/// `POST /payments/{id}/allocate`.
pub(crate) async fn page(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id = id_of(&id)?;
    let ask = Ask {
        invoice: f.int("invoice"),
        amount: f.filled("amount").map(|a| Any::String(a.to_owned())),
        auto: f.get("auto").is_some(),
    };
    allocate(&visit, id, &ask).await?;
    go(&visit, &format!("/payments/{id}/allocation"))
}

/// `POST /payments/{id}/unallocate/{allocation}?version=`.
pub(crate) async fn take_off(visit: Visit, Path((id, allocation)): Path<(String, i64)>, Query(q): Query) -> Answer {
    let id = id_of(&id)?;
    let ty = visit.registry().get("allocation")?.clone();
    let tx = visit.ctx.begin().await?;
    let record = read::need(&visit.ctx, &tx, &ty, allocation).await?;
    if record.int("payment_id") != Some(id) {
        return Err(Error::missing().into());
    }
    write::archive(&visit.ctx, &tx, &ty, allocation, q.need_int("version")?, true).await?;
    let undo = event::of_record(&tx, "allocation", allocation, 1).await?;
    tx.commit().await?;
    let undo = undo.first().map(|e| format!("/undo/event/{}", e.id));
    let payment = read::need(&visit.ctx, visit.db(), visit.registry().get("payment")?, id).await?;
    if !visit.fragment {
        return go(&visit, &format!("/payments/{id}/allocation"));
    }
    let response = crate::pages::allocation(&visit, &payment).await?.into_response();
    Ok(with_toast(
        response,
        &visit.loc.t("allocation-removed"),
        undo.as_deref(),
    ))
}

/// `POST /api/v1/payments/{id}/allocate`.
pub(crate) async fn api(visit: Visit, Path(id): Path<String>, Json(ask): Json<Ask>) -> Answer {
    let parts = allocate(&visit, id_of(&id)?, &ask).await?;
    let payment = read::need(&visit.ctx, visit.db(), visit.registry().get("payment")?, id_of(&id)?).await?;
    let c = Currency::parse(payment.text("currency")).unwrap_or(visit.house.currency);
    let text = |minor: i64| zhike_kernel::number::write_scaled(minor, c.decimals());
    let list: Vec<Any> = parts
        .iter()
        .map(|(invoice, part)| json!({"invoice_id": invoice, "amount": text(*part)}))
        .collect();
    json_answer(
        StatusCode::OK,
        &json!({"payment_id": payment.id, "currency": payment.text("currency"), "allocated": list,
            "unallocated": text(payment.int("unallocated").unwrap_or(0))}),
    )
}
