//! `POST /api/v1/shipment-events`: carriers report where goods are. Each report counts once, however often it is sent, and
//! one that cannot be used does not hold up the others.

use super::{carrier, flow, rules};
use axum::http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value as Any, json};
use zhike_contract::{GoodsWord, Heard};
use zhike_kernel::{Date, Error, Kind, Result, Stamp, Value, Values};
use zhike_store::{Ctx, Migration, Query as _, Record, Tx, binds, read, write};
use zhike_web::{
    Json, Visit,
    answer::{Answer, json as answer},
    ui,
};

/// Reports in one request.
const MOST: usize = 500;
/// A clock may be ahead by so many seconds.
const AHEAD: i64 = 24 * 3_600;

/// The table of reports.
pub(crate) const TABLE: Migration = Migration {
    name: "order_0005",
    up: &[
        "CREATE TABLE order_carrier_event (id {pk}, carrier TEXT NOT NULL, event_key TEXT NOT NULL, shipment_id BIGINT NOT NULL \
         REFERENCES order_shipment (id), kind TEXT NOT NULL, happened_at BIGINT NOT NULL, received_at BIGINT NOT NULL, expected_on TEXT, \
         note TEXT, changed BOOLEAN NOT NULL)",
        "CREATE UNIQUE INDEX order_carrier_event_key ON order_carrier_event (carrier, event_key, shipment_id)",
        "CREATE INDEX order_carrier_event_shipment ON order_carrier_event (shipment_id, happened_at)",
        // When it was told that they are past their promise.
        "ALTER TABLE order_shipment ADD COLUMN late_told_at BIGINT",
        "ALTER TABLE order_order ADD COLUMN late_told_at BIGINT",
        "CREATE INDEX order_order_promised ON order_order (promised_on, id) WHERE promised_on IS NOT NULL",
    ],
};

/// The body as OpenAPI describes it.
pub(crate) const ASKS: &str = r#"{"type":"object","required":["events"],"additionalProperties":false,"properties":{"events":{
"type":"array","minItems":1,"maxItems":500,"items":{"type":"object","required":["carrier","tracking","event","at","id"],
"additionalProperties":false,"properties":{
"carrier":{"type":"string","maxLength":100,"description":"As entered on the shipment; capitals do not matter."},
"tracking":{"type":"string","maxLength":100},
"event":{"type":"string","enum":["picked_up","in_transit","delivered","failed","delayed"]},
"at":{"type":"string","format":"date-time","description":"When it happened, by the carrier's clock."},
"id":{"type":"string","maxLength":200,"description":"The carrier's own id of this event. Sent again, it counts once."},
"expected_on":{"type":["string","null"],"format":"date","description":"With delayed: the new day of arrival."},
"note":{"type":["string","null"],"maxLength":500}}}}}}"#;
/// The answer.
pub(crate) const TELLS: &str = r#"{"type":"object","required":["results"],"properties":{"results":{"type":"array","items":{
"type":"object","required":["id","result"],"properties":{"id":{"type":"string"},
"result":{"type":"string","enum":["applied","kept","repeated","unknown","refused"],"description":
"applied: the shipment changed. kept: noted, nothing changes. repeated: known already. unknown: no shipment bears this number; send it again later. refused: see message."},
"shipments":{"type":"array","items":{"type":"string"}},"code":{"type":"string"},"message":{"type":"string"}}}}}}"#;

/// One report.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Event {
    carrier: String,
    tracking: String,
    event: String,
    at: String,
    id: String,
    expected_on: Option<String>,
    note: Option<String>,
}

/// A request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Batch {
    events: Vec<Event>,
}

/// A report that can be read.
struct Read {
    carrier: String,
    tracking: String,
    report: carrier::Report,
    key: String,
    expected: Option<Date>,
    note: Option<String>,
}

fn read_event(ctx: &Ctx, e: &Event) -> Result<Read> {
    let text = |field: &str, text: &str, most: usize| {
        let text = text.trim();
        match text.chars().count() {
            0 => Err(Error::field(field, "error-required")),
            n if n > most => Err(Error::field(field, "error-event-long")),
            _ => Ok(text.to_owned()),
        }
    };
    let kind = carrier::KINDS.iter().find(|k| **k == e.event);
    let kind = kind.ok_or_else(|| Error::field("event", "error-not-a-choice"))?;
    let at: jiff::Timestamp =
        e.at.trim()
            .parse()
            .map_err(|_| Error::field("at", "error-event-time"))?;
    let at = Stamp(at.as_microsecond());
    if at > ctx.now().plus_seconds(AHEAD) {
        return Err(Error::field("at", "error-order-future"));
    }
    let expected = match e.expected_on.as_deref().map(str::trim).filter(|t| !t.is_empty()) {
        Some(text) => Some(
            text.parse()
                .map_err(|_| Error::field("expected_on", "error-not-a-date"))?,
        ),
        None => None,
    };
    if *kind == "delayed" && expected.is_none() {
        return Err(Error::field("expected_on", "error-required"));
    }
    Ok(Read {
        carrier: text("carrier", &e.carrier, 100)?.to_lowercase(),
        tracking: text("tracking", &e.tracking, 100)?,
        report: carrier::Report {
            kind: (*kind).to_owned(),
            at,
        },
        key: text("id", &e.id, 200)?,
        expected,
        note: e
            .note
            .as_deref()
            .map(|n| n.trim().chars().take(500).collect())
            .filter(|n: &String| !n.is_empty()),
    })
}

fn word(became: Heard) -> &'static str {
    match became {
        Heard::Unknown => "unknown",
        Heard::Repeated => "repeated",
        Heard::Kept => "kept",
        Heard::Applied => "applied",
    }
}

/// The shipments that travel under a number; several may share a parcel.
async fn travelling(tx: &Tx, r: &Read) -> Result<Vec<(i64, i64, String)>> {
    let sql = "SELECT id, order_id, number, carrier FROM order_shipment WHERE tracking = $1 AND status <> 'cancelled' AND archived_at IS NULL ORDER BY id";
    let mut out = vec![];
    for row in tx.all(sql, binds![r.tracking.as_str()]).await? {
        let carrier = row.opt_text(3)?.unwrap_or_default();
        if carrier.is_empty() || carrier.to_lowercase() == r.carrier {
            out.push((row.int(0)?, row.int(1)?, row.text(2)?));
        }
    }
    Ok(out)
}

async fn take(visit: &Visit, r: &Read) -> Result<(Heard, Vec<String>)> {
    let tx = visit.ctx.begin().await?;
    let (became, found) = hear(&visit.ctx, &tx, r).await?;
    tx.commit().await?;
    Ok((became, found.into_iter().map(|f| f.1).collect()))
}

/// Takes a report in a transaction: what became of it, and the shipments (id, number) that it is about.
async fn hear(ctx: &Ctx, tx: &Tx, r: &Read) -> Result<(Heard, Vec<(i64, String)>)> {
    let found = travelling(tx, r).await?;
    let mut became = Heard::Unknown;
    for (shipment, order, _) in &found {
        // Two reports on one order wait for each other.
        crate::totals::lock(tx, &[*order]).await?;
        became = became.max(note(ctx, tx, *shipment, r).await?);
    }
    Ok((became, found.into_iter().map(|f| (f.0, f.2)).collect()))
}

/// A word about goods that came by another door.
pub(crate) async fn heard(ctx: &Ctx, tx: &Tx, word: &GoodsWord) -> Result<(Heard, Option<i64>)> {
    ctx.require("shipment_event.report")?;
    let event = Event {
        carrier: word.carrier.clone(),
        tracking: word.tracking.clone(),
        event: word.event.clone(),
        at: word.at.clone(),
        id: word.key.clone(),
        expected_on: word.expected_on.clone(),
        note: word.note.clone(),
    };
    let (became, found) = hear(ctx, tx, &read_event(ctx, &event)?).await?;
    Ok((became, found.first().map(|f| f.0)))
}

/// Keeps a report on a shipment and does what it says.
async fn note(ctx: &Ctx, tx: &Tx, shipment: i64, r: &Read) -> Result<Heard> {
    let sql = "SELECT kind, happened_at FROM order_carrier_event WHERE shipment_id = $1";
    let mut before = vec![];
    for row in tx.all(sql, binds![shipment]).await? {
        before.push(carrier::Report {
            kind: row.text(0)?,
            at: Stamp(row.int(1)?),
        });
    }
    let sql = "INSERT INTO order_carrier_event (carrier, event_key, shipment_id, kind, happened_at, received_at, expected_on, note, changed) \
               VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT (carrier, event_key, shipment_id) DO NOTHING RETURNING id";
    let values = binds![
        r.carrier.as_str(),
        r.key.as_str(),
        shipment,
        r.report.kind.as_str(),
        r.report.at.0,
        tx.at.0,
        r.expected.map(|d| d.to_string()),
        r.note.clone(),
        false
    ];
    let Some(row) = tx.one(sql, values).await? else {
        return Ok(Heard::Repeated);
    };
    let house = Ctx::system(&ctx.house, ctx.door);
    let record = read::need(&house, tx, ctx.registry().get("shipment")?, shipment).await?;
    let to = carrier::brings(&r.report, &before, record.text("status"));
    let delay = carrier::is_latest_delay(&r.report, &before) && record.text("status") != "delivered";
    if to.is_none() && !delay {
        return Ok(Heard::Kept);
    }
    tx.exec(
        "UPDATE order_carrier_event SET changed = $1 WHERE id = $2",
        binds![true, row.int(0)?],
    )
    .await?;
    if let Some(to) = to {
        bring(&house, tx, record, to, r).await?;
    } else {
        let changes = Values::from([("expected_on".to_owned(), r.expected.into())]);
        flow::set(ctx, tx, shipment, changes).await?;
    }
    Ok(Heard::Applied)
}

/// Brings a shipment into a state; what has not left in our books leaves first.
async fn bring(house: &Ctx, tx: &Tx, record: Record, to: &'static str, r: &Read) -> Result<()> {
    let on = r.report.at.date(&house.house.zone).min(house.today());
    let id = record.id;
    if rules::is_open(record.text("status")) {
        let sql = "SELECT o.ordered_on FROM order_order o JOIN order_shipment s ON s.order_id = o.id WHERE s.id = $1";
        let ordered: Option<Date> = tx
            .one(sql, binds![id])
            .await?
            .and_then(|r| r.text(0).ok()?.parse().ok());
        let left = ordered.map_or(on, |o| on.max(o));
        let changes = Values::from([
            ("status".to_owned(), Value::from("shipped")),
            ("shipped_on".to_owned(), left.into()),
        ]);
        flow::set(house, tx, id, changes).await?;
        if to == "shipped" {
            return Ok(());
        }
    }
    let ty = house.registry().get("shipment")?.clone();
    let record = read::need(house, tx, &ty, id).await?;
    let mut changes = Values::from([("status".to_owned(), Value::from(to))]);
    if to == "delivered" {
        let day = record.date("shipped_on").map_or(on, |s| on.max(s));
        changes.insert("delivered_on".to_owned(), day.into());
    }
    if to == "failed" {
        changes.insert("reason".to_owned(), r.note.clone().into());
    }
    let version = record.version;
    write::update_from(house, tx, &ty, record, version, changes)
        .await
        .map(|_| ())
}

/// `POST /api/v1/shipment-events`.
pub(crate) async fn post(visit: Visit, Json(batch): Json<Batch>) -> Answer {
    if batch.events.is_empty() || batch.events.len() > MOST {
        return Err(Error::field("events", "error-event-many").into());
    }
    let mut results = vec![];
    for event in &batch.events {
        let done = match read_event(&visit.ctx, event) {
            Ok(read) => take(&visit, &read).await,
            Err(e) => Err(e),
        };
        results.push(match done {
            Ok((became, shipments)) => json!({"id": event.id, "result": word(became), "shipments": shipments}),
            Err(e) if e.kind == Kind::Broken => return Err(e.into()),
            Err(e) => refused(&visit, event, &e),
        });
    }
    answer(StatusCode::OK, &json!({ "results": results }))
}

fn refused(visit: &Visit, event: &Event, e: &Error) -> Any {
    let (code, words) = match e.fields.first() {
        Some(f) => (f.code, format!("{}: {}", f.field, visit.loc.field_error(f))),
        None => (e.code, visit.loc.error(e)),
    };
    json!({"id": event.id, "result": "refused", "code": code, "message": words})
}

/// What the carrier reported on a shipment, newest first.
pub(crate) async fn list(visit: &Visit, shipment: i64) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT happened_at, kind, carrier, expected_on, note FROM order_carrier_event WHERE shipment_id = $1 \
               ORDER BY happened_at DESC, id DESC LIMIT 50";
    let rows = visit.db().all(sql, binds![shipment]).await?;
    if rows.is_empty() {
        return Ok(html! {});
    }
    let mut lines = vec![];
    for row in &rows {
        lines.push(html! { tr {
            td.num { (loc.stamp(Stamp(row.int(0)?))) }
            td { (loc.t(&format!("carrier-{}", row.text(1)?))) @if let Some(day) = row.opt_text(3)? { " " span.num { (day) } } }
            td { (row.opt_text(4)?.unwrap_or_default()) }
        } });
    }
    let table = html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("carrier-at")) } th scope="col" { (loc.t("carrier-event")) } th scope="col" { (loc.t("shipment-note")) } } }
            tbody { @for l in &lines { (l) } }
        } }
    };
    Ok(html! { (ui::card(loc.t("carrier-reports")).flush(table)) })
}
