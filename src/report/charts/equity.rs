//! The account against simply holding the market, and how far below its peak each was.

use super::super::content::Equity;
use super::super::format;
use super::canvas::{Drawing, Painted, Point, Size, Stroke, Words, draw};
use super::panel::{
    AXIS_HEIGHT, Entry, Mark, Panel, is_narrow, legend, legend_height, long_line, surface, tick_type,
};
use super::scale::{Scale, percent_tick, range, tick_text};
use super::{canvas, palette};
use crate::base::diagnostic::Result;
use plotters::style::RGBColor;

/// One curve with how it is shown.
struct Curve<'a> {
    name: String,
    color: RGBColor,
    width: f64,
    values: &'a [f64],
}

/// The picture, so many pixels wide; `None` for fewer than two points.
pub(super) fn equity_chart(equity: &Equity, width: f64) -> Result<Option<Drawing>> {
    let (Some(first), Some(last)) = (equity.times.first(), equity.times.last()) else {
        return Ok(None);
    };
    let span = (first.micros(), last.micros());
    let curves = curves(equity);
    let Some(bounds) = range(curves.iter().flat_map(|curve| curve.values.iter().copied())) else {
        return Ok(None);
    };
    if equity.times.len() < 2 {
        return Ok(None);
    }
    let entries: Vec<Entry> =
        curves.iter().map(|curve| Entry::new(Mark::Line, curve.color, legend_text(curve))).collect();
    let (upper_height, lower_height) = if is_narrow(width) { (200.0, 90.0) } else { (270.0, 110.0) };
    let upper = Panel::below(legend_height(&entries, width) + 4.0, upper_height, width);
    let lower = Panel::below(upper.bottom + 30.0, lower_height, width);
    let size = Size { width, height: lower.bottom + AXIS_HEIGHT };
    draw(size, words(equity, &curves), |canvas| {
        legend(canvas, &entries)?;
        growth(canvas, &upper, equity, &curves, (bounds, span))?;
        drawdowns(canvas, &lower, equity, &curves, span)
    })
    .map(Some)
}

fn curves(equity: &Equity) -> Vec<Curve<'_>> {
    let mut curves = vec![Curve {
        name: "strategy".to_owned(),
        color: palette::STRATEGY,
        width: 2.0,
        values: &equity.strategy,
    }];
    if let Some(values) = &equity.buy_and_hold {
        curves.push(Curve { name: "buy and hold".to_owned(), color: palette::BENCHMARK, width: 1.3, values });
    }
    if let Some(values) = &equity.average_exposure {
        let name = equity.exposure.map_or_else(
            || "same exposure".to_owned(),
            |exposure| format!("{} held all the time", format::share(exposure)),
        );
        curves.push(Curve { name, color: palette::EXPOSURE, width: 1.3, values });
    }
    curves
}

/// From the first to the last value, as a fraction.
fn gain(values: &[f64]) -> Option<f64> {
    let (first, last) = (values.first()?, values.last()?);
    (*first > 0.0).then(|| last / first - 1.0)
}

fn legend_text(curve: &Curve<'_>) -> String {
    match gain(curve.values) {
        Some(gain) => format!("{} {}", curve.name, format::change(gain)),
        None => curve.name.clone(),
    }
}

fn words(equity: &Equity, curves: &[Curve<'_>]) -> Words {
    let ends: Vec<String> = curves.iter().map(legend_text).collect();
    let deepest = range(below_peak(&equity.strategy)).map_or(0.0, |(low, _)| low);
    let day = |label: Option<&crate::base::calendar::Label>| {
        label.map_or_else(String::new, |label| format::day(*label))
    };
    Words {
        title: "Equity against buy and hold, with drawdown".to_owned(),
        description: format!(
            "From {} to {}: {}. The strategy was at most {} below its peak.",
            day(equity.times.first()),
            day(equity.times.last()),
            ends.join(", "),
            format::share(deepest.abs())
        ),
    }
}

/// How far below its highest value so far each value is: 0 or a negative fraction.
fn below_peak(values: &[f64]) -> impl Iterator<Item = f64> {
    values.iter().scan(f64::MIN, |peak, value| {
        *peak = peak.max(*value);
        Some(if *peak > 0.0 { value / *peak - 1.0 } else { 0.0 })
    })
}

fn points(equity: &Equity, x: &Scale, y: &Scale, values: impl Iterator<Item = f64>) -> Vec<Point> {
    equity.times.iter().zip(values).map(|(time, value)| (x.at(time.micros() as f64), y.at(value))).collect()
}

fn growth(
    canvas: &canvas::Canvas<'_>,
    panel: &Panel,
    equity: &Equity,
    curves: &[Curve<'_>],
    (bounds, span): ((f64, f64), (i64, i64)),
) -> Painted {
    let (x, y) = (panel.time(span), Scale::growth(bounds, panel.bottom, panel.top));
    panel.moments(canvas, &x, span, false)?;
    panel.rows(canvas, &y, equity.strategy.first().copied().unwrap_or(1.0), tick_text)?;
    for curve in curves.iter().rev() {
        let line = points(equity, &x, &y, curve.values.iter().copied());
        long_line(canvas, &line, Stroke::new(curve.color, curve.width))?;
    }
    Ok(())
}

fn drawdowns(
    canvas: &canvas::Canvas<'_>,
    panel: &Panel,
    equity: &Equity,
    curves: &[Curve<'_>],
    span: (i64, i64),
) -> Painted {
    let low =
        range(curves.iter().take(2).flat_map(|curve| below_peak(curve.values))).map_or(0.0, |(low, _)| low);
    let (x, y) = (panel.time(span), Scale::linear((low.min(-0.01), 0.0), panel.bottom, panel.top));
    canvas.text("drawdown", (panel.left, panel.top - 12.0), canvas::Anchor::Start, tick_type())?;
    panel.moments(canvas, &x, span, true)?;
    panel.rows(canvas, &y, 0.0, percent_tick)?;
    for curve in curves.iter().take(2).rev() {
        let line = points(equity, &x, &y, below_peak(curve.values));
        if curve.color == palette::STRATEGY {
            surface(canvas, &line, y.at(0.0), curve.color)?;
        }
        long_line(canvas, &line, Stroke::new(curve.color, if curve.width > 1.5 { 1.4 } else { 1.0 }))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawdown_is_counted_from_the_highest_value_so_far() {
        let shown: Vec<f64> = below_peak(&[1.0, 2.0, 1.5, 3.0]).collect();
        assert_eq!(shown, [0.0, 0.0, -0.25, 0.0]);
    }
}
