//! What pages and the API read, never more than the reader may see. Who sees only some customers gets the curve and the
//! sums of those, and is told how many others there are.

use crate::model;
use crate::result::{Run, Totals};
use crate::tables::read_reasons;
use zhike_kernel::{Date, Result};
use zhike_store::filter_sql::Sql;
use zhike_store::{Ctx, Query, Row, binds};
use zhike_value::agreement::{Confusion, Figure, Interval, Weighting};
use zhike_value::profit::Components;
use zhike_value::whale::{Whale, whale};

/// Grades there are.
pub(crate) const GRADES: usize = 4;
/// Resamples behind the interval of kappa.
const RESAMPLES: usize = 1_000;

/// The condition that the party with this alias may be seen.
pub fn scope(ctx: &Ctx, alias: &str) -> Result<String> {
    let mut sql = Sql::new(ctx.db().dialect());
    sql.scope(ctx.registry(), ctx.registry().get("party")?, alias, &ctx.actor)?;
    Ok(sql.text)
}

/// What the reader sees of the analysis.
pub struct Seen {
    /// The curve of these customers.
    pub whale: Whale,
    /// Their sums.
    pub totals: Totals,
    /// Customers that the reader does not see.
    pub hidden: usize,
}

/// The analysis as this reader sees it.
pub async fn seen(ctx: &Ctx, run: &Run) -> Result<Seen> {
    let all = &run.outcome;
    if ctx.actor.owners().is_none() {
        return Ok(Seen {
            whale: all.whale.clone(),
            totals: all.totals,
            hidden: 0,
        });
    }
    let sql = format!(
        "{} WHERE c.run_id IS NOT NULL AND {} ORDER BY c.party_id",
        select(&ctx.name_of("t")),
        scope(ctx, "t")?
    );
    let mut profits = vec![];
    let mut totals = Totals::default();
    for row in ctx.db().all(&sql, binds![]).await? {
        let c = customer(&row)?;
        profits.push((c.party, c.profit));
        totals.parts = [totals.parts, c.parts].into_iter().sum();
        totals.assumed_cost += c.assumed_cost;
        totals.assumed_revenue += c.assumed_revenue;
        totals.orders += c.orders;
    }
    Ok(Seen {
        hidden: all.whale.customers.saturating_sub(profits.len()),
        whale: whale(&profits, 120),
        totals,
    })
}

/// A customer of the analysis.
#[derive(Clone, Debug)]
pub struct Line {
    /// The party.
    pub party: i64,
    /// Its name.
    pub name: String,
    /// Place among all customers, from 1.
    pub rank: i64,
    /// Tier.
    pub tier: String,
    /// Automatic grade.
    pub grade: String,
    /// Grade by hand.
    pub manual: Option<String>,
    /// Score in hundredths.
    pub score: i64,
    /// Components; the product cost includes the assumed part.
    pub parts: Components,
    /// Assumed part of the product cost.
    pub assumed_cost: i64,
    /// Revenue whose cost is assumed.
    pub assumed_revenue: i64,
    /// Profit.
    pub profit: i64,
    /// Orders.
    pub orders: i64,
    /// Last order.
    pub last: Option<Date>,
    /// Usual days between orders.
    pub rhythm: Option<i64>,
    /// Reasons for the score: key, points against the average, unknown.
    pub reasons: Vec<(String, f64, bool)>,
}

/// The columns of a customer; the name as the reader prefers it.
fn select(name: &str) -> String {
    format!(
        "SELECT c.party_id, {name}, c.rank, c.tier, c.grade, c.manual_grade, c.score, c.revenue, c.discount, c.returns, c.product_cost, \
     c.assumed_cost, c.assumed_revenue, c.delivery, c.service, c.credit, c.profit, c.orders, c.last_order_on, c.rhythm_days, \
     c.contributions FROM insight_customer c JOIN party_party t ON t.id = c.party_id"
    )
}

fn customer(row: &Row) -> Result<Line> {
    let int = |i| Ok::<i64, zhike_kernel::Error>(row.opt_int(i)?.unwrap_or(0));
    let text = |i| Ok::<String, zhike_kernel::Error>(row.opt_text(i)?.unwrap_or_default());
    Ok(Line {
        party: row.int(0)?,
        name: row.text(1)?,
        rank: int(2)?,
        tier: text(3)?,
        grade: text(4)?,
        manual: row.opt_text(5)?,
        score: int(6)?,
        parts: Components {
            revenue: int(7)?,
            discount: int(8)?,
            returns: int(9)?,
            product_cost: int(10)?,
            delivery: int(13)?,
            service: int(14)?,
            credit: int(15)?,
        },
        assumed_cost: int(11)?,
        assumed_revenue: int(12)?,
        profit: int(16)?,
        orders: int(17)?,
        last: text(18)?.parse().ok(),
        rhythm: row.opt_int(19)?,
        reasons: read_reasons(&text(20)?),
    })
}

/// Which part of the ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Everybody.
    All,
    /// The best 20 %.
    Top,
    /// Between.
    Middle,
    /// The last 30 %.
    Bottom,
    /// Who costs more than they bring.
    Loss,
}

impl Part {
    /// All, in the order of the tabs.
    pub const ALL: [(Part, &'static str); 5] = [
        (Part::All, "all"),
        (Part::Top, "top"),
        (Part::Middle, "middle"),
        (Part::Bottom, "bottom"),
        (Part::Loss, "loss"),
    ];

    /// From the address; anything else is everybody.
    pub fn parse(word: Option<&str>) -> Part {
        Part::ALL.iter().find(|p| Some(p.1) == word).map_or(Part::All, |p| p.0)
    }
}

/// Customers in order of profit from place `after` on, as many as `limit`.
pub async fn customers(ctx: &Ctx, run: &Run, part: Part, after: i64, limit: usize) -> Result<Vec<Line>> {
    let place = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let w = &run.outcome.whale;
    let (first, last) = match part {
        Part::All | Part::Loss => (0, i64::MAX),
        Part::Top => (0, place(w.top.customers)),
        Part::Middle => (place(w.top.customers), place(w.customers - w.bottom.customers)),
        Part::Bottom => (place(w.customers - w.bottom.customers), i64::MAX),
    };
    let loss = if part == Part::Loss { "c.profit < 0 AND " } else { "" };
    let sql = format!(
        "{} WHERE {loss}c.rank > $1 AND c.rank <= $2 AND {} ORDER BY c.rank LIMIT {limit}",
        select(&ctx.name_of("t")),
        scope(ctx, "t")?
    );
    let rows = ctx.db().all(&sql, binds![after.max(first), last]).await?;
    rows.iter().map(customer).collect()
}

/// One customer's row, if the analysis has it. The caller has checked that the party may be seen.
pub async fn one(q: &dyn Query, party: i64) -> Result<Option<Line>> {
    let sql = format!("{} WHERE c.party_id = $1", select("t.name"));
    q.one(&sql, binds![party]).await?.as_ref().map(customer).transpose()
}

/// A product of the analysis.
#[derive(Clone, Debug)]
pub struct ProductLine {
    /// The product.
    pub product: i64,
    /// Its name.
    pub name: String,
    /// Its article number.
    pub sku: String,
    /// Revenue after discount and returns.
    pub net: i64,
    /// Cost of the goods with its assumed part.
    pub cost: i64,
    /// The assumed part.
    pub assumed: i64,
    /// Freight.
    pub delivery: i64,
    /// What is left.
    pub profit: i64,
    /// Sold less returned, thousandths.
    pub quantity: i64,
    /// Customers that bought it.
    pub customers: i64,
}

/// Products in order of profit, best or worst first, after a (profit, id).
pub async fn products(ctx: &Ctx, worst: bool, after: Option<(i64, i64)>, limit: usize) -> Result<Vec<ProductLine>> {
    let (sign, way) = if worst { (">", "ASC") } else { ("<", "DESC") };
    let start = after.unwrap_or(if worst { (i64::MIN, 0) } else { (i64::MAX, i64::MAX) });
    let sql = format!(
        "{} WHERE (p.profit, p.product_id) {sign} ($1, $2) ORDER BY p.profit {way}, p.product_id {way} LIMIT {limit}",
        product_select(&ctx.name_of("t"))
    );
    ctx.db()
        .all(&sql, binds![start.0, start.1])
        .await?
        .iter()
        .map(product_line)
        .collect()
}

/// One product's row.
pub async fn product(q: &dyn Query, id: i64) -> Result<Option<ProductLine>> {
    let sql = format!("{} WHERE p.product_id = $1", product_select("t.name"));
    q.one(&sql, binds![id]).await?.as_ref().map(product_line).transpose()
}

fn product_select(name: &str) -> String {
    format!(
        "SELECT p.product_id, {name}, t.sku, p.revenue - p.discount - p.returns, p.cost, p.assumed, p.delivery, p.profit, p.quantity, \
     p.customers FROM insight_product p JOIN catalog_product t ON t.id = p.product_id"
    )
}

fn product_line(row: &Row) -> Result<ProductLine> {
    Ok(ProductLine {
        product: row.int(0)?,
        name: row.opt_text(1)?.unwrap_or_default(),
        sku: row.opt_text(2)?.unwrap_or_default(),
        net: row.int(3)?,
        cost: row.int(4)?,
        assumed: row.int(5)?,
        delivery: row.int(6)?,
        profit: row.int(7)?,
        quantity: row.int(8)?,
        customers: row.int(9)?,
    })
}

/// How far the automatic rating and people's own agree.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// Automatic down, by hand across.
    pub table: Confusion,
    /// Quadratic weighted kappa.
    pub kappa: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
    /// Part of equal grades.
    pub accuracy: Option<f64>,
    /// Part of grades that differ by one at most.
    pub within_one: Option<f64>,
}

impl Agreement {
    /// The figures of a table.
    pub fn of(table: Confusion) -> Agreement {
        let kappa = Figure::Kappa(Weighting::Quadratic);
        Agreement {
            kappa: table.figure(kappa),
            interval: table.interval(kappa, 0.95, RESAMPLES, 1),
            accuracy: table.accuracy(),
            within_one: table.within_one(),
            table,
        }
    }

    /// Customers whose two grades differ.
    pub fn disagree(&self) -> u64 {
        let same: u64 = (0..GRADES).map(|g| self.table.count(g, g)).sum();
        self.table.total() - same
    }

    /// As JSON.
    pub fn json(&self) -> serde_json::Value {
        let rows: Vec<Vec<u64>> = (0..GRADES)
            .map(|auto| (0..GRADES).map(|by_hand| self.table.count(auto, by_hand)).collect())
            .collect();
        serde_json::json!({
            "grades": ["A", "B", "C", "D"],
            "automatic_by_manual": rows,
            "compared": self.table.total(),
            "disagree": self.disagree(),
            "accuracy": self.accuracy,
            "within_one": self.within_one,
            "weighted_kappa": self.kappa,
            "interval_95": self.interval.map(|i| [i.low, i.high]),
        })
    }
}

/// The agreement as it stands now, of the customers that may be seen.
pub async fn agreement(ctx: &Ctx) -> Result<Agreement> {
    let sql = format!(
        "SELECT c.grade, c.manual_grade, COUNT(*) FROM insight_customer c JOIN party_party t ON t.id = c.party_id \
         WHERE c.manual_grade IS NOT NULL AND c.grade IS NOT NULL AND {} GROUP BY c.grade, c.manual_grade",
        scope(ctx, "t")?
    );
    let mut table = Confusion::new(GRADES);
    for row in ctx.db().all(&sql, binds![]).await? {
        if let (Some(auto), Some(by_hand)) = (model::grade(&row.text(0)?), model::grade(&row.text(1)?)) {
            table.add(auto.index(), by_hand.index(), u64::try_from(row.int(2)?).unwrap_or(0));
        }
    }
    Ok(Agreement::of(table))
}

/// A customer whose two grades differ: how far apart, and its row.
pub type Apart = (i64, Line);

/// Customers whose two grades differ, furthest apart first, after a (distance, party).
pub async fn disagreements(ctx: &Ctx, after: Option<(i64, i64)>, limit: usize) -> Result<Vec<Apart>> {
    let place = |column: &str| format!("CASE {column} WHEN 'A' THEN 0 WHEN 'B' THEN 1 WHEN 'C' THEN 2 ELSE 3 END");
    let apart = format!("ABS({} - {})", place("c.grade"), place("c.manual_grade"));
    let (distance, party) = after.unwrap_or((9, 0));
    let sql = format!(
        "{} WHERE c.manual_grade IS NOT NULL AND c.grade IS NOT NULL AND c.grade <> c.manual_grade \
         AND ({apart} < $1 OR ({apart} = $2 AND c.party_id > $3)) AND {} ORDER BY {apart} DESC, c.party_id LIMIT {limit}",
        select(&ctx.name_of("t")),
        scope(ctx, "t")?
    );
    let rows = ctx.db().all(&sql, binds![distance, distance, party]).await?;
    rows.iter()
        .map(|row| {
            let line = customer(row)?;
            let index = |g: &str| model::grade(g).map_or(0, zhike_value::rating::Grade::index);
            let apart = index(&line.grade).abs_diff(index(line.manual.as_deref().unwrap_or("")));
            Ok((i64::try_from(apart).unwrap_or(0), line))
        })
        .collect()
}
