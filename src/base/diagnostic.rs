//! What went wrong, where, and what should I do?
//!
//! A [`Diagnostic`] is one message: a title, the place in a text it is about, details, and hints that say
//! what to do next. A [`Failure`] is what a function returns when it cannot go on: one or more diagnostics
//! and the exit code they lead to. Nothing here prints; `cli` does.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// The result of everything that can fail for a reason a user should read.
pub type Result<T> = std::result::Result<T, Failure>;

/// A text that messages can point into: a strategy file, a sentence from the command line, a price file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// How the text is called in messages: a path, or `sentence`.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
}

impl Source {
    /// A text under its name.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

/// A place in a text, with what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Excerpt {
    source: Source,
    span: Range<usize>,
    label: String,
}

/// One message: what happened, where, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    title: String,
    excerpt: Option<Excerpt>,
    details: Vec<String>,
    hints: Vec<String>,
}

/// How loud a diagnostic is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The work stops.
    Error,
    /// The work goes on; the user should know.
    Warning,
}

impl Diagnostic {
    /// A message with a title of one line, lower case, without a full stop.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), excerpt: None, details: Vec::new(), hints: Vec::new() }
    }

    /// Points at the bytes `span` of `source` and says `label` there. A span past the end points at the end;
    /// one that cuts a character is widened to it.
    #[must_use]
    pub fn at(mut self, source: &Source, span: Range<usize>, label: impl Into<String>) -> Self {
        let length = source.text.len();
        let start = floor_boundary(&source.text, span.start.min(length));
        let end = ceil_boundary(&source.text, span.end.clamp(start, length));
        self.excerpt = Some(Excerpt { source: source.clone(), span: start..end, label: label.into() });
        self
    }

    /// Adds a fact that helps to understand the message.
    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.details.push(text.into());
        self
    }

    /// Adds what the user can do next.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hints.push(text.into());
        self
    }

    /// The same message, told of `subject`: `IWM.csv: 3 sessions are missing`.
    #[must_use]
    pub fn about(mut self, subject: &str) -> Self {
        self.title = format!("{subject}: {}", self.title);
        self
    }

    /// The title alone.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The message's hints, in order.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The message's details, in order.
    pub fn details(&self) -> &[String] {
        &self.details
    }

    /// Line and column, both from 1, of the place the message points at.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        let excerpt = self.excerpt.as_ref()?;
        let before = &excerpt.source.text[..excerpt.span.start];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        Some((line, column))
    }

    /// The whole message as text for a terminal, ending in a newline.
    pub fn render(&self, severity: Severity, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let level = match severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = level
            .primary_title(self.title.as_str())
            .elements(std::iter::empty::<Snippet<'_, annotate_snippets::Annotation<'_>>>());
        if let Some(excerpt) = &self.excerpt {
            group = group.element(
                Snippet::source(excerpt.source.text.as_ref()).path(excerpt.source.name.as_ref()).annotation(
                    AnnotationKind::Primary.span(excerpt.span.clone()).label(excerpt.label.as_str()),
                ),
            );
        }
        for detail in &self.details {
            group = group.element(Level::NOTE.message(detail.as_str()));
        }
        for hint in &self.hints {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        let mut text = renderer.render(&[group]);
        if self.excerpt.is_none() && self.details.is_empty() && self.hints.is_empty() {
            // The renderer leads over to what does not follow.
            text.truncate(text.find('\n').unwrap_or(text.len()));
        }
        text.push('\n');
        text
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0)
}

fn ceil_boundary(text: &str, at: usize) -> usize {
    (at..=text.len()).find(|&i| text.is_char_boundary(i)).unwrap_or(text.len())
}

/// The exit code a failure leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The machine or a check said no: code 1.
    Failed,
    /// Wrong usage, wrong input or a refused plan: code 2.
    Input,
    /// The user interrupted: code 130.
    Interrupted,
}

impl Exit {
    /// The process exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Input => 2,
            Self::Interrupted => 130,
        }
    }
}

/// Why the program cannot go on: at least one diagnostic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    exit: Exit,
    diagnostics: Vec<Diagnostic>,
}

impl Failure {
    /// A failure of the user's input that several messages explain; `None` when there is no message.
    pub fn from_all(diagnostics: Vec<Diagnostic>) -> Option<Self> {
        (!diagnostics.is_empty()).then_some(Self { exit: Exit::Input, diagnostics })
    }

    /// A failure of the machine: `action` is what was tried ("write"), on `path`.
    pub fn io(action: &str, path: &Path, error: &std::io::Error) -> Self {
        Self {
            exit: Exit::Failed,
            diagnostics: vec![Diagnostic::new(format!("cannot {action} `{}`: {error}", path.display()))],
        }
    }

    /// The same messages with another exit code.
    #[must_use]
    pub fn with_exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// The exit code of the process.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// The messages, at least one.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { exit: Exit::Input, diagnostics: vec![diagnostic] }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.diagnostics {
            f.write_str(&diagnostic.render(Severity::Error, false))?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// The known word nearest to `word`, if one is near enough to be a slip of the keyboard.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    let length = wanted.chars().count();
    let allowed = |candidate: &str| (candidate.chars().count().max(3) / 3).max(1);
    known
        .into_iter()
        // Words of other lengths are further away than that; to say how far takes long where one is long.
        .filter(|candidate| candidate.to_lowercase().chars().count().abs_diff(length) <= allowed(candidate))
        .map(|candidate| (strsim::damerau_levenshtein(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_at_line_and_column() {
        let source = Source::new("rule.toml", "a = 1\nwhen = \"x is hi\"\n");
        let diagnostic = Diagnostic::new("unknown word `hi`")
            .at(&source, 19..21, "not a word of the rule language")
            .hint("did you mean `high`?");
        assert_eq!(diagnostic.line_and_column(), Some((2, 14)));
        insta::assert_snapshot!(diagnostic.render(Severity::Error, false), @r#"
        error: unknown word `hi`
         --> rule.toml:2:14
          |
        2 | when = "x is hi"
          |              ^^ not a word of the rule language
          |
          = help: did you mean `high`?
        "#);
    }

    #[test]
    fn a_span_outside_the_text_or_inside_a_character_is_still_shown() {
        let source = Source::new("s", "é");
        assert!(
            Diagnostic::new("t").at(&source, 1..1, "here").render(Severity::Error, false).contains("here")
        );
        assert!(
            Diagnostic::new("t").at(&source, 9..12, "end").render(Severity::Error, false).contains("end")
        );
    }

    #[test]
    fn a_title_alone_is_one_line() {
        let text = |color| Diagnostic::new("t").render(Severity::Error, color);
        assert_eq!(text(false), "error: t\n");
        assert_eq!(text(true).lines().count(), 1);
        assert_eq!(Diagnostic::new("t").hint("h").render(Severity::Error, false).lines().count(), 3);
    }

    #[test]
    fn the_nearest_word_is_a_small_slip_away() {
        assert_eq!(nearest("comission", ["commission", "slippage"]), Some("commission"));
        assert_eq!(nearest("banana", ["commission", "slippage"]), None);
        assert_eq!(nearest(&"commission".repeat(1_000_000), ["commission", "slippage"]), None);
        assert_eq!(nearest("fil", ["fill", "long", "filler"]), Some("fill"));
    }
}
