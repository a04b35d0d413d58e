//! The tables of a run as CSV: signals, trades, fills, equity and benchmarks. Those of several laggards are in
//! `several`.

pub mod several;

use std::borrow::Cow;

use crate::backtest::simulator::{Execution, Ledger, Trade};
use crate::backtest::single::{Benchmark, Run, Setup};
use crate::base::calendar::Instant;
use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::market::series::Series;
use crate::strategy::rule::Evaluator;
use crate::strategy::signals::Episode;

/// `signals.csv`: a row per signal, with the value of each clause.
///
/// # Errors
/// Where a series lacks a column the rule needs.
pub fn signals(setup: &Setup<'_>, run: &Run, episodes: &[Episode]) -> Result<Vec<u8>> {
    let clauses = &setup.strategy.entry.clauses;
    let mut evaluator = Evaluator::new(&setup.strategy.graph, setup.panel);
    let columns = clauses
        .iter()
        .map(|clause| evaluator.measures(clause.measure.node, &run.values))
        .collect::<Result<Vec<_>>>()?;
    let mut header = vec!["bar".to_owned(), "known_at".into(), "episode".into()];
    header.extend(clauses.iter().map(|clause| clause.measure.functional.clone()));
    let rows = episodes
        .iter()
        .enumerate()
        .flat_map(|(episode, bars)| bars.bars.iter().map(move |&bar| (episode, bar)));
    let rows = rows.map(|(episode, bar)| {
        let mut row = vec![
            setup.panel.label(bar).to_string(),
            setup.panel.decision(bar).to_string(),
            (episode + 1).to_string(),
        ];
        row.extend(columns.iter().map(|column| column[bar].map(number_text).unwrap_or_default()));
        row
    });
    csv(&header, rows)
}

/// `trades.csv`: a row per trade.
///
/// # Errors
/// Never for a ledger of this setup.
pub fn trades(setup: &Setup<'_>, run: &Run) -> Result<Vec<u8>> {
    let rows = (0..run.ledger.trades.len()).map(|number| trade_row(setup, &run.ledger, number));
    csv(&TRADES.map(str::to_owned), rows)
}

const TRADES: [&str; 20] = [
    "market",
    "side",
    "signal_at",
    "entry_time",
    "entry_price",
    "exit_time",
    "exit_price",
    "exit_reason",
    "bars",
    "units",
    "commission",
    "financing",
    "pnl",
    "gross_return",
    "net_return",
    "mae",
    "mfe",
    "open",
    "parts",
    "parts_planned",
];

/// The row of a trade of a ledger on the setup's own bars.
fn trade_row(setup: &Setup<'_>, ledger: &Ledger, number: usize) -> Vec<String> {
    let trade = &ledger.trades[number];
    let symbol = |member: usize| setup.panel.members()[member].provenance().symbol.clone();
    let market = match &setup.strategy.plan.basket {
        Some(_) => setup.strategy.traded_markets().into_iter().map(symbol).collect::<Vec<_>>().join("+"),
        None => symbol(setup.panel.clock_member()),
    };
    let (entered, left) = times(setup, ledger, number, trade);
    let mut row = vec![market, trade.side.name().into(), known_at(setup, trade.signal)];
    row.extend([entered, number_text(trade.entry_price)]);
    row.extend([left, number_text(trade.exit_price), trade.reasons.to_string()]);
    row.push(trade.bars().to_string());
    row.extend(
        [
            trade.units,
            trade.commission,
            trade.financing,
            trade.pnl,
            trade.gross_return,
            trade.net_return,
            trade.mae,
            trade.mfe,
        ]
        .map(number_text),
    );
    row.push(u8::from(trade.open).to_string());
    row.extend([trade.parts, trade.parts_planned].map(|parts| parts.to_string()));
    row
}

/// `equity.csv`: the base row, then a row per bar.
///
/// # Errors
/// Never for a ledger of this setup.
pub fn equity(setup: &Setup<'_>, ledger: &Ledger) -> Result<Vec<u8>> {
    csv(&EQUITY.map(str::to_owned), equity_rows(setup, ledger).into_iter())
}

const EQUITY: [&str; 6] = ["time", "equity", "drawdown", "position", "cash", "financing"];

/// The base row, then one for each bar.
fn equity_rows(setup: &Setup<'_>, ledger: &Ledger) -> Vec<Vec<String>> {
    let base =
        vec![setup.panel.clock_series().opens_at(setup.window.start).to_string(), number_text(setup.capital)];
    let start = [0.0, 0.0, setup.capital, 0.0].map(number_text);
    let base = [base, start.to_vec()].concat();
    let falls = drawdowns(setup.capital, &ledger.equity);
    let rows = (0..ledger.equity.len()).map(|bar| {
        vec![
            known_at(setup, bar),
            number_text(ledger.equity[bar]),
            number_text(falls[bar]),
            number_text(ledger.position[bar]),
            number_text(ledger.cash[bar]),
            number_text(ledger.financing.get(bar).copied().unwrap_or(0.0)),
        ]
    });
    std::iter::once(base).chain(rows).collect()
}

/// `benchmarks.csv`: the equity of other ways to hold, the base row first.
///
/// # Errors
/// Never for curves of this setup.
pub fn benchmarks(setup: &Setup<'_>, curves: &[Benchmark]) -> Result<Vec<u8>> {
    let mut header = vec!["time".to_owned()];
    header.extend(curves.iter().map(|curve| curve.name.clone()));
    let mut base = vec![setup.panel.clock_series().opens_at(setup.window.start).to_string()];
    base.extend(curves.iter().map(|_| number_text(setup.capital)));
    let rows = (0..setup.window.len()).map(|bar| {
        let mut row = vec![known_at(setup, bar)];
        row.extend(curves.iter().map(|curve| number_text(curve.equity[bar])));
        row
    });
    csv(&header, std::iter::once(base).chain(rows))
}

/// The fall of each value from the highest so far, the base included; at most 0.
pub fn drawdowns(base: f64, equity: &[f64]) -> Vec<f64> {
    let mut peak = base;
    equity
        .iter()
        .map(|&value| {
            peak = peak.max(value);
            value / peak - 1.0
        })
        .collect()
}

fn known_at(setup: &Setup<'_>, bar: usize) -> String {
    setup.panel.decision(setup.window.start + bar).to_string()
}

/// When the first leg of a trade filled and when it left. What filled inside a bar is told when the bar is known;
/// a trade that never ended, at the close that marks it.
fn times(setup: &Setup<'_>, ledger: &Ledger, number: usize, trade: &Trade) -> (String, String) {
    let mut fills = ledger.executions.iter().filter(|fill| fill.trade == number && fill.leg == 0);
    let at = |fill: Option<&Execution>, bar: usize| {
        fill.map_or_else(|| known_at(setup, bar), |fill| Instant::from_micros(fill.at).to_string())
    };
    let entered = at(fills.next(), trade.entry);
    let left = at(fills.next_back().filter(|_| !trade.open), trade.exit);
    (entered, left)
}

/// `fills.csv`: a row per fill, of every leg.
///
/// # Errors
/// Never for a ledger of this setup.
pub fn fills(setup: &Setup<'_>, ledger: &Ledger) -> Result<Vec<u8>> {
    let rows = ledger.executions.iter().map(|fill| fill_row(setup.leg_series(fill.market), fill));
    csv(&FILLS.map(str::to_owned), rows)
}

const FILLS: [&str; 12] = [
    "trade",
    "leg",
    "market",
    "side",
    "time",
    "units",
    "quoted",
    "price",
    "commission",
    "slippage",
    "gap",
    "reason",
];

/// The row of a fill in a market.
fn fill_row(market: &Series, fill: &Execution) -> Vec<String> {
    let market = market.provenance().symbol.clone();
    let side = if fill.units > 0.0 { "buy" } else { "sell" };
    let mut row = vec![(fill.trade + 1).to_string(), (fill.leg + 1).to_string(), market, side.into()];
    row.push(Instant::from_micros(fill.at).to_string());
    let gap = fill.quoted / fill.reference - 1.0;
    row.extend(
        [fill.units.abs(), fill.quoted, fill.price, fill.commission, fill.slippage(), gap].map(number_text),
    );
    row.push(fill.reasons.to_string());
    row
}

/// The shortest text that reads back as the same number.
fn number_text(value: f64) -> String {
    format!("{value}")
}

/// A table of texts as CSV. No cell is a formula to a spreadsheet; see [`without_formula`].
pub(super) fn csv(header: &[String], rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let wrong =
        |error: csv::Error| Failure::from(Diagnostic::new(format!("a table cannot be written: {error}")));
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |row: &[String]| {
        let cells = row.iter().map(|cell| without_formula(cell));
        writer.write_record(cells.map(|cell| cell.into_owned()))
    };
    write(header).map_err(wrong)?;
    for row in rows {
        write(&row).map_err(wrong)?;
    }
    writer.into_inner().map_err(|error| Diagnostic::new(format!("a table cannot be written: {error}")).into())
}

/// A cell that a spreadsheet takes for text: one that begins like a formula, with `=`, `+`, `-`, `@`, a tab or a carriage
/// return, has a `'` before it, as people write it. Numbers stay as they are.
fn without_formula(cell: &str) -> Cow<'_, str> {
    let begins = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if begins && cell.parse::<f64>().is_err() { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, written) in [
            ("=cmd|'/C calc'!A0", "'=cmd|'/C calc'!A0"),
            ("+1+1", "'+1+1"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("-0.5", "-0.5"),
            ("-1e-7", "-1e-7"),
            ("-inf", "-inf"),
            ("^GSPC", "^GSPC"),
            ("BTC-USD", "BTC-USD"),
            ("GC=F", "GC=F"),
            ("", ""),
        ] {
            assert_eq!(without_formula(cell), written);
        }
        let table = csv(&["=a".into(), "b".into()], std::iter::once(vec!["-1".into(), "@x,y".into()]));
        assert_eq!(String::from_utf8(table.unwrap()).unwrap(), "'=a,b\n-1,\"'@x,y\"\n");
    }

    #[test]
    fn drawdown_counts_the_base() {
        assert_eq!(drawdowns(1.0, &[0.5, 1.0, 2.0, 1.0]), [-0.5, 0.0, 0.0, -0.5]);
    }

    #[test]
    fn numbers_read_back_to_the_last_bit() {
        for value in [0.1 + 0.2, 1e-300, 123_456_789.123_456_78, -0.25] {
            assert_eq!(number_text(value).parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
    }
}
