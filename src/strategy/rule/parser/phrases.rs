//! What sentences say of something: `hits a high`, `is over 20% below its high`, `has fallen over 5% in 21 days`.
//!
//! Each becomes a function of the registry.

use super::nouns::Extreme;
use super::periods::Length;
use super::verbs::{CROSSES, DISTANCES, HITS, IS, begins_predicate, verbs};
use super::{FUNCTION, Parsed, Parser, advice, binary};
use crate::strategy::rule::lexer::TokenKind;
use crate::strategy::rule::parameters::Value;
use crate::strategy::rule::syntax::{Expression, Operator, Syntax};

/// The words of sentence forms, for hints.
const WORDS: [&str; 59] = [
    "hits",
    "makes",
    "sets",
    "reaches",
    "is",
    "are",
    "trades",
    "stands",
    "has",
    "have",
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
    "between",
    "off",
    "from",
    "its",
    "within",
    "days",
    "bars",
    "moving",
    "average",
    "correlation",
    "change",
    "volatility",
    "risen",
    "fallen",
    "gained",
    "lost",
    "rises",
    "falls",
    "points",
    "exit",
    "after",
    "before",
    "since",
    "all-time",
    "than",
    "crosses",
    "beta",
    "exponential",
    "for",
    "breaks",
    "lags",
    "outperforms",
    "happens",
    "round",
    "ago",
    "while",
    "exceeds",
];

/// Further words of sentences, for hints: they have a meaning only where they stand.
const FURTHER: [&str; 16] = [
    "commission",
    "slippage",
    "borrow",
    "hedged",
    "fill",
    "stop",
    "target",
    "trail",
    "trailing",
    "profit",
    "gap",
    "break-even",
    "whichever",
    "consecutive",
    "straight",
    "peak",
];

/// Every word that a hint may offer.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    WORDS.into_iter().chain(FURTHER).chain(verbs())
}

/// Whether a word has a meaning of its own in a rule, so that a market of that name could not be told from it.
pub(crate) fn is_taken(word: &str) -> bool {
    let others = super::ARTICLES
        .into_iter()
        .chain(["and", "or", "not", "all", "none", "when", "long", "short", "but", "as"]);
    others.chain(WORDS).any(|taken| taken.eq_ignore_ascii_case(word))
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Parser<'_, '_, '_> {
    /// A clause that begins with what it says: `within 30 days after a halving`, `in December`, `at least 2 of (…)`.
    pub(super) fn opening(&mut self) -> Parsed<Option<Expression>> {
        let start = self.span().start;
        if self.peek_word("within") && !self.is_call() {
            self.at += 1;
            let days = self.last_days()?;
            return self.near_event(start, days).map(Some);
        }
        let calendar = [("in", "in_month", MONTHS.as_slice()), ("on", "on_weekday", WEEKDAYS.as_slice())];
        for (word, function, names) in calendar {
            let Some(next) = self.word_at(self.at + 1).map(str::to_lowercase) else { continue };
            let number = names.iter().position(|name| next == *name || next.strip_suffix('s') == Some(name));
            if let Some(number) = number.filter(|_| self.peek_word(word)) {
                self.at += 2;
                let span = self.from(start);
                let value = Expression { syntax: Syntax::Value(Value::count(number + 1)), span };
                return self.call_of(function, start, vec![value]).map(Some);
            }
        }
        self.some_of(start)
    }

    /// `at least 2 of (…, …)`, `any of (…)`, `all of (…)`
    fn some_of(&mut self, start: usize) -> Parsed<Option<Expression>> {
        let begin = self.at;
        let says = self.peek_word("at") && self.word_is(begin + 1, "least");
        if says && self.word_at(begin + 2).and_then(advice::number_of_word).is_some() {
            self.at += 2;
            return Err(self.unexpected("a number, as in `at least 2 of (…, …)`"));
        }
        let is_said = says && self.is_number(begin + 2);
        let word = ["any", "all"].into_iter().find(|word| self.peek_word(word));
        let of = begin + if is_said { 3 } else { 1 };
        let opens = self.tokens.get(of + 1).is_some_and(|token| token.kind == TokenKind::Sign("("));
        if !((is_said || word.is_some()) && self.word_is(of, "of") && opens) {
            return Ok(None);
        }
        self.at += if is_said { 2 } else { 1 };
        let number = if is_said { Some(self.setting()?) } else { None };
        self.at += 2;
        let mut conditions = vec![self.deeper(|parser| parser.disjunction(super::Stop::End))?];
        while self.eat_sign(",") {
            conditions.push(self.deeper(|parser| parser.disjunction(super::Stop::End))?);
        }
        self.expect_sign(")")?;
        let count = if word == Some("any") { 1 } else { conditions.len() };
        let number = number.unwrap_or_else(|| Expression {
            syntax: Syntax::Value(Value::count(count)),
            span: self.from(start),
        });
        self.call_of("at_least", start, std::iter::once(number).chain(conditions).collect()).map(Some)
    }

    /// `after a halving`, `before an fomc decision`, behind a number of days.
    fn near_event(&mut self, start: usize, days: Expression) -> Parsed<Expression> {
        let name = if self.eat_any(&["after", "of", "following"]) {
            "after_event"
        } else if self.eat_word("before") {
            "before_event"
        } else {
            return Err(self.unexpected("`after` or `before` and dated events, as in `after a halving`"));
        };
        let events = self.events()?;
        self.call_of(name, start, vec![events, days])
    }

    /// What is said of `left`, if a sentence form follows.
    pub(super) fn predicate(&mut self, left: &Expression) -> Parsed<Option<Expression>> {
        if self.eat_any(&HITS) {
            return self.hits(left).map(Some);
        }
        if ["closes", "close"].iter().any(|word| self.peek_word(word)) && self.word_is(self.at + 1, "at") {
            self.at += 2;
            return self.hits(left).map(Some);
        }
        if self.eat_any(&IS) {
            self.eat_any(&["still", "already"]);
            let negated = self.eat_word("not");
            let clause = self.is(left)?;
            return Ok(Some(if negated {
                Expression { span: clause.span.clone(), syntax: Syntax::Not(Box::new(clause)) }
            } else {
                clause
            }));
        }
        if self.eat_any(&CROSSES) {
            let rising = if self.eat_any(&["above", "over"]) {
                true
            } else if self.eat_any(&["below", "under"]) {
                false
            } else {
                let error = self.unexpected("`above` or `below`");
                return Err(error.hint(
                    "say from which side: `crosses above 100000`, `crosses below its 50-day average`",
                ));
            };
            return self.crossing(left, rising).map(Some);
        }
        if self.eat_any(&["exceeds", "exceed"]) {
            let level = self.of_subject(left, Self::sum)?;
            return Ok(Some(binary(Operator::More, left.clone(), level)));
        }
        if let Some(clause) = self.beside_another(left)? {
            return Ok(Some(clause));
        }
        self.movement(left)
    }

    /// Whether a verb comes next that says something of what stands before it.
    pub(super) fn begins_predicate(&self) -> bool {
        !self.is_call() && self.word_at(self.at).is_some_and(begins_predicate)
    }

    /// The level behind `crosses above` or `crosses below`.
    pub(super) fn crossing(&mut self, left: &Expression, rising: bool) -> Parsed<Expression> {
        let name = if rising { "crosses_above" } else { "crosses_below" };
        let level = self.of_subject(left, Self::sum)?;
        self.call_of(name, left.span.start, vec![left.clone(), level])
    }

    /// Reads with `left` as what `its` refers to.
    pub(super) fn of_subject<T>(
        &mut self,
        left: &Expression,
        read: impl FnOnce(&mut Self) -> Parsed<T>,
    ) -> Parsed<T> {
        let before = self.subject.replace(left.clone());
        let read = read(self);
        self.subject = before;
        read
    }

    /// `… within [the last] N days`, `… for [the last] N days`, `… on at least K of N days`,
    /// `… within N days after a halving`
    pub(super) fn tail(&mut self, clause: Expression) -> Parsed<Expression> {
        let mut clause = clause;
        loop {
            let start = clause.span.start;
            if self.eat_word("within") {
                self.link(FUNCTION)?;
                let begin = self.span().start;
                let days = self.last_days()?;
                clause = if ["after", "before", "of", "following"].iter().any(|word| self.peek_word(word)) {
                    let near = self.near_event(begin, days)?;
                    binary(Operator::And, clause, near)
                } else {
                    self.call_of("within", start, vec![clause, days])?
                };
            } else if self.peek_word("for") || self.is_run() {
                self.link(FUNCTION)?;
                let days = self.run()?;
                clause = self.call_of("always", start, vec![clause, days])?;
            } else if self.peek_word("on") && self.word_is(self.at + 1, "at") {
                self.link(FUNCTION)?;
                self.at += 1;
                let operator = self.comparison_words().unwrap_or(Operator::AtLeast);
                let number = self.setting()?;
                if !self.eat_word("of") {
                    return Err(
                        self.unexpected("`of` and a number of days, as in `on at least 3 of 21 days`")
                    );
                }
                let days = self.last_days()?;
                let count = self.call_of("count", start, vec![clause, days])?;
                clause = binary(operator, count, number);
            } else {
                return Ok(clause);
            }
        }
    }

    /// Whether `N days in a row` comes next.
    fn is_run(&self) -> bool {
        let straight = ["straight", "consecutive"].iter().any(|word| self.word_is(self.at + 1, word));
        let behind = self.at + 2;
        self.is_number(self.at)
            && (straight && self.is_period(behind)
                || self.is_period(self.at + 1)
                    && (self.word_is(behind, "running")
                        || self.word_is(behind, "in") && self.word_is(behind + 2, "row")))
    }

    /// `for [at least] N [straight] days`, `N days in a row`
    fn run(&mut self) -> Parsed<Expression> {
        if self.eat_word("for") {
            let first = usize::from(self.word_is(self.at, "the"));
            if self.word_is(self.at + first, "first") {
                let error = self.unexpected("a number of days, as in `for 5 days`");
                return Err(error.hint("a high for the first time in 252 days is `hits a 252-day high`"));
            }
            self.eat_words(&["at", "least"]);
        }
        let days = self.last_days()?;
        if !self.eat_words(&["in", "a", "row"]) {
            self.eat_word("running");
        }
        Ok(days)
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
        if self.eat_word("between") {
            return self.between(left);
        }
        if self.eat_word("within") {
            return self.near(left);
        }
        if ["<", "<=", "≤", ">", ">=", "≥"].iter().any(|sign| self.peek_sign(sign)) {
            let error = self.unexpected("a word such as `over`, `under` or `at least`");
            return Err(error.hint("write `btc is over 100`, or `btc > 100` without `is`"));
        }
        let direction = self.direction();
        if direction.is_some() {
            self.eat_word("by");
        }
        let operator = self.comparison_words();
        let amount = self.of_subject(left, Self::sum)?;
        if direction.is_some() && ["in", "over"].iter().any(|word| self.peek_word(word)) {
            let operator = operator.unwrap_or(Operator::AtLeast);
            return self.change(left, direction == Some(Extreme::Low), operator, amount);
        }
        if DISTANCES.iter().any(|word| self.peek_word(word)) {
            let operator = operator.unwrap_or(Operator::AtLeast);
            self.check_distance(&amount)?;
            let measure = self.distance(left, direction)?;
            let span = measure.span.clone();
            return Ok(Expression { span, ..binary(operator, measure, amount) });
        }
        match operator {
            Some(operator) if direction.is_none() => Ok(binary(operator, left.clone(), amount)),
            _ if self.peek_word("to") => Err(self
                .unexpected("`below` or `above`, as in `is 20% below its high`")
                .hint("a range is `is between 20% and 30% below its high`")),
            _ if self.peek_word("points") => Err(self
                .unexpected("`below` or `above`, as in `is 20% below its high`")
                .hint("a distance is a percentage of the high or low: `is 20% below its high`")),
            _ => Err(self
                .unexpected("`below` or `above`, as in `is 20% below its high`")
                .hint("a price is seldom equal to a number: write `is over …`, `is under …` or `is between … and …`")),
        }
    }

    /// `down` and `up`: towards the low or the high.
    fn direction(&mut self) -> Option<Extreme> {
        if self.eat_word("down") {
            return Some(Extreme::Low);
        }
        // `up to` is at most.
        (!self.word_is(self.at + 1, "to") && self.eat_word("up")).then_some(Extreme::High)
    }

    /// `between A and B [below its high]`
    fn between(&mut self, left: &Expression) -> Parsed<Expression> {
        let low = self.of_subject(left, Self::sum)?;
        if !self.eat_word("and") {
            return Err(self.unexpected("`and` and the other end, as in `between 30 and 70`"));
        }
        let high = self.of_subject(left, Self::sum)?;
        let is_distance = DISTANCES.iter().any(|word| self.peek_word(word));
        if is_distance {
            self.check_distance(&low)?;
            self.check_distance(&high)?;
        }
        let measure = if is_distance { self.distance(left, None)? } else { left.clone() };
        self.call_of("between", left.span.start, vec![measure, low, high])
    }

    /// `within 2% of a round 10000`, `within 5% of its 252-day high`
    fn near(&mut self, left: &Expression) -> Parsed<Expression> {
        let amount = self.of_subject(left, Self::sum)?;
        if !self.eat_word("of") {
            return Err(self
                .unexpected("`of` and a high, a low or a round number, as in `within 2% of a round 10000`"));
        }
        self.check_distance(&amount)?;
        self.skip_article_like();
        let measure = if self.eat_word("round") {
            let step = self.setting()?;
            self.call_of("distance_to_round", left.span.start, vec![left.clone(), step])?
        } else {
            let length = self.length()?;
            let name = match self.extreme()? {
                Extreme::High => "drawdown",
                Extreme::Low => "runup",
            };
            self.of_window(name, left, length)?
        };
        Ok(binary(Operator::AtMost, measure, amount))
    }

    /// `over`, `more than` and the like, if they stand here.
    pub(super) fn comparison_words(&mut self) -> Option<Operator> {
        const THREE: [([&str; 3], Operator); 4] = [
            (["no", "less", "than"], Operator::AtLeast),
            (["not", "less", "than"], Operator::AtLeast),
            (["no", "more", "than"], Operator::AtMost),
            (["not", "more", "than"], Operator::AtMost),
        ];
        const TWO: [([&str; 2], Operator); 9] = [
            (["more", "than"], Operator::More),
            (["greater", "than"], Operator::More),
            (["higher", "than"], Operator::More),
            (["less", "than"], Operator::Less),
            (["lower", "than"], Operator::Less),
            (["fewer", "than"], Operator::Less),
            (["at", "least"], Operator::AtLeast),
            (["at", "most"], Operator::AtMost),
            (["up", "to"], Operator::AtMost),
        ];
        let three = THREE.iter().map(|(words, operator)| (words.as_slice(), *operator));
        for (words, operator) in
            three.chain(TWO.iter().map(|(words, operator)| (words.as_slice(), *operator)))
        {
            if words.iter().enumerate().all(|(i, word)| self.word_is(self.at + i, word)) {
                self.at += words.len();
                return Some(operator);
            }
        }
        if self.eat_any(&["over", "above"]) {
            return Some(Operator::More);
        }
        self.eat_any(&["under", "below"]).then_some(Operator::Less)
    }

    pub(super) fn skip_article_like(&mut self) {
        while self.eat_any(&["the", "a", "an", "its", "own", "new", "fresh"]) {}
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
}
