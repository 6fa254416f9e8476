//! What if customers stayed longer, left more, or money were dearer: one formula, its constants taken from what is computed.
//!
//! The house's customers are worth E today and should leave C in the next twelve months. A constant yearly retention r is
//! chosen so that the formula of constant margin and retention, paid at the start, gives just that:
//! `E = C (1+d) / (1+d−r)`, hence `r = (1+d)(1 − C/E)`. Then r, C and d are moved. Nothing is kept.

use serde::Serialize;
use zhike_value::npv::{Customer, Timing};

/// How far each slider goes, in parts per million.
pub const RETENTION: (i64, i64) = (-200_000, 200_000);
/// Points of margin.
pub const MARGIN: (i64, i64) = (-200_000, 200_000);
/// Yearly discount.
pub const DISCOUNT: (i64, i64) = (10_000, 300_000);

/// Where things stand.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Now {
    /// Value of all customers, minor units.
    pub equity: i64,
    /// What the next twelve months should leave.
    pub contribution: i64,
    /// Margin, parts per million.
    pub margin: i64,
    /// Yearly discount, parts per million.
    pub discount: i64,
}

/// What is moved, parts per million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Ask {
    /// Points of retention more (or less).
    pub retention: i64,
    /// Points of margin more (or less).
    pub margin: i64,
    /// The yearly discount.
    pub discount: i64,
}

/// What would come of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Then {
    /// Retention as it stands, parts of one.
    pub retention_now: f64,
    /// Retention then.
    pub retention: f64,
    /// Value of all customers then, minor units.
    pub equity: i64,
    /// More (or less) than now.
    pub difference: i64,
    /// Contribution of twelve months then.
    pub contribution: i64,
}

/// Moves it. `None` where the formula says nothing: no value, or a retention outside of 0 and 1.
pub fn then(now: &Now, ask: &Ask) -> Option<Then> {
    let float = crate::model::float;
    let part = |ppm: i64| float(ppm) / 1e6;
    let (e, c, d) = (float(now.equity), float(now.contribution), part(now.discount));
    if e <= 0.0 || c <= 0.0 || c >= e || now.margin <= 0 {
        return None;
    }
    let retention_now = (1.0 + d) * (1.0 - c / e);
    let contribution = c * (float(now.margin + ask.margin) / float(now.margin));
    let customer = Customer {
        margin: contribution,
        service: 0.0,
        retention: retention_now + part(ask.retention),
        acquisition: 0.0,
        discount: part(ask.discount),
    };
    let equity = crate::model::whole(customer.value(Timing::Start)?);
    Some(Then {
        retention_now,
        retention: customer.retention,
        equity,
        difference: equity - now.equity,
        contribution: crate::model::whole(contribution),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const NOW: Now = Now {
        equity: 50_000_000,
        contribution: 20_000_000,
        margin: 250_000,
        discount: 100_000,
    };
    const STILL: Ask = Ask {
        retention: 0,
        margin: 0,
        discount: 100_000,
    };

    #[test]
    fn nothing_moved_is_what_is() {
        let same = then(&NOW, &STILL).unwrap();
        assert_eq!((same.equity, same.difference), (50_000_000, 0));
        assert!((same.retention_now - 0.66).abs() < 1e-12);
    }

    #[test]
    fn each_slider_moves_its_own_way() {
        let at = |retention, margin, discount| {
            let ask = Ask {
                retention,
                margin,
                discount,
            };
            then(&NOW, &ask).unwrap().equity
        };
        // 1 + d − r = 0.44; five points more: 0.44 / 0.39.
        assert_eq!(at(50_000, 0, 100_000), 56_410_256);
        assert_eq!(at(0, 25_000, 100_000), 55_000_000);
        assert!(at(0, 0, 150_000) < 50_000_000 && at(-50_000, 0, 100_000) < 50_000_000);
    }

    #[test]
    fn where_the_formula_says_nothing_nothing_is_said() {
        let more = Ask {
            retention: 400_000,
            ..STILL
        };
        assert_eq!(then(&NOW, &more), None, "nobody stays more than certainly");
        assert_eq!(then(&Now { equity: 0, ..NOW }, &STILL), None);
        assert_eq!(
            then(
                &Now {
                    contribution: -1,
                    ..NOW
                },
                &STILL
            ),
            None
        );
    }
}
