//! Three-valued truth: yes, no, and not known.

use super::Window;

/// A truth that may be missing. `and`, `or` and `not` follow Kleene's strong logic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Truth {
    /// Known to be false.
    False,
    /// Not known: too few rows, or a row that is too old.
    Missing,
    /// Known to be true.
    True,
}

impl Truth {
    /// Both: false where either is false, true where both are, else missing.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Missing,
        }
    }

    /// Either: true where one is true, false where both are false, else missing.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.negate().and(other.negate()).negate()
    }

    /// The opposite; missing stays missing.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Missing => Self::Missing,
            Self::True => Self::False,
        }
    }

    /// Whether the truth is known and true.
    pub fn is_true(self) -> bool {
        self == Self::True
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// Whether `truths` was true on at least one of the last `window` bars, the current one included.
///
/// One true bar is enough, also in a window that is not full; otherwise a missing bar, or a window that is
/// not full, makes the answer missing.
pub fn within(truths: &[Truth], window: Window<'_>) -> Vec<Truth> {
    let mut last_true = None;
    let mut last_missing = None;
    truths
        .iter()
        .enumerate()
        .map(|(i, truth)| {
            match truth {
                Truth::True => last_true = Some(i),
                Truth::Missing => last_missing = Some(i),
                Truth::False => {}
            }
            let start = window.start_at(i);
            let inside = |last: Option<usize>| last.is_some_and(|row| row >= start);
            if inside(last_true) {
                Truth::True
            } else if inside(last_missing) || !window.is_full_at(i) {
                Truth::Missing
            } else {
                Truth::False
            }
        })
        .collect()
}

/// Whether `truths` was true on every one of the last `window` bars, the current one included.
pub fn always(truths: &[Truth], window: Window<'_>) -> Vec<Truth> {
    let opposite: Vec<Truth> = truths.iter().map(|truth| truth.negate()).collect();
    within(&opposite, window).into_iter().map(Truth::negate).collect()
}

/// On how many of the last `window` bars `truths` was true; missing while the window is not full or holds a
/// missing bar.
pub fn count(truths: &[Truth], window: Window<'_>) -> Vec<f64> {
    let (mut true_so_far, mut last_missing) = (Vec::with_capacity(truths.len() + 1), None);
    true_so_far.push(0_usize);
    truths
        .iter()
        .enumerate()
        .map(|(i, truth)| {
            if *truth == Truth::Missing {
                last_missing = Some(i);
            }
            true_so_far.push(true_so_far[i] + usize::from(truth.is_true()));
            let start = window.start_at(i);
            let whole = window.is_full_at(i) && last_missing.is_none_or(|row| row < start);
            if whole { (true_so_far[i + 1] - true_so_far[start]) as f64 } else { f64::NAN }
        })
        .collect()
}

/// Where `column` was at or below `level` one row ago and is above it now; missing in the first row and where
/// one of the four values is.
pub fn crosses_above(column: &[f64], level: &[f64]) -> Vec<Truth> {
    crossings(column, level, |before, now| before <= 0.0 && now > 0.0)
}

/// Where `column` was at or above `level` one row ago and is below it now.
pub fn crosses_below(column: &[f64], level: &[f64]) -> Vec<Truth> {
    crossings(column, level, |before, now| before >= 0.0 && now < 0.0)
}

fn crossings(column: &[f64], level: &[f64], crosses: fn(f64, f64) -> bool) -> Vec<Truth> {
    let above = |i: usize| column[i] - level[i];
    (0..column.len())
        .map(|i| match i {
            0 => Truth::Missing,
            _ if above(i).is_nan() || above(i - 1).is_nan() => Truth::Missing,
            _ => Truth::from(crosses(above(i - 1), above(i))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Truth::{False, Missing, True};

    #[test]
    fn kleene() {
        assert_eq!(False.and(Missing), False);
        assert_eq!(True.and(Missing), Missing);
        assert_eq!(True.or(Missing), True);
        assert_eq!(False.or(Missing), Missing);
        assert_eq!(Missing.negate(), Missing);
    }

    #[test]
    fn always_and_count_look_back_over_the_window() {
        let truths = [True, True, True, False, True, Missing, True, True];
        assert_eq!(
            always(&truths, Window::Bars(2)),
            [Missing, True, True, False, False, Missing, Missing, True]
        );
        let counts = count(&truths, Window::Bars(3));
        assert!(counts[..2].iter().all(|n| n.is_nan()) && counts[5..].iter().all(|n| n.is_nan()));
        assert!((counts[2] - 3.0).abs() < 1e-12 && (counts[4] - 2.0).abs() < 1e-12);
    }

    #[test]
    fn within_looks_back_over_the_window() {
        let truths = [False, True, False, False, False, Missing, False, False, False];
        assert_eq!(
            within(&truths, Window::Bars(3)),
            [Missing, True, True, True, False, Missing, Missing, Missing, False]
        );
    }
}
