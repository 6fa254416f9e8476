//! What board and funnel are asked for: pipeline, period, owner, product, source. Read from the address, written back to it.

use jiff::ToSpan;
use zhike_kernel::{Date, Error, Filter, Op, Result};
use zhike_store::{Ctx, Query, filter_sql::Sql};
use zhike_web::{Fields, input::percent_encode};

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Pipeline.
    pub pipeline: i64,
    /// Name of the period: `30`, `90`, `180`, `365` (days back), `quarter`, `custom`.
    pub period: String,
    /// First day of the period.
    pub from: Date,
    /// Its last day.
    pub to: Date,
    /// Only deals of this owner.
    pub owner: Option<i64>,
    /// Only deals about this product.
    pub product: Option<i64>,
    /// Only deals of this source.
    pub source: Option<String>,
}

/// The periods that have a name.
pub const PERIODS: [&str; 6] = ["30", "90", "180", "365", "quarter", "custom"];

/// First and last day of a period; a custom one that is turned around is turned back.
pub fn period(name: &str, from: Option<Date>, to: Option<Date>, today: Date) -> (String, Date, Date) {
    let back = |days: i64| today.checked_sub(days.days()).unwrap_or(today);
    match name {
        "30" | "180" | "365" => (name.to_owned(), back(name.parse().unwrap_or(90) - 1), today),
        "quarter" => {
            let month = (today.month() - 1) / 3 * 3 + 1;
            (
                name.to_owned(),
                Date::new(today.year(), month, 1).unwrap_or(today),
                today,
            )
        }
        "custom" => {
            let (from, to) = (from.unwrap_or(back(89)), to.unwrap_or(today));
            (name.to_owned(), from.min(to), from.max(to))
        }
        _ => ("90".to_owned(), back(89), today),
    }
}

impl Ask {
    /// Reads the question; without a pipeline it is about the first. `None` while there is no pipeline.
    pub async fn read(ctx: &Ctx, fields: &Fields) -> Result<Option<Ask>> {
        let all = crate::stages::pipelines(ctx.db()).await?;
        let asked = fields.int("pipeline");
        let Some(pipeline) = (match asked {
            Some(id) => Some(all.iter().find(|p| p.id == id).ok_or_else(Error::missing)?.id),
            None => all.first().map(|p| p.id),
        }) else {
            return Ok(None);
        };
        let day = |name: &str| -> Result<Option<Date>> {
            fields
                .filled(name)
                .map(|text| zhike_store::field::parse_date(text).ok_or_else(|| Error::field(name, "error-not-a-date")))
                .transpose()
        };
        let (period, from, to) = period(
            fields.filled("period").unwrap_or("90"),
            day("from")?,
            day("to")?,
            ctx.today(),
        );
        Ok(Some(Ask {
            pipeline,
            period,
            from,
            to,
            owner: fields.int("owner"),
            product: fields.int("product"),
            source: fields.filled("source").map(str::to_owned),
        }))
    }

    /// As it stands in an address.
    pub fn query(&self) -> String {
        let mut out = format!("pipeline={}&period={}", self.pipeline, self.period);
        if self.period == "custom" {
            out.push_str(&format!("&from={}&to={}", self.from, self.to));
        }
        if let Some(owner) = self.owner {
            out.push_str(&format!("&owner={owner}"));
        }
        if let Some(product) = self.product {
            out.push_str(&format!("&product={product}"));
        }
        if let Some(source) = &self.source {
            out.push_str(&format!("&source={}", percent_encode(source)));
        }
        out
    }

    /// Owner, product and source as conditions of a list.
    pub fn filter(&self) -> Filter {
        let mut all = vec![];
        if let Some(owner) = self.owner {
            all.push(Filter::is("owner_id", owner));
        }
        if let Some(product) = self.product {
            all.push(Filter::is("product_id", product));
        }
        if let Some(source) = &self.source {
            all.push(Filter::field("source", Op::Is, source.as_str()));
        }
        Filter::All(all)
    }

    /// Writes that a deal (`t`) is present, seen by the actor, and fits owner, product and source.
    pub fn present(&self, ctx: &Ctx, sql: &mut Sql) -> Result<()> {
        let ty = ctx.registry().get("deal")?.clone();
        sql.text.push_str("t.archived_at IS NULL AND ");
        sql.filter(&ty, &self.filter())?;
        sql.text.push_str(" AND ");
        sql.scope(ctx.registry(), &ty, "t", &ctx.actor)
    }

    /// Writes that a deal belongs to the cohort.
    pub fn cohort(&self, ctx: &Ctx, sql: &mut Sql) -> Result<()> {
        let (pipeline, from, to) = (
            sql.bind(self.pipeline),
            sql.bind(self.from.to_string()),
            sql.bind(self.to.to_string()),
        );
        sql.text.push_str(&format!(
            "t.pipeline_id = {pipeline} AND t.entered_on >= {from} AND t.entered_on <= {to} AND "
        ));
        self.present(ctx, sql)
    }

    /// An SQL text under construction for this database.
    pub fn sql(ctx: &Ctx) -> Sql {
        Sql::new(ctx.db().dialect())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn periods_end_today_and_quarters_begin_with_their_month() {
        let today: Date = "2026-11-24".parse().unwrap();
        let named = |n: &str| {
            let (_, a, b) = period(n, None, None, today);
            (a.to_string(), b.to_string())
        };
        assert_eq!(named("30"), ("2026-10-26".into(), "2026-11-24".into()));
        assert_eq!(named("quarter"), ("2026-10-01".into(), "2026-11-24".into()));
        assert_eq!(named("nonsense"), named("90"));
        let (name, a, b) = period("custom", "2026-05-01".parse().ok(), "2026-02-01".parse().ok(), today);
        assert_eq!(
            (name.as_str(), a.to_string(), b.to_string()),
            ("custom", "2026-02-01".into(), "2026-05-01".into())
        );
    }
}
