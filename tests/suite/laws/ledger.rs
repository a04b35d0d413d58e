//! Whole ledgers computed by hand, to the cent.
//!
//! LEAD closes at 10, 11, 10, 9, 12, 11, 10, 9: above the close before on January 2 and 5. LAG:
//!
//! | January | open | high | low | close |
//! |---|---|---|---|---|
//! | 1 | 100 | 100 | 100 | 100 |
//! | 2 | 100 | 110 | 100 | 110 |
//! | 3 | 110 | 110 |  90 |  90 |
//! | 4 |  80 | 100 |  80 | 100 |
//! | 5 | 100 | 125 | 100 | 120 |
//! | 6 | 120 | 120 |  96 |  96 |
//! | 7 |  96 | 100 |  96 | 100 |
//! | 8 | 100 | 100 | 100 | 100 |

use std::collections::BTreeMap;

use crate::common::{Folder, json_file, prices, table};

const CENT: f64 = 0.005;

pub(crate) fn markets() -> Folder {
    let folder = Folder::new();
    let day = |n: usize| format!("2020-01-{n:02}");
    let lead = [10.0, 11.0, 10.0, 9.0, 12.0, 11.0, 10.0, 9.0];
    let lag = [
        (100.0, 100.0, 100.0, 100.0),
        (100.0, 110.0, 100.0, 110.0),
        (110.0, 110.0, 90.0, 90.0),
        (80.0, 100.0, 80.0, 100.0),
        (100.0, 125.0, 100.0, 120.0),
        (120.0, 120.0, 96.0, 96.0),
        (96.0, 100.0, 96.0, 100.0),
        (100.0, 100.0, 100.0, 100.0),
    ];
    let days: Vec<String> = (1..=8).map(day).collect();
    let lead: Vec<_> = days.iter().zip(lead).map(|(d, c)| (d.as_str(), c, c, c, c)).collect();
    let lag: Vec<_> = days.iter().zip(lag).map(|(d, (o, h, l, c))| (d.as_str(), o, h, l, c)).collect();
    folder.write("LEAD.csv", prices(&lead));
    folder.write("LAG.csv", prices(&lag));
    folder.case().args(["data", "import", "LEAD.csv", "LAG.csv", "--session", "crypto"]).ok();
    folder
}

pub(crate) type Row = BTreeMap<String, String>;

fn run(folder: &Folder, rest: &str, capital: &str) -> (Vec<Row>, Vec<Row>) {
    let sentence = format!("long LAG when LEAD hits a 2-day high, {rest}");
    folder.case().args(["run", &sentence, "--capital", capital, "--no-report", "--out", "run"]).ok();
    let signals = table(&folder.read("run/signals.csv"));
    let bars: Vec<&str> = signals.iter().map(|row| row["bar"].as_str()).collect();
    assert_eq!(bars, ["2020-01-02", "2020-01-05"]);
    (table(&folder.read("run/trades.csv")), table(&folder.read("run/equity.csv")))
}

pub(crate) fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap()
}

#[track_caller]
pub(crate) fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} but {expected} by hand");
}

#[track_caller]
fn equity(rows: &[Row], expected: &[(&str, f64)]) {
    let times: Vec<&str> = rows.iter().map(|row| row["time"].as_str()).collect();
    let days: Vec<String> = expected.iter().map(|(day, _)| format!("{day}T00:00:00Z")).collect();
    assert_eq!(times, days);
    let mut peak = f64::NEG_INFINITY;
    for (row, (_, money)) in rows.iter().zip(expected) {
        close(number(row, "equity"), *money, CENT);
        peak = peak.max(*money);
        close(number(row, "drawdown"), money / peak - 1.0, 1e-6);
    }
}

#[test]
fn held_for_two_days_with_costs() {
    let folder = markets();
    let (trades, account) = run(&folder, "exit after 2 days, commission 100 bps, slippage 100 bps", "10000");

    // Signal on the 2nd, decided when it ends. Bought at the open of the 3rd: 110 + 1% = 111.10.
    // Commission comes out of the same money: 10000 / (111.10 x 1.01) = 10000 / 112.211 = 89.117823 units,
    // 1% of 89.117823 x 111.10 = 9900.99 is 99.0099.
    // Sold two bars later at the open of the 5th: 100 - 1% = 99.00; 89.117823 x 99 = 8822.6644, commission
    // 88.2266, left 8734.4378; lost 1265.5622 of 10000, -12.65562%; before commission 99 / 111.10 - 1 =
    // -10.89109%. Lowest price held: 80 on the 4th, 80 / 111.10 - 1 = -27.99280%; never above 111.10.
    let first = &trades[0];
    assert_eq!(
        ["market", "side", "signal_at", "entry_time", "exit_time", "exit_reason", "bars", "open"]
            .map(|column| first[column].as_str()),
        [
            "LAG",
            "long",
            "2020-01-03T00:00:00Z",
            "2020-01-03T00:00:00Z",
            "2020-01-05T00:00:00Z",
            "after",
            "2",
            "0"
        ]
    );
    for (column, expected, tolerance) in [
        ("entry_price", 111.10, 1e-9),
        ("exit_price", 99.00, 1e-9),
        ("units", 89.117_823, 1e-6),
        ("commission", 99.0099 + 88.2266, CENT),
        ("pnl", -1265.5622, CENT),
        ("gross_return", -0.108_910_9, 1e-7),
        ("net_return", -0.126_556_2, 1e-7),
        ("mae", -0.279_928_0, 1e-7),
        ("mfe", 0.0, 0.0),
    ] {
        close(number(first, column), expected, tolerance);
    }

    // The close of the 5th signals again, on the bar on which the exit filled. Bought at the open of the 6th:
    // 120 + 1% = 121.20; 8734.4378 / (121.20 x 1.01) = 8734.4378 / 122.412 = 71.352791 units. Sold at the open
    // of the 8th: 99.00; 71.352791 x 99 = 7063.9263, less 70.6393 = 6993.2870.
    assert_eq!(trades.len(), 2);
    let second = &trades[1];
    assert_eq!(second["entry_time"], "2020-01-06T00:00:00Z");
    assert_eq!(second["exit_time"], "2020-01-08T00:00:00Z");
    close(number(second, "units"), 71.352_791, 1e-6);
    close(number(second, "pnl"), 6993.2870 - 8734.4378, CENT);

    equity(
        &account,
        &[
            ("2020-01-02", 10000.0),   // the base, before the first bar that counts
            ("2020-01-03", 10000.0),   // the signal's bar ends
            ("2020-01-04", 8020.604),  // 89.117823 x 90
            ("2020-01-05", 8911.7823), // x 100
            ("2020-01-06", 8734.4378), // sold
            ("2020-01-07", 6849.8679), // 71.352791 x 96
            ("2020-01-08", 7135.2791), // x 100
            ("2020-01-09", 6993.2870), // sold
        ],
    );
    let units = [0.0, 0.0, 89.117_823, 89.117_823, 0.0, 71.352_791, 71.352_791, 0.0];
    for (row, expected) in account.iter().zip(units) {
        close(number(row, "position"), expected, 1e-6);
    }

    let summary = json_file(&folder.join("run/summary.json"));
    let metric = |name: &str| summary["metrics"][name].as_f64();
    close(metric("total_return").unwrap(), 6993.2870 / 10000.0 - 1.0, 1e-6);
    close(metric("max_drawdown").unwrap(), 6849.8679 / 10000.0 - 1.0, 1e-6);
    close(metric("expectancy").unwrap(), (-0.126_556_2 - 0.199_343_2) / 2.0, 1e-6);
    assert_eq!(metric("trades"), Some(2.0));
    assert_eq!(metric("win_rate"), Some(0.0));
    close(metric("time_in_market").unwrap(), 4.0 / 7.0, 1e-12);
    // Two losses and no win: there is nothing to pay off.
    assert_eq!(metric("payoff"), None);
    assert!(summary["undefined"]["payoff"].is_string());
}

#[test]
fn stopped_at_a_gap_and_at_the_level() {
    let folder = markets();
    let (trades, account) =
        run(&folder, "exit stop 20% or target 30%, commission none, slippage none", "1000");

    // Bought at the open of the 3rd, 110: 9.090909 units, stop at 88, target at 143. The low of the 3rd, 90,
    // holds. The 4th opens at 80, below the stop: sold at 80, not at 88. 9.090909 x 80 = 727.2727.
    // Bought at the open of the 6th, 120: 6.060606 units, stop at 96. Its low is 96, at the level: sold there
    // on the same day. 6.060606 x 96 = 581.8182.
    let facts: Vec<[&str; 5]> = trades
        .iter()
        .map(|row| {
            ["entry_time", "entry_price", "exit_price", "exit_reason", "bars"]
                .map(|column| row[column].as_str())
        })
        .collect();
    assert_eq!(
        facts,
        [
            ["2020-01-03T00:00:00Z", "110", "80", "stop", "1"],
            ["2020-01-06T00:00:00Z", "120", "96", "stop", "0"]
        ]
    );
    // Filled at the open; somewhere inside the bar, known when it ends.
    assert_eq!(trades[0]["exit_time"], "2020-01-04T00:00:00Z");
    assert_eq!(trades[1]["exit_time"], "2020-01-07T00:00:00Z");
    close(number(&trades[0], "mae"), 80.0 / 110.0 - 1.0, 1e-12);
    close(number(&trades[1], "mae"), 96.0 / 120.0 - 1.0, 1e-12);
    equity(
        &account,
        &[
            ("2020-01-02", 1000.0),
            ("2020-01-03", 1000.0),
            ("2020-01-04", 818.1818), // 9.090909 x 90
            ("2020-01-05", 727.2727),
            ("2020-01-06", 727.2727),
            ("2020-01-07", 581.8182),
            ("2020-01-08", 581.8182),
            ("2020-01-09", 581.8182),
        ],
    );
}

#[test]
fn filled_at_closes_trailed_and_still_open_at_the_end() {
    let folder = markets();
    let (trades, account) =
        run(&folder, "exit trail 10%, commission none, slippage none, fill at close", "1000");

    // Bought at the close of the 3rd, 90: 11.111111 units. Trail 10% below the fill: 81; the highs of the
    // 3rd were before. The 4th opens at 80, below it: sold at 80, 888.8889.
    // Bought at the close of the 6th, 96: 9.259259 units, trail at 86.4. The 7th reaches 100: trail at 90 from
    // then on. Open at the end, marked at 100: 925.9259, 4.16667% above the entry.
    let facts: Vec<[&str; 5]> = trades
        .iter()
        .map(|row| {
            ["entry_time", "entry_price", "exit_price", "exit_reason", "open"].map(|c| row[c].as_str())
        })
        .collect();
    assert_eq!(
        facts,
        [
            ["2020-01-04T00:00:00Z", "90", "80", "trail", "0"],
            ["2020-01-07T00:00:00Z", "96", "100", "end", "1"]
        ]
    );
    close(number(&trades[1], "gross_return"), 100.0 / 96.0 - 1.0, 1e-12);
    equity(
        &account,
        &[
            ("2020-01-02", 1000.0),
            ("2020-01-03", 1000.0),
            ("2020-01-04", 1000.0),
            ("2020-01-05", 888.8889),
            ("2020-01-06", 888.8889),
            ("2020-01-07", 888.8889),
            ("2020-01-08", 925.9259),
            ("2020-01-09", 925.9259),
        ],
    );
    // The open trade is part of equity, not of the statistics of trades.
    let summary = json_file(&folder.join("run/summary.json"));
    assert_eq!(summary["counts"]["trades"], 1);
    assert_eq!(summary["counts"]["open_trades"], 1);
    assert_eq!(summary["metrics"]["win_rate"], 0.0);
}
