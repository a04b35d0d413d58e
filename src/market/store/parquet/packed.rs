//! Whole numbers packed by their differences: the encoding `DELTA_BINARY_PACKED` of Apache Parquet (format 2.9).

/// Differences of a block, above whose least one they are packed, and of a part of it with a width of its own.
const BLOCK: usize = 256;
const PART: usize = 64;

/// Packs all of `values`.
pub(super) fn packed(mut values: impl ExactSizeIterator<Item = i64>) -> Vec<u8> {
    let count = values.len();
    let mut bytes = Vec::with_capacity(2 * count + BLOCK);
    for number in [BLOCK, BLOCK / PART, count] {
        unsigned(&mut bytes, number as u64);
    }
    let mut before = values.next().unwrap_or(0);
    zigzag(&mut bytes, before);
    loop {
        let mut steps = [0_i64; BLOCK];
        let mut length = 0;
        for (step, value) in steps.iter_mut().zip(values.by_ref()) {
            *step = value.wrapping_sub(before);
            before = value;
            length += 1;
        }
        if length == 0 {
            return bytes;
        }
        block(&mut bytes, &steps[..length]);
        if length < BLOCK {
            return bytes;
        }
    }
}

fn block(bytes: &mut Vec<u8>, steps: &[i64]) {
    let least = steps.iter().copied().min().unwrap_or(0);
    zigzag(bytes, least);
    let mut above = [0_u64; BLOCK];
    for (above, step) in above.iter_mut().zip(steps) {
        // Wrapping: as bits this is the distance, also where it does not fit a number with a sign.
        *above = step.wrapping_sub(least).cast_unsigned();
    }
    let widths = bytes.len();
    bytes.extend_from_slice(&[0; BLOCK / PART]);
    let (parts, _) = above.as_chunks::<PART>();
    for (place, part) in parts.iter().enumerate().take(steps.len().div_ceil(PART)) {
        let width = u64::BITS - part.iter().fold(0, |all, value| all | value).leading_zeros();
        bytes[widths + place] = width.to_le_bytes()[0];
        pack(bytes, part, width);
    }
}

/// Adds the lowest `width` bits of each value, the lowest first.
fn pack(bytes: &mut Vec<u8>, values: &[u64; PART], width: u32) {
    let (mut word, mut filled) = (0_u64, 0);
    for value in values {
        word |= value << filled;
        filled += width;
        if filled >= u64::BITS {
            bytes.extend_from_slice(&word.to_le_bytes());
            filled -= u64::BITS;
            word = if filled == 0 { 0 } else { value >> (width - filled) };
        }
    }
}

/// Small numbers of either sign in few bytes: 0, -1, 1, -2, …
fn zigzag(bytes: &mut Vec<u8>, value: i64) {
    unsigned(bytes, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

/// Seven bits to a byte, the lowest first.
fn unsigned(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 128 {
        bytes.push(value.to_le_bytes()[0] | 128);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
}
