//! What files and sentences mean, and what is said where they mean nothing.

mod edges;
mod plain;
mod scale;
mod several;
mod trade;
mod wrong;

use super::*;
use crate::base::diagnostic::{Severity, Source};

/// Knows a few symbols and aliases.
struct Words;

impl Vocabulary for Words {
    fn symbol(&self, word: &str) -> Option<String> {
        let symbol = match word.to_lowercase().as_str() {
            "russell" | "russell 2000" | "small caps" | "iwm" => "IWM",
            "btc" | "bitcoin" | "btc-usd" => "BTC-USD",
            "gold" | "gld" => "GLD",
            _ => return None,
        };
        Some(symbol.to_owned())
    }

    fn words(&self) -> Vec<String> {
        ["russell", "IWM", "bitcoin", "BTC-USD", "gold"].map(str::to_owned).to_vec()
    }
}

fn sentence(text: &str) -> Strategy {
    Strategy::from_sentence(text, &Words).unwrap_or_else(|failure| panic!("{text}\n{failure}"))
}

fn functional(rule: &str) -> String {
    sentence(&format!("long btc when {rule}")).entry.functional
}

fn refusal(text: &str) -> String {
    let failure = Strategy::from_sentence(text, &Words).expect_err(text);
    failure.diagnostics().iter().map(|d| d.render(Severity::Error, false)).collect()
}

fn file(text: &str) -> Result<Strategy> {
    Strategy::from_toml("test", &Source::new("test.toml", text), &Words)
}

#[test]
fn sentences_are_sugar_over_functions() {
    for (rule, expected) in [
        (
            "the Russell hits a high and BTC is over 20% below its high",
            "new_high(Russell) and drawdown(btc) > 20%",
        ),
        ("russell hits a 252-day high", "new_high(russell, 252)"),
        ("russell hits an all-time high", "new_high(russell)"),
        ("russell hits its all-day high", "new_high(russell)"),
        ("the Russell 2000 sets a new record", "new_high(Russell 2000)"),
        ("btc hits a 63-day low", "new_low(btc, 63)"),
        ("btc is at a 20-day high", "at_high(btc, 20)"),
        ("btc is not at a record high", "not at_high(btc)"),
        ("btc is 20% below its 252-day high", "drawdown(btc, 252) >= 20%"),
        ("btc is at most 20% below its high", "drawdown(btc) <= 20%"),
        ("btc is less than 5% below its high on highs", "drawdown_on_highs(btc) < 5%"),
        ("btc is more than 30% above its 63-day low", "runup(btc, 63) > 30%"),
        ("btc is above its 200-day moving average", "btc > sma(btc, 200)"),
        ("btc is under the 50-day average of btc", "btc < sma(btc, 50)"),
        ("btc has risen over 10% in 21 days", "change(btc, 21) > 10%"),
        ("btc has fallen at least 10% in the last 21 days", "-change(btc, 21) >= 10%"),
        ("the 63-day correlation of btc and russell is over 0.3", "correlation(btc, russell, 63) > 0.3"),
        ("correlation of btc with gold over 40 bars > 0.5", "correlation(btc, gold, 40 bars) > 0.5"),
        ("russell hits a high within the last 5 days", "within(new_high(russell), 5)"),
        (
            "not (btc > gold or btc > 2 * gold) and gold > 1",
            "not (btc > gold or btc > 2 * gold) and gold > 1",
        ),
        ("btc - gold > 5 - (3 - 2)", "btc - gold > 5 - (3 - 2)"),
        ("highest(btc, 20) / close(btc) > 1.5", "highest(btc, 20) / close(btc) > 1.5"),
        ("drawdown(btc, all) > 20%", "drawdown(btc, all) > 20%"),
        (
            "the Russell makes an all time high while BTC trades 20% off its high",
            "new_high(Russell) and drawdown(btc) >= 20%",
        ),
        (
            "russell closes at a record high but btc is down over 20% from its 252-day high",
            "new_high(russell) and drawdown(btc, 252) > 20%",
        ),
        ("btc is up more than 30% from its 63-day low", "runup(btc, 63) > 30%"),
        ("btc is up over 5% in 21 days", "change(btc, 21) > 5%"),
        ("btc falls by at least 10 percent in the last 5 days", "-change(btc, 5) >= 10%"),
        ("gold has risen by no less than 0.25 points over 90 days", "difference(gold, 90) >= 0.25"),
        ("btc is between 10% and 30% below its high", "between(drawdown(btc), 10%, 30%)"),
        ("btc is within 5% of its 252-day high", "drawdown(btc, 252) <= 5%"),
        ("btc outperforms gold by over 10% over the last 63 days", "spread(btc, gold, 63) > 10%"),
        ("small caps hit a record", "new_high(small caps)"),
        ("any of (russell hits a high, gold hits a high)", "at_least(1, new_high(russell), new_high(gold))"),
        ("all of (russell hits a high, gold hits a high)", "at_least(2, new_high(russell), new_high(gold))"),
        (
            "russell hits a high within 30 days after a fed rate cut",
            "new_high(russell) and after_event(rate_cut, 30)",
        ),
        ("new_high(ratio(btc, gold), 63)", "new_high(ratio(btc, gold), 63)"),
        (
            "btc exceeds its 50-day average on at least 15 of the last 21 days",
            "count(btc > sma(btc, 50), 21) >= 15",
        ),
        (
            "IWM as leader hits a high and the leader is above its 50-day average",
            "new_high(IWM) and IWM > sma(IWM, 50)",
        ),
        ("btc crosses above its 50-day moving average", "crosses_above(btc, sma(btc, 50))"),
        ("btc breaks below 100000", "crosses_below(btc, 100000)"),
        ("btc is above its 50-day exponential average for 5 days", "always(btc > ema(btc, 50), 5)"),
        ("the 63-day beta of btc to russell is over 1", "beta(btc, russell, 63) > 1"),
        (
            "at_least(2, russell hits a high, gold hits a high)",
            "at_least(2, new_high(russell), new_high(gold))",
        ),
    ] {
        assert_eq!(functional(rule), expected, "{rule}");
    }
}

#[test]
fn the_function_form_reads_back_as_itself() {
    for rule in [
        "new_high(russell) and drawdown(btc) > 20%",
        "within(new_high(russell), 5) or not at_low(btc, 20)",
        "-change(btc, 21) >= 10%",
        "not (btc > gold or btc > 2 * gold) and gold > 1",
    ] {
        assert_eq!(functional(rule), rule);
    }
}

#[test]
fn the_users_sentence_runs_with_assumed_exit_and_costs() {
    let strategy = sentence("long BTC when the Russell hits a high and BTC is over 20% below its high");
    assert_eq!(strategy.markets[strategy.traded].target, "BTC-USD");
    assert_eq!(strategy.assumed, ["exit after 63 days", "commission 10 bps a side", "slippage 5 bps a side"]);
    assert_eq!(strategy.describe_orders(), "exit after 63 days; commission 10 bps and slippage 5 bps a side");
    assert_eq!(strategy.name, "btc-russell-hits-high-btc");
}

#[test]
fn a_sentence_holds_exits_costs_and_ranges() {
    let strategy = sentence(
        "long BTC-USD when IWM hits a {window: 63, 252, all}-day high and BTC-USD is over {10%..40% by 5%} below its high, \
         exit when BTC-USD hits a high or after {21, 63, 126} days or stop 25% on close or trail {none, 10%}, \
         commission 10 bps, slippage none, fill at the close",
    );
    let names: Vec<_> = strategy.parameters.iter().map(|p| (p.name.as_str(), p.values.len())).collect();
    assert_eq!(names, [("window", 3), ("p2", 7), ("p3", 3), ("p4", 2)]);
    assert_eq!(strategy.combinations(), Some(126));
    assert!(strategy.assumed.is_empty());
    assert_eq!(strategy.fill, FillPrice::Close);
    assert!(strategy.exits.stop.as_ref().is_some_and(|stop| stop.on_close));
    assert_eq!(strategy.exits.rule.as_ref().map(|rule| rule.functional.as_str()), Some("new_high(BTC-USD)"));
    let texts =
        |number| strategy.combination(number).0.iter().map(|v| v.text().to_owned()).collect::<Vec<_>>();
    assert_eq!(texts(0), ["63", "10%", "21", "none"]);
    assert_eq!(texts(1), ["63", "10%", "21", "10%"], "the last one fastest");
    assert_eq!(texts(125), ["all", "40%", "126", "10%"]);
}

#[test]
fn a_file_and_its_one_line_form_are_one_strategy() {
    let from_file = file(include_str!("../../../strategies/bitcoin-lags-russell.toml")).unwrap();
    let one_line = sentence(
        "long BTC-USD when IWM hits a {window: all, 63, 126, 252}-day high and BTC-USD is over {lag: 20%, 5%} below its high, \
         exit when BTC-USD hits a high or after {hold: 63, 5} days or stop 25%, commission 10 bps, slippage 5 bps",
    );
    assert_eq!(from_file.combinations(), Some(240));
    assert_eq!(from_file.entry.functional, "new_high(russell, {window}) and drawdown(btc) > {lag}");
    assert_eq!(one_line.entry.functional, "new_high(IWM, {window}) and drawdown(BTC-USD) > {lag}");
    let targets = |s: &Strategy| {
        let mut targets: Vec<_> = s.markets.iter().map(|market| market.target.clone()).collect();
        targets.sort();
        targets
    };
    assert_eq!(targets(&from_file), targets(&one_line));
    assert_eq!(from_file.costs, one_line.costs);
}

#[test]
fn settings_are_replaced_and_checked() {
    let mut strategy = file(include_str!("../../../strategies/bitcoin-lags-russell.toml")).unwrap();
    strategy.set("lag=30%").unwrap();
    strategy.set("hold={21, 63}").unwrap();
    strategy.set("window = 20..40 by 10").unwrap();
    assert_eq!(strategy.combinations(), Some(6));
    assert_eq!(strategy.defaults().0.iter().map(|v| v.text()).collect::<Vec<_>>(), ["30%", "20", "63"]);
    let declared: Vec<_> = strategy.parameters[1].declared.iter().map(|v| v.text()).collect();
    assert_eq!(declared, ["all", "63", "126", "252", "all", "20", "30", "40"], "set aside, not forgotten");
    let wrong = |text: &str| strategy.clone().set(text).unwrap_err().to_string();
    assert!(wrong("lagg=30%").contains("did you mean `lag`"));
    assert!(wrong("lag").contains("name=value"));
    assert!(wrong("lag=30").contains("plain number"));
    assert!(wrong("hold=2.5").contains("not a number of days"));
    assert!(wrong("window=none").contains("not a number of days"));
}

#[test]
fn deep_nesting_and_long_rules_are_refused() {
    let deep = format!("long BTC when {}BTC > 1{}", "(".repeat(5000), ")".repeat(5000));
    assert!(refusal(&deep).contains("too deeply") || refusal(&deep).contains("too long"));
    let nots = format!("long BTC when {}BTC > 1", "not ".repeat(500));
    assert!(refusal(&nots).contains("too deeply"));
    let long = format!("long BTC when BTC > 1{}", " and BTC > 1".repeat(5000));
    assert!(refusal(&long).contains("too long"));
    assert!(
        refusal("long BTC when BTC hits a {1..999999999 by 1}-day high").contains("at most 100,000 values")
    );
}

#[test]
fn wrong_files_are_told_all_at_once() {
    let failure = file(
        r#"
title = "wrong in many ways"
sorce = "x"

[markets]
russell = "IWM"
btc = { session = "crypto" }

[params]
lag = { default = "20%", sweep = { from = "5%", to = "50%", step = "7%" } }
hold = { sweep = [] }

[entry]
long = "bitcoins"
when = "russell hits a {wndow}-day high"

[exit]
after = "{lag} days"
stop = "25"

[costs]
commission = "10 bps"
"#,
    )
    .unwrap_err();
    insta::assert_snapshot!(failure.to_string());
}

#[test]
fn a_file_that_is_no_toml_is_told_with_its_line() {
    let failure = file("title = \"x\"\n[entry\nlong = 3\n").unwrap_err();
    assert!(failure.to_string().contains("test.toml:2:"), "{failure}");
}
