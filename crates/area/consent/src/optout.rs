//! An address that its holder closes or opens again, by a link or by a word sent from it.

use crate::address;
use async_trait::async_trait;
use zhike_contract::{Channel, Holder, OptOuts, gate::Class};
use zhike_kernel::{Door, Error, Result, Value, Values};
use zhike_store::{Ctx, Query, Tx, binds, read, write};

pub(crate) struct Port;

/// Those that stand for an address on a channel.
async fn standing(tx: &Tx, channel: Channel, key: &str) -> Result<Vec<i64>> {
    let sql = "SELECT id FROM consent_opt_out WHERE address_key = $1 AND channel = $2 AND lifted_on IS NULL AND archived_at IS NULL \
               ORDER BY id";
    let rows = tx.all(sql, binds![key, channel.word()]).await?;
    rows.iter().map(|r| r.int(0)).collect()
}

#[async_trait]
impl OptOuts for Port {
    async fn close(&self, ctx: &Ctx, tx: &Tx, holder: &Holder<'_>) -> Result<bool> {
        let key = address::key(holder.channel, holder.address).ok_or_else(Error::missing)?;
        if let Some(party) = holder.party {
            crate::gate::queue_up(tx, party).await?;
        }
        if !standing(tx, holder.channel, &key).await?.is_empty() {
            return Ok(false);
        }
        let words: [(&str, Value); 6] = [
            ("channel", holder.channel.word().into()),
            ("address", holder.address.into()),
            ("scope", Class::Promotion.word().into()),
            ("source", "message".into()),
            ("party_id", holder.party.into()),
            ("proof", holder.proof.into()),
        ];
        let row: Values = words.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        let ty = ctx.registry().get("opt_out")?.clone();
        let system = Ctx::system(&ctx.house, Door::Job);
        write::insert_many(&system, tx, &ty, vec![row], None).await?;
        Ok(true)
    }

    async fn reopen(&self, ctx: &Ctx, tx: &Tx, holder: &Holder<'_>) -> Result<bool> {
        let key = address::key(holder.channel, holder.address).ok_or_else(Error::missing)?;
        let ty = ctx.registry().get("opt_out")?.clone();
        let system = Ctx::system(&ctx.house, Door::Job);
        let ids = standing(tx, holder.channel, &key).await?;
        for record in read::find_many(&system, tx, &ty, &ids).await? {
            let version = record.version;
            let lifted = Values::from([
                ("lifted_on".to_owned(), ctx.today().into()),
                ("lifted_how".to_owned(), holder.proof.into()),
            ]);
            write::update_from(&system, tx, &ty, record, version, lifted).await?;
        }
        Ok(!ids.is_empty())
    }
}
