//! Reads rules: operators here, what stands between them in `values`, sentence forms in `phrases`, `movement`, `nouns`
//! and `periods` with the words of `verbs`, what people write instead in `advice`; `endings` knows where a rule is over,
//! `cursor` the place in the text. `docs/grammar.md` says the same as a grammar.
//!
//! Recursive descent, because a sentence language lives by its messages: at every place it is known what
//! was expected.

mod advice;
mod cursor;
mod endings;
mod movement;
mod nouns;
mod periods;
mod phrases;
mod several;
mod values;
mod verbs;

pub(crate) use phrases::is_taken;

use std::ops::Range;

use super::lexer::{Fragment, Token, TokenKind, tokens};
use super::names::{Names, is_identifier};
use super::parameters::{Value, parse_value};
use super::syntax::{Expression, Operator, Syntax};
use crate::base::diagnostic::Diagnostic;

/// Brackets, functions and `not` may stand this deep inside each other.
const DEEPEST: usize = 64;

/// So many parts may be joined in one rule: the graph of a longer chain would be too deep to walk.
const MOST_LINKS: usize = 400;

/// A function around what stands before it, as `… within 10 days` is, weighs as much as so many parts.
const FUNCTION: usize = 8;

type Parsed<T> = Result<T, Diagnostic>;

/// Where a rule ends besides the end of its text and a comma.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Nowhere else.
    End,
    /// Before `or after`, `or stop`, `or target`, `or trail`, which begin another exit.
    BeforeExit,
}

/// Reads one fragment from left to right.
pub struct Parser<'f, 'n, 'v> {
    fragment: &'f Fragment,
    tokens: Vec<Token>,
    at: usize,
    names: &'n mut Names<'v>,
    /// What `its` refers to: the subject of the sentence being read.
    subject: Option<Expression>,
    /// What the clause before spoke of: `btc is above its average and has risen …`.
    spoken_of: Option<Expression>,
    depth: usize,
    links: usize,
    /// Whether a clause was wrong and has been stepped over.
    has_failed: bool,
}

const ARTICLES: [&str; 3] = ["the", "a", "an"];
/// Words that join clauses which must all be true.
const CONNECTIVES: [&str; 3] = ["and", "while", "but"];
/// Words before the traded market.
const SIDES: [&str; 2] = ["long", "short"];

impl<'f, 'n, 'v> Parser<'f, 'n, 'v> {
    /// Cuts the fragment into tokens.
    ///
    /// # Errors
    /// Where a character has no meaning in a rule or a bracket of a name or hole is never closed.
    pub fn new(fragment: &'f Fragment, names: &'n mut Names<'v>) -> Parsed<Self> {
        Ok(Self {
            tokens: tokens(fragment)?,
            fragment,
            at: 0,
            names,
            subject: None,
            spoken_of: None,
            depth: 0,
            links: 0,
            has_failed: false,
        })
    }

    /// Reads a rule up to the end, a comma, the word `exit`, or what `stop` says.
    ///
    /// # Errors
    /// What is not as the grammar wants it, with its place. Of several wrong clauses the last is given back and the
    /// others are noted with the names.
    pub fn rule(&mut self, stop: Stop) -> Parsed<Expression> {
        let start = self.span().start;
        self.spoken_of = None;
        let rule = self.disjunction(stop)?;
        if self.has_failed {
            let mut noted = self.names.take_noted();
            if let Some(last) = noted.pop() {
                for error in noted {
                    self.names.note(error);
                }
                return Err(last);
            }
        }
        // The whole text, also where the last words became part of a function.
        let rule = Expression { span: self.from(start), ..rule };
        if self.at == self.tokens.len() || self.peek_sign(",") || self.begins_ending(self.at) {
            return Ok(rule);
        }
        if self.joins_ending(self.at) || stop == Stop::BeforeExit && self.peek_word("or") {
            return Ok(rule);
        }
        Err(self.after_the_rule())
    }

    /// What stands behind a rule that seemed to be whole.
    fn after_the_rule(&self) -> Diagnostic {
        if self.peek_sign(")") {
            return self
                .fragment
                .error("a `)` closes nothing", self.span(), "no `(` is open here")
                .hint("take it away, or open it before");
        }
        let error = self.unexpected("`and`, `or`, a comparison, or the end of the rule");
        if ARTICLES.iter().any(|article| self.peek_word(article)) {
            let advice = self.word_at(self.at + 1).and_then(advice::of_word);
            return advice.map_or(error.clone(), |advice| error.hint(advice));
        }
        match self.peek() {
            Some(TokenKind::Number(_) | TokenKind::Hole(_)) => {
                error.hint("is a verb missing? write `BTC is over 20% below its high`")
            }
            Some(TokenKind::Word(word)) if self.is_year(self.at + 1) => {
                let since = !["before", "until"].iter().any(|before| word.eq_ignore_ascii_case(before));
                let option = if since { "--from" } else { "--to" };
                error.hint(format!("which days count is said by `{option} 2020-01-01`"))
            }
            Some(TokenKind::Word(word))
                if word.starts_with(char::is_uppercase) && error.hints().is_empty() =>
            {
                match self.at.checked_sub(1).and_then(|at| self.word_at(at)) {
                    Some(before) => error.hint(format!(
                        "is it one name? a name of several words stands in backticks: `{before} {word}`"
                    )),
                    None => error,
                }
            }
            _ => error,
        }
    }

    /// Whether a number stands there that is a year, as in `after 2020`.
    fn is_year(&self, at: usize) -> bool {
        let number = self.tokens.get(at).and_then(|token| match &token.kind {
            TokenKind::Number(value) => value.bars(),
            _ => None,
        });
        number.is_some_and(|number| (1900..2100).contains(&number)) && !self.is_period(at + 1)
    }

    /// Reads a setting: a value, or a hole for one.
    ///
    /// # Errors
    /// Where neither stands there.
    pub fn setting(&mut self) -> Parsed<Expression> {
        let span = self.span();
        let syntax = match self.peek() {
            Some(TokenKind::Number(value)) => Syntax::Value(value.clone()),
            Some(TokenKind::Word(word)) if word == "none" || word == "all" => {
                Syntax::Value(Value::Word(word.clone()))
            }
            Some(TokenKind::Hole(_)) => return self.hole(),
            _ => return Err(self.unexpected("a value such as 63 or 20%, `none`, or a {hole}")),
        };
        self.at += 1;
        Ok(Expression { syntax, span })
    }

    /// Reads a setting that may be a number below 0: `-3%`.
    ///
    /// # Errors
    /// As [`Parser::setting`].
    pub fn signed_setting(&mut self) -> Parsed<Expression> {
        let start = self.span().start;
        let Some(TokenKind::Number(value)) = self.tokens.get(self.at + 1).map(|token| &token.kind) else {
            return self.setting();
        };
        let negated = parse_value(&format!("-{}", value.text()));
        match negated {
            Ok(value) if self.eat_sign("-") => {
                self.at += 1;
                Ok(Expression { syntax: Syntax::Value(value), span: self.from(start) })
            }
            _ => self.setting(),
        }
    }

    /// Reads the name of a market, and the role that it gets by `as`: `IWM as leader`.
    ///
    /// # Errors
    /// Where the word stands for none, with the nearest known one.
    pub fn market(&mut self) -> Parsed<Expression> {
        let market = self.named_market()?;
        if self.eat_word("as") {
            self.skip_articles();
            let span = self.span();
            let role = match self.peek() {
                Some(TokenKind::Word(word)) if !is_taken(word) && is_identifier(word) => word.clone(),
                _ => return Err(self.unexpected("a name for its role, as in `IWM as leader`")),
            };
            if self.names.market(&role).is_some() {
                return Err(self.fragment.error(
                    format!("`{role}` stands for a market already"),
                    span,
                    "another name is wanted here",
                ));
            }
            if let Syntax::Market(index) = market.syntax {
                self.names.declare_role(&role, index);
            }
            self.at += 1;
        }
        Ok(market)
    }

    fn named_market(&mut self) -> Parsed<Expression> {
        self.skip_articles();
        let span = self.span();
        if let Some(TokenKind::Hole(inner)) = self.peek() {
            let Some(market) = self.names.market_of_hole(inner) else {
                return Err(self.no_market(&inner.clone(), span));
            };
            self.at += 1;
            return Ok(Expression { syntax: Syntax::Market(market), span });
        }
        if let Some(TokenKind::Quoted(name)) = self.peek() {
            let name = name.clone();
            self.at += 1;
            return match self.names.market(&name) {
                Some(index) => Ok(Expression { syntax: Syntax::Market(index), span }),
                None => Err(self.unknown_word(&name, span)),
            };
        }
        for length in (1..=3).rev() {
            let Some((name, span)) = self.joined_words(length) else { continue };
            if let Some(index) = self.names.market(&name) {
                self.at += length;
                return Ok(Expression { syntax: Syntax::Market(index), span });
            }
        }
        match self.peek() {
            Some(TokenKind::Word(word)) => Err(self.unknown_word(&word.clone(), span)),
            _ => Err(self.unexpected("the name of a market")),
        }
    }

    /// Whether a hole comes next that stands for a market: a list of symbols.
    fn is_market_hole(&self) -> bool {
        matches!(self.peek(), Some(TokenKind::Hole(inner)) if self.names.market_of_hole(inner).is_some())
    }

    fn no_market(&self, inner: &str, span: Range<usize>) -> Diagnostic {
        let error =
            self.fragment.error(format!("`{{{inner}}}` is no market"), span, "a market is wanted here");
        error.hint(values::LISTS)
    }

    /// Declares every list of symbols in the text, in order, before anything else is read: their parameters count
    /// first. For sentences; a file has them under its markets.
    ///
    /// # Errors
    /// Where a word of a list is no symbol, one is there twice, or its name is taken.
    pub fn declare_symbols(&mut self) -> Parsed<()> {
        for at in 0..self.tokens.len() {
            let TokenKind::Hole(inner) = self.tokens[at].kind.clone() else { continue };
            let before = (0..at).rev().filter_map(|at| self.word_at(at));
            let mut before = before.filter(|word| !ARTICLES.contains(word));
            let is_side = |word: &str| SIDES.iter().any(|side| side.eq_ignore_ascii_case(word));
            let traded = at > 0 && at < 3 && before.next().is_some_and(is_side);
            if let Some(Err(reason)) = self.names.symbols_in_place(&inner, traded) {
                return Err(self.fragment.error(reason, self.tokens[at].span.clone(), "in these braces"));
            }
        }
        Ok(())
    }

    /// The next `count` words and plain numbers with single spaces, as in `Russell 2000`.
    fn joined_words(&self, count: usize) -> Option<(String, Range<usize>)> {
        let tokens = self.tokens.get(self.at..self.at + count)?;
        let mut words = Vec::with_capacity(count);
        for (i, token) in tokens.iter().enumerate() {
            match &token.kind {
                // A full name, `BTCUSDT@binance/4h`, is one word and takes no other with it.
                TokenKind::Word(word) if count > 1 && word.contains('@') => return None,
                TokenKind::Word(word) => words.push(word.clone()),
                TokenKind::Number(value) if i > 0 => words.push(value.text().to_owned()),
                _ => return None,
            }
        }
        Some((words.join(" "), tokens[0].span.start..tokens[count - 1].span.end))
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == DEEPEST {
            return Err(self
                .fragment
                .error("the rule is nested too deeply", self.span(), format!("more than {DEEPEST} levels"))
                .hint("take brackets away, or say it in parts"));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// Counts one more part of this weight.
    fn link(&mut self, weight: usize) -> Parsed<()> {
        self.links += weight;
        if self.links <= MOST_LINKS {
            return Ok(());
        }
        let label = format!("more than {MOST_LINKS}");
        let error = self.fragment.error("the rule joins too many parts", self.span(), label);
        Err(error.hint("split it: each strategy file holds one rule"))
    }

    fn disjunction(&mut self, stop: Stop) -> Parsed<Expression> {
        let (mut left, mut joined) = self.conjunction()?;
        let mut sides = vec![(left.span.clone(), joined)];
        while self.peek_word("or") {
            if stop == Stop::BeforeExit && self.begins_exit(self.at + 1) {
                break;
            }
            self.at += 1;
            self.link(1)?;
            let (right, joins) = self.conjunction()?;
            joined |= joins;
            sides.push((right.span.clone(), joins));
            left = binary(Operator::Or, left, right);
        }
        if joined && sides.len() > 1 && !self.has_failed {
            return Err(self.needs_brackets(&sides));
        }
        Ok(left)
    }

    /// Clauses, and whether there are several.
    fn conjunction(&mut self) -> Parsed<(Expression, bool)> {
        let mut left = self.negation_or_note()?;
        let mut joined = false;
        while !self.joins_ending(self.at) && self.eat_any(&CONNECTIVES) {
            joined = true;
            self.link(1)?;
            left = binary(Operator::And, left, self.negation_or_note()?);
        }
        Ok((left, joined))
    }

    /// `a or b and c` says two things; which of them, brackets tell.
    fn needs_brackets(&self, sides: &[(Range<usize>, bool)]) -> Diagnostic {
        let whole = sides[0].0.start..sides[sides.len() - 1].0.end;
        let text = |span: Range<usize>| &self.fragment.text[span];
        let written = |(span, joins): &(Range<usize>, bool)| match joins {
            true => format!("({})", text(span.clone())),
            false => text(span.clone()).to_owned(),
        };
        let bracketed: Vec<String> = sides.iter().map(written).collect();
        self.fragment
            .error("`and` and `or` stand side by side", whole, "what belongs together?")
            .hint(format!("put brackets around it: `{}`", bracketed.join(" or ")))
            .hint("or the other way round, as in `(a or b) and c`")
    }

    /// Steps over a wrong clause outside of brackets where another one follows, so that its faults are told, too.
    fn negation_or_note(&mut self) -> Parsed<Expression> {
        let begin = self.at;
        match self.negation() {
            Err(error) if self.depth == 0 => match self.next_clause(begin) {
                Some(at) => {
                    self.names.note(error);
                    self.has_failed = true;
                    self.at = at;
                    let span = self.span();
                    Ok(Expression { syntax: Syntax::Value(Value::Word("none".into())), span })
                }
                None => Err(error),
            },
            read => read,
        }
    }

    /// Where the connective before the next clause stands, outside of the brackets that are open here.
    fn next_clause(&self, begin: usize) -> Option<usize> {
        let mut open = 0_i32;
        for at in begin..self.tokens.len() {
            match &self.tokens[at].kind {
                TokenKind::Sign("(") => open += 1,
                TokenKind::Sign(")") => open -= 1,
                TokenKind::Sign(",") if open <= 0 && at >= self.at => return None,
                TokenKind::Word(word) if open <= 0 && at >= self.at => {
                    if self.begins_ending(at) {
                        return None;
                    }
                    let joins = CONNECTIVES.iter().chain(&["or"]).any(|c| word.eq_ignore_ascii_case(c));
                    let exits = self.begins_exit(at + 1) || self.joins_ending(at);
                    if joins && !exits && at > begin && at + 1 < self.tokens.len() {
                        return Some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }

    fn negation(&mut self) -> Parsed<Expression> {
        let start = self.span().start;
        if self.eat_word("not") {
            let inner = self.deeper(Self::negation)?;
            return Ok(Expression { syntax: Syntax::Not(Box::new(inner)), span: self.from(start) });
        }
        self.clause()
    }

    /// A number with what is said of it.
    fn clause(&mut self) -> Parsed<Expression> {
        if let Some(clause) = self.opening()? {
            return self.tail(clause);
        }
        let start = self.span().start;
        let left = match &self.spoken_of {
            // The subject stands for itself where the verb does, so that the clause is its own text.
            Some(subject) if self.begins_predicate() => Expression { span: start..start, ..subject.clone() },
            _ => self.sum()?,
        };
        let clause = match self.predicate(&left)? {
            Some(clause) => {
                self.spoken_of = Some(left);
                clause
            }
            None => self.comparison(left)?,
        };
        self.tail(clause)
    }

    fn comparison(&mut self, left: Expression) -> Parsed<Expression> {
        let operator = match self.peek() {
            Some(TokenKind::Sign(sign)) => match *sign {
                "<" => Operator::Less,
                "<=" | "≤" => Operator::AtMost,
                ">" => Operator::More,
                ">=" | "≥" => Operator::AtLeast,
                "=" | "==" | "!=" => {
                    return Err(self
                        .unexpected("one of > >= < <=")
                        .hint("prices are seldom equal; `is at a high` counts a tie"));
                }
                _ => return Ok(left),
            },
            _ => return Ok(left),
        };
        self.at += 1;
        let right = self.sum()?;
        Ok(binary(operator, left, right))
    }

    fn sum(&mut self) -> Parsed<Expression> {
        let mut left = self.product()?;
        loop {
            let operator = if self.eat_sign("+") {
                Operator::Add
            } else if self.eat_sign("-") {
                Operator::Subtract
            } else {
                return Ok(left);
            };
            self.link(1)?;
            left = binary(operator, left, self.product()?);
        }
    }

    fn product(&mut self) -> Parsed<Expression> {
        let mut left = self.primary()?;
        loop {
            let operator = if self.eat_sign("*") || self.eat_sign("×") {
                Operator::Multiply
            } else if self.eat_sign("/") {
                Operator::Divide
            } else {
                return Ok(left);
            };
            self.link(1)?;
            left = binary(operator, left, self.primary()?);
        }
    }
}

/// Marks a length that counts bars whatever their length.
fn counted(length: Expression, bars: bool) -> Expression {
    if !bars {
        return length;
    }
    Expression { span: length.span.clone(), syntax: Syntax::Bars(Box::new(length)) }
}

fn binary(operator: Operator, left: Expression, right: Expression) -> Expression {
    let span = left.span.start..right.span.end;
    Expression { syntax: Syntax::Binary(operator, Box::new(left), Box::new(right)), span }
}
