//! Several laggards in one strategy: the word `laggard` stands for each of them in turn.
//!
//! A text is read once for each, with `laggard` as a name for that one. So each is a strategy of its own, and what
//! is the same in all of them (parameters, window, costs) stands in each.

use std::ops::Range;

use super::compile::{LegPieces, Pieces, compile};
use super::{Barrier, Direction, Piece, Scale, Sizing, Strategy, Weights};
use crate::base::calendar::Date;
use crate::base::diagnostic::{Diagnostic, Failure, Result, Source};
use crate::strategy::rule::{Fragment, Names, Parser, Stop};

type Parsed<T> = std::result::Result<T, Diagnostic>;

/// The word that stands for each laggard in turn.
pub(super) const LAGGARD: &str = "laggard";

/// So many laggards a strategy may have: its text is read once for each.
pub(super) const MOST_LAGGARDS: usize = 500;

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
    /// Whether all are one trade.
    pub(super) basket: bool,
}

impl Listed {
    /// Positions that may be open at a time.
    pub(super) fn places(&self) -> usize {
        self.places.unwrap_or(self.count).min(self.count)
    }
}

/// The share of equity of each trade where none was written: all of it for a basket, else an equal one for each place.
pub(super) fn share(listed: Option<&Listed>) -> f64 {
    listed.filter(|listed| !listed.basket).map_or(1.0, |listed| 1.0 / listed.places() as f64)
}

/// A text as read for one of its laggards.
pub(super) struct Read<'v> {
    pub(super) pieces: Pieces,
    pub(super) names: Names<'v>,
    pub(super) listed: Option<Listed>,
}

/// Makes a strategy of a text that `read` reads for the laggard of a number. `check` says what else is wrong with it.
///
/// # Errors
/// What is wrong with the text, for the first laggard that it is wrong for.
pub(super) fn strategy<'v>(
    read: impl Fn(usize) -> Result<Read<'v>>,
    check: impl Fn(&Strategy, Option<&Listed>) -> Vec<Diagnostic>,
) -> Result<Strategy> {
    let checked = |strategy: Strategy, listed: Option<&Listed>| {
        Failure::from_all(check(&strategy, listed)).map_or(Ok(strategy), Err)
    };
    let Read { mut pieces, names, listed } = read(0)?;
    let Some(listed) = &listed else { return checked(compile(pieces, &names)?, None) };
    if listed.basket {
        let mut others = Vec::new();
        for number in 1..listed.count {
            let Pieces { traded, entry, exit_rule, plan, .. } = read(number)?.pieces;
            others.push(LegPieces { market: traded, entry, exit_rule, weight: plan.weight });
        }
        pieces.others = Some(others);
        return checked(compile(pieces, &names)?, Some(listed));
    }
    let mut alone = vec![checked(compile(pieces, &names)?, Some(listed))?];
    for number in 1..listed.count {
        let Read { pieces, names, .. } = read(number)?;
        alone.push(checked(compile(pieces, &names)?, Some(listed))?);
    }
    let first = alone[0].clone();
    Ok(Strategy { each: Some(Each { places: listed.places(), alone }), ..first })
}

/// How far the laggard of a text is below its high, above its low for a short.
pub(super) fn gap_of(names: &mut Names<'_>, direction: Direction) -> Parsed<Piece> {
    let function = if direction == Direction::Long { "drawdown" } else { "runup" };
    let fragment = Fragment::whole(Source::new("gap", format!("{function}({LAGGARD})")));
    let expression = Parser::new(&fragment, names)?.rule(Stop::End)?;
    Ok(Piece { fragment, expression })
}

/// A message for what does not go with several laggards, which stand at `span` of a text; `None` where all does.
pub(super) fn misfit(strategy: &Strategy, source: &Source, span: Range<usize>) -> Option<Diagnostic> {
    let (what, instead) = refused(strategy)?;
    let kind = if strategy.plan.basket.is_some() { "a basket" } else { "several laggards" };
    let title = format!("{what} does not go with {kind}");
    Some(Diagnostic::new(title).at(source, span, kind).hint(instead))
}

/// What of a strategy does not go with several laggards, and what to do instead.
fn refused(strategy: &Strategy) -> Option<(&'static str, &'static str)> {
    let plan = &strategy.plan;
    if plan.basket.is_some() {
        return refused_in_basket(strategy);
    }
    let (fees, limits) = (&plan.fees, &plan.limits);
    let parts = [
        (!strategy.symbols.is_empty(), "a market of several symbols", "name one symbol for it"),
        (plan.hedge.is_some(), "a hedge", "hedge one laggard at a time, in a strategy of its own"),
        (plan.scale != Scale::Whole, "a position in parts", "buy each at once, or build up one laggard"),
        (
            matches!(plan.sizing, Sizing::Risk(_) | Sizing::Kelly { .. }),
            "a size by risk or Kelly",
            "size by `fraction`, `amount` or `volatility`",
        ),
        (limits.leverage.is_some(), "leverage", "take it away: the laggards share the cash there is"),
        (limits.maintenance.is_some(), "a maintenance margin", "take it away"),
        (!fees.tiers.is_empty(), "a commission by tiers", "write one rate"),
        (fees.funding.is_some(), "funding", "take it away, or trade one laggard"),
        (fees.interest.is_some(), "interest on cash", "take it away, or trade one laggard"),
        (
            strategy.study.beside.is_some() || strategy.study.measure.is_some(),
            "a [study] of its own",
            "take [study] away, or study one laggard",
        ),
    ];
    parts.into_iter().find(|(there, ..)| *there).map(|(_, what, instead)| (what, instead))
}

/// The same for a basket: what its trades need must be exact for all legs together.
fn refused_in_basket(strategy: &Strategy) -> Option<(&'static str, &'static str)> {
    let (exits, plan) = (&strategy.exits, &strategy.plan);
    let (fees, more, none) = (&plan.fees, &plan.exits, super::Limits::default());
    let inside = |barrier: &Option<Barrier>| barrier.as_ref().is_some_and(|barrier| !barrier.on_close);
    let parts = [
        (!strategy.symbols.is_empty(), "a market of several symbols", "name one symbol for it"),
        (plan.hedge.is_some(), "a hedge", "hedge one laggard at a time, in a strategy of its own"),
        (plan.scale != Scale::Whole, "a position in parts", "buy it at once, or build up one laggard"),
        (plan.limit.is_some(), "a limit order", "enter a basket at the next open or close"),
        (
            plan.sizing != Sizing::Fraction,
            "a size other than `fraction`",
            "write a share of equity for all legs",
        ),
        (plan.limits != none, "a lot, a minimum or leverage", "take it away from a basket"),
        (
            inside(&exits.stop) || inside(&exits.target) || inside(&exits.trail),
            "an exit inside the bar",
            "let it look at the basket's value at closes: `on close`, as in stop = \"25% on close\"",
        ),
        (more.stop_by.is_some(), "a stop by volatility", "write a stop in percent, `on close`"),
        (more.gap.is_some(), "an exit by the gap", "write a target in percent, `on close`"),
        (
            more.break_even.is_some() || !more.partials.is_empty(),
            "`break_even` or `partial`",
            "take it away from a basket",
        ),
        (
            fees.per_unit.is_some() || fees.least.is_some() || !fees.tiers.is_empty(),
            "a commission that is not a rate",
            "write a basket's commission as a rate",
        ),
        (
            fees.rough.is_some() || fees.impact.is_some(),
            "slippage by volatility or volume",
            "write a basket's slippage as a rate",
        ),
        (fees.funding.is_some(), "funding", "take it away, or trade one laggard"),
    ];
    parts.into_iter().find(|(there, ..)| *there).map(|(_, what, instead)| (what, instead))
}

impl Strategy {
    /// The markets that are traded, by their numbers; a hedge is not among them.
    pub fn traded_markets(&self) -> Vec<usize> {
        match (&self.each, &self.plan.basket) {
            (Some(each), _) => each.alone.iter().map(|strategy| strategy.traded).collect(),
            (None, Some(basket)) => {
                std::iter::once(self.traded).chain(basket.others.iter().copied()).collect()
            }
            (None, None) => vec![self.traded],
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

    /// What is traded, given each market's name: `each of BTC and ETH, at most 1 at once`, `a basket of BTC and ETH`.
    pub(super) fn describe_laggards(&self, name: impl Fn(usize) -> String) -> String {
        let names: Vec<String> = self.traded_markets().into_iter().map(name).collect();
        let listed = match names.split_last() {
            Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
            _ => names.concat(),
        };
        match (&self.each, &self.plan.basket) {
            (Some(each), _) if each.places < names.len() => {
                format!("each of {listed}, at most {} at once", each.places)
            }
            (Some(_), _) => format!("each of {listed}"),
            (None, Some(basket)) => format!("a basket of {listed} {}", basket.weights.describe()),
            (None, None) => listed,
        }
    }
}

impl Weights {
    /// How the money is shared out, in words.
    pub fn describe(&self) -> String {
        match self {
            Self::Equal => "in equal parts".to_owned(),
            Self::Volatility(of) => {
                let of: Vec<&str> = of.iter().map(|part| part.functional.as_str()).collect();
                format!("by the inverse of {}", of.join(", "))
            }
            Self::Gap(of) => {
                let of: Vec<&str> = of.iter().map(|part| part.functional.as_str()).collect();
                format!("by {}", of.join(", "))
            }
        }
    }
}
