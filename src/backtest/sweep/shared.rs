//! Few blocks and many threads: a block is worked in parts, which are then one block again.

use rayon::prelude::*;

use super::blocks::{Block, Engine};
use super::deal::ByFingerprint;
use super::selection::Selection;
use crate::base::diagnostic::Result;

/// Works a selection in so many parts at once. The block is the one that [`Engine::block`] makes of the whole.
///
/// # Errors
/// As [`Engine::block`].
pub(super) fn block(engine: &Engine<'_>, selection: &Selection, parts: usize) -> Result<Block> {
    let rows = selection.len();
    let each = rows.div_ceil(parts.max(1) as u64).max(1);
    if each >= rows {
        return engine.block(selection);
    }
    let starts: Vec<u64> = (0..rows.div_ceil(each)).map(|part| part * each).collect();
    let blocks = starts
        .into_par_iter()
        .map(|start| engine.block(&selection.rows(start..rows.min(start + each))))
        .collect::<Result<Vec<_>>>()?;
    Ok(joined(blocks))
}

/// Blocks that follow on each other as one: what several of them came to counts as the first one told it.
fn joined(blocks: Vec<Block>) -> Block {
    let mut whole = Block {
        strategy: blocks.first().map_or(0, |block| block.strategy),
        numbers: Vec::new(),
        outcome_of: Vec::new(),
        outcomes: Vec::new(),
        metrics: Vec::new(),
    };
    let mut known = ByFingerprint::default();
    for block in blocks {
        let mut places = Vec::with_capacity(block.outcomes.len());
        for (outcome, candidate) in block.outcomes.iter().enumerate() {
            let next = u32::try_from(whole.outcomes.len()).unwrap_or(u32::MAX);
            let place = *known.entry(candidate.fingerprint).or_insert(next);
            if place == next {
                whole.outcomes.push(*candidate);
                whole.metrics.extend_from_slice(block.metrics(outcome));
            }
            places.push(place);
        }
        whole.outcome_of.extend(block.outcome_of.iter().map(|outcome| places[*outcome as usize]));
        whole.numbers.extend(block.numbers);
    }
    whole
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::backtest::single::Setup;
    use crate::backtest::sweep::{Candidate, Way, tests::example};

    #[test]
    fn parts_change_nothing_of_a_block() {
        let (strategy, panel) = example();
        let setup = Setup::new(&strategy, &panel, 1.0).unwrap();
        for engine in [Engine::new(&setup, &Way::Fast), Engine::with_table(&setup, &Way::Fast, (1, 1))] {
            let engine = engine.unwrap();
            for selection in [Selection::Range(3..90), Selection::Range(5..6), Selection::Range(0..0)] {
                let whole = engine.block(&selection).unwrap();
                for parts in 0..9 {
                    assert_eq!(block(&engine, &selection, parts).unwrap(), whole, "{parts} parts");
                }
            }
        }
    }

    #[test]
    fn parts_make_one_block_with_each_outcome_once() {
        let width = crate::backtest::metrics::registry().len();
        let block = |first: u64, outcome_of: &[u32], fingerprints: &[u128], told: f64| Block {
            strategy: 0,
            numbers: (first..).take(outcome_of.len()).collect(),
            outcome_of: outcome_of.to_vec(),
            outcomes: fingerprints
                .iter()
                .map(|&fingerprint| Candidate { fingerprint, closed: 1, open: false })
                .collect(),
            metrics: vec![Ok(told); fingerprints.len() * width],
        };
        let whole = joined(vec![
            block(0, &[0, 1, 0], &[7, 9], 1.0),
            block(3, &[0, 1], &[9, 4], 2.0),
            block(5, &[0, 1, 2], &[4, 7, 5], 3.0),
        ]);
        assert_eq!(whole.numbers, [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(whole.outcome_of, [0, 1, 0, 1, 2, 2, 0, 3]);
        let fingerprints: Vec<u128> = whole.outcomes.iter().map(|outcome| outcome.fingerprint).collect();
        assert_eq!(fingerprints, [7, 9, 4, 5]);
        let told: Vec<_> = (0..4).map(|outcome| whole.metrics(outcome)[0]).collect();
        assert_eq!(told, [Ok(1.0), Ok(1.0), Ok(2.0), Ok(3.0)]);
    }
}
