//! What went wrong, where, and what should I do?
//!
//! A [`Diagnostic`] is one message: a title, the place in a text it is about, details, and hints that say
//! what to do next. A [`Failure`] is what a function returns when it cannot go on: one or more diagnostics
//! and the exit code they lead to. Nothing here prints; `cli` does.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::num;
use super::text::{cut, escaped, is_unseen, visible, with_short_quotes};

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

/// A line that is longer than this many bytes is shown around the place alone, as are more lines than that.
const LONGEST_LINE: usize = 1 << 10;
const MOST_LINES: usize = 20;

/// Characters of a long line that are shown before and behind the place, and of the place itself.
const AROUND: usize = 40;
const WITHIN: usize = 80;

/// The lines of a text that a message shows. The text around them may be of any size.
struct Lines<'a> {
    text: Cow<'a, str>,
    /// The place in `text`.
    span: Range<usize>,
    /// The number of the first line, from 1.
    number: usize,
    /// The place's name as the renderer tells it and as it is, where `text` is not what stands in the source and columns
    /// are others.
    misplaced: Option<(String, String)>,
}

impl Excerpt {
    fn line_and_column(&self) -> (usize, usize) {
        let before = &self.source.text[..self.span.start];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        (line, column)
    }

    fn lines(&self) -> Lines<'_> {
        let text = self.source.text.as_ref();
        let Range { start, end } = self.span.clone();
        // At the end of a text the place is shown behind its last line.
        let line_from = if start == text.len() { start.saturating_sub(1) } else { start };
        let line_from = floor_boundary(text, line_from);
        let first = text[..line_from].rfind('\n').map_or(0, |at| at + 1);
        let last = text[end..].find('\n').map_or(text.len(), |length| end + length + 1);
        let lines = &text[first..last];
        let number = text[..first].matches('\n').count() + 1;
        let is_long = lines.len() > LONGEST_LINE || lines.matches('\n').count() > MOST_LINES;
        if !is_long && !has_unseen(lines) {
            return Lines {
                text: Cow::Borrowed(lines),
                span: start - first..end - first,
                number,
                misplaced: None,
            };
        }
        let (line, column) = self.line_and_column();
        let (before, place, behind) = if is_long {
            let before = last_line(&text[first..start]);
            let place = text[start..end].lines().next().unwrap_or("");
            let behind =
                if place.len() == end - start { text[end..last].lines().next().unwrap_or("") } else { "…" };
            (tail(before, AROUND), cut(place, WITHIN), cut(behind, AROUND))
        } else {
            (
                Cow::Borrowed(&text[first..start]),
                Cow::Borrowed(&text[start..end]),
                Cow::Borrowed(&text[end..last]),
            )
        };
        let [before, place, behind] = [before, place, behind].map(|part| seen(&part));
        let span = before.len()..before.len() + place.len();
        let number = if is_long { line } else { number };
        let name = visible(&self.source.name);
        let told = last_line(&before).chars().count() + 1;
        let misplaced = Some((format!("{name}:{line}:{told}"), format!("{name}:{line}:{column}")));
        Lines { text: Cow::Owned([before, place, behind].concat()), span, number, misplaced }
    }
}

/// What stands behind the last line end.
fn last_line(text: &str) -> &str {
    text.rsplit('\n').next().unwrap_or("")
}

/// The last `most` characters, with `…` before them where there are more.
fn tail(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().rev().nth(most) {
        None => Cow::Borrowed(text),
        Some((at, first)) => Cow::Owned(format!("…{}", &text[at + first.len_utf8()..])),
    }
}

/// Whether a terminal would obey something in lines of text.
fn has_unseen(lines: &str) -> bool {
    let mut characters = lines.chars().peekable();
    while let Some(c) = characters.next() {
        let ends = c == '\r' && characters.peek() == Some(&'\n');
        if is_unseen(c) && !matches!(c, '\n' | '\t') && !ends {
            return true;
        }
    }
    false
}

fn seen(lines: &str) -> String {
    escaped(&lines.replace("\r\n", "\n"), |c| matches!(c, '\n' | '\t')).into_owned()
}

/// One message: what happened, where, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    title: String,
    excerpt: Option<Excerpt>,
    details: Vec<String>,
    hints: Vec<String>,
    /// How many messages this one stands for.
    counted: usize,
}

/// How loud a diagnostic is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The work stops.
    Error,
    /// The work goes on; the user should know.
    Warning,
}

/// The most characters that a title, a label or a detail quotes in one piece; of a path, and of what a hint tells to
/// type, more.
const LONGEST_QUOTE: usize = 120;
const LONGEST_PATH: usize = 1000;

/// A part of a message as it is shown, whatever was quoted in it: control characters are written out, and what is long
/// is cut.
fn shown(text: impl Into<String>) -> String {
    let text = text.into();
    let is_path = text.len() <= LONGEST_PATH && text.contains(['/', '\\']);
    shortened(&text, if is_path { LONGEST_PATH } else { LONGEST_QUOTE })
}

fn shortened(text: &str, most: usize) -> String {
    visible(&with_short_quotes(text, most)).into_owned()
}

impl Diagnostic {
    /// A message with a title of one line, lower case, without a full stop.
    ///
    /// Title, label, details and hints may quote what a stranger's file holds: control characters are written out, as in
    /// `\u{1b}`, and long quotes between backticks are cut.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: shown(title), excerpt: None, details: Vec::new(), hints: Vec::new(), counted: 0 }
    }

    /// Points at the bytes `span` of `source` and says `label` there. A span past the end points at the end;
    /// one that cuts a character is widened to it.
    #[must_use]
    pub fn at(mut self, source: &Source, span: Range<usize>, label: impl Into<String>) -> Self {
        let length = source.text.len();
        let start = floor_boundary(&source.text, span.start.min(length));
        let end = ceil_boundary(&source.text, span.end.clamp(start, length));
        self.excerpt = Some(Excerpt { source: source.clone(), span: start..end, label: shown(label) });
        self
    }

    /// Adds a fact that helps to understand the message.
    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.details.push(shown(text));
        self
    }

    /// Adds what the user can do next.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hints.push(shortened(&text.into(), LONGEST_PATH));
        self
    }

    /// The same message, told of `subject`: `IWM.csv: 3 sessions are missing`.
    #[must_use]
    pub fn about(mut self, subject: &str) -> Self {
        self.title = shown(format!("{subject}: {}", self.title));
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

    /// Whether the message points at a place.
    pub fn has_place(&self) -> bool {
        self.excerpt.is_some()
    }

    /// Line and column, both from 1, of the place the message points at.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        self.excerpt.as_ref().map(Excerpt::line_and_column)
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
        let mut misplaced = None;
        if let Some(excerpt) = &self.excerpt {
            let lines = excerpt.lines();
            let name = visible(&excerpt.source.name);
            let mark = AnnotationKind::Primary.span(lines.span).label(excerpt.label.as_str());
            let snippet = Snippet::source(lines.text).line_start(lines.number).annotation(mark);
            group = group.element(snippet.path(name));
            misplaced = lines.misplaced;
        }
        for detail in &self.details {
            group = group.element(Level::NOTE.message(detail.as_str()));
        }
        for hint in &self.hints {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        let mut text = renderer.render(&[group]);
        if let (Some((shown, meant)), Some(title)) = (&misplaced, text.find('\n')) {
            let below = text[title..].replacen(shown, meant, 1);
            text.replace_range(title.., &below);
        }
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

/// So many messages explain a failure; of more, their number does.
pub const MOST_MESSAGES: usize = 20;

/// Why the program cannot go on: at least one diagnostic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    exit: Exit,
    diagnostics: Vec<Diagnostic>,
}

impl Failure {
    /// A failure of the user's input that several messages explain; `None` when there is no message. The first
    /// [`MOST_MESSAGES`] are kept, and how many more there were.
    pub fn from_all(mut diagnostics: Vec<Diagnostic>) -> Option<Self> {
        // Failures that are put together were counted each by itself.
        let counted: usize = diagnostics.iter().map(|diagnostic| diagnostic.counted).sum();
        diagnostics.retain(|diagnostic| diagnostic.counted == 0);
        let more = diagnostics.len().saturating_sub(MOST_MESSAGES) + counted;
        if more > 0 {
            diagnostics.truncate(MOST_MESSAGES);
            let plural = if more == 1 { "" } else { "s" };
            let rest = Diagnostic::new(format!("{} more error{plural}", num::grouped(more)))
                .hint("correct the ones above first: others often go with them");
            diagnostics.push(Diagnostic { counted: more, ..rest });
        }
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
///
/// A word of more than 64 bytes is no slip: comparing takes time with the length of both.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 64;
    if word.len() > LONGEST {
        return None;
    }
    let wanted = word.to_lowercase();
    let length = wanted.chars().count();
    let allowed = |candidate: &str| (candidate.chars().count().max(3) / 3).max(1);
    known
        .into_iter()
        // Words of other lengths are further away than that; to say how far takes long where one is long.
        .filter(|candidate| candidate.len() <= LONGEST)
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

    /// The message as it would be with all of the text.
    fn whole(source: &Source, span: Range<usize>) -> String {
        let snippet = Snippet::source(source.text.as_ref())
            .path(source.name.as_ref())
            .annotation(AnnotationKind::Primary.span(span).label("here"));
        Renderer::plain().render(&[Level::ERROR.primary_title("t").element(snippet)]) + "\n"
    }

    #[test]
    fn a_few_lines_look_as_they_do_in_the_whole_text() {
        for text in ["", "a", "a\n", "ab\ncd\n\nef", "ab\r\ncd\r\n", "\n\n\n", "x\ty\nz = \"é\"\n\nlast\n"] {
            let source = Source::new("s.toml", text);
            for start in 0..=text.len() {
                for end in start..=text.len() {
                    if text.is_char_boundary(start) && text.is_char_boundary(end) {
                        let shown = Diagnostic::new("t").at(&source, start..end, "here");
                        let shown = shown.render(Severity::Error, false);
                        assert_eq!(shown, whole(&source, start..end), "{text:?} {start}..{end}");
                    }
                }
            }
        }
    }

    #[test]
    fn only_the_lines_around_the_place_are_looked_at() {
        // The renderer walks through all it is given: with the whole text each message would take seconds.
        let text = "key = 1\n".repeat(1_000_000);
        let source = Source::new("s.toml", text);
        for number in 0..20 {
            let at = 8 * (999_000 + number);
            let shown = Diagnostic::new("t").at(&source, at..at + 3, "here").render(Severity::Error, false);
            assert!(shown.contains(&format!("s.toml:{}:1", 999_001 + number)), "{shown}");
        }
    }

    #[test]
    fn of_a_long_line_the_place_is_shown() {
        let text = format!("first\n{}WRONG{}\nlast\n", "a".repeat(10_000_000), "b".repeat(10_000_000));
        let source = Source::new("s.toml", text);
        let place = |span: Range<usize>| {
            Diagnostic::new("t").at(&source, span, "here").render(Severity::Error, false)
        };
        let shown = format!("2 | …{}WRONG{}…", "a".repeat(AROUND), "b".repeat(AROUND));
        let mark = format!("  | {}^^^^^ here", " ".repeat(AROUND + 1));
        assert_eq!(
            place(10_000_006..10_000_011),
            format!("error: t\n --> s.toml:2:10000001\n  |\n{shown}\n{mark}\n")
        );
        let whole = place(6..20_000_011);
        assert!(whole.contains("s.toml:2:1\n") && whole.len() < 1_000, "{whole}");
    }

    #[test]
    fn nothing_that_is_quoted_steers_the_terminal() {
        let source = Source::new("a\u{1b}[2J.toml", "title = \"\u{1b}]0;x\u{7} \u{9b}2J\u{202e}\"\nwrong\n");
        let message = Diagnostic::new("`\u{1b}[31m` is wrong")
            .at(&source, 8..11, "this\u{9b}")
            .detail("a\u{7f}\nerror: b")
            .hint("\u{2066}c")
            .about("d\u{85}");
        for color in [false, true] {
            let shown = message.render(Severity::Error, color);
            let own = shown.replace("\u{1b}[0m", "").replace("\u{1b}[1m", "");
            let own = own
                .split("\u{1b}[")
                .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';'));
            let own: Vec<&str> = own.collect();
            let rest = own.concat();
            assert!(!rest.contains(|c| is_unseen(c) && c != '\n'), "{rest:?}");
        }
        insta::assert_snapshot!(message.render(Severity::Error, false), @r#"
        error: d\u{85}: `\u{1b}[31m` is wrong
         --> a\u{1b}[2J.toml:1:9
          |
        1 | title = "\u{1b}]0;x\u{7} \u{9b}2J\u{202e}"
          |         ^^^^^^^^ this\u{9b}
          |
          = note: a\u{7f}\nerror: b
          = help: \u{2066}c
        "#);
    }

    #[test]
    fn long_quotes_are_cut() {
        let cell = "7".repeat(10_000_000);
        let message =
            Diagnostic::new(format!("`{cell}` is not a date")).detail(cell.clone()).hint(format!("`{cell}`"));
        assert!(message.title().ends_with("7…` is not a date"), "{}", message.title());
        assert!(message.render(Severity::Error, false).len() < 20_000);
    }

    #[test]
    fn twenty_messages_are_kept_and_the_others_counted() {
        let all =
            |count: usize| Failure::from_all((0..count).map(|n| Diagnostic::new(n.to_string())).collect());
        assert_eq!(all(0), None);
        assert_eq!(all(20).map(|failure| failure.diagnostics().len()), Some(20));
        let failure = all(8_020);
        let titles = failure.iter().flat_map(Failure::diagnostics).map(Diagnostic::title).collect::<Vec<_>>();
        assert_eq!((titles.len(), titles[19], titles[20]), (21, "19", "8,000 more errors"));
        let twice = [all(8_020), all(21)].into_iter().flatten();
        let twice = Failure::from_all(twice.flat_map(|failure| failure.diagnostics().to_vec()).collect());
        let last = twice.as_ref().and_then(|failure| failure.diagnostics().last()).map(Diagnostic::title);
        assert_eq!(last, Some("8,021 more errors"));
    }

    #[test]
    fn a_very_long_word_is_near_to_none() {
        let long = "x".repeat(10_000_000);
        assert_eq!(nearest(&long, [long.as_str(), "high"]), None);
        assert_eq!(nearest("hihg", [long.as_str(), "high"]), Some("high"));
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
