//! The parts of a position: what each of them buys, and those that follow the entry.

use super::{Account, Deal, Moment, Position};
use crate::backtest::simulator::costs::{slippage, units_for};
use crate::backtest::simulator::ledger::Reasons;
use crate::backtest::simulator::position::{Ask, Order, What};
use crate::backtest::simulator::scale::{Scale, Seen};
use crate::backtest::simulator::size::{ask, whole};

impl Account<'_> {
    /// Whether the entry is true at the close of bar `t` and was not at the one before.
    pub(super) fn is_fresh(&self, t: usize) -> bool {
        self.entry[t] && !(t > 0 && self.entry[t - 1])
    }

    /// Orders the parts of a held position that are due by the next bar.
    pub(super) fn order_parts(&self, position: &mut Position, close: Moment) {
        let scale = self.orders.scale;
        let (Some(entry), false) = (position.entry, scale == Scale::Whole) else { return };
        let seen = Seen {
            bars: (close.t + 1 - entry) as u64,
            close: close.quoted,
            first: position.parts.first,
            sign: position.side.sign(),
            fresh: matches!(scale, Scale::Adds(_)) && self.is_fresh(close.t),
        };
        position.parts.waiting = scale.due(position.parts.asked, &seen) - position.parts.asked;
        position.parts.reference = close.quoted;
        if position.parts.waiting > 0 {
            for i in 1..position.legs.len() {
                if position.legs[i].order.is_none() {
                    position.legs[i].order = Some(self.order_for(position, i, close.at, What::Enter));
                }
            }
        }
    }

    /// Fills the parts ordered at the last close, if the position is still held; tells whether something was
    /// bought.
    pub(super) fn add(&mut self, now: Moment) -> bool {
        let Some(mut position) = self.held.take_if(|held| held.is_held() && held.parts.waiting > 0) else {
            return false;
        };
        self.accrue_with(&mut position, now.t, now.at);
        let (from, count) = (position.parts.asked, std::mem::take(&mut position.parts.waiting));
        position.parts.asked += count;
        let share = self.orders.scale.share(from, from + count);
        let reference = position.parts.reference;
        let deal = self.part_deal(&mut position, share, reference, now);
        let (stake, mut money) = (position.stake, 0.0);
        if let Some(deal) = &deal {
            // What is held already has seen the price before the mean moves.
            position.look(now.quoted);
            let fill = self.fill(&mut position, 0, deal, now);
            position.added(count, fill);
            money = deal.units.abs() * now.quoted;
        }
        let paid = position.stake - stake;
        for i in 1..position.legs.len() {
            position.legs[i].owed += if position.shares(i) { paid } else { money };
            self.follow(&mut position, i, now);
        }
        self.held = Some(position);
        deal.is_some()
    }

    /// Lets leg `i` follow a part of the first leg: by the order of its decision where that can still fill.
    fn follow(&mut self, position: &mut Position, i: usize, now: Moment) {
        let leg = &position.legs[i];
        let market = &self.terms.markets[leg.market];
        let can_fill =
            |order: &Order| order.row.is_some_and(|row| market.fill(row, self.orders.fill).0 >= now.at);
        match leg.order {
            Some(Order { what: What::Leave(..), .. }) => {}
            Some(_) if leg.owed <= 0.0 => position.legs[i].order = None,
            Some(order) if leg.market == 0 || can_fill(&order) => {}
            _ if leg.owed > 0.0 => {
                position.legs[i].order = Some(self.order_for(position, i, now.at, What::Enter));
            }
            _ => {}
        }
        if position.legs[i].market == 0 {
            self.fill_other(position, i, now);
        }
    }

    /// The order for a `share` of the whole; `None` where there is nothing to buy, and nothing to be had for what is
    /// sold short. Where a long order is not cut to
    /// whole lots, the money that leaves the account for it is told.
    pub(super) fn part_deal(
        &mut self,
        position: &mut Position,
        share: f64,
        reference: f64,
        now: Moment,
    ) -> Option<Deal> {
        if now.quoted <= 0.0 {
            return None;
        }
        let costs = &self.orders.costs;
        let rate = self.broker.rate(self.terms, costs, now.at);
        let sign = position.side.sign();
        let is_limit = position.limit.is_some() && position.entry.is_none();
        let guess = position.planned * share / now.quoted;
        let slip = if is_limit { 0.0 } else { slippage(self.terms, costs, 0, now.t, guess) };
        let price = now.quoted * (1.0 + sign * slip);
        if price <= 0.0 {
            return None;
        }
        let (wanted, first) = match position.wanted {
            Some(wanted) => wanted,
            None => {
                let equity = self.cash + position.value() + self.beside;
                // Where all legs share one sum, and another one is in already, this one has what was planned for it.
                let is_planned =
                    position.whole.is_some() || position.executions > 0 && position.sharing() > 1.0;
                let wanted = if is_planned {
                    Ask::Money(position.planned)
                } else {
                    ask(&self.orders, position, price, equity, &self.book.trades)
                };
                (wanted, price)
            }
        };
        position.wanted = Some((wanted, first));
        let (units, money, weight) = match wanted {
            Ask::Money(money) => {
                let money = money * share;
                (units_for(costs, rate, money, price), Some(money), units_for(costs, rate, share, price))
            }
            // The same money at another price.
            Ask::Units(units) => (units * share * (first / price), None, share * (first / price)),
        };
        let lots = whole(&self.orders.limits, units, price);
        // Of units in proportion to the money the mean price is the same to the bit, however much money it is.
        let in_proportion = self.orders.limits.lot <= 0.0 && costs.least <= 0.0;
        let weight = if in_proportion { weight } else { lots };
        let is_plain = sign > 0.0 && lots.total_cmp(&units).is_eq();
        let flow = money.filter(|_| is_plain).map(|paid| -paid);
        let reasons = Reasons::default();
        (lots > 0.0).then_some(Deal { units: sign * lots, weight, flow, slip, reference, reasons })
    }
}
