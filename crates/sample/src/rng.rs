//! The random source: SplitMix64, keyed by seed, stream and index, so that every customer has its own
//! sequence and one change does not shuffle all the others. Written out here because the generators of
//! the `rand` crate may change their values between versions, and the data must not.

use rand::RngCore;
use rand_distr::{Beta, Distribution, Gamma, LogNormal};

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// Mixes one word well enough that neighbouring inputs give unrelated outputs.
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A small deterministic random source.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    /// The source for one thing: `stream` names the purpose, `index` the thing.
    pub(crate) const fn keyed(seed: u64, stream: u64, index: u64) -> Self {
        let a = mix(seed.wrapping_add(STEP));
        let b = mix(a ^ stream.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        Self(mix(b ^ index.wrapping_mul(STEP)))
    }

    const fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number in `0..n`; 0 when `n` is 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        let wide = u128::from(self.word()) * u128::from(n);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// An index into something of length `n`.
    pub(crate) fn index(&mut self, n: usize) -> usize {
        let n = u64::try_from(n).unwrap_or(u64::MAX);
        usize::try_from(self.below(n)).unwrap_or(0)
    }

    /// A number in `lo..=hi`.
    pub(crate) fn between(&mut self, lo: i64, hi: i64) -> i64 {
        let span = hi.saturating_sub(lo).max(0).unsigned_abs();
        lo + i64::try_from(self.below(span + 1)).unwrap_or(0)
    }

    /// True in `percent` of a hundred cases.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// A float in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        // 53 bits fit a float exactly.
        (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A float in `[lo, hi)`.
    pub(crate) fn span(&mut self, lo: f64, hi: f64) -> f64 {
        lo + self.unit() * (hi - lo)
    }

    /// One element of a list that is not empty.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.index(list.len())]
    }

    /// An index drawn in proportion to the weights.
    pub(crate) fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u64 = weights.iter().map(|w| u64::from(*w)).sum();
        let mut at = self.below(total);
        for (i, w) in weights.iter().enumerate() {
            let w = u64::from(*w);
            if at < w {
                return i;
            }
            at -= w;
        }
        0
    }

    /// Exponential with the given mean.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// Gamma by shape and mean.
    pub(crate) fn gamma(&mut self, shape: f64, mean: f64) -> f64 {
        Gamma::new(shape, mean / shape).map_or(mean, |d| d.sample(self))
    }

    /// Beta.
    pub(crate) fn beta(&mut self, a: f64, b: f64) -> f64 {
        Beta::new(a, b).map_or(a / (a + b), |d| d.sample(self))
    }

    /// Log-normal with median 1.
    pub(crate) fn lognormal(&mut self, sigma: f64) -> f64 {
        LogNormal::new(0.0, sigma).map_or(1.0, |d| d.sample(self))
    }

    /// Pareto from 1 upwards, cut at `max`.
    pub(crate) fn pareto(&mut self, alpha: f64, max: f64) -> f64 {
        (1.0 - self.unit()).powf(-1.0 / alpha).min(max)
    }
}

impl RngCore for Rng {
    fn next_u32(&mut self) -> u32 {
        // The high half is the better mixed one.
        u32::try_from(self.word() >> 32).unwrap_or(0)
    }

    fn next_u64(&mut self) -> u64 {
        self.word()
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        for part in out.chunks_mut(8) {
            let word = self.word().to_le_bytes();
            for (to, from) in part.iter_mut().zip(word) {
                *to = from;
            }
        }
    }
}

/// Rounds a float to a whole number; the amounts here stay far below the limits of `i64`.
pub(crate) const fn whole(x: f64) -> i64 {
    x.round() as i64
}
