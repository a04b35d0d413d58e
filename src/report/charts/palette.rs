//! The colours of every picture, and what each becomes on a dark page.
//!
//! Pictures are drawn once, in the light colours. A page that embeds them repaints exactly these codes with
//! style rules, so a colour that is not listed here would not follow the reader's choice of dark or light.

use plotters::style::RGBColor;

/// The sheet a picture is drawn on; a page makes it transparent.
pub(super) const SHEET: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
/// Text that must be read.
pub(super) const INK: RGBColor = RGBColor(0x22, 0x27, 0x2E);
/// Ticks and notes.
pub(super) const MUTED: RGBColor = RGBColor(0x66, 0x6D, 0x76);
/// Lines of the grid.
pub(super) const GRID: RGBColor = RGBColor(0xE6, 0xE4, 0xDE);
/// The line of zero, and axes.
pub(super) const AXIS: RGBColor = RGBColor(0xB9, 0xB6, 0xAD);
/// The strategy, the median: what the picture is about.
pub(super) const STRATEGY: RGBColor = RGBColor(0x1B, 0x5E, 0x8C);
/// Buy and hold, all days: what it is compared with.
pub(super) const BENCHMARK: RGBColor = RGBColor(0xB7, 0x79, 0x1F);
/// The second comparison.
pub(super) const EXPOSURE: RGBColor = RGBColor(0x8A, 0x90, 0x99);
/// The traded market's price.
pub(super) const PRICE: RGBColor = RGBColor(0x4A, 0x50, 0x59);
/// The leader's price.
pub(super) const LEADER: RGBColor = RGBColor(0x7A, 0x5A, 0xA8);
/// Entries and gains.
pub(super) const GAIN: RGBColor = RGBColor(0x2B, 0x7A, 0x57);
/// Exits and losses.
pub(super) const LOSS: RGBColor = RGBColor(0xB4, 0x45, 0x36);
/// Shaded stretches of time.
pub(super) const SHADE: RGBColor = RGBColor(0xF7, 0xEB, 0xCB);
/// A cell without a number.
pub(super) const EMPTY: RGBColor = RGBColor(0xF1, 0xEF, 0xEA);
/// Text on a strong cell.
pub(super) const ON_STRONG: RGBColor = RGBColor(0xFD, 0xFD, 0xFD);
/// Text on a pale cell.
pub(super) const ON_PALE: RGBColor = RGBColor(0x23, 0x28, 0x2F);

/// From the worst loss over nothing to the best gain, for cells.
pub(super) const STEPS: [RGBColor; 11] = [
    RGBColor(0x8F, 0x3A, 0x2C),
    RGBColor(0xB5, 0x5B, 0x47),
    RGBColor(0xD0, 0x86, 0x70),
    RGBColor(0xE3, 0xB2, 0x9F),
    RGBColor(0xF0, 0xD8, 0xCC),
    RGBColor(0xF2, 0xF0, 0xEB),
    RGBColor(0xD3, 0xE1, 0xEA),
    RGBColor(0xA8, 0xC6, 0xDA),
    RGBColor(0x75, 0xA4, 0xC4),
    RGBColor(0x43, 0x7F, 0xA9),
    RGBColor(0x1C, 0x5A, 0x86),
];

/// True where text on the step must be light.
pub(super) fn is_strong(step: usize) -> bool {
    matches!(step, 0 | 1 | 9 | 10)
}

/// Each colour beside its counterpart on a dark page.
const DARK: [(RGBColor, &str); 27] = [
    (SHEET, "transparent"),
    (INK, "#e4e2dc"),
    (MUTED, "#9aa0a8"),
    (GRID, "#2c3036"),
    (AXIS, "#50565e"),
    (STRATEGY, "#6db3e2"),
    (BENCHMARK, "#dba550"),
    (EXPOSURE, "#80868f"),
    (PRICE, "#c2c6cc"),
    (LEADER, "#b59be0"),
    (GAIN, "#63bd94"),
    (LOSS, "#e58573"),
    (SHADE, "#3d3622"),
    (EMPTY, "#23262b"),
    (ON_STRONG, "#14171a"),
    (ON_PALE, "#e9e7e1"),
    (STEPS[0], "#eb8a75"),
    (STEPS[1], "#d0705c"),
    (STEPS[2], "#9c5445"),
    (STEPS[3], "#6d3f36"),
    (STEPS[4], "#44302c"),
    (STEPS[5], "#2a2d32"),
    (STEPS[6], "#263845"),
    (STEPS[7], "#2b4c63"),
    (STEPS[8], "#336485"),
    (STEPS[9], "#5196c4"),
    (STEPS[10], "#7cc0ec"),
];

/// Style rules that repaint pictures below `selector` for a dark page.
pub(crate) fn dark_rules(selector: &str) -> String {
    let rules = DARK.iter().map(|(RGBColor(red, green, blue), dark)| {
        let light = format!("#{red:02X}{green:02X}{blue:02X}");
        format!(
            "{selector} [fill=\"{light}\"]{{fill:{dark}}}\n{selector} [stroke=\"{light}\"]{{stroke:{dark}}}"
        )
    });
    rules.collect::<Vec<String>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_colours_share_a_code() {
        for (position, (colour, _)) in DARK.iter().enumerate() {
            assert!(DARK[position + 1..].iter().all(|(other, _)| other != colour), "{colour:?}");
        }
    }
}
