//! What a simulation runs on: the markets of a trade, each with its own sessions, and what was known at each
//! decision.

use super::orders::Fill;

/// The rows of a market: four columns of one length, without a missing value. A market without highs and lows
/// repeats its closes there; barriers that look inside the bar mean nothing on it and are the caller's to
/// refuse.
#[derive(Debug, Clone, Copy)]
pub struct Prices<'a> {
    /// The first price of each bar.
    pub open: &'a [f64],
    /// The highest price of each bar.
    pub high: &'a [f64],
    /// The lowest price of each bar.
    pub low: &'a [f64],
    /// The last price of each bar.
    pub close: &'a [f64],
}

impl Prices<'_> {
    /// The number of bars.
    pub fn bars(&self) -> usize {
        self.close.len()
    }
}

/// When each bar of a market opens and is known, in microseconds.
#[derive(Debug, Clone, Copy)]
pub struct Times<'a> {
    /// When its first price is made.
    pub opens_at: &'a [i64],
    /// When all of it is known; increasing.
    pub known_at: &'a [i64],
}

/// A market that can be traded.
#[derive(Debug, Clone, Copy)]
pub struct Market<'a> {
    /// Its prices.
    pub prices: Prices<'a>,
    /// When its bars open and are known. Without times bar `t` lasts from instant `t` to `t + 1`: enough for a
    /// single market that costs nothing by time.
    pub times: Option<Times<'a>>,
    /// Units traded in each bar; empty where no cost depends on them.
    pub volume: &'a [f64],
}

impl<'a> Market<'a> {
    /// A market of prices alone.
    pub fn of(prices: Prices<'a>) -> Self {
        Self { prices, times: None, volume: &[] }
    }

    /// When bar `row` opens.
    pub fn opens_at(&self, row: usize) -> i64 {
        self.times.map_or(row as i64, |times| times.opens_at[row])
    }

    /// When bar `row` is known.
    pub fn known_at(&self, row: usize) -> i64 {
        self.times.map_or(row as i64 + 1, |times| times.known_at[row])
    }

    /// When and at what price an order fills in bar `row`.
    pub(super) fn fill(&self, row: usize, fill: Fill) -> (i64, f64) {
        match fill {
            Fill::Open => (self.opens_at(row), self.prices.open[row]),
            Fill::Close => (self.known_at(row), self.prices.close[row]),
        }
    }

    /// The first bar that opens at `instant` or later.
    pub(super) fn first_open(&self, instant: i64) -> Option<usize> {
        let row = match self.times {
            Some(times) => times.opens_at.partition_point(|&opens| opens < instant),
            None => usize::try_from(instant).unwrap_or(0),
        };
        (row < self.prices.bars()).then_some(row)
    }

    /// The last bar known at `instant`.
    pub(super) fn last_known(&self, instant: i64) -> Option<usize> {
        let known = match self.times {
            Some(times) => times.known_at.partition_point(|&known| known <= instant),
            None => usize::try_from(instant).unwrap_or(0).min(self.prices.bars()),
        };
        known.checked_sub(1)
    }
}

/// A number for each bar of the clock: as known at its decision, or in force during it. NaN is missing.
#[derive(Debug, Clone, Copy)]
pub enum Known<'a> {
    /// The same for all.
    Same(f64),
    /// One value per bar.
    Each(&'a [f64]),
}

impl Known<'_> {
    /// The number of bar `t`.
    pub fn at(self, t: usize) -> f64 {
        match self {
            Self::Same(value) => value,
            Self::Each(values) => values[t],
        }
    }

    /// Whether it is 0 for every bar.
    pub(super) fn is_nothing(self) -> bool {
        matches!(self, Self::Same(0.0))
    }
}

/// One leg of a trade: what is held in one market.
#[derive(Debug, Clone, Copy)]
pub struct LegTerms<'a> {
    /// The market, by its number.
    pub market: usize,
    /// Money in this leg for each unit of money in the first: 1 for the first itself, -1 for an equal sum on
    /// the other side. Where it is missing at the decision, there is no entry.
    pub weight: Known<'a>,
}

/// A commission rate that holds once so much has been traded in the 30 days before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tier {
    /// Money traded, at least.
    pub from: f64,
    /// The rate from there on, a fraction.
    pub rate: f64,
}

/// Everything about the markets that a simulation may use. Market 0 is the traded one; its bars are the clock.
#[derive(Debug, Clone)]
pub struct Terms<'a> {
    /// The markets; the first has one row per bar of the clock.
    pub markets: Vec<Market<'a>>,
    /// The legs of a trade. The first is in market 0, with weight 1; exits look at it alone, unless it is a basket.
    pub legs: Vec<LegTerms<'a>>,
    /// Whether the legs are a basket: one sum is planned for all of them at the decision, exits look at the value of
    /// all of them at closes, and returns are those of all.
    pub basket: bool,
    /// Slippage of each market beside the fixed one, as a fraction of the price, known at the decision before.
    pub rough: Vec<Known<'a>>,
    /// Volatility per bar known at the decision, for a stop that is scaled by it.
    pub volatility: Known<'a>,
    /// The price to catch up with, known at the decision.
    pub reach: Known<'a>,
    /// The share of equity that a target of volatility asks for, known at the decision.
    pub share: Known<'a>,
    /// What borrowing a short position costs per year in force during a bar, a fraction of its value.
    pub borrow: Known<'a>,
    /// What idle cash earns per year in force during a bar.
    pub interest: Known<'a>,
    /// Instants and rates at which holders of market 0 pay (above 0) or are paid by those who are short.
    pub funding: &'a [(i64, f64)],
    /// Commission rates by what was traded before, rising; the fixed rate holds below the first.
    pub tiers: &'a [Tier],
}

impl<'a> Terms<'a> {
    /// One market held outright, with costs that depend on nothing but the order.
    pub fn outright(market: Market<'a>) -> Self {
        Self {
            markets: vec![market],
            legs: vec![LegTerms { market: 0, weight: Known::Same(1.0) }],
            basket: false,
            rough: vec![Known::Same(0.0)],
            volatility: Known::Same(f64::NAN),
            reach: Known::Same(f64::NAN),
            share: Known::Same(f64::NAN),
            borrow: Known::Same(0.0),
            interest: Known::Same(0.0),
            funding: &[],
            tiers: &[],
        }
    }

    /// Bars of the clock.
    pub fn bars(&self) -> usize {
        self.markets[0].prices.bars()
    }

    /// Whether time itself costs or earns something.
    pub(super) fn finances(&self) -> bool {
        !(self.borrow.is_nothing() && self.interest.is_nothing() && self.funding.is_empty())
    }
}
