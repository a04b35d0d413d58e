//! Can this series be trusted? What can be seen in its rows today, and what to do about it.
//!
//! One file per family of checks. Each looks at ratios of prices, never at their size, so that a share at 5 and one at
//! 500 are judged alike; only `origin` looks at how prices are written. Thresholds stand beside their reasons and were
//! set so that real files of good vendors stay nearly silent.
//!
//! Duplicates and rows out of order cannot be here: an import refuses them, and a [`Series`] cannot hold them.

mod calendar;
mod jumps;
mod last;
mod origin;
mod prices;
mod volumes;

use rayon::prelude::*;

use crate::base::calendar::Label;
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::num::{self, grouped, median};
use crate::market::series::Series;
use crate::market::store::times::{counted as counted_values, middle};

pub(super) use origin::{adjusted_close, is_quoted, unknown_adjustment};
pub(super) use volumes::swapped;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Something about a series that its user should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The check that found it, as `missing-sessions`.
    pub check: &'static str,
    /// An error makes results wrong; a warning may.
    pub severity: Severity,
    /// The first row it is about, where it is about rows.
    pub row: Option<Label>,
    /// What was seen, with counts and the first rows.
    pub what: String,
    /// What to do, or what it means for results.
    pub remedy: String,
}

impl Finding {
    fn warning(check: &'static str, row: Option<Label>, what: String, remedy: &str) -> Self {
        Self { check, severity: Severity::Warning, row, what, remedy: remedy.to_owned() }
    }

    fn error(check: &'static str, row: Option<Label>, what: String, remedy: &str) -> Self {
        Self { severity: Severity::Error, ..Self::warning(check, row, what, remedy) }
    }

    /// Whether it is only how the vendor writes every file and harms nothing.
    pub fn is_fact(&self) -> bool {
        self.check == origin::ROUNDED
    }

    /// The finding as a message.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::new(self.what.as_str()).hint(self.remedy.as_str())
    }
}

/// Adds what one family of checks finds.
type Family<'a> = dyn Fn(&mut Vec<Finding>) + Sync + 'a;

/// Looks at a series as a whole: errors first, then warnings, each in a fixed order.
pub fn check_series(series: &Series) -> Vec<Finding> {
    let bar = bar_length(series);
    let families: [&Family<'_>; 6] = [
        &|findings| prices::check(series, bar, findings),
        &|findings| jumps::check(series, bar, findings),
        &|findings| origin::check(series, findings),
        &|findings| volumes::check(series, bar, findings),
        &|findings| last::check(series, bar, findings),
        &|findings| calendar::check(series, bar, findings),
    ];
    // Published values are not prices.
    let first = if series.session().is_published() { 5 } else { 0 };
    let found: Vec<Vec<Finding>> = families[first..]
        .par_iter()
        .map(|family| {
            let mut findings = Vec::new();
            family(&mut findings);
            findings
        })
        .collect();
    let mut findings = found.concat();
    // A stable sort: the order within each severity stays.
    findings.sort_by_key(|finding| finding.severity == Severity::Warning);
    findings
}

/// The median length of a bar in microseconds, at least 1.
fn bar_length(series: &Series) -> i64 {
    let rows = series.rows();
    let lengths = counted_values(rows.opens_at.iter().zip(rows.known_at).map(|(opens, known)| known - opens));
    middle(&lengths).unwrap_or(1).max(1)
}

/// What a usual change of size is: the median of `values`' sizes, over 0.6745 so that it is a standard deviation for
/// normal changes. `None` where there are fewer than `least` finite ones.
fn usual_size(values: impl Iterator<Item = f64>, least: usize) -> Option<f64> {
    let sizes: Vec<f64> = values.filter(|value| value.is_finite()).map(f64::abs).collect();
    if sizes.len() < least { None } else { median(&sizes).map(|middle| middle / 0.6745) }
}

/// The longest run of `rows`, which ascend: its first row and its length.
fn longest_run(rows: &[usize]) -> Option<(usize, usize)> {
    let mut best = None;
    for run in rows.chunk_by(|a, b| a + 1 == *b) {
        if best.is_none_or(|(_, length)| run.len() > length) {
            best = Some((run[0], run.len()));
        }
    }
    best
}

/// The first of `rows` and a list of the first few; `None` where there are none.
fn some_rows(series: &Series, rows: &[usize]) -> Option<(Label, String)> {
    let labels: Vec<Label> = rows.iter().take(4).map(|&row| series.label(row)).collect();
    labels.first().map(|first| (*first, listed_of(&labels, rows.len())))
}

fn listed(labels: &[Label]) -> String {
    listed_of(labels, labels.len())
}

fn listed_of(labels: &[Label], count: usize) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = labels.iter().take(SHOWN).map(Label::to_string).collect();
    let more = if count > SHOWN { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        2.. if noun.ends_with("ch") => format!("{} {noun}es", grouped(count)),
        _ => num::counted(count, noun),
    }
}

/// A ratio as a person says it: `1.92`, `31`, `0.0033`.
fn ratio(value: f64) -> String {
    match value {
        _ if value >= 10.0 => format!("{value:.0}"),
        _ if value >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
