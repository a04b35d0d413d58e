//! `catchup data`: the market store.

mod compare;

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;

use super::history::{self, entry_json};
use super::options::{Common, DataCommand, Import};
use super::output::Output;
use super::subject::open_store;
use crate::base::calendar::Label;
use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result, Severity};
use crate::base::file::{LARGEST_TEXT, read_text};
use crate::base::files::write_whole;
use crate::base::text::visible;
use crate::market::sample;
use crate::market::series::{Field, Series};
use crate::market::store::{
    Entry, Finding, HowToRead, ImportRequest, Imported, SessionSpec, Store, Stored, check_series, read_files,
};
use crate::report::{format, paragraph};

/// Bars shown at the end of a series.
const LAST_BARS: usize = 5;

pub(super) fn data(common: &Common, output: &Output, command: DataCommand) -> Result<()> {
    match command {
        DataCommand::Import(arguments) => import(common, output, &arguments),
        DataCommand::List => {
            list(output, &open_store(common)?);
            Ok(())
        }
        DataCommand::Show { series } => show(output, &open_store(common)?, &series),
        DataCommand::Check { series } => check(output, &open_store(common)?, &series),
        DataCommand::Compare { a, b } => compare::run(output, &open_store(common)?, &a, &b),
        DataCommand::Default { series } => {
            let entry = open_store(common)?.set_default(&series)?;
            output.note(&format!("{} now means {}", entry.symbol, entry.full_name()));
            Ok(())
        }
        DataCommand::Remove { series } => {
            let entry = open_store(common)?.remove(&series)?;
            output.note(&format!("removed {}", entry.full_name()));
            Ok(())
        }
        DataCommand::Versions { series } => history::versions(output, &open_store(common)?, &series),
        DataCommand::Prune { series } => history::prune(output, &mut open_store(common)?, &series),
        DataCommand::Resample { series, bar, replace } => {
            history::resample(output, &mut open_store(common)?, &series, &bar, replace)
        }
        DataCommand::Actions { series, file, replace } => {
            history::actions(output, &mut open_store(common)?, &series, &file, replace)
        }
        DataCommand::Sample => write_sample(common, output),
    }
}

fn import(common: &Common, output: &Output, arguments: &Import) -> Result<()> {
    if arguments.symbol.is_some() && arguments.files.len() > 1 {
        return Err(Diagnostic::new("--symbol goes with one file")
            .hint("import the files one by one, or let their names give the symbols")
            .into());
    }
    let close = arguments.close.as_ref().or(arguments.release_time.as_ref());
    let session = SessionSpec {
        kind: arguments.session.clone(),
        close: close.cloned(),
        timezone: close.and(arguments.timezone.clone()),
        release_lag_days: arguments.release_lag,
    };
    let reading = HowToRead {
        columns: arguments.columns.clone(),
        date_format: arguments.date_format.clone(),
        timezone: arguments.timezone.clone(),
        stamps: arguments.stamps.clone(),
        decimal: arguments.decimal.clone(),
    };
    let requests: Vec<ImportRequest> = arguments
        .files
        .iter()
        .map(|path| ImportRequest {
            path: path.clone(),
            symbol: arguments.symbol.clone(),
            vendor: arguments.vendor.clone(),
            session: session.clone(),
            adjustment: arguments.adjustment.clone(),
            reading: reading.clone(),
        })
        .collect();
    let mut store = open_store(common)?;
    let imported = store.adjusted_as_stored(read_files(&requests)?)?;
    let stored =
        if arguments.replace { store.import_in_place(&imported)? } else { store.import(&imported)? };
    for (imported, stored) in imported.iter().zip(&stored) {
        tell_import(output, imported, stored);
    }
    if output.is_json() {
        Output::json(&stored.iter().map(|stored| entry_json(&store, &stored.entry)).collect());
    }
    Ok(())
}

fn tell_import(output: &Output, imported: &Imported, stored: &Stored) {
    let report = &imported.report;
    for error in &report.errors {
        output.finding(&error.clone().about(&report.file), Severity::Error);
    }
    for warning in &report.warnings {
        output.finding(&warning.clone().about(&report.file), Severity::Warning);
    }
    if output.is_json() {
        return;
    }
    let rows = format::count(report.rows);
    let bars = format!("{} bars of {}, {} to {}", rows, report.name, report.first, report.last);
    Output::data(&paragraph("", &format!("{}: {bars}", report.file)));
    for line in history::change_in_words(stored) {
        Output::data(&paragraph("  ", &line));
    }
    for fact in std::iter::once(&report.explanation).chain(&report.facts) {
        Output::data(&paragraph("  ", fact));
    }
}

/// Whether the store has nothing, which is said together with what to do.
fn is_empty(output: &Output, store: &Store) -> bool {
    let empty = store.entries().is_empty();
    if empty {
        output.note(&format!("the store `{}` is empty", store.dir().display()));
        output.note("import price files: `catchup data import FILE…`");
    }
    empty
}

fn list(output: &Output, store: &Store) {
    if output.is_json() {
        Output::json(&store.entries().iter().map(|entry| entry_json(store, entry)).collect());
        return;
    }
    if is_empty(output, store) {
        return;
    }
    let names: Vec<String> = store
        .entries()
        .iter()
        .map(|entry| {
            format!("{}{}", store.unique_name(entry), if store.is_default(entry) { " *" } else { "" })
        })
        .collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(6);
    let bars: Vec<String> = store.entries().iter().map(|entry| format::count(entry.rows)).collect();
    let digits = bars.iter().map(String::len).max().unwrap_or(0).max(4);
    Output::data(&format!(
        "{:width$}  {:>digits$}  {:10}  {:10}  {:9}  adjusted\n",
        "series", "bars", "first", "last", "session"
    ));
    for ((entry, name), bars) in store.entries().iter().zip(names).zip(bars) {
        let kind = entry.session.kind.clone().unwrap_or_default();
        let day = |label: &str| label.chars().take(10).collect::<String>();
        Output::data(&format!(
            "{name:width$}  {bars:>digits$}  {:10}  {:10}  {kind:9}  {}\n",
            day(&entry.first),
            day(&entry.last),
            adjusted_for(&entry.adjustment)
        ));
    }
    if store.entries().iter().any(|entry| entry.simulated) {
        Output::data("the days of these series are simulated\n");
    }
}

/// What prices are adjusted for, in a column's width.
fn adjusted_for(adjustment: &str) -> &str {
    match adjustment {
        "split" => "splits",
        "split-and-dividend" => "both",
        "none" => "no",
        _ => "unknown",
    }
}

fn show(output: &Output, store: &Store, name: &str) -> Result<()> {
    let entry = store.resolve(name)?;
    let series = store.load(entry)?;
    if output.is_json() {
        Output::json(&entry_json(store, entry));
        return Ok(());
    }
    let lines = [
        ("series", store.unique_name(entry)),
        (
            "bars",
            format!("{} of {}, {} to {}", format::count(entry.rows), entry.bar, entry.first, entry.last),
        ),
        ("session", format!("{}: {}", series.session().name(), series.session().describe())),
        ("adjustment", entry.adjustment.clone()),
        ("simulated", if entry.simulated { "yes: its days never happened" } else { "no" }.to_owned()),
        ("file", entry.file.clone()),
        ("hash", entry.hash.clone()),
        ("stale after", format::duration(entry.stale_after_days)),
        ("versions", format!("{} before this one", entry.versions.len())),
    ];
    let origin = entry.origin.iter().map(|origin| ("made from", origin.clone()));
    for (key, value) in lines.into_iter().chain(origin) {
        Output::data(&format!("{key:12}{}\n", visible(&value)));
    }
    Output::data(&format!("\n{}", last_bars(&series)));
    Ok(())
}

/// The last rows, each column as wide as its widest cell; columns that the series does not have are left out.
fn last_bars(series: &Series) -> String {
    let fields = [Field::Open, Field::High, Field::Low, Field::Close];
    let columns: Vec<(Field, &[f64])> =
        fields.iter().filter_map(|field| Some((*field, series.column(*field)?))).collect();
    let bars = series.len().saturating_sub(LAST_BARS)..series.len();
    let mut rows = vec![
        std::iter::once("label".to_owned())
            .chain(columns.iter().map(|(field, _)| field.name().to_owned()))
            .chain(["known at".to_owned()])
            .collect::<Vec<String>>(),
    ];
    rows.extend(bars.map(|bar| {
        let prices = columns.iter().map(|(_, column)| format::price(column[bar]));
        let known = format::day(Label::time(series.known_at(bar)));
        std::iter::once(format::day(series.label(bar))).chain(prices).chain([known]).collect()
    }));
    let last = columns.len() + 1;
    let widths: Vec<usize> =
        (0..last).map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let _ = write!(text, "{:1$}", row[0], widths[0]);
        for at in 1..last {
            let _ = write!(text, "  {:>1$}", row[at], widths[at]);
        }
        let _ = writeln!(text, "  {}", row[last]);
    }
    text
}

fn check(output: &Output, store: &Store, names: &[String]) -> Result<()> {
    if names.is_empty() && !output.is_json() && is_empty(output, store) {
        return Ok(());
    }
    let entries: Vec<&Entry> = if names.is_empty() {
        store.entries().iter().collect()
    } else {
        names.iter().map(|name| store.resolve(name)).collect::<Result<_>>()?
    };
    let mut errors = Vec::new();
    let mut checked = Vec::new();
    for entry in entries {
        let findings = check_series(&store.load(entry)?);
        if output.is_json() {
            checked.extend(findings.iter().map(|finding| {
                json!({
                    "series": store.unique_name(entry),
                    "check": finding.check,
                    "severity": severity(finding),
                    "row": finding.row.map(|row| row.to_string()),
                    "what": finding.what,
                    "remedy": finding.remedy,
                })
            }));
        } else {
            tell_findings(output, &store.unique_name(entry), &findings);
        }
        let errors_of = findings.iter().filter(|finding| finding.severity == Severity::Error);
        errors.extend(errors_of.map(|_| store.unique_name(entry)));
    }
    if output.is_json() {
        Output::json(&serde_json::Value::Array(checked));
    }
    errors.dedup();
    if errors.is_empty() {
        return Ok(());
    }
    let failure = Failure::from(Diagnostic::new(format!("these series have errors: {}", errors.join(", "))));
    Err(failure.with_exit(Exit::Failed))
}

fn severity(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Error => "error",
        Severity::Warning if finding.is_fact() => "fact",
        Severity::Warning => "warning",
    }
}

fn tell_findings(output: &Output, name: &str, findings: &[Finding]) {
    let (facts, findings): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().partition(|finding| finding.is_fact());
    Output::data(&format!("{name}: {}\n", how_many(&findings)));
    for fact in facts {
        Output::data(&paragraph("  ", &fact.what));
    }
    for finding in findings {
        let message = finding.diagnostic();
        Output::colored_data(&Output::wrapped(&message, finding.severity, output.color_on_stdout()));
    }
}

/// `1 error, 2 warnings`.
fn how_many(findings: &[&Finding]) -> String {
    if findings.is_empty() {
        return "nothing found".to_owned();
    }
    let of = |severity: Severity, noun: &str| {
        let count = findings.iter().filter(|finding| finding.severity == severity).count();
        (count > 0).then(|| format!("{count} {noun}{}", if count == 1 { "" } else { "s" }))
    };
    let parts: Vec<String> =
        [of(Severity::Error, "error"), of(Severity::Warning, "warning")].into_iter().flatten().collect();
    parts.join(", ")
}

fn write_sample(common: &Common, output: &Output) -> Result<()> {
    let Some(folder) = &common.out else {
        return Err(Diagnostic::new("say where to write the sample").hint("--out DIR").into());
    };
    std::fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
    let files = sample::generate(sample::anchors(), sample::SEED)?;
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| folder.join(name)).collect();
    for (path, (_, text)) in paths.iter().zip(&files) {
        if path.symlink_metadata().is_ok() && !read_text(path, LARGEST_TEXT).is_ok_and(|there| there == *text)
        {
            return Err(Diagnostic::new(format!(
                "`{}` is there already, and is not the sample",
                path.display()
            ))
            .detail("nothing was written")
            .hint("choose another folder with --out")
            .into());
        }
    }
    for (path, (_, text)) in paths.iter().zip(&files) {
        write_whole(path, text.as_bytes())?;
        output.note(&format!("wrote {}", path.display()));
    }
    Ok(())
}
