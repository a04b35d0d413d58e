//! `catchup verify`: every kind of run is computed again to the same bytes, and whatever differs is named.
use crate::common::{Folder, Ran, waves};
use crate::own_files::sealed;

const STRATEGY: &str = r#"title = "Mine"

[markets]
lead = "LEAD"
lag  = "LAG"

[params]
behind = { default = "5%", sweep = ["2%", "5%"] }
window = { default = 20, sweep = [10, 20, 40] }

[entry]
long = "lag"
when = "lead hits a {window}-day high and lag is over {behind} below its 60-day high"

[exit]
when  = "lag hits a 60-day high"
after = "10 days"

[costs]
commission = "10 bps"
slippage   = "5 bps"
"#;

const SENTENCE: &str =
    "long LAG when LEAD hits a 20-day high and LAG is over {2%..6% by 2%} below its 60-day high";

/// A store with three made-up markets, and a strategy.
fn house() -> Folder {
    let folder = Folder::new();
    for (name, phase) in [("LEAD", 0), ("LAG", 12), ("THIRD", 25)] {
        folder.write(&format!("{name}.csv"), waves(500, phase));
    }
    folder.write("mine.toml", STRATEGY);
    let files = ["LEAD.csv", "LAG.csv", "THIRD.csv"];
    folder.case().args(["data", "import"]).args(files).args(["--session", "crypto"]).ok();
    folder
}

/// Makes a run called `run`, without pictures.
fn make(folder: &Folder, args: &[&str]) {
    folder.case().args(args).args(["--out", "run", "--quiet"]).ok();
}

#[track_caller]
fn verified(folder: &Folder, told: &str) {
    let before = folder.contents();
    let ran = folder.case().args(["verify", "run"]).ok();
    assert_eq!(ran.stdout, format!("verified: {told}\n"));
    assert_eq!(ran.stderr, "");
    assert!(folder.contents() == before, "verify writes nothing");
}

fn refused(folder: &Folder) -> String {
    let Ran { stdout, stderr, .. } = folder.case().args(["verify", "run"]).exits(2);
    assert_eq!(stdout, "");
    stderr
}

#[test]
fn every_kind_of_run_is_verified() {
    let folder = house();
    make(&folder, &["run", "mine.toml", "--no-report", "--capital", "1234.56"]);
    verified(&folder, "7 files the same, the ledger adds up");
    make(
        &folder,
        &["sweep", "mine.toml", "--no-report", "--curves", "2", "--rank", "cagr", "--min-trades", "2"],
    );
    verified(&folder, "4 files the same, the ledgers of its curves add up");
    for subset in ["--sample", "--sobol"] {
        make(&folder, &["sweep", "mine.toml", "--no-report", subset, "3", "--seed", "9"]);
        verified(&folder, "4 files the same, the ledgers of its curves add up");
    }
    make(&folder, &["study", "mine.toml", "--no-report"]);
    verified(&folder, "3 files the same");
    make(&folder, &["scan", "mine.toml", "--universe", "LEAD,LAG,THIRD", "--set", "behind=3%"]);
    verified(&folder, "3 files the same");
}

#[test]
fn page_and_pictures_are_verified_where_they_are_there() {
    let folder = house();
    make(&folder, &["run", "mine.toml"]);
    let json = folder.case().args(["verify", "run", "--format", "json"]).ok().json();
    assert_eq!((&json["verified"], &json["kind"]), (&true.into(), &"run".into()));
    assert!(json["compared"].as_u64().unwrap() > 9, "{json:#}");
    let page = folder.read("run/report.html");
    folder.write("run/report.html", page + "\nmore");
    let ran = folder.case().args(["verify", "run"]).exits(1);
    assert!(ran.stdout.starts_with("differs: report.html: line "), "{}", ran.stdout);
}

#[test]
fn a_run_of_the_sample_is_verified_with_and_without_it_in_the_store() {
    let folder = Folder::new();
    make(&folder, &["run", "bitcoin-lags-russell"]);
    folder.case().args(["data", "sample", "--out", "sample"]).ok();
    let files = ["sample/BTC-USD.csv", "sample/IWM.csv"];
    folder.case().args(["--store", "other", "data", "import"]).args(files).ok();
    for store in ["data/store", "other"] {
        let ran = folder.case().args(["verify", "run", "--store", store]).ok();
        assert!(ran.stdout.ends_with("the ledger adds up; its days are SIMULATED\n"), "{}", ran.stdout);
    }
}

#[test]
fn parts_that_were_joined_are_verified_as_a_whole() {
    let folder = house();
    let hold = "hold = { default = 5, sweep = { from = 1, to = 110, step = 1 } }\n\n[entry]";
    let many = STRATEGY
        .replace("[10, 20, 40]", "{ from = 2, to = 81, step = 1 }")
        .replace("\n[entry]", hold)
        .replace("10 days", "{hold} days");
    folder.write("many.toml", many);
    for part in ["1/2", "2/2"] {
        let out = format!("part-{}", &part[..1]);
        folder.case().args(["sweep", "many.toml", "--shard", part, "--out", &out]).ok();
    }
    let part = folder.case().args(["verify", "part-1"]).exits(2);
    assert!(part.stderr.contains("is a part of a sweep"), "{}", part.stderr);
    make(&folder, &["merge", "part-1", "part-2", "--no-report"]);
    verified(&folder, "4 files the same, the ledgers of its curves add up");
}

#[test]
fn what_differs_is_named_with_its_place() {
    let folder = house();
    make(&folder, &["run", "mine.toml", "--no-report"]);
    let trades = folder.read("run/trades.csv");
    let line = trades.lines().nth(2).unwrap();
    let price = line.split(',').nth(4).unwrap();
    folder.write("run/trades.csv", trades.replace(line, &line.replace(price, "1.5")));
    std::fs::remove_file(folder.join("run/equity.csv")).unwrap();
    folder.write("run/pairs.csv", "leader\n");
    folder.write("run/thoughts.txt", "it works");
    let ran = folder.case().args(["verify", "run"]).exits(1);
    // Wrapped at the width of a terminal.
    assert_eq!(
        ran.stdout.replace("\n         ", " "),
        format!(
            "differs: equity.csv: it is missing here\n\
             differs: pairs.csv: a run leaves no such file\n\
             differs: trades.csv: line 3, entry_price: 1.5 here, {price} computed again\n\
             not compared: thoughts.txt\n\
             not verified: 3 of 8 files differ from what the manifest leads to\n"
        )
    );
    let json = folder.case().args(["verify", "run", "--format", "json"]).exits(1).json();
    assert_eq!(json["verified"], false);
    assert_eq!(json["differences"][2]["file"], "trades.csv");
}

#[test]
fn a_changed_manifest_is_found_by_what_it_leads_to() {
    let folder = house();
    make(&folder, &["run", "mine.toml", "--no-report", "--capital", "500"]);
    let manifest = folder.read("run/manifest.json");
    folder.write("run/manifest.json", manifest.replace("\"capital\": 500.0", "\"capital\": 700.0"));
    let ran = folder.case().args(["verify", "run"]).exits(1);
    assert!(ran.stdout.contains("differs: equity.csv: line 2, equity: 500 here, 700"), "{}", ran.stdout);

    // A line that leads nowhere is told of, too.
    folder.write("run/manifest.json", manifest.replace("\"rows\": 500", "\"rows\": 501"));
    let ran = folder.case().args(["verify", "run"]).exits(1);
    assert!(ran.stdout.contains("manifest.json: series[0].rows: 501 here, 500"), "{}", ran.stdout);

    folder.write("run/manifest.json", manifest.replace("catchup run", "catchup hum"));
    assert!(refused(&folder).contains("`run` is no run"));
    folder.write("run/manifest.json", manifest.replace("\"content\"", "\"contents\""));
    assert!(refused(&folder).contains("missing field `content`"));
    folder.write("run/manifest.json", manifest.replace("\"values\": [", "\"values\": [\n\"x\","));
    assert!(refused(&folder).contains("the parameter `behind`: `x` is not a value"));
}

/// One byte after the other, of every kind of run: of a small one all, in a campaign.
#[test]
fn every_changed_byte_of_a_manifest_is_noticed() {
    let folder = house();
    make(&folder, &["run", "mine.toml", "--no-report"]);
    let manifest = folder.read("run/manifest.json");
    let step = std::env::var("CATCHUP_FUZZ_MUTATIONS").ok().and_then(|text| text.parse::<usize>().ok());
    let step = step.map_or(47, |count| (manifest.len() / count.max(1)).max(1));
    for at in (0..manifest.len()).step_by(step) {
        let mut changed = manifest.clone().into_bytes();
        changed[at] = match changed[at] {
            b'0'..=b'8' | b'a'..=b'y' | b'A'..=b'Y' => changed[at] + 1,
            b' ' => b'\t',
            b'\n' => b' ',
            _ => b'1',
        };
        folder.write("run/manifest.json", &changed);
        let ran = folder.case().args(["verify", "run"]).run();
        let changed = String::from_utf8_lossy(&changed).into_owned();
        assert!([1, 2].contains(&ran.status), "byte {at}\n{changed}\n{}", ran.stdout);
        let told = if ran.status == 1 { ran.stdout } else { ran.stderr };
        assert!(!told.contains("panicked") && !told.is_empty(), "{told}");
    }
}

#[test]
fn edits_of_a_manifest_that_lead_to_the_same_run_are_noticed() {
    let folder = house();
    make(&folder, &["sweep", "mine.toml", "--no-report"]);
    let manifest = folder.read("run/manifest.json");
    let target = "\"target\": \"LAG";
    for (from, to) in [
        ("\"seed\": 1", "\"seed\": 7"),
        ("\"5%\"\n", "\"5.0%\"\n"),
        (target, "\"target\": \"LAGS"),
        ("  \"seed\"", "   \"seed\""),
        ("\"seed\": 1", "\"seed\" : 1"),
        ("\"capital\": 1.0", "\"capital\": 1.00"),
        ("\"capital\": 1.0", "\"capital\": 1e0"),
        ("  \"seed\": 1,\n  \"capital\": 1.0,", "  \"capital\": 1.0,\n  \"seed\": 1,"),
        ("  \"seed\"", "  \"note\": \"mine\",\n  \"seed\""),
        (
            "\"simulated\": false,\n  \"assumed\"",
            "\"simulated\": false,\n  \"simulated2\": 1,\n  \"assumed\"",
        ),
        ("\"days\": \"stored\"", "\"days\": \"sample\""),
        ("\n}\n", "\n}"),
        ("\n}\n", "\n}\n\n"),
    ] {
        let changed = manifest.replacen(from, to, 1);
        assert_ne!(changed, manifest, "{from}");
        folder.write("run/manifest.json", &changed);
        let ran = folder.case().args(["verify", "run"]).exits(1);
        assert!(ran.stdout.contains("differs: manifest.json: "), "{to}: {}", ran.stdout);
    }
    for (from, to, told) in [
        ("\"seed\": 1", "\"seed\": 1, \"seed\": 0", "duplicate field `seed`"),
        ("\"seed\": 1", "\"seed\": -1", "invalid value"),
        ("\"seed\": 1", "\"seed\": 18446744073709551616", "invalid"),
        ("\"capital\": 1.0", "\"capital\": -1.0", "a capital of -1e0 is out of range"),
        ("\"capital\": 1.0", "\"capital\": 1e300", "between 1e-8 and 1e15"),
        ("\"from\": null", "\"from\": \"2020-02-31\"", "`2020-02-31` is not a date"),
        ("\"min_trades\": 1", "\"min_trades\": 4294967296", "invalid value"),
        ("\"metric\": \"sharpe\"", "\"metric\": \"sharp\"", "there is no metric `sharp`"),
        (
            "\"min_trades\": 1",
            "\"min_trades\": 1, \"subset\": {\"kind\": \"x\", \"count\": 1}",
            "`x` is not a kind",
        ),
        ("\"asked\"", "\"asks\"", "missing field `asked`"),
    ] {
        let changed = manifest.replacen(from, to, 1);
        assert_ne!(changed, manifest, "{from}");
        folder.write("run/manifest.json", changed);
        let refusal = refused(&folder);
        assert!(refusal.contains(told) && refusal.contains("make the run again"), "{to}: {refusal}");
    }
}

#[test]
fn a_file_of_a_run_that_is_none_or_is_far_too_long_is_told() {
    let folder = house();
    make(&folder, &["run", "mine.toml", "--no-report"]);
    let trades = folder.read("run/trades.csv");
    folder.write("run/trades.csv", trades + &" ".repeat(17 << 20));
    std::fs::remove_file(folder.join("run/fills.csv")).unwrap();
    std::fs::create_dir(folder.join("run/fills.csv")).unwrap();
    let ran = folder.case().args(["verify", "run"]).exits(1);
    assert!(ran.stdout.contains("differs: trades.csv: it has more than"), "{}", ran.stdout);
    assert!(ran.stdout.contains("differs: fills.csv: it is not a regular file"), "{}", ran.stdout);
    folder.write("run/manifest.json", vec![b' '; 65 << 20]);
    assert!(refused(&folder).contains("it has more than 64 MiB"));
}

#[test]
fn a_run_of_another_version_is_compared_all_the_same() {
    let folder = house();
    make(&folder, &["run", "mine.toml"]);
    let other = folder.read("run/manifest.json").replace(env!("CARGO_PKG_VERSION"), "0.0.7");
    folder.write("run/manifest.json", &other);
    let ran = folder.case().args(["verify", "run"]).exits(1);
    assert!(ran.stdout.contains("differs: manifest.json: it was changed after the run"), "{}", ran.stdout);
    // As that version left it.
    folder.write("run/manifest.json", sealed(&other));
    let ran = folder.case().args(["verify", "run"]).ok();
    assert!(ran.stderr.contains("made by catchup 0.0.7"), "{}", ran.stderr);
    assert!(ran.stdout.contains("not compared: charts/"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("verified: 7 files the same, the ledger adds up\n"), "{}", ran.stdout);
}

#[test]
fn data_that_were_replaced_since_are_found_as_they_were() {
    let folder = house();
    make(&folder, &["run", "mine.toml", "--no-report"]);
    // More rows, and then another past.
    folder.write("LAG.csv", waves(520, 12));
    folder.case().args(["data", "import", "LAG.csv", "--session", "crypto"]).ok();
    verified(&folder, "7 files the same, the ledger adds up");
    folder.write("LAG.csv", waves(520, 13));
    folder.case().args(["data", "import", "LAG.csv", "--session", "crypto", "--replace"]).ok();
    verified(&folder, "7 files the same, the ledger adds up");
    // Another vendor's copy makes the bare name ambiguous; the run's was not.
    let copy = ["data", "import", "LAG.csv", "--session", "crypto", "--vendor", "other"];
    folder.case().args(copy).ok();
    verified(&folder, "7 files the same, the ledger adds up");

    folder.case().args(["data", "prune"]).ok();
    let told = refused(&folder);
    assert!(told.contains("the store has LAG@plain, but not as the run read it"), "{told}");
    assert!(told.contains("the run read 500 rows") && told.contains("was pruned"), "{told}");
    folder.case().args(["data", "remove", "LAG@plain"]).ok();
    assert!(refused(&folder).contains("the series LAG@plain is not in the store"));
}

#[test]
fn the_same_file_read_otherwise_is_another_history() {
    let folder = house();
    make(&folder, &["run", "mine.toml", "--no-report"]);
    folder.case().args(["data", "remove", "LAG"]).ok();
    folder.case().args(["data", "import", "LAG.csv", "--session", "us-equities", "--quiet"]).run();
    let told = refused(&folder);
    assert!(told.contains("LAG@plain"), "{told}");
}

#[test]
fn sentences_values_and_windows_come_from_the_manifest() {
    let folder = house();
    make(&folder, &["run", SENTENCE, "--no-report", "--from", "2020-06-01", "--to", "2021-02-01"]);
    verified(&folder, "7 files the same, the ledger adds up");
    make(&folder, &["sweep", SENTENCE, "--no-report", "--set", "p1={1%, 3%, 5%}"]);
    verified(&folder, "4 files the same, the ledgers of its curves add up");
    // What a value that was set aside looked back on still decides where the window begins.
    let sets = ["--set", "window=150", "--set", "window=15", "--set", "behind=3%"];
    make(&folder, &[&["run", "mine.toml", "--no-report"], &sets[..]].concat());
    let manifest = folder.read("run/manifest.json");
    assert!(manifest.contains("\"set_aside\""), "{manifest}");
    verified(&folder, "7 files the same, the ledger adds up");
    // The strategy file may go or change: the manifest has its text.
    folder.write("mine.toml", "nothing");
    verified(&folder, "7 files the same, the ledger adds up");
}

#[test]
fn files_that_a_strategy_names_are_found_and_must_be_the_same() {
    let folder = house();
    let text = STRATEGY
        .replace("lag  = \"LAG\"", "lag  = { file = \"LAG.csv\", session = \"crypto\" }")
        .replace("[entry]", "[events]\nparty = \"party.csv\"\n\n[entry]")
        .replace("and lag is", "and within 300 days after a party and lag is");
    folder.write("house/mine.toml", text);
    folder.write("house/LAG.csv", waves(500, 12));
    let events = "# covers: 2019-01-01 to 2022-12-31\nat\n2020-05-01\n";
    folder.write("house/party.csv", events);
    make(&folder, &["run", "house/mine.toml", "--no-report"]);
    assert!(refused(&folder).contains("there is no file `party.csv`"));
    let verify = || folder.case().args(["verify", "run", "--files", "house"]);
    assert!(verify().ok().stdout.starts_with("verified: 7 files"));

    folder.write("house/party.csv", format!("{events}2020-09-01\n"));
    let told = verify().exits(2).stderr;
    assert!(told.contains("`party.csv` is not the one the run was made from"), "{told}");
    folder.write("house/party.csv", events);
    folder.write("house/LAG.csv", waves(500, 13));
    let told = verify().exits(2).stderr;
    assert!(told.contains("`LAG.csv` is not the one the run was made from"), "{told}");
}

#[test]
fn events_that_a_word_leads_to_are_the_same_file_or_refused() {
    let folder = house();
    let events = "# covers: 2019-01-01 to 2022-12-31\nat\n2020-05-01\n";
    let path = "data/events/garden_party.csv";
    folder.write(path, events);
    let rule = "long LAG when LEAD hits a 20-day high and within 200 days after a garden party and within 300 days \
                after a halving";
    make(&folder, &["run", rule, "--no-report"]);
    verified(&folder, "7 files the same, the ledger adds up");
    folder.write(path, events.replace("2020-05-01", "2020-05-02"));
    assert!(refused(&folder).contains("garden_party.csv` is not the one the run was made from"));
    std::fs::remove_file(folder.join(path)).unwrap();
    assert!(refused(&folder).contains("there is no file `data/events/garden_party.csv`"));
}

#[test]
fn what_is_no_run_is_refused() {
    let folder = house();
    assert!(refused(&folder).contains("there is no folder `run`"));
    folder.write("run/trades.csv", "x\n");
    assert!(refused(&folder).contains("`run` is no run"));
    folder.write("run/manifest.json", "{}");
    assert!(refused(&folder).contains("`run/manifest.json` is no manifest"));
    let options = folder.case().args(["verify", "run", "--from", "2020-01-01"]).exits(2);
    assert!(options.stderr.contains("leave out --from"), "{}", options.stderr);
}
