//! Trades found on demand are those of the table, whatever is remembered of them; and what the plan counts.

use super::courses::{apart, lines, sample, sessions};
use super::*;
use crate::strategy::signals::{Span, true_bars};

/// Engines without a table, which remember all, little or nothing.
fn on_demand<'a>(setup: &'a Setup<'a>) -> Vec<Engine<'a>> {
    let engine = || Engine::evaluated(setup, &Way::Fast).unwrap();
    vec![engine(), engine().remembering(10_000), engine().remembering(0)]
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn plain_trades_on_demand_are_those_of_the_table(lead in bars(), lag in bars(), shape in shape()) {
        let (strategy, panel) = (strategy(&shape), panel(&lead, &lag));
        let setup = Setup::new(&strategy, &panel, 1.0).unwrap();
        let all = Selection::Range(0..strategy.combinations().unwrap().min(300));
        let table = Engine::new(&setup, &Way::Fast).unwrap();
        let block = table.block(&all).unwrap();
        for engine in on_demand(&setup) {
            prop_assert_eq!(&engine.block(&all).unwrap(), &block);
            prop_assert_eq!(engine.trades_of(&all).unwrap(), table.trades_of(&all).unwrap());
        }
    }

    #[test]
    fn courses_on_demand_are_those_of_the_table(
        lead in bars(), lag in bars(), lines in lines(), session in sessions(), pick in any::<u64>(),
    ) {
        let (strategy, panel) = (lines.strategy(), apart(Climate::Steps, &lead, &lag, session));
        let setup = Setup::new(&strategy, &panel, 1.0).unwrap();
        let combinations = strategy.combinations().unwrap();
        let all = Selection::Range(0..combinations.min(100));
        let table = Engine::new(&setup, &Way::Fast).unwrap();
        let block = table.block(&all).unwrap();
        for engine in on_demand(&setup) {
            prop_assert_eq!(&engine.block(&all).unwrap(), &block);
            prop_assert_eq!(engine.trades_of(&all).unwrap(), table.trades_of(&all).unwrap());
            let found = differences_of(&setup, &engine, pick % combinations).unwrap();
            prop_assert!(found.is_empty(), "{found:?}\n{}", strategy.text);
        }
    }
}

/// Two markets that are below their highs on almost every bar.
fn dense(side: &str, exit: &str) -> (Trading, Panel) {
    let borrow = if side == SIDES[0].0 || side == SIDES[3].0 { "" } else { "borrow = \"3%\"\n" };
    let text = format!(
        "[markets]\nlead = \"LEAD\"\nlag = \"LAG\"\n[window]\nfrom = \"2020-01-01\"\n[params]\n\
         behind = {{ default = \"1%\", sweep = [\"0.1%\", \"1%\", \"3%\"] }}\n\
         hold = {{ default = 5, sweep = [2, 5, 11] }}\nstop = {{ default = \"4%\", sweep = [\"none\", \"4%\"] }}\n\
         [entry]\n{side}\nwhen = \"lag is over {{behind}} below its high and lead > 1\"\n[exit]\n\
         after = \"{{hold}} days\"\nstop = \"{{stop}}\"\n{exit}\n[costs]\ncommission = \"10 bps\"\n\
         slippage = \"5 bps\"\n{borrow}"
    );
    let strategy = Trading::from_toml("dense", &Source::new("dense.toml", text), &NoWords)
        .unwrap_or_else(|failure| panic!("{failure}"));
    let bar = |t: i32| ((t * 7) % 5 - 2, (t * 11) % 9 - 4, t % 3, t % 4);
    let (lead, lag): (Vec<Bar>, Vec<Bar>) = (0..400).map(|t| (bar(t), bar(t * t + 5))).unzip();
    (strategy, panel(&lead, &lag))
}

const SIDES: [(&str, &str); 4] = [
    ("long = \"lag\"", ""),
    ("short = \"lag\"", "target = \"5%\""),
    ("long = \"lag\"\nhedge = \"lead\"", ""),
    ("long = \"lag\"\nscale = \"3 parts over 4 days\"", "trail = \"6%\""),
];

#[test]
fn dense_signals_equal_the_reference() {
    for (side, exit) in SIDES {
        let (strategy, panel) = dense(side, exit);
        let setup = Setup::new(&strategy, &panel, 1.0).unwrap();
        let table = Engine::new(&setup, &Way::Fast).unwrap();
        let signals = table.signals().unwrap();
        assert!(signals * 10 > 400 * 7, "{signals} signals");
        let all = Selection::Range(0..strategy.combinations().unwrap());
        for engine in on_demand(&setup) {
            assert_eq!(engine.block(&all).unwrap(), table.block(&all).unwrap(), "{side}");
            for number in 0..strategy.combinations().unwrap() {
                assert_eq!(differences_of(&setup, &engine, number).unwrap(), [], "{side}");
            }
        }
    }
}

#[test]
fn threads_change_nothing_of_trades_on_demand() {
    for (side, exit) in SIDES {
        let (strategy, panel) = dense(side, exit);
        let setup = Setup::new(&strategy, &panel, 1.0).unwrap();
        let all = Selection::Range(0..strategy.combinations().unwrap());
        let of = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Engine::evaluated(&setup, &Way::Fast).unwrap().block(&all).unwrap())
        };
        let one = of(1);
        assert!([2, 3, 7].into_iter().all(|threads| of(threads) == one), "{side}");
    }
}

#[test]
fn a_plan_counts_the_signals() {
    let (short, other) = sample("short = \"lag\"", "", "");
    for (strategy, panel) in [example(), (short, other)] {
        let setup = Setup::new(&strategy, &panel, 1.0).unwrap();
        let mut any = vec![false; setup.window.len()];
        let mut evaluator = crate::strategy::rule::Evaluator::new(&strategy.graph, &panel);
        for number in 0..strategy.combinations().unwrap() {
            let values = strategy.combination(number);
            let own = true_bars(&mut evaluator, strategy.entry.node, &values, &setup.window).unwrap();
            any.iter_mut().zip(own).for_each(|(any, own)| *any |= own);
        }
        // The last bar has none after it to enter in.
        any.pop();
        let signals = any.iter().filter(|signal| **signal).count() as u64;
        let alone = Span::of(&panel, &setup.window);
        let family = Family::new(vec![(setup.clone(), 0, alone), (setup.clone(), 1, alone)]).unwrap();
        let mut whole = family.plan(Subset::All, 1).unwrap();
        Engines::new(&family).estimate(&mut whole).unwrap();
        for (_, plan) in &whole.plans {
            let estimate = plan.estimate.unwrap();
            assert_eq!((estimate.signals, estimate.too_many), (Some(signals), None));
            assert!(estimate.nanos > 0 && estimate.bytes > 0);
        }
        assert!(signals > 10);
    }
}

#[test]
fn what_is_not_evaluated_is_estimated_from_the_first_of_its_strategy() {
    let (strategy, panel) = example();
    let setup = Setup::new(&strategy, &panel, 1.0).unwrap();
    let whole = Plan::new(&setup, Selection::Range(0..100)).unwrap();
    let half = Plan::new(&setup, Selection::Range(0..50)).unwrap();
    let estimate = Estimate { signals: Some(7), too_many: None, nanos: 1_000, bytes: 90 };
    let scaled = estimate.scaled(&whole, &half);
    assert_eq!(scaled, Estimate { signals: None, too_many: None, nanos: 500, bytes: 90 });
}
