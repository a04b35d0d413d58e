//! Which history does this strategy run on?
//!
//! Words become symbols by the store's aliases and series; markets become series of the store, of files the
//! strategy names, or of the embedded sample where the store has none of them.

mod missing;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::calendar::LabelKind;
use crate::base::diagnostic::{Diagnostic, Failure, Result, nearest};
use crate::market::events::Events;
use crate::market::sample;
use crate::market::series::{Panel, Series};
use crate::market::store::{
    Entry, ImportRequest, SessionSpec, Store, aliases, read_bytes, read_file, whereabouts,
};
use crate::strategy::file::{FileMarket, Strategy};
use crate::strategy::rule::{Assignment, EventsName, EventsSource, Market, Vocabulary};
use missing::Missing;
use rayon::prelude::*;

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

/// A strategy on one choice of its symbols, with their bars.
#[derive(Debug, Clone)]
pub struct Cast {
    /// A combination that has these symbols; its other values say nothing.
    pub choice: Assignment,
    /// The strategy whose markets these are.
    pub strategy: Strategy,
    /// The series, numbered as its markets, on the clock of the traded one.
    pub panel: Panel,
}

impl Cast {
    /// Which symbols it is on, in words: `laggard = ETH-USD`; the strategy's name where no market has several.
    pub fn describe(&self) -> String {
        let choice = self.strategy.describe_choice(&self.choice);
        if choice.is_empty() { format!("`{}`", self.strategy.name) } else { choice }
    }
}

/// A strategy on every declared choice of its symbols, in order. `series` has for each market the series of its
/// symbols, or the one series it is.
///
/// # Errors
/// Where there are too many choices, simulated and real history would meet, or a series lacks what the rules demand.
pub fn casts(strategy: &Strategy, series: &[Vec<Arc<Series>>], events: &[Arc<Events>]) -> Result<Vec<Cast>> {
    let cast = |choice: Assignment| {
        let places = strategy.listed_places(&choice);
        let members = places.into_iter().zip(series).map(|(place, series)| Arc::clone(&series[place]));
        let panel = Panel::new(members.collect(), strategy.traded)?.with_events(events.to_vec());
        strategy.check_panel(&panel)?;
        Ok(Cast { strategy: strategy.cast(&choice), choice, panel })
    };
    strategy.declared_choices()?.into_iter().map(cast).collect()
}

/// A market, and the file it is read from.
type Wanted<'a> = (Market, Option<&'a FileMarket>);

/// Series and events as read, and whether the series are the sample's.
type Read = (Vec<Arc<Series>>, Vec<Arc<Events>>, bool);

/// Where the history of one market is.
#[derive(Debug, Clone, PartialEq)]
pub enum Held {
    /// In the store, as this series.
    Store(Box<Entry>),
    /// In the embedded sample, because the store has none of the strategy's markets.
    Sample,
    /// In a file that the strategy names.
    File(String),
    /// In the store, but not in one series alone: why.
    Unclear(String),
    /// Nowhere; what it is and where it can be had, where that is known.
    Nowhere(Option<String>),
}

/// Where a market's bars are read from.
enum Whence<'a> {
    Store(&'a Entry),
    Sample(&'static sample::SampleFile),
    /// In the store, but not one series.
    Fault(Failure),
    Nowhere,
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
    /// Where markets have no history (one message names them all), or simulated and real history would meet.
    pub fn bind(&self, strategy: &Strategy, folder: &Path) -> Result<Bound> {
        let wanted = of_defaults(strategy);
        let (members, events, sample_taken) = self.read(strategy, &wanted, folder)?;
        let panel = Panel::new(members, strategy.traded)?.with_events(events);
        strategy.check_panel(&panel)?;
        Ok(Bound { panel, sample_taken })
    }

    /// The same for every declared choice of the strategy's symbols, in order; each series is read once.
    ///
    /// # Errors
    /// As [`History::bind`]; one message names all symbols that have no history.
    pub fn bind_all(&self, strategy: &Strategy, folder: &Path) -> Result<(Vec<Cast>, bool)> {
        let mut wanted: Vec<Wanted<'_>> = Vec::new();
        let mut counts = Vec::with_capacity(strategy.markets.len());
        for (market, own) in of_defaults(strategy).into_iter().enumerate() {
            let listed = strategy.symbols.iter().find(|symbols| symbols.market == market);
            let before = wanted.len();
            match listed {
                Some(symbols) => wanted.extend(symbols.listed.iter().map(|listed| {
                    let market = Market { name: listed.word.clone(), target: listed.target.clone() };
                    (market, listed.file.as_ref())
                })),
                None => wanted.push(own),
            }
            counts.push(wanted.len() - before);
        }
        let (series, events, sample_taken) = self.read(strategy, &wanted, folder)?;
        let mut series = series.into_iter();
        let by_market: Vec<Vec<_>> =
            counts.into_iter().map(|count| series.by_ref().take(count).collect()).collect();
        Ok((casts(strategy, &by_market, &events)?, sample_taken))
    }

    /// Reads the bars of markets, and the strategy's events; says whether the sample was taken.
    fn read(&self, strategy: &Strategy, wanted: &[Wanted<'_>], folder: &Path) -> Result<Read> {
        let on_sample = self.needs_sample(wanted);
        let (mut members, mut faults, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        let read = |(market, file): &Wanted<'_>| match (file, self.whence(market, on_sample)) {
            (Some(file), _) => Some(read_market(file, folder)),
            (None, Whence::Store(entry)) => Some(self.store.load(entry)),
            (None, Whence::Sample(file)) => Some(sample_series(file)),
            (None, Whence::Fault(fault)) => Some(Err(fault)),
            (None, Whence::Nowhere) => None,
        };
        let read: Vec<Option<Result<Series>>> = wanted.par_iter().map(read).collect();
        for ((market, _), series) in wanted.iter().zip(read) {
            match series {
                Some(Ok(series)) => members.push(Arc::new(series)),
                Some(Err(failure)) => faults.extend(failure.diagnostics().to_vec()),
                None => missing.push(Missing { market, meant: self.nearest_symbol(&market.target) }),
            }
        }
        let mut events = Vec::new();
        for named in strategy.graph.events() {
            match read_events(named, folder) {
                Ok(read) => events.push(Arc::new(read)),
                Err(failure) => faults.extend(failure.diagnostics().to_vec()),
            }
        }
        if !missing.is_empty() {
            let found: Vec<String> = members.iter().map(|series| series.provenance().full_name()).collect();
            let note = strategy.note.as_deref();
            faults.insert(0, missing::message((note, wanted.len()), &missing, &found, on_sample));
        }
        match Failure::from_all(faults) {
            Some(failure) => Err(failure),
            None => Ok((members, events, on_sample)),
        }
    }

    /// The markets that `words` name; without any, every daily market of the store that its symbol alone names,
    /// macro series left out, or those of the embedded sample where the store is empty.
    ///
    /// # Errors
    /// Where a word names no market, or a stored one cannot be read.
    pub fn universe(&self, words: &[String]) -> Result<Vec<Arc<Series>>> {
        let from_sample = self.store.entries().is_empty();
        let named: Vec<String> = if !words.is_empty() {
            words.to_vec()
        } else if from_sample {
            sample::files().iter().map(|file| file.symbol.to_owned()).collect()
        } else {
            self.store.entries().iter().map(|entry| entry.symbol.clone()).collect()
        };
        let mut universe: Vec<Arc<Series>> = Vec::new();
        for word in named {
            let series = if from_sample {
                sample_series(sample_file(&word).ok_or_else(|| not_in_sample(&word))?)?
            } else {
                match self.store.resolve(&word) {
                    Ok(entry) => self.store.load(entry)?,
                    // Several vendors' copies and no default: nobody said which one counts.
                    Err(_) if words.is_empty() => continue,
                    Err(failure) => return Err(failure),
                }
            };
            let suits = series.label_kind() == LabelKind::Date && !series.session().is_published();
            let known = universe.iter().any(|other| other.provenance() == series.provenance());
            if !known && (suits || !words.is_empty()) {
                universe.push(Arc::new(series));
            }
        }
        Ok(universe)
    }

    /// Whether the sample is taken: the store has none of the markets and none is a file.
    fn needs_sample(&self, wanted: &[Wanted<'_>]) -> bool {
        let stored = |target: &str| self.store.resolve(target).is_ok() || self.is_ambiguous(target);
        wanted.iter().all(|(market, file)| file.is_none() && !stored(&market.target))
    }

    /// Where a market's bars are. A message about the store speaks of the user's word.
    fn whence(&self, market: &Market, on_sample: bool) -> Whence<'_> {
        if on_sample {
            return sample_file(&market.target).map_or(Whence::Nowhere, Whence::Sample);
        }
        let found = self.store.resolve(&market.target);
        let everyday = self.store.candidates(&market.name).is_some();
        match if found.is_err() && everyday { self.store.resolve(&market.name) } else { found } {
            Ok(entry) => Whence::Store(entry),
            Err(fault) => {
                let bare = market.target.split(['@', '/']).next().unwrap_or(&market.target);
                if self.is_ambiguous(bare) { Whence::Fault(fault) } else { Whence::Nowhere }
            }
        }
    }

    /// The stored symbol that `symbol` may be a slip for.
    fn nearest_symbol(&self, symbol: &str) -> Option<String> {
        nearest(symbol, self.store.entries().iter().map(|entry| entry.symbol.as_str())).map(str::to_owned)
    }

    /// Where the history of each of the strategy's markets is, without reading it.
    pub fn inventory(&self, strategy: &Strategy) -> Vec<Held> {
        let wanted = of_defaults(strategy);
        let on_sample = self.needs_sample(&wanted);
        wanted
            .iter()
            .map(|(market, file)| match (file, self.whence(market, on_sample)) {
                (Some(file), _) => Held::File(file.path.clone()),
                (None, Whence::Store(entry)) => Held::Store(Box::new(entry.clone())),
                (None, Whence::Sample(_)) => Held::Sample,
                (None, Whence::Fault(fault)) => Held::Unclear(fault.diagnostics()[0].title().to_owned()),
                (None, Whence::Nowhere) => Held::Nowhere(whereabouts(&market.target)),
            })
            .collect()
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
        let Some(candidates) = self.store.candidates(word) else {
            // One that many ask for: whoever runs the rule is told where to get it.
            return whereabouts(word).map(|_| word.to_uppercase());
        };
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

/// A strategy's markets, of each list of symbols its default, which is called as it is.
fn of_defaults(strategy: &Strategy) -> Vec<Wanted<'_>> {
    let mut wanted: Vec<Wanted<'_>> =
        strategy.markets.iter().cloned().zip(strategy.files.iter().map(Option::as_ref)).collect();
    for symbols in &strategy.symbols {
        let market = &mut wanted[symbols.market].0;
        market.name.clone_from(&market.target);
    }
    wanted
}

/// The sample's file of a symbol, if it has the market.
fn sample_file(symbol: &str) -> Option<&'static sample::SampleFile> {
    sample::files().iter().find(|file| file.symbol.eq_ignore_ascii_case(symbol))
}

fn not_in_sample(word: &str) -> Diagnostic {
    let known: Vec<_> = sample::files().iter().map(|file| file.symbol).collect();
    Diagnostic::new(format!("there is no history of `{word}`"))
        .detail(format!("the store is empty, and the sample has {}", known.join(", ")))
        .hint("import its history: `catchup data import FILE`")
}

/// The sample's spelling of a symbol, if it has the market.
fn sample_symbol(word: &str) -> Option<&'static str> {
    sample_file(word).map(|file| file.symbol)
}

/// The bars of a symbol in the embedded sample; `None` where it has no such market.
///
/// # Errors
/// Where the embedded file cannot be read, which would be a bug.
pub fn sample_market(symbol: &str) -> Result<Option<Series>> {
    sample_file(symbol).map(sample_series).transpose()
}

/// A market's bars in the embedded sample.
fn sample_series(file: &sample::SampleFile) -> Result<Series> {
    Ok(read_bytes(file.text.as_bytes(), &file.request())?.series)
}

/// A market's bars in a file that the strategy names, by its path from `folder`.
///
/// # Errors
/// Where the file is not there, or is not one of bars.
pub fn read_market(file: &FileMarket, folder: &Path) -> Result<Series> {
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

/// The dates of events: of a file that comes with the program, or of the user's. The path of one that the strategy
/// names starts from `folder`.
///
/// # Errors
/// Where the file is not there, or is not one of events.
pub fn read_events(named: &EventsName, folder: &Path) -> Result<Events> {
    let path = match &named.source {
        EventsSource::Bundled(bundled) => return Events::read(&named.name, bundled.name, bundled.text),
        EventsSource::Own(path) => PathBuf::from(path),
        EventsSource::File(path) => folder.join(path),
    };
    if !path.is_file() {
        return Err(Diagnostic::new(format!("there is no file `{}`", path.display()))
            .detail(format!("it would hold the dates of `{}`", named.name))
            .hint("name one under [events], from the strategy file's own folder: name = \"dates.csv\"")
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
