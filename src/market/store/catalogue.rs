//! What the store holds: one entry per series, in a JSON file that a person can read.

mod faults;

use std::collections::{BTreeMap, HashMap, hash_map};

use serde::{Deserialize, Serialize};

use super::session::SessionSpec;
use super::{Incoming, symbols};
use crate::base::calendar::{LabelKind, Session};
use crate::base::diagnostic::{Diagnostic, Result, nearest};
use crate::market::series::Provenance;

/// The form of the catalogue file; no other is read.
pub(super) const VERSION: u32 = 2;

/// One series of the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The market's symbol.
    pub symbol: String,
    /// The vendor whose layout the file had.
    pub vendor: String,
    /// The bar length: `1d`, `4h`.
    pub bar: String,
    /// What prices are adjusted for; see [`Provenance::adjustment`].
    pub adjustment: String,
    /// Whether the days were made up by the sample generator.
    pub simulated: bool,
    /// When the market trades.
    pub session: SessionSpec,
    /// Base name of the file that was imported last.
    pub file: String,
    /// BLAKE3 in hexadecimal: of the imported file's bytes where all bars are of that one file, else of the stored
    /// bars, as [`Entry::bars`].
    pub hash: String,
    /// Label of the first bar.
    pub first: String,
    /// Label of the last bar.
    pub last: String,
    /// `date` or `time`: how bars are labelled.
    pub labels: String,
    /// Number of bars.
    pub rows: usize,
    /// The age in days above which a row counts as missing.
    pub stale_after_days: f64,
    /// Name of the file in the store that holds the bars.
    pub parquet: String,
    /// BLAKE3 of that file's bytes, in hexadecimal.
    pub bars: String,
    /// What the series was made from, where it was not imported: `resampled from BTCUSD@bitfinex/1m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The series as it stood before, oldest first, so that old runs can be verified. A version has no versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<Entry>,
}

/// Whether a name without a bar length means such a series before others.
fn is_usual(bar: &str, is_macro: bool) -> bool {
    bar == "1d" || is_macro
}

/// The bar length in a series' name: none where it is the usual one.
pub(super) fn named_bar(bar: &str, is_macro: bool) -> Option<String> {
    (!is_usual(bar, is_macro)).then(|| bar.to_owned())
}

impl Entry {
    pub(super) fn new(incoming: &Incoming<'_>, parquet: String, bars: String) -> Self {
        let series = incoming.series;
        let provenance = series.provenance();
        let labels = match series.label_kind() {
            LabelKind::Date => "date",
            LabelKind::Time => "time",
        };
        Self {
            symbol: provenance.symbol.clone(),
            vendor: provenance.vendor.clone(),
            bar: incoming.bar.to_owned(),
            adjustment: provenance.adjustment.clone(),
            simulated: provenance.simulated,
            session: SessionSpec::of(series.session()),
            file: provenance.file.clone(),
            hash: if incoming.origin.is_some() { bars.clone() } else { provenance.hash.clone() },
            first: series.label(0).to_string(),
            last: series.label(series.len() - 1).to_string(),
            labels: labels.to_owned(),
            rows: series.len(),
            stale_after_days: series.stale_after_days(),
            parquet,
            bars,
            origin: incoming.origin.map(str::to_owned),
            versions: Vec::new(),
        }
    }

    /// The versions and then this entry, as it stands now.
    pub(super) fn with_versions(&self) -> impl Iterator<Item = &Self> {
        self.versions.iter().chain(std::iter::once(self))
    }

    /// This entry in the place of `before`, which becomes its latest version.
    pub(super) fn after(mut self, before: &Self) -> Self {
        self.versions.clone_from(&before.versions);
        self.versions.push(Self { versions: Vec::new(), ..before.clone() });
        // A series that went back to what it was is not a version of itself.
        self.versions.retain(|version| version.parquet != self.parquet || version.session != self.session);
        self
    }

    /// `IWM@yahoo`; with the bar length where it is not a day, as in `RUT@interactive-brokers/1h`.
    pub fn full_name(&self) -> String {
        self.provenance().full_name()
    }

    /// The name that no other series of a store has: `IWM@yahoo/1d/split`.
    pub fn long_name(&self) -> String {
        format!("{}@{}/{}/{}", self.symbol, self.vendor, self.bar, self.adjustment)
    }

    /// Whether a name without a bar length means this one before others: daily bars, and macro series as they are.
    fn is_usual(&self) -> bool {
        is_usual(&self.bar, self.session.kind.as_deref() == Some("macro"))
    }

    /// Where the series came from.
    pub fn provenance(&self) -> Provenance {
        Provenance {
            symbol: self.symbol.clone(),
            vendor: self.vendor.clone(),
            bar: named_bar(&self.bar, self.session.kind.as_deref() == Some("macro")),
            file: self.file.clone(),
            hash: self.hash.clone(),
            adjustment: self.adjustment.clone(),
            simulated: self.simulated,
        }
    }

    /// When the market trades.
    ///
    /// # Errors
    /// Where the catalogue was edited into something that is no session.
    pub fn session(&self) -> Result<Session> {
        self.session.session(&self.symbol)
    }

    pub(super) fn label_kind(&self) -> LabelKind {
        if self.labels == "time" { LabelKind::Time } else { LabelKind::Date }
    }
}

/// Every series of a store and which of them bare symbols mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Catalogue {
    version: u32,
    /// Symbol to long name.
    defaults: BTreeMap<String, String>,
    series: Vec<Entry>,
}

impl Default for Catalogue {
    fn default() -> Self {
        Self { version: VERSION, defaults: BTreeMap::new(), series: Vec::new() }
    }
}

/// What a user calls a series: `IWM`, `IWM@yahoo`, `RUT@interactive-brokers/1h`, `IWM@yahoo/1d/split`.
struct Query<'a> {
    symbol: String,
    vendor: Option<&'a str>,
    bar: Option<&'a str>,
    adjustment: Option<&'a str>,
}

impl<'a> Query<'a> {
    fn new(name: &'a str) -> Self {
        let (symbol, rest) =
            name.trim().split_once('@').map_or((name.trim(), None), |(symbol, rest)| (symbol, Some(rest)));
        let mut parts = rest.into_iter().flat_map(|rest| rest.splitn(3, '/'));
        let symbol = symbol.to_uppercase().replace('/', "-");
        Self { symbol, vendor: parts.next(), bar: parts.next(), adjustment: parts.next() }
    }

    fn fits(&self, entry: &Entry) -> bool {
        let same = |said: Option<&str>, is: &str| said.is_none_or(|said| said.eq_ignore_ascii_case(is));
        entry.symbol == self.symbol
            && same(self.vendor, &entry.vendor)
            && same(self.bar, &entry.bar)
            && same(self.adjustment, &entry.adjustment)
    }
}

impl Catalogue {
    /// Reads the text of a catalogue file.
    pub(super) fn parse(path: &str, text: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Form {
            version: u32,
        }
        let broken = |error: serde_json::Error| {
            Diagnostic::new(format!("the catalogue `{path}` cannot be read: {error}"))
                .hint("if you did not edit it, move the store aside and import your files again")
        };
        let form: Form = serde_json::from_str(text).map_err(broken)?;
        if form.version > VERSION {
            return Err(Diagnostic::new(format!("the store at `{path}` was written by a newer catchup"))
                .hint("use that version, or another store with `--store DIR`")
                .into());
        }
        if form.version < VERSION {
            return Err(Diagnostic::new(format!("the store at `{path}` was written by an older catchup"))
                .detail("it has no hashes by which its bars could be checked")
                .hint("move it aside and import your files again")
                .into());
        }
        let catalogue: Self = serde_json::from_str(text).map_err(broken)?;
        match faults::first(&catalogue.series) {
            None => Ok(catalogue),
            Some(fault) => Err(Diagnostic::new(format!("the catalogue `{path}` was changed: {fault}"))
                .hint("put it back as it was, or move the store aside and import your files again")
                .into()),
        }
    }

    /// The text of the catalogue file.
    pub(super) fn to_text(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Diagnostic::new(format!("the catalogue cannot be written: {error}")))?;
        Ok(text + "\n")
    }

    /// The entries, by symbol, vendor, bar length and adjustment.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.series
    }

    /// The series that is the default of its symbol.
    pub(super) fn is_default(&self, entry: &Entry) -> bool {
        self.defaults.get(&entry.symbol) == Some(&entry.long_name())
    }

    /// Every entry by its long name, to look many up.
    pub(super) fn by_long_name(&self) -> HashMap<String, &Entry> {
        self.series.iter().map(|entry| (entry.long_name(), entry)).collect()
    }

    /// The series of published values that `item` belongs to though its bar length is another: with a few rows in one of
    /// the two, that length is only how far these rows happen to lie apart.
    pub(super) fn same_published(&self, item: &Incoming<'_>) -> Option<&Entry> {
        const FEW: usize = 5;
        let provenance = item.series.provenance();
        self.series.iter().find(|entry| {
            entry.symbol == provenance.symbol
                && entry.vendor == provenance.vendor
                && entry.adjustment == provenance.adjustment
                && entry.session.kind.as_deref() == Some("macro")
                && item.series.session().is_published()
                && entry.rows.min(item.series.len()) < FEW
        })
    }

    /// Takes the entry called `before` out; its symbol's default becomes `after`, which is put in its place.
    pub(super) fn rename(&mut self, before: &str, after: &str) {
        self.series.retain(|entry| entry.long_name() != before);
        for name in self.defaults.values_mut().filter(|name| *name == before) {
            after.clone_into(name);
        }
    }

    /// The shortest name that `entry` shares with no other.
    pub(super) fn unique_name(&self, entry: &Entry) -> String {
        let all: Vec<&Entry> = self.series.iter().collect();
        short(entry, &all)
    }

    /// Forgets the versions of the series called `long_name`; they come back.
    pub(super) fn forget_versions(&mut self, long_name: &str) -> Vec<Entry> {
        let found = self.series.iter_mut().find(|entry| entry.long_name() == long_name);
        found.map(|entry| std::mem::take(&mut entry.versions)).unwrap_or_default()
    }

    /// Puts entries in their places, where they take that of one of the same name.
    pub(super) fn put_all(&mut self, entries: impl Iterator<Item = Entry>) {
        let mut places: HashMap<String, usize> =
            self.series.iter().enumerate().map(|(at, entry)| (entry.long_name(), at)).collect();
        for entry in entries {
            match places.entry(entry.long_name()) {
                hash_map::Entry::Occupied(place) => self.series[*place.get()] = entry,
                hash_map::Entry::Vacant(place) => {
                    place.insert(self.series.len());
                    self.series.push(entry);
                }
            }
        }
        self.series.sort_by_cached_key(|entry| {
            (entry.symbol.clone(), entry.vendor.clone(), entry.bar.clone(), entry.adjustment.clone())
        });
    }

    /// The series a name means.
    pub(super) fn find(&self, name: &str) -> Result<&Entry> {
        let query = Query::new(name);
        let all: Vec<&Entry> = self.series.iter().filter(|entry| query.fits(entry)).collect();
        if let Some(default) = all.iter().find(|entry| query.vendor.is_none() && self.is_default(entry)) {
            return Ok(default);
        }
        let usual: Vec<&Entry> = all.iter().copied().filter(|entry| entry.is_usual()).collect();
        let meant = if usual.is_empty() || query.bar.is_some() { all } else { usual };
        match meant.as_slice() {
            [] => Err(self.unknown(name).into()),
            [one] => Ok(one),
            several => Err(ambiguous(name, several)
                .hint(format!(
                    "name one of them, or make one the default: `catchup data default {}`",
                    short(several[0], several)
                ))
                .into()),
        }
    }

    /// Makes the series `name` the one its bare symbol means.
    pub(super) fn set_default(&mut self, name: &str) -> Result<Entry> {
        let entry = self.find(name)?.clone();
        self.defaults.insert(entry.symbol.clone(), entry.long_name());
        Ok(entry)
    }

    /// Takes the one series that `name` fits out of the catalogue.
    pub(super) fn remove(&mut self, name: &str) -> Result<Entry> {
        let query = Query::new(name);
        let fitting: Vec<&Entry> = self.series.iter().filter(|entry| query.fits(entry)).collect();
        let long_name = match fitting.as_slice() {
            [] => return Err(self.unknown(name).into()),
            [one] => one.long_name(),
            several => {
                let hint =
                    format!("say which one, as in `catchup data remove {}`", short(several[0], several));
                return Err(ambiguous(name, several).hint(hint).into());
            }
        };
        self.defaults.retain(|_, default| *default != long_name);
        match self.series.iter().position(|entry| entry.long_name() == long_name) {
            Some(at) => Ok(self.series.remove(at)),
            None => Err(self.unknown(name).into()),
        }
    }

    fn unknown(&self, name: &str) -> Diagnostic {
        let query = Query::new(name);
        let same: Vec<String> =
            self.series.iter().filter(|entry| entry.symbol == query.symbol).map(Entry::full_name).collect();
        let diagnostic = Diagnostic::new(format!("the store has no series `{name}`"));
        if !same.is_empty() {
            return diagnostic.hint(format!("of this symbol it has {}", same.join(", ")));
        }
        let import = "import its history: `catchup data import FILE`".to_owned();
        let near = nearest(&query.symbol, self.series.iter().map(|entry| entry.symbol.as_str()));
        match near.filter(|_| symbols::kind(&query.symbol).is_none()) {
            Some(near) => diagnostic.hint(format!("did you mean `{near}`?")).hint(import),
            None => diagnostic.hint(import),
        }
    }
}

fn ambiguous(name: &str, entries: &[&Entry]) -> Diagnostic {
    entries.iter().fold(
        Diagnostic::new(format!("`{name}` may be one of {} series", entries.len())),
        |message, entry| {
            message.detail(format!(
                "{}: {} to {}, {} rows",
                short(entry, entries),
                entry.first,
                entry.last,
                entry.rows
            ))
        },
    )
}

/// The shortest name of `entry` that none of the others has.
fn short(entry: &Entry, among: &[&Entry]) -> String {
    let name = entry.full_name();
    let shared = among.iter().filter(|other| other.full_name() == name).count() > 1;
    if shared { entry.long_name() } else { name }
}
