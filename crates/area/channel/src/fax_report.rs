//! Reports of fax gateways: they come by mail into one of our mailboxes. A letter from a gateway that names a fax of ours, by our
//! name in its subject or text or because it answers the mail we sent, tells what became of it.

use crate::{
    Ports,
    account::{self, Account},
    kinds::fax,
    report,
};
use async_trait::async_trait;
use regex::Regex;
use std::sync::LazyLock;
use zhike_contract::Channel;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, Tx, binds};

/// What wakes it.
pub(crate) const EVENT: &str = "interaction.created.v1";
pub(crate) const NAME: &str = "channel.fax_reports";
/// Letters looked at again, because a number may be taken before it is written.
const OVERLAP: i64 = 200;
/// Letters looked at in one go.
const CHUNK: i64 = 500;

pub(crate) struct Reports(pub Ports);

#[async_trait]
impl Job for Reports {
    fn name(&self) -> &'static str {
        NAME
    }
    async fn run(&self, ctx: &Ctx, _run: &Run) -> Result<Outcome> {
        let accounts = account::serving(ctx, Channel::Fax).await?;
        if accounts.is_empty() {
            return Ok(Outcome::Done);
        }
        let seen = ctx
            .db()
            .number(
                "SELECT COALESCE(MAX(seen), 0) FROM channel_seen WHERE name = 'fax'",
                vec![],
            )
            .await?;
        // A house that begins with fax does not read its old letters.
        let mut from = match seen {
            0 => {
                ctx.db()
                    .number("SELECT COALESCE(MAX(id), 0) FROM inbox_interaction", vec![])
                    .await?
                    - OVERLAP
            }
            n => n - OVERLAP,
        };
        loop {
            let sql = "SELECT id, COALESCE(address, ''), subject, COALESCE(body, ''), conversation_id FROM inbox_interaction \
                       WHERE id > $1 AND channel = 'email' AND direction = 'in' AND archived_at IS NULL ORDER BY id LIMIT $2";
            let rows = ctx.db().all(sql, binds![from, CHUNK]).await?;
            for row in &rows {
                let letter = Letter {
                    id: row.int(0)?,
                    address: row.text(1)?,
                    words: format!("{}\n{}", row.text(2)?, row.text(3)?),
                    talk: row.opt_int(4)?,
                };
                from = letter.id;
                if let Some(account) = accounts
                    .iter()
                    .find(|a| fax::from(&fax::reporter(&a.setup), &letter.address))
                {
                    read(ctx, &self.0, account, &letter).await?;
                }
            }
            if rows.len() < usize::try_from(CHUNK).unwrap_or(0) {
                break;
            }
        }
        let tx = ctx.begin().await?;
        let sql = "INSERT INTO channel_seen (name, seen) VALUES ('fax', $1) ON CONFLICT (name) DO UPDATE SET seen = excluded.seen";
        tx.exec(sql, binds![from.max(1)]).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

struct Letter {
    id: i64,
    address: String,
    words: String,
    talk: Option<i64>,
}

/// Our name of a message, wherever it stands.
fn named(words: &str) -> Option<i64> {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\bzk(\d{1,18})\b").ok());
    let found = NAME.as_ref()?.captures(words)?;
    found.get(1)?.as_str().parse().ok()
}

/// Which fax it is about: the one it names, else the last one in the conversation that it answers.
async fn about(tx: &Tx, account: &Account, letter: &Letter) -> Result<Option<i64>> {
    if let Some(message) = named(&letter.words) {
        return Ok(Some(message));
    }
    let sql = "SELECT s.message_id FROM inbox_interaction i JOIN channel_sent s ON s.message_id = i.message_id AND s.account_id = $1 \
               WHERE i.conversation_id = $2 AND i.direction = 'out' ORDER BY i.id DESC LIMIT 1";
    let row = tx.one(sql, binds![account.id, letter.talk]).await?;
    row.map(|r| r.int(0)).transpose()
}

async fn read(ctx: &Ctx, ports: &Ports, account: &Account, letter: &Letter) -> Result<()> {
    // What cannot be told is left to people: it stands in the inbox.
    let Some(arrived) = fax::judged(&account.setup, &letter.words) else {
        return Ok(());
    };
    let tx = ctx.begin().await?;
    let Some(message) = about(&tx, account, letter).await? else {
        return Ok(());
    };
    let sql = "SELECT count(*) FROM channel_sent WHERE account_id = $1 AND message_id = $2";
    if tx.number(sql, binds![account.id, message]).await? == 0 {
        return Ok(());
    }
    let why: String = letter.words.lines().next().unwrap_or("").chars().take(200).collect();
    let name = crate::carry::name(message);
    if report::take(ctx, &tx, ports, account.id, &name, arrived, &why).await? {
        account::heard(&tx, account.id).await?;
        ports.tools.mailer.settled(ctx, &tx, letter.id).await?;
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    #[test]
    fn our_name_is_found() {
        assert_eq!(super::named("Re: 报价 [zk42] delivered"), Some(42));
        assert_eq!(super::named("azk42 zkx"), None);
    }
}
