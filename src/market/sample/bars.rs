//! Opens, highs, lows and volumes around the closes, and the files.

use std::fmt::Write as _;

use crate::base::calendar::{Date, Session, early_close};
use crate::base::num::{self, RandomStream};

use super::NOTICE;
use super::markets::{Market, is_weekend};
use super::path::{History, in_cents};

/// Spread of the logarithm of volume, and its share that lasts from one day to the next.
const VOLUME_SPREAD: f64 = 0.22;
const VOLUME_LASTS: f64 = 0.7;
/// How much a day of one spread more than usual adds to the logarithm of volume.
const VOLUME_OF_MOVES: f64 = 0.35;
/// A mean absolute normal number, in spreads.
const USUAL_MOVE: f64 = 0.798;

/// A market's file: the notice, the header, a row per day.
pub(super) fn write(history: &History, seed: u64) -> String {
    let mut shapes = RandomStream::new(seed, &format!("bars of {}", history.market.symbol));
    let mut volumes = RandomStream::new(seed, &format!("volume of {}", history.market.symbol));
    let mut text = format!("{NOTICE}\ndate,open,high,low,close,volume\n");
    let mut crowd = 0.0;
    for (day, date) in history.dates.iter().enumerate() {
        let bar = shape(history, day, &mut shapes);
        crowd = VOLUME_LASTS * crowd
            + VOLUME_SPREAD * num::sqrt(1.0 - VOLUME_LASTS * VOLUME_LASTS) * volumes.normal();
        let usual = num::sqrt(history.market.day_variance(*date));
        let excess = (history.log_return(day).abs() / usual - USUAL_MOVE).clamp(-1.0, 4.0);
        let volume = usual_volume(history.market, *date) * num::exp(crowd + VOLUME_OF_MOVES * excess);
        let [open, high, low, close] = bar.map(dollars);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{date},{open},{high},{low},{close},{volume:.0}");
    }
    text
}

/// Open, high, low, close of a day, in cents.
///
/// The open lies on a bridge from the close before to the close, after the share of variance that falls
/// overnight. High and low are the extremes of a Brownian bridge from open to close, drawn from their exact
/// distribution (Beaghton 1988: P(max > m) = exp(-2 (m - a)(m - b) / variance)), each on its own.
fn shape(history: &History, day: usize, stream: &mut RandomStream) -> [i64; 4] {
    let close = history.cents[day];
    let before = history.cents[day.saturating_sub(1)];
    let variance = history.spreads[day] * history.spreads[day];
    let overnight = history.market.overnight;
    let gap = overnight * history.log_return(day)
        + num::sqrt(overnight * (1.0 - overnight) * variance) * stream.normal();
    let open = in_cents(before as f64 / 100.0 * num::exp(gap)).max(1);
    let intraday = num::ln(close as f64 / open as f64);
    let mut reach = || {
        let spread = -2.0 * (1.0 - overnight) * variance * num::ln(1.0 - stream.uniform());
        num::sqrt(intraday * intraday + spread)
    };
    let high = in_cents(open as f64 / 100.0 * num::exp(f64::midpoint(intraday, reach())));
    let low = in_cents(open as f64 / 100.0 * num::exp((intraday - reach()) / 2.0));
    [open, high.max(open).max(close), low.min(open).min(close).max(1), close]
}

/// The volume of an ordinary day: between the years of the table in even ratios, less on short days and
/// weekends.
fn usual_volume(market: &Market, date: Date) -> f64 {
    let time = f64::from(date.year()) + f64::from(date.day_of_year() - 1) / 366.0;
    let next = market.volumes.partition_point(|(year, _)| f64::from(*year) <= time);
    let level = match (market.volumes.get(next.saturating_sub(1)), market.volumes.get(next)) {
        (Some((year, level)), Some((next_year, next_level))) if next > 0 => {
            let share = (time - f64::from(*year)) / f64::from(next_year - year);
            level * num::pow(next_level / level, share)
        }
        (Some((_, level)), _) => *level,
        (None, _) => 0.0,
    };
    match market.session {
        Session::Crypto if is_weekend(date) => level * 0.75,
        Session::UsEquity if early_close(date) => level * 0.55,
        _ => level,
    }
}

fn dollars(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
