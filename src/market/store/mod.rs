//! What history do I have, where from, and can it be trusted?
//!
//! [`read_file`] turns a vendor's file into a checked series and says what it found; [`Store`] keeps such series in a
//! folder, one Parquet file each, with a catalogue beside them; [`check_series`] looks at one as a whole.
//!
//! A store is never half changed: files of bars have names of their own content and are written first, and the rename
//! of `catalogue.json` is the moment at which everything enters at once. What a crash leaves behind is a file that no
//! catalogue names.

pub mod aliases;
mod bars;
mod catalogue;
mod check;
mod compare;
mod frame;
mod header;
mod import;
mod layouts;
mod numbers;
mod parquet;
mod reading;
mod report;
mod session;
mod stamps;
mod symbols;
mod table;
mod times;
mod unpack;
mod vendors;
mod wishes;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

pub use catalogue::Entry;
pub use check::{Finding, check_series};
pub use compare::{Comparison, Difference, Factor, Lag, LagReport, Range, Records, Step, Together, compare};
pub use import::{ImportReport, ImportRequest, Imported, read_bytes, read_file, read_files};
pub use session::SessionSpec;
pub use vendors::ADJUSTMENTS;
pub use wishes::HowToRead;

use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result, nearest};
use crate::market::series::Series;
use aliases::UserAliases;
use catalogue::Catalogue;

const CATALOGUE: &str = "catalogue.json";
const LOCK: &str = ".lock";
const ALIASES: &str = "aliases.toml";

/// A folder of series.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    catalogue: Catalogue,
    aliases: UserAliases,
}

/// What an import did with one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The entry as it stands in the store now.
    pub entry: Entry,
    /// The entry of the same symbol, vendor, bar length and adjustment that it took the place of.
    pub replaced: Option<Entry>,
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
        Ok(Self { dir, catalogue, aliases })
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

    /// Takes all of `imported` or none. A series of the same symbol, vendor, bar length and adjustment is replaced.
    ///
    /// # Errors
    /// Where two of them are the same series, simulated and real series would meet, or the folder cannot be written.
    pub fn import(&mut self, imported: &[Imported]) -> Result<Vec<Stored>> {
        self.update(|dir, catalogue| {
            let entries = imported
                .iter()
                .map(|imported| {
                    let bytes = parquet::encode(imported.series.rows()).map_err(|error| {
                        Diagnostic::new(format!("{} cannot be stored: {error}", imported.report.name))
                    })?;
                    Ok((Entry::new(imported, parquet_name(imported, &bytes)), bytes))
                })
                .collect::<Result<Vec<_>>>()?;
            check_twice(&entries)?;
            check_mixture(catalogue, &entries)?;
            let mut stored = Vec::new();
            for (entry, bytes) in entries {
                write_whole(&dir.join(&entry.parquet), &bytes)?;
                let replaced = catalogue.put(entry.clone());
                stored.push(Stored { entry, replaced });
            }
            Ok(stored)
        })
    }

    /// Loads one series.
    ///
    /// # Errors
    /// Where its file is gone, or is not the one the catalogue speaks of.
    pub fn load(&self, entry: &Entry) -> Result<Series> {
        let path = self.dir.join(&entry.parquet);
        let damaged = |what: &str| {
            Failure::from(
                Diagnostic::new(format!("{}: its bars in `{}` {what}", entry.full_name(), path.display()))
                    .hint(format!("import {} again", entry.file)),
            )
        };
        if entry.parquet.contains(['/', '\\']) {
            return Err(damaged("lie outside the store"));
        }
        let bytes = fs::read(&path).map_err(|error| damaged(&format!("cannot be read: {error}")))?;
        let rows = parquet::decode(bytes).map_err(|error| damaged(&format!("cannot be read: {error}")))?;
        if rows.close.len() != entry.rows {
            return Err(damaged(&format!(
                "hold {} rows where the catalogue has {}",
                rows.close.len(),
                entry.rows
            )));
        }
        let series = Series::new(
            entry.provenance(),
            entry.session()?,
            entry.label_kind(),
            entry.stale_after_days,
            rows,
        )?;
        let ends = [series.label(0).to_string(), series.label(series.len() - 1).to_string()];
        if ends != [entry.first.as_str(), entry.last.as_str()] {
            return Err(damaged("are of other dates than the catalogue says"));
        }
        Ok(series)
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
        let symbols = self.entries().iter().map(|entry| entry.symbol.as_str());
        if nearest(word, symbols).is_some() || word.contains('@') {
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
        let path = self.dir.join(LOCK);
        let lock = File::create(&path).map_err(|error| Failure::io("write", &path, &error))?;
        lock.lock().map_err(|error| Failure::io("lock", &path, &error))?;
        let before = read_catalogue(&self.dir)?;
        let mut after = before.clone();
        let result = change(&self.dir, &mut after).and_then(|result| {
            write_whole(&self.dir.join(CATALOGUE), after.to_text()?.as_bytes())?;
            Ok(result)
        });
        // A failed change may have left new files of bars, a good one old ones.
        let kept = if result.is_ok() { &after } else { &before };
        self.sweep(kept);
        let result = result?;
        self.catalogue = after;
        Ok(result)
    }

    /// Deletes files of bars that `kept` does not name. What cannot be deleted does no harm.
    fn sweep(&self, kept: &Catalogue) {
        let Ok(files) = fs::read_dir(&self.dir) else { return };
        for file in files.flatten() {
            let name = file.file_name();
            let name = name.to_string_lossy();
            if name.ends_with(SUFFIX) && kept.entries().iter().all(|entry| entry.parquet != name) {
                let _ = fs::remove_file(file.path());
            }
        }
    }
}

/// The end of the names of files of bars, which no file of a user has by accident.
const SUFFIX: &str = ".bars.parquet";

/// A file name that is safe on every system, even where upper and lower case are one: letters and digits of the
/// series' name, and a hash of its exact name and bytes.
fn parquet_name(imported: &Imported, bytes: &[u8]) -> String {
    let provenance = imported.series.provenance();
    let name =
        format!("{}-{}-{}-{}", provenance.symbol, provenance.vendor, imported.bar, provenance.adjustment);
    let safe: String = name
        .to_lowercase()
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' })
        .collect();
    let mut hasher = blake3::Hasher::new();
    hasher.update(name.as_bytes()).update(bytes);
    let hash = hasher.finalize().to_hex();
    format!("{safe}-{}{SUFFIX}", &hash[..12])
}

fn check_twice(entries: &[(Entry, Vec<u8>)]) -> Result<()> {
    for (at, (entry, _)) in entries.iter().enumerate() {
        if let Some((twin, _)) =
            entries[..at].iter().find(|(other, _)| other.long_name() == entry.long_name())
        {
            return Err(Diagnostic::new(format!(
                "`{}` and `{}` are both {}",
                twin.file,
                entry.file,
                entry.full_name()
            ))
            .hint("import one of them, or give one another name with `--vendor` or `--symbol`")
            .into());
        }
    }
    Ok(())
}

/// Simulated and real series never stand in one store, so they can never meet in one run.
fn check_mixture(catalogue: &Catalogue, entries: &[(Entry, Vec<u8>)]) -> Result<()> {
    let both = || catalogue.entries().iter().chain(entries.iter().map(|(entry, _)| entry));
    let simulated = both().find(|entry| entry.simulated);
    let real = both().find(|entry| !entry.simulated);
    match (simulated, real) {
        (Some(simulated), Some(real)) => {
            Err(Diagnostic::new("simulated and real series may not stand in one store")
                .detail(format!("{} is simulated, {} is real", simulated.full_name(), real.full_name()))
                .hint("keep the sample in a store of its own: `--store DIR`")
                .into())
        }
        _ => Ok(()),
    }
}

fn read_catalogue(dir: &Path) -> Result<Catalogue> {
    let path = dir.join(CATALOGUE);
    match fs::read_to_string(&path) {
        Ok(text) => Catalogue::parse(&path.display().to_string(), &text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Catalogue::default()),
        Err(error) => Err(Failure::io("read", &path, &error)),
    }
}

/// Writes a file beside its place and renames it there, so that it is there whole or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let fail = |error: &std::io::Error| Failure::io("write", path, error).with_exit(Exit::Failed);
    let dir = path.parent().unwrap_or(Path::new("."));
    // Made by `File::create_new` so that the file has the permissions the user's other files have.
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .make_in(dir, |path| File::create_new(path))
        .map_err(|e| fail(&e))?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(|error| fail(&error))?;
    file.persist(path).map_err(|error| fail(&error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests;
