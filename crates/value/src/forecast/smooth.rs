//! Holt–Winters: level, damped trend and additive or multiplicative season, smoothed; the constants are those that forecast the history best
//! one step ahead.

use serde::{Deserialize, Serialize};

/// How fast the parts follow: 0 never, 1 at once.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Smoothing {
    /// Of the level.
    pub level: f64,
    /// Of the trend.
    pub trend: f64,
    /// Of the season.
    pub season: f64,
    /// What is left of the trend after each step, 0.8 to 1.
    pub damping: f64,
}

/// Level, trend and season, and the squared error of the steps so far.
#[derive(Clone)]
struct State {
    level: f64,
    trend: f64,
    seasons: Vec<f64>,
    error: f64,
}

/// The forecast and the constants found by a search over a grid, refined twice. Multiplicative seasons where all values are
/// above zero, additive ones otherwise. `None` with less than two whole seasons or with a value that is no number.
#[must_use]
pub fn holt_winters(history: &[f64], season: usize, horizon: usize) -> Option<(Vec<f64>, Smoothing)> {
    if season < 2 || history.len() < 2 * season || history.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let times = history.iter().all(|v| *v > 0.0);
    let mut best = Smoothing {
        level: 0.5,
        trend: 0.5,
        season: 0.5,
        damping: 0.9,
    };
    let mut error = f64::INFINITY;
    let mut width = 0.5;
    for _ in 0..6 {
        let centre = best;
        let around = |c: f64| [-0.8, -0.4, 0.0, 0.4, 0.8].map(|k| (c + k * width).clamp(0.001, 0.999));
        for level in around(centre.level) {
            for trend in around(centre.trend) {
                for part in around(centre.season) {
                    for step in [-0.08, -0.04, 0.0, 0.04, 0.08] {
                        let damping = (centre.damping + step * width / 0.5).clamp(0.8, 1.0);
                        let tried = Smoothing {
                            level,
                            trend,
                            season: part,
                            damping,
                        };
                        let state = follow(history, season, &tried, times);
                        if state.error < error {
                            (error, best) = (state.error, tried);
                        }
                    }
                }
            }
        }
        width /= 2.0;
    }
    let state = follow(history, season, &best, times);
    let mut damped = 0.0;
    let forecast = (0..horizon)
        .map(|h| {
            damped += best.damping.powi(h as i32 + 1);
            let base = state.level + damped * state.trend;
            let part = state.seasons[(history.len() + h) % season];
            if times { base * part } else { base + part }
        })
        .collect();
    Some((forecast, best))
}

fn follow(history: &[f64], season: usize, s: &Smoothing, times: bool) -> State {
    let mean = |from: usize| history[from..from + season].iter().sum::<f64>() / season as f64;
    let (first, second) = (mean(0), mean(season));
    let mut state = State {
        level: first,
        trend: (second - first) / season as f64,
        seasons: history[..season]
            .iter()
            .map(|v| if times { v / first } else { v - first })
            .collect(),
        error: 0.0,
    };
    for (i, value) in history.iter().enumerate().skip(season) {
        let part = state.seasons[i % season];
        let ahead = state.level + s.damping * state.trend;
        let expected = if times { ahead * part } else { ahead + part };
        state.error += (value - expected).powi(2);
        let plain = if times { value / part } else { value - part };
        let level = ahead + s.level * (plain - ahead);
        state.trend = s.damping * state.trend + s.trend * (level - state.level - s.damping * state.trend);
        let seen = if times { value / ahead } else { value - ahead };
        state.seasons[i % season] = part + s.season * (seen - part);
        state.level = level;
    }
    state
}
