//! `catchup data versions`, `prune`, `resample` and `actions`: what a stored series was before, and what is made of it.

use std::path::Path;

use serde_json::json;

use super::output::Output;
use crate::base::diagnostic::Result;
use crate::market::store::{Change, Derived, Entry, Store, Stored};
use crate::report::{format, paragraph};

pub(super) fn entry_json(store: &Store, entry: &Entry) -> serde_json::Value {
    json!({
        "name": entry.full_name(),
        "symbol": entry.symbol,
        "vendor": entry.vendor,
        "bar": entry.bar,
        "adjustment": entry.adjustment,
        "session": entry.session.kind,
        "simulated": entry.simulated,
        "file": entry.file,
        "hash": entry.hash,
        "bars": entry.bars,
        "origin": entry.origin,
        "versions": entry.versions.len(),
        "first": entry.first,
        "last": entry.last,
        "rows": entry.rows,
        "default": store.is_default(entry),
    })
}

/// What became of the rows that were there, a line each.
pub(super) fn change_in_words(stored: &Stored) -> Vec<String> {
    let entry = &stored.entry;
    let now = format!("{} bars, {} to {}", format::count(entry.rows), entry.first, entry.last);
    match &stored.change {
        Change::New => Vec::new(),
        Change::Same => vec![format!("nothing new: the store has all of it ({now})")],
        Change::Extended { before, after, shared } => {
            let sides = [(*after, "after the last one"), (*before, "before the first one")];
            let added: Vec<String> = sides
                .iter()
                .filter(|(rows, _)| *rows > 0)
                .map(|(rows, place)| format!("{} {place}", format::counted(*rows, "bar")))
                .collect();
            let compared = match shared {
                0 => "no bar in common, so prices could not be compared".to_owned(),
                _ => format!("{} in common, all equal", format::counted(*shared, "bar")),
            };
            vec![format!("added {}; {compared}", added.join(" and ")), format!("the series is now {now}")]
        }
        Change::Replaced(clash) => {
            let mut lines = vec!["in place of the one before, which is kept as a version:".to_owned()];
            lines.extend(clash.lines());
            lines
        }
    }
}

pub(super) fn versions(output: &Output, store: &Store, name: &str) -> Result<()> {
    let versions = store.versions(name)?;
    if output.is_json() {
        Output::json(&versions.iter().map(|version| entry_json(store, version)).collect());
        return Ok(());
    }
    let ends: Vec<[String; 2]> = versions
        .iter()
        .map(|version| [&version.first, &version.last].map(|label| label.replace(":00Z", "Z")))
        .collect();
    let width = ends.iter().flatten().map(String::len).max().unwrap_or(0).max("first".len());
    Output::data(&format!(
        "{:12}  {:12}  {:>9}  {:width$}  {:width$}  file\n",
        "bars", "hash", "rows", "first", "last"
    ));
    for (at, (version, [first, last])) in versions.iter().zip(&ends).enumerate() {
        let digits = |hash: &str| hash.chars().take(12).collect::<String>();
        Output::data(&format!(
            "{:12}  {:12}  {:>9}  {first:width$}  {last:width$}  {}{}\n",
            digits(&version.bars),
            digits(&version.hash),
            format::count(version.rows),
            version.file,
            if at + 1 == versions.len() { " (now)" } else { "" }
        ));
    }
    Ok(())
}

pub(super) fn prune(output: &Output, store: &mut Store, names: &[String]) -> Result<()> {
    let gone = store.prune(names)?;
    for version in &gone {
        output.note(&format!(
            "deleted {} of {}: {} to {}",
            version.bars.chars().take(12).collect::<String>(),
            version.long_name(),
            version.first,
            version.last
        ));
    }
    output.note(&format!("{} deleted", format::counted(gone.len(), "old version")));
    Ok(())
}

pub(super) fn resample(
    output: &Output,
    store: &mut Store,
    name: &str,
    to: &str,
    replace: bool,
) -> Result<()> {
    let derived = store.resample(name, to, replace)?;
    tell(output, store, &[derived]);
    Ok(())
}

pub(super) fn actions(
    output: &Output,
    store: &mut Store,
    name: &str,
    file: &Path,
    replace: bool,
) -> Result<()> {
    let derived = store.apply_actions(name, file, replace)?;
    tell(output, store, &derived);
    Ok(())
}

fn tell(output: &Output, store: &Store, derived: &[Derived]) {
    let entry = |derived: &Derived| -> Entry { derived.stored.entry.clone() };
    if output.is_json() {
        Output::json(&derived.iter().map(|derived| entry_json(store, &entry(derived))).collect());
        return;
    }
    for derived in derived {
        let entry = entry(derived);
        let rows = format::count(entry.rows);
        Output::data(&format!(
            "{}: {rows} bars, {} to {}\n",
            store.unique_name(&entry),
            entry.first,
            entry.last
        ));
        let change = change_in_words(&derived.stored);
        for line in entry.origin.iter().chain(&derived.facts).chain(&change) {
            Output::data(&paragraph("  ", line));
        }
    }
}
