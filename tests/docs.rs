//! The docs say what the program's own lists say. `UPDATE_DOCS=1 cargo test --test docs` writes them anew.

use std::fmt::Write as _;
use std::path::Path;

use catchup::backtest::metrics;
use catchup::strategy::rule;

/// The table of functions, as `docs/functions.md` holds it.
fn functions() -> String {
    let mut page = String::from(
        "# Functions\n\nEvery function of the rule language. `catchup strategy words` prints the same list. A market's bare\n\
         name means its closes; `days` and `length` are written as `63`, `63 days`, `40 bars`, a `{hole}`, and a\n\
         `length` also as `all`. Sentence forms become these functions: `catchup strategy explain` shows how.\n",
    );
    for function in rule::registry() {
        let _ = write!(page, "\n## `{}`\n\n{}\n\n", function.signature(), function.meaning);
        if !function.phrase.is_empty() {
            let _ = write!(page, "As a sentence: {}\n\n", function.phrase.replace('|', "or"));
        }
        let _ = writeln!(page, "```text\n{}\n```", function.example);
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
    assert!(found == wanted, "docs/functions.md differs: run `UPDATE_DOCS=1 cargo test --test docs`");
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
