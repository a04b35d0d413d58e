//! How a position is built, as files and sentences say it: `3 parts over 10 days`, `3 parts, each 5% deeper`,
//! `half at once, half at 10% deeper`.

use std::ops::Range;

use super::compile::Wanted;
use super::words::period;
use super::{Direction, Setting};
use crate::base::diagnostic::Diagnostic;
use crate::strategy::rule::{Expression, Parameter, Parser, Syntax, Unit, Value};

/// So many parts of written sizes a position may have.
const MOST_RUNGS: usize = 8;

/// Shares may miss the whole by this, as thirds written in percent do.
const ROUNDING: f64 = 1e-9;

type Parsed<T> = std::result::Result<T, Diagnostic>;

/// When the parts of a position are bought.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Scale<T = Setting> {
    /// All of it at once.
    #[default]
    Whole,
    /// Equal parts at even distances of bars.
    Over {
        /// How many.
        parts: T,
        /// From the first to the last.
        time: T,
        /// Whether that was written in bars; days are bars of a daily market.
        in_bars: bool,
    },
    /// Equal parts, each so much further below the first fill than the one before.
    Deeper {
        /// How many.
        parts: T,
        /// A fraction of the first fill.
        step: T,
    },
    /// Parts of written sizes, the first at once.
    Ladder(Vec<Rung<T>>),
    /// A part more at each fresh signal while held, at most so many.
    Adds(T),
}

/// A part of a written size.
#[derive(Debug, Clone, PartialEq)]
pub struct Rung<T = Setting> {
    /// Its share of the whole.
    pub share: f64,
    /// The share as written.
    pub written: String,
    /// How far below the first fill it is bought; `None` at once.
    pub distance: Option<T>,
}

impl<T> Scale<T> {
    /// The same with every setting turned into something else.
    pub(super) fn map<U>(self, mut with: impl FnMut(T, Wanted) -> U) -> Scale<U> {
        match self {
            Self::Whole => Scale::Whole,
            Self::Over { parts, time, in_bars } => {
                Scale::Over { parts: with(parts, Wanted::Count), time: with(time, Wanted::Bars), in_bars }
            }
            Self::Deeper { parts, step } => {
                Scale::Deeper { parts: with(parts, Wanted::Count), step: with(step, Wanted::Fall) }
            }
            Self::Ladder(rungs) => {
                let rungs = rungs.into_iter().map(|Rung { share, written, distance }| Rung {
                    share,
                    written,
                    distance: distance.map(|distance| with(distance, Wanted::Fall)),
                });
                Scale::Ladder(rungs.collect())
            }
            Self::Adds(adds) => Scale::Adds(with(adds, Wanted::Count)),
        }
    }
}

impl Scale {
    /// Its settings, and what they may be.
    pub(super) fn settings(&self) -> Vec<(&Setting, Wanted)> {
        match self {
            Self::Whole => vec![],
            Self::Over { parts, time, .. } => vec![(parts, Wanted::Count), (time, Wanted::Bars)],
            Self::Deeper { parts, step } => vec![(parts, Wanted::Count), (step, Wanted::Fall)],
            Self::Ladder(rungs) => {
                rungs.iter().filter_map(|rung| Some((rung.distance.as_ref()?, Wanted::Fall))).collect()
            }
            Self::Adds(adds) => vec![(adds, Wanted::Count)],
        }
    }

    /// In words; `None` for all at once.
    pub(super) fn describe(&self, parameters: &[Parameter]) -> Option<String> {
        let told = |setting: &Setting| setting.describe(parameters);
        Some(match self {
            Self::Whole => return None,
            Self::Over { parts, time, in_bars } => {
                let unit = if *in_bars { "bars" } else { "days" };
                format!("in {} parts over {} {unit}", told(parts), told(time))
            }
            Self::Deeper { parts, step } => {
                format!("in {} parts, each {} deeper below the first fill", told(parts), told(step))
            }
            Self::Ladder(rungs) => {
                let rungs = rungs.iter().map(|rung| match &rung.distance {
                    None => format!("{} at once", rung.written),
                    Some(distance) => format!("{} at {} deeper", rung.written, told(distance)),
                });
                rungs.collect::<Vec<_>>().join(", ")
            }
            Self::Adds(adds) => {
                format!("in equal parts, one more at each fresh signal, at most {} more", told(adds))
            }
        })
    }

    /// Whether the deepest of the parts could be bought at a price above zero, by any values of its settings.
    pub(super) fn check(
        &self,
        direction: Direction,
        values: impl Fn(&Setting) -> Vec<Value>,
    ) -> Result<(), String> {
        let (Self::Deeper { parts, step }, Direction::Long) = (self, direction) else { return Ok(()) };
        let most = |setting: &Setting| {
            values(setting).iter().filter_map(Value::number).fold(0.0, |most: f64, value| most.max(value))
        };
        let (parts, step) = (most(parts), most(step));
        if (parts - 1.0) * step < 1.0 {
            return Ok(());
        }
        Err(format!(
            "{parts} parts, each {}% deeper, reach down to zero: write fewer, or nearer ones",
            step * 100.0
        ))
    }
}

/// Reads the text of `scale`, all but `none`.
pub(super) fn read(parser: &mut Parser<'_, '_, '_>) -> Parsed<Scale<Expression>> {
    let start = parser.span().start;
    if names_share(parser) {
        return rungs(parser, Vec::new());
    }
    let first = parser.setting()?;
    if !parser.peek_word("at") {
        return parts(parser, first);
    }
    let share = share_of(parser, &first)?;
    let rung = rung(parser, share, start)?;
    parser.eat_sign(",");
    rungs(parser, vec![rung])
}

/// Reads what follows `3` in `3 parts over 10 days`.
pub(super) fn parts(parser: &mut Parser<'_, '_, '_>, parts: Expression) -> Parsed<Scale<Expression>> {
    if !(parser.eat_word("parts") || parser.eat_word("part")) {
        return Err(parser.unexpected("`parts`, as in `3 parts over 10 days`"));
    }
    parser.eat_sign(",");
    if parser.eat_word("over") {
        let time = parser.setting()?;
        let Some(in_bars) = period(parser) else { return Err(parser.unexpected("`days` or `bars`")) };
        return Ok(Scale::Over { parts, time, in_bars });
    }
    if parser.eat_word("each") {
        let step = parser.setting()?;
        deeper(parser)?;
        return Ok(Scale::Deeper { parts, step });
    }
    Err(parser.unexpected("`over 10 days` or `each 5% deeper`"))
}

/// A rung and where it was written.
pub(super) type Written = (Rung<Expression>, Range<usize>);

/// Whether a share such as `half` comes next.
pub(super) fn begins_rung(parser: &Parser<'_, '_, '_>) -> bool {
    names_share(parser) || parser.peek_number()
}

/// Reads one rung: `half at once`, `30% at 10% deeper`.
pub(super) fn one_rung(parser: &mut Parser<'_, '_, '_>) -> Parsed<Written> {
    let start = parser.span().start;
    let share = if names_share(parser) {
        named_share(parser)?
    } else {
        let said = parser.setting()?;
        share_of(parser, &said)?
    };
    rung(parser, share, start)
}

fn rungs(parser: &mut Parser<'_, '_, '_>, mut rungs: Vec<Written>) -> Parsed<Scale<Expression>> {
    while !parser.at_end() {
        rungs.push(one_rung(parser)?);
        if !parser.eat_sign(",") {
            break;
        }
    }
    ladder(parser, rungs)
}

/// The ladder of all rungs that were read.
pub(super) fn ladder(parser: &Parser<'_, '_, '_>, rungs: Vec<Written>) -> Parsed<Scale<Expression>> {
    let start = rungs.first().map_or(0, |(_, span)| span.start);
    let whole = start..rungs.last().map_or(0, |(_, span)| span.end);
    for (place, (rung, span)) in rungs.iter().enumerate() {
        if (place == 0) != rung.distance.is_none() {
            let error =
                parser.error("the first part, and no other, is bought at once", span.clone(), "this part");
            return Err(error.hint("as in `half at once, half at 10% deeper`"));
        }
    }
    let sum: f64 = rungs.iter().map(|(rung, _)| rung.share).sum();
    if (sum - 1.0).abs() > ROUNDING {
        let percent = (sum * 1e4).round() / 100.0;
        let error = parser.error(format!("the parts are {percent}% of the whole"), whole, "all of them");
        return Err(error.hint("their shares add up to 100%, as in `half at once, half at 10% deeper`"));
    }
    if rungs.len() > MOST_RUNGS {
        let error = parser.error(format!("there are more than {MOST_RUNGS} parts"), whole, "all of them");
        return Err(error.hint("take fewer, or equal ones: `20 parts, each 2% deeper`"));
    }
    Ok(Scale::Ladder(rungs.into_iter().map(|(rung, _)| rung).collect()))
}

/// Reads what follows a share.
fn rung(parser: &mut Parser<'_, '_, '_>, (share, written): (f64, String), start: usize) -> Parsed<Written> {
    if !parser.eat_word("at") {
        return Err(parser.unexpected("`at once`, or `at` and how much deeper, as in `half at 10% deeper`"));
    }
    let mut end = parser.span().end;
    let distance = if parser.eat_word("once") {
        None
    } else {
        let distance = parser.setting()?;
        end = parser.span().end;
        deeper(parser)?;
        Some(distance)
    };
    Ok((Rung { share, written, distance }, start..end))
}

fn deeper(parser: &mut Parser<'_, '_, '_>) -> Parsed<()> {
    if parser.eat_word("deeper") {
        return Ok(());
    }
    Err(parser.unexpected("`deeper`: so far below the first fill, above it for a short"))
}

const SHARES: [(&str, f64); 3] = [("half", 0.5), ("third", 1.0 / 3.0), ("quarter", 0.25)];

fn names_share(parser: &Parser<'_, '_, '_>) -> bool {
    parser.peek_word("a") || parser.peek_word("one") || SHARES.iter().any(|(word, _)| parser.peek_word(word))
}

fn named_share(parser: &mut Parser<'_, '_, '_>) -> Parsed<(f64, String)> {
    let counted = parser.eat_word("a") || parser.eat_word("one");
    for (word, share) in SHARES {
        if parser.eat_word(word) {
            return Ok((
                share,
                if counted && word != "half" { format!("a {word}") } else { word.to_owned() },
            ));
        }
    }
    Err(parser.unexpected("`half`, `third`, `quarter` or a percentage"))
}

fn share_of(parser: &Parser<'_, '_, '_>, said: &Expression) -> Parsed<(f64, String)> {
    let hint = "write it, as in `half` or `40%`; the distances may be parameters";
    match &said.syntax {
        Syntax::Value(Value::Number { value, unit: Unit::Percent | Unit::BasisPoints, text })
            if *value > 0.0 && *value <= 1.0 =>
        {
            Ok((*value, text.clone()))
        }
        Syntax::Hole(_) => {
            Err(parser.error("a share cannot be a parameter", said.span.clone(), "a share").hint(hint))
        }
        _ => Err(parser
            .error("this is no share of the whole", said.span.clone(), "above 0%, at most 100%")
            .hint(hint)),
    }
}
