//! Tests of the evaluation model.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use super::*;
use proptest::prelude::*;

fn indicator(key: &str, weight_ppm: i64, direction: Direction, scale: Scale) -> Indicator {
    Indicator {
        key: key.to_owned(),
        weight_ppm,
        direction,
        scale,
    }
}

fn linear(cuts: Cuts) -> Model {
    Model {
        indicators: vec![
            indicator(
                "profit",
                600_000,
                Direction::Higher,
                Scale::Linear { low: 0.0, high: 100.0 },
            ),
            indicator(
                "late",
                400_000,
                Direction::Lower,
                Scale::Linear { low: 0.0, high: 10.0 },
            ),
        ],
        cuts,
        knock_outs: Vec::new(),
    }
}

#[test]
fn linear_scores_by_hand() {
    let rating = linear(Cuts::Score([80.0, 60.0, 40.0]))
        .rate(
            &[
                ("profit", &[100.0, 50.0, -20.0, f64::NAN]),
                ("late", &[0.0, 5.0, 20.0, 0.0]),
            ],
            &[],
            0.0,
        )
        .unwrap();
    assert_eq!(rating.scores, [100.0, 50.0, 0.0, 70.0]);
    assert_eq!(rating.grades, [Grade::A, Grade::C, Grade::D, Grade::B]);
    assert_eq!(
        (rating.missing.as_slice(), rating.unknown(3), rating.unknown(0)),
        ([1, 0].as_slice(), 1, 0)
    );
    let reasons = rating.reasons(0, 1);
    assert_eq!(reasons.len(), 1);
    assert_eq!(reasons[0].indicator, 0);
    assert!(
        (reasons[0].points - 30.0).abs() < 1e-12,
        "the mean of the scaled profit is one half"
    );
    assert!(rating.reasons(3, 2).iter().any(|r| r.unknown && r.indicator == 0));
}

#[test]
fn quantile_scales_count_half_of_the_equals() {
    let model = Model {
        indicators: vec![indicator("v", 1, Direction::Lower, Scale::Quantile)],
        cuts: Cuts::Quantile([0.25, 0.5, 0.75]),
        knock_outs: Vec::new(),
    };
    let rating = model.rate(&[("v", &[1.0, 2.0, 2.0, 9.0])], &[], 0.0).unwrap();
    assert_eq!(rating.scores, [87.5, 50.0, 50.0, 12.5]);
    assert_eq!(rating.grades, [Grade::A, Grade::B, Grade::B, Grade::D]);
    assert_eq!(rating.cut_scores, [87.5, 50.0, 50.0]);
}

#[test]
fn near_a_cut_the_earlier_grade_stays() {
    let model = linear(Cuts::Score([80.0, 60.0, 40.0]));
    let profit = [65.0, 65.0, 65.0, 50.0, 69.0];
    let late = [0.0; 5];
    let before = [Some(Grade::A), Some(Grade::B), None, Some(Grade::A), Some(Grade::C)];
    let run = |h| model.rate(&[("profit", &profit), ("late", &late)], &before, h).unwrap();
    // Scores 79, 79, 79, 70, 81.4.
    assert_eq!(run(2.0).grades, [Grade::A, Grade::B, Grade::B, Grade::B, Grade::A]);
    assert_eq!(run(0.0).grades, [Grade::B, Grade::B, Grade::B, Grade::B, Grade::A]);
    assert_eq!(run(10.0).grades, [Grade::A, Grade::B, Grade::B, Grade::A, Grade::A]);
}

#[test]
fn knock_outs_hold_the_grade_down_and_unknown_values_pass() {
    let mut model = linear(Cuts::Score([80.0, 60.0, 40.0]));
    model.knock_outs = vec![KnockOut {
        key: "overdue".to_owned(),
        limit: Limit::AtMost(90.0),
        worst_grade: Grade::C,
    }];
    let rating = model
        .rate(
            &[
                ("profit", &[100.0, 100.0, 100.0, 0.0]),
                ("late", &[0.0, 0.0, 0.0, 10.0]),
                ("overdue", &[90.0, 91.0, f64::NAN, 200.0]),
            ],
            &[],
            0.0,
        )
        .unwrap();
    assert_eq!(rating.grades, [Grade::A, Grade::C, Grade::A, Grade::D]);
    assert_eq!(rating.knocked_out, [false, true, false, false]);
}

#[test]
fn models_that_cannot_run_say_why() {
    let model = linear(Cuts::Score([80.0, 60.0, 40.0]));
    let one: &[f64] = &[1.0];
    let two: &[f64] = &[1.0, 2.0];
    let error = |m: &Model, columns: &[(&str, &[f64])]| m.rate(columns, &[], 0.0).unwrap_err();
    assert_eq!(
        error(&model, &[("profit", one)]),
        ModelError::Missing("late".to_owned())
    );
    assert_eq!(
        error(&model, &[("profit", one), ("late", two)]),
        ModelError::Length("late".to_owned())
    );
    assert_eq!(error(&linear(Cuts::Score([1.0, 2.0, 3.0])), &[]), ModelError::Cuts);
    assert_eq!(error(&linear(Cuts::Quantile([0.5, 0.2, 0.8])), &[]), ModelError::Cuts);
    let mut bad = model.clone();
    bad.indicators[0].scale = Scale::Linear { low: 3.0, high: 3.0 };
    assert_eq!(error(&bad, &[]), ModelError::Scale("profit".to_owned()));
    bad.indicators.clear();
    assert_eq!(error(&bad, &[]), ModelError::Weights);
    assert_eq!(model.rate(&[], &[], f64::NAN).unwrap_err(), ModelError::Hysteresis);
}

#[test]
fn a_model_survives_storage() {
    let mut model = linear(Cuts::Quantile([0.2, 0.5, 0.8]));
    model.knock_outs = vec![KnockOut {
        key: "x".to_owned(),
        limit: Limit::AtLeast(0.0),
        worst_grade: Grade::D,
    }];
    model.indicators[0].scale = Scale::Quantile;
    let text = serde_json::to_string(&model).unwrap();
    assert_eq!(serde_json::from_str::<Model>(&text).unwrap(), model);
    assert!(
        text.contains(r#""scale":"quantile""#) && text.contains(r#""at_least":0.0"#),
        "{text}"
    );
}

proptest! {
    #[test]
    fn contributions_add_up_to_the_distance_from_the_mean(
        rows in prop::collection::vec((prop::option::of(-1e6f64..1e6), -50f64..50.0), 1..80),
    ) {
        let a: Vec<f64> = rows.iter().map(|r| r.0.unwrap_or(f64::NAN)).collect();
        let b: Vec<f64> = rows.iter().map(|r| r.1).collect();
        let model = Model {
            indicators: vec![
                indicator("a", 300_000, Direction::Higher, Scale::Quantile),
                indicator("b", 700_000, Direction::Lower, Scale::Linear { low: -20.0, high: 30.0 }),
            ],
            cuts: Cuts::Quantile([0.2, 0.5, 0.8]),
            knock_outs: Vec::new(),
        };
        let rating = model.rate(&[("a", &a), ("b", &b)], &[], 0.0).unwrap();
        for customer in 0..rows.len() {
            prop_assert!((0.0..=100.0 + 1e-9).contains(&rating.scores[customer]));
            let sum = rating.contribution(customer, 0) + rating.contribution(customer, 1);
            prop_assert!((sum - (rating.scores[customer] - rating.mean_score)).abs() < 1e-9);
        }
        let best = rating.scores.iter().copied().fold(f64::MIN, f64::max);
        for (score, grade) in rating.scores.iter().zip(&rating.grades) {
            prop_assert!(*score < best || *grade == Grade::A);
        }
    }
}
