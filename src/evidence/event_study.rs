//! What happened after the signals, episode by episode, beside what happens after any day?
//!
//! Forward returns run from the next open after a signal to the open so many bars later, before costs: what
//! a trade with `after N days` would have been in for. An episode counts once, by its first signal.

mod several;

use std::ops::Range;

use crate::backtest::metrics::Total;
use crate::backtest::single::Setup;
use crate::base::num;
use crate::market::series::{Field, Series};
use crate::strategy::signals::{Episode, episodes};

pub use several::{all_days_path_of, stories};

/// Horizons in bars of the clock: about a week, a month, a quarter, half a year of sessions.
pub const HORIZONS: [usize; 4] = [5, 21, 63, 126];

/// What happened after the signals of one combination.
#[derive(Debug, Clone, PartialEq)]
pub struct EventStudy {
    /// Every episode, in order of time.
    pub episodes: Vec<EpisodeStudy>,
    /// One summary for each of [`HORIZONS`].
    pub horizons: Vec<Horizon>,
}

/// One episode.
#[derive(Debug, Clone, PartialEq)]
pub struct EpisodeStudy {
    /// Its signals.
    pub episode: Episode,
    /// Forward return at each of [`HORIZONS`]; `None` where the data end before.
    pub returns: Vec<Option<f64>>,
    /// Return by bar after the entry, from bar 0 (which is 0) to the last horizon or the end of the data.
    pub path: Vec<f64>,
    /// Whether and when the traded market closed above the high it had at the first signal.
    pub catch_up: CatchUp,
}

/// Whether the laggard closed strictly above the highest close it had at the signal, by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// Yes, so many calendar days after the signal.
    After(i64),
    /// Not in the calendar days from the signal to the last bar.
    NotWithin(i64),
}

/// One horizon: episodes beside all days of the window, and signals from close to close.
#[derive(Debug, Clone, PartialEq)]
pub struct Horizon {
    /// Bars of the clock.
    pub bars: usize,
    /// Over episodes with a known return.
    pub episodes: Distribution,
    /// Over every bar of the window with a known return: the base rate.
    pub all_days: Distribution,
    /// Over single signals, from the close of the signal's bar to the close so many bars later. They overlap,
    /// so they tell less than their number suggests.
    pub signals_close_to_close: Distribution,
}

/// A few figures of a list of returns.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// How many there are.
    pub n: usize,
    /// How many are above 0.
    pub up: usize,
    /// How many are below 0.
    pub down: usize,
    /// The median; `None` for an empty list.
    pub median: Option<f64>,
    /// The mean; `None` for an empty list.
    pub mean: Option<f64>,
}

impl Distribution {
    fn of(returns: &[f64]) -> Self {
        Self {
            n: returns.len(),
            up: returns.iter().filter(|r| **r > 0.0).count(),
            down: returns.iter().filter(|r| **r < 0.0).count(),
            median: num::median(returns),
            mean: num::mean(returns),
        }
    }

    /// The same of `n` returns that are told, not kept.
    fn told(n: usize, return_: impl Fn(usize) -> f64) -> Self {
        let (mut up, mut down, mut sum) = (0, 0, Total::default());
        for value in (0..n).map(&return_) {
            up += usize::from(value > 0.0);
            down += usize::from(value < 0.0);
            sum.add(value);
        }
        let mean = (n > 0).then(|| sum.value() / n as f64);
        Self { n, up, down, median: num::median_of(n, return_), mean }
    }

    /// The share above 0; `None` for an empty list.
    pub fn share_up(&self) -> Option<f64> {
        (self.n > 0).then(|| self.up as f64 / self.n as f64)
    }

    /// The share below 0; `None` for an empty list.
    pub fn share_down(&self) -> Option<f64> {
        (self.n > 0).then(|| self.down as f64 / self.n as f64)
    }
}

impl EventStudy {
    /// Looks at what happened after `signals`, bars of the clock in order.
    pub fn new(setup: &Setup<'_>, signals: &[usize]) -> Self {
        if setup.strategy.plan.basket.is_some() {
            return Self::of_basket(setup, signals);
        }
        let found = episodes(setup.panel, signals, setup.strategy.window.gap_days);
        let forward = Forward::new(setup);
        let episodes: Vec<EpisodeStudy> = found.into_iter().map(|episode| forward.study(episode)).collect();
        let horizons = HORIZONS
            .iter()
            .enumerate()
            .map(|(index, &bars)| {
                let by_episode: Vec<f64> =
                    episodes.iter().filter_map(|episode| episode.returns[index]).collect();
                let closes: Vec<f64> =
                    signals.iter().filter_map(|&bar| forward.close_to_close(bar, bars)).collect();
                Horizon {
                    bars,
                    episodes: Distribution::of(&by_episode),
                    all_days: Distribution::told(forward.days(bars), |day| forward.any_day(day, bars)),
                    signals_close_to_close: Distribution::of(&closes),
                }
            })
            .collect();
        Self { episodes, horizons }
    }

    /// Episodes that caught up so far.
    pub fn caught_up(&self) -> usize {
        self.episodes.iter().filter(|episode| matches!(episode.catch_up, CatchUp::After(_))).count()
    }

    /// Single signals.
    pub fn signals(&self) -> usize {
        self.episodes.iter().map(|episode| episode.episode.bars.len()).sum()
    }

    /// The median path by bar of the episodes that go on longest: at least half of them, and the same ones at
    /// every bar, so that the median never jumps because one ended.
    pub fn median_path(&self) -> Vec<f64> {
        let mut lengths: Vec<usize> = self.episodes.iter().map(|episode| episode.path.len()).collect();
        lengths.sort_unstable();
        let Some(&length) = lengths.get(lengths.len() / 2) else { return Vec::new() };
        let long: Vec<&[f64]> =
            self.episodes.iter().map(|e| e.path.as_slice()).filter(|path| path.len() >= length).collect();
        (0..length)
            .map_while(|bar| num::median(&long.iter().map(|path| path[bar]).collect::<Vec<_>>()))
            .collect()
    }
}

/// The median return from any day of the window, by bar after it, up to the last horizon.
pub fn all_days_path(setup: &Setup<'_>) -> Vec<f64> {
    if setup.strategy.plan.basket.is_some() {
        return several::all_days_path_of_basket(setup);
    }
    let forward = Forward::new(setup);
    (0..=HORIZONS[HORIZONS.len() - 1])
        .map_while(|bars| num::median_of(forward.days(bars), |day| forward.any_day(day, bars)))
        .collect()
}

/// Returns after bars of a market, up to the window's end.
struct Forward<'a> {
    series: &'a Series,
    open: &'a [f64],
    close: &'a [f64],
    start: usize,
    end: usize,
}

impl<'a> Forward<'a> {
    /// Those of the traded market.
    fn new(setup: &'a Setup<'a>) -> Self {
        Self::within(setup.panel.clock_series(), setup.window.clone())
    }

    /// Those of a market over some of its bars.
    fn within(series: &'a Series, window: Range<usize>) -> Self {
        let close = series.close();
        let open = series.column(Field::Open).unwrap_or(close);
        Self { series, open, close, start: window.start, end: window.end }
    }

    /// From the open after bar `t` to the open `bars` later.
    fn open_to_open(&self, t: usize, bars: usize) -> Option<f64> {
        let (entry, exit) = (t + 1, t + 1 + bars);
        (exit < self.end).then(|| self.open[exit] / self.open[entry] - 1.0)
    }

    /// Bars of the window that have an open so many `bars` after the next one.
    fn days(&self, bars: usize) -> usize {
        self.end.saturating_sub(self.start + 1 + bars)
    }

    /// [`Self::open_to_open`] from a bar of the window, counted from its first one and below [`Self::days`].
    fn any_day(&self, day: usize, bars: usize) -> f64 {
        let entry = self.start + day + 1;
        self.open[entry + bars] / self.open[entry] - 1.0
    }

    /// From the close of bar `t` to the close `bars` later.
    fn close_to_close(&self, t: usize, bars: usize) -> Option<f64> {
        (t + bars < self.end).then(|| self.close[t + bars] / self.close[t] - 1.0)
    }

    fn study(&self, episode: Episode) -> EpisodeStudy {
        let first = episode.first();
        EpisodeStudy {
            returns: HORIZONS.iter().map(|&bars| self.open_to_open(first, bars)).collect(),
            path: (0..=HORIZONS[HORIZONS.len() - 1])
                .map_while(|bars| self.open_to_open(first, bars))
                .collect(),
            catch_up: self.catch_up(first),
            episode,
        }
    }

    fn catch_up(&self, signal: usize) -> CatchUp {
        let high = self.close[..=signal].iter().copied().fold(f64::MIN, f64::max);
        let days = |bar: usize| self.series.label(bar).calendar_days_since(self.series.label(signal));
        match (signal + 1..self.end).find(|&bar| self.close[bar] > high) {
            Some(bar) => CatchUp::After(days(bar)),
            None => CatchUp::NotWithin(days(self.end - 1)),
        }
    }
}
