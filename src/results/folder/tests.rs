#![allow(clippy::unwrap_used)]
use super::contents::MARK;
use super::output_lock::short_name;
use super::*;

fn manifest(text: &str) -> String {
    format!("{{ {}{text}\" }}", MARK.1)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn finished(output: &Path, text: &str) {
    let folder = RunFolder::begin(output).unwrap();
    folder.write(MARK.0, manifest(text).as_bytes()).unwrap();
    folder.finish().unwrap();
}

#[test]
fn a_run_is_there_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("deep/run");
    let folder = RunFolder::begin(&output).unwrap();
    folder.write("charts/a.svg", b"x").unwrap();
    fs::remove_file(folder.building().join("charts/a.svg")).unwrap();
    drop(folder);
    assert!(!dir.path().join("deep").exists(), "nothing is left behind");
    for text in ["first", "second"] {
        finished(&output, text);
        assert_eq!(fs::read_to_string(output.join(MARK.0)).unwrap(), manifest(text));
    }
    assert_eq!(names(&dir.path().join("deep")), ["run"]);
}

#[test]
fn what_is_no_run_is_never_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |output: &Path| RunFolder::begin(output).unwrap_err().to_string();
    fs::write(dir.path().join("thesis.txt"), "years of work").unwrap();
    assert!(refused(dir.path()).contains("no run writes `thesis.txt`"));
    fs::write(dir.path().join(MARK.0), manifest("run x")).unwrap();
    assert!(refused(dir.path()).contains("other things than a run"), "a run with somebody's notes beside it");
    fs::remove_file(dir.path().join("thesis.txt")).unwrap();
    assert!(RunFolder::begin(dir.path()).is_ok());
    let charts = dir.path().join("charts");
    fs::create_dir(&charts).unwrap();
    for name in ["thesis.txt", "notes.svg", "price-target.png", "equity.svg.bak", "Equity.svg"] {
        fs::write(charts.join(name), "years of work").unwrap();
        assert!(refused(dir.path()).contains(&format!("no run writes `charts/{name}`")), "{name}");
        fs::remove_file(charts.join(name)).unwrap();
    }
    for name in ["equity", "equity-2", "price-lag-closer", "grid-lag-hold"] {
        fs::write(charts.join(format!("{name}.svg")), "x").unwrap();
        fs::write(charts.join(format!("{name}.png")), "x").unwrap();
    }
    assert!(RunFolder::begin(dir.path()).is_ok());
    fs::create_dir(dir.path().join("summary.json")).unwrap();
    assert!(refused(dir.path()).contains("no run writes `summary.json`"), "a folder in the place of a file");
    fs::remove_dir(dir.path().join("summary.json")).unwrap();
    fs::write(dir.path().join(MARK.0), "{ \"name\": \"another program's\" }").unwrap();
    assert!(refused(dir.path()).contains("other things than a run"));
    assert!(RunFolder::begin(Path::new(".")).is_err());
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let folder = |name: &str, file: &str| {
        let folder = dir.path().join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(file), "x").unwrap();
    };
    folder(".unfinished-a-0123456789abcdef", "summary.json");
    folder(".unfinished-elsewhere-0123456789abcdef", ".new-0123456789abcdef");
    fs::write(dir.path().join(".catchup-lock-elsewhere"), "").unwrap();
    // What is somebody's stays.
    folder(".unfinished-ideas", "summary.json");
    folder(".unfinished-a-fedcba9876543210", "thesis.txt");
    folder(".unfinished-elsewhere-fedcba9876543210", "thesis.txt");
    fs::write(dir.path().join(".catchup-lock-ideas"), "years of work").unwrap();
    let working = RunFolder::begin(&dir.path().join("a")).unwrap();
    let other = RunFolder::begin(&dir.path().join("b")).unwrap();
    assert!(working.building().exists(), "a run that still works is left alone");
    drop((working, other));
    assert_eq!(
        names(dir.path()),
        [
            ".catchup-lock-ideas",
            ".unfinished-a-fedcba9876543210",
            ".unfinished-elsewhere-fedcba9876543210",
            ".unfinished-ideas"
        ]
    );
}

#[test]
fn an_output_has_one_writer() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("deep/run");
    let first = OutputLock::take(&output).unwrap();
    let second = OutputLock::take(&output).unwrap_err().to_string();
    assert!(second.contains("another process is writing") && second.contains("--out"), "{second}");
    drop(first);
    assert!(OutputLock::take(&output).is_ok());
    assert!(names(dir.path()).is_empty());
}

#[test]
fn a_replaced_run_that_a_kill_left_aside_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("run");
    finished(&output, "old");
    let aside = dir.path().join(".replaced-run-0123456789abcdef");
    fs::rename(&output, &aside).unwrap();
    bring_back_replaced(&output);
    assert_eq!(names(dir.path()), ["run"]);
    fs::rename(&output, &aside).unwrap();
    // A run beside it brings it back, too.
    drop(OutputLock::take(&dir.path().join("beside")).unwrap());
    assert_eq!(names(dir.path()), ["run"]);
    // Where a newer one is in its place, it goes. A user's folder with such a name is no run.
    let (other, ideas) = (".replaced-run-fedcba9876543210", ".replaced-ideas-fedcba9876543210");
    fs::create_dir(dir.path().join(ideas)).unwrap();
    fs::write(dir.path().join(ideas).join("thesis.txt"), "years of work").unwrap();
    fs::create_dir(&aside).unwrap();
    fs::copy(output.join(MARK.0), aside.join(MARK.0)).unwrap();
    fs::rename(&aside, dir.path().join(other)).unwrap();
    drop(OutputLock::take(&dir.path().join("beside")).unwrap());
    assert_eq!(names(dir.path()), [ideas, "run"]);
}

#[test]
fn a_sweep_gets_back_what_a_kill_left_on_its_way() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("run");
    let folder = OutputLock::take(&output).unwrap().begin_resumable().unwrap();
    for name in WORKED {
        fs::write(folder.building().join(name), name).unwrap();
    }
    folder.write_whole(MARK.0, manifest("sweep").as_bytes()).unwrap();
    folder.write(MARK.0, manifest("sweep").as_bytes()).unwrap();
    let results = folder.results().unwrap().to_owned();
    folder.take_worked(&results, &WORKED[..1]).unwrap();
    assert!(!folder.building().join(WORKED[0]).exists());
    // As a kill would, nothing is tidied up.
    std::mem::forget(folder);
    fs::remove_file(dir.path().join(".catchup-lock-run")).unwrap();
    drop(OutputLock::take(&dir.path().join("beside")).unwrap());
    assert_eq!(names(dir.path()), [".resumable-run"]);
    assert_eq!(
        names(&dir.path().join(".resumable-run")),
        ["blocks.bin", "combinations.parquet", "manifest.json"]
    );
}

/// The earlier part is where the new one was when a process is killed right after the exchange.
#[test]
fn an_interrupted_part_gets_nothing_of_another() {
    let dir = tempfile::tempdir().unwrap();
    let part = |part: &str| {
        let folder = OutputLock::take(&dir.path().join("run")).unwrap().begin_resumable().unwrap();
        folder.write_whole(MARK.0, manifest("sweep").as_bytes()).unwrap();
        folder.write_whole("shard.json", part.as_bytes()).unwrap();
        for name in WORKED {
            fs::write(folder.building().join(name), part).unwrap();
        }
        folder.write(MARK.0, manifest("sweep").as_bytes()).unwrap();
        folder.write("shard.json", part.as_bytes()).unwrap();
        folder
    };
    part("1 of 2").finish_part().unwrap();
    let mut second = part("2 of 2");
    let results = second.results().unwrap().to_owned();
    second.take_worked(&results, &WORKED).unwrap();
    second.put_in_place(&results, &dir.path().join("run")).unwrap();
    std::mem::forget(second);
    fs::remove_file(dir.path().join(".catchup-lock-run")).unwrap();
    drop(OutputLock::take(&dir.path().join("run")).unwrap());
    assert_eq!(names(&dir.path().join(".resumable-run")), ["manifest.json", "shard.json"]);
    assert_eq!(fs::read_to_string(dir.path().join("run/blocks.bin")).unwrap(), "2 of 2");
}

#[test]
fn a_name_that_is_long_or_no_text_is_told_by_its_hash() {
    let dir = tempfile::tempdir().unwrap();
    let long = "x".repeat(250);
    finished(&dir.path().join(&long), "run");
    assert_eq!(names(dir.path()), [long]);
    assert_eq!(short_name("run".as_ref()), "run");
    assert_eq!(short_name("~run".as_ref()).len(), 33);
}
