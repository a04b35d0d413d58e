//! The one list of functions: name, arguments, sentence form, meaning, example, warm-up, computation.
//!
//! Help, docs and the parser read this list. A new function is one entry here and, where it says something
//! new about a column, one function in `market::indicators`.

use crate::base::calendar::Date;
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
    /// One or more such things; the last argument only.
    Conditions,
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
            Self::Conditions => "things that are true or false",
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
    /// Numbers from a market's highs, lows, closes and a count.
    HighLowClose(OfBars),
    /// Truths from truths and a window.
    Conditions(fn(&[Truth], Window) -> Vec<Truth>),
    /// Numbers from truths and a window.
    Counts(fn(&[Truth], Window) -> Vec<f64>),
    /// Truths from two columns, row by row.
    TwoColumns(fn(&[f64], &[f64]) -> Vec<Truth>),
    /// True where at least so many of some conditions are.
    AtLeast,
    /// Whether the date of the clock's bar fits a number.
    Calendar(fn(Date, usize) -> bool),
    /// Numbers from the paired closes of two markets and a count.
    Paired(fn(&[f64], &[f64], usize) -> Vec<f64>),
}

/// Numbers from highs, lows, closes and a count of bars.
type OfBars = fn(&[f64], &[f64], &[f64], usize) -> Vec<f64>;

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

fn lag(column: &[f64], window: Window) -> Vec<f64> {
    indicators::lag(column, bars(window, column.len()))
}

fn ema(column: &[f64], window: Window) -> Vec<f64> {
    indicators::ema(column, bars(window, column.len()))
}

fn rsi(column: &[f64], window: Window) -> Vec<f64> {
    indicators::rsi(column, bars(window, column.len()))
}

/// A crossing needs the bar before.
fn one(_: Window) -> usize {
    1
}

fn in_month(date: Date, month: usize) -> bool {
    usize::try_from(date.month()).is_ok_and(|of_date| of_date == month)
}

fn on_weekday(date: Date, weekday: usize) -> bool {
    usize::try_from(date.weekday().to_monday_one_offset()).is_ok_and(|of_date| of_date == weekday)
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

static REGISTRY: [Function; 39] = [
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
    Function {
        name: "lag",
        arguments: &[COLUMN, COUNT],
        phrase: "X N days ago",
        meaning: "The value N bars ago.",
        example: "lag(btc, 21)",
        gives: Gives::SameAsFirst,
        warm_up: full_and_one,
        compute: Compute::Numbers(lag),
    },
    Function {
        name: "ema",
        arguments: &[COLUMN, COUNT],
        phrase: "the N-day exponential average of X",
        meaning: "The exponential moving average with weight 2 / (N + 1), begun at the first value.",
        example: "close(btc) > ema(btc, 50)",
        gives: Gives::SameAsFirst,
        warm_up: Window::warm_up,
        compute: Compute::Numbers(ema),
    },
    Function {
        name: "slope",
        arguments: &[COLUMN, COUNT],
        phrase: "",
        meaning: "The slope per bar of the least-squares line through the last N values.",
        example: "slope(btc, 21) > 0",
        gives: Gives::SameAsFirst,
        warm_up: Window::warm_up,
        compute: Compute::Numbers(indicators::slope),
    },
    Function {
        name: "stdev",
        arguments: &[COLUMN, COUNT],
        phrase: "",
        meaning: "The sample standard deviation of the last N values.",
        example: "stdev(btc, 21)",
        gives: Gives::SameAsFirst,
        warm_up: Window::warm_up,
        compute: Compute::Numbers(indicators::stdev),
    },
    Function {
        name: "zscore",
        arguments: &[COLUMN, COUNT],
        phrase: "",
        meaning: "How many standard deviations the value lies above the mean of the last N.",
        example: "zscore(btc, 63) < -2",
        gives: Gives::Kind(Kind::Number),
        warm_up: Window::warm_up,
        compute: Compute::Numbers(indicators::zscore),
    },
    Function {
        name: "percentile_rank",
        arguments: &[COLUMN, COUNT],
        phrase: "",
        meaning: "The value's rank among the last N as a share: 100% for the highest, ties at their average rank.",
        example: "percentile_rank(btc, 252) < 10%",
        gives: Gives::Kind(Kind::Fraction),
        warm_up: Window::warm_up,
        compute: Compute::Numbers(indicators::percentile_rank),
    },
    Function {
        name: "bandwidth",
        arguments: &[COLUMN, COUNT],
        phrase: "",
        meaning: "The distance from the lowest to the highest of the last N values, as a fraction of their mean: small where a market coils.",
        example: "bandwidth(btc, 21) < 10%",
        gives: Gives::Kind(Kind::Fraction),
        warm_up: Window::warm_up,
        compute: Compute::Numbers(indicators::bandwidth),
    },
    Function {
        name: "rsi",
        arguments: &[COLUMN, COUNT],
        phrase: "",
        meaning: "Wilder's relative strength index over N changes, from 0 to 100.",
        example: "rsi(btc, 14) < 30",
        gives: Gives::Kind(Kind::Number),
        warm_up: full_and_one,
        compute: Compute::Numbers(rsi),
    },
    Function {
        name: "atr",
        arguments: &[MARKET, COUNT],
        phrase: "",
        meaning: "Wilder's average true range over N bars.",
        example: "atr(btc, 14) / close(btc) < 0.05",
        gives: Gives::Kind(Kind::Price),
        warm_up: full_and_one,
        compute: Compute::HighLowClose(indicators::atr),
    },
    Function {
        name: "bars_since_high",
        arguments: &[COLUMN, LENGTH],
        phrase: "",
        meaning: "Bars since the highest close of the last N bars (or of all so far) was set: 0 at the high.",
        example: "bars_since_high(btc, 252) > 63",
        gives: Gives::Kind(Kind::Number),
        warm_up: Window::warm_up,
        compute: Compute::Numbers(indicators::bars_since_high),
    },
    Function {
        name: "bars_since_low",
        arguments: &[COLUMN, LENGTH],
        phrase: "",
        meaning: "Bars since the lowest close of the last N bars (or of all so far) was set: 0 at the low.",
        example: "bars_since_low(btc, 252) < 21",
        gives: Gives::Kind(Kind::Number),
        warm_up: Window::warm_up,
        compute: Compute::Numbers(indicators::bars_since_low),
    },
    Function {
        name: "beta",
        arguments: &[("left", Argument::Market), ("right", Argument::Market), COUNT],
        phrase: "the N-day beta of X to Y",
        meaning: "How far the left market moves when the right one moves by one: the least-squares slope of its last N one-bar changes, on paired bars.",
        example: "beta(btc, russell, 63) > 1",
        gives: Gives::Kind(Kind::Number),
        warm_up: full_and_one,
        compute: Compute::Paired(indicators::beta),
    },
    Function {
        name: "spread",
        arguments: &[("left", Argument::Market), ("right", Argument::Market), COUNT],
        phrase: "",
        meaning: "The change of the left market over N paired bars less that of the right one: below 0 where it fell behind.",
        example: "spread(btc, russell, 63) < -20%",
        gives: Gives::Kind(Kind::Fraction),
        warm_up: full_and_one,
        compute: Compute::Paired(indicators::spread),
    },
    Function {
        name: "always",
        arguments: &[("condition", Argument::Condition), COUNT],
        phrase: "… for N days",
        meaning: "The condition was true on each of the last N bars, this one included.",
        example: "always(btc > sma(btc, 50), 5)",
        gives: Gives::Kind(Kind::Truth),
        warm_up: Window::warm_up,
        compute: Compute::Conditions(indicators::always),
    },
    Function {
        name: "count",
        arguments: &[("condition", Argument::Condition), COUNT],
        phrase: "",
        meaning: "On how many of the last N bars the condition was true.",
        example: "count(new_high(russell), 21) >= 3",
        gives: Gives::Kind(Kind::Number),
        warm_up: Window::warm_up,
        compute: Compute::Counts(indicators::count),
    },
    Function {
        name: "crosses_above",
        arguments: &[COLUMN, ("level", Argument::Column)],
        phrase: "X crosses above Y",
        meaning: "The column was at or below the level one bar ago and is above it now.",
        example: "crosses_above(btc, sma(btc, 50))",
        gives: Gives::Kind(Kind::Event),
        warm_up: one,
        compute: Compute::TwoColumns(indicators::crosses_above),
    },
    Function {
        name: "crosses_below",
        arguments: &[COLUMN, ("level", Argument::Column)],
        phrase: "X crosses below Y",
        meaning: "The column was at or above the level one bar ago and is below it now.",
        example: "crosses_below(btc, 100000)",
        gives: Gives::Kind(Kind::Event),
        warm_up: one,
        compute: Compute::TwoColumns(indicators::crosses_below),
    },
    Function {
        name: "at_least",
        arguments: &[("number", Argument::Count), ("conditions", Argument::Conditions)],
        phrase: "",
        meaning: "At least so many of the conditions are true.",
        example: "at_least(2, new_high(russell), new_high(btc), btc > 1)",
        gives: Gives::Kind(Kind::Truth),
        warm_up: none,
        compute: Compute::AtLeast,
    },
    Function {
        name: "in_month",
        arguments: &[("month", Argument::Count)],
        phrase: "",
        meaning: "The date of the traded market's bar lies in this month, 1 to 12.",
        example: "in_month(12)",
        gives: Gives::Kind(Kind::Truth),
        warm_up: none,
        compute: Compute::Calendar(in_month),
    },
    Function {
        name: "on_weekday",
        arguments: &[("weekday", Argument::Count)],
        phrase: "",
        meaning: "The date of the traded market's bar is this day of the week, 1 for Monday to 7 for Sunday.",
        example: "on_weekday(5)",
        gives: Gives::Kind(Kind::Truth),
        warm_up: none,
        compute: Compute::Calendar(on_weekday),
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
