//! What a series is and where its history can be had, for messages that ask for it.

/// A series that is often asked for.
struct Known {
    symbols: &'static [&'static str],
    /// What it is.
    what: &'static str,
    /// Who gives it away, under which name.
    whence: &'static str,
}

const fn known(symbols: &'static [&'static str], what: &'static str, whence: &'static str) -> Known {
    Known { symbols, what, whence }
}

const KNOWN: &[Known] = &[
    known(&["IWM", "RUT", "^RUT", "VTWO"], "the Russell 2000, daily", "Yahoo IWM or ^RUT, Stooq iwm.us"),
    known(&["SPY", "^GSPC", "SPX", "^SPX", "VOO"], "the S&P 500, daily", "Yahoo SPY or ^GSPC, Stooq spy.us"),
    known(&["QQQ", "^NDX", "NDX"], "the Nasdaq-100, daily", "Yahoo QQQ or ^NDX, Stooq qqq.us"),
    known(&["DIA", "^DJI", "DJI"], "the Dow Jones, daily", "Yahoo DIA or ^DJI, Stooq dia.us"),
    known(&["GLD", "XAUUSD", "GC=F"], "gold, daily", "Yahoo GLD or GC=F, Stooq xauusd"),
    known(&["SLV", "XAGUSD", "SI=F"], "silver, daily", "Yahoo SLV or SI=F, Stooq xagusd"),
    known(&["TLT"], "long Treasury bonds, daily", "Yahoo TLT, Stooq tlt.us"),
    known(&["^VIX", "VIX"], "the volatility index, daily", "Cboe VIX_History.csv, Yahoo ^VIX"),
    known(
        &["BTC-USD", "BTCUSDT", "BTCUSD", "XBTUSD", "BTC-USDT"],
        "bitcoin, daily",
        "Yahoo BTC-USD, Binance BTCUSDT, CryptoDataDownload",
    ),
    known(
        &["ETH-USD", "ETHUSDT", "ETHUSD", "ETH-USDT"],
        "ether, daily",
        "Yahoo ETH-USD, Binance ETHUSDT, CryptoDataDownload",
    ),
    known(&["SOL-USD", "SOLUSDT"], "solana, daily", "Yahoo SOL-USD, Binance SOLUSDT"),
    known(&["DFF"], "the federal funds rate, daily", "FRED series DFF"),
    known(&["DTB3"], "the three-month Treasury bill rate, daily", "FRED series DTB3"),
    known(&["WALCL"], "the Federal Reserve's total assets, weekly", "FRED series WALCL"),
    known(&["WSHOBL"], "Treasury bills the Federal Reserve holds, weekly", "FRED series WSHOBL"),
    known(&["TREAST"], "Treasury securities the Federal Reserve holds, weekly", "FRED series TREAST"),
    known(&["WRESBAL"], "bank reserves, weekly", "FRED series WRESBAL"),
];

/// What `symbol` is and where its history can be had, in one line.
pub fn whereabouts(symbol: &str) -> Option<String> {
    let bare = symbol.split('@').next().unwrap_or(symbol);
    let fits = |known: &&Known| known.symbols.iter().any(|name| name.eq_ignore_ascii_case(bare));
    KNOWN.iter().find(fits).map(|known| format!("{}; {}", known.what, known.whence))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::market::sample;
    use crate::market::store::aliases;

    #[test]
    fn everyday_markets_and_those_of_the_sample_are_known() {
        for file in sample::files() {
            assert!(whereabouts(file.symbol).is_some(), "{}", file.symbol);
        }
        for name in aliases::names() {
            let first = aliases::candidates(name).unwrap()[0];
            assert!(whereabouts(first).is_some(), "{name}: {first}");
        }
        assert_eq!(whereabouts("walcl@fred").unwrap(), whereabouts("WALCL").unwrap());
        assert_eq!(whereabouts("TULIPS"), None);
    }

    #[test]
    fn no_symbol_is_told_twice() {
        let all: Vec<&str> = KNOWN.iter().flat_map(|known| known.symbols.iter().copied()).collect();
        let unique: std::collections::BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(all.len(), unique.len());
    }
}
