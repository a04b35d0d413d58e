//! What would these entries have earned, cost by cost?
//!
//! The reference: one position at a time, in one market or with legs in several, walked bar by bar. It is the
//! truth against which any faster path is tested, so it is written to be read, not to be quick. It knows
//! nothing of the rule language, of dates or of files; an entry is a `true` at the close of a bar.
//!
//! One bar of the clock, in this order (`account.rs` does it, `position.rs` knows the levels of the exits,
//! `size.rs` how much goes in, `costs.rs` what an order costs):
//!
//! 1. **Open.** With [`Fill::Open`] the order decided at the last close fills. Then a stop, trail, target or
//!    gap that the open is at or beyond fills at the open. Then the parts ordered at the last close.
//! 2. **Inside.** The stop, then the trail, then the nearer of target and gap fill at their levels.
//! 3. **Close.** With [`Fill::Close`] the order decided at the last close fills, then the parts ordered there.
//! 4. **Decision.** Flat and the entry true: an order to enter. Held: an order to leave for each reason seen at
//!    this close: the exit rule, the days held, a barrier that looks at closes only, a margin that is missed.
//!    Held with none: the parts that are due (`scale.rs`).
//!    An order with no bar left to fill is dropped.
//!
//! Legs in other markets trade in their own sessions: an order fills at the first bar that opens at or after
//! the instant of the decision, in order of time with the rest. What fills inside a bar of the clock is known
//! at that bar's end, and the other legs leave after it. Each leg is marked to its last price known.
//!
//! A basket is a trade of several legs on one side that are bought for one sum; its exits look at the value of all
//! of them at closes (`basket.rs`). What follows one order alone, in units of the equity that ordered it, is a
//! [`Course`]. Several accounts that share their money, each with a position in a market of its own, are a pool (`pool.rs`).
//!
//! Nothing is decided on a bar before its close and nothing fills at a price that was known at the decision.
//! An account worth at most [`RUIN`] of its capital at a close is ruined: its position ends there, marked to that
//! close, and it trades no more. [`reconcile`] adds every ledger up again from its executions.

mod account;
mod basket;
mod costs;
mod course;
mod ledger;
mod orders;
mod pool;
mod position;
mod reconcile;
mod scale;
mod size;
mod terms;

#[cfg(test)]
mod tests;

pub use course::Course;
pub use ledger::{Execution, Ledger, Paid, Reasons, Trade, Unbought};
pub use orders::{
    Again, Barrier, Costs, Exits, Fill, LimitOrder, Limits, MOST_PARTIALS, Orders, Partial, Partials, Side,
    Sizing,
};
pub use pool::{LEAST_SHARE, Pooled, Refusal, Seat, Want, reconcile_pool, simulate_pool};
pub use reconcile::{Mismatch, reconcile};
pub use scale::{Ladder, MOST_RUNGS, Scale};
pub use terms::{Known, LegTerms, Market, Prices, Terms, Tier, Times};

use account::{Account, Life};

/// The share of its capital at or below which an account is ruined: a trillionth. Beyond it every loss is total to
/// twelve digits, and how an account goes on is decided by rounding.
pub const RUIN: f64 = 1e-12;

/// A position below this share of equity is small. Equity is known to its own last digit, which of a small position
/// is more than many bars earn: their returns are profit over equity, without what lies idle.
pub const SMALL: f64 = 1.0 / 128.0;

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
    simulate_on(&Terms::outright(Market::of(*prices)), entry, exit_rule, orders, capital)
}

/// Runs `orders` on several markets and whatever else `terms` tell; [`simulate`] is the case of one market.
///
/// # Panics
/// When the columns of `terms`, `entry` and `exit_rule` are not of one length: a mistake of the caller.
pub fn simulate_on(
    terms: &Terms<'_>,
    entry: &[bool],
    exit_rule: Option<&[bool]>,
    orders: &Orders,
    capital: f64,
) -> Ledger {
    let bars = terms.bars();
    let mut account = Account::new(terms, entry, exit_rule, *orders, capital);
    let column = || Vec::with_capacity(bars);
    let (mut equity, mut cash, mut position) = (column(), column(), column());
    let (mut returns, mut financing) = (column(), Vec::new());
    let mut before = capital;
    for t in 0..bars {
        account.step(t);
        returns.push(account.return_since(before));
        before = account.equity();
        equity.push(before);
        cash.push(account.cash);
        position.push(account.units());
        if terms.finances() {
            financing.push(account.financed);
        }
    }
    Ledger { equity, returns, cash, financing, position, ..account.finish() }
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
    trades_on(&Terms::outright(Market::of(*prices)), entry, exit_rule, orders, capital)
}

/// The trades of [`simulate_on`] alone, to the last bit.
///
/// # Panics
/// When the columns of `terms`, `entry` and `exit_rule` are not of one length: a mistake of the caller.
pub fn trades_on(
    terms: &Terms<'_>,
    entry: &[bool],
    exit_rule: Option<&[bool]>,
    orders: &Orders,
    capital: f64,
) -> Vec<Trade> {
    book_on(terms, entry, exit_rule, orders, capital).trades
}

/// The trades, executions and costs of [`simulate_on`], to the last bit, without the columns.
///
/// # Panics
/// When the columns of `terms`, `entry` and `exit_rule` are not of one length: a mistake of the caller.
pub fn book_on(
    terms: &Terms<'_>,
    entry: &[bool],
    exit_rule: Option<&[bool]>,
    orders: &Orders,
    capital: f64,
) -> Ledger {
    let mut account = Account::new(terms, entry, exit_rule, *orders, capital);
    let mut t = 0;
    while t < terms.bars() {
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

/// What follows an entry that is ordered at the close of bar `signal`, whatever the account: the part of
/// [`simulate_on`] from there on, with no other entry, in units of the equity at that close. It is the same for
/// every account where all of `orders` and `terms` is in proportion to the money; see [`Course::is_narrow`].
///
/// There is one course for each of `afters`, the bars to hold instead of those of `orders`, which rise and end with
/// `None`, if that is among them.
///
/// # Panics
/// When `signal` is no bar, or `exit_rule` and the columns of `terms` are not of one length: a mistake of the
/// caller.
pub fn courses_on(
    terms: &Terms<'_>,
    signal: usize,
    exit_rule: Option<&[bool]>,
    orders: &Orders,
    afters: &[Option<u32>],
) -> Vec<Course> {
    Life::courses(terms, signal, (exit_rule, *orders), afters)
}
