//! What follows each order alone, one after the other, is what the account lives through.

use proptest::prelude::*;

use super::laws::{Scene, scene};
use super::*;

/// Orders of a scene whose outcome is in proportion to the money.
fn in_proportion(scene: &Scene, again: Again, per_unit: f64) -> Orders {
    let orders = scene.orders;
    let sizing = match orders.sizing {
        Sizing::Kelly { .. } | Sizing::Amount(_) => Sizing::Fraction,
        other => other,
    };
    let scale = match orders.scale {
        Scale::Adds(_) => Scale::Over { parts: 3, bars: 5 },
        other => other,
    };
    let costs = Costs { per_unit, ..orders.costs };
    Orders { costs, sizing, again, scale, ..orders }
}

/// What follows one order; the same beside others that hold for longer or shorter.
fn course_of(terms: &Terms<'_>, signal: usize, rule: Option<&[bool]>, orders: &Orders) -> Course {
    let after = orders.exits.after;
    let afters = [Some(1), Some(2), Some(5), Some(9)].into_iter().filter(|other| *other < after);
    let longer = [Some(11), Some(30), None]
        .into_iter()
        .filter(|other| after.is_some() && (other.is_none() || *other > after));
    let shorter: Vec<Option<u32>> = afters.filter(|_| after.is_some()).collect();
    let all: Vec<Option<u32>> = shorter.iter().copied().chain([after]).chain(longer).collect();
    let alone = courses_on(terms, signal, rule, orders, &[after]);
    let among = courses_on(terms, signal, rule, orders, &all);
    assert_eq!((alone.len(), among.len()), (1, all.len()));
    // Where nothing is known of a price it is no number.
    assert_eq!(format!("{:?}", alone[0]), format!("{:?}", among[shorter.len()]));
    alone[0].clone()
}

/// Walks from order to order as a sweep does, and compares with the ledger.
fn chained(terms: &Terms<'_>, entry: &[bool], rule: &[bool], orders: &Orders) -> Result<(), TestCaseError> {
    let capital = 137.0;
    let ledger = simulate_on(terms, entry, Some(rule), orders, capital);
    let (mut from, mut money, mut trades) = (0, capital, ledger.trades.iter());
    let mut equity = vec![capital; entry.len()];
    let heeded = |t: &usize| entry[*t] && !(orders.again.fresh && *t > 0 && entry[*t - 1]);
    while let Some(signal) = (from..entry.len()).find(heeded) {
        let course = course_of(terms, signal, Some(rule), orders);
        if course.is_narrow {
            return Ok(());
        }
        prop_assert!(course.free > signal);
        from = course.free;
        let Some(own) = course.trade else {
            prop_assert!(course.equity.is_empty());
            continue;
        };
        let Some(its) = trades.next() else {
            return Err(TestCaseError::fail(format!("{own:?} is no trade")));
        };
        prop_assert_eq!(
            (own.signal, own.entry, own.exit, own.side),
            (its.signal, its.entry, its.exit, its.side)
        );
        prop_assert_eq!((own.reasons, own.open), (its.reasons, its.open));
        prop_assert_eq!((own.parts, own.parts_planned), (its.parts, its.parts_planned));
        prop_assert_eq!(own.entry_price.to_bits(), its.entry_price.to_bits());
        prop_assert!((own.exit_price - its.exit_price).abs() <= 1e-14 * its.exit_price.abs());
        let near = |own: f64, its: f64| (own * money - its).abs() <= 1e-10 * money;
        prop_assert!(near(own.pnl, its.pnl) && near(own.commission, its.commission));
        prop_assert!(near(own.financing, its.financing) && near(own.units, its.units));
        prop_assert!(!(own.net_return - its.net_return).abs().gt(&1e-10));
        for (place, value) in course.equity.iter().enumerate() {
            equity[course.first + place] = money * value;
        }
        money *= course.equity.last().copied().unwrap_or(1.0);
        equity[course.first + course.equity.len()..].fill(money);
    }
    prop_assert!(trades.next().is_none());
    for (own, its) in equity.iter().zip(&ledger.equity) {
        prop_assert!((own - its).abs() <= 1e-10 * its.abs(), "{own} and {its}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn the_ledger_is_one_course_after_the_other(
        scene in scene(), cooldown in 0..5_u32, fresh in any::<bool>(), per_unit in 0..2_u8,
        hours in prop::sample::select(vec![[(0, 24), (0, 24)], [(14, 21), (0, 24)], [(9, 17), (14, 21)]]),
    ) {
        let orders = in_proportion(&scene, Again { cooldown, fresh }, f64::from(per_unit) * 0.05);
        let [borrow, _, funding] = scene.rates;
        let scene = Scene { rates: [borrow, 0.0, funding], ..scene };
        let (first, other) = scene.apart(usize::MAX, hours);
        scene.on_terms(&first, &other, |terms, entry, rule| chained(terms, entry, rule, &orders))?;
    }
}

#[test]
fn what_is_not_in_proportion_is_another_course() {
    // The law can fail: an amount of money buys less of a larger account.
    let (open, entry) = ([100.0, 100.0, 110.0, 120.0], [true, false, false, false]);
    let prices = Prices { open: &open, high: &open, low: &open, close: &open };
    let terms = Terms::outright(Market::of(prices));
    let orders = |sizing| Orders { sizing, size: 1.0, ..Orders::default() };
    let chain = |sizing| chained(&terms, &entry, &[false; 4], &orders(sizing));
    assert!(chain(Sizing::Fraction).is_ok());
    assert!(chain(Sizing::Amount(1.0)).is_err());
}

#[test]
fn a_course_is_narrow_where_next_to_nothing_is_left() {
    let short = |end: f64| {
        let open = [100.0, 100.0, end, end];
        let prices = Prices { open: &open, high: &open, low: &open, close: &open };
        let orders = Orders { side: Side::Short, size: 1.0, ..Orders::default() };
        course_of(&Terms::outright(Market::of(prices)), 0, None, &orders)
    };
    assert!(!short(150.0).is_narrow && short(199.9).is_narrow && short(250.0).is_narrow);
    assert_eq!((short(150.0).equity, short(150.0).free), (vec![1.0, 0.5, 0.5], 4));
}
