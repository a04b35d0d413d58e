//! Output folders, interrupted sweeps and the store where somebody else's files, links and processes are in the way.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::common::{Folder, contents, waves};

const STRATEGY: &str = r#"title = "Two"

[markets]
lead = "LEAD"
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

fn house() -> Folder {
    let folder = Folder::new();
    folder.write("LEAD.csv", waves(150, 0));
    folder.write("LAG.csv", waves(150, 12));
    folder.write("two.toml", STRATEGY);
    folder.case().args(["data", "import", "LEAD.csv", "LAG.csv", "--session", "crypto"]).ok();
    folder
}

const RUN: [&str; 5] = ["run", "two.toml", "--no-report", "--out", "results/out"];
const SWEEP: [&str; 5] = ["sweep", "two.toml", "--no-report", "--out", "results/out"];
const IMPORT: [&str; 5] = ["data", "import", "LAG.csv", "--session", "crypto"];

/// Every command that writes the output or the store is refused, with what to do, and changes nothing.
#[track_caller]
fn refused(folder: &Folder, args: &[&str], because: &str) {
    let before = folder.contents();
    let ran = folder.case().args(args).run();
    assert!(ran.status == 1 || ran.status == 2, "{args:?}: exit {}", ran.status);
    assert!(ran.stderr.contains(because), "{because}: {}", ran.stderr);
    assert!(ran.stderr.contains("help: "), "{}", ran.stderr);
    same(&before, &folder.contents(), because);
}

#[track_caller]
fn same(before: &BTreeMap<String, Vec<u8>>, after: &BTreeMap<String, Vec<u8>>, what: &str) {
    for name in before.keys().chain(after.keys()) {
        assert!(before.get(name) == after.get(name), "{what}: `{name}` changed");
    }
}

#[test]
fn only_files_of_a_run_are_replaced() {
    let folder = house();
    folder.case().args(["run", "two.toml", "--out", "results/out"]).ok();
    for name in ["charts/thesis.txt", "charts/price-target.png", "charts/deep/notes.txt", "notes.txt"] {
        let path = folder.write(&format!("results/out/{name}"), "years of work");
        for command in [&RUN, &SWEEP] {
            refused(&folder, command, "holds other things than a run of catchup");
        }
        fs::remove_file(path).unwrap();
        let _ = fs::remove_dir(folder.join("results/out/charts/deep"));
    }
    folder.case().args(RUN).ok();
    // A sweep that was interrupted is emptied by the next, but not where other things are in it.
    folder.write("results/.resumable-out/thesis.txt", "years of work");
    refused(&folder, &SWEEP, "`thesis.txt` in it, which no sweep writes");
    refused(&folder, &[&SWEEP[..], &["--resume"]].concat(), "`thesis.txt` in it, which no sweep writes");
}

#[test]
fn the_sample_replaces_no_other_file() {
    let folder = Folder::new();
    folder.case().args(["data", "sample", "--out", "sample"]).ok();
    folder.case().args(["data", "sample", "--out", "sample"]).ok();
    folder.write("sample/IWM.csv", "mine");
    refused(&folder, &["data", "sample", "--out", "sample"], "is there already, and is not the sample");
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A folder and a file of a user.
    fn house_with_thesis() -> Folder {
        let folder = house();
        folder.write("home/docs/thesis.txt", "years of work");
        fs::create_dir(folder.join("results")).unwrap();
        folder
    }

    #[test]
    fn no_output_is_written_through_a_link() {
        let folder = house_with_thesis();
        for (at, target) in [
            ("out", "../home"),
            ("out", "../home/docs/thesis.txt"),
            ("out", "../nowhere"),
            (".resumable-out", "../home"),
            (".resumable-out", "../nowhere"),
            (".catchup-lock-out", "../home/docs/thesis.txt"),
            (".catchup-lock-out", "../nowhere"),
        ] {
            let link = folder.join("results").join(at);
            symlink(target, &link).unwrap();
            refused(&folder, &SWEEP, "is a symbolic link");
            if at != ".resumable-out" {
                refused(&folder, &RUN, "is a symbolic link");
            }
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink(), "{at} to {target}");
            fs::remove_file(link).unwrap();
        }
        assert!(!folder.join("nowhere").exists());
        // A folder above may be a link.
        symlink("home", folder.join("linked")).unwrap();
        folder.case().args(["run", "two.toml", "--no-report", "--out", "linked/out"]).ok();
        folder.case().args(["run", "two.toml", "--no-report", "--out", "linked/out"]).ok();
        assert!(folder.join("home/out/summary.json").exists());
    }

    #[test]
    fn links_inside_a_run_are_the_users() {
        let folder = house_with_thesis();
        folder.case().args(["run", "two.toml", "--out", "results/out"]).ok();
        for name in ["summary.json", "charts/equity.svg", "charts"] {
            let path = folder.join("results/out").join(name);
            let aside = folder.join("aside");
            fs::rename(&path, &aside).unwrap();
            symlink(if name == "charts" { "../../home/docs" } else { "../../home/docs/thesis.txt" }, &path)
                .unwrap();
            refused(&folder, &RUN, "holds other things");
            fs::remove_file(&path).unwrap();
            fs::rename(&aside, &path).unwrap();
        }
        // In what a killed sweep left, too.
        folder.write("results/.resumable-out/manifest.json", "{}");
        symlink("../../home/docs/thesis.txt", folder.join("results/.resumable-out/blocks.bin")).unwrap();
        refused(&folder, &SWEEP, "`blocks.bin` in it");
        assert_eq!(folder.read("home/docs/thesis.txt"), "years of work");
    }

    #[test]
    fn a_second_name_of_a_users_file_is_given_up_and_not_written_to() {
        let folder = house_with_thesis();
        let thesis = folder.join("home/docs/thesis.txt");
        fs::create_dir_all(folder.join("results/.resumable-out")).unwrap();
        for name in ["combinations.parquet", "blocks.bin", "manifest.json"] {
            fs::hard_link(&thesis, folder.join("results/.resumable-out").join(name)).unwrap();
        }
        folder.case().args(SWEEP).ok();
        fs::remove_file(folder.join("results/out/summary.json")).unwrap();
        fs::hard_link(&thesis, folder.join("results/out/summary.json")).unwrap();
        folder.case().args(RUN).ok();
        fs::hard_link(&thesis, folder.join("results/.catchup-lock-out")).unwrap();
        refused(&folder, &RUN, "is a file that is not empty");
        assert_eq!(folder.read("home/docs/thesis.txt"), "years of work");
    }

    #[test]
    fn the_store_touches_nothing_through_a_link() {
        let folder = house_with_thesis();
        let store = folder.join("data/store");
        for (name, target) in [
            (".lock", "../../home/docs/thesis.txt"),
            (".lock", "../../nowhere"),
            (".lock", "../../home"),
            ("catalogue.json", "../../home/catalogue.json"),
        ] {
            let (path, aside) = (store.join(name), folder.join("aside"));
            fs::rename(&path, &aside).unwrap();
            if name == "catalogue.json" {
                fs::copy(&aside, folder.join("home/catalogue.json")).unwrap();
            }
            symlink(target, &path).unwrap();
            refused(&folder, &["data", "remove", "LAG"], "is a symbolic link");
            fs::remove_file(&path).unwrap();
            fs::rename(&aside, &path).unwrap();
        }
        // What the store clears away is its own: by name, and no link.
        let stays =
            [".new-ideas", ".new-things", "mine.bars.parquet", "backup-2024.bars.parquet", "LAG.parquet"];
        for name in stays {
            fs::write(store.join(name), "years of work").unwrap();
        }
        let links = [".new-0123456789abcdef", "lag-0123456789ab.bars.parquet"];
        for name in links {
            symlink("../../home/docs/thesis.txt", store.join(name)).unwrap();
        }
        fs::create_dir(store.join("x-0123456789ab.bars.parquet")).unwrap();
        fs::write(store.join("lag-ba9876543210.bars.parquet"), "half").unwrap();
        folder.case().args(IMPORT).ok();
        folder.case().args(["data", "remove", "LAG"]).ok();
        for name in stays.iter().chain(&links) {
            assert!(fs::symlink_metadata(store.join(name)).is_ok(), "{name} is gone");
        }
        assert!(store.join("x-0123456789ab.bars.parquet").exists());
        assert!(!store.join("lag-ba9876543210.bars.parquet").exists());
        assert_eq!(folder.read("home/docs/thesis.txt"), "years of work");
    }

    #[test]
    fn other_commands_write_through_no_link() {
        let folder = house_with_thesis();
        fs::create_dir(folder.join("strategies")).unwrap();
        symlink("../nowhere.toml", folder.join("strategies/mine.toml")).unwrap();
        refused(&folder, &["strategy", "new", "mine"], "is there already");
        fs::create_dir(folder.join("pages")).unwrap();
        symlink("../home/docs/thesis.txt", folder.join("pages/catchup.1")).unwrap();
        refused(&folder, &["man", "--out", "pages"], "is a symbolic link");
        assert!(!folder.join("nowhere.toml").exists());
    }

    /// A pipe or a folder in the place of a file of ours is told of; nobody waits for the pipe's other end.
    #[test]
    fn a_pipe_or_folder_in_the_way_is_told_of() {
        let folder = house_with_thesis();
        for name in ["results/.catchup-lock-out", "results/.resumable-out", "data/store/.lock"] {
            let path = folder.join(name);
            let _ = fs::remove_file(&path);
            let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
            assert!(made.success());
            let command: &[&str] = if name.starts_with("data") { &["data", "remove", "LAG"] } else { &SWEEP };
            let begun = Instant::now();
            let ran = folder.case().args(command).run();
            assert!(ran.stderr.contains("is a pipe, device or socket"), "{name}: {}", ran.stderr);
            assert_eq!(ran.status, 2, "{name} after {:?}", begun.elapsed());
            fs::remove_file(&path).unwrap();
            if name != "results/.resumable-out" {
                fs::create_dir(&path).unwrap();
                refused(&folder, command, "is a folder");
                fs::remove_dir(&path).unwrap();
            }
        }
    }
}

/// Holds the lock of a store as another process would.
fn hold(store: &Path) -> fs::File {
    let lock = fs::OpenOptions::new().write(true).open(store.join(".lock")).unwrap();
    lock.lock().unwrap();
    lock
}

#[test]
fn a_store_that_is_being_changed_is_waited_for_but_not_for_ever() {
    let folder = house();
    let held = hold(&folder.join("data/store"));
    let before = folder.contents();
    let ran = folder.case().args(IMPORT).env("CATCHUP_STORE_WAIT", "2").exits(1);
    insta::assert_snapshot!(ran.stderr, @r"
    waiting up to 2 seconds for another process that is changing `data/store`
    error: another process is changing the store `data/store`
     |
     = note: it was waited for 2 seconds
     = help: wait until that process has finished, then run the command again
    ");
    same(&before, &folder.contents(), "waited for in vain");
    let quiet = folder.case().args(IMPORT).args(["--quiet"]).env("CATCHUP_STORE_WAIT", "0").exits(1);
    assert!(!quiet.stderr.contains("waiting"), "{}", quiet.stderr);
    // Reading needs no lock.
    folder.case().args(["data", "list"]).ok();
    drop(held);
    folder.case().args(IMPORT).env("CATCHUP_STORE_WAIT", "0").ok();
    let wrong = folder.case().args(IMPORT).env("CATCHUP_STORE_WAIT", "a while").exits(2);
    assert!(wrong.stderr.contains("CATCHUP_STORE_WAIT is `a while`"), "{}", wrong.stderr);
}

#[test]
fn an_output_of_several_commands_is_whole_at_the_end() {
    let folder = house();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let ran = folder.case().args(RUN).run();
                assert!(
                    ran.status == 0 || ran.stderr.contains("another process is writing"),
                    "{}",
                    ran.stderr
                );
            });
        }
    });
    let found = contents(&folder.join("results"));
    assert!(found.keys().all(|name| name.starts_with("out/")), "{:?}", found.keys());
    folder.case().args(RUN).ok();
    same(&found, &contents(&folder.join("results")), "one after the other");
}
