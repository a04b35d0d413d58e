//! `catchup strategy`: list, check, new, words; `explain` tells what one means.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::explain;
use super::options::{Common, StrategyCommand};
use super::output::Output;
use super::subject::{STRATEGIES, no_strategy, open_store, read_file, read_strategy};
use crate::backtest::sweep::check_names;
use crate::base::diagnostic::{Diagnostic, Failure, Result, Severity};
use crate::base::file::{LARGEST_TEXT, read_text};
use crate::base::files::write_whole;
use crate::report::paragraph;
use crate::strategy::binding::{Held, History};
use crate::strategy::file::{Strategy, bundled};
use crate::strategy::rule::registry;

/// The columns of a terminal.
const WIDTH: usize = 80;

pub(super) fn strategy(common: &Common, output: &Output, command: StrategyCommand) -> Result<()> {
    match command {
        StrategyCommand::List => list(common, output),
        StrategyCommand::Check { strategies } => check(common, output, &strategies),
        StrategyCommand::Explain { strategy, set } => explain::explain(common, output, &strategy, &set),
        StrategyCommand::Words => {
            words(output);
            Ok(())
        }
        StrategyCommand::New { name, like } => new(output, &name, like.as_deref()),
    }
}

/// Where a strategy is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// In `strategies/`.
    Local,
    /// In the program.
    Bundled,
}

/// Names of bundled strategies and of files in `strategies/`, which come first where both have one.
pub(super) fn names() -> BTreeMap<String, Option<PathBuf>> {
    let mut names: BTreeMap<String, Option<PathBuf>> =
        bundled().iter().map(|strategy| (strategy.name.to_owned(), None)).collect();
    let files = std::fs::read_dir(STRATEGIES).into_iter().flatten().flatten().map(|entry| entry.path());
    for path in files.filter(|path| path.is_file() && path.extension().is_some_and(|e| e == "toml")) {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        names.extend(stem.map(|stem| (stem, Some(path))));
    }
    names
}

/// A strategy in a list.
struct Listed {
    name: String,
    origin: Origin,
    title: String,
    combinations: Option<u64>,
    /// Series that neither the store nor, where it would run on it, the sample has.
    missing: Vec<String>,
}

fn listed(history: &History, name: String, path: Option<&Path>) -> Listed {
    let (read, origin) = match path {
        Some(path) => (read_file(path, history), Origin::Local),
        None => (read_strategy(&name, history), Origin::Bundled),
    };
    match read {
        Ok((strategy, _)) => Listed {
            name,
            origin,
            title: strategy.title.clone(),
            combinations: strategy.combinations(),
            missing: missing(&strategy, history).into_iter().map(|(target, _)| target).collect(),
        },
        Err(failure) => {
            let title = format!("(does not read: {})", failure.diagnostics()[0].title());
            Listed { name, origin, title, combinations: None, missing: Vec::new() }
        }
    }
}

/// One line of at most 80 columns for each strategy, the user's own first.
fn list(common: &Common, output: &Output) -> Result<()> {
    let history = History::new(open_store(common)?);
    let mut rows: Vec<Listed> =
        names().into_iter().map(|(name, path)| listed(&history, name, path.as_deref())).collect();
    rows.sort_by_key(|row| row.origin == Origin::Bundled);
    if output.is_json() {
        let rows = rows.iter().map(|row| {
            json!({
                "name": row.name,
                "origin": if row.origin == Origin::Local { "strategies" } else { "bundled" },
                "title": row.title,
                "combinations": row.combinations,
                "missing": row.missing,
            })
        });
        Output::json(&rows.collect());
        return Ok(());
    }
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    for origin in [Origin::Local, Origin::Bundled] {
        let mut group = rows.iter().filter(|row| row.origin == origin).peekable();
        if group.peek().is_some() {
            let title = if origin == Origin::Local { "In strategies/" } else { "Bundled" };
            Output::data(&format!("{title:width$}  {:>6}  title\n", "sweep"));
        }
        for row in group {
            let count = row.combinations.map_or("-".into(), |n| n.to_string());
            let star = if row.missing.is_empty() { "" } else { " *" };
            let line = format!("{:width$}  {count:>6}  {}{star}", row.name, row.title);
            Output::data(&format!("{}\n", cut(&line)));
        }
    }
    if rows.iter().any(|row| !row.missing.is_empty()) {
        let text = "needs history that is not there; `catchup strategy explain NAME` says which, and where to get it";
        Output::data(&paragraph("* ", text));
    }
    Ok(())
}

/// A line cut to 80 columns.
fn cut(line: &str) -> String {
    if line.chars().count() <= WIDTH {
        return line.to_owned();
    }
    line.chars().take(WIDTH - 1).chain(['…']).collect()
}

/// The registry of functions, for people or programs.
fn words(output: &Output) {
    if output.is_json() {
        let rows = registry().iter().map(|function| {
            json!({
                "function": function.signature(),
                "sentence": function.phrase,
                "meaning": function.meaning,
                "example": function.example,
            })
        });
        Output::json(&rows.collect());
        return;
    }
    for function in registry() {
        Output::data(&paragraph("", &function.signature()));
        if !function.phrase.is_empty() {
            Output::data(&paragraph("    ", function.phrase));
        }
        Output::data(&paragraph("    ", function.meaning));
    }
}

fn check(common: &Common, output: &Output, strategies: &[String]) -> Result<()> {
    let history = History::new(open_store(common)?);
    let mut failed = Vec::new();
    let mut rows = Vec::new();
    for text in strategies {
        let read = read_strategy(text, &history).and_then(|(strategy, _)| {
            check_names(&strategy)?;
            Ok(strategy)
        });
        match read {
            Ok(strategy) => {
                let combinations = strategy.combinations();
                let plural = if combinations == Some(1) { "" } else { "s" };
                let count = combinations.map_or("too many".into(), |n| n.to_string());
                let missing = missing(&strategy, &history);
                let targets: Vec<&str> = missing.iter().map(|(target, _)| target.as_str()).collect();
                rows.push(json!({
                    "strategy": text,
                    "ok": true,
                    "combinations": combinations,
                    "missing": targets,
                    "messages": [],
                }));
                if !output.is_json() {
                    Output::data(&paragraph("", &format!("{text}: fine, {count} combination{plural}")));
                    for (target, known) in &missing {
                        let known = known.as_ref().map_or_else(String::new, |known| format!(" ({known})"));
                        let text = format!("to run it needs history of {target}, which is not there{known}");
                        Output::data(&paragraph("  ", &text));
                    }
                }
            }
            Err(failure) => {
                let messages: Vec<_> = failure.diagnostics().iter().map(message_json).collect();
                rows.push(json!({
                    "strategy": text,
                    "ok": false,
                    "combinations": null,
                    "missing": [],
                    "messages": messages,
                }));
                failed.extend(failure.diagnostics().to_vec());
            }
        }
    }
    if output.is_json() {
        Output::json(&serde_json::Value::Array(rows));
    }
    match Failure::from_all(failed) {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

/// Series that the strategy needs and that are not there, each with what it is and where it can be had.
fn missing(strategy: &Strategy, history: &History) -> Vec<(String, Option<String>)> {
    let held = history.inventory(strategy);
    let markets = strategy.markets.iter().zip(held);
    markets
        .filter_map(|(market, held)| match held {
            Held::Nowhere(known) => Some((market.target.clone(), known)),
            _ => None,
        })
        .collect()
}

fn message_json(diagnostic: &Diagnostic) -> serde_json::Value {
    let place = diagnostic.line_and_column();
    json!({
        "message": diagnostic.title(),
        "line": place.map(|(line, _)| line),
        "column": place.map(|(_, column)| column),
        "details": diagnostic.details(),
        "hints": diagnostic.hints(),
        "text": diagnostic.render(Severity::Error, false),
    })
}

/// A file that runs, to start from.
const TEMPLATE: &str = r#"# Claim:    who leads, who lags, and why should it catch up?
# Read as:  what exactly is bought, when.
# Refuted:  what result would show that it is not so?
# Data:     which series it needs.

title = "TITLE"
# source = "where the claim was read"

[markets]                       # the names that the rules below use
russell = "Russell"             # an everyday name, a symbol, SYMBOL@vendor, or
btc     = "BTC-USD"             # { file = "prices.csv", session = "custom" }

[params]                        # `run` takes the default, `sweep` tries them all
lag  = { default = "20%", sweep = { from = "5%", to = "40%", step = "5%" } }
hold = { default = 63, sweep = [21, 63, 126] }

[entry]                         # `catchup strategy words` lists what a rule can say
long = "btc"
when = "russell hits a 252-day high and btc is over {lag} below its high"
# fill = "close"                # the next bar's; its open where left out

[exit]                          # whichever comes first; `none` is allowed everywhere
when  = "btc hits a high"
after = "{hold} days"
stop  = "25%"
# target = "100%"
# trail  = "20%"

[costs]                         # per side; "none" must be written out
commission = "10 bps"
slippage   = "5 bps"

# [study]                       # what `study` looks at besides returns
# beside  = "btc hits a high"   # how many signals have one near
# within  = "30 days"
# measure = "the 63-day correlation of btc and russell"

# [window]
# from = "2018-01-01"
# gap  = 30                     # days without a signal that end an episode
"#;

/// Writes the template, or a copy of another strategy, under a new name.
fn new(output: &Output, name: &str, like: Option<&str>) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(Diagnostic::new(format!("`{name}` cannot be a strategy's name"))
            .hint("use letters, digits, - and _, as in gold-leads-silver")
            .into());
    }
    let path = Path::new(STRATEGIES).join(format!("{name}.toml"));
    if bundled().iter().any(|strategy| strategy.name == name) {
        return Err(Diagnostic::new(format!("a bundled strategy is called `{name}` already"))
            .hint(format!(
                "choose another name: `catchup strategy new my-{name} --like {name}` writes a copy to change"
            ))
            .into());
    }
    // A link that leads nowhere is there, too.
    if path.symlink_metadata().is_ok() {
        return Err(Diagnostic::new(format!("`{}` is there already", path.display()))
            .hint("choose another name")
            .into());
    }
    let text = match like {
        Some(other) => copied(other)?,
        None => TEMPLATE.replace("TITLE", &name.replace(['-', '_'], " ")),
    };
    std::fs::create_dir_all(STRATEGIES)
        .map_err(|error| Failure::io("create", Path::new(STRATEGIES), &error))?;
    write_whole(&path, text.as_bytes())?;
    Output::data(&format!("{}\n", path.display()));
    output.note(&format!("run it: `catchup sweep {name}`"));
    Ok(())
}

/// The text of a strategy of `strategies/`, else of a bundled one.
fn copied(name: &str) -> Result<String> {
    let path = Path::new(STRATEGIES).join(format!("{name}.toml"));
    if path.is_file() {
        return read_text(&path, LARGEST_TEXT).map_err(|error| Failure::io("read", &path, &error));
    }
    match bundled().iter().find(|strategy| strategy.name == name) {
        Some(strategy) => Ok(strategy.text.to_owned()),
        None => Err(no_strategy(name).into()),
    }
}
