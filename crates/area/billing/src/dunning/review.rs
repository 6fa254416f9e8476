//! Notices as they stand, and the decision on each: kept (and handed to the queue of messages) or put aside.

use super::{Sending, propose::tell};
use zhike_contract::{
    Channel,
    gate::{Ask, Class},
    outbound::Message,
};
use zhike_kernel::{Currency, Error, Result};
use zhike_store::{Ctx, Query, Row, Tx, binds, ids, read};

/// A notice.
#[derive(Clone, Debug)]
pub(super) struct Notice {
    pub id: i64,
    pub version: i64,
    pub number: String,
    pub party: i64,
    pub currency: Currency,
    pub level: String,
    pub letter: (String, String),
    pub fee: i64,
    pub made_on: String,
    /// `proposed`, `held`, `dropped`.
    pub state: String,
    pub reason: Option<String>,
    /// What was asked for, and what of it is open now.
    pub asked: i64,
    pub open: i64,
    pub invoices: i64,
    pub customer: String,
    /// The message that it became.
    pub message: Option<i64>,
}

/// A line of a notice.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub invoice: i64,
    pub number: String,
    pub issued_on: String,
    pub due_on: String,
    pub amount: i64,
    pub open: i64,
    pub days: i64,
    pub level: String,
}

fn sql(ctx: &Ctx, which: &str) -> String {
    let level = ctx.name_of("v");
    let open = "CASE WHEN i.status = 'open' AND i.archived_at IS NULL THEN CASE WHEN i.open < l.amount THEN i.open ELSE l.amount END ELSE 0 END";
    let sum = |what: &str| {
        format!(
            "(SELECT CAST(COALESCE(SUM({what}), 0) AS BIGINT) FROM billing_dunning_line l JOIN billing_invoice i ON i.id = l.invoice_id WHERE l.notice_id = n.id)"
        )
    };
    format!(
        "SELECT n.id, n.version, n.number, n.party_id, n.currency, {level}, v.letter, v.letter_latin, n.fee, n.made_on, n.state, n.reason, \
         {}, {}, (SELECT count(*) FROM billing_dunning_line l WHERE l.notice_id = n.id), n.message_id FROM billing_dunning_notice n \
         JOIN billing_dunning_level v ON v.id = n.level_id WHERE {which} ORDER BY n.id DESC LIMIT 300",
        sum("l.amount"),
        sum(open)
    )
}

fn notice(ctx: &Ctx, r: &Row) -> Result<Notice> {
    Ok(Notice {
        id: r.int(0)?,
        version: r.int(1)?,
        number: r.text(2)?,
        party: r.int(3)?,
        currency: Currency::parse(&r.text(4)?).unwrap_or(ctx.house.currency),
        level: r.text(5)?,
        letter: (r.text(6)?, r.text(7)?),
        fee: r.int(8)?,
        made_on: r.text(9)?,
        state: r.text(10)?,
        reason: r.opt_text(11)?,
        asked: r.int(12)?,
        open: r.int(13)?,
        invoices: r.int(14)?,
        customer: String::new(),
        message: r.opt_int(15)?,
    })
}

/// Leaves those whose customer the actor sees, with the customer's name.
async fn seen(ctx: &Ctx, q: &dyn Query, rows: Vec<Row>) -> Result<Vec<Notice>> {
    let mut all: Vec<Notice> = rows.iter().map(|r| notice(ctx, r)).collect::<Result<_>>()?;
    let parties = crate::balance::distinct(all.iter().map(|n| n.party));
    let found = read::find_many(ctx, q, ctx.registry().get("party")?, &parties).await?;
    all.retain_mut(|n| match found.iter().find(|p| p.id == n.party) {
        Some(p) => {
            let latin = p.text("name_latin");
            n.customer = if ctx.latin && !latin.is_empty() {
                latin
            } else {
                p.text("name")
            }
            .to_owned();
            true
        }
        None => false,
    });
    Ok(all)
}

/// Notices in a state, newest first.
pub(super) async fn list(ctx: &Ctx, state: &str) -> Result<Vec<Notice>> {
    let rows = ctx.db().all(&sql(ctx, "n.state = $1"), binds![state]).await?;
    seen(ctx, ctx.db(), rows).await
}

/// One notice.
pub(super) async fn need(ctx: &Ctx, q: &dyn Query, id: i64) -> Result<Notice> {
    let rows = q.all(&sql(ctx, "n.id = $1"), binds![id]).await?;
    seen(ctx, q, rows).await?.pop().ok_or_else(Error::missing)
}

/// What it asks for.
pub(super) async fn lines(ctx: &Ctx, q: &dyn Query, notice: i64) -> Result<Vec<Line>> {
    let sql = format!(
        "SELECT l.invoice_id, i.number, i.issued_on, l.due_on, l.amount, CASE WHEN i.status = 'open' AND i.archived_at IS NULL THEN i.open ELSE 0 END, \
         l.days_late, {} FROM billing_dunning_line l JOIN billing_invoice i ON i.id = l.invoice_id \
         JOIN billing_dunning_level v ON v.id = l.level_id WHERE l.notice_id = $1 ORDER BY l.due_on, l.id",
        ctx.name_of("v")
    );
    let rows = q.all(&sql, binds![notice]).await?;
    rows.iter()
        .map(|r| {
            let (amount, open) = (r.int(4)?, r.int(5)?);
            Ok(Line {
                invoice: r.int(0)?,
                number: r.text(1)?,
                issued_on: r.text(2)?,
                due_on: r.text(3)?,
                amount,
                open: open.min(amount),
                days: r.int(6)?,
                level: r.text(7)?,
            })
        })
        .collect()
}

/// Is one of its invoices spared by now?
async fn spared(ctx: &Ctx, tx: &Tx, n: &Notice, invoices: &[i64]) -> Result<bool> {
    let sql = format!(
        "SELECT count(*) FROM billing_dunning_block b WHERE b.party_id = $1 AND (b.until_on IS NULL OR b.until_on >= $2) \
         AND b.archived_at IS NULL AND (b.invoice_id IS NULL OR {})",
        tx.dialect().among("b.invoice_id", "$3")
    );
    let today = ctx.today().to_string();
    Ok(tx.number(&sql, binds![n.party, today, ids(invoices)]).await? > 0)
}

/// What messages of notices are known by.
pub(super) const RECORD: &str = "dunning_notice";

/// A decision.
pub(super) struct Decision<'a> {
    pub version: i64,
    /// `held` or `dropped`.
    pub to: &'a str,
    pub reason: Option<&'a str>,
    /// Subject and text of a notice that is kept, in the customer's language.
    pub letter: Option<(String, String)>,
}

/// Hands a notice to the queue of messages: a matter of contract, by mail unless the customer named another way.
async fn send(ctx: &Ctx, tx: &Tx, sending: &Sending, n: &Notice, letter: (String, String)) -> Result<i64> {
    let (subject, body) = letter;
    let message = Message {
        ask: Ask {
            party: n.party,
            class: Class::Contract,
            topic: "dunning".into(),
            channel: Channel::Email,
            address: None,
            at: tx.at,
            may_change: true,
            may_wait: true,
            agreed: false,
        },
        subject,
        body,
        record: Some((RECORD, n.id)),
        key: Some(format!("{RECORD}:{}", n.id)),
    };
    Ok(sending.outbound.send(ctx, tx, &message).await?.message)
}

/// Decides on a notice that waits.
pub(super) async fn decide(ctx: &Ctx, sending: &Sending, id: i64, decision: Decision<'_>) -> Result<Notice> {
    let Decision {
        version,
        to,
        reason,
        letter,
    } = decision;
    ctx.require(super::EDIT)?;
    let tx = ctx.begin().await?;
    // Held until the end: two decisions follow one another.
    tx.exec(
        "UPDATE billing_dunning_notice SET state = state WHERE id = $1",
        binds![id],
    )
    .await?;
    let n = need(ctx, &tx, id).await?;
    if version != n.version {
        return Err(Error::stale());
    }
    if n.state == to {
        return Ok(n);
    }
    if to == "held" {
        if n.state != "proposed" {
            return Err(Error::refused("error-dunning-decided"));
        }
        if n.open == 0 {
            return Err(Error::refused("error-dunning-paid"));
        }
        let invoices: Vec<i64> = lines(ctx, &tx, id).await?.iter().map(|l| l.invoice).collect();
        if spared(ctx, &tx, &n, &invoices).await? {
            return Err(Error::refused("error-dunning-blocked"));
        }
    }
    let reason: Option<String> = reason
        .map(|r| r.trim().chars().take(300).collect())
        .filter(|r: &String| !r.is_empty());
    let sql = "UPDATE billing_dunning_notice SET state = $1, reason = $2, decided_by = $3, decided_at = $4, version = version + 1 WHERE id = $5";
    tx.exec(sql, binds![to, reason, tx.user, tx.at.0, id]).await?;
    match letter {
        Some(letter) if to == "held" => {
            let message = send(ctx, &tx, sending, &n, letter).await?;
            let sql = "UPDATE billing_dunning_notice SET message_id = $1 WHERE id = $2";
            tx.exec(sql, binds![message, id]).await?;
        }
        _ if n.state == "held" => {
            // Put aside after all: gone is gone, and one is told so.
            let back = sending.outbound.recall(ctx, &tx, (RECORD, id), "dropped").await?;
            if back == 0 && n.message.is_some() {
                return Err(Error::refused("error-dunning-gone"));
            }
        }
        _ => {}
    }
    let what = if to == "held" { "kept" } else { "dropped" };
    tell(ctx, &tx, what, id, n.party, &n.number).await?;
    let now = need(ctx, &tx, id).await?;
    tx.commit().await?;
    Ok(now)
}
