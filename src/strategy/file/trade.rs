//! What is put on, beside the rule that says when: sides and legs, sizes, and what it costs by time and size.

use super::{Barrier, Part, Scale, Setting};

/// The side of the traded market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Bought first.
    #[default]
    Long,
    /// Sold first.
    Short,
}

impl Direction {
    /// The word in files and sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Long => "long",
            Self::Short => "short",
        }
    }

    /// The other side's word.
    pub fn other(self) -> &'static str {
        match self {
            Self::Long => "short",
            Self::Short => "long",
        }
    }
}

/// A leg on the other side of the traded market.
#[derive(Debug, Clone, PartialEq)]
pub struct Hedge {
    /// The market, by its number.
    pub market: usize,
    /// Whether it is worth beta times the money in the traded market, rather than as much.
    pub by_beta: bool,
    /// How far the traded market moves with it, as known at the entry; where it was not written, over the last 63
    /// bars, to stand beside.
    pub beta: Part,
}

/// Several markets that are one trade.
#[derive(Debug, Clone, PartialEq)]
pub struct Basket {
    /// The markets beside the traded one, by their numbers.
    pub others: Vec<usize>,
    /// How the money is shared out.
    pub weights: Weights,
}

/// How a basket's money is shared out among its markets, the traded one first.
#[derive(Debug, Clone, PartialEq)]
pub enum Weights {
    /// The same for each.
    Equal,
    /// In inverse proportion to each one's volatility, as known at the entry.
    Volatility(Vec<Part>),
    /// In proportion to how far each is below its high (above its low for a short), as known at the entry.
    Gap(Vec<Part>),
}

/// A rate: a value, or a series of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Rate {
    /// The same all the time, a fraction.
    Setting(Setting),
    /// The values of a market's rows, by its number.
    Series(usize),
}

/// A commission rate from so much money traded in the last 30 days on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tier {
    /// Money traded, at least.
    pub from: f64,
    /// The rate, a fraction.
    pub rate: f64,
}

/// Slippage that grows with a market's volatility.
#[derive(Debug, Clone, PartialEq)]
pub struct Rough {
    /// The share of the volatility that is lost.
    pub share: Setting,
    /// The volatility of the traded market and, where there is one, of the hedge.
    pub of: Vec<Part>,
}

/// What trading costs beside rates per side.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fees {
    /// Commission in money for each unit.
    pub per_unit: Option<Setting>,
    /// The least commission of an order, in money.
    pub least: Option<Setting>,
    /// Rates by what was traded before, rising.
    pub tiers: Vec<Tier>,
    /// Slippage by volatility.
    pub rough: Option<Rough>,
    /// Slippage of an order as large as the last bar's volume.
    pub impact: Option<Setting>,
    /// For borrowing what is sold short, per year; a series counts in percent.
    pub borrow: Option<Rate>,
    /// Of a perpetual: per year, or a series of what is paid at each of its rows, as fractions.
    pub funding: Option<Rate>,
    /// On idle cash, per year; a series counts in percent.
    pub interest: Option<Rate>,
}

/// What decides how much goes into a trade.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Sizing {
    /// A share of equity.
    #[default]
    Fraction,
    /// So much money.
    Amount(Setting),
    /// As much as moves equity by this much a year.
    Volatility {
        /// Volatility per year, a fraction.
        target: Setting,
        /// The volatility per bar, as known at the entry.
        of: Part,
    },
    /// As much as loses this share of equity at the stop.
    Risk(Setting),
    /// A share of the Kelly fraction of the trades before.
    Kelly {
        /// The share of it.
        share: Setting,
        /// Trades that must be closed before; until then the fraction holds.
        after: Setting,
    },
}

/// What a size may be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Limits {
    /// Units are whole multiples of this.
    pub lot: Option<Setting>,
    /// An order worth less is not placed.
    pub minimum: Option<Setting>,
    /// Money in the traded market is at most this multiple of equity.
    pub leverage: Option<Setting>,
    /// Equity must be at least this share of everything held.
    pub maintenance: Option<Setting>,
}

/// A part that leaves before the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Partial {
    /// At which gain.
    pub at: Setting,
    /// Which share of it.
    pub part: Setting,
}

/// Exits beside stop, target and trail.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MoreExits {
    /// The volatility whose multiple the stop's distance is.
    pub stop_by: Option<Part>,
    /// The gain from which the stop stands at the fill.
    pub break_even: Option<Setting>,
    /// A share of the way to the price to catch up with.
    pub gap: Option<Barrier>,
    /// Parts that leave before the rest.
    pub partials: Vec<Partial>,
}

/// When a trade may follow another.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Again {
    /// Bars after an exit whose closes order no entry.
    pub cooldown: Option<Setting>,
    /// Whether the rule must have been untrue at the bar before.
    pub fresh: bool,
}

/// An entry that waits for a better price.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitOrder {
    /// How far from the close of the signal.
    pub distance: Setting,
    /// Bars for which it waits.
    pub valid: Setting,
}

/// What is put on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// The side of the traded market.
    pub direction: Direction,
    /// The leg on the other side.
    pub hedge: Option<Hedge>,
    /// The markets that are traded together.
    pub basket: Option<Basket>,
    /// When a trade may follow another.
    pub again: Again,
    /// The price an entry waits for.
    pub limit: Option<LimitOrder>,
    /// When its parts are bought.
    pub scale: Scale,
    /// Exits beside stop, target and trail.
    pub exits: MoreExits,
    /// How much.
    pub sizing: Sizing,
    /// Within which limits.
    pub limits: Limits,
    /// What it costs beside rates per side.
    pub fees: Fees,
}

impl Plan {
    /// Whether it is one long position of a fixed share of equity, with costs in proportion to its money and no
    /// exit but the rule, `after`, `stop`, `target` and `trail`: where such a trade ends can be searched for.
    pub fn is_simple(&self) -> bool {
        *self == Self::default()
    }

    /// Why what follows an entry depends on more than its bar and on how much money there is, in words; `None`
    /// where any account lives through the same in proportion to its equity.
    pub fn not_in_proportion(&self) -> Option<&'static str> {
        let (sizing, limits, fees) = (&self.sizing, &self.limits, &self.fees);
        let parts = [
            (matches!(self.scale, Scale::Adds(_)), "it adds at signals while it holds"),
            (matches!(sizing, Sizing::Amount(_)), "its size is an amount of money"),
            (matches!(sizing, Sizing::Kelly { .. }), "its size depends on the trades before"),
            (limits.lot.is_some(), "it trades whole lots"),
            (limits.minimum.is_some(), "its orders have a least size"),
            (fees.least.is_some(), "its orders have a least commission"),
            (!fees.tiers.is_empty(), "its commission depends on what was traded before"),
            (fees.impact.is_some(), "its slippage depends on the size of the order"),
            (fees.interest.is_some(), "idle cash earns interest"),
        ];
        parts.into_iter().find(|(differs, _)| *differs).map(|(_, reason)| reason)
    }

    /// Every measure it needs at a decision.
    pub fn measures(&self) -> Vec<&Part> {
        let beta = self.hedge.iter().filter(|hedge| hedge.by_beta).map(|hedge| &hedge.beta);
        let rough = self.fees.rough.iter().flat_map(|rough| &rough.of);
        let target = match &self.sizing {
            Sizing::Volatility { of, .. } => Some(of),
            _ => None,
        };
        let weights = match self.basket.as_ref().map(|basket| &basket.weights) {
            Some(Weights::Volatility(of) | Weights::Gap(of)) => of.as_slice(),
            _ => &[],
        };
        beta.chain(weights).chain(rough).chain(&self.exits.stop_by).chain(target).collect()
    }

    /// The markets that are only read as rates.
    pub fn rate_markets(&self) -> Vec<usize> {
        let rates = [&self.fees.borrow, &self.fees.funding, &self.fees.interest];
        let series = rates.into_iter().flatten().filter_map(|rate| match rate {
            Rate::Series(market) => Some(*market),
            Rate::Setting(_) => None,
        });
        series.collect()
    }
}
