//! What a message centre delivers: words of customers, whole or in parts, and receipts for ours.

use super::words::{self, Part};
use crate::{Ports, account::Account, kinds::Item, take};
use regex::Regex;
use smpp_codec::{pdus::DeliverSmRequest, tlv::tags};
use std::sync::LazyLock;
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, binds};
use zhike_web::seal;

/// Seconds after which the parts that came are taken for all there is.
const PATIENCE: i64 = 3_600;

/// What one delivery tells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// A receipt: the centre's name of the message, whether it arrived (none while it is on its way), its words.
    Receipt(String, Option<bool>, String),
    /// Words, and which part of them.
    Words(String, Option<Part>),
}

fn field(text: &str, name: &str) -> String {
    static FIELDS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)\b(id|stat|err):\s*(\S+)").ok());
    let Some(fields) = FIELDS.as_ref() else {
        return String::new();
    };
    let mut all = fields.captures_iter(text);
    let found = all.find(|c| c.get(1).is_some_and(|n| n.as_str().eq_ignore_ascii_case(name)));
    found.and_then(|c| c.get(2)).map_or("", |v| v.as_str()).to_owned()
}

/// Reads a delivery.
pub(crate) fn read(sm: &DeliverSmRequest) -> Told {
    let (class, coding) = (sm.esm_class, sm.data_coding);
    let mut octets = sm.short_message.clone();
    let (mut id, mut state) = (String::new(), 0_u8);
    for tlv in &sm.optional_params {
        match tlv.tag {
            tags::MESSAGE_PAYLOAD => octets.clone_from(&tlv.value),
            tags::RECEIPTED_MESSAGE_ID => {
                id = String::from_utf8_lossy(&tlv.value).trim_end_matches('\0').to_owned();
            }
            tags::MESSAGE_STATE => state = tlv.value.first().copied().unwrap_or(0),
            _ => {}
        }
    }
    // The message type in bits 2 to 5: a receipt of the centre, or a word that it is on its way.
    if class & 0b0010_0100 != 0 {
        let text = words::read(&octets, if coding == 8 { 8 } else { 1 });
        if id.is_empty() {
            id = field(&text, "id");
        }
        let stat = field(&text, "stat").to_uppercase();
        let arrived = match (state, stat.get(..5).unwrap_or("")) {
            (2, _) | (0, "DELIV") => Some(true),
            (3 | 4 | 5 | 8, _) | (0, "EXPIR" | "DELET" | "UNDEL" | "REJEC") => Some(false),
            _ => None,
        };
        let err = field(&text, "err");
        return Told::Receipt(id, arrived, format!("{stat} {err}").trim().to_owned());
    }
    let (part, body) = match class & 0b0100_0000 {
        0 => (None, octets.as_slice()),
        _ => words::split(&octets),
    };
    Told::Words(words::read(body, coding), part)
}

/// Takes words in; parts wait for one another.
pub(crate) async fn said(
    ctx: &Ctx,
    ports: &Ports,
    account: &Account,
    from: &str,
    text: String,
    part: Option<Part>,
) -> Result<()> {
    let Some(part) = part else {
        return whole(ctx, ports, account, from, text, &seal::nonce()).await;
    };
    let tx = ctx.begin().await?;
    let sql = "INSERT INTO channel_part (account_id, sender, reference, total, number, text, at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
               ON CONFLICT (account_id, sender, reference, total, number) DO UPDATE SET text = excluded.text, at = excluded.at";
    let row = binds![account.id, from, part.reference, part.total, part.number, text, tx.at.0];
    tx.exec(sql, row).await?;
    tx.commit().await?;
    together(ctx, ports, account, (from, part.reference, part.total), false).await
}

/// Puts parts together when all are there, or when no more will come.
async fn together(
    ctx: &Ctx,
    ports: &Ports,
    account: &Account,
    (from, reference, total): (&str, i64, i64),
    late: bool,
) -> Result<()> {
    let which = "account_id = $1 AND sender = $2 AND reference = $3 AND total = $4";
    let sql = format!("SELECT number, text, at FROM channel_part WHERE {which} ORDER BY number");
    let rows = ctx.db().all(&sql, binds![account.id, from, reference, total]).await?;
    let all = i64::try_from(rows.len()).unwrap_or(0) == total;
    let Some(first) = rows.first().filter(|_| all || late) else {
        return Ok(());
    };
    let mut text = String::new();
    let mut next = 1;
    for row in &rows {
        if row.int(0)? != next {
            text.push('…');
        }
        text.push_str(&row.text(1)?);
        next = row.int(0)? + 1;
    }
    if next <= total {
        text.push('…');
    }
    // The same parts once more, because our word was lost, are the same message.
    let name = format!("{from}:{reference}:{total}:{}", first.int(2)?);
    whole(ctx, ports, account, from, text, &name).await?;
    let tx = ctx.begin().await?;
    tx.exec(
        &format!("DELETE FROM channel_part WHERE {which}"),
        binds![account.id, from, reference, total],
    )
    .await?;
    tx.commit().await
}

async fn whole(ctx: &Ctx, ports: &Ports, account: &Account, from: &str, text: String, name: &str) -> Result<()> {
    let item = Item::Said {
        from: from.to_owned(),
        name: String::new(),
        text,
        id: name.to_owned(),
    };
    take::all(ctx, ports, account, &[item]).await.map(|_| ())
}

/// Takes in what waited too long for its other parts.
pub(crate) async fn late(ctx: &Ctx, ports: &Ports, account: &Account) -> Result<()> {
    let sql = "SELECT sender, reference, total FROM channel_part WHERE account_id = $1 GROUP BY sender, reference, total HAVING MAX(at) < $2";
    let before = ctx.now().plus_seconds(-PATIENCE).0;
    for row in ctx.db().all(sql, binds![account.id, before]).await? {
        let from = row.text(0)?;
        together(ctx, ports, account, (&from, row.int(1)?, row.int(2)?), true).await?;
    }
    Ok(())
}
