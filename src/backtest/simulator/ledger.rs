//! What a simulation leaves behind: its trades and the account at every close.

use std::fmt;
use std::ops::{BitOr, BitOrAssign};

use super::orders::Side;

/// Why a trade ended: every exit that shares its very fill (same bar, same moment, same price).
///
/// Shown as the names joined by `+`, in the order `rule, after, stop, trail, target, gap, margin`; `end` and
/// `unfilled` stand alone, and so does `part`, which ends no trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reasons(u16);

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
    /// So much of the gap to the price to catch up with was closed.
    pub const GAP: Self = Self(1 << 6);
    /// Equity had fallen below the margin that all positions need.
    pub const MARGIN: Self = Self(1 << 7);
    /// A part was sold early.
    pub const PART: Self = Self(1 << 8);
    /// The first leg could not be filled, so that the others left again.
    pub const UNFILLED: Self = Self(1 << 9);

    const NAMES: [(Self, &'static str); 10] = [
        (Self::RULE, "rule"),
        (Self::AFTER, "after"),
        (Self::STOP, "stop"),
        (Self::TRAIL, "trail"),
        (Self::TARGET, "target"),
        (Self::GAP, "gap"),
        (Self::MARGIN, "margin"),
        (Self::PART, "part"),
        (Self::UNFILLED, "unfilled"),
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

/// One position from its entry to its exit. Bars are rows of the traded market, prices those of the first leg;
/// money is that of all legs together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trade {
    /// The bar at whose close the entry was decided.
    pub signal: usize,
    /// The bar in which the entry filled.
    pub entry: usize,
    /// The bar in which the exit filled; where open, the bar whose close marks the position.
    pub exit: usize,
    /// The side of the first leg.
    pub side: Side,
    /// The price of the entry per unit: slippage in, commission not; the mean where it was bought in parts.
    pub entry_price: f64,
    /// The price of the exit per unit: slippage in, commission not; the mean where parts left early. Where
    /// open, the marking close, without costs.
    pub exit_price: f64,
    /// Units entered, whatever the side.
    pub units: f64,
    /// Commission in money, of all fills; of the entry alone where open.
    pub commission: f64,
    /// Borrow fees and funding in money; below 0 where funding was received.
    pub financing: f64,
    /// Net profit in money, after all costs so far.
    pub pnl: f64,
    /// Profit before commission and financing over the money in the first leg; of a single leg
    /// `exit_price / entry_price - 1`, turned around for a short one.
    pub gross_return: f64,
    /// `pnl` over the money put in by all its parts, commission included.
    pub net_return: f64,
    /// The worst price seen while held, as a return on the mean fill of what had been bought by then: at most 0. A
    /// bar held to its close counts with its low, the entry bar of an entry at the close with that close, and the
    /// bar of an exit before its close with its open and the exit's fill: what came later in that bar was not held.
    /// For a short, highs stand for lows.
    pub mae: f64,
    /// The best price seen while held, likewise, as a gain: at least 0.
    pub mfe: f64,
    /// Why it ended.
    pub reasons: Reasons,
    /// Whether it never ended: part of equity, not of trade statistics.
    pub open: bool,
    /// Parts that were bought: 1, where it is bought at once.
    pub parts: u32,
    /// Parts of the whole; those that were not bought when it ended are dropped.
    pub parts_planned: u32,
}

impl Trade {
    /// Bars from the entry to the exit.
    pub fn bars(&self) -> usize {
        self.exit - self.entry
    }

    /// Whether it ended before all its parts were bought.
    pub fn is_cut_short(&self) -> bool {
        !self.open && self.parts < self.parts_planned && self.reasons != Reasons::UNFILLED
    }
}

/// One order that filled.
#[derive(Debug, Clone, PartialEq)]
pub struct Execution {
    /// The trade it belongs to, by its place in [`Ledger::trades`].
    pub trade: usize,
    /// The leg of that trade, from 0.
    pub leg: usize,
    /// The market, by its number in [`super::Terms::markets`].
    pub market: usize,
    /// The bar of the clock in which it filled.
    pub bar: usize,
    /// The instant, in microseconds; the end of the bar where it filled inside of it.
    pub at: i64,
    /// Units bought, or sold where below 0.
    pub units: f64,
    /// The price per unit, slippage in.
    pub price: f64,
    /// The market's price before slippage.
    pub quoted: f64,
    /// Commission in money.
    pub commission: f64,
    /// The last price of that market known when the order was decided: `quoted / reference - 1` is what the
    /// market moved in between, over a night or a weekend.
    pub reference: f64,
    /// Why it left; empty for an entry.
    pub reasons: Reasons,
}

impl Execution {
    /// The money the fill put into the account, or took out where below 0.
    pub fn flow(&self) -> f64 {
        -self.units * self.price - self.commission
    }

    /// What slippage cost, in money: at least 0.
    pub fn slippage(&self) -> f64 {
        self.units * (self.price - self.quoted)
    }
}

/// What all of it cost, in money, by kind; below 0 is received.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Paid {
    /// To the broker.
    pub commission: f64,
    /// Lost against the quoted prices.
    pub slippage: f64,
    /// For borrowing what was sold short.
    pub borrow: f64,
    /// Between the holders of a perpetual.
    pub funding: f64,
    /// On borrowed cash, less what idle cash earned.
    pub interest: f64,
}

impl Paid {
    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            commission: self.commission + other.commission,
            slippage: self.slippage + other.slippage,
            borrow: self.borrow + other.borrow,
            funding: self.funding + other.funding,
            interest: self.interest + other.interest,
        }
    }
}

/// Signals of a flat account that came to nothing, by why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unbought {
    /// The size came to nothing: less than a lot, below the least order, or no money for it at all.
    pub too_small: usize,
    /// Something that the order needed was not known: a beta, a volatility, the price of a leg.
    pub unknown: usize,
    /// A limit that was not reached in time.
    pub expired: usize,
}

impl Unbought {
    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            too_small: self.too_small + other.too_small,
            unknown: self.unknown + other.unknown,
            expired: self.expired + other.expired,
        }
    }
}

/// The whole account: every trade, and what it was worth at every close.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ledger {
    /// The trades by entry; only the last can be open.
    pub trades: Vec<Trade>,
    /// Every fill, in order of time.
    pub executions: Vec<Execution>,
    /// Cash and position in money at each close, one value per bar. The base before the first bar is the
    /// capital and is not among them.
    pub equity: Vec<f64>,
    /// What each bar earned, as a fraction of the equity before it, to the last digit also where the position is a
    /// small part of the account: one value per bar; empty where equity alone is known.
    pub returns: Vec<f64>,
    /// Cash in money at each close.
    pub cash: Vec<f64>,
    /// What borrowing, funding and interest put into the cash of each bar, below 0 what they took; empty where
    /// time costs nothing.
    pub financing: Vec<f64>,
    /// Units of the first leg held at each close, below 0 for a short, one value per bar.
    pub position: Vec<f64>,
    /// What it cost, by kind.
    pub paid: Paid,
    /// Signals that came to nothing.
    pub unbought: Unbought,
    /// Whether the account was worth at most [`super::RUIN`] of its capital at a close, and traded no more: that bar.
    pub ruined: Option<usize>,
}

impl Ledger {
    /// Trades that ended because equity was below the margin.
    pub fn margin_calls(&self) -> usize {
        self.trades.iter().filter(|trade| trade.reasons.contains(Reasons::MARGIN)).count()
    }

    /// Trades with a further leg that was put on the side of the first; all of a basket are.
    pub fn on_same_side(&self) -> usize {
        let entries = self.executions.iter().filter(|fill| fill.leg > 0 && fill.reasons.is_empty());
        let same = entries.filter(|fill| fill.units * self.trades[fill.trade].side.sign() > 0.0);
        let mut trades: Vec<usize> = same.map(|fill| fill.trade).collect();
        trades.dedup();
        trades.len()
    }
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
