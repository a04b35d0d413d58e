//! Whether a table that a program wrote can be what it says, before the reader makes room for it: a request for more
//! memory than there is ends the program, and no message.

use std::collections::{BTreeMap, HashSet};
use std::io::Cursor;

use polars::prelude::{PolarsError, PolarsResult};
use polars_arrow::io::ipc::format::ipc::planus::ReadAsRoot;
use polars_arrow::io::ipc::format::ipc::{Block, MessageHeaderRef, MessageRef, RecordBatchRef};
use polars_arrow::io::ipc::read::read_file_metadata;
use polars_parquet::parquet::compression::DecompressionContext;
use polars_parquet::parquet::schema::types::PhysicalType;
use polars_parquet::read::{ColumnChunkMetadata, FileMetadata, Page, PageReader, decompress, read_metadata};
use polars_parquet::write::CompressedPage;
use polars_parquet_format::PageHeader;
use polars_parquet_format::thrift::protocol::TCompactInputProtocol;

use super::super::limits::{self, MOST_ROWS};

/// More rows than a byte of a file of prices can stand for: of evenly spaced times some twenty do.
const ROWS_PER_BYTE: usize = 64;

/// Rows that any file may have.
const FEW_ROWS: usize = 1 << 20;

/// More bytes than a value takes in pages that are unpacked: a number with its place in a dictionary, and a text.
const BYTES_PER_NUMBER: u64 = 24;
const BYTES_PER_TEXT: u64 = 256;

/// The pages of a column of few rows.
const FEW_BYTES: u64 = 1 << 20;

/// What is found of a file before it is read.
pub(super) enum Sound {
    /// It can be read but for these columns, which unpack to far more than prices take.
    But(HashSet<String>),
    /// All of it together unpacks to more than this.
    TooLarge(u64),
}

/// Checks every count of rows, values and bytes outside the packed pages against the others and the file's size. Pages
/// of columns that are too large are not unpacked.
///
/// # Errors
/// Where a count cannot be true.
pub(super) fn parquet(bytes: &[u8]) -> PolarsResult<Sound> {
    let metadata = read_metadata(&mut Cursor::new(bytes))?;
    let most = bytes.len().saturating_mul(ROWS_PER_BYTE).clamp(FEW_ROWS, MOST_ROWS);
    let mut sizes = BTreeMap::new();
    let mut rows = 0_usize;
    for group in &metadata.row_groups {
        rows = rows.saturating_add(group.num_rows());
        for column in group.parquet_columns() {
            if usize::try_from(column.num_values()) != Ok(group.num_rows()) || rows > most {
                return Err(impossible("counts of rows"));
            }
            let size = unpacked_size(chunk(bytes, column)?, column)?;
            let (all, _) = sizes.entry(root(column)).or_insert((0_u64, column.physical_type()));
            *all = all.saturating_add(size);
        }
    }
    if metadata.num_rows != rows {
        return Err(impossible("counts of rows"));
    }
    let (mut large, mut all) = (HashSet::new(), 0_u64);
    for (name, (size, kind)) in sizes {
        let per_row = match kind {
            PhysicalType::ByteArray | PhysicalType::FixedLenByteArray(_) => BYTES_PER_TEXT,
            _ => BYTES_PER_NUMBER,
        };
        if size > per_row.saturating_mul(rows as u64).saturating_add(FEW_BYTES) {
            large.insert(name);
        } else {
            all = all.saturating_add(size);
        }
    }
    let largest = limits::unpacked(bytes.len());
    if all > largest {
        return Ok(Sound::TooLarge(largest));
    }
    dictionaries(bytes, &metadata, &large)?;
    Ok(Sound::But(large))
}

/// The name of the column as the reader calls it; of one with parts, that of the whole.
fn root(column: &ColumnChunkMetadata) -> String {
    column.descriptor().path_in_schema.first().map(ToString::to_string).unwrap_or_default()
}

fn chunk<'b>(bytes: &'b [u8], column: &ColumnChunkMetadata) -> PolarsResult<&'b [u8]> {
    let range = column.byte_range();
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    bytes.get(place(range.start)..place(range.end)).ok_or_else(|| impossible("places of columns"))
}

fn pages(chunk: &[u8], column: &ColumnChunkMetadata) -> PageReader {
    PageReader::new(Cursor::new(chunk.to_vec().into()), column, Vec::new(), chunk.len())
}

/// Bytes of all pages of a column once they are unpacked, as their headers tell.
fn unpacked_size(chunk: &[u8], column: &ColumnChunkMetadata) -> PolarsResult<u64> {
    let (mut values, mut size) = (0_usize, 0_u64);
    for (number, page) in pages(chunk, column).enumerate() {
        size = size.saturating_add(match page.map_err(PolarsError::from)? {
            CompressedPage::Data(page) => {
                values = values.saturating_add(page.num_values());
                page.uncompressed_size() as u64
            }
            // Only a header that is read here tells the size of a dictionary, which stands first.
            CompressedPage::Dict(_) if number == 0 => {
                let mut start = Cursor::new(chunk);
                let header = PageHeader::read_from_in_protocol(&mut TCompactInputProtocol::new(
                    &mut start,
                    chunk.len(),
                ));
                let header = header.map_err(|_| impossible("sizes of pages"))?;
                u64::try_from(header.uncompressed_page_size).map_err(|_| impossible("sizes of pages"))?
            }
            CompressedPage::Dict(_) => return Err(impossible("places of pages")),
        });
    }
    if i64::try_from(values) == Ok(column.num_values()) {
        Ok(size)
    } else {
        Err(impossible("counts of values"))
    }
}

/// Checks the counts of distinct values, which show only once they are unpacked; each takes a byte at least.
fn dictionaries(bytes: &[u8], metadata: &FileMetadata, large: &HashSet<String>) -> PolarsResult<()> {
    let columns = metadata.row_groups.iter().flat_map(|group| group.parquet_columns());
    for column in columns.filter(|column| !large.contains(&root(column))) {
        let Some(first) = pages(chunk(bytes, column)?, column).next() else { continue };
        let page @ CompressedPage::Dict(_) = first.map_err(PolarsError::from)? else { continue };
        let page = decompress(page, &mut Vec::new(), &mut DecompressionContext::Unset);
        if let Page::Dict(page) = page.map_err(PolarsError::from)?
            && page.num_values > page.buffer.len()
        {
            return Err(impossible("counts of distinct values"));
        }
    }
    Ok(())
}

/// Checks the sizes of an Arrow file's buffers, packed and unpacked, against the file's size.
///
/// # Errors
/// Where one cannot be true.
pub(super) fn arrow(bytes: &[u8]) -> PolarsResult<Sound> {
    let metadata = read_file_metadata(&mut Cursor::new(bytes))?;
    let dictionaries = metadata.dictionaries.iter().flatten();
    let mut size = 0_u64;
    for block in dictionaries.chain(&metadata.blocks) {
        size =
            size.saturating_add(size_of_block(bytes, block).ok_or_else(|| impossible("sizes of buffers"))?);
    }
    let largest = limits::unpacked(bytes.len());
    Ok(if size > largest { Sound::TooLarge(largest) } else { Sound::But(HashSet::new()) })
}

/// Bytes of the buffers of a block once they are unpacked; `None` where they do not lie in the file.
fn size_of_block(bytes: &[u8], block: &Block) -> Option<u64> {
    /// What stands before the length of a message in files of today.
    const CONTINUED: [u8; 4] = [0xff; 4];
    let start = usize::try_from(block.offset).ok()?;
    let body = bytes.get(start.checked_add(usize::try_from(block.meta_data_length).ok()?)?..)?;
    let message = bytes.get(start..)?;
    let message = message.strip_prefix(&CONTINUED).unwrap_or(message);
    let (length, message) = message.split_first_chunk::<4>()?;
    let message = message.get(..usize::try_from(i32::from_le_bytes(*length)).ok()?)?;
    let message = MessageRef::read_as_root(message).ok()?;
    match message.header().ok()?? {
        MessageHeaderRef::RecordBatch(batch) => size_of_batch(body, &batch),
        MessageHeaderRef::DictionaryBatch(batch) => size_of_batch(body, &batch.data().ok()??),
        _ => None,
    }
}

fn size_of_batch(body: &[u8], batch: &RecordBatchRef<'_>) -> Option<u64> {
    let is_packed = batch.compression().ok()?.is_some();
    if usize::try_from(batch.length().ok()?).ok()? > MOST_ROWS {
        return None;
    }
    let mut size = 0_u64;
    for buffer in batch.buffers().ok()?.into_iter().flatten() {
        let (offset, length) =
            (usize::try_from(buffer.offset()).ok()?, usize::try_from(buffer.length()).ok()?);
        let buffer = body.get(offset..offset.checked_add(length)?)?;
        // A packed buffer begins with its size, or with -1 where it is not packed.
        let unpacked = match buffer.first_chunk() {
            Some(said) if is_packed && i64::from_le_bytes(*said) != -1 => {
                u64::try_from(i64::from_le_bytes(*said)).ok()?
            }
            _ => length as u64,
        };
        size = size.saturating_add(unpacked);
    }
    Some(size)
}

fn impossible(what: &str) -> PolarsError {
    PolarsError::ComputeError(format!("its {what} cannot be true").into())
}
