//! Sides, legs, sizes, exits and costs of a file or a sentence.

use super::*;
use crate::strategy::file::{Plan, Rate, Sizing};

/// A file with these lines in its tables; costs and exit are there unless given.
fn with(entry: &str, exit: &str, size: &str, costs: &str) -> Result<Strategy> {
    file(&format!(
        "[markets]\nrussell = \"IWM\"\nbtc = \"BTC-USD\"\n[entry]\nwhen = \"russell hits a high\"\n{entry}\n\
         [exit]\n{exit}\n[size]\n{size}\n[costs]\n{costs}\n"
    ))
}

const LONG: &str = "long = \"btc\"";
const FREE: &str = "commission = \"none\"\nslippage = \"none\"";

fn wrong(read: Result<Strategy>) -> String {
    read.expect_err("it is wrong").to_string()
}

#[test]
fn a_plain_file_is_simple_and_every_new_key_is_not() {
    assert_eq!(with(LONG, "", "fraction = \"50%\"", FREE).unwrap().plan, Plan::default());
    let cases = [
        ("short = \"btc\"", "", "", "borrow = \"none\""),
        ("long = \"btc\"\nhedge = \"russell\"", "", "", "borrow = \"3%\""),
        ("long = \"btc\"\ncooldown = \"10 days\"", "", "", ""),
        ("long = \"btc\"\nagain = \"fresh\"", "", "", ""),
        ("long = \"btc\"\nlimit = \"2%\"\nvalid = \"5 days\"", "", "", ""),
        (LONG, "stop = \"2 x 21-day volatility\"", "", ""),
        (LONG, "break_even = \"10%\"", "", ""),
        (LONG, "gap = \"50%\"", "", ""),
        (LONG, "partial = { at = \"20%\", part = \"50%\" }", "", ""),
        (LONG, "", "amount = 1000", ""),
        (LONG, "", "volatility = \"20% by 21-day volatility\"", ""),
        (LONG, "stop = \"5%\"", "risk = \"1%\"", ""),
        (LONG, "", "kelly = \"50%\"\nafter = 20", ""),
        (LONG, "", "lot = 1", ""),
        (LONG, "", "minimum = 10", ""),
        (LONG, "", "leverage = 2", ""),
        (LONG, "", "maintenance = \"25%\"", ""),
        (LONG, "", "", "funding = \"10%\""),
        (LONG, "", "", "interest = \"3%\""),
    ];
    for (entry, exit, size, costs) in cases {
        let read = with(entry, exit, size, &format!("{FREE}\n{costs}"));
        assert!(!read.unwrap().plan.is_simple(), "{entry} {exit} {size} {costs}");
    }
    for costs in [
        "commission = { rate = \"1 bps\", per_unit = 0.005 }\nslippage = \"none\"",
        "commission = { rate = \"1 bps\", minimum = 1 }\nslippage = \"none\"",
        "commission = { rate = \"10 bps\", tiers = [{ from = 1000, rate = \"5 bps\" }] }\nslippage = \"none\"",
        "commission = \"none\"\nslippage = { fixed = \"1 bps\", volatility = \"5% of 21-day volatility\" }",
        "commission = \"none\"\nslippage = { fixed = \"1 bps\", volume = \"10%\" }",
    ] {
        assert!(!with(LONG, "", "", costs).unwrap().plan.is_simple(), "{costs}");
    }
}

#[test]
fn only_what_counts_money_as_money_or_looks_around_is_out_of_proportion() {
    let reason = |entry: &str, size: &str, costs: &str| {
        with(entry, "", size, costs).unwrap().plan.not_in_proportion().unwrap_or("").to_owned()
    };
    let short =
        "short = \"btc\"\nhedge = \"russell\"\nlimit = \"2%\"\nvalid = \"5 days\"\ncooldown = \"3 days\"";
    let dear = "commission = { rate = \"1 bps\", per_unit = 0.005 }\nslippage = { fixed = \"1 bps\", \
                volatility = \"5% of 21-day volatility\" }\nborrow = \"3%\"\nfunding = \"10%\"";
    assert_eq!(
        reason(short, "volatility = \"20% by 21-day volatility\"\nleverage = 2\nmaintenance = \"25%\"", dear),
        ""
    );
    assert_eq!(reason("long = \"btc\"\nadds = 2", "", FREE), "it adds at signals while it holds");
    for (size, expected) in [
        ("amount = 1000", "its size is an amount of money"),
        ("kelly = \"50%\"\nafter = 20", "its size depends on the trades before"),
        ("lot = 1", "it trades whole lots"),
        ("minimum = 10", "its orders have a least size"),
    ] {
        assert_eq!(reason(LONG, size, FREE), expected);
    }
    let tiers = "commission = { rate = \"10 bps\", tiers = [{ from = 1000, rate = \"5 bps\" }] }\nslippage = \"none\"";
    let least = "commission = { rate = \"1 bps\", minimum = 1 }\nslippage = \"none\"";
    let volume = "commission = \"none\"\nslippage = { fixed = \"1 bps\", volume = \"10%\" }";
    let interest = format!("{FREE}\ninterest = \"3%\"");
    for (costs, expected) in [
        (tiers, "its commission depends on what was traded before"),
        (least, "its orders have a least commission"),
        (volume, "its slippage depends on the size of the order"),
        (&interest, "idle cash earns interest"),
    ] {
        assert_eq!(reason(LONG, "", costs), expected);
    }
}

#[test]
fn a_file_and_a_sentence_say_the_same_trade() {
    let from_file = with(
        "short = \"btc\"\nhedge = \"russell\"\nhedge_by = \"63-day beta\"",
        "after = \"63 days\"\nstop = \"2 x 21-day volatility on close\"",
        "",
        &format!("{FREE}\nborrow = \"2%\""),
    )
    .unwrap();
    let one_line = sentence(
        "short btc when russell hits a high, hedged with the russell by its 63-day beta, \
         exit after 63 days or stop 2 x 21-day volatility on close, commission none, slippage none, borrow 2%",
    );
    let hedge_first = sentence(
        "short btc hedged with the russell by its 63-day beta, when russell hits a high, \
         exit after 63 days or stop 2 x 21-day volatility on close, commission none, slippage none, borrow 2%",
    );
    assert_eq!(hedge_first.plan.hedge, one_line.plan.hedge);
    assert_eq!(hedge_first.entry.functional, one_line.entry.functional);
    let (a, b) = (&from_file.plan, &one_line.plan);
    assert_eq!(
        (a.direction, &a.fees, &a.exits.stop_by.is_some()),
        (b.direction, &b.fees, &b.exits.stop_by.is_some())
    );
    assert_eq!(from_file.describe_orders(), one_line.describe_orders());
    assert_eq!(
        from_file.describe_orders(),
        "exit after 63 days or stop 2 x volatility(btc, 21) on close; commission none and slippage none a side, \
         borrow 2% a year"
    );
    let name = |market: usize| from_file.markets[market].name.clone();
    assert_eq!(
        from_file.describe_trade(name),
        "short btc, hedged long russell with beta(btc, russell, 63) times the money"
    );
    let dollars = sentence("long btc when russell hits a high, hedged with russell");
    assert_eq!(dollars.assumed.last().map(String::as_str), Some("borrow 3% a year"));
    assert_eq!(
        dollars.describe_trade(|market| dollars.markets[market].name.clone()),
        "long btc, hedged short russell with as much money"
    );
}

#[test]
fn settings_of_the_trade_can_be_parameters() {
    let text = "[markets]\nrussell = \"IWM\"\nbtc = \"BTC-USD\"\n[params]\nn = { default = 63, sweep = [21, 63] }\n\
                k = { default = 2, sweep = [1, 2] }\nrisk = { default = \"1%\", sweep = [\"1%\", \"2%\"] }\n\
                [entry]\nlong = \"btc\"\nwhen = \"russell hits a high\"\nhedge = \"russell\"\nhedge_by = \"{n}-day beta\"\n\
                [exit]\nstop = \"{k} x 21-day volatility\"\n[size]\nrisk = \"{risk}\"\n\
                [costs]\ncommission = \"none\"\nslippage = \"none\"\nborrow = \"none\"\n";
    let strategy = file(text).unwrap();
    let set = |text: &str| strategy.clone().set(text).unwrap_err().to_string();
    assert_eq!(strategy.combinations(), Some(8));
    assert!(set("risk=0%").contains("no distance"));
    assert!(set("n=2.5").contains("not a number of days"));
    assert!(set("k=5%").contains("a plain number"));
    let unused = text.replace("risk = \"{risk}\"", "fraction = \"50%\"");
    assert!(wrong(file(&unused)).contains("the parameter `risk` is used nowhere"));
}

#[test]
fn rates_are_values_or_series() {
    let rates = with(LONG, "", "", &format!("{FREE}\ninterest = \"gold\"\nfunding = \"none\"")).unwrap();
    let gold = rates.markets.iter().position(|market| market.name == "gold").unwrap();
    assert_eq!(rates.plan.fees.interest, Some(Rate::Series(gold)));
    assert_eq!(rates.rate_markets(), [gold]);
    let text = "[markets]\nbtc = \"BTC-USD\"\n[entry]\nlong = \"btc\"\nwhen = \"btc hits a high\"\n[exit]\n\
                [costs]\ncommission = \"none\"\nslippage = \"none\"\n[risk_free]\nseries = \"gold\"\n";
    assert_eq!(file(text).unwrap().risk_free_series, Some(1));
    assert!(wrong(file(&(text.to_owned() + "annual = \"2%\"\n"))).contains("said twice"));
}

#[test]
fn sizes_are_read() {
    let sizing = |size: &str| with(LONG, "stop = \"5%\"", size, FREE).unwrap().plan.sizing;
    assert!(matches!(sizing("amount = 1000"), Sizing::Amount(_)));
    assert!(matches!(sizing("risk = \"1%\""), Sizing::Risk(_)));
    assert!(matches!(sizing("volatility = \"20% by 21-day volatility\""), Sizing::Volatility { .. }));
    let kelly = with(LONG, "", "kelly = \"50%\"\nafter = 20\nfraction = \"10%\"", FREE).unwrap();
    assert_eq!(
        kelly.describe_size().unwrap(),
        "size 50% of the Kelly fraction, 10% of equity until 20 trades are closed"
    );
    assert!((kelly.size - 0.1).abs() < 1e-15);
    assert!((with(LONG, "", "fraction = \"150%\"\nleverage = 2", FREE).unwrap().size - 1.5).abs() < 1e-15);
}

#[test]
fn what_does_not_fit_together_is_told_with_its_place() {
    let free_and = |more: &str| format!("{FREE}\n{more}");
    let told = vec![
        with("long = \"btc\"\nshort = \"btc\"", "", "", FREE),
        with("short = \"btc\"", "", "", FREE),
        with(LONG, "", "", &free_and("borrow = \"3%\"")),
        with("long = \"btc\"\nhedge = \"btc\"", "", "", &free_and("borrow = \"none\"")),
        with("long = \"btc\"\nhedge_by = \"63-day beta\"", "", "", FREE),
        with(
            "long = \"btc\"\nhedge = \"russell\"\nhedge_by = \"beta\"",
            "",
            "",
            &free_and("borrow = \"none\""),
        ),
        with("long = \"btc\"\nagain = \"often\"", "", "", FREE),
        with("long = \"btc\"\nlimit = \"2%\"", "", "", FREE),
        with("long = \"btc\"\nlimit = \"2%\"\nvalid = 3\nfill = \"close\"", "", "", FREE),
        with(LONG, "stop = \"2 x volatility\"", "", FREE),
        with(LONG, "gap = \"150%\"", "", FREE),
        with(LONG, "partial = { at = \"20%\" }", "", FREE),
        with(LONG, "partial = \"50%\"", "", FREE),
        with(LONG, "", "amount = 1000\nrisk = \"1%\"", FREE),
        with(LONG, "", "risk = \"1%\"", FREE),
        with(LONG, "", "kelly = \"50%\"", FREE),
        with(LONG, "", "after = 20", FREE),
        with(LONG, "", "fraction = \"150%\"", FREE),
        with(LONG, "", "volatility = \"20%\"", FREE),
        with(LONG, "", "", "commission = { per_unit = 1 }\nslippage = \"none\""),
        with(
            LONG,
            "",
            "",
            "commission = { rate = \"1%\", tiers = [{ from = 5, rate = \"1%\" }, { from = 5, rate = \"1%\" }] }\nslippage = \"none\"",
        ),
        with(LONG, "", "", "commission = \"none\"\nslippage = { volume = \"1%\" }"),
        with(LONG, "", "", &free_and("interest = \"nowhere\"")),
    ];
    let told: Vec<String> = told.into_iter().map(wrong).collect();
    for message in &told {
        assert!(message.contains("test.toml:"), "{message}");
    }
    insta::assert_snapshot!(told.join("\n"));
    insta::assert_snapshot!(
        [
            refusal("long btc when btc hits a high, borrow 3%"),
            refusal("long btc when btc hits a high, hedged with btc"),
            refusal("long btc when btc hits a high, hedged russell"),
            refusal("long btc when btc hits a high, hedged with russell by beta"),
            refusal("long btc when btc hits a high, exit stop 2 x volatility"),
        ]
        .join("\n")
    );
}

#[test]
fn several_parts_leave_early() {
    let parts = |list: &str| with(LONG, &format!("partial = [{list}]"), "", FREE);
    let both = parts("{ at = \"20%\", part = \"50%\" }, { at = \"40%\", part = \"25%\" }").unwrap();
    assert_eq!(both.plan.exits.partials.len(), 2);
    assert!(
        both.describe_orders().contains("50% of it at 20% or 25% of it at 40%"),
        "{}",
        both.describe_orders()
    );
    let all = wrong(parts("{ at = \"20%\", part = \"50%\" }, { at = \"40%\", part = \"50%\" }"));
    assert!(all.contains("come to 100%") && all.contains("test.toml:8:"), "{all}");
    assert!(wrong(parts("")).contains("0 parts leave early"));
    let five = ["{ at = \"20%\", part = \"5%\" }"; 5].join(", ");
    assert!(wrong(parts(&five)).contains("1 to 4 of them"));
    let swept = "[markets]\nbtc = \"BTC-USD\"\n[params]\np = { default = \"25%\", sweep = [\"25%\", \"40%\"] }\n\
                 [entry]\nlong = \"btc\"\nwhen = \"btc hits a low\"\n[exit]\n\
                 partial = [{ at = \"10%\", part = \"{p}\" }, { at = \"20%\", part = \"50%\" }]\n[costs]\n\
                 commission = \"none\"\nslippage = \"none\"\n";
    let error = file(swept).unwrap().set("p=50%").unwrap_err().to_string();
    assert!(error.contains("come to 100%"), "{error}");
}

#[test]
fn no_exit_stands_at_a_price_of_zero() {
    let short = |exit: &str| with("short = \"btc\"", exit, "", &format!("{FREE}\nborrow = \"none\""));
    let partial = |at: &str, part: &str| format!("partial = {{ at = \"{at}\", part = \"{part}\" }}");
    // A short that gains 100% has bought back for nothing.
    for exit in ["target = \"100%\"", "target = \"150% on close\"", "break_even = \"100%\""] {
        let told = wrong(short(exit));
        assert!(told.contains("out of a short's reach") && told.contains("test.toml:8:"), "{told}");
        with(LONG, exit, "", FREE).unwrap();
    }
    assert!(wrong(short(&partial("100%", "50%"))).contains("out of a short's reach"));
    // Its losses have no end, those of a long one have.
    for exit in ["stop = \"100%\"", "stop = \"150% on close\"", "trail = \"100%\""] {
        assert!(wrong(with(LONG, exit, "", FREE)).contains("less than 100%"), "{exit}");
        short(exit).unwrap();
    }
    assert!(wrong(short("gap = \"101%\"")).contains("at most 100%"));
    for part in ["0%", "100%"] {
        assert!(wrong(with(LONG, &partial("20%", part), "", FREE)).contains("is no part"), "{part}");
    }
    let swept = "[markets]\nbtc = \"BTC-USD\"\n[params]\ngain = { default = \"50%\", sweep = [\"50%\", \"90%\"] }\n\
                 [entry]\nshort = \"btc\"\nwhen = \"btc hits a low\"\n[exit]\ntarget = \"{gain}\"\n[costs]\n\
                 commission = \"none\"\nslippage = \"none\"\nborrow = \"none\"\n";
    let error = file(swept).unwrap().set("gain=100%").unwrap_err().to_string();
    assert!(error.contains("out of a short's reach"), "{error}");
    assert!(refusal("short btc when btc hits a low, exit target 100%").contains("out of a short's reach"));
}
