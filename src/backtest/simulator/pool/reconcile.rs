//! Do the ledgers of a pool add up? Every column again, from the fills of all seats alone.

use super::{Pooled, Seat};
use crate::backtest::simulator::ledger::Execution;
use crate::backtest::simulator::reconcile::{Mismatch, Units, same};

/// Adds up the ledgers of `seats` that share `capital` money: units, cash and equity at every close of every seat,
/// each position marked to its market's last close known then; the profits of all trades; each kind of cost.
///
/// # Errors
/// The seat and the first place where a ledger says something else: by more than a billionth of all the money that
/// went through the pool by then.
pub fn reconcile_pool(seats: &[Seat<'_>], pooled: &Pooled, capital: f64) -> Result<(), (usize, Mismatch)> {
    let mut book = Book {
        cash: capital,
        moved: capital.abs(),
        units: vec![Units::default(); seats.len()],
        marks: vec![0.0; seats.len()],
        next: vec![0; seats.len()],
        fills: vec![0; seats.len()],
    };
    let (mut equity, mut commission, mut slippage) = (capital, 0.0, 0.0);
    let mut financed = 0.0;
    while let Some(now) = book.next_instant(seats) {
        let ending: Vec<usize> =
            (0..seats.len()).filter(|&k| book.next_known(seats, k) == Some(now)).collect();
        for &k in &ending {
            let (t, ledger) = (book.next[k], &pooled.ledgers[k]);
            for fill in ledger.executions[book.fills[k]..].iter().take_while(|fill| fill.bar == t) {
                book.take(k, fill);
                commission += fill.commission;
                slippage += fill.slippage();
            }
            let paid = ledger.financing.get(t).copied().unwrap_or(0.0);
            book.cash += paid;
            financed += paid;
            book.marks[k] = seats[k].terms.markets[0].prices.close[t];
            book.next[k] += 1;
        }
        if pooled.ruined == Some(now) {
            book.cash += book.value();
            book.units.fill(Units::default());
        }
        equity = book.cash + book.value();
        for k in ending {
            let (t, ledger) = (book.next[k] - 1, &pooled.ledgers[k]);
            let check = |what, told, summed| {
                same(Some(t), what, (told, summed), book.moved).map_err(|mismatch| (k, mismatch))
            };
            check("cash", ledger.cash[t], book.cash)?;
            check("equity", ledger.equity[t], equity)?;
            book.units[k].same(t, ledger.position[t]).map_err(|mismatch| (k, mismatch))?;
        }
    }
    let ledgers = &pooled.ledgers;
    let late = (0..seats.len()).find(|&k| book.fills[k] < ledgers[k].executions.len());
    if let Some(k) = late {
        let fill = &ledgers[k].executions[book.fills[k]];
        let mismatch =
            Mismatch { bar: Some(fill.bar), what: "fills in order", told: fill.units, summed: 0.0 };
        return Err((k, mismatch));
    }
    let check = |what, told, summed| same(None, what, (told, summed), book.moved).map_err(|m| (0, m));
    let sum = |of: &dyn Fn(usize) -> f64| (0..seats.len()).map(of).sum::<f64>();
    let pnl = sum(&|k| ledgers[k].trades.iter().map(|trade| trade.pnl).sum());
    check("profits", pnl, equity - capital)?;
    check("commission", sum(&|k| ledgers[k].paid.commission), commission)?;
    check("slippage", sum(&|k| ledgers[k].paid.slippage), slippage)?;
    check("financing", -sum(&|k| ledgers[k].paid.borrow + ledgers[k].paid.funding), financed)
}

/// Sums on their way through the instants.
struct Book {
    cash: f64,
    /// All money that went through the pool.
    moved: f64,
    units: Vec<Units>,
    /// The last close of each seat.
    marks: Vec<f64>,
    /// The next bar of each seat, and its next fill.
    next: Vec<usize>,
    fills: Vec<usize>,
}

impl Book {
    fn next_known(&self, seats: &[Seat<'_>], k: usize) -> Option<i64> {
        let terms = seats[k].terms;
        (self.next[k] < terms.bars()).then(|| terms.markets[0].known_at(self.next[k]))
    }

    fn next_instant(&self, seats: &[Seat<'_>]) -> Option<i64> {
        (0..seats.len()).filter_map(|k| self.next_known(seats, k)).min()
    }

    fn take(&mut self, k: usize, fill: &Execution) {
        self.cash += fill.flow();
        self.moved += (fill.units * fill.price).abs();
        self.units[k].take(fill.units);
        self.fills[k] += 1;
    }

    fn value(&self) -> f64 {
        let held = self.units.iter().zip(&self.marks).filter(|(units, _)| units.held.abs() > 0.0);
        held.map(|(units, mark)| units.held * mark).sum()
    }
}
