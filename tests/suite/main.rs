//! Tests that drive the real program or the whole library. They are one binary, so that everything is linked once.
#![allow(clippy::unwrap_used)]

mod acceptance;
mod architecture;
mod commands;
mod common;
mod determinism;
mod docs;
mod edges;
mod fuzz;
mod hours;
mod laws;
mod layouts;
mod members;
mod notes;
mod peer;
mod several;
mod store_laws;
mod store_updates;
mod strategies;
mod sweeps;
mod today;
mod verify;
mod wrong_input;
