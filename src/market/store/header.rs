//! The names of a file's columns: in one line, in the two or three that yfinance writes, or in none.

use super::cells::Row;
use super::symbols;
use crate::base::diagnostic::{Diagnostic, Result};
use crate::base::text::list;

/// So many rows may belong to a header, and one more may repeat it.
pub(super) const ROWS: usize = 4;

const DATES: &[&str] = &["date", "datetime"];
const PRICES: &[&str] =
    &["open", "high", "low", "close", "adjclose", "volume", "dividends", "stocksplits", "capitalgains"];

/// The names of the columns and what else stood in their lines.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// As they are written; numbers from 1 where the file has no names.
    pub(super) names: Vec<String>,
    /// Columns that were left where they are, by their places among all: nothing of them is needed.
    pub(super) unread: Vec<(usize, String)>,
    /// The file has no names.
    pub(super) bare: bool,
    /// The symbol in yfinance's row of tickers.
    pub(super) ticker: Option<String>,
    /// What was unusual, for the report.
    pub(super) facts: Vec<String>,
}

/// A name without what vendors vary: case, blanks, `_ - . / *`, brackets around and a number before it.
pub(super) fn key(name: &str) -> String {
    let name = name.trim();
    let numbered =
        name.split_once(". ").filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
    let name = numbered.map_or(name, |(_, rest)| rest);
    name.chars().filter(|letter| !" _-./*<>()%".contains(*letter)).flat_map(char::to_lowercase).collect()
}

/// The header in the first rows of a file, and how many of them it takes.
///
/// # Errors
/// Where yfinance's header names several markets.
pub(super) fn read(file: &str, rows: &[Row<'_>]) -> Result<(Header, usize)> {
    let Some(first) = rows.first() else { return Ok((Header::default(), 0)) };
    if is_bare(*first) {
        let names = (1..=first.width()).map(|number| number.to_string()).collect();
        return Ok((Header { names, bare: true, ..Header::default() }, 0));
    }
    let stacked = stacked(file, rows)?;
    let (mut header, mut taken) = stacked.unwrap_or_else(|| {
        (Header { names: first.cells().map(str::to_owned).collect(), ..Header::default() }, 1)
    });
    while rows.get(taken).is_some_and(|row| row.cells().eq(first.cells())) {
        header.facts.push(format!("the header stands again on line {}", rows[taken].line));
        taken += 1;
    }
    name_the_index(&mut header, rows.get(taken).copied());
    Ok((header, taken))
}

/// Whether a first row holds values: a date or a number first, and no word that could be a name.
fn is_bare(row: Row<'_>) -> bool {
    let value = |cell: &str| {
        cell.bytes().any(|byte| byte.is_ascii_digit())
            && cell.bytes().all(|byte| byte.is_ascii_digit() || b".-:/+TZ ".contains(&byte))
    };
    value(row.cell(0)) && (row.width() < 2 || value(row.cell(1)))
}

/// yfinance's header of several lines: `Price,Close,High`, `Ticker,IWM,IWM` in either order, and perhaps `Date,,`.
fn stacked(file: &str, rows: &[Row<'_>]) -> Result<Option<(Header, usize)>> {
    let [one, two, ..] = rows else { return Ok(None) };
    let Some((prices, tickers)) =
        [(one, two), (two, one)].into_iter().find(|(prices, tickers)| fit(**prices, **tickers))
    else {
        return Ok(None);
    };
    let third = rows
        .get(2)
        .filter(|row| DATES.contains(&key(row.cell(0)).as_str()) && row.cells().skip(1).all(str::is_empty));
    let mut symbols: Vec<&str> = tickers.cells().skip(1).filter(|cell| !cell.is_empty()).collect();
    symbols.sort_unstable();
    symbols.dedup();
    let [symbol] = symbols.as_slice() else {
        return Err(Diagnostic::new(format!("{file}: the header names {} markets", symbols.len()))
            .detail(format!("they are {}", list(&symbols)))
            .hint("one file holds one market: download each symbol into a file of its own")
            .into());
    };
    let mut names: Vec<String> = prices.cells().map(str::to_owned).collect();
    if !names.iter().any(|name| DATES.contains(&key(name).as_str())) {
        let date = third
            .map(|row| row.cell(0))
            .or_else(|| Some(tickers.cell(0)).filter(|cell| DATES.contains(&key(cell).as_str())));
        date.unwrap_or("Date").clone_into(&mut names[0]);
    }
    let taken = if third.is_some() { 3 } else { 2 };
    let facts = vec![format!("the header takes {taken} lines, with the ticker {symbol}")];
    let ticker = Some((*symbol).to_owned());
    Ok(Some((Header { names, ticker, facts, ..Header::default() }, taken)))
}

/// Whether one row names prices and the other a ticker over each of them.
fn fit(prices: Row<'_>, tickers: Row<'_>) -> bool {
    let keys: Vec<String> = prices.cells().map(key).collect();
    let is_price = |at: usize| PRICES.contains(&keys[at].as_str());
    let ticker = |at: usize| {
        let cell = tickers.cell(at);
        symbols::normal(cell).is_ok() && cell.parse::<f64>().is_err() && !PRICES.contains(&key(cell).as_str())
    };
    let above_dates = ["", "ticker", "price", "date", "datetime"].contains(&key(tickers.cell(0)).as_str());
    above_dates
        && keys.iter().any(|key| key == "close")
        && prices.width() == tickers.width()
        && (1..keys.len()).all(|at| {
            let date = keys[at].is_empty() || DATES.contains(&keys[at].as_str());
            if is_price(at) { ticker(at) } else { date && tickers.cell(at).is_empty() }
        })
}

/// A first column without a name is pandas' index: a count of rows beside a date column, else the dates.
fn name_the_index(header: &mut Header, row: Option<Row<'_>>) {
    let Some(first) = header.names.first() else { return };
    let unnamed = first.is_empty() || ["unnamed:0", "indexlevel0"].contains(&key(first).as_str());
    if !unnamed {
        return;
    }
    let dated = header.names[1..].iter().any(|name| {
        let key = key(name);
        key.contains("date") || key.contains("time")
    });
    let counts =
        row.is_some_and(|row| row.cell(0).len() < 8 && row.cell(0).bytes().all(|byte| byte.is_ascii_digit()));
    if dated || counts {
        "(row count)".clone_into(&mut header.names[0]);
    } else {
        "Date".clone_into(&mut header.names[0]);
        header.facts.push("the first column has no name and is taken for the date".to_owned());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::table::Table;
    use super::*;

    fn header(text: &str) -> String {
        let table = Table::read("x.csv", text).unwrap();
        let header = &table.header;
        format!("{} {} {}", header.names.join(","), header.ticker.as_deref().unwrap_or("-"), table.len())
    }

    #[test]
    fn yfinance_writes_one_to_three_lines() {
        for text in [
            "Price,Close,Volume\nTicker,IWM,IWM\nDate,,\n2024-01-02,1,2\n",
            "Ticker,IWM,IWM\nPrice,Close,Volume\nDate,,\n2024-01-02,1,2\n",
            "Date,Close,Volume\n,IWM,IWM\n2024-01-02,1,2\n",
            ",Close,Volume\nDate,IWM,IWM\n2024-01-02,1,2\n",
        ] {
            assert_eq!(header(text), "Date,Close,Volume IWM 1", "{text}");
        }
        assert_eq!(header("Date,Close\nDate,Close\n2024-01-02,1\n"), "Date,Close - 1");
        assert_eq!(header("Date,Close\n2024-01-02,x\n"), "Date,Close - 1");
        assert_eq!(header("Price,Close\nTicker,^RUT\nDatetime,\n2024-01-02,1\n"), "Datetime,Close ^RUT 1");
        assert_eq!(header("Price,Date,Close\nTicker,,A\n0,2024-01-02,1\n"), "Price,Date,Close A 1");
        let several = Table::read("x.csv", "Price,Close,Close\nTicker,IWM,QQQ\nDate,,\n2024-01-02,1,2\n");
        assert!(several.err().unwrap().to_string().contains("they are IWM, QQQ"));
    }

    #[test]
    fn an_index_and_a_missing_header_are_seen() {
        assert_eq!(header(",Date,Close\n0,2024-01-02,1\n"), "(row count),Date,Close - 1");
        assert_eq!(header(",Close\n2024-01-02,1\n"), "Date,Close - 1");
        assert_eq!(header("1364774820000,93.25,93.3\n"), "1,2,3 - 1");
        assert_eq!(header("2010.01.04,00:00,1.43\n"), "1,2,3 - 1");
        assert_eq!(header("1. open,Adj Close*\n1,2\n"), "1. open,Adj Close* - 1");
        assert_eq!(
            ["1. open", "<CLOSE>", "Adj_Close**", "Close/Last"].map(key),
            ["open", "close", "adjclose", "closelast"]
        );
    }
}
