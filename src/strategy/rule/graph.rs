//! The parts of a rule, each once: what unit it has, on which bars it is computed, which parameters it needs.

use super::functions::Argument;
use super::kind::Kind;
use super::parameters::{Choice, Parameter, Unit, Value};
use super::syntax::Operator;
use crate::market::indicators::Window;
use crate::market::series::{Field, Frame, Panel};

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
    OfMarket {
        function: usize,
        length: Length,
        days: bool,
    },
    Paired {
        function: usize,
        length: Length,
        days: bool,
    },
    TwoColumns {
        function: usize,
        left: NodeId,
        right: NodeId,
    },
    AtLeast(Length, Vec<NodeId>),
    Calendar {
        function: usize,
        number: Length,
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

    /// Whether a node is true or false rather than a number.
    pub fn is_truth(&self, id: NodeId) -> bool {
        self.nodes[id.0].kind.is_truth()
    }

    /// The parameters a node depends on, in order.
    pub fn parameters(&self, id: NodeId) -> &[usize] {
        &self.nodes[id.0].parameters
    }

    /// The rules that `id` joins by `and`; it alone where it joins none.
    pub fn conjuncts(&self, id: NodeId) -> Vec<NodeId> {
        match self.node(id).operation {
            Operation::Binary(Operator::And, left, right) => {
                [self.conjuncts(left), self.conjuncts(right)].concat()
            }
            _ => vec![id],
        }
    }

    /// The number of a part, which is added unless it is there already.
    pub(super) fn add(&mut self, node: Node) -> NodeId {
        if let Some(known) = self.nodes.iter().position(|other| *other == node) {
            return NodeId(known);
        }
        self.nodes.push(node);
        NodeId(self.nodes.len() - 1)
    }

    /// The part as the traded market's decisions see it.
    pub(super) fn on_clock(&mut self, id: NodeId) -> NodeId {
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
                Operation::AtLeast(Length::Parameter(index), _)
                | Operation::Calendar { number: Length::Parameter(index), .. } => {
                    if let Some(value) =
                        Choice::All(parameters).values(*index).iter().find(|v| v.bars().is_none())
                    {
                        return Err(format!("`{}` is no whole number of at least 1", value.text()));
                    }
                }
                Operation::Call { function, length: Some(Length::Parameter(index)), .. }
                | Operation::OfMarket { function, length: Length::Parameter(index), .. }
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
            Operation::Number(_)
            | Operation::Parameter(_)
            | Operation::Field(_)
            | Operation::Calendar { .. } => Some(0),
            Operation::Call { function, input, length, .. } => {
                let before = self.rows_needed(*input, choice, panel)?;
                Some(before + length.map_or(0, |length| longest(*function, length, choice)))
            }
            Operation::OfMarket { function, length, .. } | Operation::Paired { function, length, .. } => {
                Some(longest(*function, *length, choice))
            }
            Operation::TwoColumns { left, right, .. } => both(*left, *right).map(|row| row + 1),
            Operation::AtLeast(_, inputs) => inputs
                .iter()
                .try_fold(0, |latest, &input| Some(self.rows_needed(input, choice, panel)?.max(latest))),
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
