//! What an account orders: entries at a decision, exits of every leg, by what was known then.

use super::{Account, Moment, Position};
use crate::backtest::simulator::ledger::Reasons;
use crate::backtest::simulator::orders::{Side, Sizing};
use crate::backtest::simulator::position::{Ask, Leg, Order, What, Whole};
use crate::backtest::simulator::size::ask;

impl Account<'_> {
    /// Whether the close of bar `t`, flat, orders an entry.
    pub(super) fn may_enter(&self, t: usize) -> bool {
        let again = self.orders.again;
        let rested = self.free_since.is_none_or(|ended| t >= ended + again.cooldown as usize);
        self.may_order && self.entry[t] && rested && (!again.fresh || self.is_fresh(t))
    }

    /// An order to enter, decided at the close of bar `t`; `None` where something it needs was not known.
    pub(super) fn ordered(&self, t: usize, close: Moment, equity: f64) -> Option<Position> {
        let (terms, orders) = (self.terms, &self.orders);
        let side = orders.side;
        let mut legs = Vec::with_capacity(terms.legs.len());
        for of in &terms.legs {
            let weight = of.weight.at(t);
            let market = &terms.markets[of.market];
            let last = market.last_known(close.at).map(|row| market.prices.close[row]);
            let reference = if of.market == 0 { close.quoted } else { last? };
            let order = Order { what: What::Enter, row: market.first_open(close.at), reference };
            if weight.is_nan() {
                return None;
            }
            // Behind a limit the other legs wait until the first has filled.
            let waits = orders.limit.is_some() && !legs.is_empty();
            legs.push(Leg {
                market: of.market,
                sign: side.sign() * weight.signum(),
                weight: weight.abs(),
                units: 0.0,
                owed: 0.0,
                price: f64::NAN,
                taken: 0.0,
                weighed: 0.0,
                mark: reference,
                filled_at: i64::MIN,
                order: (!waits).then_some(order),
            });
        }
        let mut position = Position::ordered(t, side, legs);
        (position.parts.asked, position.parts.planned) = (orders.scale.at_entry(), orders.scale.parts());
        position.whole = terms.basket.then(Whole::default);
        position.limit = orders
            .limit
            .map(|limit| (close.quoted * (1.0 - side.sign() * limit.fraction), t + limit.bars as usize));
        position.reach = terms.reach.at(t);
        position.told = terms.share.at(t);
        position.stop = orders.exits.stop;
        if let (true, Some(stop)) = (orders.exits.stop_by_volatility, &mut position.stop) {
            stop.fraction *= terms.volatility.at(t);
            let is_zero = side == Side::Long && stop.fraction >= 1.0;
            if stop.fraction.is_nan() || is_zero {
                return None;
            }
        }
        if orders.sizing == Sizing::Told && position.told.is_nan() {
            return None;
        }
        position.planned = match ask(orders, &position, close.quoted, equity, &self.book.trades) {
            Ask::Money(money) => money,
            Ask::Units(units) => units * close.quoted,
        };
        Some(position)
    }

    /// Marks every leg to its last price known at the instant `now`; `closed` is the bar of the clock that ends then.
    pub(super) fn mark_legs(&self, position: &mut Position, now: i64, closed: Option<usize>) {
        for leg in &mut position.legs {
            let market = &self.terms.markets[leg.market];
            if let Some(row) = closed.filter(|_| leg.market == 0).or_else(|| market.last_known(now))
                // The close of a bar of the clock comes after every fill in it.
                && (leg.market == 0 || leg.units <= 0.0 || market.known_at(row) > leg.filled_at)
            {
                leg.mark = market.prices.close[row];
            }
        }
    }

    /// Gives every leg that holds something an order to leave; what was to be entered is not any more.
    pub(super) fn order_out(&self, position: &mut Position, now: i64, reasons: Reasons) {
        for i in 0..position.legs.len() {
            let leg = &position.legs[i];
            let leaves = matches!(leg.order, Some(Order { what: What::Leave(share, _), .. }) if share >= 1.0);
            if leg.units <= 0.0 {
                position.legs[i].order = None;
            } else if !leaves {
                let order = self.order_for(position, i, now, What::Leave(1.0, reasons));
                position.legs[i].order = Some(order);
            }
        }
    }

    /// An order given at the instant `now`.
    pub(super) fn order_for(&self, position: &Position, i: usize, now: i64, what: What) -> Order {
        let leg = &position.legs[i];
        let market = &self.terms.markets[leg.market];
        // What fills inside a bar of the clock is told of that bar's end, whose close was not known before it.
        let reference = match market.last_known(now) {
            Some(row) if leg.market != 0 && market.known_at(row) > leg.filled_at => market.prices.close[row],
            _ => leg.mark,
        };
        Order { what, row: market.first_open(now), reference }
    }
}
