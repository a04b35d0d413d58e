//! Series that a strategy needs and nobody has: told all at once, each with what it is and where to get it.

use crate::base::diagnostic::Diagnostic;
use crate::market::store::whereabouts;
use crate::strategy::rule::Market;

/// A series that is not there.
pub(super) struct Missing<'a> {
    pub(super) market: &'a Market,
    /// The name it may have been meant for, where the store knows one that is alike.
    pub(super) meant: Option<String>,
}

/// One message for all of `missing` among so many wanted, with the strategy's note. `found` names the series that are there; `on_sample` says that they are the
/// sample's, because the store has none.
pub(super) fn message(
    (note, wanted): (Option<&str>, usize),
    missing: &[Missing<'_>],
    found: &[String],
    on_sample: bool,
) -> Diagnostic {
    let symbols: Vec<&str> = missing.iter().map(|one| one.market.target.as_str()).collect();
    let listed = symbols.join(", ");
    let title = match (wanted, missing) {
        (_, [_]) => format!("the store has no series `{listed}`"),
        (all, many) if all == many.len() => format!("the store has no series {listed}"),
        (all, many) => {
            format!("the store lacks {} of the {all} series that the strategy needs: {listed}", many.len())
        }
    };
    let mut message = missing.iter().fold(Diagnostic::new(title), |message, one| message.detail(item(one)));
    let own = missing.iter().any(|one| whereabouts(&one.market.target).is_none());
    if let Some(note) = note.filter(|_| own) {
        message = message.detail(format!("the strategy's note: {note}"));
    }
    if !found.is_empty() {
        let found = found.join(", ");
        message = message.detail(if on_sample {
            format!("the embedded sample has {found}, but simulated days never meet real ones")
        } else {
            format!("the store has {found}")
        });
    }
    // On the sample real history of what it has is needed, too.
    let wanted = symbols.iter().copied().chain(found.iter().map(String::as_str).filter(|_| on_sample));
    let files: Vec<String> = wanted.map(|symbol| format!("{}.csv", bare(symbol))).collect();
    message.hint(format!(
        "get {} as a CSV file, then `catchup data import {}`",
        if files.len() == 1 { "it" } else { "each" },
        files.join(" ")
    ))
}

/// `DFF: the federal funds rate, daily; FRED series DFF`.
fn item(missing: &Missing<'_>) -> String {
    let Market { name, target } = missing.market;
    let called = if name.eq_ignore_ascii_case(target) {
        format!("`{target}`")
    } else {
        format!("`{target}` (here called {name})")
    };
    match (&missing.meant, whereabouts(target)) {
        (_, Some(known)) => format!("{called} is {known}"),
        (Some(meant), None) => format!("{called}: did you mean `{meant}`?"),
        (None, None) => {
            format!("{called} is a name of your own: any CSV with date and close can be imported under it")
        }
    }
}

/// The symbol without its vendor.
fn bare(symbol: &str) -> &str {
    symbol.split('@').next().unwrap_or(symbol)
}
