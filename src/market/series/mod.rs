//! What did each market look like, as of this instant?
//!
//! A [`Series`] is one market's own bars. A [`Panel`] puts several beside each other on the clock of the
//! traded market, so that at each decision only rows that were known by then can be seen.

mod pairs;
mod panel;

pub use pairs::Pairs;
pub use panel::{Frame, Panel, View};

use std::sync::Arc;

use crate::base::calendar::{Instant, Label, LabelKind, Session};
use crate::base::diagnostic::{Diagnostic, Result};

/// One column of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// First price of the bar.
    Open,
    /// Highest price of the bar.
    High,
    /// Lowest price of the bar.
    Low,
    /// Last price of the bar, or a macro series' value.
    Close,
    /// Units traded during the bar, as the vendor counts them.
    Volume,
}

impl Field {
    /// Every column, in the order in which they are written.
    pub const ALL: [Self; 5] = [Self::Open, Self::High, Self::Low, Self::Close, Self::Volume];

    /// The name used in rules, tables and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
        }
    }
}

/// Where a series came from; printed with every result made from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The market's symbol, as in `IWM` or `BTC-USD`.
    pub symbol: String,
    /// The vendor whose layout the file had, as in `yahoo`; `simulated` for the embedded sample.
    pub vendor: String,
    /// The bar length where it is not a day, as in `4h`; published values have none.
    pub bar: Option<String>,
    /// Base name of the source file.
    pub file: String,
    /// BLAKE3 of the source file's bytes, in hexadecimal.
    pub hash: String,
    /// What is known of splits and dividends in the prices: `split`, `split-and-dividend`, `none`, `unknown`.
    pub adjustment: String,
    /// Whether the days of this series were made up by the sample generator.
    pub simulated: bool,
}

impl Provenance {
    /// `SYMBOL@vendor`; with the bar length where it is not a day, as in `BTCUSDT@binance/4h`.
    pub fn full_name(&self) -> String {
        match &self.bar {
            Some(bar) => format!("{}@{}/{bar}", self.symbol, self.vendor),
            None => format!("{}@{}", self.symbol, self.vendor),
        }
    }

    /// How many hours the bar length of the name means; `None` where the name has none.
    fn bar_hours(&self) -> Option<f64> {
        let bar = self.bar.as_deref()?;
        let (number, unit) = bar.split_at(bar.find(|c: char| !c.is_ascii_digit())?);
        let hours = match unit {
            "w" => 7.0 * 24.0,
            "d" => 24.0,
            "h" => 1.0,
            "m" => 1.0 / 60.0,
            "s" => 1.0 / 3600.0,
            _ => return None,
        };
        number.parse::<f64>().ok().map(|number| number * hours)
    }
}

/// The rows of one bar column set, before they are checked. Columns that the vendor does not give are empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// The label of each row, in [`Label::micros`].
    pub labels: Vec<i64>,
    /// When each bar's first price was made.
    pub opens_at: Vec<i64>,
    /// When the whole bar was known.
    pub known_at: Vec<i64>,
    /// Open prices, or empty.
    pub open: Vec<f64>,
    /// High prices, or empty.
    pub high: Vec<f64>,
    /// Low prices, or empty.
    pub low: Vec<f64>,
    /// Close prices, or a macro series' values.
    pub close: Vec<f64>,
    /// Volumes, or empty.
    pub volume: Vec<f64>,
}

/// The rows of a series, borrowed: columns as in [`Rows`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowsView<'a> {
    /// As [`Rows::labels`].
    pub labels: &'a [i64],
    /// As [`Rows::opens_at`].
    pub opens_at: &'a [i64],
    /// As [`Rows::known_at`].
    pub known_at: &'a [i64],
    /// As [`Rows::open`].
    pub open: &'a [f64],
    /// As [`Rows::high`].
    pub high: &'a [f64],
    /// As [`Rows::low`].
    pub low: &'a [f64],
    /// As [`Rows::close`].
    pub close: &'a [f64],
    /// As [`Rows::volume`].
    pub volume: &'a [f64],
}

/// One market's bars, oldest first. A part of its history shares the columns of the whole.
///
/// All columns have one value per row or, where the vendor gives none, no value at all. Prices are finite;
/// `close` is always there. Labels and `known_at` strictly increase; `opens_at <= known_at`.
#[derive(Debug, Clone)]
pub struct Series {
    provenance: Provenance,
    session: Session,
    label_kind: LabelKind,
    stale_after_days: f64,
    rows: Arc<Rows>,
    /// How many of the rows there are: fewer than all in a part of the history.
    len: usize,
}

impl PartialEq for Series {
    fn eq(&self, other: &Self) -> bool {
        let facts = |series: &Self| (series.label_kind, series.stale_after_days.to_bits());
        self.provenance == other.provenance
            && self.session == other.session
            && facts(self) == facts(other)
            && self.rows() == other.rows()
    }
}

impl Series {
    /// Takes rows that are in order.
    ///
    /// # Errors
    /// Where the columns' lengths differ, the series is empty, labels or `known_at` do not strictly increase, or a
    /// time lies outside of the calendar. Vendors' files are checked with better messages before they come here.
    pub fn new(
        provenance: Provenance,
        session: Session,
        label_kind: LabelKind,
        stale_after_days: f64,
        rows: Rows,
    ) -> Result<Self> {
        let n = rows.close.len();
        let broken =
            |what: &str| Err(Diagnostic::new(format!("series {}: {what}", provenance.full_name())).into());
        if n == 0 {
            return broken("no rows");
        }
        if rows.labels.len() != n || rows.opens_at.len() != n || rows.known_at.len() != n {
            return broken("columns of different lengths");
        }
        for column in [&rows.open, &rows.high, &rows.low, &rows.volume] {
            if !column.is_empty() && column.len() != n {
                return broken("columns of different lengths");
            }
        }
        if rows.labels.windows(2).any(|w| w[0] >= w[1]) || rows.known_at.windows(2).any(|w| w[0] >= w[1]) {
            return broken("rows out of order");
        }
        if rows.opens_at.iter().zip(&rows.known_at).any(|(open, known)| open > known) {
            return broken("a bar is known before it opens");
        }
        let outside = |micros: &i64| !Instant::from_micros(*micros).is_in_calendar();
        if [&rows.labels, &rows.opens_at, &rows.known_at].into_iter().flatten().any(outside) {
            return broken("a time outside of the calendar");
        }
        if rows.close.iter().any(|price| !price.is_finite()) {
            return broken("a close that is not a number");
        }
        let others = [&rows.open, &rows.high, &rows.low, &rows.volume];
        if others.into_iter().flatten().any(|value| value.is_infinite()) {
            return broken("a price or volume that is infinite");
        }
        // Labels and what is known are in order, so their ends tell; a bar opens before it is known.
        let ends = [rows.labels[0], rows.labels[n - 1], rows.known_at[n - 1]];
        let earliest = rows.opens_at.iter().copied().min().unwrap_or(0);
        if ends.into_iter().chain([earliest]).any(|micros| !Instant::from_micros(micros).is_in_calendar()) {
            return broken("a time outside of the calendar");
        }
        Ok(Self { provenance, session, label_kind, stale_after_days, rows: Arc::new(rows), len: n })
    }

    /// Where the series came from.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// The market's session kind.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// How the bars are labelled.
    pub fn label_kind(&self) -> LabelKind {
        self.label_kind
    }

    /// The age in days (decision minus `known_at`) above which a row counts as missing.
    pub fn stale_after_days(&self) -> f64 {
        self.stale_after_days
    }

    /// How many hours a bar usually lasts, nights and weekends included: as its name says, else a day or, where bars are
    /// labelled with times, as long as the first one.
    pub fn bar_hours(&self) -> f64 {
        self.provenance.bar_hours().unwrap_or_else(|| match self.label_kind {
            LabelKind::Date => 24.0,
            LabelKind::Time => 24.0 * self.known_at(0).days_since(self.opens_at(0)),
        })
    }

    /// The same series with another age limit.
    #[must_use]
    pub fn with_stale_after(mut self, days: f64) -> Self {
        self.stale_after_days = days;
        self
    }

    /// Number of bars, at least 1.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Never true: a series has at least one bar.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The raw rows.
    pub fn rows(&self) -> RowsView<'_> {
        self.rows.first(self.len)
    }

    /// The label of bar `row` (from 0).
    pub fn label(&self, row: usize) -> Label {
        Label::from_micros(self.rows().labels[row], self.label_kind)
    }

    /// When bar `row` opened.
    pub fn opens_at(&self, row: usize) -> Instant {
        Instant::from_micros(self.rows().opens_at[row])
    }

    /// When bar `row` was known.
    pub fn known_at(&self, row: usize) -> Instant {
        Instant::from_micros(self.rows().known_at[row])
    }

    /// A column, one value per bar; `None` where the vendor gives none.
    pub fn column(&self, field: Field) -> Option<&[f64]> {
        let column = match field {
            Field::Open => &self.rows.open,
            Field::High => &self.rows.high,
            Field::Low => &self.rows.low,
            Field::Close => &self.rows.close,
            Field::Volume => &self.rows.volume,
        };
        (!column.is_empty()).then(|| &column[..self.len])
    }

    /// The closes, one per bar.
    pub fn close(&self) -> &[f64] {
        &self.rows.close[..self.len]
    }

    /// The series as it was known at `instant`; `None` where nothing was known by then. No row is copied, and
    /// none behind them can be read.
    pub fn known_by(&self, instant: Instant) -> Option<Self> {
        let n = self.rows().known_at.partition_point(|&known| known <= instant.micros());
        (n > 0).then(|| Self { len: n, ..self.clone() })
    }
}

impl RowsView<'_> {
    /// A copy of all rows.
    #[must_use]
    pub fn to_rows(&self) -> Rows {
        self.slice(0..self.close.len())
    }

    /// A copy of the rows `range`, which must lie within.
    #[must_use]
    pub fn slice(&self, range: std::ops::Range<usize>) -> Rows {
        let cut = |column: &[f64]| column.get(range.clone()).unwrap_or_default().to_vec();
        Rows {
            labels: self.labels[range.clone()].to_vec(),
            opens_at: self.opens_at[range.clone()].to_vec(),
            known_at: self.known_at[range.clone()].to_vec(),
            open: cut(self.open),
            high: cut(self.high),
            low: cut(self.low),
            close: cut(self.close),
            volume: cut(self.volume),
        }
    }
}

impl Rows {
    /// The first `n` rows, of which there are so many at least.
    pub fn first(&self, n: usize) -> RowsView<'_> {
        // A column that the vendor does not give is empty.
        let head = |column: &[f64]| column.len().min(n);
        RowsView {
            labels: &self.labels[..n],
            opens_at: &self.opens_at[..n],
            known_at: &self.known_at[..n],
            open: &self.open[..head(&self.open)],
            high: &self.high[..head(&self.high)],
            low: &self.low[..head(&self.low)],
            close: &self.close[..n],
            volume: &self.volume[..head(&self.volume)],
        }
    }

    /// These rows with those of `later`, which has the same columns, behind them.
    #[must_use]
    pub fn then(mut self, later: RowsView<'_>) -> Self {
        for (column, more) in [
            (&mut self.labels, later.labels),
            (&mut self.opens_at, later.opens_at),
            (&mut self.known_at, later.known_at),
        ] {
            column.extend_from_slice(more);
        }
        for (column, more) in [
            (&mut self.open, later.open),
            (&mut self.high, later.high),
            (&mut self.low, later.low),
            (&mut self.close, later.close),
            (&mut self.volume, later.volume),
        ] {
            column.extend_from_slice(more);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::panel::tests::{coded, days};
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_part_of_a_history_shares_the_columns_and_ends_where_it_ends() {
        let days = days(&Session::Crypto, date(2024, 1, 1), date(2024, 1, 31));
        let whole = coded("BTC", &Session::Crypto, 1.0, &days);
        let part = whole.known_by(whole.known_at(9)).expect("ten bars");
        assert!(Arc::ptr_eq(&whole.rows, &part.rows));
        assert_eq!((part.len(), part.close().len(), part.rows().labels.len()), (10, 10, 10));
        assert_eq!(part.rows().to_rows(), whole.rows().slice(0..10));
        assert_eq!(part, coded("BTC", &Session::Crypto, 1.0, &days[..10]));
        assert!(whole.known_by(Instant::from_micros(0)).is_none());
    }

    #[test]
    fn times_outside_of_the_calendar_are_refused() {
        let days = days(&Session::Crypto, date(2024, 1, 1), date(2024, 1, 3));
        let whole = coded("BTC", &Session::Crypto, 1.0, &days);
        let with = |change: fn(&mut Rows)| {
            let mut rows = whole.rows().to_rows();
            change(&mut rows);
            Series::new(whole.provenance().clone(), Session::Crypto, LabelKind::Date, 1.0, rows)
        };
        assert!(with(|_| {}).is_ok());
        let changes: [fn(&mut Rows); 4] = [
            |rows| rows.labels[0] = i64::MIN,
            |rows| rows.labels[2] = i64::MAX,
            |rows| rows.opens_at[1] = i64::MIN,
            |rows| rows.known_at[2] = i64::MAX,
        ];
        for change in changes {
            assert!(with(change).unwrap_err().to_string().contains("outside of the calendar"));
        }
    }

    #[test]
    #[should_panic(expected = "index out of bounds")]
    fn nothing_behind_the_end_can_be_read() {
        let days = days(&Session::Crypto, date(2024, 1, 1), date(2024, 1, 31));
        let whole = coded("BTC", &Session::Crypto, 1.0, &days);
        let _ = whole.known_by(whole.known_at(9)).expect("ten bars").label(10);
    }
}
