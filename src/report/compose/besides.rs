//! What a study found besides returns, as tables.

use super::super::content::SideTable;
use super::super::format;
use crate::evidence::beside::{Besides, Followed, Point, Share, Together};
use crate::strategy::file::Strategy;
use crate::strategy::rule::Kind;

/// The tables, as far as the strategy asks for them. `filled_in` puts values into the holes of a rule.
pub(super) fn tables(
    strategy: &Strategy,
    besides: &Besides,
    filled_in: &dyn Fn(&str) -> String,
) -> Vec<SideTable> {
    let wanted = &strategy.study;
    let beside = wanted.beside.as_ref().zip(besides.together.as_ref());
    let followed = wanted.measure.as_ref().zip(besides.followed.as_ref());
    let first = beside.map(|((rule, _), found)| together(&filled_in(&rule.text), found));
    let second = followed.map(|(rule, found)| {
        follow(&filled_in(&rule.text), found, strategy.graph.kind(rule.node) == Kind::Fraction)
    });
    first.into_iter().chain(second).collect()
}

fn together(rule: &str, found: &Together) -> SideTable {
    let row = |name: &str, share: Share| {
        let of = share.share().map_or_else(|| format::NOT_AVAILABLE.to_owned(), format::share);
        (name.to_owned(), vec![format::count(share.n), format::count(share.near), of])
    };
    let days = format::counted(usize::try_from(found.days).unwrap_or(0), "day");
    let [before, same, after] = found.order.map(format::count);
    let (tried, as_many) = found.shifts;
    let mut notes = vec![format!(
        "Of the signals with one near, {before} had it before, {same} on the same bar, {after} after."
    )];
    if let Some(chance) = found.chance() {
        notes.push(format!(
            "Shifted along the window as a whole, the signals have as many or more near in {} of {} shifts \
             (p = {}).",
            format::count(as_many),
            format::count(tried),
            format::decimal(chance, 3)
        ));
    }
    notes.push("Days nearer to either end of the window than that are left out of every count.".to_owned());
    SideTable {
        title: format!("Together with `{rule}`, within {days} before or after"),
        head: ["of", "counted", "one near", "share"].map(str::to_owned).to_vec(),
        rows: vec![
            row("episodes, by their first signal", found.episodes),
            row("signals", found.signals),
            row("any day", found.any_day),
            row("turned round: a signal near it", found.turned),
        ],
        notes,
    }
}

fn follow(rule: &str, found: &Followed, fraction: bool) -> SideTable {
    let number = |value: f64| if fraction { format::change(value) } else { format::decimal(value, 2) };
    let known = |value: Option<f64>| value.map_or_else(|| format::NOT_AVAILABLE.to_owned(), number);
    let point = |point: &Point| {
        let name = match point.bars {
            0 => "at the signal".to_owned(),
            bars => format!("{} later", format::counted(bars, "bar")),
        };
        let figures = (0..3).map(|at| known(point.spread.map(|spread| spread[at])));
        (name, std::iter::once(format::count(point.n)).chain(figures).collect())
    };
    let (bars, median) = found.any_day;
    let mut rows: Vec<(String, Vec<String>)> = found.points.iter().map(point).collect();
    rows.push(("any day".to_owned(), vec![format::count(bars), known(median), String::new(), String::new()]));
    SideTable {
        title: format!("Followed: {rule}"),
        head: ["when", "number", "median", "lowest", "highest"].map(str::to_owned).to_vec(),
        rows,
        notes: vec!["Each episode counts once, from its first signal.".to_owned()],
    }
}
