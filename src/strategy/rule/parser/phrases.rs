//! Sentence forms: `hits a high`, `is over 20% below its high`, `the 200-day moving average of`.
//!
//! Each becomes a function of the registry.

use super::{Parsed, Parser, binary, counted};
use crate::strategy::rule::lexer::TokenKind;
use crate::strategy::rule::syntax::{Expression, Operator, Syntax};

/// The words of sentence forms, for hints.
pub(super) const WORDS: [&str; 34] = [
    "hits",
    "is",
    "has",
    "at",
    "high",
    "low",
    "record",
    "below",
    "above",
    "over",
    "under",
    "more",
    "less",
    "least",
    "most",
    "its",
    "within",
    "days",
    "moving",
    "average",
    "correlation",
    "change",
    "volatility",
    "risen",
    "fallen",
    "exit",
    "after",
    "all-time",
    "than",
    "crosses",
    "beta",
    "exponential",
    "for",
    "breaks",
];

/// Whether a word has a meaning of its own in a rule, so that a market of that name could not be told from it.
pub(crate) fn is_taken(word: &str) -> bool {
    let others =
        super::ARTICLES.into_iter().chain(["and", "or", "not", "all", "none", "when", "long", "short"]);
    others.chain(WORDS).any(|taken| taken.eq_ignore_ascii_case(word))
}

/// High or low.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extreme {
    High,
    Low,
}

impl Parser<'_, '_, '_> {
    /// What is said of `left`, if a sentence form follows.
    pub(super) fn predicate(&mut self, left: &Expression) -> Parsed<Option<Expression>> {
        if self.eat_any(&["hits", "makes", "sets", "reaches"]) {
            return self.hits(left).map(Some);
        }
        if self.eat_word("is") {
            let negated = self.eat_word("not");
            let clause = self.is(left)?;
            return Ok(Some(if negated {
                Expression { span: clause.span.clone(), syntax: Syntax::Not(Box::new(clause)) }
            } else {
                clause
            }));
        }
        if self.eat_any(&["crosses", "breaks"]) {
            let name = if self.eat_any(&["above", "over"]) {
                "crosses_above"
            } else if self.eat_any(&["below", "under"]) {
                "crosses_below"
            } else {
                return Err(self.unexpected("`above` or `below`"));
            };
            let before = self.subject.replace(left.clone());
            let level = self.sum();
            self.subject = before;
            return self.call_of(name, left.span.start, vec![left.clone(), level?]).map(Some);
        }
        if self.eat_word("has") {
            return self.has(left).map(Some);
        }
        Ok(None)
    }

    /// `… within [the last] N days`, `… for [the last] N days`
    pub(super) fn within(&mut self, clause: Expression) -> Parsed<Expression> {
        let mut clause = clause;
        loop {
            let name = if self.eat_word("within") {
                "within"
            } else if self.eat_word("for") {
                "always"
            } else {
                return Ok(clause);
            };
            self.skip_articles();
            self.eat_any(&["last", "past"]);
            let days = self.days()?;
            clause = self.call_of(name, clause.span.start, vec![clause, days])?;
        }
    }

    /// `hits a [N-day | all-time | record] high | low | record`
    fn hits(&mut self, left: &Expression) -> Parsed<Expression> {
        self.skip_article_like();
        let length = self.length()?;
        let name = match self.extreme()? {
            Extreme::High => "new_high",
            Extreme::Low => "new_low",
        };
        self.of_window(name, left, length)
    }

    fn is(&mut self, left: &Expression) -> Parsed<Expression> {
        let at = self.peek_word("at") && !["least", "most"].iter().any(|w| self.word_is(self.at + 1, w));
        if at {
            self.at += 1;
            self.skip_article_like();
            let length = self.length()?;
            let name = match self.extreme()? {
                Extreme::High => "at_high",
                Extreme::Low => "at_low",
            };
            return self.of_window(name, left, length);
        }
        let operator = self.comparison_words();
        let before = self.subject.replace(left.clone());
        let amount = self.sum();
        self.subject = before;
        let amount = amount?;
        if self.peek_word("below") || self.peek_word("under") || self.peek_word("above") {
            return self.distance(left, operator.unwrap_or(Operator::AtLeast), amount);
        }
        match operator {
            Some(operator) => Ok(binary(operator, left.clone(), amount)),
            None => Err(self.unexpected("`below` or `above`, as in `is 20% below its high`")),
        }
    }

    /// `20% below its [N-day] high [on highs]`, `30% above its low`
    fn distance(&mut self, left: &Expression, operator: Operator, amount: Expression) -> Parsed<Expression> {
        let below = !self.peek_word("above");
        self.at += 1;
        self.skip_article_like();
        let length = self.length()?;
        let place = self.at;
        let extreme = self.extreme()?;
        if below != (extreme == Extreme::High) {
            self.at = place;
            let expected =
                if below { "`high`: a price is below its high" } else { "`low`: a price is above its low" };
            return Err(self.unexpected(expected));
        }
        let on_highs = self.peek_word("on") && self.word_is(self.at + 1, "highs");
        let name = match (below, on_highs) {
            (true, false) => "drawdown",
            (true, true) => "drawdown_on_highs",
            (false, _) => "runup",
        };
        if on_highs && below {
            self.at += 2;
        }
        let measure = self.of_window(name, left, length)?;
        let span = measure.span.clone();
        Ok(Expression { span, ..binary(operator, measure, amount) })
    }

    /// `has risen [over] p in N days`, `has fallen …`
    fn has(&mut self, left: &Expression) -> Parsed<Expression> {
        let fallen = if self.eat_any(&["risen", "gained"]) {
            false
        } else if self.eat_any(&["fallen", "lost"]) {
            true
        } else {
            return Err(self.unexpected("`risen` or `fallen`"));
        };
        let operator = self.comparison_words().unwrap_or(Operator::AtLeast);
        let amount = self.sum()?;
        if !self.eat_any(&["in", "over", "within"]) {
            return Err(self.unexpected("`in N days`"));
        }
        self.skip_articles();
        self.eat_any(&["last", "past"]);
        let days = self.days()?;
        let change = self.call_of("change", left.span.start, vec![left.clone(), days])?;
        let measure = if fallen {
            Expression { span: change.span.clone(), syntax: Syntax::Negate(Box::new(change)) }
        } else {
            change
        };
        Ok(binary(operator, measure, amount))
    }

    /// `its N-day high`, `the 200-day moving average of X`, `correlation of X and Y over N days`
    pub(super) fn noun_phrase(&mut self) -> Parsed<Option<Expression>> {
        let start = self.span().start;
        let begin = self.at;
        let its = self.eat_word("its");
        let length = self.length()?;
        let measured = its || self.at > begin;
        let Some((name, words)) = self.noun(measured) else {
            if measured {
                return Err(self
                    .unexpected("`high`, `low`, `moving average`, `change`, `volatility` or `correlation`"));
            }
            return Ok(None);
        };
        self.at += words;
        let mut arguments = Vec::new();
        if its {
            match &self.subject {
                Some(subject) => arguments.push(subject.clone()),
                None => {
                    self.at = begin;
                    return Err(
                        self.unexpected("a market's name: there is nothing that `its` could refer to")
                    );
                }
            }
        } else if self.eat_any(&["of", "in"]) {
            arguments.push(self.market()?);
        } else {
            return Err(self.unexpected("`of` and a market"));
        }
        if name == "correlation" || name == "beta" {
            if !self.eat_any(&["and", "with", "to"]) {
                return Err(self.unexpected("`and` or `with` and the other market"));
            }
            arguments.push(self.market()?);
        }
        arguments.extend(self.length_of_noun(name, length)?);
        self.call_of(name, start, arguments).map(Some)
    }

    /// The noun that stands here and its number of words. Without a length or `its` before it, a noun needs
    /// `of` behind it, so that a market may be called `change`.
    fn noun(&self, measured: bool) -> Option<(&'static str, usize)> {
        let (name, words) = match self.word_at(self.at)? {
            "high" => ("highest", 1),
            "low" => ("lowest", 1),
            "moving" if self.word_is(self.at + 1, "average") => ("sma", 2),
            "average" => ("sma", 1),
            "exponential" if self.word_is(self.at + 1, "average") => ("ema", 2),
            "beta" => ("beta", 1),
            "change" => ("change", 1),
            "volatility" => ("volatility", 1),
            "correlation" => ("correlation", 1),
            _ => return None,
        };
        let of = self.word_is(self.at + words, "of") || self.word_is(self.at + words, "in");
        (measured || of).then_some((name, words))
    }

    /// The length in front of the noun, or `over N days` behind it.
    fn length_of_noun(&mut self, name: &str, before: Length) -> Parsed<Option<Expression>> {
        match before {
            Length::Of(length) => return Ok(Some(length)),
            Length::AllTime => return Ok(None),
            Length::NotSaid => {}
        }
        if self.peek_word("over") && !self.word_is(self.at + 1, "its") {
            self.at += 1;
            self.skip_articles();
            self.eat_any(&["last", "past"]);
            return self.days().map(Some);
        }
        match name {
            "highest" | "lowest" => Ok(None),
            _ => Err(self.unexpected("the number of days, as in `over 63 days`")),
        }
    }

    /// `over`, `more than` and the like, if they stand here.
    fn comparison_words(&mut self) -> Option<Operator> {
        const TWO: [(&str, &str, Operator); 4] = [
            ("more", "than", Operator::More),
            ("less", "than", Operator::Less),
            ("at", "least", Operator::AtLeast),
            ("at", "most", Operator::AtMost),
        ];
        for (first, second, operator) in TWO {
            if self.peek_word(first) && self.word_is(self.at + 1, second) {
                self.at += 2;
                return Some(operator);
            }
        }
        if self.eat_any(&["over", "above"]) {
            return Some(Operator::More);
        }
        self.eat_any(&["under", "below"]).then_some(Operator::Less)
    }

    fn skip_article_like(&mut self) {
        while self.eat_any(&["the", "a", "an", "its", "new"]) {}
    }

    /// `high`, `low`, `record`, `record high`
    fn extreme(&mut self) -> Parsed<Extreme> {
        let record = self.eat_word("record");
        if self.eat_word("high") {
            Ok(Extreme::High)
        } else if self.eat_word("low") {
            Ok(Extreme::Low)
        } else if record {
            Ok(Extreme::High)
        } else {
            Err(self.unexpected("`high`, `low` or `record`, as in `a 252-day high`"))
        }
    }

    /// `252-day`, `{window}-day`, `all-time`
    fn length(&mut self) -> Parsed<Length> {
        if self.eat_any(&["all-time", "all-day"]) {
            return Ok(Length::AllTime);
        }
        let number = matches!(self.peek(), Some(TokenKind::Number(_) | TokenKind::Hole(_)));
        match self.tokens.get(self.at + 1).map(|token| &token.kind) {
            Some(TokenKind::Period { bars }) if number => {
                let bars = *bars;
                let setting = self.setting()?;
                self.at += 1;
                Ok(Length::Of(counted(setting, bars)))
            }
            Some(TokenKind::Sign("-")) if number && self.names_another_period(self.at + 2) => {
                self.at += 2;
                Err(self.unexpected("days or bars").hint(
                    "a year is 252 sessions for shares and 365 days for crypto: write 252-day, 21-day, 5-day",
                ))
            }
            _ => Ok(Length::NotSaid),
        }
    }

    fn names_another_period(&self, at: usize) -> bool {
        self.word_at(at)
            .is_some_and(|word| ["week", "month", "year"].iter().any(|unit| word.starts_with(unit)))
    }

    /// `63 days`, `{hold} days`, `40 bars`
    fn days(&mut self) -> Parsed<Expression> {
        let setting = self.setting()?;
        if self.eat_any(&["bar", "bars"]) {
            return Ok(counted(setting, true));
        }
        if self.eat_any(&["day", "days", "session", "sessions"]) {
            return Ok(setting);
        }
        Err(self.unexpected("`days` or `bars`"))
    }

    /// `its 63-day beta`, `21-day volatility`: the function `noun` of these markets over that length.
    ///
    /// # Errors
    /// Where something else stands there.
    pub fn measure(&mut self, noun: &str, markets: &[usize]) -> Parsed<Expression> {
        let start = self.span().start;
        self.skip_article_like();
        let wanted = format!("a length, as in `63-day {noun}`");
        let Length::Of(length) = self.length()? else { return Err(self.unexpected(&wanted)) };
        if !self.eat_word(noun) {
            return Err(self.unexpected(&format!("`{noun}`")));
        }
        let span = self.from(start);
        let markets = markets.iter().map(|market| Syntax::Market(*market));
        let mut arguments: Vec<_> = markets.map(|syntax| Expression { syntax, span: span.clone() }).collect();
        arguments.push(length);
        self.call_of(noun, start, arguments)
    }

    /// `name(left, length)`, without the length where it is all time.
    fn of_window(&self, name: &str, left: &Expression, length: Length) -> Parsed<Expression> {
        let mut arguments = vec![left.clone()];
        if let Length::Of(length) = length {
            arguments.push(length);
        }
        self.call_of(name, left.span.start, arguments)
    }

    fn call_of(&self, name: &str, start: usize, arguments: Vec<Expression>) -> Parsed<Expression> {
        let span = self.from(start);
        let function = self.function(name, span.clone())?;
        Ok(Expression { syntax: Syntax::Call(function, arguments), span })
    }
}

/// A length as a sentence says it.
enum Length {
    Of(Expression),
    AllTime,
    NotSaid,
}
