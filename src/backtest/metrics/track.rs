//! What was earned: one run over one window, as the ledger tells it.

use crate::base::num;

/// Microseconds of a year of 365.25 days.
const MICROS_PER_YEAR: f64 = 365.25 * 86_400.0 * 1e6;

/// What was earned by one run over one window of n bars. All columns have n values.
#[derive(Debug, Clone, Copy)]
pub struct Track<'a> {
    /// Equity before the first bar, above 0.
    pub capital: f64,
    /// Equity marked at each close.
    pub equity: &'a [f64],
    /// The return of each bar, where it is known better than equity tells it; else empty.
    pub returns: &'a [f64],
    /// The instant at which the first bar opens, in microseconds.
    pub opens_at: i64,
    /// The instant at which each bar was known, in microseconds, increasing.
    pub known_at: &'a [i64],
    /// Whether a position was held at each close.
    pub held: &'a [bool],
    /// The return of buy and hold of the traded market over each bar of the same clock; empty without a
    /// benchmark.
    pub benchmark: &'a [f64],
    /// What idle money would have earned.
    pub risk_free: RiskFree<'a>,
    /// The closed trades, in any order. One still open at the end is part of equity alone.
    pub trades: &'a [TradeResult],
    /// Price times units of every fill, entries and exits alike, the entry of a trade still open included.
    pub traded: f64,
}

/// What idle money would have earned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RiskFree<'a> {
    /// The same rate all along, per year, as a fraction above -1.
    Annual(f64),
    /// The rate of each bar, already per bar ([`per_bar_rate`]).
    PerBar(&'a [f64]),
}

/// What a closed trade came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TradeResult {
    /// Profit after all costs, in money of the account.
    pub pnl: f64,
    /// Profit after all costs as a fraction of what the entry cost.
    pub net_return: f64,
}

/// What [`super::Sums::of`] needs beside its input, kept between calls so that it allocates once.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    pub(super) returns: Vec<f64>,
    pub(super) by_size: Vec<f64>,
}

/// Years of 365.25 days from the instant a window's first bar opens to the one its last bar is known at, both
/// in microseconds.
pub fn years(opens_at: i64, known_at: i64) -> f64 {
    (known_at - opens_at) as f64 / MICROS_PER_YEAR
}

/// P, the bars of a year: `bars` over `years` of elapsed time. About 365 for a market of every day, 252 for
/// one of exchange days.
pub fn periods_per_year(bars: usize, years: f64) -> f64 {
    bars as f64 / years
}

/// A rate per year as one per bar: (1 + `annual`)^(1 / P) - 1.
pub fn per_bar_rate(annual: f64, periods_per_year: f64) -> f64 {
    num::pow(1.0 + annual, 1.0 / periods_per_year) - 1.0
}

/// Fills `returns` with the simple return of each bar of `equity`, which stood at `capital` before the first
/// one. Where nothing was left before a bar, its return is 0: a ruined account stops trading.
pub fn bar_returns(capital: f64, equity: &[f64], returns: &mut Vec<f64>) {
    returns.clear();
    let mut before = capital;
    returns.extend(equity.iter().map(|&now| {
        let earned = if before > 0.0 { now / before - 1.0 } else { 0.0 };
        before = now;
        earned
    }));
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;

    #[test]
    fn years_are_elapsed_time() {
        let day = 86_400_000_000;
        assert_eq!(years(0, 1461 * day), 4.0);
        assert_eq!(periods_per_year(1461, 4.0), 365.25);
        // 9:30 to 16:00 of one day.
        assert!((years(0, 23_400_000_000) - 6.5 / 24.0 / 365.25).abs() < 1e-18);
    }

    #[test]
    fn a_rate_per_bar_compounds_to_that_of_the_year() {
        let bar = per_bar_rate(0.03, 252.0);
        assert!((num::pow(1.0 + bar, 252.0) - 1.03).abs() < 1e-13);
        assert_eq!(per_bar_rate(0.0, 252.0), 0.0);
    }

    #[test]
    fn a_ruined_account_earns_nothing_more() {
        let mut returns = vec![9.0];
        bar_returns(100.0, &[110.0, 0.0, 0.0], &mut returns);
        assert_eq!(returns, [110.0 / 100.0 - 1.0, -1.0, 0.0]);
        bar_returns(100.0, &[-50.0, -50.0], &mut returns);
        assert_eq!(returns, [-1.5, 0.0]);
    }
}
