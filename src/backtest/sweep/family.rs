//! Several strategies, or one on several symbols, as one sweep.
//!
//! A member is a strategy on the bars of one choice of its symbols. Parameters that choose symbols count slowest, so a
//! member's combinations are a stretch of its strategy's numbers, and those of the next strategy follow. A block is of
//! one member alone: what goes the fast way does so member by member, with a table of trades each. Small members are worked
//! several at a time.

use std::collections::BTreeSet;
use std::ops::Range;

use rayon::prelude::*;

use crate::backtest::portfolio::Portfolio;
use crate::backtest::simulator::Ledger;
use crate::backtest::single::{self, Setup};
use crate::base::diagnostic::Result;
use crate::base::num::RandomStream;
use crate::strategy::file::Strategy;
use crate::strategy::rule::Assignment;
use crate::strategy::signals::Span;

use super::blocks::{BLOCK, Engine, MOST_CELLS};
use super::check::{Difference, differences_of};
use super::courses::MOST_VALUES;
use super::limit::{MOST_COMBINATIONS, number_after, too_large, too_many_bytes};
use super::plan::{MOST_BYTES, Plan, Way};
use super::selection::{Selection, Subset};
use super::swept::Swept;
use super::{Finished, Part, Sink, stopped, work};

/// A strategy on the bars of one choice of its symbols.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    /// The strategy on its panel, over the days that all members have in common.
    pub setup: Setup<'a>,
    /// The place of its strategy among those of the sweep.
    pub strategy: usize,
    /// The number of its strategy's combination 0 in the whole sweep.
    pub first: u64,
    /// Its combinations, by number in the whole sweep.
    pub numbers: Range<u64>,
    /// The days that would count if it were alone.
    pub alone: Span,
    /// Several laggards with one account, whose face the setup is.
    pub portfolio: Option<&'a Portfolio<'a>>,
}

impl<'a> Member<'a> {
    /// What works its combinations.
    fn engine(&'a self, way: &Way) -> Result<Engine<'a>> {
        match self.portfolio {
            Some(portfolio) => Ok(Engine::of_several(portfolio)),
            None => Engine::new(&self.setup, way),
        }
    }

    /// The same without a table of trades.
    fn evaluated(&'a self, way: &Way) -> Result<Engine<'a>> {
        match self.portfolio {
            Some(portfolio) => Ok(Engine::of_several(portfolio)),
            None => Engine::evaluated(&self.setup, way),
        }
    }

    /// Runs one of its strategy's combinations on the reference.
    ///
    /// # Errors
    /// Where a series lacks a column a rule or an order needs, or a ledger does not add up, which would be a bug.
    pub fn ledger(&self, values: &Assignment) -> Result<Ledger> {
        match self.portfolio {
            Some(portfolio) => Ok(portfolio.run(values)?.run.ledger),
            None => single::ledger(&self.setup, values),
        }
    }
}

/// All members of a sweep, in order of their combinations; at least one.
#[derive(Debug, Clone)]
pub struct Family<'a> {
    members: Vec<Member<'a>>,
}

/// What came of a member's combinations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// How many were worked.
    pub combinations: u64,
    /// Those that never traded.
    pub without_trade: usize,
    /// The number of the best, in the whole sweep; the lowest of several.
    pub best: Option<u64>,
}

/// Bytes that members which are worked at a time may hold, beside one that holds more alone.
const TOGETHER: u64 = 256 << 20;

/// What a sweep will do, over all of its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// Which combinations, by number in the whole sweep.
    pub selection: Selection,
    /// Combinations of all parameters' values of all strategies, chosen or not.
    pub grid: u64,
    /// What each member with something to do will do, by its place in the family. Their selections are their
    /// strategies' own numbers.
    pub plans: Vec<(usize, Plan)>,
}

/// A block of a sweep, as it is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedBlock {
    /// Its rows among those of the sweep, at least one.
    pub rows: Range<u64>,
    /// The place of its strategy among those of the sweep.
    pub strategy: usize,
    /// The number of its strategy's combination 0 in the whole sweep.
    first: u64,
}

impl PlannedBlock {
    /// Its combinations, by number in their strategy. `selection` is the sweep's.
    pub fn numbers(&self, selection: &Selection) -> Vec<u64> {
        match selection.rows(self.rows.clone()).less(self.first) {
            Selection::Range(range) => range.collect(),
            Selection::Listed(numbers) => numbers,
        }
    }
}

impl<'a> Family<'a> {
    /// Numbers the combinations of members: each with the place of its strategy and the days it would have alone.
    /// Those of one strategy follow each other in the order of its choices of symbols.
    ///
    /// # Errors
    /// Where their combinations are too many to be numbered.
    pub fn new(members: Vec<(Setup<'a>, usize, Span)>) -> Result<Self> {
        let mut numbered: Vec<Member<'a>> = Vec::with_capacity(members.len());
        let alike =
            |strategy: usize| members.iter().filter(|(_, other, _)| *other == strategy).count() as u64;
        let counts: Vec<u64> = members.iter().map(|(_, strategy, _)| alike(*strategy)).collect();
        for ((setup, strategy, alone), alike) in members.into_iter().zip(counts) {
            let before = numbered.last();
            let start = before.map_or(0, |member| member.numbers.end);
            let first =
                before.filter(|member| member.strategy == strategy).map_or(start, |member| member.first);
            let end = number_after(start, setup.strategy, alike)?;
            numbered.push(Member { setup, strategy, first, numbers: start..end, alone, portfolio: None });
        }
        Ok(Self { members: numbered })
    }

    /// Several laggards with one account: one member, on the clock of the first.
    ///
    /// # Errors
    /// As [`Family::new`].
    pub fn of_several(portfolio: &'a Portfolio<'a>) -> Result<Self> {
        let face = &portfolio.face;
        let alone = Span::of(face.panel, &face.window);
        let mut family = Self::new(vec![(face.clone(), 0, alone)])?;
        for member in &mut family.members {
            member.portfolio = Some(portfolio);
        }
        Ok(family)
    }

    /// The members, in order of their combinations.
    pub fn members(&self) -> &[Member<'a>] {
        &self.members
    }

    /// The strategies, in order, with the number of the combination 0 of each. Of one on several symbols that of its
    /// first choice stands here.
    pub fn strategies(&self) -> Vec<(&'a Strategy, u64)> {
        let mut strategies: Vec<(&Strategy, u64)> = Vec::new();
        for member in self.members.iter().filter(|member| member.numbers.start == member.first) {
            strategies.push((member.setup.strategy, member.first));
        }
        strategies
    }

    /// The place of the member that a combination belongs to.
    pub fn place(&self, number: u64) -> usize {
        let after = self.members.partition_point(|member| member.numbers.start <= number);
        after.saturating_sub(1)
    }

    /// The member that a combination belongs to.
    pub fn member(&self, number: u64) -> &Member<'a> {
        &self.members[self.place(number)]
    }

    /// Plans a sweep of all combinations that fit, or of a subset.
    ///
    /// # Errors
    /// As [`Selection::new`] and [`Plan::new`].
    pub fn plan(&self, subset: Subset, seed: u64) -> Result<Whole> {
        let strategies: Vec<&Strategy> =
            self.strategies().into_iter().map(|(strategy, _)| strategy).collect();
        let selection = Selection::among(&strategies, subset, seed)?;
        let grid = self.members.last().map_or(0, |member| member.numbers.end);
        let whole = self.planned(selection, grid)?;
        let largest =
            strategies.iter().max_by_key(|strategy| strategy.combinations()).unwrap_or(&strategies[0]);
        if whole.combinations() > MOST_COMBINATIONS {
            return Err(too_large(largest, whole.combinations()));
        }
        if whole.bytes() > MOST_BYTES {
            return Err(too_many_bytes(largest, whole.bytes(), MOST_BYTES));
        }
        Ok(whole)
    }

    fn planned(&self, selection: Selection, grid: u64) -> Result<Whole> {
        let plan = |(place, rows): (usize, Range<u64>)| {
            let member = &self.members[place];
            let own = selection.rows(rows).less(member.first);
            Ok((place, Plan::new(&member.setup, own)?))
        };
        let plans = self.stretches(&selection).into_iter().map(plan).collect::<Result<_>>()?;
        Ok(Whole { selection, grid, plans })
    }

    /// A part of a sweep: as many whole blocks as every other, or one more. `None` where it would have none.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn part(&self, whole: &Whole, part: u64, of: u64) -> Result<Option<Whole>> {
        let blocks = self.blocks(&whole.selection);
        let own = &blocks[Self::blocks_of_part(blocks.len(), part, of)];
        let (Some(first), Some(last)) = (own.first(), own.last()) else { return Ok(None) };
        self.planned(whole.selection.rows(first.rows.start..last.rows.end), whole.grid).map(Some)
    }

    /// Which of so many blocks part `part` of `of` has: none where there is no such part, or it would have none.
    pub fn blocks_of_part(blocks: usize, part: u64, of: u64) -> Range<usize> {
        if part < 1 || part > of {
            return 0..0;
        }
        let start = |part: u64| {
            let start = blocks as u128 * u128::from(part) / u128::from(of);
            usize::try_from(start).unwrap_or(blocks)
        };
        start(part - 1)..start(part)
    }

    /// The blocks of a selection, in order.
    pub fn blocks(&self, selection: &Selection) -> Vec<PlannedBlock> {
        let step = usize::try_from(BLOCK).unwrap_or(usize::MAX);
        let cut = |(place, rows): (usize, Range<u64>)| {
            let Member { strategy, first, .. } = self.members[place];
            let end = rows.end;
            let block = move |start| PlannedBlock { rows: start..end.min(start + BLOCK), strategy, first };
            rows.step_by(step).map(block)
        };
        self.stretches(selection).into_iter().flat_map(cut).collect()
    }

    /// What came of each member's combinations.
    pub fn tallies(&self, swept: &Swept) -> Vec<Tally> {
        let row = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
        let tally = |member: &Member<'_>| {
            let rows = swept.selection.rows_of(&member.numbers);
            let outcomes = &swept.outcome_of[row(rows.start)..row(rows.end)];
            let idle = outcomes.iter().filter(|outcome| !swept.outcomes[**outcome as usize].traded());
            let all = rows.clone().filter_map(|row| u32::try_from(row).ok());
            Tally {
                combinations: rows.end - rows.start,
                without_trade: idle.count(),
                best: all.min_by(|&a, &b| swept.rank(a, b)).map(|row| swept.selection.number(u64::from(row))),
            }
        };
        self.members.iter().map(tally).collect()
    }

    /// A member's rows, up to `end`.
    fn part_of<'w>(&self, whole: &'w Whole, place: usize, end: u64) -> Part<'w> {
        let Member { strategy, first, .. } = self.members[place];
        Part { selection: &whole.selection, rows: end, first, strategy, salt: salt(place) }
    }

    /// The rows of each member that has some.
    fn stretches(&self, selection: &Selection) -> Vec<(usize, Range<u64>)> {
        let rows = self.members.iter().map(|member| selection.rows_of(&member.numbers));
        rows.enumerate().filter(|(_, rows)| !rows.is_empty()).collect()
    }
}

impl Whole {
    /// Combinations that will be worked.
    pub fn combinations(&self) -> u64 {
        self.selection.len()
    }

    /// About how many bytes the sweep holds at a time: the rules and tables of the members at work, and every
    /// combination's outcome.
    pub fn bytes(&self) -> u64 {
        let alone = self.plans.iter().map(|(_, plan)| plan.rule_bytes());
        let all = alone.clone().fold(0, u64::saturating_add);
        let rules = alone.max().unwrap_or(0).max(all.min(TOGETHER));
        self.plans.iter().fold(rules, |sum, (_, plan)| sum.saturating_add(plan.outcome_bytes()))
    }

    /// How many of the next members are worked at a time: those of one block each that together hold little, with
    /// tables that are no larger than one may be.
    fn together(&self, next: &[(usize, Range<u64>)]) -> usize {
        let (mut bytes, mut cells) = (0_u64, 0_u64);
        let fits = |(place, rows): &&(usize, Range<u64>)| {
            let Some(plan) = self.plan_of(*place) else { return false };
            bytes = bytes.saturating_add(plan.rule_bytes());
            cells = cells.saturating_add((plan.bars as u64).saturating_mul(plan.exit_settings));
            rows.end - rows.start <= BLOCK && bytes <= TOGETHER && cells <= MOST_CELLS as u64
        };
        next.iter().take(2 * rayon::current_num_threads()).take_while(fits).count()
    }

    /// About how many seconds the sweep takes on so many threads.
    pub fn seconds(&self, threads: u64) -> u64 {
        Plan::seconds(&self.plans, threads)
    }

    fn plan_of(&self, place: usize) -> Option<&Plan> {
        let at = self.plans.binary_search_by_key(&place, |(member, _)| *member).ok()?;
        Some(&self.plans[at].1)
    }

    /// How a member is worked.
    fn way(&self, place: usize) -> &Way {
        self.plan_of(place).map_or(&Way::Fast, |plan| &plan.way)
    }
}

/// Who hears how a sweep goes.
#[expect(missing_debug_implementations, reason = "closures")]
pub struct Listeners<'l> {
    /// Hears how each member is worked, once that is known: as planned, or otherwise.
    pub begun: &'l dyn Fn(usize, &Way),
    /// Hears how many combinations are done, now and then, and says whether to go on.
    pub progress: &'l (dyn Fn(u64) -> bool + Sync),
}

/// The engine of one member at a time: it is kept until another one's is wanted.
#[derive(Debug)]
pub struct Engines<'f> {
    family: &'f Family<'f>,
    ready: Option<(usize, Engine<'f>)>,
    /// One whose rules are evaluated, without a table of trades yet.
    evaluated: Option<(usize, Engine<'f>)>,
}

impl<'f> Engines<'f> {
    /// None yet.
    pub fn new(family: &'f Family<'f>) -> Self {
        Self { family, ready: None, evaluated: None }
    }

    /// Evaluates the rules of each strategy on the first of its members that has something to do, and estimates from a
    /// few combinations what the sweep costs. The other members of a strategy are taken to be like that one.
    ///
    /// # Errors
    /// As [`Engine::block`], and where the sweep is too large to fit.
    pub fn estimate(&mut self, whole: &mut Whole) -> Result<()> {
        let mut known: Option<(usize, Plan)> = None;
        for (at, (place, plan)) in whole.plans.iter_mut().enumerate() {
            let member = &self.family.members[*place];
            if let Some((_, first)) = known.as_ref().filter(|(strategy, _)| *strategy == member.strategy) {
                plan.estimate = first.estimate.map(|estimate| estimate.scaled(first, plan));
                continue;
            }
            let engine = member.evaluated(&plan.way)?;
            plan.way = engine.way().clone();
            plan.estimate = Some(engine.estimate(&plan.selection)?);
            known = Some((member.strategy, plan.clone()));
            if at == 0 {
                self.evaluated = Some((*place, engine));
            }
        }
        if whole.bytes() > MOST_BYTES {
            let largest = self.family.members.first().map(|member| member.setup.strategy);
            return largest.map_or(Ok(()), |strategy| Err(too_large(strategy, whole.combinations())));
        }
        Ok(())
    }

    /// The engine of a member of a sweep.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn get(&mut self, whole: &Whole, place: usize) -> Result<&Engine<'f>> {
        let engine = match self.ready.take() {
            Some((own, engine)) if own == place => engine,
            other => {
                // One table of trades at a time.
                drop(other);
                match self.evaluated.take() {
                    Some((own, engine)) if own == place => engine.filled((MOST_CELLS, MOST_VALUES)),
                    _ => self.family.members[place].engine(whole.way(place))?,
                }
            }
        };
        Ok(&self.ready.insert((place, engine)).1)
    }
}

/// Works every combination of a sweep from where `swept` ends, member by member, and hands the blocks to `sink`.
///
/// # Errors
/// Where the sink fails, a series lacks a column the rule needs, or a listener said to stop.
pub fn sweep_all<S: Sink>(
    engines: &mut Engines<'_>,
    whole: &Whole,
    sink: &mut S,
    mut swept: Swept,
    listeners: &Listeners<'_>,
) -> Result<Swept> {
    let mut left = engines.family.stretches(&whole.selection);
    left.retain(|(_, rows)| rows.end > swept.rows());
    let mut left = left.as_slice();
    while let Some((place, rows)) = left.first().cloned() {
        let together = whole.together(left);
        if together > 1 {
            let (now, later) = left.split_at(together);
            engines.ready = None;
            work_together(engines.family, (whole, now), sink, &mut swept, listeners)?;
            left = later;
            continue;
        }
        let part = engines.family.part_of(whole, place, rows.end);
        let engine = engines.get(whole, place)?;
        (listeners.begun)(place, engine.way());
        swept = work(engine, &part, sink, swept, listeners.progress)?;
        left = &left[1..];
    }
    Ok(swept)
}

/// Works some members at a time, each of one block, so that many small ones keep all threads at work.
fn work_together<S: Sink>(
    family: &Family<'_>,
    (whole, stretches): (&Whole, &[(usize, Range<u64>)]),
    sink: &mut S,
    swept: &mut Swept,
    listeners: &Listeners<'_>,
) -> Result<()> {
    let metric = swept.metric();
    let encoder = sink.encoder();
    let done: Vec<(Way, (Finished, S::Ready))> = stretches
        .par_iter()
        .map(|(place, rows)| {
            let engine = family.members[*place].engine(whole.way(*place))?;
            let part = family.part_of(whole, *place, rows.end);
            Ok((engine.way().clone(), part.worked(&engine, (rows.clone(), 1), metric, &encoder)?))
        })
        .collect::<Result<_>>()?;
    for ((place, _), (way, (finished, ready))) in stretches.iter().zip(done) {
        (listeners.begun)(*place, &way);
        let outcomes = swept.add(&finished);
        sink.take(&finished, ready, &outcomes)?;
    }
    if (listeners.progress)(swept.rows()) { Ok(()) } else { Err(stopped()) }
}

/// What is added to the fingerprints of a member's lists of trades, so that no two members share an outcome: the same
/// trades, none at all for example, come to other metrics on other bars.
fn salt(place: usize) -> u128 {
    // An odd number: different places lead to different bits, in each half.
    (place as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
}

/// Computes every metric of a few combinations of a sweep, for those who show them.
///
/// # Errors
/// As [`Engine::block`].
pub fn look_closer(
    engines: &mut Engines<'_>,
    whole: &Whole,
    swept: &mut Swept,
    numbers: &[u64],
) -> Result<()> {
    let mut numbers = numbers.to_vec();
    // Each member's engine is wanted once.
    numbers.sort_unstable();
    for number in numbers {
        let place = engines.family.place(number);
        let first = engines.family.members[place].first;
        swept.look_closer(engines.get(whole, place)?, first, &[number])?;
    }
    Ok(())
}

/// Runs `count` different combinations of a sweep, chosen at random, or all where there are no more, on the reference, and lists what a sweep finds otherwise.
///
/// # Errors
/// Where a series lacks a column the rule needs.
pub fn check_all(engines: &mut Engines<'_>, whole: &Whole, count: u64, seed: u64) -> Result<Vec<Difference>> {
    let mut stream = RandomStream::new(seed, "sweep check");
    let rows = usize::try_from(whole.selection.len()).unwrap_or(usize::MAX);
    let mut drawn = BTreeSet::new();
    while (drawn.len() as u64) < count.min(rows as u64) {
        drawn.insert(stream.below(rows) as u64);
    }
    let drawn: Vec<u64> = drawn.into_iter().map(|row| whole.selection.number(row)).collect();
    check_of(engines, whole, &drawn)
}

/// The same of these combinations, member by member.
fn check_of(engines: &mut Engines<'_>, whole: &Whole, numbers: &[u64]) -> Result<Vec<Difference>> {
    let mut differences = Vec::new();
    for (place, member) in engines.family.members.iter().enumerate() {
        for number in numbers.iter().filter(|number| member.numbers.contains(number)) {
            let found = differences_of(&member.setup, engines.get(whole, place)?, number - member.first)?;
            let told = |difference: Difference| Difference { combination: *number, ..difference };
            differences.extend(found.into_iter().map(told));
        }
    }
    Ok(differences)
}

#[cfg(test)]
mod tests;
