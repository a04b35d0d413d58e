//! Sessions of bars shorter than a day: what "N days" means on them.

use crate::base::calendar::{Instant, LabelKind};
use crate::market::indicators::Sessions;
use crate::market::series::{Frame, Pairs, Panel, Series};

/// Whether a series has several bars a day.
pub(super) fn is_intraday(series: &Series) -> bool {
    series.label_kind() == LabelKind::Time
}

/// How many bars a session of a series has, on average; at least 1.
pub(super) fn bars_a_session(series: &Series) -> usize {
    let kind = series.session();
    let mut days: Vec<_> = (0..series.len())
        .map(|row| series.opens_at(row))
        .map(|opens_at| kind.trading_day(opens_at).unwrap_or_else(|| opens_at.utc_date()))
        .collect();
    days.dedup();
    let sessions = days.len().max(1);
    ((series.len() + sessions / 2) / sessions).max(1)
}

/// Whether the bars of a frame are shorter than a day: those of the series, or those of both that are paired.
pub(super) fn has_sessions(frame: Frame, panel: &Panel) -> bool {
    let is_intraday = |member: usize| is_intraday(&panel.members()[member]);
    match frame {
        Frame::Series(member) => is_intraday(member),
        Frame::Pair(left, right) => is_intraday(left) && is_intraday(right),
    }
}

/// Windows of `n` sessions over the bars of a frame: UTC days where the market never closes, else its own sessions. A
/// bar outside of the market's hours counts to the session before it. Of paired bars, given as `pairs`, the sessions
/// are those of the series with fewer bars.
pub(super) fn sessions(frame: Frame, panel: &Panel, pairs: Option<&Pairs>, n: usize) -> Sessions {
    match (frame, pairs) {
        (Frame::Pair(left, right), Some(pairs)) => {
            let (sparse, rows) =
                if pairs.left_is_sparse { (left, &pairs.left) } else { (right, &pairs.right) };
            let known_at = pairs.known_at.iter().map(|&known| Instant::from_micros(known));
            of_rows(&panel.members()[sparse], rows.iter().copied().zip(known_at), n)
        }
        (Frame::Series(member) | Frame::Pair(member, _), _) => {
            let series = &panel.members()[member];
            of_rows(series, (0..series.len()).map(|row| (row, series.known_at(row))), n)
        }
    }
}

/// Windows of `n` sessions over rows of a series, each with the instant at which it was known.
fn of_rows(series: &Series, rows: impl ExactSizeIterator<Item = (usize, Instant)>, n: usize) -> Sessions {
    let kind = series.session();
    let mut numbers = Vec::with_capacity(rows.len());
    let mut offsets = Vec::with_capacity(rows.len());
    let (mut day, mut number, mut opened) = (None, 0, 0);
    // The end of the session that a row was found in: up to it no calendar need be asked.
    let mut until = None;
    for (row, known_at) in rows {
        let opens_at = series.opens_at(row);
        if until.is_none_or(|until| opens_at >= until) {
            let inside = kind.trading_day(opens_at);
            until = inside.map(|day| kind.day(day).known_at);
            let found = inside.or(day).unwrap_or_else(|| opens_at.utc_date());
            if day != Some(found) {
                number += usize::from(day.is_some());
                day = Some(found);
                // The hour at which a session usually opens, so that a late first bar shifts nothing.
                opened = inside.map_or(Instant::start_of(found), |day| kind.day(day).opens_at).micros();
            }
        }
        numbers.push(number);
        offsets.push(known_at.micros() - opened);
    }
    Sessions::new(&numbers, &offsets, n)
}
