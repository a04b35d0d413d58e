//! What do newer rows do to a series that is there already: add to it, agree with it, or contradict its past?
//!
//! Rows are the same when their label is. Over the time that both cover, every row must be in both, with the same
//! instants and the same values, but for the last digit that a number of 64 bits loses in text; then what lies before and after is added. Where both cover no common
//! time, they must follow on each other. Anything else is another past, which is told and not taken.

use crate::base::calendar::{Date, Label, LabelKind, Session};
use crate::base::diagnostic::{Diagnostic, Result};
use crate::market::series::{Field, Provenance, Rows, Series};

/// How many of the largest differences are listed.
const LISTED: usize = 5;

/// What an import did to a series of the store.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The store did not have the series.
    New,
    /// Every row was there with the same values: nothing was written.
    Same,
    /// Rows were added to those that were there.
    Extended {
        /// Rows before the first that was there.
        before: usize,
        /// Rows after the last that was there.
        after: usize,
        /// Rows that both had, all equal. Where it is 0, the prices of the two could not be compared.
        shared: usize,
    },
    /// The series took the place of one with another past.
    Replaced(Clash),
}

/// How the past of a series differs from the one in the store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Clash {
    /// What differs as a whole, or why the two do not follow on each other.
    pub whole: Vec<String>,
    /// Rows that both have, with other values or other instants.
    pub changed: usize,
    /// Rows of the store that the newer series lacks, within the time that both cover.
    pub gone: usize,
    /// Rows that the store lacks, within the time that both cover.
    pub inserted: usize,
    /// The first and the last row that is changed, gone or inserted.
    pub range: Option<(Label, Label)>,
    /// The largest differences, the worst first.
    pub largest: Vec<ChangedCell>,
}

/// One value that the store has otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedCell {
    /// The row.
    pub label: Label,
    /// The column.
    pub field: Field,
    /// The store's value.
    pub before: f64,
    /// The newer series' value.
    pub after: f64,
}

impl ChangedCell {
    /// The newer value's distance from the store's, as a fraction of the larger of the two.
    pub fn relative(&self) -> f64 {
        (self.after - self.before).abs() / self.after.abs().max(self.before.abs())
    }
}

/// What comes of two series of the same name.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    /// The store has every row already.
    Same,
    /// These rows are the series now.
    Extended { rows: Rows, before: usize, after: usize, shared: usize },
    /// The newer series has another past.
    Clash(Clash),
}

/// Puts `new` to `old`, the series of the same name in the store.
pub(super) fn merge(old: &Series, new: &Series) -> Outcome {
    let mut clash = Clash { whole: differences_as_a_whole(old, new), ..Clash::default() };
    let (old_first, old_last) = ends(old);
    let (new_first, new_last) = ends(new);
    let (from, to) = (old_first.max(new_first), old_last.min(new_last));
    let shared = if from <= to && old.label_kind() == new.label_kind() {
        let shared = compare(old, new, from, to, &mut clash);
        clash.largest.truncate(LISTED);
        shared
    } else {
        clash.whole.extend(gap(old, new));
        0
    };
    if clash.is_there() {
        return Outcome::Clash(clash);
    }
    let before = new.rows().labels.partition_point(|&label| label < old_first);
    let after = new.rows().labels.partition_point(|&label| label <= old_last);
    let added = (before, new.len() - after);
    if added == (0, 0) {
        return Outcome::Same;
    }
    let rows = new
        .rows()
        .slice(0..before)
        .then(old.rows())
        .then(new.rows().slice(after..new.len()).first(new.len() - after));
    Outcome::Extended { rows, before: added.0, after: added.1, shared }
}

fn ends(series: &Series) -> (i64, i64) {
    (series.rows().labels[0], series.rows().labels[series.len() - 1])
}

/// Sessions, labels and columns, which must be the same throughout.
fn differences_as_a_whole(old: &Series, new: &Series) -> Vec<String> {
    let mut found = Vec::new();
    if old.session() != new.session() {
        let said = |series: &Series| format!("{} ({})", series.session().name(), series.session().describe());
        found.push(format!("the store has session {}, the newer rows {}", said(old), said(new)));
    }
    if old.label_kind() != new.label_kind() {
        found.push("one has rows named by date, the other by time".to_owned());
    }
    for field in Field::ALL {
        match (old.column(field), new.column(field)) {
            (Some(_), None) => found.push(format!("the newer rows have no {}", field.name())),
            (None, Some(_)) => found.push(format!("the store's rows have no {}", field.name())),
            _ => {}
        }
    }
    found
}

/// Whether two values are one: a text of 16 digits may miss the last bit of a number, which is no other past.
fn is_same(before: f64, after: f64) -> bool {
    (after - before).abs() <= 2.0 * f64::EPSILON * before.abs().max(after.abs())
}

/// Compares the rows between two labels and counts those that both have.
fn compare(old: &Series, new: &Series, from: i64, to: i64, clash: &mut Clash) -> usize {
    let bounds = |series: &Series| {
        let labels = &series.rows().labels;
        (labels.partition_point(|&label| label < from), labels.partition_point(|&label| label <= to))
    };
    let ((mut at, end), (mut new_at, new_end)) = (bounds(old), bounds(new));
    let mut shared = 0;
    while at < end || new_at < new_end {
        let mine = (at < end).then(|| old.label(at));
        let theirs = (new_at < new_end).then(|| new.label(new_at));
        match (mine, theirs) {
            (Some(label), Some(other)) if label == other => {
                shared += 1;
                clash.compare_row(old, at, new, new_at);
                at += 1;
                new_at += 1;
            }
            (Some(label), other) if other.is_none_or(|other| label < other) => {
                clash.gone += 1;
                clash.note(label);
                at += 1;
            }
            (_, Some(label)) => {
                clash.inserted += 1;
                clash.note(label);
                new_at += 1;
            }
            // Not reached: one of the two has a row.
            (_, None) => break,
        }
    }
    shared
}

impl Clash {
    fn is_there(&self) -> bool {
        !self.whole.is_empty() || self.range.is_some()
    }

    fn note(&mut self, label: Label) {
        self.range = Some(self.range.map_or((label, label), |(first, _)| (first, label)));
    }

    fn compare_row(&mut self, old: &Series, at: usize, new: &Series, new_at: usize) {
        let mut is_changed =
            old.opens_at(at) != new.opens_at(new_at) || old.known_at(at) != new.known_at(new_at);
        for field in Field::ALL {
            let (Some(mine), Some(theirs)) = (old.column(field), new.column(field)) else { continue };
            let (before, after) = (mine[at], theirs[new_at]);
            if !is_same(before, after) {
                is_changed = true;
                self.keep(ChangedCell { label: old.label(at), field, before, after });
            }
        }
        if is_changed {
            self.changed += 1;
            self.note(old.label(at));
        }
    }

    /// Keeps the largest differences, prices before volumes, the earlier of equals first.
    fn keep(&mut self, difference: ChangedCell) {
        let is_smaller = |other: &ChangedCell| {
            let volumes = (other.field == Field::Volume).cmp(&(difference.field == Field::Volume));
            volumes.then(difference.relative().total_cmp(&other.relative())).is_gt()
        };
        let place = self.largest.iter().position(is_smaller).unwrap_or(self.largest.len());
        if place < LISTED {
            self.largest.insert(place, difference);
            self.largest.truncate(LISTED);
        }
    }

    /// The clash in plain words, a line each.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = self.whole.clone();
        if let Some((first, last)) = self.range {
            let counts = [
                (self.changed, "with other values or times"),
                (self.gone, "that the newer file lacks"),
                (self.inserted, "that the store lacks"),
            ];
            let said: Vec<String> = counts
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, what)| format!("{} {what}", rows(*count)))
                .collect();
            lines.push(format!("{}; the first at {first}, the last at {last}", said.join(", ")));
        }
        if let Some(worst) = self.largest.first() {
            lines.push(format!("worst relative difference: {}", percent(worst.relative())));
        }
        lines.extend(self.largest.iter().map(|difference| {
            let ChangedCell { label, field, before, after } = difference;
            format!("{label} {}: {before} in the store, {after} now", field.name())
        }));
        lines
    }

    /// The message that refuses the newer rows; `name` is the series', `file` what they came from.
    pub(super) fn refusal(&self, name: &str, file: &str, old: &Series, new: &Series) -> Diagnostic {
        let message = Diagnostic::new(format!("{file}: {name} has another past in the store"));
        let message = self.lines().into_iter().fold(message, Diagnostic::detail);
        let becomes = format!(
            "{} ({} to {}) become {} ({} to {})",
            rows(old.len()),
            old.label(0),
            old.label(old.len() - 1),
            rows(new.len()),
            new.label(0),
            new.label(new.len() - 1)
        );
        message.hint(format!(
            "to put this in the place of the whole series, say `--replace`: {becomes}; the old version is kept"
        ))
    }
}

fn rows(count: usize) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

fn percent(fraction: f64) -> String {
    format!("{:.3}%", fraction * 100.0)
}

/// Why two series without common time do not follow on each other; `None` where they do.
fn gap(old: &Series, new: &Series) -> Option<String> {
    if old.session() != new.session() || old.label_kind() != new.label_kind() {
        return None;
    }
    let (earlier, later) = if ends(old).1 < ends(new).0 { (old, new) } else { (new, old) };
    let (last, first) = (earlier.label(earlier.len() - 1), later.label(0));
    let follows = match (old.session(), old.label_kind()) {
        (Session::Macro { .. } | Session::Released(_) | Session::Custom(_), _) => {
            first.micros() - last.micros() <= longest_step(earlier).max(longest_step(later))
        }
        (session, LabelKind::Date) => none_between(session, last.calendar_date(), first.calendar_date()),
        (session, LabelKind::Time) => follows_within_sessions(session, earlier, later),
    };
    (!follows).then(|| {
        format!(
            "no row in common, and rows are missing between {last} and {first}: take a file that also has these, or that overlaps by a row"
        )
    })
}

/// The longest distance between neighbouring labels, 0 for one row.
fn longest_step(series: &Series) -> i64 {
    series.rows().labels.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0)
}

/// Whether no trading day lies strictly between two dates.
fn none_between(session: &Session, last: Date, first: Date) -> bool {
    last.series(jiff::Span::new().days(1))
        .skip(1)
        .take_while(|day| *day < first)
        .all(|day| !session.is_trading_day(day))
}

/// Bars within the day follow when the later begins where the earlier ended, or one ended its session and the other
/// begins the next one.
fn follows_within_sessions(session: &Session, earlier: &Series, later: &Series) -> bool {
    let (ended, begins) = (earlier.known_at(earlier.len() - 1), later.opens_at(0));
    if ended == begins {
        return true;
    }
    let days = (session.trading_day(earlier.opens_at(earlier.len() - 1)), session.trading_day(begins));
    let (Some(day), Some(next)) = days else { return false };
    day < next
        && ended >= session.day(day).known_at
        && begins <= session.day(next).opens_at
        && none_between(session, day, next)
}

/// The series that has become of two by extension; `old` is the longer of them.
///
/// # Errors
/// Where the rows together are in no order: the bars of the two overlap in time though not in name.
pub(super) fn merged(old: &Series, rows: Rows) -> Result<Series> {
    of_rows(old, old.provenance().clone(), rows)
}

/// The same rows, whose prices are adjusted for what `adjustment` says.
pub(super) fn adjusted(series: &Series, adjustment: &str) -> Result<Series> {
    let provenance = Provenance { adjustment: adjustment.to_owned(), ..series.provenance().clone() };
    of_rows(series, provenance, series.rows().to_rows())
}

fn of_rows(like: &Series, provenance: Provenance, rows: Rows) -> Result<Series> {
    Series::new(provenance, like.session().clone(), like.label_kind(), like.stale_after_days(), rows)
}

#[cfg(test)]
mod tests;
