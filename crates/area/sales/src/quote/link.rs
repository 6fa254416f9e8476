//! Links for customers: made, checked, answered once. A link names its row and carries a random part; both are signed
//! with the house's secret, so that nobody can make one by trying.

use zhike_kernel::{Result, Stamp};
use zhike_store::{Ctx, Query, Tx, binds, tries};
use zhike_web::seal;

const PURPOSE: &str = "quote";
/// What a caller may do within the window: look, fetch the file, answer, come with a link that is none.
const LIMITS: [(&str, i64); 4] = [("look", 240), ("file", 40), ("answer", 20), ("wrong", 30)];

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
    tx.insert(
        "INSERT INTO sales_quote_link (quote_id, nonce, made_by, made_at, opens) VALUES ($1,$2,$3,$4,0) RETURNING id",
        binds![quote, seal::nonce(), tx.user, tx.at.0],
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

/// The address of a link, without the host.
pub(crate) fn address(secret: &[u8; 32], link: &Link) -> String {
    format!("/q/{}", seal::token(secret, PURPOSE, link.id, &link.nonce))
}

/// The link behind a token.
pub(crate) async fn find(q: &dyn Query, secret: &[u8; 32], token: &str) -> Result<Option<Link>> {
    let Some((id, nonce)) = seal::read(secret, PURPOSE, token) else {
        return Ok(None);
    };
    let sql = format!("SELECT {COLUMNS} FROM sales_quote_link WHERE id = $1 AND nonce = $2");
    q.one(&sql, binds![id, nonce]).await?.as_ref().map(kept).transpose()
}

/// Counts what a caller does and refuses too much of it.
pub(crate) async fn limit(ctx: &Ctx, peer: &str, kind: &'static str) -> Result<()> {
    let most = LIMITS.iter().find(|l| l.0 == kind).map_or(20, |l| l.1);
    tries::count(ctx, &format!("quote.{kind}"), peer, most).await
}
