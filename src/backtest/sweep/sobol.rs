//! Points that fill a grid evenly.

use std::collections::BTreeSet;

use crate::base::diagnostic::{Diagnostic, Result};
use crate::strategy::file::Strategy;

/// Bits of a coordinate.
const BITS: usize = 32;

/// Degree and inner coefficients of the primitive polynomial of each dimension after the first, and its first
/// direction numbers: Joe and Kuo (2008), *Constructing Sobol sequences with better two-dimensional
/// projections*, table `new-joe-kuo-6`.
const DIRECTIONS: [(u32, u32, &[u32]); 15] = [
    (1, 0, &[1]),
    (2, 1, &[1, 3]),
    (3, 1, &[1, 3, 1]),
    (3, 2, &[1, 1, 1]),
    (4, 1, &[1, 1, 3, 3]),
    (4, 4, &[1, 3, 5, 13]),
    (5, 2, &[1, 1, 5, 5, 17]),
    (5, 4, &[1, 1, 5, 5, 5]),
    (5, 7, &[1, 1, 7, 11, 19]),
    (5, 11, &[1, 1, 5, 1, 1]),
    (5, 13, &[1, 1, 1, 3, 11]),
    (5, 14, &[1, 3, 5, 5, 31]),
    (6, 1, &[1, 3, 3, 9, 7, 49]),
    (6, 13, &[1, 1, 1, 15, 21, 21]),
    (6, 16, &[1, 3, 1, 13, 27, 49]),
];

/// A Sobol sequence over the grid of a strategy's parameters (Sobol 1967), in the order of Gray codes (Antonov
/// and Saleev 1979). Parameters of one value have no dimension.
#[derive(Debug)]
pub(super) struct Sobol {
    sizes: Vec<u64>,
    directions: Vec<[u32; BITS]>,
}

impl Sobol {
    /// # Errors
    /// Where more parameters vary than the sequence has dimensions.
    pub(super) fn new(strategy: &Strategy) -> Result<Self> {
        let sizes: Vec<u64> = strategy.parameters.iter().map(|p| p.values.len() as u64).collect();
        let varied = sizes.iter().filter(|size| **size > 1).count();
        if varied > DIRECTIONS.len() + 1 {
            return Err(Diagnostic::new(format!(
                "a Sobol subset varies at most {} parameters, and {varied} vary",
                DIRECTIONS.len() + 1
            ))
            .hint("fix some of them with --set, or take a random subset: --sample N")
            .into());
        }
        Ok(Self { sizes, directions: (0..varied).map(directions).collect() })
    }

    /// `wanted` different numbers of combinations that fit, rising: the first ones the sequence comes upon;
    /// fewer where it finds no more.
    pub(super) fn numbers(&self, wanted: u64, mut fits: impl FnMut(u64) -> bool) -> Vec<u64> {
        let mut point = vec![0_u32; self.directions.len()];
        let mut numbers = BTreeSet::new();
        // The sequence has no more points.
        for index in 0..wanted.saturating_mul(100).min(u64::from(u32::MAX)) {
            let number = self.number(&point);
            if fits(number) {
                numbers.insert(number);
            }
            if numbers.len() as u64 == wanted {
                break;
            }
            let bit = index.trailing_ones() as usize;
            for (coordinate, directions) in point.iter_mut().zip(&self.directions) {
                *coordinate ^= directions[bit];
            }
        }
        numbers.into_iter().collect()
    }

    /// The combination whose cell of the grid a point falls into.
    fn number(&self, point: &[u32]) -> u64 {
        let mut coordinates = point.iter();
        self.sizes.iter().fold(0, |number, &size| {
            let place = match size {
                1 => 0,
                _ => coordinates.next().map_or(0, |&coordinate| (u64::from(coordinate) * size) >> BITS),
            };
            number * size + place
        })
    }
}

/// The direction numbers of a dimension.
fn directions(dimension: usize) -> [u32; BITS] {
    let mut directions: [u32; BITS] = std::array::from_fn(|bit| 1 << (BITS - 1 - bit));
    let Some((degree, inner, first)) = dimension.checked_sub(1).map(|at| DIRECTIONS[at]) else {
        return directions;
    };
    let degree = degree as usize;
    for bit in 0..BITS {
        if bit < degree {
            directions[bit] = first[bit] << (BITS - 1 - bit);
            continue;
        }
        let mut next = directions[bit - degree] ^ (directions[bit - degree] >> degree);
        for k in 1..degree {
            if inner >> (degree - 1 - k) & 1 == 1 {
                next ^= directions[bit - k];
            }
        }
        directions[bit] = next;
    }
    directions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_points_are_those_of_the_paper() {
        // The third dimension, as fractions of 1: 0, 1/2, 1/4, 3/4, 3/8, 7/8 by Gray code order.
        let own = directions(2);
        let mut coordinate = 0_u32;
        let points: Vec<f64> = (0..6_u64)
            .map(|index| {
                let point = f64::from(coordinate) / 4_294_967_296.0;
                coordinate ^= own[index.trailing_ones() as usize];
                point
            })
            .collect();
        assert_eq!(points, [0.0, 0.5, 0.25, 0.75, 0.625, 0.125]);
    }

    #[test]
    fn every_pair_of_dimensions_is_filled_evenly() {
        // The first 256 points put one into each cell of 16 x 16 where the first two dimensions are concerned,
        // and never more than a few in any other pair.
        let sobol = Sobol { sizes: vec![16; 16], directions: (0..16).map(directions).collect() };
        let mut point = [0_u32; 16];
        let mut seen = vec![vec![0_u32; 256]; 16 * 16];
        for index in 0..256_u64 {
            for a in 0..16 {
                for b in 0..a {
                    seen[a * 16 + b][((point[a] >> 28) * 16 + (point[b] >> 28)) as usize] += 1;
                }
            }
            let bit = index.trailing_ones() as usize;
            for (coordinate, directions) in point.iter_mut().zip(&sobol.directions) {
                *coordinate ^= directions[bit];
            }
        }
        assert!(seen[16].iter().all(|count| *count == 1));
        // Each dimension on its own visits each sixteenth sixteen times.
        for dimension in 1..16 {
            let own: Vec<u32> = seen[dimension * 16].chunks(16).map(|row| row.iter().sum()).collect();
            assert_eq!(own, vec![16; 16], "dimension {dimension}");
        }
    }
}
