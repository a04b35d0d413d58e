//! Small forms that sentences and the texts of files share.

use crate::base::diagnostic::Diagnostic;
use crate::strategy::rule::{Expression, Parser};

/// So many parts leave early at most.
pub(super) const MOST_PARTIALS: usize = 4;

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

/// The distance of a stop: `25%`, or `2 x 21-day volatility`, whose measure is the second.
pub(super) fn stop_distance(
    parser: &mut Parser<'_, '_, '_>,
    traded: usize,
) -> Parsed<(Expression, Option<Expression>)> {
    let distance = parser.setting()?;
    let by = parser.eat_word("x") || parser.eat_sign("×") || parser.eat_sign("*");
    let measure = if by { Some(parser.measure("volatility", &[traded])?) } else { None };
    Ok((distance, measure))
}
