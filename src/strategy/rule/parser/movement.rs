//! How far something moved: below a high, above a low, over so many days, beside another market.

use super::nouns::Extreme;
use super::verbs::{DISTANCES, FALLEN, FALLS, LAGS, OUTRUNS, RISEN, RISES};
use super::{Parsed, Parser, binary};
use crate::strategy::rule::lexer::TokenKind;
use crate::strategy::rule::parameters::{Unit, Value};
use crate::strategy::rule::syntax::{Expression, Operator, Syntax};

impl Parser<'_, '_, '_> {
    /// `below its [N-day] high [on highs]`, `above its low`, `off its high`, `from its low`
    pub(super) fn distance(&mut self, left: &Expression, direction: Option<Extreme>) -> Parsed<Expression> {
        let wanted = match (self.peek_word("below") || self.peek_word("under"), self.peek_word("above")) {
            (true, _) => Some(Extreme::High),
            (_, true) => Some(Extreme::Low),
            _ => direction.map(|way| if way == Extreme::Low { Extreme::High } else { Extreme::Low }),
        };
        self.at += 1;
        self.skip_article_like();
        let length = self.length()?;
        let place = self.at;
        if self.is_market_here() {
            return Err(self.unexpected("`its high`, as in `is 20% below its high`").hint(
                "how two markets stand to each other is `lags russell by over 20% over 63 days`, or `btc < russell * 0.8`",
            ));
        }
        let extreme = self.extreme()?;
        if wanted.is_some_and(|wanted| wanted != extreme) {
            self.at = place;
            return Err(self.unexpected(if wanted == Some(Extreme::High) {
                "`high`: a price is below its high"
            } else {
                "`low`: a price is above its low"
            }));
        }
        let on_highs = self.peek_word("on") && self.word_is(self.at + 1, "highs");
        let name = match (extreme, on_highs) {
            (Extreme::High, false) => "drawdown",
            (Extreme::High, true) => "drawdown_on_highs",
            (Extreme::Low, _) => "runup",
        };
        if on_highs && extreme == Extreme::High {
            self.at += 2;
        }
        self.of_window(name, left, length)
    }

    /// Whether a word comes next that stands for a market and is no noun.
    fn is_market_here(&mut self) -> bool {
        let Some(word) = self.word_at(self.at).map(str::to_owned) else { return false };
        let is_extreme = ["high", "low", "record", "peak"].iter().any(|noun| word.starts_with(noun));
        !is_extreme && self.names.stands_for_a_market(&word)
    }

    /// `lags Y by [over] p over N days`, `outperforms Y by …`
    pub(super) fn beside_another(&mut self, left: &Expression) -> Parsed<Option<Expression>> {
        let behind = if self.eat_any(&OUTRUNS) {
            false
        } else if self.eat_any(&LAGS) {
            true
        } else {
            return Ok(None);
        };
        let other = self.market()?;
        if !self.eat_word("by") {
            return Err(self.unexpected("`by` and how much, as in `lags russell by over 10% over 63 days`"));
        }
        let operator = self.comparison_words().unwrap_or(Operator::AtLeast);
        let amount = self.sum()?;
        self.check_distance(&amount)?;
        if !self.eat_any(&["in", "over", "within"]) {
            return Err(self.unexpected("`over N days`"));
        }
        let days = self.last_days()?;
        let spread = self.call_of("spread", left.span.start, vec![left.clone(), other, days])?;
        Ok(Some(binary(operator, if behind { negated(spread) } else { spread }, amount)))
    }

    /// `has risen [by] [over] p in N days`, `falls by p in N days`, `falls p from its high`, `falls below X`
    pub(super) fn movement(&mut self, left: &Expression) -> Parsed<Option<Expression>> {
        let perfect = self.eat_any(&["has", "have"]);
        let fallen = if perfect {
            if self.eat_any(&FALLEN) {
                true
            } else if self.eat_any(&RISEN) {
                false
            } else {
                let error = self.unexpected("`risen` or `fallen`, as in `has risen over 5% in 21 days`");
                return Err(error);
            }
        } else if self.eat_any(&RISES) {
            false
        } else if self.eat_any(&FALLS) {
            true
        } else {
            return Ok(None);
        };
        if let Some(crossing) = self.passes_a_level(left, fallen, perfect)? {
            return Ok(Some(crossing));
        }
        self.eat_word("by");
        let operator = self.comparison_words().unwrap_or(Operator::AtLeast);
        let amount = self.sum()?;
        if DISTANCES.iter().any(|word| self.peek_word(word)) {
            self.check_distance(&amount)?;
            let way = if fallen { Extreme::Low } else { Extreme::High };
            let measure = self.distance(left, Some(way))?;
            let span = measure.span.clone();
            return Ok(Some(Expression { span, ..binary(operator, measure, amount) }));
        }
        self.change(left, fallen, operator, amount).map(Some)
    }

    /// `falls below 100000`, `rises above its 50-day average`: a level, not how far it moved.
    fn passes_a_level(
        &mut self,
        left: &Expression,
        fallen: bool,
        perfect: bool,
    ) -> Parsed<Option<Expression>> {
        let words: &[&str] = if fallen { &["below", "under"] } else { &["above", "over"] };
        let says = words.iter().any(|word| self.peek_word(word));
        let in_points = ["point", "points"].iter().any(|word| self.word_is(self.at + 2, word));
        let is_level = match self.tokens.get(self.at + 1).map(|token| &token.kind) {
            Some(TokenKind::Number(Value::Number { unit, .. })) => *unit == Unit::Plain && !in_points,
            Some(TokenKind::Word(_)) => !self.is_share(self.at + 1),
            _ => false,
        };
        let in_days = self.word_is(self.at + 2, "in") || self.word_is(self.at + 2, "over");
        if !says || !is_level || in_days {
            return Ok(None);
        }
        if perfect {
            let error = self.unexpected("how far, as in `has fallen over 5% in 21 days`");
            return Err(error.hint("of a level say that it `is below` it, or `crosses below` it"));
        }
        self.at += 1;
        self.crossing(left, !fallen).map(Some)
    }

    /// `[points] in N days`, behind how much something rose or fell.
    pub(super) fn change(
        &mut self,
        left: &Expression,
        fallen: bool,
        operator: Operator,
        amount: Expression,
    ) -> Parsed<Expression> {
        let in_points = self.eat_any(&["points", "point"]);
        if !in_points && self.is_plain(&amount) {
            let text = &self.fragment.text[amount.span.clone()];
            return Err(self
                .fragment
                .error(format!("`{text}` has no unit"), amount.span.clone(), "percent or points?")
                .hint(format!(
                    "write `{text}%`, or `{text} points` of a series that counts in points, as rates do"
                )));
        }
        if !in_points {
            self.check_distance(&amount)?;
        }
        if !self.eat_any(&["in", "over", "within"]) {
            return Err(self.unexpected("`in N days`, or `from its high`"));
        }
        let days = self.last_days()?;
        if fallen && !in_points && self.least(&amount).is_some_and(|least| least >= 1.0) {
            let text = self.fragment.text[amount.span.clone()].to_owned();
            let error =
                self.fragment.error("this can never be true", amount.span, "a price keeps some of it");
            return Err(error.hint(format!(
                "write less than 100%; a rate that falls below zero is said in points, not `{text}`"
            )));
        }
        let name = if in_points { "difference" } else { "change" };
        let change = self.call_of(name, left.span.start, vec![left.clone(), days])?;
        Ok(binary(operator, if fallen { negated(change) } else { change }, amount))
    }

    /// Refuses a distance that would be read as something other than it says: without a unit, with a minus, or as a
    /// difference of two.
    pub(super) fn check_distance(&self, amount: &Expression) -> Parsed<()> {
        let text = &self.fragment.text[amount.span.clone()];
        let error = |title: String, label: &str| self.fragment.error(title, amount.span.clone(), label);
        match &amount.syntax {
            Syntax::Negate(inner) => {
                let inner = &self.fragment.text[inner.span.clone()];
                Err(error("a distance has no minus".into(), "below zero")
                    .hint(format!("write `{inner}`: the words say on which side")))
            }
            Syntax::Binary(Operator::Subtract, low, high)
                if matches!((&low.syntax, &high.syntax), (Syntax::Value(_), Syntax::Value(_))) =>
            {
                let (low, high) =
                    (&self.fragment.text[low.span.clone()], &self.fragment.text[high.span.clone()]);
                Err(error(format!("`{text}` takes one from the other"), "a range or a minus?")
                    .hint(format!("a range is `between {low} and {high}`")))
            }
            Syntax::Value(Value::Number { value, .. }) if self.is_plain(amount) && *value > 0.0 => {
                let percent =
                    if *value < 1.0 { ((value * 1e11).round() / 1e9).to_string() } else { text.to_owned() };
                Err(error(format!("`{text}` has no unit"), "percent is wanted")
                    .hint(format!("write `{percent}%`")))
            }
            Syntax::Hole(_) if self.is_plain(amount) => {
                Err(error(format!("the values of `{text}` have no unit"), "percent is wanted")
                    .hint("write each with its sign, as in {10%, 20%} or {10%..40% by 5%}"))
            }
            _ => Ok(()),
        }
    }

    /// The least that a written amount can be.
    fn least(&self, amount: &Expression) -> Option<f64> {
        match &amount.syntax {
            Syntax::Value(value) => value.number(),
            Syntax::Hole(index) => {
                let values = self.names.parameters()[*index].values.iter().filter_map(Value::number);
                values.reduce(f64::min)
            }
            _ => None,
        }
    }

    /// Whether an amount is a number without a unit.
    fn is_plain(&self, amount: &Expression) -> bool {
        let plain = |value: &Value| matches!(value, Value::Number { unit: Unit::Plain, .. });
        match &amount.syntax {
            Syntax::Value(value) => plain(value),
            Syntax::Hole(index) => plain(&self.names.parameters()[*index].default),
            _ => false,
        }
    }

    /// Whether a word says a share: `a quarter below its high`, `half`.
    pub(super) fn is_share(&self, at: usize) -> bool {
        let at = (at..self.tokens.len())
            .find(|at| !super::ARTICLES.iter().any(|word| self.word_is(*at, word)))
            .unwrap_or(at);
        let says = ["half", "quarter", "third", "fifth", "tenth"].iter().any(|word| self.word_is(at, word));
        let behind = DISTANCES.iter().chain(&["in", "over", "within", "and"]);
        says && behind.into_iter().any(|word| self.word_is(at + 1, word))
    }

    /// `a quarter`, `half` where a percentage stands.
    pub(super) fn share(&mut self) -> Parsed<Option<Expression>> {
        if !self.is_share(self.at) {
            return Ok(None);
        }
        self.skip_articles();
        let span = self.span();
        let shares = [("half", 50), ("quarter", 25), ("fifth", 20), ("tenth", 10)];
        let Some((_, percent)) = shares.into_iter().find(|(word, _)| self.peek_word(word)) else {
            return Err(self.unexpected("a percentage").hint("write how much is meant: `33%`"));
        };
        self.at += 1;
        Ok(Some(Expression { syntax: Syntax::Value(Value::percent(percent)), span }))
    }
}

fn negated(measure: Expression) -> Expression {
    Expression { span: measure.span.clone(), syntax: Syntax::Negate(Box::new(measure)) }
}
