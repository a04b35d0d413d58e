//! An account as one of several that share their money: what their pool asks of it, bar by bar.

use super::Account;
use crate::backtest::simulator::ledger::Ledger;
use crate::backtest::simulator::orders::Sizing;

impl Account<'_> {
    /// Lives through bar `t` up to its close, with `cash` in the account that all share; gives the cash after it.
    /// `beside` is what the others hold.
    pub(in crate::backtest::simulator) fn live_with(&mut self, t: usize, cash: f64, beside: f64) -> f64 {
        (self.cash, self.beside) = (cash, beside);
        self.live(t);
        if let Some(mut position) = self.held.take() {
            let now = self.close_of(t).at;
            self.mark_legs(&mut position, now, Some(t));
            self.held = Some(position);
        }
        self.cash
    }

    /// Decides at the close of bar `t` on what is held or ordered, and enters nothing; gives the cash after it.
    pub(in crate::backtest::simulator) fn look(&mut self, t: usize, cash: f64, beside: f64) -> f64 {
        (self.cash, self.beside, self.may_order) = (cash, beside, false);
        if self.held.is_some() {
            self.decide(t, self.close_of(t));
        }
        self.cash
    }

    /// Whether the close of bar `t` would order an entry.
    pub(in crate::backtest::simulator) fn wants(&mut self, t: usize) -> bool {
        self.may_order = true;
        let wants = self.held.is_none() && self.may_enter(t);
        self.may_order = false;
        wants
    }

    /// Orders an entry for so much `money` at the close of bar `t`; tells whether it did. What it needs beside
    /// that may not be known.
    pub(in crate::backtest::simulator) fn order(&mut self, t: usize, cash: f64, money: f64) -> bool {
        self.orders.sizing = Sizing::Amount(money);
        (self.cash, self.may_order) = (cash, true);
        self.decide(t, self.close_of(t));
        self.may_order = false;
        self.held.is_some()
    }

    /// Whether something is held or ordered.
    pub(in crate::backtest::simulator) fn is_taken(&self) -> bool {
        self.held.is_some()
    }

    /// Whether an order to enter waits to be filled.
    pub(in crate::backtest::simulator) fn waits(&self) -> bool {
        self.held.as_ref().is_some_and(|position| position.executions == 0)
    }

    /// What is held is worth, below 0 for what is owed, and its size whatever its side.
    pub(in crate::backtest::simulator) fn holds(&self) -> (f64, f64) {
        self.held.as_deref().map_or((0.0, 0.0), |position| (position.value(), position.gross()))
    }

    /// Ends what is held at its last marks in bar `t`, without a fill and its costs; gives the cash after it.
    pub(in crate::backtest::simulator) fn end(&mut self, t: usize, cash: f64) -> f64 {
        self.cash = cash;
        self.mark(t);
        self.cash
    }

    /// Its trades, executions and costs; its columns are the caller's.
    pub(in crate::backtest::simulator) fn book(self) -> Ledger {
        self.book
    }
}
