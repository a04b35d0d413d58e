//! Data goes to standard output, everything else to standard error.
//!
//! Nothing that comes from a file or the command line steers the terminal: control characters are written out here, but
//! for the colours of messages and reports, which write out what they quote themselves.

use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::options::{Color, Common, Format};
use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result, Severity};
use crate::base::text::{escaped, is_unseen, visible_json};
use crate::report::paragraph;

/// Whether some of the output was lost.
static LOST: AtomicBool = AtomicBool::new(false);

/// Where output goes, and how.
#[derive(Debug)]
pub(super) struct Output {
    format: Format,
    quiet: bool,
    silent: bool,
    color: Color,
}

impl Output {
    pub(super) fn new(common: &Common) -> Self {
        Self { format: common.format, quiet: common.quiet, silent: false, color: common.color }
    }

    /// The same without notes and warnings.
    pub(super) fn quieted(&self) -> Self {
        Self { quiet: true, ..*self }
    }

    /// The same for work whose findings are not what was asked for: it says nothing at all.
    pub(super) fn silenced(&self) -> Self {
        Self { quiet: true, silent: true, ..*self }
    }

    /// Whether findings are kept to itself.
    pub(super) fn is_silent(&self) -> bool {
        self.silent
    }

    /// Whether standard output is for programs.
    pub(super) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// What was asked for. A reader that went away ends the output, not the program; output that is lost
    /// for another reason fails it in the end.
    pub(super) fn data(text: &str) {
        // Scripts that complete words are set with tabs.
        Self::colored_data(&escaped(text, |c| matches!(c, '\n' | '\t')));
    }

    /// The same of a text that may have colours, in which everything else is written out already.
    pub(super) fn colored_data(text: &str) {
        let mut stdout = std::io::stdout();
        let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        if written.is_err_and(|error| error.kind() != ErrorKind::BrokenPipe) {
            LOST.store(true, Ordering::Relaxed);
        }
    }

    /// Fails where output was lost.
    pub(super) fn finish() -> Result<()> {
        if LOST.load(Ordering::Relaxed) {
            let failure = Failure::from(Diagnostic::new("standard output could not be written to"));
            return Err(failure.with_exit(Exit::Failed));
        }
        Ok(())
    }

    /// Help, or what is wrong with the command line; gives the exit code.
    pub(super) fn usage(error: &clap::Error) -> ExitCode {
        // Arguments can be names of files, as a shell puts them for `*`; what quotes one with a control character is
        // told without colours.
        if std::env::args_os().any(|argument| argument.to_string_lossy().contains(is_unseen)) {
            Self::message(&escaped(&error.render().to_string(), |c| matches!(c, '\n' | '\t')));
        } else {
            let _ = error.print();
        }
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
    }

    /// What was asked for, as JSON.
    pub(super) fn json(value: &serde_json::Value) {
        Self::colored_data(&visible_json(&format!("{value:#}\n")));
    }

    /// A message that is always said, made by [`paragraph`] or of a [`Diagnostic`].
    fn message(text: &str) {
        let _ = std::io::stderr().write_all(text.as_bytes());
    }

    /// What goes on, in lines of at most 80 columns; `--quiet` leaves it out.
    pub(super) fn note(&self, text: &str) {
        self.item("", text);
    }

    /// A note whose further lines are indented below its first word.
    pub(super) fn item(&self, first: &str, text: &str) {
        if !self.quiet {
            Self::message(&paragraph(first, text));
        }
    }

    /// A warning; `--quiet` leaves it out.
    pub(super) fn warn(&self, diagnostic: &Diagnostic) {
        if !self.quiet {
            self.tell(diagnostic, Severity::Warning);
        }
    }

    /// What was found in data: an error always, a warning unless `--quiet`, in lines of at most 80 columns.
    pub(super) fn finding(&self, diagnostic: &Diagnostic, severity: Severity) {
        if severity == Severity::Error || !self.quiet {
            Self::message(&Self::wrapped(diagnostic, severity, self.color_on_stderr()));
        }
    }

    /// Why the program ends.
    pub(super) fn fail(&self, diagnostic: &Diagnostic) {
        self.tell(diagnostic, Severity::Error);
    }

    /// On a terminal lines are wrapped; elsewhere each part is one line, as a search wants it.
    fn tell(&self, diagnostic: &Diagnostic, severity: Severity) {
        let color = self.color_on_stderr();
        Self::message(&if std::io::stderr().is_terminal() {
            Self::wrapped(diagnostic, severity, color)
        } else {
            diagnostic.render(severity, color)
        });
    }

    /// A message without a place, in lines of at most 80 columns.
    pub(super) fn wrapped(diagnostic: &Diagnostic, severity: Severity, color: bool) -> String {
        if diagnostic.has_place() {
            return diagnostic.render(severity, color);
        }
        let (level, code) = match severity {
            Severity::Error => ("error", "\u{1b}[1;91m"),
            Severity::Warning => ("warning", "\u{1b}[1;33m"),
        };
        let mut text = paragraph(&format!("{level}: "), diagnostic.title());
        if color {
            text.replace_range(..level.len(), &format!("{code}{level}\u{1b}[0m"));
        }
        for detail in diagnostic.details() {
            text += &paragraph(" = note: ", detail);
        }
        for hint in diagnostic.hints() {
            text += &paragraph(" = help: ", hint);
        }
        text
    }

    pub(super) fn color_on_stdout(&self) -> bool {
        self.colored(std::io::stdout().is_terminal())
    }

    pub(super) fn color_on_stderr(&self) -> bool {
        self.colored(std::io::stderr().is_terminal())
    }

    fn colored(&self, terminal: bool) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }

    /// A bar with rate and time left; drawn on a terminal only.
    pub(super) fn progress(&self, total: u64) -> ProgressBar {
        let shown = !self.quiet && std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        let style = "{bar:30} {human_pos} of {human_len} combinations, {per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }
}
