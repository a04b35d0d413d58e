//! Text that is no TOML: what was probably meant, by the line it stands on.

use std::collections::BTreeSet;
use std::ops::Range;

use ::toml::de::Error;

use crate::base::diagnostic::{Diagnostic, MOST_MESSAGES, Source};
use crate::base::text::LineStarts;

/// One message for each line that is no TOML, in order.
pub(super) fn faults(source: &Source, errors: &[Error]) -> Vec<Diagnostic> {
    let mut lines = BTreeSet::new();
    let mut told = Vec::new();
    let starts = LineStarts::of(&source.text);
    for error in errors {
        let line = Line::at(&source.text, &starts, error.span().map_or(0, |span| span.start));
        // What follows from a fault of the same line, or from a text that the line before left open, is no news.
        if lines.insert(line.number) && !(line.number > 0 && lines.contains(&(line.number - 1))) {
            // What is said of a fault can look through the whole text; of those that are only counted nothing is said.
            told.push(if told.len() < MOST_MESSAGES {
                fault(source, error, &line)
            } else {
                Diagnostic::new("")
            });
            if unclosed(without_comment(line.text)).is_some() {
                break; // the lines behind it were read as parts of it
            }
        }
    }
    told
}

/// The line a fault stands on.
struct Line<'t> {
    /// From 0.
    number: usize,
    start: usize,
    text: &'t str,
    /// Everything before it.
    before: &'t str,
}

impl<'t> Line<'t> {
    fn at(text: &'t str, starts: &LineStarts, at: usize) -> Self {
        let at = (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let (number, start) = starts.line(at);
        let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
        Self { number, start, text: &text[start..end], before: &text[..start] }
    }

    /// The line before this one.
    fn previous(&self) -> Option<Self> {
        let end = self.before.len().checked_sub(1)?;
        let start = self.before[..end].rfind('\n').map_or(0, |before| before + 1);
        let before = &self.before[..start];
        Some(Self { number: self.number - 1, start, text: &self.before[start..end], before })
    }

    /// The name before the first `=`, and what stands behind it.
    fn name_and_value(&self) -> Option<(&'t str, &'t str)> {
        self.text.split_once('=').map(|(name, value)| (name.trim(), without_comment(value).trim()))
    }

    fn span(&self) -> Range<usize> {
        let indent = self.text.len() - self.text.trim_start().len();
        self.start + indent..self.start + self.text.trim_end().len()
    }
}

/// A line without the comment at its end.
fn without_comment(line: &str) -> &str {
    let mut open = None;
    for (at, c) in line.char_indices() {
        match (c, open) {
            ('#', None) => return &line[..at],
            ('"' | '\'', None) => open = Some(c),
            (c, Some(quote)) if c == quote => open = None,
            _ => {}
        }
    }
    line
}

/// Whether a line opens a text and leaves it open.
fn is_open(line: &str) -> bool {
    let line = without_comment(line);
    !line.contains("\"\"\"") && !line.contains("'''") && line.matches('"').count() % 2 == 1
}

/// The bracket that a text lacks.
fn unclosed(text: &str) -> Option<char> {
    let brackets = [('[', ']'), ('{', '}')];
    brackets
        .into_iter()
        .find(|(o, c)| text.matches(*o).count() > text.matches(*c).count())
        .map(|(_, close)| close)
}

fn fault(source: &Source, error: &Error, line: &Line<'_>) -> Diagnostic {
    if let Some(before) = line.previous().filter(|before| is_open(before.text)) {
        return Diagnostic::new("the file cannot be read: a text is never closed")
            .at(source, before.span(), "a quote is missing")
            .hint("close it with `\"` on the same line, or write a long text in `\"\"\"` on several");
    }
    let message = error.message().lines().next().unwrap_or("this is not TOML");
    let told = |what: &str, label: &str| {
        let span = error.span().unwrap_or(0..0);
        Diagnostic::new(format!("the file cannot be read: {what}")).at(source, span, label)
    };
    let text = without_comment(line.text).trim();
    if message.contains("duplicate key") {
        return duplicate(source, error, told("this is said twice", "second one"));
    }
    if let Some(hint) = wrong_sign(line.text) {
        return told("a sign that has no meaning here", "not TOML from here").hint(hint);
    }
    if is_open(line.text) {
        return told("a text is never closed", "a quote is missing")
            .hint("close it with `\"` on the same line, or write a long text in `\"\"\"` on several");
    }
    if text.starts_with('[') != text.ends_with(']') && !text.contains('=') {
        return told("the name of a table stands in brackets", "one is missing").hint(no_equals(text));
    }
    let Some((name, value)) = line.name_and_value() else {
        return told("a line is a name and its value, or a table", "no `=` here").hint(no_equals(text));
    };
    if name.contains(char::is_whitespace) {
        return told("a name is one word", "not TOML from here")
            .hint(format!("write `{}`", name.split_whitespace().collect::<Vec<_>>().join("_")));
    }
    if value.is_empty() {
        return told("a value is missing", "nothing stands behind the `=`")
            .hint(format!("write one, as in `{name} = \"none\"`, or take the line away"));
    }
    if let Some(close) = unclosed(value) {
        return told("a bracket is never closed", "not TOML from here")
            .hint(format!("close it with `{close}`"));
    }
    if value.ends_with([';', ',']) {
        return told("a sign at the end of a line", "not expected")
            .hint("a line ends behind its value: take it away");
    }
    if message.contains("must be quoted")
        || message.contains("invalid float")
        || message.contains("invalid boolean")
    {
        let written = error.span().and_then(|span| source.text.get(span)).unwrap_or(value);
        return told("a text without quotes", "not TOML from here").hint(quoted(name, value, written.trim()));
    }
    if message.contains("missing comma") {
        return told("a comma is missing", "before this")
            .hint("commas stand between the parts of [ ] and { }");
    }
    if message.contains("escaped value") {
        return told("a backslash has a meaning of its own in a text", "not TOML from here")
            .hint("write `\\\\`, or the whole text in single quotes, where it has none");
    }
    if message.contains("leading zero") {
        return told("a number begins with 0", "not TOML from here")
            .hint(format!("write `{name} = {}`", value.trim_start_matches('0')));
    }
    if value.matches('"').count() > 2 && message.contains("unexpected key or value") {
        return told("a text ends at its second quote", "not expected behind it")
            .hint("take the quotes inside of the text away; names need none, or `backticks`");
    }
    told(message, "not TOML from here").hint("`catchup strategy new NAME` writes a file that reads")
}

/// What is there twice, and where the first one is.
fn duplicate(source: &Source, error: &Error, told: Diagnostic) -> Diagnostic {
    let span = error.span().unwrap_or(0..0);
    let Some(name) = source.text.get(span.clone()) else { return told };
    let is_table = source.text[..span.start].ends_with('[');
    let first = source.text[..span.start].lines().enumerate().filter(|(_, line)| {
        let line = line.trim_start();
        let line = if is_table { line.strip_prefix('[').unwrap_or("") } else { line };
        line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with(['=', ']', '.']))
    });
    let first = if is_table { first.take(1).last() } else { first.last() };
    let what = if is_table { format!("[{name}]") } else { name.to_owned() };
    match first {
        Some((line, _)) => {
            told.hint(format!("`{what}` stands on line {} already: keep one of them", line + 1))
        }
        None => told.hint(format!("keep one `{what}`")),
    }
}

/// Signs that look like others, or belong to other languages.
fn wrong_sign(line: &str) -> Option<&'static str> {
    if line.contains(['“', '”', '„', '‘', '’', '«', '»']) && !line.contains(['"', '\'']) {
        return Some("write the straight quotes of the keyboard: `\"25%\"`");
    }
    let trimmed = line.trim_start();
    if trimmed.starts_with("//") || trimmed.starts_with(';') || trimmed.starts_with("--") {
        return Some("a comment begins with `#`");
    }
    if line.contains(|c: char| c.is_control() && c != '\t' && c != '\r') {
        return Some("a character that cannot be seen stands here: delete this line and retype it");
    }
    if line.contains('\r') {
        return Some("save the file with the line ends of Unix or Windows");
    }
    let name = line.split('=').next().unwrap_or(line);
    name.contains(|c: char| c == '\u{a0}' || c == '\u{feff}' || ('\u{2000}'..='\u{200f}').contains(&c))
        .then_some("a space that only looks like one stands here: delete it and type it anew")
}

/// What to write on a line without `=`.
fn no_equals(text: &str) -> String {
    if let Some(table) = text.strip_prefix('[').or_else(|| text.strip_suffix(']')) {
        return format!("a table is `[{}]`", table.trim_matches(['[', ']']).trim());
    }
    if let Some((name, value)) = text.split_once(':') {
        return match value.trim() {
            "" => format!("a table is `[{}]`", name.trim()),
            value => format!("write `=`: `{} = {value}`", name.trim()),
        };
    }
    match text.split_once(char::is_whitespace) {
        Some((name, value)) => format!("an `=` is missing: `{name} = {}`", with_quotes(value.trim())),
        None => format!("give it a value, as in `{text} = \"none\"`, or take it away"),
    }
}

/// A value as it is written in quotes.
fn quoted(name: &str, value: &str, written: &str) -> String {
    if value.contains("..") {
        return "a range is `{ from = \"10%\", to = \"40%\", step = \"5%\" }`".into();
    }
    if value.starts_with(['[', '{']) {
        return format!("texts and percentages stand in quotes: {}", with_quotes(written));
    }
    format!("texts and percentages stand in quotes: `{name} = {}`", with_quotes(value))
}

fn with_quotes(value: &str) -> String {
    let plain = value.parse::<f64>().is_ok() || value.starts_with(['"', '\'', '[', '{']);
    if plain { value.to_owned() } else { format!("\"{value}\"") }
}
