//! What holds for a lost customer: one at a time, a cause of the list, and the customer's own status follows.

use async_trait::async_trait;
use zhike_kernel::{Door, Error, Result, Value, Values};
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds, read, registry::Saved, write};

pub(crate) struct LossHooks;

fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}
fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}

/// What the customer's own rhythm says, where the analysis has looked: the party with the columns of the analysis.
async fn remember(tx: &Tx, ctx: &Ctx, new: &mut Values) -> Result<()> {
    let ty = ctx.registry().get("party")?.clone();
    let system = Ctx::system(&ctx.house, Door::Job);
    let Some(party) = read::find(&system, tx, &ty, int(new, "party_id").unwrap_or(0)).await? else {
        return Ok(());
    };
    for name in ["last_order_on", "rhythm_days", "revenue"] {
        if new.get(name).is_none_or(Value::is_empty) {
            new.insert(name.to_owned(), party.get(name).clone());
        }
    }
    Ok(())
}

#[async_trait]
impl Hooks for LossHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if old.is_none() {
            for (name, word) in [("status", "lost"), ("found", "hand")] {
                if text(new, name).is_empty() {
                    new.insert(name.to_owned(), word.into());
                }
            }
            if text(new, "lost_on").is_empty() {
                new.insert("lost_on".to_owned(), ctx.today().into());
            }
            remember(tx, ctx, new).await?;
        } else if old.and_then(|o| o.int("party_id")) != int(new, "party_id") {
            return Err(Error::field("party_id", "error-loss-party"));
        }
        if text(new, "lost_on") > ctx.today().to_string().as_str() {
            return Err(Error::field("lost_on", "error-loss-future"));
        }
        if let Some(reason) = int(new, "reason_id").filter(|r| old.and_then(|o| o.int("reason_id")) != Some(*r)) {
            let sql = "SELECT count(*) FROM sales_reason WHERE id = $1 AND subject = 'customer_lost'";
            if tx.number(sql, binds![reason]).await? == 0 {
                return Err(Error::field("reason_id", "error-reason-other"));
            }
        }
        crate::rival::hooks::is_rival(tx, old, new, "rival_id").await?;
        if matches!(text(new, "status"), "proposed" | "lost") {
            let sql = "SELECT count(*) FROM sales_loss WHERE party_id = $1 AND id <> $2 AND archived_at IS NULL AND status IN ('proposed', 'lost')";
            let live = tx
                .number(sql, binds![int(new, "party_id"), old.map_or(0, |o| o.id)])
                .await?;
            if live > 0 {
                return Err(Error::field("party_id", "error-loss-twice"));
            }
        }
        Ok(())
    }

    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        for row in rows {
            let before = row.old.as_ref().map_or("", |o| o.text("status")).to_owned();
            let party = int(&row.new, "party_id").or_else(|| row.old.as_ref().and_then(|o| o.int("party_id")));
            let (Some(now), Some(party)) = (row.new.get("status").and_then(Value::text), party) else {
                continue;
            };
            match (before.as_str(), now) {
                (_, "lost") => follow(tx, ctx, party, &["active", "dormant"], "lost").await?,
                ("lost", _) => follow(tx, ctx, party, &["lost"], "active").await?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Marked by mistake and put away, the customer is one again.
    async fn archived(&self, tx: &Tx, ctx: &Ctx, record: &Record, away: bool) -> Result<()> {
        let Some(party) = record.int("party_id").filter(|_| record.text("status") == "lost") else {
            return Ok(());
        };
        if away {
            follow(tx, ctx, party, &["lost"], "active").await
        } else {
            follow(tx, ctx, party, &["active", "dormant"], "lost").await
        }
    }
}

/// The customer's own status follows, if it is still one of these.
async fn follow(tx: &Tx, ctx: &Ctx, party: i64, from: &[&str], to: &str) -> Result<()> {
    let ty = ctx.registry().get("party")?.clone();
    let system = Ctx::system(&ctx.house, Door::Job);
    let Some(record) = read::find(&system, tx, &ty, party).await? else {
        return Ok(());
    };
    if record.archived_at.is_some() || !from.contains(&record.text("status")) {
        return Ok(());
    }
    let version = record.version;
    let changes = Values::from([("status".to_owned(), to.into())]);
    write::update_from(&system, tx, &ty, record, version, changes)
        .await
        .map(|_| ())
}
