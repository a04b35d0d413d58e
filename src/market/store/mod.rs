//! What history do I have, where from, and can it be trusted?
//!
//! [`read_file`] turns a vendor's file into a checked series and says what it found; [`Store`] keeps such series in a
//! folder, one Parquet file each, with a catalogue beside them; [`check_series`] looks at one as a whole.
//!
//! A store is never half changed: files of bars have names of their own content and are written first, and the rename
//! of `catalogue.json` is the moment at which everything enters at once. What a crash leaves behind is a file that no
//! catalogue names, and the next change takes it away.
//!
//! Rows that are newer append to a series; a changed past is refused unless asked for, and then the past that was there
//! stays as a version, so that old runs can be verified.

mod actions;
pub mod aliases;
mod alike;
mod bars;
mod bars_file;
mod catalogue;
mod cells;
mod check;
mod compare;
mod derived;
mod fast;
mod frame;
mod header;
mod import;
mod layouts;
mod limits;
mod moments;
mod numbers;
mod parquet;
mod pipe;
mod proposals;
mod reading;
mod releases;
mod report;
mod resample;
mod session;
mod stamps;
mod swapped;
mod symbols;
mod table;
mod times;
mod unpack;
mod update;
mod vendors;
mod versions;
mod whereabouts;
mod wishes;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

pub use actions::{Action, ActionTable, Adjusted, adjust};
pub use catalogue::Entry;
pub use check::{Finding, check_series};
pub use compare::{Comparison, Difference, Factor, Lag, LagReport, Range, Records, Step, Together, compare};
pub use derived::Derived;
pub use import::{ImportReport, ImportRequest, Imported, read_bytes, read_file, read_files};
pub use resample::{Resampled, resample};
pub use session::SessionSpec;
pub use update::{Change, ChangedCell, Clash};
pub use vendors::ADJUSTMENTS;
pub use whereabouts::whereabouts;
pub use wishes::HowToRead;

use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result, nearest};
use crate::base::file::read_regular_text;
use crate::base::files::{self, EntryKind, Waiting};
use crate::market::series::{Field, Series};
use aliases::UserAliases;
use catalogue::Catalogue;

const CATALOGUE: &str = "catalogue.json";

/// Bytes of the catalogue at most: some hundred thousand series.
const MOST_CATALOGUE: u64 = 256 << 20;

const LOCK: &str = ".lock";
const ALIASES: &str = "aliases.toml";

/// A folder of series.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    catalogue: Catalogue,
    aliases: UserAliases,
    waiting: Waiting,
}

/// What an import did with one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The entry as it stands in the store now.
    pub entry: Entry,
    /// The entry of the same symbol, vendor, bar length and adjustment as it stood before.
    pub before: Option<Entry>,
    /// What became of the rows that were there.
    pub change: Change,
}

/// A series on its way into the store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Incoming<'a> {
    pub(crate) series: &'a Series,
    /// The bar length as text.
    pub(crate) bar: &'a str,
    /// What it was made from, where it is not a file's own.
    pub(crate) origin: Option<&'a str>,
}

/// What is to happen to a series of the store whose past the incoming one has otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Past {
    /// It stays, and the incoming series is refused.
    Kept,
    /// It becomes an old version.
    Replaced,
}

impl Store {
    /// Opens the store in `dir`. A folder that is not there is an empty store; nothing is created.
    ///
    /// # Errors
    /// Where the catalogue or the user's `aliases.toml` cannot be read.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self> {
        let dir = dir.into();
        let catalogue = read_catalogue(&dir)?;
        let aliases = UserAliases::read(&dir.join(ALIASES))?;
        Ok(Self { dir, catalogue, aliases, waiting: Waiting::default() })
    }

    /// The same store with another way to wait for a process that changes it.
    #[must_use]
    pub fn with_waiting(self, waiting: Waiting) -> Self {
        Self { waiting, ..self }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Every series, by symbol, vendor, bar length and adjustment.
    pub fn entries(&self) -> &[Entry] {
        self.catalogue.entries()
    }

    /// Whether `entry` was made the series that its bare symbol means.
    pub fn is_default(&self, entry: &Entry) -> bool {
        self.catalogue.is_default(entry)
    }

    /// Takes all of `imported` or none. Rows of a series that is there already are added to it.
    ///
    /// # Errors
    /// Where a series has another past in the store, two of `imported` are the same series, simulated and real series
    /// would meet, or the folder cannot be written.
    pub fn import(&mut self, imported: &[Imported]) -> Result<Vec<Stored>> {
        self.put(&incoming(imported), Past::Kept)
    }

    /// As [`Store::import`], but a series with another past takes the place of the one that is there, which is kept as
    /// an old version.
    ///
    /// # Errors
    /// As [`Store::import`], but for the past.
    pub fn import_in_place(&mut self, imported: &[Imported]) -> Result<Vec<Stored>> {
        self.put(&incoming(imported), Past::Replaced)
    }

    pub(crate) fn put(&mut self, incoming: &[Incoming<'_>], past: Past) -> Result<Vec<Stored>> {
        self.update(|dir, catalogue| {
            check_twice(incoming)?;
            check_mixture(catalogue, incoming)?;
            let mut stored = Vec::new();
            let mut refused = Vec::new();
            let named = catalogue.by_long_name();
            for item in incoming {
                let before = named.get(&item.long_name()).copied().or_else(|| catalogue.same_published(item));
                // Few rows of published values do not tell how far apart they are: the longer series does.
                let bar = before.filter(|entry| entry.rows >= item.series.len()).map(|entry| &entry.bar);
                let item = Incoming { bar: bar.map_or(item.bar, String::as_str), ..*item };
                match bars_file::put(dir, before, &item, past) {
                    Ok(one) => stored.push(one),
                    Err(failure) if failure.exit() == Exit::Input => {
                        refused.extend_from_slice(failure.diagnostics());
                    }
                    Err(failure) => return Err(failure),
                }
            }
            if let Some(failure) = Failure::from_all(refused) {
                return Err(failure);
            }
            for one in &stored {
                if let Some(before) = one.before.as_ref().filter(|before| before.bar != one.entry.bar) {
                    catalogue.rename(&before.long_name(), &one.entry.long_name());
                }
            }
            catalogue.put_all(stored.iter().map(|one| one.entry.clone()));
            Ok(stored)
        })
    }

    /// Loads one series.
    ///
    /// # Errors
    /// Where its file is gone, or is not the one the catalogue speaks of.
    pub fn load(&self, entry: &Entry) -> Result<Series> {
        bars_file::load(&self.dir, entry, &Field::ALL)
    }

    /// Loads one series with its closes and of the other columns only `fields`: the rest is not decoded.
    ///
    /// # Errors
    /// As [`Store::load`].
    pub fn load_columns(&self, entry: &Entry, fields: &[Field]) -> Result<Series> {
        bars_file::load(&self.dir, entry, fields)
    }

    /// The shortest name of `entry` that no other series of the store has: what a rule may call it.
    pub fn unique_name(&self, entry: &Entry) -> String {
        self.catalogue.unique_name(entry)
    }

    /// The series called `IWM`, `IWM@yahoo`, `RUT@interactive-brokers/1h` or `IWM@yahoo/1d/split`.
    ///
    /// A bare symbol means its default; else its daily series before others.
    ///
    /// # Errors
    /// Where there is none, or several and none was made the default.
    pub fn find(&self, name: &str) -> Result<&Entry> {
        self.catalogue.find(name)
    }

    /// What an everyday name may mean, the symbol to prefer first: the user's own names, else the shipped ones.
    pub fn candidates(&self, alias: &str) -> Option<Vec<&str>> {
        self.aliases.candidates(alias).or_else(|| aliases::candidates(alias).map(<[&str]>::to_vec))
    }

    /// The series a word in a rule means: an everyday name's first symbol that the store has, else the symbol itself.
    ///
    /// # Errors
    /// As [`Store::find`]; where the word is an everyday name, the message lists the symbols it may mean.
    pub fn resolve(&self, word: &str) -> Result<&Entry> {
        let Some(candidates) = self.candidates(word) else {
            return self.find(word).map_err(|failure| self.with_nearest_name(word, failure));
        };
        let has = |name: &&&str| {
            let symbol = name.split('@').next().unwrap_or(name);
            self.entries().iter().any(|entry| entry.symbol.eq_ignore_ascii_case(symbol))
        };
        if let Some(symbol) = candidates.iter().find(has) {
            return self.find(symbol);
        }
        self.find(word).map_err(|_| {
            Diagnostic::new(format!("the store has none of the series that `{word}` may mean"))
                .detail(format!("`{word}` means the first of these that is there: {}", candidates.join(", ")))
                .hint("import one of them: `catchup data import FILE`")
                .into()
        })
    }

    /// A slip of the keyboard in an everyday name is told too.
    fn with_nearest_name(&self, word: &str, failure: Failure) -> Failure {
        let stored = self.entries().iter().map(|entry| entry.symbol.as_str());
        // Names in capitals, and symbols that are known, are right as they are: their history is missing.
        let is_symbol = !word.contains(char::is_lowercase) || symbols::kind(&word.to_uppercase()).is_some();
        if is_symbol || nearest(word, stored).is_some() || word.contains('@') {
            return failure;
        }
        match (nearest(word, aliases::names()), failure.diagnostics()) {
            (Some(near), [diagnostic]) => {
                let first = Diagnostic::new(diagnostic.title()).hint(format!("did you mean `{near}`?"));
                diagnostic.hints().iter().fold(first, Diagnostic::hint).into()
            }
            _ => failure,
        }
    }

    /// Makes `name` the series that its bare symbol means.
    ///
    /// # Errors
    /// As [`Store::find`], and where the folder cannot be written.
    pub fn set_default(&mut self, name: &str) -> Result<Entry> {
        self.find(name)?;
        self.update(|_, catalogue| catalogue.set_default(name))
    }

    /// Removes the one series that `name` fits.
    ///
    /// # Errors
    /// Where none or several fit, and where the folder cannot be written.
    pub fn remove(&mut self, name: &str) -> Result<Entry> {
        self.catalogue.clone().remove(name)?;
        self.update(|_, catalogue| catalogue.remove(name))
    }

    /// Changes the catalogue as it stands on disk now, while no other process does.
    fn update<T>(&mut self, change: impl FnOnce(&Path, &mut Catalogue) -> Result<T>) -> Result<T> {
        fs::create_dir_all(&self.dir).map_err(|error| Failure::io("create", &self.dir, &error))?;
        let lock = files::lock_within(&self.dir.join(LOCK), &self.waiting)?;
        let _lock = lock.ok_or_else(|| busy(&self.dir, &self.waiting))?;
        let before = read_catalogue(&self.dir)?;
        // What a killed process left may be what fills the disk. Whoever writes holds the lock, so it is nobody's.
        self.sweep(&[&before]);
        let mut after = before.clone();
        let result = change(&self.dir, &mut after).and_then(|result| {
            if after != before {
                // The names of the bars are on the disk before the catalogue that names them.
                files::sync_folder(&self.dir).map_err(|error| Failure::io("write", &self.dir, &error))?;
                files::write_whole(&self.dir.join(CATALOGUE), after.to_text()?.as_bytes())?;
            }
            Ok(result)
        });
        // A failed change may have left new files of bars, a good one old ones. Where only the last sync failed, the
        // catalogue on the disk is the new one already.
        match (&result, read_catalogue(&self.dir)) {
            (Ok(_), _) => self.sweep(&[&after]),
            (Err(_), Ok(there)) => self.sweep(&[&before, &there]),
            (Err(_), Err(_)) => {}
        }
        let result = result?;
        self.catalogue = after;
        Ok(result)
    }

    /// Deletes files of bars that none of `kept` names and what an interrupted write left. Called under the lock. What
    /// cannot be deleted does no harm.
    fn sweep(&self, kept: &[&Catalogue]) {
        let Ok(entries) = fs::read_dir(&self.dir) else { return };
        let named: BTreeSet<&str> = kept
            .iter()
            .flat_map(|catalogue| catalogue.entries())
            .flat_map(Entry::with_versions)
            .map(|entry| entry.parquet.as_str())
            .collect();
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let is_left_over =
                files::is_new_file(&name) || bars_file::is_name(&name) && !named.contains(name.as_ref());
            if is_left_over && entry.file_type().is_ok_and(|kind| EntryKind::of(kind) == EntryKind::File) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// The refusal to wait longer.
fn busy(dir: &Path, waiting: &Waiting) -> Failure {
    let seconds = waiting.limit().as_secs();
    let diagnostic = Diagnostic::new(format!("another process is changing the store `{}`", dir.display()))
        .detail(format!("it was waited for {seconds} seconds"))
        .hint("wait until that process has finished, then run the command again");
    Failure::from(diagnostic).with_exit(Exit::Failed)
}

fn incoming(imported: &[Imported]) -> Vec<Incoming<'_>> {
    imported
        .iter()
        .map(|imported| Incoming { series: &imported.series, bar: &imported.bar, origin: None })
        .collect()
}

impl Incoming<'_> {
    /// The name that no other series of a store has.
    pub(crate) fn long_name(&self) -> String {
        let provenance = self.series.provenance();
        format!("{}@{}/{}/{}", provenance.symbol, provenance.vendor, self.bar, provenance.adjustment)
    }

    fn name(&self) -> String {
        self.series.provenance().full_name()
    }
}

fn check_twice(incoming: &[Incoming<'_>]) -> Result<()> {
    let mut seen = BTreeMap::new();
    for item in incoming {
        if let Some(twin) = seen.insert(item.long_name(), item) {
            let file = |item: &Incoming<'_>| item.series.provenance().file.clone();
            return Err(Diagnostic::new(format!(
                "`{}` and `{}` are both {}",
                file(twin),
                file(item),
                item.name()
            ))
            .hint("import one after the other, or give one another name with `--vendor` or `--symbol`")
            .into());
        }
    }
    Ok(())
}

/// Simulated and real series never stand in one store, so they can never meet in one run.
fn check_mixture(catalogue: &Catalogue, incoming: &[Incoming<'_>]) -> Result<()> {
    let there = catalogue.entries().iter().map(|entry| (entry.simulated, entry.full_name()));
    let all: Vec<(bool, String)> =
        there.chain(incoming.iter().map(|item| (item.series.provenance().simulated, item.name()))).collect();
    let find = |simulated: bool| all.iter().find(|one| one.0 == simulated).map(|one| &one.1);
    match (find(true), find(false)) {
        (Some(simulated), Some(real)) => {
            Err(Diagnostic::new("simulated and real series may not stand in one store")
                .detail(format!("{simulated} is simulated, {real} is real"))
                .hint("keep the sample in a store of its own: `--store DIR`")
                .into())
        }
        _ => Ok(()),
    }
}

fn read_catalogue(dir: &Path) -> Result<Catalogue> {
    let path = dir.join(CATALOGUE);
    match read_regular_text(&path, MOST_CATALOGUE) {
        Ok(text) => Catalogue::parse(&path.display().to_string(), &text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Catalogue::default()),
        Err(error) => Err(Failure::io("read", &path, &error)),
    }
}

#[cfg(test)]
mod tests;
