//! What the words of a rule stand for: markets and parameters.

use super::parameters::{Parameter, parse_list};

/// What words mean outside of a strategy: aliases and the symbols there is history for.
pub trait Vocabulary {
    /// The symbol a word stands for, as `Russell` stands for `IWM`; `None` for an unknown word.
    fn symbol(&self, word: &str) -> Option<String>;
    /// Every word that is known, for hints.
    fn words(&self) -> Vec<String>;
}

/// A market of a strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Market {
    /// The word the rule uses.
    pub name: String,
    /// The symbol it stands for, or the file it is read from.
    pub target: String,
}

/// The markets and parameters of one strategy, and the words that bring in more.
pub struct Names<'a> {
    markets: Vec<Market>,
    parameters: Vec<Parameter>,
    vocabulary: &'a dyn Vocabulary,
}

impl<'a> Names<'a> {
    /// No markets and parameters yet.
    pub fn new(vocabulary: &'a dyn Vocabulary) -> Self {
        Self { markets: Vec::new(), parameters: Vec::new(), vocabulary }
    }

    /// Declares a market under a name; gives its number.
    pub fn declare_market(&mut self, name: &str, target: &str) -> usize {
        self.markets.push(Market { name: name.into(), target: target.into() });
        self.markets.len() - 1
    }

    /// Declares a parameter.
    pub fn declare_parameter(&mut self, parameter: Parameter) {
        self.parameters.push(parameter);
    }

    /// The markets, numbered from 0.
    pub fn markets(&self) -> &[Market] {
        &self.markets
    }

    /// The parameters, numbered from 0.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The vocabulary behind the strategy's own names.
    pub fn vocabulary(&self) -> &dyn Vocabulary {
        self.vocabulary
    }

    /// The number of the market a word stands for: the strategy's own names first, then the vocabulary.
    pub fn market(&mut self, word: &str) -> Option<usize> {
        if let Some(index) = self.markets.iter().position(|market| market.name.eq_ignore_ascii_case(word)) {
            return Some(index);
        }
        let symbol = self.vocabulary.symbol(word)?;
        let known = self.markets.iter().position(|market| market.target == symbol);
        Some(known.unwrap_or_else(|| self.declare_market(word, &symbol)))
    }

    /// Every word that stands for a market.
    pub fn market_words(&self) -> Vec<String> {
        self.markets.iter().map(|market| market.name.clone()).chain(self.vocabulary.words()).collect()
    }

    /// The number of the parameter a hole stands for: `{lag}`, or a range in place as in
    /// `{10%..40% by 5%}` or `{lag: 5%, 10%}`, which declares it.
    ///
    /// # Errors
    /// Says what is wrong with the text between the braces.
    pub fn hole(&mut self, inner: &str) -> Result<usize, String> {
        if let Some(index) = self.parameters.iter().position(|parameter| parameter.name == inner) {
            return Ok(index);
        }
        if is_identifier(inner) && inner != "all" && inner != "none" {
            return Err(format!("no parameter is called `{inner}`"));
        }
        let (name, list) = match inner.split_once(':') {
            Some((name, list)) => (name.trim().to_owned(), list),
            None => (format!("p{}", self.parameters.len() + 1), inner),
        };
        if !is_identifier(&name) {
            return Err(format!("`{name}` cannot be a parameter's name: use letters, digits and _"));
        }
        if self.parameters.iter().any(|parameter| parameter.name == name) {
            return Err(format!("the parameter `{name}` has its values already"));
        }
        let values = parse_list(list)?;
        let parameter = Parameter::new(name, values[0].clone(), values);
        self.declare_parameter(Parameter { in_place: Some(inner.to_owned()), ..parameter });
        Ok(self.parameters.len() - 1)
    }
}

/// Whether a text can be a parameter's name.
pub(crate) fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
