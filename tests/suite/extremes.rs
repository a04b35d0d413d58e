//! Random strategies at extremes on made-up markets, through the real program: the fast way and the reference agree,
//! and every account adds up.
//!
//! `CATCHUP_CHECK_STRATEGIES` says how many, `CATCHUP_CHECK_SEED` the number of the first.

use std::fmt::Write as _;

use crate::common::Folder;

/// Numbers that look random, the same for the same seed (splitmix64, Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[usize::try_from(self.next() % choices.len() as u64).unwrap()]
    }

    fn in_percent(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }
}

const MARKETS: [&str; 8] = ["calm", "flat", "jump", "tick", "wild", "cents", "cheap", "dear"];

/// The next price of a kind of market.
fn step(kind: &str, price: f64, random: &mut Random) -> f64 {
    let around = |random: &mut Random| random.unit() + random.unit() + random.unit() - 1.5;
    match kind {
        "flat" if !random.in_percent(15) => price,
        "jump" if random.in_percent(2) => price * if random.in_percent(50) { 1e6 } else { 1e-6 },
        "tick" => (price + (around(random) * 3.0).round()).max(20.0),
        // Steps of a hundredth, of which most repeat the price; of dear ones they are next to nothing.
        "cents" => ((price * 100.0 + (around(random) * 1.5).round()).max(50.0)).round() / 100.0,
        "dear" => ((price * 100.0 + (around(random) * 4.0).round()).max(1e9)).round() / 100.0,
        "wild" => price * f64::exp(around(random)),
        _ => price * (1.0 + around(random) * 0.04),
    }
}

/// A price file of so many days of a kind of market.
fn market(kind: &str, seed: u64, bars: u32) -> String {
    let mut random = Random(seed);
    let mut text = "date,open,high,low,close,volume\n".to_owned();
    let mut day = "2001-01-01".parse::<jiff::civil::Date>().unwrap();
    let mut last: f64 = match kind {
        "cents" => 1.0,
        "cheap" => 1e-8,
        "dear" => 1e8,
        _ => 100.0,
    };
    for _ in 0..bars {
        let open = if random.in_percent(50) { last } else { step(kind, last, &mut random) };
        let close = step(kind, open, &mut random);
        let (up, down) = (step(kind, open, &mut random), step(kind, close, &mut random));
        let (high, low) = (open.max(close).max(up), open.min(close).min(down));
        let volume = random.one_of(&["1", "1000", "1000000000000"]);
        writeln!(text, "{day},{open:e},{high:e},{low:e},{close:e},{volume}").unwrap();
        last = close;
        day = day.tomorrow().unwrap();
    }
    text
}

/// A strategy file, with every kind of order at values as far out as they are allowed.
fn strategy(seed: u64) -> String {
    let mut random = Random(seed);
    let kind = random.one_of(&MARKETS);
    let mut body = String::new();
    let is_basket = random.in_percent(10);
    let is_short = random.in_percent(35);
    let is_hedged = !is_basket && random.in_percent(20);
    entry(&mut body, &mut random, (is_basket, is_short, is_hedged));
    exit(&mut body, &mut random, (is_basket, is_short));
    size(&mut body, &mut random, is_basket);
    costs(&mut body, &mut random, (is_basket, is_short || is_hedged));
    let mut text = format!(
        "title = \"Extreme\"\n[markets]\nlead = {{ file = \"{kind}A.csv\", session = \"custom\" }}\n\
         lag = {{ file = \"{kind}B.csv\", session = \"custom\" }}\n[params]\n"
    );
    // A parameter that nothing needs is refused.
    let values = [("w", "[2, 5, 60]"), ("h", "[1, 2, 7, 50]"), ("s", "[\"none\", \"1%\", \"50%\", \"99%\"]")];
    for (name, values) in values.iter().filter(|(name, _)| body.contains(&format!("{{{name}}}"))) {
        writeln!(text, "{name} = {{ sweep = {values} }}").unwrap();
    }
    text + &body
}

fn entry(text: &mut String, random: &mut Random, (is_basket, is_short, is_hedged): (bool, bool, bool)) {
    let side = if is_short { "short" } else { "long" };
    let mut line = |line: &str| writeln!(text, "{line}").unwrap();
    line("[entry]");
    if is_basket {
        line(&format!("{side} = [\"lag\", \"lead\"]\nas = \"basket\""));
        line(random.one_of(&["weights = \"equal\"", "weights = \"21-day volatility\"", "weights = \"gap\""]));
        line(random.one_of(&[
            "when = \"laggard is over 5% below its {w}-day high\"",
            "when = \"laggard has risen over 1% in {w} days\"",
            "when = \"laggard > 0 and lag hits a {w}-day low\"",
        ]));
    } else {
        line(&format!("{side} = \"lag\""));
        line(random.one_of(&[
            "when = \"lead hits a {w}-day high\"",
            "when = \"lag hits a {w}-day low\"",
            "when = \"lag has risen over 1% in {w} days\"",
            "when = \"lead is at a {w}-day high or lag is over 10% below its {w}-day high\"",
            "when = \"lag > 0\"",
        ]));
    }
    if is_hedged {
        line(random.one_of(&["hedge = \"lead\"", "hedge = \"lead\"\nhedge_by = \"21-day beta\""]));
    }
    let at_close = random.in_percent(30);
    if at_close {
        line("fill = \"close\"");
    }
    line(random.one_of(&["", "", "", "again = \"fresh\"", "cooldown = \"10 days\""]));
    if is_basket {
        return;
    }
    if !at_close && random.in_percent(30) {
        line(random.one_of(&["limit = \"2%\"\nvalid = \"1 days\"", "limit = \"50%\"\nvalid = \"9 days\""]));
    }
    line(random.one_of(&[
        "",
        "",
        "",
        "",
        "scale = \"2 parts over 3 days\"",
        "scale = \"4 parts over 20 days\"",
        "scale = \"8 parts over 100 days\"",
        "scale = \"4 parts, each 2% deeper\"",
        "scale = \"half at once, half at 10% deeper\"",
    ]));
}

fn exit(text: &mut String, random: &mut Random, (is_basket, is_short): (bool, bool)) {
    let mut line = |line: &str| writeln!(text, "{line}").unwrap();
    line("[exit]\nafter = \"{h} days\"");
    if is_basket {
        line("stop = \"{s} on close\"");
        line(random.one_of(&["", "target = \"1% on close\"", "target = \"50% on close\""]));
        line(random.one_of(&["", "trail = \"1% on close\"", "trail = \"50% on close\""]));
        return;
    }
    line(random.one_of(&["", "", "when = \"lag is at a {w}-day high\""]));
    line(random.one_of(&[
        "stop = \"{s}\"",
        "stop = \"{s}\"",
        "stop = \"{s} on close\"",
        "stop = \"2 x 21-day volatility\"",
    ]));
    let most = if is_short { "target = \"99.9%\"" } else { "target = \"99999%\"" };
    line(random.one_of(&["", "", "target = \"1%\"", "target = \"50% on close\"", most]));
    line(random.one_of(&["", "", "trail = \"1%\"", "trail = \"50% on close\"", "trail = \"99.9%\""]));
    line(random.one_of(&["", "", "", "gap = \"50%\"", "gap = \"100% on close\""]));
    line(random.one_of(&["", "", "", "break_even = \"1%\"", "break_even = \"10%\""]));
    line(random.one_of(&[
        "",
        "",
        "",
        "partial = { at = \"5%\", part = \"50%\" }",
        "partial = [{ at = \"1%\", part = \"25%\" }, { at = \"50%\", part = \"74.99%\" }]",
    ]));
}

fn size(text: &mut String, random: &mut Random, is_basket: bool) {
    let mut line = |line: &str| writeln!(text, "{line}").unwrap();
    line("[size]");
    if is_basket {
        line(random.one_of(&["", "fraction = \"0.0001%\"", "fraction = \"1%\"", "fraction = \"50%\""]));
        return;
    }
    if random.in_percent(15) {
        line(random.one_of(&[
            "volatility = \"20% by 21-day volatility\"",
            "volatility = \"1000% by 21-day volatility\"",
        ]));
        line(random.one_of(&["", "leverage = 1", "leverage = 10"]));
    } else {
        line(random.one_of(&[
            "",
            "",
            "fraction = \"0.0001%\"",
            "fraction = \"0.0001%\"",
            "fraction = \"0.01%\"",
            "fraction = \"1%\"",
            "fraction = \"50%\"",
            "fraction = \"100%\"\nleverage = 1",
            "fraction = \"200%\"\nleverage = 2",
            "fraction = \"1000%\"\nleverage = 10",
        ]));
    }
    line(random.one_of(&["", "", "", "maintenance = \"25%\"", "maintenance = \"99.99%\""]));
}

fn costs(text: &mut String, random: &mut Random, (is_basket, borrows): (bool, bool)) {
    let mut line = |line: &str| writeln!(text, "{line}").unwrap();
    line("[costs]");
    if borrows {
        line(random.one_of(&["borrow = \"0%\"", "borrow = \"3%\"", "borrow = \"99.99%\""]));
    }
    if is_basket {
        line(random.one_of(&["commission = \"0 bps\"", "commission = \"5%\"", "commission = \"99.99%\""]));
        line(random.one_of(&["slippage = \"0 bps\"", "slippage = \"5%\"", "slippage = \"99.99%\""]));
        return;
    }
    line(random.one_of(&[
        "commission = \"0 bps\"",
        "commission = \"10 bps\"",
        "commission = \"2%\"",
        "commission = \"5%\"",
        "commission = \"50%\"",
        "commission = \"99.99%\"",
        "commission = { rate = \"10 bps\", per_unit = 0.01 }",
    ]));
    line(random.one_of(&[
        "slippage = \"0 bps\"",
        "slippage = \"5 bps\"",
        "slippage = \"5%\"",
        "slippage = \"50%\"",
        "slippage = \"99.99%\"",
        "slippage = { fixed = \"1 bps\", volatility = \"50% of 21-day volatility\" }",
    ]));
    line(random.one_of(&["", "", "", "funding = \"20%\"", "funding = \"99.99%\""]));
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn random_strategies_equal_the_reference_at_extremes() {
    let folder = Folder::new();
    for (seed, kind) in (0..).zip(MARKETS) {
        folder.write(&format!("{kind}A.csv"), market(kind, 2 * seed, 500));
        folder.write(&format!("{kind}B.csv"), market(kind, 2 * seed + 1, 500));
    }
    let (first, count) = (number("CATCHUP_CHECK_SEED", 0), number("CATCHUP_CHECK_STRATEGIES", 60));
    let (mut equal, mut alone, mut refused, mut wrong) = (0, 0, Vec::new(), Vec::new());
    for seed in first..first + count {
        let text = strategy(seed);
        folder.write("x.toml", &text);
        let sweep = ["sweep", "x.toml", "--no-report", "--out", "x"];
        let mut ran = folder.case().args(sweep).args(["--check", "100"]).run();
        let checked = !ran.stderr.contains("every combination runs on the reference");
        if !checked {
            ran = folder.case().args(sweep).run();
        }
        match ran.status {
            0 if checked => equal += 1,
            0 => alone += 1,
            2 if !ran.stderr.contains("bug of catchup") => refused.push(format!("{seed}: {}", ran.stderr)),
            _ => wrong.push(format!("strategy {seed}\n{text}\n{}", ran.stderr)),
        }
    }
    println!(
        "{equal} equal the reference, {alone} run on it alone, {} refused, {} wrong",
        refused.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(refused.is_empty(), "{} are refused:\n{}", refused.len(), refused.join("\n"));
    assert!(equal * 10 >= count * 7, "only {equal} of {count} went the fast way");
}
