//! `today` and `scan`: what a rule says of the last bar, and of every pair of a universe.
use crate::common::{Case, Folder};

/// The last line of prices is what counts: the leader stands at `leader`, the laggard at `laggard`.
fn store(leader: f64, laggard: f64) -> Folder {
    let folder = Folder::new();
    for (name, last) in [("LEAD", leader), ("LAG", laggard)] {
        let mut text = String::from("date,open,high,low,close\n");
        let start = 100.0;
        for day in 1..=28 {
            let close = if day == 28 { last } else { start };
            let (high, low) = (close.max(start), close.min(start));
            text += &format!("2024-02-{day:02},{start},{high},{low},{close}\n");
        }
        folder.write(&format!("{name}.csv"), text);
    }
    folder.case().args(["data", "import", "LEAD.csv", "LAG.csv", "--session", "crypto"]).ok();
    folder
}

const RULE: &str = "long LAG when LEAD hits a 20-day high and LAG is over 10% below its high";

fn snapshot(name: &str, text: &str) {
    let text: String = text.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/today");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn the_exit_code_tells_scripts() {
    let today = |leader, laggard, code| {
        let folder = store(leader, laggard);
        folder.case().args(["today", RULE, "--exit-code", "--format", "json"]).exits(code).json()[0].clone()
    };
    let is_true = today(101.0, 80.0, 0);
    assert_eq!((&is_true["state"], &is_true["bar"]), (&"true".into(), &"2024-02-28".into()));
    assert_eq!(is_true["before"]["days_since"], 0);
    let is_false = today(101.0, 95.0, 3);
    let clauses = &is_false["clauses"];
    assert_eq!((&clauses[0]["state"], &clauses[1]["state"]), (&"true".into(), &"false".into()));
    let to_go = clauses[1]["to_go"].as_f64().unwrap();
    assert!((to_go - 0.05).abs() < 1e-12, "10% wanted, 5% there: {to_go}");
    // Without --exit-code a false rule is no failure.
    store(101.0, 95.0).case().args(["today", RULE]).ok();
    // Too few bars for the window: not false, missing.
    let folder = store(101.0, 80.0);
    let missing = folder.case().args(["today", &RULE.replace("20-day", "40-day"), "--exit-code"]).exits(4);
    assert!(missing.stdout.contains("the rule is MISSING"), "{}", missing.stdout);
}

#[test]
fn a_market_whose_rows_are_too_old_is_named() {
    let folder = store(101.0, 80.0);
    let rows: Vec<String> = (1..=12).map(|day| format!("2024-03-{day:02},80,80,80,80\n")).collect();
    folder.write("LAG.csv", folder.read("LAG.csv") + &rows.concat());
    folder.case().args(["data", "import", "LAG.csv", "--session", "crypto"]).ok();
    let ran = folder.case().args(["today", RULE, "--exit-code"]).exits(4);
    snapshot("stale", &ran.stdout);
}

#[test]
fn a_rule_is_told_clause_by_clause() {
    let ran = Case::new().args(["today", "bitcoin-lags-russell"]).ok();
    snapshot("bitcoin-lags-russell", &ran.stdout);
    let early = Case::new().args(["today", "bitcoin-lags-russell", "--to", "2025-12-04"]).ok();
    assert!(early.stdout.contains("the rule is TRUE"), "{}", early.stdout);
    let before = Case::new().args(["today", "bitcoin-lags-russell", "--to", "1999-01-01"]).exits(2);
    assert!(before.stderr.contains("there is no bar so early"), "{}", before.stderr);
}

#[test]
fn without_a_name_every_strategy_is_told() {
    let folder = Folder::new();
    let told = folder.case().args(["today", "--format", "json"]).ok().json();
    let listed = folder.case().args(["strategy", "list", "--format", "json"]).ok().json();
    let left_out = folder.case().args(["today"]).ok().stderr.matches("left out: ").count();
    // Several laggards are told one by one.
    let mut names: Vec<&str> =
        told.as_array().unwrap().iter().map(|one| one["strategy"].as_str().unwrap()).collect();
    names.dedup();
    assert_eq!(names.len() + left_out, listed.as_array().unwrap().len());
    assert!(folder.contents().is_empty(), "today writes nothing");
}

#[test]
fn a_scan_asks_every_pair_and_counts_them_all() {
    let folder = Folder::new();
    let rule = "long BTC when the Russell hits a high and BTC is over 20% below its high";
    let universe = ["--universe", "BTC-USD,IWM,GLD"];
    let ran = folder.case().args(["scan", rule, "--out", "scan"]).args(universe).ok();
    snapshot("scan", &ran.stdout);
    assert_eq!(folder.read("scan/pairs.csv").lines().count(), 1 + 6, "three markets are six ordered pairs");
    let summary = folder.case().args(["scan", rule, "--format", "json"]).args(universe).ok().json();
    assert_eq!(summary["counts"]["pairs"], 6);
    // A pair of the scan is what a study of the pair says.
    let study = "long BTC-USD when GLD hits a high and BTC-USD is over 20% below its high";
    let study = folder.case().args(["study", study, "--no-report", "--format", "json"]).ok().json();
    let pairs = summary["pairs"].as_array().unwrap();
    let of = |leader: &str, laggard: &str| {
        let is = |pair: &&serde_json::Value| pair["leader"] == leader && pair["laggard"] == laggard;
        pairs.iter().find(is).unwrap().clone()
    };
    let pair = of("GLD@simulated", "BTC-USD@simulated");
    assert_eq!(
        (&pair["signals"], &pair["episodes"]),
        (&study["counts"]["signals"], &study["counts"]["episodes"])
    );
    assert_eq!(pair["caught_up"], study["study"]["caught_up"]);
    assert_eq!(pair["median"], study["study"]["horizons"][2]["episodes"]["median"]);

    // The same bytes on any number of threads; a scan replaces a scan.
    let bytes = folder.contents();
    folder.case().args(["scan", rule, "--out", "scan", "--threads", "1"]).args(universe).ok();
    assert!(folder.contents() == bytes);
}

#[test]
fn a_scan_needs_a_leader_and_a_laggard() {
    let alone = Case::new().args(["scan", "long BTC when BTC hits a high"]).exits(2);
    assert!(alone.stderr.contains("a scan needs a rule of two markets"), "{}", alone.stderr);
    let few = Case::new().args(["scan", "bitcoin-lags-russell", "--universe", "BTC-USD"]).exits(2);
    assert!(few.stderr.contains("a scan needs at least two markets"), "{}", few.stderr);
    let unknown = Case::new().args(["scan", "bitcoin-lags-russell", "--universe", "BTC-USD,NONE"]).exits(2);
    assert!(unknown.stderr.contains("NONE"), "{}", unknown.stderr);
}
