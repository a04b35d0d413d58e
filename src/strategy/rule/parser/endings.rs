//! Where a rule is over because the rest of a sentence begins: `exit after 63 days`, `or stop 25%`, `commission 10 bps`.

use super::{ARTICLES, Parser};

/// Words that begin an exit, also without a value behind them.
const EXITS: [&str; 9] =
    ["after", "stop", "stop-loss", "target", "trail", "trailing", "take-profit", "breakeven", "break-even"];

/// Words for leaving a trade.
const LEAVES: [&str; 4] = ["sell", "leave", "close", "cover"];

impl Parser<'_, '_, '_> {
    /// Whether another exit begins at a token: behind `or` it is none of the rule's clauses.
    pub fn begins_exit(&self, at: usize) -> bool {
        let is = |words: &[&str]| words.iter().any(|word| self.word_is(at, word));
        let value_at = |at: usize| self.is_number(at) || self.word_is(at, "none");
        if is(&EXITS) || is(&["never", "when", "if", "once"]) {
            return true;
        }
        if is(&["take"]) {
            return self.word_is(at + 1, "profit") || self.word_is(at + 1, "profits");
        }
        if is(&["gap", "break"]) {
            return value_at(at + 1) || self.word_is(at + 1, "even");
        }
        if is(&["half", "third", "quarter"]) {
            return self.word_is(at + 1, "at");
        }
        if is(&["at", "with"]) || is(&ARTICLES) {
            let at = at + 1;
            let article = usize::from(ARTICLES.iter().any(|word| self.word_is(at, word)));
            return self.is_adjective(at + article)
                || is(&["with"]) && self.begins_exit(at + article)
                || is(&ARTICLES) && self.begins_exit(at);
        }
        self.is_adjective(at) || self.is_number(at) && self.word_is(at + 1, "at")
    }

    /// `20% profit`, `25% stop`
    pub(super) fn is_adjective(&self, at: usize) -> bool {
        const NOUNS: [&str; 10] = [
            "profit",
            "gain",
            "loss",
            "stop",
            "stop-loss",
            "target",
            "trailing",
            "trail",
            "take-profit",
            "drawdown",
        ];
        self.is_number(at) && NOUNS.iter().any(|noun| self.word_is(at + 1, noun))
    }

    /// Whether a part of a sentence begins that comes behind the rule.
    pub fn begins_ending(&self, at: usize) -> bool {
        let is = |words: &[&str]| words.iter().any(|word| self.word_is(at, word));
        let value_at = |at: usize| self.is_number(at) || self.word_is(at, "none") || self.word_is(at, "of");
        is(&["commission", "slippage", "borrow"]) && value_at(at + 1)
            || is(&["hedged"]) && self.word_is(at + 1, "with")
            || is(&["adds"]) && value_at(at + 1)
            || is(&["fill"]) && ["at", "open", "close"].iter().any(|word| self.word_is(at + 1, word))
            || is(&["exit"])
            || is(&LEAVES) && self.begins_exit(at + 1)
            || is(&["hold"])
                && (self.is_number(at + 1) || self.word_is(at + 1, "for") || self.word_is(at + 1, "until"))
    }

    /// Whether `and` joins a rule with such a part: `… and exit after 63 days`.
    pub fn joins_ending(&self, at: usize) -> bool {
        ["and", "then"].iter().any(|word| self.word_is(at, word))
            && (self.begins_ending(at + 1) || self.word_is(at + 1, "then") && self.begins_ending(at + 2))
    }

    /// Whether an exit begins here.
    pub fn begins_exit_here(&self) -> bool {
        self.begins_exit(self.at)
    }

    /// Whether an exit begins behind the next word.
    pub fn begins_exit_behind(&self) -> bool {
        self.begins_exit(self.at + 1)
    }

    /// Whether a part of a sentence that comes behind the rule begins here.
    pub fn begins_ending_here(&self) -> bool {
        self.begins_ending(self.at)
    }

    /// Whether `20% profit` or `25% stop` comes next.
    pub fn is_adjective_here(&self) -> bool {
        self.is_adjective(self.at)
    }

    /// Whether `at a 20% profit` comes next.
    pub fn is_adjectival(&self) -> bool {
        let article = usize::from(ARTICLES.iter().any(|word| self.word_is(self.at + 1, word)));
        self.peek_word("at") && self.is_adjective(self.at + 1 + article)
    }

    /// Whether `at least 2 of (…)` comes next, or may have been meant.
    pub fn begins_some_of(&self) -> bool {
        self.peek_word("at") && ["least", "most"].iter().any(|word| self.word_is(self.at + 1, word))
    }
}
