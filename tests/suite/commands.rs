//! Every command: what it says where, what it leaves behind, and that its help reads well.
use std::collections::BTreeSet;

use crate::common::{Case, Folder, Ran, contents, header, json_file, table, waves};
use polars::prelude::{DataFrame, ParquetReader, SerReader};

/// The columns of a terminal.
const WIDTH: usize = 80;

const STRATEGY: &str = r#"title = "Mine"

[markets]
lead = "LEAD"
lag  = "LAG"

[params]
behind = { default = "5%", sweep = ["2%", "5%"] }
stop   = { default = "none", sweep = ["none", "4%"] }

[entry]
long = "lag"
when = "lead hits a 20-day high and lag is over {behind} below its 60-day high"

[exit]
when  = "lag hits a 60-day high"
after = "10 days"
stop  = "{stop}"

[costs]
commission = "10 bps"
slippage   = "5 bps"
"#;

/// A store with two made-up markets, and a strategy.
fn house() -> Folder {
    let folder = Folder::new();
    folder.write("LEAD.csv", waves(500, 0));
    folder.write("LAG.csv", waves(500, 12));
    folder.write("mine.toml", STRATEGY);
    folder.case().args(["data", "import", "LEAD.csv", "LAG.csv", "--session", "crypto"]).ok();
    folder
}

#[track_caller]
fn fits_a_terminal(text: &str) {
    let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > WIDTH).collect();
    assert!(wide.is_empty(), "wider than {WIDTH} columns:\n{}", wide.join("\n"));
}

fn snapshot(name: &str, text: &str) {
    let text: String = text.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/commands");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn help_fits_a_terminal() {
    let folder = Folder::new();
    for command in [
        "",
        "demo",
        "data",
        "data import",
        "data list",
        "data show",
        "data check",
        "data default",
        "data remove",
        "data sample",
        "strategy",
        "strategy list",
        "strategy check",
        "strategy explain",
        "strategy new",
        "run",
        "sweep",
        "study",
        "scan",
        "verify",
        "today",
        "completions",
        "man",
    ] {
        let ran = folder.case().args(command.split_whitespace()).args(["--help"]).ok();
        assert_eq!(ran.stderr, "");
        fits_a_terminal(&ran.stdout);
        // What is the same everywhere is told once.
        let (own, everywhere) = ran.stdout.split_once("\nEverywhere:\n").unwrap();
        let name =
            if command.is_empty() { "help".into() } else { format!("help-{}", command.replace(' ', "-")) };
        snapshot(&name, own);
        snapshot("help-everywhere", everywhere);
        let short = folder.case().args(command.split_whitespace()).args(["-h"]).ok();
        fits_a_terminal(&short.stdout);
    }
    assert!(folder.contents().is_empty(), "help writes nothing");
    let version = folder.case().args(["--version"]).ok();
    assert_eq!(version.stdout, format!("catchup {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn strategies_are_listed_checked_and_explained() {
    let folder = house();
    let list = folder.case().args(["strategy", "list"]).ok();
    snapshot("strategy-list", &list.stdout);
    let listed = folder.case().args(["strategy", "list", "--format", "json"]).ok().json();
    for strategy in listed.as_array().unwrap() {
        assert!(list.stdout.contains(strategy["name"].as_str().unwrap()));
        assert!(strategy["combinations"].as_u64().unwrap() > 1);
    }

    let check = folder.case().args(["strategy", "check", "mine.toml", "silver-lags-gold"]).ok();
    assert_eq!(check.stdout, "mine.toml: fine, 4 combinations\nsilver-lags-gold: fine, 120 combinations\n");
    folder.write("bad.toml", STRATEGY.replace("hits", "hitz"));
    let bad = folder.case().args(["strategy", "check", "mine.toml", "bad.toml", "--format", "json"]).exits(2);
    let rows = bad.json();
    assert_eq!((&rows[0]["ok"], &rows[1]["ok"]), (&true.into(), &false.into()));
    let message = &rows[1]["messages"][0];
    assert_eq!((&message["line"], &message["column"]), (&13.into(), &14.into()), "{message:#}");

    let explain = folder.case().args(["strategy", "explain", "mine.toml", "--set", "behind=3%"]).ok();
    snapshot("strategy-explain", &explain.stdout);
}

#[test]
fn a_new_strategy_runs() {
    let folder = Folder::new();
    let new = folder.case().args(["strategy", "new", "my-own"]).ok();
    assert_eq!(new.stdout, "strategies/my-own.toml\n");
    let before = folder.read("strategies/my-own.toml");
    folder.case().args(["strategy", "new", "my-own"]).exits(2);
    assert_eq!(folder.read("strategies/my-own.toml"), before, "never overwritten");
    assert!(folder.case().args(["strategy", "list"]).ok().stdout.contains("my-own "));
    folder.case().args(["run", "my-own", "--no-report", "--quiet"]).ok();
}

#[test]
fn the_store_is_shown_checked_and_changed() {
    let folder = house();
    let import = ["data", "import", "LAG.csv", "--session", "crypto"];
    let again = folder.case().args(import).ok();
    snapshot("data-import-again", &again.stdout);
    folder.case().args(import).args(["--vendor", "other"]).ok();
    snapshot("data-list", &folder.case().args(["data", "list"]).ok().stdout);
    snapshot("data-show", &folder.case().args(["data", "show", "LAG@other"]).ok().stdout);
    snapshot("data-check", &folder.case().args(["data", "check"]).ok().stdout);

    let ambiguous = folder.case().args(["data", "show", "LAG"]).exits(2);
    snapshot("data-ambiguous", &ambiguous.stderr);
    folder.case().args(["run", "mine.toml", "--no-report"]).exits(2);
    folder.case().args(["data", "default", "LAG@other"]).ok();
    folder.case().args(["data", "show", "LAG"]).ok();
    folder.case().args(["run", "mine.toml", "--no-report"]).ok();

    folder.case().args(["data", "remove", "LAG@other"]).ok();
    let rest = folder.case().args(["data", "list", "--format", "json"]).ok().json();
    let names: Vec<&str> = rest.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["LAG@plain", "LEAD@plain"]);
    let bars = contents(&folder.join("data/store")).into_keys().filter(|name| name.ends_with(".parquet"));
    assert_eq!(bars.count(), 2, "the bars are gone, too");
}

/// A page that needs nothing but itself.
fn stands_alone(page: &str) {
    for load in ["src=\"http", "href=\"http", "url(http", "@import", "<link", "<iframe", "src=\"//", "fetch("]
    {
        assert!(!page.contains(load), "the page loads something: {load}");
    }
    for (at, _) in page.match_indices("src=\"") {
        assert!(page[at..].starts_with("src=\"data:"), "{}", &page[at..at + 60]);
    }
}

#[test]
fn the_demo_is_the_whole_tour() {
    let folder = Folder::new();
    let ran = folder.case().args(["demo"]).ok();
    fits_a_terminal(&ran.stdout);
    assert!(ran.stdout.contains("SIMULATED") && ran.stderr.contains("SIMULATED"));
    assert!(ran.stdout.ends_with("\nreport: results/demo/report.html\n"));
    let page = folder.read("results/demo/report.html");
    stands_alone(&page);
    assert!(page.to_lowercase().contains("simulated"));
    assert!(page.contains("<svg"), "pictures are in the page");

    let top: BTreeSet<String> = contents(folder.path())
        .into_keys()
        .filter(|name| {
            name.matches('/').count() == 1 || (name.ends_with('/') && name.matches('/').count() == 2)
        })
        .collect();
    assert_eq!(
        top.into_iter().collect::<Vec<_>>(),
        ["data/", "data/demo-store/", "results/", "results/demo/"]
    );
    let charts = contents(&folder.join("results/demo/charts"));
    assert!(charts.len() >= 8, "{:?}", charts.keys());
    for (name, bytes) in &charts {
        let stem = name.trim_end_matches(".svg").trim_end_matches(".png");
        let twin = if bytes.starts_with(b"\x89PNG") { format!("{stem}.svg") } else { format!("{stem}.png") };
        assert!(charts.contains_key(&twin), "{name} has no {twin}");
        assert!(
            bytes.starts_with(b"<svg") || bytes.starts_with(b"<?xml") || bytes.starts_with(b"\x89PNG"),
            "{name}"
        );
    }
    let summary = json_file(&folder.join("results/demo/summary.json"));
    assert_eq!(summary["simulated"], true);
    assert_eq!(summary["look_ahead"]["changed"], 0);

    // The demo's store is its own: real prices find the usual one empty.
    folder.write("LEAD.csv", waves(100, 0));
    folder.case().args(["data", "import", "LEAD.csv", "--session", "crypto"]).ok();
}

#[test]
fn a_sentence_on_an_empty_store_runs_on_the_sample_and_says_so_loudly() {
    let folder = Folder::new();
    let sentence = "long BTC when the Russell hits a high and BTC is over 20% below its high";
    let ran = folder.case().args(["run", sentence, "--no-report"]).ok();
    fits_a_terminal(&ran.stdout);
    let told = "warning: the store has none of the rule's markets: running on the embedded sample\n";
    assert!(ran.stderr.starts_with(told), "{}", ran.stderr);
    assert!(ran.stdout.lines().take(3).any(|line| line.starts_with("!! SIMULATED DATA")), "{}", ran.stdout);
    for assumed in ["exit after 63 days", "commission 10 bps a side", "slippage 5 bps a side"] {
        assert!(ran.stderr.contains(&format!("assumed: {assumed}\n")), "{}", ran.stderr);
    }
    assert!(ran.stdout.contains("(assumed)"));
    let quiet = folder.case().args(["run", sentence, "--no-report", "--quiet"]).ok();
    assert!(quiet.stdout.contains("SIMULATED"), "whoever reads only the data is told, too");
    let place = quiet.stdout.lines().last().unwrap().strip_prefix("results: ").unwrap();
    let manifest = json_file(&folder.join(place).join("manifest.json"));
    assert_eq!(manifest["simulated"], true);
    assert_eq!(manifest["assumed"].as_array().unwrap().len(), 3);
    assert!(!folder.join("data").exists(), "no store is made by looking");
}

#[test]
fn json_is_all_there_is_on_standard_output() {
    let folder = house();
    for args in [
        &["data", "list"][..],
        &["data", "show", "LAG"],
        &["data", "check"],
        &["data", "import", "LEAD.csv", "--session", "crypto"],
        &["strategy", "list"],
        &["strategy", "check", "mine.toml"],
        &["strategy", "explain", "mine.toml"],
        &["run", "mine.toml", "--no-report"],
        &["sweep", "mine.toml", "--no-report"],
        &["study", "mine.toml", "--no-report"],
    ] {
        let ran = folder.case().args(args).args(["--format", "json"]).ok();
        assert!(!ran.json().is_null(), "{args:?}");
    }
    let ran =
        folder.case().args(["run", "mine.toml", "--no-report", "--format", "json", "--out", "made"]).ok();
    assert_eq!(ran.json(), json_file(&folder.join("made/summary.json")));
}

#[test]
fn data_go_to_standard_output_and_the_rest_elsewhere() {
    let folder = house();
    for command in ["run", "sweep", "study"] {
        let Ran { stdout, stderr, .. } = folder.case().args([command, "mine.toml", "--no-report"]).ok();
        assert!(stderr.contains("lead is LEAD@plain: 500 bars, 2020-01-01 to 2021-05-14\n"), "{stderr}");
        fits_a_terminal(&stdout);
        fits_a_terminal(&stderr);
        assert!(!stdout.contains('\u{1b}') && !stderr.contains('\u{1b}'), "no colours, no bars in a pipe");

        let quiet = folder.case().args([command, "mine.toml", "--no-report", "--quiet"]).ok();
        assert_eq!(quiet.stderr, "", "{command} --quiet");
        assert_eq!(quiet.stdout, stdout, "{command} --quiet");

        let colored = folder.case().args([command, "mine.toml", "--no-report", "--color", "always"]).ok();
        assert!(colored.stdout.contains('\u{1b}'));
        assert_eq!(without_colors(&colored.stdout), stdout, "colour adds nothing but colour");
    }
    let quiet = folder.case().args(["data", "show", "MOON", "--quiet"]).exits(2);
    assert!(quiet.stderr.starts_with("error: "), "errors are said all the same");
}

fn without_colors(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        plain += &rest[..at];
        let end = rest[at..].find('m').unwrap();
        rest = &rest[at + end + 1..];
    }
    plain + rest
}

const METRICS: &str = "total_return cagr volatility sharpe sortino calmar omega max_drawdown max_drawdown_days ulcer \
    var_95 cvar_95 skew kurtosis tail_ratio trades wins win_rate profit_factor payoff expectancy sqn kelly \
    time_in_market turnover alpha beta information_ratio";

fn parquet(folder: &Folder, name: &str) -> DataFrame {
    ParquetReader::new(std::fs::File::open(folder.join(name)).unwrap()).finish().unwrap()
}

fn columns(frame: &DataFrame) -> Vec<String> {
    frame.get_column_names().iter().map(|name| name.to_string()).collect()
}

#[test]
fn every_kind_of_run_leaves_its_files() {
    let folder = house();
    // Pictures take their time: the demo has those of a sweep.
    let report = ["charts/", "report.html"];
    for (command, with_report, tables) in [
        ("run", true, &["benchmarks.csv", "equity.csv", "fills.csv", "signals.csv", "trades.csv"][..]),
        ("study", false, &["signals.csv"]),
        ("sweep", false, &["combinations.parquet", "equity.parquet"]),
    ] {
        let no_report = (!with_report).then_some("--no-report");
        folder.case().args([command, "mine.toml", "--out", command]).args(no_report).ok();
        let files = contents(&folder.join(command)).into_keys();
        let names: Vec<String> =
            files.filter(|name| !name.starts_with("charts/") || name == "charts/").collect();
        let mut expected = [&["manifest.json", "summary.json"], tables].concat();
        if with_report {
            expected.extend(report);
            stands_alone(&folder.read(&format!("{command}/report.html")));
        }
        expected.sort_unstable();
        assert_eq!(names, expected, "{command}");
        let summary = json_file(&folder.join(command).join("summary.json"));
        for key in ["kind", "counts", "look_ahead", "study", "evidence", "verdict"] {
            assert!(!summary[key].is_null(), "{command}: {key}");
        }
        assert_eq!(summary["kind"], command);
        assert_eq!(summary["simulated"], false);
    }

    let columns_of = |name: &str| header(&folder.read(name)).join(",");
    assert_eq!(
        columns_of("run/signals.csv"),
        "bar,known_at,episode,\"new_high(lead, 20)\",\"drawdown(lag, 60)\""
    );
    assert_eq!(columns_of("study/signals.csv"), columns_of("run/signals.csv"));
    assert_eq!(
        columns_of("run/trades.csv"),
        "market,side,signal_at,entry_time,entry_price,exit_time,exit_price,exit_reason,bars,units,commission,\
         financing,pnl,gross_return,net_return,mae,mfe,open,parts,parts_planned"
    );
    assert_eq!(columns_of("run/equity.csv"), "time,equity,drawdown,position,cash,financing");
    let metrics: Vec<&str> = METRICS.split_whitespace().collect();
    let expected = [&["combination", "behind", "stop"], &metrics[..], &["open", "outcome"]].concat();
    assert_eq!(columns(&parquet(&folder, "sweep/combinations.parquet")), expected);
    let curves = parquet(&folder, "sweep/equity.parquet");
    assert_eq!(columns(&curves), ["combination", "time", "equity", "drawdown", "position"]);
    let rows = table(&folder.read("run/equity.csv")).len();
    assert_eq!(curves.height(), 4 * rows, "four combinations, the base row first");
}

#[test]
fn a_manifest_tells_what_went_in() {
    let folder = house();
    let args = ["--out", "made", "--no-report", "--seed", "7", "--from", "2020-06-01", "--to", "2021-01-31"];
    folder.case().args(["run", "mine.toml", "--set", "behind=3%", "--capital", "500"]).args(args).ok();
    let manifest = json_file(&folder.join("made/manifest.json"));
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["strategy"]["text"], STRATEGY);
    assert_eq!(manifest["strategy"]["hash"], blake3::hash(STRATEGY.as_bytes()).to_hex().as_str());
    assert_eq!(manifest["parameters"][0]["default"], "3%");
    assert_eq!((&manifest["seed"], &manifest["capital"]), (&7.into(), &500.0.into()));
    assert_eq!(
        (&manifest["window"]["from"], &manifest["window"]["to"]),
        (&"2020-06-01".into(), &"2021-01-31".into())
    );
    assert_eq!(manifest["window"]["opens_at"], "2020-06-01T00:00:00Z");
    assert_eq!(manifest["window"]["known_at"], "2021-02-01T00:00:00Z");
    for (at, (market, file)) in [("lead", "LEAD.csv"), ("lag", "LAG.csv")].into_iter().enumerate() {
        let series = &manifest["series"][at];
        assert_eq!((&series["market"], &series["file"]), (&market.into(), &file.into()));
        assert_eq!(series["hash"], blake3::hash(folder.read(file).as_bytes()).to_hex().as_str());
        assert_eq!((&series["vendor"], &series["rows"]), (&"plain".into(), &500.into()));
        assert_eq!((&series["first"], &series["last"]), (&"2020-01-01".into(), &"2021-05-14".into()));
    }
    // What does not change a result is not in the files: no path of this machine, no time of day.
    let here = folder.path().to_string_lossy().into_owned();
    for (name, bytes) in contents(&folder.join("made")) {
        assert!(!String::from_utf8_lossy(&bytes).contains(&here), "{name} tells where it was made");
    }
}

#[test]
fn what_is_undefined_has_a_reason() {
    let folder = house();
    let never = "long LAG when LEAD hits a 20-day high and LAG is over 90% below its high, exit after 5 days, \
                 commission none, slippage none";
    folder.case().args(["run", never, "--no-report", "--out", "made"]).ok();
    let summary = json_file(&folder.join("made/summary.json"));
    let metrics = summary["metrics"].as_object().unwrap();
    let mut names: Vec<&str> = METRICS.split_whitespace().collect();
    names.sort_unstable();
    assert_eq!(metrics.keys().map(String::as_str).collect::<Vec<_>>(), names);
    let undefined: Vec<&String> =
        metrics.iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name).collect();
    let reasons = summary["undefined"].as_object().unwrap();
    assert_eq!(undefined, reasons.keys().collect::<Vec<_>>());
    assert!(undefined.iter().any(|name| *name == "win_rate"), "{reasons:?}");
    assert!(reasons.values().all(|reason| reason.as_str().unwrap().len() > 5), "{reasons:?}");
    assert_eq!(summary["counts"]["signals"], 0);
    assert_eq!(folder.read("made/trades.csv").lines().count(), 1);
}

/// Ctrl-C in the middle of a sweep: exit code 130, no folder of results, and a word on how to go on.
#[cfg(unix)]
#[test]
fn an_interrupted_sweep_can_be_gone_on_with() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    let folder = house();
    let before = folder.contents();
    let set = "behind=0.01%..99.99% by 0.01%";
    let sets = ["--set", set, "--set", "stop=0.1%..90% by 0.1%"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_catchup"))
        .args(["sweep", "mine.toml", "--no-report"])
        .args(sets)
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let plan = lines.by_ref().map(|line| line.unwrap()).find(|line| line.starts_with("plan:"));
    assert!(plan.unwrap().contains("8,999,100 combinations"));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let rest: Vec<String> = lines.map(|line| line.unwrap()).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    assert!(rest.iter().any(|line| line == "error: interrupted"), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("--resume")), "{rest:?}");
    let mut after = folder.contents();
    after.retain(|name, _| !name.contains(".resumable-") && name != "results/");
    assert!(after == before, "something else was left behind");
}

#[test]
fn nothing_is_asked_for() {
    let ran = Case::new().run();
    assert_eq!(ran.status, 2);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("Usage: catchup [OPTIONS] <COMMAND>"));
}
