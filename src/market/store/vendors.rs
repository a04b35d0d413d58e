//! What is known of vendors, and what a layout is: how a file is recognised and which column holds what.
//!
//! The layouts themselves stand in `layouts`, one small entry each.

use std::collections::HashSet;

use super::header::key;
use super::numbers::Notation;
use super::stamps::Format;
use super::symbols::FileName;
use super::table::{Row, Table};

/// The name of the vendor of simulated data. No file of another kind may carry it.
pub(super) const SIMULATED: &str = "simulated";

/// What the prices may be adjusted for: the words that a series' provenance uses.
pub const ADJUSTMENTS: &[&str] = &["none", "split", "split-and-dividend", "unknown"];

/// Which markets a vendor sells, as far as it decides their sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markets {
    /// Crypto alone.
    Crypto,
    /// Crypto alone, in files named after coins: `bitcoin`, `btc`.
    Coins,
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

const fn of(name: &'static str, markets: Markets, adjustment: &'static str) -> Vendor {
    Vendor { name, markets, adjustment }
}

/// Vendors by the names that are stored, and that a folder or `--vendor` may give to a file without its own.
pub(super) const VENDORS: &[Vendor] = &[
    of(SIMULATED, Markets::Any, "none"),
    of("alfred", Markets::Macro, "none"),
    of("alphavantage", Markets::UsListed, "none"),
    of("binance", Markets::Crypto, "none"),
    of("bitfinex", Markets::Crypto, "none"),
    of("cboe", Markets::Cboe, "none"),
    of("coinbase", Markets::Crypto, "none"),
    of("coincodex", Markets::Coins, "none"),
    of("coingecko", Markets::Coins, "none"),
    of("coinmarketcap", Markets::Coins, "none"),
    of("coinmetrics", Markets::Coins, "none"),
    of("cryptodatadownload", Markets::Crypto, "none"),
    of("eodhd", Markets::Any, "none"),
    of("fred", Markets::Macro, "none"),
    of("interactive-brokers", Markets::UsListed, "unknown"),
    of("investing", Markets::Any, "unknown"),
    of("kraken", Markets::Crypto, "none"),
    of("metatrader", Markets::Any, "unknown"),
    of("nasdaq", Markets::UsListed, "unknown"),
    of("plain", Markets::Any, "unknown"),
    of("stooq", Markets::Any, "unknown"),
    of("tiingo", Markets::UsListed, "none"),
    of("tradingview", Markets::Any, "unknown"),
    of("yahoo", Markets::UsListed, "unknown"),
    of("yahoo-adjusted", Markets::UsListed, "split-and-dividend"),
];

/// What is known of the vendor `name`; of one that is not in the table nothing is.
pub(super) fn vendor(name: &str) -> Option<&'static Vendor> {
    VENDORS.iter().find(|vendor| vendor.name == name)
}

/// Where a column is found. Names are compared as [`key`] makes them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pick {
    /// By its name.
    Named(&'static str),
    /// The first of several names that is there.
    OneOf(&'static [&'static str]),
    /// The first whose name begins so.
    Starting(&'static str),
    /// By its place, from 0.
    At(usize),
    /// The layout has none.
    Absent,
}

/// What a stamp means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marks {
    /// The bar's start.
    Start,
    /// The bar's start, in UTC even where the text does not say so.
    StartUtc,
    /// The bar's end; where it is midnight UTC, of the day before.
    EndUtc,
    /// The bar's end.
    End,
    /// The layout does not tell.
    Unknown,
}

/// How a layout writes its numbers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Numbers {
    /// As the whole file tells.
    FromFile,
    /// So.
    Are(Notation),
}

/// One vendor's way to write a file.
pub(super) struct Layout {
    /// What it is called in reports.
    pub(super) title: &'static str,
    /// The vendor it gives away; `plain` where the header tells none.
    pub(super) vendor: &'static str,
    /// Whether the file has no names of columns.
    pub(super) bare: bool,
    /// Whether a file is of this layout.
    pub(super) fits: fn(&Head<'_>) -> bool,
    pub(super) stamp: Pick,
    /// The time of day, where it has a column of its own.
    pub(super) clock: Pick,
    /// The time at which the bar ended, where it is written.
    pub(super) end: Pick,
    pub(super) open: Pick,
    pub(super) high: Pick,
    pub(super) low: Pick,
    pub(super) close: Pick,
    pub(super) volume: Pick,
    /// Volume in the quote currency: not kept, but it shows whether the two were swapped.
    pub(super) quote_volume: Pick,
    /// The close adjusted for dividends too, beside the close: not kept, but it shows where adjustment changes.
    pub(super) adjusted: Pick,
    pub(super) symbol: Pick,
    /// The date on which the row's value was released.
    pub(super) released: Pick,
    /// How dates may be written.
    pub(super) formats: &'static [Format],
    pub(super) marks: Marks,
    /// The zone of times without an offset, where the vendor says it.
    pub(super) zone: Option<&'static str>,
    pub(super) numbers: Numbers,
    /// What the layout itself says of adjustment; one of [`ADJUSTMENTS`].
    pub(super) adjustment: &'static str,
    /// Whether `.` and an empty cell are a missing value rather than a fault.
    pub(super) gaps: bool,
}

impl Layout {
    /// Whether the closes stand under a name of their own, and not under the series'.
    pub(super) fn close_is_named(&self) -> bool {
        matches!(self.close, Pick::Named(_))
    }
}

/// What a layout is recognised by: the lines above the header, the header, the rows, the file's name.
pub(super) struct Head<'a> {
    pub(super) table: &'a Table,
    /// Column names as they are written.
    pub(super) columns: &'a [String],
    /// The same as [`key`] makes them.
    keys: Vec<String>,
    pub(super) name: &'a FileName,
}

impl<'a> Head<'a> {
    pub(super) fn new(table: &'a Table, name: &'a FileName) -> Self {
        let keys = table.header.names.iter().map(|column| key(column)).collect();
        Self { table, columns: &table.header.names, keys, name }
    }

    /// Whether all of `columns` are there.
    pub(super) fn has(&self, columns: &[&str]) -> bool {
        columns.iter().all(|wanted| self.keys.iter().any(|column| column == wanted))
    }

    /// Whether the first columns are these, in this order.
    pub(super) fn begins(&self, columns: &[&str]) -> bool {
        self.keys.len() >= columns.len()
            && self.keys.iter().zip(columns).all(|(column, wanted)| column == wanted)
    }

    /// Whether the first columns are written exactly so.
    pub(super) fn written(&self, columns: &[&str]) -> bool {
        self.columns.len() >= columns.len()
            && self.columns.iter().zip(columns).all(|(column, wanted)| column == wanted)
    }

    /// Whether the first line above the header begins with `notice`.
    pub(super) fn starts_with(&self, notice: &str) -> bool {
        self.table.preamble.first().is_some_and(|line| line.starts_with(notice))
    }

    /// Whether a line above the header holds `word`.
    pub(super) fn mentions(&self, word: &str) -> bool {
        self.table.preamble.iter().any(|line| line.to_lowercase().contains(word))
    }

    /// Whether a file without names has so many columns.
    pub(super) fn bare(&self, width: usize) -> bool {
        self.table.header.bare && self.columns.len() == width
    }

    /// The first row's cell in column `at`.
    pub(super) fn cell(&self, at: usize) -> &'a str {
        self.table.first_row().cell(at)
    }

    /// The unit of the epoch in the first cell, in microseconds; `None` where it holds none.
    pub(super) fn epoch(&self) -> Option<i64> {
        Format::Epoch.parse(self.cell(0)).map(|stamp| stamp.unit)
    }

    /// Whether in every row the columns hold an open, a high, a low and a close: nothing above the high, nothing below
    /// the low. Cells that are no numbers tell nothing.
    pub(super) fn bars_in(&self, [open, high, low, close]: [usize; 4]) -> bool {
        let holds = |row: Row<'_>| {
            let read = |at: usize| row.cell(at).parse::<f64>().ok();
            match (read(open), read(high), read(low), read(close)) {
                (Some(open), Some(high), Some(low), Some(close)) => {
                    high >= open.max(close).max(low) && low <= open.min(close)
                }
                _ => true,
            }
        };
        self.table.rows().all(holds)
    }

    /// The place of a column; `None` where the file has none.
    pub(super) fn find(&self, pick: Pick) -> Option<usize> {
        let place = |name: &str| self.keys.iter().position(|column| column == name);
        match pick {
            Pick::Named(name) => place(name),
            Pick::OneOf(names) => names.iter().find_map(|name| place(name)),
            Pick::Starting(start) => self.keys.iter().position(|column| column.starts_with(start)),
            Pick::At(index) => (index < self.keys.len()).then_some(index),
            Pick::Absent => None,
        }
    }

    /// A name that is there twice, and the second one's place from 1.
    pub(super) fn twice(&self) -> Option<(&str, usize)> {
        let mut seen = HashSet::with_capacity(self.keys.len());
        let at = self.keys.iter().position(|column| !seen.insert(column))?;
        Some((self.columns[at].as_str(), at + 1))
    }
}

/// Where each column of a file stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) stamp: usize,
    pub(super) clock: Option<usize>,
    pub(super) end: Option<usize>,
    pub(super) open: Option<usize>,
    pub(super) high: Option<usize>,
    pub(super) low: Option<usize>,
    pub(super) close: usize,
    pub(super) volume: Option<usize>,
    pub(super) quote_volume: Option<usize>,
    pub(super) adjusted: Option<usize>,
    pub(super) symbol: Option<usize>,
    pub(super) released: Option<usize>,
}

impl Columns {
    /// Where the columns of `layout` stand; `None` where the date or the close is missing.
    pub(super) fn of(layout: &Layout, head: &Head<'_>) -> Option<Self> {
        let stamp = head.find(layout.stamp)?;
        Some(Self {
            stamp,
            clock: head.find(layout.clock).filter(|clock| *clock != stamp),
            end: head.find(layout.end),
            open: head.find(layout.open),
            high: head.find(layout.high),
            low: head.find(layout.low),
            close: head.find(layout.close)?,
            volume: head.find(layout.volume),
            quote_volume: head.find(layout.quote_volume),
            adjusted: head.find(layout.adjusted),
            symbol: head.find(layout.symbol),
            released: head.find(layout.released),
        })
    }

    /// The places of all of them, in order.
    pub(super) fn places(&self) -> Vec<usize> {
        let Self {
            stamp,
            clock,
            end,
            open,
            high,
            low,
            close,
            volume,
            quote_volume,
            adjusted,
            symbol,
            released,
        } = *self;
        let others = [clock, end, open, high, low, volume, quote_volume, adjusted, symbol, released];
        let mut places: Vec<usize> = others.into_iter().flatten().chain([stamp, close]).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The same columns in a table that has those at `places` alone; all of them are among these.
    pub(super) fn among(&self, places: &[usize]) -> Self {
        let at = |place: usize| places.partition_point(|other| *other < place);
        let of = |place: Option<usize>| place.map(at);
        Self {
            stamp: at(self.stamp),
            clock: of(self.clock),
            end: of(self.end),
            open: of(self.open),
            high: of(self.high),
            low: of(self.low),
            close: at(self.close),
            volume: of(self.volume),
            quote_volume: of(self.quote_volume),
            adjusted: of(self.adjusted),
            symbol: of(self.symbol),
            released: of(self.released),
        }
    }

    /// The columns that hold prices.
    pub(super) fn prices(&self) -> impl Iterator<Item = usize> + Clone {
        [self.open, self.high, self.low, Some(self.close)].into_iter().flatten()
    }
}
