//! `run` and `study` of several laggards with one account.

use std::path::PathBuf;

use super::options::Common;
use super::output::Output;
use super::results::{Found, SweepFound, deliver, place};
use super::subject::Subject;
use super::trust::{tell_warm_up, trust};
use crate::backtest::portfolio::{Outcome, Portfolio, panels};
use crate::base::diagnostic::Result;
use crate::evidence::beside::Besides;
use crate::evidence::event_study::EventStudy;
use crate::evidence::verdict::verdict;
use crate::report::content;
use crate::results::folder::OutputLock;
use crate::results::manifest::{Days, Kind, Manifest};
use crate::strategy::file::Each;
use crate::strategy::rule::Assignment;
use crate::strategy::signals::{LookAhead, prove_no_look_ahead};

/// Runs several laggards on their defaults and leaves the results; gives the folder.
pub(super) fn several_subject(
    common: &Common,
    output: &Output,
    (subject, each): (&Subject, &Each),
    (kind, capital): (Kind, f64),
    with_report: bool,
) -> Result<PathBuf> {
    let strategy = &subject.strategy;
    let panels = panels(each, &subject.bound.panel);
    let portfolio = Portfolio::new(strategy, each, &panels, capital)?;
    tell_warm_up(output, &portfolio.face);
    tell_late(output, &portfolio);
    let days = Days::of(subject.bound.sample_taken);
    let manifest = Manifest::new(kind, &portfolio.face, days, None, common.seed);
    let lock = OutputLock::take(&place(common.out.clone(), &strategy.name, kind, &manifest))?;
    let outcome = portfolio.run(&strategy.defaults())?;
    let shown = if kind == Kind::Run { content::Kind::Run } else { content::Kind::Study };
    let found = assess(&portfolio, subject, outcome, None, (kind, shown))?;
    deliver(output, &found, (lock.begin()?, &manifest), with_report)
}

/// Says which laggards cannot be traded from the window's first bar on.
pub(super) fn tell_late(output: &Output, portfolio: &Portfolio<'_>) {
    for (setup, first) in portfolio.late() {
        let name = setup.panel.clock_series().provenance().full_name();
        output.item("note: ", &format!("{name} can be traded from {first} on"));
    }
}

/// Studies the signals of all laggards, proves that none saw tomorrow, and judges.
pub(super) fn assess<'a>(
    portfolio: &'a Portfolio<'a>,
    subject: &Subject,
    outcome: Outcome,
    sweep: Option<SweepFound<'a>>,
    (kind, shown): (Kind, content::Kind),
) -> Result<Found<'a>> {
    let study = EventStudy::of_several(portfolio, &outcome);
    let look_ahead = look_ahead(portfolio, &outcome.run.values)?;
    trust(look_ahead)?;
    let direction = portfolio.face.strategy.plan.direction;
    let trials = sweep.as_ref().map(SweepFound::trials);
    let verdict = verdict(&study, direction, trials).of_several(portfolio.members.len());
    Ok(Found {
        setup: &portfolio.face,
        run: outcome.run.clone(),
        several: Some((portfolio, outcome)),
        kind,
        shown,
        study,
        besides: Besides::default(),
        look_ahead,
        verdict,
        sweep,
        days: Vec::new(),
        sample_taken: subject.bound.sample_taken,
    })
}

/// The proof for each laggard, all together.
fn look_ahead(portfolio: &Portfolio<'_>, values: &Assignment) -> Result<LookAhead> {
    let mut all = LookAhead { checked: 0, changed: 0, cuts: 0 };
    for setup in &portfolio.members {
        let proof = prove_no_look_ahead(setup.strategy, setup.panel, values, &setup.window)?;
        all.checked += proof.checked;
        all.changed += proof.changed;
        all.cuts += proof.cuts;
    }
    Ok(all)
}
