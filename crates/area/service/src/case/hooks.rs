//! What happens when a case is written by any door: it gets its process and starts on its way.

use super::desk::Desk;
use crate::{Ports, process, types::OPEN};
use async_trait::async_trait;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds, registry::Saved};

pub(crate) struct CaseHooks(pub Ports);

fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}
fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}

/// Region and tier of the customer, as they are now: conditions of the process ask for them.
async fn customer(tx: &Tx, new: &mut Values) -> Result<()> {
    let sql =
        "SELECT p.region, i.tier FROM party_party p LEFT JOIN insight_customer i ON i.party_id = p.id WHERE p.id = $1";
    let (mut region, mut tier) = (None, None);
    if let Some(party) = int(new, "party_id")
        && let Some(row) = tx.one(sql, binds![party]).await?
    {
        (region, tier) = (row.opt_text(0)?, row.opt_text(1)?);
    }
    new.insert("region".into(), region.into());
    new.insert("tier".into(), tier.into());
    Ok(())
}

/// What is known of an order or shipment need not be typed again.
async fn about(tx: &Tx, new: &mut Values) -> Result<()> {
    if let (Some(shipment), None) = (int(new, "shipment_id"), int(new, "order_id")) {
        let order = tx
            .number(
                "SELECT COALESCE(order_id, 0) FROM order_shipment WHERE id = $1",
                binds![shipment],
            )
            .await?;
        new.insert("order_id".into(), Some(order).filter(|o| *o > 0).into());
    }
    if let (Some(order), None) = (int(new, "order_id"), int(new, "party_id")) {
        let party = tx
            .number(
                "SELECT COALESCE(party_id, 0) FROM order_order WHERE id = $1",
                binds![order],
            )
            .await?;
        new.insert("party_id".into(), Some(party).filter(|p| *p > 0).into());
    }
    Ok(())
}

async fn take_process(ctx: &Ctx, tx: &Tx, new: &mut Values) -> Result<()> {
    let ty = ctx.registry().get("case")?;
    let Some((process, version)) = process::choose(ctx, tx, ty, new).await? else {
        return Err(Error::field("kind", "error-case-no-process"));
    };
    new.insert("process_id".into(), process.into());
    new.insert("process_version".into(), version.into());
    Ok(())
}

#[async_trait]
impl Hooks for CaseHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        about(tx, new).await?;
        let party = int(new, "party_id");
        if old.is_none_or(|o| o.int("party_id") != party) {
            customer(tx, new).await?;
        }
        match old {
            None => {
                for (name, value) in [
                    ("status", Value::from("new")),
                    ("late", false.into()),
                    ("round", 1_i64.into()),
                ] {
                    new.insert(name.into(), value);
                }
                if text(new, "opened_on").is_empty() {
                    new.insert("opened_on".into(), tx.at.date(&ctx.house.zone).into());
                }
                take_process(ctx, tx, new).await
            }
            Some(old) if text(new, "kind") != old.text("kind") => {
                if !["new", "working"].contains(&old.text("status")) || old.int("round") != Some(1) {
                    return Err(Error::field("kind", "error-case-kind"));
                }
                take_process(ctx, tx, new).await
            }
            Some(_) => Ok(()),
        }
    }

    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        for row in rows {
            match &row.old {
                None => Desk::inside(ctx, tx, &self.0, row.id).await?.start().await?,
                Some(_) if row.new.contains_key("kind") => {
                    Desk::inside(ctx, tx, &self.0, row.id).await?.restart().await?
                }
                Some(_) => {}
            }
            if row.old.is_some() || rows.len() == 1 {
                crate::entry::saved(tx, ctx, row).await?;
            }
        }
        Ok(())
    }

    async fn archiving(&self, _: &Tx, ctx: &Ctx, record: &Record) -> Result<()> {
        // What a customer said is not put away before they were answered; what is none (advertising) has no customer.
        let open = OPEN.contains(&record.text("status"));
        if open && record.int("party_id").is_some() && !ctx.actor.may("case.approve") {
            return Err(Error::refused("error-case-open"));
        }
        Ok(())
    }

    async fn archived(&self, tx: &Tx, _: &Ctx, record: &Record, away: bool) -> Result<()> {
        // The clock stands still for what is put away, and goes on when it comes back.
        let sql = if away {
            "UPDATE service_step SET alarm_at = -alarm_at, escalate_at = -escalate_at WHERE case_id = $1 AND ended_at IS NULL AND alarm_at > 0"
        } else {
            "UPDATE service_step SET alarm_at = -alarm_at, escalate_at = -escalate_at WHERE case_id = $1 AND ended_at IS NULL AND alarm_at < 0"
        };
        tx.exec(sql, binds![record.id]).await?;
        if !away {
            super::clock::wake(tx, tx.at).await?;
        }
        Ok(())
    }
}
