//! What time costs and earns: borrowing, funding, interest.

use super::{Account, Position};
use crate::backtest::simulator::costs::YEAR;

impl Account<'_> {
    /// Lets time cost and earn up to the instant `to`, in bar `t`.
    pub(super) fn accrue(&mut self, t: usize, to: i64) {
        if let Some(mut position) = self.held.take() {
            self.accrue_with(&mut position, t, to);
            self.held = Some(position);
        } else {
            self.earn(t, 0.0, to);
        }
    }

    pub(super) fn accrue_with(&mut self, position: &mut Position, t: usize, to: i64) {
        if !self.terms.finances() {
            return;
        }
        let from = self.accrued_to;
        let years = (to - from).max(0) as f64 / YEAR;
        let (mut borrow, mut funding, mut short) = (0.0, 0.0, 0.0);
        for leg in &position.legs {
            let value = leg.units * leg.mark;
            if leg.sign < 0.0 {
                short += value;
                borrow += value * self.terms.borrow.at(t) * years;
            }
            if leg.market == 0 && value > 0.0 {
                let first = self.terms.funding.partition_point(|(at, _)| *at <= from);
                let due = self.terms.funding[first..].iter().take_while(|(at, _)| *at <= to);
                funding += due.map(|(_, rate)| leg.sign * value * rate).sum::<f64>();
            }
        }
        self.earn(t, short, to);
        let paid = borrow + funding;
        self.receive(-paid);
        self.financed -= paid;
        position.financing += paid;
        self.book.paid.borrow += borrow;
        self.book.paid.funding += funding;
    }

    /// Interest on cash, without what a `short` position brought in.
    fn earn(&mut self, t: usize, short: f64, to: i64) {
        if !self.terms.finances() {
            return;
        }
        let from = self.accrued_to;
        self.accrued_to = from.max(to);
        let years = (to - from).max(0) as f64 / YEAR;
        let earned = (self.cash - short) * self.terms.interest.at(t) * years;
        self.receive(earned);
        self.financed += earned;
        self.book.paid.interest -= earned;
    }
}
