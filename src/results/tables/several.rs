//! The tables of several laggards: each row names its market, and its times are those of that market's own bars.

use super::{EQUITY, FILLS, TRADES, csv, equity_rows, fill_row, number_text, trade_row};
use crate::backtest::portfolio::{Outcome, Portfolio};
use crate::backtest::single::Setup;
use crate::base::diagnostic::Result;
use crate::evidence::event_study::stories;
use crate::strategy::rule::Evaluator;

/// `signals.csv`: a row per signal of each laggard, with the value of each clause. What differs between laggards stands
/// under the clause as written.
///
/// # Errors
/// Where a series lacks a column the rule needs.
pub fn signals(portfolio: &Portfolio<'_>, outcome: &Outcome) -> Result<Vec<u8>> {
    let values = &outcome.run.values;
    let mut columns = Vec::new();
    for setup in &portfolio.members {
        let mut evaluator = Evaluator::new(&setup.strategy.graph, setup.panel);
        let clauses = setup.strategy.entry.clauses.iter();
        let measured = clauses.map(|clause| evaluator.measures(clause.measure.node, values));
        columns.push(measured.collect::<Result<Vec<_>>>()?);
    }
    let first = &portfolio.face.strategy.entry.clauses;
    let named = first.iter().enumerate().map(|(at, clause)| {
        let functional = &clause.measure.functional;
        let same = |setup: &_| same_measure(setup, at, functional);
        if portfolio.members.iter().all(same) { functional.clone() } else { clause.text.clone() }
    });
    let mut header = ["bar", "known_at", "market", "episode"].map(str::to_owned).to_vec();
    header.extend(named);
    let stories = stories(portfolio, outcome);
    let signals =
        stories.iter().enumerate().flat_map(|(story, signals)| signals.iter().map(move |s| (story, s)));
    let rows = signals.map(|(story, &(k, bar))| {
        let panel = portfolio.members[k].panel;
        let symbol = panel.clock_series().provenance().symbol.clone();
        let mut row = vec![panel.label(bar).to_string(), panel.decision(bar).to_string(), symbol];
        row.push((story + 1).to_string());
        row.extend(columns[k].iter().map(|column| column[bar].map(number_text).unwrap_or_default()));
        row
    });
    csv(&header, rows)
}

fn same_measure(setup: &Setup<'_>, at: usize, functional: &str) -> bool {
    setup.strategy.entry.clauses.get(at).is_some_and(|clause| clause.measure.functional == functional)
}

/// `trades.csv`: a row per trade, in order of their first fills.
///
/// # Errors
/// Never for an outcome of this portfolio.
pub fn trades(portfolio: &Portfolio<'_>, outcome: &Outcome) -> Result<Vec<u8>> {
    let rows = outcome
        .trades
        .iter()
        .map(|&(k, number)| trade_row(&portfolio.members[k], &outcome.members[k].ledger, number));
    csv(&TRADES.map(str::to_owned), rows)
}

/// `fills.csv`: a row per fill, in order of time.
///
/// # Errors
/// Never for an outcome of this portfolio.
pub fn fills(portfolio: &Portfolio<'_>, outcome: &Outcome) -> Result<Vec<u8>> {
    let fills = outcome.run.ledger.executions.iter();
    let rows = fills.map(|fill| fill_row(portfolio.members[fill.market].panel.clock_series(), fill));
    csv(&FILLS.map(str::to_owned), rows)
}

/// `equity.csv`: the account at each close of the first laggard, `position` the number of positions held; then the
/// units of each laggard.
///
/// # Errors
/// Never for an outcome of this portfolio.
pub fn equity(portfolio: &Portfolio<'_>, outcome: &Outcome) -> Result<Vec<u8>> {
    let face = &portfolio.face;
    let mut header = EQUITY.map(str::to_owned).to_vec();
    let mut rows = equity_rows(face, &outcome.run.ledger);
    for (setup, member) in portfolio.members.iter().zip(&outcome.members) {
        header.push(format!("units {}", setup.panel.clock_series().provenance().symbol));
        let base = rows.first_mut().into_iter();
        base.for_each(|row| row.push(number_text(0.0)));
        for (row, &now) in rows.iter_mut().skip(1).zip(face.known_at()) {
            let known = setup.known_at().partition_point(|&known| known <= now).checked_sub(1);
            row.push(number_text(known.map_or(0.0, |bar| member.ledger.position[bar])));
        }
    }
    csv(&header, rows.into_iter())
}
