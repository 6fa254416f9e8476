//! What holds for competitors: who is one, what is known since when, who won a deal, and names that files bring.

use async_trait::async_trait;
use jiff::ToSpan;
use std::collections::HashMap;
use zhike_kernel::{Date, Door, Error, Result, Value, Values, text::fold};
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds, read, registry::Saved, write};

pub(crate) struct SupplyHooks;
pub(crate) struct PriceHooks;
pub(crate) struct RivalHooks;
pub(crate) struct ProfileHooks;

fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}
fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}
fn day(values: &Values, name: &str) -> Option<Date> {
    text(values, name).parse().ok()
}

/// The party must be a competitor; whether it is in the writer's sight does not matter.
pub(crate) async fn is_rival(tx: &Tx, old: Option<&Record>, new: &Values, field: &'static str) -> Result<()> {
    let Some(id) = int(new, field) else { return Ok(()) };
    if old.is_some_and(|o| o.int(field) == Some(id)) {
        return Ok(());
    }
    let sql = "SELECT count(*) FROM party_party p JOIN party_role r ON r.party_id = p.id AND r.role = 'competitor' \
               WHERE p.id = $1 AND p.archived_at IS NULL";
    if tx.number(sql, binds![id]).await? == 0 {
        return Err(Error::field(field, "error-rival-role"));
    }
    Ok(())
}

fn own_currency(ctx: &Ctx, new: &mut Values) {
    if text(new, "currency").is_empty() {
        new.insert("currency".into(), ctx.house.currency.code().into());
    }
}

fn not_below_zero(new: &Values, fields: &[&str]) -> Result<()> {
    match fields.iter().find(|f| int(new, f).is_some_and(|v| v < 0)) {
        Some(field) => Err(Error::field(field, "error-deal-amount")),
        None => Ok(()),
    }
}

#[async_trait]
impl Hooks for SupplyHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        is_rival(tx, old, new, "rival_id").await?;
        own_currency(ctx, new);
        if day(new, "since_on").is_none() {
            new.insert("since_on".into(), ctx.today().into());
        }
        not_below_zero(new, &["amount", "price"])?;
        if int(new, "share").is_some_and(|s| !(0..=1_000_000).contains(&s)) {
            return Err(Error::field("share", "error-supply-share"));
        }
        if ["product_id", "category_id", "what"]
            .iter()
            .all(|f| new.get(*f).is_none_or(Value::is_empty))
        {
            return Err(Error::field("what", "error-supply-what"));
        }
        if int(new, "party_id") == int(new, "rival_id") {
            return Err(Error::field("rival_id", "error-supply-self"));
        }
        if day(new, "until_on").is_some_and(|u| Some(u) < day(new, "since_on")) {
            return Err(Error::field("until_on", "error-supply-days"));
        }
        Ok(())
    }

    /// What is newly known of the same thing ends what was known before: the past stays as it was.
    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        for row in rows.iter().filter(|r| r.old.is_none()) {
            let (Some(since), true) = (day(&row.new, "since_on"), text(&row.new, "until_on").is_empty()) else {
                continue;
            };
            let sql = "SELECT id FROM sales_supply WHERE party_id = $1 AND rival_id = $2 AND COALESCE(product_id, 0) = $3 \
                       AND COALESCE(category_id, 0) = $4 AND COALESCE(what, '') = $5 AND id <> $6 AND until_on IS NULL \
                       AND since_on < $7 AND archived_at IS NULL";
            let before = tx
                .all(
                    sql,
                    binds![
                        int(&row.new, "party_id"),
                        int(&row.new, "rival_id"),
                        int(&row.new, "product_id").unwrap_or(0),
                        int(&row.new, "category_id").unwrap_or(0),
                        text(&row.new, "what"),
                        row.id,
                        since.to_string()
                    ],
                )
                .await?;
            let ty = ctx.registry().get("supply")?.clone();
            let ended = since.checked_sub(1.day()).unwrap_or(since);
            let system = Ctx::system(&ctx.house, Door::Job);
            for old in before {
                let record = read::need(&system, tx, &ty, old.int(0)?).await?;
                let version = record.version;
                let changes = Values::from([("until_on".to_owned(), ended.into())]);
                write::update_from(&system, tx, &ty, record, version, changes).await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Hooks for PriceHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        is_rival(tx, old, new, "rival_id").await?;
        own_currency(ctx, new);
        if day(new, "seen_on").is_none() {
            new.insert("seen_on".into(), ctx.today().into());
        }
        if day(new, "seen_on") > Some(ctx.today()) {
            return Err(Error::field("seen_on", "error-price-seen-future"));
        }
        not_below_zero(new, &["price"])
    }
}

#[async_trait]
impl Hooks for RivalHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        is_rival(tx, old, new, "rival_id").await?;
        not_below_zero(new, &["price"])?;
        let (deal, id) = (int(new, "deal_id"), old.map_or(0, |o| o.id));
        let row = tx
            .one("SELECT currency FROM sales_deal WHERE id = $1", binds![deal])
            .await?
            .ok_or_else(|| Error::field("deal_id", "error-not-a-record"))?;
        new.insert("currency".into(), row.opt_text(0)?.into());
        own_currency(ctx, new);
        let sql = "SELECT count(*) FROM sales_deal_rival WHERE deal_id = $1 AND rival_id = $2 AND id <> $3 AND archived_at IS NULL";
        if tx.number(sql, binds![deal, int(new, "rival_id"), id]).await? > 0 {
            return Err(Error::field("rival_id", "error-rival-twice"));
        }
        if new.get("won").and_then(Value::truth) == Some(true) {
            let sql = "SELECT count(*) FROM sales_deal d JOIN sales_stage s ON s.id = d.stage_id WHERE d.id = $1 AND s.kind = 'lost'";
            if tx.number(sql, binds![deal]).await? == 0 {
                return Err(Error::field("won", "error-rival-not-lost"));
            }
            let sql =
                "SELECT count(*) FROM sales_deal_rival WHERE deal_id = $1 AND won AND id <> $2 AND archived_at IS NULL";
            if tx.number(sql, binds![deal, id]).await? > 0 {
                return Err(Error::field("won", "error-rival-one-winner"));
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Hooks for ProfileHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        is_rival(tx, old, new, "party_id").await?;
        let sql = "SELECT count(*) FROM sales_rival_profile WHERE party_id = $1 AND id <> $2 AND archived_at IS NULL";
        if tx
            .number(sql, binds![int(new, "party_id"), old.map_or(0, |o| o.id)])
            .await?
            > 0
        {
            return Err(Error::field("party_id", "error-rival-profile"));
        }
        new.insert("looked_on".into(), ctx.today().into());
        Ok(())
    }
}

/// Competitors by what they are called.
async fn by_name(tx: &Tx) -> Result<HashMap<String, i64>> {
    let sql = "SELECT p.name, p.name_latin, p.id FROM party_party p JOIN party_role r ON r.party_id = p.id AND r.role = 'competitor' \
               WHERE p.archived_at IS NULL ORDER BY p.id DESC LIMIT 5000";
    let mut out = HashMap::new();
    for row in tx.all(sql, vec![]).await? {
        for name in [Some(row.text(0)?), row.opt_text(1)?].into_iter().flatten() {
            if !name.trim().is_empty() {
                out.insert(fold(&name), row.int(2)?);
            }
        }
    }
    Ok(out)
}

/// A competitor that a deal names in words is entered as one where a competitor is called so; named with the loss, it won.
pub(crate) async fn from_words(tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
    let named: Vec<&Saved> = rows.iter().filter(|r| !text(&r.new, "competitor").is_empty()).collect();
    if named.is_empty() {
        return Ok(());
    }
    let known = by_name(tx).await?;
    let ty = ctx.registry().get("deal_rival")?.clone();
    let system = Ctx::system(&ctx.house, Door::Job);
    let mut fresh = vec![];
    for row in named {
        let Some(rival) = known.get(&fold(text(&row.new, "competitor"))) else {
            continue;
        };
        let lost = row.new.contains_key("stage_id")
            && tx
                .number(
                    "SELECT count(*) FROM sales_deal d JOIN sales_stage s ON s.id = d.stage_id WHERE d.id = $1 AND s.kind = 'lost'",
                    binds![row.id],
                )
                .await?
                > 0;
        let there = match row.old {
            None => None,
            Some(_) => {
                let sql = "SELECT id, version FROM sales_deal_rival WHERE deal_id = $1 AND rival_id = $2 AND archived_at IS NULL";
                tx.one(sql, binds![row.id, *rival]).await?
            }
        };
        let winner = "SELECT count(*) FROM sales_deal_rival WHERE deal_id = $1 AND won AND archived_at IS NULL";
        let wins = lost && (row.old.is_none() || tx.number(winner, binds![row.id]).await? == 0);
        match there {
            None => fresh.push(Values::from([
                ("deal_id".to_owned(), row.id.into()),
                ("rival_id".to_owned(), (*rival).into()),
                ("won".to_owned(), wins.into()),
            ])),
            Some(found) if wins => {
                let changes = Values::from([("won".to_owned(), true.into())]);
                write::update(&system, tx, &ty, found.int(0)?, found.int(1)?, changes).await?;
            }
            Some(_) => {}
        }
    }
    write::insert_many(&system, tx, &ty, fresh, None).await.map(|_| ())
}

/// The competitor that a deal was lost to, told by who lost it.
pub(crate) async fn lost_to(tx: &Tx, ctx: &Ctx, deal: i64, rival: i64) -> Result<()> {
    let ty = ctx.registry().get("deal_rival")?.clone();
    let sql = "SELECT id, version FROM sales_deal_rival WHERE deal_id = $1 AND rival_id = $2 AND archived_at IS NULL";
    match tx.one(sql, binds![deal, rival]).await? {
        Some(row) => {
            let changes = Values::from([("won".to_owned(), true.into())]);
            write::update(ctx, tx, &ty, row.int(0)?, row.int(1)?, changes)
                .await
                .map(|_| ())
        }
        None => {
            let values = Values::from([
                ("deal_id".to_owned(), deal.into()),
                ("rival_id".to_owned(), rival.into()),
                ("won".to_owned(), true.into()),
            ]);
            write::create(ctx, tx, &ty, values).await.map(|_| ())
        }
    }
}

/// A reason fits how the deal ended; while it is open it may be for either.
pub(crate) async fn reason_fits(tx: &Tx, old: Option<&Record>, new: &Values, kind: crate::stages::Kind) -> Result<()> {
    use crate::stages::Kind;
    let Some(reason) = int(new, "reason_id") else {
        return Ok(());
    };
    if old.is_some_and(|o| o.int("reason_id") == Some(reason) && o.int("stage_id") == int(new, "stage_id")) {
        return Ok(());
    }
    let subject = tx
        .one("SELECT subject FROM sales_reason WHERE id = $1", binds![reason])
        .await?
        .map(|r| r.text(0))
        .transpose()?;
    let fits = match kind {
        Kind::Won => &["deal_won"][..],
        Kind::Lost => &["deal_lost"],
        Kind::Open => &["deal_won", "deal_lost"],
    };
    if fits.contains(&subject.as_deref().unwrap_or("")) {
        Ok(())
    } else {
        Err(Error::field("reason_id", "error-reason-other"))
    }
}

/// A reason by its id, its old word or its name.
pub(crate) async fn reason_of(q: &dyn Query, subject: &str, words: &str) -> Result<i64> {
    let sql = "SELECT id FROM sales_reason WHERE subject = $1 AND archived_at IS NULL AND (CAST(id AS TEXT) = $2 OR code = $3 OR name = $4 \
               OR name_latin = $5) ORDER BY id LIMIT 1";
    let row = q.one(sql, binds![subject, words, words, words, words]).await?;
    match row {
        Some(row) => row.int(0),
        None => Err(Error::field("reason_id", "error-reason-unknown")),
    }
}
