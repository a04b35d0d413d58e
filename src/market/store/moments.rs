//! The stamps of a file's rows as columns: a file of minutes has millions, and a [`Stamp`] of its own for each would
//! take more room than everything else that is kept of the row.

use std::ops::Range;

use super::stamps::{MICROS_PER_DAY, Stamp};
use crate::base::calendar::{Date, Instant};

/// When each row was stamped, and what is to be known of how that was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Moments {
    /// Microseconds since 1970-01-01 UTC; of a time without an offset or a zone as though it were UTC.
    micros: Vec<i64>,
    /// How far the written clock is ahead of `micros`: the row from which on it is so, and microseconds.
    ahead: Vec<(usize, i64)>,
    traits: Traits,
}

/// What is true of a column of stamps as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Traits {
    /// Some stamp tells no instant.
    unplaced: bool,
    /// Some stamp shows a time of day other than midnight, to the microsecond.
    timed: bool,
    /// Which steps the formats have: 1 s, 1 ms, 1 µs, below, a day.
    units: [bool; UNITS.len()],
}

/// The smallest steps that stamps have, in microseconds, the coarsest first; 0 for nanoseconds.
const UNITS: [i64; 5] = [MICROS_PER_DAY, 1_000_000, 1_000, 1, 0];

impl Traits {
    pub(super) fn note(&mut self, stamp: &Stamp) {
        self.add(stamp.instant.is_some(), stamp.of_day != 0, stamp.unit);
    }

    /// Notes a stamp: whether it tells its instant, whether it shows another time than midnight, and its step.
    pub(super) fn add(&mut self, placed: bool, timed: bool, unit: i64) {
        self.unplaced |= !placed;
        self.timed |= timed && unit == 1;
        if let Some(at) = UNITS.iter().position(|known| *known == unit) {
            self.units[at] = true;
        }
    }

    pub(super) fn join(&mut self, other: Self) {
        self.unplaced |= other.unplaced;
        self.timed |= other.timed;
        for (mine, theirs) in self.units.iter_mut().zip(other.units) {
            *mine |= theirs;
        }
    }
}

impl Moments {
    /// Columns that were filled elsewhere; `ahead` as the field of that name.
    pub(super) fn of(micros: Vec<i64>, ahead: Vec<(usize, i64)>, traits: Traits) -> Self {
        Self { micros, ahead, traits }
    }

    pub(super) fn push(&mut self, stamp: &Stamp) {
        let ahead = stamp.written() - stamp.micros();
        if self.ahead.last().is_none_or(|(_, last)| *last != ahead) {
            self.ahead.push((self.micros.len(), ahead));
        }
        self.micros.push(stamp.micros());
        self.traits.note(stamp);
    }

    /// Microseconds since 1970-01-01 UTC of each row; a time that tells no instant is taken as UTC.
    pub(super) fn micros(&self) -> &[i64] {
        &self.micros
    }

    /// As [`Moments::micros`], which are gone from here then; what is known of them as a whole stays.
    pub(super) fn take_micros(&mut self) -> Vec<i64> {
        self.ahead.clear();
        std::mem::take(&mut self.micros)
    }

    /// What each row's own clock showed, in microseconds after 1970-01-01 on that clock.
    pub(super) fn written(&self) -> impl Iterator<Item = i64> + Clone {
        self.runs().flat_map(|(run, ahead)| self.micros[run].iter().map(move |at| at + ahead))
    }

    /// The written date of each row; for an epoch the UTC date.
    pub(super) fn dates(&self) -> impl Iterator<Item = Date> + Clone {
        self.written().map(|at| Instant::from_micros(at).utc_date())
    }

    /// Whether every row tells its instant: by an epoch, an offset, or a zone that is known.
    pub(super) fn placed(&self) -> bool {
        !self.traits.unplaced
    }

    /// Whether some row shows a time of day other than midnight, to the microsecond.
    pub(super) fn timed(&self) -> bool {
        self.traits.timed
    }

    /// The smallest steps of the rows' formats in microseconds, the coarsest first; 0 for nanoseconds.
    pub(super) fn units(&self) -> impl Iterator<Item = i64> {
        UNITS.into_iter().zip(self.traits.units).filter(|(_, there)| *there).map(|(unit, _)| unit)
    }

    pub(super) fn reverse(&mut self) {
        let rows = self.micros.len();
        self.ahead = self.runs().map(|(run, ahead)| (rows - run.end, ahead)).collect();
        self.ahead.reverse();
        self.micros.reverse();
    }

    /// Rows whose clocks are ahead by the same.
    fn runs(&self) -> impl Iterator<Item = (Range<usize>, i64)> + Clone {
        let ends = self.ahead.iter().skip(1).map(|run| run.0).chain([self.micros.len()]);
        self.ahead.iter().zip(ends).map(|(&(start, ahead), end)| (start..end, ahead))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::stamps::Format;
    use super::*;

    #[test]
    fn columns_keep_what_rows_say() {
        let texts = [
            "2024-03-01 23:30:00-05:00",
            "2024-03-02 00:00:00-05:00",
            "2024-03-02 00:00:00Z",
            "2024-03-02 01:00",
        ];
        let stamps: Vec<Stamp> = texts.iter().map(|text| Format::ISO_TIME.parse(text).unwrap()).collect();
        let mut moments = Moments::default();
        for stamp in &stamps {
            moments.push(stamp);
        }
        for turned in [false, true] {
            let mut expected: Vec<&Stamp> = stamps.iter().collect();
            if turned {
                expected.reverse();
                moments.reverse();
            }
            assert_eq!(moments.micros(), expected.iter().map(|stamp| stamp.micros()).collect::<Vec<_>>());
            assert!(moments.dates().eq(expected.iter().map(|stamp| stamp.date)));
            let of_day: Vec<i64> = moments.written().map(|at| at.rem_euclid(MICROS_PER_DAY)).collect();
            assert_eq!(of_day, expected.iter().map(|stamp| stamp.of_day).collect::<Vec<_>>());
        }
        assert!(!moments.placed() && moments.timed() && moments.units().eq([1]));
        let mut days = Moments::default();
        days.push(&Format::ISO_DATE.parse("2024-03-01").unwrap());
        assert!(!days.timed() && days.units().eq([MICROS_PER_DAY]));
    }
}
