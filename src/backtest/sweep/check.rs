//! The fast way and the reference side by side.

use crate::backtest::metrics::{self, Value};
use crate::backtest::simulator::{Execution, SMALL, Trade};
use crate::backtest::single::{self, Run, Setup};
use crate::base::diagnostic::Result;

use super::blocks::{Engine, of_ledger};
use super::courses::Told;
use super::selection::Selection;

/// How far apart two numbers may be, relative to what they are sums of.
const TOLERANCE: f64 = 1e-12;

/// What is different between sweep and reference under one combination.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The combination.
    pub combination: u64,
    /// What differs: `trades`, or a metric with both values.
    pub what: String,
}

/// What a sweep finds otherwise than the reference under one combination.
pub(super) fn differences_of(setup: &Setup<'_>, engine: &Engine<'_>, number: u64) -> Result<Vec<Difference>> {
    let values = setup.strategy.combination(number);
    let run = single::run(setup, &values)?;
    let alone = Selection::Range(number..number + 1);
    let block = engine.block(&alone)?;
    let mut found = Vec::new();
    let mut tell = |what: String| found.push(Difference { combination: number, what });
    // Where the reference was asked, its own trades were counted.
    let walked = engine.trades_of(&alone)?[0] == block.outcomes[0].fingerprint;
    match engine.courses_of(number).filter(|_| walked) {
        Some(courses) => trades_apart(&courses, &run).into_iter().for_each(&mut tell),
        None if block.outcomes[0].fingerprint != of_ledger(setup, &values, &run.ledger) => {
            tell("trades".into());
        }
        None => {}
    }
    let terms = Terms::of(setup, &run);
    for ((metric, own), reference) in metrics::registry().iter().zip(&block.metrics).zip(&run.metrics) {
        if !agree(*own, *reference, terms.behind(metric.name)) {
            tell(format!("{}: {} here, {} on the reference", metric.name, told(*own), told(*reference)));
        }
    }
    Ok(found)
}

/// The first of the courses that is not the trade of the reference: bars and fills to the bit, money in units of what
/// the account was worth at the decision. A mean over fills may be rounded otherwise.
fn trades_apart(courses: &[Told], run: &Run) -> Option<String> {
    let trades = &run.ledger.trades;
    if courses.len() != trades.len() {
        return Some(format!("trades: {} here, {} on the reference", courses.len(), trades.len()));
    }
    let apart = courses.iter().zip(trades).enumerate().find_map(|(number, (own, its))| {
        let what = differs(own, its, run.ledger.equity[its.signal])?;
        Some((number, what))
    });
    apart.map(|(number, what)| format!("trades: the {what} of trade {number}"))
}

/// What is different between a course and a trade of an account that was worth so much `money` at its decision.
fn differs(own: &Told, its: &Trade, money: f64) -> Option<&'static str> {
    let near = |own: f64, its: f64, scale: f64| (own - its).abs() <= TOLERANCE * scale;
    let deal = &own.deal;
    let price = |own: f64, its: f64| own.total_cmp(&its).is_eq() || near(own, its, its.abs());
    let turned = own.traded * money;
    let same = [
        ("entry", deal.entry as usize == its.entry),
        ("exit", (deal.exit as usize, deal.open) == (its.exit, its.open)),
        ("entry price", deal.entry_price.total_cmp(&its.entry_price).is_eq()),
        ("exit price", price(deal.exit_price, its.exit_price)),
        ("profit", near(deal.profit * money, its.pnl, money + turned + its.pnl.abs())),
        ("net return", its.open || near(own.net_return, its.net_return, 1.0 + turned / stake(its))),
    ];
    same.into_iter().find(|(_, same)| !same).map(|(what, _)| what)
}

/// The money in the first leg of a trade.
fn stake(trade: &Trade) -> f64 {
    trade.units * trade.entry_price
}

fn told(value: Value) -> String {
    match value {
        Ok(number) => number.to_string(),
        Err(reason) => reason.to_string(),
    }
}

fn agree(own: Value, reference: Value, scale: f64) -> bool {
    match (own, reference) {
        (Ok(own), Ok(reference)) => {
            (own - reference).abs() <= TOLERANCE * scale.max(reference.abs())
                || own.total_cmp(&reference).is_eq()
        }
        (own, reference) => own == reference,
    }
}

/// The sums of absolute terms behind each metric of a run on the reference.
struct Terms {
    n: f64,
    /// What a return that equity tells is rounded by, over the tolerance.
    noise: f64,
    periods: f64,
    /// What a relative error of growth is multiplied by in growth per year.
    per_year: f64,
    cagr: f64,
    /// Of absolute returns, of squares, and of those of return and benchmark together.
    sizes: f64,
    squares: f64,
    both: f64,
    both_squares: f64,
    /// The spread of the returns and of the difference to the benchmark.
    deviation: f64,
    active_deviation: f64,
    market_squares: f64,
    downside: f64,
    losses: f64,
    drawdown: f64,
    trades: f64,
    /// Money paid and got in closed trades, of which profits are the differences, gains and losses.
    turned: f64,
    /// The same over the money in the first leg, added up over the closed trades.
    turned_over: f64,
    gained: f64,
    lost: f64,
    pnl_deviation: f64,
    fourth: f64,
    growth: f64,
}

impl Terms {
    fn of(setup: &Setup<'_>, run: &Run) -> Self {
        let mut returns = Vec::new();
        if run.ledger.returns.is_empty() {
            metrics::bar_returns(setup.capital, &run.ledger.equity, &mut returns);
        } else {
            returns.extend_from_slice(&run.ledger.returns);
        }
        let market = setup.benchmark_returns();
        let n = returns.len() as f64;
        let total = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
            returns.iter().zip(market).map(|(own, its)| of(*own, *its)).sum()
        };
        let rate = metrics::per_bar_rate(setup.strategy.risk_free, setup.periods_per_year());
        let deviation = |mean: f64, of: &dyn Fn(f64, f64) -> f64| {
            (total(&|a, b| (of(a, b) - mean) * (of(a, b) - mean)) / (n - 1.0)).sqrt()
        };
        let money = |trade: &Trade| trade.units * (trade.entry_price + trade.exit_price) + trade.commission;
        let turned = run.ledger.trades.iter().map(money).sum::<f64>() / setup.capital;
        let closed_trades = run.ledger.trades.iter().filter(|trade| !trade.open);
        let turned_over = closed_trades.clone().map(|trade| money(trade) / stake(trade)).sum();
        let closed: Vec<f64> = closed_trades.map(|trade| trade.pnl / setup.capital).collect();
        let mean_pnl = closed.iter().sum::<f64>() / closed.len().max(1) as f64;
        let pnl_squares: f64 = closed.iter().map(|pnl| (pnl - mean_pnl) * (pnl - mean_pnl)).sum();
        let value =
            |name: &str| metrics::index_of(name).and_then(|index| run.metrics[index].ok()).unwrap_or(0.0);
        let fills = &run.ledger.executions;
        let is_large = |fill: &Execution| {
            (fill.units * fill.price).abs() >= SMALL * run.ledger.equity[fill.bar].min(setup.capital)
        };
        Self {
            n,
            noise: if fills.iter().any(is_large) { 4.0 * f64::EPSILON / TOLERANCE } else { 0.0 },
            periods: setup.periods_per_year().sqrt(),
            per_year: (1.0 / setup.years()).max(1.0),
            cagr: value("cagr"),
            sizes: total(&|own, _| own.abs()) + n * rate.abs(),
            squares: total(&|own, _| own * own),
            both: total(&|own, its| own.abs() + its.abs()),
            both_squares: total(&|own, its| (own.abs() + its.abs()) * (own.abs() + its.abs())),
            deviation: deviation(total(&|own, _| own) / n, &|own, _| own),
            active_deviation: deviation(total(&|own, its| own - its) / n, &|own, its| own - its),
            market_squares: total(&|_, its| its * its),
            downside: total(&|own, _| (own - rate).min(0.0).powi(2)),
            losses: total(&|own, _| (rate - own).max(0.0)),
            drawdown: value("max_drawdown").abs(),
            trades: closed.len().max(1) as f64,
            turned,
            turned_over,
            gained: closed.iter().map(|pnl| pnl.max(0.0)).sum(),
            lost: closed.iter().map(|pnl| (-pnl).max(0.0)).sum(),
            pnl_deviation: (pnl_squares / (closed.len().max(2) - 1) as f64).sqrt(),
            fourth: total(&|own, _| own.powi(4)),
            growth: run.ledger.equity.iter().fold(1.0, |most: f64, equity| most.max(equity / setup.capital)),
        }
    }

    /// The sum of the absolute terms behind a metric: what a relative error of each term can move it by.
    fn behind(&self, name: &str) -> f64 {
        let per_spread = |deviation: f64, sizes: f64, squares: f64| {
            let (mean, variance) = (sizes / self.n, deviation * deviation);
            let noise = self.noise / deviation * (1.0 + mean / deviation);
            (mean / deviation * (1.0 + squares / self.n / variance) + noise) * self.periods
        };
        let of_cagr = 4.0 + 2.0 * self.growth + 4.0 * (1.0 + self.cagr.abs()) * self.per_year;
        let of_gains = |ratio: f64| ratio * (1.0 + self.turned / self.gained + self.turned / self.lost);
        let scale = match name {
            "total_return" | "time_in_market" | "max_drawdown" | "max_drawdown_days" | "ulcer"
            | "turnover" => 4.0 + 2.0 * self.growth,
            "volatility" => {
                (self.deviation + self.squares / self.n / self.deviation + self.noise) * self.periods
            }
            "sharpe" => per_spread(self.deviation, self.sizes, self.squares),
            "sortino" => {
                per_spread((self.downside / self.n).sqrt(), self.sizes, self.downside + self.squares)
            }
            "cagr" => of_cagr,
            "calmar" => 4.0 * of_cagr / (self.drawdown * self.drawdown),
            "omega" => {
                let noise = self.n * self.noise;
                (self.sizes + noise) / self.losses * (1.0 + self.sizes / self.losses)
            }
            "var_95" | "cvar_95" | "win_rate" | "trades" | "wins" => 4.0,
            "skew" | "kurtosis" => {
                let variance = self.deviation * self.deviation;
                let size = 1.0
                    + self.fourth / self.n / (variance * variance)
                    + (self.squares / self.n / variance).powi(2);
                size * (1.0 + self.noise / self.deviation)
            }
            "tail_ratio" => f64::INFINITY,
            "alpha" | "beta" => {
                (1.0 + self.both_squares / self.market_squares)
                    * (1.0 + self.both / self.n * self.periods * self.periods)
            }
            "information_ratio" => per_spread(self.active_deviation, self.both, self.both_squares),
            "sqn" => {
                self.turned / self.pnl_deviation
                    * (1.0 + self.turned / self.pnl_deviation)
                    * self.trades.sqrt()
            }
            "expectancy" => 4.0 + self.turned_over / self.trades,
            "profit_factor" | "payoff" => of_gains(self.gained / self.lost) * self.trades,
            "kelly" => 1.0 + of_gains(self.lost / self.gained) * self.trades,
            _ => 4.0 + self.turned,
        };
        if scale.is_nan() { f64::INFINITY } else { scale }
    }
}
