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
pub use order::{median, quantile};
pub use random::RandomStream;
