//! A few figures of many combinations, without the metrics that need more than a trade's sums.

use std::sync::OnceLock;

use crate::backtest::metrics::{self, Drawdown, Excess, PowerSums, ROUNDING, Sums, TradeSums, Value};
use crate::base::diagnostic::Result;

use super::blocks::{Candidate, Engine};
use super::deal::ByFingerprint;
use super::entries::Entries;
use super::outcome::{Frame, VANISHED};
use super::row::Row;
use super::selection::Selection;
use super::table::Table;

/// The figures of a combination that programs for searches print.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brief {
    /// Closed trades.
    pub closed: u32,
    /// Whether a trade was still open at the end.
    pub open: bool,
    /// Metrics of these names, in the order of [`FIGURES`].
    pub values: [Value; FIGURES.len()],
}

/// The metrics of a [`Brief`], by name.
pub const FIGURES: [&str; 5] = ["total_return", "max_drawdown", "win_rate", "sharpe", "sortino"];

/// Walks for searches that look at a few figures only. A sweep's own rows hold every metric ([`Engine::block`]);
/// this is for those who call the library, and for comparison with programs that compute no more.
#[derive(Debug)]
pub struct Briefs<'e, 'a> {
    engine: &'e Engine<'a>,
    table: &'e (Entries, Table<'a>, Frame),
    /// By number in the registry.
    metrics: [usize; FIGURES.len()],
    trades: Vec<OnceLock<Sum>>,
}

/// What a trade adds, or several in a row: the few columns of a [`Row`] in one place.
#[derive(Debug, Clone, Copy)]
struct Sum {
    bars: u32,
    open: bool,
    won: bool,
    growth: f64,
    powers: [f64; 2],
    downside: f64,
    min: f64,
    max: f64,
    low: f64,
    high: f64,
    worst: f64,
}

impl Sum {
    fn of(row: &Row) -> Self {
        let whole = &row.whole;
        Self {
            bars: whole.bars,
            open: row.deal.open,
            won: !row.deal.open && row.net_return > ROUNDING,
            growth: whole.growth,
            powers: [whole.powers[0], whole.powers[1]],
            downside: whole.downside,
            min: whole.min,
            max: whole.max,
            low: whole.low,
            high: whole.high,
            worst: whole.worst,
        }
    }
}

impl<'e, 'a> Briefs<'e, 'a> {
    /// Walks over the trades of an engine; `None` where it works on the reference simulator.
    ///
    /// # Errors
    /// Where a figure is no metric, which would be a bug.
    pub fn new(engine: &'e Engine<'a>) -> Result<Option<Self>> {
        let Some(table) = engine.table() else {
            return Ok(None);
        };
        let mut metrics = [0; FIGURES.len()];
        for (metric, name) in metrics.iter_mut().zip(FIGURES) {
            *metric = metrics::index_of(metrics::named(name)?.name).unwrap_or_default();
        }
        let mut trades = Vec::new();
        trades.resize_with(table.1.count(), OnceLock::new);
        Ok(Some(Self { engine, table, metrics, trades }))
    }

    /// The figures of some combinations, in order. Those with the same trades are computed once.
    ///
    /// # Errors
    /// As [`Engine::block`].
    pub fn of(&self, selection: &Selection) -> Result<Vec<Brief>> {
        let numbers: Vec<u64> = (0..selection.len()).map(|row| selection.number(row)).collect();
        let settings = self.engine.settings(&numbers);
        let fingerprints = self.engine.fingerprints(&settings, &numbers)?;
        let mut known = ByFingerprint::default();
        let mut briefs: Vec<Brief> = Vec::with_capacity(numbers.len());
        for ((fingerprint, setting), &number) in fingerprints.into_iter().zip(settings).zip(&numbers) {
            let next = u32::try_from(briefs.len()).unwrap_or(u32::MAX);
            let first = *known.entry(fingerprint).or_insert(next);
            briefs.push(if first != next {
                briefs[first as usize]
            } else {
                match Some(setting).filter(|setting| !self.engine.asks(*setting)).and_then(|of| self.one(of))
                {
                    Some(brief) => brief,
                    None => self.on_the_reference(number)?,
                }
            });
        }
        Ok(briefs)
    }

    fn on_the_reference(&self, number: u64) -> Result<Brief> {
        let block = self.engine.block(&Selection::Range(number..number + 1))?;
        let Candidate { closed, open, .. } = block.outcomes[0];
        Ok(Brief { closed, open, values: self.metrics.map(|metric| block.metrics(0)[metric]) })
    }

    /// The figures of one combination; `None` where the account may be ruined.
    fn one(&self, (entry, exit): (usize, usize)) -> Option<Brief> {
        let (entries, table, frame) = self.table;
        let (mut equity, mut peak, mut worst, mut lowest) = (1.0_f64, 1.0_f64, 1.0_f64, 1.0_f64);
        let (mut powers, mut downside) = (PowerSums::default(), 0.0);
        let (mut trades, mut open) = (TradeSums::default(), false);
        for trade in table.trades(&entries.sets[entry], exit) {
            let sum = self.trades[trade].get_or_init(|| Sum::of(table.row(trade)));
            worst = worst.min(sum.worst).min(equity * sum.low / peak);
            peak = peak.max(equity * sum.high);
            lowest = lowest.min(equity * sum.low);
            equity *= sum.growth;
            powers.count += sum.bars as usize;
            powers.powers[0] += sum.powers[0];
            powers.powers[1] += sum.powers[1];
            powers.min = powers.min.min(sum.min);
            powers.max = powers.max.max(sum.max);
            downside += sum.downside;
            trades.count += usize::from(!sum.open);
            trades.wins += usize::from(sum.won);
            open |= sum.open;
        }
        if lowest < VANISHED {
            return None;
        }
        let flat = frame.bars - powers.count;
        powers.add_flat(flat);
        let returns = powers.moments();
        let idle = frame.rate.max(0.0);
        let fall = worst - 1.0;
        let sums = Sums {
            bars: frame.bars,
            years: frame.years,
            growth: equity,
            excess: Excess {
                moments: returns.less(frame.rate),
                downside: downside + flat as f64 * (idle * idle),
                ..Excess::default()
            },
            returns,
            drawdown: Drawdown { worst: if fall < -ROUNDING { fall } else { 0.0 }, ..Drawdown::default() },
            trades,
            ..Sums::default()
        };
        Some(Brief {
            closed: u32::try_from(trades.count).unwrap_or(u32::MAX),
            open,
            values: self.metrics.map(|metric| metrics::registry()[metric].value(&sums)),
        })
    }
}
