//! What is said of a window, and proved of a rule, before any result is given out.

use super::output::Output;
use crate::backtest::single::Setup;
use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result};
use crate::report::format;
use crate::strategy::signals::{LookAhead, warm_up};

/// Says so where the window begins before the longest look-back is full.
pub(super) fn tell_warm_up(output: &Output, setup: &Setup<'_>) {
    let (strategy, panel) = (setup.strategy, setup.panel);
    match warm_up(strategy, strategy.every_value(), panel) {
        Some(bar) if bar <= setup.window.start => {}
        Some(bar) => {
            output.item("note: ", &format!("some combinations cannot act before {}", panel.label(bar)));
        }
        None => {
            output.item("note: ", "the longest look-back is never full: some combinations cannot act at all");
        }
    }
}

/// A rule that saw tomorrow makes every number worthless: nothing is written.
pub(super) fn trust(proof: LookAhead) -> Result<()> {
    if proof.changed == 0 {
        return Ok(());
    }
    let bars = format::counted(proof.changed, "bar");
    let failure = Failure::from(
        Diagnostic::new(format!("the rule gave other answers on {bars} when the future was cut off"))
            .detail("this is a bug of catchup, not of the rule; no result can be trusted, so none is written")
            .hint("please report it with the rule and the data"),
    );
    Err(failure.with_exit(Exit::Failed))
}
