//! Which history does this strategy run on?
//!
//! Words become symbols by the store's aliases and series; markets become series of the store, of files the
//! strategy names, or of the embedded sample where the store has none of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::market::events::Events;
use crate::market::sample;
use crate::market::series::{Panel, Series};
use crate::market::store::{ImportRequest, SessionSpec, Store, aliases, read_bytes, read_file};
use crate::strategy::file::{FileMarket, Strategy};
use crate::strategy::rule::{EventsName, EventsSource, Market, Vocabulary};

/// Where a user's own files of dated events stand, from the working folder.
const EVENTS: &str = "data/events";

/// What there is to run on: a store, and the sample behind it.
#[derive(Debug)]
pub struct History {
    store: Store,
}

/// A strategy's markets with their bars.
#[derive(Debug, Clone)]
pub struct Bound {
    /// The series, numbered as the strategy's markets, on the clock of the traded one.
    pub panel: Panel,
    /// Whether the embedded sample was taken because the store has none of the markets.
    pub sample_taken: bool,
}

impl History {
    /// The history in `store`.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Finds every market's bars. Paths of files are relative to `folder`.
    ///
    /// # Errors
    /// Where a market has no history, or simulated and real history would meet.
    pub fn bind(&self, strategy: &Strategy, folder: &Path) -> Result<Bound> {
        let stored = |target: &str| self.store.resolve(target).is_ok() || self.is_ambiguous(target);
        let none_here = strategy
            .markets
            .iter()
            .zip(&strategy.files)
            .all(|(market, file)| file.is_none() && !stored(&market.target));
        let mut members = Vec::new();
        let mut missing = Vec::new();
        for (market, file) in strategy.markets.iter().zip(&strategy.files) {
            let series = match file {
                Some(file) => read_market(file, folder),
                None if none_here => sample_series(&market.target),
                None => self.stored_series(market),
            };
            match series {
                Ok(series) => members.push(Arc::new(series)),
                Err(failure) => missing.extend(failure.diagnostics().to_vec()),
            }
        }
        let mut events = Vec::new();
        for named in strategy.graph.events() {
            match read_events(named, folder) {
                Ok(read) => events.push(Arc::new(read)),
                Err(failure) => missing.extend(failure.diagnostics().to_vec()),
            }
        }
        if let Some(failure) = Failure::from_all(missing) {
            return Err(failure);
        }
        let panel = Panel::new(members, strategy.traded)?.with_events(events);
        Ok(Bound { panel, sample_taken: none_here })
    }

    /// A market's bars in the store; where there are none, the message speaks of the user's word.
    fn stored_series(&self, market: &Market) -> Result<Series> {
        let found = self.store.resolve(&market.target);
        let everyday = self.store.candidates(&market.name).is_some();
        let entry = if found.is_err() && everyday { self.store.resolve(&market.name) } else { found }?;
        self.store.load(entry)
    }

    /// Whether the store has the symbol, though not just one series of it.
    fn is_ambiguous(&self, word: &str) -> bool {
        self.store.entries().iter().any(|entry| entry.symbol.eq_ignore_ascii_case(word))
    }
}

impl Vocabulary for History {
    fn symbol(&self, word: &str) -> Option<String> {
        if let Ok(entry) = self.store.resolve(word) {
            return Some(self.store.unique_name(entry));
        }
        if self.is_ambiguous(word) {
            return Some(word.to_uppercase());
        }
        if let Some(symbol) = sample_symbol(word) {
            return Some(symbol.to_owned());
        }
        let candidates = self.store.candidates(word)?;
        let in_sample = candidates.iter().find_map(|candidate| sample_symbol(candidate));
        in_sample.or_else(|| candidates.first().copied()).map(str::to_owned)
    }

    fn words(&self) -> Vec<String> {
        let stored = self.store.entries().iter().map(|entry| entry.symbol.clone());
        let sample = sample::files().iter().map(|file| file.symbol.to_owned());
        stored.chain(sample).chain(aliases::names().map(str::to_owned)).collect()
    }

    fn events(&self, word: &str) -> Option<String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == ' ';
        if word.is_empty() || !word.chars().all(plain) {
            return None;
        }
        let path = format!("{EVENTS}/{}.csv", word.to_lowercase().replace(' ', "_"));
        Path::new(&path).is_file().then_some(path)
    }
}

/// The sample's spelling of a symbol, if it has the market.
fn sample_symbol(word: &str) -> Option<&'static str> {
    sample::files().iter().map(|file| file.symbol).find(|symbol| symbol.eq_ignore_ascii_case(word))
}

/// A market's bars in the embedded sample.
fn sample_series(target: &str) -> Result<Series> {
    let Some(file) = sample::files().iter().find(|file| file.symbol.eq_ignore_ascii_case(target)) else {
        let known: Vec<_> = sample::files().iter().map(|file| file.symbol).collect();
        return Err(Diagnostic::new(format!("there is no history of `{target}`"))
            .detail(format!(
                "the store has none of the rule's markets, and the sample has {}",
                known.join(", ")
            ))
            .hint("import its history: `catchup data import FILE`")
            .into());
    };
    let request = ImportRequest { symbol: Some(file.symbol.to_owned()), ..ImportRequest::file(file.name) };
    Ok(read_bytes(file.text.as_bytes(), &request)?.series)
}

/// A market's bars in a file that the strategy names.
fn read_market(file: &FileMarket, folder: &Path) -> Result<Series> {
    let request = request(file, folder);
    if !request.path.exists() {
        return Err(Diagnostic::new(format!("there is no file `{}`", request.path.display()))
            .detail(format!("the strategy names it as `{}`, from the strategy file's own folder", file.path))
            .into());
    }
    let series = read_file(&request)?.series;
    Ok(match file.stale_after {
        Some(days) => series.with_stale_after(f64::from(days)),
        None => series,
    })
}

/// The dates of events: of a file that comes with the program, or of the user's.
fn read_events(named: &EventsName, folder: &Path) -> Result<Events> {
    let path = match &named.source {
        EventsSource::Bundled(bundled) => return Events::read(&named.name, bundled.name, bundled.text),
        EventsSource::Own(path) => PathBuf::from(path),
        EventsSource::File(path) => folder.join(path),
    };
    if !path.is_file() {
        return Err(Diagnostic::new(format!("there is no file `{}`", path.display()))
            .detail(format!("it would hold the dates of `{}`", named.name))
            .into());
    }
    Events::read_file(&named.name, &path)
}

fn request(file: &FileMarket, folder: &Path) -> ImportRequest {
    let path =
        if Path::new(&file.path).is_absolute() { PathBuf::from(&file.path) } else { folder.join(&file.path) };
    let session = SessionSpec {
        kind: file.session.clone(),
        close: file.close.clone(),
        timezone: file.timezone.clone(),
        release_lag_days: file.release_lag,
    };
    // The file's own name is symbol enough; it need not look like one.
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    ImportRequest { symbol: stem, session, ..ImportRequest::file(path) }
}
