//! Decimal numbers as people write them, so that steps of a range are exact.

/// `mantissa / 10^scale`, at most 15 digits: every such number is told apart by a 64-bit float.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    mantissa: i64,
    scale: u32,
}

/// Why there is no range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoRange {
    /// The step is 0.
    NoStep,
    /// The step leads away from the end.
    Away,
    /// The end lies between two steps: those of the two that can be written.
    Misses(Vec<Decimal>),
    /// More values than anyone could want.
    TooMany,
    /// Some value in between has more digits than a number may have.
    TooPrecise,
}

/// More digits than this a number may not have.
pub(super) const MOST_DIGITS: usize = 15;

/// The first number that has more digits.
const TOO_LONG: i128 = 1_000_000_000_000_000;

impl Decimal {
    /// Reads `12`, `-0.5`, `1_000`; `None` for anything else or more than 15 digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let (whole, fraction) = (ungrouped(whole)?, ungrouped(fraction)?);
        let fraction = fraction.trim_end_matches('0');
        if whole.trim_start_matches('0').len() + fraction.len() > MOST_DIGITS {
            return None;
        }
        let magnitude: i64 = format!("{whole}{fraction}").parse().ok()?;
        let scale = u32::try_from(fraction.len()).ok()?;
        Some(Self { mantissa: if negative { -magnitude } else { magnitude }, scale })
    }

    /// `mantissa / 10^scale`; `None` where that has more than 15 digits.
    fn new(mut mantissa: i128, mut scale: u32) -> Option<Self> {
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        let fits = mantissa.abs() < TOO_LONG;
        Some(Self { mantissa: i64::try_from(mantissa).ok().filter(|_| fits)?, scale })
    }

    /// The nearest float to this number divided by `10^shift`.
    pub(super) fn to_f64(self, shift: u32) -> f64 {
        // Only parsing the decimal text is correctly rounded; dividing would round twice. It always is a number.
        format!("{}e-{}", self.mantissa, self.scale + shift).parse().unwrap_or(f64::NAN)
    }

    /// Every number `from, from + step, …, to`, at most `most`.
    pub(super) fn range(from: Self, to: Self, step: Self, most: usize) -> Result<Vec<Self>, NoRange> {
        let scale = from.scale.max(to.scale).max(step.scale);
        // 15 digits with at most 15 zeros behind them are below 10^30; nothing here comes near the 10^38 of 128 bits.
        let at = |d: Self| i128::from(d.mantissa) * 10_i128.pow(scale - d.scale);
        let (first, last, by) = (at(from), at(to), at(step));
        if by == 0 {
            return Err(NoRange::NoStep);
        }
        let distance = last - first;
        if distance.signum() * by.signum() < 0 {
            return Err(NoRange::Away);
        }
        let number = |k: i128| Self::new(first + k * by, scale);
        let steps = distance / by;
        if usize::try_from(steps).map_or(true, |steps| steps >= most) {
            return Err(NoRange::TooMany);
        }
        if distance % by != 0 {
            return Err(NoRange::Misses([number(steps), number(steps + 1)].into_iter().flatten().collect()));
        }
        (0..=steps).map(number).collect::<Option<_>>().ok_or(NoRange::TooPrecise)
    }
}

/// Digits without the `_` between them; `None` where there are none, or anything else stands there.
fn ungrouped(digits: &str) -> Option<String> {
    let between = !digits.starts_with('_') && !digits.ends_with('_') && !digits.contains("__");
    let plain = digits.replace('_', "");
    (between && !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit())).then_some(plain)
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
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Decimal texts, those at the edges more often: no digits before the last, all 15 of them, every scale.
    pub(in crate::strategy::rule) fn written() -> impl Strategy<Value = String> {
        let digits = prop_oneof![
            3 => 0..100_u64,
            2 => 0..1_000_000_000_000_000_u64,
            1 => (0..15_u32).prop_map(|zeros| 10_u64.pow(zeros)),
            1 => (1..16_u32).prop_map(|nines| 10_u64.pow(nines) - 1),
        ];
        (digits, 0..16_usize, any::<bool>()).prop_map(|(digits, scale, negative)| {
            let text = format!("{digits:0width$}", width = scale + 1);
            let (whole, fraction) = text.split_at(text.len() - scale);
            let sign = if negative { "-" } else { "" };
            if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
        })
    }

    /// What a text says in units of 10^-15, read digit by digit.
    fn in_units(text: &str) -> i128 {
        let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = format!("{whole}{:0<15}", fraction.trim_end_matches('0'));
        sign * digits.bytes().fold(0, |sum, byte| sum * 10 + i128::from(byte - b'0'))
    }

    #[test]
    fn reads_and_writes_as_people_do() {
        for (text, printed) in [
            ("12", "12"),
            ("-0.50", "-0.5"),
            ("1_000", "1000"),
            ("007.0", "7"),
            ("0.05", "0.05"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("0.000000000000001", "0.000000000000001"),
            ("999999999999999", "999999999999999"),
            ("00000000000000000000000000000000000000012", "12"),
            ("1.50000000000000000000000000000000000000", "1.5"),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), printed);
        }
        let wrong = [
            "5.",
            "",
            "-",
            ".",
            ".5",
            "5_",
            "_5",
            "1__0",
            "1_.5",
            "_",
            "--1",
            "+1",
            "1e5",
            "0x10",
            "1.2.3",
            "½",
            "٣",
            "1 0",
            "nan",
            "inf",
            "1234567890123456",
            "0.0000000000000001",
            "18446744073709551615",
            "1e400",
        ];
        for wrong in wrong {
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

    fn d(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    fn range(from: &str, to: &str, step: &str) -> Result<Vec<String>, NoRange> {
        Decimal::range(d(from), d(to), d(step), 100).map(|r| r.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn ranges_are_exact_and_include_their_end() {
        assert_eq!(range("0.1", "0.5", "0.1").unwrap(), ["0.1", "0.2", "0.3", "0.4", "0.5"]);
        assert_eq!(range("10", "2.5", "-2.5").unwrap(), ["10", "7.5", "5", "2.5"]);
        assert_eq!(range("5", "5", "1").unwrap(), ["5"]);
        assert_eq!(range("5", "50", "7"), Err(NoRange::Misses(vec![d("47"), d("54")])));
        assert_eq!(range("5", "1", "1"), Err(NoRange::Away));
        assert_eq!(range("0", "1", "0"), Err(NoRange::NoStep));
        assert_eq!(range("0", "1000", "1"), Err(NoRange::TooMany));
    }

    #[test]
    fn ranges_at_the_ends_of_what_can_be_written_are_counted_right() {
        assert_eq!(range("0.372036854775808", "-9223", "-0.000000000000001"), Err(NoRange::TooMany));
        assert_eq!(range("-999999999999999", "999999999999999", "0.000000000000001"), Err(NoRange::TooMany));
        assert_eq!(range("-999999999999999", "999999999999999", "999999999999999").unwrap().len(), 3);
        assert_eq!(range("0", "0.000000000000099", "0.000000000000001").unwrap().len(), 100);
        assert_eq!(range("0", "0.0000000000001", "0.000000000000001"), Err(NoRange::TooMany));
        // What would have to be written with 16 digits is no end to propose.
        assert_eq!(
            range("0", "999999999999999", "999999999999998").unwrap_err(),
            NoRange::Misses(vec![d("999999999999998")])
        );
        assert_eq!(range("0", "120000000000.006", "10000000000.0005"), Err(NoRange::TooPrecise));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_is_written_reads_back(text in written()) {
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            match Decimal::parse(&text) {
                Some(decimal) => {
                    let printed = decimal.to_string();
                    prop_assert_eq!(in_units(&printed), in_units(&text));
                    prop_assert_eq!(Decimal::parse(&printed), Some(decimal));
                    prop_assert_eq!(decimal.to_f64(0).to_bits(), text.parse::<f64>().unwrap().to_bits() & if decimal.mantissa == 0 { 0 } else { u64::MAX });
                    for shift in [2, 4] {
                        let shifted = format!("{printed}e-{shift}").parse::<f64>().unwrap();
                        prop_assert_eq!(decimal.to_f64(shift).to_bits(), shifted.to_bits());
                    }
                }
                None => prop_assert!(digits > MOST_DIGITS),
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[-+0-9._eE x½]{0,24}") {
            if let Some(decimal) = Decimal::parse(&text) {
                prop_assert_eq!(in_units(&decimal.to_string()), in_units(&text.replace('_', "")));
            }
        }

        #[test]
        fn a_range_is_from_and_whole_steps_up_to_its_end(from in written(), to in written(), step in written()) {
            check_range(&from, &to, &step)?;
        }

        /// As above, with an end that is some steps away.
        #[test]
        fn a_range_holds_as_many_values_as_it_has_steps(from in written(), step in written(), steps in 0..200_i128) {
            let (Some(from), Some(step)) = (Decimal::parse(&from), Decimal::parse(&step)) else { return Ok(()) };
            let scale = from.scale.max(step.scale);
            let at = |d: Decimal| i128::from(d.mantissa) * 10_i128.pow(scale - d.scale);
            let Some(to) = Decimal::new(at(from) + steps * at(step), scale) else { return Ok(()) };
            check_range(&from.to_string(), &to.to_string(), &step.to_string())?;
        }
    }

    /// Compares a range with steps counted in units of 10^-15.
    fn check_range(from: &str, to: &str, step: &str) -> Result<(), TestCaseError> {
        let [Some(first), Some(last), Some(by)] = [from, to, step].map(Decimal::parse) else { return Ok(()) };
        let most = 100;
        let (a, b, by_units) = (in_units(from), in_units(to), in_units(step));
        let found = Decimal::range(first, last, by, most);
        if by_units == 0 {
            prop_assert_eq!(found, Err(NoRange::NoStep));
        } else if (b - a) * by_units.signum() < 0 {
            prop_assert_eq!(found, Err(NoRange::Away));
        } else if (b - a) / by_units >= i128::try_from(most).unwrap() {
            prop_assert_eq!(found, Err(NoRange::TooMany));
        } else if (b - a) % by_units != 0 {
            let Err(NoRange::Misses(ends)) = found else { return Err(TestCaseError::fail("not missed")) };
            for end in ends {
                let proposed = Decimal::range(first, Decimal::parse(&end.to_string()).unwrap(), by, most + 1);
                prop_assert!(matches!(proposed, Ok(_) | Err(NoRange::TooPrecise)), "{:?}", proposed);
            }
        } else {
            match found {
                Ok(values) => {
                    prop_assert_eq!(values.len(), usize::try_from((b - a) / by_units).unwrap() + 1);
                    for (k, value) in values.iter().enumerate() {
                        prop_assert_eq!(
                            in_units(&value.to_string()),
                            a + i128::try_from(k).unwrap() * by_units
                        );
                        prop_assert_eq!(Decimal::parse(&value.to_string()), Some(*value), "reads back");
                    }
                    prop_assert_eq!(values.last(), Some(&last));
                    let distinct: std::collections::BTreeSet<u64> =
                        values.iter().map(|v| v.to_f64(2).to_bits()).collect();
                    prop_assert_eq!(distinct.len(), values.len(), "told apart by floats");
                }
                Err(reason) => prop_assert_eq!(reason, NoRange::TooPrecise),
            }
        }
        Ok(())
    }
}
