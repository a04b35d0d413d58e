//! What stands in a column of the file.

use std::ops::Range;

use polars::prelude::{ArrowField, CompatLevel, DataType, PlSmallStr, PolarsError, PolarsResult, TimeUnit};
use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::page::{DataPage, DataPageHeader, DataPageHeaderV1};
use polars_parquet::write::{
    CompressedPage, CompressionOptions, Descriptor, Encoding, Page, ParquetType, StatisticsOptions, Version,
    WriteOptions, compress,
};
use rayon::prelude::*;

use super::packed::packed;
use crate::market::series::Field;

/// The most decimals that whole numbers stand for.
const MOST_PLACES: u8 = 8;

/// Rows that are looked at at once.
const PIECE: usize = 1 << 12;

/// Added and taken away again, it leaves a number below 2^51 rounded to a whole one.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// Numbers below are rounded so, and whole ones are exact as floats.
const LARGE: f64 = 2_251_799_813_685_248.0;

/// A column under its name in the file.
pub(super) struct Column<'a> {
    name: String,
    values: Values<'a>,
}

/// The values of all rows.
pub(super) enum Values<'a> {
    /// Microseconds since 1970 UTC.
    Times(&'a [i64]),
    /// From the first to the second instant, in microseconds.
    Distances(&'a [i64], &'a [i64]),
    /// Floats that are whole numbers over this power of ten.
    Decimals(&'a [f64], f64),
    /// Other floats.
    Floats(&'a [f64]),
}

impl<'a> Column<'a> {
    pub(super) fn new(name: &str, values: Values<'a>) -> Self {
        Self { name: name.to_owned(), values }
    }

    /// Prices or volumes in the shortest form that gives them back to the last bit.
    pub(super) fn of_numbers(field: Field, values: &'a [f64]) -> Self {
        let name = field.name();
        match (0..=MOST_PLACES).find(|places| are_whole(values, power(*places))) {
            Some(places) => Self::new(&format!("{name}*1e{places}"), Values::Decimals(values, power(places))),
            None => Self::new(name, Values::Floats(values)),
        }
    }

    pub(super) fn field(&self) -> ArrowField {
        let of = match self.values {
            Values::Times(_) => DataType::Datetime(TimeUnit::Microseconds, None),
            Values::Distances(..) | Values::Decimals(..) => DataType::Int64,
            Values::Floats(_) => DataType::Float64,
        };
        ArrowField::new(PlSmallStr::from_str(&self.name), of.to_arrow(CompatLevel::newest()), false)
    }

    /// The page of some rows. Differences between whole numbers are packed as tightly as they can be; floats, which are
    /// noise to that, are compressed in a way that costs little beside parsing text.
    pub(super) fn page(&self, rows: Range<usize>, of: &ParquetType) -> PolarsResult<CompressedPage> {
        let count = rows.len();
        let packed = match self.values {
            Values::Times(times) => packed(times[rows].iter().copied()),
            // Wrapping, so that what comes back is exact whatever the instants are.
            Values::Distances(from, to) => {
                packed(from[rows.clone()].iter().zip(&to[rows]).map(|(from, to)| to.wrapping_sub(*from)))
            }
            #[expect(clippy::cast_possible_truncation, reason = "whole, and below 2^51")]
            Values::Decimals(values, power) => {
                packed(values[rows].iter().map(|value| rounded(value * power) as i64))
            }
            Values::Floats(values) => {
                let mut plain = Vec::with_capacity(8 * count);
                values[rows].iter().for_each(|value| plain.extend_from_slice(&value.to_le_bytes()));
                return page(plain, count, of, Encoding::Plain, CompressionOptions::Lz4Raw);
            }
        };
        page(packed, count, of, Encoding::DeltaBinaryPacked, CompressionOptions::Uncompressed)
    }
}

pub(super) fn options() -> WriteOptions {
    WriteOptions {
        // Nobody searches the file by them.
        statistics: StatisticsOptions::empty(),
        version: Version::V1,
        compression: CompressionOptions::Uncompressed,
        data_page_size: None,
    }
}

fn page(
    bytes: Vec<u8>,
    rows: usize,
    of: &ParquetType,
    encoding: Encoding,
    compression: CompressionOptions,
) -> PolarsResult<CompressedPage> {
    let ParquetType::PrimitiveType(primitive_type) = of.clone() else {
        return Err(PolarsError::ComputeError("a column is no list of numbers".into()));
    };
    let header = DataPageHeader::V1(DataPageHeaderV1 {
        num_values: i32::try_from(rows).map_err(|_| PolarsError::ComputeError("too many rows".into()))?,
        encoding: encoding.into(),
        definition_level_encoding: Encoding::Rle.into(),
        repetition_level_encoding: Encoding::Rle.into(),
        statistics: None,
    });
    let descriptor = Descriptor { primitive_type, max_def_level: 0, max_rep_level: 0 };
    let page = DataPage::new(header, CowBuffer::Owned(bytes), descriptor, rows);
    Ok(compress(Page::Data(page), Vec::new(), compression)?)
}

/// The field that a column of numbers is of, and the places of its decimals where it holds whole numbers.
pub(super) fn field_of(name: &str) -> Option<(Field, Option<u8>)> {
    let (name, places) = match name.split_once("*1e") {
        Some((name, places)) => (name, Some(places.parse().ok().filter(|places| *places <= MOST_PLACES)?)),
        None => (name, None),
    };
    Field::ALL.into_iter().find(|field| field.name() == name).map(|field| (field, places))
}

/// The numbers that whole ones with so many places stand for.
pub(super) fn decimals(whole: &[i64], places: u8) -> Vec<f64> {
    let power = power(places);
    whole.iter().map(|whole| *whole as f64 / power).collect()
}

fn power(places: u8) -> f64 {
    (0..places).fold(1.0, |power, _| power * 10.0)
}

/// Rounded to a whole number where it is below [`LARGE`]; the machine has no faster way that is the same everywhere.
fn rounded(value: f64) -> f64 {
    value + ROUNDER - ROUNDER
}

/// Whether all numbers are whole ones over `power`, to the last bit.
fn are_whole(values: &[f64], power: f64) -> bool {
    let is_whole = |value: &f64| {
        let whole = rounded(value * power);
        (whole.abs() < LARGE) & ((whole / power).to_bits() == value.to_bits())
    };
    // Without an early end within a piece the machine looks at several numbers at once.
    values.par_chunks(PIECE).all(|piece| piece.iter().fold(true, |all, value| all & is_whole(value)))
}
