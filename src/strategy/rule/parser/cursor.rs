//! Where the parser stands: what comes next, what may be passed over, and what to say where something else stands.

use std::ops::Range;

use super::{ARTICLES, Parser, advice, phrases};
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::strategy::rule::lexer::TokenKind;

impl Parser<'_, '_, '_> {
    /// Whether everything has been read.
    pub fn at_end(&self) -> bool {
        self.at == self.tokens.len()
    }

    /// Steps over `word` if it is next.
    pub fn eat_word(&mut self, word: &str) -> bool {
        let found = self.peek_word(word);
        self.at += usize::from(found);
        found
    }

    /// Steps over `words` if all of them are next.
    pub fn eat_words(&mut self, words: &[&str]) -> bool {
        let found = self.peek_words(words);
        self.at += if found { words.len() } else { 0 };
        found
    }

    /// Whether `words` come next.
    pub fn peek_words(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(i, word)| self.word_is(self.at + i, word))
    }

    /// Steps over a comma and `words` if all of it is next.
    pub fn eat_words_behind_comma(&mut self, words: &[&str]) -> bool {
        let found = self.peek_sign(",")
            && words.iter().enumerate().all(|(i, word)| self.word_is(self.at + 1 + i, word));
        self.at += if found { words.len() + 1 } else { 0 };
        found
    }

    /// Whether the next words stand for a market.
    pub fn names_a_market(&mut self) -> bool {
        let at = self.at;
        self.skip_articles();
        let names = (1..=3).filter_map(|length| self.joined_words(length).map(|(name, _)| name));
        let found = names.collect::<Vec<_>>().iter().any(|name| self.names.stands_for_a_market(name));
        self.at = at;
        found
    }

    /// The text from here to the next comma.
    pub fn rest(&self) -> &str {
        let text = &self.fragment.text[self.span().start..];
        text.split(',').next().unwrap_or(text).trim()
    }

    /// Steps over `sign` if it is next.
    pub fn eat_sign(&mut self, sign: &str) -> bool {
        let found = self.peek_sign(sign);
        self.at += usize::from(found);
        found
    }

    /// Whether `word` is next, in any case of letters.
    pub fn peek_word(&self, word: &str) -> bool {
        self.word_is(self.at, word)
    }

    /// A message that says what stands here instead of what was `expected`.
    pub fn unexpected(&self, expected: &str) -> Diagnostic {
        let found = self.span();
        match self.tokens.get(self.at) {
            None => self.fragment.error("the text ends too early", found, format!("expected {expected}")),
            Some(token) => {
                let text = &self.fragment.text[token.span.clone()];
                let title = format!("`{text}` is not expected here");
                let error = self.fragment.error(title, found, format!("expected {expected}"));
                if let Some(advice) = advice::of_number(text) {
                    return error.hint(advice);
                }
                if let Some(advice) = advice::of_word(text) {
                    return error.hint(advice);
                }
                if ARTICLES.iter().any(|article| article.eq_ignore_ascii_case(text)) {
                    let advice = self.word_at(self.at + 1).and_then(advice::of_word);
                    return advice.into_iter().fold(error, Diagnostic::hint);
                }
                let near = nearest(text, phrases::words()).filter(|near| *near != text);
                match (&token.kind, near) {
                    (TokenKind::Word(_), Some(near)) => error.hint(format!("did you mean `{near}`?")),
                    _ => error,
                }
            }
        }
    }

    /// Whether a number or a hole is next.
    pub fn peek_number(&self) -> bool {
        matches!(self.peek(), Some(TokenKind::Number(_) | TokenKind::Hole(_)))
    }

    /// A message about a part of the text.
    pub fn error(
        &self,
        title: impl Into<String>,
        span: Range<usize>,
        label: impl Into<String>,
    ) -> Diagnostic {
        self.fragment.error(title, span, label)
    }

    /// A message that says that what comes now was said before.
    pub fn twice(&self) -> Diagnostic {
        self.fragment.error("this is said twice", self.span(), "said before").hint("say it once")
    }

    /// The bytes of the next token; of the end where there is none.
    pub fn span(&self) -> Range<usize> {
        let end = self.fragment.text.len();
        self.tokens.get(self.at).map_or(end..end, |token| token.span.clone())
    }

    pub(super) fn peek(&self) -> Option<&TokenKind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    pub(super) fn peek_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(TokenKind::Sign(found)) if *found == sign)
    }

    pub(super) fn word_at(&self, at: usize) -> Option<&str> {
        match self.tokens.get(at).map(|token| &token.kind) {
            Some(TokenKind::Word(word)) => Some(word),
            _ => None,
        }
    }

    pub(super) fn word_is(&self, at: usize, word: &str) -> bool {
        self.word_at(at).is_some_and(|found| found.eq_ignore_ascii_case(word))
    }

    pub(super) fn eat_any(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.eat_word(word))
    }

    pub(super) fn skip_articles(&mut self) {
        while self.eat_any(&ARTICLES) {}
    }

    pub(super) fn from(&self, start: usize) -> Range<usize> {
        let end = self.at.checked_sub(1).map_or(start, |last| self.tokens[last].span.end);
        start..end.max(start)
    }
}
