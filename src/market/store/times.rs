//! From what a vendor wrote beside a bar to its label and its two instants.

use std::collections::BTreeMap;

use super::bars::Bars;
use super::stamps::MICROS_PER_DAY;
use super::vendors::Marks;
use crate::base::calendar::{BarTimes, Date, Instant, Label, LabelKind, Session, Zone};
use crate::base::diagnostic::{Diagnostic, Result};

/// The times of a file's rows, one of each per row.
#[derive(Debug)]
pub(super) struct Times {
    pub(super) kind: LabelKind,
    /// The bar length as text: `1d`, `4h`.
    pub(super) bar: String,
    /// The typical distance from one row to the next, in days; the bar length where there is one row.
    pub(super) period_days: f64,
    pub(super) labels: Vec<i64>,
    pub(super) opens_at: Vec<i64>,
    pub(super) known_at: Vec<i64>,
    /// How the times came about, for the report.
    pub(super) explanation: String,
}

/// Decides what the stamps of `bars` mean, which loses what is in the times now: millions of rows are not copied.
///
/// # Errors
/// Where the file does not tell when its bars were known.
pub(super) fn of(file: &str, bars: &mut Bars, marks: Marks, session: &Session) -> Result<Times> {
    let starts = bars.stamps.micros();
    let round_the_clock = matches!(session, Session::Crypto | Session::Custom(None));
    let midnight = |(written, instant): (i64, &i64)| {
        written % MICROS_PER_DAY == 0 && (instant % MICROS_PER_DAY == 0 || !round_the_clock)
    };
    let long = typical_step(starts).is_none_or(|step| step >= MICROS_PER_DAY);
    let daily = long && bars.stamps.written().zip(starts).all(midnight);
    if !bars.ends.is_empty() {
        return by_end(file, bars, daily, session);
    }
    let ends = matches!(marks, Marks::End | Marks::EndUtc);
    if daily && ends && round_the_clock {
        return Ok(by_midnight(starts, session));
    }
    if daily {
        return by_session(file, bars.stamps.dates(), session);
    }
    if let Some(dates) = session_days(bars, session) {
        return by_session(file, dates.into_iter(), session);
    }
    let placed = bars.stamps.placed();
    if marks == Marks::Unknown || !placed {
        return Err(untold(file, marks, placed, session).into());
    }
    let starts = bars.stamps.take_micros();
    if ends { by_stop(file, starts, session) } else { by_start(file, starts, session) }
}

/// What must be said before times of day are instants.
fn untold(file: &str, marks: Marks, placed: bool, session: &Session) -> Diagnostic {
    let home = if matches!(session, Session::UsEquity | Session::Cboe) { "America/New_York" } else { "UTC" };
    let mut flags = Vec::new();
    let mut diagnostic = Diagnostic::new(format!("{file}: the times of its bars cannot be told"));
    if !placed {
        diagnostic = diagnostic.detail("the rows carry times of day without a UTC offset, and the file does not say whose clock showed them");
        flags.push(format!("--timezone {home}"));
    }
    if marks == Marks::Unknown {
        diagnostic = diagnostic.detail("the rows carry times of day, and the file does not say whether they mark a bar's start or its end");
        flags.push("--stamps start".to_owned());
    }
    let other = if marks == Marks::Unknown { " (or `end`)" } else { "" };
    diagnostic.hint(format!("if this is right, say it: `{}`{other}", flags.join(" ")))
}

/// Daily bars of New York stamped with an instant: the opening, or a midnight there. Their dates, else `None`.
fn session_days(bars: &Bars, session: &Session) -> Option<Vec<Date>> {
    if !matches!(session, Session::UsEquity | Session::Cboe) {
        return None;
    }
    let zone = Zone::named("America/New_York").ok().filter(|_| bars.stamps.placed())?;
    let dates: Option<Vec<Date>> = bars
        .stamps
        .micros()
        .iter()
        .map(|&micros| {
            let instant = Instant::from_micros(micros);
            let (date, of_day) = zone.wall(instant)?;
            (of_day == 0 || session.day(date).opens_at == instant).then_some(date)
        })
        .collect();
    dates.filter(|dates| dates.is_sorted_by(|a, b| a < b))
}

/// Days that end at the midnight UTC they are stamped with: prices of that instant.
fn by_midnight(ends: &[i64], session: &Session) -> Times {
    let period = typical_step(ends).unwrap_or(MICROS_PER_DAY);
    let bar = bar_name(period);
    Times {
        kind: LabelKind::Date,
        period_days: in_days(period),
        labels: ends.to_vec(),
        opens_at: ends.iter().map(|end| end - period).collect(),
        known_at: ends.to_vec(),
        explanation: format!(
            "{bar} bars named by the midnight UTC at which they end and are known, session {}",
            session.name()
        ),
        bar,
    }
}

/// Bars stamped at their end. A bar starts its length before, with New York's session, or where the one before ended.
fn by_stop(file: &str, ends: Vec<i64>, session: &Session) -> Result<Times> {
    let Some(length) = commonest_step(&ends) else { return Err(one_row(file).into()) };
    let opens = matches!(session, Session::UsEquity | Session::Cboe);
    let opens_at = ends.iter().enumerate().map(|(row, &end)| {
        let day = session.day(Instant::from_micros(end).utc_date()).opens_at.micros();
        let start = end - length;
        let start = if opens && end > day { start.max(day) } else { start };
        row.checked_sub(1).map_or(start, |before| start.max(ends[before]))
    });
    let bar = bar_name(length);
    Ok(Times {
        kind: LabelKind::Time,
        period_days: in_days(length),
        opens_at: opens_at.collect(),
        known_at: ends.clone(),
        labels: ends,
        explanation: format!("{bar} bars named by their end, known then, session {}", session.name()),
        bar,
    })
}

fn one_row(file: &str) -> Diagnostic {
    Diagnostic::new(format!("{file}: one row does not tell how long its bar is"))
        .hint("import at least two rows")
}

/// Dates without a time: the session kind knows when such a day began and was known.
fn by_session(file: &str, dates: impl Iterator<Item = Date> + Clone, session: &Session) -> Result<Times> {
    let labels: Vec<i64> = dates.clone().map(|date| Label::date(date).micros()).collect();
    let period = typical_step(&labels).unwrap_or(MICROS_PER_DAY);
    let is_macro = session.is_published();
    if !is_macro && labels.len() > 4 && period > 5 * MICROS_PER_DAY {
        return Err(Diagnostic::new(format!("{file}: rows are about {} days apart", period / MICROS_PER_DAY))
            .detail("a date beside a week or a month may be its first or its last day, and this file does not say which")
            .hint("import daily bars; for published values use `--session macro --release-lag DAYS`")
            .into());
    }
    let days: Vec<BarTimes> = dates.map(|date| session.day(date)).collect();
    let bar = if is_macro { period_name(period) } else { "1d" };
    Ok(Times {
        kind: LabelKind::Date,
        bar: bar.to_owned(),
        period_days: in_days(period),
        labels,
        opens_at: days.iter().map(|day| day.opens_at.micros()).collect(),
        known_at: days.iter().map(|day| day.known_at.micros()).collect(),
        explanation: format!("date-only, session {}, {}", session.name(), session.describe()),
    })
}

/// Bars whose start and end are written. A bar cut short by an outage is known when the next one starts.
fn by_end(file: &str, bars: &mut Bars, daily: bool, session: &Session) -> Result<Times> {
    let (starts, mut ends) = (bars.stamps.take_micros(), std::mem::take(&mut bars.ends));
    let (overlapping, step) = rayon::join(
        || (1..starts.len()).find(|&row| ends[row - 1] > starts[row]),
        || commonest_step(&starts),
    );
    if let Some(row) = overlapping {
        return Err(Diagnostic::new(format!("{file}: bars overlap"))
            .detail(format!("the bar before {} ends after its start", Instant::from_micros(starts[row])))
            .hint("download the file again: it may hold bars of two lengths")
            .into());
    }
    let longest = || starts.iter().zip(&ends).map(|(start, end)| end - start).max().unwrap_or(MICROS_PER_DAY);
    let length = step.unwrap_or_else(longest).max(1);
    let known = |(row, (&start, end)): (usize, (&i64, &mut i64))| {
        // Most bars are as long as the others.
        let bars_long = if *end == start + length { 1 } else { (*end - start + length - 1) / length };
        let rounded = start + bars_long.max(1) * length;
        *end = starts.get(row + 1).map_or(rounded, |&next| rounded.min(next));
    };
    let (opens_at, ()) =
        rayon::join(|| starts.clone(), || starts.iter().zip(&mut ends).enumerate().for_each(known));
    let bar = bar_name(length);
    let kind = if daily { LabelKind::Date } else { LabelKind::Time };
    let named = if daily { "named by the UTC date of their start" } else { "named by their start" };
    Ok(Times {
        kind,
        period_days: in_days(length),
        opens_at,
        labels: starts,
        known_at: ends,
        explanation: format!("{bar} bars {named}, known at their written end, session {}", session.name()),
        bar,
    })
}

/// Bars stamped at their start. A bar ends with its length, with New York's session, or where the next one starts.
fn by_start(file: &str, starts: Vec<i64>, session: &Session) -> Result<Times> {
    let Some(length) = commonest_step(&starts) else { return Err(one_row(file).into()) };
    let closes = matches!(session, Session::UsEquity | Session::Cboe);
    let mut closing = Closing::default();
    let known_at = starts
        .iter()
        .enumerate()
        .map(|(row, &start)| {
            let end = start + length;
            let close = if closes { closing.of(session, start) } else { end };
            let end = if start < close { end.min(close) } else { end };
            starts.get(row + 1).map_or(end, |&next| end.min(next))
        })
        .collect();
    let bar = bar_name(length);
    Ok(Times {
        kind: LabelKind::Time,
        period_days: in_days(length),
        opens_at: starts.clone(),
        labels: starts,
        known_at,
        explanation: format!(
            "{bar} bars named by their start, known at their end or the session's, session {}, {}",
            session.name(),
            session.describe()
        ),
        bar,
    })
}

/// The close of a bar's session; bars of one day share the work.
#[derive(Default)]
struct Closing {
    day: i64,
    close: Option<i64>,
}

impl Closing {
    fn of(&mut self, session: &Session, start: i64) -> i64 {
        let day = start.div_euclid(MICROS_PER_DAY);
        if let Some(close) = self.close.filter(|_| self.day == day) {
            return close;
        }
        let close = session.day(Instant::from_micros(start).utc_date()).known_at.micros();
        (self.day, self.close) = (day, Some(close));
        close
    }
}

/// The distances between neighbours and how often each is there, the shortest first.
fn steps(times: &[i64]) -> BTreeMap<i64, usize> {
    counted(times.windows(2).map(|pair| pair[1] - pair[0]))
}

/// Values and how often each is there. Millions of rows have few distances, mostly the same many times in a row.
pub(super) fn counted(values: impl Iterator<Item = i64>) -> BTreeMap<i64, usize> {
    let mut counts = BTreeMap::new();
    let mut run: Option<(i64, usize)> = None;
    for value in values {
        match &mut run {
            Some((same, count)) if *same == value => *count += 1,
            _ => {
                if let Some((value, count)) = run.replace((value, 1)) {
                    *counts.entry(value).or_insert(0) += count;
                }
            }
        }
    }
    if let Some((value, count)) = run {
        *counts.entry(value).or_insert(0) += count;
    }
    counts
}

/// The value in the middle of `counts`, the later of two; `None` without values.
pub(super) fn middle(counts: &BTreeMap<i64, usize>) -> Option<i64> {
    let half = counts.values().sum::<usize>() / 2;
    let mut passed = 0;
    counts.iter().find_map(|(value, count)| {
        passed += count;
        (passed > half).then_some(*value)
    })
}

/// The median distance between neighbours; `None` for one row.
pub(super) fn typical_step(times: &[i64]) -> Option<i64> {
    middle(&steps(times))
}

/// The commonest distance between neighbours, the shortest of several; `None` for one row.
fn commonest_step(times: &[i64]) -> Option<i64> {
    most_of(&steps(times))
}

/// The commonest value, the smallest of several; `None` without values.
pub(super) fn most_of(counts: &BTreeMap<i64, usize>) -> Option<i64> {
    counts.iter().reduce(|best, one| if one.1 > best.1 { one } else { best }).map(|(value, _)| *value)
}

pub(super) fn in_days(micros: i64) -> f64 {
    micros as f64 / MICROS_PER_DAY as f64
}

/// A length as vendors write it: `1w`, `1d`, `4h`, `15m`, `1s`.
pub(super) fn bar_name(micros: i64) -> String {
    const UNITS: [(i64, &str); 5] = [
        (7 * MICROS_PER_DAY, "w"),
        (MICROS_PER_DAY, "d"),
        (3_600_000_000, "h"),
        (60_000_000, "m"),
        (1_000_000, "s"),
    ];
    UNITS
        .iter()
        .find(|(unit, _)| micros % unit == 0)
        .map_or_else(|| format!("{micros}us"), |(unit, name)| format!("{}{name}", micros / unit))
}

/// How often a macro series has a value.
pub(super) fn period_name(micros: i64) -> &'static str {
    match micros / MICROS_PER_DAY {
        ..=4 => "1d",
        5..=10 => "1w",
        11..=45 => "1mo",
        46..=120 => "3mo",
        _ => "1y",
    }
}

#[cfg(test)]
mod known_at;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_names() {
        for (seconds, name) in [
            (60, "1m"),
            (900, "15m"),
            (3600, "1h"),
            (14_400, "4h"),
            (86_400, "1d"),
            (604_800, "1w"),
            (90, "90s"),
        ] {
            assert_eq!(bar_name(seconds * 1_000_000), name);
        }
        assert_eq!(period_name(7 * MICROS_PER_DAY), "1w");
        assert_eq!(period_name(31 * MICROS_PER_DAY), "1mo");
    }

    #[test]
    fn steps_are_told() {
        assert_eq!(commonest_step(&[0, 10, 20, 40, 60]), Some(10));
        assert_eq!(commonest_step(&[0, 20, 40, 50]), Some(20));
        assert_eq!(typical_step(&[0, 1, 2, 9]), Some(1));
        assert_eq!(commonest_step(&[5]), None);
    }
}
