//! The report's pictures: drawn once as SVG, for a wide and a narrow page, and as PNG from that SVG.

mod canvas;
mod equity;
mod grid;
mod histogram;
mod palette;
mod panel;
mod paths;
mod png;
mod price;
mod scale;
mod thin;

use crate::base::diagnostic::Result;

use canvas::Drawing;

use super::content::{PricePicture, Report, Study, Sweep};
use super::format::plain_name;

pub(crate) use grid::grid_title;
pub(crate) use palette::dark_rules;

/// Width of a picture in a wide page and in files, in pixels.
const WIDE: f64 = 920.0;
/// Width of a picture on a phone, in pixels.
const NARROW: f64 = 358.0;

/// One picture as the two files it becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartFile {
    /// Name without an ending, of small letters, digits and `-`: `equity`.
    pub name: String,
    /// The picture as SVG, on a light sheet, with title and description.
    pub svg: String,
    /// The same picture as PNG.
    pub png: Vec<u8>,
}

/// The part of the report a picture belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Equity,
    Prices,
    Study,
    Grid,
    Distribution,
}

/// One picture in both widths.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Picture {
    pub(crate) part: Part,
    pub(crate) name: String,
    /// What the page writes above it.
    pub(crate) caption: String,
    pub(crate) wide: Drawing,
    pub(crate) narrow: Drawing,
}

/// Every picture this report has, as SVG and PNG, in the order of the page.
///
/// # Errors
/// A failure of the drawing libraries, which well-formed data never cause.
pub fn render_charts(report: &Report) -> Result<Vec<ChartFile>> {
    let painter = png::Painter::new();
    pictures(report)?
        .into_iter()
        .map(|Picture { name, wide, .. }| {
            let svg = wide.file();
            let png = painter.paint(&name, &svg)?;
            Ok(ChartFile { name, svg, png })
        })
        .collect()
}

/// Every picture this report has, in the order of the page.
pub(crate) fn pictures(report: &Report) -> Result<Vec<Picture>> {
    let mut album = Album::default();
    if let Some(equity) = &report.equity {
        album.add(Part::Equity, "equity", "", |width| equity::equity_chart(equity, width))?;
    }
    for picture in &report.prices {
        album.add_prices(report, picture)?;
    }
    if let Some(study) = &report.study {
        album.add_study(study)?;
    }
    if let Some(sweep) = &report.sweep {
        album.add_sweep(sweep)?;
    }
    Ok(album.pictures)
}

/// The pictures drawn so far, each under a name of its own.
#[derive(Default)]
struct Album {
    pictures: Vec<Picture>,
}

impl Album {
    /// Draws a picture in both widths, if it has anything to show.
    fn add(
        &mut self,
        part: Part,
        name: &str,
        caption: &str,
        chart: impl Fn(f64) -> Result<Option<Drawing>>,
    ) -> Result<()> {
        if let (Some(wide), Some(narrow)) = (chart(WIDE)?, chart(NARROW)?) {
            let name = self.free_name(&file_name(name));
            self.pictures.push(Picture { part, name, caption: caption.to_owned(), wide, narrow });
        }
        Ok(())
    }

    fn add_prices(&mut self, report: &Report, picture: &PricePicture) -> Result<()> {
        let trades = report.trades.as_deref().unwrap_or_default();
        let symbol = &picture.market.symbol;
        for view in price::views(picture, trades) {
            let (name, caption) = if view.detail {
                (format!("price {symbol} closer"), "The eventful part, closer")
            } else {
                (format!("price {symbol}"), "")
            };
            self.add(Part::Prices, &name, caption, |width| price::price_chart(&view, width))?;
        }
        Ok(())
    }

    fn add_study(&mut self, study: &Study) -> Result<()> {
        self.add(Part::Study, "paths", "", |width| paths::paths_chart(study, width))
    }

    fn add_sweep(&mut self, sweep: &Sweep) -> Result<()> {
        for grid in &sweep.grids {
            let name = format!("grid {} {}", grid.x.name, grid.y.name);
            self.add(Part::Grid, &name, &grid_title(sweep, grid), |width| {
                grid::grid_chart(sweep, grid, width)
            })?;
        }
        let caption = format!("Every combination's {}", plain_name(&sweep.metric));
        self.add(Part::Distribution, "distribution", &caption, |width| {
            histogram::histogram_chart(sweep, width)
        })
    }

    /// The name, with a number where it is taken.
    fn free_name(&self, name: &str) -> String {
        let taken = |candidate: &str| self.pictures.iter().any(|picture| picture.name == candidate);
        if !taken(name) {
            return name.to_owned();
        }
        (2..=self.pictures.len() + 2)
            .map(|number| format!("{name}-{number}"))
            .find(|candidate| !taken(candidate))
            .unwrap_or_default()
    }
}

/// Small letters and digits of the text, with `-` between its words.
fn file_name(text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-").chars().take(80).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn every_part_of_the_report_has_its_picture() {
        let names: Vec<String> =
            pictures(&samples::everything()).unwrap().into_iter().map(|picture| picture.name).collect();
        assert_eq!(names, ["equity", "price-lag-made-up", "paths", "grid-lag-hold", "distribution"]);
        assert!(pictures(&samples::bare()).unwrap().is_empty());
    }

    #[test]
    fn pictures_become_files_that_are_not_blank() {
        for chart in render_charts(&samples::everything()).unwrap() {
            let picture = resvg::tiny_skia::Pixmap::decode_png(&chart.png).unwrap();
            let first = picture.pixels()[0];
            let painted = picture.pixels().iter().filter(|pixel| **pixel != first).count();
            assert!(painted > 2_000, "{}: {painted} painted pixels", chart.name);
            assert_eq!(picture.width(), 1840, "{}", chart.name);
            assert!(chart.svg.contains("<title>") && chart.svg.contains("<desc>"), "{}", chart.name);
        }
    }

    #[test]
    fn texts_are_drawn_in_the_png() {
        let words = |text: &str| {
            format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"99\" height=\"40\"><text x=\"5\" y=\"30\" \
                 font-family=\"sans-serif\" font-size=\"20\">{text}</text></svg>"
            )
        };
        let painter = png::Painter::new();
        assert_ne!(painter.paint("a", &words("abc")).unwrap(), painter.paint("b", &words("")).unwrap());
    }

    fn parsed(svg: &str) -> bool {
        resvg::usvg::Tree::from_str(svg, &resvg::usvg::Options::default()).is_ok()
    }

    #[test]
    fn hostile_names_stay_text_in_svg() {
        let pictures = pictures(&samples::hostile()).unwrap();
        assert_eq!(pictures.len(), 5);
        for picture in pictures {
            for svg in [picture.wide.file(), picture.narrow.file()] {
                assert!(parsed(&svg) && !svg.contains("<script"), "{}", picture.name);
            }
            let name = &picture.name;
            assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{name}");
        }
    }

    #[test]
    fn strange_numbers_still_give_pictures() {
        for number in [f64::NAN, f64::INFINITY, 1e300, -1e300, 0.0, -1.0, 1e-300] {
            for picture in pictures(&samples::valued(number, 3)).unwrap() {
                let svg = picture.wide.file();
                assert!(
                    parsed(&svg) && !svg.contains("NaN") && !svg.contains("inf"),
                    "{} {number}",
                    picture.name
                );
            }
        }
    }

    #[test]
    fn every_colour_has_a_counterpart_on_a_dark_page() {
        let rules = dark_rules("svg");
        for picture in pictures(&samples::everything()).unwrap() {
            for piece in picture.wide.inline().split("=\"#").skip(1) {
                assert!(rules.contains(&piece[..6]), "#{} in {}", &piece[..6], picture.name);
            }
        }
    }
}
