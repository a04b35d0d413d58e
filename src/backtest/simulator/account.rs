//! The account: cash, at most one position, and what one bar does to them.

use super::Prices;
use super::ledger::{Reasons, Trade};
use super::orders::{Fill, Orders};
use super::position::Position;

/// An account on its way through the bars, which are to be visited in order by [`Account::step`].
pub(super) struct Account<'a> {
    prices: Prices<'a>,
    entry: &'a [bool],
    exit_rule: Option<&'a [bool]>,
    orders: Orders,
    cash: f64,
    held: Option<Position>,
    /// The bar that decided the order to buy now waiting.
    entering: Option<usize>,
    trades: Vec<Trade>,
}

impl<'a> Account<'a> {
    /// An account with `capital` in cash before the first bar.
    pub(super) fn new(
        prices: Prices<'a>,
        entry: &'a [bool],
        exit_rule: Option<&'a [bool]>,
        orders: Orders,
        capital: f64,
    ) -> Self {
        let lengths = [prices.open.len(), prices.high.len(), prices.low.len(), entry.len()];
        let rule = exit_rule.map_or(prices.bars(), <[bool]>::len);
        assert!(
            rule == prices.bars() && lengths.iter().all(|&length| length == prices.bars()),
            "prices, entry and exit rule must have one value per bar"
        );
        Self {
            prices,
            entry,
            exit_rule,
            orders,
            cash: capital,
            held: None,
            entering: None,
            trades: Vec::new(),
        }
    }

    /// Lives through bar `t`, from its open to the decisions at its close.
    pub(super) fn step(&mut self, t: usize) {
        match self.orders.fill {
            Fill::Open => {
                self.enter(t, self.prices.open[t]);
                self.inside(t, self.due());
            }
            Fill::Close => {
                self.inside(t, Reasons::default());
                self.leave(t, self.prices.close[t], self.due());
                self.enter(t, self.prices.close[t]);
            }
        }
        self.decide(t);
    }

    /// What the account is worth at the close of bar `t`.
    pub(super) fn equity(&self, t: usize) -> f64 {
        self.cash + self.units() * self.prices.close[t]
    }

    /// The units held.
    pub(super) fn units(&self) -> f64 {
        self.held.as_ref().map_or(0.0, |position| position.units)
    }

    /// Whether nothing is held and nothing is ordered.
    pub(super) fn is_idle(&self) -> bool {
        self.held.is_none() && self.entering.is_none()
    }

    /// The trades, after the last bar; what is still held is marked to its close.
    pub(super) fn finish(mut self) -> Vec<Trade> {
        if let Some(last) = self.prices.bars().checked_sub(1) {
            self.mark(last);
        }
        self.trades
    }

    /// The reasons of the waiting order to sell; empty if there is none.
    fn due(&self) -> Reasons {
        self.held.as_ref().map_or(Reasons::default(), |position| position.leaving)
    }

    /// Fills the waiting order to buy, if there is one. At a price of zero or below there is nothing to buy.
    fn enter(&mut self, t: usize, price: f64) {
        let Some(signal) = self.entering.take() else {
            return;
        };
        if price <= 0.0 {
            return;
        }
        let costs = self.orders.costs;
        let paid = self.orders.size * self.cash;
        let mut position = Position::new(signal, t, price * (1.0 + costs.slippage), paid, costs.commission);
        position.see(price);
        self.cash -= paid;
        self.held = Some(position);
    }

    /// From the open of bar `t` to just before its close. `due` are the reasons of an order that fills at the
    /// open; a barrier that the open is beyond shares that fill.
    fn inside(&mut self, t: usize, due: Reasons) {
        let Some(position) = &mut self.held else { return };
        let (open, high, low) = (self.prices.open[t], self.prices.high[t], self.prices.low[t]);
        let levels = position.levels(&self.orders.exits, false);
        let at_open = due | levels.reached_by(open);
        if !at_open.is_empty() {
            self.leave(t, open, at_open);
        } else if let Some((level, reasons)) = levels.inside(low, high) {
            self.leave(t, level, reasons);
        } else {
            position.see(high);
            position.see(low);
        }
    }

    /// Sells what is held, if there is a reason to. Whatever is sold in a bar was held at its open.
    fn leave(&mut self, t: usize, price: f64, reasons: Reasons) {
        if reasons.is_empty() {
            return;
        }
        let Some(mut position) = self.held.take() else {
            return;
        };
        position.see(self.prices.open[t]);
        let fill = price * (1.0 - self.orders.costs.slippage);
        let commission = fill * position.units * self.orders.costs.commission;
        self.cash += position.units * fill - commission;
        self.trades.push(position.settle(t, fill, commission, reasons));
    }

    /// Looks at the rules at the close of bar `t`. A ruined account's position ends there, at that value; with
    /// nothing above zero left, no later bar orders anything.
    fn decide(&mut self, t: usize) {
        if self.equity(t) <= 0.0 {
            self.mark(t);
        } else if let Some(position) = &mut self.held {
            let rule = self.exit_rule.is_some_and(|rule| rule[t]);
            position.decide(t, self.prices.close[t], &self.orders.exits, rule);
        } else if self.entry[t] {
            self.entering = Some(t);
        }
    }

    /// Ends what is held at the close of bar `t`, without a sale and its costs.
    fn mark(&mut self, t: usize) {
        let Some(position) = self.held.take() else { return };
        let close = self.prices.close[t];
        self.cash += position.units * close;
        self.trades.push(position.settle(t, close, 0.0, Reasons::END));
    }
}
