//! What an import says: what was read in an unusual way or left out, and what should be known before the series is
//! trusted.

use super::bars::Bars;
use super::header::Header;
use super::reading::Reading;
use super::releases;
use super::table::Table;
use super::vendors::{Columns, Layout, SIMULATED};
use crate::base::diagnostic::Diagnostic;
use crate::base::text::list;

/// The facts and warnings that are collected on the way.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) facts: Vec<String>,
    pub(super) warnings: Vec<Diagnostic>,
}

impl Report {
    /// The volumes to keep: all rows' or none.
    pub(super) fn volume(&mut self, bars: &mut Bars) -> Vec<f64> {
        let blank = bars.volume.iter().filter(|volume| volume.is_nan()).count();
        if blank > 0 {
            let of = bars.volume.len();
            let what =
                if blank == of { "in every row".to_owned() } else { format!("in {blank} of {of} rows") };
            self.warnings
                .push(Diagnostic::new(format!("volume is blank {what}")).detail(
                    "the series has no volume: a blank is not a zero, so none of the column is kept",
                ));
            return Vec::new();
        }
        std::mem::take(&mut bars.volume)
    }

    /// Says what was read in an unusual way or left out.
    pub(super) fn tell(
        &mut self,
        table: &Table,
        layout: &Layout,
        columns: &Columns,
        reading: &Reading,
        bars: &Bars,
    ) {
        self.facts.extend(table.header.facts.iter().cloned());
        if bars.reversed {
            self.facts.push("the newest row comes first: read backwards".to_owned());
        }
        self.facts.extend(how_times(reading, bars));
        self.facts.extend(how_numbers(table, columns, reading));
        if bars.missing > 0 {
            self.facts.push(format!(
                "{} of {} rows hold no value and are not stored",
                bars.missing,
                table.len()
            ));
        }
        let wide = layout.vendor == "alfred" && releases::vintages(&table.header.names).is_some();
        let unused = if wide { Vec::new() } else { unused(table, columns) };
        if !unused.is_empty() {
            self.facts.push(format!("columns not used: {}", list(unused)));
        }
        let priced = !layout.gaps && columns.released.is_none();
        if layout.vendor != SIMULATED && columns.open.is_none() && priced {
            self.facts
                .push("no opens: entries and exits at an open cannot be simulated on this series".to_owned());
        }
    }
}

fn how_times(reading: &Reading, bars: &Bars) -> Vec<String> {
    let mut facts = Vec::new();
    let units = units(bars);
    if let Some(first) = reading.format.first() {
        facts.push(format!("dates are written {first} ({})", reading.format.looks()));
    } else if !units.is_empty() {
        facts.push(format!("times are written in {} since 1970", units.join(" and ")));
    }
    let clocks = bars.stamps.timed();
    if let Some(zone) = reading.zone.as_ref().filter(|_| clocks && units.is_empty()) {
        facts.push(format!("times without an offset are read as times of {}", zone.name()));
    }
    if bars.repeated > 0 {
        facts.push(format!(
            "{} times fall into an hour that the clocks showed twice: told apart by the order of the rows",
            bars.repeated
        ));
    }
    facts
}

/// The units of an epoch, the coarsest first; none where times are not written so.
fn units(bars: &Bars) -> Vec<&'static str> {
    let named = |epoch: bool, unit: i64| match unit {
        _ if !epoch => None,
        1_000_000 => Some("seconds"),
        1_000 => Some("milliseconds"),
        1 => Some("microseconds"),
        _ => Some("nanoseconds"),
    };
    bars.stamps.units().filter_map(|unit| named(bars.epoch, unit)).collect()
}

fn how_numbers(table: &Table, columns: &Columns, reading: &Reading) -> Vec<String> {
    let notation = reading.notation;
    let mut facts = Vec::new();
    let mut prices = table.rows().flat_map(|row| columns.prices().map(move |at| row.cell(at)));
    if notation.grouped && prices.any(|cell| cell.contains(',')) {
        facts.push(format!("numbers are written like {}", notation.looks()));
    }
    let letter = |cell: &str| cell.ends_with(['K', 'M', 'B', 'T']);
    let rounded = columns.volume.is_some_and(|at| table.rows().any(|row| letter(row.cell(at))));
    if notation.rounded_volumes && rounded {
        facts.push("volumes are rounded by the vendor (as in 6.18K)".to_owned());
    }
    facts
}

/// The columns that hold nothing that is kept, as they stand in the file.
fn unused<'a>(table: &'a Table, columns: &Columns) -> Vec<&'a str> {
    let used = [
        Some(columns.stamp),
        columns.clock,
        columns.end,
        columns.open,
        columns.high,
        columns.low,
        Some(columns.close),
        columns.volume,
        columns.symbol,
        columns.released,
    ];
    let Header { names, unread, .. } = &table.header;
    let mut read = names.iter().enumerate();
    let mut unread = unread.iter().peekable();
    let mut unused = Vec::new();
    for place in 0..names.len() + unread.len() {
        if let Some((_, name)) = unread.next_if(|(at, _)| *at == place) {
            unused.push(name.as_str());
        } else if let Some((at, name)) = read.next()
            && !used.contains(&Some(at))
        {
            unused.push(name.as_str());
        }
    }
    unused
}
