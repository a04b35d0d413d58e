//! Ctrl-C: work stops between two blocks and leaves nothing half-written.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Starts to listen; the second Ctrl-C ends the process at once.
pub(super) fn listen() {
    let heard = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
    });
    // Without a handler Ctrl-C ends the process as it always did.
    drop(heard);
}

/// Whether the user has interrupted.
pub(super) fn requested() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Stops here if the user has interrupted.
pub(super) fn check() -> Result<()> {
    if !requested() {
        return Ok(());
    }
    let stopped = Failure::from(Diagnostic::new("interrupted").detail("nothing was written"));
    Err(stopped.with_exit(Exit::Interrupted))
}

/// What is told when a sweep was interrupted.
pub(super) fn resumable() -> Failure {
    let stopped = Diagnostic::new("interrupted")
        .detail("what is done so far is kept")
        .hint("go on with the same command and --resume");
    Failure::from(stopped).with_exit(Exit::Interrupted)
}
