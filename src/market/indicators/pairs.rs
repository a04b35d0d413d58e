//! What two markets do together, on paired columns of equal length.

use super::moments::{centred, change, is_rounding, mean_of};
use super::{Window, defined};

/// Pearson's correlation of the last `n` one-bar changes.
///
/// Missing for the first `n` rows, and where one of the two did not move over the window.
pub fn correlation(left: &[f64], right: &[f64], n: usize) -> Vec<f64> {
    let (left, right) = (change(left, Window::Bars(1)), change(right, Window::Bars(1)));
    over_pairs(&left, &right, n, pearson)
}

/// The correlation of the left column's one-bar changes with those of the right one `shift` bars later, over the
/// last `n` of the right one: high where the left one leads. Missing for the first `n + shift` rows.
pub fn lead_correlation(left: &[f64], right: &[f64], n: usize, shift: usize) -> Vec<f64> {
    let (left, right) = (change(left, Window::Bars(1)), change(right, Window::Bars(1)));
    let earlier: Vec<f64> =
        (0..left.len()).map(|i| i.checked_sub(shift).map_or(f64::NAN, |row| left[row])).collect();
    over_pairs(&earlier, &right, n, pearson)
}

/// The least-squares slope of the left column's one-bar changes on the right one's over the last `n`: how far
/// the left moves when the right moves by one. Missing for the first `n` rows, and where the right did not
/// move.
pub fn beta(left: &[f64], right: &[f64], n: usize) -> Vec<f64> {
    let (left, right) = (change(left, Window::Bars(1)), change(right, Window::Bars(1)));
    over_pairs(&left, &right, n, |left, right| {
        let (cross, _, square) = products(left, right);
        if is_still(square, right) { f64::NAN } else { cross / square }
    })
}

/// The change of the left column over `n` bars less that of the right one: how much the left fell behind
/// (below 0) or ran ahead.
pub fn spread(left: &[f64], right: &[f64], n: usize) -> Vec<f64> {
    let of = |column: &[f64]| change(column, Window::Bars(n));
    of(left).iter().zip(of(right)).map(|(l, r)| l - r).collect()
}

/// The left column as a multiple of the right one; missing where that is not above 0.
pub fn ratio(left: &[f64], right: &[f64]) -> Vec<f64> {
    left.iter().zip(right).map(|(l, r)| if *r > 0.0 { defined(l / r) } else { f64::NAN }).collect()
}

/// Gives `of` the last `n` rows of two columns of changes; missing where one of them is missing.
fn over_pairs(left: &[f64], right: &[f64], n: usize, of: impl Fn(&[f64], &[f64]) -> f64) -> Vec<f64> {
    let mut last_missing = None;
    (0..left.len())
        .map(|i| {
            if left[i].is_nan() || right[i].is_nan() {
                last_missing = Some(i);
            }
            let start = (i + 1).saturating_sub(n);
            let whole = n >= 2 && i + 1 >= n && last_missing.is_none_or(|row| row < start);
            if whole { defined(of(&left[start..=i], &right[start..=i])) } else { f64::NAN }
        })
        .collect()
}

/// The sums of `l r`, `l l` and `r r`, each around its mean.
fn products(left: &[f64], right: &[f64]) -> (f64, f64, f64) {
    let (mut cross, mut square_left, mut square_right) = (0.0, 0.0, 0.0);
    for (l, r) in centred(left).zip(centred(right)) {
        cross += l * r;
        square_left += l * l;
        square_right += r * r;
    }
    (cross, square_left, square_right)
}

/// Whether changes with these squares around their mean are all the same, but for the rounding of a ratio near one.
fn is_still(squares: f64, changes: &[f64]) -> bool {
    is_rounding(squares, changes.len(), 1.0 + mean_of(changes).abs())
}

fn pearson(left: &[f64], right: &[f64]) -> f64 {
    let (cross, square_left, square_right) = products(left, right);
    if is_still(square_left, left) || is_still(square_right, right) {
        return f64::NAN;
    }
    // Two roots, because the product of two small squares may be too small for a float; rounding can carry a
    // perfect correlation a last bit past one.
    (cross / (square_left.sqrt() * square_right.sqrt())).clamp(-1.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn beta_and_spread() {
        // the left moves twice as far as the right: +10%, -10%, +10% against +5%, -5%, +5%
        let left = [100.0, 110.0, 99.0, 108.9];
        let right = [100.0, 105.0, 99.75, 104.7375];
        assert!(close(beta(&left, &right, 3)[3], 2.0));
        assert!(beta(&left, &[7.0; 4], 3)[3].is_nan());
        assert!(close(spread(&left, &right, 3)[3], 0.089 - 0.047_375));
        assert!(close(ratio(&left, &right)[2], 99.0 / 99.75) && ratio(&[1.0], &[0.0])[0].is_nan());
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

    #[test]
    fn a_leader_moves_first() {
        let moves: Vec<f64> = (0..40).map(|i| 0.01 * f64::from(i * 7 % 11 - 5)).collect();
        let path = |moves: &[f64]| -> Vec<f64> {
            moves
                .iter()
                .scan(100.0, |price, m| {
                    *price *= 1.0 + m;
                    Some(*price)
                })
                .collect()
        };
        let leader = path(&moves);
        let laggard = path(&[&[0.0, 0.0, 0.0][..], &moves[..37]].concat());
        let rows = lead_correlation(&leader, &laggard, 10, 3);
        assert!(rows[..13].iter().all(|r| r.is_nan()) && close(rows[13], 1.0) && close(rows[39], 1.0));
        assert!(lead_correlation(&leader, &laggard, 10, 0)[39] < 0.9);
    }

    #[test]
    fn a_steady_rise_correlates_with_nothing() {
        let steady: Vec<f64> = (0..60)
            .scan(100.0, |price, _| {
                *price *= 1.01;
                Some(*price)
            })
            .collect();
        let moving: Vec<f64> = (0..60).map(|i| 100.0 + f64::from(i * 7 % 11)).collect();
        assert!(correlation(&steady, &moving, 20).iter().all(|r| r.is_nan()));
        assert!(beta(&moving, &steady, 20).iter().all(|r| r.is_nan()));
        assert!(beta(&steady, &moving, 20)[30].abs() < 1e-9);
    }

    #[test]
    fn small_moves_on_a_great_level_still_correlate() {
        // A thousandth on a thousand million: changes of 1e-12, whose own rounding is 2e-16.
        let path = |phase: i32| -> Vec<f64> {
            (0..80).map(|i| 1e9 + 1e-3 * f64::from((i * 7919 + phase) % 1000)).collect()
        };
        let (left, right) = (path(0), path(0));
        assert!((correlation(&left, &right, 40)[79] - 1.0).abs() < 1e-9);
        assert!((beta(&left, &right, 40)[79] - 1.0).abs() < 1e-9);
    }

    #[test]
    fn missing_in_missing_out() {
        let mut left: Vec<f64> = (0..30).map(|i| 100.0 + f64::from(i * 7 % 11)).collect();
        let right = left.clone();
        left[10] = f64::NAN;
        let rows = correlation(&left, &right, 5);
        assert!(rows[9..=15].iter().skip(1).all(|r| r.is_nan()), "while the changes at 10 and 11 are inside");
        assert!(!rows[9].is_nan() && !rows[16].is_nan());
    }
}
