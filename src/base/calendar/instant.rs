//! Points in time and the labels vendors give to bars.

use std::fmt;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// The day that numbers of days are counted from.
const EPOCH: Date = Date::constant(1970, 1, 1);

/// The calendar's first day and the one behind its last, as days since 1970-01-01: the years -9999 to 9999.
const CALENDAR: std::ops::Range<i64> = -4_371_587..2_932_897;

/// A point in time, in microseconds since 1970-01-01 UTC.
///
/// Those that come from outside lie within the calendar, from the year -9999 to the end of 9999: prices are of the
/// years 1700 to 2299, other dates have four digits, and a series refuses what lies beyond. So the distance of two
/// of them, and some thousand years more, are far from what 64 bits hold.
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

    /// Midnight UTC at which `date` begins.
    pub fn start_of(date: Date) -> Self {
        Self(days_from_epoch(date) * MICROS_PER_DAY)
    }

    /// Midnight UTC at which `date` ends.
    pub fn end_of(date: Date) -> Self {
        Self::start_of(date).days_later(1)
    }

    /// So many days of 24 hours later.
    #[must_use]
    pub fn days_later(self, days: u16) -> Self {
        Self(self.0 + i64::from(days) * MICROS_PER_DAY)
    }

    /// Whether the calendar reaches as far as this instant.
    pub fn is_in_calendar(self) -> bool {
        (CALENDAR.start * MICROS_PER_DAY..CALENDAR.end * MICROS_PER_DAY).contains(&self.0)
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
        if let Ok(timestamp) = Timestamp::from_microsecond(self.0) {
            return write!(f, "{timestamp}");
        }
        // The last hours of the calendar are no timestamp in some zones, and so in none.
        let of_day = SignedDuration::from_micros(self.0.rem_euclid(MICROS_PER_DAY));
        match self.utc_date().to_datetime(Time::midnight()).checked_add(of_day) {
            Ok(civil) if self.is_in_calendar() => write!(f, "{civil}Z"),
            _ => write!(f, "{} µs", self.0),
        }
    }
}

/// Days from 1970-01-01 to `date`.
fn days_from_epoch(date: Date) -> i64 {
    date.duration_since(EPOCH).as_hours() / 24
}

/// The date `days` after 1970-01-01; the calendar's first or last day where the count lies outside of it.
fn date_from_days(days: i64) -> Date {
    let timestamp = days.checked_mul(86_400).and_then(|second| Timestamp::from_second(second).ok());
    if let Some(timestamp) = timestamp {
        return TimeZone::UTC.to_datetime(timestamp).date();
    }
    // The first and the last days of the calendar are no timestamps.
    let since = days.checked_mul(86_400).map(SignedDuration::from_secs);
    let date = since.and_then(|since| EPOCH.checked_add(since).ok());
    date.unwrap_or(if days < 0 { Date::MIN } else { Date::MAX })
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
    use proptest::prelude::*;

    #[test]
    fn dates_and_instants_convert_both_ways() {
        let ends = [Date::MIN, date(-1, 12, 31), date(0, 1, 1), date(9999, 12, 30), Date::MAX];
        let usual = [date(1969, 12, 31), date(1970, 1, 1), date(2000, 2, 29), date(2026, 8, 21)];
        for day in ends.into_iter().chain(usual) {
            let (start, end) = (Instant::start_of(day), Instant::end_of(day));
            assert_eq!((start.utc_date(), end.micros() - start.micros()), (day, MICROS_PER_DAY), "{day}");
            assert_eq!(Instant::from_micros(start.micros() + 1).utc_date(), day);
            assert_eq!(Instant::from_micros(end.micros() - 1).utc_date(), day);
            assert_eq!(Label::date(day).to_string(), day.to_string());
            assert!(start.to_string().starts_with(&format!("{day}T00:00:00")), "{start}");
        }
        assert_eq!(Instant::start_of(date(1970, 1, 2)).micros(), MICROS_PER_DAY);
    }

    #[test]
    fn the_ends_of_the_calendar_are_not_taken_for_other_days() {
        let last = Instant::start_of(Date::MAX);
        assert_eq!(last.to_string(), "9999-12-31T00:00:00Z");
        assert_eq!(Instant::from_micros(last.micros() + 500_000).to_string(), "9999-12-31T00:00:00.5Z");
        assert!(last.is_in_calendar() && !Instant::end_of(Date::MAX).is_in_calendar());
        assert!(Instant::start_of(Date::MIN).is_in_calendar());
        assert_eq!(days_from_epoch(Date::MIN)..days_from_epoch(Date::MAX) + 1, CALENDAR);
        for micros in [i64::MIN, i64::MAX, Instant::start_of(Date::MIN).micros() - 1] {
            let instant = Instant::from_micros(micros);
            assert!(!instant.is_in_calendar());
            assert_eq!(instant.to_string(), format!("{micros} µs"));
            assert!([Date::MIN, Date::MAX].contains(&instant.utc_date()));
        }
    }

    #[test]
    fn labels_print_as_vendors_write_them() {
        let label = Label::date(date(2025, 12, 4));
        assert_eq!(label.to_string(), "2025-12-04");
        let time = Label::time(Instant::from_micros(1_364_774_820_000_000));
        assert_eq!(time.to_string(), "2013-04-01T00:07:00Z");
        assert_eq!(Label::date(date(2026, 1, 1)).calendar_days_since(label), 28);
    }

    /// Days of the calendar as counts since 1970, its ends more often.
    fn days() -> impl Strategy<Value = i64> {
        let (first, last) = (CALENDAR.start, CALENDAR.end - 1);
        prop_oneof![
            4 => first..=last,
            1 => first..=first + 3,
            1 => last - 3..=last,
            1 => -3..=3_i64,
        ]
    }

    proptest! {
        #[test]
        fn days_are_counted_as_the_calendar_does(one in days(), later in days(), of_day in 0..MICROS_PER_DAY) {
            let (a, b) = (date_from_days(one), date_from_days(later));
            prop_assert_eq!(days_from_epoch(a), one);
            prop_assert_eq!(i64::from(a.until(b).unwrap().get_days()), later - one);
            let at = Instant::from_micros(Instant::start_of(a).micros() + of_day);
            prop_assert_eq!(at.utc_date(), a);
            prop_assert!(at.is_in_calendar());
            prop_assert_eq!(Label::date(b).calendar_days_since(Label::time(at)), later - one);
            let text = at.to_string();
            let civil: jiff::civil::DateTime = text.trim_end_matches('Z').parse().unwrap();
            prop_assert_eq!(civil.date(), a);
            prop_assert_eq!(civil.duration_since(a.to_datetime(Time::midnight())).as_micros(), i128::from(of_day));
        }

        #[test]
        fn any_count_is_a_day_of_the_calendar(days in any::<i64>()) {
            let date = date_from_days(days);
            prop_assert!(days_from_epoch(date) == days || [Date::MIN, Date::MAX].contains(&date));
        }
    }
}
