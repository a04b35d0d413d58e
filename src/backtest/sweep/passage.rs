//! When does an exit end a trade? First passage by search in precomputed extremes, not by walking bars.

use crate::backtest::simulator::{Barrier, Fill, Prices};

use super::bits::Bits;

/// Bars of one block of [`Extremes`], and blocks of one of the next level.
const FAN: usize = 16;

/// Where and at what price an exit fills, slippage not yet in: comparing two tells which comes first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Passage {
    /// Bar, moment within it (open, inside, close), and the order of exits inside a bar.
    key: u64,
    /// The price of the fill.
    pub(super) price: f64,
}

/// The moments of a bar, and the order of the exits that stand inside of it.
const OPEN: u64 = 0;
const STOP: u64 = 1;
const TRAIL: u64 = 2;
const TARGET: u64 = 3;
const CLOSE: u64 = 4;

impl Passage {
    /// No exit comes.
    pub(super) const NEVER: Self = Self { key: u64::MAX, price: 0.0 };

    fn at(bar: usize, moment: u64, price: f64) -> Self {
        Self { key: (bar as u64) << 3 | moment, price }
    }

    /// The bar of the fill; `None` for [`Passage::NEVER`].
    pub(super) fn bar(&self) -> Option<usize> {
        (self.key != u64::MAX).then(|| usize::try_from(self.key >> 3).unwrap_or(usize::MAX))
    }

    /// The earlier of two.
    pub(super) fn first(self, other: Self) -> Self {
        if other.key < self.key { other } else { self }
    }
}

/// One exit, with the parameter values it needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Exit {
    /// The exit rule, by the number of its setting.
    Rule(usize),
    /// Bars to hold.
    After(u32),
    Stop(Barrier),
    Target(Barrier),
    Trail(Barrier),
}

/// The traded market, ready to be searched.
#[derive(Debug)]
pub(super) struct Search<'a> {
    prices: Prices<'a>,
    fill: Fill,
    /// The lowest and the highest price of each bar, its open among them.
    low: Extremes,
    high: Extremes,
    /// The negated closes and the closes.
    close_low: Extremes,
    close_high: Extremes,
}

impl<'a> Search<'a> {
    /// Prepares a market.
    pub(super) fn new(prices: Prices<'a>, fill: Fill) -> Self {
        let lows = prices.open.iter().zip(prices.low).map(|(open, low)| -open.min(*low));
        let highs = prices.open.iter().zip(prices.high).map(|(open, high)| open.max(*high));
        Self {
            prices,
            fill,
            low: Extremes::new(lows.collect()),
            high: Extremes::new(highs.collect()),
            close_low: Extremes::new(prices.close.iter().map(|close| -close).collect()),
            close_high: Extremes::new(prices.close.to_vec()),
        }
    }

    /// The price at which an entry in bar `entry` fills, before slippage.
    pub(super) fn entry_price(&self, entry: usize) -> f64 {
        match self.fill {
            Fill::Open => self.prices.open[entry],
            Fill::Close => self.prices.close[entry],
        }
    }

    /// The price that marks what is still held at the end.
    pub(super) fn last_close(&self) -> f64 {
        self.prices.close.last().copied().unwrap_or(0.0)
    }

    /// How many bars there are.
    pub(super) fn bars(&self) -> usize {
        self.prices.bars()
    }

    /// When `exit` ends a trade that was entered in bar `entry` at a fill of `paid`; `rules` are the bars at
    /// which each setting of the exit rule is true. What comes in bar `until` or later may be missed.
    pub(super) fn passage(
        &self,
        exit: Exit,
        entry: usize,
        paid: f64,
        (rules, until): (&[Bits], usize),
    ) -> Passage {
        match exit {
            Exit::Rule(setting) => self.ordered(rules[setting].next_before(entry, until)),
            Exit::After(bars) => self.ordered(Some(entry + bars as usize - 1)),
            Exit::Stop(barrier) if barrier.on_close => {
                self.ordered(self.close_low.first_at_least(entry, -(paid * (1.0 - barrier.fraction))))
            }
            Exit::Target(barrier) if barrier.on_close => {
                self.ordered(self.close_high.first_at_least(entry, paid * (1.0 + barrier.fraction)))
            }
            Exit::Stop(barrier) => {
                let level = paid * (1.0 - barrier.fraction);
                self.fallen(self.low.first_at_least(self.first_inside(entry), -level), level, STOP)
            }
            Exit::Target(barrier) => {
                let level = paid * (1.0 + barrier.fraction);
                match self.high.first_at_least(self.first_inside(entry), level) {
                    None => Passage::NEVER,
                    Some(bar) if self.prices.open[bar] >= level => {
                        Passage::at(bar, OPEN, self.prices.open[bar])
                    }
                    Some(bar) => Passage::at(bar, TARGET, level),
                }
            }
            Exit::Trail(barrier) => self.trail(barrier, entry, paid, until),
        }
    }

    /// The first bar whose inside is held.
    fn first_inside(&self, entry: usize) -> usize {
        entry + usize::from(self.fill == Fill::Close)
    }

    /// The fill of an order decided at the close of a bar.
    fn ordered(&self, decision: Option<usize>) -> Passage {
        match decision.map(|bar| bar + 1).filter(|&bar| bar < self.prices.bars()) {
            None => Passage::NEVER,
            Some(bar) if self.fill == Fill::Open => Passage::at(bar, OPEN, self.prices.open[bar]),
            Some(bar) => Passage::at(bar, CLOSE, self.prices.close[bar]),
        }
    }

    /// The fill of a level that the low of `bar` reached.
    fn fallen(&self, bar: Option<usize>, level: f64, moment: u64) -> Passage {
        match bar {
            None => Passage::NEVER,
            Some(bar) if self.prices.open[bar] <= level => Passage::at(bar, OPEN, self.prices.open[bar]),
            Some(bar) => Passage::at(bar, moment, level),
        }
    }

    /// A trail's level rises with the highs before the bar looked at. A block of bars is passed over where not
    /// even the level after its highest high would reach up to its lowest price.
    fn trail(&self, barrier: Barrier, entry: usize, paid: f64, until: usize) -> Passage {
        let kept = 1.0 - barrier.fraction;
        let inside = self.first_inside(entry);
        let lows = if barrier.on_close { &self.close_low } else { &self.low };
        let (mut peak, mut bar) = (paid, if barrier.on_close { entry } else { inside });
        while bar < until {
            if bar >= inside
                && bar.is_multiple_of(FAN)
                && let (Some(low), Some(high)) = (lows.block(bar), self.high.block(bar))
                && -low > peak.max(high) * kept
            {
                // The open is no high, so that a block's highest price may exceed its highs, never fall short.
                peak = self.prices.high[bar..bar + FAN].iter().copied().fold(peak, f64::max);
                bar += FAN;
                continue;
            }
            let level = peak * kept;
            if -lows.values[bar] <= level {
                return if barrier.on_close {
                    self.ordered(Some(bar))
                } else {
                    self.fallen(Some(bar), level, TRAIL)
                };
            }
            if bar >= inside {
                peak = peak.max(self.prices.high[bar]);
            }
            bar += 1;
        }
        Passage::NEVER
    }
}

/// A column, with the maximum of every block of it, of every block of blocks, and so on.
#[derive(Debug)]
struct Extremes {
    values: Vec<f64>,
    levels: Vec<Vec<f64>>,
}

impl Extremes {
    fn new(values: Vec<f64>) -> Self {
        let highest = |block: &[f64]| block.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut levels: Vec<Vec<f64>> = Vec::new();
        loop {
            let below = levels.last().unwrap_or(&values);
            if below.len() <= FAN {
                break;
            }
            let level = below.chunks(FAN).map(highest).collect();
            levels.push(level);
        }
        Self { values, levels }
    }

    /// The maximum of the whole block that begins at `bar`.
    fn block(&self, bar: usize) -> Option<f64> {
        if bar + FAN > self.values.len() { None } else { self.levels.first().map(|level| level[bar / FAN]) }
    }

    /// The first bar from `from` on whose value is at least `level`.
    fn first_at_least(&self, from: usize, level: f64) -> Option<usize> {
        let (mut place, mut height) = (from, 0);
        // Up, along the ends of blocks, until a block holds one.
        loop {
            let row = self.row(height);
            let end = if height < self.levels.len() { (place / FAN + 1) * FAN } else { row.len() };
            let end = end.min(row.len());
            if let Some(found) = (place.min(end)..end).find(|&place| row[place] >= level) {
                place = found;
                break;
            }
            if height == self.levels.len() {
                return None;
            }
            place = place / FAN + 1;
            height += 1;
        }
        // And down into it.
        while height > 0 {
            height -= 1;
            let row = self.row(height);
            let block = place * FAN..((place + 1) * FAN).min(row.len());
            place = block.clone().find(|&place| row[place] >= level)?;
        }
        Some(place)
    }

    fn row(&self, height: usize) -> &[f64] {
        if height == 0 { &self.values } else { &self.levels[height - 1] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_is_that_of_a_walk(
            values in prop::collection::vec(-50..50_i32, 1..700), from in 0..700_usize, level in -55..55_i32,
        ) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let level = f64::from(level);
            let walked = (from..values.len()).find(|&bar| values[bar] >= level);
            prop_assert_eq!(Extremes::new(values).first_at_least(from, level), walked);
        }
    }
}
