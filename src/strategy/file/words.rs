//! Small forms that sentences and the texts of files share.

use crate::base::diagnostic::Diagnostic;
use crate::strategy::rule::Parser;

type Parsed<T> = std::result::Result<T, Diagnostic>;

/// `days` or `bars`, if one stands here; `true` for bars.
pub(super) fn period(parser: &mut Parser<'_, '_, '_>) -> Option<bool> {
    if parser.eat_word("days") || parser.eat_word("day") {
        return Some(false);
    }
    (parser.eat_word("bars") || parser.eat_word("bar")).then_some(true)
}

/// `on close`
pub(super) fn on_close(parser: &mut Parser<'_, '_, '_>) -> Parsed<bool> {
    if !parser.eat_word("on") {
        return Ok(false);
    }
    if parser.eat_word("close") { Ok(true) } else { Err(parser.unexpected("`close`")) }
}
