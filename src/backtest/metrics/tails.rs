//! The ends of the distribution of bar returns.

use super::total::Total;

/// The ends of the distribution of bar returns, signed: losses are negative.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tails {
    /// The 5% quantile, linear between its neighbours (type 7 of Hyndman and Fan 1996).
    pub q05: f64,
    /// The 95% quantile of the same kind.
    pub q95: f64,
    /// The mean of the floor(0.05 (n - 1)) + 1 smallest returns.
    pub worst_mean: f64,
}

impl Tails {
    /// The tails of `n` returns where both quantiles lie among those of exactly 0: `below` returns under 0,
    /// which add up to `lost`, and `above` over it. `None` where a quantile lies elsewhere.
    pub fn around_zero(n: usize, (below, lost): (usize, f64), above: usize) -> Option<Self> {
        let ((low, _), (high, _)) = (place(n.max(1), 0.05), place(n.max(1), 0.95));
        let zeros = below..n - above;
        let inside = zeros.contains(&low) && high + 1 < zeros.end && zeros.contains(&high);
        inside.then(|| Self { q05: 0.0, q95: 0.0, worst_mean: lost / (low + 1) as f64 })
    }

    /// The tails of the returns in `held` together with `flat` returns of exactly 0. `held` is left in
    /// another order. `None` without any return.
    ///
    /// Bars without a position need not be written out to be counted, and nothing is sorted: losses and gains
    /// are parted, and each end is selected among its own.
    pub fn of(held: &mut [f64], flat: usize) -> Option<Self> {
        let n = held.len() + flat;
        if n == 0 {
            return None;
        }
        if let Some(tails) = Self::of_many(held, n) {
            return Some(tails);
        }
        let below = part(held, |value| value < 0.0);
        let (losses, rest) = held.split_at_mut(below);
        let zeros = part(rest, |value| value <= 0.0);
        let mut parts = Parts { losses, zeros: zeros + flat, gains: &mut rest[zeros..] };
        let (low, high) = Self::ranks(n)?;
        let q05 = parts.pair(low);
        let worst = parts.sum_to(low);
        Some(Self::between(n, (q05, parts.pair(high)), worst))
    }

    /// The tails of many returns among `n`, all others of which are exactly 0: a few of them tell about where the tails
    /// begin, so that only what lies further out is looked at closely. `None` where they are not many, or the few
    /// misled.
    fn of_many(held: &[f64], n: usize) -> Option<Self> {
        if held.len() < 4 * FEW {
            return None;
        }
        let (low, high) = Self::ranks(n)?;
        // So many of the lowest returns are needed, and so many of the highest.
        let needed = (low + 2, n - high);
        let mut few: Vec<f64> = held.iter().copied().step_by(held.len() / FEW).collect();
        let low_edge = edge(&mut few, needed.0, held.len(), f64::total_cmp).filter(|edge| *edge < 0.0)?;
        let high_edge =
            edge(&mut few, needed.1, held.len(), |a, b| b.total_cmp(a)).filter(|edge| *edge > 0.0)?;
        let (mut lowest, mut highest) = (Vec::new(), Vec::new());
        for &value in held {
            if value <= low_edge {
                lowest.push(value);
            } else if value >= high_edge {
                highest.push(value);
            }
        }
        if lowest.len() < needed.0 || highest.len() < needed.1 {
            return None;
        }
        let (value, next) = select(&mut lowest, low);
        let worst = Total::of(lowest[..=low].iter().copied());
        let upper = highest.len() - needed.1;
        let (top, after) = select(&mut highest, upper);
        Some(Self::between(n, ((value, next?), (top, after.unwrap_or(top))), worst))
    }

    /// The ranks, from 0, of the returns at or right below the two quantiles of `n` returns; `None` without any.
    pub fn ranks(n: usize) -> Option<(usize, usize)> {
        (n > 0).then(|| (place(n, 0.05).0, place(n, 0.95).0))
    }

    /// The tails of `n` returns, at least one, from those of the two [ranks](Self::ranks), each with the return of
    /// the next rank, and the sum of all up to the lower one.
    pub fn between(n: usize, (low, high): ((f64, f64), (f64, f64)), worst: f64) -> Self {
        let between = |(value, next): (f64, f64), weight: f64| {
            if weight > 0.0 { value + weight * (next - value) } else { value }
        };
        let (rank, weight) = place(n, 0.05);
        Self {
            q05: between(low, weight),
            q95: between(high, place(n, 0.95).1),
            worst_mean: worst / (rank + 1) as f64,
        }
    }
}

/// From about so many returns it is told where the tails of many more begin.
const FEW: usize = 1 << 12;

/// About where the first `needed` of `all` values end, and surely not before, as a few of them tell.
fn edge(
    few: &mut [f64],
    needed: usize,
    all: usize,
    order: impl FnMut(&f64, &f64) -> std::cmp::Ordering,
) -> Option<f64> {
    let about = needed as f64 / all as f64 * few.len() as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank among a few")]
    let rank = (about + 5.0 * about.sqrt() + 5.0) as usize;
    (rank < few.len()).then(|| *few.select_nth_unstable_by(rank, order).1)
}

/// Returns by sign: all losses rank before all zeros, and those before all gains.
struct Parts<'a> {
    losses: &'a mut [f64],
    zeros: usize,
    gains: &'a mut [f64],
}

impl Parts<'_> {
    /// The return of a rank and the one of the next, which is the same at the last.
    fn pair(&mut self, rank: usize) -> (f64, f64) {
        let (losses, before_gains) = (self.losses.len(), self.losses.len() + self.zeros);
        if rank < losses {
            let (value, next) = select(self.losses, rank);
            return (
                value,
                next.unwrap_or_else(|| if self.zeros > 0 { 0.0 } else { least(self.gains, value) }),
            );
        }
        if rank < before_gains {
            return (0.0, if rank + 1 < before_gains { 0.0 } else { least(self.gains, 0.0) });
        }
        let (value, next) = select(self.gains, rank - before_gains);
        (value, next.unwrap_or(value))
    }

    /// The sum of all returns up to a rank whose [`Self::pair`] was just taken.
    fn sum_to(&self, rank: usize) -> f64 {
        let before_gains = self.losses.len() + self.zeros;
        let losses = &self.losses[..self.losses.len().min(rank + 1)];
        let gains = &self.gains[..(rank + 1).saturating_sub(before_gains)];
        Total::of(losses.iter().chain(gains).copied())
    }
}

/// The value of a rank among `values`, with all smaller ones before it, and the value of the next rank.
fn select(values: &mut [f64], rank: usize) -> (f64, Option<f64>) {
    let (_, value, greater) = values.select_nth_unstable_by(rank, f64::total_cmp);
    (*value, greater.iter().copied().reduce(f64::min))
}

/// The smallest of `values`, or `otherwise` where there are none.
fn least(values: &[f64], otherwise: f64) -> f64 {
    values.iter().copied().reduce(f64::min).unwrap_or(otherwise)
}

/// Puts what `is_first` to the front; gives how many that are.
fn part(values: &mut [f64], is_first: impl Fn(f64) -> bool) -> usize {
    let mut first = 0;
    for place in 0..values.len() {
        // Swapping always and counting on is quicker than a branch that nobody can foretell.
        let value = values[place];
        values.swap(place, first);
        first += usize::from(is_first(value));
    }
    first
}

/// Where the quantile `q` of `n` values lies: the rank below it and the weight of the rank above.
fn place(n: usize, q: f64) -> (usize, f64) {
    let place = (n - 1) as f64 * q;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the last rank"
    )]
    let below = place as usize;
    (below, place - below as f64)
}

#[cfg(test)]
#[allow(clippy::float_cmp, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::base::num;
    use proptest::prelude::*;

    #[test]
    fn a_single_return_is_every_tail() {
        assert_eq!(Tails::of(&mut [0.05], 0), Some(Tails { q05: 0.05, q95: 0.05, worst_mean: 0.05 }));
        assert_eq!(Tails::of(&mut [], 0), None);
        assert_eq!(Tails::of(&mut [], 3), Some(Tails::default()));
    }

    #[test]
    fn ties_at_zero_do_not_dilute_the_mean_of_the_worst() {
        // Of 41 returns the 3 smallest count; averaging all that are at most the quantile would give -0.04 /
        // 41.
        let tails = Tails::of(&mut [-0.04], 40).unwrap();
        assert_eq!((tails.q05, tails.worst_mean), (0.0, -0.04 / 3.0));
    }

    #[test]
    fn many_returns_have_the_tails_of_all_of_them_sorted() {
        let mut stream = crate::base::num::RandomStream::new(3, "tails");
        for (count, flat, shift) in
            [(50_000, 0, 0.0), (20_000, 60_000, 0.0), (30_000, 9, 0.02), (20_000, 400_000, 0.0)]
        {
            let mut held: Vec<f64> = (0..count).map(|_| 0.01 * stream.normal() + shift).collect();
            let mut all = held.clone();
            all.resize(count + flat, 0.0);
            all.sort_by(f64::total_cmp);
            let quick = Tails::of_many(&held, all.len());
            assert_eq!(
                quick.is_some(),
                (flat, shift) == (0, 0.0) || flat == 60_000,
                "{count} {flat} {shift}"
            );
            let tails = Tails::of(&mut held, flat).unwrap();
            assert_eq!(tails.q05, num::quantile(&all, 0.05).unwrap());
            assert_eq!(tails.q95, num::quantile(&all, 0.95).unwrap());
            let worst = &all[..=(all.len() - 1) / 20];
            assert!((tails.worst_mean - num::mean(worst).unwrap()).abs() <= 1e-16);
        }
    }

    proptest! {
        #[test]
        fn equal_the_quantiles_of_all_returns_sorted(
            mut held in prop::collection::vec(prop_oneof![3 => -0.1..0.1_f64, 1 => Just(0.0)], 0..200),
            flat in 0_usize..300,
        ) {
            prop_assume!(held.len() + flat > 0);
            let mut all = held.clone();
            all.resize(held.len() + flat, 0.0);
            all.sort_by(f64::total_cmp);
            let tails = Tails::of(&mut held, flat).unwrap();
            prop_assert_eq!(tails.q05, num::quantile(&all, 0.05).unwrap());
            prop_assert_eq!(tails.q95, num::quantile(&all, 0.95).unwrap());
            let counted = |sign: fn(&f64) -> bool| held.iter().filter(|value| sign(value)).count();
            let lost = num::sum(&held.iter().map(|value| value.min(0.0)).collect::<Vec<_>>());
            if let Some(quick) = Tails::around_zero(all.len(), (counted(|v| *v < 0.0), lost), counted(|v| *v > 0.0)) {
                prop_assert_eq!((quick.q05, quick.q95), (tails.q05, tails.q95));
                prop_assert!((quick.worst_mean - tails.worst_mean).abs() <= 1e-15);
            }
            let worst = &all[..=(all.len() - 1) / 20];
            prop_assert!((tails.worst_mean - num::mean(worst).unwrap()).abs() <= 1e-16);
        }
    }
}
