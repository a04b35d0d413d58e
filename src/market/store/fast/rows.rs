//! The rows of one piece, cell by cell.

use std::cmp::Ordering;

use super::super::bars::{Clock, How};
use super::super::numbers::Notation;
use super::super::reading::{is_blank, stamp_text};
use super::super::stamps::Format;
use super::super::symbols;
use super::super::vendors::Columns;
use super::columns::{Part, VALUES, Value};
use super::sample::Sample;
use super::{number, times::Moment, times::Times};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Unused,
    Stamp,
    Clock,
    End,
    Symbol,
    Value(Value),
}

/// How every row is read.
#[expect(clippy::struct_excessive_bools, reason = "each is asked of every row by itself")]
pub(super) struct Plan<'a> {
    roles: Vec<Role>,
    delimiter: u8,
    format: Format,
    clock: Clock<'a>,
    /// The time of day has a column of its own, and the end of a bar.
    clocked: bool,
    ended: bool,
    /// Times are whole numbers since 1970.
    counted: bool,
    /// The places of the columns that are kept in [`Part::values`].
    kept: Vec<usize>,
    any_value: bool,
    /// The layout of a file without names was told by open and close lying between high and low.
    ordered: bool,
    /// The first row's symbol as it is written and as it is kept.
    symbol: Option<(String, String)>,
}

impl<'a> Plan<'a> {
    /// `None` where the sample leaves a doubt about how cells are read.
    pub(super) fn of(sample: &Sample<'_>, how: &'a How<'_>) -> Option<Self> {
        let (table, reading, columns) = (&sample.table, &how.reading, &how.columns);
        let reads =
            |format: &&Format| table.rows().all(|row| format.parse(&stamp_text(&row, columns)).is_some());
        // Other formats fail on a row of the sample, so the whole file has one format that reads all of it.
        let mut fitting = how.formats.iter().filter(reads);
        let told = fitting.next() == Some(&reading.format) && fitting.next().is_none();
        // As do other ways to write numbers, where the thorough way would look for them.
        let price = |cell: &str| is_blank(cell) || Notation::COMMA.price(cell).is_some();
        let comma = table.delimiter == b';'
            && table.rows().all(|row| columns.prices().chain(columns.volume).all(|at| price(row.cell(at))));
        if !told || comma || reading.notation != Notation::PLAIN {
            return None;
        }
        let symbol = match columns.symbol {
            None => None,
            Some(column) => {
                let cell = table.first_row().cell(column);
                Some((cell.to_owned(), symbols::listed(cell).ok()?.0))
            }
        };
        let bar = columns.open.is_some() && columns.high.is_some() && columns.low.is_some();
        let roles = roles(table.header.names.len(), columns)?;
        let kept = roles.iter().filter_map(|role| match role {
            Role::Value(value) if *value != Value::QuoteVolume => Some(*value as usize),
            _ => None,
        });
        let kept = kept.collect();
        Some(Self {
            roles,
            delimiter: table.delimiter,
            format: reading.format,
            clock: Clock::new(table, reading, columns),
            clocked: columns.clock.is_some(),
            ended: columns.end.is_some(),
            counted: reading.format == Format::Epoch && columns.clock.is_none(),
            kept,
            any_value: how.demands.any_value,
            ordered: table.header.bare && bar,
            symbol,
        })
    }

    /// The symbol that the file's own column names.
    pub(super) fn symbol(&self) -> Option<String> {
        self.symbol.as_ref().map(|(_, symbol)| symbol.clone())
    }

    /// Reads all rows of `text` into `part`, which loses those it had; `None` at the first doubt.
    pub(super) fn read(&self, text: &[u8], part: &mut Part) -> Option<()> {
        part.clear();
        let mut starts = Times::new(self.format, self.clock.clone());
        // The thorough way takes written ends as they are.
        let mut ends = Times::new(self.format, Clock::default());
        let (mut rest, mut joined) = (text, Vec::new());
        while !rest.is_empty() {
            let (mut stamp, mut clock, mut end): (&[u8], &[u8], &[u8]) = (b"", b"", b"");
            let (mut bar, mut counts) = ([f64::NAN; VALUES], (0, 0));
            for (at, role) in self.roles.iter().enumerate() {
                let last = at + 1 == self.roles.len();
                let length = match role {
                    Role::Value(value) => {
                        let (number, length) = self.number(*value, rest)?;
                        bar[*value as usize] = number;
                        length
                    }
                    Role::Stamp | Role::End if self.counted => {
                        let (count, length) = self.count(rest)?;
                        *(if *role == Role::Stamp { &mut counts.0 } else { &mut counts.1 }) = count;
                        length
                    }
                    _ => self.length(rest),
                };
                let cell = rest.get(..length)?;
                match role {
                    Role::Stamp => stamp = cell,
                    Role::Clock => clock = cell,
                    Role::End => end = cell,
                    Role::Symbol => self.check_symbol(cell)?,
                    Role::Unused if cell.contains(&b'"') => return None,
                    Role::Unused | Role::Value(_) => {}
                }
                rest = self.after(&rest[length..], last)?;
            }
            if self.clocked {
                joined.clear();
                joined.extend_from_slice(stamp);
                joined.push(b' ');
                joined.extend_from_slice(clock);
                stamp = &joined;
            }
            let moment = if self.counted { starts.counted(counts.0)? } else { starts.read(stamp)? };
            if self.ended {
                let end = if self.counted { ends.counted(counts.1)? } else { ends.read(end)? };
                part.ends.push(end.micros + end.unit);
                if end.micros <= moment.micros {
                    return None;
                }
            }
            self.add(&bar, moment, part)?;
        }
        (part.traits, part.repeated) = (starts.traits, starts.repeated());
        Some(())
    }

    /// Adds a row whose cells are sound, if its prices fit each other.
    fn add(&self, bar: &[f64; VALUES], moment: Moment, part: &mut Part) -> Option<()> {
        let row = part.micros.len();
        if part.ahead.last().is_none_or(|(_, last)| *last != moment.ahead) {
            part.ahead.push((row, moment.ahead));
        }
        part.micros.push(moment.micros);
        for &kept in &self.kept {
            part.values.get_mut(kept)?.push(bar[kept]);
        }
        let at = |value: Value| bar[value as usize];
        part.swapped.note(row, at(Value::Volume), at(Value::QuoteVolume), at(Value::Close));
        let (open, high, low, close) = (at(Value::Open), at(Value::High), at(Value::Low), at(Value::Close));
        let within = !self.ordered || (high >= open.max(close) && low <= open.min(close));
        // Of a column that is not there it cannot be said.
        (within && !matches!(high.partial_cmp(&low), Some(Ordering::Less))).then_some(())
    }

    /// Bytes up to the end of the cell.
    fn length(&self, rest: &[u8]) -> usize {
        number::find(rest, [self.delimiter, b'\n', b'\r']).unwrap_or(rest.len())
    }

    /// What follows on the mark behind a cell, which must be a line end behind the last and only there.
    fn after<'t>(&self, rest: &'t [u8], last: bool) -> Option<&'t [u8]> {
        match rest {
            [mark, rest @ ..] if *mark == self.delimiter && !last => Some(rest),
            [b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..] if last => Some(rest),
            [] if last => Some(rest),
            _ => None,
        }
    }

    /// Whether a cell ends where `rest` begins.
    fn is_end(&self, rest: &[u8]) -> bool {
        rest.first().is_none_or(|&byte| byte == self.delimiter || byte == b'\n' || byte == b'\r')
    }

    /// The whole number at the start of `rest` and the length of its cell.
    fn count(&self, rest: &[u8]) -> Option<(i64, usize)> {
        let plain = number::long_count(rest).filter(|(_, length)| self.is_end(&rest[*length..]));
        plain.or_else(|| {
            let length = self.length(rest);
            Some((number::count(&rest[..length])?, length))
        })
    }

    /// The number at the start of `rest` and the length of its cell; NaN for a volume that is blank.
    fn number(&self, value: Value, rest: &[u8]) -> Option<(f64, usize)> {
        let plain = number::decimal(rest).filter(|(_, length)| self.is_end(&rest[*length..]));
        let (number, length) = match plain {
            Some(found) => found,
            None => {
                let length = self.length(rest);
                (unusual(value, std::str::from_utf8(&rest[..length]).ok()?)?, length)
            }
        };
        let holds = match value {
            Value::Open | Value::High | Value::Low | Value::Close => number > 0.0 || self.any_value,
            Value::Volume => number >= 0.0 || number.is_nan(),
            Value::QuoteVolume if number < 0.0 => return Some((f64::NAN, length)),
            Value::QuoteVolume | Value::Adjusted => true,
        };
        holds.then_some((number, length))
    }

    fn check_symbol(&self, cell: &[u8]) -> Option<()> {
        let (written, symbol) = self.symbol.as_ref()?;
        let same = cell == written.as_bytes()
            || symbols::listed(std::str::from_utf8(cell).ok()?).is_ok_and(|(other, _)| other == *symbol);
        (same && !cell.contains(&b'"')).then_some(())
    }
}

/// A number that is not written plainly, as the thorough way reads it; `None` where that would find a fault.
fn unusual(value: Value, text: &str) -> Option<f64> {
    let blank = match value {
        Value::Open | Value::High | Value::Low | Value::Close => false,
        Value::Volume | Value::QuoteVolume => is_blank(text),
        Value::Adjusted => text.is_empty(),
    };
    if blank {
        return Some(f64::NAN);
    }
    Notation::PLAIN.price(text).filter(|number| number.is_finite())
}

/// What each column holds; `None` where one holds two things.
fn roles(width: usize, columns: &Columns) -> Option<Vec<Role>> {
    let placed = [
        (Some(columns.stamp), Role::Stamp),
        (columns.clock, Role::Clock),
        (columns.end, Role::End),
        (columns.symbol, Role::Symbol),
        (columns.open, Role::Value(Value::Open)),
        (columns.high, Role::Value(Value::High)),
        (columns.low, Role::Value(Value::Low)),
        (Some(columns.close), Role::Value(Value::Close)),
        (columns.volume, Role::Value(Value::Volume)),
        (columns.quote_volume, Role::Value(Value::QuoteVolume)),
        (columns.adjusted, Role::Value(Value::Adjusted)),
    ];
    let mut roles = vec![Role::Unused; width];
    for (column, role) in placed {
        let Some(column) = column else { continue };
        let place = roles.get_mut(column).filter(|place| **place == Role::Unused)?;
        *place = role;
    }
    Some(roles)
}
