//! The same numbers from other programs: `tests/oracles/` says which, and how they were made.
#![allow(clippy::unwrap_used)]

use serde_json::Value as Json;

use super::*;

const METRICS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracles/metrics_oracle.json"));
const TRADES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracles/trades_oracle.json"));
const MICROS_PER_DAY: f64 = 86_400e6;

/// Instants at even steps such that a year holds `periods` bars: of `bars` bars, after the first one's
/// opening at 0.
fn evenly(bars: usize, periods: f64) -> Vec<i64> {
    let step = 365.25 * MICROS_PER_DAY / periods;
    #[allow(clippy::cast_possible_truncation)]
    (1..=bars).map(|bar| (bar as f64 * step).round() as i64).collect()
}

fn numbers(json: &Json) -> Vec<f64> {
    json.as_array().map(|all| all.iter().map(|value| value.as_f64().unwrap()).collect()).unwrap_or_default()
}

/// Fails where `found` is not `expected` within the relative tolerance; `null` is undefined.
fn check(place: &str, found: Value, expected: &Json, tolerance: f64) {
    match (found, expected.as_f64()) {
        (Ok(found), Some(expected)) => {
            let allowed =
                tolerance * expected.abs() + if expected.abs() < f64::MIN_POSITIVE { 1e-15 } else { 0.0 };
            assert!((found - expected).abs() <= allowed, "{place}: {found} instead of {expected}");
        }
        (Err(_), None) => assert!(expected.is_null(), "{place}: no field of that name"),
        (found, _) => panic!("{place}: {found:?} instead of {expected}"),
    }
}

fn of(name: &str, values: &[Value]) -> Value {
    values[index_of(name).unwrap()]
}

/// The sums of one case of returns: equity compounds them, and a position counts as held where one is not 0.
fn sums_of_returns(case: &Json) -> Sums {
    let returns = numbers(&case["returns"]);
    let equity: Vec<f64> = returns
        .iter()
        .scan(1.0, |equity, earned| {
            *equity *= 1.0 + earned;
            Some(*equity)
        })
        .collect();
    let known_at = evenly(returns.len(), case["periods_per_year"].as_f64().unwrap());
    let held: Vec<bool> = returns.iter().map(|earned| earned.abs() > 0.0).collect();
    let track = Track {
        capital: 1.0,
        equity: &equity,
        returns: &[],
        opens_at: 0,
        known_at: &known_at,
        held: &held,
        benchmark: &numbers(&case["benchmark"]),
        risk_free: RiskFree::Annual(case["rf_annual"].as_f64().unwrap()),
        trades: &[],
        traded: 0.0,
    };
    Sums::of(&track, &mut Scratch::default())
}

#[test]
fn metrics_of_returns() {
    let oracle: Json = serde_json::from_str(METRICS).unwrap();
    let tolerance = oracle["meta"]["tolerance_rel"].as_f64().unwrap();
    let same_name = [
        "total_return",
        "cagr",
        "volatility",
        "sharpe",
        "sortino",
        "max_drawdown",
        "calmar",
        "omega",
        "var_95",
    ];
    let other_name = [
        ("ulcer", "ulcer_index"),
        ("kurtosis", "kurtosis_raw"),
        ("cvar_95", "cvar_95"),
        ("tail_ratio", "tail_ratio"),
        ("skew", "skew"),
        ("time_in_market", "nonzero_bar_share"),
    ];
    let against_benchmark =
        [("beta", "beta"), ("alpha", "alpha_annual_arithmetic"), ("information_ratio", "information_ratio")];
    let cases = oracle["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 13);
    for case in cases {
        let adopted = &case["adopted"];
        let periods = case["periods_per_year"].as_f64().unwrap();
        let place = |name: &str| format!("{} at {}: {name}", case["name"], case["rf_annual"]);
        let sums = sums_of_returns(case);
        let found: Vec<Value> = values(&sums).collect();
        for (ours, theirs) in same_name.map(|name| (name, name)).into_iter().chain(other_name) {
            check(&place(ours), of(ours, &found), &adopted[theirs], tolerance);
        }
        for (ours, theirs) in against_benchmark {
            match adopted.get(theirs) {
                Some(expected) => check(&place(ours), of(ours, &found), expected, tolerance),
                None => assert_eq!(of(ours, &found), missing_benchmark(&sums), "{}", place(ours)),
            }
        }
        let bars = of("max_drawdown_days", &found).map(|days| days / 365.25 * periods);
        check(&place("drawdown's bars"), bars, &adopted["max_drawdown_duration_bars"], 1e-6);
        assert_eq!(
            Some(sums.drawdown.open),
            adopted["max_drawdown_open_at_end"].as_bool(),
            "{}",
            place("open")
        );
        let downside = (sums.excess.downside / sums.bars as f64 * sums.periods_per_year().unwrap()).sqrt();
        check(&place("downside deviation"), Ok(downside), &adopted["downside_deviation"], tolerance);
    }
}

fn missing_benchmark(sums: &Sums) -> Value {
    Err(if sums.bars < 2 { Undefined::NeedsBars { needs: 2, has: 1 } } else { Undefined::NoBenchmark })
}

/// The named trap of each degenerate case, so that a change of the file cannot hide it.
#[test]
fn traps_of_returns() {
    let oracle: Json = serde_json::from_str(METRICS).unwrap();
    let case = |name: &str| {
        let cases = oracle["cases"].as_array().unwrap();
        let sums = sums_of_returns(cases.iter().find(|case| case["name"] == name).unwrap());
        values(&sums).collect::<Vec<_>>()
    };
    let idle = case("all_zero");
    for ratio in ["sharpe", "skew", "kurtosis"] {
        assert_eq!(of(ratio, &idle), Err(Undefined::FlatReturns), "{ratio}");
    }
    for ratio in ["sortino", "omega"] {
        assert_eq!(of(ratio, &idle), Err(Undefined::NoLosingBar), "{ratio}");
    }
    assert_eq!(of("calmar", &idle), Err(Undefined::NoDrawdown));
    assert_eq!(of("tail_ratio", &idle), Err(Undefined::NoTail));
    assert_eq!(of("sharpe", &case("constant_gain")), Err(Undefined::FlatReturns));
    assert_eq!(of("volatility", &case("constant_gain")), Ok(0.0));
    assert!((of("max_drawdown", &case("first_bar_loss")).unwrap() + 0.2).abs() < 1e-15);
    assert!((of("cvar_95", &case("one_trade")).unwrap() + 0.003_960_075).abs() < 1e-9);
    assert_eq!(of("cagr", &case("wipe_out")), Ok(-1.0));
    assert_eq!(of("sharpe", &case("single_point")), Err(Undefined::NeedsBars { needs: 2, has: 1 }));
    assert_eq!(of("skew", &case("two_points")), Err(Undefined::NeedsBars { needs: 3, has: 2 }));
}

/// One trade of the oracle, without fees.
fn result_of(trade: &Json) -> (TradeResult, f64) {
    let [size, entry, exit] =
        ["size", "entry_price", "exit_price"].map(|field| trade[field].as_f64().unwrap());
    let pnl = size * (exit - entry);
    (TradeResult { pnl, net_return: pnl / (size.abs() * entry) }, size.abs() * (entry + exit))
}

#[test]
fn metrics_of_trades() {
    let oracle: Json = serde_json::from_str(TRADES).unwrap();
    let tolerance = oracle["meta"]["tolerance_rel"].as_f64().unwrap();
    let cases = oracle["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 4);
    for case in cases {
        let adopted = &case["adopted"];
        let equity = numbers(&case["equity"]);
        let results: Vec<_> = case["trades"].as_array().unwrap().iter().map(result_of).collect();
        let trades: Vec<TradeResult> = results.iter().map(|(trade, _)| *trade).collect();
        // The oracle counts intervals between bars: a first bar of no length, then one bar a day of 365 a
        // year.
        let mut known_at = evenly(equity.len() - 1, 365.0);
        known_at.insert(0, 0);
        let mut held = vec![false; equity.len()];
        for trade in case["trades"].as_array().unwrap() {
            let [entry, exit] = ["entry_bar", "exit_bar"].map(|field| trade[field].as_u64().unwrap());
            held[usize::try_from(entry).unwrap()..usize::try_from(exit).unwrap()].fill(true);
        }
        let track = Track {
            capital: case["initial_cash"].as_f64().unwrap(),
            equity: &equity,
            returns: &[],
            opens_at: 0,
            known_at: &known_at,
            held: &held,
            benchmark: &[],
            risk_free: RiskFree::Annual(0.0),
            trades: &trades,
            traded: results.iter().map(|(_, notional)| notional).sum(),
        };
        let found = compute(&track);
        for (ours, theirs) in [
            ("trades", "n_trades"),
            ("win_rate", "win_rate"),
            ("profit_factor", "profit_factor_pnl"),
            ("payoff", "payoff_ratio_pnl"),
            ("expectancy", "expectancy_return"),
            ("sqn", "sqn"),
            ("kelly", "kelly_trades"),
            ("turnover", "turnover_annual_365"),
        ] {
            check(&format!("{}: {ours}", case["name"]), of(ours, &found), &adopted[theirs], tolerance);
        }
        let intervals = of("time_in_market", &found).map(|share| share * equity.len() as f64);
        let exposure = intervals.map(|held| held / (equity.len() - 1) as f64);
        check(&format!("{}: exposure", case["name"]), exposure, &adopted["exposure_bars"], tolerance);
    }
}
