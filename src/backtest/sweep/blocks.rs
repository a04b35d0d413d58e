//! A block of combinations is worked at a time: its distinct outcomes, and what each came to.

use crate::backtest::metrics::{self, Value};
use crate::backtest::portfolio::Portfolio;
use crate::backtest::simulator::{Execution, Ledger};
use crate::backtest::single::Setup;
use crate::base::diagnostic::Result;
use crate::strategy::rule::{Assignment, Evaluator};

use super::courses::{MOST_VALUES, Told};
use super::deal::{ByFingerprint, Deal, mixed, narrow};
use super::entries::Entries;
use super::on_demand::{OnDemand, Source, Walked, Worked};
use super::outcome::{self, Frame, Measured, Scratch};
use super::plan::{Way, way};
use super::selection::{Odometer, Selection};
use super::settings::{Answers, Settings};
use super::table::Table;

/// Rows of a block. A constant: what is in a file does not depend on the number of threads.
pub const BLOCK: u64 = 16_384;

/// Cells of a table of trades that fit; larger ones are not filled.
pub(super) const MOST_CELLS: usize = 1 << 22;

/// A list of trades that some combinations of a block lead to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Candidate {
    /// 128 bits that tell lists of trades apart, the same in every sweep over the same bars.
    pub fingerprint: u128,
    /// Closed trades.
    pub closed: u32,
    /// Whether a trade was still open at the end.
    pub open: bool,
}

impl Candidate {
    /// Whether there was a trade at all.
    pub fn traded(&self) -> bool {
        self.closed > 0 || self.open
    }
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
    /// Combinations of which nothing is known yet.
    fn of(numbers: Vec<u64>) -> Self {
        let outcome_of = Vec::with_capacity(numbers.len());
        Self { strategy: 0, outcome_of, numbers, outcomes: Vec::new(), metrics: Vec::new() }
    }

    /// Adds the next combination with the outcome of its trades, which is measured if it is not there yet: `measure`
    /// appends every metric.
    fn add(
        &mut self,
        fingerprint: u128,
        known: &mut ByFingerprint,
        measure: impl FnOnce(&mut Vec<Value>) -> Result<Candidate>,
    ) -> Result<()> {
        let next = narrow(self.outcomes.len());
        let mut outcome = *known.entry(fingerprint).or_insert(next);
        if outcome == next {
            let before = self.metrics.len();
            let candidate = measure(&mut self.metrics)?;
            // The trades of a ruined account end before the walk does, and may be those of another one.
            if candidate.fingerprint != fingerprint {
                outcome = *known.entry(candidate.fingerprint).or_insert(next);
                known.insert(fingerprint, outcome);
            }
            if outcome == next {
                self.outcomes.push(candidate);
            } else {
                self.metrics.truncate(before);
            }
        }
        self.outcome_of.push(outcome);
        Ok(())
    }

    /// The metrics of an outcome, in the order of the registry.
    pub fn metrics(&self, outcome: usize) -> &[Value] {
        let width = metrics::registry().len();
        &self.metrics[outcome * width..(outcome + 1) * width]
    }
}

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
    /// What a table of all trades would be too large for.
    OnDemand(Box<(Entries, OnDemand<'a>, Frame)>),
    Reference(Box<(Answers, Option<Answers>)>),
    /// Several laggards that share one account, on the reference, too.
    Several(&'a Portfolio<'a>),
}

impl<'a> Engine<'a> {
    /// Evaluates the rules and fills the table of trades, if it is not too large.
    ///
    /// # Errors
    /// Where a series lacks a column the rule needs.
    pub fn new(setup: &'a Setup<'a>, way: &Way) -> Result<Self> {
        Self::with_table(setup, way, (MOST_CELLS, MOST_VALUES))
    }

    /// As [`Engine::new`], with a table of so many cells at most and courses of so many numbers.
    pub(super) fn with_table(setup: &'a Setup<'a>, way: &Way, most: (usize, usize)) -> Result<Self> {
        Ok(Self::evaluated(setup, way)?.filled(most))
    }

    /// Evaluates the rules: it is known from here on at which bars there are signals. Trades are found when
    /// combinations make them, as long as there is no table.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub(super) fn evaluated(setup: &'a Setup<'a>, way: &Way) -> Result<Self> {
        let strategy = setup.strategy;
        let mut evaluator = Evaluator::new(&strategy.graph, setup.panel);
        let exits = Settings::of_exits(strategy);
        let rule = &strategy.exits.rule;
        let rule = rule.as_ref().map(|rule| Answers::new(setup, &mut evaluator, rule.node)).transpose()?;
        let mut way = way.clone();
        if way == Way::Fast {
            let entries = Entries::new(setup, &mut evaluator)?;
            drop(evaluator);
            if let Some(source) = Source::new(setup, rule.as_ref(), &exits)? {
                let trades = OnDemand::new(setup, &entries.bars, (source, rule));
                let frame = Frame::new(setup, &trades.market);
                let settings = entries.settings.clone();
                let work = Work::OnDemand(Box::new((entries, trades, frame)));
                return Ok(Self { setup, entries: settings, exits, way, work });
            }
            way = Way::Reference("what orders know under each setting would not fit".into());
            evaluator = Evaluator::new(&strategy.graph, setup.panel);
        }
        let entry = Answers::new(setup, &mut evaluator, strategy.entry.node)?;
        let settings = entry.settings.clone();
        Ok(Self { setup, entries: settings, exits, way, work: Work::Reference(Box::new((entry, rule))) })
    }

    /// The same with a table of all trades, unless it would have more than so many cells, or courses of more than
    /// so many numbers.
    pub(super) fn filled(self, (most_cells, most_values): (usize, usize)) -> Self {
        let work = match self.work {
            Work::OnDemand(work) if work.0.bars.len().saturating_mul(self.exits.count()) <= most_cells => {
                let (entries, trades, frame) = *work;
                match trades.into_table(&entries.bars, &self.exits, most_values) {
                    Ok(table) => Work::Table(Box::new((entries, table, frame))),
                    Err(trades) => Work::OnDemand(Box::new((entries, *trades, frame))),
                }
            }
            work => work,
        };
        Self { work, ..self }
    }

    /// An engine for several laggards, which evaluates each combination by itself.
    pub fn of_several(portfolio: &'a Portfolio<'a>) -> Self {
        let (setup, strategy) = (&portfolio.face, portfolio.face.strategy);
        Self {
            setup,
            entries: Settings::new(strategy, strategy.graph.parameters(strategy.entry.node)),
            exits: Settings::of_exits(strategy),
            way: way(setup),
            work: Work::Several(portfolio),
        }
    }

    /// How the combinations are worked: as planned, unless the table of trades would be too large.
    pub fn way(&self) -> &Way {
        &self.way
    }

    /// For each of some combinations 128 bits that tell its trades from those of every other: the walk alone, which
    /// goes on where the account is ruined.
    ///
    /// # Errors
    /// As [`Engine::block`].
    pub fn trades_of(&self, selection: &Selection) -> Result<Vec<u128>> {
        let numbers: Vec<u64> = (0..selection.len()).map(|row| selection.number(row)).collect();
        self.fingerprints(&self.settings(&numbers), &numbers)
    }

    /// Works some combinations.
    ///
    /// # Errors
    /// Where a series lacks a column an order needs, or a ledger does not add up, which would be a bug.
    pub fn block(&self, selection: &Selection) -> Result<Block> {
        let numbers: Vec<u64> = (0..selection.len()).map(|row| selection.number(row)).collect();
        let settings = self.settings(&numbers);
        if let Work::OnDemand(work) = &self.work {
            let (entries, trades, frame) = &**work;
            let worked = trades.work((entries, &self.exits), &settings, frame, true);
            return self.put_together(numbers, &worked);
        }
        let fingerprints = self.fingerprints(&settings, &numbers)?;
        let mut block = Block::of(numbers);
        let mut known = ByFingerprint::default();
        let mut scratch = (Scratch::default(), metrics::Scratch::default());
        for (index, fingerprint) in fingerprints.into_iter().enumerate() {
            let own = (settings[index], block.numbers[index]);
            block.add(fingerprint, &mut known, |values| {
                self.measure(fingerprint, own, &mut scratch, values)
            })?;
        }
        Ok(block)
    }

    /// The block of combinations whose trades were found on demand. What they could not tell is asked of the
    /// reference.
    fn put_together(&self, numbers: Vec<u64>, worked: &Worked) -> Result<Block> {
        let mut block = Block::of(numbers);
        let places = worked.measured.iter().enumerate();
        let measured: ByFingerprint =
            places.map(|(place, (fingerprint, ..))| (*fingerprint, narrow(place))).collect();
        let mut known = ByFingerprint::default();
        let mut scratch = metrics::Scratch::default();
        for (row, walked) in worked.in_order().into_iter().enumerate() {
            let number = block.numbers[row];
            let fingerprint = if walked.asks { self.on_the_reference(number)? } else { walked.fingerprint };
            let own = measured.get(&fingerprint).filter(|_| !walked.asks);
            let own = own.map(|&place| &worked.measured[place as usize]).filter(|(_, own, _)| !own.vanished);
            block.add(fingerprint, &mut known, |metrics| match own {
                Some((_, Measured { closed, open, .. }, values)) => {
                    metrics.extend_from_slice(values);
                    Ok(Candidate { fingerprint, closed: *closed, open: *open })
                }
                None => self.measure_on_the_reference(fingerprint, number, &mut scratch, metrics),
            })?;
        }
        Ok(block)
    }

    /// The entries and what trades are found in, before there is a table.
    pub(super) fn on_demand(&self) -> Option<&(Entries, OnDemand<'a>, Frame)> {
        match &self.work {
            Work::OnDemand(work) => Some(work),
            Work::Table(_) | Work::Reference(_) | Work::Several(_) => None,
        }
    }

    /// The same that remembers less of trades found on demand.
    #[cfg(test)]
    pub(super) fn remembering(self, most: usize) -> Self {
        match self.work {
            Work::OnDemand(work) => {
                let (entries, trades, frame) = *work;
                let work = Work::OnDemand(Box::new((entries, trades.remembering(most), frame)));
                Self { work, ..self }
            }
            work => Self { work, ..self },
        }
    }

    /// The settings of exits and costs.
    pub(super) fn exit_settings(&self) -> &Settings {
        &self.exits
    }

    /// Bars that are a signal of at least one entry setting, where that is known.
    pub(super) fn signals(&self) -> Option<u64> {
        match &self.work {
            Work::Table(work) => Some(work.0.bars.len() as u64),
            Work::OnDemand(work) => Some(work.0.bars.len() as u64),
            Work::Reference(work) => Some(work.0.any().iter().count() as u64),
            Work::Several(_) => None,
        }
    }

    /// Whether a block is worked by all threads anyway, so that it need not be cut into parts for them.
    pub(super) fn shares_work(&self) -> bool {
        matches!(self.work, Work::OnDemand(_))
    }

    /// The entries and the table of trades; `None` where there is none.
    pub(super) fn table(&self) -> Option<&(Entries, Table<'a>, Frame)> {
        match &self.work {
            Work::Table(work) => Some(work),
            Work::OnDemand(_) | Work::Reference(_) | Work::Several(_) => None,
        }
    }

    /// The entry setting and the exit setting of each combination.
    pub(super) fn settings(&self, numbers: &[u64]) -> Vec<(usize, usize)> {
        let mut odometer = Odometer::new(self.setup.strategy);
        let mut settings = |&number: &u64| {
            odometer.seek(number);
            (self.entries.at(&odometer.places), self.exits.at(&odometer.places))
        };
        numbers.iter().map(&mut settings).collect()
    }

    pub(super) fn fingerprints(&self, settings: &[(usize, usize)], numbers: &[u64]) -> Result<Vec<u128>> {
        match &self.work {
            Work::Table(work) => {
                let (entries, table, _) = &**work;
                let (mut sums, mut exits) = (Vec::with_capacity(settings.len()), Vec::new());
                for run in settings.chunk_by(|a, b| a.0 == b.0) {
                    exits.clear();
                    exits.extend(run.iter().map(|(_, exit)| exit));
                    table.walks(&entries.sets[run[0].0], &exits, &mut sums);
                }
                if table.has_doubts() {
                    for ((sum, setting), &number) in sums.iter_mut().zip(settings).zip(numbers) {
                        if self.asks(*setting) {
                            *sum = self.on_the_reference(number)?;
                        }
                    }
                }
                Ok(sums)
            }
            Work::OnDemand(work) => {
                let (entries, trades, frame) = &**work;
                let worked = trades.work((entries, &self.exits), settings, frame, false);
                let one = |(walked, &number): (Walked, &u64)| {
                    if walked.asks { self.on_the_reference(number) } else { Ok(walked.fingerprint) }
                };
                worked.in_order().into_iter().zip(numbers).map(one).collect()
            }
            Work::Reference(_) => numbers.iter().map(|&number| self.on_the_reference(number)).collect(),
            Work::Several(portfolio) => {
                let one = |&number: &u64| {
                    let values = self.setup.strategy.combination(number);
                    let members = portfolio.run(&values)?.members;
                    let each = members.iter().map(|member| &member.ledger);
                    // Odd factors keep the same trades of two laggards apart.
                    Ok(each.zip((1_u128..).step_by(2)).fold(0, |sum: u128, (ledger, factor)| {
                        sum.wrapping_add(of_ledger(self.setup, &values, ledger).wrapping_mul(factor))
                    }))
                };
                numbers.iter().map(one).collect()
            }
        }
    }

    /// The fingerprint of a combination's trades on the reference.
    fn on_the_reference(&self, number: u64) -> Result<u128> {
        let (entry, exit) = self.answers(number);
        let values = self.setup.strategy.combination(number);
        let book = self.setup.book(&values, &entry, exit.as_deref())?;
        Ok(of_ledger(self.setup, &values, &book))
    }

    /// Whether the reference has to be asked about a combination that goes the fast way: so little is left after
    /// some trade of it that rounding tells.
    pub(super) fn asks(&self, (entry, exit): (usize, usize)) -> bool {
        self.table().is_some_and(|(entries, table, _)| table.asks(&entries.sets[entry], exit))
    }

    /// The courses of a combination; `None` where its trades are none.
    pub(super) fn courses_of(&self, number: u64) -> Option<Vec<Told>> {
        let (entry, exit) = self.settings(&[number])[0];
        if let Work::OnDemand(work) = &self.work {
            let courses = work.1.courses((&work.0, &self.exits), (entry, exit))?;
            return (!courses.iter().any(|told| told.is_narrow)).then_some(courses);
        }
        let (entries, table, _) = self.table().filter(|(_, table, _)| table.is_of_courses())?;
        (!self.asks((entry, exit))).then(|| table.courses(&entries.sets[entry], exit))
    }

    /// Adds the metrics of a combination whose trades have this fingerprint.
    fn measure(
        &self,
        fingerprint: u128,
        ((entry, exit), number): ((usize, usize), u64),
        (own, scratch): &mut (Scratch, metrics::Scratch),
        values: &mut Vec<Value>,
    ) -> Result<Candidate> {
        let before = values.len();
        if let Work::Table(work) = &self.work
            && !self.asks((entry, exit))
        {
            let (entries, table, frame) = &**work;
            let trades = table.trades(&entries.sets[entry], exit);
            let rows: Vec<_> = trades.map(|trade| table.row(trade)).collect();
            let measured = outcome::measure(frame, &table.market, &rows, own, values);
            if !measured.vanished {
                return Ok(Candidate { fingerprint, closed: measured.closed, open: measured.open });
            }
            values.truncate(before);
        }
        self.measure_on_the_reference(fingerprint, number, scratch, values)
    }

    /// The same on the reference.
    fn measure_on_the_reference(
        &self,
        fingerprint: u128,
        number: u64,
        scratch: &mut metrics::Scratch,
        values: &mut Vec<Value>,
    ) -> Result<Candidate> {
        let count = |trades: usize| u32::try_from(trades).unwrap_or(u32::MAX);
        let mut fingerprint = fingerprint;
        let ledger = if let Work::Several(portfolio) = self.work {
            let run = portfolio.run(&self.setup.strategy.combination(number))?.run;
            values.extend(run.metrics);
            run.ledger
        } else {
            let (entry, exit) = self.answers(number);
            let combination = self.setup.strategy.combination(number);
            let ledger = self.setup.ledger(&combination, &entry, exit.as_deref())?;
            values.extend(self.setup.measure(&ledger, scratch));
            fingerprint = of_ledger(self.setup, &combination, &ledger);
            ledger
        };
        let open = ledger.trades.iter().filter(|trade| trade.open).count();
        Ok(Candidate { fingerprint, closed: count(ledger.trades.len() - open), open: open > 0 })
    }

    /// The entry's and the exit rule's answers at each bar.
    fn answers(&self, number: u64) -> (Vec<bool>, Option<Vec<bool>>) {
        let places = self.setup.strategy.places(number);
        let bars = self.setup.window.len();
        match &self.work {
            // The rules of each laggard are asked by its own account.
            Work::Several(_) => (Vec::new(), None),
            Work::Reference(work) => {
                let spread = |answers: &Answers| answers.at(&places, bars);
                (spread(&work.0), work.1.as_ref().map(spread))
            }
            Work::Table(work) => {
                (work.0.answers(self.entries.at(&places), bars), work.1.rule_at(&places, bars))
            }
            Work::OnDemand(work) => {
                (work.0.answers(self.entries.at(&places), bars), work.1.rule_at(&places, bars))
            }
        }
    }
}

/// The fingerprint of the reference's trades. Where they are not simple, every fill has its part: parts that are
/// bought on other days at the same prices, or another leg, make another account.
pub(super) fn of_ledger(setup: &Setup<'_>, values: &Assignment, ledger: &Ledger) -> u128 {
    let (commission, sized) = (setup.orders(values).costs.commission, !setup.is_simple());
    let deals = ledger.trades.iter().map(|trade| Deal::of(trade, commission, sized).fingerprint());
    let fills = ledger.executions.iter().filter(|_| sized).map(of_fill);
    deals.chain(fills).fold(0, u128::wrapping_add)
}

fn of_fill(fill: &Execution) -> u128 {
    let Execution { bar, leg, units, price, .. } = fill;
    mixed(&[*bar as u64, *leg as u64, units.to_bits(), price.to_bits()].into_iter())
}
