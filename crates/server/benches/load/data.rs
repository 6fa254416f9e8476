//! The house of the load test. Users, products, parties and deals go through the engine, with events and search index;
//! orders and their lines are written below it, since ten million of them through every hook would take hours.

use crate::report::{Results, Row};
use anyhow::{Context, Result, ensure};
use std::{fmt::Write, path::Path, time::Instant};
use zhike_identity::NewUser;
use zhike_kernel::{Door, Stamp, Value, Values};
use zhike_sample::{Scale, ScaleKind, products, scale_order, scale_party};
use zhike_server::{Config, house};
use zhike_store::{Ctx, Dialect, Query, Tx, write};

/// Salespeople who share the parties.
pub const OWNERS: u64 = 20;
/// Records in one transaction.
const CHUNK: u64 = 1_000;

/// Opens the house in a folder.
pub async fn open(data: &Path, database: Option<&str>) -> Result<Ctx> {
    let config = Config {
        data: data.to_owned(),
        database: database.map(str::to_owned),
        ..Config::default()
    };
    Ok(Ctx::system(&house::open(&config).await?.app.house, Door::Cli))
}

/// Values from pairs.
fn values<const N: usize>(pairs: [(&str, Value); N]) -> Values {
    pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

async fn insert(ctx: &Ctx, ty: &str, rows: Vec<Values>) -> Result<Vec<i64>> {
    let ty = ctx.registry().get(ty)?.clone();
    let tx = ctx.begin().await?;
    let ids = write::insert_many(ctx, &tx, &ty, rows, None).await?;
    tx.commit().await?;
    Ok(ids)
}

/// A token of a user, made anew for each run.
pub async fn token(ctx: &Ctx, login: &str) -> Result<String> {
    let row = ctx
        .db()
        .one("SELECT id FROM identity_user WHERE login = $1", vec![login.into()])
        .await?;
    let user = row.with_context(|| format!("no user {login}"))?.int(0)?;
    let tx = ctx.begin().await?;
    let secret = zhike_identity::create_token(ctx, &tx, user, "bench", false, None).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Fills an empty house.
pub async fn fill(ctx: &Ctx, scale: &Scale, deals: u64, results: &mut Results) -> Result<()> {
    people(ctx).await?;
    let shelf = products();
    let rows = shelf
        .iter()
        .map(|p| {
            values([
                ("sku", p.sku.as_str().into()),
                ("name", p.name.as_str().into()),
                ("price", p.list_price_minor.into()),
                ("cost", p.cost_minor.into()),
                ("currency", "CNY".into()),
            ])
        })
        .collect();
    let product_ids = insert(ctx, "product", rows).await?;
    let began = Instant::now();
    parties(ctx, scale).await?;
    let rate = scale.parties as f64 / began.elapsed().as_secs_f64();
    results.put(Row::rate(
        "load",
        &format!("{} parties through the engine (events, search index)", scale.parties),
        rate,
        "rows/s",
    ));
    let began = Instant::now();
    let lines = orders(ctx, scale, &product_ids).await?;
    let rate = lines as f64 / began.elapsed().as_secs_f64();
    results.put(Row::rate(
        "load",
        &format!(
            "{lines} order lines in {} orders below the engine, indexes included",
            scale.orders
        ),
        rate,
        "lines/s",
    ));
    let began = Instant::now();
    pipeline(ctx, scale, deals).await?;
    results.put(Row::rate(
        "load",
        &format!("{deals} deals through the engine"),
        deals as f64 / began.elapsed().as_secs_f64(),
        "rows/s",
    ));
    ctx.db().maintain("ANALYZE").await?;
    Ok(())
}

async fn people(ctx: &Ctx) -> Result<()> {
    let logins = (1..=OWNERS)
        .map(|i| (format!("sales{i:02}"), "salesperson"))
        .chain([("bench".to_owned(), "administrator")]);
    for (login, role) in logins {
        let tx = ctx.begin().await?;
        let new = NewUser {
            login: &login,
            name: &login,
            name_latin: None,
            role,
            team: None,
        };
        zhike_identity::create_user(ctx, &tx, &new, "a long enough sentence 负荷").await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A party as the engine takes it.
pub fn party(scale: &Scale, i: u64) -> Values {
    let p = scale_party(scale, i);
    let kind = if p.kind == ScaleKind::ChineseCompany {
        "organisation"
    } else {
        "person"
    };
    values([
        ("number", p.number.into()),
        ("kind", kind.into()),
        ("name", p.name.into()),
        ("name_latin", p.name_latin.into()),
        ("roles", "customer".into()),
        (
            "industry",
            if p.industry.is_empty() {
                Value::Null
            } else {
                p.industry.into()
            },
        ),
        ("region", p.region.into()),
        ("city", p.city.into()),
        ("phone", p.phone.into()),
        ("email", p.email.into()),
        ("owner_id", owner(i).into()),
        ("currency", "CNY".into()),
    ])
}

fn owner(i: u64) -> i64 {
    i64::try_from(i % OWNERS).unwrap_or(0) + 1
}

async fn parties(ctx: &Ctx, scale: &Scale) -> Result<()> {
    let mut at = 0;
    while at < scale.parties {
        let to = (at + CHUNK).min(scale.parties);
        let ids = insert(ctx, "party", (at..to).map(|i| party(scale, i)).collect()).await?;
        // The orders below refer to the parties by their place.
        ensure!(ids.last().copied() == i64::try_from(to).ok(), "the house was not empty");
        at = to;
        if at % 50_000 == 0 {
            println!("  parties {at} / {}", scale.parties);
        }
    }
    Ok(())
}

/// The secondary indexes of the two tables: name and the statement that makes it.
async fn indexes(ctx: &Ctx) -> Result<Vec<(String, String)>> {
    let sql = match ctx.db().dialect() {
        Dialect::Sqlite => {
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('order_order', 'order_line')"
        }
        Dialect::Postgres => {
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('order_order', 'order_line') AND indexname NOT LIKE '%_pkey'"
        }
    };
    Ok(ctx
        .db()
        .all(sql, vec![])
        .await?
        .iter()
        .map(|r| Ok((r.text(0)?, r.text(1)?)))
        .collect::<zhike_kernel::Result<_>>()?)
}

async fn orders(ctx: &Ctx, scale: &Scale, product_ids: &[i64]) -> Result<u64> {
    let kept = indexes(ctx).await?;
    for (name, _) in &kept {
        ctx.db().maintain(&format!("DROP INDEX {name}")).await?;
    }
    let (mut at, mut lines) = (0, 0);
    while at < scale.orders {
        let to = (at + 20 * CHUNK).min(scale.orders);
        let tx = ctx.begin().await?;
        let mut from = at;
        while from < to {
            let until = (from + 500).min(to);
            lines += chunk(ctx, &tx, scale, product_ids, from, until).await?;
            from = until;
        }
        tx.commit().await?;
        at = to;
        if at % 500_000 == 0 {
            println!("  orders {at} / {}", scale.orders);
        }
    }
    if ctx.db().dialect() == Dialect::Postgres {
        for table in ["order_order", "order_line"] {
            ctx.db()
                .maintain(&format!(
                    "SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
                ))
                .await?;
        }
    }
    for (_, sql) in &kept {
        ctx.db().maintain(sql).await?;
    }
    Ok(lines)
}

/// Writes some orders with their lines, as numbers and plain words in the text of one statement each.
async fn chunk(ctx: &Ctx, tx: &Tx, scale: &Scale, product_ids: &[i64], from: u64, to: u64) -> Result<u64> {
    let mut orders = String::from(
        "INSERT INTO order_order (id, version, created_at, updated_at, number, party_id, owner_id, kind, status, ordered_on, delivered_on, \
         currency, net, tax, total, cost, freight, channel) VALUES ",
    );
    let mut rows = String::from(
        "INSERT INTO order_line (version, created_at, updated_at, order_id, position, product_id, quantity, unit_price, tax_rate, net, tax, \
         unit_cost, cost, currency) VALUES ",
    );
    let mut count = 0;
    for i in from..to {
        let o = scale_order(scale, i);
        let at = Stamp::start_of(o.ordered_on, &ctx.house.zone).0;
        let delivered = o.delivered_on.map_or_else(|| "NULL".to_owned(), |d| format!("'{d}'"));
        let mut whole = 0;
        for (position, l) in (1..).zip(&o.lines) {
            let cost = zhike_sample::extend(l.quantity_milli, l.unit_cost_minor);
            whole += cost;
            let product = product_ids.get(l.product).copied().unwrap_or(1);
            let tax = zhike_sample::tax_on(l.net_minor);
            let comma = if count == 0 { "" } else { "," };
            write!(
                rows,
                "{comma}(1,{at},{at},{},{position},{product},{},{},{},{},{tax},{},{cost},'CNY')",
                i + 1,
                l.quantity_milli,
                l.unit_price_minor,
                zhike_sample::TAX_PPM,
                l.net_minor,
                l.unit_cost_minor
            )?;
            count += 1;
        }
        let comma = if i == from { "" } else { "," };
        write!(
            orders,
            "{comma}({},1,{at},{at},'{}',{},{},'sale','{}','{}',{delivered},'CNY',{},{},{},{whole},{},'direct')",
            i + 1,
            o.number,
            o.party + 1,
            owner(o.party),
            o.status.code(),
            o.ordered_on,
            o.net_minor,
            o.tax_minor,
            o.total_minor,
            o.freight_minor
        )?;
    }
    tx.ddl(&orders).await?;
    tx.ddl(&rows).await?;
    Ok(count)
}

async fn pipeline(ctx: &Ctx, scale: &Scale, deals: u64) -> Result<()> {
    let pipeline = insert(
        ctx,
        "pipeline",
        vec![values([("name", "负荷".into()), ("active", true.into())])],
    )
    .await?[0];
    let stages = [
        ("线索", "open"),
        ("方案", "open"),
        ("报价", "open"),
        ("谈判", "open"),
        ("赢单", "won"),
        ("输单", "lost"),
    ];
    let rows = (1_i64..)
        .zip(stages)
        .map(|(position, (name, kind))| {
            values([
                ("pipeline_id", pipeline.into()),
                ("position", position.into()),
                ("name", name.into()),
                ("probability", (position * 150_000).into()),
                ("kind", kind.into()),
            ])
        })
        .collect();
    let stages = insert(ctx, "stage", rows).await?;
    let mut at = 0;
    while at < deals {
        let to = (at + CHUNK).min(deals);
        let rows = (at..to)
            .map(|i| {
                let party = i % scale.parties;
                // The first four stages are the open ones.
                let stage = stages[usize::try_from(i % 4).unwrap_or(0)];
                let n = i64::try_from(i).unwrap_or(0);
                values([
                    ("name", format!("商机 {i}").into()),
                    ("party_id", (i64::try_from(party).unwrap_or(0) + 1).into()),
                    ("owner_id", owner(party).into()),
                    ("pipeline_id", pipeline.into()),
                    ("stage_id", stage.into()),
                    ("amount", (1_000_000 + n % 977 * 10_000).into()),
                    ("currency", "CNY".into()),
                    (
                        "entered_on",
                        ctx.today().saturating_sub(jiff::Span::new().days(n % 365)).into(),
                    ),
                    (
                        "expected_on",
                        ctx.today().saturating_add(jiff::Span::new().days(n % 120)).into(),
                    ),
                ])
            })
            .collect();
        insert(ctx, "deal", rows).await?;
        at = to;
    }
    Ok(())
}
