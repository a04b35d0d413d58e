//! `manifest.json` and `shard.json`.
use std::fs;

use catchup::results::manifest::check_seal;
use catchup::results::recorded::Recorded;
use catchup::results::shard::ShardRecord;

use super::mutation::{Mutator, size};
use super::sealed;
use crate::common::{Folder, waves};
use crate::shards::STRATEGY;

/// A folder with a store, a strategy and a sweep of it in `run`; also its shard in `part`.
fn house() -> Folder {
    let folder = Folder::new();
    let files = ["LEAD.csv", "SLOW.csv", "LAG.csv", "LATE.csv", "ODD.csv"];
    for (file, phase) in files.iter().zip([0, 3, 12, 15, 7]) {
        folder.write(file, waves(200, phase));
    }
    folder.write("many.toml", STRATEGY);
    folder.case().args(["data", "import", "--session", "crypto"]).args(files).ok();
    folder.case().args(["sweep", "many.toml", "--no-report", "--out", "run"]).ok();
    folder.case().args(["sweep", "many.toml", "--no-report", "--out", "part", "--shard", "1/2"]).ok();
    folder
}

#[test]
fn no_changed_manifest_has_its_seal_and_no_text_makes_its_readers_panic() {
    let folder = house();
    let manifest = folder.read("run/manifest.json");
    let shard = folder.read("part/shard.json");
    check_seal("m", &manifest).unwrap();
    assert_eq!(sealed(&manifest), manifest);
    let (mut read, mut shards) = (0_u32, 0_u32);
    for seed in size(1000) {
        let mut mutator = Mutator::new(seed);
        let changed = mutator.json(&manifest);
        assert!(check_seal("m", &changed).is_err() || changed == manifest, "seed {seed}");
        check_seal("m", &sealed(&changed)).unwrap();
        if let Ok(recorded) = Recorded::parse("m", &changed) {
            read += 1;
            assert!(recorded.capital.is_none_or(|capital| capital > 0.0 && capital <= 1e15), "seed {seed}");
            let _ = (recorded.each(), recorded.work());
        }
        let changed = mutator.json(&shard);
        if let Ok(record) = ShardRecord::parse("s", &changed) {
            shards += 1;
            assert!(record.part >= 1 && record.part <= record.of, "seed {seed}");
            assert!(!record.strategies.is_empty() && record.capital > 0.0, "seed {seed}");
        }
    }
    println!("{} mutations each, {read} manifests and {shards} shards read", size(1000).count());
}

/// What verify says of a manifest: verified, different or refused.
fn verify(folder: &Folder, text: &str) -> i32 {
    fs::write(folder.join("run/manifest.json"), text).unwrap();
    let ran = folder.case().args(["verify", "run"]).run();
    assert!([0, 1, 2].contains(&ran.status) && !ran.stderr.contains("panicked"), "{}\n{text}", ran.stderr);
    assert_eq!(ran.status == 0, ran.stdout.starts_with("verified: "), "{}", ran.stdout);
    ran.status
}

#[test]
fn verify_takes_no_changed_manifest_for_the_one_that_was_written() {
    let folder = house();
    let manifest = folder.read("run/manifest.json");
    assert_eq!(verify(&folder, &manifest), 0);
    let (mut different, mut refused, mut resealed) = (0_u32, 0_u32, 0_u32);
    for seed in size(1000).step_by(50) {
        let mut mutator = Mutator::new(seed);
        let changed = mutator.json(&manifest);
        match verify(&folder, &changed) {
            0 => assert_eq!(changed, manifest, "seed {seed}"),
            1 => different += 1,
            _ => refused += 1,
        }
        // With a hash that is right, it must be the very manifest of the run that it leads to.
        resealed += u32::from(verify(&folder, &sealed(&changed)) == 0);
    }
    println!("{different} different, {refused} refused, {resealed} verified with a hash made anew");
}
