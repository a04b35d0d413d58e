//! What a symbol and a file's name say about a market.

use std::path::Path;

use crate::base::diagnostic::{Diagnostic, Result};

/// Kinds of markets that a symbol alone can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Traded every day around the clock, as in `BTC-USD`.
    Crypto,
    /// An index of US stocks, as in `^RUT`: levels, nothing to adjust for.
    Index,
    /// A Cboe volatility index, as in `^VIX`.
    Volatility,
    /// A fund listed in New York that many strategies name, as in `IWM`.
    Fund,
}

const QUOTES: &[&str] = &["USDT", "USDC", "BUSD", "USD", "EUR", "GBP", "BTC", "ETH"];
const COINS: &[&str] = &[
    "ADA", "AVAX", "BCH", "BNB", "BTC", "DASH", "DOGE", "DOT", "EOS", "ETC", "ETH", "LINK", "LTC", "MATIC",
    "SHIB", "SOL", "TRX", "UNI", "XBT", "XLM", "XMR", "XRP", "ZEC",
];
const INDICES: &[&str] = &[
    "DJI", "DJT", "DJU", "GSPC", "IXIC", "MID", "NDX", "NYA", "OEX", "RUA", "RUI", "RUT", "SOX", "SP500",
    "SPX", "W5000", "XAX",
];
const VOLATILITIES: &[&str] =
    &["GVZ", "OVX", "RVX", "SKEW", "VIX", "VIX1D", "VIX3M", "VIX6M", "VIX9D", "VVIX", "VXN"];
const FUNDS: &[&str] = &[
    "AGG", "DIA", "EEM", "EFA", "GLD", "HYG", "IEF", "IJH", "IJR", "IWB", "IWM", "IWO", "IWN", "LQD", "MDY",
    "QQQ", "SHY", "SLV", "SPY", "TLT", "USO", "VOO", "VTI", "VTWO",
];

/// The kind of market `symbol` is known to be, or `None`.
pub(super) fn kind(symbol: &str) -> Option<Kind> {
    let bare = symbol.strip_prefix('^').unwrap_or(symbol);
    if VOLATILITIES.contains(&bare) {
        return Some(Kind::Volatility);
    }
    if INDICES.contains(&bare) {
        return Some(Kind::Index);
    }
    if FUNDS.contains(&symbol) {
        return Some(Kind::Fund);
    }
    is_pair(symbol).then_some(Kind::Crypto)
}

fn is_pair(symbol: &str) -> bool {
    if let Some((base, quote)) = symbol.split_once('-') {
        return !base.is_empty() && QUOTES.contains(&quote);
    }
    QUOTES.iter().filter_map(|quote| symbol.strip_suffix(quote)).any(|base| COINS.contains(&base))
        || symbol.strip_suffix("USDT").is_some_and(|base| base.len() >= 2)
}

/// Whether `symbol` has the form of a stock or fund listed in the US: one to five letters, perhaps a class.
pub(super) fn looks_us_listed(symbol: &str) -> bool {
    let letters = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_uppercase());
    // After a point vendors write the country, as in `VOD.L`; classes stand after a dash, as in `BRK-B`.
    match symbol.split_once('-') {
        Some((root, class)) => letters(root) && root.len() <= 5 && letters(class) && class.len() == 1,
        None => letters(symbol) && symbol.len() <= 5,
    }
}

/// Days after its date at whose UTC midnight a FRED series' value is out, for series whose release is well known.
///
/// The daily H.15 rates come out at 16:15 New York on the next business day: the value of a Friday before a
/// Monday holiday on Tuesday evening UTC, so the fifth midnight is the first that is always safe. The weekly
/// H.4.1 balance sheet of a Wednesday comes out at 16:30 New York on Thursday, on Friday where Thursday is a holiday.
pub(super) fn release_lag(symbol: &str) -> Option<u16> {
    const DAILY: &[&str] = &[
        "DFF", "DGS1", "DGS1MO", "DGS2", "DGS3", "DGS3MO", "DGS5", "DGS6MO", "DGS7", "DGS10", "DGS20",
        "DGS30", "DPRIME", "DTB1YR", "DTB3", "DTB4WK", "DTB6",
    ];
    const WEEKLY: &[&str] = &["TREAST", "WALCL", "WRESBAL", "WSHOMCB", "WSHOTSL"];
    if DAILY.contains(&symbol) {
        return Some(5);
    }
    WEEKLY.contains(&symbol).then_some(3)
}

/// A symbol in the form the store keeps: upper case, `BTC/USD` as `BTC-USD`.
///
/// # Errors
/// Where it holds characters that names of series cannot hold.
pub(super) fn normal(symbol: &str) -> Result<String> {
    let symbol = symbol.trim().to_uppercase().replace('/', "-");
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"^.-=_".contains(&byte);
    let bare = symbol.strip_prefix('^').unwrap_or(&symbol);
    let named = bare.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if named && symbol.len() <= 32 && symbol.bytes().all(allowed) {
        return Ok(symbol);
    }
    Err(Diagnostic::new(format!("`{symbol}` is not a symbol"))
        .detail("a symbol has up to 32 letters, digits and `^ . - = _`, as in `IWM`, `^RUT`, `BTC-USD`")
        .hint("name it with `--symbol S`")
        .into())
}

/// What the name of a file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct FileName {
    /// The symbol, where exactly one word is left without the bar length.
    pub(super) symbol: Option<String>,
    /// Whether the name has the form Stooq gives its downloads, as in `iwm_us_d`.
    pub(super) stooq: bool,
    /// Whether the name says that the market is listed in the US, as in `iwm_us_d`.
    pub(super) us_listed: bool,
    /// The folder the file lies in, in lower case.
    pub(super) folder: String,
}

impl FileName {
    /// Takes a path apart: `BTCUSDT_1d.csv` is BTCUSDT, `iwm_us_d.csv` IWM, `vix-daily.csv` VIX.
    pub(super) fn of(path: &Path) -> Self {
        let text = |part: Option<&std::ffi::OsStr>| {
            part.map_or_else(String::new, |part| part.to_string_lossy().into_owned())
        };
        let folder = text(path.parent().and_then(Path::file_name)).to_lowercase();
        let stem = text(path.file_stem());
        let mut words: Vec<&str> = stem.split('_').collect();
        let stooq = words.len() > 1 && words.last().is_some_and(|last| ["d", "w", "m"].contains(last));
        while words.len() > 1 && words.last().is_some_and(|last| is_description(last)) {
            words.pop();
        }
        let mut us_listed = false;
        if words.len() == 2 && words[1].eq_ignore_ascii_case("us") {
            us_listed = true;
            words.pop();
        }
        let symbol = match words.as_slice() {
            [word] => {
                let bare = word.rsplit_once('-').filter(|(_, last)| is_description(last) && last.len() > 1);
                normal(bare.map_or(*word, |(head, _)| head)).ok()
            }
            _ => None,
        };
        Self { symbol, stooq, us_listed, folder }
    }
}

/// What is not the symbol: a bar length (`1d`, `4h`, `d`, `daily`) or a word like `history`.
fn is_description(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "d", "w", "m", "daily", "weekly", "monthly", "hourly", "day", "hour", "minute", "data", "history",
        "prices",
    ];
    let word = word.to_lowercase();
    if WORDS.contains(&word.as_str()) {
        return true;
    }
    let unit = word.trim_start_matches(|letter: char| letter.is_ascii_digit());
    unit.len() < word.len() && ["s", "m", "min", "h", "d", "w"].contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(path: &str) -> Option<String> {
        FileName::of(Path::new(path)).symbol
    }

    #[test]
    fn symbols_come_out_of_file_names() {
        for (path, expected) in [
            ("a/BTCUSDT_1d.csv", "BTCUSDT"),
            ("a/BTCUSDT_15m.csv", "BTCUSDT"),
            ("iwm_us_d.csv", "IWM"),
            ("vix-daily.csv", "VIX"),
            ("VIX_History.csv", "VIX"),
            ("IWM.csv", "IWM"),
            ("RUT_1h.csv", "RUT"),
            ("^RUT.csv", "^RUT"),
            ("BTC-USD.csv", "BTC-USD"),
            ("BRK-B.csv", "BRK-B"),
            ("d.csv", "D"),
        ] {
            assert_eq!(symbol(path).as_deref(), Some(expected), "{path}");
        }
        for path in ["Bitstamp_BTCUSD_d.csv", "Russell 2000 Futures Historical Data.csv", "", ".csv"] {
            assert_eq!(symbol(path), None, "{path}");
        }
    }

    #[test]
    fn names_tell_folder_and_listing() {
        let name = FileName::of(Path::new("/x/Stooq/iwm_us_d.csv"));
        assert_eq!((name.stooq, name.us_listed, name.folder.as_str()), (true, true, "stooq"));
        let name = FileName::of(Path::new("IWM.csv"));
        assert_eq!((name.stooq, name.us_listed, name.folder.as_str()), (false, false, ""));
    }

    #[test]
    fn kinds() {
        for (symbol, expected) in [
            ("BTC-USD", Some(Kind::Crypto)),
            ("BTCUSDT", Some(Kind::Crypto)),
            ("XBTUSD", Some(Kind::Crypto)),
            ("PEPEUSDT", Some(Kind::Crypto)),
            ("^RUT", Some(Kind::Index)),
            ("RUT", Some(Kind::Index)),
            ("^VIX", Some(Kind::Volatility)),
            ("IWM", Some(Kind::Fund)),
            ("BRK-B", None),
            ("^FTSE", None),
            ("USD", None),
            ("AUSD", None),
        ] {
            assert_eq!(kind(symbol), expected, "{symbol}");
        }
        assert!(looks_us_listed("BRK-B") && looks_us_listed("AAPL"));
        assert!(!looks_us_listed("VOD.L") && !looks_us_listed("GC=F") && !looks_us_listed("^FTSE"));
    }

    #[test]
    fn symbols_are_kept_in_one_form() {
        assert_eq!(normal(" btc/usd ").ok().as_deref(), Some("BTC-USD"));
        for wrong in ["", "a b", "IWM@yahoo", "../x", "^", "é"] {
            assert!(normal(wrong).is_err(), "{wrong}");
        }
    }
}
