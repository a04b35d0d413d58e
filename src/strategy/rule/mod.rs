//! When is this sentence true?
//!
//! 1. `lexer` cuts a text into words, numbers, holes and signs.
//! 2. `parser` reads sentence forms and function forms alike into `syntax`: sentences are sugar over functions.
//! 3. `lower` gives every part its unit (`kind`) and the bars it is computed on; in the `graph` equal parts are one node.
//! 4. `demands` tells what a panel lacks for it.
//! 5. `evaluate` computes nodes on a panel, each once for every distinct value of its own parameters.
//!
//! `functions` is the one list of functions; `names` says what words stand for, `symbols` where that is one of
//! several; `parameters` holds values and ranges. Nothing here knows a file, a clock or a thread, and nothing can name a future row.

mod clause;
mod decimal;
mod demands;
mod evaluate;
mod functions;
mod graph;
mod kind;
mod lexer;
mod lower;
mod names;
mod parameters;
mod parser;
mod sessions;
mod symbols;
mod syntax;

pub use clause::{Bound, Clause};
pub use evaluate::Evaluator;
pub use functions::{Argument, Function, registry};
pub use graph::{Graph, NodeId, WarmUp};
pub use kind::Kind;
pub use lexer::Fragment;
pub(crate) use lexer::is_invisible;
pub(crate) use names::is_identifier;
pub use names::{EventsName, EventsSource, Market, Names, Vocabulary};
pub use parameters::{
    Assignment, Choice, Parameter, SymbolList, Unit, Value, parse_list, parse_range, parse_value,
};
pub(crate) use parameters::{MOST_BARS, no_repeats};
pub(crate) use parser::is_taken;
pub use parser::{Parser, Stop};
pub use syntax::{Expression, Operator, Syntax};

#[cfg(test)]
mod tests;
