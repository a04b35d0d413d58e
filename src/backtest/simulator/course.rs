//! What follows a single order.

use super::ledger::Trade;

/// What follows an order of an account that holds nothing, bar by bar, until nothing is held any more. All money
/// is in units of the equity at the decision: where costs and sizes are in proportion to it, any account lives
/// through the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// The trade; `None` where the order never filled or was none.
    pub trade: Option<Trade>,
    /// The bar of the first fill.
    pub first: usize,
    /// Equity at each close from that bar to the one in which the last leg was out, or to the last bar; empty
    /// without a trade.
    pub equity: Vec<f64>,
    /// What each of these bars earned, where equity would tell too few digits of some of them, as the returns of a
    /// ledger; else empty.
    pub returns: Vec<f64>,
    /// The closes at which the first leg was held.
    pub held: usize,
    /// Price times units of every fill.
    pub traded: f64,
    /// The first bar whose close may order the next entry; where something is still held or ordered at the end,
    /// the number of bars.
    pub free: usize,
    /// Whether so little was left at some close, beside what was held and owed, or of what was bought, that rounding
    /// tells in the digits of another account, or decides whether that one is ruined.
    pub is_narrow: bool,
}
