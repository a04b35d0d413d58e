//! How much of a stranger's file is taken into memory, and what is said where it has more.
//!
//! The limits are far above what price files have: four million bars of minutes are 400 MB of text. A large file in which
//! nothing is unusual is read piece by piece and may be larger.

use crate::base::diagnostic::{Diagnostic, Failure};
use crate::base::num::grouped;

/// The largest file that is read into memory, and the most that anything unpacks to.
pub(super) const LARGEST: u64 = 2 << 30;

/// So much may always be unpacked; beyond it, so many times the size of the packed file.
const SOME: u64 = 256 << 20;
const MOST_SAVED: u64 = 100;

/// The longest line of a text; a table of 100,000 columns has lines of one or two MiB.
pub(super) const LONGEST_LINE: usize = 16 << 20;

/// The most rows and cells of a table that is held in memory: thirty years of minutes of a market that never closes are
/// sixteen million rows.
pub(super) const MOST_ROWS: usize = 50_000_000;
pub(super) const MOST_CELLS: usize = 400_000_000;

/// The most bytes that a file of `packed` bytes may unpack to. Prices pack to a third or a tenth; a file that packs to a
/// thousandth is made to fill the memory.
pub(super) fn unpacked(packed: usize) -> u64 {
    (packed as u64).saturating_mul(MOST_SAVED).clamp(SOME, LARGEST)
}

/// The refusal of a file that unpacks to more than `largest` bytes.
pub(super) fn unpacks_to_more(file: &str, largest: u64) -> Failure {
    Diagnostic::new(format!("{file}: unpacked, the file has more than {} MiB", largest >> 20))
        .detail(format!(
            "at most {MOST_SAVED} times the packed size is unpacked, or {} MiB where that is more, and never more than {} MiB",
            SOME >> 20,
            LARGEST >> 20
        ))
        .hint("unpack it and import a part of it")
        .into()
}

/// The refusal of a table that is too large for the memory: `what` it has more of than `most`.
pub(super) fn too_many(file: &str, most: usize, what: &str) -> Failure {
    Diagnostic::new(format!("{file}: the table has more than {} {what}", grouped(most)))
        .hint("import it in parts: rows of later files are added to the series")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_may_unpack_to_grows_with_it() {
        assert_eq!(unpacked(0), SOME);
        assert_eq!(unpacked(3_800_000), 380_000_000);
        // Four million rows of a hundred bytes, packed to a tenth.
        assert!(unpacked(40_000_000) > 400_000_000);
        assert_eq!(unpacked(usize::MAX), LARGEST);
    }
}
