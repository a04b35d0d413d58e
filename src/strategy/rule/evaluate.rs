//! Computes the parts of a rule on a panel, each once for every distinct value of its own parameters.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::functions::{Compute, registry};
use super::graph::{Graph, Length, NodeId, Operation, window};
use super::kind::Kind;
use super::parameters::Assignment;
use super::syntax::{Expression, Operator, Syntax};
use crate::base::calendar::LabelKind;
use crate::base::diagnostic::{Diagnostic, Result};
use crate::market::indicators::{Truth, Window};
use crate::market::series::{Field, Frame, Pairs, Panel, View};

/// The values of a node: one for all bars, or one per bar of its frame.
#[derive(Debug, Clone)]
enum Column {
    Scalar(f64),
    Numbers(Arc<[f64]>),
    Truths(Arc<[Truth]>),
}

/// A clause of a rule and the part of it that is worth looking at.
#[derive(Debug, Clone)]
pub struct Clause {
    /// The measured part: the left side of a comparison, or the whole clause.
    pub measure: Expression,
}

impl Clause {
    /// The clauses that a rule joins by `and`, in order.
    pub fn of(rule: &Expression) -> Vec<Self> {
        match &rule.syntax {
            Syntax::Binary(Operator::And, left, right) => {
                let mut clauses = Self::of(left);
                clauses.extend(Self::of(right));
                clauses
            }
            Syntax::Binary(
                Operator::Less | Operator::AtMost | Operator::More | Operator::AtLeast,
                left,
                _,
            ) => {
                vec![Self { measure: (**left).clone() }]
            }
            _ => vec![Self { measure: rule.clone() }],
        }
    }
}

/// Evaluates a graph on one panel. The graph's market `i` is the panel's member `i`.
pub struct Evaluator<'a> {
    graph: &'a Graph,
    panel: &'a Panel,
    /// By node and the values of its own parameters.
    columns: BTreeMap<(NodeId, Vec<String>), Column>,
    views: BTreeMap<Frame, Arc<View>>,
    pairs: BTreeMap<Frame, Arc<Pairs>>,
}

impl<'a> Evaluator<'a> {
    /// Nothing is computed yet.
    pub fn new(graph: &'a Graph, panel: &'a Panel) -> Self {
        Self { graph, panel, columns: BTreeMap::new(), views: BTreeMap::new(), pairs: BTreeMap::new() }
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

    fn column(&mut self, id: NodeId, values: &Assignment) -> Result<Column> {
        let own = self.graph.parameters(id).iter().map(|&index| values.0[index].text().to_owned()).collect();
        let key = (id, own);
        if let Some(column) = self.columns.get(&key) {
            return Ok(column.clone());
        }
        let column = self.compute(id, values)?;
        self.columns.insert(key, column.clone());
        Ok(column)
    }

    fn compute(&mut self, id: NodeId, values: &Assignment) -> Result<Column> {
        let node = self.graph.node(id);
        match &node.operation {
            Operation::Number(value) => Ok(Column::Scalar(*value)),
            Operation::Parameter(index) => Ok(Column::Scalar(values.0[*index].number().unwrap_or(f64::NAN))),
            Operation::Field(field) => self.field(node.frame, *field).map(|c| Column::Numbers(c.into())),
            Operation::Call { function, input, length, days } => {
                let window = window_of(length.unwrap_or(Length::All), values);
                self.check_days(node.frame, *days)?;
                let input = self.column(*input, values)?;
                Ok(match (registry()[*function].compute, &input) {
                    (Compute::Numbers(of), Column::Numbers(column)) => {
                        Column::Numbers(of(column, window).into())
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
                self.check_days(node.frame, *days)?;
                self.of_market(node.frame, *function, window_of(*length, values))
            }
            Operation::TwoColumns { function, left, right } => {
                let (left, right) = (self.column(*left, values)?, self.column(*right, values)?);
                let rows = rows(&left).max(rows(&right));
                let numbers = |column: &Column| (0..rows).map(|row| at(column, row)).collect::<Vec<_>>();
                Ok(match registry()[*function].compute {
                    Compute::TwoColumns(of) => Column::Truths(of(&numbers(&left), &numbers(&right)).into()),
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
            Operation::Paired { function, length, days } => {
                self.check_days(node.frame, *days)?;
                self.paired(node.frame, *function, window_of(*length, values))
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

    /// A length in days counts daily bars; on shorter ones it would have to count sessions.
    fn check_days(&self, frame: Option<Frame>, days: bool) -> Result<()> {
        let members = match frame {
            Some(Frame::Series(series)) => vec![series],
            Some(Frame::Pair(left, right)) => vec![left, right],
            None => vec![],
        };
        for member in members {
            let series = &self.panel.members()[member];
            if days && series.label_kind() == LabelKind::Time {
                return Err(Diagnostic::new(format!(
                    "{} has bars shorter than a day, and a rule counts days on them",
                    series.provenance().full_name()
                ))
                .hint("count bars instead: `highest(btc, 252 bars)`, `a 252-bar high`")
                .into());
            }
        }
        Ok(())
    }

    fn field(&self, frame: Option<Frame>, field: Field) -> Result<&'a [f64]> {
        let series = match frame {
            Some(Frame::Series(series)) => &self.panel.members()[series],
            _ => self.panel.clock_series(),
        };
        series.column(field).ok_or_else(|| {
            Diagnostic::new(format!("{} has no {} prices", series.provenance().full_name(), field.name()))
                .detail(format!("the file {} gives none", series.provenance().file))
                .hint("import a file that has them, or write the rule on closes")
                .into()
        })
    }

    fn of_market(&self, frame: Option<Frame>, function: usize, window: Window) -> Result<Column> {
        let (close, high) = (self.field(frame, Field::Close)?, self.field(frame, Field::High)?);
        Ok(Column::Numbers(match registry()[function].compute {
            Compute::CloseAndHigh(of) => of(close, high, window).into(),
            Compute::HighLowClose(of) => {
                let n = if let Window::Bars(n) = window { n } else { close.len() };
                of(high, self.field(frame, Field::Low)?, close, n).into()
            }
            _ => close.into(),
        }))
    }

    /// True where so many are, false where so many no longer can be, else missing.
    fn at_least(&mut self, number: Length, inputs: &[NodeId], values: &Assignment) -> Result<Column> {
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

    fn paired(&mut self, frame: Option<Frame>, function: usize, window: Window) -> Result<Column> {
        let Some(frame @ Frame::Pair(left, right)) = frame else {
            return Err(Diagnostic::new("two markets are wanted").into());
        };
        let pairs = self.pairs_of(frame, left, right);
        let closes = |series: usize, rows: &[usize]| -> Vec<f64> {
            let close = self.panel.members()[series].close();
            rows.iter().map(|&row| close[row]).collect()
        };
        let (left, right) = (closes(left, &pairs.left), closes(right, &pairs.right));
        let n = match window {
            Window::Bars(n) => n,
            Window::All => left.len(),
        };
        Ok(match registry()[function].compute {
            Compute::Paired(of) => Column::Numbers(of(&left, &right, n).into()),
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
    fn on_clock(&mut self, inner: NodeId, values: &Assignment) -> Result<Column> {
        let column = self.column(inner, values)?;
        let node = self.graph.node(inner);
        let view = self.view(node.frame.unwrap_or(self.graph.clock()));
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

/// The whole number a length means under an assignment.
fn bars_of(length: Length, values: &Assignment) -> usize {
    match window_of(length, values) {
        Window::Bars(n) => n,
        Window::All => usize::MAX,
    }
}

/// The window a length means under an assignment.
fn window_of(length: Length, values: &Assignment) -> Window {
    match length {
        Length::All => Window::All,
        Length::Fixed(n) => Window::Bars(n),
        Length::Parameter(index) => window(&values.0[index]).unwrap_or(Window::All),
    }
}

fn combine(operator: Operator, left: &Column, right: &Column) -> Column {
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

fn rows(column: &Column) -> usize {
    match column {
        Column::Scalar(_) => 0,
        Column::Numbers(numbers) => numbers.len(),
        Column::Truths(truths) => truths.len(),
    }
}

fn at(column: &Column, row: usize) -> f64 {
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
