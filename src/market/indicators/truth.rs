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
pub fn within(truths: &[Truth], window: Window) -> Vec<Truth> {
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
    fn within_looks_back_over_the_window() {
        let truths = [False, True, False, False, False, Missing, False, False, False];
        assert_eq!(
            within(&truths, Window::Bars(3)),
            [Missing, True, True, True, False, Missing, Missing, Missing, False]
        );
    }
}
