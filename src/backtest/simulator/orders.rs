//! What is ordered when a rule is true: on which side, when it fills, what ends it, what it costs, how much of
//! the account goes in.

use super::scale::Scale;

/// Which price of the next bar an order decided at a close gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fill {
    /// The open of the next bar.
    #[default]
    Open,
    /// The close of the next bar.
    Close,
}

/// The side of the first leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    /// Gains when the price rises.
    #[default]
    Long,
    /// Gains when the price falls: sold first, bought back later.
    Short,
}

impl Side {
    /// 1 for long, -1 for short.
    pub fn sign(self) -> f64 {
        match self {
            Self::Long => 1.0,
            Self::Short => -1.0,
        }
    }

    /// The word in tables and sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Long => "long",
            Self::Short => "short",
        }
    }
}

/// A price level at a distance from a reference price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Barrier {
    /// The distance as a fraction of the reference, above 0; below 1 for a stop or a trail.
    pub fraction: f64,
    /// Whether it looks at closes only. It is then an order like that of the exit rule and fills when such an
    /// order fills; otherwise it fills inside the bar, at its level, or at the open where that lies beyond.
    pub on_close: bool,
}

/// A part of the position that is sold early.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Partial {
    /// The gain from the fill at which it is sold, a fraction above 0; looked at inside the bar.
    pub at: f64,
    /// The share of the units bought so far that is sold, between 0 and 1.
    pub part: f64,
}

/// So many parts leave early at most.
pub const MOST_PARTIALS: usize = 4;

/// Parts that leave before the rest, each once, in the order of their gains. Together they are less than the whole.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Partials {
    parts: [Partial; MOST_PARTIALS],
    count: usize,
}

impl Partials {
    /// Parts in any order; those behind the first [`MOST_PARTIALS`] are left out.
    pub fn of(parts: &[Partial]) -> Self {
        let count = parts.len().min(MOST_PARTIALS);
        let mut partials = Self { count, ..Self::default() };
        partials.parts[..count].copy_from_slice(&parts[..count]);
        partials.parts[..count].sort_by(|a, b| a.at.total_cmp(&b.at));
        partials
    }

    /// Whether nothing leaves early.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Part `number`, from 0, where there is one.
    pub(super) fn get(&self, number: usize) -> Option<Partial> {
        self.parts[..self.count].get(number).copied()
    }
}

/// What ends a trade besides the exit rule, whichever comes first. Levels are measured from the entry's fill
/// price (slippage in, commission not), and are told here for a long trade; for a short one they are mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Exits {
    /// Bars to hold, at least 1: entered at the open (close) of bar `e`, left at the open (close) of `e + after`.
    pub after: Option<u32>,
    /// Hit at or below `fill * (1 - fraction)`.
    pub stop: Option<Barrier>,
    /// Hit at or above `fill * (1 + fraction)`.
    pub target: Option<Barrier>,
    /// Hit at or below `peak * (1 - fraction)`. The peak is the highest of the fill and of the highs of the
    /// held bars before the one looked at, also on closes: a bar's own high never moves the level it is held
    /// against. The bar of an entry at its close was not held inside, so its high does not count.
    pub trail: Option<Barrier>,
    /// Whether the stop's fraction counts volatilities known at the entry's decision instead. Where that is
    /// missing, or the stop would stand at zero or below, there is no entry.
    pub stop_by_volatility: bool,
    /// Once the peak is at or above `fill * (1 + break_even)`, the stop stands at the fill at least.
    pub break_even: Option<f64>,
    /// Hit at or above `fill + fraction * (reach - fill)`, the reach being the price to catch up with that was
    /// known at the entry's decision. Without a reach above the fill there is no such exit.
    pub gap: Option<Barrier>,
    /// Parts that leave before the rest.
    pub partials: Partials,
}

/// What trading costs, as fractions per side.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Costs {
    /// Of the money traded, paid out of the account at the entry and again at the exit.
    pub commission: f64,
    /// Of the price: a buy fills at `price * (1 + slippage)`, a sale at `price * (1 - slippage)`.
    pub slippage: f64,
    /// Commission in money for each unit, on top.
    pub per_unit: f64,
    /// The least commission of an order, in money.
    pub least: f64,
    /// Slippage for an order as large as the volume of the last known bar; smaller orders in proportion.
    pub impact: f64,
}

/// How much goes into a trade.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Sizing {
    /// The share [`Orders::size`] of equity.
    #[default]
    Fraction,
    /// So much money.
    Amount(f64),
    /// As many units as lose this share of equity between the fill and the stop.
    Risk(f64),
    /// The share of equity that [`super::Terms::share`] tells.
    Told,
    /// A share of the Kelly fraction of the trades closed so far; [`Orders::size`] until enough are.
    Kelly {
        /// The share of it: 0.5 is half Kelly.
        share: f64,
        /// How many trades must be closed.
        trades: u32,
    },
}

/// What a size may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Money in the first leg is at most this multiple of equity.
    pub leverage: f64,
    /// Units are whole multiples of this, rounded down; 0 for any fraction.
    pub lot: f64,
    /// An order worth less than this is not placed.
    pub notional: f64,
    /// Where equity at a close is below this share of all positions' value, everything is closed; 0 for never.
    pub maintenance: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { leverage: 1.0, lot: 0.0, notional: 0.0, maintenance: 0.0 }
    }
}

/// Everything that turns a signal into a trade.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Orders {
    /// When an order decided at a close fills.
    pub fill: Fill,
    /// What ends a trade.
    pub exits: Exits,
    /// What trading costs.
    pub costs: Costs,
    /// The share of equity that goes into a trade, commission included: above 0, at most the leverage.
    pub size: f64,
    /// The side of the first leg.
    pub side: Side,
    /// How much goes into a trade.
    pub sizing: Sizing,
    /// What a size may be.
    pub limits: Limits,
    /// When a trade may follow another.
    pub again: Again,
    /// The price an entry waits for; without one it takes the next.
    pub limit: Option<LimitOrder>,
    /// When the parts of a position are bought.
    pub scale: Scale,
}

/// An entry that waits for a better price. It fills at an open at or beyond its level, or inside the bar at it,
/// without slippage; the other legs are ordered when it has filled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimitOrder {
    /// The level's distance from the close that decided, a fraction: below it for a long, above for a short.
    pub fraction: f64,
    /// Bars for which it waits, at least 1.
    pub bars: u32,
}

/// When a trade may follow another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Again {
    /// Bars after the one in which a trade ended whose closes order no entry; 0 for none, and its own close may.
    pub cooldown: u32,
    /// Whether only the first of several bars in a row at which the entry is true orders one.
    pub fresh: bool,
}
