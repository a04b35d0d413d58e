//! Prices that cannot be, and prices that do not move.

use super::{Finding, MICROS_PER_DAY, counted, grouped, longest_run, some_rows};
use crate::market::series::{Field, Series};

/// So many equal closes in a row are worth a word: in cents, two or three happen to every share.
const STANDSTILL: usize = 5;

/// Within the day prices may rest; from six hours on, most of a session, they hardly do.
const STANDSTILL_WITHIN_DAYS: i64 = 6 * 3_600_000_000;

/// So many bars in a row whose four prices are one are no bars but single quotes.
const FLAT: usize = 3;

/// Beyond high or low by less than this part of the price is what rounding leaves after an adjustment.
const ROUNDING: f64 = 1e-6;

pub(super) fn check(series: &Series, length: i64, findings: &mut Vec<Finding>) {
    findings.extend(impossible(series));
    findings.extend(outside(series));
    findings.extend(standstills(series, length));
    findings.extend(flat(series, length));
    findings.extend(repeated(series, length));
}

fn impossible(series: &Series) -> Option<Finding> {
    let columns = [Field::Open, Field::High, Field::Low, Field::Close].map(|field| series.column(field));
    let below = |row: usize| match (columns[1], columns[2]) {
        (Some(high), Some(low)) => high[row] < low[row],
        _ => false,
    };
    let not_above_zero = |price: f64| price <= 0.0 || price.is_nan();
    let rows: Vec<usize> = (0..series.len())
        .filter(|&row| below(row) || columns.iter().flatten().any(|column| not_above_zero(column[row])))
        .collect();
    some_rows(series, &rows).map(|(row, list)| {
        Finding::error(
            "impossible-prices",
            Some(row),
            format!(
                "{} with a high below the low or a price not above zero: {list}",
                counted(rows.len(), "row")
            ),
            "import the vendor's file again",
        )
    })
}

fn outside(series: &Series) -> Option<Finding> {
    let (high, low) = (series.column(Field::High)?, series.column(Field::Low)?);
    let open = series.column(Field::Open);
    // How far outside, as a fraction of the price; zero within.
    let beyond = |column: &[f64], row: usize| {
        let price = column[row];
        (price - high[row]).max(low[row] - price).max(0.0) / price.abs().max(f64::MIN_POSITIVE)
    };
    let worst = |row: usize| beyond(series.close(), row).max(open.map_or(0.0, |open| beyond(open, row)));
    // Within on every side, as nearly all are, it is zero.
    let is_within = |column: &[f64], row: usize| column[row] <= high[row] && column[row] >= low[row];
    let close = series.close();
    let rows: Vec<usize> = (0..close.len())
        .filter(|&row| !(is_within(close, row) && open.is_none_or(|open| is_within(open, row))))
        .filter(|&row| worst(row) > ROUNDING)
        .collect();
    let (row, list) = some_rows(series, &rows)?;
    let most = rows.iter().copied().max_by(|a, b| worst(*a).total_cmp(&worst(*b)))?;
    Some(Finding::warning(
        "outside-range",
        Some(row),
        format!(
            "open or close outside high and low in {}, by {} at most on {}: {list}",
            counted(rows.len(), "row"),
            percent(worst(most)),
            series.label(most)
        ),
        "kept as the vendor has them; stops and targets inside these bars are less sure",
    ))
}

/// A share in percent, at least one digit of it.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 0.1 { format!("{percent:.4}%") } else { format!("{percent:.1}%") }
}

/// Rows whose close is that of the row before, in runs of at least [`STANDSTILL`] equal closes.
fn standstills(series: &Series, bar: i64) -> Option<Finding> {
    let within_days = bar < MICROS_PER_DAY / 4;
    let long_enough = |start: usize, length: usize| {
        let time = || series.known_at(start + length - 1).micros() - series.opens_at(start).micros();
        length >= STANDSTILL && (!within_days || time() >= STANDSTILL_WITHIN_DAYS)
    };
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut start = 0;
    for run in series.close().chunk_by(|a, b| a.total_cmp(b).is_eq()) {
        if long_enough(start, run.len()) {
            runs.push((start, run.len()));
        }
        start += run.len();
    }
    let (row, length) = runs.iter().copied().reduce(|best, run| if run.1 > best.1 { run } else { best })?;
    let starts: Vec<usize> = runs.iter().map(|run| run.0).collect();
    let (first, list) = some_rows(series, &starts)?;
    let longest = match runs.len() {
        1 => format!("for {} from {list}", counted(length, "row")),
        many => format!(
            "{many} times, from {list}; longest for {} from {}",
            counted(length, "row"),
            series.label(row)
        ),
    };
    Some(Finding::warning(
        "standstill",
        Some(first),
        format!("the close stands still {longest}"),
        "prices may be carried forward or rounded there; leave that time out with `--from` if it matters",
    ))
}

/// Bars whose four prices are one number.
fn flat(series: &Series, bar: i64) -> Option<Finding> {
    let within_days = bar < MICROS_PER_DAY / 4;
    if within_days {
        return None;
    }
    let (open, high, low) =
        (series.column(Field::Open)?, series.column(Field::High)?, series.column(Field::Low)?);
    let close = series.close();
    let same = |a: f64, b: f64| a.total_cmp(&b).is_eq();
    let rows: Vec<usize> = (0..series.len())
        .filter(|&row| {
            same(high[row], low[row]) && same(open[row], close[row]) && same(high[row], close[row])
        })
        .collect();
    let (start, length) = longest_run(&rows)?;
    if length < FLAT {
        return None;
    }
    let runs: Vec<usize> =
        rows.chunk_by(|a, b| a + 1 == *b).filter(|run| run.len() >= FLAT).map(|run| run[0]).collect();
    let (first, list) = some_rows(series, &runs)?;
    Some(Finding::warning(
        "flat-bars",
        Some(first),
        format!(
            "open, high, low and close are one price in {}, {} of them in a row from {}; runs of {FLAT} or more from {list}",
            counted(rows.len(), "row"),
            grouped(length),
            series.label(start)
        ),
        "such rows are single quotes, not days: opens, stops and targets there are the close in disguise; leave that time out with `--from`",
    ))
}

/// Rows that are the row before once more, though prices moved within it.
fn repeated(series: &Series, bar: i64) -> Option<Finding> {
    // On minutes of a sleepy market one small range may come twice.
    if bar < MICROS_PER_DAY / 24 {
        return None;
    }
    let (high, low) = (series.column(Field::High)?, series.column(Field::Low)?);
    let columns = [Field::Open, Field::High, Field::Low, Field::Close].map(|field| series.column(field));
    let same = |column: &[f64], row: usize| column[row].total_cmp(&column[row - 1]).is_eq();
    let rows: Vec<usize> = (1..series.len())
        .filter(|&row| high[row] > low[row] && columns.iter().flatten().all(|column| same(column, row)))
        .collect();
    some_rows(series, &rows).map(|(row, list)| {
        Finding::warning(
            "repeated-rows",
            Some(row),
            format!("{} with the very prices of the row before: {list}", counted(rows.len(), "row")),
            "the vendor filled days without trade; delete these rows in a copy of the file if the market was closed",
        )
    })
}
