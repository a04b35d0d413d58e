//! What finishes: one pure function from [`Sums`] to a value for each metric.
//!
//! Names, definitions and sources stand in the registry beside each function's entry. Here, n is the number
//! of bars, P the bars of a year.

use super::sums::{Moments, Sums, Versus};
use super::value::{Undefined, Value};
use super::{ROUNDING, periods_per_year};
use crate::backtest::simulator::RUIN;
use crate::base::num;

const MICROS_PER_DAY: f64 = 86_400.0 * 1e6;

/// n, where there are at least `needs` bars.
fn bars(sums: &Sums, needs: u32) -> Value {
    let has = u32::try_from(sums.bars).unwrap_or(u32::MAX);
    if has < needs { Err(Undefined::NeedsBars { needs, has }) } else { Ok(sums.bars as f64) }
}

/// The number of closed trades, where there are at least `needs`.
fn closed(sums: &Sums, needs: u32) -> Value {
    let has = u32::try_from(sums.trades.count).unwrap_or(u32::MAX);
    if has < needs { Err(Undefined::NeedsTrades { needs, has }) } else { Ok(sums.trades.count as f64) }
}

/// P.
fn periods(sums: &Sums) -> Value {
    bars(sums, 1)?;
    if sums.years > 0.0 { Ok(periods_per_year(sums.bars, sums.years)) } else { Err(Undefined::NoTime) }
}

impl Sums {
    /// P, the bars of a year of this window; undefined where it lasts no time.
    ///
    /// # Errors
    /// The reason why it is undefined.
    pub fn periods_per_year(&self) -> Value {
        periods(self)
    }
}

/// Mean over sample deviation, per year; `flat` is the reason where nothing varies.
fn annual_ratio(sums: &Sums, moments: &Moments, flat: Undefined) -> Value {
    bars(sums, 2)?;
    if moments.is_flat() {
        return Err(flat);
    }
    Ok(moments.mean / moments.deviation() * num::sqrt(periods(sums)?))
}

pub(super) fn total_return(sums: &Sums) -> Value {
    bars(sums, 1)?;
    Ok(sums.growth - 1.0)
}

pub(super) fn cagr(sums: &Sums) -> Value {
    periods(sums)?;
    // Ruin, or debts: no rate brings that back, and -100% is the worst there is.
    if sums.growth <= RUIN {
        return Ok(-1.0);
    }
    Ok(num::pow(sums.growth, 1.0 / sums.years) - 1.0)
}

pub(super) fn volatility(sums: &Sums) -> Value {
    bars(sums, 2)?;
    Ok(sums.returns.deviation() * num::sqrt(periods(sums)?))
}

pub(super) fn sharpe(sums: &Sums) -> Value {
    annual_ratio(sums, &sums.excess.moments, Undefined::FlatReturns)
}

pub(super) fn sortino(sums: &Sums) -> Value {
    let n = bars(sums, 2)?;
    a_bar_lost(sums)?;
    let downside = num::sqrt(sums.excess.downside / n);
    Ok(sums.excess.moments.mean / downside * num::sqrt(periods(sums)?))
}

fn a_bar_lost(sums: &Sums) -> Result<(), Undefined> {
    if sums.excess.moments.min < -ROUNDING { Ok(()) } else { Err(Undefined::NoLosingBar) }
}

pub(super) fn calmar(sums: &Sums) -> Value {
    let growth = cagr(sums)?;
    if sums.drawdown.worst < 0.0 { Ok(growth / -sums.drawdown.worst) } else { Err(Undefined::NoDrawdown) }
}

pub(super) fn omega(sums: &Sums) -> Value {
    bars(sums, 1)?;
    a_bar_lost(sums)?;
    Ok(sums.excess.gains / sums.excess.losses)
}

pub(super) fn max_drawdown(sums: &Sums) -> Value {
    bars(sums, 1)?;
    Ok(sums.drawdown.worst)
}

pub(super) fn max_drawdown_days(sums: &Sums) -> Value {
    bars(sums, 1)?;
    Ok(sums.drawdown.longest as f64 / MICROS_PER_DAY)
}

pub(super) fn ulcer(sums: &Sums) -> Value {
    let n = bars(sums, 1)?;
    Ok(num::sqrt(sums.drawdown.squares / n))
}

pub(super) fn var_95(sums: &Sums) -> Value {
    bars(sums, 1)?;
    Ok(sums.tails.q05)
}

pub(super) fn cvar_95(sums: &Sums) -> Value {
    bars(sums, 1)?;
    Ok(sums.tails.worst_mean)
}

pub(super) fn skew(sums: &Sums) -> Value {
    // Two values always lie evenly about their mean.
    let n = bars(sums, 3)?;
    if sums.returns.is_flat() {
        return Err(Undefined::FlatReturns);
    }
    let variance = sums.returns.squares / n;
    Ok(sums.shape.cubes / n / (variance * num::sqrt(variance)))
}

pub(super) fn kurtosis(sums: &Sums) -> Value {
    // Of three values it is always 1.5.
    let n = bars(sums, 4)?;
    if sums.returns.is_flat() {
        return Err(Undefined::FlatReturns);
    }
    Ok(n * sums.shape.fourths / (sums.returns.squares * sums.returns.squares))
}

pub(super) fn tail_ratio(sums: &Sums) -> Value {
    bars(sums, 1)?;
    if sums.tails.q05.abs() <= ROUNDING {
        return Err(Undefined::NoTail);
    }
    Ok((sums.tails.q95 / sums.tails.q05).abs())
}

// A metric is a `Value`, also where it is a plain count.
#[expect(clippy::unnecessary_wraps, reason = "every formula has the type the registry asks for")]
pub(super) fn trades(sums: &Sums) -> Value {
    Ok(sums.trades.count as f64)
}

#[expect(clippy::unnecessary_wraps, reason = "every formula has the type the registry asks for")]
pub(super) fn wins(sums: &Sums) -> Value {
    Ok(sums.trades.wins as f64)
}

pub(super) fn win_rate(sums: &Sums) -> Value {
    Ok(sums.trades.wins as f64 / closed(sums, 1)?)
}

pub(super) fn profit_factor(sums: &Sums) -> Value {
    closed(sums, 1)?;
    if sums.trades.losses == 0 {
        return Err(Undefined::NoLosingTrade);
    }
    Ok(sums.trades.gained / sums.trades.lost)
}

pub(super) fn payoff(sums: &Sums) -> Value {
    closed(sums, 1)?;
    let trades = &sums.trades;
    if trades.wins == 0 {
        return Err(Undefined::NoWinningTrade);
    }
    if trades.losses == 0 {
        return Err(Undefined::NoLosingTrade);
    }
    Ok((trades.gained / trades.wins as f64) / (trades.lost / trades.losses as f64))
}

pub(super) fn expectancy(sums: &Sums) -> Value {
    Ok(sums.trades.net_returns / closed(sums, 1)?)
}

pub(super) fn sqn(sums: &Sums) -> Value {
    let n = closed(sums, 2)?;
    let pnl = &sums.trades.pnl;
    if pnl.is_flat() {
        return Err(Undefined::FlatTrades);
    }
    Ok(num::sqrt(n) * pnl.mean / pnl.deviation())
}

pub(super) fn kelly(sums: &Sums) -> Value {
    let p = win_rate(sums)?;
    Ok(p - (1.0 - p) / payoff(sums)?)
}

pub(super) fn time_in_market(sums: &Sums) -> Value {
    Ok(sums.held as f64 / bars(sums, 1)?)
}

pub(super) fn turnover(sums: &Sums) -> Value {
    periods(sums)?;
    if sums.mean_equity <= 0.0 {
        return Err(Undefined::NoEquity);
    }
    Ok(sums.traded / sums.mean_equity / sums.years)
}

/// The comparison with a benchmark that moves.
fn versus(sums: &Sums) -> Result<&Versus, Undefined> {
    bars(sums, 2)?;
    let versus = sums.versus.as_ref().ok_or(Undefined::NoBenchmark)?;
    if versus.benchmark.is_flat() { Err(Undefined::FlatBenchmark) } else { Ok(versus) }
}

pub(super) fn alpha(sums: &Sums) -> Value {
    let versus = versus(sums)?;
    let slope = versus.products / versus.benchmark.squares;
    Ok((sums.excess.moments.mean - slope * versus.benchmark.mean) * periods(sums)?)
}

pub(super) fn beta(sums: &Sums) -> Value {
    let versus = versus(sums)?;
    Ok(versus.products / versus.benchmark.squares)
}

pub(super) fn information_ratio(sums: &Sums) -> Value {
    bars(sums, 2)?;
    let versus = sums.versus.as_ref().ok_or(Undefined::NoBenchmark)?;
    annual_ratio(sums, &versus.active, Undefined::FlatDifference)
}
