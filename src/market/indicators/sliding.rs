//! Measures of a window at a cost per row that does not depend on its length.
//!
//! Nothing is ever taken off a sum: what a row leaves behind when it is taken off again is its rounding, and a long
//! history would gather it. Each window is an older part, known from each of its rows to its end, and a newer one
//! that grows by a row at a time; the two are joined. When the older part is used up, the whole window becomes one.
//! So a value depends on the rows of its window alone, and each row is joined three times, however long the window.

use super::{Window, defined};

/// What is known of some consecutive rows.
pub(super) trait Part: Copy {
    /// What is known of these rows together with those right behind them.
    fn join(self, later: Self) -> Self;
}

/// Which windows are full and hold no missing value.
pub(super) struct Whole<'a> {
    window: Window<'a>,
    last_missing: Option<usize>,
}

impl<'a> Whole<'a> {
    pub(super) fn new(window: Window<'a>) -> Self {
        Self { window, last_missing: None }
    }

    /// The first row of the window that ends at `row`, the next one; `None` where it is not whole.
    pub(super) fn next(&mut self, row: usize, is_missing: bool) -> Option<usize> {
        if is_missing {
            self.last_missing = Some(row);
        }
        let start = self.window.start_at(row);
        let whole = self.window.is_full_at(row) && self.last_missing.is_none_or(|missing| missing < start);
        whole.then_some(start)
    }
}

/// Rows that windows slide over: `of` tells what is known of a row. It is given a second row of the same window, from
/// whose value it takes the distance: a distance keeps the digits that a value far from zero has none left for.
pub(super) struct Rows<M, O> {
    pub(super) count: usize,
    pub(super) is_missing: M,
    pub(super) of: O,
}

impl<P: Part, M: Fn(usize) -> bool, O: Fn(usize, usize) -> P> Rows<M, O> {
    /// What `tell` makes of each whole window: of its last row, the row from which distances are taken, and what is
    /// known of all; missing elsewhere.
    pub(super) fn slide(&self, window: Window<'_>, tell: impl Fn(usize, usize, P) -> f64) -> Vec<f64> {
        let mut whole = Whole::new(window);
        // The older part ends at `origin`; its entry `k` is known of the last k + 1 rows of it.
        let (mut older, mut newer): (Vec<P>, Option<P>) = (Vec::new(), None);
        let mut origin = 0;
        let value = |row: usize| {
            let Some(start) = whole.next(row, (self.is_missing)(row)) else { return f64::NAN };
            if older.is_empty() || start > origin {
                (origin, newer) = (row, None);
                self.suffixes(start, origin, &mut older);
            } else {
                let own = (self.of)(row, origin);
                newer = Some(newer.map_or(own, |before| before.join(own)));
            }
            let old = older[origin - start];
            defined(tell(row, origin, newer.map_or(old, |newer| old.join(newer))))
        };
        (0..self.count).map(value).collect()
    }

    /// What is known of the last rows up to `end`: of it alone, of the last two, and so on to all from `start`.
    fn suffixes(&self, start: usize, end: usize, parts: &mut Vec<P>) {
        parts.clear();
        let mut later = (self.of)(end, end);
        parts.push(later);
        for row in (start..end).rev() {
            later = (self.of)(row, end).join(later);
            parts.push(later);
        }
    }
}
