//! What a message becomes: one transaction with its outcome. The same message twice, or an older one after a newer, changes
//! nothing; one that is refused says why and can be taken again.

mod customer;
mod money;
mod order;
mod product;

pub(crate) use customer::who;

use crate::{
    Ports, carts,
    doc::{Heard, State, Word},
    kinds, link,
    message::{self, APPLY, Message},
    setup::{self, Shop},
};
use async_trait::async_trait;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Error, Kind, Result};
use zhike_store::{Ctx, Tx, binds};

/// How a message ended, and the record it became.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// `applied`, `unchanged`, `older` or `ignored`.
    pub outcome: &'static str,
    pub record: Option<(&'static str, i64)>,
}

impl Ended {
    pub(crate) fn of(ty: &'static str, id: i64, changed: bool) -> Ended {
        Ended {
            outcome: if changed { "applied" } else { "unchanged" },
            record: Some((ty, id)),
        }
    }
    pub(crate) const IGNORED: Ended = Ended {
        outcome: "ignored",
        record: None,
    };
}

/// Applies messages as they come.
pub(crate) struct Apply(pub(crate) Ports);

#[async_trait]
impl Job for Apply {
    fn name(&self) -> &'static str {
        APPLY
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        let id = run.payload.get("message").and_then(serde_json::Value::as_i64);
        let Some(message) = message::find(ctx.db(), id.unwrap_or(0)).await? else {
            return Ok(Outcome::Done);
        };
        if message.outcome != "received" {
            return Ok(Outcome::Done);
        }
        let shop = setup::need(ctx, ctx.db(), message.shop).await?;
        let speaker = setup::speaker(ctx, &shop);
        match take(&speaker, &self.0, &shop, &message).await {
            Ok(()) => Ok(Outcome::Done),
            // Somebody wrote at the same moment: what they wrote is read first.
            Err(e) if e.kind == Kind::Stale => Ok(Outcome::Again { after: 2 }),
            Err(e) if e.kind == Kind::Broken || e.code == "error-disk-full" => Err(e),
            Err(e) => {
                let tx = speaker.begin().await?;
                message::refuse(&tx, message.id, None, &e).await?;
                tx.commit().await?;
                Ok(Outcome::Done)
            }
        }
    }
}

/// Applies a message now, whoever waits (the sample).
pub(crate) async fn at_once(ctx: &Ctx, ports: &Ports, message: &Message) -> Result<()> {
    let shop = setup::need(ctx, ctx.db(), message.shop).await?;
    let speaker = setup::speaker(ctx, &shop);
    take(&speaker, ports, &shop, message).await
}

async fn take(ctx: &Ctx, ports: &Ports, shop: &Shop, message: &Message) -> Result<()> {
    let heard = kinds::read(&shop.kind, &message.topic, &message.body, shop.currency)?;
    let tx = ctx.begin().await?;
    // Of two who work on the same message, the second waits here and finds it done.
    let sql = "UPDATE shop_message SET remote = $1 WHERE id = $2 AND outcome = 'received'";
    if tx.exec(sql, binds![heard.remote.as_str(), message.id]).await? == 0 {
        return Ok(());
    }
    let ended = Box::pin(one(ctx, &tx, ports, shop, &heard)).await;
    let ended = match ended {
        Ok(ended) => ended,
        Err(e) if matches!(e.kind, Kind::Broken | Kind::Stale) => return Err(e),
        Err(e) => {
            tx.rollback().await?;
            let tx = ctx.begin().await?;
            message::refuse(&tx, message.id, Some(&heard.remote), &e).await?;
            return tx.commit().await;
        }
    };
    message::end(&tx, message.id, &heard.remote, &ended).await?;
    setup::good(&tx, shop.id).await?;
    tx.commit().await?;
    let (Word::Order(o), Some(("order", id))) = (&heard.word, ended.record) else {
        return Ok(());
    };
    if o.state != State::Shipped || ended.outcome == "older" {
        return Ok(());
    }
    // That the goods left is a step of its own: what the stock has against it does not undo order and payment.
    let tx = ctx.begin().await?;
    match Box::pin(order::ship(ctx, &tx, id)).await {
        Ok(false) => Ok(()),
        Ok(true) => {
            message::end(&tx, message.id, &heard.remote, &Ended::of("order", id, true)).await?;
            tx.commit().await
        }
        Err(e) if matches!(e.kind, Kind::Broken | Kind::Stale) => Err(e),
        Err(e) => {
            tx.rollback().await?;
            let tx = ctx.begin().await?;
            message::refuse(&tx, message.id, None, &e).await?;
            tx.commit().await
        }
    }
}

fn subject(word: &Word) -> &'static str {
    match word {
        Word::Customer(_) => "customer",
        Word::Products(_) => "product",
        Word::Order(_) | Word::Refund(..) | Word::Dropped(_) => "order",
        Word::Cart(_) => "cart",
        Word::Other => "other",
    }
}

async fn one(ctx: &Ctx, tx: &Tx, ports: &Ports, shop: &Shop, heard: &Heard) -> Result<Ended> {
    let kind = subject(&heard.word);
    if heard.word == Word::Other {
        return Ok(Ended::IGNORED);
    }
    if !link::newer(tx, shop.id, kind, &heard.remote, heard.as_of).await? {
        let known = link::find(tx, shop.id, kind, &heard.remote).await?;
        let ty = match kind {
            "customer" => "party",
            other => other,
        };
        return Ok(Ended {
            outcome: "older",
            record: known.filter(|l| l.record > 0).map(|l| (ty, l.record)),
        });
    }
    match &heard.word {
        Word::Customer(c) => match customer::settle(ctx, tx, shop, c, false).await? {
            Some((party, changed)) => Ok(Ended::of("party", party, changed)),
            None => Err(Error::field("customer", "error-shop-nobody")),
        },
        Word::Products(all) => product::settle_all(ctx, tx, shop, all).await,
        Word::Order(o) => order::settle(ctx, tx, ports, shop, o).await,
        Word::Refund(order, refund) => {
            let known = link::find(tx, shop.id, "order", order).await?;
            let order_id = known.map_or(0, |l| l.record);
            if order_id == 0 {
                return Err(Error::field("order_id", "error-shop-order-unknown"));
            }
            let changed = money::give_back(ctx, tx, ports, shop, order_id, order, std::slice::from_ref(refund)).await?;
            Ok(Ended::of("order", order_id, changed))
        }
        Word::Dropped(order) => order::drop_out(ctx, tx, shop, order).await,
        Word::Cart(c) => carts::settle(ctx, tx, shop, c, heard.as_of).await,
        Word::Other => Ok(Ended::IGNORED),
    }
}
