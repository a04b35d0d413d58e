//! When did this strategy say so on this panel, in which episodes?

mod proof;
mod span;

use std::ops::Range;

use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::market::series::Panel;
use crate::strategy::file::Strategy;
use crate::strategy::rule::{Assignment, Choice, Evaluator, NodeId, WarmUp};

pub use proof::{LookAhead, prove_no_look_ahead};
pub use span::{Span, days_in_common, evaluation_window_within};

/// The bars of the clock that count: the same for every combination.
///
/// From the first bar at which every declared value of every parameter is warm to the last, unless the
/// strategy's window says otherwise.
///
/// # Errors
/// Where no bar is left, or the history is too short for the longest look-back.
pub fn evaluation_window(strategy: &Strategy, panel: &Panel) -> Result<Range<usize>> {
    let date = |t: usize| panel.label(t).calendar_date();
    let bars = 0..panel.len();
    let start = match strategy.window.from {
        Some(from) => bars.clone().find(|&t| date(t) >= from).unwrap_or(panel.len()),
        None => warm_up(strategy, strategy.every_value(), panel).ok_or_else(|| too_short(strategy, panel))?,
    };
    let end = match strategy.window.to {
        Some(to) => bars.clone().rev().find(|&t| date(t) <= to).map_or(0, |t| t + 1),
        None => panel.len(),
    };
    if let (Some(from), Some(to)) = (strategy.window.from, strategy.window.to)
        && from > to
    {
        return Err(Diagnostic::new(format!("the window begins on {from}, after it ends on {to}"))
            .hint("exchange the two dates")
            .into());
    }
    if end <= start + 1 {
        return Err(few_bars(panel));
    }
    Ok(start..end)
}

fn few_bars(panel: &Panel) -> Failure {
    Diagnostic::new("the evaluation window holds fewer than two bars")
        .detail(format!(
            "{} has bars from {} to {}",
            panel.clock_series().provenance().full_name(),
            panel.label(0),
            panel.label(panel.len() - 1)
        ))
        .hint("choose --from and --to inside of them")
        .into()
}

fn too_short(strategy: &Strategy, panel: &Panel) -> Diagnostic {
    let bars: Vec<String> = panel
        .members()
        .iter()
        .map(|series| format!("{} has {} bars", series.provenance().full_name(), series.len()))
        .collect();
    let choice = strategy.every_value();
    let part = strategy.looks().find_map(|rule| strategy.graph.too_long(rule, choice, panel));
    part.unwrap_or_else(|| Diagnostic::new("the history is too short for the rule's longest look-back"))
        .detail(bars.join(", "))
        .detail(format!("the rule is {}", strategy.entry.functional))
        .hint("declare shorter look-backs, say where to begin with `--from`, or import more history")
}

/// The first bar of the clock at which all rules can be told; `None` where they never can.
pub fn warm_up(strategy: &Strategy, choice: Choice<'_>, panel: &Panel) -> Option<usize> {
    strategy.looks().try_fold(0, |latest, rule| match strategy.graph.warm_up(rule, choice, panel) {
        WarmUp::From(bar) => Some(latest.max(bar)),
        WarmUp::Never => None,
    })
}

/// Signals of one story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Episode {
    /// The bars of the clock at which the rule was true, in order; at least one.
    pub bars: Vec<usize>,
}

impl Episode {
    /// The bar of the first signal.
    pub fn first(&self) -> usize {
        self.bars[0]
    }

    /// The bar of the last signal.
    pub fn last(&self) -> usize {
        self.bars[self.bars.len() - 1]
    }
}

/// Cuts signals (bars of the clock, rising) into episodes: a new one starts when more than `gap_days`
/// calendar days lie between a signal's label and the last signal before it.
pub fn episodes(panel: &Panel, signals: &[usize], gap_days: i64) -> Vec<Episode> {
    let mut episodes: Vec<Episode> = Vec::new();
    for &bar in signals {
        match episodes.last_mut() {
            Some(episode)
                if panel.label(bar).calendar_days_since(panel.label(episode.last())) <= gap_days =>
            {
                episode.bars.push(bar);
            }
            _ => episodes.push(Episode { bars: vec![bar] }),
        }
    }
    episodes
}

/// On which bars of `window` a rule is known to be true; one answer per bar of the window.
///
/// # Errors
/// Where a series lacks a column the rule needs.
pub fn true_bars(
    evaluator: &mut Evaluator<'_>,
    rule: NodeId,
    values: &Assignment,
    window: &Range<usize>,
) -> Result<Vec<bool>> {
    let truths = evaluator.truths(rule, values)?;
    Ok(truths[window.clone()].iter().map(|truth| truth.is_true()).collect())
}

/// The entry signals of one combination: bars of the clock inside `window`.
///
/// # Errors
/// Where a series lacks a column the rule needs.
pub fn signals(
    strategy: &Strategy,
    panel: &Panel,
    values: &Assignment,
    window: &Range<usize>,
) -> Result<Vec<usize>> {
    let mut evaluator = Evaluator::new(&strategy.graph, panel);
    Ok(places(&true_bars(&mut evaluator, strategy.entry.node, values, window)?, window))
}

/// The bars of the clock at which it is so, of answers for each bar of a window.
fn places(answers: &[bool], window: &Range<usize>) -> Vec<usize> {
    answers.iter().enumerate().filter(|(_, so)| **so).map(|(bar, _)| window.start + bar).collect()
}
