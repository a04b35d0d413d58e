//! Rows from all over a file, from which is decided how it is read.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Mutex;

use super::super::table::Table;
use super::super::unpack;
use super::PIECE;

/// Smaller files are read the thorough way in no time.
const LEAST: u64 = 1 << 18;

/// So many bytes of the beginning are looked at, and so many rows spread over the rest.
const HEAD: usize = 1 << 15;
const ROWS: u64 = 200;

/// Line ends are looked for in so many bytes at once, and not much further.
const NEAR: usize = 1 << 10;
const FAR: usize = 1 << 16;

/// A file that is left to the thorough way.
#[derive(Debug)]
pub(super) struct Doubt;

/// Where bytes are read from.
pub(super) trait Text: Read + Seek + Send {}

impl<T: Read + Seek + Send> Text for T {}

/// The beginning of a file, rows from all over it, and its last row, as a table; and where all rows are.
pub(in super::super) struct Sample<'a> {
    /// The rows that are looked at. Lines of those behind the beginning are not those of the file.
    pub(in super::super) table: Table,
    pub(super) text: Mutex<Box<dyn Text + 'a>>,
    /// Bytes of the file.
    pub(super) length: u64,
    /// Where every row is, from below the header on, without line ends after the last.
    pub(super) rows: Range<u64>,
    /// The size of the pieces it is read in.
    pub(super) piece: usize,
    /// The file is on the disk, so that who reads it must hash it too.
    pub(super) on_disk: bool,
    /// Bytes of a short row.
    short: u64,
}

impl<'a> Sample<'a> {
    /// A sample of a text in memory; `None` where it is small, or something is unusual already.
    pub(in super::super) fn of(file: &str, text: &'a str) -> Option<Self> {
        let is_large = text.len() as u64 >= LEAST;
        if is_large { Self::sized(file, text, HEAD, PIECE) } else { None }
    }

    /// A sample of a file on the disk; `None` also where it is packed or no text.
    pub(in super::super) fn of_file(name: &str, file: File) -> Option<Self> {
        // The hash is put together from several pieces.
        let length =
            file.metadata().ok().filter(|about| about.is_file() && about.len() > PIECE as u64)?.len();
        let mut start = [0; 16];
        (&file).read_exact(&mut start).ok()?;
        let sample =
            Self::over(name, Box::new(file), length, HEAD, PIECE).filter(|_| unpack::is_text(&start))?;
        Some(Self { on_disk: true, ..sample })
    }

    /// A sample whose beginning has at least `head` bytes.
    pub(super) fn sized(file: &str, text: &'a str, head: usize, piece: usize) -> Option<Self> {
        Self::over(file, Box::new(Cursor::new(text)), text.len() as u64, head, piece)
    }

    fn over(file: &str, text: Box<dyn Text + 'a>, length: u64, head: usize, piece: usize) -> Option<Self> {
        let mut lines = Lines { text, length };
        let end = lines.trimmed_end()?;
        lines.length = end;
        let start = if lines.get(0..length.min(3))? == "\u{feff}".as_bytes() { 3 } else { 0 };
        let from = lines.line_end(start + head as u64).ok()?.map_or(end, |at| at + 1);
        let mut chosen = lines.get(start..from)?;
        let mut taken = from;
        let step = usize::try_from((end - from) / ROWS).unwrap_or(usize::MAX).max(1);
        for target in (from..end).step_by(step) {
            let Some(before) = lines.line_end(target.max(taken) - 1).ok()? else { break };
            let Some(after) = lines.line_end(before + 1).ok()? else { break };
            chosen.extend(lines.get(before + 1..after + 1)?);
            taken = after + 1;
        }
        let last = lines.last_line()?;
        if last >= taken {
            chosen.extend(lines.get(last..end)?);
        }
        if chosen.contains(&b'"') {
            return None;
        }
        let chosen = String::from_utf8(chosen).ok()?;
        let table = Table::read(file, &chosen).ok()?;
        let above = match (table.first_row().line - 1).checked_sub(1) {
            None => 0,
            Some(ends) => chosen.match_indices('\n').nth(ends)?.0 as u64 + 1,
        };
        let rows = start + above..end;
        let count = table.len().max(1) as u64;
        let short = ((chosen.len() as u64).saturating_sub(above) / count * 9 / 10).max(2);
        let text = Mutex::new(lines.text);
        (rows.start <= from).then_some(Self { table, text, length, rows, piece, on_disk: false, short })
    }

    /// More rows than there hardly are.
    pub(super) fn most_rows(&self) -> usize {
        usize::try_from((self.rows.end - self.rows.start) / self.short).unwrap_or(0)
    }
}

/// The lines of a file, looked for where they are wanted. `None` where it cannot be read or lines are very long.
struct Lines<'a> {
    text: Box<dyn Text + 'a>,
    length: u64,
}

impl Lines<'_> {
    fn get(&mut self, range: Range<u64>) -> Option<Vec<u8>> {
        let length = usize::try_from(range.end.checked_sub(range.start)?).ok()?;
        let mut bytes = vec![0; length];
        self.text.seek(SeekFrom::Start(range.start)).ok()?;
        self.text.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }

    /// The first line end from `from` on, where there is one.
    fn line_end(&mut self, from: u64) -> Result<Option<u64>, Doubt> {
        for near in (from..self.length).step_by(NEAR).take(FAR / NEAR) {
            let bytes = self.get(near..self.length.min(near + NEAR as u64)).ok_or(Doubt)?;
            if let Some(at) = bytes.iter().position(|&byte| byte == b'\n') {
                return Ok(Some(near + at as u64));
            }
        }
        if self.length.saturating_sub(from) <= FAR as u64 { Ok(None) } else { Err(Doubt) }
    }

    /// The end of the last line that is not blank.
    fn trimmed_end(&mut self) -> Option<u64> {
        let from = self.length.saturating_sub(FAR as u64);
        let bytes = self.get(from..self.length)?;
        let last = bytes.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'))?;
        Some(from + last as u64 + 1)
    }

    /// The start of the last line, which has others above it.
    fn last_line(&mut self) -> Option<u64> {
        let from = self.length.saturating_sub(FAR as u64);
        let bytes = self.get(from..self.length)?;
        let end = bytes.iter().rposition(|&byte| byte == b'\n')?;
        Some(from + end as u64 + 1)
    }
}
