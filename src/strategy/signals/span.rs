//! Over which days are strategies on different markets told, so that they can be compared?

use std::ops::Range;

use super::{evaluation_window, few_bars};
use crate::base::calendar::Date;
use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::market::series::Panel;
use crate::strategy::binding::Cast;
use crate::strategy::file::Strategy;

/// The days from the label of one bar to that of another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub from: Date,
    /// The last.
    pub to: Date,
}

impl Span {
    /// The days of some bars of the clock; at least one bar.
    pub fn of(panel: &Panel, bars: &Range<usize>) -> Self {
        let date = |t: usize| panel.label(t).calendar_date();
        Self { from: date(bars.start), to: date(bars.end - 1) }
    }

    /// The days that this one and another have.
    fn meet(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), to: self.to.min(other.to) }
    }
}

/// Of the bars of the clock that count, those within a span: what `from` and `to` of its days leave.
///
/// # Errors
/// As [`evaluation_window`].
pub fn evaluation_window_within(
    strategy: &Strategy,
    panel: &Panel,
    span: Option<Span>,
) -> Result<Range<usize>> {
    let own = evaluation_window(strategy, panel)?;
    let Some(span) = span else { return Ok(own) };
    let date = |t: usize| panel.label(t).calendar_date();
    let start = own.start + own.clone().take_while(|&t| date(t) < span.from).count();
    let end = own.end - own.clone().rev().take_while(|&t| date(t) > span.to).count();
    if end <= start + 1 {
        return Err(few_bars(panel));
    }
    Ok(start..end)
}

/// The days that each of some strategies on its symbols would have alone, and those that all have in common; of one
/// alone there are none to be had in common.
///
/// # Errors
/// Where one has no bars that count, or there is no day that all have.
pub fn days_in_common(casts: &[&Cast]) -> Result<(Vec<Span>, Option<Span>)> {
    let mut alone = Vec::with_capacity(casts.len());
    for cast in casts {
        let window =
            evaluation_window(&cast.strategy, &cast.panel).map_err(|failure| told_of(cast, failure))?;
        alone.push(Span::of(&cast.panel, &window));
    }
    if casts.len() < 2 {
        return Ok((alone, None));
    }
    let common = alone.iter().copied().reduce(Span::meet);
    match common.filter(|span| span.from < span.to) {
        Some(span) => Ok((alone, Some(span))),
        None => Err(nothing_in_common(casts, &alone)),
    }
}

/// A failure that says on which symbols it came about.
fn told_of(cast: &Cast, failure: Failure) -> Failure {
    let choice = cast.strategy.describe_choice(&cast.choice);
    if choice.is_empty() {
        return failure;
    }
    let told =
        failure.diagnostics().iter().map(|diagnostic| diagnostic.clone().detail(format!("with {choice}")));
    Failure::from_all(told.collect()).unwrap_or(failure)
}

/// At most so many strategies are told of one by one.
const TOLD: usize = 10;

fn nothing_in_common(casts: &[&Cast], alone: &[Span]) -> Failure {
    let mut message = Diagnostic::new("the symbols have no days in common over which they could be compared");
    for (cast, Span { from, to }) in casts.iter().zip(alone).take(TOLD) {
        message = message.detail(format!("{} could be told from {from} to {to}", cast.describe()));
    }
    if casts.len() > TOLD {
        message = message.detail(format!("and {} more", casts.len() - TOLD));
    }
    message.hint("leave out what ends before the others begin, or import more of its history").into()
}
