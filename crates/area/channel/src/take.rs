//! What comes in: words of a customer become a contact in their thread, words such as `STOP` close the address and are
//! answered once, reports go to their message. All of one call, or nothing.

use crate::{
    Ports,
    account::{self, Account},
    kinds::Item,
    report,
    words::{self, Word},
};
use zhike_contract::{
    Beside, Channel, Holder, NewInteraction,
    gate::{Ask, Class},
    outbound::Message,
};
use zhike_kernel::{Door, Result};
use zhike_store::{Ctx, Query, Tx, binds, read, search};

/// What became of a call: taken in, known before or of no use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub taken: i64,
    pub known: i64,
}

/// Takes in what one call told.
pub(crate) async fn all(ctx: &Ctx, ports: &Ports, account: &Account, items: &[Item]) -> Result<Counts> {
    let ctx = &Ctx::system(&ctx.house, Door::Job);
    let mut counts = Counts::default();
    let tx = ctx.begin().await?;
    for item in items {
        let fresh = match item {
            Item::Said { from, name, text, id } => said(ctx, &tx, ports, account, (from, name, text, id)).await?,
            Item::Report { id, arrived, why } => match arrived {
                Some(arrived) => report::take(ctx, &tx, ports, account.id, id, *arrived, why).await?,
                None => false,
            },
        };
        if fresh {
            counts.taken += 1;
        } else {
            counts.known += 1;
        }
    }
    if !items.is_empty() {
        account::heard(&tx, account.id).await?;
    }
    tx.commit().await?;
    Ok(counts)
}

/// Whose an address is: whom we last wrote to there, else whose number it is, the older before the newer.
async fn party_of(ctx: &Ctx, tx: &Tx, channel: Channel, address: &str) -> Result<Option<i64>> {
    let key = account::key(channel, address);
    let sql = "SELECT a.party_id FROM channel_address a JOIN party_party p ON p.id = a.party_id \
               WHERE a.channel = $1 AND a.address = $2 AND p.archived_at IS NULL";
    if let Some(row) = tx.one(sql, binds![channel.word(), key.as_str()]).await? {
        return row.opt_int(0);
    }
    if channel != Channel::Sms || key.len() < 7 {
        return Ok(None);
    }
    // The area of parties keeps the last eight digits with an index.
    let last: String = key.chars().skip(key.chars().count().saturating_sub(8)).collect();
    let sql = "SELECT id, COALESCE(phone, ''), COALESCE(phone2, '') FROM party_party WHERE phone_key = $1 AND archived_at IS NULL \
               ORDER BY id LIMIT 50";
    for row in tx.all(sql, binds![last.as_str()]).await? {
        let numbers = [row.text(1)?, row.text(2)?];
        if numbers.iter().any(|n| account::key(channel, n) == key) {
            return row.int(0).map(Some);
        }
    }
    // The second number of somebody who has a first one is only in the search index.
    let ty = ctx.registry().get("party")?.clone();
    let ids = search::ids(ctx, tx, &ty, &last, 20).await?;
    let found = read::find_many(ctx, tx, &ty, &ids).await?;
    let same = |p: &&read::Record| {
        p.archived_at.is_none()
            && ["phone", "phone2"]
                .iter()
                .any(|f| account::key(channel, p.text(f)) == key)
    };
    Ok(found.iter().find(same).map(|p| p.id))
}

async fn said(
    ctx: &Ctx,
    tx: &Tx,
    ports: &Ports,
    account: &Account,
    (from, name, text, id): (&str, &str, &str, &str),
) -> Result<bool> {
    let channel = account.kind.channel();
    // A sender without a number (a name, as advertisers use it) is nobody's address.
    let fewest = if channel == Channel::Sms { 5 } else { 1 };
    if account::key(channel, from).len() < fewest || text.trim().is_empty() {
        return Ok(false);
    }
    let party = party_of(ctx, tx, channel, from).await?;
    let word = words::of(text);
    let new = NewInteraction {
        channel,
        outgoing: false,
        at: tx.at,
        party,
        address: from.to_owned(),
        subject: String::new(),
        body: text.to_owned(),
        record: None,
        message: None,
        user: None,
        seconds: None,
        // What came once comes in once, however often the provider tells it.
        key: Some(format!("channel:{}:{id}", account.id)),
    };
    let beside = Beside {
        sender: name.to_owned(),
        machine: word.is_some(),
    };
    let (contact, fresh) = ports.interactions.join(ctx, tx, &new, &beside).await?;
    if !fresh {
        return Ok(false);
    }
    account::spoke(tx, account, from, party).await?;
    if let Some(word) = word {
        turned(ctx, tx, ports, account, &new, (word, contact)).await?;
    }
    Ok(true)
}

/// The holder of an address closes it or opens it again; the first such word is answered, its repetitions are not.
async fn turned(
    ctx: &Ctx,
    tx: &Tx,
    ports: &Ports,
    account: &Account,
    new: &NewInteraction,
    (word, contact): (Word, i64),
) -> Result<()> {
    let body: String = new.body.trim().chars().take(40).collect();
    let proof = format!("“{body}” {} /interactions/{contact} {}", account.name, tx.at.rfc3339());
    let holder = Holder {
        channel: new.channel,
        address: &new.address,
        party: new.party,
        proof: &proof,
    };
    let changed = match word {
        Word::Stop => ports.opt_outs.close(ctx, tx, &holder).await?,
        Word::Start => ports.opt_outs.reopen(ctx, tx, &holder).await?,
    };
    // A stranger's address is closed as well, but nothing is sent to whom we do not know.
    let (true, Some(party)) = (changed, new.party) else {
        return Ok(());
    };
    let answer = words::answer(word, words::chinese(&new.body));
    let message = Message {
        ask: Ask {
            party,
            class: Class::Service,
            topic: String::new(),
            channel: new.channel,
            address: Some(new.address.clone()),
            at: tx.at,
            may_change: false,
            may_wait: false,
            // It answers what they just sent.
            agreed: true,
        },
        subject: String::new(),
        body: answer.to_owned(),
        record: None,
        key: Some(format!("channel.word:{contact}")),
    };
    ports.outbound.send(ctx, tx, &message).await.map(|_| ())
}
