//! What lists of trades came to, kept from block to block: blocks near to each other share about half of theirs.

use std::sync::{Mutex, PoisonError};

use super::blocks::Candidate;
use crate::backtest::metrics::Value;

/// Lists that are kept at a time; each has one place, which a later one takes over.
const PLACES: usize = 1 << 16;

/// The metrics of some lists of trades, by fingerprint. Whether one is still known decides only whether it is
/// computed again: the same trades come to the same bits.
#[derive(Debug)]
pub(super) struct Memo {
    places: Vec<Mutex<Place>>,
}

/// Nothing is kept where there are no metrics.
#[derive(Debug, Default)]
struct Place {
    candidate: Candidate,
    metrics: Vec<Value>,
}

impl Memo {
    /// Knows nothing yet.
    pub(super) fn new() -> Self {
        let mut places = Vec::new();
        places.resize_with(PLACES, Mutex::default);
        Self { places }
    }

    /// Adds what a list of trades came to, where that is known, to `metrics`.
    pub(super) fn find(&self, fingerprint: u128, metrics: &mut Vec<Value>) -> Option<Candidate> {
        let place = self.place(fingerprint).lock().unwrap_or_else(PoisonError::into_inner);
        let known = place.candidate.fingerprint == fingerprint && !place.metrics.is_empty();
        known.then(|| {
            metrics.extend_from_slice(&place.metrics);
            place.candidate
        })
    }

    /// Keeps what a list of trades came to.
    pub(super) fn keep(&self, candidate: Candidate, metrics: &[Value]) {
        let mut place = self.place(candidate.fingerprint).lock().unwrap_or_else(PoisonError::into_inner);
        place.candidate = candidate;
        place.metrics.clear();
        place.metrics.extend_from_slice(metrics);
    }

    fn place(&self, fingerprint: u128) -> &Mutex<Place> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "fingerprints are as good as random in every bit"
        )]
        let bits = (fingerprint >> 64) as usize;
        &self.places[bits % PLACES]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_what_was_kept_last_in_its_place() {
        let memo = Memo::new();
        let candidate =
            |low: u128, closed| Candidate { fingerprint: (7_u128 << 64) | low, closed, open: true };
        let found = |low| {
            let mut metrics = vec![Ok(1.0)];
            memo.find((7_u128 << 64) | low, &mut metrics).map(|found| (found, metrics))
        };
        assert_eq!(found(1), None);
        memo.keep(candidate(1, 3), &[Ok(2.0), Ok(4.0)]);
        assert_eq!(found(1), Some((candidate(1, 3), vec![Ok(1.0), Ok(2.0), Ok(4.0)])));
        assert_eq!(found(2), None);
        memo.keep(candidate(2, 5), &[Ok(6.0)]);
        assert_eq!(found(2), Some((candidate(2, 5), vec![Ok(1.0), Ok(6.0)])));
        assert_eq!(found(1), None);
    }
}
