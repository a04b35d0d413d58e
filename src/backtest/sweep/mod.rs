//! Which combinations hold up?
//!
//! A combination costs its trades, not its bars, and what combinations share is computed once:
//!
//! 1. **Plan** (`plan`, `selection`, `sobol`): what there is to do, which combinations are worked, whether they
//!    can go the fast way, whether it fits.
//! 2. **Entries** (`settings`, `entries`, `bits`): each clause of a rule is evaluated once for each distinct
//!    value of its own parameters; signals end as sets of bits over the bars that are a signal of any setting.
//! 3. **Table** (`table`, `passage`, `deal`): where each signal's trade ends under each exit setting, found by search in
//!    precomputed extremes. A trade that several exit settings lead to is there once.
//! 4. **Walk** (`table`): next signal, look up its trade, jump to the first signal after its exit. The sum of the
//!    trades' fingerprints tells lists of trades apart.
//! 5. **Outcomes** (`blocks`, `outcome`, `row`, `stretch`): combinations with the same trades are one outcome.
//!    Its metrics compose from its trades' sums; only falls from new peaks and quantiles look at held bars.
//! 6. **Out** ([`sweep`], [`Sink`], `swept`, `shared`): blocks are worked in parallel, few of them in parts, and
//!    handed on in order of their numbers, so that memory is bounded and the number of threads changes nothing.
//!
//! Several strategies, or one on several symbols, are members of a `family`: their combinations are numbered one after
//! the other, and each goes these steps on its own bars.
//!
//! The reference is [`crate::backtest::simulator`]. What the table cannot express runs on it, block by block,
//! into the same results; [`way`] alone says what that is. [`check_all`] puts both side by side.

mod bits;
mod blocks;
mod brief;
mod check;
mod deal;
mod entries;
mod family;
mod landscape;
mod limit;
mod outcome;
mod passage;
mod plan;
mod row;
mod selection;
mod settings;
mod shared;
mod sobol;
mod stretch;
mod swept;
mod table;
#[cfg(test)]
mod tests;

use std::ops::Range;

use rayon::prelude::*;

pub use blocks::{BLOCK, Block, Candidate, Engine};
pub use brief::{Brief, Briefs, FIGURES};
pub use check::Difference;
pub use family::{Engines, Family, Listeners, Member, Tally, Whole, check_all, look_closer, sweep_all};
pub use landscape::{Landscape, Profile};
pub use plan::{Plan, RESERVED, Way, check_names, way};
pub use selection::{Selection, Subset};
pub use swept::{Outcome, Swept, number_of};

use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result};

/// Where finished blocks go.
pub trait Sink: Sync {
    /// What a block becomes before it is its turn; several at a time.
    type Ready: Send;

    /// Makes a block ready; called on any thread, in any order.
    ///
    /// # Errors
    /// Where it cannot be written.
    fn ready(&self, block: &Block) -> Result<Self::Ready>;

    /// Takes the next block; called in order. `outcomes` are the numbers of the block's outcomes in the whole
    /// sweep.
    ///
    /// # Errors
    /// Where it cannot be written.
    fn take(&mut self, block: &Finished, ready: Self::Ready, outcomes: &[u32]) -> Result<()>;
}

/// Keeps nothing: for those who want the [`Swept`] alone.
impl Sink for () {
    type Ready = ();

    fn ready(&self, _: &Block) -> Result<()> {
        Ok(())
    }

    fn take(&mut self, _: &Finished, (): (), _: &[u32]) -> Result<()> {
        Ok(())
    }
}

/// What is kept of a block: enough to rank its combinations and to go on after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// For each row the place of its outcome in `outcomes`.
    pub outcome_of: Vec<u32>,
    /// The block's distinct outcomes, in order of their first combination, with the ranking metric as it ranks.
    pub outcomes: Vec<(Candidate, Option<f64>)>,
}

/// Works every combination of a plan from where `swept` ends, and hands the blocks to `sink`. `progress` hears
/// how many are done, now and then, and says whether to go on.
///
/// # Errors
/// Where the sink fails, or `progress` said to stop.
pub fn sweep<S: Sink>(
    engine: &Engine<'_>,
    plan: &Plan,
    sink: &mut S,
    swept: Swept,
    progress: &(dyn Fn(u64) -> bool + Sync),
) -> Result<Swept> {
    let rows = plan.selection.len();
    work(
        engine,
        &Part { selection: &plan.selection, rows, first: 0, strategy: 0, salt: 0 },
        sink,
        swept,
        progress,
    )
}

/// The rows of one member of a sweep.
struct Part<'p> {
    /// The combinations of the whole sweep.
    selection: &'p Selection,
    /// The row behind its last.
    rows: u64,
    /// The number of its strategy's combination 0.
    first: u64,
    /// The place of its strategy among those of the sweep.
    strategy: usize,
    /// What tells its lists of trades from those of other members.
    salt: u128,
}

impl Part<'_> {
    /// Works some rows as one block, in so many parts at once, and makes it ready.
    fn worked<S: Sink>(
        &self,
        engine: &Engine<'_>,
        (rows, parts): (Range<u64>, usize),
        metric: usize,
        sink: &S,
    ) -> Result<(Finished, S::Ready)> {
        let own = self.selection.rows(rows).less(self.first);
        let block = Block { strategy: self.strategy, ..shared::block(engine, &own, parts)? };
        let ready = sink.ready(&block)?;
        Ok((Finished::new(block, metric, self.salt), ready))
    }
}

/// The end of a sweep that a listener stopped.
fn stopped() -> Failure {
    Failure::from(Diagnostic::new("the sweep was stopped")).with_exit(Exit::Interrupted)
}

/// Works a member's combinations from where `swept` ends.
fn work<S: Sink>(
    engine: &Engine<'_>,
    part: &Part<'_>,
    sink: &mut S,
    mut swept: Swept,
    progress: &(dyn Fn(u64) -> bool + Sync),
) -> Result<Swept> {
    let metric = swept.metric();
    // So many at a time that all threads have work, and that what waits for its turn stays small.
    let batch = rayon::current_num_threads().max(1) as u64 * 2 * BLOCK;
    while swept.rows() < part.rows {
        let first = swept.rows();
        let until = part.rows.min(first + batch);
        let starts: Vec<u64> = (first..until).step_by(usize::try_from(BLOCK).unwrap_or(usize::MAX)).collect();
        let parts = rayon::current_num_threads() / starts.len().max(1);
        let done: Vec<(Finished, S::Ready)> = starts
            .into_par_iter()
            .map(|start| part.worked(engine, (start..until.min(start + BLOCK), parts), metric, sink))
            .collect::<Result<_>>()?;
        for (finished, ready) in done {
            let outcomes = swept.add(&finished);
            sink.take(&finished, ready, &outcomes)?;
        }
        if !progress(swept.rows()) {
            return Err(stopped());
        }
    }
    Ok(swept)
}

impl Finished {
    fn new(block: Block, metric: usize, salt: u128) -> Self {
        let ranked = |outcome: usize, candidate: &Candidate| {
            let traded = candidate.closed > 0 || candidate.open;
            crate::backtest::metrics::for_ranking(block.metrics(outcome)[metric], traded).ok()
        };
        let outcomes = block
            .outcomes
            .iter()
            .enumerate()
            .map(|(place, outcome)| {
                let fingerprint = outcome.fingerprint.wrapping_add(salt);
                (Candidate { fingerprint, ..*outcome }, ranked(place, outcome))
            })
            .collect();
        Self { outcome_of: block.outcome_of, outcomes }
    }
}
