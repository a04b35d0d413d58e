//! Several accounts that share their money: a position in each of several markets at most, each with its own
//! bars, its own entries and exits.
//!
//! Bars of all seats are lived through in order of the instants at which they are known. At one instant, first all
//! fills of the bars that end then, in the order of the seats; then the exits of what is held; then the entries. An
//! entry takes a place and a sum, both at its decision: what its size asks for of the equity of all together, at
//! most the cash that is free, which is neither in a position nor promised to another order. Where several ask at
//! one instant, the one furthest behind is served first, of two equal ones the earlier seat.

mod reconcile;

use super::RUIN;
use super::account::Account;
use super::ledger::Ledger;
use super::orders::{Orders, Sizing};
use super::terms::Terms;

pub use reconcile::reconcile_pool;

/// Less than this share of what an entry asks for is not worth a trade.
pub const LEAST_SHARE: f64 = 0.1;

/// One of the accounts: its market, and what its rules say at the close of each of its bars.
#[derive(Debug, Clone, Copy)]
pub struct Seat<'a> {
    /// Its market with its own bars.
    pub terms: &'a Terms<'a>,
    /// Whether the entry rule is true.
    pub entry: &'a [bool],
    /// Whether the exit rule is true.
    pub exit_rule: Option<&'a [bool]>,
    /// How far it is behind: who asks with more is served before. NaN is last.
    pub behind: &'a [f64],
}

/// Why an entry was not ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// As many positions as may be were open or ordered.
    Place,
    /// Less than [`LEAST_SHARE`] of what it asked for was free.
    Cash,
}

/// A signal that ordered nothing for want of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Whose signal it was.
    pub seat: usize,
    /// The bar of that seat.
    pub bar: usize,
    /// What was wanting.
    pub want: Want,
}

/// What became of all seats.
#[derive(Debug, Clone, PartialEq)]
pub struct Pooled {
    /// A ledger for each seat: its own trades, fills and costs. `position` is its own, on its own bars; `equity` and
    /// `cash` at these closes are those of all together.
    pub ledgers: Vec<Ledger>,
    /// How many positions are held at each close of the first seat.
    pub held: Vec<usize>,
    /// Signals that ordered nothing, in order of time.
    pub refused: Vec<Refusal>,
    /// The instant at which all together was worth at most [`RUIN`] of the capital, and traded no more.
    pub ruined: Option<i64>,
}

/// Runs `orders` in every seat with `capital` money for all and at most `places` positions at a time. Sizes that
/// look at an account's own trades before (risk, Kelly) are the caller's to refuse: they count as a share.
///
/// # Panics
/// When the columns of a seat are not of one length: a mistake of the caller.
pub fn simulate_pool(seats: &[Seat<'_>], orders: &Orders, places: usize, capital: f64) -> Pooled {
    let mut pool = Pool::new(seats, orders, places, capital);
    while let Some(now) = pool.next_instant() {
        let ending: Vec<(usize, usize)> = (0..seats.len())
            .filter(|&k| pool.next_known(k) == Some(now))
            .map(|k| (k, pool.next[k]))
            .collect();
        pool.live(now, &ending);
        pool.decide(now, &ending);
        pool.note(&ending);
    }
    pool.finish()
}

struct Pool<'a> {
    seats: &'a [Seat<'a>],
    orders: &'a Orders,
    places: usize,
    accounts: Vec<Account<'a>>,
    /// The next bar of each seat.
    next: Vec<usize>,
    cash: f64,
    /// What an order that waits was promised, for each seat.
    promised: Vec<f64>,
    columns: Vec<Ledger>,
    held: Vec<usize>,
    refused: Vec<Refusal>,
    /// At this much money or less it is ruined.
    ruin: f64,
    ruined: Option<i64>,
}

impl<'a> Pool<'a> {
    fn new(seats: &'a [Seat<'a>], orders: &'a Orders, places: usize, capital: f64) -> Self {
        let account = |seat: &Seat<'a>| Account::new(seat.terms, seat.entry, seat.exit_rule, *orders, 0.0);
        assert!(
            seats.iter().all(|seat| seat.behind.len() == seat.terms.bars()),
            "there is one distance for each bar"
        );
        Self {
            seats,
            orders,
            places,
            accounts: seats.iter().map(account).collect(),
            next: vec![0; seats.len()],
            cash: capital,
            promised: vec![0.0; seats.len()],
            columns: vec![Ledger::default(); seats.len()],
            held: Vec::new(),
            refused: Vec::new(),
            ruin: RUIN * capital,
            ruined: None,
        }
    }

    fn next_known(&self, k: usize) -> Option<i64> {
        let terms = self.seats[k].terms;
        (self.next[k] < terms.bars()).then(|| terms.markets[0].known_at(self.next[k]))
    }

    fn next_instant(&self) -> Option<i64> {
        (0..self.seats.len()).filter_map(|k| self.next_known(k)).min()
    }

    /// What all seats but one hold.
    fn beside(&self, seat: usize) -> f64 {
        let others = self.accounts.iter().enumerate().filter(|(k, _)| *k != seat);
        others.fold(0.0, |sum, (_, account)| sum + account.holds().0)
    }

    /// Cash and all positions at their last marks.
    fn equity(&self) -> f64 {
        self.cash + self.accounts.iter().fold(0.0, |sum, account| sum + account.holds().0)
    }

    /// Cash that is neither what a short sale brought in nor promised to an order.
    fn free(&self) -> f64 {
        let owed = self.accounts.iter().fold(0.0, |sum, account| {
            let (value, gross) = account.holds();
            sum + (gross - value)
        });
        self.cash - owed - self.promised.iter().fold(0.0, |sum, money| sum + money)
    }

    /// The fills of the bars that end, each in its place of the seats' order; ruin.
    fn live(&mut self, now: i64, ending: &[(usize, usize)]) {
        for &(k, t) in ending {
            let beside = self.beside(k);
            self.cash = self.accounts[k].live_with(t, self.cash, beside);
            self.next[k] = t + 1;
        }
        if self.ruined.is_none() && self.equity() <= self.ruin {
            self.ruined = Some(now);
            for k in 0..self.seats.len() {
                if let Some(last) = self.next[k].checked_sub(1) {
                    self.cash = self.accounts[k].end(last, self.cash);
                }
            }
        }
    }

    /// Exits of what is held, then entries.
    fn decide(&mut self, now: i64, ending: &[(usize, usize)]) {
        if self.ruined.is_some() {
            return;
        }
        for &(k, t) in ending {
            let beside = self.beside(k);
            self.cash = self.accounts[k].look(t, self.cash, beside);
        }
        for (promised, account) in self.promised.iter_mut().zip(&self.accounts) {
            if !account.waits() {
                *promised = 0.0;
            }
        }
        debug_assert!(ending.iter().all(|&(k, t)| self.seats[k].terms.markets[0].known_at(t) == now));
        let mut asking: Vec<(usize, usize)> =
            ending.iter().copied().filter(|&(k, t)| self.accounts[k].wants(t)).collect();
        // A stable sort: of two equally far behind the earlier seat stays before.
        let behind = |&(k, t): &(usize, usize)| {
            let behind = self.seats[k].behind[t];
            if behind.is_nan() { f64::NEG_INFINITY } else { behind }
        };
        asking.sort_by(|a, b| behind(b).total_cmp(&behind(a)));
        for (k, t) in asking {
            self.serve(k, t);
        }
    }

    /// Orders the entry that a seat asks for, or says what is wanting.
    fn serve(&mut self, k: usize, t: usize) {
        let equity = self.equity();
        let asked = match self.orders.sizing {
            Sizing::Amount(money) => money,
            Sizing::Told => self.seats[k].terms.share.at(t) * equity,
            Sizing::Fraction | Sizing::Risk(_) | Sizing::Kelly { .. } => self.orders.size * equity,
        };
        // A size that is not known orders nothing, as it does alone.
        if asked.is_nan() {
            return;
        }
        let taken = self.accounts.iter().filter(|account| account.is_taken()).count();
        let money = asked.min(self.free());
        let want = if taken >= self.places {
            Want::Place
        } else if money < LEAST_SHARE * asked {
            Want::Cash
        } else {
            if self.accounts[k].order(t, self.cash, money) {
                self.promised[k] = money;
            }
            return;
        };
        self.refused.push(Refusal { seat: k, bar: t, want });
    }

    /// Writes down how all stand at the close of the bars that ended.
    fn note(&mut self, ending: &[(usize, usize)]) {
        let equity = self.equity();
        for &(k, _) in ending {
            let (account, columns) = (&self.accounts[k], &mut self.columns[k]);
            columns.equity.push(equity);
            columns.cash.push(self.cash);
            columns.position.push(account.units());
            if self.seats[k].terms.finances() {
                columns.financing.push(account.financed);
            }
            if k == 0 {
                let held = self.accounts.iter().filter(|account| account.units().abs() > 0.0).count();
                self.held.push(held);
            }
        }
    }

    fn finish(mut self) -> Pooled {
        for (account, &next) in self.accounts.iter_mut().zip(&self.next) {
            if let Some(last) = next.checked_sub(1) {
                account.end(last, self.cash);
            }
        }
        let books = self.accounts.into_iter().map(Account::book);
        let ledgers = books.zip(self.columns).map(|(book, columns)| Ledger {
            equity: columns.equity,
            cash: columns.cash,
            financing: columns.financing,
            position: columns.position,
            ..book
        });
        Pooled { ledgers: ledgers.collect(), held: self.held, refused: self.refused, ruined: self.ruined }
    }
}
