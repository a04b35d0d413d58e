//! A list of laggards: `btc, eth and sol`.

use std::ops::Range;

use super::{Fragment, Names, Parsed, Parser};
use crate::strategy::rule::syntax::Syntax;

impl<'v> Parser<'_, '_, 'v> {
    /// What the words stand for.
    pub fn names(&mut self) -> &mut Names<'v> {
        self.names
    }

    /// The text that is read.
    pub fn fragment(&self) -> &Fragment {
        self.fragment
    }

    /// Reads a list of different markets and gives the one of number `chosen` the further name `role`. Gives their
    /// numbers and where they stand.
    ///
    /// # Errors
    /// Where a market is not known or is there twice.
    pub fn markets(&mut self, role: &str, chosen: usize) -> Parsed<(Vec<usize>, Range<usize>)> {
        let start = self.span().start;
        let mut markets: Vec<usize> = Vec::new();
        loop {
            let market = self.market()?;
            let Syntax::Market(number) = market.syntax else { return Err(self.unexpected("a market")) };
            if markets.iter().any(|&other| self.names.is_same(other, number)) {
                let error = self.fragment.error("a laggard is there twice", market.span, "second one");
                return Err(error.hint("name each market once"));
            }
            markets.push(number);
            let comma = self.eat_sign(",");
            if !self.eat_word("and") && !comma {
                break;
            }
        }
        if let Some(&market) = markets.get(chosen) {
            if self.names.markets().iter().any(|market| market.name.eq_ignore_ascii_case(role)) {
                let title =
                    format!("`{role}` stands for each laggard here, and is the name of a market, too");
                return Err(self
                    .fragment
                    .error(title, self.from(start), "several laggards")
                    .hint("give that market another name"));
            }
            self.names.declare_role(role, market);
        }
        Ok((markets, self.from(start)))
    }
}
