//! One strategy, one combination, one panel: what happened?

use std::ops::Range;

use crate::backtest::metrics::{self, RiskFree, Scratch, Sums, Track, TradeResult, Value};
use crate::backtest::simulator::{self, Barrier, Costs, Exits, Fill, Ledger, Orders, Prices};
use crate::base::calendar::LabelKind;
use crate::base::diagnostic::{Diagnostic, Result};
use crate::market::series::{Field, Panel};
use crate::strategy::file::{self, FillPrice, Setting, Strategy};
use crate::strategy::rule::{Assignment, Evaluator};
use crate::strategy::signals::{evaluation_window, true_bars};

/// A strategy on its panel, with everything that is the same for every combination.
#[derive(Debug, Clone)]
pub struct Setup<'a> {
    /// The strategy.
    pub strategy: &'a Strategy,
    /// Its markets' bars.
    pub panel: &'a Panel,
    /// The bars of the clock that count.
    pub window: Range<usize>,
    /// Equity before the first bar.
    pub capital: f64,
    benchmark: Vec<f64>,
}

impl<'a> Setup<'a> {
    /// Prepares a strategy for running.
    ///
    /// # Errors
    /// Where no bars are left to run on, or the traded market lacks prices the orders need.
    pub fn new(strategy: &'a Strategy, panel: &'a Panel, capital: f64) -> Result<Self> {
        check_prices(strategy, panel)?;
        let window = evaluation_window(strategy, panel)?;
        let mut setup = Self { strategy, panel, window, capital, benchmark: Vec::new() };
        let prices = setup.prices();
        let mut before = prices.open[0];
        setup.benchmark = prices
            .close
            .iter()
            .map(|&close| {
                let return_ = close / before - 1.0;
                before = close;
                return_
            })
            .collect();
        Ok(setup)
    }

    /// The traded market's prices over the window. Columns it lacks repeat its closes.
    pub fn prices(&self) -> Prices<'a> {
        let series = self.panel.clock_series();
        let column = |field| &series.column(field).unwrap_or(series.close())[self.window.clone()];
        Prices {
            open: column(Field::Open),
            high: column(Field::High),
            low: column(Field::Low),
            close: column(Field::Close),
        }
    }

    /// When each bar of the window was known, in microseconds.
    pub fn known_at(&self) -> &'a [i64] {
        &self.panel.clock_series().rows().known_at[self.window.clone()]
    }

    /// When the window's first bar opens, in microseconds.
    pub fn opens_at(&self) -> i64 {
        self.panel.clock_series().opens_at(self.window.start).micros()
    }

    /// The length of the window in years of 365.25 days.
    pub fn years(&self) -> f64 {
        metrics::years(self.opens_at(), self.panel.decision(self.window.end - 1).micros())
    }

    /// Bars per year of the window.
    pub fn periods_per_year(&self) -> f64 {
        metrics::periods_per_year(self.window.len(), self.years())
    }

    /// The return of each bar of buying the traded market at the window's first open and holding it, before
    /// costs.
    pub fn benchmark(&self) -> &[f64] {
        &self.benchmark
    }

    /// Every metric of a constant share of the money held in the traded market all the time (1 is buy and
    /// hold), before costs, and its equity at each close.
    pub fn constant_exposure(&self, share: f64) -> (Vec<f64>, Vec<Value>) {
        let mut equity = Vec::with_capacity(self.window.len());
        let mut money = self.capital;
        for return_ in &self.benchmark {
            money *= 1.0 + share * return_;
            equity.push(money);
        }
        let held = vec![share > 0.0; equity.len()];
        let track = self.track(&equity, &held, &[], 0.0);
        (equity.clone(), metrics::compute(&track))
    }

    /// What is ordered under one combination.
    pub fn orders(&self, values: &Assignment) -> Orders {
        let strategy = self.strategy;
        let number = |setting: &Setting| setting.value(values).number();
        let barrier = |barrier: &Option<file::Barrier>| {
            let barrier = barrier.as_ref()?;
            Some(Barrier { fraction: number(&barrier.distance)?, on_close: barrier.on_close })
        };
        let after = strategy.exits.after.as_ref().and_then(|after| after.value(values).bars());
        Orders {
            fill: match strategy.fill {
                FillPrice::Open => Fill::Open,
                FillPrice::Close => Fill::Close,
            },
            exits: Exits {
                after: after.and_then(|bars| u32::try_from(bars).ok()),
                stop: barrier(&strategy.exits.stop),
                target: barrier(&strategy.exits.target),
                trail: barrier(&strategy.exits.trail),
            },
            costs: Costs {
                commission: number(&strategy.costs.commission).unwrap_or(0.0),
                slippage: number(&strategy.costs.slippage).unwrap_or(0.0),
            },
            size: strategy.size,
        }
    }

    /// Every metric of a ledger, in the order of the registry.
    pub fn measure(&self, ledger: &Ledger, scratch: &mut Scratch) -> Vec<Value> {
        let held: Vec<bool> = ledger.position.iter().map(|units| *units > 0.0).collect();
        let closed = ledger.trades.iter().filter(|trade| !trade.open);
        let trades: Vec<TradeResult> =
            closed.map(|trade| TradeResult { pnl: trade.pnl, net_return: trade.net_return }).collect();
        let notional = ledger
            .trades
            .iter()
            .map(|trade| trade.units * (trade.entry_price + if trade.open { 0.0 } else { trade.exit_price }))
            .sum();
        metrics::values(&Sums::of(&self.track(&ledger.equity, &held, &trades, notional), scratch)).collect()
    }

    fn track<'t>(
        &'t self,
        equity: &'t [f64],
        held: &'t [bool],
        trades: &'t [TradeResult],
        notional: f64,
    ) -> Track<'t> {
        Track {
            capital: self.capital,
            equity,
            opens_at: self.opens_at(),
            known_at: self.known_at(),
            held,
            benchmark: &self.benchmark,
            risk_free: RiskFree::Annual(self.strategy.risk_free),
            trades,
            traded: notional,
        }
    }
}

/// Inside-bar exits need highs and lows, fills at the open need opens.
fn check_prices(strategy: &Strategy, panel: &Panel) -> Result<()> {
    let series = panel.clock_series();
    let name = series.provenance().full_name();
    if strategy.fill == FillPrice::Open && series.column(Field::Open).is_none() {
        return Err(Diagnostic::new(format!("{name} has no opens, and orders fill at the next open"))
            .hint("fill at closes (`fill = \"close\"` under [entry]; `, fill at the close` in a sentence), or import one with opens")
            .into());
    }
    let exits = &strategy.exits;
    if series.label_kind() == LabelKind::Time && exits.after.is_some() && !exits.after_in_bars {
        return Err(Diagnostic::new(format!("{name} has bars shorter than a day, and the exit counts days"))
            .hint("count bars instead: `exit after 60 bars`, or `after = \"60 bars\"`")
            .into());
    }
    let inside =
        [&exits.stop, &exits.target, &exits.trail].into_iter().flatten().any(|barrier| !barrier.on_close);
    if inside && (series.column(Field::High).is_none() || series.column(Field::Low).is_none()) {
        return Err(Diagnostic::new(format!(
            "{name} has no highs and lows, and a stop looks inside the bar"
        ))
        .hint("let it look at closes (`stop = \"25% on close\"`), or import a file with highs and lows")
        .into());
    }
    Ok(())
}

/// What happened under one combination.
#[derive(Debug, Clone)]
pub struct Run {
    /// The value of every parameter.
    pub values: Assignment,
    /// The bars of the clock at which the entry rule was true, inside the window.
    pub signals: Vec<usize>,
    /// Trades, equity and position; bars are counted from the window's first.
    pub ledger: Ledger,
    /// Every metric, in the order of the registry.
    pub metrics: Vec<Value>,
}

/// Runs one combination on the reference simulator.
///
/// # Errors
/// Where a series lacks a column the rule needs.
pub fn run(setup: &Setup<'_>, values: &Assignment) -> Result<Run> {
    let mut evaluator = Evaluator::new(&setup.strategy.graph, setup.panel);
    let entry = true_bars(&mut evaluator, setup.strategy.entry.node, values, &setup.window)?;
    let exit = match &setup.strategy.exits.rule {
        Some(rule) => Some(true_bars(&mut evaluator, rule.node, values, &setup.window)?),
        None => None,
    };
    let orders = setup.orders(values);
    let ledger = simulator::simulate(&setup.prices(), &entry, exit.as_deref(), &orders, setup.capital);
    let metrics = setup.measure(&ledger, &mut Scratch::default());
    let signals = entry.iter().enumerate().filter(|(_, signal)| **signal);
    let signals = signals.map(|(bar, _)| setup.window.start + bar).collect();
    Ok(Run { values: values.clone(), signals, ledger, metrics })
}
