//! `combinations.parquet`: a row per combination with its parameters, every metric, `open` and `outcome`.

use super::parquet::{Field, Group, Places, Type};
use crate::backtest::metrics::{self, Unit};
use crate::backtest::sweep::Block;
use crate::strategy::file::Strategy;
use crate::strategy::rule::{Parameter, Value};

/// The table's columns, and how a block of combinations becomes a row group of it.
#[derive(Debug)]
pub struct Combinations {
    /// The columns, in order.
    pub fields: Vec<Field>,
    /// Each parameter's values as a dictionary, and how many combinations lie between two of its values.
    parameters: Vec<(Vec<u8>, usize, u64)>,
}

/// A block as a row group, in which the numbers of its outcomes are still to be set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encoded {
    /// The row group.
    pub group: Group,
    /// Where the number of its first outcome stands; each takes eight bytes.
    pub outcomes_at: u64,
}

impl Combinations {
    /// The table of a strategy.
    pub fn new(strategy: &Strategy) -> Self {
        let field = |name: &str, of, optional| Field { name: name.to_owned(), of, optional };
        let mut fields = vec![field("combination", Type::Integer, false)];
        let mut parameters = Vec::new();
        let mut repeat = 1_u64;
        for parameter in strategy.parameters.iter().rev() {
            parameters.push((dictionary(parameter), parameter.values.len(), repeat));
            repeat = repeat.saturating_mul(parameter.values.len() as u64);
        }
        parameters.reverse();
        for parameter in &strategy.parameters {
            let of = if is_numeric(parameter) { Type::Float } else { Type::Text };
            fields.push(field(&parameter.name, of, false));
        }
        for metric in metrics::registry() {
            let of = if metric.unit == Unit::Count { Type::Integer } else { Type::Float };
            fields.push(field(metric.name, of, true));
        }
        fields.push(field("open", Type::Integer, false));
        fields.push(field("outcome", Type::Integer, false));
        Self { fields, parameters }
    }

    /// Encodes a block.
    pub fn encode(&self, block: &Block) -> Encoded {
        let mut group = Group::new(block.numbers.len());
        group.plain(block.numbers.iter().map(|&number| i64::try_from(number).unwrap_or(i64::MAX)));
        for (values, count, repeat) in &self.parameters {
            let place = |number: &u64| u32::try_from(number / repeat % *count as u64).unwrap_or(0);
            let places: Vec<u32> = block.numbers.iter().map(place).collect();
            group.dictionary(values, *count, &Places::new(&places, *count));
        }
        let places = Places::new(&block.outcome_of, block.outcomes.len());
        for (index, metric) in metrics::registry().iter().enumerate() {
            let bytes = |value: f64| {
                if metric.unit == Unit::Count {
                    #[expect(
                        clippy::cast_possible_truncation,
                        reason = "counts of trades are whole and small"
                    )]
                    let count = value as i64;
                    count.to_le_bytes()
                } else {
                    value.to_le_bytes()
                }
            };
            let values: Vec<Option<[u8; 8]>> = (0..block.outcomes.len())
                .map(|outcome| block.metrics(outcome)[index].ok().map(bytes))
                .collect();
            group.optional(&values, &places, &block.outcome_of);
        }
        let open: Vec<u32> = block
            .outcome_of
            .iter()
            .map(|&outcome| u32::from(block.outcomes[outcome as usize].open))
            .collect();
        group.dictionary(&[0_i64.to_le_bytes(), 1_i64.to_le_bytes()].concat(), 2, &Places::new(&open, 2));
        let outcomes_at = group.dictionary(&vec![0; 8 * block.outcomes.len()], block.outcomes.len(), &places);
        Encoded { group, outcomes_at }
    }
}

impl Encoded {
    /// Sets the numbers of the block's outcomes.
    pub fn number(&mut self, outcomes: &[u32]) {
        let first = usize::try_from(self.outcomes_at).unwrap_or(usize::MAX);
        for (number, bytes) in outcomes.iter().zip(self.group.bytes[first..].chunks_exact_mut(8)) {
            bytes.copy_from_slice(&i64::from(*number).to_le_bytes());
        }
    }
}

/// A parameter is numeric where all its values are.
fn is_numeric(parameter: &Parameter) -> bool {
    parameter.values.iter().all(|value| value.number().is_some())
}

/// A parameter's values: numbers where all are, else as written.
fn dictionary(parameter: &Parameter) -> Vec<u8> {
    let numeric = is_numeric(parameter);
    let bytes = |value: &Value| match value.number() {
        Some(number) if numeric => number.to_le_bytes().to_vec(),
        _ => {
            let text = value.text().as_bytes();
            [&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes()[..], text].concat()
        }
    };
    parameter.values.iter().flat_map(bytes).collect()
}
