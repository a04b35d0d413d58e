//! What a stretch of bars comes to: sums that add up, so that who knows the stretches need not visit the bars.

use std::ops::Range;

/// Bars that become one block of the [`Pyramid`], and blocks that become one of the next level.
const FAN: usize = 64;

/// Every sum over the bars of a stretch that a metric needs. Values are equity in units of its value before the
/// stretch; returns are those of the bars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    /// How many bars.
    pub(super) bars: u32,
    /// How many of them lost, and how many gained.
    pub(super) below: u32,
    pub(super) above: u32,
    /// The value after the last bar.
    pub(super) growth: f64,
    /// Sums of the first to fourth powers of the returns.
    pub(super) powers: [f64; 4],
    /// The smallest and the largest return.
    pub(super) min: f64,
    pub(super) max: f64,
    /// Sum of the returns below 0.
    pub(super) lost: f64,
    /// Of the returns above the risk-free rate: the squares of those below 0, the gains, the losses.
    pub(super) downside: f64,
    pub(super) gains: f64,
    pub(super) losses: f64,
    /// Sums of value - 1 and of its square, at each close.
    pub(super) drift: f64,
    pub(super) drift_squares: f64,
    /// The lowest and the highest value at a close.
    pub(super) low: f64,
    pub(super) high: f64,
    /// The lowest ratio of a value to the highest before it, the 1 before the stretch included.
    pub(super) worst: f64,
    /// Return less that of the benchmark: sum, squares, smallest, largest; and the products of both returns.
    pub(super) active: f64,
    pub(super) active_squares: f64,
    pub(super) active_min: f64,
    pub(super) active_max: f64,
    pub(super) products: f64,
}

impl Stretch {
    /// No bar at all.
    pub(super) const EMPTY: Self = Self {
        bars: 0,
        below: 0,
        above: 0,
        growth: 1.0,
        powers: [0.0; 4],
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
        lost: 0.0,
        downside: 0.0,
        gains: 0.0,
        losses: 0.0,
        drift: 0.0,
        drift_squares: 0.0,
        low: f64::INFINITY,
        high: f64::NEG_INFINITY,
        worst: 1.0,
        active: 0.0,
        active_squares: 0.0,
        active_min: f64::INFINITY,
        active_max: f64::NEG_INFINITY,
        products: 0.0,
    };

    /// One bar that takes the value from 1 to `growth`, beside the benchmark's return.
    pub(super) fn bar(growth: f64, benchmark: f64, rate: f64) -> Self {
        Self {
            growth,
            low: growth,
            high: growth,
            worst: growth.min(1.0),
            ..Self::earning(growth - 1.0, benchmark, rate)
        }
    }

    /// One bar that earned so much of 1, beside the benchmark's return.
    pub(super) fn earning(earned: f64, benchmark: f64, rate: f64) -> Self {
        let growth = 1.0 + earned;
        let (square, excess, active) = (earned * earned, earned - rate, earned - benchmark);
        let (gain, loss) = (excess.max(0.0), (-excess).max(0.0));
        Self {
            bars: 1,
            below: u32::from(earned < 0.0),
            above: u32::from(earned > 0.0),
            growth,
            powers: [earned, square, square * earned, square * square],
            min: earned,
            max: earned,
            lost: earned.min(0.0),
            downside: loss * loss,
            gains: gain,
            losses: loss,
            drift: earned,
            drift_squares: square,
            low: growth,
            high: growth,
            worst: growth.min(1.0),
            active,
            active_squares: active * active,
            active_min: active,
            active_max: active,
            products: earned * benchmark,
        }
    }

    /// The bars after a value of 1 that take `path`, beside the benchmark's returns of them.
    pub(super) fn along(path: Path<'_>, benchmark: &[f64], rate: f64) -> Self {
        let mut whole = Self::EMPTY;
        let mut peak = 1.0_f64;
        for (bar, &benchmark) in benchmark.iter().enumerate() {
            let (value, gain) = (path.values[bar], path.values[bar] - 1.0);
            let bar = if path.returns.is_empty() {
                Self::bar(value / whole.growth, benchmark, rate)
            } else {
                Self::earning(path.returns[bar], benchmark, rate)
            };
            peak = peak.max(value);
            whole = Self {
                growth: value,
                drift: whole.drift + gain,
                drift_squares: whole.drift_squares + gain * gain,
                low: whole.low.min(value),
                high: whole.high.max(value),
                worst: whole.worst.min(value / peak),
                ..whole.with(&bar)
            };
        }
        whole
    }

    /// The sums over the returns of both; of the values those of this stretch.
    fn with(&self, next: &Self) -> Self {
        Self {
            bars: self.bars + next.bars,
            below: self.below + next.below,
            above: self.above + next.above,
            powers: std::array::from_fn(|power| self.powers[power] + next.powers[power]),
            min: self.min.min(next.min),
            max: self.max.max(next.max),
            lost: self.lost + next.lost,
            downside: self.downside + next.downside,
            gains: self.gains + next.gains,
            losses: self.losses + next.losses,
            active: self.active + next.active,
            active_squares: self.active_squares + next.active_squares,
            active_min: self.active_min.min(next.active_min),
            active_max: self.active_max.max(next.active_max),
            products: self.products + next.products,
            ..*self
        }
    }

    /// This stretch, and `next` right after it.
    pub(super) fn then(&self, next: &Self) -> Self {
        // The value before `next` is 1 + gain; a value of 1 + h in `next` is then 1 + gain + (1 + gain) h.
        let (growth, gain, bars) = (self.growth, self.growth - 1.0, f64::from(next.bars));
        Self {
            growth: growth * next.growth,
            drift: self.drift + (bars * gain + growth * next.drift),
            drift_squares: self.drift_squares
                + (bars * (gain * gain)
                    + 2.0 * gain * growth * next.drift
                    + growth * growth * next.drift_squares),
            low: self.low.min(growth * next.low),
            high: self.high.max(growth * next.high),
            // The highest before a value is of this stretch or of the next: the lower of both ratios tells.
            worst: self.worst.min(next.worst).min(growth * next.low / self.high.max(1.0)),
            ..self.with(next)
        }
    }
}

/// How a value that was 1 goes on from close to close.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'p> {
    /// The value at each close.
    pub(super) values: &'p [f64],
    /// What each bar earned, where that is known better than values tell it; else empty.
    pub(super) returns: &'p [f64],
}

impl Path<'_> {
    /// What a bar earned of the value before it.
    pub(super) fn earned(&self, bar: usize) -> f64 {
        let before = || bar.checked_sub(1).map_or(1.0, |before| self.values[before]);
        self.returns.get(bar).copied().unwrap_or_else(|| self.values[bar] / before() - 1.0)
    }
}

/// Stretches of a market that is simply held, from close to close, in blocks of blocks.
#[derive(Debug)]
pub(super) struct Pyramid<'a> {
    close: &'a [f64],
    benchmark: &'a [f64],
    rate: f64,
    /// Level 0 has blocks of [`FAN`] bars, each next one blocks of as many blocks.
    levels: Vec<Vec<Stretch>>,
}

impl<'a> Pyramid<'a> {
    /// Blocks over all bars but the first, which has no close before it.
    pub(super) fn new(close: &'a [f64], benchmark: &'a [f64], rate: f64) -> Self {
        let mut pyramid = Self { close, benchmark, rate, levels: Vec::new() };
        let mut width = FAN;
        while width < close.len() {
            // A block that begins with the first bar is never asked for.
            let level = (0..close.len() / width).map(|block| {
                let bars = (block * width).max(1)..(block + 1) * width;
                Stretch { growth: close[bars.end - 1] / close[bars.start - 1], ..pyramid.over(bars) }
            });
            let level = level.collect();
            pyramid.levels.push(level);
            width *= FAN;
        }
        pyramid
    }

    /// The stretch over `bars`, none of which is the first of all.
    pub(super) fn over(&self, bars: Range<usize>) -> Stretch {
        let mut whole = Stretch::EMPTY;
        let mut bar = bars.start;
        while bar < bars.end {
            let (mut level, mut width) = (None, 1);
            for (number, _) in self.levels.iter().enumerate() {
                let wider = width * FAN;
                if !bar.is_multiple_of(wider) || bar + wider > bars.end {
                    break;
                }
                (level, width) = (Some(number), wider);
            }
            whole = match level {
                Some(level) => whole.then(&self.levels[level][bar / width]),
                None => whole.then(&Stretch::bar(
                    self.close[bar] / self.close[bar - 1],
                    self.benchmark[bar],
                    self.rate,
                )),
            };
            bar += width;
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(a: f64, b: f64, scale: f64) -> bool {
        (a - b).abs() <= 1e-12 * scale.max(1e-12)
    }

    proptest! {
        #[test]
        fn blocks_come_to_what_their_bars_come_to(
            steps in prop::collection::vec(-0.1..0.1_f64, 2..400), from in 1..399_usize, bars in 0..399_usize,
        ) {
            let close: Vec<f64> = steps.iter().scan(100.0, |price, step| { *price *= 1.0 + step; Some(*price) }).collect();
            let benchmark: Vec<f64> = steps.iter().map(|step| step * 0.5).collect();
            let (from, to) = (from.min(close.len()), (from + bars).min(close.len()));
            let found = Pyramid::new(&close, &benchmark, 1e-4).over(from..to.max(from));
            let slow = (from..to).fold(Stretch::EMPTY, |sum, t| {
                sum.then(&Stretch::bar(close[t] / close[t - 1], benchmark[t], 1e-4))
            });
            prop_assert_eq!((found.bars, found.below, found.above), (slow.bars, slow.below, slow.above));
            prop_assert_eq!((found.min.to_bits(), found.max.to_bits()), (slow.min.to_bits(), slow.max.to_bits()));
            let values: Vec<f64> = (from..to).map(|t| close[t] / close[from - 1] - 1.0).collect();
            let drift: f64 = values.iter().sum();
            let scale: f64 = values.iter().map(|value| value.abs()).sum();
            prop_assert!(near(found.drift, drift, scale) && near(slow.drift, drift, scale));
            let squares: f64 = values.iter().map(|value| value * value).sum();
            prop_assert!(near(found.drift_squares, squares, scale));
            prop_assert!(near(found.growth, slow.growth, slow.growth));
            for (a, b) in found.powers.iter().zip(slow.powers) {
                prop_assert!(near(*a, b, f64::from(found.bars)));
            }
            prop_assert!(near(found.active_squares, slow.active_squares, slow.active_squares));
            let mut scan = crate::backtest::metrics::DrawdownScan::new(1.0, 0);
            values.iter().zip(1..).for_each(|(value, at)| { scan.close(1.0 + value, at); });
            prop_assert!((found.worst - 1.0 - scan.finish().worst).abs() <= 2e-12);
            prop_assert!(found.bars == 0 || near(found.low, slow.low, 1.0) && near(found.high, slow.high, 1.0));
        }
    }
}
