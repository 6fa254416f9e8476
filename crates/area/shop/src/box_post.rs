//! What a stranger writes into a message box: checked, counted, and written down as a contact that waits for an answer. With a
//! mail address the answer goes there; with a telephone alone somebody calls.

use crate::{Ports, apply, boxes::MessageBox, kinds};
use std::sync::Arc;
use zhike_contract::{Channel, NewInteraction};
use zhike_kernel::{Actor, Currency, Door, FieldError, Kind, Result, Stamp, Value};
use zhike_store::{Ctx, Event, Query, Record, binds, tries};
use zhike_web::{Fields, Locale, Visit, seal};

/// The field that people do not see; whoever fills it is a machine.
pub(crate) const TRAP: &str = "website";
/// Longest message, in characters.
const MOST: usize = 5_000;
/// Faster than this nobody writes, in seconds.
const FASTEST: i64 = 2;
/// A box that lies open longer is opened anew.
const LONGEST: i64 = 24 * 3_600;
/// Within so many seconds the same words are one message.
const SAME: i64 = 600;
/// Messages of one address within a quarter of an hour, and of all within an hour where the box says nothing.
const OFTEN: i64 = 6;
const USUAL: i64 = 60;

/// What came of it.
pub(crate) enum Sent {
    /// It is written down, or looks so to a machine.
    Thanks,
    /// Something is wrong: fields, or the whole.
    Wrong(Vec<FieldError>, Option<&'static str>),
}

/// The moment a box was opened, signed.
pub(crate) fn opened(secret: &[u8; 32], token: &str, at: Stamp) -> String {
    let mac = seal::hex(&seal::mac(
        secret,
        &[b"message-box", token.as_bytes(), &at.0.to_be_bytes()],
    ));
    format!("{}.{mac}", at.0)
}

/// When it was opened, if the mark is ours.
fn since(secret: &[u8; 32], token: &str, text: &str) -> Option<Stamp> {
    let at = Stamp(text.split_once('.')?.0.parse().ok()?);
    seal::same(opened(secret, token, at).as_bytes(), text.as_bytes()).then_some(at)
}

/// What was typed.
pub(crate) struct Said {
    pub name: String,
    pub email: String,
    pub phone: String,
    pub body: String,
    /// The visitor's number, if they agreed to visits.
    pub visitor: String,
}

fn wrong(field: &str, code: &'static str) -> FieldError {
    FieldError {
        field: field.to_owned(),
        code,
        args: vec![],
    }
}

/// Reads what was typed, all complaints at once.
fn read(ctx: &Ctx, f: &Fields) -> Result<std::result::Result<Said, Vec<FieldError>>> {
    let ty = ctx.registry().get("party")?.clone();
    let mut bad = vec![];
    let mut field = |name: &str| -> Result<String> {
        match ty.need(name)?.parse(f.get(name).unwrap_or(""), Currency::CNY) {
            Ok(Value::Text(text)) => Ok(text),
            Ok(_) => Ok(String::new()),
            Err(e) => {
                bad.push(e);
                Ok(String::new())
            }
        }
    };
    let (name, email, phone) = (field("name")?, field("email")?, field("phone")?);
    let body: String = f
        .get("body")
        .unwrap_or("")
        .trim()
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .collect();
    if name.is_empty() {
        bad.push(wrong("name", "error-required"));
    }
    if email.is_empty() && phone.is_empty() && !bad.iter().any(|e| matches!(e.field.as_str(), "email" | "phone")) {
        bad.push(wrong("email", "error-box-address"));
    }
    if body.is_empty() {
        bad.push(wrong("body", "error-required"));
    } else if body.chars().count() > MOST {
        bad.push(FieldError {
            args: vec![("most", MOST.into())],
            ..wrong("body", "error-too-long")
        });
    }
    if f.filled("agreed").is_none() {
        bad.push(wrong("agreed", "error-box-agreed"));
    }
    Ok(if bad.is_empty() {
        Ok(Said {
            name,
            email,
            phone,
            body,
            visitor: f.get("visitor").unwrap_or("").to_owned(),
        })
    } else {
        Err(bad)
    })
}

/// Takes a message.
pub(crate) async fn take(ports: &Ports, visit: &Visit, of: &MessageBox, loc: &Locale, f: &Fields) -> Result<Sent> {
    let ctx = Ctx {
        actor: Arc::new(Actor {
            name: of.record.text("name").to_owned(),
            ..Actor::system()
        }),
        ..Ctx::system(&visit.house, Door::Page)
    };
    if f.filled(TRAP).is_some() {
        tracing::info!(message_box = of.record.id, "a machine filled the hidden field");
        return Ok(Sent::Thanks);
    }
    let said = match read(&ctx, f)? {
        Ok(said) => said,
        Err(bad) => return Ok(Sent::Wrong(bad, None)),
    };
    let now = ctx.now();
    match since(&visit.app.secret, &of.token, f.get("opened").unwrap_or("")) {
        Some(at) if at.plus_seconds(FASTEST) > now => return Ok(Sent::Wrong(vec![], Some("box-too-fast"))),
        Some(at) if at.plus_seconds(LONGEST) >= now => {}
        _ => return Ok(Sent::Wrong(vec![], Some("box-stale"))),
    }
    let who = kinds::digest(&[of.token.as_bytes(), visit.peer.as_bytes()]);
    match tries::count(&ctx, "message.box", &who, OFTEN).await {
        Ok(()) => {}
        Err(e) if e.kind == Kind::TooMany => return Ok(Sent::Wrong(vec![], Some("box-too-many"))),
        Err(e) => return Err(e),
    }
    keep(ports, &ctx, &of.record, &of.words(loc, "agreement"), &who, &said).await
}

/// Writes it down.
pub(crate) async fn keep(
    ports: &Ports,
    ctx: &Ctx,
    of: &Record,
    agreement: &str,
    who: &str,
    said: &Said,
) -> Result<Sent> {
    let tx = ctx.begin().await?;
    let id = of.id;
    // One after the other, so that the same words at the same moment are one message.
    tx.exec("UPDATE shop_box SET active = active WHERE id = $1", binds![id])
        .await?;
    let sql = "SELECT count(*) FROM shop_box_post WHERE box_id = $1 AND at > $2";
    let limit = of.int("hour_limit").unwrap_or(USUAL);
    if tx.number(sql, binds![id, tx.at.plus_seconds(-3_600).0]).await? >= limit {
        return Ok(Sent::Wrong(vec![], Some("box-too-many")));
    }
    let fold = kinds::digest(&[said.email.as_bytes(), said.phone.as_bytes(), said.body.as_bytes()]);
    let sql = "SELECT count(*) FROM shop_box_post WHERE box_id = $1 AND fold = $2 AND at > $3";
    if tx
        .number(sql, binds![id, fold.as_str(), tx.at.plus_seconds(-SAME).0])
        .await?
        > 0
    {
        return Ok(Sent::Thanks);
    }
    let party = apply::who(ctx, &tx, &said.email, &said.phone).await?;
    let by_mail = !said.email.is_empty();
    let address = if by_mail { &said.email } else { &said.phone };
    let lines = [
        said.body.as_str(),
        "",
        "—",
        &[said.name.as_str(), &said.email, &said.phone]
            .into_iter()
            .filter(|t| !t.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
        of.text("name"),
    ]
    .join("\n");
    let first: String = said.body.lines().next().unwrap_or("").chars().take(60).collect();
    let new = NewInteraction {
        channel: if by_mail { Channel::Email } else { Channel::Phone },
        outgoing: false,
        at: tx.at,
        party,
        address: address.clone(),
        subject: format!("{}: {first}", said.name),
        body: lines,
        record: None,
        message: None,
        user: None,
        seconds: None,
        key: None,
    };
    let interaction = ports.interactions.note(ctx, &tx, &new).await?;
    let sql = "INSERT INTO shop_box_post (box_id, peer, fold, interaction_id, at) VALUES ($1, $2, $3, $4, $5)";
    tx.exec(sql, binds![id, who, fold, interaction, tx.at.0]).await?;
    if let Some(party) = party {
        crate::visits::known(ctx, &tx, id, &said.visitor, party).await?;
    }
    // What they agreed to, in the words that they saw.
    let event = Event {
        kind: "message_box.posted.v1".into(),
        record_type: "message_box",
        record: id,
        party,
        note: Some(agreement.chars().take(500).collect()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await?;
    Ok(Sent::Thanks)
}

/// How many came by a box in the last thirty days.
pub(crate) async fn recent(q: &dyn Query, id: i64, now: Stamp) -> Result<i64> {
    let sql = "SELECT count(*) FROM shop_box_post WHERE box_id = $1 AND at > $2";
    q.number(sql, binds![id, now.plus_seconds(-30 * 86_400).0]).await
}

/// What is older than a month is forgotten here; the contacts stay.
pub(crate) async fn forget(ctx: &Ctx) -> Result<()> {
    let tx = ctx.begin().await?;
    let old = tx.at.plus_seconds(-31 * 86_400).0;
    tx.exec("DELETE FROM shop_box_post WHERE at < $1", binds![old]).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_ours_and_of_this_box() {
        let (secret, at) = ([7; 32], Stamp(5_000_000));
        let text = opened(&secret, "abc", at);
        assert_eq!(since(&secret, "abc", &text), Some(at));
        assert_eq!(since(&secret, "abd", &text), None);
        assert_eq!(since(&[8; 32], "abc", &text), None);
        for bad in ["", "5", "5000000.x", "x.y"] {
            assert_eq!(since(&secret, "abc", bad), None, "{bad}");
        }
    }
}
