//! Integrals that the models need to full precision: Gauss–Legendre on short stretches, and the double
//! exponential rule (Takahasi and Mori 1974) on the whole line.

use std::f64::consts::{FRAC_PI_2, PI};
use std::sync::LazyLock;

/// Points of the rule on a stretch.
pub(crate) const POINTS: usize = 12;

/// Places in (0, 1) and weights (sum 1) of the Gauss–Legendre rule, exact for polynomials of degree 23.
pub(crate) static LEGENDRE: LazyLock<[(f64, f64); POINTS]> = LazyLock::new(|| {
    let n = POINTS as f64;
    std::array::from_fn(|i| {
        let mut z = (PI * (i as f64 + 0.75) / (n + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..20 {
            let (mut p, mut before) = (1.0, 0.0);
            for k in 0..POINTS {
                let k = k as f64;
                (p, before) = (((2.0 * k + 1.0) * z * p - k * before) / (k + 1.0), p);
            }
            slope = n * (z * p - before) / (z * z - 1.0);
            z -= p / slope;
        }
        ((1.0 - z) / 2.0, 1.0 / ((1.0 - z * z) * slope * slope))
    })
});

/// `∫ f(t) dt` over t > 0 as `∫ g(y) dy` with `t = eʸ`, so `g(y) = eʸ f(eʸ)`. `centre` is about where g is
/// largest. For g that is positive, smooth, and decays at least exponentially at both ends.
pub(crate) fn over_logarithm(centre: f64, g: impl Fn(f64) -> f64) -> f64 {
    let at = |u: f64| {
        let value = FRAC_PI_2 * u.cosh() * g(centre + FRAC_PI_2 * u.sinh());
        if value.is_finite() { value } else { 0.0 }
    };
    // How far the integrand reaches, seen with a coarse step.
    let top = (-8..=8).map(|i| at(f64::from(i) * 0.25)).fold(0.0, f64::max);
    let reach = |sign: f64| {
        let mut far = 0.5;
        while far < 12.0 && at(sign * far) > 1e-18 * top {
            far += 0.25;
        }
        far
    };
    let (low, high) = (-reach(-1.0), reach(1.0));
    let mut points = 24u32;
    let mut step = (high - low) / f64::from(points);
    let mut sum: f64 = (0..points).map(|i| at(low + step * f64::from(i))).sum();
    let mut value = step * sum;
    for _ in 0..8 {
        sum += (0..points).map(|i| at(low + step * (f64::from(i) + 0.5))).sum::<f64>();
        points *= 2;
        step /= 2.0;
        let finer = step * sum;
        // The error falls like its own square with each halving: this change says that the value is far better.
        if (finer - value).abs() <= 1e-9 * finer.abs() {
            return finer;
        }
        value = finer;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_points_integrate_polynomials_of_degree_23() {
        let sum: f64 = LEGENDRE.iter().map(|(z, w)| w * z.powi(23)).sum();
        assert!((sum * 24.0 - 1.0).abs() < 1e-13, "{sum}");
        let ones: f64 = LEGENDRE.iter().map(|(_, w)| w).sum();
        assert!((ones - 1.0).abs() < 1e-14);
    }

    #[test]
    fn gamma_integrals_come_out() {
        use statrs::function::gamma::ln_gamma;
        for shape in [0.01_f64, 0.5, 1.0, 3.0, 40.0] {
            let value = over_logarithm(shape.ln(), |y| (shape * y - y.exp()).exp());
            assert!((value.ln() - ln_gamma(shape)).abs() < 1e-11, "{shape}");
        }
    }
}
