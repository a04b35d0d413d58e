//! Sessions of bars shorter than a day: what "N days" means on them.

use crate::base::calendar::{Instant, LabelKind};
use crate::market::indicators::Sessions;
use crate::market::series::Series;

/// Whether a series has several bars a day.
pub(super) fn is_intraday(series: &Series) -> bool {
    series.label_kind() == LabelKind::Time
}

/// Windows of `n` sessions over a series' bars: UTC days where the market never closes, else its own sessions. A bar
/// outside of the market's hours counts to the session before it.
pub(super) fn sessions(series: &Series, n: usize) -> Sessions {
    let kind = series.session();
    let mut numbers = Vec::with_capacity(series.len());
    let mut offsets = Vec::with_capacity(series.len());
    let (mut day, mut number, mut opened) = (None, 0, 0);
    for row in 0..series.len() {
        let opens_at = series.opens_at(row);
        let found = kind.trading_day(opens_at).or(day).unwrap_or_else(|| opens_at.utc_date());
        if day != Some(found) {
            number += usize::from(day.is_some());
            day = Some(found);
            // The hour at which a session usually opens, so that a late first bar shifts nothing.
            opened = kind
                .trading_day(opens_at)
                .map_or(Instant::start_of(found), |day| kind.day(day).opens_at)
                .micros();
        }
        numbers.push(number);
        offsets.push(series.known_at(row).micros() - opened);
    }
    Sessions::new(&numbers, &offsets, n)
}
