//! `catalogue.json` and the files of bars.
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use catchup::market::series::Rows;
use catchup::market::store::{ImportRequest, Store, check_series, read_bytes};

use super::mutation::{Mutator, size};
use crate::common::{Folder, waves};

/// A store of three series, one of them with an old version.
fn house() -> (Folder, PathBuf) {
    let folder = Folder::new();
    let dir = folder.join("store");
    let mut store = Store::open(&dir).unwrap();
    let read = |name: &str, text: &str| read_bytes(text.as_bytes(), &ImportRequest::file(name)).unwrap();
    let prices = |phase| waves(60, phase);
    let header = "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,10,12,9,11,5,100\n2024-01-03,11,13,10,12,6,200\n";
    store.import(&[read("BTC-USD.csv", &prices(1)), read("IWM.csv", header)]).unwrap();
    store.import(&[read("ETH-USD.csv", &prices(2))]).unwrap();
    store.import_in_place(&[read("BTC-USD.csv", &prices(9))]).unwrap();
    store.set_default("IWM").unwrap();
    (folder, dir)
}

/// The rows of every file of bars, by the hash of its bytes.
fn rows(store: &Store) -> BTreeMap<String, Rows> {
    let all = store.entries().iter().flat_map(|entry| entry.versions.iter().chain([entry]));
    all.map(|entry| (entry.bars.clone(), store.load(entry).unwrap().rows().to_rows())).collect()
}

#[test]
fn a_changed_catalogue_leads_to_no_other_bars() {
    let (_folder, dir) = house();
    let path = dir.join("catalogue.json");
    let text = fs::read_to_string(&path).unwrap();
    let known = rows(&Store::open(&dir).unwrap());
    assert_eq!(known.len(), 4);
    let (mut opened, mut loaded) = (0_u32, 0_u32);
    for seed in size(500) {
        let changed = Mutator::new(seed).json(&text);
        fs::write(&path, &changed).unwrap();
        let store = match Store::open(&dir) {
            Ok(store) => store,
            Err(failure) => {
                assert!(!failure.to_string().is_empty());
                continue;
            }
        };
        opened += 1;
        for entry in store.entries().iter().flat_map(|entry| entry.versions.iter().chain([entry])) {
            let Ok(series) = store.load(entry) else { continue };
            loaded += 1;
            assert_eq!(Some(&series.rows().to_rows()), known.get(&entry.bars), "seed {seed}");
            assert!(series.stale_after_days() > 0.0 && series.len() == entry.rows, "seed {seed}");
            let _ = (store.unique_name(entry), store.find(&entry.full_name()).is_ok());
        }
    }
    println!("{} mutations, {opened} opened, {loaded} series loaded", size(500).count());
}

#[test]
fn changed_bars_are_not_loaded_and_forged_ones_are_a_series_or_refused() {
    let (_folder, dir) = house();
    let catalogue = dir.join("catalogue.json");
    let text = fs::read_to_string(&catalogue).unwrap();
    let store = Store::open(&dir).unwrap();
    let files: Vec<Vec<u8>> =
        store.entries().iter().map(|entry| fs::read(dir.join(&entry.parquet)).unwrap()).collect();
    let (mut tried, mut loaded) = (0_u32, 0_u32);
    for seed in size(500) {
        let mut mutator = Mutator::new(seed);
        let place = mutator.below(files.len());
        let entry = &store.entries()[place];
        let path = dir.join(&entry.parquet);
        let mut bytes = files[place].clone();
        let other = mutator.pick(&files).clone();
        mutator.bytes(&mut bytes, &other);
        if bytes == files[place] {
            continue;
        }
        tried += 1;
        fs::write(&path, &bytes).unwrap();
        assert!(store.load(entry).is_err(), "seed {seed}");
        let forged = text.replace(&entry.bars, blake3::hash(&bytes).to_hex().as_str());
        fs::write(&catalogue, forged).unwrap();
        let again = Store::open(&dir).unwrap();
        if let Ok(series) = again.load(&again.entries()[place]) {
            loaded += 1;
            assert_eq!(series.len(), entry.rows, "seed {seed}");
            let ends = [series.label(0).to_string(), series.label(series.len() - 1).to_string()];
            assert_eq!(ends, [entry.first.clone(), entry.last.clone()], "seed {seed}");
            let view = series.rows();
            assert!(
                view.labels.is_sorted() && view.close.iter().all(|price| price.is_finite()),
                "seed {seed}"
            );
            check_series(&series);
        }
        fs::write(&path, &files[place]).unwrap();
    }
    println!("{tried} files of bars, {loaded} loaded under a hash made anew");
}
