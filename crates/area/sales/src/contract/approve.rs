//! How a contract is put before its approvers.

use crate::quote::approve::settle;
use async_trait::async_trait;
use serde_json::json;
use zhike_contract::{Approvable, Outcome, Subject, approvals::pick};
use zhike_kernel::Result;
use zhike_store::{Ctx, Field, Query, Record, Tx, binds, read};

const FIELDS: [&str; 13] = [
    "number",
    "name",
    "party_id",
    "other_id",
    "starts_on",
    "ends_on",
    "auto_renew",
    "renew_months",
    "notice_days",
    "value",
    "currency",
    "terms",
    "revision",
];
const LINE: [&str; 4] = ["due_on", "amount", "condition", "currency"];

pub(crate) struct Contracts;

/// The plan of a contract, by day.
pub(crate) async fn plan(ctx: &Ctx, q: &dyn Query, contract: i64) -> Result<Vec<Record>> {
    let sql = "SELECT id FROM sales_contract_plan WHERE contract_id = $1 AND archived_at IS NULL ORDER BY due_on, id";
    let ids: Vec<i64> = q
        .all(sql, binds![contract])
        .await?
        .iter()
        .map(|r| r.int(0))
        .collect::<Result<_>>()?;
    let mut found = read::find_many(ctx, q, ctx.registry().get("contract_plan")?, &ids).await?;
    found.sort_by_key(|l| ids.iter().position(|id| *id == l.id));
    Ok(found)
}

#[async_trait]
impl Approvable for Contracts {
    fn subject(&self) -> &'static str {
        "contract"
    }
    fn lines(&self) -> Option<&'static str> {
        Some("contract_plan")
    }
    fn extra(&self) -> Vec<Field> {
        vec![]
    }
    async fn look(&self, ctx: &Ctx, q: &dyn Query, id: i64) -> Result<Subject> {
        let house = Ctx::system(&ctx.house, ctx.door);
        let contract = read::need(&house, q, house.registry().get("contract")?, id).await?;
        let lines = plan(&house, q, id).await?;
        Ok(Subject {
            title: format!("{} {}", contract.text("number"), contract.text("name")),
            party: contract.int("party_id"),
            owner: contract.int("owner_id"),
            frozen: json!({"fields": pick(&contract, &FIELDS), "lines": lines.iter().map(|l| pick(l, &LINE)).collect::<Vec<_>>()}),
            values: contract.values,
        })
    }
    async fn decided(&self, ctx: &Ctx, tx: &Tx, id: i64, outcome: Outcome) -> Result<()> {
        // One that is in force or over hears nothing of an approval any more.
        let now = tx
            .one("SELECT status FROM sales_contract WHERE id = $1", binds![id])
            .await?;
        let now = now.map(|r| r.text(0)).transpose()?.unwrap_or_default();
        if !super::rules::open(&now) {
            return Ok(());
        }
        settle(
            ctx,
            tx,
            "contract",
            id,
            if outcome == Outcome::Approved {
                "approved"
            } else {
                "draft"
            },
        )
        .await
    }
}
