//! A rule as written becomes nodes: units are checked, lengths read, parts of several series meet on the
//! clock. What reads and makes no sense is refused in `sense`.

mod sense;

use super::functions::{Argument, Compute, Function, Gives, registry};
use super::graph::{Graph, Length, Node, NodeId, Operation, is_all};
use super::kind::Kind;
use super::lexer::Fragment;
use super::names::{EventsSource, Names};
use super::parameters::{Choice, Unit, Value};
use super::syntax::{Expression, Operator, Syntax};
use crate::base::diagnostic::Diagnostic;
use crate::base::num::grouped;
use crate::market::series::{Field, Frame};

type Lowered<T> = Result<T, Diagnostic>;

impl Graph {
    /// Adds a rule; its node says true or false on every bar of the clock.
    ///
    /// # Errors
    /// Where units do not fit or the rule is no question of true or false: one message for each clause, with its
    /// place.
    pub fn add_rule(
        &mut self,
        rule: &Expression,
        names: &Names<'_>,
        fragment: &Fragment,
    ) -> Result<NodeId, Vec<Diagnostic>> {
        let mut lowering = Lowering::new(self, names, fragment);
        match lowering.condition(rule) {
            Ok(node) => Ok(self.on_clock(node)),
            Err(error) => {
                let mut errors = lowering.errors;
                errors.push(error);
                Err(errors)
            }
        }
    }

    /// Adds a part of a rule as the clock sees it, to be looked at.
    ///
    /// # Errors
    /// Where units do not fit, with the place.
    pub fn add_measure(
        &mut self,
        part: &Expression,
        names: &Names<'_>,
        fragment: &Fragment,
    ) -> Lowered<NodeId> {
        let mut lowering = Lowering::new(self, names, fragment);
        let node = lowering.lower(part)?;
        Ok(self.on_clock(node))
    }
}

/// Turns one rule into nodes.
struct Lowering<'g, 'n> {
    graph: &'g mut Graph,
    names: &'n Names<'n>,
    fragment: &'n Fragment,
    /// What was wrong in clauses before the last wrong one.
    errors: Vec<Diagnostic>,
    /// Whether an end of `between` is looked at, which alone may hold always.
    in_between: bool,
}

impl<'g, 'n> Lowering<'g, 'n> {
    fn new(graph: &'g mut Graph, names: &'n Names<'n>, fragment: &'n Fragment) -> Self {
        graph.set_events(names.events());
        Self { graph, names, fragment, errors: Vec::new(), in_between: false }
    }

    fn error(&self, part: &Expression, title: impl Into<String>, label: impl Into<String>) -> Diagnostic {
        self.fragment.error(title, part.span.clone(), label)
    }

    fn lower(&mut self, part: &Expression) -> Lowered<NodeId> {
        let id = self.node_of(part)?;
        let offset = self.fragment.offset;
        let span = part.span.start + offset..part.span.end + offset;
        self.graph.place(id, &self.fragment.source, span);
        Ok(id)
    }

    fn node_of(&mut self, part: &Expression) -> Lowered<NodeId> {
        match &part.syntax {
            Syntax::Value(value) => self.number(part, value),
            Syntax::Hole(index) => self.parameter(part, *index),
            Syntax::Market(index) => Ok(self.field(*index, Field::Close, Kind::Price)),
            Syntax::Events(_) => Err(self
                .error(part, "dated events stand here alone", "what of them?")
                .hint("say `a halving happens`, `within 30 days after a halving` or `the days since the last halving`")),
            Syntax::Bars(_) => {
                Err(self.error(part, "a length stands here alone", "expected a number or a market"))
            }
            Syntax::Call(function, arguments) => self.call(part, function, arguments),
            Syntax::Binary(Operator::And | Operator::Or, ..) | Syntax::Not(_) => self.condition(part),
            Syntax::Binary(operator, left, right) => self.binary(part, *operator, left, right),
            Syntax::Negate(inner) => {
                let id = self.value(inner)?;
                let node = self.graph.node(id).clone();
                Ok(self.graph.add(Node { operation: Operation::Negate(id), ..node }))
            }
        }
    }

    fn number(&mut self, part: &Expression, value: &Value) -> Lowered<NodeId> {
        let Value::Number { value, unit, .. } = value else {
            return Err(self
                .error(part, format!("`{}` is no number", value.text()), "a number is wanted here")
                .hint("`all` stands for a length, `none` for an exit or a cost"));
        };
        let kind = if *unit == Unit::Plain { Kind::Number } else { Kind::Fraction };
        Ok(self.graph.add(Node {
            operation: Operation::Number(*value),
            kind,
            frame: None,
            parameters: vec![],
        }))
    }

    fn parameter(&mut self, part: &Expression, index: usize) -> Lowered<NodeId> {
        let parameter = &self.names.parameters()[index];
        let mut kinds = Vec::new();
        for value in Choice::All(self.names.parameters()).values(index) {
            match value {
                Value::Number { unit: Unit::Plain, .. } => kinds.push(Kind::Number),
                Value::Number { .. } => kinds.push(Kind::Fraction),
                Value::Word(word) => {
                    return Err(self
                        .error(
                            part,
                            format!("`{{{}}}` can be `{word}`, which is no number", parameter.name),
                            "a number is wanted here",
                        )
                        .hint("`all` stands for a length, `none` for an exit or a cost"));
                }
            }
        }
        let kind = kinds[0];
        if kinds.iter().any(|other| *other != kind) {
            return Err(self.error(
                part,
                format!("the values of `{{{}}}` mix percentages and plain numbers", parameter.name),
                "which unit is meant?",
            ));
        }
        Ok(self.graph.add(Node {
            operation: Operation::Parameter(index),
            kind,
            frame: None,
            parameters: vec![index],
        }))
    }

    fn field(&mut self, market: usize, field: Field, kind: Kind) -> NodeId {
        let frame = Some(Frame::Series(market));
        self.graph.add(Node { operation: Operation::Field(field), kind, frame, parameters: vec![] })
    }

    /// A part that must be a number.
    fn value(&mut self, part: &Expression) -> Lowered<NodeId> {
        let id = self.lower(part)?;
        if self.graph.node(id).kind.is_truth() {
            return Err(self.error(part, "a number is wanted here", "this is true or false"));
        }
        Ok(id)
    }

    /// A part that must be true or false.
    fn condition(&mut self, part: &Expression) -> Lowered<NodeId> {
        match &part.syntax {
            Syntax::Binary(operator @ (Operator::And | Operator::Or), left, right) => {
                let left = self.condition(left);
                let right = match (&left, self.condition(right)) {
                    (Err(before), Err(error)) => {
                        self.errors.push(before.clone());
                        return Err(error);
                    }
                    (_, right) => right,
                };
                Ok(self.connect(*operator, left?, right?))
            }
            Syntax::Not(inner) => {
                let mut id = self.condition(inner)?;
                if self.graph.node(id).kind == Kind::Event {
                    // That an event did not happen is told at each decision, not at each bar of its series.
                    id = self.graph.on_clock(id);
                }
                let node = self.graph.node(id).clone();
                Ok(self.graph.add(Node { operation: Operation::Not(id), kind: Kind::Truth, ..node }))
            }
            _ => {
                let id = self.lower(part)?;
                let kind = self.graph.node(id).kind;
                if !kind.is_truth() {
                    let error =
                        self.error(part, "a rule is true or false", format!("this is {}", kind.describe()));
                    if let Syntax::Market(index) = part.syntax {
                        let name = &self.names.markets()[index].name;
                        return Err(error
                            .hint(format!("what of it? say it of each market: `{name} hits a high and …`")));
                    }
                    return Err(error.hint("compare it with something, as in `… > 20%` or `is above …`"));
                }
                Ok(id)
            }
        }
    }

    /// `and`, `or`. Parts of one series stay on its own bars; parts of several meet on the clock.
    fn connect(&mut self, operator: Operator, left: NodeId, right: NodeId) -> NodeId {
        let (mut left, mut right) = (left, right);
        let (a, b) = (self.graph.node(left), self.graph.node(right));
        let mixed_or = operator == Operator::Or && a.kind != b.kind;
        if a.frame != b.frame || mixed_or {
            left = self.graph.on_clock(left);
            right = self.graph.on_clock(right);
        }
        let event = [left, right].iter().any(|id| self.graph.node(*id).kind == Kind::Event);
        let kind = if event && !mixed_or { Kind::Event } else { Kind::Truth };
        self.join(operator, left, right, kind)
    }

    fn join(&mut self, operator: Operator, left: NodeId, right: NodeId, kind: Kind) -> NodeId {
        let (a, b) = (self.graph.node(left), self.graph.node(right));
        let parameters = union(&a.parameters, &b.parameters);
        let frame = a.frame.or(b.frame);
        self.graph.add(Node { operation: Operation::Binary(operator, left, right), kind, frame, parameters })
    }

    fn binary(
        &mut self,
        part: &Expression,
        operator: Operator,
        l: &Expression,
        r: &Expression,
    ) -> Lowered<NodeId> {
        let (mut left, mut right) = (self.value(l)?, self.value(r)?);
        let (a, b) = (self.graph.node(left), self.graph.node(right));
        let kind = match operator {
            Operator::Add | Operator::Subtract => self.sum_kind(part, a.kind, b.kind)?,
            Operator::Multiply => product_kind(a.kind, b.kind),
            Operator::Divide => {
                self.check_divisor(r, right)?;
                quotient_kind(a.kind, b.kind)
            }
            _ => {
                self.check_comparison(part, operator, (left, l), (right, r))?;
                Kind::Truth
            }
        };
        let (a, b) = (self.graph.node(left), self.graph.node(right));
        if a.frame.is_some() && b.frame.is_some() && a.frame != b.frame {
            left = self.graph.on_clock(left);
            right = self.graph.on_clock(right);
        }
        let id = self.join(operator, left, right, kind);
        if kind == Kind::Truth && self.graph.node(id).frame.is_none() {
            return Err(self
                .error(part, "this compares two numbers", "the same on every day")
                .hint("name a market on one side, as in `btc > 100000`"));
        }
        Ok(id)
    }

    fn sum_kind(&self, part: &Expression, a: Kind, b: Kind) -> Lowered<Kind> {
        match (a, b) {
            _ if a == b => Ok(a),
            (Kind::Number, other) | (other, Kind::Number) => Ok(other),
            _ => Err(self
                .error(part, "a price and a percentage cannot be added", "these units do not fit")
                .hint("to go 5% above a price, write `price * 1.05`")),
        }
    }

    fn call(
        &mut self,
        part: &Expression,
        function: &'static Function,
        arguments: &[Expression],
    ) -> Lowered<NodeId> {
        let index = registry().iter().position(|f| f.name == function.name).unwrap_or(0);
        match function.compute {
            Compute::TwoColumns(_) | Compute::Stepped(_) => {
                return self.two_columns(part, function, index, arguments);
            }
            Compute::Between => return self.between(part, arguments),
            Compute::Events(_) => return self.events(part, function, index, arguments),
            Compute::AtLeast => return self.at_least(part, arguments),
            Compute::Calendar(_) => {
                let (number, _) = self.length(&arguments[0], function.arguments[0].1)?;
                let operation = Operation::Calendar { function: index, number };
                let frame = Some(self.graph.clock());
                return Ok(self.graph.add(Node {
                    operation,
                    kind: Kind::Truth,
                    frame,
                    parameters: used(number),
                }));
            }
            _ => {}
        }
        let last = function.arguments.len() - 1;
        let (length, days) = match arguments.get(last) {
            Some(argument) if function.takes_length() => self.length(argument, function.arguments[last].1)?,
            _ => (Length::All, false),
        };
        let parameters = used(length);
        match function.compute {
            Compute::Field(field) => {
                let kind = kind_of(function, Kind::Price);
                self.market(&arguments[0]).map(|market| self.field(market, field, kind))
            }
            Compute::CloseAndHigh(_) | Compute::HighLowClose(_) => {
                let frame = Some(Frame::Series(self.market(&arguments[0])?));
                let operation = Operation::OfMarket { function: index, length, days };
                let kind = kind_of(function, Kind::Price);
                Ok(self.graph.add(Node { operation, kind, frame, parameters }))
            }
            Compute::Paired(_) => self.paired(part, index, arguments, (length, days)),
            _ => {
                let conditions = function.arguments[0].1 == Argument::Condition;
                let input =
                    if conditions { self.condition(&arguments[0])? } else { self.value(&arguments[0])? };
                let node = self.graph.node(input).clone();
                if node.frame.is_none() {
                    return Err(self.error(
                        &arguments[0],
                        "this is the same on every day",
                        "a market is wanted here",
                    ));
                }
                let operation = Operation::Call { function: index, input, length, days };
                let kind = kind_of(function, node.kind);
                let parameters = union(&node.parameters, &parameters);
                Ok(self.graph.add(Node { operation, kind, frame: node.frame, parameters }))
            }
        }
    }

    /// A function of the paired bars of two markets.
    fn paired(
        &mut self,
        part: &Expression,
        function: usize,
        arguments: &[Expression],
        (length, days): (Length, bool),
    ) -> Lowered<NodeId> {
        let (left, right) = (self.market(&arguments[0])?, self.market(&arguments[1])?);
        if left == right {
            return Err(self
                .error(part, "a market is compared with itself", "two different markets are wanted")
                .hint("name the other market, as in `correlation(btc, russell, 63)`"));
        }
        let entry = &registry()[function];
        let (shift, shift_days) = match entry.arguments.iter().position(|(name, _)| *name == "shift") {
            Some(at) => self.length(&arguments[at], Argument::Count)?,
            None => (Length::Fixed(0), false),
        };
        if matches!(shift, Length::Fixed(n) if n > LONGEST_SHIFT) {
            return Err(self.error(
                &arguments[2],
                "the shift is too long",
                format!("at most {LONGEST_SHIFT}"),
            ));
        }
        Ok(self.graph.add(Node {
            operation: Operation::Paired { function, length, days, shift, shift_days },
            kind: kind_of(entry, Kind::Number),
            frame: Some(Frame::Pair(left, right)),
            parameters: union(&used(length), &used(shift)),
        }))
    }

    /// A question about dated events, asked at the decisions of the clock.
    fn events(
        &mut self,
        part: &Expression,
        function: &Function,
        index: usize,
        arguments: &[Expression],
    ) -> Lowered<NodeId> {
        let Syntax::Events(events) = arguments[0].syntax else {
            return Err(self.error(&arguments[0], "dated events are wanted here", "not the name of events"));
        };
        let named = &self.names.events()[events];
        if function.ahead && matches!(named.source, EventsSource::Bundled(bundled) if !bundled.scheduled) {
            return Err(unscheduled(&named.name, |title| self.error(part, title, "looks ahead")));
        }
        let days = match arguments.get(1) {
            Some(argument) => match self.length(argument, Argument::Count)? {
                (days, true) => days,
                _ => return Err(self.error(argument, "days to or from an event are no bars", "write days")),
            },
            None => Length::All,
        };
        let operation = Operation::Events { function: index, events, days };
        let (frame, kind) = (Some(self.graph.clock()), kind_of(function, Kind::Number));
        Ok(self.graph.add(Node { operation, kind, frame, parameters: used(days) }))
    }

    /// Two comparisons, of which one may hold always.
    fn between(&mut self, part: &Expression, arguments: &[Expression]) -> Lowered<NodeId> {
        let (low, high) = (self.value(&arguments[1])?, self.value(&arguments[2])?);
        self.check_ends(part, (low, &arguments[1]), (high, &arguments[2]))?;
        let before = std::mem::replace(&mut self.in_between, true);
        let id = self.lower(&between(arguments));
        self.in_between = before;
        id
    }

    /// A function of two numbers: on their own bars where both have the same, else on the clock.
    fn two_columns(
        &mut self,
        part: &Expression,
        entry: &Function,
        function: usize,
        arguments: &[Expression],
    ) -> Lowered<NodeId> {
        let (mut left, mut right) = (self.value(&arguments[0])?, self.value(&arguments[1])?);
        let (a, b) = (self.graph.node(left).frame, self.graph.node(right).frame);
        if a.is_none() {
            return Err(self.error(
                &arguments[0],
                "this is the same on every day",
                "a market is wanted here",
            ));
        }
        self.check_crossing(part, entry, (left, &arguments[0]), (right, &arguments[1]))?;
        if matches!(entry.compute, Compute::Stepped(_)) {
            self.check_step((right, &arguments[1]))?;
        }
        if b.is_some() && a != b {
            left = self.graph.on_clock(left);
            right = self.graph.on_clock(right);
        }
        let (a, b) = (self.graph.node(left), self.graph.node(right));
        let (frame, parameters) = (a.frame, union(&a.parameters, &b.parameters));
        let operation = Operation::TwoColumns { function, left, right };
        let kind = kind_of(entry, a.kind);
        Ok(self.graph.add(Node { operation, kind, frame, parameters }))
    }

    /// So many of some conditions, which meet on the clock.
    fn at_least(&mut self, part: &Expression, arguments: &[Expression]) -> Lowered<NodeId> {
        let (number, _) = self.length(&arguments[0], Argument::Count)?;
        let many = arguments.len() - 1;
        if matches!(number, Length::Fixed(n) if n > many) {
            let error = self.error(part, "this can never be true", format!("there are {many} of them"));
            return Err(error.hint(format!("write at most {many}, or name more conditions")));
        }
        let mut parameters = used(number);
        let mut inputs = Vec::new();
        for condition in &arguments[1..] {
            let id = self.condition(condition)?;
            let id = self.graph.on_clock(id);
            parameters = union(&parameters, &self.graph.node(id).parameters);
            inputs.push(id);
        }
        let frame = Some(self.graph.clock());
        let operation = Operation::AtLeast(number, inputs);
        Ok(self.graph.add(Node { operation, kind: Kind::Truth, frame, parameters }))
    }

    fn market(&self, part: &Expression) -> Lowered<usize> {
        match part.syntax {
            Syntax::Market(index) => Ok(index),
            _ => Err(self.error(part, "a market's name is wanted here", "not a market")),
        }
    }

    /// The window an argument means, and whether it counts days rather than bars.
    fn length(&self, part: &Expression, argument: Argument) -> Lowered<(Length, bool)> {
        let wanted = |value: &Value| {
            let fits = match argument {
                Argument::Length => is_all(value) || value.bars().is_some(),
                _ => value.bars().is_some_and(|n| n <= argument.most()),
            };
            if fits {
                return Ok(());
            }
            let title = format!("`{}` does not fit here", value.text());
            let most = grouped(argument.most() as usize);
            Err(self
                .error(part, title, argument.describe())
                .hint(format!("write a whole number from 1 to {most}")))
        };
        match &part.syntax {
            Syntax::Bars(inner) => Ok((self.length(inner, argument)?.0, false)),
            Syntax::Value(value) => {
                wanted(value)?;
                Ok((value.bars().map_or(Length::All, |bars| Length::Fixed(bars as usize)), true))
            }
            Syntax::Hole(index) => {
                for value in Choice::All(self.names.parameters()).values(*index) {
                    wanted(value)?;
                }
                Ok((Length::Parameter(*index), true))
            }
            _ => Err(self.error(part, "a number of days is wanted here", argument.describe())),
        }
    }
}

/// The laggard may follow so many bars later; more is a slip of the keyboard.
const LONGEST_SHIFT: usize = 10_000;

/// `between(a, low, high)` as the two comparisons it stands for.
fn between(arguments: &[Expression]) -> Expression {
    let [value, low, high] = arguments else { return arguments[0].clone() };
    let compare = |operator, bound: &Expression| Expression {
        span: value.span.start.min(bound.span.start)..bound.span.end.max(value.span.end),
        syntax: Syntax::Binary(operator, Box::new(value.clone()), Box::new(bound.clone())),
    };
    let (above, below) = (compare(Operator::AtLeast, low), compare(Operator::AtMost, high));
    let span = above.span.start..below.span.end;
    Expression { span, syntax: Syntax::Binary(Operator::And, Box::new(above), Box::new(below)) }
}

/// Why nothing can be said of the days to events that nobody announced.
pub(super) fn unscheduled(name: &str, error: impl FnOnce(String) -> Diagnostic) -> Diagnostic {
    error(format!("nobody knows ahead when `{name}` comes"))
        .detail("a rule that counts down to it would see the future")
        .hint("look back instead: `within 30 days after …`, `the days since the last …`")
        .hint("a file of events with a column `announced` is a schedule, as fomc is")
}

/// The parameter a length takes its value from.
fn used(length: Length) -> Vec<usize> {
    if let Length::Parameter(parameter) = length { vec![parameter] } else { vec![] }
}

/// What a function gives, whose first argument is `first`.
fn kind_of(function: &Function, first: Kind) -> Kind {
    match function.gives {
        Gives::Kind(kind) => kind,
        Gives::SameAsFirst => first,
    }
}

fn product_kind(a: Kind, b: Kind) -> Kind {
    match (a, b) {
        (Kind::Price, _) | (_, Kind::Price) => Kind::Price,
        (Kind::Fraction, _) | (_, Kind::Fraction) => Kind::Fraction,
        _ => Kind::Number,
    }
}

fn quotient_kind(a: Kind, b: Kind) -> Kind {
    if a == b { Kind::Number } else { a }
}

fn union(a: &[usize], b: &[usize]) -> Vec<usize> {
    let mut all: Vec<usize> = a.iter().chain(b).copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}
