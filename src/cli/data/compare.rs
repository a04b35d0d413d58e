//! `catchup data compare A B`: two copies of one market side by side.

use serde_json::{Value, json};

use super::super::output::Output;
use crate::base::calendar::Label;
use crate::base::diagnostic::Result;
use crate::market::store::{Comparison, Factor, Lag, Records, Store, Together, compare};
use crate::report::format;

/// Columns of a terminal that text keeps within.
const WIDTH: usize = 80;

/// Ranges that text lists; JSON has all.
const RANGES: usize = 8;

/// Labels that text lists of those only one copy has; JSON has all.
const LABELS: usize = 3;

pub(super) fn run(output: &Output, store: &Store, one: &str, other: &str) -> Result<()> {
    let (a, b) = (store.resolve(one)?, store.resolve(other)?);
    let comparison = compare(&store.load(a)?, &store.load(b)?)?;
    // Two series of one symbol and vendor differ in what only the long name says.
    let short = a.full_name() != b.full_name();
    let names = if short { [a.full_name(), b.full_name()] } else { [a.long_name(), b.long_name()] };
    if output.is_json() {
        Output::json(&as_json(&names, &comparison));
    } else {
        Output::data(&as_text(&names, &comparison));
    }
    Ok(())
}

fn as_text(names: &[String; 2], found: &Comparison) -> String {
    let rows = format::count(found.pairs);
    let mut text = format!(
        "A  {}\nB  {}\n{rows} rows in both, {} to {}\n\n",
        names[0], names[1], found.first, found.last
    );
    for sentence in sentences(found) {
        text.push_str(&wrapped(&sentence));
    }
    text.push_str(&differences(found));
    text.push_str(&lags(found));
    text.push_str(&ranges(found));
    text.push_str(&alone("A", &found.only_a));
    text.push_str(&alone("B", &found.only_b));
    text.push_str(&records(&found.records));
    text
}

/// What the numbers mean, a sentence each.
fn sentences(found: &Comparison) -> Vec<String> {
    let lag = &found.lag;
    let of_best = lag.lags.iter().find(|one| one.bars == lag.best).and_then(|one| one.correlation);
    let highest = lag.lags.iter().filter_map(|one| one.correlation).reduce(f64::max);
    let best = if lag.together == Together::Unrelated { highest } else { of_best };
    let correlation = best.map_or_else(|| format::NOT_AVAILABLE.to_owned(), |best| format::decimal(best, 3));
    let mut told = vec![match lag.together {
        Together::Copies => {
            format!("They move as one market does: their changes correlate by {correlation}.")
        }
        Together::Related => format!(
            "They are related, but not two copies of one market with the same closing time: their changes correlate by {correlation} at best."
        ),
        Together::Opposite => format!(
            "They move against each other (correlation {correlation}): these are not two copies of one market."
        ),
        Together::Unrelated => format!(
            "Their changes have nothing to do with each other at any lag from -3 to 3 bars (correlation {correlation} at best): these are not two copies of one market. One of them may be made up or carry the wrong name."
        ),
        Together::Untold => format!(
            "Whether they move together cannot be told: {} changes in both are too few, or one of them stands still.",
            lag.changes
        ),
    }];
    if let Some(late) = lag.late {
        let (late_one, other) = if late > 0 { ("B", "A") } else { ("A", "B") };
        let bars = match late.abs() {
            1 => "one bar".to_owned(),
            2 => "two bars".to_owned(),
            _ => "three bars".to_owned(),
        };
        told.push(format!(
            "{late_one} is labelled {bars} later than {other}: taken back by that, the two agree. The factor and the ranges below are at that lag, the differences at the labels as they are."
        ));
    }
    if may_be_copies(found) {
        told.push(factor(&found.factor));
    }
    told
}

/// Of other pairs a factor and ranges mean nothing.
fn may_be_copies(found: &Comparison) -> bool {
    matches!(found.lag.together, Together::Copies | Together::Untold)
}

fn factor(factor: &Factor) -> String {
    match factor {
        Factor::Same => "Their prices are the same, but for what is listed below.".to_owned(),
        Factor::Constant(value) => {
            format!(
                "B is A times {}, all the time: another unit, a split, or a fund and its index.",
                number(*value)
            )
        }
        Factor::Drifting { first, last, per_year } => format!(
            "B is A times a factor that drifts one way, from {} to {} ({} a year): so do prices adjusted for dividends against prices that are not.",
            number(*first),
            number(*last),
            percent(*per_year, true)
        ),
        Factor::Steps(steps) => {
            let told: Vec<String> = steps
                .iter()
                .take(LABELS)
                .map(|step| format!("from {} to {} on {}", number(step.before), number(step.after), step.at))
                .collect();
            let more = if steps.len() > LABELS { ", …" } else { "" };
            format!(
                "B is A times a factor that steps {}{more}: a split that only one of them is adjusted for.",
                told.join(", ")
            )
        }
        Factor::Varying { lowest, highest } => format!(
            "B over A moves both ways between {} and {}: more than an adjustment is between them.",
            number(*lowest),
            number(*highest)
        ),
    }
}

fn number(value: f64) -> String {
    match value {
        _ if value >= 100.0 => format::decimal(value, 1),
        _ if value >= 0.1 => format::decimal(value, 4),
        _ => format!("{value:.3e}"),
    }
}

/// A difference in percent with as many decimals as it needs.
fn percent(part: f64, signed: bool) -> String {
    let percent = part * 100.0;
    let decimals = match percent.abs() {
        size if size >= 100.0 => 0,
        size if size >= 1.0 => 1,
        size if size >= 0.1 => 2,
        _ => 4,
    };
    let sign = if signed && percent > 0.0 { "+" } else { "" };
    format!("{sign}{}%", format::decimal(percent, decimals))
}

fn differences(found: &Comparison) -> String {
    let head = format!("\n{:<12}{:>10}{:>12}  {}\n", "B from A", "median", "worst", "on");
    let rows = found.differences.iter().map(|one| {
        let (median, worst) = (percent(one.median, false), percent(one.worst, true));
        format!("{:<12}{median:>10}{worst:>12}  {}\n", one.field.name(), one.worst_at)
    });
    std::iter::once(head).chain(rows).collect()
}

fn lags(found: &Comparison) -> String {
    let shown = |value: Option<String>| value.unwrap_or_else(|| format::NOT_AVAILABLE.to_owned());
    let head = format!("\n{:<12}{:>14}{:>14}\n", "B later by", "correlation", "difference");
    let rows = found.lag.lags.iter().map(|Lag { bars, correlation, difference }| {
        let mark = if *bars == found.lag.best { " *" } else { "" };
        let correlation = shown(correlation.map(|value| format::decimal(value, 3)));
        let difference = shown(difference.map(|value| percent(value, false)));
        format!("{bars:<12}{correlation:>14}{difference:>14}{mark}\n")
    });
    std::iter::once(head).chain(rows).collect()
}

fn ranges(found: &Comparison) -> String {
    if !may_be_copies(found) {
        return "\n".to_owned();
    }
    if found.ranges.is_empty() {
        return "\nThey part nowhere by more than they usually do.\n".to_owned();
    }
    let head = format!("\n{:<44}{:>6}{:>10}\n", "they part most", "rows", "worst");
    let rows = found.ranges.iter().take(RANGES).map(|range| {
        let alone = range.from == range.to;
        let until = if alone { String::new() } else { format!(" to {}", range.to) };
        let span = format!("{}{until}", range.from);
        format!("{span:<44}{:>6}{:>10}\n", range.rows, percent(range.worst, true))
    });
    let more = found.ranges.len().saturating_sub(RANGES);
    let more = if more > 0 { format!("and {} more\n\n", format::count(more)) } else { "\n".to_owned() };
    std::iter::once(head).chain(rows).chain([more]).collect()
}

fn alone(name: &str, labels: &[Label]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    wrapped(&format!("Only {name} has {}.", counted(labels, "row")))
}

fn records(records: &Records) -> String {
    if records.only_a.is_empty() && records.only_b.is_empty() {
        return wrapped(&format!("Record closes are the same, {} of them.", format::count(records.both)));
    }
    let are = if records.both == 1 { "close is" } else { "closes are" };
    let mut text = wrapped(&format!("{} record {are} the same.", format::count(records.both)));
    for (name, labels) in [("A", &records.only_a), ("B", &records.only_b)] {
        if !labels.is_empty() {
            text.push_str(&wrapped(&format!("Only {name} has {}.", counted(labels, "record close"))));
        }
    }
    text
}

/// `12 rows: 2024-01-02, 2024-01-03, 2024-01-04, … 2024-03-01`.
fn counted(labels: &[Label], noun: &str) -> String {
    let mut shown: Vec<String> = labels.iter().take(LABELS).map(Label::to_string).collect();
    if labels.len() > LABELS
        && let Some(last) = labels.last()
    {
        shown.push(format!("… {last}"));
    }
    let plural = if labels.len() == 1 { "" } else { "s" };
    format!("{} {noun}{plural}: {}", format::count(labels.len()), shown.join(", "))
}

/// The text in lines of at most [`WIDTH`] columns.
fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let width = word.chars().count();
        if used > 0 && used + 1 + width > WIDTH {
            lines.push('\n');
            used = 0;
        } else if used > 0 {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(word);
        used += width;
    }
    lines.push('\n');
    lines
}

fn as_json(names: &[String; 2], found: &Comparison) -> Value {
    let labels = |labels: &[Label]| labels.iter().map(Label::to_string).collect::<Vec<_>>();
    let together = match found.lag.together {
        Together::Copies => "copies",
        Together::Related => "related",
        Together::Opposite => "opposite",
        Together::Unrelated => "unrelated",
        Together::Untold => "untold",
    };
    json!({
        "a": names[0],
        "b": names[1],
        "rows": found.pairs,
        "first": found.first.to_string(),
        "last": found.last.to_string(),
        "together": together,
        "sentences": sentences(found),
        "differences": found.differences.iter().map(|one| json!({
            "column": one.field.name(),
            "median": one.median,
            "worst": one.worst,
            "worst_at": one.worst_at.to_string(),
        })).collect::<Vec<_>>(),
        "best_lag": found.lag.best,
        "labelled_late": found.lag.late,
        "lags": found.lag.lags.iter().map(|lag| json!({
            "bars": lag.bars,
            "correlation": lag.correlation,
            "difference": lag.difference,
        })).collect::<Vec<_>>(),
        "factor": factor_json(&found.factor),
        "ranges": found.ranges.iter().map(|range| json!({
            "from": range.from.to_string(),
            "to": range.to.to_string(),
            "rows": range.rows,
            "worst": range.worst,
            "worst_at": range.worst_at.to_string(),
        })).collect::<Vec<_>>(),
        "only_a": labels(&found.only_a),
        "only_b": labels(&found.only_b),
        "records": {
            "both": found.records.both,
            "only_a": labels(&found.records.only_a),
            "only_b": labels(&found.records.only_b),
        },
    })
}

fn factor_json(factor: &Factor) -> Value {
    match factor {
        Factor::Same => json!({ "kind": "same" }),
        Factor::Constant(value) => json!({ "kind": "constant", "value": value }),
        Factor::Drifting { first, last, per_year } => {
            json!({ "kind": "drifting", "first": first, "last": last, "per_year": per_year })
        }
        Factor::Steps(steps) => json!({
            "kind": "steps",
            "steps": steps.iter().map(|step| json!({
                "at": step.at.to_string(), "before": step.before, "after": step.after,
            })).collect::<Vec<_>>(),
        }),
        Factor::Varying { lowest, highest } => {
            json!({ "kind": "varying", "lowest": lowest, "highest": highest })
        }
    }
}

#[cfg(test)]
mod tests;
