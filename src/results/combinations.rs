//! `combinations.parquet`: a row per combination with its parameters, every metric, `open` and `outcome`. Of several
//! strategies also their names.

mod decode;

use std::ops::Range;

use super::parquet::{Field, Group, Places, Type, Values};
use crate::backtest::metrics::{self, Unit};
use crate::backtest::sweep::Block;
use crate::strategy::file::Strategy;
use crate::strategy::rule::{Parameter, Value};

pub use decode::Decoded;

/// The column with a strategy's name, where there are several.
pub const STRATEGY: &str = "strategy";

/// The table's columns, and how a block of combinations becomes a row group of it.
#[derive(Debug)]
pub struct Combinations {
    /// The columns, in order.
    pub fields: Vec<Field>,
    /// The names of the strategies, as a dictionary, where there are several.
    names: Vec<u8>,
    /// What each strategy has in the columns of parameters.
    strategies: Vec<Columns>,
}

/// What one strategy has in the columns of parameters.
#[derive(Debug)]
struct Columns {
    /// The number of its combination 0 in the whole sweep.
    first: u64,
    /// For each column its parameter; `None` where it has none of this name.
    parameters: Vec<Option<Column>>,
}

/// One parameter's values.
#[derive(Debug)]
struct Column {
    /// As a dictionary.
    values: Vec<u8>,
    count: usize,
    /// How many combinations lie between two of its values.
    repeat: u64,
    /// Whether another strategy lacks it.
    optional: bool,
}

/// A block as a row group, in which the numbers of its outcomes are still to be set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encoded {
    /// The row group.
    pub group: Group,
    /// Where the number of its first outcome stands; each takes eight bytes.
    pub outcomes_at: u64,
}

/// The combinations of a block, and which outcome each of them has.
#[derive(Debug, Clone, Copy)]
pub struct BlockRows<'b> {
    /// The place of their strategy among those of the sweep.
    pub strategy: usize,
    /// The combinations, by number in their strategy.
    pub numbers: &'b [u64],
    /// For each of them the place of its outcome.
    pub outcome_of: &'b [u32],
    /// For each outcome whether a trade was still open at the end.
    pub open: &'b [bool],
}

impl Combinations {
    /// The table of some strategies, with the numbers of their combinations 0. Of several there is a column with their
    /// names, and one for each name of a parameter: null where a strategy has none of it.
    pub fn new(strategies: &[(&Strategy, u64)]) -> Self {
        let field = |name: &str, of, optional| Field { name: name.to_owned(), of, optional };
        let mut fields = vec![field("combination", Type::Integer, false)];
        let mut names = Vec::new();
        if strategies.len() > 1 {
            fields.push(field(STRATEGY, Type::Text, false));
            names = strategies.iter().flat_map(|(strategy, _)| text(&strategy.name)).collect();
        }
        let headings = headings(strategies.iter().map(|(strategy, _)| *strategy));
        let (mut numeric, mut optional) = (Vec::new(), Vec::new());
        for name in &headings {
            let own = strategies.iter().filter_map(|(strategy, _)| named(strategy, name));
            numeric.push(own.clone().all(|(_, parameter)| is_numeric(parameter)));
            optional.push(own.count() < strategies.len());
        }
        for (at, name) in headings.iter().enumerate() {
            let of = if numeric[at] { Type::Float } else { Type::Text };
            fields.push(field(name, of, optional[at]));
        }
        for metric in metrics::registry() {
            let of = if metric.unit == Unit::Count { Type::Integer } else { Type::Float };
            fields.push(field(metric.name, of, true));
        }
        fields.push(field("open", Type::Integer, false));
        fields.push(field("outcome", Type::Integer, false));
        let column = |strategy: &Strategy, at: usize| {
            let (index, parameter) = named(strategy, headings[at])?;
            let faster = strategy.parameters[index + 1..].iter().map(|other| other.values.len() as u64);
            Some(Column {
                values: dictionary(parameter, numeric[at]),
                count: parameter.values.len(),
                repeat: faster.fold(1_u64, u64::saturating_mul),
                optional: optional[at],
            })
        };
        let of_strategy = |(strategy, first): &(&Strategy, u64)| Columns {
            first: *first,
            parameters: (0..headings.len()).map(|at| column(strategy, at)).collect(),
        };
        let strategies = strategies.iter().map(of_strategy).collect();
        Self { fields, names, strategies }
    }

    /// Encodes a block.
    pub fn encode(&self, block: &Block) -> Encoded {
        let open: Vec<bool> = block.outcomes.iter().map(|outcome| outcome.open).collect();
        let rows = BlockRows {
            strategy: block.strategy,
            numbers: &block.numbers,
            outcome_of: &block.outcome_of,
            open: &open,
        };
        self.group(&rows, &metric_columns(block))
    }

    /// The row group of some combinations, given every metric of their outcomes by column.
    fn group(&self, block: &BlockRows<'_>, metrics: &[Values]) -> Encoded {
        let (rows, outcomes) = (block.numbers.len(), block.open.len());
        let mut group = Group::new(rows);
        group.bytes.reserve(self.fields.len() * (rows * 2 + outcomes * 8));
        let Columns { first, parameters } = &self.strategies[block.strategy];
        group.plain(block.numbers.iter().map(|&number| i64::try_from(first + number).unwrap_or(i64::MAX)));
        let mut column = 1;
        if !self.names.is_empty() {
            let place = u32::try_from(block.strategy).unwrap_or(0);
            group.dictionary(
                &self.names,
                self.strategies.len(),
                &Places::new(&vec![place; rows], self.strategies.len()),
            );
            column += 1;
        }
        for (parameter, field) in parameters.iter().zip(&self.fields[column..]) {
            let Some(Column { values, count, repeat, optional }) = parameter else {
                group.absent(field.of);
                continue;
            };
            let places = Places::new(&places_of(block.numbers, *repeat, *count), *count);
            if *optional {
                group.known(values, *count, &places);
            } else {
                group.dictionary(values, *count, &places);
            }
        }
        let places = Places::new(block.outcome_of, outcomes);
        group.optional(metrics, &places, block.outcome_of);
        let open: Vec<u32> =
            block.outcome_of.iter().map(|&outcome| u32::from(block.open[outcome as usize])).collect();
        group.dictionary(&[0_i64.to_le_bytes(), 1_i64.to_le_bytes()].concat(), 2, &Places::new(&open, 2));
        let outcomes_at = group.dictionary(&vec![0; 8 * outcomes], outcomes, &places);
        Encoded { group, outcomes_at }
    }
}

impl Encoded {
    /// Sets the numbers of the block's outcomes.
    pub fn number(&mut self, outcomes: &[u32]) {
        let place = self.outcome_bytes(outcomes.len());
        for (number, bytes) in outcomes.iter().zip(self.group.bytes[place].chunks_exact_mut(8)) {
            bytes.copy_from_slice(&i64::from(*number).to_le_bytes());
        }
    }

    /// Where the numbers of so many outcomes stand.
    fn outcome_bytes(&self, outcomes: usize) -> Range<usize> {
        let first = usize::try_from(self.outcomes_at).unwrap_or(usize::MAX);
        first..first.saturating_add(8 * outcomes)
    }
}

/// The place of a parameter's value in each combination: the next of `count` after every `repeat` of them.
fn places_of(numbers: &[u64], repeat: u64, count: usize) -> Vec<u32> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let (mut place, mut turn) = (0, 0..0);
    let place_of = |&number: &u64| {
        if number == turn.end && !turn.is_empty() {
            // Neighbours in number follow each other, which saves to divide.
            place = if place + 1 == count { 0 } else { place + 1 };
            turn = turn.end..turn.end.saturating_add(repeat);
        } else if !turn.contains(&number) {
            let start = number - number % repeat;
            place = u32::try_from(start / repeat % u64::from(count)).unwrap_or(0);
            turn = start..start.saturating_add(repeat);
        }
        place
    };
    numbers.iter().map(place_of).collect()
}

/// Every metric of a block's outcomes, by column.
fn metric_columns(block: &Block) -> Vec<Values> {
    let mut columns = vec![Values::default(); metrics::registry().len()];
    for outcome in 0..block.outcomes.len() {
        let metrics = metrics::registry().iter().zip(block.metrics(outcome));
        for (column, (metric, value)) in columns.iter_mut().zip(metrics) {
            column.push(value.ok().map(|value| bytes(metric.unit, value)));
        }
    }
    columns
}

/// A metric as its column has it.
fn bytes(unit: Unit, value: f64) -> [u8; 8] {
    if unit != Unit::Count {
        return value.to_le_bytes();
    }
    #[expect(clippy::cast_possible_truncation, reason = "counts of trades are whole and small")]
    let count = value as i64;
    count.to_le_bytes()
}

/// The names of all parameters of some strategies, each once, in order.
pub fn headings<'s>(strategies: impl Iterator<Item = &'s Strategy>) -> Vec<&'s str> {
    let mut names: Vec<&str> = Vec::new();
    for parameter in strategies.flat_map(|strategy| &strategy.parameters) {
        if !names.contains(&parameter.name.as_str()) {
            names.push(&parameter.name);
        }
    }
    names
}

/// A strategy's parameter of this name.
fn named<'s>(strategy: &'s Strategy, name: &str) -> Option<(usize, &'s Parameter)> {
    strategy.parameters.iter().enumerate().find(|(_, parameter)| parameter.name == name)
}

/// A parameter is numeric where all its values are.
fn is_numeric(parameter: &Parameter) -> bool {
    parameter.values.iter().all(|value| value.number().is_some())
}

/// A parameter's values: numbers, or as written.
fn dictionary(parameter: &Parameter, numeric: bool) -> Vec<u8> {
    let bytes = |value: &Value| match value.number() {
        Some(number) if numeric => number.to_le_bytes().to_vec(),
        _ => text(value.text()),
    };
    parameter.values.iter().flat_map(bytes).collect()
}

/// A text as a value of a dictionary.
fn text(text: &str) -> Vec<u8> {
    [&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes()[..], text.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_turn_with_the_numbers() {
        for (repeat, count) in [(1, 3_u32), (1, 1), (4, 3), (7, 2)] {
            let numbers: Vec<u32> = (5..40).chain([41, 44, 45, 46, 90, 7, 8]).collect();
            let slow: Vec<u32> = numbers.iter().map(|number| number / repeat % count).collect();
            let numbers: Vec<u64> = numbers.into_iter().map(u64::from).collect();
            let found = places_of(&numbers, repeat.into(), count.try_into().expect("few"));
            assert_eq!(found, slow, "{repeat}, {count}");
        }
    }
}
