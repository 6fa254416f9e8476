//! Special functions that the lifetime models need and the numeric crates at hand lack.

use crate::quadrature::over_logarithm;
use statrs::function::gamma::ln_gamma;

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

/// `₂F₁(1, b; c; z)` for `b ≥ 0`, `c > 0`, `0 ≤ z < 1` by Gauss's continued fraction (modified Lentz), which
/// still converges in some hundred steps where the series for z near 1 needs thousands. `None` outside.
#[must_use]
pub fn hyp2f1_from_one(b: f64, c: f64, z: f64) -> Option<f64> {
    const TINY: f64 = 1e-300;
    if !(b >= 0.0 && c > 0.0 && (0.0..1.0).contains(&z)) {
        return None;
    }
    // 1 / (1 − d₁ / (1 − d₂ / (1 − …))), evaluated from the front.
    let (mut value, mut c_ratio, mut d_ratio) = (1.0_f64, 1.0, 0.0);
    for step in 1..MOST_TERMS {
        let n = f64::from(step / 2);
        let part = if step % 2 == 1 {
            let shape = if step == 1 {
                b / c
            } else {
                (b + n) * (c + n - 1.0) / ((c + 2.0 * n - 1.0) * (c + 2.0 * n))
            };
            -z * shape
        } else {
            -z * n * (c - b + n - 1.0) / ((c + 2.0 * n - 2.0) * (c + 2.0 * n - 1.0))
        };
        d_ratio = 1.0 + part * d_ratio;
        c_ratio = 1.0 + part / c_ratio;
        if d_ratio == 0.0 {
            d_ratio = TINY;
        }
        if c_ratio == 0.0 {
            c_ratio = TINY;
        }
        d_ratio = 1.0 / d_ratio;
        let change = c_ratio * d_ratio;
        value *= change;
        if (change - 1.0).abs() < 1e-16 {
            return Some(1.0 / value);
        }
    }
    None
}

/// Natural logarithm of Tricomi's confluent hypergeometric function `U(a, b, z)` for `a > 0`, `z > 0` and any
/// b, from its integral `∫ e^(−zt) t^(a−1) (1+t)^(b−a−1) dt / Γ(a)`: nothing cancels, where the difference of
/// two Kummer functions loses all digits. `None` outside the domain.
#[must_use]
pub fn ln_tricomi_u(a: f64, b: f64, z: f64) -> Option<f64> {
    if !(a > 0.0 && z > 0.0 && z.is_finite() && a.is_finite() && b.is_finite()) {
        return None;
    }
    let c = b - a - 1.0;
    // In w = zt: w^a e^(−w) (1 + w/z)^c d ln w, largest where a − w + cw/(z + w) = 0.
    let half = (a - z + c) / 2.0;
    let root = half.hypot((a * z).sqrt());
    let peak = if half > 0.0 { half + root } else { a * z / (root - half) };
    let ln_part = |w: f64| a * w.ln() - w + c * (w / z).ln_1p();
    let top = ln_part(peak);
    let integral = over_logarithm(peak.ln(), |y| {
        let w = y.exp();
        (a * y - w + c * (w / z).ln_1p() - top).exp()
    });
    let value = integral.ln() + top - a * z.ln() - ln_gamma(a);
    value.is_finite().then_some(value)
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
    fn the_continued_fraction_is_the_series() {
        for (b, c, z) in [
            (0.0, 2.0, 0.5),
            (3.806, 4.474, 0.909),
            (11.8, 12.5, 0.99),
            (0.3, 9.0, 0.4),
            (5.0, 1.5, 0.7),
            (2.0, 1.0, 0.6),
        ] {
            let (value, series) = (
                hyp2f1_from_one(b, c, z).unwrap(),
                ln_hyp2f1(1.0, b, c, z).unwrap().exp(),
            );
            assert!(
                (value / series - 1.0).abs() < 1e-12,
                "{b} {c} {z}: {value} against {series}"
            );
        }
        // ₂F₁(1, 1; 2; z) = −ln(1 − z) / z, very near to 1.
        let z: f64 = 1.0 - 1e-6;
        assert!((hyp2f1_from_one(1.0, 2.0, z).unwrap() / (-(1e-6_f64.ln()) / z) - 1.0).abs() < 1e-9);
        assert_eq!(hyp2f1_from_one(1.0, 2.0, 1.0), None);
    }

    /// mpmath 1.4.1, 40 digits: (a, b, z) and ln U.
    const TRICOMI: [((f64, f64, f64), f64); 8] = [
        ((0.606, 0.606, 0.1358), 0.266_578_194_389_938_7),
        ((1.0, 1.394, 0.1358), 1.053_227_587_549_81),
        ((1.0, -400.0, 0.02), -5.994_011_426_050_346),
        ((0.606, 0.606, 30.0), -2.080_515_118_431_989),
        ((5.0, 2.5, 1e-5), 13.970_482_732_907_439),
        ((200.0, 200.0, 1.5), -85.988_408_256_962_37),
        ((0.01, 0.01, 0.001), 0.005_778_738_802_143_909),
        ((1.0, -998.0, 0.001), -6.906_755_780_652_059),
    ];

    #[test]
    fn tricomi_against_forty_digit_values_and_its_own_laws() {
        for ((a, b, z), expected) in TRICOMI {
            let value = ln_tricomi_u(a, b, z).unwrap();
            assert!(
                (value - expected).abs() < 1e-11 * (1.0 + expected.abs()),
                "U({a}, {b}, {z}): {value} against {expected}"
            );
        }
        // Kummer: U(a, b, z) = z^(1−b) U(a − b + 1, 2 − b, z).
        for (a, b, z) in [
            (0.6_f64, 0.6_f64, 0.1358_f64),
            (3.0, 3.0, 1e-4),
            (900.0, 900.0, 0.3),
            (1e-3, 1e-3, 20.0),
        ] {
            let (left, right) = (
                ln_tricomi_u(a, b, z).unwrap(),
                (1.0 - b) * z.ln() + ln_tricomi_u(a - b + 1.0, 2.0 - b, z).unwrap(),
            );
            assert!(
                (left - right).abs() < 1e-10 * (1.0 + left.abs()),
                "{a} {z}: {left} against {right}"
            );
        }
        assert_eq!(ln_tricomi_u(0.0, 1.0, 1.0), None);
        assert_eq!(ln_tricomi_u(1.0, 1.0, 0.0), None);
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
