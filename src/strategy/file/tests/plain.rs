//! Sentences as people write them, and what each is read as.

use super::*;

/// A sentence, its rule in function form, and its exits.
const SENTENCES: &[(&str, &str, &str)] = &[
    (
        "Buy bitcoin when the Russell 2000 makes a new all-time high while bitcoin trades more than a quarter below its record",
        "new_high(Russell 2000) and drawdown(bitcoin) > 25%",
        "after 63 days",
    ),
    (
        "go long BTC if the Russell hits a high and BTC is still over half below its peak.",
        "new_high(Russell) and drawdown(BTC) > 50%",
        "after 63 days",
    ),
    (
        "long BTC when the Russell hits a high, exit after 63 days or at a 20% profit, whichever comes first",
        "new_high(Russell)",
        "after 63 days or target 20%",
    ),
    (
        "buy BTC when the Russell hits a record, sell when BTC hits a high or when the leader falls 10% from its high",
        "new_high(Russell)",
        "when BTC hits a high or when the leader falls 10% from its high",
    ),
    ("long BTC when BTC fell more than 10% in 5 days", "-change(BTC, 5) > 10%", "after 63 days"),
    ("long BTC when BTC rose over 20% in 21 days", "change(BTC, 21) > 20%", "after 63 days"),
    (
        "long BTC when BTC lost 10% in the last 5 days and gold gained over 2% in 5 days",
        "-change(BTC, 5) >= 10% and change(gold, 5) > 2%",
        "after 63 days",
    ),
    (
        "long BTC when the Russell hits a high, exit stop loss 25% or take profit 50% or trailing stop 10% on close",
        "new_high(Russell)",
        "stop 25% or target 50% or trail 10% on close",
    ),
    (
        "long BTC when the Russell hits a high, exit gap 50% or break-even 10% or half at 20% or after 63 days",
        "new_high(Russell)",
        "after 63 days or gap 50% closed or stop at the fill once 10% ahead or 50% of it at 20%",
    ),
    ("long BTC when the Russell hits a high exit after 21 days", "new_high(Russell)", "after 21 days"),
    ("long BTC when the Russell hits a high and exit after 21 days", "new_high(Russell)", "after 21 days"),
    (
        "long BTC when the Russell hits a high, and then sell after 21 days",
        "new_high(Russell)",
        "after 21 days",
    ),
    (
        "long BTC when the Russell hits a high commission 10 bps slippage 5 bps",
        "new_high(Russell)",
        "after 63 days",
    ),
    ("long BTC when the Russell hits a high and hold for 126 days", "new_high(Russell)", "after 126 days"),
    (
        "long BTC when the Russell hits a high, hold 126 days or stop at 25%",
        "new_high(Russell)",
        "after 126 days or stop 25%",
    ),
    (
        "long BTC when the Russell hits a high, exit after 63 days, with a 25% stop",
        "new_high(Russell)",
        "after 63 days or stop 25%",
    ),
    (
        "long BTC when the Russell hits a high, exit with a trailing stop of 10%, or when BTC is at a record",
        "new_high(Russell)",
        "when BTC is at a record or trail 10%",
    ),
    (
        "long BTC when the Russell hits a high and hold until BTC hits a high or stop 25%",
        "new_high(Russell)",
        "when BTC hits a high or stop 25%",
    ),
    ("long BTC when BTC is above the 200-day moving average", "BTC > sma(BTC, 200)", "after 63 days"),
    (
        "long BTC when BTC is above its 200-day average and is up by over 10% in 21 days",
        "BTC > sma(BTC, 200) and change(BTC, 21) > 10%",
        "after 63 days",
    ),
    (
        "long BTC when BTC is above its 50-day average for at least 3 consecutive days",
        "always(BTC > sma(BTC, 50), 3)",
        "after 63 days",
    ),
    (
        "long BTC when BTC is above its 50-day average 3 days in a row and gold notches a record high",
        "always(BTC > sma(BTC, 50), 3) and new_high(gold)",
        "after 63 days",
    ),
    (
        "long BTC when BTC remains at least 15% off its own 252-day peak",
        "drawdown(BTC, 252) >= 15%",
        "after 63 days",
    ),
    (
        "long BTC when BTC falls below its 200-day average",
        "crosses_below(BTC, sma(BTC, 200))",
        "after 63 days",
    ),
    ("long BTC when BTC climbs above 100000", "crosses_above(BTC, 100000)", "after 63 days"),
    ("long BTC whenever BTC has dropped by a fifth from its high", "drawdown(BTC) >= 20%", "after 63 days"),
    ("long BTC, when BTC rallies over 30% from its 63-day low", "runup(BTC, 63) > 30%", "after 63 days"),
];

#[test]
fn sentences_of_prose_are_read_as_they_say() {
    for (text, rule, exit) in SENTENCES {
        let read = sentence(text);
        assert_eq!((read.entry.functional.as_str(), read.describe_exit().as_str()), (*rule, *exit), "{text}");
    }
}

#[test]
fn what_is_sold_first_is_said_in_several_ways() {
    for text in ["short BTC when", "go short BTC if", "sell short BTC when", "Sell short bitcoin when"] {
        let read =
            sentence(&format!("{text} the Russell hits a 63-day low, cover after 21 days, borrow of 5%"));
        assert_eq!(read.plan.direction, Direction::Short, "{text}");
        assert_eq!(read.describe_exit(), "after 21 days", "{text}");
    }
}

#[test]
fn the_leader_is_the_one_other_market_of_the_entry() {
    let exit = "exit when the leader falls 5% from its 63-day high";
    let rule =
        |entry: &str| sentence(&format!("long BTC when {entry}, {exit}")).exits.rule.unwrap().functional;
    assert_eq!(
        rule("the Russell hits a high and BTC is over 20% below its high"),
        "drawdown(Russell, 63) >= 5%"
    );
    assert_eq!(rule("gold hits a high and the Russell as leader hits a high"), "drawdown(Russell, 63) >= 5%");
    let two = refusal(&format!("long BTC when the Russell hits a high and gold hits a high, {exit}"));
    assert!(two.contains("`IWM as leader"), "{two}");
}
