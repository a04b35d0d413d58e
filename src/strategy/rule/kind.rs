//! What unit a part of a rule has.

/// What a part of a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Money per unit.
    Price,
    /// A share of something: 20% is 0.2.
    Fraction,
    /// A plain number: a count, a volume, a correlation, a ratio.
    Number,
    /// True or false, until the next bar of its series.
    Truth,
    /// True once, at the first decision that knows of it.
    Event,
}

impl Kind {
    /// Whether it is true or false rather than a number.
    pub fn is_truth(self) -> bool {
        matches!(self, Self::Truth | Self::Event)
    }

    /// How messages call it.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Price => "a price",
            Self::Fraction => "a percentage",
            Self::Number => "a plain number",
            Self::Truth | Self::Event => "something true or false",
        }
    }
}
