//! What a trade costs and earns, and what the account is worth at each close.

use super::*;

#[test]
fn costs_of_a_round_trip() {
    let case = prices(&[100.0, 100.0, 110.0, 120.0, 130.0]).costs(0.01, 0.02).after(2);
    let trade = case.trade();
    // Bought at 100 x 1.02, sold at 120 x 0.98; units 1000 / (102 x 1.01) = 1000 / 103.02.
    near(trade.entry_price, 102.0);
    near(trade.exit_price, 117.6);
    near(trade.units, 9.706_853_038_244_999);
    // 102 x units x 0.01 + 117.6 x units x 0.01
    near(trade.commission, 9.900_990_099_009_9 + 11.415_259_172_976_12);
    // units x 117.6 x 0.99 = 1000 x 116.424 / 103.02
    near(trade.pnl, 1_130.110_658_124_635_9 - 1000.0);
    near(trade.net_return, 0.130_110_658_124_635_9);
    // 117.6 / 102 - 1, before commission
    near(trade.gross_return, 0.152_941_176_470_588_2);
    let ledger = case.ledger();
    // units x 100, units x 110, then cash
    all_near(
        &ledger.equity,
        &[1000.0, 970.685_303_824_499_9, 1_067.753_834_206_95, 1_130.110_658_124_636, 1_130.110_658_124_636],
    );
    all_near(&ledger.position, &[0.0, 9.706_853_038_244_999, 9.706_853_038_244_999, 0.0, 0.0]);
}

#[test]
fn an_open_position_is_marked_without_the_costs_of_an_exit() {
    let case = prices(&[100.0, 100.0, 110.0, 120.0, 130.0]).costs(0.01, 0.02);
    let trade = case.trade();
    assert!(trade.open);
    assert_eq!((trade.exit, trade.reasons), (4, Reasons::END));
    near(trade.exit_price, 130.0);
    // 102 x units x 0.01
    near(trade.commission, 9.900_990_099_009_9);
    // units x 130 - 1000
    near(trade.pnl, 261.890_894_971_849_9);
    near(trade.net_return, 0.261_890_894_971_849_9);
    // 130 / 102 - 1
    near(trade.gross_return, 0.274_509_803_921_568_6);
    let ledger = case.ledger();
    near(ledger.equity[4], 1_261.890_894_971_85);
    near(ledger.position[4], trade.units);
}

#[test]
fn levels_are_measured_from_the_fill_and_sales_slip() {
    // Fill 102: stop at 102 x 0.75 = 76.5, sold at 76.5 x 0.98; target at 127.5, sold at 124.95.
    let bars = [STILL, STILL, [100.0, 101.0, 76.4, 80.0], STILL];
    let stopped = market(&bars).costs(0.0, 0.02).stop(inside(0.25)).trade();
    near(stopped.exit_price, 74.97);
    near(stopped.mae, 74.97 / 102.0 - 1.0);
    let bars = [STILL, STILL, [100.0, 127.6, 99.0, 100.0], STILL];
    let reached = market(&bars).costs(0.0, 0.02).target(inside(0.25)).trade();
    near(reached.exit_price, 124.95);
    near(reached.gross_return, 0.225);
    // A commission moves no level.
    let with_commission = market(&bars).costs(0.05, 0.02).target(inside(0.25)).trade();
    near(with_commission.exit_price, 124.95);
}

#[test]
fn a_stop_nearer_than_the_slippage_sells_at_the_entrys_own_open() {
    // Fill 104, stop at 104 x 0.96875 = 100.75: the open of 100 is already beyond it. Sold at 96.
    let trade = market(&[STILL, STILL, STILL]).costs(0.0, 0.04).stop(inside(0.031_25)).trade();
    assert_eq!((trade.entry, trade.exit, trade.reasons), (1, 1, Reasons::STOP));
    near(trade.exit_price, 96.0);
}

#[test]
fn half_of_the_equity_of_the_moment_goes_into_each_trade() {
    // 500 at 100: 5 units, sold at 120: 1100. Then 550 at 110: 5 units, sold at 80: 950.
    let case = prices(&[100.0, 100.0, 120.0, 110.0, 80.0, 70.0]).size(0.5).entry(&[0, 2]).after(1);
    let ledger = case.ledger();
    all_near(&ledger.equity, &[1000.0, 1000.0, 1100.0, 1100.0, 950.0, 950.0]);
    all_near(&ledger.position, &[0.0, 5.0, 0.0, 5.0, 0.0, 0.0]);
    near(ledger.trades[0].net_return, 0.2);
    near(ledger.trades[1].pnl, -150.0);
    near(ledger.trades[1].net_return, -30.0 / 110.0);
    // With costs the 500 include the commission: 500 / 103.02 units, worth 500 x 116.424 / 103.02 when sold.
    let costly = prices(&[100.0, 100.0, 110.0, 120.0]).costs(0.01, 0.02).size(0.5).after(2).ledger();
    near(costly.trades[0].units, 4.853_426_519_122_5);
    all_near(&costly.equity[1..], &[985.342_651_912_25, 1_033.876_917_103_475, 1_065.055_329_062_318]);
}

#[test]
fn excursions_are_what_was_seen_while_held() {
    let excursions = |case: Case| {
        let trade = case.trade();
        (trade.mae, trade.mfe)
    };
    let bars = [
        [1.0; 4],
        [100.0, 110.0, 95.0, 105.0],
        [105.0, 120.0, 90.0, 100.0],
        [115.0, 160.0, 40.0, 80.0],
        STILL,
    ];
    // Left at the open of bar 3: of that bar its open alone.
    assert_eq!(excursions(market(&bars).after(2)), (90.0 / 100.0 - 1.0, 120.0 / 100.0 - 1.0));
    assert_eq!(excursions(market(&bars).after(1)), (95.0 / 100.0 - 1.0, 110.0 / 100.0 - 1.0));
    // Stopped inside bar 3: its open of 115 and the fill of 50, not its high or low.
    assert_eq!(excursions(market(&bars).stop(inside(0.5))), (-0.5, 120.0 / 100.0 - 1.0));
    // Sold at the target of 112.5 inside bar 2: neither its high nor its low.
    assert_eq!(excursions(market(&bars).target(inside(0.125))), (95.0 / 100.0 - 1.0, 0.125));
    assert_eq!(excursions(market(&bars[..3])), (90.0 / 100.0 - 1.0, 120.0 / 100.0 - 1.0));
    // Opened at the best price, 119, before the stop.
    let topped = [STILL, STILL, [119.0, 120.0, 40.0, 80.0], STILL];
    assert_eq!(excursions(market(&topped).stop(inside(0.5))), (-0.5, 119.0 / 100.0 - 1.0));
    // Filled at closes: bar 1 with its close alone, bar 3 whole because it was held to its close.
    let closing = market(&bars).at_close().after(2);
    assert_eq!(excursions(closing), (40.0 / 105.0 - 1.0, 160.0 / 105.0 - 1.0));
    // Bought at a close of 100 for 102: that close is the worst price of all.
    let slipped = prices(&[100.0, 100.0, 110.0]).at_close().costs(0.0, 0.02);
    assert_eq!(excursions(slipped), (100.0 / 102.0 - 1.0, 110.0 / 102.0 - 1.0));
    // Nothing seen above the fill: 0, not a loss.
    assert_eq!(excursions(prices(&[100.0, 100.0, 80.0]).after(1)), (80.0 / 100.0 - 1.0, 0.0));
}

#[test]
fn the_bar_that_gapped_over_a_target_counts_with_its_open() {
    let bars = [STILL, STILL, [130.0, 160.0, 60.0, 100.0], STILL];
    let trade = market(&bars).target(inside(0.25)).trade();
    near(trade.mfe, 0.3);
    near(trade.mae, 0.0);
}

#[test]
fn a_ruined_account_stops_trading() {
    let case = prices(&[100.0, 100.0, 0.0, 50.0, 60.0, 70.0]).always();
    let ledger = case.ledger();
    assert_eq!(case.story(), ["0: 1 at 100, 2 at 0, end"]);
    all_near(&ledger.equity, &[1000.0, 1000.0, 0.0, 0.0, 0.0, 0.0]);
    near(ledger.trades[0].net_return, -1.0);
    // Sold below zero: the debt stays.
    let debt = prices(&[100.0, 100.0, -50.0, 50.0, 60.0]).always().after(1).ledger();
    all_near(&debt.equity, &[1000.0, 1000.0, -500.0, -500.0, -500.0]);
    assert_eq!(debt.trades.len(), 1);
}

#[test]
fn nothing_is_bought_at_zero() {
    let bars = [STILL, [0.0, 100.0, 0.0, 100.0], STILL, [104.0; 4]];
    assert_eq!(market(&bars).entry(&[0]).story(), Vec::<String>::new());
    assert_eq!(market(&bars).always().story(), ["1: 2 at 100, 3 at 104, end"]);
}
