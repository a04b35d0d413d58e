//! Trading platforms and brokers.

use super::super::numbers::Notation;
use super::super::stamps::{Format, Order};
use super::super::vendors::{Layout, Marks, Numbers, Pick};
use super::PLAIN;

const PROGRAM: Layout = Layout { numbers: Numbers::Are(Notation::PLAIN), ..PLAIN };

pub(super) const LAYOUTS: &[Layout] = &[
    Layout {
        title: "TradingView CSV",
        vendor: "tradingview",
        // Only TradingView writes all names small and `Volume` large.
        fits: |head| {
            head.written(&["time", "open", "high", "low", "close"])
                && (head.columns.len() == 5 || head.columns.iter().any(|name| name == "Volume"))
        },
        stamp: Pick::Named("time"),
        formats: &[Format::Epoch, Format::ISO_DATE, Format::ISO_TIME],
        marks: Marks::Start,
        symbol: Pick::Absent,
        ..PROGRAM
    },
    Layout {
        title: "MetaTrader 5 export",
        vendor: "metatrader",
        fits: |head| head.columns.first().is_some_and(|name| name == "<DATE>") && super::ohlc(head),
        stamp: Pick::Named("date"),
        clock: Pick::Named("time"),
        volume: Pick::OneOf(&["tickvol", "vol"]),
        formats: &[Format::Date(Order::Ymd('.')), Format::Time(Order::Ymd('.'))],
        marks: Marks::Start,
        ..PROGRAM
    },
    Layout {
        title: "MetaTrader 4 export",
        vendor: "metatrader",
        bare: true,
        fits: |head| {
            head.bare(7)
                && Format::Date(Order::Ymd('.')).parse(head.cell(0)).is_some()
                && head.cell(1).contains(':')
        },
        stamp: Pick::At(0),
        clock: Pick::At(1),
        open: Pick::At(2),
        high: Pick::At(3),
        low: Pick::At(4),
        close: Pick::At(5),
        volume: Pick::At(6),
        formats: &[Format::Time(Order::Ymd('.'))],
        marks: Marks::Start,
        ..PROGRAM
    },
    Layout {
        title: "Interactive Brokers bars",
        vendor: "interactive-brokers",
        fits: |head| {
            let bars = head.has(&["date", "open", "high", "low", "close", "volume"]);
            bars && (head.has(&["wap", "count"]) || head.has(&["average", "barcount"]))
        },
        formats: &[
            Format::ISO_DATE,
            Format::ISO_TIME,
            Format::Date(Order::Compact),
            Format::Time(Order::Compact),
            Format::Epoch,
        ],
        marks: Marks::Start,
        ..PROGRAM
    },
];
