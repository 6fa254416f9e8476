//! Conversations: which one a contact belongs to, and how it stands after it.

use crate::{port::More, schema::text};
use zhike_contract::{Channel, NewInteraction};
use zhike_kernel::{Door, Error, Result, Value, Values};
use zhike_store::{Ctx, Query, Tx, binds, read, write};

/// The conversation of a contact.
#[derive(Clone, Debug)]
pub(crate) struct Talk {
    /// Its id.
    pub id: i64,
    /// The customer.
    pub party: Option<i64>,
    /// The record it is about.
    pub record: Option<(String, i64)>,
}

/// The conversation that a record has, the newest.
pub(crate) async fn of_record(q: &dyn Query, record: &(String, i64)) -> Result<Option<i64>> {
    if record.0 == "conversation" {
        return Ok(Some(record.1));
    }
    let sql = "SELECT id FROM inbox_conversation WHERE record_type = $1 AND record_id = $2 AND archived_at IS NULL \
               ORDER BY last_at DESC, id DESC LIMIT 1";
    q.one(sql, binds![record.0.as_str(), record.1])
        .await?
        .map(|r| r.int(0))
        .transpose()
}

/// What was last said with the same side on the same channel.
async fn of_side(q: &dyn Query, new: &NewInteraction) -> Result<Option<i64>> {
    if let Some(party) = new.party {
        let sql = "SELECT id FROM inbox_conversation WHERE party_id = $1 AND channel = $2 AND archived_at IS NULL \
                   ORDER BY last_at DESC, id DESC LIMIT 1";
        if let Some(row) = q.one(sql, binds![party, new.channel.word()]).await? {
            return row.int(0).map(Some);
        }
    }
    // While nobody knew whose the address is.
    let sql = "SELECT id FROM inbox_conversation WHERE address = $1 AND channel = $2 AND party_id IS NULL AND archived_at IS NULL \
               ORDER BY last_at DESC, id DESC LIMIT 1";
    let row = q.one(sql, binds![new.address.as_str(), new.channel.word()]).await?;
    row.map(|r| r.int(0)).transpose()
}

/// Finds the conversation or begins one, and lets it stand as it does after this contact.
pub(crate) async fn join(ctx: &Ctx, tx: &Tx, new: &NewInteraction, more: &More, subject: &str) -> Result<Talk> {
    let ty = ctx.registry().get("conversation")?.clone();
    let system = Ctx::system(&ctx.house, Door::Job);
    let known = match (more.conversation, &new.record) {
        (Some(id), _) => Some(id),
        (None, Some(record)) => of_record(tx, record).await?,
        (None, None) if more.thread => of_side(tx, new).await?,
        _ => None,
    };
    let old = match known {
        Some(id) => read::find(&system, tx, &ty, id).await?,
        None => None,
    };
    // A machine's letter leaves it as it stands. So does what one of us took, and a call or a visit of ours: both sides
    // spoke, nobody waits.
    let live = match new.outgoing {
        true => matches!(new.channel, Channel::Phone | Channel::Visit),
        false => new.user.is_some(),
    };
    let speaks = !more.machine && !live;
    let mut values = Values::new();
    let mut put = |name: &str, value: Value| values.insert(name.to_owned(), value);
    if speaks {
        put("state", if new.outgoing { "waiting" } else { "open" }.into());
        put("snoozed_until", Value::Null);
    }
    let Some(old) = old else {
        let record = new.record.clone().filter(|r| r.0 != "conversation");
        if !speaks {
            put("state", "closed".into());
        }
        put("subject", subject.into());
        put("channel", new.channel.word().into());
        put("party_id", new.party.into());
        put("address", text(&new.address));
        put("mailbox_id", more.mailbox.into());
        put("last_at", new.at.into());
        put("contacts", 1.into());
        put(
            "unanswered_since",
            if speaks && !new.outgoing {
                new.at.into()
            } else {
                Value::Null
            },
        );
        put("record_type", record.as_ref().map(|r| r.0.as_str()).into());
        put("record_id", record.as_ref().map(|r| r.1).into());
        let ids = write::insert_many(&system, tx, &ty, vec![values], None).await?;
        let id = ids.first().copied().ok_or_else(Error::missing)?;
        return Ok(Talk {
            id,
            party: new.party,
            record,
        });
    };
    if speaks {
        let since = match (new.outgoing, old.get("unanswered_since")) {
            (true, _) => Value::Null,
            (false, Value::Null) => new.at.into(),
            // Whoever asks twice waits since the first time.
            (false, earlier) => earlier.clone(),
        };
        put("unanswered_since", since);
    }
    let party = old.int("party_id").or(new.party);
    put("party_id", party.into());
    put("contacts", (old.int("contacts").unwrap_or(0) + 1).into());
    put("last_at", new.at.0.max(old.int("last_at").unwrap_or(0)).into());
    let record = match old.int("record_id") {
        Some(id) => Some((old.text("record_type").to_owned(), id)),
        None => new.record.clone().filter(|r| r.0 != "conversation"),
    };
    put("record_type", record.as_ref().map(|r| r.0.as_str()).into());
    put("record_id", record.as_ref().map(|r| r.1).into());
    let (id, version) = (old.id, old.version);
    write::update_from(&system, tx, &ty, old, version, values).await?;
    Ok(Talk { id, party, record })
}
