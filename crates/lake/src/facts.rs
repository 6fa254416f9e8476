//! Writing the facts: all of them, or only the months in which something changed.

use crate::changes::{changed, months_all, months_before, months_now};
use crate::manifest::{Manifest, SCHEMA};
use crate::rows::{Context, write_month};
use crate::table::Table;
use std::collections::{BTreeSet, HashMap};
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, binds};

/// More changed records than this are as quickly written anew.
const MANY: usize = 300_000;
/// Products a chunk.
const PRODUCTS: i64 = 50_000;

/// What a refresh did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// Version of the facts now.
    pub version: String,
    /// Months written, as `table/2026-11`.
    pub written: Vec<String>,
    /// Order lines in the facts.
    pub lines: u64,
}

/// Brings the facts up to date. `told` hears how many months of how many are written.
pub async fn refresh(ctx: &Ctx, told: &mut (dyn FnMut(u32, u32) + Send)) -> Result<Refreshed> {
    write(ctx, Manifest::read(&ctx.house.data)?, told).await
}

/// Writes all facts anew.
pub async fn rebuild(ctx: &Ctx, told: &mut (dyn FnMut(u32, u32) + Send)) -> Result<Refreshed> {
    let old = Manifest::read(&ctx.house.data)?;
    let fresh = Manifest {
        generation: old.generation,
        gone: Table::ALL
            .iter()
            .flat_map(|t| old.files(t.name()))
            .chain(old.gone.iter().cloned())
            .collect(),
        ..Manifest::default()
    };
    write(ctx, fresh, told).await
}

async fn write(ctx: &Ctx, old: Manifest, told: &mut (dyn FnMut(u32, u32) + Send)) -> Result<Refreshed> {
    let data = ctx.house.data.as_path();
    let q: &dyn Query = ctx.db();
    // Asked before the rows are read: what comes in meanwhile is seen again next time.
    let seen_until = ctx.now().0;
    let last_event = q.number("SELECT MAX(id) FROM event", binds![]).await?;
    let categories = categories(q).await?;
    let print = fingerprint(&categories);
    let mut work: Vec<(Table, String)> = vec![];
    for table in Table::ALL {
        let stale = old.tables.is_empty() || (table == Table::OrderLine && old.categories != print);
        let ids = if stale {
            BTreeSet::new()
        } else {
            changed(q, table, &old).await?
        };
        let months = if stale || ids.len() > MANY {
            let mut all = months_all(q, table).await?;
            all.extend(old.tables.get(table.name()).into_iter().flat_map(|m| m.keys().cloned()));
            all
        } else {
            let mut some = months_now(q, table, &ids).await?;
            some.extend(months_before(data, table, &ids, &old).await?);
            some
        };
        work.extend(months.into_iter().map(|m| (table, m)));
    }
    let mut new = Manifest {
        schema: SCHEMA,
        generation: old.generation + u64::from(!work.is_empty() || old.is_empty()),
        seen_until,
        last_event,
        categories: print,
        tables: old.tables.clone(),
        gone: vec![],
    };
    for table in Table::ALL {
        new.tables.entry(table.name().to_owned()).or_default();
    }
    let of = Context {
        q,
        data,
        generation: new.generation,
        categories: &categories,
    };
    let total = u32::try_from(work.len()).unwrap_or(u32::MAX);
    let mut written = vec![];
    for (done, (table, month)) in (0_u32..).zip(&work) {
        told(done, total);
        let months = new.tables.entry(table.name().to_owned()).or_default();
        let before = match write_month(&of, *table, month).await? {
            Some(now) => months.insert(month.clone(), now),
            None => months.remove(month),
        };
        new.gone.extend(before.into_iter().flat_map(|m| m.files));
        written.push(format!("{}/{month}", table.name()));
    }
    let outdated = if old.tables.is_empty() || new.generation != old.generation {
        old.gone.clone()
    } else {
        new.gone.clone_from(&old.gone);
        vec![]
    };
    new.write(data)?;
    for file in outdated {
        // A file that is gone already is as good.
        let _ = std::fs::remove_file(Manifest::folder(data).join(file));
    }
    told(total, total);
    Ok(Refreshed {
        version: new.version(),
        lines: new.rows(Table::OrderLine.name()),
        written,
    })
}

async fn categories(q: &dyn Query) -> Result<HashMap<i64, i64>> {
    let sql = format!(
        "SELECT id, category_id FROM catalog_product WHERE id > $1 AND category_id IS NOT NULL ORDER BY id LIMIT {PRODUCTS}"
    );
    let mut all = HashMap::new();
    let mut after = 0_i64;
    loop {
        let rows = q.all(&sql, binds![after]).await?;
        let Some(last) = rows.last() else { return Ok(all) };
        after = last.int(0)?;
        for row in &rows {
            all.insert(row.int(0)?, row.int(1)?);
        }
    }
}

/// FNV-1a over the sorted pairs: the same today and after the next update of the compiler.
fn fingerprint(categories: &HashMap<i64, i64>) -> u64 {
    let mut pairs: Vec<(i64, i64)> = categories.iter().map(|(p, c)| (*p, *c)).collect();
    pairs.sort_unstable();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in pairs
        .iter()
        .flat_map(|(p, c)| p.to_le_bytes().into_iter().chain(c.to_le_bytes()))
    {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}
