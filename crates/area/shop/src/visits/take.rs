//! What the script on a site tells: a page that was looked at, or that the yes is taken back.

use super::forget;
use crate::{
    boxes::{self, MessageBox},
    kinds,
};
use axum::http::{HeaderMap, header};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use zhike_kernel::{Actor, Door, Error, Result, Stamp, Value, Values};
use zhike_store::{Ctx, Query, Record, Tx, binds, tries, write};
use zhike_web::{Answer, Fields, Visit, answer};

/// Pages that are taken from one address within a quarter of an hour.
const OFTEN: i64 = 600;
/// The longest path, title and address that are kept, in characters.
const LONG: usize = 300;

/// What is told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    visitor: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    referrer: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    forget: bool,
}

/// A visitor's number, as it is kept: nobody who reads the table can pass for them.
pub(crate) fn mark(visitor: &str) -> Option<String> {
    let fine = visitor.len() == 32 && visitor.bytes().all(|b| b.is_ascii_hexdigit());
    fine.then(|| kinds::digest(&[b"visitor", visitor.to_ascii_lowercase().as_bytes()]))
}

/// The box of a token, if it hears visits.
async fn find(ctx: &Ctx, token: &str) -> Result<MessageBox> {
    let of = boxes::find(ctx, token).await?;
    if of.record.get("visits").truth() == Some(true) {
        Ok(of)
    } else {
        Err(Error::missing())
    }
}

/// Does the page that tells stand on a site that the box names?
fn named(of: &MessageBox, origin: &str) -> bool {
    let sites = boxes::sites(of.record.text("sites")).unwrap_or_default();
    sites.iter().any(|site| match site.split_once("*.") {
        Some((scheme, rest)) => origin
            .strip_prefix(scheme)
            .and_then(|host| host.strip_suffix(rest))
            .is_some_and(|sub| sub.len() > 1 && sub.ends_with('.')),
        None => site.eq_ignore_ascii_case(origin),
    })
}

fn short(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(LONG).collect()
}

/// The path of an address, without what stands behind `?` or `#`: there stand names, tokens, words searched for.
fn bare(text: &str) -> String {
    short(text.split(['?', '#']).next().unwrap_or(""))
}

/// `GET /embed/visits/{token}?lang=`: the words that the script asks with. Any site may read them; they are the same for all.
pub(super) async fn words(visit: Visit, token: String, q: Fields) -> Answer {
    let of = find(&visit.ctx, &token).await?;
    let loc = of.locale(&visit, q.get("lang"));
    let mut out = answer::json(
        axum::http::StatusCode::OK,
        &json!({"words": of.words(&loc, "visit_words"), "yes": loc.t("visits-yes"), "no": loc.t("visits-no")}),
    )?;
    out.headers_mut().insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        header::HeaderValue::from_static("*"),
    );
    Ok(out)
}

/// `POST /api/v1/web-visits/{token}`.
pub(super) async fn take(visit: &Visit, token: &str, head: &HeaderMap, said: Said) -> Result<()> {
    let ctx = Ctx {
        actor: Arc::new(Actor::system()),
        ..Ctx::system(&visit.house, Door::Page)
    };
    let of = find(&ctx, token).await?;
    let origin = head.get(header::ORIGIN).and_then(|v| v.to_str().ok()).unwrap_or("");
    if !named(&of, origin) {
        return Err(Error::refused("error-visits-site"));
    }
    let mark = mark(&said.visitor).ok_or_else(|| Error::field("visitor", "error-visits-visitor"))?;
    // By address, not by visitor: a number is made up in no time. An office behind one address reads many pages.
    let peer = kinds::digest(&[of.token.as_bytes(), visit.peer.as_bytes()]);
    tries::count(&ctx, "web.visit", &peer, OFTEN).await?;
    let tx = ctx.begin().await?;
    // One after the other: a browser that opens two pages at once is one visitor.
    tx.exec(
        "UPDATE shop_box SET active = active WHERE id = $1",
        binds![of.record.id],
    )
    .await?;
    let sql = "SELECT id FROM shop_visitor WHERE box_id = $1 AND mark = $2 AND archived_at IS NULL";
    let row = tx.one(sql, binds![of.record.id, mark.as_str()]).await?;
    let known = row.map(|r| r.int(0)).transpose()?;
    if said.forget {
        if let Some(id) = known {
            forget::visitors(&ctx, &tx, &[id]).await?;
        }
        return tx.commit().await;
    }
    let id = match known {
        Some(id) => id,
        None => {
            let loc = of.locale(visit, Some(said.language.as_str()).filter(|l| !l.is_empty()));
            first(&ctx, &tx, &of.record, &mark, &of.words(&loc, "visit_words")).await?
        }
    };
    look(&tx, id, tx.at, &said.path, &said.title, &said.referrer).await?;
    tx.commit().await
}

/// A page that was looked at.
pub(crate) async fn look(tx: &Tx, visitor: i64, at: Stamp, path: &str, title: &str, referrer: &str) -> Result<()> {
    let sql = "INSERT INTO shop_visit (visitor_id, at, path, title, referrer) VALUES ($1, $2, $3, $4, $5)";
    let path = match bare(path) {
        path if path.is_empty() => "/".to_owned(),
        path => path,
    };
    tx.exec(sql, binds![visitor, at.0, path, short(title), bare(referrer)])
        .await
        .map(|_| ())
}

/// Somebody agreed: the words that they saw are kept with the moment.
pub(crate) async fn first(ctx: &Ctx, tx: &Tx, of: &Record, mark: &str, words: &str) -> Result<i64> {
    // Whoever agreed, took it back and agrees again begins anew.
    let sql = "DELETE FROM shop_visitor WHERE box_id = $1 AND mark = $2";
    tx.exec(sql, binds![of.id, mark]).await?;
    let values = Values::from([
        ("name".to_owned(), Value::from(of.text("name"))),
        ("box_id".to_owned(), of.id.into()),
        ("mark".to_owned(), mark.into()),
        ("agreed_at".to_owned(), tx.at.into()),
        ("words".to_owned(), words.into()),
    ]);
    let ty = ctx.registry().get("web_visitor")?.clone();
    let ids = write::insert_many(ctx, tx, &ty, vec![values], None).await?;
    ids.first().copied().ok_or_else(Error::missing)
}

#[cfg(test)]
mod tests {
    use super::{bare, mark};

    #[test]
    fn what_stands_behind_a_path_is_not_kept() {
        assert_eq!(bare("/find?q=my+name#x"), "/find");
        assert_eq!(bare("  /a\u{7}b "), "/ab");
    }

    #[test]
    fn a_visitor_is_a_number() {
        assert!(mark(&"0a".repeat(16)).is_some());
        assert_eq!(mark(&"0A".repeat(16)), mark(&"0a".repeat(16)));
        for bad in ["", "0a", &"0g".repeat(16), &"0a".repeat(17)] {
            assert!(mark(bad).is_none(), "{bad}");
        }
    }
}
