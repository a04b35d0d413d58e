//! Trades of every other kind under exit settings that differ in the bars to hold alone: lived through on the
//! reference.

use std::ops::Range;

use crate::backtest::metrics::Value;

use super::super::bits::Bits;
use super::super::courses::{Mark, NONE, Play, Told};
use super::super::deal::narrow;
use super::super::outcome::{self, Frame, Measured, Scratch};
use super::super::row::{Market, Row};
use super::{OnDemand, Trades, Walked};

/// What follows a signal under one exit setting: the number of its course, [`NONE`] without a trade, and the place of
/// the first signal that can be heeded after it.
type Cell = (u32, u32);

/// A place that is not known yet.
const UNKNOWN: u32 = u32::MAX;

/// The trades of some exit settings of a play.
pub(super) struct Lived<'t, 'a> {
    all: &'t OnDemand<'a>,
    play: &'t Play<'t>,
    /// Which settings of the play.
    settings: Range<usize>,
    signals: &'t [usize],
    /// The market with the courses.
    market: Market<'a>,
    /// For each signal's place where its cells begin: one for each setting.
    known: Vec<u32>,
    cells: Vec<Cell>,
    rows: Vec<Option<Box<Row>>>,
    /// Numbers that are kept at most.
    most: usize,
    /// Where courses end that are remembered, once there are as many as may be.
    full: Option<Mark>,
}

impl<'t, 'a> Lived<'t, 'a> {
    pub(super) fn new(
        all: &'t OnDemand<'a>,
        play: &'t Play<'t>,
        settings: &Range<usize>,
        signals: &'t [usize],
    ) -> Self {
        Self {
            all,
            play,
            settings: settings.clone(),
            signals,
            market: all.market.clone(),
            known: vec![UNKNOWN; signals.len()],
            cells: Vec::new(),
            rows: Vec::new(),
            most: all.most_of(size_of::<f64>()),
            full: None,
        }
    }

    fn cell(&mut self, place: usize, setting: usize) -> Cell {
        let own = setting - self.settings.start;
        if self.known[place] != UNKNOWN {
            return self.cells[self.known[place] as usize + own];
        }
        let courses = self.market.courses();
        if self.full.is_none() && courses.size(size_of::<Row>() / size_of::<f64>()) > self.most {
            self.full = Some(courses.mark());
        }
        let first = self.cells.len();
        if self.full.is_some() {
            // Nobody will ask for the others before this is forgotten.
            let cell = self.live(place, setting..setting + 1);
            self.cells.truncate(first);
            return cell;
        }
        self.live(place, self.settings.clone());
        self.known[place] = narrow(first);
        self.cells[first + own]
    }

    /// Lives through what follows a signal under some settings; gives the last one's cell.
    fn live(&mut self, place: usize, settings: Range<usize>) -> Cell {
        let of_signal = self.market.courses().told.len();
        let mut last = (NONE, 0);
        for course in self.play.courses(self.signals[place], settings) {
            let number = self.market.courses_mut().add(&course, of_signal);
            last = (number.unwrap_or(NONE), self.all.place_from(course.free));
            self.cells.push(last);
        }
        last
    }

    /// Forgets what cannot be remembered.
    fn forget(&mut self) {
        if let Some(mark) = self.full {
            self.market.courses_mut().truncate(mark);
            self.rows.truncate(mark.told);
        }
    }

    /// The numbers of a combination's courses.
    fn trades(&mut self, signals: &Bits, setting: usize) -> Vec<usize> {
        let (mut trades, mut from) = (Vec::new(), 0);
        while let Some(place) = signals.next(from) {
            let (trade, resume) = self.cell(place, setting);
            trades.extend((trade != NONE).then_some(trade as usize));
            from = resume as usize;
        }
        trades
    }

    /// A combination's courses.
    pub(super) fn courses(&mut self, signals: &Bits, setting: usize) -> Vec<Told> {
        let trades = self.trades(signals, setting);
        trades.into_iter().map(|trade| self.market.courses().told[trade]).collect()
    }
}

impl Trades for Lived<'_, '_> {
    fn walk(&mut self, signals: &Bits, setting: usize) -> Walked {
        let (mut walked, mut from) = (Walked::default(), 0);
        while let Some(place) = signals.next(from) {
            let (trade, resume) = self.cell(place, setting);
            if trade != NONE {
                let courses = self.market.courses();
                let fingerprint = courses.fingerprints[trade as usize];
                walked.fingerprint = walked.fingerprint.wrapping_add(fingerprint);
                walked.trades += 1;
                walked.asks |= courses.told[trade as usize].is_narrow;
            }
            self.forget();
            from = resume as usize;
        }
        walked
    }

    fn measure(
        &mut self,
        signals: &Bits,
        setting: usize,
        (frame, scratch): (&Frame, &mut Scratch),
        values: &mut Vec<Value>,
    ) -> Measured {
        let trades = self.trades(signals, setting);
        self.rows.resize_with(self.market.courses().told.len(), || None);
        for &trade in &trades {
            let told = self.market.courses().told[trade];
            self.rows[trade].get_or_insert_with(|| Box::new(self.market.course(&told)));
        }
        let rows: Vec<&Row> = trades.iter().filter_map(|&trade| self.rows[trade].as_deref()).collect();
        let measured = outcome::measure(frame, &self.market, &rows, scratch, values);
        self.forget();
        measured
    }
}
