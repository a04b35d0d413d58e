//! The running peak, and how far and how long equity stayed below it.

use super::ROUNDING;
use super::total::Total;

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
