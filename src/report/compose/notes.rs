//! What a reader of the figures must know beside them: what could not be bought, what ended early, what broke.

use super::super::content::{Kind, Record};
use super::{Findings, cut_short, label, market_name};
use crate::base::calendar::Label;
use crate::report::format::{counted, decimal};
use crate::strategy::file::Strategy;
use crate::strategy::rule::Choice;

/// Everything about the account and its markets that the figures alone do not tell, the gravest first.
pub(super) fn notes(findings: &Findings<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if findings.kind != Kind::Study {
        notes.extend(broken(findings));
        notes.extend(hedges(findings));
        notes.extend(unbought(findings));
    }
    notes.extend(ended(findings));
    notes
}

/// Ruin and margin calls.
fn broken(findings: &Findings<'_>) -> Vec<String> {
    let ledger = &findings.run.ledger;
    let ruined = ledger.ruined.map(|bar| {
        let bar = label(findings, bar);
        format!("At the close of {bar} nothing was left: the account was ruined and traded no more.")
    });
    let calls = Some(ledger.margin_calls()).filter(|calls| *calls > 0).map(|calls| {
        let trades = counted(calls, "trade");
        format!("{trades} ended by a margin call: equity had fallen below the maintenance margin.")
    });
    ruined.into_iter().chain(calls).collect()
}

/// Hedges that did not do what a hedge does.
fn hedges(findings: &Findings<'_>) -> Vec<String> {
    let ledger = &findings.run.ledger;
    if findings.setup.strategy.plan.hedge.is_none() {
        return Vec::new();
    }
    let same = Some(ledger.on_same_side()).filter(|same| *same > 0).map(|same| {
        let trades = counted(same, "trade");
        format!(
            "Hedge on the same side: {trades}. The beta was below 0 at the signal, so that both legs stood on one side and shared the money."
        )
    });
    let hedged = |trade: usize| ledger.executions.iter().any(|fill| fill.trade == trade && fill.leg > 0);
    let alone = (0..ledger.trades.len()).filter(|&trade| !hedged(trade)).count();
    let alone = Some(alone).filter(|alone| *alone > 0).map(|alone| {
        let trades = counted(alone, "trade");
        format!("{trades} stood without the hedge: it was told to leave before its market opened, its order was too small, or it had no bar left.")
    });
    same.into_iter().chain(alone).collect()
}

/// Signals of a flat account, and parts of a position, that were not bought.
fn unbought(findings: &Findings<'_>) -> Vec<String> {
    let (ledger, mut notes) = (&findings.run.ledger, Vec::new());
    let missed = ledger.unbought;
    let told = [
        (
            missed.too_small,
            "bought nothing: the size came to less than a lot or the least order, or to no money",
        ),
        (
            missed.unknown,
            "ordered nothing: a beta, a volatility or a price that the order needs was not known",
        ),
        (missed.expired, "waited for a limit that was not reached in time"),
    ];
    for (count, why) in told.into_iter().filter(|(count, _)| *count > 0) {
        notes.push(format!("{} {why}.", counted(count, "signal")));
    }
    let short = cut_short(findings);
    if short > 0 {
        let closed = ledger.trades.iter().filter(|trade| !trade.open).count();
        let closed = counted(closed, "closed trade");
        notes.push(format!("{short} of {closed} ended before all parts were bought: what was missing is dropped, and its money stayed in cash."));
    }
    notes
}

/// Markets that end before the window does, and a window that ends before it was asked to.
fn ended(findings: &Findings<'_>) -> Vec<String> {
    let setup = findings.setup;
    let last = label(findings, setup.window.len() - 1);
    let end = setup.panel.decision(setup.window.end - 1);
    let mut notes = Vec::new();
    for series in setup.panel.members() {
        let known = series.known_at(series.len() - 1);
        if end.days_since(known) > series.stale_after_days() {
            let (name, own) = (market_name(series), series.label(series.len() - 1));
            notes.push(format!(
                "{name} ends on {own}, before the window, which ends on {last}: what looks at it is missing {} days after its last bar.",
                decimal(series.stale_after_days(), 0)
            ));
        }
    }
    let clock = setup.panel.clock_series();
    let asked = setup.strategy.window.to.map(Label::date);
    let short =
        asked.filter(|asked| asked.calendar_days_since(last) > LATE && setup.window.end == clock.len());
    notes.extend(short.map(|asked| {
        format!("The window was to end on {asked}; the history of {} ends on {last}.", market_name(clock))
    }));
    notes
}

/// Days by which a window may end before it was asked to without a word: a long weekend.
const LATE: i64 = 7;

/// The markets whose whole history the rule looks back over, and how long that was at the first signal.
pub(super) fn records(findings: &Findings<'_>) -> Vec<Record> {
    let (setup, strategy) = (findings.setup, findings.setup.strategy);
    let Some(first) = findings.run.signals.first() else { return Vec::new() };
    let decision = setup.panel.decision(*first);
    let choice = match findings.sweep {
        Some(_) => strategy.every_value(),
        None => Choice::One(&findings.run.values),
    };
    let strategies: Vec<&Strategy> = match findings.several {
        Some((portfolio, _)) => portfolio.members.iter().map(|member| member.strategy).collect(),
        None => vec![strategy],
    };
    let looks_at_all = |member: usize| {
        let asks = |strategy: &&Strategy| {
            strategy.rules().any(|rule| strategy.graph.looks_at_all_of(rule, member, choice))
        };
        strategies.iter().any(asks)
    };
    let asked = setup.panel.members().iter().enumerate().filter(|(member, _)| looks_at_all(*member));
    asked
        .map(|(_, series)| Record {
            market: market_name(series),
            since: series.label(0),
            years: decision.days_since(series.known_at(0)) / 365.25,
        })
        .collect()
}
