//! Stamps from bytes: rows of one day share the work on its date and its zone.

use super::super::bars::Clock;
use super::super::moments::Traits;
use super::super::stamps::{self, Format, MICROS_PER_DAY, Order, Stamp};
use super::number;
use crate::base::calendar::{Date, Instant, Zone};

/// When a row was stamped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) micros: i64,
    /// How far the written clock is ahead of it.
    pub(super) ahead: i64,
    /// The smallest step of the format, as in [`Stamp`].
    pub(super) unit: i64,
}

/// Reads a column's stamps from top to bottom.
pub(super) struct Times<'a> {
    format: Format,
    /// The zone of times that tell no instant.
    zone: Option<&'a Zone>,
    /// Places those on the days on which the zone's clocks change.
    clock: Clock<'a>,
    day: Option<Day>,
    /// The unit of the last time since 1970, where `traits` know all about it.
    noted: Option<i64>,
    pub(super) traits: Traits,
}

/// What rows of one day have in common.
struct Day {
    /// The date as it is written, and what stands after the time of day.
    date: Short,
    offset: Short,
    /// The same, read; and the written midnight as though it were UTC.
    civil: Date,
    midnight: i64,
    /// How far the clock is ahead of UTC all day long; `None` where it changes or is not told.
    ahead: Option<i64>,
    /// Whether the text itself or a zone tells the instant.
    placed: bool,
}

/// A few bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Short([u8; 11], usize);

impl Short {
    fn of(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; 11];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Self(bytes, text.len()))
    }

    fn is(&self, text: &[u8]) -> bool {
        self.0[..self.1] == *text
    }
}

impl<'a> Times<'a> {
    pub(super) fn new(format: Format, clock: Clock<'a>) -> Self {
        Self { format, zone: clock.zone(), clock, day: None, noted: None, traits: Traits::default() }
    }

    /// How many times fell into an hour that the clocks showed twice.
    pub(super) fn repeated(&self) -> usize {
        self.clock.repeated
    }

    pub(super) fn read(&mut self, text: &[u8]) -> Option<Moment> {
        match self.format {
            Format::Epoch => self.counted(number::count(text)?),
            Format::Time(Order::Ymd(_) | Order::Compact | Order::Mdy(_) | Order::Dmy(_)) => {
                match split(text) {
                    Some((date, of_day, offset)) => self.on_day(text, date, of_day, offset),
                    None => self.other(text),
                }
            }
            _ => self.other(text),
        }
    }

    /// A time since 1970.
    pub(super) fn counted(&mut self, count: i64) -> Option<Moment> {
        let (micros, unit) = stamps::epoch_micros(count)?;
        // Of other than microseconds another one tells nothing new.
        if self.noted != Some(unit) {
            self.traits.add(true, micros % MICROS_PER_DAY != 0, unit);
            self.noted = Some(unit).filter(|unit| *unit != 1);
        }
        Some(Moment { micros, ahead: 0, unit })
    }

    /// A time of the usual form. The first of a day is read the thorough way, and tells what the others share.
    fn on_day(&mut self, text: &[u8], date: &[u8], of_day: i64, offset: &[u8]) -> Option<Moment> {
        let same = self.day.as_ref().is_some_and(|day| day.date.is(date) && day.offset.is(offset));
        if !same {
            let stamp = self.format.parse(std::str::from_utf8(text).ok()?)?;
            if stamp.of_day != of_day || stamp.unit != 1 {
                return self.place(stamp);
            }
            self.day = Some(self.day_of(&stamp, Short::of(date)?, Short::of(offset)?));
        }
        let day = self.day.as_ref()?;
        let written = day.midnight + of_day;
        let Some(ahead) = day.ahead else {
            return self.place(Stamp { date: day.civil, of_day, instant: None, unit: 1 });
        };
        let micros = written - ahead;
        self.traits.add(day.placed, of_day != 0, 1);
        self.clock.passed(micros);
        Some(Moment { micros, ahead, unit: 1 })
    }

    fn day_of(&self, stamp: &Stamp, date: Short, offset: Short) -> Day {
        let midnight = Instant::start_of(stamp.date).micros();
        let ahead = match (stamp.instant, self.zone) {
            (Some(instant), _) => Some(stamp.written() - instant),
            (None, None) => Some(0),
            (None, Some(zone)) => ahead_all_day(zone, midnight),
        };
        let placed = stamp.instant.is_some() || self.zone.is_some();
        Day { date, offset, civil: stamp.date, midnight, ahead, placed }
    }

    fn other(&mut self, text: &[u8]) -> Option<Moment> {
        let stamp = self.format.parse(std::str::from_utf8(text).ok()?)?;
        self.place(stamp)
    }

    fn place(&mut self, mut stamp: Stamp) -> Option<Moment> {
        let (first, repeated) = (self.clock.is_new(), self.clock.repeated);
        self.clock.place(&mut stamp).ok()?;
        // Which of two hours the first row of a piece lies in, the row before it tells.
        if first && self.clock.repeated > repeated {
            return None;
        }
        self.traits.note(&stamp);
        Some(Moment { micros: stamp.micros(), ahead: stamp.written() - stamp.micros(), unit: stamp.unit })
    }
}

/// How far a zone's clocks are ahead of UTC on the day that begins at the written `midnight`; `None` where they change.
fn ahead_all_day(zone: &Zone, midnight: i64) -> Option<i64> {
    let at = |midnight: i64| match zone.instants(Instant::from_micros(midnight).utc_date(), 0) {
        [Some(instant), None] => Some(midnight - instant.micros()),
        _ => None,
    };
    // No zone changes twice within a day.
    let ahead = at(midnight)?;
    (at(midnight + MICROS_PER_DAY)? == ahead).then_some(ahead)
}

/// Cuts `2024-03-28 13:30:00+00:00` into date, microseconds of the day and offset; `None` where it looks otherwise, or
/// the offset depends on the date.
fn split(text: &[u8]) -> Option<(&[u8], i64, &[u8])> {
    let at = text.iter().take(11).position(|&byte| byte == b' ' || byte == b'T')?;
    let (date, clock) = (&text[..at], &text[at + 1..]);
    let two = |at: usize, below: i64| {
        let digit = |at: usize| clock.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10);
        let value = i64::from(digit(at)?) * 10 + i64::from(digit(at + 1)?);
        (value < below).then_some(value)
    };
    let (hour, minute) = (two(0, 24)?, two(3, 60)?);
    let seconds = clock.get(5) == Some(&b':');
    let (second, offset) = if seconds { (two(6, 60)?, clock.get(8..)?) } else { (0, clock.get(5..)?) };
    let fixed = offset.iter().all(|byte| b" Z+-:0123456789".contains(byte)) || offset == b" UTC";
    (clock[2] == b':' && fixed).then_some((date, ((hour * 60 + minute) * 60 + second) * 1_000_000, offset))
}
