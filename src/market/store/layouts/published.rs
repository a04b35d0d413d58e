//! Values and indices that their publishers write themselves.

use super::super::numbers::Notation;
use super::super::releases;
use super::super::stamps::{Format, Order};
use super::super::vendors::{Layout, Numbers, Pick};
use super::PLAIN;

const FRED: Layout = Layout {
    title: "FRED CSV",
    vendor: "fred",
    fits: |head| head.columns.len() == 2 && super::is(head.columns.first(), "observationdate"),
    stamp: Pick::At(0),
    close: Pick::At(1),
    volume: Pick::Absent,
    symbol: Pick::Absent,
    formats: &[Format::ISO_DATE],
    numbers: Numbers::Are(Notation::PLAIN),
    adjustment: "none",
    gaps: true,
    ..PLAIN
};

/// Every value with the day from which it was known: what FRED's archive keeps of each revision.
const ALFRED: Layout = Layout {
    title: "ALFRED CSV with dates of release",
    vendor: "alfred",
    fits: |head| {
        let dated = DATES.iter().any(|name| head.has(&[name]));
        dated && head.has(&["value", "realtimestart"])
    },
    stamp: Pick::OneOf(DATES),
    close: Pick::Named("value"),
    released: Pick::Named("realtimestart"),
    ..FRED
};

const DATES: &[&str] = &["observationdate", "date"];

pub(super) const LAYOUTS: &[Layout] = &[
    ALFRED,
    Layout {
        title: "ALFRED CSV, a column per vintage",
        fits: |head| releases::vintages(head.columns).is_some(),
        stamp: Pick::At(0),
        close: Pick::At(1),
        released: Pick::Absent,
        ..ALFRED
    },
    Layout {
        // The column of values is named after the series.
        fits: |head| {
            DATES.iter().any(|name| super::is(head.columns.first(), name))
                && super::is(head.columns.get(2), "realtimestart")
        },
        stamp: Pick::At(0),
        close: Pick::At(1),
        ..ALFRED
    },
    FRED,
    Layout {
        title: "FRED CSV (old header)",
        // `DATE,VALUE` in capitals is FRED's; `date,value` anyone's.
        fits: |head| {
            let value = head.columns.get(1).map_or("", String::as_str);
            let plain = ["close", "value", "price"].contains(&value.to_lowercase().as_str());
            head.columns.len() == 2 && head.columns[0] == "DATE" && (!plain || value == "VALUE")
        },
        ..FRED
    },
    Layout {
        title: "Cboe CSV",
        vendor: "cboe",
        fits: |head| head.columns == ["DATE", "OPEN", "HIGH", "LOW", "CLOSE"],
        formats: &[Format::ISO_DATE, Format::US_DATE, Format::Date(Order::Dmy('/'))],
        numbers: Numbers::Are(Notation::PLAIN),
        adjustment: "none",
        ..PLAIN
    },
];
