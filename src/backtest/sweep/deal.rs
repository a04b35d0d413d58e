//! A trade as prices see it, and the bits that tell it from others.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::backtest::simulator::Trade;

/// A trade as prices see it: what it earns does not depend on the account.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Deal {
    pub(super) entry: u32,
    /// Where open, the last bar.
    pub(super) exit: u32,
    /// The fills, slippage in.
    pub(super) entry_price: f64,
    pub(super) exit_price: f64,
    pub(super) commission: f64,
    /// What it came to in money, where the account decides how much goes in; else 0.
    pub(super) profit: f64,
    pub(super) open: bool,
}

impl Deal {
    /// The deal of a trade of the reference. Where how much goes in depends on more than the entry, `sized`, the
    /// profit tells apart what bars and prices do not.
    pub(super) fn of(trade: &Trade, commission: f64, sized: bool) -> Self {
        Self {
            entry: narrow(trade.entry),
            exit: narrow(trade.exit),
            entry_price: trade.entry_price,
            exit_price: trade.exit_price,
            commission,
            profit: if sized { trade.pnl } else { 0.0 },
            open: trade.open,
        }
    }

    /// 128 bits that differ between deals. The sum over deals tells lists of deals apart: of one list no two
    /// enter on the same bar, so the order is known.
    pub(super) fn fingerprint(&self) -> u128 {
        let words = [
            u64::from(self.entry) << 32 | u64::from(self.exit),
            self.entry_price.to_bits(),
            self.exit_price.to_bits(),
            self.commission.to_bits() ^ u64::from(self.open),
            self.profit.to_bits(),
        ];
        mixed(&words.into_iter())
    }
}

/// 128 bits from some words, in which every bit of every word has its part.
pub(super) fn mixed(words: &(impl Iterator<Item = u64> + Clone)) -> u128 {
    let half = |seed: u64| {
        words.clone().fold(seed, |state, word| {
            // The finalizer of MurmurHash3 (Appleby), a bijection that lets every bit reach every other.
            let mut mixed = (state ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
            mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
            mixed ^ (mixed >> 33)
        })
    };
    u128::from(half(0x243f_6a88_85a3_08d3)) << 64 | u128::from(half(0x1319_8a2e_0370_7344))
}

/// Fingerprints are as good as random: they are their own hash.
#[derive(Debug, Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            self.0 ^= chunk.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        }
    }

    fn write_u128(&mut self, fingerprint: u128) {
        #[expect(clippy::cast_possible_truncation, reason = "half of it is hash enough")]
        let half = fingerprint as u64;
        self.0 = half;
    }
}

/// Places by fingerprint.
pub(super) type ByFingerprint = HashMap<u128, u32, BuildHasherDefault<AsItIs>>;

/// A bar's number in few bytes; longer histories are refused before.
pub(super) fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
