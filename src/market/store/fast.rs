//! The quick way through a large file of text: bytes to columns at once, on all cores.
//!
//! It takes files in which nothing is wrong and nothing is unusual: no quotes, no blanks around cells, no blank lines,
//! every row as wide as the header, every cell readable in the plainest way, times strictly in order. How cells are read
//! is decided on rows from all over the file, and only where these leave one way; every row must then agree. At the
//! first doubt it gives up, and the thorough way through `table` and `bars` reads the file anew: only that one judges
//! and explains. Where both read a file, they read the same to the last bit.
//!
//! A file on the disk is never in memory as a whole: each core reads a piece, hashes it and takes its rows while it is
//! still in the cache. What the pieces give is put together in their order, so that threads change nothing.

mod columns;
mod feed;
mod number;
mod rows;
mod sample;
mod times;
mod tree;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::bars::{Bars, How};
use super::stamps::Format;
use columns::{Part, Whole};
use feed::{Block, Feed};
use rows::Plan;
pub(super) use sample::Sample;

/// So many bytes are read in one piece.
const PIECE: usize = 1 << 20;

/// Reads every row below the header; `None` at the first doubt. Of a file on the disk it tells the hash too.
pub(super) fn read<'s>(sample: &'s Sample<'_>, how: &'s How<'_>) -> Option<(Bars, Option<blake3::Hash>)> {
    let plan = Plan::of(sample, how)?;
    let work = Work {
        hashed: sample.on_disk,
        plan,
        feed: Mutex::new(Feed::new(sample)?),
        whole: Mutex::new(Whole::new(sample.most_rows(), &how.columns)),
        doubt: AtomicBool::new(false),
    };
    (0..rayon::current_num_threads()).into_par_iter().with_max_len(1).for_each(|_| {
        if work.until_the_end().is_none() {
            work.doubt.store(true, Ordering::Relaxed);
        }
    });
    if work.doubt.into_inner() {
        return None;
    }
    let whole = work.whole.into_inner().ok()?;
    let hash = if sample.on_disk { Some(whole.hash()?) } else { None };
    let mut bars = whole.into_bars()?;
    bars.epoch = how.reading.format == Format::Epoch;
    bars.symbol = work.plan.symbol();
    let micros = bars.stamps.micros();
    if !micros.is_sorted_by(|a, b| a < b) {
        bars.reversed = micros.is_sorted_by(|a, b| a > b);
        if !bars.reversed {
            return None;
        }
        bars.reverse();
    }
    Some((bars, hash))
}

/// What the threads share.
struct Work<'s, 'a> {
    hashed: bool,
    plan: Plan<'s>,
    feed: Mutex<Feed<'s, 'a>>,
    whole: Mutex<Whole>,
    /// Some thread gave up.
    doubt: AtomicBool,
}

impl Work<'_, '_> {
    /// Takes piece after piece until none is left or a thread gives up; `None` where it is this one.
    fn until_the_end(&self) -> Option<()> {
        let mut bytes = Vec::new();
        let mut part = Part::default();
        while !self.doubt.load(Ordering::Relaxed) {
            let Some(block) = self.feed.lock().ok()?.next(&mut bytes).ok()? else { break };
            self.read(&block, &bytes, &mut part)?;
            part = self.whole.lock().ok()?.take(block.place, part);
        }
        Some(())
    }

    fn read(&self, block: &Block, bytes: &[u8], part: &mut Part) -> Option<()> {
        part.hash = self.hashed.then(|| tree::hash_of(bytes.get(block.new..)?, block.at)).flatten();
        let rows = bytes.get(block.rows.clone())?;
        std::str::from_utf8(rows).ok()?;
        self.plan.read(rows, part)
    }
}

#[cfg(test)]
mod tests;
