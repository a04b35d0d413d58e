//! What one combination's orders know beside prices: weights of legs, volatilities, rates, one value for each
//! bar of the window.

use super::Setup;
use crate::backtest::metrics;
use crate::backtest::simulator::{Known, LegTerms, Market, Prices, Terms, Tier, Times};
use crate::base::calendar::{Instant, LabelKind, Session};
use crate::base::diagnostic::{Diagnostic, Result};
use crate::market::series::{Field, Series};
use crate::strategy::file::{Basket, Direction, Part, Rate, Sizing, Weights};
use crate::strategy::rule::{Assignment, Evaluator};

/// How a trade is hedged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum HedgeBy {
    /// Not at all.
    #[default]
    Nothing,
    /// With equal money.
    Dollars,
    /// With beta times the money.
    Beta,
}

/// The columns behind the terms of one combination.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    by: HedgeBy,
    /// Money in each further market of a basket for each unit of money in the traded one.
    weights: Vec<Vec<f64>>,
    /// Money in the hedge for each unit of money in the traded market, below 0 on the other side.
    beta: Vec<f64>,
    /// Slippage by volatility, of each leg.
    rough: Vec<Vec<f64>>,
    /// Volatility per bar, for the stop.
    volatility: Option<Vec<f64>>,
    /// The highest close so far, the lowest for a short trade.
    reach: Option<Vec<f64>>,
    /// The share of equity for the target of volatility.
    share: Option<Vec<f64>>,
    borrow: Rates,
    interest: Rates,
    funding: Vec<(i64, f64)>,
    tiers: Vec<Tier>,
}

/// A rate per year in force during each bar.
#[derive(Debug)]
enum Rates {
    Same(f64),
    Each(Vec<f64>),
}

impl Default for Rates {
    fn default() -> Self {
        Self::Same(0.0)
    }
}

impl Rates {
    fn known(&self) -> Known<'_> {
        match self {
            Self::Same(rate) => Known::Same(*rate),
            Self::Each(rates) => Known::Each(rates),
        }
    }
}

fn known(column: Option<&Vec<f64>>) -> Known<'_> {
    column.map_or(Known::Same(f64::NAN), |column| Known::Each(column))
}

impl Columns {
    /// Measures what the orders of one combination need.
    ///
    /// # Errors
    /// Where a series lacks a column, or a rate is not known in the window.
    pub(crate) fn new(setup: &Setup<'_>, values: &Assignment) -> Result<Self> {
        let by = match &setup.strategy.plan.hedge {
            None => HedgeBy::Nothing,
            Some(hedge) if hedge.by_beta => HedgeBy::Beta,
            Some(_) => HedgeBy::Dollars,
        };
        Self::hedged_by(setup, values, by)
    }

    /// The same as [`Columns::new`], hedged in another way.
    ///
    /// # Errors
    /// As [`Columns::new`].
    pub(super) fn hedged_by(setup: &Setup<'_>, values: &Assignment, by: HedgeBy) -> Result<Self> {
        let strategy = setup.strategy;
        let plan = &strategy.plan;
        if plan.is_simple() {
            return Ok(Self::default());
        }
        let mut evaluator = Evaluator::new(&strategy.graph, setup.panel);
        let mut measured = |measure: &Part| -> Result<Vec<f64>> {
            let column = evaluator.measures(measure.node, values)?;
            Ok(column[setup.window.clone()].iter().map(|value| value.unwrap_or(f64::NAN)).collect())
        };
        let mut columns = Self { by, ..Self::default() };
        if let (HedgeBy::Beta, Some(hedge)) = (by, &plan.hedge) {
            columns.beta = measured(&hedge.beta)?.into_iter().map(|beta| -beta).collect();
        }
        if let Some(basket) = &plan.basket {
            let shares = shares(setup, basket, &mut measured)?;
            columns.weights = shares[1..]
                .iter()
                .map(|share| share.iter().zip(&shares[0]).map(|(share, first)| share / first).collect())
                .collect();
            columns.share = Some(shares[0].iter().map(|share| strategy.size * share).collect());
        }
        if let Some(rough) = &plan.fees.rough {
            let share = rough.share.value(values).number().unwrap_or(0.0);
            for of in &rough.of {
                let column = measured(of)?;
                // Before a volatility is known there is no order that it could cost something.
                columns
                    .rough
                    .push(column.into_iter().map(|v| if v.is_nan() { 0.0 } else { share * v }).collect());
            }
        }
        if let Some(by) = &plan.exits.stop_by {
            columns.volatility = Some(measured(by)?);
        }
        if let Sizing::Volatility { target, of } = &plan.sizing {
            let target = target.value(values).number().unwrap_or(0.0);
            let of_year = measured(of)?.into_iter().zip(bars_of_year(setup));
            columns.share = Some(of_year.map(|(v, year)| target / (v * year.sqrt())).collect());
        }
        if plan.exits.gap.is_some() {
            columns.reach = Some(reach(setup));
        }
        columns.borrow = rates(setup, plan.fees.borrow.as_ref(), values)?;
        columns.interest = rates(setup, plan.fees.interest.as_ref(), values)?;
        columns.funding = funding(setup, plan.fees.funding.as_ref(), values);
        columns.tiers =
            plan.fees.tiers.iter().map(|tier| Tier { from: tier.from, rate: tier.rate }).collect();
        Ok(columns)
    }

    /// The terms they make together with the markets' bars.
    pub(crate) fn terms<'t>(&'t self, setup: &'t Setup<'_>) -> Terms<'t> {
        let traded = setup.panel.clock_series();
        let window = setup.window.clone();
        let rows = traded.rows();
        let first = Market {
            prices: setup.prices(),
            times: Some(Times {
                opens_at: &rows.opens_at[window.clone()],
                known_at: &rows.known_at[window.clone()],
            }),
            volume: traded.column(Field::Volume).map_or(&[], |volume| &volume[window]),
        };
        let mut terms = Terms::outright(first);
        if let (Some(hedge), true) = (&setup.strategy.plan.hedge, self.by != HedgeBy::Nothing) {
            terms.markets.push(whole(&setup.panel.members()[hedge.market]));
            let by_beta = self.by == HedgeBy::Beta;
            let weight = if by_beta { Known::Each(&self.beta) } else { Known::Same(-1.0) };
            terms.legs.push(LegTerms { market: 1, weight });
            terms.rough.push(Known::Same(0.0));
        }
        if let Some(basket) = &setup.strategy.plan.basket {
            terms.basket = true;
            for (place, (market, weight)) in basket.others.iter().zip(&self.weights).enumerate() {
                terms.markets.push(whole(&setup.panel.members()[*market]));
                terms.legs.push(LegTerms { market: place + 1, weight: Known::Each(weight) });
                terms.rough.push(Known::Same(0.0));
            }
        }
        for (place, rough) in terms.rough.iter_mut().zip(&self.rough) {
            *place = Known::Each(rough);
        }
        terms.volatility = known(self.volatility.as_ref());
        terms.reach = known(self.reach.as_ref());
        terms.share = known(self.share.as_ref());
        terms.borrow = self.borrow.known();
        terms.interest = self.interest.known();
        terms.funding = &self.funding;
        terms.tiers = &self.tiers;
        terms
    }
}

impl Columns {
    /// How many numbers they keep.
    pub(crate) fn len(&self) -> usize {
        let rates = |rates: &Rates| match rates {
            Rates::Same(_) => 0,
            Rates::Each(rates) => rates.len(),
        };
        let each = self.weights.iter().chain(&self.rough).chain([&self.beta]);
        let maybe = [&self.volatility, &self.reach, &self.share].into_iter().flatten();
        let columns: usize = each.chain(maybe).map(Vec::len).sum();
        columns + rates(&self.borrow) + rates(&self.interest) + 2 * self.funding.len()
    }

    /// What idle cash earns over each bar.
    pub(super) fn cash_returns(&self, setup: &Setup<'_>) -> Vec<f64> {
        let mut before = setup.opens_at();
        let bars = setup.known_at().iter().enumerate().map(|(t, &now)| {
            let years = metrics::years(before, now);
            before = now;
            self.interest.known().at(t) * years
        });
        bars.collect()
    }
}

/// The share of a basket's money in each market at each bar of the window, the traded one first. Where one of them
/// is not known or is nothing, all are missing: a basket is bought whole or not at all.
fn shares(
    setup: &Setup<'_>,
    basket: &Basket,
    measured: &mut dyn FnMut(&Part) -> Result<Vec<f64>>,
) -> Result<Vec<Vec<f64>>> {
    let count = basket.others.len() + 1;
    let mut shares = match &basket.weights {
        Weights::Equal => vec![vec![1.0; setup.window.len()]; count],
        Weights::Volatility(of) => {
            let volatilities = of.iter().map(&mut *measured).collect::<Result<Vec<_>>>()?;
            volatilities.into_iter().map(|of| of.into_iter().map(|v| 1.0 / v).collect()).collect()
        }
        Weights::Gap(of) => of.iter().map(&mut *measured).collect::<Result<Vec<_>>>()?,
    };
    for t in 0..setup.window.len() {
        let whole = shares.iter().all(|share| share[t] > 0.0 && share[t].is_finite());
        let sum: f64 = shares.iter().map(|share| share[t]).sum();
        for share in &mut shares {
            share[t] = if whole { share[t] / sum } else { f64::NAN };
        }
    }
    Ok(shares)
}

/// All bars of a market; columns it lacks repeat its closes.
fn whole(series: &Series) -> Market<'_> {
    let column = |field| series.column(field).unwrap_or(series.close());
    let prices = Prices {
        open: column(Field::Open),
        high: column(Field::High),
        low: column(Field::Low),
        close: column(Field::Close),
    };
    let rows = series.rows();
    let times = Some(Times { opens_at: rows.opens_at, known_at: rows.known_at });
    Market { prices, times, volume: series.column(Field::Volume).unwrap_or(&[]) }
}

/// Bars of a year as known at each bar of the window. Of daily bars they are 365 where every day has one, else 252; of
/// longer and shorter ones as many as the history so far had over its years.
fn bars_of_year(setup: &Setup<'_>) -> Vec<f64> {
    let series = setup.panel.clock_series();
    let is_daily = series.label_kind() == LabelKind::Date && series.provenance().bar.is_none();
    let daily = match series.session() {
        Session::Crypto | Session::CryptoCut(_) => 365.0,
        _ => 252.0,
    };
    let begin = series.opens_at(0).micros();
    let so_far = |t: usize| {
        let years = metrics::years(begin, series.known_at(t).micros());
        metrics::periods_per_year(t + 1, years)
    };
    setup.window.clone().map(|t| if is_daily { daily } else { so_far(t) }).collect()
}

/// The extreme close of the whole history up to each bar of the window: the highest, for a short the lowest.
pub(crate) fn reach(setup: &Setup<'_>) -> Vec<f64> {
    let long = setup.strategy.plan.direction == Direction::Long;
    let closes = setup.panel.clock_series().close();
    let mut extreme = closes[0];
    let so_far = closes.iter().map(|&close| {
        extreme = if long { extreme.max(close) } else { extreme.min(close) };
        extreme
    });
    so_far.skip(setup.window.start).take(setup.window.len()).collect()
}

/// The rate in force during each bar: the one known when the bar before it ended.
fn rates(setup: &Setup<'_>, rate: Option<&Rate>, values: &Assignment) -> Result<Rates> {
    match rate {
        None => Ok(Rates::default()),
        Some(Rate::Setting(setting)) => Ok(Rates::Same(setting.value(values).number().unwrap_or(0.0))),
        Some(Rate::Series(market)) => series_rates(setup, *market).map(Rates::Each),
    }
}

/// A series of rates per year, published in percent, for each bar of the window.
///
/// # Errors
/// Where none was known in time.
pub(super) fn series_rates(setup: &Setup<'_>, market: usize) -> Result<Vec<f64>> {
    let (panel, series) = (setup.panel, &setup.panel.members()[market]);
    let rate = |t: usize| {
        let since = if t == 0 { panel.clock_series().opens_at(0) } else { panel.decision(t - 1) };
        let known = series.rows().known_at.partition_point(|&known| known <= since.micros());
        let row = known.checked_sub(1)?;
        let age = since.days_since(Instant::from_micros(series.rows().known_at[row]));
        (age <= series.stale_after_days()).then(|| series.close()[row] / 100.0)
    };
    let missing = |t: usize| {
        let name = series.provenance().full_name();
        Diagnostic::new(format!("no rate of {name} was known on {}", panel.label(t)))
            .detail(format!(
                "it goes from {} to {}, and a row counts for {} days after it is known",
                series.label(0),
                series.label(series.len() - 1),
                series.stale_after_days()
            ))
            .hint("let the window begin later (--from) or end earlier (--to), or write a fixed rate")
            .into()
    };
    setup.window.clone().map(|t| rate(t).ok_or_else(|| missing(t))).collect()
}

/// When funding is paid, and how much. A fixed rate per year is paid at every close.
fn funding(setup: &Setup<'_>, rate: Option<&Rate>, values: &Assignment) -> Vec<(i64, f64)> {
    match rate {
        None => Vec::new(),
        Some(Rate::Series(market)) => {
            let series = &setup.panel.members()[*market];
            series.rows().known_at.iter().copied().zip(series.close().iter().copied()).collect()
        }
        Some(Rate::Setting(setting)) => {
            let annual = setting.value(values).number().unwrap_or(0.0);
            let mut before = setup.opens_at();
            let paid = setup.known_at().iter().map(|&now| {
                let years = metrics::years(before, now);
                before = now;
                (now, annual * years)
            });
            paid.filter(|(_, rate)| rate.abs() > 0.0).collect()
        }
    }
}
