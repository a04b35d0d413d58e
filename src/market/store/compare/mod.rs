//! Do two copies of one market agree, and if not, how do they differ?
//!
//! 1. Rows with the same label are paired; what stands in one copy alone is counted.
//! 2. `lag` tells whether one copy's labels are late, and whether the two move together at all.
//! 3. `factor` tells whether one is the other times a number, a drifting number (dividends) or steps (splits).
//! 4. `ranges` tells where they part beyond that.
//! 5. Record closes are compared, because rules hang on them.
//!
//! Everything is relative, so the size of prices does not matter. Nothing here says which copy is right.

mod factor;
mod lag;
mod ranges;

pub use factor::{Factor, Step};
pub use lag::{Lag, LagReport, Together};
pub use ranges::Range;

use crate::base::calendar::Label;
use crate::base::diagnostic::{Diagnostic, Result};
use crate::base::num::median;
use crate::market::series::{Field, Series};

/// Fewer paired rows tell nothing.
const LEAST_PAIRS: usize = 3;

/// What a comparison of two series found. `a` and `b` are the first and the second series.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Rows with the same label in both and closes above zero.
    pub pairs: usize,
    /// Their first label.
    pub first: Label,
    /// Their last label.
    pub last: Label,
    /// How far the prices of paired rows are apart, by column, `close` first.
    pub differences: Vec<Difference>,
    /// How the two move together, at each lag.
    pub lag: LagReport,
    /// What `b` is as a multiple of `a`, at the best lag.
    pub factor: Factor,
    /// Where they part beyond that factor, the worst first.
    pub ranges: Vec<Range>,
    /// Labels between the first and the last pair that only `a` has.
    pub only_a: Vec<Label>,
    /// Labels between the first and the last pair that only `b` has.
    pub only_b: Vec<Label>,
    /// Record closes over the paired rows.
    pub records: Records,
}

/// How far two copies' prices of one column are apart, as a part of `a`'s price.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The column.
    pub field: Field,
    /// The median size.
    pub median: f64,
    /// The greatest by size, with its sign: above zero where `b` is higher.
    pub worst: f64,
    /// Its label.
    pub worst_at: Label,
}

/// Rows whose close is above every earlier paired close.
#[derive(Debug, Clone, PartialEq)]
pub struct Records {
    /// How many both copies have.
    pub both: usize,
    /// Those of `a` alone.
    pub only_a: Vec<Label>,
    /// Those of `b` alone.
    pub only_b: Vec<Label>,
}

/// Rows of `a` and `b` with the same label: the two row numbers.
type Pair = (usize, usize);

/// Compares two series row by row.
///
/// # Errors
/// Where their bars are of different lengths, or fewer than three rows share a label.
pub fn compare(a: &Series, b: &Series) -> Result<Comparison> {
    check_steps(a, b)?;
    let pairs = pairs(a, b);
    let (Some(&start), Some(&end)) = (pairs.first(), pairs.last()) else { return Err(too_few(a, b, 0)) };
    if pairs.len() < LEAST_PAIRS {
        return Err(too_few(a, b, pairs.len()));
    }
    let lag = lag::report(a, b);
    let shift = lag.late.unwrap_or(0);
    let shifted = shifted(&pairs, shift, b.len());
    let ratios = ratios(a, b, &shifted);
    let factor = factor::of(&ratios);
    let ranges = ranges::of(&ratios, &factor);
    let only = |one: &Series, paired: Vec<usize>, from: usize, to: usize| {
        let mut paired = paired.into_iter().peekable();
        let alone = |row: &usize| paired.next_if_eq(row).is_none();
        (from..=to).filter(alone).map(|row| one.label(row)).collect()
    };
    Ok(Comparison {
        pairs: pairs.len(),
        first: a.label(start.0),
        last: a.label(end.0),
        differences: differences(a, b, &pairs),
        lag,
        factor,
        ranges,
        only_a: only(a, pairs.iter().map(|pair| pair.0).collect(), start.0, end.0),
        only_b: only(b, pairs.iter().map(|pair| pair.1).collect(), start.1, end.1),
        records: records(a, b, &pairs),
    })
}

/// Bars of a day and of an hour have labels that meet once a day and mean something else.
fn check_steps(a: &Series, b: &Series) -> Result<()> {
    let step = |series: &Series| {
        let mut steps: Vec<i64> = series.rows().labels.windows(2).map(|pair| pair[1] - pair[0]).collect();
        steps.sort_unstable();
        steps.get(steps.len() / 2).copied()
    };
    let same = match (step(a), step(b)) {
        (Some(one), Some(other)) => one < 2 * other && other < 2 * one,
        _ => true,
    };
    if same && a.label_kind() == b.label_kind() {
        return Ok(());
    }
    let bars = |series: &Series| {
        let hours = step(series).map_or(0.0, |step| step as f64 / 3.6e9);
        format!("{}: a bar every {hours} hours", series.provenance().full_name())
    };
    Err(Diagnostic::new("the two series have bars of different lengths")
        .detail(bars(a))
        .detail(bars(b))
        .hint("two copies are compared bar by bar: name two series of one bar length, as `catchup data list` shows them")
        .into())
}

fn too_few(a: &Series, b: &Series, found: usize) -> crate::base::diagnostic::Failure {
    let span = |series: &Series| {
        format!(
            "{}: {} to {}",
            series.provenance().full_name(),
            series.label(0),
            series.label(series.len() - 1)
        )
    };
    Diagnostic::new(format!(
        "the two series share {found} rows with values above zero, and {LEAST_PAIRS} are needed"
    ))
    .detail(span(a))
    .detail(span(b))
    .hint("compare copies that cover the same days")
    .into()
}

fn pairs(a: &Series, b: &Series) -> Vec<Pair> {
    let (left, right) = (&a.rows().labels, &b.rows().labels);
    let mut pairs = Vec::new();
    let (mut row, mut other) = (0, 0);
    while row < left.len() && other < right.len() {
        match left[row].cmp(&right[other]) {
            std::cmp::Ordering::Less => row += 1,
            std::cmp::Ordering::Greater => other += 1,
            std::cmp::Ordering::Equal => {
                if a.close()[row] > 0.0 && b.close()[other] > 0.0 {
                    pairs.push((row, other));
                }
                row += 1;
                other += 1;
            }
        }
    }
    pairs
}

/// The pairs with `b` taken `shift` rows later.
fn shifted(pairs: &[Pair], shift: i64, rows: usize) -> Vec<Pair> {
    let moved =
        |row: usize| i64::try_from(row).ok()?.checked_add(shift).and_then(|row| usize::try_from(row).ok());
    pairs
        .iter()
        .filter_map(|&(row, other)| moved(other).filter(|other| *other < rows).map(|other| (row, other)))
        .collect()
}

/// A pair's label and `b` over `a`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ratio {
    label: Label,
    value: f64,
}

fn ratios(a: &Series, b: &Series, pairs: &[Pair]) -> Vec<Ratio> {
    let ratio =
        |&(row, other): &Pair| Ratio { label: a.label(row), value: b.close()[other] / a.close()[row] };
    pairs.iter().map(ratio).filter(|ratio| ratio.value.is_finite() && ratio.value > 0.0).collect()
}

fn differences(a: &Series, b: &Series, pairs: &[Pair]) -> Vec<Difference> {
    [Field::Close, Field::Open, Field::High, Field::Low]
        .into_iter()
        .filter_map(|field| difference(a, b, pairs, field))
        .collect()
}

fn difference(a: &Series, b: &Series, pairs: &[Pair], field: Field) -> Option<Difference> {
    let (left, right) = (a.column(field)?, b.column(field)?);
    let found: Vec<(usize, f64)> = pairs
        .iter()
        .filter(|(row, _)| left[*row] > 0.0)
        .map(|&(row, other)| (row, right[other] / left[row] - 1.0))
        .filter(|(_, difference)| difference.is_finite())
        .collect();
    // The first of equals.
    let worst =
        found.iter().copied().reduce(|best, one| if one.1.abs() > best.1.abs() { one } else { best })?;
    let sizes: Vec<f64> = found.iter().map(|(_, difference)| difference.abs()).collect();
    Some(Difference { field, median: median(&sizes)?, worst: worst.1, worst_at: a.label(worst.0) })
}

fn records(a: &Series, b: &Series, pairs: &[Pair]) -> Records {
    let of = |close: Vec<f64>| {
        // The first close has none before it and is no record.
        let mut highest = close.first().copied().unwrap_or(f64::INFINITY);
        let mut records = Vec::with_capacity(close.len());
        for price in close {
            records.push(price > highest);
            highest = highest.max(price);
        }
        records
    };
    let left = of(pairs.iter().map(|pair| a.close()[pair.0]).collect());
    let right = of(pairs.iter().map(|pair| b.close()[pair.1]).collect());
    let labels = |wanted: (bool, bool)| -> Vec<Label> {
        (0..pairs.len())
            .filter(|&at| (left[at], right[at]) == wanted)
            .map(|at| a.label(pairs[at].0))
            .collect()
    };
    Records { both: labels((true, true)).len(), only_a: labels((true, false)), only_b: labels((false, true)) }
}

#[cfg(test)]
mod tests;
