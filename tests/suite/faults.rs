//! Every call that changes something on the disk is killed, refused and delayed in turn: what was there before or what is
//! new is there whole, and the next run leaves nothing behind.
//!
//! By default some of the calls are tried; `CATCHUP_FAULTS=all` tries every one, `CATCHUP_KILLS=1000` kills that often
//! at random moments.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::common::{Folder, contents, waves};

/// Calls of one command that are tried by default.
const TRIED: usize = 5;

/// Of one that takes long.
const TRIED_SLOW: usize = 2;

const STRATEGY: &str = r#"title = "Two"

[markets]
lead = { sweep = ["LEAD", "SLOW"], default = "SLOW" }
lag  = "LAG"

[params]
hold = { default = 10, sweep = [2, 5, 10] }

[entry]
long = "lag"
when = "lead hits a 20-day high and lag is over 5% below its 60-day high"

[exit]
after = "{hold} days"

[costs]
commission = "10 bps"
slippage   = "5 bps"
"#;

/// For a scan.
const PAIRS: &str =
    "long LAG when LEAD hits a 20-day high and LAG is over 5% below its 60-day high, sell after 10 days";

/// The library that is loaded before the C library; `None`, with a word, where there is no C compiler.
fn library() -> Option<&'static Path> {
    static LIBRARY: OnceLock<Option<(Folder, PathBuf)>> = OnceLock::new();
    let made = LIBRARY.get_or_init(|| {
        let folder = Folder::new();
        let library = folder.join("faults.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/faults.c");
        let args = ["-shared", "-fPIC", "-O1", "-o"];
        let made = Command::new("cc").args(args).arg(&library).arg(source).arg("-ldl").status();
        match made {
            Ok(status) => {
                assert!(status.success(), "the library of faults cannot be compiled");
                Some((folder, library))
            }
            Err(error) => {
                eprintln!("skipped: no faults without a C compiler `cc`: {error}");
                None
            }
        }
    });
    made.as_ref().map(|(_, library)| library.as_path())
}

/// A number from the environment.
fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Which of `all` calls to try: every one, or about as many as `some`, different from fault to fault.
fn tried(all: usize, some: usize, shift: usize) -> Vec<usize> {
    let every = std::env::var("CATCHUP_FAULTS").is_ok_and(|text| text == "all");
    let step = if every { 1 } else { all.div_ceil(some) };
    (1 + shift % step..=all).step_by(step).collect()
}

/// Something the program does.
struct Scenario {
    name: &'static str,
    /// What is done before.
    before: &'static [&'static [&'static str]],
    command: &'static [&'static str],
    /// The folder that the command writes.
    output: &'static str,
    /// Whether it can be resumed.
    resumes: bool,
}

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "run",
        before: &[],
        command: &["run", "two.toml", "--no-report", "--out", "results/out"],
        output: "results/out",
        resumes: false,
    },
    Scenario {
        name: "run again",
        before: &[&["run", "two.toml", "--set", "hold=2", "--out", "results/out"]],
        command: &["run", "two.toml", "--out", "results/out"],
        output: "results/out",
        resumes: false,
    },
    Scenario {
        name: "study",
        before: &[&["study", "two.toml", "--no-report", "--set", "lead=LEAD", "--out", "results/out"]],
        command: &["study", "two.toml", "--no-report", "--out", "results/out"],
        output: "results/out",
        resumes: false,
    },
    Scenario {
        name: "sweep",
        before: &[],
        command: &["sweep", "two.toml", "--no-report", "--out", "results/out"],
        output: "results/out",
        resumes: true,
    },
    Scenario {
        name: "sweep again",
        before: &[&["sweep", "two.toml", "--no-report", "--set", "hold=3,4", "--out", "results/out"]],
        command: &["sweep", "two.toml", "--no-report", "--out", "results/out"],
        output: "results/out",
        resumes: true,
    },
    Scenario {
        name: "part",
        before: &[&["sweep", "two.toml", "--no-report", "--shard", "1/2", "--out", "results/out"]],
        command: &["sweep", "two.toml", "--no-report", "--shard", "2/2", "--out", "results/out"],
        output: "results/out",
        resumes: true,
    },
    Scenario {
        name: "merge",
        before: &[
            &["sweep", "two.toml", "--no-report", "--shard", "1/2", "--out", "parts/a"],
            &["sweep", "two.toml", "--no-report", "--shard", "2/2", "--out", "parts/b"],
            &["run", "two.toml", "--no-report", "--out", "results/out"],
        ],
        command: &["merge", "parts/a", "parts/b", "--no-report", "--out", "results/out"],
        output: "results/out",
        resumes: false,
    },
    Scenario {
        name: "scan",
        before: &[&["run", "two.toml", "--no-report", "--out", "results/out"]],
        command: &["scan", PAIRS, "--out", "results/out"],
        output: "results/out",
        resumes: false,
    },
    Scenario {
        name: "demo",
        before: &[],
        command: &["demo", "--out", "results/out"],
        output: "results/out",
        resumes: false,
    },
    Scenario {
        name: "import of a new series",
        before: &[],
        command: &["data", "import", "NEW.csv", "--session", "crypto"],
        output: "data/store",
        resumes: false,
    },
    Scenario {
        name: "import of newer rows",
        before: &[&["data", "import", "NEW.csv", "--session", "crypto"]],
        command: &["data", "import", "newer/NEW.csv", "--session", "crypto"],
        output: "data/store",
        resumes: false,
    },
    Scenario {
        name: "import of another past",
        before: &[&["data", "import", "NEW.csv", "--session", "crypto"]],
        command: &["data", "import", "other/NEW.csv", "--session", "crypto", "--replace"],
        output: "data/store",
        resumes: false,
    },
];

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_catchup"));
    command.args(args).args(["--quiet", "--threads", "1"]).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[track_caller]
fn done(folder: &Path, args: &[&str], what: &str) {
    let output = command(folder, args).output().unwrap();
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Copies a folder with everything in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).map(drop).unwrap();
        }
    }
}

type Files = BTreeMap<String, Vec<u8>>;

/// A scenario made ready: its folder before the command, and what the command leaves.
struct Stage {
    scenario: &'static Scenario,
    folder: Folder,
    /// Everything outside of the output.
    others: Files,
    old: Files,
    new: Files,
    /// Every call in order, as `12 rename results/out`.
    calls: Vec<String>,
    took: Duration,
    trials: std::cell::Cell<usize>,
}

impl Stage {
    fn new(scenario: &'static Scenario, library: &Path) -> Self {
        let folder = Folder::new();
        let home = folder.join("home");
        fs::create_dir(&home).unwrap();
        for (name, bars, phase) in [("LEAD", 150, 0), ("SLOW", 150, 3), ("LAG", 150, 12), ("NEW", 80, 5)] {
            fs::write(home.join(format!("{name}.csv")), waves(bars, phase)).unwrap();
        }
        for (name, text) in [("newer", waves(90, 5)), ("other", waves(80, 6))] {
            fs::create_dir(home.join(name)).unwrap();
            fs::write(home.join(name).join("NEW.csv"), text).unwrap();
        }
        fs::write(home.join("two.toml"), STRATEGY).unwrap();
        // Folders and files of a user, whose names come close.
        for name in [
            "results/.unfinished-ideas",
            "results/.unfinished-out-0123456789abcdef",
            "results/.resumable-ideas",
        ] {
            fs::create_dir_all(home.join(name)).unwrap();
            fs::write(home.join(name).join("thesis.txt"), "years of work").unwrap();
        }
        fs::write(home.join("results/.catchup-lock-ideas"), "years of work").unwrap();
        let import = ["data", "import", "LEAD.csv", "SLOW.csv", "LAG.csv", "--session", "crypto"];
        done(&home, &import, "import");
        for args in scenario.before {
            done(&home, args, scenario.name);
        }
        let mut stage = Self {
            scenario,
            others: Files::new(),
            old: contents(&home.join(scenario.output)),
            new: Files::new(),
            calls: Vec::new(),
            took: Duration::ZERO,
            trials: std::cell::Cell::new(0),
            folder,
        };
        stage.others = stage.outside(&home);
        let reference = stage.trial();
        let log = stage.folder.join("log");
        let begun = Instant::now();
        let output = command(&reference, scenario.command)
            .env("LD_PRELOAD", library)
            .env("FAULT_LOG", &log)
            .output()
            .unwrap();
        stage.took = begun.elapsed();
        assert!(output.status.success(), "{}: {}", scenario.name, String::from_utf8_lossy(&output.stderr));
        stage.calls = fs::read_to_string(log).unwrap().lines().map(str::to_owned).collect();
        stage.new = contents(&reference.join(scenario.output));
        assert!(stage.new != stage.old, "{}: nothing changes", scenario.name);
        stage.nothing_else(&reference, "the reference");
        stage
    }

    /// A fresh folder as it was before the command.
    fn trial(&self) -> PathBuf {
        self.trials.set(self.trials.get() + 1);
        let trial = self.folder.join(&format!("trial-{}", self.trials.get()));
        copy(&self.folder.join("home"), &trial);
        trial
    }

    /// Everything but the output, what the program keeps beside it, and the demo's own store.
    fn outside(&self, home: &Path) -> Files {
        let mut files = contents(home);
        let inside = format!("{}/", self.scenario.output);
        let hidden = |name: &str| {
            let rest = name.strip_prefix("results/").unwrap_or_default();
            let user = ["ideas", "0123456789abcdef"].iter().any(|text| rest.contains(text));
            let ours = [".unfinished-", ".replaced-", ".resumable-", ".catchup-lock-"];
            !user && ours.iter().any(|prefix| rest.starts_with(prefix))
        };
        files.retain(|name, _| {
            !name.starts_with(&inside) && !hidden(name) && !name.starts_with("data/") && name != "parts/"
        });
        files
    }

    fn is_store(&self) -> bool {
        self.scenario.output == "data/store"
    }

    /// What a user sees of the output: of a store what its catalogue names.
    fn seen(&self, home: &Path) -> Files {
        let mut files = contents(&home.join(self.scenario.output));
        if self.is_store() {
            let catalogue =
                String::from_utf8(files.get("catalogue.json").cloned().unwrap_or_default()).unwrap();
            files.retain(|name, _| name == "catalogue.json" || catalogue.contains(name.as_str()));
        }
        files
    }

    #[track_caller]
    fn whole(&self, home: &Path, what: &str) -> bool {
        let seen = self.seen(home);
        let without_lock = |files: &Files| {
            let mut files = files.clone();
            if self.is_store() {
                files.remove(".lock");
            }
            files
        };
        let (is_old, is_new) = (seen == without_lock(&self.old), seen == without_lock(&self.new));
        let names: Vec<&String> = seen.keys().collect();
        assert!(is_old || is_new, "{}, {what}: neither old nor new: {names:?}", self.scenario.name);
        is_new
    }

    #[track_caller]
    fn nothing_else(&self, home: &Path, what: &str) {
        let others = self.outside(home);
        for name in self.others.keys().chain(others.keys()) {
            assert!(
                others.get(name) == self.others.get(name),
                "{}, {what}: `{name}` changed",
                self.scenario.name
            );
        }
    }

    /// The next run succeeds, and only what should be there is there.
    #[track_caller]
    fn next(&self, home: &Path, rest: &[&str], what: &str) {
        let what = format!("{what}, then {rest:?}");
        done(home, &[self.scenario.command, rest].concat(), &format!("{}, {what}", self.scenario.name));
        let now = contents(&home.join(self.scenario.output));
        let names: Vec<&String> = now.keys().collect();
        assert!(now == self.new, "{}, {what}: not what it should be: {names:?}", self.scenario.name);
        self.nothing_hidden(home, &what);
        self.nothing_else(home, &what);
    }

    #[track_caller]
    fn nothing_hidden(&self, home: &Path, what: &str) {
        let user =
            self.others.keys().map(|name| name.split('/').nth(1).unwrap_or_default()).collect::<Vec<_>>();
        let names = |folder: &str| {
            let entries = fs::read_dir(home.join(folder)).into_iter().flatten();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
        };
        let mut hidden = names("results");
        hidden.retain(|name| name.starts_with('.') && !user.contains(&name.as_str()));
        hidden
            .extend(names("data/store").into_iter().filter(|name| name.starts_with('.') && name != ".lock"));
        assert!(hidden.is_empty(), "{}, {what}: left over: {hidden:?}", self.scenario.name);
    }

    /// Ways to go on after a kill or an error.
    fn ways(&self) -> &'static [&'static [&'static str]] {
        if self.scenario.resumes { &[&["--resume"], &[]] } else { &[&[]] }
    }

    /// Goes on in each way from where `home` is now, and removes it.
    #[track_caller]
    fn go_on(&self, home: &Path, what: &str) {
        for rest in self.ways() {
            let after = home.with_extension("after");
            copy(home, &after);
            self.next(&after, rest, what);
            fs::remove_dir_all(&after).unwrap();
        }
        fs::remove_dir_all(home).unwrap();
    }

    fn with_fault(&self, home: &Path, fault: &str, call: usize, library: &Path) -> Output {
        let mut command = command(home, self.scenario.command);
        command.env("LD_PRELOAD", library).env("FAULT", fault).env("FAULT_AT", call.to_string());
        command.output().unwrap()
    }
}

/// Each fault at each call that is tried, over all scenarios.
fn faults(names: &[&str], faults: &[&str]) {
    let Some(library) = library() else { return };
    for scenario in SCENARIOS.iter().filter(|scenario| names.contains(&scenario.name)) {
        let stage = Stage::new(scenario, library);
        let some = if scenario.name == "demo" { TRIED_SLOW } else { TRIED };
        let mut ends = BTreeMap::new();
        for (at, fault) in faults.iter().enumerate() {
            for call in tried(stage.calls.len(), some, 7 * at + scenario.name.len()) {
                let home = stage.trial();
                let what = format!("{fault} at {}", stage.calls[call - 1]);
                let output = stage.with_fault(&home, fault, call, library);
                let said = String::from_utf8_lossy(&output.stderr);
                let is_new = stage.whole(&home, &what);
                stage.nothing_else(&home, &what);
                match output.status.code() {
                    Some(0) => assert!(is_new, "{}, {what}: success without results", scenario.name),
                    Some(code) => assert!(
                        code < 3 && said.contains("error: "),
                        "{}, {what}: exit {code}: {said}",
                        scenario.name
                    ),
                    None => assert_eq!(*fault, "kill", "{}, {what}", scenario.name),
                }
                *ends.entry((*fault, output.status.code(), is_new)).or_insert(0) += 1;
                stage.go_on(&home, &what);
            }
        }
        eprintln!("{}: {} calls: {ends:?}", scenario.name, stage.calls.len());
    }
}

const ALL_FAULTS: &[&str] = &["kill", "nospace", "io", "full"];

#[test]
fn a_run_survives_a_fault_at_any_call() {
    faults(&["run", "run again", "study"], ALL_FAULTS);
}

#[test]
fn a_sweep_survives_a_fault_at_any_call() {
    faults(&["sweep", "sweep again"], ALL_FAULTS);
}

#[test]
fn parts_and_what_joins_them_survive_a_fault_at_any_call() {
    faults(&["part", "merge"], ALL_FAULTS);
}

#[test]
fn a_scan_and_the_demo_survive_a_fault_at_any_call() {
    faults(&["scan", "demo"], ALL_FAULTS);
}

#[test]
fn an_import_survives_a_fault_at_any_call() {
    faults(&["import of a new series", "import of newer rows", "import of another past"], ALL_FAULTS);
}

/// Where a file system cannot exchange two names, the earlier run is out of sight for a moment; the next command
/// brings it back.
#[test]
fn a_replacement_in_two_steps_is_brought_back() {
    let Some(library) = library() else { return };
    let scenario = SCENARIOS.iter().find(|scenario| scenario.name == "sweep again").unwrap();
    let stage = Stage::new(scenario, library);
    let exchange = stage.calls.iter().position(|call| call.contains("renameat2")).unwrap() + 1;
    let mut away = 0;
    for fault in ALL_FAULTS {
        for call in exchange..exchange + 6 {
            let home = stage.trial();
            let mut command = command(&home, scenario.command);
            command.env("LD_PRELOAD", library).env("FAULT", fault).env("FAULT_AT", call.to_string());
            let output = command.env("FAULT_NO_EXCHANGE", "1").output().unwrap();
            let what = format!("no exchange, {fault} at {call}");
            if home.join(scenario.output).exists() {
                stage.whole(&home, &what);
            } else {
                away += 1;
                // Where every rename fails, an error can leave it out of sight, too: it says so.
                let said = String::from_utf8_lossy(&output.stderr);
                let told = said.contains("the next run brings it back");
                assert!(output.status.code().is_none() || *fault == "full" && told, "{what}: {said}");
                // Any command that is about this folder, even one that reads.
                let verify = home.with_extension("verify");
                copy(&home, &verify);
                done(&verify, &["verify", scenario.output], &what);
                assert!(stage.seen(&verify) == stage.old, "{what}");
                fs::remove_dir_all(verify).unwrap();
            }
            stage.go_on(&home, &what);
        }
    }
    assert!(away > 0, "the earlier run was never out of sight");
}

/// The next number of a xorshift generator.
fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[test]
fn kills_at_random_moments_lose_nothing() {
    let Some(library) = library() else { return };
    let kills = number("CATCHUP_KILLS").unwrap_or(24);
    let names =
        ["run again", "sweep again", "merge", "import of another past", "demo", "study", "part", "scan"];
    let mut random_state = 0x9e37_79b9_7f4a_7c15;
    for (at, name) in names.iter().enumerate() {
        let scenario = SCENARIOS.iter().find(|scenario| scenario.name == *name).unwrap();
        let stage = Stage::new(scenario, library);
        let mut home = stage.trial();
        let mut killed = 0;
        for round in 0..(kills + at) / names.len() {
            let delay = stage.took.mul_f64((random(&mut random_state) % 1000) as f64 / 900.0);
            let mut child = command(&home, scenario.command).spawn().unwrap();
            std::thread::sleep(delay);
            child.kill().unwrap();
            killed += usize::from(child.wait().unwrap().code().is_none());
            let what = format!("killed after {delay:?}");
            let is_new = stage.whole(&home, &what);
            stage.nothing_else(&home, &what);
            // Some leftovers meet those of further kills.
            if is_new || round % 4 == 3 {
                stage.go_on(&home, &what);
                home = stage.trial();
            }
        }
        stage.go_on(&home, "after the last kill");
        eprintln!("{name}: {killed} killed");
    }
}

/// A process that stops at a call and goes on when told so.
struct Paused {
    child: Child,
    go: PathBuf,
}

impl Paused {
    /// Starts a command and waits until it has come to its call.
    fn at(call: usize, home: &Path, args: &[&str], library: &Path) -> Self {
        let (paused, go) = (home.with_extension("paused"), home.with_extension("go"));
        let mut command = command(home, args);
        command.env("LD_PRELOAD", library).env("FAULT", "pause").env("FAULT_AT", call.to_string());
        let mut child = command.env("FAULT_PAUSED", &paused).env("FAULT_GO", &go).spawn().unwrap();
        let patience = Instant::now() + Duration::from_mins(1);
        while !paused.exists() && child.try_wait().unwrap().is_none() && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = fs::remove_file(paused);
        Self { child, go }
    }

    fn go_on(self) -> Output {
        fs::write(&self.go, "").unwrap();
        let output = self.child.wait_with_output().unwrap();
        fs::remove_file(self.go).unwrap();
        output
    }
}

/// One process is held at a call, another runs with the same output: at most one of them is refused, and the place
/// holds a whole run at every moment.
#[test]
fn two_runs_with_one_output_take_turns() {
    let Some(library) = library() else { return };
    for name in ["run again", "sweep again"] {
        let scenario = SCENARIOS.iter().find(|scenario| scenario.name == name).unwrap();
        let stage = Stage::new(scenario, library);
        let mut refused = 0;
        for call in tried(stage.calls.len(), TRIED, name.len()) {
            let home = stage.trial();
            let what = format!("held at {}", stage.calls[call - 1]);
            let first = Paused::at(call, &home, scenario.command, library);
            let second = command(&home, scenario.command).output().unwrap();
            stage.whole(&home, &what);
            let said = String::from_utf8_lossy(&second.stderr);
            if !second.status.success() {
                refused += 1;
                assert_eq!(second.status.code(), Some(2), "{name}, {what}: {said}");
                assert!(said.contains("another process is writing `results/out`"), "{name}, {what}: {said}");
            }
            let first = first.go_on();
            let said = String::from_utf8_lossy(&first.stderr);
            assert!(first.status.success(), "{name}, {what}: {said}");
            assert!(stage.whole(&home, &what), "{name}, {what}");
            stage.go_on(&home, &what);
        }
        assert!(refused > 0, "{name}: never at work at the same time");
        eprintln!("{name}: {refused} refused");
    }
}

/// One process is held at a call, another runs beside it with another output and clears away what was left: both are
/// whole.
#[test]
fn runs_beside_each_other_leave_each_other_alone() {
    let Some(library) = library() else { return };
    let scenario = SCENARIOS.iter().find(|scenario| scenario.name == "run again").unwrap();
    let stage = Stage::new(scenario, library);
    let beside = ["run", "two.toml", "--no-report", "--out", "results/beside"];
    let reference = stage.trial();
    done(&reference, &beside, "beside");
    let expected = contents(&reference.join("results/beside"));
    let check = |home: &Path, what: &str| {
        assert!(contents(&home.join("results/beside")) == expected, "{what}: not whole");
        fs::remove_dir_all(home.join("results/beside")).unwrap();
        stage.go_on(home, what);
    };
    for call in tried(stage.calls.len(), TRIED, 3) {
        let home = stage.trial();
        let what = format!("held at {}", stage.calls[call - 1]);
        let first = Paused::at(call, &home, scenario.command, library);
        done(&home, &beside, &what);
        let first = first.go_on();
        assert!(first.status.success(), "{what}: {}", String::from_utf8_lossy(&first.stderr));
        assert!(stage.whole(&home, &what), "{what}");
        check(&home, &what);
    }
    // The other way round: what clears away the rest of a killed run is held, and that run starts again.
    let log = stage.folder.join("log-beside");
    let killed_at = stage.calls.iter().position(|call| call.contains("renameat2")).unwrap() + 2;
    let killed = stage.trial();
    stage.with_fault(&killed, "kill", killed_at, library);
    let logged = killed.with_extension("logged");
    copy(&killed, &logged);
    let status =
        command(&logged, &beside).env("LD_PRELOAD", library).env("FAULT_LOG", &log).status().unwrap();
    assert!(status.success());
    let calls: Vec<String> = fs::read_to_string(log).unwrap().lines().map(str::to_owned).collect();
    for call in tried(calls.len(), TRIED, 5) {
        let home = killed.with_extension("home");
        copy(&killed, &home);
        let what = format!("clearing held at {}", calls[call - 1]);
        let first = Paused::at(call, &home, &beside, library);
        let second = command(&home, scenario.command).output().unwrap();
        // For a moment the lock of the killed run is held by the one that clears.
        let said = String::from_utf8_lossy(&second.stderr);
        assert!(second.status.success() || said.contains("another process is writing"), "{what}: {said}");
        let first = first.go_on();
        assert!(first.status.success(), "{what}: {}", String::from_utf8_lossy(&first.stderr));
        assert!(stage.whole(&home, &what), "{what}");
        check(&home, &what);
    }
}
