//! Messages of made-up shops, for the sample: taken as they would be if they came.

use crate::{Ports, apply, box_post, message, setup, visits};
use zhike_kernel::Result;
use zhike_store::{Ctx, Query as _, Tx, binds, read};

/// Keeps a message and applies it at once.
pub async fn hear(ctx: &Ctx, ports: &Ports, shop: i64, topic: &str, delivery: &str, body: &str) -> Result<()> {
    message::take(ctx, shop, topic, delivery, body).await?;
    let sql = "SELECT id FROM shop_message WHERE shop_id = $1 AND delivery = $2";
    let row = ctx.db().one(sql, binds![shop, delivery]).await?;
    let id = row.map_or(Ok(0), |r| r.int(0))?;
    if let Some(m) = message::find(ctx.db(), id).await? {
        apply::at_once(ctx, ports, &m).await?;
    }
    Ok(())
}

/// Gives a shop a secret that nobody knows.
pub async fn close(tx: &Tx, shop: i64) -> Result<()> {
    let secret = zhike_web::seal::nonce();
    let sql = "UPDATE shop_secret SET secret = $1 WHERE shop_id = $2";
    tx.exec(sql, binds![secret, shop]).await?;
    setup::heard(tx, shop).await
}

/// Somebody writes into a message box: name, mail address, telephone, words.
pub async fn write_in(ctx: &Ctx, ports: &Ports, id: i64, said: [&str; 4]) -> Result<()> {
    let of = read::need(ctx, ctx.db(), ctx.registry().get("message_box")?, id).await?;
    let [name, email, phone, body] = said.map(str::to_owned);
    let said = box_post::Said {
        name,
        email,
        phone,
        body,
        visitor: String::new(),
    };
    let agreement = of.text("agreement").to_owned();
    box_post::keep(ports, ctx, &of, &agreement, "sample", &said)
        .await
        .map(|_| ())
}

/// A customer who agreed to visits looked at pages of the site: path, title, seconds ago; the newest last.
pub async fn look(ctx: &Ctx, id: i64, party: i64, visitor: &str, pages: &[(&str, &str, i64)]) -> Result<()> {
    let of = read::need(ctx, ctx.db(), ctx.registry().get("message_box")?, id).await?;
    let Some(mark) = visits::mark(visitor) else {
        return Ok(());
    };
    let tx = ctx.begin().await?;
    let who = visits::first(ctx, &tx, &of, &mark, of.text("visit_words")).await?;
    for (path, title, ago) in pages {
        visits::look(&tx, who, tx.at.plus_seconds(-ago), path, title, "").await?;
    }
    visits::known(ctx, &tx, id, visitor, party).await?;
    tx.commit().await
}
