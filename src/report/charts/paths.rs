//! What happened after each signal: one line for each episode, their median, and the median of all days.

use super::super::content::Study;
use super::super::format;
use super::canvas::{Anchor, Canvas, Drawing, Painted, Point, Size, Stroke, Words, draw};
use super::palette;
use super::panel::{AXIS_HEIGHT, Entry, Mark, Panel, is_narrow, legend, legend_height, long_line, tick_type};
use super::scale::{Scale, Spread, linear_ticks, percent_tick, range, tick_text};
use crate::base::diagnostic::Result;

/// Up to so many episodes have their date beside their line's end.
const NAMED: usize = 8;
/// Least distance between two dates, in pixels.
const APART: f64 = 14.0;

/// The picture, so many pixels wide; `None` without a path.
pub(super) fn paths_chart(study: &Study, width: f64) -> Result<Option<Drawing>> {
    let longest = study.episodes.iter().map(|episode| episode.path.len()).max().unwrap_or(0);
    let bars = longest.max(study.median_path.len());
    let values = study
        .episodes
        .iter()
        .flat_map(|episode| &episode.path)
        .chain(&study.median_path)
        .chain(&study.all_days_path);
    let Some((low, high)) = range(values.copied().chain([0.0])).filter(|_| bars > 1) else { return Ok(None) };
    let entries = entries(study);
    let named = study.episodes.len() <= NAMED && !is_narrow(width);
    let mut panel = Panel::below(
        legend_height(&entries, width) + 6.0,
        if is_narrow(width) { 250.0 } else { 340.0 },
        width,
    );
    if named {
        panel.right -= 76.0;
    }
    // Wide ranges of returns are shown as ratios: doubling and halving look equally far.
    let y = Scale::growth((1.0 + low, 1.0 + high), panel.bottom, panel.top);
    let x = Scale::linear((0.0, (bars - 1) as f64), panel.left, panel.right);
    let size = Size { width, height: panel.bottom + AXIS_HEIGHT + 16.0 };
    draw(size, words(study), |canvas| {
        legend(canvas, &entries)?;
        axes(canvas, &panel, &x, &y)?;
        lines(canvas, study, (&x, &y))?;
        if named { names(canvas, &panel, study, (&x, &y)) } else { Ok(()) }
    })
    .map(Some)
}

fn entries(study: &Study) -> Vec<Entry> {
    let mut entries =
        vec![Entry::new(Mark::Line, palette::EXPOSURE, format::counted(study.episodes.len(), "episode"))];
    if !study.median_path.is_empty() {
        entries.push(Entry::new(Mark::Line, palette::STRATEGY, "median of the episodes"));
    }
    if !study.all_days_path.is_empty() {
        entries.push(Entry::new(Mark::Line, palette::BENCHMARK, "median from any day"));
    }
    entries
}

fn words(study: &Study) -> Words {
    let ends: Vec<String> = study
        .summary
        .iter()
        .map(|at| {
            format!(
                "after {}: {}",
                format::counted(at.bars, "bar"),
                format::long(&at.episodes.median, super::super::content::Unit::Change)
            )
        })
        .collect();
    Words {
        title: "Returns after the signal, episode by episode".to_owned(),
        description: format!(
            "{} of {}. Median {}.",
            format::counted(study.episodes.len(), "path"),
            study.measured,
            if ends.is_empty() { "not known".to_owned() } else { ends.join("; ") }
        ),
    }
}

fn axes(canvas: &Canvas<'_>, panel: &Panel, x: &Scale, y: &Scale) -> Painted {
    for bar in x.ticks(if is_narrow(canvas.size.width) { 5 } else { 9 }) {
        let place = x.at(bar);
        canvas
            .line(&[(place, panel.top), (place, panel.bottom)], Stroke::new(palette::GRID, 1.0).faint(0.7))?;
        panel.named_tick(canvas, place, &tick_text(bar))?;
    }
    let middle = f64::midpoint(panel.left, panel.right);
    canvas.text("bars after the entry", (middle, panel.bottom + 30.0), Anchor::Middle, tick_type())?;
    let wanted = if is_narrow(canvas.size.width) { 6 } else { 8 };
    for level in levels(y, wanted) {
        let height = y.at(level);
        let color = if (level - 1.0).abs() < 1e-9 { palette::AXIS } else { palette::GRID };
        canvas.line(&[(panel.left, height), (panel.right, height)], Stroke::new(color, 1.0))?;
        canvas.text(&percent_tick(level - 1.0), (panel.left - 8.0, height), Anchor::End, tick_type())?;
    }
    Ok(())
}

/// Levels of 1 + return to mark: round returns, or round ratios on a wide range.
fn levels(y: &Scale, wanted: usize) -> Vec<f64> {
    match y.spread() {
        Spread::Log => y.ticks(wanted),
        Spread::Linear => y
            .ends()
            .map(|(low, high)| {
                linear_ticks(low - 1.0, high - 1.0, wanted).into_iter().map(|tick| tick + 1.0).collect()
            })
            .unwrap_or_default(),
    }
}

fn points(path: &[f64], (x, y): (&Scale, &Scale)) -> Vec<Point> {
    path.iter().enumerate().map(|(bar, value)| (x.at(bar as f64), y.at(1.0 + value))).collect()
}

fn lines(canvas: &Canvas<'_>, study: &Study, scales: (&Scale, &Scale)) -> Painted {
    let opacity = if study.episodes.len() > 30 { 0.4 } else { 0.75 };
    for episode in &study.episodes {
        long_line(
            canvas,
            &points(&episode.path, scales),
            Stroke::new(palette::EXPOSURE, 1.1).faint(opacity),
        )?;
    }
    long_line(canvas, &points(&study.all_days_path, scales), Stroke::new(palette::BENCHMARK, 1.6))?;
    long_line(canvas, &points(&study.median_path, scales), Stroke::new(palette::STRATEGY, 2.8))
}

/// Dates of first signals at the right, moved apart where lines end close together.
fn names(canvas: &Canvas<'_>, panel: &Panel, study: &Study, (x, y): (&Scale, &Scale)) -> Painted {
    let mut ends: Vec<(f64, f64, String)> = study
        .episodes
        .iter()
        .filter_map(|episode| {
            let last = episode.path.last()?;
            let bar = episode.path.len().saturating_sub(1);
            Some((y.at(1.0 + last), x.at(bar as f64), format::day(episode.first).chars().take(10).collect()))
        })
        .collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free = panel.top;
    let lowest = |rest: usize| panel.bottom - rest as f64 * APART;
    let count = ends.len();
    for (position, (height, place, text)) in ends.into_iter().enumerate() {
        let at = height.max(free).min(lowest(count - 1 - position));
        free = at + APART;
        canvas.dot((place, height), 2.4, palette::EXPOSURE, 1.0)?;
        if place < panel.right - 1.0 {
            canvas.line(
                &[(place, height), (panel.right + 4.0, at)],
                Stroke::new(palette::AXIS, 0.7).faint(0.6),
            )?;
        }
        canvas.text(&text, (panel.right + 8.0, at), Anchor::Start, tick_type())?;
    }
    Ok(())
}
