//! Which vendor's layout does this file have?
//!
//! One entry of [`LAYOUTS`] is all it takes to read another vendor's files: how its header is recognised, which column
//! holds what, how it writes dates, and what its stamps mean. [`VENDORS`] says what is known of a vendor's markets.

use super::stamps::Format;
use super::symbols::FileName;
use super::table::Table;
use crate::base::diagnostic::{Diagnostic, Result};

/// The name of the vendor of simulated data. No file of another kind may carry it.
pub(super) const SIMULATED: &str = "simulated";

/// What the prices may be adjusted for: the words that a series' provenance uses.
pub const ADJUSTMENTS: &[&str] = &["none", "split", "split-and-dividend", "unknown"];

/// Which markets a vendor sells, as far as it decides their sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markets {
    /// Crypto alone.
    Crypto,
    /// Cboe indices alone.
    Cboe,
    /// Published values, not prices.
    Macro,
    /// US-listed stocks and funds, unless the symbol says otherwise.
    UsListed,
    /// Any market: only a known symbol tells.
    Any,
}

/// What is known of a vendor.
#[derive(Debug)]
pub(super) struct Vendor {
    pub(super) name: &'static str,
    pub(super) markets: Markets,
    /// What its prices are adjusted for, where its files do not say; one of [`ADJUSTMENTS`].
    pub(super) adjustment: &'static str,
}

/// Vendors by the names that are stored, and that a folder or `--vendor` may give to a file without its own.
pub(super) const VENDORS: &[Vendor] = &[
    Vendor { name: SIMULATED, markets: Markets::Any, adjustment: "none" },
    Vendor { name: "binance", markets: Markets::Crypto, adjustment: "none" },
    Vendor { name: "cboe", markets: Markets::Cboe, adjustment: "none" },
    Vendor { name: "cryptodatadownload", markets: Markets::Crypto, adjustment: "none" },
    Vendor { name: "fred", markets: Markets::Macro, adjustment: "none" },
    Vendor { name: "interactive-brokers", markets: Markets::UsListed, adjustment: "unknown" },
    Vendor { name: "plain", markets: Markets::Any, adjustment: "unknown" },
    Vendor { name: "stooq", markets: Markets::Any, adjustment: "unknown" },
    Vendor { name: "yahoo", markets: Markets::UsListed, adjustment: "unknown" },
    Vendor { name: "yahoo-adjusted", markets: Markets::UsListed, adjustment: "split-and-dividend" },
];

/// What is known of the vendor `name`; of one that is not in the table nothing is.
pub(super) fn vendor(name: &str) -> Option<&'static Vendor> {
    VENDORS.iter().find(|vendor| vendor.name == name)
}

/// Where a column is found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pick {
    /// By its name, whatever the case.
    Named(&'static str),
    /// The first whose name begins so.
    Starting(&'static str),
    /// By its place, from 0.
    Nth(usize),
    /// The layout has none.
    Absent,
}

/// What a stamp with a time of day means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marks {
    /// The bar's start, with its UTC offset.
    Start,
    /// The bar's start, in UTC.
    StartUtc,
    /// The layout does not tell.
    Unknown,
}

/// One vendor's way to write a file.
pub(super) struct Layout {
    /// What it is called in reports.
    pub(super) title: &'static str,
    /// The vendor it gives away; `plain` where the header tells none.
    pub(super) vendor: &'static str,
    /// Whether a file is of this layout.
    pub(super) fits: fn(&Head<'_>) -> bool,
    pub(super) stamp: Pick,
    /// The time at which the bar ended, where it is written.
    pub(super) end: Pick,
    pub(super) close: Pick,
    pub(super) volume: Pick,
    /// Volume in the quote currency: not kept, but it shows whether the two were swapped.
    pub(super) quote_volume: Pick,
    pub(super) symbol: Pick,
    /// How dates may be written.
    pub(super) formats: &'static [Format],
    pub(super) marks: Marks,
    /// What the layout itself says of adjustment; one of [`ADJUSTMENTS`].
    pub(super) adjustment: &'static str,
    /// Whether `.` and an empty cell are a missing value rather than a fault.
    pub(super) gaps: bool,
}

/// A header without a vendor: what most programs write. The other layouts say how they differ.
const PLAIN: Layout = Layout {
    title: "plain CSV",
    vendor: "plain",
    fits: |head| head.has(&["date", "close"]),
    stamp: Pick::Named("date"),
    end: Pick::Absent,
    close: Pick::Named("close"),
    volume: Pick::Named("volume"),
    quote_volume: Pick::Absent,
    symbol: Pick::Named("symbol"),
    formats: &[Format::IsoDate, Format::DateTime],
    marks: Marks::Unknown,
    adjustment: "unknown",
    gaps: false,
};

const FRED: Layout = Layout {
    title: "FRED CSV",
    vendor: "fred",
    fits: |head| head.columns.len() == 2 && head.is(0, "observation_date"),
    stamp: Pick::Nth(0),
    close: Pick::Nth(1),
    volume: Pick::Absent,
    symbol: Pick::Absent,
    formats: &[Format::IsoDate],
    adjustment: "none",
    gaps: true,
    ..PLAIN
};

/// Every layout, the first that fits is taken: what only one vendor writes stands before what several do.
const LAYOUTS: &[Layout] = &[
    Layout {
        title: "catchup sample data",
        vendor: SIMULATED,
        fits: |head| head.starts_with("# catchup sample data") && head.has(&["date", "close"]),
        adjustment: "none",
        ..PLAIN
    },
    Layout {
        title: "Binance klines",
        vendor: "binance",
        fits: |head| head.has(&["open_time", "open", "high", "low", "close", "volume", "close_time"]),
        stamp: Pick::Named("open_time"),
        end: Pick::Named("close_time"),
        quote_volume: Pick::Named("quote_volume"),
        formats: &[Format::Epoch],
        marks: Marks::Start,
        adjustment: "none",
        ..PLAIN
    },
    Layout {
        title: "CryptoDataDownload CSV",
        vendor: "cryptodatadownload",
        fits: |head| {
            head.mentions("cryptodatadownload")
                && head.has(&["date", "symbol", "open", "high", "low", "close"])
        },
        volume: Pick::Starting("volume "),
        quote_volume: Pick::Starting("volume usd"),
        marks: Marks::StartUtc,
        adjustment: "none",
        ..PLAIN
    },
    Layout {
        title: "Interactive Brokers bars",
        vendor: "interactive-brokers",
        fits: |head| {
            let bars = head.has(&["date", "open", "high", "low", "close", "volume"]);
            bars && (head.has(&["wap", "count"]) || head.has(&["average", "barcount"]))
        },
        marks: Marks::Start,
        ..PLAIN
    },
    FRED,
    Layout {
        title: "ALFRED vintages",
        fits: |head| head.has(&["date", "value", "realtime_start"]),
        stamp: Pick::Named("date"),
        close: Pick::Named("value"),
        ..FRED
    },
    Layout {
        title: "FRED CSV (old header)",
        fits: |head| {
            let value = head.lower.get(1).map_or("", String::as_str);
            head.columns.len() == 2
                && head.columns[0] == "DATE"
                && !["close", "value", "price"].contains(&value)
        },
        ..FRED
    },
    Layout {
        title: "Cboe CSV",
        vendor: "cboe",
        fits: |head| head.columns == ["DATE", "OPEN", "HIGH", "LOW", "CLOSE"],
        formats: &[Format::IsoDate, Format::UsDate],
        adjustment: "none",
        ..PLAIN
    },
    Layout {
        title: "Yahoo CSV with Adj Close",
        vendor: "yahoo",
        fits: |head| head.has(&["date", "open", "high", "low", "close", "adj close", "volume"]),
        // Beside an adjusted close, Yahoo's prices are adjusted for splits alone.
        adjustment: "split",
        ..PLAIN
    },
    Layout {
        title: "Yahoo CSV",
        vendor: "yahoo",
        fits: |head| {
            let sorted = head
                .columns
                .starts_with(&["Date", "Close", "High", "Low", "Open", "Volume"].map(str::to_owned));
            sorted || head.has(&["date", "close", "dividends", "stock splits"])
        },
        ..PLAIN
    },
    Layout {
        title: "Stooq CSV",
        vendor: "stooq",
        // Other programs write this header too; the names of Stooq's downloads settle it.
        fits: |head| {
            head.name.stooq
                && head.columns.starts_with(&["Date", "Open", "High", "Low", "Close"].map(str::to_owned))
        },
        ..PLAIN
    },
    PLAIN,
    Layout {
        title: "dates and values",
        fits: |head| head.has(&["date", "value"]),
        close: Pick::Named("value"),
        ..PLAIN
    },
];

/// What a layout is recognised by: the lines above the header, the header, the file's name.
pub(super) struct Head<'a> {
    preamble: &'a [String],
    /// Column names as they are written.
    columns: &'a [String],
    /// The same in lower case.
    lower: Vec<String>,
    name: &'a FileName,
}

impl<'a> Head<'a> {
    pub(super) fn new(table: &'a Table, name: &'a FileName) -> Self {
        let lower = table.header.iter().map(|column| column.to_lowercase()).collect();
        Self { preamble: &table.preamble, columns: &table.header, lower, name }
    }

    fn has(&self, columns: &[&str]) -> bool {
        columns.iter().all(|wanted| self.lower.iter().any(|column| column == wanted))
    }

    fn is(&self, index: usize, column: &str) -> bool {
        self.lower.get(index).is_some_and(|found| found == column)
    }

    fn starts_with(&self, notice: &str) -> bool {
        self.preamble.first().is_some_and(|line| line.starts_with(notice))
    }

    fn mentions(&self, word: &str) -> bool {
        self.preamble.iter().any(|line| line.to_lowercase().contains(word))
    }

    /// The place of a column; `None` where the file has none.
    fn find(&self, pick: Pick) -> Option<usize> {
        match pick {
            Pick::Named(name) => self.lower.iter().position(|column| column == name),
            Pick::Starting(start) => self.lower.iter().position(|column| column.starts_with(start)),
            Pick::Nth(index) => (index < self.lower.len()).then_some(index),
            Pick::Absent => None,
        }
    }
}

/// Where each column of a file stands.
pub(super) struct Columns {
    pub(super) stamp: usize,
    pub(super) end: Option<usize>,
    pub(super) open: Option<usize>,
    pub(super) high: Option<usize>,
    pub(super) low: Option<usize>,
    pub(super) close: usize,
    pub(super) volume: Option<usize>,
    pub(super) quote_volume: Option<usize>,
    pub(super) symbol: Option<usize>,
}

/// The layout of a file and where its columns stand.
///
/// # Errors
/// Where no layout fits, or a column is there twice.
pub(super) fn recognise(file: &str, head: &Head<'_>) -> Result<(&'static Layout, Columns)> {
    let found = LAYOUTS.iter().find(|layout| (layout.fits)(head));
    if found.is_some() {
        check_twice(file, head)?;
    }
    let columns = found.and_then(|layout| {
        Some(Columns {
            stamp: head.find(layout.stamp)?,
            end: head.find(layout.end),
            open: head.find(Pick::Named("open")),
            high: head.find(Pick::Named("high")),
            low: head.find(Pick::Named("low")),
            close: head.find(layout.close)?,
            volume: head.find(layout.volume),
            quote_volume: head.find(layout.quote_volume),
            symbol: head.find(layout.symbol),
        })
    });
    found.zip(columns).ok_or_else(|| unknown(file, head).into())
}

fn check_twice(file: &str, head: &Head<'_>) -> Result<()> {
    let twice = head.lower.iter().enumerate().find(|(at, column)| head.lower[..*at].contains(column));
    twice.map_or(Ok(()), |(at, column)| {
        let place = at + 1;
        Err(Diagnostic::new(format!("{file}: the header names `{column}` twice (again as column {place})"))
            .hint("leave one of the two columns in the file")
            .into())
    })
}

fn unknown(file: &str, head: &Head<'_>) -> Diagnostic {
    let mut known: Vec<&str> =
        LAYOUTS.iter().map(|layout| layout.vendor).filter(|name| *name != SIMULATED).collect();
    known.sort_unstable();
    known.dedup();
    let diagnostic = Diagnostic::new(format!("{file}: no known layout has this header"))
        .detail(format!("the header is `{}`", head.columns.join(",")))
        .detail(format!("layouts of these vendors are known: {}", known.join(", ")));
    if head.has(&["date", "price", "vol."]) {
        return diagnostic
            .detail("this is Investing.com's layout, which is not read yet")
            .hint("rewrite it with the columns `date,open,high,low,close`: dates as YYYY-MM-DD, numbers without commas");
    }
    if head
        .lower
        .first()
        .is_some_and(|cell| cell.bytes().all(|byte| byte.is_ascii_digit() || b".-:/ ".contains(&byte)))
    {
        return diagnostic.hint(
            "the first line holds no names of columns: write `date,open,high,low,close,volume` above it",
        );
    }
    diagnostic
        .hint("name the columns `date,open,high,low,close,volume` (only `date` and `close` are required)")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    fn layout(path: &str, text: &str) -> Result<&'static Layout> {
        let name = FileName::of(Path::new(path));
        let table = Table::read(path, text)?;
        recognise(path, &Head::new(&table, &name)).map(|(layout, _)| layout)
    }

    fn vendor_of(path: &str, header: &str) -> String {
        let layout = layout(path, &format!("{header}\n1,2,3,4,5,6,7,8\n")).unwrap();
        format!("{} {}", layout.vendor, layout.adjustment)
    }

    #[test]
    fn headers_tell_vendors() {
        for (path, header, expected) in [
            ("IWM.csv", "Date,Close,High,Low,Open,Volume", "yahoo unknown"),
            ("IWM.csv", "Date,Open,High,Low,Close,Adj Close,Volume", "yahoo split"),
            ("IWM.csv", "Volume,Adj Close,Date,Close,Open,High,Low", "yahoo split"),
            ("IWM.csv", "Date,Open,High,Low,Close,Volume", "plain unknown"),
            ("iwm_us_d.csv", "Date,Open,High,Low,Close,Volume", "stooq unknown"),
            ("IWM.csv", "date,open,high,low,close,volume", "plain unknown"),
            ("RUT.csv", "date,open,high,low,close,volume,wap,count", "interactive-brokers unknown"),
            ("vix.csv", "DATE,OPEN,HIGH,LOW,CLOSE", "cboe none"),
            ("DFF.csv", "observation_date,DFF", "fred none"),
            ("DFF.csv", "DATE,DFF", "fred none"),
            ("x.csv", "date,close", "plain unknown"),
            ("x.csv", "DATE,CLOSE", "plain unknown"),
            ("x.csv", "date,value", "plain unknown"),
            ("x.csv", "open_time,open,high,low,close,volume,close_time,ignore", "binance none"),
            (
                "x.csv",
                "https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close",
                "cryptodatadownload none",
            ),
            ("x.csv", "# catchup sample data: made up\ndate,open,high,low,close,volume", "simulated none"),
        ] {
            assert_eq!(vendor_of(path, header), expected, "{header}");
        }
    }

    #[test]
    fn every_layout_has_a_known_vendor_and_words() {
        for layout in LAYOUTS {
            assert!(vendor(layout.vendor).is_some(), "{}", layout.title);
            assert!(ADJUSTMENTS.contains(&layout.adjustment), "{}", layout.title);
        }
        assert!(VENDORS.iter().all(|vendor| ADJUSTMENTS.contains(&vendor.adjustment)));
    }

    #[test]
    fn an_unknown_header_is_shown() {
        let message = |header: &str| layout("x.csv", &format!("{header}\n1,2\n")).err().unwrap().to_string();
        insta::assert_snapshot!(message("day;close"), @r"
        error: x.csv: no known layout has this header
         |
         = note: the header is `day;close`
         = note: layouts of these vendors are known: binance, cboe, cryptodatadownload, fred, interactive-brokers, plain, stooq, yahoo
         = help: name the columns `date,open,high,low,close,volume` (only `date` and `close` are required)
        ");
        insta::assert_snapshot!(message("\"Date\",\"Price\",\"Open\",\"High\",\"Low\",\"Vol.\",\"Change %\""), @r"
        error: x.csv: no known layout has this header
         |
         = note: the header is `Date,Price,Open,High,Low,Vol.,Change %`
         = note: layouts of these vendors are known: binance, cboe, cryptodatadownload, fred, interactive-brokers, plain, stooq, yahoo
         = note: this is Investing.com's layout, which is not read yet
         = help: rewrite it with the columns `date,open,high,low,close`: dates as YYYY-MM-DD, numbers without commas
        ");
        insta::assert_snapshot!(message("1364774820000,93.25,93.3,93.3,93.25,93.3"), @r"
        error: x.csv: no known layout has this header
         |
         = note: the header is `1364774820000,93.25,93.3,93.3,93.25,93.3`
         = note: layouts of these vendors are known: binance, cboe, cryptodatadownload, fred, interactive-brokers, plain, stooq, yahoo
         = help: the first line holds no names of columns: write `date,open,high,low,close,volume` above it
        ");
        insta::assert_snapshot!(message("Date,Close,close"), @r"
        error: x.csv: the header names `close` twice (again as column 3)
         |
         = help: leave one of the two columns in the file
        ");
    }
}
