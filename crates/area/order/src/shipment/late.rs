//! What did not arrive by the day it was promised for, or could not be delivered: an event, and a task for somebody to see
//! to it. One task for a shipment, whatever happens to it.

use async_trait::async_trait;
use std::sync::Arc;
use zhike_contract::{NewTask, Tasks};
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::Result;
use zhike_store::{Ctx, Event, EventKind, Query, Record, Tx, binds};

const LATE: &str = "order.delivery_late.v1";
const FAILED: &str = "order.delivery_failed.v1";
/// Looked at in one transaction.
const CHUNK: i64 = 200;
/// What was promised longer ago than so many days is nobody's news.
const PAST: i64 = 60;

/// The events of this part.
pub(crate) fn events() -> Vec<EventKind> {
    [LATE, FAILED]
        .map(|name| EventKind {
            name: name.to_owned(),
            reason: "read on the timeline; the task that belongs to it is opened in the same transaction",
        })
        .to_vec()
}

/// What somebody is to see to: a shipment, or an order of which nothing is on its way.
struct Matter<'a> {
    event: &'static str,
    order: i64,
    shipment: Option<i64>,
    number: &'a str,
    party: Option<i64>,
    owner: Option<i64>,
    note: String,
}

async fn tell(tasks: &dyn Tasks, tx: &Tx, ctx: &Ctx, m: Matter<'_>) -> Result<()> {
    let event = Event {
        kind: m.event.to_owned(),
        record_type: "order",
        record: m.order,
        party: m.party,
        note: Some(m.note.clone()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    let (record, key) = match m.shipment {
        Some(id) => (("shipment", id), format!("late_delivery:shipment:{id}")),
        None => (("order", m.order), format!("late_delivery:order:{}", m.order)),
    };
    let task = NewTask {
        // What is to be done is told by the kind, in the language of whoever reads.
        title: m.number.to_owned(),
        kind: "late_delivery",
        party: m.party,
        record: Some(record),
        assignee: m.owner,
        due: Some(ctx.today()),
        note: Some(m.note),
        key: Some(key),
    };
    tasks.open(ctx, tx, &task).await.map(|_| ())
}

/// A shipment could not be delivered.
pub(crate) async fn tell_failed(tasks: &dyn Tasks, tx: &Tx, ctx: &Ctx, shipment: &Record, why: &str) -> Result<()> {
    let order = shipment.int("order_id").unwrap_or(0);
    let sql = "SELECT owner_id FROM order_order WHERE id = $1";
    let owner = tx
        .one(sql, binds![order])
        .await?
        .map(|r| r.opt_int(0))
        .transpose()?
        .flatten();
    let number = shipment.text("number");
    let matter = Matter {
        event: FAILED,
        order,
        shipment: Some(shipment.id),
        number,
        party: shipment.int("party_id"),
        owner,
        note: [number, why].join(" ").trim().to_owned(),
    };
    tell(tasks, tx, ctx, matter).await
}

/// The nightly look for what is past its promise.
pub(crate) struct Late(pub(crate) Arc<dyn Tasks>);

impl Late {
    /// Tells of a chunk of what is late and was not told yet; how many.
    async fn chunk(&self, ctx: &Ctx, sql: &str, shipments: bool) -> Result<usize> {
        let today = ctx.today();
        let past = today
            .checked_sub(jiff::Span::new().days(PAST))
            .unwrap_or(today)
            .to_string();
        let tx = ctx.begin().await?;
        let rows = tx.all(sql, binds![today.to_string(), past, CHUNK]).await?;
        for row in &rows {
            let (id, order, number, promised) = (row.int(0)?, row.int(1)?, row.text(2)?, row.text(3)?);
            let table = if shipments { "order_shipment" } else { "order_order" };
            let mark = format!("UPDATE {table} SET late_told_at = $1 WHERE id = $2 AND late_told_at IS NULL");
            if tx.exec(&mark, binds![tx.at.0, id]).await? == 0 {
                continue;
            }
            let matter = Matter {
                event: LATE,
                order,
                shipment: shipments.then_some(id),
                number: &number,
                party: row.opt_int(4)?,
                owner: row.opt_int(5)?,
                note: format!("{number} {promised}"),
            };
            tell(self.0.as_ref(), &tx, ctx, matter).await?;
        }
        tx.commit().await?;
        Ok(rows.len())
    }
}

/// Shipments promised for a day that is over and not with the customer. `expected_on` is the carrier's word, not ours.
const SHIPMENTS: &str = "SELECT s.id, s.order_id, s.number, s.promised_on, s.party_id, o.owner_id FROM order_shipment s \
    JOIN order_order o ON o.id = s.order_id WHERE s.status IN ('draft','picked','shipped','in_transit','failed') \
    AND s.promised_on < $1 AND s.promised_on >= $2 AND s.late_told_at IS NULL AND s.archived_at IS NULL ORDER BY s.id LIMIT $3";
/// Orders promised for such a day of which something waits that no shipment speaks for.
const ORDERS: &str = "SELECT o.id, o.id, o.number, o.promised_on, o.party_id, o.owner_id FROM order_order o \
    WHERE o.kind = 'sale' AND o.status = 'confirmed' AND o.promised_on < $1 AND o.promised_on >= $2 AND o.late_told_at IS NULL \
    AND o.archived_at IS NULL AND NOT EXISTS (SELECT 1 FROM order_shipment s WHERE s.order_id = o.id \
    AND s.status IN ('draft','picked') AND s.archived_at IS NULL) ORDER BY o.id LIMIT $3";

#[async_trait]
impl Job for Late {
    fn name(&self) -> &'static str {
        "order.late"
    }
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        let most = usize::try_from(CHUNK).unwrap_or(0);
        for (sql, shipments) in [(SHIPMENTS, true), (ORDERS, false)] {
            let mut done = 0;
            loop {
                let n = self.chunk(ctx, sql, shipments).await?;
                done += i64::try_from(n).unwrap_or(0);
                run.beat(ctx, done, done).await?;
                if n < most {
                    break;
                }
            }
        }
        Ok(Outcome::Done)
    }
}
