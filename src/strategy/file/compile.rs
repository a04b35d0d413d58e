//! Pieces of a strategy's text become a strategy; those of a basket in `basket`.

mod basket;

use super::constraint::Constraint;
use super::{
    Again, Barrier, Clause, Costs, Direction, Exits, Fees, FileMarket, FillPrice, Hedge, LimitOrder, Limits,
    MoreExits, Part, Partial, Piece, Plan, Rate, Rough, Rule, Scale, Setting, Sizing, Strategy, Study,
    Symbols, Tier, Window,
};
use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::base::num::grouped;
use crate::strategy::rule::{
    self, Bound, Choice, Expression, Graph, MOST_BARS, Names, NodeId, Syntax, Unit, Value,
};

/// A stop, target or trail as read.
pub(super) struct BarrierPiece {
    pub(super) distance: Piece,
    pub(super) on_close: bool,
}

/// What a study looks at besides returns, as read.
#[derive(Default)]
pub(super) struct StudyPieces {
    pub(super) beside: Option<Piece>,
    pub(super) within: Option<Piece>,
    pub(super) measure: Option<Piece>,
}

/// A rate as read.
pub(super) enum RatePiece {
    Setting(Piece),
    Series(usize),
}

/// A leg on the other side, as read.
pub(super) struct HedgePiece {
    pub(super) market: usize,
    pub(super) by_beta: bool,
    pub(super) beta: Piece,
}

/// How a basket's money is shared out, as read for one of its markets.
pub(super) enum WeightPiece {
    Volatility(Piece),
    Gap(Piece),
}

/// A further market of a basket, as read.
pub(super) struct LegPieces {
    pub(super) market: usize,
    pub(super) entry: Piece,
    pub(super) exit_rule: Option<Piece>,
    pub(super) weight: Option<WeightPiece>,
}

/// A size as read.
#[derive(Default)]
pub(super) enum SizePiece {
    #[default]
    Fraction,
    Amount(Piece),
    Volatility(Piece, Piece),
    Risk(Piece),
    Kelly(Piece, Piece),
}

/// What is put on beside a long position, as read.
#[derive(Default)]
pub(super) struct PlanPieces {
    pub(super) direction: Direction,
    /// Whether some leg is short, also where what it says of it is wrong.
    pub(super) sells_short: bool,
    pub(super) hedge: Option<HedgePiece>,
    /// Of a basket that is not in equal parts.
    pub(super) weight: Option<WeightPiece>,
    pub(super) cooldown: Option<Piece>,
    pub(super) fresh: bool,
    /// The distance of a limit, and for how long it waits.
    pub(super) limit: Option<(Piece, Piece)>,
    pub(super) scale: Scale<Piece>,
    pub(super) stop_by: Option<Piece>,
    pub(super) break_even: Option<Piece>,
    pub(super) gap: Option<BarrierPiece>,
    /// At which gain, and which part.
    pub(super) partials: Vec<(Piece, Piece)>,
    pub(super) size: SizePiece,
    pub(super) lot: Option<Piece>,
    pub(super) minimum: Option<Piece>,
    pub(super) leverage: Option<Piece>,
    pub(super) maintenance: Option<Piece>,
    pub(super) per_unit: Option<Piece>,
    pub(super) least: Option<Piece>,
    pub(super) tiers: Vec<Tier>,
    /// The share of the volatility, and that of each leg.
    pub(super) rough: Option<(Piece, Vec<Piece>)>,
    pub(super) impact: Option<Piece>,
    pub(super) borrow: Option<RatePiece>,
    pub(super) funding: Option<RatePiece>,
    pub(super) interest: Option<RatePiece>,
}

/// Everything a file or a sentence says.
pub(super) struct Pieces {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) source: Option<String>,
    pub(super) note: Option<String>,
    pub(super) text: String,
    pub(super) files: Vec<Option<FileMarket>>,
    /// For each list of symbols the files among them.
    pub(super) listed_files: Vec<Vec<Option<FileMarket>>>,
    pub(super) traded: usize,
    /// The further markets of a basket.
    pub(super) others: Option<Vec<LegPieces>>,
    pub(super) fill: FillPrice,
    pub(super) size: f64,
    pub(super) entry: Piece,
    pub(super) exit_rule: Option<Piece>,
    pub(super) after: Option<Piece>,
    pub(super) after_in_bars: bool,
    pub(super) stop: Option<BarrierPiece>,
    pub(super) target: Option<BarrierPiece>,
    pub(super) trail: Option<BarrierPiece>,
    pub(super) commission: Piece,
    pub(super) slippage: Piece,
    pub(super) plan: PlanPieces,
    pub(super) window: Window,
    pub(super) risk_free: f64,
    pub(super) risk_free_series: Option<usize>,
    pub(super) assumed: Vec<String>,
    pub(super) study: StudyPieces,
    pub(super) constraint: Option<Constraint>,
}

/// So many parts a position may have.
const MOST_PARTS: u32 = 1000;

/// A rate per year lies between minus this and this: 1000%.
pub(super) const MOST_RATE: f64 = 10.0;

/// What a setting may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A number of bars, at least 1.
    Bars,
    /// A number of parts, at least 1.
    Count,
    /// A fraction between 0 and 1.
    Fall,
    /// A fraction above 0.
    Rise,
    /// A fall of a price on which a short gains: a fraction between 0 and 1.
    ShortGain,
    /// A part of a position that leaves before the rest: a fraction between 0 and 1.
    Part,
    /// A fraction from 0 to below 1.
    Cost,
    /// A share of something: above 0, at most 1.
    Share,
    /// A rate per year, which may be below 0.
    Rate,
    /// A plain number above 0: money, units, a multiple.
    Plain,
}

impl Wanted {
    /// A distance from the fill at which a trade gains. A short can gain no more than the whole price.
    fn gain(direction: Direction) -> Self {
        match direction {
            Direction::Long => Self::Rise,
            Direction::Short => Self::ShortGain,
        }
    }

    /// A distance from the fill, or the best price since, at which a trade loses. A long one can lose no more than
    /// the whole price; what a short loses has no end.
    fn loss(direction: Direction) -> Self {
        match direction {
            Direction::Long => Self::Fall,
            Direction::Short => Self::Rise,
        }
    }

    /// Whether a value fits, or why not.
    fn check(self, value: &Value) -> std::result::Result<(), String> {
        let text = value.text();
        let Value::Number { value: number, unit, .. } = value else {
            return if text == "none" {
                Ok(())
            } else {
                Err(format!("`{text}` is no value here: a number or `none`"))
            };
        };
        match self {
            Self::Plain if *unit != Unit::Plain || *number <= 0.0 => {
                Err(format!("`{text}` does not fit: a plain number above 0, or `none`"))
            }
            Self::Bars if value.bars().is_none() => Err(format!(
                "`{text}` is not a number of days: a whole number from 1 to {}, or `none`",
                grouped(MOST_BARS as usize)
            )),
            Self::Count if value.bars().is_none_or(|parts| parts > MOST_PARTS) => {
                Err(format!("`{text}` does not fit: a whole number from 1 to {MOST_PARTS}, or `none`"))
            }
            Self::Bars | Self::Count | Self::Plain => Ok(()),
            _ if *unit == Unit::Plain && *number > 0.0 => {
                Err(format!("`{text}` has no unit: {}", self.with_unit(*number, text)))
            }
            Self::Fall if *number <= 0.0 || *number >= 1.0 => {
                Err(format!("`{text}` is no distance: more than 0% and less than 100%, or `none`"))
            }
            Self::Part if *number <= 0.0 || *number >= 1.0 => Err(format!(
                "`{text}` is no part: more than 0% and less than 100%, or `none`; a target sells all of it"
            )),
            Self::ShortGain if *number <= 0.0 || *number >= 1.0 => Err(format!(
                "`{text}` is out of a short's reach, which gains 100% at a price of zero: more than 0% and less than 100%, or `none`"
            )),
            Self::Rise if *number <= 0.0 => Err(format!("`{text}` is no distance: more than 0%, or `none`")),
            Self::Share if *number <= 0.0 || *number > 1.0 => {
                Err(format!("`{text}` is no share: more than 0% and at most 100%, or `none`"))
            }
            Self::Rate if number.abs() >= MOST_RATE => {
                Err(format!("`{text}` is no rate per year: between -1000% and 1000%, or `none`"))
            }
            Self::Cost if *number < 0.0 || *number >= 1.0 => {
                Err(format!("`{text}` is no cost: from 0% to less than 100%, or `none`"))
            }
            _ => Ok(()),
        }
    }

    /// `0.05` was meant as a fraction, `5` as a percentage; of a cost both are percentages; 90000 is a price.
    fn with_unit(self, number: f64, text: &str) -> String {
        match self {
            Self::Cost | Self::Rate => format!("write `{text}%` or `{text} bps`"),
            Self::Fall | Self::Rise if number >= 100.0 => format!(
                "a distance is a percentage, as in `25%`; a price belongs to a rule, as in `when btc is under {text}`"
            ),
            _ if number < 1.0 => {
                format!("write `{}%` if the fraction {text} is meant", (number * 1e11).round() / 1e9)
            }
            _ => format!("write `{text}%` or `{text} bps`"),
        }
    }
}

/// Makes a strategy, or tells everything that is wrong with its pieces.
pub(super) fn compile(pieces: Pieces, names: &Names<'_>) -> Result<Strategy> {
    let mut compiler = Compiler { names, graph: Graph::new(pieces.traded), errors: Vec::new() };
    let others = pieces.others.as_deref().unwrap_or_default();
    let entries = others.iter().map(|leg| (&leg.entry, leg.market));
    let entry = compiler.rule_of_all((&pieces.entry, pieces.traded), &entries.collect::<Vec<_>>());
    let exits = others.iter().filter_map(|leg| Some((leg.exit_rule.as_ref()?, leg.market)));
    let exits: Vec<_> = exits.collect();
    let exit_rule = pieces.exit_rule.as_ref();
    let exit_rule = exit_rule.map(|piece| compiler.rule_of_all((piece, pieces.traded), &exits));
    let after = pieces.after.as_ref().map(|piece| compiler.setting(piece, Wanted::Bars));
    let by_volatility = pieces.plan.stop_by.is_some();
    let (gain, loss) = (Wanted::gain(pieces.plan.direction), Wanted::loss(pieces.plan.direction));
    let stop = compiler.barrier(pieces.stop.as_ref(), if by_volatility { Wanted::Plain } else { loss });
    let target = compiler.barrier(pieces.target.as_ref(), gain);
    let trail = compiler.barrier(pieces.trail.as_ref(), loss);
    let commission = compiler.setting(&pieces.commission, Wanted::Cost);
    let slippage = compiler.setting(&pieces.slippage, Wanted::Cost);
    let study = compiler.study(&pieces.study);
    let basket = compiler.basket(pieces.plan.weight.as_ref(), pieces.others.as_deref());
    let plan = compiler.plan(pieces.plan).map(|plan| Plan { basket, ..plan });
    let Compiler { graph, errors, .. } = compiler;
    let (Some(entry), exit_rule, Some(plan)) = (entry, exit_rule.flatten(), plan) else {
        return Err(
            Failure::from_all(errors).unwrap_or_else(|| Diagnostic::new("the entry has no rule").into())
        );
    };
    if let Some(failure) = Failure::from_all(errors) {
        return Err(failure);
    }
    let mut files = pieces.files;
    files.resize(names.markets().len(), None);
    let listed = pieces.listed_files.into_iter().chain(std::iter::repeat(Vec::new()));
    let symbols = names.symbol_lists().iter().zip(listed).map(|(list, files)| Symbols::new(list, files));
    Ok(Strategy {
        name: pieces.name,
        title: pieces.title,
        source: pieces.source,
        note: pieces.note,
        text: pieces.text,
        markets: names.markets().to_vec(),
        files,
        parameters: names.parameters().to_vec(),
        symbols: symbols.collect(),
        traded: pieces.traded,
        each: None,
        fill: pieces.fill,
        size: pieces.size,
        entry,
        exits: Exits { rule: exit_rule, after, after_in_bars: pieces.after_in_bars, stop, target, trail },
        costs: Costs { commission, slippage },
        plan,
        window: pieces.window,
        risk_free: pieces.risk_free,
        risk_free_series: pieces.risk_free_series,
        assumed: pieces.assumed,
        study,
        constraint: pieces.constraint,
        graph,
    })
}

struct Compiler<'a> {
    names: &'a Names<'a>,
    graph: Graph,
    errors: Vec<Diagnostic>,
}

impl Compiler<'_> {
    fn rule(&mut self, piece: &Piece) -> Option<Rule> {
        let node = match self.graph.add_rule(&piece.expression, self.names, &piece.fragment) {
            Ok(node) => node,
            Err(errors) => {
                self.errors.extend(errors);
                return None;
            }
        };
        let read = rule::Clause::of(&piece.expression);
        let clauses = read.iter().filter_map(|clause| self.clause(piece, clause)).collect();
        Some(self.named(piece, node, clauses))
    }

    fn named(&self, piece: &Piece, node: NodeId, clauses: Vec<Clause>) -> Rule {
        Rule {
            text: piece.fragment.text[piece.expression.span.clone()].to_owned(),
            functional: piece.expression.functional(self.names).to_string(),
            node,
            clauses,
        }
    }

    /// A number to be followed; something true or false is followed as 1 or 0.
    fn followed(&mut self, piece: &Piece) -> Option<Rule> {
        match self.graph.add_measure(&piece.expression, self.names, &piece.fragment) {
            Ok(node) => Some(self.named(piece, node, Vec::new())),
            Err(error) => {
                self.errors.push(error);
                None
            }
        }
    }

    fn study(&mut self, pieces: &StudyPieces) -> Study {
        let beside = pieces.beside.as_ref().and_then(|piece| self.rule(piece));
        let within = pieces.within.as_ref().map(|piece| self.setting(piece, Wanted::Bars));
        let measure = pieces.measure.as_ref().and_then(|piece| self.followed(piece));
        Study { beside: beside.zip(within), measure }
    }

    fn clause(&mut self, piece: &Piece, clause: &rule::Clause<'_>) -> Option<Clause> {
        Some(Clause {
            text: piece.fragment.text[clause.whole.span.clone()].to_owned(),
            node: self.part(piece, clause.whole)?.node,
            measure: self.part(piece, clause.measure)?,
            bound: match clause.bound {
                Some(Bound { operator, of }) => Some(Bound { operator, of: self.part(piece, of)? }),
                None => None,
            },
            distance: match &clause.distance {
                Some(distance) => Some(self.part(piece, distance)?),
                None => None,
            },
        })
    }

    fn whole(&mut self, piece: &Piece) -> Option<Part> {
        self.part(piece, &piece.expression)
    }

    fn part(&mut self, piece: &Piece, part: &Expression) -> Option<Part> {
        match self.graph.add_measure(part, self.names, &piece.fragment) {
            Ok(node) => Some(Part { functional: part.functional(self.names).to_string(), node }),
            Err(error) => {
                self.errors.push(error);
                None
            }
        }
    }

    fn setting(&mut self, piece: &Piece, wanted: Wanted) -> Setting {
        let setting = match &piece.expression.syntax {
            Syntax::Hole(index) => Setting::Parameter(*index),
            Syntax::Value(value) => Setting::Fixed(value.clone()),
            // A setting is read as one of the two; anything else has been refused by the parser.
            _ => Setting::Fixed(Value::Word("none".into())),
        };
        let values = match &setting {
            Setting::Fixed(value) => vec![value],
            Setting::Parameter(index) => Choice::All(self.names.parameters()).values(*index),
        };
        if let Some(reason) = values.into_iter().find_map(|value| wanted.check(value).err()) {
            self.errors.push(piece.fragment.error(reason, piece.expression.span.clone(), "this setting"));
        }
        setting
    }

    fn optional(&mut self, piece: Option<&Piece>, wanted: Wanted) -> Option<Setting> {
        piece.map(|piece| self.setting(piece, wanted))
    }

    fn rate(&mut self, piece: Option<RatePiece>) -> Option<Rate> {
        piece.map(|piece| match piece {
            RatePiece::Setting(piece) => Rate::Setting(self.setting(&piece, Wanted::Rate)),
            RatePiece::Series(market) => Rate::Series(market),
        })
    }

    /// Interest moves equity without a trade, so that a sweep could not tell its values apart by their trades.
    fn interest(&mut self, piece: Option<RatePiece>) -> Option<Rate> {
        if let Some(RatePiece::Setting(piece)) = &piece
            && matches!(piece.expression.syntax, Syntax::Hole(_))
        {
            let error = piece.fragment.error(
                "interest cannot be a parameter",
                piece.expression.span.clone(),
                "one value for all combinations",
            );
            self.errors.push(error.hint("write a rate, as in 3%, or a series, as in DFF"));
        }
        self.rate(piece)
    }

    /// `None` where a measure is wrong.
    fn plan(&mut self, pieces: PlanPieces) -> Option<Plan> {
        let hedge = match pieces.hedge {
            Some(HedgePiece { market, by_beta, beta }) => {
                Some(Hedge { market, by_beta, beta: self.whole(&beta)? })
            }
            None => None,
        };
        let rough = match pieces.rough {
            Some((share, of)) => Some(Rough {
                share: self.setting(&share, Wanted::Rise),
                of: of.iter().map(|of| self.whole(of)).collect::<Option<_>>()?,
            }),
            None => None,
        };
        let stop_by = match &pieces.stop_by {
            Some(measure) => Some(self.whole(measure)?),
            None => None,
        };
        let sizing = match &pieces.size {
            SizePiece::Fraction => Sizing::Fraction,
            SizePiece::Amount(money) => Sizing::Amount(self.setting(money, Wanted::Plain)),
            SizePiece::Volatility(target, of) => {
                Sizing::Volatility { target: self.setting(target, Wanted::Rise), of: self.whole(of)? }
            }
            SizePiece::Risk(risk) => Sizing::Risk(self.setting(risk, Wanted::Fall)),
            SizePiece::Kelly(share, after) => Sizing::Kelly {
                share: self.setting(share, Wanted::Rise),
                after: self.setting(after, Wanted::Bars),
            },
        };
        Some(Plan {
            direction: pieces.direction,
            hedge,
            basket: None,
            again: Again {
                cooldown: self.optional(pieces.cooldown.as_ref(), Wanted::Bars),
                fresh: pieces.fresh,
            },
            limit: pieces.limit.as_ref().map(|(distance, valid)| LimitOrder {
                distance: self.setting(distance, Wanted::Fall),
                valid: self.setting(valid, Wanted::Bars),
            }),
            scale: self.scale(pieces.scale, pieces.direction),
            exits: MoreExits {
                stop_by,
                break_even: self.optional(pieces.break_even.as_ref(), Wanted::gain(pieces.direction)),
                gap: self.barrier(pieces.gap.as_ref(), Wanted::Share),
                partials: self.partials(&pieces.partials, pieces.direction),
            },
            sizing,
            limits: Limits {
                lot: self.optional(pieces.lot.as_ref(), Wanted::Plain),
                minimum: self.optional(pieces.minimum.as_ref(), Wanted::Plain),
                leverage: self.optional(pieces.leverage.as_ref(), Wanted::Plain),
                maintenance: self.optional(pieces.maintenance.as_ref(), Wanted::Fall),
            },
            fees: Fees {
                per_unit: self.optional(pieces.per_unit.as_ref(), Wanted::Plain),
                least: self.optional(pieces.least.as_ref(), Wanted::Plain),
                tiers: pieces.tiers,
                rough,
                impact: self.optional(pieces.impact.as_ref(), Wanted::Rise),
                borrow: self.rate(pieces.borrow),
                funding: self.rate(pieces.funding),
                interest: self.interest(pieces.interest),
            },
        })
    }

    fn scale(&mut self, pieces: Scale<Piece>, direction: Direction) -> Scale {
        let (mut place, wrong) = (None, self.errors.len());
        let scale = pieces.map(|piece, wanted| {
            let setting = self.setting(&piece, wanted);
            place = Some((piece.fragment, piece.expression.span));
            setting
        });
        let parameters = Choice::All(self.names.parameters());
        let checked = scale.check(direction, |setting| values(setting, &parameters));
        if let (Err(reason), Some((fragment, span)), true) = (checked, place, wrong == self.errors.len()) {
            self.errors.push(fragment.error(reason, span, "the last of them"));
        }
        scale
    }

    /// The parts that leave early, which must be less than the whole together.
    fn partials(&mut self, pieces: &[(Piece, Piece)], direction: Direction) -> Vec<Partial> {
        let wrong = self.errors.len();
        let partial = |(at, part): &(Piece, Piece)| Partial {
            at: self.setting(at, Wanted::gain(direction)),
            part: self.setting(part, Wanted::Part),
        };
        let partials: Vec<Partial> = pieces.iter().map(partial).collect();
        let parameters = Choice::All(self.names.parameters());
        let checked = less_than_all(&partials, |setting| values(setting, &parameters));
        if let (Err(reason), Some((_, last)), true) = (checked, pieces.last(), wrong == self.errors.len()) {
            self.errors.push(last.fragment.error(reason, last.expression.span.clone(), "the last of them"));
        }
        partials
    }

    fn barrier(&mut self, piece: Option<&BarrierPiece>, wanted: Wanted) -> Option<Barrier> {
        piece.map(|piece| Barrier {
            distance: self.setting(&piece.distance, wanted),
            on_close: piece.on_close,
        })
    }
}

/// Every setting of a strategy's orders and costs, and what it may be.
pub(super) fn settings(strategy: &Strategy) -> Vec<(&Setting, Wanted)> {
    fn of(barrier: Option<&Barrier>) -> Option<&Setting> {
        barrier.map(|barrier| &barrier.distance)
    }
    let (exits, plan) = (&strategy.exits, &strategy.plan);
    let (more, limits, fees) = (&plan.exits, &plan.limits, &plan.fees);
    let (gain, loss) = (Wanted::gain(plan.direction), Wanted::loss(plan.direction));
    let mut settings: Vec<(Option<&Setting>, Wanted)> = vec![
        (exits.after.as_ref(), Wanted::Bars),
        (of(exits.stop.as_ref()), if more.stop_by.is_some() { Wanted::Plain } else { loss }),
        (of(exits.target.as_ref()), gain),
        (of(exits.trail.as_ref()), loss),
        (of(more.gap.as_ref()), Wanted::Share),
        (more.break_even.as_ref(), gain),
        (plan.again.cooldown.as_ref(), Wanted::Bars),
        (plan.limit.as_ref().map(|limit| &limit.distance), Wanted::Fall),
        (plan.limit.as_ref().map(|limit| &limit.valid), Wanted::Bars),
        (limits.lot.as_ref(), Wanted::Plain),
        (limits.minimum.as_ref(), Wanted::Plain),
        (limits.leverage.as_ref(), Wanted::Plain),
        (limits.maintenance.as_ref(), Wanted::Fall),
        (Some(&strategy.costs.commission), Wanted::Cost),
        (Some(&strategy.costs.slippage), Wanted::Cost),
        (fees.per_unit.as_ref(), Wanted::Plain),
        (fees.least.as_ref(), Wanted::Plain),
        (fees.rough.as_ref().map(|rough| &rough.share), Wanted::Rise),
        (fees.impact.as_ref(), Wanted::Rise),
    ];
    for Partial { at, part } in &more.partials {
        settings.extend([(Some(at), gain), (Some(part), Wanted::Part)]);
    }
    settings.extend(plan.scale.settings().into_iter().map(|(setting, wanted)| (Some(setting), wanted)));
    for rate in [&fees.borrow, &fees.funding, &fees.interest] {
        if let Some(Rate::Setting(setting)) = rate {
            settings.push((Some(setting), Wanted::Rate));
        }
    }
    match &plan.sizing {
        Sizing::Fraction => {}
        Sizing::Amount(money) => settings.push((Some(money), Wanted::Plain)),
        Sizing::Volatility { target, .. } => settings.push((Some(target), Wanted::Rise)),
        Sizing::Risk(risk) => settings.push((Some(risk), Wanted::Fall)),
        Sizing::Kelly { share, after } => {
            settings.extend([(Some(share), Wanted::Rise), (Some(after), Wanted::Bars)]);
        }
    }
    settings.into_iter().filter_map(|(setting, wanted)| Some((setting?, wanted))).collect()
}

/// Checks every value of every parameter where it is used: as a setting, and as a length or number in a rule.
pub(super) fn check_settings(strategy: &Strategy) -> std::result::Result<(), String> {
    let within = strategy.study.beside.as_ref().map(|(_, within)| (within, Wanted::Bars));
    for (setting, wanted) in settings(strategy).into_iter().chain(within) {
        if let Setting::Parameter(index) = setting {
            strategy.every_value().values(*index).into_iter().try_for_each(|value| wanted.check(value))?;
        }
    }
    let every = strategy.every_value();
    less_than_all(&strategy.plan.exits.partials, |setting| values(setting, &every))?;
    strategy.plan.scale.check(strategy.plan.direction, |setting| values(setting, &every))?;
    strategy.graph.check_values(&strategy.parameters)
}

/// Whether parts that leave early leave something, whatever the values of their parameters.
fn less_than_all(
    partials: &[Partial],
    values: impl Fn(&Setting) -> Vec<Value>,
) -> std::result::Result<(), String> {
    let most = |setting: &Setting| values(setting).iter().filter_map(Value::number).fold(0.0, f64::max);
    let sum: f64 = partials.iter().map(|partial| most(&partial.part)).sum();
    if sum < 1.0 {
        return Ok(());
    }
    Err(format!(
        "the parts that leave early come to {}%: write less than 100% together; a target sells the rest",
        (sum * 1e4).round() / 100.0
    ))
}

/// Every value that a setting can have.
fn values(setting: &Setting, of: &Choice<'_>) -> Vec<Value> {
    match setting {
        Setting::Fixed(value) => vec![value.clone()],
        Setting::Parameter(index) => of.values(*index).into_iter().cloned().collect(),
    }
}
