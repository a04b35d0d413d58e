//! Pieces of a strategy's text become a strategy.

use super::constraint::Constraint;
use super::{
    Barrier, Clause, Costs, Exits, FileMarket, FillPrice, Part, Piece, Rule, Setting, Strategy, Study, Window,
};
use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::strategy::rule::{self, Bound, Choice, Expression, Graph, Names, NodeId, Syntax, Unit, Value};

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

/// Everything a file or a sentence says.
pub(super) struct Pieces {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) source: Option<String>,
    pub(super) note: Option<String>,
    pub(super) text: String,
    pub(super) files: Vec<Option<FileMarket>>,
    pub(super) traded: usize,
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
    pub(super) window: Window,
    pub(super) risk_free: f64,
    pub(super) assumed: Vec<String>,
    pub(super) study: StudyPieces,
    pub(super) constraint: Option<Constraint>,
}

/// What a setting may be.
#[derive(Clone, Copy)]
enum Wanted {
    Bars,
    Fall,
    Rise,
    Cost,
}

impl Wanted {
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
            Self::Bars if value.bars().is_none_or(|bars| u32::try_from(bars).is_err()) => {
                Err(format!("`{text}` is no number of days: a whole number of at least 1, or `none`"))
            }
            Self::Bars => Ok(()),
            _ if *unit == Unit::Plain && *number > 0.0 => {
                Err(format!("`{text}` has no unit: {}", with_unit(*number, text)))
            }
            Self::Fall if *number <= 0.0 || *number >= 1.0 => {
                Err(format!("`{text}` is no distance: more than 0% and less than 100%, or `none`"))
            }
            Self::Rise if *number <= 0.0 => Err(format!("`{text}` is no distance: more than 0%, or `none`")),
            Self::Cost if *number < 0.0 || *number >= 1.0 => {
                Err(format!("`{text}` is no cost: from 0% to less than 100%, or `none`"))
            }
            _ => Ok(()),
        }
    }
}

/// `0.05` was meant as a fraction, `5` as a percentage.
fn with_unit(number: f64, text: &str) -> String {
    if number < 1.0 {
        format!("write `{}%` if the fraction {text} is meant", number * 100.0)
    } else {
        format!("write `{text}%` or `{text} bps`")
    }
}

/// Makes a strategy, or tells everything that is wrong with its pieces.
pub(super) fn compile(pieces: Pieces, names: &Names<'_>) -> Result<Strategy> {
    let mut compiler = Compiler { names, graph: Graph::new(pieces.traded), errors: Vec::new() };
    let entry = compiler.rule(&pieces.entry);
    let exit_rule = pieces.exit_rule.as_ref().map(|piece| compiler.rule(piece));
    let after = pieces.after.as_ref().map(|piece| compiler.setting(piece, Wanted::Bars));
    let stop = compiler.barrier(pieces.stop.as_ref(), Wanted::Fall);
    let target = compiler.barrier(pieces.target.as_ref(), Wanted::Rise);
    let trail = compiler.barrier(pieces.trail.as_ref(), Wanted::Fall);
    let commission = compiler.setting(&pieces.commission, Wanted::Cost);
    let slippage = compiler.setting(&pieces.slippage, Wanted::Cost);
    let study = compiler.study(&pieces.study);
    let Compiler { graph, errors, .. } = compiler;
    let (Some(entry), exit_rule) = (entry, exit_rule.flatten()) else {
        return Err(
            Failure::from_all(errors).unwrap_or_else(|| Diagnostic::new("the entry has no rule").into())
        );
    };
    if let Some(failure) = Failure::from_all(errors) {
        return Err(failure);
    }
    let mut files = pieces.files;
    files.resize(names.markets().len(), None);
    Ok(Strategy {
        name: pieces.name,
        title: pieces.title,
        source: pieces.source,
        note: pieces.note,
        text: pieces.text,
        markets: names.markets().to_vec(),
        files,
        parameters: names.parameters().to_vec(),
        traded: pieces.traded,
        fill: pieces.fill,
        size: pieces.size,
        entry,
        exits: Exits { rule: exit_rule, after, after_in_bars: pieces.after_in_bars, stop, target, trail },
        costs: Costs { commission, slippage },
        window: pieces.window,
        risk_free: pieces.risk_free,
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
    fn measure(&mut self, piece: &Piece) -> Option<Rule> {
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
        let measure = pieces.measure.as_ref().and_then(|piece| self.measure(piece));
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

    fn barrier(&mut self, piece: Option<&BarrierPiece>, wanted: Wanted) -> Option<Barrier> {
        piece.map(|piece| Barrier {
            distance: self.setting(&piece.distance, wanted),
            on_close: piece.on_close,
        })
    }
}

/// Checks every value of every parameter where it is used: as a setting, and as a length or number in a rule.
pub(super) fn check_settings(strategy: &Strategy) -> std::result::Result<(), String> {
    let exits = &strategy.exits;
    let barrier = |barrier: &Option<Barrier>| barrier.as_ref().map(|b| b.distance.clone());
    let settings = [
        (exits.after.clone(), Wanted::Bars),
        (barrier(&exits.stop), Wanted::Fall),
        (barrier(&exits.target), Wanted::Rise),
        (barrier(&exits.trail), Wanted::Fall),
        (strategy.study.beside.as_ref().map(|(_, within)| within.clone()), Wanted::Bars),
        (Some(strategy.costs.commission.clone()), Wanted::Cost),
        (Some(strategy.costs.slippage.clone()), Wanted::Cost),
    ];
    for (setting, wanted) in settings {
        if let Some(Setting::Parameter(index)) = setting {
            strategy.every_value().values(index).into_iter().try_for_each(|value| wanted.check(value))?;
        }
    }
    strategy.graph.check_values(&strategy.parameters)
}
