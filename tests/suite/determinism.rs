//! The same data, strategy and seed give the same bytes, on any number of threads; a finished run is replaced
//! only by a run.
use std::collections::BTreeMap;

use crate::common::{Folder, contents, waves};

const STRATEGY: &str = r#"title = "Many"

[markets]
lead = "LEAD"
lag  = "LAG"

[params]
window = { default = 20, sweep = { from = 5, to = 60, step = 5 } }
behind = { default = "5%", sweep = { from = "1%", to = "15%", step = "1%" } }
hold   = { default = 10, sweep = { from = 2, to = 32, step = 2 } }
stop   = { default = "none", sweep = ["none", "3%", "5%"] }

[entry]
long = "lag"
when = "lead hits a {window}-day high and lag is over {behind} below its 60-day high"

[exit]
after = "{hold} days"
stop  = "{stop}"

[costs]
commission = "10 bps"
slippage   = "5 bps"
"#;

fn house() -> Folder {
    let folder = Folder::new();
    folder.write("LEAD.csv", waves(300, 0));
    folder.write("LAG.csv", waves(300, 12));
    folder.write("many.toml", STRATEGY);
    folder.case().args(["data", "import", "LEAD.csv", "LAG.csv", "--session", "crypto"]).ok();
    folder
}

/// The files of a run, made with some further arguments.
fn made(folder: &Folder, command: &str, rest: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let args = [command, "many.toml", "--out", "made"];
    folder.case().args(args).args(rest).ok();
    let files = contents(&folder.join("made"));
    std::fs::remove_dir_all(folder.join("made")).unwrap();
    files
}

#[track_caller]
fn same(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>, what: &str) {
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "{what}: other files");
    let different: Vec<_> = a.keys().filter(|name| a[*name] != b[*name]).collect();
    assert!(different.is_empty(), "{what}: other bytes in {different:?}");
}

#[test]
fn threads_change_no_byte_of_a_sweep() {
    let folder = house();
    // 12 x 15 x 16 x 3 = 8,640 combinations: more than one block of work.
    let one = made(&folder, "sweep", &["--no-report", "--threads", "1"]);
    let names: Vec<_> = one.keys().map(String::as_str).collect();
    assert_eq!(names, ["combinations.parquet", "equity.parquet", "manifest.json", "summary.json"]);
    for threads in ["2", "8"] {
        same(&one, &made(&folder, "sweep", &["--no-report", "--threads", threads]), threads);
    }
    same(&one, &made(&folder, "sweep", &["--no-report"]), "all cores, again");
    same(&one, &made(&folder, "sweep", &["--no-report", "--quiet", "--format", "json"]), "how it is told");
}

#[test]
fn runs_and_studies_are_the_same_again() {
    let folder = house();
    for command in ["run", "study"] {
        let one = made(&folder, command, &["--no-report", "--threads", "1"]);
        for threads in ["2", "8"] {
            same(&one, &made(&folder, command, &["--no-report", "--threads", threads]), command);
        }
    }
}

#[test]
fn pictures_and_the_page_are_the_same_again() {
    let folder = house();
    let one = made(&folder, "study", &["--threads", "1"]);
    assert!(one.contains_key("report.html"));
    same(&one, &made(&folder, "study", &["--threads", "8"]), "study");
}

/// Other data, another window, another seed: another folder; the same again: the same folder.
#[test]
fn the_folder_is_named_by_what_went_in() {
    let folder = house();
    let place = |rest: &[&str]| {
        let ran = folder.case().args(["run", "many.toml", "--no-report"]).args(rest).ok();
        ran.stdout.lines().last().unwrap().strip_prefix("results: ").unwrap().to_owned()
    };
    let first = place(&[]);
    assert!(first.starts_with("results/many-run-"), "{first}");
    assert_eq!(first, place(&["--threads", "1", "--color", "never"]));
    let others = [
        place(&["--seed", "2"]),
        place(&["--from", "2020-06-01"]),
        place(&["--set", "hold=11"]),
        place(&["--capital", "1000"]),
    ];
    for (at, other) in others.iter().enumerate() {
        assert_ne!(&first, other);
        assert!(!others[..at].contains(other), "{other} twice");
    }
    let mut text = waves(300, 0);
    text += "2020-10-27,226,227,225,226\n";
    folder.write("LEAD.csv", text);
    folder.case().args(["data", "import", "LEAD.csv", "--session", "crypto"]).ok();
    assert_ne!(first, place(&[]), "the data are others");
}

#[test]
fn a_run_replaces_a_run_and_nothing_else() {
    let folder = house();
    let out = |name: &'static str| ["run", "many.toml", "--no-report", "--out", name];
    folder.case().args(out("run")).ok();
    let before = contents(&folder.join("run"));
    folder.case().args(out("run")).ok();
    same(&before, &contents(&folder.join("run")), "replaced whole");
    folder.case().args(["sweep", "many.toml", "--no-report", "--out", "run"]).ok();
    assert!(folder.join("run/combinations.parquet").exists() && !folder.join("run/trades.csv").exists());

    std::fs::create_dir(folder.join("empty")).unwrap();
    folder.case().args(out("empty")).ok();
    assert!(folder.join("empty/trades.csv").exists(), "an empty folder is taken");

    folder.write("thesis/chapter.txt", "years of work");
    folder.write("a-file", "of mine");
    // A run with a file of the user's in it is no longer only a run.
    folder.case().args(out("noted")).ok();
    folder.write("noted/notes.txt", "what I think of it");
    let noted = contents(&folder.join("noted"));
    for taken in ["thesis", "a-file", "noted"] {
        let ran = folder.case().args(out(taken)).exits(2);
        assert!(ran.stderr.contains("a run of catchup") && ran.stderr.contains("help: "), "{}", ran.stderr);
    }
    same(&noted, &contents(&folder.join("noted")), "left as it was");
    assert_eq!(contents(&folder.join("thesis")).len(), 1);
    assert_eq!(folder.read("thesis/chapter.txt"), "years of work");
    assert_eq!(folder.read("a-file"), "of mine");
    let unfinished =
        folder.contents().into_keys().filter(|name| name.contains("unfinished") || name.contains("replaced"));
    assert_eq!(unfinished.count(), 0, "nothing half-written stays");
}
