//! What composes: sums over bars and trades, from which every metric finishes.

use super::ROUNDING;
use super::drawdown::{Drawdown, DrawdownScan};
use super::tails::Tails;
use super::total::Total;
use super::track::{
    RiskFree, Scratch, Track, TradeResult, bar_returns, per_bar_rate, periods_per_year, years,
};

/// Bars from which on two threads share the work of a track.
const SHARED: usize = 1 << 16;

/// Everything the formulas need to know of one run over one window. All money is in units of the capital.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sums {
    /// The bars of the window.
    pub bars: usize,
    /// The years of the window, by elapsed time.
    pub years: f64,
    /// Equity at the last close over the capital.
    pub growth: f64,
    /// The bar returns.
    pub returns: Moments,
    /// The shape of their distribution.
    pub shape: Shape,
    /// The bar returns above the risk-free rate.
    pub excess: Excess,
    /// The ends of their distribution, of returns as earned.
    pub tails: Tails,
    /// The falls below the running peak.
    pub drawdown: Drawdown,
    /// The bars at whose close a position was held.
    pub held: usize,
    /// Mean equity over the closes, in units of the capital.
    pub mean_equity: f64,
    /// Price times units of every fill, in units of the capital.
    pub traded: f64,
    /// The comparison with the benchmark, where there is one.
    pub versus: Option<Versus>,
    /// The closed trades.
    pub trades: TradeSums,
}

/// Count, mean and spread of some values.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    /// How many values.
    pub count: usize,
    /// Their mean; 0 without values.
    pub mean: f64,
    /// The sum of their squared distances from the mean; 0 where they are [flat](Self::is_flat).
    pub squares: f64,
    /// The smallest value; 0 without values.
    pub min: f64,
    /// The largest value; 0 without values.
    pub max: f64,
}

/// Third and fourth sums of distances from the mean.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Shape {
    /// The sum of the cubed distances.
    pub cubes: f64,
    /// The sum of their fourth powers.
    pub fourths: f64,
}

/// Bar returns above the risk-free rate.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Excess {
    /// Their mean and spread.
    pub moments: Moments,
    /// The sum of the squares of those below 0.
    pub downside: f64,
    /// The sum of those above 0.
    pub gains: f64,
    /// The sum of those below 0, as a positive number.
    pub losses: f64,
}

/// Bar returns against those of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Versus {
    /// The strategy's return less the benchmark's.
    pub active: Moments,
    /// The benchmark's return above the risk-free rate.
    pub benchmark: Moments,
    /// The sum of the products of both excess returns' distances from their means.
    pub products: f64,
}

/// Closed trades.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TradeSums {
    /// How many.
    pub count: usize,
    /// How many earned more than nothing.
    pub wins: usize,
    /// How many lost.
    pub losses: usize,
    /// What the winners earned, in units of the capital.
    pub gained: f64,
    /// What the losers lost, in units of the capital, as a positive number.
    pub lost: f64,
    /// The sum of the net returns.
    pub net_returns: f64,
    /// Profit after costs, in units of the capital.
    pub pnl: Moments,
}

impl Sums {
    /// The sums of a track.
    ///
    /// # Panics
    /// Where the columns of `track` differ in length.
    pub fn of(track: &Track<'_>, scratch: &mut Scratch) -> Self {
        track.assert_lengths();
        let bars = track.equity.len();
        let (Some(&last_equity), Some(&last_known)) = (track.equity.last(), track.known_at.last()) else {
            return Self { trades: TradeSums::of(track.trades, track.capital), ..Self::default() };
        };
        let years = years(track.opens_at, last_known);
        if track.returns.is_empty() {
            bar_returns(track.capital, track.equity, &mut scratch.returns);
        } else {
            scratch.returns.clear();
            scratch.returns.extend_from_slice(track.returns);
        }
        let Scratch { returns, by_size } = scratch;
        let returns: &[f64] = returns;
        let rate = Rate::of(track.risk_free, periods_per_year(bars, years));
        let mut ends = || {
            by_size.clear();
            by_size.extend_from_slice(returns);
            (Tails::of(by_size, 0).unwrap_or_default(), falls(track))
        };
        let middle = || {
            let moments = Moments::of(returns.iter().copied());
            let excess = Excess::of(returns, &moments, rate);
            let versus = (!track.benchmark.is_empty())
                .then(|| Versus::of(returns, track.benchmark, rate, excess.moments.mean));
            (moments, excess, versus)
        };
        let ((tails, drawdown), (moments, excess, versus)) =
            if bars < SHARED { (ends(), middle()) } else { rayon::join(ends, middle) };
        Self {
            bars,
            years,
            growth: last_equity / track.capital,
            returns: moments,
            shape: Shape::of(returns.iter().copied(), moments.mean),
            excess,
            tails,
            drawdown,
            held: track.held.iter().filter(|held| **held).count(),
            mean_equity: Total::of(track.equity.iter().copied()) / bars as f64 / track.capital,
            traded: track.traded / track.capital,
            versus,
            trades: TradeSums::of(track.trades, track.capital),
        }
    }
}

/// The falls of equity below its peak.
fn falls(track: &Track<'_>) -> Drawdown {
    let mut scan = DrawdownScan::new(track.capital, track.opens_at);
    for (&equity, &known_at) in track.equity.iter().zip(track.known_at) {
        scan.close(equity, known_at);
    }
    scan.finish()
}

impl Track<'_> {
    fn assert_lengths(&self) {
        let bars = self.equity.len();
        assert_eq!(self.known_at.len(), bars, "`known_at` has as many values as `equity`");
        assert_eq!(self.held.len(), bars, "`held` has as many values as `equity`");
        if !self.returns.is_empty() {
            assert_eq!(self.returns.len(), bars, "`returns` has as many values as `equity`");
        }
        if !self.benchmark.is_empty() {
            assert_eq!(self.benchmark.len(), bars, "`benchmark` has as many values as `equity`");
        }
        if let RiskFree::PerBar(rates) = self.risk_free {
            assert_eq!(rates.len(), bars, "the risk-free rate has as many values as `equity`");
        }
    }
}

/// A risk-free rate by bar.
#[derive(Clone, Copy)]
enum Rate<'a> {
    Constant(f64),
    Each(&'a [f64]),
}

impl<'a> Rate<'a> {
    fn of(risk_free: RiskFree<'a>, periods_per_year: f64) -> Self {
        match risk_free {
            RiskFree::Annual(annual) => Self::Constant(per_bar_rate(annual, periods_per_year)),
            RiskFree::PerBar(rates) => Self::Each(rates),
        }
    }

    fn at(self, bar: usize) -> f64 {
        match self {
            Self::Constant(rate) => rate,
            Self::Each(rates) => rates[bar],
        }
    }

    /// `returns` less the rate of each bar.
    fn below(self, returns: &[f64]) -> impl Iterator<Item = f64> + Clone {
        returns.iter().enumerate().map(move |(bar, earned)| earned - self.at(bar))
    }
}

impl Moments {
    /// The moments of `values`, in two passes: first the mean, then the distances from it.
    pub fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let (mut sum, mut min, mut max, mut count) =
            (Total::default(), f64::INFINITY, f64::NEG_INFINITY, 0_usize);
        for value in values.clone() {
            sum.add(value);
            min = min.min(value);
            max = max.max(value);
            count += 1;
        }
        if count == 0 {
            return Self::default();
        }
        let mean = sum.value() / count as f64;
        let spread = Self { count, mean, squares: 0.0, min, max };
        if spread.is_flat() {
            return spread;
        }
        Self { squares: Total::of(values.map(|value| (value - mean) * (value - mean))), ..spread }
    }

    /// The moments of the values less `constant`: of excess returns under a rate that never changes.
    #[must_use]
    pub fn less(&self, constant: f64) -> Self {
        Self { mean: self.mean - constant, min: self.min - constant, max: self.max - constant, ..*self }
    }

    /// Whether all values are the same up to [`ROUNDING`]. The spread is compared, not the standard
    /// deviation, which rounding makes a little more than 0 for equal values.
    pub fn is_flat(&self) -> bool {
        self.max - self.min <= ROUNDING
    }

    /// The sample standard deviation, with n - 1 below the line; 0 for fewer than two values.
    pub fn deviation(&self) -> f64 {
        if self.count < 2 { 0.0 } else { (self.squares / (self.count - 1) as f64).sqrt() }
    }
}

impl Shape {
    /// The third and fourth sums of `values` about their `mean`.
    pub fn of(values: impl Iterator<Item = f64>, mean: f64) -> Self {
        let (mut cubes, mut fourths) = (Total::default(), Total::default());
        for value in values {
            let distance = value - mean;
            let square = distance * distance;
            cubes.add(square * distance);
            fourths.add(square * square);
        }
        Self { cubes: cubes.value(), fourths: fourths.value() }
    }
}

impl Excess {
    fn of(returns: &[f64], moments: &Moments, rate: Rate<'_>) -> Self {
        let (mut downside, mut gains, mut losses) = (Total::default(), Total::default(), Total::default());
        for earned in rate.below(returns) {
            let (gain, loss) = (earned.max(0.0), (-earned).max(0.0));
            gains.add(gain);
            losses.add(loss);
            downside.add(loss * loss);
        }
        Self {
            moments: match rate {
                Rate::Constant(rate) => moments.less(rate),
                Rate::Each(_) => Moments::of(rate.below(returns)),
            },
            downside: downside.value(),
            gains: gains.value(),
            losses: losses.value(),
        }
    }
}

impl Versus {
    fn of(returns: &[f64], benchmark: &[f64], rate: Rate<'_>, excess_mean: f64) -> Self {
        let market = Moments::of(rate.below(benchmark));
        let products = rate
            .below(returns)
            .zip(rate.below(benchmark))
            .map(|(own, its)| (own - excess_mean) * (its - market.mean));
        Self {
            active: Moments::of(returns.iter().zip(benchmark).map(|(own, its)| own - its)),
            benchmark: market,
            products: Total::of(products),
        }
    }
}

impl TradeSums {
    /// The sums of closed `trades` of an account that began with `capital`.
    pub fn of(trades: &[TradeResult], capital: f64) -> Self {
        let (mut gained, mut lost, mut net_returns) = (Total::default(), Total::default(), Total::default());
        let mut sums = Self { count: trades.len(), ..Self::default() };
        for trade in trades {
            net_returns.add(trade.net_return);
            if trade.net_return > ROUNDING {
                sums.wins += 1;
                gained.add(trade.pnl / capital);
            } else if trade.net_return < -ROUNDING {
                sums.losses += 1;
                lost.add(-trade.pnl / capital);
            }
        }
        Self {
            gained: gained.value(),
            lost: lost.value(),
            net_returns: net_returns.value(),
            pnl: Moments::of(trades.iter().map(|trade| trade.pnl / capital)),
            ..sums
        }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;
    use crate::base::num;

    #[test]
    fn moments_are_those_of_the_slice() {
        let values = [0.02, -0.01, 0.0, 0.03, -0.025];
        let moments = Moments::of(values.into_iter());
        assert_eq!(Some(moments.mean), num::mean(&values));
        assert!((moments.squares / 4.0 - num::sample_variance(&values).unwrap_or(9.0)).abs() < 1e-18);
        assert_eq!((moments.min, moments.max, moments.count), (-0.025, 0.03, 5));
    }

    #[test]
    fn equal_values_have_no_spread_at_all() {
        let nearly = [0.001, 0.001 + 2e-16, 0.001 - 1e-16];
        assert!(Moments::of(nearly.into_iter()).is_flat());
        assert_eq!(Moments::of(nearly.into_iter()).deviation(), 0.0);
        assert!(!Moments::of([0.0, 1e-9].into_iter()).is_flat());
        assert_eq!(Moments::of(std::iter::empty()), Moments::default());
    }

    #[test]
    fn a_trade_that_earned_nothing_is_neither_win_nor_loss() {
        let trade = |pnl, net_return| TradeResult { pnl, net_return };
        let sums = TradeSums::of(
            &[trade(50.0, 0.1), trade(0.0, 0.0), trade(1e-13, 1e-16), trade(-25.0, -0.05)],
            500.0,
        );
        assert_eq!((sums.count, sums.wins, sums.losses), (4, 1, 1));
        assert_eq!((sums.gained, sums.lost), (0.1, 0.05));
    }
}
