//! What a catalogue says that the program never wrote: it was edited, and nothing in it is followed.

use super::Entry;
use crate::market::store::bars_file;

/// More bars than a series has.
const MOST_ROWS: usize = 1 << 28;

/// Digits of a hash.
const DIGITS: usize = 64;

/// The first thing that cannot be true of the series of a store, in words.
pub(super) fn first(series: &[Entry]) -> Option<String> {
    let mut names: Vec<String> = series.iter().map(Entry::long_name).collect();
    names.sort_unstable();
    if let Some((twice, _)) = names.iter().zip(names.iter().skip(1)).find(|(one, other)| one == other) {
        return Some(format!("it has {twice} twice"));
    }
    let simulated = |entry: &&Entry| entry.simulated;
    if series.iter().any(|entry| simulated(&entry)) && !series.iter().all(|entry| simulated(&entry)) {
        return Some("it has simulated and real series".to_owned());
    }
    series.iter().find_map(|entry| {
        let version = |version: &Entry| {
            let strange = of_another(version, entry).then(|| "a version is of another series".to_owned());
            strange.or_else(|| of_entry(version))
        };
        let fault = of_entry(entry).or_else(|| entry.versions.iter().find_map(version));
        fault.map(|fault| format!("{}: {fault}", entry.long_name()))
    })
}

/// Whether a version cannot be one of `entry`. The bar length may differ: that of published values is told by their
/// distance.
fn of_another(version: &Entry, entry: &Entry) -> bool {
    let named = |entry: &Entry| [&entry.symbol, &entry.vendor, &entry.adjustment].map(String::clone);
    !version.versions.is_empty() || named(version) != named(entry) || version.simulated != entry.simulated
}

fn of_entry(entry: &Entry) -> Option<String> {
    let is_hash = |text: &str| text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !bars_file::is_name(&entry.parquet) {
        return Some(format!("`parquet` is `{}`, which is not the name of a file of bars", entry.parquet));
    }
    if !is_hash(&entry.bars) {
        return Some("`bars` is not a hash".to_owned());
    }
    if !(1..=MOST_ROWS).contains(&entry.rows) {
        return Some(format!("`rows` is {}", entry.rows));
    }
    if !(entry.stale_after_days.is_finite() && entry.stale_after_days > 0.0) {
        return Some(format!("`stale_after_days` is {}", entry.stale_after_days));
    }
    if !["date", "time"].contains(&entry.labels.as_str()) {
        return Some(format!("`labels` is `{}`", entry.labels));
    }
    entry.session().err().map(|failure| {
        let first = failure.diagnostics().first();
        first.map_or_else(|| "`session`".to_owned(), |fault| format!("`session`: {}", fault.title()))
    })
}
