//! What a sweep will do, in words.

use super::{counted, counted_plain};
use crate::backtest::single::Setup;
use crate::backtest::sweep::{Estimate, Family, Member, Plan, Way, Whole};
use crate::cli::members;
use crate::cli::output::Output;
use crate::report::format;
use crate::strategy::signals::Span;

/// Members that are told of one by one.
const MEMBERS: usize = 10;

/// Seconds from which on it is said how to shorten a sweep.
const LONG: u64 = 600;

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
    tell_cost(output, family, whole, threads);
}

/// A member in words: its strategy, where there are several, and its symbols.
fn label_of(family: &Family<'_>, member: &Member<'_>) -> String {
    let strategy = member.setup.strategy;
    let choice = strategy.describe_choice(&strategy.combination(member.numbers.start - member.first));
    let name = (family.strategies().len() > 1).then(|| strategy.name.clone());
    let words = name.into_iter().chain(Some(choice).filter(|choice| !choice.is_empty()));
    words.collect::<Vec<_>>().join(", ")
}

fn tell_cost(output: &Output, family: &Family<'_>, whole: &Whole, threads: usize) {
    let tell = |line: &str| output.item("      ", line);
    let estimates: Vec<(usize, &Plan, Estimate)> =
        whole.plans.iter().filter_map(|(place, plan)| Some((*place, plan, plan.estimate?))).collect();
    let evaluated = estimates.iter().filter(|(.., estimate)| estimate.signals.is_some());
    for (place, plan, estimate) in evaluated.take(MEMBERS) {
        let signals = estimate.signals.unwrap_or(0);
        let share = format::share(signals as f64 / plan.bars.max(1) as f64);
        let alone = whole.plans.len() == 1;
        let of = if alone { String::new() } else { label_of(family, &family.members()[*place]) + ": " };
        tell(&format!(
            "{of}{} of {} bars ({share}) are signals of at least one entry setting",
            counted_plain(signals),
            format::count(plan.bars),
        ));
    }
    if estimates.iter().any(|(.., estimate)| estimate.signals.is_none()) && whole.plans.len() > 1 {
        tell("the rest is estimated from that");
    }
    if let Some(trades) = estimates.iter().filter_map(|(.., estimate)| estimate.too_many).max() {
        tell(&format!(
            "a table of all {} trades would be too large: each is found when a combination makes it",
            counted_plain(trades)
        ));
    }
    let seconds = whole.seconds(threads as u64);
    tell(&format!(
        "about {} and {} MB on {}",
        lasting(seconds),
        counted_plain(whole.bytes() / 1_000_000 + 50),
        format::counted(threads, "thread"),
    ));
    let mut told: Vec<&str> = Vec::new();
    for (_, plan) in &whole.plans {
        if let Way::Reference(reason) = &plan.way
            && !told.contains(&reason.as_str())
        {
            tell(&format!("on the reference simulator, which is slow: {reason}"));
            told.push(reason);
        }
    }
    if seconds >= LONG {
        tell("fewer combinations take less (--sobol 1000), and so does a shorter window (--from)");
    }
}

/// A time in words.
fn lasting(seconds: u64) -> String {
    match seconds {
        0..120 => counted(seconds.max(1), "second"),
        120..7200 => counted((seconds + 30) / 60, "minute"),
        7200..172_800 => counted((seconds + 1800) / 3600, "hour"),
        _ => counted((seconds + 43_200) / 86_400, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_unit_that_fits() {
        let told = [0, 1, 119, 120, 647, 7199, 7200, 172_799, 172_800].map(lasting);
        let words = [
            "1 second",
            "1 second",
            "119 seconds",
            "2 minutes",
            "11 minutes",
            "120 minutes",
            "2 hours",
            "48 hours",
            "2 days",
        ];
        assert_eq!(told, words);
    }
}
