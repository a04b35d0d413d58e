//! A series' rows as a Parquet file and back, to the last bit.

use std::io::{Cursor, Write};

use polars::prelude::{
    Column, DataFrame, DataType, Float64Chunked, Int64Chunked, IntoColumn, NewChunkedArray,
    ParquetCompression, ParquetReader, ParquetWriter, PlSmallStr, PolarsResult, SerReader, TimeUnit,
};

use crate::market::series::{Field, Rows, RowsView};

/// Writes the rows as a Parquet file: labels in microseconds UTC, from them to the opening and from there to the
/// instant at which the bar was known in microseconds, which are nearly always the same few numbers; columns without
/// values left out. Reading and writing should cost little beside parsing text, hence LZ4.
pub(super) fn encode(rows: RowsView<'_>, to: &mut impl Write) -> PolarsResult<()> {
    let mut columns = vec![
        times("label", rows.labels)?,
        distances("opens_after", rows.labels, rows.opens_at),
        distances("known_after", rows.opens_at, rows.known_at),
    ];
    let prices = [
        ("open", rows.open),
        ("high", rows.high),
        ("low", rows.low),
        ("close", rows.close),
        ("volume", rows.volume),
    ];
    for (name, values) in prices {
        if !values.is_empty() {
            columns.push(Float64Chunked::from_slice(PlSmallStr::from_static(name), values).into_column());
        }
    }
    let mut frame = DataFrame::new(rows.close.len(), columns)?;
    ParquetWriter::new(to).with_compression(ParquetCompression::Lz4Raw).finish(&mut frame)?;
    Ok(())
}

/// The rows of a file that [`encode`] wrote, or that has both instants of each bar instead; of prices and volumes only `fields`, the close always.
pub(super) fn decode(bytes: Vec<u8>, fields: &[Field]) -> PolarsResult<Rows> {
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let schema = reader.schema()?;
    let wanted = ["label", "opens_at", "known_at", "opens_after", "known_after", "close"]
        .into_iter()
        .chain(fields.iter().map(|f| f.name()));
    let mut columns: Vec<String> = wanted.filter(|name| schema.contains(name)).map(str::to_owned).collect();
    columns.sort_unstable();
    columns.dedup();
    let frame = reader.with_columns(Some(columns)).finish()?;
    let times = |name: &str| -> PolarsResult<Vec<i64>> {
        let column = frame.column(name)?.cast(&DataType::Int64)?;
        Ok(column.i64()?.into_no_null_iter().collect())
    };
    let prices = |name: &str| -> PolarsResult<Vec<f64>> {
        match frame.column(name) {
            Ok(column) => Ok(column.f64()?.into_no_null_iter().collect()),
            Err(_) => Ok(Vec::new()),
        }
    };
    let after = |starts: &[i64], name: &str| -> PolarsResult<Vec<i64>> {
        let column = frame.column(name)?.i64()?;
        Ok(starts
            .iter()
            .zip(column.into_no_null_iter())
            .map(|(start, after)| start.wrapping_add(after))
            .collect())
    };
    let labels = times("label")?;
    let opens_at = times("opens_at").or_else(|_| after(&labels, "opens_after"))?;
    let known_at = times("known_at").or_else(|_| after(&opens_at, "known_after"))?;
    Ok(Rows {
        labels,
        opens_at,
        known_at,
        open: prices("open")?,
        high: prices("high")?,
        low: prices("low")?,
        close: prices("close")?,
        volume: prices("volume")?,
    })
}

/// Wrapping, so that what comes back is exact whatever the instants are.
fn distances(name: &'static str, from: &[i64], to: &[i64]) -> Column {
    let distances: Vec<i64> = from.iter().zip(to).map(|(from, to)| to.wrapping_sub(*from)).collect();
    Int64Chunked::from_vec(PlSmallStr::from_static(name), distances).into_column()
}

fn times(name: &'static str, micros: &[i64]) -> PolarsResult<Column> {
    let numbers = Int64Chunked::from_slice(PlSmallStr::from_static(name), micros).into_column();
    numbers.cast(&DataType::Datetime(TimeUnit::Microseconds, None))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn rows_come_back_to_the_last_bit() {
        let rows = Rows {
            labels: vec![-5, 0, 7],
            opens_at: vec![-5, 0, 7],
            known_at: vec![-1, 6, i64::MAX],
            open: vec![0.1 + 0.2, 1e-300, f64::MAX],
            close: vec![1.0 / 3.0, 2.0, -0.0],
            ..Rows::default()
        };
        let bytes = |rows: &Rows| {
            let mut bytes = Vec::new();
            encode(rows.first(rows.close.len()), &mut bytes).unwrap();
            bytes
        };
        let back = decode(bytes(&rows), &Field::ALL).unwrap();
        assert_eq!(back, rows);
        let closes = decode(bytes(&rows), &[]).unwrap();
        assert_eq!(closes, Rows { open: Vec::new(), ..rows.clone() });
        assert_eq!(back.close[2].to_bits(), (-0.0_f64).to_bits());
        assert_eq!(bytes(&back), bytes(&rows));
    }
}
