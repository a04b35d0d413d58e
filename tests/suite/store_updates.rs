//! The store under its command: what newer files do to it, several processes at once, and a process that is killed.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use catchup::market::store::Store;

const HEADER: &str = "Date,Open,High,Low,Close,Adj Close,Volume\n";

/// Days of a market that never closes, from the first of January 2020 on.
fn prices(from: u32, to: u32) -> String {
    let mut text = HEADER.to_owned();
    let first = "2020-01-01".parse::<catchup::base::calendar::Date>().unwrap();
    for day in from..to {
        let date = first.saturating_add(Duration::from_secs(u64::from(day) * 86_400));
        let price = 100 + day % 17;
        let (high, low) = (price + 1, price - 1);
        writeln!(text, "{date},{price},{high},{low},{price},{price},{day}").unwrap();
    }
    text
}

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_catchup"));
    command.current_dir(dir).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn catchup(dir: &Path, arguments: &[&str]) -> Output {
    command(dir, arguments).output().unwrap()
}

/// Runs a command that must succeed; its standard output.
fn said(dir: &Path, arguments: &[&str]) -> String {
    let output = catchup(dir, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that must be refused as wrong input; its message.
fn refused(dir: &Path, arguments: &[&str]) -> String {
    let output = catchup(dir, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// Days of stock prices in a plain layout, which tells nothing of adjustment.
fn plain(rows: &[(&str, f64)]) -> String {
    let line = |(date, close): &(&str, f64)| format!("{date},{close},{close},{close},{close},1000\n");
    format!("Date,Open,High,Low,Close,Volume\n{}", rows.iter().map(line).collect::<String>())
}

#[test]
fn rows_too_few_to_tell_their_adjustment_go_to_the_series_they_agree_with() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let days = [
        ("2024-01-02", 10.0),
        ("2024-01-03", 10.5),
        ("2024-01-04", 11.0),
        ("2024-01-05", 12.0),
        ("2024-01-08", 11.5),
    ];
    let write = |rows: &[(&str, f64)]| fs::write(dir.join("ACME.csv"), plain(rows)).unwrap();
    let import = ["data", "import", "ACME.csv", "--session", "us-equity", "--vendor", "x"];
    write(&days[..4]);
    said(dir, &[&import[..], &["--adjustment", "split"]].concat());
    write(&days[2..]);
    let text = said(dir, &import).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("added 1 bar after the last one; 2 bars in common, all equal"), "{text}");
    assert!(text.contains("prices split-adjusted, not dividend-adjusted"), "{text}");
    let why = "taken as those of ACME@x/1d/split, with which 2 bars in common agree";
    assert!(text.contains(why), "{text}");
    assert_eq!(said(dir, &["data", "list"]).lines().count(), 2);
    // Other prices are no rows of it, and one more series is not made without a word.
    write(&[("2024-01-08", 5.75), ("2024-01-09", 6.0)]);
    let output = catchup(dir, &import);
    let warned = String::from_utf8(output.stderr).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "these bars do not agree with ACME@x/1d/split, so they are a series of their own";
    assert!(output.status.success() && warned.contains(told), "{warned}");
    assert_eq!(said(dir, &["data", "list"]).lines().count(), 3);
}

#[test]
fn newer_files_append_and_changed_ones_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::create_dir(dir.join("new")).unwrap();
    fs::write(dir.join("BTC-USD.csv"), prices(0, 10)).unwrap();
    fs::write(dir.join("new/BTC-USD.csv"), prices(8, 12)).unwrap();
    said(dir, &["data", "import", "BTC-USD.csv"]);
    let text = said(dir, &["data", "import", "new/BTC-USD.csv"]);
    assert!(text.contains("added 2 bars after the last one; 2 bars in common, all equal"), "{text}");
    assert!(text.contains("the series is now 12 bars, 2020-01-01 to 2020-01-12"), "{text}");
    let text = said(dir, &["data", "import", "BTC-USD.csv"]);
    assert!(text.contains("nothing new: the store has all of it"), "{text}");
    fs::write(dir.join("BTC-USD.csv"), prices(20, 25)).unwrap();
    let message = refused(dir, &["data", "import", "BTC-USD.csv"]);
    assert!(message.contains("rows are missing between 2020-01-12 and 2020-01-21"), "{message}");
    fs::write(dir.join("BTC-USD.csv"), prices(0, 12).replace("103,104,102,103", "103,104,102,103.5"))
        .unwrap();
    let message = refused(dir, &["data", "import", "BTC-USD.csv"]);
    assert!(message.contains("BTC-USD@yahoo has another past in the store"), "{message}");
    assert!(message.contains("2020-01-04 close: 103 in the store, 103.5 now"), "{message}");
    assert!(message.contains("--replace"), "{message}");
    let text = said(dir, &["data", "import", "--replace", "BTC-USD.csv"]);
    assert!(text.contains("in place of the one before, which is kept as a version"), "{text}");
    assert_eq!(said(dir, &["data", "versions", "BTC-USD"]).lines().count(), 4);
    said(dir, &["data", "prune", "BTC-USD"]);
    assert_eq!(said(dir, &["data", "versions", "BTC-USD"]).lines().count(), 2);
}

#[test]
fn processes_at_once_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let mut running = Vec::new();
    for part in 0..4_u32 {
        fs::create_dir(dir.join(part.to_string())).unwrap();
        // All extend one series, in whatever order they come, and each brings one of its own.
        fs::write(dir.join(format!("{part}/BTC-USD.csv")), prices(0, 10 + part)).unwrap();
        fs::write(dir.join(format!("{part}/COIN{part}-USD.csv")), prices(0, 5)).unwrap();
        let files = [format!("{part}/BTC-USD.csv"), format!("{part}/COIN{part}-USD.csv")];
        running.push(command(dir, &["data", "import", &files[0], &files[1]]).spawn().unwrap());
    }
    for process in running {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let store = Store::open(dir.join("data/store")).unwrap();
    assert_eq!(store.entries().len(), 5);
    for entry in store.entries() {
        let rows = if entry.symbol == "BTC-USD" { 13 } else { 5 };
        assert_eq!(store.load(entry).unwrap().len(), rows, "{}", entry.symbol);
    }
}

#[test]
fn a_killed_import_leaves_the_store_as_it_was_or_whole() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::write(dir.join("ETH-USD.csv"), prices(0, 10)).unwrap();
    said(dir, &["data", "import", "ETH-USD.csv"]);
    let mut rows = 3000;
    for delay in [0, 5, 10, 20, 30, 40, 60, 80, 120, 200] {
        rows += 100;
        fs::write(dir.join("BTC-USD.csv"), prices(0, rows)).unwrap();
        let mut process = command(dir, &["data", "import", "BTC-USD.csv"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        let _ = process.kill();
        process.wait().unwrap();
        let store = Store::open(dir.join("data/store")).unwrap();
        for entry in store.entries() {
            assert_eq!(store.load(entry).unwrap().len(), entry.rows, "{} after {delay} ms", entry.symbol);
        }
    }
    // What was left over goes with the next change, and the series is whole.
    said(dir, &["data", "import", "BTC-USD.csv"]);
    let left = fs::read_dir(dir.join("data/store")).unwrap();
    let names: Vec<String> =
        left.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert!(names.iter().all(|name| !name.starts_with(".new-")), "{names:?}");
    assert!(said(dir, &["data", "list"]).contains("BTC-USD@yahoo"));
}

#[test]
fn longer_bars_and_adjusted_prices_are_series_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let mut text = "open_time,open,high,low,close,volume,close_time,quote_volume,ignore\n".to_owned();
    for bar in 0..14_u64 {
        let start = 1_704_067_200_000 + bar * 14_400_000; // 2024-01-01, every four hours
        writeln!(text, "{start},{bar}1,{bar}9,1,{bar}5,1,{},100,0", start + 14_399_999).unwrap();
    }
    fs::write(dir.join("BTCUSDT_4h.csv"), text).unwrap();
    said(dir, &["data", "import", "BTCUSDT_4h.csv"]);
    let text = said(dir, &["data", "resample", "BTCUSDT@binance/4h", "--bar", "1d"]);
    assert!(text.starts_with("BTCUSDT@binance: 2 bars, 2024-01-01 to 2024-01-02"), "{text}");
    assert!(text.contains("is not over yet: it is left out"), "{text}");
    assert!(
        said(dir, &["data", "show", "BTCUSDT"]).contains("resampled from BTCUSDT@binance/4h/none (bars ")
    );

    let prices = "date,close\n2024-01-02,100\n2024-01-03,102\n2024-01-04,51\n2024-01-05,50\n";
    fs::write(dir.join("IWM.csv"), prices).unwrap();
    fs::write(dir.join("actions.csv"), "date,kind,value\n2024-01-04,split,2\n2024-01-05,dividend,1\n")
        .unwrap();
    said(dir, &["data", "import", "IWM.csv", "--adjustment", "none"]);
    let text = said(dir, &["data", "actions", "IWM", "actions.csv"]);
    assert!(
        text.contains("IWM@plain/1d/split: 4 bars") && text.contains("IWM@plain/1d/split-and-dividend: 4")
    );
    // Rules name them in backticks.
    let rule = "long `IWM@plain/1d/split` when `IWM@plain/1d/split-and-dividend` hits a 2-day high";
    let output = catchup(dir, &["strategy", "explain", rule]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(refused(dir, &["data", "show", "IWM"]).contains("`IWM` may be one of 3 series"));
}
