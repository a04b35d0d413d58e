//! Laws that hold for every strategy and every market.
#![allow(clippy::unwrap_used, clippy::float_cmp)] // prices that tell a day must be exact

#[path = "../common/mod.rs"]
mod common;
mod forms;
mod ledger;
mod parts;
mod sample;
mod time;
mod trade;
