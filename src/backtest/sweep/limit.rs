//! How many combinations fit, and what is said where there are more.

use crate::base::diagnostic::{Diagnostic, Failure};
use crate::base::num::grouped;
use crate::strategy::file::Strategy;

/// A sweep of more combinations is refused.
pub(super) const MOST_COMBINATIONS: u64 = 20_000_000;

/// The refusal of a sweep of so many combinations, with what to cut.
pub(super) fn too_large(strategy: &Strategy, combinations: u64) -> Failure {
    let mut sizes: Vec<_> = strategy.parameters.iter().map(|p| (p.values.len(), p.name.as_str())).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let list: Vec<String> =
        sizes.iter().map(|(values, name)| format!("{name} has {} values", grouped(*values))).collect();
    let count =
        if combinations == u64::MAX { "too many to count".into() } else { grouped_count(combinations) };
    Diagnostic::new(format!(
        "the sweep is too large: {count} combinations, at most {} fit",
        grouped_count(MOST_COMBINATIONS)
    ))
    .detail(list.join(", "))
    .hint(format!(
        "take fewer values of `{}`: --set {0}=…",
        sizes.first().map_or("a parameter", |(_, name)| name)
    ))
    .hint("or try some of them: --sobol 1000000, spread evenly, or --sample 1000000, at random")
    .into()
}

fn grouped_count(count: u64) -> String {
    usize::try_from(count).map_or_else(|_| count.to_string(), grouped)
}
