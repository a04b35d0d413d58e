//! A block of combinations is worked at a time: its distinct outcomes, and what each came to.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::backtest::metrics::{self, Value};
use crate::backtest::simulator::Trade;
use crate::backtest::single::Setup;
use crate::base::diagnostic::Result;
use crate::base::num;
use crate::strategy::rule::{Assignment, Evaluator};

use super::deal::Deal;
use super::entries::Entries;
use super::outcome::{self, Frame, Scratch};
use super::plan::Way;
use super::selection::{Odometer, Selection};
use super::settings::{Answers, Settings};
use super::table::Table;

/// Rows of a block. A constant: what is in a file does not depend on the number of threads.
pub const BLOCK: u64 = 16_384;

/// Cells of a table of trades that fit; larger ones are not filled.
pub(super) const MOST_CELLS: usize = 1 << 26;

/// A list of trades that some combinations of a block lead to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// 128 bits that tell lists of trades apart, the same in every sweep over the same bars.
    pub fingerprint: u128,
    /// Closed trades.
    pub closed: u32,
    /// Whether a trade was still open at the end.
    pub open: bool,
}

/// What a block of combinations came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The place of their strategy among those of the sweep.
    pub strategy: usize,
    /// The combinations, by number in their strategy.
    pub numbers: Vec<u64>,
    /// For each of them the place of its outcome in `outcomes`.
    pub outcome_of: Vec<u32>,
    /// The block's distinct outcomes, in order of their first combination.
    pub outcomes: Vec<Candidate>,
    /// Every metric of every outcome: as many as the registry has, outcome after outcome.
    pub metrics: Vec<Value>,
}

impl Block {
    /// The metrics of an outcome, in the order of the registry.
    pub fn metrics(&self, outcome: usize) -> &[Value] {
        let width = metrics::registry().len();
        &self.metrics[outcome * width..(outcome + 1) * width]
    }
}

/// Fingerprints are as good as random: they are their own hash.
#[derive(Debug, Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            self.0 ^= chunk.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        }
    }

    fn write_u128(&mut self, fingerprint: u128) {
        #[expect(clippy::cast_possible_truncation, reason = "half of it is hash enough")]
        let half = fingerprint as u64;
        self.0 = half;
    }
}

/// Places by fingerprint.
pub(super) type ByFingerprint = HashMap<u128, u32, BuildHasherDefault<AsItIs>>;

/// Everything that blocks of a sweep share.
#[derive(Debug)]
pub struct Engine<'a> {
    setup: &'a Setup<'a>,
    entries: Settings,
    exits: Settings,
    way: Way,
    work: Work<'a>,
}

#[derive(Debug)]
enum Work<'a> {
    Table(Box<(Entries, Table<'a>, Frame)>),
    Reference(Box<(Answers, Option<Answers>)>),
}

impl<'a> Engine<'a> {
    /// Evaluates the rules and fills the table of trades. Only now is known how many bars are signals: a table
    /// that would be too large is not filled, and [`Engine::way`] says so.
    ///
    /// # Errors
    /// Where a series lacks a column the rule needs.
    pub fn new(setup: &'a Setup<'a>, way: &Way) -> Result<Self> {
        Self::with_table(setup, way, MOST_CELLS)
    }

    /// As [`Engine::new`], with a table of so many cells at most.
    pub(super) fn with_table(setup: &'a Setup<'a>, way: &Way, most_cells: usize) -> Result<Self> {
        let strategy = setup.strategy;
        let mut evaluator = Evaluator::new(&strategy.graph, setup.panel);
        let exits = Settings::of_exits(strategy);
        let rule = &strategy.exits.rule;
        let rule = rule.as_ref().map(|rule| Answers::new(setup, &mut evaluator, rule.node)).transpose()?;
        let mut way = way.clone();
        if way == Way::Fast {
            let entries = Entries::new(setup, &mut evaluator)?;
            drop(evaluator);
            if entries.bars.len().saturating_mul(exits.count()) <= most_cells {
                let table = Table::new(setup, &entries.bars, rule, &exits);
                let frame = Frame::new(setup, &table.market);
                let settings = entries.settings.clone();
                return Ok(Self {
                    setup,
                    entries: settings,
                    exits,
                    way,
                    work: Work::Table(Box::new((entries, table, frame))),
                });
            }
            way = Way::Reference(format!(
                "{} bars are signals, and a trade of each under {} would not fit",
                num::grouped(entries.bars.len()),
                num::counted(exits.count(), "exit setting"),
            ));
            evaluator = Evaluator::new(&strategy.graph, setup.panel);
        }
        let entry = Answers::new(setup, &mut evaluator, strategy.entry.node)?;
        Ok(Self {
            setup,
            entries: entry.settings.clone(),
            exits,
            way,
            work: Work::Reference(Box::new((entry, rule))),
        })
    }

    /// How the combinations are worked: as planned, unless the table of trades would be too large.
    pub fn way(&self) -> &Way {
        &self.way
    }

    /// 128 bits that tell the trades of a combination from those of every other: the walk alone.
    ///
    /// # Errors
    /// As [`Engine::block`].
    pub fn trades_of(&self, number: u64) -> Result<u128> {
        let mut odometer = Odometer::new(self.setup.strategy);
        odometer.seek(number);
        self.fingerprint((self.entries.at(&odometer.places), self.exits.at(&odometer.places)), number)
    }

    /// Works some combinations.
    ///
    /// # Errors
    /// Where a series lacks a column an order needs, or a ledger does not add up, which would be a bug.
    pub fn block(&self, selection: &Selection) -> Result<Block> {
        let mut odometer = Odometer::new(self.setup.strategy);
        let numbers: Vec<u64> = (0..selection.len()).map(|row| selection.number(row)).collect();
        let mut block = Block {
            strategy: 0,
            outcome_of: Vec::with_capacity(numbers.len()),
            numbers,
            outcomes: Vec::new(),
            metrics: Vec::new(),
        };
        let mut known = ByFingerprint::default();
        let mut scratch = (Scratch::default(), metrics::Scratch::default());
        for index in 0..block.numbers.len() {
            odometer.seek(block.numbers[index]);
            let settings = (self.entries.at(&odometer.places), self.exits.at(&odometer.places));
            let next = u32::try_from(block.outcomes.len()).unwrap_or(u32::MAX);
            let fingerprint = self.fingerprint(settings, block.numbers[index])?;
            let outcome = *known.entry(fingerprint).or_insert(next);
            block.outcome_of.push(outcome);
            if outcome == next {
                let (closed, open) =
                    self.measure(settings, block.numbers[index], &mut scratch, &mut block.metrics)?;
                block.outcomes.push(Candidate { fingerprint, closed, open });
            }
        }
        Ok(block)
    }

    fn fingerprint(&self, (entry, exit): (usize, usize), number: u64) -> Result<u128> {
        Ok(match &self.work {
            Work::Table(work) => work.1.walk(&work.0.sets[entry], exit),
            Work::Reference(_) => {
                let (entry, exit) = self.answers(number);
                let values = self.setup.strategy.combination(number);
                let trades = self.setup.trades(&values, &entry, exit.as_deref())?;
                fingerprint(self.setup, &values, &trades)
            }
        })
    }

    /// Adds the metrics of a combination; gives its closed trades and whether one is open.
    fn measure(
        &self,
        (entry, exit): (usize, usize),
        number: u64,
        (own, scratch): &mut (Scratch, metrics::Scratch),
        values: &mut Vec<Value>,
    ) -> Result<(u32, bool)> {
        if let Work::Table(work) = &self.work {
            let (entries, table, frame) = &**work;
            let before = values.len();
            let rows: Vec<_> = table.rows(&entries.sets[entry], exit).collect();
            let measured = outcome::measure(frame, &table.market, &rows, own, values);
            if !measured.vanished {
                return Ok((measured.closed, measured.open));
            }
            values.truncate(before);
        }
        let (entry, exit) = self.answers(number);
        let ledger = self.setup.ledger(&self.setup.strategy.combination(number), &entry, exit.as_deref())?;
        values.extend(self.setup.measure(&ledger, scratch));
        let open = ledger.trades.iter().any(|trade| trade.open);
        Ok((u32::try_from(ledger.trades.len() - usize::from(open)).unwrap_or(u32::MAX), open))
    }

    /// The entry's and the exit rule's answers at each bar.
    fn answers(&self, number: u64) -> (Vec<bool>, Option<Vec<bool>>) {
        let places = self.setup.strategy.places(number);
        let bars = self.setup.window.len();
        match &self.work {
            Work::Reference(work) => {
                let spread = |answers: &Answers| answers.bars[answers.settings.at(&places)].to_bools(bars);
                (spread(&work.0), work.1.as_ref().map(spread))
            }
            Work::Table(work) => {
                let mut entry = vec![false; bars];
                for place in work.0.sets[self.entries.at(&places)].iter() {
                    entry[work.0.bars[place]] = true;
                }
                (entry, work.1.rule_at(&places, bars))
            }
        }
    }
}

/// The fingerprint of the reference's trades.
pub(super) fn fingerprint(setup: &Setup<'_>, values: &Assignment, trades: &[Trade]) -> u128 {
    let (commission, sized) = (setup.orders(values).costs.commission, !setup.is_simple());
    let deals = trades.iter().map(|trade| Deal::of(trade, commission, sized));
    deals.fold(0, |sum: u128, deal| sum.wrapping_add(deal.fingerprint()))
}
