//! `run` and `study`: one strategy, its history, and what is found.

use std::path::PathBuf;

use super::members::Days;
use super::options::{Common, Work};
use super::output::Output;
use super::results::{Found, SweepFound, deliver, place};
use super::several::several_subject;
use super::subject::{Subject, load};
use super::trust::{tell_warm_up, trust};
use crate::backtest::single::{self, Run, Setup};
use crate::base::diagnostic::Result;
use crate::evidence::beside::Besides;
use crate::evidence::event_study::EventStudy;
use crate::evidence::verdict::verdict;
use crate::report::content;
use crate::report::format;
use crate::results::folder::OutputLock;
use crate::results::manifest::{self, Manifest};
use crate::strategy::file::Strategy;
use crate::strategy::signals::{Span, prove_no_look_ahead};

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
    let with_report = !arguments.no_report;
    single_subject(common, output, &subject, (kind, arguments.capital), with_report).map(drop)
}

/// Runs a strategy on its default and leaves the results; gives the folder.
pub(super) fn single_subject(
    common: &Common,
    output: &Output,
    subject: &Subject,
    (kind, capital): (manifest::Kind, f64),
    with_report: bool,
) -> Result<PathBuf> {
    if let Some(each) = &subject.strategy.each {
        return several_subject(common, output, (subject, each), (kind, capital), with_report);
    }
    let subjects = std::slice::from_ref(subject);
    let days = Days::new(subjects)?;
    let setup = Setup::within(&subject.strategy, &subject.bound.panel, capital, days.common)?;
    if let Some(Span { from, to }) = days.common {
        output.note(&format!("the window is what all its symbols have in common: {from} to {to}"));
    }
    tell_warm_up(output, &setup);
    let shown = if kind == manifest::Kind::Run { content::Kind::Run } else { content::Kind::Study };
    common.pool()?.install(|| {
        let whence = manifest::Days::of(subject.bound.sample_taken);
        let manifest = days.recorded(Manifest::new(kind, &setup, whence, None, common.seed), subjects);
        let lock = OutputLock::take(&place(common.out.clone(), &subject.strategy.name, kind, &manifest))?;
        let found = assess(&setup, subject, None, (kind, shown))?;
        let found = Found { days: days.told(subjects), ..found };
        deliver(output, &found, (lock.begin()?, &manifest), with_report)
    })
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

/// Runs the default combination, studies its signals, proves that none saw tomorrow, and judges.
pub(super) fn assess<'a>(
    setup: &'a Setup<'a>,
    subject: &Subject,
    sweep: Option<SweepFound<'a>>,
    (kind, shown): (manifest::Kind, content::Kind),
) -> Result<Found<'a>> {
    let values = setup.strategy.defaults();
    let look = || -> Result<(Run, EventStudy, Besides)> {
        let run = single::run(setup, &values)?;
        let study = EventStudy::new(setup, &run.signals);
        let besides = Besides::new(setup, &values, &study)?;
        Ok((run, study, besides))
    };
    let prove = || prove_no_look_ahead(setup.strategy, setup.panel, &values, &setup.window);
    let (looked, proof) = rayon::join(look, prove);
    let ((run, study, besides), look_ahead) = (looked?, proof?);
    trust(look_ahead)?;
    let trials = sweep.as_ref().map(SweepFound::trials);
    let verdict = verdict(&study, setup.strategy.plan.direction, trials);
    Ok(Found {
        setup,
        several: None,
        kind,
        shown,
        run,
        study,
        besides,
        look_ahead,
        verdict,
        sweep,
        days: Vec::new(),
        sample_taken: subject.bound.sample_taken,
    })
}
