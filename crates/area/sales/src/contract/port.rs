//! Instalments for whoever writes the invoices.

use async_trait::async_trait;
use zhike_contract::{Instalment, Plans};
use zhike_kernel::{Date, Error, Result};
use zhike_store::{Ctx, Query, Tx, binds, filter_sql::Sql};

pub(crate) struct Port;

#[async_trait]
impl Plans for Port {
    async fn due(&self, ctx: &Ctx, q: &dyn Query, until: Date) -> Result<Vec<Instalment>> {
        let mut sql = Sql::new(q.dialect());
        sql.binds = binds![until.to_string()];
        sql.text = "SELECT p.id, c.id, c.number, c.party_id, p.due_on, p.amount, c.currency, p.condition FROM sales_contract_plan p \
                    JOIN sales_contract c ON c.id = p.contract_id WHERE p.due_on <= $1 AND p.invoice_id IS NULL AND p.archived_at IS NULL \
                    AND c.status IN ('active', 'ended') AND c.archived_at IS NULL AND "
            .into();
        sql.scope(ctx.registry(), ctx.registry().get("contract")?, "c", &ctx.actor)?;
        sql.text.push_str(" ORDER BY p.due_on, p.id LIMIT 1000");
        let mut out = vec![];
        for r in q.all(&sql.text, sql.binds).await? {
            out.push(Instalment {
                id: r.int(0)?,
                contract: r.int(1)?,
                number: r.text(2)?,
                party: r.int(3)?,
                due_on: r.text(4)?.parse().map_err(Error::broken)?,
                amount: r.int(5)?,
                currency: r.text(6)?,
                condition: r.opt_text(7)?.unwrap_or_default(),
            });
        }
        Ok(out)
    }

    async fn invoiced(&self, ctx: &Ctx, tx: &Tx, instalment: i64, invoice: i64) -> Result<bool> {
        ctx.require("invoice.create")?;
        let n = tx
            .exec(
                "UPDATE sales_contract_plan SET invoice_id = $1, version = version + 1, updated_at = $2 WHERE id = $3 AND invoice_id IS NULL",
                binds![invoice, tx.at.0, instalment],
            )
            .await?;
        Ok(n == 1)
    }
}
