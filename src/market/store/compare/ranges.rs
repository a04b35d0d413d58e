//! Where do two copies part?

use super::{Factor, Ratio};
use crate::base::calendar::Label;
use crate::base::num::{exp, ln, median};

/// Rows on either side that tell the factor of a row where it moves over time ...
const AROUND: usize = 30;

/// ... and the fewest that do.
const LEAST_AROUND: usize = 5;

/// Two rows this near belong to one range: one good day does not end a bad month.
const NEAR: usize = 5;

/// Copies part where they are this many usual differences apart ...
const UNUSUAL: f64 = 10.0;

/// ... and at least by this part of the price: a tenth of a percent.
const LEAST: f64 = 0.001;

/// Rows over which two copies differ by more than they usually do.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// The first row.
    pub from: Label,
    /// The last row.
    pub to: Label,
    /// Rows that differ, of those between.
    pub rows: usize,
    /// The greatest difference by size, as a part of the price, after the factor is taken out; above zero where `b`
    /// is higher.
    pub worst: f64,
    /// Its row.
    pub worst_at: Label,
}

/// The ranges, the worst first.
pub(super) fn of(ratios: &[Ratio], factor: &Factor) -> Vec<Range> {
    let logs: Vec<f64> = ratios.iter().map(|ratio| ln(ratio.value)).collect();
    let apart = apart(&logs, factor);
    let sizes: Vec<f64> = apart.iter().map(|apart| apart.abs()).collect();
    let limit = (UNUSUAL * median(&sizes).unwrap_or(0.0)).max(LEAST);
    let far: Vec<usize> = (0..apart.len()).filter(|&at| sizes[at] > limit).collect();
    let mut ranges: Vec<Range> = far
        .chunk_by(|a, b| b - a <= NEAR)
        .filter_map(|rows| {
            let (&from, &to) = (rows.first()?, rows.last()?);
            let worst =
                rows.iter().copied().reduce(|best, at| if sizes[at] > sizes[best] { at } else { best })?;
            Some(Range {
                from: ratios[from].label,
                to: ratios[to].label,
                rows: rows.len(),
                worst: exp(apart[worst]) - 1.0,
                worst_at: ratios[worst].label,
            })
        })
        .collect();
    ranges.sort_by(|a, b| b.worst.abs().total_cmp(&a.worst.abs()));
    ranges
}

/// How far each row is from the factor, in logarithms.
fn apart(logs: &[f64], factor: &Factor) -> Vec<f64> {
    match factor {
        Factor::Same => logs.to_vec(),
        Factor::Constant(value) => logs.iter().map(|log| log - ln(*value)).collect(),
        Factor::Drifting { .. } | Factor::Steps(_) | Factor::Varying { .. } => {
            (0..logs.len()).map(|at| apart_from_both_sides(logs, at)).collect()
        }
    }
}

/// How far a row is from the rows before and from those after it, where it is on one side of both: a factor that moves
/// on is between them.
fn apart_from_both_sides(logs: &[f64], at: usize) -> f64 {
    let from = |side: &[f64]| {
        let middle = if side.len() < LEAST_AROUND { None } else { median(side) };
        middle.map_or(0.0, |middle| logs[at] - middle)
    };
    let before = from(&logs[at.saturating_sub(AROUND)..at]);
    let after = from(&logs[at + 1..(at + 1 + AROUND).min(logs.len())]);
    match before * after > 0.0 {
        true if before.abs() < after.abs() => before,
        true => after,
        false => 0.0,
    }
}
