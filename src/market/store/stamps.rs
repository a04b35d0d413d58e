//! The ways vendors write a date or a time, each checked by hand.

use jiff::civil::Date;

use crate::base::calendar::{Instant, Zone};

pub(super) const MICROS_PER_DAY: i64 = 86_400_000_000;

/// In which order year, month and day stand, and what stands between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// `2024-03-28`, with two digits each.
    Ymd(char),
    /// `20240328`.
    Compact,
    /// `03/28/2024`.
    Mdy(char),
    /// `28/03/2024`.
    Dmy(char),
    /// `Mar 28, 2024` or `28 Mar 2024`.
    Named,
}

/// How a column writes its dates or times. One column has one format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// A date alone.
    Date(Order),
    /// A date and a time of 24 hours, with `T` or blanks between, with or without a UTC offset or a zone's name.
    Time(Order),
    /// A date and a time of 12 hours, as in `12-AM` or `01:30 PM`.
    Time12(Order),
    /// Whole seconds, milliseconds, microseconds or nanoseconds since 1970-01-01 UTC, told apart by size.
    Epoch,
}

const ISO: Order = Order::Ymd('-');

impl Format {
    /// `2024-03-28`.
    pub(super) const ISO_DATE: Self = Self::Date(ISO);
    /// `2024-03-28 13:30:00`.
    pub(super) const ISO_TIME: Self = Self::Time(ISO);
    /// `03/28/2024`.
    pub(super) const US_DATE: Self = Self::Date(Order::Mdy('/'));

    /// What a file without a vendor may hold, the commonest first.
    pub(super) const ANY: &[Self] = &[
        Self::ISO_DATE,
        Self::ISO_TIME,
        Self::Epoch,
        Self::Date(Order::Compact),
        Self::Time(Order::Compact),
        Self::Date(Order::Ymd('/')),
        Self::Time(Order::Ymd('/')),
        Self::Date(Order::Ymd('.')),
        Self::Time(Order::Ymd('.')),
        Self::US_DATE,
        Self::Date(Order::Dmy('/')),
        Self::Time(Order::Mdy('/')),
        Self::Time(Order::Dmy('/')),
        Self::Time12(Order::Mdy('/')),
        Self::Time12(Order::Dmy('/')),
        Self::Date(Order::Mdy('-')),
        Self::Date(Order::Dmy('-')),
        Self::Time(Order::Mdy('-')),
        Self::Time(Order::Dmy('-')),
        Self::Date(Order::Mdy('.')),
        Self::Date(Order::Dmy('.')),
        Self::Time(Order::Mdy('.')),
        Self::Time(Order::Dmy('.')),
        Self::Date(Order::Named),
        Self::Time(Order::Named),
        Self::Time12(ISO),
    ];

    /// The format a user writes: `DD/MM/YYYY`, `%d/%m/%Y`, `YYYY-MM-DD HH:MM`, `MM/DD/YYYY hh:MM AM`, `epoch`.
    pub(super) fn named(text: &str) -> Option<Self> {
        let mut text = text.trim().to_owned();
        for (short, long) in [
            ("%Y", "YYYY"),
            ("%m", "MM"),
            ("%d", "DD"),
            ("%H", "HH"),
            ("%I", "hh"),
            ("%M", "MM"),
            ("%S", "SS"),
            ("%p", "AM"),
            ("%b", "Mon"),
            ("%B", "Mon"),
        ] {
            text = text.replace(short, long);
        }
        Self::ANY
            .iter()
            .chain(Self::RARE)
            .find(|format| {
                let date = format.order().map_or("epoch".to_owned(), Order::looks);
                let Some(rest) = text.strip_prefix(date.as_str()) else { return false };
                match format {
                    Self::Date(_) | Self::Epoch => rest.is_empty(),
                    Self::Time(_) => {
                        ["HH:MM", "HH:MM:SS", "HHMM", "HHMMSS"].contains(&rest.trim_start_matches([' ', 'T']))
                    }
                    Self::Time12(_) => {
                        ["hh-AM", "hh AM", "hh:MM AM", "hh:MM:SS AM", "hh:MMAM"].contains(&rest.trim_start())
                    }
                }
            })
            .copied()
    }

    /// What a user may name beside [`Format::ANY`].
    const RARE: &[Self] = &[
        Self::Time12(Order::Compact),
        Self::Time12(Order::Ymd('/')),
        Self::Time12(Order::Ymd('.')),
        Self::Time12(Order::Mdy('-')),
        Self::Time12(Order::Dmy('-')),
        Self::Time12(Order::Mdy('.')),
        Self::Time12(Order::Dmy('.')),
        Self::Time12(Order::Named),
    ];

    fn order(self) -> Option<Order> {
        match self {
            Self::Date(order) | Self::Time(order) | Self::Time12(order) => Some(order),
            Self::Epoch => None,
        }
    }

    /// How the format looks, for messages; what [`Format::named`] reads.
    pub(super) fn looks(self) -> String {
        match self {
            Self::Date(order) => order.looks(),
            Self::Time(order) => format!("{} HH:MM:SS", order.looks()),
            Self::Time12(order) => format!("{} hh:MM AM", order.looks()),
            Self::Epoch => "seconds, ms, µs or ns since 1970".to_owned(),
        }
    }

    /// The same as a value of `--date-format`, in quotes where a shell needs them.
    pub(super) fn flag(self) -> String {
        match self {
            Self::Epoch => "epoch".to_owned(),
            _ if self.looks().contains(' ') => format!("'{}'", self.looks()),
            _ => self.looks(),
        }
    }

    /// `month first`, `day first`, where an order of numbers could be read the other way.
    pub(super) fn first(self) -> Option<&'static str> {
        match self.order()? {
            Order::Mdy(_) => Some("month first"),
            Order::Dmy(_) => Some("day first"),
            _ => None,
        }
    }

    /// Reads one cell; `None` where it is not of this format.
    pub(super) fn parse(self, text: &str) -> Option<Stamp> {
        let Some(order) = self.order() else { return epoch(text) };
        let (date, rest) = order.read(text)?;
        if let Self::Date(_) = self {
            return rest.is_empty().then_some(Stamp { date, of_day: 0, instant: None, unit: MICROS_PER_DAY });
        }
        let clock = rest.strip_prefix([' ', 'T'])?.trim_start_matches(' ');
        if let Self::Time12(_) = self {
            return Some(Stamp { date, of_day: time_of_12_hours(clock)?, instant: None, unit: 1 });
        }
        let (clock, zone) = split_zone(clock)?;
        let of_day = time_of_day(clock)?;
        let instant = match zone {
            None => None,
            Some(ZoneText::Offset(east)) => Some(Instant::start_of(date).micros() + of_day - east),
            Some(ZoneText::Name(name)) => Some(Zone::named(name).ok()?.instants(date, of_day)[0]?.micros()),
        };
        Some(Stamp { date, of_day, instant, unit: 1 })
    }
}

impl Order {
    fn looks(self) -> String {
        match self {
            Self::Ymd(mark) => format!("YYYY{mark}MM{mark}DD"),
            Self::Compact => "YYYYMMDD".to_owned(),
            Self::Mdy(mark) => format!("MM{mark}DD{mark}YYYY"),
            Self::Dmy(mark) => format!("DD{mark}MM{mark}YYYY"),
            Self::Named => "Mon DD, YYYY".to_owned(),
        }
    }

    /// The date at the start of `text`, and what follows it.
    fn read(self, text: &str) -> Option<(Date, &str)> {
        match self {
            Self::Ymd(mark) => {
                let (year, rest) = text.split_once(mark)?;
                let (month, rest) = rest.split_once(mark)?;
                let (day, rest) = rest.split_at_checked(2)?;
                Some((civil(digits(year, 4)?, digits(month, 2)?, digits(day, 2)?)?, rest))
            }
            Self::Compact => {
                let (date, rest) = text.split_at_checked(8)?;
                let (year, day) = date.split_at_checked(4)?;
                let (month, day) = day.split_at_checked(2)?;
                Some((civil(digits(year, 4)?, digits(month, 2)?, digits(day, 2)?)?, rest))
            }
            Self::Mdy(mark) | Self::Dmy(mark) => {
                let (first, rest) = text.split_once(mark)?;
                let (second, rest) = rest.split_once(mark)?;
                let (year, rest) = rest.split_at_checked(4)?;
                let short = |part: &str| digits(part, 2).or_else(|| digits(part, 1));
                let (first, second) = (short(first)?, short(second)?);
                let (month, day) = if let Self::Mdy(_) = self { (first, second) } else { (second, first) };
                Some((civil(digits(year, 4)?, month, day)?, rest))
            }
            Self::Named => named_date(text),
        }
    }
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
    /// The smallest step of the format in microseconds; 0 for nanoseconds.
    pub(super) unit: i64,
}

impl Stamp {
    /// Microseconds since 1970-01-01 UTC; a time without an offset is taken as UTC.
    pub(super) fn micros(&self) -> i64 {
        self.instant.unwrap_or_else(|| self.written())
    }

    /// What the written clock showed, in microseconds after 1970-01-01 on that clock.
    pub(super) fn written(&self) -> i64 {
        Instant::start_of(self.date).micros() + self.of_day
    }
}

/// The format of a whole column.
pub(super) enum Chosen {
    One(Format),
    /// Both read every cell, to other dates, and both put the rows in order.
    Two(Format, Format),
}

/// The format that reads the most cells. Of several, the one under which the rows are in order.
pub(super) fn choose<'a>(candidates: &[Format], cells: &(impl Iterator<Item = &'a str> + Clone)) -> Chosen {
    let mut fewest = usize::MAX;
    let mut counted = Vec::with_capacity(candidates.len());
    for format in candidates {
        // Of one that fails more often than another it does not matter how often.
        let failures = cells.clone().filter(|cell| format.parse(cell).is_none());
        let count = failures.take(fewest.saturating_add(1)).count();
        fewest = fewest.min(count);
        counted.push((count, *format));
    }
    let best: Vec<Format> =
        counted.iter().filter(|(count, _)| *count == fewest).map(|(_, format)| *format).collect();
    let first = best.first().copied().unwrap_or(Format::ISO_DATE);
    if fewest > 0 || best.len() < 2 {
        return Chosen::One(first);
    }
    let times = |format: &Format| {
        cells.clone().filter_map(|cell| format.parse(cell)).map(|stamp| stamp.micros()).collect::<Vec<_>>()
    };
    let ordered: Vec<(Format, Vec<i64>)> = best
        .iter()
        .map(|format| (*format, times(format)))
        .filter(|(_, times)| times.is_sorted_by(|a, b| a < b) || times.is_sorted_by(|a, b| a > b))
        .collect();
    match ordered.as_slice() {
        [] => Chosen::One(first),
        [(one, times), rest @ ..] => match rest.iter().find(|(_, others)| others != times) {
            Some((other, _)) => Chosen::Two(*one, *other),
            None => Chosen::One(*one),
        },
    }
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

/// `Mar 28, 2024`, `March 28 2024`, `28 Mar 2024`, `28-Mar-2024`.
fn named_date(text: &str) -> Option<(Date, &str)> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let month = |word: &str| {
        let word = word.to_lowercase();
        let at =
            MONTHS.iter().position(|name| *name == word || (word.len() == 3 && name.starts_with(&word)))?;
        i64::try_from(at + 1).ok()
    };
    let mut rest = text;
    let mut word = || {
        let end = rest.find([' ', ',', '-']).unwrap_or(rest.len()).min(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after.trim_start_matches([' ', ',', '-']);
        word
    };
    let (one, two) = (word(), word());
    let (year, rest) = rest.split_at_checked(4)?;
    let (name, day) = if one.bytes().all(|byte| byte.is_ascii_digit()) { (two, one) } else { (one, two) };
    let day = digits(day, 2).or_else(|| digits(day, 1))?;
    Some((civil(digits(year, 4)?, month(name)?, day)?, rest))
}

/// What a time says of its zone.
enum ZoneText<'a> {
    /// Microseconds east of UTC.
    Offset(i64),
    /// A name of the zone database.
    Name(&'a str),
}

/// Cuts `Z`, `UTC`, `+00:00`, `-0400`, `US/Eastern` from the end of a time.
fn split_zone(text: &str) -> Option<(&str, Option<ZoneText<'_>>)> {
    if let Some((clock, name)) = text.split_once(' ')
        && name.starts_with(|letter: char| letter.is_ascii_alphabetic())
    {
        return Some((clock, Some(ZoneText::Name(name))));
    }
    if let Some(clock) = text.strip_suffix('Z') {
        return Some((clock, Some(ZoneText::Offset(0))));
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
    Some((clock.trim_end(), Some(ZoneText::Offset(if sign == "-" { -micros } else { micros }))))
}

fn time_of_day(text: &str) -> Option<i64> {
    let (hour, minute, rest) = match text.split_once(':') {
        Some((hour, rest)) => {
            let (minute, rest) = rest.split_at_checked(2)?;
            (hour, minute, rest)
        }
        None => {
            let (hour, rest) = text.split_at_checked(2)?;
            let (minute, rest) = rest.split_at_checked(2)?;
            return whole_time(hour, minute, if rest.is_empty() { "00" } else { rest });
        }
    };
    match rest.strip_prefix(':') {
        Some(second) => whole_time(hour, minute, second),
        None => rest.is_empty().then(|| whole_time(hour, minute, "00"))?,
    }
}

fn whole_time(hour: &str, minute: &str, second: &str) -> Option<i64> {
    let (hour, minute) = (digits(hour, 2)?, digits(minute, 2)?);
    let (second, fraction) = match second.split_once('.') {
        None => (digits(second, 2)?, 0),
        Some((second, fraction)) => (digits(second, 2)?, micros_of(fraction)?),
    };
    (hour < 24 && minute < 60 && second < 60)
        .then_some(((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction)
}

/// `12-AM`, `1 PM`, `01:30 PM`, `01:30:00PM`.
fn time_of_12_hours(text: &str) -> Option<i64> {
    let (clock, half) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let noon = match half.to_ascii_uppercase().as_str() {
        "AM" => 0,
        "PM" => 12,
        _ => return None,
    };
    let clock = clock.trim_end_matches([' ', '-']);
    let (hour, rest) = clock.split_once(':').unwrap_or((clock, "00"));
    let hour = digits(hour, 2).or_else(|| digits(hour, 1)).filter(|hour| (1..=12).contains(hour))?;
    let (minute, second) = rest.split_once(':').unwrap_or((rest, "00"));
    whole_time(&format!("{:02}", hour % 12 + noon), minute, second)
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
    let (micros, unit) = epoch_micros(digits(text, text.len())?)?;
    let date = Instant::from_micros(micros).utc_date();
    Some(Stamp { date, of_day: micros.rem_euclid(MICROS_PER_DAY), instant: Some(micros), unit })
}

/// The microseconds and the unit in microseconds that a count since 1970 has; `None` before 1973 and from 2300 on.
pub(super) fn epoch_micros(count: i64) -> Option<(i64, i64)> {
    /// The beginning of 2300, when dates are slips of the keyboard, too.
    const END: i64 = 10_413_792_000_000_000;
    // From 1973 on the four units do not overlap.
    let read = match count {
        100_000_000..100_000_000_000 => Some((count * 1_000_000, 1_000_000)),
        100_000_000_000..100_000_000_000_000 => Some((count * 1_000, 1_000)),
        100_000_000_000_000..100_000_000_000_000_000 => Some((count, 1)),
        100_000_000_000_000_000.. => Some((count / 1_000, 0)),
        _ => None,
    };
    read.filter(|(micros, _)| *micros < END)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn read(format: Format, text: &str) -> Option<String> {
        format.parse(text).map(|stamp| Instant::from_micros(stamp.micros()).to_string())
    }

    #[test]
    fn dates() {
        assert_eq!(read(Format::ISO_DATE, "2024-02-29").unwrap(), "2024-02-29T00:00:00Z");
        assert_eq!(read(Format::US_DATE, "3/28/2024").unwrap(), "2024-03-28T00:00:00Z");
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
            assert_eq!(read(Format::ISO_DATE, wrong), None, "{wrong}");
        }
        for wrong in ["28/03/2024", "03/28/24", "2024/03/28", "3/28", "13/01/2024"] {
            assert_eq!(read(Format::US_DATE, wrong), None, "{wrong}");
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
            assert_eq!(read(Format::ISO_TIME, text).as_deref(), Some(expected), "{text}");
        }
        for wrong in [
            "2026-08-21",
            "2026-08-21 24:00:00",
            "2026-08-21 9:30:00",
            "2026-08-21 14:30:00 PM",
            "2026-08-21 14:30:00+4",
        ] {
            assert_eq!(read(Format::ISO_TIME, wrong), None, "{wrong}");
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
    fn times_since_1970_end_where_dates_do() {
        for (last, next) in [
            ("10413791999", "10413792000"),
            ("10413791999999", "10413792000000"),
            ("10413791999999999", "10413792000000000"),
        ] {
            assert_eq!(Format::Epoch.parse(last).unwrap().date, Date::constant(2299, 12, 31), "{last}");
            assert_eq!(read(Format::Epoch, next), None, "{next}");
        }
        assert_eq!(read(Format::Epoch, "9223372036854775807").unwrap(), "2262-04-11T23:47:16.854775Z");
        for text in [
            "0",
            "99999999",
            "9223372036854775808",
            "18446744073709551615",
            "",
            "+1502928000",
            "1502928000.5",
        ] {
            assert_eq!(read(Format::Epoch, text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_time_since_1970_is_told_by_its_size(micros in 100_000_000_000_000..10_413_792_000_000_000_i64, unit in 0..4_u32) {
            // The units are seconds, milliseconds, microseconds and nanoseconds; what is finer than one is not written.
            let step = 10_i128.pow(9 - 3 * unit);
            let count = i128::from(micros) * 1_000 / step;
            let read = Format::Epoch.parse(&count.to_string());
            if count > i128::from(i64::MAX) {
                prop_assert_eq!(read, None);
            } else {
                let stamp = read.unwrap();
                prop_assert_eq!(i128::from(stamp.micros()), count * step / 1_000);
                prop_assert_eq!(i128::from(stamp.unit), step / 1_000);
                prop_assert_eq!(stamp.written(), stamp.micros());
            }
        }

        #[test]
        fn any_count_is_a_time_of_prices_or_none(count in any::<u64>()) {
            let years = 1973..2300;
            prop_assert!(Format::Epoch.parse(&count.to_string()).is_none_or(|stamp| years.contains(&stamp.date.year())));
        }

        #[test]
        fn any_text_is_a_stamp_of_prices_or_none(text in "[-+0-9:./ TZAPM]{0,30}", which in 0..Format::ANY.len()) {
            if let Some(stamp) = Format::ANY[which].parse(&text) {
                prop_assert!((1700..2300).contains(&stamp.date.year()));
                prop_assert!((0..MICROS_PER_DAY).contains(&stamp.of_day));
                prop_assert!((stamp.micros() - stamp.written()).abs() < MICROS_PER_DAY);
            }
        }
    }

    #[test]
    fn other_orders_and_clocks() {
        let dotted = Format::Time(Order::Ymd('.'));
        for (format, text, expected) in [
            (Format::Date(Order::Dmy('.')), "28.03.2024", "2024-03-28T00:00:00Z"),
            (Format::Date(Order::Compact), "20240328", "2024-03-28T00:00:00Z"),
            (Format::Time(Order::Compact), "20240328 093000", "2024-03-28T09:30:00Z"),
            (Format::Time(Order::Compact), "20240328  09:30:00 US/Eastern", "2024-03-28T13:30:00Z"),
            (dotted, "2010.01.04 00:00", "2010-01-04T00:00:00Z"),
            (Format::ISO_TIME, "2013-04-28 00:00:00 UTC", "2013-04-28T00:00:00Z"),
            (Format::Time12(ISO), "2019-01-01 12-AM", "2019-01-01T00:00:00Z"),
            (Format::Time12(ISO), "2019-01-01 12-PM", "2019-01-01T12:00:00Z"),
            (Format::Time12(Order::Mdy('/')), "1/2/2019 01:30 PM", "2019-01-02T13:30:00Z"),
            (Format::Date(Order::Named), "Mar 28, 2024", "2024-03-28T00:00:00Z"),
            (Format::Date(Order::Named), "28-March-2024", "2024-03-28T00:00:00Z"),
        ] {
            assert_eq!(read(format, text).as_deref(), Some(expected), "{text}");
        }
        for text in ["2019-01-01 13-PM", "2019-01-01 0-AM", "2019-01-01 1-XM", "2019-01-01 é"] {
            assert_eq!(read(Format::Time12(ISO), text), None, "{text}");
        }
        assert_eq!(read(Format::ISO_TIME, "2024-01-01 00:00:00 Nowhere/City"), None);
    }

    #[test]
    fn what_messages_propose_can_be_said() {
        for format in Format::ANY.iter().chain(Format::RARE) {
            assert_eq!(Format::named(format.flag().trim_matches('\'')), Some(*format));
        }
        assert_eq!(Format::named("%d.%m.%Y %H:%M"), Some(Format::Time(Order::Dmy('.'))));
        assert_eq!(Format::named("DD/MM/YY"), None);
    }

    #[test]
    fn a_column_has_the_format_that_reads_most_of_it() {
        let chosen = |cells: &[&str]| match choose(Format::ANY, &cells.iter().copied()) {
            Chosen::One(format) => format.looks(),
            Chosen::Two(one, other) => format!("{} or {}", one.looks(), other.looks()),
        };
        assert_eq!(chosen(&["01/02/2024", "01/13/2024", "2024-01-03"]), "MM/DD/YYYY");
        assert_eq!(chosen(&["x", "2024-01-03"]), "YYYY-MM-DD");
        assert_eq!(chosen(&["01/02/2024", "13/02/2024"]), "DD/MM/YYYY");
        assert_eq!(chosen(&["01/02/2024", "02/02/2024"]), "MM/DD/YYYY or DD/MM/YYYY");
        // Only day first puts these rows in order.
        assert_eq!(chosen(&["11/01/2024", "12/01/2024", "01/02/2024", "02/02/2024"]), "DD/MM/YYYY");
        assert_eq!(chosen(&["01/01/2024", "02/02/2024"]), "MM/DD/YYYY");
    }
}
