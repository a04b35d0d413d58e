//! A hedge whose weight puts it on the side of the first leg: both share the money.

use super::legs::{Owned, after, hedged, run};
use super::*;

/// Ten bars of both markets at one price each, the second at half of it, then a rise by a tenth.
fn rising() -> (Owned, Owned) {
    let prices = [100.0, 100.0, 100.0, 110.0, 110.0];
    (Owned::flat(&prices), Owned::flat(&prices.map(|price| price / 2.0)))
}

#[test]
fn two_long_legs_share_the_money() {
    let (first, other) = rising();
    let ledger = run(&hedged(&first, &other, 0.25), &[0], &after(2));
    // 1,000 in shares of 1 to 0.25: 800 and 200; 8 units at 100 and 4 at 50, out at 110 and 55.
    let fills: Vec<_> = ledger.executions.iter().map(|fill| (fill.leg, fill.units, fill.price)).collect();
    assert_eq!(fills, [(0, 8.0, 100.0), (1, 4.0, 50.0), (0, -8.0, 110.0), (1, -4.0, 55.0)]);
    all_near(&ledger.cash, &[1000.0, 0.0, 0.0, 1100.0, 1100.0]);
    all_near(&ledger.equity, &[1000.0, 1000.0, 1000.0, 1100.0, 1100.0]);
    let trade = &ledger.trades[0];
    near(trade.pnl, 100.0);
    // Returns are over the money of both.
    near(trade.gross_return, 0.1);
    near(trade.net_return, 0.1);
}

#[test]
fn costs_come_out_of_each_legs_share() {
    let (first, other) = rising();
    let costs = Costs { commission: 0.01, slippage: 0.02, least: 10.0, ..Costs::default() };
    let ledger = run(&hedged(&first, &other, 0.25), &[0], &Orders { costs, ..after(2) });
    // The least commission of 10 is more than 1% of either share: 790 at 102, and 190 at 51.
    near(ledger.executions[0].units, 790.0 / 102.0);
    near(ledger.executions[1].units, 190.0 / 51.0);
    near(ledger.cash[1], 0.0);
    let out = 790.0 / 102.0 * 107.8 - 10.0 + 190.0 / 51.0 * 53.9 - 10.0;
    near(ledger.trades[0].pnl, out - 1000.0);
    near(ledger.trades[0].net_return, (out - 1000.0) / 1000.0);
    near(ledger.trades[0].gross_return, (out + 10.0 + 10.0) / 980.0 - 1.0);
}

#[test]
fn two_short_legs_share_it_too() {
    let (first, other) = rising();
    let ledger = run(&hedged(&first, &other, 0.25), &[0], &Orders { side: Side::Short, ..after(2) });
    let units: Vec<_> = ledger.executions.iter().map(|fill| fill.units).collect();
    assert_eq!(units, [-8.0, -4.0, 8.0, 4.0]);
    near(ledger.trades[0].pnl, -100.0);
    near(ledger.trades[0].net_return, -0.1);
}

#[test]
fn the_leg_that_opens_first_leaves_the_others_share() {
    let days = [0, 1, 2, 3, 4];
    let first = Owned::on(&days, (9, 16), &[STILL; 5]);
    let early = Owned::on(&days, (6, 20), &[[50.0; 4]; 5]);
    let costs = Costs { commission: 0.01, slippage: 0.02, ..Costs::default() };
    let ledger = run(&hedged(&first, &early, 0.25), &[1], &Orders { costs, ..after(2) });
    assert_eq!((ledger.executions[0].leg, ledger.executions[1].leg), (1, 0));
    near(ledger.executions[0].units, 200.0 / (51.0 * 1.01));
    near(ledger.executions[1].units, 800.0 / (102.0 * 1.01));
    near(ledger.cash[2], 0.0);
}

#[test]
fn lots_and_risk_and_leverage_hold_for_both() {
    let (first, other) = rising();
    let lots = Limits { lot: 3.0, ..Limits::default() };
    let ledger = run(&hedged(&first, &other, 0.25), &[0], &Orders { limits: lots, ..after(2) });
    // 8 units are 6 in lots of 3. A quarter of their 600 is 150: 3 units at 50.
    let units: Vec<_> = ledger.executions.iter().map(|fill| fill.units).collect();
    assert_eq!(units, [6.0, 3.0, -6.0, -3.0]);
    // A risk of 50% at a stop of 10% asks for 5 times equity; both legs get it once.
    let mut risk = Orders { sizing: Sizing::Risk(0.5), ..after(2) };
    risk.exits.stop = Some(inside(0.1));
    let ledger = run(&hedged(&first, &other, 0.25), &[0], &risk);
    near(ledger.executions[0].units, 8.0);
    near(ledger.cash[1], 0.0);
    // With a leverage of 2 it is borrowed, and no more than that.
    let twice = Limits { leverage: 2.0, ..Limits::default() };
    let ledger = run(&hedged(&first, &other, 0.25), &[0], &Orders { limits: twice, ..risk });
    near(ledger.executions[0].units, 16.0);
    near(ledger.cash[1], -1000.0);
}

#[test]
fn parts_share_each_their_money() {
    let (first, other) = rising();
    let scale = Scale::Over { parts: 2, bars: 1 };
    let ledger = run(&hedged(&first, &other, 0.25), &[0], &Orders { scale, ..after(3) });
    all_near(&ledger.cash[..3], &[1000.0, 500.0, 0.0]);
    near(ledger.trades[0].net_return, 0.1);
}
