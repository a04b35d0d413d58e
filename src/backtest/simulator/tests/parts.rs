//! Positions that are built in parts, worked out by hand.

use proptest::prelude::*;

use super::legs::{DAY, Owned, hedged, orders, run};
use super::properties::world;
use super::*;

fn over(parts: u32, bars: u32) -> Orders {
    Orders { scale: Scale::Over { parts, bars }, ..orders() }
}

fn deeper(parts: u32, step: f64) -> Orders {
    Orders { scale: Scale::Deeper { parts, step }, ..orders() }
}

fn leaving(exits: Exits, orders: Orders) -> Orders {
    Orders { exits, ..orders }
}

fn after(bars: u32, orders: Orders) -> Orders {
    leaving(Exits { after: Some(bars), ..Exits::default() }, orders)
}

/// The ledger of a trade from the close of bar 0, by signals there and at others.
fn ledger_of(bars: &[[f64; 4]], signals: &[usize], orders: &Orders) -> Ledger {
    let market = Owned::daily(bars);
    run(&Terms::outright(market.market()), signals, orders)
}

fn ledger(bars: &[[f64; 4]], orders: &Orders) -> Ledger {
    ledger_of(bars, &[0], orders)
}

fn flat(prices: &[f64]) -> Vec<[f64; 4]> {
    prices.iter().map(|&price| [price; 4]).collect()
}

/// Bar, leg, units and quoted price of each fill.
#[track_caller]
fn fills(ledger: &Ledger, expected: &[(usize, usize, f64, f64)]) {
    let told: Vec<_> = ledger.executions.iter().map(|e| (e.bar, e.leg, e.units, e.quoted)).collect();
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for (a, b) in told.iter().zip(expected) {
        assert!(a.0 == b.0 && a.1 == b.1 && (a.2 - b.2).abs() < 1e-9 && (a.3 - b.3).abs() < 1e-9, "{told:?}");
    }
}

#[test]
fn thirds_over_four_days() {
    let bars = flat(&[100.0, 100.0, 110.0, 125.0, 130.0, 160.0, 120.0, 120.0]);
    let bought = ledger(&bars, &after(5, over(3, 4)));
    // A third of 1,000 at the opens of bars 1, 3 and 5: 10/3, 8/3 and 25/12 units, 97/12 in all. Out at bar 6.
    let third = 1000.0 / 3.0;
    let units = [third / 100.0, third / 125.0, third / 160.0];
    let whole = units.iter().sum::<f64>();
    fills(
        &bought,
        &[(1, 0, units[0], 100.0), (3, 0, units[1], 125.0), (5, 0, units[2], 160.0), (6, 0, -whole, 120.0)],
    );
    all_near(
        &bought.equity,
        &[
            1000.0,
            1000.0,
            third * 2.0 + units[0] * 110.0,
            third + (units[0] + units[1]) * 125.0,
            third + (units[0] + units[1]) * 130.0,
            whole * 160.0,
            970.0,
            970.0,
        ],
    );
    let trade = &bought.trades[0];
    assert_eq!((trade.entry, trade.exit, trade.parts, trade.parts_planned), (1, 6, 3, 3));
    near(trade.units, 97.0 / 12.0);
    near(trade.entry_price, 12_000.0 / 97.0);
    near(trade.pnl, -30.0);
    near(trade.net_return, -0.03);
    near(trade.gross_return, 120.0 * 97.0 / 12_000.0 - 1.0);
    // The best price seen is 160, while the mean was 1,000 / 9; the worst is the exit, from the mean of all.
    near(trade.mfe, 160.0 * 9.0 / 1000.0 - 1.0);
    near(trade.mae, -0.03);
    assert!(!trade.is_cut_short());
}

#[test]
fn excursions_are_from_the_mean_held_at_each_moment() {
    // Bought at 100, at 80 and at 60: before the second fill the first has lost a fifth, before the third the mean
    // of 800 / 9 has lost what is missing to 60. The last fill makes it 3,000 / 39.17; then it rises to 90.
    let bars = flat(&[100.0, 100.0, 80.0, 60.0, 90.0, 90.0]);
    let third = 1000.0 / 3.0;
    let mean =
        |prices: &[f64]| prices.len() as f64 * third / prices.iter().map(|price| third / price).sum::<f64>();
    let trade = &ledger(&bars, &after(3, over(3, 2))).trades[0];
    near(trade.mae, 60.0 / mean(&[100.0, 80.0]) - 1.0);
    near(trade.mfe, 90.0 / mean(&[100.0, 80.0, 60.0]) - 1.0);
    // The same sold: what was a loss is a gain, from means of its own.
    let short = &ledger(&bars, &Orders { side: Side::Short, ..after(3, over(3, 2)) }).trades[0];
    near(short.mfe, -trade.mae);
    near(short.mae, -trade.mfe);
    // Slippage: just after a fill a trade is behind by it, never ahead.
    let costs = Costs { slippage: 0.1, ..Costs::default() };
    let still = &ledger(&flat(&[100.0; 5]), &Orders { costs, ..after(3, over(3, 2)) }).trades[0];
    near(still.mfe, 0.0);
    near(still.mae, 90.0 / 110.0 - 1.0);
}

#[test]
fn the_mean_of_equal_prices_is_that_price_to_the_bit() {
    for price in 1..300 {
        let bars = flat(&[f64::from(price) / 7.0; 6]);
        let bought = ledger(&bars, &over(3, 2));
        assert_eq!(bought.trades[0].entry_price.to_bits(), bars[0][0].to_bits(), "{price} / 7");
    }
}

#[test]
fn at_closes_parts_fill_at_closes() {
    let bars = [STILL, [90.0, 100.0, 90.0, 100.0], STILL, [80.0, 125.0, 80.0, 125.0], STILL];
    let bought = ledger(&bars, &Orders { fill: Fill::Close, ..over(2, 2) });
    fills(&bought, &[(1, 0, 5.0, 100.0), (3, 0, 4.0, 125.0)]);
    near(bought.equity[4], 900.0);
}

#[test]
fn deeper_parts_are_seen_at_a_close_and_filled_at_the_next_open() {
    // From 100: 87.5 and 75. A low of 80 inside bar 2 is no close; bar 3 closes at the level.
    let bars = [
        STILL,
        STILL,
        [98.0, 99.0, 80.0, 95.0],
        [95.0, 95.0, 85.0, 87.5],
        [80.0, 90.0, 80.0, 90.0],
        [74.0, 76.0, 73.0, 76.0],
        [75.0; 4],
        [100.0; 4],
        [100.0; 4],
    ];
    let bought = ledger(&bars, &after(7, deeper(3, 0.125)));
    let third = 1000.0 / 3.0;
    // At 80 on bar 4; bar 6 closes at 75, at the level: bar 7 opens at 100.
    let units = [third / 100.0, third / 80.0, third / 100.0];
    fills(
        &bought,
        &[
            (1, 0, units[0], 100.0),
            (4, 0, units[1], 80.0),
            (7, 0, units[2], 100.0),
            (8, 0, -units.iter().sum::<f64>(), 100.0),
        ],
    );
    near(bought.trades[0].entry_price, 1000.0 / (20.0 / 3.0 + 25.0 / 6.0));
    // A close through both levels at once: two parts in one order.
    let through = flat(&[100.0, 100.0, 70.0, 50.0, 50.0]);
    let bought = ledger(&through, &deeper(3, 0.125));
    fills(&bought, &[(1, 0, third / 100.0, 100.0), (3, 0, 2.0 * third / 50.0, 50.0)]);
    assert_eq!(bought.trades[0].parts, 3);
}

#[test]
fn the_first_fill_that_deeper_is_measured_from_has_slippage() {
    let costs = Costs { slippage: 0.25, ..Costs::default() };
    // Bought at 125: an eighth deeper is 109.375. A close of 110 is not, one of 109 is.
    let bars = |close: f64| flat(&[100.0, 100.0, close, 100.0, 100.0]);
    assert_eq!(ledger(&bars(110.0), &Orders { costs, ..deeper(2, 0.125) }).executions[1].bar, 2);
    // The very close of the entry, 100, was deep enough already.
    let rising = [STILL, [100.0, 120.0, 100.0, 110.0], [110.0; 4], [109.0; 4], [100.0; 4]];
    assert_eq!(ledger(&rising, &Orders { costs, ..deeper(2, 0.125) }).executions[1].bar, 4);
}

#[test]
fn a_ladder_of_written_shares() {
    let scale = Scale::ladder(0.5, &[(0.2, 0.25), (0.3, 0.125)]).unwrap();
    let bought = ledger(&flat(&[100.0, 100.0, 80.0, 60.0, 75.0, 50.0, 50.0]), &Orders { scale, ..orders() });
    // 500 at 100; 80 closed beyond 87.5: 300 at 60; 60 closed beyond 75: 200 at 75.
    fills(&bought, &[(1, 0, 5.0, 100.0), (3, 0, 5.0, 60.0), (4, 0, 200.0 / 75.0, 75.0)]);
}

#[test]
fn the_stop_stands_by_the_average_price() {
    // 5 at 100 and 6.25 at 80: 88.888… on average. A quarter below the first is 75, below the average 66.67.
    let stop = Exits { stop: Some(inside(0.25)), ..Exits::default() };
    let bars = [STILL, STILL, [85.0; 4], [80.0, 80.0, 70.0, 72.0], [72.0, 73.0, 60.0, 61.0], STILL];
    let stopped = ledger(&bars, &leaving(stop, deeper(2, 0.125)));
    let average = 1000.0 / 11.25;
    fills(&stopped, &[(1, 0, 5.0, 100.0), (3, 0, 6.25, 80.0), (4, 0, -11.25, average * 0.75)]);
    let trade = &stopped.trades[0];
    assert_eq!((trade.reasons, trade.exit), (Reasons::STOP, 4));
    near(trade.net_return, -0.25);
    near(trade.gross_return, -0.25);
}

#[test]
fn target_gap_and_partial_stand_by_the_average_price() {
    let market =
        Owned::daily(&[STILL, STILL, [80.0; 4], [80.0, 80.0, 80.0, 80.0], [90.0, 112.0, 90.0, 100.0], STILL]);
    let mut terms = Terms::outright(market.market());
    terms.reach = Known::Same(130.0);
    let average = 1000.0 / 11.25;
    let left = |exits: Exits| run(&terms, &[0], &leaving(exits, deeper(2, 0.125))).executions[2].clone();
    // A quarter above 88.89 is 111.11; above the first fill, 125, was never seen.
    near(left(Exits { target: Some(inside(0.25)), ..Exits::default() }).price, average * 1.25);
    // Half of the way to 130.
    near(left(Exits { gap: Some(inside(0.5)), ..Exits::default() }).price, average + (130.0 - average) / 2.0);
    let part = left(Exits { partials: Partials::of(&[Partial { at: 0.25, part: 0.5 }]), ..Exits::default() });
    near(part.price, average * 1.25);
    near(part.units, -11.25 / 2.0);
}

#[test]
fn break_even_counts_bars_from_the_last_part_on() {
    // 8% ahead of 100 on bar 2, 10% ahead is wanted. Then 10.7 below: the mean of 100 and 84 is 91.3; 108 is more
    // than 10% above that, but it was before. Only bar 5, which reaches 101, lifts the stop to 91.3.
    let even = Exits { break_even: Some(0.1), ..Exits::default() };
    let bars = [
        STILL,
        STILL,
        [100.0, 108.0, 87.0, 87.0],
        [84.0, 90.0, 84.0, 90.0],
        [90.0, 92.0, 88.0, 91.0],
        [92.0, 101.0, 92.0, 95.0],
        [95.0, 95.0, 85.0, 86.0],
        STILL,
    ];
    let bought = ledger(&bars, &leaving(even, deeper(2, 0.125)));
    let average = 1000.0 / (5.0 + 500.0 / 84.0);
    fills(&bought, &[(1, 0, 5.0, 100.0), (3, 0, 500.0 / 84.0, 84.0), (6, 0, -(5.0 + 500.0 / 84.0), average)]);
}

#[test]
fn no_part_moves_the_peak_of_a_trail() {
    // The peak is 112; a quarter below is 84. Bought again at 104 with slippage to 130: no peak.
    let trail = Exits { trail: Some(inside(0.25)), ..Exits::default() };
    let costs = Costs { slippage: 0.25, ..Costs::default() };
    let bars = [STILL, [80.0; 4], [80.0, 112.0, 80.0, 104.0], [104.0; 4], [90.0, 90.0, 84.5, 85.0], STILL];
    let held = ledger(&bars, &Orders { costs, ..leaving(trail, over(2, 2)) });
    assert!(held.trades[0].open && held.executions.len() == 2, "{:?}", held.trades);
    near(held.executions[1].price, 130.0);
    let bars = [bars[0], bars[1], bars[2], bars[3], [90.0, 90.0, 84.0, 85.0], STILL];
    let left = ledger(&bars, &Orders { costs, ..leaving(trail, over(2, 2)) });
    assert_eq!((left.trades[0].exit, left.executions[2].quoted), (4, 84.0));
}

#[test]
fn an_exit_before_all_parts_are_in_drops_the_rest() {
    let bars = flat(&[100.0, 100.0, 100.0, 100.0, 100.0, 120.0, 120.0, 120.0, 50.0]);
    let left = ledger(&bars, &after(4, over(4, 9)));
    // Parts at bars 1 and 4; the third would be due on bar 7, it leaves on bar 5.
    fills(&left, &[(1, 0, 2.5, 100.0), (4, 0, 2.5, 100.0), (5, 0, -5.0, 120.0)]);
    let trade = &left.trades[0];
    assert_eq!((trade.parts, trade.parts_planned, trade.is_cut_short()), (2, 4, true));
    // 500 of the 1,000 were put in.
    near(trade.net_return, 0.2);
    near(left.equity[8], 1100.0);
    // The exit rule and a part decided at one close: the part is none.
    let both = ledger(&bars, &after(3, over(4, 9)));
    fills(&both, &[(1, 0, 2.5, 100.0), (4, 0, -2.5, 100.0)]);
}

#[test]
fn an_open_beyond_the_stop_ends_the_trade_before_the_part_is_bought() {
    let stop = Exits { stop: Some(inside(0.25)), ..Exits::default() };
    // Closed at 80, so that half is due; opened at 70, below 75.
    let bars = [STILL, STILL, [80.0; 4], [70.0; 4], [70.0; 4]];
    fills(&ledger(&bars, &leaving(stop, deeper(2, 0.125))), &[(1, 0, 5.0, 100.0), (3, 0, -5.0, 70.0)]);
    // A stop that the slippage of the part itself is beyond: out at that open, as with an entry.
    let near_stop = Exits { stop: Some(inside(0.0625)), ..Exits::default() };
    let costs = Costs { slippage: 0.125, ..Costs::default() };
    let rising = [STILL, [100.0, 180.0, 112.0, 176.0], [176.0; 4], [176.0; 4], STILL];
    let churned = ledger(&rising, &Orders { costs, ..leaving(near_stop, over(2, 1)) });
    assert_eq!(churned.executions[0].bar, 1);
    assert!(churned.executions.iter().all(|fill| fill.bar <= 2));
}

#[test]
fn a_partial_exit_takes_its_share_of_what_is_held() {
    // 2.5 at 100; half of it at 125 in bar 2; 2.5 at 100, 2 at 125 and 2.5 at 100 on bars 3, 5 and 7.
    let exits = Exits {
        partials: Partials::of(&[Partial { at: 0.25, part: 0.5 }]),
        after: Some(7),
        ..Exits::default()
    };
    let bars = [
        STILL,
        STILL,
        [100.0, 130.0, 100.0, 110.0],
        STILL,
        STILL,
        [125.0; 4],
        STILL,
        STILL,
        [140.0; 4],
        STILL,
    ];
    let sold = ledger(&bars, &leaving(exits, over(4, 6)));
    fills(
        &sold,
        &[
            (1, 0, 2.5, 100.0),
            (2, 0, -1.25, 125.0),
            (3, 0, 2.5, 100.0),
            (5, 0, 2.0, 125.0),
            (7, 0, 2.5, 100.0),
            (8, 0, -8.25, 140.0),
        ],
    );
    let trade = &sold.trades[0];
    // 1,000 for 9.5 units; 156.25 and 1,155 for them.
    near(trade.units, 9.5);
    near(trade.entry_price, 1000.0 / 9.5);
    near(trade.exit_price, 1311.25 / 9.5);
    near(trade.pnl, 311.25);
    near(trade.gross_return, 0.311_25);
    near(sold.equity[9], 1311.25);
}

#[test]
fn fresh_signals_add_at_most_so_often() {
    let bars = flat(&[100.0, 100.0, 125.0, 125.0, 80.0, 80.0, 160.0, 160.0, 100.0, 100.0]);
    // True at 0 and 1, at 3, at 5 and 6, at 7 … : fresh at 0, 3, 5; at most two are added.
    let adds = Orders { scale: Scale::Adds(2), ..orders() };
    let bought = ledger_of(&bars, &[0, 1, 3, 5, 6, 8], &adds);
    let third = 1000.0 / 3.0;
    fills(&bought, &[(1, 0, third / 100.0, 100.0), (4, 0, third / 80.0, 80.0), (6, 0, third / 160.0, 160.0)]);
    // With one, the second of them is nothing.
    let once = ledger_of(&bars, &[0, 1, 3, 5, 6, 8], &Orders { scale: Scale::Adds(1), ..orders() });
    fills(&once, &[(1, 0, 5.0, 100.0), (4, 0, 6.25, 80.0)]);
    // A signal on the bar before the exit rule's, and none at the same close as an exit.
    let left = ledger_of(&bars, &[0, 3], &after(3, adds));
    fills(&left, &[(1, 0, third / 100.0, 100.0), (4, 0, -third / 100.0, 80.0)]);
}

#[test]
fn the_least_commission_is_paid_by_each_order() {
    let costs = Costs { least: 10.0, ..Costs::default() };
    let bars = flat(&[100.0, 100.0, 100.0, 100.0, 125.0, 125.0]);
    let bought = ledger(&bars, &Orders { costs, ..after(3, over(2, 1)) });
    // 490 of each 500 at 100, twice; 9.8 units out at 125, less 10.
    fills(&bought, &[(1, 0, 4.9, 100.0), (2, 0, 4.9, 100.0), (4, 0, -9.8, 125.0)]);
    near(bought.paid.commission, 30.0);
    near(bought.equity[5], 1215.0);
    near(bought.trades[0].net_return, 0.215);
    // Parts that do not pay for it are not bought.
    let poor = ledger(&bars, &Orders { costs: Costs { least: 500.0, ..costs }, ..after(3, over(2, 1)) });
    assert!(poor.executions.is_empty());
}

#[test]
fn commission_and_slippage_come_out_of_each_part() {
    let costs = Costs { commission: 0.01, slippage: 0.02, ..Costs::default() };
    let bought =
        ledger(&flat(&[100.0, 100.0, 110.0, 120.0, 120.0]), &Orders { costs, ..after(2, over(2, 1)) });
    // 500 at 102 x 1.01 and 500 at 112.2 x 1.01; sold at 117.6 x 0.99.
    let units = 500.0 / 103.02 + 500.0 / 113.322;
    near(bought.trades[0].units, units);
    near(bought.trades[0].entry_price, (102.0 * 500.0 / 103.02 + 112.2 * 500.0 / 113.322) / units);
    near(bought.equity[4], units * 116.424);
    near(bought.trades[0].net_return, units * 116.424 / 1000.0 - 1.0);
    near(bought.cash[2], 0.0);
}

#[test]
fn lots_are_cut_for_each_part() {
    let limits = Limits { lot: 1.0, ..Limits::default() };
    let bought = ledger(&flat(&[130.0, 130.0, 130.0, 600.0, 600.0]), &Orders { limits, ..over(3, 2) });
    // 333 buys 2 at 130, twice; none at 600.
    fills(&bought, &[(1, 0, 2.0, 130.0), (2, 0, 2.0, 130.0)]);
    assert_eq!((bought.trades[0].parts, bought.trades[0].parts_planned), (2, 3));
}

#[test]
fn risk_to_the_stop_is_the_same_for_the_whole() {
    let stop = Exits { stop: Some(inside(0.25)), ..Exits::default() };
    let risk = Orders { sizing: Sizing::Risk(0.05), ..leaving(stop, deeper(2, 0.125)) };
    // 50 at risk over 25 a unit is 2 units, 200 in money: 1 at 100 and 1.25 at 80, stopped for 5% of equity.
    let bars = [STILL, STILL, [85.0; 4], [80.0, 80.0, 70.0, 72.0], [72.0, 73.0, 60.0, 61.0], STILL];
    let stopped = ledger(&bars, &risk);
    fills(&stopped, &[(1, 0, 1.0, 100.0), (3, 0, 1.25, 80.0), (4, 0, -2.25, 200.0 / 2.25 * 0.75)]);
    near(stopped.equity[5], 950.0);
}

#[test]
fn a_short_is_built_upwards() {
    let short = |orders: Orders| Orders { side: Side::Short, ..orders };
    // 5 at 100; closed at 112.5, an eighth above: 4 at 125; out at 100: 9 units for 1,000.
    let bars = flat(&[100.0, 100.0, 112.5, 125.0, 100.0, 100.0]);
    let sold = ledger(&bars, &short(after(3, deeper(2, 0.125))));
    fills(&sold, &[(1, 0, -5.0, 100.0), (3, 0, -4.0, 125.0), (4, 0, 9.0, 100.0)]);
    let trade = &sold.trades[0];
    near(trade.entry_price, 1000.0 / 9.0);
    near(trade.pnl, 100.0);
    near(trade.gross_return, 0.1);
    all_near(&sold.equity, &[1000.0, 1000.0, 937.5, 875.0, 1100.0, 1100.0]);
    // 25/6 more at 120, before the stop of a quarter above the first fill; it stands above the average then.
    let stop = Exits { stop: Some(inside(0.25)), ..Exits::default() };
    let bars = [STILL, STILL, [112.5; 4], [120.0, 130.0, 120.0, 120.0], [120.0, 140.0, 120.0, 130.0], STILL];
    let stopped = ledger(&bars, &short(leaving(stop, deeper(2, 0.125))));
    near(stopped.executions[2].price, 6000.0 / 55.0 * 1.25);
    near(stopped.trades[0].net_return, -0.25);
}

#[test]
fn what_is_short_pays_for_each_part_from_its_fill_on() {
    let market = Owned::flat(&[100.0, 100.0, 100.0, 100.0]);
    let mut terms = Terms::outright(market.market());
    terms.borrow = Known::Same(0.365_25);
    // A thousandth a day: of 500 on day 1, of 1,000 from day 2 on.
    let short = Orders { side: Side::Short, ..over(2, 1) };
    all_near(&run(&terms, &[0], &short).financing, &[0.0, -0.5, -1.0, -1.0]);
    // Funding at an instant before a part is paid by what was held then.
    terms.borrow = Known::Same(0.0);
    let rows = [(DAY + DAY / 2, 0.01), (2 * DAY, 0.01), (2 * DAY + 1, 0.01)];
    terms.funding = &rows;
    near(run(&terms, &[0], &over(2, 1)).paid.funding, 5.0 + 5.0 + 10.0);
}

#[test]
fn a_limit_waits_with_the_first_part_alone() {
    let limit = Some(LimitOrder { fraction: 0.0625, bars: 5 });
    let costs = Costs { slippage: 0.02, ..Costs::default() };
    let bars = [STILL, STILL, [99.0, 99.0, 93.0, 95.0], [95.0; 4], [100.0; 4], [100.0; 4]];
    let bought = ledger(&bars, &Orders { costs, limit, ..over(2, 2) });
    // At the limit of 93.75 inside bar 2, without slippage; two bars later at 100 with it.
    fills(&bought, &[(2, 0, 500.0 / 93.75, 93.75), (4, 0, 500.0 / 102.0, 100.0)]);
    near(bought.executions[0].price, 93.75);
    near(bought.executions[1].price, 102.0);
}

#[test]
fn a_hedge_grows_with_the_position() {
    let first = Owned::flat(&[100.0, 100.0, 125.0, 125.0, 125.0]);
    let other = Owned::flat(&[50.0, 50.0, 40.0, 50.0, 50.0]);
    let both = run(&hedged(&first, &other, -0.5), &[0], &after(2, over(2, 1)));
    // Half as much on the other side: 250 of 500, twice.
    fills(
        &both,
        &[
            (1, 0, 5.0, 100.0),
            (1, 1, -5.0, 50.0),
            (2, 0, 4.0, 125.0),
            (2, 1, -6.25, 40.0),
            (3, 0, -9.0, 125.0),
            (3, 1, 11.25, 50.0),
        ],
    );
    // At closes both fill at the same one.
    let closes = run(&hedged(&first, &other, -0.5), &[0], &Orders { fill: Fill::Close, ..over(2, 1) });
    fills(&closes, &[(1, 0, 5.0, 100.0), (1, 1, -5.0, 50.0), (2, 0, 4.0, 125.0), (2, 1, -6.25, 40.0)]);
}

#[test]
fn a_hedge_whose_market_is_shut_catches_up_in_one_order() {
    let first = Owned::flat(&[100.0; 8]);
    // Open on days 0, 1, 5, 6 and 7 alone: parts of days 1, 2 and 3, the last two followed on day 5.
    let days = [0, 1, 5, 6, 7];
    let other = Owned::on(&days, (14, 21), &[[50.0; 4], [50.0; 4], [40.0; 4], [40.0; 4], [40.0; 4]]);
    let followed = run(&hedged(&first, &other, -1.0), &[0], &over(4, 3));
    fills(
        &followed,
        &[
            (1, 0, 2.5, 100.0),
            (1, 1, -5.0, 50.0),
            (2, 0, 2.5, 100.0),
            (3, 0, 2.5, 100.0),
            (4, 0, 2.5, 100.0),
            (5, 1, -750.0 / 40.0, 40.0),
        ],
    );
    // It leaves before the hedge could follow: what was owed is not bought any more.
    let left = run(&hedged(&first, &other, -1.0), &[0], &after(3, over(4, 3)));
    assert_eq!(left.executions.iter().filter(|fill| fill.leg == 1).count(), 2);
    near(left.executions.iter().filter(|fill| fill.leg == 1).map(|fill| fill.units).sum(), 0.0);
}

#[test]
fn a_hedge_that_opens_earlier_waits_for_the_part() {
    // The traded market opens at 14, its hedge at midnight: the part of day 3 is followed on day 4.
    let days: Vec<usize> = (0..6).collect();
    let first = Owned::on(&days, (14, 21), &flat(&[100.0; 6]));
    let other = Owned::flat(&[50.0, 50.0, 50.0, 50.0, 40.0, 40.0]);
    let followed = run(&hedged(&first, &other, -1.0), &[1], &over(2, 1));
    fills(&followed, &[(2, 1, -10.0, 50.0), (2, 0, 5.0, 100.0), (3, 0, 5.0, 100.0), (4, 1, -12.5, 40.0)]);
}

#[test]
fn a_part_of_a_hedged_trade_that_leaves_is_netted_in_order() {
    // Days 2 to 4 are shut for the hedge. A part is bought on day 2, half of all leaves inside day 3.
    let first = Owned::daily(&[STILL, STILL, STILL, [100.0, 126.0, 100.0, 120.0], [120.0; 4], [120.0; 4]]);
    let other = Owned::on(&[0, 1, 5], (0, 24), &flat(&[50.0, 50.0, 40.0]));
    let exits = Exits { partials: Partials::of(&[Partial { at: 0.25, part: 0.5 }]), ..Exits::default() };
    let netted = run(&hedged(&first, &other, -1.0), &[0], &leaving(exits, over(2, 1)));
    fills(
        &netted,
        &[
            (1, 0, 5.0, 100.0),
            (1, 1, -10.0, 50.0),
            (2, 0, 5.0, 100.0),
            (3, 0, -5.0, 125.0),
            (5, 1, 5.0, 40.0),
            (5, 1, -250.0 / 40.0, 40.0),
        ],
    );
}

#[test]
fn nothing_is_added_without_a_bar_or_a_price() {
    // The last part has no bar left.
    assert_eq!(ledger(&flat(&[100.0; 3]), &over(2, 2)).trades[0].parts, 1);
    // At a price of zero there is nothing to buy.
    let zero = [STILL, STILL, [0.0, 100.0, 0.0, 100.0], STILL];
    assert_eq!(ledger(&zero, &over(2, 1)).trades[0].parts, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// The same account by another hand: no positions, legs or orders, a few numbers in a loop.
    #[test]
    fn a_plain_loop_builds_the_same_positions(
        world in world(), hold in 1..15_usize, stop in 0.01..0.3_f64,
        parts in 1..6_u32, length in 1..9_u32, step in 0.005..0.05_f64, by_time in any::<bool>(),
    ) {
        let (commission, slippage) = (0.001, 0.0005);
        let scale =
            if by_time { Scale::Over { parts, bars: length } } else { Scale::Deeper { parts, step } };
        let exits = Exits {
            after: u32::try_from(hold).ok(),
            stop: Some(Barrier { fraction: stop, on_close: true }),
            ..Exits::default()
        };
        let costs = Costs { commission, slippage, ..Costs::default() };
        let ledger = world.run(world.bars(), &Orders { exits, costs, scale, ..orders() }, 1.0);
        let bar_of = |k: u32| (k * length / parts.saturating_sub(1).max(1)) as usize;
        let (mut cash, mut whole, mut units, mut paid) = (1.0, 0.0, 0.0, 0.0);
        let (mut first, mut since, mut asked) = (0.0, 0, 0);
        let (mut buy, mut sell) = (0, false);
        for t in 0..world.bars() {
            if sell {
                cash += units * world.open[t] * (1.0 - slippage) * (1.0 - commission);
                (units, asked) = (0.0, 0);
            }
            if buy > 0 {
                let fill = world.open[t] * (1.0 + slippage);
                if asked == 0 {
                    (whole, first, since, paid) = (cash, fill, t, 0.0);
                }
                let money = whole * f64::from(buy) / f64::from(parts);
                let got = money / (fill * (1.0 + commission));
                (cash, units, paid, asked) = (cash - money, units + got, paid + got * fill, asked + buy);
            }
            let close = world.close[t];
            let held = asked > 0;
            sell = held
                && (world.rule[t] || t + 1 - since >= hold || close <= paid / units * (1.0 - stop));
            let due = |k: &u32| {
                *k == 0
                    || by_time && bar_of(*k) <= if held { t + 1 - since } else { 0 }
                    || !by_time && held && close <= first * (1.0 - f64::from(*k) * step)
            };
            let wants = (held && !sell) || (!held && world.entry[t]);
            buy = if wants { u32::try_from((asked..parts).take_while(due).count()).unwrap_or(0) } else { 0 };
            prop_assert!((ledger.equity[t] - (cash + units * close)).abs() < 1e-11, "bar {}", t);
        }
    }
}
