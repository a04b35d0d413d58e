//! BLAKE3 of a file from the hashes of its pieces: its tree is the same, however it is walked.

use blake3::Hasher;
use blake3::hazmat::{ChainingValue, HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root};

/// The hash of the piece at `at`, one of several. All are of one size, a power of two of at least a chunk of BLAKE3, but
/// for the last, which may be smaller.
pub(super) fn hash_of(piece: &[u8], at: u64) -> Option<ChainingValue> {
    let whole_chunks = at.is_multiple_of(blake3::CHUNK_LEN as u64) && !piece.is_empty();
    whole_chunks.then(|| Hasher::new().set_input_offset(at).update(piece).finalize_non_root())
}

/// The hash of the file that at least two pieces make.
pub(super) fn join(pieces: &[ChainingValue]) -> Option<blake3::Hash> {
    let (left, right) = halves(pieces)?;
    Some(merge_subtrees_root(&subtree(left)?, &subtree(right)?, Mode::Hash))
}

fn subtree(pieces: &[ChainingValue]) -> Option<ChainingValue> {
    match pieces {
        [one] => Some(*one),
        _ => {
            let (left, right) = halves(pieces)?;
            Some(merge_subtrees_non_root(&subtree(left)?, &subtree(right)?, Mode::Hash))
        }
    }
}

/// On the left as many as make a whole tree and leave some.
fn halves(pieces: &[ChainingValue]) -> Option<(&[ChainingValue], &[ChainingValue])> {
    let most = pieces.len().checked_sub(1).filter(|most| *most > 0)?;
    Some(pieces.split_at(1 << most.ilog2()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn pieces_have_the_hash_of_the_whole() {
        let bytes: Vec<u8> = (0..40_000_u32).map(|at| (at * 7919 % 251).to_le_bytes()[0]).collect();
        for size in [1024, 2048, 4096] {
            for length in (size + 1..bytes.len()).step_by(777).chain([2 * size, 4 * size, 5 * size]) {
                let pieces: Option<Vec<ChainingValue>> = bytes[..length]
                    .chunks(size)
                    .enumerate()
                    .map(|(place, piece)| hash_of(piece, (place * size) as u64))
                    .collect();
                assert_eq!(
                    join(&pieces.unwrap()).unwrap(),
                    blake3::hash(&bytes[..length]),
                    "{size} {length}"
                );
            }
        }
        assert!(join(&[]).is_none() && join(&[[0; 32]]).is_none());
        assert!(hash_of(b"x", 5).is_none() && hash_of(b"", 0).is_none());
    }
}
