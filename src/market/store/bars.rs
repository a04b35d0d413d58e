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
use crate::base::num::grouped;
use crate::base::text::quoted;

/// How many lines with faults a message lists, and how many faults of one line.
const LISTED: usize = 20;
const REASONS: usize = 8;

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

/// Faults by line, so that a row with several counts once and all are told in file order. The first lines are kept, the
/// others only counted: a file can have millions.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// What is wrong with the first lines that have a fault.
    kept: BTreeMap<usize, Vec<String>>,
    /// How many lines have one.
    count: usize,
    /// The last line that was counted.
    last: Option<usize>,
}

impl Faults {
    /// Notes what is wrong with a line that does not stand above one noted before. Only what will be told is put into
    /// words.
    pub(super) fn add(&mut self, line: usize, reason: impl FnOnce() -> String) {
        if self.last != Some(line) {
            self.last = Some(line);
            self.count += 1;
        }
        self.explain(line, reason);
    }

    /// Says more of a line wherever it stands, which is counted already.
    fn explain(&mut self, line: usize, reason: impl FnOnce() -> String) {
        let is_full = self.kept.len() >= LISTED;
        if is_full && self.kept.last_key_value().is_some_and(|(last, _)| line > *last) {
            return;
        }
        let reasons = self.kept.entry(line).or_default();
        match reasons.len() {
            REASONS.. => {}
            few if few + 1 == REASONS => reasons.push("and more".to_owned()),
            _ => reasons.push(reason()),
        }
        if self.kept.len() > LISTED {
            self.kept.pop_last();
        }
    }

    pub(super) fn into_result(self, file: &str) -> Result<()> {
        self.with_remedy(file, "correct or delete these lines in a copy of the file, or download it again")
    }

    fn with_remedy(self, file: &str, remedy: impl Into<String>) -> Result<()> {
        let count = self.count;
        if count == 0 {
            return Ok(());
        }
        let rows = if count == 1 { "1 bad row".to_owned() } else { format!("{} bad rows", grouped(count)) };
        let mut diagnostic = Diagnostic::new(format!("{file}: {rows}, so nothing of this file was taken"));
        for (line, reasons) in &self.kept {
            diagnostic = diagnostic.detail(format!("{file}:{line}: {}", reasons.join("; ")));
        }
        if count > LISTED {
            diagnostic = diagnostic.detail(format!("and {} more", grouped(count - LISTED)));
        }
        Err(diagnostic.hint(remedy).into())
    }
}

/// The faults of one row.
struct RowFaults<'a> {
    faults: &'a mut Faults,
    line: usize,
    any: bool,
}

impl RowFaults<'_> {
    fn add(&mut self, reason: impl FnOnce() -> String) {
        self.any = true;
        self.faults.add(self.line, reason);
    }
}

/// A row whose time is known.
#[derive(Debug, Clone, Copy)]
struct Placed {
    micros: i64,
    /// Its number among the rows.
    at: usize,
    /// It has a fault already.
    bad: bool,
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
    for (at, row) in table.rows().enumerate() {
        if row.width() != width {
            faults.add(row.line, || format!("{} fields where the header has {width}", row.width()));
            continue;
        }
        let text = stamp_text(&row, columns);
        let Some(mut stamp) = format.parse(&text) else {
            faults.add(row.line, || format!("`{}` is not a date like {}", quoted(&text), format.looks()));
            continue;
        };
        if let Err(reason) = clock.place(&mut stamp) {
            faults.add(row.line, || format!("`{}` {reason}", quoted(&text)));
            continue;
        }
        let value = row.cell(columns.close);
        let mut bad = false;
        if demands.gaps && (value.is_empty() || value == ".") {
            bars.missing += 1;
        } else {
            let mut wrong = RowFaults { faults: &mut faults, line: row.line, any: false };
            bars.push(&row, stamp, (reading, columns, demands), &mut wrong);
            bad = wrong.any;
        }
        order.push(Placed { micros: stamp.micros(), at, bad });
    }
    bars.repeated = clock.repeated;
    bars.reversed = check_order(table, &mut order, columns, &mut faults);
    if order.is_empty() {
        faults.with_remedy(file, proposals::for_dates(table, columns))?;
    } else if faults.count > 0
        && let Some(remedy) = proposals::for_numbers(table, columns, reading.notation)
    {
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
        (reading, columns, demands): (&Reading, &Columns, Demands),
        wrong: &mut RowFaults<'_>,
    ) {
        let (format, notation) = (reading.format, reading.notation);
        let mut read = |name: &str, column: Option<usize>| {
            let cell = row.cell(column?);
            let value = price(cell, notation, demands.any_value);
            Some(value.map_err(|flaw| wrong.add(|| flaw.tell(name, cell, notation))).ok())
        };
        let prices = [
            read("open", columns.open),
            read("high", columns.high),
            read("low", columns.low),
            read("close", Some(columns.close)),
        ];
        let volume = columns.volume.and_then(|column| {
            let cell = row.cell(column);
            volume(cell, notation).map_err(|flaw| wrong.add(|| flaw.tell("volume", cell, notation))).ok()
        });
        if let [_, Some(Some(high)), Some(Some(low)), _] = prices
            && high < low
        {
            wrong.add(|| format!("high {high} is below low {low}"));
        }
        let end = columns.end.map(|column| format.parse(row.cell(column)));
        if let (Some(None), Some(column)) = (end, columns.end) {
            wrong.add(|| format!("`{}` is not a time like {}", quoted(row.cell(column)), format.looks()));
        }
        if let Some(Some(end)) = end
            && end.micros() <= stamp.micros()
        {
            wrong.add(|| "the bar ends before it starts".to_owned());
        }
        self.check_symbol(row, columns, wrong);
        if wrong.any {
            return;
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
            columns.adjusted.map(|column| price(row.cell(column), notation, true).unwrap_or(f64::NAN)),
        );
    }

    fn check_symbol(&mut self, row: &Row<'_>, columns: &Columns, wrong: &mut RowFaults<'_>) {
        let Some(column) = columns.symbol else { return };
        let cell = row.cell(column);
        match (symbols::listed_form(cell).map(|(symbol, _)| symbol), &self.symbol) {
            (None, _) => wrong.add(|| format!("`{}` is not a symbol", quoted(cell))),
            (Some(found), Some(first)) if found != *first => {
                wrong.add(|| format!("symbol {found} in a file of {first}: one file holds one market"));
            }
            (Some(found), _) => self.symbol = Some(found),
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

/// What is wrong with a cell that should hold a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    Empty,
    NotANumber,
    NotFinite,
    NotAboveZero,
    Negative,
}

impl Flaw {
    fn tell(self, name: &str, cell: &str, notation: Notation) -> String {
        let cell = quoted(cell);
        match self {
            Self::Empty => format!("{name} is empty"),
            Self::NotANumber if notation == Notation::PLAIN => format!("{name} `{cell}` is not a number"),
            Self::NotANumber => format!("{name} `{cell}` is not a number like {}", notation.looks()),
            Self::NotFinite => format!("{name} `{cell}` is not a finite number"),
            Self::NotAboveZero => format!("{name} {cell} is not above zero"),
            Self::Negative => format!("{name} {cell} is negative"),
        }
    }
}

fn price(text: &str, notation: Notation, any_value: bool) -> std::result::Result<f64, Flaw> {
    if text.is_empty() {
        return Err(Flaw::Empty);
    }
    let value = checked(notation.price(text))?;
    if any_value || value > 0.0 { Ok(value) } else { Err(Flaw::NotAboveZero) }
}

fn volume(text: &str, notation: Notation) -> std::result::Result<Option<f64>, Flaw> {
    if is_blank(text) {
        return Ok(None);
    }
    let value = checked(notation.volume(text))?;
    if value >= 0.0 { Ok(Some(value)) } else { Err(Flaw::Negative) }
}

fn checked(read: Option<f64>) -> std::result::Result<f64, Flaw> {
    match read {
        Some(value) if value.is_finite() => Ok(value),
        Some(_) => Err(Flaw::NotFinite),
        None => Err(Flaw::NotANumber),
    }
}

/// A volume that is looked at but not kept.
fn volume_or_missing(text: &str, notation: Notation) -> f64 {
    volume(text, notation).ok().flatten().unwrap_or(f64::NAN)
}

/// Checks that times strictly ascend, or strictly descend; true where they descend.
fn check_order(table: &Table, order: &mut [Placed], columns: &Columns, faults: &mut Faults) -> bool {
    let falling = order.windows(2).filter(|pair| pair[1].micros < pair[0].micros).count();
    let rising = order.windows(2).filter(|pair| pair[1].micros > pair[0].micros).count();
    let newest_first = falling > rising;
    let sign = if newest_first { -1 } else { 1 };
    let (behind, ahead) = if newest_first { ("later", "earlier") } else { ("earlier", "later") };
    for at in 1..order.len() {
        let [above, now] = [order[at - 1].micros, order[at].micros];
        if sign * now > sign * above {
            continue;
        }
        let [row_above, row] = [at - 1, at].map(|at| table.row(order[at].at));
        let text = |row: &Row<'_>| quoted(&stamp_text(row, columns)).into_owned();
        // Where this row follows well on the one before the last, it is the last one that is out of place.
        let follows = now != above && at >= 2 && sign * now > sign * order[at - 2].micros;
        let blamed = &mut order[if follows { at - 1 } else { at }];
        faults.count += usize::from(!blamed.bad);
        blamed.bad = true;
        if now == above {
            let line = row_above.line;
            faults.explain(row.line, || format!("{} is the same time as on line {line}", text(&row)));
        } else if follows {
            faults.explain(row_above.line, || {
                format!("{} is out of order: {ahead} than {} below it", text(&row_above), text(&row))
            });
        } else {
            faults.explain(row.line, || {
                format!("{} is out of order: {behind} than {} above it", text(&row), text(&row_above))
            });
        }
    }
    newest_first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_twenty_lines_are_kept_and_all_are_counted() {
        let mut faults = Faults::default();
        for line in (100..1_000_100).flat_map(|line| [line, line]) {
            faults.add(line, || format!("wrong in {line}"));
        }
        assert_eq!((faults.count, faults.kept.len()), (1_000_000, LISTED));
        // What is found later about lines further up is told before them.
        for line in 2..50 {
            faults.count += 1;
            faults.explain(line, || "late".to_owned());
        }
        faults.explain(100, || "too late".to_owned());
        assert_eq!((faults.count, faults.kept.len()), (1_000_048, LISTED));
        let told = faults.into_result("x.csv").map_err(|failure| failure.to_string());
        let told = told.err().unwrap_or_default();
        assert!(told.contains("x.csv: 1,000,048 bad rows"), "{told}");
        assert!(told.contains("x.csv:2: late") && told.contains("x.csv:21: late"), "{told}");
        assert!(!told.contains("x.csv:22:") && told.contains("and 1,000,028 more"), "{told}");
    }

    #[test]
    fn a_line_has_few_reasons() {
        let mut faults = Faults::default();
        (0..100_000).for_each(|n| faults.add(7, || format!("reason {n}")));
        assert_eq!((faults.count, faults.kept[&7].len()), (1, REASONS));
    }

    #[test]
    fn what_is_not_told_is_not_put_into_words() {
        let mut faults = Faults::default();
        let mut worded = 0;
        for line in 0..100_000 {
            faults.add(line, || {
                worded += 1;
                String::new()
            });
        }
        assert_eq!(worded, LISTED);
    }
}
