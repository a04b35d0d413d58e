//! The columns of a whole file, filled piece by piece in their places.

use super::super::bars::Bars;
use super::super::moments::{Moments, Traits};
use super::super::vendors::Columns;

/// Which column of numbers a cell belongs to: its place in [`Part::values`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Open,
    High,
    Low,
    Close,
    Volume,
    QuoteVolume,
    Adjusted,
}

const VALUES: usize = 7;

/// The columns of a file; those it does not have are empty.
pub(super) struct Whole {
    micros: Vec<i64>,
    ends: Vec<i64>,
    values: [Vec<f64>; VALUES],
}

/// The rows of one piece in them.
pub(super) struct Part<'a> {
    pub(super) micros: &'a mut [i64],
    pub(super) ends: &'a mut [i64],
    pub(super) values: [&'a mut [f64]; VALUES],
}

/// What a piece tells beside its values.
pub(super) struct Told {
    pub(super) traits: Traits,
    /// As in `Moments`, by the rows of the piece.
    pub(super) ahead: Vec<(usize, i64)>,
    pub(super) repeated: usize,
}

impl Whole {
    pub(super) fn new(rows: usize, columns: &Columns) -> Self {
        let there = [
            columns.open.is_some(),
            columns.high.is_some(),
            columns.low.is_some(),
            true,
            columns.volume.is_some(),
            columns.quote_volume.is_some(),
            columns.adjusted.is_some(),
        ];
        Self {
            micros: vec![0; rows],
            ends: vec![0; if columns.end.is_some() { rows } else { 0 }],
            values: there.map(|there| vec![0.0; if there { rows } else { 0 }]),
        }
    }

    /// Cuts the columns into parts of so many rows.
    pub(super) fn split(&mut self, counts: &[usize]) -> Vec<Part<'_>> {
        let (mut micros, mut ends) = (self.micros.as_mut_slice(), self.ends.as_mut_slice());
        let mut values = self.values.each_mut().map(Vec::as_mut_slice);
        let part = |&count: &usize| Part {
            micros: cut(&mut micros, count),
            ends: cut(&mut ends, count),
            values: values.each_mut().map(|column| cut(column, count)),
        };
        counts.iter().map(part).collect()
    }

    pub(super) fn join(self, counts: &[usize], told: &[Told]) -> Bars {
        let mut ahead: Vec<(usize, i64)> = Vec::new();
        let (mut start, mut traits, mut repeated) = (0, Traits::default(), 0);
        for (count, told) in counts.iter().zip(told) {
            for &(row, by) in &told.ahead {
                if ahead.last().is_none_or(|(_, last)| *last != by) {
                    ahead.push((start + row, by));
                }
            }
            traits.join(told.traits);
            repeated += told.repeated;
            start += count;
        }
        let [open, high, low, close, volume, quote_volume, adjusted] = self.values;
        Bars {
            stamps: Moments::of(self.micros, ahead, traits),
            ends: self.ends,
            open,
            high,
            low,
            close,
            volume,
            quote_volume,
            adjusted,
            repeated,
            ..Bars::default()
        }
    }
}

/// The first `count` rows of a column, which loses them; all of an empty one.
#[expect(clippy::mut_mut, reason = "the slice itself is cut shorter")]
fn cut<'a, T>(column: &mut &'a mut [T], count: usize) -> &'a mut [T] {
    let whole = std::mem::take(column);
    let (part, rest) = whole.split_at_mut(count.min(whole.len()));
    *column = rest;
    part
}
