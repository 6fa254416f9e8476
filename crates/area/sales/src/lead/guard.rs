//! Keeping machines out of the public forms: the moment a form was opened is signed into it, each address may send only
//! so often, and the same words sent again within minutes are one.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zhike_kernel::{Result, Stamp};
use zhike_store::{Query, Tx, binds};

/// Faster than this nobody fills a form.
const FASTEST: i64 = 3;
/// A form that lies open longer is opened anew.
const LONGEST: i64 = 24 * 3600;
/// Within so many seconds the same words are one.
const SAME: i64 = 600;
/// Submissions from one address within an hour, where the form says nothing.
const USUAL_LIMIT: i64 = 20;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A name for a new form that nobody guesses.
pub(crate) fn token() -> String {
    hex(zhike_web::visit::new_secret().get(..12).unwrap_or_default())
}

fn sign(secret: &[u8; 32], token: &str, at: i64) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return String::new();
    };
    mac.update(b"form");
    mac.update(token.as_bytes());
    mac.update(&at.to_be_bytes());
    hex(mac.finalize().into_bytes().get(..16).unwrap_or_default())
}

/// The moment a form is opened, signed.
pub(crate) fn stamp(secret: &[u8; 32], token: &str, now: Stamp) -> String {
    format!("{}.{}", now.0, sign(secret, token, now.0))
}

/// What the stamp says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    /// Long enough ago, not too long.
    Fine,
    /// A moment ago: no person types so fast.
    TooFast,
    /// Too long ago, or not ours.
    Stale,
}

/// Reads the stamp of a form that was sent.
pub(crate) fn opened(secret: &[u8; 32], token: &str, text: &str, now: Stamp) -> Opened {
    let Some((at, mark)) = text.split_once('.') else {
        return Opened::Stale;
    };
    let Ok(at) = at.parse::<i64>() else {
        return Opened::Stale;
    };
    if mark != sign(secret, token, at) || Stamp(at).plus_seconds(LONGEST) < now {
        return Opened::Stale;
    }
    if Stamp(at).plus_seconds(FASTEST) > now {
        return Opened::TooFast;
    }
    Opened::Fine
}

/// A digest of words, whatever their spacing and letter case.
pub(crate) fn fold(parts: &[&str]) -> String {
    let mut sum = Sha256::new();
    for part in parts {
        let folded: String = zhike_kernel::text::fold(part).split_whitespace().collect();
        sum.update(folded.as_bytes());
        sum.update([0]);
    }
    hex(sum.finalize().get(..16).unwrap_or_default())
}

/// Did this address send too much in the last hour?
pub(crate) async fn too_many(q: &dyn Query, form: i64, peer: &str, limit: Option<i64>, now: Stamp) -> Result<bool> {
    let sql = "SELECT count(*) FROM sales_form_hit WHERE form_id = $1 AND peer = $2 AND at > $3";
    let sent = q.number(sql, binds![form, peer, now.plus_seconds(-3600).0]).await?;
    Ok(sent >= limit.unwrap_or(USUAL_LIMIT))
}

/// The lead that the same words made a few minutes ago.
pub(crate) async fn same(tx: &Tx, form: i64, fold: &str) -> Result<Option<i64>> {
    let sql = "SELECT lead_id FROM sales_form_hit WHERE form_id = $1 AND fold = $2 AND at > $3 AND lead_id IS NOT NULL ORDER BY id LIMIT 1";
    let row = tx.one(sql, binds![form, fold, tx.at.plus_seconds(-SAME).0]).await?;
    row.map(|r| r.int(0)).transpose()
}

/// Remembers that something was sent; what is older than a day is forgotten.
pub(crate) async fn remember(tx: &Tx, form: i64, peer: &str, fold: &str, lead: Option<i64>) -> Result<()> {
    tx.exec(
        "INSERT INTO sales_form_hit (form_id, peer, fold, lead_id, at) VALUES ($1,$2,$3,$4,$5)",
        binds![form, peer, fold, lead, tx.at.0],
    )
    .await?;
    tx.exec(
        "DELETE FROM sales_form_hit WHERE form_id = $1 AND at < $2",
        binds![form, tx.at.plus_seconds(-LONGEST).0],
    )
    .await
    .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_ours_and_neither_too_young_nor_too_old() {
        let (secret, at) = ([7; 32], Stamp(1_000_000_000));
        let text = stamp(&secret, "abc", at);
        let after = |seconds| opened(&secret, "abc", &text, at.plus_seconds(seconds));
        assert_eq!(after(1), Opened::TooFast);
        assert_eq!(after(3), Opened::Fine);
        assert_eq!(after(LONGEST + 1), Opened::Stale);
        assert_eq!(opened(&secret, "other", &text, at.plus_seconds(60)), Opened::Stale);
        assert_eq!(opened(&secret, "abc", "5.x", at), Opened::Stale);
        assert_eq!(opened(&secret, "abc", "", at), Opened::Stale);
    }

    #[test]
    fn the_same_words_are_one_whatever_their_spacing() {
        assert_eq!(fold(&["Li Wei", "A@b.cn"]), fold(&["li  wei ", "a@B.cn"]));
        assert_ne!(fold(&["ab", "c"]), fold(&["a", "bc"]));
    }
}
