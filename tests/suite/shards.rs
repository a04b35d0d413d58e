//! Shards that are incomplete, damaged, exchanged or forged are refused; only those of one sweep, whole and in their
//! place, are merged.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::{Folder, Ran, contents, waves};
use crate::own_files::log::{Log, block};

/// 2 leaders x 3 laggards x 4 combinations: six blocks of four rows.
pub(crate) const STRATEGY: &str = r#"title = "Many"

[markets]
lead = { sweep = ["LEAD", "SLOW"] }
lag  = { sweep = ["LAG", "LATE", "ODD"] }

[params]
window = { default = 20, sweep = [10, 20] }
hold   = { default = 5, sweep = [5, 9] }

[entry]
long = "lag"
when = "lead hits a {window}-day high and lag is over 3% below its 60-day high"

[exit]
after = "{hold} days"

[costs]
commission = "10 bps"
slippage   = "5 bps"
"#;

/// A store with the markets, and the sweep's three shards in `part1`, `part2` and `part3`.
fn house() -> Folder {
    let folder = Folder::new();
    let files = ["LEAD.csv", "SLOW.csv", "LAG.csv", "LATE.csv", "ODD.csv"];
    for (file, phase) in files.iter().zip([0, 3, 12, 15, 7]) {
        folder.write(file, waves(300, phase));
    }
    folder.write("many.toml", STRATEGY);
    folder.case().args(["data", "import", "--session", "crypto"]).args(files).ok();
    for part in 1..=3 {
        let shard = format!("{part}/3");
        sweep(&folder, &format!("part{part}"), &["--shard", &shard]);
    }
    folder
}

fn sweep(folder: &Folder, out: &str, rest: &[&str]) {
    folder.case().args(["sweep", "many.toml", "--no-report", "--quiet", "--out", out]).args(rest).ok();
}

fn merge(folder: &Folder, parts: &[&str]) -> Ran {
    folder.case().args(["merge", "--no-report", "--out", "joined"]).args(parts).run()
}

/// The message with which a merge is refused; nothing is left behind.
#[track_caller]
fn refused(folder: &Folder, parts: &[&str]) -> String {
    let before: Vec<String> = folder.contents().into_keys().collect();
    let ran = merge(folder, parts);
    assert_eq!(ran.status, 2, "{}{}", ran.stdout, ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    assert_eq!(folder.contents().into_keys().collect::<Vec<_>>(), before);
    ran.stderr
}

const ALL: [&str; 3] = ["part1", "part2", "part3"];

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for (name, bytes) in contents(from) {
        fs::write(to.join(name), bytes).unwrap();
    }
}

fn same(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    let different: Vec<_> = a.keys().filter(|name| a[*name] != b[*name]).collect();
    assert!(different.is_empty(), "{different:?}");
}

#[test]
fn shards_are_merged_to_the_whole_in_any_order_and_by_any_path() {
    let folder = house();
    sweep(&folder, "whole", &[]);
    let whole = contents(&folder.join("whole"));
    let absolute = folder.join("part3").display().to_string();
    let ran = merge(&folder, &["./part2/", &absolute, "part1/../part1"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    same(&whole, &contents(&folder.join("joined")));
}

#[test]
fn files_of_another_shard_are_noticed() {
    let folder = house();
    for name in ["shard.json", "blocks.bin", "combinations.parquet"] {
        copy(&folder.join("part1"), &folder.join("a"));
        copy(&folder.join("part2"), &folder.join("b"));
        fs::rename(folder.join("a").join(name), folder.join("c")).unwrap();
        fs::rename(folder.join("b").join(name), folder.join("a").join(name)).unwrap();
        fs::rename(folder.join("c"), folder.join("b").join(name)).unwrap();
        let told = refused(&folder, &["a", "b", "part3"]);
        assert!(told.contains("do not belong together") && told.contains("run "), "{name}: {told}");
    }
    // Folders may be exchanged: a name is no promise.
    fs::rename(folder.join("part1"), folder.join("c")).unwrap();
    fs::rename(folder.join("part2"), folder.join("part1")).unwrap();
    fs::rename(folder.join("c"), folder.join("part2")).unwrap();
    assert_eq!(merge(&folder, &ALL).status, 0);
}

#[test]
fn an_interrupted_shard_is_refused_until_it_is_resumed() {
    let folder = house();
    copy(&folder.join("part2"), &folder.join(".resumable-part2"));
    fs::remove_dir_all(folder.join("part2")).unwrap();
    let blocks = folder.join(".resumable-part2/blocks.bin");
    let log = Log::parse(&fs::read(&blocks).unwrap());
    fs::write(&blocks, &log.bytes()[..log.ends()[1]]).unwrap();
    let told = refused(&folder, &["part1", ".resumable-part2", "part3"]);
    assert!(
        told.contains("`.resumable-part2` is shard 2 of 3, interrupted before it was finished"),
        "{told}"
    );
    assert!(told.contains("--shard 2/3 --out part2 --resume`"), "{told}");
    // The same under another name, and by a link.
    copy(&folder.join(".resumable-part2"), &folder.join("half"));
    let told = refused(&folder, &["part1", "half", "part3"]);
    assert!(told.contains("shard 2 of 3 in `half` is incomplete"), "{told}");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(folder.join(".resumable-part2"), folder.join("link")).unwrap();
        assert!(refused(&folder, &["part1", "link", "part3"]).contains("interrupted before it was finished"));
    }
    sweep(&folder, "part2", &["--shard", "2/3", "--resume"]);
    assert_eq!(merge(&folder, &ALL).status, 0);
}

#[test]
fn a_log_that_is_cut_off_anywhere_is_incomplete() {
    let folder = house();
    copy(&folder.join("part2"), &folder.join("cut"));
    let whole = fs::read(folder.join("part2/blocks.bin")).unwrap();
    let log = Log::parse(&whole);
    assert_eq!((log.records.len(), log.bytes()), (3, whole.clone()), "two blocks and the end");
    let mut cuts = log.ends();
    assert_eq!(cuts.pop(), Some(whole.len()));
    cuts.extend([0, 7, 8, 20, 39, 41, 60, whole.len() - 1]);
    for at in cuts {
        fs::write(folder.join("cut/blocks.bin"), &whole[..at]).unwrap();
        let told = refused(&folder, &["part1", "cut", "part3"]);
        assert!(told.contains("shard 2 of 3 in `cut` is "), "{at}: {told}");
        assert!(told.contains("`catchup sweep … --shard 2/3`"), "{at}: {told}");
    }
    fs::write(folder.join("cut/blocks.bin"), [&whole[..], &[0]].concat()).unwrap();
    assert!(refused(&folder, &["part1", "cut", "part3"]).contains("other combinations"));
    // The same of the table: nothing behind its end either.
    fs::write(folder.join("cut/blocks.bin"), &whole).unwrap();
    let table = fs::read(folder.join("part2/combinations.parquet")).unwrap();
    for bytes in [&table[..0], &table[..4], &table[..table.len() - 1], &[&table[..], &[0]].concat()] {
        fs::write(folder.join("cut/combinations.parquet"), bytes).unwrap();
        assert!(refused(&folder, &["part1", "cut", "part3"]).contains("is damaged"), "{}", bytes.len());
    }
}

/// Replaces some bytes of a record.
fn put(log: &mut Log, record: usize, at: usize, bytes: &[u8]) {
    log.records[record][at..at + bytes.len()].copy_from_slice(bytes);
}

#[test]
fn forged_counts_and_places_are_refused_whatever_their_hashes() {
    let folder = house();
    copy(&folder.join("part2"), &folder.join("forged"));
    let log = Log::parse(&fs::read(folder.join("part2/blocks.bin")).unwrap());
    let outcomes = u32::from_le_bytes(log.records[0][block::OUTCOMES..][..4].try_into().unwrap()) as usize;
    let of_rows = block::FIXED + outcomes * block::OUTCOME;
    let forge = |what: &str, change: &dyn Fn(&mut Log)| {
        let mut forged = log.clone();
        change(&mut forged);
        assert_ne!(forged, log, "{what}");
        fs::write(folder.join("forged/blocks.bin"), forged.bytes()).unwrap();
        let told = refused(&folder, &["part1", "forged", "part3"]);
        assert!(told.contains("shard 2 of 3 in `forged`"), "{what}: {told}");
    };
    let most = u64::MAX.to_le_bytes();
    for number in [0, 1, 5, u64::from(u32::MAX), 1 << 40, u64::MAX / 8, u64::MAX] {
        let bytes = number.to_le_bytes();
        for at in [block::INDEX + 1, block::FIRST, block::LAST, block::BYTES] {
            forge("64 bits", &|log| put(log, 0, at, &bytes));
        }
        for at in [1, 9, 17] {
            forge("end", &|log| put(log, 2, at, &bytes));
        }
    }
    for number in [0_u32, 1, 3, 5, 1 << 20, u32::MAX] {
        forge("rows", &|log| put(log, 0, block::ROWS, &number.to_le_bytes()));
        let other = if number as usize == outcomes { number + 1 } else { number };
        forge("outcomes", &|log| put(log, 0, block::OUTCOMES, &other.to_le_bytes()));
        let wrong = number.max(u32::try_from(outcomes).unwrap());
        forge("outcome of a row", &|log| put(log, 0, of_rows, &wrong.to_le_bytes()));
    }
    forge("hash", &|log| put(log, 0, block::CONTENT, &[0; 32]));
    forge("kind", &|log| put(log, 0, 0, &[3]));
    forge("whether open", &|log| put(log, 0, block::FIXED + 20, &[2]));
    forge("a block less", &|log| drop(log.records.remove(1)));
    forge("a block twice", &|log| log.records.insert(1, log.records[0].clone()));
    forge("blocks exchanged", &|log| log.records.swap(0, 1));
    forge("end first", &|log| log.records.swap(0, 2));
    forge("empty records", &|log| log.records[0].clear());
    forge("one byte more", &|log| log.records[0].push(0));
    forge("lengths", &|log| log.records[0].extend(most));
    // A length that no file can have, before any hash.
    let mut bytes = log.bytes();
    bytes[40..48].copy_from_slice(&most);
    fs::write(folder.join("forged/blocks.bin"), bytes).unwrap();
    assert!(refused(&folder, &["part1", "forged", "part3"]).contains("is damaged"));
}

#[test]
fn a_forged_row_group_is_refused_whatever_its_hash() {
    let folder = house();
    copy(&folder.join("part2"), &folder.join("forged"));
    let table = fs::read(folder.join("part2/combinations.parquet")).unwrap();
    let log = Log::parse(&fs::read(folder.join("part2/blocks.bin")).unwrap());
    let bytes = u64::from_le_bytes(log.records[0][block::BYTES..][..8].try_into().unwrap());
    let group = 4..4 + usize::try_from(bytes).unwrap();
    let (mut refusals, mut accepted) = (0, 0);
    // Headers, places and levels stand in every column; bytes of metrics may be any finite numbers.
    for at in group.clone().step_by(97) {
        let (mut table, mut log) = (table.clone(), log.clone());
        table[at] ^= 0x5a;
        let hash = *blake3::hash(&table[group.clone()]).as_bytes();
        put(&mut log, 0, block::CONTENT, &hash);
        fs::write(folder.join("forged/combinations.parquet"), &table).unwrap();
        fs::write(folder.join("forged/blocks.bin"), log.bytes()).unwrap();
        let ran = merge(&folder, &["part1", "forged", "part3"]);
        assert!(!ran.stderr.contains("panicked"), "{at}: {}", ran.stderr);
        if ran.status == 0 {
            accepted += 1;
            // What cannot be told from a number that was computed is read like one.
            assert_eq!(combinations(&folder.join("joined")), (0..24).collect::<Vec<i64>>(), "{at}");
        } else {
            refusals += 1;
            assert!(ran.stderr.contains("shard 2 of 3 in `forged`"), "{at}: {}", ran.stderr);
        }
    }
    assert!(refusals > 10 && refusals > accepted, "{refusals} refused, {accepted} accepted");
}

/// The numbers of a table's combinations, every column of which can be read.
fn combinations(run: &Path) -> Vec<i64> {
    use polars::prelude::{ParquetReader, SerReader};
    let frame =
        ParquetReader::new(fs::File::open(run.join("combinations.parquet")).unwrap()).finish().unwrap();
    frame.column("combination").unwrap().i64().unwrap().iter().flatten().collect()
}

#[test]
fn a_number_of_shards_that_cannot_be_is_refused_at_once() {
    let folder = house();
    copy(&folder.join("part1"), &folder.join("many"));
    let manifest = folder.read("many/manifest.json");
    let text = folder.read("many/shard.json");
    for of in ["4000000000", "18446744073709551615"] {
        let text = text.replace("\"of\": 3", &format!("\"of\": {of}"));
        folder.write("many/shard.json", &text);
        let mut log = Log::parse(&fs::read(folder.join("part1/blocks.bin")).unwrap());
        log.belong_to(&manifest, Some(&text));
        fs::write(folder.join("many/blocks.bin"), log.bytes()).unwrap();
        let told = refused(&folder, &["many"]);
        assert!(told.contains("shards are missing: 2, 3, 4, 5, 6 and "), "{told}");
        assert!(told.len() < 400, "{told}");
    }
    // More shards than blocks, all of them there.
    for part in 1..=7 {
        copy(&folder.join("part1"), &folder.join(&format!("p{part}")));
        let text =
            text.replace("\"of\": 3", "\"of\": 7").replace("\"part\": 1", &format!("\"part\": {part}"));
        folder.write(&format!("p{part}/shard.json"), &text);
        let mut log = Log::parse(&fs::read(folder.join("part1/blocks.bin")).unwrap());
        log.belong_to(&manifest, Some(&text));
        fs::write(folder.join(&format!("p{part}/blocks.bin")), log.bytes()).unwrap();
    }
    let told = refused(&folder, &["p1", "p2", "p3", "p4", "p5", "p6", "p7"]);
    assert!(told.contains("the sweep has 6 blocks, so it has at most as many shards"), "{told}");
}

#[test]
fn shards_that_are_missing_or_there_twice_are_named() {
    let folder = house();
    assert!(refused(&folder, &["part1", "part3"]).contains("shards are missing: 2 of 3"));
    let twice = refused(&folder, &["part1", "part2", "part3", "part2"]);
    assert!(
        twice.contains("shard 2 of 3 is there twice") && twice.contains("`part2` and `part2`"),
        "{twice}"
    );
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(folder.join("part2"), folder.join("link")).unwrap();
        assert!(refused(&folder, &["part1", "part2", "link"]).contains("shard 2 of 3 is there twice"));
        assert_eq!(
            merge(&folder, &["part1", "link", "part3"]).status,
            0,
            "the folder may be reached by a link"
        );
        fs::remove_dir_all(folder.join("joined")).unwrap();
    }
    assert!(refused(&folder, &["part1", "nothing", "part3"]).contains("`nothing` is not a shard of a sweep"));
    sweep(&folder, "half", &["--shard", "1/2"]);
    assert!(refused(&folder, &["part1", "half", "part3"]).contains("not those of one sweep"));
    sweep(&folder, "whole", &[]);
    assert!(refused(&folder, &["whole", "part2", "part3"]).contains("`whole` is not a shard of a sweep"));
}

#[test]
fn what_shards_say_of_themselves_is_checked() {
    let folder = house();
    copy(&folder.join("part2"), &folder.join("edited"));
    let shard = folder.read("part2/shard.json");
    let parts = ["part1", "edited", "part3"];
    for (from, to, told) in [
        ("\"part\": 2", "\"part\": 0", "`part` is 0, and `of` is 3"),
        ("\"part\": 2", "\"part\": 4", "`part` is 4, and `of` is 3"),
        ("\"part\": 2", "\"part\": 2, \"part\": 2", "duplicate field `part`"),
        ("\"seed\": 1", "\"seed\": -1", "invalid value"),
        ("\"seed\": 1", "\"seed\": 2", "do not belong together"),
        ("\"seed\": 1", "\"seeds\": 1", "unknown field `seeds`"),
        ("\"capital\": 1.0", "\"capital\": -1.0", "a capital of -1"),
        ("{\n", "{\n\n", "do not belong together"),
        ("{", "", "is not the `shard.json` of a shard"),
    ] {
        let text = shard.replacen(from, to, 1);
        assert_ne!(text, shard, "{from}");
        folder.write("edited/shard.json", text);
        let refusal = refused(&folder, &parts);
        assert!(refusal.contains(told), "{to}: {refusal}");
    }
    folder.write("edited/shard.json", vec![b' '; 5 << 20]);
    assert!(refused(&folder, &parts).contains("it has more than 4 MiB"));
    folder.write("edited/shard.json", &shard);

    let manifest = folder.read("part2/manifest.json");
    folder.write("edited/manifest.json", manifest.replace("\"simulated\": false", "\"simulated\": true"));
    assert!(refused(&folder, &parts).contains("`edited/manifest.json` was changed after it was written"));
    folder.write("edited/manifest.json", manifest.replace(env!("CARGO_PKG_VERSION"), "0.0.7"));
    let told = refused(&folder, &parts);
    assert!(
        told.contains("is of catchup 0.0.7, this is") && told.contains("with the version that ran"),
        "{told}"
    );
    folder.write("edited/manifest.json", "{}");
    assert!(refused(&folder, &parts).contains("`edited/manifest.json` is not a manifest"));
}

#[test]
fn shards_of_other_data_or_of_another_folder_are_told_apart_from_damage() {
    let folder = house();
    let elsewhere = Folder::new();
    let parts = ALL.map(|part| folder.join(part));
    let told = elsewhere.case().args(["merge", "--out", "joined"]).args(&parts).exits(2).stderr;
    assert!(told.contains("there is no file `many.toml`"), "{told}");
    assert!(told.contains("run `catchup merge` in the folder where the shards were run"), "{told}");

    folder.write("LAG.csv", waves(310, 12));
    folder.case().args(["data", "import", "LAG.csv", "--session", "crypto"]).ok();
    let told = refused(&folder, &ALL);
    assert!(told.contains("another strategy, other data or other options than are here"), "{told}");
    assert!(told.contains("differs in: ") && told.contains("series"), "{told}");
    assert!(told.contains("run all shards again"), "{told}");
}
