//! Several symbols, and several strategies, as one sweep: each row is what its own sweep would have, over the days that
//! all have in common.
mod strategies;

use std::collections::BTreeMap;
use std::path::Path;

use crate::common::{Folder, contents, json_file, waves};
use polars::prelude::{AnyValue, DataFrame, ParquetReader, SerReader};

/// 2 leaders x 3 laggards x 12 x 15 x 16 = 17,280 combinations in six members; one more value makes several blocks.
const STRATEGY: &str = r#"title = "Many"

[markets]
lead = { sweep = ["LEAD", "SLOW"], default = "SLOW" }
lag  = { sweep = ["LAG", "LATE", "ODD"] }

[params]
window = { default = 20, sweep = { from = 5, to = 60, step = 5 } }
behind = { default = "5%", sweep = { from = "1%", to = "15%", step = "1%" } }
hold   = { default = 10, sweep = { from = 2, to = 32, step = 2 } }

[entry]
long = "lag"
when = "lead hits a {window}-day high and lag is over {behind} below its 60-day high"

[exit]
after = "{hold} days"
stop  = "4%"

[costs]
commission = "10 bps"
slippage   = "5 bps"
"#;

/// Some bars of a market.
fn cut(text: &str, rows: std::ops::Range<usize>) -> String {
    let lines: Vec<&str> = text.lines().collect();
    format!("{}\n{}\n", lines[0], lines[1..][rows].join("\n"))
}

/// Markets that begin and end on different days.
fn house() -> Folder {
    let folder = Folder::new();
    folder.write("LEAD.csv", waves(420, 0));
    folder.write("SLOW.csv", waves(400, 3));
    folder.write("LAG.csv", waves(410, 12));
    folder.write("LATE.csv", cut(&waves(410, 15), 40..390));
    folder.write("ODD.csv", cut(&waves(420, 7), 10..405));
    folder.write("many.toml", STRATEGY);
    let files = ["LEAD.csv", "SLOW.csv", "LAG.csv", "LATE.csv", "ODD.csv"];
    folder.case().args(["data", "import", "--session", "crypto"]).args(files).ok();
    folder
}

/// The days that all of them have in common: LATE is warm last and ends first.
const COMMON: (&str, &str) = ("2020-04-09", "2021-01-24");

fn sweep(folder: &Folder, strategies: &[&str], out: &str, rest: &[&str]) -> BTreeMap<String, Vec<u8>> {
    folder.case().args(["sweep"]).args(strategies).args(["--no-report", "--out", out]).args(rest).ok();
    contents(&folder.join(out))
}

#[track_caller]
fn same(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>, what: &str) {
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "{what}: other files");
    let different: Vec<_> = a.keys().filter(|name| a[*name] != b[*name]).collect();
    assert!(different.is_empty(), "{what}: other bytes in {different:?}");
}

fn table(run: &Path) -> DataFrame {
    let file = std::fs::File::open(run.join("combinations.parquet")).unwrap();
    ParquetReader::new(file).finish().unwrap()
}

/// Each row's cells but those that number it, as text; floats to the last bit.
fn rows(run: &Path, without: &[&str]) -> Vec<Vec<String>> {
    let frame = table(run);
    let number = ["combination", "outcome"];
    let columns: Vec<_> = frame
        .columns()
        .iter()
        .filter(|column| {
            !number.contains(&column.name().as_str()) && !without.contains(&column.name().as_str())
        })
        .collect();
    let cell = |value: AnyValue<'_>| match value {
        AnyValue::Float64(number) => format!("{:x}", number.to_bits()),
        other => other.to_string(),
    };
    (0..frame.height())
        .map(|row| columns.iter().map(|column| cell(column.get(row).unwrap())).collect())
        .collect()
}

/// The first row that differs, if one does: tables are too long to be shown.
#[track_caller]
fn same_rows(a: &[Vec<String>], b: &[Vec<String>], what: &str) {
    assert_eq!(a.len(), b.len(), "{what}: other numbers of rows");
    if let Some(at) = (0..a.len()).find(|&at| a[at] != b[at]) {
        panic!("{what}: row {at}\n{:?}\n{:?}", a[at], b[at]);
    }
}

fn texts(run: &Path, column: &str) -> Vec<Option<String>> {
    let frame = table(run);
    frame.column(column).unwrap().str().unwrap().iter().map(|text| text.map(str::to_owned)).collect()
}

fn plain(leader: &str, laggard: &str) -> String {
    STRATEGY
        .replace(r#"{ sweep = ["LEAD", "SLOW"], default = "SLOW" }"#, &format!("\"{leader}\""))
        .replace(r#"{ sweep = ["LAG", "LATE", "ODD"] }"#, &format!("\"{laggard}\""))
}

#[test]
fn each_symbol_has_the_rows_of_its_own_sweep_over_the_days_in_common() {
    let folder = house();
    sweep(&folder, &["many.toml"], "all", &["--check", "25"]);
    let all = rows(&folder.join("all"), &["lead", "lag"]);
    let (leads, lags) = (texts(&folder.join("all"), "lead"), texts(&folder.join("all"), "lag"));
    assert_eq!(all.len(), 17_280);
    let each = all.len() / 6;
    let mut at = 0;
    for leader in ["LEAD", "SLOW"] {
        for laggard in ["LAG", "LATE", "ODD"] {
            folder.write("one.toml", plain(leader, laggard));
            sweep(&folder, &["one.toml"], "one", &["--from", COMMON.0, "--to", COMMON.1]);
            same_rows(
                &rows(&folder.join("one"), &[]),
                &all[at..at + each],
                &format!("{leader} and {laggard}"),
            );
            let named = leads[at..at + each].iter().zip(&lags[at..at + each]);
            let named = named.map(|(lead, lag)| (lead.as_deref(), lag.as_deref()));
            assert!(named.into_iter().all(|named| named == (Some(leader), Some(laggard))));
            at += each;
        }
    }
    let summary = json_file(&folder.join("all/summary.json"));
    let members = summary["members"].as_array().unwrap();
    assert_eq!(members.len(), 6);
    for member in members {
        assert_eq!(
            (&member["window"]["from"], &member["window"]["to"]),
            (&COMMON.0.into(), &COMMON.1.into())
        );
    }
    assert_eq!(members[1]["symbols"]["lag"], "LATE");
    assert_eq!(members[0]["alone"]["to"], "2021-02-13");
    assert_eq!(summary["counts"]["combinations"], 17_280);
    assert_eq!(summary["parameters"]["lead"], "SLOW", "the default need not be the first");
    // One ranking over all of them, and what lies around the best is of its own symbols.
    let best = &summary["best"]["combinations"][0];
    let most = members.iter().filter_map(|member| member["value"].as_f64()).fold(f64::MIN, f64::max);
    assert_eq!(best["value"].as_f64(), Some(most));
    let profiles = summary["landscape"]["profiles"].as_array().unwrap();
    assert_eq!(profiles[1]["parameter"], "lag");
    assert_eq!(profiles[1]["values"].as_array().unwrap().len(), 3);
    assert!(summary["landscape"]["neighbours"].as_u64().unwrap() <= 6, "no step leads to another symbol");
}

#[test]
fn outcomes_of_different_symbols_are_different_outcomes() {
    let folder = house();
    let fixed = ["--set", "hold=2", "--set", "window=60", "--set", "behind=15%"];
    sweep(&folder, &["many.toml"], "few", &fixed);
    let frame = table(&folder.join("few"));
    let outcomes: Vec<_> = frame.column("outcome").unwrap().i64().unwrap().iter().flatten().collect();
    assert_eq!(outcomes, [0, 1, 2, 3, 4, 5], "also where none of them traded");
}

#[test]
fn a_run_of_one_symbol_is_its_row_of_the_sweep() {
    let folder = house();
    sweep(
        &folder,
        &["many.toml"],
        "all",
        &["--set", "window=20", "--set", "behind=2%, 5%", "--set", "hold=10"],
    );
    let frame = table(&folder.join("all"));
    for (row, lead, lag) in [(0, "LEAD", "LAG"), (3, "LEAD", "LATE"), (10, "SLOW", "ODD")] {
        let behind = ["2%", "5%"][row % 2];
        let sets = [format!("lead={lead}"), format!("lag={lag}"), format!("behind={behind}")];
        let sets = sets.iter().flat_map(|set| ["--set", set.as_str()]);
        folder.case().args(["run", "many.toml", "--no-report", "--out", "run"]).args(sets).ok();
        let summary = json_file(&folder.join("run/summary.json"));
        for metric in ["sharpe", "total_return", "alpha", "trades"] {
            let cell = frame.column(metric).unwrap().get(row).unwrap().try_extract::<f64>().ok();
            let own = summary["metrics"][metric].as_f64();
            let near = cell.zip(own).is_none_or(|(cell, own)| (cell - own).abs() < 1e-9);
            assert!(cell.is_some() == own.is_some() && near, "{lead} {lag} {metric}: {cell:?} {own:?}");
        }
        let manifest = json_file(&folder.join("run/manifest.json"));
        assert_eq!(manifest["window"]["from"], COMMON.0);
        assert_eq!(manifest["parameters"][1]["default"], lag);
        assert_eq!(manifest["parameters"][1]["set_aside"].as_array().unwrap().len(), 2);
        let verified = folder.case().args(["verify", "run"]).ok();
        assert!(verified.stdout.starts_with("verified: 7 files"), "{}", verified.stdout);
    }
    // The default of each list, where nothing is said.
    let told = folder.case().args(["run", "many.toml", "--no-report", "--out", "run"]).ok();
    assert!(told.stdout.contains("lead = SLOW, lag = LAG") || told.stderr.contains("lead = SLOW, lag = LAG"));
}

/// 2 x 3 members of 23,040 combinations: two blocks each.
fn large(folder: &Folder) {
    let stop =
        "stop   = { default = \"4%\", sweep = { from = \"1%\", to = \"8%\", step = \"1%\" } }\n\n[entry]";
    folder.write(
        "many.toml",
        STRATEGY.replace("stop  = \"4%\"", "stop  = \"{stop}\"").replace("\n[entry]", stop),
    );
}

#[test]
fn threads_parts_and_interruptions_change_no_byte() {
    let folder = house();
    large(&folder);
    let whole = sweep(&folder, &["many.toml"], "whole", &["--threads", "1"]);
    same(&whole, &sweep(&folder, &["many.toml"], "threads", &["--threads", "5"]), "five threads");

    for part in ["1/5", "2/5", "3/5", "4/5", "5/5"] {
        sweep(&folder, &["many.toml"], &format!("part{}", &part[..1]), &["--shard", part]);
    }
    let parts = ["part3", "part1", "part5", "part2", "part4"];
    folder.case().args(["merge", "--no-report", "--out", "joined"]).args(parts).ok();
    same(&whole, &contents(&folder.join("joined")), "joined");
    let told = folder.case().args(["sweep", "many.toml", "--shard", "1/13"]).exits(2).stderr;
    assert!(told.contains("the sweep has 12 blocks"), "{told}");

    // What a sweep that was killed leaves: some blocks, the last one cut in the middle.
    for part in ["part1", "part3"] {
        let left = folder.join(".resumable-again");
        std::fs::create_dir_all(&left).unwrap();
        for (name, bytes) in [("combinations.parquet", 0), ("blocks.bin", 1000)] {
            let whole = std::fs::read(folder.join("part1").join(name)).unwrap();
            std::fs::write(left.join(name), &whole[..whole.len() - bytes]).unwrap();
        }
        std::fs::copy(folder.join("whole/manifest.json"), left.join("manifest.json")).unwrap();
        let again = sweep(&folder, &["many.toml"], "again", &["--resume", "--threads", "2"]);
        same(&whole, &again, part);
        std::fs::remove_dir_all(folder.join("again")).unwrap();
    }
    assert!(folder.case().args(["verify", "whole"]).ok().stdout.starts_with("verified: 4 files"));
}

#[test]
fn a_subset_is_taken_of_all_symbols() {
    let folder = house();
    let all = sweep(&folder, &["many.toml"], "whole", &["--threads", "1"]);
    same(&all, &sweep(&folder, &["many.toml"], "threads", &["--threads", "4"]), "several members at a time");
    let whole = rows(&folder.join("whole"), &[]);
    let condition = "[sweep]\nwhere = \"hold < window and lag != LATE\"\n\n[entry]";
    folder.write("some.toml", STRATEGY.replace("[entry]", condition));
    for (name, rest, count) in [
        ("many.toml", &["--sobol", "600"][..], 600),
        ("many.toml", &["--sample", "600", "--check", "20"], 600),
        // Of 12 x 16 pairs of window and hold 144 fit.
        ("some.toml", &[], 144 * 15 * 4),
    ] {
        sweep(&folder, &[name], "some", rest);
        let frame = table(&folder.join("some"));
        let numbers: Vec<_> = frame.column("combination").unwrap().i64().unwrap().iter().flatten().collect();
        assert_eq!(numbers.len(), count, "{name} {rest:?}");
        for (number, row) in numbers.iter().zip(rows(&folder.join("some"), &[])) {
            assert_eq!(row, whole[usize::try_from(*number).unwrap()], "{name}: combination {number}");
        }
        let lags = texts(&folder.join("some"), "lag");
        let late = lags.iter().filter(|lag| lag.as_deref() == Some("LATE")).count();
        assert_eq!(late == 0, name == "some.toml", "{late} of LATE");
        assert!(folder.case().args(["verify", "some"]).ok().stdout.starts_with("verified: 4 files"));
    }
}

#[test]
fn files_can_be_listed_and_a_sentence_lists_symbols() {
    let folder = house();
    let files = r#"{ sweep = [{ file = "LAG.csv", session = "crypto" }, { file = "LATE.csv", session = "crypto" }, "ODD"] }"#;
    folder.write("files.toml", STRATEGY.replace(r#"{ sweep = ["LAG", "LATE", "ODD"] }"#, files));
    let fixed = ["--set", "hold=2, 10", "--set", "window=20", "--set", "behind=5%"];
    sweep(&folder, &["files.toml"], "files", &fixed);
    sweep(&folder, &["many.toml"], "symbols", &fixed);
    let of = |run: &str| rows(&folder.join(run), &["lag"]);
    same_rows(&of("files"), &of("symbols"), "files");
    assert_eq!(texts(&folder.join("files"), "lag")[2].as_deref(), Some("LATE.csv"));
    assert!(folder.case().args(["verify", "files"]).ok().stdout.starts_with("verified: 4 files"));

    let sentence = "long {LAG, LATE, ODD} when {LEAD, SLOW} hits a 20-day high and the laggard is over 5% below its \
                    60-day high, exit after {2, 10} days or stop 4%, commission 10 bps, slippage 5 bps";
    sweep(&folder, &[sentence], "sentence", &[]);
    let frame = table(&folder.join("sentence"));
    let names: Vec<_> = frame.get_column_names().into_iter().take(4).map(ToString::to_string).collect();
    assert_eq!(
        names,
        ["combination", "laggard", "leader", "p1"],
        "in the order of the sentence, symbols first"
    );
    // The same rows in another order: there the leader counts slowest.
    let (mut said, mut written) = (
        rows(&folder.join("sentence"), &["laggard", "leader", "p1"]),
        rows(&folder.join("symbols"), &["lead", "lag", "window", "behind", "hold"]),
    );
    said.sort();
    written.sort();
    same_rows(&said, &written, "sentence");
    assert!(folder.case().args(["verify", "sentence"]).ok().stdout.starts_with("verified: 4 files"));
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/members");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// What stands on standard error, without the numbers of seconds and megabytes.
fn told(stderr: &str) -> String {
    let plain = |line: &str| !line.trim_start().starts_with("about ");
    stderr.lines().filter(|line| plain(line)).map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[test]
fn the_plan_says_what_each_symbol_has() {
    let folder = house();
    let args = ["sweep", "many.toml", "--out", "all", "--threads", "2"];
    let ran = folder.case().args(args).ok();
    snapshot("plan", &told(&ran.stderr));
    snapshot("summary", &ran.stdout);
    let page = folder.read("all/report.html");
    assert!(page.contains("the days that 6 choices of symbols have in common"));
    assert!(page.contains("Alone lead = LEAD, lag = LATE would have 2020-04-09 to 2021-01-24."));
    let explained = folder.case().args(["strategy", "explain", "many.toml"]).ok().stdout;
    assert!(explained.contains("{lag} = LAG; in a sweep LAG, LATE, ODD"), "{explained}");
}

#[test]
fn what_cannot_be_a_list_is_told() {
    let folder = house();
    let list = r#"{ sweep = ["LAG", "LATE", "ODD"] }"#;
    let file = |by: &str| STRATEGY.replace(list, by);
    let mut all = String::new();
    let mut refused = |what: &str, strategy: &str, rest: &[&str]| {
        let strategy = if strategy.contains('\n') {
            folder.write("wrong.toml", strategy);
            "wrong.toml"
        } else {
            strategy
        };
        let ran = folder.case().args(["sweep", strategy, "--no-report"]).args(rest).exits(2);
        assert!(ran.stdout.is_empty() && !folder.join("results").exists(), "{what}");
        let message = ran.stderr.find("error: ").map_or("", |at| &ran.stderr[at..]);
        all += &format!("## {what}\n{}\n", told(message));
    };
    refused("unknown symbol", &file(r#"{ sweep = ["LAG", "LAGG"] }"#), &[]);
    refused("one symbol twice", &file(r#"{ sweep = ["LAG", "LATE", "LAG"] }"#), &[]);
    refused("one symbol by two names", &file(r#"{ sweep = ["LAG", "LAG@plain"] }"#), &[]);
    refused("no symbol", &file("{ sweep = [] }"), &[]);
    refused("no list", &file(r#"{ sweep = "LAG" }"#), &[]);
    refused("default not listed", &file(r#"{ sweep = ["LAG"], default = "LATE" }"#), &[]);
    refused("name of a parameter", &STRATEGY.replace("hold   =", "lag    ="), &[]);
    refused("as a number", &STRATEGY.replace("{window}-day", "{lag}-day"), &[]);
    let unused = STRATEGY.replace("[params]", "third = { sweep = [\"LEAD\", \"SLOW\"] }\n\n[params]");
    refused("used nowhere", &unused, &[]);
    refused("in the rule of a file", &STRATEGY.replace("lead hits", "{LEAD, SLOW} hits"), &[]);
    refused("set to another", STRATEGY, &["--set", "lag=LEAD"]);
    let sized = STRATEGY.replace("[entry]", "[sweep]\nwhere = \"lag > LATE\"\n\n[entry]");
    refused("compared by size", &sized, &[]);
    folder.write("GONE.csv", cut(&waves(100, 0), 0..90));
    folder.write("NEW.csv", cut(&waves(420, 0), 330..420));
    folder.case().args(["data", "import", "GONE.csv", "NEW.csv", "--session", "crypto"]).ok();
    refused("nothing in common", &file(r#"{ sweep = ["GONE", "LAG", "NEW"] }"#), &[]);
    folder.write("SHORT.csv", cut(&waves(40, 0), 0..40));
    folder.case().args(["data", "import", "SHORT.csv", "--session", "crypto"]).ok();
    refused("too short", &file(r#"{ sweep = ["LAG", "SHORT"] }"#), &[]);
    refused("no symbol in a sentence", "long {LAG, LAGG} when LEAD hits a high", &[]);
    refused("twice in a sentence", "long {LAG, LAG} when LEAD hits a high", &[]);
    refused("numbers for a market", "long {10, 20} when LEAD hits a high", &[]);
    refused(
        "two lists without a name",
        "long {LAG, ODD} when {LEAD, SLOW} hits a high and {LATE, ODD} > 5",
        &[],
    );
    snapshot("refused", &all);
    let scan = folder.case().args(["scan", "many.toml"]).exits(2).stderr;
    assert!(scan.contains("not the symbols of a list"), "{scan}");
}
