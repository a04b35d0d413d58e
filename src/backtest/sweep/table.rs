//! What happens after an entry: a table by signal and exit setting, from which a walk jumps from trade to trade.

use std::sync::OnceLock;

use rayon::prelude::*;

use crate::backtest::simulator::{Costs, Orders};
use crate::backtest::single::Setup;
use crate::base::diagnostic::Result;

use super::bits::Bits;
use super::courses::{Courses, NONE, Told};
use super::deal::{ByFingerprint, Deal, mixed, narrow};
use super::passage::{Exit, Passage, Search};
use super::row::{Market, Row};
use super::settings::{Answers, Settings};

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

/// The trades of one signal: the distinct ones, and which one each exit setting makes.
struct Fan {
    deals: Vec<Deal>,
    of_exit: Vec<u32>,
}

impl<'a> Table<'a> {
    /// Finds the trade of every signal (bars of the window) under every exit setting.
    pub(super) fn new(
        setup: &'a Setup<'_>,
        signals: &[usize],
        rule: Option<&Answers>,
        settings: &Settings,
    ) -> Self {
        let search = Search::new(setup.prices(), setup.orders(&setup.strategy.combination(0)).fill);
        let menu = Menu::new(setup, rule, settings);
        let rules = rule.map_or(&[][..], |rule| &rule.bars);
        let fans: Vec<Fan> = signals
            .par_iter()
            .map(|&signal| menu.fan(&search, signal + 1, rules, setup.window.len()))
            .collect();
        let mut table = Self {
            cells: Vec::with_capacity((signals.len() + 1) * settings.count()),
            exits: settings.count(),
            deals: Vec::new(),
            fingerprints: Vec::new(),
            rows: Vec::new(),
            market: Market::new(setup),
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
        table.cells.resize(table.cells.len() + settings.count(), after);
        table.fingerprints = table.deals.par_iter().map(Deal::fingerprint).collect();
        table.fingerprints.push(0);
        table.rows.resize_with(table.deals.len(), OnceLock::new);
        table
    }

    /// The same for trades that only the reference can live through, each once. `None` where more than `most`
    /// numbers would have to be kept of them.
    ///
    /// # Errors
    /// Where a series lacks a column an order needs.
    pub(super) fn of_courses(
        setup: &'a Setup<'_>,
        signals: &[usize],
        rule: Option<&Answers>,
        settings: &Settings,
        most: usize,
    ) -> Result<Option<Self>> {
        let mut cells = Vec::with_capacity((signals.len() + 1) * settings.count());
        let mut keep = |trade, resume| cells.push(Cell { trade, resume });
        let Some(mut courses) = Courses::fill(setup, signals, (rule, settings), most, &mut keep)? else {
            return Ok(None);
        };
        let none = narrow(courses.told.len());
        for cell in cells.iter_mut().filter(|cell| cell.trade == NONE) {
            cell.trade = none;
        }
        let after = Cell { trade: none, resume: narrow(signals.len()) };
        cells.resize(cells.len() + settings.count(), after);
        let mut fingerprints = std::mem::take(&mut courses.fingerprints);
        fingerprints.push(0);
        let mut rows = Vec::new();
        rows.resize_with(courses.told.len(), OnceLock::new);
        Ok(Some(Self {
            cells,
            exits: settings.count(),
            deals: Vec::new(),
            fingerprints,
            rows,
            doubts: courses.told.iter().any(|told| told.is_narrow),
            market: Market::new(setup).with(courses),
            rule: None,
        }))
    }

    /// The same with the exit rule's answers, for [`Self::rule_at`].
    pub(super) fn with(self, rule: Option<Answers>) -> Self {
        Self { rule, ..self }
    }

    /// The exit rule's answers at each of so many bars, for a combination's places.
    pub(super) fn rule_at(&self, places: &[usize], bars: usize) -> Option<Vec<bool>> {
        self.rule.as_ref().map(|rule| rule.bars[rule.settings.at(places)].to_bools(bars))
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

/// The exits and costs of every exit setting, each distinct one once.
struct Menu {
    costs: Vec<Costs>,
    /// Distinct exits, with the costs whose slippage moves their levels.
    exits: Vec<(Exit, usize)>,
    /// For each exit setting its costs and its exits.
    settings: Vec<(usize, Vec<usize>)>,
}

impl Menu {
    fn new(setup: &Setup<'_>, rule: Option<&Answers>, settings: &Settings) -> Self {
        let strategy = setup.strategy;
        let mut menu = Self { costs: Vec::new(), exits: Vec::new(), settings: Vec::new() };
        for setting in 0..settings.count() {
            let Orders { exits, costs, .. } = setup.orders(&settings.values(strategy, setting));
            let costs = place(&mut menu.costs, costs);
            let rule = rule.map(|rule| Exit::Rule(rule.settings.at(&settings.places(strategy, setting))));
            let all = [
                rule,
                exits.after.map(Exit::After),
                exits.stop.map(Exit::Stop),
                exits.target.map(Exit::Target),
                exits.trail.map(Exit::Trail),
            ];
            let own = all.into_iter().flatten().map(|exit| place(&mut menu.exits, (exit, costs))).collect();
            menu.settings.push((costs, own));
        }
        menu
    }

    /// The trades of a signal whose order fills in bar `entry`.
    fn fan(&self, search: &Search<'_>, entry: usize, rules: &[Bits], bars: usize) -> Fan {
        let price = search.entry_price(entry);
        let paid: Vec<f64> = self.costs.iter().map(|costs| price * (1.0 + costs.slippage)).collect();
        let passages: Vec<Passage> =
            self.exits.iter().map(|&(exit, costs)| search.passage(exit, entry, paid[costs], rules)).collect();
        let mut known = ByFingerprint::default();
        let mut deals = Vec::new();
        let deal_of = |(costs, exits): &(usize, Vec<usize>)| {
            let first = exits.iter().fold(Passage::NEVER, |first, &exit| first.first(passages[exit]));
            // An exit that never comes has a bar behind all others.
            let bar = first.bar().unwrap_or(usize::MAX) as u64;
            let words = [bar, first.price.to_bits(), *costs as u64];
            *known.entry(mixed(&words.into_iter())).or_insert_with(|| {
                let Costs { commission, slippage, .. } = self.costs[*costs];
                let (exit, exit_price) = match first.bar() {
                    Some(bar) => (bar, first.price * (1.0 - slippage)),
                    None => (bars - 1, search.last_close()),
                };
                deals.push(Deal {
                    entry: narrow(entry),
                    exit: narrow(exit),
                    entry_price: paid[*costs],
                    exit_price,
                    commission,
                    profit: 0.0,
                    open: first.bar().is_none(),
                });
                narrow(deals.len() - 1)
            })
        };
        let of_exit = self.settings.iter().map(deal_of).collect();
        Fan { deals, of_exit }
    }
}

/// The place of `item` in `items`, to which it is added unless it is there already.
fn place<T: PartialEq>(items: &mut Vec<T>, item: T) -> usize {
    items.iter().position(|known| *known == item).unwrap_or_else(|| {
        items.push(item);
        items.len() - 1
    })
}
