//! Accepting a line as a payment, leaving it, and undoing a whole statement.

use super::{EDIT, page, propose};
use crate::{balance, rules};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Error, Result, Values};
use zhike_store::{Event, Query, Tx, binds, read, write};
use zhike_web::{
    Form, Json, Visit,
    answer::{Answer, go_saying, json as json_answer},
};

/// What a line shall pay: an invoice by its number or id, or a customer's oldest; nothing said: the proposal.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    party_id: Option<i64>,
    invoice: Option<String>,
}

fn id_of(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::missing())
}

async fn note(visit: &Visit, tx: &Tx, kind: &str, statement: i64, party: Option<i64>, words: String) -> Result<()> {
    let event = Event {
        kind: kind.to_owned(),
        record_type: "setting",
        record: statement,
        party,
        note: Some(words),
        ..Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await.map(|_| ())
}

/// Takes a line, so that nobody else does; what it says.
async fn take(tx: &Tx, statement: i64, line: i64, to: &str) -> Result<page::Line> {
    let sql =
        "UPDATE billing_bank_line SET state = $1 WHERE id = $2 AND statement_id = $3 AND state IN ('new', 'left')";
    if tx.exec(sql, binds![to, line, statement]).await? != 1 {
        let sql = "SELECT count(*) FROM billing_bank_line WHERE id = $1 AND statement_id = $2";
        return Err(match tx.number(sql, binds![line, statement]).await? {
            0 => Error::missing(),
            _ => Error::refused("error-bank-done"),
        });
    }
    page::line(tx, line).await
}

async fn accept_in(visit: &Visit, tx: &Tx, statement: i64, line: i64, ask: &Ask) -> Result<i64> {
    let ctx = &visit.ctx;
    let l = take(tx, statement, line, "accepted").await?;
    if l.amount <= 0 {
        return Err(Error::refused("error-bank-out"));
    }
    let invoices = visit.registry().get("invoice")?.clone();
    let named = ask.invoice.as_deref().map(str::trim).filter(|t| !t.is_empty());
    let wanted = match named {
        Some(number) => {
            let sql = "SELECT id FROM billing_invoice WHERE number = $1 AND archived_at IS NULL ORDER BY id LIMIT 1";
            let found = tx.one(sql, binds![number]).await?;
            Some(
                found
                    .ok_or_else(|| Error::field("invoice", "error-bank-invoice"))?
                    .int(0)?,
            )
        }
        None if ask.party_id.is_none() => l.invoice,
        None => None,
    };
    let invoice = match wanted {
        Some(id) => {
            balance::lock(tx, &[id], &[]).await?;
            Some(
                read::find(ctx, tx, &invoices, id)
                    .await?
                    .ok_or_else(|| Error::field("invoice", "error-bank-invoice"))?,
            )
        }
        None => None,
    };
    let owner = invoice.as_ref().and_then(|i| i.int("party_id"));
    if let (Some(owner), Some(party)) = (owner, ask.party_id)
        && owner != party
    {
        return Err(Error::field("invoice", "error-allocation-party"));
    }
    let party = owner
        .or(ask.party_id)
        .or(l.party)
        .ok_or_else(|| Error::field("party_id", "error-bank-who"))?;
    if let Some(i) = invoice.as_ref().filter(|i| i.text("currency") != l.currency) {
        return Err(Error::field("invoice", "error-allocation-currency").with("number", i.text("number")));
    }
    let text = |t: &str| Some(t.to_owned()).filter(|t| !t.is_empty());
    let values = Values::from([
        ("party_id".to_owned(), party.into()),
        ("received_on".to_owned(), l.day.as_str().into()),
        ("amount".to_owned(), l.amount.into()),
        ("currency".to_owned(), l.currency.as_str().into()),
        ("method".to_owned(), "transfer".into()),
        ("reference".to_owned(), text(&l.reference).into()),
        (
            "note".to_owned(),
            text([l.payer.as_str(), l.text.as_str()].join(" ").trim()).into(),
        ),
    ]);
    let payment = write::create(ctx, tx, visit.registry().get("payment")?, values).await?;
    let open = match &invoice {
        Some(i) => vec![(i.id, i.int("open").unwrap_or(0))],
        None => crate::allocate::open_of(tx, party, &l.currency).await?,
    };
    let rows: Vec<Values> = rules::share_out(l.amount, &open)
        .into_iter()
        .map(|(invoice, part)| {
            Values::from([
                ("payment_id".to_owned(), payment.into()),
                ("invoice_id".to_owned(), invoice.into()),
                ("amount".to_owned(), part.into()),
            ])
        })
        .collect();
    if !rows.is_empty() {
        write::insert_many(ctx, tx, &visit.registry().get("allocation")?.clone(), rows, None).await?;
    }
    tx.exec(
        "UPDATE billing_bank_line SET payment_id = $1, party_id = $2, invoice_id = $3 WHERE id = $4",
        binds![payment, party, invoice.map(|i| i.id), line],
    )
    .await?;
    note(
        visit,
        tx,
        "bank_line.accepted.v1",
        statement,
        Some(party),
        l.reference.clone(),
    )
    .await?;
    Ok(payment)
}

async fn accept(visit: &Visit, statement: i64, line: i64, ask: &Ask) -> Result<i64> {
    visit.require(EDIT)?;
    let tx = visit.ctx.begin().await?;
    let payment = accept_in(visit, &tx, statement, line, ask).await?;
    tx.commit().await?;
    Ok(payment)
}

async fn leave(visit: &Visit, statement: i64, line: i64) -> Result<()> {
    visit.require(EDIT)?;
    let tx = visit.ctx.begin().await?;
    let l = take(&tx, statement, line, "left").await?;
    note(visit, &tx, "bank_line.left.v1", statement, None, l.reference).await?;
    tx.commit().await
}

/// Accepts every line whose proposal needs no second look.
async fn sure(visit: &Visit, statement: i64) -> Result<i64> {
    visit.require(EDIT)?;
    let tx = visit.ctx.begin().await?;
    let there = "SELECT count(*) FROM billing_bank_statement WHERE id = $1";
    if tx.number(there, binds![statement]).await? == 0 {
        return Err(Error::missing());
    }
    let sql = "SELECT id, why FROM billing_bank_line WHERE statement_id = $1 AND state = 'new' AND why IS NOT NULL ORDER BY id";
    let mut n = 0;
    for r in tx.all(sql, binds![statement]).await? {
        if propose::sure(&r.text(1)?) && still_fits(&tx, r.int(0)?).await? {
            accept_in(visit, &tx, statement, r.int(0)?, &Ask::default()).await?;
            n += 1;
        }
    }
    tx.commit().await?;
    Ok(n)
}

/// Is as much open as the line brings? Another line may have paid the invoice meanwhile.
async fn still_fits(tx: &Tx, line: i64) -> Result<bool> {
    let sql = "SELECT count(*) FROM billing_bank_line l JOIN billing_invoice i ON i.id = l.invoice_id \
               WHERE l.id = $1 AND i.status = 'open' AND i.open = l.amount AND i.archived_at IS NULL";
    Ok(tx.number(sql, binds![line]).await? == 1)
}

/// Takes everything back that a statement brought: allocations, payments, its lines. It may then be brought in again.
async fn undo(visit: &Visit, statement: i64) -> Result<i64> {
    visit.require(EDIT)?;
    let ctx = &visit.ctx;
    let tx = ctx.begin().await?;
    let sql = "UPDATE billing_bank_statement SET undone_at = $1 WHERE id = $2 AND undone_at IS NULL";
    if tx.exec(sql, binds![tx.at.0, statement]).await? != 1 {
        return Err(Error::refused("error-bank-undone"));
    }
    let sql = "SELECT payment_id FROM billing_bank_line WHERE statement_id = $1 AND state = 'accepted' ORDER BY id";
    let payments: Vec<i64> = tx
        .all(sql, binds![statement])
        .await?
        .iter()
        .map(|r| r.int(0))
        .collect::<Result<_>>()?;
    let (ty, part) = (
        visit.registry().get("payment")?.clone(),
        visit.registry().get("allocation")?.clone(),
    );
    for id in &payments {
        balance::lock(&tx, &[], &[*id]).await?;
        let sql =
            "SELECT id, version FROM billing_allocation WHERE payment_id = $1 AND archived_at IS NULL ORDER BY id";
        for r in tx.all(sql, binds![*id]).await? {
            write::archive(ctx, &tx, &part, r.int(0)?, r.int(1)?, true).await?;
        }
        let payment = read::need(ctx, &tx, &ty, *id).await?;
        write::archive(ctx, &tx, &ty, *id, payment.version, true).await?;
    }
    let sql = "UPDATE billing_bank_line SET state = 'undone', mark = NULL WHERE statement_id = $1";
    tx.exec(sql, binds![statement]).await?;
    note(
        visit,
        &tx,
        "bank_statement.undone.v1",
        statement,
        None,
        payments.len().to_string(),
    )
    .await?;
    tx.commit().await?;
    Ok(i64::try_from(payments.len()).unwrap_or(0))
}

fn back(visit: &Visit, statement: i64, key: &str, n: i64) -> Answer {
    let words = visit.loc.tv(key, &[("n", n.into())]);
    go_saying(visit, &format!("/bank/{statement}"), &words, None)
}

/// `POST /bank/{id}/lines/{line}/accept`.
pub(crate) async fn page(visit: Visit, Path((id, line)): Path<(String, String)>, Form(f): Form) -> Answer {
    let ask = Ask {
        party_id: f.int("party_id"),
        invoice: f.filled("invoice").map(str::to_owned),
    };
    let id = id_of(&id)?;
    accept(&visit, id, id_of(&line)?, &ask).await?;
    back(&visit, id, "bank-accepted", 1)
}

/// `POST /bank/{id}/lines/{line}/leave`.
pub(crate) async fn leave_page(visit: Visit, Path((id, line)): Path<(String, String)>) -> Answer {
    let id = id_of(&id)?;
    leave(&visit, id, id_of(&line)?).await?;
    back(&visit, id, "bank-left", 1)
}

/// `POST /bank/{id}/sure`.
pub(crate) async fn sure_page(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = id_of(&id)?;
    let n = sure(&visit, id).await?;
    back(&visit, id, "bank-accepted", n)
}

/// `POST /bank/{id}/undo`.
pub(crate) async fn undo_page(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = id_of(&id)?;
    let n = undo(&visit, id).await?;
    back(&visit, id, "bank-undone", n)
}

/// `POST /api/v1/bank/{id}/lines/{line}/accept`.
pub(crate) async fn api(visit: Visit, Path((id, line)): Path<(String, String)>, Json(ask): Json<Ask>) -> Answer {
    let payment = accept(&visit, id_of(&id)?, id_of(&line)?, &ask).await?;
    json_answer(StatusCode::OK, &json!({ "payment_id": payment }))
}

/// `POST /api/v1/bank/{id}/lines/{line}/leave`.
pub(crate) async fn leave_api(visit: Visit, Path((id, line)): Path<(String, String)>) -> Answer {
    leave(&visit, id_of(&id)?, id_of(&line)?).await?;
    json_answer(StatusCode::OK, &json!({"state": "left"}))
}

/// `POST /api/v1/bank/{id}/sure`.
pub(crate) async fn sure_api(visit: Visit, Path(id): Path<String>) -> Answer {
    let n = sure(&visit, id_of(&id)?).await?;
    json_answer(StatusCode::OK, &json!({ "accepted": n }))
}

/// `POST /api/v1/bank/{id}/undo`.
pub(crate) async fn undo_api(visit: Visit, Path(id): Path<String>) -> Answer {
    let n = undo(&visit, id_of(&id)?).await?;
    json_answer(StatusCode::OK, &json!({ "payments": n }))
}
