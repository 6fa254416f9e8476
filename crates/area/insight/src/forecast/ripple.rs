//! What a change of demand does to stock and capacity: the plan as it stands, and with the change, month by month.

use super::read::{self, Series};
use super::{AHEAD, Asks, Report, month_name};
use crate::kept::Kept;
use crate::model::{float, whole};
use crate::period::month_number;
use serde::Serialize;
use std::sync::Arc;
use zhike_contract::{Supplied, Supplies};
use zhike_kernel::{Date, Error, Result};
use zhike_store::{Ctx, Query, binds};
use zhike_value::ripple::{Month, Supply, at_price, run};
use zhike_web::Fields;

/// What is tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ask {
    /// More or less demand, parts per million.
    pub demand: i64,
    /// Dearer or cheaper, parts per million.
    pub price: i64,
    /// What one per cent of price does to demand, thousandths of a per cent; below zero.
    pub elasticity: i64,
    /// Only this category.
    pub category: Option<i64>,
    /// Only this product.
    pub product: Option<i64>,
    /// First month of the change, counted from the first of the forecast.
    pub from: usize,
    /// Months that it lasts.
    pub months: usize,
}

/// Ends of what may be asked.
const DEMAND: (i64, i64) = (-1_000_000, 10_000_000);
const PRICE: (i64, i64) = (-900_000, 2_000_000);
const ELASTICITY: (i64, i64) = (-10_000, 0);

impl Ask {
    /// As typed: per cent; months as names.
    pub fn read(q: &Fields, open: i64) -> Result<Ask> {
        let number = |name: &str, usual: i64, places: u32, (least, most): (i64, i64)| -> Result<i64> {
            let Some(text) = q.filled(name) else { return Ok(usual) };
            let text = text.trim().trim_end_matches('%').trim_start_matches('+');
            let value = zhike_kernel::number::parse_scaled(text, places, false)
                .map_err(|_| Error::field(name, "error-not-a-number"))?;
            if (least..=most).contains(&value) {
                Ok(value)
            } else {
                Err(Error::field(name, "error-value-range"))
            }
        };
        let from = match q.filled("from") {
            None => 0,
            Some(name) => {
                let month = super::month_of(name).ok_or_else(|| Error::field("from", "error-forecast-month"))?;
                usize::try_from(month - open)
                    .ok()
                    .filter(|m| *m < AHEAD)
                    .ok_or_else(|| Error::field("from", "error-forecast-month"))?
            }
        };
        let most = i64::try_from(AHEAD).unwrap_or(6);
        Ok(Ask {
            demand: number("demand", 0, 4, DEMAND)?,
            price: number("price", 0, 4, PRICE)?,
            elasticity: number("elasticity", -1_000, 3, ELASTICITY)?,
            category: q.int("category"),
            product: q.int("product"),
            from,
            months: usize::try_from(number("months", most, 0, (1, most))?).unwrap_or(AHEAD),
        })
    }

    /// Demand with the change.
    pub fn change(&self, month: usize, demand: f64) -> f64 {
        if month < self.from || month >= self.from + self.months {
            return demand;
        }
        let more = demand * (1.0 + float(self.demand) / 1e6);
        at_price(more.max(0.0), float(self.price) / 1e6, float(self.elasticity) / 1e3)
    }

    /// Does it change anything?
    pub fn still(&self) -> bool {
        self.demand == 0 && self.price == 0
    }
}

/// A month of a product, thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// Wanted.
    pub demand: i64,
    /// From stock and arrivals.
    pub from_stock: i64,
    /// To be made or bought.
    pub made: i64,
    /// Cannot be had.
    pub short: i64,
    /// Part of the capacity, parts per million.
    pub used: Option<i64>,
}

impl From<Month> for Cell {
    fn from(m: Month) -> Cell {
        Cell {
            demand: whole(m.demand),
            from_stock: whole(m.from_stock),
            made: whole(m.made),
            short: whole(m.short),
            used: m.used.map(|u| whole(u * 1e6)),
        }
    }
}

/// A product before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The product.
    pub product: i64,
    /// Its number.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// It is changed by what is tried.
    pub touched: bool,
    /// As planned.
    pub now: Vec<Cell>,
    /// With the change.
    pub then: Vec<Cell>,
}

impl Line {
    /// Short in all, now and then.
    pub fn short(&self) -> (i64, i64) {
        let sum = |cells: &[Cell]| cells.iter().map(|c| c.short).sum();
        (sum(&self.now), sum(&self.then))
    }
    /// The first month in which it is short with the change.
    pub fn first(&self) -> Option<usize> {
        self.then.iter().position(|c| c.short > 0)
    }
    /// The highest part of the capacity, with the change.
    pub fn used(&self) -> Option<i64> {
        self.then.iter().filter_map(|c| c.used).max()
    }
}

/// Working days of a month from a day on: Monday to Friday.
fn working(month: i64, from: Date) -> f64 {
    let Ok(first) = format!("{}-01", month_name(month)).parse::<Date>() else {
        return 0.0;
    };
    let days = first.days_in_month();
    let count = (1..=days)
        .filter_map(|d| Date::new(first.year(), first.month(), d).ok())
        .filter(|d| *d >= from && d.weekday().to_monday_zero_offset() < 5)
        .count();
    float(i64::try_from(count).unwrap_or(0))
}

/// The supply of a product by month of the forecast, in thousandths.
pub fn supply(s: &Supplied, open: i64, today: Date) -> Supply {
    let mut arrives = vec![0.0; AHEAD];
    for (day, quantity) in &s.incoming {
        // What is late is expected now.
        let month = usize::try_from((month_number(*day) - open).max(0)).unwrap_or(AHEAD);
        if let Some(slot) = arrives.get_mut(month) {
            *slot += float(*quantity);
        }
    }
    let there = s.lead_days.and_then(|days| {
        let day = jiff::Span::new()
            .try_days(days)
            .ok()
            .and_then(|span| today.checked_add(span).ok())?;
        usize::try_from((month_number(day) - open).max(0)).ok()
    });
    let capacity = s
        .capacity
        .filter(|c| *c > 0)
        .map(|daily| (open..).take(AHEAD).map(|m| float(daily) * working(m, today)).collect());
    Supply {
        free: float(s.free - s.waiting),
        arrives,
        // Who can make it every day needs no lead time of a purchase.
        lead: there.or(s.capacity.filter(|c| *c > 0).map(|_| 0)),
        capacity,
    }
}

/// Runs what is tried over all products with a plan.
pub async fn compute(ctx: &Ctx, supplies: &Arc<dyn Supplies>, kept: &Kept<Report>, ask: &Ask) -> Result<Vec<Line>> {
    let planned: Vec<(Series, String)> = read::planned(ctx).await?;
    let ids: Vec<i64> = planned.iter().filter_map(|(s, _)| s.key.parse().ok()).collect();
    let known = supplies.of(ctx.db(), &ids).await?;
    let within = match ask.category {
        None => None,
        Some(category) => {
            let sql = "SELECT id FROM catalog_product WHERE category_id = $1";
            let rows = ctx.db().all(sql, binds![category]).await?;
            Some(rows.iter().map(|r| r.int(0)).collect::<Result<Vec<i64>>>()?)
        }
    };
    let (open, today) = (kept.report.open, ctx.today());
    let whole_month = working(open, Date::MIN);
    let left = if whole_month > 0.0 {
        working(open, today) / whole_month
    } else {
        1.0
    };
    let mut lines = vec![];
    for (series, sku) in planned {
        let (Ok(product), Some(plan)) = (series.key.parse::<i64>(), series.plan) else {
            continue;
        };
        let Some(supplied) = known.get(&product).filter(|s| s.stocked) else {
            continue;
        };
        let touched = !ask.still()
            && ask.product.is_none_or(|p| p == product)
            && within.as_ref().is_none_or(|w| w.contains(&product));
        let supply = supply(supplied, open, today);
        let mut demand: Vec<f64> = plan.iter().map(|v| float(*v)).collect();
        // Of the month that runs, what is still to come.
        if let Some(first) = demand.first_mut() {
            *first *= left;
        }
        let changed: Vec<f64> = demand
            .iter()
            .enumerate()
            .map(|(m, d)| if touched { ask.change(m, *d) } else { *d })
            .collect();
        let cells = |d: &[f64]| run(&supply, d).into_iter().map(Cell::from).collect();
        lines.push(Line {
            product,
            sku,
            name: series.name,
            touched,
            now: cells(&demand),
            then: cells(&changed),
        });
    }
    // What gets worse first, then what is short anyway.
    lines.sort_by_key(|l| {
        let (now, then) = l.short();
        (now - then, -then, l.product)
    });
    Ok(lines)
}

/// The ports that the page needs.
pub fn port(asks: &Asks) -> &Arc<dyn Supplies> {
    &asks.supplies
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_supply_falls_into_the_months_of_the_forecast() {
        let day = |t: &str| -> Date { t.parse().unwrap() };
        let open = 2026 * 12 + 6;
        let s = Supplied {
            stocked: true,
            free: 10_000,
            waiting: 4_000,
            incoming: vec![
                (day("2026-06-01"), 1_000),
                (day("2026-08-09"), 2_000),
                (day("2027-05-01"), 9_000),
            ],
            lead_days: Some(40),
            capacity: Some(500),
        };
        let got = supply(&s, open, day("2026-07-10"));
        assert_eq!(
            (got.free, got.lead),
            (6_000.0, Some(1)),
            "forty days from 10 July end in August"
        );
        assert_eq!(got.arrives, [1_000.0, 2_000.0, 0.0, 0.0, 0.0, 0.0]);
        // July from the 10th has 16 working days, August 21.
        assert_eq!(got.capacity.unwrap()[..2], [8_000.0, 10_500.0]);
        let never = Supplied {
            lead_days: None,
            capacity: None,
            ..s
        };
        assert_eq!(supply(&never, open, day("2026-07-10")).lead, None);
    }

    #[test]
    fn what_is_asked_is_read_and_bounded() {
        let read = |q: &str| Ask::read(&Fields::parse(q), 2026 * 12 + 6);
        let ask = read("demand=20&price=-10&elasticity=-1.5&from=2026-08&months=2").unwrap();
        assert_eq!(
            (ask.demand, ask.price, ask.elasticity, ask.from, ask.months),
            (200_000, -100_000, -1_500, 1, 2)
        );
        assert_eq!(ask.change(0, 100.0), 100.0);
        assert!((ask.change(1, 100.0) - 120.0 * 0.9_f64.powf(-1.5)).abs() < 1e-9);
        assert_eq!(ask.change(3, 100.0), 100.0);
        for (bad, field) in [
            ("demand=x", "demand"),
            ("price=-95", "price"),
            ("elasticity=2", "elasticity"),
            ("from=2026-06", "from"),
            ("months=9", "months"),
        ] {
            assert_eq!(read(bad).unwrap_err().fields[0].field, field);
        }
    }
}
