//! Reading the closes the sample runs through.

use crate::base::calendar::Date;
use crate::base::diagnostic::{Diagnostic, Result, Source};

use super::markets::{MARKETS, Market};

const HEADER: &str = "date,symbol,close,why";

/// What a close is among its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// The highest close of its surroundings.
    Peak,
    /// The lowest close of its surroundings.
    Trough,
    /// Neither.
    None,
}

/// A date's public close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) date: Date,
    /// The close, in cents.
    pub(super) cents: i64,
    pub(super) turn: Turn,
}

/// Every market's anchors by date, at least two, in the order of [`MARKETS`].
#[derive(Debug)]
pub(super) struct Anchors(Vec<Vec<Anchor>>);

impl Anchors {
    /// Reads `date,symbol,close,why` rows.
    pub(super) fn read(text: &str) -> Result<Self> {
        let source = Source::new("anchors.csv", text);
        let mut found: Vec<Vec<Anchor>> = MARKETS.iter().map(|_| Vec::new()).collect();
        let mut start = 0;
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let span = start..start + line.trim_end().len();
            start += line.len();
            let wrong =
                |label: &str| Diagnostic::new("the anchors cannot be read").at(&source, span.clone(), label);
            let line = line.trim_end();
            if number == 0 {
                if line != HEADER {
                    return Err(wrong("not the header").hint(format!("the first line is `{HEADER}`")).into());
                }
                continue;
            }
            let (place, anchor) = row(line).map_err(&wrong)?;
            if found[place].last().is_some_and(|last| last.date >= anchor.date) {
                return Err(wrong("not after the symbol's row before").into());
            }
            found[place].push(anchor);
        }
        for (market, anchors) in MARKETS.iter().zip(&found) {
            if anchors.len() < 2 {
                let title = format!("the anchors hold fewer than two rows of {}", market.symbol);
                return Err(Diagnostic::new(title).into());
            }
        }
        Ok(Self(found))
    }

    /// Each market with its anchors.
    pub(super) fn by_market(&self) -> impl Iterator<Item = (&'static Market, &[Anchor])> {
        MARKETS.iter().zip(self.0.iter().map(Vec::as_slice))
    }
}

/// One row: the market's place in the list and its anchor, or what is wrong.
fn row(line: &str) -> std::result::Result<(usize, Anchor), &'static str> {
    let fields: Vec<&str> = line.split(',').collect();
    let &[date, symbol, close, why] = fields.as_slice() else {
        return Err("not four fields");
    };
    let date: Date = date.parse().map_err(|_| "not a date")?;
    let place =
        MARKETS.iter().position(|market| market.symbol == symbol).ok_or("not a market of the sample")?;
    if !MARKETS[place].session.is_trading_day(date) {
        return Err("not a trading day of this market");
    }
    let cents = cents(close).ok_or("not a price in whole cents")?;
    let turn = match why {
        "peak" | "year's last record close" => Turn::Peak,
        "trough" => Turn::Trough,
        _ => Turn::None,
    };
    Ok((place, Anchor { date, cents, turn }))
}

/// `12.34` as 1234; `None` unless positive with two decimals.
fn cents(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if part.len() != 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let cents = whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(part.parse().ok()?)?;
    (cents > 0).then_some(cents)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn prices_are_whole_cents() {
        assert_eq!(cents("457.33"), Some(45_733));
        assert_eq!(cents("0.07"), Some(7));
        for wrong in ["", "1", "1.5", "1.555", "-1.00", "0.00", ".50", "1e2.00", "99999999999999999999.00"] {
            assert_eq!(cents(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn wrong_rows_are_pointed_at() {
        let read = |row: &str| Anchors::read(&format!("{HEADER}\n{row}\n")).unwrap_err().to_string();
        insta::assert_snapshot!(read("2014-09-20,IWM,114.73,first"), @r"
        error: the anchors cannot be read
         --> anchors.csv:2:1
          |
        2 | 2014-09-20,IWM,114.73,first
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^ not a trading day of this market
        ");
        for (row, told) in [
            ("2014-09-17,IWM,114.73", "not four fields"),
            ("2014-13-17,IWM,114.73,first", "not a date"),
            ("2014-09-17,XYZ,114.73,first", "not a market of the sample"),
            ("2014-09-17,IWM,114.7,first", "not a price in whole cents"),
            ("2014-09-18,IWM,114.70,first\n2014-09-17,IWM,114.73,peak", "not after the symbol's row before"),
            ("2014-09-17,IWM,114.73,first", "fewer than two rows of SPY"),
        ] {
            assert!(read(row).contains(told), "{row}: {}", read(row));
        }
        assert!(Anchors::read("").unwrap_err().to_string().contains("fewer than two rows"));
        assert!(Anchors::read("date,close\n").unwrap_err().to_string().contains("not the header"));
    }
}
