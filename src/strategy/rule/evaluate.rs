//! Computes the parts of a rule on a panel, each once for every distinct value of its own parameters.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use super::functions::{Compute, OfEvents, registry};
use super::graph::{Graph, Length, NodeId, Operation};
use super::kind::Kind;
use super::parameters::Assignment;
use super::sessions::{has_sessions, sessions};
use super::syntax::Operator;
use crate::base::diagnostic::{Diagnostic, Result};
use crate::market::events::Events;
use crate::market::indicators::{Sessions, Truth, Window};
use crate::market::series::{Field, Frame, Pairs, Panel, View};

/// The values of a node: one for all bars, or one per bar of its frame.
#[derive(Debug, Clone)]
enum Column<'a> {
    Scalar(f64),
    Numbers(Numbers<'a>),
    Truths(Arc<[Truth]>),
}

/// Numbers of a series as they stand there, or computed ones. Neither is copied.
#[derive(Debug, Clone)]
enum Numbers<'a> {
    Read(&'a [f64]),
    Made(Arc<Vec<f64>>),
}

impl Deref for Numbers<'_> {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        match self {
            Self::Read(numbers) => numbers,
            Self::Made(numbers) => numbers,
        }
    }
}

impl<'a> From<&'a [f64]> for Numbers<'a> {
    fn from(numbers: &'a [f64]) -> Self {
        Self::Read(numbers)
    }
}

impl From<Vec<f64>> for Numbers<'_> {
    fn from(numbers: Vec<f64>) -> Self {
        Self::Made(Arc::new(numbers))
    }
}

impl FromIterator<f64> for Numbers<'_> {
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> Self {
        numbers.into_iter().collect::<Vec<_>>().into()
    }
}

/// Evaluates a graph on one panel. The graph's market `i` is the panel's member `i`.
pub struct Evaluator<'a> {
    graph: &'a Graph,
    panel: &'a Panel,
    /// By node and the values of its own parameters.
    columns: BTreeMap<(NodeId, Vec<String>), Column<'a>>,
    views: BTreeMap<Frame, Arc<View>>,
    pairs: BTreeMap<Frame, Arc<Pairs>>,
    /// Windows of so many sessions.
    sessions: BTreeMap<(Frame, usize), Arc<Sessions>>,
}

impl<'a> Evaluator<'a> {
    /// Nothing is computed yet.
    pub fn new(graph: &'a Graph, panel: &'a Panel) -> Self {
        Self {
            graph,
            panel,
            columns: BTreeMap::new(),
            views: BTreeMap::new(),
            pairs: BTreeMap::new(),
            sessions: BTreeMap::new(),
        }
    }

    /// Whether a rule is true, one answer per bar of the clock.
    ///
    /// # Errors
    /// Where a series lacks a column the rule needs, or counts days on bars shorter than a day.
    pub fn truths(&mut self, rule: NodeId, values: &Assignment) -> Result<Arc<[Truth]>> {
        match self.column(rule, values)? {
            Column::Truths(truths) => Ok(truths),
            Column::Numbers(_) | Column::Scalar(_) => {
                Err(Diagnostic::new("a number stands where a rule is wanted").into())
            }
        }
    }

    /// As [`Evaluator::truths`], without keeping the answer itself: for a rule that is asked once for each of
    /// very many values. Its parts are kept.
    ///
    /// # Errors
    /// As [`Evaluator::truths`].
    pub fn truths_once(&mut self, rule: NodeId, values: &Assignment) -> Result<Arc<[Truth]>> {
        match self.compute(rule, values)? {
            Column::Truths(truths) => Ok(truths),
            Column::Numbers(_) | Column::Scalar(_) => {
                Err(Diagnostic::new("a number stands where a rule is wanted").into())
            }
        }
    }

    /// What a measured part is, one number per bar of the clock: truths as 1 and 0; `None` where missing.
    ///
    /// # Errors
    /// As [`Evaluator::truths`].
    pub fn measures(&mut self, part: NodeId, values: &Assignment) -> Result<Vec<Option<f64>>> {
        Ok(match self.column(part, values)? {
            Column::Scalar(value) => vec![Some(value); self.panel.len()],
            Column::Numbers(numbers) => numbers.iter().map(|n| (!n.is_nan()).then_some(*n)).collect(),
            Column::Truths(truths) => truths
                .iter()
                .map(|truth| match truth {
                    Truth::True => Some(1.0),
                    Truth::False => Some(0.0),
                    Truth::Missing => None,
                })
                .collect(),
        })
    }

    fn column(&mut self, id: NodeId, values: &Assignment) -> Result<Column<'a>> {
        let own = self.graph.parameters(id).iter().map(|&index| values.0[index].text().to_owned()).collect();
        let key = (id, own);
        if let Some(column) = self.columns.get(&key) {
            return Ok(column.clone());
        }
        let column = self.compute(id, values)?;
        self.columns.insert(key, column.clone());
        Ok(column)
    }

    fn compute(&mut self, id: NodeId, values: &Assignment) -> Result<Column<'a>> {
        if let Some(refusal) = self.graph.refusal(id, self.panel) {
            return Err(refusal.into());
        }
        let node = self.graph.node(id);
        match &node.operation {
            Operation::Number(value) => Ok(Column::Scalar(*value)),
            Operation::Parameter(index) => Ok(Column::Scalar(values.0[*index].number().unwrap_or(f64::NAN))),
            Operation::Field(field) => self.field(node.frame, *field).map(|c| Column::Numbers(c.into())),
            Operation::Call { function, input, length, days } => {
                let input = self.column(*input, values)?;
                let compute = registry()[*function].compute;
                let span = self.span(node.frame, (*length, *days), values);
                let window = span.window();
                Ok(match (compute, &input) {
                    (Compute::Numbers(of), Column::Numbers(column)) => {
                        Column::Numbers(of(column, window).into())
                    }
                    (Compute::Smoothed(of), Column::Numbers(column)) => {
                        Column::Numbers(of(column, span.bars(column.len())).into())
                    }
                    (Compute::Truths(of), Column::Numbers(column)) => {
                        Column::Truths(of(column, window).into())
                    }
                    (Compute::Conditions(of), Column::Truths(truths)) => {
                        Column::Truths(of(truths, window).into())
                    }
                    (Compute::Counts(of), Column::Truths(truths)) => {
                        Column::Numbers(of(truths, window).into())
                    }
                    _ => input,
                })
            }
            Operation::OfMarket { function, length, days } => {
                let span = self.span(node.frame, (*length, *days), values);
                self.of_market(node.frame, *function, &span)
            }
            Operation::TwoColumns { function, left, right } => {
                let (left, right) = (self.column(*left, values)?, self.column(*right, values)?);
                let rows = rows(&left).max(rows(&right));
                let numbers = |column: &Column<'_>| (0..rows).map(|row| at(column, row)).collect::<Vec<_>>();
                Ok(match registry()[*function].compute {
                    Compute::TwoColumns(of) => Column::Truths(of(&numbers(&left), &numbers(&right)).into()),
                    Compute::Stepped(of) => Column::Numbers(of(&numbers(&left), &numbers(&right)).into()),
                    _ => left,
                })
            }
            Operation::AtLeast(number, inputs) => self.at_least(*number, inputs, values),
            Operation::Calendar { function, number } => {
                let wanted = bars_of(*number, values);
                let dates = (0..self.panel.len()).map(|t| self.panel.label(t).calendar_date());
                Ok(match registry()[*function].compute {
                    Compute::Calendar(of) => {
                        Column::Truths(dates.map(|date| Truth::from(of(date, wanted))).collect())
                    }
                    _ => Column::Scalar(f64::NAN),
                })
            }
            Operation::Paired { function, length, days, shift, shift_days } => {
                let span = self.span(node.frame, (*length, *days), values);
                let shift = self.span(node.frame, (*shift, *shift_days), values);
                self.paired(node.frame, *function, &span, &shift)
            }
            Operation::Events { function, events, days } => {
                self.of_events(*function, *events, bars_of(*days, values))
            }
            Operation::Binary(operator, left, right) => {
                let (left, right) = (self.column(*left, values)?, self.column(*right, values)?);
                Ok(combine(*operator, &left, &right))
            }
            Operation::Not(inner) => Ok(match self.column(*inner, values)? {
                Column::Truths(truths) => Column::Truths(truths.iter().map(|truth| truth.negate()).collect()),
                other => other,
            }),
            Operation::Negate(inner) => Ok(match self.column(*inner, values)? {
                Column::Scalar(value) => Column::Scalar(-value),
                Column::Numbers(numbers) => Column::Numbers(numbers.iter().map(|n| -n).collect()),
                other @ Column::Truths(_) => other,
            }),
            Operation::OnClock(inner) => self.on_clock(*inner, values),
        }
    }

    /// The window a length means: on bars shorter than a day, days are sessions.
    fn span(&mut self, frame: Option<Frame>, (length, days): (Length, bool), values: &Assignment) -> Span {
        let Some(n) = count_of(length, values) else { return Span::All };
        let Some(frame) = frame.filter(|frame| days && has_sessions(*frame, self.panel)) else {
            return Span::Bars(n);
        };
        if let Some(known) = self.sessions.get(&(frame, n)) {
            return Span::Sessions(Arc::clone(known));
        }
        let pairs = match frame {
            Frame::Pair(left, right) => Some(self.pairs_of(frame, left, right)),
            Frame::Series(_) => None,
        };
        let made = Arc::new(sessions(frame, self.panel, pairs.as_deref(), n));
        self.sessions.insert((frame, n), Arc::clone(&made));
        Span::Sessions(made)
    }

    /// What is known of events at each decision.
    fn of_events(&self, function: usize, index: usize, days: usize) -> Result<Column<'a>> {
        let function = &registry()[function];
        let name = &self.graph.events()[index].name;
        let Some(events) = self.panel.events().get(index) else {
            return Err(Diagnostic::new(format!("there are no dates of `{name}` here")).into());
        };
        let Compute::Events(of) = function.compute else {
            return Err(Diagnostic::new("a question about events is wanted").into());
        };
        let bars = 0..self.panel.len();
        let truths = |told: &mut dyn Iterator<Item = Option<bool>>| {
            Column::Truths(told.map(|truth| truth.map_or(Truth::Missing, Truth::from)).collect())
        };
        let events: &Events = events;
        Ok(match of {
            OfEvents::Happened(of) => truths(&mut bars.map(|t| {
                let before = match t.checked_sub(1) {
                    Some(before) => self.panel.decision(before),
                    None => self.panel.clock_series().opens_at(0),
                };
                of(events, before, self.panel.decision(t))
            })),
            OfEvents::Near(of) => truths(&mut bars.map(|t| of(events, self.panel.decision(t), days as f64))),
            OfEvents::Days(of) => Column::Numbers(
                bars.map(|t| of(events, self.panel.decision(t)).unwrap_or(f64::NAN)).collect(),
            ),
        })
    }

    fn field(&self, frame: Option<Frame>, field: Field) -> Result<&'a [f64]> {
        let series = match frame {
            Some(Frame::Series(series)) => &self.panel.members()[series],
            _ => self.panel.clock_series(),
        };
        let none = || format!("{} has no {} prices", series.provenance().full_name(), field.name());
        series.column(field).ok_or_else(|| Diagnostic::new(none()).into())
    }

    fn of_market(&self, frame: Option<Frame>, function: usize, span: &Span) -> Result<Column<'a>> {
        let (close, high) = (self.field(frame, Field::Close)?, self.field(frame, Field::High)?);
        Ok(Column::Numbers(match registry()[function].compute {
            Compute::CloseAndHigh(of) => of(close, high, span.window()).into(),
            Compute::HighLowClose(of) => {
                of(high, self.field(frame, Field::Low)?, close, span.bars(close.len())).into()
            }
            _ => close.into(),
        }))
    }

    /// True where so many are, false where so many no longer can be, else missing.
    fn at_least(&mut self, number: Length, inputs: &[NodeId], values: &Assignment) -> Result<Column<'a>> {
        let wanted = bars_of(number, values);
        let columns = inputs.iter().map(|&input| self.truths(input, values)).collect::<Result<Vec<_>>>()?;
        let tell = |t: usize| {
            let how_many = |truth: Truth| columns.iter().filter(|column| column[t] == truth).count();
            let (yes, unknown) = (how_many(Truth::True), how_many(Truth::Missing));
            match yes >= wanted {
                true => Truth::True,
                false if yes + unknown >= wanted => Truth::Missing,
                false => Truth::False,
            }
        };
        Ok(Column::Truths((0..self.panel.len()).map(tell).collect()))
    }

    fn paired(
        &mut self,
        frame: Option<Frame>,
        function: usize,
        span: &Span,
        shift: &Span,
    ) -> Result<Column<'a>> {
        let Some(frame @ Frame::Pair(left, right)) = frame else {
            return Err(Diagnostic::new("two markets are wanted").into());
        };
        let pairs = self.pairs_of(frame, left, right);
        let closes = |series: usize, rows: &[usize]| -> Vec<f64> {
            let close = self.panel.members()[series].close();
            rows.iter().map(|&row| close[row]).collect()
        };
        let (left, right) = (closes(left, &pairs.left), closes(right, &pairs.right));
        Ok(match registry()[function].compute {
            Compute::Paired(of) => Column::Numbers(of(&left, &right, span.window(), shift.window()).into()),
            _ => Column::Numbers(left.into()),
        })
    }

    fn pairs_of(&mut self, frame: Frame, left: usize, right: usize) -> Arc<Pairs> {
        let panel = self.panel;
        Arc::clone(self.pairs.entry(frame).or_insert_with(|| Arc::new(panel.pairs(left, right))))
    }

    fn view(&mut self, frame: Frame) -> Arc<View> {
        if let Some(view) = self.views.get(&frame) {
            return Arc::clone(view);
        }
        let view = Arc::new(match frame {
            Frame::Series(series) => self.panel.view_of(series),
            Frame::Pair(left, right) => {
                let pairs = self.pairs_of(frame, left, right);
                self.panel.view(&pairs.known_at, pairs.stale_after_days)
            }
        });
        self.views.insert(frame, Arc::clone(&view));
        view
    }

    /// A state lasts until the next row of its frame; an event is told once, at the first decision that
    /// knows it.
    fn on_clock(&mut self, inner: NodeId, values: &Assignment) -> Result<Column<'a>> {
        let column = self.column(inner, values)?;
        let node = self.graph.node(inner);
        let view = self.view(node.frame.unwrap_or(self.graph.clock()));
        if view.is_clock() {
            return Ok(column);
        }
        let bars = 0..self.panel.len();
        Ok(match column {
            Column::Scalar(value) => Column::Scalar(value),
            Column::Numbers(numbers) => {
                Column::Numbers(bars.map(|t| view.row(t).map_or(f64::NAN, |row| numbers[row])).collect())
            }
            Column::Truths(truths) if node.kind == Kind::Event => Column::Truths(
                bars.map(|t| match view.row(t) {
                    None => Truth::Missing,
                    Some(row) => {
                        // Without a new row nothing happened, unless it could not have been told anyway.
                        let quiet = if truths[row] == Truth::Missing { Truth::Missing } else { Truth::False };
                        view.new_rows(t).map(|row| truths[row]).fold(quiet, Truth::or)
                    }
                })
                .collect(),
            ),
            Column::Truths(truths) => {
                Column::Truths(bars.map(|t| view.row(t).map_or(Truth::Missing, |row| truths[row])).collect())
            }
        })
    }
}

/// How far back a part looks under an assignment.
enum Span {
    All,
    Bars(usize),
    Sessions(Arc<Sessions>),
}

impl Span {
    fn window(&self) -> Window<'_> {
        match self {
            Self::All => Window::All,
            Self::Bars(n) => Window::Bars(*n),
            Self::Sessions(sessions) => Window::Sessions(sessions),
        }
    }

    /// The number of bars, or as many as there are.
    fn bars(&self, rows: usize) -> usize {
        if let Self::Bars(n) = self { *n } else { rows }
    }
}

/// The whole number a length means under an assignment.
fn bars_of(length: Length, values: &Assignment) -> usize {
    count_of(length, values).unwrap_or(usize::MAX)
}

/// The number of bars a length means under an assignment; `None` for all of them.
fn count_of(length: Length, values: &Assignment) -> Option<usize> {
    match length {
        Length::All => None,
        Length::Fixed(n) => Some(n),
        Length::Parameter(index) => values.0[index].bars().map(|bars| bars as usize),
    }
}

fn combine<'a>(operator: Operator, left: &Column<'a>, right: &Column<'a>) -> Column<'a> {
    match (left, right) {
        (Column::Truths(a), Column::Truths(b)) => {
            let of = if operator == Operator::And { Truth::and } else { Truth::or };
            Column::Truths(a.iter().zip(b.iter()).map(|(a, b)| of(*a, *b)).collect())
        }
        (Column::Scalar(a), Column::Scalar(b)) => Column::Scalar(arithmetic(operator, *a, *b)),
        _ => {
            let rows = [left, right].iter().map(|column| rows(column)).max().unwrap_or(0);
            let pairs = (0..rows).map(|row| (at(left, row), at(right, row)));
            match operator {
                Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide => {
                    Column::Numbers(pairs.map(|(a, b)| arithmetic(operator, a, b)).collect())
                }
                _ => Column::Truths(pairs.map(|(a, b)| compare(operator, a, b)).collect()),
            }
        }
    }
}

fn rows(column: &Column<'_>) -> usize {
    match column {
        Column::Scalar(_) => 0,
        Column::Numbers(numbers) => numbers.len(),
        Column::Truths(truths) => truths.len(),
    }
}

fn at(column: &Column<'_>, row: usize) -> f64 {
    match column {
        Column::Scalar(value) => *value,
        Column::Numbers(numbers) => numbers[row],
        Column::Truths(_) => f64::NAN,
    }
}

/// A result that is no number, such as one divided by zero, is missing.
fn arithmetic(operator: Operator, a: f64, b: f64) -> f64 {
    let value = match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        _ => f64::NAN,
    };
    if value.is_finite() { value } else { f64::NAN }
}

fn compare(operator: Operator, a: f64, b: f64) -> Truth {
    if a.is_nan() || b.is_nan() {
        return Truth::Missing;
    }
    Truth::from(match operator {
        Operator::Less => a < b,
        Operator::AtMost => a <= b,
        Operator::More => a > b,
        _ => a >= b,
    })
}
