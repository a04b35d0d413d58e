//! What does the rule say as of the last bar, clause by clause, and how far is the rest?

use crate::base::calendar::Instant;
use crate::base::diagnostic::{Diagnostic, Result};
use crate::market::indicators::Truth;
use crate::market::series::Panel;
use crate::strategy::file::{Clause, Part, Strategy};
use crate::strategy::rule::{Assignment, Bound, Evaluator, Kind, Operator};

/// A rule as of one bar of the clock.
#[derive(Debug, Clone)]
pub struct Today {
    /// The bar.
    pub bar: usize,
    /// Whether the rule is true; `None` where it is missing.
    pub truth: Option<bool>,
    /// Each clause, in order.
    pub clauses: Vec<ClauseToday>,
    /// Each market's age at the decision, in the order of the strategy.
    pub ages: Vec<Age>,
}

/// A clause as of one bar.
#[derive(Debug, Clone)]
pub struct ClauseToday {
    /// The text as written.
    pub text: String,
    /// Whether it is true; `None` where it is missing.
    pub truth: Option<bool>,
    /// The latest bar of the clock at which it was true, this one included.
    pub last_true: Option<usize>,
    /// What is measured, unless it is the clause itself.
    pub measure: Option<Measured>,
    /// For a comparison, what the measure is held against.
    pub bound: Option<Bound<Measured>>,
}

/// A part of a rule with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The function form.
    pub functional: String,
    /// Its value; `None` where it is missing.
    pub value: Option<f64>,
    /// Its unit.
    pub kind: Kind,
}

/// How old the latest row of a market is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Age {
    /// When the latest row known at the decision was known; `None` where there is none.
    pub known_at: Option<Instant>,
    /// Whether that is too long ago, so that the market counts as missing.
    pub stale: bool,
}

impl ClauseToday {
    /// How much the measure must still change for the comparison to hold: bound less measure, in the
    /// measure's unit; `None` for a clause that is true, missing, or no comparison.
    pub fn to_go(&self) -> Option<f64> {
        let bound = self.bound.as_ref().filter(|_| self.truth == Some(false))?;
        Some(bound.of.value? - self.measure.as_ref()?.value?)
    }
}

/// Looks at a strategy's entry at the last bar whose label is inside its window.
///
/// # Errors
/// Where no bar is inside the window, or a series lacks a column the rule needs.
pub fn today(strategy: &Strategy, panel: &Panel, values: &Assignment) -> Result<Today> {
    let inside = |bar: &usize| strategy.window.to.is_none_or(|to| panel.label(*bar).calendar_date() <= to);
    let Some(bar) = (0..panel.len()).rev().find(inside) else {
        let first = panel.label(0);
        return Err(Diagnostic::new(format!("there is no bar so early: the first is of {first}"))
            .hint("choose a later --to")
            .into());
    };
    let mut evaluator = Evaluator::new(&strategy.graph, panel);
    let truth = known(evaluator.truths(strategy.entry.node, values)?[bar]);
    let clauses =
        strategy.entry.clauses.iter().map(|clause| look(strategy, &mut evaluator, clause, values, bar));
    let clauses = clauses.collect::<Result<_>>()?;
    let ages = (0..panel.members().len()).map(|member| age(panel, member, bar)).collect();
    Ok(Today { bar, truth, clauses, ages })
}

fn look(
    strategy: &Strategy,
    evaluator: &mut Evaluator<'_>,
    clause: &Clause,
    values: &Assignment,
    bar: usize,
) -> Result<ClauseToday> {
    let truths = evaluator.truths(clause.node, values)?;
    let mut measured = |part: &Part| -> Result<Measured> {
        Ok(Measured {
            functional: part.functional.clone(),
            value: evaluator.measures(part.node, values)?[bar],
            kind: strategy.graph.kind(part.node),
        })
    };
    let part = if clause.bound.is_some() { Some(&clause.measure) } else { clause.distance.as_ref() };
    Ok(ClauseToday {
        text: clause.text.clone(),
        truth: known(truths[bar]),
        last_true: (0..=bar).rev().find(|&bar| truths[bar].is_true()),
        measure: part.map(&mut measured).transpose()?,
        bound: match &clause.bound {
            Some(Bound { operator, of }) => Some(Bound { operator: *operator, of: measured(of)? }),
            None => None,
        },
    })
}

fn known(truth: Truth) -> Option<bool> {
    match truth {
        Truth::True => Some(true),
        Truth::False => Some(false),
        Truth::Missing => None,
    }
}

fn age(panel: &Panel, member: usize, bar: usize) -> Age {
    let series = &panel.members()[member];
    let decision = panel.decision(bar);
    let known = series.rows().known_at.partition_point(|known| *known <= decision.micros());
    let known_at = known.checked_sub(1).map(|row| series.known_at(row));
    Age { known_at, stale: panel.view_of(member).row(bar).is_none() }
}

impl Bound<Measured> {
    /// What the measure must be, in words: `over`, `at least`, `below`, `at most`.
    pub fn word(&self) -> &'static str {
        match self.operator {
            Operator::Less => "below",
            Operator::AtMost => "at most",
            Operator::AtLeast => "at least",
            _ => "over",
        }
    }
}
