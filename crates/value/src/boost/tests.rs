//! Trees against what is known of them.

use super::*;
use crate::logistic::auc;
use crate::random::SplitMix64;

/// Yes when both or neither of the first two are large: no line can tell.
fn crossed(n: usize, seed: u64) -> (Vec<Vec<f64>>, Vec<bool>) {
    let mut rng = SplitMix64::new(seed);
    let columns: Vec<Vec<f64>> = (0..3).map(|_| (0..n).map(|_| rng.unit()).collect()).collect();
    let outcomes = (0..n)
        .map(|i| ((columns[0][i] > 0.5) == (columns[1][i] > 0.5)) != (rng.unit() < 0.05))
        .collect();
    (columns, outcomes)
}

fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}

#[test]
fn what_no_line_can_tell_is_learnt_and_explained() {
    let (columns, outcomes) = crossed(2_000, 1);
    let (fresh, truth) = crossed(1_000, 2);
    let rows: Vec<Vec<f64>> = (0..truth.len()).map(|i| fresh.iter().map(|c| c[i]).collect()).collect();
    let model = fit(&slices(&columns), &outcomes, &Settings::default(), None).unwrap();
    let scores: Vec<f64> = rows.iter().map(|r| model.score(r)).collect();
    assert!(auc(&scores, &truth).unwrap() > 0.93);
    let line = crate::logistic::fit(&slices(&columns), &outcomes, 1.0).unwrap();
    let plain: Vec<f64> = rows.iter().map(|r| line.probability(r)).collect();
    assert!(auc(&plain, &truth).unwrap() < 0.6);
    for row in rows.iter().take(50) {
        let reasons = model.reasons(row);
        let sum = model.average() + reasons.iter().sum::<f64>();
        assert!((sum - model.score(row)).abs() < 1e-9, "reasons add up");
        assert!(
            reasons[2].abs() < 0.5 * (reasons[0].abs() + reasons[1].abs()),
            "noise is no reason: {reasons:?}"
        );
    }
    let kept: Model = serde_json::from_str(&serde_json::to_string(&model).unwrap()).unwrap();
    assert!((kept.score(&rows[0]) - model.score(&rows[0])).abs() < 1e-12);
}

#[test]
fn two_trees_of_two_leaves_are_those_of_a_hand() {
    // Of ten with 0 two come, of ten with 1 eight: the odds are even before any tree.
    let column: Vec<f64> = (0..20).map(|i| f64::from(u8::from(i >= 10))).collect();
    let outcomes: Vec<bool> = (0..20).map(|i| if i < 10 { i < 2 } else { i < 18 }).collect();
    let settings = Settings {
        trees: 2,
        leaves: 2,
        rate: 0.5,
        least: 5,
        ..Settings::default()
    };
    let model = fit(&[&column], &outcomes, &settings, None).unwrap();
    // First tree: slopes 2·½ − 8·½ = −3, curve 10·¼, ridge 1: half of −3/3.5. Second: the same with what is left.
    let first = 0.5 * -3.0 / 3.5;
    let p = logistic(first);
    let second = 0.5 * (2.0 - 10.0 * p) / (10.0 * p * (1.0 - p) + 1.0);
    assert_eq!(model.trees(), 2);
    assert!((model.score(&[0.0]) - (first + second)).abs() < 1e-12);
    assert!((model.score(&[1.0]) + first + second).abs() < 1e-12);
    // One column: its reason is all that is beyond the average, which is zero.
    assert!(model.average().abs() < 1e-12);
    assert!((model.reasons(&[1.0])[0] - model.score(&[1.0])).abs() < 1e-12);
}

#[test]
fn held_out_rows_stop_it_before_it_learns_noise() {
    let mut rng = SplitMix64::new(7);
    let columns: Vec<Vec<f64>> = (0..6).map(|_| (0..400).map(|_| rng.unit()).collect()).collect();
    let outcomes: Vec<bool> = (0..400).map(|_| rng.unit() < 0.3).collect();
    let rows: Vec<Vec<f64>> = (0..400).map(|_| (0..6).map(|_| rng.unit()).collect()).collect();
    let later: Vec<bool> = (0..400).map(|_| rng.unit() < 0.3).collect();
    let model = fit(
        &slices(&columns),
        &outcomes,
        &Settings::default(),
        Some((&rows, &later)),
    )
    .unwrap();
    assert!(model.trees() < 15, "{} trees of noise", model.trees());
    assert_eq!(
        fit(&slices(&columns), &[true; 400], &Settings::default(), None),
        Err(FitError::OneOutcome)
    );
    assert_eq!(
        fit(&slices(&columns), &[true; 3], &Settings::default(), None),
        Err(FitError::Shape)
    );
}

/// Shapley values by their definition, over all subsets.
fn brute(model: &Model, row: &[f64]) -> Vec<f64> {
    fn expected(tree: &[Node], at: usize, row: &[f64], known: u32) -> f64 {
        let node = &tree[at];
        let Some(c) = node.column else { return node.value };
        let (l, r) = (node.left as usize, node.right as usize);
        if known >> c & 1 == 1 {
            return expected(tree, if row[c as usize] <= node.cut { l } else { r }, row, known);
        }
        (tree[l].rows * expected(tree, l, row, known) + tree[r].rows * expected(tree, r, row, known)) / node.rows
    }
    let n = row.len();
    let factorial = |k: usize| (1..=k).map(|v| v as f64).product::<f64>();
    (0..n)
        .map(|j| {
            (0..1_u32 << n)
                .filter(|s| s >> j & 1 == 0)
                .map(|s| {
                    let size = s.count_ones() as usize;
                    let weight = factorial(size) * factorial(n - size - 1) / factorial(n);
                    let of = |known| model.trees.iter().map(|t| expected(t, 0, row, known)).sum::<f64>();
                    weight * (of(s | 1 << j) - of(s))
                })
                .sum()
        })
        .collect()
}

#[test]
fn the_reasons_are_shapley_values() {
    let (columns, outcomes) = crossed(600, 5);
    let settings = Settings {
        trees: 6,
        rate: 0.3,
        ..Settings::default()
    };
    let model = fit(&slices(&columns), &outcomes, &settings, None).unwrap();
    for i in 0..20 {
        let row: Vec<f64> = columns.iter().map(|c| c[i]).collect();
        for (ours, by_definition) in model.reasons(&row).iter().zip(brute(&model, &row)) {
            assert!((ours - by_definition).abs() < 1e-9, "{ours} against {by_definition}");
        }
    }
}
