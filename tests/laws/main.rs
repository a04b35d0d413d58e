//! Laws that hold for every strategy and every market.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod forms;
mod ledger;
mod sample;
mod time;
