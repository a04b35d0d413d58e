//! A series' rows as a Parquet file and back, to the last bit.

mod columns;
mod packed;

use std::io::{Cursor, Write};
use std::iter::once;

use polars::prelude::{
    ArrowSchema, DataFrame, DataType, Float64Chunked, Int64Chunked, ParquetReader, PolarsError, PolarsResult,
    SerReader,
};
use polars_parquet::parquet::fallible_streaming_iterator::convert;
use polars_parquet::write::{CompressedPage, DynIter, DynStreamingIterator, FileWriter};
use rayon::prelude::*;

use crate::market::series::{Field, Rows, RowsView};
use columns::{Column, Values};

/// Rows of a row group, of which each column is encoded on its own.
const GROUP: usize = 1 << 18;

/// Writes the rows as a Parquet file: labels in microseconds UTC, from them to the opening and from there to the
/// instant at which the bar was known in microseconds, which are nearly always the same few numbers; columns without
/// values left out.
///
/// Prices and volumes of few decimals are kept as whole numbers, in a column `close*1e2` for closes in cents: their
/// differences take a few bits, where the floats they are read back to look like noise. Others stay floats.
pub(super) fn encode(rows: RowsView<'_>, to: &mut impl Write) -> PolarsResult<()> {
    let columns = columns_of(rows);
    let schema: ArrowSchema = columns.iter().map(Column::field).collect();
    let mut file = FileWriter::try_new(to, schema, columns::options())?;
    let types = file.parquet_schema().fields().to_vec();
    let length = rows.close.len();
    for start in (0..length).step_by(GROUP) {
        let range = start..length.min(start + GROUP);
        let pages: Vec<CompressedPage> = columns
            .par_iter()
            .zip(&types)
            .map(|(column, of)| column.page(range.clone(), of))
            .collect::<PolarsResult<_>>()?;
        let group =
            pages.iter().map(|page| Ok(DynStreamingIterator::new(convert(once(page).map(PolarsResult::Ok)))));
        file.write(range.len() as u64, DynIter::new(group))?;
    }
    file.end(None)?;
    Ok(())
}

fn columns_of(rows: RowsView<'_>) -> Vec<Column<'_>> {
    let mut columns = vec![
        Column::new("label", Values::Times(rows.labels)),
        Column::new("opens_after", Values::Distances(rows.labels, rows.opens_at)),
        Column::new("known_after", Values::Distances(rows.opens_at, rows.known_at)),
    ];
    let prices = [
        (Field::Open, rows.open),
        (Field::High, rows.high),
        (Field::Low, rows.low),
        (Field::Close, rows.close),
        (Field::Volume, rows.volume),
    ];
    let there = prices.into_par_iter().filter(|(_, values)| !values.is_empty());
    columns.par_extend(there.map(|(field, values)| Column::of_numbers(field, values)));
    columns
}

/// The rows of a file that [`encode`] wrote, or that has both instants of each bar or floats alone instead; of prices
/// and volumes only `fields`, the close always.
pub(super) fn decode(bytes: Vec<u8>, fields: &[Field]) -> PolarsResult<Rows> {
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let schema = reader.schema()?;
    let is_wanted = |name: &str| match columns::field_of(name) {
        Some((field, _)) => field == Field::Close || fields.contains(&field),
        None => ["label", "opens_at", "known_at", "opens_after", "known_after"].contains(&name),
    };
    let mut columns: Vec<String> =
        schema.iter_names().map(|name| name.to_string()).filter(|name| is_wanted(name)).collect();
    columns.sort_unstable();
    let frame = reader.with_columns(Some(columns)).finish()?;
    let labels = times(&frame, "label")?;
    let opens_at = times(&frame, "opens_at").or_else(|_| after(&labels, &frame, "opens_after"))?;
    let known_at = times(&frame, "known_at").or_else(|_| after(&opens_at, &frame, "known_after"))?;
    let mut rows = Rows { labels, opens_at, known_at, ..Rows::default() };
    for column in frame.columns() {
        let Some((field, places)) = columns::field_of(column.name()) else { continue };
        let values = match places {
            None => floats(column.f64()?)?,
            Some(places) => columns::decimals(&whole(column.i64()?)?, places),
        };
        *match field {
            Field::Open => &mut rows.open,
            Field::High => &mut rows.high,
            Field::Low => &mut rows.low,
            Field::Close => &mut rows.close,
            Field::Volume => &mut rows.volume,
        } = values;
    }
    Ok(rows)
}

fn times(frame: &DataFrame, name: &str) -> PolarsResult<Vec<i64>> {
    let column = frame.column(name)?.cast(&DataType::Int64)?;
    whole(column.i64()?)
}

/// Instants that are so far after `starts` as the column `name` says.
fn after(starts: &[i64], frame: &DataFrame, name: &str) -> PolarsResult<Vec<i64>> {
    let mut instants = whole(frame.column(name)?.i64()?)?;
    for (instant, start) in instants.iter_mut().zip(starts) {
        *instant = start.wrapping_add(*instant);
    }
    Ok(instants)
}

fn whole(column: &Int64Chunked) -> PolarsResult<Vec<i64>> {
    check_known(column.null_count())?;
    let mut values = Vec::with_capacity(column.len());
    for chunk in column.downcast_iter() {
        values.extend_from_slice(chunk.values());
    }
    Ok(values)
}

fn floats(column: &Float64Chunked) -> PolarsResult<Vec<f64>> {
    check_known(column.null_count())?;
    let mut values = Vec::with_capacity(column.len());
    for chunk in column.downcast_iter() {
        values.extend_from_slice(chunk.values());
    }
    Ok(values)
}

/// No value is ever missing in what [`encode`] writes.
fn check_known(missing: usize) -> PolarsResult<()> {
    if missing == 0 { Ok(()) } else { Err(PolarsError::ComputeError("a value is missing".into())) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

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

    #[test]
    fn numbers_of_few_decimals_are_kept_as_whole_ones() {
        let rows = Rows {
            labels: vec![0, 1, 2],
            opens_at: vec![0, 1, 2],
            known_at: vec![1, 2, 3],
            open: vec![0.1 + 0.2, 1.0, 2.0],
            high: vec![1.25, 1e9 + 0.01, 2.5],
            close: vec![-0.5, 0.000_123_45, 12.0],
            volume: vec![0.0, 123_456_789_012.0, 1.0],
            ..Rows::default()
        };
        let mut bytes = Vec::new();
        encode(rows.first(3), &mut bytes).unwrap();
        let names = ParquetReader::new(Cursor::new(bytes.clone())).schema().unwrap();
        let names: Vec<&str> = names.iter_names().map(|name| name.as_str()).collect();
        assert_eq!(
            names,
            ["label", "opens_after", "known_after", "open", "high*1e2", "close*1e8", "volume*1e0"]
        );
        assert_eq!(decode(bytes, &Field::ALL).unwrap(), rows);
    }

    #[test]
    fn files_written_before_are_read() {
        use polars::prelude::{
            Column, DataFrame, IntoColumn, NewChunkedArray, ParquetCompression, ParquetWriter, PlSmallStr,
            TimeUnit,
        };
        let whole = |name: &'static str, values: &[i64]| {
            Int64Chunked::from_slice(PlSmallStr::from_static(name), values).into_column()
        };
        let label =
            whole("label", &[-5, 0, 7]).cast(&DataType::Datetime(TimeUnit::Microseconds, None)).unwrap();
        let close =
            Float64Chunked::from_slice(PlSmallStr::from_static("close"), &[0.1, 0.25, -0.0]).into_column();
        let read = |times: [Column; 2]| {
            let [opens, known] = times;
            let mut frame = DataFrame::new(3, vec![label.clone(), opens, known, close.clone()]).unwrap();
            let mut bytes = Vec::new();
            ParquetWriter::new(&mut bytes)
                .with_compression(ParquetCompression::Lz4Raw)
                .finish(&mut frame)
                .unwrap();
            decode(bytes, &Field::ALL).unwrap()
        };
        let expected = Rows {
            labels: vec![-5, 0, 7],
            opens_at: vec![-4, 1, 8],
            known_at: vec![0, 6, 10],
            close: vec![0.1, 0.25, -0.0],
            ..Rows::default()
        };
        assert_eq!(read([whole("opens_at", &[-4, 1, 8]), whole("known_at", &[0, 6, 10])]), expected);
        assert_eq!(read([whole("opens_after", &[1; 3]), whole("known_after", &[4, 5, 2])]), expected);
    }

    #[test]
    fn many_rows_come_back_and_threads_change_no_byte() {
        let length = i64::try_from(2 * GROUP + 77).unwrap();
        let price = |row: i64| (100_000 + row * 7919 % 5003) as f64 / 1e3;
        let rows = Rows {
            labels: (0..length).map(|row| row * 60_000_000).collect(),
            opens_at: (0..length).map(|row| row * 60_000_000).collect(),
            known_at: (1..=length).map(|row| row * 60_000_000).collect(),
            low: (0..length).map(|row| (price(row)).sqrt()).collect(),
            close: (0..length).map(price).collect(),
            ..Rows::default()
        };
        let bytes = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut bytes = Vec::new();
            pool.install(|| encode(rows.first(rows.close.len()), &mut bytes)).unwrap();
            bytes
        };
        let one = bytes(1);
        assert!(one == bytes(3));
        assert!(decode(one, &Field::ALL).unwrap() == rows);
    }

    proptest! {
        #[test]
        fn whatever_the_numbers_are_they_come_back(
            close in prop_oneof![
                prop::collection::vec(any::<f64>(), 1..400),
                prop::collection::vec((any::<i32>(), 0..10_i32).prop_map(|(whole, places)| f64::from(whole) / 10_f64.powi(places)), 1..400),
                prop::collection::vec((any::<i64>(), -20..20_i32).prop_map(|(whole, places)| whole as f64 / 10_f64.powi(places)), 1..400),
            ],
            times in any::<[i64; 3]>(),
        ) {
            let times = |at: usize| vec![times[at]; close.len()];
            let rows = Rows { labels: times(0), opens_at: times(1), known_at: times(2), close, ..Rows::default() };
            let mut bytes = Vec::new();
            encode(rows.first(rows.close.len()), &mut bytes).unwrap();
            let back = decode(bytes, &[]).unwrap();
            let bits = |rows: &Rows| rows.close.iter().map(|price| price.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&back), bits(&rows));
            prop_assert_eq!((back.labels, back.opens_at, back.known_at), (rows.labels, rows.opens_at, rows.known_at));
        }
    }
}
