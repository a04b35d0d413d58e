//! What is kept of a sweep in memory: which outcome each combination has, and how each outcome ranks.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::backtest::metrics::{self, Metric, Value};
use crate::base::diagnostic::Result;
use crate::strategy::file::Strategy;
use crate::strategy::rule::{Assignment, Parameter, Value as Setting};

use super::Finished;
use super::blocks::{Candidate, Engine};
use super::deal::ByFingerprint;
use super::plan::Plan;
use super::selection::Selection;

/// What one list of trades came to, as far as it ranks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The lowest number of a combination that led here.
    pub first_combination: u64,
    /// Closed trades.
    pub closed: u32,
    /// Whether a trade was still open at the end.
    pub open: bool,
    /// The ranking metric; `None` where undefined, as it is without any trade.
    pub value: Option<f64>,
}

impl Outcome {
    /// Whether there was a trade at all.
    pub fn traded(&self) -> bool {
        self.closed > 0 || self.open
    }
}

/// The results of every combination, as far as they rank.
#[derive(Debug, Clone)]
pub struct Swept {
    /// The combinations worked, by row.
    pub selection: Selection,
    /// For each row the number of its outcome.
    pub outcome_of: Vec<u32>,
    /// The distinct outcomes, in order of their first combination.
    pub outcomes: Vec<Outcome>,
    metric: usize,
    known: ByFingerprint,
    details: BTreeMap<u64, Vec<Value>>,
}

impl Swept {
    /// Nothing is worked yet; `metric` ranks.
    pub fn new(plan: &Plan, metric: &Metric) -> Self {
        Self::of(&plan.selection, metric)
    }

    /// The same of some combinations, by number in the whole sweep.
    pub fn of(selection: &Selection, metric: &Metric) -> Self {
        Self {
            selection: selection.clone(),
            outcome_of: Vec::with_capacity(usize::try_from(selection.len()).unwrap_or(0)),
            outcomes: Vec::new(),
            metric: metrics::index_of(metric.name).unwrap_or(0),
            known: ByFingerprint::default(),
            details: BTreeMap::new(),
        }
    }

    /// The id of the metric that ranks.
    pub fn metric(&self) -> usize {
        self.metric
    }

    /// Rows that are worked.
    pub fn rows(&self) -> u64 {
        self.outcome_of.len() as u64
    }

    /// The numbers that the outcomes of the next block would get.
    pub fn numbers(&self, block: &Finished) -> Vec<u32> {
        let mut next = u32::try_from(self.outcomes.len()).unwrap_or(u32::MAX);
        let number = |outcome: Candidate| {
            self.known.get(&outcome.fingerprint).copied().unwrap_or_else(|| {
                next += 1;
                next - 1
            })
        };
        block.candidates().map(number).collect()
    }

    /// Adds the next block; gives the numbers of its outcomes.
    pub fn add(&mut self, block: &Finished) -> Vec<u32> {
        let first_row = self.outcome_of.len();
        let mut first = vec![usize::MAX; block.outcomes.len()];
        for (row, &outcome) in block.outcome_of.iter().enumerate().rev() {
            first[outcome as usize] = row;
        }
        let numbers: Vec<u32> = block
            .outcomes
            .iter()
            .zip(first)
            .map(|((candidate, value), row)| {
                let next = u32::try_from(self.outcomes.len()).unwrap_or(u32::MAX);
                let Candidate { fingerprint, closed, open } = *candidate;
                let number = *self.known.entry(fingerprint).or_insert(next);
                if number == next {
                    let first_combination = self.selection.number((first_row + row) as u64);
                    self.outcomes.push(Outcome { first_combination, closed, open, value: *value });
                }
                number
            })
            .collect();
        self.outcome_of.extend(block.outcome_of.iter().map(|&outcome| numbers[outcome as usize]));
        numbers
    }

    /// Combinations that never traded.
    pub fn without_trade(&self) -> usize {
        self.outcome_of.iter().filter(|&&outcome| !self.outcomes[outcome as usize].traded()).count()
    }

    /// The outcome of a combination; `None` where it was not worked.
    pub fn outcome(&self, combination: u64) -> Option<&Outcome> {
        let row = self.selection.row(combination)?;
        Some(&self.outcomes[self.outcome_of[row] as usize])
    }

    /// The ranking metric of a combination; `None` where undefined, as it is without any trade, and where the
    /// combination was not worked.
    pub fn ranked_value(&self, combination: u64) -> Option<f64> {
        self.outcome(combination)?.value
    }

    /// The ranking metric of each row, as [`Self::ranked_value`].
    pub fn values(&self) -> impl Iterator<Item = Option<f64>> + '_ {
        self.outcome_of.iter().map(|&outcome| self.outcomes[outcome as usize].value)
    }

    /// How two rows rank, the better one first; ties by the lower row.
    pub(super) fn rank(&self, a: u32, b: u32) -> std::cmp::Ordering {
        let value = |row: u32| {
            let outcome = &self.outcomes[self.outcome_of[row as usize] as usize];
            outcome.value.ok_or(metrics::Undefined::NeverTraded)
        };
        metrics::rank(value(a), value(b), metrics::registry()[self.metric].better).then(a.cmp(&b))
    }

    /// The numbers of the `count` best combinations, best first; ties by the lowest number.
    pub fn best(&self, count: usize) -> Vec<u64> {
        if count == 0 {
            return Vec::new();
        }
        let mut rows: Vec<u32> = Vec::new();
        // Of the best `count` so far the worst: what ranks behind it is none of them.
        let mut last = None;
        for row in 0..u32::try_from(self.outcome_of.len()).unwrap_or(u32::MAX) {
            if last.is_some_and(|last| self.rank(row, last).is_gt()) {
                continue;
            }
            rows.push(row);
            if rows.len() == count.saturating_mul(2) {
                rows.select_nth_unstable_by(count - 1, |&a, &b| self.rank(a, b));
                rows.truncate(count);
                last = rows.last().copied();
            }
        }
        rows.sort_unstable_by(|&a, &b| self.rank(a, b));
        rows.truncate(count);
        rows.into_iter().map(|row| self.selection.number(u64::from(row))).collect()
    }

    /// The place of a combination in the ranking, from 1; `None` where it was not worked.
    pub fn place(&self, combination: u64) -> Option<usize> {
        let own = u32::try_from(self.selection.row(combination)?).ok()?;
        let rows = 0..u32::try_from(self.outcome_of.len()).unwrap_or(u32::MAX);
        Some(1 + rows.filter(|&row| self.rank(row, own).is_lt()).count())
    }

    /// Computes every metric of a few combinations of one member, for those who show them; `first` is the number of
    /// its strategy's combination 0.
    ///
    /// # Errors
    /// As [`Engine::block`].
    pub fn look_closer(&mut self, engine: &Engine<'_>, first: u64, combinations: &[u64]) -> Result<()> {
        for &number in combinations {
            if let Entry::Vacant(place) = self.details.entry(number) {
                let own = number - first;
                place.insert(engine.block(&Selection::Range(own..own + 1))?.metrics);
            }
        }
        Ok(())
    }

    /// Every metric of a combination that was [looked at](Self::look_closer), in the order of the registry.
    pub fn details(&self, combination: u64) -> Option<&[Value]> {
        self.details.get(&combination).map(Vec::as_slice)
    }
}

/// The number of the combination whose values are `values`; `None` where it is none of the sweep.
pub fn number_of(strategy: &Strategy, values: &Assignment) -> Option<u64> {
    let place = |(parameter, value): (&Parameter, &Setting)| {
        parameter.values.iter().position(|candidate| candidate.text() == value.text())
    };
    let places: Option<Vec<usize>> = strategy.parameters.iter().zip(&values.0).map(place).collect();
    places.map(|places| number_at(strategy, &places))
}

/// The number of a combination, from the place of each parameter's value among its declared ones.
pub fn number_at(strategy: &Strategy, places: &[usize]) -> u64 {
    strategy
        .parameters
        .iter()
        .zip(places)
        .fold(0, |number, (parameter, place)| number * parameter.values.len() as u64 + *place as u64)
}
