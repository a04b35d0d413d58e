//! Decimal numbers as people write them, so that steps of a range are exact.

/// `mantissa / 10^scale`, at most 15 digits: every such number is told apart by a 64-bit float.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    mantissa: i64,
    scale: u32,
}

/// Why there is no range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoRange {
    /// The step is 0.
    NoStep,
    /// The step leads away from the end.
    Away,
    /// The end lies between these two steps.
    Misses(Decimal, Decimal),
    /// More values than anyone could want.
    TooMany,
}

const MOST_DIGITS: usize = 15;

impl Decimal {
    /// Reads `12`, `-0.5`, `1_000`; `None` for anything else or more than 15 digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let digits = digits.replace('_', "");
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        if whole.trim_start_matches('0').len() + fraction.len() > MOST_DIGITS {
            return None;
        }
        let magnitude: i64 = format!("{whole}{fraction}").parse().ok()?;
        let scale = u32::try_from(fraction.len()).ok()?;
        Some(Self { mantissa: if negative { -magnitude } else { magnitude }, scale })
    }

    /// The nearest float to this number divided by `10^shift`.
    pub(super) fn to_f64(self, shift: u32) -> f64 {
        // Only parsing the decimal text is correctly rounded; dividing would round twice.
        format!("{}e-{}", self.mantissa, self.scale + shift).parse().unwrap_or(f64::NAN)
    }

    /// Every number `from, from + step, …, to`, at most `most`.
    pub(super) fn range(from: Self, to: Self, step: Self, most: usize) -> Result<Vec<Self>, NoRange> {
        let scale = from.scale.max(to.scale).max(step.scale);
        let at = |d: Self| d.mantissa.checked_mul(10_i64.checked_pow(scale - d.scale)?);
        let (Some(first), Some(last), Some(by)) = (at(from), at(to), at(step)) else {
            return Err(NoRange::TooMany);
        };
        let distance = last.checked_sub(first).ok_or(NoRange::TooMany)?;
        if by == 0 {
            return Err(NoRange::NoStep);
        }
        if distance.signum() * by.signum() < 0 {
            return Err(NoRange::Away);
        }
        let number = |k: i64| Self { mantissa: first + k * by, scale }.reduced();
        let steps = distance / by;
        if distance % by != 0 {
            let next = first.checked_add(by.saturating_mul(steps + 1)).map(|_| number(steps + 1));
            return Err(NoRange::Misses(number(steps), next.unwrap_or(number(steps))));
        }
        match usize::try_from(steps) {
            Ok(count) if count < most => Ok((0..=steps).map(number).collect()),
            _ => Err(NoRange::TooMany),
        }
    }

    fn reduced(mut self) -> Self {
        while self.scale > 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.scale -= 1;
        }
        self
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = format!("{:0width$}", self.mantissa.unsigned_abs(), width = self.scale as usize + 1);
        let (whole, fraction) = digits.split_at(digits.len() - self.scale as usize);
        let sign = if self.mantissa < 0 { "-" } else { "" };
        if fraction.is_empty() { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_as_people_do() {
        for (text, printed) in
            [("12", "12"), ("-0.50", "-0.5"), ("1_000", "1000"), ("007.0", "7"), ("0.05", "0.05")]
        {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), printed);
        }
        for wrong in ["", "-", ".5", "1e5", "1.2.3", "1234567890123456", "½"] {
            assert_eq!(Decimal::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_percentage_is_the_float_nearest_to_it() {
        for percent in 0..=1000_u32 {
            let value = Decimal::parse(&percent.to_string()).unwrap().to_f64(2);
            assert!((value - f64::from(percent) / 100.0).abs() < f64::EPSILON * value.max(1e-300));
            assert_eq!(value.to_string().parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
        assert_eq!(Decimal::parse("7").unwrap().to_f64(2).to_bits(), 0.07_f64.to_bits());
    }

    #[test]
    fn ranges_are_exact_and_include_their_end() {
        let d = |text| Decimal::parse(text).unwrap();
        let range = |a, b, c| {
            Decimal::range(d(a), d(b), d(c), 100)
                .map(|r| r.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(range("0.1", "0.5", "0.1").unwrap(), ["0.1", "0.2", "0.3", "0.4", "0.5"]);
        assert_eq!(range("10", "2.5", "-2.5").unwrap(), ["10", "7.5", "5", "2.5"]);
        assert_eq!(range("5", "5", "1").unwrap(), ["5"]);
        assert_eq!(range("5", "50", "7"), Err(NoRange::Misses(d("47"), d("54"))));
        assert_eq!(range("5", "1", "1"), Err(NoRange::Away));
        assert_eq!(range("0", "1", "0"), Err(NoRange::NoStep));
        assert_eq!(range("0", "1000", "1"), Err(NoRange::TooMany));
    }
}
