//! What a symbol and a file's name say about a market.

use std::path::{Path, PathBuf};

use crate::base::diagnostic::{Diagnostic, Result};
use crate::base::text::quoted;

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
    const WEEKLY: &[&str] = &["TREAST", "WALCL", "WRESBAL", "WSHOBL", "WSHOMCB", "WSHOTSL"];
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
    form(symbol).ok_or_else(|| {
        Diagnostic::new(format!(
            "`{}` is not a symbol",
            quoted(&symbol.trim().to_uppercase().replace('/', "-"))
        ))
        .detail("a symbol has up to 32 letters, digits and `^ . - = _`, as in `IWM`, `^RUT`, `BTC-USD`")
        .hint("name it with `--symbol S`")
        .into()
    })
}

/// The longest symbol.
const LONGEST: usize = 32;

fn form(symbol: &str) -> Option<String> {
    let symbol = symbol.trim();
    if symbol.len() > LONGEST {
        return None;
    }
    let symbol = symbol.to_uppercase().replace('/', "-");
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"^.-=_".contains(&byte);
    let bare = symbol.strip_prefix('^').unwrap_or(&symbol);
    let named = bare.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    (named && symbol.bytes().all(allowed)).then_some(symbol)
}

/// A symbol without the `.US` that some vendors write after it, and whether it stood there.
///
/// # Errors
/// As [`normal`].
pub(super) fn listed(symbol: &str) -> Result<(String, bool)> {
    normal(symbol).map(without_country)
}

/// As [`listed`]; `None` where it is no symbol.
pub(super) fn listed_form(symbol: &str) -> Option<(String, bool)> {
    form(symbol).map(without_country)
}

fn without_country(symbol: String) -> (String, bool) {
    match symbol.strip_suffix(".US") {
        Some(bare) if !bare.is_empty() => (bare.to_owned(), true),
        _ => (symbol, false),
    }
}

/// The pair with the dollar of a coin that a file is named after: `BITCOIN` and `BTC` are `BTC-USD`.
pub(super) fn coin(name: &str) -> Option<String> {
    const NAMES: &[(&str, &str)] = &[
        ("BITCOIN", "BTC"),
        ("CARDANO", "ADA"),
        ("DOGECOIN", "DOGE"),
        ("ETHEREUM", "ETH"),
        ("LITECOIN", "LTC"),
        ("MONERO", "XMR"),
        ("RIPPLE", "XRP"),
        ("SOLANA", "SOL"),
    ];
    let short = NAMES.iter().find(|(long, _)| *long == name).map_or(name, |(_, short)| short);
    COINS.contains(&short).then(|| format!("{short}-USD"))
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
    /// Takes the first of several names of a file that tells a symbol; the first where none does.
    pub(super) fn first_of(paths: &[PathBuf]) -> Self {
        let mut names = paths.iter().map(|path| Self::of(path));
        let first = names.next().unwrap_or_default();
        if first.symbol.is_some() { first } else { names.find(|name| name.symbol.is_some()).unwrap_or(first) }
    }

    /// Takes a path apart: `BTCUSDT_1d.csv` is BTCUSDT, `iwm_us_d.csv` IWM, `vix-daily.csv` VIX.
    pub(super) fn of(path: &Path) -> Self {
        let text = |part: Option<&std::ffi::OsStr>| {
            part.map_or_else(String::new, |part| part.to_string_lossy().into_owned())
        };
        let folder = text(path.parent().and_then(Path::file_name)).to_lowercase();
        let stem = text(path.file_stem());
        let stem = without_decoration(&stem);
        let mut words: Vec<&str> = stem.split('_').filter(|word| !word.is_empty()).collect();
        let stooq = words.len() > 1 && words.last().is_some_and(|last| ["d", "w", "m"].contains(last));
        let mut described = false;
        while let [_, .., last] = words.as_slice() {
            let number = described && last.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
            if !(is_description(last) || is_span(last) || number) {
                break;
            }
            described |= is_description(last);
            words.pop();
        }
        while words.len() > 1 && EXCHANGES.contains(&words[0].to_uppercase().as_str()) {
            words.remove(0);
        }
        let mut us_listed = false;
        if words.len() == 2 && words[1].eq_ignore_ascii_case("us") {
            us_listed = true;
            words.pop();
        }
        let symbol = match words.as_slice() {
            [word] => listed(without_bar_length(word)).ok(),
            [base, quote] if QUOTES.contains(&quote.to_uppercase().as_str()) => {
                normal(&format!("{base}-{quote}")).ok().map(|pair| (pair, false))
            }
            _ => None,
        };
        let us_listed = us_listed || symbol.as_ref().is_some_and(|(_, us)| *us);
        let symbol = symbol.map(|(symbol, _)| symbol).filter(|symbol| !NO_SYMBOLS.contains(&symbol.as_str()));
        Self { symbol, stooq, us_listed, folder }
    }
}

/// Places that platforms write before a symbol, and collectors of their files too.
const EXCHANGES: &[&str] = &[
    "AMEX", "BATS", "BINANCE", "BITFINEX", "BITSTAMP", "BYBIT", "CBOE", "CME", "COINBASE", "CRYPTO", "DLY",
    "FX", "GEMINI", "INDEX", "KRAKEN", "NASDAQ", "NYSE", "OANDA", "SP", "TVC",
];

/// Names of files that name no market.
const NO_SYMBOLS: &[&str] = &[
    "CANDLES",
    "DATA",
    "DOWNLOAD",
    "EXPORT",
    "FREDGRAPH",
    "HISTORICALDATA",
    "HISTORY",
    "KLINES",
    "OHLC",
    "OHLCV",
    "PRICES",
    "QUOTES",
    "TABLE",
];

/// A name without what sites and browsers put around a symbol: `AAPL Historical Data (1)`, `BATS_IWM, 1D_3f2a1`.
fn without_decoration(stem: &str) -> &str {
    let stem = stem.split_once(", ").map_or(stem, |(symbol, _)| symbol);
    let copy = stem.rsplit_once(" (").filter(|(_, rest)| {
        rest.strip_suffix(')').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    });
    let stem = copy.map_or(stem, |(name, _)| name);
    let stem = stem.strip_suffix(" - Investing.com").unwrap_or(stem);
    let words =
        [" Historical Data", " Historische Daten", " Datos históricos", " Dati Storici", " Dane Historyczne"];
    words.iter().find_map(|words| stem.split_once(words)).map_or(stem, |(name, _)| name)
}

/// `BTCUSDT-1d-2024-01` as `BTCUSDT`, `vix-daily` as `vix`; `BRK-B` stays.
fn without_bar_length(word: &str) -> &str {
    let mut from = 0;
    while let Some(at) = word[from..].find('-').map(|at| from + at) {
        let mut rest = word[at + 1..].split('-');
        let bar = rest.next().is_some_and(|part| part.len() > 1 && is_description(part));
        if at > 0 && bar && rest.all(|part| part.bytes().all(|byte| byte.is_ascii_digit())) {
            return &word[..at];
        }
        from = at + 1;
    }
    word
}

/// Dates of a first and last bar (`2013-2019`, `202401010000`, `2024-01-31`), or a bar length in minutes (`1440`).
fn is_span(word: &str) -> bool {
    const MINUTES: &[&str] = &["1", "5", "15", "30", "60", "120", "240", "720", "1440", "10080", "21600"];
    let dates = (word.len() >= 6 || word.contains('-'))
        && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    dates || MINUTES.contains(&word)
}

/// What is not the symbol: a bar length (`1d`, `4h`, `d`, `H1`, `daily`) or a word like `history`.
fn is_description(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "d",
        "w",
        "m",
        "daily",
        "weekly",
        "monthly",
        "hourly",
        "day",
        "hour",
        "minute",
        "data",
        "history",
        "prices",
        "max",
        "klines",
        "ohlc",
        "ohlcv",
        "candles",
        "h1",
        "h4",
        "m1",
        "m5",
        "m15",
        "m30",
        "d1",
        "w1",
        "mn1",
        "eod",
        "historical",
        "coinmarketcap",
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
            ("Bitstamp_BTCUSD_d.csv", "BTCUSD"),
            ("Bitfinex_BTCUSD_1m_2013-2019.csv", "BTCUSD"),
            ("BTCUSDT-1d-2024-01.csv", "BTCUSDT"),
            ("btc-usd-max.csv", "BTC-USD"),
            ("BATS_IWM, 1D_3f2a1.csv", "IWM"),
            ("CBOE_DLY_VIX, 1D.csv", "VIX"),
            ("XBTUSD_1440.csv", "XBTUSD"),
            ("EURUSD_Daily_201001040000_202012310000.csv", "EURUSD"),
            ("AAPL Historical Data (1).csv", "AAPL"),
            ("BTC_USD Historical Data.csv", "BTC-USD"),
            ("AAPL.US.csv", "AAPL"),
            ("Bitcoin_1_1_2024-1_31_2024_historical_data_coinmarketcap.csv", "BITCOIN"),
        ] {
            assert_eq!(symbol(path).as_deref(), Some(expected), "{path}");
        }
        for path in [
            "HistoricalData_1700000000000.csv",
            "fredgraph.csv",
            "Russell 2000 Futures Historical Data.csv",
            "",
            ".csv",
        ] {
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
    fn coins_have_names() {
        assert_eq!(coin("BITCOIN").as_deref(), Some("BTC-USD"));
        assert_eq!(coin("ETH").as_deref(), Some("ETH-USD"));
        assert_eq!(coin("IWM"), None);
    }

    #[test]
    fn symbols_are_kept_in_one_form() {
        assert_eq!(normal(" btc/usd ").ok().as_deref(), Some("BTC-USD"));
        for wrong in ["", "a b", "IWM@yahoo", "../x", "^", "é"] {
            assert!(normal(wrong).is_err(), "{wrong}");
        }
    }
}
