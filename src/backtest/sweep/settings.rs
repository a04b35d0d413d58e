//! Distinct values of some of the parameters, numbered.

use crate::backtest::single::Setup;
use crate::base::diagnostic::Result;
use crate::strategy::file::{Setting, Strategy};
use crate::strategy::rule::{Assignment, Evaluator, NodeId};

use super::bits::Bits;

/// The settings of a few parameters: one for each choice of a value for each of them. Like combinations they
/// count in file order, the last parameter fastest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settings {
    parameters: Vec<usize>,
    /// For each parameter of the strategy, by how much a setting's number grows from one value to the next.
    strides: Vec<usize>,
    count: usize,
}

impl Settings {
    /// The settings of `parameters`, which rise. Saturates where their number does not fit.
    pub(super) fn new(strategy: &Strategy, parameters: &[usize]) -> Self {
        let mut strides = vec![0; strategy.parameters.len()];
        let mut count = 1_usize;
        for &parameter in parameters.iter().rev() {
            strides[parameter] = count;
            count = count.saturating_mul(strategy.parameters[parameter].values.len());
        }
        Self { parameters: parameters.to_vec(), strides, count }
    }

    /// The settings of everything but the entry rule: exit rule, exits, sizes and costs.
    pub(super) fn of_exits(strategy: &Strategy) -> Self {
        let mut parameters: Vec<usize> = strategy
            .settings()
            .into_iter()
            .filter_map(|setting| match setting {
                Setting::Parameter(index) => Some(*index),
                Setting::Fixed(_) => None,
            })
            .collect();
        let nodes = strategy.exits.rule.iter().map(|rule| rule.node).chain(strategy.measures());
        parameters.extend(nodes.flat_map(|node| strategy.graph.parameters(node).iter().copied()));
        parameters.sort_unstable();
        parameters.dedup();
        Self::new(strategy, &parameters)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The setting that the places of all parameters' values lead to.
    pub(super) fn at(&self, places: &[usize]) -> usize {
        self.parameters.iter().map(|&parameter| places[parameter] * self.strides[parameter]).sum()
    }

    /// A value for every parameter that leads to a setting: the first one of all others.
    pub(super) fn values(&self, strategy: &Strategy, setting: usize) -> Assignment {
        let mut values = strategy.combination(0);
        for &parameter in &self.parameters {
            let choices = &strategy.parameters[parameter].values;
            values.0[parameter] = choices[setting / self.strides[parameter] % choices.len()].clone();
        }
        values
    }

    /// The places of all parameters' values in one of the combinations that lead to a setting.
    pub(super) fn places(&self, strategy: &Strategy, setting: usize) -> Vec<usize> {
        let mut places = vec![0; strategy.parameters.len()];
        for &parameter in &self.parameters {
            places[parameter] =
                setting / self.strides[parameter] % strategy.parameters[parameter].values.len();
        }
        places
    }
}

/// A rule's answers for each setting of its own parameters.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) settings: Settings,
    /// The bars of the window at which the rule is true.
    pub(super) bars: Vec<Bits>,
}

impl Answers {
    pub(super) fn new(setup: &Setup<'_>, evaluator: &mut Evaluator<'_>, rule: NodeId) -> Result<Self> {
        let strategy = setup.strategy;
        let settings = Settings::new(strategy, strategy.graph.parameters(rule));
        let bars = (0..settings.count())
            .map(|setting| {
                let truths = evaluator.truths_once(rule, &settings.values(strategy, setting))?;
                Ok(Bits::of(truths[setup.window.clone()].iter().map(|truth| truth.is_true())))
            })
            .collect::<Result<_>>()?;
        Ok(Self { settings, bars })
    }

    /// The bars at which any setting is true.
    pub(super) fn any(&self) -> Bits {
        let mut any = self.bars.first().cloned().unwrap_or_default();
        self.bars.iter().for_each(|bars| any.add(bars));
        any
    }

    /// The answer at each of so many bars, for a combination's places.
    pub(super) fn at(&self, places: &[usize], bars: usize) -> Vec<bool> {
        self.bars[self.settings.at(places)].to_bools(bars)
    }
}
