//! What the made-up salespeople committed to sell, and which products were put before their customers: what came of it is
//! found by the first night's work.

use super::{Progress, load};
use anyhow::Result;
use jiff::ToSpan;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use zhike_kernel::{Date, Stamp};
use zhike_store::{Ctx, Query, binds};

/// How far salespeople are off, per cent: rather too hopeful.
const OFF: [i64; 7] = [112, 96, 121, 104, 88, 109, 117];
/// Days back in which products were put before customers.
const BACK: i64 = 200;

pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    commits(ctx).await?;
    suggestions(ctx, progress).await
}

fn before(day: Date, days: i64) -> Date {
    day.checked_sub(days.days()).unwrap_or(day)
}

async fn commits(ctx: &Ctx) -> Result<()> {
    let this = ctx.today().first_of_month();
    let from = this.checked_sub(18.months()).unwrap_or(this);
    let sql = "SELECT o.owner_id, substr(o.ordered_on, 1, 7), CAST(SUM(CASE WHEN o.kind = 'return' THEN -ABS(l.net) ELSE l.net END) AS BIGINT) \
               FROM order_order o JOIN order_line l ON l.order_id = o.id WHERE o.ordered_on >= $1 AND o.owner_id IS NOT NULL \
               AND o.status NOT IN ('draft', 'cancelled') GROUP BY 1, 2 ORDER BY 1, 2";
    let mut sold: BTreeMap<(i64, String), i64> = BTreeMap::new();
    for row in ctx.db().all(sql, binds![from.to_string()]).await? {
        sold.insert((row.int(0)?, row.text(1)?), row.int(2)?);
    }
    let owners: BTreeSet<i64> = sold.keys().map(|k| k.0).collect();
    let mut i = 0_usize;
    for owner in owners {
        for ahead in -6_i64..=2 {
            let month = this.checked_add(ahead.months()).unwrap_or(this);
            let name = |d: Date| d.to_string().chars().take(7).collect::<String>();
            // Months that came are known; of those to come the same month a year ago.
            let like = if ahead < 0 {
                month
            } else {
                month.checked_sub(1.year()).unwrap_or(month)
            };
            let Some(amount) = sold.get(&(owner, name(like))).filter(|a| **a > 0) else {
                continue;
            };
            let off = OFF
                .get((i + usize::try_from(owner).unwrap_or(0)) % OFF.len())
                .copied()
                .unwrap_or(100);
            let made = Stamp::start_of(month, &ctx.house.zone).plus_seconds(30 * 3600);
            // In whole thousands, as people say it.
            let said = (amount * off / 100 / 100_000).max(1) * 100_000;
            zhike_insight::note_commit(ctx, owner, &name(month), said, made.min(ctx.now())).await?;
            i += 1;
        }
    }
    Ok(())
}

async fn suggestions(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let since = before(ctx.today(), BACK);
    let sql = "SELECT o.party_id, l.product_id, MIN(o.ordered_on), MIN(o.owner_id) FROM order_order o \
               JOIN order_line l ON l.order_id = o.id WHERE l.product_id IS NOT NULL AND o.kind = 'sale' \
               GROUP BY o.party_id, l.product_id ORDER BY o.party_id, l.product_id";
    let mut had: HashSet<(i64, i64)> = HashSet::new();
    let mut new = vec![];
    for row in ctx.db().all(sql, vec![]).await? {
        let (party, product, owner) = (row.int(0)?, row.int(1)?, row.opt_int(3)?);
        had.insert((party, product));
        if let Ok(day) = row.text(2)?.parse::<Date>()
            && day > since
        {
            new.push((party, product, day, owner));
        }
    }
    let products = "SELECT id FROM catalog_product WHERE active ORDER BY id";
    let mut ids = vec![];
    for row in ctx.db().all(products, vec![]).await? {
        ids.push(row.int(0)?);
    }
    let mut rows = vec![];
    let mut seen: HashSet<(i64, i64)> = HashSet::new();
    for (i, (party, product, day, owner)) in (0_i64..).zip(new) {
        // One in nine was put forward before it was ordered; three others of the same customer were not taken up.
        if i % 9 != 0 {
            continue;
        }
        let mut add = |product: i64, shown: Date, rank: i64| {
            if !seen.insert((party, product)) {
                return;
            }
            let values = load::values(vec![
                ("party_id", party.into()),
                ("product_id", product.into()),
                (
                    "place",
                    ["party", "order", "deal"][usize::try_from(i % 3).unwrap_or(0)].into(),
                ),
                ("rank", rank.into()),
                ("shown_on", shown.into()),
                ("shown_by_id", owner.into()),
            ]);
            rows.push((
                values,
                Some(Stamp::start_of(shown, &ctx.house.zone).plus_seconds(36_000)),
            ));
        };
        add(product, before(day, 4 + i * 7 % 50), 1 + i % 3);
        let others = ids
            .iter()
            .skip(usize::try_from(i).unwrap_or(0) % ids.len().max(1))
            .chain(&ids);
        for (n, other) in (0_i64..).zip(others.filter(|p| !had.contains(&(party, **p))).take(3)) {
            add(*other, before(ctx.today(), 12 + (i * 11 + n * 17) % (BACK - 20)), 1 + n);
        }
    }
    load::rows(ctx, "suggestion", rows, progress).await?;
    Ok(())
}
