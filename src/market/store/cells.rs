//! Cells of a table by row, kept in one text.

use std::ops::Range;

/// One row of a file.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    /// Line in the file, from 1.
    pub(super) line: usize,
    text: &'a str,
    /// Where each cell ends in `text`.
    ends: &'a [usize],
    /// Where the first cell starts in `text`.
    start: usize,
}

impl<'a> Row<'a> {
    /// The text of column `index`, without blanks around it; empty where the row is too short.
    pub(super) fn cell(&self, index: usize) -> &'a str {
        let Some(&end) = self.ends.get(index) else { return "" };
        let start = if index == 0 { self.start } else { self.ends[index - 1] };
        self.text.get(start..end).unwrap_or("")
    }

    /// How many fields the row has.
    pub(super) fn width(&self) -> usize {
        self.ends.len()
    }

    /// All cells.
    pub(super) fn cells(self) -> impl Iterator<Item = &'a str> {
        (0..self.width()).map(move |at| self.cell(at))
    }
}

/// Rows of cells, kept in one text: a file of minutes has millions.
#[derive(Default)]
pub(super) struct Cells {
    text: String,
    ends: Vec<usize>,
    /// Line of each row and its cells' places in `ends`.
    pub(super) rows: Vec<(usize, Range<usize>)>,
}

impl Cells {
    pub(super) fn push<'a>(&mut self, line: usize, cells: impl Iterator<Item = &'a str>) {
        let first = self.ends.len();
        for cell in cells {
            self.text.push_str(cell);
            self.ends.push(self.text.len());
        }
        self.rows.push((line, first..self.ends.len()));
    }

    pub(super) fn row(&self, at: usize) -> Row<'_> {
        let (line, cells) = &self.rows[at];
        let start = if cells.start == 0 { 0 } else { self.ends[cells.start - 1] };
        Row { line: *line, text: &self.text, ends: &self.ends[cells.clone()], start }
    }
}
