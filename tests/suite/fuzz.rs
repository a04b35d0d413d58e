//! No text makes the language panic, hang, or overflow the stack: it reads or is refused with a message.
//!
//! `cargo test --test suite fuzz` tries some thousands; `CATCHUP_FUZZ_SECONDS=600 CATCHUP_FUZZ_SEED=7 cargo test --test suite fuzz`
//! goes on for ten minutes, from another beginning. Texts are made from a seed, so a failure prints one that fails again.
use std::time::{Duration, Instant};

use catchup::base::diagnostic::{Failure, Source};
use catchup::base::num::RandomStream;
use catchup::strategy::file::{Strategy, bundled};
use catchup::strategy::rule::{Vocabulary, registry};

struct Words;

impl Vocabulary for Words {
    fn symbol(&self, word: &str) -> Option<String> {
        ["btc", "russell", "gold", "BTC-USD"].contains(&word).then(|| word.to_uppercase())
    }

    fn words(&self) -> Vec<String> {
        vec!["btc".into(), "russell".into(), "gold".into()]
    }
}

const PIECES: &[&str] = &[
    "long",
    "btc",
    "russell",
    "gold",
    "BTC-USD",
    "`btc`",
    "when",
    "if",
    "and",
    "or",
    "not",
    "while",
    "but",
    "exit",
    "after",
    "stop",
    "target",
    "trail",
    "commission",
    "slippage",
    "fill",
    "at",
    "the",
    "a",
    "its",
    "hits",
    "is",
    "are",
    "has",
    "risen",
    "fallen",
    "rises",
    "falls",
    "by",
    "over",
    "under",
    "above",
    "below",
    "between",
    "within",
    "for",
    "in",
    "on",
    "of",
    "days",
    "day",
    "bars",
    "ago",
    "later",
    "since",
    "fell",
    "rose",
    "half",
    "quarter",
    "gap",
    "break-even",
    "whichever",
    "comes",
    "first",
    "profit",
    "sell",
    "buy",
    "go",
    "hold",
    "straight",
    "row",
    "trailing",
    "take",
    "weeks",
    "month",
    "three",
    "two-year",
    "20%-30%",
    "=>",
    "to",
    "high",
    "low",
    "record",
    "all-time",
    "moving",
    "average",
    "exponential",
    "correlation",
    "ratio",
    "beta",
    "with",
    "halving",
    "fomc",
    "rate",
    "cut",
    "happens",
    "before",
    "least",
    "most",
    "more",
    "less",
    "than",
    "points",
    "percent",
    "bps",
    "all",
    "none",
    "any",
    "December",
    "Fridays",
    "round",
    "crosses",
    "lags",
    "as",
    "leader",
    "close",
    "open",
    "never",
    "252-day",
    "63",
    "0",
    "20%",
    "1e9",
    "0.5",
    "999999999999999",
    "-",
    "+",
    "*",
    "/",
    "<",
    ">",
    "<=",
    ">=",
    "=",
    "==",
    "(",
    ")",
    ",",
    "{",
    "}",
    "{lag}",
    "{21, 63}",
    "{10%..40% by 5%}",
    "{1..99999 by 1}",
    "{lag: 1..2 by 0.1}",
    "{window}-day",
    "–",
    "“",
    "é",
    "日本",
    "\u{0}",
    "\u{202e}",
    "😀",
    "ﬁ",
    "\n",
    "\t",
    "%",
    "&",
    "^RUT",
    "-day",
    "..",
    "@",
    ";",
    "'",
    "\"",
];

/// Sentences that read, to be spoiled.
fn seeds() -> Vec<String> {
    let mut seeds: Vec<String> = registry()
        .iter()
        .flat_map(|function| [function.example, function.sentence])
        .filter(|rule| !rule.is_empty())
        .map(|rule| {
            format!("long btc when {rule}, exit when btc hits a high or after 63 days or stop 25% on close")
        })
        .collect();
    seeds.push("long btc when russell hits a {63, all}-day high and btc is over {lag: 10%..40% by 5%} below its high".into());
    seeds
}

fn pick<'a, T>(stream: &mut RandomStream, of: &'a [T]) -> &'a T {
    &of[stream.below(of.len())]
}

/// A text: words in a row, a spoiled sentence, or anything at all.
fn text(stream: &mut RandomStream, seeds: &[String]) -> String {
    match stream.below(10) {
        0..=3 => {
            let count = stream.below(40) + 1;
            let words: Vec<&str> = (0..count).map(|_| *pick(stream, PIECES)).collect();
            let head = if stream.below(2) == 0 { "long btc when " } else { "" };
            head.to_owned() + &words.join(if stream.below(8) == 0 { "" } else { " " })
        }
        4..=8 => {
            let mut text: Vec<char> = pick(stream, seeds).chars().collect();
            for _ in 0..=stream.below(4) {
                let at = stream.below(text.len() + 1);
                let end = (at + stream.below(12)).min(text.len());
                match stream.below(4) {
                    0 => drop(text.drain(at..end)),
                    1 => {
                        let piece: Vec<char> = format!(" {} ", pick(stream, PIECES)).chars().collect();
                        text.splice(at..at, piece);
                    }
                    2 => {
                        let copy = text[at..end].to_vec();
                        text.splice(at..at, copy);
                    }
                    _ => text.truncate(at),
                }
            }
            text.into_iter().collect()
        }
        _ => {
            let count = stream.below(60);
            (0..count)
                .filter_map(|_| char::from_u32(u32::try_from(stream.below(0x3000)).unwrap_or(0)))
                .collect()
        }
    }
}

/// A strategy file with a part of its text spoiled.
fn file(stream: &mut RandomStream) -> String {
    let mut text = pick(stream, bundled()).text.to_owned();
    for _ in 0..=stream.below(3) {
        let lines: Vec<&str> = text.lines().collect();
        let at = stream.below(lines.len());
        let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
        match stream.below(3) {
            0 => drop(lines.remove(at)),
            1 => lines[at] = format!("{} {}", lines[at], pick(stream, PIECES)),
            _ => lines.insert(at, format!("x = \"{}\"", pick(stream, PIECES).replace(['"', '\n', '\0'], ""))),
        }
        if lines.is_empty() {
            break;
        }
        text = lines.join("\n");
    }
    text
}

/// What must hold of any answer: it came soon, and a refusal can be shown.
fn check(text: &str, read: impl FnOnce() -> Result<Strategy, Failure>) -> bool {
    let began = Instant::now();
    let read = read();
    let took = began.elapsed();
    // By the clock of a machine that may be busy with other things.
    assert!(took < Duration::from_secs(30), "{took:?} for\n{text}");
    match read {
        Ok(strategy) => {
            // What reads is printed in function form and counted.
            assert!(!strategy.entry.functional.is_empty());
            let _ = (strategy.describe_orders(), strategy.combinations());
            true
        }
        Err(failure) => {
            assert!(!failure.diagnostics().is_empty() && !failure.to_string().is_empty(), "{text}");
            assert!(failure.diagnostics().iter().all(|d| !d.title().is_empty()), "{text}");
            false
        }
    }
}

#[test]
fn any_text_reads_or_is_refused() {
    let seconds = std::env::var("CATCHUP_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let seeds = seeds();
    for seed in &seeds {
        assert!(check(seed, || Strategy::from_sentence(seed, &Words)), "{seed}");
    }
    let (mut tried, mut reads) = (0_u64, 0_u64);
    let first = std::env::var("CATCHUP_FUZZ_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut number = first;
    loop {
        let mut stream = RandomStream::new(number, "fuzz");
        for _ in 0..500 {
            let sentence = text(&mut stream, &seeds);
            reads += u64::from(check(&sentence, || Strategy::from_sentence(&sentence, &Words)));
            tried += 1;
        }
        for _ in 0..20 {
            let file = file(&mut stream);
            reads += u64::from(check(&file, || {
                Strategy::from_toml("f", &Source::new("f.toml", file.as_str()), &Words)
            }));
            tried += 1;
        }
        number += 1;
        let goes_on = until.map_or(number < first + 8, |until| Instant::now() < until);
        if !goes_on {
            break;
        }
    }
    println!("{tried} texts, {reads} of them read");
    assert!(reads > 50, "only {reads} of {tried} were rules");
}

/// The longest rule that is let through, on the small stack of a test's thread, whatever its shape.
#[test]
fn the_longest_rules_fit_on_a_small_stack() {
    let shapes = [
        ["btc > 1", " and btc > 1", ""],
        ["btc > 1", " or btc < 1", ""],
        ["btc", " + btc", " > 1"],
        ["btc", " * 2", " > 1"],
        ["btc > 1", " within 2 days", ""],
        ["btc", " 1 day ago", " > 1"],
    ];
    for [first, more, last] in shapes {
        for count in [100, 300, 450, 600, 900, 5000] {
            let text = format!("long btc when {first}{}{last}", more.repeat(count));
            check(&text[..text.len().min(60)], || Strategy::from_sentence(&text, &Words));
        }
    }
    for (open, close) in [("(", ")"), ("not (", ")"), ("-(", ")"), ("at_least(1, ", ")"), ("sma(", ", 5)")] {
        for count in [10, 60, 64, 65, 400, 5000] {
            let text = format!("long btc when {}btc{} > 1", open.repeat(count), close.repeat(count));
            check(open, || Strategy::from_sentence(&text, &Words));
        }
    }
}

#[test]
fn great_ranges_are_refused_soon() {
    for holes in [
        "{1..100001 by 1}".to_owned(),
        "{0..1 by 0.000000000001}".to_owned(),
        "{-999999999999999..999999999999999 by 1}".to_owned(),
        "{0.000000000000001..999999999999999 by 0.000000000000001}".to_owned(),
        "{1..99999 by 1} + ".repeat(300) + "1",
    ] {
        let text = format!("long btc when btc > {holes}");
        let failure = Strategy::from_sentence(&text, &Words).unwrap_err().to_string();
        assert!(failure.contains("values") || failure.contains("number"), "{failure}");
    }
}
