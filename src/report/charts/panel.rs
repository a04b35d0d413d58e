//! What every picture is made of: a plot with a grid, its axes, and a legend.

use super::canvas::{Anchor, Canvas, Painted, Point, Stroke, Type};
use super::palette;
use super::scale::{Scale, Spread, time_ticks};
use super::thin::thin;
use plotters::style::RGBColor;

/// Below this width a picture is laid out for a phone.
const NARROW: f64 = 560.0;
/// Height of a row of the legend.
const LEGEND_ROW: f64 = 18.0;
/// Room below a plot for the ticks of its horizontal axis.
pub(super) const AXIS_HEIGHT: f64 = 24.0;

/// Whether the picture is laid out for a phone.
pub(super) fn is_narrow(width: f64) -> bool {
    width < NARROW
}

/// The type of ticks.
pub(super) fn tick_type() -> Type {
    Type::new(11.5, palette::MUTED)
}

/// The type of names and notes.
pub(super) fn note_type() -> Type {
    Type::new(12.0, palette::INK)
}

/// A plot's rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Panel {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Panel {
    /// A plot of this height below `top`, with room for ticks at its left.
    pub(super) fn below(top: f64, height: f64, width: f64) -> Self {
        let left = if is_narrow(width) { 52.0 } else { 62.0 };
        Self { left, top, right: width - 12.0, bottom: top + height }
    }

    /// The scale of time over the plot's width.
    pub(super) fn time(&self, (first, last): (i64, i64)) -> Scale {
        Scale::linear((first as f64, last as f64), self.left, self.right)
    }

    /// Horizontal lines with their numbers; the line at `base` is stronger.
    pub(super) fn rows(&self, canvas: &Canvas<'_>, y: &Scale, base: f64, text: fn(f64) -> String) -> Painted {
        let spacing = match y.spread() {
            Spread::Log => 22.0,
            Spread::Linear if self.bottom - self.top < 150.0 => 20.0,
            Spread::Linear => 38.0,
        };
        for tick in y.ticks(whole((self.bottom - self.top) / spacing).max(2)) {
            let height = y.at(tick);
            let strong = (tick - base).abs() < 1e-9;
            let color = if strong { palette::AXIS } else { palette::GRID };
            canvas.line(&[(self.left, height), (self.right, height)], Stroke::new(color, 1.0))?;
            canvas.text(&text(tick), (self.left - 8.0, height), Anchor::End, tick_type())?;
        }
        Ok(())
    }

    /// Vertical lines at round moments; with `named`, their texts below.
    pub(super) fn moments(&self, canvas: &Canvas<'_>, x: &Scale, span: (i64, i64), named: bool) -> Painted {
        let wanted = whole((self.right - self.left) / 72.0).max(2);
        for tick in time_ticks(span.0, span.1, wanted) {
            let place = x.at(tick.micros as f64);
            canvas.line(
                &[(place, self.top), (place, self.bottom)],
                Stroke::new(palette::GRID, 1.0).faint(0.7),
            )?;
            if named {
                self.named_tick(canvas, place, &tick.text)?;
            }
        }
        canvas.line(&[(self.left, self.bottom), (self.right, self.bottom)], Stroke::new(palette::AXIS, 1.0))
    }

    /// A tick's text below the plot, kept inside the sheet.
    pub(super) fn named_tick(&self, canvas: &Canvas<'_>, place: f64, text: &str) -> Painted {
        let half = tick_type().width(text) / 2.0;
        let inside = place.min(canvas.size.width - half - 2.0).max(half + 2.0);
        canvas.text(text, (inside, self.bottom + 13.0), Anchor::Middle, tick_type())
    }
}

/// A long line, thinned to the plot's pixels.
pub(super) fn long_line(canvas: &Canvas<'_>, points: &[Point], stroke: Stroke) -> Painted {
    let inside: Vec<Point> =
        points.iter().copied().filter(|point| point.0.is_finite() && point.1.is_finite()).collect();
    canvas.line(&thin(&inside), stroke)
}

/// The surface between a line and the height `base`.
pub(super) fn surface(canvas: &Canvas<'_>, points: &[Point], base: f64, color: RGBColor) -> Painted {
    let mut shape = thin(points);
    if let (Some(first), Some(last)) = (shape.first().copied(), shape.last().copied()) {
        shape.push((last.0, base));
        shape.push((first.0, base));
        canvas.shape(&shape, color, 0.16)?;
    }
    Ok(())
}

/// The whole part of a size that is not negative.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Clamped to a range that fits.
pub(super) fn whole(size: f64) -> usize {
    size.floor().clamp(0.0, 1e6) as usize
}

/// How an entry of the legend is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// A stroke.
    Line,
    /// A dot.
    Dot,
    /// A triangle that points up.
    Up,
    /// A triangle that points down.
    Down,
    /// A small surface.
    Patch,
}

/// One entry of a legend.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) mark: Mark,
    pub(super) color: RGBColor,
    pub(super) text: String,
}

impl Entry {
    /// An entry of a legend.
    pub(super) fn new(mark: Mark, color: RGBColor, text: impl Into<String>) -> Self {
        Self { mark, color, text: text.into() }
    }
}

/// Places of the entries from the left, row by row.
fn legend_places(entries: &[Entry], width: f64) -> Vec<Point> {
    let mut at = (4.0, 12.0);
    let mut places = Vec::new();
    for entry in entries {
        let needed = 24.0 + note_type().width(&entry.text);
        if at.0 > 4.0 && at.0 + needed > width - 4.0 {
            at = (4.0, at.1 + LEGEND_ROW);
        }
        places.push(at);
        at.0 += needed + 14.0;
    }
    places
}

/// Height of the legend in pixels, air below included.
pub(super) fn legend_height(entries: &[Entry], width: f64) -> f64 {
    legend_places(entries, width).last().map_or(0.0, |place| place.1 + LEGEND_ROW)
}

/// The legend at the top of the sheet.
pub(super) fn legend(canvas: &Canvas<'_>, entries: &[Entry]) -> Painted {
    for (entry, (x, y)) in entries.iter().zip(legend_places(entries, canvas.size.width)) {
        match entry.mark {
            Mark::Line => canvas.line(&[(x, y), (x + 16.0, y)], Stroke::new(entry.color, 2.4))?,
            Mark::Dot => canvas.dot((x + 8.0, y), 3.2, entry.color, 1.0)?,
            Mark::Patch => canvas.fill((x, y - 6.0), (x + 16.0, y + 6.0), entry.color, 1.0)?,
            Mark::Up | Mark::Down => triangle(canvas, (x + 8.0, y), 5.0, entry.mark, entry.color)?,
        }
        canvas.text(&entry.text, (x + 22.0, y), Anchor::Start, note_type())?;
    }
    Ok(())
}

/// A triangle around its centre; one of the two that point up or down.
pub(super) fn triangle(
    canvas: &Canvas<'_>,
    (x, y): Point,
    size: f64,
    mark: Mark,
    color: RGBColor,
) -> Painted {
    let tip = if mark == Mark::Down { size } else { -size };
    canvas.shape(&[(x, y + tip), (x - size, y - tip * 0.75), (x + size, y - tip * 0.75)], color, 1.0)
}
