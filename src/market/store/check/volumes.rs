//! Volumes that are missing, or that are counted in another unit from some row on.

use super::{Finding, MICROS_PER_DAY, bar_length, counted, grouped, longest_run, ratio, some_rows};
use crate::base::calendar::Label;
use crate::base::num::{exp, ln, median};
use crate::market::series::{Field, Series};

/// Rows on either side whose median volumes are compared.
const AROUND: usize = 30;

/// So many times more or less volume from one month to the next is another unit: the busiest months of a market have
/// some five times the volume of its quiet ones.
const OTHER_UNIT: f64 = 30.0;

/// A run of so many rows without volume is worth a word ...
const ZERO_RUN: usize = 3;

/// ... and so is this part of all rows.
const ZERO_SHARE: f64 = 0.01;

pub(super) fn check(series: &Series, findings: &mut Vec<Finding>) {
    let Some(volume) = series.column(Field::Volume) else { return };
    findings.extend(zeros(series, volume));
    // Within the day volume dies down and comes back by itself, on thin markets by any factor.
    if bar_length(series) >= MICROS_PER_DAY / 4 {
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

/// Rows at which the level of volume changes as no market's does.
fn other_unit(series: &Series, volume: &[f64]) -> Option<Finding> {
    let level = |from: usize, to: usize| {
        let traded: Vec<f64> = volume[from..to].iter().copied().filter(|volume| *volume > 0.0).collect();
        if traded.len() < AROUND / 2 { None } else { median(&traded) }
    };
    let step = |at: usize| {
        let (before, after) = (level(at.checked_sub(AROUND)?, at)?, level(at, at + AROUND)?);
        Some(ln(after / before))
    };
    let (mut rows, mut greatest) = (Vec::new(), 0.0_f64);
    let mut at = AROUND;
    while at + AROUND <= volume.len() {
        let size = step(at).map_or(0.0, f64::abs);
        if size < ln(OTHER_UNIT) {
            at += AROUND / 3;
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

/// Rows in which volume and quote volume fit the price only when exchanged, as a finding.
pub(in crate::market::store) fn swapped(
    labels: &[Label],
    close: &[f64],
    volume: &[Option<f64>],
    quote: &[Option<f64>],
) -> Option<Finding> {
    let rows: Vec<usize> = (0..close.len().min(volume.len()).min(quote.len()))
        .filter(|&row| is_swapped(volume[row], quote[row], close[row]))
        .collect();
    let (&first, &last) = (rows.first()?, rows.last()?);
    Some(Finding::warning(
        "swapped-volumes",
        labels.get(first).copied(),
        format!(
            "the two volume columns look swapped in {} of {}, {}",
            grouped(rows.len()),
            counted(close.len(), "row"),
            match (labels.get(first), labels.get(last)) {
                (Some(from), Some(to)) if from != to => format!("between {from} and {to}"),
                (Some(from), _) => format!("on {from}"),
                _ => String::new(),
            }
        ),
        "there coins times price fit only the other way round; prices are not touched, but do not use `volume` of this series over its whole history",
    ))
}

fn is_swapped(volume: Option<f64>, quote: Option<f64>, close: f64) -> bool {
    match (volume, quote) {
        // As base x price = quote, a swap is plain only where the price is far from 1.
        (Some(volume), Some(quote)) if volume > 0.0 && quote > 0.0 && !(0.5..2.0).contains(&close) => {
            let far = |ratio: f64| ratio.max(1.0 / ratio);
            far(volume / quote / close) < far(quote / volume / close)
        }
        _ => false,
    }
}
