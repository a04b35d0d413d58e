//! Whatever is thrown at it, a store stays whole: it holds what it held, or that and all of what was taken.

use std::path::Path;

use catchup::market::store::{ImportRequest, Imported, Store, check_series, read_bytes};
use proptest::prelude::*;

const GOOD: &str = "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,10,12,9,11,5,100\n2024-01-03,11,13,10,12,6,200\n2024-01-04,12,14,11,13,7,300\n";

fn read(name: &str, bytes: &[u8]) -> Option<Imported> {
    read_bytes(bytes, &ImportRequest::file(name)).ok()
}

/// Every series loads and is what its entry says, and no file lies about that no entry names.
fn assert_whole(dir: &Path) -> usize {
    let store = Store::open(dir).unwrap();
    for entry in store.entries() {
        let series = store.load(entry).unwrap();
        assert_eq!(series.len(), entry.rows);
        assert_eq!(series.provenance().full_name(), entry.full_name());
        check_series(&series);
    }
    let files = std::fs::read_dir(dir).unwrap();
    let bars = files.filter(|file| {
        let name = file.as_ref().unwrap().file_name().to_string_lossy().into_owned();
        assert!(!name.starts_with(".new-"), "{name} was left over");
        name.ends_with(".bars.parquet")
    });
    let named: usize = store.entries().iter().map(|entry| 1 + entry.versions.len()).sum();
    assert_eq!(bars.count(), named, "files of bars that no entry names");
    store.entries().len()
}

/// One of the files that come with the layouts, changed at one place.
fn changed_file() -> impl Strategy<Value = (String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/layouts");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.to_string_lossy().contains("--")).collect();
    files.sort();
    let place = any::<prop::sample::Index>();
    (prop::sample::select(files), place, any::<u8>(), 0..3_usize).prop_map(|(path, at, byte, how)| {
        let mut bytes = std::fs::read(&path).unwrap();
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.truncate(at),
                _ => bytes.insert(at, byte),
            }
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name.split_once("--").unwrap().1.to_owned(), bytes)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_files_leave_a_whole_store(files in prop::collection::vec(changed_file(), 1..6), replace in any::<bool>()) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path()).unwrap();
        store.import(&[read("IWM.csv", GOOD.as_bytes()).unwrap()]).unwrap();
        for (name, bytes) in &files {
            let before = Store::open(dir.path()).unwrap().entries().to_vec();
            let Some(imported) = read(name, bytes) else { continue };
            let taken = if replace { store.import_in_place(&[imported]) } else { store.import(&[imported]) };
            if taken.is_err() {
                prop_assert_eq!(store.entries(), &before[..]);
            }
            prop_assert!(assert_whole(dir.path()) >= 1);
        }
    }

    /// A series that comes in pieces, in any order in which they join, is the series that comes at once.
    #[test]
    fn pieces_make_the_whole(cuts in prop::collection::vec(1..40_usize, 1..5), from_the_end in any::<bool>()) {
        let row = |day: usize| format!("{},{}\n", 1_704_067_200 + day * 86_400, 100 + day * day % 17);
        let file = |from: usize, to: usize| {
            let rows: Vec<String> = (from..to).map(row).collect();
            read("BTC-USD.csv", format!("timestamp,close\n{}", rows.concat()).as_bytes()).unwrap()
        };
        let mut ends: Vec<usize> = cuts.iter().scan(0, |at, cut| { *at += cut; Some(*at) }).collect();
        ends.insert(0, 0);
        let last = ends[ends.len() - 1];
        let mut pieces: Vec<(usize, usize)> = ends.windows(2).map(|pair| (pair[0], pair[1])).collect();
        if from_the_end {
            pieces.reverse();
        }
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut store = Store::open(dir.path()).unwrap();
        for (from, to) in pieces {
            store.import(&[file(from, to)]).unwrap();
        }
        let mut whole = Store::open(other.path()).unwrap();
        whole.import(&[file(0, last)]).unwrap();
        let load = |store: &Store| store.load(store.find("BTC-USD").unwrap()).unwrap().rows().to_rows();
        prop_assert_eq!(load(&store), load(&whole));
        assert_whole(dir.path());
    }

    /// A damaged catalogue or file of bars is told, never taken for data, and nothing panics.
    #[test]
    fn damage_is_told(at in any::<prop::sample::Index>(), byte in any::<u8>(), of_bars in any::<bool>()) {
        let dir = tempfile::tempdir().unwrap();
        Store::open(dir.path()).unwrap().import(&[read("IWM.csv", GOOD.as_bytes()).unwrap()]).unwrap();
        let good = Store::open(dir.path()).unwrap();
        let name = if of_bars { good.entries()[0].parquet.clone() } else { "catalogue.json".to_owned() };
        let path = dir.path().join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        let same = bytes[at] == byte;
        bytes[at] = byte;
        std::fs::write(&path, bytes).unwrap();
        let Ok(store) = Store::open(dir.path()) else { return Ok(()) };
        for entry in store.entries() {
            let loaded = store.load(entry);
            prop_assert!(!of_bars || same || loaded.is_err());
        }
    }
}
