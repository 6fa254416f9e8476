//! Groups against what is known of them.

use super::*;

/// Three clouds around given middles.
fn clouds(n: usize, seed: u64, wide: f64) -> (Vec<Vec<f64>>, Vec<usize>) {
    let mut rng = SplitMix64::new(seed);
    let middles = [[0.0, 0.0, 5.0], [10.0, 0.0, 0.0], [0.0, 10.0, -5.0]];
    (0..n)
        .map(|i| {
            // Half of the rows in the first, a third in the second.
            let of = [0, 0, 0, 1, 1, 2][i % 6];
            let row = middles[of].iter().map(|m| m + wide * rng.normal()).collect();
            (row, of)
        })
        .unzip()
}

fn of(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let by = scales(rows, rows[0].len());
    rows.iter().map(|r| scaled(r, &by)).collect()
}

#[test]
fn four_points_are_divided_as_by_hand() {
    let points: Vec<Vec<f64>> = [0.0, 11.0, 1.0, 10.0].iter().map(|v| vec![*v]).collect();
    let found = kmeans(&points, 2, &Settings::default()).unwrap();
    assert_eq!(found.labels, [0, 1, 0, 1]);
    assert_eq!(found.centres, [vec![0.5], vec![10.5]]);
    assert!((found.inertia - 1.0).abs() < 1e-12);
    // Of 0: 1 to its own, 10.5 to the others; of 1: 1 and 9.5.
    let by_hand = (9.5 / 10.5 + 8.5 / 9.5) / 2.0;
    assert!((silhouette(&points, &found.labels, 2).unwrap() - by_hand).abs() < 1e-12);
    assert_eq!(silhouette(&points, &[0; 4], 2), None);
    assert_eq!(kmeans(&points, 5, &Settings::default()), None);
    let by = scales(&points, 1);
    assert!((by[0].mean - 5.5).abs() < 1e-12 && (by[0].deviation - 25.25_f64.sqrt()).abs() < 1e-12);
}

#[test]
fn the_adjusted_rand_index_is_that_of_the_books() {
    // The example in the documentation of scikit-learn.
    assert!((rand_index(&[0, 0, 1, 2], &[0, 0, 1, 1]) - 0.571_428_571).abs() < 1e-9);
    assert!((rand_index(&[0, 0, 1, 1], &[1, 1, 0, 0]) - 1.0).abs() < 1e-12);
    // Hubert and Arabie: independent divisions are near zero, here below it.
    assert!((rand_index(&[0, 0, 1, 1], &[0, 1, 0, 1]) + 0.5).abs() < 1e-12);
}

#[test]
fn clouds_are_found_and_their_number_is_proposed() {
    let (rows, truth) = clouds(600, 3, 1.0);
    let points = of(&rows);
    let all: Vec<Tried> = (2..=6)
        .filter_map(|k| attempt(&points, k, &Settings::default()))
        .map(|a| a.0)
        .collect();
    let best = proposed(&all).unwrap();
    assert_eq!(best.k, 3, "{all:?}");
    assert!(
        best.stability > 0.95 && best.silhouette > 0.6 && best.explained > 0.8,
        "{best:?}"
    );
    let found = kmeans(&points, 3, &Settings::default()).unwrap();
    assert!(rand_index(&found.labels, &truth) > 0.98);
    assert_eq!(found.sizes, [300, 200, 100], "the largest first");
    // The second cloud is high in the first column.
    assert_eq!(marks(&found.centres[1], 0.5, 1)[0].0, 0);
    assert!(marks(&[0.1, -0.9, 0.6], 0.5, 3).iter().map(|m| m.0).eq([1, 2]));
}

#[test]
fn one_cloud_has_no_groups_that_come_again() {
    let mut rng = SplitMix64::new(9);
    let points: Vec<Vec<f64>> = (0..400).map(|_| (0..4).map(|_| rng.normal()).collect()).collect();
    let all: Vec<Tried> = (4..=6)
        .filter_map(|k| attempt(&points, k, &Settings::default()))
        .map(|a| a.0)
        .collect();
    assert!(
        all.iter().all(|t| t.stability < STABLE && t.silhouette < 0.25),
        "{all:?}"
    );
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let (rows, _) = clouds(200, 11, 4.0);
    let found = kmeans(&of(&rows), 4, &Settings::default()).unwrap();
    let turned: Vec<Vec<f64>> = rows.iter().rev().cloned().collect();
    let other = kmeans(&of(&turned), 4, &Settings::default()).unwrap();
    assert_eq!(found.centres, other.centres, "to the last bit");
    assert!(found.labels.iter().eq(other.labels.iter().rev()));
    let shuffled: Vec<usize> = (0..200).map(|i| (i * 77) % 200).collect();
    let mixed: Vec<Vec<f64>> = shuffled.iter().map(|i| rows[*i].clone()).collect();
    let third = kmeans(&of(&mixed), 4, &Settings::default()).unwrap();
    assert!(
        shuffled
            .iter()
            .map(|i| found.labels[*i])
            .eq(third.labels.iter().copied())
    );
}

#[test]
fn units_and_starting_points_of_a_scale_do_not_matter() {
    let (rows, _) = clouds(240, 5, 2.0);
    let found = kmeans(&of(&rows), 3, &Settings::default()).unwrap();
    // Cents instead of euros in one column, another counted from elsewhere.
    let other: Vec<Vec<f64>> = rows
        .iter()
        .map(|r| vec![r[0] * 128.0, r[1] + 1_024.0, r[2] * 0.5 - 3.0])
        .collect();
    let again = kmeans(&of(&other), 3, &Settings::default()).unwrap();
    assert_eq!(found.labels, again.labels);
    for (a, b) in found.centres.iter().flatten().zip(again.centres.iter().flatten()) {
        assert!((a - b).abs() < 1e-9);
    }
}

#[test]
fn groups_keep_their_numbers() {
    let old = [vec![0.0], vec![5.0], vec![9.0]];
    let new = [vec![8.5], vec![0.2], vec![4.0], vec![20.0]];
    assert_eq!(matched(&new, &old), [Some(2), Some(0), Some(1), None]);
}
