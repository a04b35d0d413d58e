//! Jumps that no market makes: splits the prices are not adjusted for, and ticks that were never traded.

use std::ops::Range;

use rayon::prelude::*;

use super::{Finding, MICROS_PER_DAY, counted, ratio, some_rows, usual_size};
use crate::base::calendar::Session;
use crate::base::num::{ln, median};
use crate::market::series::{Field, Series};

/// A close that is at least this many times the one before, or that part of it, is told even if no split explains it:
/// the worst day of a US index lost 22%, of a large share about half.
const JUMP: f64 = 1.8;

/// Below this many times, earnings and crashes make jumps that look like 5:4, 4:3 or 3:2, so volume must agree too.
const SMALL_SPLIT: f64 = 1.75;

/// New shares for old ones, as companies and funds did. Reverse splits are the same turned round.
const SPLITS: [(u8, u8); 19] = [
    (5, 4),
    (4, 3),
    (3, 2),
    (2, 1),
    (5, 2),
    (3, 1),
    (4, 1),
    (5, 1),
    (6, 1),
    (7, 1),
    (8, 1),
    (10, 1),
    (12, 1),
    (15, 1),
    (20, 1),
    (25, 1),
    (30, 1),
    (50, 1),
    (100, 1),
];

/// Bars on either side that tell what is usual: a month of sessions.
const AROUND: usize = 20;

/// How far from the ratio the open may be, in usual changes and at most in logarithms: over night a share moves too.
const OFF_RATIO: (f64, f64) = (3.0, 0.05);

/// Small splits must fit better: 5:4 and 4:3 are 6% apart, and a fall of 15% is neither.
const OFF_SMALL_RATIO: f64 = 0.02;

/// After a split changes are as large as before; after a crash they are larger, usually three times and more.
const CALM: f64 = 2.5;

/// A tick is bad where the close leaps by at least this many usual changes of its surroundings and comes back. Of a
/// normal walk no bar would in the age of the universe; of real fat tails a reversal of that size and speed is rare.
const SPIKE: f64 = 12.0;

/// ... and by at least this part of the price: in a quiet market one cent is many usual changes.
const LEAST_SPIKE: f64 = 0.02;

/// ... and comes back to within this part of the leap.
const COMES_BACK: f64 = 0.3;

/// A high or low this many usual ranges beyond open and close and beyond both neighbours. The flash crashes of 2010
/// and 2015 were traded and reach about 15 on funds.
const WICK: f64 = 25.0;

pub(super) fn check(series: &Series, bar: i64, findings: &mut Vec<Finding>) {
    let changes = Changes(series.close());
    let spikes = spikes(changes);
    if matches!(series.session(), Session::UsEquity | Session::Custom(_)) {
        findings.extend(splits(series, changes, &spikes));
    }
    findings.extend(bad_ticks(series, &spikes));
    findings.extend(wicks(series, bar));
}

/// Changes of the closes' logarithms from row to row, worked out where they are asked for: of millions few matter.
#[derive(Debug, Clone, Copy)]
struct Changes<'a>(&'a [f64]);

/// Of closes that follow each other the later over the earlier, where the change is less than [`LEAST_SPIKE`].
const SMALL: Range<f64> = 0.981..1.0201;

impl Changes<'_> {
    fn len(self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// From row `at` to the next one; missing beside a price not above zero.
    fn of(self, at: usize) -> f64 {
        let [before, after] = [self.0[at], self.0[at + 1]];
        if before > 0.0 && after > 0.0 { ln(after / before) } else { f64::NAN }
    }

    fn among(self, rows: Range<usize>) -> impl Iterator<Item = f64> {
        rows.map(move |at| self.of(at))
    }

    /// Whether the change from row `at` is less than [`LEAST_SPIKE`], or missing; of some that are it is not said.
    fn is_small(self, at: usize) -> bool {
        SMALL.contains(&(self.0[at + 1] / self.0[at]))
    }
}

/// What a jump between two rows looks like.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Jump {
    row: usize,
    /// The close before over the first price after it.
    fall: f64,
    /// The split whose ratio fits, as new shares for old ones.
    split: Option<(u8, u8)>,
    /// Whether trading goes on as calmly as before.
    calm: bool,
    /// Whether volume changed in the opposite proportion, as shares do; `None` where it cannot be told.
    volume: Option<bool>,
}

/// Jumps that look like a split, and those of [`JUMP`] that look like nothing.
fn splits(series: &Series, changes: Changes<'_>, spikes: &[usize]) -> Vec<Finding> {
    let least = ln(1.22);
    let is_spike = |row: usize| spikes.contains(&row) || (row > 0 && spikes.contains(&(row - 1)));
    let jumps: Vec<Jump> = (1..series.len())
        .filter(|&row| !changes.is_small(row - 1) && changes.of(row - 1).abs() >= least && !is_spike(row))
        .map(|row| jump(series, changes, row))
        .collect();
    let mut findings = Vec::new();
    let mut unexplained = Vec::new();
    for jump in jumps {
        if let Some(finding) = split_finding(series, jump) {
            findings.push(finding);
        } else if changes.of(jump.row - 1).abs() >= ln(JUMP) {
            unexplained.push(jump.row);
        }
    }
    findings.extend(some_rows(series, &unexplained).map(|(row, list)| {
        Finding::warning(
            "jump",
            Some(row),
            format!(
                "{} at which the close is {JUMP} times the one before, or the reverse, and no usual split fits: {list}",
                counted(unexplained.len(), "row")
            ),
            "look these days up: a spin-off, a merger, another market under the same symbol, or a real crash",
        )
    }));
    findings
}

fn split_finding(series: &Series, jump: Jump) -> Option<Finding> {
    let (new, old) = jump.split?;
    let small = is_small(jump.fall);
    if !jump.calm || (small && jump.volume != Some(true)) {
        return None;
    }
    let evidence = match jump.volume {
        Some(true) => "changes stay as large as before and volume changes in proportion",
        Some(false) => "changes stay as large as before, though volume does not change in proportion",
        None => "changes stay as large as before",
    };
    let label = series.label(jump.row);
    let what = format!(
        "an unadjusted {new}:{old} split on {label}, as it looks: over night the price goes to {} of the close before; {evidence}",
        ratio(1.0 / jump.fall)
    );
    let remedy =
        "get split-adjusted prices: this jump is no profit or loss, but makes false highs, lows and trades";
    // The volume of a small split is no proof: a busy month has a quarter more too.
    Some(if jump.volume == Some(true) && !small {
        Finding::error("split", Some(label), what, remedy)
    } else {
        Finding::warning("split", Some(label), what, remedy)
    })
}

fn is_small(fall: f64) -> bool {
    fall.max(1.0 / fall) < SMALL_SPLIT
}

fn jump(series: &Series, changes: Changes<'_>, row: usize) -> Jump {
    let close = series.close();
    let first = series.column(Field::Open).map_or(close[row], |open| open[row]);
    let fall = close[row - 1] / first;
    let before = changes.among((row - 1).saturating_sub(AROUND)..row - 1);
    let after = changes.among(row.min(changes.len())..(row + AROUND).min(changes.len()));
    let (usual, later) = (usual_size(before, 5), usual_size(after, 5));
    let of_day = ln(close[row] / first).abs();
    let calm = match (usual, later) {
        (Some(usual), Some(later)) => later <= CALM * usual && of_day <= 5.0 * usual,
        _ => false,
    };
    let most = if is_small(fall) { OFF_SMALL_RATIO } else { OFF_RATIO.1 };
    let tolerance = (OFF_RATIO.0 * usual.unwrap_or(0.0)).min(most);
    Jump { row, fall, split: nearest_split(fall, tolerance), calm, volume: volume_agrees(series, row, fall) }
}

/// The split nearest to `fall`, if within `tolerance` in logarithms.
fn nearest_split(fall: f64, tolerance: f64) -> Option<(u8, u8)> {
    let off = |(new, old): (u8, u8)| ln(fall * f64::from(old) / f64::from(new)).abs();
    SPLITS
        .into_iter()
        .flat_map(|(new, old)| [(new, old), (old, new)])
        .min_by(|a, b| off(*a).total_cmp(&off(*b)))
        .filter(|split| off(*split) <= tolerance)
}

/// Whether the median volume changed by about `factor`, as the number of shares did, rather than not at all.
fn volume_agrees(series: &Series, row: usize, factor: f64) -> Option<bool> {
    let volume = series.column(Field::Volume)?;
    let before = &volume[row.saturating_sub(AROUND)..row];
    // The first days after any great event are busy.
    let after = &volume[(row + 3).min(volume.len())..(row + 3 + AROUND).min(volume.len())];
    if before.len() < AROUND / 2 || after.len() < AROUND / 2 {
        return None;
    }
    let (before, after) = (median(before)?, median(after)?);
    if before <= 0.0 || after <= 0.0 {
        return None;
    }
    let change = ln(after / before);
    Some((change - ln(factor)).abs() < change.abs())
}

/// Rows whose close leaps away and is taken back by the next.
fn spikes(changes: Changes<'_>) -> Vec<usize> {
    (1..changes.len())
        .into_par_iter()
        .filter(|&row| {
            if changes.is_small(row) || changes.is_small(row - 1) {
                return false;
            }
            let (there, back) = (changes.of(row - 1), changes.of(row));
            let least = there.abs().min(back.abs());
            least >= LEAST_SPIKE
                && there * back < 0.0
                && (there + back).abs() <= COMES_BACK * least
                && usual_around(changes, row).is_some_and(|usual| least >= SPIKE * usual)
        })
        .filter(|&row| changes.0[row] > 0.0)
        .collect()
}

/// The usual change around `row`, without its own two.
fn usual_around(changes: Changes<'_>, row: usize) -> Option<f64> {
    let before = changes.among((row - 1).saturating_sub(AROUND)..row - 1);
    let after = changes.among(row + 1..(row + 1 + AROUND).min(changes.len()));
    usual_size(before.chain(after), AROUND / 2)
}

fn bad_ticks(series: &Series, spikes: &[usize]) -> Option<Finding> {
    some_rows(series, spikes).map(|(row, list)| {
        Finding::warning(
            "bad-ticks",
            Some(row),
            format!(
                "{} whose close leaps at least {SPIKE} times a usual change away and back with the next row: {list}",
                counted(spikes.len(), "row")
            ),
            "prices that may never have been traded; compare with another vendor (`catchup data compare`) before you trust highs and lows there",
        )
    })
}

/// Highs and lows far beyond their own open and close and those of the neighbours.
fn wicks(series: &Series, bar: i64) -> Option<Finding> {
    let open = series.column(Field::Open)?;
    let (high, low) = (series.column(Field::High)?, series.column(Field::Low)?);
    // Within the day one trade at a far price is too common on thin markets to be worth a word.
    if bar < MICROS_PER_DAY / 4 {
        return None;
    }
    let close = series.close();
    let ranges: Vec<f64> = high
        .iter()
        .zip(low)
        .map(|(high, low)| if *low > 0.0 && high >= low { ln(high / low) } else { f64::NAN })
        .collect();
    let top = |row: usize| open[row].max(close[row]);
    let bottom = |row: usize| open[row].min(close[row]);
    let rows: Vec<usize> = (1..series.len().saturating_sub(1))
        .filter(|&row| low[row] > 0.0 && bottom(row) > 0.0)
        .filter(|&row| {
            let (highest, lowest) = (
                top(row - 1).max(top(row)).max(top(row + 1)),
                bottom(row - 1).min(bottom(row)).min(bottom(row + 1)),
            );
            let beyond = ln(high[row] / highest).max(ln(lowest / low[row]));
            let around = ranges[row.saturating_sub(AROUND)..row]
                .iter()
                .chain(&ranges[row + 1..(row + 1 + AROUND).min(ranges.len())])
                .copied();
            // The median of ranges itself, not made into a standard deviation.
            beyond >= LEAST_SPIKE
                && usual_size(around, AROUND / 2).is_some_and(|usual| beyond >= WICK * 0.6745 * usual)
        })
        .collect();
    some_rows(series, &rows).map(|(row, list)| {
        Finding::warning(
            "far-highs-and-lows",
            Some(row),
            format!(
                "{} with a high or low at least {WICK} usual ranges beyond the prices around it: {list}",
                counted(rows.len(), "row")
            ),
            "stops and targets would fill there; compare with another vendor (`catchup data compare`) before you trust them",
        )
    })
}
