//! Numbers at the edge of what fits: every number of a strategy file is read as it is written, or refused at its place.

use super::*;
use crate::strategy::rule::{MOST_BARS, Unit};

/// Numbers as people and programs write them, most of them where something ends.
const TEXTS: [&str; 66] = [
    "0",
    "-0",
    "-0.0",
    "+5",
    "+0",
    "1",
    "-1",
    "1.0",
    "1.5",
    "-1.5",
    "0.1",
    "63.",
    ".5",
    "1e3",
    "1E3",
    "1e-3",
    "1e400",
    "-1e400",
    "1e-400",
    "nan",
    "-nan",
    "inf",
    "+inf",
    "-inf",
    "infinity",
    "0x10",
    "0o17",
    "0b11",
    "0xffffffffffffffff",
    "1_000",
    "1__0",
    "_1",
    "1_",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "4294967295",
    "4294967296",
    "2147483647",
    "2147483648",
    "-2147483649",
    "65535",
    "65536",
    "32768",
    "255",
    "256",
    "1000000000",
    "1000000001",
    "999999999999999",
    "1000000000000000",
    "0.000000000000001",
    "0.0000000000000001",
    "123456789.1234567",
    "00",
    "007",
    "0.30000000000000004",
    "1.7976931348623157e308",
    "٣",
    "½",
    "1_0.2_5",
    "1e",
    "0x",
    "99999999999999999999",
];

/// A file with every key that has a number.
const ALL_KEYS: &str = r#"title = "Every key"
[markets]
russell = "russell"
btc = { file = "btc.csv", session = "custom", release_lag = 3, stale_after = 9 }
[window]
from = "2018-01-01"
to = 2025-12-31
gap = 45
[params]
lag = { default = "20%", sweep = { from = "10%", to = "40%", step = "10%" } }
days = { default = 252, sweep = [63, 252, "all"] }
bps = { default = "10 bps", sweep = { from = "0 bps", to = "20 bps", step = "10 bps" } }
parts = { default = 3, sweep = [2, 3] }
[sweep]
where = "days < 300"
[entry]
long = "btc"
when = "russell hits a {days}-day high and btc is over {lag} below its 126-day high and correlation(btc, russell, 42) > 0.25"
cooldown = "11 days"
limit = "2%"
valid = "5 days"
scale = "{parts} parts, each 4% deeper"
[exit]
when = "btc > 1.75 * sma(btc, 50)"
after = "64 days"
stop = "35%"
target = "150%"
trail = "27%"
gap = "60%"
break_even = "13%"
partial = [{ at = "19%", part = "50%" }, { at = "38%", part = "24%" }]
[size]
fraction = "55%"
lot = 0.001
minimum = 12
leverage = 2
maintenance = "26%"
[costs]
commission = { rate = "{bps}", per_unit = 0.005, minimum = 1.5, tiers = [{ from = 100000, rate = "8 bps" }] }
slippage = { fixed = "2 bps", volatility = "6% of 22-day volatility", volume = "7%" }
funding = "-3%"
interest = "1.25%"
[risk_free]
annual = "2.5%"
[study]
beside = "btc hits a high"
within = "31 days"
"#;

/// What a strategy says in numbers, without the texts it was read from.
fn facts(strategy: &Strategy) -> String {
    let Strategy { parameters, exits, costs, plan, window, size, risk_free, study, constraint, .. } =
        strategy;
    let rules =
        strategy.exits.rule.iter().chain([&strategy.entry]).chain(study.beside.iter().map(|(rule, _)| rule));
    let rules: Vec<&str> = rules.chain(&study.measure).map(|rule| rule.functional.as_str()).collect();
    let within = study.beside.as_ref().map(|(_, within)| within);
    let barriers = (&exits.after, &exits.stop, &exits.target, &exits.trail);
    format!(
        "{:?}",
        (
            parameters,
            barriers,
            costs,
            plan,
            window,
            size,
            risk_free,
            rules,
            within,
            constraint,
            &strategy.files
        )
    )
}

/// Whether a number stands in some facts, by itself.
fn stands_in(number: &str, facts: &str) -> bool {
    let inside = |c: char| c.is_ascii_digit() || c == '.';
    facts.match_indices(number).any(|(at, _)| {
        let after = facts[at + number.len()..].strip_prefix(".0").unwrap_or(&facts[at + number.len()..]);
        !facts[..at].ends_with(inside) && !after.starts_with(inside)
    })
}

/// The number a text is by the language's own rules, without sign and zeros that say nothing; `None` for any other text.
fn plainly(text: &str) -> Option<String> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let groups =
        whole.split('_').all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
    let plain = fraction.replace('_', "");
    let decimals = !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = (whole.replace('_', ""), plain.trim_end_matches('0'));
    let whole = whole.trim_start_matches('0');
    let fits = groups && decimals && whole.len() + fraction.len() <= 15;
    let whole = if whole.is_empty() { "0" } else { whole };
    fits.then(|| if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
}

/// The places of the numbers of a file outside of prose, names and comments.
fn numbers(text: &str) -> Vec<std::ops::Range<usize>> {
    let (mut found, mut start, mut names) = (Vec::new(), 0, false);
    for line in text.split_inclusive('\n') {
        let said = line.split('#').next().unwrap_or(line);
        let table = said.trim_start().starts_with('[');
        names = if table { said.contains("[markets]") || said.contains("[events]") } else { names };
        let prose = ["title", "source", "note"].iter().any(|key| said.starts_with(key));
        let mut at = 0;
        while let Some(digit) = said[at..].find(|c: char| c.is_ascii_digit()).map(|digit| at + digit) {
            let end = said[digit..].find(|c: char| !c.is_ascii_digit()).map_or(said.len(), |end| digit + end);
            let decimals = said[end..].strip_prefix('.').map_or(0, |rest| {
                let length = rest.bytes().take_while(u8::is_ascii_digit).count();
                if length > 0 { length + 1 } else { 0 }
            });
            let is_name = said[..digit].ends_with(|c: char| c.is_alphabetic() || c == '_');
            let is_said = names && !said.contains("release_lag");
            if !(prose || is_name || is_said || said.contains("\"\"\"")) {
                found.push(start + digit..start + end + decimals);
            }
            at = end + decimals;
        }
        start += line.len();
    }
    found
}

#[test]
fn every_number_of_every_strategy_is_read_as_written_or_refused_at_its_place() {
    let thorough = std::env::var_os("CATCHUP_FUZZ_SECONDS").is_some();
    let files = bundled().iter().map(|bundled| (bundled.name, bundled.text)).chain([("every-key", ALL_KEYS)]);
    let (mut read, mut refused) = (0, 0);
    for (name, text) in files {
        assert!(file(text).is_ok(), "{name}\n{}", file(text).unwrap_err());
        for (place, number) in numbers(text).into_iter().enumerate() {
            let few = if thorough || name == "every-key" { TEXTS.len() } else { 6 };
            for edge in (0..few).map(|turn| TEXTS[(place * 7 + turn * 11) % TEXTS.len()]) {
                let changed = [&text[..number.start], edge, &text[number.end..]].concat();
                let line = text[..number.start].matches('\n').count() + 1;
                let shown =
                    format!("{name}, line {line}: {}", changed.lines().nth(line - 1).unwrap_or_default());
                match file(&changed) {
                    Ok(strategy) => {
                        read += 1;
                        let facts = facts(&strategy);
                        let Some(plain) = plainly(edge) else { panic!("`{edge}` was taken: {shown}") };
                        let value: f64 = plain.parse().unwrap();
                        let as_floats = [
                            value,
                            format!("{plain}e-2").parse().unwrap(),
                            format!("{plain}e-4").parse().unwrap(),
                        ];
                        let forms = as_floats
                            .iter()
                            .map(|value| format!("{value:?}"))
                            .chain([plain.clone(), edge.to_owned()]);
                        assert!(forms.into_iter().any(|form| stands_in(&form, &facts)), "{shown}\n{facts}");
                    }
                    Err(failure) => {
                        refused += 1;
                        for diagnostic in failure.diagnostics() {
                            assert!(diagnostic.line_and_column().is_some(), "no place: {shown}\n{failure}");
                        }
                    }
                }
            }
        }
    }
    assert!(read > 500 && refused > 1000, "{read} read, {refused} refused");
}

/// What is said where `from` of the file with every key is replaced.
fn told(from: &str, to: &str) -> String {
    assert!(ALL_KEYS.contains(from), "{from}");
    match file(&ALL_KEYS.replacen(from, to, 1)) {
        Ok(_) => panic!("`{to}` was taken"),
        Err(failure) => failure.to_string(),
    }
}

#[test]
fn numbers_that_do_not_fit_are_told_with_place_and_range() {
    let cases = [
        ("gap = 45", "gap = 18446744073709551615"),
        ("gap = 45", "gap = 1_000_001"),
        ("gap = 45", "gap = -1"),
        ("gap = 45", "gap = 4.5"),
        ("gap = 45", "gap = 1e3"),
        ("gap = 45", "gap = 0x2d"),
        ("gap = 45", "gap = nan"),
        ("gap = 45", "gap = \"45 daysdays\""),
        ("gap = 45", "gap = true"),
        ("release_lag = 3", "release_lag = 65536"),
        ("stale_after = 9", "stale_after = \"-1 days\""),
        ("from = \"2018-01-01\"", "from = \"2018-02-29\""),
        ("from = \"2018-01-01\"", "from = 2018-01-01T10:00:00"),
        ("from = \"2018-01-01\"", "from = \"0000-00-00\""),
        ("to = 2025-12-31", "to = \"99999-12-31\""),
        ("sweep = [63, 252, \"all\"]", "sweep = [63, 252, 18446744073709551615]"),
        ("sweep = [63, 252, \"all\"]", "sweep = [63, 252, 1e3]"),
        ("sweep = [63, 252, \"all\"]", "sweep = [63, 252, 1000000001]"),
        (
            "from = \"10%\", to = \"40%\", step = \"10%\"",
            "from = 0.372036854775808, to = -9223, step = -0.000000000000001",
        ),
        (
            "from = \"10%\", to = \"40%\", step = \"10%\"",
            "from = \"0%\", to = \"999999999999999%\", step = \"999999999999998%\"",
        ),
        ("126-day", "18446744073709551615-day"),
        ("126-day", "1000000001-day"),
        ("126-day", "0-day"),
        ("after = \"64 days\"", "after = \"99999999999 days\""),
        ("after = \"64 days\"", "after = 1.5"),
        ("stop = \"35%\"", "stop = \"999999999999999%\""),
        ("{parts} parts", "1001 parts"),
        ("{parts} parts", "0 parts"),
        ("fraction = \"55%\"", "fraction = \"-1%\""),
        ("from = 100000", "from = 0"),
        ("annual = \"2.5%\"", "annual = 25"),
        ("funding = \"-3%\"", "funding = \"-1000%\""),
        ("within = \"31 days\"", "within = \"1000000001 days\""),
    ];
    let page: Vec<String> = cases.iter().map(|(from, to)| format!("{to}\n{}", told(from, to))).collect();
    insta::assert_snapshot!(page.join("\n"));
}

#[test]
fn numbers_that_fit_are_read() {
    let with = |from: &str, to: &str| {
        assert!(ALL_KEYS.contains(from), "{from}");
        file(&ALL_KEYS.replacen(from, to, 1)).unwrap_or_else(|failure| panic!("{to}\n{failure}"))
    };
    for (gap, days) in [("0", 0), ("1_000", 1000), ("+7", 7), ("\"30 days\"", 30), ("1000000", 1_000_000)] {
        assert_eq!(with("gap = 45", &format!("gap = {gap}")).window.gap_days, days, "{gap}");
    }
    let dates = with("from = \"2018-01-01\"", "from = 0000-01-01").window;
    assert_eq!(dates.from.map(|date| date.to_string()).as_deref(), Some("0000-01-01"));
    assert_eq!(
        with("to = 2025-12-31", "to = \"9999-12-31\"").window.to,
        Some(crate::base::calendar::Date::MAX)
    );
    let lag = with("release_lag = 3", "release_lag = 65535")
        .files
        .iter()
        .flatten()
        .find_map(|file| file.release_lag);
    assert_eq!(lag, Some(u16::MAX));
    let after = with("after = \"64 days\"", "after = \"1000000000 days\"").exits.after;
    assert_eq!(
        after,
        Some(Setting::Fixed(Value::Number { value: 1e9, unit: Unit::Plain, text: MOST_BARS.to_string() }))
    );
    let funding = with("funding = \"-3%\"", "funding = \"-999.99%\"").plan.fees.funding;
    assert_eq!(
        funding,
        Some(Rate::Setting(Setting::Fixed(crate::strategy::rule::parse_value("-999.99%").unwrap())))
    );
}

#[test]
fn parameters_have_a_bounded_number_of_values_in_all() {
    let range = "{ from = 1, to = 99999, step = 1 }";
    let many: Vec<String> = (0..11).map(|number| format!("p{number} = {{ sweep = {range} }}\n")).collect();
    let many = many.concat();
    let failure =
        file(&ALL_KEYS.replace("[params]\n", &format!("[params]\n{many}"))).unwrap_err().to_string();
    assert!(failure.contains("all parameters together have more than 1,000,000 values"), "{failure}");
}

#[test]
fn what_is_said_of_hostile_files() {
    let laggards: Vec<String> = (0..501).map(|number| format!("\"m{number}\",")).collect();
    let markets: Vec<String> = (0..501).map(|number| format!("m{number} = \"gold\"\n")).collect();
    let (laggards, markets) = (laggards.concat(), markets.concat());
    let when = "russell hits a {days}-day high and btc is over {lag} below its 126-day high and correlation(btc, russell, 42) > 0.25";
    let replaced = [
        ("title = \"Every key\"", "title = [\"a\"]"),
        ("[window]", "[[window]]"),
        ("[entry]", "[[entry]]"),
        ("title = \"Every key\"", "title = \"a\u{0}b\""),
        (
            "russell = \"russell\"\n",
            "russell = \"russell\"\n\"\" = \"gold\"\n\" gold\" = \"gold\"\n\"a`b\" = \"gold\"\n\"\u{202e}dlog\" = \"gold\"\n",
        ),
        ("russell = \"russell\"\n", "russell = \"russell\"\nRUSSELL = \"gold\"\n"),
        ("sweep = [63, 252, \"all\"]", "sweep = [63, 252, 63.0]"),
        (
            "sweep = { from = \"10%\", to = \"40%\", step = \"10%\" }",
            "sweep = [\"20%\", \"10%\", \"1000 bps\"]",
        ),
        ("sweep = { from = \"10%\", to = \"40%\", step = \"10%\" }", "sweep = { from = \"10%\" }"),
        ("sweep = { from = \"10%\", to = \"40%\", step = \"10%\" }", "sweep = true"),
        (
            "tiers = [{ from = 100000, rate = \"8 bps\" }]",
            "tiers = [{ from = 5, rate = \"8 bps\" }, { from = 5, rate = \"7 bps\" }, 5]",
        ),
        ("tiers = [{ from = 100000, rate = \"8 bps\" }]", "tiers = [{}]"),
        ("partial = [", "partial = 5 # ["),
        (when, "btc / 0 > 5"),
        (when, "btc > the round 0 above btc"),
        (when, "btc has fallen 5% in 999999999999999 years"),
        (when, "btc has fallen 5% in 0.001 weeks"),
        (when, "btc > 1e400 and btc > 0x10 and btc > 2.5e-3"),
    ];
    let page: Vec<String> = replaced
        .iter()
        .map(|(from, to)| {
            format!("{}\n{}", to.replace('\0', "NUL").replace('\u{202e}', "RLO"), told(from, to))
        })
        .collect();
    insta::assert_snapshot!(page.join("\n"));
    let many = ALL_KEYS.replace("long = \"btc\"", &format!("long = [{laggards}]"));
    let many = file(&many.replace("btc = {", &format!("{markets}btc = {{"))).unwrap_err().to_string();
    assert!(
        many.contains("there are too many laggards") && many.contains("501 of them, at most 500"),
        "{many}"
    );
    let names: Vec<String> = (0..501).map(|number| format!("btc{number}")).collect();
    assert!(
        refusal(&format!("long each of {} when laggard hits a high", names.join(", "))).contains("not known")
    );
    let old = ALL_KEYS.replace('\n', "\r");
    assert!(file(&old).unwrap_err().to_string().contains("line ends of Unix or Windows"));
    assert!(file(&ALL_KEYS.replace('\n', "\r\n")).is_ok());
    let long = ALL_KEYS.replace(when, &"x".repeat(300_000));
    let refused = file(&long).unwrap_err();
    let title = refused.diagnostics()[0].title();
    assert!(title.len() < 400, "a long word is not repeated: {title}");
}
