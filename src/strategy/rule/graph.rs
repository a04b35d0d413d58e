//! The parts of a rule, each once: what unit it has, on which bars it is computed, which parameters it needs.

use std::ops::Range;

use super::functions::{Argument, Compute, registry};
use super::kind::Kind;
use super::names::EventsName;
use super::parameters::{Choice, Parameter, Unit, Value};
use super::sessions::{has_sessions, sessions};
use super::syntax::Operator;
use crate::base::calendar::Instant;
use crate::base::diagnostic::{Diagnostic, Source};
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
        length: Length,
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
        shift: Length,
        shift_days: bool,
    },
    Events {
        function: usize,
        events: usize,
        days: Length,
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
    /// Where each was first written, for messages.
    places: Vec<Option<(Source, Range<usize>)>>,
    clock: Frame,
    events: Vec<EventsName>,
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
        Self { nodes: Vec::new(), places: Vec::new(), clock: Frame::Series(traded), events: Vec::new() }
    }

    /// All nodes, in order.
    pub(super) fn ids(&self) -> impl Iterator<Item = NodeId> {
        (0..self.nodes.len()).map(NodeId)
    }

    /// Notes where a part was written, unless it was written before.
    pub(super) fn place(&mut self, id: NodeId, source: &Source, span: Range<usize>) {
        self.places[id.0].get_or_insert_with(|| (source.clone(), span));
    }

    /// A message about a part, at the place where it was written.
    pub(super) fn told_at(
        &self,
        id: NodeId,
        title: impl Into<String>,
        label: impl Into<String>,
    ) -> Diagnostic {
        let error = Diagnostic::new(title);
        match (&self.places[id.0], &self.node(id).operation) {
            (Some((source, span)), _) => error.at(source, span.clone(), label),
            // What the clock sees of a part stands where the part does.
            (None, Operation::OnClock(inner)) => self.told_at(*inner, error.title(), label),
            (None, _) => error.detail(label),
        }
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The dated events that rules name: a panel must hold them by these numbers.
    pub fn events(&self) -> &[EventsName] {
        &self.events
    }

    /// Takes over the events that have been named by now.
    pub(super) fn set_events(&mut self, events: &[EventsName]) {
        self.events = events.to_vec();
    }

    /// The frame of the traded market.
    pub(super) fn clock(&self) -> Frame {
        self.clock
    }

    /// Whether a node is true or false rather than a number.
    pub fn is_truth(&self, id: NodeId) -> bool {
        self.nodes[id.0].kind.is_truth()
    }

    /// What unit a node has.
    pub fn kind(&self, id: NodeId) -> Kind {
        self.nodes[id.0].kind
    }

    /// The parameters a node depends on, in order.
    pub fn parameters(&self, id: NodeId) -> &[usize] {
        &self.nodes[id.0].parameters
    }

    /// Whether a node is computed from a market's bars.
    pub fn looks_at(&self, id: NodeId, market: usize) -> bool {
        let node = self.node(id);
        let own = match (node.frame, &node.operation) {
            // A number that has come to the clock is one of the bars it was computed on.
            (_, Operation::OnClock(_)) | (None, _) => false,
            (Some(Frame::Series(series)), _) => series == market,
            (Some(Frame::Pair(left, right)), _) => left == market || right == market,
        };
        own || self.inputs(id).into_iter().any(|input| self.looks_at(input, market))
    }

    /// Whether a node looks back over the whole history of a market, for any of the given values of the parameters.
    pub fn looks_at_all_of(&self, id: NodeId, market: usize, choice: Choice<'_>) -> bool {
        let node = self.node(id);
        let own = match node.operation {
            Operation::Call { length, .. } | Operation::OfMarket { length, .. } => {
                node.frame == Some(Frame::Series(market)) && lengths(length, choice).contains(&None)
            }
            _ => false,
        };
        own || self.inputs(id).into_iter().any(|input| self.looks_at_all_of(input, market, choice))
    }

    /// The nodes a node is computed from.
    fn inputs(&self, id: NodeId) -> Vec<NodeId> {
        match &self.node(id).operation {
            Operation::Call { input, .. } => vec![*input],
            Operation::TwoColumns { left, right, .. } | Operation::Binary(_, left, right) => {
                vec![*left, *right]
            }
            Operation::AtLeast(_, inputs) => inputs.clone(),
            Operation::Not(inner) | Operation::Negate(inner) | Operation::OnClock(inner) => vec![*inner],
            _ => Vec::new(),
        }
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
        self.places.push(None);
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
                Operation::AtLeast(Length::Parameter(index), _) => {
                    let mut values = Choice::All(parameters).values(*index).into_iter();
                    if let Some(value) = values.find(|value| value.bars().is_none()) {
                        return Err(format!("`{}` is no whole number of at least 1", value.text()));
                    }
                }
                Operation::Calendar { function, number: Length::Parameter(index) } => {
                    let argument = registry()[*function].arguments[0].1;
                    let fits = |value: &Value| value.bars().is_some_and(|n| n <= argument.most());
                    let mut values = Choice::All(parameters).values(*index).into_iter();
                    if let Some(value) = values.find(|value| !fits(value)) {
                        return Err(format!("`{}` is not {}", value.text(), argument.describe()));
                    }
                }
                Operation::Call { function, length, .. } | Operation::OfMarket { function, length, .. } => {
                    check_length(*function, *length, parameters)?;
                }
                Operation::Paired { function, length, shift, .. } => {
                    check_length(*function, *length, parameters)?;
                    check_length(*function, *shift, parameters)?;
                }
                Operation::Events { function, days, .. } => check_length(*function, *days, parameters)?,
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

    /// A message about the part of `id` that looks back further than its history goes, at the place where it was
    /// written; `None` where there is no such part.
    pub fn too_long(&self, id: NodeId, choice: Choice<'_>, panel: &Panel) -> Option<Diagnostic> {
        let rows = match self.node(id).frame {
            None => return None,
            Some(Frame::Series(member)) => panel.members()[member].len(),
            Some(Frame::Pair(left, right)) => panel.pairs(left, right).left.len(),
        };
        if self.rows_needed(id, choice, panel).is_some_and(|row| row < rows) {
            return None;
        }
        let deeper = self.inputs(id).into_iter().find_map(|input| self.too_long(input, choice, panel));
        let title = "the history is too short for the rule's longest look-back";
        Some(deeper.unwrap_or_else(|| self.told_at(id, title, "looks back further than there is history")))
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
            | Operation::Events { .. }
            | Operation::Calendar { .. } => Some(0),
            Operation::Call { function, input, length, days } => {
                let before = self.rows_needed(*input, choice, panel)?;
                let frame = self.node(id).frame.filter(|_| *days);
                latest(*function, *length, choice, before, frame, panel)
            }
            Operation::OfMarket { function, length, days } => {
                let frame = self.node(id).frame.filter(|_| *days);
                latest(*function, *length, choice, 0, frame, panel)
            }
            Operation::Paired { function, length, days, shift, shift_days } => {
                let frame = self.node(id).frame;
                let shifts = lengths(*shift, choice).into_iter().flatten();
                // The first row whose partner has a change, less the row that changes need.
                let first = shifts
                    .map(|n| {
                        with_window(Some(n), frame.filter(|_| *shift_days), panel, |w| w.first_before(1))
                    })
                    .try_fold(0, |latest, first| Some(first?.saturating_sub(1).max(latest)))?;
                latest(*function, *length, choice, first, frame.filter(|_| *days), panel)
            }
            Operation::TwoColumns { function, left, right } => {
                registry()[*function].warm_up.first(Window::All, both(*left, *right)?)
            }
            Operation::AtLeast(_, inputs) => inputs
                .iter()
                .try_fold(0, |latest, &input| Some(self.rows_needed(input, choice, panel)?.max(latest))),
            Operation::Binary(_, left, right) => both(*left, *right),
            Operation::Not(inner) | Operation::Negate(inner) => self.rows_needed(*inner, choice, panel),
            Operation::OnClock(inner) => {
                let row = self.rows_needed(*inner, choice, panel)?;
                let known_at = match self.node(*inner).frame? {
                    Frame::Series(series) => panel.members()[series].rows().known_at.get(row).copied(),
                    Frame::Pair(left, right) => panel.pairs(left, right).known_at.get(row).copied(),
                };
                panel.first_bar_by(Instant::from_micros(known_at?))
            }
        }
    }
}

/// The first row with a value over all lengths in question, where the input's first is row `before`; `None` where
/// there is none. `frame` is said where days are counted.
fn latest(
    function: usize,
    length: Length,
    choice: Choice<'_>,
    before: usize,
    frame: Option<Frame>,
    panel: &Panel,
) -> Option<usize> {
    let function = &registry()[function];
    let frame = frame.filter(|_| !counts_bars(function.compute));
    lengths(length, choice).into_iter().try_fold(before, |latest, n| {
        let first = with_window(n, frame, panel, |window| function.warm_up.first(window, before))?;
        Some(first.max(latest))
    })
}

/// Gives `of` the window of `n` bars, or of `n` sessions where a frame of shorter bars is said; of all bars without `n`.
fn with_window<T>(
    n: Option<usize>,
    frame: Option<Frame>,
    panel: &Panel,
    of: impl FnOnce(Window<'_>) -> T,
) -> T {
    let Some(n) = n else { return of(Window::All) };
    let Some(frame) = frame.filter(|frame| has_sessions(*frame, panel)) else { return of(Window::Bars(n)) };
    let pairs = match frame {
        Frame::Pair(left, right) => Some(panel.pairs(left, right)),
        Frame::Series(_) => None,
    };
    of(Window::Sessions(&sessions(frame, panel, pairs.as_ref(), n)))
}

/// Whether a function smooths over a number of bars and knows no window of sessions.
pub(super) fn counts_bars(compute: Compute) -> bool {
    matches!(compute, Compute::Smoothed(_) | Compute::HighLowClose(_))
}

/// The numbers of bars a length can mean, `None` for all of them.
fn lengths(length: Length, choice: Choice<'_>) -> Vec<Option<usize>> {
    match length {
        Length::All => vec![None],
        Length::Fixed(n) => vec![Some(n)],
        Length::Parameter(index) => {
            choice.values(index).into_iter().map(|value| value.bars().map(|bars| bars as usize)).collect()
        }
    }
}

/// Whether every value of a parameter is a length where a function wants one.
fn check_length(function: usize, length: Length, parameters: &[Parameter]) -> Result<(), String> {
    let Length::Parameter(index) = length else { return Ok(()) };
    let all = registry()[function].arguments.iter().any(|(_, argument)| *argument == Argument::Length);
    let fits = |value: &&Value| value.bars().is_some() || all && is_all(value);
    match Choice::All(parameters).values(index).into_iter().find(|value| !fits(value)) {
        Some(value) => Err(format!("`{}` is not a number of days", value.text())),
        None => Ok(()),
    }
}

/// Whether a value is the word `all`.
pub(super) fn is_all(value: &Value) -> bool {
    matches!(value, Value::Word(word) if word == "all")
}
