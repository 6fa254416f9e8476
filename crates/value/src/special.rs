//! Special functions that the lifetime models need and the numeric crates at hand lack.

/// Series longer than this are given up: the argument is too near to 1.
const MOST_TERMS: u32 = 100_000;

/// Natural logarithm of Gauss's hypergeometric function `₂F₁(a, b; c; z)` for `a, b ≥ 0`, `c > 0` and
/// `0 ≤ z < 1`, where all terms are positive and nothing cancels. Scaled on the way, so that it
/// stays finite where the function itself would not. `None` outside the domain or too near to 1.
#[must_use]
pub fn ln_hyp2f1(a: f64, b: f64, c: f64, z: f64) -> Option<f64> {
    if !(a >= 0.0 && b >= 0.0 && c > 0.0 && (0.0..1.0).contains(&z)) {
        return None;
    }
    let (mut term, mut sum, mut scale) = (1.0, 1.0, 0.0);
    for n in 0..MOST_TERMS {
        let n = f64::from(n);
        let ratio = (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        term *= ratio;
        sum += term;
        if sum > 1e200 {
            term /= 1e200;
            sum /= 1e200;
            scale += 200.0 * std::f64::consts::LN_10;
        }
        // Once the terms shrink, what is left is at most a geometric series.
        if ratio < 1.0 && term <= 1e-17 * sum * (1.0 - ratio.max(z)) {
            return Some(scale + sum.ln());
        }
    }
    None
}

/// `(₂F₁(a, b; c; z) − 1) / b` without the loss of digits near `b = 0` (where it stays finite), for
/// `c > 0` and `0 ≤ z < 1`. With it go the digits lost to cancelling terms of a negative `a`: the second
/// number is an estimate of the relative error. `None` when the series does not end in time.
#[must_use]
pub fn hyp2f1_minus_one_over_b(a: f64, b: f64, c: f64, z: f64) -> Option<(f64, f64)> {
    if !(c > 0.0 && (0.0..1.0).contains(&z)) {
        return None;
    }
    let mut term = a * z / c;
    let (mut sum, mut size) = (term, term.abs());
    for n in 1..MOST_TERMS {
        let n = f64::from(n);
        let ratio = (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        term *= ratio;
        sum += term;
        size += term.abs();
        if !size.is_finite() {
            return None;
        }
        if ratio.abs() < 1.0 && a + n > 0.0 && term.abs() <= 1e-17 * size * (1.0 - ratio.abs().max(z)) {
            return Some((sum, f64::EPSILON * size / sum.abs().max(f64::MIN_POSITIVE)));
        }
    }
    None
}

/// `ln(1 + eˣ)` without overflow.
#[must_use]
pub fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// `1 / (1 + e⁻ˣ)` without overflow.
#[must_use]
pub fn logistic(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

/// `(eˣ − 1) / x`, 1 at 0.
#[must_use]
pub fn expm1_over(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { x.exp_m1() / x }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn hyp2f1_against_forty_digit_values() {
        // mpmath 1.4.1, 40 digits.
        for ((a, b, c, z), expected) in [
            ((2.243, 4.426, 4.219, 0.4), 1.207_616_192_136_591),
            ((0.5, 1.0, 1.5, 0.9), 0.650_662_800_570_421_7),
            ((400.2, 402.4, 402.2, 0.07), 29.057_235_777_028_2),
            ((1.0, 2.0, 3.0, 0.999), 2.471_583_377_769_773),
        ] {
            let value = ln_hyp2f1(a, b, c, z).unwrap();
            assert!(
                (value - expected).abs() < 1e-12 * expected.abs(),
                "{value} against {expected}"
            );
        }
        assert!(ln_hyp2f1(5_000.0, 5_000.0, 5_000.0, 0.9).unwrap().is_finite());
        assert_eq!(ln_hyp2f1(1.0, 1.0, 1.0, 1.0), None);
        assert_eq!(ln_hyp2f1(-1.0, 1.0, 1.0, 0.5), None);
    }

    #[test]
    fn the_form_without_a_pole() {
        let (value, error) = hyp2f1_minus_one_over_b(3.0, -0.5, 2.0, 0.5).unwrap();
        assert!((value - (0.530_330_085_889_910_6 - 1.0) / -0.5).abs() < 1e-14 && error < 1e-14);
        // At b = 0: sum of (a)ₙ (1)ₙ₋₁ / ((c)ₙ n!) zⁿ; for a = c it is −ln(1 − z).
        let (value, _) = hyp2f1_minus_one_over_b(2.0, 0.0, 2.0, 0.5).unwrap();
        assert!((value - std::f64::consts::LN_2).abs() < 1e-15);
    }

    #[test]
    fn the_small_ones_do_not_overflow() {
        assert_eq!(softplus(1e4), 1e4);
        assert!((softplus(-800.0)).abs() < 1e-300);
        assert_eq!((logistic(-1e4), logistic(1e4), logistic(0.0)), (0.0, 1.0, 0.5));
        assert_eq!(expm1_over(0.0), 1.0);
        assert!((expm1_over(1e-9) - 1.0).abs() < 1e-9);
    }
}
