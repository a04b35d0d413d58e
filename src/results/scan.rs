//! What a scan leaves behind: its manifest, its summary, a row per pair.

use std::sync::Arc;

use serde::Serialize;

use super::manifest::{Asked, ParameterValues, SeriesFacts, StrategyText, VERSION, sealed};
use super::tables::csv;
use crate::base::diagnostic::{Diagnostic, Result};
use crate::evidence::scan::{HORIZON_BARS, Pair, Total, reason};
use crate::market::series::Series;
use crate::strategy::file::Strategy;

/// What went into a scan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScanManifest {
    version: &'static str,
    command: String,
    strategy: StrategyText,
    parameters: Vec<ParameterValues>,
    asked: Asked,
    series: Vec<SeriesFacts>,
    simulated: bool,
    assumed: Vec<String>,
}

/// What a scan found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScanSummary {
    kind: &'static str,
    title: String,
    simulated: bool,
    horizon_bars: usize,
    counts: TotalFacts,
    pairs: Vec<PairFacts>,
}

/// All pairs together.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct TotalFacts {
    pairs: usize,
    left_out: usize,
    true_now: usize,
    silent: usize,
    episodes: usize,
    episodes_with_return: usize,
    episodes_up: usize,
    expected_up: Option<f64>,
}

/// One pair. What could not be asked has a reason and no figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct PairFacts {
    leader: String,
    laggard: String,
    state: Option<&'static str>,
    bar: Option<String>,
    known_at: Option<String>,
    signals: Option<usize>,
    last_signal: Option<String>,
    episodes: Option<usize>,
    caught_up: Option<usize>,
    up: Option<usize>,
    known: Option<usize>,
    median: Option<f64>,
    share_up_any_bar: Option<f64>,
    median_any_bar: Option<f64>,
    left_out: Option<String>,
}

/// `true`, `false` or `missing`.
pub fn state(truth: Option<bool>) -> &'static str {
    match truth {
        Some(true) => "true",
        Some(false) => "false",
        None => "missing",
    }
}

impl PairFacts {
    fn new(pair: &Pair, universe: &[Arc<Series>]) -> Self {
        let name = |number: usize| universe[number].provenance().full_name();
        let found = pair.found.as_ref().ok();
        Self {
            leader: name(pair.leader),
            laggard: name(pair.laggard),
            state: found.map(|found| state(found.truth)),
            bar: found.map(|found| found.bar.to_string()),
            known_at: found.map(|found| found.known_at.to_string()),
            signals: found.map(|found| found.signals),
            last_signal: found.and_then(|found| found.last_signal).map(|label| label.to_string()),
            episodes: found.map(|found| found.episodes),
            caught_up: found.map(|found| found.caught_up),
            up: found.map(|found| found.quarter.episodes.up),
            known: found.map(|found| found.quarter.episodes.n),
            median: found.and_then(|found| found.quarter.episodes.median),
            share_up_any_bar: found.and_then(|found| found.quarter.all_days.share_up()),
            median_any_bar: found.and_then(|found| found.quarter.all_days.median),
            left_out: pair.found.as_ref().err().map(reason),
        }
    }
}

impl ScanManifest {
    /// Describes a scan. Each series stands under its full name.
    pub fn new(strategy: &Strategy, universe: &[Arc<Series>]) -> Self {
        let names: Vec<String> = universe.iter().map(|series| series.provenance().full_name()).collect();
        let mut command = format!("catchup scan {} --universe {}", strategy.name, names.join(","));
        for parameter in &strategy.parameters {
            command += &format!(" --set \"{}={}\"", parameter.name, parameter.default.text());
        }
        for (option, date) in [("--from", strategy.window.from), ("--to", strategy.window.to)] {
            command += &date.map(|date| format!(" {option} {date}")).unwrap_or_default();
        }
        Self {
            version: VERSION,
            command,
            strategy: StrategyText::new(strategy),
            parameters: strategy.parameters.iter().map(ParameterValues::new).collect(),
            asked: Asked::new(strategy),
            series: universe
                .iter()
                .zip(&names)
                .map(|(series, name)| SeriesFacts::new(name, name, series))
                .collect(),
            simulated: universe.iter().any(|series| series.provenance().simulated),
            assumed: strategy.assumed.clone(),
        }
    }

    /// The manifest as JSON.
    ///
    /// # Errors
    /// Where a number is not finite, which would be a bug.
    pub fn to_json(&self) -> Result<String> {
        json(self).map(|json| sealed(&json))
    }

    /// Eight hexadecimal digits that tell scans with other inputs apart.
    ///
    /// # Errors
    /// As [`ScanManifest::to_json`].
    pub fn short_hash(&self) -> Result<String> {
        Ok(blake3::hash(json(self)?.as_bytes()).to_hex()[..8].to_owned())
    }
}

impl ScanSummary {
    /// Tells what was found, pair by pair.
    pub fn new(strategy: &Strategy, universe: &[Arc<Series>], pairs: &[Pair]) -> Self {
        let total = Total::of(pairs);
        Self {
            kind: "scan",
            title: strategy.title.clone(),
            simulated: universe.iter().any(|series| series.provenance().simulated),
            horizon_bars: HORIZON_BARS,
            counts: TotalFacts {
                pairs: total.pairs,
                left_out: total.left_out,
                true_now: total.true_now,
                silent: total.silent,
                episodes: total.episodes,
                episodes_with_return: total.known,
                episodes_up: total.up,
                expected_up: total.expected_up,
            },
            pairs: pairs.iter().map(|pair| PairFacts::new(pair, universe)).collect(),
        }
    }

    /// The summary as JSON.
    ///
    /// # Errors
    /// Where a number is not finite, which would be a bug.
    pub fn to_json(&self) -> Result<String> {
        json(self)
    }

    /// `pairs.csv`: a row per pair; what is undefined is empty.
    ///
    /// # Errors
    /// Where the table cannot be encoded.
    pub fn pairs_csv(&self) -> Result<Vec<u8>> {
        let header = [
            "leader",
            "laggard",
            "state",
            "bar",
            "known_at",
            "signals",
            "last_signal",
            "episodes",
            "caught_up",
            "up",
            "known",
            "median",
            "share_up_any_bar",
            "median_any_bar",
            "left_out",
        ];
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let whole = |value: Option<usize>| value.map(|n| n.to_string()).unwrap_or_default();
        let number = |value: Option<f64>| value.map(|n| n.to_string()).unwrap_or_default();
        let rows = self.pairs.iter().map(|pair| {
            vec![
                pair.leader.clone(),
                pair.laggard.clone(),
                pair.state.unwrap_or_default().to_owned(),
                text(&pair.bar),
                text(&pair.known_at),
                whole(pair.signals),
                text(&pair.last_signal),
                whole(pair.episodes),
                whole(pair.caught_up),
                whole(pair.up),
                whole(pair.known),
                number(pair.median),
                number(pair.share_up_any_bar),
                number(pair.median_any_bar),
                text(&pair.left_out),
            ]
        });
        csv(&header.map(str::to_owned), rows)
    }
}

fn json(value: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string_pretty(value);
    text.map(|json| json + "\n")
        .map_err(|error| Diagnostic::new(format!("a result cannot be written as JSON: {error}")).into())
}
