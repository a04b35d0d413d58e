//! What is said of several laggards that share one account.

use super::format;
use crate::backtest::portfolio::{Outcome, Portfolio};

/// Signals that ordered nothing though their laggard was flat, in words.
pub(super) fn wanting(together: &Outcome) -> Option<String> {
    let (places, cash) = together.wanting();
    let told = [(places, "without a free place"), (cash, "without free cash")];
    let told: Vec<String> = told
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, why)| format!("{} {why}", format::counted(count, "signal")))
        .collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// On which bars all laggards together are told, and how they share their money.
pub(super) fn note(portfolio: &Portfolio<'_>) -> String {
    let late = portfolio.late().map(|(setup, first)| {
        format!(" {} can be traded from {first} on.", setup.panel.clock_series().provenance().full_name())
    });
    let late: String = late.collect();
    format!(
        "Equity and metrics stand on the bars of the first laggard, {}, the other markets as of its closes; buy and hold is all laggards bought in equal parts. The laggards share one account: at one close the one furthest behind is served first, of two equal ones the one written first.{late}",
        portfolio.face.panel.clock_series().provenance().full_name()
    )
}
