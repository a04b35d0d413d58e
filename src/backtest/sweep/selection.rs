//! Which combinations are worked: all of the grid, those that fit a condition, or a subset.

use std::ops::Range;

use crate::base::diagnostic::{Diagnostic, Result};
use crate::base::num::RandomStream;
use crate::strategy::file::Strategy;

use super::limit::{MOST_COMBINATIONS, number_after, too_large};
use super::sobol::Sobol;

/// A grid larger than this is not walked through to see which combinations fit a condition.
const MOST_LISTED: u64 = 200_000_000;

/// Which part of a grid is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Subset {
    /// Every combination.
    #[default]
    All,
    /// So many of them, each as likely as every other.
    Random(u64),
    /// So many of them, spread evenly by a Sobol sequence.
    Sobol(u64),
}

/// The numbers of the combinations that are worked, rising. A number follows from the strategy alone, whatever
/// else is worked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// A stretch of numbers.
    Range(Range<u64>),
    /// These numbers.
    Listed(Vec<u64>),
}

impl Selection {
    /// The combinations of a strategy that fit its condition, or a subset of them.
    ///
    /// # Errors
    /// Where the grid is too large to be numbered or looked through, more combinations are wanted than a sweep may
    /// have, or none fits.
    pub fn new(strategy: &Strategy, subset: Subset, seed: u64) -> Result<Self> {
        Self::among(&[strategy], subset, seed)
    }

    /// The same of several strategies, whose combinations are numbered one after the other. Each fits its own
    /// condition; a Sobol subset takes as large a share of each.
    ///
    /// # Errors
    /// As [`Selection::new`].
    pub(super) fn among(strategies: &[&Strategy], subset: Subset, seed: u64) -> Result<Self> {
        let mut grids: Vec<Grid<'_>> = Vec::with_capacity(strategies.len());
        for strategy in strategies {
            let start = grids.last().map_or(0, |grid| grid.end);
            let odometer = Odometer::new(strategy);
            grids.push(Grid { strategy, start, end: number_after(start, strategy, 1)?, odometer });
        }
        let grid = grids.last().map_or(0, |grid| grid.end);
        let subset = match subset {
            Subset::Random(wanted) | Subset::Sobol(wanted) if wanted >= grid => Subset::All,
            // Before they are looked for: so many numbers alone may not fit.
            Subset::Random(wanted) | Subset::Sobol(wanted) if wanted > MOST_COMBINATIONS => {
                return Err(too_large(strategies[0], wanted));
            }
            subset => subset,
        };
        let free = strategies.iter().all(|strategy| strategy.constraint.is_none());
        if let Subset::Random(wanted) | Subset::Sobol(wanted) = subset
            && wanted > MOST_COMBINATIONS
        {
            return Err(too_large(strategies[0], wanted));
        }
        if subset == Subset::All && free {
            return Ok(Self::Range(0..grid));
        }
        let numbers = match subset {
            Subset::All if grid > MOST_LISTED => return Err(too_large(strategies[0], grid)),
            Subset::All => (0..grid).filter(|&number| fits(&mut grids, number)).collect(),
            Subset::Random(wanted) => random(grid, wanted, seed, |number| fits(&mut grids, number)),
            Subset::Sobol(wanted) => sobol(&mut grids, wanted)?,
        };
        if numbers.is_empty() {
            let conditions = strategies.iter().filter_map(|strategy| strategy.constraint.as_ref());
            let text = conditions.map(|constraint| constraint.text()).next().unwrap_or_default();
            return Err(Diagnostic::new(format!("no combination fits `where = \"{text}\"`"))
                .hint("widen the parameters' ranges, or the condition")
                .into());
        }
        Ok(Self::Listed(numbers))
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        match self {
            Self::Range(range) => range.end - range.start,
            Self::Listed(numbers) => numbers.len() as u64,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The combination's number in a row of the results.
    pub fn number(&self, row: u64) -> u64 {
        match self {
            Self::Range(range) => range.start + row,
            Self::Listed(numbers) => numbers[usize::try_from(row).unwrap_or(usize::MAX)],
        }
    }

    /// The row of a combination; `None` where it is not worked.
    pub fn row(&self, number: u64) -> Option<usize> {
        match self {
            Self::Range(range) => {
                range.contains(&number).then(|| usize::try_from(number - range.start).unwrap_or(usize::MAX))
            }
            Self::Listed(numbers) => numbers.binary_search(&number).ok(),
        }
    }

    /// The rows of the combinations with these numbers.
    pub(super) fn rows_of(&self, numbers: &Range<u64>) -> Range<u64> {
        let row = |number: u64| match self {
            Self::Range(range) => number.clamp(range.start, range.end) - range.start,
            Self::Listed(listed) => listed.partition_point(|&other| other < number) as u64,
        };
        row(numbers.start)..row(numbers.end)
    }

    /// The same combinations, with numbers that are less by `first`.
    #[must_use]
    pub(super) fn less(self, first: u64) -> Self {
        match self {
            Self::Range(range) => Self::Range(range.start - first..range.end - first),
            Self::Listed(numbers) => Self::Listed(numbers.into_iter().map(|number| number - first).collect()),
        }
    }

    /// Some of them, by row.
    #[must_use]
    pub fn rows(&self, rows: Range<u64>) -> Self {
        let place = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
        match self {
            Self::Range(range) => Self::Range(range.start + rows.start..range.start + rows.end),
            Self::Listed(numbers) => Self::Listed(numbers[place(rows.start)..place(rows.end)].to_vec()),
        }
    }
}

/// The combinations of one strategy among those of all.
struct Grid<'a> {
    strategy: &'a Strategy,
    start: u64,
    end: u64,
    odometer: Odometer,
}

impl Grid<'_> {
    /// Whether one of its own numbers fits its condition.
    fn fits(&mut self, number: u64) -> bool {
        let Self { strategy, odometer, .. } = self;
        strategy.constraint.as_ref().is_none_or(|constraint| {
            odometer.seek(number);
            constraint.fits(strategy, &odometer.places)
        })
    }
}

/// Whether a number among those of all fits.
fn fits(grids: &mut [Grid<'_>], number: u64) -> bool {
    let place = grids.partition_point(|grid| grid.end <= number);
    grids.get_mut(place).is_some_and(|grid| {
        let own = number - grid.start;
        grid.fits(own)
    })
}

/// `wanted` numbers, of each strategy a share as large as its grid, spread evenly there.
fn sobol(grids: &mut [Grid<'_>], wanted: u64) -> Result<Vec<u64>> {
    let all = grids.last().map_or(0, |grid| grid.end);
    let share = |end: u64| u128::from(wanted) * u128::from(end) / u128::from(all.max(1));
    let mut numbers = Vec::new();
    for grid in grids {
        #[expect(clippy::cast_possible_truncation, reason = "no share is more than the whole, a u64")]
        let own = (share(grid.end) - share(grid.start)) as u64;
        let found = Sobol::new(grid.strategy)?.numbers(own, |number| grid.fits(number));
        numbers.extend(found.into_iter().map(|number| grid.start + number));
    }
    Ok(numbers)
}

/// `wanted` different numbers below `grid` that fit, each as likely as every other; fewer where chance does not
/// find as many.
fn random(grid: u64, wanted: u64, seed: u64, mut fits: impl FnMut(u64) -> bool) -> Vec<u64> {
    let mut stream = RandomStream::new(seed, "sweep subset");
    let (mut numbers, mut tries) = (std::collections::BTreeSet::new(), 0_u64);
    while (numbers.len() as u64) < wanted && tries < wanted.saturating_mul(100) {
        let number = stream.number_below(grid);
        if fits(number) {
            numbers.insert(number);
        }
        tries += 1;
    }
    numbers.into_iter().collect()
}

/// The places of all parameters' values, from combination to combination.
#[derive(Debug, Clone)]
pub(super) struct Odometer {
    sizes: Vec<usize>,
    number: u64,
    pub(super) places: Vec<usize>,
}

impl Odometer {
    /// Stands at combination 0.
    pub(super) fn new(strategy: &Strategy) -> Self {
        let sizes: Vec<usize> = strategy.parameters.iter().map(|parameter| parameter.values.len()).collect();
        Self { number: 0, places: vec![0; sizes.len()], sizes }
    }

    /// Goes to a combination.
    pub(super) fn seek(&mut self, number: u64) {
        let wheels = self.places.iter_mut().zip(&self.sizes).rev();
        if number == self.number.wrapping_add(1) {
            // Step by step it need not divide.
            for (place, &size) in wheels {
                *place += 1;
                if *place < size {
                    break;
                }
                *place = 0;
            }
        } else {
            let mut rest = number;
            for (place, &size) in wheels {
                #[expect(clippy::cast_possible_truncation, reason = "a place is below its size, a usize")]
                let at = (rest % size as u64) as usize;
                *place = at;
                rest /= size as u64;
            }
        }
        self.number = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_by_step_leads_where_a_leap_does() {
        let mut odometer = Odometer { sizes: vec![2, 3, 1, 4], number: 0, places: vec![0; 4] };
        for number in (0..50).chain([3, 4, 4, 22, 23, 24, 0, 1]) {
            odometer.seek(number);
            let number = usize::try_from(number).unwrap();
            assert_eq!(odometer.places, [number / 12 % 2, number / 4 % 3, 0, number % 4], "{number}");
        }
    }
}
