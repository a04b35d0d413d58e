//! `merge`: the shards of a sweep joined into what the whole sweep would have left.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::options::{Common, Merge};
use super::output::Output;
use super::subject::load_each;
use super::sweep::{Merged, Request, sweep_subjects};
use crate::backtest::metrics;
use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::base::file::read_regular_text;
use crate::results::folder::{MANIFEST, interrupted_place};
use crate::results::manifest::{self, VERSION, check_seal};
use crate::results::shard::{self, SHARD, ShardRecord};
use crate::results::stream::{Identity, ShardFiles};

/// Missing shards that are named one by one.
const NAMED: usize = 5;

/// A finished shard.
struct Part {
    folder: PathBuf,
    manifest: String,
    record: ShardRecord,
    /// The text of its `shard.json`.
    text: String,
}

impl Part {
    fn read(folder: &Path) -> Result<Self> {
        if let Some(place) = interrupted_place(folder) {
            return Err(interrupted(folder, &place));
        }
        let (manifest, path) = read(folder, MANIFEST, manifest::MOST_BYTES)?;
        let (text, shard_path) = read(folder, SHARD, shard::MOST_BYTES)?;
        check_version(&path, &manifest)?;
        check_seal(&path, &manifest)?;
        let record = ShardRecord::parse(&shard_path, &text)?;
        Ok(Self { folder: folder.to_owned(), manifest, record, text })
    }

    fn files(&self) -> ShardFiles {
        ShardFiles {
            folder: self.folder.clone(),
            identity: Identity::new(&self.manifest, Some(&self.text)),
            part: self.record.part,
            of: self.record.of,
        }
    }
}

/// The text of a file of a shard's folder, and its path in words.
fn read(folder: &Path, name: &str, most: u64) -> Result<(String, String)> {
    let path = folder.join(name);
    let shown = path.display().to_string();
    match read_regular_text(&path, most) {
        Ok(text) => Ok((text, shown)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(Diagnostic::new(format!("`{}` is not a shard of a sweep", folder.display()))
                .detail(format!("it has no `{name}`"))
                .hint("`catchup sweep … --shard 1/4` makes one")
                .into())
        }
        Err(error) => Err(Diagnostic::new(format!("cannot read `{shown}`: {error}")).into()),
    }
}

/// Another version may count, name or compute something else.
fn check_version(path: &str, manifest: &str) -> Result<()> {
    let value: serde_json::Value = serde_json::from_str(manifest).unwrap_or_default();
    match value["version"].as_str() {
        Some(VERSION) => Ok(()),
        Some(version) => {
            let shown: String = version.chars().take(20).collect();
            Err(Diagnostic::new(format!("`{path}` is of catchup {shown}, this is {VERSION}"))
                .hint(
                    "merge the shards with the version that ran them, or run all of them again with this one",
                )
                .into())
        }
        None => Err(Diagnostic::new(format!("`{path}` is not a manifest"))
            .hint("run this shard again: `catchup sweep … --shard I/N`")
            .into()),
    }
}

fn interrupted(folder: &Path, place: &Path) -> Failure {
    let record = read(folder, SHARD, shard::MOST_BYTES).ok();
    let record = record.and_then(|(text, path)| ShardRecord::parse(&path, &text).ok());
    let (which, option) = match record {
        Some(ShardRecord { part, of, .. }) => (format!("shard {part} of {of}"), format!("{part}/{of}")),
        None => ("a shard".to_owned(), "I/N".to_owned()),
    };
    let place = place.display();
    Diagnostic::new(format!("`{}` is {which}, interrupted before it was finished", folder.display()))
        .hint(format!("finish it with `--resume`: `catchup sweep … --shard {option} --out {place} --resume`"))
        .hint(format!("then merge `{place}`"))
        .into()
}

/// `catchup merge`
pub(super) fn merge(common: &Common, output: &Output, arguments: &Merge) -> Result<()> {
    let parts = arguments.runs.iter().map(|folder| Part::read(folder)).collect::<Result<Vec<_>>>()?;
    let parts = in_order(parts)?;
    let Part { record, manifest, .. } = &parts[0];
    let subjects = load_each(common, output, (&record.strategies, &record.set), record.window());
    let subjects = subjects.map_err(|failure| needs_inputs(&failure))?;
    let request = Request {
        capital: record.capital,
        curves: record.curves,
        min_trades: record.min_trades,
        subset: Request::subset(record.sample, record.sobol),
        report: !arguments.no_report,
        out: common.out.clone(),
        merged: Some(Merged { manifest: manifest.clone(), shards: parts.iter().map(Part::files).collect() }),
        ..Request::new(metrics::named(&record.rank)?)
    };
    sweep_subjects(&Common { seed: record.seed, ..common.clone() }, output, &subjects, &request).map(drop)
}

/// What is said where a strategy or its data are not found: they may be elsewhere.
fn needs_inputs(failure: &Failure) -> Failure {
    let mut diagnostics = failure.diagnostics().to_vec();
    diagnostics.push(
        Diagnostic::new("the shards cannot be merged without the strategy and the data they were run with")
            .hint("run `catchup merge` in the folder where the shards were run: paths start there, `--store` too"),
    );
    Failure::from_all(diagnostics).unwrap_or_else(|| failure.clone()).with_exit(failure.exit())
}

/// The shards from the first to the last, if they are those of one sweep, each once.
fn in_order(parts: Vec<Part>) -> Result<Vec<Part>> {
    let of = parts[0].record.of;
    let mut by_number: BTreeMap<u64, Part> = BTreeMap::new();
    let manifest = parts[0].manifest.clone();
    let named = parts[0].folder.display().to_string();
    for part in parts {
        let (number, folder) = (part.record.part, part.folder.display().to_string());
        if part.manifest != manifest || part.record.of != of {
            return Err(Diagnostic::new("the shards are not those of one sweep")
                .detail(format!(
                    "`{folder}` differs from `{named}` in strategy, data, options or number of shards"
                ))
                .hint("run all shards with the same strategy, data and options")
                .into());
        }
        if let Some(other) = by_number.insert(number, part) {
            return Err(Diagnostic::new(format!("shard {number} of {of} is there twice"))
                .detail(format!("`{}` and `{folder}`", other.folder.display()))
                .hint("name each shard once")
                .into());
        }
    }
    // So many as are there at most, and a few more, are looked at, whatever number a file says.
    let missing: Vec<u64> = (1..=of).filter(|number| !by_number.contains_key(number)).take(NAMED).collect();
    let Some(first) = missing.first() else { return Ok(by_number.into_values().collect()) };
    let others = (of - by_number.len() as u64).saturating_sub(missing.len() as u64);
    let more = if others > 0 { format!(" and {others} more") } else { String::new() };
    let list: Vec<String> = missing.iter().map(u64::to_string).collect();
    Err(Diagnostic::new(format!("shards are missing: {}{more} of {of}", list.join(", ")))
        .hint(format!("run them first: `catchup sweep … --shard {first}/{of}`"))
        .into())
}
