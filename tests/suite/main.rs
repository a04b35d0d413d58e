//! Tests that drive the real program or the whole library. They are one binary, so that everything is linked once.
#![allow(clippy::unwrap_used)]
// Cases of one kind stand in one table, and names of files are the tests' own.
#![allow(clippy::too_many_lines, clippy::format_collect, clippy::case_sensitive_file_extension_comparisons)]

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
