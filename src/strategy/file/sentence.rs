//! A strategy as one sentence.
//!
//! `long BTC-USD when RULE, in 3 parts over 10 days, hedged with IWM by its 63-day beta, exit when RULE or after
//! 63 days or stop 25%, commission 10 bps, slippage 5 bps, borrow 3%`. The hedge may also stand before `when`.

mod endings;

use super::compile::{BarrierPiece, HedgePiece, Pieces, PlanPieces, RatePiece, StudyPieces, WeightPiece};
use super::scale;
use super::several::{self, LAGGARD, Listed, MOST_LAGGARDS, Read, share};
use super::{DEFAULT_GAP_DAYS, Direction, FillPrice, Piece, Strategy, Window};
use crate::base::diagnostic::{Diagnostic, Result, Source};
use crate::base::num::grouped;
use crate::strategy::rule::{
    Expression, Fragment, MOST_BARS, Names, Parser, Stop, Syntax, Vocabulary, parse_value,
};
use endings::{Endings, ending};

/// What a sentence may leave out.
const ASSUMED_AFTER: &str = "63";
const ASSUMED_COMMISSION: &str = "10 bps";
const ASSUMED_SLIPPAGE: &str = "5 bps";
const ASSUMED_BORROW: &str = "3%";

type Parsed<T> = std::result::Result<T, Diagnostic>;

/// Reads a sentence.
pub(super) fn read(text: &str, vocabulary: &dyn Vocabulary) -> Result<Strategy> {
    let source = Source::new("sentence", text);
    several::strategy(
        |laggard| read_for(text, vocabulary, laggard),
        |strategy, listed| {
            let misfit = listed.and_then(|listed| several::misfit(strategy, &source, listed.span.clone()));
            misfit.into_iter().collect()
        },
    )
}

/// Reads a sentence for one of its laggards.
fn read_for<'v>(text: &str, vocabulary: &'v dyn Vocabulary, laggard: usize) -> Result<Read<'v>> {
    let fragment = Fragment::whole(Source::new("sentence", text));
    let mut names = Names::new(vocabulary);
    let Parts { direction, traded, listed, weight, entry, endings } =
        parts(&fragment, &mut names, laggard).map_err(|error| names.failure(error))?;
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
    let hedge = match endings.hedge {
        Some((Expression { syntax: Syntax::Market(market), span }, _)) if market == traded => {
            let error = fragment.error("a market cannot hedge itself", span, "it is the one traded");
            return Err(error.hint("name another market, such as the leader").into());
        }
        Some((Expression { syntax: Syntax::Market(market), .. }, beta)) => {
            let by_beta = beta.is_some();
            let written = beta.map(|expression| Piece { fragment: fragment.clone(), expression });
            let beta = written.map_or_else(|| plain_beta(&mut names, traded, market), Ok)?;
            Some(HedgePiece { market, by_beta, beta })
        }
        _ => None,
    };
    let sells_short = direction == Direction::Short || hedge.is_some();
    let borrow = match (endings.borrow, sells_short) {
        (None, false) => None,
        (Some(said), false) => {
            let error = fragment.error("nothing is borrowed here", said.span, "no leg is short");
            return Err(error.hint("take it away, or trade `short` or `hedged with` a market").into());
        }
        (said, _) => or_assume(said, ASSUMED_BORROW, format!("borrow {ASSUMED_BORROW} a year")),
    };
    assumed.extend(themselves(&names));
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
        listed_files: Vec::new(),
        traded,
        others: None,
        fill: endings.fill.unwrap_or(FillPrice::Open),
        size: share(listed.as_ref()),
        entry: piece(entry),
        exit_rule: endings.exit_rule.map(piece),
        after,
        after_in_bars: endings.after_in_bars,
        stop: barrier(endings.stop),
        target: barrier(endings.target),
        trail: barrier(endings.trail),
        commission,
        slippage,
        plan: PlanPieces {
            direction,
            sells_short,
            hedge,
            weight,
            stop_by: endings.stop_by.map(piece),
            gap: barrier(endings.gap),
            break_even: endings.break_even.map(piece),
            partials: endings.partials.into_iter().map(|(at, part)| (piece(at), piece(part))).collect(),
            scale: endings.scale.unwrap_or_default().map(|expression, _| piece(expression)),
            borrow: borrow.map(RatePiece::Setting),
            ..PlanPieces::default()
        },
        window: Window { from: None, to: None, gap_days: DEFAULT_GAP_DAYS },
        risk_free: 0.0,
        risk_free_series: None,
        assumed,
        study: StudyPieces::default(),
        constraint: None,
    };
    Ok(Read { pieces, names, listed })
}

/// What is meant by symbols that the sentence names beside a list of symbols that has them, too.
fn themselves(names: &Names<'_>) -> Vec<String> {
    let mut told = Vec::new();
    for list in names.symbol_lists() {
        let of_list = |at: usize| names.symbol_lists().iter().any(|list| list.market == at);
        let others = names.markets().iter().enumerate().filter(|(at, _)| !of_list(*at));
        for (_, market) in others.filter(|(_, market)| list.listed.iter().any(|(_, of)| *of == market.target))
        {
            let called = &names.markets()[list.market].name;
            told.push(format!(
                "`{}` is {} throughout; the one tried is `{called}`",
                market.name, market.target
            ));
        }
    }
    told
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
        .filter(|word| !word.is_empty() && !["the", "a", "an", "when", "long", "short", "and"].contains(word))
        .take(5)
        .map(str::to_lowercase)
        .collect();
    if words.is_empty() { "sentence".into() } else { words.join("-") }
}

/// A sentence taken apart.
struct Parts {
    direction: Direction,
    traded: usize,
    listed: Option<Listed>,
    weight: Option<WeightPiece>,
    entry: Expression,
    endings: Endings,
}

fn parts(fragment: &Fragment, names: &mut Names<'_>, laggard: usize) -> Parsed<Parts> {
    let mut parser = Parser::new(fragment, names)?;
    parser.declare_symbols()?;
    let direction = direction(&mut parser)?;
    let (traded, mut listed) = traded(&mut parser, laggard)?;
    let basket = listed.as_ref().is_some_and(|listed| listed.basket);
    let weight = if basket { weighted(&mut parser, traded, direction)? } else { None };
    let mut endings = Endings::default();
    if parser.eat_word("hedged") {
        hedge(&mut parser, &mut endings, traded)?;
        parser.eat_sign(",");
    }
    parser.eat_sign(",");
    if !["when", "if", "whenever"].iter().any(|word| parser.eat_word(word)) {
        let error = parser.unexpected("`when` and the rule");
        return Err(if ["and", "or"].iter().any(|word| parser.peek_word(word)) {
            error.hint(
                "several are `long each of BTC and ETH when …`, or `long a basket of BTC and ETH when …`",
            )
        } else {
            error
        });
    }
    let entry = parser.rule(Stop::End)?;
    name_leader(parser.names(), traded);
    while !parser.at_end() {
        parser.eat_sign(",");
        if parser.peek_word("at") && !parser.is_adjectival() {
            places(&mut parser, &mut listed)?;
        } else {
            ending(&mut parser, &mut endings, traded)?;
        }
    }
    if !endings.rungs.is_empty() {
        endings.scale = Some(scale::ladder(&parser, std::mem::take(&mut endings.rungs))?);
    }
    Ok(Parts { direction, traded, listed, weight, entry, endings })
}

/// `long`, `buy`, `go long`, `short`, `sell short`.
fn direction(parser: &mut Parser<'_, '_, '_>) -> Parsed<Direction> {
    let ways: [(&[&str], Direction); 8] = [
        (&["long"], Direction::Long),
        (&["buy"], Direction::Long),
        (&["go", "long"], Direction::Long),
        (&["short"], Direction::Short),
        (&["go", "short"], Direction::Short),
        (&["sell", "short"], Direction::Short),
        (&["enter", "long"], Direction::Long),
        (&["enter", "short"], Direction::Short),
    ];
    let Some((_, direction)) = ways.into_iter().find(|(words, _)| parser.eat_words(words)) else {
        let error = parser.unexpected("`long` or `short` and a market, as in `long BTC when …`");
        return Err(if parser.peek_word("sell") {
            error
                .hint("what is sold first is `short BTC when …`; what was bought is sold by `…, exit when …`")
        } else if parser.names_a_market() {
            let rule = parser.fragment().text.trim().to_owned();
            error.hint(format!("a rule alone trades nothing: write `long BTC when {rule}`"))
        } else {
            error
        });
    };
    if parser.fragment().text[parser.span()].starts_with(|c: char| c.is_ascii_digit()) {
        let error = parser.unexpected("a market, as in `long BTC when …`");
        return Err(error.hint("how much goes in stands in a strategy file, under [size]"));
    }
    Ok(direction)
}

/// Where an entry speaks of one other market, `the leader` is that one, unless the name stands for something.
fn name_leader(names: &mut Names<'_>, traded: usize) {
    let others: Vec<usize> = (0..names.markets().len()).filter(|market| *market != traded).collect();
    if let ([leader], false) = (others.as_slice(), names.stands_for_a_market("leader")) {
        names.declare_role("leader", *leader);
    }
}

/// `BTC`, `each of BTC, ETH and SOL`, or `a basket of BTC, ETH and SOL`.
fn traded(parser: &mut Parser<'_, '_, '_>, laggard: usize) -> Parsed<(usize, Option<Listed>)> {
    let basket = parser.eat_words(&["a", "basket"]);
    if basket || parser.eat_word("each") {
        if !parser.eat_word("of") {
            return Err(parser.unexpected("`of` and the laggards, as in `long each of BTC and ETH when …`"));
        }
        let (markets, span) = parser.markets(LAGGARD, laggard)?;
        if markets.len() > MOST_LAGGARDS {
            let label = format!("{} of them, at most {MOST_LAGGARDS}", markets.len());
            return Err(parser.error("there are too many laggards", span, label).hint("name fewer"));
        }
        let listed = Listed { count: markets.len(), span, places: None, basket };
        return Ok((markets.get(laggard).copied().unwrap_or(0), Some(listed)));
    }
    let market = parser.market()?;
    let Syntax::Market(traded) = market.syntax else {
        return Err(parser.unexpected("a market"));
    };
    Ok((traded, None))
}

/// `weighted equally`, `weighted by gap`, `weighted by 63-day volatility`; `None` for equally.
fn weighted(
    parser: &mut Parser<'_, '_, '_>,
    traded: usize,
    direction: Direction,
) -> Parsed<Option<WeightPiece>> {
    if !parser.eat_word("weighted") || parser.eat_word("equally") {
        return Ok(None);
    }
    if !parser.eat_word("by") {
        return Err(parser.unexpected("`equally`, `by gap` or `by 63-day volatility`"));
    }
    if parser.eat_word("gap") {
        return several::gap_of(parser.names(), direction).map(WeightPiece::Gap).map(Some);
    }
    let expression = parser.measure("volatility", &[traded])?;
    let fragment = parser.fragment().clone();
    Ok(Some(WeightPiece::Volatility(Piece { fragment, expression })))
}

/// `at most 2 at once`
fn places(parser: &mut Parser<'_, '_, '_>, listed: &mut Option<Listed>) -> Parsed<()> {
    let Some(listed) = listed.as_mut().filter(|listed| !listed.basket) else {
        let error = parser.unexpected("`exit`, `hedged`, `commission`, `slippage`, `borrow` or `fill`");
        return Err(error.hint("`at most 2 at once` belongs to `long each of BTC and ETH when …`"));
    };
    parser.eat_word("at");
    if !parser.eat_word("most") {
        return Err(parser.unexpected("`most`, as in `at most 2 at once`"));
    }
    if listed.places.is_some() {
        return Err(parser.twice());
    }
    let count = parser.setting()?;
    let places = match &count.syntax {
        Syntax::Value(value) => value.bars(),
        _ => None,
    };
    let Some(places) = places else {
        let label = format!("a whole number from 1 to {}", grouped(MOST_BARS as usize));
        let error = parser.error("this is not a number of positions", count.span, label);
        return Err(error.hint("as in `at most 2 at once`"));
    };
    listed.places = Some(places as usize);
    if !(parser.eat_word("at") && parser.eat_word("once")) {
        return Err(parser.unexpected("`at once`").hint("as in `at most 2 at once`"));
    }
    Ok(())
}

/// `hedged with the Russell`, `hedged with the Russell by its 63-day beta`
fn hedge(parser: &mut Parser<'_, '_, '_>, endings: &mut Endings, traded: usize) -> Parsed<()> {
    if endings.hedge.is_some() {
        return Err(parser.twice());
    }
    if !parser.eat_word("with") {
        return Err(parser.unexpected("`with` and a market, as in `hedged with the Russell`"));
    }
    let said = parser.market()?;
    let Syntax::Market(market) = said.syntax else {
        return Err(parser.unexpected("a market"));
    };
    let by_beta = parser.eat_word("by");
    let beta = if by_beta { Some(parser.measure("beta", &[traded, market])?) } else { None };
    endings.hedge = Some((said, beta));
    Ok(())
}

/// The beta of a hedge that names none.
pub(super) fn plain_beta(names: &mut Names<'_>, traded: usize, market: usize) -> Parsed<Piece> {
    let fragment = Fragment::whole(Source::new("assumed", "63-bar beta"));
    let expression = Parser::new(&fragment, names)?.measure("beta", &[traded, market])?;
    Ok(Piece { fragment, expression })
}
