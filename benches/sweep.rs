//! How long do the parts of a sweep take? `cargo bench --bench sweep` prints times and combinations per second.
//!
//! The workloads are generated: `benches/workload*.toml` over 3,000 bars (20,000 and 1,000,000 combinations), the
//! smaller one also sold short and hedged, and 10,000 combinations over up to four million one-minute bars. History:
//! `benches/runs/`.

use std::path::Path;
use std::sync::Arc;

use catchup::backtest::metrics;
use catchup::backtest::single::{Setup, ledger, run};
use catchup::backtest::sweep::{BLOCK, Briefs, Engine, Plan, Selection, Subset, Swept, Way, sweep};
use catchup::base::calendar::{LabelKind, Session};
use catchup::base::diagnostic::{Result, Source};
use catchup::base::num::RandomStream;
use catchup::evidence::event_study::EventStudy;
use catchup::market::indicators::{self, Window};
use catchup::market::series::{Panel, Provenance, Rows, Series};
use catchup::market::store::Store;
use catchup::strategy::binding::History;
use catchup::strategy::file::Strategy;
use catchup::strategy::rule::Vocabulary;
use catchup::strategy::signals::{prove_no_look_ahead, signals};
use divan::Bencher;
use divan::counter::ItemsCount;
use rayon::prelude::*;

fn main() {
    divan::main();
}

const SMALL: &str = "20,000 combinations";
const MILLION: &str = "1,000,000 combinations";
const FAST: &str = "the fast way";
const REFERENCE: &str = "the reference";

/// Bars in which the markets of a curve move.
const BUSY: usize = 100_000;
const MINUTES: &str = include_str!("workload-minutes.toml");

/// A workload with its bars.
fn workload(text: &str) -> Result<(Strategy, Panel)> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/benches"));
    let history = History::new(Store::open(folder.join("no-store"))?);
    let strategy = Strategy::from_toml("workload", &Source::new("workload.toml", text), &history)?;
    let panel = history.bind(&strategy, folder)?.panel;
    Ok((strategy, panel))
}

struct NoStore;

impl Vocabulary for NoStore {
    fn symbol(&self, word: &str) -> Option<String> {
        ["LEADUSDT", "LAGUSDT"].contains(&word).then(|| word.to_owned())
    }

    fn words(&self) -> Vec<String> {
        Vec::new()
    }
}

/// One-minute bars of two markets that walk at random. From `busy` bars on both fall a little bar by bar, so that there
/// is neither a high nor a trade.
fn minutes(bars: usize, busy: usize) -> (Strategy, Panel) {
    let mut stream = RandomStream::new(5, "minutes");
    let market = |symbol: &str, stream: &mut RandomStream| {
        let mut rows = Rows::default();
        let mut last = 100.0_f64;
        for bar in 0..bars {
            let step = if bar < busy { 0.0008 * stream.normal() } else { -1e-7 };
            let close = last * (1.0 + step);
            let opens_at = 1_451_606_400_000_000 + bar as i64 * 60_000_000;
            rows.labels.push(opens_at);
            rows.opens_at.push(opens_at);
            rows.known_at.push(opens_at + 59_999_000);
            rows.open.push(last);
            rows.high.push(last.max(close));
            rows.low.push(last.min(close));
            rows.close.push(close);
            last = close;
        }
        let provenance = Provenance {
            symbol: symbol.into(),
            vendor: "made up".into(),
            file: "made up".into(),
            bar: None,
            hash: String::new(),
            adjustment: "none".into(),
            simulated: true,
        };
        let series = Series::new(provenance, Session::Crypto, LabelKind::Time, 5.0, rows);
        Arc::new(series.expect("rows in order"))
    };
    let members = vec![market("LEADUSDT", &mut stream), market("LAGUSDT", &mut stream)];
    let strategy = Strategy::from_toml("minutes", &Source::new("workload-minutes.toml", MINUTES), &NoStore);
    (strategy.expect("the workload reads"), Panel::new(members, 1).expect("two markets"))
}

/// A strategy on its panel, kept for the length of a benchmark.
fn ready(name: &str) -> Setup<'static> {
    let text =
        if name == SMALL { include_str!("workload.toml") } else { include_str!("workload-million.toml") };
    leaked(workload(text).expect("the workload is in the repository"))
}

fn leaked((strategy, panel): (Strategy, Panel)) -> Setup<'static> {
    let (strategy, panel) = (Box::leak(Box::new(strategy)), Box::leak(Box::new(panel)));
    Setup::new(strategy, panel, 1.0).expect("it runs")
}

fn plan(setup: &Setup<'_>) -> Plan {
    Plan::new(setup, Selection::new(setup.strategy, Subset::All, 1).expect("all")).expect("it fits")
}

#[divan::bench]
fn read_two_price_files(bencher: Bencher<'_, '_>) {
    bencher.bench(|| workload(include_str!("workload.toml")));
}

#[divan::bench]
fn signals_of_one_combination(bencher: Bencher<'_, '_>) {
    let setup = ready(SMALL);
    bencher.bench(|| signals(setup.strategy, setup.panel, &setup.strategy.defaults(), &setup.window));
}

#[divan::bench]
fn one_combination_on_the_reference_with_all_metrics(bencher: Bencher<'_, '_>) {
    let setup = ready(SMALL);
    bencher.counter(ItemsCount::new(1_usize)).bench(|| run(&setup, &setup.strategy.defaults()));
}

#[divan::bench]
fn look_ahead_proof(bencher: Bencher<'_, '_>) {
    let setup = ready(SMALL);
    bencher.bench(|| {
        prove_no_look_ahead(setup.strategy, setup.panel, &setup.strategy.defaults(), &setup.window)
    });
}

/// What there is to do: how many combinations and settings, on which bars.
#[divan::bench]
fn plan_of_a_million(bencher: Bencher<'_, '_>) {
    let setup = ready(MILLION);
    bencher.bench(|| plan(&setup));
}

/// One column of each kind over so many bars.
#[divan::bench(args = [3_000, 1_000_000])]
fn indicators_over_bars(bencher: Bencher<'_, '_>, bars: usize) {
    let mut stream = RandomStream::new(7, "indicators");
    let step = |price: &mut f64, ()| {
        *price *= 1.0 + 0.01 * stream.normal();
        Some(*price)
    };
    let column: Vec<f64> = std::iter::repeat_n((), bars).scan(100.0, step).collect();
    let window = Window::Bars(252);
    bencher.counter(ItemsCount::new(bars)).bench(|| {
        (
            indicators::highest(&column, window),
            indicators::new_high(&column, window),
            indicators::mean(&column, window),
            indicators::volatility(&column, window),
            indicators::rsi(&column, 14),
        )
    });
}

/// All metrics of one account, from its equity at each close.
#[divan::bench]
fn metrics_of_one_account(bencher: Bencher<'_, '_>) {
    let setup = ready(SMALL);
    let ledger = ledger(&setup, &setup.strategy.defaults()).expect("it runs");
    let mut scratch = metrics::Scratch::default();
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| setup.measure(&ledger, &mut scratch));
}

/// The same few combinations on the reference simulator and the fast way, all metrics: both on one thread.
#[divan::bench(args = [REFERENCE, FAST], sample_count = 5, sample_size = 1)]
fn a_hundred_combinations(bencher: Bencher<'_, '_>, name: &str) {
    let setup = ready(SMALL);
    let way = if name == FAST { plan(&setup).way } else { Way::Reference("to compare".into()) };
    let last = plan(&setup).combinations;
    let few = Selection::Listed((0..100).map(|place| place * last / 100).collect());
    let engine = Engine::new(&setup, &way).expect("it evaluates");
    bencher.counter(ItemsCount::new(100_usize)).bench(|| engine.block(&few));
}

/// Plan, entries and table of trades: everything before the first combination.
#[divan::bench(args = [SMALL, MILLION], sample_count = 5, sample_size = 1)]
fn rules_and_table(bencher: Bencher<'_, '_>, name: &str) {
    let setup = ready(name);
    bencher.bench(|| Engine::new(&setup, &plan(&setup).way));
}

/// The trades of every combination, told apart: no metric yet.
#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn walk_of_a_million(bencher: Bencher<'_, '_>, threads: usize) {
    let engine = million();
    by_blocks(bencher, threads, |block| {
        engine.trades_of(block).expect("it runs").into_iter().fold(0, u128::wrapping_add)
    });
}

/// The same with the seven figures that the program written by hand computes.
#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn walk_of_a_million_with_seven_figures(bencher: Bencher<'_, '_>, threads: usize) {
    let briefs = Briefs::new(million()).expect("figures are metrics").expect("it goes the fast way");
    by_blocks(bencher, threads, |block| {
        briefs.of(block).expect("it runs").iter().map(|brief| u128::from(brief.closed)).sum()
    });
}

/// The same with every metric of every distinct outcome.
#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn walk_of_a_million_with_all_metrics(bencher: Bencher<'_, '_>, threads: usize) {
    let engine = million();
    by_blocks(bencher, threads, |block| engine.block(block).expect("it runs").outcomes.len() as u128);
}

/// The trades of the million, ready to be walked.
fn million() -> &'static Engine<'static> {
    let setup = Box::leak(Box::new(ready(MILLION)));
    Box::leak(Box::new(Engine::new(setup, &plan(setup).way).expect("it evaluates")))
}

/// Works every block of the million on so many threads.
fn by_blocks(bencher: Bencher<'_, '_>, threads: usize, work: impl Fn(&Selection) -> u128 + Sync) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
    let end = 1_000_000_u64;
    let block = |at: u64| Selection::Range(at * BLOCK..((at + 1) * BLOCK).min(end));
    let blocks: Vec<Selection> = (0..end.div_ceil(BLOCK)).map(block).collect();
    bencher
        .counter(ItemsCount::new(1_000_000_usize))
        .bench_local(|| pool.install(|| blocks.par_iter().map(&work).reduce(|| 0, u128::wrapping_add)));
}

#[divan::bench(args = [SMALL, MILLION], sample_count = 5, sample_size = 1)]
fn whole_sweep_in_memory(bencher: Bencher<'_, '_>, name: &str) {
    let setup = ready(name);
    let count = usize::try_from(plan(&setup).combinations).expect("few");
    bencher.counter(ItemsCount::new(count)).bench(|| in_memory(&setup, &plan(&setup)));
}

const SHORT: &str = "short";
const HEDGED: &str = "hedged";

/// The small workload sold short, or hedged with the leader.
fn other_side(name: &str) -> Setup<'static> {
    let long = "long = \"laggard\"";
    let entry =
        if name == SHORT { "short = \"laggard\"".into() } else { format!("{long}\nhedge = \"leader\"") };
    let text = include_str!("workload.toml").replace(long, &entry) + "borrow = \"3%\"\n";
    leaked(workload(&text).expect("the workload is in the repository"))
}

/// What is no plain long: the trade of every signal under every exit setting is lived through.
#[divan::bench(args = [SHORT, HEDGED], sample_count = 3, sample_size = 1)]
fn rules_and_table_of_other_sides(bencher: Bencher<'_, '_>, name: &str) {
    let setup = other_side(name);
    bencher.bench(|| Engine::new(&setup, &plan(&setup).way));
}

/// The same sweep as a whole on the fast way, all metrics.
#[divan::bench(args = [SHORT, HEDGED], sample_count = 3, sample_size = 1)]
fn twenty_thousand_on_other_sides(bencher: Bencher<'_, '_>, name: &str) {
    let setup = other_side(name);
    let count = usize::try_from(plan(&setup).combinations).expect("few");
    bencher.counter(ItemsCount::new(count)).bench(|| in_memory(&setup, &plan(&setup)));
}

/// Two hundred of its combinations on the reference.
#[divan::bench(args = [SHORT, HEDGED], sample_count = 3, sample_size = 1)]
fn two_hundred_on_other_sides_on_the_reference(bencher: Bencher<'_, '_>, name: &str) {
    let setup = other_side(name);
    let few = Selection::new(setup.strategy, Subset::Random(200), 1).expect("they are drawn");
    let plan = Plan { way: Way::Reference("to compare".into()), ..plan(&setup) };
    let plan = Plan { combinations: 200, selection: few, ..plan };
    bencher.counter(ItemsCount::new(200_usize)).bench(|| in_memory(&setup, &plan));
}

/// Works a sweep and keeps nothing of it but the outcomes.
fn in_memory(setup: &Setup<'_>, plan: &Plan) -> Result<Swept> {
    let metric = metrics::named("sharpe")?;
    let engine = Engine::new(setup, &plan.way)?;
    sweep(&engine, plan, &mut (), Swept::new(plan, metric), &|_| true)
}

/// Ten thousand combinations, all metrics, whose trades all lie in the first of these bars: what bars without trades
/// cost a combination.
#[divan::bench(args = [BUSY, 2 * BUSY, 4 * BUSY, 8 * BUSY, 16 * BUSY], sample_count = 5, sample_size = 1)]
fn ten_thousand_combinations_and_quiet_bars(bencher: Bencher<'_, '_>, bars: usize) {
    let setup = leaked(minutes(bars, BUSY));
    let plan = plan(&setup);
    let engine = Engine::new(&setup, &plan.way).expect("it evaluates");
    bencher.counter(ItemsCount::new(10_000_usize)).bench(|| engine.block(&plan.selection));
}

/// Ten thousand combinations, all metrics: what more bars and their trades cost.
#[divan::bench(args = [1_000_000, 2_000_000, 4_000_000], sample_count = 3, sample_size = 1)]
fn ten_thousand_combinations_over_minutes(bencher: Bencher<'_, '_>, bars: usize) {
    let setup = leaked(minutes(bars, bars));
    let plan = plan(&setup);
    let engine = Engine::new(&setup, &plan.way).expect("it evaluates");
    bencher.counter(ItemsCount::new(10_000_usize)).bench(|| engine.block(&plan.selection));
}

/// The minutes with a rule that is true on most bars.
fn dense_minutes(bars: usize) -> Setup<'static> {
    let (_, panel) = minutes(bars, bars);
    let text = MINUTES
        .replace("leader hits a {leader_high}-bar high and ", "leader > 0.01 and ")
        .replace("its 10080-bar high", "its {leader_high}-bar high")
        .replace(
            "from = \"2%\", to = \"21%\", step = \"1%\"",
            "from = \"0.1%\", to = \"2%\", step = \"0.1%\"",
        )
        .replace("default = \"10%\"", "default = \"1%\"");
    let strategy = Strategy::from_toml("dense", &Source::new("dense.toml", text), &NoStore);
    leaked((strategy.expect("the workload reads"), panel))
}

/// Ten thousand combinations of dense signals, all metrics. Of 10,000 bars all trades are in a table; of more they are
/// found on demand.
#[divan::bench(args = [10_000, 100_000, 1_000_000], sample_count = 1, sample_size = 1)]
fn ten_thousand_combinations_of_dense_signals(bencher: Bencher<'_, '_>, bars: usize) {
    let setup = dense_minutes(bars);
    let plan = plan(&setup);
    let engine = Engine::new(&setup, &plan.way).expect("it evaluates");
    bencher.counter(ItemsCount::new(10_000_usize)).bench(|| engine.block(&plan.selection));
}

#[divan::bench(args = [1_000_000, 2_000_000, 4_000_000], sample_count = 3, sample_size = 1)]
fn look_ahead_proof_over_minutes(bencher: Bencher<'_, '_>, bars: usize) {
    let setup = leaked(minutes(bars, bars));
    bencher.bench(|| {
        prove_no_look_ahead(setup.strategy, setup.panel, &setup.strategy.defaults(), &setup.window)
    });
}

#[divan::bench(args = [1_000_000, 2_000_000, 4_000_000], sample_count = 3, sample_size = 1)]
fn event_study_over_minutes(bencher: Bencher<'_, '_>, bars: usize) {
    let setup = leaked(minutes(bars, bars));
    let signals = signals(setup.strategy, setup.panel, &setup.strategy.defaults(), &setup.window);
    let signals = signals.expect("it evaluates");
    bencher.bench(|| EventStudy::new(&setup, &signals));
}
