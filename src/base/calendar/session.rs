//! When a daily row's bar opened and was known, by the kind of its market.

use std::sync::LazyLock;

use jiff::civil::{Date, Time, Weekday, time};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp};

use super::instant::Instant;
use super::nyse;
use crate::base::diagnostic::{Diagnostic, Result, nearest};

/// The zone database inside the program: results do not depend on the system's.
pub(super) static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

const NEW_YORK_NAME: &str = "America/New_York";
static NEW_YORK: LazyLock<TimeZone> = LazyLock::new(|| zone(NEW_YORK_NAME));

/// What kind of trading day a market has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Session {
    /// Every day, from 00:00 UTC to the next 00:00 UTC.
    Crypto,
    /// Every day, cut at a stated time of day: a date's bar ends at that time on the date, as [`CustomClose`] says.
    CryptoCut(CustomClose),
    /// New York stock sessions, 9:30 to 16:00 New York, to 13:00 on early closes.
    UsEquity,
    /// Cboe indices on New York stock sessions, 9:30 to 16:15 New York, to 13:15 on early closes.
    Cboe,
    /// CME equity index futures: a trade date runs from 18:00 New York of the evening before to 17:00, on the stock
    /// exchange's sessions. Hours of a holiday belong to the next trade date. Today's hours stand for all years, and
    /// early closes count as 17:00: a bar is rather known late than early.
    Futures,
    /// Currencies around the clock on weekdays: from 17:00 New York of the day before to 17:00 New York.
    Fx,
    /// Published values: known at 00:00 UTC of the row's date plus a lag.
    Macro {
        /// Calendar days from the row's date to the UTC midnight at which its value is out.
        release_lag_days: u16,
    },
    /// Published values whose rows are dates of release, known at a stated time on that date.
    Released(CustomClose),
    /// Any other market: a stated close, or the row's UTC day.
    Custom(Option<CustomClose>),
}

/// The time of day at which a market of its own kind closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomClose {
    /// Time of day on the row's date, in `timezone`; 00:00 is the midnight at which the date ends.
    pub time: Time,
    /// Name of the zone in the IANA database, as in `Asia/Tokyo`.
    pub timezone: String,
}

/// The two instants of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BarTimes {
    /// When the bar's first price was made.
    pub opens_at: Instant,
    /// When the whole bar was known.
    pub known_at: Instant,
}

impl CustomClose {
    /// Checks a time of day (`17:00`, 24 hours) and the name of a zone (`America/New_York`).
    ///
    /// # Errors
    /// Where `time` is not hours and minutes, or the zone is not in the database.
    pub fn new(time: &str, timezone: &str) -> Result<Self> {
        let Ok(parsed) = Time::strptime("%H:%M", time) else {
            return Err(Diagnostic::new(format!("`{time}` is not a time of day"))
                .hint("write hours and minutes of 24 hours, as in `17:00`")
                .into());
        };
        match ZONES.get(timezone) {
            Ok(found) => {
                let name = found.iana_name().unwrap_or(timezone).to_owned();
                Ok(Self { time: parsed, timezone: name })
            }
            Err(_) => Err(unknown_zone(timezone).into()),
        }
    }
}

impl CustomClose {
    /// The instant at which the day called `date` ends.
    fn on(&self, date: Date) -> Instant {
        let date = if self.time == Time::midnight() { days_after(date, 1) } else { date };
        at(date, self.time, &zone(&self.timezone))
    }
}

pub(super) fn unknown_zone(name: &str) -> Diagnostic {
    let known: Vec<String> = ZONES.available().map(|zone| zone.to_string()).collect();
    let message = Diagnostic::new(format!("unknown time zone `{name}`"));
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => message.hint(format!("did you mean `{near}`?")),
        None => {
            message.hint("use a name of the IANA database, as in `America/New_York`, `Asia/Tokyo` or `UTC`")
        }
    }
}

impl Session {
    /// The names of the kinds, as they are written in commands and tables.
    pub const NAMES: &[&str] = &["crypto", "us-equity", "cboe", "futures", "fx", "macro", "custom"];

    /// The kind's name, one of [`Session::NAMES`].
    pub fn name(&self) -> &'static str {
        match self {
            Self::Crypto | Self::CryptoCut(_) => "crypto",
            Self::UsEquity => "us-equity",
            Self::Cboe => "cboe",
            Self::Futures => "futures",
            Self::Fx => "fx",
            Self::Macro { .. } | Self::Released(_) => "macro",
            Self::Custom(_) => "custom",
        }
    }

    /// The times of a daily row that carries only a date.
    ///
    /// Sessions of New York get their usual hours also on dates on which the exchange was closed: whether a
    /// row may be there at all is told by [`Session::is_trading_day`]. A [`CustomClose`] with a zone that is
    /// not in the database, which its constructor refuses, is taken as UTC.
    pub fn day(&self, date: Date) -> BarTimes {
        match self {
            Self::Crypto | Self::Custom(None) => {
                BarTimes { opens_at: Instant::start_of(date), known_at: Instant::end_of(date) }
            }
            Self::UsEquity => new_york_day(date, time(16, 0, 0, 0), time(13, 0, 0, 0)),
            Self::Cboe => new_york_day(date, time(16, 15, 0, 0), time(13, 15, 0, 0)),
            Self::Macro { release_lag_days } => BarTimes {
                opens_at: Instant::start_of(date),
                known_at: Instant::start_of(date).days_later(*release_lag_days),
            },
            Self::Futures => BarTimes {
                opens_at: at(days_after(date, -1), time(18, 0, 0, 0), &NEW_YORK),
                known_at: at(date, time(17, 0, 0, 0), &NEW_YORK),
            },
            Self::Fx => BarTimes {
                opens_at: at(days_after(date, -1), time(17, 0, 0, 0), &NEW_YORK),
                known_at: at(date, time(17, 0, 0, 0), &NEW_YORK),
            },
            Self::Released(time) => BarTimes { opens_at: time.on(date), known_at: time.on(date) },
            Self::CryptoCut(close) | Self::Custom(Some(close)) => {
                BarTimes { opens_at: close.on(days_after(date, -1)), known_at: close.on(date) }
            }
        }
    }

    /// Whether the market is open on `date`: the stock exchange's sessions for `us-equity`, `cboe` and `futures`,
    /// weekdays for `fx`, else every day.
    pub fn is_trading_day(&self, date: Date) -> bool {
        match self {
            Self::UsEquity | Self::Cboe | Self::Futures => nyse::is_session(date),
            Self::Fx => !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday),
            Self::Crypto | Self::CryptoCut(_) | Self::Macro { .. } | Self::Released(_) | Self::Custom(_) => {
                true
            }
        }
    }

    /// Whether rows are published values rather than prices of a market.
    pub fn is_published(&self) -> bool {
        matches!(self, Self::Macro { .. } | Self::Released(_))
    }

    /// The date of the session in which `instant` lies; `None` outside the market's hours and for published values.
    pub fn trading_day(&self, instant: Instant) -> Option<Date> {
        let day = match self {
            Self::Macro { .. } | Self::Released(_) => return None,
            Self::Crypto | Self::Custom(None) => return Some(instant.utc_date()),
            Self::UsEquity | Self::Cboe => {
                let day = local_date(instant, &NEW_YORK);
                return (self.day(day).opens_at <= instant && instant < self.day(day).known_at)
                    .then_some(day);
            }
            Self::Futures | Self::Fx => local_date(instant, &NEW_YORK),
            Self::CryptoCut(close) | Self::Custom(Some(close)) => local_date(instant, &zone(&close.timezone)),
        };
        let is_before_the_close = instant < self.day(day).known_at;
        let day = if is_before_the_close { day } else { days_after(day, 1) };
        // Between one close and the next opening nothing trades: 17:00 to 18:00 for futures.
        if !is_before_the_close && instant < self.day(day).opens_at {
            return None;
        }
        (0..7).map(|later| days_after(day, later)).find(|day| self.is_trading_day(*day))
    }

    /// When this kind's rows are known, in words.
    pub fn describe(&self) -> String {
        match self {
            Self::Crypto => "days from 00:00 UTC, closes known at the next 00:00 UTC".to_owned(),
            Self::UsEquity => "closes known 16:00 New York (13:00 on early closes)".to_owned(),
            Self::Cboe => "closes known 16:15 New York (13:15 on early closes)".to_owned(),
            Self::CryptoCut(close) => {
                format!("days cut at {} {}", close.time.strftime("%H:%M"), close.timezone)
            }
            Self::Futures => "trade dates from 18:00 to 17:00 New York, closes known 17:00".to_owned(),
            Self::Fx => "days from 17:00 to 17:00 New York, closes known 17:00".to_owned(),
            Self::Macro { release_lag_days: 0 } => "values known 00:00 UTC of their date".to_owned(),
            Self::Macro { release_lag_days: 1 } => {
                "values known 00:00 UTC of the day after their date".to_owned()
            }
            Self::Macro { release_lag_days } => {
                format!("values known 00:00 UTC {release_lag_days} days after their date")
            }
            Self::Released(time) if time.time == Time::midnight() => {
                format!("values known when their date of release ends, {}", time.timezone)
            }
            Self::Released(time) => {
                let clock = time.time.strftime("%H:%M");
                format!("values known {clock} {} on their date of release", time.timezone)
            }
            Self::Custom(None) => "dates taken as UTC days, closes known at the next 00:00 UTC".to_owned(),
            Self::Custom(Some(close)) => {
                format!("closes known {} {}", close.time.strftime("%H:%M"), close.timezone)
            }
        }
    }
}

fn new_york_day(date: Date, close: Time, early: Time) -> BarTimes {
    let close = if nyse::early_close(date) { early } else { close };
    BarTimes { opens_at: at(date, time(9, 30, 0, 0), &NEW_YORK), known_at: at(date, close, &NEW_YORK) }
}

/// The instant of a wall-clock time; in the hour that a clock change skips or repeats, by the offset before
/// it. Where the calendar ends a zone tells no instant, and the time is taken as one of UTC.
fn at(date: Date, time: Time, zone: &TimeZone) -> Instant {
    let of_day = time.duration_since(Time::midnight()).as_secs() * 1_000_000;
    let in_utc = || Instant::from_micros(Instant::start_of(date).micros() + of_day);
    zone.to_timestamp(date.to_datetime(time)).map_or_else(|_| in_utc(), Instant::from)
}

/// The date on the clocks of `zone`.
fn local_date(instant: Instant, zone: &TimeZone) -> Date {
    Timestamp::from_microsecond(instant.micros())
        .map_or_else(|_| instant.utc_date(), |timestamp| zone.to_datetime(timestamp).date())
}

/// A zone of the bundled database; UTC for a name it does not hold.
fn zone(name: &str) -> TimeZone {
    ZONES.get(name).unwrap_or(TimeZone::UTC)
}

/// The date some days away. The calendar's first and last day stand for those beyond, where no price is from.
fn days_after(date: Date, days: i64) -> Date {
    date.saturating_add(Span::new().days(days))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jiff::civil::date;

    fn times(session: &Session, day: Date) -> String {
        let BarTimes { opens_at, known_at } = session.day(day);
        format!("{opens_at} {known_at}")
    }

    #[test]
    fn new_york_follows_its_clock_over_both_changes() {
        let session = Session::UsEquity;
        // The clocks changed on Sunday 2024-03-10 and Sunday 2024-11-03.
        assert_eq!(times(&session, date(2024, 3, 8)), "2024-03-08T14:30:00Z 2024-03-08T21:00:00Z");
        assert_eq!(times(&session, date(2024, 3, 11)), "2024-03-11T13:30:00Z 2024-03-11T20:00:00Z");
        assert_eq!(times(&session, date(2024, 11, 1)), "2024-11-01T13:30:00Z 2024-11-01T20:00:00Z");
        assert_eq!(times(&session, date(2024, 11, 4)), "2024-11-04T14:30:00Z 2024-11-04T21:00:00Z");
        // Until 2006 summer time began in April.
        assert_eq!(times(&session, date(2006, 3, 31)), "2006-03-31T14:30:00Z 2006-03-31T21:00:00Z");
    }

    #[test]
    fn early_closes_are_known_early() {
        assert_eq!(
            times(&Session::UsEquity, date(2025, 11, 28)),
            "2025-11-28T14:30:00Z 2025-11-28T18:00:00Z"
        );
        assert_eq!(times(&Session::Cboe, date(2025, 11, 28)), "2025-11-28T14:30:00Z 2025-11-28T18:15:00Z");
        assert_eq!(times(&Session::Cboe, date(2025, 7, 2)), "2025-07-02T13:30:00Z 2025-07-02T20:15:00Z");
    }

    #[test]
    fn a_row_on_a_closed_day_has_the_usual_hours() {
        let christmas = date(2025, 12, 25);
        assert_eq!(times(&Session::UsEquity, christmas), "2025-12-25T14:30:00Z 2025-12-25T21:00:00Z");
        assert!(!Session::UsEquity.is_trading_day(christmas));
        assert!(!Session::Cboe.is_trading_day(date(2025, 12, 27)));
        assert!(Session::UsEquity.is_trading_day(date(2025, 12, 26)));
    }

    #[test]
    fn markets_without_sessions_have_utc_days() {
        let day = date(2024, 2, 29);
        for session in [Session::Crypto, Session::Custom(None)] {
            assert_eq!(times(&session, day), "2024-02-29T00:00:00Z 2024-03-01T00:00:00Z");
            assert!(session.is_trading_day(date(2025, 12, 25)));
        }
    }

    #[test]
    fn macro_rows_are_known_after_their_lag() {
        let session = Session::Macro { release_lag_days: 9 };
        assert_eq!(times(&session, date(2024, 2, 28)), "2024-02-28T00:00:00Z 2024-03-08T00:00:00Z");
        let longest = Session::Macro { release_lag_days: u16::MAX };
        assert_eq!(times(&longest, date(2299, 12, 31)), "2299-12-31T00:00:00Z 2479-06-05T00:00:00Z");
        let at_once = Session::Macro { release_lag_days: 0 };
        assert_eq!(times(&at_once, date(2024, 2, 28)), "2024-02-28T00:00:00Z 2024-02-28T00:00:00Z");
    }

    #[test]
    fn a_custom_close_counts_civil_days() {
        let close = CustomClose::new("17:00", "America/New_York").unwrap();
        let session = Session::Custom(Some(close));
        assert_eq!(times(&session, date(2024, 6, 5)), "2024-06-04T21:00:00Z 2024-06-05T21:00:00Z");
        // The day on which the clocks go forward lasts 23 hours.
        assert_eq!(times(&session, date(2024, 3, 10)), "2024-03-09T22:00:00Z 2024-03-10T21:00:00Z");
        assert_eq!(session.describe(), "closes known 17:00 America/New_York");
    }

    #[test]
    fn futures_and_currencies_begin_the_evening_before() {
        // The clocks changed on Sunday 2024-03-10.
        assert_eq!(times(&Session::Futures, date(2024, 3, 8)), "2024-03-07T23:00:00Z 2024-03-08T22:00:00Z");
        assert_eq!(times(&Session::Futures, date(2024, 3, 11)), "2024-03-10T22:00:00Z 2024-03-11T21:00:00Z");
        assert_eq!(times(&Session::Fx, date(2024, 3, 11)), "2024-03-10T21:00:00Z 2024-03-11T21:00:00Z");
        assert!(!Session::Futures.is_trading_day(date(2024, 7, 4)));
        assert!(Session::Fx.is_trading_day(date(2024, 7, 4)));
        assert!(!Session::Fx.is_trading_day(date(2024, 7, 6)));
    }

    #[test]
    fn a_midnight_close_ends_its_date() {
        let cut = |time: &str, zone: &str| Session::CryptoCut(CustomClose::new(time, zone).unwrap());
        let day = date(2024, 6, 5);
        assert_eq!(times(&cut("00:00", "UTC"), day), times(&Session::Crypto, day));
        assert_eq!(times(&cut("00:00", "Asia/Hong_Kong"), day), "2024-06-04T16:00:00Z 2024-06-05T16:00:00Z");
        assert_eq!(times(&cut("17:00", "America/New_York"), day), times(&Session::Fx, day));
        assert_eq!(cut("17:00", "UTC").name(), "crypto");
    }

    #[test]
    fn an_instant_lies_in_one_session_or_none() {
        let cut = Session::CryptoCut(CustomClose::new("17:00", "America/New_York").unwrap());
        let at = |session: &Session, text: &str| {
            let instant = Instant::from(text.parse::<Timestamp>().unwrap());
            session.trading_day(instant).map_or_else(|| "-".to_owned(), |day| day.to_string())
        };
        for (session, instant, day) in [
            (&Session::Crypto, "2024-06-05T23:59:00Z", "2024-06-05"),
            (&cut, "2024-06-05T20:59:00Z", "2024-06-05"),
            (&cut, "2024-06-05T21:00:00Z", "2024-06-06"),
            (&Session::UsEquity, "2024-06-05T13:30:00Z", "2024-06-05"),
            (&Session::UsEquity, "2024-06-05T13:29:00Z", "-"),
            (&Session::UsEquity, "2024-06-05T20:00:00Z", "-"),
            (&Session::UsEquity, "2024-07-03T17:00:00Z", "-"), // after an early close
            (&Session::Cboe, "2024-06-05T20:14:00Z", "2024-06-05"),
            (&Session::Futures, "2024-06-05T20:59:00Z", "2024-06-05"),
            (&Session::Futures, "2024-06-05T21:30:00Z", "-"),
            (&Session::Futures, "2024-06-05T22:00:00Z", "2024-06-06"),
            (&Session::Futures, "2024-06-09T22:00:00Z", "2024-06-10"), // Sunday evening
            (&Session::Futures, "2024-07-04T15:00:00Z", "2024-07-05"), // a holiday's hours
            (&Session::Fx, "2024-06-07T20:59:00Z", "2024-06-07"),
            (&Session::Fx, "2024-06-09T21:00:00Z", "2024-06-10"),
            (&Session::Macro { release_lag_days: 1 }, "2024-06-05T12:00:00Z", "-"),
        ] {
            assert_eq!(at(session, instant), day, "{} {instant}", session.name());
        }
    }

    #[test]
    fn no_date_of_the_calendar_has_the_times_of_another() {
        let close = CustomClose::new("17:00", "Asia/Tokyo").unwrap();
        for session in [
            Session::Crypto,
            Session::UsEquity,
            Session::Cboe,
            Session::Futures,
            Session::Fx,
            Session::Macro { release_lag_days: 1 },
            Session::CryptoCut(close.clone()),
            Session::Released(close.clone()),
            Session::Custom(Some(close)),
        ] {
            let days = [(-9999, 1, 4), (-1, 12, 31), (0, 1, 1), (1699, 12, 31), (2300, 1, 1), (9999, 12, 28)];
            for day in days.map(|(year, month, day)| date(year, month, day)) {
                let BarTimes { opens_at, known_at } = session.day(day);
                assert!(opens_at <= known_at, "{} {day}", session.name());
                let apart = known_at.micros() - Instant::start_of(day).micros();
                assert!(apart.abs() <= 2 * 86_400_000_000, "{} {day}: known {known_at}", session.name());
                session.is_trading_day(day);
                session.trading_day(opens_at);
            }
        }
    }

    #[test]
    fn custom_closes_are_checked() {
        assert_eq!(CustomClose::new("09:05", "asia/tokyo").unwrap().timezone, "Asia/Tokyo");
        for wrong in ["25:00", "5 pm", "17:00:00", "", "17:00 UTC"] {
            let failure = CustomClose::new(wrong, "UTC").unwrap_err();
            assert!(failure.to_string().contains("not a time of day"), "{wrong}");
        }
        let failure = CustomClose::new("17:00", "America/NewYork").unwrap_err();
        insta::assert_snapshot!(failure, @r"
        error: unknown time zone `America/NewYork`
         |
         = help: did you mean `America/New_York`?
        ");
    }

    #[test]
    fn every_kind_has_its_name() {
        let kinds = [
            Session::Crypto,
            Session::UsEquity,
            Session::Cboe,
            Session::Futures,
            Session::Fx,
            Session::Macro { release_lag_days: 1 },
            Session::Custom(None),
        ];
        assert_eq!(kinds.iter().map(Session::name).collect::<Vec<_>>(), Session::NAMES);
        let words: std::collections::BTreeSet<String> = kinds.iter().map(Session::describe).collect();
        assert_eq!(words.len(), kinds.len());
    }
}
