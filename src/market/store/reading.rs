//! How the cells of a file are read: one format of dates, one notation of numbers, one zone; told or refused.

use std::borrow::Cow;

use super::numbers::{self, Notation, Told};
use super::stamps::{self, Chosen, Format};
use super::table::{Row, Table};
use super::vendors::{Columns, Layout, Marks, Numbers};
use super::wishes::Wishes;
use crate::base::calendar::Zone;
use crate::base::diagnostic::{Diagnostic, Result};

/// How every cell is read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) format: Format,
    /// The format the user tells, of the dates or of the dates of release.
    pub(super) told: Option<Format>,
    pub(super) notation: Notation,
    /// The zone of times without an offset.
    pub(super) zone: Option<Zone>,
    pub(super) marks: Marks,
}

/// Decides how `table` is read: by what the user says, the vendor writes, or the whole file leaves possible.
///
/// # Errors
/// Where dates or numbers can be read in two ways.
pub(super) fn decide(
    file: &str,
    table: &Table,
    layout: &Layout,
    columns: &Columns,
    wishes: &Wishes,
) -> Result<Reading> {
    let told = wishes.format.filter(|format| !tells_releases_alone(table, columns, *format));
    let format = match told {
        Some(format) => format,
        None => format_of(file, table, layout.formats, columns)?,
    };
    let notation = match (wishes.notation, layout.numbers) {
        (Some(said), Numbers::Are(told)) => Notation { decimal: said.decimal, grouped: true, ..told },
        (Some(said), Numbers::FromFile) => said,
        (None, Numbers::Are(told)) => told,
        (None, Numbers::FromFile) => notation_of(file, table, columns)?,
    };
    let utc = matches!(layout.marks, Marks::StartUtc | Marks::EndUtc);
    let named = layout.zone.or(utc.then_some("UTC"));
    let zone = match &wishes.zone {
        Some(zone) => Some(zone.clone()),
        None => named.map(Zone::named).transpose()?,
    };
    let marks = wishes.marks.unwrap_or(layout.marks);
    Ok(Reading { format, told: wishes.format, notation, zone, marks })
}

/// Whether a format that the user tells is that of the dates of release, and the dates are written in another.
fn tells_releases_alone(table: &Table, columns: &Columns, told: Format) -> bool {
    let fits = |at: usize| table.rows().all(|row| told.parse(row.cell(at)).is_some());
    columns.released.is_some_and(|at| !fits(columns.stamp) && fits(at))
}

/// The text of a row's stamp: its date, with its time where that has a column of its own.
pub(super) fn stamp_text<'a>(row: &Row<'a>, columns: &Columns) -> Cow<'a, str> {
    match columns.clock {
        None => Cow::Borrowed(row.cell(columns.stamp)),
        Some(clock) => Cow::Owned(format!("{} {}", row.cell(columns.stamp), row.cell(clock))),
    }
}

fn format_of(file: &str, table: &Table, candidates: &[Format], columns: &Columns) -> Result<Format> {
    let chosen = match columns.clock {
        None => stamps::choose(candidates, &table.rows().map(|row| row.cell(columns.stamp))),
        Some(_) => {
            let texts: Vec<String> = table.rows().map(|row| stamp_text(&row, columns).into_owned()).collect();
            stamps::choose(candidates, &texts.iter().map(String::as_str))
        }
    };
    let (one, other) = match chosen {
        Chosen::One(format) => return Ok(format),
        Chosen::Two(one, other) => (one, other),
    };
    let first = table.rows().find_map(|row| {
        let text = stamp_text(&row, columns);
        let [one, other] = [one, other].map(|format| format.parse(&text).map(|stamp| stamp.date.to_string()));
        (one != other).then(|| {
            let [one, other] = [one, other].map(Option::unwrap_or_default);
            format!(
                "{file}:{}: `{text}` may be {one} or {other}, and every other row fits both too",
                row.line
            )
        })
    });
    Err(Diagnostic::new(format!("{file}: whether the day or the month comes first cannot be told"))
        .detail(first.unwrap_or_default())
        .hint(format!("say it: `--date-format {}` or `--date-format {}`", one.flag(), other.flag()))
        .into())
}

fn notation_of(file: &str, table: &Table, columns: &Columns) -> Result<Notation> {
    let places: Vec<usize> = columns.prices().chain(columns.volume).collect();
    let cells = table.rows().flat_map(|row| {
        let places = &places;
        places.iter().map(move |at| row.cell(*at)).filter(|cell| !is_blank(cell))
    });
    match numbers::choose(&cells, table.delimiter == b';') {
        Told::One(notation) => Ok(notation),
        Told::Both => {
            let doubtful = cells.clone().find(|cell| cell.contains([',', '.'])).unwrap_or_default();
            Err(Diagnostic::new(format!(
                "{file}: whether `{doubtful}` has thousands or decimals cannot be told"
            ))
            .detail("every number of the file can be read both ways")
            .hint("say which mark stands before decimals: `--decimal point` or `--decimal comma`")
            .into())
        }
    }
}

/// What vendors write for nothing.
pub(super) fn is_blank(cell: &str) -> bool {
    matches!(cell, "" | "." | "-" | "--" | "N/A" | "n/a")
}
