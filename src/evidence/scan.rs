//! Which pairs of markets lag now, and how often did each laggard catch up before?
//!
//! One rule of a leader and a laggard is put to every ordered pair of a universe. Every pair tried counts,
//! whether it ever spoke or not: the best of many is the best by construction.

use std::sync::Arc;

use rayon::prelude::*;

use super::event_study::{EventStudy, HORIZONS, Horizon};
use crate::backtest::single::{self, Setup};
use crate::base::calendar::{Instant, Label};
use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::market::series::{Panel, Series};
use crate::strategy::file::Strategy;
use crate::strategy::signals::prove_no_look_ahead;
use crate::strategy::today::today;

/// The horizon a scan looks at, by its place in [`HORIZONS`]: a quarter.
const QUARTER: usize = 2;

/// Bars of the horizon a scan looks at.
pub const HORIZON_BARS: usize = HORIZONS[QUARTER];

/// One pair and what was found.
#[derive(Debug)]
pub struct Pair {
    /// The leader, by its number in the universe.
    pub leader: usize,
    /// The laggard, by its number in the universe.
    pub laggard: usize,
    /// What the rule says of it, or why it cannot be asked.
    pub found: Result<Found>,
}

/// What the rule says of a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Label of the laggard's last bar.
    pub bar: Label,
    /// When that bar was known.
    pub known_at: Instant,
    /// Whether the rule is true there; `None` where it is missing.
    pub truth: Option<bool>,
    /// Bars at which the rule was true.
    pub signals: usize,
    /// Label of the last signal.
    pub last_signal: Option<Label>,
    /// Runs of signals of one story.
    pub episodes: usize,
    /// Episodes after which the laggard closed above the high it had.
    pub caught_up: usize,
    /// A quarter after the episodes, beside a quarter after any bar.
    pub quarter: Horizon,
}

/// All pairs together.
#[derive(Debug, Clone, PartialEq)]
pub struct Total {
    /// Pairs that were asked.
    pub pairs: usize,
    /// Pairs that could not be asked.
    pub left_out: usize,
    /// Pairs of which the rule is true now.
    pub true_now: usize,
    /// Pairs of which the rule never was true.
    pub silent: usize,
    /// Episodes of all pairs.
    pub episodes: usize,
    /// Episodes old enough to have a quarter behind them.
    pub known: usize,
    /// Those after which the laggard stood higher.
    pub up: usize,
    /// How many would be, if each were any bar of its own market; `None` where none is known.
    pub expected_up: Option<f64>,
}

/// The numbers of leader and laggard among a strategy's markets.
///
/// # Errors
/// Where the strategy has not just two markets, a leader beside the one traded, or one of them is several symbols.
pub fn roles(strategy: &Strategy) -> Result<(usize, usize)> {
    if let Some(symbols) = strategy.symbols.first() {
        let words: Vec<&str> = symbols.listed.iter().map(|listed| listed.word.as_str()).collect();
        return Err(Diagnostic::new("a scan asks every pair of its universe, not the symbols of a list")
            .detail(format!("`{}` is one of {}", strategy.markets[symbols.market].name, words.join(", ")))
            .hint("name one symbol in the rule, and those to pair by --universe")
            .into());
    }
    if strategy.each.is_some() || strategy.plan.basket.is_some() {
        return Err(Diagnostic::new("a scan asks one laggard at a time, and the strategy has several")
            .hint("write one laggard: a scan puts every market in its place")
            .into());
    }
    if strategy.markets.len() == 2 && strategy.rate_markets().is_empty() {
        return Ok((1 - strategy.traded, strategy.traded));
    }
    let names: Vec<&str> = strategy.markets.iter().map(|market| market.name.as_str()).collect();
    Err(Diagnostic::new("a scan needs a rule of two markets: a leader, and the laggard that is traded")
        .detail(format!("this rule speaks of {}", names.join(", ")))
        .hint("as in \"long BTC when the Russell hits a high and BTC is over 20% below its high\"")
        .into())
}

/// Asks the rule, at the default values of its parameters, about every ordered pair of different symbols.
/// Pairs come in the order of leader and then laggard.
///
/// # Errors
/// As [`roles`].
pub fn scan(strategy: &Strategy, universe: &[Arc<Series>]) -> Result<Vec<Pair>> {
    let (leader_role, _) = roles(strategy)?;
    let symbol = |number: usize| &universe[number].provenance().symbol;
    let numbers = 0..universe.len();
    let pairs: Vec<(usize, usize)> = numbers
        .clone()
        .flat_map(|leader| numbers.clone().map(move |laggard| (leader, laggard)))
        .filter(|(leader, laggard)| symbol(*leader) != symbol(*laggard))
        .collect();
    let ask = |(leader, laggard): (usize, usize)| {
        let mut members = vec![Arc::clone(&universe[laggard]); 2];
        members[leader_role] = Arc::clone(&universe[leader]);
        Pair { leader, laggard, found: Panel::new(members, strategy.traded).and_then(|p| look(strategy, &p)) }
    };
    Ok(pairs.into_par_iter().map(ask).collect())
}

fn look(strategy: &Strategy, panel: &Panel) -> Result<Found> {
    let values = strategy.defaults();
    let setup = Setup::new(strategy, panel, 1.0)?;
    let run = single::run(&setup, &values)?;
    let proof = prove_no_look_ahead(strategy, panel, &values, &setup.window)?;
    if proof.changed > 0 {
        let failure = Diagnostic::new("the rule gave other answers when the future was cut off");
        return Err(failure.detail("this is a bug of catchup; please report it").into());
    }
    let now = today(strategy, panel, &values)?;
    let study = EventStudy::new(&setup, &run.signals);
    Ok(Found {
        bar: panel.label(now.bar),
        known_at: panel.decision(now.bar),
        truth: now.truth,
        signals: run.signals.len(),
        last_signal: run.signals.last().map(|bar| panel.label(*bar)),
        episodes: study.episodes.len(),
        caught_up: study.caught_up(),
        quarter: study.horizons[QUARTER].clone(),
    })
}

impl Total {
    /// Adds the pairs up.
    pub fn of(pairs: &[Pair]) -> Self {
        let found: Vec<&Found> = pairs.iter().filter_map(|pair| pair.found.as_ref().ok()).collect();
        let known = found.iter().map(|found| found.quarter.episodes.n).sum();
        let expected = |found: &&Found| {
            found.quarter.all_days.share_up().map_or(0.0, |share| share * found.quarter.episodes.n as f64)
        };
        Self {
            pairs: found.len(),
            left_out: pairs.len() - found.len(),
            true_now: found.iter().filter(|found| found.truth == Some(true)).count(),
            silent: found.iter().filter(|found| found.signals == 0).count(),
            episodes: found.iter().map(|found| found.episodes).sum(),
            known,
            up: found.iter().map(|found| found.quarter.episodes.up).sum(),
            expected_up: (known > 0).then(|| found.iter().map(expected).sum()),
        }
    }
}

/// The first line of each message of a failure.
pub fn reason(failure: &Failure) -> String {
    let titles: Vec<&str> = failure.diagnostics().iter().map(Diagnostic::title).collect();
    titles.join("; ")
}
