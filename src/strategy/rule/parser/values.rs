//! What stands between operators: numbers, holes, markets, functions with their arguments, brackets.

use std::ops::Range;

use super::{Parsed, Parser, Stop, advice, counted, phrases};
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::strategy::rule::functions::{self, Argument, Function};
use crate::strategy::rule::lexer::TokenKind;
use crate::strategy::rule::names::is_identifier;
use crate::strategy::rule::syntax::{Expression, Syntax};

/// Where lists of symbols stand.
pub(super) const LISTS: &str = "several symbols to try: {laggard: BTC-USD, ETH-USD} in a sentence, \
     laggard = { sweep = [\"BTC-USD\", \"ETH-USD\"] } under [markets] in a file";

impl Parser<'_, '_, '_> {
    pub(super) fn primary(&mut self) -> Parsed<Expression> {
        let value = self.value()?;
        self.ago(value)
    }

    pub(super) fn value(&mut self) -> Parsed<Expression> {
        if let Some(share) = self.share()? {
            return Ok(share);
        }
        self.skip_articles();
        let start = self.span().start;
        if let Some(noun) = self.noun_phrase()? {
            return Ok(noun);
        }
        if let Some(events) = self.happening()? {
            return Ok(events);
        }
        if self.is_market_hole() {
            return self.market();
        }
        match self.peek() {
            Some(TokenKind::Number(_) | TokenKind::Hole(_)) => self.setting(),
            Some(TokenKind::Sign("(")) => {
                self.at += 1;
                let inner = self.deeper(|parser| parser.disjunction(Stop::End))?;
                self.expect_sign(")")?;
                Ok(Expression { span: self.from(start), ..inner })
            }
            Some(TokenKind::Sign("-")) => {
                self.at += 1;
                let inner = self.deeper(Self::primary)?;
                Ok(Expression { syntax: Syntax::Negate(Box::new(inner)), span: self.from(start) })
            }
            Some(TokenKind::Word(word)) if self.is_call() => {
                let word = word.clone();
                self.call(&word)
            }
            Some(TokenKind::Word(_) | TokenKind::Quoted(_)) => self.market(),
            Some(TokenKind::Sign("<")) => {
                let error = self.unexpected("a market, a number, or a function");
                Err(error.hint("a parameter stands in braces: {lag}, or with its values {10%, 20%}"))
            }
            _ => Err(self.unexpected("a market, a number, or a function")),
        }
    }

    /// Whether a word with an opening bracket behind it comes next.
    pub(super) fn is_call(&self) -> bool {
        self.word_at(self.at).is_some()
            && self.tokens.get(self.at + 1).is_some_and(|token| token.kind == TokenKind::Sign("("))
    }

    pub(super) fn hole(&mut self) -> Parsed<Expression> {
        let span = self.span();
        let Some(TokenKind::Hole(inner)) = self.peek().cloned() else {
            return Err(self.unexpected("a {hole}"));
        };
        match self.names.hole(&inner) {
            Ok(index) => {
                self.at += 1;
                Ok(Expression { syntax: Syntax::Hole(index), span })
            }
            Err(reason) => {
                let known: Vec<_> = self.names.parameters().iter().map(|p| p.name.clone()).collect();
                let mut error = self.fragment.error(reason, span, "in these braces");
                let is_symbol = |word: &str| self.names.vocabulary().symbol(word.trim()).is_some();
                if inner.contains(',') && inner.split(',').any(is_symbol) {
                    error = error.hint(LISTS);
                } else if let Some(advice) = advice::of_hole(&inner) {
                    error = error.hint(advice);
                } else if !is_identifier(&inner) {
                    error = error.hint(
                        "a hole is a parameter's name, a range {10%..40% by 5%}, or a list {21, 63, 126}",
                    );
                } else if known.contains(&inner) {
                    error = error.hint("its symbols are tried where a market stands");
                } else if let Some(near) = nearest(&inner, known.iter().map(String::as_str)) {
                    error = error.hint(format!("did you mean `{{{near}}}`?"));
                } else if known.is_empty() {
                    error = error.hint("declare it under [params], or write its values in place: {10%..40% by 5%} or {21, 63, 126}");
                } else {
                    error = error.hint(format!("the parameters are {}", known.join(", ")));
                }
                Err(error)
            }
        }
    }

    pub(super) fn expect_sign(&mut self, sign: &str) -> Parsed<()> {
        if self.eat_sign(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    /// `name(argument, …)`
    pub(super) fn call(&mut self, name: &str) -> Parsed<Expression> {
        let span = self.span();
        let function = self.function(name, span.clone())?;
        self.at += 2;
        let mut arguments = Vec::new();
        for (i, (_, kind)) in function.arguments.iter().enumerate() {
            if self.peek_sign(")") && *kind == Argument::Length {
                break;
            }
            if i > 0 && !self.eat_sign(",") {
                return Err(self.wrong_argument(function, i));
            }
            let argument = self.deeper(|parser| match kind {
                Argument::Length | Argument::Count => parser.length_argument(),
                Argument::Month | Argument::Weekday => parser.setting(),
                Argument::Market => parser.market(),
                Argument::Events => parser.events(),
                Argument::Column => parser.sum(),
                Argument::Condition | Argument::Conditions => parser.disjunction(Stop::End),
            })?;
            arguments.push(argument);
        }
        let open_ended = function.arguments.last().is_some_and(|(_, kind)| *kind == Argument::Conditions);
        while open_ended && self.eat_sign(",") {
            arguments.push(self.deeper(|parser| parser.disjunction(Stop::End))?);
        }
        if !self.eat_sign(")") {
            return Err(self.wrong_argument(function, function.arguments.len()));
        }
        Ok(Expression { syntax: Syntax::Call(function, arguments), span: self.from(span.start) })
    }

    pub(super) fn function(&self, name: &str, span: Range<usize>) -> Parsed<&'static Function> {
        if let Some(function) = functions::find(name) {
            return Ok(function);
        }
        let mut error =
            self.fragment.error(format!("no function is called `{name}`"), span, "not a function");
        if let Some(function) = functions::find(&name.to_lowercase()) {
            return Err(error.hint(format!("names of functions are lower case: `{}`", function.signature())));
        }
        if let Some(advice) = advice::of_function(name) {
            return Err(error.hint(advice));
        }
        if let Some(near) = nearest(name, functions::registry().iter().map(|f| f.name)) {
            error = error.hint(format!("did you mean `{near}`?"));
        }
        Err(error.hint("`catchup strategy words` lists the functions"))
    }

    pub(super) fn wrong_argument(&self, function: &Function, index: usize) -> Diagnostic {
        let expected = match function.arguments.get(index) {
            Some((name, kind)) => format!("a comma and {name}: {}", kind.describe()),
            None => "`)`".into(),
        };
        self.unexpected(&expected).detail(format!("the function is {}", function.signature()))
    }

    /// `252`, `{window}`, `all`, `252 days`, `40 bars`
    pub(super) fn length_argument(&mut self) -> Parsed<Expression> {
        let setting = self.setting()?;
        let bars = self.eat_any(&["bar", "bars"]);
        if !bars {
            self.eat_any(&["day", "days"]);
        }
        Ok(counted(setting, bars))
    }

    pub(super) fn unknown_word(&self, word: &str, span: Range<usize>) -> Diagnostic {
        let known = self.names.market_words();
        let span_start = span.start;
        let error = self.fragment.error(
            format!("`{word}` is not known"),
            span,
            "neither a market nor a word of the rule language",
        );
        if let Some(name) = self.parted_by_a_slash(word, span_start) {
            return error.hint(format!("`/` divides: the market is `{name}`"));
        }
        if let Some(advice) = advice::of_number(word) {
            return error.hint(advice);
        }
        if let Some(advice) = advice::of_word(word) {
            return error.hint(advice);
        }
        let (name, days) = word.split_at(word.trim_end_matches(|c: char| c.is_ascii_digit()).len());
        if let Some(function) = functions::find(&name.to_lowercase()).filter(|_| !days.is_empty()) {
            return error.hint(format!("write `{}(btc, {days})`", function.name));
        }
        if word.eq_ignore_ascii_case("leader") {
            return error.hint("give a market that role: `IWM as leader hits a high`, in a file leader = \"IWM\" under [markets]");
        }
        if word.eq_ignore_ascii_case("laggard") {
            return error.hint("it stands for each of several: `long each of BTC and ETH when …`, in a file long = [\"btc\", \"eth\"]");
        }
        if let Some((market, field)) =
            word.split_once('.').filter(|(_, field)| functions::find(field).is_some())
        {
            return error.hint(format!("write `{field}({market})`"));
        }
        if crate::market::events::find(word).is_some() {
            return error.hint(format!(
                "these are dated events: say `a {word} happens` or `within 30 days after a {word}`"
            ));
        }
        let language: Vec<&str> =
            functions::registry().iter().map(|f| f.name).chain(phrases::words()).collect();
        match nearest(word, known.iter().map(String::as_str).chain(language)).filter(|near| *near != word) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error
                .hint("name the market under [markets], or import its history: `catchup data import FILE`")
                .hint("`catchup data list` shows the symbols, `catchup strategy words` the words of a rule"),
        }
    }

    /// `BTC-USD` where `BTC/USD` was written.
    fn parted_by_a_slash(&self, word: &str, start: usize) -> Option<String> {
        let before = self.fragment.text[..start].strip_suffix('/')?;
        let first = before.rsplit(|c: char| !c.is_alphanumeric()).next().filter(|first| !first.is_empty())?;
        let vocabulary = self.names.vocabulary();
        let names = [format!("{first}-{word}"), format!("{first}{word}")];
        let [dashed, _] = &names;
        Some(names.iter().find(|name| vocabulary.symbol(name).is_some()).unwrap_or(dashed).clone())
    }
}
