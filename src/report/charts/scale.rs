//! From numbers and times to places on the sheet, with ticks a reader expects.

use crate::base::calendar::{Date, Instant};

use super::super::format;

/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;
/// Microseconds in an hour.
const HOUR: i64 = 3_600_000_000;
/// From this ratio of largest to smallest on, growth is shown on a logarithmic scale.
const WIDE: f64 = 4.0;

/// How values are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spread {
    /// Equal differences look equal.
    Linear,
    /// Equal ratios look equal; only for values above 0.
    Log,
}

/// A stretch of numbers shown between two heights or two sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    spread: Spread,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// `low` is shown at `from`, `high` at `to`; equal ends are widened.
    pub(super) fn linear((low, high): (f64, f64), from: f64, to: f64) -> Self {
        let pad = if high > low { 0.0 } else { low.abs().max(1.0) * 0.05 };
        Self { spread: Spread::Linear, low: low - pad, high: high + pad, from, to }
    }

    /// The scale that suits positive values, with a little air: logarithmic where they range widely.
    pub(super) fn growth((low, high): (f64, f64), from: f64, to: f64) -> Self {
        if low > 0.0 && high / low >= WIDE {
            let (low, high) = (libm::log(low), libm::log(high));
            let air = (high - low) * 0.05;
            Self { spread: Spread::Log, low: low - air, high: high + air, from, to }
        } else {
            let air = (high - low) * 0.06;
            Self::linear((low - air, high + air), from, to)
        }
    }

    /// Linear or logarithmic.
    pub(super) fn spread(&self) -> Spread {
        self.spread
    }

    /// The lowest and highest value shown, on a linear scale.
    pub(super) fn ends(&self) -> Option<(f64, f64)> {
        (self.spread == Spread::Linear).then_some((self.low, self.high))
    }

    /// Where a value is shown; values outside are shown at the edge.
    pub(super) fn at(&self, value: f64) -> f64 {
        let inner = match self.spread {
            Spread::Linear => value,
            Spread::Log if value > 0.0 => libm::log(value),
            Spread::Log => self.low,
        };
        let share = ((inner - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.from + share * (self.to - self.from)
    }

    /// Round values to mark, at most about `wanted` of them, rising.
    pub(super) fn ticks(&self, wanted: usize) -> Vec<f64> {
        match self.spread {
            Spread::Linear => linear_ticks(self.low, self.high, wanted),
            Spread::Log => log_ticks(libm::exp(self.low), libm::exp(self.high), wanted),
        }
    }
}

/// Multiples of 1, 2 or 5 times a power of ten within the range.
pub(super) fn linear_ticks(low: f64, high: f64, wanted: usize) -> Vec<f64> {
    let step = nice_step((high - low) / wanted.max(1) as f64);
    let first = (low / step).ceil();
    let last = (high / step).floor();
    let mut ticks = Vec::new();
    let mut multiple = first;
    while multiple <= last && ticks.len() < 100 {
        ticks.push(multiple * step);
        multiple += 1.0;
    }
    ticks
}

/// The smallest of 1, 2, 5 times a power of ten that is not below `least`.
pub(super) fn nice_step(least: f64) -> f64 {
    if !(least.is_finite() && least > 0.0) {
        return 1.0;
    }
    let magnitude = libm::pow(10.0, libm::log10(least).floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * magnitude)
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(least)
}

/// Powers of ten and, where there is room, numbers between them.
fn log_ticks(low: f64, high: f64, wanted: usize) -> Vec<f64> {
    let steps: [&[f64]; 4] = [&[1.0, 1.5, 2.0, 3.0, 5.0, 7.0], &[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]];
    let first = libm::log10(low).floor();
    let last = libm::log10(high).floor();
    let mut found = Vec::new();
    if !(first.is_finite() && last.is_finite()) {
        return found;
    }
    for every in [1.0, 2.0, 3.0, 5.0] {
        for mantissas in steps.iter().skip(if every > 1.0 { 3 } else { 0 }) {
            found.clear();
            let mut power = (first / every).floor() * every;
            while power <= last {
                let base = libm::pow(10.0, power);
                found.extend(mantissas.iter().map(|m| m * base).filter(|tick| (low..=high).contains(tick)));
                power += every;
            }
            if found.len() <= wanted {
                return found;
            }
        }
    }
    found
}

/// A tick's number, short: `0.5`, `20`, `1,000`, `50k`, `2m`.
pub(super) fn tick_text(value: f64) -> String {
    let (scaled, ending) = match value.abs() {
        size if size >= 1e9 => (value / 1e9, "bn"),
        size if size >= 1e6 => (value / 1e6, "m"),
        size if size >= 1e4 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let mut decimals = 0;
    while decimals < 8 && distance_to_decimals(scaled, decimals) > 1e-9 {
        decimals += 1;
    }
    format!("{}{ending}", format::decimal(scaled, decimals))
}

/// How far the number is from what so many decimals can say, relative to its size.
fn distance_to_decimals(number: f64, decimals: usize) -> f64 {
    let factor = libm::pow(10.0, decimals as f64);
    ((number * factor).round() / factor - number).abs() / number.abs().max(1e-12)
}

/// A tick's fraction as percent: `+20%`, `-5%`, `+1,000%`.
pub(super) fn percent_tick(fraction: f64) -> String {
    let percent = fraction * 100.0;
    let plus = if percent > 1e-9 { "+" } else { "" };
    format!("{plus}{}%", tick_text((percent * 1e6).round() / 1e6))
}

/// A moment to mark on an axis of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TimeTick {
    /// Microseconds since 1970-01-01 UTC.
    pub(super) micros: i64,
    /// `2024`, `Apr`, `12 Mar`, `06:00`.
    pub(super) text: String,
}

/// How far ticks of time lie apart.
#[derive(Debug, Clone, Copy)]
enum Every {
    Hours(i64),
    Days(i64),
    Months(i64),
}

impl Every {
    fn micros(self) -> i64 {
        match self {
            Self::Hours(hours) => hours * HOUR,
            Self::Days(days) => days * DAY,
            Self::Months(months) => months * 30 * DAY,
        }
    }
}

const STEPS_OF_TIME: [Every; 18] = [
    Every::Hours(1),
    Every::Hours(3),
    Every::Hours(6),
    Every::Hours(12),
    Every::Days(1),
    Every::Days(2),
    Every::Days(7),
    Every::Days(14),
    Every::Months(1),
    Every::Months(2),
    Every::Months(3),
    Every::Months(6),
    Every::Months(12),
    Every::Months(24),
    Every::Months(60),
    Every::Months(120),
    Every::Months(240),
    Every::Months(600),
];

/// Round moments from `first` to `last`, at most about `wanted`: starts of years, months, days or hours in UTC.
pub(super) fn time_ticks(first: i64, last: i64, wanted: usize) -> Vec<TimeTick> {
    let wanted = i64::try_from(wanted.max(1)).unwrap_or(i64::MAX);
    let fits = |every: &Every| last.saturating_sub(first) / every.micros() <= wanted;
    let every = STEPS_OF_TIME.into_iter().find(fits).unwrap_or(Every::Months(1200));
    let mut ticks = match every {
        Every::Months(months) => month_ticks(first, last, months),
        Every::Days(_) | Every::Hours(_) => even_ticks(first, last, every),
    };
    if let Some(tick) = ticks.first_mut().filter(|tick| tick.text.chars().all(char::is_alphabetic)) {
        tick.text = format!("{} {}", tick.text, Instant::from_micros(tick.micros).utc_date().year());
    }
    ticks
}

fn even_ticks(first: i64, last: i64, every: Every) -> Vec<TimeTick> {
    let step = every.micros();
    let mut ticks = Vec::new();
    let mut micros = first.div_euclid(step) * step;
    while micros <= last {
        if micros >= first {
            ticks.push(TimeTick { micros, text: even_text(micros) });
        }
        micros += step;
    }
    ticks
}

/// The day at midnight, otherwise the hour.
fn even_text(micros: i64) -> String {
    let hour = micros.rem_euclid(DAY) / HOUR;
    let date = Instant::from_micros(micros).utc_date();
    if hour == 0 { format!("{} {}", date.day(), month_name(date)) } else { format!("{hour:02}:00") }
}

fn month_ticks(first: i64, last: i64, months: i64) -> Vec<TimeTick> {
    let start = Instant::from_micros(first).utc_date();
    let mut month = i64::from(start.year()) * 12 + i64::from(start.month()) - 1;
    month = month.div_euclid(months) * months;
    let mut ticks = Vec::new();
    while let Some(date) = first_of_month(month) {
        let micros = Instant::start_of(date).micros();
        if micros > last {
            break;
        }
        if micros >= first {
            let text = if date.month() == 1 { date.year().to_string() } else { month_name(date).to_owned() };
            ticks.push(TimeTick { micros, text });
        }
        month += months;
    }
    ticks
}

/// The first day of the month counted from January of year 0.
fn first_of_month(month: i64) -> Option<Date> {
    let year = i16::try_from(month.div_euclid(12)).ok()?;
    let month = i8::try_from(month.rem_euclid(12) + 1).ok()?;
    Date::new(year, month, 1).ok()
}

fn month_name(date: Date) -> &'static str {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    usize::try_from(date.month() - 1).ok().and_then(|month| NAMES.get(month)).copied().unwrap_or("")
}

/// The smallest and largest finite value; `None` without any.
pub(super) fn range(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|value| value.is_finite()).fold(None, |found: Option<(f64, f64)>, value| {
        Some(found.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(first: Date, last: Date, wanted: usize) -> Vec<String> {
        let (first, last) = (Instant::start_of(first).micros(), Instant::start_of(last).micros());
        time_ticks(first, last, wanted).into_iter().map(|tick| tick.text).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(linear_ticks(-0.31, 0.52, 5), [-0.2, 0.0, 0.2, 0.4]);
        let scale = Scale::growth((0.9, 120.0), 0.0, 1.0);
        assert_eq!(scale.spread(), Spread::Log);
        assert_eq!(
            scale.ticks(8).into_iter().map(tick_text).collect::<Vec<_>>(),
            ["1", "2", "5", "10", "20", "50", "100"]
        );
        assert_eq!(scale.ticks(3).into_iter().map(tick_text).collect::<Vec<_>>(), ["1", "10", "100"]);
    }

    #[test]
    fn ticks_of_time_start_years_months_and_days() {
        use jiff::civil::date;
        assert_eq!(texts(date(2016, 6, 28), date(2026, 8, 21), 6), ["2018", "2020", "2022", "2024", "2026"]);
        assert_eq!(texts(date(2025, 11, 20), date(2026, 3, 5), 5), ["Dec 2025", "2026", "Feb", "Mar"]);
        assert_eq!(texts(date(2026, 3, 1), date(2026, 3, 4), 4), ["1 Mar", "2 Mar", "3 Mar", "4 Mar"]);
    }

    #[test]
    fn tick_texts_are_short() {
        assert_eq!(tick_text(0.5), "0.5");
        assert_eq!(tick_text(120_000.0), "120k");
        assert_eq!(tick_text(1_500_000.0), "1.5m");
        assert_eq!(percent_tick(0.2), "+20%");
        assert_eq!(percent_tick(-0.05), "-5%");
        assert_eq!(percent_tick(0.0), "0%");
    }

    #[test]
    fn a_flat_line_has_a_scale() {
        let scale = Scale::growth((1.0, 1.0), 100.0, 0.0);
        assert!((scale.at(1.0) - 50.0).abs() < 1e-9);
        assert!(!scale.ticks(4).is_empty());
    }
}
