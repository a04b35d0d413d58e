//! Where a column is going, and how unusual it is where it stands.

use super::moments::mean;
use super::sliding::{Part, Rows};
use super::{Window, defined, extremes, highest, lowest};

/// The exponential moving average with weight `2 / (n + 1)`, begun at the first value; missing until `n`
/// values have gone in. After a missing value it begins anew.
pub fn ema(column: &[f64], n: usize) -> Vec<f64> {
    let weight = 2.0 / (n as f64 + 1.0);
    let mut state: Option<(f64, usize)> = None;
    column
        .iter()
        .map(|&value| {
            if value.is_nan() {
                state = None;
                return f64::NAN;
            }
            let (average, seen) = match state {
                None => (value, 1),
                Some((before, seen)) => (before + weight * (value - before), seen + 1),
            };
            state = Some((average, seen));
            if seen >= n { average } else { f64::NAN }
        })
        .collect()
}

/// How many rows, their mean, and the sum of row number times value, each less its mean; joined by Pébay (2008),
/// "Formulas for robust, one-pass parallel computation of covariances", where the numbers of two neighbours' rows are
/// half of all rows apart on average.
#[derive(Debug, Clone, Copy)]
struct Line {
    n: f64,
    mean: f64,
    products: f64,
}

impl Part for Line {
    fn join(self, later: Self) -> Self {
        let n = self.n + later.n;
        let apart = later.mean - self.mean;
        Self {
            n,
            mean: self.mean + apart * (later.n / n),
            products: self.products + later.products + apart * (0.5 * self.n * later.n),
        }
    }
}

/// The slope per bar of the least-squares line through the window; needs 2 bars.
pub fn slope(column: &[f64], window: Window<'_>) -> Vec<f64> {
    let rows = Rows {
        count: column.len(),
        is_missing: |row: usize| column[row].is_nan(),
        of: |row: usize, origin: usize| Line { n: 1.0, mean: column[row] - column[origin], products: 0.0 },
    };
    rows.slide(window, |_, _, line| {
        // The squares of 1, 2, … n around their mean. One bar has no direction: 0 / 0 is missing.
        let squares = line.n * (line.n * line.n - 1.0) / 12.0;
        line.products / squares
    })
}

/// The distance from the lowest to the highest value of the window, as a fraction of its mean: small where a
/// market coils.
pub fn bandwidth(column: &[f64], window: Window<'_>) -> Vec<f64> {
    let (high, low) = (highest(column, window), lowest(column, window));
    let mut widths = mean(column, window);
    for ((mean, high), low) in widths.iter_mut().zip(high).zip(low) {
        // A share of nothing, or of less, is missing; what rounding leaves of values around zero is nothing.
        let width = high - low;
        *mean = if *mean > 16.0 * f64::EPSILON * width { defined(width / *mean) } else { f64::NAN };
    }
    widths
}

/// Wilder's smoothing: the mean of the first `n` values, then `before + (value - before) / n`.
/// A missing value ends it; it begins anew behind.
fn wilder(column: &[f64], n: usize) -> Vec<f64> {
    let mut first: Vec<f64> = Vec::with_capacity(n);
    let mut state: Option<f64> = None;
    column
        .iter()
        .map(|&value| {
            if value.is_nan() {
                first.clear();
                state = None;
                return f64::NAN;
            }
            if let Some(before) = state {
                state = Some(before + (value - before) / n as f64);
            } else {
                first.push(value);
                if first.len() >= n {
                    state = Some(first.iter().sum::<f64>() / n as f64);
                }
            }
            state.unwrap_or(f64::NAN)
        })
        .collect()
}

/// Wilder's relative strength index over `n` changes, from 0 to 100: 100 minus 100 / (1 + average rise /
/// average fall). Missing for the first `n` rows, and where nothing moved at all.
///
/// Source: J. Welles Wilder, New Concepts in Technical Trading Systems, 1978.
pub fn rsi(column: &[f64], n: usize) -> Vec<f64> {
    let moves: Vec<f64> =
        (0..column.len()).map(|i| if i == 0 { f64::NAN } else { column[i] - column[i - 1] }).collect();
    let side = |sign: f64| -> Vec<f64> {
        moves.iter().map(|m| if m.is_nan() { f64::NAN } else { (m * sign).max(0.0) }).collect()
    };
    let (rises, falls) = (wilder(&side(1.0), n), wilder(&side(-1.0), n));
    rises.iter().zip(&falls).map(|(rise, fall)| defined(100.0 * rise / (rise + fall))).collect()
}

/// Wilder's average true range over `n` bars: the smoothed largest of high - low, |high - close before| and
/// |low - close before|. Missing for the first `n` rows.
pub fn atr(high: &[f64], low: &[f64], close: &[f64], n: usize) -> Vec<f64> {
    let ranges: Vec<f64> = (0..close.len())
        .map(|i| match i {
            0 => f64::NAN,
            _ => (high[i] - low[i]).max((high[i] - close[i - 1]).abs()).max((low[i] - close[i - 1]).abs()),
        })
        .collect();
    wilder(&ranges, n)
}

/// Bars since the window's highest value was last set: 0 at the high itself, ties count as new.
pub fn bars_since_high(column: &[f64], window: Window<'_>) -> Vec<f64> {
    bars_since(&extremes::highest_rows(column, window))
}

/// Bars since the window's lowest value was last set.
pub fn bars_since_low(column: &[f64], window: Window<'_>) -> Vec<f64> {
    bars_since(&extremes::lowest_rows(column, window))
}

fn bars_since(rows: &[Option<usize>]) -> Vec<f64> {
    rows.iter().enumerate().map(|(i, row)| row.map_or(f64::NAN, |row| (i - row) as f64)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{lag, percentile_rank, stdev, zscore};
    use super::*;

    const COLUMN: [f64; 8] = [10.0, 12.0, 11.0, 14.0, 13.0, 13.0, 9.0, 15.0];

    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (i, (a, b)) in found.iter().zip(expected).enumerate() {
            assert!((a.is_nan() && b.is_nan()) || (a - b).abs() < 1e-12, "row {i}: {a} is not {b}");
        }
    }

    const NAN: f64 = f64::NAN;

    #[test]
    fn averages() {
        near(&lag(&COLUMN[..4], Window::Bars(2)), &[NAN, NAN, 10.0, 12.0]);
        // weight 1/2: 10, 11, 11, 12.5, 12.75
        near(&ema(&COLUMN[..5], 3), &[NAN, NAN, 11.0, 12.5, 12.75]);
        near(&ema(&[1.0, NAN, 2.0, 4.0], 2), &[NAN, NAN, NAN, 2.0 + 2.0 / 3.0 * 2.0]);
    }

    #[test]
    fn slope_and_spread_of_a_window() {
        let line: Vec<f64> = (0..6).map(|i| 1e9 + 0.5 * f64::from(i)).collect();
        assert!(slope(&line, Window::Bars(4))[3..].iter().all(|s| (s - 0.5).abs() < 1e-9));
        assert!(slope(&line, Window::Bars(1)).iter().all(|s| s.is_nan()));
        // 10, 12, 11: mean 11, squares 1 + 1 + 0 over 2 = 1
        near(&stdev(&COLUMN[..3], Window::Bars(3)), &[NAN, NAN, 1.0]);
        near(&zscore(&COLUMN[..3], Window::Bars(3)), &[NAN, NAN, 0.0]);
        near(&zscore(&[5.0, 5.0], Window::Bars(2)), &[NAN, NAN]);
        near(&bandwidth(&COLUMN[..3], Window::Bars(3)), &[NAN, NAN, 2.0 / 11.0]);
        near(&bandwidth(&[0.1, 0.2, -0.3], Window::Bars(3)), &[NAN; 3]);
    }

    #[test]
    fn ranks() {
        // 13 among 14, 13, 13: ranks 1.5 of 3; 9 among 13, 13, 9: 1 of 3
        near(&percentile_rank(&COLUMN, Window::Bars(3))[5..7], &[0.5, 1.0 / 3.0]);
        near(&bars_since_high(&COLUMN, Window::All), &[0.0, 0.0, 1.0, 0.0, 1.0, 2.0, 3.0, 0.0]);
        near(&bars_since_low(&COLUMN, Window::Bars(3))[4..], &[2.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn wilders_measures() {
        // moves 2, -1, 3, -1: average rise (2+0)/2 = 1, fall (0+1)/2 = 0.5 -> 100*1/1.5
        // then rise (1+3)/2 = 2, fall 0.25; then rise 1, fall 0.625
        near(&rsi(&COLUMN[..5], 2), &[NAN, NAN, 100.0 / 1.5, 200.0 / 2.25, 100.0 / 1.625]);
        let high = [11.0, 13.0, 12.0];
        let low = [9.0, 11.0, 7.0];
        let close = [10.0, 12.0, 8.0];
        // true ranges: max(2, 3, 1) = 3; max(5, 0, 5) = 5; mean 4
        near(&atr(&high, &low, &close, 2), &[NAN, NAN, 4.0]);
    }
}
