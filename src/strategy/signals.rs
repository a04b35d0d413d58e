//! When did this strategy say so on this panel, in which episodes?

mod span;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::market::indicators::Truth;
use crate::market::series::Panel;
use crate::strategy::file::Strategy;
use crate::strategy::rule::{Assignment, Choice, Evaluator, NodeId, WarmUp};

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
    Diagnostic::new("the history is too short for the rule's longest look-back")
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

/// The proof that no rule saw tomorrow: answers on history cut off at several instants, beside those on the
/// whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookAhead {
    /// Signals that were found anew on cut-off history.
    pub checked: usize,
    /// Bars, signals or not, at which an answer changed; anything but 0 is a bug of the engine.
    pub changed: usize,
    /// How many cuts were made.
    pub cuts: usize,
}

/// Evenly spread cuts, and cuts right at signals.
const CUTS: usize = 8;

/// Bars over which the cuts are spread. A longer history is halved down to so many, with one cut in each half: every
/// cut evaluates all bars before it, and so all of them together cost at most two and a half evaluations of the whole.
const SPREAD: usize = 1 << 17;

/// Evaluates the rules on history cut off at several decisions and compares every bar up to the cut.
///
/// # Errors
/// Where a series lacks a column the rule needs.
pub fn prove_no_look_ahead(
    strategy: &Strategy,
    panel: &Panel,
    values: &Assignment,
    window: &Range<usize>,
) -> Result<LookAhead> {
    let whole = Told::new(strategy, panel, values)?;
    let mut signals: Vec<usize> = window.clone().filter(|&bar| whole.entry[bar].is_true()).collect();
    // What the cuts find does not depend on who makes them when.
    let compared = cuts(window, &signals)
        .into_par_iter()
        .with_max_len(1)
        .filter_map(|cut| panel.known_by(panel.decision(cut)).map(|before| (cut, before)))
        .map(|(cut, before)| Ok((cut, whole.changed(&Told::new(strategy, &before, values)?, cut))))
        .collect::<Result<Vec<_>>>()?;
    let last = compared.iter().map(|(cut, _)| *cut).max();
    signals.retain(|&signal| last.is_some_and(|last| signal <= last));
    let changed: BTreeSet<usize> = compared.iter().flat_map(|(_, changed)| changed).copied().collect();
    Ok(LookAhead { checked: signals.len(), changed: changed.len(), cuts: compared.len() })
}

/// What all rules and measured parts say at each bar of a history.
struct Told {
    entry: Arc<[Truth]>,
    rules: Vec<Arc<[Truth]>>,
    measures: Vec<Vec<Option<f64>>>,
}

impl Told {
    fn new(strategy: &Strategy, panel: &Panel, values: &Assignment) -> Result<Self> {
        let mut evaluator = Evaluator::new(&strategy.graph, panel);
        Ok(Self {
            entry: evaluator.truths(strategy.entry.node, values)?,
            rules: strategy.rules().map(|rule| evaluator.truths(rule, values)).collect::<Result<_>>()?,
            measures: strategy
                .measures()
                .map(|measure| evaluator.measures(measure, values))
                .collect::<Result<_>>()?,
        })
    }

    /// The bars up to `cut` at which a history that ends there says something else.
    fn changed(&self, then: &Self, cut: usize) -> Vec<usize> {
        let mut changed = Vec::new();
        for (known, then) in self.rules.iter().zip(&then.rules) {
            changed.extend((0..=cut).filter(|&bar| then.get(bar) != Some(&known[bar])));
        }
        let bits = |value: &Option<f64>| value.map(f64::to_bits);
        for (known, then) in self.measures.iter().zip(&then.measures) {
            changed.extend((0..=cut).filter(|&bar| then.get(bar).map(bits) != Some(bits(&known[bar]))));
        }
        changed
    }
}

/// Bars to cut at, rising. The last signal is always one of them, so every signal is found anew.
fn cuts(window: &Range<usize>, signals: &[usize]) -> Vec<usize> {
    let mut cuts: Vec<usize> = signals.last().copied().into_iter().collect();
    let mut bars = window.len();
    while bars > SPREAD {
        bars /= 2;
        // Right at a signal, where there is one in this half, else in its middle.
        let half = window.start + bars..window.start + 2 * bars;
        let before = signals.partition_point(|&signal| signal < half.start + bars / 2);
        let at_signal = signals[..before].last().filter(|signal| half.contains(signal));
        cuts.push(at_signal.copied().unwrap_or(half.start + bars / 2));
    }
    let signals = &signals[..signals.partition_point(|&signal| signal < window.start + bars)];
    cuts.extend((1..=CUTS).map(|k| window.start + bars * k / (CUTS + 1)));
    let step = signals.len().div_ceil(CUTS).max(1);
    cuts.extend(signals.iter().rev().step_by(step));
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_history_is_cut_in_each_half_and_at_signals() {
        let window = 1000..4_001_000;
        let signals: Vec<usize> = (0..400).map(|k| 1000 + k * 9_973).collect();
        let cuts = cuts(&window, &signals);
        assert!(cuts.windows(2).all(|pair| pair[0] < pair[1]) && cuts.iter().all(|cut| window.contains(cut)));
        assert_eq!(cuts.last(), signals.last());
        assert!(cuts.iter().filter(|cut| signals.contains(cut)).count() >= 10);
        let mut bars = window.len();
        while bars > SPREAD {
            bars /= 2;
            let half = window.start + bars..window.start + 2 * bars;
            assert!(cuts.iter().any(|cut| half.contains(cut)), "none in {half:?}");
        }
        let evaluated: usize = cuts.iter().map(|cut| cut - window.start).sum();
        assert!(evaluated < window.len() * 5 / 2 + 2 * CUTS * SPREAD, "{evaluated} bars");
    }

    #[test]
    fn a_short_history_is_cut_evenly_and_at_signals() {
        assert_eq!(cuts(&(0..90), &[5, 33, 71]), [5, 10, 20, 30, 33, 40, 50, 60, 70, 71, 80]);
        assert_eq!(cuts(&(0..9), &[]), [1, 2, 3, 4, 5, 6, 7, 8]);
    }
}
