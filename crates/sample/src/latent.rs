//! What is true about each customer before any order is drawn: rhythm, size, discounts, habits.

use jiff::civil::Date;

use crate::Options;
use crate::calendar::{Calendar, plus};
use crate::parties::known_industry;
use crate::rng::{Rng, whole};
use crate::truth::PayHabit;
use crate::words::INDUSTRIES;

const STREAM_LATENT: u64 = 20;

/// Shape of the Gamma distribution of order rates.
pub(crate) const RATE_SHAPE: f64 = 0.95;
/// Mean orders per year while a customer is alive.
pub(crate) const RATE_MEAN: f64 = 5.2;
/// First parameter of the Beta distribution of leaving after an order.
pub(crate) const DROP_A: f64 = 0.7;
/// Second parameter.
pub(crate) const DROP_B: f64 = 9.0;

/// A customer's nature.
pub(crate) struct Latent {
    pub(crate) industry: usize,
    /// 1 for a small workshop, up to 55 for a large plant.
    pub(crate) size: f64,
    /// Orders per year of busy time while alive.
    pub(crate) rate: f64,
    /// Chance to leave after each order.
    pub(crate) drop: f64,
    /// First order, when it lies inside the history.
    pub(crate) first_on: Option<Date>,
    pub(crate) created_on: Date,
    /// Share off the list price.
    pub(crate) discount: f64,
    /// How much service is asked for, 1 being usual.
    pub(crate) demand: f64,
    pub(crate) habit: PayHabit,
    pub(crate) terms_days: i64,
    pub(crate) credit_limit_minor: i64,
    pub(crate) employees: i64,
}

/// The natures of all customers.
pub(crate) fn latents(o: &Options, calendar: &Calendar) -> Vec<Latent> {
    let weights: Vec<u32> = INDUSTRIES.iter().map(|i| i.weight).collect();
    let mut list: Vec<Latent> = Vec::with_capacity(o.customers);
    for i in 0..o.customers {
        let mut rng = Rng::keyed(o.seed, STREAM_LATENT, i as u64);
        let known = known_industry(i);
        let industry = known.unwrap_or_else(|| rng.weighted(&weights));
        let mut size = rng.pareto(1.0, 55.0);
        let mut rate = rng.gamma(RATE_SHAPE, RATE_MEAN).max(0.05);
        let mut drop = rng.beta(DROP_A, DROP_B);
        if known.is_some() {
            // The named customers are good examples: large enough and still there.
            size = size.max(5.0);
            rate = rate.max(8.0);
            drop = drop.min(0.002);
        }
        let existing = known.is_some() || rng.percent(62);
        let (first_on, created_on) = if existing {
            (None, plus(calendar.start, -rng.between(30, 2900)))
        } else {
            let first = calendar
                .day_at(rng.unit() * calendar.len() as f64)
                .unwrap_or(calendar.end);
            (Some(first), plus(first, -rng.between(0, 120)))
        };
        // Large customers ask for more off; some customers simply bargain hard.
        let hard = if rng.chance((0.065 + 0.095 * size.ln()).min(0.4)) {
            rng.span(0.18, 0.31)
        } else {
            0.0
        };
        let discount = (0.028 + 0.032 * size.ln() + rng.span(0.0, 0.09) + hard).min(0.44);
        let habit =
            [PayHabit::Prompt, PayHabit::Slow, PayHabit::Late, PayHabit::Defaulter][rng.weighted(&[54, 30, 13, 3])];
        let terms = [0, 30, 30, 45, 60, 90];
        let worth = size * rate * 9_000.0;
        list.push(Latent {
            industry,
            size,
            rate,
            drop,
            first_on,
            created_on,
            discount,
            demand: rng.lognormal(1.05),
            habit: if known.is_some() { PayHabit::Prompt } else { habit },
            terms_days: *rng.pick(&terms),
            credit_limit_minor: whole((worth / 4.0 / 10_000.0).max(1.0)) * 1_000_000,
            employees: whole(12.0 + size * 28.0 * rng.lognormal(0.5)),
        });
    }
    list
}
