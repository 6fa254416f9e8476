//! What happens when pipelines, stages, deals and moves are written.
//!
//! One rule for all doors. Every deal that is created gets its moves: into the first stage on the day it entered, and,
//! if it stands elsewhere, from there to its stage. Who knows the true history (a loader, an import) creates the deal in
//! the first stage and then the `stage_move` records; they carry the deal along: it stands where its last move led.
//! A step that is taken back on the same day is taken out of the history.

use crate::{
    rules::{self, Now},
    stages::{self, Kind, Stage},
};
use async_trait::async_trait;
use std::collections::HashMap;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Bind, Ctx, Hooks, Query, Record, Tx, binds, registry::Saved, write::group};

/// Rules of deals.
pub struct DealRules;
/// Rules of moves.
pub struct MoveRules;
/// Rules of pipelines.
pub struct PipelineRules;
/// Rules of stages.
pub struct StageRules;

fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}
fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}
fn unset(values: &Values, name: &str) -> bool {
    values.get(name).is_none_or(Value::is_empty)
}

/// The stage a deal is to stand in: the one given, or the first of its pipeline, or the first of the first pipeline.
async fn stage_for(tx: &Tx, old: Option<&Record>, new: &Values) -> Result<Stage> {
    let pipeline = int(new, "pipeline_id");
    let pipeline_changed = old.is_some_and(|o| o.int("pipeline_id") != pipeline);
    let stage_changed = old.is_none_or(|o| o.int("stage_id") != int(new, "stage_id"));
    if let Some(id) = int(new, "stage_id")
        && (stage_changed || !pipeline_changed)
    {
        let stage = stages::need(tx, id).await?;
        let belongs = pipeline.is_none_or(|p| p == stage.pipeline) && !(stage.archived && stage_changed);
        return if belongs {
            Ok(stage)
        } else {
            Err(Error::field("stage_id", "error-stage-other-pipeline"))
        };
    }
    let pipeline = match pipeline {
        Some(id) => id,
        None => {
            let first = stages::pipelines(tx).await?.into_iter().next();
            first.ok_or_else(|| Error::refused("error-no-pipeline"))?.id
        }
    };
    stages::first(tx, pipeline)
        .await?
        .ok_or_else(|| Error::refused("error-no-stage"))
}

#[async_trait]
impl Hooks for DealRules {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let stage = stage_for(tx, old, new).await?;
        let person = ctx.door.by_hand();
        new.insert("pipeline_id".into(), stage.pipeline.into());
        new.insert("stage_id".into(), stage.id.into());
        if unset(new, "currency") {
            new.insert("currency".into(), ctx.house.currency.code().into());
        }
        if old.is_none() && person && unset(new, "owner_id") {
            new.insert("owner_id".into(), ctx.actor.user.into());
        }
        let now = Now {
            today: ctx.today(),
            moved: old.is_none_or(|o| o.int("stage_id") != Some(stage.id)),
            ask: person,
        };
        if let Some(old) = old.filter(|_| person) {
            crate::deal::lines_rule(tx, old, new).await?;
        }
        if person && now.moved {
            crate::deal::leaves(tx, ctx, old, new, &stage).await?;
        }
        rules::settle(old.map(|o| &o.values), new, stage.kind, now)?;
        crate::rival::hooks::reason_fits(tx, old, new, stage.kind).await?;
        if old.is_none() {
            let since = text(new, "stage_since_on").parse().unwrap_or(now.today);
            new.insert("position".into(), rules::place(since, now.today, tx.at).into());
        }
        Ok(())
    }

    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        begin(tx, rows).await?;
        for row in rows {
            if let Some(old) = &row.old {
                follow(tx, ctx, row, old).await?;
            }
        }
        crate::rival::hooks::from_words(tx, ctx, rows).await
    }
}

struct Move<'a> {
    deal: i64,
    from: Option<i64>,
    to: i64,
    on: &'a str,
}

/// Writes the first moves of new deals.
async fn begin(tx: &Tx, rows: &[Saved]) -> Result<()> {
    let mut firsts: HashMap<i64, Option<i64>> = HashMap::new();
    let mut moves = vec![];
    for row in rows.iter().filter(|r| r.old.is_none()) {
        let (Some(pipeline), Some(stage)) = (int(&row.new, "pipeline_id"), int(&row.new, "stage_id")) else {
            continue;
        };
        let first = match firsts.get(&pipeline) {
            Some(known) => *known,
            None => {
                let found = stages::first(tx, pipeline).await?.map(|s| s.id);
                firsts.insert(pipeline, found);
                found
            }
        };
        let start = first.unwrap_or(stage);
        moves.push(Move {
            deal: row.id,
            from: None,
            to: start,
            on: text(&row.new, "entered_on"),
        });
        if start != stage {
            moves.push(Move {
                deal: row.id,
                from: Some(start),
                to: stage,
                on: text(&row.new, "stage_since_on"),
            });
        }
    }
    insert(tx, &moves).await
}

async fn insert(tx: &Tx, moves: &[Move<'_>]) -> Result<()> {
    for chunk in moves.chunks(500) {
        let mut sql = String::from(
            "INSERT INTO sales_stage_move (version, created_at, updated_at, deal_id, from_id, to_id, moved_on) VALUES ",
        );
        let mut binds: Vec<Bind> = Vec::with_capacity(chunk.len() * 7);
        for (i, m) in chunk.iter().enumerate() {
            group(&mut sql, i, 7);
            binds.extend(binds![1_i64, tx.at.0, tx.at.0, m.deal, m.from, m.to, m.on]);
        }
        tx.exec(&sql, binds).await?;
    }
    Ok(())
}

/// Keeps the moves of a changed deal in step with it.
async fn follow(tx: &Tx, ctx: &Ctx, row: &Saved, old: &Record) -> Result<()> {
    let now = |name: &str| match row.new.get(name) {
        Some(value) => value.text().unwrap_or("").to_owned(),
        None => old.text(name).to_owned(),
    };
    if row.new.contains_key("entered_on") {
        tx.exec(
            "UPDATE sales_stage_move SET moved_on = $1, updated_at = $2 WHERE deal_id = $3 AND from_id IS NULL",
            binds![now("entered_on"), tx.at.0, row.id],
        )
        .await?;
    }
    let last = tx
        .one(
            "SELECT id, from_id, to_id, moved_on FROM sales_stage_move WHERE deal_id = $1 AND archived_at IS NULL \
             ORDER BY moved_on DESC, id DESC LIMIT 1",
            binds![row.id],
        )
        .await?;
    let (Some(from), Some(to)) = (old.int("stage_id"), int(&row.new, "stage_id")) else {
        // The same stage: only the day it was closed on may have been corrected.
        if let Some(last) = last
            && row.new.contains_key("closed_on")
            && !now("closed_on").is_empty()
        {
            tx.exec(
                "UPDATE sales_stage_move SET moved_on = $1, updated_at = $2 WHERE id = $3",
                binds![now("closed_on"), tx.at.0, last.int(0)?],
            )
            .await?;
        }
        return Ok(());
    };
    let mut on = now("stage_since_on");
    let mut taken_back = false;
    if let Some(last) = &last {
        let day = last.text(3)?;
        if last.opt_int(1)? == Some(to) && last.int(2)? == from && on <= day {
            taken_back = true;
            tx.exec("DELETE FROM sales_stage_move WHERE id = $1", binds![last.int(0)?])
                .await?;
        }
        on = on.max(day);
    }
    if taken_back {
        tx.exec(
            "UPDATE sales_deal SET stage_since_on = COALESCE((SELECT max(m.moved_on) FROM sales_stage_move m \
             WHERE m.deal_id = sales_deal.id AND m.archived_at IS NULL), entered_on) WHERE id = $1",
            binds![row.id],
        )
        .await?;
    } else {
        let step = Move {
            deal: row.id,
            from: Some(from),
            to,
            on: &on,
        };
        insert(tx, &[step]).await?;
    }
    let place = rules::place(ctx.today(), ctx.today(), tx.at);
    tx.exec(
        "UPDATE sales_deal SET position = $1 WHERE id = $2",
        binds![place, row.id],
    )
    .await?;
    Ok(())
}

#[async_trait]
impl Hooks for MoveRules {
    async fn saved(&self, tx: &Tx, _ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let mut deals: Vec<i64> = rows
            .iter()
            .filter_map(|r| int(&r.new, "deal_id").or_else(|| r.old.as_ref().and_then(|o| o.int("deal_id"))))
            .collect();
        deals.sort_unstable();
        deals.dedup();
        for chunk in deals.chunks(500) {
            let list: Vec<String> = chunk.iter().map(i64::to_string).collect();
            let list = list.join(",");
            let strange = format!(
                "SELECT count(*) FROM sales_stage_move m JOIN sales_deal d ON d.id = m.deal_id JOIN sales_stage s ON s.id = m.to_id \
                 WHERE m.deal_id IN ({list}) AND s.pipeline_id <> d.pipeline_id"
            );
            if tx.number(&strange, vec![]).await? > 0 {
                return Err(Error::field("to_id", "error-stage-other-pipeline"));
            }
            let last = "FROM sales_stage_move m JOIN sales_stage s ON s.id = m.to_id WHERE m.deal_id = sales_deal.id \
                        AND m.archived_at IS NULL ORDER BY m.moved_on DESC, m.id DESC LIMIT 1";
            let sql = format!(
                "UPDATE sales_deal SET version = version + 1, updated_at = $1, stage_id = (SELECT m.to_id {last}), \
                 stage_since_on = (SELECT m.moved_on {last}), \
                 closed_on = (SELECT CASE WHEN s.kind = 'open' THEN NULL ELSE m.moved_on END {last}) WHERE id IN ({list})"
            );
            tx.exec(&sql, binds![tx.at.0]).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Hooks for PipelineRules {
    async fn archiving(&self, tx: &Tx, _ctx: &Ctx, record: &Record) -> Result<()> {
        let sql =
            "SELECT count(*) FROM (SELECT 1 FROM sales_deal WHERE pipeline_id = $1 AND archived_at IS NULL LIMIT 1) d";
        if tx.number(sql, binds![record.id]).await? > 0 {
            return Err(Error::refused("error-pipeline-has-deals"));
        }
        Ok(())
    }
}

async fn has_deals(tx: &Tx, stage: i64, archived: bool) -> Result<bool> {
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM sales_deal WHERE stage_id = $1{} LIMIT 1) d",
        if archived { "" } else { " AND archived_at IS NULL" }
    );
    Ok(tx.number(&sql, binds![stage]).await? > 0)
}

#[async_trait]
impl Hooks for StageRules {
    async fn check(&self, tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let kind = Kind::parse(text(new, "kind"));
        new.insert("kind".into(), kind.name().into());
        // Won is certain and lost is hopeless, whatever was typed.
        let chance = match kind {
            Kind::Open => int(new, "probability").unwrap_or(0),
            Kind::Won => 1_000_000,
            Kind::Lost => 0,
        };
        if !(0..=1_000_000).contains(&chance) {
            return Err(Error::field("probability", "error-stage-probability"));
        }
        new.insert("probability".into(), chance.into());
        if int(new, "limit_days").is_some_and(|d| !(1..=3_650).contains(&d)) {
            return Err(Error::field("limit_days", "error-stage-limit"));
        }
        if int(new, "position").is_none() {
            let sql = "SELECT COALESCE(max(position), 0) FROM sales_stage WHERE pipeline_id = $1";
            let last = tx.number(sql, binds![int(new, "pipeline_id")]).await?;
            new.insert("position".into(), (last + 1).into());
        }
        if let Some(old) = old
            && (old.text("kind") != kind.name() || old.int("pipeline_id") != int(new, "pipeline_id"))
            && has_deals(tx, old.id, true).await?
        {
            return Err(Error::refused("error-stage-has-deals"));
        }
        Ok(())
    }

    async fn archiving(&self, tx: &Tx, _ctx: &Ctx, record: &Record) -> Result<()> {
        if has_deals(tx, record.id, false).await? {
            return Err(Error::refused("error-stage-has-deals"));
        }
        Ok(())
    }
}
