//! Sweeps that are interrupted, cut into parts, narrowed down and checked leave the same bytes as any other.
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{Folder, contents, json_file, waves};

/// 12 x 15 x 16 x 24 = 69,120 combinations: several blocks.
const STRATEGY: &str = r#"title = "Many"

[markets]
lead = "LEAD"
lag  = "LAG"

[params]
window = { default = 20, sweep = { from = 5, to = 60, step = 5 } }
behind = { default = "5%", sweep = { from = "1%", to = "15%", step = "1%" } }
hold   = { default = 10, sweep = { from = 2, to = 32, step = 2 } }
stop   = { default = "1%", sweep = { from = "1%", to = "12.5%", step = "0.5%" } }

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

fn sweep(folder: &Folder, out: &str, rest: &[&str]) -> BTreeMap<String, Vec<u8>> {
    folder.case().args(["sweep", "many.toml", "--no-report", "--out", out]).args(rest).ok();
    contents(&folder.join(out))
}

/// Changes one bit of a file, some way behind its beginning.
fn flip(path: &std::path::Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let at = bytes.len().min(1000) / 2;
    bytes[at] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[track_caller]
fn same(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>, what: &str) {
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "{what}: other files");
    let different: Vec<_> = a.keys().filter(|name| a[*name] != b[*name]).collect();
    assert!(different.is_empty(), "{what}: other bytes in {different:?}");
}

/// Starts a sweep and kills it once `blocks.bin` has grown beyond `bytes`; false where it finished before.
fn kill_beyond(folder: &Folder, out: &str, rest: &[&str], bytes: u64) -> bool {
    let mut child = Command::new(env!("CARGO_BIN_EXE_catchup"))
        .args(["sweep", "many.toml", "--no-report", "--quiet", "--out", out])
        .args(rest)
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let blocks = folder.join(&format!(".resumable-{out}/blocks.bin"));
    let patience = Instant::now() + Duration::from_mins(1);
    loop {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        let grown = std::fs::metadata(&blocks).is_ok_and(|file| file.len() > bytes);
        if grown || Instant::now() > patience {
            child.kill().unwrap();
            child.wait().unwrap();
            return grown;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_killed_sweep_goes_on_to_the_same_bytes() {
    let folder = house();
    let whole = sweep(&folder, "whole", &[]);
    // Killed early, killed later, and cut off in the middle of a block as a full disk would do it.
    for (bytes, cut) in [(8, 0), (100_000, 0), (8, 1000), (100_000, 70_000)] {
        if kill_beyond(&folder, "cut", &["--threads", "1"], bytes) && cut > 0 {
            let blocks = folder.join(".resumable-cut/blocks.bin");
            let bytes = std::fs::read(&blocks).unwrap();
            std::fs::write(&blocks, &bytes[..bytes.len().saturating_sub(cut)]).unwrap();
        }
        same(&whole, &sweep(&folder, "cut", &["--resume", "--threads", "3"]), &format!("{bytes} {cut}"));
        assert!(!folder.join(".resumable-cut").exists());
        std::fs::remove_dir_all(folder.join("cut")).unwrap();
    }
    // A bit of the table that changed on the disk is found, and worked again.
    if kill_beyond(&folder, "cut", &["--threads", "1"], 8) {
        flip(&folder.join(".resumable-cut/combinations.parquet"));
        same(&whole, &sweep(&folder, "cut", &["--resume"]), "a bit");
    }
}

#[test]
fn other_inputs_are_not_gone_on_with() {
    let folder = house();
    assert!(kill_beyond(&folder, "cut", &["--threads", "1"], 8));
    let resume = |rest: &[&str]| {
        let args = ["sweep", "many.toml", "--no-report", "--out", "cut", "--resume"];
        folder.case().args(args).args(rest).exits(2).stderr
    };
    assert!(resume(&["--seed", "2"]).contains("differs in: seed"));
    assert!(resume(&["--set", "hold=3"]).contains("parameters"));
    assert!(resume(&["--shard", "1/2"]).contains("the shard or the command"));
    folder.write("many.toml", STRATEGY.replace("10 bps", "11 bps"));
    assert!(resume(&[]).contains("differs in: strategy"));
    folder.write("many.toml", STRATEGY);
    folder.write("LEAD.csv", waves(301, 0));
    folder.case().args(["data", "import", "LEAD.csv", "--session", "crypto"]).ok();
    assert!(resume(&[]).contains("series"));
}

#[test]
fn parts_are_joined_to_the_whole() {
    let folder = house();
    let whole = sweep(&folder, "whole", &["--rank", "sortino"]);
    for part in ["3/3", "1/3", "2/3"] {
        sweep(&folder, &format!("part{}", &part[..1]), &["--rank", "sortino", "--shard", part]);
    }
    let merge = |parts: &[&str]| folder.case().args(["merge", "--no-report", "--out", "joined"]).args(parts);
    merge(&["part2", "part1", "part3"]).ok();
    same(&whole, &contents(&folder.join("joined")), "joined");

    assert!(merge(&["part1", "part3"]).exits(2).stderr.contains("shards are missing: 2 of 3"));
    assert!(
        merge(&["part1", "part2", "part3", "part2"]).exits(2).stderr.contains("shard 2 of 3 is there twice")
    );
    assert!(merge(&["part1", "whole"]).exits(2).stderr.contains("`whole` is not a shard of a sweep"));
    sweep(&folder, "other2", &["--rank", "sharpe", "--shard", "2/3"]);
    assert!(merge(&["part1", "other2", "part3"]).exits(2).stderr.contains("not those of one sweep"));
    flip(&folder.join("part3/combinations.parquet"));
    assert!(merge(&["part1", "part2", "part3"]).exits(2).stderr.contains("is damaged"));
    let blocks = std::fs::read(folder.join("part2/blocks.bin")).unwrap();
    std::fs::write(folder.join("part2/blocks.bin"), &blocks[..blocks.len() - 5]).unwrap();
    assert!(merge(&["part1", "part2", "part3"]).exits(2).stderr.contains("is incomplete"));
    assert!(
        folder
            .case()
            .args(["sweep", "many.toml", "--shard", "7/9"])
            .exits(2)
            .stderr
            .contains("at most 5 parts")
    );
}

#[test]
fn a_subset_has_the_rows_of_the_whole() {
    let folder = house();
    sweep(&folder, "whole", &[]);
    folder.write("many.toml", STRATEGY.replace("[entry]", "[sweep]\nwhere = \"hold < window\"\n\n[entry]"));
    let rows = |out: &str| table(&folder.join(out));
    sweep(&folder, "where", &[]);
    sweep(&folder, "sobol", &["--sobol", "500"]);
    sweep(&folder, "random", &["--sample", "500", "--check", "20"]);
    // No combination is checked twice, and more than there are cannot be.
    let told =
        folder.case().args(["sweep", "many.toml", "--no-report", "--sample", "8", "--check", "900"]).ok();
    assert!(told.stderr.contains("8 combinations equal the reference"), "{}", told.stderr);
    let whole = rows("whole");
    for (out, count) in [("where", 51_840), ("sobol", 500), ("random", 500)] {
        let chosen = rows(out);
        // Of 12 x 16 pairs of window and hold 144 fit.
        assert_eq!(chosen.len(), count, "{out}");
        for (number, row) in &chosen {
            assert_eq!(row, &whole[number], "{out}: combination {number}");
        }
        let summary = json_file(&folder.join(&format!("{out}/summary.json")));
        assert_eq!(summary["counts"]["combinations"], count);
        assert!(summary["landscape"]["profiles"].as_array().is_some_and(|profiles| profiles.len() == 4));
    }
}

/// Some columns of each row, by combination.
fn table(run: &Path) -> BTreeMap<i64, [Option<u64>; 5]> {
    use polars::prelude::{DataType, ParquetReader, SerReader};
    let file = std::fs::File::open(run.join("combinations.parquet")).unwrap();
    let frame = ParquetReader::new(file).finish().unwrap();
    let column = |name: &str| {
        let column = frame.column(name).unwrap().cast(&DataType::Float64).unwrap();
        column.f64().unwrap().iter().map(|value| value.map(f64::to_bits)).collect::<Vec<_>>()
    };
    let columns = ["window", "hold", "sharpe", "ulcer", "trades"].map(column);
    let numbers = frame.column("combination").unwrap().i64().unwrap();
    let row = |at: usize| std::array::from_fn(|which| columns[which][at]);
    (0..frame.height()).map(|at| (numbers.get(at).unwrap(), row(at))).collect()
}

#[test]
fn a_condition_that_cannot_be_read_is_told_with_its_place() {
    let folder = house();
    let wrong = |condition: &str| {
        let text = format!("[sweep]\nwhere = \"{condition}\"\n\n[entry]");
        folder.write("many.toml", STRATEGY.replace("[entry]", &text));
        folder.case().args(["sweep", "many.toml", "--no-report"]).exits(2).stderr
    };
    let told = wrong("hold < windo");
    assert!(told.contains("did you mean `window`?") && told.contains("many.toml:14:9"), "{told}");
    assert!(wrong("hold > 500").contains("no combination fits `where = \"hold > 500\"`"));
}

/// Nearly every bar is a signal, under so many settings of the exits that no table of all trades fits.
fn dense(side: &str) -> String {
    let text = STRATEGY
        .replace("window = { default = 20, sweep = { from = 5, to = 60, step = 5 } }\n", "")
        .replace(
            "from = \"1%\", to = \"15%\", step = \"1%\"",
            "from = \"0.5%\", to = \"5%\", step = \"4.5%\"",
        )
        .replace("default = \"5%\"", "default = \"0.5%\"")
        .replace("to = 32, step = 2", "to = 101, step = 1")
        .replace("to = \"12.5%\", step = \"0.5%\"", "to = \"23%\", step = \"0.5%\"")
        .replace("lead hits a {window}-day high", "lead > 1")
        .replace("long = \"lag\"", side);
    if side.contains("short") { text + "borrow = \"3%\"\n" } else { text }
}

/// Sweeps some combinations of dense signals, on two threads and on one; gives what stands on standard error.
fn sweep_dense(name: &str, strategy: &str, bars: u32, rest: &[&str]) -> String {
    let folder = house();
    folder.write("LEAD.csv", waves(bars, 0));
    folder.write("LAG.csv", waves(bars, 12));
    let text = strategy
        .replace("\"LEAD\"", "{ file = \"LEAD.csv\", session = \"crypto\" }")
        .replace("\"LAG\"", "{ file = \"LAG.csv\", session = \"crypto\" }");
    folder.write("many.toml", text);
    let args = ["sweep", "many.toml", "--no-report", "--sample", "600"];
    let ran = folder.case().args(args).args(["--threads", "2", "--out", "two"]).args(rest).ok();
    folder.case().args(args).args(["--threads", "1", "--out", "one"]).ok();
    same(&contents(&folder.join("two")), &contents(&folder.join("one")), name);
    let is_plan = |line: &&str| line.starts_with("plan:") || line.starts_with("      ");
    let plan = ran.stderr.lines().skip_while(|line| !line.starts_with("plan:")).take_while(is_plan);
    // Seconds and megabytes are those of the machine.
    let plan = plan.filter(|line| !line.trim_start().starts_with("about "));
    let plan: String = plan.map(|line| line.trim_end().to_owned() + "\n").collect();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/sweeps");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("dense-{name}"), plan));
    ran.stderr
}

#[test]
fn dense_signals_go_without_a_table_and_equal_the_reference() {
    for (name, side) in [("long", "long = \"lag\""), ("short", "short = \"lag\"")] {
        let told = sweep_dense(name, &dense(side), 1200, &["--check", "12"]);
        assert!(told.contains("12 combinations equal the reference"), "{told}");
    }
}

#[test]
fn what_only_the_reference_can_work_is_planned_as_that() {
    let strategy = dense("long = \"lag\"") + "\n[size]\namount = 1000\n";
    sweep_dense("amount", &strategy, 150, &[]);
}
