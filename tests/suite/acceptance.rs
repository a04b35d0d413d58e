//! Counts that are public knowledge, on real history: the Russell 2000 as Interactive Brokers gives it and
//! bitcoin as Yahoo gives it. The repository may not carry these files, so the tests run only
//! where they are: `cargo test --release --test suite acceptance -- --ignored`.
use std::path::Path;

use crate::common::{Case, Folder, json_file, shared, table};

const FROM: &str = "2020-01-01";
const TO: &str = "2026-08-21";

/// A folder with a store of both markets.
fn two_markets() -> Folder {
    let leader = shared("data/real/interactive-brokers/RUT.csv");
    let laggard = shared("data/real/yahoo/BTC-USD.csv");
    let folder = Folder::new();
    folder.case().store("store").args(["data", "import"]).args([leader, laggard]).ok();
    folder
}

/// Signals of a sentence between [`FROM`] and [`TO`]: their labels.
fn signals(folder: &Folder, sentence: &str) -> Vec<String> {
    let window = ["--from", FROM, "--to", TO, "--no-report", "--out", "signals"];
    folder.case().store("store").args(["study", sentence]).args(window).ok();
    table(&folder.read("signals/signals.csv")).into_iter().map(|row| row["bar"].clone()).collect()
}

/// Dates in the window with a close above all closes before, straight from a vendor's file.
fn record_closes(file: &Path) -> Vec<String> {
    let mut highest = f64::NEG_INFINITY;
    let mut days = Vec::new();
    for row in table(&std::fs::read_to_string(file).unwrap()) {
        let column = |names: &[&str]| {
            let found = row.iter().find(|(key, _)| names.contains(&key.to_lowercase().as_str()));
            found.unwrap_or_else(|| panic!("no {names:?} in {row:?}")).1.clone()
        };
        let close: f64 = column(&["close"]).parse().unwrap();
        let day = column(&["date", "timestamp", "time"])[..10].to_owned();
        if close > highest && highest.is_finite() && (FROM..=TO).contains(&day.as_str()) {
            days.push(day);
        }
        highest = highest.max(close);
    }
    days
}

#[test]
#[ignore = "needs price files in ../shared/data/real"]
fn record_closes_since_2020_are_those_of_the_vendors_files() {
    let folder = two_markets();
    let records = |sentence: &str, file: &str, count: usize| {
        let found = signals(&folder, sentence);
        assert_eq!(found.len(), count, "{sentence}");
        let by_hand = record_closes(&shared(file));
        assert_eq!(found, by_hand, "{sentence}");
    };
    records("long RUT when RUT hits a high", "data/real/interactive-brokers/RUT.csv", 68);
    records("long BTC when BTC hits a high", "data/real/yahoo/BTC-USD.csv", 71);
}

#[test]
#[ignore = "needs price files in ../shared/data/real"]
fn the_sentence_of_the_article_speaks_on_32_days_in_three_episodes() {
    let folder = two_markets();
    let sentence = "long BTC when the Russell hits a high and BTC is over 20% below its high";
    let labels = signals(&folder, sentence);
    assert_eq!(labels.len(), 32);
    assert_eq!((labels[0].as_str(), labels[31].as_str()), ("2025-12-04", "2026-08-14"));

    let manifest = json_file(&folder.join("signals/manifest.json"));
    assert_eq!(manifest["window"]["from"], FROM);
    assert_eq!(manifest["window"]["to"], TO);
    let series: Vec<_> = manifest["series"].as_array().unwrap().iter().collect();
    let name = |at: usize| {
        format!("{}@{}", series[at]["symbol"].as_str().unwrap(), series[at]["vendor"].as_str().unwrap())
    };
    assert_eq!([name(0), name(1)], ["BTC-USD@yahoo", "RUT@interactive-brokers"]);

    let summary = json_file(&folder.join("signals/summary.json"));
    assert_eq!(summary["counts"]["signals"], 32);
    assert_eq!(summary["counts"]["episodes"], 3);
    assert_eq!(summary["look_ahead"]["changed"], 0);
    let episodes = summary["study"]["episodes"].as_array().unwrap();
    let first: Vec<_> = episodes.iter().map(|episode| episode["first"].as_str().unwrap()).collect();
    assert_eq!(first, ["2025-12-04", "2026-04-16", "2026-08-04"]);
    let horizons = summary["study"]["horizons"].as_array().unwrap();
    let quarter = horizons.iter().find(|horizon| horizon["bars"] == 63).unwrap();
    let closes = &quarter["signals_close_to_close"];
    assert_eq!((&closes["n"], &closes["down"]), (&23.into(), &22.into()));
}

/// Files of outside data that are refused, and the words that say why.
const REFUSED: [(&str, &str); 2] = [
    ("interactive-brokers/RUT_1h.csv", "RUT_1h.csv:8378: 2026-08-04 15:30:00-04:00 is out of order"),
    ("investing/Russell 2000 Futures Historical Data.csv", "name it with `--symbol S`"),
];

/// Files of outside data that enter: bars, full name, first and last label.
const TAKEN: [(&str, &str); 25] = [
    (
        "intraday/Bitfinex_BTCUSD_1m_2013-2019.csv.gz",
        "2,630,217 bars of BTCUSD@bitfinex/1m, 2013-04-01T00:07:00Z to 2019-12-31T23:59:00Z",
    ),
    ("yahoo/BTC-USD.parquet", " bars of BTC-USD@"),
    ("binance/BTCUSDT_1d.csv", "3,292 bars of BTCUSDT@binance, 2017-08-17 to 2026-08-21"),
    ("binance/ETHUSDT_1d.csv", "3,292 bars of ETHUSDT@binance, 2017-08-17 to 2026-08-21"),
    ("cboe/vix-daily.csv", "9,235 bars of VIX@cboe, 1990-01-02 to 2026-07-23"),
    (
        "cryptodatadownload/Bitstamp_BTCUSD_d.csv",
        "3,954 bars of BTC-USD@cryptodatadownload, 2014-11-28 to 2025-09-24",
    ),
    ("fred/DFF.csv", "9,526 bars of DFF@fred, 2000-01-01 to 2026-01-29"),
    ("fred/DTB3.csv", "6,521 bars of DTB3@fred, 2000-01-03 to 2026-01-29"),
    ("fred/WALCL.csv", "1,233 bars of WALCL@fred, 2002-12-18 to 2026-07-29"),
    ("interactive-brokers/RUT.csv", "2,552 bars of RUT@interactive-brokers, 2016-06-28 to 2026-08-21"),
    (
        "intraday/BTCUSDT_4h.csv",
        "12,304 bars of BTCUSDT@binance/4h, 2021-01-01T00:00:00Z to 2026-08-13T12:00:00Z",
    ),
    ("stooq/iwm_us_d.csv", "5,330 bars of IWM@stooq, 2005-02-25 to 2026-05-05"),
    ("yahoo-adjusted/IWM.csv", "6,598 bars of IWM@yahoo-adjusted, 2000-05-26 to 2026-08-21"),
    ("yahoo-adjusted/QQQ.csv", "6,906 bars of QQQ@yahoo-adjusted, 1999-03-10 to 2026-08-21"),
    ("yahoo-adjusted/SPY.csv", "8,448 bars of SPY@yahoo-adjusted, 1993-01-29 to 2026-08-21"),
    ("yahoo/BTC-USD.csv", "5,848 bars of BTC-USD@yahoo, 2010-08-18 to 2026-08-21"),
    ("yahoo/DIA.csv", "7,192 bars of DIA@yahoo, 1998-01-20 to 2026-08-21"),
    ("yahoo/ETH-USD.csv", "3,208 bars of ETH-USD@yahoo, 2017-11-09 to 2026-08-21"),
    ("yahoo/GLD.csv", "5,473 bars of GLD@yahoo, 2004-11-18 to 2026-08-21"),
    ("yahoo/IWM.csv", "6,598 bars of IWM@yahoo, 2000-05-26 to 2026-08-21"),
    ("yahoo/QQQ.csv", "6,906 bars of QQQ@yahoo, 1999-03-10 to 2026-08-21"),
    ("yahoo/SLV.csv", "5,111 bars of SLV@yahoo, 2006-04-28 to 2026-08-21"),
    ("yahoo/SPY.csv", "8,448 bars of SPY@yahoo, 1993-01-29 to 2026-08-21"),
    ("yahoo/TLT.csv", "6,055 bars of TLT@yahoo, 2002-07-30 to 2026-08-21"),
    ("yahoo/^RUT.csv", "9,297 bars of ^RUT@yahoo, 1987-09-10 to 2024-08-02"),
];

#[test]
#[ignore = "needs price files in ../shared/data/real"]
fn every_file_of_the_vendors_enters_or_is_refused_for_a_stated_reason() {
    let data = shared("data/real");
    let import =
        |path: &str| Case::new().store("store").args(["data", "import"]).args([data.join(path)]).run();
    for (path, told) in TAKEN {
        let ran = import(path);
        assert_eq!(ran.status, 0, "{path}\n{}", ran.stderr);
        let said = ran.stdout.replace('\n', " ");
        assert!(said.contains(told), "{path}: expected `{told}` in\n{}", ran.stdout);
    }
    for (path, told) in REFUSED {
        let ran = import(path);
        assert_eq!(ran.status, 2, "{path}\n{}", ran.stdout);
        assert!(ran.stderr.contains(told), "{path}: expected `{told}` in\n{}", ran.stderr);
        assert!(ran.stderr.contains("help: "), "{path} is refused without a hint:\n{}", ran.stderr);
    }
    let listed: Vec<&str> = TAKEN.iter().chain(&REFUSED).map(|(path, _)| *path).collect();
    for path in crate::common::contents(&data).into_keys().filter(|name| !name.ends_with('/')) {
        assert!(listed.contains(&path.as_str()), "`{path}` is new: say above whether it enters");
    }
}

/// Measures of two markets at the end of a day, as pandas 3.1 computes them from the closes of the days that both have:
/// `a.pct_change().rolling(n).corr(b.pct_change())`, and so on.
const PAIRED: [(&str, &str, f64); 12] = [
    ("correlation(iwm, btc, 63)", "2015-03-06", 0.082_786_635_281_782_5),
    ("correlation(iwm, btc, 63)", "2020-03-16", 0.659_186_500_773_407_2),
    ("correlation(iwm, btc, 63)", "2024-11-29", 0.525_506_857_645_224_1),
    ("correlation(iwm, btc, 63)", "2025-07-03", 0.448_739_104_526_577_5),
    ("correlation(iwm, btc, 63)", "2025-11-03", 0.578_590_378_500_334_3),
    ("beta(btc, iwm, 63)", "2015-03-06", 0.471_110_072_007_728_03),
    ("beta(btc, iwm, 63)", "2020-03-16", 1.347_472_211_420_093_2),
    ("beta(btc, iwm, 63)", "2025-11-03", 1.118_573_864_591_100_8),
    ("spread(iwm, btc, 63)", "2015-03-06", 0.305_134_306_507_032_1),
    ("spread(iwm, btc, 63)", "2024-11-29", -0.549_542_446_787_309_3),
    ("lead_correlation(iwm, btc, 5, 63)", "2020-03-16", 0.158_485_998_159_698_2),
    ("lead_correlation(iwm, btc, 5, 63)", "2025-11-03", -0.104_824_296_096_066_22),
];

#[test]
#[ignore = "needs price files in ../shared/data/real"]
fn two_markets_move_together_as_pandas_says() {
    let (iwm, btc) = (shared("data/real/yahoo/IWM.csv"), shared("data/real/yahoo/BTC-USD.csv"));
    let folder = Folder::new();
    let path = |path: &Path| path.display().to_string();
    let text = format!(
        "title = \"Together\"\nsource = \"this test\"\n\n[markets]\niwm = {{ file = \"{}\" }}\nbtc = {{ file = \"{}\" }}\n\n\
         [entry]\nlong = \"btc\"\nwhen = \"correlation(iwm, btc, 63) > -0.99 and beta(btc, iwm, 63) > -1000 and \
         spread(iwm, btc, 63) > -1000% and lead_correlation(iwm, btc, 5, 63) > -0.99\"\n\n[exit]\nafter = \"5 days\"\n\n\
         [costs]\ncommission = \"none\"\nslippage = \"none\"\n",
        path(&iwm),
        path(&btc)
    );
    folder.write("together.toml", text);
    folder.case().args(["run", "together.toml", "--no-report", "--out", "run"]).ok();
    let signals = table(&folder.read("run/signals.csv"));
    for (measure, day, expected) in PAIRED {
        let row = signals.iter().find(|row| row["bar"] == day).unwrap_or_else(|| panic!("no {day}"));
        let found: f64 = row[measure].parse().unwrap();
        assert!((found - expected).abs() < 1e-9, "{measure} on {day}: {found}, not {expected}");
    }
}
