//! A strategy as one sentence.
//!
//! `long BTC-USD when RULE, exit when RULE or after 63 days or stop 25%, commission 10 bps, slippage 5 bps`

use super::compile::{BarrierPiece, Pieces, StudyPieces, compile};
use super::{DEFAULT_GAP_DAYS, FillPrice, Piece, Strategy, Window};
use crate::base::diagnostic::{Diagnostic, Result, Source};
use crate::strategy::rule::{Expression, Fragment, Names, Parser, Stop, Syntax, Vocabulary, parse_value};

/// What a sentence may leave out.
const ASSUMED_AFTER: &str = "63";
const ASSUMED_COMMISSION: &str = "10 bps";
const ASSUMED_SLIPPAGE: &str = "5 bps";

type Parsed<T> = std::result::Result<T, Diagnostic>;

/// What follows the entry, as read so far.
#[derive(Default)]
struct Endings {
    exit_rule: Option<Expression>,
    after: Option<Expression>,
    after_in_bars: bool,
    stop: Option<(Expression, bool)>,
    target: Option<(Expression, bool)>,
    trail: Option<(Expression, bool)>,
    commission: Option<Expression>,
    slippage: Option<Expression>,
    fill: Option<FillPrice>,
    exit_said: bool,
}

/// Reads a sentence.
pub(super) fn read(text: &str, vocabulary: &dyn Vocabulary) -> Result<Strategy> {
    let fragment = Fragment::whole(Source::new("sentence", text));
    let mut names = Names::new(vocabulary);
    let (traded, entry, endings) = parts(&fragment, &mut names).map_err(|error| names.failure(error))?;
    let mut assumed = Vec::new();
    let mut or_assume = |said: Option<Expression>, value: &str, words: String| match said {
        Some(expression) => Some(Piece { fragment: fragment.clone(), expression }),
        None => {
            assumed.push(words);
            assumed_piece(value)
        }
    };
    let after = match (endings.exit_said, endings.after) {
        (true, None) => None,
        (_, after) => or_assume(after, ASSUMED_AFTER, format!("exit after {ASSUMED_AFTER} days")),
    };
    let commission =
        or_assume(endings.commission, ASSUMED_COMMISSION, format!("commission {ASSUMED_COMMISSION} a side"));
    let slippage =
        or_assume(endings.slippage, ASSUMED_SLIPPAGE, format!("slippage {ASSUMED_SLIPPAGE} a side"));
    let (Some(commission), Some(slippage)) = (commission, slippage) else {
        return Err(Diagnostic::new("a cost could not be read").into());
    };
    let piece = |expression: Expression| Piece { fragment: fragment.clone(), expression };
    let barrier = |barrier: Option<(Expression, bool)>| {
        barrier.map(|(distance, on_close)| BarrierPiece { distance: piece(distance), on_close })
    };
    let pieces = Pieces {
        name: slug(text),
        title: text.trim().to_owned(),
        source: None,
        note: None,
        text: text.to_owned(),
        files: Vec::new(),
        traded,
        fill: endings.fill.unwrap_or(FillPrice::Open),
        size: 1.0,
        entry: piece(entry),
        exit_rule: endings.exit_rule.map(piece),
        after,
        after_in_bars: endings.after_in_bars,
        stop: barrier(endings.stop),
        target: barrier(endings.target),
        trail: barrier(endings.trail),
        commission,
        slippage,
        window: Window { from: None, to: None, gap_days: DEFAULT_GAP_DAYS },
        risk_free: 0.0,
        assumed,
        study: StudyPieces::default(),
        constraint: None,
    };
    compile(pieces, &names)
}

fn assumed_piece(value: &str) -> Option<Piece> {
    let value = parse_value(value).ok()?;
    let fragment = Fragment::whole(Source::new("assumed", value.text()));
    let expression = Expression { span: 0..fragment.text.len(), syntax: Syntax::Value(value) };
    Some(Piece { fragment, expression })
}

/// A name for folders: the sentence's first words.
fn slug(text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && !["the", "a", "an", "when", "long", "and"].contains(word))
        .take(5)
        .map(str::to_lowercase)
        .collect();
    if words.is_empty() { "sentence".into() } else { words.join("-") }
}

fn parts(fragment: &Fragment, names: &mut Names<'_>) -> Parsed<(usize, Expression, Endings)> {
    let mut parser = Parser::new(fragment, names)?;
    if parser.peek_word("short") {
        return Err(parser.unexpected("`long`").detail("only long trades can be simulated so far"));
    }
    if !parser.eat_word("long") {
        return Err(parser.unexpected("`long` and a market, as in `long BTC when …`"));
    }
    let market = parser.market()?;
    let Syntax::Market(traded) = market.syntax else {
        return Err(parser.unexpected("a market"));
    };
    if !(parser.eat_word("when") || parser.eat_word("if")) {
        return Err(parser.unexpected("`when` and the rule"));
    }
    let entry = parser.rule(Stop::End)?;
    let mut endings = Endings::default();
    while !parser.at_end() {
        parser.eat_sign(",");
        ending(&mut parser, &mut endings)?;
    }
    Ok((traded, entry, endings))
}

fn ending(parser: &mut Parser<'_, '_, '_>, endings: &mut Endings) -> Parsed<()> {
    if parser.eat_word("exit") {
        endings.exit_said = true;
        loop {
            exit(parser, endings)?;
            if !parser.eat_word("or") {
                return Ok(());
            }
        }
    }
    if parser.eat_word("commission") {
        return once(parser, &mut endings.commission);
    }
    if parser.eat_word("slippage") {
        return once(parser, &mut endings.slippage);
    }
    if parser.eat_word("fill") {
        parser.eat_word("at");
        parser.eat_word("the");
        endings.fill = Some(if parser.eat_word("open") {
            FillPrice::Open
        } else if parser.eat_word("close") {
            FillPrice::Close
        } else {
            return Err(parser.unexpected("`open` or `close`"));
        });
        return Ok(());
    }
    Err(parser.unexpected("`exit`, `commission`, `slippage` or `fill`"))
}

fn once(parser: &mut Parser<'_, '_, '_>, slot: &mut Option<Expression>) -> Parsed<()> {
    if slot.is_some() {
        return Err(parser.twice());
    }
    *slot = Some(parser.setting()?);
    Ok(())
}

fn exit(parser: &mut Parser<'_, '_, '_>, endings: &mut Endings) -> Parsed<()> {
    if parser.eat_word("never") || parser.eat_word("none") {
        return Ok(());
    }
    if parser.eat_word("after") {
        let none = parser.peek_word("none");
        once(parser, &mut endings.after)?;
        match period(parser) {
            Some(bars) => endings.after_in_bars = bars,
            None if none => {}
            None => return Err(parser.unexpected("`days` or `bars`")),
        }
        return Ok(());
    }
    for (word, slot) in
        [("stop", &mut endings.stop), ("target", &mut endings.target), ("trail", &mut endings.trail)]
    {
        if parser.eat_word(word) {
            let mut distance = None;
            once(parser, &mut distance)?;
            let on_close = on_close(parser)?;
            if slot.is_some() {
                return Err(parser.twice());
            }
            *slot = distance.map(|distance| (distance, on_close));
            return Ok(());
        }
    }
    parser.eat_word("when");
    if endings.exit_rule.is_some() {
        return Err(parser.unexpected("one exit rule: join its parts by `or` in brackets"));
    }
    endings.exit_rule = Some(parser.rule(Stop::BeforeExit)?);
    Ok(())
}

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
