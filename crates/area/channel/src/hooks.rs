//! What holds for an account: its kind stays, and it is switched on only when it is set up.

use crate::{account, kinds};
use async_trait::async_trait;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Hooks, Record, Tx, binds, registry::Saved};
use zhike_web::seal;

pub(crate) struct AccountHooks;

#[async_trait]
impl Hooks for AccountHooks {
    async fn check(&self, tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let text = |name: &str| new.get(name).and_then(Value::text).unwrap_or("");
        let kind = kinds::of(text("kind")).ok_or_else(|| Error::field("kind", "error-not-a-choice"))?;
        if old.is_some_and(|o| o.text("kind") != kind.word()) {
            return Err(Error::field("kind", "error-channel-kind"));
        }
        let sender = text("sender");
        if sender.chars().count() > 40 || sender.chars().any(char::is_control) {
            return Err(Error::field("sender", "error-channel-sender"));
        }
        if matches!(new.get("active"), Some(Value::Bool(true))) {
            let setup = match old {
                Some(old) => account::setup(tx, old.id, kind).await?,
                None => kinds::Setup::default(),
            };
            if kind.check(&setup).is_err() {
                return Err(Error::field("active", "error-channel-unready"));
            }
        }
        Ok(())
    }

    async fn saved(&self, tx: &Tx, _ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        for row in rows.iter().filter(|r| r.old.is_none()) {
            let sql = "INSERT INTO channel_setup (account_id, body, secrets, hook) VALUES ($1, '{}', '{}', $2) \
                       ON CONFLICT (account_id) DO NOTHING";
            tx.exec(sql, binds![row.id, seal::nonce()]).await?;
        }
        Ok(())
    }
}
