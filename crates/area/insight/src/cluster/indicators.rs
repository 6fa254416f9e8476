//! What customers are grouped by; pure. Amounts, counts and days go in as logarithms, because ten days differ from twenty as
//! a hundred do from two hundred.

use crate::life::Life;
use crate::model::float;

/// What is looked at, in the order of the columns; all of the last twelve months unless it says otherwise.
pub const INDICATORS: [&str; 11] = [
    "sales",
    "orders",
    "basket",
    "silence",
    "breadth",
    "trend",
    "discount",
    "returns",
    "contacts",
    "complaints",
    "late",
];
/// Customers are grouped who bought within so many days.
pub const WITHIN: i64 = 365;
/// Days of most indicators.
const YEAR: i64 = 365;

/// The natural values of a customer, in the order of [`INDICATORS`]; `None` for who has not bought for long.
pub fn values(life: &Life, breadth: i64, day: i64) -> Option<Vec<f64>> {
    let days: Vec<i64> = life.bought(day).map(|t| t.day).collect();
    let silence = day - days.last()?;
    if silence > WITHIN {
        return None;
    }
    let year = |d: i64| d > day - YEAR && d <= day;
    let sum = |of: &dyn Fn(&zhike_lake::behaviour::Traded) -> i64| -> f64 {
        float(life.traded.iter().filter(|t| year(t.day)).map(of).sum())
    };
    let (sold, gross) = (sum(&|t| t.sold), sum(&|t| t.sold + t.discount));
    let later = sum(&|t| if t.day > day - YEAR / 2 { t.sold } else { 0 });
    let part = |what: f64, of: f64| if of > 0.0 { what / of } else { 0.0 };
    let ever: i64 = life.traded.iter().filter(|t| t.day <= day).map(|t| t.sold).sum();
    let cared = |of: fn(&zhike_lake::behaviour::Cared) -> i64| -> f64 {
        float(life.cared.iter().filter(|c| year(c.day)).map(of).sum())
    };
    let late: Vec<i64> = life
        .dues
        .iter()
        .filter(|d| year(d.day))
        .map(|d| (d.paid.unwrap_or(day).min(day) - d.day).max(0))
        .collect();
    Some(vec![
        sold,
        float(i64::try_from(days.iter().filter(|d| year(**d)).count()).unwrap_or(0)),
        float(ever) / float(i64::try_from(days.len()).unwrap_or(1).max(1)),
        float(silence),
        float(breadth),
        if sold > 0.0 { later / sold } else { 0.5 },
        part(sum(&|t| t.discount), gross),
        part(sum(&|t| t.returned), sold).min(1.0),
        cared(|c| c.calls + c.visits),
        cared(|c| c.complaints),
        float(late.iter().sum()) / float(i64::try_from(late.len()).unwrap_or(0).max(1)),
    ])
}

/// Does this one go in as a logarithm?
pub fn logarithm(indicator: &str) -> bool {
    !matches!(indicator, "trend" | "discount" | "returns")
}

/// As they are put on a scale. Amounts are minor units: below a hundred of them nothing differs.
pub fn flattened(values: &[f64]) -> Vec<f64> {
    INDICATORS
        .iter()
        .zip(values)
        .map(|(name, v)| match *name {
            "sales" | "basket" => (v / 100.0).max(0.0).ln_1p(),
            other if logarithm(other) => v.max(0.0).ln_1p(),
            _ => *v,
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use zhike_lake::behaviour::{Cared, Due, Traded};

    #[test]
    fn the_values_of_a_customer_are_those_of_a_hand() {
        let traded = |day, sold, discount, returned| Traded {
            party: 1,
            day,
            lines: i64::from(sold > 0),
            sold,
            discount,
            returned,
        };
        let life = Life {
            traded: vec![
                traded(500, 40_000, 0, 0),
                traded(700, 30_000, 10_000, 0),
                traded(900, 60_000, 0, 0),
                traded(905, 0, 0, 9_000),
            ],
            cared: vec![Cared {
                party: 1,
                day: 800,
                complaints: 1,
                calls: 2,
                visits: 3,
            }],
            dues: vec![
                Due {
                    party: 1,
                    day: 730,
                    paid: Some(720),
                },
                Due {
                    party: 1,
                    day: 930,
                    paid: None,
                },
            ],
        };
        let found = values(&life, 4, 1_000).unwrap();
        let by_hand = [
            90_000.0,
            2.0,
            130_000.0 / 3.0,
            100.0,
            4.0,
            60.0 / 90.0,
            0.1,
            0.1,
            5.0,
            1.0,
            35.0,
        ];
        for (name, (a, b)) in INDICATORS.iter().zip(found.iter().zip(by_hand)) {
            assert!((a - b).abs() < 1e-9, "{name}: {a} against {b}");
        }
        let flat = flattened(&found);
        assert!((flat[0] - 901_f64.ln()).abs() < 1e-12 && (flat[1] - 3_f64.ln()).abs() < 1e-12);
        assert!((flat[6] - 0.1).abs() < 1e-12);
        assert_eq!(values(&life, 4, 900 + WITHIN + 1), None);
        assert_eq!(values(&life, 4, 499), None, "nothing bought yet");
    }
}
