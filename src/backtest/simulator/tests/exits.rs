//! Each exit alone, and several in one bar.

use super::*;

#[test]
fn after_n_bars_leaves_n_opens_after_the_entry() {
    assert_eq!(prices(&RISING).after(1).story(), ["0: 1 at 101, 2 at 102, after"]);
    assert_eq!(prices(&RISING).after(3).story(), ["0: 1 at 101, 4 at 104, after"]);
    assert_eq!(prices(&RISING).after(4).story(), ["0: 1 at 101, 5 at 105, after"]);
    assert_eq!(prices(&RISING).after(5).story(), ["0: 1 at 101, 5 at 105, end"]);
    assert_eq!(prices(&RISING).after(3).trade().bars(), 3);
}

#[test]
fn the_exit_rule_is_seen_from_the_entry_bars_close_on_and_fills_at_the_next_open() {
    assert_eq!(prices(&RISING).rule(&[2]).story(), ["0: 1 at 101, 3 at 103, rule"]);
    assert_eq!(prices(&RISING).rule(&[1]).story(), ["0: 1 at 101, 2 at 102, rule"]);
    assert_eq!(prices(&RISING).rule(&[0]).story(), ["0: 1 at 101, 5 at 105, end"]);
}

#[test]
fn a_stop_fills_at_its_level() {
    let stop =
        |low: f64| market(&[STILL, STILL, [100.0, 101.0, low, 95.0], STILL]).stop(inside(0.125)).story();
    assert_eq!(stop(80.0), ["0: 1 at 100, 2 at 87.5, stop"]);
    assert_eq!(stop(87.5), ["0: 1 at 100, 2 at 87.5, stop"]);
    assert_eq!(stop(87.51), ["0: 1 at 100, 3 at 100, end"]);
}

#[test]
fn a_target_fills_at_its_level() {
    let target =
        |high: f64| market(&[STILL, STILL, [100.0, high, 99.0, 100.0], STILL]).target(inside(0.25)).story();
    assert_eq!(target(140.0), ["0: 1 at 100, 2 at 125, target"]);
    assert_eq!(target(125.0), ["0: 1 at 100, 2 at 125, target"]);
    assert_eq!(target(124.99), ["0: 1 at 100, 3 at 100, end"]);
}

#[test]
fn an_open_beyond_a_level_fills_at_the_open() {
    let gap = |open: f64| {
        let bars = [STILL, STILL, [open, 150.0, 50.0, 100.0], STILL];
        market(&bars).stop(inside(0.125)).target(inside(0.25)).story()
    };
    assert_eq!(gap(80.0), ["0: 1 at 100, 2 at 80, stop"]);
    assert_eq!(gap(87.5), ["0: 1 at 100, 2 at 87.5, stop"]);
    assert_eq!(gap(130.0), ["0: 1 at 100, 2 at 130, target"]);
    assert_eq!(gap(125.0), ["0: 1 at 100, 2 at 125, target"]);
    // Between the levels the bar reaches both: the stop is taken to be first.
    assert_eq!(gap(100.0), ["0: 1 at 100, 2 at 87.5, stop"]);
}

#[test]
fn the_inside_of_the_entry_bar_counts_when_entered_at_its_open() {
    let entered = [STILL, [100.0, 130.0, 95.0, 100.0], STILL];
    assert_eq!(market(&entered).target(inside(0.25)).story(), ["0: 1 at 100, 1 at 125, target"]);
    assert_eq!(market(&entered).stop(inside(0.03125)).story(), ["0: 1 at 100, 1 at 96.875, stop"]);
    assert_eq!(market(&entered).stop(inside(0.03125)).trade().bars(), 0);
}

#[test]
fn a_trail_follows_the_highs_of_the_bars_before() {
    let bars = [
        STILL,
        [100.0, 104.0, 100.0, 104.0],
        // Its own high of 120 does not move the level of 78 that its low of 85 is held against.
        [104.0, 120.0, 85.0, 110.0],
        // Level 90. A lower high leaves the peak where it is.
        [110.0, 112.0, 91.0, 100.0],
        [100.0, 101.0, 89.0, 100.0],
        STILL,
    ];
    assert_eq!(market(&bars).trail(inside(0.25)).story(), ["0: 1 at 100, 4 at 90, trail"]);
    // The entry bar is held against its fill: level 75, then 104 x 0.75 = 78.
    let falling = [STILL, [100.0, 104.0, 76.0, 80.0], [80.0, 81.0, 77.0, 80.0], STILL];
    assert_eq!(market(&falling).trail(inside(0.25)).story(), ["0: 1 at 100, 2 at 78, trail"]);
}

#[test]
fn a_trail_can_be_gapped_through() {
    let bars = [STILL, [100.0, 200.0, 100.0, 200.0], [140.0, 145.0, 130.0, 140.0], STILL];
    assert_eq!(market(&bars).trail(inside(0.25)).story(), ["0: 1 at 100, 2 at 140, trail"]);
}

#[test]
fn the_stop_comes_before_the_trail_and_the_trail_before_the_target() {
    let wide = [STILL, [100.0, 120.0, 100.0, 120.0], [120.0, 140.0, 70.0, 100.0], STILL];
    let all = market(&wide).stop(inside(0.25)).trail(inside(0.25)).target(inside(0.375));
    assert_eq!(all.story(), ["0: 1 at 100, 2 at 75, stop"]);
    let two = market(&wide).trail(inside(0.25)).target(inside(0.375));
    assert_eq!(two.story(), ["0: 1 at 100, 2 at 90, trail"]);
}

#[test]
fn barriers_on_close_ignore_the_inside_and_fill_at_the_next_open() {
    let dip = [STILL, STILL, [100.0, 140.0, 80.0, 99.0], [98.0, 98.0, 87.5, 87.5], [90.0; 4], STILL];
    assert_eq!(market(&dip).stop(closes(0.125)).story(), ["0: 1 at 100, 4 at 90, stop"]);
    let spike = [STILL, STILL, [100.0, 140.0, 80.0, 99.0], [98.0, 125.0, 87.5, 125.0], [110.0; 4], STILL];
    assert_eq!(market(&spike).target(closes(0.25)).story(), ["0: 1 at 100, 4 at 110, target"]);
    // Bar 2's close of 99 is held against the peak of 100 before it (75), bar 3's against 140 (105).
    assert_eq!(market(&dip).trail(closes(0.25)).story(), ["0: 1 at 100, 4 at 90, trail"]);
    // The entry bar's close is looked at.
    let sunk = [STILL, [100.0, 100.0, 60.0, 70.0], [75.0; 4], STILL];
    assert_eq!(market(&sunk).stop(closes(0.25)).story(), ["0: 1 at 100, 2 at 75, stop"]);
    assert_eq!(market(&sunk).trail(closes(0.25)).story(), ["0: 1 at 100, 2 at 75, trail"]);
}

#[test]
fn an_inside_stop_and_a_close_target_work_side_by_side() {
    let bars = [STILL, STILL, [100.0, 130.0, 100.0, 126.0], [80.0, 90.0, 70.0, 90.0], STILL];
    let both = market(&bars).stop(inside(0.125)).target(closes(0.25));
    // Decided at 126, filled at the gap, which is also beyond the stop.
    assert_eq!(both.story(), ["0: 1 at 100, 3 at 80, stop+target"]);
}

#[test]
fn a_waiting_order_fills_at_the_open_before_anything_inside_the_bar() {
    let bars = [STILL, STILL, STILL, [98.0, 150.0, 50.0, 100.0], STILL];
    let orders = market(&bars).rule(&[2]).stop(inside(0.125)).target(inside(0.25));
    assert_eq!(orders.story(), ["0: 1 at 100, 3 at 98, rule"]);
    let gap = [STILL, STILL, STILL, [80.0, 150.0, 50.0, 100.0], STILL];
    let orders = market(&gap).rule(&[2]).stop(inside(0.125)).target(inside(0.25));
    assert_eq!(orders.story(), ["0: 1 at 100, 3 at 80, rule+stop"]);
}

#[test]
fn every_reason_of_one_fill_is_named_and_no_other() {
    let bars = [STILL, STILL, [70.0; 4], [60.0; 4], STILL];
    let seen = |case: Case| case.rule(&[2]).after(2).story();
    assert_eq!(seen(market(&bars)), ["0: 1 at 100, 3 at 60, rule+after"]);
    let closing = market(&bars).stop(closes(0.25)).trail(closes(0.25));
    assert_eq!(seen(closing), ["0: 1 at 100, 3 at 60, rule+after+stop+trail"]);
    let high = [STILL, STILL, [130.0; 4], [140.0; 4], STILL];
    assert_eq!(seen(market(&high).target(closes(0.25))), ["0: 1 at 100, 3 at 140, rule+after+target"]);
    // Stop and trail stand at one level on the entry bar, and one open can be beyond both.
    let low = [STILL, [100.0, 100.0, 70.0, 100.0], STILL];
    let both = market(&low).stop(inside(0.25)).trail(inside(0.25));
    assert_eq!(both.story(), ["0: 1 at 100, 1 at 75, stop+trail"]);
    let both = market(&bars).stop(inside(0.25)).trail(inside(0.125));
    assert_eq!(both.story(), ["0: 1 at 100, 2 at 70, stop+trail"]);
}

#[test]
fn the_stop_fills_first_though_prices_meet_the_trail_before_it() {
    // From the peak of 160 a trail of 25% stands at 120, the stop of 25% at 75: falling to 70, the bar must have
    // crossed 120 before 75. The worse of the two is taken.
    let bars = [STILL, STILL, [100.0, 160.0, 100.0, 150.0], [150.0, 150.0, 70.0, 80.0], STILL];
    let both = market(&bars).stop(inside(0.25)).trail(inside(0.25));
    assert_eq!(both.story(), ["0: 1 at 100, 3 at 75, stop"]);
    let shallow = [STILL, STILL, [100.0, 160.0, 100.0, 150.0], [150.0, 150.0, 76.0, 80.0], STILL];
    let trail = market(&shallow).stop(inside(0.25)).trail(inside(0.25));
    assert_eq!(trail.story(), ["0: 1 at 100, 3 at 120, trail"]);
}

#[test]
fn a_fill_inside_a_bar_is_told_beside_the_close_before_it() {
    // Stopped at 75 in a bar that closes at 80: before it 90 was known; where the bar of the entry itself is left,
    // the entry's price.
    let bars = [STILL, [100.0, 100.0, 90.0, 90.0], [90.0, 90.0, 70.0, 80.0], STILL];
    let ledger = market(&bars).stop(inside(0.25)).ledger();
    near(ledger.executions[1].reference, 90.0);
    let at_once = [STILL, [110.0, 110.0, 70.0, 80.0], STILL];
    let ledger = market(&at_once).stop(inside(0.25)).ledger();
    all_near(&[ledger.executions[0].reference, ledger.executions[1].reference], &[100.0, 110.0]);
    // Half of it leaves at 125 in a bar that closes at 120.
    let mut half = market(&[STILL, STILL, [100.0, 130.0, 100.0, 120.0], STILL]);
    half.orders.exits.partials = Partials::of(&[Partial { at: 0.25, part: 0.5 }]);
    near(half.ledger().executions[1].reference, 100.0);
}
