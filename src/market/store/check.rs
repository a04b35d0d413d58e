//! Can this series be trusted? What can be seen in its rows today, and what to do about it.

use std::collections::BTreeSet;

use crate::base::calendar::{Date, Label, LabelKind, Session};
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::market::series::{Field, Series};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// So many equal closes in a row are worth a word.
const STANDSTILL: usize = 5;

/// A US market's close that is at least this many times the one before, or that part of it, looks like a split.
const JUMP: f64 = 1.8;

/// Something about a series that its user should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
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
    fn warning(row: Option<Label>, what: String, remedy: &str) -> Self {
        Self { severity: Severity::Warning, row, what, remedy: remedy.to_owned() }
    }

    /// The finding as a message.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::new(self.what.as_str()).hint(self.remedy.as_str())
    }
}

/// Looks at a series as a whole; what is found comes in a fixed order.
pub fn check_series(series: &Series) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(adjustment(series));
    findings.extend(impossible(series));
    findings.extend(outside(series));
    let calendar = match series.session() {
        Session::UsEquity | Session::Cboe => true,
        // Within the day their labels' UTC dates are not their sessions.
        Session::Futures | Session::Fx => series.label_kind() == LabelKind::Date,
        _ => false,
    };
    if calendar {
        findings.extend(missing_sessions(series));
        findings.extend(closed_days(series));
        findings.extend(jumps(series));
    } else {
        findings.extend(missing_bars(series));
        findings.extend(stale(series));
    }
    if !matches!(series.session(), Session::Macro { .. }) {
        findings.extend(standstills(series));
    }
    findings
}

fn adjustment(series: &Series) -> Option<Finding> {
    (series.provenance().adjustment == "unknown").then(|| {
        Finding::warning(
            None,
            "the file does not tell what its prices are adjusted for".to_owned(),
            "if you know it, import again with `--adjustment split` or `split-and-dividend`; unadjusted splits make false signals",
        )
    })
}

fn impossible(series: &Series) -> Option<Finding> {
    if matches!(series.session(), Session::Macro { .. }) {
        return None;
    }
    let columns = [Field::Open, Field::High, Field::Low, Field::Close].map(|field| series.column(field));
    let below = |row: usize| match (columns[1], columns[2]) {
        (Some(high), Some(low)) => high[row] < low[row],
        _ => false,
    };
    let rows: Vec<usize> = (0..series.len())
        .filter(|&row| below(row) || columns.iter().flatten().any(|column| column[row] <= 0.0))
        .collect();
    some_rows(series, &rows).map(|(row, list)| Finding {
        severity: Severity::Error,
        row: Some(row),
        what: format!(
            "{} with a high below the low or a price not above zero: {list}",
            counted(rows.len(), "row")
        ),
        remedy: "import the vendor's file again".to_owned(),
    })
}

fn outside(series: &Series) -> Option<Finding> {
    let (high, low) = (series.column(Field::High)?, series.column(Field::Low)?);
    let is_outside = |column: &[f64], row: usize| column[row] > high[row] || column[row] < low[row];
    let open = series.column(Field::Open);
    let rows: Vec<usize> = (0..series.len())
        .filter(|&row| is_outside(series.close(), row) || open.is_some_and(|open| is_outside(open, row)))
        .collect();
    some_rows(series, &rows).map(|(row, list)| {
        Finding::warning(
            Some(row),
            format!("open or close outside high and low in {}: {list}", counted(rows.len(), "row")),
            "kept as the vendor has them; stops and targets inside these bars are less sure",
        )
    })
}

fn missing_sessions(series: &Series) -> Option<Finding> {
    if bar_length(series) > MICROS_PER_DAY {
        return None;
    }
    // Rows within one day are looked at once.
    let mut labels: Vec<i64> =
        series.rows().labels.iter().map(|label| label.div_euclid(MICROS_PER_DAY)).collect();
    labels.dedup();
    let date = |day: i64| Label::from_micros(day * MICROS_PER_DAY, LabelKind::Date).calendar_date();
    let days: BTreeSet<Date> = labels.into_iter().map(date).collect();
    let (first, last) = (*days.first()?, *days.last()?);
    let missing: Vec<Label> = first
        .series(jiff::Span::new().days(1))
        .take_while(|day| *day <= last)
        .filter(|day| series.session().is_trading_day(*day) && !days.contains(day))
        .map(Label::date)
        .collect();
    let row = *missing.first()?;
    Some(Finding::warning(
        Some(row),
        format!("{} of the exchange without a row: {}", counted(missing.len(), "session"), listed(&missing)),
        "the vendor left them out; N-day windows then reach back a little further",
    ))
}

fn closed_days(series: &Series) -> Option<Finding> {
    let closed = |row: &usize| !series.session().is_trading_day(series.label(*row).calendar_date());
    let rows: Vec<usize> = (0..series.len()).filter(closed).collect();
    some_rows(series, &rows).map(|(row, list)| {
        Finding::warning(
            Some(row),
            format!("{} on days on which the exchange was closed: {list}", counted(rows.len(), "row")),
            "if this market trades on such days, import it with another `--session`",
        )
    })
}

/// A market that never closes has a bar for every step.
fn missing_bars(series: &Series) -> Option<Finding> {
    if !matches!(series.session(), Session::Crypto | Session::CryptoCut(_)) {
        return None;
    }
    let step = bar_length(series);
    let labels = &series.rows().labels;
    let mut missing = 0;
    let mut after = None;
    for (row, pair) in labels.windows(2).enumerate() {
        let skipped = (pair[1] - pair[0]) / step - 1;
        if skipped > 0 {
            missing += usize::try_from(skipped).unwrap_or(0);
            after.get_or_insert(row);
        }
    }
    let row = series.label(after?);
    Some(Finding::warning(
        Some(row),
        format!("{} missing, the first after {row}", counted(missing, "bar")),
        "the vendor left them out, or the exchange stood still; N-day windows then reach back a little further",
    ))
}

/// Where no calendar tells which rows are missing, long gaps between them do.
fn stale(series: &Series) -> Option<Finding> {
    let limit = series.stale_after_days();
    let age = |row: usize| series.known_at(row).days_since(series.known_at(row - 1));
    let rows: Vec<usize> = (1..series.len()).filter(|&row| age(row) > limit).map(|row| row - 1).collect();
    let longest = rows.iter().map(|&row| age(row + 1)).fold(0.0, f64::max);
    some_rows(series, &rows).map(|(row, list)| {
        Finding::warning(
            Some(row),
            format!(
                "{} of more than {limit} days without a row, the longest {longest:.0} days, after {list}",
                counted(rows.len(), "stretch")
            ),
            "within them the series counts as missing once its last row is too old",
        )
    })
}

fn standstills(series: &Series) -> Option<Finding> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut start = 0;
    for run in series.close().chunk_by(|a, b| a.total_cmp(b).is_eq()) {
        if run.len() >= STANDSTILL {
            runs.push((start, run.len()));
        }
        start += run.len();
    }
    let (row, length) = runs.iter().copied().reduce(|best, run| if run.1 > best.1 { run } else { best })?;
    Some(Finding::warning(
        Some(series.label(runs[0].0)),
        format!(
            "the close stands still for {STANDSTILL} or more rows {}, longest for {length} rows from {}",
            times(runs.len()),
            series.label(row)
        ),
        "prices may be carried forward or rounded there; leave that time out with `--from` if it matters",
    ))
}

fn jumps(series: &Series) -> Option<Finding> {
    if series.label_kind() != LabelKind::Date || *series.session() != Session::UsEquity {
        return None;
    }
    let close = series.close();
    let rows: Vec<usize> = (1..close.len())
        .filter(|&row| close[row] >= JUMP * close[row - 1] || close[row - 1] >= JUMP * close[row])
        .collect();
    some_rows(series, &rows).map(|(row, list)| {
        Finding::warning(
            Some(row),
            format!(
                "{} at which the close is {JUMP} times the one before, or the reverse: {list}",
                counted(rows.len(), "row")
            ),
            "it looks like a split that the prices are not adjusted for; get split-adjusted prices",
        )
    })
}

/// The median length of a bar in microseconds, at least 1.
fn bar_length(series: &Series) -> i64 {
    let rows = series.rows();
    let mut lengths: Vec<i64> =
        rows.opens_at.iter().zip(&rows.known_at).map(|(opens, known)| known - opens).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied().unwrap_or(1).max(1)
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
        1 => format!("1 {noun}"),
        _ if noun.ends_with("ch") => format!("{count} {noun}es"),
        _ => format!("{count} {noun}s"),
    }
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::market::store::import::{ImportRequest, read_bytes};
    use crate::market::store::session::SessionSpec;

    fn findings(session: &str, text: &str) -> Vec<String> {
        let request = ImportRequest {
            symbol: Some("X".to_owned()),
            session: SessionSpec::named(session),
            adjustment: Some("split".to_owned()),
            ..ImportRequest::file("x.csv")
        };
        let imported = read_bytes(text.as_bytes(), &request).unwrap();
        check_series(&imported.series).into_iter().map(|finding| finding.what).collect()
    }

    fn closes(rows: &[(&str, &str)]) -> String {
        let lines: Vec<String> = rows.iter().map(|(date, close)| format!("{date},{close}\n")).collect();
        format!("date,close\n{}", lines.concat())
    }

    #[test]
    fn a_clean_series_has_no_findings() {
        // New Year's Day 2024 was a Monday.
        let text = closes(&[
            ("2023-12-28", "1"),
            ("2023-12-29", "1.1"),
            ("2024-01-02", "1.2"),
            ("2024-01-03", "1.3"),
        ]);
        assert_eq!(findings("us-equity", &text), Vec::<String>::new());
    }

    #[test]
    fn sessions_are_compared_with_the_exchange() {
        let text = closes(&[
            ("2023-12-22", "1"),
            ("2023-12-25", "1.1"),
            ("2023-12-26", "1.2"),
            ("2023-12-28", "1.3"),
            ("2023-12-30", "1.4"),
            ("2024-01-02", "1.5"),
        ]);
        assert_eq!(
            findings("us-equity", &text),
            [
                "2 sessions of the exchange without a row: 2023-12-27, 2023-12-29",
                "2 rows on days on which the exchange was closed: 2023-12-25, 2023-12-30",
            ]
        );
        assert_eq!(findings("crypto", &text), ["6 bars missing, the first after 2023-12-22"]);
        assert_eq!(findings("custom", &text), Vec::<String>::new());
    }

    #[test]
    fn standstills_jumps_and_long_gaps_are_told() {
        let mut rows =
            vec![("2024-01-02", "10"), ("2024-01-03", "10"), ("2024-01-04", "10"), ("2024-01-05", "10")];
        assert_eq!(findings("custom", &closes(&rows)), Vec::<String>::new());
        rows.extend([("2024-01-08", "10"), ("2024-01-09", "5"), ("2024-01-17", "6")]);
        assert_eq!(
            findings("us-equity", &closes(&rows)),
            [
                "4 sessions of the exchange without a row: 2024-01-10, 2024-01-11, 2024-01-12, …",
                "1 row at which the close is 1.8 times the one before, or the reverse: 2024-01-09",
                "the close stands still for 5 or more rows once, longest for 5 rows from 2024-01-02",
            ]
        );
    }

    #[test]
    fn long_gaps_count_where_there_is_no_calendar() {
        let text =
            closes(&[("2024-01-02", "1"), ("2024-01-09", "2"), ("2024-01-10", "3"), ("2024-01-20", "4")]);
        assert_eq!(
            findings("custom", &text),
            [
                "2 stretches of more than 5 days without a row, the longest 10 days, after 2024-01-02, 2024-01-10"
            ]
        );
    }

    #[test]
    fn prices_outside_high_and_low_are_counted() {
        let text = "date,open,high,low,close\n2024-01-02,10,11,9,10\n2024-01-03,12,11,9,10\n2024-01-04,10,11,9,8.5\n";
        assert_eq!(
            findings("us-equity", text),
            ["open or close outside high and low in 2 rows: 2024-01-03, 2024-01-04"]
        );
    }
}
