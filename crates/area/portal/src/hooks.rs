//! What holds for accounts: a new one is invited; one that belongs to somebody else now begins anew.

use crate::{account, letter};
use async_trait::async_trait;
use std::sync::Arc;
use zhike_contract::Outbound;
use zhike_kernel::{Result, Value, Values};
use zhike_store::{Ctx, Hooks, Record, Tx, registry::Saved};

pub(crate) struct AccountHooks {
    pub outbound: Arc<dyn Outbound>,
}

#[async_trait]
impl Hooks for AccountHooks {
    async fn check(&self, _tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let email = new.get("email").and_then(Value::text).map(|e| e.trim().to_lowercase());
        if let Some(email) = email {
            new.insert("email".into(), email.into());
        }
        if old.is_none() {
            new.insert("state".into(), "invited".into());
        }
        let other = |field: &str| old.is_some_and(|o| new.get(field).is_some_and(|v| v != o.get(field)));
        if other("email") || other("party_id") {
            new.insert("state".into(), "invited".into());
            new.insert("seen_at".into(), Value::Null);
        }
        Ok(())
    }

    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        for row in rows {
            let other = |field: &str| {
                let old = row.old.as_ref();
                old.is_some_and(|o| row.new.get(field).is_some_and(|v| v != o.get(field)))
            };
            let moved = other("email") || other("party_id");
            if moved {
                account::forget(tx, row.id, true).await?;
            }
            if moved || row.old.is_none() {
                letter::invite(ctx, tx, self.outbound.as_ref(), row.id).await?;
            }
        }
        Ok(())
    }

    async fn archived(&self, tx: &Tx, _ctx: &Ctx, record: &Record, away: bool) -> Result<()> {
        if away {
            account::forget(tx, record.id, false).await?;
        }
        Ok(())
    }
}
