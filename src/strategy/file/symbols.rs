//! Markets of which a parameter says the symbol, and the strategy with one choice of them.

use super::{FileMarket, Strategy};
use crate::base::diagnostic::{Diagnostic, Result};
use crate::strategy::rule::{Assignment, Market, SymbolList, Value, no_repeats};

/// A market that is one of several symbols.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbols {
    /// The market, by its number.
    pub market: usize,
    /// The parameter whose value is the symbol, by its number. Such parameters stand before all others.
    pub parameter: usize,
    /// Every symbol that was declared, in order.
    pub listed: Vec<Listed>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The word as written, which is the parameter's value.
    pub word: String,
    /// The symbol it stands for, or the file it is read from.
    pub target: String,
    /// The file, where it is one.
    pub file: Option<FileMarket>,
}

/// Choices of symbols that a strategy may have at most.
const MOST_CHOICES: usize = 4_096;

impl Symbols {
    pub(super) fn new(list: &SymbolList, files: Vec<Option<FileMarket>>) -> Self {
        let files = files.into_iter().chain(std::iter::repeat(None));
        let listed = list.listed.iter().zip(files).map(|((word, target), file)| Listed {
            word: word.clone(),
            target: target.clone(),
            file,
        });
        Self { market: list.market, parameter: list.parameter, listed: listed.collect() }
    }

    /// The place of a word among those listed: as written, or by what it stands for.
    fn place(&self, word: &str) -> Option<usize> {
        let same = |text: &str| text.eq_ignore_ascii_case(word);
        let written = self.listed.iter().position(|listed| listed.word == word);
        written.or_else(|| self.listed.iter().position(|listed| same(&listed.word) || same(&listed.target)))
    }

    /// Reads symbols of the list, with commas between them.
    ///
    /// # Errors
    /// Where one is none of the list, or there twice.
    pub(super) fn values(&self, text: &str) -> std::result::Result<Vec<Value>, String> {
        let words = || self.listed.iter().map(|listed| listed.word.as_str());
        let value = |word: &str| match self.place(word.trim()) {
            Some(place) => Ok(Value::Word(self.listed[place].word.clone())),
            None => {
                let listed = words().collect::<Vec<_>>().join(", ");
                Err(format!("`{}` is none of its symbols, which are {listed}", word.trim()))
            }
        };
        let values = text.split(',').map(value).collect::<std::result::Result<Vec<_>, _>>()?;
        no_repeats(&values)?;
        Ok(values)
    }
}

impl Strategy {
    /// The strategy on the symbols of one combination: its markets are those of the values.
    #[must_use]
    pub fn cast(&self, values: &Assignment) -> Self {
        let mut cast = self.clone();
        let places = self.listed_places(values);
        for symbols in &self.symbols {
            let place = places[symbols.market];
            let Listed { target, file, .. } = &symbols.listed[place];
            let name = cast.markets[symbols.market].name.clone();
            cast.markets[symbols.market] = Market { name, target: target.clone() };
            cast.files[symbols.market].clone_from(file);
        }
        cast
    }

    /// For each market the place of its symbol in a combination among those of its list; 0 where it has no list.
    pub fn listed_places(&self, values: &Assignment) -> Vec<usize> {
        let mut places = vec![0; self.markets.len()];
        for symbols in &self.symbols {
            places[symbols.market] = symbols.place(values.0[symbols.parameter].text()).unwrap_or(0);
        }
        places
    }

    /// Every choice of symbols among the values of a sweep, in the order of combinations: each as the first
    /// combination that has it. One alone where no market has several symbols.
    ///
    /// # Errors
    /// Where there are too many.
    pub fn choices(&self) -> Result<Vec<Assignment>> {
        let of = |symbols: &Symbols| self.parameters[symbols.parameter].values.clone();
        self.crossed(self.symbols.iter().map(of).collect())
    }

    /// The same for every declared symbol, also those put aside.
    ///
    /// # Errors
    /// Where there are too many.
    pub fn declared_choices(&self) -> Result<Vec<Assignment>> {
        let word = |listed: &Listed| Value::Word(listed.word.clone());
        self.crossed(self.symbols.iter().map(|symbols| symbols.listed.iter().map(word).collect()).collect())
    }

    /// Every choice of a value from each list, the last list fastest; other parameters have their first value.
    fn crossed(&self, lists: Vec<Vec<Value>>) -> Result<Vec<Assignment>> {
        let count = lists.iter().try_fold(1_usize, |count, list| count.checked_mul(list.len()));
        if count.is_none_or(|count| count > MOST_CHOICES) {
            return Err(Diagnostic::new(format!(
                "the lists of symbols make too many choices: at most {MOST_CHOICES} fit"
            ))
            .hint("list fewer symbols")
            .into());
        }
        let mut choices = vec![self.combination(0)];
        for (symbols, list) in self.symbols.iter().zip(lists) {
            let with = |choice: &Assignment, value: &Value| {
                let mut choice = choice.clone();
                choice.0[symbols.parameter] = value.clone();
                choice
            };
            choices =
                choices.iter().flat_map(|choice| list.iter().map(move |value| with(choice, value))).collect();
        }
        Ok(choices)
    }

    /// A choice of symbols in words: `laggard = ETH-USD`; empty where no market has several.
    pub fn describe_choice(&self, values: &Assignment) -> String {
        let named = self.symbols.iter().map(|symbols| {
            format!("{} = {}", self.parameters[symbols.parameter].name, values.0[symbols.parameter].text())
        });
        named.collect::<Vec<_>>().join(", ")
    }

    /// Whether two words stand for the same symbol, by what any list says of them.
    pub(super) fn is_same_symbol(&self, a: &str, b: &str) -> bool {
        let target = |word: &str| {
            let place =
                |symbols: &Symbols| symbols.place(word).map(|place| symbols.listed[place].target.clone());
            self.symbols.iter().find_map(place).unwrap_or_else(|| word.to_owned())
        };
        target(a) == target(b)
    }

    /// The list of symbols that a parameter chooses from; `None` for one of numbers.
    pub fn symbols_of(&self, parameter: usize) -> Option<&Symbols> {
        self.symbols.iter().find(|symbols| symbols.parameter == parameter)
    }
}
