//! Is one copy the other times a number, and does that number move?

use super::Ratio;
use crate::base::calendar::Label;
use crate::base::num::{exp, ln, median, quantile};

/// Two copies whose ratio is within this of 1 are the same prices: half a cent on a price of 10.
const SAME: f64 = 0.0005;

/// A ratio counts as constant where nine of ten rows are within this of its median ...
const CONSTANT: f64 = 0.001;

/// ... or, for copies that differ by noise all the time, where the medians of stretches stay within this: bitcoin in
/// dollars on two exchanges differed by 1.2% in its wildest months, a fund and its index by 0.9%.
const CONSTANT_LEVEL: f64 = 0.015;

/// A drift is at least this large: a dividend or two.
const DRIFT: f64 = 0.003;

/// Fewer stretches rise or fall by chance.
const LEAST_STRETCHES: usize = 8;

/// Stretches into which the paired rows are cut to see a drift beyond the noise of single rows.
const STRETCHES: usize = 24;

/// A step between neighbouring rows that stays and is at least this large is told as one: larger than any regular
/// dividend of a fund, smaller than the smallest split.
const STEP: f64 = 0.15;

/// What `b` is as a multiple of `a`.
#[derive(Debug, Clone, PartialEq)]
pub enum Factor {
    /// The same prices: the median of `b` over `a` is 1.
    Same,
    /// `b` is `a` times this number.
    Constant(f64),
    /// The factor moves one way, as prices adjusted for dividends do against prices that are not.
    Drifting {
        /// `b` over `a` over the first stretch of rows.
        first: f64,
        /// The same over the last.
        last: f64,
        /// The growth of the factor per year, as a fraction.
        per_year: f64,
    },
    /// The factor changes at single rows and stays, as at splits.
    Steps(Vec<Step>),
    /// The factor moves both ways: these are no two adjustments of one price.
    Varying {
        /// The lowest median of a stretch.
        lowest: f64,
        /// The highest.
        highest: f64,
    },
}

/// A lasting change of the factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The first row with the new factor.
    pub at: Label,
    /// The factor before.
    pub before: f64,
    /// The factor from there on.
    pub after: f64,
}

pub(super) fn of(ratios: &[Ratio]) -> Factor {
    let values: Vec<f64> = ratios.iter().map(|ratio| ratio.value).collect();
    let Some(middle) = median(&values) else { return Factor::Same };
    let levels = levels(&values);
    let fold = |start: f64, pick: fn(f64, f64) -> f64| levels.iter().copied().fold(start, pick);
    let (lowest, highest) = (fold(f64::INFINITY, f64::min), fold(0.0, f64::max));
    let constant = || {
        let same = (middle - 1.0).abs() <= SAME.max(noise(&values, middle));
        if same { Factor::Same } else { Factor::Constant(middle) }
    };
    if within(&values, middle, CONSTANT) {
        return constant();
    }
    let steps = steps(ratios);
    if !steps.is_empty() {
        return Factor::Steps(steps);
    }
    if let Some(drift) = drift(ratios, &levels) {
        return drift;
    }
    if highest / lowest - 1.0 <= CONSTANT_LEVEL { constant() } else { Factor::Varying { lowest, highest } }
}

/// A factor that moves one way, if it does.
fn drift(ratios: &[Ratio], levels: &[f64]) -> Option<Factor> {
    let (&first, &last) = (levels.first()?, levels.last()?);
    let drift = ln(last / first);
    // Against the drift the factor may go by a twentieth of it: rounding, and days on which two sources differ.
    let against = levels.windows(2).map(|pair| -drift.signum() * ln(pair[1] / pair[0])).fold(0.0, f64::max);
    if levels.len() < LEAST_STRETCHES || drift.abs() < DRIFT || against > 0.05 * drift.abs() {
        return None;
    }
    let days = ratios[ratios.len() - 1].label.calendar_days_since(ratios[0].label).max(1);
    // The medians lie half a stretch inside of either end.
    let years = days as f64 / 365.25 * (levels.len() - 1) as f64 / levels.len() as f64;
    Some(Factor::Drifting { first, last, per_year: exp(drift / years) - 1.0 })
}

/// Whether nine of ten values are within `part` of `middle`.
fn within(values: &[f64], middle: f64, part: f64) -> bool {
    let near = values.iter().filter(|value| (**value / middle - 1.0).abs() <= part).count();
    near * 10 >= values.len() * 9
}

/// The median size of the noise around `middle`.
fn noise(values: &[f64], middle: f64) -> f64 {
    median(&values.iter().map(|value| (value / middle - 1.0).abs()).collect::<Vec<_>>()).unwrap_or(0.0)
}

/// The medians of up to [`STRETCHES`] stretches of equal length.
fn levels(values: &[f64]) -> Vec<f64> {
    let length = values.len().div_ceil(STRETCHES).max(1);
    values.chunks(length).filter_map(median).collect()
}

/// Rows at which the factor changes by [`STEP`] or more and stays so for the next few rows; where it is not steady
/// before and after, there are no steps to tell.
fn steps(ratios: &[Ratio]) -> Vec<Step> {
    const SIDE: usize = 5;
    let mut steps: Vec<Step> = Vec::new();
    for at in SIDE..ratios.len().saturating_sub(SIDE - 1) {
        let values =
            |from: usize, to: usize| ratios[from..to].iter().map(|ratio| ratio.value).collect::<Vec<f64>>();
        let (before, after) = (values(at - SIDE, at), values(at, at + SIDE));
        if ln(ratios[at].value / ratios[at - 1].value).abs() < STEP {
            continue;
        }
        let ends = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            Some((quantile(&values, 0.0)?, quantile(&values, 0.5)?, quantile(&values, 1.0)?))
        };
        let (Some(before), Some(after)) = (ends(before), ends(after)) else { continue };
        let steady = |side: (f64, f64, f64)| ln(side.2 / side.0) < STEP / 2.0;
        if steady(before) && steady(after) {
            steps.push(Step { at: ratios[at].label, before: before.1, after: after.1 });
        }
    }
    steps
}
