//! Sums, means and variances that do not lose digits.

/// The sum of `values`, with Neumaier's compensation: the error does not grow with the number of values.
/// 0 for none; infinite or NaN where a plain sum would be.
///
/// Neumaier (1974), *Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen*, algorithm IV.
pub fn sum(values: &[f64]) -> f64 {
    compensated(values.iter().copied())
}

/// The arithmetic mean; `None` without values.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| sum(values) / values.len() as f64)
}

/// The sample variance, with n - 1 below the line; `None` for fewer than two values.
///
/// Two passes with the correction for the mean's own rounding (Chan, Golub, `LeVeque` 1983, equation 1.7).
/// Exactly 0 where all values are the same.
pub fn sample_variance(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    // The mean of equal values may be off by one bit, and a variance of 1e-34 would pass for movement.
    if values.windows(2).all(|pair| pair[0].total_cmp(&pair[1]).is_eq()) {
        return Some(0.0);
    }
    let n = values.len() as f64;
    let center = mean(values)?;
    let squares = compensated(values.iter().map(|value| (value - center) * (value - center)));
    let residue = compensated(values.iter().map(|value| value - center));
    Some((squares - residue * residue / n) / (n - 1.0))
}

fn compensated(values: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() { (total - next) + value } else { (value - next) + total };
        total = next;
    }
    // After an overflow the lost part is NaN while the total tells the truth.
    if total.is_finite() { total + lost } else { total }
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_values_survive_great_ones() {
        assert_eq!(sum(&[1.0, 1e100, 1.0, -1e100]), 2.0);
        assert_eq!(sum(&[1e16, 1.0, -1e16]), 1.0);
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert_eq!(sum(&[]), 0.0);
    }

    #[test]
    fn infinite_sums_stay_infinite() {
        assert_eq!(sum(&[f64::MAX, f64::MAX]), f64::INFINITY);
        assert_eq!(sum(&[1.0, f64::NEG_INFINITY, 1.0]), f64::NEG_INFINITY);
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
    }

    #[test]
    fn undefined_moments_are_missing() {
        assert_eq!(mean(&[]), None);
        assert_eq!(sample_variance(&[]), None);
        assert_eq!(sample_variance(&[3.0]), None);
    }

    #[test]
    fn variance_of_values_far_from_zero() {
        assert_eq!(sample_variance(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]), Some(32.0 / 7.0));
        assert_eq!(sample_variance(&[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]), Some(30.0));
        assert_eq!(sample_variance(&[0.1; 7]), Some(0.0));
    }

    proptest! {
        #[test]
        fn the_sum_of_numbers_and_their_opposites_is_zero(values in prop::collection::vec(-1e12..1e12_f64, 0..50)) {
            let mut both = values.clone();
            both.extend(values.iter().rev().map(|value| -value));
            prop_assert!(sum(&both).abs() <= 1e-12 * values.iter().fold(0.0, |m: f64, v| m.max(v.abs())));
        }

        #[test]
        fn the_variance_is_that_of_all_pairs(values in prop::collection::vec(-1e3..1e3_f64, 2..30)) {
            let n = values.len() as f64;
            let pairs: Vec<f64> =
                values.iter().flat_map(|a| values.iter().map(move |b| (a - b) * (a - b))).collect();
            let expected = sum(&pairs) / (2.0 * n * (n - 1.0));
            let found = sample_variance(&values).unwrap_or(f64::NAN);
            prop_assert!((found - expected).abs() <= 1e-9 * expected.max(1e-9));
        }
    }
}
