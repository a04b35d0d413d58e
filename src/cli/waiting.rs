//! Waiting for another process that changes the store: not in silence, and not for ever.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::interrupt;
use super::options::Common;
use super::output::Output;
use crate::base::diagnostic::{Diagnostic, Result};
use crate::base::files::Waiting;
use crate::report::format;

/// The variable that holds the longest wait in seconds.
const VARIABLE: &str = "CATCHUP_STORE_WAIT";

/// Seconds to wait unless the variable says otherwise.
const SECONDS: u64 = 60;

/// A wait that is over sooner is not worth a word.
const SILENCE: Duration = Duration::from_secs(1);

/// How to wait for a process that changes the store in `dir`: a note after a second, an end on Ctrl-C.
pub(super) fn waiting(common: &Common, dir: &Path) -> Result<Waiting> {
    let seconds = seconds()?;
    let limit = format::counted(usize::try_from(seconds).unwrap_or(usize::MAX), "second");
    let note = format!("waiting up to {limit} for another process that is changing `{}`", dir.display());
    let (output, noted) = (Output::new(common), AtomicBool::new(false));
    Ok(Waiting::new(Duration::from_secs(seconds), move |waited| {
        if waited >= SILENCE && !noted.swap(true, Ordering::Relaxed) {
            output.note(&note);
        }
        interrupt::check()
    }))
}

fn seconds() -> Result<u64> {
    let Some(text) = std::env::var_os(VARIABLE) else { return Ok(SECONDS) };
    let number = text.to_str().and_then(|text| text.parse().ok());
    number.ok_or_else(|| {
        Diagnostic::new(format!("{VARIABLE} is `{}`, which is not a whole number of seconds", text.display()))
            .hint(format!("set it as in {VARIABLE}=10, or unset it to wait up to {SECONDS} seconds"))
            .into()
    })
}
