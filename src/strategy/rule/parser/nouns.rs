//! Numbers as sentences call them: `its 252-day high`, `the 63-day correlation of X and Y`, `the days since …`.

use super::periods::Length;
use super::{FUNCTION, Parsed, Parser};
use crate::strategy::rule::lexer::TokenKind;
use crate::strategy::rule::syntax::{Expression, Syntax};

/// How many days a noun wants.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    /// None: it speaks of one bar.
    Nothing,
    /// Some, or all time.
    Length,
    /// Some.
    Days,
}

/// A noun: its words, its function, whether it is of two markets, and how many days it wants.
struct Noun {
    words: &'static [&'static str],
    function: &'static str,
    of_two: bool,
    wants: Wants,
}

const fn of_one(words: &'static [&'static str], function: &'static str, wants: Wants) -> Noun {
    Noun { words, function, of_two: false, wants }
}

const fn of_two(words: &'static [&'static str], function: &'static str, wants: Wants) -> Noun {
    Noun { words, function, of_two: true, wants }
}

/// The first that fits is taken, so that longer ones stand before shorter ones.
const NOUNS: &[Noun] = &[
    of_one(&["bar", "high"], "high", Wants::Nothing),
    of_one(&["bar", "low"], "low", Wants::Nothing),
    of_one(&["high"], "highest", Wants::Length),
    of_one(&["low"], "lowest", Wants::Length),
    of_one(&["close"], "close", Wants::Nothing),
    of_one(&["open"], "open", Wants::Nothing),
    of_one(&["volume"], "volume", Wants::Nothing),
    of_one(&["average", "true", "range"], "atr", Wants::Days),
    of_one(&["moving", "average"], "sma", Wants::Days),
    of_one(&["average"], "sma", Wants::Days),
    of_one(&["exponential", "moving", "average"], "ema", Wants::Days),
    of_one(&["exponential", "average"], "ema", Wants::Days),
    of_one(&["standard", "deviation"], "stdev", Wants::Days),
    of_one(&["z-score"], "zscore", Wants::Days),
    of_one(&["percentile", "rank"], "percentile_rank", Wants::Days),
    of_one(&["bandwidth"], "bandwidth", Wants::Days),
    of_one(&["slope"], "slope", Wants::Days),
    of_one(&["rsi"], "rsi", Wants::Days),
    of_one(&["change"], "change", Wants::Days),
    of_one(&["volatility"], "volatility", Wants::Days),
    of_two(&["correlation"], "correlation", Wants::Days),
    of_two(&["beta"], "beta", Wants::Days),
    of_two(&["ratio"], "ratio", Wants::Nothing),
];

/// High or low.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extreme {
    High,
    Low,
}

impl Parser<'_, '_, '_> {
    /// `its N-day high`, `the 200-day moving average of X`, `correlation of X and Y over N days`
    pub(super) fn noun_phrase(&mut self) -> Parsed<Option<Expression>> {
        let start = self.span().start;
        if let Some(days) = self.days_between()? {
            return Ok(Some(days));
        }
        if let Some(level) = self.round_level()? {
            return Ok(Some(level));
        }
        let begin = self.at;
        let its = self.eat_word("its");
        let length = self.length()?;
        let is_measured = its || self.at > begin;
        let Some(noun) = self.noun(is_measured) else {
            if is_measured {
                return Err(self
                    .unexpected("`high`, `low`, `moving average`, `change`, `volatility` or `correlation`"));
            }
            return Ok(None);
        };
        self.at += noun.words.len();
        let mut arguments = vec![self.owner(its, begin)?];
        if noun.of_two {
            if !self.eat_any(&["and", "with", "to"]) {
                return Err(self.unexpected("`and` or `with` and the other market"));
            }
            arguments.push(self.market()?);
        }
        let shift = if noun.function == "correlation" { self.later()? } else { None };
        let name = if shift.is_some() { "lead_correlation" } else { noun.function };
        arguments.extend(shift);
        arguments.extend(self.length_of_noun(noun, length)?);
        self.call_of(name, start, arguments).map(Some)
    }

    /// Whose measure it is: the market behind `of`, or the subject after `its` and where neither stands.
    fn owner(&mut self, its: bool, begin: usize) -> Parsed<Expression> {
        if !its {
            if self.eat_any(&["of", "in"]) {
                return self.market();
            }
            if self.subject.is_none() {
                let error = self.unexpected("`of` and a market");
                return Err(error.hint("say of which market it is: `the 50-day average of btc`"));
            }
        }
        match &self.subject {
            Some(subject) => Ok(subject.clone()),
            None => {
                self.at = begin;
                Err(self
                    .unexpected("a market's name: there is nothing that `its` could refer to")
                    .hint("write the market: `btc is above its 50-day average`, `the 252-day high of btc`"))
            }
        }
    }

    /// `5 days later` behind the two markets of a correlation.
    fn later(&mut self) -> Parsed<Option<Expression>> {
        if !(self.is_number(self.at) && self.is_period(self.at + 1) && self.word_is(self.at + 2, "later")) {
            return Ok(None);
        }
        let days = self.days()?;
        self.at += 1;
        Ok(Some(days))
    }

    /// The noun that stands here. Without a length or `its` before it, a noun needs `of` behind it, so that a market
    /// may be called `change`.
    fn noun(&self, is_measured: bool) -> Option<&'static Noun> {
        NOUNS.iter().find(|noun| {
            let is_here = noun.words.iter().enumerate().all(|(i, word)| self.word_is(self.at + i, word));
            let behind = self.at + noun.words.len();
            is_here && (is_measured || self.word_is(behind, "of") || self.word_is(behind, "in"))
        })
    }

    /// The length in front of the noun, or `over N days` behind it.
    fn length_of_noun(&mut self, noun: &Noun, before: Length) -> Parsed<Option<Expression>> {
        match (noun.wants, before) {
            (Wants::Nothing, Length::NotSaid) | (Wants::Length, Length::AllTime) => return Ok(None),
            (Wants::Nothing, _) => {
                self.at -= 1;
                let error =
                    self.unexpected(&format!("the {} of one bar, without days", noun.words.join(" ")));
                return Err(error.hint(format!("a mean over days is `sma({}(btc), 20)`", noun.function)));
            }
            (_, Length::Of(length)) => return Ok(Some(length)),
            (Wants::Days, Length::AllTime) => {
                self.at -= 1;
                return Err(self.unexpected(&format!("a number of days for the {}", noun.words.join(" "))));
            }
            (_, Length::NotSaid) => {}
        }
        let is_over = ["over", "in"].iter().any(|word| self.peek_word(word)) && self.counts_days(self.at + 1);
        if is_over {
            self.at += 1;
            return self.last_days().map(Some);
        }
        match noun.wants {
            Wants::Days => Err(self.unexpected("the number of days, as in `over 63 days`")),
            _ => Ok(None),
        }
    }

    /// `the days since the last halving`, `the days since its 252-day high`, `the days to the next fomc decision`
    fn days_between(&mut self) -> Parsed<Option<Expression>> {
        if !self.is_period(self.at) {
            return Ok(None);
        }
        let start = self.span().start;
        let since = self.word_is(self.at + 1, "since");
        if !since && !["to", "until", "till"].iter().any(|word| self.word_is(self.at + 1, word)) {
            return Ok(None);
        }
        self.at += 2;
        self.skip_articles();
        if !since {
            self.eat_word("next");
            let events = self.events()?;
            return self.call_of("days_to", start, vec![events]).map(Some);
        }
        let begin = self.at;
        let its = self.eat_word("its");
        let length = self.length()?;
        let is_extreme = ["record", "high", "low"].iter().any(|word| self.peek_word(word));
        if !its && !is_extreme && matches!(length, Length::NotSaid) {
            self.eat_any(&["last", "latest", "most recent"]);
            let events = self.events()?;
            return self.call_of("days_since", start, vec![events]).map(Some);
        }
        let name = match self.extreme()? {
            Extreme::High => "bars_since_high",
            Extreme::Low => "bars_since_low",
        };
        let owner = self.owner(its, begin)?;
        let measure = self.of_window(name, &owner, length)?;
        Ok(Some(Expression { span: self.from(start), ..measure }))
    }

    /// `round 10000 above X`
    fn round_level(&mut self) -> Parsed<Option<Expression>> {
        if !(self.peek_word("round") && self.is_number(self.at + 1)) {
            return Ok(None);
        }
        let start = self.span().start;
        self.at += 1;
        let step = self.setting()?;
        let name = if self.eat_any(&["above", "over"]) {
            "round_above"
        } else if self.eat_any(&["below", "under"]) {
            "round_below"
        } else {
            return Err(self.unexpected("`above` or `below` and a market, as in `the round 10000 above btc`"));
        };
        let market = self.market()?;
        self.call_of(name, start, vec![market, step]).map(Some)
    }

    /// `X 21 days ago`
    pub(super) fn ago(&mut self, value: Expression) -> Parsed<Expression> {
        let mut value = value;
        while self.is_number(self.at) && self.is_period(self.at + 1) && self.word_is(self.at + 2, "ago") {
            self.link(FUNCTION)?;
            let days = self.days()?;
            self.at += 1;
            value = self.call_of("lag", value.span.start, vec![value, days])?;
        }
        Ok(value)
    }

    /// The name of dated events.
    pub(super) fn events(&mut self) -> Parsed<Expression> {
        self.skip_articles();
        if let Some(TokenKind::Quoted(name)) = self.peek()
            && let Some(index) = self.names.events_called(&name.clone())
        {
            let span = self.span();
            self.at += 1;
            return Ok(Expression { syntax: Syntax::Events(index), span });
        }
        for length in (1..=3).rev() {
            let Some((name, span)) = self.joined_words(length) else { continue };
            if let Some(index) = self.names.events_called(&name) {
                self.at += length;
                return Ok(Expression { syntax: Syntax::Events(index), span });
            }
        }
        let own = self.names.events().iter().map(|events| events.name.clone());
        let bundled = crate::market::events::bundled().iter().map(|events| events.name.to_owned());
        let mut known: Vec<String> = own.chain(bundled).collect();
        known.sort();
        known.dedup();
        Err(self
            .unexpected("the name of dated events, such as `halving`")
            .hint(format!("the events are {}", known.join(", ")))
            .hint("name a file of your own under [events]: name = \"dates.csv\""))
    }

    /// `a halving happens`
    pub(super) fn happening(&mut self) -> Parsed<Option<Expression>> {
        const VERBS: [&str; 4] = ["happens", "happened", "occurs", "occurred"];
        let start = self.span().start;
        for length in 1..=3 {
            let is_verb = VERBS.iter().any(|verb| self.word_is(self.at + length, verb));
            let Some((name, span)) = self.joined_words(length).filter(|_| is_verb) else { continue };
            let Some(index) = self.names.events_called(&name) else { continue };
            self.at += length + 1;
            let events = Expression { syntax: Syntax::Events(index), span };
            return self.call_of("happens", start, vec![events]).map(Some);
        }
        Ok(None)
    }

    /// `high`, `low`, `record`, `record high`
    pub(super) fn extreme(&mut self) -> Parsed<Extreme> {
        let record = self.eat_word("record");
        if self.eat_any(&["high", "highs", "peak"]) {
            Ok(Extreme::High)
        } else if self.eat_any(&["low", "lows"]) {
            Ok(Extreme::Low)
        } else if record {
            Ok(Extreme::High)
        } else if self.peek_sign("-") {
            let error = self.unexpected("`high` or `low`");
            Err(error.hint("a space stands before it: `252-day high`"))
        } else {
            Err(self.unexpected("`high`, `low` or `record`, as in `a 252-day high`"))
        }
    }

    /// `name(left, length)`, without the length where it is all time.
    pub(super) fn of_window(&self, name: &str, left: &Expression, length: Length) -> Parsed<Expression> {
        let mut arguments = vec![left.clone()];
        if let Length::Of(length) = length {
            arguments.push(length);
        }
        self.call_of(name, left.span.start, arguments)
    }

    pub(super) fn call_of(&self, name: &str, start: usize, arguments: Vec<Expression>) -> Parsed<Expression> {
        let span = self.from(start);
        let function = self.function(name, span.clone())?;
        Ok(Expression { syntax: Syntax::Call(function, arguments), span })
    }
}
