//! Lists of laggards, and the word that stands for each.
#![allow(clippy::float_cmp)] // shares are exact here

use super::*;
use crate::strategy::file::Weights;

/// A file with these lines in its tables.
fn with(entry: &str, exit: &str, size: &str) -> Result<Strategy> {
    file(&format!(
        "[markets]\nrussell = \"IWM\"\nbtc = \"BTC-USD\"\neth = \"ETH-USD\"\n[params]\nlag = \"20%\"\n[entry]\n\
         when = \"russell hits a high and laggard is over {{lag}} below its high\"\n{entry}\n[exit]\n{exit}\n\
         [size]\n{size}\n[costs]\ncommission = \"10 bps\"\nslippage = \"none\"\n"
    ))
}

const BOTH: &str = "long = [\"btc\", \"eth\"]";

#[test]
fn each_laggard_is_a_strategy_of_its_own() {
    let strategy = with(BOTH, "when = \"laggard hits a high\"", "").unwrap();
    let each = strategy.each.as_ref().unwrap();
    let told: Vec<(usize, &str, &str)> = each
        .alone
        .iter()
        .map(|one| {
            (one.traded, one.entry.functional.as_str(), one.exits.rule.as_ref().unwrap().functional.as_str())
        })
        .collect();
    assert_eq!(
        told,
        [
            (1, "new_high(russell) and drawdown(btc) > {lag}", "new_high(btc)"),
            (2, "new_high(russell) and drawdown(eth) > {lag}", "new_high(eth)"),
        ]
    );
    assert_eq!((each.places, strategy.size), (2, 0.5));
    assert_eq!(strategy.traded_markets(), [1, 2]);
    let names = |market: usize| strategy.markets[market].name.clone();
    assert_eq!(strategy.describe_trade(names), "long each of btc and eth");
    // A cap shares equity out among its places; a written share stays.
    assert_eq!(with(BOTH, "", "open = 1").unwrap().size, 1.0);
    let half = with(BOTH, "", "open = 1\nfraction = \"50%\"").unwrap();
    assert_eq!((half.size, half.each.unwrap().places), (0.5, 1));
    // More places than laggards are as many.
    assert_eq!(with(BOTH, "", "open = 9").unwrap().each.unwrap().places, 2);
}

#[test]
fn values_and_windows_are_those_of_every_laggard() {
    let mut strategy = with(BOTH, "", "").unwrap();
    strategy.set("lag=30%").unwrap();
    strategy.set_window("2020-01-01".parse().ok(), None);
    for one in &strategy.each.as_ref().unwrap().alone {
        assert_eq!((one.defaults(), &one.window), (strategy.defaults(), &strategy.window));
    }
    assert!(strategy.set("lag=\"none\"").is_err());
}

#[test]
fn a_sentence_says_the_same() {
    let strategy = sentence(
        "long each of BTC, gold when russell hits a high and laggard is over 20% below its high, at most 1 at once",
    );
    let each = strategy.each.as_ref().unwrap();
    let forms: Vec<&str> = each.alone.iter().map(|one| one.entry.functional.as_str()).collect();
    assert_eq!(
        forms,
        ["new_high(russell) and drawdown(BTC) > 20%", "new_high(russell) and drawdown(gold) > 20%"]
    );
    assert_eq!((each.places, strategy.size), (1, 1.0));
    let basket = sentence("short a basket of BTC and gold weighted by gap when laggard hits a 20-day low");
    assert_eq!(basket.entry.functional, "new_low(BTC, 20) and new_low(gold, 20)");
    let Some(Weights::Gap(of)) = basket.plan.basket.as_ref().map(|basket| &basket.weights) else {
        panic!("weights by gap")
    };
    assert_eq!(
        of.iter().map(|part| part.functional.as_str()).collect::<Vec<_>>(),
        ["runup(BTC)", "runup(gold)"]
    );
    assert_eq!(basket.size, 1.0);
}

#[test]
fn a_basket_holds_the_rule_of_all_its_markets() {
    let entry = "long = [\"btc\", \"eth\"]\nas = \"basket\"\nweights = \"63-day volatility\"";
    let strategy = with(entry, "when = \"laggard hits a high or russell hits a low\"", "").unwrap();
    assert_eq!(
        strategy.entry.functional,
        "new_high(russell) and drawdown(btc) > {lag} and drawdown(eth) > {lag}"
    );
    let clauses: Vec<&str> = strategy.entry.clauses.iter().map(|clause| clause.text.as_str()).collect();
    assert_eq!(
        clauses,
        [
            "russell hits a high",
            "laggard is over {lag} below its high (btc)",
            "laggard is over {lag} below its high (eth)"
        ]
    );
    assert_eq!(
        strategy.exits.rule.as_ref().unwrap().functional,
        "(new_high(btc) or new_low(russell)) and (new_high(eth) or new_low(russell))"
    );
    assert_eq!((strategy.plan.is_simple(), strategy.plan.not_in_proportion()), (false, None));
    let basket = strategy.plan.basket.as_ref().unwrap();
    assert_eq!(basket.others, [2]);
    let names = |market: usize| strategy.markets[market].name.clone();
    assert_eq!(
        strategy.describe_trade(names),
        "long a basket of btc and eth by the inverse of volatility(btc, 63), volatility(eth, 63)"
    );
}

#[test]
fn what_does_not_go_with_several_laggards_is_told() {
    let basket = |more: &str| format!("{BOTH}\nas = \"basket\"\n{more}");
    let mut page = String::new();
    let cases = [
        ("long = [\"btc\", \"btc\"]".to_owned(), "", ""),
        ("long = []".to_owned(), "", ""),
        ("long = [\"btc\", \"ether\"]".to_owned(), "", ""),
        ("long = \"btc\"\nas = \"each\"".to_owned(), "", ""),
        (format!("{BOTH}\nas = \"pair\""), "", ""),
        (format!("{BOTH}\nweights = \"equal\""), "", ""),
        (format!("{BOTH}\nhedge = \"russell\""), "", ""),
        (BOTH.to_owned(), "", "open = 0"),
        (BOTH.to_owned(), "stop = \"10%\"", "risk = \"1%\""),
        (BOTH.to_owned(), "", "leverage = 2"),
        ("long = \"btc\"".to_owned(), "", "open = 2"),
        (basket(""), "", "open = 2"),
        (basket(""), "stop = \"10%\"", ""),
        (basket("weights = \"size\""), "", ""),
        (basket("limit = \"2%\"\nvalid = \"5 days\""), "", ""),
        (basket(""), "gap = \"50%\"", ""),
        (basket(""), "", "amount = 100"),
    ];
    for (entry, exit, size) in cases {
        let failure = with(&entry, exit, size).expect_err(&entry);
        for diagnostic in failure.diagnostics() {
            let told = diagnostic.render(Severity::Error, false);
            assert!(told.contains("test.toml:") && !diagnostic.hints().is_empty(), "{told}");
            page += &told;
        }
        page += "\n";
    }
    for text in [
        "long each of BTC and BTC when laggard hits a high",
        "long each BTC when laggard hits a high",
        "long each of BTC and gold when laggard hits a high, at most 2",
        "long a basket of BTC and gold weighted by size when laggard hits a high",
        "long a basket of BTC and gold when laggard hits a high, exit stop 10%",
        "long a basket of BTC and gold when laggard hits a high, at most 1 at once",
        "long BTC when laggard hits a high",
    ] {
        page += &refusal(text);
        page += "\n";
    }
    insta::assert_snapshot!(page);
}
