//! Whether a Parquet file can be what it says, before the reader makes room for it: a request for more memory than
//! there is ends the program, and no message.

use std::io::Cursor;

use polars::prelude::{PolarsError, PolarsResult};
use polars_parquet::parquet::compression::DecompressionContext;
use polars_parquet::read::{ColumnChunkMetadata, Page, PageReader, decompress, read_metadata};
use polars_parquet::write::CompressedPage;

/// More rows than a byte of a file of prices can stand for: of evenly spaced times some twenty do.
const ROWS_PER_BYTE: usize = 64;

/// Rows that any file may have.
const FEW_ROWS: usize = 1 << 20;

/// The most a page may unpack to: far more than writers take for one, or what packing can save.
const LARGEST_PAGE: usize = 16 << 20;
const MOST_SAVED: usize = 1100;

/// Checks every count of rows, values and bytes outside the packed pages against the others and the file's size.
///
/// # Errors
/// Where one cannot be true.
pub(super) fn parquet(bytes: &[u8]) -> PolarsResult<()> {
    let metadata = read_metadata(&mut Cursor::new(bytes))?;
    let most = bytes.len().saturating_mul(ROWS_PER_BYTE).max(FEW_ROWS);
    let mut rows = 0_usize;
    for group in &metadata.row_groups {
        rows = rows.saturating_add(group.num_rows());
        for column in group.parquet_columns() {
            if usize::try_from(column.num_values()) != Ok(group.num_rows()) || rows > most {
                return Err(impossible("counts of rows"));
            }
            pages(bytes, column)?;
        }
    }
    if metadata.num_rows == rows { Ok(()) } else { Err(impossible("counts of rows")) }
}

fn pages(bytes: &[u8], column: &ColumnChunkMetadata) -> PolarsResult<()> {
    let range = column.byte_range();
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    let chunk =
        bytes.get(place(range.start)..place(range.end)).ok_or_else(|| impossible("places of columns"))?;
    let mut values = 0_usize;
    for page in PageReader::new(Cursor::new(chunk.to_vec().into()), column, Vec::new(), bytes.len()) {
        let size = match page.map_err(PolarsError::from)? {
            CompressedPage::Data(page) => {
                values = values.saturating_add(page.num_values());
                page.uncompressed_size()
            }
            // Its count of values shows only once it is unpacked; each takes a byte at least.
            page @ CompressedPage::Dict(_) => {
                match decompress(page, &mut Vec::new(), &mut DecompressionContext::Unset)
                    .map_err(PolarsError::from)?
                {
                    Page::Dict(page) if page.num_values > page.buffer.len() => {
                        return Err(impossible("counts of distinct values"));
                    }
                    _ => 0,
                }
            }
        };
        if size > chunk.len().saturating_mul(MOST_SAVED).max(LARGEST_PAGE) {
            return Err(impossible("sizes of pages"));
        }
    }
    if i64::try_from(values) == Ok(column.num_values()) {
        Ok(())
    } else {
        Err(impossible("counts of values"))
    }
}

fn impossible(what: &str) -> PolarsError {
    PolarsError::ComputeError(format!("its {what} cannot be true").into())
}
