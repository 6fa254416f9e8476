//! Exact Shapley values of a tree in time of leaves × depth² (Lundberg, Erion and Lee 2018, algorithm 2).

use super::Node;

/// A column on the way down: the part of the training rows that would have gone this way, whether the row goes it, and the
/// weight of the subsets of that size.
#[derive(Clone, Copy)]
struct Step {
    column: Option<u32>,
    zero: f64,
    one: f64,
    weight: f64,
}

/// Mean value below a node.
pub(super) fn mean(tree: &[Node], at: usize) -> f64 {
    let node = &tree[at];
    if node.column.is_none() {
        return node.value;
    }
    let (left, right) = (&tree[node.left as usize], &tree[node.right as usize]);
    (left.rows * mean(tree, node.left as usize) + right.rows * mean(tree, node.right as usize)) / node.rows
}

/// Adds the values of a tree for a row.
pub(super) fn add(tree: &[Node], row: &[f64], sums: &mut [f64]) {
    descend(tree, 0, row, sums, Vec::new(), 1.0, 1.0, None);
}

fn extend(path: &mut Vec<Step>, zero: f64, one: f64, column: Option<u32>) {
    let depth = path.len();
    path.push(Step {
        column,
        zero,
        one,
        weight: if depth == 0 { 1.0 } else { 0.0 },
    });
    let size = (depth + 1) as f64;
    for i in (0..depth).rev() {
        let weight = path[i].weight;
        path[i + 1].weight += one * weight * (i + 1) as f64 / size;
        path[i].weight = zero * weight * (depth - i) as f64 / size;
    }
}

/// Takes a step out of the path again.
fn unwind(path: &mut Vec<Step>, at: usize) {
    let last = path.len() - 1;
    let Step { one, zero, .. } = path[at];
    let mut next = path[last].weight;
    let size = (last + 1) as f64;
    for i in (0..last).rev() {
        if one != 0.0 {
            let before = path[i].weight;
            path[i].weight = next * size / ((i + 1) as f64 * one);
            next = before - path[i].weight * zero * (last - i) as f64 / size;
        } else {
            path[i].weight = path[i].weight * size / (zero * (last - i) as f64);
        }
    }
    for i in at..last {
        (path[i].column, path[i].zero, path[i].one) = (path[i + 1].column, path[i + 1].zero, path[i + 1].one);
    }
    path.pop();
}

#[allow(clippy::too_many_arguments, reason = "the algorithm as published")]
fn descend(
    tree: &[Node],
    at: usize,
    row: &[f64],
    sums: &mut [f64],
    mut path: Vec<Step>,
    zero: f64,
    one: f64,
    column: Option<u32>,
) {
    extend(&mut path, zero, one, column);
    let node = &tree[at];
    let Some(asked) = node.column else {
        for i in 1..path.len() {
            let mut without = path.clone();
            unwind(&mut without, i);
            let weight: f64 = without.iter().map(|s| s.weight).sum();
            if let Some(c) = path[i].column {
                sums[c as usize] += weight * (path[i].one - path[i].zero) * node.value;
            }
        }
        return;
    };
    let (left, right) = (node.left as usize, node.right as usize);
    let (hot, cold) = if row[asked as usize] <= node.cut {
        (left, right)
    } else {
        (right, left)
    };
    let (mut zero, mut one) = (1.0, 1.0);
    if let Some(before) = (1..path.len()).find(|i| path[*i].column == Some(asked)) {
        (zero, one) = (path[before].zero, path[before].one);
        unwind(&mut path, before);
    }
    let share = |n: usize| tree[n].rows / node.rows;
    descend(tree, hot, row, sums, path.clone(), zero * share(hot), one, Some(asked));
    descend(tree, cold, row, sums, path, zero * share(cold), 0.0, Some(asked));
}
