//! Values and indices that their publishers write themselves.

use super::super::numbers::Notation;
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

pub(super) const LAYOUTS: &[Layout] = &[
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
