//! Text of others on its way to a terminal: control characters made visible, long text cut, long lists shortened.
//!
//! Everything that a message or a report quotes may come from a stranger's file. Raw, an escape sequence could clear the
//! screen, change the title of the window or hide what follows, and a change of direction could make a line read as
//! another one.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The most characters of somebody else's text that a message quotes.
pub const QUOTED: usize = 80;

/// The most entries of a list that a message names.
pub const LISTED: usize = 20;

/// Whether a character acts on the terminal or on the text around it instead of being seen: control characters (C0, DEL,
/// C1), line and paragraph separators, marks and overrides of the direction of writing, and characters without width.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// The text with every unseen character written out, as in `\u{1b}`; line ends become `\n`, tabs `\t`.
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

/// As [`visible`] for a text of several lines: line ends stay.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c == '\n')
}

/// The text with its unseen characters written out, but for those that are `kept`.
pub fn escaped(text: &str, kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    let is_written_out = |c: char| is_unseen(c) && !kept(c);
    let Some(first) = text.find(is_written_out) else { return Cow::Borrowed(text) };
    let mut shown = text[..first].to_owned();
    for c in text[first..].chars() {
        if !is_written_out(c) {
            shown.push(c);
        } else if matches!(c, '\t' | '\r' | '\n') {
            shown.extend(c.escape_default());
        } else {
            shown.extend(c.escape_unicode());
        }
    }
    Cow::Owned(shown)
}

/// JSON in which characters that a terminal would obey are written as `\uXXXX`. Such characters stand inside of strings
/// alone, so the value stays the same; the line ends between values stay, too.
pub fn visible_json(json: &str) -> Cow<'_, str> {
    let is_written_out = |c: char| is_unseen(c) && c != '\n';
    if !json.contains(is_written_out) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        if is_written_out(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// The beginning of a text: at most `most` characters, with `…` behind them where more follow.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}

/// Somebody else's text as a message quotes it: its first [`QUOTED`] characters.
pub fn quoted(text: &str) -> Cow<'_, str> {
    cut(text, QUOTED)
}

/// The first [`LISTED`] entries, and how many more there are: `a, b, c and 97 more`.
pub fn list<T: AsRef<str>>(entries: impl IntoIterator<Item = T>) -> String {
    let mut entries = entries.into_iter();
    let named: Vec<String> =
        entries.by_ref().take(LISTED).map(|entry| quoted(entry.as_ref()).into_owned()).collect();
    match entries.count() {
        0 => named.join(", "),
        more => format!("{} and {} more", named.join(", "), super::num::grouped(more)),
    }
}

/// The text with every part between two backticks cut to `most` characters, and as a whole to ten times as many.
pub fn with_short_quotes(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    // What is between backticks has an odd place among the parts.
    let all = 2 * most;
    let mut parts: Vec<Cow<'_, str>> = text
        .split('`')
        .take(all)
        .enumerate()
        .map(|(at, part)| if at % 2 == 1 { cut(part, most) } else { Cow::Borrowed(part) })
        .collect();
    if parts.len() == all {
        parts.push(Cow::Borrowed("…"));
    }
    let whole = parts.join("`");
    Cow::Owned(cut(&whole, 10 * most).into_owned())
}

/// Where the lines of a text begin, so that many places in it are found quickly.
#[derive(Debug)]
pub struct LineStarts(Vec<usize>);

impl LineStarts {
    /// Looks for the lines of `text`.
    pub fn of(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    /// The number of the line, from 0, in which the byte `at` stands, and the byte at which the line begins.
    pub fn line(&self, at: usize) -> (usize, usize) {
        let number = self.0.partition_point(|&start| start <= at).saturating_sub(1);
        (number, self.0.get(number).copied().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_written_out() {
        assert_eq!(visible("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(visible("\u{7f}\u{9b}\u{85}\r\n\t"), "\\u{7f}\\u{9b}\\u{85}\\r\\n\\t");
        assert_eq!(visible("x\u{202e}y\u{2066}\u{2028}\u{200b}"), "x\\u{202e}y\\u{2066}\\u{2028}\\u{200b}");
        assert_eq!(visible_lines("a\n\u{1b}b"), "a\n\\u{1b}b");
        for plain in ["", "IWM", "é 漢字 🚀 – …", "^RUT"] {
            assert!(matches!(visible(plain), Cow::Borrowed(same) if same == plain));
        }
    }

    #[test]
    fn every_control_character_is_written_out() {
        for c in ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}').chain('\u{202a}'..='\u{202e}') {
            let text = c.to_string();
            let shown = visible(&text);
            assert!(!shown.contains(is_unseen) && shown.starts_with('\\'), "{c:?} {shown}");
        }
    }

    #[test]
    fn json_keeps_its_value() {
        let value = serde_json::json!({ "a\u{9b}": "\u{1b}\u{7f}\u{202e}\u{e0001}", "b": [1, "é"] });
        let text = format!("{value:#}\n");
        let shown = visible_json(&text);
        assert!(!shown.contains(|c| is_unseen(c) && c != '\n'), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).ok(), Some(value));
    }

    #[test]
    fn long_text_is_cut_and_long_lists_are_counted() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("äbcd", 3), "äbc…");
        assert_eq!(quoted(&"x".repeat(1000)).chars().count(), QUOTED + 1);
        assert_eq!(list(["a", "b"]), "a, b");
        let many: Vec<String> = (0..1020).map(|n| n.to_string()).collect();
        assert!(list(&many).ends_with("18, 19 and 1,000 more"), "{}", list(&many));
    }

    #[test]
    fn quotes_in_a_message_are_cut_and_the_rest_is_kept() {
        let message = |cell: &str| format!("x.csv:3: `{cell}` is not a date like 2024-01-31");
        assert_eq!(with_short_quotes(&message("soon"), 10), message("soon"));
        assert_eq!(with_short_quotes(&message(&"y".repeat(500)), 10), message("yyyyyyyyyy…"));
        assert_eq!(with_short_quotes(&"`a".repeat(10_000), 10).chars().count(), 40);
        assert_eq!(with_short_quotes(&"z".repeat(10_000), 10).chars().count(), 101);
    }

    #[test]
    fn lines_are_found_by_their_bytes() {
        let lines = LineStarts::of("ab\ncd\n");
        assert_eq!(
            [0, 2, 3, 5, 6, 99].map(|at| lines.line(at)),
            [(0, 0), (0, 0), (1, 3), (1, 3), (2, 6), (2, 6)]
        );
        assert_eq!(LineStarts::of("").line(0), (0, 0));
    }
}
