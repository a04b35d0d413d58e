//! The names: every metric there is, in the order in which tables show them.

use super::formulas as f;
use super::sums::Sums;
use super::value::{Better, Undefined, Value};
use crate::base::diagnostic::{Diagnostic, Result, nearest};

/// The metric that ranks where the user names none.
pub const DEFAULT_RANK: &str = "sharpe";

/// One metric: its name, how to read it, and the formula behind it.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// The name in files and on the command line.
    pub name: &'static str,
    /// A short label for people.
    pub label: &'static str,
    /// What the number counts.
    pub unit: Unit,
    /// Which direction is better.
    pub better: Better,
    /// One sentence: the exact variant, and where it comes from.
    pub definition: &'static str,
    formula: fn(&Sums) -> Value,
}

impl Metric {
    /// The metric from sums: finite, or the reason why there is none.
    ///
    /// # Errors
    /// The reason why the metric is undefined here.
    pub fn value(&self, sums: &Sums) -> Value {
        let value = (self.formula)(sums)?;
        // Adding 0 turns -0 into 0, so that equal numbers rank alike and print alike.
        if value.is_finite() { Ok(value + 0.0) } else { Err(Undefined::TooLarge) }
    }
}

/// What a metric's number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A fraction, shown to people as percent.
    Fraction,
    /// A plain ratio.
    Ratio,
    /// A whole number.
    Count,
    /// Calendar days, with fractions.
    Days,
    /// Times per year.
    PerYear,
}

impl Unit {
    /// The unit's name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fraction => "fraction",
            Self::Ratio => "ratio",
            Self::Count => "count",
            Self::Days => "days",
            Self::PerYear => "per year",
        }
    }
}

/// Every metric there is. A metric's id is its index here.
pub fn registry() -> &'static [Metric] {
    &REGISTRY
}

/// The metric of that name.
pub fn find(name: &str) -> Option<&'static Metric> {
    registry().iter().find(|metric| metric.name == name)
}

/// The id of the metric of that name: its index in the [`registry`].
pub fn index_of(name: &str) -> Option<usize> {
    registry().iter().position(|metric| metric.name == name)
}

/// The metric a user asked for.
///
/// # Errors
/// Where there is none of that name: with the nearest name, or all of them.
pub fn named(name: &str) -> Result<&'static Metric> {
    find(name).ok_or_else(|| {
        let names = || registry().iter().map(|metric| metric.name);
        let hint = match nearest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the metrics are {}", names().collect::<Vec<_>>().join(", ")),
        };
        Diagnostic::new(format!("unknown metric `{name}`")).hint(hint).into()
    })
}

const fn metric(
    name: &'static str,
    label: &'static str,
    (unit, better): (Unit, Better),
    formula: fn(&Sums) -> Value,
    definition: &'static str,
) -> Metric {
    Metric { name, label, unit, better, definition, formula }
}

use Better::{Higher, Lower, Neither};
use Unit::{Count, Days, Fraction, PerYear, Ratio};

#[rustfmt::skip]
static REGISTRY: [Metric; 28] = [
    metric("total_return", "Total return", (Fraction, Higher), f::total_return,
        "Equity at the last close over the capital before the first bar, less 1."),
    metric("cagr", "Return per year", (Fraction, Higher), f::cagr,
        "The constant yearly growth that gives the total return, (1 + total return)^(1 / years) - 1, with \
         years of 365.25 days of elapsed time; -100% after ruin."),
    metric("volatility", "Volatility per year", (Fraction, Lower), f::volatility,
        "Sample standard deviation (n - 1) of the bar returns, times the root of the bars per year."),
    metric("sharpe", "Sharpe ratio", (Ratio, Higher), f::sharpe,
        "Mean over sample standard deviation (n - 1) of the arithmetic bar returns above the risk-free \
         rate, times the root of the bars per year (Sharpe 1994); undefined where every bar returned the \
         same."),
    metric("sortino", "Sortino ratio", (Ratio, Higher), f::sortino,
        "Mean x of the bar returns above the risk-free rate over the root of mean(min(x, 0)^2), with all n \
         bars in that mean, times the root of the bars per year (Sortino and Price 1994); undefined where \
         no bar lost."),
    metric("calmar", "Calmar ratio", (Ratio, Higher), f::calmar,
        "Return per year over the size of the deepest drawdown, both of the whole window, so that it is the \
         MAR ratio; Young (1991) took the last 36 months."),
    metric("omega", "Omega ratio", (Ratio, Higher), f::omega,
        "Sum of the bar returns above the risk-free rate over the sum of those below it, as a positive \
         number (Keating and Shadwick 2002, threshold at the risk-free rate)."),
    metric("max_drawdown", "Deepest drawdown", (Fraction, Higher), f::max_drawdown,
        "The deepest fall of equity, marked at closes, below its highest before, at most 0; the capital \
         before the first bar counts as a peak."),
    metric("max_drawdown_days", "Longest drawdown", (Days, Lower), f::max_drawdown_days,
        "Calendar days of the longest time below a peak, from the peak to the bar that regained it, or to \
         the last bar where none did."),
    metric("ulcer", "Ulcer index", (Fraction, Lower), f::ulcer,
        "The root of the mean, over all n bars, of the squared fraction below the peak (Martin and McCann \
         1989), as a fraction."),
    metric("var_95", "Value at risk, 95%", (Fraction, Higher), f::var_95,
        "The 5% quantile of the bar returns, empirical, linear between neighbours (type 7 of Hyndman and \
         Fan 1996), signed: a loss is negative."),
    metric("cvar_95", "Expected shortfall, 95%", (Fraction, Higher), f::cvar_95,
        "The mean of the floor(0.05 (n - 1)) + 1 smallest bar returns, empirical and signed, after \
         Rockafellar and Uryasev (2000)."),
    metric("skew", "Skewness", (Ratio, Higher), f::skew,
        "g1 of the bar returns: the third central moment over the 3/2 power of the second, plain moments \
         without a correction for bias (Joanes and Gill 1998)."),
    metric("kurtosis", "Kurtosis", (Ratio, Neither), f::kurtosis,
        "The fourth central moment of the bar returns over the square of the second, raw (3 for a normal \
         distribution) and without a correction for bias (g2 + 3 of Joanes and Gill 1998)."),
    metric("tail_ratio", "Tail ratio", (Ratio, Higher), f::tail_ratio,
        "Size of the 95% quantile of the bar returns over that of the 5% quantile, both of type 7."),
    metric("trades", "Closed trades", (Count, Neither), f::trades,
        "Trades that were closed inside the window; one still open at its end is not counted."),
    metric("wins", "Winning trades", (Count, Neither), f::wins,
        "Closed trades with a net profit above 0."),
    metric("win_rate", "Win rate by trade", (Fraction, Higher), f::win_rate,
        "Winning trades over closed trades."),
    metric("profit_factor", "Profit factor by trade", (Ratio, Higher), f::profit_factor,
        "Sum of the net profits of winning trades over the sum of the net losses of losing ones, in money."),
    metric("payoff", "Payoff by trade", (Ratio, Higher), f::payoff,
        "Mean net profit of the winning trades over the mean net loss of the losing ones, in money."),
    metric("expectancy", "Expectancy by trade", (Fraction, Higher), f::expectancy,
        "Mean net return of the closed trades."),
    metric("sqn", "System quality number", (Ratio, Higher), f::sqn,
        "Root of the number of closed trades times mean over sample standard deviation (n - 1) of their net \
         profit in money (Tharp 2008), without his cap at 100 trades."),
    metric("kelly", "Kelly fraction", (Fraction, Higher), f::kelly,
        "p - (1 - p) / b with the win rate p and the payoff b of the closed trades (Kelly 1956, for bets of \
         two outcomes)."),
    metric("time_in_market", "Time in market", (Fraction, Neither), f::time_in_market,
        "Share of the bars at whose close a position is held."),
    metric("turnover", "Turnover", (PerYear, Neither), f::turnover,
        "Price times units of all fills, buys and sells alike, over mean equity at the closes, per year."),
    metric("alpha", "Alpha per year", (Fraction, Higher), f::alpha,
        "Intercept of the least-squares line of the bar returns on those of buy and hold, both above the \
         risk-free rate, times the bars per year, not compounded (Jensen 1968)."),
    metric("beta", "Beta", (Ratio, Neither), f::beta,
        "Slope of the least-squares line of the bar returns on those of buy and hold, both above the \
         risk-free rate."),
    metric("information_ratio", "Information ratio", (Ratio, Higher), f::information_ratio,
        "Mean over sample standard deviation (n - 1) of the bar returns less those of buy and hold, times \
         the root of the bars per year (Goodwin 1998)."),
];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_the_contract() {
        let names: Vec<&str> = registry().iter().map(|metric| metric.name).collect();
        assert_eq!(
            names.join(" "),
            "total_return cagr volatility sharpe sortino calmar omega max_drawdown max_drawdown_days ulcer \
             var_95 cvar_95 skew kurtosis tail_ratio trades wins win_rate profit_factor payoff expectancy \
             sqn kelly time_in_market turnover alpha beta information_ratio"
        );
    }

    #[test]
    fn every_entry_is_found_and_told() {
        for (index, metric) in registry().iter().enumerate() {
            assert_eq!(index_of(metric.name), Some(index));
            assert_eq!(find(metric.name).unwrap().label, metric.label);
            assert!(metric.definition.ends_with('.') && !metric.definition.contains("  "), "{}", metric.name);
            assert!(metric.label.len() <= 24, "{}", metric.label);
        }
        assert!(find(DEFAULT_RANK).is_some());
        assert!(find("Sharpe").is_none() && index_of("").is_none());
    }

    #[test]
    fn an_unknown_name_is_told_the_nearest() {
        insta::assert_snapshot!(named("sharp").unwrap_err(), @r"
        error: unknown metric `sharp`
         |
         = help: did you mean `sharpe`?
        ");
        assert!(named("banana").unwrap_err().to_string().contains("total_return, cagr"));
        assert_eq!(named("ulcer").unwrap().unit.name(), "fraction");
    }

    #[test]
    fn what_no_float_holds_is_undefined() {
        let hugely = Sums { bars: 1, years: 1e-6, growth: 2.0, ..Sums::default() };
        assert_eq!(find("cagr").unwrap().value(&hugely), Err(Undefined::TooLarge));
        let nothing = Sums { bars: 1, years: 1.0, growth: 1.0, mean_equity: 1.0, ..Sums::default() };
        assert!(find("turnover").unwrap().value(&nothing).unwrap().is_sign_positive());
    }
}
