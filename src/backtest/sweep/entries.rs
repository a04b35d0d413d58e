//! At which bars does each setting of the entry rule say so?

use rayon::prelude::*;

use crate::backtest::single::Setup;
use crate::base::diagnostic::Result;
use crate::strategy::rule::Evaluator;

use super::bits::Bits;
use super::settings::{Answers, Settings};

/// Every setting's signals, as sets over the bars that are a signal of any.
#[derive(Debug)]
pub(super) struct Entries {
    /// The bars that are a signal of any setting, rising, counted from the window's first. A member of a set is
    /// the place of its bar in here.
    pub(super) bars: Vec<usize>,
    /// The set of each setting.
    pub(super) sets: Vec<Bits>,
    pub(super) settings: Settings,
}

impl Entries {
    /// Evaluates the entry rule. Clauses joined by `and` are evaluated on their own, each for the values of its
    /// own parameters: true of all is true of the whole.
    ///
    /// # Errors
    /// Where a series lacks a column the rule needs.
    pub(super) fn new(setup: &Setup<'_>, evaluator: &mut Evaluator<'_>) -> Result<Self> {
        let strategy = setup.strategy;
        let settings = Settings::new(strategy, strategy.graph.parameters(strategy.entry.node));
        let clauses = strategy.graph.conjuncts(strategy.entry.node);
        let clauses = clauses
            .into_iter()
            .map(|clause| Answers::new(setup, evaluator, clause))
            .collect::<Result<Vec<_>>>()?;
        let whole = |setting: usize| {
            let places = settings.places(strategy, setting);
            let mut parts = clauses.iter().map(|clause| &clause.bars[clause.settings.at(&places)]);
            let mut set = parts.next().cloned().unwrap_or_default();
            parts.for_each(|part| set.keep(part));
            // Which bar is the first of several does not depend on what is held.
            if strategy.plan.again.fresh { set.firsts() } else { set }
        };
        let bars = setup.window.len();
        let any = (0..settings.count()).into_par_iter().map(whole).reduce(
            || Bits::none(bars),
            |mut a, b| {
                a.add(&b);
                a
            },
        );
        // A signal at the last bar has no bar left to fill.
        let bars: Vec<usize> = any.iter().filter(|bar| bar + 1 < bars).collect();
        let mut place_of = vec![usize::MAX; setup.window.len()];
        for (place, &bar) in bars.iter().enumerate() {
            place_of[bar] = place;
        }
        let ranked = |set: Bits| {
            let mut places = Bits::none(bars.len());
            for place in set.iter().map(|bar| place_of[bar]).filter(|place| *place != usize::MAX) {
                places.insert(place);
            }
            places
        };
        let sets = (0..settings.count()).into_par_iter().map(|setting| ranked(whole(setting))).collect();
        Ok(Self { bars, sets, settings })
    }

    /// Whether each of so many bars of the window is a signal of a setting.
    pub(super) fn answers(&self, setting: usize, bars: usize) -> Vec<bool> {
        let mut answers = vec![false; bars];
        for place in self.sets[setting].iter() {
            answers[self.bars[place]] = true;
        }
        answers
    }
}
