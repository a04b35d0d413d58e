//! Points in time and the labels vendors give to bars.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A point in time, in microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// From microseconds since 1970-01-01 UTC.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01 UTC.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whether it lies in the years -9999 to 9999, which have dates.
    pub fn is_in_calendar(self) -> bool {
        Timestamp::from_microsecond(self.0).is_ok()
    }

    /// Midnight UTC at which `date` begins.
    pub fn start_of(date: Date) -> Self {
        Self(days_from_epoch(date) * MICROS_PER_DAY)
    }

    /// The UTC date this instant falls on.
    pub fn utc_date(self) -> Date {
        date_from_days(self.0.div_euclid(MICROS_PER_DAY))
    }

    /// Days from `earlier` to this instant, with fractions; negative where `earlier` is later.
    pub fn days_since(self, earlier: Self) -> f64 {
        (self.0 - earlier.0) as f64 / MICROS_PER_DAY as f64
    }
}

impl From<Timestamp> for Instant {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp.as_microsecond())
    }
}

/// RFC 3339 in UTC, with fractions of a second only where there are any.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_microsecond(self.0) {
            Ok(timestamp) => write!(f, "{timestamp}"),
            Err(_) => write!(f, "{} µs", self.0),
        }
    }
}

/// Days from 1970-01-01 to `date`.
fn days_from_epoch(date: Date) -> i64 {
    let midnight = date.to_datetime(jiff::civil::Time::midnight());
    TimeZone::UTC.to_timestamp(midnight).map_or(0, |timestamp| timestamp.as_second().div_euclid(86_400))
}

/// The date `days` after 1970-01-01; the calendar's first or last day where the count lies outside of it.
fn date_from_days(days: i64) -> Date {
    let second = days.saturating_mul(86_400);
    Timestamp::from_second(second).map_or(if days < 0 { Date::MIN } else { Date::MAX }, |timestamp| {
        TimeZone::UTC.to_datetime(timestamp).date()
    })
}

/// What a vendor wrote beside a bar: a date, or an instant for bars shorter than a day.
///
/// Labels name bars in every table and decide windows and episodes; they never decide what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    micros: i64,
    kind: LabelKind,
}

/// Whether a series labels its bars by date or by instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LabelKind {
    /// Daily and longer bars.
    Date,
    /// Bars shorter than a day, or stamped with a time.
    Time,
}

impl Label {
    /// The label of a daily bar.
    pub fn date(date: Date) -> Self {
        Self { micros: Instant::start_of(date).micros(), kind: LabelKind::Date }
    }

    /// The label of a bar stamped with an instant.
    pub fn time(instant: Instant) -> Self {
        Self { micros: instant.micros(), kind: LabelKind::Time }
    }

    /// From the number a table holds: microseconds since 1970-01-01, of the UTC midnight for a date.
    pub fn from_micros(micros: i64, kind: LabelKind) -> Self {
        Self { micros, kind }
    }

    /// The number a table holds.
    pub fn micros(self) -> i64 {
        self.micros
    }

    /// Date or time.
    pub fn kind(self) -> LabelKind {
        self.kind
    }

    /// The calendar date of the label (UTC for labels with a time).
    pub fn calendar_date(self) -> Date {
        Instant::from_micros(self.micros).utc_date()
    }

    /// Whole calendar days from `earlier`'s date to this label's date.
    pub fn calendar_days_since(self, earlier: Self) -> i64 {
        self.micros.div_euclid(MICROS_PER_DAY) - earlier.micros.div_euclid(MICROS_PER_DAY)
    }
}

/// `2025-12-04` for a date, RFC 3339 in UTC for a time.
impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            LabelKind::Date => write!(f, "{}", self.calendar_date()),
            LabelKind::Time => write!(f, "{}", Instant::from_micros(self.micros)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn dates_and_instants_convert_both_ways() {
        for day in [date(1969, 12, 31), date(1970, 1, 1), date(2000, 2, 29), date(2026, 8, 21)] {
            assert_eq!(Instant::start_of(day).utc_date(), day);
            assert_eq!(Instant::from_micros(Instant::start_of(day).micros() + 1).utc_date(), day);
        }
        assert_eq!(Instant::start_of(date(1970, 1, 2)).micros(), MICROS_PER_DAY);
    }

    #[test]
    fn labels_print_as_vendors_write_them() {
        let label = Label::date(date(2025, 12, 4));
        assert_eq!(label.to_string(), "2025-12-04");
        let time = Label::time(Instant::from_micros(1_364_774_820_000_000));
        assert_eq!(time.to_string(), "2013-04-01T00:07:00Z");
        assert_eq!(Label::date(date(2026, 1, 1)).calendar_days_since(label), 28);
    }
}
