//! Which combinations are worked: all of the grid, those that fit a condition, or a subset.

use std::ops::Range;

use crate::base::diagnostic::{Diagnostic, Result};
use crate::base::num::RandomStream;
use crate::strategy::file::Strategy;

use super::limit::too_large;
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
    /// Where the grid is too large to be looked through, or no combination fits.
    pub fn new(strategy: &Strategy, subset: Subset, seed: u64) -> Result<Self> {
        let grid = strategy.combinations().unwrap_or(u64::MAX);
        let subset = match subset {
            Subset::Random(wanted) | Subset::Sobol(wanted) if wanted >= grid => Subset::All,
            subset => subset,
        };
        if subset == Subset::All && strategy.constraint.is_none() {
            return Ok(Self::Range(0..grid));
        }
        let mut odometer = Odometer::new(strategy);
        let mut fits = |number: u64| {
            odometer.seek(number);
            strategy.constraint.as_ref().is_none_or(|constraint| constraint.fits(strategy, &odometer.places))
        };
        let numbers = match subset {
            Subset::All if grid > MOST_LISTED => return Err(too_large(strategy, grid)),
            Subset::All => (0..grid).filter(|&number| fits(number)).collect(),
            Subset::Random(wanted) => random(grid, wanted, seed, fits),
            Subset::Sobol(wanted) => Sobol::new(strategy)?.numbers(wanted, fits),
        };
        if numbers.is_empty() {
            let text = strategy.constraint.as_ref().map_or("", |constraint| constraint.text());
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

/// `wanted` different numbers below `grid` that fit, each as likely as every other; fewer where chance does not
/// find as many.
fn random(grid: u64, wanted: u64, seed: u64, mut fits: impl FnMut(u64) -> bool) -> Vec<u64> {
    let mut stream = RandomStream::new(seed, "sweep subset");
    let below = usize::try_from(grid).unwrap_or(usize::MAX);
    let (mut numbers, mut tries) = (std::collections::BTreeSet::new(), 0_u64);
    while (numbers.len() as u64) < wanted && tries < wanted.saturating_mul(100) {
        let number = stream.below(below) as u64;
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
    pub(super) places: Vec<usize>,
}

impl Odometer {
    /// Stands at combination 0.
    pub(super) fn new(strategy: &Strategy) -> Self {
        let sizes: Vec<usize> = strategy.parameters.iter().map(|parameter| parameter.values.len()).collect();
        Self { places: vec![0; sizes.len()], sizes }
    }

    /// Goes to a combination.
    pub(super) fn seek(&mut self, number: u64) {
        let mut rest = number;
        for (place, &size) in self.places.iter_mut().zip(&self.sizes).rev() {
            *place = usize::try_from(rest % size as u64).unwrap_or(0);
            rest /= size as u64;
        }
    }
}
