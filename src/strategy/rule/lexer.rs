//! Words, numbers, holes and signs of a rule.

mod strange;

pub(crate) use strange::is_invisible;

use std::ops::Range;

use super::decimal::Decimal;
use super::parameters::{Unit, Value};
use crate::base::diagnostic::{Diagnostic, Source};

/// A rule may have this many tokens; more is a mistake, and would make the graph too deep to walk.
const MOST_TOKENS: usize = 2_000;

/// A rule may have this many bytes, of which lists of values in braces can take most, and a word this many.
const LONGEST_RULE: usize = 2 << 20;
const LONGEST_WORD: usize = 256;

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
    if text.len() > LONGEST_RULE {
        return Err(fragment
            .error("the rule is too long", 0..0, format!("more than {} KiB", LONGEST_RULE >> 10))
            .hint("split it: each strategy file holds one rule"));
    }
    let full_stop = text.trim_end().len().checked_sub(1);
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    let mut open_brackets = 0_usize;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        if first == '.' && full_stop == Some(at) {
            break; // the full stop of a sentence
        }
        let token = next_token(fragment, at, tokens.last())?;
        at = token.span.end;
        if matches!(token.kind, TokenKind::Word(_) | TokenKind::Quoted(_)) && token.span.len() > LONGEST_WORD
        {
            return Err(fragment
                .error("a word is too long", token.span, format!("more than {LONGEST_WORD} bytes"))
                .hint("names of markets, parameters and functions are short"));
        }
        match token.kind {
            TokenKind::Sign("(") => open_brackets += 1,
            TokenKind::Sign(")") => open_brackets = open_brackets.saturating_sub(1),
            TokenKind::Number(_) => strange::check_number_ends(fragment, &token, open_brackets)?,
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
    let turned = text.starts_with("=>") || text.starts_with("=<");
    if let Some(sign) = SIGNS.iter().find(|sign| !turned && text.starts_with(**sign)) {
        return token(sign.len(), TokenKind::Sign(sign));
    }
    Err(strange::no_meaning(fragment, at, first))
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
        return Err(strange::no_number(fragment, at..at + length));
    };
    let behind = text[length..].trim_start_matches(|c: char| c.is_whitespace() && c != '\n');
    let spaces = text.len() - length - behind.len();
    let word = word_length_at(behind);
    let is_one_of = |names: &[&str]| word.filter(|w| names.iter().any(|name| w.eq_ignore_ascii_case(name)));
    let (unit, unit_length) = if behind.starts_with('%') {
        (Unit::Percent, spaces + 1)
    } else if let Some(word) = is_one_of(&["bps", "bp"]) {
        (Unit::BasisPoints, spaces + word.len())
    } else if let Some(word) = is_one_of(&["percent", "pct"]) {
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
        assert_eq!(error(&" ".repeat(LONGEST_RULE + 1)), "the rule is too long");
        assert_eq!(error(&"a".repeat(LONGEST_WORD + 1)), "a word is too long");
        assert_eq!(error(&format!("`{}`", "a".repeat(LONGEST_WORD))), "a word is too long");
    }
}
