//! One registry of names: each metric from sums, held returns and trades, fed by the ledger and by the walk
//! alike.
//!
//! A number goes through three layers, and each stands on its own:
//!
//! 1. **What composes**, `sums`, `powers` and `drawdown`: powers of bar returns ([`PowerSums`]), trades
//!    ([`TradeSums`]), the running peak ([`DrawdownScan`]). They add up over stretches of bars, so that
//!    whoever knows the stretches need not visit the bars. All of them together are [`Sums`].
//! 2. **What needs bars by size**, `tails`: [`Tails`], from held returns and a count of flat bars.
//! 3. **What finishes**, `formulas`: one pure function from [`Sums`] to a [`Value`] for each entry of the
//!    [`registry`].
//!
//! The ledger hands over a [`Track`], bar by bar, and [`compute`] takes it through all three. A walk over
//! trades fills [`Sums`] itself and asks the same registry. There is no second formula for any name.
//!
//! What is undefined is an [`Undefined`] reason, never 0, NaN or infinity; it ranks last ([`rank`]).

mod drawdown;
mod formulas;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod oracles;
mod powers;
mod registry;
mod sums;
mod tails;
mod total;
mod track;
mod value;

pub use drawdown::{Drawdown, DrawdownScan};
pub use powers::PowerSums;
pub use registry::{DEFAULT_RANK, Metric, Unit, find, index_of, named, registry};
pub use sums::{Excess, Moments, Shape, Sums, TradeSums, Versus};
pub use tails::Tails;
pub use total::Total;
pub use track::{RiskFree, Scratch, Track, TradeResult, bar_returns, per_bar_rate, periods_per_year, years};
pub use value::{Better, Undefined, Value, for_ranking, rank, rank_order};

/// Returns nearer to each other than this are the same return, and falls smaller than this are no fall.
///
/// Equity is a product of many rounded factors. A steady gain of 0.1% a bar therefore shows returns that
/// differ in the sixteenth digit, and without this limit its Sharpe ratio would be 10^13 instead of
/// undefined. For the same reason equity that comes back to its peak in all but the last digits has regained
/// it, and a trade that earned 10^-16 is neither a win nor a loss.
pub const ROUNDING: f64 = 1e-12;

/// Every metric of `track`, in the order of the [`registry`].
///
/// # Panics
/// Where the columns of `track` differ in length.
pub fn compute(track: &Track<'_>) -> Vec<Value> {
    values(&Sums::of(track, &mut Scratch::default())).collect()
}

/// Every metric from sums, in the order of the [`registry`]. With [`Sums::of`] and a [`Scratch`] that is
/// kept, many tracks are worked without allocating for each.
pub fn values(sums: &Sums) -> impl Iterator<Item = Value> + '_ {
    registry().iter().map(move |metric| metric.value(sums))
}
