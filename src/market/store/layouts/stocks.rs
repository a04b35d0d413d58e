//! Sites and services that sell or give away prices of stocks and funds.

use super::super::numbers::Notation;
use super::super::stamps::{Format, Order};
use super::super::vendors::{Layout, Marks, Numbers, Pick};
use super::{PLAIN, is_civil, ohlc};

const ISO: Layout = Layout {
    formats: &[Format::ISO_DATE, Format::ISO_TIME],
    numbers: Numbers::Are(Notation::PLAIN),
    ..PLAIN
};

const YAHOO: Layout = Layout {
    title: "Yahoo CSV",
    vendor: "yahoo",
    stamp: Pick::OneOf(&["date", "datetime"]),
    // Within the day Yahoo writes a bar's start, with its offset.
    marks: Marks::Start,
    ..ISO
};

const STOOQ: Layout = Layout { title: "Stooq CSV", vendor: "stooq", ..ISO };

const ALPHA_VANTAGE: Layout = Layout {
    title: "Alpha Vantage CSV",
    vendor: "alphavantage",
    stamp: Pick::OneOf(&["timestamp", "date"]),
    zone: Some("America/New_York"),
    // Its opens, highs, lows and closes are as traded; only the adjusted close, which is not read, is adjusted.
    adjustment: "none",
    ..ISO
};

pub(super) const LAYOUTS: &[Layout] = &[
    Layout {
        title: "Alpha Vantage CSV (adjusted)",
        fits: |head| head.has(&["timestamp", "adjustedclose", "close"]),
        ..ALPHA_VANTAGE
    },
    Layout {
        fits: |head| {
            head.begins(&["timestamp", "open", "high", "low", "close"])
                && head.columns.len() <= 6
                && is_civil(head.cell(0))
        },
        ..ALPHA_VANTAGE
    },
    Layout {
        title: "Alpha Vantage CSV with numbered names",
        fits: |head| head.columns.iter().any(|name| name.starts_with("1. open")) && head.has(&["close"]),
        stamp: Pick::OneOf(&["date", "timestamp", "index"]),
        ..ALPHA_VANTAGE
    },
    Layout {
        title: "Tiingo CSV",
        vendor: "tiingo",
        fits: |head| head.has(&["date", "close", "adjclose", "divcash", "splitfactor"]),
        adjustment: "none",
        ..ISO
    },
    Layout {
        title: "EODHD CSV",
        vendor: "eodhd",
        fits: |head| head.has(&["date", "adjustedclose"]) && ohlc(head),
        adjustment: "none",
        ..ISO
    },
    Layout {
        title: "Nasdaq.com CSV",
        vendor: "nasdaq",
        fits: |head| head.begins(&["date", "closelast", "volume", "open", "high", "low"]),
        close: Pick::Named("closelast"),
        // Nasdaq.com writes no other order.
        formats: &[Format::US_DATE],
        numbers: Numbers::Are(Notation { dollars: true, ..Notation::POINT }),
        ..PLAIN
    },
    Layout {
        title: "yfinance CSV",
        fits: |head| head.table.header.ticker.is_some() && head.has(&["close"]) && !head.has(&["adjclose"]),
        ..YAHOO
    },
    Layout {
        title: "Yahoo CSV with Adj Close",
        fits: |head| {
            ohlc(head)
                && head.has(&["adjclose", "volume"])
                && (head.has(&["date"]) || head.has(&["datetime"]))
        },
        // Beside an adjusted close, Yahoo's prices are adjusted for splits alone.
        adjustment: "split",
        adjusted: Pick::OneOf(&["adjclose"]),
        ..YAHOO
    },
    Layout {
        fits: |head| {
            let dated = head.has(&["date"]) || head.has(&["datetime"]);
            let sorted = ["Date", "Datetime"]
                .iter()
                .any(|date| head.written(&[date, "Close", "High", "Low", "Open", "Volume"]));
            sorted
                || dated && head.has(&["close", "dividends", "stocksplits"])
                || ohlc(head) && head.written(&["Datetime"])
        },
        ..YAHOO
    },
    Layout {
        // Other programs write this header too; the names of Stooq's downloads settle it.
        fits: |head| head.name.stooq && head.written(&["Date", "Open", "High", "Low", "Close"]),
        ..STOOQ
    },
    Layout {
        title: "Stooq CSV with Polish names",
        fits: |head| {
            head.begins(&["data", "otwarcie"]) && (head.has(&["zamkniecie"]) || head.has(&["zamknięcie"]))
        },
        stamp: Pick::Named("data"),
        open: Pick::Named("otwarcie"),
        high: Pick::OneOf(&["najwyzszy", "najwyższy"]),
        low: Pick::OneOf(&["najnizszy", "najniższy"]),
        close: Pick::OneOf(&["zamkniecie", "zamknięcie"]),
        volume: Pick::OneOf(&["wolumen", "obrot", "obrót"]),
        ..STOOQ
    },
    Layout {
        title: "Stooq ASCII file",
        fits: |head| head.begins(&["ticker", "per", "date", "time", "open"]),
        stamp: Pick::Named("date"),
        clock: Pick::Named("time"),
        volume: Pick::Named("vol"),
        symbol: Pick::Named("ticker"),
        formats: &[Format::Time(Order::Compact)],
        ..STOOQ
    },
];
