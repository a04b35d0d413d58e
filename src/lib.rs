//! catchup: was it ever true that the laggard catches up?
//!
//! Wings stand in a row, and data walks through them from left to right: a file becomes checked bars, a
//! sentence becomes a bit per bar, bits become trades and many runs, runs become evidence, evidence becomes
//! files and a page. A wing uses only wings to its left.

pub mod base;
pub mod market;
pub mod strategy;
pub mod backtest;
pub mod evidence;
pub mod results;
pub mod report;
pub mod cli;
