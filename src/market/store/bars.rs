//! The rows of a file, checked one by one: every fault is found, none is repaired.

use std::collections::BTreeMap;

use super::stamps::{self, Stamp};
use super::symbols;
use super::table::{Row, Table};
use super::vendors::{Columns, Layout};
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

/// The rows of a file in ascending order, every column as long as `stamps` or empty.
#[derive(Debug, Default)]
pub(super) struct Bars {
    pub(super) stamps: Vec<Stamp>,
    /// The instants in microseconds by which each bar had ended, where the file says so.
    pub(super) ends: Vec<i64>,
    pub(super) open: Vec<f64>,
    pub(super) high: Vec<f64>,
    pub(super) low: Vec<f64>,
    pub(super) close: Vec<f64>,
    /// 0 where the cell is blank: such a column is told by `blank_volumes` and not kept.
    pub(super) volume: Vec<f64>,
    /// Rows with a blank volume.
    pub(super) blank_volumes: usize,
    /// Rows in which volume and quote volume fit the price only when exchanged.
    pub(super) swapped: usize,
    /// The symbol that the file's own column names.
    pub(super) symbol: Option<String>,
    /// How dates were written.
    pub(super) format: Option<stamps::Format>,
    /// Rows left out because they hold no value.
    pub(super) missing: usize,
    /// The file has its newest row first.
    pub(super) reversed: bool,
}

/// Faults by line, so that a row with several counts once and all are told in file order.
#[derive(Debug, Default)]
pub(super) struct Faults {
    by_line: BTreeMap<usize, Vec<String>>,
}

impl Faults {
    pub(super) fn add(&mut self, line: usize, reason: impl Into<String>) {
        self.by_line.entry(line).or_default().push(reason.into());
    }

    /// # Errors
    /// Where there is any fault: all are counted and the first twenty rows listed.
    pub(super) fn into_result(self, file: &str) -> Result<()> {
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
        Err(diagnostic
            .hint("correct or delete these lines in a copy of the file, or download it again")
            .into())
    }
}

/// Reads every row.
///
/// # Errors
/// Where any row is bad: all bad rows are counted and the first twenty listed.
pub(super) fn read(
    file: &str,
    table: &Table,
    layout: &Layout,
    columns: &Columns,
    demands: Demands,
) -> Result<Bars> {
    let mut faults = Faults::default();
    let written: Vec<&str> = table.rows.iter().map(|row| row.cell(columns.stamp)).collect();
    let format = stamps::choose(layout.formats, &written);
    let mut bars = Bars { format: Some(format), ..Bars::default() };
    let mut order = Vec::new();
    for row in &table.rows {
        if row.width() != table.header.len() {
            let (width, wanted) = (row.width(), table.header.len());
            faults.add(row.line, format!("{width} fields where the header has {wanted}"));
            continue;
        }
        let Some(stamp) = format.parse(row.cell(columns.stamp)) else {
            faults.add(
                row.line,
                format!("`{}` is not a date like {}", row.cell(columns.stamp), format.looks()),
            );
            continue;
        };
        order.push((row.line, stamp.micros(), row.cell(columns.stamp)));
        let value = row.cell(columns.close);
        if demands.gaps && (value.is_empty() || value == ".") {
            bars.missing += 1;
        } else if let Err(reasons) = bars.push(row, stamp, format, columns, demands) {
            for reason in reasons {
                faults.add(row.line, reason);
            }
        }
    }
    bars.reversed = check_order(&order, &mut faults);
    faults.into_result(file)?;
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

impl Bars {
    /// Takes one row, or says everything that is wrong with it.
    fn push(
        &mut self,
        row: &Row,
        stamp: Stamp,
        format: stamps::Format,
        columns: &Columns,
        demands: Demands,
    ) -> std::result::Result<(), Vec<String>> {
        let mut wrong = Vec::new();
        let mut read = |name: &str, column: Option<usize>| {
            let value = price(name, row.cell(column?), demands.any_value);
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
            .and_then(|column| volume(row.cell(column)).map_err(|reason| wrong.push(reason)).ok());
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
        self.stamps.push(stamp);
        self.ends.extend(end.flatten().map(|end| end.micros() + end.unit));
        for (column, value) in
            [&mut self.open, &mut self.high, &mut self.low, &mut self.close].into_iter().zip(prices)
        {
            column.extend(value.flatten());
        }
        if let Some(volume) = volume {
            let quote = columns.quote_volume.map(|column| row.cell(column));
            self.push_volume(volume, quote);
        }
        Ok(())
    }

    /// Takes the volume of the row whose close was taken last, and looks at the quote volume beside it.
    pub(super) fn push_volume(&mut self, volume: Option<f64>, quote: Option<&str>) {
        let quote = quote.and_then(volume_or_none);
        if let (Some(volume), Some(quote), Some(close)) = (volume, quote, self.close.last())
            && looks_swapped(volume, quote, *close)
        {
            self.swapped += 1;
        }
        self.blank_volumes += usize::from(volume.is_none());
        self.volume.push(volume.unwrap_or_default());
    }

    fn check_symbol(&mut self, row: &Row, columns: &Columns, wrong: &mut Vec<String>) {
        let Some(column) = columns.symbol else { return };
        match (symbols::normal(row.cell(column)), &self.symbol) {
            (Err(_), _) => wrong.push(format!("`{}` is not a symbol", row.cell(column))),
            (Ok(found), Some(first)) if found != *first => {
                wrong.push(format!("symbol {found} in a file of {first}: one file holds one market"));
            }
            (Ok(found), _) => self.symbol = Some(found),
        }
    }

    /// Oldest first, where the file has the newest first.
    pub(super) fn reverse(&mut self) {
        self.stamps.reverse();
        self.ends.reverse();
        for column in [&mut self.open, &mut self.high, &mut self.low, &mut self.close] {
            column.reverse();
        }
        self.volume.reverse();
    }
}

pub(super) fn number(name: &str, text: &str) -> std::result::Result<f64, String> {
    if text.is_empty() {
        return Err(format!("{name} is empty"));
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(format!("{name} `{text}` is not a finite number")),
        Err(_) => Err(format!("{name} `{text}` is not a number")),
    }
}

fn price(name: &str, text: &str, any_value: bool) -> std::result::Result<f64, String> {
    let value = number(name, text)?;
    if any_value || value > 0.0 { Ok(value) } else { Err(format!("{name} {text} is not above zero")) }
}

fn volume(text: &str) -> std::result::Result<Option<f64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let value = number("volume", text)?;
    if value >= 0.0 { Ok(Some(value)) } else { Err(format!("volume {text} is negative")) }
}

/// Whether volume and quote volume fit the price only when exchanged.
fn looks_swapped(volume: f64, quote: f64, close: f64) -> bool {
    // As base x price = quote, a swap is plain only where the price is far from 1.
    if volume <= 0.0 || quote <= 0.0 || (0.5..2.0).contains(&close) {
        return false;
    }
    let far = |ratio: f64| ratio.max(1.0 / ratio);
    far(volume / quote / close) < far(quote / volume / close)
}

/// A volume that is looked at but not kept.
fn volume_or_none(text: &str) -> Option<f64> {
    volume(text).ok().flatten()
}

/// Checks that times strictly ascend, or strictly descend; true where they descend.
fn check_order(order: &[(usize, i64, &str)], faults: &mut Faults) -> bool {
    let falling = order.windows(2).filter(|pair| pair[1].1 < pair[0].1).count();
    let rising = order.windows(2).filter(|pair| pair[1].1 > pair[0].1).count();
    let newest_first = falling > rising;
    let sign = if newest_first { -1 } else { 1 };
    let (behind, ahead) = if newest_first { ("later", "earlier") } else { ("earlier", "later") };
    for at in 1..order.len() {
        let [(line_above, above, text_above), (line, now, text)] = [order[at - 1], order[at]];
        // Where this row follows well on the one before the last, it is the last one that is out of place.
        let follows = at >= 2 && sign * now > sign * order[at - 2].1;
        if now == above {
            faults.add(line, format!("{text} is the same time as on line {line_above}"));
        } else if sign * now < sign * above && follows {
            faults.add(line_above, format!("{text_above} is out of order: {ahead} than {text} below it"));
        } else if sign * now < sign * above {
            faults.add(line, format!("{text} is out of order: {behind} than {text_above} above it"));
        }
    }
    newest_first
}
