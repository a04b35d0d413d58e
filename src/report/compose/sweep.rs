//! What all combinations of a sweep came to.

use super::{BEST_SHOWN, Findings, choices, unit, value};
use crate::backtest::metrics;
use crate::backtest::sweep::{Family, Outcome, Swept, number_of};
use crate::report::content::{Axis, Grid, RankedCombination, Ranking, Sweep, Value};
use crate::strategy::rule::Assignment;

/// Metrics shown beside the ranking one.
const RANKING_METRICS: [&str; 6] =
    ["sharpe", "total_return", "max_drawdown", "trades", "win_rate", "time_in_market"];

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

/// The combination from which a grid varies two parameters: the defaults, or the first value where the
/// default is not swept.
fn grid_base(findings: &Findings<'_>) -> Assignment {
    let parameters = &findings.setup.strategy.parameters;
    Assignment(
        parameters
            .iter()
            .map(|p| if p.values.contains(&p.default) { p.default.clone() } else { p.values[0].clone() })
            .collect(),
    )
}

/// A grid for each pair of the first three swept parameters.
fn grids(findings: &Findings<'_>, swept: &Swept) -> Vec<Grid> {
    let parameters = &findings.setup.strategy.parameters;
    let varied: Vec<usize> =
        (0..parameters.len()).filter(|&p| parameters[p].values.len() > 1).take(3).collect();
    let pairs = varied.iter().enumerate().flat_map(|(i, &x)| varied[i + 1..].iter().map(move |&y| (x, y)));
    pairs.map(|(x, y)| grid(findings, swept, (x, y))).collect()
}

fn grid(findings: &Findings<'_>, swept: &Swept, (x, y): (usize, usize)) -> Grid {
    let strategy = findings.setup.strategy;
    let base = grid_base(findings);
    let axis = |p: usize| Axis {
        name: strategy.parameters[p].name.clone(),
        values: strategy.parameters[p].values.iter().map(|v| v.text().to_owned()).collect(),
        default: strategy.parameters[p].values.iter().position(|v| *v == strategy.parameters[p].default),
    };
    let cell = |row: usize, column: usize| {
        let mut values = base.clone();
        values.0[x] = strategy.parameters[x].values[column].clone();
        values.0[y] = strategy.parameters[y].values[row].clone();
        match number_of(strategy, &values).and_then(|number| swept.outcome(number)) {
            Some(outcome) => ranked(outcome),
            None => Value::Missing("not swept".into()),
        }
    };
    let columns = strategy.parameters[x].values.len();
    let rows = strategy.parameters[y].values.len();
    let others = (0..strategy.parameters.len()).filter(|&p| p != x && p != y);
    Grid {
        x: axis(x),
        y: axis(y),
        rows: (0..rows).map(|row| (0..columns).map(|column| cell(row, column)).collect()).collect(),
        held: others.map(|p| (strategy.parameters[p].name.clone(), base.0[p].text().to_owned())).collect(),
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
