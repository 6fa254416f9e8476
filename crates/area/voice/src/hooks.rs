//! What holds when a call is changed by a person: its contact follows.

use crate::contact;
use async_trait::async_trait;
use zhike_kernel::{Door, Result, Value, Values};
use zhike_store::{Ctx, Hooks, Record, Tx, read, registry::Saved};

pub(crate) struct CallHooks;
pub(crate) struct ListHooks;

#[async_trait]
impl Hooks for ListHooks {
    async fn check(&self, _tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if old.is_none() {
            new.insert("total".into(), 0.into());
            new.insert("left_count".into(), 0.into());
            if new.get("owner_id").is_none_or(Value::is_empty) {
                new.insert("owner_id".into(), ctx.actor.user.into());
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Hooks for CallHooks {
    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        // What a switchboard tells keeps the contact by itself.
        if matches!(ctx.door, Door::Job) {
            return Ok(());
        }
        let ty = ctx.registry().get("call")?.clone();
        let system = Ctx::system(&ctx.house, Door::Job);
        for row in rows.iter().filter(|r| r.old.is_some()) {
            if ["note", "party_id"].iter().any(|f| row.new.contains_key(*f))
                && let Some(call) = read::find(&system, tx, &ty, row.id).await?
            {
                contact::follow(ctx, tx, &call).await?;
            }
        }
        Ok(())
    }
}
