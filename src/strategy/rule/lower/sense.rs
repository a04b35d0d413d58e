//! What makes no sense, though it reads: units that do not fit, and what can never or must always hold.

use std::ops::Bound::{self, Excluded, Included, Unbounded};

use super::{Lowered, Lowering};
use crate::base::diagnostic::Diagnostic;
use crate::market::series::{Field, Frame};
use crate::strategy::rule::functions::{Function, Values, described, plain, registry};
use crate::strategy::rule::graph::{Length, NodeId, Operation};
use crate::strategy::rule::kind::Kind;
use crate::strategy::rule::parameters::Choice;
use crate::strategy::rule::syntax::{Expression, Operator};

/// A part as a node and as it was written.
pub(super) type Side<'e> = (NodeId, &'e Expression);

/// Between which numbers something lies.
type Range = (Bound<f64>, Bound<f64>);

impl Lowering<'_, '_> {
    /// Whether two numbers can be compared, and whether what comes out says anything.
    pub(super) fn check_comparison(
        &self,
        part: &Expression,
        operator: Operator,
        left: Side<'_>,
        right: Side<'_>,
    ) -> Lowered<()> {
        self.check_units(left, right)?;
        self.check_own_extreme(part, operator, left.0, right.0)?;
        if self.constants(left.0).is_some() && self.constants(right.0).is_some() {
            return Ok(()); // two numbers: told for what they are
        }
        let (Some(a), Some(b)) = (self.range(left.0), self.range(right.0)) else { return Ok(()) };
        let always = never(opposite(operator), a, b);
        if !(never(operator, a, b) || always && !self.in_between) {
            return self.check_scale(left, right);
        }
        let title = if always { "this is always true" } else { "this can never be true" };
        Err(self.out_of_range(part, title, left, right))
    }

    /// `crosses_above(a, b)` and its like: the one must be able to stand above the other.
    pub(super) fn check_crossing(
        &self,
        part: &Expression,
        function: &Function,
        left: Side<'_>,
        right: Side<'_>,
    ) -> Lowered<()> {
        self.check_units(left, right)?;
        let (before, after) = match function.name {
            "crosses_above" => (Operator::AtMost, Operator::More),
            "crosses_below" => (Operator::AtLeast, Operator::Less),
            _ => return Ok(()),
        };
        self.check_own_extreme(part, after, left.0, right.0)?;
        match (self.range(left.0), self.range(right.0)) {
            (Some(a), Some(b)) if never(before, a, b) || never(after, a, b) => {
                Err(self.out_of_range(part, "this can never be true", left, right))
            }
            _ => self.check_scale(left, right),
        }
    }

    /// The ends of `between`: the lower one stands first.
    pub(super) fn check_ends(&self, part: &Expression, low: Side<'_>, high: Side<'_>) -> Lowered<()> {
        let (Some(a), Some(b)) = (self.constants(low.0), self.constants(high.0)) else { return Ok(()) };
        if a.iter().any(|low| b.iter().any(|high| low <= high)) {
            return Ok(());
        }
        let (low, high) = (self.written(low.1), self.written(high.1));
        Err(self
            .error(part, "this can never be true", "the first end lies above the second")
            .hint(format!("exchange them: `between {high} and {low}`")))
    }

    /// A number that is divided by is not 0, whatever its parameter.
    pub(super) fn check_divisor(&self, part: &Expression, divisor: NodeId) -> Lowered<()> {
        if self.constants(divisor).is_none_or(|values| values.iter().all(|value| value.abs() > 0.0)) {
            return Ok(());
        }
        let error = self.error(part, "this divides by zero", "a quotient that is always missing");
        Err(error.hint("write another number, or leave this part out"))
    }

    /// The distance of round numbers is above 0.
    pub(super) fn check_step(&self, (step, part): Side<'_>) -> Lowered<()> {
        if self.constants(step).is_none_or(|values| values.iter().all(|value| *value > 0.0)) {
            return Ok(());
        }
        let error = self.error(part, "round numbers are a step above 0 apart", "this step");
        Err(error.hint("as in `the round 10000 above btc`"))
    }

    /// Whether two numbers can stand beside each other.
    pub(super) fn check_units(&self, left: Side<'_>, right: Side<'_>) -> Lowered<()> {
        let (a, b) = (self.graph.node(left.0).kind, self.graph.node(right.0).kind);
        if matches!((a, b), (Kind::Price, Kind::Fraction) | (Kind::Fraction, Kind::Price)) {
            return Err(self.price_and_percentage(left, right));
        }
        for (one, other) in [(left, right), (right, left)] {
            match (self.graph.node(one.0).kind, self.graph.node(other.0).kind) {
                (Kind::Fraction, Kind::Number) => self.check_plain(other)?,
                (Kind::Number, Kind::Fraction) => self.check_percent(one, other)?,
                (Kind::Price, Kind::Number) => {
                    if let Some(function) = self.function_of(other.0).filter(|f| f.name != "ratio") {
                        let title = format!("a price cannot be compared with `{}`", function.name);
                        let error = self.error(other.1, title, "no price");
                        return Err(
                            error.hint(format!("compare it with a number, as in `{}`", function.example))
                        );
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn price_and_percentage(&self, left: Side<'_>, right: Side<'_>) -> Diagnostic {
        let (a, b) = (self.graph.node(left.0).kind, self.graph.node(right.0).kind);
        let (l, r) = (left.1, right.1);
        let span = l.span.start.min(r.span.start)..l.span.end.max(r.span.end);
        let label = format!("{} against {}", a.describe(), b.describe());
        let percentage = if a == Kind::Fraction { left } else { right };
        let plain = match self.constants(percentage.0).as_deref() {
            Some([value]) => format!("`{}`, not `{}`", plain(value * 100.0), self.written(percentage.1)),
            _ => "`1`, not `1%`".into(),
        };
        self.fragment
            .error("a price cannot be compared with a percentage", span, label)
            .hint(
                "say what the percentage is of: `is over 20% below its high`, `has risen over 5% in 21 days`",
            )
            .hint(format!("a series that counts in percent, as rates do, is a plain number: write {plain}"))
    }

    /// A plain number beside a percentage: nothing but 0 is the same in both.
    fn check_plain(&self, number: Side<'_>) -> Lowered<()> {
        let Some(values) = self.constants(number.0) else { return Ok(()) };
        let Some(value) = values.iter().copied().find(|value| value.abs() > 0.0) else { return Ok(()) };
        let error = self.error(number.1, "a percentage is compared with a plain number", "percent is wanted");
        let text = self.written(number.1);
        Err(match values.len() {
            1 if value.abs() < 1.0 => {
                let percent = format!("{}%", plain(value * 100.0));
                error.hint(format!("write `{percent}`, or `{text}%` if so little is meant"))
            }
            1 if value.abs() < 5.0 => {
                error.hint(format!("write `{text}%`, or `{}%` if so much is meant", plain(value * 100.0)))
            }
            1 => error.hint(format!("write `{text}%`")),
            _ => error.hint("write the values with their sign, as in {10%, 20%}"),
        })
    }

    /// A percentage beside a function that counts in something else. Where one whole is 1, as for a correlation, a
    /// percentage is what it says.
    fn check_percent(&self, count: Side<'_>, percentage: Side<'_>) -> Lowered<()> {
        let (Some(function), Some(values)) = (self.function_of(count.0), self.constants(percentage.0)) else {
            return Ok(());
        };
        if matches!(function.values, Values::Between(Included(-1.0), Included(1.0))) {
            return Ok(());
        }
        let title = format!("`{}` is no percentage", function.name);
        let error = self.error(percentage.1, title, "a plain number is wanted");
        let scale = if function.values == Values::Any { 1.0 } else { 100.0 };
        Err(match values.as_slice() {
            [value] => error.hint(format!("write `{}`", plain(value * scale))),
            _ => error.hint("write plain numbers, as in {10, 20}"),
        })
    }

    /// `rsi < 0.3`: a scale to 100 beside a number that was meant as a share.
    fn check_scale(&self, left: Side<'_>, right: Side<'_>) -> Lowered<()> {
        for (measure, number) in [(left, right), (right, left)] {
            let (Some(function), Some(values)) = (self.function_of(measure.0), self.constants(number.0))
            else {
                continue;
            };
            let to_hundred = matches!(function.values, Values::Between(_, Included(most)) if most > 1.0);
            if to_hundred && values.iter().all(|value| *value > 0.0 && *value < 1.0) {
                let title = format!("`{}` counts from 0 to 100", function.name);
                let error = self.error(number.1, title, "less than 1");
                return Err(error.hint(format!("write `{}`", plain(values[0] * 100.0))));
            }
        }
        Ok(())
    }

    /// A close beside a high or low that counts it.
    fn check_own_extreme(
        &self,
        part: &Expression,
        operator: Operator,
        left: NodeId,
        right: NodeId,
    ) -> Lowered<()> {
        for (value, of, operator) in [(left, right, operator), (right, left, mirrored(operator))] {
            let Operation::Call { function, input, length, .. } = self.graph.node(of).operation else {
                continue;
            };
            let (beyond, never, always) = match registry()[function].name {
                "highest" => (Field::High, Operator::More, Operator::AtMost),
                "lowest" => (Field::Low, Operator::Less, Operator::AtLeast),
                _ => continue,
            };
            if input != value && !self.is_close_beside(value, input, beyond) {
                continue;
            }
            let window = match length {
                Length::All => String::new(),
                Length::Fixed(n) => format!("{n}-day "),
                Length::Parameter(index) => format!("{{{}}}-day ", self.names.parameters()[index].name),
            };
            let side = if beyond == Field::High { "high" } else { "low" };
            if operator == never {
                return Err(self
                    .error(part, "this can never be true", format!("the {side} counts the bar itself"))
                    .hint(format!("for a new one write `hits a {window}{side}`"))
                    .hint(self.without_the_bar(input, length, registry()[function].name)));
            }
            if operator == always {
                return Err(self
                    .error(part, "this is always true", format!("the {side} counts the bar itself"))
                    .hint(format!("write `is at a {window}{side}`, or how far from it: `is over 5% …`")));
            }
        }
        Ok(())
    }

    /// How a high or low is written that ends the bar before.
    fn without_the_bar(&self, input: NodeId, length: Length, name: &str) -> String {
        let of = match self.graph.node(input).frame {
            Some(Frame::Series(market)) => self.names.markets()[market].name.clone(),
            _ => "btc".into(),
        };
        let of = match self.graph.node(input).operation {
            Operation::Field(Field::High) => format!("high({of})"),
            Operation::Field(Field::Low) => format!("low({of})"),
            _ => of,
        };
        let number = match length {
            Length::All => String::new(),
            Length::Fixed(n) => format!(", {n}"),
            Length::Parameter(index) => format!(", {{{}}}", self.names.parameters()[index].name),
        };
        format!("the {name} of the bars before it is `{name}(lag({of}, 1){number})`")
    }

    /// Whether one is the closes, and the other the highs or lows, of the same market.
    fn is_close_beside(&self, value: NodeId, input: NodeId, beyond: Field) -> bool {
        let (a, b) = (self.graph.node(value), self.graph.node(input));
        a.frame == b.frame
            && a.operation == Operation::Field(Field::Close)
            && b.operation == Operation::Field(beyond)
    }

    /// What is said where a comparison lies outside of what a function can be.
    fn out_of_range(&self, part: &Expression, title: &str, left: Side<'_>, right: Side<'_>) -> Diagnostic {
        let sides = [(left, right), (right, left)];
        let known = sides.into_iter().find_map(|(measure, number)| {
            Some((self.function_of(measure.0)?, self.range(measure.0)?, number))
        });
        let Some((function, range, number)) = known else {
            return self.error(part, title, "the two never cross").hint("leave it out, or change a number");
        };
        let is_fraction = matches!(function.gives, super::Gives::Kind(Kind::Fraction));
        let written =
            |value: f64| if is_fraction { format!("{}%", plain(value * 100.0)) } else { plain(value) };
        let label = format!("`{}` lies {}", function.name, described(range, is_fraction));
        let error = self.error(part, title, label);
        // A minus where none is wanted, or a percentage of a whole that is 1.
        let from_zero = matches!(range.0, Included(least) | Excluded(least) if least >= 0.0);
        let to_one = !is_fraction && matches!(range.1, Included(most) if most <= 1.0);
        match self.constants(number.0).as_deref() {
            Some([value]) if from_zero && *value < 0.0 && lies_in(range, -value) => {
                error.hint(format!("write `{}`, without the minus", written(-value)))
            }
            Some([value]) if to_one && value.abs() >= 2.0 && lies_in(range, value / 100.0) => {
                error.hint(format!("write `{}`", written(value / 100.0)))
            }
            _ => error.hint("write a number within, or leave this part out"),
        }
    }

    /// The function whose values a node has, as the clock sees them, too.
    fn function_of(&self, id: NodeId) -> Option<&'static Function> {
        match self.graph.node(id).operation {
            Operation::Call { function, .. }
            | Operation::OfMarket { function, .. }
            | Operation::Paired { function, .. }
            | Operation::Events { function, .. }
            | Operation::TwoColumns { function, .. } => {
                let function = &registry()[function];
                matches!(function.gives, super::Gives::Kind(_)).then_some(function)
            }
            Operation::Negate(inner) | Operation::OnClock(inner) => self.function_of(inner),
            Operation::Field(Field::Volume) => registry().iter().find(|function| function.name == "volume"),
            _ => None,
        }
    }

    /// Between which numbers a node lies; `None` where nothing is known of it.
    fn range(&self, id: NodeId) -> Option<Range> {
        if let Some(values) = self.constants(id) {
            let (least, most) =
                values.iter().fold((f64::MAX, f64::MIN), |(a, b), value| (a.min(*value), b.max(*value)));
            return (!values.is_empty()).then_some((Included(least), Included(most)));
        }
        let (function, length) = match self.graph.node(id).operation {
            Operation::Negate(inner) => {
                let (least, most) = self.range(inner)?;
                return Some((most.map(|end| -end), least.map(|end| -end)));
            }
            Operation::OnClock(inner) => return self.range(inner),
            Operation::Call { function, length, .. }
            | Operation::OfMarket { function, length, .. }
            | Operation::Paired { function, length, .. } => (function, length),
            Operation::Events { function, .. } | Operation::TwoColumns { function, .. } => {
                (function, Length::All)
            }
            _ => return None,
        };
        match registry()[function].values {
            Values::Any => None,
            Values::Between(least, most) => Some((least, most)),
            Values::UpToWindow => Some((Included(0.0), self.longest(length).map_or(Unbounded, Included))),
        }
    }

    /// The most bars a length can mean; `None` for all there are.
    fn longest(&self, length: Length) -> Option<f64> {
        match length {
            Length::All => None,
            Length::Fixed(n) => Some(n as f64),
            Length::Parameter(index) => {
                let values = Choice::All(self.names.parameters()).values(index);
                values
                    .into_iter()
                    .map(|value| value.bars())
                    .try_fold(0, |most, bars| bars.map(|bars| most.max(bars)))
                    .map(f64::from)
            }
        }
    }

    /// The values a number or a parameter can take.
    fn constants(&self, id: NodeId) -> Option<Vec<f64>> {
        match self.graph.node(id).operation {
            Operation::Number(value) => Some(vec![value]),
            Operation::Negate(inner) => {
                Some(self.constants(inner)?.into_iter().map(|value| -value).collect())
            }
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

    /// A part as it was written.
    fn written(&self, part: &Expression) -> &str {
        &self.fragment.text[part.span.clone()]
    }
}

/// Whether `a operator b` fails for every `a` and `b` of two ranges.
fn never(operator: Operator, a: Range, b: Range) -> bool {
    match operator {
        Operator::More => !reaches(a.1, b.0, false),
        Operator::AtLeast => !reaches(a.1, b.0, true),
        Operator::Less => !reaches(b.1, a.0, false),
        Operator::AtMost => !reaches(b.1, a.0, true),
        _ => false,
    }
}

/// Whether an upper end reaches over a lower one, or up to it.
fn reaches(upper: Bound<f64>, lower: Bound<f64>, ties: bool) -> bool {
    match (upper, lower) {
        (Unbounded, _) | (_, Unbounded) => true,
        (Included(upper), Included(lower)) => upper > lower || ties && upper >= lower,
        (Included(upper) | Excluded(upper), Included(lower) | Excluded(lower)) => upper > lower,
    }
}

fn lies_in((least, most): Range, value: f64) -> bool {
    let point = Included(value);
    reaches(most, point, true) && reaches(point, least, true)
}

/// What holds where `operator` does not.
fn opposite(operator: Operator) -> Operator {
    match operator {
        Operator::More => Operator::AtMost,
        Operator::AtLeast => Operator::Less,
        Operator::Less => Operator::AtLeast,
        Operator::AtMost => Operator::More,
        other => other,
    }
}

/// The same with its sides exchanged.
fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::More => Operator::Less,
        Operator::AtLeast => Operator::AtMost,
        Operator::Less => Operator::More,
        Operator::AtMost => Operator::AtLeast,
        other => other,
    }
}
