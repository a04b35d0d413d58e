//! How numbers, dates and hashes are written, the same in the page, in the pictures and in the terminal.

use crate::base::calendar::{Instant, Label, LabelKind};
use crate::base::num;
pub use crate::base::num::counted;

use super::content::{Unit, Value};

/// What stands for an undefined number where its reason has no room.
pub const NOT_AVAILABLE: &str = "n/a";

/// From here on numbers are written with an exponent.
const TOO_LONG: f64 = 1e15;

/// A fraction as percent with its sign: `+12.3%`, `-0.4%`, `0.0%`; from 1,000% on without decimals.
pub fn change(fraction: f64) -> String {
    let text = share(fraction);
    let positive = fraction > 0.0 && text.bytes().any(|byte| byte.is_ascii_digit() && byte != b'0');
    if positive { format!("+{text}") } else { text }
}

/// A fraction as percent without a plus: `61.9%`; from 1,000% on without decimals.
pub fn share(fraction: f64) -> String {
    if !fraction.is_finite() {
        return NOT_AVAILABLE.to_owned();
    }
    let percent = fraction * 100.0;
    let decimals = usize::from(percent.abs() < 1000.0);
    format!("{}%", decimal(percent, decimals))
}

/// A number with so many decimals, thousands set apart, and no negative zero: `-1,234.50`.
pub fn decimal(number: f64, decimals: usize) -> String {
    if !number.is_finite() {
        return NOT_AVAILABLE.to_owned();
    }
    if number.abs() >= TOO_LONG {
        return format!("{number:.2e}");
    }
    let digits = format!("{:.decimals$}", number.abs());
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits.as_str(), ""));
    let negative = number < 0.0 && digits.bytes().any(|byte| byte.is_ascii_digit() && byte != b'0');
    let mut text = String::from(if negative { "-" } else { "" });
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// How long something lasts, from days: `5 days`; below two days in hours, as in `16 hours`.
pub fn duration(days: f64) -> String {
    let (number, unit) = if days < 2.0 { (days * 24.0, "hour") } else { (days, "day") };
    let text = decimal(number, usize::from((number - number.round()).abs() > 0.05));
    let ending = if text == "1" { "" } else { "s" };
    format!("{text} {unit}{ending}")
}

/// A whole number with thousands set apart: `12,870`.
pub fn count(number: usize) -> String {
    num::grouped(number)
}

/// A price: two decimals from 1 on, four significant digits below it.
pub fn price(number: f64) -> String {
    let size = number.abs();
    let decimals = match size {
        _ if size >= 1.0 || size <= 0.0 => 2,
        _ if size >= 0.1 => 4,
        _ if size >= 0.01 => 5,
        _ => 8,
    };
    decimal(number, decimals)
}

/// A number in the way its unit asks for.
pub fn number(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Change => change(value),
        Unit::Share => share(value),
        Unit::Ratio => decimal(value, 2),
        Unit::Probability => decimal(value, 3),
        Unit::Count | Unit::Bars => decimal(value, 0),
        Unit::Days => format!("{} d", decimal(value, 0)),
    }
}

/// A value, or `n/a` where there is none.
pub fn short(value: &Value, unit: Unit) -> String {
    value.known().map_or_else(|| NOT_AVAILABLE.to_owned(), |known| number(known, unit))
}

/// A value, or `n/a: reason`.
pub fn long(value: &Value, unit: Unit) -> String {
    match reason(value) {
        Some(reason) => format!("{NOT_AVAILABLE}: {reason}"),
        None => short(value, unit),
    }
}

/// Why there is no number, if there is none.
pub fn reason(value: &Value) -> Option<&str> {
    match value {
        Value::Missing(reason) => Some(reason),
        Value::Known(number) if !number.is_finite() => Some("not a finite number"),
        Value::Known(_) => None,
    }
}

/// A label for a table: the date, or date and minute in UTC: `2013-04-01 00:07Z`.
pub fn day(label: Label) -> String {
    match label.kind() {
        LabelKind::Date => label.to_string(),
        LabelKind::Time => {
            let text = Instant::from_micros(label.micros()).to_string();
            match (text.get(..10), text.get(11..16)) {
                (Some(date), Some(minute)) => format!("{date} {minute}Z"),
                _ => text,
            }
        }
    }
}

/// The first twelve characters of a hash.
pub fn short_hash(hash: &str) -> String {
    hash.chars().take(12).collect()
}

/// A metric's name in plain words: `max_drawdown` is `max drawdown`.
pub fn plain_name(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_unit_that_suits_them() {
        let said: Vec<String> = [5.0, 17.0, 2.5, 2.0 / 3.0, 1.0 / 24.0].map(duration).into();
        assert_eq!(said, ["5 days", "17 days", "2.5 days", "16 hours", "1 hour"]);
    }

    #[test]
    fn percent_has_a_sign_and_no_negative_zero() {
        let shown: Vec<String> =
            [0.1234, -0.004, -0.0004, 0.0004, 0.0, 12.3456, 10.0, -0.5].map(change).into_iter().collect();
        assert_eq!(shown, ["+12.3%", "-0.4%", "0.0%", "0.0%", "0.0%", "+1,235%", "+1,000%", "-50.0%"]);
        assert_eq!(change(f64::NAN), "n/a");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(decimal(1_234_567.891, 2), "1,234,567.89");
        assert_eq!(decimal(-999.999, 1), "-1,000.0");
        assert_eq!(decimal(-1.5e300, 2), "-1.50e300");
        assert_eq!(count(100), "100");
        assert_eq!(count(12_870), "12,870");
    }

    #[test]
    fn cheap_prices_keep_their_digits() {
        assert_eq!(price(0.07), "0.07000");
        assert_eq!(price(103_245.1), "103,245.10");
        assert_eq!(price(0.000_012_34), "0.00001234");
    }

    #[test]
    fn what_is_undefined_says_why() {
        let missing = Value::Missing("needs 2 trades, has 1".to_owned());
        assert_eq!(long(&missing, Unit::Ratio), "n/a: needs 2 trades, has 1");
        assert_eq!(short(&Value::Known(f64::INFINITY), Unit::Ratio), "n/a");
        assert_eq!(long(&Value::Known(f64::INFINITY), Unit::Ratio), "n/a: not a finite number");
    }

    #[test]
    fn labels_show_date_or_minute() {
        let time = Label::time(Instant::from_micros(1_364_774_820_000_000));
        assert_eq!(day(time), "2013-04-01 00:07Z");
        assert_eq!(day(Label::from_micros(0, LabelKind::Date)), "1970-01-01");
    }
}
