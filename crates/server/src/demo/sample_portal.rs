//! Guests of the made-up manufacturer's portal: one who can be tried out, some who have been invited; and a question asked there.

use super::{PASSWORD, Progress};
use anyhow::Result;
use zhike_contract::{Channel, NewInteraction};
use zhike_kernel::Values;
use zhike_store::{Ctx, Query, binds, write};

/// The address to sign in with.
pub const GUEST: &str = "guest@example.com";
/// Customers who have been invited besides.
const INVITED: i64 = 6;

/// Fills them in.
pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    // Customers whose word is awaited have something to do there.
    let sql = "SELECT c.party_id, max(c.id) FROM service_case c JOIN party_party p ON p.id = c.party_id AND p.archived_at IS NULL \
               WHERE c.status = 'told' AND c.archived_at IS NULL GROUP BY c.party_id ORDER BY 2 LIMIT $1";
    let rows = ctx.db().all(sql, binds![INVITED + 1]).await?;
    let ty = ctx.registry().get("portal_account")?.clone();
    for (i, row) in rows.iter().enumerate() {
        let party = row.int(0)?;
        let (name, email) = match i {
            0 => ("访客 Guest".to_owned(), GUEST.to_owned()),
            n => (format!("采购部 Purchasing {n}"), format!("purchasing{n}@example.com")),
        };
        let values = Values::from([
            ("party_id".to_owned(), party.into()),
            ("name".to_owned(), name.into()),
            ("email".to_owned(), email.into()),
        ]);
        let tx = ctx.begin().await?;
        write::create(ctx, &tx, &ty, values).await?;
        if i == 0 {
            zhike_portal::give_password(ctx, &tx, GUEST, PASSWORD).await?;
            let asked = NewInteraction {
                channel: Channel::Portal,
                outgoing: false,
                at: tx.at.plus_seconds(-3_600),
                party: Some(party),
                address: GUEST.to_owned(),
                subject: "能否改到周四送货？".to_owned(),
                body: "周三仓库盘点，请改到周四上午送货，谢谢。".to_owned(),
                record: None,
                message: None,
                user: None,
                seconds: None,
                key: None,
            };
            zhike_inbox::port().note(ctx, &tx, &asked).await?;
        }
        tx.commit().await?;
    }
    progress("portal", rows.len(), rows.len());
    Ok(())
}
