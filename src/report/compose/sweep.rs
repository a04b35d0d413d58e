//! What all combinations of a sweep came to.

use super::{BEST_SHOWN, Findings, choices, unit, value};
use crate::backtest::metrics;
use crate::backtest::sweep::{Family, Outcome, Swept, number_at, number_of};
use crate::report::content::{Axis, Grid, RankedCombination, Ranking, Sweep, Value};
use crate::strategy::file::Strategy;
use crate::strategy::rule::Parameter;

/// Metrics shown beside the ranking one.
const RANKING_METRICS: [&str; 6] =
    ["sharpe", "total_return", "max_drawdown", "trades", "win_rate", "time_in_market"];

/// Values of a parameter in a grid: with more a cell is smaller than a dot of the picture.
const MOST_PLACES: usize = 250;

/// What all combinations came to: grids, ranking, and where the default stands.
pub(super) fn sweep(
    findings: &Findings<'_>,
    swept: &Swept,
    metric: &'static metrics::Metric,
    family: &Family<'_>,
) -> Sweep {
    let strategy = findings.setup.strategy;
    let values: Vec<f64> = swept.values().flatten().collect();
    Sweep {
        metric: metric.name.to_owned(),
        unit: unit(metric),
        grids: grids(findings, swept),
        ranking: ranking(findings, swept, metric, family),
        undefined: swept.outcome_of.len() - values.len(),
        values,
        default: number_of(strategy, &strategy.defaults())
            .and_then(|number| swept.outcome(number))
            .map(ranked),
    }
}

/// The ranking metric of an outcome.
fn ranked(outcome: &Outcome) -> Value {
    match outcome.value {
        Some(number) => Value::Known(number),
        None if outcome.traded() => Value::Missing("undefined for these trades".into()),
        None => Value::Missing(metrics::Undefined::NeverTraded.to_string()),
    }
}

/// The combination from which a grid varies two parameters, as places among their values: the defaults, or the first
/// value where the default is not swept.
fn grid_base(strategy: &Strategy) -> Vec<usize> {
    let place = |p: &Parameter| p.values.iter().position(|value| *value == p.default).unwrap_or(0);
    strategy.parameters.iter().map(place).collect()
}

/// A grid for each pair of the first three swept parameters whose values can be told apart in a picture.
fn grids(findings: &Findings<'_>, swept: &Swept) -> Vec<Grid> {
    let parameters = &findings.setup.strategy.parameters;
    let varied: Vec<usize> = (0..parameters.len())
        .filter(|&p| (2..=MOST_PLACES).contains(&parameters[p].values.len()))
        .take(3)
        .collect();
    let pairs = varied.iter().enumerate().flat_map(|(i, &x)| varied[i + 1..].iter().map(move |&y| (x, y)));
    pairs.map(|(x, y)| grid(findings.setup.strategy, swept, (x, y))).collect()
}

fn grid(strategy: &Strategy, swept: &Swept, (x, y): (usize, usize)) -> Grid {
    let parameters = &strategy.parameters;
    let base = grid_base(strategy);
    let axis = |p: usize| Axis {
        name: parameters[p].name.clone(),
        values: parameters[p].values.iter().map(|v| v.text().to_owned()).collect(),
        default: parameters[p].values.iter().position(|v| *v == parameters[p].default),
    };
    let cell = |row: usize, column: usize| {
        let mut places = base.clone();
        (places[x], places[y]) = (column, row);
        match swept.outcome(number_at(strategy, &places)) {
            Some(outcome) => ranked(outcome),
            None => Value::Missing("not swept".into()),
        }
    };
    let columns = parameters[x].values.len();
    let rows = parameters[y].values.len();
    let others = (0..parameters.len()).filter(|&p| p != x && p != y);
    let held = |p: usize| (parameters[p].name.clone(), parameters[p].values[base[p]].text().to_owned());
    Grid {
        x: axis(x),
        y: axis(y),
        rows: (0..rows).map(|row| (0..columns).map(|column| cell(row, column)).collect()).collect(),
        held: others.map(held).collect(),
    }
}

fn ranking(
    findings: &Findings<'_>,
    swept: &Swept,
    metric: &'static metrics::Metric,
    family: &Family<'_>,
) -> Ranking {
    let strategy = findings.setup.strategy;
    let mut names = vec![metric.name];
    names.extend(RANKING_METRICS.iter().filter(|name| **name != metric.name));
    let shown: Vec<_> = names.into_iter().filter_map(metrics::find).collect();
    let default = number_of(strategy, &strategy.defaults());
    let best = swept.best(BEST_SHOWN);
    let default_place = default.and_then(|number| swept.place(number));
    // The default stands below the best with its true place, where it is not among them.
    let below = default.zip(default_place).filter(|(_, place)| *place > BEST_SHOWN);
    let places = best.into_iter().zip(1..).chain(below);
    let rows = places.map(|(number, place)| {
        let known = swept.details(number).unwrap_or_default();
        RankedCombination {
            rank: place,
            number: usize::try_from(number).unwrap_or(usize::MAX),
            parameters: choices::values(family, number),
            metrics: shown
                .iter()
                .filter_map(|metric| metrics::index_of(metric.name))
                .filter_map(|index| known.get(index).map(|known| value(*known)))
                .collect(),
            default: default == Some(number),
        }
    });
    Ranking {
        parameters: choices::columns(family),
        metrics: shown.iter().map(|metric| (metric.name.to_owned(), unit(metric))).collect(),
        rows: rows.collect(),
    }
}
