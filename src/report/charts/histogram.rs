//! How the ranking metric is spread over all combinations, and where the default stands among them.

use super::super::content::{Sweep, Value};
use super::super::format;
use super::canvas::{Anchor, Canvas, Drawing, Painted, Size, Stroke, Words, draw};
use super::palette;
use super::panel::{AXIS_HEIGHT, Panel, is_narrow, note_type, tick_type, whole};
use super::scale::{Scale, nice_step, range, tick_text};
use crate::base::diagnostic::Result;

/// Bins of equal width.
struct Bins {
    low: f64,
    width: f64,
    counts: Vec<usize>,
}

impl Bins {
    /// About `wanted` bins with round borders over the finite values; `None` without any.
    fn new(values: &[f64], wanted: usize) -> Option<Self> {
        let (least, most) = range(values.iter().copied())?;
        let spread = if most > least { most - least } else { least.abs().max(1.0) * 0.1 };
        let width = nice_step(spread / wanted.max(1) as f64);
        let low = (least / width).floor() * width;
        let mut counts = vec![0; whole((most - low) / width) + 1];
        let final_bin = counts.len() - 1;
        for value in values.iter().filter(|value| value.is_finite()) {
            counts[whole((value - low) / width).min(final_bin)] += 1;
        }
        Some(Self { low, width, counts })
    }

    fn high(&self) -> f64 {
        self.low + self.width * self.counts.len() as f64
    }
}

/// The picture, so many pixels wide; `None` where no combination has a number.
pub(super) fn histogram_chart(sweep: &Sweep, width: f64) -> Result<Option<Drawing>> {
    let wanted = if is_narrow(width) { 18 } else { 36 };
    let Some(bins) = Bins::new(&sweep.values, wanted) else { return Ok(None) };
    let panel = Panel::below(58.0, if is_narrow(width) { 170.0 } else { 210.0 }, width);
    let size = Size { width, height: panel.bottom + AXIS_HEIGHT + 16.0 };
    draw(size, words(sweep), |canvas| {
        let x = Scale::linear((bins.low, bins.high()), panel.left, panel.right);
        let most = bins.counts.iter().copied().max().unwrap_or(1);
        let y = Scale::linear((0.0, most as f64 * 1.05), panel.bottom, panel.top);
        canvas.text("combinations", (2.0, 11.0), Anchor::Start, tick_type())?;
        panel.rows(canvas, &y, 0.0, tick_text)?;
        bars(canvas, &panel, &bins, (&x, &y))?;
        axis(canvas, &panel, sweep, &x)?;
        default_mark(canvas, &panel, sweep, &x)
    })
    .map(Some)
}

fn words(sweep: &Sweep) -> Words {
    let name = format::plain_name(&sweep.metric);
    let extremes = range(sweep.values.iter().copied()).map_or_else(String::new, |(low, high)| {
        format!(" from {} to {}", format::number(low, sweep.unit), format::number(high, sweep.unit))
    });
    let default = sweep
        .default
        .as_ref()
        .map_or_else(String::new, |value| format!(" The default: {}.", format::long(value, sweep.unit)));
    Words {
        title: format!("Distribution of {name} over all combinations"),
        description: format!(
            "{} with a {name}{extremes}, {} without.{default}",
            format::counted(sweep.values.len(), "combination"),
            format::count(sweep.undefined)
        ),
    }
}

fn bars(canvas: &Canvas<'_>, panel: &Panel, bins: &Bins, (x, y): (&Scale, &Scale)) -> Painted {
    for (position, count) in bins.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let from = bins.low + bins.width * position as f64;
        let color = if from + bins.width / 2.0 < 0.0 { palette::STEPS[2] } else { palette::STEPS[8] };
        let top = y.at(*count as f64).min(panel.bottom - 1.0);
        canvas.fill((x.at(from) + 0.6, top), (x.at(from + bins.width) - 0.6, panel.bottom), color, 1.0)?;
    }
    Ok(())
}

fn axis(canvas: &Canvas<'_>, panel: &Panel, sweep: &Sweep, x: &Scale) -> Painted {
    canvas
        .line(&[(panel.left, panel.bottom), (panel.right, panel.bottom)], Stroke::new(palette::AXIS, 1.0))?;
    for tick in x.ticks(if is_narrow(canvas.size.width) { 5 } else { 10 }) {
        panel.named_tick(canvas, x.at(tick), &tick_number(tick, sweep))?;
    }
    let middle = f64::midpoint(panel.left, panel.right);
    canvas.text(
        &format::plain_name(&sweep.metric),
        (middle, panel.bottom + 30.0),
        Anchor::Middle,
        note_type().bold(),
    )
}

fn tick_number(tick: f64, sweep: &Sweep) -> String {
    use super::super::content::Unit;
    match sweep.unit {
        Unit::Change => super::scale::percent_tick(tick),
        Unit::Share => super::scale::percent_tick(tick).replace('+', ""),
        _ => tick_text(tick),
    }
}

fn default_mark(canvas: &Canvas<'_>, panel: &Panel, sweep: &Sweep, x: &Scale) -> Painted {
    let Some(value) = sweep.default.as_ref().and_then(Value::known) else { return Ok(()) };
    let place = x.at(value);
    canvas.line(&[(place, panel.top - 12.0), (place, panel.bottom)], Stroke::new(palette::INK, 1.6))?;
    let text = format!("the default {}", format::number(value, sweep.unit));
    let kind = note_type().bold();
    let half = kind.width(&text) / 2.0;
    let inside = place.min(canvas.size.width - half - 4.0).max(half + 4.0);
    canvas.text(&text, (inside, panel.top - 20.0), Anchor::Middle, kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_falls_into_one_bin() {
        let values = [-0.31, -0.3, 0.0, 0.1, 0.1, 0.99, 1.0];
        let bins = Bins::new(&values, 10).unwrap_or(Bins { low: 0.0, width: 0.0, counts: Vec::new() });
        assert_eq!(bins.counts.iter().sum::<usize>(), values.len());
        assert!(bins.low <= -0.31 && bins.high() >= 1.0);
    }

    #[test]
    fn one_value_alone_has_a_bin_and_none_has_none() {
        assert_eq!(Bins::new(&[0.7, 0.7], 10).map(|bins| bins.counts.iter().sum::<usize>()), Some(2));
        assert!(Bins::new(&[], 10).is_none());
    }
}
