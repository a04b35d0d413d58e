//! `equity.parquet`: the curves of chosen combinations, a few row groups in memory at a time.

use std::ops::Range;

use polars::prelude::{
    Column, DataFrame, DataType, Float64Chunked, Int64Chunked, IntoColumn, ParquetWriter, PolarsResult,
    TimeUnit,
};
use rayon::prelude::*;

use super::tables::drawdowns;
use crate::backtest::simulator::Ledger;
use crate::backtest::single::Setup;
use crate::base::diagnostic::{Diagnostic, Result};

/// Rows of a group at least, where the table has so many; at most twice as many.
const GROUP: usize = 1 << 18;

/// The account under one combination, and the market it is on.
#[derive(Debug, Clone, Copy)]
pub struct Curve<'a> {
    /// The combination's number.
    pub number: u64,
    /// Its strategy on its bars.
    pub setup: &'a Setup<'a>,
    /// What it did there.
    pub ledger: &'a Ledger,
}

impl Curve<'_> {
    /// Its rows: the base and its bars.
    fn len(&self) -> usize {
        self.ledger.equity.len() + 1
    }
}

/// `equity.parquet` of a sweep: the curves of chosen combinations, one below the other, base row first.
///
/// # Errors
/// Where the table cannot be encoded.
pub fn curves(curves: &[Curve<'_>]) -> Result<Vec<u8>> {
    write(curves).map_err(|error| Diagnostic::new(format!("a table cannot be written: {error}")).into())
}

fn write(curves: &[Curve<'_>]) -> PolarsResult<Vec<u8>> {
    let pieces = pieces(curves);
    let mut bytes = Vec::new();
    let writer = ParquetWriter::new(&mut bytes).batched(frame(&[])?.schema())?;
    let encode = |pieces: &[Vec<Piece<'_>>]| {
        let group = |piece: &Vec<Piece<'_>>| {
            writer.encode_and_compress(&frame(piece)?).collect::<PolarsResult<Vec<_>>>()
        };
        pieces.par_iter().map(group).collect::<PolarsResult<Vec<_>>>()
    };
    let mut ready = Vec::new();
    for some in pieces.chunks(rayon::current_num_threads().max(1)) {
        let write = || ready.into_iter().try_for_each(|groups| writer.write_row_groups(groups));
        let (written, encoded) = rayon::join(write, || encode(some));
        written?;
        ready = encoded?;
    }
    ready.into_iter().try_for_each(|groups| writer.write_row_groups(groups))?;
    writer.finish()?;
    drop(writer);
    Ok(bytes)
}

/// Rows of one curve: the first is its base, the others its bars.
struct Piece<'a> {
    curve: Curve<'a>,
    rows: Range<usize>,
    /// The highest equity before these rows, the capital included.
    peak: f64,
}

impl Piece<'_> {
    /// The piece's bars, without the base.
    fn bars(&self) -> Range<usize> {
        self.rows.start.max(1) - 1..self.rows.end - 1
    }

    /// The value of the base, where it is among the rows, before those of the bars.
    fn with_base<T: Copy>(&self, base: T, bars: &[T], column: &mut Vec<T>) {
        column.extend((self.rows.start == 0).then_some(base));
        column.extend_from_slice(bars);
    }
}

/// What stands in each row group.
fn pieces<'a>(curves: &[Curve<'a>]) -> Vec<Vec<Piece<'a>>> {
    let (mut left, mut from, mut peak) = (curves, 0, 0.0);
    let pieces = groups(curves.iter().map(Curve::len).sum()).into_iter().map(|group| {
        let (mut pieces, mut wanted) = (Vec::new(), group.len());
        while let Some((&curve, later)) = left.split_first()
            && wanted > 0
        {
            if from == 0 {
                peak = curve.setup.capital;
            }
            let piece = Piece { curve, rows: from..curve.len().min(from + wanted), peak };
            wanted -= piece.rows.len();
            from = piece.rows.end;
            peak = curve.ledger.equity[piece.bars()].iter().copied().fold(peak, f64::max);
            pieces.push(piece);
            if from == curve.len() {
                (left, from) = (later, 0);
            }
        }
        pieces
    });
    pieces.collect()
}

/// The rows of each group: equally many, the rest in the last.
fn groups(rows: usize) -> Vec<Range<usize>> {
    let count = (rows / GROUP).max(1);
    let each = rows / count;
    let end = |group: usize| if group + 1 == count { rows } else { (group + 1) * each };
    (0..count).map(|group| group * each..end(group)).filter(|group| !group.is_empty()).collect()
}

/// A row group as a table.
fn frame(pieces: &[Piece<'_>]) -> PolarsResult<DataFrame> {
    let rows = pieces.iter().map(|piece| piece.rows.len()).sum();
    let (mut numbers, mut times) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let column = || Vec::with_capacity(rows);
    let (mut equity, mut falls, mut positions) = (column(), column(), column());
    for piece in pieces {
        let (Curve { number, setup, ledger }, bars) = (piece.curve, piece.bars());
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        numbers.resize(numbers.len() + piece.rows.len(), number);
        piece.with_base(setup.opens_at(), &setup.known_at()[bars.clone()], &mut times);
        piece.with_base(setup.capital, &ledger.equity[bars.clone()], &mut equity);
        piece.with_base(0.0, &drawdowns(piece.peak, &ledger.equity[bars.clone()]), &mut falls);
        piece.with_base(0.0, &ledger.position[bars], &mut positions);
    }
    let times = integers("time", times).cast(&DataType::Datetime(TimeUnit::Microseconds, None))?;
    let columns = vec![
        integers("combination", numbers),
        times,
        floats("equity", equity),
        floats("drawdown", falls),
        floats("position", positions),
    ];
    DataFrame::new(rows, columns)
}

fn integers(name: &str, values: Vec<i64>) -> Column {
    Int64Chunked::from_vec(name.into(), values).into_column()
}

fn floats(name: &str, values: Vec<f64>) -> Column {
    Float64Chunked::from_vec(name.into(), values).into_column()
}
