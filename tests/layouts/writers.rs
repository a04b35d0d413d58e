//! Small writers, one per layout, and the series they write.

use catchup::market::store::Imported;
use proptest::prelude::*;

/// A day of New York or of UTC: its date, four prices, and whole units of volume.
#[derive(Debug, Clone)]
pub(crate) struct Day {
    date: &'static str,
    prices: [f64; 4],
    volume: u32,
}

/// What is compared: label, open, high, low, close, volume.
pub(crate) type Kept = Vec<(String, Vec<f64>)>;

pub(crate) struct Writer {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) write: fn(&[Day]) -> String,
    /// Prices and volume, or the close alone.
    whole: bool,
}

impl Writer {
    pub(crate) fn kept(&self, days: &[Day]) -> Kept {
        let row = |day: &Day| {
            let [open, high, low, close] = day.prices;
            let all = vec![open, high, low, close, f64::from(day.volume)];
            (day.date.to_owned(), if self.whole { all } else { vec![close] })
        };
        days.iter().map(row).collect()
    }
}

pub(crate) fn read(imported: &Imported) -> Kept {
    let rows = imported.series.rows();
    let columns = [&rows.open, &rows.high, &rows.low, &rows.close, &rows.volume];
    (0..imported.series.len())
        .map(|row| {
            let values = columns.iter().filter_map(|column| column.get(row).copied()).collect();
            (imported.series.label(row).to_string(), values)
        })
        .collect()
}

/// Five sessions in January, with a day that cannot be a month, and prices in cents that move.
pub(crate) fn series() -> impl Strategy<Value = Vec<Day>> {
    const DATES: [&str; 5] = ["2024-01-10", "2024-01-11", "2024-01-12", "2024-01-16", "2024-01-17"];
    let day = (10_000..5_000_000_u32, 1..900_u32, 1..900_u32, 0..1000_u32, 0..1000_u32, 1..1_000_000_u32);
    prop::collection::vec(day, 5).prop_map(|days| {
        let day = |(date, (low, below, above, open, close, volume)): (
            &'static str,
            (u32, u32, u32, u32, u32, u32),
        )| {
            let span = below + above;
            let cents = [low + open * span / 1000, low + span, low, low + close * span / 1000];
            Day { date, prices: cents.map(|cents| f64::from(cents) / 100.0), volume }
        };
        DATES.into_iter().zip(days).map(day).collect()
    })
}

fn lines(header: &str, days: &[Day], row: impl Fn(&Day) -> String) -> String {
    let rows: Vec<String> = days.iter().map(row).collect();
    if header.is_empty() { rows.join("\n") } else { format!("{header}\n{}\n", rows.join("\n")) }
}

fn newest_first(header: &str, days: &[Day], row: impl Fn(&Day) -> String) -> String {
    let mut days = days.to_vec();
    days.reverse();
    lines(header, &days, row)
}

fn plain(day: &Day) -> String {
    let [open, high, low, close] = day.prices;
    format!("{},{open},{high},{low},{close},{}", day.date, day.volume)
}

/// Midnight UTC in seconds.
fn epoch(day: &Day) -> i64 {
    let day: i64 = day.date[8..].parse().unwrap();
    1_704_067_200 + (day - 1) * 86_400
}

fn part(day: &Day) -> &str {
    &day.date[8..]
}

/// `1234567.89` as `1,234,567.89`, with the marks given.
fn grouped(value: f64, group: char, decimal: char) -> String {
    let text = format!("{value:.2}");
    let (whole, cents) = text.split_once('.').unwrap();
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(group);
        }
        out.push(digit);
    }
    format!("{out}{decimal}{cents}")
}

const fn whole(name: &'static str, title: &'static str, write: fn(&[Day]) -> String) -> Writer {
    Writer { name, title, write, whole: true }
}

const fn close(name: &'static str, title: &'static str, write: fn(&[Day]) -> String) -> Writer {
    Writer { name, title, write, whole: false }
}

pub(crate) const WRITERS: &[Writer] = &[
    whole("IWM.csv", "Yahoo CSV with Adj Close", |days| {
        lines("Date,Open,High,Low,Close,Adj Close,Volume", days, |day| {
            let [open, high, low, close] = day.prices;
            format!("{},{open},{high},{low},{close},{close},{}", day.date, day.volume)
        })
    }),
    whole("x.csv", "yfinance CSV", |days| {
        lines("Price,Close,High,Low,Open,Volume\nTicker,IWM,IWM,IWM,IWM,IWM\nDate,,,,,", days, |day| {
            let [open, high, low, close] = day.prices;
            format!("{},{close},{high},{low},{open},{}", day.date, day.volume)
        })
    }),
    whole("iwm_us_d.csv", "Stooq CSV", |days| lines("Date,Open,High,Low,Close,Volume", days, plain)),
    whole("iwm_us_d.csv", "Stooq CSV with Polish", |days| {
        lines("Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen", days, plain)
    }),
    whole("iwm.us.txt", "Stooq ASCII", |days| {
        let header = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>";
        lines(header, days, |day| {
            let [open, high, low, close] = day.prices;
            format!(
                "IWM.US,D,{},000000,{open},{high},{low},{close},{},0",
                day.date.replace('-', ""),
                day.volume
            )
        })
    }),
    close("x.csv", "FRED CSV", |days| {
        lines("observation_date,DFF", days, |day| format!("{},{}", day.date, day.prices[3]))
    }),
    whole("BTCUSDT-1d-2024-01.csv", "Binance klines without a header", |days| {
        lines("", days, |day| {
            let [open, high, low, close] = day.prices;
            let start = epoch(day) * 1_000_000;
            let end = start + 86_399_999_999;
            format!("{start},{open},{high},{low},{close},{},{end},0,1,0,0,0", day.volume)
        })
    }),
    whole("Gemini_BTCUSD_d.csv", "CryptoDataDownload CSV", |days| {
        let header =
            "https://www.CryptoDataDownload.com\nDate,Symbol,Open,High,Low,Close,Volume BTC,Volume USD";
        newest_first(header, days, |day| {
            let [open, high, low, close] = day.prices;
            format!("{} 12-AM,BTCUSD,{open},{high},{low},{close},{},0", day.date, day.volume)
        })
    }),
    whole("BTC-USD.csv", "Coinbase candles", |days| {
        newest_first("time,low,high,open,close,volume", days, |day| {
            let [open, high, low, close] = day.prices;
            format!("{},{low},{high},{open},{close},{}", epoch(day), day.volume)
        })
    }),
    whole("XBTUSD_1440.csv", "Kraken OHLCVT without", |days| {
        lines("", days, |day| {
            let [open, high, low, close] = day.prices;
            format!("{},{open},{high},{low},{close},{},12", epoch(day), day.volume)
        })
    }),
    close("btc.csv", "Coin Metrics CSV", |days| {
        lines("time,PriceUSD", days, |day| format!("{},{}", day.date, day.prices[3]))
    }),
    whole("bitcoin_2024-01-10_2024-01-17.csv", "CoinCodex CSV", |days| {
        newest_first("Start,End,Open,High,Low,Close,Volume,Market Cap", days, |day| {
            let [open, high, low, close] = day.prices;
            format!("{},2024-02-01,{open},{high},{low},{close},{},1", day.date, day.volume)
        })
    }),
    whole("Bitcoin.csv", "CoinMarketCap CSV", |days| {
        let header =
            "timeOpen;timeClose;timeHigh;timeLow;name;open;high;low;close;volume;marketCap;timestamp";
        newest_first(header, days, |day| {
            let [open, high, low, close] = day.prices;
            let (date, volume) = (day.date, day.volume);
            format!(
                "\"{date}T00:00:00.000Z\";\"{date}T23:59:59.999Z\";\"\";\"\";\"2781\";{open};{high};{low};{close};{volume};1;\"\""
            )
        })
    }),
    whole("IWM Historical Data.csv", "Investing.com CSV", |days| {
        newest_first("\"Date\",\"Price\",\"Open\",\"High\",\"Low\",\"Vol.\",\"Change %\"", days, |day| {
            let [open, high, low, close] = day.prices.map(|price| grouped(price, ',', '.'));
            format!(
                "\"01/{}/2024\",\"{close}\",\"{open}\",\"{high}\",\"{low}\",\"{}\",\"0.1%\"",
                part(day),
                day.volume
            )
        })
    }),
    whole("IWM.csv", "Investing.com CSV in a language", |days| {
        newest_first("\"Datum\",\"Zuletzt\",\"Eröffn.\",\"Hoch\",\"Tief\",\"Vol.\",\"+/- %\"", days, |day| {
            let [open, high, low, close] = day.prices.map(|price| grouped(price, '.', ','));
            format!(
                "\"{}.01.2024\",\"{close}\",\"{open}\",\"{high}\",\"{low}\",\"{}\",\"0,1%\"",
                part(day),
                day.volume
            )
        })
    }),
    whole("IWM.csv", "Nasdaq.com CSV", |days| {
        newest_first("Date,Close/Last,Volume,Open,High,Low", days, |day| {
            let [open, high, low, close] = day.prices;
            format!("01/{}/2024,${close},{},${open},${high},${low}", part(day), day.volume)
        })
    }),
    whole("IWM.csv", "Alpha Vantage CSV", |days| {
        newest_first("timestamp,open,high,low,close,volume", days, plain)
    }),
    whole("IWM.csv", "Tiingo CSV", |days| {
        lines("date,close,high,low,open,volume,adjClose,divCash,splitFactor", days, |day| {
            let [open, high, low, close] = day.prices;
            format!("{},{close},{high},{low},{open},{},1,0,1", day.date, day.volume)
        })
    }),
    whole("IWM.US.csv", "EODHD CSV", |days| {
        lines("Date,Open,High,Low,Close,Adjusted_close,Volume", days, |day| {
            let [open, high, low, close] = day.prices;
            format!("{},{open},{high},{low},{close},1,{}", day.date, day.volume)
        })
    }),
    whole("BATS_IWM, 1D.csv", "TradingView CSV", |days| {
        lines("time,open,high,low,close,Volume", days, |day| {
            let [open, high, low, close] = day.prices;
            format!("{},{open},{high},{low},{close},{}", epoch(day) + 52_200, day.volume)
        })
    }),
    whole("IWM_D1.csv", "MetaTrader 4 export", |days| {
        lines("", days, |day| {
            let [open, high, low, close] = day.prices;
            format!("{},00:00,{open},{high},{low},{close},{}", day.date.replace('-', "."), day.volume)
        })
    }),
    whole("IWM_Daily.csv", "MetaTrader 5 export", |days| {
        lines("<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>", days, |day| {
            let [open, high, low, close] = day.prices;
            format!("{}\t{open}\t{high}\t{low}\t{close}\t{}\t0\t1", day.date.replace('-', "."), day.volume)
        })
    }),
    whole("IWM.csv", "Interactive Brokers bars", |days| {
        lines("date,open,high,low,close,volume,average,barCount", days, |day| {
            format!("{},1,1", plain(day).replace('-', ""))
        })
    }),
    whole("IWM.csv", "plain CSV", |days| lines("date,open,high,low,close,volume", days, plain)),
    whole("IWM.csv", "plain CSV", |days| {
        lines("Date;Open;High;Low;Close;Volume", days, |day| {
            let [open, high, low, close] = day.prices.map(|price| grouped(price, '.', ','));
            format!("{}.01.2024;{open};{high};{low};{close};{}", part(day), day.volume)
        })
    }),
];
