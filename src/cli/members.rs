//! Over which days are strategies on their symbols told, and how are they one sweep?

use super::subject::Subject;
use crate::backtest::single::Setup;
use crate::backtest::sweep::{Family, check_names};
use crate::base::diagnostic::{Diagnostic, Result};
use crate::results::combinations::STRATEGY;
use crate::results::manifest::Manifest;
use crate::strategy::binding::Cast;
use crate::strategy::file::Strategy;
use crate::strategy::signals::{Span, days_in_common};

/// The days over which strategies on their symbols are told.
pub(super) struct Days {
    /// Of each declared choice of each strategy's symbols, in order, if it were alone; empty where there is one alone.
    pub(super) alone: Vec<Span>,
    /// Those that all have in common, where there are several.
    pub(super) common: Option<Span>,
}

impl Days {
    /// The days of some subjects.
    ///
    /// # Errors
    /// Where they have none in common.
    pub(super) fn new(subjects: &[Subject]) -> Result<Self> {
        let casts: Vec<&Cast> = subjects.iter().flat_map(|subject| &subject.casts).collect();
        if casts.len() < 2 {
            return Ok(Self { alone: Vec::new(), common: None });
        }
        let (alone, common) = days_in_common(&casts)?;
        Ok(Self { alone, common })
    }

    /// Each choice of symbols and each strategy in words, with the days it would have alone.
    pub(super) fn told(&self, subjects: &[Subject]) -> Vec<(String, Span)> {
        let casts = subjects.iter().flat_map(|subject| &subject.casts);
        casts.map(|cast| label(cast, subjects.len() > 1)).zip(self.alone.iter().copied()).collect()
    }

    /// Adds the choices to a manifest.
    pub(super) fn recorded(&self, manifest: Manifest, subjects: &[Subject]) -> Manifest {
        let strategies: Vec<(&[Cast], usize)> =
            subjects.iter().map(|subject| (subject.casts.as_slice(), subject.default)).collect();
        manifest.with_choices(&strategies, &self.alone)
    }
}

/// A strategy on its symbols in words: `laggard = ETH-USD`, and the strategy's name where there are several.
fn label(cast: &Cast, several: bool) -> String {
    match (several, cast.strategy.symbols.is_empty()) {
        (true, false) => format!("{}, {}", cast.strategy.name, cast.describe()),
        _ => cast.describe(),
    }
}

/// The members of a sweep: each strategy on every choice of its symbols that is swept.
pub(super) fn family<'a>(subjects: &'a [Subject], days: &Days, capital: f64) -> Result<Family<'a>> {
    let mut members = Vec::new();
    let mut before = 0;
    for (place, subject) in subjects.iter().enumerate() {
        for choice in subject.strategy.choices()? {
            let wanted = subject.strategy.listed_places(&choice);
            let is_it = |cast: &&Cast| subject.strategy.listed_places(&cast.choice) == wanted;
            let Some(cast) = subject.casts.iter().find(is_it) else { continue };
            let setup = Setup::within(&cast.strategy, &cast.panel, capital, days.common)?;
            let at = subject.casts.iter().position(|other| std::ptr::eq(other, cast)).unwrap_or(0);
            let alone = days.alone.get(before + at).copied();
            let alone = alone.unwrap_or_else(|| Span::of(&cast.panel, &setup.window));
            members.push((setup, place, alone));
        }
        before += subject.casts.len();
    }
    Family::new(members)
}

/// Refuses strategies that one table could not tell apart.
pub(super) fn check_strategies(subjects: &[Subject]) -> Result<()> {
    let strategies: Vec<&Strategy> = subjects.iter().map(|subject| &subject.strategy).collect();
    strategies.iter().try_for_each(|strategy| check_names(strategy))?;
    if strategies.len() < 2 {
        return Ok(());
    }
    if let Some(several) = strategies.iter().find(|strategy| strategy.each.is_some()) {
        return Err(Diagnostic::new(format!("`{}` trades several laggards with one account", several.name))
            .detail("a sweep of several strategies takes those of one laggard")
            .hint("sweep it alone")
            .into());
    }
    for (at, strategy) in strategies.iter().enumerate() {
        if strategies[..at].iter().any(|other| other.name == strategy.name) {
            return Err(Diagnostic::new(format!("two strategies are called `{}`", strategy.name))
                .detail("the results tell strategies apart by their names")
                .hint("give one of the files another name")
                .into());
        }
        if strategy.parameters.iter().any(|parameter| parameter.name == STRATEGY) {
            return Err(Diagnostic::new(format!(
                "a parameter of `{}` is called `{STRATEGY}`, like a column of the results",
                strategy.name
            ))
            .hint("give it another name")
            .into());
        }
    }
    let simulated = |subject: &&Subject| subject.bound.panel.is_simulated();
    if let (Some(sample), Some(real)) =
        (subjects.iter().find(simulated), subjects.iter().find(|subject| !simulated(subject)))
    {
        return Err(Diagnostic::new("simulated sample data and real data never meet in one sweep")
            .detail(format!(
                "`{}` runs on simulated days, `{}` on real ones",
                sample.strategy.name, real.strategy.name
            ))
            .hint("import real history for every market with `catchup data import FILE`")
            .into());
    }
    Ok(())
}
