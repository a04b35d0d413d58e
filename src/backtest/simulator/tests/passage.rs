//! Another way to the same trades: the first passage of each exit on its own, then the earliest of them.

use super::*;

/// A random market with random rules.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) open: Vec<f64>,
    pub(super) high: Vec<f64>,
    pub(super) low: Vec<f64>,
    pub(super) close: Vec<f64>,
    pub(super) entry: Vec<bool>,
    pub(super) rule: Vec<bool>,
}

impl World {
    /// The market of the first `bars` bars.
    pub(super) fn prices(&self, bars: usize) -> Prices<'_> {
        Prices {
            open: &self.open[..bars],
            high: &self.high[..bars],
            low: &self.low[..bars],
            close: &self.close[..bars],
        }
    }

    pub(super) fn bars(&self) -> usize {
        self.close.len()
    }

    pub(super) fn run(&self, bars: usize, orders: &Orders, capital: f64) -> Ledger {
        let prices = self.prices(bars);
        let ledger = simulate(&prices, &self.entry[..bars], Some(&self.rule[..bars]), orders, capital);
        assert_eq!(reconcile(&Terms::outright(Market::of(prices)), &ledger, capital), Ok(()));
        ledger
    }

    pub(super) fn scaled(&self, factor: f64) -> Self {
        let scale = |column: &[f64]| column.iter().map(|price| price * factor).collect();
        let (open, high) = (scale(&self.open), scale(&self.high));
        Self { open, high, low: scale(&self.low), close: scale(&self.close), ..self.clone() }
    }
}

/// Where an exit would fill: the bar; the moment in it (0 open, 1 inside, 2 close); the rank among levels
/// inside; the price before slippage.
#[derive(Debug, Clone, Copy)]
struct Passage {
    bar: usize,
    moment: u8,
    rank: u8,
    price: f64,
    reason: Reasons,
}

/// An entry in bar `bar` at `fill`, and the first fill of each of its exits as if there were no other.
struct Entry<'a> {
    world: &'a World,
    orders: &'a Orders,
    bar: usize,
    fill: f64,
}

impl Entry<'_> {
    fn passages(&self) -> Vec<Passage> {
        let exits = &self.orders.exits;
        let rule = (self.bar..self.world.bars()).find(|&t| self.world.rule[t]);
        let after = exits.after.map(|bars| self.bar + bars as usize - 1);
        let mut found = vec![self.ordered(rule, Reasons::RULE), self.ordered(after, Reasons::AFTER)];
        let barriers =
            [(Reasons::STOP, exits.stop), (Reasons::TRAIL, exits.trail), (Reasons::TARGET, exits.target)];
        for (rank, (reason, barrier)) in (1..).zip(barriers) {
            found.push(barrier.and_then(|b| {
                if b.on_close {
                    self.ordered(self.reached_at_close(reason, b.fraction), reason)
                } else {
                    self.reached_inside(reason, b.fraction, rank)
                }
            }));
        }
        found.into_iter().flatten().collect()
    }

    /// The first bar whose inside is held.
    fn first_inside(&self) -> usize {
        self.bar + usize::from(self.orders.fill == Fill::Close)
    }

    /// The fill of an order decided at the close of a bar.
    fn ordered(&self, decision: Option<usize>, reason: Reasons) -> Option<Passage> {
        let bar = decision.map(|t| t + 1).filter(|&bar| bar < self.world.bars())?;
        let (moment, price) = match self.orders.fill {
            Fill::Open => (0, self.world.open[bar]),
            Fill::Close => (2, self.world.close[bar]),
        };
        Some(Passage { bar, moment, rank: 0, price, reason })
    }

    fn level(&self, reason: Reasons, fraction: f64, t: usize) -> f64 {
        let highs = &self.world.high[self.first_inside().min(t)..t];
        match reason {
            Reasons::STOP => self.fill * (1.0 - fraction),
            Reasons::TRAIL => highs.iter().copied().fold(self.fill, f64::max) * (1.0 - fraction),
            _ => self.fill * (1.0 + fraction),
        }
    }

    fn reached_at_close(&self, reason: Reasons, fraction: f64) -> Option<usize> {
        (self.bar..self.world.bars())
            .find(|&t| reached(reason, self.world.close[t], self.level(reason, fraction, t)))
    }

    fn reached_inside(&self, reason: Reasons, fraction: f64, rank: u8) -> Option<Passage> {
        (self.first_inside()..self.world.bars()).find_map(|bar| {
            let level = self.level(reason, fraction, bar);
            let open = self.world.open[bar];
            let extreme = if reason == Reasons::TARGET { self.world.high[bar] } else { self.world.low[bar] };
            if reached(reason, open, level) {
                return Some(Passage { bar, moment: 0, rank: 0, price: open, reason });
            }
            reached(reason, extreme, level).then_some(Passage { bar, moment: 1, rank, price: level, reason })
        })
    }
}

fn reached(reason: Reasons, price: f64, level: f64) -> bool {
    if reason == Reasons::TARGET { price >= level } else { price <= level }
}

/// The trades as (signal, entry, exit, exit price before slippage, reasons), from first passages.
pub(super) fn by_first_passage(world: &World, orders: &Orders) -> Vec<(usize, usize, usize, f64, Reasons)> {
    let n = world.bars();
    let mut told = Vec::new();
    let mut t = 0;
    while t + 1 < n {
        if !world.entry[t] {
            t += 1;
            continue;
        }
        let e = t + 1;
        let price = if orders.fill == Fill::Open { world.open[e] } else { world.close[e] };
        let fill = price * (1.0 + orders.costs.slippage);
        let found = Entry { world, orders, bar: e, fill }.passages();
        let Some(first) = found.iter().min_by_key(|p| (p.bar, p.moment, p.rank)) else {
            told.push((t, e, n - 1, world.close[n - 1], Reasons::END));
            break;
        };
        let mut reasons = Reasons::default();
        for passage in &found {
            let same = (passage.bar, passage.moment) == (first.bar, first.moment);
            reasons |= passage.reason.when(same && passage.price.to_bits() == first.price.to_bits());
        }
        told.push((t, e, first.bar, first.price, reasons));
        t = first.bar;
    }
    told
}
