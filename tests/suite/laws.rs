//! Laws that hold for every strategy and every market.
#![allow(clippy::float_cmp)] // prices that tell a day must be exact

mod forms;
mod ledger;
mod parts;
mod sample;
mod time;
mod trade;
