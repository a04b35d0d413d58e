//! One held position: its legs, where its exits stand, and what was seen while it was held.

use super::ledger::{Reasons, Trade};
use super::orders::{Barrier, Exits, Side};

/// What is held in one market, and what is ordered there.
#[derive(Debug, Clone)]
pub(super) struct Leg {
    pub(super) market: usize,
    /// 1 for long, -1 for short.
    pub(super) sign: f64,
    /// Money in it for each unit of money in the first leg, whatever the side.
    pub(super) weight: f64,
    /// Units held, whatever the side.
    pub(super) units: f64,
    /// Money that the first leg took and this one has not followed yet: at quoted prices, with its costs where both
    /// share the money.
    pub(super) owed: f64,
    /// The fill price of the entry; of several parts, the mean of all units.
    pub(super) price: f64,
    /// Units that were taken so far, and what they weigh in the mean of their prices.
    pub(super) taken: f64,
    pub(super) weighed: f64,
    /// The last price known: of a fill, or of a close after it.
    pub(super) mark: f64,
    /// The instant of the last fill.
    pub(super) filled_at: i64,
    /// The order that waits.
    pub(super) order: Option<Order>,
}

impl Leg {
    /// Takes so many units more at a price, which counts with this weight in the mean of all fills.
    pub(super) fn takes(&mut self, units: f64, weight: f64, price: f64) {
        self.price = mean_of(self.price, self.weighed, price, weight);
        self.taken += units;
        self.weighed += weight;
        self.units += units;
    }
}

/// What a whole position asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ask {
    /// So much money, commission included.
    Money(f64),
    /// So many units.
    Units(f64),
}

/// How far a position is built.
#[derive(Debug, Default, Clone)]
pub(super) struct Parts {
    /// How many it has when it is whole.
    pub(super) planned: u32,
    /// How many have had their turn.
    pub(super) asked: u32,
    /// How many were ordered at the last close, and that close.
    pub(super) waiting: u32,
    pub(super) reference: f64,
    /// How many were bought.
    pub(super) bought: u32,
    /// The price of the first fill.
    pub(super) first: f64,
}

/// An order of a leg that waits for its market.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) what: What,
    /// The row of its market in which it fills; `None` where there is none left.
    pub(super) row: Option<usize>,
    /// The last price known when it was given.
    pub(super) reference: f64,
}

/// What an order does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum What {
    /// Enters.
    Enter,
    /// Leaves with this share of the units, for these reasons.
    Leave(f64, Reasons),
}

/// What a basket needs beside its legs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole {
    /// The best index at the closes before this one, and 1 at the fills.
    pub(super) peak: f64,
    /// Price times units of all entries.
    pub(super) invested: f64,
}

impl Default for Whole {
    fn default() -> Self {
        Self { peak: 1.0, invested: 0.0 }
    }
}

/// What became of the first leg.
#[derive(Debug, Clone, Copy)]
struct Exit {
    bar: usize,
    reasons: Reasons,
}

/// What is held between an entry and its exit. Until its first leg has filled it is only an order.
#[derive(Debug, Clone)]
pub(super) struct Position {
    pub(super) signal: usize,
    pub(super) side: Side,
    /// The first leg is the one the exits look at.
    pub(super) legs: Vec<Leg>,
    /// The bar in which the first leg filled.
    pub(super) entry: Option<usize>,
    /// The level of an entry that waits for it, and the last bar in which it may fill.
    pub(super) limit: Option<(f64, usize)>,
    /// Whether the first leg filled inside its bar, so that the bar's open was not held.
    pub(super) entered_inside: bool,
    /// The money that goes into the first leg, as the decision saw it.
    pub(super) planned: f64,
    /// What the whole asks for, and the price at which it did.
    pub(super) wanted: Option<(Ask, f64)>,
    pub(super) parts: Parts,
    /// The money put into the first leg.
    pub(super) stake: f64,
    /// Money moved by all fills so far: below 0 paid.
    pub(super) flow: f64,
    pub(super) commission: f64,
    pub(super) financing: f64,
    /// How many orders filled.
    pub(super) executions: usize,
    /// Why the order to leave was given at the last close; empty if there is none.
    pub(super) leaving: Reasons,
    /// How many of the parts that leave early have had their turn.
    pub(super) parted: usize,
    /// The stop's distance as a fraction, and the price to catch up with, as known at the decision.
    pub(super) stop: Option<Barrier>,
    pub(super) reach: f64,
    /// The share of equity that a target of volatility told at the decision.
    pub(super) told: f64,
    /// What is known of all legs together, for a basket.
    pub(super) whole: Option<Whole>,
    /// Units of the first leg that left, the mean of their prices, and the last price.
    out_units: f64,
    out_mean: f64,
    out_price: f64,
    exit: Option<Exit>,
    /// The best of the fill and of the extremes of the held bars before the current one, and with the current one.
    peak: f64,
    best: f64,
    /// The same from the last part on, whose fill price stands for the first fill.
    gained: f64,
    best_since: f64,
    /// The worst and the best price seen while held, all fills included, each as a return on the mean fill that was
    /// held then.
    worst: f64,
    best_return: f64,
}

impl Position {
    /// An order for `legs`, decided at the close of `signal`.
    pub(super) fn ordered(signal: usize, side: Side, legs: Vec<Leg>) -> Self {
        Self {
            signal,
            side,
            legs,
            entry: None,
            limit: None,
            entered_inside: false,
            planned: 0.0,
            executions: 0,
            wanted: None,
            parts: Parts::default(),
            stake: 0.0,
            flow: 0.0,
            commission: 0.0,
            financing: 0.0,
            leaving: Reasons::default(),
            parted: 0,
            stop: None,
            reach: f64::NAN,
            told: f64::NAN,
            whole: None,
            out_units: 0.0,
            out_mean: f64::NAN,
            out_price: f64::NAN,
            exit: None,
            peak: f64::NAN,
            best: f64::NAN,
            gained: f64::NAN,
            best_since: f64::NAN,
            worst: 0.0,
            best_return: 0.0,
        }
    }

    /// Money that all legs on the side of the first take for each unit of money in it: they share what the size
    /// asks for. The legs of a basket share theirs by weights of the whole.
    pub(super) fn sharing(&self) -> f64 {
        let shared = (1..self.legs.len()).filter(|&i| self.shares(i)).map(|i| self.legs[i].weight);
        1.0 + shared.sum::<f64>()
    }

    /// Whether leg `i` is a hedge that came to stand on the side of the first.
    pub(super) fn shares(&self, i: usize) -> bool {
        i > 0 && self.whole.is_none() && self.legs[i].sign * self.side.sign() > 0.0
    }

    /// The first leg filled in bar `t` at `fill`.
    pub(super) fn entered(&mut self, t: usize, fill: f64) {
        self.entry = Some(t);
        self.parts.first = fill;
        (self.peak, self.best, self.gained, self.best_since) = (fill, fill, fill, fill);
    }

    /// So many parts more of the first leg filled at `fill`. The peak of a trail is none the higher for it.
    pub(super) fn added(&mut self, parts: u32, fill: f64) {
        self.parts.bought += parts;
        self.look(fill);
        (self.gained, self.best_since) = (self.legs[0].price, self.legs[0].price);
    }

    /// So many units of the first leg left at `fill`.
    pub(super) fn parts_with(&mut self, units: f64, fill: f64) {
        self.see(fill);
        self.out_mean = mean_of(self.out_mean, self.out_units, fill, units);
        self.out_units += units;
        self.out_price = fill;
    }

    /// The first leg is out, in bar `t`.
    pub(super) fn left(&mut self, t: usize, reasons: Reasons) {
        self.exit = Some(Exit { bar: t, reasons });
    }

    /// Whether an entry takes this price.
    pub(super) fn takes(&self, price: f64) -> bool {
        let sign = self.side.sign();
        self.limit.is_none_or(|(level, _)| sign * price <= sign * level)
    }

    /// Whether the first leg is held.
    pub(super) fn is_held(&self) -> bool {
        self.entry.is_some() && self.exit.is_none()
    }

    /// Whether nothing is held and nothing is ordered any more.
    pub(super) fn is_over(&self) -> bool {
        self.legs.iter().all(|leg| leg.units <= 0.0 && leg.order.is_none())
    }

    /// Notes a price as a return on the mean of what is held.
    pub(super) fn look(&mut self, price: f64) {
        let return_ = self.side.sign() * (price / self.legs[0].price - 1.0);
        (self.worst, self.best_return) = (self.worst.min(return_), self.best_return.max(return_));
    }

    /// Notes a price seen while held.
    pub(super) fn see(&mut self, price: f64) {
        self.look(price);
        let better = if self.side == Side::Long { f64::max } else { f64::min };
        self.best = better(self.best, price);
        self.best_since = better(self.best_since, price);
    }

    /// The levels of the exits that look at closes only, or of those that look inside the bar.
    pub(super) fn levels(&self, exits: &Exits, on_close: bool) -> Levels {
        let (sign, fill) = (self.side.sign(), self.legs[0].price);
        let looking =
            |barrier: Option<Barrier>| barrier.filter(|b| b.on_close == on_close).map(|b| b.fraction);
        let distant = |from: f64, fraction: f64| from * (1.0 + sign * fraction);
        // A stop that has moved to the fill looks like the stop it takes the place of, or inside the bar.
        let even_looks = self.stop.is_some_and(|stop| stop.on_close) == on_close;
        let is_even = exits
            .break_even
            .is_some_and(|gain| even_looks && sign * self.gained >= sign * distant(fill, gain));
        let stop = looking(self.stop).map(|fraction| distant(fill, -fraction));
        Levels {
            sign,
            stop: if is_even { Some(fill) } else { stop },
            trail: looking(exits.trail).map(|fraction| distant(self.peak, -fraction)),
            target: looking(exits.target).map(|fraction| distant(fill, fraction)),
            gap: looking(exits.gap)
                .filter(|_| sign * self.reach > sign * fill)
                .map(|fraction| fill + fraction * (self.reach - fill)),
        }
    }

    /// Looks at every exit that is decided at the close of bar `t`, then lets that bar's extreme into the peak.
    pub(super) fn decide(&mut self, t: usize, close: f64, exits: &Exits, rule: bool) {
        let entry = self.entry.unwrap_or(t);
        let held_at_next_fill = t + 1 - entry;
        let due = exits.after.is_some_and(|bars| held_at_next_fill >= bars as usize);
        let barriers = match self.whole {
            Some(whole) => {
                let index = self.index();
                let peak =
                    if self.side == Side::Long { whole.peak.max(index) } else { whole.peak.min(index) };
                self.whole = Some(Whole { peak, ..whole });
                self.levels_of(&whole, exits).reached_by(index)
            }
            None => self.levels(exits, true).reached_by(close),
        };
        self.leaving = Reasons::RULE.when(rule) | Reasons::AFTER.when(due) | barriers;
        (self.peak, self.gained) = (self.best, self.best_since);
    }

    /// What the legs are worth at their marks: below 0 for what is owed.
    pub(super) fn value(&self) -> f64 {
        self.legs.iter().map(|leg| leg.sign * leg.units * leg.mark).sum()
    }

    /// What the legs are worth, whatever their sides.
    pub(super) fn gross(&self) -> f64 {
        self.legs.iter().map(|leg| leg.units * leg.mark).sum()
    }

    /// The trade this position was. What never ended is marked before.
    pub(super) fn settle(self, last: usize) -> Trade {
        let leg = &self.legs[0];
        let Exit { bar, reasons } = self.exit.unwrap_or(Exit { bar: last, reasons: Reasons::END });
        let units = self.out_units;
        // Of one exit its very price, without a rounded mean.
        let exit_price = if self.parted > 0 { self.out_mean } else { self.out_price };
        let sign = self.side.sign();
        // Of a hedge that shares the money, what it took counts, too.
        let shared = (1..self.legs.len()).filter(|&i| self.shares(i)).map(|i| &self.legs[i]);
        let shared: f64 = shared.filter(|leg| leg.taken > 0.0).map(|leg| leg.taken * leg.price).sum();
        let money = match self.whole {
            Some(whole) => whole.invested,
            None if units > 0.0 => units * leg.price + shared,
            None => self.stake,
        };
        let gross_return = if self.legs.len() == 1 {
            sign * (exit_price / leg.price - 1.0)
        } else {
            (self.flow + self.commission) / money
        };
        let pnl = self.flow - self.financing;
        Trade {
            signal: self.signal,
            entry: self.entry.unwrap_or(last),
            exit: bar,
            side: self.side,
            entry_price: leg.price,
            exit_price,
            units,
            commission: self.commission,
            financing: self.financing,
            pnl,
            gross_return,
            net_return: pnl / self.stake,
            mae: self.worst + 0.0,
            mfe: self.best_return + 0.0,
            reasons,
            open: reasons == Reasons::END,
            parts: self.parts.bought,
            parts_planned: self.parts.planned,
        }
    }

    /// Ends what is still held at its marks in bar `t`, without a fill and its costs; gives its value.
    pub(super) fn marked(&mut self, t: usize) -> f64 {
        let value = self.value();
        self.flow += value;
        let (units, mark) = (self.legs[0].units, self.legs[0].mark);
        if self.exit.is_none() {
            self.parts_with(units, mark);
        }
        self.left(t, Reasons::END);
        value
    }
}

/// The mean of some fills at `mean` that weigh `weighed`, and one more at `price` that weighs `weight`.
///
/// It starts from the lower of both prices, so that all its terms are positive and none of its digits cancel,
/// however far prices lie apart. Of equal prices it is that price to the bit.
fn mean_of(mean: f64, weighed: f64, price: f64, weight: f64) -> f64 {
    if weighed <= 0.0 {
        price
    } else if price < mean {
        price + (mean - price) * (weighed / (weighed + weight))
    } else {
        mean + (price - mean) * (weight / (weighed + weight))
    }
}

/// Price levels that end a position; `None` where no such exit looks.
#[derive(Debug)]
pub(super) struct Levels {
    pub(super) sign: f64,
    pub(super) stop: Option<f64>,
    pub(super) trail: Option<f64>,
    pub(super) target: Option<f64>,
    pub(super) gap: Option<f64>,
}

impl Levels {
    /// The exits that one price is at or beyond.
    pub(super) fn reached_by(&self, price: f64) -> Reasons {
        let against = |level: Option<f64>| level.is_some_and(|level| self.sign * price <= self.sign * level);
        let with = |level: Option<f64>| level.is_some_and(|level| self.sign * price >= self.sign * level);
        Reasons::STOP.when(against(self.stop))
            | Reasons::TRAIL.when(against(self.trail))
            | Reasons::TARGET.when(with(self.target))
            | Reasons::GAP.when(with(self.gap))
    }

    /// The level at which a bar between `low` and `high` ends the position, and the exits that stand at it:
    /// the stop before the trail before the nearer of target and gap, because the bar does not tell which
    /// price came first.
    pub(super) fn inside(&self, low: f64, high: f64) -> Option<(f64, Reasons)> {
        let (worst, best) = if self.sign > 0.0 { (low, high) } else { (high, low) };
        let against = |level: Option<f64>| level.filter(|&level| self.sign * worst <= self.sign * level);
        let with = |level: Option<f64>| level.filter(|&level| self.sign * best >= self.sign * level);
        let (target, gap) = (with(self.target), with(self.gap));
        let gap_is_nearer =
            gap.is_some_and(|gap| target.is_none_or(|target| self.sign * gap < self.sign * target));
        let (near, far) = ((Reasons::TARGET, target), (Reasons::GAP, gap));
        let (near, far) = if gap_is_nearer { (far, near) } else { (near, far) };
        let hit = [(Reasons::STOP, against(self.stop)), (Reasons::TRAIL, against(self.trail)), near, far];
        let first = hit.iter().find_map(|(_, level)| *level)?;
        let mut reasons = Reasons::default();
        for (reason, level) in hit {
            reasons |= reason.when(level == Some(first));
        }
        Some((first, reasons))
    }
}
