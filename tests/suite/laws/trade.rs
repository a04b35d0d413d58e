//! Shorts, hedges and what stands beside them, through the program.

use jiff::civil::{Date, Weekday, date};

use crate::common::{Folder, json_file, prices, table};

fn number(row: &std::collections::BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap()
}

#[track_caller]
fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{found} but {expected} by hand");
}

/// LEAD closes above the day before on January 2; LAG and LEAD move as told here.
fn markets() -> Folder {
    let folder = Folder::new();
    let days: Vec<String> = (1..=6).map(|n| format!("2020-01-{n:02}")).collect();
    let lead = [50.0, 51.0, 50.0, 48.0, 45.0, 40.0];
    let lag = [100.0, 100.0, 100.0, 110.0, 120.0, 130.0];
    let rows = |closes: [f64; 6]| -> Vec<(String, f64)> { days.iter().cloned().zip(closes).collect() };
    let text = |rows: &[(String, f64)]| {
        prices(
            &rows
                .iter()
                .map(|(day, price)| (day.as_str(), *price, *price, *price, *price))
                .collect::<Vec<_>>(),
        )
    };
    folder.write("LEAD.csv", text(&rows(lead)));
    folder.write("LAG.csv", text(&rows(lag)));
    folder.case().args(["data", "import", "LEAD.csv", "LAG.csv", "--session", "crypto"]).ok();
    folder
}

fn run(folder: &Folder, sentence: &str) {
    folder.case().args(["run", sentence, "--capital", "1000", "--no-report", "--out", "run"]).ok();
}

#[test]
fn a_hedged_trade_by_hand() {
    let folder = markets();
    run(
        &folder,
        "long LAG when LEAD hits a 2-day high, hedged with LEAD, exit after 2 days, commission none, \
         slippage none, borrow 36.525%",
    );
    // Decided on the 2nd. On the 3rd 10 LAG at 100 and 20 LEAD short at 50; on the 5th 10 x 20 and 20 x 5 earned.
    // Borrowing costs 0.1% a day of 1,000, then of 20 x 50: the day of the 4th is counted at the 3rd's close.
    let trades = table(&folder.read("run/trades.csv"));
    assert_eq!(trades.len(), 1);
    near(number(&trades[0], "financing"), 2.0);
    near(number(&trades[0], "pnl"), 200.0 + 100.0 - 2.0);
    near(number(&trades[0], "net_return"), 0.298);
    near(number(&trades[0], "gross_return"), 0.3);
    let fills = table(&folder.read("run/fills.csv"));
    let told: Vec<[&str; 6]> = fills
        .iter()
        .map(|row| ["leg", "market", "side", "time", "units", "quoted"].map(|column| row[column].as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ["1", "LAG", "buy", "2020-01-03T00:00:00Z", "10", "100"],
            ["2", "LEAD", "sell", "2020-01-03T00:00:00Z", "20", "50"],
            ["1", "LAG", "sell", "2020-01-05T00:00:00Z", "10", "120"],
            ["2", "LEAD", "buy", "2020-01-05T00:00:00Z", "20", "45"],
        ]
    );
    near(number(&fills[1], "gap"), 50.0 / 51.0 - 1.0);
    let equity: Vec<f64> =
        table(&folder.read("run/equity.csv")).iter().map(|row| number(row, "equity")).collect();
    for (found, expected) in equity.iter().zip([1000.0, 1000.0, 999.0, 1138.0, 1298.0, 1298.0]) {
        near(*found, expected);
    }
    // Outright it earns 200; the traded market is bought at the window's first open.
    let benchmarks = table(&folder.read("run/benchmarks.csv"));
    let last = &benchmarks[benchmarks.len() - 1];
    near(number(last, "outright"), 1200.0);
    near(number(last, "dollar-hedged"), 1298.0);
    near(number(last, "beta-hedged"), 1000.0);
    near(number(last, "LAG held"), 1300.0);
    near(number(last, "LEAD held"), 1000.0 * 40.0 / 51.0);
    near(number(last, "cash"), 1000.0);
    let summary = json_file(&folder.join("run/summary.json"));
    near(summary["costs"]["borrow"].as_f64().unwrap(), 2.0);
    assert_eq!(summary["benchmarks"][1]["name"], "dollar-hedged");
}

#[test]
fn a_short_by_hand() {
    let folder = markets();
    run(
        &folder,
        "short LEAD when LEAD hits a 2-day high, exit after 2 days, commission 100 bps, slippage 100 bps, borrow none",
    );
    let trades = table(&folder.read("run/trades.csv"));
    // Sold on the 3rd at 49.5: 1000 / (49.5 x 1.01) = 1000 / 49.995 units; bought on the 5th at 45.45.
    let units = 1000.0 / 49.995;
    assert_eq!(trades[0]["side"], "short");
    near(number(&trades[0], "entry_price"), 49.5);
    near(number(&trades[0], "exit_price"), 45.45);
    near(number(&trades[0], "pnl"), units * (49.5 * 0.99 - 45.45 * 1.01));
    let report = folder.case().args(["run", "short LEAD when LEAD hits a 2-day high"]).ok();
    assert!(
        report.stdout.contains("short LEAD") && report.stdout.contains("Benchmarks"),
        "{}",
        report.stdout
    );
}

#[test]
fn a_sweep_of_hedged_trades_is_that_of_its_runs_on_any_number_of_threads() {
    let folder = markets();
    let rest = "hedged with LEAD, commission 10 bps, slippage none, borrow 5%, exit after";
    let sentence = |days: &str| format!("long LAG when LEAD hits a 2-day high, {rest} {days} days");
    for threads in ["1", "2"] {
        let out = ["--out", threads, "--no-report"];
        folder.case().args(["sweep", &sentence("{1, 2, 3}"), "--threads", threads]).args(out).ok();
    }
    for file in ["combinations.parquet", "equity.parquet", "summary.json"] {
        let bytes = |run: &str| std::fs::read(folder.join(run).join(file)).unwrap();
        assert!(bytes("1") == bytes("2"), "{file}");
    }
    folder.case().args(["run", &sentence("1"), "--no-report", "--out", "run"]).ok();
    let metrics = |run: &str| json_file(&folder.join(run).join("summary.json"))["metrics"].clone();
    assert_eq!(metrics("1"), metrics("run"));
    let swept = json_file(&folder.join("1/summary.json"));
    assert_eq!(swept["counts"]["distinct_outcomes"], 3);
}

/// A market that trades on weekdays, and one that shows its last close on every day.
fn the_same_market_twice() -> Folder {
    let folder = Folder::new();
    let (mut weekdays, mut all) = (Vec::new(), Vec::new());
    let (mut close, mut step) = (100.0_f64, 0_u32);
    for day in date(2025, 1, 13).series(jiff::Span::new().days(1)).take(90) {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        let holiday = [date(2025, 1, 20), date(2025, 2, 17)].contains(&day);
        let before = close;
        if !weekend && !holiday {
            step += 1;
            if step > 4 {
                close *= if (step * 7) % 11 < 6 { 1.012 } else { 0.985 };
            }
            weekdays.push((day, before, close));
        }
        all.push((day, before, close));
    }
    let text = |rows: &[(Date, f64, f64)]| {
        let mut text = "date,open,high,low,close\n".to_owned();
        for (day, open, close) in rows {
            text += &format!("{day},{open},{},{},{close}\n", open.max(*close), open.min(*close));
        }
        text
    };
    folder.write("NY.csv", text(&weekdays));
    folder.write("ALL.csv", text(&all));
    folder.case().args(["data", "import", "NY.csv", "--session", "us-equity"]).ok();
    folder.case().args(["data", "import", "ALL.csv", "--session", "crypto"]).ok();
    folder
}

#[test]
fn on_a_clock_with_weekends_the_same_holding_has_beta_and_correlation_one() {
    let folder = the_same_market_twice();
    run(&folder, "long ALL when ALL > 1 and NY > 1, exit never, commission none, slippage none");
    let curve = |file: &str, column: &str| -> Vec<f64> {
        table(&folder.read(file)).iter().map(|row| number(row, column)).collect()
    };
    let returns =
        |curve: &[f64]| -> Vec<f64> { curve.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect() };
    let own = returns(&curve("run/equity.csv", "equity"));
    let held = returns(&curve("run/benchmarks.csv", "NY held"));
    assert!(own.len() > 80 && own.iter().filter(|r| **r == 0.0).count() > 20, "weekends are there");
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let about = |of: &[f64]| -> Vec<f64> { of.iter().map(|value| value - mean(of)).collect() };
    let (own, held) = (about(&own), about(&held));
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let (beta, spread) =
        (product(&own, &held) / product(&held, &held), product(&own, &own) * product(&held, &held));
    near(beta, 1.0);
    near(product(&own, &held) / spread.sqrt(), 1.0);
    // The program's own beta is against the traded market, which here is the same.
    near(json_file(&folder.join("run/summary.json"))["metrics"]["beta"].as_f64().unwrap(), 1.0);
}

#[test]
fn a_full_name_takes_no_other_word_with_it() {
    let folder = markets();
    let import =
        ["data", "import", "LEAD.csv", "--symbol", "BTCUSDT", "--vendor", "binance", "--session", "crypto"];
    folder.case().args(import).ok();
    run(&folder, "long BTCUSDT@binance when LAG hits a 2-day high, exit after 1 days");
    assert_eq!(table(&folder.read("run/trades.csv"))[0]["market"], "BTCUSDT");
}
