//! How a position is built: all at once, or in parts.

/// When the parts of a position are bought. Part 0 is the entry. What the whole would take is asked at its fill,
/// and every part takes its share of that.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Scale {
    /// All of it at once.
    #[default]
    Whole,
    /// Equal parts: part `k` of `n` in bar `e + k * bars / (n - 1)`, rounded down, `e` being that of the entry.
    Over {
        /// How many, at least 1.
        parts: u32,
        /// Bars from the entry to the last part, at least 1.
        bars: u32,
    },
    /// Equal parts: part `k` after a close at or below `first fill * (1 - k * step)`, mirrored for a short.
    Deeper {
        /// How many, at least 1.
        parts: u32,
        /// A fraction of the first fill, above 0.
        step: f64,
    },
    /// Parts of different sizes at different distances.
    Ladder(Ladder),
    /// Equal parts: one more after each of the first so many fresh signals while held.
    Adds(u32),
}

/// So many rungs a ladder has at most.
pub const MOST_RUNGS: usize = 8;

/// Shares of the whole, each with its distance below the first fill, above it for a short. Distances rise; that of
/// the first rung, which is the entry, is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ladder {
    rungs: [(f64, f64); MOST_RUNGS],
    count: usize,
}

/// What a position looks like to its next parts at a close.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// The bars from the first fill to the next bar.
    pub(super) bars: u64,
    /// The close, the first fill and the side: 1 for a long, -1 for a short.
    pub(super) close: f64,
    pub(super) first: f64,
    pub(super) sign: f64,
    /// Whether the entry rule is true for the first of several closes.
    pub(super) fresh: bool,
}

impl Scale {
    /// A ladder that buys the share `at_once` with the entry and each of `later` at its distance, in any order;
    /// `None` where it has too many rungs. Where nothing is bought later it is the whole at once.
    pub fn ladder(at_once: f64, later: &[(f64, f64)]) -> Option<Self> {
        if later.is_empty() {
            return Some(Self::Whole);
        }
        if later.len() >= MOST_RUNGS {
            return None;
        }
        let mut rungs = [(0.0, 0.0); MOST_RUNGS];
        rungs[0].0 = at_once;
        rungs[1..=later.len()].copy_from_slice(later);
        rungs[1..=later.len()].sort_by(|a, b| a.1.total_cmp(&b.1));
        Some(Self::Ladder(Ladder { rungs, count: later.len() + 1 }))
    }

    /// How many parts there are.
    pub fn parts(self) -> u32 {
        match self {
            Self::Whole => 1,
            Self::Over { parts, .. } | Self::Deeper { parts, .. } => parts.max(1),
            #[allow(clippy::cast_possible_truncation)] // at most MOST_RUNGS
            Self::Ladder(ladder) => ladder.count as u32,
            Self::Adds(adds) => adds.saturating_add(1),
        }
    }

    /// The share of the whole that the parts `from..to` are.
    pub(super) fn share(self, from: u32, to: u32) -> f64 {
        match self {
            Self::Ladder(ladder) => {
                ladder.rungs[from as usize..to as usize].iter().map(|(share, _)| share).sum()
            }
            _ => f64::from(to - from) / f64::from(self.parts()),
        }
    }

    /// How many parts the entry is.
    pub(super) fn at_entry(self) -> u32 {
        match self {
            Self::Over { parts, bars } => over(parts, bars, 0),
            _ => 1,
        }
    }

    /// How many parts are due by the next bar, of which `asked` have been.
    pub(super) fn due(self, asked: u32, seen: &Seen) -> u32 {
        let reached = |distance: f64| {
            let level = seen.first * (1.0 - seen.sign * distance);
            seen.sign * seen.close <= seen.sign * level
        };
        let parts = self.parts();
        let mut due = asked;
        match self {
            Self::Whole => {}
            Self::Over { parts, bars } => due = due.max(over(parts, bars, seen.bars)),
            Self::Deeper { step, .. } => {
                while due < parts && reached(f64::from(due) * step) {
                    due += 1;
                }
            }
            Self::Ladder(ladder) => {
                while due < parts && reached(ladder.rungs[due as usize].1) {
                    due += 1;
                }
            }
            Self::Adds(_) => due += u32::from(seen.fresh),
        }
        due.min(parts)
    }
}

/// How many of `parts` parts over `bars` bars are due in the bar that lies `after` bars behind the entry's: those
/// with `k * bars / (parts - 1)`, rounded down, at most that.
fn over(parts: u32, bars: u32, after: u64) -> u32 {
    let (gaps, bars) = (u64::from(parts.max(1)) - 1, u64::from(bars.max(1)));
    let due = after.saturating_add(1).saturating_mul(gaps).div_ceil(bars);
    u32::try_from(due.max(1)).unwrap_or(u32::MAX).min(parts.max(1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The bars behind the entry's in which parts are bought.
    fn bars(parts: u32, bars: u32) -> Vec<(u64, u32)> {
        let mut before = 0;
        let due = (0..=u64::from(bars) + 5).map(|after| (after, over(parts, bars, after)));
        due.filter_map(|(after, due)| {
            let new = due - std::mem::replace(&mut before, due);
            (new > 0).then_some((after, new))
        })
        .collect()
    }

    #[test]
    fn parts_stand_at_even_distances_of_bars() {
        assert_eq!(bars(3, 10), [(0, 1), (5, 1), (10, 1)]);
        assert_eq!(bars(2, 7), [(0, 1), (7, 1)]);
        // Thirds of ten: 3.3 and 6.7, rounded down.
        assert_eq!(bars(4, 10), [(0, 1), (3, 1), (6, 1), (10, 1)]);
        assert_eq!(bars(1, 10), [(0, 1)]);
        // More parts than bars: those of one bar go together.
        assert_eq!(bars(5, 2), [(0, 2), (1, 2), (2, 1)]);
    }

    #[test]
    fn every_part_has_its_bar_by_the_formula() {
        for parts in 1..12 {
            for length in 1..25 {
                let bar = |k: u32| u64::from(k) * u64::from(length) / u64::from(parts - 1).max(1);
                for after in 0..30 {
                    let due = (0..parts).filter(|&k| k == 0 || bar(k) <= after).count();
                    assert_eq!(over(parts, length, after) as usize, due, "{parts} over {length}, {after}");
                }
            }
        }
    }

    #[test]
    fn rungs_are_climbed_by_distance() {
        let ladder = Scale::ladder(0.5, &[(0.2, 0.25), (0.3, 0.125)]).unwrap();
        assert_eq!(ladder.parts(), 3);
        let due =
            |asked, close| ladder.due(asked, &Seen { bars: 1, close, first: 100.0, sign: 1.0, fresh: true });
        assert_eq!([due(1, 90.0), due(1, 87.5), due(1, 75.0), due(2, 99.0)], [1, 2, 3, 2]);
        assert!((ladder.share(1, 2) - 0.3).abs() < 1e-15 && (ladder.share(0, 3) - 1.0).abs() < 1e-15);
        assert_eq!(Scale::ladder(1.0, &[]), Some(Scale::Whole));
        assert_eq!(Scale::ladder(0.2, &[(0.1, 0.1); MOST_RUNGS]), None);
    }

    #[test]
    fn shares_of_all_parts_are_the_whole() {
        for parts in 1..50 {
            let scale = Scale::Deeper { parts, step: 0.01 };
            assert_eq!(scale.share(0, parts).to_bits(), 1.0_f64.to_bits());
        }
        assert_eq!(Scale::Adds(0).share(0, 1).to_bits(), 1.0_f64.to_bits());
    }
}
