//! Everyday names of markets: which symbols may `russell` mean, best first?
//!
//! The shipped table stands here; a user's own names stand in `aliases.toml` in the store and go first.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::base::diagnostic::{Diagnostic, Failure, Result, Source};
use crate::base::file::{LARGEST_TEXT, read_text};

/// Names and the symbols they may mean, the one to prefer first. The index stands before the fund that follows it.
const SHIPPED: &[(&[&str], &[&str])] = &[
    (&["russell", "russell 2000", "small caps", "small cap"], &["RUT", "^RUT", "IWM", "VTWO"]),
    (&["btc", "bitcoin"], &["BTC-USD", "BTCUSDT", "BTCUSD", "XBTUSD", "BTC-USDT"]),
    (&["eth", "ether", "ethereum"], &["ETH-USD", "ETHUSDT", "ETHUSD", "ETH-USDT"]),
    (&["s&p", "s&p 500", "sp500", "spx"], &["^GSPC", "SPX", "^SPX", "SPY", "VOO"]),
    (&["nasdaq", "nasdaq 100"], &["^NDX", "NDX", "QQQ"]),
    (&["dow", "dow jones"], &["^DJI", "DJI", "DIA"]),
    (&["gold"], &["GLD", "XAUUSD", "GC=F"]),
    (&["silver"], &["SLV", "XAGUSD", "SI=F"]),
    (&["vix"], &["^VIX", "VIX"]),
    (&["long bonds", "bonds", "treasuries", "long treasuries"], &["TLT"]),
    (&["fed balance sheet", "balance sheet"], &["WALCL"]),
    (&["fed funds", "fed funds rate"], &["DFF"]),
    (&["t bills", "treasury bills"], &["DTB3"]),
];

/// Lower case, with `-`, `_` and runs of blanks as one blank, so that `Nasdaq-100` is `nasdaq 100`.
fn normal(name: &str) -> String {
    let spaced = name.to_lowercase().replace(['-', '_'], " ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The symbols that the shipped table lets `alias` mean, the one to prefer first.
pub fn candidates(alias: &str) -> Option<&'static [&'static str]> {
    let wanted = normal(alias);
    SHIPPED.iter().find(|(names, _)| names.contains(&wanted.as_str())).map(|(_, symbols)| *symbols)
}

/// Every name of the shipped table, for hints and help.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().flat_map(|(names, _)| names.iter().copied())
}

/// A user's own names, from `aliases.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct UserAliases {
    symbols: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl UserAliases {
    /// Reads `path`; no file means no names.
    ///
    /// # Errors
    /// Where the file cannot be read, or is not a table of names with a symbol or a list of symbols each.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = match read_text(path, LARGEST_TEXT) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::io("read", path, &error)),
        };
        Self::parse(&Source::new(path.display().to_string(), text))
    }

    fn parse(source: &Source) -> Result<Self> {
        let table: BTreeMap<String, OneOrMany> = toml::from_str(&source.text).map_err(|error| {
            Diagnostic::new("the names in `aliases.toml` cannot be read")
                .at(source, error.span().unwrap_or(0..0), error.message())
                .hint("write each name as `russell = \"IWM\"` or `\"small caps\" = [\"RUT\", \"IWM\"]`")
        })?;
        let symbols = table
            .into_iter()
            .map(|(name, meant)| match meant {
                OneOrMany::One(symbol) => (normal(&name), vec![symbol]),
                OneOrMany::Many(symbols) => (normal(&name), symbols),
            })
            .collect();
        Ok(Self { symbols })
    }

    /// The symbols the user lets `alias` mean.
    pub(super) fn candidates(&self, alias: &str) -> Option<Vec<&str>> {
        self.symbols.get(&normal(alias)).map(|symbols| symbols.iter().map(String::as_str).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_found_however_they_are_written() {
        assert_eq!(candidates("Russell").unwrap(), ["RUT", "^RUT", "IWM", "VTWO"]);
        assert_eq!(candidates("NASDAQ-100"), candidates("nasdaq"));
        assert_eq!(candidates(" S&P  500 "), candidates("spx"));
        assert_eq!(candidates("t-bills").unwrap(), ["DTB3"]);
        assert_eq!(candidates("tulips"), None);
    }

    #[test]
    fn no_name_stands_for_two_markets() {
        let unique: BTreeSet<String> = names().map(normal).collect();
        assert_eq!(unique.len(), names().count());
        assert!(names().all(|name| normal(name) == name), "names are written in the form they are looked up");
    }

    #[test]
    fn users_name_one_symbol_or_several() {
        let source = Source::new(
            "aliases.toml",
            "russell = \"IWM\"\n\"My Coin\" = [\"BTC-USD\", \"BTCUSDT@binance\"]\n",
        );
        let aliases = UserAliases::parse(&source).unwrap();
        assert_eq!(aliases.candidates("RUSSELL").unwrap(), ["IWM"]);
        assert_eq!(aliases.candidates("my coin").unwrap(), ["BTC-USD", "BTCUSDT@binance"]);
        assert_eq!(aliases.candidates("gold"), None);
    }

    #[test]
    fn a_slip_in_the_file_is_pointed_at() {
        let failure =
            UserAliases::parse(&Source::new("aliases.toml", "russell = \"IWM\"\ngold = 3\n")).unwrap_err();
        assert_eq!(failure.diagnostics()[0].line_and_column().unwrap().0, 2);
    }
}
