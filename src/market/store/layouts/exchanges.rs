//! Exchanges of coins: their archives, what their interfaces answer, and what others collect from them.

use super::super::numbers::Notation;
use super::super::stamps::{Format, Order};
use super::super::vendors::{Layout, Marks, Numbers, Pick};
use super::PLAIN;

const BARE: Layout = Layout {
    bare: true,
    stamp: Pick::At(0),
    open: Pick::At(1),
    high: Pick::At(2),
    low: Pick::At(3),
    close: Pick::At(4),
    volume: Pick::At(5),
    ..EXCHANGE
};

const EXCHANGE: Layout = Layout {
    formats: &[Format::Epoch, Format::ISO_DATE, Format::ISO_TIME],
    marks: Marks::Start,
    numbers: Numbers::Are(Notation::PLAIN),
    adjustment: "none",
    ..PLAIN
};

const SECOND: i64 = 1_000_000;

pub(super) const LAYOUTS: &[Layout] = &[
    Layout {
        title: "Binance klines",
        vendor: "binance",
        fits: |head| head.has(&["opentime", "open", "high", "low", "close", "volume", "closetime"]),
        stamp: Pick::Named("opentime"),
        end: Pick::Named("closetime"),
        quote_volume: Pick::OneOf(&["quotevolume", "quoteassetvolume"]),
        ..EXCHANGE
    },
    Layout {
        title: "Binance klines without a header",
        vendor: "binance",
        fits: |head| head.bare(12) && head.epoch().is_some_and(|unit| unit < SECOND),
        end: Pick::At(6),
        quote_volume: Pick::At(7),
        formats: &[Format::Epoch],
        ..BARE
    },
    Layout {
        title: "CryptoDataDownload CSV",
        vendor: "cryptodatadownload",
        fits: |head| {
            head.mentions("cryptodatadownload") && head.has(&["date", "symbol"]) && super::ohlc(head)
        },
        volume: Pick::Starting("volume"),
        quote_volume: Pick::Starting("volumeusd"),
        formats: &[Format::ISO_DATE, Format::ISO_TIME, Format::Time12(Order::Ymd('-'))],
        marks: Marks::StartUtc,
        ..EXCHANGE
    },
    Layout {
        title: "Coinbase candles",
        vendor: "coinbase",
        fits: |head| head.begins(&["time", "low", "high", "open", "close", "volume"]),
        marks: Marks::StartUtc,
        ..EXCHANGE
    },
    Layout {
        title: "Coinbase candles without a header",
        vendor: "coinbase",
        fits: |head| head.bare(6) && head.epoch() == Some(SECOND) && head.bars_in([3, 2, 1, 4]),
        low: Pick::At(1),
        high: Pick::At(2),
        open: Pick::At(3),
        formats: &[Format::Epoch],
        ..BARE
    },
    Layout {
        title: "Kraken OHLC",
        vendor: "kraken",
        fits: |head| {
            let trades = head.has(&["count"]) || head.has(&["trades"]);
            head.begins(&["time", "open", "high", "low", "close", "vwap", "volume"]) && trades
                || head.begins(&["time", "open", "high", "low", "close", "volume", "trades"])
        },
        formats: &[Format::Epoch],
        ..EXCHANGE
    },
    Layout {
        title: "Kraken OHLCVT without a header",
        vendor: "kraken",
        fits: |head| head.bare(7) && head.epoch() == Some(SECOND),
        formats: &[Format::Epoch],
        ..BARE
    },
    Layout {
        title: "Kraken OHLC without a header",
        vendor: "kraken",
        fits: |head| head.bare(8) && head.epoch() == Some(SECOND),
        volume: Pick::At(6),
        formats: &[Format::Epoch],
        ..BARE
    },
    Layout {
        title: "Bitfinex candles",
        vendor: "bitfinex",
        fits: |head| {
            ["mts", "time", "timestamp"]
                .iter()
                .any(|time| head.begins(&[time, "open", "close", "high", "low", "volume"]))
        },
        stamp: Pick::At(0),
        formats: &[Format::Epoch],
        ..EXCHANGE
    },
    Layout {
        title: "Bitfinex candles without a header (ms, open, close, high, low, volume)",
        vendor: "bitfinex",
        fits: |head| {
            head.bare(6) && head.epoch().is_some_and(|unit| unit < SECOND) && head.bars_in([1, 3, 4, 2])
        },
        close: Pick::At(2),
        high: Pick::At(3),
        low: Pick::At(4),
        formats: &[Format::Epoch],
        ..BARE
    },
];
