//! Values, ranges of values, and which value each parameter has now.

use super::decimal::{Decimal, NoRange};
use crate::base::num::grouped;

/// The largest number of values one parameter may have.
pub(super) const MOST_VALUES: usize = 100_000;

/// What a written number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// `63`: as it stands.
    Plain,
    /// `20%`: hundredths.
    Percent,
    /// `10 bps`: hundredths of a percent.
    BasisPoints,
}

/// A value as written in a rule or a parameter's range.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number; `value` has the unit applied: `20%` is 0.2.
    Number {
        /// The number, percentages and basis points as fractions.
        value: f64,
        /// How it was written.
        unit: Unit,
        /// The text, in canonical form.
        text: String,
    },
    /// `all` or `none`, or a symbol where the parameter chooses a market.
    Word(String),
}

impl Value {
    /// The number, `None` for a word.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number { value, .. } => Some(*value),
            Self::Word(_) => None,
        }
    }

    /// The value as written.
    pub fn text(&self) -> &str {
        match self {
            Self::Number { text, .. } => text,
            Self::Word(word) => word,
        }
    }

    /// A count of bars: a whole number of at least 1, written without a unit.
    pub fn bars(&self) -> Option<usize> {
        match self {
            Self::Number { value, unit: Unit::Plain, .. }
                if *value >= 1.0 && *value <= 1e9 && value.fract().total_cmp(&0.0).is_eq() =>
            {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                // whole, and between 1 and 1e9
                Some(*value as usize)
            }
            _ => None,
        }
    }

    /// A whole number without a unit.
    pub(super) fn count(number: usize) -> Self {
        Self::Number { value: number as f64, unit: Unit::Plain, text: number.to_string() }
    }

    /// A whole percentage.
    pub(super) fn percent(number: u8) -> Self {
        let value = f64::from(number) / 100.0;
        Self::Number { value, unit: Unit::Percent, text: format!("{number}%") }
    }

    pub(super) fn from_decimal(decimal: Decimal, unit: Unit) -> Self {
        let (shift, suffix) = match unit {
            Unit::Plain => (0, ""),
            Unit::Percent => (2, "%"),
            Unit::BasisPoints => (4, " bps"),
        };
        Self::Number { value: decimal.to_f64(shift), unit, text: format!("{decimal}{suffix}") }
    }
}

/// Splits `5%` into the number and its unit.
fn decimal_with_unit(text: &str) -> Option<(Decimal, Unit)> {
    let text = text.trim();
    let (digits, unit) = if let Some(digits) = text.strip_suffix('%') {
        (digits, Unit::Percent)
    } else if let Some(digits) = text.strip_suffix("bps") {
        (digits, Unit::BasisPoints)
    } else {
        (text.trim_end_matches("days").trim_end_matches("bars"), Unit::Plain)
    };
    Decimal::parse(digits.trim()).map(|decimal| (decimal, unit))
}

/// Reads `63`, `20%`, `10 bps`, `all`, `none`.
///
/// # Errors
/// Says what was expected, where the text is no value.
pub fn parse_value(text: &str) -> Result<Value, String> {
    let text = text.trim();
    if text == "all" || text == "none" {
        return Ok(Value::Word(text.into()));
    }
    if text.is_empty() {
        return Err("a value is missing: expected a number such as 63, 20% or 10 bps".into());
    }
    match decimal_with_unit(text) {
        Some((decimal, unit)) => Ok(Value::from_decimal(decimal, unit)),
        None => Err(format!(
            "`{text}` is no value: expected a number such as 63, 20% or 10 bps, or `all` or `none`"
        )),
    }
}

/// The values from `from` to `to`, both included, in exact decimal steps.
///
/// # Errors
/// Says what is wrong: units that differ, a step that misses the end or leads away from it, too many values.
pub fn parse_range(from: &str, to: &str, step: &str) -> Result<Vec<Value>, String> {
    let read = |text: &str| decimal_with_unit(text).ok_or(format!("`{}` is no number", text.trim()));
    let ((from_d, unit), (to_d, to_unit), (step_d, step_unit)) = (read(from)?, read(to)?, read(step)?);
    if unit != to_unit || unit != step_unit {
        return Err("the three numbers of a range have one unit, as in 10%..40% by 5%".into());
    }
    let written = |decimal| Value::from_decimal(decimal, unit).text().to_owned();
    match Decimal::range(from_d, to_d, step_d, MOST_VALUES) {
        Ok(range) => Ok(range.into_iter().map(|decimal| Value::from_decimal(decimal, unit)).collect()),
        Err(NoRange::NoStep) => Err("the step of a range is not 0: write it as 10%..40% by 5%".into()),
        Err(NoRange::Away) => Err(format!(
            "steps of {} lead away from {}: exchange the ends, or turn the step's sign",
            written(step_d),
            written(to_d)
        )),
        Err(NoRange::Misses(before, after)) => Err(format!(
            "steps of {} from {} miss {}, which a range includes: end it at {} or {}",
            written(step_d),
            written(from_d),
            written(to_d),
            written(before),
            written(after)
        )),
        Err(NoRange::TooMany) => {
            Err(format!("a range has at most {} values: take larger steps", grouped(MOST_VALUES)))
        }
    }
}

/// Reads `10%..40% by 5%` or `21, 63, 126` or a single value.
///
/// # Errors
/// Says what is wrong with the text; repeated values are an error.
pub fn parse_list(text: &str) -> Result<Vec<Value>, String> {
    if let Some((from, rest)) = text.split_once("..") {
        let (to, step) = rest.split_once(" by ").ok_or("a range needs its step, as in 10%..40% by 5%")?;
        // Steps never come back to a value, so there are no repeats.
        return parse_range(from, to, step);
    }
    let values = text.split(',').map(parse_value).collect::<Result<Vec<_>, _>>()?;
    no_repeats(&values)?;
    Ok(values)
}

/// Refuses a list in which two values are the same.
pub(crate) fn no_repeats(values: &[Value]) -> Result<(), String> {
    let mut texts: Vec<&str> = values.iter().map(Value::text).collect();
    texts.sort_unstable();
    match texts.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("the value {} is there twice", pair[0])),
        None => Ok(()),
    }
}

/// A named hole in a rule, with the values a sweep gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// The name in braces.
    pub name: String,
    /// The value of a single run.
    pub default: Value,
    /// The values of a sweep, in order; at least one.
    pub values: Vec<Value>,
    /// Every value that was ever declared, also those a user has set aside for this run: they still decide
    /// where the evaluation window begins, so that a run and a sweep of one strategy can be compared.
    pub declared: Vec<Value>,
    /// The text between the braces where the values were written in place, as in `{10%..40% by 5%}`.
    pub in_place: Option<String>,
    /// The market of which its values are symbols, by its number; `None` for numbers.
    pub market: Option<usize>,
}

impl Parameter {
    /// A parameter with a default and the values of a sweep; at least one.
    pub fn new(name: impl Into<String>, default: Value, values: Vec<Value>) -> Self {
        let declared = std::iter::once(&default).chain(&values).cloned().collect();
        Self { name: name.into(), default, values, declared, in_place: None, market: None }
    }

    /// Replaces the values of the sweep. The default stays if it is one of several, else it is the first.
    pub fn replace_values(&mut self, values: Vec<Value>) {
        if !values.contains(&self.default) || values.len() == 1 {
            self.default = values[0].clone();
        }
        self.declared.extend(values.iter().cloned());
        self.values = values;
    }
}

/// A market that is one of several symbols.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolList {
    /// The market, by its number.
    pub market: usize,
    /// The parameter whose value is the symbol, by its number.
    pub parameter: usize,
    /// Each symbol: the word as written, which is the parameter's value, and what it stands for.
    pub listed: Vec<(String, String)>,
}

/// The value of every parameter, in file order.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment(pub Vec<Value>);

impl Assignment {
    /// Each parameter's default.
    pub fn defaults(parameters: &[Parameter]) -> Self {
        Self(parameters.iter().map(|parameter| parameter.default.clone()).collect())
    }
}

/// Which values of the parameters a question is about.
#[derive(Debug, Clone, Copy)]
pub enum Choice<'a> {
    /// One value each.
    One(&'a Assignment),
    /// Every value that was declared.
    All(&'a [Parameter]),
}

impl<'a> Choice<'a> {
    /// The values in question of parameter `index`.
    pub fn values(self, index: usize) -> Vec<&'a Value> {
        match self {
            Self::One(assignment) => vec![&assignment.0[index]],
            Self::All(parameters) => parameters[index].declared.iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_ranges() {
        let texts =
            |text: &str| parse_list(text).map(|v| v.iter().map(|v| v.text().to_owned()).collect::<Vec<_>>());
        assert_eq!(texts("10%..20% by 5%").unwrap(), ["10%", "15%", "20%"]);
        assert_eq!(texts("21, 63, all").unwrap(), ["21", "63", "all"]);
        assert_eq!(texts("10 bps").unwrap(), ["10 bps"]);
        assert!(texts("10%..40%").unwrap_err().contains("step"));
        assert!(texts("10%..40 by 5%").unwrap_err().contains("one unit"));
        assert!(texts("5%..50% by 7%").unwrap_err().contains("end it at 47% or 54%"));
        assert!(texts("5, 5").unwrap_err().contains("twice"));
        assert!(texts("soon").unwrap_err().contains("no value"));
    }

    #[test]
    fn bars_are_whole_and_plain() {
        assert_eq!(parse_value("63").unwrap().bars(), Some(63));
        for wrong in ["0", "2.5", "20%", "all", "-1"] {
            assert_eq!(parse_value(wrong).unwrap().bars(), None, "{wrong}");
        }
    }
}
