//! When orders are decided, when they fill, and when they are dropped.

use super::*;

#[test]
fn orders_without_a_bar_left_are_dropped() {
    assert_eq!(prices(&RISING).entry(&[5]).story(), Vec::<String>::new());
    assert_eq!(prices(&RISING).entry(&[4]).story(), ["4: 5 at 105, 5 at 105, end"]);
    assert_eq!(prices(&RISING).rule(&[5]).story(), ["0: 1 at 101, 5 at 105, end"]);
    assert_eq!(prices(&RISING).rule(&[4]).story(), ["0: 1 at 101, 5 at 105, rule"]);
    assert_eq!(prices(&RISING).entry(&[5]).at_close().story(), Vec::<String>::new());
    let empty = prices(&[]).ledger();
    assert!(empty.trades.is_empty() && empty.equity.is_empty() && empty.position.is_empty());
}

#[test]
fn the_entry_is_looked_at_again_at_the_close_of_the_exits_bar() {
    // Left at the open of bar 3 (after 2): bar 2 is still held, bar 3 is free.
    let again = |bars: &[usize]| prices(&RISING).entry(bars).after(2).story();
    assert_eq!(again(&[0, 1, 2]), ["0: 1 at 101, 3 at 103, after"]);
    assert_eq!(again(&[0, 3]), ["0: 1 at 101, 3 at 103, after", "3: 4 at 104, 5 at 105, end"]);
    // Likewise when a stop ended the position inside bar 2.
    let bars = [STILL, STILL, [100.0, 100.0, 80.0, 90.0], [91.0; 4], [92.0; 4]];
    let stopped = market(&bars).entry(&[0, 1, 2]).stop(inside(0.125));
    assert_eq!(stopped.story(), ["0: 1 at 100, 2 at 87.5, stop", "2: 3 at 91, 4 at 92, end"]);
}

#[test]
fn an_entry_that_is_always_true_trades_every_other_bar() {
    let open = prices(&RISING).always().after(1);
    assert_eq!(
        open.story(),
        ["0: 1 at 101, 2 at 102, after", "2: 3 at 103, 4 at 104, after", "4: 5 at 105, 5 at 105, end"]
    );
    let close = prices(&RISING).always().after(1).at_close();
    assert_eq!(close.story(), open.story());
    // Stopped inside each entry bar: out again, and in again at the next open.
    let dips = market(&[STILL, [100.0, 100.0, 50.0, 100.0], [100.0, 100.0, 50.0, 100.0]]).always();
    let stopped = ["0: 1 at 100, 1 at 75, stop", "1: 2 at 100, 2 at 75, stop"];
    assert_eq!(dips.stop(inside(0.25)).story(), stopped);
}

#[test]
fn orders_that_fill_at_the_close() {
    let bars = [
        STILL,
        // Entered at 100; the inside of this bar was not held.
        [90.0, 180.0, 20.0, 100.0],
        [110.0, 120.0, 80.0, 104.0],
        [90.0, 124.0, 70.0, 108.0],
        [109.0, 130.0, 60.0, 112.0],
    ];
    let case = || market(&bars).at_close();
    assert_eq!(case().after(1).story(), ["0: 1 at 100, 2 at 104, after"]);
    assert_eq!(case().after(2).story(), ["0: 1 at 100, 3 at 108, after"]);
    assert_eq!(case().after(4).story(), ["0: 1 at 100, 4 at 112, end"]);
    assert_eq!(case().rule(&[1]).story(), ["0: 1 at 100, 2 at 104, rule"]);
    assert_eq!(case().rule(&[2]).story(), ["0: 1 at 100, 3 at 108, rule"]);
    assert_eq!(case().target(inside(0.25)).story(), ["0: 1 at 100, 4 at 125, target"]);
    assert_eq!(case().target(closes(0.0625)).story(), ["0: 1 at 100, 4 at 112, target"]);
    assert_eq!(case().stop(inside(0.25)).story(), ["0: 1 at 100, 3 at 75, stop"]);
    assert_eq!(case().stop(inside(0.0625)).story(), ["0: 1 at 100, 2 at 93.75, stop"]);
    // The entry bar's high of 180 is not part of the peak: level 75 in bar 2, 120 x 0.75 = 90 in bar 3.
    assert_eq!(case().trail(inside(0.25)).story(), ["0: 1 at 100, 3 at 90, trail"]);
    // The inside of the bar comes before the order that waits for its close; its open likewise.
    assert_eq!(case().rule(&[2]).stop(inside(0.25)).story(), ["0: 1 at 100, 3 at 75, stop"]);
    assert_eq!(case().rule(&[2]).stop(inside(0.09375)).story(), ["0: 1 at 100, 2 at 90.625, stop"]);
    let gap = [STILL, STILL, STILL, [70.0, 90.0, 60.0, 80.0], STILL];
    assert_eq!(market(&gap).at_close().rule(&[2]).stop(inside(0.25)).story(), ["0: 1 at 100, 3 at 70, stop"]);
    // Sold at the close of bar 2, whose close may signal again.
    let again = case().entry(&[0, 1, 2]).after(1).story();
    assert_eq!(again, ["0: 1 at 100, 2 at 104, after", "2: 3 at 108, 4 at 112, after"]);
}

#[test]
fn a_trail_on_close_with_fills_at_the_close() {
    // Peaks before bars 2, 3, 4: 100, 120, 160, so the closes are held against 75, 90 and 120.
    let bars = [
        STILL,
        [100.0, 180.0, 100.0, 100.0],
        [100.0, 120.0, 76.0, 80.0],
        [90.0, 160.0, 90.0, 95.0],
        [99.0; 4],
        [98.0; 4],
    ];
    assert_eq!(market(&bars).at_close().trail(closes(0.25)).story(), ["0: 1 at 100, 5 at 98, trail"]);
}

#[test]
#[should_panic(expected = "one value per bar")]
fn columns_of_different_lengths_are_a_callers_mistake() {
    let bar = [100.0; 3];
    let columns = Prices { open: &bar, high: &bar, low: &bar, close: &bar };
    simulate(&columns, &[true; 2], None, &prices(&[]).orders, 1.0);
}
