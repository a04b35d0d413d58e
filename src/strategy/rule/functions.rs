//! The one list of functions: name, arguments, sentence form, meaning, example, warm-up, computation.
//!
//! Help, docs and the parser read this list. A new function is one entry here and, where it says something
//! new about a column, one function in `market::indicators`.

use crate::market::indicators::{self, Truth, Window};
use crate::market::series::Field;

use super::kind::Kind;

/// What an argument may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// A number per bar of one series; a market's name means its closes.
    Column,
    /// A market's name.
    Market,
    /// A number of days or bars, or `all`.
    Length,
    /// A number of days or bars.
    Count,
    /// Something that is true or false.
    Condition,
}

impl Argument {
    /// How messages call such an argument.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Column => "a market or a number per bar",
            Self::Market => "a market",
            Self::Length => "a number of days, or `all`",
            Self::Count => "a number of days",
            Self::Condition => "something that is true or false",
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

/// How a function is computed on its frame's own bars.
#[derive(Clone, Copy)]
pub(super) enum Compute {
    /// A column of the market itself.
    Field(Field),
    /// Numbers from a column and a window.
    Numbers(fn(&[f64], Window) -> Vec<f64>),
    /// Numbers from a market's closes, its highs and a window.
    CloseAndHigh(fn(&[f64], &[f64], Window) -> Vec<f64>),
    /// Truths from a column and a window.
    Truths(fn(&[f64], Window) -> Vec<Truth>),
    /// Truths from truths and a window.
    Conditions(fn(&[Truth], Window) -> Vec<Truth>),
    /// Numbers from the paired closes of two markets and a count.
    Paired(fn(&[f64], &[f64], usize) -> Vec<f64>),
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
    pub(super) gives: Gives,
    /// Rows before the first value, beyond those of the arguments.
    pub(super) warm_up: fn(Window) -> usize,
    pub(super) compute: Compute,
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
}

const COLUMN: (&str, Argument) = ("column", Argument::Column);
const MARKET: (&str, Argument) = ("market", Argument::Market);
const LENGTH: (&str, Argument) = ("length", Argument::Length);
const COUNT: (&str, Argument) = ("days", Argument::Count);

fn none(_: Window) -> usize {
    0
}

/// Changes need the bar before the window.
fn full_and_one(window: Window) -> usize {
    window.warm_up() + 1
}

fn change(column: &[f64], window: Window) -> Vec<f64> {
    indicators::change(column, bars(window, column.len()))
}

fn volatility(column: &[f64], window: Window) -> Vec<f64> {
    indicators::volatility(column, bars(window, column.len()))
}

fn drawdown(column: &[f64], window: Window) -> Vec<f64> {
    indicators::drawdown(column, column, window)
}

fn bars(window: Window, rows: usize) -> usize {
    match window {
        Window::Bars(n) => n,
        Window::All => rows,
    }
}

const fn field(
    name: &'static str,
    field: Field,
    kind: Kind,
    meaning: &'static str,
    example: &'static str,
) -> Function {
    Function {
        name,
        arguments: &[MARKET],
        phrase: "",
        meaning,
        example,
        gives: Gives::Kind(kind),
        warm_up: none,
        compute: Compute::Field(field),
    }
}

static REGISTRY: [Function; 19] = [
    field(
        "close",
        Field::Close,
        Kind::Price,
        "The last price of the bar; a market's bare name means it.",
        "close(btc)",
    ),
    field("open", Field::Open, Kind::Price, "The first price of the bar.", "open(btc)"),
    field("high", Field::High, Kind::Price, "The highest price of the bar.", "high(btc)"),
    field("low", Field::Low, Kind::Price, "The lowest price of the bar.", "low(btc)"),
    field(
        "volume",
        Field::Volume,
        Kind::Number,
        "The units traded in the bar, as the vendor counts them.",
        "volume(btc)",
    ),
    Function {
        name: "new_high",
        arguments: &[COLUMN, LENGTH],
        phrase: "X hits a [N-day | all-time] high",
        meaning: "The close is strictly above the N - 1 closes before it, or above every earlier one: true once, at the first decision that knows it.",
        example: "new_high(russell, 252)",
        gives: Gives::Kind(Kind::Event),
        warm_up: Window::warm_up,
        compute: Compute::Truths(indicators::new_high),
    },
    Function {
        name: "new_low",
        arguments: &[COLUMN, LENGTH],
        phrase: "X hits a [N-day | all-time] low",
        meaning: "The close is strictly below the N - 1 closes before it, or below every earlier one.",
        example: "new_low(btc, 252)",
        gives: Gives::Kind(Kind::Event),
        warm_up: Window::warm_up,
        compute: Compute::Truths(indicators::new_low),
    },
    Function {
        name: "at_high",
        arguments: &[COLUMN, LENGTH],
        phrase: "X is at a [N-day | all-time] high",
        meaning: "The close equals the highest close of the last N bars, itself included; true until the next bar of the series.",
        example: "at_high(russell, 252)",
        gives: Gives::Kind(Kind::Truth),
        warm_up: Window::warm_up,
        compute: Compute::Truths(indicators::at_high),
    },
    Function {
        name: "at_low",
        arguments: &[COLUMN, LENGTH],
        phrase: "X is at a [N-day | all-time] low",
        meaning: "The close equals the lowest close of the last N bars, itself included.",
        example: "at_low(btc, 63)",
        gives: Gives::Kind(Kind::Truth),
        warm_up: Window::warm_up,
        compute: Compute::Truths(indicators::at_low),
    },
    Function {
        name: "highest",
        arguments: &[COLUMN, LENGTH],
        phrase: "the N-day high of X",
        meaning: "The highest close of the last N bars, or of all so far.",
        example: "highest(btc, 252)",
        gives: Gives::SameAsFirst,
        warm_up: Window::warm_up,
        compute: Compute::Numbers(indicators::highest),
    },
    Function {
        name: "lowest",
        arguments: &[COLUMN, LENGTH],
        phrase: "the N-day low of X",
        meaning: "The lowest close of the last N bars, or of all so far.",
        example: "lowest(btc, 252)",
        gives: Gives::SameAsFirst,
        warm_up: Window::warm_up,
        compute: Compute::Numbers(indicators::lowest),
    },
    Function {
        name: "drawdown",
        arguments: &[COLUMN, LENGTH],
        phrase: "X is [over] p below its [N-day] high",
        meaning: "How far the close is below the highest close of the last N bars (or of all so far), as a fraction of it.",
        example: "drawdown(btc) > 20%",
        gives: Gives::Kind(Kind::Fraction),
        warm_up: Window::warm_up,
        compute: Compute::Numbers(drawdown),
    },
    Function {
        name: "drawdown_on_highs",
        arguments: &[MARKET, LENGTH],
        phrase: "X is [over] p below its [N-day] high on highs",
        meaning: "How far the close is below the highest of the bars' highs, as a fraction of it.",
        example: "drawdown_on_highs(btc) > 20%",
        gives: Gives::Kind(Kind::Fraction),
        warm_up: Window::warm_up,
        compute: Compute::CloseAndHigh(indicators::drawdown),
    },
    Function {
        name: "runup",
        arguments: &[COLUMN, LENGTH],
        phrase: "X is [over] p above its [N-day] low",
        meaning: "How far the close is above the lowest close of the last N bars (or of all so far), as a fraction of it.",
        example: "runup(btc, 63) > 30%",
        gives: Gives::Kind(Kind::Fraction),
        warm_up: Window::warm_up,
        compute: Compute::Numbers(indicators::runup),
    },
    Function {
        name: "sma",
        arguments: &[COLUMN, COUNT],
        phrase: "the N-day moving average of X",
        meaning: "The arithmetic mean of the last N closes.",
        example: "close(btc) > sma(btc, 200)",
        gives: Gives::SameAsFirst,
        warm_up: Window::warm_up,
        compute: Compute::Numbers(indicators::mean),
    },
    Function {
        name: "change",
        arguments: &[COLUMN, COUNT],
        phrase: "X has risen [over] p in N days; the N-day change of X",
        meaning: "The change over N bars, as a fraction of the value N bars ago.",
        example: "change(russell, 21) > 5%",
        gives: Gives::Kind(Kind::Fraction),
        warm_up: full_and_one,
        compute: Compute::Numbers(change),
    },
    Function {
        name: "volatility",
        arguments: &[COLUMN, COUNT],
        phrase: "the N-day volatility of X",
        meaning: "The sample standard deviation of the last N one-bar changes, per bar.",
        example: "volatility(btc, 21) < 3%",
        gives: Gives::Kind(Kind::Fraction),
        warm_up: full_and_one,
        compute: Compute::Numbers(volatility),
    },
    Function {
        name: "correlation",
        arguments: &[("left", Argument::Market), ("right", Argument::Market), COUNT],
        phrase: "the N-day correlation of X and Y",
        meaning: "Pearson's correlation of the last N one-bar changes of the two markets' paired bars: each bar of the one with fewer bars beside the other's bar known nearest to it.",
        example: "correlation(btc, russell, 63) > 0.3",
        gives: Gives::Kind(Kind::Number),
        warm_up: full_and_one,
        compute: Compute::Paired(indicators::correlation),
    },
    Function {
        name: "within",
        arguments: &[("condition", Argument::Condition), COUNT],
        phrase: "… within N days",
        meaning: "The condition was true on at least one of the last N bars, this one included.",
        example: "within(new_high(russell), 10)",
        gives: Gives::Kind(Kind::Truth),
        warm_up: Window::warm_up,
        compute: Compute::Conditions(indicators::within),
    },
];

/// Every function of the language, in the order of the docs.
pub fn registry() -> &'static [Function] {
    &REGISTRY
}

/// The function called `name`.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    REGISTRY.iter().find(|function| function.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_and_every_entry_says_what_it_means() {
        for (i, function) in REGISTRY.iter().enumerate() {
            assert!(REGISTRY[..i].iter().all(|other| other.name != function.name));
            assert!(function.meaning.ends_with('.'), "{}", function.name);
            assert!(function.example.contains(function.name), "{}", function.name);
        }
    }
}
