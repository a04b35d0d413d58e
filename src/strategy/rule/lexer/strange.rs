//! Signs that the language does not have, and numbers that look like something else: what to write instead.

use std::ops::Range;

use super::{Fragment, Token, word_length_at};
use crate::base::diagnostic::Diagnostic;

/// Characters that look like the minus of the keyboard.
const DASHES: [char; 8] = ['-', '−', '–', '—', '‐', '‑', '‒', '―'];

/// A sign that the language does not have, with what to write instead.
pub(super) fn no_meaning(fragment: &Fragment, at: usize, first: char) -> Diagnostic {
    let text = &fragment.text[at..];
    if is_invisible(first) {
        let code = format!("U+{:04X}", u32::from(first));
        let title = format!("a character that cannot be seen stands here ({code})");
        let error = fragment.error(title, at..at + first.len_utf8(), "not expected here");
        return error.hint("delete it with what is beside it, and type that anew");
    }
    let signs = ["&&", "||", "<>", "=>", "=<", "**", "->"];
    let sign = signs.into_iter().find(|sign| text.starts_with(sign));
    let sign = sign.map_or_else(|| first.to_string(), str::to_owned);
    let error = fragment.error(
        format!("`{sign}` has no meaning in a rule"),
        at..at + sign.len(),
        "not expected here",
    );
    let behind = &text[first.len_utf8()..];
    if "$#@".contains(first)
        && let Some(word) = word_length_at(behind)
    {
        return error.hint(format!("write the name alone: `{word}`"));
    }
    let before = fragment.text[..at].chars().next_back();
    let inside = before.is_some_and(char::is_alphanumeric) && behind.starts_with(char::is_alphanumeric);
    if inside && DASHES.contains(&first) {
        return error
            .hint("inside a word stands the hyphen of the keyboard, as in `63-day`")
            .hint("a minus stands between spaces, as in `gold - btc`");
    }
    error.hint(match first {
        '=' => if sign == "=>" { "write `>=`" } else { "write `<=`" },
        '\'' | '’' if text.chars().nth(1) == Some('s') => "leave `'s` away: `its high`, `the high of btc`",
        '&' | '∧' => "write `and`",
        '|' | '∨' => "write `or`",
        '!' | '¬' => "write `not`",
        ';' => "a comma stands between the parts of a sentence",
        '}' => "a hole opens with `{`, as in {lag} or {10%..40% by 5%}",
        '[' | ']' => {
            "values to try stand in braces: {10%, 20%}; an earlier value is `btc 1 day ago`; other brackets are round"
        }
        '"' | '\'' | '“' | '”' | '‘' | '’' | '„' | '«' | '»' => {
            "names and numbers need no quotes; a name that would not read as a word stands in `backticks`"
        }
        '−' | '–' | '—' | '‐' | '‑' | '‒' | '―' => {
            "write the minus of the keyboard, `-`, with spaces around it"
        }
        '%' if before == Some('}') => "write the sign at each value: {10%, 20%} or {10%..40% by 10%}",
        '%' => "a number stands before its `%`: 20%",
        '$' | '€' | '£' | '¥' | '₿' => "write the number alone: prices are in the money of the data",
        '.' => "write decimals with a digit before the point: 0.5",
        '#' => "a rule holds no comment; a strategy file does",
        ':' => "a colon stands only in braces, behind a parameter's name: {lag: 10%, 20%}",
        '?' => "a rule has no question mark: it is true or false",
        '~' | '≈' => "nothing is nearly equal: write `is between 95 and 105`",
        '≠' => "prices are seldom equal: use > >= < <=",
        '^' => "there are no powers; a symbol such as ^RUT has its `^` right before its letters",
        _ => "words, numbers, `{holes}`, brackets and + - * / < <= > >= are what a rule is made of",
    })
}

/// What a copied text may hold without showing it.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
        || c.is_control()
}

/// Digits and points that are no number: `1.000.000`.
pub(super) fn no_number(fragment: &Fragment, span: Range<usize>) -> Diagnostic {
    let text = &fragment.text[span.clone()];
    let error = fragment.error(format!("`{text}` is no number"), span, "cannot be read");
    let mut parts = text.split('.');
    let grouped = parts.next().is_some_and(|first| first.len() <= 3)
        && text.contains('.')
        && parts.all(|part| part.len() == 3);
    if grouped {
        return error.hint(format!("thousands are written without points: `{}`", text.replace('.', "")));
    }
    error.hint("write numbers as 63, 0.5 or 1_000, with at most 15 digits")
}

/// Refuses what looks like one number and reads as two things: `20,5%`, `100,000`, `100k`, `1e5`, `20%-30%`.
pub(super) fn check_number_ends(
    fragment: &Fragment,
    token: &Token,
    open_brackets: usize,
) -> Result<(), Diagnostic> {
    check_comma(fragment, token, open_brackets)?;
    check_dash(fragment, token)?;
    check_letters(fragment, token)
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn check_comma(fragment: &Fragment, token: &Token, open_brackets: usize) -> Result<(), Diagnostic> {
    let text = &fragment.text;
    let behind = &text[token.span.end..];
    let Some(rest) = behind.strip_prefix(',').filter(|rest| digits(rest) > 0) else { return Ok(()) };
    let count = digits(rest);
    let has_unit = rest[count..].starts_with('%');
    if open_brackets > 0 && !has_unit {
        return Ok(());
    }
    let span = token.span.start..token.span.end + 1 + count;
    let written = &text[span.clone()];
    let error = fragment.error(format!("`{written}` has a comma inside"), span, "one number or two?");
    let pointed = text[token.span.clone()].contains('.');
    Err(if count == 3 && !has_unit && !pointed {
        error.hint(format!("thousands are written without a comma: `{}`", written.replace(',', "")))
    } else {
        let number = written.replace('.', "").replace(',', ".");
        error.hint(format!("decimals are written with a point: `{number}`"))
    })
}

/// A number with a dash and another one right behind it.
fn check_dash(fragment: &Fragment, token: &Token) -> Result<(), Diagnostic> {
    let text = &fragment.text;
    let behind = &text[token.span.end..];
    let Some(rest) = behind.strip_prefix(DASHES).filter(|rest| digits(rest) > 0) else { return Ok(()) };
    let dash = behind.len() - rest.len();
    let length = rest.bytes().take_while(|b| b.is_ascii_digit() || b".%".contains(b)).count();
    let span = token.span.start..token.span.end + dash + length;
    let (first, second) = (&text[token.span.clone()], &rest[..length]);
    if first.len() == 4 && digits(first) == 4 && digits(rest) == 2 {
        let day = rest[2..].strip_prefix(DASHES).map_or(0, |day| digits(day).min(2));
        let span = span.start..span.end + if day > 0 { dash + day } else { 0 };
        let error = fragment.error("a date has no meaning in a rule", span, "a rule is asked on every bar");
        return Err(error
            .hint("which days count is said by `--from` and `--to`, or `from` and `to` under [window]")
            .hint("parts of a year are `in December` and `on Fridays`, single days a file of events"));
    }
    let error = fragment.error(
        format!("`{}` can be read in two ways", &text[span.clone()]),
        span,
        "a range or a minus?",
    );
    let unit = if second.ends_with('%') && !first.ends_with('%') { "%" } else { "" };
    Err(error
        .hint(format!("a range is `between {first}{unit} and {second}`"))
        .hint(format!("a minus stands between spaces: `{first} - {second}`")))
}

fn check_letters(fragment: &Fragment, token: &Token) -> Result<(), Diagnostic> {
    let text = &fragment.text;
    let number = &text[token.span.clone()];
    let word = word_length_at(&text[token.span.end..]);
    let Some(word) = word.filter(|_| number.ends_with(|c: char| c.is_ascii_digit())) else { return Ok(()) };
    let span = token.span.start..token.span.end + word.len();
    let error =
        fragment.error(format!("`{}` is no number", &text[span.clone()]), span, "a number with letters");
    let lower = word.to_lowercase();
    let zeros = lower.strip_prefix('e').and_then(|zeros| zeros.parse::<usize>().ok());
    let is_exponent = lower.strip_prefix('e').is_some_and(|power| {
        let power = power.strip_prefix('-').unwrap_or(power);
        !power.is_empty() && power.bytes().all(|byte| byte.is_ascii_digit())
    });
    Err(error.hint(match lower.as_str() {
        "k" => format!("write `{number}000`"),
        "m" | "mn" | "bn" | "b" => format!("write all the digits: `{number}000000`"),
        "x" => "times is `*`: `2 * sma(btc, 200)`".to_owned(),
        "d" | "day" | "days" => format!("write `{number} days`, or `{number}-day` before a noun"),
        "w" | "y" | "h" | "wk" | "mo" | "yr" => {
            "count days or bars: a week is 5 sessions for shares and 7 days for crypto".to_owned()
        }
        "st" | "nd" | "rd" | "th" => format!("write `{number}`"),
        _ if zeros.is_some_and(|zeros| zeros < 12) && !number.contains('.') => {
            format!("write all the digits: `{number}{}`", "0".repeat(zeros.unwrap_or(0)))
        }
        _ if is_exponent => "write all the digits, as in 1000 or 0.001".to_owned(),
        _ if number == "0" && lower.starts_with(['x', 'o', 'b']) => {
            "write it with the digits 0 to 9".to_owned()
        }
        _ => format!("leave a space behind `{number}`, or write it as 63, 0.5 or 1_000"),
    }))
}

#[cfg(test)]
mod tests {
    use super::super::{TokenKind, tokens};
    use super::*;
    use crate::base::diagnostic::Source;

    fn told(text: &str) -> String {
        tokens(&Fragment::whole(Source::new("rule", text))).expect_err(text).hints().join("; ")
    }

    #[test]
    fn what_looks_like_a_number_and_is_none_is_told() {
        for (text, hint) in [
            ("20%-30%", "`between 20% and 30%`"),
            ("20–30%", "`between 20% and 30%`"),
            ("2024-03-05", "--from"),
            ("1.000.000", "`1000000`"),
            ("100.000,50", "`100000.50`"),
            ("1e5", "`100000`"),
            ("1e400", "write all the digits"),
            ("2.5e-3", "write all the digits"),
            ("1e99999999999999999999", "write all the digits"),
            ("0x10", "digits 0 to 9"),
            ("1234567890123456", "at most 15 digits"),
            ("1__0", "1_000"),
            ("63‑day", "`63-day`"),
            ("$btc", "`btc`"),
            ("a => b", "`>=`"),
            ("\u{200b}a", "type that anew"),
        ] {
            assert!(told(text).contains(hint), "{text}: {}", told(text));
        }
    }

    #[test]
    fn a_full_stop_ends_a_sentence() {
        let kinds = tokens(&Fragment::whole(Source::new("rule", "a high. "))).map(|tokens| tokens.len());
        assert_eq!(kinds, Ok(2));
        assert!(told("a . b").contains("point"));
    }

    #[test]
    fn spaces_of_print_stand_before_a_unit() {
        let read = tokens(&Fragment::whole(Source::new("rule", "20\u{a0}% 5\u{202f}Percent")));
        assert!(read.is_ok_and(|tokens| tokens.iter().all(|t| matches!(t.kind, TokenKind::Number(_)))));
    }
}
