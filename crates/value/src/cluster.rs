//! Groups of customers who are alike: k-means over scaled indicators, with the number of groups proposed by how well groups are
//! set apart and by whether they come again in other samples.
//!
//! Columns are brought to mean 0 and deviation 1 and cut off at a few deviations, so that one giant makes no group of its
//! own. Centres start spread out (k-means++, Arthur and Vassilvitskii 2007), the best of several starts is taken. Rows are worked on in
//! the order of their values and sums are taken in that order: the same rows give the same groups in whatever order they come.

use crate::random::SplitMix64;
use serde::{Deserialize, Serialize};

/// How it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Starts of the random numbers.
    pub seed: u64,
    /// Starts of which the best is taken.
    pub starts: usize,
    /// Rounds of a start at most.
    pub rounds: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            seed: 1,
            starts: 8,
            rounds: 100,
        }
    }
}

/// Mean and deviation of a column; a column that does not vary has 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub deviation: f64,
}

/// Deviations beyond which a value counts no more.
pub const CLIP: f64 = 3.0;

/// The scale of each column of rows of `columns` values.
#[must_use]
pub fn scales(rows: &[Vec<f64>], columns: usize) -> Vec<Scale> {
    (0..columns)
        .map(|c| {
            let mut values: Vec<f64> = rows.iter().filter_map(|r| r.get(c)).copied().collect();
            // In this order a sum is the same whatever the order of the rows.
            values.sort_unstable_by(f64::total_cmp);
            let n = values.len().max(1) as f64;
            let mean = values.iter().sum::<f64>() / n;
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
            let deviation = if variance > 0.0 { variance.sqrt() } else { 1.0 };
            Scale { mean, deviation }
        })
        .collect()
}

/// A row in deviations from the mean, cut off at [`CLIP`].
#[must_use]
pub fn scaled(row: &[f64], scales: &[Scale]) -> Vec<f64> {
    row.iter()
        .zip(scales)
        .map(|(v, s)| ((v - s.mean) / s.deviation).clamp(-CLIP, CLIP))
        .collect()
}

/// Groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Clusters {
    /// The middle of each, the largest group first.
    pub centres: Vec<Vec<f64>>,
    /// Rows in each.
    pub sizes: Vec<usize>,
    /// The group of each row, in the order given.
    pub labels: Vec<usize>,
    /// Sum of the squared distances to the own middle.
    pub inertia: f64,
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum()
}

/// The group whose middle is nearest, with the squared distance; the first of equals.
#[must_use]
pub fn nearest(point: &[f64], centres: &[Vec<f64>]) -> (usize, f64) {
    let mut best = (0, f64::INFINITY);
    for (at, centre) in centres.iter().enumerate() {
        let d = distance(point, centre);
        if d < best.1 {
            best = (at, d);
        }
    }
    best
}

/// Order of values, so that the order in which rows come does not matter.
fn canonical(points: &[Vec<f64>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|a, b| compare(&points[*a], &points[*b]));
    order
}

fn compare(a: &[f64], b: &[f64]) -> std::cmp::Ordering {
    let mut pairs = a.iter().zip(b).map(|(x, y)| x.total_cmp(y));
    pairs.find(|o| o.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
}

/// `k` groups of scaled points; `None` where there are fewer different points than groups.
#[must_use]
pub fn kmeans(points: &[Vec<f64>], k: usize, settings: &Settings) -> Option<Clusters> {
    let order = canonical(points);
    let sorted: Vec<&[f64]> = order.iter().map(|i| points[*i].as_slice()).collect();
    let different = 1 + sorted.windows(2).filter(|w| w[0] != w[1]).count();
    if k == 0 || sorted.is_empty() || different < k {
        return None;
    }
    let mut best: Option<(f64, Vec<Vec<f64>>, Vec<usize>)> = None;
    for start in 0..settings.starts.max(1) {
        let mut rng = SplitMix64::new(settings.seed.wrapping_add(start as u64));
        let found = lloyd(&sorted, spread_out(&sorted, k, &mut rng), settings.rounds);
        if best.as_ref().is_none_or(|b| found.0 < b.0) {
            best = Some(found);
        }
    }
    let (inertia, centres, labels) = best?;
    let mut sizes = vec![0; k];
    for label in &labels {
        sizes[*label] += 1;
    }
    let mut places: Vec<usize> = (0..k).collect();
    places.sort_by(|a, b| {
        sizes[*b]
            .cmp(&sizes[*a])
            .then_with(|| compare(&centres[*a], &centres[*b]))
    });
    let mut new = vec![0; k];
    for (to, from) in places.iter().enumerate() {
        new[*from] = to;
    }
    let mut back = vec![0; points.len()];
    for (at, label) in order.iter().zip(&labels) {
        back[*at] = new[*label];
    }
    Some(Clusters {
        centres: places.iter().map(|p| centres[*p].clone()).collect(),
        sizes: places.iter().map(|p| sizes[*p]).collect(),
        labels: back,
        inertia,
    })
}

/// First middles far from one another, by chance in proportion to the squared distance.
fn spread_out(points: &[&[f64]], k: usize, rng: &mut SplitMix64) -> Vec<Vec<f64>> {
    let pick = ((rng.unit() * points.len() as f64) as usize).min(points.len() - 1);
    let mut centres = vec![points[pick].to_vec()];
    let mut far: Vec<f64> = points.iter().map(|p| distance(p, &centres[0])).collect();
    while centres.len() < k {
        let mut left = rng.unit() * far.iter().sum::<f64>();
        let mut at = points.len() - 1;
        for (i, d) in far.iter().enumerate() {
            left -= d;
            if left <= 0.0 && *d > 0.0 {
                at = i;
                break;
            }
        }
        let centre = points[at].to_vec();
        for (d, p) in far.iter_mut().zip(points) {
            *d = d.min(distance(p, &centre));
        }
        centres.push(centre);
    }
    centres
}

/// Rows to the nearest middle, middles to the mean of their rows, until nothing changes.
fn lloyd(points: &[&[f64]], mut centres: Vec<Vec<f64>>, rounds: usize) -> (f64, Vec<Vec<f64>>, Vec<usize>) {
    let width = centres[0].len();
    let mut labels = vec![usize::MAX; points.len()];
    let mut inertia = f64::INFINITY;
    for _ in 0..rounds.max(1) {
        let mut changed = false;
        let mut far = (0, -1.0);
        inertia = 0.0;
        for (i, point) in points.iter().enumerate() {
            let (label, d) = nearest(point, &centres);
            changed |= labels[i] != label;
            labels[i] = label;
            inertia += d;
            if d > far.1 {
                far = (i, d);
            }
        }
        if !changed {
            break;
        }
        let mut sums = vec![vec![0.0; width]; centres.len()];
        let mut counts = vec![0_usize; centres.len()];
        for (point, label) in points.iter().zip(&labels) {
            counts[*label] += 1;
            for (sum, v) in sums[*label].iter_mut().zip(*point) {
                *sum += v;
            }
        }
        for (at, centre) in centres.iter_mut().enumerate() {
            if counts[at] == 0 {
                // A middle that lost all its rows starts again at the row that is worst off.
                *centre = points[far.0].to_vec();
            } else {
                *centre = sums[at].iter().map(|s| s / counts[at] as f64).collect();
            }
        }
    }
    (inertia, centres, labels)
}

/// Mean silhouette (Rousseeuw 1987) of some points: how much nearer each is to its own group than to the next. `None` where one
/// group has all of them.
#[must_use]
pub fn silhouette(points: &[Vec<f64>], labels: &[usize], k: usize) -> Option<f64> {
    let mut sizes = vec![0_usize; k];
    for label in labels {
        *sizes.get_mut(*label)? += 1;
    }
    if sizes.iter().filter(|s| **s > 0).count() < 2 {
        return None;
    }
    let mut sum = 0.0;
    for (point, own) in points.iter().zip(labels) {
        let mut to = vec![0.0; k];
        for (other, label) in points.iter().zip(labels) {
            to[*label] += distance(point, other).sqrt();
        }
        // Alone in its group: by definition neither near nor far.
        if sizes[*own] < 2 {
            continue;
        }
        let inside = to[*own] / (sizes[*own] - 1) as f64;
        let outside = (0..k)
            .filter(|g| g != own && sizes[*g] > 0)
            .map(|g| to[g] / sizes[g] as f64)
            .fold(f64::INFINITY, f64::min);
        let most = inside.max(outside);
        if most > 0.0 {
            sum += (outside - inside) / most;
        }
    }
    Some(sum / points.len() as f64)
}

/// Adjusted Rand index of two divisions of the same rows (Hubert and Arabie 1985): 1 the same, 0 as alike as by chance.
#[must_use]
pub fn rand_index(a: &[usize], b: &[usize]) -> f64 {
    use std::collections::BTreeMap;
    let pairs = |n: f64| n * (n - 1.0) / 2.0;
    let (mut both, mut left, mut right) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (x, y) in a.iter().zip(b) {
        *both.entry((*x, *y)).or_insert(0.0) += 1.0;
        *left.entry(*x).or_insert(0.0) += 1.0;
        *right.entry(*y).or_insert(0.0) += 1.0;
    }
    let together: f64 = both.values().map(|n| pairs(*n)).sum();
    let (in_a, in_b): (f64, f64) = (
        left.values().map(|n| pairs(*n)).sum(),
        right.values().map(|n| pairs(*n)).sum(),
    );
    let chance = in_a * in_b / pairs(a.len() as f64).max(1.0);
    let most = f64::midpoint(in_a, in_b);
    if (most - chance).abs() < 1e-12 {
        return 1.0;
    }
    (together - chance) / (most - chance)
}

/// A number of groups, tried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// Groups.
    pub k: usize,
    /// Mean silhouette.
    pub silhouette: f64,
    /// How alike the groups of two halves of the rows are: mean adjusted Rand index.
    pub stability: f64,
    /// Part of all variation that lies between the groups.
    pub explained: f64,
}

/// Groups count as coming again from this stability on.
pub const STABLE: f64 = 0.75;
/// Pairs of halves.
const HALVES: u64 = 5;
/// Points whose silhouettes are taken, at most.
const SEEN: usize = 1_500;

/// Every so many, evenly over the order of values, at most `most`.
fn thinned(points: &[Vec<f64>], most: usize) -> Vec<usize> {
    let order = canonical(points);
    let step = points.len().div_ceil(most).max(1);
    order.into_iter().step_by(step).collect()
}

/// Tries a number of groups.
#[must_use]
pub fn attempt(points: &[Vec<f64>], k: usize, settings: &Settings) -> Option<(Tried, Clusters)> {
    let found = kmeans(points, k, settings)?;
    let seen = thinned(points, SEEN);
    let (part, labels): (Vec<Vec<f64>>, Vec<usize>) =
        seen.iter().map(|i| (points[*i].clone(), found.labels[*i])).unzip();
    let whole = kmeans(points, 1, settings)?.inertia;
    let tried = Tried {
        k,
        silhouette: silhouette(&part, &labels, k)?,
        stability: stability(points, k, settings)?,
        explained: if whole > 0.0 { 1.0 - found.inertia / whole } else { 0.0 },
    };
    Some((tried, found))
}

/// Groups found in one half of the rows and in the other: how alike do they divide all rows?
fn stability(points: &[Vec<f64>], k: usize, settings: &Settings) -> Option<f64> {
    let order = canonical(points);
    let mut sum = 0.0;
    for round in 0..HALVES {
        let mut rng = SplitMix64::new(settings.seed ^ (round + 1).wrapping_mul(0x9E37_79B9));
        let (mut one, mut other) = (vec![], vec![]);
        for at in &order {
            let half = if rng.unit() < 0.5 { &mut one } else { &mut other };
            half.push(points[*at].clone());
        }
        let divided = |half: &[Vec<f64>]| -> Option<Vec<usize>> {
            let found = kmeans(half, k, settings)?;
            Some(order.iter().map(|i| nearest(&points[*i], &found.centres).0).collect())
        };
        sum += rand_index(&divided(&one)?, &divided(&other)?);
    }
    Some(sum / HALVES as f64)
}

/// The number of groups to take: of those that come again, the one set apart best; where none does, the one that comes nearest to it.
#[must_use]
pub fn proposed(all: &[Tried]) -> Option<Tried> {
    let best = |of: fn(&Tried) -> f64, from: f64| {
        let fits = all.iter().filter(move |t| t.stability >= from);
        // The smallest of equals.
        fits.copied().reduce(|a, b| if of(&b) > of(&a) { b } else { a })
    };
    best(|t| t.silhouette, STABLE).or_else(|| best(|t| t.stability, f64::NEG_INFINITY))
}

/// What sets a group apart: columns whose middle lies `least` deviations and more from that of all, the furthest first.
#[must_use]
pub fn marks(centre: &[f64], least: f64, most: usize) -> Vec<(usize, f64)> {
    let mut all: Vec<(usize, f64)> = centre
        .iter()
        .copied()
        .enumerate()
        .filter(|c| c.1.abs() >= least)
        .collect();
    all.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
    all.truncate(most);
    all
}

/// The old number of each new group: nearest middles first, each old one once; `None` for those that have no counterpart.
#[must_use]
pub fn matched(new: &[Vec<f64>], old: &[Vec<f64>]) -> Vec<Option<usize>> {
    let mut pairs: Vec<(f64, usize, usize)> = vec![];
    for (n, a) in new.iter().enumerate() {
        pairs.extend(old.iter().enumerate().map(|(o, b)| (distance(a, b), n, o)));
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut found = vec![None; new.len()];
    let mut taken = vec![false; old.len()];
    for (_, n, o) in pairs {
        if found[n].is_none() && !taken[o] {
            found[n] = Some(o);
            taken[o] = true;
        }
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
