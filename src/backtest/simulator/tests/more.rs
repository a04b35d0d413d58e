//! Further exits, sizes and costs, worked out by hand.

use super::legs::{DAY, Owned, YEAR, after, hedged, orders, run};
use super::*;

/// The ledger of a long trade from the close of bar 0.
fn ledger(bars: &[[f64; 4]], orders: &Orders) -> Ledger {
    let market = Owned::daily(bars);
    run(&Terms::outright(market.market()), &[0], orders)
}

fn exits(exits: Exits) -> Orders {
    Orders { exits, ..orders() }
}

fn story(ledger: &Ledger) -> Vec<(usize, f64, String)> {
    ledger.trades.iter().map(|trade| (trade.exit, trade.exit_price, trade.reasons.to_string())).collect()
}

#[test]
fn break_even_moves_the_stop_to_the_fill() {
    let even = Exits { stop: Some(inside(0.5)), break_even: Some(0.25), ..Exits::default() };
    // 125 is reached on bar 2; from bar 3 on the stop stands at 100.
    let bars = [STILL, STILL, [110.0, 125.0, 105.0, 120.0], [115.0, 116.0, 99.0, 110.0], STILL];
    assert_eq!(story(&ledger(&bars, &exits(even))), [(3, 100.0, "stop".into())]);
    // 124 is not enough; the stop of 50 holds.
    let bars = [STILL, STILL, [110.0, 124.0, 105.0, 120.0], [115.0, 116.0, 99.0, 110.0], STILL];
    assert!(ledger(&bars, &exits(even)).trades[0].open);
    // Without a stop of its own there is one from then on; a gap below it fills at the open.
    let alone = Exits { break_even: Some(0.25), ..Exits::default() };
    let bars = [STILL, STILL, [110.0, 125.0, 105.0, 120.0], [90.0, 95.0, 89.0, 94.0], STILL];
    assert_eq!(story(&ledger(&bars, &exits(alone))), [(3, 90.0, "stop".into())]);
}

#[test]
fn a_stop_by_volatility_is_measured_at_the_decision() {
    let market = Owned::daily(&[STILL, STILL, [100.0, 101.0, 87.0, 90.0], [90.0; 4], [90.0; 4]]);
    let mut terms = Terms::outright(market.market());
    let volatility = [0.0625, 0.5, 0.5, f64::NAN, 0.5];
    terms.volatility = Known::Each(&volatility);
    let stop = Exits { stop: Some(inside(2.0)), stop_by_volatility: true, ..Exits::default() };
    // Two volatilities of 6.25% known on bar 0: the stop stands at 87.5.
    assert_eq!(story(&run(&terms, &[0], &exits(stop))), [(2, 87.5, "stop".into())]);
    // A stop at zero is none to enter with, and neither is one that is not known.
    assert!(run(&terms, &[1, 3], &exits(stop)).trades.is_empty());
}

#[test]
fn a_gap_is_closed_by_a_share_of_the_way_to_the_high() {
    let bars = [STILL, STILL, [110.0, 125.0, 105.0, 120.0], STILL];
    let market = Owned::daily(&bars);
    let mut terms = Terms::outright(market.market());
    terms.reach = Known::Same(150.0);
    let half = |on_close| Exits { gap: Some(Barrier { fraction: 0.5, on_close }), ..Exits::default() };
    // From 100 to 150 half the way is 125, touched inside bar 2.
    assert_eq!(story(&run(&terms, &[0], &exits(half(false)))), [(2, 125.0, "gap".into())]);
    assert!(run(&terms, &[0], &exits(half(true))).trades[0].open, "it closed at 120");
    // Target and gap in one bar: the nearer, 112.5.
    let both = Exits { target: Some(inside(0.125)), ..half(false) };
    assert_eq!(story(&run(&terms, &[0], &exits(both))), [(2, 112.5, "target".into())]);
    let same = Exits { target: Some(inside(0.25)), ..half(false) };
    assert_eq!(story(&run(&terms, &[0], &exits(same))), [(2, 125.0, "target+gap".into())]);
    // Nothing to catch up with: no exit.
    terms.reach = Known::Same(90.0);
    assert!(run(&terms, &[0], &exits(half(false))).trades[0].open);
}

#[test]
fn a_part_leaves_early() {
    let partials = Partials::of(&[Partial { at: 0.25, part: 0.5 }]);
    let bars = [STILL, STILL, [110.0, 126.0, 105.0, 120.0], [120.0; 4], [80.0; 4]];
    let sold = ledger(&bars, &exits(Exits { partials, after: Some(3), ..Exits::default() }));
    // 5 units at 125, 5 at 80.
    all_near(&sold.equity, &[1000.0, 1000.0, 1225.0, 1225.0, 1025.0]);
    let trade = &sold.trades[0];
    assert_eq!((trade.units, trade.exit, trade.reasons), (10.0, 4, Reasons::AFTER));
    near(trade.exit_price, 102.5);
    near(trade.net_return, 0.025);
    assert_eq!(
        sold.executions.iter().map(|e| e.reasons.to_string()).collect::<Vec<_>>(),
        ["", "part", "after"]
    );
    // In the bar of the target the nearer level comes first; in the bar of a stop nothing is sold early.
    let target = Exits { partials, target: Some(inside(0.5)), ..Exits::default() };
    let bars = [STILL, STILL, [110.0, 160.0, 105.0, 155.0], STILL];
    near(ledger(&bars, &exits(target)).trades[0].exit_price, 137.5);
    let stop = Exits { partials, stop: Some(inside(0.25)), ..Exits::default() };
    let bars = [STILL, STILL, [110.0, 160.0, 70.0, 155.0], STILL];
    near(ledger(&bars, &exits(stop)).trades[0].exit_price, 75.0);
    // Opened beyond it: at the open.
    let bars = [STILL, STILL, [130.0, 131.0, 129.0, 130.0], STILL];
    near(ledger(&bars, &exits(Exits { partials, ..Exits::default() })).executions[1].price, 130.0);
}

#[test]
fn several_parts_leave_each_at_its_level() {
    // Half of 10 units at 125, a quarter of the 10 at 150, the rest at 120.
    let partials = Partials::of(&[Partial { at: 0.5, part: 0.25 }, Partial { at: 0.25, part: 0.5 }]);
    let both = Exits { partials, after: Some(3), ..Exits::default() };
    let fills = |bars: &[[f64; 4]]| {
        let sold = ledger(bars, &exits(both));
        near(sold.trades[0].pnl, sold.equity[bars.len() - 1] - 1000.0);
        sold.executions.iter().skip(1).map(|e| (e.bar, e.units, e.quoted)).collect::<Vec<_>>()
    };
    let apart = [STILL, STILL, [110.0, 126.0, 105.0, 120.0], [120.0, 155.0, 120.0, 150.0], [120.0; 4]];
    assert_eq!(fills(&apart), [(2, -5.0, 125.0), (3, -2.5, 150.0), (4, -2.5, 120.0)]);
    // One bar reaches both, or opens beyond both.
    let in_one = [STILL, STILL, [110.0, 155.0, 105.0, 120.0], [120.0; 4], [120.0; 4]];
    assert_eq!(fills(&in_one), [(2, -5.0, 125.0), (2, -2.5, 150.0), (4, -2.5, 120.0)]);
    let beyond = [STILL, STILL, [160.0, 160.0, 105.0, 120.0], [120.0; 4], [120.0; 4]];
    assert_eq!(fills(&beyond), [(2, -5.0, 160.0), (2, -2.5, 160.0), (4, -2.5, 120.0)]);
    let trade = &ledger(&apart, &exits(both)).trades[0];
    near(trade.exit_price, 0.5 * 125.0 + 0.25 * 150.0 + 0.25 * 120.0);
    near(trade.net_return, 0.3);
}

#[test]
fn a_part_leaves_before_the_rest_that_is_ordered_out_at_the_close() {
    // Ordered out at the close of bar 2; in bar 3, before its close, 125 is met.
    let first = Owned::daily(&[STILL, STILL, STILL, [100.0, 126.0, 100.0, 120.0], STILL, STILL]);
    let other = Owned::on(&[0, 1, 2, 3, 4], (0, 24), &[[50.0; 4]; 5]);
    let exits = Exits {
        partials: Partials::of(&[Partial { at: 0.25, part: 0.5 }]),
        after: Some(2),
        ..Exits::default()
    };
    let at_close = Orders { fill: Fill::Close, exits, ..orders() };
    let told = |ledger: &Ledger| {
        ledger
            .executions
            .iter()
            .map(|e| (e.leg, e.bar, e.units, e.quoted, e.reasons.to_string()))
            .collect::<Vec<_>>()
    };
    let alone = run(&Terms::outright(first.market()), &[0], &at_close);
    assert_eq!(told(&alone)[1..], [(0, 3, -5.0, 125.0, "part".into()), (0, 3, -5.0, 120.0, "after".into())]);
    // The hedge's order to leave whole stands.
    let both = run(&hedged(&first, &other, -1.0), &[0], &at_close);
    let hedge: Vec<_> = told(&both).into_iter().filter(|fill| fill.0 == 1).collect();
    assert_eq!(hedge[1..], [(1, 3, 20.0, 50.0, "after".into())]);
}

#[test]
fn parts_of_a_hedge_that_wait_leave_together() {
    // The first parts at 125 and at 150 on days 2 and 3, while the other market is shut until day 5.
    let first = Owned::daily(&[
        STILL,
        STILL,
        [110.0, 126.0, 105.0, 120.0],
        [120.0, 155.0, 120.0, 150.0],
        STILL,
        STILL,
        STILL,
    ]);
    let other = Owned::on(&[0, 1, 5, 6], (0, 24), &[[50.0; 4], [50.0; 4], [60.0; 4], [60.0; 4]]);
    let partials = Partials::of(&[Partial { at: 0.25, part: 0.5 }, Partial { at: 0.5, part: 0.25 }]);
    let exits = Exits { partials, ..Exits::default() };
    let ledger = run(&hedged(&first, &other, -1.0), &[0], &Orders { exits, ..orders() });
    let fills: Vec<_> = ledger.executions.iter().map(|e| (e.leg, e.bar, e.units, e.quoted)).collect();
    assert_eq!(fills[2..], [(0, 2, -5.0, 125.0), (0, 3, -2.5, 150.0), (1, 5, 15.0, 60.0)]);
}

#[test]
fn a_part_of_a_hedged_trade_leaves_in_both_legs() {
    let first = Owned::daily(&[STILL, STILL, [110.0, 126.0, 105.0, 120.0], [120.0; 4], [120.0; 4]]);
    let other = Owned::flat(&[50.0, 50.0, 55.0, 60.0, 60.0]);
    let exits = Exits { partials: Partials::of(&[Partial { at: 0.25, part: 0.5 }]), ..Exits::default() };
    let ledger = run(&hedged(&first, &other, -1.0), &[0], &Orders { exits, ..orders() });
    let fills: Vec<_> = ledger.executions.iter().map(|e| (e.leg, e.bar, e.units, e.quoted)).collect();
    assert_eq!(fills[2..], [(0, 2, -5.0, 125.0), (1, 3, 10.0, 60.0)]);
}

#[test]
fn amounts_and_whole_lots() {
    let bars = [[30.0; 4]; 4];
    let amount = Orders { sizing: Sizing::Amount(400.0), ..after(1) };
    near(ledger(&bars, &amount).trades[0].units, 400.0 / 30.0);
    let whole = Orders { limits: Limits { lot: 1.0, ..Limits::default() }, ..amount };
    let bought = ledger(&bars, &whole);
    near(bought.trades[0].units, 13.0);
    near(bought.cash[1], 1000.0 - 390.0);
    let costly = Orders { costs: Costs { commission: 0.03, ..Costs::default() }, ..whole };
    // 400 / 30.9 is 12.9: 12 units for 360 and 10.8.
    near(ledger(&bars, &costly).cash[1], 1000.0 - 370.8);
    // More than the account has is cut to it; too small an order is none.
    near(
        ledger(&bars, &Orders { sizing: Sizing::Amount(5000.0), ..after(1) }).trades[0].units,
        1000.0 / 30.0,
    );
    let least = Orders { limits: Limits { notional: 401.0, ..Limits::default() }, ..amount };
    assert!(ledger(&bars, &least).trades.is_empty());
}

#[test]
fn an_order_of_no_lot_sends_the_hedge_home() {
    let first = Owned::on(&[0, 1, 4, 5], (14, 21), &[[900.0; 4], [900.0; 4], [1500.0; 4], [1500.0; 4]]);
    let other = Owned::flat(&[50.0, 50.0, 50.0, 50.0, 50.0, 55.0, 55.0]);
    let limits = Limits { lot: 1.0, ..Limits::default() };
    let ledger = run(&hedged(&first, &other, -1.0), &[1], &Orders { limits, ..orders() });
    // The hedge is in on day 2; on day 4 the first costs more than there is; the hedge leaves on day 5.
    assert_eq!(story(&ledger), [(2, 1500.0, "unfilled".into())]);
    near(ledger.trades[0].pnl, -20.0 * 5.0);
    near(ledger.trades[0].net_return, -0.1);
}

#[test]
fn risk_to_the_stop_sizes_the_order() {
    let bars = [STILL, STILL, [100.0, 100.0, 90.0, 95.0], STILL];
    let stop = Exits { stop: Some(inside(0.0625)), ..Exits::default() };
    let risk = Orders { sizing: Sizing::Risk(0.01), exits: stop, ..orders() };
    // 10 at risk over 6.25 a unit: 1.6 units, stopped at 93.75 for exactly 1%.
    let lost = ledger(&bars, &risk);
    near(lost.trades[0].units, 1.6);
    near(lost.equity[3], 990.0);
    // A near stop asks for more than there is: cut to the leverage.
    let near_stop = Exits { stop: Some(inside(0.001)), ..Exits::default() };
    let tight = Orders { exits: near_stop, ..risk };
    near(ledger(&bars, &tight).trades[0].units, 10.0);
    let limits = Limits { leverage: 5.0, ..Limits::default() };
    near(ledger(&bars, &Orders { limits, ..tight }).trades[0].units, 50.0);
    // Without a stop there is no risk to measure, and no trade.
    assert!(ledger(&bars, &Orders { exits: Exits::default(), ..risk }).trades.is_empty());
}

#[test]
fn a_told_share_sizes_the_order() {
    let market = Owned::flat(&[100.0, 100.0, 110.0, 110.0]);
    let mut terms = Terms::outright(market.market());
    let share = [0.3, 3.0, f64::NAN, 1.0];
    terms.share = Known::Each(&share);
    let told = Orders { sizing: Sizing::Told, ..after(1) };
    near(run(&terms, &[0], &told).trades[0].units, 3.0);
    near(run(&terms, &[1], &told).trades[0].units, 1000.0 / 110.0);
    assert!(run(&terms, &[2], &told).trades.is_empty());
}

#[test]
fn kelly_looks_at_the_trades_before() {
    // +20%, -10%, then p = 1/2 and b = 2: 1/2 - 1/4 = 25%, half of it 12.5%.
    let market = Owned::flat(&[100.0, 100.0, 120.0, 100.0, 90.0, 100.0, 110.0]);
    let terms = Terms::outright(market.market());
    let kelly = Orders { sizing: Sizing::Kelly { share: 0.5, trades: 2 }, size: 0.5, ..after(1) };
    let ledger = run(&terms, &[0, 2, 4], &kelly);
    near(ledger.trades[0].units, 5.0);
    near(ledger.trades[1].units, 0.5 * 1100.0 / 100.0);
    near(ledger.trades[2].units, 0.125 * 1045.0 / 100.0);
}

#[test]
fn a_margin_call_closes_what_is_held() {
    let limits = Limits { leverage: 3.0, maintenance: 0.25, ..Limits::default() };
    let market = Owned::flat(&[100.0, 100.0, 90.0, 85.0, 80.0, 80.0]);
    let ledger = run(&Terms::outright(market.market()), &[0], &Orders { limits, size: 3.0, ..orders() });
    // 30 units, 2,000 borrowed. At 90: 700 of 2,700 is 25.9%. At 85: 550 of 2,550 is 21.6%: out at the next open.
    assert_eq!(story(&ledger), [(4, 80.0, "margin".into())]);
    all_near(&ledger.cash, &[1000.0, -2000.0, -2000.0, -2000.0, 400.0, 400.0]);
}

#[test]
fn commissions_by_unit_with_a_minimum() {
    let bars = [[50.0; 4]; 4];
    let costs = Costs { commission: 0.001, per_unit: 0.05, least: 1.0, ..Costs::default() };
    let ledger = ledger(&bars, &Orders { costs, ..after(1) });
    // 1000 / (50 x 1.001 + 0.05) = 1000 / 50.1 units; 0.1 a unit each time.
    let n = 1000.0 / 50.1;
    near(ledger.trades[0].units, n);
    near(ledger.paid.commission, 2.0 * 0.1 * n);
    // Under the minimum: 5 is paid each time, (1000 - 5) / 50 units.
    let dear = Orders { costs: Costs { least: 5.0, ..costs }, ..after(1) };
    let ledger = super::more::ledger(&bars, &dear);
    near(ledger.trades[0].units, 19.9);
    near(ledger.paid.commission, 10.0);
    near(ledger.equity[3], 990.0);
}

#[test]
fn commissions_fall_with_what_was_traded_before() {
    let market = Owned::flat(&[100.0; 40]);
    let mut terms = Terms::outright(market.market());
    let tiers = [Tier { from: 900.0, rate: 0.005 }, Tier { from: 1900.0, rate: 0.001 }];
    terms.tiers = &tiers;
    let costs = Costs { commission: 0.01, ..Costs::default() };
    let ledger = run(&terms, &[0, 2, 36], &Orders { costs, ..after(1) });
    let rates: Vec<f64> =
        ledger.executions.iter().map(|e| (e.commission / (e.units * e.price).abs() * 1e6).round()).collect();
    // Bought for 990.1, so that the sale pays 0.5%; then 1,980 have been traded: 0.1%. 30 days later it begins
    // anew.
    assert_eq!(rates, [10_000.0, 5_000.0, 1_000.0, 1_000.0, 10_000.0, 5_000.0]);
}

#[test]
fn slippage_by_volatility_and_by_volume() {
    let market = Owned::flat(&[100.0, 100.0, 100.0, 100.0]).volume(&[100.0, 50.0, 40.0, 40.0]);
    let mut terms = Terms::outright(market.market());
    let rough = [0.01, 0.02, 0.04, 0.04];
    terms.rough = vec![Known::Each(&rough)];
    let costs = Costs { slippage: 0.001, ..Costs::default() };
    let ledger = run(&terms, &[0], &Orders { costs, ..after(1) });
    // What was known before each fill: 1% on bar 0, 2% on bar 1.
    near(ledger.executions[0].price, 101.1);
    near(ledger.executions[1].price, 97.9);
    terms.rough = vec![Known::Same(0.0)];
    let costs = Costs { impact: 0.5, ..Costs::default() };
    let ledger = run(&terms, &[0], &Orders { costs, ..after(1) });
    // 10 units are 10% of bar 0's 100: half of that, 5%. 1000 / 105 units of bar 1's 50, half of it.
    near(ledger.executions[0].price, 105.0);
    near(ledger.executions[1].price, 100.0 * (1.0 - 0.5 * 1000.0 / 105.0 / 50.0));
}

#[test]
fn cash_earns_and_debt_pays_interest() {
    let market = Owned::flat(&[100.0, 100.0, 100.0, 100.0]);
    let mut terms = Terms::outright(market.market());
    let rates = [0.365_25, 0.730_5, 0.0, 0.365_25];
    terms.interest = Known::Each(&rates);
    // 0.1%, then 0.2%, 0% and 0.1% of what is in cash: 1,000 on day 0; half of 1,001 on days 1 to 3.
    let ledger = run(&terms, &[0], &Orders { size: 0.5, ..orders() });
    let half = 500.5;
    all_near(&ledger.equity[..2], &[1001.0, half + half * 1.002]);
    near(ledger.equity[3], half + half * 1.002 * 1.001);
    near(ledger.paid.interest, -(1.0 + half * 0.002 + half * 1.002 * 0.001));
    // Interest belongs to no trade.
    near(ledger.trades[0].pnl, 0.0);
    // Twice the money: 1,001 is owed.
    let limits = Limits { leverage: 2.0, ..Limits::default() };
    let ledger = run(&terms, &[0], &Orders { size: 2.0, limits, ..orders() });
    near(ledger.equity[1], 1001.0 - 1001.0 * 0.002);
    // What a short brought in is the lender's: only the account's own 1,001 earn.
    let ledger = run(&terms, &[0], &Orders { side: Side::Short, ..orders() });
    near(ledger.equity[1], 1001.0 * 1.002);
}

#[test]
fn funding_is_paid_by_longs_to_shorts_at_its_instants() {
    let market = Owned::flat(&[100.0, 100.0, 110.0, 110.0, 110.0]);
    let mut terms = Terms::outright(market.market());
    // Before the entry; 8 hours into day 1, at 100; at the end of day 1, likewise; in day 2, at the close of
    // day 1, 100; at the very open of day 3, at 110 before it leaves.
    let rows =
        [(DAY / 2, 0.5), (DAY + DAY / 3, 0.001), (2 * DAY, -0.0005), (2 * DAY + 1, 0.002), (3 * DAY, 0.001)];
    terms.funding = &rows;
    let ledger = run(&terms, &[0], &after(2));
    near(ledger.paid.funding, 10.0 * (0.1 - 0.05 + 0.2 + 0.1));
    near(ledger.trades[0].pnl, 100.0 - ledger.paid.funding);
    let short = run(&terms, &[0], &Orders { side: Side::Short, ..after(2) });
    near(short.paid.funding, -ledger.paid.funding);
}

#[test]
fn a_limit_waits_for_its_price() {
    let limit = |fraction, bars| Orders { limit: Some(LimitOrder { fraction, bars }), ..orders() };
    let filled = |bars: &[[f64; 4]], orders: &Orders| -> Vec<(usize, f64)> {
        ledger(bars, orders).trades.iter().map(|trade| (trade.entry, trade.entry_price)).collect()
    };
    let bars = [STILL, STILL, [99.0, 99.0, 93.0, 95.0], [80.0; 4], STILL];
    // 6.25% below 100 is 93.75, touched inside bar 2; 12.5% is 87.5, opened beyond on bar 3.
    assert_eq!(filled(&bars, &limit(0.0625, 5)), [(2, 93.75)]);
    assert_eq!(filled(&bars, &limit(0.125, 5)), [(3, 80.0)]);
    // Waiting for one bar, or for two, is too short.
    assert!(filled(&bars, &limit(0.0625, 1)).is_empty() && filled(&bars, &limit(0.125, 2)).is_empty());
    assert_eq!(filled(&bars, &limit(0.0625, 2)), [(2, 93.75)]);
    // No slippage at a limit, some when it leaves.
    let costs = Costs { slippage: 0.02, ..Costs::default() };
    let slipped = ledger(&bars, &Orders { costs, exits: after(1).exits, ..limit(0.0625, 5) });
    near(slipped.executions[0].price, 93.75);
    near(slipped.executions[1].price, 80.0 * 0.98);
    // In the bar of its entry a stop below is hit, a target is not; neither is the open of 99 a gain.
    let stop = Exits { stop: Some(inside(0.007_812_5)), target: Some(inside(0.031_25)), ..Exits::default() };
    let stopped = ledger(&bars, &Orders { exits: stop, ..limit(0.0625, 5) });
    assert_eq!(story(&stopped), [(2, 93.75 * (1.0 - 0.007_812_5), "stop".into())]);
    near(stopped.trades[0].mfe, 0.0);
    let target = Exits { target: Some(inside(0.031_25)), ..Exits::default() };
    assert_eq!(story(&ledger(&bars[..3], &Orders { exits: target, ..limit(0.0625, 5) }))[0].2, "end");
    // A short waits above.
    let up = [STILL, STILL, [101.0, 107.0, 100.0, 105.0], STILL];
    assert_eq!(filled(&up, &Orders { side: Side::Short, ..limit(0.0625, 5) }), [(2, 106.25)]);
}

#[test]
fn a_hedge_follows_a_limit_that_filled() {
    let first = Owned::daily(&[STILL, STILL, [99.0, 99.0, 93.0, 95.0], [95.0; 4], [95.0; 4]]);
    let other = Owned::flat(&[50.0, 50.0, 55.0, 60.0, 60.0]);
    let limit = Some(LimitOrder { fraction: 0.0625, bars: 5 });
    let ledger = run(&hedged(&first, &other, -1.0), &[0], &Orders { limit, ..orders() });
    let fills: Vec<_> = ledger.executions.iter().map(|e| (e.leg, e.bar, e.quoted)).collect();
    assert_eq!(fills, [(0, 2, 93.75), (1, 3, 60.0)]);
    near(ledger.executions[1].units, -1000.0 / 60.0);
}

#[test]
fn a_trade_may_have_to_wait_for_the_next() {
    let market = Owned::flat(&[100.0; 10]);
    let terms = Terms::outright(market.market());
    let entries = |again: Again, signals: &[usize]| -> Vec<usize> {
        run(&terms, signals, &Orders { again, ..after(1) }).trades.iter().map(|trade| trade.signal).collect()
    };
    let every: Vec<usize> = (0..10).collect();
    // In at 1, out at 2, whose close orders again.
    assert_eq!(entries(Again::default(), &every), [0, 2, 4, 6, 8]);
    // Out at 2: not at the closes of 2 and 3, but at that of 4.
    assert_eq!(entries(Again { cooldown: 2, fresh: false }, &every), [0, 4, 8]);
    let fresh = Again { cooldown: 0, fresh: true };
    assert_eq!(entries(fresh, &every), [0]);
    assert_eq!(entries(fresh, &[0, 1, 2, 4, 5, 7]), [0, 4, 7]);
}

#[test]
fn time_is_counted_in_years_of_a_quarter_day_more() {
    near(DAY as f64 / YEAR, 1.0 / 365.25);
}

#[test]
fn missing_bars_of_the_clock_cost_their_time() {
    // Held over days 2 to 6 without a bar: five days of borrowing more.
    let market = Owned::on(&[0, 1, 7, 8], (0, 24), &[STILL, STILL, STILL, STILL]);
    let mut terms = Terms::outright(market.market());
    terms.borrow = Known::Same(0.365_25);
    let ledger = run(&terms, &[0], &Orders { side: Side::Short, ..orders() });
    all_near(&ledger.financing, &[0.0, -1.0, -6.0, -1.0]);
}

#[test]
fn a_ledger_that_was_changed_does_not_add_up() {
    let market = Owned::flat(&[100.0, 100.0, 110.0, 110.0]);
    let terms = Terms::outright(market.market());
    let good = run(&terms, &[0], &after(1));
    let broken = |change: &dyn Fn(&mut Ledger)| {
        let mut ledger = good.clone();
        change(&mut ledger);
        reconcile(&terms, &ledger, 1000.0).map_err(|mismatch| (mismatch.bar, mismatch.what))
    };
    assert_eq!(broken(&|ledger| ledger.cash[1] += 0.01), Err((Some(1), "cash")));
    assert_eq!(broken(&|ledger| ledger.equity[2] += 0.01), Err((Some(2), "equity")));
    assert_eq!(broken(&|ledger| ledger.equity[2] = f64::NAN), Err((Some(2), "equity")));
    assert_eq!(broken(&|ledger| ledger.position[1] = 0.0), Err((Some(1), "units")));
    assert_eq!(broken(&|ledger| ledger.trades[0].pnl += 0.01), Err((None, "profits")));
    assert_eq!(broken(&|ledger| ledger.paid.slippage = 1.0), Err((None, "slippage")));
    assert_eq!(
        broken(&|ledger| {
            ledger.executions.pop();
        }),
        Err((Some(2), "cash"))
    );
}
