//! What does this column say about its own past?
//!
//! Every function takes a column of one series' own bars, oldest first, and gives a column of the same
//! length. A missing value is NaN (in columns of numbers) or [`Truth::Missing`]; it never leaves the engine.
//! Row `i` depends on rows `0..=i` alone, and so stays what it is when history is added. No measure of a window costs more
//! a row where the window is longer. A window of `n`
//! bars ends with the current one; with fewer than `n` rows the value is missing. What is undefined, such as a
//! share of nothing or the correlation with something that does not move, is missing, too.

mod extremes;
mod moments;
mod pairs;
mod rank;
mod rounds;
mod sliding;
mod trend;
mod truth;
mod window;

#[cfg(test)]
mod definitions;
#[cfg(test)]
mod oracles;

pub use extremes::{at_high, at_low, drawdown, highest, lowest, new_high, new_low, runup};
pub use moments::{change, difference, lag, mean, stdev, volatility, zscore};
pub use pairs::{beta, correlation, lead_correlation, ratio, spread};
pub use rank::percentile_rank;
pub use rounds::{distance_to_round, round_above, round_below};
pub use trend::{atr, bandwidth, bars_since_high, bars_since_low, ema, rsi, slope};
pub use truth::{Truth, always, count, crosses_above, crosses_below, within};
pub use window::{Sessions, Window};

/// What is no number, such as a share of nothing, is missing.
fn defined(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::NAN }
}
