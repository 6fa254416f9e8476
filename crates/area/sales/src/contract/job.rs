//! The daily look at quotes and contracts: what ran out, what wants a decision, what goes on by itself.

use super::{flow::tell, rules};
use async_trait::async_trait;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Date, Result, Value, Values};
use zhike_store::{Ctx, Query as _, Tx, binds, read, write};

/// The job's name.
pub(crate) const NAME: &str = "sales.calendar";
const DAY: i64 = 24 * 3_600;

pub(crate) struct Calendar;

/// Sees to it that somebody looks within the hour; one waiting look is enough.
pub(crate) async fn soon(tx: &Tx) -> Result<()> {
    wake(tx, "sales.calendar:soon", 600).await
}

async fn wake(tx: &Tx, key: &str, seconds: i64) -> Result<()> {
    tx.exec(
        "INSERT INTO job (name, unique_key, payload, due_at, created_at, state) VALUES ($1,$2,'{}',$3,$4,'waiting') \
         ON CONFLICT (unique_key) DO NOTHING",
        binds![NAME, key, tx.at.plus_seconds(seconds).0, tx.at.0],
    )
    .await
    .map(|_| ())
}

#[async_trait]
impl Job for Calendar {
    fn name(&self) -> &'static str {
        NAME
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        let mut done = 0;
        for id in due(ctx, "SELECT id FROM sales_quote WHERE status = 'sent' AND archived_at IS NULL AND valid_until_on < $1 ORDER BY id LIMIT 500").await? {
            expire(ctx, id).await?;
            done += 1;
        }
        let contracts = "SELECT id FROM sales_contract WHERE status = 'active' AND archived_at IS NULL AND notice_on <= $1 ORDER BY id LIMIT 5000";
        for id in due(ctx, contracts).await? {
            contract(ctx, id).await?;
            done += 1;
            if done % 50 == 0 {
                run.beat(ctx, done, done).await?;
            }
        }
        let tx = ctx.begin().await?;
        wake(&tx, "sales.calendar:daily", DAY).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

async fn due(ctx: &Ctx, sql: &str) -> Result<Vec<i64>> {
    let today = ctx.today().to_string();
    ctx.db()
        .all(sql, binds![today])
        .await?
        .iter()
        .map(|r| r.int(0))
        .collect()
}

async fn expire(ctx: &Ctx, id: i64) -> Result<()> {
    let ty = ctx.registry().get("quote")?.clone();
    let tx = ctx.begin().await?;
    let quote = read::need(ctx, &tx, &ty, id).await?;
    // It may have been answered meanwhile.
    if quote.text("status") == "sent" && quote.date("valid_until_on").is_some_and(|d| d < ctx.today()) {
        let to = Values::from([("status".to_owned(), Value::from("expired"))]);
        write::update(ctx, &tx, &ty, id, quote.version, to).await?;
        crate::quote::tell(ctx, &tx, &quote, "expired", None).await?;
    }
    tx.commit().await
}

async fn contract(ctx: &Ctx, id: i64) -> Result<()> {
    let ty = ctx.registry().get("contract")?.clone();
    let tx = ctx.begin().await?;
    let c = read::need(ctx, &tx, &ty, id).await?;
    let reminded = tx
        .one("SELECT reminded_for FROM sales_contract WHERE id = $1", binds![id])
        .await?;
    let reminded: Option<Date> = reminded
        .map(|r| r.opt_text(0))
        .transpose()?
        .flatten()
        .and_then(|t| t.parse().ok());
    if c.text("status") != "active" {
        return Ok(());
    }
    let ends = c.date("ends_on");
    let auto = c.get("auto_renew").truth() == Some(true);
    match rules::due(
        ends,
        c.date("notice_on"),
        auto,
        c.int("renew_months").unwrap_or(12),
        reminded,
        ctx.today(),
    ) {
        rules::Due::Nothing => return Ok(()),
        rules::Due::Remind => {
            tx.exec(
                "UPDATE sales_contract SET reminded_for = $1 WHERE id = $2",
                binds![ends.map(|d| d.to_string()), id],
            )
            .await?;
            tell(ctx, &tx, &c, "renewal_due", ends.map(|d| d.to_string())).await?;
        }
        rules::Due::Renew(until) => {
            let to = Values::from([("ends_on".to_owned(), until.into())]);
            write::update(ctx, &tx, &ty, id, c.version, to).await?;
            tell(ctx, &tx, &c, "renewed", Some(until.to_string())).await?;
        }
        rules::Due::End => {
            let to = Values::from([("status".to_owned(), Value::from("ended"))]);
            write::update(ctx, &tx, &ty, id, c.version, to).await?;
            tell(ctx, &tx, &c, "ended", None).await?;
        }
    }
    tx.commit().await
}
