//! What is ordered when a rule is true: when it fills, what ends it, what it costs, how much of the account
//! goes in.

/// Which price of the next bar an order decided at a close gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// The open of the next bar.
    Open,
    /// The close of the next bar.
    Close,
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

/// What ends a trade besides the exit rule, whichever comes first. Levels are measured from the entry's fill
/// price (slippage in, commission not).
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
}

/// What trading costs, as fractions per side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// Of the money traded, paid out of the account at the entry and again at the exit.
    pub commission: f64,
    /// Of the price: a buy fills at `price * (1 + slippage)`, a sale at `price * (1 - slippage)`.
    pub slippage: f64,
}

/// Everything that turns a signal into a trade.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Orders {
    /// When an order decided at a close fills.
    pub fill: Fill,
    /// What ends a trade.
    pub exits: Exits,
    /// What trading costs.
    pub costs: Costs,
    /// The share of equity that goes into a trade, commission included: above 0, at most 1.
    pub size: f64,
}
