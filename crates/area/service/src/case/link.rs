//! The customer's way in: one address for each case, signed with the house's secret, good without signing in.

use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query, Tx, binds, tries};
use zhike_web::seal;

const PURPOSE: &str = "case";
/// What a caller may do within the window: look, answer, send a form, come with a link that is none.
const LIMITS: [(&str, i64); 4] = [("look", 240), ("answer", 30), ("form", 12), ("wrong", 30)];

/// A link as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub id: i64,
    pub case: i64,
    pub nonce: String,
}

/// The link of a case, made when it is first asked for.
pub(crate) async fn of_case(tx: &Tx, case: i64) -> Result<Link> {
    let sql = "INSERT INTO service_link (case_id, nonce, made_at, opens) VALUES ($1,$2,$3,0) ON CONFLICT (case_id) DO NOTHING";
    tx.exec(sql, binds![case, seal::nonce(), tx.at.0]).await?;
    find(tx, case).await?.ok_or_else(Error::missing)
}

/// The link of a case, if there is one.
pub(crate) async fn find(q: &dyn Query, case: i64) -> Result<Option<Link>> {
    let row = q
        .one("SELECT id, nonce FROM service_link WHERE case_id = $1", binds![case])
        .await?;
    row.map(|r| {
        Ok(Link {
            id: r.int(0)?,
            case,
            nonce: r.text(1)?,
        })
    })
    .transpose()
}

/// Its path under a secret.
pub(crate) fn path(secret: &[u8; 32], link: &Link) -> String {
    format!("/c/{}", seal::token(secret, PURPOSE, link.id, &link.nonce))
}

/// Its path; jobs read the house's secret where it is kept.
pub(crate) async fn address(q: &dyn Query, link: &Link) -> Result<String> {
    Ok(path(&seal::house(q).await?, link))
}

/// The case behind a token. One that is none counts against the caller.
pub(crate) async fn open(ctx: &Ctx, secret: &[u8; 32], token: &str, peer: &str) -> Result<Link> {
    if let Some((id, nonce)) = seal::read(secret, PURPOSE, token) {
        let sql = "SELECT case_id FROM service_link WHERE id = $1 AND nonce = $2";
        if let Some(row) = ctx.db().one(sql, binds![id, nonce.as_str()]).await? {
            let case = row.int(0)?;
            return Ok(Link { id, case, nonce });
        }
    }
    limit(ctx, peer, "wrong").await?;
    Err(Error::missing())
}

/// Counts what a caller does and refuses too much of it.
pub(crate) async fn limit(ctx: &Ctx, peer: &str, kind: &'static str) -> Result<()> {
    let most = LIMITS.iter().find(|l| l.0 == kind).map_or(20, |l| l.1);
    tries::count(ctx, &format!("case.{kind}"), peer, most).await
}
