//! The sessions of the New York Stock Exchange, from rules and a list of what no rule could foretell.
//!
//! Valid from 1990 to about 2030: later unscheduled closings are not known here. Rule 7.2 of the exchange
//! names the holidays; the special closings are the exchange's own announcements.

use jiff::civil::{Date, Weekday, date};

/// Days on which the exchange was closed out of turn.
const SPECIAL_CLOSINGS: [(Date, &str); 11] = [
    (date(1994, 4, 27), "Mourning for President Nixon"),
    (date(2001, 9, 11), "September 11 attacks"),
    (date(2001, 9, 12), "September 11 attacks"),
    (date(2001, 9, 13), "September 11 attacks"),
    (date(2001, 9, 14), "September 11 attacks"),
    (date(2004, 6, 11), "Mourning for President Reagan"),
    (date(2007, 1, 2), "Mourning for President Ford"),
    (date(2012, 10, 29), "Hurricane Sandy"),
    (date(2012, 10, 30), "Hurricane Sandy"),
    (date(2018, 12, 5), "Mourning for President George H. W. Bush"),
    (date(2025, 1, 9), "Mourning for President Carter"),
];

/// Days that ended at 13:00 beside the yearly rules.
const SPECIAL_EARLY_CLOSES: [Date; 6] = [
    date(1996, 7, 5),
    date(1997, 12, 26),
    date(1999, 12, 31),
    date(2002, 7, 5),
    date(2003, 12, 26),
    date(2013, 7, 3),
];

/// The name of the holiday for which the exchange is closed on `date`; `None` on sessions and on weekends.
pub fn holiday(date: Date) -> Option<&'static str> {
    if is_weekend(date) {
        return None;
    }
    yearly_holiday(date)
        .or_else(|| SPECIAL_CLOSINGS.iter().find(|(closed, _)| *closed == date).map(|(_, name)| *name))
}

/// Whether the session of `date` ends at 13:00 New York: the day after Thanksgiving and Christmas Eve since
/// 1993, the day before Independence Day since 1995 (Wednesdays only since 2013), and a few days out of turn.
/// The early closes at 14:00 of 1990-1992 are not counted. False on days without a session.
pub fn early_close(date: Date) -> bool {
    if !is_session(date) {
        return false;
    }
    let year = date.year();
    let after_thanksgiving = date.month() == 11
        && year >= 1993
        && date.yesterday().ok() == nth_weekday(year, 11, 4, Weekday::Thursday);
    let christmas_eve = date.month() == 12 && date.day() == 24 && year >= 1993;
    let before_independence_day = date.month() == 7
        && date.day() == 3
        && year >= 1995
        && (year > 2013 || date.weekday() != Weekday::Wednesday);
    after_thanksgiving || christmas_eve || before_independence_day || SPECIAL_EARLY_CLOSES.contains(&date)
}

/// The exchange's sessions from `first` to `last`, both included, in order.
pub fn sessions(first: Date, last: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), |day| day.tomorrow().ok())
        .take_while(move |day| *day <= last)
        .filter(|day| is_session(*day))
}

/// Whether the exchange is open on `date`.
pub(super) fn is_session(date: Date) -> bool {
    !is_weekend(date) && holiday(date).is_none()
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn yearly_holiday(day: Date) -> Option<&'static str> {
    let year = day.year();
    let is = |found: Option<Date>| found == Some(day);
    match day.month() {
        // A New Year's Day on a Saturday is not made up for: the last session of a year is never taken away.
        1 if is_observed(day, date(year, 1, 1)) => Some("New Year's Day"),
        1 if year >= 1998 && is(nth_weekday(year, 1, 3, Weekday::Monday)) => {
            Some("Martin Luther King Jr. Day")
        }
        2 if is(nth_weekday(year, 2, 3, Weekday::Monday)) => Some("Washington's Birthday"),
        3 | 4 if is(easter(year).and_then(|sunday| sunday.yesterday().ok()?.yesterday().ok())) => {
            Some("Good Friday")
        }
        5 if is(nth_weekday(year, 5, -1, Weekday::Monday)) => Some("Memorial Day"),
        6 if year >= 2022 && is_observed(day, date(year, 6, 19)) => Some("Juneteenth"),
        7 if is_observed(day, date(year, 7, 4)) => Some("Independence Day"),
        9 if is(nth_weekday(year, 9, 1, Weekday::Monday)) => Some("Labor Day"),
        11 if is(nth_weekday(year, 11, 4, Weekday::Thursday)) => Some("Thanksgiving Day"),
        12 if is_observed(day, date(year, 12, 25)) => Some("Christmas Day"),
        _ => None,
    }
}

/// Whether `day` is `holiday` or the working day on which it is kept: Friday for a Saturday, Monday for a
/// Sunday.
fn is_observed(day: Date, holiday: Date) -> bool {
    match holiday.weekday() {
        Weekday::Saturday => holiday.yesterday().ok() == Some(day),
        Weekday::Sunday => holiday.tomorrow().ok() == Some(day),
        _ => holiday == day,
    }
}

/// The `nth` given weekday of a month, counted from its end where `nth` is negative.
fn nth_weekday(year: i16, month: i8, nth: i8, weekday: Weekday) -> Option<Date> {
    date(year, month, 1).nth_weekday_of_month(nth, weekday).ok()
}

/// Easter Sunday of the Gregorian calendar, by the anonymous computus (Meeus, *Astronomical Algorithms*,
/// chapter 8).
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let golden = y % 19;
    let (century, of_century) = (y / 100, y % 100);
    let moon_shift = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - moon_shift + 15) % 30;
    let to_sunday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * to_sunday) / 451;
    let days = epact + to_sunday - 7 * late + 114;
    let (month, day) = (i8::try_from(days / 31).ok()?, i8::try_from(days % 31 + 1).ok()?);
    Date::new(year, month, day).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    fn holidays(year: i16) -> Vec<String> {
        let mut day = date(year, 1, 1);
        let mut found = Vec::new();
        while day.year() == year {
            if let Some(name) = holiday(day) {
                found.push(format!("{} {name}", day.strftime("%m-%d")));
            }
            day = day.tomorrow().unwrap();
        }
        found
    }

    fn early_closes(years: std::ops::RangeInclusive<i16>) -> Vec<String> {
        sessions(date(*years.start(), 1, 1), date(*years.end(), 12, 31))
            .filter(|day| early_close(*day))
            .map(|day| day.to_string())
            .collect()
    }

    #[test]
    fn the_holidays_of_chosen_years() {
        // Before Martin Luther King Jr. Day; Christmas and New Year's Day of 1994/95 on Sundays.
        assert_eq!(
            holidays(1994),
            [
                "02-21 Washington's Birthday",
                "04-01 Good Friday",
                "04-27 Mourning for President Nixon",
                "05-30 Memorial Day",
                "07-04 Independence Day",
                "09-05 Labor Day",
                "11-24 Thanksgiving Day",
                "12-26 Christmas Day",
            ]
        );
        // New Year's Day on a Saturday falls away, and 2010-12-31 stays a session.
        assert_eq!(
            holidays(2011),
            [
                "01-17 Martin Luther King Jr. Day",
                "02-21 Washington's Birthday",
                "04-22 Good Friday",
                "05-30 Memorial Day",
                "07-04 Independence Day",
                "09-05 Labor Day",
                "11-24 Thanksgiving Day",
                "12-26 Christmas Day",
            ]
        );
        assert_eq!(holiday(date(2010, 12, 31)), None);
        // The first Juneteenth falls on a Sunday.
        assert_eq!(
            holidays(2022),
            [
                "01-17 Martin Luther King Jr. Day",
                "02-21 Washington's Birthday",
                "04-15 Good Friday",
                "05-30 Memorial Day",
                "06-20 Juneteenth",
                "07-04 Independence Day",
                "09-05 Labor Day",
                "11-24 Thanksgiving Day",
                "12-26 Christmas Day",
            ]
        );
        assert_eq!(
            holidays(2025),
            [
                "01-01 New Year's Day",
                "01-09 Mourning for President Carter",
                "01-20 Martin Luther King Jr. Day",
                "02-17 Washington's Birthday",
                "04-18 Good Friday",
                "05-26 Memorial Day",
                "06-19 Juneteenth",
                "07-04 Independence Day",
                "09-01 Labor Day",
                "11-27 Thanksgiving Day",
                "12-25 Christmas Day",
            ]
        );
        // Independence Day on a Saturday is kept on Friday.
        assert!(holidays(2026).contains(&"07-03 Independence Day".to_owned()));
        assert!(holidays(2027).contains(&"06-18 Juneteenth".to_owned()));
    }

    #[test]
    fn easter_sundays() {
        for (year, month, day) in [(1990, 4, 15), (2000, 4, 23), (2008, 3, 23), (2024, 3, 31), (2030, 4, 21)]
        {
            assert_eq!(easter(year), Some(date(year, month, day)));
        }
    }

    #[test]
    fn weekends_are_no_holidays() {
        assert_eq!(holiday(date(2020, 7, 4)), None);
        assert_eq!(holiday(date(2020, 7, 3)), Some("Independence Day"));
        assert_eq!(sessions(date(2020, 7, 3), date(2020, 7, 5)).count(), 0);
    }

    #[test]
    fn early_closes_of_chosen_years() {
        assert_eq!(early_closes(1990..=1992), Vec::<String>::new());
        assert_eq!(
            early_closes(1993..=1997),
            [
                "1993-11-26",
                "1994-11-25",
                "1995-07-03",
                "1995-11-24",
                "1996-07-05",
                "1996-11-29",
                "1996-12-24",
                "1997-07-03",
                "1997-11-28",
                "1997-12-24",
                "1997-12-26",
            ]
        );
        assert_eq!(
            early_closes(2002..=2003),
            [
                "2002-07-05",
                "2002-11-29",
                "2002-12-24",
                "2003-07-03",
                "2003-11-28",
                "2003-12-24",
                "2003-12-26",
            ]
        );
        assert_eq!(
            early_closes(2013..=2015),
            [
                "2013-07-03",
                "2013-11-29",
                "2013-12-24",
                "2014-07-03",
                "2014-11-28",
                "2014-12-24",
                "2015-11-27",
                "2015-12-24",
            ]
        );
        assert_eq!(
            early_closes(2019..=2026),
            [
                "2019-07-03",
                "2019-11-29",
                "2019-12-24",
                "2020-11-27",
                "2020-12-24",
                "2021-11-26",
                "2022-11-25",
                "2023-07-03",
                "2023-11-24",
                "2024-07-03",
                "2024-11-29",
                "2024-12-24",
                "2025-07-03",
                "2025-11-28",
                "2025-12-24",
                "2026-11-27",
                "2026-12-24",
            ]
        );
    }

    #[test]
    fn the_sessions_are_the_days_on_which_spy_was_traded() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/real/yahoo/SPY.csv");
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("skipped: no price file at {}", path.display());
            return;
        };
        let traded: Vec<Date> = text.lines().skip(1).map(|line| line[..10].parse().unwrap()).collect();
        let (first, last) = (traded[0], traded[traded.len() - 1]);
        let expected: Vec<Date> = sessions(first, last).collect();
        assert_eq!(expected, traded);
    }
}
