//! Baskets worked out by hand: one sum for all legs, exits on the value of all of them.

use super::legs::{Owned, orders, run};
use super::*;

/// A basket of a first market with a share of the money, and others with theirs.
fn basket<'a>(first: (&'a Owned, &'a [f64]), others: &[(&'a Owned, &'a [f64])]) -> Terms<'a> {
    let mut terms = Terms::outright(first.0.market());
    terms.basket = true;
    terms.share = Known::Each(first.1);
    for (place, (market, weight)) in others.iter().enumerate() {
        terms.markets.push(market.market());
        terms.legs.push(LegTerms { market: place + 1, weight: Known::Each(weight) });
        terms.rough.push(Known::Same(0.0));
    }
    terms
}

fn told(exits: Exits) -> Orders {
    Orders { sizing: Sizing::Told, exits, ..orders() }
}

fn hold(bars: u32) -> Orders {
    told(Exits { after: Some(bars), ..Exits::default() })
}

const ONE: [f64; 9] = [1.0; 9];

#[test]
fn equal_parts_share_one_sum_and_all_costs_come_out_of_it() {
    let (a, b) = (Owned::flat(&[100.0, 100.0, 110.0, 120.0]), Owned::flat(&[50.0, 50.0, 40.0, 40.0]));
    let terms = basket((&a, &[0.5; 4]), &[(&b, &ONE[..4])]);
    let costs = Costs { commission: 0.01, slippage: 0.02, ..Costs::default() };
    let ledger = run(&terms, &[0], &Orders { costs, ..hold(2) });
    let units = 500.0 / (102.0 * 1.01);
    near(ledger.executions[0].units, units);
    near(ledger.executions[1].units, 2.0 * units);
    near(ledger.cash[1], 0.0);
    let end = units * (120.0 + 80.0) * 0.98 * 0.99;
    near(ledger.equity[3], end);
    let trade = &ledger.trades[0];
    near(trade.net_return, end / 1000.0 - 1.0);
    // Before commission, over the money in all legs.
    near(trade.gross_return, 200.0 * 0.98 / 204.0 - 1.0);
    assert_eq!((trade.entry, trade.exit, trade.reasons), (1, 3, Reasons::AFTER));
}

#[test]
fn weights_known_at_the_decision_share_the_money_out() {
    // One part in three and two in three, as of the second decision; the first would have been half and half.
    let (a, b) = (Owned::flat(&[100.0; 5]), Owned::flat(&[50.0, 50.0, 50.0, 60.0, 60.0]));
    let shares = [0.5, 1.0 / 3.0, 0.2, 0.2, 0.2];
    let weights = [1.0, 2.0, 4.0, 4.0, 4.0];
    let ledger = run(&basket((&a, &shares), &[(&b, &weights)]), &[1], &hold(1));
    let units: Vec<f64> = ledger.executions.iter().map(|fill| fill.units).collect();
    all_near(&units[..2], &[10.0 / 3.0, 40.0 / 3.0]);
    near(ledger.equity[4], 1000.0 + 400.0 / 3.0);
    // Half of the account for all legs together; three legs.
    let c = Owned::flat(&[10.0; 5]);
    let ledger = run(&basket((&a, &[0.125; 5]), &[(&b, &ONE[..5]), (&c, &[2.0; 5])]), &[0], &hold(1));
    let units: Vec<f64> = ledger.executions.iter().map(|fill| fill.units).collect();
    all_near(&units[..3], &[1.25, 2.5, 25.0]);
    near(ledger.cash[1], 500.0);
}

#[test]
fn a_basket_is_bought_whole_or_not_at_all() {
    let (a, b) = (Owned::flat(&[100.0; 4]), Owned::flat(&[50.0; 4]));
    let nan = [f64::NAN; 4];
    assert_eq!(run(&basket((&a, &nan), &[(&b, &nan)]), &[0], &hold(1)).trades, []);
    // No bar of the second is known yet.
    let late = Owned::on(&[2, 3], (0, 24), &[[50.0; 4]; 2]);
    let terms = basket((&a, &[0.5; 4]), &[(&late, &ONE[..4])]);
    assert_eq!(run(&terms, &[0], &hold(1)).trades, []);
}

#[test]
fn exits_look_at_the_value_of_all_legs_at_closes() {
    let at = |fraction| Some(closes(fraction));
    let left = |exits: Exits, a: &[f64], b: &[f64]| {
        let (bars, a, b) = (a.len(), Owned::flat(a), Owned::flat(b));
        let shares = vec![0.5; bars];
        let ledger = run(&basket((&a, &shares), &[(&b, &ONE[..bars])]), &[0], &told(exits));
        let trade = &ledger.trades[0];
        (trade.exit, trade.reasons.to_string())
    };
    // 5 at 100 and 10 at 50. The first one alone never falls; both together are 800 at the close of bar 3.
    let a = [100.0; 6];
    let b = [50.0, 50.0, 31.0, 30.0, 50.0, 50.0];
    assert_eq!(left(Exits { stop: at(0.2), ..Exits::default() }, &a, &b), (4, "stop".into()));
    let b = [50.0, 50.0, 69.0, 70.0, 50.0, 50.0];
    assert_eq!(left(Exits { target: at(0.2), ..Exits::default() }, &a, &b), (4, "target".into()));
    // From 1.25 to 1.0 is a fifth; the close that makes the peak is not held against it.
    let b = [50.0, 50.0, 75.0, 51.0, 50.0, 50.0];
    assert_eq!(left(Exits { trail: at(0.2), ..Exits::default() }, &a, &b), (5, "trail".into()));
}

#[test]
fn exits_of_a_short_basket_are_mirrored() {
    let (a, b) = (Owned::flat(&[100.0; 5]), Owned::flat(&[50.0, 50.0, 70.0, 60.0, 60.0]));
    let stop = Exits { stop: Some(closes(0.2)), ..Exits::default() };
    let short = Orders { side: Side::Short, ..told(stop) };
    let ledger = run(&basket((&a, &[0.5; 5]), &[(&b, &ONE[..5])]), &[0], &short);
    let trade = &ledger.trades[0];
    assert_eq!((trade.exit, trade.reasons), (3, Reasons::STOP));
    near(ledger.equity[2], 800.0);
    near(trade.pnl, -100.0);
    near(trade.gross_return, -0.1);
}

#[test]
fn legs_in_other_sessions_get_what_the_decision_planned() {
    // A market of afternoons that pauses from day 1 to day 4, and one of whole days that doubles on day 3.
    let a = Owned::on(&[1, 4, 5], (14, 21), &[[100.0; 4]; 3]);
    let b = Owned::flat(&[50.0, 50.0, 50.0, 100.0, 100.0, 100.0, 100.0]);
    let ledger = run(&basket((&a, &[0.5; 3]), &[(&b, &ONE[..3])]), &[0], &hold(1));
    let fills: Vec<(usize, f64)> = ledger.executions.iter().map(|fill| (fill.leg, fill.units)).collect();
    // Bought at 50 on day 2; on day 4 the other half is still 500, though the account is worth 1,500.
    assert_eq!(fills[..2], [(1, 10.0), (0, 5.0)]);
    near(ledger.cash[1], 0.0);
    near(ledger.equity[1], 1500.0);
}
