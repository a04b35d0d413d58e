//! What was found goes into a folder and onto the terminal.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::interrupt;
use super::options::Common;
use super::output::Output;
use crate::backtest::metrics::{self, Metric};
use crate::backtest::simulator::Ledger;
use crate::backtest::single::{self, Beside, Run, Setup};
use crate::backtest::sweep::{Swept, number_of};
use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::evidence::event_study::EventStudy;
use crate::evidence::verdict::Verdict;
use crate::report::compose::{Findings, compose};
use crate::report::content::{self, Report};
use crate::report::{render_charts, render_page, render_terminal};
use crate::results::folder::RunFolder;
use crate::results::manifest::{Kind, Manifest, RankingFacts};
use crate::results::summary::{
    BesideFacts, Best, BestCombination, CostFacts, Counts, Evidence, StudyFacts, Summary, metric_facts,
};
use crate::results::tables;
use crate::strategy::file::Strategy;
use crate::strategy::rule::Assignment;
use crate::strategy::signals::{Episode, LookAhead};

/// How a sweep ranks and what it keeps.
pub(super) struct SweepOptions {
    pub(super) capital: f64,
    pub(super) metric: &'static Metric,
    pub(super) curves: usize,
}

/// Everything a command found.
pub(super) struct Found<'a> {
    pub(super) setup: &'a Setup<'a>,
    pub(super) kind: Kind,
    pub(super) shown: content::Kind,
    pub(super) run: Run,
    pub(super) study: EventStudy,
    pub(super) look_ahead: LookAhead,
    pub(super) verdict: Verdict,
    pub(super) sweep: Option<(Swept, SweepOptions)>,
    pub(super) sample_taken: bool,
}

/// Writes the folder, prints the summary, and names the report. Gives the folder.
pub(super) fn deliver(
    common: &Common,
    output: &Output,
    found: &Found<'_>,
    with_report: bool,
    out: Option<PathBuf>,
) -> Result<PathBuf> {
    let ranking = found
        .sweep
        .as_ref()
        .map(|(_, options)| RankingFacts { metric: options.metric.name, curves: options.curves });
    let manifest = Manifest::new(found.kind, found.setup, ranking, common.seed);
    let place = out.unwrap_or_else(|| {
        let name = format!("{}-{}-{}", found.setup.strategy.name, found.kind.name(), manifest.short_hash());
        Path::new("results").join(name)
    });
    let folder = RunFolder::begin(&place)?;
    let beside = if found.kind == Kind::Study { Vec::new() } else { found.setup.beside(&found.run)? };
    let summary = summary(found, &beside).to_json().map_err(|error| unwritable(&error))?;
    folder.write("manifest.json", manifest.to_json().map_err(|error| unwritable(&error))?.as_bytes())?;
    folder.write("summary.json", summary.as_bytes())?;
    write_tables(&folder, found)?;
    if found.kind == Kind::Run {
        folder.write("beside.csv", &tables::beside(found.setup, &beside)?)?;
    }
    let report = compose(&Findings {
        setup: found.setup,
        kind: found.shown,
        run: &found.run,
        beside: &beside,
        study: &found.study,
        look_ahead: found.look_ahead,
        verdict: &found.verdict,
        sweep: found.sweep.as_ref().map(|(swept, options)| (swept, options.metric)),
        sample_taken: found.sample_taken,
        seed: common.seed,
    });
    if with_report {
        write_report(&folder, &report)?;
    }
    interrupt::check()?;
    let place = folder.finish()?;
    if output.is_json() {
        Output::data(&summary);
    } else {
        Output::data(&render_terminal(&report, output.color_on_stdout()));
        let named = if with_report { place.join("report.html") } else { place.clone() };
        let word = if with_report { "report" } else { "results" };
        Output::data(&format!("\n{word}: {}\n", named.display()));
    }
    Ok(place)
}

fn unwritable(error: &serde_json::Error) -> Failure {
    Diagnostic::new(format!("a result cannot be written as JSON: {error}")).into()
}

fn write_report(folder: &RunFolder, report: &Report) -> Result<()> {
    for chart in render_charts(report)? {
        folder.write(&format!("charts/{}.svg", chart.name), chart.svg.as_bytes())?;
        folder.write(&format!("charts/{}.png", chart.name), &chart.png)?;
    }
    folder.write("report.html", render_page(report)?.as_bytes())
}

fn write_tables(folder: &RunFolder, found: &Found<'_>) -> Result<()> {
    let setup = found.setup;
    let episodes: Vec<Episode> = found.study.episodes.iter().map(|study| study.episode.clone()).collect();
    match &found.sweep {
        Some((swept, options)) => {
            folder.write("combinations.parquet", &tables::combinations(setup.strategy, swept)?)?;
            folder.write("equity.parquet", &tables::curves(setup, &chosen_curves(found, swept, options)?)?)
        }
        None => {
            folder.write("signals.csv", &tables::signals(setup, &found.run, &episodes)?)?;
            if found.kind == Kind::Run {
                folder.write("trades.csv", &tables::trades(setup, &found.run)?)?;
                folder.write("fills.csv", &tables::fills(setup, &found.run.ledger)?)?;
                folder.write("equity.csv", &tables::equity(setup, &found.run.ledger)?)?;
            }
            Ok(())
        }
    }
}

/// The curves of the best combinations and of the default, by number.
fn chosen_curves(found: &Found<'_>, swept: &Swept, options: &SweepOptions) -> Result<Vec<(u64, Ledger)>> {
    let strategy = found.setup.strategy;
    let mut numbers: Vec<u64> = swept.ranking(options.metric).into_iter().take(options.curves).collect();
    numbers.extend(number_of(strategy, &strategy.defaults()));
    numbers.sort_unstable();
    numbers.dedup();
    numbers
        .into_iter()
        .map(|number| Ok((number, single::run(found.setup, &strategy.combination(number))?.ledger)))
        .collect()
}

fn summary(found: &Found<'_>, beside: &[Beside]) -> Summary {
    let setup = found.setup;
    let counts = Counts {
        signals: found.run.signals.len(),
        episodes: found.study.episodes.len(),
        combinations: found.sweep.as_ref().map(|(swept, _)| swept.outcome_of.len()),
        distinct_outcomes: found.sweep.as_ref().map(|(swept, _)| swept.outcomes.len()),
        combinations_without_trade: found.sweep.as_ref().map(|(swept, _)| swept.without_trade()),
        ..Counts::default()
    };
    let traded = found.kind != Kind::Study;
    let (numbers, reasons) = metric_facts(&found.run.metrics);
    Summary {
        kind: found.kind.name(),
        title: setup.strategy.title.clone(),
        simulated: setup.panel.is_simulated(),
        assumed: setup.strategy.assumed.clone(),
        parameters: written(setup.strategy, &found.run.values),
        counts: if traded { counts.with_trades(&found.run.ledger.trades) } else { counts },
        look_ahead: found.look_ahead.into(),
        metrics: traded.then_some(numbers),
        undefined: traded.then_some(reasons),
        costs: traded.then(|| {
            CostFacts::new(&found.run.ledger, |bar| setup.panel.label(setup.window.start + bar).to_string())
        }),
        beside: traded.then(|| beside.iter().map(BesideFacts::from).collect()),
        study: StudyFacts::new(&found.study, |bar| setup.panel.label(bar).to_string()),
        best: found.sweep.as_ref().map(|(swept, options)| best(setup, swept, options)),
        evidence: Evidence::default(),
        verdict: (&found.verdict).into(),
    }
}

fn best(setup: &Setup<'_>, swept: &Swept, options: &SweepOptions) -> Best {
    let strategy = setup.strategy;
    let index = metrics::index_of(options.metric.name).unwrap_or(0);
    let combinations = swept.ranking(options.metric).into_iter().take(options.curves).map(|number| {
        let parameters = written(strategy, &strategy.combination(number));
        BestCombination { combination: number, parameters, value: swept.ranked_value(number, index).ok() }
    });
    Best { metric: options.metric.name, combinations: combinations.collect() }
}

/// Each parameter's value as written.
fn written(strategy: &Strategy, values: &Assignment) -> BTreeMap<String, String> {
    let named = strategy.parameters.iter().zip(&values.0);
    named.map(|(parameter, value)| (parameter.name.clone(), value.text().to_owned())).collect()
}
