//! Invoices and payments of another system, known by its key: made, changed, or left as they are.

use super::{
    apply::Done,
    item::{Item, by, newer},
};
use serde_json::Value as Any;
use zhike_contract::Books;
use zhike_kernel::{Error, Result, Stamp, Value, Values};
use zhike_store::{Ctx, Query, Record, RecordType, Tx, binds, read, write};

const INVOICE: [&str; 10] = [
    "external_key",
    "party",
    "number",
    "issued_on",
    "due_on",
    "currency",
    "total",
    "note",
    "void",
    "as_of",
];
const PAYMENT: [&str; 9] = [
    "external_key",
    "party",
    "received_on",
    "amount",
    "currency",
    "method",
    "reference",
    "note",
    "as_of",
];

/// The sender's key of an item.
pub(super) fn key(item: &Any) -> String {
    item.get("external_key")
        .and_then(Any::as_str)
        .unwrap_or("")
        .trim()
        .to_owned()
}

/// The record with this key, if it is there.
async fn find(ctx: &Ctx, tx: &Tx, ty: &RecordType, key: &str) -> Result<Option<Record>> {
    let found = read::ids_by(tx, ty, "external_key", &[key.to_owned()]).await?;
    match found.get(key).map(Vec::as_slice) {
        None | Some([]) => Ok(None),
        Some([id]) => match read::find(ctx, tx, ty, *id).await? {
            Some(record) => Ok(Some(record)),
            None => Err(Error::field("external_key", "error-inbound-unknown")),
        },
        Some(_) => Err(Error::field("external_key", "error-inbound-twice")),
    }
}

/// Makes or changes a record; its id and whether anything is different now.
async fn put(ctx: &Ctx, tx: &Tx, name: &str, item: &Item, fields: &[&str]) -> Result<(i64, bool)> {
    let ty = ctx.registry().get(name)?.clone();
    let old = find(ctx, tx, &ty, item.need("external_key")?).await?;
    let mut pairs = item.pairs(fields);
    if let Some(party) = item.get("party") {
        let id = by(ctx, tx, "party", &["external_key", "number"], "party", party).await?;
        pairs.push(("party_id".into(), id.to_string()));
    }
    let values = write::read_input(ctx, &ty, old.as_ref(), &pairs)?;
    match old {
        None => {
            item.need("party")?;
            Ok((write::create(ctx, tx, &ty, values).await?, true))
        }
        Some(old) => {
            let version = write::update(ctx, tx, &ty, old.id, old.version, values).await?;
            Ok((old.id, version != old.version))
        }
    }
}

fn done(ty: &'static str, id: i64, changed: bool) -> Done {
    if changed {
        Done::applied(ty, id)
    } else {
        Done::same(ty, id)
    }
}

/// Applies an invoice.
pub(super) async fn invoice(ctx: &Ctx, tx: &Tx, books: &dyn Books, item: &Any, sent_at: Stamp) -> Result<Done> {
    let item = Item::read(item, &INVOICE, &[])?;
    let key = item.key("external_key")?;
    let as_of = item.as_of(sent_at)?;
    if !newer(tx, "invoices", &key, as_of).await? {
        let old = find(ctx, tx, ctx.registry().get("invoice")?, &key).await?;
        return Ok(Done::older("invoice", old.map_or(0, |o| o.id)));
    }
    let void = match item.get("void") {
        None | Some("false" | "") => false,
        Some("true") => true,
        Some(_) => return Err(Error::field("void", "error-not-a-truth")),
    };
    let fields = [
        "external_key",
        "number",
        "issued_on",
        "due_on",
        "currency",
        "total",
        "note",
    ];
    let (id, mut changed) = put(ctx, tx, "invoice", &item, &fields).await?;
    let ty = ctx.registry().get("invoice")?.clone();
    let now = read::need(ctx, tx, &ty, id).await?;
    if void && now.text("status") != "void" {
        let to = Values::from([("status".to_owned(), Value::from("void"))]);
        write::update(ctx, tx, &ty, id, now.version, to).await?;
        changed = true;
    }
    changed |= settle(ctx, tx, books, "invoice_key", &key).await?;
    Ok(done("invoice", id, changed))
}

/// Applies a payment and puts it to the invoices it names.
pub(super) async fn payment(ctx: &Ctx, tx: &Tx, books: &dyn Books, item: &Any, sent_at: Stamp) -> Result<Done> {
    let item = Item::read(item, &PAYMENT, &["invoices"])?;
    let key = item.key("external_key")?;
    let as_of = item.as_of(sent_at)?;
    if !newer(tx, "payments", &key, as_of).await? {
        let old = find(ctx, tx, ctx.registry().get("payment")?, &key).await?;
        return Ok(Done::older("payment", old.map_or(0, |o| o.id)));
    }
    let fields = [
        "external_key",
        "received_on",
        "amount",
        "currency",
        "method",
        "reference",
        "note",
    ];
    let (id, mut changed) = put(ctx, tx, "payment", &item, &fields).await?;
    let ty = ctx.registry().get("payment")?.clone();
    let record = read::need(ctx, tx, &ty, id).await?;
    for one in item.lists.get("invoices").into_iter().flatten() {
        let part = Item::read(one, &["external_key", "amount"], &[]).map_err(|e| inside(&e))?;
        let invoice = part.key("external_key").map_err(|e| inside(&e))?;
        let amount = match part.get("amount").filter(|t| !t.is_empty()) {
            None => None,
            Some(text) => {
                let c = write::currency_for(ctx, ty.need("amount")?, |n| Some(record.text(n).to_owned()));
                let value = ty
                    .need("amount")?
                    .parse(text, c)
                    .map_err(|_| Error::field("invoices", "error-not-a-number"))?;
                value.int()
            }
        };
        let sql = "INSERT INTO connect_want (payment_key, invoice_key, amount, done) VALUES ($1,$2,$3,FALSE) \
                   ON CONFLICT (payment_key, invoice_key) DO UPDATE SET amount = excluded.amount WHERE NOT connect_want.done";
        tx.exec(sql, binds![key.as_str(), invoice, amount]).await?;
    }
    changed |= settle(ctx, tx, books, "payment_key", &key).await?;
    Ok(done("payment", id, changed))
}

/// A complaint about a part of the list `invoices`.
fn inside(e: &Error) -> Error {
    let code = e.fields.first().map_or(e.code, |f| f.code);
    Error::field("invoices", code)
}

/// Puts payments to invoices as their senders said, as soon as both are there: as much as is open and left, at most the
/// amount that was said. True when something was put.
async fn settle(ctx: &Ctx, tx: &Tx, books: &dyn Books, side: &'static str, key: &str) -> Result<bool> {
    let sql = format!(
        "SELECT payment_key, invoice_key, amount FROM connect_want WHERE {side} = $1 AND NOT done ORDER BY payment_key, invoice_key"
    );
    let mut any = false;
    for row in tx.all(&sql, binds![key]).await? {
        let (payment_key, invoice_key) = (row.text(0)?, row.text(1)?);
        let payment = find(ctx, tx, ctx.registry().get("payment")?, &payment_key).await?;
        let invoice = find(ctx, tx, ctx.registry().get("invoice")?, &invoice_key).await?;
        let (Some(payment), Some(invoice)) = (payment, invoice) else {
            continue;
        };
        any |= books.allocate(ctx, tx, payment.id, invoice.id, row.opt_int(2)?).await? != 0;
        let sql = "UPDATE connect_want SET done = TRUE WHERE payment_key = $1 AND invoice_key = $2";
        tx.exec(sql, binds![payment_key, invoice_key]).await?;
    }
    Ok(any)
}
