//! The section of benchmarks, other ways to hold, which also says what was paid.

use maud::{Markup, html};

use super::super::content::{Benchmarks, PaidLine, Report, Unit};
use super::super::format;
use super::Section;
use super::tables::{change, number, scrolling};

/// The strategy beside its benchmarks, and what was paid.
pub(super) fn benchmarks(report: &Report) -> Option<Section> {
    let benchmarks = report.benchmarks.as_ref()?;
    let body = html! {
        p.note {
            "The same days on the strategy's clock, each market as of its decisions. What is only held pays no costs."
        }
        (scrolling("Benchmarks", &table(benchmarks)))
        @if !report.paid.is_empty() {
            h3 { "What was paid" }
            p.note { "As a share of the capital at the start; below zero is received." }
            (scrolling("Paid", &paid(&report.paid)))
        }
    };
    Some(Section { id: "benchmarks", title: "Benchmarks", body })
}

fn table(benchmarks: &Benchmarks) -> Markup {
    html! {
        table {
            thead { tr {
                th { "Held" }
                @for (name, _) in &benchmarks.metrics { th.n { (format::plain_name(name)) } }
            } }
            tbody {
                @for row in &benchmarks.rows {
                    tr {
                        th scope="row" { (row.name) }
                        @for (value, (_, unit)) in row.values.iter().zip(&benchmarks.metrics) {
                            @if *unit == Unit::Change { (change(value)) } @else { (number(value, *unit)) }
                        }
                    }
                }
            }
        }
    }
}

fn paid(lines: &[PaidLine]) -> Markup {
    html! {
        table {
            tbody {
                @for line in lines {
                    tr { th scope="row" { (line.name) } td.n { (format::share(line.share)) } }
                }
            }
        }
    }
}
