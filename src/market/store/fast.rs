//! The quick way through a large file: bytes to columns at once, on all cores.
//!
//! It takes files in which nothing is wrong and nothing is unusual: no quotes, no blanks around cells, every row as wide
//! as the header, every cell readable, times strictly in order. At the first doubt it gives up, and the thorough way
//! through `table` and `bars` reads the file anew: only that one judges and explains. Where both read a file, they read
//! the same to the last bit.

use std::ops::Range;

use rayon::prelude::*;

use super::bars::{Bars, Demands};
use super::stamps::{self, Format, Stamp};
use super::vendors::{Columns, Layout};
use crate::base::calendar::{Date, Instant};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Wider files are left to the thorough way.
const MOST_COLUMNS: usize = 32;

/// About so many bytes are read in one piece.
const PIECE: usize = 4 << 20;

/// Powers of ten that are exact as `f64`.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// Reads the rows of `body`, the text below the header, which has `width` columns; `None` at the first doubt.
pub(super) fn read(
    body: &str,
    width: usize,
    layout: &Layout,
    columns: &Columns,
    demands: Demands,
) -> Option<Bars> {
    if width > MOST_COLUMNS || columns.symbol.is_some() {
        return None;
    }
    let mut cells = Cells::new(width);
    let line = body.lines().find(|line| !line.is_empty())?;
    let stamp = line.get(cells.cut(line)?.get(columns.stamp)?.clone())?;
    // The thorough way takes the earliest format that reads the most rows; if one reads all, an earlier one must fail.
    let format = *layout.formats.iter().find(|format| format.parse(stamp).is_some())?;
    let reader = Reader { width, format, columns, demands };
    let parts: Vec<Bars> =
        pieces(body).into_par_iter().map(|piece| reader.read(piece)).collect::<Option<_>>()?;
    let mut bars = join(parts, format);
    let micros = |row: &Stamp| row.micros();
    let rising = bars.stamps.windows(2).all(|pair| micros(&pair[0]) < micros(&pair[1]));
    if !rising {
        bars.reversed = bars.stamps.windows(2).all(|pair| micros(&pair[0]) > micros(&pair[1]));
        if !bars.reversed {
            return None;
        }
        bars.reverse();
    }
    (!bars.close.is_empty()).then_some(bars)
}

/// Cuts a text at line ends into pieces of about equal size.
fn pieces(body: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = body;
    while rest.len() > PIECE {
        let Some(end) = rest.as_bytes()[PIECE..].iter().position(|&byte| byte == b'\n') else { break };
        let (piece, after) = rest.split_at(PIECE + end + 1);
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

fn join(parts: Vec<Bars>, format: Format) -> Bars {
    fn all<T>(parts: &mut [Bars], column: fn(&mut Bars) -> &mut Vec<T>) -> Vec<T> {
        let rows = parts.iter_mut().map(|part| column(part).len()).sum();
        let mut whole = Vec::with_capacity(rows);
        for part in parts {
            whole.append(column(part));
            // What was moved is given back at once: a large file is in memory once, not twice.
            column(part).shrink_to_fit();
        }
        whole
    }
    let mut parts = parts;
    Bars {
        stamps: all(&mut parts, |part| &mut part.stamps),
        ends: all(&mut parts, |part| &mut part.ends),
        open: all(&mut parts, |part| &mut part.open),
        high: all(&mut parts, |part| &mut part.high),
        low: all(&mut parts, |part| &mut part.low),
        close: all(&mut parts, |part| &mut part.close),
        volume: all(&mut parts, |part| &mut part.volume),
        blank_volumes: parts.iter().map(|part| part.blank_volumes).sum(),
        swapped: parts.iter().map(|part| part.swapped).sum(),
        missing: parts.iter().map(|part| part.missing).sum(),
        format: Some(format),
        ..Bars::default()
    }
}

/// The places of a line's cells.
struct Cells {
    width: usize,
    places: Vec<Range<usize>>,
}

impl Cells {
    fn new(width: usize) -> Self {
        Self { width, places: Vec::with_capacity(width) }
    }

    /// Cuts a line at its commas; `None` where it is not as wide as the header or has a quote.
    fn cut(&mut self, line: &str) -> Option<&[Range<usize>]> {
        self.places.clear();
        let mut start = 0;
        for (at, byte) in line.bytes().enumerate() {
            match byte {
                b',' => {
                    self.places.push(start..at);
                    start = at + 1;
                }
                b'"' => return None,
                _ => {}
            }
        }
        self.places.push(start..line.len());
        (self.places.len() == self.width).then_some(self.places.as_slice())
    }
}

struct Reader<'a> {
    width: usize,
    format: Format,
    columns: &'a Columns,
    demands: Demands,
}

impl Reader<'_> {
    fn read(&self, piece: &str) -> Option<Bars> {
        let mut bars = Bars::default();
        let mut cells = Cells::new(self.width);
        let mut stamps = Stamps::new(self.format);
        for line in piece.lines().filter(|line| !line.is_empty()) {
            let places = cells.cut(line)?;
            let cell = |column: usize| places.get(column).and_then(|place| line.get(place.clone()));
            let stamp = stamps.read(cell(self.columns.stamp)?)?;
            let close = cell(self.columns.close)?;
            if self.demands.gaps && (close.is_empty() || close == ".") {
                bars.missing += 1;
                continue;
            }
            let price = |column: Option<usize>| match column {
                None => Some(None),
                Some(column) => self.price(cell(column)?).map(Some),
            };
            let prices = [
                price(self.columns.open)?,
                price(self.columns.high)?,
                price(self.columns.low)?,
                Some(self.price(close)?),
            ];
            if let [_, Some(high), Some(low), _] = prices
                && high < low
            {
                return None;
            }
            if let Some(column) = self.columns.end {
                let end = stamps.read(cell(column)?)?;
                if end.micros() <= stamp.micros() {
                    return None;
                }
                bars.ends.push(end.micros() + end.unit);
            }
            bars.stamps.push(stamp);
            let [open, high, low, close] = prices;
            bars.open.extend(open);
            bars.high.extend(high);
            bars.low.extend(low);
            bars.close.extend(close);
            if let Some(column) = self.columns.volume {
                let text = cell(column)?;
                let volume = if text.is_empty() { None } else { Some(volume(text)?) };
                bars.push_volume(volume, self.columns.quote_volume.and_then(cell));
            }
        }
        Some(bars)
    }

    fn price(&self, text: &str) -> Option<f64> {
        decimal(text).filter(|value| self.demands.any_value || *value > 0.0)
    }
}

fn volume(text: &str) -> Option<f64> {
    decimal(text).filter(|value| *value >= 0.0)
}

/// The number that `text` is, as `str::parse` reads it; `None` where it is none or not finite.
fn decimal(text: &str) -> Option<f64> {
    plain_decimal(text.as_bytes()).or_else(|| text.parse().ok().filter(|value: &f64| value.is_finite()))
}

/// Digits with at most one point: up to 15 of them and a power of ten are exact, so their quotient is rounded once
/// (W. D. Clinger, "How to read floating point numbers accurately", 1990).
fn plain_decimal(text: &[u8]) -> Option<f64> {
    let (mut digits, mut count, mut after_point) = (0_u64, 0, None);
    for &byte in text {
        match byte {
            b'0'..=b'9' => {
                digits = digits * 10 + u64::from(byte - b'0');
                count += 1;
                after_point = after_point.map(|places: usize| places + 1);
            }
            b'.' if after_point.is_none() => after_point = Some(0),
            _ => return None,
        }
        if count > 15 {
            return None;
        }
    }
    (count > 0).then(|| digits as f64 / TENS[after_point.unwrap_or(0)])
}

/// Reads a column's stamps; rows of one day share the work on its date.
struct Stamps {
    format: Format,
    date: Date,
    midnight: i64,
    /// How the date was written last; empty before the first.
    written: [u8; 10],
}

impl Stamps {
    fn new(format: Format) -> Self {
        let date = Instant::from_micros(0).utc_date();
        Self { format, date, midnight: 0, written: [0; 10] }
    }

    fn read(&mut self, text: &str) -> Option<Stamp> {
        match self.format {
            Format::Epoch => {
                let (micros, unit) = stamps::epoch_micros(text)?;
                if !(0..MICROS_PER_DAY).contains(&(micros - self.midnight)) {
                    self.date = Instant::from_micros(micros).utc_date();
                    self.midnight = micros - micros.rem_euclid(MICROS_PER_DAY);
                }
                let of_day = micros - self.midnight;
                Some(Stamp { date: self.date, of_day, instant: Some(micros), unit })
            }
            Format::DateTime => {
                let written = text.as_bytes().first_chunk::<10>()?;
                if self.written != *written {
                    let stamp = self.format.parse(text)?;
                    self.written = *written;
                    self.date = stamp.date;
                    self.midnight = Instant::start_of(stamp.date).micros();
                    return Some(stamp);
                }
                stamps::time_behind(self.date, self.midnight, text.get(10..)?)
            }
            other => other.parse(text),
        }
    }
}

#[cfg(test)]
mod tests;
