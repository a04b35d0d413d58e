//! Wrong rules, written the way people get them wrong, and what each is told. The list stands in `wrong.txt`.

use super::*;

#[test]
fn wrong_sentences_are_told_with_a_place_and_what_to_do() {
    let mut page = String::new();
    let mut count = 0;
    for case in include_str!("wrong.txt").lines() {
        if case.starts_with('#') {
            page += &format!("{case}\n\n");
            continue;
        }
        let failure = Strategy::from_sentence(case, &Words).expect_err(case);
        for diagnostic in failure.diagnostics() {
            let told = diagnostic.render(Severity::Error, false);
            assert!(told.contains("sentence:1:") && told.contains('^'), "no place in\n{told}\nfor {case}");
            page += &told;
        }
        let hints = failure.diagnostics().iter().any(|d| !d.hints().is_empty());
        let says = |word: &str| failure.to_string().contains(word);
        let helps = hints || ["expected", "write", "as in", "`none`"].iter().any(|word| says(word));
        assert!(helps, "no help in\n{failure}\nfor {case}");
        page += "\n";
        count += 1;
    }
    assert!(count > 200, "{count} wrong sentences");
    insta::assert_snapshot!(page);
}

#[test]
fn several_faults_are_told_at_once() {
    let count = |text: &str| Strategy::from_sentence(text, &Words).unwrap_err().diagnostics().len();
    assert_eq!(count("long BTC when the Russel hits a high and BTC is 20% below its lov and gold > 5"), 2);
    assert_eq!(count("long BTC when BTC > 20% and drawdown(gold) > 20 and BTC hits a high"), 2);
    assert_eq!(
        count("long BTC when (the Russel hits a high and BTC > 5) or gold is hot, exit after 63 days"),
        2
    );
    assert_eq!(count("long BTC when the Russel hits a high, exit after 63"), 1);
}
