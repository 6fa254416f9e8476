//! Which simple method forecasts a series, chosen and judged without looking ahead.
//!
//! At each origin the method with the smallest mean absolute error over earlier origins is taken and forecasts what comes
//! after; the errors of that procedure are what is reported, beside those of the seasonal naive forecast from the same
//! origins. So the figures are those of choosing, not of the winner of one contest.

use super::{accuracy, croston, holt_winters, seasonal_growth, seasonal_naive, tsb};
use serde::{Deserialize, Serialize};

/// A method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// As in the season before.
    Naive,
    /// The same times the growth of the last season.
    Growth,
    /// Level, damped trend and season, smoothed.
    Winters,
    /// The mean of the last season.
    Mean,
    /// For demand with many zeros: size and gap smoothed.
    Croston,
    /// The same with a chance that falls when demand stops.
    Tsb,
}

impl Method {
    /// For sums of many orders.
    pub const SUMS: [Method; 4] = [Method::Naive, Method::Growth, Method::Winters, Method::Mean];
    /// For single products, where months without demand are usual.
    pub const PIECES: [Method; 5] = [
        Method::Naive,
        Method::Growth,
        Method::Mean,
        Method::Croston,
        Method::Tsb,
    ];

    /// Its word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Method::Naive => "naive",
            Method::Growth => "growth",
            Method::Winters => "winters",
            Method::Mean => "mean",
            Method::Croston => "croston",
            Method::Tsb => "tsb",
        }
    }

    /// The forecast, never below zero; `None` when the history is too short for it.
    #[must_use]
    pub fn run(self, history: &[f64], season: usize, horizon: usize) -> Option<Vec<f64>> {
        let flat = |v: f64| vec![v; horizon];
        let forecast = match self {
            Method::Naive => seasonal_naive(history, season, horizon),
            Method::Growth => seasonal_growth(history, season, horizon),
            Method::Winters => holt_winters(history, season, horizon).map(|w| w.0),
            Method::Mean => {
                let last = &history[history.len().saturating_sub(season)..];
                (!last.is_empty()).then(|| flat(last.iter().sum::<f64>() / last.len() as f64))
            }
            Method::Croston => croston(history, 0.1).map(flat),
            Method::Tsb => tsb(history, 0.1, 0.1).map(flat),
        }?;
        let sound = forecast.iter().all(|v| v.is_finite());
        sound.then(|| forecast.into_iter().map(|v| v.max(0.0)).collect())
    }
}

/// How far a contest looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Periods of a season.
    pub season: usize,
    /// Periods foreseen from each origin.
    pub horizon: usize,
    /// Origins that are reported.
    pub origins: usize,
    /// Earlier origins by which the method is chosen at each.
    pub chosen_by: usize,
    /// Periods of the forecast that is wanted.
    pub ahead: usize,
}

/// A forecast from one origin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// Periods known.
    pub known: usize,
    /// The method taken.
    pub method: Method,
    /// What it said.
    pub forecast: Vec<f64>,
}

/// The forecast of a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// The method taken now.
    pub method: Method,
    /// What it says.
    pub forecast: Vec<f64>,
    /// What was said from earlier origins, the latest last.
    pub past: Vec<Origin>,
    /// Sum of absolute errors / sum of what came.
    pub wape: Option<f64>,
    /// The same of the seasonal naive forecast from the same origins.
    pub naive_wape: Option<f64>,
    /// Mean over the origins of error / mean error of the naive forecast within the history.
    pub mase: Option<f64>,
    /// (forecast − came) / came, summed.
    pub bias: Option<f64>,
    /// Four in five errors were smaller.
    pub width: Option<f64>,
}

/// The method with the smallest mean absolute error from earlier origins, of those that the history allows; the first one
/// where nothing can be compared.
fn choose(history: &[f64], plan: &Plan, methods: &[Method]) -> Option<Method> {
    let able: Vec<Method> = methods
        .iter()
        .copied()
        .filter(|m| m.run(history, plan.season, plan.horizon).is_some())
        .collect();
    let mut errors = vec![0.0; able.len()];
    let mut compared = 0_usize;
    let last = history.len().saturating_sub(plan.horizon);
    for origin in last.saturating_sub(plan.chosen_by.saturating_sub(1))..=last {
        let (known, after) = history.split_at(origin);
        let after = &after[..plan.horizon.min(after.len())];
        let said: Option<Vec<Vec<f64>>> = able.iter().map(|m| m.run(known, plan.season, after.len())).collect();
        // Only origins that every one of them can forecast from are fair.
        let Some(said) = said.filter(|_| !after.is_empty()) else {
            continue;
        };
        compared += 1;
        for (error, forecast) in errors.iter_mut().zip(said) {
            *error += forecast.iter().zip(after).map(|(f, a)| (f - a).abs()).sum::<f64>();
        }
    }
    if compared == 0 {
        // Too short to compare what needs long histories: what is never far off.
        return able
            .iter()
            .copied()
            .find(|m| *m == Method::Mean)
            .or(able.first().copied());
    }
    let best = (0..able.len()).min_by(|a, b| errors[*a].total_cmp(&errors[*b]))?;
    able.get(best).copied()
}

/// Forecasts a series. `None` without a history.
#[must_use]
pub fn outlook(series: &[f64], plan: &Plan, methods: &[Method]) -> Option<Outlook> {
    let method = choose(series, plan, methods)?;
    let forecast = method.run(series, plan.season, plan.ahead)?;
    let mut past = vec![];
    let (mut off, mut naive_off, mut came, mut naive_came, mut sum) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let mut scaled: Vec<f64> = vec![];
    let mut sizes: Vec<f64> = vec![];
    for known in series.len().saturating_sub(plan.origins).max(1)..series.len() {
        let (history, after) = series.split_at(known);
        let after = &after[..plan.horizon.min(after.len())];
        let Some(method) = choose(history, plan, methods) else {
            continue;
        };
        let Some(said) = method.run(history, plan.season, after.len()) else {
            continue;
        };
        for (f, a) in said.iter().zip(after) {
            off += (f - a).abs();
            came += a.abs();
            sum += f - a;
            sizes.push((f - a).abs());
        }
        scaled.extend(accuracy(history, plan.season, after, &said).and_then(|x| x.mase));
        if let Some(naive) = Method::Naive.run(history, plan.season, after.len()) {
            naive_off += naive.iter().zip(after).map(|(f, a)| (f - a).abs()).sum::<f64>();
            naive_came += after.iter().map(|a| a.abs()).sum::<f64>();
        }
        past.push(Origin {
            known,
            method,
            forecast: said,
        });
    }
    sizes.sort_unstable_by(f64::total_cmp);
    let place = (0.8 * (sizes.len() as f64 + 1.0)).ceil() as usize;
    let width = sizes
        .get(place.saturating_sub(1).min(sizes.len().saturating_sub(1)))
        .copied();
    Some(Outlook {
        method,
        forecast,
        past,
        wape: (came > 0.0).then(|| off / came),
        naive_wape: (naive_came > 0.0).then(|| naive_off / naive_came),
        mase: (!scaled.is_empty()).then(|| scaled.iter().sum::<f64>() / scaled.len() as f64),
        bias: (came > 0.0).then(|| sum / came),
        width: width.filter(|_| sizes.len() >= 5),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::random::SplitMix64;

    const PLAN: Plan = Plan {
        season: 12,
        horizon: 3,
        origins: 6,
        chosen_by: 4,
        ahead: 6,
    };

    #[test]
    fn a_season_that_grows_is_found_and_beats_last_year() {
        let season = [0.9, 0.5, 1.0, 1.0, 1.0, 1.02, 0.9, 0.92, 1.02, 1.1, 1.25, 1.4];
        let mut rng = SplitMix64::new(5);
        let series: Vec<f64> = (0..40)
            .map(|m| 1_000.0 * season[m % 12] * 1.02_f64.powi(m as i32) * (0.98 + 0.04 * rng.unit()))
            .collect();
        let o = outlook(&series, &PLAN, &Method::SUMS).unwrap();
        assert!(matches!(o.method, Method::Growth | Method::Winters), "{o:?}");
        assert!(o.wape.unwrap() < 0.6 * o.naive_wape.unwrap(), "{o:?}");
        for (h, f) in o.forecast.iter().enumerate() {
            let true_value = 1_000.0 * season[(40 + h) % 12] * 1.02_f64.powi(40 + h as i32);
            assert!((f / true_value - 1.0).abs() < 0.12, "{h}: {f} against {true_value}");
        }
        // Scale changes nothing but the scale.
        let tenfold: Vec<f64> = series.iter().map(|v| v * 10.0).collect();
        let t = outlook(&tenfold, &PLAN, &Method::SUMS).unwrap();
        assert_eq!(t.method, o.method);
        assert!(
            (t.wape.unwrap() - o.wape.unwrap()).abs() < 1e-9 && (t.forecast[0] / o.forecast[0] - 10.0).abs() < 1e-9
        );
    }

    #[test]
    fn the_figures_are_those_of_origins_by_hand() {
        // A constant with one month missing: every method says the same before it.
        let mut series = vec![10.0; 20];
        series[17] = 0.0;
        let plan = Plan { origins: 3, ..PLAN };
        let o = outlook(&series, &plan, &[Method::Naive]).unwrap();
        // From 17: 0 10 10; from 18: 10 10; from 19: 10. One error of 10 among 50.
        assert_eq!(o.past.iter().map(|p| p.known).collect::<Vec<_>>(), [17, 18, 19]);
        assert_eq!((o.wape, o.naive_wape, o.bias), (Some(0.2), Some(0.2), Some(0.2)));
        assert_eq!(o.forecast, vec![10.0; 6]);
    }

    #[test]
    fn demand_that_comes_now_and_then() {
        let mut rng = SplitMix64::new(9);
        let series: Vec<f64> = (0..48).map(|_| if rng.unit() < 0.3 { 20.0 } else { 0.0 }).collect();
        let o = outlook(&series, &PLAN, &Method::PIECES).unwrap();
        let sum: f64 = o.forecast.iter().sum();
        assert!((6.0..72.0).contains(&sum), "about 36 in six months: {o:?}");
        assert_eq!(outlook(&[], &PLAN, &Method::PIECES), None);
        let short = outlook(&[5.0, 7.0], &PLAN, &Method::SUMS).unwrap();
        assert_eq!((short.method, short.forecast[0]), (Method::Mean, 6.0));
    }
}
