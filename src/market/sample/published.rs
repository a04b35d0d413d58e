//! The two published series of the sample: a rate that steps and a balance sheet that drifts.
//!
//! `published.csv` holds public figures: the lower end of the Federal Reserve's target range from the day it
//! applies, and its total assets on some Wednesdays, rounded to ten billion dollars. Between them a rate
//! stays a little above the lower end, and assets lead straight from one figure to the next, with noise that
//! is none on the days of the figures.

use std::fmt::Write as _;

use crate::base::calendar::{Date, Label};
use crate::base::diagnostic::{Diagnostic, Result, Source};
use crate::base::num::{self, RandomStream};

const HEADER: &str = "date,series,value,why";

/// The last day of both series, as of the sample's markets.
const LAST: Date = Date::constant(2026, 8, 20);

/// How far the rate lies above the lower end of its range, in hundredths of a percent, and how far it strays.
const RATE_ABOVE: f64 = 10.0;
const RATE_STRAYS: f64 = 2.0;
/// How much of a day's straying lasts to the next.
const RATE_LASTS: f64 = 0.9;
/// Spread of a week's total assets in the middle between two figures, as a share.
const ASSETS_STRAY: f64 = 0.002;

/// First line of both files.
const NOTICE: &str = "# catchup sample data: simulated around the rounded public figures of published.csv, not the published values";

/// A public figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figure {
    pub(super) date: Date,
    pub(super) value: f64,
}

/// The figures of `series` in rows like those of `published.csv`.
///
/// # Errors
/// Where a row is not a date, a series, a number and a reason, the series' rows are out of order, or it has
/// fewer than two.
pub(super) fn figures(text: &str, series: &str) -> Result<Vec<Figure>> {
    let source = Source::new("published.csv", text);
    let mut figures: Vec<Figure> = Vec::new();
    let mut start = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let span = start..start + line.trim_end().len();
        start += line.len();
        let wrong = |label: &str| {
            Diagnostic::new("the published figures cannot be read").at(&source, span.clone(), label)
        };
        let fields: Vec<&str> = line.trim_end().split(',').collect();
        if number == 0 {
            if line.trim_end() != HEADER {
                return Err(wrong("not the header").hint(format!("the first line is `{HEADER}`")).into());
            }
            continue;
        }
        let &[date, name, value, _] = fields.as_slice() else {
            return Err(wrong("not four fields").into());
        };
        if name != series {
            continue;
        }
        let date: Date = date.parse().map_err(|_| wrong("not a date"))?;
        let value: f64 = value.parse().map_err(|_| wrong("not a number"))?;
        if figures.last().is_some_and(|last| last.date >= date) {
            return Err(wrong("not after the series' row before").into());
        }
        figures.push(Figure { date, value });
    }
    if figures.len() < 2 {
        return Err(Diagnostic::new(format!("published.csv holds fewer than two rows of {series}")).into());
    }
    Ok(figures)
}

/// The rate's file: a row per calendar day.
pub(super) fn rate(figures: &[Figure], seed: u64) -> String {
    let mut stream = RandomStream::new(seed, "DFF");
    let mut text = format!("{NOTICE}\ndate,close\n");
    let mut strays = 0.0;
    for date in days(figures[0].date, LAST, 1) {
        let at = figures.partition_point(|figure| figure.date <= date) - 1;
        strays =
            RATE_LASTS * strays + RATE_STRAYS * num::sqrt(1.0 - RATE_LASTS * RATE_LASTS) * stream.normal();
        let above = (RATE_ABOVE + strays).clamp(RATE_ABOVE / 2.0, RATE_ABOVE * 2.0) / 100.0;
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{date},{:.2}", figures[at].value + above);
    }
    text
}

/// The balance sheet's file: a row per week, in millions of dollars.
pub(super) fn assets(figures: &[Figure], seed: u64) -> String {
    let mut stream = RandomStream::new(seed, "WALCL");
    let mut text = format!("{NOTICE}\ndate,close\n");
    for date in days(figures[0].date, LAST, 7) {
        let at = figures.partition_point(|figure| figure.date <= date);
        let from = figures[at - 1];
        let noise = stream.normal();
        let value = match figures.get(at) {
            Some(to) => {
                let share = between(from.date, date) / between(from.date, to.date);
                let spread = ASSETS_STRAY * 2.0 * num::sqrt(share * (1.0 - share));
                (from.value + share * (to.value - from.value)) * (1.0 + spread * noise)
            }
            None => from.value * (1.0 + ASSETS_STRAY * noise * f64::from(u8::from(date > from.date))),
        };
        let _ = writeln!(text, "{date},{value:.0}");
    }
    text
}

fn between(from: Date, to: Date) -> f64 {
    Label::date(to).calendar_days_since(Label::date(from)) as f64
}

/// Every `step`th day from `first` to `last`.
fn days(first: Date, last: Date, step: usize) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), |day| day.tomorrow().ok())
        .take_while(move |day| *day <= last)
        .step_by(step)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeMap;

    fn rows(text: &str) -> BTreeMap<Date, f64> {
        let mut lines = text.lines();
        assert!(lines.next().unwrap().starts_with("# catchup sample data: simulated"));
        assert_eq!(lines.next().unwrap(), "date,close");
        lines
            .map(|line| line.split_once(',').unwrap())
            .map(|(date, value)| (date.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn the_rate_stays_inside_of_its_range() {
        let figures = figures(super::super::published(), "DFF").unwrap();
        let rows = rows(&rate(&figures, super::super::SEED));
        assert_eq!(rows.len(), 4356, "a row for every day");
        for (date, value) in &rows {
            let low = figures.iter().rfind(|figure| figure.date <= *date).unwrap().value;
            assert!((low + 0.04..low + 0.22).contains(value), "{date} {value}");
        }
    }

    #[test]
    fn assets_lead_through_the_figures_on_wednesdays() {
        let figures = figures(super::super::published(), "WALCL").unwrap();
        let rows = rows(&assets(&figures, super::super::SEED));
        for figure in &figures {
            assert!((rows[&figure.date] - figure.value).abs() < 0.5, "{}", figure.date);
        }
        assert!(rows.keys().all(|date| date.weekday() == jiff::civil::Weekday::Wednesday));
        let values: Vec<f64> = rows.into_values().collect();
        assert!(values.windows(2).all(|pair| (pair[1] / pair[0] - 1.0).abs() < 0.08));
    }

    #[test]
    fn wrong_rows_are_pointed_at() {
        let read = |rows: &str| figures(&format!("{HEADER}\n{rows}\n"), "DFF").unwrap_err().to_string();
        for (rows, told) in [
            ("2020-01-01,DFF,1.0", "not four fields"),
            ("2020-13-01,DFF,1.0,x", "not a date"),
            ("2020-01-01,DFF,one,x", "not a number"),
            ("2020-01-02,DFF,1,x\n2020-01-01,DFF,1,x", "not after the series' row before"),
            ("2020-01-01,DFF,1,x", "fewer than two rows of DFF"),
        ] {
            assert!(read(rows).contains(told), "{rows}: {}", read(rows));
        }
        assert!(figures("date,value\n", "DFF").unwrap_err().to_string().contains("not the header"));
    }
}
