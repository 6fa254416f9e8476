//! A letter comes in: whose it is, to which conversation it belongs, whether it is news of one of ours that did not arrive.
//! It is read and its files are kept before the transaction begins, so that nobody waits for a large one.

use crate::{
    mailbox::Mailbox,
    mark,
    port::{self, More},
    undelivered,
};
use zhike_contract::{Channel, NewInteraction};
use zhike_kernel::{Door, Error, Result, Stamp, Value, Values};
use zhike_mail::{Found, Letter, Nature, Part, read as read_letter};
use zhike_store::{
    Ctx, Event, Query, Tx,
    attachment::{self, NewAttachment},
    binds, read, write,
};

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// It is new: the interaction.
    In(i64),
    /// It was there already.
    Known,
    /// It told of one of ours that did not arrive.
    Bounce,
    /// It is no letter.
    Rubbish,
}

/// A letter that was read, with its files kept.
pub(crate) struct Arrival {
    /// None for bytes that are no letter.
    letter: Option<Letter>,
    /// Hash of each part, in order.
    files: Vec<String>,
    /// When the server got it.
    came: Option<i64>,
    /// Are these all of its bytes?
    whole: bool,
}

/// Reads a letter and keeps its files.
pub(crate) async fn unpack(ctx: &Ctx, found: Found) -> Result<Arrival> {
    let Found { bytes, came, whole, .. } = found;
    let letter = tokio::task::spawn_blocking(move || read_letter(&bytes))
        .await
        .map_err(Error::broken)?;
    let mut files = vec![];
    for part in letter.iter().flat_map(|l| &l.parts) {
        files.push(zhike_web::files::keep(&ctx.house.data, &part.bytes).await?);
    }
    Ok(Arrival {
        letter,
        files,
        came,
        whole,
    })
}

/// The customer with this address, the older before the newer; none when nobody has it.
async fn party_of(ctx: &Ctx, q: &dyn Query, address: &str) -> Result<Option<i64>> {
    if address.is_empty() {
        return Ok(None);
    }
    let ty = ctx.registry().get("party")?.clone();
    let found = read::ids_by(q, &ty, "email", &[address.to_owned()]).await?;
    Ok(found.into_values().flatten().min())
}

/// What is already known of the letters that this one answers: the conversation.
async fn answered(tx: &Tx, letter: &Letter, from: &str) -> Result<Option<i64>> {
    let secret = mark::secret(tx).await?;
    for id in &letter.answers {
        // One of ours, and nobody but us can have written that id.
        if let Some(message) = mark::read(&secret, id) {
            let sql = "SELECT conversation_id FROM inbox_interaction WHERE message_id = $1 AND conversation_id IS NOT NULL LIMIT 1";
            if let Some(row) = tx.one(sql, binds![message]).await? {
                return Ok(Some(row.int(0)?));
            }
            continue;
        }
        // One of theirs: only from the address that wrote it, or anybody could write into a stranger's conversation.
        let sql = "SELECT conversation_id FROM inbox_interaction WHERE mail_id = $1 AND address = $2 AND conversation_id IS NOT NULL LIMIT 1";
        if let Some(row) = tx.one(sql, binds![id.as_str(), from]).await? {
            return Ok(Some(row.int(0)?));
        }
    }
    Ok(None)
}

/// A letter of ours did not arrive: told on it and in its conversation.
async fn bounced(ctx: &Ctx, tx: &Tx, letter: &Letter, b: &zhike_mail::Bounce) -> Result<bool> {
    let secret = mark::secret(tx).await?;
    let original = b
        .original
        .as_deref()
        .into_iter()
        .chain(letter.answers.iter().map(String::as_str));
    let Some(message) = original.filter_map(|id| mark::read(&secret, id)).next() else {
        return Ok(false);
    };
    let sql = "SELECT id FROM inbox_interaction WHERE message_id = $1 AND direction = 'out' LIMIT 1";
    let Some(row) = tx.one(sql, binds![message]).await? else {
        return Ok(false);
    };
    let ty = ctx.registry().get("interaction")?.clone();
    let sent = read::need(ctx, tx, &ty, row.int(0)?).await?;
    // News that it is late is no news that it is lost.
    if !b.permanent || sent.text("state") == "bounced" {
        return Ok(true);
    }
    let words: String = format!("{} {}", b.status, b.words).trim().chars().take(300).collect();
    let party = sent.int("party_id");
    let talk = sent.int("conversation_id");
    let (id, version) = (sent.id, sent.version);
    let changes = Values::from([
        ("state".to_owned(), Value::from("bounced")),
        ("trouble".to_owned(), words.as_str().into()),
    ]);
    write::update_from(ctx, tx, &ty, sent, version, changes).await?;
    let event = Event {
        kind: "interaction.bounced.v1".into(),
        record_type: "interaction",
        record: id,
        party,
        note: Some(words),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    if let Some(talk) = talk {
        undelivered::our_turn(ctx, tx, talk).await?;
    }
    Ok(true)
}

/// What is written beside the letter: its marks, what was left out, who else has it, its files.
async fn beside(tx: &Tx, id: i64, letter: &Letter, arrival: &Arrival) -> Result<()> {
    let mut dropped: Vec<serde_json::Value> = letter
        .dropped
        .iter()
        .map(|d| serde_json::json!({"name": d.name, "why": d.why}))
        .collect();
    if !arrival.whole {
        dropped.push(serde_json::json!({"name": "", "why": "large"}));
    }
    let copies: Vec<&str> = letter.cc.iter().map(|p| p.address.as_str()).collect();
    let sql = "INSERT INTO inbox_letter (interaction_id, html, dropped, copies, checked) VALUES ($1, $2, $3, $4, $5)";
    let dropped = (!dropped.is_empty()).then(|| serde_json::Value::from(dropped).to_string());
    let some = |t: String| (!t.is_empty()).then_some(t);
    let row = binds![
        id,
        letter.html.clone(),
        dropped,
        some(copies.join(" ")),
        some(letter.checked.clone())
    ];
    tx.exec(sql, row).await?;
    for (part, hash) in letter.parts.iter().zip(&arrival.files) {
        attachment::add(tx, &attached(id, part, hash)).await?;
    }
    Ok(())
}

fn attached<'a>(id: i64, part: &'a Part, hash: &'a str) -> NewAttachment<'a> {
    let kind = if part.mime.starts_with("image/") {
        "picture"
    } else {
        "document"
    };
    NewAttachment {
        record_type: "interaction",
        record: id,
        kind,
        name: &part.name,
        media: &part.mime,
        size: i64::try_from(part.bytes.len()).unwrap_or(i64::MAX),
        hash,
        url: "",
        user: None,
    }
}

/// Takes a letter in, in the transaction that also moves the folder on: once, and not lost.
pub(crate) async fn take(ctx: &Ctx, tx: &Tx, mailbox: &Mailbox, arrival: &Arrival) -> Result<Came> {
    let Some(letter) = &arrival.letter else {
        return Ok(Came::Rubbish);
    };
    let ctx = &Ctx::system(&ctx.house, Door::Job);
    if let Nature::Bounce(b) = &letter.nature
        && bounced(ctx, tx, letter, b).await?
    {
        return Ok(Came::Bounce);
    }
    let from = letter.from.clone().unwrap_or_default();
    // Our own letters come back by lists and copies: no customer's words.
    let ours = tx
        .number(
            "SELECT count(*) FROM inbox_mailbox WHERE address = $1 AND active",
            binds![from.address.as_str()],
        )
        .await?
        > 0;
    let came = arrival.came.map_or(tx.at, Stamp).min(tx.at);
    let known = if letter.id.is_empty() {
        let sent = letter.at.map_or(0, |a| a.0);
        format!("{}|{}|{sent}", from.address, letter.subject)
    } else {
        letter.id.clone()
    };
    let party = party_of(ctx, tx, &from.address).await?;
    let new = NewInteraction {
        channel: Channel::Email,
        outgoing: false,
        at: came,
        party,
        address: from.address.clone(),
        subject: letter.subject.clone(),
        body: letter.text.clone(),
        record: None,
        message: None,
        user: None,
        seconds: None,
        key: Some(format!("mail:{}:{}", mailbox.address, clip(&known))),
    };
    let more = More {
        conversation: answered(tx, letter, &from.address).await?,
        mailbox: Some(mailbox.id),
        sender: from.name.clone(),
        mail_id: letter.id.clone(),
        machine: ours || letter.nature != Nature::Letter,
        thread: false,
    };
    let (id, fresh) = port::note(ctx, tx, &new, &more).await?;
    if !fresh {
        return Ok(Came::Known);
    }
    beside(tx, id, letter, arrival).await?;
    Ok(Came::In(id))
}

fn clip(text: &str) -> String {
    text.chars().take(400).collect()
}
