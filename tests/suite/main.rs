//! Tests that drive the real program or the whole library. They are one binary, so that everything is linked once.
#![allow(clippy::unwrap_used)]

mod acceptance;
mod architecture;
mod bounded;
mod commands;
mod common;
mod determinism;
mod docs;
mod edges;
mod extremes;
mod faults;
mod fuzz;
mod hours;
mod interpreted;
mod laws;
mod layouts;
mod members;
mod notes;
mod output_folders;
mod own_files;
mod peer;
mod several;
mod shards;
mod store_laws;
mod store_updates;
mod strategies;
mod sweeps;
mod today;
mod verify;
mod wrong_input;
