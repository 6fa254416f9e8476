//! Amendments: from its confirmation on, an order keeps every version of its head and lines, with who changed it, when and
//! why. The first version is what was confirmed.

mod pages;

use serde_json::{Map, Value as Json, json};
use zhike_kernel::{Error, Result, Stamp, Value};
use zhike_store::{Ctx, Migration, Query, Record, Tx, binds, event::Change, read, registry::Saved};
use zhike_web::{Place, Routes, Tab};

/// The table, and what orders keep beside.
pub(crate) const TABLE: Migration = Migration {
    name: "order_0006",
    up: &[
        "ALTER TABLE order_order ADD COLUMN cancel_reason TEXT",
        "ALTER TABLE order_order ADD COLUMN credit_reason TEXT",
        "CREATE TABLE order_amendment (id {pk}, order_id BIGINT NOT NULL REFERENCES order_order (id), number BIGINT NOT NULL, at BIGINT NOT NULL, \
         user_id BIGINT, actor TEXT NOT NULL, reason TEXT, content TEXT NOT NULL)",
        "CREATE UNIQUE INDEX order_amendment_number ON order_amendment (order_id, number)",
    ],
};

/// A reason was given for a version.
pub(crate) const EXPLAINED: &str = "order.amendment_explained.v1";

/// Fields of the head that are kept and compared.
pub(crate) const HEAD: [&str; 13] = [
    "party_id",
    "owner_id",
    "status",
    "ordered_on",
    "required_on",
    "promised_on",
    "partial",
    "currency",
    "net",
    "tax",
    "total",
    "channel",
    "note",
];
/// Those whose change makes a version; the others follow from them.
const MAKES: [&str; 9] = [
    "party_id",
    "owner_id",
    "ordered_on",
    "required_on",
    "promised_on",
    "partial",
    "currency",
    "channel",
    "note",
];
/// Fields of a line that are kept and compared.
pub(crate) const LINE: [&str; 9] = [
    "product_id",
    "description",
    "quantity",
    "unit",
    "options",
    "unit_price",
    "discount",
    "tax_rate",
    "net",
];

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/orders/{id}/amendments/{number}", "order.view", pages::diff)
        .post("/orders/{id}/amendments/{number}", "order.edit", pages::say)
        .get("/api/v1/orders/{id}/amendments", "order.view", pages::api)
        .get("/api/v1/orders/{id}/amendments/{number}", "order.view", pages::api_diff)
}

pub(crate) fn tabs() -> Vec<Tab> {
    vec![Tab::new(
        "order",
        "amendments",
        Place::Tab,
        30,
        "order.view",
        |visit, order| Box::pin(pages::tab(visit, order)),
    )]
}

/// Are versions of an order in this state kept?
pub(crate) fn counts(status: &str) -> bool {
    matches!(status, "confirmed" | "shipped" | "delivered")
}

fn record_json(record: &Record, fields: &[&str]) -> Json {
    let mut map = Map::new();
    map.insert("id".into(), record.id.into());
    for name in fields {
        map.insert((*name).to_owned(), record.get(name).json());
    }
    Json::Object(map)
}

/// Reads a kept record back.
pub(crate) fn read_record(json: &Json, fields: &[&str]) -> Record {
    let values = fields
        .iter()
        .map(|name| {
            let value = json.get(name).and_then(Value::from_json).unwrap_or_default();
            ((*name).to_owned(), value)
        })
        .collect();
    Record {
        id: json.get("id").and_then(Json::as_i64).unwrap_or(0),
        version: 1,
        created_at: Stamp(0),
        updated_at: Stamp(0),
        archived_at: None,
        values,
    }
}

/// The order as it stands.
async fn content(tx: &Tx, ctx: &Ctx, order: i64) -> Result<String> {
    let house = Ctx::system(&ctx.house, ctx.door);
    let head = read::need(&house, tx, ctx.registry().get("order")?, order).await?;
    let sql =
        "SELECT id FROM order_line WHERE order_id = $1 AND archived_at IS NULL ORDER BY position IS NULL, position, id";
    let mut ids = vec![];
    for row in tx.all(sql, binds![order]).await? {
        ids.push(row.int(0)?);
    }
    let mut lines = vec![];
    for chunk in ids.chunks(500) {
        lines.extend(read::find_many(&house, tx, ctx.registry().get("order_line")?, chunk).await?);
    }
    lines.sort_by_key(|l| ids.iter().position(|id| *id == l.id));
    let lines: Vec<Json> = lines.iter().map(|l| record_json(l, &LINE)).collect();
    Ok(json!({"head": record_json(&head, &HEAD), "lines": lines}).to_string())
}

/// Before the first change: what was confirmed is kept.
pub(crate) async fn begin(tx: &Tx, ctx: &Ctx, order: i64) -> Result<()> {
    let sql = "SELECT count(*) FROM order_amendment WHERE order_id = $1";
    if tx.number(sql, binds![order]).await? == 0 {
        put(tx, ctx, order, 1).await?;
    }
    Ok(())
}

/// As [`begin`], unless the order is still a draft.
pub(crate) async fn begin_if_confirmed(tx: &Tx, ctx: &Ctx, order: i64) -> Result<()> {
    // An order that is born confirmed has no version before its first lines.
    let sql = "SELECT o.status FROM order_order o WHERE o.id = $1 AND EXISTS (SELECT 1 FROM order_line l WHERE l.order_id = o.id AND l.archived_at IS NULL)";
    match tx.one(sql, binds![order]).await? {
        Some(row) if counts(&row.text(0)?) => begin(tx, ctx, order).await,
        _ => Ok(()),
    }
}

async fn put(tx: &Tx, ctx: &Ctx, order: i64, number: i64) -> Result<()> {
    let content = content(tx, ctx, order).await?;
    let sql = "INSERT INTO order_amendment (order_id, number, at, user_id, actor, content) VALUES ($1,$2,$3,$4,$5,$6)";
    let values = binds![order, number, tx.at.0, tx.user, tx.actor.as_str(), content];
    tx.exec(sql, values).await.map(|_| ())
}

/// Keeps the order as it stands now, unless nothing changed.
pub(crate) async fn keep(tx: &Tx, ctx: &Ctx, order: i64) -> Result<()> {
    let sql = "SELECT number, content FROM order_amendment WHERE order_id = $1 ORDER BY number DESC LIMIT 1";
    let Some(row) = tx.one(sql, binds![order]).await? else {
        return put(tx, ctx, order, 1).await;
    };
    let number = row.int(0)?;
    let now = content(tx, ctx, order).await?;
    let same = |a: &str, b: &str| without_state(a) == without_state(b);
    if same(&row.text(1)?, &now) {
        return Ok(());
    }
    put(tx, ctx, order, number + 1).await
}

/// That an order was shipped is no amendment of it.
fn without_state(content: &str) -> Option<Json> {
    let mut json: Json = serde_json::from_str(content).ok()?;
    json.get_mut("head")?.as_object_mut()?.remove("status");
    Some(json)
}

/// A change of an order's head, or its confirmation.
pub(crate) async fn note(tx: &Tx, ctx: &Ctx, row: &Saved) -> Result<()> {
    let Some(old) = &row.old else { return Ok(()) };
    let confirmed = row.new.get("status").and_then(Value::text) == Some("confirmed") && old.text("status") == "draft";
    if confirmed {
        return begin(tx, ctx, row.id).await;
    }
    if counts(old.text("status")) && MAKES.iter().any(|f| row.new.contains_key(*f)) {
        return keep(tx, ctx, row.id).await;
    }
    Ok(())
}

/// Why the last version was made.
pub(crate) async fn say(tx: &Tx, order: i64, reason: &str) -> Result<()> {
    let sql = "UPDATE order_amendment SET reason = $1 WHERE order_id = $2 AND number = (SELECT MAX(a.number) FROM order_amendment a WHERE a.order_id = $3)";
    tx.exec(sql, binds![reason, order, order]).await.map(|_| ())
}

/// A change of words, for the event of a reason given afterwards.
pub(crate) fn words(from: Option<String>, to: &str) -> Change {
    Change {
        from: from.into(),
        to: to.into(),
    }
}

/// The number of a version, as an address gives it.
pub(crate) fn number(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::missing())
}
