//! Tables that programs write for programs, Parquet and Arrow, as the cells that text would have.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Cursor;

use polars::prelude::{
    Column, DataFrame, DataType, Float32Chunked, Float64Chunked, Int32Chunked, Int64Chunked, IpcReader,
    ParquetReader, PolarsError, PolarsResult, SerReader, StringChunked, TimeUnit, UInt64Chunked,
};

mod quiet;
mod sound;

use super::limits;
use super::table::Table;
use crate::base::calendar::Instant;
use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::base::text::quoted;
use sound::Sound;

/// Rows from which is told what the file is.
const SAMPLE: usize = 1_000;

/// The longest text of a cell. One that stands once in the file can stand in every row of the table.
const LONGEST_CELL: usize = 1 << 10;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Parquet,
    Arrow,
}

/// Reads a Parquet file whose counts are possible. What panics inside of the reader is an error here.
///
/// # Errors
/// Where the file is damaged, or has columns that unpack to far more than bars take.
pub(super) fn guarded<T>(bytes: Vec<u8>, read: impl FnOnce(Vec<u8>) -> PolarsResult<T>) -> PolarsResult<T> {
    let damaged = || PolarsError::ComputeError("it is damaged".into());
    let read = || match sound::parquet(&bytes)? {
        Sound::But(large) if large.is_empty() => read(bytes),
        _ => Err(damaged()),
    };
    quiet::caught(read).ok_or_else(damaged)?
}

/// A table that a program wrote. Only the columns that are used are read in full.
pub(super) struct Frame<'a> {
    file: &'a str,
    bytes: &'a [u8],
    form: Form,
    names: Vec<String>,
    /// Why a column cannot be read, by its place. This is told where it is used.
    unreadable: BTreeMap<usize, String>,
}

impl<'a> Frame<'a> {
    /// Looks at a Parquet file.
    ///
    /// # Errors
    /// Where it is damaged or unpacks to more than fits the memory.
    pub(super) fn parquet(file: &'a str, bytes: &'a [u8]) -> Result<Self> {
        Self::new(file, bytes, Form::Parquet)
    }

    /// Looks at an Arrow file.
    ///
    /// # Errors
    /// As [`Frame::parquet`].
    pub(super) fn arrow(file: &'a str, bytes: &'a [u8]) -> Result<Self> {
        Self::new(file, bytes, Form::Arrow)
    }

    fn new(file: &'a str, bytes: &'a [u8], form: Form) -> Result<Self> {
        let mut frame = Self { file, bytes, form, names: Vec::new(), unreadable: BTreeMap::new() };
        let (sound, fields) = frame.caught(|| {
            let (sound, schema) = match form {
                Form::Parquet => (sound::parquet(bytes)?, ParquetReader::new(Cursor::new(bytes)).schema()?),
                Form::Arrow => (sound::arrow(bytes)?, IpcReader::new(Cursor::new(bytes)).schema()?),
            };
            let kinds =
                schema.iter_values().map(|field| (field.name.to_string(), DataType::from_arrow_field(field)));
            Ok((sound, kinds.collect::<Vec<_>>()))
        })?;
        let large = match sound {
            Sound::TooLarge(largest) => return Err(limits::unpacks_to_more(file, largest)),
            Sound::But(large) => large,
        };
        for (at, (name, kind)) in fields.into_iter().enumerate() {
            if large.contains(name.as_str()) {
                frame.unreadable.insert(at, "unpacks to far more than prices take".to_owned());
            } else if !is_read(&kind) {
                frame.unreadable.insert(at, format!("holds {kind}"));
            }
            frame.names.push(name);
        }
        Ok(frame)
    }

    /// The first rows of every column that can be read; cells of the others are empty.
    ///
    /// # Errors
    /// Where the file is damaged, or has no rows.
    pub(super) fn sample(&self) -> Result<Table> {
        let all: Vec<usize> = (0..self.names.len()).collect();
        let (columns, rows) = self.columns(&all, Some(SAMPLE))?;
        Table::of_columns(self.file, (&self.names, &columns), (rows, self.largest()), Cells::write)
    }

    /// All rows of some columns, by their places; `sample` tells how they are called.
    ///
    /// # Errors
    /// Where the file is damaged, one of the columns cannot be read, or the table is too large.
    pub(super) fn read(&self, sample: &Table, used: &[usize]) -> Result<Table> {
        if let Some((at, why)) = used.iter().find_map(|at| Some((*at, self.unreadable.get(at)?))) {
            return Err(self.wrong(&format!("column `{}` {why}", quoted(&self.names[at]))).into());
        }
        let (columns, rows) = self.columns(used, None)?;
        Table::of_used(self.file, (sample, used), &columns, (rows, self.largest()), Cells::write)
    }

    /// The most bytes that the file has as text, which takes more room than its numbers do.
    fn largest(&self) -> u64 {
        (2 * limits::unpacked(self.bytes.len())).min(limits::LARGEST)
    }

    /// Places of all columns that can be read.
    pub(super) fn readable(&self) -> Vec<usize> {
        (0..self.names.len()).filter(|at| !self.unreadable.contains_key(at)).collect()
    }

    /// The cells of the columns at some places, at most `most` rows of them, and how many rows there are.
    fn columns(&self, wanted: &[usize], most: Option<usize>) -> Result<(Vec<Cells>, usize)> {
        let readable = wanted.iter().filter(|at| !self.unreadable.contains_key(at));
        let names: Vec<String> = readable.map(|at| self.names[*at].clone()).collect();
        let frame = self.caught(|| self.frame(names, most))?;
        let mut found = frame.columns().iter();
        let mut columns = Vec::with_capacity(wanted.len());
        for at in wanted {
            let read = if self.unreadable.contains_key(at) { None } else { found.next() };
            columns.push(match read {
                None => Cells::None,
                // Without its own assertions the reader takes columns of several lengths.
                Some(column) if column.len() != frame.height() => return Err(self.damaged().into()),
                Some(column) => match (self.caught(|| Cells::of(column))?, most) {
                    (Cells::LongText, None) => {
                        let (name, most) = (quoted(&self.names[*at]), LONGEST_CELL);
                        let why = format!("column `{name}` holds a text of more than {most} bytes");
                        return Err(self.wrong(&why).into());
                    }
                    (cells, _) => cells,
                },
            });
        }
        Ok((columns, frame.height()))
    }

    fn frame(&self, names: Vec<String>, most: Option<usize>) -> PolarsResult<DataFrame> {
        let bytes = Cursor::new(self.bytes);
        match self.form {
            Form::Parquet => {
                let slice = most.map(|most| (0, most));
                ParquetReader::new(bytes).with_columns(Some(names)).with_slice(slice).finish()
            }
            Form::Arrow => IpcReader::new(bytes).with_columns(Some(names)).with_n_rows(most).finish(),
        }
    }

    /// What `read` gives. The reader trusts what a file says of itself, and panics where damage has changed it.
    fn caught<T>(&self, read: impl FnOnce() -> PolarsResult<T>) -> Result<T> {
        match quiet::caught(read) {
            None => Err(self.damaged().into()),
            Some(read) => read.map_err(|error| Failure::from(self.wrong(&error.to_string()))),
        }
    }

    fn damaged(&self) -> Diagnostic {
        self.wrong("it is damaged")
    }

    fn wrong(&self, why: &str) -> Diagnostic {
        Diagnostic::new(format!("{}: the {:?} file cannot be read: {why}", self.file, self.form))
            .hint("write it again, or as CSV with the columns `date,open,high,low,close,volume`")
    }
}

/// Whether price files have columns of this type.
fn is_read(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::String
            | DataType::Date
            | DataType::Datetime(..)
            | DataType::Float32
            | DataType::Float64
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt32
            | DataType::UInt64
    )
}

/// A column whose cells can be written as text; a missing value is an empty cell.
enum Cells {
    /// Nothing in any row.
    None,
    /// Texts that no price file has; as good as nothing where they are not needed.
    LongText,
    Text(StringChunked),
    Days(Int32Chunked),
    /// Instants as counts of a unit, and whether they are of a zone.
    Times(Int64Chunked, TimeUnit, bool),
    Single(Float32Chunked),
    Double(Float64Chunked),
    Whole(Int64Chunked),
    Unsigned(UInt64Chunked),
}

impl Cells {
    fn of(column: &Column) -> PolarsResult<Self> {
        // Of several chunks every cell would be looked for.
        let column = column.rechunk();
        Ok(match column.dtype() {
            DataType::String => {
                let texts = column.str()?;
                let is_long = texts.iter().flatten().any(|text| text.len() > LONGEST_CELL);
                if is_long { Self::LongText } else { Self::Text(texts.clone()) }
            }
            DataType::Date => Self::Days(column.cast(&DataType::Int32)?.i32()?.clone()),
            DataType::Datetime(unit, zone) => {
                Self::Times(column.cast(&DataType::Int64)?.i64()?.clone(), *unit, zone.is_some())
            }
            DataType::UInt64 => Self::Unsigned(column.u64()?.clone()),
            DataType::Float32 => Self::Single(column.f32()?.clone()),
            DataType::Float64 => Self::Double(column.f64()?.clone()),
            _ => Self::Whole(column.cast(&DataType::Int64)?.i64()?.clone()),
        })
    }

    /// Adds the cell of a row.
    fn write(&self, row: usize, text: &mut String) {
        match self {
            Self::None | Self::LongText => {}
            Self::Text(cells) => text.push_str(cells.get(row).unwrap_or("")),
            Self::Days(days) => {
                let date = |days: i32| {
                    let midnight = i64::from(days).checked_mul(86_400_000_000).and_then(instant);
                    midnight.map_or_else(|| format!("{days} days from 1970"), |at| at.utc_date().to_string())
                };
                add(text, days.get(row).map(date));
            }
            Self::Times(counts, unit, aware) => {
                add(text, counts.get(row).map(|count| time(count, *unit)));
                if !aware && text.ends_with('Z') {
                    text.pop();
                }
            }
            Self::Single(values) => add(text, values.get(row)),
            Self::Double(values) => add(text, values.get(row)),
            Self::Whole(values) => add(text, values.get(row)),
            Self::Unsigned(values) => add(text, values.get(row)),
        }
    }
}

/// The instant of a table, `None` where the calendar does not reach as far.
fn instant(micros: i64) -> Option<Instant> {
    Some(Instant::from_micros(micros)).filter(|instant| instant.is_in_calendar())
}

/// An instant as a table counts it, in words where the calendar does not reach as far.
fn time(count: i64, unit: TimeUnit) -> String {
    let micros = match unit {
        TimeUnit::Nanoseconds => Some(count.div_euclid(1_000)),
        TimeUnit::Microseconds => Some(count),
        TimeUnit::Milliseconds => count.checked_mul(1_000),
    };
    micros.and_then(instant).map_or_else(|| format!("{count} {unit} from 1970"), |at| at.to_string())
}

fn add(text: &mut String, value: Option<impl std::fmt::Display>) {
    if let Some(value) = value {
        let _ = write!(text, "{value}");
    }
}
