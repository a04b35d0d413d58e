//! How many combinations fit, and what is said where there are more.

use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::base::num::grouped;
use crate::strategy::file::Strategy;

/// A sweep of more combinations is refused.
pub(super) const MOST_COMBINATIONS: u64 = 20_000_000;

/// The tables of results number combinations in 63 bits.
pub(super) const MOST_NUMBERED: u64 = i64::MAX as u64;

/// The refusal of a sweep of so many combinations, with what to cut.
pub(super) fn too_large(strategy: &Strategy, combinations: u64) -> Failure {
    let title = format!(
        "the sweep is too large: {} combinations, at most {} fit",
        grouped_count(combinations),
        grouped_count(MOST_COMBINATIONS)
    );
    with_what_to_cut(title, strategy)
        .hint("or try some of them: --sobol 1000000, spread evenly, or --sample 1000000, at random")
        .into()
}

/// The refusal of a sweep that would hold so many bytes at a time, where no more than `most` may be. Trying a part of its
/// combinations changes nothing where its rules have many settings.
pub(super) fn too_many_bytes(strategy: &Strategy, bytes: u64, most: u64) -> Failure {
    let megabytes = |bytes: u64| grouped_count(bytes / 1_000_000);
    let title = format!(
        "the sweep is too large: it would hold about {} MB, at most {} fit",
        megabytes(bytes),
        megabytes(most)
    );
    with_what_to_cut(title, strategy).into()
}

/// The refusal of a grid of which not even a part can be tried, because its combinations have no numbers.
fn too_many_to_number(strategy: &Strategy) -> Failure {
    let title = format!(
        "the parameters have about {} combinations, at most 9 x 10^18 can be numbered",
        about(strategy.parameters.iter().map(|parameter| parameter.values.len()))
    );
    with_what_to_cut(title, strategy).into()
}

fn with_what_to_cut(title: String, strategy: &Strategy) -> Diagnostic {
    let sizes = strategy.parameters.iter().map(|p| (p.values.len(), p.name.as_str()));
    let mut sizes: Vec<_> = sizes.filter(|(values, _)| *values > 1).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let list: Vec<String> =
        sizes.iter().map(|(values, name)| format!("{name} has {} values", grouped(*values))).collect();
    let largest = sizes.first().map_or("a parameter", |(_, name)| name);
    Diagnostic::new(title)
        .detail(list.join(", "))
        .hint(format!("take fewer values of `{largest}`: --set {largest}=…"))
}

/// The number that follows `before` and one of so many equal parts of all combinations of a strategy.
///
/// # Errors
/// Where so many cannot be numbered.
pub(super) fn number_after(before: u64, strategy: &Strategy, parts: u64) -> Result<u64> {
    let after = strategy.combinations().and_then(|count| before.checked_add(count / parts));
    after.filter(|after| *after <= MOST_NUMBERED).ok_or_else(|| too_many_to_number(strategy))
}

/// About how much counts come to when multiplied, as a power of ten: `2.5 x 10^23`.
fn about(counts: impl Iterator<Item = usize>) -> String {
    let (mut digits, mut power) = (1.0, 0);
    for count in counts {
        digits *= count as f64;
        while digits >= 10.0 {
            digits /= 10.0;
            power += 1;
        }
    }
    format!("{digits:.1} x 10^{power}")
}

fn grouped_count(count: u64) -> String {
    usize::try_from(count).map_or_else(|_| count.to_string(), grouped)
}
