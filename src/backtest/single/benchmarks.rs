//! Benchmarks: other ways to hold the same markets over the same days.
//!
//! All are on the strategy's clock, each market as of its decisions and never filled in from later, before
//! costs unless they are trades.

use super::columns::{Columns, HedgeBy};
use super::{Run, Setup, rules};
use crate::backtest::metrics::{self, Scratch, Value};
use crate::backtest::simulator::{self, Ledger};
use crate::base::diagnostic::Result;
use crate::market::series::Field;
use crate::strategy::file::{Scale, Sizing};

/// Another way to hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    /// Its name: `BTC-USD held`, `beta-hedged`.
    pub name: String,
    /// Its equity at each close of the window, from the same capital.
    pub equity: Vec<f64>,
    /// Every metric, in the order of the registry.
    pub metrics: Vec<Value>,
}

/// Mean share of equity in a market, below 0 where short.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure {
    /// In the traded market.
    pub traded: f64,
    /// In the hedge; 0 without one.
    pub hedge: f64,
}

impl Setup<'_> {
    /// What a run is compared with: of a hedged trade itself outright, against equal money and by its beta; then
    /// the traded market and the leader held, the run's average exposure held all the time, and cash.
    ///
    /// # Errors
    /// Where a series lacks a column an order needs.
    pub fn benchmarks(&self, run: &Run) -> Result<Vec<Benchmark>> {
        let mut all = self.otherwise_hedged(run)?;
        let symbol = |member: usize| self.panel.members()[member].provenance().symbol.clone();
        let hold = |name: String, returns: &[f64]| {
            let (equity, metrics) = self.mixed(&[(1.0, returns)]);
            Benchmark { name, equity, metrics }
        };
        if self.strategy.plan.basket.is_some() {
            for member in self.strategy.traded_markets() {
                all.push(hold(format!("{} held", symbol(member)), &self.held(member)));
            }
            all.push(hold("all held in equal parts".into(), self.benchmark_returns()));
        } else {
            all.push(hold(format!("{} held", symbol(self.panel.clock_member())), self.benchmark_returns()));
        }
        if let Some(leader) = self.leader() {
            all.push(hold(format!("{} held", symbol(leader)), &self.held(leader)));
        }
        let (equity, metrics) = self.average(run);
        all.push(Benchmark { name: "same exposure held".into(), equity, metrics });
        all.push(hold("cash".into(), &self.cash_returns(run)?));
        Ok(all)
    }

    /// The trades of a hedged run outright, against equal money and by beta.
    fn otherwise_hedged(&self, run: &Run) -> Result<Vec<Benchmark>> {
        if self.strategy.plan.hedge.is_none() {
            return Ok(Vec::new());
        }
        let (entry, exit) = rules(self, &run.values)?;
        let ways = [
            ("outright", HedgeBy::Nothing),
            ("dollar-hedged", HedgeBy::Dollars),
            ("beta-hedged", HedgeBy::Beta),
        ];
        let hedged = |(name, by): (&str, HedgeBy)| {
            let columns = Columns::hedged_by(self, &run.values, by)?;
            let terms = columns.terms(self);
            let orders = self.orders(&run.values);
            let ledger = simulator::simulate_on(&terms, &entry, exit.as_deref(), &orders, self.capital);
            let metrics = self.measure(&ledger, &mut Scratch::default());
            Ok(Benchmark { name: name.to_owned(), equity: ledger.equity, metrics })
        };
        ways.into_iter().map(hedged).collect()
    }

    /// Holding a run's average exposure all the time: equity at each close and every metric.
    pub fn average(&self, run: &Run) -> (Vec<f64>, Vec<Value>) {
        let exposure = self.exposure(run);
        match &self.strategy.plan.hedge {
            Some(hedge) => {
                let other = self.held(hedge.market);
                self.mixed(&[(exposure.traded, self.benchmark_returns()), (exposure.hedge, &other)])
            }
            None => self.constant_exposure(exposure.traded),
        }
    }

    /// The mean exposure of a run over the bars of the window. Of several laggards it is what all positions are
    /// worth at the closes over equity. Of a fixed share of equity, bought and sold whole and in any fraction and
    /// shared with no hedge, it is that share times the time in the market; else what each leg is worth at the closes over equity.
    pub fn exposure(&self, run: &Run) -> Exposure {
        let ledger = &run.ledger;
        if self.strategy.each.is_some() {
            let held = ledger.equity.iter().zip(&ledger.cash);
            let traded = held.map(|(equity, cash)| share(equity - cash, *equity)).sum::<f64>();
            return Exposure { traded: traded / ledger.equity.len().max(1) as f64, hedge: 0.0 };
        }
        let sign = self.orders(&run.values).side.sign();
        let held = ledger.position.iter().filter(|units| units.abs() > 0.0).count();
        let bars = ledger.equity.len().max(1) as f64;
        let plan = &self.strategy.plan;
        let is_whole =
            plan.scale == Scale::Whole && plan.exits.partials.is_empty() && plan.limits.lot.is_none();
        let is_shared = plan.hedge.is_some() && ledger.on_same_side() > 0;
        let traded = if plan.sizing == Sizing::Fraction && is_whole && !is_shared {
            sign * held as f64 / bars * self.strategy.size
        } else {
            let shares = ledger.position.iter().zip(self.prices().close).zip(&ledger.equity);
            shares.map(|((units, close), equity)| share(units * close, *equity)).sum::<f64>() / bars
        };
        let hedge =
            self.strategy.plan.hedge.as_ref().map_or(0.0, |hedge| self.hedge_share(ledger, hedge.market));
        Exposure { traded, hedge }
    }

    /// The mean share of equity in the hedge, from its fills.
    fn hedge_share(&self, ledger: &Ledger, member: usize) -> f64 {
        let series = &self.panel.members()[member];
        let mut fills = ledger.executions.iter().filter(|fill| fill.leg > 0).peekable();
        let (mut units, mut sum, mut known) = (0.0, 0.0, 0);
        for (t, (&now, &equity)) in self.known_at().iter().zip(&ledger.equity).enumerate() {
            while let Some(fill) = fills.next_if(|fill| fill.bar <= t) {
                units += fill.units;
            }
            known = known_by(series.rows().known_at, known, now);
            let close = known.checked_sub(1).map_or(0.0, |row| series.close()[row]);
            sum += share(units * close, equity);
        }
        sum / ledger.equity.len().max(1) as f64
    }

    /// The return over each bar of the clock of a member bought at its first open in the window and held, as of
    /// each decision; 0 before it could be bought.
    pub fn held(&self, member: usize) -> Vec<f64> {
        let series = &self.panel.members()[member];
        let rows = series.rows();
        let first = rows.opens_at.partition_point(|&opens| opens < self.opens_at());
        let opens = series.column(Field::Open).unwrap_or(series.close());
        let mut before = opens.get(first).copied();
        let mut known = 0;
        let returns = self.known_at().iter().map(|&now| {
            known = known_by(rows.known_at, known, now);
            let row = known.checked_sub(1).filter(|&row| row >= first);
            let (Some(row), Some(last)) = (row, before) else { return 0.0 };
            before = Some(series.close()[row]);
            series.close()[row] / last - 1.0
        });
        returns.collect()
    }

    /// The return over each bar of some members bought with equal sums at the window's first open and held. The part
    /// of one whose history begins later waits for its first open.
    pub(crate) fn equal_parts(&self, members: &[usize]) -> Vec<f64> {
        let returns: Vec<Vec<f64>> = members.iter().map(|&member| self.held(member)).collect();
        let mut parts = vec![1.0 / members.len() as f64; members.len()];
        let mut before = 1.0;
        let bars = (0..self.window.len()).map(|t| {
            for (part, returns) in parts.iter_mut().zip(&returns) {
                *part *= 1.0 + returns[t];
            }
            let now: f64 = parts.iter().sum();
            let change = now / before - 1.0;
            before = now;
            change
        });
        bars.collect()
    }

    /// What cash earned over each bar: the interest of the account, else the risk-free rate.
    pub(crate) fn cash_returns(&self, run: &Run) -> Result<Vec<f64>> {
        if self.strategy.plan.fees.interest.is_some() {
            let columns = Columns::new(self, &run.values)?;
            return Ok(columns.cash_returns(self));
        }
        let year = self.periods_per_year();
        let fixed = metrics::per_bar_rate(self.strategy.risk_free, year);
        Ok(self.risk_free.clone().unwrap_or_else(|| vec![fixed; self.window.len()]))
    }

    /// Constant shares of equity in markets with these returns.
    pub(crate) fn mixed(&self, parts: &[(f64, &[f64])]) -> (Vec<f64>, Vec<Value>) {
        let mut money = self.capital;
        let equity: Vec<f64> = (0..self.window.len())
            .map(|t| {
                money *= 1.0 + parts.iter().map(|(share, returns)| share * returns[t]).sum::<f64>();
                money
            })
            .collect();
        let held = vec![parts.iter().any(|(share, _)| share.abs() > 0.0); equity.len()];
        let metrics = metrics::compute(&self.track(&equity, &held, &[], 0.0));
        (equity, metrics)
    }
}

/// How many rows are known by `now`, of which `before` were known earlier.
fn known_by(known_at: &[i64], before: usize, now: i64) -> usize {
    before + known_at[before..].iter().take_while(|&&known| known <= now).count()
}

/// A part of equity; 0 where nothing is left.
fn share(value: f64, equity: f64) -> f64 {
    if equity > 0.0 { value / equity } else { 0.0 }
}
