//! Does the ledger add up? Every column again, from the executions alone.

use super::ledger::Ledger;
use super::terms::Terms;

/// Sums may differ by this share of the money that went through them: each is rounded.
const TOLERANCE: f64 = 1e-9;

/// Units may differ from none by this share of those that were bought and sold: each sum of them is rounded.
const RESIDUE: f64 = 1e-13;

/// Where a ledger does not add up: a bug of the simulator.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    /// The bar of the clock; `None` for a sum over all of it.
    pub bar: Option<usize>,
    /// What does not add up.
    pub what: &'static str,
    /// What the ledger says.
    pub told: f64,
    /// What its executions come to.
    pub summed: f64,
}

/// Adds up a ledger of `capital` money from its executions: units of each leg, cash, financing and equity on
/// every bar, each leg marked to its last price known; the profits of all trades, what each of them took in; each
/// kind of cost.
///
/// # Errors
/// The first place where the ledger says something else.
pub fn reconcile(terms: &Terms<'_>, ledger: &Ledger, capital: f64) -> Result<(), Mismatch> {
    let mut book = Book::new(terms, capital);
    let mut executions = ledger.executions.iter().peekable();
    for t in 0..terms.bars() {
        while let Some(execution) = executions.next_if(|execution| execution.bar == t) {
            book.cash += execution.flow();
            book.moved += (execution.units * execution.price).abs();
            book.commission += execution.commission;
            book.slippage += execution.slippage();
            if book.held.len() <= execution.leg {
                book.held.resize(execution.leg + 1, Held::default());
            }
            let held = &mut book.held[execution.leg];
            held.units.take(execution.units);
            (held.market, held.at, held.quoted) = (execution.market, execution.at, execution.quoted);
        }
        let financed = ledger.financing.get(t).copied().unwrap_or(0.0);
        book.cash += financed;
        book.financed += financed;
        let value = book.value(t);
        if ledger.ruined == Some(t) {
            book.cash += value;
            book.held.clear();
        }
        let left = if book.held.is_empty() { 0.0 } else { value };
        let first = book.held.first().copied().unwrap_or_default();
        book.same(Some(t), "cash", ledger.cash[t], book.cash)?;
        book.same(Some(t), "equity", ledger.equity[t], book.cash + left)?;
        first.units.same(t, ledger.position[t])?;
    }
    if let Some(late) = executions.next() {
        return Err(Mismatch { bar: Some(late.bar), what: "fills in order", told: late.units, summed: 0.0 });
    }
    let end = ledger.equity.last().copied().unwrap_or(capital);
    let pnl: f64 = ledger.trades.iter().map(|trade| trade.pnl).sum();
    let paid = &ledger.paid;
    book.same(None, "profits", pnl - paid.interest, end - capital)?;
    book.same(None, "commission", paid.commission, book.commission)?;
    book.same(None, "slippage", paid.slippage, book.slippage)?;
    book.same(None, "financing", -(paid.borrow + paid.funding + paid.interest), book.financed)?;
    let of_trades: f64 = ledger.trades.iter().map(|trade| trade.commission).sum();
    book.same(None, "commission of the trades", of_trades, book.commission)?;
    entries(&book, ledger)
}

/// What the first legs of all trades took in, by units and by money: the mean price of the parts is that of the trade.
fn entries(book: &Book<'_>, ledger: &Ledger) -> Result<(), Mismatch> {
    let mut taken = vec![(0.0, 0.0); ledger.trades.len()];
    for fill in ledger.executions.iter().filter(|fill| fill.leg == 0 && fill.reasons.is_empty()) {
        if let Some((units, money)) = taken.get_mut(fill.trade) {
            *units += fill.units.abs();
            *money += fill.units.abs() * fill.price;
        }
    }
    for (trade, (units, money)) in ledger.trades.iter().zip(taken) {
        same(Some(trade.entry), "units of the trade", (trade.units, units), units)?;
        book.same(Some(trade.entry), "entry price", trade.units * trade.entry_price, money)?;
    }
    Ok(())
}

/// What one leg holds by its executions.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    market: usize,
    units: Units,
    at: i64,
    quoted: f64,
}

/// Units held, and those bought and sold since nothing was.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Units {
    pub(super) held: f64,
    pub(super) turned: f64,
}

impl Units {
    /// Takes in some units, below 0 for a sale. What rounding leaves of a position that was sold in parts is nothing:
    /// at a price a million times higher it would be worth something.
    pub(super) fn take(&mut self, units: f64) {
        if self.held.abs() <= 0.0 {
            self.turned = 0.0;
        }
        self.held += units;
        self.turned += units.abs();
        if self.held.abs() <= RESIDUE * self.turned {
            self.held = 0.0;
        }
    }

    /// Whether a ledger tells as many at the close of bar `t`.
    ///
    /// # Errors
    /// Where it does not.
    pub(super) fn same(self, t: usize, told: f64) -> Result<(), Mismatch> {
        same(Some(t), "units", (told, self.held), self.turned)
    }
}

/// Sums on their way through the bars.
struct Book<'a> {
    terms: &'a Terms<'a>,
    cash: f64,
    held: Vec<Held>,
    commission: f64,
    slippage: f64,
    financed: f64,
    /// All money that went through the account.
    moved: f64,
}

impl<'a> Book<'a> {
    fn new(terms: &'a Terms<'a>, capital: f64) -> Self {
        Self {
            terms,
            cash: capital,
            held: Vec::new(),
            commission: 0.0,
            slippage: 0.0,
            financed: 0.0,
            moved: capital.abs(),
        }
    }

    /// What is held is worth at the close of bar `t`.
    fn value(&self, t: usize) -> f64 {
        let now = self.terms.markets[0].known_at(t);
        let worth = |held: &Held| {
            let market = &self.terms.markets[held.market];
            let last =
                market.last_known(now).filter(|&row| held.market == 0 || market.known_at(row) > held.at);
            held.units.held * last.map_or(held.quoted, |row| market.prices.close[row])
        };
        self.held.iter().filter(|held| held.units.held.abs() > 0.0).map(worth).sum()
    }

    fn same(&self, bar: Option<usize>, what: &'static str, told: f64, summed: f64) -> Result<(), Mismatch> {
        same(bar, what, (told, summed), self.moved)
    }
}

/// Whether what a ledger told is what its fills came to, after `moved` money.
///
/// # Errors
/// Where it is not.
pub(super) fn same(
    bar: Option<usize>,
    what: &'static str,
    (told, summed): (f64, f64),
    moved: f64,
) -> Result<(), Mismatch> {
    // NaN is never the same.
    if (told - summed).abs() <= TOLERANCE * moved.max(summed.abs()) {
        return Ok(());
    }
    Err(Mismatch { bar, what, told, summed })
}
