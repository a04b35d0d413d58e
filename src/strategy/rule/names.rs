//! What the words of a rule stand for: markets and parameters.

use super::parameters::{MOST_VALUES, Parameter, SymbolList, parse_list};
use crate::base::diagnostic::{Diagnostic, Failure};
use crate::base::num::grouped;
use crate::market::events::{self, Bundled};

/// What words mean outside of a strategy: aliases and the symbols there is history for.
pub trait Vocabulary {
    /// The symbol a word stands for, as `Russell` stands for `IWM`; `None` for an unknown word.
    fn symbol(&self, word: &str) -> Option<String>;
    /// Every word that is known, for hints.
    fn words(&self) -> Vec<String>;
    /// The file of the user's own events that a word stands for; `None` where there is none.
    fn events(&self, _word: &str) -> Option<String> {
        None
    }
}

/// A market of a strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Market {
    /// The word the rule uses.
    pub name: String,
    /// The symbol it stands for, or the file it is read from.
    pub target: String,
}

/// Dated events that a rule names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventsName {
    /// The name in function form.
    pub name: String,
    /// Where the dates stand.
    pub source: EventsSource,
}

/// Where the dates of events stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventsSource {
    /// In a file that comes with the program.
    Bundled(&'static Bundled),
    /// In a file that the strategy names, by its path from the strategy's folder.
    File(String),
    /// In a file of the working folder that the word itself led to.
    Own(String),
}

/// The markets, events and parameters of one strategy, and the words that bring in more.
pub struct Names<'a> {
    markets: Vec<Market>,
    /// Further names of markets: roles such as `the leader`.
    roles: Vec<(String, usize)>,
    events: Vec<EventsName>,
    parameters: Vec<Parameter>,
    symbols: Vec<SymbolList>,
    vocabulary: &'a dyn Vocabulary,
    noted: Vec<Diagnostic>,
}

impl<'a> Names<'a> {
    /// No markets and parameters yet.
    pub fn new(vocabulary: &'a dyn Vocabulary) -> Self {
        Self {
            markets: Vec::new(),
            roles: Vec::new(),
            events: Vec::new(),
            parameters: Vec::new(),
            symbols: Vec::new(),
            vocabulary,
            noted: Vec::new(),
        }
    }

    /// Declares a market under a name; gives its number.
    pub fn declare_market(&mut self, name: &str, target: &str) -> usize {
        self.markets.push(Market { name: name.into(), target: target.into() });
        self.markets.len() - 1
    }

    /// Gives market number `market` a further name, as in `IWM as leader`.
    pub fn declare_role(&mut self, role: &str, market: usize) {
        self.roles.push((role.into(), market));
    }

    /// Whether two markets are one: by their number, or by what they stand for.
    pub fn is_same(&self, one: usize, other: usize) -> bool {
        one == other || self.markets[one].target == self.markets[other].target
    }

    /// Declares dated events that stand in a file of the user's.
    pub fn declare_events(&mut self, name: &str, path: &str) {
        self.events.push(EventsName { name: name.into(), source: EventsSource::File(path.into()) });
    }

    /// The events, numbered from 0.
    pub fn events(&self) -> &[EventsName] {
        &self.events
    }

    /// The number of the events a word stands for: the strategy's own first, then the user's files, then those
    /// that come with the program. `_` and a space are the same, and so are singular and plural.
    pub fn events_called(&mut self, word: &str) -> Option<usize> {
        let word = word.replace('_', " ");
        let singular = word.strip_suffix(['s', 'S']).unwrap_or(&word).to_owned();
        let same = |name: &str| {
            let name = name.replace('_', " ");
            name.eq_ignore_ascii_case(&word) || name.eq_ignore_ascii_case(&singular)
        };
        if let Some(index) = self.events.iter().position(|events| same(&events.name)) {
            return Some(index);
        }
        if let Some(path) = self.vocabulary.events(&word).or_else(|| self.vocabulary.events(&singular)) {
            let name = if self.vocabulary.events(&word).is_some() { &word } else { &singular };
            let name = name.to_lowercase().replace(' ', "_");
            self.events.push(EventsName { name, source: EventsSource::Own(path) });
            return Some(self.events.len() - 1);
        }
        let found =
            events::bundled().iter().find(|events| same(events.name)).or_else(|| events::find(&word))?;
        let known = self.events.iter().position(|events| events.source == EventsSource::Bundled(found));
        Some(known.unwrap_or_else(|| {
            self.events.push(EventsName { name: found.name.into(), source: EventsSource::Bundled(found) });
            self.events.len() - 1
        }))
    }

    /// Keeps a message beside the one that reading ends with, so that several faults are told at once.
    pub(super) fn note(&mut self, message: Diagnostic) {
        self.noted.push(message);
    }

    /// The messages that were kept, in order.
    pub fn take_noted(&mut self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.noted)
    }

    /// A failure that tells the messages that were kept, and `last`.
    pub fn failure(&mut self, last: Diagnostic) -> Failure {
        let mut errors = self.take_noted();
        errors.push(last.clone());
        Failure::from_all(errors).unwrap_or_else(|| last.into())
    }

    /// Declares a parameter.
    pub fn declare_parameter(&mut self, parameter: Parameter) {
        self.parameters.push(parameter);
    }

    /// The markets that are one of several symbols.
    pub fn symbol_lists(&self) -> &[SymbolList] {
        &self.symbols
    }

    pub(super) fn add_list(&mut self, list: SymbolList) {
        self.symbols.push(list);
    }

    /// Notes the text between the braces in which the last parameter was declared.
    pub(super) fn mark_in_place(&mut self, inner: &str) {
        if let Some(last) = self.parameters.last_mut() {
            last.in_place = Some(inner.to_owned());
        }
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
        if let Some((_, index)) = self.roles.iter().find(|(role, _)| role.eq_ignore_ascii_case(word)) {
            return Some(*index);
        }
        let symbol = self.vocabulary.symbol(word)?;
        // A symbol means itself, also where a list of symbols holds it.
        let listed = |index: usize| self.symbols.iter().any(|list| list.market == index);
        let known = (0..self.markets.len()).find(|&at| self.markets[at].target == symbol && !listed(at));
        Some(known.unwrap_or_else(|| self.declare_market(word, &symbol)))
    }

    /// Whether a word stands for a market, which is not brought in by the question.
    pub fn stands_for_a_market(&self, word: &str) -> bool {
        let own = self.markets.iter().map(|market| &market.name);
        own.chain(self.roles.iter().map(|(role, _)| role)).any(|name| name.eq_ignore_ascii_case(word))
            || self.vocabulary.symbol(word).is_some()
    }

    /// Every word that stands for a market.
    pub fn market_words(&self) -> Vec<String> {
        let own = self.markets.iter().map(|market| market.name.clone());
        own.chain(self.roles.iter().map(|(role, _)| role.clone())).chain(self.vocabulary.words()).collect()
    }

    /// The number of the parameter a hole stands for: `{lag}`, or a range in place as in
    /// `{10%..40% by 5%}` or `{lag: 5%, 10%}`, which declares it.
    ///
    /// # Errors
    /// Says what is wrong with the text between the braces.
    pub fn hole(&mut self, inner: &str) -> Result<usize, String> {
        if let Some(index) = self.parameters.iter().position(|parameter| parameter.name == inner) {
            return match self.parameters[index].market {
                None => Ok(index),
                Some(_) => Err(format!("`{inner}` is a market, and a value is wanted here")),
            };
        }
        if inner.is_empty() {
            return Err("there is nothing between the braces".into());
        }
        if is_identifier(inner) && inner != "all" && inner != "none" {
            return Err(format!("no parameter is called `{inner}`"));
        }
        let (name, list) = match inner.split_once(':') {
            Some((name, list)) => (name.trim().to_owned(), list),
            None => {
                let values = self.parameters.iter().filter(|parameter| parameter.market.is_none());
                (format!("p{}", values.count() + 1), inner)
            }
        };
        if !is_identifier(&name) {
            return Err(format!("`{name}` cannot be a parameter's name: use letters, digits and _"));
        }
        if self.parameters.iter().any(|parameter| parameter.name == name) {
            return Err(format!("the parameter `{name}` has its values already"));
        }
        let values = parse_list(list)?;
        let in_all: usize = self.parameters.iter().map(|parameter| parameter.values.len()).sum();
        if in_all + values.len() > MOST_VALUES {
            return Err(format!("all ranges together have more than {} values", grouped(MOST_VALUES)));
        }
        let parameter = Parameter::new(name, values[0].clone(), values);
        self.declare_parameter(Parameter { in_place: Some(inner.to_owned()), ..parameter });
        Ok(self.parameters.len() - 1)
    }
}

/// Whether a text can be a parameter's name: at most 64 letters, digits and `_`, the first no digit.
pub(crate) fn is_identifier(text: &str) -> bool {
    const LONGEST: usize = 64;
    text.len() <= LONGEST
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
