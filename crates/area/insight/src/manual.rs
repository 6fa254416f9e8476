//! Ratings by hand: the latest one of a customer is the customer's manual grade.

use async_trait::async_trait;
use zhike_kernel::{Result, Values};
use zhike_store::registry::Saved;
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds};

/// Fills in who rated and when, and keeps `insight_customer.manual_grade` up to date.
pub struct RatingHooks;

#[async_trait]
impl Hooks for RatingHooks {
    async fn check(&self, _tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if old.is_none() {
            let missing = |values: &Values, name: &str| values.get(name).is_none_or(zhike_kernel::Value::is_empty);
            if missing(new, "rated_on") {
                new.insert("rated_on".to_owned(), ctx.today().into());
            }
            if missing(new, "user_id") {
                new.insert("user_id".to_owned(), ctx.actor.user.into());
            }
        }
        Ok(())
    }

    async fn saved(&self, tx: &Tx, _ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let mut parties: Vec<i64> = rows
            .iter()
            .flat_map(|row| {
                let before = row.old.as_ref().and_then(|old| old.int("party_id"));
                [row.new.get("party_id").and_then(zhike_kernel::Value::int), before]
            })
            .flatten()
            .collect();
        parties.sort_unstable();
        parties.dedup();
        for party in parties {
            renew(tx, party).await?;
        }
        Ok(())
    }

    async fn archiving(&self, tx: &Tx, _ctx: &Ctx, record: &Record) -> Result<()> {
        let Some(party) = record.int("party_id") else {
            return Ok(());
        };
        set(tx, party, latest(tx, party, record.id).await?).await
    }
}

/// Puts the latest rating of a party into its row.
async fn renew(tx: &Tx, party: i64) -> Result<()> {
    set(tx, party, latest(tx, party, 0).await?).await
}

async fn latest(tx: &Tx, party: i64, without: i64) -> Result<Option<String>> {
    let sql = "SELECT grade FROM insight_rating WHERE party_id = $1 AND id <> $2 AND archived_at IS NULL \
               ORDER BY rated_on DESC, id DESC LIMIT 1";
    tx.one(sql, binds![party, without])
        .await?
        .map(|r| r.text(0))
        .transpose()
}

async fn set(tx: &Tx, party: i64, grade: Option<String>) -> Result<()> {
    tx.exec(
        "INSERT INTO insight_customer (party_id, manual_grade) VALUES ($1,$2) \
         ON CONFLICT (party_id) DO UPDATE SET manual_grade = excluded.manual_grade",
        binds![party, grade],
    )
    .await
    .map(|_| ())
}
