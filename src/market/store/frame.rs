//! Tables that programs write for programs, Parquet and Arrow, as the cells that text would have.

use std::io::Cursor;

use polars::prelude::{
    Column, DataFrame, DataType, IpcReader, ParquetReader, PolarsResult, SerReader, TimeUnit,
};

mod quiet;
mod sound;

use super::table::Table;
use crate::base::calendar::Instant;
use crate::base::diagnostic::{Diagnostic, Result};

/// The cells of a Parquet file.
///
/// # Errors
/// Where it is damaged, or a column holds what is no price, date or word.
pub(super) fn parquet(file: &str, bytes: Vec<u8>) -> Result<Table> {
    table(file, "Parquet", || {
        sound::parquet(&bytes)?;
        ParquetReader::new(Cursor::new(bytes)).finish()
    })
}

/// The cells of an Arrow file.
///
/// # Errors
/// As [`parquet`].
pub(super) fn arrow(file: &str, bytes: Vec<u8>) -> Result<Table> {
    table(file, "Arrow", || IpcReader::new(Cursor::new(bytes)).finish())
}

fn table(file: &str, what: &str, read: impl FnOnce() -> PolarsResult<DataFrame>) -> Result<Table> {
    let wrong = |why: &dyn std::fmt::Display| {
        Diagnostic::new(format!("{file}: the {what} file cannot be read: {why}"))
            .hint("write it again, or as CSV with the columns `date,open,high,low,close,volume`")
    };
    // The reader trusts what a file says of itself, and panics where damage has changed it.
    let damaged = || wrong(&"it is damaged");
    let frame = quiet::caught(read).ok_or_else(damaged)?;
    let frame = frame.map_err(|error| wrong(&error))?;
    let mut names = Vec::new();
    let mut columns = Vec::new();
    for column in frame.columns() {
        names.push(column.name().to_string());
        match quiet::caught(|| cells(column)).ok_or_else(damaged)? {
            // Without its own assertions the reader takes columns of several lengths.
            Ok(Some(cells)) if cells.len() != frame.height() => return Err(damaged().into()),
            Ok(Some(cells)) => columns.push(cells),
            Ok(None) => {
                return Err(wrong(&format!("column `{}` holds {}", column.name(), column.dtype())).into());
            }
            Err(error) => return Err(wrong(&error).into()),
        }
    }
    Table::of_columns(file, &names, &columns)
}

/// The instant of a table, `None` where the calendar does not reach as far.
fn instant(micros: i64) -> Option<Instant> {
    Some(Instant::from_micros(micros)).filter(|instant| instant.is_in_calendar())
}

/// One column as text, empty where a value is missing; `None` for a type that no price file has.
fn cells(column: &Column) -> PolarsResult<Option<Vec<String>>> {
    let or_empty = |text: Option<String>| text.unwrap_or_default();
    let cells = match column.dtype() {
        DataType::String => column.str()?.iter().map(|text| or_empty(text.map(str::to_owned))).collect(),
        DataType::Date => {
            let days = column.cast(&DataType::Int32)?;
            let date = |days: i32| {
                let midnight = i64::from(days).checked_mul(86_400_000_000).and_then(instant);
                midnight.map_or_else(|| format!("{days} days from 1970"), |at| at.utc_date().to_string())
            };
            days.i32()?.iter().map(|days| or_empty(days.map(date))).collect()
        }
        DataType::Datetime(unit, zone) => {
            let (numerator, denominator) = match unit {
                TimeUnit::Nanoseconds => (1, 1_000),
                TimeUnit::Microseconds => (1, 1),
                TimeUnit::Milliseconds => (1_000, 1),
            };
            let aware = zone.is_some();
            let text = |count: i64| {
                let at =
                    count.checked_mul(numerator).and_then(|micros| instant(micros.div_euclid(denominator)));
                let text = at.map_or_else(|| format!("{count} {unit} from 1970"), |at| at.to_string());
                if aware { text } else { text.trim_end_matches('Z').to_owned() }
            };
            let counts = column.cast(&DataType::Int64)?;
            counts.i64()?.iter().map(|count| or_empty(count.map(text))).collect()
        }
        DataType::Float32 => {
            column.f32()?.iter().map(|value| or_empty(value.map(|value| value.to_string()))).collect()
        }
        DataType::Float64 => {
            column.f64()?.iter().map(|value| or_empty(value.map(|value| value.to_string()))).collect()
        }
        DataType::UInt64 => {
            column.u64()?.iter().map(|value| or_empty(value.map(|value| value.to_string()))).collect()
        }
        DataType::Int32 | DataType::Int64 | DataType::UInt32 => {
            let counts = column.cast(&DataType::Int64)?;
            counts.i64()?.iter().map(|value| or_empty(value.map(|value| value.to_string()))).collect()
        }
        _ => return Ok(None),
    };
    Ok(Some(cells))
}
