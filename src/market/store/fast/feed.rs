//! The bytes of a file in pieces that begin and end with a row.

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Mutex;

use super::sample::{Doubt, Sample, Text};

/// No row of a price file is this long.
const LONGEST_ROW: usize = 1 << 16;

/// Hands out piece after piece. Each byte is read once; the row that a piece cuts goes to the next one whole.
pub(super) struct Feed<'s, 'a> {
    text: &'s Mutex<Box<dyn Text + 'a>>,
    /// The places of the first row and of the end of the last one.
    rows: Range<u64>,
    /// The size of a piece, and of all of them.
    size: usize,
    length: u64,
    /// The number and the place of the next piece, and the beginning of its first row, which lies before it.
    next: usize,
    at: u64,
    begun: Vec<u8>,
}

/// A piece, in bytes that begin with the row that the piece before it cut.
pub(super) struct Block {
    /// The number of the piece.
    pub(super) place: usize,
    /// Where it lies in the file.
    pub(super) at: u64,
    /// Where it begins in the bytes.
    pub(super) new: usize,
    /// Whole rows among the bytes.
    pub(super) rows: Range<usize>,
}

impl<'s, 'a> Feed<'s, 'a> {
    pub(super) fn new(sample: &'s Sample<'a>) -> Option<Self> {
        sample.text.lock().ok()?.seek(SeekFrom::Start(0)).ok()?;
        Some(Self {
            text: &sample.text,
            rows: sample.rows.clone(),
            size: sample.piece,
            length: sample.length,
            next: 0,
            at: 0,
            begun: Vec::new(),
        })
    }

    /// Fills `bytes` with the next piece. `None` where there is none left.
    ///
    /// # Errors
    /// Where the file is not what it was, or a row does not end.
    pub(super) fn next(&mut self, bytes: &mut Vec<u8>) -> Result<Option<Block>, Doubt> {
        let left = usize::try_from(self.length - self.at).unwrap_or(usize::MAX).min(self.size);
        if left == 0 {
            return Ok(None);
        }
        bytes.clear();
        bytes.append(&mut self.begun);
        let (place, at, new) = (self.next, self.at, bytes.len());
        bytes.reserve(left);
        let mut text = self.text.lock().map_err(|_| Doubt)?;
        if Read::take(&mut *text, left as u64).read_to_end(bytes).map_err(|_| Doubt)? != left {
            return Err(Doubt);
        }
        self.next += 1;
        self.at += left as u64;
        let first = at - new as u64;
        let within =
            |place: u64| usize::try_from(place.saturating_sub(first)).unwrap_or(usize::MAX).min(bytes.len());
        let (start, end) = (within(self.rows.start), within(self.rows.end));
        let start = start.min(end);
        let cut = match bytes[start..end].iter().rposition(|&byte| byte == b'\n') {
            _ if self.at >= self.rows.end => end,
            Some(last) => start + last + 1,
            None => start,
        };
        self.begun.extend_from_slice(&bytes[cut..end]);
        if self.begun.len() > LONGEST_ROW {
            Err(Doubt)
        } else {
            Ok(Some(Block { place, at, new, rows: start..cut }))
        }
    }
}
