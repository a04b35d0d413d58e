//! Means, changes and co-movement over a window.

use super::Window;

/// Gives `of` each full window that ends at a row, without a missing value in it; missing elsewhere.
pub(super) fn over_windows(column: &[f64], window: Window, of: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut last_missing = None;
    (0..column.len())
        .map(|i| {
            if column[i].is_nan() {
                last_missing = Some(i);
            }
            let start = window.start_at(i);
            let whole = window.is_full_at(i) && last_missing.is_none_or(|row| row < start);
            if whole { of(&column[start..=i]) } else { f64::NAN }
        })
        .collect()
}

/// The arithmetic mean of the window: the simple moving average.
///
/// Each window is summed anew around its first value, so the result does not drift with the length of
/// history and keeps its digits on a column far from zero.
pub fn mean(column: &[f64], window: Window) -> Vec<f64> {
    over_windows(column, window, mean_of)
}

pub(super) fn mean_of(values: &[f64]) -> f64 {
    let base = values[0];
    base + values.iter().map(|value| value - base).sum::<f64>() / values.len() as f64
}

/// The change over `n` bars, as a fraction of the value `n` bars ago; missing for the first `n` rows.
pub fn change(column: &[f64], n: usize) -> Vec<f64> {
    (0..column.len())
        .map(|i| if i < n { f64::NAN } else { (column[i] - column[i - n]) / column[i - n] })
        .collect()
}

/// The sample standard deviation (n - 1) of the last `n` one-bar changes, per bar: not annualised.
pub fn volatility(column: &[f64], n: usize) -> Vec<f64> {
    over_windows(&change(column, 1), Window::Bars(n), |changes| {
        if changes.len() < 2 {
            return f64::NAN;
        }
        let mean = mean_of(changes);
        let squares: f64 = changes.iter().map(|x| (x - mean) * (x - mean)).sum();
        (squares / (changes.len() - 1) as f64).sqrt()
    })
}

/// Pearson's correlation of the last `n` one-bar changes of two paired columns of equal length.
///
/// Missing for the first `n` rows, and where one of the two did not change at all over the window.
pub fn correlation(left: &[f64], right: &[f64], n: usize) -> Vec<f64> {
    over_pairs(&change(left, 1), &change(right, 1), n, pearson)
}

/// The least-squares slope of the left column's one-bar changes on the right one's over the last `n`: how far
/// the left moves when the right moves by one. Missing for the first `n` rows, and where the right did not
/// move.
pub fn beta(left: &[f64], right: &[f64], n: usize) -> Vec<f64> {
    let (left, right) = (change(left, 1), change(right, 1));
    over_pairs(&left, &right, n, |left, right| {
        let (mean_left, mean_right) = (mean_of(left), mean_of(right));
        let (mut cross, mut square) = (0.0, 0.0);
        for (l, r) in left.iter().zip(right) {
            cross += (l - mean_left) * (r - mean_right);
            square += (r - mean_right) * (r - mean_right);
        }
        if square > 0.0 { cross / square } else { f64::NAN }
    })
}

/// The change of the left column over `n` bars less that of the right one: how much the left fell behind
/// (below 0) or ran ahead.
pub fn spread(left: &[f64], right: &[f64], n: usize) -> Vec<f64> {
    change(left, n).iter().zip(change(right, n)).map(|(l, r)| l - r).collect()
}

/// Gives `of` the last `n` rows of two columns of changes, which have no value in their first row.
fn over_pairs(left: &[f64], right: &[f64], n: usize, of: impl Fn(&[f64], &[f64]) -> f64) -> Vec<f64> {
    (0..left.len())
        .map(|i| {
            let start = (i + 1).saturating_sub(n);
            if n < 2 || i < n { f64::NAN } else { of(&left[start..=i], &right[start..=i]) }
        })
        .collect()
}

fn pearson(left: &[f64], right: &[f64]) -> f64 {
    let (mean_left, mean_right) = (mean_of(left), mean_of(right));
    let (mut cross, mut square_left, mut square_right) = (0.0, 0.0, 0.0);
    for (l, r) in left.iter().zip(right) {
        let (l, r) = (l - mean_left, r - mean_right);
        cross += l * r;
        square_left += l * l;
        square_right += r * r;
    }
    let scale = (square_left * square_right).sqrt();
    // Rounding can carry a perfect correlation a last bit past one.
    if scale > 0.0 { (cross / scale).clamp(-1.0, 1.0) } else { f64::NAN }
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
        let changes = change(&column, 1);
        assert!(changes[0].is_nan() && close(changes[1], 0.1) && close(changes[2], -0.1));
        assert!(close(change(&column, 2)[2], -0.01));
        // changes 0.1, -0.1, 0: mean 0, sum of squares 0.02, over n - 1 = 2
        assert!(close(volatility(&column, 3)[3], 0.1));
        assert!(volatility(&column, 3)[2].is_nan());
    }

    #[test]
    fn beta_and_spread() {
        // the left moves twice as far as the right: +10%, -10%, +10% against +5%, -5%, +5%
        let left = [100.0, 110.0, 99.0, 108.9];
        let right = [100.0, 105.0, 99.75, 104.7375];
        assert!(close(beta(&left, &right, 3)[3], 2.0));
        assert!(beta(&left, &[7.0; 4], 3)[3].is_nan());
        assert!(close(spread(&left, &right, 3)[3], 0.089 - 0.047_375));
    }

    #[test]
    fn correlation_of_changes() {
        let left = [100.0, 110.0, 99.0, 108.9];
        let right = [50.0, 60.0, 48.0, 57.6];
        let rows = correlation(&left, &right, 3);
        assert!(rows[2].is_nan());
        // both move by +x, -x, +x: perfectly together
        assert!(close(rows[3], 1.0));
        assert!(correlation(&left, &[5.0; 4], 3)[3].is_nan(), "no dispersion");
        assert!(correlation(&left, &left, 1).iter().all(|x| x.is_nan()));
    }
}
