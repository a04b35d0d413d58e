//! Do the two move together, and is one labelled late?

use super::Series;
use crate::base::num::{ln, mean, median, sqrt, sum};

/// Lags that are looked at, in bars either way: a label is late by a day, by a weekend, by a time zone.
const LAGS: i64 = 3;

/// Fewer changes than this tell no correlation.
const LEAST_CHANGES: usize = 20;

/// From here on two series of changes are copies of one: the closest different funds on one index reach it too, and
/// a fund and its index.
const COPY: f64 = 0.9;

/// Below this they have nothing to do with each other: bitcoin and shares have 0.15 to 0.4, two shares about 0.3. Of
/// few changes even independent ones correlate, by chance up to three standard errors, 3 / root n.
const NOTHING: f64 = 0.1;

/// A lag is told only where it correlates so much more than the labels as they are.
const CLEARLY: f64 = 0.1;

/// One lag: `b` is looked at this many rows later than `a`'s label says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lag {
    /// Rows of `b` later; above zero where `b`'s labels are late.
    pub bars: i64,
    /// The rank correlation of the changes; `None` for too few changes or none at all.
    pub correlation: Option<f64>,
    /// The median size of the difference, after the median factor between the two is taken out.
    pub difference: Option<f64>,
}

/// How far two series are one market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Together {
    /// They move as copies do.
    Copies,
    /// They are related, not copies.
    Related,
    /// They move against each other, as shares and their volatility.
    Opposite,
    /// At no lag do they have anything to do with each other.
    Unrelated,
    /// Too few changes to tell.
    Untold,
}

/// What the lags tell.
#[derive(Debug, Clone, PartialEq)]
pub struct LagReport {
    /// Every lag from -3 to 3.
    pub lags: Vec<Lag>,
    /// The lag with the highest correlation, 0 where none is clearly higher.
    pub best: i64,
    /// By how many bars `b`'s labels are late (below zero: early), where that is plain.
    pub late: Option<i64>,
    /// How far the two are one market, at the best lag.
    pub together: Together,
    /// The changes that the best lag's correlation is made of.
    pub changes: usize,
}

/// A row of the sparser series and the row of the other that stood beside it by then.
struct Anchors {
    rows: Vec<(usize, i64)>,
    /// `a` is the denser one, so that lags turn round.
    turned: bool,
}

pub(super) fn report(a: &Series, b: &Series) -> LagReport {
    let anchors = anchors(a, b);
    let measured: Vec<(Lag, usize)> = (-LAGS..=LAGS).map(|bars| measure(a, b, &anchors, bars)).collect();
    let correlation =
        |bars: i64| measured.iter().find(|(lag, _)| lag.bars == bars).and_then(|(lag, _)| lag.correlation);
    let (bars, found) = best(correlation);
    let count =
        |bars: i64| measured.iter().find(|(lag, _)| lag.bars == bars).map_or(0, |(_, changes)| *changes);
    let chance = NOTHING.max(3.0 / sqrt(count(bars).max(1) as f64));
    let (bars, found) = match (found, correlation(0)) {
        (Some(found), Some(asis)) if found < COPY && asis <= -chance => (0, Some(asis)),
        _ => (bars, found),
    };
    let together = match found {
        None => Together::Untold,
        Some(found) if found >= COPY => Together::Copies,
        Some(found) if found <= -chance => Together::Opposite,
        Some(found) if found >= chance => Together::Related,
        // Where chance alone reaches so far, nothing can be said.
        Some(_) if chance > 0.5 => Together::Untold,
        Some(_) => Together::Unrelated,
    };
    let late = (bars != 0 && together == Together::Copies).then_some(bars);
    LagReport {
        lags: measured.iter().map(|(lag, _)| *lag).collect(),
        best: bars,
        late,
        together,
        changes: count(bars),
    }
}

/// The lag with the highest correlation; 0 unless another is clearly higher.
fn best(correlation: impl Fn(i64) -> Option<f64>) -> (i64, Option<f64>) {
    // Of equals the one nearest to 0, then the later one.
    let mut order: Vec<i64> = (-LAGS..=LAGS).collect();
    order.sort_by_key(|bars| (bars.abs(), -bars));
    let mut best: Option<(i64, f64)> = None;
    for bars in order {
        if let Some(found) = correlation(bars)
            && best.is_none_or(|(_, highest)| found > highest)
        {
            best = Some((bars, found));
        }
    }
    let asis = correlation(0);
    let clear = best.filter(|(_, found)| asis.is_none_or(|asis| *found >= asis + CLEARLY));
    clear.map_or((0, asis), |(bars, found)| (bars, Some(found)))
}

/// Each row of the sparser series with the last row of the other whose label is not later, over the time both cover.
/// So bars can be counted even where labels of a day later fall on days that the other does not have.
fn anchors(a: &Series, b: &Series) -> Anchors {
    let covered = |one: &Series, other: &Series| {
        let labels = &other.rows().labels;
        let (from, to) = (labels[0], labels[labels.len() - 1]);
        one.rows().labels.iter().filter(|label| (from..=to).contains(label)).count()
    };
    let turned = covered(a, b) > covered(b, a);
    let (sparse, dense) = if turned { (b, a) } else { (a, b) };
    let labels = &dense.rows().labels;
    let last = labels[labels.len() - 1];
    let rows = sparse
        .rows()
        .labels
        .iter()
        .enumerate()
        .filter(|(_, label)| **label >= labels[0] && **label <= last)
        .map(|(row, label)| (row, labels.partition_point(|other| other <= label) as i64 - 1))
        .collect();
    Anchors { rows, turned }
}

fn measure(a: &Series, b: &Series, anchors: &Anchors, bars: i64) -> (Lag, usize) {
    let (sparse, dense) = if anchors.turned { (b.close(), a.close()) } else { (a.close(), b.close()) };
    let shift = if anchors.turned { -bars } else { bars };
    let at = |row: i64| usize::try_from(row + shift).ok().and_then(|row| dense.get(row)).copied();
    let logs: Vec<Option<(f64, f64)>> = anchors
        .rows
        .iter()
        .map(|&(row, other)| {
            let (one, two) = (sparse[row], at(other)?);
            (one > 0.0 && two > 0.0).then(|| (ln(one), ln(two)))
        })
        .collect();
    let apart: Vec<f64> = logs.iter().flatten().map(|(one, two)| two - one).collect();
    let middle = median(&apart);
    let sizes: Vec<f64> =
        middle.map_or(Vec::new(), |middle| apart.iter().map(|apart| (apart - middle).abs()).collect());
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for pair in logs.windows(2) {
        if let [Some(before), Some(after)] = pair {
            left.push(after.0 - before.0);
            right.push(after.1 - before.1);
        }
    }
    let difference = median(&sizes).map(|size| crate::base::num::exp(size) - 1.0);
    (Lag { bars, correlation: correlation(&left, &right), difference }, left.len())
}

/// The correlation of the ranks of changes (Spearman 1904): one bad tick or split does not decide it. `None` where one of
/// them never changes.
fn correlation(left: &[f64], right: &[f64]) -> Option<f64> {
    if left.len() < LEAST_CHANGES {
        return None;
    }
    let (left, right) = (centered(ranks(left))?, centered(ranks(right))?);
    let product =
        |one: &[f64], two: &[f64]| sum(&one.iter().zip(two).map(|(one, two)| one * two).collect::<Vec<_>>());
    let size = sqrt(product(&left, &left)) * sqrt(product(&right, &right));
    (size > 0.0 && size.is_finite()).then(|| (product(&left, &right) / size).clamp(-1.0, 1.0))
}

/// The place of each value in their order; equal values share the mean of their places.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    // Minus zero is no smaller than zero.
    for equal in order.chunk_by(|a, b| values[*a] >= values[*b]) {
        let place = below as f64 + (equal.len() - 1) as f64 / 2.0;
        for &at in equal {
            ranks[at] = place;
        }
        below += equal.len();
    }
    ranks
}

fn centered(values: Vec<f64>) -> Option<Vec<f64>> {
    let center = mean(&values)?;
    Some(values.into_iter().map(|value| value - center).collect())
}
