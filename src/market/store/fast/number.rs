//! Numbers as programs write them, from bytes.
//!
//! Eight bytes are looked at as one word, so that no step depends on how long a number is: lengths of prices change
//! from row to row as no processor can foretell.

/// Powers of ten that are exact as `f64`.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// The same as far as eight digits need them.
const SHORT_TENS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// Integers up to here are exact as `f64`.
const EXACT: u64 = 1 << 53;

/// The number at the start of `text`, digits with at most one point between or beside them, and its length; `None` where
/// there is none or it has too many digits for one division.
///
/// Whole digits and the power of ten are both exact, so their quotient is rounded once, as `str::parse` rounds
/// (W. D. Clinger, "How to read floating point numbers accurately", 1990).
pub(super) fn decimal(text: &[u8]) -> Option<(f64, usize)> {
    short(text).or_else(|| digit_by_digit(text))
}

/// As [`decimal`], of up to seven digits before the point and up to eight behind it, with room for as many; `None` for
/// all else.
fn short(text: &[u8]) -> Option<(f64, usize)> {
    let (whole, before) = digits(*text.first_chunk()?);
    if before == 8 {
        return None;
    }
    if text[before] != b'.' {
        return (before > 0).then_some((whole.cast_signed() as f64, before));
    }
    let rest = &text[before + 1..];
    let (fraction, places) = digits(*rest.first_chunk()?);
    if before + places == 0 || rest.get(places).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let all = whole * SHORT_TENS[places] + fraction;
    (all <= EXACT).then(|| (all.cast_signed() as f64 / TENS[places], before + 1 + places))
}

/// The digits that `text` begins with as a number, and how many they are.
fn digits(text: [u8; 8]) -> (u64, usize) {
    // Digits become 0 to 9; whatever is no digit sets the highest bit of its byte.
    let values = u64::from_le_bytes(text) ^ 0x3030_3030_3030_3030;
    let others =
        (((values & 0x7f7f_7f7f_7f7f_7f7f) + 0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080;
    let count = (others.trailing_zeros() / 8) as usize;
    if count == 0 {
        return (0, 0);
    }
    // Zeros take the places before the first digit, and what follows the last one goes.
    (of_eight(values << (8 * (8 - count))), count)
}

/// The number that eight values of 0 to 9 are as digits, the first in the lowest byte.
fn of_eight(values: u64) -> u64 {
    // Neighbours make pairs, these make fours, and these the whole.
    let pairs = (values & 0x000f_000f_000f_000f) * 10 + ((values >> 8) & 0x000f_000f_000f_000f);
    let fours = (pairs & 0x0000_00ff_0000_00ff) * 100 + ((pairs >> 16) & 0x0000_00ff_0000_00ff);
    (fours & 0xffff) * 10_000 + (fours >> 32)
}

fn digit_by_digit(text: &[u8]) -> Option<(f64, usize)> {
    let (mut digits, mut length, mut point) = (0_u64, 0, None);
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            digits = digits.wrapping_mul(10).wrapping_add(u64::from(digit));
        } else if byte == b'.' && point.is_none() {
            point = Some(length);
        } else {
            break;
        }
        length += 1;
    }
    let (count, places) = match point {
        None => (length, 0),
        Some(at) => (length - 1, length - 1 - at),
    };
    // Nineteen digits fit 64 bits.
    let exact = (1..=19).contains(&count) && digits <= EXACT;
    exact.then(|| (digits as f64 / TENS[places], length))
}

/// The whole number of 8 to 15 digits at the start of `text`, as times since 1970 are, and its length; `None` for all else.
pub(super) fn long_count(text: &[u8]) -> Option<(i64, usize)> {
    let (first, eight) = digits(*text.first_chunk()?);
    let (last, more) = digits(*text.get(8..)?.first_chunk()?);
    (eight == 8 && more < 8).then(|| ((first * SHORT_TENS[more] + last).cast_signed(), 8 + more))
}

/// The whole number that `text` is; `None` where it is none or does not fit.
pub(super) fn count(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    text.iter().try_fold(0_i64, |count, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| count * 10 + i64::from(digit))
    })
}

/// The place of the first byte that is one of `marks`.
pub(super) fn find(text: &[u8], marks: [u8; 3]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (words, rest) = text.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // The lowest byte that is zero is told exactly; what stands above it may be told wrongly.
        let zeros = |word: u64| word.wrapping_sub(ONES) & !word & 0x8080_8080_8080_8080;
        let found = marks.iter().fold(0, |found, mark| found | zeros(word ^ (ONES * u64::from(*mark))));
        if found != 0 {
            return Some(8 * place + (found.trailing_zeros() / 8) as usize);
        }
    }
    let at = rest.iter().position(|byte| marks.contains(byte))?;
    Some(8 * words.len() + at)
}
