//! A visitor says who they are, in the message box of the same site: from then on the visits are the customer's.

use super::take::mark;
use zhike_kernel::{Result, Stamp, Value, Values};
use zhike_store::{Ctx, Query, Tx, binds, read, write};

/// Ties the visitor to the customer, and keeps the agreement among the customer's consents: there it can be seen and
/// withdrawn. A visitor who is known already stays who they are.
pub(crate) async fn known(ctx: &Ctx, tx: &Tx, of: i64, visitor: &str, party: i64) -> Result<()> {
    let Some(mark) = mark(visitor) else { return Ok(()) };
    let sql =
        "SELECT id FROM shop_visitor WHERE box_id = $1 AND mark = $2 AND party_id IS NULL AND archived_at IS NULL";
    let Some(row) = tx.one(sql, binds![of, mark]).await? else {
        return Ok(());
    };
    let ty = ctx.registry().get("web_visitor")?.clone();
    let record = read::need(ctx, tx, &ty, row.int(0)?).await?;
    let (version, words) = (record.version, record.text("words").to_owned());
    let agreed = Stamp(record.int("agreed_at").unwrap_or(tx.at.0)).date(&ctx.house.zone);
    let name = record.text("name").to_owned();
    let of = Values::from([("party_id".to_owned(), party.into())]);
    write::update_from(ctx, tx, &ty, record, version, of).await?;
    let sql = "SELECT count(*) FROM consent_consent WHERE party_id = $1 AND purpose = 'web_visits' AND withdrawn_on IS NULL AND archived_at IS NULL";
    if tx.number(sql, binds![party]).await? > 0 {
        return Ok(());
    }
    let consent = Values::from([
        ("party_id".to_owned(), party.into()),
        ("purpose".to_owned(), "web_visits".into()),
        ("given_on".to_owned(), agreed.into()),
        ("source".to_owned(), "form".into()),
        ("proof".to_owned(), Value::from(format!("{name}: {words}"))),
    ]);
    let ty = ctx.registry().get("consent")?.clone();
    write::insert_many(ctx, tx, &ty, vec![consent], None).await.map(|_| ())
}
