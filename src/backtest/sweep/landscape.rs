//! What lies around the best combination: a peak that stands alone is more likely chance than one on a plateau.

use crate::backtest::metrics::{Better, Metric};
use crate::base::num;
use crate::strategy::file::Strategy;

use super::selection::Odometer;
use super::swept::Swept;

/// The surroundings of the best combination by one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Landscape {
    /// The metric.
    pub metric: &'static str,
    /// Closed trades that a combination had to have.
    pub min_trades: u32,
    /// Combinations that have as many and a value.
    pub eligible: u64,
    /// The best of them; the lowest number of several.
    pub best: u64,
    /// Its value.
    pub value: f64,
    /// Combinations one step away in one parameter, that were worked and have a value.
    pub neighbours: usize,
    /// The mean of their values.
    pub neighbours_mean: Option<f64>,
    /// The worst of their values.
    pub neighbours_worst: Option<f64>,
    /// How much of the best value is lost on the way to them: best less mean where more is better, else mean less
    /// best.
    pub loss: Option<f64>,
    /// Combinations at most one step away in every parameter whose value lies on the better side of the median
    /// of all eligible ones, as a share: near 1 on a plateau.
    pub plateau: Option<f64>,
    /// The median of all eligible values.
    pub median: f64,
    /// The parameters of which the best takes the first or the last of several numbers: the true best may lie
    /// outside of the grid.
    pub at_edge: Vec<String>,
    /// For each parameter of several values what each value comes to while all others stay those of the best.
    pub profiles: Vec<Profile>,
}

/// One parameter varied, all others as in the best combination.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The parameter.
    pub parameter: String,
    /// Each value as written, and the metric; `None` where undefined or not worked.
    pub values: Vec<(String, Option<f64>)>,
}

/// Combinations around the best that are looked at for the plateau, at most.
const MOST_AROUND: usize = 100_000;

impl Landscape {
    /// Looks around the best combination that closed at least `min_trades`; `None` where none has a value. It is the
    /// best of all `strategies`, which come with the numbers of their combinations 0; what lies around it is of its
    /// own strategy.
    pub fn new(
        strategies: &[(&Strategy, u64)],
        swept: &Swept,
        metric: &'static Metric,
        min_trades: u32,
    ) -> Option<Self> {
        let better = |a: f64, b: f64| match metric.better {
            Better::Lower => a < b,
            _ => a > b,
        };
        let eligible =
            |outcome: &super::swept::Outcome| outcome.value.filter(|_| outcome.closed >= min_trades);
        let mut values = Vec::with_capacity(swept.outcome_of.len());
        let mut best: Option<(usize, f64)> = None;
        for (row, &outcome) in swept.outcome_of.iter().enumerate() {
            let Some(value) = eligible(&swept.outcomes[outcome as usize]) else { continue };
            values.push(value);
            if best.is_none_or(|(_, most)| better(value, most)) {
                best = Some((row, value));
            }
        }
        let (row, value) = best?;
        let median = num::median(&values)?;
        let number = swept.selection.number(row as u64);
        let (strategy, first) = *strategies.iter().rev().find(|(_, first)| *first <= number)?;
        let around = Around::new((strategy, first), swept, number);
        let near = around.neighbours();
        let mean = (!near.is_empty()).then(|| near.iter().sum::<f64>() / near.len() as f64);
        let worst = near.iter().copied().reduce(|a, b| if better(a, b) { b } else { a });
        Some(Self {
            metric: metric.name,
            min_trades,
            eligible: values.len() as u64,
            best: number,
            value,
            neighbours: near.len(),
            neighbours_mean: mean,
            neighbours_worst: worst,
            loss: mean.map(|mean| if better(1.0, 0.0) { value - mean } else { mean - value }),
            plateau: around.plateau(|value| !better(median, value)),
            median,
            at_edge: around.at_edge(),
            profiles: around.profiles(),
        })
    }
}

/// A combination and what was worked around it.
struct Around<'a> {
    strategy: &'a Strategy,
    /// The number of its combination 0.
    first: u64,
    swept: &'a Swept,
    places: Vec<usize>,
}

impl<'a> Around<'a> {
    fn new((strategy, first): (&'a Strategy, u64), swept: &'a Swept, number: u64) -> Self {
        let mut odometer = Odometer::new(strategy);
        odometer.seek(number - first);
        Self { strategy, first, swept, places: odometer.places }
    }

    fn values(&self, parameter: usize) -> usize {
        self.strategy.parameters[parameter].values.len()
    }

    fn value_at(&self, places: &[usize]) -> Option<f64> {
        let number = places
            .iter()
            .enumerate()
            .fold(0_u64, |number, (parameter, place)| number * self.values(parameter) as u64 + *place as u64);
        self.swept.ranked_value(self.first + number)
    }

    /// The places one step away from `place` among those of a parameter. Symbols have no order: no step leads from
    /// one to another.
    fn steps(&self, parameter: usize, place: usize) -> impl Iterator<Item = usize> {
        let last = self.values(parameter) - 1;
        let ordered = self.strategy.parameters[parameter].market.is_none();
        let steps = place.checked_sub(1).into_iter().chain((place < last).then_some(place + 1));
        steps.filter(move |_| ordered)
    }

    fn neighbours(&self) -> Vec<f64> {
        let mut places = self.places.clone();
        let mut found = Vec::new();
        for parameter in 0..places.len() {
            let own = places[parameter];
            for step in self.steps(parameter, own) {
                places[parameter] = step;
                found.extend(self.value_at(&places));
            }
            places[parameter] = own;
        }
        found
    }

    /// The share of good values among all within one step in every parameter, the best itself left out.
    fn plateau(&self, good: impl Fn(f64) -> bool) -> Option<f64> {
        let mut all = vec![self.places.clone()];
        for parameter in 0..self.places.len() {
            let beside: Vec<Vec<usize>> = all
                .iter()
                .flat_map(|places| {
                    self.steps(parameter, self.places[parameter]).map(|step| {
                        let mut places = places.clone();
                        places[parameter] = step;
                        places
                    })
                })
                .collect();
            if all.len() + beside.len() > MOST_AROUND {
                break;
            }
            all.extend(beside);
        }
        let values: Vec<f64> = all[1..].iter().filter_map(|places| self.value_at(places)).collect();
        let count = values.iter().filter(|value| good(**value)).count();
        (!values.is_empty()).then(|| count as f64 / values.len() as f64)
    }

    /// Words such as `none` have no order, so they are no edge.
    fn at_edge(&self) -> Vec<String> {
        let parameters = self.strategy.parameters.iter().zip(&self.places);
        parameters
            .filter(|(parameter, place)| {
                let numbers: Vec<usize> = (0..parameter.values.len())
                    .filter(|&at| parameter.values[at].number().is_some())
                    .collect();
                numbers.len() > 1 && [numbers.first(), numbers.last()].contains(&Some(*place))
            })
            .map(|(parameter, _)| parameter.name.clone())
            .collect()
    }

    fn profiles(&self) -> Vec<Profile> {
        let varied = (0..self.places.len()).filter(|&parameter| self.values(parameter) > 1);
        varied
            .map(|parameter| {
                let mut places = self.places.clone();
                let values =
                    self.strategy.parameters[parameter].values.iter().enumerate().map(|(place, value)| {
                        places[parameter] = place;
                        (value.text().to_owned(), self.value_at(&places))
                    });
                let values = values.collect();
                Profile { parameter: self.strategy.parameters[parameter].name.clone(), values }
            })
            .collect()
    }
}
