//! What customers did, day by day: what the models that look at a customer as of a day are computed from.

use crate::period;
use std::collections::BTreeMap;
use zhike_kernel::{Date, Result};
use zhike_lake::behaviour::{Cared, Due, Traded};
use zhike_lake::query::Period;
use zhike_lake::{Lake, MEMORY};
use zhike_store::Ctx;

/// The days of one customer.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// Orders, by day.
    pub traded: Vec<Traded>,
    /// Service, by day.
    pub cared: Vec<Cared>,
    /// Invoices, by the day on which they fell due.
    pub dues: Vec<Due>,
}

impl Life {
    /// Days of purchase up to a day.
    pub fn bought(&self, day: i64) -> impl Iterator<Item = &Traded> {
        self.traded.iter().filter(move |t| t.day <= day && t.bought())
    }

    /// Did the customer buy after the one day and up to the other?
    pub fn buys(&self, after: i64, to: i64) -> bool {
        self.traded.iter().any(|t| t.bought() && t.day > after && t.day <= to)
    }

    /// The last day of purchase up to a day.
    pub fn last(&self, day: i64) -> Option<i64> {
        self.bought(day).map(|t| t.day).last()
    }
}

/// Everything that is read.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// Version of the facts.
    pub facts: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// The same as numbers.
    pub span: (i64, i64),
    /// Customers who ordered.
    pub lives: BTreeMap<i64, Life>,
}

/// A day as a number, counted from 1970.
pub fn number(day: Date) -> i64 {
    Date::new(1970, 1, 1).map_or(0, |epoch| i64::from((day - epoch).get_days()))
}

/// The day of a number.
pub fn day_of(number: i64) -> Option<Date> {
    let epoch = Date::new(1970, 1, 1).ok()?;
    epoch.checked_add(jiff::Span::new().try_days(number).ok()?).ok()
}

/// The facts of all orders in the house's currency.
pub fn whole(ctx: &Ctx, from: Date, to: Date) -> Period {
    Period {
        from,
        to,
        currency: ctx.house.currency.code().to_owned(),
    }
}

/// Reads it; `None` before the first order.
pub async fn gather(ctx: &Ctx) -> Result<Option<Gathered>> {
    let lake = Lake::open(&ctx.house.data, MEMORY).await?;
    let Some(span) = lake.span(ctx.today()).await? else {
        return Ok(None);
    };
    let (from, to) = period::days("all", Some(span), ctx.today());
    let mut found = Gathered {
        facts: lake.version().to_owned(),
        from,
        to,
        span: (number(from), number(to)),
        ..Gathered::default()
    };
    let period = whole(ctx, from, to);
    lake.traded(&period, |t| found.lives.entry(t.party).or_default().traded.push(t))
        .await?;
    lake.cared(|c| {
        if let Some(life) = found.lives.get_mut(&c.party) {
            life.cared.push(c);
        }
    })
    .await?;
    lake.dues(|d| {
        if let Some(life) = found.lives.get_mut(&d.party) {
            life.dues.push(d);
        }
    })
    .await?;
    Ok(Some(found))
}
