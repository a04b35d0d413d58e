//! A sum that is fed value by value.

/// A running sum that carries along what each addition lost: its error does not grow with the number of
/// values.
///
/// Ogita, Rump and Oishi (2005), *Accurate sum and dot product*, algorithm `Sum2`. It has no branch, so
/// several of them fed in one pass over the bars cost little more than one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Total {
    sum: f64,
    lost: f64,
}

impl Total {
    /// The sum of `values`.
    pub fn of(values: impl Iterator<Item = f64>) -> f64 {
        let mut total = Self::default();
        for value in values {
            total.add(value);
        }
        total.value()
    }

    /// Adds a value.
    pub fn add(&mut self, value: f64) {
        let next = self.sum + value;
        let taken = next - self.sum;
        self.lost += (self.sum - (next - taken)) + (value - taken);
        self.sum = next;
    }

    /// The sum as a float and what its rounding lost.
    pub fn parts(self) -> (f64, f64) {
        (self.sum, self.lost)
    }

    /// The sum.
    pub fn value(self) -> f64 {
        // After an overflow the lost part is NaN while the sum tells the truth.
        if self.sum.is_finite() { self.sum + self.lost } else { self.sum }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;
    use crate::base::num;

    #[test]
    fn small_values_survive_great_ones() {
        assert_eq!(Total::of([1e16, 1.0, -1e16].into_iter()), 1.0);
        assert_eq!(Total::of([0.1; 10].into_iter()), 1.0);
        assert_eq!(Total::of(std::iter::empty()), 0.0);
        assert_eq!(Total::of([f64::MAX, f64::MAX].into_iter()), f64::INFINITY);
    }

    #[test]
    fn equals_the_sum_of_a_slice() {
        let values: Vec<f64> = (0..1000).map(|i| (f64::from(i * 7919 % 1000) - 500.0) / 3.0).collect();
        assert_eq!(Total::of(values.iter().copied()), num::sum(&values));
    }
}
