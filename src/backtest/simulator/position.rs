//! One held position: where its exits stand, and what was seen while it was held.

use super::ledger::{Reasons, Trade};
use super::orders::{Barrier, Exits};

/// What is held between an entry and its exit.
#[derive(Debug)]
pub(super) struct Position {
    pub(super) signal: usize,
    pub(super) entry: usize,
    pub(super) entry_price: f64,
    pub(super) units: f64,
    /// The money that left the account at the entry, commission included.
    pub(super) paid: f64,
    /// The part of it that was commission.
    pub(super) commission: f64,
    /// Why the order to sell was given at the last close; empty if there is none.
    pub(super) leaving: Reasons,
    /// The highest of the fill and of the highs of the held bars before the current one.
    peak: f64,
    /// The highest and lowest price seen while held, the fill included.
    high: f64,
    low: f64,
}

impl Position {
    /// A position bought for `paid` at a fill of `entry_price`, in bar `entry`, decided at the close of `signal`.
    pub(super) fn new(
        signal: usize,
        entry: usize,
        entry_price: f64,
        paid: f64,
        commission_rate: f64,
    ) -> Self {
        let units = paid / (entry_price * (1.0 + commission_rate));
        Self {
            signal,
            entry,
            entry_price,
            units,
            paid,
            commission: entry_price * units * commission_rate,
            leaving: Reasons::default(),
            peak: entry_price,
            high: entry_price,
            low: entry_price,
        }
    }

    /// Notes a price seen while held.
    pub(super) fn see(&mut self, price: f64) {
        self.high = self.high.max(price);
        self.low = self.low.min(price);
    }

    /// The levels of the exits that look at closes only, or of those that look inside the bar.
    pub(super) fn levels(&self, exits: &Exits, on_close: bool) -> Levels {
        let looking =
            |barrier: Option<Barrier>| barrier.filter(|b| b.on_close == on_close).map(|b| b.fraction);
        Levels {
            stop: looking(exits.stop).map(|fraction| self.entry_price * (1.0 - fraction)),
            trail: looking(exits.trail).map(|fraction| self.peak * (1.0 - fraction)),
            target: looking(exits.target).map(|fraction| self.entry_price * (1.0 + fraction)),
        }
    }

    /// Looks at every exit that is decided at the close of bar `t`, then lets that bar's high into the peak.
    pub(super) fn decide(&mut self, t: usize, close: f64, exits: &Exits, rule: bool) {
        let held_at_next_fill = t + 1 - self.entry;
        let due = exits.after.is_some_and(|bars| held_at_next_fill >= bars as usize);
        let barriers = self.levels(exits, true).reached_by(close);
        self.leaving = Reasons::RULE.when(rule) | Reasons::AFTER.when(due) | barriers;
        self.peak = self.high;
    }

    /// The trade this position becomes when it is worth `price` per unit less `commission` in bar `exit`.
    pub(super) fn settle(mut self, exit: usize, price: f64, commission: f64, reasons: Reasons) -> Trade {
        self.see(price);
        let pnl = self.units * price - commission - self.paid;
        Trade {
            signal: self.signal,
            entry: self.entry,
            exit,
            entry_price: self.entry_price,
            exit_price: price,
            units: self.units,
            commission: self.commission + commission,
            pnl,
            gross_return: price / self.entry_price - 1.0,
            net_return: pnl / self.paid,
            mae: self.low / self.entry_price - 1.0,
            mfe: self.high / self.entry_price - 1.0,
            reasons,
            open: reasons == Reasons::END,
        }
    }
}

/// Price levels that end a position; `None` where no such exit looks.
#[derive(Debug)]
pub(super) struct Levels {
    stop: Option<f64>,
    trail: Option<f64>,
    target: Option<f64>,
}

impl Levels {
    /// The exits that one price is at or beyond.
    pub(super) fn reached_by(&self, price: f64) -> Reasons {
        Reasons::STOP.when(self.stop.is_some_and(|level| price <= level))
            | Reasons::TRAIL.when(self.trail.is_some_and(|level| price <= level))
            | Reasons::TARGET.when(self.target.is_some_and(|level| price >= level))
    }

    /// The level at which a bar between `low` and `high` ends the position, and the exits that stand at it:
    /// the stop before the trail before the target, because the bar does not tell which price came first.
    pub(super) fn inside(&self, low: f64, high: f64) -> Option<(f64, Reasons)> {
        let hit = [
            (Reasons::STOP, self.stop.filter(|&level| low <= level)),
            (Reasons::TRAIL, self.trail.filter(|&level| low <= level)),
            (Reasons::TARGET, self.target.filter(|&level| high >= level)),
        ];
        let first = hit.iter().find_map(|(_, level)| *level)?;
        let mut reasons = Reasons::default();
        for (reason, level) in hit {
            reasons |= reason.when(level == Some(first));
        }
        Some((first, reasons))
    }
}
