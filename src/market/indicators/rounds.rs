//! Round levels: the multiples of a step, where orders are said to gather.

use super::defined;

/// The lowest multiple of `step` above each value. Missing where the step is not above 0.
pub fn round_above(column: &[f64], step: &[f64]) -> Vec<f64> {
    levels(column, step, |value, step| {
        let below = (value / step).floor();
        (below + 1.0) * step
    })
}

/// The highest multiple of `step` at or below each value. Missing where the step is not above 0.
pub fn round_below(column: &[f64], step: &[f64]) -> Vec<f64> {
    levels(column, step, |value, step| (value / step).floor() * step)
}

/// How far each value is from the nearest multiple of `step`, as a fraction of the value. Missing where step or value
/// is not above 0.
pub fn distance_to_round(column: &[f64], step: &[f64]) -> Vec<f64> {
    levels(column, step, |value, step| {
        let nearest = (value / step).round() * step;
        if value > 0.0 { (value - nearest).abs() / value } else { f64::NAN }
    })
}

fn levels(column: &[f64], step: &[f64], of: fn(f64, f64) -> f64) -> Vec<f64> {
    let level = |(value, step): (&f64, &f64)| if *step > 0.0 { defined(of(*value, *step)) } else { f64::NAN };
    column.iter().zip(step).map(level).collect()
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // multiples of whole steps are exact
mod tests {
    use super::*;

    #[test]
    fn levels_lie_on_both_sides_and_a_level_itself_is_below() {
        let (column, step) = ([9_500.0, 10_000.0, 10_400.0, 25.0], [1000.0, 1000.0, 1000.0, 0.5]);
        assert_eq!(round_above(&column, &step), [10_000.0, 11_000.0, 11_000.0, 25.5]);
        assert_eq!(round_below(&column, &step), [9_000.0, 10_000.0, 10_000.0, 25.0]);
        let distance = distance_to_round(&column, &step);
        assert_eq!(distance[..2], [500.0 / 9_500.0, 0.0]);
        assert_eq!(distance[2], 400.0 / 10_400.0);
    }

    #[test]
    fn without_a_step_there_is_no_level() {
        for step in [0.0, -1.0, f64::NAN] {
            assert!(round_below(&[5.0], &[step])[0].is_nan());
        }
        assert!(distance_to_round(&[-5.0, f64::NAN], &[1.0, 1.0]).iter().all(|x| x.is_nan()));
    }
}
