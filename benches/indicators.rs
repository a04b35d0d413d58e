//! What does a row of each indicator cost, by the length of its window? `cargo bench --bench indicators` prints it.
//!
//! A million made-up rows, windows of 10, 100 and 1,000: the three should cost about the same.
//! History: `benches/runs/`.

use std::sync::LazyLock;

use catchup::base::num::RandomStream;
use catchup::market::indicators::{self as of, Window};
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    divan::main();
}

const ROWS: usize = 1_000_000;
const LENGTHS: [usize; 3] = [10, 100, 1000];

/// Closes of two markets that walk at random.
static CLOSES: LazyLock<[Vec<f64>; 2]> = LazyLock::new(|| {
    let mut stream = RandomStream::new(5, "indicators");
    [(); 2].map(|()| {
        let mut price = 100.0;
        (0..ROWS)
            .map(|_| {
                price *= 1.0 + 0.0008 * stream.normal();
                price
            })
            .collect()
    })
});

fn one(bencher: Bencher<'_, '_>, n: usize, measure: fn(&[f64], Window<'_>) -> Vec<f64>) {
    let [closes, _] = &*CLOSES;
    bencher.counter(ItemsCount::new(ROWS)).bench(|| measure(closes, Window::Bars(n)));
}

macro_rules! benches {
    ($($name:ident)*) => { $(
        #[divan::bench(args = LENGTHS, sample_count = 3)]
        fn $name(bencher: Bencher<'_, '_>, n: usize) {
            one(bencher, n, of::$name);
        }
    )* };
}

benches!(mean stdev volatility zscore bandwidth slope percentile_rank highest bars_since_high);

fn two(bencher: Bencher<'_, '_>, n: usize, measure: fn(&[f64], &[f64], Window<'_>) -> Vec<f64>) {
    let [left, right] = &*CLOSES;
    bencher.counter(ItemsCount::new(ROWS)).bench(|| measure(left, right, Window::Bars(n)));
}

#[divan::bench(args = LENGTHS, sample_count = 3)]
fn correlation(bencher: Bencher<'_, '_>, n: usize) {
    two(bencher, n, of::correlation);
}

#[divan::bench(args = LENGTHS, sample_count = 3)]
fn beta(bencher: Bencher<'_, '_>, n: usize) {
    two(bencher, n, of::beta);
}
