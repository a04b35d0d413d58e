//! `catchup scan`: every leader and laggard of a universe.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::interrupt;
use super::options::{Common, Scan as Arguments};
use super::output::Output;
use super::subject::{open_store, read_strategy};
use crate::base::diagnostic::{Diagnostic, Result};
use crate::evidence::scan::{Found, HORIZON_BARS, Pair, Total, reason, roles, scan as ask};
use crate::market::series::Series;
use crate::report::{format, paragraph, table};
use crate::results::folder::{OutputLock, RunFolder};
use crate::results::scan::{ScanManifest, ScanSummary, state};
use crate::strategy::binding::History;
use crate::strategy::file::Strategy;

/// Pairs of which the rule is not true now that are shown on the terminal; the files have all.
const SHOWN: usize = 20;

/// Reasons for leaving pairs out that are told one by one.
const REASONS: usize = 5;

pub(super) fn scan(common: &Common, output: &Output, arguments: &Arguments) -> Result<()> {
    let history = History::new(open_store(common)?);
    let (mut strategy, _) = read_strategy(&arguments.strategy, &history)?;
    for set in &arguments.set {
        strategy.set(set)?;
    }
    strategy.window.from = common.from.or(strategy.window.from);
    strategy.window.to = common.to.or(strategy.window.to);
    roles(&strategy)?;
    let universe = history.universe(&arguments.universe)?;
    if universe.len() < 2 {
        return Err(Diagnostic::new("a scan needs at least two markets")
            .detail(format!("the universe has {}", format::counted(universe.len(), "market")))
            .hint("import more daily series, or name them: --universe BTC-USD,ETH-USD,IWM")
            .into());
    }
    output.item("universe: ", &names(&universe).join(", "));
    let manifest = ScanManifest::new(&strategy, &universe);
    let lock = OutputLock::take(&place(&strategy, &manifest, common.out.as_deref())?)?;
    let pairs = common.pool()?.install(|| ask(&strategy, &universe))?;
    interrupt::check()?;

    let summary = ScanSummary::new(&strategy, &universe, &pairs);
    let place = write(lock.begin()?, &manifest, &summary)?;
    if output.is_json() {
        Output::data(&summary.to_json()?);
    } else {
        Output::data(&as_text(&strategy, &universe, &pairs));
        Output::data(&format!("\nresults: {}\n", place.display()));
    }
    Ok(())
}

/// Leaves the results of a scan at `out`; gives the folder and what was found.
pub(super) fn leave(
    strategy: &Strategy,
    universe: &[Arc<Series>],
    pairs: &[Pair],
    out: Option<&Path>,
) -> Result<(PathBuf, ScanSummary)> {
    let manifest = ScanManifest::new(strategy, universe);
    let summary = ScanSummary::new(strategy, universe, pairs);
    let folder = RunFolder::begin(&place(strategy, &manifest, out)?)?;
    Ok((write(folder, &manifest, &summary)?, summary))
}

/// Where the folder stands.
fn place(strategy: &Strategy, manifest: &ScanManifest, out: Option<&Path>) -> Result<PathBuf> {
    Ok(match out {
        Some(out) => out.to_owned(),
        None => Path::new("results").join(format!("{}-scan-{}", strategy.name, manifest.short_hash()?)),
    })
}

fn write(folder: RunFolder, manifest: &ScanManifest, summary: &ScanSummary) -> Result<PathBuf> {
    folder.write("manifest.json", manifest.to_json()?.as_bytes())?;
    folder.write("summary.json", summary.to_json()?.as_bytes())?;
    folder.write("pairs.csv", &summary.pairs_csv()?)?;
    folder.finish()
}

fn names(universe: &[Arc<Series>]) -> Vec<String> {
    universe.iter().map(|series| series.provenance().full_name()).collect()
}

fn as_text(strategy: &Strategy, universe: &[Arc<Series>], pairs: &[Pair]) -> String {
    let total = Total::of(pairs);
    let mut text = paragraph("", &strategy.title);
    let filled = |text: &str| strategy.filled_in(&strategy.defaults(), text);
    let means = format!("{} ({})", filled(&strategy.entry.text), filled(&strategy.entry.functional));
    text += &paragraph("  ", &means);
    if universe.iter().any(|series| series.provenance().simulated) {
        text += &paragraph("  ", "SIMULATED days: an example, not news");
    }
    if strategy.plan.hedge.is_some() {
        text += &paragraph("  ", "the hedge is left out: counted is what the laggard did alone");
    }
    text += &as_of(pairs);
    text += "\n";
    text += &pair_table(universe, pairs);
    text += "\n";
    for line in conclusions(&total) {
        text += &paragraph("  ", &line);
    }
    let left_out: Vec<_> = pairs.iter().filter_map(|pair| Some((pair, pair.found.as_ref().err()?))).collect();
    for (pair, failure) in left_out.iter().take(REASONS) {
        let symbols = [pair.leader, pair.laggard].map(|number| universe[number].provenance().symbol.as_str());
        text += &paragraph("  left out: ", &format!("{}: {}", symbols.join(" and "), reason(failure)));
    }
    if left_out.len() > REASONS {
        text += &paragraph(
            "  ",
            &format!("and {} more, each with its reason in pairs.csv", left_out.len() - REASONS),
        );
    }
    text
}

/// The last bars that were looked at: each laggard's own.
fn as_of(pairs: &[Pair]) -> String {
    let bars = pairs.iter().filter_map(|pair| pair.found.as_ref().ok()).map(|found| found.bar);
    let days: BTreeSet<String> = bars.map(format::day).collect();
    match (days.first(), days.last()) {
        (Some(first), Some(last)) if first == last => paragraph("  ", &format!("as of {first}")),
        (Some(first), Some(last)) => {
            paragraph("  ", &format!("as of each laggard's last bar, {first} to {last}: see pairs.csv"))
        }
        _ => String::new(),
    }
}

/// Pairs of which the rule is true come first, then those with most episodes.
fn pair_table(universe: &[Arc<Series>], pairs: &[Pair]) -> String {
    let mut found: Vec<(&Pair, &Found)> =
        pairs.iter().filter_map(|pair| Some((pair, pair.found.as_ref().ok()?))).collect();
    found.sort_by_key(|(_, found)| (found.truth != Some(true), std::cmp::Reverse(found.episodes)));
    let true_now = found.iter().filter(|(_, found)| found.truth == Some(true)).count();
    let hidden = found.len().saturating_sub(true_now + SHOWN);
    found.truncate(true_now + SHOWN);
    let higher = format!("up after {HORIZON_BARS}");
    let head = ["leader > laggard", "now", "caught up", &higher, "median", "any bar"];
    let symbol = |number: usize| universe[number].provenance().symbol.as_str();
    let rows: Vec<(String, Vec<String>)> = found
        .iter()
        .map(|(pair, found)| {
            let (after, any) = (&found.quarter.episodes, &found.quarter.all_days);
            let percent = |value: Option<f64>| value.map_or(format::NOT_AVAILABLE.into(), format::change);
            let cells = vec![
                state(found.truth).to_owned(),
                format!("{} of {}", found.caught_up, found.episodes),
                format!("{} of {}", after.up, after.n),
                percent(after.median),
                percent(any.median),
            ];
            (format!("{} > {}", symbol(pair.leader), symbol(pair.laggard)), cells)
        })
        .collect();
    let mut text = table(&head, &rows);
    if hidden > 0 {
        text += &paragraph("", &format!("({} more pairs in pairs.csv)", format::count(hidden)));
    }
    text
}

fn conclusions(total: &Total) -> Vec<String> {
    let mut lines = vec![format!(
        "{} tried: the rule is true of {} now, and never was of {}.",
        format::counted(total.pairs, "pair"),
        total.true_now,
        total.silent
    )];
    if let Some(expected) = total.expected_up {
        lines.push(format!(
            "{} bars after {} the laggard stood higher {} times; after any bar of its own market {} of them would.",
            HORIZON_BARS,
            format::counted(total.known, "episode"),
            format::count(total.up),
            format::decimal(expected, 0)
        ));
    }
    lines.push(format!(
        "The best of {} is the best by construction, and pairs that share a market or its days are not \
         independent: how much is luck is not assessed.",
        format::counted(total.pairs, "pair")
    ));
    lines
}
