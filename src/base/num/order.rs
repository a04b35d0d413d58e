//! Quantiles.

/// The quantile `q` (from 0 to 1) of values in ascending order, linear between its neighbours: type 7 of
/// Hyndman and Fan (1996), the default of R and numpy. `None` without values or with `q` outside 0 to 1.
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    if sorted.is_empty() || !(0.0..=1.0).contains(&q) {
        return None;
    }
    let place = (sorted.len() - 1) as f64 * q;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the last index"
    )]
    let below = place as usize;
    let weight = place - below as f64;
    let low = *sorted.get(below)?;
    match sorted.get(below + 1) {
        Some(high) if weight > 0.0 => Some(low + weight * (high - low)),
        _ => Some(low),
    }
}

/// The median of values in any order; `None` without values.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    let (middle, even) = (values.len() / 2, values.len().is_multiple_of(2));
    if values.is_empty() {
        return None;
    }
    // Selected, not sorted: a median of millions costs a few passes.
    let (smaller, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    match smaller.iter().copied().max_by(f64::total_cmp).filter(|_| even) {
        Some(lower) => Some(lower + 0.5 * (*upper - lower)),
        None => Some(*upper),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantiles_as_r_gives_them() {
        let values = [1.0, 2.0, 4.0, 8.0, 16.0];
        assert_eq!(quantile(&values, 0.0), Some(1.0));
        assert_eq!(quantile(&values, 0.25), Some(2.0));
        assert_eq!(quantile(&values, 0.9), Some(8.0 + 0.6 * 8.0));
        assert_eq!(quantile(&values, 1.0), Some(16.0));
        assert_eq!(quantile(&[3.0], 0.7), Some(3.0));
    }

    #[test]
    fn undefined_quantiles_are_missing() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[1.0], 1.5), None);
        assert_eq!(quantile(&[1.0], f64::NAN), None);
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn medians_of_odd_and_even_counts() {
        assert_eq!(median(&[9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(median(&[9.0, 1.0, 5.0, 2.0]), Some(3.5));
    }

    proptest! {
        #[test]
        fn the_median_is_the_middle_quantile(values in prop::collection::vec(-1e6..1e6_f64, 0..40)) {
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            prop_assert_eq!(median(&values).map(f64::to_bits), quantile(&sorted, 0.5).map(f64::to_bits));
        }

        #[test]
        fn quantiles_rise_with_q_and_stay_inside(
            mut values in prop::collection::vec(-1e6..1e6_f64, 1..40),
            a in 0.0..=1.0_f64,
            b in 0.0..=1.0_f64,
        ) {
            values.sort_by(f64::total_cmp);
            let low = quantile(&values, a.min(b)).unwrap_or(f64::NAN);
            let high = quantile(&values, a.max(b)).unwrap_or(f64::NAN);
            prop_assert!(low <= high + 1e-9);
            prop_assert!(values[0] <= low && high <= values[values.len() - 1] + 1e-9);
        }
    }
}
