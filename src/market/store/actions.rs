//! Splits and dividends: from prices as they were traded to split-adjusted and total-return series.
//!
//! An action belongs to its ex-date: the first session on which the price is without it. Each changes every bar before
//! that date, by a factor:
//!
//! - a split of `r` new shares for one old: prices `/ r`, volumes `* r`;
//! - a dividend of `d` per share: prices `* (1 - d / c)`, where `c` is the close of the last bar before the ex-date, in
//!   the shares that `d` is paid on.
//!
//! These are the factors of the CRSP standard as Yahoo Finance describes them for its adjusted close ("What is the
//! adjusted close?", help article SLN28256). The close of the last bar stays as it was traded. Of two actions on one
//! day the split comes first: the dividend is paid on the new shares.

use std::collections::BTreeMap;
use std::path::Path;

use super::bars::Faults;
use super::derived::Derived;
use super::limits::LARGEST;
use super::stamps::Format;
use super::table::{Row, Table};
use super::unpack::{Content, unpack};
use super::{Incoming, Store};
use crate::base::calendar::{Date, LabelKind};
use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result};
use crate::base::num::{self, grouped};
use crate::base::text::{list, quoted};
use crate::market::series::{Field, Provenance, Rows, Series};

/// A price that moves less than this fraction can hide a small split, so no jump is asked of it.
const PLAIN_SPLIT: f64 = 0.2;

/// More splits than any share has had; every dividend is divided by those after it.
const MOST_SPLITS: usize = 1_000;
/// No share was ever split into more, nor were more joined.
const MOST_SPLIT: f64 = 1e6;

impl Store {
    /// Puts the splits and dividends of `file` to the series called `name` and stores what comes of it as series of the
    /// same symbol, vendor and bar length, of adjustment `split` (where the prices are as traded) and
    /// `split-and-dividend`.
    ///
    /// # Errors
    /// As [`Store::resolve`], [`Store::load`], [`ActionTable::read`] and [`adjust`]; where an imported series has that
    /// name, unless `replace`; where the folder cannot be written.
    pub fn apply_actions(&mut self, name: &str, file: &Path, replace: bool) -> Result<Vec<Derived>> {
        let bytes = crate::base::file::read(file, LARGEST)
            .map_err(|error| Failure::io("read", file, &error).with_exit(Exit::Input))?;
        let path = file.display().to_string();
        let Content::Text(text) = unpack(file, &bytes)?.content else {
            return Err(Diagnostic::new(format!("{path}: this is no text"))
                .hint("export the table as CSV")
                .into());
        };
        let table = ActionTable::read(&path, &text)?;
        let entry = self.resolve(name)?.clone();
        let adjusted = adjust(&self.load(&entry)?, &table)?;
        let base = file.file_name().map_or_else(|| path.clone(), |base| base.to_string_lossy().into_owned());
        let hash = blake3::hash(&bytes).to_hex();
        let origin = format!("adjusted from {} by {base} (hash {})", entry.identity(), &hash[..12]);
        let incoming: Vec<Incoming<'_>> = adjusted
            .split
            .iter()
            .chain([&adjusted.total_return])
            .map(|series| Incoming { series, bar: &entry.bar, origin: Some(&origin) })
            .collect();
        let stored = self.put_derived(&incoming, replace)?;
        Ok(Derived::each(stored, &adjusted.facts))
    }
}

/// What happened to the shares on one ex-date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Action {
    /// New shares for one old share; 1 without a split.
    pub split: f64,
    /// Dividend per share, in the price's currency; 0 without one.
    pub dividend: f64,
}

/// Splits and dividends by ex-date.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionTable {
    actions: BTreeMap<Date, Action>,
    /// The splits among them, in order.
    splits: Vec<(Date, f64)>,
    /// Whether dividends are divided by the splits after them, as Yahoo's are.
    dividends_split_adjusted: bool,
}

/// The series that come of prices and actions.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjusted {
    /// Split-adjusted prices; `None` where the prices already were.
    pub split: Option<Series>,
    /// Total-return prices: adjusted for splits and dividends.
    pub total_return: Series,
    /// What should be known of them.
    pub facts: Vec<String>,
}

impl ActionTable {
    /// Reads a table with the columns `date,kind,value`, where a kind is `split` (value `4` or `4:1`: new shares for one
    /// old) or `dividend` (per share as it was paid), or Yahoo's with `Dividends` and `Stock Splits`.
    ///
    /// # Errors
    /// Where the columns are others, or any row is bad.
    pub fn read(file: &str, text: &str) -> Result<Self> {
        let table = Table::read(file, text)?;
        let names = &table.header.names;
        let find = |name: &str| names.iter().position(|column| column.eq_ignore_ascii_case(name));
        let plain = find("kind").zip(find("value"));
        let yahoo = [find("dividends"), find("stock splits")];
        let (Some(date), true) = (find("date"), plain.is_some() || yahoo.iter().any(Option::is_some)) else {
            return Err(Diagnostic::new(format!("{file}: this is no table of splits and dividends"))
                .detail(format!("the columns are {}", list(names)))
                .hint("name the columns `date,kind,value` (kind: split or dividend), or take Yahoo's with `Dividends` and `Stock Splits`")
                .into());
        };
        let mut faults = Faults::default();
        let mut actions = BTreeMap::new();
        for row in table.rows() {
            let read = match plain {
                Some((kind, value)) => plain_action(&row, kind, value),
                None => yahoo_action(&row, yahoo),
            };
            let cell = row.cell(date);
            let stamp =
                [Format::ISO_DATE, Format::ISO_TIME].into_iter().find_map(|format| format.parse(cell));
            let Some(stamp) = stamp else {
                faults.add(row.line, || {
                    format!("`{}` is not a date like {}", quoted(cell), Format::ISO_DATE.looks())
                });
                continue;
            };
            match read.and_then(|action| add(&mut actions, stamp.date, action)) {
                Ok(()) => {}
                Err(reason) => faults.add(row.line, || reason),
            }
        }
        faults.into_result(file)?;
        let splits: Vec<(Date, f64)> = actions
            .iter()
            .filter(|(_, action)| is_split(action))
            .map(|(date, action)| (*date, action.split))
            .collect();
        if splits.len() > MOST_SPLITS {
            return Err(Diagnostic::new(format!("{file}: the table has {} splits", grouped(splits.len())))
                .hint(format!("a share has a few: at most {} are read", grouped(MOST_SPLITS)))
                .into());
        }
        Ok(Self { actions, splits, dividends_split_adjusted: plain.is_none() })
    }

    /// The number of splits and of dividends.
    pub fn counts(&self) -> (usize, usize) {
        let splits = self.actions.values().filter(|action| is_split(action)).count();
        (splits, self.actions.values().filter(|action| action.dividend > 0.0).count())
    }

    /// The dividends as they were paid, or divided by all later splits.
    fn dividend(&self, date: Date, adjusted: bool) -> f64 {
        let written = self.actions.get(&date).map_or(0.0, |action| action.dividend);
        let later: f64 = self.splits.iter().filter(|(day, _)| *day > date).map(|(_, split)| split).product();
        match (self.dividends_split_adjusted, adjusted) {
            (true, false) => written * later,
            (false, true) => written / later,
            _ => written,
        }
    }
}

fn is_split(action: &Action) -> bool {
    (action.split - 1.0).abs() > f64::EPSILON
}

fn plain_action(row: &Row<'_>, kind: usize, value: usize) -> std::result::Result<Action, String> {
    match row.cell(kind).to_lowercase().as_str() {
        "split" => Ok(Action { split: ratio(row.cell(value))?, dividend: 0.0 }),
        "dividend" => match positive(row.cell(value)) {
            Some(dividend) => Ok(Action { split: 1.0, dividend }),
            None => Err(format!("dividend `{}` is not a number above zero", quoted(row.cell(value)))),
        },
        other => Err(format!("`{}` is no kind of action: split or dividend", quoted(other))),
    }
}

fn yahoo_action(
    row: &Row<'_>,
    [dividends, splits]: [Option<usize>; 2],
) -> std::result::Result<Action, String> {
    let cell = |column: Option<usize>| column.map(|column| row.cell(column)).filter(|cell| !is_zero(cell));
    let split = cell(splits).map_or(Ok(1.0), ratio)?;
    let dividend = match cell(dividends) {
        None => 0.0,
        Some(text) => {
            positive(text).ok_or_else(|| format!("dividend `{}` is not a number above zero", quoted(text)))?
        }
    };
    Ok(Action { split, dividend })
}

fn is_zero(cell: &str) -> bool {
    cell.is_empty() || cell.parse::<f64>().is_ok_and(|value| value.abs().to_bits() == 0)
}

fn positive(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite() && *value > 0.0)
}

fn ratio(text: &str) -> std::result::Result<f64, String> {
    let parts = text.split_once([':', '/']);
    let ratio = match parts {
        Some((new, old)) => positive(new.trim()).zip(positive(old.trim())).map(|(new, old)| new / old),
        None => positive(text),
    };
    let ratio = ratio.ok_or_else(|| {
        format!("split `{}` is not like `4` or `4:1`, new shares for one old", quoted(text))
    })?;
    if (1.0 / MOST_SPLIT..=MOST_SPLIT).contains(&ratio) {
        return Ok(ratio);
    }
    Err(format!(
        "split `{}` is out of range: at most 1,000,000 new shares for one old, or one for so many",
        quoted(text)
    ))
}

/// Puts an action to its date; two dividends of one day are paid both, two splits are a mistake.
fn add(actions: &mut BTreeMap<Date, Action>, date: Date, action: Action) -> std::result::Result<(), String> {
    if !is_split(&action) && action.dividend <= 0.0 {
        return Ok(());
    }
    let there = actions.entry(date).or_insert(Action { split: 1.0, dividend: 0.0 });
    if is_split(there) && is_split(&action) {
        return Err(format!("a second split on {date}"));
    }
    there.split *= action.split;
    there.dividend += action.dividend;
    Ok(())
}

/// Makes the split-adjusted and the total-return series of `series`, whose prices are as traded or split-adjusted.
///
/// # Errors
/// Where the prices are adjusted otherwise or it is not known, where they do not show a split they should, and where a
/// dividend is not below the price.
pub fn adjust(series: &Series, table: &ActionTable) -> Result<Adjusted> {
    let name = series.provenance().full_name();
    let is_raw = match series.provenance().adjustment.as_str() {
        "none" => true,
        "split" => false,
        other => {
            return Err(Diagnostic::new(format!("{name}: prices of adjustment `{other}` cannot be adjusted"))
                .detail("splits and dividends are put to prices as traded (`none`) or split-adjusted prices (`split`)")
                .hint("if you know that they are, import the file again with `--adjustment none`")
                .into());
        }
    };
    let dates = dates(series);
    let close = series.close();
    let mut splits = vec![1.0; close.len()];
    let mut dividends = vec![1.0; close.len()];
    let (mut split, mut dividend, mut end) = (1.0, 1.0, close.len());
    let mut skipped = [0, 0];
    for (&date, action) in table.actions.iter().rev() {
        let at = dates.partition_point(|&day| day < date);
        if at == 0 || at == close.len() {
            skipped[usize::from(at > 0)] += 1;
            continue;
        }
        splits[at..end].fill(split);
        dividends[at..end].fill(dividend);
        end = at;
        let before = if is_raw { close[at - 1] / action.split } else { close[at - 1] };
        if is_raw && is_split(action) {
            check_jump(&name, date, close[at - 1], close[at], action.split)?;
        }
        split *= action.split;
        let paid = table.dividend(date, !is_raw);
        if paid >= before {
            return Err(Diagnostic::new(format!(
                "{name}: the dividend of {date} is {paid}, the close before {before}"
            ))
            .hint("correct the table, or the currency or the splits it is written in")
            .into());
        }
        dividend *= 1.0 - paid / before;
    }
    splits[..end].fill(split);
    dividends[..end].fill(dividend);
    let whole: Vec<f64> = if is_raw {
        splits.iter().zip(&dividends).map(|(split, dividend)| dividend / split).collect()
    } else {
        dividends
    };
    let by_split: Vec<f64> = splits.iter().map(|split| 1.0 / split).collect();
    let volume = if is_raw { splits } else { vec![1.0; close.len()] };
    let split = is_raw.then(|| scaled(series, "split", &by_split, &volume)).transpose()?;
    let total_return = scaled(series, "split-and-dividend", &whole, &volume)?;
    for made in split.iter().chain([&total_return]) {
        check_range(made)?;
    }
    Ok(Adjusted { split, total_return, facts: facts(table, is_raw, skipped) })
}

/// What many splits and dividends together come to must leave prices that are numbers above zero.
fn check_range(series: &Series) -> Result<()> {
    let fits = |price: &f64| price.is_finite() && *price > 0.0;
    let prices = [Field::Open, Field::High, Field::Low, Field::Close];
    let out = prices
        .iter()
        .filter_map(|field| series.column(*field))
        .find_map(|column| column.iter().position(|price| !fits(price)));
    let Some(row) = out else { return Ok(()) };
    Err(Diagnostic::new(format!(
        "{}: its prices of {} cannot be adjusted",
        series.provenance().full_name(),
        series.label(row)
    ))
    .detail(
        "all splits and dividends behind that bar come to a price of zero or of more digits than there are",
    )
    .hint("correct the table")
    .into())
}

/// The session of every bar.
fn dates(series: &Series) -> Vec<Date> {
    (0..series.len())
        .map(|row| {
            let label = series.label(row);
            let within = (label.kind() == LabelKind::Time)
                .then(|| series.session().trading_day(series.opens_at(row)))
                .flatten();
            within.unwrap_or_else(|| label.calendar_date())
        })
        .collect()
}

/// A split must be seen in prices as traded: taking it out must make the step smaller.
fn check_jump(name: &str, date: Date, before: f64, after: f64, ratio: f64) -> Result<()> {
    let step = |ratio: f64| num::ln(after * ratio / before).abs();
    if num::ln(ratio).abs() < PLAIN_SPLIT || step(ratio) < step(1.0) {
        return Ok(());
    }
    Err(Diagnostic::new(format!("{name}: its prices do not show the split of {date}, {ratio} for 1"))
        .detail(format!("the close goes from {before} to {after}: the prices look split-adjusted already"))
        .hint("if they are, import the file again with `--adjustment split`; else correct the table")
        .into())
}

fn scaled(series: &Series, adjustment: &str, price: &[f64], volume: &[f64]) -> Result<Series> {
    let by =
        |column: &[f64], factor: &[f64]| column.iter().zip(factor).map(|(value, by)| value * by).collect();
    let rows = series.rows();
    let rows = Rows {
        open: by(rows.open, price),
        high: by(rows.high, price),
        low: by(rows.low, price),
        close: by(rows.close, price),
        volume: by(rows.volume, volume),
        ..rows.to_rows()
    };
    let provenance = Provenance { adjustment: adjustment.to_owned(), ..series.provenance().clone() };
    Series::new(provenance, series.session().clone(), series.label_kind(), series.stale_after_days(), rows)
}

fn facts(table: &ActionTable, is_raw: bool, [early, late]: [usize; 2]) -> Vec<String> {
    let (splits, dividends) = table.counts();
    let mut facts = vec![format!("splits: {splits}, dividends: {dividends}")];
    if table.dividends_split_adjusted {
        facts.push("the table's dividends are read as split-adjusted, as Yahoo writes them".to_owned());
    }
    if !is_raw && splits > 0 {
        facts.push("the prices are split-adjusted already: splits are left alone".to_owned());
    }
    if early > 0 {
        facts.push(format!("actions before the second bar, which change nothing: {early}"));
    }
    if late > 0 {
        facts.push(format!("actions after the last bar, not yet in its prices: {late}"));
    }
    facts
}

#[cfg(test)]
mod tests;
