//! Every layout that is recognised, one small entry each, and the choice among them.

mod coins;
mod exchanges;
mod investing;
mod plain;
mod platforms;
mod published;
mod stocks;

use super::header::key;
use super::vendors::{Columns, Head, Layout, SIMULATED};
use super::wishes;
use crate::base::diagnostic::{Diagnostic, Result};
use crate::base::text::quoted;

use plain::PLAIN;
pub(super) use plain::TOLD;

/// Every layout, the first that fits is taken: what only one vendor writes stands before what several do.
fn all() -> impl Iterator<Item = &'static Layout> {
    [
        plain::SAMPLE,
        exchanges::LAYOUTS,
        coins::LAYOUTS,
        investing::LAYOUTS,
        platforms::LAYOUTS,
        published::LAYOUTS,
        stocks::LAYOUTS,
        plain::LAYOUTS,
    ]
    .into_iter()
    .flatten()
}

/// The layout of a file and where its columns stand.
///
/// # Errors
/// Where no layout fits, a file without names fits two orders of columns, or a column is there twice.
pub(super) fn recognise(file: &str, head: &Head<'_>) -> Result<(&'static Layout, Columns)> {
    let bare = head.table.header.bare;
    let mut fitting = all()
        .filter(|layout| layout.bare == bare && (layout.fits)(head))
        .filter_map(|layout| Columns::of(layout, head).map(|columns| (layout, columns)));
    let Some((layout, columns)) = fitting.next() else { return Err(unknown(file, head).into()) };
    if bare && let Some((other, others)) = fitting.find(|(_, others)| *others != columns) {
        return Err(doubtful(file, [(layout, &columns), (other, &others)]).into());
    }
    if let Some((column, place)) = head.twice().filter(|_| !bare) {
        let column = quoted(column).to_lowercase();
        return Err(Diagnostic::new(format!(
            "{file}: the header names `{column}` twice (again as column {place})"
        ))
        .hint("leave one of the two columns in the file, or name the columns with `--columns`")
        .into());
    }
    Ok((layout, columns))
}

/// Two orders of columns fit every row.
fn doubtful(file: &str, fitting: [(&Layout, &Columns); 2]) -> Diagnostic {
    let diagnostic = Diagnostic::new(format!("{file}: the order of its columns cannot be told"))
        .detail("the file has no names of columns, and in every row two orders are possible");
    fitting.iter().fold(diagnostic, |diagnostic, (layout, columns)| {
        diagnostic.hint(format!("for {}: `{}`", layout.title, wishes::columns_flag(columns, &[])))
    })
}

fn unknown(file: &str, head: &Head<'_>) -> Diagnostic {
    let mut known: Vec<&str> = all().map(|layout| layout.vendor).filter(|name| *name != SIMULATED).collect();
    known.sort_unstable();
    known.dedup();
    let first = if head.table.header.bare {
        let first = head.table.first_row();
        format!("the file has no names of columns; its first line is `{}`", line_of(first.cells()))
    } else {
        format!("the header is `{}`", line_of(head.columns.iter().map(String::as_str)))
    };
    let diagnostic = Diagnostic::new(format!("{file}: no known layout has this header"))
        .detail(first)
        .detail(format!("layouts of these vendors are known: {}", known.join(", ")));
    match wishes::guessed(head) {
        Some(flags) => diagnostic.hint(format!("if this is right, say it: {flags}")),
        None => diagnostic
            .hint("say which columns hold what, by name or number: `--columns date=…,close=…` and, where they are there, `open=…,high=…,low=…,volume=…`"),
    }
}

/// Cells of a line as they stand in it; `…` for those that would make it too long to read.
fn line_of<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    const LONGEST: usize = 100;
    let mut line = String::new();
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            line.push(',');
        }
        if line.len() + cell.len() > LONGEST {
            line.push('…');
            break;
        }
        line.push_str(cell);
    }
    line
}

/// Whether a header names its prices in English, whatever the order.
fn ohlc(head: &Head<'_>) -> bool {
    head.has(&["open", "high", "low", "close"])
}

/// Whether the first cell of a file is a date and not a count of seconds.
fn is_civil(text: &str) -> bool {
    text.len() >= 8 && !text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a column name, as [`key`] makes it, is `wanted`.
fn is(name: Option<&String>, wanted: &str) -> bool {
    name.is_some_and(|name| key(name) == wanted)
}

#[cfg(test)]
mod tests;
