//! From purchases to what each customer is worth: pure, in the threads for long work.

use super::gather::{Earned, Gathered};
use super::report::{Report, Row};
use std::collections::HashMap;
use zhike_kernel::Date;
use zhike_lake::histories::Bought;
use zhike_value::bgnbd;
use zhike_value::gamma_gamma::{self, Spend};
use zhike_value::history::{History, group};
use zhike_value::lifetime::{self, ALL, Buying, Known, Outlook, Refusal, Spending, clockwork, contest, refusal};
use zhike_value::{alarm, npv};

/// Weeks in the twelve months ahead.
pub const YEAR: f64 = 52.0;
/// Quantile of the normal distribution for 95 %.
const Z: f64 = 1.959_964;
/// As if so many average orders at the house's margin stood beside the customer's own.
const PRIOR_ORDERS: i64 = 4;
/// Purchases from which on a customer's own gaps alone are a rhythm.
const OWN_RHYTHM: u32 = 4;

/// What the computation is told.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Discount a year, parts per million.
    pub discount: i64,
    /// Part of own gaps that must be exceeded before an alarm, parts per million.
    pub certainty: i64,
    /// Decimals of the currency.
    pub decimals: u32,
}

fn float(v: i64) -> f64 {
    crate::model::float(v)
}

fn whole(v: f64) -> i64 {
    crate::model::whole(v)
}

/// Parts per million as a part of one.
fn part(ppm: i64) -> f64 {
    float(ppm) / 1e6
}

fn days(from: Date, to: Date) -> f64 {
    f64::from((to - from).get_days())
}

fn history(b: &Bought, end: Date) -> History {
    History {
        x: u32::try_from(b.days - 1).unwrap_or(0),
        t_x: days(b.first, b.last) / 7.0,
        t: days(b.first, end) / 7.0,
    }
}

/// The part of sales that stays, of the house and of each customer.
struct Margins {
    /// Of the house.
    house: f64,
    /// Sales that the house's margin counts for.
    weight: f64,
}

impl Margins {
    fn of(earned: &HashMap<i64, Earned>) -> Option<Margins> {
        let (mut profit, mut net, mut orders) = (0_i64, 0_i64, 0_i64);
        for e in earned.values() {
            profit += e.profit;
            net += e.net;
            orders += e.orders;
        }
        (net > 0 && orders > 0).then(|| Margins {
            house: float(profit) / float(net),
            weight: float(PRIOR_ORDERS) * float(net) / float(orders),
        })
    }

    /// Own and house, weighed by sales.
    fn own(&self, earned: Option<&Earned>) -> f64 {
        let e = earned.copied().unwrap_or_default();
        (float(e.profit) + self.weight * self.house) / (float(e.net.max(0)) + self.weight)
    }
}

/// Computes everything.
pub fn compute(found: &Gathered, terms: Terms) -> (Report, Vec<Row>) {
    let histories: Vec<History> = found.customers.iter().map(|b| history(b, found.to)).collect();
    let weeks = days(found.from, found.to) / 7.0;
    let repeaters = histories.iter().filter(|h| h.x > 0).count();
    let clock = clockwork(
        found
            .gaps
            .iter()
            .map(|g| (u32::try_from(g.many).unwrap_or(0), float(g.sum), float(g.squares))),
    );
    let mut report = Report {
        from: found.from,
        to: found.to,
        split: found.split,
        horizon: days(found.split, found.to) / 7.0,
        customers: histories.len(),
        repeaters,
        discount: terms.discount,
        certainty: terms.certainty,
        clock,
        refusal: refusal(histories.len(), repeaters, weeks, clock),
        ..Report::empty(found.from, found.to)
    };
    let mut rows: Vec<Row> = found
        .customers
        .iter()
        .zip(&histories)
        .map(|(b, h)| Row {
            quarters: found.quarters.get(&b.party).copied().unwrap_or(1),
            ..Row::of(b, h.x, found.to)
        })
        .collect();
    if report.refusal.is_none() {
        judge(found, &mut report);
    }
    if report.refusal.is_none() {
        value(found, terms, &histories, &mut report, &mut rows);
    }
    limits(&report, terms, &histories, &mut rows);
    report.rang(&back_test(found, &report, terms));
    (report, rows)
}

/// Holds the models against what came, and fits the best one to everything.
fn judge(found: &Gathered, report: &mut Report) {
    let early: Vec<History> = found.early.iter().map(|b| history(b, found.split)).collect();
    let came: Vec<u32> = found.early.iter().map(|b| later(found, b)).collect();
    let mut contest = contest(&early, &came, report.horizon);
    let all: Vec<History> = found.customers.iter().map(|b| history(b, found.to)).collect();
    report.buying = contest.settle(&group(&all));
    report.refusal = report.buying.is_none().then_some(Refusal::NoFit);
    report.contest = Some(contest);
}

/// Purchases in the held-out time of a customer of the time before.
fn later(found: &Gathered, early: &Bought) -> u32 {
    let at = found.customers.binary_search_by_key(&early.party, |b| b.party);
    let all = at.ok().and_then(|i| found.customers.get(i)).map_or(0, |b| b.days);
    u32::try_from(all - early.days).unwrap_or(0)
}

fn value(found: &Gathered, terms: Terms, histories: &[History], report: &mut Report, rows: &mut [Row]) {
    let Some(buying) = report.buying.clone() else { return };
    let scale = 10_f64.powi(i32::try_from(terms.decimals).unwrap_or(2));
    let mean = |b: &Bought| (b.days > 1).then(|| float(b.sold - b.sold_first) / scale / float(b.days - 1));
    let spends: Vec<Spend> = found
        .customers
        .iter()
        .filter_map(|b| {
            let mean = mean(b).filter(|m| *m > 0.0)?;
            Some(Spend {
                x: float(b.days - 1),
                mean,
                weight: 1.0,
            })
        })
        .collect();
    report.correlation = gamma_gamma::correlation(&spends);
    report.money = Spending::fit(&spends).ok().filter(Spending::usable);
    let margins = Margins::of(&found.earned);
    report.margin = margins.as_ref().map(|m| whole(m.house * 1e6));
    report.weight = margins.as_ref().map_or(0, |m| whole(m.weight));
    let known = report.money.as_ref().and_then(|m| Known::of(&buying, m));
    let delta = npv::continuous(part(terms.discount), YEAR);
    let mut sums = Sums::default();
    // Equal histories are computed once.
    let mut order: Vec<usize> = (0..histories.len()).collect();
    let key = |i: &usize| histories.get(*i).map(|h| (h.x, h.t_x.to_bits(), h.t.to_bits()));
    order.sort_unstable_by_key(key);
    let mut last: Option<(History, Outlook)> = None;
    for i in order {
        let (Some(h), Some(b), Some(row)) = (histories.get(i), found.customers.get(i), rows.get_mut(i)) else {
            continue;
        };
        let outlook = match last {
            Some((same, outlook)) if same == *h => outlook,
            _ => buying.outlook(h, YEAR, delta),
        };
        last = Some((*h, outlook));
        row.p_alive = Some(whole(outlook.p_alive * 1e6));
        row.expected = Some(whole(outlook.expected * 1e3));
        row.residual = Some(whole(outlook.residual * 1e6));
        sums.expected += outlook.expected;
        report.at_risk += usize::from(outlook.p_alive < 0.5);
        let (Some(money), Some(margins)) = (&report.money, &margins) else {
            continue;
        };
        let Some(turnover) = lifetime::turnover(money, &outlook, h.x, mean(b)) else {
            report.unknown += 1;
            continue;
        };
        let margin = margins.own(found.earned.get(&b.party));
        let worth = margin * turnover.value * scale;
        row.amount = Some(whole(turnover.amount * scale));
        row.margin = Some(whole(margin * 1e6));
        row.npv = Some(whole(worth));
        row.contribution = Some(whole(margin * turnover.amount * outlook.expected * scale));
        sums.npv += row.npv.unwrap_or(0);
        sums.contribution += row.contribution.unwrap_or(0);
        if let (Some(known), Some(slope)) = (&known, &turnover.slope) {
            let factor = (Z * known.deviation(slope)).exp();
            let (a, b) = (whole(worth / factor), whole(worth * factor));
            (row.low, row.high) = (Some(a.min(b)), Some(a.max(b)));
            sums.slope.iter_mut().zip(slope).for_each(|(s, by)| *s += worth * by);
        }
    }
    sums.into(report, known.as_ref());
}

/// Over all customers.
#[derive(Default)]
struct Sums {
    npv: i64,
    contribution: i64,
    expected: f64,
    slope: [f64; ALL],
}

impl Sums {
    fn into(self, report: &mut Report, known: Option<&Known>) {
        report.expected = self.expected;
        if report.money.is_none() || report.margin.is_none() {
            return;
        }
        report.equity = Some(self.npv);
        report.contribution = Some(self.contribution);
        if let Some(known) = known {
            let away = whole(Z * known.deviation(&self.slope));
            report.equity_range = Some((self.npv - away, self.npv + away));
        }
    }
}

/// How long each may be silent.
fn limits(report: &Report, terms: Terms, histories: &[History], rows: &mut [Row]) {
    for (h, row) in histories.iter().zip(rows) {
        row.limit = limit(report.buying.as_ref(), terms, h);
    }
}

/// Days of silence beyond which an alarm rings. Without a model the own gaps must be enough.
fn limit(buying: Option<&Buying>, terms: Terms, h: &History) -> Option<i64> {
    let (r, alpha) = match buying {
        Some(fit) => fit.rates(),
        None if h.x >= OWN_RHYTHM => (1e-9, 1e-9),
        None => return None,
    };
    let params = bgnbd::Params {
        r,
        alpha,
        a: 1.0,
        b: 1.0,
    };
    let days = 7.0 * alarm::limit(&params, h, part(terms.certainty));
    (days.is_finite() && days < 36_500.0).then(|| whole(days.ceil()))
}

/// At the end of the time before the split: for each customer with two purchases and more, whether an alarm would have
/// rung (not longer ago than a quarter), and whether the customer bought again in the held-out time.
fn back_test(found: &Gathered, report: &Report, terms: Terms) -> Vec<(bool, bool)> {
    let fit = report
        .contest
        .as_ref()
        .and_then(|c| c.winner())
        .and_then(|c| c.fitted.as_ref());
    if report.refusal.is_some() || fit.is_none() {
        return vec![];
    }
    found
        .early
        .iter()
        .filter_map(|b| {
            let h = history(b, found.split);
            let limit = limit(fit, terms, &h).filter(|_| h.x > 0)?;
            let silence = whole(days(b.last, found.split));
            // Whoever fell silent long before is no news.
            (silence <= limit + super::FRESH).then(|| (silence > limit, later(found, b) > 0))
        })
        .collect()
}
