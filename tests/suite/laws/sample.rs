//! Laws on the bundled strategies and the embedded sample.

use std::path::Path;
use std::sync::Arc;

use catchup::backtest::single::{self, Run, Setup};
use catchup::base::calendar::Instant;
use catchup::base::diagnostic::Source;
use catchup::market::series::{Panel, Rows, Series};
use catchup::market::store::Store;
use catchup::strategy::binding::History;
use catchup::strategy::file::{Strategy, bundled};
use catchup::strategy::rule::Assignment;
use catchup::strategy::signals::{prove_no_look_ahead, signals};

use crate::common::Folder;

/// Strategies that need a series the sample has not.
const ASK_FOR_MORE: [&str; 2] = ["earnings-expectations", "treasury-bill-purchases"];

/// Strategies that name a price or a difference of rates: for them the unit matters.
const IN_UNITS: [&str; 2] = ["falling-rates", "round-number"];

/// Every bundled strategy with the sample's history of its markets.
fn each(mut law: impl FnMut(&Strategy, &Panel)) {
    let folder = Folder::new();
    let history = History::new(Store::open(folder.join("empty")).unwrap());
    assert!(bundled().len() >= 20);
    for file in bundled() {
        let source = Source::new(file.name, file.text);
        let strategy = Strategy::from_toml(file.name, &source, &history).unwrap();
        let bound = history.bind(&strategy, Path::new(""));
        assert_eq!(bound.is_err(), ASK_FOR_MORE.contains(&file.name), "{}", file.name);
        let Ok(bound) = bound else { continue };
        assert!(bound.sample_taken, "{}", file.name);
        law(&strategy, &bound.panel);
    }
}

/// The default, the first, the last, and some combinations between.
fn some_combinations(strategy: &Strategy) -> Vec<Assignment> {
    let last = strategy.combinations().unwrap() - 1;
    let numbers = [0, last / 3, last / 2, last];
    std::iter::once(strategy.defaults()).chain(numbers.map(|n| strategy.combination(n))).collect()
}

fn run(strategy: &Strategy, panel: &Panel, values: &Assignment) -> Run {
    single::run(&Setup::new(strategy, panel, 1000.0).unwrap(), values).unwrap()
}

#[test]
fn the_engines_own_proof_finds_no_look_ahead() {
    each(|strategy, panel| {
        let setup = Setup::new(strategy, panel, 1.0).unwrap();
        let proof = prove_no_look_ahead(strategy, panel, &strategy.defaults(), &setup.window).unwrap();
        assert_eq!(proof.changed, 0, "{}", strategy.name);
        assert!(proof.checked > 0 && proof.cuts > 0, "{}: nothing was checked", strategy.name);
    });
}

/// The same, told independently: what was known on a day says what was signalled up to that day, whatever
/// came later, for other combinations than the default, too.
#[test]
fn no_signal_changes_when_the_future_is_cut_off() {
    let mut seen = 0;
    each(|strategy, panel| {
        for values in some_combinations(strategy) {
            let whole = signals(strategy, panel, &values, &(0..panel.len())).unwrap();
            for part in [3, 5, 7, 8, 9] {
                let cut = panel.len() * part / 10;
                // At the very decision, and just before the next one, when other markets know more.
                let (now, later) = (panel.decision(cut), panel.decision(cut + 1).micros() - 1);
                for instant in [now, Instant::from_micros(later)] {
                    let before = panel.known_by(instant).unwrap();
                    assert_eq!(before.len(), cut + 1);
                    let then = signals(strategy, &before, &values, &(0..before.len())).unwrap();
                    let known: Vec<usize> = whole.iter().copied().filter(|bar| *bar <= cut).collect();
                    assert_eq!(then, known, "{} cut at {}", strategy.name, panel.label(cut));
                    seen += known.len();
                }
            }
        }
    });
    assert!(seen > 1000, "only {seen} signals were compared");
}

#[test]
fn no_closed_trade_changes_when_the_future_is_cut_off() {
    let mut seen = 0;
    each(|strategy, panel| {
        let mut strategy = strategy.clone();
        let window = Setup::new(&strategy, panel, 1.0).unwrap().window;
        strategy.window.from = Some(panel.label(window.start).calendar_date());
        for values in some_combinations(&strategy) {
            let whole = run(&strategy, panel, &values).ledger;
            let cut = window.start + window.len() * 2 / 3;
            let before = panel.known_by(panel.decision(cut)).unwrap();
            let then = run(&strategy, &before, &values).ledger;
            let bars = cut - window.start + 1;
            assert_eq!(then.equity, whole.equity[..bars], "{}", strategy.name);
            assert_eq!(then.position, whole.position[..bars], "{}", strategy.name);
            let closed: Vec<_> = then.trades.iter().filter(|trade| !trade.open).collect();
            let known: Vec<_> =
                whole.trades.iter().filter(|trade| !trade.open && trade.exit < bars).collect();
            assert_eq!(closed, known, "{}", strategy.name);
            seen += closed.len();
        }
    });
    assert!(seen > 50, "only {seen} trades were compared");
}

/// Dollars or cents: a power of two changes no bit of a ratio.
#[test]
fn the_unit_of_prices_changes_nothing() {
    let scaled = |panel: &Panel, factor: f64| {
        let members = panel.members().iter().map(|series| Arc::new(scale(series, factor))).collect();
        Panel::new(members, panel.clock_member()).unwrap().with_events(panel.events().to_vec())
    };
    each(|strategy, panel| {
        if IN_UNITS.contains(&strategy.name.as_str()) {
            return;
        }
        for values in some_combinations(strategy) {
            let plain = run(strategy, panel, &values);
            for factor in [0.125, 1024.0] {
                let other = run(strategy, &scaled(panel, factor), &values);
                assert_eq!(plain.signals, other.signals, "{} x {factor}", strategy.name);
                assert_eq!(plain.ledger.equity, other.ledger.equity, "{} x {factor}", strategy.name);
                assert_eq!(plain.metrics, other.metrics, "{} x {factor}", strategy.name);
                let returns =
                    |run: &Run| run.ledger.trades.iter().map(|trade| trade.net_return).collect::<Vec<_>>();
                assert_eq!(returns(&plain), returns(&other), "{} x {factor}", strategy.name);
            }
        }
    });
}

fn scale(series: &Series, factor: f64) -> Series {
    let rows = series.rows();
    let scale = |column: &[f64]| column.iter().map(|price| price * factor).collect();
    let rows = Rows {
        open: scale(rows.open),
        high: scale(rows.high),
        low: scale(rows.low),
        close: scale(rows.close),
        ..rows.to_rows()
    };
    let (session, kind) = (series.session().clone(), series.label_kind());
    Series::new(series.provenance().clone(), session, kind, series.stale_after_days(), rows).unwrap()
}
