//! What is told of several symbols and several strategies.

use super::Findings;
use crate::backtest::sweep::Family;
use crate::report::format;
use crate::results::combinations::{STRATEGY, headings};
use crate::strategy::file::Strategy;

/// Choices of symbols whose own days are told one by one.
const TOLD: usize = 10;

/// What the window is, where several share it.
pub(super) fn shared(findings: &Findings<'_>) -> Option<String> {
    let all = findings.days.len();
    let several = others(findings).next().is_some();
    let of = if several { "choices of strategy and symbols" } else { "choices of symbols" };
    (all > 1).then(|| format!("the days that {} {of} have in common", format::count(all)))
}

/// Whose signals, trades, figures and verdict a report of several strategies tells.
pub(super) fn alone(findings: &Findings<'_>) -> Option<String> {
    let names: Vec<&str> = others(findings).map(|strategy| strategy.name.as_str()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "Verdict, signals, trades and figures are those of {}, the first of {} strategies, at its default. Of {} only the ranking tells.",
            findings.setup.strategy.name,
            format::count(names.len() + 1),
            names.join(", ")
        )
    })
}

/// What is to be known of days and strategies that are not those of the report.
pub(super) fn notes(findings: &Findings<'_>) -> Vec<String> {
    let Some(shared) = shared(findings) else { return Vec::new() };
    let mut notes = vec![format!(
        "The window is {shared}, each on its own clock: so their figures can be compared. What stands here of signals, episodes and trades is of the default alone."
    )];
    let alone = findings.days.iter().take(TOLD);
    notes.extend(alone.map(|(what, days)| format!("Alone {what} would have {} to {}.", days.from, days.to)));
    if findings.days.len() > TOLD {
        notes.push(format!("{} more are told in manifest.json.", format::count(findings.days.len() - TOLD)));
    }
    notes.extend(others(findings).map(|strategy| {
        format!(
            "Swept in the same ranking: {}, {} when {}; {}.",
            strategy.name,
            strategy.describe_trade(|market| strategy.markets[market].name.clone()),
            strategy.entry.text,
            strategy.describe_orders()
        )
    }));
    notes
}

/// The strategies beside the one the report is of.
fn others<'f>(findings: &Findings<'f>) -> impl Iterator<Item = &'f Strategy> {
    let all = findings.sweep.map(|(.., family)| family.strategies()).unwrap_or_default();
    all.into_iter().skip(1).map(|(strategy, _)| strategy)
}

/// The columns of a ranking that say which combination it is.
pub(super) fn columns(family: &Family<'_>) -> Vec<String> {
    let strategies = family.strategies();
    let name = (strategies.len() > 1).then_some(STRATEGY);
    let names = headings(strategies.iter().map(|(strategy, _)| *strategy));
    name.into_iter().chain(names).map(str::to_owned).collect()
}

/// What a combination has in them; a dash where its strategy has no such parameter.
pub(super) fn values(family: &Family<'_>, number: u64) -> Vec<String> {
    let strategies = family.strategies();
    let member = family.member(number);
    let strategy = member.setup.strategy;
    let values = strategy.combination(number - member.first);
    let value = |name: &str| {
        let mut own = strategy.parameters.iter().zip(&values.0);
        let found = own.find(|(parameter, _)| parameter.name == name);
        found.map_or_else(|| "-".to_owned(), |(_, value)| value.text().to_owned())
    };
    let name = (strategies.len() > 1).then(|| strategy.name.clone());
    let headings = headings(strategies.iter().map(|(strategy, _)| *strategy));
    name.into_iter().chain(headings.into_iter().map(value)).collect()
}
