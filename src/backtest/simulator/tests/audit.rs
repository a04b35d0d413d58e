//! What an accountant asked of the ledger: the order of events, lots, who is refused.

use super::legs::{Owned, hedged, orders, run};
use super::*;

#[test]
fn at_closes_too_a_hedge_fills_before_what_is_known_later() {
    // Bars from midnight to midnight, the hedge from 14 to 21 on days 0, 1, 4 and 5. Both are ordered at the end of
    // day 1; the first fills at the end of day 2, the hedge at 21 of day 4. The stop inside of day 4 is known at its
    // end: the hedge is in by then and leaves at 21 of day 5.
    let first = Owned::daily(&[STILL, STILL, STILL, STILL, [100.0, 100.0, 70.0, 80.0], STILL, STILL]);
    let other = Owned::on(&[0, 1, 4, 5], (14, 21), &[[50.0; 4], [50.0; 4], [50.0; 4], [40.0; 4]]);
    let exits = Exits { stop: Some(inside(0.25)), ..Exits::default() };
    let ledger = run(&hedged(&first, &other, -1.0), &[1], &Orders { fill: Fill::Close, exits, ..orders() });
    let fills: Vec<_> = ledger.executions.iter().map(|e| (e.leg, e.bar, e.quoted)).collect();
    assert_eq!(fills, [(0, 2, 100.0), (1, 4, 50.0), (0, 4, 75.0), (1, 5, 40.0)]);
    near(ledger.trades[0].pnl, -250.0 + 200.0);
}

#[test]
fn at_closes_too_a_hedge_fills_before_the_open_that_ends_the_trade() {
    // The traded market is open from 14 to 21. Its hedge closes at midnight: ordered at 21 of day 1, it fills at the end
    // of day 2, before the first opens beyond the stop on day 3.
    let days: Vec<usize> = (0..6).collect();
    let bars = [STILL, STILL, STILL, [70.0; 4], STILL, STILL];
    let first = Owned::on(&days, (14, 21), &bars);
    let other = Owned::flat(&[50.0, 50.0, 50.0, 40.0, 40.0, 40.0]);
    let exits = Exits { stop: Some(inside(0.25)), ..Exits::default() };
    let ledger = run(&hedged(&first, &other, -1.0), &[1], &Orders { fill: Fill::Close, exits, ..orders() });
    let fills: Vec<_> = ledger.executions.iter().map(|e| (e.leg, e.quoted)).collect();
    assert_eq!(fills, [(0, 100.0), (1, 50.0), (0, 70.0), (1, 40.0)]);
}

#[test]
fn a_part_that_leaves_is_whole_lots_too() {
    let limits = Limits { lot: 1.0, ..Limits::default() };
    let sold = |part: f64, limits: Limits| {
        let bars = [[190.0; 4], [190.0; 4], [190.0, 250.0, 190.0, 240.0], [240.0; 4], [240.0; 4]];
        let market = Owned::daily(&bars);
        let exits = Exits {
            partials: Partials::of(&[Partial { at: 0.25, part }]),
            after: Some(2),
            ..Exits::default()
        };
        let ledger = run(&Terms::outright(market.market()), &[0], &Orders { exits, limits, ..orders() });
        ledger.executions.iter().map(|e| e.units).collect::<Vec<_>>()
    };
    // Of 5 units half is 2, and a tenth is none; no order is worth less than the least.
    assert_eq!(sold(0.5, limits), [5.0, -2.0, -3.0]);
    assert_eq!(sold(0.1, limits), [5.0, -5.0]);
    assert_eq!(sold(0.5, Limits { notional: 500.0, ..limits }), [5.0, -5.0]);
}

#[test]
fn a_short_may_stop_further_away_than_its_price() {
    let market = Owned::flat(&[100.0, 100.0, 180.0, 230.0, 230.0]);
    let mut terms = Terms::outright(market.market());
    terms.volatility = Known::Same(0.5);
    let exits = Exits { stop: Some(inside(2.5)), stop_by_volatility: true, ..Exits::default() };
    let orders = Orders { exits, size: 0.25, side: Side::Short, ..orders() };
    // Two and a half of 50%: at 225, opened beyond on bar 3.
    let ledger = run(&terms, &[0], &orders);
    assert_eq!((ledger.trades[0].exit, ledger.trades[0].reasons), (3, Reasons::STOP));
    // A long has no such stop, and is not entered.
    assert!(run(&terms, &[0], &Orders { side: Side::Long, ..orders }).trades.is_empty());
}
