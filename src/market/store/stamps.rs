//! The ways vendors write a date or a time, each checked by hand.

use jiff::civil::Date;

use crate::base::calendar::Instant;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// How a column writes its dates or times. One column has one format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// `2024-03-28`.
    IsoDate,
    /// `03/28/2024`, month first.
    UsDate,
    /// `2024-03-28 13:30:00`, with `T` or a blank, with or without a UTC offset.
    DateTime,
    /// Whole seconds, milliseconds, microseconds or nanoseconds since 1970-01-01 UTC, told apart by size.
    Epoch,
}

/// A date or time as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// The written date; for an epoch the UTC date.
    pub(super) date: Date,
    /// Microseconds after the written date's midnight.
    pub(super) of_day: i64,
    /// Microseconds since 1970-01-01 UTC, where the text says so: an epoch, or a time with an offset.
    pub(super) instant: Option<i64>,
    /// The smallest step of the format in microseconds, at least 1.
    pub(super) unit: i64,
}

impl Stamp {
    /// Microseconds since 1970-01-01 UTC; a time without an offset is taken as UTC.
    pub(super) fn micros(&self) -> i64 {
        self.instant.unwrap_or_else(|| Instant::start_of(self.date).micros() + self.of_day)
    }
}

impl Format {
    /// How the format looks, for messages.
    pub(super) fn looks(self) -> &'static str {
        match self {
            Self::IsoDate => "YYYY-MM-DD",
            Self::UsDate => "MM/DD/YYYY",
            Self::DateTime => "YYYY-MM-DD HH:MM:SS",
            Self::Epoch => "seconds, ms, µs or ns since 1970",
        }
    }

    /// Reads one cell; `None` where it is not of this format.
    pub(super) fn parse(self, text: &str) -> Option<Stamp> {
        match self {
            Self::IsoDate => iso_date(text).map(whole_day),
            Self::UsDate => us_date(text).map(whole_day),
            Self::DateTime => date_time(text),
            Self::Epoch => epoch(text),
        }
    }
}

/// The format of a whole column: the one that reads the most cells, the earlier of `candidates` on a tie.
pub(super) fn choose(candidates: &[Format], cells: &[&str]) -> Format {
    let mut best = (usize::MAX, Format::IsoDate);
    for &format in candidates {
        let failures = cells.iter().filter(|cell| format.parse(cell).is_none()).count();
        if failures < best.0 {
            best = (failures, format);
        }
    }
    best.1
}

fn whole_day(date: Date) -> Stamp {
    Stamp { date, of_day: 0, instant: None, unit: MICROS_PER_DAY }
}

/// `text` as a number of exactly `width` digits.
fn digits(text: &str, width: usize) -> Option<i64> {
    (text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn civil(year: i64, month: i64, day: i64) -> Option<Date> {
    // Prices of other centuries are slips of the keyboard.
    if !(1700..2300).contains(&year) {
        return None;
    }
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn iso_date(text: &str) -> Option<Date> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    civil(digits(year, 4)?, digits(month, 2)?, digits(day, 2)?)
}

fn us_date(text: &str) -> Option<Date> {
    let (month, rest) = text.split_once('/')?;
    let (day, year) = rest.split_once('/')?;
    let short = |part: &str| digits(part, 2).or_else(|| digits(part, 1));
    civil(digits(year, 4)?, short(month)?, short(day)?)
}

fn date_time(text: &str) -> Option<Stamp> {
    let date = iso_date(text.get(..10)?)?;
    time_behind(date, Instant::start_of(date).micros(), text.get(10..)?)
}

/// Reads what stands behind a date, as in ` 13:30:00+00:00`; `midnight` is the date's in UTC.
pub(super) fn time_behind(date: Date, midnight: i64, text: &str) -> Option<Stamp> {
    let clock = text.strip_prefix([' ', 'T'])?;
    let (clock, offset) = split_offset(clock)?;
    let of_day = time_of_day(clock)?;
    let instant = offset.map(|offset| midnight + of_day - offset);
    Some(Stamp { date, of_day, instant, unit: 1 })
}

/// Cuts `Z`, `+00:00`, `-0400` from the end of a time; the offset in microseconds east of UTC.
fn split_offset(text: &str) -> Option<(&str, Option<i64>)> {
    if let Some(clock) = text.strip_suffix('Z') {
        return Some((clock, Some(0)));
    }
    let Some(at) = text.find(['+', '-']) else { return Some((text, None)) };
    let (clock, offset) = text.split_at(at);
    let (sign, offset) = offset.split_at(1);
    let (hours, minutes) = offset.split_once(':').or_else(|| offset.split_at_checked(2))?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    if hours > 15 || minutes > 59 {
        return None;
    }
    let micros = (hours * 60 + minutes) * 60_000_000;
    Some((clock.trim_end(), Some(if sign == "-" { -micros } else { micros })))
}

fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, ':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let (second, fraction) = match parts.next() {
        None => (0, 0),
        Some(second) => match second.split_once('.') {
            None => (digits(second, 2)?, 0),
            Some((second, fraction)) => (digits(second, 2)?, micros_of(fraction)?),
        },
    };
    (hour < 24 && minute < 60 && second < 60)
        .then_some(((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction)
}

/// The digits after a decimal point of seconds, in microseconds; finer digits are cut.
fn micros_of(fraction: &str) -> Option<i64> {
    if fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    digits(fraction, fraction.len())?;
    digits(&format!("{fraction:0<6}")[..6], 6)
}

fn epoch(text: &str) -> Option<Stamp> {
    let (micros, unit) = epoch_micros(text)?;
    let date = Instant::from_micros(micros).utc_date();
    Some(Stamp { date, of_day: micros.rem_euclid(MICROS_PER_DAY), instant: Some(micros), unit })
}

/// Microseconds since 1970 and the smallest step that the digits can tell, in microseconds.
pub(super) fn epoch_micros(text: &str) -> Option<(i64, i64)> {
    let count = digits(text, text.len())?;
    // From 1973 on the four units do not overlap.
    Some(match count {
        100_000_000..100_000_000_000 => (count * 1_000_000, 1_000_000),
        100_000_000_000..100_000_000_000_000 => (count * 1_000, 1_000),
        100_000_000_000_000..100_000_000_000_000_000 => (count, 1),
        100_000_000_000_000_000.. => (count / 1_000, 1),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(format: Format, text: &str) -> Option<String> {
        format.parse(text).map(|stamp| Instant::from_micros(stamp.micros()).to_string())
    }

    #[test]
    fn dates() {
        assert_eq!(read(Format::IsoDate, "2024-02-29").unwrap(), "2024-02-29T00:00:00Z");
        assert_eq!(read(Format::UsDate, "3/28/2024").unwrap(), "2024-03-28T00:00:00Z");
        for wrong in [
            "2023-02-29",
            "2024-2-9",
            "02024-02-09",
            "1024-01-01",
            "2024-01-01 ",
            "2024/01/01",
            "",
            "+024-01-01",
        ] {
            assert_eq!(read(Format::IsoDate, wrong), None, "{wrong}");
        }
        for wrong in ["28/03/2024", "03/28/24", "2024/03/28", "3/28", "13/01/2024"] {
            assert_eq!(read(Format::UsDate, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_and_offsets() {
        for (text, expected) in [
            ("2021-10-19 13:30:00+00:00", "2021-10-19T13:30:00Z"),
            ("2026-08-21 14:30:00-04:00", "2026-08-21T18:30:00Z"),
            ("2026-08-21T14:30-0400", "2026-08-21T18:30:00Z"),
            ("2026-08-21T14:30:00.25Z", "2026-08-21T14:30:00.25Z"),
            ("2026-08-21 23:30:00+05:30", "2026-08-21T18:00:00Z"),
            ("2026-08-21 23:30:00", "2026-08-21T23:30:00Z"),
        ] {
            assert_eq!(read(Format::DateTime, text).as_deref(), Some(expected), "{text}");
        }
        for wrong in [
            "2026-08-21",
            "2026-08-21 24:00:00",
            "2026-08-21 9:30:00",
            "2026-08-21 14:30:00 PM",
            "2026-08-21 14:30:00+4",
        ] {
            assert_eq!(read(Format::DateTime, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn epochs_are_told_apart_by_size() {
        for text in ["1502928000", "1502928000000", "1502928000000000", "1502928000000000000"] {
            assert_eq!(read(Format::Epoch, text).as_deref(), Some("2017-08-17T00:00:00Z"), "{text}");
        }
        assert_eq!(read(Format::Epoch, "20240101"), None);
        assert_eq!(read(Format::Epoch, "-1502928000"), None);
        assert_eq!(read(Format::Epoch, "99999999999999999999"), None);
    }

    #[test]
    fn a_column_has_the_format_that_reads_most_of_it() {
        let candidates = [Format::IsoDate, Format::UsDate];
        assert_eq!(choose(&candidates, &["01/02/2024", "01/13/2024", "2024-01-03"]), Format::UsDate);
        assert_eq!(choose(&candidates, &["x", "2024-01-03"]), Format::IsoDate);
    }
}
