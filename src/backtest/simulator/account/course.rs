//! An account for a single order: what follows it.

use super::Account;
use crate::backtest::simulator::course::Course;
use crate::backtest::simulator::orders::Orders;
use crate::backtest::simulator::position::Position;
use crate::backtest::simulator::terms::Terms;

/// Below this share of what was held and owed, equity is the difference of two large numbers, and so are below this
/// share of what was bought the units that are left of it.
const NARROW: f64 = 1e-3;

/// An account of 1 with a single order, on its way to where nothing is held or ordered any more.
#[derive(Clone)]
pub(in crate::backtest::simulator) struct Life<'a> {
    account: Account<'a>,
    /// What became of it so far.
    course: Course,
    /// The last bar it lived through.
    bar: usize,
    /// The most that was held and owed.
    most: f64,
}

impl<'a> Life<'a> {
    /// What follows an order at the close of bar `signal`, in an account of 1, for each number of bars to hold.
    pub(in crate::backtest::simulator) fn courses(
        terms: &'a Terms<'a>,
        signal: usize,
        (exit_rule, mut orders): (Option<&'a [bool]>, Orders),
        afters: &[Option<u32>],
    ) -> Vec<Course> {
        let Some((&last, shorter)) = afters.split_last() else { return Vec::new() };
        orders.exits.after = last;
        let mut life = Self::new(terms, signal, exit_rule, orders);
        let mut courses = Vec::with_capacity(afters.len());
        for &after in shorter {
            // Entered in the next bar at the earliest, nobody asks before that many bars whether they are over.
            life.live(signal.saturating_add(after.map_or(usize::MAX, |bars| bars as usize)));
            let mut fork = life.clone();
            fork.account.orders.exits.after = after;
            courses.push(fork.finish());
        }
        courses.push(life.finish());
        courses
    }

    fn new(terms: &'a Terms<'a>, signal: usize, exit_rule: Option<&'a [bool]>, orders: Orders) -> Self {
        let mut account = Account::without_entry(terms, exit_rule, orders, 1.0);
        account.may_order = false;
        let close = account.close_of(signal);
        account.accrued_to = close.at;
        account.held = account.ordered(signal, close, 1.0).map(Box::new);
        let course = Course {
            trade: None,
            first: signal + 1,
            equity: Vec::new(),
            returns: Vec::new(),
            held: 0,
            traded: 0.0,
            // Where nothing was ordered, the next close may.
            free: if account.held.is_some() { terms.bars() } else { signal + 1 },
            is_narrow: false,
        };
        Self { account, course, bar: signal, most: 1.0 }
    }

    /// Lives through the bars before `until`.
    fn live(&mut self, until: usize) {
        let until = until.min(self.account.terms.bars());
        while self.account.held.is_some() && self.bar + 1 < until {
            self.bar += 1;
            self.step();
        }
    }

    fn step(&mut self) {
        let (account, course, t) = (&mut self.account, &mut self.course, self.bar);
        account.step(t);
        if account.held.is_none() {
            // A limit that is gone is no trade to rest from.
            course.free = t + account.free_since.map_or(0, |_| account.orders.again.cooldown as usize);
        }
        if account.book.executions.is_empty() {
            return;
        }
        if course.equity.is_empty() {
            course.first = t;
        }
        let equity = account.equity();
        let gross = account.held.as_deref().map_or(0.0, Position::gross);
        let before = course.equity.last().copied().unwrap_or(1.0);
        if course.returns.is_empty() && account.is_small(before) {
            bar_returns(&course.equity, &mut course.returns);
            course.returns.push(account.return_since(before));
        } else if !course.returns.is_empty() {
            course.returns.push(account.return_since(before));
        }
        self.most = self.most.max(account.cash.abs() + gross);
        course.is_narrow |= equity < NARROW * self.most || account.least_left < NARROW;
        course.held += usize::from(account.units().abs() > 0.0);
        course.equity.push(equity);
    }

    /// Lives through all that is left.
    fn finish(mut self) -> Course {
        self.live(usize::MAX);
        let book = self.account.finish();
        let traded = book.executions.iter().map(|fill| (fill.units * fill.price).abs()).sum();
        Course { traded, trade: book.trades.into_iter().next(), ..self.course }
    }
}

/// What each bar earned of 1 by what equity was at its close.
fn bar_returns(equity: &[f64], returns: &mut Vec<f64>) {
    let before = std::iter::once(&1.0).chain(equity);
    returns.extend(equity.iter().zip(before).map(|(now, before)| now / before - 1.0));
}
