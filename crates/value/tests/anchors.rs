//! The reference numbers of METHODS B1 and B3 on the data sets beside the project.
//!
//! The data is not part of the repository: without `../shared/data` these tests say so and check nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::string_slice, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use zhike_value::bgnbd::{self, History, Warning};
use zhike_value::funnel::{Deal, Place, Step, funnel};
use zhike_value::{mbgnbd, pareto_nbd, rfm, whale};

fn data(file: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(file);
    if path.exists() {
        return Some(path);
    }
    println!("not run: ../shared/data is not here");
    None
}

fn close(value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() <= tolerance, "{value} against {expected}");
}

/// Days since 0000-03-01 of `2017-03-01…` (the civil-date formula of Howard Hinnant).
fn day(text: &str) -> i32 {
    let part = |range: std::ops::Range<usize>| text[range].parse::<i32>().unwrap();
    let (year, month, day) = (part(0..4), part(5..7), part(8..10));
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year
}

/// A decimal number with up to three places in thousandths.
fn thousandths(text: &str) -> i64 {
    (text.parse::<f64>().unwrap() * 1_000.0).round() as i64
}

#[test]
fn the_funnel_of_the_pipeline_set() {
    let Some(path) = data("crm_pipeline/sales_pipeline.csv") else {
        return;
    };
    let as_of = day("2017-12-31");
    let mut rows = Vec::new();
    for row in csv::Reader::from_path(path).unwrap().records() {
        let row = row.unwrap();
        // Stage 0 is prospecting, stage 1 engaging; a prospect has no date yet and has spent no day.
        let entered = if row[5].is_empty() { as_of } else { day(&row[5]) };
        let mut steps = Vec::new();
        if &row[4] != "Prospecting" {
            steps.push(Step {
                day: entered,
                to: Place::Stage(1),
            });
        }
        let value = if row[7].is_empty() {
            0
        } else {
            (row[7].parse::<f64>().unwrap() * 100.0).round() as i64
        };
        match &row[4] {
            "Won" => steps.push(Step {
                day: day(&row[6]),
                to: Place::Won,
            }),
            "Lost" => steps.push(Step {
                day: day(&row[6]),
                to: Place::Lost,
            }),
            _ => {}
        }
        rows.push((entered, value, steps));
    }
    let deals: Vec<Deal<'_>> = rows
        .iter()
        .map(|(entered, value, steps)| Deal {
            entered: *entered,
            value: *value,
            steps,
        })
        .collect();
    let f = funnel(2, &deals, as_of);
    assert_eq!((f.deals, f.won, f.lost, f.open), (8_800, 4_238, 2_473, 2_089));
    assert_eq!(f.won_value, 1_000_553_400);
    close(f.win_rate.unwrap(), 0.631_50, 5e-6);
    close(f.average_won_value.unwrap(), 236_091.0, 0.5);
    close(f.average_cycle_days.unwrap(), 51.78, 0.005);
    assert_eq!(f.median_cycle_days, Some(57.0));
    close(f.velocity.unwrap() / 100.0, 60_146.85, 0.005);
    assert_eq!((f.stages[0].still_in, f.stages[0].moved_on), (500, 8_300));
    assert_eq!(
        (f.stages[1].still_in, f.stages[1].moved_on, f.stages[1].lost),
        (1_589, 4_238, 2_473)
    );
}

struct Customer {
    last: i32,
    invoices: BTreeSet<String>,
    days: BTreeSet<i32>,
    /// Sold, in thousandths of a pound.
    sold: i64,
}

struct Retail {
    customers: BTreeMap<i64, Customer>,
    /// Revenue by customer with cancellations taken off.
    net: Vec<(i64, i64)>,
}

fn online_retail() -> Option<Retail> {
    let path = data("online_retail/online_retail.csv.zst")?;
    let bytes = zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap();
    let mut customers: BTreeMap<i64, Customer> = BTreeMap::new();
    let mut net: BTreeMap<i64, i64> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).unwrap() {
        if row[6].is_empty() {
            continue;
        }
        let id = row[6].parse::<f64>().unwrap() as i64;
        let (quantity, price) = (row[3].parse::<i64>().unwrap(), thousandths(&row[5]));
        *net.entry(id).or_default() += quantity * price;
        if row[0].starts_with('C') || quantity <= 0 || price <= 0 {
            continue;
        }
        let bought = day(&row[4]);
        let customer = customers.entry(id).or_insert_with(|| Customer {
            last: bought,
            invoices: BTreeSet::new(),
            days: BTreeSet::new(),
            sold: 0,
        });
        customer.last = customer.last.max(bought);
        customer.invoices.insert(row[0].to_owned());
        customer.days.insert(bought);
        customer.sold += quantity * price;
    }
    Some(Retail {
        customers,
        net: net.into_iter().collect(),
    })
}

#[test]
fn quintiles_and_whale_of_the_retail_set() {
    let Some(Retail { customers, net }) = online_retail() else {
        return;
    };
    let as_of = day("2011-12-10");
    let recency: Vec<i64> = customers.values().map(|c| i64::from(as_of - c.last)).collect();
    let frequency: Vec<u64> = customers.values().map(|c| c.invoices.len() as u64).collect();
    let money: Vec<i64> = customers.values().map(|c| c.sold).collect();
    let n = customers.len() as f64;
    assert_eq!(customers.len(), 4_338);
    close(recency.iter().sum::<i64>() as f64 / n, 93.059, 5e-4);
    close(frequency.iter().sum::<u64>() as f64 / n, 4.272_0, 5e-5);
    let total = money.iter().sum::<i64>() as f64;
    close(total / n / 1_000.0, 2_054.27, 5e-3);
    let scores = rfm::score(&recency, &frequency, &money).unwrap();
    let cells = rfm::cells(&scores, &money).unwrap();
    assert_eq!(cells.len(), 117);
    let of = |cell: u16| cells.iter().find(|c| c.rfm.cell() == cell).unwrap();
    assert_eq!((of(555).customers, of(111).customers), (348, 184));
    close(of(555).money as f64 / total, 0.438, 5e-4);

    let w = whale::whale(&net, 200);
    // METHODS says 42, from floats: one customer's purchases and returns cancel to the penny, which
    // floats leave as a crumb below zero. Decimal arithmetic gives 41 losses and 14 zeros.
    assert_eq!((w.customers, w.loss_makers), (4_372, 41));
    assert_eq!(net.iter().filter(|(_, revenue)| *revenue == 0).count(), 14);
    close(w.top.share.unwrap(), 0.738, 5e-4);
    close(w.bottom.share.unwrap(), 0.028, 5e-4);
    assert_eq!(w.offset, Some(0.0), "by revenue the last 30 % do not lose money");
}

#[test]
fn no_drop_out_is_visible_in_the_retail_set() {
    let Some(Retail { customers, .. }) = online_retail() else {
        return;
    };
    let end = day("2011-12-09");
    let histories: Vec<History> = customers
        .values()
        .map(|c| {
            let first = *c.days.first().unwrap();
            let week = |days: i32| f64::from(days) / 7.0;
            History {
                x: c.days.len() as u32 - 1,
                t_x: week(c.last - first),
                t: week(end - first),
            }
        })
        .collect();
    let fit = bgnbd::fit(&bgnbd::group(&histories)).unwrap();
    println!("Online Retail: {fit:?}");
    assert_eq!(fit.warnings, [Warning::NoDropout]);
    let groups = bgnbd::group(&histories);
    for (warnings, value) in [
        mbgnbd::fit(&groups).map(|f| (f.warnings, f.log_likelihood)).unwrap(),
        pareto_nbd::fit(&groups)
            .map(|f| (f.warnings, f.log_likelihood))
            .unwrap(),
    ] {
        assert_eq!(warnings, [Warning::NoDropout]);
        close(value, fit.log_likelihood, 0.2);
    }
    assert!(
        histories
            .iter()
            .all(|h| bgnbd::expected_purchases(&fit.params, h, 13.0).is_finite())
    );
}
