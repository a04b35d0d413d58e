//! The docs say what the program's own lists say. `UPDATE_DOCS=1 cargo test --test suite docs` writes them anew.
use std::fmt::Write as _;
use std::path::Path;

use catchup::backtest::metrics;
use catchup::base::diagnostic::Severity;
use catchup::strategy::file::Strategy;
use catchup::strategy::rule;

mod grammar;

/// Knows the markets of the pages' examples.
struct Words;

impl rule::Vocabulary for Words {
    fn symbol(&self, word: &str) -> Option<String> {
        let known = ["btc", "russell", "gold", "russell 2000", "iwm", "btc-usd", "eth", "spy"];
        known.contains(&word.to_lowercase().as_str()).then(|| word.to_uppercase())
    }

    fn words(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Reads a sentence, or tells what is wrong with it.
fn read(sentence: &str) -> Strategy {
    Strategy::from_sentence(sentence, &Words).unwrap_or_else(|failure| {
        panic!(
            "{}",
            failure.diagnostics().iter().map(|d| d.render(Severity::Error, false)).collect::<String>()
        )
    })
}

#[test]
fn the_examples_of_functions_read_in_both_forms() {
    for function in rule::registry() {
        let strategy = read(&format!("long btc when {}", function.example));
        assert_eq!(strategy.entry.functional, function.example);
        if !function.sentence.is_empty() {
            assert_eq!(
                read(&format!("long btc when {}", function.sentence)).entry.functional,
                function.example
            );
        }
    }
}

/// Every line of a page's `text` blocks that is a sentence.
fn sentences(page: &str) -> Vec<String> {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page)).unwrap();
    text.lines()
        .filter(|line| line.starts_with("long ") || line.starts_with("short "))
        .filter(|line| !line.contains("RULE") && !line.contains(" = "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_sentences_of_the_pages_read() {
    for page in ["rules.md", "grammar.md"] {
        let sentences = sentences(page);
        assert!(sentences.len() > 15, "{page}");
        for sentence in sentences {
            read(&sentence);
        }
    }
}

/// The table of functions, as `docs/functions.md` holds it.
fn functions() -> String {
    let mut page = String::from(
        "# Functions\n\nEvery function of the rule language. `catchup strategy words` prints the same list. A market's bare\n\
         name means its closes; `days` and `length` are written as `63`, `63 days`, `40 bars`, a `{hole}`, and a\n\
         `length` also as `all`. Sentence forms become these functions: `catchup strategy explain` shows how. Where there\n\
         are two examples, both say the same; tests run them.\n",
    );
    for function in rule::registry() {
        let _ = write!(page, "\n## `{}`\n\n{}\n\n", function.signature(), function.meaning);
        if let Some(range) = function.between() {
            let _ = write!(page, "It lies {range}.\n\n");
        }
        if !function.phrase.is_empty() {
            let _ = write!(page, "As a sentence: {}\n\n", function.phrase.replace('|', "or"));
        }
        let _ = writeln!(page, "```text\n{}\n```", function.example);
        if !function.sentence.is_empty() {
            let _ = writeln!(page, "\n```text\n{}\n```", function.sentence);
        }
    }
    page
}

#[test]
fn the_list_of_functions_is_true() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/functions.md");
    let wanted = functions();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &wanted).expect("docs/ is there");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "docs/functions.md differs: run `UPDATE_DOCS=1 cargo test --test suite docs`");
}

#[test]
fn every_metric_is_described_by_its_own_definition() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/results.md");
    let page = std::fs::read_to_string(path).expect("docs/results.md is there");
    for metric in metrics::registry() {
        let row = page
            .lines()
            .find(|line| line.contains(&format!("`{}`", metric.name)) && line.contains(metric.definition));
        assert!(row.is_some(), "docs/results.md does not define {} as: {}", metric.name, metric.definition);
    }
}
