//! Two series beside each other, bar by bar, on neither's clock.

use super::Series;
use crate::base::calendar::{Instant, Session};

/// The bars of two series, paired: each bar of the series with fewer bars beside the other's bar whose
/// `known_at` is nearest. The pair is known at the later of the two.
///
/// A bar whose nearest partner cannot be told yet (the next one may be nearer) waits for it; so a pair
/// never depends on what came after it was known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pairs {
    /// Row of the left series, per pair.
    pub left: Vec<usize>,
    /// Row of the right series, per pair.
    pub right: Vec<usize>,
    /// When the pair was known, in microseconds; strictly increasing.
    pub known_at: Vec<i64>,
    /// The age in days above which a pair counts as missing: the smaller of the two series'.
    pub stale_after_days: f64,
    /// Whether the left series is the one with fewer bars, whose sessions those of the pairs are.
    pub left_is_sparse: bool,
}

impl Pairs {
    pub(super) fn new(left: &Series, right: &Series) -> Self {
        let left_is_sparse = bars_a_week(left) <= bars_a_week(right);
        let (sparse, dense) = if left_is_sparse { (left, right) } else { (right, left) };
        let mut pairs = Self {
            stale_after_days: left.stale_after_days().min(right.stale_after_days()),
            left_is_sparse,
            ..Self::default()
        };
        let (mut after, mut last_partner) = (0, None);
        for row in 0..sparse.len() {
            let at = sparse.rows().known_at[row];
            while dense.rows().known_at.get(after).is_some_and(|&known| known < at) {
                after += 1;
            }
            let Some((partner, known)) = nearest(at, dense, after) else { continue };
            let apart = Instant::from_micros(known)
                .days_since(Instant::from_micros(dense.rows().known_at[partner].min(at)));
            let is_next = pairs.known_at.last().is_none_or(|&last| known > last);
            // A partner is taken once: a row between two of its bars says nothing new about both.
            let is_free = last_partner.is_none_or(|last| partner > last);
            if apart > pairs.stale_after_days || !is_next || !is_free {
                continue;
            }
            last_partner = Some(partner);
            let (l, r) = if left_is_sparse { (row, partner) } else { (partner, row) };
            pairs.left.push(l);
            pairs.right.push(r);
            pairs.known_at.push(known);
        }
        pairs
    }
}

/// About how many bars a week a series has, by what kind of series it is.
///
/// The rows themselves are not counted: which of two nearly equal series has fewer would then depend on how
/// far the history goes, and a pair on what came after it.
fn bars_a_week(series: &Series) -> f64 {
    let (days, hours) = match series.session() {
        // Such a row counts for two periods and its lag.
        Session::Macro { release_lag_days } => {
            let period = (series.stale_after_days() - f64::from(*release_lag_days)) / 2.0;
            return 7.0 / period.max(1.0);
        }
        Session::Released(_) => return 7.0 / (series.stale_after_days() / 2.0).max(1.0),
        Session::Crypto | Session::CryptoCut(_) => (7.0, 24.0),
        Session::UsEquity => (5.0, 6.5),
        Session::Cboe => (5.0, 6.75),
        Session::Futures => (5.0, 23.0),
        Session::Fx | Session::Custom(_) => (5.0, 24.0),
    };
    match series.bar_hours() {
        length if length < 24.0 => days * hours / length,
        length => (7.0 * 24.0 / length).min(days),
    }
}

/// The row of `dense` nearest to instant `at`, and when that was certain; `after` is its first row not before.
fn nearest(at: i64, dense: &Series, after: usize) -> Option<(usize, i64)> {
    let known = dense.rows().known_at;
    let later = known.get(after).copied();
    if after == 0 {
        return later.map(|k| (0, k.max(at)));
    }
    let earlier = known[after - 1];
    // The next bar of `dense` lasts as long as this one at least, so it cannot end before this instant.
    let length = earlier - dense.rows().opens_at[after - 1];
    if later != Some(at) && 2 * (at - earlier) <= length {
        return Some((after - 1, at));
    }
    let later = later?;
    if later - at < at - earlier { Some((after, later)) } else { Some((after - 1, later.max(at))) }
}
