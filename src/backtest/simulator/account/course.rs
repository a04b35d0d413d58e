//! An account for a single order: what follows it.

use super::Account;
use crate::backtest::simulator::course::Course;
use crate::backtest::simulator::orders::Orders;
use crate::backtest::simulator::position::Position;
use crate::backtest::simulator::terms::Terms;

/// Below this share of what was held and owed, equity is the difference of two large numbers.
const NARROW: f64 = 1e-3;

impl<'a> Account<'a> {
    /// What follows an order at the close of bar `signal`, in an account of 1.
    pub(in crate::backtest::simulator) fn course(
        terms: &'a Terms<'a>,
        exit_rule: Option<&'a [bool]>,
        orders: Orders,
        signal: usize,
    ) -> Course {
        let bars = terms.bars();
        let mut account = Self::without_entry(terms, exit_rule, orders, 1.0);
        account.may_order = false;
        let close = account.close_of(signal);
        account.accrued_to = close.at;
        account.held = account.ordered(signal, close, 1.0);
        let mut course = Course {
            trade: None,
            first: signal + 1,
            equity: Vec::new(),
            held: 0,
            traded: 0.0,
            // Where nothing was ordered, the next close may.
            free: signal + 1,
            is_narrow: false,
        };
        let (mut t, mut most) = (signal, 1.0_f64);
        while account.held.is_some() {
            course.free = bars;
            t += 1;
            if t >= bars {
                break;
            }
            account.step(t);
            if account.held.is_none() {
                let rest = account.free_since.map_or(0, |_| orders.again.cooldown as usize);
                course.free = t + rest;
            }
            if account.book.executions.is_empty() {
                continue;
            }
            if course.equity.is_empty() {
                course.first = t;
            }
            let equity = account.equity();
            most = most.max(account.cash.abs() + account.held.as_ref().map_or(0.0, Position::gross));
            course.is_narrow |= equity < NARROW * most;
            course.held += usize::from(account.units().abs() > 0.0);
            course.equity.push(equity);
        }
        let book = account.finish();
        course.traded = book.executions.iter().map(|fill| (fill.units * fill.price).abs()).sum();
        course.trade = book.trades.into_iter().next();
        course
    }
}
