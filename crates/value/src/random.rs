//! A tiny seeded generator, so that a bootstrap gives the same interval on every machine.
//!
//! SplitMix64 (Steele, Lea, Flood 2014) and binomial draws: inversion while the mean is small,
//! otherwise Hörmann's transformed rejection (BTRS, 1993).

use statrs::function::gamma::ln_gamma;

pub(crate) struct SplitMix64(u64);

impl SplitMix64 {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in the open interval (0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Standard normal (Box and Muller 1958; the second of each pair is let go, which keeps this stateless).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.unit().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Gamma with this shape and rate 1 (Marsaglia and Tsang 2000).
    pub(crate) fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            // In logarithms, because a tiny shape gives values below the smallest number.
            let boost = self.unit().ln() / shape;
            return (self.gamma(shape + 1.0).ln() + boost).exp();
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let z = self.normal();
            let v = (1.0 + c * z).powi(3);
            if v > 0.0 && self.unit().ln() < 0.5 * z * z + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// Beta with these shapes.
    pub(crate) fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        if x + y > 0.0 {
            x / (x + y)
        } else {
            f64::from(u8::from(self.unit() < a / (a + b)))
        }
    }

    /// How many of `n` trials succeed when each does with probability `p`.
    pub(crate) fn binomial(&mut self, n: u64, p: f64) -> u64 {
        if n == 0 || p <= 0.0 {
            return 0;
        }
        if p >= 1.0 {
            return n;
        }
        if p > 0.5 {
            return n - self.binomial(n, 1.0 - p);
        }
        if (n as f64) * p < 10.0 {
            self.by_inversion(n, p)
        } else {
            self.by_rejection(n, p)
        }
    }

    fn by_inversion(&mut self, n: u64, p: f64) -> u64 {
        let odds = p / (1.0 - p);
        let mut mass = ((n as f64) * (-p).ln_1p()).exp();
        let mut left = self.unit();
        let mut k = 0;
        while left > mass && k < n {
            left -= mass;
            k += 1;
            mass *= odds * ((n - k + 1) as f64) / (k as f64);
            // Rounding may leave a crumb that no remaining mass can ever cover.
            if mass < f64::MIN_POSITIVE {
                break;
            }
        }
        k
    }

    fn by_rejection(&mut self, n: u64, p: f64) -> u64 {
        let trials = n as f64;
        let spread = (trials * p * (1.0 - p)).sqrt();
        let b = 1.15 + 2.53 * spread;
        let a = -0.0873 + 0.0248 * b + 0.01 * p;
        let centre = trials * p + 0.5;
        let quick = 0.92 - 4.2 / b;
        let alpha = (2.83 + 5.1 / b) * spread;
        let mode = ((trials + 1.0) * p).floor();
        let ln_odds = (p / (1.0 - p)).ln();
        let at_mode = ln_gamma(mode + 1.0) + ln_gamma(trials - mode + 1.0);
        loop {
            let u = self.unit() - 0.5;
            let v = self.unit();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + centre).floor();
            if k < 0.0 || k > trials {
                continue;
            }
            if us >= 0.07 && v <= quick {
                return k as u64;
            }
            let bound = at_mode - ln_gamma(k + 1.0) - ln_gamma(trials - k + 1.0) + (k - mode) * ln_odds;
            if (v * alpha / (a / (us * us) + b)).ln() <= bound {
                return k as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_are_those_of_the_published_generator() {
        // Reference output of splitmix64.c for the seed 1234567.
        let mut rng = SplitMix64::new(1_234_567);
        assert_eq!(rng.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(rng.next_u64(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn binomial_draws_have_the_right_mean_and_variance() {
        for (n, p) in [
            (5u64, 0.3),
            (40, 0.1),
            (100, 0.2),
            (1000, 0.5),
            (100_000, 0.37),
            (2_000, 0.97),
        ] {
            let mut rng = SplitMix64::new(7);
            let rounds = 40_000;
            let draws: Vec<f64> = (0..rounds).map(|_| rng.binomial(n, p) as f64).collect();
            let mean = draws.iter().sum::<f64>() / f64::from(rounds);
            let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / f64::from(rounds);
            let (m, v) = (n as f64 * p, n as f64 * p * (1.0 - p));
            assert!(
                (mean - m).abs() < 5.0 * (v / f64::from(rounds)).sqrt(),
                "{n} {p}: mean {mean} against {m}"
            );
            assert!(
                (variance / v - 1.0).abs() < 0.05,
                "{n} {p}: variance {variance} against {v}"
            );
            assert!(draws.iter().all(|d| *d <= n as f64));
        }
    }

    #[test]
    fn normal_gamma_and_beta_draws_have_the_right_moments() {
        let mut rng = SplitMix64::new(5);
        let n = 200_000;
        let moments = |draws: Vec<f64>| {
            let mean = draws.iter().sum::<f64>() / f64::from(n);
            (
                mean,
                draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / f64::from(n),
            )
        };
        let (mean, variance) = moments((0..n).map(|_| rng.normal()).collect());
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
        for shape in [0.2, 1.0, 7.5] {
            let (mean, variance) = moments((0..n).map(|_| rng.gamma(shape)).collect());
            assert!(
                (mean / shape - 1.0).abs() < 0.02 && (variance / shape - 1.0).abs() < 0.05,
                "{shape}"
            );
        }
        let (mean, variance) = moments((0..n).map(|_| rng.beta(0.8, 2.4)).collect());
        assert!((mean - 0.25).abs() < 0.005 && (variance / (0.8 * 2.4 / (3.2 * 3.2 * 4.2)) - 1.0).abs() < 0.03);
    }

    #[test]
    fn certain_and_impossible_trials_need_no_luck() {
        let mut rng = SplitMix64::new(1);
        assert_eq!(rng.binomial(9, 0.0), 0);
        assert_eq!(rng.binomial(9, 1.0), 9);
        assert_eq!(rng.binomial(0, 0.4), 0);
    }
}
