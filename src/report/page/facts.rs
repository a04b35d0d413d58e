//! The sections that let a reader doubt and repeat: what could be wrong, the rule, the data.

use maud::{Markup, html};

use super::super::cautions::cautions;
use super::super::content::{Parameter, Provenance, Report, SeriesFacts};
use super::super::format;
use super::Section;
use super::tables::scrolling;

/// How this could be wrong.
pub(super) fn wrong(report: &Report) -> Option<Section> {
    let cautions = cautions(report);
    let body = html! {
        ul.wrong { @for caution in &cautions { li { strong { (caution.title) } (caution.text) } } }
    };
    (!cautions.is_empty()).then_some(Section { id: "wrong", title: "How this could be wrong", body })
}

/// What is to be read beside the figures.
pub(super) fn notes(report: &Report) -> Option<Section> {
    let body = html! { ul.facts { @for note in &report.notes { li { (note) } } } };
    (!report.notes.is_empty()).then_some(Section { id: "notes", title: "Beside the figures", body })
}

/// The rule as written and as understood.
#[allow(clippy::unnecessary_wraps)] // One of a list of sections, most of which may be absent.
pub(super) fn rule(report: &Report) -> Option<Section> {
    let rule = &report.rule;
    let body = html! {
        h3 { "As written" }
        pre { (rule.text) }
        h3 { "As understood" }
        pre { (rule.functional) }
        @if !rule.choices.is_empty() { ul.facts { @for choice in &rule.choices { li { (choice) } } } }
        @if !rule.parameters.is_empty() {
            h3 { "Parameters" }
            (scrolling("Parameters", &parameter_table(&rule.parameters)))
        }
    };
    Some(Section { id: "rule", title: "The rule", body })
}

fn parameter_table(parameters: &[Parameter]) -> Markup {
    html! {
        table {
            thead { tr { th { "Name" } th { "Value" } th { "Range tried" } } }
            tbody {
                @for parameter in parameters {
                    tr {
                        th scope="row" { (parameter.name) }
                        td { (parameter.value) }
                        td { (parameter.range.as_deref().unwrap_or("fixed")) }
                    }
                }
            }
        }
    }
}

/// Where every number comes from.
#[allow(clippy::unnecessary_wraps)] // As above.
pub(super) fn provenance(report: &Report) -> Option<Section> {
    let facts = &report.provenance;
    let body = html! {
        (scrolling("Series", &series_table(&facts.series)))
        (cards(report, facts))
        @if !facts.highs.is_empty() {
            h3 { "What a high is here" }
            ul.facts { @for high in &facts.highs { li { (high) } } }
        }
        @if !facts.notes.is_empty() {
            h3 { "Also worth knowing" }
            ul.facts { @for note in &facts.notes { li { (note) } } }
        }
    };
    Some(Section { id: "data", title: "Where the numbers come from", body })
}

fn cards(report: &Report, facts: &Provenance) -> Markup {
    let window = format!("{} to {}", format::day(report.head.from), format::day(report.head.to));
    let cards = [
        ("Evaluation window", window),
        ("Bars", format::count(facts.bars)),
        ("Years", format::decimal(facts.years, 2)),
        ("Bars per year", format::decimal(facts.periods_per_year, 2)),
        ("Version", facts.version.clone()),
        ("Seed", facts.seed.to_string()),
    ];
    html! { dl.cards { @for (name, text) in cards { div { dt { (name) } dd { (text) } } } } }
}

fn series_table(series: &[SeriesFacts]) -> Markup {
    html! {
        table {
            thead { tr {
                th { "Series" } th { "Vendor" } th { "File" } th { "Hash" } th { "Session" } th { "Adjustment" }
                th { "First bar" } th { "Last bar" } th.n { "Rows" }
            } }
            tbody {
                @for facts in series {
                    tr {
                        th scope="row" { (facts.symbol) @if facts.simulated { " " span.badge { "simulated" } } }
                        td { (facts.vendor) } td { (facts.file) }
                        td { code title=(facts.hash) { (format::short_hash(&facts.hash)) } }
                        td.d { (facts.session) } td { (facts.adjustment) }
                        td.d { (format::day(facts.first)) } td.d { (format::day(facts.last)) }
                        td.n { (format::count(facts.rows)) }
                    }
                }
            }
        }
    }
}
