//! The clock of a place: which instants a time on its wall may mean.

use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use super::instant::Instant;
use super::session::{ZONES, unknown_zone};
use crate::base::diagnostic::Result;

/// A time zone of the bundled IANA database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// The zone `name`, as in `America/New_York` or `UTC`.
    ///
    /// # Errors
    /// Where the database does not hold it; the message names the nearest it does.
    pub fn named(name: &str) -> Result<Self> {
        let zone = ZONES.get(name).map_err(|_| unknown_zone(name))?;
        Ok(Self { name: zone.iana_name().unwrap_or(name).to_owned(), zone })
    }

    /// The zone's name in the database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The instants at which the zone's clocks show `of_day` microseconds after midnight of `date`: none in an hour
    /// that a clock change skips and in the last hours of the calendar, two, the earlier first, in one that it repeats.
    pub fn instants(&self, date: Date, of_day: i64) -> [Option<Instant>; 2] {
        let midnight = date.to_datetime(Time::midnight());
        let Ok(wall) = midnight.checked_add(SignedDuration::from_micros(of_day)) else { return [None, None] };
        let at = |offset: Offset| offset.to_timestamp(wall).ok().map(Instant::from);
        match self.zone.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => [at(offset), None],
            AmbiguousOffset::Fold { before, after } => [at(before), at(after)],
            AmbiguousOffset::Gap { .. } => [None, None],
        }
    }

    /// The date and the microseconds after its midnight that the zone's clocks show at `instant`.
    pub fn wall(&self, instant: Instant) -> Option<(Date, i64)> {
        let stamp = jiff::Timestamp::from_microsecond(instant.micros()).ok()?;
        let wall = self.zone.to_datetime(stamp);
        let midnight = wall.date().to_datetime(Time::midnight());
        let since = wall.duration_since(midnight).as_micros();
        Some((wall.date(), i64::try_from(since).ok()?))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jiff::civil::date;

    const MICROS_PER_SECOND: i64 = 1_000_000;

    #[test]
    fn the_ends_of_the_calendar_have_no_instant_rather_than_another() {
        let zone = Zone::named("UTC").unwrap();
        assert_eq!(zone.instants(Date::MIN, 0), [None, None]);
        assert_eq!(zone.instants(Date::MAX, 0), [None, None]);
        assert_eq!(zone.instants(Date::MAX, i64::MAX), [None, None]);
        for day in [date(-9998, 1, 1), date(0, 1, 1), date(9999, 12, 29)] {
            assert_eq!(
                zone.instants(day, 5),
                [Some(Instant::from_micros(Instant::start_of(day).micros() + 5)), None]
            );
        }
        assert_eq!(zone.wall(Instant::from_micros(i64::MAX)), None);
    }

    #[test]
    fn clock_changes_skip_and_repeat_an_hour() {
        let zone = Zone::named("america/new_york").unwrap();
        assert_eq!(zone.name(), "America/New_York");
        let half_past = |hour: i64, day: Date| {
            zone.instants(day, (hour * 3600 + 1800) * MICROS_PER_SECOND).map(|at| at.map(|at| at.to_string()))
        };
        assert_eq!(half_past(9, date(2024, 1, 2)), [Some("2024-01-02T14:30:00Z".to_owned()), None]);
        assert_eq!(half_past(2, date(2024, 3, 10)), [None, None]);
        assert_eq!(
            half_past(1, date(2024, 11, 3)),
            ["2024-11-03T05:30:00Z", "2024-11-03T06:30:00Z"].map(|text| Some(text.to_owned()))
        );
        let instant = zone.instants(date(2024, 7, 1), 5)[0].unwrap();
        assert_eq!(zone.wall(instant), Some((date(2024, 7, 1), 5)));
        assert!(Zone::named("America/NewYork").unwrap_err().to_string().contains("did you mean"));
    }
}
