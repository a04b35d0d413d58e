//! Which strategy is meant, and which history does it run on?

use std::path::{Path, PathBuf};

use super::options::Common;
use super::output::Output;
use crate::base::calendar::Date;
use crate::base::diagnostic::{Diagnostic, Failure, Result, Source, nearest};
use crate::market::store::Store;
use crate::report::format;
use crate::strategy::binding::{Bound, History};
use crate::strategy::file::{Strategy, bundled};

/// Where the store is unless `--store` says otherwise.
pub(super) const DEFAULT_STORE: &str = "data/store";

/// Where strategies are looked for by name.
pub(super) const STRATEGIES: &str = "strategies";

/// A strategy with its history.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) strategy: Strategy,
    pub(super) bound: Bound,
}

/// Opens the store.
pub(super) fn open_store(common: &Common) -> Result<Store> {
    Store::open(common.store.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_STORE)))
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
    let bytes = std::fs::read(path).map_err(|error| {
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
    load_as(common, output, text, sets, (common.from, common.to))
}

/// As [`load`], with a window of its own.
pub(super) fn load_as(
    common: &Common,
    output: &Output,
    text: &str,
    sets: &[String],
    (from, to): (Option<Date>, Option<Date>),
) -> Result<Subject> {
    let history = History::new(open_store(common)?);
    let (mut strategy, folder) = read_strategy(text, &history)?;
    for set in sets {
        strategy.set(set)?;
    }
    strategy.set_window(from.or(strategy.window.from), to.or(strategy.window.to));
    let bound = common.pool()?.install(|| history.bind(&strategy, &folder))?;
    announce(output, &strategy, &bound);
    Ok(Subject { strategy, bound })
}

/// Says that what follows is of simulated days.
pub(super) fn warn_of_sample(output: &Output) {
    output.warn(
        &Diagnostic::new("the store has none of the rule's markets: running on the embedded sample")
            .detail("its days between public closes are SIMULATED; nothing that follows is history")
            .hint("import real history: `catchup data import FILE`"),
    );
}

fn announce(output: &Output, strategy: &Strategy, bound: &Bound) {
    if bound.sample_taken {
        warn_of_sample(output);
    }
    for (market, series) in strategy.markets.iter().zip(bound.panel.members()) {
        let name = series.provenance().full_name();
        let rows = format::count(series.len());
        output.note(&format!(
            "{} is {name}: {rows} bars, {} to {}",
            market.name,
            series.label(0),
            series.label(series.len() - 1)
        ));
    }
    for assumed in &strategy.assumed {
        output.note(&format!("assumed: {assumed}"));
    }
}
