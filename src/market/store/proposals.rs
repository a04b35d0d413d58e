//! What may be said instead, where every row of a file is bad in the same way?

use super::numbers::{Mark, Notation};
use super::reading::{is_blank, stamp_text};
use super::stamps::{self, Chosen, Format};
use super::table::Table;
use super::vendors::Columns;

/// The remedy where no row's date can be read: the flag that reads them all, if there is one.
pub(super) fn for_dates(table: &Table, columns: &Columns) -> String {
    if columns.clock.is_none() {
        return for_cells(&table.rows().map(|row| row.cell(columns.stamp)));
    }
    let texts: Vec<String> = table.rows().map(|row| stamp_text(&row, columns).into_owned()).collect();
    for_cells(&texts.iter().map(String::as_str))
}

fn for_cells<'a>(cells: &(impl Iterator<Item = &'a str> + Clone)) -> String {
    let reads_all = |format: Format| cells.clone().all(|text| format.parse(text).is_some());
    let flag = |format: Format| format!("`--date-format {}`", format.flag());
    match stamps::choose(Format::ANY, cells) {
        Chosen::One(format) if reads_all(format) => {
            format!(
                "every date reads as {}: say {}, or leave the format to the file",
                format.looks(),
                flag(format)
            )
        }
        Chosen::Two(one, other) => format!("every date can be read: say {} or {}", flag(one), flag(other)),
        Chosen::One(_) => {
            "dates written so cannot be read: write them as YYYY-MM-DD in a copy of the file, or \
                           name another column of dates with `--columns date=…,close=…`"
                .to_owned()
        }
    }
}

/// The remedy where no row's close can be read: the other decimal mark, if it reads them all.
pub(super) fn for_numbers(table: &Table, columns: &Columns, tried: Notation) -> Option<String> {
    let closes = || table.rows().map(|row| row.cell(columns.close)).filter(|cell| !is_blank(cell));
    let reads_all = |notation: Notation| closes().all(|cell| notation.price(cell).is_some());
    let (other, name) = match tried.decimal {
        Mark::Point => (Notation::COMMA, "comma"),
        Mark::Comma => (Notation::POINT, "point"),
    };
    let none = closes().next().is_some() && closes().all(|cell| tried.price(cell).is_none());
    (none && reads_all(other))
        .then(|| format!("every close reads as {}: say `--decimal {name}`", other.looks()))
}
