//! Do the markets have what the orders need?

use super::Setup;
use crate::base::calendar::LabelKind;
use crate::base::diagnostic::{Diagnostic, Result};
use crate::market::series::{Field, Panel, Series};
use crate::strategy::file::{FillPrice, Scale, Strategy};

/// Inside-bar exits need highs and lows, fills at the open need opens.
pub(super) fn prices(strategy: &Strategy, panel: &Panel) -> Result<()> {
    let series = panel.clock_series();
    let name = series.provenance().full_name();
    let hedge = strategy.plan.hedge.as_ref().map(|hedge| hedge.market);
    for member in std::iter::once(panel.clock_member()).chain(hedge).chain(others(strategy)) {
        opens(strategy, &panel.members()[member])?;
    }
    let exits = &strategy.exits;
    if series.label_kind() == LabelKind::Time && exits.after.is_some() && !exits.after_in_bars {
        return Err(Diagnostic::new(format!("{name} has bars shorter than a day, and the exit counts days"))
            .hint("count bars instead: `exit after 60 bars`, or `after = \"60 bars\"`")
            .into());
    }
    if let (LabelKind::Time, Scale::Over { in_bars: false, .. }) = (series.label_kind(), &strategy.plan.scale)
    {
        return Err(Diagnostic::new(format!("{name} has bars shorter than a day, and the parts count days"))
            .hint("count bars instead: `in 3 parts over 60 bars`, or `scale = \"3 parts over 60 bars\"`")
            .into());
    }
    let more = &strategy.plan.exits;
    let inside = [&exits.stop, &exits.target, &exits.trail, &more.gap]
        .into_iter()
        .flatten()
        .any(|barrier| !barrier.on_close)
        || !more.partials.is_empty()
        || strategy.plan.limit.is_some()
        || more.break_even.is_some();
    if inside && (series.column(Field::High).is_none() || series.column(Field::Low).is_none()) {
        return Err(Diagnostic::new(format!(
            "{name} has no highs and lows, and a stop looks inside the bar"
        ))
        .hint("let it look at closes (`stop = \"25% on close\"`), or import a file with highs and lows")
        .into());
    }
    Ok(())
}

/// The markets of a basket beside the traded one.
fn others(strategy: &Strategy) -> impl Iterator<Item = usize> + '_ {
    strategy.plan.basket.iter().flat_map(|basket| basket.others.iter().copied())
}

fn opens(strategy: &Strategy, series: &Series) -> Result<()> {
    if strategy.fill == FillPrice::Open && series.column(Field::Open).is_none() {
        let name = series.provenance().full_name();
        return Err(Diagnostic::new(format!("{name} has no opens, and orders fill at the next open"))
            .hint("fill at closes (`fill = \"close\"` under [entry]; `, fill at the close` in a sentence), or import one with opens")
            .into());
    }
    Ok(())
}

/// Slippage by volume needs volumes above 0 in the window, a hedge prices above 0.
pub(super) fn window(setup: &Setup<'_>) -> Result<()> {
    let plan = &setup.strategy.plan;
    let hedge = plan.hedge.as_ref().map(|hedge| hedge.market);
    let others: Vec<usize> = hedge.into_iter().chain(others(setup.strategy)).collect();
    for member in std::iter::once(setup.panel.clock_member()).chain(others.iter().copied()) {
        let series = &setup.panel.members()[member];
        let name = series.provenance().full_name();
        if plan.fees.impact.is_some()
            && let Some(row) = without(setup, series, Field::Volume)
        {
            let day = series.label(row);
            return Err(Diagnostic::new(format!(
                "{name} has no volume on {day}, and slippage depends on it"
            ))
            .hint("take `volume` out of the slippage, or import a file with volumes")
            .into());
        }
        if !others.is_empty()
            && let Some(row) = without(setup, series, Field::Close)
        {
            let day = series.label(row);
            return Err(Diagnostic::new(format!(
                "{name} closes at zero or below on {day}, and a trade of several legs needs prices above it"
            ))
            .hint("let the window begin later or end earlier, or trade one market alone")
            .into());
        }
    }
    Ok(())
}

/// The first row of the window in which a column has nothing above 0.
fn without(setup: &Setup<'_>, series: &Series, field: Field) -> Option<usize> {
    let (first, last) = (setup.opens_at(), setup.panel.decision(setup.window.end - 1).micros());
    let column = series.column(field);
    let mut inside = (0..series.len())
        .filter(|&row| series.opens_at(row).micros() >= first && series.known_at(row).micros() <= last);
    inside.find(|&row| !column.is_some_and(|column| column[row] > 0.0))
}
