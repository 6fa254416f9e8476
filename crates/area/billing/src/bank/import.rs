//! Bringing a statement in. Lines that stand already are left out, and counted.

use super::{EDIT, propose, read};
use axum::{body::Bytes, extract::Multipart, http::StatusCode};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Event, binds};
use zhike_web::{
    Query, Visit,
    answer::{Answer, go_saying, json as json_answer},
};

/// What came of it.
pub(crate) struct Done {
    id: i64,
    lines: i64,
    repeated: i64,
}

/// Tells a line from all others: by the bank's reference, else by all that is known of it. Equal lines of one file are
/// told apart by their order.
fn mark(account: &str, l: &read::Line, seen: &mut HashMap<String, i64>) -> String {
    let amount = l.amount.to_string();
    let parts = if l.reference.is_empty() {
        vec![
            account,
            "",
            &l.day,
            &amount,
            &l.currency,
            &l.payer,
            &l.payer_account,
            &l.text,
        ]
    } else {
        vec![account, "ref", &l.reference, &amount, &l.currency]
    };
    let base = parts.join("\u{1f}");
    let n = seen.entry(base.clone()).or_insert(0);
    *n += 1;
    let mut hash = Sha256::new();
    hash.update(base.as_bytes());
    hash.update(n.to_be_bytes());
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// Brings a file in: its lines stand, each with what it is probably for.
pub(crate) async fn import(ctx: &Ctx, file: &str, bytes: Vec<u8>) -> Result<Done> {
    ctx.require(EDIT)?;
    ctx.require("payment.create")?;
    let house = ctx.house.currency;
    let got = zhike_web::blocking(move || read::read(&bytes, house)).await??;
    let file: String = file.chars().filter(|c| !c.is_control()).take(200).collect();
    let tx = ctx.begin().await?;
    let id = tx
        .insert(
            "INSERT INTO billing_bank_statement (created_at, file, format, account, repeated, actor) VALUES ($1,$2,$3,$4,0,$5) RETURNING id",
            binds![tx.at.0, file.as_str(), got.format, got.account.as_str(), ctx.actor.name.as_str()],
        )
        .await?;
    let mut seen = HashMap::new();
    let mut done = Done {
        id,
        lines: 0,
        repeated: 0,
    };
    for line in &got.lines {
        let mark = mark(&got.account, line, &mut seen);
        let p = propose::propose(&tx, line).await?;
        let state = if line.amount > 0 { "new" } else { "left" };
        let sql = "INSERT INTO billing_bank_line (statement_id, booked_on, amount, currency, reference, text, payer, payer_account, \
                   mark, state, party_id, invoice_id, why) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13) \
                   ON CONFLICT (mark) DO NOTHING";
        let n = tx
            .exec(
                sql,
                binds![
                    id,
                    line.day.as_str(),
                    line.amount,
                    line.currency.as_str(),
                    line.reference.as_str(),
                    line.text.as_str(),
                    line.payer.as_str(),
                    line.payer_account.as_str(),
                    mark,
                    state,
                    p.party,
                    p.invoice,
                    p.why.map(str::to_owned),
                ],
            )
            .await?;
        if n == 1 { done.lines += 1 } else { done.repeated += 1 }
    }
    if done.lines == 0 {
        return Err(Error::refused("error-bank-repeated").with("n", done.repeated));
    }
    tx.exec(
        "UPDATE billing_bank_statement SET repeated = $1 WHERE id = $2",
        binds![done.repeated, id],
    )
    .await?;
    let event = Event {
        kind: "bank_statement.imported.v1".into(),
        record_type: "setting",
        record: id,
        note: Some(file),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await?;
    Ok(done)
}

/// `POST /bank` with a file.
pub(crate) async fn page(visit: Visit, mut parts: Multipart) -> Answer {
    let bad = |_| Error::invalid("error-request");
    while let Some(mut part) = parts.next_field().await.map_err(bad)? {
        if part.name() != Some("file") {
            continue;
        }
        let name = part.file_name().unwrap_or("").to_owned();
        let mut bytes = vec![];
        while let Some(chunk) = part.chunk().await.map_err(bad)? {
            if bytes.len() + chunk.len() > read::BYTES {
                return Err(Error::refused("error-bank-large").with("most", "5 MB").into());
            }
            bytes.extend_from_slice(&chunk);
        }
        let done = import(&visit.ctx, &name, bytes).await?;
        let words = visit.loc.tv(
            "bank-imported",
            &[("n", done.lines.into()), ("repeated", done.repeated.into())],
        );
        return go_saying(&visit, &format!("/bank/{}", done.id), &words, None);
    }
    Err(Error::refused("error-bank-empty").into())
}

/// `POST /api/v1/bank?file=name` with the file as body.
pub(crate) async fn api(visit: Visit, Query(q): Query, body: Bytes) -> Answer {
    let done = import(&visit.ctx, q.get("file").unwrap_or("api"), body.to_vec()).await?;
    json_answer(
        StatusCode::CREATED,
        &json!({"id": done.id, "lines": done.lines, "repeated": done.repeated}),
    )
}
