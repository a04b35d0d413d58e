//! How long do the parts of a sweep take? `cargo bench` prints times and combinations per second.
//!
//! The workload is the generated one of `tests/peer/`: 3,000 bars, two rolling highs, a lag, three exits,
//! 20,000 combinations.

use std::path::Path;

use catchup::backtest::simulator::simulate;
use catchup::backtest::single::{Setup, run};
use catchup::backtest::sweep::{Plan, sweep};
use catchup::base::diagnostic::{Result, Source};
use catchup::market::store::Store;
use catchup::strategy::binding::{Bound, History};
use catchup::strategy::file::Strategy;
use catchup::strategy::signals::{prove_no_look_ahead, signals};
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    divan::main();
}

/// The workload with its bars.
fn workload() -> Result<(Strategy, Bound)> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer"));
    let text = include_str!("../tests/peer/workload.toml");
    let history = History::new(Store::open(folder.join("no-store"))?);
    let strategy = Strategy::from_toml("workload", &Source::new("workload.toml", text), &history)?;
    let bound = history.bind(&strategy, folder)?;
    Ok((strategy, bound))
}

#[divan::bench]
fn read_two_price_files(bencher: Bencher<'_, '_>) {
    bencher.bench(workload);
}

#[divan::bench]
fn signals_of_one_combination(bencher: Bencher<'_, '_>) {
    let (strategy, bound) = workload().expect("the workload is in the repository");
    let setup = Setup::new(&strategy, &bound.panel, 1.0).expect("it runs");
    bencher.bench(|| signals(&strategy, &bound.panel, &strategy.defaults(), &setup.window));
}

#[divan::bench]
fn reference_simulator(bencher: Bencher<'_, '_>) {
    let (strategy, bound) = workload().expect("the workload is in the repository");
    let setup = Setup::new(&strategy, &bound.panel, 1.0).expect("it runs");
    let found = signals(&strategy, &bound.panel, &strategy.defaults(), &setup.window).expect("it evaluates");
    let mut entry = vec![false; setup.window.len()];
    for bar in found {
        entry[bar - setup.window.start] = true;
    }
    let orders = setup.orders(&strategy.defaults());
    bencher.bench(|| simulate(&setup.prices(), &entry, None, &orders, 1.0));
}

#[divan::bench]
fn one_run_with_all_metrics(bencher: Bencher<'_, '_>) {
    let (strategy, bound) = workload().expect("the workload is in the repository");
    let setup = Setup::new(&strategy, &bound.panel, 1.0).expect("it runs");
    bencher.bench(|| run(&setup, &strategy.defaults()));
}

#[divan::bench]
fn look_ahead_proof(bencher: Bencher<'_, '_>) {
    let (strategy, bound) = workload().expect("the workload is in the repository");
    let setup = Setup::new(&strategy, &bound.panel, 1.0).expect("it runs");
    bencher.bench(|| prove_no_look_ahead(&strategy, &bound.panel, &strategy.defaults(), &setup.window));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn sweep_of_20_000_combinations(bencher: Bencher<'_, '_>) {
    let (strategy, bound) = workload().expect("the workload is in the repository");
    let setup = Setup::new(&strategy, &bound.panel, 1.0).expect("it runs");
    let plan = Plan::new(&setup).expect("it fits");
    bencher.counter(ItemsCount::new(20_000_usize)).bench(|| sweep(&setup, &plan, &|_| true));
}
