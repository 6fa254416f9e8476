//! What happens when a contract or a line of its plan is written.

use super::rules;
use async_trait::async_trait;
use std::sync::Arc;
use zhike_contract::Approvals;
use zhike_kernel::{Date, Error, Result, Value, Values};
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds, read, registry::Saved, write};

/// What may change while it is in force or before its approvers: nothing that was agreed on.
const FREE: [&str; 8] = [
    "owner_id",
    "deal_id",
    "quote_id",
    "note",
    "status",
    "signed_on",
    "previous_id",
    "notice_on",
];

pub(crate) struct ContractHooks(pub Arc<dyn Approvals>);
pub(crate) struct PlanHooks(pub Arc<dyn Approvals>);

fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}
fn day(values: &Values, name: &str) -> Option<Date> {
    values.get(name).and_then(Value::text)?.parse().ok()
}
fn empty(values: &Values, name: &str) -> bool {
    values.get(name).is_none_or(Value::is_empty)
}
#[async_trait]
impl Hooks for ContractHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if empty(new, "currency") {
            let party = match int(new, "party_id").filter(|_| ctx.door.by_hand()) {
                Some(party) => read::find(ctx, tx, ctx.registry().get("party")?, party).await?,
                None => None,
            };
            let own = party.map(|p| p.text("currency").to_owned()).filter(|c| !c.is_empty());
            new.insert(
                "currency".into(),
                own.unwrap_or_else(|| ctx.house.currency.code().to_owned()).into(),
            );
        }
        if old.is_none() {
            if ctx.door.by_hand() && empty(new, "owner_id") {
                new.insert("owner_id".into(), ctx.actor.user.into());
            }
            if empty(new, "revision") {
                new.insert("revision".into(), 1.into());
            }
        }
        for (field, most) in [("renew_months", 600), ("notice_days", 3_650)] {
            if int(new, field).is_some_and(|n| !(0..=most).contains(&n)) {
                return Err(Error::field(field, "error-contract-number"));
            }
        }
        if int(new, "value").is_some_and(|v| v < 0) {
            return Err(Error::field("value", "error-contract-value"));
        }
        let (starts, ends) = (day(new, "starts_on"), day(new, "ends_on"));
        if matches!((starts, ends), (Some(a), Some(b)) if b < a) {
            return Err(Error::field("ends_on", "error-contract-term"));
        }
        let auto = new.get("auto_renew").and_then(Value::truth) == Some(true);
        if auto && ends.is_none() {
            return Err(Error::field("ends_on", "error-contract-renew"));
        }
        if auto && int(new, "renew_months").unwrap_or(0) == 0 {
            new.insert("renew_months".into(), 12.into());
        }
        let notice = rules::notice_on(ends, int(new, "notice_days"));
        new.insert("notice_on".into(), notice.map(|d| d.to_string()).into());
        if let Some(old) = old {
            let moved = |name: &str| new.get(name) != Some(old.get(name));
            let agreed = new.keys().any(|n| !FREE.contains(&n.as_str()) && moved(n));
            let status = old.text("status");
            if agreed && !rules::open(status) && ctx.door.by_hand() {
                return Err(Error::refused("error-contract-locked"));
            }
            if agreed && moved("currency") {
                let sql = "SELECT count(*) FROM sales_contract_plan WHERE contract_id = $1 AND archived_at IS NULL";
                if tx.number(sql, binds![old.id]).await? > 0 {
                    return Err(Error::field("currency", "error-contract-has-plan"));
                }
            }
            if agreed && rules::bound(status) && !moved("status") {
                new.insert("status".into(), "draft".into());
            }
        }
        Ok(())
    }

    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        for row in rows {
            if row.old.is_some() {
                self.0.touched(ctx, tx, "contract", row.id).await?;
            }
            super::job::soon(tx).await?;
        }
        Ok(())
    }

    async fn archiving(&self, tx: &Tx, ctx: &Ctx, record: &Record) -> Result<()> {
        match record.text("status") {
            "approval" => self.0.withdraw(ctx, tx, "contract", record.id).await,
            "active" => Err(Error::refused("error-contract-active")),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Hooks for PlanHooks {
    async fn check(&self, _tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if old.is_some_and(|o| new.get("contract_id") != Some(o.get("contract_id"))) {
            return Err(Error::field("contract_id", "error-contract-plan-moved"));
        }
        if int(new, "amount").is_some_and(|a| a <= 0) {
            return Err(Error::field("amount", "error-contract-amount"));
        }
        if old.is_some_and(|o| o.int("invoice_id").is_some() && (new.get("amount") != Some(o.get("amount")))) {
            return Err(Error::refused("error-contract-invoiced"));
        }
        Ok(())
    }

    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let of =
            |row: &Saved| int(&row.new, "contract_id").or_else(|| row.old.as_ref().and_then(|o| o.int("contract_id")));
        for row in rows {
            let contract = of(row).ok_or_else(|| Error::field("contract_id", "error-not-a-record"))?;
            tx.exec(
                "UPDATE sales_contract_plan SET currency = (SELECT c.currency FROM sales_contract c WHERE c.id = sales_contract_plan.contract_id) WHERE id = $1",
                binds![row.id],
            )
            .await?;
            written(self.0.as_ref(), tx, ctx, contract).await?;
        }
        Ok(())
    }

    async fn archiving(&self, _tx: &Tx, _ctx: &Ctx, record: &Record) -> Result<()> {
        match record.int("invoice_id") {
            Some(_) => Err(Error::refused("error-contract-invoiced")),
            None => Ok(()),
        }
    }

    async fn archived(&self, tx: &Tx, ctx: &Ctx, record: &Record, _away: bool) -> Result<()> {
        written(self.0.as_ref(), tx, ctx, record.int("contract_id").unwrap_or(0)).await
    }
}

/// A line of the plan was written: refused where the contract is fixed; an approval of what it was before is void.
async fn written(approvals: &dyn Approvals, tx: &Tx, ctx: &Ctx, contract: i64) -> Result<()> {
    tx.exec(
        "UPDATE sales_contract SET updated_at = $1 WHERE id = $2",
        binds![tx.at.0, contract],
    )
    .await?;
    let row = tx
        .one(
            "SELECT status, version FROM sales_contract WHERE id = $1",
            binds![contract],
        )
        .await?
        .ok_or_else(|| Error::field("contract_id", "error-not-a-record"))?;
    let (status, version) = (row.text(0)?, row.int(1)?);
    if ctx.door.by_hand() && !rules::open(&status) {
        return Err(Error::refused("error-contract-locked"));
    }
    if approvals.touched(ctx, tx, "contract", contract).await? || !rules::bound(&status) {
        return Ok(());
    }
    let house = Ctx::system(&ctx.house, ctx.door);
    let back = Values::from([("status".to_owned(), "draft".into())]);
    write::update(&house, tx, house.registry().get("contract")?, contract, version, back).await?;
    Ok(())
}
