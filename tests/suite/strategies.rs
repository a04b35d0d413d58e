//! Every strategy that comes with the program: its header, what it says on the sample, what it asks for.
//!
//! `UPDATE_DOCS=1 cargo test --test suite strategies` writes the table of `docs/strategies.md` anew.
use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;

use crate::common::{Folder, json_file, waves};

/// Strategies that need a series the sample has not: they are refused, with a message that says which.
const ASK_FOR_MORE: [&str; 2] = ["earnings-expectations", "treasury-bill-purchases"];

/// The lines that a strategy's header holds, in this order.
const HEADER: [&str; 4] = ["Claim:", "Read as:", "Refuted:", "Data:"];

/// Name and text of every strategy of the folder.
fn strategies() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("strategies");
    let mut found: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    found.sort();
    assert!(found.len() >= 20);
    found
}

/// The parts of a header, in the order of [`HEADER`]; lines that go on are joined.
fn header(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for line in text.lines().take_while(|line| line.starts_with('#')) {
        let line = line.trim_start_matches('#').trim();
        match HEADER.get(parts.len()).and_then(|key| line.strip_prefix(key)) {
            Some(rest) => parts.push(rest.trim().to_owned()),
            None => match parts.last_mut() {
                Some(part) => *part = format!("{part} {line}"),
                None => return parts,
            },
        }
    }
    parts
}

/// What a study printed, and its summary.
type Study = (String, serde_json::Value);

/// The study of each strategy on the sample, by name; nothing for those that ask for more. Made once.
fn studies() -> &'static [(String, Option<Study>)] {
    static STUDIES: OnceLock<Vec<(String, Option<Study>)>> = OnceLock::new();
    STUDIES.get_or_init(|| {
        let folder = Folder::new();
        let study = |name: &str| {
            let ran = folder.case().args(["study", name, "--no-report", "--quiet", "--out", "out"]).ok();
            (ran.stdout, json_file(&folder.join("out/summary.json")))
        };
        let named = strategies().into_iter();
        named
            .map(|(name, _)| {
                let found = (!ASK_FOR_MORE.contains(&name.as_str())).then(|| study(&name));
                (name, found)
            })
            .collect()
    })
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/strategies");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// What a command printed, without the name of its folder, which the hash of any change is in.
fn told(stdout: &str) -> String {
    let lines = stdout.lines().filter(|line| !line.starts_with("results: "));
    lines.map(|line| line.trim_end().to_owned() + "\n").collect::<String>().trim_end().to_owned() + "\n"
}

#[track_caller]
fn fits_a_terminal(text: &str) {
    let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}

#[test]
fn every_strategy_says_what_would_refute_it_and_what_it_needs() {
    for (name, text) in strategies() {
        let parts = header(&text);
        assert_eq!(parts.len(), HEADER.len(), "{name}: its header is {} in this order", HEADER.join(", "));
        assert!(parts.iter().all(|part| part.ends_with(['.', '?']) || part.contains("catchup")), "{name}");
        assert!(text.contains("\nsource = \""), "{name} names its source");
        assert!(
            text.lines().filter(|line| line.starts_with('#')).all(|line| line.chars().count() <= 130),
            "{name}"
        );
    }
}

#[test]
fn every_strategy_leaves_its_snapshot_on_the_sample() {
    let folder = Folder::new();
    for (name, study) in studies() {
        let Some((printed, _)) = study else {
            let refused = folder.case().args(["run", name, "--no-report"]).exits(2);
            assert_eq!(refused.stdout, "");
            snapshot(name, &told(&refused.stderr));
            continue;
        };
        let ran = folder.case().args(["run", name, "--no-report", "--quiet"]).ok();
        for text in [printed, &ran.stdout] {
            fits_a_terminal(text);
            assert!(text.contains("SIMULATED"), "{name}");
        }
        let (study, run) = (told(printed), told(&ran.stdout));
        snapshot(name, &format!("$ catchup study {name}\n{study}\n$ catchup run {name}\n{run}"));
    }
}

#[test]
fn every_strategy_is_explained() {
    let folder = Folder::new();
    for (name, _) in strategies() {
        let ran = folder.case().args(["strategy", "explain", &name, "--quiet"]).ok();
        fits_a_terminal(&ran.stdout);
        let known = !ran.stdout.contains("not known before every series is there");
        assert_eq!(known, !ASK_FOR_MORE.contains(&name.as_str()), "{}", ran.stdout);
        let facts = folder.case().args(["strategy", "explain", &name, "--format", "json"]).ok().json();
        assert_eq!(facts["today"].is_null(), !known, "{name}");
        assert!(facts["combinations"].as_u64().unwrap() > 1, "{name}");
    }
}

#[test]
fn series_that_are_not_there_are_told_at_once() {
    let folder = Folder::new();
    let sentence = "long BTC when the Russell hits a high and TLT hits a high and WSHOBL is above 1";
    // On the sample, and beside real history of one market.
    let sample = folder.case().args(["run", sentence, "--no-report"]).exits(2);
    folder.write("days.csv", waves(400, 0));
    folder.case().args(["data", "import", "days.csv", "--symbol", "IWM", "--session", "custom"]).ok();
    let store = folder.case().args(["run", sentence, "--no-report"]).exits(2);
    snapshot("missing-series", &format!("{}\n{}", told(&sample.stderr), told(&store.stderr)));
    assert!(folder.contents().keys().all(|file| !file.starts_with("results")));
}

/// A monthly series that rises, each number dated the first of its month.
fn earnings() -> String {
    let mut text = "date,close\n".to_owned();
    for month in 0..16 {
        let _ = writeln!(text, "{}-{:02}-01,{}", 2020 + month / 12, month % 12 + 1, 100 + 2 * month);
    }
    text
}

#[test]
fn the_users_own_series_is_used_once_it_is_there() {
    let folder = Folder::new();
    folder.write("EARNINGS.csv", earnings());
    folder.write("IWM.csv", waves(500, 0));
    folder.write("BTC-USD.csv", waves(500, 12));
    let own = ["data", "import", "EARNINGS.csv", "--session", "macro", "--release-lag", "7"];
    folder.case().args(own).ok();
    folder.case().args(["data", "import", "IWM.csv", "--session", "custom"]).ok();
    folder.case().args(["data", "import", "BTC-USD.csv", "--session", "crypto"]).ok();
    let set = ["--set", "lag=5%", "--set", "growth=3%"];
    let ran = folder
        .case()
        .args(["study", "earnings-expectations", "--no-report", "--format", "json"])
        .args(set)
        .ok();
    assert!(ran.json()["counts"]["signals"].as_u64().unwrap() > 0, "{}", ran.stdout);
    assert_eq!(ran.json()["simulated"], false);
}

#[test]
fn a_strategy_is_copied_under_another_name() {
    let folder = Folder::new();
    let new = ["strategy", "new", "my-cuts", "--like", "rate-cuts"];
    assert_eq!(folder.case().args(new).ok().stdout, "strategies/my-cuts.toml\n");
    let (_, original) = strategies().into_iter().find(|(name, _)| name == "rate-cuts").unwrap();
    assert_eq!(folder.read("strategies/my-cuts.toml"), original);
    let list = folder.case().args(["strategy", "list"]).ok();
    assert!(list.stdout.starts_with("In strategies/"), "{}", list.stdout);
    fits_a_terminal(&list.stdout);
    let unknown = folder.case().args(["strategy", "new", "other", "--like", "rate-cutz"]).exits(2);
    assert!(unknown.stderr.contains("did you mean `rate-cuts`?"), "{}", unknown.stderr);
    assert!(!folder.join("strategies/other.toml").exists());
}

#[test]
fn what_a_study_looks_at_is_checked_with_its_place() {
    let folder = Folder::new();
    let (_, good) = strategies().into_iter().find(|(name, _)| name == "records-together").unwrap();
    let mut all = String::new();
    for (from, to) in [
        ("within = \"{near} days\"\n", ""),
        ("beside = \"btc hits a high\"\n", ""),
        ("within = \"{near} days\"", "within = \"{near} bars\""),
        ("within = \"{near} days\"", "within = \"20%\""),
        ("beside = \"btc hits a high\"", "beside = \"btc\""),
        ("beside = ", "besides = "),
    ] {
        folder.write("bad.toml", good.replace(from, to));
        let ran = folder.case().args(["study", "bad.toml", "--no-report"]).exits(2);
        all += &ran.stderr;
    }
    snapshot("wrong-studies", &all);
}

/// The same rule beside itself: every signal has one near, in order on its own bar.
#[test]
fn a_rule_always_coincides_with_itself() {
    let folder = Folder::new();
    let (_, records) = strategies().into_iter().find(|(name, _)| name == "records-together").unwrap();
    folder.write("same.toml", records.replace("btc hits a high", "russell hits a high"));
    folder.case().args(["study", "same.toml", "--no-report", "--quiet", "--out", "out"]).ok();
    let together = &json_file(&folder.join("out/summary.json"))["study"]["together"];
    assert_eq!(together["signals"]["share"], 1.0);
    assert_eq!(together["same_bar"], together["signals"]["n"]);
    // Shifts by fewer days than count as near keep every signal near its own.
    assert!(together["chance"].as_f64().unwrap() < 0.05, "{together:#}");
    assert!(together["any_day"]["share"].as_f64().unwrap() < 1.0);
}

#[test]
fn shells_and_man_are_told_of_every_command() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = folder.case().args(["completions", shell]).ok();
        for word in ["sweep", "resample", "explain", "release-lag"] {
            assert!(ran.stdout.contains(word), "{shell} is not told of {word}");
        }
    }
    folder.case().args(["completions", "csh"]).exits(2);
    assert!(folder.case().args(["man"]).ok().stdout.contains(".TH catchup 1"));
    assert!(folder.contents().is_empty());
    folder.case().args(["man", "--out", "man"]).ok();
    let page = folder.read("man/catchup-strategy-new.1");
    assert!(
        page.contains(".TH catchup-strategy-new 1") && page.contains("Name of the new strategy"),
        "{page}"
    );
    assert!(folder.contents().len() > 25);
}

/// A share or change as a whole percentage.
fn percent(value: &serde_json::Value) -> String {
    value.as_f64().map_or("-".into(), |value| format!("{:.0}%", value * 100.0))
}

/// What a study of the sample found, in a few words.
fn found(summary: &serde_json::Value) -> String {
    let counts = &summary["counts"];
    let mut text = format!("{} signals, {} episodes.", counts["signals"], counts["episodes"]);
    let horizon = &summary["study"]["horizons"][2];
    let (episodes, days) = (&horizon["episodes"], &horizon["all_days"]);
    let up = days["up"].as_f64().unwrap() / days["n"].as_f64().unwrap();
    let _ = write!(
        text,
        " 63 bars later {} of {} stood higher (any day {:.0}%), median {} (any day {}).",
        episodes["up"],
        episodes["n"],
        up * 100.0,
        percent(&episodes["median"]),
        percent(&days["median"])
    );
    let study = &summary["study"];
    if let Some(together) = study.get("together") {
        let of = &together["episodes"];
        let _ = write!(
            text,
            " {} of {} have the other one near, any day {}; p = {:.3}.",
            of["near"],
            of["n"],
            percent(&together["any_day"]["share"]),
            together["chance"].as_f64().unwrap()
        );
    }
    if let Some(followed) = study.get("followed") {
        let at = |place: usize| followed["points"][place]["median"].as_f64().unwrap();
        let any = followed["any_day"].as_f64().unwrap();
        let _ = write!(
            text,
            " Followed: {:.2} at the signal, {:.2} 63 bars later, any day {any:.2}.",
            at(0),
            at(3)
        );
    }
    text
}

/// The table of `docs/strategies.md`.
fn table() -> String {
    let folder = Folder::new();
    let mut table =
        "| strategy | claim | rule | on the sample | needs |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for ((name, text), (_, study)) in strategies().into_iter().zip(studies()) {
        let parts = header(&text);
        let explained = folder.case().args(["strategy", "explain", &name, "--format", "json"]).ok().json();
        let said = study.as_ref().map_or("cannot run on it".into(), |(_, summary)| found(summary));
        let rule = explained["entry"]["text"].as_str().unwrap();
        let needs = parts[3].trim_end_matches('.');
        let _ = writeln!(
            table,
            "| [`{name}`](../strategies/{name}.toml) | {} | `{rule}` | {said} | {needs} |",
            parts[0].trim_end_matches('.')
        );
    }
    table
}

#[test]
fn the_table_of_strategies_is_true() {
    const BEGIN: &str = "<!-- table -->\n";
    const END: &str = "<!-- end of table -->\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/strategies.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let wanted = format!("{before}{BEGIN}{}{END}{after}", table());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let is = std::fs::read_to_string(&path).unwrap();
    assert!(
        is == wanted,
        "docs/strategies.md differs: run `UPDATE_DOCS=1 cargo test --test suite strategies`"
    );
}
