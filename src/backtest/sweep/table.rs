//! What happens after an entry: a table by signal and exit setting, from which a walk jumps from trade to trade.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::bits::Bits;
use super::courses::{Courses, NONE, Play, Told};
use super::deal::{Deal, narrow};
use super::exits::{ExitSettings, Fan};
use super::passage::Search;
use super::row::{Market, Row};
use super::settings::Answers;

/// Walks that go side by side.
const LANES: usize = 8;

/// What follows a signal under one exit setting.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    trade: u32,
    /// The place of the first signal that can be heeded after it.
    resume: u32,
}

/// Every trade that any combination can make.
#[derive(Debug)]
pub(super) struct Table<'a> {
    /// By the signal's place, then by exit setting: neighbours in number are neighbours in memory. The place
    /// after the last has cells, too, with a trade that adds nothing.
    cells: Vec<Cell>,
    exits: usize,
    /// The trades, where they are found by search.
    deals: Vec<Deal>,
    /// One more than there are deals: 0 for none.
    fingerprints: Vec<u128>,
    /// What each trade comes to, found when the first combination makes it.
    rows: Vec<OnceLock<Box<Row>>>,
    pub(super) market: Market<'a>,
    rule: Option<Answers>,
    /// Whether some trade leaves so little that the reference has to be asked wherever it is made.
    doubts: bool,
}

impl<'a> Table<'a> {
    /// Finds the trade of every signal (bars of the window) under every exit setting.
    pub(super) fn new(
        (search, exits): &(Search<'a>, ExitSettings),
        signals: &[usize],
        (rule, market): (Option<&Answers>, Market<'a>),
    ) -> Self {
        let rules = rule.map_or(&[][..], |rule| &rule.bars);
        let fans: Vec<Fan> = signals.par_iter().map(|&signal| exits.fan(search, signal + 1, rules)).collect();
        let settings = exits.count();
        let mut table = Self {
            cells: Vec::with_capacity((signals.len() + 1) * settings),
            exits: settings,
            deals: Vec::new(),
            fingerprints: Vec::new(),
            rows: Vec::new(),
            market,
            rule: None,
            doubts: false,
        };
        for fan in fans {
            let first = narrow(table.deals.len());
            let resume: Vec<u32> = fan
                .deals
                .iter()
                .map(|deal| {
                    let heeded = |&signal: &usize| deal.open || signal < deal.exit as usize;
                    narrow(signals.partition_point(heeded))
                })
                .collect();
            let cell = |&own: &u32| Cell { trade: first + own, resume: resume[own as usize] };
            table.cells.extend(fan.of_exit.iter().map(cell));
            table.deals.extend(fan.deals);
        }
        let after = Cell { trade: narrow(table.deals.len()), resume: narrow(signals.len()) };
        table.cells.resize(table.cells.len() + settings, after);
        table.fingerprints = table.deals.par_iter().map(Deal::fingerprint).collect();
        table.fingerprints.push(0);
        table.rows.resize_with(table.deals.len(), OnceLock::new);
        table
    }

    /// The same for trades that only the reference can live through, each once. `None` where more than `most`
    /// numbers would have to be kept of them.
    pub(super) fn of_courses(
        plays: &[Play<'_>],
        signals: &[usize],
        most: usize,
        market: Market<'a>,
    ) -> Option<Self> {
        let settings = plays.iter().map(|play| play.settings.len()).sum();
        let mut cells = Vec::with_capacity((signals.len() + 1) * settings);
        let mut keep = |trade, resume| cells.push(Cell { trade, resume });
        let mut courses = Courses::fill(plays, signals, most, &mut keep)?;
        let none = narrow(courses.told.len());
        for cell in cells.iter_mut().filter(|cell| cell.trade == NONE) {
            cell.trade = none;
        }
        let after = Cell { trade: none, resume: narrow(signals.len()) };
        cells.resize(cells.len() + settings, after);
        let mut fingerprints = std::mem::take(&mut courses.fingerprints);
        fingerprints.push(0);
        let mut rows = Vec::new();
        rows.resize_with(courses.told.len(), OnceLock::new);
        Some(Self {
            cells,
            exits: settings,
            deals: Vec::new(),
            fingerprints,
            rows,
            doubts: courses.told.iter().any(|told| told.is_narrow),
            market: market.with(courses),
            rule: None,
        })
    }

    /// The same with the exit rule's answers, for [`Self::rule_at`].
    pub(super) fn with(self, rule: Option<Answers>) -> Self {
        Self { rule, ..self }
    }

    /// The exit rule's answers at each of so many bars, for a combination's places.
    pub(super) fn rule_at(&self, places: &[usize], bars: usize) -> Option<Vec<bool>> {
        self.rule.as_ref().map(|rule| rule.at(places, bars))
    }

    /// The fingerprint of the trades that follow from a set of signals under an exit setting.
    #[inline]
    pub(super) fn walk(&self, signals: &Bits, exit: usize) -> u128 {
        let mut sum = 0_u128;
        let mut from = 0;
        while let Some(place) = signals.next(from) {
            let cell = self.cells[place * self.exits + exit];
            sum = sum.wrapping_add(self.fingerprints[cell.trade as usize]);
            from = cell.resume as usize;
        }
        sum
    }

    /// [`Self::walk`] of one set of signals under each of some exit settings. A step has to wait for the one
    /// before it, so several walks go side by side and wait together.
    pub(super) fn walks(&self, signals: &Bits, exits: &[usize], sums: &mut Vec<u128>) {
        let (lanes, rest) = exits.as_chunks::<LANES>();
        if !lanes.is_empty() {
            let next = signals.successors(self.signals());
            sums.extend(lanes.iter().flat_map(|exits| self.side_by_side(&next, exits)));
        }
        sums.extend(rest.iter().map(|&exit| self.walk(signals, exit)));
    }

    /// Walks that end early stay at the place after the last signal, whose cells add nothing.
    fn side_by_side(&self, next: &[u32], exits: &[usize; LANES]) -> [u128; LANES] {
        let end = narrow(self.signals());
        let mut sums = [0_u128; LANES];
        let mut places = [next[0]; LANES];
        while places.iter().any(|&place| place != end) {
            for ((sum, place), exit) in sums.iter_mut().zip(&mut places).zip(exits) {
                let cell = self.cells[*place as usize * self.exits + exit];
                *sum = sum.wrapping_add(self.fingerprints[cell.trade as usize]);
                *place = next[cell.resume as usize];
            }
        }
        sums
    }

    /// Bars that are a signal of any combination.
    fn signals(&self) -> usize {
        self.cells.len() / self.exits - 1
    }

    /// Those trades, by number, in order.
    pub(super) fn trades<'t>(&'t self, signals: &'t Bits, exit: usize) -> impl Iterator<Item = usize> + 't {
        let mut from = 0;
        let cells = std::iter::from_fn(move || {
            let place = signals.next(from)?;
            let cell = self.cells[place * self.exits + exit];
            from = cell.resume as usize;
            Some(cell.trade as usize)
        });
        // An order that never filled is no trade.
        cells.filter(|&trade| trade < self.count())
    }

    /// Those trades, where they are courses.
    pub(super) fn courses(&self, signals: &Bits, exit: usize) -> Vec<Told> {
        let told = &self.market.courses().told;
        self.trades(signals, exit).filter_map(|trade| told.get(trade)).copied().collect()
    }

    /// Whether trades are courses.
    pub(super) fn is_of_courses(&self) -> bool {
        !self.market.courses().told.is_empty()
    }

    /// Whether the reference has to be asked now and then.
    pub(super) fn has_doubts(&self) -> bool {
        self.doubts
    }

    /// Whether the reference has to be asked what follows from a set of signals under an exit setting.
    pub(super) fn asks(&self, signals: &Bits, exit: usize) -> bool {
        let told = &self.market.courses().told;
        self.doubts && self.trades(signals, exit).any(|trade| told[trade].is_narrow)
    }

    /// What a trade comes to.
    pub(super) fn row(&self, trade: usize) -> &Row {
        self.rows[trade].get_or_init(|| {
            Box::new(match self.market.courses().told.get(trade) {
                Some(told) => self.market.course(told),
                None => self.market.row(&self.deals[trade]),
            })
        })
    }

    /// How many trades there are.
    pub(super) fn count(&self) -> usize {
        self.rows.len()
    }
}
