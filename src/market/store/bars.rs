//! The rows of a file, checked one by one: every fault is found, none is repaired.

use std::collections::BTreeMap;

use super::moments::Moments;
use super::numbers::Notation;
use super::proposals;
use super::reading::{Reading, is_blank, stamp_text};
use super::stamps::{Format, Stamp};
use super::swapped::Swapped;
use super::symbols;
use super::table::{Row, Table};
use super::vendors::Columns;
use crate::base::calendar::Zone;
use crate::base::diagnostic::{Diagnostic, Result};

/// How many faults a message lists.
const LISTED: usize = 20;

/// What is asked of the rows beyond their layout.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demands {
    /// Values may be zero or negative: a published rate, not a price.
    pub(super) any_value: bool,
    /// `.` and an empty cell are a missing value.
    pub(super) gaps: bool,
}

/// How the rows of a file are read.
pub(super) struct How<'a> {
    pub(super) reading: Reading,
    /// The formats of dates among which the one in `reading` was chosen.
    pub(super) formats: &'a [Format],
    pub(super) columns: Columns,
    pub(super) demands: Demands,
}

/// The rows of a file in ascending order, every column as long as `stamps` or empty.
#[derive(Debug, Default)]
pub(super) struct Bars {
    pub(super) stamps: Moments,
    /// The first instant after each bar in microseconds since 1970, where the file says when it ended.
    pub(super) ends: Vec<i64>,
    pub(super) open: Vec<f64>,
    pub(super) high: Vec<f64>,
    pub(super) low: Vec<f64>,
    pub(super) close: Vec<f64>,
    /// Missing (NaN) where the cell is blank.
    pub(super) volume: Vec<f64>,
    /// What the volumes in money beside them, which are not kept, say of them.
    pub(super) swapped: Swapped,
    /// Closes adjusted for dividends too, where the file has them beside its closes; looked at, not kept.
    pub(super) adjusted: Vec<f64>,
    /// The symbol that the file's own column names.
    pub(super) symbol: Option<String>,
    /// Times are counted from 1970.
    pub(super) epoch: bool,
    /// Times that the zone's clocks showed twice, told apart by the order of the rows.
    pub(super) repeated: usize,
    /// Rows left out because they hold no value.
    pub(super) missing: usize,
    /// The file has its newest row first.
    pub(super) reversed: bool,
}

/// Faults by line, so that a row with several counts once and all are told in file order.
#[derive(Default)]
pub(super) struct Faults {
    by_line: BTreeMap<usize, Vec<String>>,
}

impl Faults {
    pub(super) fn add(&mut self, line: usize, reason: impl Into<String>) {
        self.by_line.entry(line).or_default().push(reason.into());
    }

    pub(super) fn into_result(self, file: &str) -> Result<()> {
        self.with_remedy(file, "correct or delete these lines in a copy of the file, or download it again")
    }

    fn with_remedy(self, file: &str, remedy: impl Into<String>) -> Result<()> {
        let count = self.by_line.len();
        if count == 0 {
            return Ok(());
        }
        let rows = if count == 1 { "1 bad row".to_owned() } else { format!("{count} bad rows") };
        let mut diagnostic = Diagnostic::new(format!("{file}: {rows}, so nothing of this file was taken"));
        for (line, reasons) in self.by_line.iter().take(LISTED) {
            diagnostic = diagnostic.detail(format!("{file}:{line}: {}", reasons.join("; ")));
        }
        if count > LISTED {
            diagnostic = diagnostic.detail(format!("and {} more", count - LISTED));
        }
        Err(diagnostic.hint(remedy).into())
    }
}

/// Reads every row.
///
/// # Errors
/// Where any row is bad: all bad rows are counted and the first twenty listed.
pub(super) fn read(
    file: &str,
    table: &Table,
    reading: &Reading,
    columns: &Columns,
    demands: Demands,
) -> Result<Bars> {
    let format = reading.format;
    let mut faults = Faults::default();
    let mut bars = Bars { epoch: format == Format::Epoch, ..Bars::default() };
    let mut order = Vec::new();
    let mut clock = Clock::new(table, reading, columns);
    let width = table.header.names.len();
    for row in table.rows() {
        if row.width() != width {
            faults.add(row.line, format!("{} fields where the header has {width}", row.width()));
            continue;
        }
        let text = stamp_text(&row, columns);
        let Some(mut stamp) = format.parse(&text) else {
            faults.add(row.line, format!("`{text}` is not a date like {}", format.looks()));
            continue;
        };
        if let Err(reason) = clock.place(&mut stamp) {
            faults.add(row.line, format!("`{text}` {reason}"));
            continue;
        }
        order.push((stamp.micros(), row));
        let value = row.cell(columns.close);
        if demands.gaps && (value.is_empty() || value == ".") {
            bars.missing += 1;
        } else if let Err(reasons) = bars.push(&row, stamp, reading, columns, demands) {
            for reason in reasons {
                faults.add(row.line, reason);
            }
        }
    }
    bars.repeated = clock.repeated;
    bars.reversed = check_order(&order, columns, &mut faults);
    if order.is_empty() {
        faults.with_remedy(file, proposals::for_dates(table, columns))?;
    } else if let Some(remedy) = proposals::for_numbers(table, columns, reading.notation) {
        faults.with_remedy(file, remedy)?;
    } else {
        faults.into_result(file)?;
    }
    if bars.close.is_empty() {
        return Err(Diagnostic::new(format!("{file}: every row's value is missing"))
            .hint("download it again: the vendor sent no data for this series or period")
            .into());
    }
    if bars.reversed {
        bars.reverse();
    }
    Ok(bars)
}

/// Finds the instant of each stamp whose text says no offset, where its zone is known.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock<'a> {
    zone: Option<&'a Zone>,
    falling: bool,
    before: Option<i64>,
    /// Times that fell into an hour that the clocks showed twice.
    pub(super) repeated: usize,
}

impl<'a> Clock<'a> {
    pub(super) fn new(table: &Table, reading: &'a Reading, columns: &Columns) -> Self {
        let timed = matches!(reading.format, Format::Time(_) | Format::Time12(_));
        let read =
            |row: Row<'_>| reading.format.parse(&stamp_text(&row, columns)).map(|stamp| stamp.micros());
        let falling = match (read(table.first_row()), table.rows().last().and_then(read)) {
            (Some(first), Some(last)) => last < first,
            _ => false,
        };
        Self { zone: reading.zone.as_ref().filter(|_| timed), falling, before: None, repeated: 0 }
    }

    /// The zone of times without an offset.
    pub(super) fn zone(&self) -> Option<&'a Zone> {
        self.zone
    }

    /// Whether no row has been placed yet.
    pub(super) fn is_new(&self) -> bool {
        self.before.is_none()
    }

    /// Notes a row that was placed without this clock.
    pub(super) fn passed(&mut self, micros: i64) {
        self.before = Some(micros);
    }

    pub(super) fn place(&mut self, stamp: &mut Stamp) -> std::result::Result<(), String> {
        if let (None, Some(zone)) = (stamp.instant, self.zone) {
            let instant = match zone.instants(stamp.date, stamp.of_day).map(|at| at.map(|at| at.micros())) {
                [Some(earlier), Some(later)] => {
                    self.repeated += 1;
                    let follows = |at: i64| {
                        self.before.is_none_or(|before| if self.falling { at < before } else { at > before })
                    };
                    let (first, second) = if self.falling { (later, earlier) } else { (earlier, later) };
                    if follows(first) { first } else { second }
                }
                [Some(instant), None] => instant,
                _ => return Err(format!("is no time in {}: the clocks skip that hour", zone.name())),
            };
            stamp.instant = Some(instant);
        }
        self.before = Some(stamp.micros());
        Ok(())
    }
}

impl Bars {
    /// Takes one row, or says everything that is wrong with it.
    fn push(
        &mut self,
        row: &Row<'_>,
        stamp: Stamp,
        reading: &Reading,
        columns: &Columns,
        demands: Demands,
    ) -> std::result::Result<(), Vec<String>> {
        let (format, notation) = (reading.format, reading.notation);
        let mut wrong = Vec::new();
        let mut read = |name: &str, column: Option<usize>| {
            let value = price(name, row.cell(column?), notation, demands.any_value);
            Some(value.map_err(|reason| wrong.push(reason)).ok())
        };
        let prices = [
            read("open", columns.open),
            read("high", columns.high),
            read("low", columns.low),
            read("close", Some(columns.close)),
        ];
        let volume = columns
            .volume
            .and_then(|column| volume(row.cell(column), notation).map_err(|reason| wrong.push(reason)).ok());
        if let [_, Some(Some(high)), Some(Some(low)), _] = prices
            && high < low
        {
            wrong.push(format!("high {high} is below low {low}"));
        }
        let end = columns.end.map(|column| format.parse(row.cell(column)));
        if let (Some(None), Some(column)) = (end, columns.end) {
            wrong.push(format!("`{}` is not a time like {}", row.cell(column), format.looks()));
        }
        if let Some(Some(end)) = end
            && end.micros() <= stamp.micros()
        {
            wrong.push("the bar ends before it starts".to_owned());
        }
        self.check_symbol(row, columns, &mut wrong);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        self.stamps.push(&stamp);
        self.ends.extend(end.flatten().map(|end| end.micros() + end.unit));
        for (column, value) in
            [&mut self.open, &mut self.high, &mut self.low, &mut self.close].into_iter().zip(prices)
        {
            column.extend(value.flatten());
        }
        self.volume.extend(volume.map(|volume| volume.unwrap_or(f64::NAN)));
        if let (Some(volume), Some(column)) = (volume.flatten(), columns.quote_volume) {
            let quote = volume_or_missing(row.cell(column), notation);
            self.swapped.note(self.close.len() - 1, volume, quote, prices[3].flatten().unwrap_or(f64::NAN));
        }
        self.adjusted.extend(
            columns
                .adjusted
                .map(|column| price("adjusted close", row.cell(column), notation, true).unwrap_or(f64::NAN)),
        );
        Ok(())
    }

    fn check_symbol(&mut self, row: &Row<'_>, columns: &Columns, wrong: &mut Vec<String>) {
        let Some(column) = columns.symbol else { return };
        match (symbols::listed(row.cell(column)).map(|(symbol, _)| symbol), &self.symbol) {
            (Err(_), _) => wrong.push(format!("`{}` is not a symbol", row.cell(column))),
            (Ok(found), Some(first)) if found != *first => {
                wrong.push(format!("symbol {found} in a file of {first}: one file holds one market"));
            }
            (Ok(found), _) => self.symbol = Some(found),
        }
    }

    pub(super) fn reverse(&mut self) {
        self.stamps.reverse();
        self.ends.reverse();
        for column in [&mut self.open, &mut self.high, &mut self.low, &mut self.close] {
            column.reverse();
        }
        self.volume.reverse();
        self.swapped.reverse(self.close.len());
        self.adjusted.reverse();
    }
}

fn price(name: &str, text: &str, notation: Notation, any_value: bool) -> std::result::Result<f64, String> {
    if text.is_empty() {
        return Err(format!("{name} is empty"));
    }
    let value = checked(name, text, notation, notation.price(text))?;
    if any_value || value > 0.0 { Ok(value) } else { Err(format!("{name} {text} is not above zero")) }
}

fn volume(text: &str, notation: Notation) -> std::result::Result<Option<f64>, String> {
    if is_blank(text) {
        return Ok(None);
    }
    let value = checked("volume", text, notation, notation.volume(text))?;
    if value >= 0.0 { Ok(Some(value)) } else { Err(format!("volume {text} is negative")) }
}

fn checked(
    name: &str,
    text: &str,
    notation: Notation,
    read: Option<f64>,
) -> std::result::Result<f64, String> {
    match read {
        Some(value) if value.is_finite() => Ok(value),
        Some(_) => Err(format!("{name} `{text}` is not a finite number")),
        None if notation == Notation::PLAIN => Err(format!("{name} `{text}` is not a number")),
        None => Err(format!("{name} `{text}` is not a number like {}", notation.looks())),
    }
}

/// A volume that is looked at but not kept.
fn volume_or_missing(text: &str, notation: Notation) -> f64 {
    volume(text, notation).ok().flatten().unwrap_or(f64::NAN)
}

/// Checks that times strictly ascend, or strictly descend; true where they descend.
fn check_order(order: &[(i64, Row<'_>)], columns: &Columns, faults: &mut Faults) -> bool {
    let falling = order.windows(2).filter(|pair| pair[1].0 < pair[0].0).count();
    let rising = order.windows(2).filter(|pair| pair[1].0 > pair[0].0).count();
    let newest_first = falling > rising;
    let sign = if newest_first { -1 } else { 1 };
    let (behind, ahead) = if newest_first { ("later", "earlier") } else { ("earlier", "later") };
    for at in 1..order.len() {
        let [(above, row_above), (now, row)] = [order[at - 1], order[at]];
        if sign * now > sign * above {
            continue;
        }
        let [text_above, text] = [row_above, row].map(|row| stamp_text(&row, columns));
        // Where this row follows well on the one before the last, it is the last one that is out of place.
        let follows = at >= 2 && sign * now > sign * order[at - 2].0;
        if now == above {
            faults.add(row.line, format!("{text} is the same time as on line {}", row_above.line));
        } else if follows {
            faults.add(row_above.line, format!("{text_above} is out of order: {ahead} than {text} below it"));
        } else {
            faults.add(row.line, format!("{text} is out of order: {behind} than {text_above} above it"));
        }
    }
    newest_first
}
