//! What happened after the signals of several laggards: one story counts once, however many of them signalled.
//!
//! A story is a run of signals within the gap over all laggards, in order of their decisions. Each laggard that
//! signalled in it counts by its first signal there, on its own bars; the story's return is the mean of theirs. Beside
//! it stands the mean over the laggards of what came after any day.

use super::{CatchUp, Distribution, EpisodeStudy, EventStudy, Forward, HORIZONS, Horizon};
use crate::backtest::portfolio::{Outcome, Portfolio};
use crate::base::num;
use crate::strategy::signals::Episode;

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
        let several = Several::new(portfolio);
        let stories = stories(portfolio, outcome);
        let episodes: Vec<EpisodeStudy> = stories.iter().map(|story| several.study(story)).collect();
        let horizon = |(index, &bars): (usize, &usize)| {
            let by_story: Vec<f64> = episodes.iter().filter_map(|episode| episode.returns[index]).collect();
            let any_day = several.any_days(bars);
            let signals = stories.iter().flatten();
            let closes: Vec<f64> =
                signals.filter_map(|&(k, bar)| several.forward[k].close_to_close(bar, bars)).collect();
            Horizon {
                bars,
                episodes: Distribution::of(&by_story),
                all_days: Distribution::told(any_day.len(), |day| any_day[day]),
                signals_close_to_close: Distribution::of(&closes),
            }
        };
        let horizons = HORIZONS.iter().enumerate().map(horizon).collect();
        Self { episodes, horizons }
    }
}

/// The median over all days of the mean return of the laggards, by bar after them, up to the last horizon.
pub fn all_days_path_of(portfolio: &Portfolio<'_>) -> Vec<f64> {
    let several = Several::new(portfolio);
    (0..=HORIZONS[HORIZONS.len() - 1]).map_while(|bars| num::median(&several.any_days(bars))).collect()
}

struct Several<'a> {
    portfolio: &'a Portfolio<'a>,
    forward: Vec<Forward<'a>>,
}

impl<'a> Several<'a> {
    fn new(portfolio: &'a Portfolio<'a>) -> Self {
        Self { portfolio, forward: portfolio.members.iter().map(Forward::new).collect() }
    }

    /// The mean over some laggards, each from a bar of its own; `None` where one of them is not known.
    fn mean(&self, firsts: &[Signal], bars: usize) -> Option<f64> {
        let returns = firsts.iter().map(|&(k, bar)| self.forward[k].open_to_open(bar, bars));
        let returns: Vec<f64> = returns.collect::<Option<_>>()?;
        num::mean(&returns)
    }

    fn study(&self, story: &[Signal]) -> EpisodeStudy {
        let mut firsts: Vec<Signal> = Vec::new();
        for &(k, bar) in story {
            if firsts.iter().all(|&(known, _)| known != k) {
                firsts.push((k, bar));
            }
        }
        let face = &self.portfolio.face;
        let clock = |&(k, bar): &Signal| {
            let decided = self.portfolio.members[k].panel.decision(bar).micros();
            face.window.start + self.portfolio.bar_at(decided)
        };
        EpisodeStudy {
            returns: HORIZONS.iter().map(|&bars| self.mean(&firsts, bars)).collect(),
            path: (0..=HORIZONS[HORIZONS.len() - 1]).map_while(|bars| self.mean(&firsts, bars)).collect(),
            catch_up: self.catch_up(&firsts),
            episode: Episode { bars: story.iter().map(clock).collect() },
        }
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
        let known: Vec<&[i64]> =
            self.portfolio.members.iter().map(|setup| setup.panel.clock_series().rows().known_at).collect();
        let day = |&now: &i64| {
            let returns = self.forward.iter().enumerate().filter_map(|(k, forward)| {
                let row = known[k].partition_point(|&known| known <= now).checked_sub(1)?;
                let inside = row >= self.portfolio.members[k].window.start;
                inside.then(|| forward.open_to_open(row, bars)).flatten()
            });
            num::mean(&returns.collect::<Vec<f64>>())
        };
        self.portfolio.face.known_at().iter().filter_map(day).collect()
    }
}
