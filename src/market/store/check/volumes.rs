//! Volumes that are missing, or that are counted in another unit from some row on.

use rayon::prelude::*;

use super::{Finding, MICROS_PER_DAY, counted, grouped, longest_run, ratio, some_rows};
use crate::base::calendar::Label;
use crate::base::num::{exp, ln, quantile};
use crate::market::series::{Field, Series};
use crate::market::store::swapped::Swapped;

/// Rows on either side whose median volumes are compared.
const AROUND: usize = 30;

/// Every so many rows the two sides are compared.
const STRIDE: usize = AROUND / 3;

/// So many times more or less volume from one month to the next is another unit: the busiest months of a market have
/// some five times the volume of its quiet ones.
const OTHER_UNIT: f64 = 30.0;

/// A run of so many rows without volume is worth a word ...
const ZERO_RUN: usize = 3;

/// ... and so is this part of all rows.
const ZERO_SHARE: f64 = 0.01;

pub(super) fn check(series: &Series, bar: i64, findings: &mut Vec<Finding>) {
    let Some(volume) = series.column(Field::Volume) else { return };
    findings.extend(zeros(series, volume));
    // Within the day volume dies down and comes back by itself, on thin markets by any factor.
    if bar >= MICROS_PER_DAY / 4 {
        findings.extend(other_unit(series, volume));
    }
}

fn zeros(series: &Series, volume: &[f64]) -> Option<Finding> {
    let rows: Vec<usize> = (0..volume.len()).filter(|&row| volume[row] <= 0.0).collect();
    let (start, length) = longest_run(&rows)?;
    let (first, list) = some_rows(series, &rows)?;
    if rows.len() == volume.len() {
        return Some(Finding::warning(
            "zero-volume",
            None,
            "volume is zero in every row".to_owned(),
            "the vendor gives none for this market; do not use `volume` of this series",
        ));
    }
    if length < ZERO_RUN && (rows.len() as f64) < ZERO_SHARE * volume.len() as f64 {
        return None;
    }
    let longest = match length {
        1 => String::new(),
        _ => format!("; the longest run is {} from {}", counted(length, "row"), series.label(start)),
    };
    Some(Finding::warning(
        "zero-volume",
        Some(first),
        format!("volume is zero in {}: {list}{longest}", counted(rows.len(), "row")),
        "nothing was traded or nothing was recorded; do not use `volume` of this series there",
    ))
}

/// The median of the volumes in a window that are above zero; `None` where half of them are not.
fn level(window: &[f64]) -> Option<f64> {
    let mut traded = [0.0; AROUND];
    let mut count = 0;
    for volume in window.iter().filter(|volume| **volume > 0.0) {
        traded[count] = *volume;
        count += 1;
    }
    let traded = &mut traded[..count];
    traded.sort_unstable_by(f64::total_cmp);
    if count < AROUND / 2 { None } else { quantile(traded, 0.5) }
}

/// Rows at which the level of volume changes as no market's does.
fn other_unit(series: &Series, volume: &[f64]) -> Option<Finding> {
    // Two of three windows come again; these are at the rows that the search below goes through.
    let levels: Vec<Option<f64>> = (0..volume.len().saturating_sub(AROUND - 1))
        .into_par_iter()
        .step_by(STRIDE)
        .map(|from| level(&volume[from..from + AROUND]))
        .collect();
    let level_from = |from: usize| match from % STRIDE {
        0 => levels.get(from / STRIDE).copied().flatten(),
        _ => level(&volume[from..from + AROUND]),
    };
    let step = |at: usize| {
        let (before, after) = (level_from(at.checked_sub(AROUND)?)?, level_from(at)?);
        Some(ln(after / before))
    };
    let (mut rows, mut greatest) = (Vec::new(), 0.0_f64);
    let mut at = AROUND;
    while at + AROUND <= volume.len() {
        let size = step(at).map_or(0.0, f64::abs);
        if size < ln(OTHER_UNIT) {
            at += STRIDE;
            continue;
        }
        // The row at which the two sides differ the most, the steepest of equals.
        let end = (at + AROUND).min(volume.len() - AROUND);
        let steepness = |row: usize| {
            if volume[row] > 0.0 && volume[row - 1] > 0.0 {
                ln(volume[row] / volume[row - 1]).abs()
            } else {
                0.0
            }
        };
        let best = (at..=end).max_by(|a, b| {
            let by_level = |row: usize| step(row).map_or(0.0, f64::abs);
            (by_level(*a) + steepness(*a)).total_cmp(&(by_level(*b) + steepness(*b)))
        })?;
        let found = step(best).unwrap_or(0.0);
        if found.abs() > greatest.abs() {
            greatest = found;
        }
        rows.push(best);
        at = best + AROUND;
    }
    some_rows(series, &rows).map(|(row, list)| {
        Finding::warning(
            "volume-unit",
            Some(row),
            format!(
                "the level of volume changes by more than {OTHER_UNIT} times at {}, by {} times at most: {list}",
                counted(rows.len(), "row"),
                ratio(exp(greatest.abs()))
            ),
            "it looks like another unit (coins or money, shares or lots) or another source; do not use `volume` across these rows",
        )
    })
}

/// What rows whose two volumes look exchanged say of a file of so many rows.
pub(in crate::market::store) fn swapped(
    label: impl Fn(usize) -> Label,
    found: Swapped,
    rows: usize,
) -> Option<Finding> {
    let (count, first, last) = found.told()?;
    Some(Finding::warning(
        "swapped-volumes",
        Some(label(first)),
        format!(
            "the two volume columns look swapped in {} of {}, {}",
            grouped(count),
            counted(rows, "row"),
            if first == last {
                format!("on {}", label(first))
            } else {
                format!("between {} and {}", label(first), label(last))
            }
        ),
        "there coins times price fit only the other way round; prices are not touched, but do not use `volume` of this series over its whole history",
    ))
}
