//! What came about together with the signals, and what a number did from them on?
//!
//! **Together.** Another condition of the strategy is looked for around each signal: "near" means that it was
//! true on a bar of the window whose label lies at most so many calendar days before or after the signal's.
//! Bars nearer to an end of the window than that are left out of every count, for what lies beyond is not
//! known. A share of coincidences means nothing alone: records come in clusters, and two markets that only
//! rise share many. Beside it stands the share of all days that have one near, and how often the signals have
//! as many or more when they are shifted along the window as a whole, its end joined to its beginning. Such
//! shifts keep the clusters of both and break what ties them. The counts are those of event coincidence
//! analysis (Donges, Schleussner, Siegmund and Donner 2016) with a window to both sides and no lag.
//!
//! **Followed.** A number is read at each episode's first signal and so many bars later. Beside it stands its
//! median over the window.

use crate::backtest::single::Setup;
use crate::base::diagnostic::Result;
use crate::base::num;
use crate::evidence::event_study::{EventStudy, HORIZONS};
use crate::strategy::rule::{Assignment, Evaluator};
use crate::strategy::signals::true_bars;

/// Most shifts that are tried; where the window has more bars, they are spread evenly.
const SHIFTS: usize = 999;

/// What a study found besides returns, as far as the strategy asks for it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Besides {
    /// What came about together with the signals.
    pub together: Option<Together>,
    /// What a number did from the signals on.
    pub followed: Option<Followed>,
}

/// How many there are, and how many of them have one near.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// How many were looked at.
    pub n: usize,
    /// How many have one near.
    pub near: usize,
}

impl Share {
    /// The share that has one near; `None` where none was looked at.
    pub fn share(self) -> Option<f64> {
        (self.n > 0).then(|| self.near as f64 / self.n as f64)
    }
}

/// What came about together with the signals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Together {
    /// Calendar days before or after that still count.
    pub days: i64,
    /// Single signals.
    pub signals: Share,
    /// Episodes, each by its first signal.
    pub episodes: Share,
    /// Every bar: the base rate.
    pub any_day: Share,
    /// The other way round: bars of the other condition, and how many have a signal near.
    pub turned: Share,
    /// Of the signals with one near, how many had the nearest one before, on the same bar, after.
    pub order: [usize; 3],
    /// Shifts that were tried, and how many of them gave as many signals with one near, or more.
    pub shifts: (usize, usize),
}

impl Together {
    /// The share of shifts, the unshifted signals counted as one, that give as many or more; `None` where no
    /// shift could be tried.
    pub fn chance(&self) -> Option<f64> {
        let (tried, as_many) = self.shifts;
        (tried > 0).then(|| (1 + as_many) as f64 / (1 + tried) as f64)
    }
}

/// What a number did from the signals on.
#[derive(Debug, Clone, PartialEq)]
pub struct Followed {
    /// At the signal (0 bars) and at each of [`HORIZONS`].
    pub points: Vec<Point>,
    /// How many bars of the window have the number, and its median over them.
    pub any_day: (usize, Option<f64>),
}

/// A number so many bars after each episode's first signal.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Bars of the clock after the signal.
    pub bars: usize,
    /// Episodes with a known value there.
    pub n: usize,
    /// The median, the lowest and the highest; `None` where no value is known.
    pub spread: Option<[f64; 3]>,
}

impl Besides {
    /// Looks at what the strategy's `[study]` names, around the signals of `study`.
    ///
    /// # Errors
    /// Where a series lacks a column that is needed.
    pub fn new(setup: &Setup<'_>, values: &Assignment, study: &EventStudy) -> Result<Self> {
        let wanted = &setup.strategy.study;
        let mut evaluator = Evaluator::new(&setup.strategy.graph, setup.panel);
        let together = match &wanted.beside {
            Some((rule, within)) => {
                let partners = true_bars(&mut evaluator, rule.node, values, &setup.window)?;
                let days = within.value(values).bars().map(i64::from);
                days.map(|days| together(setup, study, &partners, days))
            }
            None => None,
        };
        let followed = match &wanted.measure {
            Some(measure) => Some(followed(setup, study, &evaluator.measures(measure.node, values)?)),
            None => None,
        };
        Ok(Self { together, followed })
    }
}

/// Counts signals with partners near. `partners` has an answer for each bar of the window.
fn together(setup: &Setup<'_>, study: &EventStudy, partners: &[bool], days: i64) -> Together {
    let window = &setup.window;
    let first = setup.panel.label(window.start);
    let dates: Vec<i64> =
        window.clone().map(|bar| setup.panel.label(bar).calendar_days_since(first)).collect();
    let is_counted =
        |place: usize| dates[place] >= days && dates.last().is_some_and(|last| last - dates[place] >= days);
    let places: Vec<usize> =
        study.episodes.iter().flat_map(|e| &e.episode.bars).map(|bar| bar - window.start).collect();
    let with: Vec<i64> = true_places(partners).map(|place| dates[place]).collect();
    let near: Vec<bool> =
        dates.iter().map(|date| gap(&with, *date).is_some_and(|g| g.abs() <= days)).collect();
    let share = |places: &mut dyn Iterator<Item = usize>| {
        places.filter(|place| is_counted(*place)).fold(Share::default(), |share, place| Share {
            n: share.n + 1,
            near: share.near + usize::from(near[place]),
        })
    };
    let signalled: Vec<i64> = places.iter().map(|place| dates[*place]).collect();
    let mut order = [0; 3];
    let mut turned = Share::default();
    for place in true_places(partners).filter(|place| is_counted(*place)) {
        turned.n += 1;
        turned.near += usize::from(gap(&signalled, dates[place]).is_some_and(|gap| gap.abs() <= days));
    }
    for place in places.iter().filter(|place| is_counted(**place) && near[**place]) {
        if let Some(gap) = gap(&with, dates[*place]) {
            order[if gap < 0 { 0 } else { usize::from(gap > 0) + 1 }] += 1;
        }
    }
    let counted: Vec<usize> = (0..dates.len()).filter(|place| is_counted(*place)).collect();
    Together {
        days,
        signals: share(&mut places.iter().copied()),
        episodes: share(&mut study.episodes.iter().map(|e| e.episode.first() - window.start)),
        any_day: share(&mut (0..dates.len())),
        turned,
        order,
        shifts: shifted(&counted, &places, &near),
    }
}

fn true_places(truths: &[bool]) -> impl Iterator<Item = usize> + '_ {
    truths.iter().enumerate().filter(|(_, truth)| **truth).map(|(place, _)| place)
}

/// Days from `date` to the nearest of `dates` (rising): below 0 for one before; of two as near the one before.
fn gap(dates: &[i64], date: i64) -> Option<i64> {
    let next = dates.partition_point(|other| *other < date);
    let after = dates.get(next).map(|other| other - date);
    let before = next.checked_sub(1).map(|place| dates[place] - date);
    match (before, after) {
        (Some(before), Some(after)) if after < -before => Some(after),
        (Some(before), _) => Some(before),
        (None, after) => after,
    }
}

/// How many shifts of the signals along the counted bars were tried, and how many give as many signals with
/// one near, or more.
fn shifted(counted: &[usize], places: &[usize], near: &[bool]) -> (usize, usize) {
    let Some(&start) = counted.first() else { return (0, 0) };
    let n = counted.len();
    let inside: Vec<usize> = places
        .iter()
        .filter(|place| counted.binary_search(place).is_ok())
        .map(|place| place - start)
        .collect();
    if inside.is_empty() || n < 2 {
        return (0, 0);
    }
    let count = |shift: usize| inside.iter().filter(|place| near[start + (*place + shift) % n]).count();
    let found = count(0);
    let tried = SHIFTS.min(n - 1);
    let as_many = (1..=tried).filter(|step| count(step * n / (tried + 1)) >= found).count();
    (tried, as_many)
}

/// Reads `numbers` (one per bar of the clock) from each episode on.
fn followed(setup: &Setup<'_>, study: &EventStudy, numbers: &[Option<f64>]) -> Followed {
    let at = |bars: usize| {
        let mut known: Vec<f64> = study
            .episodes
            .iter()
            .map(|episode| episode.episode.first() + bars)
            .filter(|bar| *bar < setup.window.end)
            .filter_map(|bar| numbers[bar])
            .collect();
        known.sort_by(f64::total_cmp);
        let spread = num::median(&known).map(|median| [median, known[0], known[known.len() - 1]]);
        Point { bars, n: known.len(), spread }
    };
    let any: Vec<f64> = setup.window.clone().filter_map(|bar| numbers[bar]).collect();
    Followed {
        points: std::iter::once(0).chain(HORIZONS).map(at).collect(),
        any_day: (any.len(), num::median(&any)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::num::RandomStream;

    #[test]
    fn the_nearest_is_found_on_either_side() {
        let dates = [10, 20, 30];
        let found = [5, 10, 14, 15, 16, 30, 44].map(|date| gap(&dates, date).unwrap());
        assert_eq!(found, [5, 0, -4, -5, 4, 0, -14]);
        assert_eq!(gap(&[], 3), None);
    }

    #[test]
    fn shifts_are_counted_by_hand() {
        let counted: Vec<usize> = (2..8).collect();
        // Near on places 3 and 4; one signal at 3: of the five shifts only the one to 4 has one near.
        let near = [false, false, false, true, true, false, false, false, true];
        assert_eq!(shifted(&counted, &[3], &near), (5, 1));
        // A signal with none near is matched by every shift.
        assert_eq!(shifted(&counted, &[6], &near), (5, 5));
        assert_eq!(shifted(&counted, &[0], &near), (0, 0), "outside of what is counted");
        assert_eq!(shifted(&[], &[], &near), (0, 0));
    }

    /// On independent clusters few chances are small: no more than their own size allows.
    #[test]
    fn chance_is_honest_on_independent_clusters() {
        let mut small = 0;
        for run in 0..200 {
            let mut stream = RandomStream::new(run, "clusters");
            let mut clusters = |length: usize| {
                let mut bars = vec![false; 1500];
                for _ in 0..12 {
                    let start = stream.below(1500 - length);
                    (start..start + length).for_each(|bar| bars[bar] = true);
                }
                bars
            };
            let (signals, near) = (clusters(8), clusters(30));
            let counted: Vec<usize> = (0..1500).collect();
            let places: Vec<usize> = true_places(&signals).collect();
            let (tried, as_many) = shifted(&counted, &places, &near);
            small += usize::from((1 + as_many) as f64 / (1 + tried) as f64 <= 0.05);
        }
        assert!((3..=18).contains(&small), "{small} of 200 below 5%");
    }
}
