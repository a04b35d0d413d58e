//! Elementary functions from `libm`.

/// The natural logarithm of `x`; minus infinity at 0, NaN below.
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// e to the power `x`.
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// `base` to the power `exponent`; NaN for a negative base with a fractional exponent.
pub fn pow(base: f64, exponent: f64) -> f64 {
    libm::pow(base, exponent)
}

/// The square root of `x`, correctly rounded; NaN below 0.
pub fn sqrt(x: f64) -> f64 {
    libm::sqrt(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_the_same_everywhere() {
        assert_eq!(ln(10.0).to_bits(), 0x4002_6bb1_bbb5_5516);
        // Correctly rounded it would end in 9: agreement counts here, not the last bit.
        assert_eq!(exp(1.0).to_bits(), 0x4005_bf0a_8b14_576a);
        assert_eq!(pow(1.5, 2.5).to_bits(), 0x4006_0b9f_d68a_4554);
        assert_eq!(sqrt(2.0).to_bits(), 0x3ff6_a09e_667f_3bcd);
    }

    #[test]
    fn edges_are_what_the_docs_say() {
        assert!(ln(0.0).is_infinite() && ln(-1.0).is_nan());
        assert!(pow(-2.0, 0.5).is_nan() && sqrt(-1.0).is_nan());
    }
}
