//! Sites that publish prices of coins, averaged over exchanges.

use super::super::numbers::Notation;
use super::super::stamps::Format;
use super::super::vendors::{Layout, Marks, Numbers, Pick};
use super::PLAIN;

const COIN: Layout = Layout {
    formats: &[Format::ISO_DATE, Format::ISO_TIME],
    marks: Marks::StartUtc,
    numbers: Numbers::Are(Notation::PLAIN),
    adjustment: "none",
    symbol: Pick::Absent,
    ..PLAIN
};

pub(super) const LAYOUTS: &[Layout] = &[
    Layout {
        // A price of 00:00 UTC is the close of the day before: the stamp is the end of a day.
        title: "CoinGecko CSV (prices at their stamp)",
        vendor: "coingecko",
        fits: |head| head.has(&["snappedat", "price"]),
        stamp: Pick::Named("snappedat"),
        close: Pick::Named("price"),
        volume: Pick::Named("totalvolume"),
        marks: Marks::EndUtc,
        ..COIN
    },
    Layout {
        title: "Coin Metrics CSV",
        vendor: "coinmetrics",
        fits: |head| head.has(&["time", "priceusd"]),
        stamp: Pick::Named("time"),
        close: Pick::Named("priceusd"),
        volume: Pick::Absent,
        gaps: true,
        ..COIN
    },
    Layout {
        title: "CoinMarketCap CSV",
        vendor: "coinmarketcap",
        fits: |head| head.has(&["timeopen", "timeclose", "open", "high", "low", "close", "marketcap"]),
        stamp: Pick::Named("timeopen"),
        end: Pick::Named("timeclose"),
        formats: &[Format::ISO_TIME, Format::Epoch],
        ..COIN
    },
    Layout {
        title: "CoinCodex CSV",
        vendor: "coincodex",
        fits: |head| head.begins(&["start", "end", "open", "high", "low", "close"]),
        stamp: Pick::Named("start"),
        ..COIN
    },
];
