//! Words, numbers, holes and signs of a rule.

use std::ops::Range;

use super::decimal::Decimal;
use super::parameters::{Unit, Value};
use crate::base::diagnostic::{Diagnostic, Source};

/// A rule may have this many tokens; more is a mistake, and would make the graph too deep to walk.
const MOST_TOKENS: usize = 2_000;

/// A part of a text that messages can point into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// The text around the part: a strategy file, or the sentence itself.
    pub source: Source,
    /// Where the part begins in it, in bytes.
    pub offset: usize,
    /// The part.
    pub text: String,
}

impl Fragment {
    /// A text that is its own surroundings.
    pub fn whole(source: Source) -> Self {
        Self { offset: 0, text: source.text.to_string(), source }
    }

    /// A message that points at the bytes `span` of the part.
    pub fn error(
        &self,
        title: impl Into<String>,
        span: Range<usize>,
        label: impl Into<String>,
    ) -> Diagnostic {
        let span = span.start + self.offset..span.end + self.offset;
        Diagnostic::new(title).at(&self.source, span, label)
    }
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// A number with the unit written at it.
    Number(Value),
    /// A word: a name, a keyword, a symbol such as `BTC-USD` or `^RUT`.
    Word(String),
    /// A name in backticks.
    Quoted(String),
    /// The text between braces.
    Hole(String),
    /// `-day` or `-bar` right after a number or a hole; `true` for bars.
    Period {
        /// Whether bars are counted rather than days.
        bars: bool,
    },
    /// An operator, a bracket or a comma.
    Sign(&'static str),
}

/// A token and where it stands in its fragment, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Range<usize>,
}

const SIGNS: [&str; 17] =
    ["<=", ">=", "==", "!=", "≤", "≥", "<", ">", "=", "(", ")", ",", "+", "-", "*", "/", "×"];
const PERIODS: [(&str, bool); 4] = [("-days", false), ("-day", false), ("-bars", true), ("-bar", true)];

/// Cuts a rule into tokens.
pub(super) fn tokens(fragment: &Fragment) -> Result<Vec<Token>, Diagnostic> {
    let text = fragment.text.as_str();
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    let mut open_brackets = 0_usize;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let token = next_token(fragment, at, tokens.last())?;
        at = token.span.end;
        match token.kind {
            TokenKind::Sign("(") => open_brackets += 1,
            TokenKind::Sign(")") => open_brackets = open_brackets.saturating_sub(1),
            TokenKind::Number(_) => check_number_ends(fragment, &token, open_brackets)?,
            _ => {}
        }
        tokens.push(token);
        if tokens.len() > MOST_TOKENS {
            return Err(fragment
                .error("the rule is too long", at..at, format!("more than {MOST_TOKENS} words"))
                .hint("split it: each strategy file holds one rule"));
        }
    }
    Ok(tokens)
}

fn next_token(fragment: &Fragment, at: usize, previous: Option<&Token>) -> Result<Token, Diagnostic> {
    let text = &fragment.text[at..];
    let first = text.chars().next().unwrap_or(' ');
    let token = |length: usize, kind| Ok(Token { kind, span: at..at + length });
    let follows_number = previous
        .is_some_and(|p| p.span.end == at && matches!(p.kind, TokenKind::Number(_) | TokenKind::Hole(_)));
    let period = PERIODS.iter().find(|(word, _)| follows_number && text.starts_with(word));
    if let Some((word, bars)) = period {
        return token(word.len(), TokenKind::Period { bars: *bars });
    }
    if first.is_ascii_digit() {
        return number(fragment, at);
    }
    if first.is_alphabetic() || (first == '^' && text[1..].starts_with(char::is_alphanumeric)) {
        let length = word_length(text);
        return token(length, TokenKind::Word(text[..length].into()));
    }
    for (open, close) in [('`', '`'), ('{', '}')] {
        if first == open {
            let Some(length) = text[1..].find(close) else {
                return Err(fragment
                    .error(
                        if open == '{' { "a `{` is never closed" } else { "a backtick is never closed" },
                        at..at + 1,
                        "opens here",
                    )
                    .hint(if open == '{' {
                        "close it with `}`"
                    } else {
                        "close it with a second backtick"
                    }));
            };
            let inner = text[1..=length].trim().to_owned();
            let kind = if open == '{' { TokenKind::Hole(inner) } else { TokenKind::Quoted(inner) };
            return token(length + 2, kind);
        }
    }
    if let Some(sign) = SIGNS.iter().find(|sign| text.starts_with(**sign)) {
        return token(sign.len(), TokenKind::Sign(sign));
    }
    Err(no_meaning(fragment, at, first))
}

/// A sign that the language does not have, with what to write instead.
fn no_meaning(fragment: &Fragment, at: usize, first: char) -> Diagnostic {
    let text = &fragment.text[at..];
    let sign = ["&&", "||", "<>", "=>", "**", "->"].into_iter().find(|sign| text.starts_with(sign));
    let sign = sign.map_or_else(|| first.to_string(), str::to_owned);
    let error = fragment.error(
        format!("`{sign}` has no meaning in a rule"),
        at..at + sign.len(),
        "not expected here",
    );
    let hint = match first {
        '\'' | '’' if text.chars().nth(1) == Some('s') => "leave `'s` away: `its high`, `the high of btc`",
        '&' | '∧' => "write `and`",
        '|' | '∨' => "write `or`",
        '!' | '¬' => "write `not`",
        ';' => "a comma stands between the parts of a sentence",
        '}' => "a hole opens with `{`, as in {lag} or {10%..40% by 5%}",
        '[' | ']' => "brackets are round; an earlier value is `btc 1 day ago` or `lag(btc, 1)`",
        '"' | '\'' | '“' | '”' | '‘' | '’' | '„' | '«' | '»' => {
            "names need no quotes; one that would not read as a word stands in `backticks`"
        }
        '−' | '–' | '—' | '‐' | '‑' => {
            "write the minus of the keyboard, `-`, with spaces around it"
        }
        '%' => "a number stands before its `%`: 20%",
        '$' | '€' | '£' | '¥' | '₿' => "write the number alone: prices are in the money of the data",
        '.' => "write decimals with a digit before the point: 0.5",
        '#' => "a rule holds no comment; a strategy file does",
        ':' => "a colon stands only in braces, behind a parameter's name: {lag: 10%, 20%}",
        '?' => "a rule has no question mark: it is true or false",
        '~' | '≈' => "nothing is nearly equal: write `is between 95 and 105`",
        '≠' => "prices are seldom equal: use > >= < <=",
        '^' => "there are no powers; a symbol such as ^RUT has its `^` right before its letters",
        _ => "words, numbers, `{holes}`, brackets and + - * / < <= > >= are what a rule is made of",
    };
    error.hint(hint)
}

/// Refuses what looks like one number and reads as two things: `20,5%`, `100,000`, `100k`, `1e5`.
fn check_number_ends(fragment: &Fragment, token: &Token, open_brackets: usize) -> Result<(), Diagnostic> {
    let text = &fragment.text;
    let behind = &text[token.span.end..];
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    if let Some(rest) = behind.strip_prefix(',').filter(|rest| digits(rest) > 0) {
        let count = digits(rest);
        let has_unit = rest[count..].starts_with('%');
        if open_brackets == 0 || has_unit {
            let end = token.span.end + 1 + count;
            let error = fragment.error(
                format!("`{}` has a comma inside", &text[token.span.start..end]),
                token.span.start..end,
                "one number or two?",
            );
            let plain = text[token.span.start..end].replace(',', "");
            return Err(if count == 3 && !has_unit {
                error.hint(format!("thousands are written without a comma: `{plain}`"))
            } else {
                error.hint(format!(
                    "decimals are written with a point: `{}`",
                    text[token.span.start..end].replace(',', ".")
                ))
            });
        }
    }
    let word =
        word_length_at(behind).filter(|_| text[token.span.clone()].ends_with(|c: char| c.is_ascii_digit()));
    let Some(word) = word else { return Ok(()) };
    let span = token.span.start..token.span.end + word.len();
    let error = fragment.error(
        format!("`{}` is no number", &text[span.clone()]),
        span.clone(),
        "a number with letters",
    );
    let number = &text[token.span.clone()];
    Err(error.hint(match word.to_lowercase().as_str() {
        "k" => format!("write `{number}000`"),
        "m" | "mn" | "bn" | "b" => format!("write all the digits: `{number}000000`"),
        "x" => "times is `*`: `2 * sma(btc, 200)`".to_owned(),
        "d" | "day" | "days" => format!("write `{number} days`, or `{number}-day` before a noun"),
        "w" | "y" | "h" | "wk" | "mo" | "yr" => {
            "count days or bars: a week is 5 sessions for shares and 7 days for crypto".to_owned()
        }
        "st" | "nd" | "rd" | "th" => format!("write `{number}`"),
        _ => format!("leave a space behind `{number}`, or write it as 63, 0.5 or 1_000"),
    }))
}

/// A word goes on over letters, digits and `_`, and over `-`, `.`, `&`, `@`, `^` with one of those behind.
fn word_length(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((i, c)) = characters.next() {
        // A slash joins only inside a full name such as `BTCUSDT@binance/4h`.
        let joins = ("-.&@^".contains(c) || c == '/' && text[..i].contains('@'))
            && characters.peek().is_some_and(|(_, next)| next.is_alphanumeric() || *next == '^');
        if !(c.is_alphanumeric() || c == '_' || joins) {
            return i;
        }
    }
    text.len()
}

fn number(fragment: &Fragment, at: usize) -> Result<Token, Diagnostic> {
    let text = &fragment.text[at..];
    let bytes = text.as_bytes();
    let mut length = 0;
    while length < bytes.len() {
        let dot = bytes[length] == b'.' && bytes.get(length + 1).is_some_and(u8::is_ascii_digit);
        if !(bytes[length].is_ascii_digit() || bytes[length] == b'_' || dot) {
            break;
        }
        length += 1;
    }
    let Some(decimal) = Decimal::parse(&text[..length]) else {
        return Err(fragment
            .error(format!("`{}` is no number", &text[..length]), at..at + length, "cannot be read")
            .hint("write numbers as 63, 0.5 or 1_000, with at most 15 digits"));
    };
    let behind = text[length..].trim_start_matches(' ');
    let spaces = text.len() - length - behind.len();
    let (unit, unit_length) = if behind.starts_with('%') {
        (Unit::Percent, spaces + 1)
    } else if let Some(word @ ("bps" | "bp")) = word_length_at(behind) {
        (Unit::BasisPoints, spaces + word.len())
    } else if let Some(word @ ("percent" | "pct")) = word_length_at(behind) {
        (Unit::Percent, spaces + word.len())
    } else {
        (Unit::Plain, 0)
    };
    Ok(Token {
        kind: TokenKind::Number(Value::from_decimal(decimal, unit)),
        span: at..at + length + unit_length,
    })
}

fn word_length_at(text: &str) -> Option<&str> {
    text.starts_with(char::is_alphabetic).then(|| &text[..word_length(text)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        tokens(&Fragment::whole(Source::new("rule", text))).unwrap().into_iter().map(|t| t.kind).collect()
    }

    #[test]
    fn words_hold_symbols_and_minus_stands_between_spaces() {
        let word = |text: &str| TokenKind::Word(text.into());
        assert_eq!(
            kinds("BTC-USD ^RUT S&P IWM@yahoo BRK.B a - b"),
            [
                word("BTC-USD"),
                word("^RUT"),
                word("S&P"),
                word("IWM@yahoo"),
                word("BRK.B"),
                word("a"),
                TokenKind::Sign("-"),
                word("b")
            ]
        );
    }

    #[test]
    fn periods_follow_numbers_and_holes() {
        let period = TokenKind::Period { bars: false };
        assert_eq!(kinds("252-day {window}-day")[1], period);
        assert_eq!(kinds("252-day {window}-day")[3], period);
        assert_eq!(kinds("all-day"), [TokenKind::Word("all-day".into())]);
        assert_eq!(kinds("20 bars")[1], TokenKind::Word("bars".into()));
    }

    #[test]
    fn units_belong_to_their_number() {
        let numbers: Vec<_> = kinds("20% 10 bps 63 2.5 %")
            .into_iter()
            .map(|kind| match kind {
                TokenKind::Number(value) => value.text().to_owned(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(numbers, ["20%", "10 bps", "63", "2.5%"]);
    }

    #[test]
    fn wrong_signs_are_told() {
        let error =
            |text: &str| tokens(&Fragment::whole(Source::new("rule", text))).unwrap_err().title().to_owned();
        assert_eq!(error("a ; b"), "`;` has no meaning in a rule");
        assert_eq!(error("{lag"), "a `{` is never closed");
        assert_eq!(error("é ~"), "`~` has no meaning in a rule");
        assert_eq!(error(&"a ".repeat(5000)), "the rule is too long");
    }
}
