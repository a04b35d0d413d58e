//! Reads a row group of the table back, and takes nothing in it on trust.
//!
//! Of a row group only the metrics are its own: the numbers of the combinations, their strategy and parameters follow
//! from the plan, and which row has which outcome stands in the log. So the metrics are read, the row group is encoded
//! from them again, and every byte is compared. What passes is a row group that the program could have written itself,
//! whatever hashes a file comes with.

use super::super::parquet::{Levels, Page, Pages, Values};
use super::{BlockRows, Combinations, Encoded};
use crate::backtest::metrics::{self, Unit};

/// A row group that was read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The row group, in which the numbers of its outcomes are still to be set.
    pub encoded: Encoded,
    /// Every metric of its outcomes, by column.
    metrics: Vec<Values>,
}

impl Decoded {
    /// A metric of an outcome, by its place in the registry; `None` where it is undefined.
    pub fn metric(&self, metric: usize, outcome: usize) -> Option<f64> {
        let value = self.metrics.get(metric)?.get(outcome)?;
        Some(number(metrics::registry()[metric].unit, value))
    }
}

/// A metric as a number.
fn number(unit: Unit, value: [u8; 8]) -> f64 {
    if unit == Unit::Count { i64::from_le_bytes(value) as f64 } else { f64::from_le_bytes(value) }
}

impl Combinations {
    /// More bytes than the row group of a block has.
    pub fn most_bytes(&self, strategy: usize, rows: usize) -> usize {
        // A page of a dictionary and one of places for each column; a value takes 8 bytes, a place 4, a level a bit.
        let column = 256 + rows * (8 + 4 + 1);
        let own = self.strategies.get(strategy).into_iter().flat_map(|columns| &columns.parameters);
        let dictionaries = own.flatten().map(|column| column.values.len());
        self.names.len() + dictionaries.sum::<usize>() + self.fields.len() * column
    }

    /// Reads the row group of a block; `None` where `bytes` are not what [`encode`](Self::encode) makes of these rows
    /// and of some metrics, all of them finite. The numbers of the outcomes, of which the file may have others, are
    /// left open.
    pub fn decode(&self, rows: &BlockRows<'_>, bytes: &[u8]) -> Option<Decoded> {
        let metrics = self.metrics(rows, bytes)?;
        let encoded = self.group(rows, &metrics);
        let numbers = encoded.outcome_bytes(rows.open.len());
        let again = &encoded.group.bytes;
        let is_same = again.len() == bytes.len()
            && again[..numbers.start] == bytes[..numbers.start]
            && again[numbers.end..] == bytes[numbers.end..];
        is_same.then_some(Decoded { encoded, metrics })
    }

    /// The metrics in a row group, by column.
    fn metrics(&self, rows: &BlockRows<'_>, bytes: &[u8]) -> Option<Vec<Values>> {
        let first_rows = rows.first_rows()?;
        let mut pages = Pages::new(bytes);
        let Page::Data(_) = pages.next()? else { return None };
        // Name and parameters follow from the plan.
        let registry = metrics::registry();
        let before = self.fields.len().checked_sub(1 + registry.len() + 2)?;
        for _ in 0..before {
            pages.column()?;
        }
        registry
            .iter()
            .map(|metric| {
                let (dictionary, data) = pages.column()?;
                let levels = Levels::new(data, rows.outcome_of.len())?;
                let mut known = dictionary.as_chunks::<8>().0.iter();
                let mut values = Values::default();
                for row in &first_rows {
                    let value = if levels.is_known(*row) { Some(*known.next()?) } else { None };
                    if value.is_some_and(|value| !number(metric.unit, value).is_finite()) {
                        return None;
                    }
                    values.push(value);
                }
                Some(values)
            })
            .collect()
    }
}

impl BlockRows<'_> {
    /// For each outcome its first row; `None` where an outcome has none, or a row has an outcome that is not there.
    fn first_rows(&self) -> Option<Vec<usize>> {
        let mut first = vec![None; self.open.len()];
        for (row, outcome) in self.outcome_of.iter().enumerate() {
            first.get_mut(usize::try_from(*outcome).ok()?)?.get_or_insert(row);
        }
        first.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::super::parquet::Type;
    use super::*;

    /// A table without parameters.
    fn table() -> Combinations {
        Combinations::new(&[])
    }

    /// Metrics of three outcomes, the second of which lacks every other one.
    fn metrics() -> Vec<Values> {
        let column = |(place, metric): (usize, &metrics::Metric)| {
            let mut values = Values::default();
            for outcome in 0..3_u32 {
                let value = f64::from(outcome) + place as f64;
                #[expect(clippy::cast_possible_truncation, reason = "small")]
                let bytes = if metric.unit == Unit::Count {
                    (value as i64).to_le_bytes()
                } else {
                    value.to_le_bytes()
                };
                values.push((outcome != 1 || place % 2 == 0).then_some(bytes));
            }
            values
        };
        metrics::registry().iter().enumerate().map(column).collect()
    }

    #[test]
    fn what_is_encoded_comes_back_and_nothing_else_does() {
        let mut table = table();
        table.strategies.push(super::super::Columns { first: 5, parameters: Vec::new() });
        assert_eq!(table.fields[0].of, Type::Integer);
        let rows = BlockRows {
            strategy: 0,
            numbers: &[0, 1, 2, 3, 7],
            outcome_of: &[0, 1, 1, 2, 0],
            open: &[false, true, false],
        };
        let mut encoded = table.group(&rows, &metrics());
        encoded.number(&[4, 9, 6]);
        let bytes = encoded.group.bytes;
        assert!(bytes.len() <= table.most_bytes(0, 5));
        let decoded = table.decode(&rows, &bytes).unwrap();
        assert_eq!(decoded.metrics, metrics());
        assert_eq!(
            (decoded.metric(0, 2).is_some(), decoded.metric(1, 1), decoded.metric(0, 3)),
            (true, None, None)
        );
        let mut again = decoded.encoded;
        again.number(&[4, 9, 6]);
        assert_eq!(again.group.bytes, bytes);

        let mut same = 0;
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x81;
            // What passes differs in a number alone.
            let passes = table.decode(&rows, &changed).is_some();
            same += usize::from(passes);
            assert!(table.decode(&rows, &bytes[..at]).is_none(), "{at}");
        }
        let numbers = 8 * (3 * metrics::registry().len() + 3);
        assert!(same <= numbers, "{same} of {numbers}");
        let other = |rows: BlockRows<'_>| table.decode(&rows, &bytes).is_none();
        assert!(other(BlockRows { numbers: &[0, 1, 2, 3, 8], ..rows }));
        assert!(other(BlockRows { outcome_of: &[0, 1, 1, 2, 1], ..rows }));
        assert!(other(BlockRows { outcome_of: &[0, 1, 1, 3, 0], ..rows }));
        assert!(other(BlockRows { open: &[false, false, false], ..rows }));
        assert!(other(BlockRows { open: &[false, true], ..rows }));
    }

    #[test]
    fn numbers_that_are_not_finite_are_refused() {
        let mut table = table();
        table.strategies.push(super::super::Columns { first: 0, parameters: Vec::new() });
        let rows = BlockRows { strategy: 0, numbers: &[0], outcome_of: &[0], open: &[false] };
        for value in [f64::NAN, f64::INFINITY] {
            let mut columns = Vec::new();
            for metric in metrics::registry() {
                let mut values = Values::default();
                let number = if metric.unit == Unit::Count { 0.0 } else { value };
                values.push(Some(number.to_le_bytes()));
                columns.push(values);
            }
            let bytes = table.group(&rows, &columns).group.bytes;
            assert!(table.decode(&rows, &bytes).is_none());
        }
    }
}
