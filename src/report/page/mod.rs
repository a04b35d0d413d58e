//! The report as one page: no network, no script, light and dark, for screen, phone and paper.

mod benchmarks;
mod facts;
mod head;
mod outcome;
mod tables;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::base::diagnostic::Result;

use super::charts::{Part, Picture, dark_rules, pictures};
use super::content::Report;

/// The page's look; dark colours are added by [`style`].
const STYLE: &str = include_str!("style.css");
/// The page's colours in the dark.
const DARK: &str = include_str!("dark.css");
/// Tells the browser to load nothing, so that the page cannot, whatever a name in it says.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// One part of the page below its head.
struct Section {
    id: &'static str,
    title: &'static str,
    body: Markup,
}

/// The whole page as HTML.
///
/// # Errors
/// A failure of the drawing library, which well-formed data never cause.
pub fn render_page(report: &Report) -> Result<String> {
    let pictures = pictures(report)?;
    let sections = sections(report, &pictures);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="generator" content=(format!("catchup {}", report.provenance.version));
                title { (report.head.title) }
                style { (PreEscaped(style())) }
            }
            body {
                main {
                    (head::head(report))
                    nav aria-label="Sections" {
                        @for section in &sections { a href=(format!("#{}", section.id)) { (section.title) } }
                    }
                    @for section in &sections {
                        section id=(section.id) { h2 { (section.title) } (section.body) }
                    }
                    footer { "Made by catchup " (report.provenance.version) ". The same data, strategy, seed and version give the same page, to the byte. Nothing here is advice." }
                }
            }
        }
    };
    Ok(page.into_string())
}

fn style() -> String {
    format!("{STYLE}@media (prefers-color-scheme: dark) {{\n{DARK}{}\n}}\n", dark_rules(".chart"))
}

/// The parts this report has, in reading order.
fn sections(report: &Report, pictures: &[Picture]) -> Vec<Section> {
    let drawn = |part: Part| figures(pictures, part);
    [
        outcome::equity(report, &drawn(Part::Equity)),
        outcome::study(report, &drawn(Part::Study)),
        outcome::prices(report, &drawn(Part::Prices)),
        outcome::trades(report),
        outcome::metrics(report),
        facts::notes(report),
        outcome::sweep(report, &drawn(Part::Grid), &drawn(Part::Distribution)),
        benchmarks::benchmarks(report),
        facts::wrong(report),
        facts::rule(report),
        facts::provenance(report),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The pictures of one part, each drawn for a wide and a narrow page.
fn figures(pictures: &[Picture], part: Part) -> Markup {
    html! {
        @for picture in pictures.iter().filter(|picture| picture.part == part) {
            figure.chart {
                @if !picture.caption.is_empty() { figcaption { (picture.caption) } }
                div.wide { (PreEscaped(picture.wide.inline())) }
                div.narrow { (PreEscaped(picture.narrow.inline())) }
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_page_has_every_section_its_report_has() {
        let page = render_page(&samples::everything()).unwrap();
        for id in [
            "equity",
            "study",
            "price",
            "trades",
            "metrics",
            "notes",
            "benchmarks",
            "sweep",
            "wrong",
            "rule",
            "data",
        ] {
            assert!(page.contains(&format!("<section id=\"{id}\">")), "{id}");
        }
        for text in
            ["0 of 8 signals changed", "n/a", "needs a losing trade", "nothing here is history", "assumed"]
        {
            assert!(page.contains(text), "{text}");
        }
    }

    #[test]
    fn sections_without_data_are_left_out() {
        let page = render_page(&samples::bare()).unwrap();
        for id in ["equity", "study", "price", "trades", "metrics", "notes", "benchmarks", "sweep"] {
            assert!(!page.contains(&format!("<section id=\"{id}\">")), "{id}");
        }
        assert!(
            !page.contains("<svg") && !page.contains("class=\"loud\"") && !page.contains("class=\"verdict\"")
        );
        assert!(page.contains("<section id=\"rule\">") && page.contains("<section id=\"data\">"));
    }

    #[test]
    fn hostile_names_stay_text() {
        let page = render_page(&samples::hostile()).unwrap();
        assert!(!page.contains("<script"));
        assert_eq!(page.matches("</title>").count(), 1);
        assert_eq!(page.matches("<svg ").count(), page.matches("</svg>").count());
        assert!(page.contains("&lt;script&gt;"));
    }

    #[test]
    fn a_page_loads_nothing() {
        let page = render_page(&samples::everything()).unwrap();
        for load in ["http:", "https:", "//", "src=", "url(", "@import", "<script", "<link"] {
            let found =
                page.find(load).map(|at| page[at.saturating_sub(40)..].chars().take(80).collect::<String>());
            assert_eq!(found, None, "{load}");
        }
    }

    #[test]
    fn a_long_history_stays_a_small_page() {
        let page = render_page(&samples::long()).unwrap();
        assert!(page.len() < 1_500_000, "{} bytes", page.len());
        assert!(page.contains("The latest 100 of 500 trades"));
    }

    #[test]
    fn the_same_report_gives_the_same_bytes() {
        let report = samples::everything();
        assert_eq!(render_page(&report).unwrap(), render_page(&report).unwrap());
    }
}
