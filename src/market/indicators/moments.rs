//! Means, changes and dispersion over a window.

use super::sliding::{Part, Rows};
use super::{Window, defined};

/// How many rows, their mean, and the sum of the squares around it; means and squares join by Chan et al. (1979),
/// "Updating formulae and a pairwise algorithm for computing sample variances".
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    n: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn of(value: f64) -> Self {
        Self { n: 1.0, mean: value, squares: 0.0 }
    }

    /// The sample standard deviation; exactly 0 where the values differ by rounding alone. `size` is about what they
    /// are, or what they were computed from.
    fn deviation(self, size: f64) -> f64 {
        match self.n {
            n if n < 2.0 => f64::NAN,
            n if is_rounding(self.squares, n, size) => 0.0,
            n => (self.squares / (n - 1.0)).sqrt(),
        }
    }
}

impl Part for Moments {
    fn join(self, later: Self) -> Self {
        let n = self.n + later.n;
        let share = later.n / n;
        let apart = later.mean - self.mean;
        Self {
            n,
            mean: self.mean + apart * share,
            squares: self.squares + later.squares + apart * apart * (self.n * share),
        }
    }
}

/// Whether squares of `n` values of about `size` around their mean are no more than the rounding of their last bits:
/// such a column does not move, and what is divided by its movement is noise.
pub(super) fn is_rounding(squares: f64, n: f64, size: f64) -> bool {
    let bit = 4.0 * f64::EPSILON * size;
    squares <= n * bit * bit
}

/// Gives `tell` the last value of each whole window and the value `v` that it is measured from, both as they are, and
/// the moments of the values less `v`.
fn moments(column: &[f64], window: Window<'_>, tell: impl Fn(f64, f64, Moments) -> f64) -> Vec<f64> {
    let rows = Rows {
        count: column.len(),
        is_missing: |row: usize| column[row].is_nan(),
        of: |row: usize, origin: usize| Moments::of(column[row] - column[origin]),
    };
    rows.slide(window, |row, origin, moments| tell(column[row], column[origin], moments))
}

/// The arithmetic mean of the window: the simple moving average.
///
/// It is taken around a value of the window, so it does not drift with the length of history and keeps its digits on a
/// column far from zero.
pub fn mean(column: &[f64], window: Window<'_>) -> Vec<f64> {
    moments(column, window, |_, origin, moments| origin + moments.mean)
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
    // A change carries the rounding of the ratio that it is one less than.
    let deviation = |_, origin: f64, moments: Moments| moments.deviation(1.0 + (origin + moments.mean).abs());
    moments(&change(column, Window::Bars(1)), window, deviation)
}

/// The sample standard deviation (n - 1) of the window; needs 2 bars.
pub fn stdev(column: &[f64], window: Window<'_>) -> Vec<f64> {
    moments(column, window, |_, origin, moments| moments.deviation((origin + moments.mean).abs()))
}

/// How many standard deviations (n - 1) the value lies above the mean of the window, itself included;
/// missing where the window does not vary.
pub fn zscore(column: &[f64], window: Window<'_>) -> Vec<f64> {
    moments(column, window, |value, origin, moments| {
        let deviation = moments.deviation((origin + moments.mean).abs());
        if deviation > 0.0 { ((value - origin) - moments.mean) / deviation } else { f64::NAN }
    })
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
