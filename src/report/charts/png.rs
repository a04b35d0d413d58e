//! The same drawing as PNG, with a font of our own, so that it looks alike on every machine.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result};

/// Pixels of the PNG for one pixel of the picture, for sharp screens.
const DENSITY: f32 = 2.0;

/// Draws SVG texts as PNG; loads the fonts once.
pub(super) struct Painter {
    options: Options<'static>,
}

impl Painter {
    /// With the embedded font for every family a text may name.
    pub(super) fn new() -> Self {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
        let family =
            fonts.faces().next().and_then(|face| face.families.first()).map(|(name, _)| name.clone());
        let family = family.unwrap_or_default();
        fonts.set_sans_serif_family(family.clone());
        Self { options: Options { font_family: family, fontdb: Arc::new(fonts), ..Options::default() } }
    }

    /// The picture as PNG, twice as dense as its size in pixels.
    pub(super) fn paint(&self, name: &str, svg: &str) -> Result<Vec<u8>> {
        let tree =
            Tree::from_str(svg, &self.options).map_err(|error| not_painted(name, &error.to_string()))?;
        let size = tree.size().to_int_size().scale_by(DENSITY);
        let sheet = size.and_then(|size| Pixmap::new(size.width(), size.height()));
        let mut sheet = sheet.ok_or_else(|| not_painted(name, "it has no size"))?;
        resvg::render(&tree, Transform::from_scale(DENSITY, DENSITY), &mut sheet.as_mut());
        sheet.encode_png().map_err(|error| not_painted(name, &error.to_string()))
    }
}

fn not_painted(name: &str, error: &str) -> Failure {
    Failure::from(Diagnostic::new(format!("cannot draw the picture `{name}` as PNG: {error}")))
        .with_exit(Exit::Failed)
}
