//! Values, ranges of values, and which value each parameter has now.

use super::decimal::{Decimal, MOST_DIGITS, NoRange};
use crate::base::num::grouped;

/// The largest number of values one parameter may have.
pub(super) const MOST_VALUES: usize = 100_000;

/// The largest count of days or bars: more than there are in any history.
pub(crate) const MOST_BARS: u32 = 1_000_000_000;

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

    /// A count of bars: a whole number from 1 to 1,000,000,000, written without a unit.
    pub fn bars(&self) -> Option<u32> {
        match self {
            // Such a number is written with its digits alone.
            Self::Number { unit: Unit::Plain, text, .. } => {
                text.parse().ok().filter(|bars| (1..=MOST_BARS).contains(bars))
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
        (text.strip_suffix("days").or(text.strip_suffix("bars")).unwrap_or(text), Unit::Plain)
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
        None => Err(not_a_value(text)),
    }
}

/// What is said of a text that is not a value.
fn not_a_value(text: &str) -> String {
    let number = text.trim_end_matches("bps").trim_end_matches(['%', ' ']);
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let with_exponent = number.contains(['e', 'E']) && digits > 0 && number.parse::<f64>().is_ok();
    let plain = !number.contains(|c: char| !(c.is_ascii_digit() || "-._".contains(c)));
    if with_exponent {
        return format!("`{text}` has an exponent: write all the digits, as in 1000 or 0.001");
    }
    if plain && digits > MOST_DIGITS {
        return format!("`{text}` has too many digits: a number has at most {MOST_DIGITS}");
    }
    format!("`{text}` is not a value: expected a number such as 63, 20% or 10 bps, or `all` or `none`")
}

/// The values from `from` to `to`, both included, in exact decimal steps.
///
/// # Errors
/// Says what is wrong: units that differ, a step that misses the end or leads away from it, too many values.
pub fn parse_range(from: &str, to: &str, step: &str) -> Result<Vec<Value>, String> {
    let read = |text: &str| decimal_with_unit(text).ok_or_else(|| not_a_value(text.trim()));
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
        Err(NoRange::Misses(ends)) => {
            let ends: Vec<String> = ends.into_iter().map(written).collect();
            let instead = if ends.is_empty() {
                "take another step".into()
            } else {
                format!("end it at {}", ends.join(" or "))
            };
            let (step, from, to) = (written(step_d), written(from_d), written(to_d));
            Err(format!("steps of {step} from {from} miss {to}, which a range includes: {instead}"))
        }
        Err(NoRange::TooMany) => {
            Err(format!("a range has at most {} values: take larger steps", grouped(MOST_VALUES)))
        }
        Err(NoRange::TooPrecise) => Err(format!(
            "some values of this range have more than {MOST_DIGITS} digits: write its numbers with fewer"
        )),
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
    // 10% and 1000 bps are one value, 0.1 is another: it has no unit.
    let key = |value: &Value| match value {
        Value::Number { value, unit, .. } => (value.to_bits(), *unit == Unit::Plain, String::new()),
        Value::Word(word) => (0, false, word.clone()),
    };
    let mut keyed: Vec<_> = values.iter().map(|value| (key(value), value.text())).collect();
    keyed.sort_unstable();
    match keyed.windows(2).find(|pair| pair[0].0 == pair[1].0).map(|pair| (pair[0].1, pair[1].1)) {
        Some((one, other)) if one == other => Err(format!("the value {one} is there twice")),
        Some((one, other)) => Err(format!("the values {one} and {other} are the same")),
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
    use proptest::prelude::*;

    use super::super::decimal::tests::written;
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
        assert_eq!(texts("1000 bps, 5%, 10%").unwrap_err(), "the values 10% and 1000 bps are the same");
        assert_eq!(texts("0%, none, all, 0").unwrap().len(), 4);
        assert!(texts("soon").unwrap_err().contains("not a value"));
    }

    #[test]
    fn what_cannot_be_written_is_told_for_what_it_is() {
        let told = |text: &str| parse_value(text).unwrap_err();
        for text in ["1e5", "1E5", "1e400", "-1e-400", "2.5e3%", "1e1 bps"] {
            assert_eq!(
                told(text),
                format!("`{text}` has an exponent: write all the digits, as in 1000 or 0.001")
            );
        }
        for text in
            ["18446744073709551615", "-9223372036854775808", "0.1234567890123456%", "1_234_567_890_123_456"]
        {
            assert_eq!(told(text), format!("`{text}` has too many digits: a number has at most 15"));
        }
        for text in [
            "nan",
            "-inf",
            "0x10",
            "+5",
            "٣",
            "½",
            "1/2",
            "--1",
            "1e",
            "e5",
            "63 daysdays",
            "63 days bars",
            "5%%",
        ] {
            assert!(told(text).contains("is not a value: expected a number"), "{text}");
        }
        assert!(told("").contains("missing"));
        let range = parse_range("0.372036854775808", "-9223", "-0.000000000000001");
        assert_eq!(range.unwrap_err(), "a range has at most 100,000 values: take larger steps");
        assert!(parse_range("1e2", "5", "1").unwrap_err().contains("has an exponent"));
        let precise = parse_range("0", "120000000000.006", "10000000000.0005");
        assert!(precise.unwrap_err().contains("more than 15 digits"));
    }

    #[test]
    fn bars_are_whole_and_plain() {
        for (text, bars) in
            [("63", 63), ("1", 1), ("007", 7), ("21.0", 21), ("1_000", 1000), ("1000000000", MOST_BARS)]
        {
            assert_eq!(parse_value(text).unwrap().bars(), Some(bars), "{text}");
        }
        for wrong in
            ["0", "-0", "2.5", "20%", "100%", "all", "-1", "1000000001", "4294967296", "999999999999999"]
        {
            assert_eq!(parse_value(wrong).unwrap().bars(), None, "{wrong}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn every_value_is_the_number_that_is_written(
            number in written(),
            unit in prop_oneof![Just(("", "")), Just(("%", "e-2")), Just((" bps", "e-4")), Just(("bps", "e-4"))],
        ) {
            let (suffix, shift) = unit;
            let Ok(value) = parse_value(&format!("{number}{suffix}")) else {
                prop_assert!(number.bytes().filter(u8::is_ascii_digit).count() > 15);
                return Ok(());
            };
            let float: f64 = format!("{number}{shift}").parse().unwrap();
            prop_assert_eq!(value.number(), Some(if float == 0.0 { 0.0 } else { float }));
            prop_assert_eq!(parse_value(value.text()).unwrap(), value.clone(), "reads back");
            let whole = number.split_once('.').map_or(Some(number.as_str()), |(whole, fraction)| {
                fraction.bytes().all(|byte| byte == b'0').then_some(whole)
            });
            let count = whole.and_then(|whole| whole.parse::<i64>().ok());
            let bars = count.filter(|count| suffix.is_empty() && (1..=1_000_000_000).contains(count));
            prop_assert_eq!(value.bars().map(i64::from), bars);
        }

        #[test]
        fn any_text_is_a_list_or_is_refused(text in "[-0-9a-z._,% ]{0,30}|[0-9.]{1,18}(\\.\\.)[-0-9.]{1,18} by [-0-9.]{1,18}") {
            for value in parse_list(&text).unwrap_or_default() {
                prop_assert_eq!(parse_value(value.text()).unwrap(), value.clone());
            }
        }

        #[test]
        fn counts_are_read_over_all_64_bits(number in prop_oneof![any::<u64>(), 0..2_000_000_000_u64]) {
            let bars = parse_value(&number.to_string()).ok().and_then(|value| value.bars());
            let fits = (1..=u64::from(MOST_BARS)).contains(&number);
            prop_assert_eq!(bars.map(u64::from), fits.then_some(number));
        }
    }
}
