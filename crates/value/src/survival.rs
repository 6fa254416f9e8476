//! How long customers stay, deals last, complaints take, when not all have ended yet: the Kaplan–Meier curve (1958) with
//! a confidence band, and the log-rank test of whether groups differ.

use serde::{Deserialize, Serialize};
use statrs::function::erf::erfc;
use statrs::function::gamma::gamma_ur;

/// A time, and whether it ended there (or is only known to be at least that long).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spell {
    /// How long.
    pub time: f64,
    /// It ended.
    pub ended: bool,
}

/// A step of the curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The time.
    pub time: f64,
    /// How many were still there just before.
    pub at_risk: usize,
    /// How many ended here.
    pub ended: usize,
    /// Part that is still there after it.
    pub staying: f64,
    /// Lower end of the confidence band.
    pub low: f64,
    /// Upper end of the confidence band.
    pub high: f64,
}

/// The curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Steps at the times at which somebody ended.
    pub steps: Vec<Step>,
    /// First time by which half have ended; `None` when that was not reached.
    pub median: Option<f64>,
    /// Ends of its interval (Brookmeyer and Crowley 1982), as far as the band reaches one half.
    pub median_range: (Option<f64>, Option<f64>),
}

/// The Kaplan–Meier curve. `z` is the normal quantile of the pointwise band, 1.96 for 95 %; the band is that of
/// `ln(−ln S)` with Greenwood's variance (Kalbfleisch and Prentice), which stays between 0 and 1.
///
/// Spells without a time of zero or more are left out.
#[must_use]
pub fn kaplan_meier(spells: &[Spell], z: f64) -> Curve {
    let mut sorted: Vec<Spell> = spells.iter().copied().filter(|s| s.time >= 0.0).collect();
    sorted.sort_unstable_by(|a, b| a.time.total_cmp(&b.time));
    let mut at_risk = sorted.len();
    let (mut staying, mut greenwood) = (1.0_f64, 0.0);
    let mut steps = Vec::new();
    for same in sorted.chunk_by(|a, b| a.time == b.time) {
        let ended = same.iter().filter(|s| s.ended).count();
        if ended > 0 {
            let (n, d) = (at_risk as f64, ended as f64);
            staying *= 1.0 - d / n;
            greenwood += d / (n * (n - d));
            let (low, high) = if staying <= 0.0 {
                (0.0, 0.0)
            } else {
                let away = z * greenwood.sqrt() / staying.ln().abs();
                (staying.powf(away.exp()), staying.powf((-away).exp()))
            };
            steps.push(Step {
                time: same[0].time,
                at_risk,
                ended,
                staying,
                low,
                high,
            });
        }
        at_risk -= same.len();
    }
    // A hair of room, because one half as a product of fractions may come out a bit above.
    let reached = |f: fn(&Step) -> f64| steps.iter().find(|s| f(s) <= 0.5 + 1e-12).map(|s| s.time);
    Curve {
        median: reached(|s| s.staying),
        median_range: (reached(|s| s.low), reached(|s| s.high)),
        steps,
    }
}

impl Curve {
    /// Part that is still there after `time`.
    #[must_use]
    pub fn at(&self, time: f64) -> f64 {
        let passed = self.steps.partition_point(|s| s.time <= time);
        passed.checked_sub(1).map_or(1.0, |i| self.steps[i].staying)
    }
}

/// What the log-rank test says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogRank {
    /// Ended in each group.
    pub observed: Vec<f64>,
    /// Expected in each group if they did not differ.
    pub expected: Vec<f64>,
    /// The statistic.
    pub chi_square: f64,
    /// Groups less one.
    pub degrees: usize,
    /// Probability of a statistic as large if they do not differ.
    pub p: f64,
}

/// The log-rank test over two groups or more. `None` with less, or when nothing ended while groups were together.
#[must_use]
pub fn log_rank(groups: &[Vec<Spell>]) -> Option<LogRank> {
    let k = groups.len();
    if k < 2 {
        return None;
    }
    let mut all: Vec<(f64, bool, usize)> = groups
        .iter()
        .enumerate()
        .flat_map(|(g, spells)| spells.iter().map(move |s| (s.time, s.ended, g)))
        .collect();
    all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut at_risk: Vec<f64> = groups.iter().map(|g| g.len() as f64).collect();
    let (mut observed, mut expected) = (vec![0.0; k], vec![0.0; k]);
    let mut variance = vec![0.0; (k - 1) * (k - 1)];
    for same in all.chunk_by(|a, b| a.0 == b.0) {
        let n: f64 = at_risk.iter().sum();
        let d = same.iter().filter(|s| s.1).count() as f64;
        for s in same.iter().filter(|s| s.1) {
            observed[s.2] += 1.0;
        }
        if d > 0.0 {
            for g in 0..k {
                expected[g] += d * at_risk[g] / n;
            }
        }
        if d > 0.0 && n > 1.0 {
            let spread = d * (n - d) / (n - 1.0);
            for i in 0..k - 1 {
                for j in 0..k - 1 {
                    let share = at_risk[i] / n;
                    let other = at_risk[j] / n;
                    variance[i * (k - 1) + j] += spread * if i == j { share * (1.0 - share) } else { -share * other };
                }
            }
        }
        for s in same {
            at_risk[s.2] -= 1.0;
        }
    }
    let difference: Vec<f64> = (0..k - 1).map(|g| observed[g] - expected[g]).collect();
    let solved = crate::linear::solve(&mut variance, &mut difference.clone())?;
    let chi_square: f64 = difference.iter().zip(&solved).map(|(a, b)| a * b).sum();
    Some(LogRank {
        observed,
        expected,
        chi_square,
        degrees: k - 1,
        p: beyond(chi_square, k - 1),
    })
}

/// Probability that χ² with so many degrees of freedom is larger.
#[must_use]
pub fn beyond(chi_square: f64, degrees: usize) -> f64 {
    if chi_square <= 0.0 {
        1.0
    } else if degrees == 1 {
        erfc((chi_square / 2.0).sqrt())
    } else {
        gamma_ur(degrees as f64 / 2.0, chi_square / 2.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    /// Freireich's leukaemia patients (1963), the example of all textbooks: weeks in remission.
    fn freireich() -> [Vec<Spell>; 2] {
        let spell = |time: i32, ended| Spell {
            time: f64::from(time),
            ended,
        };
        let treated = [6, 6, 6, 7, 10, 13, 16, 22, 23]
            .iter()
            .map(|t| spell(*t, true))
            .chain(
                [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
                    .iter()
                    .map(|t| spell(*t, false)),
            )
            .collect();
        let placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
            .iter()
            .map(|t| spell(*t, true))
            .collect();
        [treated, placebo]
    }

    #[test]
    fn the_curve_of_the_textbooks() {
        let curve = kaplan_meier(&freireich()[0], 1.959_964);
        let published = [
            (6.0, 21, 3, 0.857_1),
            (7.0, 17, 1, 0.806_7),
            (10.0, 15, 1, 0.752_9),
            (13.0, 12, 1, 0.690_2),
            (16.0, 11, 1, 0.627_5),
            (22.0, 7, 1, 0.537_8),
            (23.0, 6, 1, 0.448_2),
        ];
        assert_eq!(curve.steps.len(), published.len());
        for (step, (time, at_risk, ended, staying)) in curve.steps.iter().zip(published) {
            assert_eq!((step.time, step.at_risk, step.ended), (time, at_risk, ended));
            assert!((step.staying - staying).abs() < 5e-5, "{step:?}");
            assert!(0.0 <= step.low && step.low < step.staying && step.staying < step.high && step.high <= 1.0);
        }
        // R's survfit(conf.type = "log-log") at the first and the last step.
        assert!(
            (curve.steps[0].low - 0.620).abs() < 1e-3 && (curve.steps[0].high - 0.952).abs() < 1e-3,
            "{curve:?}"
        );
        assert!(
            (curve.steps[6].low - 0.188).abs() < 1e-3 && (curve.steps[6].high - 0.680).abs() < 1e-3,
            "{curve:?}"
        );
        assert_eq!((curve.median, curve.median_range.0), (Some(23.0), Some(13.0)));
        assert_eq!((curve.at(5.9), curve.at(6.0)), (1.0, curve.steps[0].staying));
    }

    #[test]
    fn the_test_of_the_textbooks() {
        let test = log_rank(&freireich()).unwrap();
        assert!((test.chi_square - 16.79).abs() < 0.005, "{test:?}");
        assert!((test.expected[0] - 19.25).abs() < 0.005 && (test.expected[1] - 10.75).abs() < 0.005);
        assert_eq!((test.observed[0], test.observed[1], test.degrees), (9.0, 21.0, 1));
        assert!((test.p - 4.17e-5).abs() < 2e-7, "{}", test.p);
        // A group split in two by chance: nothing to see; and three groups in any order are one test.
        let [treated, placebo] = freireich();
        let halves: Vec<Vec<Spell>> = (0..2)
            .map(|h| placebo.iter().skip(h).step_by(2).copied().collect())
            .collect();
        assert!(log_rank(&halves).unwrap().p > 0.3);
        let (a, b) = (
            log_rank(&[treated.clone(), halves[0].clone(), halves[1].clone()]).unwrap(),
            log_rank(&[halves[1].clone(), treated, halves[0].clone()]).unwrap(),
        );
        assert!((a.chi_square - b.chi_square).abs() < 1e-9 && a.degrees == 2);
        assert!((beyond(5.991, 2) - 0.05).abs() < 1e-4 && (beyond(3.841, 1) - 0.05).abs() < 1e-4);
    }

    #[test]
    fn nothing_ends() {
        let open = vec![
            Spell {
                time: 3.0,
                ended: false
            };
            4
        ];
        let curve = kaplan_meier(&open, 1.96);
        assert_eq!((curve.steps.len(), curve.median, curve.at(9.0)), (0, None, 1.0));
        assert_eq!(log_rank(&[open.clone(), open]), None);
    }
}
