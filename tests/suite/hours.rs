//! Stops, sizes, weights and slippage by volatility on bars shorter than a day: days are sessions, a year has as many
//! bars as the market had.
use crate::common::{Folder, json_file, table};

const QUARTER: i64 = 6 * 3600 * 1000;
/// 2024-01-01 00:00 UTC in milliseconds.
const START: i64 = 1_704_067_200_000;
const BARS: usize = 4 * 60;

#[track_caller]
fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9 * expected.abs().max(1.0), "{value} instead of {expected}");
}

/// Closes of four bars a day, each day as restless as its number in the week.
fn closes(seed: u64) -> Vec<f64> {
    let (mut state, mut price) = (seed, 100.0);
    let step = |bar: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let draw = (state >> 33) as f64 / (1_u64 << 31) as f64 - 0.5;
        price *= 1.0 + draw * 0.01 * (1.0 + (bar / 4 % 7) as f64);
        price
    };
    (0..BARS).map(step).collect()
}

/// A store with two made-up coins in bars of six hours.
fn coins() -> Folder {
    let folder = Folder::new();
    for (symbol, seed) in [("AAAUSDT", 1), ("BBBUSDT", 2)] {
        let mut text = "open_time,open,high,low,close,volume,close_time\n".to_owned();
        let mut before = 100.0;
        for (bar, close) in closes(seed).into_iter().enumerate() {
            let at = START + bar as i64 * QUARTER;
            let (high, low) = (f64::max(before, close) * 1.001, f64::min(before, close) * 0.999);
            text += &format!("{at},{before},{high},{low},{close},1000,{}\n", at + QUARTER - 1);
            before = close;
        }
        folder.write(&format!("{symbol}_6h.csv"), text);
    }
    folder.case().args(["data", "import", "AAAUSDT_6h.csv", "BBBUSDT_6h.csv"]).ok();
    folder
}

/// The volatility per bar at a bar by hand: the changes of the bars of the last five UTC days, the running one included.
fn volatility(closes: &[f64], bar: usize) -> f64 {
    let first = bar / 4 * 4 - 16;
    let changes: Vec<f64> = (first..=bar).map(|t| closes[t] / closes[t - 1] - 1.0).collect();
    let mean = changes.iter().sum::<f64>() / changes.len() as f64;
    let squares: f64 = changes.iter().map(|change| (change - mean).powi(2)).sum();
    (squares / (changes.len() - 1) as f64).sqrt()
}

/// A trade as the tables tell it, with the bar of its signal.
struct Told {
    signal: usize,
    entry: usize,
    entry_price: f64,
    exit_price: f64,
    units: f64,
    reason: String,
}

/// Runs a strategy with these lines in its tables and gives its trades.
fn run(entry: &str, exit: &str, size: &str, slippage: &str) -> (Folder, Vec<Told>) {
    let folder = coins();
    let text = format!(
        "[markets]\none = \"AAAUSDT\"\ntwo = \"BBBUSDT\"\n[entry]\n{entry}\n[exit]\n{exit}\n[size]\n{size}\n\
         [costs]\ncommission = \"none\"\nslippage = {slippage}\n"
    );
    folder.write("s.toml", text);
    folder.case().args(["run", "s.toml", "--no-report", "--quiet", "--out", "out"]).ok();
    let bar = |text: &str| {
        let at = text.parse::<jiff::Timestamp>().unwrap_or_else(|error| panic!("{text}: {error}"));
        usize::try_from((at.as_millisecond() - START) / QUARTER).unwrap()
    };
    let rows = table(&folder.read("out/trades.csv"));
    let told = rows.iter().map(|row| {
        let number = |column: &str| row[column].parse::<f64>().unwrap();
        Told {
            // A signal is told by the end of its bar, an entry by its first instant.
            signal: bar(&row["signal_at"]) - 1,
            entry: bar(&row["entry_time"]),
            entry_price: number("entry_price"),
            exit_price: number("exit_price"),
            units: number("units"),
            reason: row["exit_reason"].clone(),
        }
    });
    let told: Vec<Told> = told.collect();
    assert!(told.len() > 3, "{} trades", told.len());
    assert!(told.iter().all(|trade| trade.entry == trade.signal + 1));
    (folder, told)
}

const RISE: &str = "long = \"one\"\nwhen = \"one has risen at least 1% in the last 2 bars\"";

#[test]
fn a_stop_by_volatility_counts_sessions() {
    let (_folder, trades) = run(RISE, "stop = \"1 x 5-day volatility\"", "", "\"none\"");
    let closes = closes(1);
    let mut hit = 0;
    for trade in trades.iter().filter(|trade| trade.reason == "stop") {
        let level = trade.entry_price * (1.0 - volatility(&closes, trade.signal));
        // At its level, or at an open beyond it.
        assert!(trade.exit_price <= level * (1.0 + 1e-9), "{} {level}", trade.exit_price);
        hit += usize::from((trade.exit_price - level).abs() < 1e-9 * level);
    }
    assert!(hit > 3, "{hit} stops at their levels");
}

#[test]
fn a_size_by_volatility_is_annualised_by_the_bars_of_the_market() {
    let (folder, trades) =
        run(RISE, "after = \"6 bars\"", "volatility = \"20% by 5-day volatility\"", "\"none\"");
    let (closes, mut equity) = (closes(1), 1.0);
    for trade in trades {
        // Four bars a day: 1,461 a year of 365.25 days.
        let share = 0.2 / (volatility(&closes, trade.signal) * 1461_f64.sqrt());
        assert!(share < 1.0, "{share}");
        near(trade.units, equity * share / trade.entry_price);
        equity += trade.units * (trade.exit_price - trade.entry_price);
    }
    near(
        json_file(&folder.join("out/summary.json"))["metrics"]["total_return"].as_f64().unwrap(),
        equity - 1.0,
    );
}

#[test]
fn slippage_by_volatility_counts_sessions() {
    let slippage = "{ fixed = \"1 bps\", volatility = \"50% of 5-day volatility\" }";
    let (_folder, trades) = run(RISE, "after = \"6 bars\"", "", slippage);
    let closes = closes(1);
    for trade in trades {
        let slip = 0.0001 + 0.5 * volatility(&closes, trade.signal);
        near(trade.entry_price, closes[trade.signal] * (1.0 + slip));
    }
}

#[test]
fn weights_by_volatility_count_sessions() {
    let entry = "long = [\"one\", \"two\"]\nas = \"basket\"\nweights = \"5-day volatility\"\n\
                 when = \"laggard is above its 3-bar low\"";
    let (folder, trades) = run(entry, "after = \"6 bars\"", "", "\"none\"");
    let (first, second) = (closes(1), closes(2));
    let fills = table(&folder.read("out/fills.csv"));
    for (trade, pair) in trades.iter().zip(fills.chunks(4)) {
        let bought = |k: usize| {
            let number = |column: &str| pair[k][column].parse::<f64>().unwrap();
            number("units") * number("price")
        };
        let inverse = [1.0 / volatility(&first, trade.signal), 1.0 / volatility(&second, trade.signal)];
        near(bought(0) / (bought(0) + bought(1)), inverse[0] / (inverse[0] + inverse[1]));
    }
}

#[test]
fn a_beta_of_a_hedge_counts_days_or_bars() {
    let folder = coins();
    let hedged = |beta: &str| {
        let rule = format!(
            "long AAAUSDT when AAAUSDT has risen at least 1% in the last 2 bars, hedged with BBBUSDT by its {beta}, \
             exit after 6 bars, commission none, slippage none, borrow none"
        );
        folder.case().args(["run", &rule, "--no-report", "--out", "out"]).ok();
        folder.read("out/fills.csv")
    };
    let (days, bars) = (hedged("5-day beta"), hedged("20-bar beta"));
    assert!([&days, &bars].iter().all(|fills| fills.contains("BBBUSDT")), "{days}{bars}");
    assert_ne!(days, bars);
}
