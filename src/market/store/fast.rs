//! The quick way through a large file of text: bytes to columns at once, on all cores.
//!
//! It takes files in which nothing is wrong and nothing is unusual: no quotes, no blanks around cells, no blank lines,
//! every row as wide as the header, every cell readable in the plainest way, times strictly in order. How cells are read
//! is decided on rows from all over the file, and only where these leave one way; every row must then agree. At the
//! first doubt it gives up, and the thorough way through `table` and `bars` reads the file anew: only that one judges
//! and explains. Where both read a file, they read the same to the last bit.

mod columns;
mod number;
mod rows;
mod sample;
mod times;

use rayon::prelude::*;

use super::bars::{Bars, How};
use super::stamps::Format;
use columns::{Told, Whole};
use rows::Plan;
pub(super) use sample::Sample;

/// About so many bytes are read in one piece.
const PIECE: usize = 1 << 20;

/// Reads every row below the header; `None` at the first doubt.
pub(super) fn read(sample: &Sample<'_>, how: &How<'_>) -> Option<Bars> {
    let plan = Plan::of(sample, how)?;
    let pieces = pieces(sample.body, sample.piece);
    let counts: Vec<usize> = pieces.par_iter().map(|piece| count_lines(piece)).collect();
    let mut whole = Whole::new(counts.iter().sum(), &how.columns);
    let told: Vec<Told> = pieces
        .par_iter()
        .zip(whole.split(&counts))
        .map(|(piece, mut part)| plan.read(piece, &mut part))
        .collect::<Option<_>>()?;
    let mut bars = whole.join(&counts, &told);
    bars.epoch = how.reading.format == Format::Epoch;
    bars.symbol = plan.symbol();
    let micros = bars.stamps.micros();
    if !micros.is_sorted_by(|a, b| a < b) {
        bars.reversed = micros.is_sorted_by(|a, b| a > b);
        if !bars.reversed {
            return None;
        }
        bars.reverse();
    }
    Some(bars)
}

/// Cuts a text at line ends into pieces of at least `size` bytes.
fn pieces(body: &str, size: usize) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = body.as_bytes();
    while rest.len() > size {
        let Some(end) = rest[size..].iter().position(|&byte| byte == b'\n') else { break };
        let (piece, after) = rest.split_at(size + end + 1);
        pieces.push(piece);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// Line ends, and a last line without one.
fn count_lines(piece: &[u8]) -> usize {
    // A sum of so few fits a byte, which lets the machine add many at once.
    let of_block = |block: &[u8]| block.iter().map(|&byte| u8::from(byte == b'\n')).sum::<u8>();
    let ends: usize = piece.chunks(255).map(|block| usize::from(of_block(block))).sum();
    ends + usize::from(piece.last().is_some_and(|&byte| byte != b'\n'))
}

#[cfg(test)]
mod tests;
