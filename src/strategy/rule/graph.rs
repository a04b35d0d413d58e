//! The parts of a rule, each once: what unit it has, on which bars it is computed, which parameters it needs.

use super::functions::{Argument, Compute, Function, Gives};
use super::lexer::Fragment;
use super::names::Names;
use super::parameters::{Choice, Parameter, Unit, Value};
use super::syntax::{Expression, Operator, Syntax};
use crate::base::diagnostic::Diagnostic;
use crate::market::indicators::Window;
use crate::market::series::{Field, Frame, Panel};

/// What a part of a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Money per unit.
    Price,
    /// A share of something: 20% is 0.2.
    Fraction,
    /// A plain number: a count, a volume, a correlation, a ratio.
    Number,
    /// True or false, until the next bar of its series.
    Truth,
    /// True once, at the first decision that knows of it.
    Event,
}

impl Kind {
    fn is_truth(self) -> bool {
        matches!(self, Self::Truth | Self::Event)
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Price => "a price",
            Self::Fraction => "a percentage",
            Self::Number => "a plain number",
            Self::Truth | Self::Event => "something true or false",
        }
    }
}

/// A part of a rule, by its number in the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(usize);

/// How many bars a window has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Length {
    All,
    Fixed(usize),
    Parameter(usize),
}

/// What a node computes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operation {
    Number(f64),
    Parameter(usize),
    Field(Field),
    Call {
        function: usize,
        input: NodeId,
        length: Option<Length>,
        days: bool,
    },
    CloseAndHigh {
        function: usize,
        length: Length,
        days: bool,
    },
    Paired {
        function: usize,
        length: Length,
        days: bool,
    },
    Binary(Operator, NodeId, NodeId),
    Not(NodeId),
    Negate(NodeId),
    /// The same, as the traded market's decisions see it.
    OnClock(NodeId),
}

/// A part of a rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) operation: Operation,
    pub(super) kind: Kind,
    /// The bars it is computed on; `None` for numbers and parameters.
    pub(super) frame: Option<Frame>,
    /// The parameters it depends on, in order.
    pub(super) parameters: Vec<usize>,
}

/// All parts of a strategy's rules. Equal parts are one node, and a node comes after what it needs.
#[derive(Debug, Clone)]
pub struct Graph {
    nodes: Vec<Node>,
    clock: Frame,
}

/// When a rule can first be told, on the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarmUp {
    /// From this bar of the clock on.
    From(usize),
    /// Never: the history is too short.
    Never,
}

type Lowered<T> = Result<T, Diagnostic>;

impl Graph {
    /// An empty graph whose clock is market number `traded`.
    pub fn new(traded: usize) -> Self {
        Self { nodes: Vec::new(), clock: Frame::Series(traded) }
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The frame of the traded market.
    pub(super) fn clock(&self) -> Frame {
        self.clock
    }

    /// The parameters a node depends on, in order.
    pub fn parameters(&self, id: NodeId) -> &[usize] {
        &self.nodes[id.0].parameters
    }

    /// Adds a rule; its node says true or false on every bar of the clock.
    ///
    /// # Errors
    /// Where units do not fit or the rule is no question of true or false, with the place.
    pub fn add_rule(&mut self, rule: &Expression, names: &Names<'_>, fragment: &Fragment) -> Lowered<NodeId> {
        let mut lowering = Lowering { graph: self, names, fragment };
        let node = lowering.condition(rule)?;
        Ok(self.on_clock(node))
    }

    /// Adds a part of a rule as the clock sees it, to be looked at.
    ///
    /// # Errors
    /// As [`Graph::add_rule`].
    pub fn add_measure(
        &mut self,
        part: &Expression,
        names: &Names<'_>,
        fragment: &Fragment,
    ) -> Lowered<NodeId> {
        let mut lowering = Lowering { graph: self, names, fragment };
        let node = lowering.lower(part)?;
        Ok(self.on_clock(node))
    }

    fn add(&mut self, node: Node) -> NodeId {
        if let Some(known) = self.nodes.iter().position(|other| *other == node) {
            return NodeId(known);
        }
        self.nodes.push(node);
        NodeId(self.nodes.len() - 1)
    }

    fn on_clock(&mut self, id: NodeId) -> NodeId {
        let node = self.node(id);
        if node.frame.is_none_or(|frame| frame == self.clock) {
            return id;
        }
        let parameters = node.parameters.clone();
        let kind = node.kind;
        self.add(Node { operation: Operation::OnClock(id), kind, frame: Some(self.clock), parameters })
    }

    /// Checks new values of the parameters where the rules use them: lengths stay lengths, numbers keep their
    /// unit.
    ///
    /// # Errors
    /// Says which value does not fit, and why.
    pub fn check_values(&self, parameters: &[Parameter]) -> Result<(), String> {
        for node in &self.nodes {
            match &node.operation {
                Operation::Parameter(index) => {
                    for value in Choice::All(parameters).values(*index) {
                        let kind = match value {
                            Value::Number { unit: Unit::Plain, .. } => Kind::Number,
                            Value::Number { .. } => Kind::Fraction,
                            Value::Word(word) => {
                                return Err(format!("`{word}` is no number, and the rule needs one"));
                            }
                        };
                        if kind != node.kind {
                            return Err(format!(
                                "`{}` is {}, and the rule needs {}",
                                value.text(),
                                kind.describe(),
                                node.kind.describe()
                            ));
                        }
                    }
                }
                Operation::Call { function, length: Some(Length::Parameter(index)), .. }
                | Operation::CloseAndHigh { function, length: Length::Parameter(index), .. }
                | Operation::Paired { function, length: Length::Parameter(index), .. } => {
                    let all = super::functions::registry()[*function]
                        .arguments
                        .iter()
                        .any(|(_, a)| *a == Argument::Length);
                    for value in Choice::All(parameters).values(*index) {
                        if !(value.bars().is_some() || all && window(value).is_some()) {
                            return Err(format!("`{}` is no number of days", value.text()));
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The first bar of the clock at which `id` can be told, for the given values of the parameters: the
    /// latest over all of them.
    pub fn warm_up(&self, id: NodeId, choice: Choice<'_>, panel: &Panel) -> WarmUp {
        match self.rows_needed(id, choice, panel) {
            Some(bar) if bar < panel.len() => WarmUp::From(bar),
            _ => WarmUp::Never,
        }
    }

    /// The first row of the node's own frame that has a value; `None` where no row has.
    fn rows_needed(&self, id: NodeId, choice: Choice<'_>, panel: &Panel) -> Option<usize> {
        let both = |a: NodeId, b: NodeId| {
            Some(self.rows_needed(a, choice, panel)?.max(self.rows_needed(b, choice, panel)?))
        };
        match &self.node(id).operation {
            Operation::Number(_) | Operation::Parameter(_) | Operation::Field(_) => Some(0),
            Operation::Call { function, input, length, .. } => {
                let before = self.rows_needed(*input, choice, panel)?;
                Some(before + length.map_or(0, |length| longest(*function, length, choice)))
            }
            Operation::CloseAndHigh { function, length, .. } | Operation::Paired { function, length, .. } => {
                Some(longest(*function, *length, choice))
            }
            Operation::Binary(_, left, right) => both(*left, *right),
            Operation::Not(inner) | Operation::Negate(inner) => self.rows_needed(*inner, choice, panel),
            Operation::OnClock(inner) => {
                let row = self.rows_needed(*inner, choice, panel)?;
                match self.node(*inner).frame? {
                    Frame::Series(series) => panel.view_of(series).first_bar_with(row),
                    Frame::Pair(left, right) => {
                        let pairs = panel.pairs(left, right);
                        panel.view(&pairs.known_at, pairs.stale_after_days).first_bar_with(row)
                    }
                }
            }
        }
    }
}

/// The most rows a function needs before its first value, over the values in question.
fn longest(function: usize, length: Length, choice: Choice<'_>) -> usize {
    let warm_up = super::functions::registry()[function].warm_up;
    match length {
        Length::All => warm_up(Window::All),
        Length::Fixed(n) => warm_up(Window::Bars(n)),
        Length::Parameter(index) => {
            choice.values(index).into_iter().filter_map(window).map(warm_up).max().unwrap_or(0)
        }
    }
}

/// The window a value stands for; `None` where it is no length.
pub(super) fn window(value: &Value) -> Option<Window> {
    match value {
        Value::Word(word) if word == "all" => Some(Window::All),
        value => value.bars().map(Window::Bars),
    }
}

/// Turns one rule into nodes.
struct Lowering<'g, 'n> {
    graph: &'g mut Graph,
    names: &'n Names<'n>,
    fragment: &'n Fragment,
}

impl Lowering<'_, '_> {
    fn error(&self, part: &Expression, title: impl Into<String>, label: impl Into<String>) -> Diagnostic {
        self.fragment.error(title, part.span.clone(), label)
    }

    fn lower(&mut self, part: &Expression) -> Lowered<NodeId> {
        match &part.syntax {
            Syntax::Value(value) => self.number(part, value),
            Syntax::Hole(index) => self.parameter(part, *index),
            Syntax::Market(index) => Ok(self.field(*index, Field::Close, Kind::Price)),
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
                let (left, right) = (self.condition(left)?, self.condition(right)?);
                Ok(self.connect(*operator, left, right))
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
                    return Err(self
                        .error(part, "a rule is true or false", format!("this is {}", kind.describe()))
                        .hint("compare it with something, as in `… > 20%` or `is above …`"));
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
            Operator::Divide => quotient_kind(a.kind, b.kind),
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
            return Err(self.error(part, "this compares two numbers", "the same on every day"));
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

    fn check_comparison(
        &self,
        part: &Expression,
        operator: Operator,
        (left, l): (NodeId, &Expression),
        (right, r): (NodeId, &Expression),
    ) -> Lowered<()> {
        let (a, b) = (self.graph.node(left).kind, self.graph.node(right).kind);
        if matches!((a, b), (Kind::Price, Kind::Fraction) | (Kind::Fraction, Kind::Price)) {
            return Err(self
                .error(part, "a price cannot be compared with a percentage", format!("{} against {}", a.describe(), b.describe()))
                .hint("say what the percentage is of: `is over 20% below its high`, `has risen over 5% in 21 days`"));
        }
        for ((number, written), other) in [((right, r), a), ((left, l), b)] {
            let too_large =
                self.constants(number).is_some_and(|values| values.iter().any(|v| v.abs() >= 5.0));
            if other == Kind::Fraction && self.graph.node(number).kind == Kind::Number && too_large {
                let text = &self.fragment.text[written.span.clone()];
                return Err(self
                    .error(written, "a percentage is compared with a plain number", "1 means 100% here")
                    .hint(format!("write `{text}%` if percent is meant")));
            }
        }
        self.check_possible(part, operator, left, right)
    }

    /// The values a number or a parameter can take.
    fn constants(&self, id: NodeId) -> Option<Vec<f64>> {
        match self.graph.node(id).operation {
            Operation::Number(value) => Some(vec![value]),
            Operation::Parameter(index) => Some(
                Choice::All(self.names.parameters())
                    .values(index)
                    .iter()
                    .filter_map(|v| v.number())
                    .collect(),
            ),
            _ => None,
        }
    }

    /// A drawdown lies between 0 and 100%.
    fn check_possible(
        &self,
        part: &Expression,
        operator: Operator,
        left: NodeId,
        right: NodeId,
    ) -> Lowered<()> {
        let (Operation::Call { function, .. } | Operation::CloseAndHigh { function, .. }) =
            &self.graph.node(left).operation
        else {
            return Ok(());
        };
        let function = &super::functions::registry()[*function];
        if !function.name.starts_with("drawdown") {
            return Ok(());
        }
        let impossible = |value: &f64| match operator {
            Operator::More | Operator::AtLeast => *value >= 1.0,
            Operator::Less => *value <= 0.0,
            Operator::AtMost => *value < 0.0,
            _ => false,
        };
        match self.constants(right) {
            Some(values) if !values.is_empty() && values.iter().all(impossible) => Err(self
                .error(part, "this can never be true", "a distance below a high lies between 0% and 100%")
                .hint("write the distance as a positive percentage below 100%")),
            _ => Ok(()),
        }
    }

    fn call(
        &mut self,
        part: &Expression,
        function: &'static Function,
        arguments: &[Expression],
    ) -> Lowered<NodeId> {
        let index = super::functions::registry().iter().position(|f| f.name == function.name).unwrap_or(0);
        let last = function.arguments.len() - 1;
        let takes_length = matches!(function.arguments[last].1, Argument::Length | Argument::Count);
        let (length, days) = match arguments.get(last) {
            Some(argument) if takes_length => self.length(argument, function.arguments[last].1)?,
            _ => (Length::All, false),
        };
        let parameters = if let Length::Parameter(parameter) = length { vec![parameter] } else { vec![] };
        match function.compute {
            Compute::Field(field) => {
                let kind = kind_of(function, Kind::Price);
                self.market(&arguments[0]).map(|market| self.field(market, field, kind))
            }
            Compute::CloseAndHigh(_) => {
                let frame = Some(Frame::Series(self.market(&arguments[0])?));
                let operation = Operation::CloseAndHigh { function: index, length, days };
                let kind = kind_of(function, Kind::Price);
                Ok(self.graph.add(Node { operation, kind, frame, parameters }))
            }
            Compute::Paired(_) => {
                let (left, right) = (self.market(&arguments[0])?, self.market(&arguments[1])?);
                if left == right {
                    return Err(self.error(
                        part,
                        "a market is compared with itself",
                        "two different markets are wanted",
                    ));
                }
                let frame = Some(Frame::Pair(left, right));
                let operation = Operation::Paired { function: index, length, days };
                let kind = kind_of(function, Kind::Number);
                Ok(self.graph.add(Node { operation, kind, frame, parameters }))
            }
            Compute::Numbers(_) | Compute::Truths(_) | Compute::Conditions(_) => {
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
                let operation = Operation::Call { function: index, input, length: Some(length), days };
                let kind = kind_of(function, node.kind);
                let parameters = union(&node.parameters, &parameters);
                Ok(self.graph.add(Node { operation, kind, frame: node.frame, parameters }))
            }
        }
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
                Argument::Length => window(value).is_some(),
                _ => value.bars().is_some(),
            };
            if fits {
                return Ok(());
            }
            Err(self
                .error(part, format!("`{}` is no number of days", value.text()), argument.describe())
                .hint("write a whole number of at least 1, as in 63"))
        };
        match &part.syntax {
            Syntax::Bars(inner) => Ok((self.length(inner, argument)?.0, false)),
            Syntax::Value(value) => {
                wanted(value)?;
                Ok((value.bars().map_or(Length::All, Length::Fixed), true))
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
