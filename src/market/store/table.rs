//! A vendor's file as text cells: the lines before the header, the header, and rows with their line numbers.

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::base::diagnostic::{Diagnostic, Result};

/// One row of a file.
pub(super) struct Row {
    /// Line in the file, from 1.
    pub(super) line: usize,
    cells: StringRecord,
}

impl Row {
    /// The text of column `index`, without blanks around it; empty where the row is too short.
    pub(super) fn cell(&self, index: usize) -> &str {
        self.cells.get(index).unwrap_or("")
    }

    /// How many fields the row has.
    pub(super) fn width(&self) -> usize {
        self.cells.len()
    }
}

/// A file cut into cells; nothing is interpreted yet.
pub(super) struct Table {
    /// The lines before the header: comments, an address, blank lines.
    pub(super) preamble: Vec<String>,
    /// The names of the columns as they are written.
    pub(super) header: Vec<String>,
    /// The rows in file order. Blank lines are no rows.
    pub(super) rows: Vec<Row>,
}

impl Table {
    /// Cuts `text` at its commas and line ends. CRLF, a byte order mark and a missing last newline are fine.
    ///
    /// # Errors
    /// Where there is no header, or quotes cannot be read.
    pub(super) fn read(file: &str, text: &str) -> Result<Self> {
        Self::read_some(file, text, usize::MAX)
    }

    /// As [`Table::read`], but of the rows only the first.
    ///
    /// # Errors
    /// As [`Table::read`], as far as the first row goes.
    pub(super) fn top(file: &str, text: &str) -> Result<Self> {
        Self::read_some(file, text, 1)
    }

    fn read_some(file: &str, text: &str, most: usize) -> Result<Self> {
        let (preamble, body) = split_preamble(text);
        let mut records = Records::new(body, preamble.len() + 1);
        let Some(header) = records.next_row(file)? else {
            return Err(Diagnostic::new(format!("{file}: the file is empty"))
                .hint("a price file has a line with the names of its columns, then one line per bar")
                .into());
        };
        let mut rows = Vec::new();
        while rows.len() < most
            && let Some(row) = records.next_row(file)?
        {
            rows.push(row);
        }
        if rows.is_empty() {
            return Err(Diagnostic::new(format!("{file}: the file has a header and no rows"))
                .hint("download it again: the vendor sent no data for this symbol or period")
                .into());
        }
        Ok(Self { preamble, header: header.cells.iter().map(str::to_owned).collect(), rows })
    }
}

/// Comments and addresses that some vendors put above the header.
fn split_preamble(text: &str) -> (Vec<String>, &str) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let trimmed = line.trim();
        if !(trimmed.is_empty() || trimmed.starts_with('#') || trimmed.starts_with("http")) {
            break;
        }
        lines.push(trimmed.to_owned());
        rest = after;
    }
    (lines, rest)
}

/// The text below the header, where the header is one line.
pub(super) fn below_header(text: &str) -> &str {
    split_preamble(text).1.split_once('\n').map_or("", |(_, below)| below)
}

/// Rows with the lines they stand on. The reader's own line count does not know of skipped blank lines, so the
/// newlines before each row's first byte are counted here.
struct Records<'a> {
    reader: csv::Reader<&'a [u8]>,
    body: &'a str,
    counted: usize,
    line: usize,
}

impl<'a> Records<'a> {
    fn new(body: &'a str, first_line: usize) -> Self {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(body.as_bytes());
        Self { reader, body, counted: 0, line: first_line }
    }

    fn next_row(&mut self, file: &str) -> Result<Option<Row>> {
        let mut cells = StringRecord::new();
        let more = self
            .reader
            .read_record(&mut cells)
            .map_err(|error| Diagnostic::new(format!("{file}: the rows cannot be read: {error}")))?;
        if !more {
            return Ok(None);
        }
        let byte = cells.position().map_or(0, csv::Position::byte);
        let mut start = usize::try_from(byte).unwrap_or(self.counted).clamp(self.counted, self.body.len());
        while self.body.as_bytes().get(start).is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            start += 1;
        }
        self.line += self.body.get(self.counted..start).map_or(0, |passed| passed.matches('\n').count());
        self.counted = start;
        Ok(Some(Row { line: self.line, cells }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn lines(text: &str) -> Vec<(usize, String)> {
        let table = Table::read("x.csv", text).unwrap();
        table.rows.iter().map(|row| (row.line, row.cell(0).to_owned())).collect()
    }

    #[test]
    fn line_numbers_hold_through_blank_lines_line_ends_and_comments() {
        let expected = [(2, "1".to_owned()), (3, "2".to_owned()), (5, "3".to_owned())];
        assert_eq!(lines("a,b\n1,x\n2,x\n\n3,x\n"), expected);
        assert_eq!(lines("a,b\r\n1,x\r\n2,x\r\n\r\n3,x"), expected);
        assert_eq!(lines("\u{feff}a,b\n1,x\r\n2,x\n\r\n3,x\r\n\r\n"), expected);
        assert_eq!(lines("# a comment\n\nhttps://example.org\na,b\n1,x\n"), [(5, "1".to_owned())]);
    }

    #[test]
    fn quotes_and_blanks_around_cells_go() {
        let table = Table::read("x.csv", "\"Date\", Close \n\"2024-01-02\", 1.5\n").unwrap();
        assert_eq!(table.header, ["Date", "Close"]);
        assert_eq!(
            (table.rows[0].cell(0), table.rows[0].cell(1), table.rows[0].cell(7)),
            ("2024-01-02", "1.5", "")
        );
    }

    #[test]
    fn a_file_without_rows_says_so() {
        let title =
            |text: &str| Table::read("x.csv", text).err().unwrap().diagnostics()[0].title().to_owned();
        assert_eq!(title(""), "x.csv: the file is empty");
        assert_eq!(title("# only a comment\n"), "x.csv: the file is empty");
        assert_eq!(title("Date,Close\n\n"), "x.csv: the file has a header and no rows");
    }
}
