//! Lines of at most eighty columns: wrapping, tables, colour.

use crate::base::text::visible;

/// No line is wider.
pub(super) const WIDTH: usize = 80;
/// A table's first column is at least this wide, or the table becomes a list.
const LEAST_NAME: usize = 14;
/// Columns between two columns of a table.
const GAP: usize = 2;

/// How a whole line looks where colour is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Plain,
    Bold,
    Dim,
    Loud,
}

impl Look {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "\u{1b}[1m",
            Self::Dim => "\u{1b}[2m",
            Self::Loud => "\u{1b}[1;33m",
        }
    }
}

/// One row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Stands at the left.
    pub(super) name: String,
    /// Stand at the right of their columns.
    pub(super) cells: Vec<String>,
    /// Stands below the row.
    pub(super) note: Option<String>,
}

/// A text that grows line by line.
pub(super) struct Lines {
    text: String,
    color: bool,
}

impl Lines {
    /// An empty text; without `color` it holds no escape codes.
    pub(super) fn new(color: bool) -> Self {
        Self { text: String::new(), color }
    }

    /// The whole text.
    pub(super) fn finish(self) -> String {
        self.text
    }

    /// An empty line, unless the text is empty.
    pub(super) fn blank(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// A paragraph: its first line begins with `first`, the others are indented as far.
    pub(super) fn paragraph(&mut self, first: &str, text: &str, look: Look) {
        let indent = columns(first);
        for (position, line) in wrap(text, WIDTH.saturating_sub(indent)).into_iter().enumerate() {
            let start = if position == 0 { first.to_owned() } else { " ".repeat(indent) };
            self.push(&format!("{start}{line}"), look);
        }
    }

    /// A table with numbers at the right of their columns, or a list where it would be too wide.
    pub(super) fn table(&mut self, head: &[&str], rows: &[Row]) {
        let widths: Vec<usize> = head
            .iter()
            .skip(1)
            .enumerate()
            .map(|(column, title)| {
                let cells = rows.iter().filter_map(|row| row.cells.get(column)).map(|cell| columns(cell));
                cells.chain([columns(title)]).max().unwrap_or(0)
            })
            .collect();
        let numbers: usize = widths.iter().map(|width| width + GAP).sum();
        if numbers + LEAST_NAME > WIDTH {
            self.list(head, rows);
            return;
        }
        let longest =
            rows.iter().map(|row| columns(&clean(&row.name))).chain(head.first().map(|name| columns(name)));
        let name_width = longest.max().unwrap_or(0).min(WIDTH - numbers);
        let titles: Vec<String> = head.iter().skip(1).map(|title| (*title).to_owned()).collect();
        self.push(&aligned(head.first().unwrap_or(&""), &titles, name_width, &widths), Look::Dim);
        for row in rows {
            let names = wrap(&row.name, name_width);
            let (first, others) =
                names.split_first().map_or(("", &[][..]), |(first, others)| (first.as_str(), others));
            self.push(&aligned(first, &row.cells, name_width, &widths), Look::Plain);
            for other in others {
                self.push(other, Look::Plain);
            }
            if let Some(note) = &row.note {
                self.paragraph("  ", note, Look::Dim);
            }
        }
    }

    fn list(&mut self, head: &[&str], rows: &[Row]) {
        for row in rows {
            let cells: Vec<String> =
                head.iter().skip(1).zip(&row.cells).map(|(title, cell)| format!("{title} {cell}")).collect();
            self.paragraph("", &format!("{}: {}", row.name, cells.join(", ")), Look::Plain);
            if let Some(note) = &row.note {
                self.paragraph("  ", note, Look::Dim);
            }
        }
    }

    fn push(&mut self, line: &str, look: Look) {
        let line = visible(line.trim_end());
        let line = line.as_ref();
        if self.color && look != Look::Plain && !line.is_empty() {
            self.text.push_str(look.code());
            self.text.push_str(line);
            self.text.push_str("\u{1b}[0m");
        } else {
            self.text.push_str(line);
        }
        self.text.push('\n');
    }
}

fn aligned(name: &str, cells: &[String], name_width: usize, widths: &[usize]) -> String {
    let mut line = format!("{name}{}", " ".repeat(name_width.saturating_sub(columns(name))));
    for (cell, width) in cells.iter().zip(widths) {
        line.push_str(&" ".repeat(GAP + width.saturating_sub(columns(cell))));
        line.push_str(cell);
    }
    line
}

/// The text in lines of at most `width` columns, broken between words; a word that is too long is cut.
/// Never without a line.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in clean(text).split_whitespace() {
        let needed = columns(word);
        if used > 0 && used + 1 + needed > width {
            lines.push(String::new());
            used = 0;
        }
        if used > 0 {
            append(&mut lines, ' ');
            used += 1;
        }
        for character in word.chars() {
            let size = width_of(character);
            if used + size > width {
                lines.push(String::new());
                used = 0;
            }
            append(&mut lines, character);
            used += size;
        }
    }
    lines
}

fn append(lines: &mut [String], character: char) {
    if let Some(line) = lines.last_mut() {
        line.push(character);
    }
}

/// The text on one line, with characters that could steer a terminal or turn its direction of writing written out.
fn clean(text: &str) -> String {
    let spaced = text.replace(char::is_whitespace, " ");
    visible(&spaced).into_owned()
}

/// Columns a text takes on a terminal.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

/// Two columns for East Asian characters and pictures, one for all others. Combining marks are counted as one,
/// so a line may be shorter than it seems, never longer.
fn width_of(character: char) -> usize {
    let wide = matches!(u32::from(character),
        0x1100..=0x115F | 0x2329..=0x232A | 0x231A..=0x231B | 0x23E9..=0x23F3 | 0x25FD..=0x25FE | 0x2614..=0x2615
        | 0x2648..=0x2653 | 0x267F..=0x27BF | 0x2B1B..=0x2B55 | 0x2E80..=0xA4CF | 0xA960..=0xA97F | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF | 0xFE10..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x16FE0..=0x18DFF
        | 0x1AFF0..=0x1B2FF | 0x1F000..=0x1FAFF | 0x20000..=0x3FFFD);
    if wide { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wrap_and_long_ones_are_cut() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh i", 3), ["abc", "def", "gh", "i"]);
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("漢字漢字", 5), ["漢字", "漢字"]);
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(wrap("a\u{1b}[2Jb\u{202E}c\r\n", 30), ["a\\u{1b}[2Jb\\u{202e}c"]);
    }

    #[test]
    fn a_table_too_wide_becomes_a_list() {
        let row = |cell: &str| Row { name: "name".to_owned(), cells: vec![cell.to_owned()], note: None };
        let text = |cell: &str| {
            let mut lines = Lines::new(false);
            lines.table(&["what", "how much"], &[row(cell)]);
            lines.finish()
        };
        assert_eq!(text("1.00"), "what  how much\nname      1.00\n");
        assert!(text(&"9".repeat(70)).starts_with("name: how much\n9999"));
    }
}
