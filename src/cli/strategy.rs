//! `catchup strategy`: list, check, explain, new.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::options::{Common, StrategyCommand};
use super::output::Output;
use super::subject::{STRATEGIES, Subject, load, open_store, read_file, read_strategy};
use crate::backtest::sweep::check_names;
use crate::base::diagnostic::{Diagnostic, Failure, Result, Severity};
use crate::market::series::Panel;
use crate::report::{format, paragraph};
use crate::strategy::binding::History;
use crate::strategy::file::{Strategy, bundled};
use crate::strategy::rule::{Evaluator, Vocabulary, registry};
use crate::strategy::signals::warm_up;

pub(super) fn strategy(common: &Common, output: &Output, command: StrategyCommand) -> Result<()> {
    match command {
        StrategyCommand::List => list(common, output),
        StrategyCommand::Check { strategies } => check(common, output, &strategies),
        StrategyCommand::Explain { strategy, set } => explain(common, output, &strategy, &set),
        StrategyCommand::Words => {
            words(output);
            Ok(())
        }
        StrategyCommand::New { name } => new(output, &name),
    }
}

/// Names of bundled strategies and of files in `strategies/`, which come first where both have one.
fn names() -> BTreeMap<String, Option<PathBuf>> {
    let mut names: BTreeMap<String, Option<PathBuf>> =
        bundled().iter().map(|strategy| (strategy.name.to_owned(), None)).collect();
    let files = std::fs::read_dir(STRATEGIES).into_iter().flatten().flatten().map(|entry| entry.path());
    for path in files.filter(|path| path.is_file() && path.extension().is_some_and(|e| e == "toml")) {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        names.extend(stem.map(|stem| (stem, Some(path))));
    }
    names
}

fn list(common: &Common, output: &Output) -> Result<()> {
    let history = History::new(open_store(common)?);
    let mut rows = Vec::new();
    for (name, path) in names() {
        let read = match &path {
            Some(path) => read_file(path, &history),
            None => read_strategy(&name, &history),
        };
        let (title, combinations) = match read {
            Ok((strategy, _)) => (strategy.title.clone(), strategy.combinations()),
            Err(failure) => (format!("(does not read: {})", failure.diagnostics()[0].title()), None),
        };
        rows.push((name, title, combinations));
    }
    if output.is_json() {
        let rows = rows.iter().map(|(name, title, combinations)| {
            json!({ "name": name, "title": title, "combinations": combinations })
        });
        Output::json(&rows.collect());
        return Ok(());
    }
    let width = rows.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or(0);
    for (name, title, combinations) in rows {
        let count = combinations.map_or("-".into(), |n| n.to_string());
        Output::data(&format!("{name:width$}  {count:>6}  {title}\n"));
    }
    Ok(())
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
                let unknown = without_history(&strategy, &history);
                rows.push(
                    json!({ "strategy": text, "ok": true, "combinations": combinations, "without_history": unknown, "messages": [] }),
                );
                if !output.is_json() {
                    Output::data(&format!("{text}: fine, {count} combination{plural}\n"));
                    for target in &unknown {
                        Output::data(&paragraph("  ", &format!("there is no history of `{target}` yet")));
                    }
                }
            }
            Err(failure) => {
                let messages: Vec<_> = failure.diagnostics().iter().map(message_json).collect();
                rows.push(json!({ "strategy": text, "ok": false, "messages": messages }));
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

/// Symbols of the strategy that neither the store nor the sample has.
fn without_history(strategy: &Strategy, history: &History) -> Vec<String> {
    let markets = strategy.markets.iter().zip(&strategy.files);
    let named = markets.filter(|(market, file)| file.is_none() && history.symbol(&market.target).is_none());
    named.map(|(market, _)| market.target.clone()).collect()
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

fn explain(common: &Common, output: &Output, text: &str, sets: &[String]) -> Result<()> {
    let Subject { strategy, bound } = load(common, output, text, sets)?;
    let mut lines = meaning(&strategy);
    lines.extend(history(&strategy, &bound.panel));
    lines.extend(today(&strategy, &bound.panel)?);
    print(output, &lines);
    Ok(())
}

/// A line of an explanation: its key, empty where it goes on with the one before, and its text.
type Line = (&'static str, String);

/// What the strategy says, and what it would try.
fn meaning(strategy: &Strategy) -> Vec<Line> {
    let mut lines = vec![
        ("title", strategy.title.clone()),
        ("trade", strategy.describe_trade(|market| strategy.markets[market].name.clone())),
        ("when", strategy.entry.text.clone()),
        ("means", strategy.entry.functional.clone()),
    ];
    if let Some(exit) = &strategy.exits.rule {
        lines.push(("exit rule", exit.functional.clone()));
    }
    lines.push(("orders", strategy.describe_orders()));
    let combinations = match strategy.combinations() {
        Some(1) => "1 combination".to_owned(),
        Some(n) => format!("{n} combinations"),
        None => "too many combinations to count".to_owned(),
    };
    lines.push(("sweep", combinations));
    for parameter in &strategy.parameters {
        let values: Vec<&str> = parameter.values.iter().map(|value| value.text()).collect();
        lines.push((
            "",
            format!(
                "{{{}}} = {}; in a sweep {}",
                parameter.name,
                parameter.default.text(),
                shortened(&values)
            ),
        ));
    }
    lines
}

/// The history it needs and has.
fn history(strategy: &Strategy, panel: &Panel) -> Vec<Line> {
    let mut lines = vec![("needs", needs(strategy, panel))];
    for (market, series) in strategy.markets.iter().zip(panel.members()) {
        lines.push((
            "",
            format!(
                "{} = {} ({})",
                market.name,
                series.provenance().full_name(),
                series.session().describe()
            ),
        ));
    }
    lines
}

/// The value of each part at the last bar.
fn today(strategy: &Strategy, panel: &Panel) -> Result<Vec<Line>> {
    let last = panel.len() - 1;
    let when = format!("at the close of {}, known {}", panel.label(last), panel.decision(last));
    let mut lines = vec![("today", when)];
    let mut evaluator = Evaluator::new(&strategy.graph, panel);
    let values = strategy.defaults();
    let mut told = vec![(&strategy.entry.functional, strategy.entry.node)];
    told.extend(strategy.entry.clauses.iter().map(|(text, node)| (text, *node)));
    told.extend(strategy.exits.rule.as_ref().map(|exit| (&exit.functional, exit.node)));
    told.dedup();
    for (text, node) in told {
        let value = evaluator.measures(node, &values)?[last];
        let truth = strategy.graph.is_truth(node);
        let shown = match value {
            None => "missing".to_owned(),
            Some(value) if truth => if value > 0.0 { "true" } else { "false" }.to_owned(),
            Some(value) => format!("{value:.4}"),
        };
        lines.push(("", format!("{text} = {shown}")));
    }
    Ok(lines)
}

fn print(output: &Output, lines: &[Line]) {
    if output.is_json() {
        // Lines without a key of their own belong to the last one that has it.
        let mut object: Vec<(&str, Vec<&str>)> = Vec::new();
        for (key, value) in lines {
            match object.last_mut() {
                Some((_, values)) if key.is_empty() => values.push(value),
                _ => object.push((key, vec![value])),
            }
        }
        Output::json(&object.into_iter().map(|(key, values)| (key.to_owned(), json!(values))).collect());
        return;
    }
    for (key, value) in lines {
        Output::data(&paragraph(&format!("{key:10}"), value));
    }
}

fn shortened(values: &[&str]) -> String {
    if values.len() <= 8 {
        return values.join(", ");
    }
    format!(
        "{}, {}, … {} ({} values)",
        values[0],
        values[1],
        values[values.len() - 1],
        format::count(values.len())
    )
}

/// The history the longest look-back needs.
fn needs(strategy: &Strategy, panel: &Panel) -> String {
    match warm_up(strategy, strategy.every_value(), panel) {
        Some(bar) => {
            format!("{} bars before the first decision, on {}", format::count(bar), panel.label(bar))
        }
        None => "more history than there is for its longest look-back".into(),
    }
}

/// A file that runs, to start from.
const TEMPLATE: &str = r#"# Claim:    who leads, who lags, and why should it catch up?
# Read as:  what exactly is bought, when.
# Refuted:  what result would show that it is not so?

title = "TITLE"

[markets]                       # the names that the rules below use
russell = "Russell"             # an alias, a symbol, SYMBOL@vendor, or { file = "prices.csv", session = "custom" }
btc     = "BTC-USD"

[params]                        # default is used by `run`, sweep by `sweep`
lag  = { default = "20%", sweep = { from = "5%", to = "40%", step = "5%" } }
hold = { default = 63, sweep = [21, 63, 126] }

[entry]
long = "btc"
when = "russell hits a 252-day high and btc is over {lag} below its high"

[exit]                          # whichever comes first; `none` is allowed everywhere
when  = "btc hits a high"
after = "{hold} days"
stop  = "25%"

[costs]                         # per side; "none" must be written out
commission = "10 bps"
slippage   = "5 bps"
"#;

fn new(output: &Output, name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(Diagnostic::new(format!("`{name}` cannot be a strategy's name"))
            .hint("use letters, digits, - and _, as in gold-leads-silver")
            .into());
    }
    let path = Path::new(STRATEGIES).join(format!("{name}.toml"));
    if bundled().iter().any(|strategy| strategy.name == name) {
        return Err(Diagnostic::new(format!("a bundled strategy is called `{name}` already"))
            .hint("choose another name, or copy the bundled file into strategies/ to change it")
            .into());
    }
    if path.exists() {
        return Err(Diagnostic::new(format!("`{}` is there already", path.display()))
            .hint("choose another name")
            .into());
    }
    std::fs::create_dir_all(STRATEGIES)
        .map_err(|error| Failure::io("create", Path::new(STRATEGIES), &error))?;
    let title = name.replace(['-', '_'], " ");
    std::fs::write(&path, TEMPLATE.replace("TITLE", &title))
        .map_err(|error| Failure::io("write", &path, &error))?;
    Output::data(&format!("{}\n", path.display()));
    output.note(&format!("run it: `catchup sweep {name}`"));
    Ok(())
}
