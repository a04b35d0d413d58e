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
    /// When the pair was known, in microseconds; never falling: several may wait for the same bar.
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
            // A partner is taken once: a row between two of its bars says nothing new about both.
            let is_free = last_partner.is_none_or(|last| partner > last);
            if apart > pairs.stale_after_days || !is_free {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::calendar::{Label, LabelKind};
    use crate::market::series::{Provenance, Rows};
    use jiff::civil::{Date, date};

    fn series(session: &Session, bar: Option<&str>, kind: LabelKind, spans: &[(i64, i64)]) -> Series {
        let provenance = Provenance {
            symbol: session.name().into(),
            vendor: "test".into(),
            bar: bar.map(Into::into),
            file: "test".into(),
            hash: String::new(),
            adjustment: "none".into(),
            simulated: false,
        };
        let rows = Rows {
            labels: spans.iter().map(|span| span.0).collect(),
            opens_at: spans.iter().map(|span| span.0).collect(),
            known_at: spans.iter().map(|span| span.1).collect(),
            close: spans.iter().map(|_| 1.0).collect(),
            ..Rows::default()
        };
        let stale = if session.is_published() { 3.0 } else { 5.0 };
        Series::new(provenance, session.clone(), kind, stale, rows).unwrap()
    }

    /// From the end of October to mid-January: a change of the clocks, four holidays, two early closes.
    fn days(session: &Session) -> impl Iterator<Item = Date> + '_ {
        let first = date(2025, 10, 27);
        first
            .series(jiff::Span::new().days(1))
            .take_while(|day| *day < date(2026, 1, 16))
            .filter(|day| session.is_trading_day(*day))
    }

    fn daily(session: &Session) -> Series {
        let span = |day| {
            let times = session.day(day);
            (times.opens_at.micros(), times.known_at.micros())
        };
        let dated = series(session, None, LabelKind::Date, &days(session).map(span).collect::<Vec<_>>());
        let labels = days(session).map(|day| Label::date(day).micros()).collect();
        let rows = Rows { labels, ..dated.rows().to_rows() };
        let stale = dated.stale_after_days();
        Series::new(dated.provenance().clone(), session.clone(), LabelKind::Date, stale, rows).unwrap()
    }

    fn within_days(session: &Session, bar: &str, hours: i64) -> Series {
        let mut spans = Vec::new();
        for day in days(session) {
            let times = session.day(day);
            let mut opens_at = times.opens_at.micros();
            while opens_at < times.known_at.micros() {
                let known_at = (opens_at + hours * 3_600_000_000).min(times.known_at.micros());
                spans.push((opens_at, known_at));
                opens_at = known_at;
            }
        }
        series(session, Some(bar), LabelKind::Time, &spans)
    }

    /// Every bar of the series with fewer bars beside the other's bar known nearest to it, the earlier of two alike,
    /// each taken once. Only the end of the other history, where a nearer bar may be to come, is left out.
    fn by_definition(sparse: &Series, dense: &Series) -> Vec<(usize, usize)> {
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for row in 0..sparse.len() {
            let at = sparse.rows().known_at[row];
            let distance = |partner: &usize| (dense.rows().known_at[*partner] - at).abs();
            let partner = (0..dense.len()).min_by_key(distance).unwrap();
            if pairs.last().is_none_or(|last| partner > last.1) {
                pairs.push((row, partner));
            }
        }
        pairs
    }

    #[test]
    fn the_series_with_fewer_bars_a_week_looks_for_the_nearest() {
        let (new_york, crypto) = (Session::UsEquity, Session::Crypto);
        let dff = Session::Macro { release_lag_days: 1 };
        for (sparse, dense) in [
            (daily(&new_york), daily(&crypto)),
            (daily(&new_york), within_days(&crypto, "4h", 4)),
            (daily(&new_york), daily(&dff)),
            (daily(&crypto), within_days(&new_york, "1h", 1)),
            (within_days(&new_york, "1h", 1), within_days(&crypto, "1h", 1)),
            (within_days(&new_york, "1h", 1), within_days(&crypto, "4h", 4)),
            (within_days(&crypto, "4h", 4), within_days(&crypto, "1h", 1)),
            (daily(&Session::Fx), within_days(&Session::Futures, "1h", 1)),
        ] {
            let what = format!("{:?} beside {:?}", sparse.provenance(), dense.provenance());
            let expected = by_definition(&sparse, &dense);
            for left_is_sparse in [true, false] {
                let pairs =
                    if left_is_sparse { Pairs::new(&sparse, &dense) } else { Pairs::new(&dense, &sparse) };
                assert_eq!(pairs.left_is_sparse, left_is_sparse, "{what}");
                let (rows, partners) =
                    if left_is_sparse { (&pairs.left, &pairs.right) } else { (&pairs.right, &pairs.left) };
                let found: Vec<(usize, usize)> = rows.iter().copied().zip(partners.iter().copied()).collect();
                let waiting = expected.len() - found.len();
                assert!(waiting <= 1, "{what}: {waiting} are missing");
                assert_eq!(found, expected[..found.len()], "{what}");
                for ((row, partner), known) in found.into_iter().zip(&pairs.known_at) {
                    let both = sparse.rows().known_at[row].max(dense.rows().known_at[partner]);
                    assert!(*known >= both, "{what}");
                }
            }
        }
    }

    /// A week's bar goes with the day on which it ends, not with the first day that is near enough.
    #[test]
    fn a_week_goes_with_its_last_day() {
        let days = daily(&Session::UsEquity);
        let fridays: Vec<(i64, i64)> = (0..days.len())
            .filter(|&row| days.label(row).calendar_date().weekday() == jiff::civil::Weekday::Friday)
            .map(|row| (days.opens_at(row).micros() - 4 * 86_400_000_000, days.known_at(row).micros()))
            .collect();
        let weeks = series(&Session::UsEquity, Some("1w"), LabelKind::Date, &fridays);
        for pairs in [Pairs::new(&days, &weeks), Pairs::new(&weeks, &days)] {
            let of_days = if pairs.left_is_sparse { &pairs.right } else { &pairs.left };
            assert!(!of_days.is_empty());
            for &row in of_days {
                assert_eq!(days.label(row).calendar_date().weekday(), jiff::civil::Weekday::Friday);
            }
        }
    }
}
