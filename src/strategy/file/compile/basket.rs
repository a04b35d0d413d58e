//! Several markets that are one trade: the rule that holds for all of them, and how the money is shared out.

use super::{Compiler, LegPieces, WeightPiece};
use crate::strategy::file::{Basket, Piece, Rule, Weights};
use crate::strategy::rule::{self, Expression, Operator, Syntax};

impl Compiler<'_> {
    /// A rule that holds where it holds for each of several markets: what is the same for all stands in it once.
    pub(super) fn rule_of_all(&mut self, first: (&Piece, usize), others: &[(&Piece, usize)]) -> Option<Rule> {
        if others.is_empty() {
            return self.rule(first.0);
        }
        let all: Vec<(&Piece, usize)> = std::iter::once(first).chain(others.iter().copied()).collect();
        let form = |clause: &rule::Clause<'_>| clause.whole.functional(self.names).to_string();
        let forms = |piece: &Piece| rule::Clause::of(&piece.expression).iter().map(form).collect::<Vec<_>>();
        let told: Vec<Vec<String>> = all.iter().map(|(piece, _)| forms(piece)).collect();
        let (mut known, mut joined, mut whose) = (Vec::new(), None, Vec::new());
        for (piece, market) in all {
            for clause in rule::Clause::of(&piece.expression) {
                let form = form(&clause);
                if known.contains(&form) {
                    continue;
                }
                whose.push((!told.iter().all(|forms| forms.contains(&form))).then_some(market));
                known.push(form);
                let clause = Box::new(clause.whole.clone());
                joined = Some(match joined {
                    None => clause,
                    Some(before) => Box::new(Expression {
                        span: first.0.expression.span.clone(),
                        syntax: Syntax::Binary(Operator::And, before, clause),
                    }),
                });
            }
        }
        let piece = Piece { fragment: first.0.fragment.clone(), expression: *joined? };
        let rule = self.rule(&piece)?;
        let mut clauses = rule.clauses;
        for (clause, market) in clauses.iter_mut().zip(whose) {
            if let Some(market) = market {
                clause.text += &format!(" ({})", self.names.markets()[market].name);
            }
        }
        Some(Rule { clauses, ..rule })
    }

    /// The markets of a basket beside the traded one, and how the money is shared out.
    pub(super) fn basket(
        &mut self,
        first: Option<&WeightPiece>,
        others: Option<&[LegPieces]>,
    ) -> Option<Basket> {
        let others = others?;
        let pieces = std::iter::once(first).chain(others.iter().map(|leg| leg.weight.as_ref()));
        let (mut volatilities, mut gaps) = (Vec::new(), Vec::new());
        for piece in pieces.flatten() {
            match piece {
                WeightPiece::Volatility(of) => volatilities.extend(self.whole(of)),
                WeightPiece::Gap(of) => gaps.extend(self.whole(of)),
            }
        }
        let weights = match (volatilities.is_empty(), gaps.is_empty()) {
            (false, _) => Weights::Volatility(volatilities),
            (true, false) => Weights::Gap(gaps),
            (true, true) => Weights::Equal,
        };
        Some(Basket { others: others.iter().map(|leg| leg.market).collect(), weights })
    }
}
