//! Investing.com, whose names, dates and numbers follow the reader's language.

use super::super::numbers::{Mark, Notation};
use super::super::stamps::{Format, Order};
use super::super::vendors::{Head, Layout, Numbers, Pick};
use super::PLAIN;

const POINT: Notation =
    Notation { decimal: Mark::Point, grouped: true, dollars: false, rounded_volumes: true };
const COMMA: Notation = Notation { decimal: Mark::Comma, ..POINT };

const DATES: &[&str] = &["date", "datum", "fecha", "data"];
const CLOSES: &[&str] = &["price", "zuletzt", "último", "ultimo", "dernier", "ostatnio", "laatst"];
const OPENS: &[&str] = &["open", "eröffn", "apertura", "ouv", "abertura", "otwarcie"];
const HIGHS: &[&str] = &["high", "hoch", "máximo", "plushaut", "massimo", "máxima", "max", "hoog"];
const LOWS: &[&str] = &["low", "tief", "mínimo", "plusbas", "minimo", "mínima", "min", "laag"];
const VOLUMES: &[&str] = &["vol", "wol"];

fn fits(head: &Head<'_>) -> bool {
    let [date, close, open] = [DATES, CLOSES, OPENS].map(|names| head.find(Pick::OneOf(names)));
    (date, close, open) == (Some(0), Some(1), Some(2))
        && head.find(Pick::OneOf(HIGHS)) == Some(3)
        && head.find(Pick::OneOf(LOWS)) == Some(4)
}

const ENGLISH: Layout = Layout {
    title: "Investing.com CSV",
    vendor: "investing",
    fits: |head| fits(head) && head.has(&["date", "price", "open", "high", "low"]),
    stamp: Pick::OneOf(DATES),
    close: Pick::OneOf(CLOSES),
    open: Pick::OneOf(OPENS),
    high: Pick::OneOf(HIGHS),
    low: Pick::OneOf(LOWS),
    volume: Pick::OneOf(VOLUMES),
    symbol: Pick::Absent,
    formats: &[
        Format::US_DATE,
        Format::Date(Order::Dmy('/')),
        Format::Date(Order::Dmy('.')),
        Format::Date(Order::Named),
        Format::ISO_DATE,
    ],
    numbers: Numbers::Are(POINT),
    ..PLAIN
};

pub(super) const LAYOUTS: &[Layout] = &[
    ENGLISH,
    Layout {
        title: "Investing.com CSV in a language with decimal commas",
        fits,
        // In these languages the day always stands first.
        formats: &[
            Format::Date(Order::Dmy('.')),
            Format::Date(Order::Dmy('/')),
            Format::Date(Order::Dmy('-')),
        ],
        numbers: Numbers::Are(COMMA),
        ..ENGLISH
    },
];
