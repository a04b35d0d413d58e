//! Volumes in coins and in money whose columns were exchanged.

/// Rows in which volume and quote volume fit the price only when exchanged: how many, the first and the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Swapped {
    count: usize,
    first: usize,
    last: usize,
}

impl Swapped {
    /// Looks at a row below all that were looked at.
    pub(super) fn note(&mut self, row: usize, volume: f64, quote: f64, close: f64) {
        if is_swapped(volume, quote, close) {
            self.join(0, Self { count: 1, first: row, last: row });
        }
    }

    /// Adds what was found in rows below, of which the first is row `start`.
    pub(super) fn join(&mut self, start: usize, below: Self) {
        if below.count > 0 {
            let first = if self.count == 0 { start + below.first } else { self.first };
            *self = Self { count: self.count + below.count, first, last: start + below.last };
        }
    }

    /// The same with the last of `rows` first.
    pub(super) fn reverse(&mut self, rows: usize) {
        if self.count > 0 {
            (self.first, self.last) = (rows - 1 - self.last, rows - 1 - self.first);
        }
    }

    /// How many rows there are, the first and the last; `None` for none.
    pub(super) fn told(self) -> Option<(usize, usize, usize)> {
        (self.count > 0).then_some((self.count, self.first, self.last))
    }
}

/// Missing volumes, which compare with nothing, are not swapped.
fn is_swapped(volume: f64, quote: f64, close: f64) -> bool {
    // As base x price = quote, a swap is plain only where the price is far from 1.
    if !(volume > 0.0 && quote > 0.0) || (0.5..2.0).contains(&close) {
        return false;
    }
    // Most rows: the larger one is where it belongs, by far more than the quotients below are rounded.
    if (close >= 2.0 && quote > volume * 1.01) || (close < 0.5 && volume > quote * 1.01) {
        return false;
    }
    is_nearer_exchanged(volume, quote, close)
}

fn is_nearer_exchanged(volume: f64, quote: f64, close: f64) -> bool {
    let far = |ratio: f64| ratio.max(1.0 / ratio);
    far(volume / quote / close) < far(quote / volume / close)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn most_rows_are_told_without_quotients(volume in 1e-9..1e15_f64, ratio in 0.9..1.2_f64, far in 1e-9..1e9_f64, close in 1e-9..1e9_f64) {
            for quote in [volume * ratio, volume * far] {
                let plain = !(0.5..2.0).contains(&close);
                prop_assert_eq!(is_swapped(volume, quote, close), plain && is_nearer_exchanged(volume, quote, close));
            }
        }
    }
}
