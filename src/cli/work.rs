//! `run`, `sweep` and `study`: one strategy, its history, and what is found.

use std::path::PathBuf;

use super::interrupt;
use super::options::{Common, SweepWork, Work};
use super::output::Output;
use super::results::{Found, SweepOptions, deliver};
use super::subject::{Subject, load};
use crate::backtest::metrics;
use crate::backtest::single::{self, Run, Setup};
use crate::backtest::sweep::{self, Plan, Swept};
use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result};
use crate::evidence::beside::Besides;
use crate::evidence::event_study::EventStudy;
use crate::evidence::verdict::{Trials, verdict};
use crate::report::content;
use crate::report::format;
use crate::results::manifest;
use crate::strategy::file::Strategy;
use crate::strategy::signals::{LookAhead, prove_no_look_ahead, warm_up};

/// `catchup run`
pub(super) fn run(common: &Common, output: &Output, arguments: &Work) -> Result<()> {
    single(common, output, arguments, manifest::Kind::Run)
}

/// `catchup study`
pub(super) fn study(common: &Common, output: &Output, arguments: &Work) -> Result<()> {
    single(common, output, arguments, manifest::Kind::Study)
}

fn single(common: &Common, output: &Output, arguments: &Work, kind: manifest::Kind) -> Result<()> {
    let subject = load(common, output, &arguments.strategy, &arguments.set)?;
    tell_values(output, &subject.strategy);
    let setup = Setup::new(&subject.strategy, &subject.bound.panel, arguments.capital)?;
    tell_warm_up(output, &setup);
    let run = single::run(&setup, &subject.strategy.defaults())?;
    let shown = if kind == manifest::Kind::Run { content::Kind::Run } else { content::Kind::Study };
    let found = assess(&setup, &subject, run, None, (kind, shown))?;
    deliver(common, output, &found, !arguments.no_report, common.out.clone()).map(drop)
}

/// `catchup sweep`
pub(super) fn sweep(common: &Common, output: &Output, arguments: &SweepWork) -> Result<()> {
    let work = &arguments.work;
    let metric = metrics::named(&arguments.rank)?;
    let subject = load(common, output, &work.strategy, &work.set)?;
    let shown = content::Kind::Sweep;
    let options = SweepOptions { capital: work.capital, metric, curves: arguments.curves };
    sweep_subject(common, output, &subject, options, shown, !work.no_report, common.out.clone()).map(drop)
}

/// Sweeps a strategy, studies its default and leaves the results; gives the folder.
pub(super) fn sweep_subject(
    common: &Common,
    output: &Output,
    subject: &Subject,
    options: SweepOptions,
    shown: content::Kind,
    report: bool,
    out: Option<PathBuf>,
) -> Result<PathBuf> {
    let setup = Setup::new(&subject.strategy, &subject.bound.panel, options.capital)?;
    let plan = Plan::new(&setup)?;
    tell_plan(output, &setup, &plan);
    tell_warm_up(output, &setup);
    let swept = in_pool(common, || walk(output, &setup, &plan))?;
    let run = single::run(&setup, &subject.strategy.defaults())?;
    let found = assess(&setup, subject, run, Some((swept, options)), (manifest::Kind::Sweep, shown))?;
    deliver(common, output, &found, report, out)
}

/// Which value of each parameter one combination takes, and how many a sweep would try.
fn tell_values(output: &Output, strategy: &Strategy) {
    if strategy.parameters.is_empty() {
        return;
    }
    let values = strategy.parameters.iter().map(|p| format!("{} = {}", p.name, p.default.text()));
    let values = values.collect::<Vec<_>>().join(", ");
    let tried = strategy.combinations().filter(|count| *count > 1);
    let others = tried
        .map(|count| {
            format!(
                "; `catchup sweep` tries all {}",
                format::count(usize::try_from(count).unwrap_or(usize::MAX))
            )
        })
        .unwrap_or_default();
    output.item("parameters: ", &format!("{values}{others}"));
}

/// Says so where the window begins before the longest look-back is full.
fn tell_warm_up(output: &Output, setup: &Setup<'_>) {
    let (strategy, panel) = (setup.strategy, setup.panel);
    match warm_up(strategy, strategy.every_value(), panel) {
        Some(bar) if bar <= setup.window.start => {}
        Some(bar) => {
            output.item("note: ", &format!("some combinations cannot act before {}", panel.label(bar)));
        }
        None => {
            output.item("note: ", "the longest look-back is never full: some combinations cannot act at all");
        }
    }
}

fn tell_plan(output: &Output, setup: &Setup<'_>, plan: &Plan) {
    let noun = |n: u64, noun: &str| format::counted(usize::try_from(n).unwrap_or(usize::MAX), noun);
    let plan = format!(
        "{} = {} x {}, over {} bars from {} to {}",
        noun(plan.combinations, "combination"),
        noun(plan.entry_settings, "entry setting"),
        noun(plan.exit_settings, "exit setting"),
        format::count(plan.bars),
        setup.panel.label(setup.window.start),
        setup.panel.label(setup.window.end - 1)
    );
    output.item("plan: ", &plan);
}

fn walk(output: &Output, setup: &Setup<'_>, plan: &Plan) -> Result<Swept> {
    let bar = output.progress(plan.combinations);
    let swept = sweep::sweep(setup, plan, &|done| {
        bar.set_position(done);
        !interrupt::requested()
    });
    bar.finish_and_clear();
    interrupt::check()?;
    swept
}

/// Runs `work` on the threads asked for.
pub(super) fn in_pool<T: Send>(common: &Common, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let threads = common.threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| {
        Failure::from(Diagnostic::new(format!("threads cannot be started: {error}"))).with_exit(Exit::Failed)
    })?;
    pool.install(work)
}

/// A rule that saw tomorrow makes every number worthless: nothing is written.
fn trust(proof: LookAhead) -> Result<()> {
    if proof.changed == 0 {
        return Ok(());
    }
    let bars = format::counted(proof.changed, "bar");
    let failure = Failure::from(
        Diagnostic::new(format!("the rule gave other answers on {bars} when the future was cut off"))
            .detail("this is a bug of catchup, not of the rule; no result can be trusted, so none is written")
            .hint("please report it with the rule and the data"),
    );
    Err(failure.with_exit(Exit::Failed))
}

/// Studies the signals, proves that none saw tomorrow, and judges.
fn assess<'a>(
    setup: &'a Setup<'a>,
    subject: &Subject,
    run: Run,
    sweep: Option<(Swept, SweepOptions)>,
    (kind, shown): (manifest::Kind, content::Kind),
) -> Result<Found<'a>> {
    let study = EventStudy::new(setup, &run.signals);
    let besides = Besides::new(setup, &run.values, &study)?;
    let look_ahead = prove_no_look_ahead(setup.strategy, setup.panel, &run.values, &setup.window)?;
    trust(look_ahead)?;
    let trials = sweep
        .as_ref()
        .map(|(swept, _)| Trials { combinations: swept.outcome_of.len(), outcomes: swept.outcomes.len() });
    let verdict = verdict(&study, trials);
    Ok(Found {
        setup,
        kind,
        shown,
        run,
        study,
        besides,
        look_ahead,
        verdict,
        sweep,
        sample_taken: subject.bound.sample_taken,
    })
}
