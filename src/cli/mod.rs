//! What did the user ask for?
//!
//! One file per command. This one has what all share: the options, where output goes, how failures are told.

mod data;
mod demo;
mod explain;
mod history;
mod interrupt;
mod members;
mod merge;
mod options;
mod output;
mod results;
mod scan;
mod several;
mod shell;
mod strategy;
mod subject;
mod sweep;
mod today;
mod trust;
mod verify;
mod waiting;
mod work;

use std::process::ExitCode;

use clap::Parser;

use crate::base::diagnostic::Result;
use options::{Cli, Command};
use output::Output;

/// Runs the program on the process's arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return Output::usage(&error),
    };
    let output = Output::new(&cli.common);
    interrupt::listen();
    match run(cli, &output).and_then(|code| Output::finish().map(|()| code)) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            for diagnostic in failure.diagnostics() {
                output.fail(diagnostic);
            }
            ExitCode::from(failure.exit().code())
        }
    }
}

/// Does what was asked for; gives the exit code.
fn run(cli: Cli, output: &Output) -> Result<u8> {
    let common = &cli.common;
    match cli.command {
        Command::Demo => demo::demo(common, output)?,
        Command::Data(command) => data::data(common, output, command)?,
        Command::Strategy(command) => strategy::strategy(common, output, command)?,
        Command::Run(arguments) => work::run(common, output, &arguments)?,
        Command::Sweep(arguments) => sweep::sweep(common, output, &arguments)?,
        Command::Merge(arguments) => merge::merge(common, output, &arguments)?,
        Command::Study(arguments) => work::study(common, output, &arguments)?,
        Command::Scan(arguments) => scan::scan(common, output, &arguments)?,
        Command::Verify(arguments) => return verify::verify(common, output, &arguments),
        Command::Today(arguments) => return today::today(common, output, &arguments),
        Command::Completions { shell } => shell::completions(shell),
        Command::Man => shell::man(common, output)?,
    }
    Ok(0)
}
