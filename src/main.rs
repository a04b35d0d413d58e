//! The command `catchup`.

use std::process::ExitCode;

fn main() -> ExitCode {
    catchup::cli::main()
}
