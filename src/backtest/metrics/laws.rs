//! Laws that hold for any run, and the reasons of what is undefined.
#![allow(clippy::unwrap_used, clippy::float_cmp)]

use proptest::prelude::*;

use super::*;

const DAY: i64 = 86_400_000_000;

/// A run of made-up days, which a test changes to its needs.
#[derive(Debug, Clone)]
struct Run {
    capital: f64,
    equity: Vec<f64>,
    benchmark: Vec<f64>,
    annual: f64,
    trades: Vec<TradeResult>,
    traded: f64,
}

impl Run {
    /// A run that earned `returns`, with one unit of capital, no benchmark and no trades.
    fn earning(returns: &[f64]) -> Self {
        let mut equity = 1.0;
        let equity = returns
            .iter()
            .map(|earned| {
                equity *= 1.0 + earned;
                equity
            })
            .collect();
        Self { capital: 1.0, equity, benchmark: vec![], annual: 0.0, trades: vec![], traded: 0.0 }
    }

    fn compute(&self) -> Vec<Value> {
        let known_at: Vec<i64> = (1..).map(|day| day * DAY).take(self.equity.len()).collect();
        let held: Vec<bool> = (0..self.equity.len()).map(|bar| bar % 3 != 0).collect();
        compute(&Track {
            capital: self.capital,
            equity: &self.equity,
            returns: &[],
            opens_at: 0,
            known_at: &known_at,
            held: &held,
            benchmark: &self.benchmark,
            risk_free: RiskFree::Annual(self.annual),
            trades: &self.trades,
            traded: self.traded,
        })
    }

    fn metric(&self, name: &str) -> Value {
        self.compute()[index_of(name).unwrap()]
    }
}

fn runs() -> impl Strategy<Value = Run> {
    let bars = prop::collection::vec((-0.2..0.2_f64, -0.1..0.1_f64), 0..80);
    let trades = prop::collection::vec(
        (-0.3..0.3_f64).prop_map(|r| TradeResult { pnl: r * 1.5, net_return: r }),
        0..9,
    );
    (bars, trades, 0.0..0.1_f64, 0.0..50.0_f64).prop_map(|(bars, trades, annual, traded)| {
        let (own, benchmark): (Vec<f64>, Vec<f64>) = bars.into_iter().unzip();
        Run { benchmark, annual, trades, traded, ..Run::earning(&own) }
    })
}

proptest! {
    #[test]
    fn scaling_the_capital_changes_nothing(run in runs(), scale in 0.001..1e6_f64) {
        let scaled = Run {
            capital: run.capital * scale,
            equity: run.equity.iter().map(|equity| equity * scale).collect(),
            trades: run.trades.iter().map(|t| TradeResult { pnl: t.pnl * scale, ..*t }).collect(),
            traded: run.traded * scale,
            ..run.clone()
        };
        for ((metric, before), after) in registry().iter().zip(run.compute()).zip(scaled.compute()) {
            match (before, after) {
                (Ok(a), Ok(b)) => {
                    prop_assert!((a - b).abs() <= 1e-9 * (1.0 + a.abs()), "{}: {a} {b}", metric.name);
                }
                (a, b) => prop_assert_eq!(a, b, "{}", metric.name),
            }
        }
    }

    #[test]
    fn every_number_is_finite_and_in_its_range(run in runs()) {
        let values = run.compute();
        for value in values.iter().flatten() {
            prop_assert!(value.is_finite());
        }
        let within = |name: &str, low: f64, high: f64| {
            let value = values[index_of(name).unwrap()];
            value.map_or(true, |value| (low..=high).contains(&value))
        };
        prop_assert!(within("max_drawdown", -1.0, 0.0) && within("ulcer", 0.0, 1.0));
        prop_assert!(within("max_drawdown_days", 0.0, run.equity.len() as f64));
        prop_assert!(within("win_rate", 0.0, 1.0) && within("time_in_market", 0.0, 1.0));
        let worst = run.metric("cvar_95");
        prop_assert!(worst.is_err() || worst.unwrap() <= run.metric("var_95").unwrap() + 1e-15);
    }

    #[test]
    fn the_benchmark_itself_has_a_beta_of_one_and_no_alpha(
        returns in prop::collection::vec(-0.1..0.1_f64, 3..60),
        annual in 0.0..0.1_f64,
    ) {
        let run = Run { benchmark: returns.clone(), annual, ..Run::earning(&returns) };
        prop_assert!((run.metric("beta").unwrap() - 1.0).abs() < 1e-9);
        prop_assert!(run.metric("alpha").unwrap().abs() < 1e-9);
        prop_assert_eq!(run.metric("information_ratio"), Err(Undefined::FlatDifference));
    }

    #[test]
    fn the_order_of_bars_moves_no_metric_of_their_distribution(
        returns in prop::collection::vec(-0.1..0.1_f64, 4..60),
    ) {
        let mut reversed = returns.clone();
        reversed.reverse();
        let (forth, back) = (Run::earning(&returns), Run::earning(&reversed));
        let names = ["total_return", "volatility", "sharpe", "sortino", "omega", "var_95", "cvar_95", "skew"];
        for name in names {
            if let (Ok(a), Ok(b)) = (forth.metric(name), back.metric(name)) {
                prop_assert!((a - b).abs() <= 1e-9 * (1.0 + a.abs()), "{}: {} {}", name, a, b);
            }
        }
    }
}

#[test]
fn reasons_without_bars_and_trades() {
    let table: Vec<String> = registry()
        .iter()
        .zip(Run::earning(&[]).compute())
        .map(|(metric, value)| match value {
            Ok(value) => format!("{} = {value}", metric.name),
            Err(reason) => format!("{}: {reason}", metric.name),
        })
        .collect();
    insta::assert_snapshot!(table.join("\n"), @r"
    total_return: needs 1 bar, has 0
    cagr: needs 1 bar, has 0
    volatility: needs 2 bars, has 0
    sharpe: needs 2 bars, has 0
    sortino: needs 2 bars, has 0
    calmar: needs 1 bar, has 0
    omega: needs 1 bar, has 0
    max_drawdown: needs 1 bar, has 0
    max_drawdown_days: needs 1 bar, has 0
    ulcer: needs 1 bar, has 0
    var_95: needs 1 bar, has 0
    cvar_95: needs 1 bar, has 0
    skew: needs 3 bars, has 0
    kurtosis: needs 4 bars, has 0
    tail_ratio: needs 1 bar, has 0
    trades = 0
    wins = 0
    win_rate: needs 1 trade, has 0
    profit_factor: needs 1 trade, has 0
    payoff: needs 1 trade, has 0
    expectancy: needs 1 trade, has 0
    sqn: needs 2 trades, has 0
    kelly: needs 1 trade, has 0
    time_in_market: needs 1 bar, has 0
    turnover: needs 1 bar, has 0
    alpha: needs 2 bars, has 0
    beta: needs 2 bars, has 0
    information_ratio: needs 2 bars, has 0
    ");
}

#[test]
fn reasons_of_trades() {
    let with = |returns: &[f64]| Run {
        trades: returns.iter().map(|&r| TradeResult { pnl: r, net_return: r }).collect(),
        ..Run::earning(&[0.1, -0.1])
    };
    assert_eq!(with(&[0.1]).metric("sqn"), Err(Undefined::NeedsTrades { needs: 2, has: 1 }));
    assert_eq!(with(&[0.1, 0.1]).metric("sqn"), Err(Undefined::FlatTrades));
    let winners = with(&[0.1, 0.2]);
    for name in ["profit_factor", "payoff", "kelly"] {
        assert_eq!(winners.metric(name), Err(Undefined::NoLosingTrade), "{name}");
    }
    let losers = with(&[-0.1, -0.2]);
    assert_eq!(losers.metric("profit_factor"), Ok(0.0));
    assert_eq!(losers.metric("win_rate"), Ok(0.0));
    for name in ["payoff", "kelly"] {
        assert_eq!(losers.metric(name), Err(Undefined::NoWinningTrade), "{name}");
    }
    assert_eq!(with(&[0.5, -0.25]).metric("kelly"), Ok(0.5 - 0.5 / 2.0));
    assert_eq!(with(&[0.5, -0.25]).metric("expectancy"), Ok(0.125));
}

#[test]
fn reasons_of_the_benchmark() {
    let run = Run::earning(&[0.1, -0.1, 0.05]);
    assert_eq!(run.metric("beta"), Err(Undefined::NoBenchmark));
    let still = Run { benchmark: vec![0.0; 3], ..run.clone() };
    assert_eq!(still.metric("alpha"), Err(Undefined::FlatBenchmark));
    assert!(still.metric("information_ratio").is_ok());
    let idle = Run { benchmark: vec![0.1, -0.1, 0.05], ..Run::earning(&[0.0; 3]) };
    assert_eq!((idle.metric("beta"), idle.metric("alpha")), (Ok(0.0), Ok(0.0)));
}

#[test]
fn ruin_is_a_number() {
    let run = Run::earning(&[0.1, -1.0, 0.0]);
    assert_eq!((run.metric("cagr"), run.metric("total_return")), (Ok(-1.0), Ok(-1.0)));
    assert_eq!(run.metric("calmar"), Ok(-1.0));
    let in_debt = Run { equity: vec![-1.0, -1.0], ..run };
    assert_eq!((in_debt.metric("cagr"), in_debt.metric("total_return")), (Ok(-1.0), Ok(-2.0)));
    assert_eq!(in_debt.metric("turnover"), Err(Undefined::NoEquity));
}

#[test]
fn a_dated_risk_free_rate_is_taken_bar_by_bar() {
    let equity = [1.01, 1.0, 1.03];
    let known_at = [DAY, 2 * DAY, 3 * DAY];
    let sharpe = |risk_free| {
        let track = Track {
            capital: 1.0,
            equity: &equity,
            returns: &[],
            opens_at: 0,
            known_at: &known_at,
            held: &[true; 3],
            benchmark: &[],
            risk_free,
            trades: &[],
            traded: 0.0,
        };
        compute(&track)[index_of("sharpe").unwrap()].unwrap()
    };
    let constant = [per_bar_rate(0.03, 365.25); 3];
    assert!((sharpe(RiskFree::Annual(0.03)) - sharpe(RiskFree::PerBar(&constant))).abs() < 1e-9);
    assert!(sharpe(RiskFree::PerBar(&[0.0, 0.0, 0.01])) < sharpe(RiskFree::Annual(0.0)));
}

#[test]
fn a_window_without_time_has_nothing_per_year() {
    let track = Track {
        capital: 1.0,
        equity: &[1.1, 1.2],
        returns: &[],
        opens_at: 0,
        known_at: &[0, 0],
        held: &[true, true],
        benchmark: &[],
        risk_free: RiskFree::Annual(0.02),
        trades: &[],
        traded: 2.0,
    };
    let values = compute(&track);
    for name in ["cagr", "volatility", "turnover", "calmar"] {
        assert_eq!(values[index_of(name).unwrap()], Err(Undefined::NoTime), "{name}");
    }
    assert!((values[0].unwrap() - 0.2).abs() < 1e-12);
}

#[test]
#[should_panic(expected = "`held` has as many values as `equity`")]
fn columns_of_different_length_are_refused() {
    let track = Track {
        capital: 1.0,
        equity: &[1.1],
        returns: &[],
        opens_at: 0,
        known_at: &[DAY],
        held: &[],
        benchmark: &[],
        risk_free: RiskFree::Annual(0.0),
        trades: &[],
        traded: 0.0,
    };
    compute(&track);
}
