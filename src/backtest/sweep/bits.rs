//! Sets of bars, one bit each.

use super::deal::narrow;

/// A set of whole numbers below a limit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// The empty set of numbers below `limit`.
    pub(super) fn none(limit: usize) -> Self {
        Self { words: vec![0; limit.div_ceil(64)] }
    }

    /// The places of what is true.
    pub(super) fn of(truths: impl ExactSizeIterator<Item = bool>) -> Self {
        let mut bits = Self::none(truths.len());
        for (place, _) in truths.enumerate().filter(|(_, truth)| *truth) {
            bits.insert(place);
        }
        bits
    }

    pub(super) fn insert(&mut self, place: usize) {
        self.words[place / 64] |= 1 << (place % 64);
    }

    /// Keeps what is in `other`, too.
    pub(super) fn keep(&mut self, other: &Self) {
        for (own, its) in self.words.iter_mut().zip(&other.words) {
            *own &= its;
        }
    }

    /// Adds what is in `other`.
    pub(super) fn add(&mut self, other: &Self) {
        for (own, its) in self.words.iter_mut().zip(&other.words) {
            *own |= its;
        }
    }

    /// Those members whose predecessor is none.
    pub(super) fn firsts(&self) -> Self {
        let mut before = 0;
        let first = |&word: &u64| word & !(word << 1 | std::mem::replace(&mut before, word) >> 63);
        Self { words: self.words.iter().map(first).collect() }
    }

    /// The members, rising.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(word, &bits)| {
            let mut rest = bits;
            std::iter::from_fn(move || {
                let place = rest.trailing_zeros() as usize;
                rest &= rest.wrapping_sub(1);
                (place < 64).then_some(word * 64 + place)
            })
        })
    }

    /// Whether each number below `limit` is a member.
    pub(super) fn to_bools(&self, limit: usize) -> Vec<bool> {
        let mut bools = vec![false; limit];
        self.iter().for_each(|place| bools[place] = true);
        bools
    }

    /// For each number up to and including `limit` what [`Self::next`] gives, `limit` where there is none.
    pub(super) fn successors(&self, limit: usize) -> Vec<u32> {
        let mut next = vec![narrow(limit); limit + 1];
        let mut from = 0;
        for member in self.iter() {
            next[from..=member].fill(narrow(member));
            from = member + 1;
        }
        next
    }

    /// The first member from `from` on; one at `until` or later may be missed.
    pub(super) fn next_before(&self, from: usize, until: usize) -> Option<usize> {
        let words = &self.words[..self.words.len().min(until.div_ceil(64))];
        next_of(words, from)
    }

    /// The first member from `from` on.
    #[inline]
    pub(super) fn next(&self, from: usize) -> Option<usize> {
        next_of(&self.words, from)
    }
}

#[inline]
fn next_of(words: &[u64], from: usize) -> Option<usize> {
    let mut word = from / 64;
    let mut bits = words.get(word)? & (!0 << (from % 64));
    while bits == 0 {
        word += 1;
        bits = *words.get(word)?;
    }
    Some(word * 64 + bits.trailing_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_set_is_what_was_put_in(a in prop::collection::vec(any::<bool>(), 0..300), from in 0..320_usize, until in 0..320_usize) {
            let bits = Bits::of(a.iter().copied());
            let members: Vec<usize> = (0..a.len()).filter(|&place| a[place]).collect();
            prop_assert_eq!(bits.iter().collect::<Vec<_>>(), members.clone());
            prop_assert_eq!(bits.next(from), members.into_iter().find(|&place| place >= from));
            let near = bits.next_before(from, until).filter(|&place| place < until);
            prop_assert_eq!(near, bits.next(from).filter(|&place| place < until));
            let successors: Vec<usize> = bits.successors(a.len()).into_iter().map(|place| place as usize).collect();
            let found: Vec<usize> = (0..=a.len()).map(|from| bits.next(from).unwrap_or(a.len())).collect();
            prop_assert_eq!(successors, found);
            let firsts: Vec<usize> = (0..a.len()).filter(|&place| a[place] && (place == 0 || !a[place - 1])).collect();
            prop_assert_eq!(bits.firsts().iter().collect::<Vec<_>>(), firsts);
        }
    }
}
