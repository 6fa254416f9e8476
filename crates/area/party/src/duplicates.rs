//! Finding parties that are probably one: by key over the whole house, or those like one that is just being entered.

use crate::name::{Likeness, name_key, phone_key, score};
use std::collections::{HashMap, HashSet};
use zhike_kernel::{Error, Result, text::fold_width};
use zhike_store::{Bind, Ctx, Query, Record, binds, filter_sql::Sql, read, search};

/// By what groups are made: the word in the address, and the column.
pub(crate) const BY: [(&str, &str); 4] = [
    ("name", "name_key"),
    ("phone", "phone_key"),
    ("email", "email"),
    ("tax", "tax_number"),
];
/// Members of a group that are looked at.
const MOST: usize = 20;
/// Below this score two parties are not worth a look.
const WORTH: i64 = 20;

/// Parties that share a key; the first is the oldest.
pub(crate) struct Group {
    /// The oldest.
    pub first: Record,
    /// The others, with score and reasons.
    pub others: Vec<(Record, i64, Vec<&'static str>)>,
}

/// What is compared of a record.
pub(crate) fn likeness(r: &Record) -> Likeness {
    Likeness {
        name: r.text("name").to_owned(),
        name_latin: r.text("name_latin").to_owned(),
        person: r.text("kind") == "person",
        phones: [r.text("phone"), r.text("phone2")]
            .iter()
            .filter(|p| !p.is_empty())
            .map(|p| (*p).to_owned())
            .collect(),
        email: r.text("email").to_owned(),
        tax_number: r.text("tax_number").to_owned(),
        city: r.text("city").to_owned(),
    }
}

/// Groups with the same key, after the key `after`; and where to go on.
pub(crate) async fn groups(ctx: &Ctx, by: &str, after: &str, limit: usize) -> Result<(Vec<Group>, Option<String>)> {
    ctx.require("party.view")?;
    let column = BY
        .iter()
        .find(|(w, _)| *w == by)
        .map(|(_, c)| *c)
        .ok_or_else(Error::missing)?;
    let ty = ctx.registry().get("party")?;
    let mut out = vec![];
    let mut at = after.to_owned();
    // Groups that were all judged "not a duplicate" leave gaps: a few more are fetched then.
    for _ in 0..5 {
        let mut sql = Sql::new(ctx.db().dialect());
        let from = sql.bind(at.as_str());
        sql.text =
            format!("SELECT t.{column} FROM party_party t WHERE t.archived_at IS NULL AND t.{column} > {from} AND ");
        sql.scope(ctx.registry(), ty, "t", &ctx.actor)?;
        let most = sql.bind(i64::try_from(limit + 1).unwrap_or(51));
        sql.text.push_str(&format!(
            " GROUP BY t.{column} HAVING count(*) > 1 ORDER BY t.{column} LIMIT {most}"
        ));
        let mut keys: Vec<String> = ctx
            .db()
            .all(&sql.text, sql.binds)
            .await?
            .iter()
            .map(|r| r.text(0))
            .collect::<Result<_>>()?;
        let more = keys.len() > limit;
        keys.truncate(limit);
        let Some(end) = keys.last().cloned() else {
            return Ok((out, None));
        };
        out.extend(members(ctx, column, &keys).await?);
        if !more {
            return Ok((out, None));
        }
        at = end;
        if out.len() * 2 >= limit {
            break;
        }
    }
    Ok((out, Some(at)))
}

async fn members(ctx: &Ctx, column: &str, keys: &[String]) -> Result<Vec<Group>> {
    let ty = ctx.registry().get("party")?;
    let mut by_key: Vec<Vec<i64>> = vec![];
    let mut all = vec![];
    for key in keys {
        let mut sql = Sql::new(ctx.db().dialect());
        let key = sql.bind(key.as_str());
        sql.text = format!("SELECT t.id FROM party_party t WHERE t.archived_at IS NULL AND t.{column} = {key} AND ");
        sql.scope(ctx.registry(), ty, "t", &ctx.actor)?;
        let most = sql.bind(i64::try_from(MOST).unwrap_or(20));
        sql.text.push_str(&format!(" ORDER BY t.id LIMIT {most}"));
        let ids: Vec<i64> = ctx
            .db()
            .all(&sql.text, sql.binds)
            .await?
            .iter()
            .map(|r| r.int(0))
            .collect::<Result<_>>()?;
        all.extend(&ids);
        by_key.push(ids);
    }
    let mut records: HashMap<i64, Record> = read::find_many(ctx, ctx.db(), ty, &all)
        .await?
        .into_iter()
        .map(|r| (r.id, r))
        .collect();
    let apart = told_apart(ctx, &all).await?;
    let mut out = vec![];
    for ids in by_key {
        let mut found = ids.into_iter().filter_map(|id| records.remove(&id));
        let Some(first) = found.next() else { continue };
        let like = likeness(&first);
        let mut others: Vec<_> = found
            .filter(|r| !apart.contains(&pair(first.id, r.id)))
            .map(|r| {
                let (points, why) = score(&like, &likeness(&r));
                (r, points, why)
            })
            .filter(|(_, points, _)| *points >= WORTH)
            .collect();
        others.sort_by_key(|(r, points, _)| (-points, r.id));
        if !others.is_empty() {
            out.push(Group { first, others });
        }
    }
    Ok(out)
}

/// The two ids in order, as a judgement is kept.
pub(crate) fn pair(a: i64, b: i64) -> (i64, i64) {
    (a.min(b), a.max(b))
}

async fn told_apart(ctx: &Ctx, ids: &[i64]) -> Result<HashSet<(i64, i64)>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let list: Vec<String> = ids.iter().map(i64::to_string).collect();
    let sql = format!(
        "SELECT low_id, high_id FROM party_not_duplicate WHERE low_id IN ({})",
        list.join(",")
    );
    ctx.db()
        .all(&sql, vec![])
        .await?
        .iter()
        .map(|r| Ok((r.int(0)?, r.int(1)?)))
        .collect()
}

/// What somebody is about to enter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: String,
    /// Mail address.
    pub email: String,
    /// Tax number.
    pub tax_number: String,
    /// The record itself, when it is there already.
    pub except: Option<i64>,
}

/// Parties that are probably the one asked for: those that the actor sees, best first, and how many others there are.
pub(crate) async fn similar(ctx: &Ctx, asked: &Asked) -> Result<(Vec<(Record, i64, Vec<&'static str>)>, usize)> {
    ctx.require("party.view")?;
    let ty = ctx.registry().get("party")?;
    let keys = [
        ("name_key", name_key(&asked.name)),
        ("phone_key", phone_key(&asked.phone)),
        ("email", Some(fold_width(&asked.email).trim().to_lowercase())),
        ("tax_number", Some(crate::name::tidy_tax(&asked.tax_number))),
    ];
    let mut exact: Vec<i64> = vec![];
    for (column, key) in keys {
        let Some(key) = key.filter(|k| !k.is_empty()) else {
            continue;
        };
        let sql =
            format!("SELECT id FROM party_party WHERE archived_at IS NULL AND {column} = $1 ORDER BY id LIMIT 20");
        for row in ctx.db().all(&sql, vec![Bind::from(key)]).await? {
            exact.push(row.int(0)?);
        }
    }
    exact.sort_unstable();
    exact.dedup();
    exact.retain(|id| Some(*id) != asked.except);
    let mut ids = exact.clone();
    if asked.name.trim().chars().count() >= 2 {
        let near = search::ids(ctx, ctx.db(), ty, &asked.name, 20).await?;
        ids.extend(
            near.into_iter()
                .filter(|id| Some(*id) != asked.except && !exact.contains(id)),
        );
    }
    let apart = match asked.except {
        Some(me) => told_apart(ctx, &ids.iter().copied().chain([me]).collect::<Vec<_>>()).await?,
        None => HashSet::new(),
    };
    let records = read::find_many(ctx, ctx.db(), ty, &ids).await?;
    let hidden = exact.iter().filter(|id| !records.iter().any(|r| r.id == **id)).count();
    let mut found: Vec<_> = records
        .into_iter()
        .filter(|r| r.archived_at.is_none() && asked.except.is_none_or(|me| !apart.contains(&pair(me, r.id))))
        .map(|r| {
            let theirs = likeness(&r);
            let mine = Likeness {
                name: asked.name.clone(),
                person: theirs.person,
                phones: vec![asked.phone.clone()],
                email: asked.email.clone(),
                tax_number: asked.tax_number.clone(),
                ..Likeness::default()
            };
            let (points, why) = score(&mine, &theirs);
            (r, points, why)
        })
        .filter(|(_, points, _)| *points >= WORTH)
        .collect();
    found.sort_by_key(|(r, points, _)| (-points, r.id));
    found.truncate(8);
    Ok((found, hidden))
}

/// Remembers that two parties are not one.
pub(crate) async fn tell_apart(ctx: &Ctx, a: i64, b: i64) -> Result<()> {
    ctx.require("party.edit")?;
    let ty = ctx.registry().get("party")?.clone();
    let tx = ctx.begin().await?;
    for id in [a, b] {
        read::need(ctx, &tx, &ty, id).await?;
    }
    let (low, high) = pair(a, b);
    tx.exec(
        "INSERT INTO party_not_duplicate (low_id, high_id, at, user_id) VALUES ($1,$2,$3,$4) ON CONFLICT (low_id, high_id) DO NOTHING",
        binds![low, high, tx.at.0, tx.user],
    )
    .await?;
    tx.commit().await
}
