//! Highs and lows: the highest of a window, records, and the distance from them.

use std::collections::VecDeque;

use super::sliding::Whole;
use super::{Truth, Window, defined};

/// The highest value of the window; missing until the window is full or while it holds a missing value.
pub fn highest(column: &[f64], window: Window<'_>) -> Vec<f64> {
    extreme(column, window, is_at_least, |row| row.map_or(f64::NAN, |row| column[row]))
}

/// The lowest value of the window; missing until the window is full or while it holds a missing value.
pub fn lowest(column: &[f64], window: Window<'_>) -> Vec<f64> {
    extreme(column, window, is_at_most, |row| row.map_or(f64::NAN, |row| column[row]))
}

/// The last row that holds the highest value of the window; `None` where that is missing.
pub(super) fn highest_rows(column: &[f64], window: Window<'_>) -> Vec<Option<usize>> {
    extreme(column, window, is_at_least, |row| row)
}

/// The last row that holds the lowest value of the window; `None` where that is missing.
pub(super) fn lowest_rows(column: &[f64], window: Window<'_>) -> Vec<Option<usize>> {
    extreme(column, window, is_at_most, |row| row)
}

fn is_at_least(new: f64, old: f64) -> bool {
    new >= old
}

fn is_at_most(new: f64, old: f64) -> bool {
    new <= old
}

/// A queue of candidates, best first, gives the row of each window's extreme at constant cost per row; `tell` makes of
/// it what is wanted.
fn extreme<T>(
    column: &[f64],
    window: Window<'_>,
    beats: fn(f64, f64) -> bool,
    tell: impl Fn(Option<usize>) -> T,
) -> Vec<T> {
    let mut candidates: VecDeque<usize> = VecDeque::new();
    let mut whole = Whole::new(window);
    column
        .iter()
        .enumerate()
        .map(|(i, &value)| {
            if !value.is_nan() {
                while candidates.back().is_some_and(|&j| beats(value, column[j])) {
                    candidates.pop_back();
                }
                candidates.push_back(i);
            }
            let start = window.start_at(i);
            while candidates.front().is_some_and(|&j| j < start) {
                candidates.pop_front();
            }
            tell(whole.next(i, value.is_nan()).and_then(|_| candidates.front().copied()))
        })
        .collect()
}

/// Whether the value is strictly above all values of the window before it. For [`Window::All`] that is an
/// all-time high; the first value of a series is none.
pub fn new_high(column: &[f64], window: Window<'_>) -> Vec<Truth> {
    strictly_beyond(column, window, highest, |value, bar| value > bar)
}

/// Whether the value is strictly below all values of the window before it.
pub fn new_low(column: &[f64], window: Window<'_>) -> Vec<Truth> {
    strictly_beyond(column, window, lowest, |value, bar| value < bar)
}

fn strictly_beyond(
    column: &[f64],
    window: Window<'_>,
    extreme: fn(&[f64], Window<'_>) -> Vec<f64>,
    beyond: fn(f64, f64) -> bool,
) -> Vec<Truth> {
    let bars = match window {
        Window::All => extreme(column, Window::All),
        Window::Bars(n) => extreme(column, Window::Bars(n.saturating_sub(1).max(1))),
        Window::Sessions(_) => return beyond_the_rest(column, window, beyond),
    };
    (0..column.len())
        .map(|i| match (window, i) {
            (Window::Bars(1), _) => Truth::from(!column[i].is_nan()),
            (Window::All, 0) => Truth::False,
            (_, 0) => Truth::Missing,
            _ if column[i].is_nan() || bars[i - 1].is_nan() => Truth::Missing,
            _ => Truth::from(beyond(column[i], bars[i - 1])),
        })
        .collect()
}

/// Whether the value is beyond every other one of its window, by a queue of candidates as in [`extreme`].
fn beyond_the_rest(column: &[f64], window: Window<'_>, beyond: fn(f64, f64) -> bool) -> Vec<Truth> {
    let mut candidates: VecDeque<usize> = VecDeque::new();
    let mut last_missing = None;
    (0..column.len())
        .map(|i| {
            let start = window.start_at(i);
            while candidates.front().is_some_and(|&j| j < start) {
                candidates.pop_front();
            }
            if column[i].is_nan() {
                last_missing = Some(i);
                return Truth::Missing;
            }
            let is_beyond = candidates.front().is_none_or(|&j| beyond(column[i], column[j]));
            while candidates.back().is_some_and(|&j| !beyond(column[j], column[i])) {
                candidates.pop_back();
            }
            candidates.push_back(i);
            let whole = window.is_full_at(i) && last_missing.is_none_or(|row| row < start);
            if whole { Truth::from(is_beyond) } else { Truth::Missing }
        })
        .collect()
}

/// Whether the value equals the highest of the window, itself included: a tie counts.
pub fn at_high(column: &[f64], window: Window<'_>) -> Vec<Truth> {
    equal(column, &highest(column, window))
}

/// Whether the value equals the lowest of the window, itself included: a tie counts.
pub fn at_low(column: &[f64], window: Window<'_>) -> Vec<Truth> {
    equal(column, &lowest(column, window))
}

fn equal(column: &[f64], bars: &[f64]) -> Vec<Truth> {
    // A highest value is a copy of one of the column's, so equality is exact.
    column
        .iter()
        .zip(bars)
        .map(
            |(value, bar)| {
                if bar.is_nan() { Truth::Missing } else { Truth::from(value.total_cmp(bar).is_eq()) }
            },
        )
        .collect()
}

/// How far the value is below the highest of the window, as a fraction of it: 0 at the high, 0.25 a quarter below.
///
/// `(high - value) / high` and not `1 - value / high`: the difference is exact or nearly so, and a close
/// exactly 20% below its high is then not "over 20%" by a rounding error.
///
/// Missing where the high is not above 0: nothing is a share of less than nothing.
///
/// `highs` is the column whose highest value is meant: the closes themselves, or the bars' highs.
pub fn drawdown(column: &[f64], highs: &[f64], window: Window<'_>) -> Vec<f64> {
    let share =
        |(value, high): (&f64, f64)| if high > 0.0 { defined((high - value) / high) } else { f64::NAN };
    column.iter().zip(highest(highs, window)).map(share).collect()
}

/// How far the value is above the lowest of the window, as a fraction of it; missing where that is not above 0.
pub fn runup(column: &[f64], window: Window<'_>) -> Vec<f64> {
    let share = |(value, low): (&f64, f64)| if low > 0.0 { defined((value - low) / low) } else { f64::NAN };
    column.iter().zip(lowest(column, window)).map(share).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // values are copied or exact by construction
    use super::*;
    use Truth::{False, Missing, True};
    use proptest::prelude::*;

    const NAN: f64 = f64::NAN;

    fn same(a: &[f64], b: &[f64]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x == y || (x.is_nan() && y.is_nan()))
    }

    #[test]
    fn highs_of_a_window_include_the_current_bar() {
        let column = [3.0, 1.0, 2.0, 2.0, 5.0, NAN, 4.0, 3.0, 3.0];
        assert!(same(&highest(&column, Window::Bars(3)), &[NAN, NAN, 3.0, 2.0, 5.0, NAN, NAN, NAN, 4.0]));
        assert!(same(&lowest(&column[..5], Window::All), &[3.0, 1.0, 1.0, 1.0, 1.0]));
    }

    #[test]
    fn a_record_is_strictly_above_and_the_first_close_is_none() {
        let column = [3.0, 3.0, 4.0, 2.0, 4.0, 5.0];
        assert_eq!(new_high(&column, Window::All), [False, False, True, False, False, True]);
        assert_eq!(new_high(&column, Window::Bars(3)), [Missing, Missing, True, False, False, True]);
        assert_eq!(new_low(&column, Window::Bars(2)), [Missing, False, False, True, False, False]);
    }

    #[test]
    fn being_at_a_high_counts_a_tie() {
        let column = [3.0, 3.0, 4.0, 2.0, 4.0];
        assert_eq!(at_high(&column, Window::All), [True, True, True, False, True]);
        assert_eq!(at_high(&column, Window::Bars(2)), [Missing, True, True, False, True]);
        assert_eq!(at_low(&column, Window::Bars(2)), [Missing, True, False, True, False]);
    }

    #[test]
    fn a_close_exactly_a_fifth_below_its_high_is_not_over_a_fifth() {
        for (high, close, fraction) in [(100.0, 80.0, 0.2), (100.0, 95.0, 0.05), (250.0, 175.0, 0.3)] {
            let lag = drawdown(&[high, close], &[high, close], Window::All)[1];
            assert!(lag == fraction, "{lag} is {fraction}");
        }
        assert!(same(&runup(&[2.0, 3.0, 1.0], Window::All), &[0.0, 0.5, 0.0]));
    }

    #[test]
    fn highs_of_sessions() {
        use crate::market::indicators::Sessions;
        // Two bars a day.
        let sessions = Sessions::new(&[0, 0, 1, 1, 2, 2], &[1, 2, 1, 2, 1, 2], 2);
        let column = [5.0, 1.0, 3.0, 4.0, 4.0, 4.5];
        let window = Window::Sessions(&sessions);
        assert!(same(&highest(&column, window), &[NAN, NAN, 5.0, 5.0, 4.0, 4.5]));
        assert_eq!(new_high(&column, window), [Missing, Missing, False, False, False, True]);
        assert_eq!(at_high(&column, window), [Missing, Missing, False, False, True, True]);
    }

    #[test]
    fn nothing_is_a_share_of_less_than_nothing() {
        assert!(same(&drawdown(&[-1.0, -2.0], &[-1.0, -2.0], Window::All), &[NAN, NAN]));
        assert!(same(&runup(&[0.0, 1.0], Window::All), &[NAN, NAN]));
    }

    proptest! {
        #[test]
        fn the_queue_equals_the_definition(column in prop::collection::vec(1u8..20, 1..60), n in 1usize..20) {
            let column: Vec<f64> = column.into_iter().map(f64::from).collect();
            let by_definition: Vec<f64> = (0..column.len())
                .map(|i| if i + 1 < n { NAN } else { column[i + 1 - n..=i].iter().copied().fold(f64::MIN, f64::max) })
                .collect();
            prop_assert!(same(&highest(&column, Window::Bars(n)), &by_definition));
            let records: Vec<Truth> = (0..column.len())
                .map(|i| if i + 1 < n { Missing } else { Truth::from(column[i + 1 - n..i].iter().all(|&x| column[i] > x)) })
                .collect();
            prop_assert_eq!(&new_high(&column, Window::Bars(n)), &records);
            // One bar a session is the same as bars.
            let rows: Vec<usize> = (0..column.len()).collect();
            let sessions = crate::market::indicators::Sessions::new(&rows, &vec![0; rows.len()], n);
            prop_assert_eq!(new_high(&column, Window::Sessions(&sessions)), records);
        }
    }
}
