//! What follows a sentence's rule: exits, costs, the fill, parts and the hedge.

use super::super::FillPrice;
use super::super::scale::{self, Scale};
use super::super::words::{MOST_PARTIALS, on_close, period, stop_distance};
use super::Parsed;
use crate::base::diagnostic::Diagnostic;
use crate::strategy::rule::{Expression, Operator, Parser, Stop, Syntax, parse_value};

/// What follows the entry, as read so far.
#[derive(Default)]
pub(super) struct Endings {
    pub(super) exit_rule: Option<Expression>,
    pub(super) after: Option<Expression>,
    pub(super) after_in_bars: bool,
    pub(super) stop: Option<(Expression, bool)>,
    pub(super) target: Option<(Expression, bool)>,
    pub(super) trail: Option<(Expression, bool)>,
    pub(super) gap: Option<(Expression, bool)>,
    pub(super) break_even: Option<Expression>,
    /// At which gain, and which part.
    pub(super) partials: Vec<(Expression, Expression)>,
    pub(super) commission: Option<Expression>,
    pub(super) slippage: Option<Expression>,
    pub(super) borrow: Option<Expression>,
    pub(super) fill: Option<FillPrice>,
    pub(super) stop_by: Option<Expression>,
    /// The market of the hedge, and its beta.
    pub(super) hedge: Option<(Expression, Option<Expression>)>,
    pub(super) scale: Option<Scale<Expression>>,
    pub(super) rungs: Vec<scale::Written>,
    pub(super) exit_said: bool,
}

/// Reads the next of them.
pub(super) fn ending(parser: &mut Parser<'_, '_, '_>, endings: &mut Endings, traded: usize) -> Parsed<()> {
    if !parser.eat_words(&["and", "then"]) {
        let _ = parser.eat_word("and") || parser.eat_word("then");
    }
    if parser.eat_word("exit") || leaves(parser) {
        endings.exit_said = true;
        return exits(parser, endings, traded);
    }
    if parser.eat_word("hold") {
        endings.exit_said = true;
        if parser.eat_word("until") {
            return exits(parser, endings, traded);
        }
        parser.eat_word("for");
        held(parser, endings)?;
        return further(parser, endings, traded);
    }
    for (word, slot) in [
        ("commission", &mut endings.commission),
        ("slippage", &mut endings.slippage),
        ("borrow", &mut endings.borrow),
    ] {
        if parser.eat_word(word) {
            parser.eat_word("of");
            return once(parser, slot);
        }
    }
    if parser.eat_word("hedged") {
        return super::hedge(parser, endings, traded);
    }
    if parser.eat_word("fill") {
        return fill(parser, endings);
    }
    if endings.exit_said && parser.eat_word("or") {
        return exits(parser, endings, traded);
    }
    if endings.exit_said && parser.begins_exit_here() && !scale::begins_rung(parser) {
        return exits(parser, endings, traded);
    }
    if ["in", "adds"].iter().any(|word| parser.peek_word(word)) || scale::begins_rung(parser) {
        return in_parts(parser, endings);
    }
    Err(no_ending(parser, endings))
}

/// What is said where nothing of the kind stands.
fn no_ending(parser: &Parser<'_, '_, '_>, endings: &Endings) -> Diagnostic {
    const WANTED: &str = "`exit`, `hedged`, `in … parts`, `commission`, `slippage`, `borrow` or `fill`";
    if parser.begins_exit_here() && !endings.exit_said {
        let said = parser.rest();
        let word = said.split_whitespace().next().unwrap_or(said);
        return parser
            .error(format!("`{word}` is not expected here"), parser.span(), format!("expected {WANTED}"))
            .hint(format!("what ends the trade follows `exit`: `…, exit {said}`"))
            .hint(format!("to leave after some days at the latest, too: `…, exit after 63 days or {said}`"));
    }
    let error = parser.unexpected(WANTED);
    if ["from", "since", "between", "until", "to"].iter().any(|word| parser.peek_word(word)) {
        return error.hint("which days count is said by `--from` and `--to`");
    }
    error
}

/// `sell`, `leave`, `close`, `cover` before an exit.
fn leaves(parser: &mut Parser<'_, '_, '_>) -> bool {
    let begins = parser.begins_ending_here();
    begins && ["sell", "leave", "close", "cover"].iter().any(|word| parser.eat_word(word))
}

/// Exits joined by `or`, also behind a comma.
fn exits(parser: &mut Parser<'_, '_, '_>, endings: &mut Endings, traded: usize) -> Parsed<()> {
    exit(parser, endings, traded)?;
    further(parser, endings, traded)
}

fn further(parser: &mut Parser<'_, '_, '_>, endings: &mut Endings, traded: usize) -> Parsed<()> {
    loop {
        whichever(parser)?;
        if parser.peek_word("and") && parser.begins_exit_behind() {
            let error = parser.unexpected("`or`, as in `exit after 63 days or stop 25%`");
            return Err(error.hint("of several exits the first one ends the trade: they are joined by `or`"));
        }
        if !parser.eat_word("or") {
            return Ok(());
        }
        exit(parser, endings, traded)?;
    }
}

/// `, whichever comes first`: so it is.
fn whichever(parser: &mut Parser<'_, '_, '_>) -> Parsed<()> {
    let comma = parser.eat_words_behind_comma(&["whichever"]);
    if !comma && !parser.eat_word("whichever") {
        return Ok(());
    }
    let _ = parser.eat_word("comes") || parser.eat_word("happens") || parser.eat_word("is");
    if ["first", "earlier", "sooner"].iter().any(|word| parser.eat_word(word)) {
        return Ok(());
    }
    let error = parser.unexpected("`first`");
    Err(error.hint("of several exits the first one ends the trade"))
}

/// One exit.
fn exit(parser: &mut Parser<'_, '_, '_>, endings: &mut Endings, traded: usize) -> Parsed<()> {
    if parser.eat_word("never") || parser.eat_word("none") {
        return Ok(());
    }
    if parser.eat_word("after") {
        return held(parser, endings);
    }
    let at = parser.is_adjectival();
    if at || parser.peek_word("with") && parser.begins_exit_here() {
        let _ = parser.eat_word("at") || parser.eat_word("with");
    }
    if parser.begins_exit_here() {
        let _ = parser.eat_word("a") || parser.eat_word("an") || parser.eat_word("the");
    }
    if parser.is_adjective_here() {
        let distance = parser.setting()?;
        return named(parser, endings, traded, Some(distance));
    }
    if let Some(part) = part(parser)? {
        if endings.partials.len() == MOST_PARTIALS {
            let error = parser.unexpected(&format!("at most {MOST_PARTIALS} parts that leave early"));
            return Err(error.hint("write fewer parts"));
        }
        parser.eat_word("at");
        let at = parser.setting()?;
        let _ = parser.eat_word("profit") || parser.eat_word("gain");
        endings.partials.push((at, part));
        return Ok(());
    }
    if parser.peek_word("at") && !parser.begins_some_of() {
        let error = parser.unexpected("a kind of exit");
        return Err(error.hint("a gain is `target 20%`, a loss `stop 20%`, a fall from the best `trail 20%`"));
    }
    if [
        "stop",
        "stop-loss",
        "target",
        "trail",
        "trailing",
        "take",
        "take-profit",
        "gap",
        "break",
        "break-even",
        "breakeven",
    ]
    .iter()
    .any(|word| parser.peek_word(word))
        && parser.begins_exit_here()
    {
        return named(parser, endings, traded, None);
    }
    let _ = parser.eat_word("when") || parser.eat_word("if") || parser.eat_word("once");
    let rule = parser.rule(Stop::BeforeExit)?;
    endings.exit_rule = Some(match endings.exit_rule.take() {
        None => rule,
        Some(before) => {
            let span = before.span.start..rule.span.end;
            let syntax = Syntax::Binary(Operator::Or, Box::new(before), Box::new(rule));
            Expression { syntax, span }
        }
    });
    Ok(())
}

/// `stop 25%`, `stop loss of 25%`, `take profit 50%`, `trailing stop 10%`, `gap 50%`, `break-even 10%`; `distance` is
/// what was read before the name, as in `a 25% stop`.
fn named(
    parser: &mut Parser<'_, '_, '_>,
    endings: &mut Endings,
    traded: usize,
    distance: Option<Expression>,
) -> Parsed<()> {
    if parser.eat_word("break-even") || parser.eat_word("breakeven") || parser.eat_words(&["break", "even"]) {
        parser.eat_word("at");
        return once(parser, &mut endings.break_even);
    }
    let slot =
        if parser.eat_words(&["trailing", "stop"]) || parser.eat_word("trailing") || parser.eat_word("trail")
        {
            parser.eat_word("loss");
            &mut endings.trail
        } else if parser.eat_words(&["take", "profit"])
            || parser.eat_words(&["take", "profits"])
            || parser.eat_words(&["profit", "target"])
            || ["take-profit", "target", "profit", "gain"].iter().any(|word| parser.eat_word(word))
        {
            &mut endings.target
        } else if parser.eat_word("gap") {
            &mut endings.gap
        } else if parser.eat_words(&["stop", "loss"])
            || ["stop", "stop-loss", "loss"].iter().any(|word| parser.eat_word(word))
        {
            if endings.stop.is_some() {
                return Err(parser.twice());
            }
            let (distance, by) = match distance {
                Some(distance) => (distance, None),
                None => {
                    let _ = parser.eat_word("of") || parser.eat_word("at");
                    stop_distance(parser, traded)?
                }
            };
            endings.stop = Some((distance, on_close(parser)?));
            endings.stop_by = by;
            return Ok(());
        } else {
            return Err(parser.unexpected("`stop`, `trailing stop`, `target` or `profit`"));
        };
    if slot.is_some() {
        return Err(parser.twice());
    }
    let distance = match distance {
        Some(distance) => distance,
        None => {
            let _ = parser.eat_word("of") || parser.eat_word("at");
            parser.setting()?
        }
    };
    *slot = Some((distance, on_close(parser)?));
    Ok(())
}

/// `half`, `a third`, `30%` before `at 20%`: the part that leaves at a gain.
fn part(parser: &mut Parser<'_, '_, '_>) -> Parsed<Option<Expression>> {
    let span = parser.span();
    for (word, text) in [("half", "50%"), ("quarter", "25%")] {
        if parser.peek_words(&[word, "at"]) {
            parser.eat_word(word);
            let value =
                parse_value(text).map_err(|reason| parser.error(reason, span.clone(), "this part"))?;
            return Ok(Some(Expression { syntax: Syntax::Value(value), span }));
        }
    }
    if parser.peek_words(&["third", "at"]) {
        return Err(parser.unexpected("`half`, `quarter` or a percentage, as in `30% at 20%`"));
    }
    if parser.peek_number() && parser.begins_exit_here() { parser.setting().map(Some) } else { Ok(None) }
}

/// `63 days`, `40 bars`, `none` behind `after`.
fn held(parser: &mut Parser<'_, '_, '_>, endings: &mut Endings) -> Parsed<()> {
    if let Some(error) = parser.other_period() {
        return Err(error);
    }
    let none = parser.peek_word("none");
    once(parser, &mut endings.after)?;
    match period(parser) {
        Some(bars) => endings.after_in_bars = bars,
        None if none => {}
        None => return Err(parser.unexpected("`days` or `bars`")),
    }
    Ok(())
}

fn fill(parser: &mut Parser<'_, '_, '_>, endings: &mut Endings) -> Parsed<()> {
    parser.eat_word("at");
    parser.eat_word("the");
    endings.fill = Some(if parser.eat_word("open") {
        FillPrice::Open
    } else if parser.eat_word("close") {
        FillPrice::Close
    } else {
        return Err(parser.unexpected("`open` or `close`"));
    });
    Ok(())
}

fn once(parser: &mut Parser<'_, '_, '_>, slot: &mut Option<Expression>) -> Parsed<()> {
    if slot.is_some() {
        return Err(parser.twice());
    }
    *slot = Some(parser.setting()?);
    Ok(())
}

/// `in 3 parts over 10 days`, `in 3 parts each 5% deeper`, `half at once`, `half at 10% deeper`, `adds 2`
fn in_parts(parser: &mut Parser<'_, '_, '_>, endings: &mut Endings) -> Parsed<()> {
    let is_rung = scale::begins_rung(parser);
    if endings.scale.is_some() || !(is_rung || endings.rungs.is_empty()) {
        return Err(parser.twice());
    }
    if is_rung {
        endings.rungs.push(scale::one_rung(parser)?);
    } else if parser.eat_word("adds") {
        endings.scale = Some(Scale::Adds(parser.setting()?));
    } else {
        parser.eat_word("in");
        let parts = parser.setting()?;
        endings.scale = Some(scale::parts(parser, parts)?);
    }
    Ok(())
}
