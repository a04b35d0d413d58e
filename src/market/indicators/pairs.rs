//! What two markets do together, on paired columns of equal length.

use super::moments::{change, is_rounding, lag};
use super::sliding::{Part, Rows};
use super::{Window, defined};

/// Pearson's correlation of the one-bar changes of the window.
///
/// Missing until the window is full of changes, and where one of the two did not move over it.
pub fn correlation(left: &[f64], right: &[f64], window: Window<'_>) -> Vec<f64> {
    together(&changes(left), &changes(right), window, Together::pearson)
}

/// The correlation of the left column's one-bar changes with those of the right one `shift` later, over the window of
/// the right one: high where the left one leads. Missing until the window is full of changes that have such a partner.
pub fn lead_correlation(left: &[f64], right: &[f64], window: Window<'_>, shift: Window<'_>) -> Vec<f64> {
    together(&lag(&changes(left), shift), &changes(right), window, Together::pearson)
}

/// The least-squares slope of the left column's one-bar changes on the right one's over the window: how far
/// the left moves when the right moves by one. Missing until the window is full of changes, and where the right did
/// not move.
pub fn beta(left: &[f64], right: &[f64], window: Window<'_>) -> Vec<f64> {
    together(&changes(left), &changes(right), window, Together::slope)
}

/// The change of the left column over the window less that of the right one: how much the left fell behind
/// (below 0) or ran ahead.
pub fn spread(left: &[f64], right: &[f64], window: Window<'_>) -> Vec<f64> {
    let of = |column: &[f64]| change(column, window);
    of(left).iter().zip(of(right)).map(|(l, r)| l - r).collect()
}

/// The left column as a multiple of the right one; missing where that is not above 0.
pub fn ratio(left: &[f64], right: &[f64]) -> Vec<f64> {
    left.iter().zip(right).map(|(l, r)| if *r > 0.0 { defined(l / r) } else { f64::NAN }).collect()
}

fn changes(column: &[f64]) -> Vec<f64> {
    change(column, Window::Bars(1))
}

/// Gives `tell` what is known of each whole window of two columns of changes.
fn together(
    left: &[f64],
    right: &[f64],
    window: Window<'_>,
    tell: fn(Together, [f64; 2]) -> f64,
) -> Vec<f64> {
    let rows = Rows {
        count: left.len(),
        is_missing: |row: usize| left[row].is_nan() || right[row].is_nan(),
        of: |row: usize, origin: usize| Together::of([left[row] - left[origin], right[row] - right[origin]]),
    };
    rows.slide(window, |_, origin, both| tell(both, [left[origin], right[origin]]))
}

/// How many rows of two columns, their means, the sums of squares around them and the sum of products; joined by Pébay
/// (2008), "Formulas for robust, one-pass parallel computation of covariances".
#[derive(Debug, Clone, Copy)]
struct Together {
    n: f64,
    means: [f64; 2],
    squares: [f64; 2],
    products: f64,
}

impl Together {
    fn of(means: [f64; 2]) -> Self {
        Self { n: 1.0, means, squares: [0.0; 2], products: 0.0 }
    }

    /// Whether the changes of column `k`, measured from `origin`, are all the same, but for the rounding of the ratio
    /// that each is one less than.
    fn is_still(&self, k: usize, origin: [f64; 2]) -> bool {
        is_rounding(self.squares[k], self.n, 1.0 + (origin[k] + self.means[k]).abs())
    }

    fn pearson(self, origin: [f64; 2]) -> f64 {
        if self.is_still(0, origin) || self.is_still(1, origin) {
            return f64::NAN;
        }
        // Two roots, because the product of two small squares may be too small for a float; rounding can carry a
        // perfect correlation a last bit past one.
        let [left, right] = self.squares;
        (self.products / (left.sqrt() * right.sqrt())).clamp(-1.0, 1.0)
    }

    /// The slope of the left column on the right one.
    fn slope(self, origin: [f64; 2]) -> f64 {
        if self.is_still(1, origin) { f64::NAN } else { self.products / self.squares[1] }
    }
}

impl Part for Together {
    fn join(self, later: Self) -> Self {
        let n = self.n + later.n;
        let share = later.n / n;
        let weight = self.n * share;
        let apart = [later.means[0] - self.means[0], later.means[1] - self.means[1]];
        let square = |k: usize| self.squares[k] + later.squares[k] + apart[k] * apart[k] * weight;
        Self {
            n,
            means: [self.means[0] + apart[0] * share, self.means[1] + apart[1] * share],
            squares: [square(0), square(1)],
            products: self.products + later.products + apart[0] * apart[1] * weight,
        }
    }
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
        assert!(close(beta(&left, &right, Window::Bars(3))[3], 2.0));
        assert!(beta(&left, &[7.0; 4], Window::Bars(3))[3].is_nan());
        assert!(close(spread(&left, &right, Window::Bars(3))[3], 0.089 - 0.047_375));
        assert!(close(ratio(&left, &right)[2], 99.0 / 99.75) && ratio(&[1.0], &[0.0])[0].is_nan());
    }

    #[test]
    fn correlation_of_changes() {
        let left = [100.0, 110.0, 99.0, 108.9];
        let right = [50.0, 60.0, 48.0, 57.6];
        let rows = correlation(&left, &right, Window::Bars(3));
        assert!(rows[2].is_nan());
        // both move by +x, -x, +x: perfectly together
        assert!(close(rows[3], 1.0));
        assert!(correlation(&left, &[5.0; 4], Window::Bars(3))[3].is_nan(), "no dispersion");
        assert!(correlation(&left, &left, Window::Bars(1)).iter().all(|x| x.is_nan()));
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
        let rows = lead_correlation(&leader, &laggard, Window::Bars(10), Window::Bars(3));
        assert!(rows[..13].iter().all(|r| r.is_nan()) && close(rows[13], 1.0) && close(rows[39], 1.0));
        assert!(lead_correlation(&leader, &laggard, Window::Bars(10), Window::Bars(0))[39] < 0.9);
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
        assert!(correlation(&steady, &moving, Window::Bars(20)).iter().all(|r| r.is_nan()));
        assert!(beta(&moving, &steady, Window::Bars(20)).iter().all(|r| r.is_nan()));
        assert!(beta(&steady, &moving, Window::Bars(20))[30].abs() < 1e-9);
    }

    #[test]
    fn small_moves_on_a_great_level_still_correlate() {
        // A thousandth on a thousand million: changes of 1e-12, whose own rounding is 2e-16.
        let path = |phase: i32| -> Vec<f64> {
            (0..80).map(|i| 1e9 + 1e-3 * f64::from((i * 7919 + phase) % 1000)).collect()
        };
        let (left, right) = (path(0), path(0));
        assert!((correlation(&left, &right, Window::Bars(40))[79] - 1.0).abs() < 1e-9);
        assert!((beta(&left, &right, Window::Bars(40))[79] - 1.0).abs() < 1e-9);
    }

    #[test]
    fn missing_in_missing_out() {
        let mut left: Vec<f64> = (0..30).map(|i| 100.0 + f64::from(i * 7 % 11)).collect();
        let right = left.clone();
        left[10] = f64::NAN;
        let rows = correlation(&left, &right, Window::Bars(5));
        assert!(rows[9..=15].iter().skip(1).all(|r| r.is_nan()), "while the changes at 10 and 11 are inside");
        assert!(!rows[9].is_nan() && !rows[16].is_nan());
    }
}
