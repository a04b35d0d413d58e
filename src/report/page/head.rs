//! The head of the page: what was claimed, on which days, and what can be said about it.

use maud::{Markup, html};

use super::super::content::{Claim, Counts, Head, Kind, Report, Verdict};
use super::super::format;

/// Everything above the first section.
pub(super) fn head(report: &Report) -> Markup {
    html! {
        header {
            (over(&report.head))
            h1 { (report.head.title) }
            @if let Some(alone) = &report.head.alone { p.note { (alone) } }
            @if let Some(what) = &report.head.simulated {
                p.loud role="note" { strong { "Simulated data" } (what) }
            }
            (claim(&report.head.claim))
            @if let Some(source) = &report.head.source { p.note { "Idea: " (source) } }
            @if let Some(said) = &report.verdict { (verdict(said)) } @else {
                p.note { "The evidence was not assessed, so there is no verdict." }
            }
            (counts(&report.counts))
        }
    }
}

/// The kind of report in words.
pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Run => "One combination",
        Kind::Sweep => "Every combination",
        Kind::Study => "After the signal",
        Kind::Demo => "Demo",
    }
}

fn over(head: &Head) -> Markup {
    html! {
        p.over {
            b { (kind_name(head.kind)) } " · " (format::day(head.from)) " to " (format::day(head.to))
            @if let Some(shared) = &head.shared { ", " (shared) }
        }
    }
}

fn claim(claim: &Claim) -> Markup {
    html! {
        dl.claim {
            dt { "Enter" } dd { (claim.traded) " when " span.rule { (claim.rule) } }
            dt { "Leave" } dd { (claim.exit) " " (assumed(claim.exit_assumed)) }
            dt { "Pay" } dd { (claim.costs) " " (assumed(claim.costs_assumed)) }
        }
    }
}

fn assumed(flag: bool) -> Markup {
    html! { @if flag { span.badge title="Not given with the rule; the standard one was taken" { "assumed" } } }
}

fn verdict(verdict: &Verdict) -> Markup {
    html! {
        div.verdict {
            p.over { "Verdict" }
            p.line { (verdict.line) }
            @if !verdict.reasons.is_empty() {
                ul { @for reason in &verdict.reasons { li { (reason) } } }
            }
        }
    }
}

fn counts(counts: &Counts) -> Markup {
    let closed = match counts.trades_open {
        Some(open) if open > 0 => format!("trades closed, {}\u{a0}open", format::count(open)),
        _ => "trades closed".to_owned(),
    };
    let tiles = [
        ("signals", counts.signals),
        ("episodes", counts.episodes),
        (closed.as_str(), counts.trades_closed),
        ("combinations", counts.combinations),
        ("distinct outcomes", counts.outcomes),
        ("without a trade", counts.without_trade),
    ];
    html! {
        @if tiles.iter().any(|(_, number)| number.is_some()) {
            dl.counts {
                @for (name, number) in tiles {
                    @if let Some(number) = number { div { dt { (name) } dd { (format::count(number)) } } }
                }
            }
        }
        @if let Some(of) = &counts.of { p.note { "Signals, episodes and trades are those of " (of) "." } }
        @if let Some(wanting) = &counts.wanting { p.note { "Not followed: " (wanting) "." } }
        @if let Some(check) = counts.look_ahead {
            p.note {
                "Look-ahead check: " (format::count(check.changed)) " of " (format::counted(check.checked, "signal"))
                " changed when the future was cut off."
            }
        }
    }
}
