//! A strategy may be a file, a sentence, or functions; a combination may be run alone or in a sweep.

use polars::prelude::{DataType, ParquetReader, SerReader};

use crate::common::{Folder, json_file, table, waves};

const FILE: &str = r#"title = "Form"

[markets]
lead = "LEAD"
lag  = "LAG"

[params]
behind = { default = "5%", sweep = ["2%", "5%", "10%"] }
window = { default = 20, sweep = [10, 20] }
stop   = { default = "4%", sweep = ["none", "4%"] }

[entry]
long = "lag"
when = "lead hits a {window}-day high and lag is over {behind} below its 60-day high"

[exit]
when  = "lag hits a 60-day high"
after = "10 days"
stop  = "{stop}"

[costs]
commission = "10 bps"
slippage   = "5 bps"
"#;

const SENTENCE: &str = "long LAG when LEAD hits a 20-day high and LAG is over 5% below its 60-day high, \
    exit when LAG hits a 60-day high or after 10 days or stop 4%, commission 10 bps, slippage 5 bps";

const FUNCTIONS: &str = "long LAG when new_high(LEAD, 20) and drawdown(LAG, 60) > 5%, \
    exit when new_high(LAG, 60) or after 10 days or stop 4%, commission 10 bps, slippage 5 bps";

fn markets() -> Folder {
    let folder = Folder::new();
    folder.write("LEAD.csv", waves(900, 0));
    folder.write("LAG.csv", waves(900, 12));
    folder.write("form.toml", FILE);
    folder.case().args(["data", "import", "LEAD.csv", "LAG.csv", "--session", "crypto"]).ok();
    folder
}

#[test]
fn file_sentence_and_functions_trade_alike() {
    let folder = markets();
    for (out, strategy) in [("file", "form.toml"), ("sentence", SENTENCE), ("functions", FUNCTIONS)] {
        folder.case().args(["run", strategy, "--no-report", "--out", out]).ok();
    }
    let trades = table(&folder.read("file/trades.csv"));
    assert!(trades.len() > 5, "{} trades tell little", trades.len());
    for table in ["trades.csv", "equity.csv"] {
        let of = |form: &str| folder.read(&format!("{form}/{table}"));
        assert_eq!(of("file"), of("sentence"), "{table}");
        assert_eq!(of("sentence"), of("functions"), "{table}");
    }
    let bars = |form: &str| {
        let rows = table(&folder.read(&format!("{form}/signals.csv"))).into_iter();
        rows.map(|row| (row["bar"].clone(), row["known_at"].clone(), row["episode"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(bars("file"), bars("sentence"));
    assert_eq!(bars("sentence"), bars("functions"));
}

/// In the evaluation window of the sweep, too.
#[test]
fn a_row_of_a_sweep_is_what_a_run_of_that_combination_finds() {
    let folder = markets();
    // The longest look-back is one of the sweep's values, not of every run's.
    folder.write("form.toml", FILE.replace("[10, 20]", "[20, 80]"));
    folder.case().args(["sweep", "form.toml", "--no-report", "--out", "sweep"]).ok();
    let file = std::fs::File::open(folder.join("sweep/combinations.parquet")).unwrap();
    let frame = ParquetReader::new(file).finish().unwrap();
    assert_eq!(frame.height(), 12);
    let mut number = 0;
    // Parameters count in file order, the last one fastest.
    for behind in ["2%", "5%", "10%"] {
        for window in ["20", "80"] {
            for stop in ["none", "4%"] {
                let set = [format!("behind={behind}"), format!("window={window}"), format!("stop={stop}")];
                let set = set.iter().flat_map(|set| ["--set", set]);
                folder.case().args(["run", "form.toml", "--no-report", "--out", "run"]).args(set).ok();
                let summary = json_file(&folder.join("run/summary.json"));
                for (name, value) in summary["metrics"].as_object().unwrap() {
                    let column = frame.column(name).unwrap().cast(&DataType::Float64).unwrap();
                    let found = column.f64().unwrap().get(number);
                    // A sweep adds trades up, a run adds up bars: the last digits may differ.
                    let same = match (found, value.as_f64()) {
                        (Some(found), Some(value)) => (found - value).abs() <= 1e-12 * value.abs().max(1.0),
                        (found, value) => found == value,
                    };
                    assert!(same, "{name} of combination {number}: {found:?}, {value}");
                }
                number += 1;
            }
        }
    }
}

/// The strategy that the documentation shows, on the sample, as a file, as a sentence and as functions.
#[test]
fn the_documented_strategy_trades_alike_in_every_form_on_the_sample() {
    let folder = Folder::new();
    let file = include_str!("../../../strategies/bitcoin-lags-russell.toml");
    folder.write("own.toml", file);
    let orders =
        "exit when BTC-USD hits a high or after 63 days or stop 25%, commission 10 bps, slippage 5 bps";
    let sentence =
        format!("long BTC-USD when IWM hits a high and BTC-USD is over 20% below its high, {orders}");
    let functions = "long BTC-USD when new_high(IWM, all) and drawdown(BTC-USD) > 20%, exit when new_high(BTC-USD) or after 63 \
         days or stop 25%, commission 10 bps, slippage 5 bps";
    let mission = "long BTC when the Russell hits a high and BTC is over 20% below its high";
    let forms =
        [("file", "own.toml"), ("sentence", &sentence), ("functions", functions), ("mission", mission)];
    for (out, strategy) in forms {
        // One beginning for all: a file's further values take longer to warm up.
        folder.case().args(["run", strategy, "--from", "2015-06-01", "--no-report", "--out", out]).ok();
    }
    let trades = table(&folder.read("file/trades.csv"));
    assert!(trades.len() > 2, "{} trades tell little", trades.len());
    for name in ["trades.csv", "equity.csv"] {
        let of = |form: &str| folder.read(&format!("{form}/{name}"));
        assert_eq!(of("file"), of("sentence"), "{name}");
        assert_eq!(of("sentence"), of("functions"), "{name}");
    }
    let signals = |form: &str| {
        let rows = table(&folder.read(&format!("{form}/signals.csv"))).into_iter();
        rows.map(|row| (row["bar"].clone(), row["known_at"].clone())).collect::<Vec<_>>()
    };
    assert!(signals("file").len() > 5);
    for form in ["sentence", "functions", "mission"] {
        assert_eq!(signals("file"), signals(form), "{form}");
    }
}

/// Dated events through the whole program: bundled ones, and a file of the user's under `[events]`.
#[test]
fn events_are_asked_in_sentences_and_files() {
    let folder = Folder::new();
    let rule = "long BTC-USD when within 30 days after a halving and BTC-USD > 0, exit after 1 day";
    let ran = folder.case().args(["run", rule, "--from", "2016-01-01", "--no-report", "--out", "run"]).ok();
    assert!(ran.stdout.contains("0 of"), "{}", ran.stdout);
    let bars = |out: &str| {
        let rows = table(&folder.read(&format!("{out}/signals.csv")));
        rows.iter().map(|row| row["bar"].clone()).collect::<Vec<_>>()
    };
    let found = bars("run");
    // Mined at 16:46, 19:23 and 00:09 UTC: known when the bar of that day ends, and for 30 days of 24 hours.
    for (first, last) in
        [("2016-07-09", "2016-08-07"), ("2020-05-11", "2020-06-09"), ("2024-04-20", "2024-05-19")]
    {
        let inside: Vec<&String> =
            found.iter().filter(|bar| (first..=last).contains(&bar.as_str())).collect();
        assert_eq!(inside.len(), 30, "{first}");
    }
    assert_eq!(found.len(), 90);

    folder.write("own.csv", "# covers: 2019-01-01 to 2021-12-31\nat,announced\n2020-02-03,2020-01-01\n");
    let file = |when: &str| {
        format!(
            "[markets]\nbtc = \"BTC-USD\"\n[events]\nearnings = \"own.csv\"\n[entry]\nlong = \"btc\"\nwhen = \
             \"{when}\"\n[exit]\nafter = \"1 day\"\n[costs]\ncommission = \"none\"\nslippage = \"none\"\n"
        )
    };
    folder.write("own.toml", file("within 2 days before earnings"));
    folder.case().args(["run", "own.toml", "--from", "2019-06-01", "--no-report", "--out", "own"]).ok();
    // Known at the end of February 3; so the ends of February 1 and 2 lie 2 days and 1 day before.
    assert_eq!(bars("own"), ["2020-02-01", "2020-02-02"]);

    folder.write("own.csv", "# covers: 2019-01-01 to 2021-12-31\nat\n2020-02-03\n");
    let ran = folder.case().args(["run", "own.toml", "--no-report", "--out", "no"]).exits(2);
    assert!(ran.stderr.contains("nobody knows ahead when `earnings` comes"), "{}", ran.stderr);
    folder.write("own.toml", file("within 2 days after earning_reports"));
    let ran = folder.case().args(["run", "own.toml", "--no-report", "--out", "no"]).exits(2);
    assert!(ran.stderr.contains("the events are earnings, fomc, halving"), "{}", ran.stderr);
}

/// "N days" on hourly bars are sessions: a 3-day high is above every bar of this day and the two before it.
#[test]
fn days_on_hourly_bars_are_days() {
    let folder = Folder::new();
    let mut text = "time,open,high,low,close\n".to_owned();
    let mut closes = Vec::new();
    for day in 1..=28_u32 {
        for hour in 0..24_u32 {
            // A level that changes by day with a spike whose hour and height change.
            let spike = if hour == day % 7 + 3 { (day * 7 % 5) * 3 } else { 0 };
            let close = 200 + day * 5 % 7 + spike;
            text += &format!("2024-01-{day:02}T{hour:02}:00:00Z,{close},{close},{close},{close}\n");
            closes.push((day, hour, close));
        }
    }
    folder.write("COIN.csv", text);
    folder.case().args(["data", "import", "COIN.csv", "--session", "crypto"]).ok();
    let rule = "long COIN when COIN hits a 3-day high, exit after 1 bars, commission none, slippage none";
    folder.case().args(["run", rule, "--no-report", "--out", "run"]).ok();
    let found: Vec<String> =
        table(&folder.read("run/signals.csv")).iter().map(|row| row["bar"].clone()).collect();
    let expected: Vec<String> = (0..closes.len())
        .filter(|&i| {
            let (day, _, close) = closes[i];
            let window = closes[..i].iter().filter(|(other, ..)| other + 2 >= day);
            day >= 3 && window.clone().all(|(.., other)| close > *other)
        })
        .map(|i| format!("2024-01-{:02}T{:02}:00:00Z", closes[i].0, closes[i].1))
        .collect();
    assert!(expected.len() > 3, "{expected:?}");
    assert_eq!(found, expected);
}
