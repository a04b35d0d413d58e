//! A sheet to draw on, in pixels with fractions.
//!
//! plotters' SVG has whole coordinates only, which makes thin lines tremble. So everything is drawn ten times
//! as large and shown through a `viewBox`, in a root element of our own that also carries title and
//! description for readers who do not see the picture.

use plotters::coord::Shift;
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::prelude::{DrawingArea, IntoDrawingArea, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle};

use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result};

/// Units of the `viewBox` for one pixel.
const SCALE: f64 = 10.0;
/// plotters writes a font's size divided by this.
const FONT_FACTOR: f64 = 1.24;

/// Width and height of a picture in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// What a picture says to those who do not see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// Its title, in a few words.
    pub(super) title: String,
    /// What it shows, in a sentence or two.
    pub(super) description: String,
}

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Type {
    pub(super) size: f64,
    pub(super) color: RGBColor,
    pub(super) bold: bool,
}

impl Type {
    /// A plain text of this size and colour.
    pub(super) fn new(size: f64, color: RGBColor) -> Self {
        Self { size, color, bold: false }
    }

    /// The same in bold.
    pub(super) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// Roughly how wide a text becomes, in pixels; the reader's font is not known, so rather too wide.
    pub(super) fn width(self, text: &str) -> f64 {
        let bold = if self.bold { 1.1 } else { 1.0 };
        text.chars().map(width_of).sum::<f64>() * self.size * bold
    }
}

/// Width of a character in a wide sans-serif font, as a share of the font's size.
fn width_of(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '|' | '\'' | ' ' => 0.34,
        'f' | 't' | 'r' | '-' | '(' | ')' | '/' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.95,
        'A'..='Z' | '+' | '=' | '_' | '<' | '>' => 0.72,
        _ if character.is_ascii() => 0.62,
        _ => 1.0,
    }
}

/// A point in pixels from the upper left.
pub(super) type Point = (f64, f64);

/// A line or an outline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stroke {
    pub(super) color: RGBColor,
    pub(super) width: f64,
    /// From 0, invisible, to 1.
    pub(super) opacity: f64,
}

impl Stroke {
    /// An opaque line.
    pub(super) fn new(color: RGBColor, width: f64) -> Self {
        Self { color, width, opacity: 1.0 }
    }

    /// The same line, paler.
    pub(super) fn faint(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }
}

/// What painting can fail with; on a string it never does, but the library's signature says so.
pub(super) type Painted = std::result::Result<(), String>;

/// The sheet.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    pub(super) size: Size,
}

/// A finished picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drawing {
    size: Size,
    words: Words,
    /// Everything between the root's tags, and the closing one.
    body: String,
}

/// Lines of the root element that hold for everything in it.
const ROOT: &str = "role=\"img\" stroke-linejoin=\"round\" stroke-linecap=\"round\"";

impl Drawing {
    /// As a file of its own.
    pub(crate) fn file(&self) -> String {
        let Self { size, words, body } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" {} {ROOT}>\n<title>{}</title>\n\
             <desc>{}</desc>\n{body}",
            size.width,
            size.height,
            self.view_box(),
            escape(&words.title),
            escape(&words.description)
        )
    }

    /// As an element of a page, as wide as the page lets it be, named for readers who do not see it.
    pub(crate) fn inline(&self) -> String {
        let label = escape(&format!("{}. {}", self.words.title, self.words.description));
        format!("<svg {} {ROOT} aria-label=\"{label}\">\n{}", self.view_box(), self.body)
    }

    fn view_box(&self) -> String {
        format!("viewBox=\"0 0 {} {}\"", unit(self.size.width), unit(self.size.height))
    }
}

/// Draws a picture.
pub(super) fn draw(size: Size, words: Words, paint: impl FnOnce(&Canvas<'_>) -> Painted) -> Result<Drawing> {
    let mut drawn = String::new();
    {
        let whole = (unit(size.width).unsigned_abs(), unit(size.height).unsigned_abs());
        let area = SVGBackend::with_string(&mut drawn, whole).into_drawing_area();
        let canvas = Canvas { area, size };
        canvas
            .fill((0.0, 0.0), (size.width, size.height), super::palette::SHEET, 1.0)
            .and_then(|()| paint(&canvas))
            .and_then(|()| canvas.area.present().map_err(|error| error.to_string()))
            .map_err(|error| not_drawn(&words.title, &error))?;
    }
    // The library's own root element is left out: it has no place for a title.
    let body =
        drawn.split_once(">\n").map(|(_, body)| body).ok_or_else(|| not_drawn(&words.title, "no root"))?;
    Ok(Drawing { size, words, body: body.to_owned() })
}

fn not_drawn(title: &str, error: &str) -> Failure {
    Failure::from(Diagnostic::new(format!("cannot draw the picture `{title}`: {error}")))
        .with_exit(Exit::Failed)
}

/// A text for XML: markup becomes plain characters, and what XML cannot hold becomes a space.
fn escape(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The text with control characters as spaces; XML has no place for most of them.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') { ' ' } else { c })
        .collect()
}

/// Pixels to units of the `viewBox`.
#[allow(clippy::cast_possible_truncation)] // Clamped to a range that fits.
fn unit(pixels: f64) -> i32 {
    (pixels * SCALE).round().clamp(-1e6, 1e6) as i32
}

fn place((x, y): Point) -> (i32, i32) {
    (unit(x), unit(y))
}

fn outline(stroke: Stroke) -> ShapeStyle {
    ShapeStyle {
        color: stroke.color.mix(stroke.opacity),
        filled: false,
        stroke_width: unit(stroke.width).unsigned_abs(),
    }
}

fn solid(color: RGBColor, opacity: f64) -> ShapeStyle {
    ShapeStyle { color: color.mix(opacity), filled: true, stroke_width: 0 }
}

impl Canvas<'_> {
    /// A line through points; nothing for fewer than two.
    pub(super) fn line(&self, points: &[Point], stroke: Stroke) -> Painted {
        if points.len() < 2 {
            return Ok(());
        }
        let places: Vec<(i32, i32)> = points.iter().copied().map(place).collect();
        self.area.draw(&PathElement::new(places, outline(stroke))).map_err(|error| error.to_string())
    }

    /// A filled rectangle.
    pub(super) fn fill(&self, from: Point, to: Point, color: RGBColor, opacity: f64) -> Painted {
        self.area
            .draw(&Rectangle::new([place(from), place(to)], solid(color, opacity)))
            .map_err(|error| error.to_string())
    }

    /// A rectangle's outline.
    pub(super) fn frame(&self, from: Point, to: Point, stroke: Stroke) -> Painted {
        self.line(&[from, (to.0, from.1), to, (from.0, to.1), from], stroke)
    }

    /// A filled shape.
    pub(super) fn shape(&self, points: &[Point], color: RGBColor, opacity: f64) -> Painted {
        let places: Vec<(i32, i32)> = points.iter().copied().map(place).collect();
        self.area.draw(&Polygon::new(places, solid(color, opacity))).map_err(|error| error.to_string())
    }

    /// A filled dot.
    pub(super) fn dot(&self, center: Point, radius: f64, color: RGBColor, opacity: f64) -> Painted {
        self.area
            .draw(&Circle::new(place(center), unit(radius), solid(color, opacity)))
            .map_err(|error| error.to_string())
    }

    /// A text whose middle line runs through the point's height.
    pub(super) fn text(&self, text: &str, at: Point, anchor: Anchor, kind: Type) -> Painted {
        let horizontal = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let style = if kind.bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = (FontFamily::SansSerif, kind.size * SCALE * FONT_FACTOR, style);
        let style = TextStyle::from(font).color(&kind.color).pos(Pos::new(horizontal, VPos::Center));
        self.area.draw_text(&printable(text), &style, place(at)).map_err(|error| error.to_string())
    }
}
