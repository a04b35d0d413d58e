//! The running peak, and how far and how long equity stayed below it.

use super::ROUNDING;
use super::total::Total;

/// Closes that are looked at side by side.
const SIDE: usize = 4;

/// How far and how long equity was below its running peak. The peak starts at the capital, before the first
/// bar.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Drawdown {
    /// The deepest fall below the peak, as a fraction, at most 0.
    pub worst: f64,
    /// The sum over all closes of the squared fraction below the peak.
    pub squares: f64,
    /// The longest time below the peak, in microseconds: from the instant of the peak to the bar that
    /// regained it, or to the last bar where none did. 0 without a drawdown.
    pub longest: i64,
    /// Whether that longest drawdown was still open at the last bar.
    pub open: bool,
}

/// Follows equity from close to close and keeps the drawdown so far.
///
/// A fall within [`ROUNDING`] of the peak is none: the peak then stands, and its instant moves on.
#[derive(Debug, Clone, Copy)]
pub struct DrawdownScan {
    peak: f64,
    peak_at: i64,
    /// The fraction below the peak at the last close, at most 0.
    below: f64,
    worst: f64,
    squares: Total,
    longest: i64,
    longest_from: i64,
}

impl DrawdownScan {
    /// Starts with `capital` (above 0) at `opens_at`, the instant in microseconds at which the first bar
    /// opens.
    pub fn new(capital: f64, opens_at: i64) -> Self {
        Self {
            peak: capital,
            peak_at: opens_at,
            below: 0.0,
            worst: 0.0,
            squares: Total::default(),
            longest: 0,
            longest_from: opens_at,
        }
    }

    /// The next close: `equity` there and the instant at which it was known. Gives back the fraction below
    /// the peak, at most 0.
    pub fn close(&mut self, equity: f64, known_at: i64) -> f64 {
        let was_below = self.below < 0.0;
        let fall = equity / self.peak - 1.0;
        self.below = if fall < -ROUNDING { fall } else { 0.0 };
        if was_below || self.below < 0.0 {
            self.lasting(known_at);
        }
        if self.below < 0.0 {
            self.worst = self.worst.min(self.below);
            self.squares.add(self.below * self.below);
        } else {
            self.peak = self.peak.max(equity);
            self.peak_at = known_at;
        }
        self.below
    }

    /// The next closes, at which equity is `base + slope * price`: as [`Self::close`] for each, up to rounding, and
    /// quicker.
    pub fn closes(&mut self, (base, slope): (f64, f64), prices: &[f64], known_at: &[i64]) {
        let mut rest = 0..prices.len();
        while !rest.is_empty() {
            rest.start += self.all_below((base, slope), &prices[rest.clone()], &known_at[rest.clone()]);
            // The next few hold one that is not below the peak.
            let few = rest.start..rest.end.min(rest.start + SIDE);
            for (price, known_at) in prices[few.clone()].iter().zip(&known_at[few.clone()]) {
                self.close(base + slope * price, *known_at);
            }
            rest.start = few.end;
        }
    }

    /// Takes closes from the first on, side by side, as long as all of them are below the peak; gives how many it
    /// took.
    fn all_below(&mut self, (base, slope): (f64, f64), prices: &[f64], known_at: &[i64]) -> usize {
        let (none, by) = (base / self.peak - 1.0, slope / self.peak);
        let (mut taken, mut worst, mut last) = (0, self.worst, self.below);
        // Few squares at a time, so that their plain sum loses no digits.
        for stretch in prices.chunks(SIDE * 16) {
            let mut squares = [0.0; SIDE];
            let mut whole = true;
            for prices in stretch.as_chunks::<SIDE>().0 {
                let falls = prices.map(|price| none + by * price);
                whole = falls.iter().all(|fall| *fall < -ROUNDING);
                if !whole {
                    break;
                }
                for (square, fall) in squares.iter_mut().zip(falls) {
                    *square += fall * fall;
                    worst = if fall < worst { fall } else { worst };
                }
                last = falls[SIDE - 1];
                taken += SIDE;
            }
            self.squares.add((squares[0] + squares[1]) + (squares[2] + squares[3]));
            if !whole {
                break;
            }
        }
        if taken > 0 {
            (self.worst, self.below) = (worst, last);
            self.lasting(known_at[taken - 1]);
        }
        taken
    }

    /// As many as `bars` further closes at the equity of the last one, the last of them known at `known_at`.
    pub fn flat(&mut self, bars: usize, known_at: i64) {
        if bars == 0 {
            return;
        }
        if self.below < 0.0 {
            self.lasting(known_at);
            self.squares.add(bars as f64 * (self.below * self.below));
        } else {
            self.peak_at = known_at;
        }
    }

    /// Whether closes of at most `highest` are all below the peak.
    pub fn stays_below(&self, highest: f64) -> bool {
        highest / self.peak - 1.0 < -ROUNDING
    }

    /// As many as `bars` closes, none of which reaches the peak ([`Self::stays_below`]), the last of them known
    /// at `known_at`. `from`, `low` and `last` are the equity before them, their lowest and the last one.
    /// `gains` are the sums over them of gain and of squared gain since `from`, as fractions of it.
    pub fn below(
        &mut self,
        bars: usize,
        (from, low, last): (f64, f64, f64),
        (gain, squared_gain): (f64, f64),
        known_at: i64,
    ) {
        // A gain of g since `from` leaves equity at share (1 + g) of the peak: share - 1 + share g below it.
        let share = from / self.peak;
        let before = share - 1.0;
        self.worst = self.worst.min(low / self.peak - 1.0);
        let squares =
            bars as f64 * (before * before) + 2.0 * before * share * gain + share * share * squared_gain;
        self.squares.add(squares.max(0.0));
        self.below = last / self.peak - 1.0;
        self.lasting(known_at);
    }

    /// The drawdown over all closes so far.
    pub fn finish(&self) -> Drawdown {
        let open = self.below < 0.0 && self.longest_from == self.peak_at;
        Drawdown { worst: self.worst, squares: self.squares.value(), longest: self.longest, open }
    }

    fn lasting(&mut self, until: i64) {
        // Only a longer one replaces the longest: of equals the first counts.
        if until - self.peak_at > self.longest {
            self.longest = until - self.peak_at;
            self.longest_from = self.peak_at;
        }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scan(equity: &[f64]) -> (Vec<f64>, Drawdown) {
        let mut scan = DrawdownScan::new(1.0, 0);
        let falls = equity.iter().zip(1..).map(|(&e, at)| scan.close(e, at)).collect();
        (falls, scan.finish())
    }

    #[test]
    fn the_base_point_is_a_peak() {
        let (falls, drawdown) = scan(&[0.8, 0.9, 1.0, 1.1]);
        assert_eq!(falls[0], 0.8 - 1.0);
        assert_eq!(falls[2..], [0.0, 0.0]);
        assert_eq!((drawdown.worst, drawdown.longest, drawdown.open), (0.8 - 1.0, 3, false));
    }

    #[test]
    fn an_open_drawdown_counts_to_the_last_bar() {
        let (_, drawdown) = scan(&[1.0, 0.75, 1.0, 1.0, 0.5, 0.5, 0.5]);
        // The peak of 1.0 was last seen at bar 4.
        assert_eq!((drawdown.longest, drawdown.open), (3, true));
        assert_eq!(drawdown.squares, 0.0625 + 3.0 * 0.25);
    }

    #[test]
    fn a_short_open_drawdown_is_not_the_longest() {
        let (_, drawdown) = scan(&[0.5, 0.5, 0.5, 1.0, 0.9]);
        assert_eq!((drawdown.longest, drawdown.open), (4, false));
    }

    #[test]
    fn the_first_of_two_equally_long_ones_counts() {
        let (_, drawdown) = scan(&[0.5, 1.0, 0.9, 0.9]);
        assert_eq!((drawdown.longest, drawdown.open), (2, false));
    }

    #[test]
    fn what_only_rounding_lost_is_no_drawdown() {
        let (_, drawdown) = scan(&[1.0 - 1e-15, 1.0 - 1e-15, 1.0]);
        assert_eq!(drawdown, Drawdown::default());
    }

    #[test]
    fn rising_equity_has_no_drawdown() {
        assert_eq!(scan(&[1.0, 1.5, 1.5, 2.0]).1, Drawdown::default());
        assert_eq!(scan(&[]).1, Drawdown::default());
    }

    proptest! {
        #[test]
        fn many_closes_are_their_closes(
            steps in prop::collection::vec(-0.1..0.1_f64, 0..300), cut in 0..300_usize, own in 0.0..1.0_f64, slope in 0.5..2.0_f64,
        ) {
            let prices: Vec<f64> = steps.iter().scan(1.0, |price, step| { *price *= 1.0 + step; Some(*price) }).collect();
            let known_at: Vec<i64> = (1..).take(prices.len()).collect();
            let mut one_by_one = DrawdownScan::new(1.0, 0);
            let mut many = one_by_one;
            for (price, at) in prices.iter().zip(&known_at) {
                one_by_one.close(own + slope * price, *at);
            }
            let cut = cut.min(prices.len());
            many.closes((own, slope), &prices[..cut], &known_at[..cut]);
            many.closes((own, slope), &prices[cut..], &known_at[cut..]);
            prop_assert!((many.below - one_by_one.below).abs() <= 1e-15);
            let (many, one_by_one) = (many.finish(), one_by_one.finish());
            prop_assert!((many.worst - one_by_one.worst).abs() <= 1e-15);
            prop_assert!((many.squares - one_by_one.squares).abs() <= 1e-15 * prices.len() as f64);
            prop_assert_eq!((many.longest, many.open), (one_by_one.longest, one_by_one.open));
        }
    }

    #[test]
    fn stretches_below_the_peak_equal_their_bars() {
        let mut bars = DrawdownScan::new(1.0, 0);
        bars.close(0.8, 1);
        let mut stretch = bars;
        let closes = [0.72, 0.9, 0.99, 0.6];
        for (equity, at) in closes.into_iter().zip(2..) {
            bars.close(equity, at);
        }
        assert!(stretch.stays_below(0.99) && !stretch.stays_below(1.0));
        let gains: Vec<f64> = closes.iter().map(|equity| equity / 0.8 - 1.0).collect();
        let sums = (gains.iter().sum(), gains.iter().map(|gain| gain * gain).sum());
        stretch.below(4, (0.8, 0.6, 0.6), sums, 5);
        bars.close(1.5, 6);
        stretch.close(1.5, 6);
        let (a, b) = (bars.finish(), stretch.finish());
        assert!((a.squares - b.squares).abs() < 1e-15);
        assert_eq!(Drawdown { squares: 0.0, ..a }, Drawdown { squares: 0.0, ..b });
    }

    #[test]
    fn flat_stretches_equal_their_bars() {
        let mut bars = DrawdownScan::new(1.0, 0);
        let mut stretches = bars;
        for (equity, at) in [(1.0, 1), (1.0, 2), (1.2, 3), (1.2, 4), (0.9, 5), (0.9, 6), (0.9, 7), (1.3, 8)] {
            bars.close(equity, at);
        }
        stretches.flat(0, 0);
        stretches.flat(2, 2);
        stretches.close(1.2, 3);
        stretches.flat(1, 4);
        stretches.close(0.9, 5);
        stretches.flat(2, 7);
        stretches.close(1.3, 8);
        assert_eq!(bars.finish(), stretches.finish());
        assert_eq!(bars.finish().longest, 4);
    }
}
