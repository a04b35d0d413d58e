//! What a simulation leaves behind: its trades and the account at every close.

use std::fmt;
use std::ops::{BitOr, BitOrAssign};

/// Why a trade ended: every exit that shares its very fill (same bar, same moment, same price).
///
/// Shown as the names joined by `+`, in the order `rule, after, stop, trail, target`; `end` stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reasons(u8);

impl Reasons {
    /// The exit rule was true at a close.
    pub const RULE: Self = Self(1);
    /// The trade was held for its number of bars.
    pub const AFTER: Self = Self(1 << 1);
    /// The stop was hit.
    pub const STOP: Self = Self(1 << 2);
    /// The trailing stop was hit.
    pub const TRAIL: Self = Self(1 << 3);
    /// The target was hit.
    pub const TARGET: Self = Self(1 << 4);
    /// Nothing ended it: the position was still open where the account's bars end.
    pub const END: Self = Self(1 << 5);

    const NAMES: [(Self, &'static str); 6] = [
        (Self::RULE, "rule"),
        (Self::AFTER, "after"),
        (Self::STOP, "stop"),
        (Self::TRAIL, "trail"),
        (Self::TARGET, "target"),
        (Self::END, "end"),
    ];

    /// Whether there is no reason.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether every reason of `other` is among these.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These reasons if `seen`, otherwise none.
    pub(super) fn when(self, seen: bool) -> Self {
        if seen { self } else { Self::default() }
    }
}

impl BitOr for Reasons {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Reasons {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl fmt::Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Self::NAMES.iter().filter(|(reason, _)| self.contains(*reason));
        for (position, (_, name)) in named.enumerate() {
            f.write_str(if position == 0 { "" } else { "+" })?;
            f.write_str(name)?;
        }
        Ok(())
    }
}

/// One position from its entry to its exit. Bars are row numbers of the prices.
#[derive(Debug, Clone, PartialEq)]
pub struct Trade {
    /// The bar at whose close the entry was decided.
    pub signal: usize,
    /// The bar in which the entry filled.
    pub entry: usize,
    /// The bar in which the exit filled; where open, the bar whose close marks the position.
    pub exit: usize,
    /// The price paid per unit: slippage in, commission not.
    pub entry_price: f64,
    /// The price got per unit: slippage in, commission not. Where open, the marking close, without costs.
    pub exit_price: f64,
    /// Units held.
    pub units: f64,
    /// Commission in money, of both sides; of the entry alone where open.
    pub commission: f64,
    /// Net profit in money, after all costs so far.
    pub pnl: f64,
    /// `exit_price / entry_price - 1`: before commission.
    pub gross_return: f64,
    /// `pnl` over the money paid at the entry, commission included.
    pub net_return: f64,
    /// The worst price seen while held, relative to `entry_price`, minus 1: at most 0. A bar held to its close
    /// counts with its low, the entry bar of an entry at the close with that close, and the bar of an exit
    /// before its close with its open and the exit's fill: what came later in that bar was not held.
    pub mae: f64,
    /// The best price seen while held, likewise, with highs: at least 0.
    pub mfe: f64,
    /// Why it ended.
    pub reasons: Reasons,
    /// Whether it never ended: part of equity, not of trade statistics.
    pub open: bool,
}

impl Trade {
    /// Bars from the entry to the exit.
    pub fn bars(&self) -> usize {
        self.exit - self.entry
    }
}

/// The whole account: every trade, and what it was worth at every close.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// The trades by entry; only the last can be open.
    pub trades: Vec<Trade>,
    /// Cash and position in money at each close, one value per bar. The base before the first bar is the
    /// capital and is not among them.
    pub equity: Vec<f64>,
    /// Units held at each close, one value per bar.
    pub position: Vec<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_named_in_their_order() {
        let all = Reasons::TARGET | Reasons::TRAIL | Reasons::STOP | Reasons::AFTER | Reasons::RULE;
        assert_eq!(all.to_string(), "rule+after+stop+trail+target");
        assert_eq!((Reasons::STOP | Reasons::RULE).to_string(), "rule+stop");
        assert_eq!(Reasons::END.to_string(), "end");
        assert_eq!(Reasons::default().to_string(), "");
    }

    #[test]
    fn reasons_are_a_set() {
        let two = Reasons::RULE | Reasons::STOP;
        assert!(two.contains(Reasons::STOP) && !two.contains(Reasons::TRAIL));
        assert!(!two.contains(Reasons::STOP | Reasons::TRAIL));
        assert!(Reasons::default().is_empty() && !two.is_empty());
        assert_eq!(two | Reasons::STOP, two);
    }
}
