//! `catchup completions` and `catchup man`: what shells and `man` are told of the commands.

use clap::{Command, CommandFactory};
use clap_complete::{Generator, generate, shells};

use super::options::{Cli, Common, Shell};
use super::output::Output;
use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result};
use crate::base::files::write_whole;

/// Prints what a shell needs to complete commands and options.
pub(super) fn completions(shell: Shell) {
    match shell {
        Shell::Bash => print(shells::Bash),
        Shell::Elvish => print(shells::Elvish),
        Shell::Fish => print(shells::Fish),
        Shell::Powershell => print(shells::PowerShell),
        Shell::Zsh => print(shells::Zsh),
    }
}

fn print(shell: impl Generator) {
    let mut text = Vec::new();
    generate(shell, &mut Cli::command(), "catchup", &mut text);
    Output::data(&String::from_utf8_lossy(&text));
}

/// Writes a page per command into the folder asked for; without one, prints the program's own page.
pub(super) fn man(common: &Common, output: &Output) -> Result<()> {
    let mut program = Cli::command();
    program.build();
    let Some(folder) = &common.out else {
        Output::data(&page(&program)?);
        return Ok(());
    };
    std::fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
    for (name, command) in commands(&program) {
        let path = folder.join(format!("{name}.1"));
        write_whole(&path, page(&command)?.as_bytes())?;
        output.note(&format!("wrote {}", path.display()));
    }
    Ok(())
}

/// Every command under the name of its page, `catchup-data-import`, in the order of the help.
fn commands(program: &Command) -> Vec<(String, Command)> {
    let mut found = Vec::new();
    let mut open = vec![(program.get_name().to_owned(), program)];
    while let Some((name, command)) = open.pop() {
        found.push((name.clone(), command.clone()));
        let inner = command.get_subcommands().filter(|inner| inner.get_name() != "help");
        let inner: Vec<_> = inner.map(|inner| (format!("{name}-{}", inner.get_name()), inner)).collect();
        open.extend(inner.into_iter().rev());
    }
    found
}

fn page(command: &Command) -> Result<String> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut text).map_err(|error| {
        Failure::from(Diagnostic::new(format!("a manual page cannot be made: {error}")))
            .with_exit(Exit::Failed)
    })?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
