//! The ranking metric over two parameters, a cell for each pair, the default framed.

use super::super::content::{Axis, Grid, Sweep, Unit, Value};
use super::super::format;
use super::canvas::{Anchor, Canvas, Drawing, Painted, Size, Stroke, Type, Words, draw};
use super::palette;
use super::panel::{is_narrow, note_type, tick_type, whole};
use super::scale::range;
use crate::base::diagnostic::Result;

/// Height of the strip that explains the colours, air above included.
const KEY_HEIGHT: f64 = 44.0;
/// Most rows or columns that are drawn; a longer axis is cut, and the title says so.
const MOST: usize = 120;

/// Where the cells lie.
struct Layout {
    left: f64,
    top: f64,
    cell: (f64, f64),
    columns: usize,
    rows: usize,
}

impl Layout {
    fn new(grid: &Grid, width: f64) -> Self {
        let widest = grid.y.values.iter().map(|text| tick_type().width(text)).fold(0.0, f64::max);
        let left = (widest + 16.0).clamp(34.0, width / 3.0);
        let columns = grid.x.values.len().min(MOST);
        let rows = grid.y.values.len().min(MOST).min(grid.rows.len());
        let across = ((width - left - 12.0) / columns.max(1) as f64).min(110.0);
        let down = (420.0 / rows.max(1) as f64).clamp(6.0, 36.0);
        Self { left, top: 26.0, cell: (across, down), columns, rows }
    }

    fn bottom(&self) -> f64 {
        self.top + self.cell.1 * self.rows as f64
    }

    fn right(&self) -> f64 {
        self.left + self.cell.0 * self.columns as f64
    }

    /// Upper left corner of a cell; the first row lies at the bottom.
    fn corner(&self, column: usize, row: usize) -> (f64, f64) {
        (self.left + self.cell.0 * column as f64, self.bottom() - self.cell.1 * (row + 1) as f64)
    }
}

/// The picture, so many pixels wide; `None` for a grid without cells.
pub(super) fn grid_chart(sweep: &Sweep, grid: &Grid, width: f64) -> Result<Option<Drawing>> {
    let layout = Layout::new(grid, width);
    if layout.rows == 0 || layout.columns == 0 {
        return Ok(None);
    }
    let reach = reach(grid);
    let size = Size { width, height: layout.bottom() + 42.0 + KEY_HEIGHT };
    draw(size, words(sweep, grid), |canvas| {
        canvas.text(&grid.y.name, (2.0, 11.0), Anchor::Start, note_type().bold())?;
        cells(canvas, &layout, grid, (reach, sweep.unit))?;
        names(canvas, &layout, grid)?;
        frame_default(canvas, &layout, grid)?;
        key(canvas, &layout, sweep, reach)
    })
    .map(Some)
}

/// What a grid is of: the metric, its parameters, and what the others are held at.
pub(crate) fn grid_title(sweep: &Sweep, grid: &Grid) -> String {
    let held: Vec<String> = grid.held.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let held = if held.is_empty() { String::new() } else { format!(", with {}", held.join(", ")) };
    format!("{} by {} and {}{held}", format::plain_name(&sweep.metric), grid.x.name, grid.y.name)
}

fn words(sweep: &Sweep, grid: &Grid) -> Words {
    let known = || grid.rows.iter().flatten().filter_map(Value::known);
    let cells = grid.rows.iter().map(Vec::len).sum::<usize>();
    let extremes = range(known()).map_or_else(String::new, |(low, high)| {
        format!(", from {} to {}", format::number(low, sweep.unit), format::number(high, sweep.unit))
    });
    let cut =
        if grid.x.values.len() > MOST || grid.y.values.len() > MOST { " Long axes are cut." } else { "" };
    Words {
        title: grid_title(sweep, grid),
        description: format!(
            "{}{extremes}; {} without a number.{cut}",
            format::counted(cells, "cell"),
            format::count(cells - known().count())
        ),
    }
}

/// The largest distance from 0: colours are even around it, so that gains and losses never share one.
fn reach(grid: &Grid) -> f64 {
    range(grid.rows.iter().flatten().filter_map(Value::known))
        .map_or(1.0, |(low, high)| low.abs().max(high.abs()))
        .max(1e-12)
}

/// Which of the eleven colours a value has.
fn step(value: f64, reach: f64) -> usize {
    let last = palette::STEPS.len() - 1;
    whole((f64::midpoint(value / reach, 1.0) * last as f64).round()).min(last)
}

fn cells(canvas: &Canvas<'_>, layout: &Layout, grid: &Grid, (reach, unit): (f64, Unit)) -> Painted {
    let gap = if layout.cell.0 > 14.0 && layout.cell.1 > 14.0 { 1.0 } else { 0.0 };
    let kind = Type::new(if layout.cell.0 < 44.0 { 9.5 } else { 11.5 }, palette::ON_PALE);
    for (row, values) in grid.rows.iter().take(layout.rows).enumerate() {
        for (column, value) in values.iter().take(layout.columns).enumerate() {
            let (x, y) = layout.corner(column, row);
            let step = value.known().map(|known| step(known, reach));
            let color = step.map_or(palette::EMPTY, |step| palette::STEPS[step]);
            canvas.fill(
                (x + gap, y + gap),
                (x + layout.cell.0 - gap, y + layout.cell.1 - gap),
                color,
                1.0,
            )?;
            let text = format::short(value, unit);
            if kind.width(&text) + 4.0 > layout.cell.0 || layout.cell.1 < 15.0 {
                continue;
            }
            let ink = match step {
                Some(step) if palette::is_strong(step) => palette::ON_STRONG,
                Some(_) => palette::ON_PALE,
                None => palette::MUTED,
            };
            let middle = (x + layout.cell.0 / 2.0, y + layout.cell.1 / 2.0);
            canvas.text(&text, middle, Anchor::Middle, Type { color: ink, ..kind })?;
        }
    }
    Ok(())
}

/// The values of both parameters beside the cells, as many as have room.
fn names(canvas: &Canvas<'_>, layout: &Layout, grid: &Grid) -> Painted {
    let widest = grid.x.values.iter().map(|text| tick_type().width(text)).fold(0.0, f64::max) + 8.0;
    let every = whole((widest / layout.cell.0).ceil()).max(1);
    for (column, text) in grid.x.values.iter().take(layout.columns).enumerate() {
        if !is_named(column, every, grid.x.default) {
            continue;
        }
        let x = layout.left + layout.cell.0 * (column as f64 + 0.5);
        canvas.text(text, (x, layout.bottom() + 12.0), Anchor::Middle, name_type(&grid.x, column))?;
    }
    let every = whole((14.0 / layout.cell.1).ceil()).max(1);
    for (row, text) in grid.y.values.iter().take(layout.rows).enumerate() {
        if !is_named(row, every, grid.y.default) {
            continue;
        }
        let y = layout.bottom() - layout.cell.1 * (row as f64 + 0.5);
        canvas.text(text, (layout.left - 8.0, y), Anchor::End, name_type(&grid.y, row))?;
    }
    let middle = f64::midpoint(layout.left, layout.right());
    canvas.text(&grid.x.name, (middle, layout.bottom() + 30.0), Anchor::Middle, note_type().bold())
}

/// Whether a value's name has room: every so many do, and the default always, at the cost of its neighbours.
fn is_named(position: usize, every: usize, default: Option<usize>) -> bool {
    match default {
        Some(default) => {
            position == default || (position.is_multiple_of(every) && position.abs_diff(default) >= every)
        }
        None => position.is_multiple_of(every),
    }
}

fn name_type(axis: &Axis, position: usize) -> Type {
    if axis.default == Some(position) { note_type().bold() } else { tick_type() }
}

fn frame_default(canvas: &Canvas<'_>, layout: &Layout, grid: &Grid) -> Painted {
    let (Some(column), Some(row)) = (grid.x.default, grid.y.default) else { return Ok(()) };
    if column >= layout.columns || row >= layout.rows {
        return Ok(());
    }
    let (x, y) = layout.corner(column, row);
    let stroke = Stroke::new(palette::INK, 2.2);
    canvas.frame((x + 1.0, y + 1.0), (x + layout.cell.0 - 1.0, y + layout.cell.1 - 1.0), stroke)
}

/// The strip that says which colour means what.
fn key(canvas: &Canvas<'_>, layout: &Layout, sweep: &Sweep, reach: f64) -> Painted {
    let y = layout.bottom() + 42.0 + 20.0;
    let width = if is_narrow(canvas.size.width) { 12.0 } else { 18.0 };
    let low = format::number(-reach, sweep.unit);
    let mut x = layout.left.min(60.0);
    canvas.text(&low, (x, y), Anchor::Start, tick_type())?;
    x += tick_type().width(&low) + 8.0;
    for color in palette::STEPS {
        canvas.fill((x, y - 6.0), (x + width, y + 6.0), color, 1.0)?;
        x += width;
    }
    let high = format::number(reach, sweep.unit);
    canvas.text(&high, (x + 8.0, y), Anchor::Start, tick_type())?;
    x += 8.0 + tick_type().width(&high) + 20.0;
    canvas.frame((x, y - 6.0), (x + 16.0, y + 6.0), Stroke::new(palette::INK, 2.0))?;
    canvas.text("the default", (x + 22.0, y), Anchor::Start, tick_type())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_even_around_zero() {
        assert_eq!((step(-2.0, 2.0), step(0.0, 2.0), step(2.0, 2.0)), (0, 5, 10));
        assert_eq!(step(0.01, 2.0), 5);
        assert!(step(-0.5, 2.0) < 5 && step(0.5, 2.0) > 5);
    }
}
