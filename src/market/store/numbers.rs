//! How a file writes numbers: `2048.6`, `2,048.60`, `2.048,60`, `$187.15`, `6.18K`. Never guessed: a vendor's
//! layout says it, the whole file leaves one way, or the user tells.

/// The mark between the whole part and the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Point,
    Comma,
}

/// One way to write numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Notation {
    pub(super) decimal: Mark,
    /// Thousands may be set apart by the other mark, in groups of three digits.
    pub(super) grouped: bool,
    /// A `$` may stand before a price.
    pub(super) dollars: bool,
    /// Volumes may end in K, M, B or T, and are rounded then.
    pub(super) rounded_volumes: bool,
}

impl Notation {
    /// `2048.6`: what programs write.
    pub(super) const PLAIN: Self =
        Self { decimal: Mark::Point, grouped: false, dollars: false, rounded_volumes: false };
    /// `2,048.60`.
    pub(super) const POINT: Self = Self { grouped: true, ..Self::PLAIN };
    /// `2.048,60`.
    pub(super) const COMMA: Self = Self { decimal: Mark::Comma, ..Self::POINT };

    /// The notation a user names: `point` or `comma`.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "point" => Some(Self::POINT),
            "comma" => Some(Self::COMMA),
            _ => None,
        }
    }

    /// How such a number looks, for messages.
    pub(super) fn looks(self) -> &'static str {
        match (self.decimal, self.grouped) {
            (Mark::Point, false) => "1234.5",
            (Mark::Point, true) => "1,234.5",
            (Mark::Comma, _) => "1.234,5",
        }
    }

    /// Reads a price; `None` where it is not written this way. Infinite and `nan` are told by the caller.
    pub(super) fn price(self, text: &str) -> Option<f64> {
        let text = if self.dollars { text.strip_prefix('$').unwrap_or(text) } else { text };
        self.number(text)
    }

    /// Reads a volume, which may be rounded.
    pub(super) fn volume(self, text: &str) -> Option<f64> {
        let last = text.chars().next_back().filter(|_| self.rounded_volumes);
        let zeros = match last.map(|letter| letter.to_ascii_uppercase()) {
            Some('K') => 3,
            Some('M') => 6,
            Some('B') => 9,
            Some('T') => 12,
            _ => return self.number(text),
        };
        self.scaled(&text[..text.len() - 1], zeros)
    }

    fn number(self, text: &str) -> Option<f64> {
        self.scaled(text, 0)
    }

    /// The number that `text` is with its point so many places further to the right.
    fn scaled(self, text: &str, zeros: u32) -> Option<f64> {
        if !self.grouped && self.decimal == Mark::Point {
            return if zeros == 0 { text.parse().ok() } else { format!("{text}e{zeros}").parse().ok() };
        }
        let (decimal, group) = match self.decimal {
            Mark::Point => ('.', ','),
            Mark::Comma => (',', '.'),
        };
        let (whole, fraction) = match text.split_once(decimal) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (text, None),
        };
        if fraction.is_some_and(|digits| digits.bytes().any(|byte| !byte.is_ascii_digit())) {
            return None;
        }
        let whole = ungrouped(whole, group)?;
        // Only the whole text is rounded once, so that `6.18K` is 6180 and not 6179.999….
        format!("{whole}.{}e{zeros}", fraction.unwrap_or("0")).parse().ok()
    }
}

/// `-1,234` as `-1234`; `None` where marks do not stand between groups of three.
fn ungrouped(text: &str, mark: char) -> Option<String> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let mut groups = digits.split(mark);
    let first = groups.next()?;
    let all_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let rest: Vec<&str> = groups.collect();
    let well_formed = all_digits(first)
        && !first.is_empty()
        && (rest.is_empty() || first.len() <= 3)
        && rest.iter().all(|group| group.len() == 3 && all_digits(group));
    well_formed.then(|| format!("{sign}{first}{}", rest.concat()))
}

/// The notation of a whole file, where its layout does not say.
pub(super) enum Told {
    /// One way reads every price, or none does and faults are told by the plain one.
    One(Notation),
    /// Both ways read every price, and give other prices.
    Both,
}

/// Looks for the one way that reads all of `prices`.
///
/// `by_semicolons`: the cells are set apart by semicolons, as programs do where a comma stands before decimals; a
/// point may then stand between thousands.
pub(super) fn choose<'a>(prices: &(impl Iterator<Item = &'a str> + Clone), by_semicolons: bool) -> Told {
    let reads = |notation: Notation| prices.clone().all(|cell| notation.price(cell).is_some());
    let differs = |one: Notation, other: Notation| {
        prices.clone().any(|cell| one.price(cell).map(f64::to_bits) != other.price(cell).map(f64::to_bits))
    };
    let mostly_plain = || {
        let plain = prices.clone().filter(|cell| Notation::PLAIN.price(cell).is_some()).count();
        2 * plain > prices.clone().count()
    };
    if reads(Notation::PLAIN) {
        let doubtful = by_semicolons && reads(Notation::COMMA) && differs(Notation::PLAIN, Notation::COMMA);
        return if doubtful { Told::Both } else { Told::One(Notation::PLAIN) };
    }
    match (reads(Notation::POINT), reads(Notation::COMMA)) {
        // Where most numbers are plain, the others are slips, and told as such.
        (true, true) if mostly_plain() => Told::One(Notation::PLAIN),
        (true, true) => Told::Both,
        (true, false) => Told::One(Notation::POINT),
        (false, true) => Told::One(Notation::COMMA),
        (false, false) => Told::One(Notation::PLAIN),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_as_written_or_not_at_all() {
        let us = Notation { dollars: true, rounded_volumes: true, ..Notation::POINT };
        for (text, value) in
            [("2,048.60", 2048.6), ("$187.15", 187.15), ("1,234,567", 1_234_567.0), ("-0.5", -0.5)]
        {
            assert_eq!(us.price(text), Some(value), "{text}");
        }
        for text in
            ["1,23", "1,2345", "12,34,567", "2.048,60", "1234,567", "", "$", "1.2.3", ",123", "1e3", "nan"]
        {
            assert_eq!(us.price(text), None, "{text}");
        }
        assert_eq!(Notation::COMMA.price("2.048,60"), Some(2048.6));
        assert_eq!(Notation::COMMA.price("1.234"), Some(1234.0));
        assert_eq!(Notation::COMMA.price("0,5"), Some(0.5));
        for (text, value) in
            [("6.18K", 6180.0), ("0.74K", 740.0), ("149.10K", 149_100.0), ("1.2B", 1.2e9), ("7", 7.0)]
        {
            assert_eq!(us.volume(text), Some(value), "{text}");
        }
        assert_eq!(us.volume("0.0005K"), Some(0.5));
        assert_eq!(us.volume("1.0000000000000002T"), Some(1_000_000_000_000.000_2));
        for text in ["1e3K", "K", "1KK", "½K", "1é", "é", ""] {
            assert_eq!(us.volume(text), None, "{text}");
        }
        assert_eq!(Notation::PLAIN.volume("6.18K"), None);
    }

    proptest! {
        /// What programs write is what the standard library reads; with marks between thousands it is the same number.
        #[test]
        fn numbers_are_those_of_the_standard_library(
            text in "-?[0-9]{1,25}(\\.[0-9]{0,25})?(e[-+]?[0-9]{1,4})?|[-+0-9.eEinfaINFA_x]{0,9}",
        ) {
            let bits = |value: Option<f64>| value.map(f64::to_bits);
            prop_assert_eq!(bits(Notation::PLAIN.price(&text)), bits(text.parse().ok()));
            prop_assert_eq!(bits(Notation::PLAIN.volume(&text)), bits(text.parse().ok()));
        }

        #[test]
        fn marks_between_thousands_change_no_number(whole in "-?(0|[1-9][0-9]{0,20})", fraction in "[0-9]{0,20}", zeros in 0..5_usize) {
            let plain = if fraction.is_empty() { whole.clone() } else { format!("{whole}.{fraction}") };
            let (sign, digits) = whole.strip_prefix('-').map_or(("", whole.as_str()), |digits| ("-", digits));
            let first = (digits.len() + 2) % 3 + 1;
            let groups: Vec<&str> =
                std::iter::once(&digits[..first]).chain((first..digits.len()).step_by(3).map(|at| &digits[at..at + 3])).collect();
            let value: f64 = plain.parse().unwrap();
            for (notation, group, point) in [(Notation::POINT, ",", "."), (Notation::COMMA, ".", ",")] {
                let decimals = if fraction.is_empty() { String::new() } else { format!("{point}{fraction}") };
                let text = format!("{sign}{}{decimals}", groups.join(group));
                prop_assert_eq!(notation.price(&text), Some(value), "{}", text);
                let rounded = Notation { rounded_volumes: true, ..notation };
                let (letter, power) = [("", 0), ("K", 3), ("m", 6), ("B", 9), ("T", 12)][zeros];
                let scaled: f64 = format!("{plain}e{power}").parse().unwrap();
                prop_assert_eq!(rounded.volume(&format!("{text}{letter}")), Some(scaled));
            }
        }
    }

    #[test]
    fn the_whole_file_tells_or_nothing_does() {
        let told = |cells: &[&str], semicolons| match choose(&cells.iter().copied(), semicolons) {
            Told::One(notation) => notation.looks(),
            Told::Both => "both",
        };
        assert_eq!(told(&["1.5", "2"], false), "1234.5");
        assert_eq!(told(&["1,234.5", "2"], false), "1,234.5");
        assert_eq!(told(&["1234,5", "2"], true), "1.234,5");
        assert_eq!(told(&["1.234", "2.345"], false), "1234.5");
        assert_eq!(told(&["1.234", "2.345"], true), "both");
        assert_eq!(told(&["1,234", "2,345"], true), "both");
        assert_eq!(told(&["1,234", "x"], true), "1234.5");
    }
}
