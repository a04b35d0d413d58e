//! What was found goes into a folder and onto the terminal.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::interrupt;
use super::output::Output;
use crate::backtest::metrics::Metric;
use crate::backtest::portfolio::{Outcome, Portfolio};
use crate::backtest::simulator::Ledger;
use crate::backtest::single::{Benchmark, Run, Setup};
use crate::backtest::sweep::{Family, Landscape, Member, Swept, Tally};
use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::evidence::beside::Besides;
use crate::evidence::event_study::EventStudy;
use crate::evidence::verdict::{Trials, Verdict};
use crate::report::compose::{Findings, compose};
use crate::report::content::{self, Report};
use crate::report::{render_charts, render_page, render_terminal};
use crate::results::curves::Curve;
use crate::results::folder::RunFolder;
use crate::results::manifest::{Kind, Manifest};
use crate::results::summary::{
    BenchmarkFacts, Best, BestCombination, CostFacts, Counts, DaysFacts, Evidence, LandscapeFacts,
    MemberFacts, StudyFacts, Summary, metric_facts,
};
use crate::results::{self, tables};
use crate::strategy::file::Strategy;
use crate::strategy::rule::Assignment;
use crate::strategy::signals::{Episode, LookAhead, Span};

/// What a sweep found, and how it ranks.
pub(super) struct SweepFound<'a> {
    pub(super) family: &'a Family<'a>,
    pub(super) swept: Swept,
    pub(super) metric: &'static Metric,
    /// How many of the best are told of.
    pub(super) best: usize,
    /// The combinations whose curves are written.
    pub(super) curves: Vec<u64>,
    pub(super) landscape: Option<Landscape>,
}

impl SweepFound<'_> {
    /// What was tried.
    pub(super) fn trials(&self) -> Trials {
        Trials { combinations: self.swept.outcome_of.len(), outcomes: self.swept.outcomes.len() }
    }
}

/// Everything a command found.
pub(super) struct Found<'a> {
    pub(super) setup: &'a Setup<'a>,
    /// Several laggards, and what they did.
    pub(super) several: Option<(&'a Portfolio<'a>, Outcome)>,
    pub(super) kind: Kind,
    pub(super) shown: content::Kind,
    pub(super) run: Run,
    pub(super) study: EventStudy,
    pub(super) besides: Besides,
    pub(super) look_ahead: LookAhead,
    pub(super) verdict: Verdict,
    pub(super) sweep: Option<SweepFound<'a>>,
    /// Each choice of symbols and strategy with the days it would have alone, where there are several.
    pub(super) days: Vec<(String, Span)>,
    pub(super) sample_taken: bool,
}

/// Where a run's folder stands, unless `--out` says otherwise.
pub(super) fn place(out: Option<PathBuf>, name: &str, kind: Kind, manifest: &Manifest) -> PathBuf {
    out.unwrap_or_else(|| {
        let name = format!("{name}-{}-{}", kind.name(), manifest.short_hash());
        Path::new("results").join(name)
    })
}

/// Fills the folder and puts it in its place, prints the summary, and names the report. Gives the folder.
pub(super) fn deliver(
    output: &Output,
    found: &Found<'_>,
    (folder, manifest): (RunFolder, &Manifest),
    with_report: bool,
) -> Result<PathBuf> {
    let benchmarks = match &found.several {
        _ if found.kind == Kind::Study => Vec::new(),
        Some((portfolio, outcome)) => portfolio.benchmarks(outcome)?,
        None => found.setup.benchmarks(&found.run)?,
    };
    let summary = summary(found, &benchmarks).to_json().map_err(|error| unwritable(&error))?;
    folder.write("manifest.json", manifest.to_json().map_err(|error| unwritable(&error))?.as_bytes())?;
    folder.write("summary.json", summary.as_bytes())?;
    write_tables(&folder, found)?;
    if found.kind == Kind::Run {
        folder.write("benchmarks.csv", &tables::benchmarks(found.setup, &benchmarks)?)?;
    }
    let report = compose(&Findings {
        setup: found.setup,
        several: found.several.as_ref().map(|(portfolio, outcome)| (*portfolio, outcome)),
        kind: found.shown,
        run: &found.run,
        benchmarks: &benchmarks,
        study: &found.study,
        besides: &found.besides,
        look_ahead: found.look_ahead,
        verdict: &found.verdict,
        sweep: found.sweep.as_ref().map(|sweep| (&sweep.swept, sweep.metric, sweep.family)),
        days: &found.days,
        sample_taken: found.sample_taken,
        seed: manifest.seed,
        pictures: with_report,
    });
    if with_report {
        write_report(&folder, &report)?;
    }
    if interrupt::requested() && folder.is_resumable() {
        return Err(interrupt::resumable());
    }
    interrupt::check()?;
    let place = folder.finish()?;
    if output.is_silent() {
        return Ok(place);
    }
    if output.is_json() {
        Output::data(&summary);
    } else {
        Output::colored_data(&render_terminal(&report, output.color_on_stdout()));
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
    if let (Some((portfolio, outcome)), None) = (&found.several, &found.sweep) {
        folder.write("signals.csv", &tables::several::signals(portfolio, outcome)?)?;
        if found.kind == Kind::Run {
            folder.write("trades.csv", &tables::several::trades(portfolio, outcome)?)?;
            folder.write("fills.csv", &tables::several::fills(portfolio, outcome)?)?;
            folder.write("equity.csv", &tables::several::equity(portfolio, outcome)?)?;
        }
        return Ok(());
    }
    let episodes: Vec<Episode> = found.study.episodes.iter().map(|study| study.episode.clone()).collect();
    match &found.sweep {
        Some(sweep) => folder.write("equity.parquet", &curves(found, sweep)?),
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

/// The accounts under some combinations as a table; that of the default is there already.
fn curves(found: &Found<'_>, sweep: &SweepFound<'_>) -> Result<Vec<u8>> {
    let first = sweep.family.member(0);
    let ledger = |number: &u64| {
        let member = sweep.family.member(*number);
        let values = member.setup.strategy.combination(number - member.first);
        let is_default = member.numbers == first.numbers && values == found.run.values;
        let ledger =
            if is_default { Cow::Borrowed(&found.run.ledger) } else { Cow::Owned(member.ledger(&values)?) };
        Ok((*number, &member.setup, ledger))
    };
    let accounts: Vec<(u64, &Setup<'_>, Cow<'_, Ledger>)> =
        sweep.curves.par_iter().map(ledger).collect::<Result<_>>()?;
    let curves: Vec<Curve<'_>> = accounts
        .iter()
        .map(|(number, setup, ledger)| Curve { number: *number, setup, ledger: ledger.as_ref() })
        .collect();
    results::curves::curves(&curves)
}

fn summary(found: &Found<'_>, benchmarks: &[Benchmark]) -> Summary {
    let setup = found.setup;
    let swept = found.sweep.as_ref().map(|sweep| &sweep.swept);
    let counts = Counts {
        signals: found.run.signals.len(),
        episodes: found.study.episodes.len(),
        combinations: swept.map(|swept| swept.outcome_of.len()),
        distinct_outcomes: swept.map(|swept| swept.outcomes.len()),
        combinations_without_trade: swept.map(Swept::without_trade),
        ..Counts::default()
    };
    let traded = found.kind != Kind::Study;
    let wanting = found.several.as_ref().filter(|_| traded).map(|(_, outcome)| outcome.wanting());
    let counts = Counts {
        without_place: wanting.map(|(places, _)| places),
        without_cash: wanting.map(|(_, cash)| cash),
        ..counts
    };
    let hedged = setup.strategy.plan.hedge.is_some();
    let (numbers, reasons) = metric_facts(&found.run.metrics);
    Summary {
        kind: found.kind.name(),
        title: setup.strategy.title.clone(),
        simulated: setup.panel.is_simulated(),
        assumed: setup.strategy.assumed.clone(),
        parameters: written(setup.strategy, &found.run.values),
        counts: if traded { counts.with_trades(&found.run.ledger, hedged) } else { counts },
        look_ahead: found.look_ahead.into(),
        metrics: traded.then_some(numbers),
        undefined: traded.then_some(reasons),
        costs: traded.then(|| {
            CostFacts::new(&found.run.ledger, |bar| setup.panel.label(setup.window.start + bar).to_string())
        }),
        benchmarks: traded.then(|| benchmarks.iter().map(BenchmarkFacts::from).collect()),
        study: StudyFacts::new(&found.study, |bar| setup.panel.label(bar).to_string())
            .with_besides(&found.besides),
        best: found.sweep.as_ref().map(best),
        members: found.sweep.as_ref().map(members).unwrap_or_default(),
        landscape: found.sweep.as_ref().and_then(|sweep| sweep.landscape.clone()).map(LandscapeFacts::from),
        evidence: Evidence::default(),
        verdict: (&found.verdict).into(),
    }
}

fn best(sweep: &SweepFound<'_>) -> Best {
    let combinations = sweep.swept.best(sweep.best).into_iter().map(|number| {
        let member = sweep.family.member(number);
        let strategy = member.setup.strategy;
        BestCombination {
            combination: number,
            strategy: sweep.names_strategies().then(|| strategy.name.clone()),
            parameters: written(strategy, &strategy.combination(number - member.first)),
            value: sweep.swept.ranked_value(number),
        }
    });
    Best { metric: sweep.metric.name, combinations: combinations.collect() }
}

impl SweepFound<'_> {
    /// Whether there are several strategies, so that each is named.
    fn names_strategies(&self) -> bool {
        self.family.strategies().len() > 1
    }
}

/// What came of each member, where there are several.
fn members(sweep: &SweepFound<'_>) -> Vec<MemberFacts> {
    let all = sweep.family.members();
    if all.len() < 2 {
        return Vec::new();
    }
    let told = |(member, tally): (&Member<'_>, Tally)| {
        let Setup { strategy, panel, window, .. } = &member.setup;
        let label = |bar: usize| panel.label(bar).to_string();
        let values = strategy.combination(member.numbers.start - member.first);
        let chosen = strategy.symbols.iter().map(|symbols| {
            let name = strategy.parameters[symbols.parameter].name.clone();
            (name, values.0[symbols.parameter].text().to_owned())
        });
        MemberFacts {
            strategy: sweep.names_strategies().then(|| strategy.name.clone()),
            symbols: chosen.collect(),
            window: DaysFacts {
                from: label(window.start),
                to: label(window.end - 1),
                bars: Some(window.len()),
            },
            alone: DaysFacts {
                from: member.alone.from.to_string(),
                to: member.alone.to.to_string(),
                bars: None,
            },
            combinations: tally.combinations,
            combinations_without_trade: tally.without_trade,
            best: tally.best,
            value: tally.best.and_then(|best| sweep.swept.ranked_value(best)),
        }
    };
    all.iter().zip(sweep.family.tallies(&sweep.swept)).map(told).collect()
}

/// Each parameter's value as written.
fn written(strategy: &Strategy, values: &Assignment) -> BTreeMap<String, String> {
    let named = strategy.parameters.iter().zip(&values.0);
    named.map(|(parameter, value)| (parameter.name.clone(), value.text().to_owned())).collect()
}
