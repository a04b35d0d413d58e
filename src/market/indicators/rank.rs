//! How unusual a value is among those of its window.

use super::Window;
use super::sliding::Whole;

/// The value's rank among the window's as a share: 1 for the highest, ties at their average rank.
pub fn percentile_rank(column: &[f64], window: Window<'_>) -> Vec<f64> {
    let mut whole = Whole::new(window);
    let mut ranks = Vec::with_capacity(column.len());
    while ranks.len() < column.len() {
        // Rows are worked in stretches as long as their windows, so that each row's value is sorted about twice,
        // among about as many as a window holds.
        let first = ranks.len();
        let start = window.start_at(first);
        let end = column.len().min(first + (first + 1 - start).max(LEAST_STRETCH));
        let mut counts = Counts::of(&column[start..end]);
        let mut oldest = start;
        for (row, value) in (start..end).zip(&column[start..end]) {
            counts.add(row - start);
            if row < first {
                continue;
            }
            for left in oldest..window.start_at(row) {
                counts.remove(left - start);
            }
            oldest = window.start_at(row);
            let is_whole = whole.next(row, value.is_nan()).is_some();
            ranks.push(if is_whole { counts.rank(row - start) } else { f64::NAN });
        }
    }
    ranks
}

/// Rows of a stretch at least: sorting a few hundred values costs little.
const LEAST_STRETCH: usize = 256;

/// How many of some values are in the window now, by their order: a binary indexed tree (Fenwick 1994, "A new data
/// structure for cumulative frequency tables"). Missing values are not counted.
struct Counts {
    /// The place of each value among the distinct ones, from 1; 0 where it is missing.
    places: Vec<usize>,
    tree: Vec<u32>,
    /// How many there are of each distinct value.
    equal: Vec<u32>,
    all: u32,
}

impl Counts {
    fn of(values: &[f64]) -> Self {
        // Adding 0 makes one zero of both.
        let mut distinct: Vec<f64> = values.iter().filter(|v| !v.is_nan()).map(|v| v + 0.0).collect();
        distinct.sort_unstable_by(f64::total_cmp);
        distinct.dedup_by(|a, b| a.total_cmp(b).is_eq());
        let place = |value: &f64| {
            if value.is_nan() { 0 } else { 1 + distinct.partition_point(|other| other < value) }
        };
        let places = values.iter().map(place).collect();
        let none = vec![0; distinct.len() + 1];
        Self { places, tree: none.clone(), equal: none, all: 0 }
    }

    fn add(&mut self, value: usize) {
        self.change(value, |count| *count += 1);
    }

    fn remove(&mut self, value: usize) {
        self.change(value, |count| *count -= 1);
    }

    fn change(&mut self, value: usize, by_one: fn(&mut u32)) {
        let mut at = self.places[value];
        if at == 0 {
            return;
        }
        by_one(&mut self.all);
        by_one(&mut self.equal[at]);
        while at < self.tree.len() {
            by_one(&mut self.tree[at]);
            at += at & at.wrapping_neg();
        }
    }

    /// The share that a value's average rank is of all.
    fn rank(&self, value: usize) -> f64 {
        let place = self.places[value];
        let (mut below, mut at) = (0, place - 1);
        while at > 0 {
            below += self.tree[at];
            at &= at - 1;
        }
        (f64::from(below) + f64::midpoint(f64::from(self.equal[place]), 1.0)) / f64::from(self.all)
    }
}
