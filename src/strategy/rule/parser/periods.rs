//! Lengths and numbers of days: `252-day`, `all-time`, `63 days`, `the last 21 days`. Weeks, months and years are told
//! in days: how many those are depends on the market.

use super::{ARTICLES, Parsed, Parser, advice, counted};
use crate::base::diagnostic::Diagnostic;
use crate::strategy::rule::lexer::TokenKind;
use crate::strategy::rule::parameters::MOST_BARS;
use crate::strategy::rule::syntax::Expression;

/// Units that are no days: one of them in sessions of a weekday market, and in days of the calendar.
const UNITS: [(&str, f64, f64); 5] = [
    ("week", 5.0, 7.0),
    ("fortnight", 10.0, 14.0),
    ("month", 21.0, 365.0 / 12.0),
    ("quarter", 63.0, 365.0 / 4.0),
    ("year", 252.0, 365.0),
];

/// A length as a sentence says it.
pub(super) enum Length {
    Of(Expression),
    AllTime,
    NotSaid,
}

/// A unit that is no days, and how often it was meant.
struct Span {
    unit: usize,
    /// `None` where the number is a hole.
    times: Option<f64>,
    /// The tokens it takes.
    tokens: usize,
}

fn unit_of(word: &str) -> Option<usize> {
    let word = word.to_lowercase();
    let word = match word.as_str() {
        "weekly" => "week",
        "monthly" => "month",
        "quarterly" => "quarter",
        "yearly" | "annual" => "year",
        other => other.strip_suffix('s').unwrap_or(other),
    };
    UNITS.iter().position(|(unit, ..)| *unit == word)
}

impl Parser<'_, '_, '_> {
    /// `252-day`, `{window}-day`, `all-time`
    pub(super) fn length(&mut self) -> Parsed<Length> {
        if self.eat_any(&["all-time", "all-day"]) {
            return Ok(Length::AllTime);
        }
        if self.peek_word("all") && self.word_is(self.at + 1, "time") {
            self.at += 2;
            return Ok(Length::AllTime);
        }
        let is_number = self.is_number(self.at);
        if let (true, Some(TokenKind::Period { bars })) =
            (is_number, self.tokens.get(self.at + 1).map(|token| &token.kind))
        {
            let bars = *bars;
            let setting = self.setting()?;
            self.at += 1;
            return Ok(Length::Of(counted(setting, bars)));
        }
        match self.other_period() {
            Some(error) => Err(error),
            None => Ok(Length::NotSaid),
        }
    }

    /// Whether a number or a hole stands there.
    pub(super) fn is_number(&self, at: usize) -> bool {
        matches!(
            self.tokens.get(at).map(|token| &token.kind),
            Some(TokenKind::Number(_) | TokenKind::Hole(_))
        )
    }

    pub(super) fn is_period(&self, at: usize) -> bool {
        ["day", "days", "bar", "bars", "session", "sessions"].iter().any(|word| self.word_is(at, word))
    }

    /// Whether `[the] [last|past] N days` stands there.
    pub(super) fn counts_days(&self, at: usize) -> bool {
        let skipped =
            (at..).take_while(|at| ARTICLES.iter().chain(&LAST).any(|word| self.word_is(*at, word)));
        let at = at + skipped.count();
        self.is_number(at) && self.is_period(at + 1) || self.span_at(at).is_some()
    }

    /// `[the] [last | past] 63 days`
    pub(super) fn last_days(&mut self) -> Parsed<Expression> {
        self.skip_articles();
        self.eat_any(&LAST);
        self.days()
    }

    /// `63 days`, `{hold} days`, `40 bars`
    pub(super) fn days(&mut self) -> Parsed<Expression> {
        if let Some(error) = self.other_period() {
            return Err(error);
        }
        let setting = self.setting()?;
        self.eat_any(&["consecutive", "straight"]);
        if self.eat_any(&["bar", "bars"]) {
            return Ok(counted(setting, true));
        }
        if self.eat_any(&["day", "days", "session", "sessions"]) {
            return Ok(setting);
        }
        Err(self.unexpected("`days` or `bars`"))
    }

    /// What is said where weeks, months or years come next; `None` where none do.
    pub fn other_period(&self) -> Option<Diagnostic> {
        let at = (self.at..self.tokens.len())
            .find(|at| !ARTICLES.iter().chain(&LAST).any(|word| self.word_is(*at, word)))?;
        let span = self.span_at(at)?;
        let begin = self.tokens[at].span.start;
        let end = at + span.tokens;
        let text = begin..self.tokens[end - 1].span.end;
        let (name, sessions, days) = UNITS[span.unit];
        let error = self.fragment.error(
            format!("a {name} is not a number of days"),
            text,
            "how many days are meant?",
        );
        let Some(times) = span.times else {
            return Some(error.hint(format!(
                "put days into the braces: a {name} is {sessions} sessions of a weekday market, {} days of bitcoin",
                days.round()
            )));
        };
        let is_count = |days: f64| days >= 0.5 && days <= f64::from(MOST_BARS);
        if !(is_count(sessions * times) && is_count(days * times)) {
            return Some(error.hint(format!(
                "a {name} is {sessions} sessions of a weekday market and {} days of bitcoin: write a number of days",
                days.round()
            )));
        }
        let many = if (times - 1.0).abs() < f64::EPSILON {
            format!("a {name} is")
        } else {
            format!("{times} {name}s are")
        };
        // A year is 252 sessions, also where it is said in weeks.
        let is_year = name == "week" && (times - 52.0).abs() < f64::EPSILON;
        let (sessions, days) = if is_year { (252.0, 365.0) } else { (sessions * times, days * times) };
        let (sessions, days) = (sessions.round(), days.round());
        if ["after", "before", "following"].iter().any(|word| self.word_is(end, word)) {
            return Some(error.hint(format!(
                "before and after events days are those of the calendar: write `{days} days`"
            )));
        }
        if self.word_is(end, "volatility") {
            return Some(error.hint(
                "a volatility is over a number of days and of one of them: `the 21-day volatility of btc is under 3%`",
            ).hint("60% a year is about 3.8% a day of a weekday market, 3.1% a day of bitcoin"));
        }
        let before_noun =
            ["high", "low", "record", "average", "moving", "change", "volatility", "correlation"];
        let is_length = before_noun.iter().any(|word| self.word_is(end, word));
        let form = |days: f64| match is_length {
            true => format!("`{days}-day`"),
            false if days < 2.0 => format!("`{days} day`"),
            false => format!("`{days} days`"),
        };
        Some(error.hint(format!(
            "{many} {sessions} sessions of a weekday market and {days} days of bitcoin: write {} or {}",
            form(sessions),
            form(days)
        )))
    }

    /// Weeks, months or years that stand there: `3 weeks`, `52-week`, `three months`, `one-year`, `a week`.
    fn span_at(&self, at: usize) -> Option<Span> {
        let unit = |at: usize| self.word_at(at).and_then(unit_of);
        if let (Some(unit), true) = (unit(at), self.speaks_of_time(at)) {
            return Some(Span { unit, times: Some(1.0), tokens: 1 });
        }
        let times = match self.tokens.get(at).map(|token| &token.kind)? {
            TokenKind::Number(value) => value.number(),
            TokenKind::Hole(_) => None,
            TokenKind::Word(word) => match word.split_once('-') {
                Some((count, rest)) => {
                    let (times, unit) = (advice::number_of_word(count)?, unit_of(rest)?);
                    return Some(Span { unit, times: Some(times), tokens: 1 });
                }
                None => Some(advice::number_of_word(word)?),
            },
            _ => return None,
        };
        let hyphen = usize::from(
            self.tokens.get(at + 1).is_some_and(|token| token.kind == TokenKind::Sign("-"))
                && unit(at + 2).is_some(),
        );
        let unit = unit(at + 1 + hyphen)?;
        Some(Span { unit, times, tokens: 2 + hyphen })
    }

    /// Whether a unit alone means one of it: `a week`, `the past year`, `a yearly high`, not `a quarter below`.
    fn speaks_of_time(&self, at: usize) -> bool {
        let stands =
            ["below", "off", "above", "from", "at", "of"].iter().any(|word| self.word_is(at + 1, word));
        !stands
    }
}

const LAST: [&str; 3] = ["last", "past", "previous"];
