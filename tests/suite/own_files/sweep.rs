//! `combinations.parquet` and `blocks.bin`, as they are read to resume a sweep and to merge shards.
use std::fs;
use std::path::Path;

use catchup::backtest::metrics;
use catchup::backtest::single::Setup;
use catchup::backtest::sweep::{Engines, Family, Listeners, Subset, Swept, Whole, sweep_all};
use catchup::base::diagnostic::{Result, Source};
use catchup::market::store::Store;
use catchup::results::folder::{OutputLock, RunFolder};
use catchup::results::stream::{BLOCKS, Identity, ShardFiles, Stream, TABLE};
use catchup::strategy::binding::History;
use catchup::strategy::file::Strategy;
use catchup::strategy::signals::days_in_common;
use polars::prelude::{DataFrame, ParquetReader, SerReader};

use super::log::{Log, block};
use super::mutation::{Mutator, size};
use crate::common::{Folder, waves};
use crate::shards::STRATEGY;

const SHARDS: u64 = 3;
const MANIFEST: &str = "what went in";
const RANK: &str = "sharpe";

/// Table and log.
type Files = [Vec<u8>; 2];

/// A sweep of six blocks, and what it leaves.
struct Sweep<'a> {
    family: &'a Family<'a>,
    whole: Whole,
    folder: &'a Folder,
    /// Of the whole.
    files: Files,
    swept: Swept,
    /// Of each shard.
    shards: Vec<Files>,
}

fn shard_text(part: u64) -> String {
    format!("shard {part}")
}

/// What the log of a shard, or of the whole, belongs to.
fn identity(part: Option<u64>) -> Identity {
    Identity::new(MANIFEST, part.map(shard_text).as_deref())
}

fn with_sweep(test: impl FnOnce(&Sweep<'_>)) {
    let folder = Folder::new();
    let files = ["LEAD.csv", "SLOW.csv", "LAG.csv", "LATE.csv", "ODD.csv"];
    for (file, phase) in files.iter().zip([0, 3, 12, 15, 7]) {
        folder.write(file, waves(200, phase));
    }
    folder.case().args(["data", "import", "--session", "crypto"]).args(files).ok();
    let history = History::new(Store::open(folder.join("data/store")).unwrap());
    let strategy = Strategy::from_toml("many", &Source::new("many.toml", STRATEGY), &history).unwrap();
    let (casts, _) = history.bind_all(&strategy, Path::new("")).unwrap();
    let (alone, common) = days_in_common(&casts.iter().collect::<Vec<_>>()).unwrap();
    let member = |(cast, alone)| {
        let cast: &catchup::strategy::binding::Cast = cast;
        (Setup::within(&cast.strategy, &cast.panel, 1.0, common).unwrap(), 0, alone)
    };
    let family = Family::new(casts.iter().zip(alone).map(member).collect()).unwrap();
    let whole = family.plan(Subset::All, 0).unwrap();
    let (swept, files) = work(&family, &whole, &folder.join("whole"), None);
    let shard = |part: u64| {
        let own = family.part(&whole, part, SHARDS).unwrap().unwrap();
        work(&family, &own, &folder.join(&format!("part{part}")), Some(part)).1
    };
    let shards = (1..=SHARDS).map(shard).collect();
    test(&Sweep { family: &family, whole, folder: &folder, files, swept, shards });
}

/// Works what is not done yet in the folder for `place`.
fn work(family: &Family<'_>, whole: &Whole, place: &Path, part: Option<u64>) -> (Swept, Files) {
    let folder = OutputLock::take(place).and_then(OutputLock::begin_resumable).unwrap();
    let swept = finish(family, whole, &folder, part);
    (swept, read(&folder))
}

fn finish(family: &Family<'_>, whole: &Whole, folder: &RunFolder, part: Option<u64>) -> Swept {
    let mut swept = empty(whole);
    let mut stream = Stream::open(folder, family, whole, identity(part), &mut swept).unwrap();
    let mut engines = Engines::new(family);
    let listeners = Listeners { begun: &|_, _| (), progress: &|_| true };
    let swept = sweep_all(&mut engines, whole, &mut stream, swept, &listeners).unwrap();
    stream.finish().unwrap();
    swept
}

fn empty(whole: &Whole) -> Swept {
    Swept::of(&whole.selection, metrics::named(RANK).unwrap())
}

fn read(folder: &RunFolder) -> Files {
    [TABLE, BLOCKS].map(|name| fs::read(folder.building().join(name)).unwrap())
}

fn write(folder: &Path, files: &Files) {
    fs::create_dir_all(folder).unwrap();
    for (name, bytes) in [TABLE, BLOCKS].iter().zip(files) {
        fs::write(folder.join(name), bytes).unwrap();
    }
}

/// A table, in which every column can be read, is that of the plan and of what is known of it in memory.
fn assert_sound(table: &[u8], swept: &Swept, rows: usize) {
    let cursor = std::io::Cursor::new(table.to_vec());
    let frame: DataFrame = ParquetReader::new(cursor).finish().unwrap();
    assert_eq!(frame.height(), rows);
    let whole = |name: &str| -> Vec<i64> {
        frame.column(name).unwrap().i64().unwrap().iter().map(Option::unwrap).collect()
    };
    assert_eq!(whole("combination"), (0..i64::try_from(rows).unwrap()).collect::<Vec<_>>());
    let outcomes: Vec<i64> = swept.outcome_of.iter().map(|outcome| i64::from(*outcome)).collect();
    assert_eq!(whole("outcome"), outcomes);
    let open: Vec<i64> =
        swept.outcome_of.iter().map(|outcome| i64::from(swept.outcomes[*outcome as usize].open)).collect();
    assert_eq!(open.len(), whole("open").len());
    assert!(frame.column(RANK).unwrap().f64().unwrap().iter().flatten().all(f64::is_finite));
}

/// Changes table or log, with no care for hashes.
fn damage(mutator: &mut Mutator, files: &Files, other: &Files) -> Files {
    let mut files = files.clone();
    let which = mutator.below(3).min(1);
    mutator.bytes(&mut files[which], &other[which]);
    files
}

/// Changes table and log, with hashes that are right.
fn forge(mutator: &mut Mutator, files: &Files, other: &Files) -> Files {
    let [mut table, log] = files.clone();
    let (mut log, other_log) = (Log::parse(&log), Log::parse(&other[1]));
    match mutator.below(6) {
        0 => {
            let record = mutator.below(log.records.len());
            let from = mutator.pick(&other_log.records).clone();
            mutator.bytes(&mut log.records[record], &from);
        }
        1 => {
            let (a, b) = (mutator.below(log.records.len()), mutator.below(log.records.len()));
            log.records.swap(a, b);
        }
        2 => drop(log.records.remove(mutator.below(log.records.len()))),
        3 => {
            let record = mutator.pick(&other_log.records).clone();
            log.records.insert(mutator.below(log.records.len()), record);
        }
        _ => forge_group(mutator, &mut table, &mut log, &other[0]),
    }
    [table, log.bytes()]
}

/// Changes one row group of the table, its hash and perhaps its length.
fn forge_group(mutator: &mut Mutator, table: &mut Vec<u8>, log: &mut Log, other: &[u8]) {
    let number = |content: &[u8]| {
        usize::try_from(u64::from_le_bytes(content[block::BYTES..][..8].try_into().unwrap())).unwrap()
    };
    let blocks = log.records.len() - 1;
    let place = mutator.below(blocks);
    let start = 4 + log.records[..place].iter().map(|content| number(content)).sum::<usize>();
    let length = number(&log.records[place]);
    let mut group = table[start..start + length].to_vec();
    mutator.bytes(&mut group, other);
    let content = &mut log.records[place];
    content[block::BYTES..][..8].copy_from_slice(&(group.len() as u64).to_le_bytes());
    content[block::CONTENT..][..32].copy_from_slice(blake3::hash(&group).as_bytes());
    table.splice(start..start + length, group);
}

#[test]
fn an_interrupted_sweep_takes_nothing_but_what_it_left() {
    with_sweep(|sweep| {
        let folder =
            OutputLock::take(&sweep.folder.join("again")).and_then(OutputLock::begin_resumable).unwrap();
        let [table, log] = &sweep.files;
        let (mut resumed, mut blocks) = (0_u32, 0_u64);
        for seed in size(300) {
            let mut mutator = Mutator::new(seed);
            let other = mutator.pick(&sweep.shards).clone();
            write(folder.building(), &damage(&mut mutator, &sweep.files, &other));
            let mut swept = empty(&sweep.whole);
            let opened = Stream::open(&folder, sweep.family, &sweep.whole, identity(None), &mut swept);
            drop(opened.unwrap());
            let now = read(&folder);
            assert!(table.starts_with(&now[0]) && log.starts_with(&now[1]), "seed {seed}");
            let rows = swept.outcome_of.len();
            assert_eq!(swept.outcome_of, sweep.swept.outcome_of[..rows], "seed {seed}");
            assert_eq!(swept.outcomes, sweep.swept.outcomes[..swept.outcomes.len()], "seed {seed}");
            (resumed, blocks) = (resumed + u32::from(rows > 0), blocks + rows as u64 / 4);
            if seed % 20 == 0 {
                let swept = finish(sweep.family, &sweep.whole, &folder, None);
                assert_eq!(swept.outcomes, sweep.swept.outcomes, "seed {seed}");
                assert!(read(&folder) == sweep.files, "seed {seed}");
            }
        }
        println!("{} mutations, {resumed} resumed with {blocks} blocks", size(300).count());
        assert!(resumed > 10);
    });
}

#[test]
fn a_forged_interrupted_sweep_leaves_a_sound_table() {
    with_sweep(|sweep| {
        let folder =
            OutputLock::take(&sweep.folder.join("again")).and_then(OutputLock::begin_resumable).unwrap();
        let (mut taken, mut other_numbers) = (0_u32, 0_u32);
        for seed in size(300) {
            let mut mutator = Mutator::new(seed);
            let other = mutator.pick(&sweep.shards).clone();
            write(folder.building(), &forge(&mut mutator, &sweep.files, &other));
            let mut swept = empty(&sweep.whole);
            let opened = Stream::open(&folder, sweep.family, &sweep.whole, identity(None), &mut swept);
            drop(opened.unwrap());
            let now = read(&folder);
            if !sweep.files[0].starts_with(&now[0]) || seed % 20 == 0 {
                other_numbers += 1;
                let swept = finish(sweep.family, &sweep.whole, &folder, None);
                assert_sound(&read(&folder)[0], &swept, 24);
            }
            taken += u32::from(swept.rows() > 0);
        }
        println!("{} forgeries, {taken} resumed, {other_numbers} finished", size(300).count());
        assert!(taken > 10);
    });
}

/// Merges the shards, one of which may be another than it was.
fn merge(sweep: &Sweep<'_>, shards: &Path) -> Result<(Swept, Files)> {
    let folder =
        OutputLock::take(&sweep.folder.join("joined")).and_then(OutputLock::begin_resumable).unwrap();
    folder.clear().unwrap();
    let mut swept = empty(&sweep.whole);
    let mut stream = Stream::open(&folder, sweep.family, &sweep.whole, identity(None), &mut swept)?;
    for part in 1..=SHARDS {
        let own = shards.join(part.to_string());
        let files = ShardFiles { folder: own, identity: identity(Some(part)), part, of: SHARDS };
        stream.append(&files, &mut swept)?;
    }
    stream.finish()?;
    Ok((swept, read(&folder)))
}

#[test]
fn a_shard_is_merged_as_it_was_or_not_at_all() {
    with_sweep(|sweep| {
        let shards = sweep.folder.join("shards");
        for (part, files) in (1..).zip(&sweep.shards) {
            write(&shards.join(u32::to_string(&part)), files);
        }
        let (swept, files) = merge(sweep, &shards).unwrap();
        assert!(files == sweep.files && swept.outcomes == sweep.swept.outcomes);
        let mut refused = 0_u32;
        for seed in size(300) {
            let mut mutator = Mutator::new(seed);
            let place = mutator.below(sweep.shards.len());
            let other = mutator.pick(&sweep.shards).clone();
            let own = shards.join((place + 1).to_string());
            let changed = damage(&mut mutator, &sweep.shards[place], &other);
            write(&own, &changed);
            match merge(sweep, &shards) {
                Ok((_, files)) => {
                    assert!(changed == sweep.shards[place] && files == sweep.files, "seed {seed}");
                }
                Err(failure) => {
                    assert!(changed != sweep.shards[place], "seed {seed}: {failure}");
                    assert!(!failure.diagnostics()[0].hints().is_empty(), "seed {seed}: {failure}");
                    refused += 1;
                }
            }
            write(&own, &sweep.shards[place]);
        }
        println!("{} mutations, {refused} refused", size(300).count());
    });
}

#[test]
fn a_forged_shard_is_refused_or_leaves_a_sound_table() {
    with_sweep(|sweep| {
        let shards = sweep.folder.join("shards");
        for (part, files) in (1..).zip(&sweep.shards) {
            write(&shards.join(u32::to_string(&part)), files);
        }
        let (mut refused, mut merged) = (0_u32, 0_u32);
        for seed in size(300) {
            let mut mutator = Mutator::new(seed);
            let place = mutator.below(sweep.shards.len());
            let other = mutator.pick(&sweep.shards).clone();
            let own = shards.join((place + 1).to_string());
            write(&own, &forge(&mut mutator, &sweep.shards[place], &other));
            match merge(sweep, &shards) {
                Ok((swept, files)) => {
                    assert_sound(&files[0], &swept, 24);
                    merged += 1;
                }
                Err(failure) => {
                    assert!(!failure.diagnostics()[0].hints().is_empty(), "seed {seed}: {failure}");
                    refused += 1;
                }
            }
            write(&own, &sweep.shards[place]);
        }
        println!("{} forgeries, {refused} refused, {merged} merged", size(300).count());
        assert!(refused > merged);
    });
}
