//! The traded market with the trades on it, the leader above it, episodes shaded through both.

use std::collections::BTreeSet;

use super::super::content::{Leader, PriceLine, PricePicture, Side, Trade};
use super::super::format;
use super::canvas::{Anchor, Canvas, Drawing, Painted, Point, Size, Stroke, Words, draw};
use super::palette;
use super::panel::{
    AXIS_HEIGHT, Entry, Mark, Panel, is_narrow, legend, legend_height, long_line, tick_type, triangle, whole,
};
use super::scale::{Scale, range, tick_text};
use crate::base::diagnostic::Result;

/// A second picture is drawn where what happened fills less than this share of the first.
const SMALL_SHARE: f64 = 0.25;

/// What one picture shows of a market.
pub(super) struct View<'a> {
    picture: &'a PricePicture,
    trades: Vec<&'a Trade>,
    /// First and last moment shown, in microseconds.
    span: (i64, i64),
    /// True for the picture that shows the eventful part alone.
    pub(super) detail: bool,
}

/// The views of a market: all of it, and closer where everything happened in a small part of it.
pub(super) fn views<'a>(picture: &'a PricePicture, trades: &'a [Trade]) -> Vec<View<'a>> {
    let trades: Vec<&Trade> = trades.iter().filter(|trade| trade.market == picture.market.symbol).collect();
    let (Some(first), Some(last)) = (picture.market.times.first(), picture.market.times.last()) else {
        return Vec::new();
    };
    let span = (first.micros(), last.micros());
    let mut views = vec![View { picture, trades: trades.clone(), span, detail: false }];
    if let Some(close) = eventful(picture, &trades, span) {
        views.push(View { picture, trades, span: close, detail: true });
    }
    views
}

/// The stretch in which everything happened, with air around it, where it is a small part of the whole.
fn eventful(picture: &PricePicture, trades: &[&Trade], (first, last): (i64, i64)) -> Option<(i64, i64)> {
    let times = || {
        let trades = trades.iter().flat_map(|trade| [trade.entry.micros(), trade.exit.micros()]);
        picture.episodes.iter().flat_map(|span| [span.first.micros(), span.last.micros()]).chain(trades)
    };
    let (start, end) = (times().min()?, times().max()?);
    let air = ((end - start) / 8).max(20 * 86_400_000_000);
    let (start, end) = ((start - 2 * air).max(first), (end + air).min(last));
    (((end - start) as f64) < SMALL_SHARE * (last - first) as f64 && end > start).then_some((start, end))
}

/// The picture, so many pixels wide; `None` where fewer than two bars can be shown.
pub(super) fn price_chart(view: &View<'_>, width: f64) -> Result<Option<Drawing>> {
    let Some(bounds) = bounds(&view.picture.market, view.span) else { return Ok(None) };
    if view.span.1 <= view.span.0 {
        return Ok(None);
    }
    let entries = entries(view);
    let (upper_height, lower_height) = if is_narrow(width) { (90.0, 220.0) } else { (120.0, 290.0) };
    let mut top = legend_height(&entries, width) + 18.0;
    let leader =
        view.picture.leader.as_ref().and_then(|leader| Some((leader, bounds_of_leader(leader, view.span)?)));
    let upper = leader.map(|(leader, bounds)| {
        let panel = Panel::below(top, upper_height, width);
        top = panel.bottom + 30.0;
        (leader, panel, bounds)
    });
    let lower = Panel::below(top, lower_height, width);
    let size = Size { width, height: lower.bottom + AXIS_HEIGHT };
    draw(size, words(view), |canvas| {
        legend(canvas, &entries)?;
        for panel in upper.iter().map(|(_, panel, _)| panel).chain([&lower]) {
            shade(canvas, panel, view)?;
        }
        if let Some((leader, panel, bounds)) = &upper {
            leading(canvas, panel, leader, view.span, *bounds)?;
        }
        traded(canvas, &lower, view, bounds)
    })
    .map(Some)
}

fn bounds(line: &PriceLine, span: (i64, i64)) -> Option<(f64, f64)> {
    let shown =
        line.times.iter().zip(&line.closes).filter(|(time, _)| (span.0..=span.1).contains(&time.micros()));
    range(shown.map(|(_, close)| *close))
}

fn bounds_of_leader(leader: &Leader, span: (i64, i64)) -> Option<(f64, f64)> {
    bounds(&leader.line, span)
}

fn entries(view: &View<'_>) -> Vec<Entry> {
    let mut entries = vec![Entry::new(Mark::Line, palette::PRICE, &view.picture.market.symbol)];
    if !view.trades.is_empty() {
        entries.push(Entry::new(Mark::Up, palette::GAIN, "entry"));
        entries.push(Entry::new(Mark::Down, palette::LOSS, "exit"));
    }
    if !view.picture.episodes.is_empty() {
        entries.push(Entry::new(Mark::Patch, palette::SHADE, "episode of signals"));
    }
    if let Some(leader) = &view.picture.leader {
        entries.push(Entry::new(Mark::Line, palette::LEADER, &leader.line.symbol));
        if !leader.records.is_empty() {
            entries.push(Entry::new(Mark::Dot, palette::LEADER, &leader.meaning));
        }
    }
    entries
}

fn words(view: &View<'_>) -> Words {
    let market = &view.picture.market.symbol;
    let leader = view.picture.leader.as_ref().map_or_else(String::new, |leader| {
        let records = format::counted(leader.records.len(), "bar");
        format!(" Above it {}, {records} marked: {}.", leader.line.symbol, leader.meaning)
    });
    Words {
        title: if view.detail {
            format!("Trades on {market}, closer")
        } else {
            format!("Trades on {market}")
        },
        description: format!(
            "Closes of {market} with {} and {} shaded.{leader}",
            format::counted(view.trades.len(), "trade"),
            format::counted(view.picture.episodes.len(), "episode")
        ),
    }
}

/// Episodes as bands at least two pixels wide.
fn shade(canvas: &Canvas<'_>, panel: &Panel, view: &View<'_>) -> Painted {
    let x = panel.time(view.span);
    for episode in &view.picture.episodes {
        let (from, to) = (x.at(episode.first.micros() as f64), x.at(episode.last.micros() as f64));
        let half = ((to - from) / 2.0).max(1.5);
        let middle = f64::midpoint(from, to);
        canvas.fill((middle - half, panel.top), (middle + half, panel.bottom), palette::SHADE, 1.0)?;
    }
    Ok(())
}

/// Bars of the line inside the span, as points.
fn points(line: &PriceLine, x: &Scale, y: &Scale, span: (i64, i64)) -> Vec<Point> {
    line.times
        .iter()
        .zip(&line.closes)
        .filter(|(time, _)| (span.0..=span.1).contains(&time.micros()))
        .map(|(time, close)| (x.at(time.micros() as f64), y.at(*close)))
        .collect()
}

fn leading(
    canvas: &Canvas<'_>,
    panel: &Panel,
    leader: &Leader,
    span: (i64, i64),
    bounds: (f64, f64),
) -> Painted {
    let (x, y) = (panel.time(span), Scale::growth(bounds, panel.bottom, panel.top));
    canvas.text(&leader.line.symbol, (panel.left, panel.top - 12.0), Anchor::Start, tick_type())?;
    panel.moments(canvas, &x, span, false)?;
    panel.rows(canvas, &y, f64::NAN, tick_text)?;
    long_line(canvas, &points(&leader.line, &x, &y, span), Stroke::new(palette::LEADER, 1.3))?;
    let mut seen = BTreeSet::new();
    for record in &leader.records {
        let bar = leader.line.times.get(*record).zip(leader.line.closes.get(*record));
        let Some((time, close)) = bar.filter(|(time, _)| (span.0..=span.1).contains(&time.micros())) else {
            continue;
        };
        let at = (x.at(time.micros() as f64), y.at(*close));
        if seen.insert(pixel(at)) {
            canvas.dot(at, 2.3, palette::LEADER, 1.0)?;
        }
    }
    Ok(())
}

/// The pixel a point lies in; of several marks in one pixel only the first is drawn.
fn pixel(at: Point) -> (usize, usize) {
    (whole(at.0), whole(at.1))
}

fn traded(canvas: &Canvas<'_>, panel: &Panel, view: &View<'_>, bounds: (f64, f64)) -> Painted {
    let fills = view
        .trades
        .iter()
        .flat_map(|trade| [(trade.entry, trade.entry_price), (trade.exit, trade.exit_price)].into_iter());
    let shown = fills.filter(|(time, _)| (view.span.0..=view.span.1).contains(&time.micros()));
    let bounds = range(shown.map(|(_, price)| price).chain([bounds.0, bounds.1])).unwrap_or(bounds);
    let (x, y) = (panel.time(view.span), Scale::growth(bounds, panel.bottom, panel.top));
    if view.picture.leader.is_some() {
        canvas.text(
            &view.picture.market.symbol,
            (panel.left, panel.top - 12.0),
            Anchor::Start,
            tick_type(),
        )?;
    }
    panel.moments(canvas, &x, view.span, true)?;
    panel.rows(canvas, &y, f64::NAN, tick_text)?;
    long_line(canvas, &points(&view.picture.market, &x, &y, view.span), Stroke::new(palette::PRICE, 1.2))?;
    trades(canvas, &x, &y, view)
}

/// A line from entry to exit, green where it gained, and both fills as triangles in the order's direction.
fn trades(canvas: &Canvas<'_>, x: &Scale, y: &Scale, view: &View<'_>) -> Painted {
    let mut seen = BTreeSet::new();
    let size = if view.trades.len() > 60 { 3.4 } else { 5.0 };
    for trade in &view.trades {
        let entry = (x.at(trade.entry.micros() as f64), y.at(trade.entry_price));
        let exit = (x.at(trade.exit.micros() as f64), y.at(trade.exit_price));
        if !seen.insert((pixel(entry), pixel(exit))) {
            continue;
        }
        let color = if trade.net > 0.0 { palette::GAIN } else { palette::LOSS };
        canvas.line(&[entry, exit], Stroke::new(color, 1.6))?;
        let (into, out) = match trade.side {
            Side::Long => (Mark::Up, Mark::Down),
            Side::Short => (Mark::Down, Mark::Up),
        };
        triangle(canvas, entry, size, into, palette::GAIN)?;
        if !trade.open {
            triangle(canvas, exit, size, out, palette::LOSS)?;
        }
    }
    Ok(())
}
