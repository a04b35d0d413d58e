//! Several laggards in one strategy, through the program: one account, one story, one basket.
use std::collections::BTreeMap;

use crate::common::{Folder, json_file, prices, table, waves};

type Rows = Vec<BTreeMap<String, String>>;

#[track_caller]
fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap()
}

#[track_caller]
fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9, "{value} instead of {expected}");
}

/// Runs a strategy into `out` and gives its summary.
fn run(folder: &Folder, command: &str, strategy: &str, out: &str) -> serde_json::Value {
    folder.case().args([command, strategy, "--no-report", "--quiet", "--out", out]).ok();
    json_file(&folder.join(&format!("{out}/summary.json")))
}

fn rows(folder: &Folder, file: &str) -> Rows {
    table(&folder.read(file))
}

/// Three coins of whole days: the leader and two laggards, which fall to different depths and come back.
fn coins() -> Folder {
    let folder = Folder::new();
    let market = |closes: &[f64]| {
        let dates: Vec<String> = (1..=closes.len()).map(|day| format!("2024-03-{day:02}")).collect();
        let mut before = closes[0];
        let bars: Vec<(&str, f64, f64, f64, f64)> = dates
            .iter()
            .zip(closes)
            .map(|(date, &close)| {
                let open = before;
                before = close;
                (date.as_str(), open, open.max(close), open.min(close), close)
            })
            .collect();
        prices(&bars)
    };
    // The leader makes its high on day 5. Opens are the closes before.
    folder
        .write("LEAD.csv", market(&[10.0, 10.0, 10.0, 10.0, 11.0, 11.0, 11.0, 11.0, 11.0, 11.0, 11.0, 11.0]));
    folder.write(
        "AAA.csv",
        market(&[100.0, 100.0, 90.0, 80.0, 80.0, 80.0, 88.0, 88.0, 96.0, 96.0, 80.0, 80.0]),
    );
    folder
        .write("BBB.csv", market(&[50.0, 50.0, 40.0, 30.0, 30.0, 30.0, 30.0, 36.0, 36.0, 36.0, 45.0, 45.0]));
    let import = ["data", "import", "LEAD.csv", "AAA.csv", "BBB.csv", "--session", "crypto"];
    folder.case().args(import).ok();
    folder
}

const RULE: &str = "when LEAD hits a high and laggard is over 10% below its high";
const FREE: &str = "exit after 3 days, commission none, slippage none";

#[test]
fn two_laggards_share_one_account() {
    let folder = coins();
    let summary = run(&folder, "run", &format!("long each of AAA and BBB {RULE}, {FREE}"), "out");
    // Half of it at 80 and half at 30 on day 6, out at the opens of day 9: 88 and 36.
    let trades = rows(&folder, "out/trades.csv");
    let told: Vec<(&str, f64, f64, f64)> = trades
        .iter()
        .map(|row| {
            (row["market"].as_str(), number(row, "units"), number(row, "exit_price"), number(row, "pnl"))
        })
        .collect();
    assert_eq!(told.len(), 2);
    for ((market, units, price, pnl), wanted) in
        told.into_iter().zip([("AAA", 0.5 / 80.0, 88.0, 0.05), ("BBB", 0.5 / 30.0, 36.0, 0.1)])
    {
        assert_eq!(market, wanted.0);
        near(units, wanted.1);
        near(price, wanted.2);
        near(pnl, wanted.3);
    }
    let equity = rows(&folder, "out/equity.csv");
    near(number(equity.last().unwrap(), "equity"), 1.15);
    near(number(&equity[6], "units AAA"), 0.5 / 80.0);
    assert_eq!(equity[6]["position"], "2");
    // One story in which both signal: one episode, and the mean of what came after.
    assert_eq!((&summary["counts"]["signals"], &summary["counts"]["episodes"]), (&2.into(), &1.into()));
    let after_5 = summary["study"]["episodes"][0]["returns"][0].as_f64().unwrap();
    near(after_5, f64::midpoint(96.0 / 80.0 - 1.0, 36.0 / 30.0 - 1.0));
    assert_eq!(summary["study"]["episodes"][0]["caught_up"], false, "BBB never closes above 50");
    let held: Vec<&str> =
        summary["benchmarks"].as_array().unwrap().iter().map(|b| b["name"].as_str().unwrap()).collect();
    assert_eq!(
        held,
        ["AAA held", "BBB held", "all held in equal parts", "LEAD held", "same exposure held", "cash"]
    );
    // From 100 and 50 at the window's first open.
    let benchmarks = rows(&folder, "out/benchmarks.csv");
    near(number(benchmarks.last().unwrap(), "all held in equal parts"), f64::midpoint(0.8, 0.9));
}

#[test]
fn one_place_goes_to_the_one_furthest_behind() {
    let folder = coins();
    let summary =
        run(&folder, "run", &format!("long each of AAA and BBB {RULE}, {FREE}, at most 1 at once"), "out");
    let trades = rows(&folder, "out/trades.csv");
    assert_eq!(trades.len(), 1);
    assert_eq!(trades[0]["market"], "BBB", "40% below its high, the other one 20%");
    near(number(&trades[0], "units"), 1.0 / 30.0);
    assert_eq!(summary["counts"]["without_place"], 1);
    let told = folder
        .case()
        .args(["run", &format!("long each of AAA and BBB {RULE}, {FREE}, at most 1 at once"), "--no-report"])
        .ok();
    assert!(told.stdout.contains("1 signal without a free place"), "{}", told.stdout);
}

#[test]
fn a_basket_shares_one_sum_out() {
    let folder = coins();
    for (weights, of_first) in [("equally", 0.5), ("by gap", 0.2 / 0.6)] {
        let text = format!("long a basket of AAA and BBB weighted {weights} {RULE}, {FREE}");
        let summary = run(&folder, "run", &text, "out");
        let fills = rows(&folder, "out/fills.csv");
        let money = |fill: &BTreeMap<String, String>| number(fill, "units") * number(fill, "price");
        near(money(&fills[0]), of_first);
        near(money(&fills[1]), 1.0 - of_first);
        let trades = rows(&folder, "out/trades.csv");
        assert_eq!((trades.len(), trades[0]["market"].as_str()), (1, "AAA+BBB"));
        let earned = of_first * 0.1 + (1.0 - of_first) * 0.2;
        near(number(&trades[0], "net_return"), earned);
        near(number(rows(&folder, "out/equity.csv").last().unwrap(), "equity"), 1.0 + earned);
        // A signal of all: one, and both of its markets in what came after it.
        assert_eq!(summary["counts"]["signals"], 1);
        let after_5 = summary["study"]["episodes"][0]["returns"][0].as_f64().unwrap();
        near(after_5, 0.2);
    }
}

#[test]
fn a_basket_by_volatility_is_the_inverse_of_what_was_known() {
    let folder = Folder::new();
    let vol = "the 21-day volatility of btc is over 0% and the 21-day volatility of eth is over 0%";
    let text = format!(
        "long a basket of btc and eth weighted by 21-day volatility when btc hits a 63-day high and {vol}"
    );
    run(&folder, "run", &text, "out");
    let (signals, fills) = (rows(&folder, "out/signals.csv"), rows(&folder, "out/fills.csv"));
    let (first, second) = (&fills[0], &fills[1]);
    assert_eq!((first["market"].as_str(), second["market"].as_str()), ("BTC-USD", "ETH-USD"));
    let money = |fill: &BTreeMap<String, String>| number(fill, "units") * number(fill, "price");
    let of = |market: &str| number(&signals[0], &format!("volatility({market}, 21)"));
    near(money(first) / money(second), of("eth") / of("btc"));
}

/// Sums of an account, again from its files.
#[track_caller]
fn adds_up(folder: &Folder, out: &str) {
    let (trades, fills) =
        (rows(folder, &format!("{out}/trades.csv")), rows(folder, &format!("{out}/fills.csv")));
    let equity = rows(folder, &format!("{out}/equity.csv"));
    assert!(trades.len() > 4, "{} trades", trades.len());
    let pnl: f64 = trades.iter().map(|trade| number(trade, "pnl")).sum();
    near(number(equity.last().unwrap(), "equity"), 1.0 + pnl);
    let flow = |fill: &BTreeMap<String, String>| {
        let side = if fill["side"] == "buy" { -1.0 } else { 1.0 };
        side * number(fill, "units") * number(fill, "price") - number(fill, "commission")
    };
    let cash = 1.0 + fills.iter().map(flow).sum::<f64>();
    near(number(equity.last().unwrap(), "cash"), cash);
    for row in &equity {
        let units = row.keys().filter(|column| column.starts_with("units ")).filter(|c| number(row, c) > 0.0);
        assert_eq!(row["position"], units.count().to_string(), "at {}", row["time"]);
        assert!(number(row, "cash") > -1e-9);
    }
    // The same fills told by each trade.
    for (place, trade) in trades.iter().enumerate() {
        let first = fills.iter().find(|fill| fill["trade"] == (place + 1).to_string()).unwrap();
        assert_eq!((&first["market"], &first["time"]), (&trade["market"], &trade["entry_time"]));
    }
    let verified = folder.case().args(["verify", out]).ok();
    assert!(verified.stdout.contains("the ledger adds up"), "{}", verified.stdout);
}

#[test]
fn accounts_of_several_sessions_add_up() {
    let folder = Folder::new();
    let text = "long each of SPY, btc, gold and eth when russell hits a 63-day high and laggard is over 1% below its \
                high, exit after 15 days or stop 10%, at most 3 at once";
    let summary = run(&folder, "run", text, "out");
    adds_up(&folder, "out");
    let signals = rows(&folder, "out/signals.csv");
    assert_eq!(summary["counts"]["signals"], signals.len());
    let markets: Vec<&str> = ["BTC-USD", "ETH-USD", "GLD", "SPY"].into_iter().collect();
    for market in markets {
        assert!(signals.iter().any(|row| row["market"] == market), "{market}");
    }
    // Ether's history begins in 2017, and nothing is known of it before.
    let first = signals.iter().find(|row| row["market"] == "ETH-USD").unwrap();
    assert!(first["bar"].as_str() > "2017-11-09");
    let episodes: usize = signals.last().unwrap()["episode"].parse().unwrap();
    assert_eq!(summary["counts"]["episodes"], episodes);
}

#[test]
fn a_list_of_one_is_the_laggard_alone() {
    let folder = Folder::new();
    let alone = "long btc when russell hits a high and btc is over 20% below its high, exit stop 20% or after 63 days";
    let listed = alone.replace("long btc", "long each of btc");
    for (text, out) in [(alone, "alone"), (&listed, "listed")] {
        run(&folder, "run", text, out);
    }
    for file in ["trades.csv", "fills.csv"] {
        assert_eq!(folder.read(&format!("listed/{file}")), folder.read(&format!("alone/{file}")), "{file}");
    }
    // A basket of one market is that market, too.
    let closes = alone.replace("20% or", "20% on close or");
    for (text, out) in
        [(closes.clone(), "closes"), (closes.replace("long btc", "long a basket of btc"), "basket")]
    {
        run(&folder, "run", &text, out);
    }
    for file in ["trades.csv", "fills.csv", "equity.csv"] {
        assert_eq!(folder.read(&format!("basket/{file}")), folder.read(&format!("closes/{file}")), "{file}");
    }
    let summary = |out: &str| json_file(&folder.join(&format!("{out}/summary.json")));
    for key in ["metrics", "study", "costs", "benchmarks", "look_ahead"] {
        assert_eq!(summary("listed")[key], summary("alone")[key], "{key}");
    }
    let curve = |out: &str| {
        let rows = rows(&folder, &format!("{out}/equity.csv"));
        rows.iter()
            .map(|row| (row["time"].clone(), row["equity"].clone(), row["cash"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(curve("listed"), curve("alone"));
}

#[test]
fn the_order_of_the_list_changes_no_trade_where_there_is_enough_for_all() {
    let folder = Folder::new();
    for (name, phase) in [("LEAD", 0), ("AAA", 6), ("BBB", 13), ("CCC", 21)] {
        folder.write(&format!("{name}.csv"), waves(400, phase));
        folder.case().args(["data", "import", &format!("{name}.csv"), "--session", "crypto"]).ok();
    }
    let strategy = |list: &str| {
        format!(
            "title = \"t\"\n[entry]\nlong = [{list}]\nwhen = \"LEAD hits a 20-day high and laggard is over 3% below its high\"\n\
             [exit]\nafter = \"9 days\"\n[size]\nfraction = \"10%\"\n[costs]\ncommission = \"10 bps\"\nslippage = \"5 bps\"\n"
        )
    };
    folder.write("one.toml", strategy("\"AAA\", \"BBB\", \"CCC\""));
    folder.write("other.toml", strategy("\"CCC\", \"AAA\", \"BBB\""));
    let trades = |name: &str| {
        run(&folder, "run", &format!("{name}.toml"), name);
        let mut rows = rows(&folder, &format!("{name}/trades.csv"));
        rows.sort_by_key(|row| (row["entry_time"].clone(), row["market"].clone()));
        rows
    };
    let (one, other) = (trades("one"), trades("other"));
    assert!(one.len() > 9 && one.len() == other.len(), "{} {}", one.len(), other.len());
    for (left, right) in one.iter().zip(&other) {
        for column in ["market", "signal_at", "entry_time", "exit_time", "exit_reason"] {
            assert_eq!(left[column], right[column]);
        }
        near(number(left, "pnl"), number(right, "pnl"));
    }
    let metrics = |name: &str| json_file(&folder.join(&format!("{name}/summary.json")))["metrics"].clone();
    for metric in ["sharpe", "total_return", "max_drawdown", "win_rate", "time_in_market"] {
        let of = |name: &str| metrics(name)[metric].as_f64().unwrap();
        near(of("one"), of("other"));
    }
}

#[test]
fn a_sweep_of_several_laggards_holds_their_runs() {
    let folder = Folder::new();
    let text = "long each of btc and eth when russell hits a high and laggard is over {lag: 20%, 30%} below its high, \
                exit after {hold: 21, 63} days, at most 1 at once";
    let sweep = run(&folder, "sweep", text, "sweep");
    assert_eq!(sweep["counts"]["combinations"], 4);
    let set = ["--set", "lag=30%", "--set", "hold=63"];
    let args = ["run", text, "--no-report", "--quiet", "--format", "json", "--out", "run"];
    let run = folder.case().args(args).args(set).ok().json();
    let best = sweep["best"]["combinations"].as_array().unwrap();
    let of_run = best.iter().find(|c| c["combination"] == 3).unwrap();
    assert_eq!(of_run["value"], run["metrics"]["sharpe"]);
    folder.case().args(["verify", "sweep"]).ok();
    let check = folder.case().args(["sweep", text, "--no-report", "--check", "2"]).exits(2);
    assert!(check.stderr.contains("several laggards share one account"), "{}", check.stderr);
}

#[test]
fn today_tells_each_laggard_and_scan_asks_for_one() {
    let folder = coins();
    let text = format!("long each of AAA and BBB {RULE}");
    let told = folder.case().args(["today", &text, "--format", "json", "--to", "2024-03-05"]).ok().json();
    let states: Vec<(&str, &str)> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["laggard"].as_str().unwrap(), one["state"].as_str().unwrap()))
        .collect();
    assert_eq!(states, [("AAA", "true"), ("BBB", "true")]);
    let measured = |place: usize| told[place]["clauses"][1]["measure"]["value"].as_f64().unwrap();
    near(measured(0), 0.2);
    near(measured(1), 0.4);
    let scan = folder.case().args(["scan", &text]).exits(2);
    assert!(scan.stderr.contains("a scan asks one laggard at a time"), "{}", scan.stderr);
    let study = run(&folder, "study", &text, "study");
    assert_eq!((&study["counts"]["signals"], &study["counts"]["episodes"]), (&2.into(), &1.into()));
    folder.case().args(["verify", "study"]).ok();
}

#[test]
fn a_laggard_without_bars_in_the_window_is_named() {
    let folder = Folder::new();
    let text = "long each of btc and eth when russell hits a high";
    let refused = folder.case().args(["run", text, "--no-report", "--to", "2017-01-01"]).exits(2);
    assert!(refused.stderr.contains("ETH-USD"), "{}", refused.stderr);
}
