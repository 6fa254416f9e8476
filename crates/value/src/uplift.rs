//! What a campaign changed: those who got it against a control group that was drawn by lot.
//!
//! The effect is the difference of means between the two groups as they were drawn, whoever opened the letter; its
//! interval by Newcombe's hybrid score method (1998, method 10) for shares and by Welch for amounts. The Qini curve
//! (Radcliffe 2007) says how well a score finds those whom the campaign moves.

use serde::{Deserialize, Serialize};

/// A difference with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Mean or share of the treated.
    pub treated: f64,
    /// Mean or share of the control group.
    pub control: f64,
    /// The difference.
    pub difference: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Difference of two shares, `yes` of `of` each. `z` is 1.96 for 95 %. `None` when a group is empty.
#[must_use]
pub fn shares(treated: (u64, u64), control: (u64, u64), z: f64) -> Option<Difference> {
    if treated.1 == 0 || control.1 == 0 {
        return None;
    }
    let share = |(yes, of): (u64, u64)| yes as f64 / of as f64;
    let (t, c) = (share(treated), share(control));
    let ((t_low, t_high), (c_low, c_high)) = (wilson(treated, z), wilson(control, z));
    let difference = t - c;
    Some(Difference {
        treated: t,
        control: c,
        difference,
        low: difference - (t - t_low).hypot(c_high - c),
        high: difference + (t_high - t).hypot(c - c_low),
    })
}

/// Wilson's interval (1927) of a share.
#[must_use]
pub fn wilson((yes, of): (u64, u64), z: f64) -> (f64, f64) {
    let (n, p) = (of as f64, yes as f64 / of as f64);
    let centre = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + z * z / n;
    (((centre - half) / whole).max(0.0), ((centre + half) / whole).min(1.0))
}

/// Difference of two means, by Welch's normal interval. `None` when a group has fewer than two.
#[must_use]
pub fn means(treated: &[f64], control: &[f64], z: f64) -> Option<Difference> {
    let moments = |v: &[f64]| {
        let n = v.len() as f64;
        let mean = v.iter().sum::<f64>() / n;
        let variance = v.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean, variance / n)
    };
    if treated.len() < 2 || control.len() < 2 {
        return None;
    }
    let ((t, t_error), (c, c_error)) = (moments(treated), moments(control));
    let half = z * (t_error + c_error).sqrt();
    Some(Difference {
        treated: t,
        control: c,
        difference: t - c,
        low: t - c - half,
        high: t - c + half,
    })
}

/// A customer of the experiment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// The score that is judged: higher means "the campaign will move them more".
    pub score: f64,
    /// Got the campaign.
    pub treated: bool,
    /// Did what was wished for (1 or 0), or how much.
    pub outcome: f64,
}

/// The Qini curve and its coefficient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Qini {
    /// Part of the customers taken, and incremental outcomes per treated customer of the whole experiment.
    pub points: Vec<(f64, f64)>,
    /// Incremental outcomes per treated customer when all are taken.
    pub total: f64,
    /// Area between the curve and the straight line of a score that knows nothing, divided by the total: 0 is no better
    /// than chance, negative worse. `None` when the campaign changed nothing.
    pub coefficient: Option<f64>,
    /// The same area as a part of the area that a score knowing every outcome would have (treated who did it first, controls
    /// who did it last): the figure of `scikit-uplift`. `None` when that has none.
    pub of_perfect: Option<f64>,
}

/// The Qini curve: the best-scored first, incremental outcomes `Y_t − Y_c·N_t/N_c` of those taken so far. Equal scores
/// are taken together. `None` without treated or control customers.
#[must_use]
pub fn qini(subjects: &[Subject]) -> Option<Qini> {
    let treated_in_all = subjects.iter().filter(|s| s.treated).count() as f64;
    if treated_in_all == 0.0 || treated_in_all == subjects.len() as f64 {
        return None;
    }
    let gain = |points: &[(f64, f64)], total: f64| {
        let area: f64 = points
            .windows(2)
            .map(|w| (w[1].0 - w[0].0) * (w[0].1 + w[1].1) / 2.0)
            .sum();
        area - total / 2.0
    };
    let perfect: Vec<Subject> = subjects
        .iter()
        .map(|s| Subject {
            score: if s.treated { s.outcome } else { -s.outcome },
            ..*s
        })
        .collect();
    let (points, perfect) = (curve(subjects, treated_in_all), curve(&perfect, treated_in_all));
    let total = points.last().map_or(0.0, |p| p.1);
    let (own, best) = (gain(&points, total), gain(&perfect, total));
    Some(Qini {
        points,
        total,
        coefficient: (total != 0.0).then(|| own / total.abs()),
        of_perfect: (best > 0.0).then(|| own / best),
    })
}

fn curve(subjects: &[Subject], treated_in_all: f64) -> Vec<(f64, f64)> {
    let mut order: Vec<&Subject> = subjects.iter().collect();
    order.sort_by(|a, b| b.score.total_cmp(&a.score));
    let (mut nt, mut nc, mut yt, mut yc) = (0.0, 0.0, 0.0, 0.0);
    let mut points = vec![(0.0, 0.0)];
    let mut taken = 0.0;
    for same in order.chunk_by(|a, b| a.score == b.score) {
        for s in same {
            if s.treated {
                (nt, yt) = (nt + 1.0, yt + s.outcome);
            } else {
                (nc, yc) = (nc + 1.0, yc + s.outcome);
            }
        }
        taken += same.len() as f64;
        let control = if nc > 0.0 { yc * nt / nc } else { 0.0 };
        points.push((taken / subjects.len() as f64, (yt - control) / treated_in_all));
    }
    points
}

/// What a campaign brought.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Return {
    /// Incremental margin of all treated.
    pub incremental: f64,
    /// Incremental margin less cost.
    pub profit: f64,
    /// `profit / cost`; `None` without cost.
    pub roi: Option<f64>,
}

/// Return of a campaign: the margin per head that it changed, times the treated, less its cost.
#[must_use]
pub fn campaign_return(margin_per_head: f64, treated: u64, cost: f64) -> Return {
    let incremental = margin_per_head * treated as f64;
    Return {
        incremental,
        profit: incremental - cost,
        roi: (cost > 0.0).then(|| (incremental - cost) / cost),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn newcombes_own_examples() {
        // Newcombe 1998, table II, method 10: 56/70 against 48/80, and 9/10 against 3/10.
        for (t, c, low, high) in [
            ((56, 70), (48, 80), 0.052_4, 0.333_9),
            ((9, 10), (3, 10), 0.170_5, 0.809_0),
            ((10, 10), (0, 10), 0.607_5, 1.0),
        ] {
            let d = shares(t, c, 1.959_964).unwrap();
            assert!((d.low - low).abs() < 5e-5 && (d.high - high).abs() < 5e-5, "{d:?}");
        }
        assert_eq!(shares((0, 0), (1, 2), 1.96), None);
    }

    #[test]
    fn means_and_returns() {
        let d = means(&[1.0, 2.0, 3.0, 4.0], &[1.0, 1.0, 2.0, 2.0], 2.0).unwrap();
        let error = (5.0 / 3.0 / 4.0_f64 + 1.0 / 3.0 / 4.0).sqrt();
        assert!((d.difference - 1.0).abs() < 1e-12 && (d.high - 1.0 - 2.0 * error).abs() < 1e-12);
        let r = campaign_return(0.5, 1_000, 400.0);
        assert_eq!((r.incremental, r.profit, r.roi), (500.0, 100.0, Some(0.25)));
        assert_eq!(means(&[1.0], &[1.0, 2.0], 1.96), None);
    }

    #[test]
    fn a_score_that_knows_beats_one_that_does_not() {
        // The campaign moves the first half only.
        let subject = |i: usize, score: f64| Subject {
            score,
            treated: i.is_multiple_of(2),
            outcome: f64::from(u8::from(i < 500 && i.is_multiple_of(2))),
        };
        let knows: Vec<Subject> = (0..1_000).map(|i| subject(i, -(i as f64))).collect();
        let q = qini(&knows).unwrap();
        assert!((q.total - 0.5).abs() < 1e-12);
        // Straight up to one half, then flat: area 3/4 of the total, less 1/2.
        assert!((q.coefficient.unwrap() - 0.25).abs() < 2e-3, "{:?}", q.coefficient);
        let blind: Vec<Subject> = (0..1_000).map(|i| subject(i, 1.0)).collect();
        assert!(qini(&blind).unwrap().coefficient.unwrap().abs() < 1e-12);
        let wrong: Vec<Subject> = (0..1_000).map(|i| subject(i, i as f64)).collect();
        assert!(qini(&wrong).unwrap().coefficient.unwrap() < -0.2);
        assert_eq!(
            qini(&knows.iter().filter(|s| s.treated).copied().collect::<Vec<_>>()),
            None
        );
    }
}
