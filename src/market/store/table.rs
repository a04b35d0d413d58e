//! A vendor's file as text cells: the lines before the header, the header, and rows with their line numbers.

use csv::{ReaderBuilder, StringRecord, Trim};

pub(super) use super::cells::Row;
use super::cells::{Cells, TooMany};
use super::header::{self, Header};
use super::limits::{self, LONGEST_LINE, MOST_CELLS, MOST_ROWS};
use crate::base::diagnostic::{Diagnostic, Failure, Result};

/// A file cut into cells; nothing is interpreted yet.
pub(super) struct Table {
    /// The lines before the header: comments, an address, blank lines.
    pub(super) preamble: Vec<String>,
    /// The names of the columns.
    pub(super) header: Header,
    /// What stands between two cells.
    pub(super) delimiter: u8,
    cells: Cells,
    /// The first row that is not part of the header.
    first: usize,
}

impl Table {
    /// Cuts `text` at its commas (or semicolons, tabs, bars) and line ends. CRLF, a byte order mark and a missing last
    /// newline are fine.
    ///
    /// # Errors
    /// Where there is no row, the header names several markets, quotes cannot be read, or the table is too large.
    pub(super) fn read(file: &str, text: &str) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        check_lines(file, text)?;
        let (preamble, body) = split_preamble(text);
        let told = preamble.iter().find_map(|line| line.strip_prefix("sep=")?.bytes().next());
        let delimiter = told.unwrap_or_else(|| delimiter_of(body.lines().next().unwrap_or("")));
        let mut records = Records::new(body, delimiter, preamble.len() + 1);
        let mut cells = Cells::default();
        let mut record = StringRecord::new();
        while let Some(line) = records.next_row(file, &mut record)? {
            cells.push(line, record.iter()).map_err(|what| too_many(file, what))?;
        }
        Self::of(file, preamble, delimiter, cells)
    }

    /// A table whose columns have names of their own, as in Parquet. Row 1 stands on line 1. The cell of a column in a
    /// row, from 0, is what `write` adds to the text, of at most `largest` bytes.
    ///
    /// # Errors
    /// As [`Table::read`].
    pub(super) fn of_columns<C>(
        file: &str,
        (names, columns): (&[String], &[C]),
        (rows, largest): (usize, u64),
        write: impl Fn(&C, usize, &mut String),
    ) -> Result<Self> {
        let names = names.iter().map(String::as_str);
        Self::of(file, Vec::new(), b',', cells_of(file, names, columns, (rows, largest), write)?)
    }

    /// As [`Table::of_columns`], of some columns alone, by their places among those of `sample`, which tells their names
    /// and how many rows the header takes.
    ///
    /// # Errors
    /// As [`Table::read`].
    pub(super) fn of_used<C>(
        file: &str,
        (sample, used): (&Self, &[usize]),
        columns: &[C],
        (rows, largest): (usize, u64),
        write: impl Fn(&C, usize, &mut String),
    ) -> Result<Self> {
        let (names, unread): (Vec<_>, Vec<_>) = sample
            .header
            .names
            .iter()
            .cloned()
            .enumerate()
            .partition(|(at, _)| used.binary_search(at).is_ok());
        let names: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
        // A file without names has its first row there.
        let first = used.iter().map(|at| sample.cells.row(0).cell(*at));
        let cells = cells_of(file, first, columns, (rows, largest), write)?;
        let Header { bare, ref ticker, ref facts, .. } = sample.header;
        let header = Header { names, unread, bare, ticker: ticker.clone(), facts: facts.clone() };
        Ok(Self { preamble: Vec::new(), header, delimiter: b',', cells, first: sample.first })
    }

    fn of(file: &str, preamble: Vec<String>, delimiter: u8, cells: Cells) -> Result<Self> {
        if cells.len() == 0 {
            return Err(Diagnostic::new(format!("{file}: the file is empty"))
                .hint("a price file has a line with the names of its columns, then one line per bar")
                .into());
        }
        let head: Vec<Row<'_>> = (0..cells.len().min(header::ROWS)).map(|at| cells.row(at)).collect();
        let (header, first) = header::read(file, &head)?;
        if first >= cells.len() {
            return Err(Diagnostic::new(format!("{file}: the file has a header and no rows"))
                .hint("download it again: the vendor sent no data for this symbol or period")
                .into());
        }
        Ok(Self { preamble, header, delimiter, cells, first })
    }

    /// The rows in file order. Blank lines and the header are no rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> + Clone {
        (self.first..self.cells.len()).map(|at| self.cells.row(at))
    }

    /// The row number `at`, from 0.
    pub(super) fn row(&self, at: usize) -> Row<'_> {
        self.cells.row(self.first + at)
    }

    /// How many rows there are, at least 1.
    pub(super) fn len(&self) -> usize {
        self.cells.len() - self.first
    }

    /// The first row.
    pub(super) fn first_row(&self) -> Row<'_> {
        self.cells.row(self.first)
    }
}

fn cells_of<'n, C>(
    file: &str,
    names: impl Iterator<Item = &'n str>,
    columns: &[C],
    (rows, largest): (usize, u64),
    write: impl Fn(&C, usize, &mut String),
) -> Result<Cells> {
    let mut cells = Cells::default();
    let wrong = |what| too_many(file, what);
    cells.push(0, names).map_err(wrong)?;
    for at in 0..rows {
        cells.push_written(at + 1, columns.iter(), |column, text| write(column, at, text)).map_err(wrong)?;
        // A long text that stands once in the file can stand in every row.
        if cells.text_len() as u64 > largest {
            return Err(limits::unpacks_to_more(file, largest));
        }
    }
    Ok(cells)
}

fn too_many(file: &str, what: TooMany) -> Failure {
    match what {
        TooMany::Rows => limits::too_many(file, MOST_ROWS, "rows"),
        TooMany::Cells => limits::too_many(file, MOST_CELLS, "cells"),
    }
}

/// Refuses lines that no table has, before one of them is cut into cells.
fn check_lines(file: &str, text: &str) -> Result<()> {
    let mut rest = text;
    while rest.len() > LONGEST_LINE {
        // The last line end within reach; nothing is looked at twice.
        let Some(end) = rest.as_bytes()[..=LONGEST_LINE].iter().rposition(|&byte| byte == b'\n') else {
            let line = text[..text.len() - rest.len()].matches('\n').count() + 1;
            return Err(Diagnostic::new(format!(
                "{file}:{line}: the line has more than {} MiB",
                LONGEST_LINE >> 20
            ))
            .hint("a price file has one line per bar: download it again, or write it as CSV")
            .into());
        };
        rest = &rest[end + 1..];
    }
    Ok(())
}

/// Comments and addresses that some vendors put above the header.
fn split_preamble(text: &str) -> (Vec<String>, &str) {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let trimmed = line.trim();
        let above = ["#", "http", "www.", "sep="].iter().any(|start| trimmed.starts_with(start));
        if !(trimmed.is_empty() || above) {
            break;
        }
        lines.push(trimmed.to_owned());
        rest = after;
    }
    (lines, rest)
}

/// What stands between the cells of a line: the commonest of four marks outside quotes; of several, the one that is
/// never part of a number.
fn delimiter_of(line: &str) -> u8 {
    let mut best = (b',', 0);
    for mark in [b'\t', b';', b'|', b','] {
        let mut quoted = false;
        let mut count = 0;
        for byte in line.bytes() {
            quoted ^= byte == b'"';
            count += usize::from(byte == mark && !quoted);
        }
        if count > best.1 {
            best = (mark, count);
        }
    }
    best.0
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
    fn new(body: &'a str, delimiter: u8, first_line: usize) -> Self {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .trim(Trim::All)
            .from_reader(body.as_bytes());
        Self { reader, body, counted: 0, line: first_line }
    }

    /// Reads the next row into `cells`; its line, or `None` at the end.
    fn next_row(&mut self, file: &str, cells: &mut StringRecord) -> Result<Option<usize>> {
        let more = self
            .reader
            .read_record(cells)
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
        Ok(Some(self.line))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn lines(text: &str) -> Vec<(usize, String)> {
        let table = Table::read("x.csv", text).unwrap();
        table.rows().map(|row| (row.line, row.cell(0).to_owned())).collect()
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
    fn a_line_without_end_is_refused_before_it_is_cut_into_cells() {
        let wrong = |text: &str| {
            let failure = Table::read("x.csv", text).err().unwrap();
            failure.diagnostics()[0].title().to_owned()
        };
        let commas = ",".repeat(LONGEST_LINE + 1);
        assert_eq!(wrong(&commas), "x.csv:1: the line has more than 16 MiB");
        assert_eq!(wrong(&format!("a,b\n1,2\n{commas}\n")), "x.csv:3: the line has more than 16 MiB");
        let lines = "2024-01-01,1\n".repeat(LONGEST_LINE / 8);
        assert!(check_lines("x.csv", &lines).is_ok());
    }

    #[test]
    fn quotes_and_blanks_around_cells_go() {
        let table = Table::read("x.csv", "\"Date\", Close \n\"2024-01-02\", 1.5\n").unwrap();
        assert_eq!(table.header.names, ["Date", "Close"]);
        let row = table.first_row();
        assert_eq!((row.cell(0), row.cell(1), row.cell(7)), ("2024-01-02", "1.5", ""));
    }

    #[test]
    fn the_first_line_tells_what_stands_between_cells() {
        for (line, delimiter) in [
            ("a,b,c", b','),
            ("a;b", b';'),
            ("a\tb\tc", b'\t'),
            ("2024-01-02;1,5", b';'),
            ("\"a;b;c\",\"d\"", b','),
            ("a", b','),
        ] {
            assert_eq!(delimiter_of(line), delimiter, "{line}");
        }
        let table = Table::read("x.csv", "sep=;\nDate;Close\n2024-01-02;1,5\n").unwrap();
        assert_eq!((table.delimiter, table.first_row().line, table.first_row().cell(1)), (b';', 3, "1,5"));
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
