//! catchup: was it ever true that the laggard catches up?
//!
//! Wings stand in a row, and data walks through them from left to right: a file becomes checked bars, a
//! sentence becomes a bit per bar, bits become trades and many runs, runs become evidence, evidence becomes
//! files and a page. A wing uses only wings to its left.

pub mod backtest;
pub mod base;
pub mod cli;
pub mod evidence;
pub mod market;
pub mod report;
pub mod results;
pub mod strategy;
