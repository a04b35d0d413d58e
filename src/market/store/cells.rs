//! Cells of a table by row, kept in one text.

use super::limits::{MOST_CELLS, MOST_ROWS};

/// One row of a file.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    /// Line in the file, from 1.
    pub(super) line: usize,
    /// The cells, one behind the other.
    text: &'a str,
    /// Where each cell ends in `text`.
    ends: &'a [u32],
}

impl<'a> Row<'a> {
    /// The text of column `index`, without blanks around it; empty where the row is too short.
    pub(super) fn cell(&self, index: usize) -> &'a str {
        let Some(&end) = self.ends.get(index) else { return "" };
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        self.text.get(start as usize..end as usize).unwrap_or("")
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

/// Where a row lies in the columns of [`Cells`]; it ends where the next one begins.
#[derive(Debug, Clone, Copy)]
struct Place {
    line: u32,
    /// The first cell.
    cell: u32,
    /// The first byte of the text.
    text: usize,
}

/// What a table has too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TooMany {
    Rows,
    Cells,
}

/// Rows of cells, kept in one text: a file of minutes has millions. A row takes 16 bytes, a cell 4 and its text.
#[derive(Default)]
pub(super) struct Cells {
    text: String,
    /// Where each cell ends in the text of its row.
    ends: Vec<u32>,
    rows: Vec<Place>,
}

impl Cells {
    /// Adds a row. Lines are below 2^32, as the bytes of a file that is held in memory are.
    pub(super) fn push<'a>(
        &mut self,
        line: usize,
        cells: impl Iterator<Item = &'a str>,
    ) -> Result<(), TooMany> {
        self.push_written(line, cells, |cell, text| text.push_str(cell))
    }

    /// As [`Cells::push`], of cells that `write` themselves.
    pub(super) fn push_written<C>(
        &mut self,
        line: usize,
        cells: impl Iterator<Item = C>,
        write: impl Fn(C, &mut String),
    ) -> Result<(), TooMany> {
        if self.rows.len() >= MOST_ROWS {
            return Err(TooMany::Rows);
        }
        let (start, first) = (self.text.len(), self.ends.len());
        for cell in cells {
            write(cell, &mut self.text);
            self.ends.push(u32::try_from(self.text.len() - start).map_err(|_| TooMany::Cells)?);
        }
        if self.ends.len() > MOST_CELLS {
            return Err(TooMany::Cells);
        }
        let [line, cell] = [line, first].map(u32::try_from);
        let (line, cell) = (line.map_err(|_| TooMany::Rows)?, cell.map_err(|_| TooMany::Cells)?);
        self.rows.push(Place { line, cell, text: start });
        Ok(())
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Bytes of all cells.
    pub(super) fn text_len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn row(&self, at: usize) -> Row<'_> {
        let place = self.rows[at];
        let (cell, text) = self
            .rows
            .get(at + 1)
            .map_or((self.ends.len(), self.text.len()), |next| (next.cell as usize, next.text));
        Row {
            line: place.line as usize,
            text: &self.text[place.text..text],
            ends: &self.ends[place.cell as usize..cell],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_cells_take_little_room() {
        assert_eq!(size_of::<Place>(), 16);
        let mut cells = Cells::default();
        for (line, row) in [(1, vec!["a", "", "bc"]), (3, vec![]), (4, vec!["d"])] {
            assert_eq!(cells.push(line, row.into_iter()), Ok(()));
        }
        let rows: Vec<(usize, Vec<&str>)> =
            (0..cells.len()).map(|at| (cells.row(at).line, cells.row(at).cells().collect())).collect();
        assert_eq!(rows, [(1, vec!["a", "", "bc"]), (3, vec![]), (4, vec!["d"])]);
        assert_eq!((cells.row(0).cell(2), cells.row(0).cell(3), cells.text_len()), ("bc", "", 4));
    }
}
