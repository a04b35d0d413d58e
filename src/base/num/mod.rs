//! What is this sum, quantile, random stream, to the last bit?
//!
//! Everything here gives the same bits on every system: IEEE 754 addition, multiplication, division and
//! square root are exact by their standard, and the rest comes from `libm`, compiled into the program. The
//! standard library's `ln`, `exp` and `powf` differ in the last bit between platforms and are not used for
//! results.

mod elementary;
mod moments;
mod order;
mod random;

pub use elementary::{exp, ln, pow, sqrt};
pub use moments::{mean, sample_variance, sum};
pub use order::{median, median_of, quantile};
pub use random::RandomStream;

/// A whole number with thousands set apart: `12,870`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 episode`, `3 episodes`: a count with its noun, whose plural ends in s.
pub fn counted(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", grouped(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(
            [0, 999, 1000, 12_870, 1_000_000].map(grouped),
            ["0", "999", "1,000", "12,870", "1,000,000"]
        );
    }
}
