//! Sums of powers, which add up over stretches of bars.

use super::sums::{Moments, Shape};

/// Sums of powers of some values, which add up over stretches of bars.
///
/// A walk over trades merges one of these for each trade with the flat bars between them. Sums about 0 lose
/// digits where the mean is large against the spread; returns of bars are the other way round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerSums {
    /// How many values.
    pub count: usize,
    /// The sums of the first to the fourth powers.
    pub powers: [f64; 4],
    /// The smallest value; infinity without values.
    pub min: f64,
    /// The largest value; minus infinity without values.
    pub max: f64,
}

impl Default for PowerSums {
    fn default() -> Self {
        Self { count: 0, powers: [0.0; 4], min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl PowerSums {
    /// Adds one value.
    pub fn add(&mut self, value: f64) {
        let square = value * value;
        let powers = [value, square, square * value, square * square];
        self.merge(&Self { count: 1, powers, min: value, max: value });
    }

    /// Adds as many as `count` values of exactly 0: bars without a position.
    pub fn add_flat(&mut self, count: usize) {
        if count > 0 {
            self.merge(&Self { count, powers: [0.0; 4], min: 0.0, max: 0.0 });
        }
    }

    /// Adds all values behind `other`.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        for (own, its) in self.powers.iter_mut().zip(other.powers) {
            *own += its;
        }
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// The moments of the values.
    pub fn moments(&self) -> Moments {
        if self.count == 0 {
            return Moments::default();
        }
        let [sum, squares, ..] = self.powers;
        let mean = sum / self.count as f64;
        let spread = Moments { count: self.count, mean, squares: 0.0, min: self.min, max: self.max };
        if spread.is_flat() { spread } else { Moments { squares: (squares - sum * mean).max(0.0), ..spread } }
    }

    /// The third and fourth sums about the mean, by the binomial theorem.
    pub fn shape(&self) -> Shape {
        if self.count == 0 {
            return Shape::default();
        }
        let [sum, squares, cubes, fourths] = self.powers;
        let mean = sum / self.count as f64;
        Shape {
            cubes: cubes - 3.0 * mean * squares + 2.0 * mean * mean * sum,
            fourths: fourths - 4.0 * mean * cubes + 6.0 * mean * mean * squares
                - 3.0 * mean * mean * mean * sum,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn power_sums_compose_to_the_moments_of_all_values(
            first in prop::collection::vec(-0.1..0.1_f64, 0..40),
            second in prop::collection::vec(-0.1..0.1_f64, 1..40),
            flat in 0_usize..50,
        ) {
            let mut whole = PowerSums::default();
            let mut part = PowerSums::default();
            for &value in &first {
                whole.add(value);
            }
            for &value in &second {
                part.add(value);
            }
            whole.add_flat(flat);
            whole.merge(&part);

            let mut all = first;
            all.resize(all.len() + flat, 0.0);
            all.extend(second);
            let expected = Moments::of(all.iter().copied());
            let shape = Shape::of(all.iter().copied(), expected.mean);
            let absolute = |power: i32| all.iter().map(|value| value.abs().powi(power)).sum::<f64>();

            let found = whole.moments();
            prop_assert_eq!(found.count, expected.count);
            prop_assert_eq!((found.min, found.max), (expected.min, expected.max));
            prop_assert!((found.mean - expected.mean).abs() <= 1e-12 * absolute(1));
            prop_assert!((found.squares - expected.squares).abs() <= 1e-12 * absolute(2));
            prop_assert!((whole.shape().cubes - shape.cubes).abs() <= 1e-12 * absolute(3));
            prop_assert!((whole.shape().fourths - shape.fourths).abs() <= 1e-12 * absolute(4));
        }
    }
}
