//! How much goes into a trade.

use super::ledger::Trade;
use super::orders::{Limits, Orders, Sizing};
use super::position::{Ask, Position};

/// What the first leg of `position` asks for when it fills at `price` in an account worth `equity`. A size in money is
/// that of all legs on its side.
pub(super) fn ask(orders: &Orders, position: &Position, price: f64, equity: f64, closed: &[Trade]) -> Ask {
    let sharing = position.sharing();
    let most = orders.limits.leverage * equity / sharing;
    let shared = |money: f64| Ask::Money((money / sharing).min(most));
    match orders.sizing {
        Sizing::Fraction => shared(orders.size * equity),
        Sizing::Amount(money) => shared(money),
        Sizing::Told => shared(position.told * equity),
        Sizing::Kelly { share, trades } => {
            let fraction = kelly(closed, trades as usize).map_or(orders.size, |kelly| share * kelly);
            shared(fraction * equity)
        }
        Sizing::Risk(fraction) => {
            let distance = position.stop.map_or(0.0, |stop| stop.fraction * price);
            if distance <= 0.0 {
                return Ask::Money(0.0);
            }
            let units = fraction * equity / distance;
            // Where stop and risk ask for just so much, no rounding decides.
            if units * price > most * (1.0 + ROUNDING) { Ask::Money(most) } else { Ask::Units(units) }
        }
    }
}

/// `p - (1 - p) / b` of the closed trades, p being the share of winners and b the mean gain over the mean loss
/// (Kelly 1956, for bets of two outcomes); 0 where that is below it, and `None` before `least` are closed.
pub(super) fn kelly(closed: &[Trade], least: usize) -> Option<f64> {
    if closed.len() < least.max(1) {
        return None;
    }
    let (mut wins, mut losses, mut gained, mut lost) = (0.0, 0.0, 0.0, 0.0);
    for trade in closed {
        if trade.net_return > 0.0 {
            wins += 1.0;
            gained += trade.net_return;
        } else {
            losses += 1.0;
            lost -= trade.net_return;
        }
    }
    if wins <= 0.0 {
        return Some(0.0);
    }
    let p = wins / (wins + losses);
    if lost <= 0.0 {
        return Some(p);
    }
    let b = (gained / wins) / (lost / losses);
    Some((p - (1.0 - p) / b).max(0.0))
}

/// What misses a whole lot, a leverage or a margin by less than this share of it, misses it by rounding alone.
pub(super) const ROUNDING: f64 = 1e-9;

/// `units` in whole lots, rounded down; 0 where they are worth less than the least order.
pub(super) fn whole(limits: &Limits, units: f64, price: f64) -> f64 {
    let lots = |units: f64| (units / limits.lot + ROUNDING).floor() * limits.lot;
    let units = if limits.lot > 0.0 { lots(units) } else { units };
    if units * price < limits.notional { 0.0 } else { units }
}
