//! Contacts of a period in figures: how many by channel, direction and month, what they cost by the rates of their day, who was
//! contacted most, and who was contacted more often than they asked for.

mod often;
mod page;
pub(crate) mod rate;

pub(crate) use page::routes;

use rate::Rate;
use zhike_kernel::{Date, Error, Result};
use zhike_store::{Ctx, Query, field::parse_date, filter_sql::Sql};
use zhike_web::Fields;

/// Who sees the figures.
pub(crate) const VIEW: &str = "interaction.view";
/// Days of a period at most.
const MOST: i64 = 366 * 5;

/// A period, both days included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub from: Date,
    pub to: Date,
}

impl Period {
    /// What was asked for; twelve months up to today unless something is said.
    pub(crate) fn of(q: &Fields, today: Date) -> Result<Period> {
        let day = |name: &str, usual: Date| match q.filled(name) {
            None => Ok(usual),
            Some(text) => parse_date(text).ok_or_else(|| Error::field(name, "error-not-a-date")),
        };
        let months = jiff::Span::new().months(11);
        let first = today.first_of_month().saturating_sub(months);
        let period = Period {
            from: day("from", first)?,
            to: day("to", today)?,
        };
        let days = period.from.until(period.to).map(|s| i64::from(s.get_days()));
        if period.to < period.from || days.is_ok_and(|d| d > MOST) {
            return Err(Error::field("to", "error-tally-period"));
        }
        Ok(period)
    }
}

/// Figures of some contacts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    /// Contacts from them to us, from us to them.
    pub came: i64,
    pub went: i64,
    pub minutes: i64,
    /// What those with a rate cost, and how many have one.
    pub cost: i64,
    pub rated: i64,
}

impl Sum {
    pub(crate) fn all(&self) -> i64 {
        self.came + self.went
    }
    /// What one costs, of those with a rate; none where none has one.
    pub(crate) fn each(&self) -> Option<i64> {
        (self.rated > 0).then(|| zhike_kernel::money::mul_div(self.cost, 1, self.rated).unwrap_or(0))
    }
    pub(crate) fn add(&mut self, other: &Sum) {
        self.came += other.came;
        self.went += other.went;
        self.minutes += other.minutes;
        self.cost = self.cost.saturating_add(other.cost);
        self.rated += other.rated;
    }
}

/// Contacts of one channel on one day, of one customer where that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub party: i64,
    pub channel: String,
    pub day: Date,
    pub sum: Sum,
}

impl Line {
    /// `2026-06`.
    pub(crate) fn month(&self) -> String {
        format!("{:04}-{:02}", self.day.year(), self.day.month())
    }
}

/// What was counted, with its cost by the rate of its day.
pub(crate) async fn lines(ctx: &Ctx, period: Period, parties: Option<&[i64]>) -> Result<Vec<Line>> {
    let rates = rate::all(ctx.db()).await?;
    let ty = ctx.registry().get("interaction")?.clone();
    let mut sql = Sql::new(ctx.db().dialect());
    let (a, b) = (sql.bind(period.from.to_string()), sql.bind(period.to.to_string()));
    // Whose contacts they are is asked only where it matters: the rows are far fewer without.
    let party = if parties.is_some() {
        "COALESCE(t.party_id, 0)"
    } else {
        "CAST(0 AS BIGINT)"
    };
    let also = if parties.is_some() { ", t.party_id" } else { "" };
    sql.text = format!(
        "SELECT {party}, t.channel, t.direction, t.happened_on, count(*), CAST(COALESCE(SUM(t.minutes), 0) AS BIGINT) \
         FROM inbox_interaction t WHERE t.archived_at IS NULL AND t.happened_on >= {a} AND t.happened_on <= {b}"
    );
    if let Some(parties) = parties {
        let list = sql.bind(zhike_store::ids(parties));
        let among = ctx.db().dialect().among("t.party_id", &list);
        sql.text.push_str(&format!(" AND {among}"));
    }
    sql.text.push_str(" AND ");
    sql.scope(ctx.registry(), &ty, "t", &ctx.actor)?;
    sql.text
        .push_str(&format!(" GROUP BY t.channel, t.direction, t.happened_on{also}"));
    let mut out = vec![];
    for row in ctx.db().all(&sql.text, sql.binds).await? {
        let Some(day) = parse_date(&row.text(3)?) else { continue };
        let (channel, n, minutes) = (row.text(1)?, row.int(4)?, row.int(5)?);
        let mut sum = Sum {
            minutes,
            ..Sum::default()
        };
        match row.text(2)?.as_str() {
            "in" => sum.came = n,
            _ => sum.went = n,
        }
        if let Some(cost) = Rate::cost(&rates, &channel, day, n, minutes) {
            sum.cost = cost;
            sum.rated = n;
        }
        out.push(Line {
            party: row.int(0)?,
            channel,
            day,
            sum,
        });
    }
    Ok(out)
}

/// The customers who had most contacts: how many each.
async fn most(ctx: &Ctx, period: Period, count: usize) -> Result<Vec<i64>> {
    let ty = ctx.registry().get("interaction")?.clone();
    let mut sql = Sql::new(ctx.db().dialect());
    let (a, b) = (sql.bind(period.from.to_string()), sql.bind(period.to.to_string()));
    sql.text = format!(
        "SELECT t.party_id FROM inbox_interaction t WHERE t.archived_at IS NULL AND t.party_id IS NOT NULL AND t.happened_on >= {a} \
         AND t.happened_on <= {b} AND "
    );
    sql.scope(ctx.registry(), &ty, "t", &ctx.actor)?;
    sql.text.push_str(&format!(
        " GROUP BY t.party_id ORDER BY count(*) DESC, t.party_id LIMIT {count}"
    ));
    let rows = ctx.db().all(&sql.text, sql.binds).await?;
    rows.iter().map(|r| r.int(0)).collect()
}

/// Sums by what the function says, in the order of their keys.
pub(crate) fn by(lines: &[Line], key: impl Fn(&Line) -> String) -> Vec<(String, Sum)> {
    let mut out = std::collections::BTreeMap::<String, Sum>::new();
    for l in lines {
        out.entry(key(l)).or_default().add(&l.sum);
    }
    out.into_iter().collect()
}

/// A customer with the figures of their contacts.
pub(crate) struct Customer {
    pub id: i64,
    pub name: String,
    pub sum: Sum,
}

/// Who was contacted most.
pub(crate) async fn customers(ctx: &Ctx, period: Period, count: usize) -> Result<Vec<Customer>> {
    let ids = most(ctx, period, count).await?;
    let lines = lines(ctx, period, Some(&ids)).await?;
    let names = zhike_store::read::titles(ctx.db(), ctx.registry(), "party", &ids, ctx.latin).await?;
    let one = |id: &i64| {
        let mut sum = Sum::default();
        lines.iter().filter(|l| l.party == *id).for_each(|l| sum.add(&l.sum));
        Customer {
            id: *id,
            name: names.get(id).cloned().unwrap_or_default(),
            sum,
        }
    };
    Ok(ids.iter().map(one).collect())
}
