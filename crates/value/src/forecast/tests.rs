//! Tests of the simple forecasts.

use super::*;
use crate::random::SplitMix64;

fn close(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9, "{value} against {expected}");
}

#[test]
fn repeating_growing_and_going_on() {
    let history = [1.0, 2.0, 3.0, 2.0, 4.0, 6.0];
    assert_eq!(seasonal_naive(&history, 3, 4), Some(vec![2.0, 4.0, 6.0, 2.0]));
    assert_eq!(seasonal_growth(&history, 3, 4), Some(vec![4.0, 8.0, 12.0, 8.0]));
    assert_eq!(drift(&[1.0, 3.0, 5.0], 2), Some(vec![7.0, 9.0]));
    assert_eq!(
        (
            seasonal_naive(&history, 7, 1),
            seasonal_growth(&history, 4, 1),
            drift(&[1.0], 1)
        ),
        (None, None, None)
    );
    assert_eq!(seasonal_naive(&history, 0, 1), None);
}

#[test]
fn demand_with_many_zeros() {
    // Five every third period: size 5, gap 3.
    let steady: Vec<f64> = (1..=60).map(|i| if i % 3 == 0 { 5.0 } else { 0.0 }).collect();
    close(croston(&steady, 0.1).unwrap(), 0.95 * 5.0 / 3.0);
    assert!((tsb(&steady, 0.1, 0.05).unwrap() - 5.0 / 3.0).abs() < 0.15);
    // When demand stops, TSB notices and Croston does not.
    let mut dead = steady;
    dead.extend([0.0; 60]);
    close(croston(&dead, 0.1).unwrap(), 0.95 * 5.0 / 3.0);
    assert!(tsb(&dead, 0.1, 0.05).unwrap() < 0.1);
    assert_eq!((croston(&[0.0, 0.0], 0.1), tsb(&[], 0.1, 0.1)), (None, None));
}

#[test]
fn holt_winters_follows_trend_and_season() {
    let mut rng = SplitMix64::new(2);
    let season = [0.8, 1.0, 1.3, 0.9];
    let series: Vec<f64> = (0..60)
        .map(|i| (100.0 + 2.0 * i as f64) * season[i % 4] * (1.0 + 0.01 * rng.normal()))
        .collect();
    let (forecast, smoothing) = holt_winters(&series[..52], 4, 8).unwrap();
    let fit = accuracy(&series[..52], 4, &series[52..], &forecast).unwrap();
    let naive = accuracy(
        &series[..52],
        4,
        &series[52..],
        &seasonal_naive(&series[..52], 4, 8).unwrap(),
    )
    .unwrap();
    assert!(
        fit.wape.unwrap() < 0.03 && fit.mase.unwrap() < 0.5 * naive.mase.unwrap(),
        "{fit:?} {naive:?}"
    );
    assert!((0.8..=1.0).contains(&smoothing.damping));
    // With zeros among the values the season is added.
    let added: Vec<f64> = (0..40).map(|i| f64::from(u8::from(i % 4 == 1)) * 10.0).collect();
    let (forecast, _) = holt_winters(&added, 4, 4).unwrap();
    for (value, expected) in forecast.iter().zip([0.0, 10.0, 0.0, 0.0]) {
        assert!((value - expected).abs() < 0.1, "{forecast:?}");
    }
    assert_eq!(holt_winters(&series[..7], 4, 1), None);
}

#[test]
fn judged_by_hand() {
    let a = accuracy(&[1.0, 3.0, 2.0, 5.0], 2, &[4.0, 6.0], &[5.0, 4.0]).unwrap();
    // Within the history: |2 − 1| and |5 − 3|.
    assert_eq!(
        (a.mean_error, a.bias, a.wape, a.mase),
        (1.5, -0.5, Some(0.3), Some(1.0))
    );
    assert_eq!(accuracy(&[1.0, 1.0], 1, &[0.0], &[1.0]).unwrap().mase, None, "no scale");
    assert_eq!(accuracy(&[1.0, 1.0], 1, &[0.0], &[1.0]).unwrap().wape, None, "no sum");
    assert_eq!(accuracy(&[1.0], 1, &[], &[]), None);
}

#[test]
fn origins_roll_without_looking_ahead() {
    let series: Vec<f64> = (0..30).map(f64::from).collect();
    let seen = std::cell::RefCell::new(Vec::new());
    let a = rolling(&series, 1, 2, 3, |history, horizon| {
        seen.borrow_mut().push(history.len());
        drift(history, horizon)
    })
    .unwrap();
    assert_eq!(*seen.borrow(), [26, 27, 28]);
    close(a.mean_error, 0.0);
    // As yesterday: one behind at the first step, two at the second; the scale is one.
    let naive = rolling(&series, 1, 2, 3, |h, n| seasonal_naive(h, 1, n)).unwrap();
    assert_eq!((naive.mean_error, naive.mase, naive.bias), (1.5, Some(1.5), -1.5));
    assert_eq!(rolling(&series, 1, 40, 3, |h, n| seasonal_naive(h, 1, n)), None);
}
