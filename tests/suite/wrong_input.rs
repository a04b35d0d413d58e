//! Wrong input: exit code 2, a message that says what, where and what to do, and nothing is changed.
//!
//! Every message is a small text file under `snapshots/wrong_input`.
use crate::common::{Folder, prices, waves};

/// By these a message that says what to do is known: a hint, what was expected or is allowed, the line on usage.
const WORDS_OF_HELP: [&str; 6] = ["help: ", "expected ", "or `none`", "write ", "possible values", "--help"];

/// A store with two markets, a strategy that runs, and a finished run; and what went wrong in it so far.
struct House {
    folder: Folder,
    complaints: Vec<String>,
}

impl House {
    fn new() -> Self {
        let folder = Folder::new();
        folder.write("LEAD.csv", waves(400, 0));
        folder.write("LAG.csv", waves(400, 12));
        folder.write("good.toml", STRATEGY);
        folder.case().args(["data", "import", "LEAD.csv", "LAG.csv", "--session", "crypto"]).ok();
        folder.case().args(["run", "good.toml", "--no-report"]).ok();
        Self { folder, complaints: Vec::new() }
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        self.folder.write(name, text);
    }

    /// Runs what must be refused: with code 2, a message that says what to do, no data, and everything left
    /// as it was.
    fn refuses(&mut self, name: &str, args: &[&str]) {
        let before = self.folder.contents();
        let ran = self.folder.case().args(args).run();
        let after = self.folder.contents();
        // What was said before it failed is no part of the message.
        let message = ran.stderr.find("error: ").map_or("", |at| &ran.stderr[at..]);
        let told = format!("$ catchup {}\n{message}", args.join(" "));
        let changed: Vec<&String> = before
            .iter()
            .filter(|(file, bytes)| after.get(*file) != Some(*bytes))
            .map(|(file, _)| file)
            .chain(after.keys().filter(|file| !before.contains_key(*file)))
            .collect();
        let mut complain = |what: &str| self.complaints.push(format!("{name}: {what}\n{told}"));
        if ran.status != 2 {
            complain(&format!("exit code {}", ran.status));
        }
        if !ran.stdout.is_empty() {
            complain("data on standard output");
        }
        if !changed.is_empty() {
            complain(&format!("changed {changed:?}"));
        }
        let helps = WORDS_OF_HELP.iter().any(|word| ran.stderr.contains(word));
        if !helps {
            complain("no word on what to do");
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("snapshots/wrong_input");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name.replace(' ', "-"), told));
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.complaints.is_empty(), "{}", self.complaints.join("\n"));
        }
    }
}

const STRATEGY: &str = r#"title = "Good"

[markets]
lead = "LEAD"
lag  = "LAG"

[params]
behind = { default = "5%", sweep = { from = "5%", to = "15%", step = "5%" } }
hold   = { default = 10, sweep = [5, 10] }

[entry]
long = "lag"
when = "lead hits a 20-day high and lag is over {behind} below its 60-day high"

[exit]
after = "{hold} days"
stop  = "none"

[costs]
commission = "10 bps"
slippage   = "5 bps"
"#;

#[test]
fn price_files() {
    let mut house = House::new();
    let head = "date,open,high,low,close";
    let (first, second, third) =
        ("2020-01-01,1,2,0.5,1.5", "2020-01-02,1.5,2,1,1.8", "2020-01-03,1.5,2,1,1.8");
    let file = |rows: &[&str]| [&[head], rows].concat().join("\n") + "\n";
    let cases: &[(&str, String)] = &[
        ("unsorted", file(&[first, third, second, "2020-01-04,1,2,1,2"])),
        ("duplicate", file(&[first, second, second, third])),
        ("no number", file(&[first, "2020-01-02,1.5,abc,1,1.8", third])),
        ("no date", file(&[first, "2020-13-02,1.5,2,1,1.8", third])),
        ("not a number", file(&[first, "2020-01-02,1.5,2,1,NaN", third])),
        ("infinite", file(&[first, "2020-01-02,1.5,inf,1,1.8", third])),
        ("negative", file(&[first, "2020-01-02,1.5,2,-1,1.8", third])),
        ("zero", file(&[first, "2020-01-02,1.5,2,1,0", third])),
        ("high below low", file(&[first, "2020-01-02,1.5,1,2,1.8", third])),
        ("short row", file(&[first, "2020-01-02,1.5,2", third])),
        ("long row", file(&[first, "2020-01-02,1.5,2,1,1.8,7", third])),
        ("no close", file(&[first, "2020-01-02,1.5,2,1,", third])),
        ("several bad rows", file(&[first, "2020-01-02,1.5,1,2,1.8", "2020-01-03,x,2,1,1.8"])),
        ("empty", String::new()),
        ("header only", file(&[])),
        ("unknown header", "when,what\n1,2\n".into()),
    ];
    for (name, text) in cases {
        house.write("bad.csv", text);
        house.refuses(name, &["data", "import", "bad.csv", "--session", "custom"]);
    }
    house.write("bad.csv", b"date,close\n2020-01-01,1\n\xff\xfe,2\n");
    house.refuses("not utf-8", &["data", "import", "bad.csv", "--session", "custom"]);
    house.refuses("missing file", &["data", "import", "gone.csv"]);
}

#[test]
fn of_several_files_all_enter_or_none() {
    let mut house = House::new();
    house
        .write("GOOD.csv", prices(&[("2020-01-01", 1.0, 2.0, 0.5, 1.5), ("2020-01-02", 1.5, 2.0, 1.0, 1.8)]));
    house.write("BAD.csv", prices(&[("2020-01-01", 1.0, 2.0, 0.5, 1.5), ("2020-01-02", 1.5, 1.0, 2.0, 1.8)]));
    house.write("WORSE.csv", "");
    let import = ["data", "import", "--session", "crypto"];
    house.refuses("one of two", &[&import[..], &["GOOD.csv", "BAD.csv"]].concat());
    house.refuses("two of three", &[&import[..], &["BAD.csv", "GOOD.csv", "WORSE.csv"]].concat());
    house.refuses("twice the same", &[&import[..], &["GOOD.csv", "GOOD.csv"]].concat());
    house.write("SPY.csv", sample_file("SPY"));
    house.refuses("simulated beside real", &[&import[..], &["GOOD.csv", "SPY.csv"]].concat());
}

fn sample_file(symbol: &str) -> &'static str {
    catchup::market::sample::files().iter().find(|file| file.symbol == symbol).unwrap().text
}

#[test]
fn import_options() {
    let mut house = House::new();
    house.write("A.csv", waves(5, 0));
    house.write("B.csv", waves(5, 0));
    let import = |rest: &[&'static str]| [&["data", "import", "A.csv"], rest].concat();
    house.refuses("no session", &import(&[]));
    house.refuses("unknown session", &import(&["--session", "moon"]));
    house.refuses("unknown adjustment", &import(&["--session", "crypto", "--adjustment", "some"]));
    house.refuses("one symbol for two", &import(&["B.csv", "--symbol", "C"]));
    house.refuses("close without zone", &import(&["--session", "custom", "--close", "17:00"]));
    let custom = ["--session", "custom", "--close", "25:00", "--timezone", "Europe/London"];
    house.refuses("no time of day", &import(&custom));
    let custom = ["--session", "custom", "--close", "17:00", "--timezone", "Europe/Lundon"];
    house.refuses("unknown zone", &import(&custom));
}

#[test]
fn the_store() {
    let mut house = House::new();
    house.refuses("unknown series", &["data", "show", "LEED"]);
    house.refuses("remove unknown series", &["data", "remove", "MOON"]);
    house.refuses("default of unknown vendor", &["data", "default", "LEAD@moon"]);
    house.write("store/catalogue.json", "{ \"broken\": ");
    house.refuses("broken catalogue", &["data", "list", "--store", "store"]);
}

#[test]
fn strategies() {
    let mut house = House::new();
    let swap = |from: &str, to: &str| {
        assert!(STRATEGY.contains(from), "{from}");
        STRATEGY.replace(from, to)
    };
    let when = "lead hits a 20-day high and lag is over {behind} below its 60-day high";
    let behind = r#"{ from = "5%", to = "15%", step = "5%" }"#;
    let cases: &[(&str, String)] = &[
        ("unknown word", swap(when, "lead hitz a 20-day high")),
        ("unknown market word", swap(when, "leed hits a 20-day high")),
        ("unknown function", swap(when, "new_hgih(lead, 20)")),
        ("half a rule", swap(when, "lead hits a 20-day high and")),
        ("open bracket", swap(when, "(lead hits a 20-day high")),
        ("a number as rule", swap(when, "drawdown(lag)")),
        ("units that do not fit", swap(when, "close(lag) > 20%")),
        ("unknown parameter in rule", swap("{behind}", "{behnd}")),
        ("no days at all", swap("20-day", "0-day")),
        ("deep brackets", swap(when, &format!("{}lead hits a high{}", "(".repeat(5000), ")".repeat(5000)))),
        ("unknown key", swap("after =", "aftr =")),
        ("unknown table", swap("[exit]", "[exits]")),
        ("no costs", STRATEGY.split("[costs]").next().unwrap().to_owned()),
        ("half the costs", swap("slippage   = \"5 bps\"\n", "")),
        ("no entry", swap("when = ", "# when = ")),
        ("unknown traded market", swap("long = \"lag\"", "long = \"lagg\"")),
        ("market not in store", swap("\"LAG\"", "\"MOON\"")),
        ("step misses the end", swap(behind, r#"{ from = "5%", to = "16%", step = "5%" }"#)),
        ("range backwards", swap(behind, r#"{ from = "15%", to = "5%", step = "5%" }"#)),
        ("step of zero", swap(behind, r#"{ from = "5%", to = "15%", step = "0%" }"#)),
        ("empty range", swap(behind, "[]")),
        ("mixed range", swap("default = 10, sweep = [5, 10]", r#"default = 5, sweep = [5, "10%"]"#)),
        ("default outside of its list", swap("default = 10", "default = 20")),
        ("default outside of its range", swap(r#"default = "5%""#, r#"default = "7%""#)),
        ("text that is not closed", swap("\"none\"", "\"none")),
        ("value without quotes", swap("\"none\"", "25%")),
        ("line without an equals sign", swap("stop  = ", "stop ")),
        ("quotes of print", swap("\"none\"", "“none”")),
        ("colon for an equals sign", swap("stop  = ", "stop: ")),
        ("comment of another language", swap("[exit]", "// leave\n[exit]")),
        ("list that is not closed", swap("[5, 10] }", "[5, 10 }")),
        ("parameter like a metric", swap("hold", "sharpe")),
        ("stop that is no share", swap("stop  = \"none\"", "stop  = \"25\"")),
        ("stop of everything", swap("stop  = \"none\"", "stop  = \"100%\"")),
        ("no toml", swap("[entry]", "[entry")),
        ("twice the same key", swap("stop  = \"none\"", "after = \"5 days\"")),
        ("looks back too far", swap("60-day", "6000-day")),
        ("window that is no date", swap("[entry]", "[window]\nfrom = \"soon\"\n\n[entry]")),
    ];
    for (name, text) in cases {
        house.write("bad.toml", text);
        house.refuses(name, &["sweep", "bad.toml", "--no-report"]);
    }
    house.write("SPY.csv", sample_file("SPY"));
    house.write("bad.toml", swap("\"LEAD\"", "{ file = \"SPY.csv\" }"));
    house.refuses("simulated market beside a real one", &["run", "bad.toml", "--no-report"]);
    house.write("bad.toml", swap("[entry]", "[entry]\npyramid = 5"));
    house.refuses("check", &["strategy", "check", "bad.toml"]);
}

/// What a series lacks is told before anything is computed, alike by every command, at its place.
#[test]
fn rules_that_ask_for_what_a_series_lacks() {
    let mut house = House::new();
    for (name, level) in [("FIRST.csv", 50), ("SECOND.csv", 100)] {
        let mut rows = String::from("time,open,high,low,close\n");
        for hour in 0..720 {
            let (day, hour, price) = (hour / 24 + 1, hour % 24, level + hour % 7);
            rows += &format!("2024-01-{day:02} {hour:02}:00:00,{price},{},{price},{price}\n", price + 1);
        }
        house.write(name, rows);
    }
    let import = ["data", "import", "FIRST.csv", "SECOND.csv", "--session", "crypto", "--timezone", "UTC"];
    house.folder.case().args(import).ok();
    let sentence = "long FIRST when FIRST is above its 5-day exponential average and \
                    the {2, 4}-day correlation of FIRST and SECOND is over 0.3 and volume(SECOND) > 5, exit after 24 bars";
    for command in ["run", "sweep", "study", "today", "strategy explain"] {
        let words: Vec<&str> = command.split(' ').chain([sentence]).collect();
        house.refuses(&format!("days of hours by {command}"), &words);
    }
    let file = STRATEGY.replace("\"LEAD\"", "\"FIRST\"").replace("\"LAG\"", "\"SECOND\"");
    let when = "lead hits a 20-day high and lag is over {behind} below its 60-day high";
    house.write(
        "hours.toml",
        file.replace(when, "lead hits a 5-day high and rsi(lag, 3) < 30 and drawdown(lag) > {behind}"),
    );
    house.refuses("days of hours in a file", &["run", "hours.toml", "--no-report"]);
}

#[test]
fn sentences() {
    let mut house = House::new();
    for (name, sentence) in [
        ("sentence unknown word", "long LAG when LEAD hits a hihg"),
        ("sentence without when", "long LAG LEAD hits a high"),
        ("sentence borrow", "long LAG when LEAD hits a high, borrow 3%"),
        (
            "sentence that goes on",
            "long LAG when LEAD hits a high, exit after 5 days, commission 1 bps, and more",
        ),
        ("sentence with two exits", "long LAG when LEAD hits a high, exit after 5 days or after 6 days"),
        ("sentence about the future", "long LAG when LEAD hits a high in 5 days"),
        ("sentence that pays us", "long LAG when LEAD hits a high, exit after 5 days, commission -10 bps"),
        ("sentence that costs all", "long LAG when LEAD hits a high, exit after 5 days, commission 100%"),
        ("sentence that holds for no day", "long LAG when LEAD hits a high, exit after 0 days"),
        ("empty sentence", " "),
    ] {
        house.refuses(name, &["run", sentence, "--no-report"]);
    }
}

#[test]
fn usage() {
    let mut house = House::new();
    for (name, rest) in [
        ("set unknown parameter", &["run", "good.toml", "--set", "behnd=5%"][..]),
        ("set without value", &["run", "good.toml", "--set", "behind"]),
        ("set no value", &["run", "good.toml", "--set", "behind=much"]),
        ("set wrong unit", &["run", "good.toml", "--set", "hold=5%"]),
        ("set range that misses its end", &["sweep", "good.toml", "--set", "behind=5%..16% by 5%"]),
        (
            "too large",
            &["sweep", "good.toml", "--set", "behind=1%..90% by 0.001%", "--set", "hold=1..300 by 1"],
        ),
        ("unknown metric", &["sweep", "good.toml", "--rank", "sharp"]),
        ("window after the end", &["run", "good.toml", "--from", "2030-01-01"]),
        ("window before the start", &["run", "good.toml", "--to", "2010-01-01"]),
        ("window backwards", &["run", "good.toml", "--from", "2020-06-01", "--to", "2020-05-01"]),
        ("unknown strategy", &["run", "bitcoin-lags-russel"]),
        ("missing strategy file", &["run", "gone.toml"]),
        ("out is no run", &["run", "good.toml", "--no-report", "--out", "data"]),
        ("new name", &["strategy", "new", "../escape"]),
    ] {
        house.refuses(name, rest);
    }
    for (name, rest) in [
        ("no capital", &["run", "good.toml", "--capital", "0"][..]),
        ("capital that is no number", &["run", "good.toml", "--capital", "NaN"]),
        ("no date", &["run", "good.toml", "--from", "2020-02-30"]),
        ("no threads", &["run", "good.toml", "--threads", "0"]),
        ("unknown command", &["rum"]),
        ("unknown option", &["run", "good.toml", "--capitol", "5"]),
        ("no strategy", &["run"]),
        ("unknown format", &["data", "list", "--format", "xml"]),
    ] {
        house.refuses(&format!("usage {name}"), rest);
    }
}
