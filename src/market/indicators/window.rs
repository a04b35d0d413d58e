//! How far back an indicator looks: a number of bars, a number of sessions, or everything.

/// How far back an indicator looks from each row, that row included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window<'a> {
    /// The last `n` bars, the current one included; `n >= 1`.
    Bars(usize),
    /// Every bar of the series so far.
    All,
    /// The bars of the last sessions, as many as [`Sessions`] was asked for.
    Sessions(&'a Sessions),
}

impl Window<'_> {
    /// Whether a window that ends at row `i` is full.
    pub(super) fn is_full_at(self, i: usize) -> bool {
        match self {
            Self::Bars(n) => i + 1 >= n,
            Self::All => true,
            Self::Sessions(sessions) => i >= sessions.full_from,
        }
    }

    /// The first row of the window that ends at row `i`; never before that of the row before.
    pub(super) fn start_at(self, i: usize) -> usize {
        match self {
            Self::Bars(n) => (i + 1).saturating_sub(n),
            Self::All => 0,
            Self::Sessions(sessions) => sessions.starts[i],
        }
    }

    /// The row that lies the window's length before row `i`: `n` bars, or the same time of day `n` sessions before.
    pub(super) fn before(self, i: usize) -> Option<usize> {
        match self {
            Self::Bars(n) => i.checked_sub(n),
            Self::All => None,
            Self::Sessions(sessions) => sessions.before[i],
        }
    }

    /// The first row whose window is full and holds no row before `first`; `None` where no row's does.
    pub fn first_full(self, first: usize) -> Option<usize> {
        match self {
            Self::Bars(n) => Some(first + n.saturating_sub(1)),
            Self::All => Some(first),
            Self::Sessions(sessions) => (sessions.full_from..sessions.starts.len())
                .find(|&i| i >= first && sessions.starts[i] >= first),
        }
    }

    /// The first row that has one the window's length before it, not before `first`; `None` where no row has.
    pub fn first_before(self, first: usize) -> Option<usize> {
        match self {
            Self::Bars(n) => Some(first + n),
            Self::All => None,
            Self::Sessions(sessions) => {
                sessions.before.iter().position(|before| before.is_some_and(|row| row >= first))
            }
        }
    }
}

/// Windows of `n` sessions over bars shorter than a day: which rows the last `n` sessions hold, the running one
/// included, and which row lies `n` sessions before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sessions {
    starts: Vec<usize>,
    before: Vec<Option<usize>>,
    full_from: usize,
}

impl Sessions {
    /// `session` numbers each row's session without gaps, from 0, never falling; `offset` is how long after its
    /// session's first bar opened a row was known. The row `n` sessions before is the last one there that was
    /// known no later in its session.
    pub fn new(session: &[usize], offset: &[i64], n: usize) -> Self {
        let count = session.last().map_or(0, |last| last + 1);
        let first_row: Vec<usize> = (0..count).map(|s| session.partition_point(|&other| other < s)).collect();
        let starts = session.iter().map(|&s| first_row[(s + 1).saturating_sub(n)]).collect();
        let before = (0..session.len())
            .map(|i| {
                let then = session[i].checked_sub(n)?;
                let rows = first_row[then]..first_row.get(then + 1).copied().unwrap_or(session.len());
                let known = offset[rows.clone()].partition_point(|&other| other <= offset[i]);
                // Where that session began later in the day, the last row of the one before it.
                (rows.start + known).checked_sub(1)
            })
            .collect();
        let full_from = first_row.get(n.saturating_sub(1)).copied().unwrap_or(session.len());
        Self { starts, before, full_from }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three bars a day; the second day lacks its first bar, the third its last two.
    fn sessions(n: usize) -> Sessions {
        Sessions::new(&[0, 0, 0, 1, 1, 2, 3, 3], &[1, 2, 3, 2, 3, 1, 1, 2], n)
    }

    #[test]
    fn windows_hold_whole_sessions_and_the_running_one() {
        let two = sessions(2);
        let window = Window::Sessions(&two);
        let starts: Vec<usize> = (0..8).map(|i| window.start_at(i)).collect();
        assert_eq!(starts, [0, 0, 0, 0, 0, 3, 5, 5]);
        assert_eq!((window.is_full_at(2), window.is_full_at(3)), (false, true));
        assert_eq!(window.first_full(0), Some(3));
        assert_eq!(window.first_full(1), Some(5), "a window without row 0");
        assert_eq!(Window::Sessions(&sessions(9)).first_full(0), None);
    }

    #[test]
    fn the_same_time_of_day_some_sessions_before() {
        let one = sessions(1);
        let rows: Vec<Option<usize>> = (0..8).map(|i| Window::Sessions(&one).before(i)).collect();
        // The third day's bar finds nothing that early on the second day, so the last bar of the first.
        assert_eq!(rows, [None, None, None, Some(1), Some(2), Some(2), Some(5), Some(5)]);
        assert_eq!(Window::Sessions(&one).first_before(2), Some(4));
        assert_eq!(Window::Bars(3).first_before(2), Some(5));
    }
}
