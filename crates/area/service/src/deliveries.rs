//! What did not arrive in time, or could not be delivered, is a case: it has a clock, an answer to the customer and a verdict,
//! where a task would only be ticked off.

use async_trait::async_trait;
use std::sync::Arc;
use zhike_contract::{Close, NewTask, Tasks};
use zhike_kernel::{Door, Error, Result, Values};
use zhike_store::{Ctx, Query, Tx, binds, write};

/// The kind of task that becomes a case.
const LATE: &str = "late_delivery";

/// Opens cases for late deliveries, and tasks for all else.
pub(crate) struct Deliveries(pub Arc<dyn Tasks>);

#[async_trait]
impl Tasks for Deliveries {
    async fn open(&self, ctx: &Ctx, tx: &Tx, task: &NewTask) -> Result<i64> {
        let (Some((of, id)), true, Some(key)) = (task.record, task.kind == LATE, task.key.as_deref()) else {
            return self.0.open(ctx, tx, task).await;
        };
        let sql = "SELECT id FROM service_case WHERE external_key = $1 AND archived_at IS NULL";
        if let Some(row) = tx.one(sql, binds![key]).await? {
            return row.int(0);
        }
        let cause = "SELECT id, factor, responsible FROM service_cause WHERE name = '送货延误' AND archived_at IS NULL ORDER BY id LIMIT 1";
        let mut values = Values::new();
        let mut put = |name: &str, value: zhike_kernel::Value| values.insert(name.to_owned(), value);
        if let Some(row) = tx.one(cause, vec![]).await? {
            put("cause_id", row.int(0)?.into());
            put("factor", row.opt_text(1)?.into());
            put("responsible", row.opt_text(2)?.into());
        }
        // A number says it in every language; the kind and the cause say the rest.
        put(
            "subject",
            task.note.clone().unwrap_or_else(|| task.title.clone()).into(),
        );
        put("kind", "complaint".into());
        put("channel", "house".into());
        put("party_id", task.party.into());
        put(if of == "shipment" { "shipment_id" } else { "order_id" }, id.into());
        put("external_key", key.into());
        let ty = ctx.registry().get("case")?.clone();
        // The cause was allowed; what follows from it needs no right of its own.
        let system = Ctx::system(&ctx.house, Door::Job);
        let made = write::insert_many(&system, tx, &ty, vec![values], None).await;
        match made {
            Ok(ids) => ids.first().copied().ok_or_else(Error::missing),
            // A house that has switched its complaint process off keeps its tasks.
            Err(e) if e.fields.iter().any(|f| f.code == "error-case-no-process") => self.0.open(ctx, tx, task).await,
            Err(e) => Err(e),
        }
    }

    /// A case has its own end; only tasks are closed.
    async fn close(&self, ctx: &Ctx, tx: &Tx, key: &str, how: Close) -> Result<()> {
        self.0.close(ctx, tx, key, how).await
    }
}
