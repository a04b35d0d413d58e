//! What a sweep costs, told before it starts: the signals are counted, and a few of its combinations are worked and
//! timed. Nothing but the plan's words depends on how long they took.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::blocks::{Engine, MOST_CELLS};
use super::courses::MOST_VALUES;
use super::deal::Deal;
use super::entries::Entries;
use super::on_demand::{MOST_REMEMBERED, OnDemand};
use super::outcome::Frame;
use super::plan::{Estimate, whole};
use super::row::Row;
use super::selection::Selection;
use super::settings::Settings;
use crate::base::diagnostic::Result;

/// How long combinations are tried.
const BUDGET: Duration = Duration::from_millis(100);

/// Combinations that are tried at most: so many places in the selection, at each so many that follow each other.
const PLACES: u64 = 8;
const RUN: u64 = 16;

/// Signals whose trades are tried under every exit setting.
const SIGNALS: usize = 32;

/// Nanoseconds that each combination takes until it is written.
const WRITING: f64 = 700.0;

/// Nanoseconds of what is done once: results, summary, report.
const ONCE: f64 = 2e8;

impl Engine<'_> {
    /// Tries some of a selection's combinations, before there is a table of trades.
    ///
    /// # Errors
    /// As [`Engine::block`].
    pub(super) fn estimate(&self, selection: &Selection) -> Result<Estimate> {
        let rows = selection.len();
        if rows == 0 {
            return Ok(Estimate { signals: None, too_many: None, nanos: 0, bytes: 0 });
        }
        match self.on_demand() {
            Some((entries, trades, frame)) => {
                let numbers: Vec<u64> = tried(rows).into_iter().map(|row| selection.number(row)).collect();
                let settings = self.settings(&numbers);
                Ok(of_trades((entries, self.exit_settings()), trades, frame, (&settings, rows)))
            }
            None => self.of_reference(selection),
        }
    }

    fn of_reference(&self, selection: &Selection) -> Result<Estimate> {
        let (start, rows) = (Instant::now(), selection.len());
        let mut tried = 0;
        for place in 0..PLACES.min(rows) {
            let row = rows * place / PLACES.min(rows);
            self.block(&selection.rows(row..row + 1))?;
            tried += 1;
            if start.elapsed() > BUDGET {
                break;
            }
        }
        let each = nanos(start.elapsed()) / f64::from(tried);
        let nanos = whole(each * rows as f64 + ONCE);
        Ok(Estimate { signals: self.signals(), too_many: None, nanos, bytes: 0 })
    }
}

/// Rows that are tried: a few that follow each other, at some places.
fn tried(rows: u64) -> Vec<u64> {
    let runs = (0..PLACES).map(|place| rows * place / PLACES);
    // The first ones of all runs come first, in case that time does not reach for more.
    let all: Vec<u64> = (0..RUN).flat_map(|step| runs.clone().map(move |run| run + step)).collect();
    let mut known = BTreeSet::new();
    all.into_iter().filter(|&row| row < rows && known.insert(row)).collect()
}

/// What trades cost that are in a table, or found on demand.
fn of_trades(
    (entries, settings): (&Entries, &Settings),
    trades: &OnDemand<'_>,
    frame: &Frame,
    (tried, combinations): (&[(usize, usize)], u64),
) -> Estimate {
    let signals = entries.bars.len() as f64;
    let fan = Fans::of(trades, &entries.bars, settings);
    let fits = entries.bars.len().saturating_mul(settings.count()) <= MOST_CELLS
        && fan.values * signals <= MOST_VALUES as f64;
    let timed = trades.timed((entries, settings), tried, (frame, BUDGET));
    let (count, combinations) = (timed.combinations.max(1) as f64, combinations as f64);
    let cells = signals * settings.count() as f64;
    let made = combinations * timed.trades as f64 / count;
    let found = if fits {
        signals * fan.nanos
    } else {
        let fresh = (nanos(timed.fresh) - nanos(timed.again)).max(0.0);
        let each = fresh / timed.trades.max(1) as f64;
        (made * each).min(if fan.values > 0.0 { signals * fan.nanos } else { cells * each })
    };
    let of_rows = (nanos(timed.measured) - nanos(timed.measured_again)).max(0.0);
    let rows = made.min(fan.trades * signals);
    let of_rows = rows * of_rows / timed.trades.max(1) as f64;
    let walks = combinations * nanos(timed.again) / count;
    let distinct = timed.distinct as f64 / count;
    let outcomes = combinations * distinct * nanos(timed.measured_again) / count;
    let row = size_of::<Row>() as f64;
    let bytes = if fits {
        cells * 8.0
            + signals * (fan.trades * (size_of::<Deal>() as f64 + 32.0) + fan.values * 8.0)
            + rows * row
    } else {
        let threads = rayon::current_num_threads() as f64;
        threads * signals * 32.0
            + (rows * row + made * fan.values / fan.trades.max(1.0) * 8.0).min(MOST_REMEMBERED as f64)
    };
    Estimate {
        signals: Some(entries.bars.len() as u64),
        too_many: (!fits).then(|| whole(cells)),
        nanos: whole(found + of_rows + walks + outcomes + combinations * WRITING + ONCE),
        bytes: whole(bytes),
    }
}

/// The trades of one signal under every exit setting, in the mean of a few.
struct Fans {
    nanos: f64,
    /// Distinct ones.
    trades: f64,
    /// Numbers that are kept of courses.
    values: f64,
}

impl Fans {
    fn of(trades: &OnDemand<'_>, signals: &[usize], settings: &Settings) -> Self {
        let looked: Vec<usize> =
            signals.iter().copied().step_by(signals.len().div_ceil(SIGNALS).max(1)).collect();
        let start = Instant::now();
        let (count, values) = trades.of_few(&looked, signals, settings);
        let each = |sum: f64| sum / looked.len().max(1) as f64;
        Self { nanos: each(nanos(start.elapsed())), trades: each(count as f64), values: each(values as f64) }
    }
}

fn nanos(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}
