//! The ends of the distribution of held returns, found by counting instead of by looking at every bar.
//!
//! The market's losses are parted by size into bins of about as many bars each, and so are its gains. For every bar
//! it is known how many bars before it lie in each bin. What lies in a stretch of bars is then a difference of two
//! rows of counts, what lies in a list of trades a sum of a few, and only the bin with the wanted rank is looked
//! into. The returns found are those that a sort of all would find; only sums are rounded otherwise.

use std::ops::Range;

use crate::backtest::metrics::{Tails, Total};

/// Bins of losses, and of gains: their counts fill one line of a processor's cache.
const BINS: usize = 32;

/// Counts that are added at a time, as one number: each has 16 bits, and none grows beyond them.
const LANES: usize = 4;

/// A count for each bin.
type Counts = [u64; BINS / LANES];

/// The bin of what is neither, two times [`BINS`]: a return of exactly 0, or none.
const NEITHER: u8 = 64;

/// The market's returns, ready to be counted.
#[derive(Debug)]
pub(super) struct Ends {
    losses: Bins,
    gains: Bins,
    /// For each bar and bin the sum of the losses before the bar that lie in lower bins, and what its rounding lost.
    lost: Vec<[[f64; 2]; BINS]>,
}

/// Returns of one sign by size. Those of gains are turned round, so that the largest comes first.
#[derive(Debug)]
struct Bins {
    sign: f64,
    /// The number of the lowest bin among those of both signs.
    first: usize,
    /// Where the second bin begins, the third, and so on.
    edges: Vec<f64>,
    /// For each bar the count of bars before it in each bin.
    before: Vec<Counts>,
    /// The returns of each bin, by bar: `before` tells where those of a stretch of bars stand.
    returns: Vec<Vec<f64>>,
}

/// What a trade adds: the bars that return what the market does, and up to two returns that are its own, at entry
/// and exit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    first: u32,
    end: u32,
    own: [Own; 2],
}

/// A return and its bin: losses come first, then gains.
#[derive(Debug, Clone, Copy)]
struct Own {
    earned: f64,
    bin: u8,
}

/// How many returns there are in all, and of those how many lost, what these lost, and how many gained.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub(super) all: usize,
    pub(super) below: usize,
    pub(super) lost: f64,
    pub(super) above: usize,
}

impl Ends {
    /// Counts a market's returns by bar; `None` where there are more than the counts can hold.
    pub(super) fn new(returns: &[f64]) -> Option<Self> {
        if returns.len() > usize::from(u16::MAX) {
            return None;
        }
        let (losses, gains) = (Bins::new(returns, 1.0, 0), Bins::new(returns, -1.0, BINS));
        let mut lost = Vec::with_capacity(returns.len() + 1);
        let mut totals = [Total::default(); BINS];
        for &earned in returns {
            lost.push(totals.map(|total| total.parts().into()));
            if earned < 0.0 {
                totals[losses.bin(earned) + 1..].iter_mut().for_each(|total| total.add(earned));
            }
        }
        lost.push(totals.map(|total| total.parts().into()));
        Some(Self { losses, gains, lost })
    }

    /// What a trade adds that returns what the market does over `bars`, and `own` beside that.
    pub(super) fn held(&self, bars: Range<usize>, own: [Option<f64>; 2]) -> Held {
        let bin = |earned: f64| {
            let of = |bins: &Bins| u8::try_from(bins.first + bins.bin(bins.sign * earned)).unwrap_or(NEITHER);
            if earned < 0.0 {
                of(&self.losses)
            } else if earned > 0.0 {
                of(&self.gains)
            } else {
                NEITHER
            }
        };
        let narrow = |bar: usize| u32::try_from(bar).unwrap_or(u32::MAX);
        let own = own.map(|own| {
            own.map_or(Own { earned: 0.0, bin: NEITHER }, |earned| Own { earned, bin: bin(earned) })
        });
        Held { first: narrow(bars.start), end: narrow(bars.end), own }
    }

    /// The tails of the returns of some trades, in order of time, together with returns of exactly 0. `None` where a
    /// quantile lies between losses, zeros and gains: there every bar is to be looked at.
    pub(super) fn tails<'h>(
        &self,
        trades: impl Iterator<Item = &'h Held> + Clone,
        counted: Counted,
        found: &mut Vec<f64>,
    ) -> Option<Tails> {
        let Counted { all, below, lost, above } = counted;
        let (low, high) = Tails::ranks(all)?;
        let zeros = below..all - above;
        let inside = |rank: usize| zeros.contains(&rank) && zeros.contains(&(rank + 1));
        let (q05, worst) = if low + 1 < below {
            let (bin, pair) = self.losses.pair(trades.clone(), low, found)?;
            (pair, self.lost_below(trades.clone(), bin) + Total::of(found.iter().copied()))
        } else if inside(low) {
            ((0.0, 0.0), lost)
        } else {
            return None;
        };
        let q95 = if high >= zeros.end && high + 1 < all {
            let (_, (next, value)) = self.gains.pair(trades, all - 2 - high, found)?;
            (-value, -next)
        } else if inside(high) {
            (0.0, 0.0)
        } else {
            return None;
        };
        Some(Tails::between(all, (q05, q95), worst))
    }

    /// The sum of the losses in bins below one.
    fn lost_below<'h>(&self, trades: impl Iterator<Item = &'h Held>, bin: usize) -> f64 {
        let mut total = Total::default();
        for held in trades {
            let (from, to) = (self.lost[held.first as usize][bin], self.lost[held.end as usize][bin]);
            total.add((to[0] - from[0]) + (to[1] - from[1]));
            for own in &held.own {
                // Nobody can foretell which, so all are added, most of them as 0.
                total.add(f64::from(u8::from(usize::from(own.bin) < bin)) * own.earned);
            }
        }
        total.value()
    }
}

/// The count of one in a bin's place among its [`LANES`].
fn one(bin: usize) -> u64 {
    1 << (16 * (bin % LANES))
}

/// A bin's count.
fn count(counts: &Counts, bin: usize) -> usize {
    usize::try_from(counts[bin / LANES] >> (16 * (bin % LANES)) & 0xffff).unwrap_or(usize::MAX)
}

impl Bins {
    fn new(returns: &[f64], sign: f64, first: usize) -> Self {
        let signed = returns.iter().map(|earned| sign * earned);
        let mut sorted: Vec<f64> = signed.clone().filter(|earned| *earned < 0.0).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let edge = |bin: usize| sorted.get(sorted.len() * bin / BINS).copied();
        let edges = (1..BINS).filter_map(edge).collect();
        let before = Vec::with_capacity(returns.len() + 1);
        let mut bins = Self { sign, first, edges, before, returns: vec![Vec::new(); BINS] };
        let mut counts = Counts::default();
        for earned in signed {
            bins.before.push(counts);
            if earned < 0.0 {
                let bin = bins.bin(earned);
                counts[bin / LANES] += one(bin);
                bins.returns[bin].push(earned);
            }
        }
        bins.before.push(counts);
        bins
    }

    /// The bin of a return below 0.
    fn bin(&self, earned: f64) -> usize {
        self.edges.partition_point(|edge| *edge <= earned)
    }

    /// The returns of a rank and of the next, and the lowest bin that was looked into. `found` has the returns from
    /// that bin on up to the rank. `None` where there are not so many.
    fn pair<'h>(
        &self,
        trades: impl Iterator<Item = &'h Held> + Clone,
        rank: usize,
        found: &mut Vec<f64>,
    ) -> Option<(usize, (f64, f64))> {
        let counts = self.counts(trades.clone());
        let (mut bin, mut skipped) = (0, 0);
        while skipped + count(&counts, bin) <= rank {
            skipped += count(&counts, bin);
            bin += 1;
            if bin == BINS {
                return None;
            }
        }
        let (mut last, mut seen) = (bin, skipped + count(&counts, bin));
        while seen <= rank + 1 {
            last += 1;
            if last == BINS {
                return None;
            }
            seen += count(&counts, last);
        }
        self.collect(trades, bin..last + 1, found);
        let (_, value, greater) = found.select_nth_unstable_by(rank - skipped, f64::total_cmp);
        let pair = (*value, greater.iter().copied().reduce(f64::min)?);
        found.truncate(rank - skipped + 1);
        Some((bin, pair))
    }

    /// How many returns of some trades lie in each bin.
    fn counts<'h>(&self, trades: impl Iterator<Item = &'h Held>) -> Counts {
        // Own returns of the other sign are counted, too, which is quicker than to ask.
        let (mut counts, mut own) = (Counts::default(), [0; 2 * BINS / LANES + 1]);
        for held in trades {
            let (from, to) = (&self.before[held.first as usize], &self.before[held.end as usize]);
            for ((count, from), to) in counts.iter_mut().zip(from).zip(to) {
                *count += to - from;
            }
            for bin in held.own.iter().map(|own| usize::from(own.bin)) {
                own[bin / LANES] += one(bin);
            }
        }
        counts.iter_mut().zip(&own[self.first / LANES..]).for_each(|(count, own)| *count += own);
        counts
    }

    /// The returns of some trades in some bins.
    fn collect<'h>(
        &self,
        trades: impl Iterator<Item = &'h Held> + Clone,
        bins: Range<usize>,
        found: &mut Vec<f64>,
    ) {
        found.clear();
        for bin in bins.clone() {
            for held in trades.clone() {
                let stand = |bar: u32| count(&self.before[bar as usize], bin);
                found.extend_from_slice(&self.returns[bin][stand(held.first)..stand(held.end)]);
            }
        }
        let bins = self.first + bins.start..self.first + bins.end;
        for held in trades {
            let own = held.own.iter().filter(|own| bins.contains(&usize::from(own.bin)));
            found.extend(own.map(|own| self.sign * own.earned));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_returns_found_are_those_of_a_look_at_every_bar(
            returns in prop::collection::vec(prop_oneof![
                8 => -0.1..0.1_f64, 1 => Just(0.0), 2 => (-3..4_i32).prop_map(|tick| f64::from(tick) * 0.01),
            ], 1..500),
            trades in prop::collection::vec((0..20_usize, 0..60_usize, -0.2..0.2_f64, prop::option::of(-0.2..0.2_f64)), 0..12),
        ) {
            let ends = Ends::new(&returns).expect("few");
            let (mut bar, mut held, mut all) = (0, Vec::new(), Vec::new());
            for (idle, bars, first, last) in trades {
                // The bars of entry and exit are not the market's.
                let (from, to) = (bar + idle + 1, bar + idle + 1 + bars);
                if to >= returns.len() {
                    break;
                }
                held.push(ends.held(from..to, [Some(first), last]));
                all.extend_from_slice(&returns[from..to]);
                all.push(first);
                all.extend(last);
                bar = to + 1;
            }
            let flat = returns.len() - all.len();
            let losses: Vec<f64> = all.iter().copied().filter(|earned| *earned < 0.0).collect();
            let counted = Counted {
                all: returns.len(),
                below: losses.len(),
                lost: losses.iter().sum(),
                above: all.iter().filter(|earned| **earned > 0.0).count(),
            };
            let slow = Tails::of(&mut all, flat).expect("some");
            if let Some(quick) = ends.tails(held.iter(), counted, &mut Vec::new()) {
                prop_assert_eq!((quick.q05.to_bits(), quick.q95.to_bits()), (slow.q05.to_bits(), slow.q95.to_bits()));
                prop_assert!((quick.worst_mean - slow.worst_mean).abs() <= 1e-15 * (1.0 - counted.lost));
            } else {
                // Only where a quantile lies at the border of losses, zeros and gains.
                let (low, high) = Tails::ranks(returns.len()).expect("some");
                let zeros = (counted.below, counted.all - counted.above);
                let near = |rank: usize, border: usize| rank + 1 >= border && rank <= border;
                prop_assert!([low, high].iter().any(|rank| near(*rank, zeros.0) || near(*rank, zeros.1)) || high + 1 >= counted.all);
            }
        }
    }
}
