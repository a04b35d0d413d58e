//! Rows from all over a file, from which is decided how it is read.

use super::super::table::Table;
use super::PIECE;

/// Smaller files are read the thorough way in no time.
const LEAST: usize = 1 << 18;

/// So many bytes of the beginning are looked at, and so many rows spread over the rest.
const HEAD: usize = 1 << 15;
const ROWS: usize = 200;

/// The beginning of a file, rows from all over it, and its last row, as a table; and all rows as text.
pub(in super::super) struct Sample<'a> {
    /// The rows that are looked at. Lines of those behind the beginning are not those of the file.
    pub(in super::super) table: Table,
    /// Every row, from below the header on, without line ends after the last.
    pub(super) body: &'a str,
    /// The size of the pieces it is read in.
    pub(super) piece: usize,
}

impl<'a> Sample<'a> {
    /// `None` where the file is small, or something is unusual already.
    pub(in super::super) fn of(file: &str, text: &'a str) -> Option<Self> {
        if text.len() < LEAST { None } else { Self::sized(file, text, HEAD, PIECE) }
    }

    /// A sample whose beginning has at least `head` bytes.
    pub(super) fn sized(file: &str, text: &'a str, head: usize, piece: usize) -> Option<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = text.trim_end_matches(['\r', '\n']);
        let bytes = text.as_bytes();
        let line_end =
            |from: usize| bytes.get(from..)?.iter().position(|&byte| byte == b'\n').map(|at| from + at);
        let from = line_end(head).map_or(bytes.len(), |end| end + 1);
        let head = 0..from;
        let mut lines = Vec::from([head]);
        let step = ((bytes.len() - from) / ROWS).max(1);
        for target in (from..bytes.len()).step_by(step) {
            let taken = lines.last().map_or(0, |line| line.end);
            let line = line_end(target.max(taken) - 1).and_then(|end| Some(end + 1..line_end(end + 1)? + 1));
            let Some(line) = line else { break };
            lines.push(line);
        }
        let last = text.rfind('\n')? + 1;
        if last >= lines.last()?.end {
            lines.push(last..bytes.len());
        }
        let chosen: String = lines.into_iter().filter_map(|line| text.get(line)).collect();
        if chosen.contains('"') {
            return None;
        }
        let table = Table::read(file, &chosen).ok()?;
        let above = table.first_row().line - 1;
        let start = match above.checked_sub(1) {
            None => 0,
            Some(ends) => text.match_indices('\n').nth(ends)?.0 + 1,
        };
        Some(Self { table, body: &text[start..], piece })
    }
}
