//! The fast way equals the reference: over random markets, rules, exits and costs.
#![allow(clippy::unwrap_used)]

mod courses;
mod on_demand;

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::check::differences_of;
use super::*;
use crate::backtest::metrics;
use crate::backtest::simulator;
use crate::backtest::single::{self, Setup};
use crate::base::calendar::{Date, Label, LabelKind, Session};
use crate::base::diagnostic::Source;
use crate::base::num;
use crate::market::series::{Panel, Provenance, Rows, Series};
use crate::strategy::file::Strategy as Trading;
use crate::strategy::rule::Vocabulary;

pub(super) struct NoWords;

impl Vocabulary for NoWords {
    fn symbol(&self, word: &str) -> Option<String> {
        ["LEAD", "LAG"].contains(&word).then(|| word.to_owned())
    }

    fn words(&self) -> Vec<String> {
        Vec::new()
    }
}

/// One bar: gap, change, how far up and down beyond, in coarse steps so that prices meet levels exactly.
pub(super) type Bar = (i32, i32, i32, i32);

pub(super) fn bars() -> impl Strategy<Value = Vec<Bar>> {
    vec((-6..=6_i32, -6..=6_i32, 0..=5_i32, 0..=5_i32), 8..150)
}

/// What becomes of the steps of bars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Climate {
    /// Prices around 100.
    Steps,
    /// Shares of the price, and now and then a million times it, or a millionth.
    Jumps,
    /// Prices around 1 in steps of a hundredth.
    Ticks,
    /// Prices that mostly stand still.
    Still,
    /// Steps around this price.
    Around(f64),
}

impl Climate {
    fn first(self) -> f64 {
        match self {
            Self::Ticks => 1.0,
            Self::Around(price) => price,
            Self::Steps | Self::Jumps | Self::Still => 100.0,
        }
    }

    /// A price some steps further.
    fn moved(self, price: f64, steps: i32) -> f64 {
        let far = f64::from(steps);
        match self {
            Self::Jumps if steps.abs() == 6 => price * if steps > 0 { 1e6 } else { 1e-6 },
            Self::Jumps => price * (1.0 + far / 100.0),
            Self::Ticks => (price * 100.0 + far).round() / 100.0,
            Self::Still if steps.abs() < 5 => price,
            Self::Steps | Self::Still => price + far,
            Self::Around(around) => price + far * (around / 100.0),
        }
    }

    /// The same of opens and closes, which stay above zero.
    fn next(self, price: f64, steps: i32) -> f64 {
        let least = if self == Self::Jumps { 0.0 } else { 0.16 * self.first() };
        self.moved(price, steps).max(least)
    }
}

/// Climates at random, half of them plain.
pub(super) fn climates() -> impl Strategy<Value = Climate> {
    use Climate::{Around, Jumps, Steps, Still, Ticks};
    prop::sample::select(vec![Steps, Steps, Steps, Steps, Jumps, Ticks, Still, Around(1e-8), Around(1e8)])
}

/// How a property of random strategies is tried: on the same cases every time, or on as many others as
/// `CATCHUP_CHECK_CASES` says.
pub(super) fn cases(count: u32) -> ProptestConfig {
    let other = std::env::var("CATCHUP_CHECK_CASES").ok().and_then(|text| text.parse().ok());
    match other {
        Some(other) => ProptestConfig::with_cases(other),
        None => ProptestConfig { rng_seed: RngSeed::Fixed(2026), ..ProptestConfig::with_cases(count) },
    }
}

/// Bars of a market with sessions of its own, one for each day on which it has one.
fn series_in(climate: Climate, symbol: &str, bars: &[Bar], session: Session) -> Arc<Series> {
    let mut rows = Rows::default();
    let mut day = "2020-01-01".parse::<Date>().unwrap();
    let mut last = climate.first();
    for (bar, &(gap, change, up, down)) in bars.iter().enumerate() {
        // 2020 begins on a Wednesday.
        if session != Session::Crypto && matches!((bar + 2) % 7, 5 | 6) {
            day = day.tomorrow().unwrap();
            continue;
        }
        let times = session.day(day);
        let open = climate.next(last, gap);
        let close = climate.next(open, change);
        rows.labels.push(Label::date(day).micros());
        rows.opens_at.push(times.opens_at.micros());
        rows.known_at.push(times.known_at.micros());
        rows.open.push(open);
        rows.high.push(climate.moved(open.max(close), up).max(open).max(close));
        rows.low.push(climate.moved(open.min(close), -down).min(open).min(close));
        rows.close.push(close);
        last = close;
        day = day.tomorrow().unwrap();
    }
    let provenance = Provenance {
        symbol: symbol.into(),
        vendor: "test".into(),
        bar: None,
        file: "test".into(),
        hash: String::new(),
        adjustment: "none".into(),
        simulated: false,
    };
    Arc::new(Series::new(provenance, session, LabelKind::Date, 5.0, rows).unwrap())
}

pub(super) fn panel(lead: &[Bar], lag: &[Bar]) -> Panel {
    panel_in(Climate::Steps, lead, lag)
}

fn panel_in(climate: Climate, lead: &[Bar], lag: &[Bar]) -> Panel {
    let bars = lead.len().min(lag.len());
    let series = |symbol, rows: &[Bar]| series_in(climate, symbol, &rows[..bars], Session::Crypto);
    Panel::new(vec![series("LEAD", lead), series("LAG", lag)], 1).unwrap()
}

/// The settings of a strategy that a property varies: exit rule, on close, fill, size, risk-free rate, costs.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    rule: bool,
    on_close: [bool; 3],
    close_fill: bool,
    size: &'static str,
    annual: &'static str,
    costs: (&'static str, &'static str),
}

fn shape() -> impl Strategy<Value = Shape> {
    shape_of(&["none", "10 bps", "2%"], &["none", "5 bps", "2%"], &["100%", "100%", "50%", "10%"])
}

/// The same with costs and sizes as far out as they are allowed.
fn far_shape() -> impl Strategy<Value = Shape> {
    shape_of(
        &["none", "10 bps", "2%", "50%", "99.99%"],
        &["none", "5 bps", "2%", "50%", "99.99%"],
        &["100%", "100%", "50%", "10%", "1%", "0.01%", "0.0001%"],
    )
}

type Words = &'static [&'static str];

fn shape_of(fees: Words, slips: Words, sizes: Words) -> impl Strategy<Value = Shape> {
    let of = |values: Words| prop::sample::select(values);
    let (costs, sizes) = ((of(fees), of(slips)), of(sizes));
    (any::<bool>(), any::<[bool; 3]>(), any::<bool>(), sizes, of(&["0%", "3%", "-2%"]), costs).prop_map(
        |(rule, on_close, close_fill, size, annual, costs)| Shape {
            rule,
            on_close,
            close_fill,
            size,
            annual,
            costs,
        },
    )
}

fn strategy(shape: &Shape) -> Trading {
    let closes = shape.on_close.map(|on| if on { " on close" } else { "" });
    let rule = if shape.rule { "when = \"lag is at a {window}-day high\"" } else { "" };
    let fill = if shape.close_fill { "close" } else { "open" };
    let text = format!(
        r#"
[markets]
lead = "LEAD"
lag = "LAG"
[window]
from = "2020-01-01"
[params]
window = {{ default = 2, sweep = [2, 7, "all"] }}
behind = {{ default = "4%", sweep = ["1%", "4%", "9%"] }}
hold = {{ default = 4, sweep = [1, 4, "none"] }}
stop = {{ default = "none", sweep = ["none", "3%"] }}
target = {{ default = "none", sweep = ["none", "6.25%"] }}
trail = {{ default = "none", sweep = ["none", "5%"] }}
fee = {{ default = "{fee}", sweep = ["{fee}", "30 bps"] }}
[entry]
long = "lag"
when = "(lead is at a {{window}}-day high or lead > 2) and lag is over {{behind}} below its {{window}}-day high"
fill = "{fill}"
[exit]
{rule}
after = "{{hold}} days"
stop = "{{stop}}{stop}"
target = "{{target}}{target}"
trail = "{{trail}}{trail}"
[size]
fraction = "{size}"
[risk_free]
annual = "{annual}"
[costs]
commission = "{{fee}}"
slippage = "{slippage}"
"#,
        fee = shape.costs.0,
        slippage = shape.costs.1,
        stop = closes[0],
        target = closes[1],
        trail = closes[2],
        size = shape.size,
        annual = shape.annual,
    );
    Trading::from_toml("test", &Source::new("test.toml", text), &NoWords)
        .unwrap_or_else(|failure| panic!("{failure}"))
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn every_combination_equals_the_reference(
        lead in bars(), lag in bars(), shape in far_shape(), climate in climates(), picks in vec(any::<u64>(), 24),
    ) {
        let (strategy, panel) = (strategy(&shape), panel_in(climate, &lead, &lag));
        let setup = Setup::new(&strategy, &panel, 1.0).unwrap();
        let engine = Engine::new(&setup, &Way::Fast).unwrap();
        let combinations = strategy.combinations().unwrap();
        for pick in picks {
            let found = differences_of(&setup, &engine, pick % combinations).unwrap();
            prop_assert!(found.is_empty(), "{found:?}");
        }
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn walks_side_by_side_are_walks(lead in bars(), lag in bars(), shape in shape()) {
        let (strategy, panel) = (strategy(&shape), panel(&lead, &lag));
        let setup = Setup::new(&strategy, &panel, 1.0).unwrap();
        let engine = Engine::new(&setup, &Way::Fast).unwrap();
        let count = strategy.combinations().unwrap().min(2_000);
        let together = engine.trades_of(&Selection::Range(0..count)).unwrap();
        for number in 0..count {
            let alone = engine.trades_of(&Selection::Range(number..number + 1)).unwrap();
            prop_assert_eq!(together[usize::try_from(number).unwrap()], alone[0]);
        }
    }

    #[test]
    fn both_ways_leave_the_same_outcomes(lead in bars(), lag in bars(), shape in shape()) {
        let (strategy, panel) = (strategy(&shape), panel(&lead, &lag));
        let setup = Setup::new(&strategy, &panel, 1.0).unwrap();
        let all = Selection::Range(0..strategy.combinations().unwrap().min(60));
        let fast = Engine::new(&setup, &Way::Fast).unwrap().block(&all).unwrap();
        let slow = Engine::new(&setup, &Way::Reference(String::new())).unwrap().block(&all).unwrap();
        prop_assert_eq!(fast.outcome_of, slow.outcome_of);
        prop_assert_eq!(fast.outcomes, slow.outcomes);
    }
}

/// A strategy on the second market alone, with a rule and the parameters it has.
pub(super) fn strategy_of(parameters: &str, rule: &str) -> Trading {
    let text = format!(
        r#"
[markets]
lead = "LEAD"
lag = "LAG"
[window]
from = "2020-01-01"
[params]
{parameters}
[entry]
long = "lag"
when = "{rule} and lead > 1"
[exit]
after = "2 days"
[costs]
commission = "10 bps"
slippage = "none"
"#
    );
    Trading::from_toml("other", &Source::new("other.toml", text), &NoWords)
        .unwrap_or_else(|failure| panic!("{failure}"))
}

/// A market and a strategy that trade now and then.
pub(super) fn example() -> (Trading, Panel) {
    let shape = Shape {
        rule: true,
        on_close: [false, true, false],
        close_fill: false,
        size: "100%",
        annual: "0%",
        costs: ("10 bps", "5 bps"),
    };
    let bar = |t: i32| ((t * 7) % 5 - 2, (t * 11) % 9 - 4, t % 3, t % 4);
    let (lead, lag): (Vec<Bar>, Vec<Bar>) = (0..120).map(|t| (bar(t), bar(t + 5))).unzip();
    (strategy(&shape), panel(&lead, &lag))
}

#[test]
fn a_difference_is_found() {
    let (strategy, panel) = example();
    let setup = Setup::new(&strategy, &panel, 1.0).unwrap();
    let other = Setup::new(&strategy, &panel, 1.0).unwrap();
    let mut dearer = strategy.clone();
    dearer.costs.slippage =
        crate::strategy::file::Setting::Fixed(crate::strategy::rule::parse_value("6 bps").unwrap());
    let dear = Setup::new(&dearer, &panel, 1.0).unwrap();
    let alone = crate::strategy::signals::Span::of(&panel, &other.window);
    let family = Family::new(vec![(other, 0, alone)]).unwrap();
    let whole = family.plan(Subset::All, 1).unwrap();
    assert_eq!(check_all(&mut Engines::new(&family), &whole, 20, 1).unwrap(), []);
    let engine = Engine::new(&dear, &Way::Fast).unwrap();
    let found: Vec<_> = (0..50).flat_map(|number| differences_of(&setup, &engine, number).unwrap()).collect();
    assert!(found.iter().any(|difference| difference.what == "trades"));
    assert!(found.iter().any(|difference| difference.what.starts_with("total_return: ")));
}

#[test]
fn an_account_that_costs_ruin_is_ruined_on_both_ways() {
    // Every trade loses 95% in costs and more: after ten of them a trillionth is left.
    let mut dear = example().0;
    let half =
        |text| crate::strategy::file::Setting::Fixed(crate::strategy::rule::parse_value(text).unwrap());
    (dear.costs.commission, dear.costs.slippage) = (half("90%"), half("90%"));
    let falls: Vec<Bar> = (0..400).map(|t| (0, if t % 2 == 0 { 5 } else { -5 }, 1, 1)).collect();
    let panel = panel(&falls, &falls);
    let setup = Setup::new(&dear, &panel, 1.0).unwrap();
    let engine = Engine::new(&setup, &Way::Fast).unwrap();
    let run = |number: u64| single::run(&setup, &dear.combination(number)).unwrap();
    let all = dear.combinations().unwrap();
    let ruined: Vec<u64> = (0..all).filter(|&number| run(number).ledger.ruined.is_some()).collect();
    assert!(!ruined.is_empty());
    for &number in &ruined {
        assert_eq!(differences_of(&setup, &engine, number).unwrap(), []);
        let block = engine.block(&Selection::Range(number..number + 1)).unwrap();
        assert_eq!(block.metrics, run(number).metrics);
        assert_eq!(block.metrics[metrics::index_of("cagr").unwrap()], Ok(-1.0));
    }
    // What is the same until it ends in ruin is one outcome, whatever would have followed.
    let whole = Selection::Range(0..all);
    let slow = Engine::new(&setup, &Way::Reference(String::new())).unwrap().block(&whole).unwrap();
    let fast = engine.block(&whole).unwrap();
    assert_eq!((fast.outcome_of, fast.outcomes), (slow.outcome_of, slow.outcomes));
}

#[test]
fn a_selection_is_a_part_of_the_grid() {
    let (mut strategy, _) = example();
    let grid = strategy.combinations().unwrap();
    assert_eq!(Selection::new(&strategy, Subset::All, 1).unwrap(), Selection::Range(0..grid));
    for subset in [Subset::Random(50), Subset::Sobol(50)] {
        let chosen = Selection::new(&strategy, subset, 1).unwrap();
        let numbers: Vec<u64> = (0..chosen.len()).map(|row| chosen.number(row)).collect();
        assert!(
            numbers.len() == 50 && numbers.is_sorted_by(|a, b| a < b) && numbers[49] < grid,
            "{subset:?}"
        );
        assert_eq!(chosen, Selection::new(&strategy, subset, 1).unwrap());
        assert!((0..50).all(|row| chosen.row(chosen.number(row as u64)) == Some(row)));
    }
    assert_ne!(
        Selection::new(&strategy, Subset::Random(50), 1).unwrap(),
        Selection::new(&strategy, Subset::Random(50), 2).unwrap()
    );
    assert_eq!(Selection::new(&strategy, Subset::Sobol(grid), 1).unwrap(), Selection::Range(0..grid));
    let text =
        strategy.text.replace("[entry]", "[sweep]\nwhere = \"hold < window and window <= 7\"\n[entry]");
    strategy = Trading::from_toml("test", &Source::new("test.toml", text), &NoWords).unwrap();
    let fits = Selection::new(&strategy, Subset::All, 1).unwrap();
    // Of 2 and 7 days of window: 1 day fits both, 4 days 7 alone, `none` is of no size.
    assert_eq!(fits.len(), grid / 9 * (2 + 3));
    assert!(fits.row(0).is_some() && fits.row(grid - 1).is_none());
}

#[test]
fn the_landscape_around_the_best() {
    let (strategy, panel) = example();
    let setup = Setup::new(&strategy, &panel, 1.0).unwrap();
    let plan = Plan::new(&setup, Selection::new(&strategy, Subset::All, 1).unwrap()).unwrap();
    let metric = metrics::named("total_return").unwrap();
    let engine = Engine::new(&setup, &plan.way).unwrap();
    let swept = sweep(&engine, &plan, &mut (), Swept::new(&plan, metric), &|_| true).unwrap();
    let all: Vec<(u64, usize, Option<f64>)> = (0..plan.combinations)
        .map(|number| {
            let run = single::run(&setup, &strategy.combination(number)).unwrap();
            let closed = run.ledger.trades.iter().filter(|trade| !trade.open).count();
            (number, closed, run.metrics[0].ok().filter(|_| !run.ledger.trades.is_empty()))
        })
        .collect();
    for (number, _, value) in &all {
        let found = swept.ranked_value(*number);
        assert_eq!(found.is_some(), value.is_some());
        assert!((found.unwrap_or(0.0) - value.unwrap_or(0.0)).abs() < 1e-12);
    }
    let most = all.iter().map(|(_, closed, _)| *closed).max().unwrap();
    for least in [1, u32::try_from(most).unwrap()] {
        let around = Landscape::new(&[(&strategy, 0)], &swept, metric, least).unwrap();
        let eligible = all.iter().filter(|(_, closed, value)| *closed >= least as usize && value.is_some());
        let best = eligible.clone().map(|(.., value)| value.unwrap()).fold(f64::MIN, f64::max);
        assert_eq!(around.eligible, eligible.clone().count() as u64);
        assert!((around.value - best).abs() < 1e-12);
        let values: Vec<f64> = eligible.clone().filter_map(|(.., value)| *value).collect();
        assert!((around.median - num::median(&values).unwrap()).abs() < 1e-12);
        assert!(around.loss.unwrap() <= around.value - around.neighbours_worst.unwrap() + 1e-12);
        assert!(around.plateau.is_some_and(|share| (0.0..=1.0).contains(&share)));
        assert_eq!(around.profiles.len(), 7);
        let place = Swept::place(&swept, around.best).unwrap();
        assert!(least > 1 || place == 1);
    }
    assert_eq!(Landscape::new(&[(&strategy, 0)], &swept, metric, u32::MAX), None);
    assert_eq!(swept.best(3)[0], Landscape::new(&[(&strategy, 0)], &swept, metric, 1).unwrap().best);
    assert!(
        simulator::trades(&setup.prices(), &[false; 120], None, &setup.orders(&strategy.defaults()), 1.0)
            .is_empty()
    );
}
