//! Several laggards of one strategy, each in trades of its own, and one account for all of them: what happened?
//!
//! Each laggard is the strategy on its own clock ([`Setup`]); [`crate::backtest::simulator`] lets them share their
//! money. What is told of all together (equity, metrics, labels) stands on the clock of the first laggard: its window
//! is that of the whole, and what another one does counts at the first of its closes at which it is known.

use crate::backtest::metrics::Scratch;
use crate::backtest::simulator::{
    Execution, Ledger, Paid, Pooled, Refusal, Seat, Side, Terms, Trade, Unbought, Want, reconcile_pool,
    simulate_pool,
};
use crate::backtest::single::{Benchmark, Columns, Run, Setup, reach, rules};
use crate::base::calendar::Label;
use crate::base::diagnostic::{Diagnostic, Result};
use crate::market::series::Panel;
use crate::strategy::file::{Each, Strategy};
use crate::strategy::rule::Assignment;
use crate::strategy::signals::evaluation_window;

/// A strategy of several laggards on its panels.
#[derive(Debug, Clone)]
pub struct Portfolio<'a> {
    /// The strategy on the clock of its first laggard, beside all laggards held in equal parts.
    pub face: Setup<'a>,
    /// The strategy of each laggard on its own clock, within the same instants.
    pub members: Vec<Setup<'a>>,
    /// Positions that may be open at a time.
    places: usize,
}

/// What one laggard did.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The bars of its own clock at which its entry was true.
    pub signals: Vec<usize>,
    /// Its trades, fills and units on its own bars, counted from the first of its window; cash and equity are those
    /// of all together.
    pub ledger: Ledger,
}

/// What happened under one combination.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// All together on the clock of the first laggard: `position` counts the positions held, an execution's market is
    /// the number of the laggard, and a bar is the first at whose close it was known.
    pub run: Run,
    /// Each laggard by itself.
    pub members: Vec<Member>,
    /// The trades of `run` in order: the laggard, and the number of the trade among its own.
    pub trades: Vec<(usize, usize)>,
    /// Signals that ordered nothing, though the laggard was flat.
    pub refused: Vec<Refusal>,
}

impl Outcome {
    /// Signals that ordered nothing for want of a place, and for want of cash.
    pub fn wanting(&self) -> (usize, usize) {
        let count = |want| self.refused.iter().filter(|refusal| refusal.want == want).count();
        (count(Want::Place), count(Want::Cash))
    }
}

/// The panel on the clock of each laggard.
pub fn panels(each: &Each, panel: &Panel) -> Vec<Panel> {
    each.alone.iter().map(|strategy| panel.on_clock(strategy.traded)).collect()
}

impl<'a> Portfolio<'a> {
    /// Prepares a strategy of several laggards; `panels` are those of [`panels`].
    ///
    /// # Errors
    /// Where a laggard has no bars to run on, or lacks prices the orders need.
    pub fn new(strategy: &'a Strategy, each: &'a Each, panels: &'a [Panel], capital: f64) -> Result<Self> {
        let window = evaluation_window(strategy, &panels[0])?;
        let face = Setup::over(strategy, &panels[0], window, capital)?;
        let members = each.alone.iter().zip(panels).map(|(alone, panel)| member(&face, alone, panel));
        let members: Vec<Setup<'a>> = members.collect::<Result<_>>()?;
        let benchmark = face.equal_parts(&strategy.traded_markets());
        let face = if members.len() > 1 { face.beside(benchmark) } else { face };
        Ok(Self { face, members, places: each.places })
    }

    /// Runs one combination. The ledgers are added up again before they are given out.
    ///
    /// # Errors
    /// Where a series lacks a column a rule or an order needs, or the ledgers do not add up, which would be a bug.
    pub fn run(&self, values: &Assignment) -> Result<Outcome> {
        let said = self.members.iter().map(|setup| rules(setup, values)).collect::<Result<Vec<_>>>()?;
        let columns =
            self.members.iter().map(|setup| Columns::new(setup, values)).collect::<Result<Vec<_>>>()?;
        let terms: Vec<Terms<'_>> =
            self.members.iter().zip(&columns).map(|(setup, columns)| columns.terms(setup)).collect();
        let orders = self.face.orders(values);
        let behind: Vec<Vec<f64>> = self.members.iter().map(|setup| behind(setup, orders.side)).collect();
        let seats: Vec<Seat<'_>> = (0..self.members.len())
            .map(|k| Seat {
                terms: &terms[k],
                entry: &said[k].0,
                exit_rule: said[k].1.as_deref(),
                behind: &behind[k],
            })
            .collect();
        let pooled = simulate_pool(&seats, &orders, self.places, self.face.capital);
        if let Err((k, mismatch)) = reconcile_pool(&seats, &pooled, self.face.capital) {
            return Err(self.members[k].does_not_add_up(&mismatch));
        }
        let signals = |k: usize| {
            let entry = said[k].0.iter().enumerate().filter(|(_, signal)| **signal);
            entry.map(|(bar, _)| self.members[k].window.start + bar).collect()
        };
        let signals: Vec<Vec<usize>> = (0..self.members.len()).map(signals).collect();
        Ok(self.told(values, signals, pooled))
    }

    /// The bar of the first laggard's window at whose close something known at an instant counts.
    pub fn bar_at(&self, instant: i64) -> usize {
        let known = self.face.known_at();
        known.partition_point(|&known| known < instant).min(known.len() - 1)
    }

    /// Laggards that can be traded only from a later bar on than the window's first, and its label: by more than
    /// the week that sessions and holidays make.
    pub fn late(&self) -> impl Iterator<Item = (&Setup<'a>, Label)> {
        let begins = self.face.panel.label(self.face.window.start);
        let firsts = self.members.iter().map(|setup| (setup, setup.panel.label(setup.window.start)));
        firsts.filter(move |(_, first)| first.calendar_days_since(begins) > 7)
    }

    /// Puts together what each laggard did.
    fn told(&self, values: &Assignment, signals: Vec<Vec<usize>>, pooled: Pooled) -> Outcome {
        let trades = in_order(&pooled.ledgers);
        let ledger = self.merged(&pooled, &trades);
        let metrics = self.face.measure(&ledger, &mut Scratch::default());
        let mut all: Vec<usize> = Vec::new();
        for (setup, bars) in self.members.iter().zip(&signals) {
            let known = |&bar: &usize| self.bar_at(setup.panel.decision(bar).micros());
            all.extend(bars.iter().map(known).map(|bar| self.face.window.start + bar));
        }
        all.sort_unstable();
        let members = signals.into_iter().zip(pooled.ledgers);
        Outcome {
            run: Run { values: values.clone(), signals: all, ledger, metrics },
            members: members.map(|(signals, ledger)| Member { signals, ledger }).collect(),
            trades,
            refused: pooled.refused,
        }
    }

    /// One ledger of all, on the clock of the first laggard.
    fn merged(&self, pooled: &Pooled, order: &[(usize, usize)]) -> Ledger {
        let bar = |k: usize, bar: usize| self.bar_at(self.members[k].known_at()[bar]);
        let trades = order.iter().map(|&(k, number)| {
            let own = &pooled.ledgers[k].trades[number];
            let (signal, entry, exit) = (bar(k, own.signal), bar(k, own.entry), bar(k, own.exit));
            Trade { signal, entry, exit, ..own.clone() }
        });
        let mut executions: Vec<Execution> = Vec::new();
        for (k, ledger) in pooled.ledgers.iter().enumerate() {
            let place: Vec<usize> = places(order, k, ledger.trades.len());
            executions.extend(ledger.executions.iter().map(|own| Execution {
                trade: place[own.trade],
                market: k,
                bar: bar(k, own.bar),
                ..own.clone()
            }));
        }
        executions.sort_by_key(|fill| (fill.at, fill.market));
        let first = &pooled.ledgers[0];
        let mut financing = Vec::new();
        if pooled.ledgers.iter().any(|ledger| !ledger.financing.is_empty()) {
            financing.resize(first.equity.len(), 0.0);
            for (k, ledger) in pooled.ledgers.iter().enumerate() {
                ledger.financing.iter().enumerate().for_each(|(t, paid)| financing[bar(k, t)] += paid);
            }
        }
        Ledger {
            trades: trades.collect(),
            executions,
            equity: first.equity.clone(),
            returns: Vec::new(),
            cash: first.cash.clone(),
            financing,
            position: pooled.held.iter().map(|&held| held as f64).collect(),
            paid: pooled.ledgers.iter().fold(Paid::default(), |sum, ledger| sum.plus(&ledger.paid)),
            unbought: pooled
                .ledgers
                .iter()
                .fold(Unbought::default(), |sum, ledger| sum.plus(&ledger.unbought)),
            ruined: pooled.ruined.map(|instant| self.bar_at(instant)),
        }
    }

    /// What a run is compared with: each laggard held, all of them held in equal parts, the leader held, the run's
    /// average exposure to all in equal parts held all the time, and cash.
    ///
    /// # Errors
    /// Where a series lacks a column an order needs.
    pub fn benchmarks(&self, outcome: &Outcome) -> Result<Vec<Benchmark>> {
        let face = &self.face;
        let symbol = |member: usize| face.panel.members()[member].provenance().symbol.clone();
        let hold = |name: String, parts: &[(f64, &[f64])]| {
            let (equity, metrics) = face.mixed(parts);
            Benchmark { name, equity, metrics }
        };
        let mut all = Vec::new();
        for setup in &self.members {
            let member = setup.panel.clock_member();
            all.push(hold(format!("{} held", symbol(member)), &[(1.0, &face.held(member))]));
        }
        if self.members.len() > 1 {
            all.push(hold("all held in equal parts".into(), &[(1.0, face.benchmark_returns())]));
        }
        if let Some(leader) = face.leader() {
            all.push(hold(format!("{} held", symbol(leader)), &[(1.0, &face.held(leader))]));
        }
        let (equity, metrics) = face.average(&outcome.run);
        all.push(Benchmark { name: "same exposure held".into(), equity, metrics });
        all.push(hold("cash".into(), &[(1.0, &face.cash_returns(&outcome.run)?)]));
        Ok(all)
    }
}

/// One laggard within the instants of the first one's window, from where all its own look-backs are full.
fn member<'a>(face: &Setup<'a>, alone: &'a Strategy, panel: &'a Panel) -> Result<Setup<'a>> {
    let own = evaluation_window(alone, panel)?;
    let rows = panel.clock_series().rows();
    let (opens, ends) = (face.opens_at(), face.panel.decision(face.window.end - 1).micros());
    let start = own.start.max(rows.opens_at.partition_point(|&at| at < opens));
    let end = own.end.min(rows.known_at.partition_point(|&at| at <= ends));
    if start >= end {
        let name = |panel: &Panel| panel.clock_series().provenance().full_name();
        return Err(Diagnostic::new(format!("{} has no bar inside the window", name(panel)))
            .detail(format!(
                "the window is that of the first laggard, {}: {} to {}",
                name(face.panel),
                face.panel.label(face.window.start),
                face.panel.label(face.window.end - 1)
            ))
            .hint("take it out of the list, import more of its history, or name another laggard first")
            .into());
    }
    Setup::over(alone, panel, start..end, face.capital)
}

/// How far a laggard is from the price it has to catch up with, at each bar of its window: below its highest close so
/// far, above its lowest for a short.
fn behind(setup: &Setup<'_>, side: Side) -> Vec<f64> {
    let closes = setup.prices().close.iter().zip(reach(setup));
    closes.map(|(close, reach)| side.sign() * (1.0 - close / reach)).collect()
}

/// All trades by the instant of their first fill; of two at one instant the earlier laggard's first.
fn in_order(ledgers: &[Ledger]) -> Vec<(usize, usize)> {
    let mut order: Vec<(i64, usize, usize)> = Vec::new();
    for (k, ledger) in ledgers.iter().enumerate() {
        let mut fills = ledger.executions.iter();
        for number in 0..ledger.trades.len() {
            let first = fills.find(|fill| fill.trade == number).map_or(i64::MAX, |fill| fill.at);
            order.push((first, k, number));
        }
    }
    order.sort_unstable();
    order.into_iter().map(|(_, k, number)| (k, number)).collect()
}

/// The place in the common order of each of a laggard's own trades.
fn places(order: &[(usize, usize)], k: usize, trades: usize) -> Vec<usize> {
    let mut places = vec![0; trades];
    for (place, &(seat, number)) in order.iter().enumerate() {
        if seat == k {
            places[number] = place;
        }
    }
    places
}
