//! What one order costs: the price it gets, and its commission.

use super::orders::Costs;
use super::terms::Terms;

/// Microseconds of a year of 365.25 days.
pub(super) const YEAR: f64 = 365.25 * 86_400.0 * 1e6;

/// Microseconds of the 30 days that a tier looks back.
const TIER_SPAN: i64 = 30 * 86_400 * 1_000_000;

/// The share of the price that an order worth `units` loses in bar `t` of the clock, by what was known at the
/// decision before.
pub(super) fn slippage(terms: &Terms<'_>, costs: &Costs, market: usize, t: usize, units: f64) -> f64 {
    let before = t.saturating_sub(1);
    let rough = terms.rough[market].at(before);
    let impact = if costs.impact > 0.0 {
        let place = &terms.markets[market];
        let last = place.last_known(terms.markets[0].known_at(before));
        last.and_then(|row| place.volume.get(row)).map_or(0.0, |volume| costs.impact * units / volume)
    } else {
        0.0
    };
    // A sale gets nothing at worst.
    (costs.slippage + rough + impact).min(1.0)
}

/// A commission on its way through time.
#[derive(Debug, Default, Clone)]
pub(super) struct Broker {
    /// Instants and money of the last 30 days' fills.
    recent: Vec<(i64, f64)>,
}

impl Broker {
    /// The rate at `instant`, by what was traded before.
    pub(super) fn rate(&mut self, terms: &Terms<'_>, costs: &Costs, instant: i64) -> f64 {
        if terms.tiers.is_empty() {
            return costs.commission;
        }
        self.recent.retain(|(at, _)| instant - at <= TIER_SPAN);
        let traded: f64 = self.recent.iter().map(|(_, money)| money).sum();
        let reached = terms.tiers.iter().rev().find(|tier| traded >= tier.from);
        reached.map_or(costs.commission, |tier| tier.rate)
    }

    /// Remembers a fill for the tiers.
    pub(super) fn note(&mut self, terms: &Terms<'_>, instant: i64, money: f64) {
        if !terms.tiers.is_empty() {
            self.recent.push((instant, money));
        }
    }
}

/// The commission of an order.
pub(super) fn commission(costs: &Costs, rate: f64, units: f64, price: f64) -> f64 {
    (price * units * rate + units * costs.per_unit).max(costs.least)
}

/// The units that `money` pays for, commission included; 0 where it does not pay for the least commission, and where
/// slippage leaves nothing of the price of a sale.
pub(super) fn units_for(costs: &Costs, rate: f64, money: f64, price: f64) -> f64 {
    if price <= 0.0 {
        return 0.0;
    }
    let units = money / (price * (1.0 + rate) + costs.per_unit);
    if commission(costs, rate, units, price) > price * units * rate + units * costs.per_unit {
        return ((money - costs.least) / price).max(0.0);
    }
    units
}
