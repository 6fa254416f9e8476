//! What is known of a customer on a day; pure. Nothing after the day is looked at.

use crate::life::Life;
use crate::model::float;
use zhike_lake::behaviour::{Cared, Traded};

/// What is looked at, in the order of the columns.
pub const COLUMNS: [&str; 13] = [
    "silence",
    "rhythm",
    "beyond",
    "orders",
    "recent",
    "tenure",
    "sales",
    "trend",
    "returns",
    "discount",
    "complaints",
    "contacts",
    "late",
];
/// A customer is in play whose last order lies so many days back at most.
pub const PLAY: i64 = 365;

/// What is known of a customer on a day; `None` for who is not in play.
pub fn known(life: &Life, day: i64) -> Option<Vec<f64>> {
    let days: Vec<i64> = life.bought(day).map(|t| t.day).collect();
    let (first, last) = (*days.first()?, *days.last()?);
    let silence = day - last;
    if silence > PLAY {
        return None;
    }
    let since = |n: i64| move |d: i64| d > day - n && d <= day;
    let (year, half, quarter) = (since(365), since(182), since(91));
    let repeats = i64::try_from(days.len()).unwrap_or(1) - 1;
    let rhythm = (repeats > 0).then(|| float(last - first) / float(repeats));
    let sum = |within: &dyn Fn(i64) -> bool, of: fn(&Traded) -> i64| -> f64 {
        float(life.traded.iter().filter(|t| within(t.day)).map(of).sum())
    };
    let (sold, later) = (sum(&year, |t| t.sold), sum(&half, |t| t.sold));
    let part = |what: f64| if sold > 0.0 { what / sold } else { 0.0 };
    let cared = |of: fn(&Cared) -> i64| -> f64 { float(life.cared.iter().filter(|c| year(c.day)).map(of).sum()) };
    let late: Vec<f64> = life
        .dues
        .iter()
        .filter(|d| year(d.day))
        .map(|d| float((d.paid.unwrap_or(day).min(day) - d.day).max(0)))
        .collect();
    Some(vec![
        float(silence),
        rhythm.unwrap_or(-1.0),
        rhythm.map_or(-1.0, |r| float(silence) / r.max(1.0)),
        float(i64::try_from(days.iter().filter(|d| year(**d)).count()).unwrap_or(0)),
        float(i64::try_from(days.iter().filter(|d| quarter(**d)).count()).unwrap_or(0)),
        float(day - first),
        sold.max(1.0).ln(),
        if sold > 0.0 { later / sold } else { 0.5 },
        part(sum(&year, |t| t.returned)),
        part(sum(&year, |t| t.discount)),
        cared(|c| c.complaints),
        cared(|c| c.calls + c.visits),
        late.iter().sum::<f64>() / float(i64::try_from(late.len()).unwrap_or(0).max(1)),
    ])
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use zhike_lake::behaviour::Due;

    #[test]
    fn only_what_was_known_on_the_day_counts() {
        let traded = |day, sold| Traded {
            party: 1,
            day,
            lines: 1,
            sold,
            discount: 10,
            returned: 0,
        };
        let mut life = Life {
            traded: vec![traded(1_000, 100), traded(1_100, 300), traded(1_300, 500)],
            cared: vec![Cared {
                party: 1,
                day: 1_150,
                complaints: 1,
                calls: 2,
                visits: 1,
            }],
            dues: vec![Due {
                party: 1,
                day: 1_120,
                paid: Some(1_400),
            }],
        };
        let then = known(&life, 1_200).unwrap();
        // Silent for 100 days, usual 100, two orders in the year, none in the quarter; 80 days late as far as is known.
        assert_eq!(then[..6], [100.0, 100.0, 1.0, 2.0, 0.0, 200.0]);
        assert!((then[6] - 400_f64.ln()).abs() < 1e-12 && (then[7] - 0.75).abs() < 1e-12);
        assert_eq!((then[9], then[10], then[11], then[12]), (0.05, 1.0, 3.0, 80.0));
        // What comes later changes nothing.
        life.traded.push(traded(1_250, 9_999));
        life.cared.push(Cared {
            party: 1,
            day: 1_201,
            complaints: 9,
            calls: 9,
            visits: 9,
        });
        life.dues.push(Due {
            party: 1,
            day: 1_201,
            paid: None,
        });
        assert_eq!(known(&life, 1_200).unwrap(), then);
        assert!(life.buys(1_200, 1_250) && !life.buys(1_300, 1_400));
        assert_eq!(known(&life, 1_666), None, "not in play any more");
        assert_eq!(known(&life, 999), None);
    }
}
