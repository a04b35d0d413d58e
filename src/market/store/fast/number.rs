//! Numbers as programs write them, from bytes.

/// Powers of ten that are exact as `f64`.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// Integers up to here are exact as `f64`.
const EXACT: u64 = 1 << 53;

/// The number at the start of `text`, digits with at most one point between or beside them, and its length; `None` where
/// there is none or it has too many digits for one division.
///
/// Whole digits and the power of ten are both exact, so their quotient is rounded once, as `str::parse` rounds
/// (W. D. Clinger, "How to read floating point numbers accurately", 1990).
pub(super) fn decimal(text: &[u8]) -> Option<(f64, usize)> {
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
