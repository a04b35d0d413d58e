//! Strategies: the rule language, strategy files, the history they run on, and their signals.

pub mod binding;
pub mod file;
pub mod rule;
pub mod signals;
pub mod today;
