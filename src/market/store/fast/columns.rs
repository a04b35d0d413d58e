//! The columns of a whole file, put together from those of its pieces.

use std::collections::BTreeMap;

use blake3::hazmat::ChainingValue;

use super::super::bars::Bars;
use super::super::moments::{Moments, Traits};
use super::super::swapped::Swapped;
use super::super::vendors::Columns;
use super::tree;

/// Which column of numbers a cell belongs to: its place in [`Part::values`]. The last is looked at, not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Open,
    High,
    Low,
    Close,
    Volume,
    Adjusted,
    QuoteVolume,
}

/// How many columns of numbers there are, and how many of them are kept.
pub(super) const VALUES: usize = 7;
const KEPT: usize = 6;

/// The columns of some rows, those the file does not have empty, and what the rows tell beside their values.
#[derive(Default)]
pub(super) struct Part {
    pub(super) micros: Vec<i64>,
    pub(super) ends: Vec<i64>,
    pub(super) values: [Vec<f64>; KEPT],
    /// As in `Moments`, by the rows of the part.
    pub(super) ahead: Vec<(usize, i64)>,
    pub(super) traits: Traits,
    pub(super) repeated: usize,
    pub(super) swapped: Swapped,
    /// Of the bytes of the piece.
    pub(super) hash: Option<ChainingValue>,
}

impl Part {
    /// No rows, with the room of these.
    pub(super) fn clear(&mut self) {
        self.micros.clear();
        self.ends.clear();
        self.values.iter_mut().for_each(Vec::clear);
        self.ahead.clear();
        (self.traits, self.repeated, self.swapped) = (Traits::default(), 0, Swapped::default());
    }
}

/// The columns of a file as far as they are there.
pub(super) struct Whole {
    rows: Part,
    /// How many parts they are of, and those that must wait for one before them.
    parts: usize,
    waiting: BTreeMap<usize, Part>,
    /// Parts whose room can be used again.
    used: Vec<Part>,
    hashes: Vec<ChainingValue>,
}

impl Whole {
    /// No rows, with room for so many.
    pub(super) fn new(most: usize, columns: &Columns) -> Self {
        let there = [
            columns.open.is_some(),
            columns.high.is_some(),
            columns.low.is_some(),
            true,
            columns.volume.is_some(),
            columns.adjusted.is_some(),
        ];
        let rows = Part {
            micros: Vec::with_capacity(most),
            ends: Vec::with_capacity(if columns.end.is_some() { most } else { 0 }),
            values: there.map(|there| Vec::with_capacity(if there { most } else { 0 })),
            ..Part::default()
        };
        Self { rows, parts: 0, waiting: BTreeMap::new(), used: Vec::new(), hashes: Vec::new() }
    }

    /// Takes the part of that number; gives another one whose room can be used again.
    pub(super) fn take(&mut self, place: usize, part: Part) -> Part {
        self.waiting.insert(place, part);
        while let Some(part) = self.waiting.remove(&self.parts) {
            self.append(&part);
            self.parts += 1;
            self.used.push(part);
        }
        self.used.pop().unwrap_or_default()
    }

    fn append(&mut self, part: &Part) {
        let rows = &mut self.rows;
        let start = rows.micros.len();
        for &(row, by) in &part.ahead {
            if rows.ahead.last().is_none_or(|(_, last)| *last != by) {
                rows.ahead.push((start + row, by));
            }
        }
        rows.micros.extend_from_slice(&part.micros);
        rows.ends.extend_from_slice(&part.ends);
        for (column, values) in rows.values.iter_mut().zip(&part.values) {
            column.extend_from_slice(values);
        }
        rows.traits.join(part.traits);
        rows.repeated += part.repeated;
        rows.swapped.join(start, part.swapped);
        self.hashes.extend(part.hash);
    }

    /// The hash of the file, where every part has that of its bytes.
    pub(super) fn hash(&self) -> Option<blake3::Hash> {
        if self.hashes.len() == self.parts { tree::join(&self.hashes) } else { None }
    }

    /// The rows, where there are any and no part is missing.
    pub(super) fn into_bars(self) -> Option<Bars> {
        let Part { micros, ends, values, ahead, traits, repeated, swapped, .. } = self.rows;
        if micros.is_empty() || !self.waiting.is_empty() {
            return None;
        }
        let [open, high, low, close, volume, adjusted] = values;
        Some(Bars {
            stamps: Moments::of(micros, ahead, traits),
            ends,
            open,
            high,
            low,
            close,
            volume,
            swapped,
            adjusted,
            repeated,
            ..Bars::default()
        })
    }
}
