//! Linear equations and least squares of moderate size, dense.

/// Solves `A x = b` by Gaussian elimination with partial pivoting; `a` is row by row and is used up. `None` when the
/// matrix is singular to rounding.
#[must_use]
pub fn solve(a: &mut [f64], b: &mut [f64]) -> Option<Vec<f64>> {
    let n = b.len();
    if a.len() != n * n {
        return None;
    }
    let largest = a.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    for column in 0..n {
        let pivot = (column..n).max_by(|p, q| a[p * n + column].abs().total_cmp(&a[q * n + column].abs()))?;
        if a[pivot * n + column].abs() <= 1e-14 * largest || a[pivot * n + column].is_nan() {
            return None;
        }
        if pivot != column {
            for j in 0..n {
                a.swap(pivot * n + j, column * n + j);
            }
            b.swap(pivot, column);
        }
        for row in column + 1..n {
            let factor = a[row * n + column] / a[column * n + column];
            if factor == 0.0 {
                continue;
            }
            for j in column..n {
                a[row * n + j] -= factor * a[column * n + j];
            }
            b[row] -= factor * b[column];
        }
    }
    let mut x = vec![0.0; n];
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|j| a[row * n + j] * x[j]).sum();
        x[row] = (b[row] - known) / a[row * n + row];
    }
    Some(x)
}

/// The inverse of a matrix given row by row; `None` when it has none.
#[must_use]
pub fn inverse(a: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut result = vec![0.0; n * n];
    for column in 0..n {
        let mut unit = vec![0.0; n];
        unit[column] = 1.0;
        for (row, value) in solve(&mut a.to_vec(), &mut unit)?.into_iter().enumerate() {
            result[row * n + column] = value;
        }
    }
    Some(result)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn three_equations() {
        let a = [0.0, 2.0, 1.0, 4.0, 1.0, 0.5, 1.0, 3.0, 7.0];
        let x = solve(&mut a.to_vec(), &mut [7.0, 7.5, 28.0]).unwrap();
        for (value, expected) in x.iter().zip([1.0, 2.0, 3.0]) {
            assert!((value - expected).abs() < 1e-12);
        }
        let inverse = inverse(&a, 3).unwrap();
        let first: f64 = (0..3).map(|k| a[k] * inverse[k * 3]).sum();
        assert!((first - 1.0).abs() < 1e-12);
        assert_eq!(solve(&mut [1.0, 2.0, 2.0, 4.0], &mut [1.0, 2.0]), None);
    }
}
