//! Several laggards in one strategy: the word `laggard` stands for each of them in turn.
//!
//! A text is read once for each, with `laggard` as a name for that one. So each is a strategy of its own, and what
//! is the same in all of them (parameters, window, costs) stands in each.

use std::ops::Range;

use super::{Sizing, Strategy};
use crate::base::calendar::Date;
use crate::base::diagnostic::Result;

/// The word that stands for each laggard in turn.
pub(super) const LAGGARD: &str = "laggard";

/// Laggards that are traded one by one with one account for all.
#[derive(Debug, Clone)]
pub struct Each {
    /// Positions that may be open at a time, at least 1.
    pub places: usize,
    /// The strategy of each laggard as if it alone were traded, in the order they were written.
    pub alone: Vec<Strategy>,
}

/// A list of laggards, as read.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    /// How many there are.
    pub(super) count: usize,
    /// Where they stand in the text.
    pub(super) span: Range<usize>,
    /// Positions that may be open at a time; all where it is not said.
    pub(super) places: Option<usize>,
}

impl Listed {
    /// Positions that may be open at a time.
    pub(super) fn places(&self) -> usize {
        self.places.unwrap_or(self.count).min(self.count)
    }
}

/// The share of equity of each trade where none was written: an equal one for each place.
pub(super) fn share(listed: Option<&Listed>) -> f64 {
    listed.map_or(1.0, |listed| 1.0 / listed.places() as f64)
}

/// Reads a text once for each of its laggards by `read`, which is told the number of the laggard and gives the
/// strategy and the list it found. Without a list it is the strategy itself.
///
/// # Errors
/// What is wrong with the text, for the first laggard that it is wrong for.
pub(super) fn each(read: impl Fn(usize) -> Result<(Strategy, Option<Listed>)>) -> Result<Strategy> {
    let (first, listed) = read(0)?;
    let Some(listed) = listed else { return Ok(first) };
    let mut alone = vec![first.clone()];
    for number in 1..listed.count {
        alone.push(read(number)?.0);
    }
    Ok(Strategy { each: Some(Each { places: listed.places(), alone }), ..first })
}

/// What of a strategy does not go with several laggards, and what to do instead; `None` where all does.
pub(super) fn refused(strategy: &Strategy) -> Option<(&'static str, &'static str)> {
    let plan = &strategy.plan;
    let (fees, limits) = (&plan.fees, &plan.limits);
    let parts = [
        (plan.hedge.is_some(), "a hedge", "hedge one laggard at a time, in a strategy of its own"),
        (
            matches!(plan.sizing, Sizing::Risk(_) | Sizing::Kelly { .. }),
            "a size by risk or Kelly",
            "size by `fraction`, `amount` or `volatility`",
        ),
        (limits.leverage.is_some(), "leverage", "take it away: the laggards share the cash there is"),
        (limits.maintenance.is_some(), "a maintenance margin", "take it away"),
        (!fees.tiers.is_empty(), "a commission by tiers", "write one rate"),
        (fees.funding.is_some(), "funding", "put its yearly cost into the commission, or trade one laggard"),
        (fees.interest.is_some(), "interest on cash", "take it away, or trade one laggard"),
        (
            strategy.study.beside.is_some() || strategy.study.measure.is_some(),
            "a [study] of its own",
            "take [study] away, or study one laggard",
        ),
    ];
    parts.into_iter().find(|(there, ..)| *there).map(|(_, what, instead)| (what, instead))
}

impl Strategy {
    /// The markets that are traded, by their numbers; a hedge is not among them.
    pub fn traded_markets(&self) -> Vec<usize> {
        match &self.each {
            Some(each) => each.alone.iter().map(|strategy| strategy.traded).collect(),
            None => vec![self.traded],
        }
    }

    /// Replaces what the text says of the window, where a date is given.
    pub fn set_window(&mut self, from: Option<Date>, to: Option<Date>) {
        self.window.from = from;
        self.window.to = to;
        for alone in self.alone_mut() {
            alone.set_window(from, to);
        }
    }

    /// The strategies of several laggards; none of a single one.
    pub(super) fn alone_mut(&mut self) -> impl Iterator<Item = &mut Strategy> {
        self.each.iter_mut().flat_map(|each| &mut each.alone)
    }

    /// Whether each of several laggards takes an equal part of equity.
    pub(super) fn in_equal_parts(&self) -> bool {
        let places = self.each.as_ref().map(|each| each.places).filter(|places| *places > 1);
        places.is_some_and(|places| self.size.total_cmp(&(1.0 / places as f64)).is_eq())
    }

    /// What is traded, given each market's name: `each of BTC and ETH, at most 1 at once`.
    pub(super) fn describe_laggards(&self, name: impl Fn(usize) -> String) -> String {
        let Some(each) = &self.each else { return name(self.traded) };
        let names: Vec<String> = each.alone.iter().map(|strategy| name(strategy.traded)).collect();
        let listed = match names.split_last() {
            Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
            _ => names.concat(),
        };
        let cap = if each.places < names.len() {
            format!(", at most {} at once", each.places)
        } else {
            String::new()
        };
        format!("each of {listed}{cap}")
    }
}
