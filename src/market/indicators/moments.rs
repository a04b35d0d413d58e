//! Means, changes and dispersion over a window.

use super::{Window, defined};

/// Gives `of` each full window that ends at a row, without a missing value in it; missing elsewhere.
pub(super) fn over_windows(column: &[f64], window: Window<'_>, of: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut last_missing = None;
    (0..column.len())
        .map(|i| {
            if column[i].is_nan() {
                last_missing = Some(i);
            }
            let start = window.start_at(i);
            let whole = window.is_full_at(i) && last_missing.is_none_or(|row| row < start);
            if whole { defined(of(&column[start..=i])) } else { f64::NAN }
        })
        .collect()
}

/// The arithmetic mean of the window: the simple moving average.
///
/// Each window is summed anew around its first value, so the result does not drift with the length of
/// history and keeps its digits on a column far from zero.
pub fn mean(column: &[f64], window: Window<'_>) -> Vec<f64> {
    over_windows(column, window, mean_of)
}

/// The mean of at least one value, taken around the first of them and corrected for its own rounding.
pub(super) fn mean_of(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let around = |base: f64| base + values.iter().map(|value| value - base).sum::<f64>() / n;
    around(around(values[0]))
}

/// Each value less the mean, to the last digit: a mean of 1e9 is itself rounded to 1e-7, so what rounding left over is
/// taken off as well.
pub(super) fn centred(values: &[f64]) -> impl Iterator<Item = f64> + '_ {
    let mean = mean_of(values);
    let rest = values.iter().map(|value| value - mean).sum::<f64>() / values.len() as f64;
    values.iter().map(move |value| (value - mean) - rest)
}

/// The value the window's length ago; missing where there is none.
pub fn lag(column: &[f64], window: Window<'_>) -> Vec<f64> {
    (0..column.len()).map(|i| window.before(i).map_or(f64::NAN, |row| column[row])).collect()
}

/// The value less the one the window's length ago.
pub fn difference(column: &[f64], window: Window<'_>) -> Vec<f64> {
    column.iter().zip(lag(column, window)).map(|(now, then)| now - then).collect()
}

/// The change over the window, as a fraction of the value at its beginning; missing for the first rows, and where
/// that value is not above 0: there is no share of nothing, and none of a debt.
pub fn change(column: &[f64], window: Window<'_>) -> Vec<f64> {
    let share = |(now, then): (&f64, f64)| if then > 0.0 { defined((now - then) / then) } else { f64::NAN };
    column.iter().zip(lag(column, window)).map(share).collect()
}

/// The sample standard deviation (n - 1) of the one-bar changes of the window, per bar: not annualised.
pub fn volatility(column: &[f64], window: Window<'_>) -> Vec<f64> {
    over_windows(&change(column, Window::Bars(1)), window, |changes| spread_of(changes, 1.0))
}

/// The sample standard deviation (n - 1) of the window; needs 2 bars.
pub fn stdev(column: &[f64], window: Window<'_>) -> Vec<f64> {
    over_windows(column, window, |values| spread_of(values, 0.0))
}

/// How many standard deviations (n - 1) the value lies above the mean of the window, itself included;
/// missing where the window does not vary.
pub fn zscore(column: &[f64], window: Window<'_>) -> Vec<f64> {
    over_windows(column, window, |values| {
        let last = centred(values).last().unwrap_or(f64::NAN);
        let deviation = spread_of(values, 0.0);
        if deviation > 0.0 { last / deviation } else { f64::NAN }
    })
}

/// The sample standard deviation of the values; exactly 0 where they differ by rounding alone. `unit` is the size of
/// what they were computed from where that is not their own: 1 for changes, which carry the rounding of a ratio.
fn spread_of(values: &[f64], unit: f64) -> f64 {
    if values.len() < 2 {
        return f64::NAN;
    }
    let squares: f64 = centred(values).map(|x| x * x).sum();
    if is_rounding(squares, values.len(), mean_of(values).abs() + unit) {
        return 0.0;
    }
    (squares / (values.len() - 1) as f64).sqrt()
}

/// Whether squared deviations of `n` values of about `size` are no more than the rounding of their last bits: such a
/// column does not move, and what is divided by its movement is noise.
pub(super) fn is_rounding(squares: f64, n: usize, size: f64) -> bool {
    let bit = 4.0 * f64::EPSILON * size;
    squares <= n as f64 * bit * bit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn a_mean_keeps_its_digits_far_from_zero() {
        let column: Vec<f64> = (0..100).map(|i| 1e9 + f64::from(i % 4) * 0.25).collect();
        let means = mean(&column, Window::Bars(4));
        assert!(means[2].is_nan());
        assert!(means[3..].iter().all(|&m| close(m - 1e9, 0.375)));
    }

    #[test]
    fn changes_and_volatility() {
        let column = [100.0, 110.0, 99.0, 99.0];
        let changes = change(&column, Window::Bars(1));
        assert!(changes[0].is_nan() && close(changes[1], 0.1) && close(changes[2], -0.1));
        assert!(close(change(&column, Window::Bars(2))[2], -0.01));
        assert!(close(difference(&column, Window::Bars(2))[2], -1.0));
        // changes 0.1, -0.1, 0: mean 0, sum of squares 0.02, over n - 1 = 2
        assert!(close(volatility(&column, Window::Bars(3))[3], 0.1));
        assert!(volatility(&column, Window::Bars(3))[2].is_nan());
    }

    #[test]
    fn no_change_is_a_share_of_nothing() {
        let column = [0.0, 1.0, -1.0, 2.0, 4.0];
        let changes = change(&column, Window::Bars(1));
        assert!(
            changes[1].is_nan() && close(changes[2], -2.0) && changes[3].is_nan() && close(changes[4], 1.0)
        );
        assert!(close(difference(&column, Window::Bars(1))[3], 3.0));
    }

    /// A thousandth on a thousand million: fifteen digits are enough where nothing is squared before it is centred.
    #[test]
    fn dispersion_far_from_zero() {
        let noise: Vec<f64> = (0..200).map(|i| f64::from(i * 7919 % 1000) * 1e-3).collect();
        let far: Vec<f64> = noise.iter().map(|x| 1e9 + x).collect();
        let near: Vec<f64> = far.iter().map(|x| x - 1e9).collect();
        let window = Window::Bars(50);
        for (of, tolerance) in [(stdev as fn(&[f64], Window<'_>) -> Vec<f64>, 1e-9), (zscore, 1e-6)] {
            for (a, b) in of(&far, window)[49..].iter().zip(&of(&near, window)[49..]) {
                assert!((a - b).abs() < tolerance, "{a} is not {b}");
            }
        }
    }

    #[test]
    fn what_does_not_move_has_no_spread_whatever_the_rounding() {
        for level in [0.1, 1e9 / 3.0, 7.0] {
            assert!(stdev(&[level; 9], Window::Bars(5))[4..].iter().all(|s| s.total_cmp(&0.0).is_eq()));
            assert!(zscore(&[level; 9], Window::Bars(5)).iter().all(|z| z.is_nan()));
        }
        // The same rise on every bar, but for the last bit.
        let steady: Vec<f64> = (0..60)
            .scan(100.0, |price, _| {
                *price *= 1.01;
                Some(*price)
            })
            .collect();
        assert!(volatility(&steady, Window::Bars(20))[20..].iter().all(|s| s.total_cmp(&0.0).is_eq()));
    }
}
