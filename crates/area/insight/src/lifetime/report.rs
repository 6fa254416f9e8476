//! What a computation of the lifetime values leaves behind.

use super::Terms;
use serde::{Deserialize, Serialize};
use zhike_kernel::Date;
use zhike_lake::histories::Bought;
use zhike_value::lifetime::{Buying, Clockwork, Contest, Refusal, Spending};

/// The stored result of the house.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// First day of the history.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Last day before the held-out time.
    pub split: Date,
    /// Its weeks.
    pub horizon: f64,
    /// Customers with a purchase.
    pub customers: usize,
    /// Of these bought again.
    pub repeaters: usize,
    /// How regular the gaps are.
    pub clock: Option<Clockwork>,
    /// Why there is no model.
    pub refusal: Option<Refusal>,
    /// The models compared.
    pub contest: Option<Contest>,
    /// The one taken, fitted to everything.
    pub buying: Option<Buying>,
    /// Amounts.
    pub money: Option<Spending>,
    /// Correlation of number and mean amount.
    pub correlation: Option<f64>,
    /// Discount a year, parts per million.
    pub discount: i64,
    /// Margin of the house after all costs, parts per million.
    pub margin: Option<i64>,
    /// Sales that it counts for beside a customer's own.
    pub weight: i64,
    /// Sum of the values.
    pub equity: Option<i64>,
    /// Its 95 % interval.
    pub equity_range: Option<(i64, i64)>,
    /// What the next twelve months should leave.
    pub contribution: Option<i64>,
    /// Purchases expected in them.
    pub expected: f64,
    /// Customers whose mean amount cannot be told.
    pub unknown: usize,
    /// Customers more likely gone than not.
    pub at_risk: usize,
    /// Part of own gaps that must be exceeded before an alarm, parts per million.
    pub certainty: i64,
    /// The alarms tried on the past.
    pub past: Option<Past>,
    /// The value analysis whose margins were taken.
    pub value_run: i64,
}

/// Alarms that would have rung at the split, and what came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// Would have rung.
    pub rang: usize,
    /// Of these did not buy in the held-out time.
    pub gone: usize,
    /// Would not have rung.
    pub quiet: usize,
    /// Of these did not buy either.
    pub quiet_gone: usize,
}

impl Report {
    /// Nothing known yet.
    pub fn empty(from: Date, to: Date) -> Report {
        Report {
            from,
            to,
            split: from,
            horizon: 0.0,
            customers: 0,
            repeaters: 0,
            clock: None,
            refusal: None,
            contest: None,
            buying: None,
            money: None,
            correlation: None,
            discount: 0,
            margin: None,
            weight: 0,
            equity: None,
            equity_range: None,
            contribution: None,
            expected: 0.0,
            unknown: 0,
            at_risk: 0,
            certainty: 0,
            past: None,
            value_run: 0,
        }
    }

    /// Was it made on this day with these terms?
    pub fn is_of(&self, to: Date, terms: &Terms) -> bool {
        self.to == to && self.discount == terms.discount && self.certainty == terms.certainty
    }

    /// Counts the alarms tried on the past: (rang, bought again).
    pub(super) fn rang(&mut self, tried: &[(bool, bool)]) {
        let mut past = Past::default();
        for (rang, again) in tried {
            let (many, gone) = if *rang {
                (&mut past.rang, &mut past.gone)
            } else {
                (&mut past.quiet, &mut past.quiet_gone)
            };
            *many += 1;
            *gone += usize::from(!again);
        }
        self.past = (!tried.is_empty()).then_some(past);
    }
}

/// What is kept of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The customer.
    pub party: i64,
    /// First purchase.
    pub first: Date,
    /// Last purchase.
    pub last: Date,
    /// Repeat purchases.
    pub x: i64,
    /// Days from the first to the last.
    pub t_x: i64,
    /// Days from the first to the end.
    pub t: i64,
    /// Sales of the repeat purchases.
    pub spent: i64,
    /// Probability of being a customer still, parts per million.
    pub p_alive: Option<i64>,
    /// Purchases in the next twelve months, thousandths.
    pub expected: Option<i64>,
    /// All purchases to come, discounted, millionths.
    pub residual: Option<i64>,
    /// Amount expected each time.
    pub amount: Option<i64>,
    /// Part of it that stays, parts per million.
    pub margin: Option<i64>,
    /// Value today.
    pub npv: Option<i64>,
    /// Ends of its 95 % interval.
    pub low: Option<i64>,
    /// See `low`.
    pub high: Option<i64>,
    /// What the next twelve months should leave.
    pub contribution: Option<i64>,
    /// Days of silence beyond which an alarm rings.
    pub limit: Option<i64>,
    /// Quarters with a purchase, as bits from the one of entry.
    pub quarters: i64,
}

impl Row {
    pub(super) fn of(b: &Bought, x: u32, end: Date) -> Row {
        Row {
            party: b.party,
            first: b.first,
            last: b.last,
            x: i64::from(x),
            t_x: i64::from((b.last - b.first).get_days()),
            t: i64::from((end - b.first).get_days()),
            spent: b.sold - b.sold_first,
            p_alive: None,
            expected: None,
            residual: None,
            amount: None,
            margin: None,
            npv: None,
            low: None,
            high: None,
            contribution: None,
            limit: None,
            quarters: 1,
        }
    }
}
