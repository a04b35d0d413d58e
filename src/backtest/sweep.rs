//! Which combinations hold up?
//!
//! 1. [`Plan`] counts what there is to do and refuses what does not fit.
//! 2. Entry and exit rules are evaluated once for each distinct value of their own parameters.
//! 3. Every combination's trades are simulated in parallel; combinations with the same trades are one
//!    outcome.
//! 4. Each outcome's metrics are computed once.
//!
//! Combinations are worked on in blocks, and a block's results are taken in order of their numbers: the
//! number of threads changes nothing.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::backtest::metrics::{self, Better, Metric, Scratch, Value, for_ranking};
use crate::backtest::simulator::{self, Trade};
use crate::backtest::single::Setup;
use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result};
use crate::base::num::grouped;
use crate::strategy::file::Strategy;
use crate::strategy::rule::{Assignment, Evaluator, NodeId};
use crate::strategy::signals::true_bars;

/// Columns of the table of combinations that no parameter may be called like.
pub const RESERVED: [&str; 3] = ["combination", "outcome", "open"];

/// A sweep of more combinations is refused.
const MOST_COMBINATIONS: u64 = 20_000_000;

/// Bytes that the truths of all distinct rules may take.
const MOST_RULE_BYTES: u64 = 4 << 30;

/// Combinations worked on at a time.
const BLOCK: u64 = 8192;

/// What a sweep will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Combinations of all parameters' values.
    pub combinations: u64,
    /// Distinct settings of the entry rule's own parameters.
    pub entry_settings: u64,
    /// Distinct settings of everything else: the exit rule, exits and costs.
    pub exit_settings: u64,
    /// Bars of the evaluation window.
    pub bars: usize,
}

impl Plan {
    /// Counts what there is to do.
    ///
    /// # Errors
    /// Where a parameter is called like a column of the results, or the sweep is too large to fit.
    pub fn new(setup: &Setup<'_>) -> Result<Self> {
        let strategy = setup.strategy;
        check_names(strategy)?;
        let entry = strategy.graph.parameters(strategy.entry.node);
        let entry_settings = settings(strategy, entry);
        let rule_settings = entry_settings.saturating_add(match &strategy.exits.rule {
            Some(rule) => settings(strategy, strategy.graph.parameters(rule.node)),
            None => 0,
        });
        let combinations = strategy.combinations().unwrap_or(u64::MAX);
        let bars = setup.window.len();
        if combinations > MOST_COMBINATIONS || rule_settings.saturating_mul(bars as u64) > MOST_RULE_BYTES {
            return Err(too_large(strategy, combinations));
        }
        Ok(Self { combinations, entry_settings, exit_settings: combinations / entry_settings.max(1), bars })
    }
}

/// Refuses parameters that are called like a column of the results.
///
/// # Errors
/// Where one is.
pub fn check_names(strategy: &Strategy) -> Result<()> {
    let taken = |name: &str| RESERVED.contains(&name) || metrics::find(name).is_some();
    match strategy.parameters.iter().find(|parameter| taken(&parameter.name)) {
        Some(parameter) => Err(Diagnostic::new(format!(
            "a parameter is called `{}`, like a column of the results",
            parameter.name
        ))
        .hint("give it another name")
        .into()),
        None => Ok(()),
    }
}

fn too_large(strategy: &Strategy, combinations: u64) -> Failure {
    let mut sizes: Vec<_> = strategy.parameters.iter().map(|p| (p.values.len(), p.name.as_str())).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let list: Vec<String> =
        sizes.iter().map(|(values, name)| format!("{name} has {} values", grouped(*values))).collect();
    let count =
        if combinations == u64::MAX { "too many to count".into() } else { grouped_count(combinations) };
    Diagnostic::new(format!(
        "the sweep is too large: {count} combinations, at most {} fit",
        grouped_count(MOST_COMBINATIONS)
    ))
    .detail(list.join(", "))
    .hint(format!(
        "take fewer values of `{}`: --set {0}=…",
        sizes.first().map_or("a parameter", |(_, name)| name)
    ))
    .into()
}

fn grouped_count(count: u64) -> String {
    usize::try_from(count).map_or_else(|_| count.to_string(), grouped)
}

/// The product of the counts of some parameters' values.
fn settings(strategy: &Strategy, parameters: &[usize]) -> u64 {
    parameters
        .iter()
        .fold(1, |product: u64, &p| product.saturating_mul(strategy.parameters[p].values.len() as u64))
}

/// What one list of trades came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The lowest number of a combination that led here.
    pub first_combination: u64,
    /// Closed trades.
    pub closed: usize,
    /// Whether a trade was still open at the end.
    pub open: bool,
    /// Every metric, in the order of the registry.
    pub metrics: Vec<Value>,
}

impl Outcome {
    /// Whether there was a trade at all.
    pub fn traded(&self) -> bool {
        self.closed > 0 || self.open
    }
}

/// The results of every combination.
#[derive(Debug, Clone, PartialEq)]
pub struct Swept {
    /// For each combination, in order of its number, the number of its outcome.
    pub outcome_of: Vec<u32>,
    /// The distinct outcomes, in order of their first combination.
    pub outcomes: Vec<Outcome>,
}

impl Swept {
    /// Combinations that never traded.
    pub fn without_trade(&self) -> usize {
        self.outcome_of.iter().filter(|&&outcome| !self.outcomes[outcome as usize].traded()).count()
    }

    /// The outcome of a combination.
    pub fn outcome(&self, combination: u64) -> &Outcome {
        let index = usize::try_from(combination).unwrap_or(usize::MAX);
        &self.outcomes[self.outcome_of[index] as usize]
    }

    /// A metric of a combination as it ranks.
    ///
    /// # Errors
    /// The reason where it is undefined, as it is for a combination that never traded.
    pub fn ranked_value(&self, combination: u64, metric: usize) -> Value {
        let outcome = self.outcome(combination);
        for_ranking(outcome.metrics[metric], outcome.traded())
    }

    /// The numbers of all combinations from best to worst by `metric`; ties by the lowest number.
    pub fn ranking(&self, metric: &Metric) -> Vec<u64> {
        let index = metrics::index_of(metric.name).unwrap_or(0);
        let better: Better = metric.better;
        let values: Vec<Value> = self
            .outcomes
            .iter()
            .map(|outcome| for_ranking(outcome.metrics[index], outcome.traded()))
            .collect();
        let mut numbers: Vec<u64> = (0..self.outcome_of.len() as u64).collect();
        let value = |number: u64| values[self.outcome_of[usize::try_from(number).unwrap_or(0)] as usize];
        numbers.sort_by(|&a, &b| metrics::rank(value(a), value(b), better));
        numbers
    }
}

/// A rule's answers for each distinct setting of its own parameters.
struct Answers {
    parameters: Vec<usize>,
    rows: Vec<Vec<bool>>,
}

impl Answers {
    fn new(setup: &Setup<'_>, rule: NodeId) -> Result<Self> {
        let strategy = setup.strategy;
        let parameters = strategy.graph.parameters(rule).to_vec();
        let mut evaluator = Evaluator::new(&strategy.graph, setup.panel);
        let rows = (0..settings(strategy, &parameters))
            .map(|setting| {
                let mut values = strategy.combination(0);
                let mut rest = setting;
                for &parameter in parameters.iter().rev() {
                    let choices = &strategy.parameters[parameter].values;
                    let index = usize::try_from(rest % choices.len() as u64).unwrap_or(0);
                    values.0[parameter] = choices[index].clone();
                    rest /= choices.len() as u64;
                }
                true_bars(&mut evaluator, rule, &values, &setup.window)
            })
            .collect::<Result<_>>()?;
        Ok(Self { parameters, rows })
    }

    /// The answers under a combination, given the place of each parameter's value.
    fn of(&self, strategy: &Strategy, places: &[usize]) -> &[bool] {
        let setting = self.parameters.iter().fold(0, |setting, &parameter| {
            setting * strategy.parameters[parameter].values.len() + places[parameter]
        });
        &self.rows[setting]
    }
}

/// Simulates every combination. `progress` hears how many are done, now and then, and says whether to go on.
///
/// # Errors
/// Where a series lacks a column the rule needs, or `progress` said to stop.
pub fn sweep(setup: &Setup<'_>, plan: &Plan, progress: &(dyn Fn(u64) -> bool + Sync)) -> Result<Swept> {
    let strategy = setup.strategy;
    let entries = Answers::new(setup, strategy.entry.node)?;
    let exits = strategy.exits.rule.as_ref().map(|rule| Answers::new(setup, rule.node)).transpose()?;
    let prices = setup.prices();
    let ordered = |number: u64| {
        let places = strategy.places(number);
        let exit = exits.as_ref().map(|exits| exits.of(strategy, &places));
        (entries.of(strategy, &places), exit, setup.orders(&strategy.combination(number)))
    };
    let simple = setup.is_simple();
    let trades_of = |number: u64| -> Result<Vec<Trade>> {
        let (entry, exit, orders) = ordered(number);
        if simple {
            return Ok(simulator::trades(&prices, entry, exit, &orders, setup.capital));
        }
        setup.trades(&strategy.combination(number), entry, exit)
    };
    let mut swept = Swept { outcome_of: Vec::new(), outcomes: Vec::new() };
    let mut known: HashMap<[u8; 32], u32> = HashMap::new();
    let mut start = 0;
    while start < plan.combinations {
        let end = plan.combinations.min(start + BLOCK);
        let hashes: Vec<[u8; 32]> = (start..end)
            .into_par_iter()
            .map(|number| Ok(fingerprint(&trades_of(number)?)))
            .collect::<Result<_>>()?;
        let mut fresh = Vec::new();
        for (number, hash) in (start..end).zip(hashes) {
            let next = (swept.outcomes.len() + fresh.len()) as u64;
            let outcome = *known.entry(hash).or_insert_with(|| {
                fresh.push(number);
                u32::try_from(next).unwrap_or(u32::MAX)
            });
            swept.outcome_of.push(outcome);
        }
        let measured: Vec<Outcome> = fresh
            .into_par_iter()
            .map_init(Scratch::default, |scratch, number| {
                let (entry, exit, orders) = ordered(number);
                let ledger = if simple {
                    simulator::simulate(&prices, entry, exit, &orders, setup.capital)
                } else {
                    setup.ledger(&strategy.combination(number), entry, exit)?
                };
                Ok(Outcome {
                    first_combination: number,
                    closed: ledger.trades.iter().filter(|trade| !trade.open).count(),
                    open: ledger.trades.iter().any(|trade| trade.open),
                    metrics: setup.measure(&ledger, scratch),
                })
            })
            .collect::<Result<_>>()?;
        swept.outcomes.extend(measured);
        if !progress(end) {
            return Err(Failure::from(Diagnostic::new("the sweep was stopped")).with_exit(Exit::Interrupted));
        }
        start = end;
    }
    Ok(swept)
}

/// A hash of what makes a list of trades: bars, fills, and what they came to, per unit of money and in money.
fn fingerprint(trades: &[Trade]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for trade in trades {
        for bar in [trade.entry, trade.exit, usize::from(trade.open)] {
            hasher.update(&(bar as u64).to_le_bytes());
        }
        // The profit in money tells apart trades that differ in size alone.
        for price in [trade.entry_price, trade.exit_price, trade.net_return, trade.pnl] {
            hasher.update(&price.to_bits().to_le_bytes());
        }
    }
    *hasher.finalize().as_bytes()
}

/// The number of the combination whose values are `values`; `None` where it is none of the sweep.
pub fn number_of(strategy: &Strategy, values: &Assignment) -> Option<u64> {
    strategy.parameters.iter().zip(&values.0).try_fold(0_u64, |number, (parameter, value)| {
        let place = parameter.values.iter().position(|candidate| candidate.text() == value.text())?;
        Some(number * parameter.values.len() as u64 + place as u64)
    })
}
