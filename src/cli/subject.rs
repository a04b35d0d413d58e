//! Which strategy is meant, and which history does it run on?

use std::path::{Path, PathBuf};

use super::options::Common;
use super::output::Output;
use super::waiting::waiting;
use crate::base::calendar::Date;
use crate::base::diagnostic::{Diagnostic, Failure, Result, Source, nearest};
use crate::base::file::{self, LARGEST_TEXT};
use crate::market::series::Series;
use crate::market::store::Store;
use crate::report::format;
use crate::strategy::binding::{Bound, Cast, History};
use crate::strategy::file::{Strategy, bundled};

/// Where the store is unless `--store` says otherwise.
pub(super) const DEFAULT_STORE: &str = "data/store";

/// Where strategies are looked for by name.
pub(super) const STRATEGIES: &str = "strategies";

/// A strategy with its history.
#[derive(Debug)]
pub(super) struct Subject {
    /// On the defaults of its symbols.
    pub(super) strategy: Strategy,
    pub(super) bound: Bound,
    /// It on every declared choice of its symbols, and the place of the default among them.
    pub(super) casts: Vec<Cast>,
    pub(super) default: usize,
}

impl Subject {
    /// A strategy on every declared choice of its symbols.
    pub(super) fn new(strategy: Strategy, casts: Vec<Cast>, sample_taken: bool) -> Self {
        let wanted = strategy.listed_places(&strategy.defaults());
        let is_default = |cast: &Cast| strategy.listed_places(&cast.choice) == wanted;
        let default = casts.iter().position(is_default).unwrap_or(0);
        let bound = Bound { panel: casts[default].panel.clone(), sample_taken };
        Self { strategy, bound, casts, default }
    }
}

/// Opens the store.
pub(super) fn open_store(common: &Common) -> Result<Store> {
    open_store_or(common, DEFAULT_STORE)
}

/// Opens the store, which is in `default` unless `--store` says otherwise.
pub(super) fn open_store_or(common: &Common, default: &str) -> Result<Store> {
    let dir = common.store.clone().unwrap_or_else(|| PathBuf::from(default));
    let waiting = waiting(common, &dir)?;
    Ok(Store::open(dir)?.with_waiting(waiting))
}

/// Reads a strategy: a sentence if it holds a space and is no file; a file if it exists or ends in `.toml`;
/// else one of `strategies/`, else one that comes with the program. Gives the folder its paths start from.
pub(super) fn read_strategy(text: &str, history: &History) -> Result<(Strategy, PathBuf)> {
    let path = Path::new(text);
    let is_file = path.is_file();
    if text.contains(' ') && !is_file {
        return Ok((Strategy::from_sentence(text, history)?, PathBuf::new()));
    }
    if is_file || path.extension().is_some_and(|extension| extension == "toml") {
        return read_file(path, history);
    }
    let named = Path::new(STRATEGIES).join(format!("{text}.toml"));
    if named.is_file() {
        return read_file(&named, history);
    }
    if let Some(strategy) = bundled().iter().find(|strategy| strategy.name == text) {
        let source = Source::new(format!("{}.toml (bundled)", strategy.name), strategy.text);
        return Ok((Strategy::from_toml(strategy.name, &source, history)?, PathBuf::new()));
    }
    let error = no_strategy(text);
    Err(error.hint("a sentence goes in quotes: \"long BTC when …\"").into())
}

/// What to say of a name that no strategy has.
pub(super) fn no_strategy(name: &str) -> Diagnostic {
    let mut error = Diagnostic::new(format!("there is no strategy `{name}`"));
    if let Some(near) = nearest(name, bundled().iter().map(|strategy| strategy.name)) {
        error = error.hint(format!("did you mean `{near}`?"));
    }
    error.hint("`catchup strategy list` shows the names")
}

/// Reads a strategy file; gives the folder its paths start from.
pub(super) fn read_file(path: &Path, history: &History) -> Result<(Strategy, PathBuf)> {
    let bytes = file::read(path, LARGEST_TEXT).map_err(|error| {
        let shown = path.display();
        Failure::from(match error.kind() {
            std::io::ErrorKind::NotFound => Diagnostic::new(format!("there is no file `{shown}`"))
                .hint("`catchup strategy new NAME` writes one to start from"),
            _ => Diagnostic::new(format!("the strategy file `{shown}` cannot be read: {error}")),
        })
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()].split(|byte| *byte == b'\n').count();
        Diagnostic::new(format!("the strategy file `{}` is not UTF-8 text", path.display()))
            .detail(format!("the first byte that is none stands in line {line}"))
            .hint("save it as UTF-8")
    })?;
    let name = path.file_stem().map_or_else(|| "strategy".into(), |stem| stem.to_string_lossy().into_owned());
    let source = Source::new(path.display().to_string(), text);
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    Ok((Strategy::from_toml(&name, &source, history)?, folder))
}

/// Reads a strategy, applies `--set`, `--from` and `--to`, and finds its history. Says what was chosen.
pub(super) fn load(common: &Common, output: &Output, text: &str, sets: &[String]) -> Result<Subject> {
    let window = (common.from, common.to);
    let mut loaded = load_each(common, output, (&[text.to_owned()], sets), window)?;
    Ok(loaded.swap_remove(0))
}

/// As [`load`] for each of several, with a window of their own. What is set is set where a strategy has a parameter of
/// that name.
pub(super) fn load_each(
    common: &Common,
    output: &Output,
    (texts, sets): (&[String], &[String]),
    (from, to): (Option<Date>, Option<Date>),
) -> Result<Vec<Subject>> {
    let history = History::new(open_store(common)?);
    let read = texts.iter().map(|text| read_strategy(text, &history)).collect::<Result<Vec<_>>>()?;
    let has = |strategy: &Strategy, set: &str| {
        let name = set.split('=').next().unwrap_or_default().trim();
        strategy.parameters.iter().any(|parameter| parameter.name == name)
    };
    let somewhere: Vec<bool> =
        sets.iter().map(|set| read.iter().any(|(strategy, _)| has(strategy, set))).collect();
    let mut subjects = Vec::with_capacity(read.len());
    for (mut strategy, folder) in read {
        for (set, somewhere) in sets.iter().zip(&somewhere) {
            // One that no strategy has is told by the first.
            if !somewhere || has(&strategy, set) {
                strategy.set(set)?;
            }
        }
        strategy.set_window(from.or(strategy.window.from), to.or(strategy.window.to));
        let (casts, sample_taken) = common.pool()?.install(|| history.bind_all(&strategy, &folder))?;
        let subject = Subject::new(strategy, casts, sample_taken);
        announce(output, &subject);
        subjects.push(subject);
    }
    Ok(subjects)
}

/// Says that what follows is of simulated days.
pub(super) fn warn_of_sample(output: &Output) {
    output.warn(
        &Diagnostic::new("the store has none of the rule's markets: running on the embedded sample")
            .detail("its days between public closes are SIMULATED; nothing that follows is history")
            .hint("import real history: `catchup data import FILE`"),
    );
}

fn announce(output: &Output, subject: &Subject) {
    let Subject { strategy, bound, casts, .. } = subject;
    if bound.sample_taken {
        warn_of_sample(output);
    }
    let tell = |name: &str, verb: &str, series: &Series| {
        let (called, rows) = (series.provenance().full_name(), format::count(series.len()));
        let (first, last) = (series.label(0), series.label(series.len() - 1));
        output.note(&format!("{name} {verb} {called}: {rows} bars, {first} to {last}"));
    };
    for (at, market) in strategy.markets.iter().enumerate() {
        let places = casts.iter().map(|cast| strategy.listed_places(&cast.choice)[at]);
        let mut told = Vec::new();
        for (place, cast) in places.zip(casts) {
            if !told.contains(&place) {
                let listed = strategy.symbols.iter().any(|symbols| symbols.market == at);
                tell(&market.name, if listed { "can be" } else { "is" }, &cast.panel.members()[at]);
                told.push(place);
            }
        }
    }
    for assumed in &strategy.assumed {
        output.note(&format!("assumed: {assumed}"));
    }
}
