//! A number or the reason why there is none, and how both rank.

use std::cmp::Ordering;
use std::fmt;

/// What a metric came to: a finite number, or why there is none.
pub type Value = Result<f64, Undefined>;

/// Why a metric is undefined. Its `Display` is the reason shown beside the missing value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Undefined {
    /// The window has fewer bars than the formula needs.
    NeedsBars {
        /// How many are needed.
        needs: u32,
        /// How many there are.
        has: u32,
    },
    /// There are fewer closed trades than the formula needs.
    NeedsTrades {
        /// How many are needed.
        needs: u32,
        /// How many there are.
        has: u32,
    },
    /// Nothing can be said per year of a window that lasts no time.
    NoTime,
    /// Every bar returned the same, so there is no dispersion to divide by.
    FlatReturns,
    /// Every trade earned the same, so there is no dispersion to divide by.
    FlatTrades,
    /// Strategy and benchmark differ by the same return on every bar.
    FlatDifference,
    /// The benchmark returned the same on every bar.
    FlatBenchmark,
    /// There is no benchmark to compare with.
    NoBenchmark,
    /// No bar returned less than the risk-free rate.
    NoLosingBar,
    /// Equity never fell below its peak.
    NoDrawdown,
    /// The 5% quantile of bar returns is 0.
    NoTail,
    /// No trade lost.
    NoLosingTrade,
    /// No trade won.
    NoWinningTrade,
    /// Equity was not above 0 on average.
    NoEquity,
    /// No position was ever held; given by [`for_ranking`] alone.
    NeverTraded,
    /// The number is beyond what a 64-bit float holds.
    TooLarge,
}

impl fmt::Display for Undefined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NeedsBars { needs, has } => return needs_has(f, *needs, *has, "bar"),
            Self::NeedsTrades { needs, has } => return needs_has(f, *needs, *has, "trade"),
            Self::NoTime => "the window lasts no time",
            Self::FlatReturns => "every bar returned the same",
            Self::FlatTrades => "every trade earned the same",
            Self::FlatDifference => "the difference to the benchmark never varies",
            Self::FlatBenchmark => "the benchmark never varies",
            Self::NoBenchmark => "there is no benchmark",
            Self::NoLosingBar => "no bar lost",
            Self::NoDrawdown => "no drawdown",
            Self::NoTail => "the 5% quantile of bar returns is 0",
            Self::NoLosingTrade => "no trade lost",
            Self::NoWinningTrade => "no trade won",
            Self::NoEquity => "equity is not above 0 on average",
            Self::NeverTraded => "no position was ever held",
            Self::TooLarge => "the number is too large to state",
        })
    }
}

fn needs_has(f: &mut fmt::Formatter<'_>, needs: u32, has: u32, what: &str) -> fmt::Result {
    let plural = if needs == 1 { "" } else { "s" };
    write!(f, "needs {needs} {what}{plural}, has {has}")
}

/// Which direction of a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Better {
    /// The larger the better.
    Higher,
    /// The smaller the better.
    Lower,
    /// It describes and does not judge; a ranking by it puts the largest first.
    Neither,
}

impl Better {
    /// The direction's name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::Neither => "none",
        }
    }
}

/// The value to rank by: that of a combination that never held a position is undefined, whatever the metric.
///
/// Doing nothing has a drawdown and a volatility of exactly 0, and would win every sweep ranked by them.
///
/// # Errors
/// The reason of `value`, or [`Undefined::NeverTraded`].
pub fn for_ranking(value: Value, ever_held: bool) -> Value {
    if ever_held { value } else { Err(Undefined::NeverTraded) }
}

/// Which of two values ranks before the other: `Less` where `a` does. What is undefined ranks last, and all
/// that is undefined ranks alike.
pub fn rank(a: Value, b: Value, better: Better) -> Ordering {
    match (a, b) {
        (Ok(a), Ok(b)) => match better {
            Better::Lower => a.total_cmp(&b),
            Better::Higher | Better::Neither => b.total_cmp(&a),
        },
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => Ordering::Equal,
    }
}

/// The indices of `values` from best to worst; ties by the lowest index.
pub fn rank_order(values: &[Value], better: Better) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| rank(values[a], values[b], better));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISSING: Value = Err(Undefined::FlatReturns);

    #[test]
    fn undefined_ranks_last_and_ties_go_to_the_lowest_index() {
        let values = [MISSING, Ok(1.0), Ok(-3.0), Err(Undefined::NoTime), Ok(1.0), Ok(2.0)];
        assert_eq!(rank_order(&values, Better::Higher), [5, 1, 4, 2, 0, 3]);
        assert_eq!(rank_order(&values, Better::Lower), [2, 1, 4, 5, 0, 3]);
        assert_eq!(rank_order(&values, Better::Neither), [5, 1, 4, 2, 0, 3]);
    }

    #[test]
    fn undefined_loses_from_either_side() {
        for better in [Better::Higher, Better::Lower, Better::Neither] {
            assert_eq!(rank(MISSING, Ok(-1e300), better), Ordering::Greater);
            assert_eq!(rank(Ok(-1e300), MISSING, better), Ordering::Less);
            assert_eq!(rank(MISSING, Err(Undefined::NoTime), better), Ordering::Equal);
        }
    }

    #[test]
    fn doing_nothing_never_wins() {
        let drawdowns = [for_ranking(Ok(0.0), false), for_ranking(Ok(-0.2), true)];
        assert_eq!(rank_order(&drawdowns, Better::Higher), [1, 0]);
    }

    #[test]
    fn reasons_are_sentences_for_people() {
        assert_eq!(Undefined::NeedsTrades { needs: 2, has: 1 }.to_string(), "needs 2 trades, has 1");
        assert_eq!(Undefined::NeedsBars { needs: 1, has: 0 }.to_string(), "needs 1 bar, has 0");
        assert_eq!(Undefined::NoDrawdown.to_string(), "no drawdown");
    }

    #[test]
    fn a_value_stays_small() {
        assert!(size_of::<Value>() <= 16, "{}", size_of::<Value>());
    }
}
