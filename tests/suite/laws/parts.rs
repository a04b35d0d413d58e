//! Positions in parts through the whole program: by hand on the markets of `ledger.rs`, and on the sample.

use super::ledger::{Row, close, markets, number};
use crate::common::{Folder, json_file, table};

/// Trades, fills and what was printed of `long LAG when LEAD hits a 2-day high, …` with 1,000 in money.
fn run(folder: &Folder, rest: &str) -> (Vec<Row>, Vec<Row>, String) {
    let sentence = format!("long LAG when LEAD hits a 2-day high, {rest}");
    let ran = folder.case().args(["run", &sentence, "--capital", "1000", "--no-report", "--out", "run"]).ok();
    (table(&folder.read("run/trades.csv")), table(&folder.read("run/fills.csv")), ran.stdout + &ran.stderr)
}

fn sides(fills: &[Row]) -> Vec<[&str; 4]> {
    fills.iter().map(|row| ["side", "time", "quoted", "reason"].map(|column| row[column].as_str())).collect()
}

#[test]
fn half_is_bought_deeper() {
    let folder = markets();
    let rest = "in 2 parts each 10% deeper, exit after 4 days, commission 100 bps, slippage none";
    let (trades, fills, _) = run(&folder, rest);

    // Signal on the 2nd. Half at the open of the 3rd, 110: 500 / 111.1 units. It closes at 90, below 99: half at
    // the open of the 4th, 80: 500 / 80.8 units. Out four days after the first fill, at the open of the 7th, 96.
    assert_eq!(
        sides(&fills),
        [
            ["buy", "2020-01-03T00:00:00Z", "110", ""],
            ["buy", "2020-01-04T00:00:00Z", "80", ""],
            ["sell", "2020-01-07T00:00:00Z", "96", "after"]
        ]
    );
    let units = [500.0 / 111.1, 500.0 / 80.8];
    let all = units[0] + units[1];
    for (row, expected) in fills.iter().zip([units[0], units[1], all]) {
        close(number(row, "units"), expected, 1e-9);
    }
    let [trade] = &trades[..] else { panic!("{trades:?}") };
    assert_eq!([&trade["parts"], &trade["parts_planned"], &trade["bars"]], ["2", "2", "4"]);
    for (column, expected) in [
        ("units", all),
        ("entry_price", 1000.0 / 1.01 / all),
        ("exit_price", 96.0),
        ("commission", 1000.0 - 1000.0 / 1.01 + all * 0.96),
        ("pnl", all * 95.04 - 1000.0),
        ("net_return", all * 95.04 / 1000.0 - 1.0),
        ("gross_return", 96.0 * 1.01 * all / 1000.0 - 1.0),
    ] {
        close(number(trade, column), expected, 1e-9);
    }
}

#[test]
fn what_was_not_bought_is_told() {
    let folder = markets();
    let costs = "commission none, slippage none";
    let (trades, fills, told) = run(&folder, &format!("in 3 parts over 4 days, exit after 3 days, {costs}"));
    // Thirds due on the 3rd, 5th and 7th; out on the 6th. The next signal, of the 5th, comes while it is held.
    assert_eq!(
        sides(&fills),
        [
            ["buy", "2020-01-03T00:00:00Z", "110", ""],
            ["buy", "2020-01-05T00:00:00Z", "100", ""],
            ["sell", "2020-01-06T00:00:00Z", "120", "after"]
        ]
    );
    assert_eq!([&trades[0]["parts"], &trades[0]["parts_planned"]], ["2", "3"]);
    close(number(&trades[0], "net_return"), (1.0 / 1.1 + 1.0) * 1.2 / 2.0 - 1.0, 1e-9);
    assert!(told.contains("1 trade closed, 1 of them before all parts"), "{told}");

    // The fresh signal of the 5th adds the second of two parts at the open of the 6th.
    let (trades, fills, _) = run(&folder, &format!("adds 1, exit never, {costs}"));
    assert_eq!(sides(&fills)[1], ["buy", "2020-01-06T00:00:00Z", "120", ""]);
    assert_eq!([&trades[0]["parts"], &trades[0]["open"]], ["2", "1"]);
}

#[test]
fn one_part_is_the_plain_trade_on_the_sample() {
    let folder = Folder::new();
    let sentence = "long BTC when the Russell hits a high and BTC is over 20% below its high";
    let ways = [
        "",
        ", in 1 part over 10 days",
        ", in {none, 3} parts each 5% deeper",
        ", half at once, half at {none, 5%} deeper",
    ];
    for (number, way) in ways.iter().enumerate() {
        let (said, out) = (format!("{sentence}{way}"), format!("run{number}"));
        folder.case().args(["run", &said, "--no-report", "--quiet", "--out", &out]).ok();
        for file in ["trades.csv", "fills.csv", "equity.csv"] {
            assert_eq!(
                folder.read(&format!("{out}/{file}")),
                folder.read(&format!("run0/{file}")),
                "{file} of {way}"
            );
        }
    }
}

#[test]
fn thirds_of_bitcoin_add_up_on_the_sample() {
    let folder = Folder::new();
    let name = "bitcoin-in-thirds";
    folder.case().args(["run", name, "--no-report", "--quiet", "--out", "run"]).ok();
    let (trades, fills) = (table(&folder.read("run/trades.csv")), table(&folder.read("run/fills.csv")));
    let mut deeper = 0;
    for (place, trade) in trades.iter().enumerate() {
        let bought: Vec<&Row> = fills
            .iter()
            .filter(|fill| fill["trade"] == (place + 1).to_string() && fill["side"] == "buy")
            .collect();
        let units: f64 = bought.iter().map(|fill| number(fill, "units")).sum();
        let money: f64 = bought.iter().map(|fill| number(fill, "units") * number(fill, "price")).sum();
        close(number(trade, "units"), units, 1e-9 * units);
        close(number(trade, "entry_price"), money / units, 1e-6);
        assert!(number(trade, "parts") >= bought.len() as f64 && number(trade, "parts_planned") <= 3.0);
        for fill in &bought[1..] {
            assert!(number(fill, "units") > number(bought[0], "units"), "cheaper, or a part of two");
        }
        deeper += bought.len() - 1;
    }
    assert!(deeper > 0, "no trade went deeper");
    folder.case().args(["verify", "run", "--quiet"]).ok();

    let swept = folder.case().args(["sweep", name, "--no-report", "--check", "6", "--out", "sweep"]).ok();
    assert!(swept.stderr.contains("6 combinations equal the reference"), "{}", swept.stderr);
    assert!(!swept.stderr.contains("on the reference simulator, which is slow"), "{}", swept.stderr);
    let counts = &json_file(&folder.join("sweep/summary.json"))["counts"];
    // With one part the step says nothing: two of three are the same outcome, for each of three lags.
    let (all, distinct) = (counts["combinations"].as_u64(), counts["distinct_outcomes"].as_u64());
    assert_eq!(all, Some(36));
    assert!(distinct.is_some_and(|distinct| distinct > 3 && distinct <= 30), "{counts}");
}

#[test]
fn days_of_parts_need_daily_bars() {
    let folder = Folder::new();
    let mut text = "time,open,high,low,close\n".to_owned();
    for hour in 0..400 {
        let price = 100 + hour % 7;
        text += &format!(
            "2020-01-{:02}T{:02}:00:00Z,{price},{price},{price},{price}\n",
            1 + hour / 24,
            hour % 24
        );
    }
    folder.write("LAG_1h.csv", text);
    folder.case().args(["data", "import", "LAG_1h.csv", "--symbol", "LAG", "--session", "crypto"]).ok();
    let parts = |unit: &str| {
        format!("long LAG when LAG hits a 5-bar high, in 3 parts over 4 {unit}, exit after 9 bars")
    };
    let refused = folder.case().args(["run", &parts("days"), "--no-report"]).exits(2);
    assert!(refused.stderr.contains("the parts count days"), "{}", refused.stderr);
    folder.case().args(["run", &parts("bars"), "--no-report"]).ok();
}

#[test]
fn turnover_counts_the_part_that_left_an_open_trade() {
    let folder = markets();
    folder.write(
        "half.toml",
        "title = \"Half\"\n[markets]\nlead = \"LEAD\"\nlag = \"LAG\"\n[entry]\nlong = \"lag\"\n\
         when = \"lead hits a 2-day high\"\n[exit]\npartial = { at = \"10%\", part = \"50%\" }\n\
         [costs]\ncommission = \"none\"\nslippage = \"none\"\n",
    );
    folder.case().args(["run", "half.toml", "--capital", "1000", "--no-report", "--out", "run"]).ok();
    // 1,000 at 110 on the 3rd; half of it at 121 inside the 5th; the rest is held.
    let equity = table(&folder.read("run/equity.csv"));
    let money: Vec<f64> = equity[1..].iter().map(|row| number(row, "equity")).collect();
    let years = json_file(&folder.join("run/manifest.json"))["window"]["years"].as_f64().unwrap();
    let turnover = json_file(&folder.join("run/summary.json"))["metrics"]["turnover"].as_f64().unwrap();
    let mean = money.iter().sum::<f64>() / money.len() as f64;
    close(turnover * mean * years, 1000.0 + 550.0, 1e-6);
}
