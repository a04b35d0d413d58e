//! What a sweep will do, in words.

use super::{counted, counted_plain};
use crate::backtest::single::Setup;
use crate::backtest::sweep::{Family, Member, Plan, Way, Whole};
use crate::cli::members;
use crate::cli::output::Output;
use crate::report::format;
use crate::strategy::signals::Span;

/// Members that are told of one by one.
const MEMBERS: usize = 10;

pub(super) fn tell_plan(
    output: &Output,
    (family, days): (&Family<'_>, &members::Days),
    whole: &Whole,
    threads: usize,
) {
    let (count, all) = (whole.combinations(), family.members());
    let grid = if whole.grid == count { String::new() } else { format!(" of {}", counted_plain(whole.grid)) };
    let settings = |plan: &Plan| {
        format!(
            "{} x {}",
            counted(plan.entry_settings, "entry setting"),
            counted(plan.exit_settings, "exit setting")
        )
    };
    let bars = |plan: &Plan, setup: &Setup<'_>| {
        let Setup { panel, window, .. } = setup;
        let (from, to) = (panel.label(window.start), panel.label(window.end - 1));
        format!("over {} bars from {from} to {to}", format::count(plan.bars))
    };
    let combinations = counted(count, "combination");
    if let ([member], [(_, plan)]) = (all, whole.plans.as_slice()) {
        let line = format!("{combinations}{grid}, {}, {}", settings(plan), bars(plan, &member.setup));
        output.item("plan: ", &line);
    } else {
        let several = family.strategies().len() > 1;
        let of = if several { "choices of strategy and symbols" } else { "choices of symbols" };
        let members = format::count(all.len());
        output.item("plan: ", &format!("{combinations}{grid}, on {members} {of}"));
        for (place, plan) in whole.plans.iter().take(MEMBERS) {
            let member = &all[*place];
            let line = format!(
                "{}: {}, {}, {}; alone from {} to {}",
                label_of(family, member),
                counted(plan.combinations, "combination"),
                settings(plan),
                bars(plan, &member.setup),
                member.alone.from,
                member.alone.to
            );
            output.item("      ", &line);
        }
        if whole.plans.len() > MEMBERS {
            output.item("      ", &format!("and {} more", whole.plans.len() - MEMBERS));
        }
    }
    if let Some(Span { from, to }) = days.common {
        output.item("      ", &format!("one window for all, the days they have in common: {from} to {to}"));
    }
    tell_cost(output, whole, threads);
}

/// A member in words: its strategy, where there are several, and its symbols.
fn label_of(family: &Family<'_>, member: &Member<'_>) -> String {
    let strategy = member.setup.strategy;
    let choice = strategy.describe_choice(&strategy.combination(member.numbers.start - member.first));
    let name = (family.strategies().len() > 1).then(|| strategy.name.clone());
    let words = name.into_iter().chain(Some(choice).filter(|choice| !choice.is_empty()));
    words.collect::<Vec<_>>().join(", ")
}

pub(super) fn tell_cost(output: &Output, whole: &Whole, threads: usize) {
    let cost = format!(
        "at most about {} and {} MB on {}",
        counted(whole.seconds(threads as u64), "second"),
        counted_plain(whole.bytes() / 1_000_000 + 50),
        format::counted(threads, "thread"),
    );
    output.item("      ", &cost);
    let mut told: Vec<&str> = Vec::new();
    for (_, plan) in &whole.plans {
        if let Way::Reference(reason) = &plan.way
            && !told.contains(&reason.as_str())
        {
            output.item("      ", &format!("on the reference simulator, which is slow: {reason}"));
            told.push(reason);
        }
    }
}
