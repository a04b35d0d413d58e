//! The one list of functions: name, arguments, sentence form, meaning, examples, warm-up, computation.
//!
//! Help, docs, completion and the parser read this list. A new function is one entry in `registry` and, where it says
//! something new about a column, one function in `market::indicators`.

mod registry;

use std::ops::Bound::{self, Excluded, Included, Unbounded};

use crate::base::calendar::{Date, Instant};
use crate::market::events::Events;
use crate::market::indicators::{Truth, Window};
use crate::market::series::Field;

use super::kind::Kind;
use super::parameters::MOST_BARS;

pub use registry::registry;

/// What an argument may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// A number per bar of one series; a market's name means its closes.
    Column,
    /// A market's name.
    Market,
    /// The name of dated events.
    Events,
    /// A number of days or bars, or `all`.
    Length,
    /// A number of days or bars.
    Count,
    /// A month, by its number.
    Month,
    /// A day of the week, by its number.
    Weekday,
    /// Something that is true or false.
    Condition,
    /// One or more such things; the last argument only.
    Conditions,
}

impl Argument {
    /// How messages call such an argument.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Column => "a market or a number per bar",
            Self::Market => "a market",
            Self::Events => "dated events, such as `halving`",
            Self::Length => "a number of days, or `all`",
            Self::Count => "a number of days",
            Self::Month => "a month, from 1 for January to 12",
            Self::Weekday => "a day of the week, from 1 for Monday to 7",
            Self::Condition => "something that is true or false",
            Self::Conditions => "things that are true or false",
        }
    }

    /// The largest number it may be.
    pub(super) fn most(self) -> u32 {
        match self {
            Self::Month => 12,
            Self::Weekday => 7,
            _ => MOST_BARS,
        }
    }
}

/// What a function gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    /// Always this kind.
    Kind(Kind),
    /// The kind of its first argument.
    SameAsFirst,
}

/// Between which numbers the values of a function lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Values {
    /// Anywhere; or it is true or false.
    Any,
    /// From the first end to the second.
    Between(Bound<f64>, Bound<f64>),
    /// From 0 to the number of bars of its window.
    UpToWindow,
}

/// How a function is computed on its frame's own bars.
#[derive(Clone, Copy)]
pub(super) enum Compute {
    /// A column of the market itself.
    Field(Field),
    /// Numbers from a column and a window.
    Numbers(fn(&[f64], Window<'_>) -> Vec<f64>),
    /// Numbers from a column and a count of bars: smoothing that has no window of sessions.
    Smoothed(fn(&[f64], usize) -> Vec<f64>),
    /// Numbers from a market's closes, its highs and a window.
    CloseAndHigh(fn(&[f64], &[f64], Window<'_>) -> Vec<f64>),
    /// Truths from a column and a window.
    Truths(fn(&[f64], Window<'_>) -> Vec<Truth>),
    /// Numbers from a market's highs, lows, closes and a count.
    HighLowClose(OfBars),
    /// Truths from truths and a window.
    Conditions(fn(&[Truth], Window<'_>) -> Vec<Truth>),
    /// Numbers from truths and a window.
    Counts(fn(&[Truth], Window<'_>) -> Vec<f64>),
    /// Truths from two columns, row by row.
    TwoColumns(fn(&[f64], &[f64]) -> Vec<Truth>),
    /// Numbers from a column and a step that has its unit, row by row.
    Stepped(fn(&[f64], &[f64]) -> Vec<f64>),
    /// Between two numbers, both included.
    Between,
    /// True where at least so many of some conditions are.
    AtLeast,
    /// Whether the date of the clock's bar fits a number.
    Calendar(fn(Date, usize) -> bool),
    /// Numbers from the paired closes of two markets.
    Paired(OfPairs),
    /// What is known of events at a decision.
    Events(OfEvents),
}

/// Numbers from highs, lows, closes and a count of bars.
type OfBars = fn(&[f64], &[f64], &[f64], usize) -> Vec<f64>;

/// Numbers from two columns of closes, a window and a shift between the two.
type OfPairs = fn(&[f64], &[f64], Window<'_>, Window<'_>) -> Vec<f64>;

/// What can be asked of events at a decision.
#[derive(Clone, Copy)]
pub(super) enum OfEvents {
    /// Whether one happened since the decision before.
    Happened(fn(&Events, Instant, Instant) -> Option<bool>),
    /// A number of days.
    Days(fn(&Events, Instant) -> Option<f64>),
    /// Whether one is so many days away.
    Near(fn(&Events, Instant, f64) -> Option<bool>),
}

/// An entry of the registry.
pub struct Function {
    /// The name in function form.
    pub name: &'static str,
    /// The arguments' names and kinds; a [`Argument::Length`] may be left out and is then `all`.
    pub arguments: &'static [(&'static str, Argument)],
    /// The sentence form, empty where there is none.
    pub phrase: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// An example in function form.
    pub example: &'static str,
    /// The same example as a sentence, where there is a sentence form.
    pub sentence: &'static str,
    pub(super) gives: Gives,
    /// Between which numbers its values lie: what can never or must always hold is refused by it.
    pub(super) values: Values,
    /// Rows of its input before its first value.
    pub(super) warm_up: WarmUp,
    /// Whether it looks ahead in a schedule, which events must then have.
    pub(super) ahead: bool,
    pub(super) compute: Compute,
}

/// How much history a function needs beyond that of its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WarmUp {
    /// None.
    None,
    /// The bar before.
    One,
    /// A full window.
    Full,
    /// A full window of changes, the first of which needs the bar before.
    FullAndOne,
    /// The value the window's length before.
    Before,
}

impl WarmUp {
    /// The first row with a value where its input's first is `first`; `None` where there is none.
    pub(super) fn first(self, window: Window<'_>, first: usize) -> Option<usize> {
        match self {
            Self::None => Some(first),
            Self::One => Some(first + 1),
            Self::Full => window.first_full(first),
            Self::FullAndOne => window.first_full(first + 1),
            Self::Before => window.first_before(first),
        }
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Function {
    /// `highest(column, length)`.
    pub fn signature(&self) -> String {
        let names: Vec<_> = self.arguments.iter().map(|(name, _)| *name).collect();
        format!("{}({})", self.name, names.join(", "))
    }

    /// Between which numbers its values lie, in words; `None` where that is anywhere.
    pub fn between(&self) -> Option<String> {
        match self.values {
            Values::Any => None,
            Values::UpToWindow => Some("between 0 and the number of bars of its window".into()),
            Values::Between(least, most) => {
                Some(described((least, most), self.gives == Gives::Kind(Kind::Fraction)))
            }
        }
    }

    /// Whether its last argument is a number of days or bars.
    pub(super) fn takes_length(&self) -> bool {
        matches!(self.arguments.last(), Some((_, Argument::Length | Argument::Count)))
    }
}

/// A range of numbers in words: `between 0% and less than 100%`.
pub(super) fn described((least, most): (Bound<f64>, Bound<f64>), in_percent: bool) -> String {
    let written = |value: f64| if in_percent { format!("{}%", plain(value * 100.0)) } else { plain(value) };
    match (least, most) {
        (Included(least) | Excluded(least), Included(most)) => {
            format!("between {} and {}", written(least), written(most))
        }
        (Included(least) | Excluded(least), Excluded(most)) => {
            format!("between {} and less than {}", written(least), written(most))
        }
        (Included(least) | Excluded(least), Unbounded) => format!("at {} or above", written(least)),
        (Unbounded, Included(most) | Excluded(most)) => format!("at {} or below", written(most)),
        (Unbounded, Unbounded) => "anywhere".into(),
    }
}

/// A number without the noise of binary fractions.
pub(super) fn plain(value: f64) -> String {
    format!("{}", (value * 1e9).round() / 1e9)
}

/// The function called `name`.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    registry().iter().find(|function| function.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_and_every_entry_says_what_it_means() {
        for (i, function) in registry().iter().enumerate() {
            assert!(registry()[..i].iter().all(|other| other.name != function.name));
            assert!(function.meaning.ends_with('.'), "{}", function.name);
            assert!(function.example.contains(function.name), "{}", function.name);
            assert_eq!(function.phrase.is_empty(), function.sentence.is_empty(), "{}", function.name);
        }
    }
}
