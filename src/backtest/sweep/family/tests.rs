//! Every member has what its own sweep has; parts are whole blocks of the whole.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::super::tests::{Bar, NoWords, bars, example, panel, strategy_of};
use super::*;
use crate::backtest::metrics::{self, Metric};
use crate::backtest::sweep::sweep;
use crate::base::diagnostic::Source;
use crate::market::series::Panel;
use crate::strategy::file::Strategy as Trading;

/// The example's strategy with a list in the place of the traded market, and another that has one market.
fn strategies() -> [Trading; 2] {
    let (plain, _) = example();
    let listed = plain.text.replace("lag = \"LAG\"", "lag = { sweep = [\"LAG\", \"LEAD\"] }");
    // Some settings of each never trade: of different members these are different outcomes, too.
    let listed = listed.replace("\"9%\"", "\"99%\"");
    let other = strategy_of("fall = { default = 2, sweep = [2, 3, 500] }", "lag hits a {fall}-day low");
    [Trading::from_toml("listed", &Source::new("listed.toml", listed), &NoWords).unwrap(), other]
}

/// The panels of the first one's symbols, and that of the second.
fn panels(lead: &[Bar], lag: &[Bar]) -> [Panel; 3] {
    [panel(lead, lag), panel(lag, lead), panel(lead, lag)]
}

fn family<'a>(strategies: &'a [Trading; 2], panels: &'a [Panel; 3]) -> Family<'a> {
    let member = |(at, strategy): (usize, usize)| {
        let setup = Setup::new(&strategies[strategy], &panels[at], 1.0).unwrap();
        let alone = Span::of(&panels[at], &setup.window);
        (setup, strategy, alone)
    };
    Family::new([(0, 0), (1, 0), (2, 1)].map(member).to_vec()).unwrap()
}

fn swept(family: &Family<'_>, whole: &Whole, metric: &Metric) -> Swept {
    let listeners = Listeners { begun: &|_, _| {}, progress: &|_| true };
    sweep_all(&mut Engines::new(family), whole, &mut (), Swept::of(&whole.selection, metric), &listeners)
        .unwrap()
}

#[test]
fn every_member_has_what_its_own_sweep_has() {
    let bar = |t: i32| ((t * 7) % 5 - 2, (t * 11) % 9 - 4, t % 3, t % 4);
    let (lead, lag): (Vec<Bar>, Vec<Bar>) = (0..120).map(|t| (bar(t), bar(t * t + 5))).unzip();
    let (strategies, panels) = (strategies(), panels(&lead, &lag));
    let family = family(&strategies, &panels);
    let metric = metrics::named("total_return").unwrap();
    let whole = family.plan(Subset::All, 1).unwrap();
    let all = swept(&family, &whole, metric);
    assert_eq!(all.rows(), strategies.iter().map(|strategy| strategy.combinations().unwrap()).sum::<u64>());
    let mut outcomes = 0;
    for (member, tally) in family.members().iter().zip(family.tallies(&all)) {
        let Range { start, end } = member.numbers;
        let plan =
            Plan::new(&member.setup, Selection::Range(start - member.first..end - member.first)).unwrap();
        let engine = Engine::new(&member.setup, &plan.way).unwrap();
        let own = sweep(&engine, &plan, &mut (), Swept::new(&plan, metric), &|_| true).unwrap();
        for number in member.numbers.clone() {
            let (here, alone) = (all.outcome(number).unwrap(), own.outcome(number - member.first).unwrap());
            assert_eq!((here.value, here.closed, here.open), (alone.value, alone.closed, alone.open));
            assert_eq!(here.first_combination, alone.first_combination + member.first);
            assert_eq!(family.member(number).numbers, member.numbers);
        }
        outcomes += own.outcomes.len();
        assert_eq!(tally.best, own.best(1).first().map(|number| number + member.first));
        assert_eq!((tally.combinations, tally.without_trade), (end - start, own.without_trade()));
        assert!(tally.without_trade > 0);
    }
    assert_eq!(all.outcomes.len(), outcomes, "no two members share an outcome");
    assert_eq!(check_all(&mut Engines::new(&family), &whole, 30, 1).unwrap(), []);
}

#[test]
fn a_difference_is_told_by_its_number_in_the_whole() {
    let (strategy, panel) = example();
    let mut dearer = strategy.clone();
    dearer.costs.slippage =
        crate::strategy::file::Setting::Fixed(crate::strategy::rule::parse_value("6 bps").unwrap());
    let setup = |strategy| Setup::new(strategy, &panel, 1.0).unwrap();
    let alone = Span::of(&panel, &setup(&strategy).window);
    let grid = strategy.combinations().unwrap();
    let family = Family::new(vec![(setup(&strategy), 0, alone), (setup(&dearer), 1, alone)]).unwrap();
    let whole = family.plan(Subset::All, 1).unwrap();
    // The second member's engine is made from the first one's costs.
    let engine = Engine::new(&family.members()[0].setup, &Way::Fast).unwrap();
    let mut engines = Engines { family: &family, ready: Some((1, engine)), evaluated: None };
    let told = check_of(&mut engines, &whole, &(grid..grid + 50).collect::<Vec<_>>()).unwrap();
    assert!(told.iter().any(|difference| difference.what == "trades"));
    assert!(told.iter().all(|difference| difference.combination >= grid));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn parts_are_whole_blocks_of_the_whole(
        lead in bars(), lag in bars(), of in 1..9_u64, wanted in 1..300_u64, sobol in any::<bool>(), seed in 0..9_u64,
    ) {
        let (strategies, panels) = (strategies(), panels(&lead, &lag));
        let family = family(&strategies, &panels);
        let subset = if sobol { Subset::Sobol(wanted) } else { Subset::Random(wanted) };
        let whole = family.plan(subset, seed).unwrap();
        prop_assert_eq!(whole.combinations(), wanted);
        let blocks = family.blocks(&whole.selection);
        let mut numbers: Vec<u64> = Vec::new();
        let mut rows = 0;
        for part in 1..=of {
            let Some(part) = family.part(&whole, part, of).unwrap() else { continue };
            for block in family.blocks(&part.selection) {
                prop_assert!(blocks.contains(&(block.start + rows..block.end + rows)));
                let places = block.clone().map(|row| family.place(part.selection.number(row)));
                prop_assert!(places.clone().all(|place| Some(place) == places.clone().next()));
            }
            rows += part.combinations();
            numbers.extend((0..part.combinations()).map(|row| part.selection.number(row)));
            let planned: u64 = part.plans.iter().map(|(_, plan)| plan.combinations).sum();
            prop_assert_eq!(planned, part.combinations());
        }
        let all: Vec<u64> = (0..wanted).map(|row| whole.selection.number(row)).collect();
        prop_assert!(all.is_sorted_by(|a, b| a < b));
        prop_assert_eq!(numbers, all);
    }
}
