//! What is true about the data, so that analyses can be checked against it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use crate::calendar::{Calendar, plus};
use crate::latent::{DROP_A, DROP_B, RATE_MEAN, RATE_SHAPE};
use crate::model::{Party, ServiceKind};
use crate::money::ManualRating;
use crate::profit::{Facts, grades, profits, whale};
use crate::rng::{Rng, whole};

const STREAM_RATING: u64 = 50;

/// Declares a fieldless enum with all its values.
macro_rules! kinds {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }
        impl $name {
            /// Every value, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];
        }
    };
}

kinds!(
    /// How a duplicate is written differently.
    Variation {
        /// Half-width brackets instead of full-width ones.
        HalfWidth,
        /// Without the suffix of the legal form.
        MissingSuffix,
        /// With stray spaces.
        Spaces,
        /// The Latin name in capitals without points.
        LatinCase,
        /// The Latin name in full-width letters.
        FullWidth,
    }
);

kinds!(
    /// How a customer pays.
    PayHabit {
        /// On time.
        Prompt,
        /// Some weeks late.
        Slow,
        /// Months late, often in parts.
        Late,
        /// Often not at all.
        Defaulter,
    }
);

kinds!(
    /// Grade of a customer, best first.
    Grade {
        /// Among the best fifth by profit.
        A,
        /// The better half of the other profitable ones.
        B,
        /// The other half.
        C,
        /// Makes a loss, or did no business.
        D,
    }
);

/// Two records of the same organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duplicate {
    /// The record with the orders.
    pub original: usize,
    /// The record typed in again.
    pub copy: usize,
    /// How it differs.
    pub variation: Variation,
}

/// What serving customers is assumed to cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rates {
    /// Handling an order.
    pub order_minor: i64,
    /// Handling a line.
    pub line_minor: i64,
    /// Handling a return, besides its freight.
    pub return_minor: i64,
    /// Travel for a visit.
    pub visit_minor: i64,
    /// A minute on site or on a complaint.
    pub service_minute_minor: i64,
    /// A minute on the phone.
    pub call_minute_minor: i64,
    /// Opening a complaint.
    pub complaint_minor: i64,
    /// Cost of money per year on what is not paid yet.
    pub capital_ppm: i64,
}

/// The rates used for the truth.
pub const RATES: Rates = Rates {
    order_minor: 16_000,
    line_minor: 2_500,
    return_minor: 18_000,
    visit_minor: 58_000,
    service_minute_minor: 320,
    call_minute_minor: 180,
    complaint_minor: 40_000,
    capital_ppm: 65_000,
};

/// Profit of a customer. `profit = revenue − goods − freight − handling − service − capital`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Profit {
    /// Net revenue of delivered orders less returns.
    pub revenue_minor: i64,
    /// Cost of what was delivered.
    pub goods_minor: i64,
    /// Freight paid by us.
    pub freight_minor: i64,
    /// Handling of orders, lines and returns.
    pub handling_minor: i64,
    /// Visits, calls and complaints.
    pub service_minor: i64,
    /// Cost of money from the invoice to the payment, or to the last day.
    pub capital_minor: i64,
    /// What is left.
    pub profit_minor: i64,
}

/// Visits, calls and complaints in one calendar year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceYear {
    /// Calendar year.
    pub year: i16,
    /// Visits.
    pub visits: u32,
    /// Calls.
    pub calls: u32,
    /// Complaints.
    pub complaints: u32,
}

/// The nature of a customer and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CustomerTruth {
    /// The customer.
    pub party: usize,
    /// True orders per year while alive, in thousandths.
    pub rate_milli: i64,
    /// True chance to leave after an order.
    pub dropout_ppm: i64,
    /// Left after the order of this day; alive if none.
    pub gone_on: Option<Date>,
    /// Share off the list price.
    pub discount_ppm: i64,
    /// Habit of paying.
    pub habit: PayHabit,
    /// Service per year.
    pub service: Vec<ServiceYear>,
    /// Over the whole history.
    pub profit: Profit,
    /// Grade by that profit.
    pub grade: Grade,
}

/// The shape of profit over customers with any business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Whale {
    /// Customers counted.
    pub customers: usize,
    /// Profit of all.
    pub profit_minor: i64,
    /// Profit of the best fifth.
    pub top_fifth_minor: i64,
    /// Profit of the worst three tenths.
    pub bottom_three_tenths_minor: i64,
    /// Highest point of the curve.
    pub peak_minor: i64,
    /// Customers that make a loss.
    pub losing: usize,
    /// Share of the best fifth in all profit, in parts per million.
    pub top_fifth_ppm: i64,
    /// Share of losing customers, in parts per million.
    pub losing_ppm: i64,
}

/// Parameters of the purchase process: rates are Gamma, leaving is Beta (BG/NBD).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PurchaseModel {
    /// Shape of the Gamma distribution of yearly rates, in thousandths.
    pub rate_shape_milli: i64,
    /// Mean yearly rate, in thousandths.
    pub rate_mean_milli: i64,
    /// First parameter of the Beta distribution, in thousandths.
    pub drop_a_milli: i64,
    /// Second parameter, in thousandths.
    pub drop_b_milli: i64,
}

/// Everything that is true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// Organisations entered twice.
    pub duplicates: Vec<Duplicate>,
    /// Per customer, in the order of the parties.
    pub customers: Vec<CustomerTruth>,
    /// The rates behind the profits.
    pub rates: Rates,
    /// The profit curve.
    pub whale: Whale,
    /// The purchase process.
    pub purchase: PurchaseModel,
    /// Indices of manual ratings that miss the true grade.
    pub noisy_ratings: Vec<usize>,
}

/// Computes the truth and, from it, the ratings by hand.
pub(crate) fn truth(
    seed: u64,
    f: &Facts<'_>,
    parties: &[Party],
    duplicates: Vec<Duplicate>,
) -> (Truth, Vec<ManualRating>) {
    let profits = profits(f);
    let grades = grades(&profits);
    let mut years: Vec<BTreeMap<i16, [u32; 3]>> = vec![BTreeMap::new(); profits.len()];
    for s in f.service {
        let year = years[s.party].entry(s.on.year()).or_default();
        year[match s.kind {
            ServiceKind::Visit => 0,
            ServiceKind::Call => 1,
            ServiceKind::Complaint => 2,
        }] += 1;
    }
    // Customers whose first order is still to come have no part in the curve.
    let active: Vec<i64> = profits
        .iter()
        .filter(|p| **p != Profit::default())
        .map(|p| p.profit_minor)
        .collect();
    let ratings = ratings(seed, f.calendar, &grades, parties);
    let noisy_ratings = ratings
        .iter()
        .enumerate()
        .filter(|(_, r)| r.grade != grades[r.party])
        .map(|(i, _)| i)
        .collect();
    let milli = |x: f64| whole(x * 1e3);
    let customers = profits
        .into_iter()
        .zip(f.latents)
        .enumerate()
        .map(|(party, (profit, l))| CustomerTruth {
            party,
            rate_milli: milli(l.rate),
            dropout_ppm: whole(l.drop * 1e6),
            gone_on: f.gone_on[party],
            discount_ppm: whole(l.discount * 1e6),
            habit: l.habit,
            service: years[party]
                .iter()
                .map(|(year, [visits, calls, complaints])| ServiceYear {
                    year: *year,
                    visits: *visits,
                    calls: *calls,
                    complaints: *complaints,
                })
                .collect(),
            profit,
            grade: grades[party],
        })
        .collect();
    let truth = Truth {
        duplicates,
        customers,
        rates: RATES,
        whale: whale(&active),
        purchase: PurchaseModel {
            rate_shape_milli: milli(RATE_SHAPE),
            rate_mean_milli: milli(RATE_MEAN),
            drop_a_milli: milli(DROP_A),
            drop_b_milli: milli(DROP_B),
        },
        noisy_ratings,
    };
    (truth, ratings)
}

/// Salespeople grade about 60 % of the customers; about 15 % of the grades are one step off.
fn ratings(seed: u64, calendar: &Calendar, grades: &[Grade], parties: &[Party]) -> Vec<ManualRating> {
    let mut list = Vec::new();
    for (party, truth) in grades.iter().enumerate() {
        let mut rng = Rng::keyed(seed, STREAM_RATING, party as u64);
        if !rng.percent(60) {
            continue;
        }
        let mut grade = *truth;
        if rng.percent(15) {
            // Salespeople are rather too kind than too strict.
            grade = match (grade, rng.percent(65)) {
                (Grade::A, _) | (Grade::C, true) => Grade::B,
                (Grade::B, true) => Grade::A,
                (Grade::B, false) | (Grade::D, _) => Grade::C,
                (Grade::C, false) => Grade::D,
            };
        }
        let on = plus(calendar.end, -rng.between(0, 270)).max(parties[party].created_on);
        list.push(ManualRating {
            party,
            grade,
            on,
            user: parties[party].owner,
        });
    }
    list
}
