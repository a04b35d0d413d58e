//! Positions in parts: what files and sentences say of them, and what is said where they are wrong.

use super::*;
use crate::strategy::file::{Rung, Scale};

/// A file with these lines under `[entry]` and parameters for the parts.
fn with(entry: &str, side: &str) -> Result<Strategy> {
    let borrow = if side == "short" { "borrow = \"none\"\n" } else { "" };
    let used: Vec<String> = ["parts", "step", "days"]
        .iter()
        .zip(["[1, 3, \"none\"]", "[\"5%\", \"10%\", \"none\"]", "[5, 10, \"none\"]"])
        .filter(|(name, _)| entry.contains(&format!("{{{name}}}")))
        .map(|(name, values)| {
            let default = if *name == "step" {
                "\"5%\""
            } else if *name == "parts" {
                "3"
            } else {
                "10"
            };
            format!("{name} = {{ default = {default}, sweep = {values} }}\n")
        })
        .collect();
    let used = used.concat();
    file(&format!(
        "[markets]\nrussell = \"IWM\"\nbtc = \"BTC-USD\"\n[params]\n{used}[entry]\n{side} = \"btc\"\n\
         when = \"russell hits a high\"\n{entry}\n[exit]\nafter = \"63 days\"\n\
         [costs]\ncommission = \"none\"\nslippage = \"none\"\n{borrow}"
    ))
}

fn scale(entry: &str) -> Scale {
    with(entry, "long").unwrap_or_else(|failure| panic!("{entry}\n{failure}")).plan.scale
}

#[test]
fn files_and_sentences_say_the_same_parts() {
    for (entry, clause, words) in [
        ("scale = \"3 parts over 10 days\"", "in 3 parts over 10 days", "in 3 parts over 10 days"),
        ("scale = \"2 parts, over 40 bars\"", "in 2 parts over 40 bars", "in 2 parts over 40 bars"),
        (
            "scale = \"3 parts, each 5% deeper\"",
            "in 3 parts each 5% deeper",
            "in 3 parts, each 5% deeper below the first fill",
        ),
        (
            "scale = \"half at once, half at 10% deeper\"",
            "half at once, half at 10% deeper",
            "half at once, half at 10% deeper",
        ),
        (
            "scale = \"40% at once, a third at 5% deeper, 20% at 10% deeper, 6.666666666666% at 20% deeper\"",
            "40% at once, one third at 5% deeper, 20% at 10% deeper, 6.666666666666% at 20% deeper",
            "40% at once, a third at 5% deeper, 20% at 10% deeper, 6.666666666666% at 20% deeper",
        ),
        ("adds = 2", "adds 2", "in equal parts, one more at each fresh signal, at most 2 more"),
    ] {
        let from_file = with(entry, "long").unwrap_or_else(|failure| panic!("{entry}\n{failure}"));
        let one_line = sentence(&format!("long btc when russell hits a high, {clause}, exit after 63 days"));
        let one_third = entry.contains("third");
        assert!(one_third || from_file.plan.scale == one_line.plan.scale, "{entry}");
        assert_eq!(from_file.describe_scale().as_deref(), Some(words));
        assert!(from_file.describe_orders().starts_with(&format!("{words}; exit")), "{entry}");
        assert!(!from_file.plan.is_simple());
    }
    assert_eq!(scale("scale = \"none\""), Scale::Whole);
    assert!(with("scale = \"none\"", "long").unwrap().plan.is_simple());
    let Scale::Ladder(rungs) = scale("scale = \"quarter at once, 75% at 10% deeper\"") else { panic!() };
    assert!(matches!(&rungs[..], [Rung { distance: None, .. }, Rung { distance: Some(_), .. }]));
    assert!((rungs[0].share - 0.25).abs() < 1e-15);
}

#[test]
fn numbers_of_parts_can_be_swept() {
    let swept = with("scale = \"{parts} parts over {days} days\"", "long").unwrap();
    assert_eq!((swept.combinations(), swept.settings().len()), (Some(9), 5));
    let deeper = with("scale = \"half at once, half at {step} deeper\"", "long").unwrap();
    assert_eq!(deeper.describe_scale().as_deref(), Some("half at once, half at {step} deeper"));
    assert_eq!(with("adds = \"{parts}\"", "long").unwrap().combinations(), Some(3));
    let grown = with("scale = \"{parts} parts, each {step} deeper\"", "long").unwrap();
    assert!(
        grown.clone().set("parts=2.5").unwrap_err().to_string().contains("a whole number from 1 to 1000")
    );
    assert!(grown.clone().set("parts=20").unwrap_err().to_string().contains("reach down to zero"));
    let in_place = sentence("long btc when russell hits a high, in {parts: 1, 3} parts over {5, 10} days");
    assert_eq!(in_place.combinations(), Some(4));
    // Above a short there is room.
    assert!(with("scale = \"3 parts, each 50% deeper\"", "short").is_ok());
}

#[test]
fn what_is_wrong_with_parts_is_told_with_its_place() {
    let told: Vec<String> = [
        "scale = \"3 over 10 days\"",
        "scale = \"3 parts over 10\"",
        "scale = \"3 parts\"",
        "scale = \"3 parts, each 5% lower\"",
        "scale = \"0 parts over 10 days\"",
        "scale = \"3 parts over 2.5 days\"",
        "scale = \"3 parts, each 50% deeper\"",
        "scale = \"{parts} parts, each 60% deeper\"",
        "scale = \"half at once\"",
        "scale = \"half at once, half at 10% deeper, and more\"",
        "scale = \"half at once, 60% at 10% deeper\"",
        "scale = \"half at 10% deeper, half at once\"",
        "scale = \"{step} at once, 95% at 10% deeper\"",
        "scale = \"150% at once\"",
        "scale = \"10% at once, 10% at 1% deeper, 10% at 2% deeper, 10% at 3% deeper, 10% at 4% deeper, \
         10% at 5% deeper, 10% at 6% deeper, 10% at 7% deeper, 20% at 8% deeper\"",
        "scale = 3",
        "adds = \"often\"",
        "adds = 2\nscale = \"3 parts over 10 days\"",
    ]
    .into_iter()
    .map(|entry| with(entry, "long").expect_err(entry).to_string())
    .collect();
    for message in &told {
        assert!(message.contains("test.toml:"), "{message}");
    }
    insta::assert_snapshot!(told.join("\n"));
}
