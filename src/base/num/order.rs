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
    middle(&mut values.to_vec(), 0, values.len())
}

/// The median of `count` values of which `smaller` lie below all of `values`, among which the middle ones are.
fn middle(values: &mut [f64], smaller: usize, count: usize) -> Option<f64> {
    let rank = (count / 2).checked_sub(smaller).filter(|rank| *rank < values.len())?;
    // Selected, not sorted: a median of millions costs a few passes.
    let (below, upper, _) = values.select_nth_unstable_by(rank, f64::total_cmp);
    match below.iter().copied().max_by(f64::total_cmp).filter(|_| count.is_multiple_of(2)) {
        Some(lower) => Some(lower + 0.5 * (*upper - lower)),
        None => Some(*upper),
    }
}

/// So many of very many values tell about where their median lies ...
const SAMPLED: usize = 1 << 14;

/// ... and the median of all is at most so many ranks of those away, but for values in an uncommon order.
const AWAY: usize = 1 << 8;

/// The median of `value(0)` to `value(count - 1)`: [`median`] without keeping the values, where there are very many.
/// `None` without values.
///
/// A sample brackets the median, as in Floyd and Rivest (1975), *Expected time bounds for selection*; all values are
/// then counted, and only those inside of the bracket are kept. Where the bracket missed, all are. The result
/// is the same to the last bit.
pub fn median_of(count: usize, value: impl Fn(usize) -> f64) -> Option<f64> {
    let all = || (0..count).map(&value).collect::<Vec<_>>();
    if count < 4 * SAMPLED {
        return middle(&mut all(), 0, count);
    }
    let mut sample: Vec<f64> = (0..SAMPLED).map(|place| value(place * (count / SAMPLED))).collect();
    sample.sort_unstable_by(f64::total_cmp);
    let (low, high) = (sample[SAMPLED / 2 - AWAY], sample[SAMPLED / 2 + AWAY]);
    let (mut smaller, mut greater, mut inside) = (0, 0, Vec::new());
    let mut chunk = [0.0; 512];
    for start in (0..count).step_by(chunk.len()) {
        let chunk = &mut chunk[..(count - start).min(512)];
        for (place, kept) in chunk.iter_mut().enumerate() {
            *kept = value(start + place);
        }
        smaller += chunk.iter().filter(|value| **value < low).count();
        greater += chunk.iter().filter(|value| **value > high).count();
        inside.extend(chunk.iter().copied().filter(|value| low <= *value && *value <= high));
    }
    // Both middle values of an even count have to be inside; what is no number is neither inside nor outside.
    let bracketed = smaller + greater + inside.len() == count && smaller <= (count - 1) / 2;
    let found = if bracketed { middle(&mut inside, smaller, count) } else { None };
    found.or_else(|| middle(&mut all(), 0, count))
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

    #[test]
    fn medians_of_very_many_values_are_the_same_without_keeping_them() {
        let count = 5 * SAMPLED;
        let noise = |place: usize| ((place * 7919 + place * place % 104_729) % 100_003) as f64 - 5e4;
        let tied = |place: usize| (noise(place) / 1e4).round();
        // At every place that is sampled the values are great: the bracket misses, and all are looked at.
        let misleading =
            |place: usize| if place.is_multiple_of(5) { 1e6 + noise(place) } else { noise(place) };
        let rising = |place: usize| place as f64;
        let holed = |place: usize| if place == 77 { f64::NAN } else { noise(place) };
        let kinds: [&dyn Fn(usize) -> f64; 5] = [&noise, &tied, &misleading, &rising, &holed];
        for (kind, of) in kinds.into_iter().enumerate() {
            for count in [0, 1, 2, 1000, count, count + 1, count + 4] {
                let values: Vec<f64> = (0..count).map(of).collect();
                let (found, kept) = (median_of(count, of), median(&values));
                assert_eq!(found.map(f64::to_bits), kept.map(f64::to_bits), "{kind} of {count}");
            }
        }
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
