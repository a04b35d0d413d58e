//! One strategy, one combination, one panel: what happened?

mod benchmarks;
mod check;
mod columns;
mod scale;

use std::ops::Range;

use crate::backtest::metrics::{self, RiskFree, Scratch, Sums, Track, TradeResult, Value};
use crate::backtest::simulator::{
    self, Again, Barrier, Costs, Exits, Fill, Ledger, LimitOrder, Limits, Orders, Partial, Partials, Prices,
    Side, Sizing,
};
use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result};
use crate::market::series::{Field, Panel, Series};
use crate::strategy::file::{self, Direction, FillPrice, Setting, Strategy};
use crate::strategy::rule::{Assignment, Evaluator};
use crate::strategy::signals::{Span, evaluation_window_within, true_bars};

pub use benchmarks::{Benchmark, Exposure};

pub(crate) use columns::{Columns, reach};

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
    /// The risk-free rate of each bar, where a series tells it.
    risk_free: Option<Vec<f64>>,
}

impl<'a> Setup<'a> {
    /// Prepares a strategy for running.
    ///
    /// # Errors
    /// Where no bars are left to run on, or the traded market lacks prices the orders need.
    pub fn new(strategy: &'a Strategy, panel: &'a Panel, capital: f64) -> Result<Self> {
        Self::within(strategy, panel, capital, None)
    }

    /// As [`Setup::new`], on the days that a strategy's symbols have in common.
    ///
    /// # Errors
    /// As [`Setup::new`].
    pub fn within(
        strategy: &'a Strategy,
        panel: &'a Panel,
        capital: f64,
        span: Option<Span>,
    ) -> Result<Self> {
        let window = evaluation_window_within(strategy, panel, span)?;
        Self::over(strategy, panel, window, capital)
    }

    /// The same on given bars of the clock, which are not empty.
    ///
    /// # Errors
    /// Where the traded market lacks prices the orders need.
    pub(crate) fn over(
        strategy: &'a Strategy,
        panel: &'a Panel,
        window: Range<usize>,
        capital: f64,
    ) -> Result<Self> {
        check::prices(strategy, panel)?;
        let mut setup = Self { strategy, panel, window, capital, benchmark: Vec::new(), risk_free: None };
        check::window(&setup)?;
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
        if strategy.plan.basket.is_some() {
            setup.benchmark = setup.equal_parts(&strategy.traded_markets());
        }
        if let Some(series) = strategy.risk_free_series {
            let annual = columns::series_rates(&setup, series)?;
            let year = setup.periods_per_year();
            let per_bar = annual.into_iter().map(|rate| metrics::per_bar_rate(rate, year));
            setup.risk_free = Some(per_bar.collect());
        }
        Ok(setup)
    }

    /// Whether a trade is one long position of a fixed share of equity, with costs in proportion to its money and
    /// plain exits: it may be worked from `prices` and `orders` alone. Whatever is not simple needs
    /// [`Setup::ledger`], [`Setup::book`] or, where it is in proportion to the money, a
    /// [`Course`](simulator::Course).
    pub fn is_simple(&self) -> bool {
        self.strategy.each.is_none() && self.strategy.plan.is_simple()
    }

    /// The ledger of one combination on the reference simulator, given what its rules say at the close of each
    /// bar of the window. It is added up again before it is given out.
    ///
    /// # Errors
    /// Where a series lacks a column an order needs, or the ledger does not add up, which would be a bug.
    pub fn ledger(&self, values: &Assignment, entry: &[bool], exit: Option<&[bool]>) -> Result<Ledger> {
        let columns = Columns::new(self, values)?;
        let terms = columns.terms(self);
        let ledger = simulator::simulate_on(&terms, entry, exit, &self.orders(values), self.capital);
        match simulator::reconcile(&terms, &ledger, self.capital) {
            Ok(()) => Ok(ledger),
            Err(mismatch) => Err(self.does_not_add_up(&mismatch)),
        }
    }

    /// The trades, executions and costs of [`Setup::ledger`], to the last bit, without the columns.
    ///
    /// # Errors
    /// Where a series lacks a column an order needs.
    pub fn book(&self, values: &Assignment, entry: &[bool], exit: Option<&[bool]>) -> Result<Ledger> {
        let columns = Columns::new(self, values)?;
        Ok(simulator::book_on(&columns.terms(self), entry, exit, &self.orders(values), self.capital))
    }

    /// The same beside another benchmark: its return over each bar of the window.
    #[must_use]
    pub(crate) fn beside(self, benchmark: Vec<f64>) -> Self {
        Self { benchmark, ..self }
    }

    pub(crate) fn does_not_add_up(&self, mismatch: &simulator::Mismatch) -> Failure {
        let place = match mismatch.bar {
            Some(bar) => format!("at the close of {}", self.panel.label(self.window.start + bar)),
            None => "over all bars".to_owned(),
        };
        if !(mismatch.told.is_finite() && mismatch.summed.is_finite()) {
            return Diagnostic::new(format!("the account is more than a number can hold {place}"))
                .detail("the prices it is traded at move further than those of any market")
                .hint("look at the prices around that day, and correct the file they are from")
                .into();
        }
        let failure = Failure::from(
            Diagnostic::new(format!("the ledger does not add up: {} {place}", mismatch.what))
                .detail(format!("it says {}, its fills come to {}", mismatch.told, mismatch.summed))
                .detail("this is a bug of catchup; no result can be trusted, so none is written")
                .hint("please report it with the strategy and the data"),
        );
        failure.with_exit(Exit::Failed)
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

    /// The market of a leg, by its number in a ledger's executions.
    pub fn leg_series(&self, market: usize) -> &'a Series {
        let plan = &self.strategy.plan;
        let hedge = plan.hedge.iter().map(|hedge| hedge.market);
        let mut others = hedge.chain(plan.basket.iter().flat_map(|basket| basket.others.iter().copied()));
        let other = market.checked_sub(1).and_then(|place| others.nth(place));
        other.map_or(self.panel.clock_series(), |member| &self.panel.members()[member])
    }

    /// The leader, by its number in the panel: the market of the hedge, else the first that is neither traded nor
    /// a rate.
    pub fn leader(&self) -> Option<usize> {
        let (rates, traded) = (self.strategy.rate_markets(), self.strategy.traded_markets());
        let hedge = self.strategy.plan.hedge.as_ref().map(|hedge| hedge.market);
        let mut others = (0..self.panel.members().len())
            .filter(|member| !traded.contains(member) && !rates.contains(member));
        hedge.or_else(|| others.next())
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
    pub fn benchmark_returns(&self) -> &[f64] {
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
        let held = vec![share.abs() > 0.0; equity.len()];
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
        let optional = |setting: &Option<Setting>| setting.as_ref().and_then(number);
        let bars = |setting: Option<&Setting>| setting.and_then(|setting| setting.value(values).bars());
        let plan = &strategy.plan;
        let (more, fees, limits) = (&plan.exits, &plan.fees, &plan.limits);
        let parts_out = more
            .partials
            .iter()
            .filter_map(|partial| Some(Partial { at: number(&partial.at)?, part: number(&partial.part)? }));
        let parts_out: Vec<Partial> = parts_out.collect();
        Orders {
            fill: match strategy.fill {
                FillPrice::Open => Fill::Open,
                FillPrice::Close => Fill::Close,
            },
            exits: Exits {
                after: bars(strategy.exits.after.as_ref()),
                stop: barrier(&strategy.exits.stop),
                target: barrier(&strategy.exits.target),
                trail: barrier(&strategy.exits.trail),
                stop_by_volatility: more.stop_by.is_some(),
                break_even: optional(&more.break_even),
                gap: barrier(&more.gap),
                partials: Partials::of(&parts_out),
            },
            costs: Costs {
                commission: number(&strategy.costs.commission).unwrap_or(0.0),
                slippage: number(&strategy.costs.slippage).unwrap_or(0.0),
                per_unit: optional(&fees.per_unit).unwrap_or(0.0),
                least: optional(&fees.least).unwrap_or(0.0),
                impact: optional(&fees.impact).unwrap_or(0.0),
            },
            size: strategy.size,
            side: match plan.direction {
                Direction::Long => Side::Long,
                Direction::Short => Side::Short,
            },
            sizing: if plan.basket.is_some() { Sizing::Told } else { sizing(&plan.sizing, values) },
            limits: Limits {
                leverage: optional(&limits.leverage).unwrap_or(1.0),
                lot: optional(&limits.lot).unwrap_or(0.0),
                notional: optional(&limits.minimum).unwrap_or(0.0),
                maintenance: optional(&limits.maintenance).unwrap_or(0.0),
            },
            limit: plan.limit.as_ref().and_then(|limit| {
                Some(LimitOrder { fraction: number(&limit.distance)?, bars: bars(Some(&limit.valid))? })
            }),
            scale: scale::of(&plan.scale, values),
            again: Again {
                cooldown: bars(plan.again.cooldown.as_ref()).unwrap_or(0),
                fresh: plan.again.fresh,
            },
        }
    }

    /// Every metric of a ledger, in the order of the registry.
    pub fn measure(&self, ledger: &Ledger, scratch: &mut Scratch) -> Vec<Value> {
        let held: Vec<bool> = ledger.position.iter().map(|units| units.abs() > 0.0).collect();
        let closed = ledger.trades.iter().filter(|trade| !trade.open);
        let trades: Vec<TradeResult> =
            closed.map(|trade| TradeResult { pnl: trade.pnl, net_return: trade.net_return }).collect();
        let notional = ledger.executions.iter().map(|fill| (fill.units * fill.price).abs()).sum();
        let track = self.track(&ledger.equity, &held, &trades, notional);
        metrics::values(&Sums::of(&Track { returns: &ledger.returns, ..track }, scratch)).collect()
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
            returns: &[],
            opens_at: self.opens_at(),
            known_at: self.known_at(),
            held,
            benchmark: &self.benchmark,
            risk_free: match &self.risk_free {
                Some(rates) => RiskFree::PerBar(rates),
                None => RiskFree::Annual(self.strategy.risk_free),
            },
            trades,
            traded: notional,
        }
    }
}

fn sizing(sizing: &file::Sizing, values: &Assignment) -> Sizing {
    let number = |setting: &Setting| setting.value(values).number().unwrap_or(0.0);
    match sizing {
        file::Sizing::Fraction => Sizing::Fraction,
        file::Sizing::Amount(money) => Sizing::Amount(number(money)),
        file::Sizing::Volatility { .. } => Sizing::Told,
        file::Sizing::Risk(risk) => Sizing::Risk(number(risk)),
        file::Sizing::Kelly { share, after } => {
            // `none` asks for no more than the first.
            let trades = after.value(values).bars().unwrap_or(1);
            Sizing::Kelly { share: number(share), trades }
        }
    }
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
    let (entry, exit) = rules(setup, values)?;
    let ledger = setup.ledger(values, &entry, exit.as_deref())?;
    let metrics = setup.measure(&ledger, &mut Scratch::default());
    let signals = entry.iter().enumerate().filter(|(_, signal)| **signal);
    let signals = signals.map(|(bar, _)| setup.window.start + bar).collect();
    Ok(Run { values: values.clone(), signals, ledger, metrics })
}

/// The account under one combination: [`run`] without its metrics.
///
/// # Errors
/// As [`run`].
pub fn ledger(setup: &Setup<'_>, values: &Assignment) -> Result<Ledger> {
    let (entry, exit) = rules(setup, values)?;
    setup.ledger(values, &entry, exit.as_deref())
}

/// What the entry and the exit rule say at the close of each bar of the window.
///
/// # Errors
/// Where a series lacks a column the rule needs.
pub(crate) fn rules(setup: &Setup<'_>, values: &Assignment) -> Result<(Vec<bool>, Option<Vec<bool>>)> {
    let mut evaluator = Evaluator::new(&setup.strategy.graph, setup.panel);
    let entry = true_bars(&mut evaluator, setup.strategy.entry.node, values, &setup.window)?;
    let exit = match &setup.strategy.exits.rule {
        Some(rule) => Some(true_bars(&mut evaluator, rule.node, values, &setup.window)?),
        None => None,
    };
    Ok((entry, exit))
}
