//! Which conditions does a rule join, and what is worth looking at in each?

use super::functions::registry;
use super::syntax::{Expression, Operator, Syntax};

/// A condition of a rule: one of those it joins by `and`.
#[derive(Debug, Clone)]
pub struct Clause<'a> {
    /// The condition.
    pub whole: &'a Expression,
    /// The measured part: the left side of a comparison, or the whole clause.
    pub measure: &'a Expression,
    /// For a comparison, what the measure is held against.
    pub bound: Option<Bound<&'a Expression>>,
    /// For an event at a high or a low, how far away it is: a function of the same market and window.
    pub distance: Option<Expression>,
}

/// What a measure is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound<T> {
    /// `<`, `<=`, `>` or `>=`.
    pub operator: Operator,
    /// The right side.
    pub of: T,
}

/// Events, each with the function that tells how far away it is.
const DISTANCES: [(&str, &str); 4] =
    [("new_high", "drawdown"), ("at_high", "drawdown"), ("new_low", "runup"), ("at_low", "runup")];

impl<'a> Clause<'a> {
    /// The clauses that a rule joins by `and`, in order.
    pub fn of(rule: &'a Expression) -> Vec<Self> {
        match &rule.syntax {
            Syntax::Binary(Operator::And, left, right) => {
                let mut clauses = Self::of(left);
                clauses.extend(Self::of(right));
                clauses
            }
            Syntax::Binary(
                operator @ (Operator::Less | Operator::AtMost | Operator::More | Operator::AtLeast),
                left,
                right,
            ) => {
                let bound = Some(Bound { operator: *operator, of: &**right });
                vec![Self { whole: rule, measure: left, bound, distance: None }]
            }
            _ => vec![Self { whole: rule, measure: rule, bound: None, distance: distance(rule) }],
        }
    }
}

fn distance(rule: &Expression) -> Option<Expression> {
    let Syntax::Call(function, arguments) = &rule.syntax else { return None };
    let (_, name) = DISTANCES.iter().find(|(event, _)| *event == function.name)?;
    let function = registry().iter().find(|function| function.name == *name)?;
    Some(Expression { syntax: Syntax::Call(function, arguments.clone()), span: rule.span.clone() })
}
