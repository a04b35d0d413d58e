//! From what a vendor wrote beside a bar to its label and its two instants.

use super::bars::Bars;
use super::vendors::Marks;
use crate::base::calendar::{Instant, Label, LabelKind, Session};
use crate::base::diagnostic::{Diagnostic, Result};

const MICROS_PER_DAY: i64 = 86_400_000_000;

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

/// Decides what the stamps of `bars` mean.
///
/// # Errors
/// Where the file does not tell when its bars were known.
pub(super) fn of(file: &str, bars: &Bars, marks: Marks, session: &Session) -> Result<Times> {
    let starts: Vec<i64> = bars.stamps.iter().map(super::stamps::Stamp::micros).collect();
    let midnights = bars.stamps.iter().all(|stamp| stamp.of_day == 0);
    let daily = midnights && typical_step(&starts).is_none_or(|step| step >= MICROS_PER_DAY);
    if !bars.ends.is_empty() {
        return by_end(file, bars, &starts, daily, session);
    }
    if daily {
        return by_session(file, bars, session);
    }
    match marks {
        Marks::Unknown => Err(Diagnostic::new(format!("{file}: the times of its bars cannot be told"))
            .detail("the rows carry times of day, and this header does not say whether they mark a bar's start or its end")
            .hint("use daily rows, or a vendor's own layout for bars within the day")
            .into()),
        Marks::Start if bars.stamps.iter().any(|stamp| stamp.instant.is_none()) => {
            Err(Diagnostic::new(format!("{file}: the times of its bars carry no UTC offset"))
                .hint("export the file again with offsets, as in `2024-03-28 13:30:00+00:00`")
                .into())
        }
        Marks::Start | Marks::StartUtc => by_start(file, &starts, session),
    }
}

/// Dates without a time: the session kind knows when such a day began and was known.
fn by_session(file: &str, bars: &Bars, session: &Session) -> Result<Times> {
    let labels: Vec<i64> = bars.stamps.iter().map(|stamp| Label::date(stamp.date).micros()).collect();
    let period = typical_step(&labels).unwrap_or(MICROS_PER_DAY);
    let is_macro = matches!(session, Session::Macro { .. });
    if !is_macro && labels.len() > 4 && period > 5 * MICROS_PER_DAY {
        return Err(Diagnostic::new(format!("{file}: rows are about {} days apart", period / MICROS_PER_DAY))
            .detail("a date beside a week or a month may be its first or its last day, and this file does not say which")
            .hint("import daily bars; for published values use `--session macro --release-lag DAYS`")
            .into());
    }
    let days: Vec<_> = bars.stamps.iter().map(|stamp| session.day(stamp.date)).collect();
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
fn by_end(file: &str, bars: &Bars, starts: &[i64], daily: bool, session: &Session) -> Result<Times> {
    let ends = &bars.ends;
    let overlapping = (1..starts.len()).find(|&row| ends[row - 1] > starts[row]);
    if let Some(row) = overlapping {
        return Err(Diagnostic::new(format!("{file}: bars overlap"))
            .detail(format!("the bar before {} ends after its start", Instant::from_micros(starts[row])))
            .hint("download the file again: it may hold bars of two lengths")
            .into());
    }
    let longest = starts.iter().zip(ends).map(|(start, end)| end - start).max().unwrap_or(MICROS_PER_DAY);
    let length = commonest_step(starts).unwrap_or(longest).max(1);
    let known_at = starts
        .iter()
        .zip(ends)
        .enumerate()
        .map(|(row, (&start, &end))| {
            let bars_long = (end - start + length - 1) / length;
            let rounded = start + bars_long.max(1) * length;
            starts.get(row + 1).map_or(rounded, |&next| rounded.min(next))
        })
        .collect();
    let bar = bar_name(length);
    let kind = if daily { LabelKind::Date } else { LabelKind::Time };
    let named = if daily { "named by the UTC date of their start" } else { "named by their start" };
    Ok(Times {
        kind,
        period_days: in_days(length),
        labels: starts.to_vec(),
        opens_at: starts.to_vec(),
        known_at,
        explanation: format!("{bar} bars {named}, known at their written end, session {}", session.name()),
        bar,
    })
}

/// Bars stamped at their start. A bar ends with its length, with New York's session, or where the next one starts.
fn by_start(file: &str, starts: &[i64], session: &Session) -> Result<Times> {
    let Some(length) = commonest_step(starts) else {
        return Err(Diagnostic::new(format!("{file}: one row does not tell how long its bar is"))
            .hint("import at least two rows")
            .into());
    };
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
        labels: starts.to_vec(),
        opens_at: starts.to_vec(),
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

fn steps(times: &[i64]) -> Vec<i64> {
    let mut steps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_unstable();
    steps
}

/// The median distance between neighbours; `None` for one row.
fn typical_step(times: &[i64]) -> Option<i64> {
    let steps = steps(times);
    steps.get(steps.len() / 2).copied()
}

/// The commonest distance between neighbours, the shortest of several; `None` for one row.
fn commonest_step(times: &[i64]) -> Option<i64> {
    let steps = steps(times);
    let runs = steps.chunk_by(|a, b| a == b).map(|run| (run.len(), run[0]));
    runs.reduce(|best, run| if run.0 > best.0 { run } else { best }).map(|(_, step)| step)
}

fn in_days(micros: i64) -> f64 {
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
fn period_name(micros: i64) -> &'static str {
    match micros / MICROS_PER_DAY {
        ..=4 => "1d",
        5..=10 => "1w",
        11..=45 => "1mo",
        46..=120 => "3mo",
        _ => "1y",
    }
}

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
