//! Several strategies in one sweep.

use super::{COMMON, house, large, plain, rows, same, same_rows, snapshot, sweep, table, told};
use crate::common::{contents, json_file};

/// Another strategy, with a parameter of its own, one in common, and one that is a word there.
const OTHER: &str = r#"title = "Other"

[markets]
lead = "LEAD"
lag  = "LAG"

[params]
fall = { default = "2%", sweep = ["1%", "2%", "3%"] }
hold = { default = "none", sweep = [5, "none"] }

[entry]
long = "lag"
when = "lag has fallen over {fall} in 5 days"

[exit]
when  = "lag hits a 40-day high"
after = "{hold} days"

[costs]
commission = "10 bps"
slippage   = "5 bps"
"#;

#[test]
fn strategies_in_one_sweep_have_the_rows_they_have_alone() {
    let folder = house();
    folder.write("other.toml", OTHER);
    folder.write("one.toml", plain("LEAD", "LAG"));
    let run = |name: &str| folder.join(name);
    sweep(&folder, &["one.toml", "other.toml", "many.toml"], "all", &["--check", "20"]);
    let window = ["--from", COMMON.0, "--to", COMMON.1];
    for strategy in ["one", "other"] {
        sweep(&folder, &[&format!("{strategy}.toml")], strategy, &window);
    }
    sweep(&folder, &["many.toml"], "many", &window);
    let all = rows(&run("all"), &["strategy", "lead", "lag", "window", "behind", "fall", "hold"]);
    let (one, other) =
        (rows(&run("one"), &["window", "behind", "hold"]), rows(&run("other"), &["fall", "hold"]));
    let many = rows(&run("many"), &["lead", "lag", "window", "behind", "hold"]);
    assert_eq!((one.len(), other.len(), many.len()), (2_880, 6, 17_280));
    same_rows(&all, &[one, other, many].concat(), "all three");

    let frame = table(&run("all"));
    let numbers: Vec<_> = frame.column("combination").unwrap().i64().unwrap().iter().flatten().collect();
    assert!(numbers.iter().copied().eq(0..20_166));
    let names: Vec<_> = frame.get_column_names().into_iter().take(8).map(ToString::to_string).collect();
    assert_eq!(names, ["combination", "strategy", "window", "behind", "hold", "fall", "lead", "lag"]);
    let cells = |row: usize| -> Vec<String> {
        let value = |name: &String| frame.column(name).unwrap().get(row).unwrap().to_string();
        names[1..].iter().map(value).collect()
    };
    assert_eq!(cells(0), ["\"one\"", "5.0", "0.01", "\"2\"", "null", "null", "null"]);
    assert_eq!(cells(2_883), ["\"other\"", "null", "null", "\"none\"", "0.02", "null", "null"]);
    assert_eq!(cells(2_886), ["\"many\"", "5.0", "0.01", "\"2\"", "null", "\"LEAD\"", "\"LAG\""]);

    let summary = json_file(&folder.join("all/summary.json"));
    assert_eq!(summary["counts"]["combinations"], 20_166);
    let members = summary["members"].as_array().unwrap();
    assert_eq!(members.len(), 8);
    assert_eq!(members[1]["strategy"], "other");
    assert!(summary["best"]["combinations"][0]["strategy"].is_string());
    assert!(folder.case().args(["verify", "all"]).ok().stdout.starts_with("verified: 4 files"));
}

#[test]
fn strategies_in_one_sweep_are_cut_and_joined_like_any_other() {
    let folder = house();
    folder.write("other.toml", OTHER);
    large(&folder);
    let both = ["other.toml", "many.toml"];
    let sets = ["--set", "hold=5", "--set", "lag=LAG"];
    let whole = sweep(&folder, &both, "whole", &sets);
    same(&whole, &sweep(&folder, &both, "threads", &[&sets[..], &["--threads", "1"]].concat()), "one thread");
    for part in ["1/3", "2/3", "3/3"] {
        sweep(&folder, &both, &format!("part{}", &part[..1]), &[&sets[..], &["--shard", part]].concat());
    }
    let merge =
        folder.case().args(["merge", "--no-report", "--out", "joined", "part2", "part1", "part3"]).ok();
    assert!(merge.stderr.is_empty() || merge.stdout.contains("joined"));
    same(&whole, &contents(&folder.join("joined")), "joined");
    let manifest = json_file(&folder.join("whole/manifest.json"));
    assert!(manifest["command"].as_str().unwrap().starts_with("catchup sweep other many --rank"));
    assert_eq!(manifest["beside"][0]["parameters"][4]["values"].as_array().unwrap().len(), 1);
    let ran =
        folder.case().args(["sweep"]).args(both).args(sets).args(["--out", "shown", "--threads", "2"]).ok();
    snapshot("strategies-plan", &told(&ran.stderr));
    snapshot("strategies-summary", &ran.stdout);
    let page = folder.read("shown/report.html");
    assert!(
        page.contains("Swept in the same ranking: many, long lag when lead hits"),
        "the others are named"
    );
}

#[test]
fn strategies_that_cannot_be_told_apart_are_refused() {
    let folder = house();
    folder.write("other.toml", OTHER);
    folder.write("deep/other.toml", OTHER.replace("5 days", "6 days"));
    folder.write("called.toml", OTHER.replace("fall = {", "strategy = {").replace("{fall}", "{strategy}"));
    let refused = |args: &[&str]| folder.case().args(["sweep"]).args(args).exits(2).stderr;
    let message = refused(&["other.toml", "deep/other.toml"]);
    assert!(message.contains("two strategies are called `other`"), "{message}");
    let message = refused(&["other.toml", "called.toml"]);
    assert!(message.contains("a parameter of `called` is called `strategy`"), "{message}");
    let message = refused(&["other.toml", "many.toml", "--set", "nothing=3"]);
    assert!(message.contains("no parameter is called `nothing`"), "{message}");
    let message = refused(&["other.toml", "bitcoin-lags-russell"]);
    assert!(message.contains("simulated sample data and real data never meet in one sweep"), "{message}");
    assert!(!folder.join("results").exists());
}
