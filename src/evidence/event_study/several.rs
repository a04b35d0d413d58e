//! What happened after the signals of several laggards: one story counts once, however many of them signalled.
//!
//! A story is a run of signals within the gap over all laggards, in order of their decisions. Each laggard that
//! signalled in it counts by its first signal there, on its own bars; the story's return is the mean of theirs. Beside
//! it stands the mean over the laggards of what came after any day.

use super::{CatchUp, Distribution, EpisodeStudy, EventStudy, Forward, HORIZONS, Horizon};
use crate::backtest::portfolio::{Outcome, Portfolio};
use crate::backtest::single::Setup;
use crate::base::num;
use crate::market::series::Series;
use crate::strategy::signals::{Episode, episodes};

/// A signal: the number of the laggard and the bar of its own clock.
type Signal = (usize, usize);

/// The signals of all laggards (the number of the laggard, the bar of its own clock), cut into stories: a new one begins when more than the strategy's gap of calendar days
/// lies between a signal's label and the last signal's before it, of whichever laggard.
pub fn stories(portfolio: &Portfolio<'_>, outcome: &Outcome) -> Vec<Vec<(usize, usize)>> {
    let panel = |k: usize| portfolio.members[k].panel;
    let mut signals: Vec<(i64, Signal)> = Vec::new();
    for (k, member) in outcome.members.iter().enumerate() {
        signals.extend(member.signals.iter().map(|&bar| (panel(k).decision(bar).micros(), (k, bar))));
    }
    signals.sort_unstable();
    let gap = portfolio.face.strategy.window.gap_days;
    let label = |(k, bar): Signal| panel(k).label(bar);
    let mut stories: Vec<Vec<Signal>> = Vec::new();
    for (_, signal) in signals {
        match stories.last_mut() {
            Some(story)
                if story
                    .last()
                    .is_some_and(|&last| label(signal).calendar_days_since(label(last)) <= gap) =>
            {
                story.push(signal);
            }
            _ => stories.push(vec![signal]),
        }
    }
    stories
}

impl EventStudy {
    /// Looks at what happened after the signals of several laggards. Bars of its episodes are those of the first
    /// laggard's clock, one for each signal.
    pub fn of_several(portfolio: &Portfolio<'_>, outcome: &Outcome) -> Self {
        let several = Several::of_portfolio(portfolio);
        let stories = stories(portfolio, outcome);
        let clock = |&(k, bar): &Signal| {
            let decided = portfolio.members[k].panel.decision(bar).micros();
            portfolio.face.window.start + portfolio.bar_at(decided)
        };
        let episodes = stories
            .iter()
            .map(|story| several.study(&firsts(story), Episode { bars: story.iter().map(clock).collect() }));
        several.told(episodes.collect(), stories.iter().flatten().copied())
    }

    /// The same of a basket, whose signals are those of all its markets: each of them counts from its last bar known at
    /// a signal, with the same weight.
    pub(super) fn of_basket(setup: &Setup<'_>, signals: &[usize]) -> Self {
        let several = Several::of_basket(setup);
        let legs = |bar: usize| several.known_at(setup.panel.decision(bar).micros());
        let found = episodes(setup.panel, signals, setup.strategy.window.gap_days);
        let studied = found.into_iter().map(|episode| several.study(&legs(episode.first()), episode));
        several.told(studied.collect(), signals.iter().flat_map(|&bar| legs(bar)))
    }
}

/// The median over all days of the mean return of the laggards, by bar after them, up to the last horizon.
pub fn all_days_path_of(portfolio: &Portfolio<'_>) -> Vec<f64> {
    Several::of_portfolio(portfolio).all_days_path()
}

/// The same of a basket.
pub(super) fn all_days_path_of_basket(setup: &Setup<'_>) -> Vec<f64> {
    Several::of_basket(setup).all_days_path()
}

/// The first signal of each laggard of a story.
fn firsts(story: &[Signal]) -> Vec<Signal> {
    let mut firsts: Vec<Signal> = Vec::new();
    for &(k, bar) in story {
        if firsts.iter().all(|&(known, _)| known != k) {
            firsts.push((k, bar));
        }
    }
    firsts
}

/// What follows in several markets, and the decisions of the first.
struct Several<'a> {
    forward: Vec<Forward<'a>>,
    decisions: &'a [i64],
}

impl<'a> Several<'a> {
    fn of_portfolio(portfolio: &'a Portfolio<'a>) -> Self {
        let forward = portfolio.members.iter().map(Forward::new).collect();
        Self { forward, decisions: portfolio.face.known_at() }
    }

    fn of_basket(setup: &'a Setup<'a>) -> Self {
        let (opens, ends) = (setup.opens_at(), setup.panel.decision(setup.window.end - 1).micros());
        let forward = setup.strategy.traded_markets().into_iter().map(|member| {
            let series: &Series = &setup.panel.members()[member];
            let rows = series.rows();
            let start = rows.opens_at.partition_point(|&at| at < opens);
            let end = rows.known_at.partition_point(|&at| at <= ends);
            Forward::within(series, start..end.max(start))
        });
        Self { forward: forward.collect(), decisions: setup.known_at() }
    }

    /// The last bar of each market known at an instant; those that have none in the window are left out.
    fn known_at(&self, instant: i64) -> Vec<Signal> {
        let forward = self.forward.iter().enumerate();
        let known = forward.filter_map(|(k, forward)| {
            let rows = forward.series.rows().known_at;
            let row = rows.partition_point(|&known| known <= instant).checked_sub(1)?;
            (row >= forward.start && row < forward.end).then_some((k, row))
        });
        known.collect()
    }

    /// The mean over some laggards, each from a bar of its own; `None` where one of them is not known.
    fn mean(&self, firsts: &[Signal], bars: usize) -> Option<f64> {
        let returns = firsts.iter().map(|&(k, bar)| self.forward[k].open_to_open(bar, bars));
        let returns: Vec<f64> = returns.collect::<Option<_>>()?;
        num::mean(&returns)
    }

    fn study(&self, firsts: &[Signal], episode: Episode) -> EpisodeStudy {
        EpisodeStudy {
            returns: HORIZONS.iter().map(|&bars| self.mean(firsts, bars)).collect(),
            path: (0..=HORIZONS[HORIZONS.len() - 1]).map_while(|bars| self.mean(firsts, bars)).collect(),
            catch_up: self.catch_up(firsts),
            episode,
        }
    }

    /// The episodes with what they are held against; `signals` are all single ones.
    fn told(&self, episodes: Vec<EpisodeStudy>, signals: impl Iterator<Item = Signal>) -> EventStudy {
        let signals: Vec<Signal> = signals.collect();
        let horizon = |(index, &bars): (usize, &usize)| {
            let by_story: Vec<f64> = episodes.iter().filter_map(|episode| episode.returns[index]).collect();
            let any_day = self.any_days(bars);
            let closes: Vec<f64> =
                signals.iter().filter_map(|&(k, bar)| self.forward[k].close_to_close(bar, bars)).collect();
            Horizon {
                bars,
                episodes: Distribution::of(&by_story),
                all_days: Distribution::told(any_day.len(), |day| any_day[day]),
                signals_close_to_close: Distribution::of(&closes),
            }
        };
        let horizons = HORIZONS.iter().enumerate().map(horizon).collect();
        EventStudy { episodes, horizons }
    }

    /// All that signalled caught up, or not all did: the days of the last of them.
    fn catch_up(&self, firsts: &[Signal]) -> CatchUp {
        let each = || firsts.iter().map(|&(k, bar)| self.forward[k].catch_up(bar));
        let waiting = each().filter_map(|one| match one {
            CatchUp::NotWithin(days) => Some(days),
            CatchUp::After(_) => None,
        });
        let caught = each().filter_map(|one| match one {
            CatchUp::After(days) => Some(days),
            CatchUp::NotWithin(_) => None,
        });
        match waiting.max() {
            Some(days) => CatchUp::NotWithin(days),
            None => CatchUp::After(caught.max().unwrap_or(0)),
        }
    }

    /// For each decision of the first laggard the mean over all laggards whose return over so many of their own bars
    /// is known; each from its last bar known then. Days on which none is known are left out.
    fn any_days(&self, bars: usize) -> Vec<f64> {
        let day = |&now: &i64| {
            let known = self.known_at(now).into_iter();
            let returns = known.filter_map(|(k, row)| self.forward[k].open_to_open(row, bars));
            num::mean(&returns.collect::<Vec<f64>>())
        };
        self.decisions.iter().filter_map(day).collect()
    }

    fn all_days_path(&self) -> Vec<f64> {
        (0..=HORIZONS[HORIZONS.len() - 1]).map_while(|bars| num::median(&self.any_days(bars))).collect()
    }
}
