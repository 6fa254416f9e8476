//! Links for customers: made, checked, answered once. A link names its row and carries a random part; both are signed
//! with the house's secret, so that nobody can make one by trying.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Ctx, Query, Tx, binds};

/// Bytes: id, random part, signature.
const PARTS: (usize, usize, usize) = (8, 16, 16);
/// What a caller may do within the window: look, fetch the file, answer, come with a link that is none.
const LIMITS: [(&str, i64); 4] = [("look", 240), ("file", 40), ("answer", 20), ("wrong", 30)];
const WINDOW_SECONDS: i64 = 900;

/// A link as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub id: i64,
    pub quote: i64,
    pub nonce: String,
    pub made_at: Stamp,
    pub revoked: bool,
    pub opened_at: Option<Stamp>,
    pub opens: i64,
    pub answer: Option<String>,
    pub answered_at: Option<Stamp>,
    pub name: Option<String>,
    pub reason: Option<String>,
    pub peer: Option<String>,
}

const COLUMNS: &str =
    "id, quote_id, nonce, made_at, revoked_at, opened_at, opens, answer, answered_at, name, reason, peer";

fn kept(r: &zhike_store::Row) -> Result<Link> {
    Ok(Link {
        id: r.int(0)?,
        quote: r.int(1)?,
        nonce: r.text(2)?,
        made_at: Stamp(r.int(3)?),
        revoked: r.opt_int(4)?.is_some(),
        opened_at: r.opt_int(5)?.map(Stamp),
        opens: r.int(6)?,
        answer: r.opt_text(7)?,
        answered_at: r.opt_int(8)?.map(Stamp),
        name: r.opt_text(9)?,
        reason: r.opt_text(10)?,
        peer: r.opt_text(11)?,
    })
}

/// Links of a quote, newest first.
pub(crate) async fn of_quote(q: &dyn Query, quote: i64) -> Result<Vec<Link>> {
    let sql = format!("SELECT {COLUMNS} FROM sales_quote_link WHERE quote_id = $1 ORDER BY id DESC LIMIT 20");
    q.all(&sql, binds![quote]).await?.iter().map(kept).collect()
}

/// Makes a link; its id.
pub(crate) async fn make(tx: &Tx, quote: i64) -> Result<i64> {
    let random = zhike_web::visit::new_secret();
    let nonce: String = random.iter().take(PARTS.1).map(|b| format!("{b:02x}")).collect();
    tx.insert(
        "INSERT INTO sales_quote_link (quote_id, nonce, made_by, made_at, opens) VALUES ($1,$2,$3,$4,0) RETURNING id",
        binds![quote, nonce, tx.user, tx.at.0],
    )
    .await
}

/// Ends all links of a quote that were not answered.
pub(crate) async fn revoke(tx: &Tx, quote: i64) -> Result<()> {
    tx.exec(
        "UPDATE sales_quote_link SET revoked_at = $1 WHERE quote_id = $2 AND revoked_at IS NULL AND answer IS NULL",
        binds![tx.at.0, quote],
    )
    .await
    .map(|_| ())
}

fn sign(secret: &[u8; 32], payload: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return vec![];
    };
    mac.update(b"quote-link");
    mac.update(payload);
    mac.finalize().into_bytes().iter().take(PARTS.2).copied().collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .filter_map(|p| u8::from_str_radix(std::str::from_utf8(p).ok()?, 16).ok())
        .collect()
}

/// The address of a link, without the host.
pub(crate) fn address(secret: &[u8; 32], link: &Link) -> String {
    let mut token = link.id.to_be_bytes().to_vec();
    token.extend(unhex(&link.nonce));
    let signature = sign(secret, &token);
    token.extend(signature);
    format!("/q/{}", BASE64.encode(token))
}

/// The id and random part of a token whose signature is right.
fn read(secret: &[u8; 32], token: &str) -> Option<(i64, String)> {
    let bytes = BASE64
        .decode(token)
        .ok()
        .filter(|b| b.len() == PARTS.0 + PARTS.1 + PARTS.2)?;
    let (payload, signature) = bytes.split_at(PARTS.0 + PARTS.1);
    let right = sign(secret, payload);
    // In the same time, wherever the first difference is.
    let differ = right.iter().zip(signature).fold(0_u8, |all, (a, b)| all | (a ^ b));
    if right.len() != PARTS.2 || differ != 0 {
        return None;
    }
    let (id, nonce) = payload.split_at(PARTS.0);
    let id = i64::from_be_bytes(id.try_into().ok()?);
    Some((id, nonce.iter().map(|b| format!("{b:02x}")).collect()))
}

/// The link behind a token.
pub(crate) async fn find(q: &dyn Query, secret: &[u8; 32], token: &str) -> Result<Option<Link>> {
    let Some((id, nonce)) = read(secret, token) else {
        return Ok(None);
    };
    let sql = format!("SELECT {COLUMNS} FROM sales_quote_link WHERE id = $1 AND nonce = $2");
    q.one(&sql, binds![id, nonce]).await?.as_ref().map(kept).transpose()
}

/// Counts what a caller does and refuses too much of it.
pub(crate) async fn limit(ctx: &Ctx, peer: &str, kind: &'static str) -> Result<()> {
    let most = LIMITS.iter().find(|l| l.0 == kind).map_or(20, |l| l.1);
    let tx = ctx.begin().await?;
    let since = tx.at.plus_seconds(-WINDOW_SECONDS).0;
    let sql = "SELECT count(*) FROM sales_link_visit WHERE peer = $1 AND kind = $2 AND at > $3";
    if tx.number(sql, binds![peer, kind, since]).await? >= most {
        return Err(Error::too_many(WINDOW_SECONDS));
    }
    tx.exec(
        "INSERT INTO sales_link_visit (peer, kind, at) VALUES ($1,$2,$3)",
        binds![peer, kind, tx.at.0],
    )
    .await?;
    tx.exec("DELETE FROM sales_link_visit WHERE at < $1", binds![since])
        .await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Link {
        Link {
            id: 7,
            quote: 1,
            nonce: "00112233445566778899aabbccddeeff".into(),
            made_at: Stamp(0),
            revoked: false,
            opened_at: None,
            opens: 0,
            answer: None,
            answered_at: None,
            name: None,
            reason: None,
            peer: None,
        }
    }

    #[test]
    fn a_token_is_read_back_and_no_other_is() {
        let secret = [3; 32];
        let address = address(&secret, &link());
        let token = address.trim_start_matches("/q/");
        assert_eq!(read(&secret, token), Some((7, link().nonce)));
        assert_eq!(read(&[4; 32], token), None);
        for place in 0..token.len() {
            let changed: String = token
                .chars()
                .enumerate()
                .map(|(i, c)| {
                    if i == place {
                        if c == 'A' { 'B' } else { 'A' }
                    } else {
                        c
                    }
                })
                .collect();
            // The last letter bears unused bits: a change there is refused or means the same.
            assert!(
                read(&secret, &changed).is_none_or(|r| r == (7, link().nonce) && place + 1 == token.len()),
                "{place}"
            );
        }
        assert_eq!(read(&secret, ""), None);
        assert_eq!(read(&secret, "xx"), None);
    }
}
