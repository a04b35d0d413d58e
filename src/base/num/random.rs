//! Named random streams that are the same everywhere.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64;

use super::{ln, sqrt};

/// A stream of random numbers fixed by a seed and a name.
///
/// PCG XSL RR 128/64 (O'Neill 2014), started from the BLAKE3 hash of seed and name: streams of different
/// names are independent, so that a new consumer of chance never moves the numbers of another.
#[derive(Debug, Clone)]
pub struct RandomStream {
    generator: Pcg64,
}

impl RandomStream {
    /// The stream `name` under `seed`.
    pub fn new(seed: u64, name: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes());
        hasher.update(name.as_bytes());
        Self { generator: Pcg64::from_seed(*hasher.finalize().as_bytes()) }
    }

    /// The next number of 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// A number from 0 (included) to 1 (excluded), of 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        (self.bits() >> 11) as f64 * STEP
    }

    /// A number of the standard normal distribution (Box and Muller 1958; always two draws).
    pub fn normal(&mut self) -> f64 {
        let radius = sqrt(-2.0 * ln(1.0 - self.uniform()));
        radius * libm::cos(std::f64::consts::TAU * self.uniform())
    }

    /// A whole number from 0 to `n - 1`, each as likely as the others; 0 where `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "the number is below n, a usize")]
        let number = self.number_below(n as u64) as usize;
        number
    }

    /// As [`RandomStream::below`], of 64 bits (Lemire 2019).
    pub fn number_below(&mut self, n: u64) -> u64 {
        let mut product = u128::from(self.bits()) * u128::from(n);
        // Low parts under 2^64 mod n would favour some numbers.
        let unfair = if n == 0 { 0 } else { n.wrapping_neg() % n };
        while low_half(product) < unfair {
            product = u128::from(self.bits()) * u128::from(n);
        }
        (product >> 64) as u64
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low half is wanted")]
fn low_half(product: u128) -> u64 {
    product as u64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::num::{mean, sample_variance};

    #[test]
    fn a_stream_is_fixed_by_seed_and_name() {
        let draw = |seed, name| RandomStream::new(seed, name).bits();
        assert_eq!(draw(7, "a"), draw(7, "a"));
        assert_ne!(draw(7, "a"), draw(8, "a"));
        assert_ne!(draw(7, "a"), draw(7, "b"));
    }

    #[test]
    fn the_numbers_never_change() {
        let mut stream = RandomStream::new(42, "bootstrap");
        assert_eq!([stream.bits(), stream.bits()], [13_317_689_236_226_611_535, 1_253_661_078_795_940_515]);
        assert_eq!(stream.uniform().to_bits(), 4_599_695_680_652_498_814);
        assert_eq!(stream.normal().to_bits(), 4_603_408_827_542_567_936);
        assert_eq!(stream.below(1000), 924);
    }

    #[test]
    fn moments_of_uniform_and_normal() {
        let mut stream = RandomStream::new(1, "moments");
        let uniform: Vec<f64> = (0..100_000).map(|_| stream.uniform()).collect();
        assert!(uniform.iter().all(|u| (0.0..1.0).contains(u)));
        assert!((mean(&uniform).unwrap() - 0.5).abs() < 0.005);
        assert!((sample_variance(&uniform).unwrap() - 1.0 / 12.0).abs() < 0.001);
        let normal: Vec<f64> = (0..100_000).map(|_| stream.normal()).collect();
        assert!(mean(&normal).unwrap().abs() < 0.015);
        assert!((sample_variance(&normal).unwrap() - 1.0).abs() < 0.02);
        let beyond = normal.iter().filter(|z| z.abs() > 1.959_964).count();
        assert!((4_700..5_300).contains(&beyond), "{beyond}");
    }

    #[test]
    fn below_is_fair_and_in_range() {
        let mut stream = RandomStream::new(1, "below");
        let mut counts = [0_u32; 7];
        for _ in 0..70_000 {
            counts[stream.below(7)] += 1;
        }
        assert!(counts.iter().all(|count| (9_600..10_400).contains(count)), "{counts:?}");
        assert_eq!((stream.below(1), stream.below(0)), (0, 0));
        assert_eq!((stream.number_below(1), stream.number_below(0)), (0, 0));
        let (high, low): (Vec<u64>, Vec<u64>) =
            (0..1000).map(|_| stream.number_below(u64::MAX)).partition(|number| *number > u64::MAX / 2);
        assert!((400..600).contains(&high.len()), "{} above, {} below", high.len(), low.len());
    }

    #[test]
    fn streams_are_uncorrelated() {
        let (mut a, mut b) = (RandomStream::new(1, "a"), RandomStream::new(1, "b"));
        let products: Vec<f64> = (0..50_000).map(|_| a.normal() * b.normal()).collect();
        assert!(mean(&products).unwrap().abs() < 0.02);
    }
}
