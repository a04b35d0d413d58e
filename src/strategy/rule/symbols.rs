//! Markets of which a parameter says the symbol: `{laggard: BTC-USD, ETH-USD}`.

use super::names::{Names, is_identifier};
use super::parameters::{Parameter, SymbolList, Value, parse_value};
use crate::base::diagnostic::nearest;

/// What a list without a name is called: the traded market, and another one.
const UNNAMED: [&str; 2] = ["laggard", "leader"];

/// The largest number of symbols of one list.
const MOST_SYMBOLS: usize = 1_000;

impl Names<'_> {
    /// Declares a market that is one of several symbols, and the parameter that says which; gives the market's
    /// number. Its default is the symbol at `default`.
    ///
    /// # Errors
    /// Where a symbol is there twice, or there are none or too many.
    pub fn declare_symbols(
        &mut self,
        name: &str,
        listed: Vec<(String, String)>,
        default: usize,
    ) -> Result<usize, String> {
        let Some((word, target)) = listed.get(default).cloned() else {
            return Err("a list of symbols needs at least one".into());
        };
        if listed.len() > MOST_SYMBOLS {
            return Err(format!("a list has at most {MOST_SYMBOLS} symbols"));
        }
        for (at, (word, target)) in listed.iter().enumerate() {
            if let Some((other, _)) = listed[..at].iter().find(|(_, known)| known == target) {
                return Err(if other == word {
                    format!("the symbol {word} is there twice")
                } else {
                    format!("{other} and {word} are both {target}")
                });
            }
        }
        let market = self.declare_market(name, &target);
        let values = listed.iter().map(|(word, _)| Value::Word(word.clone())).collect();
        let parameter = Parameter::new(name, Value::Word(word), values);
        self.declare_parameter(Parameter { market: Some(market), ..parameter });
        self.add_list(SymbolList { market, parameter: self.parameters().len() - 1, listed });
        Ok(market)
    }

    /// The market that braces stand for: `{laggard}`, or a list in place that was declared.
    pub(super) fn market_of_hole(&self, inner: &str) -> Option<usize> {
        let is_it = |p: &&Parameter| p.name == inner || p.in_place.as_deref() == Some(inner);
        self.parameters().iter().filter(|parameter| parameter.market.is_some()).find(is_it)?.market
    }

    /// Declares the list of symbols between two braces of a sentence; `None` where what stands there is none, or is
    /// known already. A list without a name is `laggard` where it is `traded`, else `leader`.
    ///
    /// # Errors
    /// Says which word is no symbol, or why the name cannot be one.
    pub(super) fn symbols_in_place(&mut self, inner: &str, traded: bool) -> Option<Result<(), String>> {
        let (name, list) = match inner.split_once(':') {
            Some((name, list)) => (Some(name.trim()), list),
            None => (None, inner),
        };
        let words: Vec<&str> = list.split(',').map(str::trim).collect();
        let known = |word: &str| self.vocabulary().symbol(word).is_some();
        let is_list = words.iter().all(|word| parse_value(word).is_err())
            && (words.iter().any(|word| known(word)) || traded && words.len() > 1)
            && (name.is_some() || words.len() > 1);
        if !is_list || self.market_of_hole(inner).is_some() {
            return None;
        }
        Some(self.list_in_place(inner, name.unwrap_or(UNNAMED[usize::from(!traded)]), &words))
    }

    fn list_in_place(&mut self, inner: &str, name: &str, words: &[&str]) -> Result<(), String> {
        if !is_identifier(name) || super::is_taken(name) {
            return Err(format!("`{name}` cannot be a market's name: use letters, digits and _"));
        }
        let taken = self.parameters().iter().any(|parameter| parameter.name == name);
        if taken || self.market(name).is_some() {
            return Err(format!("`{name}` stands for a market already: name the list, as in {{other: …}}"));
        }
        let listed = words
            .iter()
            .map(|word| match self.vocabulary().symbol(word) {
                Some(target) => Ok(((*word).to_owned(), target)),
                None => Err(unknown(word, &self.market_words())),
            })
            .collect::<Result<_, _>>()?;
        self.declare_symbols(name, listed, 0)?;
        self.mark_in_place(inner);
        Ok(())
    }
}

fn unknown(word: &str, known: &[String]) -> String {
    match nearest(word, known.iter().map(String::as_str)) {
        Some(near) if near != word => format!("`{word}` is no symbol: did you mean `{near}`?"),
        _ => format!("`{word}` is no symbol: `catchup data list` shows those there are"),
    }
}
