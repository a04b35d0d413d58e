//! The very strategy and the very history that a manifest names.

use std::path::Path;
use std::sync::Arc;

use crate::base::calendar::Date;
use crate::base::diagnostic::{Diagnostic, Failure, Result, Source};
use crate::cli::subject::Subject;
use crate::market::events::Events;
use crate::market::series::Series;
use crate::market::store::{Entry, Store};
use crate::results::manifest::{Days, EventsFacts, Form, SeriesFacts, content};
use crate::results::recorded::Recorded;
use crate::strategy::binding::{History, casts, read_events, read_market, sample_market};
use crate::strategy::file::{FileMarket, Strategy};
use crate::strategy::rule::Vocabulary;

/// Digits of a hash that tell versions apart in messages.
const DIGITS: usize = 12;

/// The words of a rule as they were understood when the run was made.
#[derive(Debug)]
struct Recall<'a> {
    recorded: &'a Recorded,
    /// For words that the manifest does not list: further names of its markets, and those of a scan's rule.
    history: &'a History,
}

impl Vocabulary for Recall<'_> {
    fn symbol(&self, word: &str) -> Option<String> {
        let symbols = &self.recorded.symbols;
        let is_list = |series: &&SeriesFacts| symbols.iter().any(|list| list.market == series.market);
        // A word of a list comes first: a list may be called like one of its symbols.
        let listed = symbols.iter().flat_map(|list| &list.series);
        let mut known = listed.chain(self.recorded.series.iter().filter(|series| !is_list(series)));
        let meant = known.find(|series| series.market.eq_ignore_ascii_case(word));
        meant.map(|series| series.target.clone()).or_else(|| self.history.symbol(word))
    }

    fn words(&self) -> Vec<String> {
        self.history.words()
    }

    fn events(&self, word: &str) -> Option<String> {
        let called = |events: &&EventsFacts| events.name.replace('_', " ").eq_ignore_ascii_case(word);
        let mut own = self.recorded.events.iter().filter(|events| events.by_word);
        own.find(called).and_then(|events| events.path.clone())
    }
}

/// The strategy with the values and the window it had.
pub(super) fn strategy(recorded: &Recorded, history: &History) -> Result<Strategy> {
    let vocabulary = Recall { recorded, history };
    let told = &recorded.strategy;
    let mut strategy = match told.form {
        Form::Toml => {
            let source = Source::new(format!("{}.toml (of the manifest)", told.name), told.text.as_str());
            Strategy::from_toml(&told.name, &source, &vocabulary)?
        }
        Form::Sentence => Strategy::from_sentence(&told.text, &vocabulary)?,
    };
    // What a market's word stands for may have another name in this store; which series it is, `bind` sees to.
    for (market, facts) in strategy.markets.iter_mut().zip(&recorded.series) {
        if market.name == facts.market {
            market.target.clone_from(&facts.target);
        }
    }
    for (symbols, facts) in strategy.symbols.iter_mut().zip(&recorded.symbols) {
        if symbols.listed.len() != facts.series.len() {
            return Err(Diagnostic::new("the manifest does not tell the series of every symbol")
                .hint("the manifest was changed; make the run again")
                .into());
        }
        for (listed, facts) in symbols.listed.iter_mut().zip(&facts.series) {
            listed.target.clone_from(&facts.target);
        }
    }
    for parameter in &recorded.parameters {
        strategy.restore(&parameter.name, &parameter.default, &parameter.values, &parameter.set_aside)?;
    }
    strategy.set_window(date(recorded.asked.from.as_deref())?, date(recorded.asked.to.as_deref())?);
    if strategy.entry.functional != told.entry || strategy.parameters.len() != recorded.parameters.len() {
        return Err(Diagnostic::new("the strategy's text means something else now")
            .detail(format!("the run's rule was {}", told.entry))
            .detail(format!("the same text now is   {}", strategy.entry.functional))
            .hint("a name in the store, a word's file of events or the language has changed since")
            .into());
    }
    Ok(strategy)
}

fn date(text: Option<&str>) -> Result<Option<Date>> {
    let read = |text: &str| {
        text.parse()
            .map_err(|_| Failure::from(Diagnostic::new(format!("the manifest's `{text}` is no date"))))
    };
    text.map(read).transpose()
}

/// The strategies of a run, each with the markets and events it had, the very ones of the manifest; paths start from
/// `folder`.
pub(super) fn subjects(recorded: &Recorded, history: &History, folder: &Path) -> Result<Vec<Subject>> {
    let each = recorded.each();
    each.iter().map(|recorded| subject(recorded, history, folder)).collect()
}

fn subject(recorded: &Recorded, history: &History, folder: &Path) -> Result<Subject> {
    let strategy = strategy(recorded, history)?;
    let names = strategy.markets.iter().map(|market| market.name.as_str());
    let lists = strategy.symbols.iter().map(|symbols| strategy.markets[symbols.market].name.as_str());
    if !names.eq(recorded.series.iter().map(|series| series.market.as_str()))
        || !lists.eq(recorded.symbols.iter().map(|symbols| symbols.market.as_str()))
    {
        return Err(Diagnostic::new("the manifest's series are not the markets of its strategy")
            .hint("the manifest was changed, or the language has changed since")
            .into());
    }
    let mut faults = Vec::new();
    let mut found = |facts: &SeriesFacts, file: Option<&FileMarket>| {
        let found = match file {
            Some(file) => read_market(file, folder).and_then(|series| same_file(facts, series)),
            None => market(facts, history.store()),
        };
        found.map(Arc::new).map_err(|failure| faults.extend_from_slice(failure.diagnostics())).ok()
    };
    let mut series: Vec<Vec<Arc<Series>>> = Vec::new();
    for (at, facts) in recorded.series.iter().enumerate() {
        let list = strategy.symbols.iter().zip(&recorded.symbols).find(|(symbols, _)| symbols.market == at);
        series.push(match list {
            Some((symbols, all)) => {
                let files = symbols.listed.iter().map(|listed| listed.file.as_ref());
                all.series.iter().zip(files).filter_map(|(facts, file)| found(facts, file)).collect()
            }
            None => found(facts, strategy.files[at].as_ref()).into_iter().collect(),
        });
    }
    let mut events = Vec::new();
    for (named, facts) in strategy.graph.events().iter().zip(&recorded.events) {
        match read_events(named, folder).and_then(|read| same_events(facts, read)) {
            Ok(read) => events.push(Arc::new(read)),
            Err(failure) => faults.extend_from_slice(failure.diagnostics()),
        }
    }
    if let Some(failure) = Failure::from_all(faults) {
        return Err(failure);
    }
    let casts = casts(&strategy, &series, &events)?;
    let is_sample = recorded.days == Some(Days::Sample) && casts.iter().all(|cast| cast.panel.is_simulated());
    Ok(Subject::new(strategy, casts, is_sample))
}

/// The markets of a scan, in its order.
pub(super) fn universe(recorded: &Recorded, store: &Store) -> Result<Vec<Arc<Series>>> {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for facts in &recorded.series {
        match market(facts, store) {
            Ok(series) => found.push(Arc::new(series)),
            Err(failure) => faults.extend_from_slice(failure.diagnostics()),
        }
    }
    Failure::from_all(faults).map_or(Ok(found), Err)
}

/// A series of the store, as it stands or as an older version, or one of the embedded sample.
fn market(facts: &SeriesFacts, store: &Store) -> Result<Series> {
    let is_same = |series: &Series| content(series) == facts.content;
    let called = |entry: &&Entry| {
        entry.symbol == facts.symbol && entry.vendor == facts.vendor && entry.adjustment == facts.adjustment
    };
    let mut versions = Vec::new();
    for entry in store.entries().iter().filter(called) {
        versions.extend(entry.versions.iter().chain([entry]));
    }
    for version in versions.iter().rev().filter(|version| version.hash == facts.hash) {
        let series = store.load(version)?;
        if is_same(&series) {
            return Ok(series);
        }
    }
    if facts.simulated
        && let Some(series) = sample_market(&facts.symbol)?.filter(is_same)
    {
        return Ok(series);
    }
    Err(absent(facts, &versions).into())
}

/// What is told of a series that is not there as it was.
fn absent(facts: &SeriesFacts, versions: &[&Entry]) -> Diagnostic {
    let name = match &facts.bar {
        Some(bar) => format!("{}@{}/{bar}", facts.symbol, facts.vendor),
        None => format!("{}@{}", facts.symbol, facts.vendor),
    };
    let import = format!("import the file the run was made from, `{}`, again", facts.file);
    if versions.is_empty() {
        return Diagnostic::new(format!("the series {name} is not in the store"))
            .hint(format!("{import}, or name the run's store with --store DIR"));
    }
    let message = Diagnostic::new(format!("the store has {name}, but not as the run read it"));
    let wanted = format!(
        "the run read {} rows, {} to {}, of {} with hash {}",
        facts.rows,
        facts.first,
        facts.last,
        facts.file,
        digits(&facts.hash)
    );
    versions
        .iter()
        .fold(message.detail(wanted), |message, version| {
            message.detail(format!(
                "there is {} rows, {} to {}, of {} with hash {}",
                version.rows,
                version.first,
                version.last,
                version.file,
                digits(&version.hash)
            ))
        })
        .hint(format!("the version was pruned, or the store is another; {import} into a store of its own"))
}

fn digits(hash: &str) -> &str {
    hash.get(..DIGITS).unwrap_or(hash)
}

fn same_file(facts: &SeriesFacts, series: Series) -> Result<Series> {
    if content(&series) == facts.content && series.provenance().hash == facts.hash {
        return Ok(series);
    }
    Err(another(&facts.target, &series.provenance().hash, &facts.hash).into())
}

fn same_events(facts: &EventsFacts, events: Events) -> Result<Events> {
    if events.hash() == facts.hash && events.name() == facts.name {
        return Ok(events);
    }
    match &facts.path {
        Some(path) => Err(another(path, events.hash(), &facts.hash).into()),
        None => Err(Diagnostic::new(format!("the dates of `{}` in this program are others", facts.name))
            .hint("verify the run with the version that made it")
            .into()),
    }
}

fn another(path: &str, is: &str, was: &str) -> Diagnostic {
    Diagnostic::new(format!("the file `{path}` is not the one the run was made from"))
        .detail(format!("its hash is {}, the run's was {}", digits(is), digits(was)))
        .hint("put the file back, or name the folder where it is with --files DIR")
}
