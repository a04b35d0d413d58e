//! A last row that was written before its bar was over. There is no clock here: only the file's own rows tell.

use super::{Finding, MICROS_PER_DAY};
use crate::base::calendar::{Label, LabelKind, Session, early_close};
use crate::base::num::median;
use crate::market::series::{Field, Series};

/// Rows before the last that tell what is usual: a quarter of sessions.
const BEFORE: usize = 60;

/// The fewest of them from which anything can be told.
const LEAST_BEFORE: usize = 20;

/// A last row is partial where its volume is below this part of the least of the rows before ...
const OF_LEAST_VOLUME: f64 = 0.6;

/// ... and its range below this part of their median: on a quiet whole day, as before a holiday, one of the two holds
/// but hardly both. Without volume the range must be below a tenth.
const OF_USUAL_RANGE: f64 = 0.75;
const OF_USUAL_RANGE_ALONE: f64 = 0.1;

pub(super) fn check(series: &Series, bar: i64, findings: &mut Vec<Finding>) {
    findings.extend(partial_bar(series, bar));
    findings.extend(partial_day(series, bar));
}

fn partial_bar(series: &Series, bar: i64) -> Option<Finding> {
    let last = series.len() - 1;
    let from = last.saturating_sub(BEFORE);
    let short = matches!(series.session(), Session::UsEquity | Session::Cboe)
        && early_close(series.label(last).calendar_date());
    // The hours of a day differ too much for bars within it.
    if last - from < LEAST_BEFORE || short || bar < MICROS_PER_DAY / 4 {
        return None;
    }
    let (high, low) = (series.column(Field::High)?, series.column(Field::Low)?);
    let range = |row: usize| if low[row] > 0.0 { high[row] / low[row] - 1.0 } else { f64::NAN };
    let ranges: Vec<f64> = (from..last).map(range).filter(|range| range.is_finite()).collect();
    let of_range = range(last) / median(&ranges).filter(|range| *range > 0.0)?;
    let lowest = |volume: &[f64]| volume[from..last].iter().copied().fold(f64::INFINITY, f64::min);
    let of_volume = series
        .column(Field::Volume)
        .filter(|volume| lowest(volume) > 0.0 && volume[last] > 0.0)
        .map(|volume| volume[last] / lowest(volume));
    let (is_partial, seen) = match of_volume {
        Some(of_volume) => (
            of_volume < OF_LEAST_VOLUME && of_range < OF_USUAL_RANGE,
            format!(
                "its volume is {of_volume:.2} of the least of the {} rows before and its range",
                last - from
            ),
        ),
        None => (of_range < OF_USUAL_RANGE_ALONE, "its range".to_owned()),
    };
    let label = series.label(last);
    is_partial.then(|| {
        Finding::warning(
            "partial-last-bar",
            Some(label),
            format!("the last row, {label}, looks unfinished: {seen} is {of_range:.2} of their median"),
            "it was written before its bar was over; end a run before it with `--to`, or download the file again",
        )
    })
}

/// Bars within the day whose last day ends before the days before it do.
fn partial_day(series: &Series, bar: i64) -> Option<Finding> {
    if series.label_kind() != LabelKind::Time || bar >= MICROS_PER_DAY {
        return None;
    }
    let last = series.len() - 1;
    let label = series.label(last);
    let date = label.calendar_date();
    let end = series.session().day(date).known_at.micros();
    let known = series.known_at(last).micros();
    // Other days do end with the session: else this vendor's days just end earlier.
    let ends_whole = |row: usize| {
        let day = series.session().day(series.label(row).calendar_date());
        series.known_at(row).micros() >= day.known_at.micros()
    };
    let whole = (0..last).rev().take_while(|row| last - row <= 10_000).any(ends_whole);
    (known + bar <= end && whole).then(|| {
        Finding::warning(
            "partial-last-day",
            Some(Label::from_micros(label.micros(), label.kind())),
            format!("the last day, {date}, is not whole: its last bar is known {}", series.known_at(last)),
            "rules over days see a day that is not over; end a run before it with `--to`, or download the file again",
        )
    })
}
