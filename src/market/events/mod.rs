//! What happened on which day, and who could know it when?
//!
//! An [`Events`] series is a list of dated events: halvings, decisions of a central bank, a user's own. Each is known
//! from the instant it happens; one that was announced is expected from then on, until it happens or is called off.
//! A file says which span it covers, and outside of that span nothing is known: not that nothing happened.

mod read;

use std::path::Path;

use crate::base::calendar::Instant;
use crate::base::diagnostic::{Failure, Result};
use crate::base::file::{LARGEST_TEXT, read_text};

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// When it happened, or was to happen.
    pub at: Instant,
    /// From when on it was expected; `None` for one that nobody could know ahead.
    pub announced: Option<Instant>,
    /// From when on it was known not to happen.
    pub called_off: Option<Instant>,
}

impl Occurrence {
    /// Whether it was known at `now` that it would come.
    fn is_ahead(&self, now: Instant) -> bool {
        self.at > now
            && self.announced.is_some_and(|announced| announced <= now)
            && self.called_off.is_none_or(|called_off| called_off > now)
    }

    /// Whether it had happened by `now`.
    fn has_happened(&self, now: Instant) -> bool {
        self.at <= now && self.called_off.is_none_or(|called_off| called_off > self.at)
    }
}

/// Events of one kind, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Events {
    name: String,
    hash: String,
    scheduled: bool,
    from: Instant,
    to: Instant,
    rows: Vec<Occurrence>,
}

impl Events {
    /// Reads a file of events; `file` is its name for messages.
    ///
    /// ```text
    /// # covers: 2009-01-03 to 2027-12-31
    /// # timezone: UTC
    /// at
    /// 2024-04-20 00:09
    /// ```
    ///
    /// Times are those of the zone (UTC where none is said); a date alone means the end of that day. Columns
    /// `announced` and `called_off` may follow; a file with `announced` is a schedule.
    ///
    /// # Errors
    /// Where a line cannot be read, the span is not said, or an event lies outside of it.
    pub fn read(name: &str, file: &str, text: &str) -> Result<Self> {
        read::events(name, file, text)
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// As [`Events::read`], and where the file cannot be read.
    pub fn read_file(name: &str, path: &Path) -> Result<Self> {
        let text = read_text(path, LARGEST_TEXT).map_err(|error| Failure::io("read", path, &error))?;
        Self::read(name, &path.display().to_string(), &text)
    }

    /// The name rules use.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// BLAKE3 of the file's text, in hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether some of its events were announced ahead.
    pub fn is_scheduled(&self) -> bool {
        self.scheduled
    }

    /// The span in which every event is listed: from, to.
    pub fn span(&self) -> (Instant, Instant) {
        (self.from, self.to)
    }

    /// Every event, in order.
    pub fn rows(&self) -> &[Occurrence] {
        &self.rows
    }

    /// The series as it was known at `now`: without what came as a surprise later, and without what was announced
    /// or called off later.
    #[must_use]
    pub fn known_by(&self, now: Instant) -> Self {
        let known = |row: &&Occurrence| row.at <= now || row.announced.is_some_and(|at| at <= now);
        let cut =
            |row: &Occurrence| Occurrence { called_off: row.called_off.filter(|at| *at <= now), ..*row };
        Self { rows: self.rows.iter().filter(known).map(cut).collect(), ..self.clone() }
    }

    fn covers(&self, now: Instant) -> bool {
        self.from <= now && now <= self.to
    }

    /// The last event that had happened by `now`.
    fn last(&self, now: Instant) -> Option<&Occurrence> {
        let before = self.rows.partition_point(|row| row.at <= now);
        self.rows[..before].iter().rev().find(|row| row.has_happened(now))
    }

    /// The next event that was expected at `now`.
    fn next(&self, now: Instant) -> Option<&Occurrence> {
        let after = self.rows.partition_point(|row| row.at <= now);
        self.rows[after..].iter().find(|row| row.is_ahead(now))
    }

    /// Whether one happened after `earlier` and by `now`; `None` outside of the span.
    pub fn happened(&self, earlier: Instant, now: Instant) -> Option<bool> {
        self.covers(now).then(|| self.last(now).is_some_and(|row| row.at > earlier))
    }

    /// Days, with fractions, since the last event; `None` before the first and outside of the span.
    pub fn days_since(&self, now: Instant) -> Option<f64> {
        self.last(now).filter(|_| self.covers(now)).map(|row| now.days_since(row.at))
    }

    /// Days, with fractions, to the next event that was announced by then; `None` where none was.
    pub fn days_to(&self, now: Instant) -> Option<f64> {
        self.next(now).filter(|_| self.covers(now)).map(|row| row.at.days_since(now))
    }

    /// Whether one happened within the last `days` days; `None` where those reach out of the span and hold none.
    pub fn after(&self, now: Instant, days: f64) -> Option<bool> {
        match self.days_since(now) {
            Some(since) if since <= days => Some(true),
            _ if !self.covers(now) => None,
            _ => (now.days_since(self.from) >= days).then_some(false),
        }
    }

    /// Whether one was expected within the next `days` days; `None` where those reach out of the span and hold none.
    pub fn before(&self, now: Instant, days: f64) -> Option<bool> {
        match self.days_to(now) {
            Some(to) if to <= days => Some(true),
            _ if !self.covers(now) => None,
            _ => (self.to.days_since(now) >= days).then_some(false),
        }
    }
}

/// Events that come with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bundled {
    /// The name in function form; the file's stem.
    pub name: &'static str,
    /// How sentences call one of them, besides the name.
    pub words: &'static [&'static str],
    /// Whether they were announced ahead.
    pub scheduled: bool,
    /// The file's text.
    pub text: &'static str,
}

macro_rules! bundle {
    ($($name:literal $scheduled:literal $words:expr),* $(,)?) => {
        &[$(Bundled {
            name: $name,
            words: &$words,
            scheduled: $scheduled,
            text: include_str!(concat!("../../../data/events/", $name, ".csv")),
        }),*]
    };
}

/// Every file of `data/events`, by name.
pub fn bundled() -> &'static [Bundled] {
    bundle![
        "fomc" true ["fomc decision", "fomc meeting", "fed decision", "fed meeting", "fed"],
        "halving" false ["bitcoin halving", "btc halving"],
        "rate_cut" false ["rate cut", "fed rate cut", "fed cut"],
        "rate_hike" false ["rate hike", "rate rise", "fed rate hike", "fed hike"],
    ]
}

/// The bundled events that a word or two stand for, in any case of letters, in the singular or the plural.
pub fn find(word: &str) -> Option<&'static Bundled> {
    let singular = word.strip_suffix(['s', 'S']).unwrap_or(word);
    let same = |known: &str| known.eq_ignore_ascii_case(word) || known.eq_ignore_ascii_case(singular);
    bundled().iter().find(|events| same(events.name) || events.words.iter().any(|known| same(known)))
}

#[cfg(test)]
mod tests;
