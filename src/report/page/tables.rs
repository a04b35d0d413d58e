//! What every table of the page is made of.

use maud::{Markup, html};

use super::super::content::{Unit, Value};
use super::super::format;

/// A table that scrolls sideways where the page is too narrow, reachable by keyboard.
pub(super) fn scrolling(name: &str, table: &Markup) -> Markup {
    html! { div.scroll role="region" aria-label=(name) tabindex="0" { (table) } }
}

/// A cell with a return, coloured by its sign; where there is none, the reason is its tooltip.
pub(super) fn change(value: &Value) -> Markup {
    html! {
        @match value.known() {
            Some(known) => td.n.(tone(known)) { (format::change(known)) },
            None => td.n.none title=(format::reason(value).unwrap_or_default()) { (format::NOT_AVAILABLE) },
        }
    }
}

/// A cell with a number; where there is none, the reason is its tooltip.
pub(super) fn number(value: &Value, unit: Unit) -> Markup {
    html! {
        td.n.none[value.known().is_none()] title=[format::reason(value)] { (format::short(value, unit)) }
    }
}

/// The class of a number by its sign.
fn tone(number: f64) -> &'static str {
    if number > 0.0 {
        "up"
    } else if number < 0.0 {
        "down"
    } else {
        "flat"
    }
}
