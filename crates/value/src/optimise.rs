//! Minimising a smooth function of a few variables: BFGS with a weak-Wolfe line search by bisection
//! (Lewis & Overton 2013). Enough for likelihoods with two to four parameters and analytic gradients.

/// Where the search ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Minimum<const N: usize> {
    /// The point.
    pub at: [f64; N],
    /// The value there.
    pub value: f64,
    /// The largest part of the gradient there.
    pub gradient: f64,
    /// Steps taken.
    pub steps: usize,
    /// The gradient came below the tolerance.
    pub converged: bool,
}

/// Steps in a row without a gain after which the search ends.
const MOST_IDLE: usize = 5;

/// Minimises `f`, which returns the value and the gradient, from `start`.
///
/// Stops when the largest part of the gradient is at most `tolerance`, after `max_steps`, or when steps
/// no longer bring the value down by more than rounding does. A value that is not finite counts as infinitely bad, so `f` may
/// refuse a point by returning infinity.
pub fn bfgs<const N: usize>(
    start: [f64; N],
    tolerance: f64,
    max_steps: usize,
    mut f: impl FnMut(&[f64; N]) -> (f64, [f64; N]),
) -> Minimum<N> {
    let mut at = start;
    let (mut value, mut slope) = f(&at);
    let mut inverse = identity::<N>();
    let mut fresh = true;
    let (mut steps, mut idle) = (0, 0);
    while steps < max_steps && idle < MOST_IDLE && largest(&slope) > tolerance && value.is_finite() {
        let mut direction = [0.0; N];
        for (d, row) in direction.iter_mut().zip(&inverse) {
            *d = -dot(row, &slope);
        }
        let mut descent = dot(&direction, &slope);
        if descent >= 0.0 {
            inverse = identity();
            fresh = true;
            direction = slope.map(|g| -g);
            descent = -dot(&slope, &slope);
        }
        let first = if fresh { 1.0_f64.min(1.0 / largest(&slope)) } else { 1.0 };
        let Some((length, new_value, new_slope)) = search(&at, &direction, value, descent, first, &mut f) else {
            if fresh {
                break;
            }
            // The curvature collected so far misleads here: start over with steepest descent.
            inverse = identity();
            fresh = true;
            continue;
        };
        let mut moved = [0.0; N];
        let mut change = [0.0; N];
        for i in 0..N {
            moved[i] = length * direction[i];
            at[i] += moved[i];
            change[i] = new_slope[i] - slope[i];
        }
        update(&mut inverse, &moved, &change, fresh);
        fresh = false;
        idle = if value - new_value <= 4.0 * f64::EPSILON * value.abs() {
            idle + 1
        } else {
            0
        };
        (value, slope) = (new_value, new_slope);
        steps += 1;
    }
    let gradient = largest(&slope);
    Minimum {
        at,
        value,
        gradient,
        steps,
        converged: gradient <= tolerance && value.is_finite(),
    }
}

type Tried<const N: usize> = Option<(f64, f64, [f64; N])>;

/// A step that lowers the value enough and flattens the slope enough; failing the second, the first.
fn search<const N: usize>(
    at: &[f64; N],
    direction: &[f64; N],
    value: f64,
    descent: f64,
    first: f64,
    f: &mut impl FnMut(&[f64; N]) -> (f64, [f64; N]),
) -> Tried<N> {
    let (mut low, mut high, mut length) = (0.0, f64::INFINITY, first);
    let mut lower: Tried<N> = None;
    // Near the end the value changes by less than it is rounded; the slope still shows the way.
    let rounding = 2.0 * f64::EPSILON * value.abs();
    for _ in 0..60 {
        let mut point = *at;
        for (p, d) in point.iter_mut().zip(direction) {
            *p += length * d;
        }
        let (new_value, new_slope) = f(&point);
        // A value that is no number is not lower either.
        if new_value <= value + 1e-4 * length * descent + rounding {
            lower = Some((length, new_value, new_slope));
            if dot(&new_slope, direction) >= 0.9 * descent {
                return lower;
            }
            low = length;
        } else {
            high = length;
            if length * descent.abs() < 0.01 * rounding {
                break;
            }
        }
        length = if high.is_finite() {
            f64::midpoint(low, high)
        } else {
            2.0 * low
        };
    }
    lower
}

/// The BFGS update of the inverse Hessian; skipped where the curvature is not positive.
fn update<const N: usize>(inverse: &mut [[f64; N]; N], moved: &[f64; N], change: &[f64; N], fresh: bool) {
    let curvature = dot(moved, change);
    if curvature <= 1e-14 * dot(moved, moved).sqrt() * dot(change, change).sqrt() {
        return;
    }
    if fresh {
        let size = curvature / dot(change, change);
        for (i, row) in inverse.iter_mut().enumerate() {
            row[i] = size;
        }
    }
    let mut product = [0.0; N];
    for (p, row) in product.iter_mut().zip(inverse.iter()) {
        *p = dot(row, change);
    }
    let scale = (1.0 + dot(change, &product) / curvature) / curvature;
    for i in 0..N {
        for j in 0..N {
            inverse[i][j] += scale * moved[i] * moved[j] - (product[i] * moved[j] + moved[i] * product[j]) / curvature;
        }
    }
}

/// The inverse of a small matrix by Gauss–Jordan; `None` when it has none.
#[must_use]
pub fn invert<const N: usize>(matrix: &[[f64; N]; N]) -> Option<[[f64; N]; N]> {
    let (mut left, mut right) = (*matrix, identity::<N>());
    for column in 0..N {
        let pivot = (column..N).max_by(|a, b| left[*a][column].abs().total_cmp(&left[*b][column].abs()))?;
        let size = left[pivot][column];
        if size == 0.0 || !size.is_finite() {
            return None;
        }
        left.swap(column, pivot);
        right.swap(column, pivot);
        for j in 0..N {
            left[column][j] /= size;
            right[column][j] /= size;
        }
        let (pivot_left, pivot_right) = (left[column], right[column]);
        for row in (0..N).filter(|row| *row != column) {
            let factor = left[row][column];
            for j in 0..N {
                left[row][j] -= factor * pivot_left[j];
                right[row][j] -= factor * pivot_right[j];
            }
        }
    }
    Some(right)
}

fn identity<const N: usize>() -> [[f64; N]; N] {
    let mut matrix = [[0.0; N]; N];
    for (i, row) in matrix.iter_mut().enumerate() {
        row[i] = 1.0;
    }
    matrix
}

fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn largest<const N: usize>(v: &[f64; N]) -> f64 {
    if v.iter().any(|x| x.is_nan()) {
        f64::NAN
    } else {
        v.iter().fold(0.0, |most, x| x.abs().max(most))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_banana_valley_is_followed_to_its_end() {
        let rosenbrock = |p: &[f64; 2]| {
            let (a, b) = (1.0 - p[0], p[1] - p[0] * p[0]);
            (a * a + 100.0 * b * b, [-2.0 * a - 400.0 * p[0] * b, 200.0 * b])
        };
        let m = bfgs([-1.2, 1.0], 1e-9, 200, rosenbrock);
        assert!(m.converged && m.steps < 80, "{m:?}");
        assert!(m.at.iter().all(|x| (x - 1.0).abs() < 1e-8), "{m:?}");
    }

    #[test]
    fn a_forbidden_region_is_avoided() {
        // x − ln x has its minimum at 1; the start is far off and nothing is defined left of 0.
        let m = bfgs([30.0], 1e-10, 100, |p| {
            if p[0] <= 0.0 {
                (f64::INFINITY, [0.0])
            } else {
                (p[0] - p[0].ln(), [1.0 - 1.0 / p[0]])
            }
        });
        assert!(m.converged && (m.at[0] - 1.0).abs() < 1e-8, "{m:?}");
    }

    #[test]
    fn inverses_multiply_back() {
        let m = [[0.0, 2.0, 1.0], [4.0, 1.0, 0.5], [1.0, 3.0, 7.0]];
        let i = invert(&m).unwrap();
        for (r, row) in m.iter().enumerate() {
            for c in 0..3 {
                let sum: f64 = row.iter().zip(&i).map(|(left, right)| left * right[c]).sum();
                assert!((sum - f64::from(u8::from(r == c))).abs() < 1e-12);
            }
        }
        assert_eq!(invert(&[[1.0, 2.0], [2.0, 4.0]]), None);
    }
}
