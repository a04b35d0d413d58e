//! Trades of plain longs under one exit setting, found by search.

use crate::backtest::metrics::Value;

use super::super::bits::Bits;
use super::super::deal::{Deal, narrow};
use super::super::exits::ExitSettings;
use super::super::outcome::{self, Frame, Measured, Scratch};
use super::super::passage::Search;
use super::super::row::Row;
use super::{OnDemand, Trades, Walked};

/// What is remembered of a signal's trade.
#[derive(Debug, Clone, Copy)]
struct Known {
    fingerprint: u128,
    /// The place of the first signal that can be heeded after it.
    resume: u32,
    /// The place of its row, or [`NONE`].
    row: u32,
}

const NONE: u32 = u32::MAX;

/// Rows behind the ones that are kept, for as long as one combination is measured.
const LOOSE: u32 = 1 << 31;

/// The trades of one exit setting.
pub(super) struct Found<'t, 'a> {
    all: &'t OnDemand<'a>,
    search: &'t (Search<'a>, ExitSettings),
    setting: usize,
    signals: &'t [usize],
    /// By the signal's place.
    known: Vec<Known>,
    rows: Vec<Row>,
    most_rows: usize,
}

impl<'t, 'a> Found<'t, 'a> {
    pub(super) fn new(
        all: &'t OnDemand<'a>,
        search: &'t (Search<'a>, ExitSettings),
        setting: usize,
        signals: &'t [usize],
    ) -> Self {
        let none = Known { fingerprint: 0, resume: NONE, row: NONE };
        let known = vec![none; signals.len()];
        Self {
            all,
            search,
            setting,
            signals,
            known,
            rows: Vec::new(),
            most_rows: all.most_of(size_of::<Row>()),
        }
    }

    fn deal(&self, place: usize) -> Deal {
        let (search, exits) = self.search;
        let rules = self.all.rule.as_ref().map_or(&[][..], |rule| &rule.bars);
        exits.trade(search, self.signals[place] + 1, rules, self.setting)
    }

    fn known(&mut self, place: usize) -> Known {
        if self.known[place].resume == NONE {
            let deal = self.deal(place);
            let resume =
                if deal.open { narrow(self.signals.len()) } else { self.all.place_from(deal.exit as usize) };
            self.known[place] = Known { fingerprint: deal.fingerprint(), resume, row: NONE };
        }
        self.known[place]
    }

    /// The place of a trade's row among those kept, or among `loose` ones where no more are kept.
    fn row(&mut self, place: usize, loose: &mut Vec<Row>) -> u32 {
        let known = self.known[place].row;
        if known != NONE {
            return known;
        }
        let row = self.all.market.row(&self.deal(place));
        if self.rows.len() < self.most_rows {
            self.rows.push(row);
            self.known[place].row = narrow(self.rows.len() - 1);
            return self.known[place].row;
        }
        loose.push(row);
        LOOSE | narrow(loose.len() - 1)
    }
}

impl Trades for Found<'_, '_> {
    fn walk(&mut self, signals: &Bits, _: usize) -> Walked {
        let (mut walked, mut from) = (Walked::default(), 0);
        while let Some(place) = signals.next(from) {
            let known = self.known(place);
            walked.fingerprint = walked.fingerprint.wrapping_add(known.fingerprint);
            walked.trades += 1;
            from = known.resume as usize;
        }
        walked
    }

    fn measure(
        &mut self,
        signals: &Bits,
        _: usize,
        (frame, scratch): (&Frame, &mut Scratch),
        values: &mut Vec<Value>,
    ) -> Measured {
        let (mut own, mut loose, mut from) = (Vec::new(), Vec::new(), 0);
        while let Some(place) = signals.next(from) {
            from = self.known(place).resume as usize;
            own.push(self.row(place, &mut loose));
        }
        let row = |&place: &u32| {
            if place >= LOOSE { &loose[(place - LOOSE) as usize] } else { &self.rows[place as usize] }
        };
        let rows: Vec<&Row> = own.iter().map(row).collect();
        outcome::measure(frame, &self.all.market, &rows, scratch, values)
    }
}
