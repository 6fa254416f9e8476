//! `zhike value whale`: who makes the profit, and who eats it.

use super::input::Input;
use super::output::{Cell, Format, Report, Small};
use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use std::collections::HashMap;
use zhike_value::whale::{Part, Point, whale};

#[derive(Args)]
pub(crate) struct Whale {
    /// Profits: CSV, XLSX or Parquet; - is standard input. Several rows of a customer are added up.
    #[arg(long, default_value = "-")]
    input: String,
    /// Column that names the customer.
    #[arg(long)]
    customer: String,
    /// Column with the profit, up to four decimals.
    #[arg(long)]
    profit: String,
    /// Also the curve with about so many points.
    #[arg(long, default_value_t = 0)]
    points: usize,
    /// Table, CSV (the curve) or JSON.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

pub(super) fn run(what: &Whale) -> Result<()> {
    let input = Input::open(&what.input)?;
    let wanted = [input.column(&what.customer)?, input.column(&what.profit)?];
    let profits = match input.sums(wanted[0], wanted[1])? {
        Some(sums) => sums,
        None => added(&input, &wanted)?,
    };
    if profits.is_empty() {
        bail!("{} holds no row", input.name());
    }
    // Who of two with the same profit comes first changes nothing of the curve.
    let ranked: Vec<(i64, i64)> = (0i64..).zip(profits).collect();
    let w = whale(&ranked, what.points);
    let money = |v: i64| v as f64 / 10_000.0;
    let part = |p: &Part| json!({"customers": p.customers, "profit": money(p.amount), "share": p.share});
    let point = |p: &Point| {
        json!({
            "customers": p.customers, "profit": money(p.cumulative),
            "customer_share": p.customer_share, "profit_share": p.profit_share
        })
    };
    let mut out = json!({
        "customers": w.customers, "loss_makers": w.loss_makers, "total": money(w.total),
        "peak": point(&w.peak), "erosion": w.erosion,
        "top_20": part(&w.top), "middle_50": part(&w.middle), "bottom_30": part(&w.bottom),
        "offset": w.offset, "makes_80_percent": w.makes_80_percent,
    });
    let mut tables = vec![];
    if what.points > 0 {
        out["points"] = w.points.iter().map(point).collect();
        tables.push(Small {
            titles: vec!["customers", "cumulative_profit", "customer_share", "profit_share"],
            rows: w
                .points
                .iter()
                .map(|p| {
                    vec![
                        p.customers.into(),
                        money(p.cumulative).into(),
                        p.customer_share.into(),
                        p.profit_share.into(),
                    ]
                })
                .collect(),
        });
    }
    let mut notes = vec![];
    if w.total <= 0 {
        notes.push("the total is not above zero: shares of it would mean nothing and are not given".into());
    }
    Report {
        figures: vec![
            ("customers", w.customers.into()),
            ("of these losing money", w.loss_makers.into()),
            ("total profit", money(w.total).into()),
            ("peak: customers", w.peak.customers.into()),
            ("peak: profit", money(w.peak.cumulative).into()),
            ("peak: share of the total", w.peak.profit_share.into()),
            ("erosion: (peak − total) / total", w.erosion.into()),
            ("best 20 %: profit", money(w.top.amount).into()),
            ("best 20 %: share", w.top.share.into()),
            ("middle: share", w.middle.share.into()),
            ("last 30 %: profit", money(w.bottom.amount).into()),
            ("last 30 %: share", w.bottom.share.into()),
            (
                "offset: loss of the last 30 % / profit of the best 20 %",
                w.offset.into(),
            ),
            ("customers that make 80 %", Cell::from(w.makes_80_percent)),
        ],
        tables,
        notes,
        json: out,
    }
    .print(what.format)
}

/// The profit of each customer, row by row.
fn added(input: &Input, wanted: &[usize]) -> Result<Vec<i64>> {
    let mut profits: HashMap<String, i64> = HashMap::new();
    input.each(wanted, |line| {
        let profit = line.exact(1)?;
        let customer = line.key(0)?;
        let sum = match profits.get_mut(customer) {
            Some(sum) => sum,
            None => profits.entry(customer.to_owned()).or_default(),
        };
        *sum = sum
            .checked_add(profit)
            .ok_or_else(|| line.bad(1, "makes the sum of this customer larger than can be counted"))?;
        Ok(())
    })?;
    Ok(profits.into_values().collect())
}
