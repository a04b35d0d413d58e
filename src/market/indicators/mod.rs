//! What does this column say about its own past?
//!
//! Every function takes a column of one series' own bars, oldest first, and gives a column of the same
//! length. A missing value is NaN (in columns of numbers) or [`Truth::Missing`]; it never leaves the engine.
//! Row `i` depends on rows `0..=i` alone, and so stays what it is when history is added. A window of `n`
//! bars ends with the current one; with fewer than `n` rows the value is missing.

mod extremes;
mod moments;
mod trend;
mod truth;

pub use extremes::{at_high, at_low, drawdown, highest, lowest, new_high, new_low, runup};
pub use moments::{beta, change, correlation, mean, spread, volatility};
pub use trend::{
    atr, bandwidth, bars_since_high, bars_since_low, ema, lag, percentile_rank, rsi, slope, stdev, zscore,
};
pub use truth::{Truth, always, count, crosses_above, crosses_below, within};

/// How far back an indicator looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Window {
    /// The last `n` bars, the current one included; `n >= 1`.
    Bars(usize),
    /// Every bar of the series so far.
    All,
}

impl Window {
    /// Whether a window that ends at row `i` is full.
    fn is_full_at(self, i: usize) -> bool {
        match self {
            Self::Bars(n) => i + 1 >= n,
            Self::All => true,
        }
    }

    /// The first row of the window that ends at row `i`.
    fn start_at(self, i: usize) -> usize {
        match self {
            Self::Bars(n) => (i + 1).saturating_sub(n),
            Self::All => 0,
        }
    }

    /// Rows before the first one at which the window is full.
    pub fn warm_up(self) -> usize {
        match self {
            Self::Bars(n) => n.saturating_sub(1),
            Self::All => 0,
        }
    }
}
