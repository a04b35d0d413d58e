//! What did the user ask for?
//!
//! One file per command. This one has what all share: the options, where output goes, how failures are told.

mod data;
mod demo;
mod history;
mod interrupt;
mod merge;
mod options;
mod output;
mod results;
mod strategy;
mod subject;
mod sweep;
mod work;

use std::process::ExitCode;

use clap::Parser;

use crate::base::diagnostic::{Result, Severity};
use options::{Cli, Command};
use output::Output;

/// Runs the program on the process's arguments.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(&cli.common);
    interrupt::listen();
    match run(cli, &output).and_then(|()| Output::finish()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            for diagnostic in failure.diagnostics() {
                Output::message(&diagnostic.render(Severity::Error, output.color_on_stderr()));
            }
            ExitCode::from(failure.exit().code())
        }
    }
}

fn run(cli: Cli, output: &Output) -> Result<()> {
    let common = &cli.common;
    match cli.command {
        Command::Demo => demo::demo(common, output),
        Command::Data(command) => data::data(common, output, command),
        Command::Strategy(command) => strategy::strategy(common, output, command),
        Command::Run(arguments) => work::run(common, output, &arguments),
        Command::Sweep(arguments) => sweep::sweep(common, output, &arguments),
        Command::Merge(arguments) => merge::merge(common, output, &arguments),
        Command::Study(arguments) => work::study(common, output, &arguments),
    }
}
