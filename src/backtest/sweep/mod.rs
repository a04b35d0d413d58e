//! Which combinations hold up?
//!
//! A combination costs its trades, not its bars, and what combinations share is computed once:
//!
//! 1. **Plan** (`plan`, `estimate`, `selection`, `sobol`): what there is to do, which combinations are worked, whether
//!    they can go the fast way, whether it fits, and what it costs.
//! 2. **Entries** (`settings`, `entries`, `bits`): each clause of a rule is evaluated once for each distinct
//!    value of its own parameters; signals end as sets of bits over the bars that are a signal of any setting.
//! 3. **Table** (`table`, `exits`, `passage`, `courses`, `deal`): where each signal's trade ends under each exit setting. Of
//!    plain longs that is found by search in precomputed extremes; every other trade is lived through by the reference,
//!    once, in an account of 1. A trade that several exit settings lead to is there once. Where the table would be too
//!    large, trades are found when a combination first makes them (`on_demand`).
//! 4. **Walk** (`table`): next signal, look up its trade, jump to the first signal after its exit. The sum of the
//!    trades' fingerprints tells lists of trades apart.
//! 5. **Outcomes** (`blocks`, `outcome`, `row`, `stretch`, `ends`): combinations with the same trades are one outcome.
//!    Its metrics compose from its trades' sums; only falls from new peaks look at held bars, and quantiles into a bin
//!    of them.
//! 6. **Out** ([`sweep`], [`Sink`], `in_order`, `swept`, `shared`): blocks are worked in parallel, few of them in parts,
//!    and handed on in order of their numbers while the next ones are at work, so that memory is bounded and the
//!    number of threads changes nothing.
//!
//! Several strategies, or one on several symbols, are members of a `family`: their combinations are numbered one after
//! the other, and each goes these steps on its own bars.
//!
//! The reference is [`crate::backtest::simulator`]. What the table cannot express runs on it, block by block,
//! into the same results; [`way`] alone says what that is. [`check_all`] puts both side by side.

mod bits;
mod blocks;
mod check;
mod courses;
mod deal;
mod ends;
mod entries;
mod estimate;
mod exits;
mod family;
mod in_order;
mod landscape;
mod limit;
mod on_demand;
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

pub use blocks::{BLOCK, Block, Candidate, Engine};
pub use check::Difference;
pub use family::{
    Engines, Family, Listeners, Member, PlannedBlock, Tally, Whole, check_all, look_closer, sweep_all,
};
pub use landscape::{Landscape, Profile};
pub use plan::{Estimate, Plan, RESERVED, Way, check_names, way};
pub use selection::{Selection, Subset};
pub use swept::{Outcome, Swept, number_at, number_of};

use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result};

use in_order::in_order;

/// Makes blocks ready for a [`Sink`].
pub type Encoder<R> = Box<dyn Fn(&Block) -> Result<R> + Send + Sync>;

/// Where finished blocks go.
pub trait Sink: Send {
    /// What a block becomes before it is its turn; several at a time.
    type Ready: Send;

    /// What makes a block ready; called on any thread, in any order, also while [`Self::take`] is at work. It fails
    /// where a block cannot be written.
    fn encoder(&self) -> Encoder<Self::Ready>;

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

    fn encoder(&self) -> Encoder<()> {
        Box::new(|_| Ok(()))
    }

    fn take(&mut self, _: &Finished, (): (), _: &[u32]) -> Result<()> {
        Ok(())
    }
}

/// What is kept of a block: enough to rank its combinations and to go on after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// For each row the place of its outcome in `outcomes`.
    outcome_of: Vec<u32>,
    /// The block's distinct outcomes, in order of their first combination, with the ranking metric as it ranks.
    outcomes: Vec<(Candidate, Option<f64>)>,
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
    fn worked<R>(
        &self,
        engine: &Engine<'_>,
        (rows, parts): (Range<u64>, usize),
        metric: usize,
        encoder: &Encoder<R>,
    ) -> Result<(Finished, R)> {
        let own = self.selection.rows(rows).less(self.first);
        let parts = if engine.shares_work() { 1 } else { parts };
        let block = Block { strategy: self.strategy, ..shared::block(engine, &own, parts)? };
        let ready = encoder(&block)?;
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
    let (metric, encoder, first) = (swept.metric(), sink.encoder(), swept.rows());
    let blocks = usize::try_from(part.rows.saturating_sub(first).div_ceil(BLOCK)).unwrap_or(usize::MAX);
    let parts = rayon::current_num_threads() / blocks.max(1);
    let block = |number: usize| {
        let start = first + number as u64 * BLOCK;
        part.worked(engine, (start..part.rows.min(start + BLOCK), parts), metric, &encoder)
    };
    in_order(blocks, block, |(finished, ready)| {
        let outcomes = swept.add(&finished);
        sink.take(&finished, ready, &outcomes)?;
        if progress(swept.rows()) { Ok(()) } else { Err(stopped()) }
    })?;
    Ok(swept)
}

impl Finished {
    /// A block that is read back: its outcomes, each with the ranking metric as it ranks, and for each row the place of
    /// its outcome. `None` unless the outcomes are distinct, in order of their first row, and all that rows have.
    pub fn checked(outcomes: Vec<(Candidate, Option<f64>)>, outcome_of: Vec<u32>) -> Option<Self> {
        let mut seen = 0;
        for &outcome in &outcome_of {
            if outcome > seen {
                return None;
            }
            seen += u32::from(outcome == seen);
        }
        let mut fingerprints: Vec<u128> = outcomes.iter().map(|(outcome, _)| outcome.fingerprint).collect();
        fingerprints.sort_unstable();
        fingerprints.dedup();
        let is_whole = seen as usize == outcomes.len() && fingerprints.len() == outcomes.len();
        is_whole.then_some(Self { outcome_of, outcomes })
    }

    /// The block's distinct outcomes, in order of their first combination.
    pub fn candidates(&self) -> impl Iterator<Item = Candidate> + '_ {
        self.outcomes.iter().map(|(outcome, _)| *outcome)
    }

    /// For each row the place of its outcome.
    pub fn outcome_of(&self) -> &[u32] {
        &self.outcome_of
    }

    fn new(block: Block, metric: usize, salt: u128) -> Self {
        let ranked = |outcome: usize, candidate: &Candidate| {
            let value = block.metrics(outcome)[metric];
            crate::backtest::metrics::for_ranking(value, candidate.traded()).ok()
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
