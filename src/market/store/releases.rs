//! Published values with the dates on which they came out, several vintages of one observation among them.
//!
//! At any instant the series shows the newest observation released by then, in the latest vintage known by then: never
//! the value it was revised to later. So a row is a release that changes this, a new observation or a revision of the
//! newest one. Its label is the date of release, and it is known at a stated time on that date; without one at the
//! midnight in New York that ends it, so that no decision of that day sees the value. A revision of an older observation
//! and the history that a first vintage brings along change nothing that an as-of look could see: they are no rows.
//!
//! Hence `N rows` of such a series are N releases, not N observations.

use std::collections::BTreeMap;

use super::bars::{Bars, Faults};
use super::reading::{Reading, is_blank};
use super::session::{self, SessionSpec};
use super::stamps::{self, Chosen, Format, MICROS_PER_DAY, Order, Stamp};
use super::table::{Row, Table};
use super::times::{Times, in_days, period_name, typical_step};
use super::vendors::{Columns, Layout, Markets};
use crate::base::calendar::{Date, Instant, Label, LabelKind, Session};
use crate::base::diagnostic::{Diagnostic, Result};
use crate::base::text::quoted;

/// Whose midnight ends a date of release, and whose clock shows a time of release, unless the user says otherwise:
/// New York's, where most of what is known to the day is published.
const ZONE: &str = "America/New_York";
const END_OF_DAY: &str = "00:00";

/// One vintage of so many observations is a whole history that does not tell when its values came out.
const HISTORY: usize = 5;

/// Where a file says when its values came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Releases {
    /// In a column of dates or times.
    Column(usize),
    /// In the names of columns, one per vintage: the column and its date.
    Vintages(Vec<(usize, Date)>),
}

/// The columns of a file that has one per vintage, as `GDP_20200130,GDP_20200227`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Vintages<'a> {
    /// What stands before the dates: the series.
    pub(super) name: &'a str,
    columns: Vec<(usize, Date)>,
}

/// The vintages that the names of columns tell; `None` where any but the first is no vintage of one series.
pub(super) fn vintages(names: &[String]) -> Option<Vintages<'_>> {
    let of = |name: &str| -> Option<(usize, Date)> {
        let (series, date) = name.rsplit_once('_')?;
        let stamp = Format::Date(Order::Compact).parse(date)?;
        (!series.is_empty()).then_some((series.len(), stamp.date))
    };
    let (name, _) = of(names.get(1)?)?;
    let name = names[1].get(..name)?;
    let columns: Option<Vec<(usize, Date)>> = (1..names.len())
        .map(|at| of(&names[at]).filter(|(end, _)| names[at].get(..*end) == Some(name)).map(|of| (at, of.1)))
        .collect();
    Some(Vintages { name, columns: columns? })
}

/// The session of a file; one with dates of release is of published values, known at the stated time on those dates.
///
/// # Errors
/// As [`session::decide`], and where the flags and the file do not go together.
pub(super) fn session(
    file: &str,
    said: &SessionSpec,
    (markets, symbol, us_listed): (Markets, &str, bool),
    releases: Option<&Releases>,
) -> Result<Session> {
    if releases.is_none() {
        let session = session::decide(file, said, markets, symbol, us_listed)?;
        return match session {
            Session::Released(_) => Err(Diagnostic::new(format!(
                "{file}: a time of release is told, but the file has no dates of release"
            ))
            .detail("the date beside a published value is the day or the period it is of, not the day it came out")
            .hint("name their column, as in `--columns date=1,close=2,released=3`, or say `--release-lag DAYS` instead")
            .into()),
            session => Ok(session),
        };
    }
    let wrong = if said.kind.as_deref().is_some_and(|kind| kind != "macro") {
        Some(("dates of release belong to session macro", "`--session`"))
    } else if said.release_lag_days.is_some() {
        Some(("the file has its own dates of release", "`--release-lag`"))
    } else {
        None
    };
    if let Some((what, flag)) = wrong {
        return Err(Diagnostic::new(format!("{file}: {what}")).hint(format!("leave out {flag}")).into());
    }
    let or = |said: &Option<String>, usual: &str| Some(said.clone().unwrap_or_else(|| usual.to_owned()));
    let spec = SessionSpec {
        close: or(&said.close, END_OF_DAY),
        timezone: or(&said.timezone, ZONE),
        ..SessionSpec::named("macro")
    };
    spec.session(symbol)
}

/// All values that came out on one date, by observation, and when they were known.
#[derive(Debug, Default)]
struct Vintage {
    known_at: i64,
    values: BTreeMap<Date, f64>,
}

/// What a file's rows hold, taken apart.
#[derive(Default)]
struct Gathered {
    by_release: BTreeMap<Date, Vintage>,
    faults: Faults,
    missing: usize,
    /// Whether any release says its time.
    clocked: bool,
}

impl Releases {
    /// Where a file of this layout tells its releases; `None` where it does not.
    pub(super) fn of(table: &Table, columns: &Columns, layout: &Layout) -> Option<Self> {
        let told = || vintages(&table.header.names).filter(|_| layout.vendor == "alfred");
        match columns.released {
            Some(at) => Some(Self::Column(at)),
            None => told().map(|vintages| Self::Vintages(vintages.columns)),
        }
    }

    /// The rows of a file with dates of release, when they were known, and what should be said of them.
    ///
    /// # Errors
    /// Where any row is bad, an observation has two values of one date of release, or one vintage holds a whole history.
    pub(super) fn read(
        &self,
        file: &str,
        table: &Table,
        reading: &Reading,
        columns: &Columns,
        session: &Session,
    ) -> Result<(Bars, Times, Vec<String>)> {
        let mut found = Gathered::default();
        let format = match self {
            Self::Column(at) => Some((*at, format_of(file, table, reading, *at)?)),
            Self::Vintages(_) => None,
        };
        for row in table.rows() {
            let width = table.header.names.len();
            if row.width() != width {
                found.faults.add(row.line, || format!("{} fields where the header has {width}", row.width()));
                continue;
            }
            let cell = row.cell(columns.stamp);
            let Some(observed) = reading.format.parse(cell).map(|stamp| stamp.date) else {
                found.faults.add(row.line, || {
                    format!("`{}` is not a date like {}", quoted(cell), reading.format.looks())
                });
                continue;
            };
            match (self, format) {
                (Self::Column(_), Some((at, format))) => {
                    found.take(&row, observed, columns.close, reading, (at, format), session);
                }
                (Self::Vintages(vintages), _) => {
                    for &(at, released) in vintages {
                        let known_at = session.day(released).known_at.micros();
                        found.put(&row, observed, row.cell(at), reading, (released, known_at));
                    }
                }
                (Self::Column(_), None) => {}
            }
        }
        // In a column per vintage a blank says that the observation was not out yet.
        let missing = if matches!(self, Self::Column(_)) { found.missing } else { 0 };
        let Gathered { by_release, faults, clocked, .. } = found;
        faults.into_result(file)?;
        check_vintages(file, &by_release)?;
        Ok(as_rows(&by_release, clocked, missing, session))
    }
}

impl Gathered {
    /// Takes a row that has its date of release beside it.
    fn take(
        &mut self,
        row: &Row<'_>,
        observed: Date,
        value: usize,
        reading: &Reading,
        (at, format): (usize, Format),
        session: &Session,
    ) {
        let cell = row.cell(at);
        let Some(stamp) = format.parse(cell) else {
            self.faults.add(row.line, || {
                format!("`{}` is not a date of release like {}", quoted(cell), format.looks())
            });
            return;
        };
        let instant = match (format, stamp.instant, &reading.zone) {
            (Format::Date(_), ..) => Some(session.day(stamp.date).known_at.micros()),
            (_, Some(instant), _) => Some(instant),
            // Of an hour that the clocks show twice the later is the safe one.
            (_, None, Some(zone)) => {
                zone.instants(stamp.date, stamp.of_day).iter().flatten().last().map(|at| at.micros())
            }
            (_, None, None) => None,
        };
        let Some(known_at) = instant else {
            self.faults.add(row.line, || {
                let cell = quoted(cell);
                format!("`{cell}` is a time without a UTC offset: say whose clock with `--timezone`")
            });
            return;
        };
        self.clocked |= !matches!(format, Format::Date(_));
        self.put(row, observed, row.cell(value), reading, (stamp.date, known_at));
    }

    fn put(
        &mut self,
        row: &Row<'_>,
        observed: Date,
        cell: &str,
        reading: &Reading,
        (released, known_at): (Date, i64),
    ) {
        if is_blank(cell) {
            self.missing += 1;
            return;
        }
        let Some(value) = reading.notation.price(cell).filter(|value| value.is_finite()) else {
            self.faults.add(row.line, || format!("value `{}` is not a number", quoted(cell)));
            return;
        };
        let vintage = self.by_release.entry(released).or_default();
        vintage.known_at = vintage.known_at.max(known_at);
        if vintage.values.insert(observed, value).is_some() {
            self.faults.add(row.line, || format!("a second value of {observed} released on {released}"));
        }
    }
}

/// How the column of releases is written: as the dates of the observations where it can be.
fn format_of(file: &str, table: &Table, reading: &Reading, at: usize) -> Result<Format> {
    let cells = table.rows().map(|row| row.cell(at));
    let known = reading.told.into_iter().chain([reading.format]);
    for format in known {
        if cells.clone().all(|cell| format.parse(cell).is_some()) {
            return Ok(format);
        }
    }
    match stamps::choose(Format::ANY, &cells) {
        Chosen::One(format) => Ok(format),
        Chosen::Two(one, other) => Err(Diagnostic::new(format!(
            "{file}: whether the day or the month comes first in its dates of release cannot be told"
        ))
        .hint(format!("say it: `--date-format {}` or `--date-format {}`", one.flag(), other.flag()))
        .into()),
    }
}

fn check_vintages(file: &str, by_release: &BTreeMap<Date, Vintage>) -> Result<()> {
    let most = by_release.values().map(|vintage| vintage.values.len()).max().unwrap_or(0);
    match by_release.len() {
        0 => Err(Diagnostic::new(format!("{file}: every row's value is missing"))
            .hint("download it again: the vendor sent no data for this series or period")
            .into()),
        1 if most >= HISTORY => Err(Diagnostic::new(format!("{file}: every value has the same date of release"))
            .detail("this is one vintage of a whole history: it does not tell when its values came out")
            .hint("download all vintages, or take the column of values alone: `--columns date=1,close=2 --session macro --release-lag DAYS`")
            .into()),
        _ => Ok(()),
    }
}

/// The releases that bring a newer observation or revise the newest one.
fn as_rows(
    by_release: &BTreeMap<Date, Vintage>,
    clocked: bool,
    missing: usize,
    session: &Session,
) -> (Bars, Times, Vec<String>) {
    let mut newest: Option<(Date, f64)> = None;
    let (mut bars, mut known_at, mut news) = (Bars { missing, ..Bars::default() }, Vec::new(), 0);
    for (&released, vintage) in by_release {
        let Some((&observed, &value)) = vintage.values.last_key_value() else { continue };
        let is_new = newest.is_none_or(|(date, _)| observed > date);
        let is_revised =
            newest.is_some_and(|(date, known)| observed == date && known.total_cmp(&value).is_ne());
        if !(is_new || is_revised) {
            continue;
        }
        news += usize::from(is_new);
        newest = Some((observed, value));
        bars.stamps.push(&Stamp { date: released, of_day: 0, instant: None, unit: MICROS_PER_DAY });
        bars.close.push(value);
        known_at.push(vintage.known_at);
    }
    let observed: Vec<i64> = observations(by_release);
    let period = typical_step(&observed).unwrap_or(MICROS_PER_DAY);
    let known = if clocked { "known at the times of release in the file" } else { &session.describe() };
    let times = Times {
        kind: LabelKind::Date,
        bar: period_name(period).to_owned(),
        period_days: in_days(period),
        labels: bars.stamps.dates().map(|date| Label::date(date).micros()).collect(),
        opens_at: known_at.clone(),
        known_at,
        explanation: format!("rows named by their date of release, session macro, {known}"),
    };
    let facts = facts(by_release, bars.close.len(), news, observed.len());
    (bars, times, facts)
}

/// The dates that values are of, in order, as microseconds.
fn observations(by_release: &BTreeMap<Date, Vintage>) -> Vec<i64> {
    let mut observed: Vec<i64> = by_release
        .values()
        .flat_map(|vintage| vintage.values.keys())
        .map(|date| Instant::start_of(*date).micros())
        .collect();
    observed.sort_unstable();
    observed.dedup();
    observed
}

fn facts(by_release: &BTreeMap<Date, Vintage>, rows: usize, news: usize, observations: usize) -> Vec<String> {
    let written: usize = by_release.values().map(|vintage| vintage.values.len()).sum();
    let mut facts = vec![format!(
        "a row is a release: {news} are of a newer observation, {} revise the newest one; N rows are N releases",
        rows - news
    )];
    if written > rows {
        facts.push(format!(
            "{} of {written} values (of {observations} observations) are not stored: a newer one was known when they came out",
            written - rows
        ));
    }
    let early = by_release
        .iter()
        .map(|(released, vintage)| vintage.values.keys().filter(|observed| *observed > released).count())
        .sum::<usize>();
    if early > 0 {
        facts.push(format!("{early} values came out before the date they are of, as forecasts do"));
    }
    facts
}

#[cfg(test)]
mod tests;
