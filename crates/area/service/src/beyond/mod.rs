//! What grows out of single cases: an incident that hits many, an improvement that many asked for, an article that spares the
//! next case.

pub(crate) mod article;
pub(crate) mod compensate;
pub(crate) mod improvement;
pub(crate) mod incident;
mod types;

pub(crate) use types::types;

use crate::{Ports, case::letters};
use zhike_contract::{
    Channel, NewTask,
    gate::{Ask, Class},
    outbound::Message,
};
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, Tx, binds};

/// Something that one customer is to hear.
pub(crate) struct Word<'a> {
    pub party: i64,
    pub class: Class,
    pub topic: &'a str,
    pub subject: String,
    pub body: String,
    pub record: (&'static str, i64),
    pub key: String,
    /// Kind of the task where nothing can be sent.
    pub kind: &'static str,
}

/// Hands it to the gate; where there is none, whoever answers for the customer is asked to tell them. The message and what
/// the gate said.
pub(crate) async fn tell(ctx: &Ctx, tx: &Tx, ports: &Ports, word: Word<'_>) -> Result<(Option<i64>, String)> {
    if let Some(outbound) = &ports.outbound {
        let message = Message {
            ask: Ask {
                party: word.party,
                class: word.class,
                topic: word.topic.to_owned(),
                channel: Channel::Email,
                address: None,
                at: tx.at,
                may_change: true,
                may_wait: true,
                agreed: false,
            },
            subject: word.subject,
            body: word.body,
            record: Some(word.record),
            key: Some(word.key),
        };
        let handed = outbound.send(ctx, tx, &message).await?;
        return Ok((Some(handed.message), handed.verdict.word().to_owned()));
    }
    let sql = "SELECT owner_id FROM party_party WHERE id = $1";
    let owner = tx
        .one(sql, binds![word.party])
        .await?
        .map(|r| r.opt_int(0))
        .transpose()?
        .flatten();
    let task = NewTask {
        title: word.subject,
        kind: word.kind,
        party: Some(word.party),
        record: Some(word.record),
        assignee: owner,
        due: Some(tx.at.date(&ctx.house.zone)),
        note: Some(word.body),
        key: Some(word.key),
    };
    ports.tasks.open(ctx, tx, &task).await?;
    Ok((None, "task".to_owned()))
}

/// The language in which a customer was last spoken to about a case; the house's own otherwise.
pub(crate) async fn language(q: &dyn Query, party: i64) -> Result<bool> {
    let sql = "SELECT language FROM service_case WHERE party_id = $1 AND language IS NOT NULL ORDER BY id DESC LIMIT 1";
    let row = q.one(sql, binds![party]).await?;
    Ok(row.map(|r| r.opt_text(0)).transpose()?.flatten().as_deref() == Some("en"))
}

/// A text in a customer's language, if it is there in it.
pub(crate) fn in_language<'a>(english: bool, zh: &'a str, en: &'a str) -> &'a str {
    if english && !en.trim().is_empty() || zh.trim().is_empty() {
        en
    } else {
        zh
    }
}

/// The words of a letter of this area.
pub(crate) fn words(ctx: &Ctx, english: bool, key: &str, args: &[(&str, zhike_kernel::Arg)]) -> Result<String> {
    let loc = letters::locale(if english { "en" } else { "zh" }, &ctx.house.zone)?;
    Ok(loc.tv(key, args))
}
