//! Moving a deal to a stage and to its place in the column, for the board, the record page and the API.

use crate::{
    rival,
    rules::{self, between},
    stages,
};
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Query, Tx, binds, event, read, write};

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// The stage to stand in.
    pub stage: i64,
    /// The card to stand above.
    pub before: Option<i64>,
    /// The card to stand below, when there is none to stand above.
    pub after: Option<i64>,
    /// The version the mover saw.
    pub version: i64,
    /// Why it was won or lost: a reason's id, word or name.
    pub reason: Option<String>,
    /// The competitor it was lost to.
    pub rival: Option<i64>,
    /// To whom it was lost.
    pub competitor: Option<String>,
    /// The day it was closed on, when that is not today.
    pub closed_on: Option<String>,
}

/// What was done.
#[derive(Clone, Copy, Debug)]
pub struct Done {
    /// The new version.
    pub version: i64,
    /// Where it stood.
    pub from: i64,
    /// Where it stands.
    pub to: i64,
    /// The event that undo takes back, when the stage changed.
    pub event: Option<i64>,
}

/// Moves it.
pub async fn run(ctx: &Ctx, deal: i64, ask: &Ask) -> Result<Done> {
    let ty = ctx.registry().get("deal")?.clone();
    ctx.require(&ty.permission("edit"))?;
    let tx = ctx.begin().await?;
    let record = read::need(ctx, &tx, &ty, deal).await?;
    if record.version != ask.version {
        return Err(Error::stale());
    }
    if record.archived_at.is_some() {
        return Err(Error::refused("error-archived"));
    }
    let from = record.int("stage_id").unwrap_or(0);
    let mut done = Done {
        version: record.version,
        from,
        to: ask.stage,
        event: None,
    };
    if from != ask.stage {
        // A card dragged across pipelines takes its pipeline along.
        let stage = stages::need(&tx, ask.stage).await?;
        let mut changes = Values::new();
        changes.insert("stage_id".into(), stage.id.into());
        changes.insert("pipeline_id".into(), stage.pipeline.into());
        let subject = match stage.kind {
            stages::Kind::Won => Some("deal_won"),
            stages::Kind::Lost => Some("deal_lost"),
            stages::Kind::Open => None,
        };
        // The words of old were only ever for losing.
        let told = |words: &&String| subject != Some("deal_won") || words.trim().parse::<i64>().is_ok();
        if let (Some(words), Some(subject)) = (ask.reason.as_ref().filter(told), subject) {
            let reason = rival::hooks::reason_of(&tx, subject, words.trim()).await?;
            changes.insert("reason_id".into(), reason.into());
        }
        for (name, text) in [("competitor", &ask.competitor), ("closed_on", &ask.closed_on)] {
            if let Some(text) = text {
                let field = ty.need(name)?;
                let value = field
                    .parse(text, ctx.house.currency)
                    .map_err(|e| Error::fields(vec![e]))?;
                if value != Value::Null {
                    changes.insert(name.into(), value);
                }
            }
        }
        done.version = write::update_from(ctx, &tx, &ty, record, ask.version, changes).await?;
        done.event = event::of_record(&tx, ty.name, deal, 1).await?.first().map(|e| e.id);
        if let Some(rival) = ask.rival.filter(|_| stage.kind == stages::Kind::Lost) {
            rival::hooks::lost_to(&tx, ctx, deal, rival).await?;
        }
    }
    put(&tx, deal, ask).await?;
    tx.commit().await?;
    Ok(done)
}

/// Gives the card its place. Places are integers with gaps; when a gap is used up the column is numbered anew.
async fn put(tx: &Tx, deal: i64, ask: &Ask) -> Result<()> {
    for _ in 0..2 {
        let Some(place) = room(tx, deal, ask).await? else {
            return Ok(());
        };
        if let Some(position) = place {
            tx.exec(
                "UPDATE sales_deal SET position = $1 WHERE id = $2",
                binds![position, deal],
            )
            .await?;
            return Ok(());
        }
        tx.exec(
            "UPDATE sales_deal SET position = n.place * $1 FROM (SELECT id AS deal, row_number() OVER (ORDER BY position, id) AS place \
             FROM sales_deal WHERE stage_id = $2) n WHERE sales_deal.id = n.deal",
            binds![rules::GAP, ask.stage],
        )
        .await?;
    }
    Ok(())
}

/// `None`: no neighbour is named, the card stays where it is. `Some(None)`: there is no room.
async fn room(tx: &Tx, deal: i64, ask: &Ask) -> Result<Option<Option<i64>>> {
    let Some(beside) = ask.before.or(ask.after) else {
        return Ok(None);
    };
    let own = tx
        .one(
            "SELECT position FROM sales_deal WHERE id = $1 AND stage_id = $2 AND archived_at IS NULL",
            binds![beside, ask.stage],
        )
        .await?;
    let Some(own) = own.map(|r| r.int(0)).transpose()? else {
        return Ok(None);
    };
    let (sign, order) = if ask.before.is_some() {
        ("<", "DESC")
    } else {
        (">", "ASC")
    };
    let sql = format!(
        "SELECT position FROM sales_deal WHERE stage_id = $1 AND archived_at IS NULL AND id <> $2 AND (position, id) {sign} ($3, $4) \
         ORDER BY position {order}, id {order} LIMIT 1"
    );
    let other = tx.one(&sql, binds![ask.stage, deal, own, beside]).await?;
    let other = other.map(|r| r.int(0)).transpose()?;
    Ok(Some(if ask.before.is_some() {
        between(other, Some(own))
    } else {
        between(Some(own), other)
    }))
}
