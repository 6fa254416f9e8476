//! The analysis from end to end: facts, profit, whale curve, tiers, rating, tables. The tables change in one
//! transaction, so that a reader sees the old analysis or the new one.

use crate::assume::{self, Assumptions, Margins};
use crate::model::{self, Body, Inputs};
use crate::profit::{self, Builder, Customer, Ledger, MONTHS, Product};
use crate::{
    period,
    result::{Outcome, Totals},
    tables,
};
use zhike_kernel::{Date, Error, Result};
use zhike_lake::query::Period;
use zhike_lake::{Lake, MEMORY};
use zhike_store::{Ctx, Event, Query, binds};
use zhike_value::rating::{Grade, Rating};
use zhike_value::whale::{Ranking, Tier, Whale};

/// The event of a finished analysis.
pub const REFRESHED: &str = "value.refreshed.v1";
/// Steps that the progress counts.
pub const STEPS: u32 = 100;
/// Points of the stored curve.
const POINTS: usize = 120;

/// Who hears how far it is: steps done, steps in all, what is being done (a translation key).
pub type Told<'a> = &'a mut (dyn FnMut(u32, u32, &str) + Send);

/// Runs the analysis; the id of the run.
pub async fn refresh(ctx: &Ctx, progress: Told<'_>) -> Result<i64> {
    let run = begin(ctx, "value").await?;
    match analyse(ctx, run, progress).await {
        Ok(()) => {
            // Without statistics the lists by profit and tier do not begin at this table's indexes.
            ctx.db().maintain("ANALYZE insight_customer").await?;
            Ok(run)
        }
        Err(e) => {
            failed(ctx, run, &e.to_string()).await?;
            Err(e)
        }
    }
}

/// Writes down that a computation of this kind begins.
pub(crate) async fn begin(ctx: &Ctx, kind: &str) -> Result<i64> {
    let tx = ctx.begin().await?;
    // A run whose process died never ends by itself.
    let sql = "UPDATE insight_run SET state = 'failed', error = 'interrupted' WHERE kind = $1 AND state = 'running'";
    tx.exec(sql, binds![kind]).await?;
    let sql = "INSERT INTO insight_run (kind, params, code_version, started_at, state, user_id) \
               VALUES ($1, '{}', $2, $3, 'running', $4) RETURNING id";
    let run = tx
        .insert(sql, binds![kind, env!("CARGO_PKG_VERSION"), tx.at.0, tx.user])
        .await?;
    tx.commit().await?;
    Ok(run)
}

/// Writes down that it failed, and why.
pub(crate) async fn failed(ctx: &Ctx, run: i64, why: &str) -> Result<()> {
    let tx = ctx.begin().await?;
    let sql = "UPDATE insight_run SET state = 'failed', finished_at = $1, error = $2 WHERE id = $3";
    tx.exec(sql, binds![tx.at.0, why, run]).await?;
    tx.commit().await
}

/// Everything that the computation reads.
struct Found {
    customers: Vec<Customer>,
    products: Vec<Product>,
    inputs: Inputs,
    previous: Vec<Option<Grade>>,
    body: Body,
    decimals: u32,
}

/// What it computes.
pub(crate) struct Computed {
    pub customers: Vec<Customer>,
    pub products: Vec<Product>,
    pub tiers: Vec<Tier>,
    pub ranks: Vec<i64>,
    pub rating: Rating,
    pub keys: Vec<String>,
    pub whale: Whale,
}

async fn analyse(ctx: &Ctx, run: i64, progress: Told<'_>) -> Result<()> {
    progress(0, STEPS, "value-step-facts");
    let mut months = |done: u32, total: u32| {
        progress(40_u32.saturating_mul(done) / total.max(1), STEPS, "value-step-facts");
    };
    let facts = zhike_lake::refresh(ctx, &mut months).await?;
    progress(40, STEPS, "value-step-sums");
    let lake = Lake::open(&ctx.house.data, MEMORY).await?;
    let span = lake.span(ctx.today()).await?;
    let choice = period::chosen(ctx.db()).await?;
    let (from, to) = period::days(choice, span, ctx.today());
    let period = Period {
        from,
        to,
        currency: ctx.house.currency.code().to_owned(),
    };
    let assumed = assume::load(ctx.db(), ctx.house.currency).await?;
    let margins = Margins::load(ctx.db(), assumed.margin).await?;
    let customers = customers(&lake, &period, &assumed, &margins).await?;
    progress(55, STEPS, "value-step-products");
    let products = products(&lake, &period, &margins).await?;
    let foreign = lake.foreign(&period).await?;
    let ledger = ledger(ctx, &period).await?;
    progress(65, STEPS, "value-step-rating");
    let version = model::active(ctx.db()).await?;
    let previous = tables::grades(ctx.db()).await?;
    let found = Found {
        previous: customers.iter().map(|c| previous.get(&c.party).copied()).collect(),
        inputs: inputs(&customers, to),
        customers,
        products,
        body: version.body,
        decimals: ctx.house.currency.decimals(),
    };
    // A million customers take a second or two: not on the threads that answer people.
    let computed = tokio::task::spawn_blocking(move || compute(found))
        .await
        .map_err(Error::broken)??;
    progress(75, STEPS, "value-step-save");
    let sums = Ledger::of(&computed.customers);
    let outcome = Outcome {
        choice: choice.to_owned(),
        model: version.version,
        lines: facts.lines,
        foreign: foreign.into_iter().map(|f| (f.currency, f.lines)).collect(),
        totals: Totals::of(&computed.customers),
        ledger,
        customers: sums,
        unallocated: unallocated(ctx, &period).await?,
        products: computed.products.len(),
        whale: computed.whale.clone(),
        assumptions: assumed,
    };
    let tx = ctx.begin().await?;
    tables::replace(&tx, run, &computed, |share| {
        progress(75 + share / 4, STEPS, "value-step-save");
    })
    .await?;
    tx.exec(
        "UPDATE insight_run SET state = 'done', from_on = $1, to_on = $2, params = $3, facts_version = $4, result = $5, \
         finished_at = $6 WHERE id = $7",
        binds![
            from.to_string(),
            to.to_string(),
            serde_json::json!({ "period": choice, "currency": period.currency, "model": version.version }).to_string(),
            facts.version,
            serde_json::to_string(&outcome).map_err(Error::broken)?,
            ctx.now().0,
            run
        ],
    )
    .await?;
    let event = Event {
        kind: REFRESHED.to_owned(),
        record_type: "value",
        record: run,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await?;
    progress(STEPS, STEPS, "value-step-done");
    Ok(())
}

/// What each customer brought in over a period, and what that cost.
pub(crate) async fn customers(
    lake: &Lake,
    period: &Period,
    assumed: &Assumptions,
    margins: &Margins,
) -> Result<Vec<Customer>> {
    let mut b = Builder::new(assumed, margins);
    lake.customers(period, |row| b.bought(&row)).await?;
    lake.unknown_by_customer(period, |row| b.unknown(&row)).await?;
    lake.purchase_days(period, |party, days| b.days(party, days)).await?;
    let (later, earlier) = period::halves(period);
    lake.growth(&later, &earlier, |party, now, before| b.growth(party, now, before))
        .await?;
    let last = period::month_number(period.to);
    lake.monthly(&period::last_months(period, MONTHS), |party, month, net| {
        b.month(party, last - month, net);
    })
    .await?;
    lake.delays(period, |row| b.delay(&row)).await?;
    lake.services(period, |row| b.served(&row)).await?;
    Ok(b.finish())
}

async fn products(lake: &Lake, period: &Period, margins: &Margins) -> Result<Vec<Product>> {
    let mut all: Vec<Product> = vec![];
    lake.products(period, |row| all.push(profit::product(&row))).await?;
    all.sort_unstable_by_key(|p| p.product);
    lake.unknown_by_product(period, |u| {
        if let Ok(place) = all.binary_search_by_key(&u.id, |p| p.product)
            && let Some(p) = all.get_mut(place)
        {
            let cost = margins.cost(u.category, u.revenue);
            p.parts.product_cost += cost;
            p.assumed_cost += cost;
            p.assumed_revenue += u.revenue;
        }
    })
    .await?;
    Ok(all)
}

fn inputs(customers: &[Customer], to: Date) -> Inputs {
    let silence = |c: &Customer| {
        let days = c.last.map(|last| i64::from((to - last).get_days()));
        days.zip(c.rhythm)
    };
    Inputs {
        profit: customers.iter().map(|c| c.parts.profit()).collect(),
        net: customers.iter().map(|c| c.parts.net_revenue()).collect(),
        growth: customers.iter().map(|c| c.growth).collect(),
        orders: customers.iter().map(|c| c.orders).collect(),
        silence: customers.iter().map(silence).collect(),
        delay: customers.iter().map(|c| c.delay).collect(),
        service: customers.iter().map(|c| c.parts.service).collect(),
    }
}

fn compute(found: Found) -> Result<Computed> {
    let profits: Vec<(i64, i64)> = found.customers.iter().map(|c| (c.party, c.parts.profit())).collect();
    let ranking = Ranking::new(&profits);
    let mut ranks = vec![0_i64; profits.len()];
    for (rank, (party, _)) in (1_i64..).zip(ranking.iter()) {
        if let Ok(place) = profits.binary_search_by_key(&party, |p| p.0)
            && let Some(slot) = ranks.get_mut(place)
        {
            *slot = rank;
        }
    }
    let rating = found.inputs.rate(&found.body, &found.previous, found.decimals)?;
    Ok(Computed {
        tiers: ranking.tiers(),
        whale: ranking.curve(POINTS),
        ranks,
        rating,
        keys: found.body.model.indicators.iter().map(|i| i.key.clone()).collect(),
        customers: found.customers,
        products: found.products,
    })
}

/// The books themselves, added up by the database and not through the facts.
async fn ledger(ctx: &Ctx, period: &Period) -> Result<Ledger> {
    let (from, to) = (period.from.to_string(), period.to.to_string());
    let binds = || binds![from.as_str(), to.as_str(), period.currency.as_str()];
    let counts = "o.ordered_on >= $1 AND o.ordered_on <= $2 AND o.currency = $3 AND o.archived_at IS NULL \
                  AND o.status NOT IN ('draft', 'cancelled')";
    let sum = |what: &str| format!("CAST(COALESCE(SUM({what}), 0) AS BIGINT)");
    let lines = "FROM order_order o JOIN order_line l ON l.order_id = o.id AND l.archived_at IS NULL";
    let sales = format!(
        "SELECT {}, {}, {} {lines} WHERE {counts} AND o.kind <> 'return'",
        sum("l.net"),
        sum("COALESCE(l.discount, 0)"),
        sum("COALESCE(l.cost, 0)")
    );
    // A return may stand in the books with either sign.
    let returns = format!(
        "SELECT {}, {} FROM (SELECT SUM(l.net) AS net, SUM(COALESCE(l.cost, 0)) * CASE WHEN SUM(l.net) < 0 THEN -1 ELSE 1 END AS cost \
         {lines} WHERE {counts} AND o.kind = 'return' GROUP BY o.id) r",
        sum("ABS(r.net)"),
        sum("r.cost")
    );
    let freight = format!("SELECT {} FROM order_order o WHERE {counts}", sum("o.freight"));
    let q = ctx.db();
    let sales = q.one(&sales, binds()).await?.ok_or_else(Error::missing)?;
    let returns = q.one(&returns, binds()).await?.ok_or_else(Error::missing)?;
    Ok(Ledger {
        revenue: sales.int(0)? + sales.int(1)?,
        discount: sales.int(1)?,
        returns: returns.int(0)?,
        product_cost: sales.int(2)? - returns.int(1)?,
        delivery: q.number(&freight, binds()).await?,
    })
}

/// What belongs to no customer's lines: the freight of orders without lines.
async fn unallocated(ctx: &Ctx, period: &Period) -> Result<Ledger> {
    let sql = "SELECT CAST(COALESCE(SUM(o.freight), 0) AS BIGINT) FROM order_order o WHERE o.ordered_on >= $1 AND o.ordered_on <= $2 \
               AND o.currency = $3 AND o.archived_at IS NULL AND o.status NOT IN ('draft', 'cancelled') AND o.freight <> 0 \
               AND NOT EXISTS (SELECT 1 FROM order_line l WHERE l.order_id = o.id AND l.archived_at IS NULL)";
    let binds = binds![period.from.to_string(), period.to.to_string(), period.currency.as_str()];
    Ok(Ledger {
        delivery: ctx.db().number(sql, binds).await?,
        ..Ledger::default()
    })
}
