//! Published values with the dates on which they were released, several vintages of one observation among them.
//!
//! What was known at an instant is the newest observation released by then, in its latest vintage. So the series has a
//! row for every release that changes this: a new observation, or a revision of the newest one. Its label is the release
//! date, and it is known at the UTC midnight that ends that date (a release lag given in days counts from it instead). A
//! revision of an older observation changes nothing that an as-of look could see, and is no row; nor is a value that a
//! first vintage brings along from before.
//!
//! Hence `N rows` of such a series are N releases, not N observations.

use std::collections::BTreeMap;

use super::bars::{Bars, Faults, number};
use super::stamps::{Format, Stamp};
use super::table::Table;
use crate::base::calendar::Date;
use crate::base::diagnostic::{Diagnostic, Result, nearest};

/// Columns that hold release dates by their names alone; the first is ALFRED's.
const NAMES: [&str; 2] = ["realtime_start", "release_date"];

/// Days from a release date to the UTC midnight at which its value counts as known, unless the user says otherwise.
pub(super) const LAG_DAYS: u16 = 1;

/// The column that holds release dates: the one the user names, else one with a telling name.
///
/// # Errors
/// Where the file has no column of the name the user gives.
pub(super) fn column(file: &str, header: &[String], said: Option<&str>) -> Result<Option<usize>> {
    let find = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
    let Some(said) = said else { return Ok(NAMES.iter().find_map(|name| find(name))) };
    find(said).map(Some).ok_or_else(|| {
        let message = Diagnostic::new(format!("{file}: there is no column `{said}`"))
            .detail(format!("the columns are {}", header.join(", ")));
        match nearest(said, header.iter().map(String::as_str)) {
            Some(near) => message.hint(format!("did you mean `{near}`?")).into(),
            None => message.hint("name the column with the release dates: `--released-column COLUMN`").into(),
        }
    })
}

/// Where the three columns of a vintage stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    pub(super) observed: usize,
    pub(super) value: usize,
    pub(super) released: usize,
}

/// The rows of a file with release dates, and what should be known of them.
///
/// # Errors
/// Where any row is bad, one observation has two values of one date, or all values are of one release date.
pub(super) fn read(file: &str, table: &Table, places: Places) -> Result<(Bars, Vec<String>)> {
    let mut faults = Faults::default();
    let mut missing = 0;
    // By release date, then by observation.
    let mut vintages: BTreeMap<Date, BTreeMap<Date, (f64, Stamp)>> = BTreeMap::new();
    for row in &table.rows {
        let date = |column: usize| {
            let cell = row.cell(column);
            Format::IsoDate.parse(cell).ok_or_else(|| format!("`{cell}` is not a date like YYYY-MM-DD"))
        };
        let value = row.cell(places.value);
        let is_missing = value.is_empty() || value == ".";
        match (date(places.observed), date(places.released), number("value", value)) {
            (Ok(_), Ok(_), _) if is_missing => missing += 1,
            (Ok(observed), Ok(released), Ok(value)) => {
                let there = vintages.entry(released.date).or_default();
                if there.insert(observed.date, (value, released)).is_some() {
                    let what = format!("a second value of {} released on {}", observed.date, released.date);
                    faults.add(row.line, what);
                }
            }
            (observed, released, value) => {
                for reason in [observed.err(), released.err(), value.err()].into_iter().flatten() {
                    faults.add(row.line, reason);
                }
            }
        }
    }
    faults.into_result(file)?;
    if vintages.len() == 1 && table.rows.len() > 1 {
        return Err(Diagnostic::new(format!("{file}: every value has the same release date"))
            .detail("this is one vintage of the whole history: it does not tell when its values came out")
            .hint("download all vintages, or leave the release column out and say `--release-lag DAYS`")
            .into());
    }
    let known = as_known(&vintages);
    if known.is_empty() {
        return Err(Diagnostic::new(format!("{file}: every row's value is missing"))
            .hint("download it again: the vendor sent no data for this series or period")
            .into());
    }
    let written: usize = vintages.values().map(BTreeMap::len).sum();
    let facts = vec![format!(
        "rows are releases, named by their date: {} of {written} values; {} are older than the newest known at their release",
        known.len(),
        written - known.len()
    )];
    let (stamps, close) = known.into_iter().unzip();
    Ok((Bars { stamps, close, format: Some(Format::IsoDate), missing, ..Bars::default() }, facts))
}

/// The newest observation at each release that brings one or revises it.
fn as_known(vintages: &BTreeMap<Date, BTreeMap<Date, (f64, Stamp)>>) -> Vec<(Stamp, f64)> {
    let mut newest: Option<Date> = None;
    let mut rows = Vec::new();
    for observations in vintages.values() {
        let Some((&observed, &(value, released))) = observations.last_key_value() else { continue };
        if newest.is_none_or(|newest| observed >= newest) {
            newest = Some(observed);
            rows.push((released, value));
        }
    }
    rows
}

#[cfg(test)]
mod tests;
