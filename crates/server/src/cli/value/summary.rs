//! `zhike value summary`: from purchases to one row per customer.

use super::input::{self, Input};
use super::output::{Cell, Format, List};
use anyhow::{Result, anyhow, bail};
use clap::{Args, ValueEnum};
use std::collections::HashMap;

/// Unit of time. A month is 30.4375 days, a year 365.25.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Unit {
    Days,
    Weeks,
    Months,
    Years,
}

impl Unit {
    /// How many days it has.
    pub(super) fn days(self) -> f64 {
        match self {
            Unit::Days => 1.0,
            Unit::Weeks => 7.0,
            Unit::Months => 30.4375,
            Unit::Years => 365.25,
        }
    }
}

impl Unit {
    /// How many make a year for a discount, as the literature counts: 365 days, 52 weeks, 12 months.
    pub(super) fn per_year(self) -> f64 {
        match self {
            Unit::Days => 365.0,
            Unit::Weeks => 52.0,
            Unit::Months => 12.0,
            Unit::Years => 1.0,
        }
    }
}

#[derive(Args)]
pub(crate) struct Summary {
    /// Purchases: CSV (also .gz, .zst), XLSX or Parquet; - is standard input.
    #[arg(long, default_value = "-")]
    input: String,
    /// Column that names the customer.
    #[arg(long)]
    customer: String,
    /// Column with the day (a time behind it is not looked at).
    #[arg(long)]
    date: String,
    /// Column with the amount; without it m stays empty.
    #[arg(long)]
    amount: Option<String>,
    /// Last day of the window, for instance 1997-09-30; later purchases are left out.
    #[arg(long)]
    end: String,
    /// Unit of t_x and T.
    #[arg(long, value_enum, default_value = "weeks")]
    unit: Unit,
    /// Leave out rows without a customer, and tell how many; otherwise the first one is refused.
    #[arg(long)]
    skip_empty: bool,
    /// How days are written, if not as 2017-03-01: for instance %d/%m/%Y.
    #[arg(long)]
    date_format: Option<String>,
    /// Table, CSV or JSON; without it a table on a terminal and CSV in a pipe.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

pub(super) fn run(what: &Summary) -> Result<()> {
    let end =
        input::day(&what.end, None).ok_or_else(|| anyhow!("--end “{}” is no day; write it as 1997-09-30", what.end))?;
    let input = Input::open(&what.input)?;
    let mut wanted = vec![input.column(&what.customer)?, input.column(&what.date)?];
    if let Some(amount) = &what.amount {
        wanted.push(input.column(amount)?);
    }
    let mut places: HashMap<String, u32> = HashMap::new();
    let mut names: Vec<String> = Vec::new();
    let mut purchases: Vec<(u32, i32, f64)> = Vec::new();
    let (mut later, mut returned, mut unknown) = (0u64, 0u64, 0u64);
    input.each(&wanted, |line| {
        if what.skip_empty && line.text(0).is_empty() {
            unknown += 1;
            return Ok(());
        }
        let customer = line.key(0)?;
        let day = line.day(1, what.date_format.as_deref())?;
        let amount = if what.amount.is_some() { line.number(2)? } else { 0.0 };
        if day > end {
            later += 1;
        } else if amount < 0.0 {
            returned += 1;
        } else {
            let place = match places.get(customer) {
                Some(place) => *place,
                None => {
                    let place = u32::try_from(names.len())?;
                    places.insert(customer.to_owned(), place);
                    names.push(customer.to_owned());
                    place
                }
            };
            purchases.push((place, day, amount));
        }
        Ok(())
    })?;
    if purchases.is_empty() {
        bail!("{} holds no purchase up to {}; is --end right?", input.name(), what.end);
    }
    // In one order whatever the order of the file, so that sums come out alike to the last digit.
    purchases.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
    let mut list = List::new(what.format, &["customer", "x", "t_x", "T", "m"])?;
    for own in purchases.chunk_by(|a, b| a.0 == b.0) {
        let days: Vec<(i32, f64)> = own
            .chunk_by(|a, b| a.1 == b.1)
            .map(|same| (same[0].1, same.iter().map(|p| p.2).sum()))
            .collect();
        let (first, last) = (days[0].0, days[days.len() - 1].0);
        let repeats = days.len() - 1;
        let mean = (repeats > 0 && what.amount.is_some())
            .then(|| days.iter().skip(1).map(|d| d.1).sum::<f64>() / repeats as f64);
        let unit = what.unit.days();
        list.row(&[
            Cell::from(names[own[0].0 as usize].as_str()),
            repeats.into(),
            (f64::from(last - first) / unit).into(),
            (f64::from(end - first) / unit).into(),
            mean.into(),
        ])?;
    }
    list.end()?;
    if unknown > 0 {
        super::note(&format!("{unknown} row(s) without a customer were left out"));
    }
    if later > 0 {
        super::note(&format!("{later} row(s) after {} were left out", what.end));
    }
    if returned > 0 {
        super::note(&format!(
            "{returned} row(s) with an amount below zero were left out: a return is no purchase"
        ));
    }
    Ok(())
}
