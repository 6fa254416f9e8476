//! What one customer is worth today: the formula for constant margin and retention, a plan year by year, the value
//! from a model of repeat buying, and what a better retention would bring.
//!
//! Two conventions of timing give very different figures, so every function asks for one: paid at the start of each
//! period (the first payment comes at once and from everybody), or at the end (the first one comes after a period,
//! from those retained).

use serde::{Deserialize, Serialize};

/// When a period is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// At its start; the first payment is today's and certain.
    Start,
    /// At its end; the first payment needs one retention and is discounted once.
    End,
}

/// A customer as the formula sees them: amounts per period, rates as parts of one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Customer {
    /// Margin per period before service.
    pub margin: f64,
    /// Cost of serving per period.
    pub service: f64,
    /// Chance to stay from one period to the next.
    pub retention: f64,
    /// Cost of winning the customer, paid today; 0 for one who is won already.
    pub acquisition: f64,
    /// Discount per period.
    pub discount: f64,
}

impl Customer {
    /// Rates that make sense, and amounts that are numbers.
    fn possible(&self) -> bool {
        (0.0..=1.0).contains(&self.retention)
            && self.discount > -1.0
            && [self.margin, self.service, self.acquisition, self.discount]
                .iter()
                .all(|v| v.is_finite())
    }

    /// Net present value without end: `(m − s)(1+d)/(1+d−r) − acquisition` paid at the start,
    /// `(m − s) r/(1+d−r) − acquisition` paid at the end. `None` when `r ≥ 1 + d` (it would be infinite) or a rate
    /// makes no sense.
    #[must_use]
    pub fn value(&self, timing: Timing) -> Option<f64> {
        let room = 1.0 + self.discount - self.retention;
        let periods = match timing {
            Timing::Start => 1.0 + self.discount,
            Timing::End => self.retention,
        } / room;
        (self.possible() && room > 0.0).then_some((self.margin - self.service) * periods - self.acquisition)
    }

    /// Net present value of the first `periods` payments.
    #[must_use]
    pub fn value_of(&self, periods: u32, timing: Timing) -> Option<f64> {
        let step = self.retention / (1.0 + self.discount);
        let paid: f64 = match timing {
            Timing::Start => (0..periods).map(|t| step.powi(t as i32)).sum(),
            Timing::End => (1..=periods).map(|t| step.powi(t as i32)).sum(),
        };
        self.possible()
            .then_some((self.margin - self.service) * paid - self.acquisition)
    }

    /// What the value is multiplied by (before acquisition) when retention rises by `points` (0.05 are five
    /// points): `(1+d−r)/(1+d−r−p)`, and for payments at the end besides `(r+p)/r`. `None` unless
    /// `0 ≤ r + p < 1 + d` and at most 1.
    #[must_use]
    pub fn retention_factor(&self, points: f64, timing: Timing) -> Option<f64> {
        let more = Self {
            retention: self.retention + points,
            ..*self
        };
        let gross = |c: &Self| c.value(timing).map(|v| v + c.acquisition);
        let (now, then) = (gross(self)?, gross(&more)?);
        (now != 0.0).then(|| then / now)
    }
}

/// One period of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Period {
    /// Margin before service.
    pub margin: f64,
    /// Cost of serving.
    pub service: f64,
    /// Chance to stay until this payment, from the one before (from today for the first one paid at the end;
    /// for the first one paid at the start it is not asked).
    pub retention: f64,
}

/// Net present value of a plan whose margin, service and retention change: `−acquisition + Σ (m_t − s_t) Π r_i /
/// (1+d)^t`. `None` when a rate is not between 0 and 1 or the discount is −1 or less.
#[must_use]
pub fn plan(periods: &[Period], acquisition: f64, discount: f64, timing: Timing) -> Option<f64> {
    if periods.iter().any(|p| !(0.0..=1.0).contains(&p.retention)) || discount.is_nan() || discount <= -1.0 {
        return None;
    }
    let mut value = -acquisition;
    let mut weight = 1.0;
    for (t, period) in periods.iter().enumerate() {
        if t > 0 || timing == Timing::End {
            weight *= period.retention / (1.0 + discount);
        }
        value += (period.margin - period.service) * weight;
    }
    Some(value)
}

/// The continuous rate per time unit of an effective annual discount: `ln(1 + annual) / units per year`.
#[must_use]
pub fn continuous(annual: f64, units_per_year: f64) -> f64 {
    annual.ln_1p() / units_per_year
}

/// Value of the purchases to come as the PyPI package `lifetimes` sums it, for comparison: purchases of each month,
/// all at its end, times `amount`, at `monthly` discount. `expected(t)` is E[Y(t)], `month` the length of a month in
/// time units (it takes 4.345 weeks, 30 days).
pub fn by_months(expected: impl Fn(f64) -> f64, amount: f64, months: u32, monthly: f64, month: f64) -> f64 {
    let mut before = 0.0;
    (1..=months)
        .map(|i| {
            let until = expected(f64::from(i) * month);
            let value = amount * (until - before) / (1.0 + monthly).powi(i as i32);
            before = until;
            value
        })
        .sum()
}

/// Value of the purchases to come by a model: what one purchase leaves (`amount × margin_rate − service`) times the
/// discounted number of them (DERT), less what is still to be spent at once.
#[must_use]
pub fn of_purchases(residual: f64, amount: f64, margin_rate: f64, service: f64, spend: f64) -> f64 {
    (amount * margin_rate - service) * residual - spend
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    const EXAMPLE: Customer = Customer {
        margin: 100.0,
        service: 20.0,
        retention: 0.8,
        acquisition: 150.0,
        discount: 0.1,
    };

    fn close(value: Option<f64>, expected: f64) {
        assert!((value.unwrap() - expected).abs() < 5e-5, "{value:?} against {expected}");
    }

    #[test]
    fn the_worked_example_in_both_conventions() {
        close(EXAMPLE.value(Timing::Start), 143.333_3);
        close(EXAMPLE.value(Timing::End), 63.333_3);
        close(EXAMPLE.value_of(5, Timing::Start), 83.650_7);
        close(EXAMPLE.value_of(2_000, Timing::Start), 143.333_3);
        close(EXAMPLE.value_of(2_000, Timing::End), 63.333_3);
        let periods = [Period {
            margin: 100.0,
            service: 20.0,
            retention: 0.8,
        }; 5];
        close(plan(&periods, 150.0, 0.1, Timing::Start), 83.650_7);
        assert_eq!(
            plan(&periods, 150.0, 0.1, Timing::End).map(f32_of),
            EXAMPLE.value_of(5, Timing::End).map(f32_of)
        );
    }

    fn f32_of(v: f64) -> f32 {
        v as f32
    }

    #[test]
    fn five_points_of_retention_are_worth_what_the_formula_says() {
        let at = |room: f64| {
            Customer {
                retention: 1.0 + 0.05 - room,
                discount: 0.05,
                ..EXAMPLE
            }
            .retention_factor(0.05, Timing::Start)
        };
        close(at(0.25), 1.25);
        close(at(0.108_8), 1.850_34);
        close(at(0.1), 2.0);
        // 0.80 at 10 %: +20 % before acquisition, +40.9 % after it (143.3 → 202.0).
        close(EXAMPLE.retention_factor(0.05, Timing::Start), 1.2);
        let better = Customer {
            retention: 0.85,
            ..EXAMPLE
        };
        close(better.value(Timing::Start), 202.0);
        assert!((better.value(Timing::Start).unwrap() / EXAMPLE.value(Timing::Start).unwrap() - 1.409_3).abs() < 1e-4);
        assert_eq!(
            EXAMPLE.retention_factor(0.35, Timing::Start),
            None,
            "nobody stays more than certainly"
        );
    }

    #[test]
    fn what_would_be_infinite_or_makes_no_sense_is_refused() {
        let forever = Customer {
            retention: 1.0,
            discount: 0.0,
            ..EXAMPLE
        };
        assert_eq!(forever.value(Timing::Start), None);
        let odd = Customer {
            retention: 1.2,
            ..EXAMPLE
        };
        assert_eq!((odd.value(Timing::Start), odd.value_of(3, Timing::End)), (None, None));
        let nan = Customer {
            margin: f64::NAN,
            ..EXAMPLE
        };
        assert_eq!(nan.value(Timing::End), None);
    }

    #[test]
    fn value_rises_with_retention_and_falls_with_discount() {
        for timing in [Timing::Start, Timing::End] {
            let at = |retention: f64, discount: f64| {
                Customer {
                    retention,
                    discount,
                    ..EXAMPLE
                }
                .value(timing)
                .unwrap()
            };
            for step in 0..19 {
                let r = f64::from(step) * 0.05;
                assert!(at(r, 0.1) < at(r + 0.05, 0.1));
                assert!(at(r + 0.05, 0.1) > at(r + 0.05, 0.12));
            }
        }
    }

    #[test]
    fn months_of_a_steady_buyer() {
        // One purchase a week at 10: 4.345 a month, discounted at 1 %.
        let value = by_months(|t| t, 10.0, 12, 0.01, 4.345);
        let annuity = (1.0 - 1.01_f64.powi(-12)) / 0.01;
        assert!((value - 43.45 * annuity).abs() < 1e-9);
        assert!((continuous(0.15, 52.0) - 0.002_687_7).abs() < 1e-7);
        assert_eq!(of_purchases(5.0, 20.0, 0.5, 2.0, 7.0), 33.0);
    }
}
