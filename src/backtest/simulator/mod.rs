//! What would these entries have earned, cost by cost?
//!
//! The reference: one market, one position at a time, walked bar by bar. It is the truth against which any
//! faster path is tested, so it is written to be read, not to be quick. It knows nothing of the rule
//! language, of dates or of files; an entry is a `true` at the close of a bar.
//!
//! One bar, in this order (`account.rs` does it, `position.rs` knows the levels of the exits):
//!
//! 1. **Open.** With [`Fill::Open`] the order decided at the last close fills. Then a stop, trail or target
//!    that the open is at or beyond fills at the open.
//! 2. **Inside.** The stop, then the trail, then the target fill at their levels.
//! 3. **Close.** With [`Fill::Close`] the order decided at the last close fills.
//! 4. **Decision.** Flat and the entry true: an order to buy. Held: an order to sell for each reason seen at
//!    this close: the exit rule, the days held, a barrier that looks at closes only. An order with no bar
//!    left to fill is dropped.
//!
//! Nothing is decided on a bar before its close and nothing fills at a price that was known at the decision.
//! An account worth zero or less at a close is ruined: its position ends there, marked to that close, and it
//! trades no more.

mod account;
mod ledger;
mod orders;
mod position;

#[cfg(test)]
mod tests;

pub use ledger::{Ledger, Reasons, Trade};
pub use orders::{Barrier, Costs, Exits, Fill, Orders};

use account::Account;

/// The traded market's rows on the clock, over the evaluation window: four columns of one length, without a
/// missing value. A market without highs and lows repeats its closes there; barriers that look inside the bar
/// mean nothing on it and are the caller's to refuse.
#[derive(Debug, Clone, Copy)]
pub struct Prices<'a> {
    /// The first price of each bar.
    pub open: &'a [f64],
    /// The highest price of each bar.
    pub high: &'a [f64],
    /// The lowest price of each bar.
    pub low: &'a [f64],
    /// The last price of each bar.
    pub close: &'a [f64],
}

impl Prices<'_> {
    /// The number of bars.
    pub fn bars(&self) -> usize {
        self.close.len()
    }
}

/// Runs `orders` over `prices` with `capital` money: `entry[t]` and `exit_rule[t]` are what the rules say at
/// the close of bar `t`, one value per bar.
///
/// # Panics
/// When the columns of `prices`, `entry` and `exit_rule` are not of one length: a mistake of the caller.
pub fn simulate(
    prices: &Prices<'_>,
    entry: &[bool],
    exit_rule: Option<&[bool]>,
    orders: &Orders,
    capital: f64,
) -> Ledger {
    let mut account = Account::new(*prices, entry, exit_rule, *orders, capital);
    let mut equity = Vec::with_capacity(prices.bars());
    let mut position = Vec::with_capacity(prices.bars());
    for t in 0..prices.bars() {
        account.step(t);
        equity.push(account.equity(t));
        position.push(account.units());
    }
    Ledger { trades: account.finish(), equity, position }
}

/// The trades of [`simulate`] alone, to the last bit. A bar on which nothing is held or ordered and the entry
/// is false changes nothing, so it is not visited.
///
/// # Panics
/// When the columns of `prices`, `entry` and `exit_rule` are not of one length: a mistake of the caller.
pub fn trades(
    prices: &Prices<'_>,
    entry: &[bool],
    exit_rule: Option<&[bool]>,
    orders: &Orders,
    capital: f64,
) -> Vec<Trade> {
    let mut account = Account::new(*prices, entry, exit_rule, *orders, capital);
    let mut t = 0;
    while t < prices.bars() {
        if account.is_idle() {
            let Some(wait) = entry[t..].iter().position(|&signal| signal) else {
                break;
            };
            t += wait;
        }
        account.step(t);
        t += 1;
    }
    account.finish()
}
