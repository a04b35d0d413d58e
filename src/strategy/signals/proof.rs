//! The proof that no rule saw tomorrow.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::base::calendar::Instant;
use crate::base::diagnostic::Result;
use crate::market::indicators::Truth;
use crate::market::series::Panel;
use crate::strategy::file::Strategy;
use crate::strategy::rule::{Assignment, Evaluator};

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

/// How many rows of each other market and events of each list are cut right before they were known.
const NEWS: usize = 4;

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
    compare(panel, window, |panel| Told::new(strategy, panel, values))
}

/// As [`prove_no_look_ahead`], of whatever `tell` says on a panel.
fn compare(
    panel: &Panel,
    window: &Range<usize>,
    tell: impl Fn(&Panel) -> Result<Told> + Sync,
) -> Result<LookAhead> {
    let whole = tell(panel)?;
    let mut signals: Vec<usize> = window.clone().filter(|&bar| whole.entry[bar].is_true()).collect();
    let mut cuts = cuts(window, &signals);
    cuts.extend(before_news(panel, &first_part(window)));
    cuts.sort_unstable();
    cuts.dedup();
    // What the cuts find does not depend on who makes them when.
    let compared = cuts
        .into_par_iter()
        .with_max_len(1)
        .filter_map(|cut| panel.known_by(panel.decision(cut)).map(|before| (cut, before)))
        .map(|(cut, before)| Ok((cut, whole.changed(&tell(&before)?, cut))))
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
    while bars > first_part(window).len() {
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

/// The bars over which cuts are spread.
fn first_part(window: &Range<usize>) -> Range<usize> {
    let mut bars = window.len();
    while bars > SPREAD {
        bars /= 2;
    }
    window.start..window.start + bars
}

/// The last bars at which a few pieces of news were not known yet: a value that is seen too early by however little is
/// seen there, and a rare one nowhere else.
fn before_news(panel: &Panel, bars: &Range<usize>) -> Vec<usize> {
    let decisions = &panel.clock_series().rows().known_at[bars.clone()];
    let (Some(&first), Some(&last)) = (decisions.first(), decisions.last()) else { return Vec::new() };
    let before = |known: &[i64]| -> Vec<usize> {
        let news = &known[known.partition_point(|&at| at <= first)..known.partition_point(|&at| at <= last)];
        let some = news.len().min(NEWS);
        let places = (0..some).map(|k| news[(2 * k + 1) * news.len() / (2 * some)]);
        places.map(|at| bars.start + decisions.partition_point(|&decision| decision < at) - 1).collect()
    };
    let others = (0..panel.members().len()).filter(|&member| member != panel.clock_member());
    let mut found: Vec<usize> =
        others.flat_map(|member| before(panel.members()[member].rows().known_at)).collect();
    for events in panel.events() {
        let rows = events.rows().iter();
        let mut instants: Vec<i64> = rows
            .flat_map(|row| [Some(row.at), row.announced, row.called_off])
            .flatten()
            .map(Instant::micros)
            .collect();
        instants.sort_unstable();
        found.extend(before(&instants));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::calendar::{Date, Label, LabelKind, Session};
    use crate::market::events::Events;
    use crate::market::series::{Provenance, Rows, Series};
    use jiff::civil::date;

    fn series(symbol: &str, session: &Session, days: impl Iterator<Item = Date>) -> Arc<Series> {
        let mut rows = Rows::default();
        for day in days.filter(|day| session.is_trading_day(*day)) {
            let times = session.day(day);
            rows.labels.push(Label::date(day).micros());
            rows.opens_at.push(times.opens_at.micros());
            rows.known_at.push(times.known_at.micros());
            rows.close.push(100.0 + rows.close.len() as f64);
        }
        let provenance = Provenance {
            symbol: symbol.into(),
            vendor: "test".into(),
            bar: None,
            file: "test".into(),
            hash: String::new(),
            adjustment: "none".into(),
            simulated: false,
        };
        Arc::new(Series::new(provenance, session.clone(), LabelKind::Date, 90.0, rows).unwrap())
    }

    /// Five years of New York sessions, the clock, beside bitcoin, a value published each month a day late, and two
    /// events.
    fn panel() -> Panel {
        let days = || date(2020, 1, 1).series(jiff::Span::new().days(1)).take_while(|day| day.year() < 2025);
        let members = vec![
            series("NY", &Session::UsEquity, days()),
            series("COIN", &Session::Crypto, days()),
            series("CPI", &Session::Macro { release_lag_days: 1 }, days().filter(|day| day.day() == 15)),
        ];
        let text =
            "# covers: 2020-01-01 to 2024-12-31\n# timezone: UTC\nat\n2021-05-11 12:00\n2023-04-20 12:00\n";
        let events = Events::read("halving", "test", text).unwrap();
        Panel::new(members, 0).unwrap().with_events(vec![Arc::new(events)])
    }

    /// What the proof finds of a number per bar of the clock that is nobody's signal.
    fn found(tell: impl Fn(&Panel) -> Vec<Option<f64>> + Sync) -> LookAhead {
        let panel = panel();
        let told = |panel: &Panel| {
            let entry: Arc<[Truth]> = vec![Truth::False; panel.len()].into();
            Ok(Told { rules: vec![Arc::clone(&entry)], entry, measures: vec![tell(panel)] })
        };
        compare(&panel, &(100..panel.len()), told).unwrap()
    }

    /// The closes of a member where its rows are seen as of `instants`.
    fn seen(panel: &Panel, member: usize, instants: &[i64]) -> Vec<Option<f64>> {
        let view = panel.view(instants, 90.0);
        (0..panel.len()).map(|t| view.row(t).map(|row| panel.members()[member].close()[row])).collect()
    }

    #[test]
    fn an_indicator_that_peeks_one_row_is_caught() {
        let close = |panel: &Panel| panel.clock_series().close().to_vec();
        let peeks = |panel: &Panel| -> Vec<Option<f64>> {
            let close = close(panel);
            (0..close.len()).map(|t| Some(close[(t + 1).min(close.len() - 1)])).collect()
        };
        assert!(found(peeks).changed > 0);
        assert_eq!(found(|panel| close(panel).into_iter().map(Some).collect()).changed, 0);
    }

    #[test]
    fn a_pair_that_is_seen_before_its_later_bar_is_caught() {
        let told = |panel: &Panel, honest: bool| -> Vec<Option<f64>> {
            let pairs = panel.pairs(0, 1);
            let early: Vec<i64> =
                pairs.left.iter().map(|&row| panel.members()[0].rows().known_at[row]).collect();
            let view = panel.view(if honest { &pairs.known_at } else { &early }, 5.0);
            let close = panel.members()[1].close();
            (0..panel.len()).map(|t| view.row(t).map(|pair| close[pairs.right[pair]])).collect()
        };
        assert!(found(|panel| told(panel, false)).changed > 0);
        assert_eq!(found(|panel| told(panel, true)).changed, 0);
    }

    #[test]
    fn a_published_value_that_is_seen_too_early_is_caught() {
        let early = |panel: &Panel| seen(panel, 2, panel.members()[2].rows().opens_at);
        assert!(found(early).changed > 0, "once a month, for a day");
        assert_eq!(found(|panel| seen(panel, 2, panel.members()[2].rows().known_at)).changed, 0);
    }

    #[test]
    fn an_event_that_is_known_too_early_is_caught() {
        let since = |panel: &Panel, hours: i64| -> Vec<Option<f64>> {
            let later = |t: usize| Instant::from_micros(panel.decision(t).micros() + hours * 3_600_000_000);
            (0..panel.len())
                .map(|t| Some(f64::from(panel.events()[0].days_since(later(t)).is_some())))
                .collect()
        };
        assert!(found(|panel| since(panel, 24)).changed > 0, "once, for a day");
        assert_eq!(found(|panel| since(panel, 0)).changed, 0);
    }

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
