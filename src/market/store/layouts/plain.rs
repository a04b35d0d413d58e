//! Files that no vendor gives away: what most programs write.

use super::super::stamps::Format;
use super::super::vendors::{Layout, Marks, Numbers, Pick, SIMULATED};

const DATES: &[&str] = &["observationdate", "date"];

/// Columns that hold dates of release by their names alone.
const RELEASES: &[&str] = &["released", "releasedate", "releasedat"];

/// A header without a vendor. The other layouts say how they differ.
pub(in super::super) const PLAIN: Layout = Layout {
    title: "plain CSV",
    vendor: "plain",
    bare: false,
    fits: |head| {
        head.has(&["close"])
            && (head.has(&["date"])
                || head.has(&["datetime"])
                || head.has(&["timestamp"])
                || head.has(&["time"]))
    },
    stamp: Pick::OneOf(&["date", "datetime", "timestamp", "time"]),
    clock: Pick::Absent,
    end: Pick::Absent,
    open: Pick::Named("open"),
    high: Pick::Named("high"),
    low: Pick::Named("low"),
    close: Pick::Named("close"),
    volume: Pick::Named("volume"),
    quote_volume: Pick::Absent,
    adjusted: Pick::Absent,
    symbol: Pick::Named("symbol"),
    released: Pick::Absent,
    formats: Format::ANY,
    marks: Marks::Unknown,
    zone: None,
    numbers: Numbers::FromFile,
    adjustment: "unknown",
    gaps: false,
};

/// A file whose columns the user names.
pub(in super::super) const TOLD: Layout = Layout { title: "columns as told", fits: |_| false, ..PLAIN };

/// The embedded sample's own files.
pub(super) const SAMPLE: &[Layout] = &[Layout {
    title: "catchup sample data",
    vendor: SIMULATED,
    fits: |head| head.starts_with("# catchup sample data") && head.has(&["date", "close"]),
    formats: &[Format::ISO_DATE, Format::ISO_TIME],
    adjustment: "none",
    ..PLAIN
}];

/// What is left when no vendor's layout fits.
pub(super) const LAYOUTS: &[Layout] = &[
    Layout {
        title: "plain CSV with date and time",
        fits: |head| head.has(&["date", "time", "close"]),
        stamp: Pick::Named("date"),
        clock: Pick::Named("time"),
        ..PLAIN
    },
    Layout {
        title: "values with dates of release",
        fits: |head| {
            let dated = DATES.iter().any(|name| head.has(&[name]));
            let valued = head.has(&["value"]) || head.has(&["close"]);
            dated && valued && !head.has(&["open"]) && head.find(Pick::OneOf(RELEASES)).is_some()
        },
        stamp: Pick::OneOf(DATES),
        close: Pick::OneOf(&["value", "close"]),
        volume: Pick::Absent,
        released: Pick::OneOf(RELEASES),
        gaps: true,
        ..PLAIN
    },
    PLAIN,
    Layout {
        title: "dates and values",
        fits: |head| head.columns.len() == 2 && head.has(&["date", "value"]),
        close: Pick::Named("value"),
        ..PLAIN
    },
    Layout {
        title: "dates and values without a header",
        bare: true,
        fits: |head| head.bare(2),
        stamp: Pick::At(0),
        close: Pick::At(1),
        ..PLAIN
    },
    Layout {
        title: "epoch, open, high, low, close, volume",
        bare: true,
        fits: |head| head.bare(6) && head.epoch().is_some() && head.bars_in([1, 2, 3, 4]),
        stamp: Pick::At(0),
        open: Pick::At(1),
        high: Pick::At(2),
        low: Pick::At(3),
        close: Pick::At(4),
        volume: Pick::At(5),
        formats: &[Format::Epoch],
        ..PLAIN
    },
];
