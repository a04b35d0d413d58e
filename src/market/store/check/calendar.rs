//! Rows that are not there, rows that should not be there, and clocks that change inside a file.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Finding, MICROS_PER_DAY, counted, counted_values, listed, longest_run, some_rows};
use crate::base::calendar::{Date, Instant, Label, LabelKind, Session};
use crate::market::series::Series;
use crate::market::store::times::most_of;

/// So many days in a row on another clock are no accident of single bars.
const DAYS_ON_ANOTHER_CLOCK: usize = 3;

const QUARTER_HOUR: i64 = MICROS_PER_DAY / (24 * 4);

pub(super) fn check(series: &Series, bar: i64, findings: &mut Vec<Finding>) {
    if has_calendar(series) {
        findings.extend(missing_sessions(series, bar));
        findings.extend(closed_days(series));
        findings.extend(missing_within_sessions(series, bar));
    } else {
        findings.extend(missing_bars(series, bar));
        findings.extend(stale(series));
    }
    findings.extend(other_clock(series, bar));
}

/// The rows of each calendar date.
fn dates(series: &Series) -> impl Iterator<Item = Range<usize>> {
    let same = |a: &i64, b: &i64| a.div_euclid(MICROS_PER_DAY) == b.div_euclid(MICROS_PER_DAY);
    series.rows().labels.chunk_by(same).scan(0, |start, day| {
        let rows = *start..*start + day.len();
        *start = rows.end;
        Some(rows)
    })
}

fn on_exchange(series: &Series) -> bool {
    matches!(series.session(), Session::UsEquity | Session::Cboe)
}

fn has_calendar(series: &Series) -> bool {
    on_exchange(series) || matches!(series.session(), Session::Futures | Session::Fx)
}

/// Rows of one trading day that follow each other; `None` beside them where no session is open.
///
/// Bars within the day are looked at by quarters of an hour, in which no session begins or ends: a day may come
/// in several pieces.
fn trading_days(series: &Series) -> impl Iterator<Item = (Option<Date>, Range<usize>)> {
    let rows = series.rows();
    let (times, step) = match series.label_kind() {
        LabelKind::Date => (&rows.labels, MICROS_PER_DAY),
        LabelKind::Time => (&rows.opens_at, QUARTER_HOUR),
    };
    let same = move |a: &i64, b: &i64| a.div_euclid(step) == b.div_euclid(step);
    times.chunk_by(same).scan(0, |start, piece| {
        let rows = *start..*start + piece.len();
        *start = rows.end;
        let day = match series.label_kind() {
            LabelKind::Date => Some(series.label(rows.start).calendar_date()),
            LabelKind::Time => series.session().trading_day(series.opens_at(rows.start)),
        };
        Some((day, rows))
    })
}

/// The trading day of some rows, or the date in their label where no session is open.
fn day_of(series: &Series, (day, rows): &(Option<Date>, Range<usize>)) -> Date {
    day.unwrap_or_else(|| series.label(rows.start).calendar_date())
}

/// The days on which the market is open, from `first` to `last`. On Christmas and New Year's Day hardly a currency is
/// quoted, and no vendor has bars of all of them.
fn open_days(session: &Session, first: Date, last: Date) -> impl Iterator<Item = Date> {
    let quiet =
        |day: &Date| *session == Session::Fx && [(12, 25), (1, 1)].contains(&(day.month(), day.day()));
    std::iter::successors(Some(first), |day| day.tomorrow().ok())
        .take_while(move |day| *day <= last)
        .filter(move |day| session.is_trading_day(*day) && !quiet(day))
}

fn missing_sessions(series: &Series, bar: i64) -> Option<Finding> {
    if bar > MICROS_PER_DAY {
        return None;
    }
    let days: BTreeSet<Date> = trading_days(series).map(|piece| day_of(series, &piece)).collect();
    let (first, last) = (*days.first()?, *days.last()?);
    let (mut missing, mut at) = (Vec::new(), Vec::new());
    for (place, day) in open_days(series.session(), first, last).enumerate() {
        if !days.contains(&day) {
            missing.push(Label::date(day));
            at.push(place);
        }
    }
    let row = *missing.first()?;
    let longest = longest_run(&at).filter(|(_, length)| *length > 1 && *length < missing.len());
    let longest = longest
        .and_then(|(start, length)| {
            let from = at.iter().position(|place| *place == start)?;
            Some(format!("; the longest gap is {length} sessions from {}", missing[from]))
        })
        .unwrap_or_default();
    Some(Finding::warning(
        "missing-sessions",
        Some(row),
        format!(
            "{} of the exchange without a row: {}{longest}",
            counted(missing.len(), "session"),
            listed(&missing)
        ),
        "the vendor left them out; N-day windows then reach back a little further",
    ))
}

fn closed_days(series: &Series) -> Option<Finding> {
    let closed =
        |piece: &(Option<Date>, Range<usize>)| !series.session().is_trading_day(day_of(series, piece));
    let rows: Vec<usize> = trading_days(series).filter(closed).flat_map(|(_, rows)| rows).collect();
    some_rows(series, &rows).map(|(row, list)| {
        Finding::warning(
            "closed-days",
            Some(row),
            format!("{} on days on which the exchange was closed: {list}", counted(rows.len(), "row")),
            "if this market trades on such days, import it with another `--session`; if every date is a day late, the labels are",
        )
    })
}

/// Bars within New York's sessions that are not there: between two bars of a day, before its first one where days
/// begin earlier as a rule, after its last one where they end later. Where the file begins and ends is its own matter.
fn missing_within_sessions(series: &Series, length: i64) -> Option<Finding> {
    if !on_exchange(series) || series.label_kind() != LabelKind::Time || length >= MICROS_PER_DAY {
        return None;
    }
    let session = series.session();
    let mut days: Vec<(Date, Vec<usize>)> = Vec::new();
    for (day, rows) in trading_days(series) {
        let Some(day) = day else { continue };
        match days.last_mut() {
            Some((last, inside)) if *last == day => inside.extend(rows),
            _ => days.push((day, rows.collect())),
        }
    }
    let hours = |date: Date, rows: &[usize]| {
        let day = session.day(date);
        let (first, last) = (series.opens_at(rows[0]), series.known_at(rows[rows.len() - 1]));
        (first.micros() - day.opens_at.micros(), day.known_at.micros() - last.micros())
    };
    let ends: Vec<(i64, i64)> = days.iter().map(|(day, rows)| hours(*day, rows)).collect();
    let late = commonest(&ends.iter().map(|end| end.0).collect::<Vec<_>>())?;
    let early = commonest(&ends.iter().map(|end| end.1).collect::<Vec<_>>())?;
    let bars_in = |time: i64| (time.max(0) + length - 1) / length;
    let (mut missing, mut labels, mut worst) = (0, Vec::new(), (0, 0));
    for (at, (day, rows)) in days.iter().enumerate() {
        let within: i64 = rows
            .windows(2)
            .map(|pair| bars_in(series.opens_at(pair[1]).micros() - series.known_at(pair[0]).micros()))
            .sum();
        let before = if at == 0 { 0 } else { bars_in(ends[at].0 - late) };
        let after = if at + 1 == days.len() { 0 } else { bars_in(ends[at].1 - early) };
        let of_day = within + before + after;
        if of_day > 0 {
            missing += of_day;
            labels.push(Label::date(*day));
            if of_day > worst.0 {
                worst = (of_day, labels.len() - 1);
            }
        }
    }
    let row = *labels.first()?;
    let most = match labels.len() {
        1 => String::new(),
        _ => format!("; the most, {}, on {}", worst.0, labels[worst.1]),
    };
    Some(Finding::warning(
        "missing-bars",
        Some(row),
        format!(
            "{} missing within {}: {}{most}",
            bars(missing),
            counted(labels.len(), "session"),
            listed(&labels)
        ),
        "the vendor left them out, or nothing was traded; `N bars` then reaches back a little further",
    ))
}

/// A market that never closes has a bar for every step.
fn missing_bars(series: &Series, step: i64) -> Option<Finding> {
    if !matches!(series.session(), Session::Crypto | Session::CryptoCut(_)) {
        return None;
    }
    let labels = &series.rows().labels;
    let (mut missing, mut gaps) = (0, Vec::new());
    let mut longest = (0, 0);
    for (row, pair) in labels.windows(2).enumerate() {
        let apart = pair[1] - pair[0];
        // Nearly all follow at once; division is slow.
        let skipped = if apart == step { 0 } else { apart / step - 1 };
        if skipped > 0 {
            missing += usize::try_from(skipped).unwrap_or(0);
            gaps.push(row);
            if skipped > longest.0 {
                longest = (skipped, row);
            }
        }
    }
    let (row, list) = some_rows(series, &gaps)?;
    let longest = match gaps.len() {
        1 => String::new(),
        _ => format!("; the longest gap is {} after {}", bars(longest.0), series.label(longest.1)),
    };
    Some(Finding::warning(
        "missing-bars",
        Some(row),
        format!("{} missing, after {list}{longest}", counted(missing, "bar")),
        "the vendor left them out, or the exchange stood still; N-day windows then reach back a little further",
    ))
}

fn bars(count: i64) -> String {
    counted(usize::try_from(count).unwrap_or(0), "bar")
}

/// Where no calendar tells which rows are missing, long gaps between them do.
fn stale(series: &Series) -> Option<Finding> {
    let limit = series.stale_after_days();
    let known_at = series.rows().known_at;
    let known = |row: usize| Instant::from_micros(known_at[row]);
    let age = |row: usize| known(row).days_since(known(row - 1));
    let rows: Vec<usize> = (1..series.len()).filter(|&row| age(row) > limit).map(|row| row - 1).collect();
    let longest = rows.iter().map(|&row| age(row + 1)).fold(0.0, f64::max);
    some_rows(series, &rows).map(|(row, list)| {
        Finding::warning(
            "long-gaps",
            Some(row),
            format!(
                "{} of more than {limit} days without a row, the longest {longest:.0} days, after {list}",
                counted(rows.len(), "stretch")
            ),
            "within them the series counts as missing once its last row is too old",
        )
    })
}

/// A day's bars on the market's own clock: where its first bar starts, and where bars start within their length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Clock {
    first: i64,
    grid: i64,
}

/// Bars within the day that start at other times for days on end: another time zone, clocks that were not put back,
/// or another vendor's bars.
fn other_clock(series: &Series, bar: i64) -> Option<Finding> {
    if series.label_kind() != LabelKind::Time || bar >= MICROS_PER_DAY {
        return None;
    }
    let (starts, clocks) = clocks(series, bar);
    let usual = commonest(&clocks)?;
    let odd: Vec<usize> = (0..clocks.len()).filter(|&day| clocks[day] != usual).collect();
    let runs: Vec<&[usize]> = odd
        .chunk_by(|a, b| a + 1 == *b && clocks[*a] == clocks[*b])
        .filter(|run| run.len() >= DAYS_ON_ANOTHER_CLOCK)
        .collect();
    let first = runs.first()?[0];
    let days: usize = runs.iter().map(|run| run.len()).sum();
    let (row, shift) = (starts[first], clocks[first].first - usual.first);
    let how = match shift {
        0 => "within the day they start at other minutes".to_owned(),
        _ => format!(
            "they start {} minutes {}",
            shift.abs() / 60_000_000,
            if shift > 0 { "later" } else { "earlier" }
        ),
    };
    Some(Finding::warning(
        "other-clock",
        Some(series.label(row)),
        format!(
            "the bars of {} keep another clock than the others, from {} on: {how}",
            counted(days, "day"),
            series.label(row)
        ),
        "two exports or time zones were joined there, or a change of the clocks was missed; download the whole file anew from one vendor",
    ))
}

/// The first row and the clock of each day; of a market that never closes the first bar tells nothing.
fn clocks(series: &Series, bar: i64) -> (Vec<usize>, Vec<Clock>) {
    let opens_at = series.rows().opens_at;
    let (mut starts, mut clocks) = (Vec::new(), Vec::new());
    for bars in dates(series) {
        let date = series.label(bars.start).calendar_date();
        let midnight = Instant::start_of(date).micros();
        let base = if on_exchange(series) { series.session().day(date).opens_at.micros() } else { midnight };
        let first = opens_at[bars.start] - base;
        let (mut before, mut grid) = (first, first.rem_euclid(bar));
        let grids = opens_at[bars.clone()].iter().map(|opens| {
            let offset = opens - base;
            // Nearly all follow the one before at once; division is slow.
            if offset != before && offset != before + bar {
                grid = offset.rem_euclid(bar);
            }
            before = offset;
            grid
        });
        let grid = most_of(&counted_values(grids)).unwrap_or(0);
        starts.push(bars.start);
        clocks.push(Clock { first: if on_exchange(series) { first } else { 0 }, grid });
    }
    (starts, clocks)
}

/// The commonest value, the smallest of several.
fn commonest<T: Copy + Ord>(values: &[T]) -> Option<T> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let mut best: Option<(usize, T)> = None;
    for run in sorted.chunk_by(|a, b| a == b) {
        if best.is_none_or(|(count, _)| run.len() > count) {
            best = Some((run.len(), run[0]));
        }
    }
    best.map(|(_, value)| value)
}
