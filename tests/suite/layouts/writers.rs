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
    /// How often the close stands in a row that is not whole.
    closes: usize,
}

impl Writer {
    const fn repeated(self, closes: usize) -> Self {
        Self { closes, ..self }
    }

    pub(crate) fn kept(&self, days: &[Day]) -> Kept {
        let row = |day: &Day| {
            let [open, high, low, close] = day.prices;
            let all = vec![open, high, low, close, f64::from(day.volume)];
            (day.date.to_owned(), if self.whole { all } else { vec![close; self.closes] })
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

/// As yfinance sorts its columns.
fn by_name(day: &Day) -> String {
    let [open, high, low, close] = day.prices;
    format!("{},{close},{high},{low},{open},{}", day.date, day.volume)
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
    Writer { name, title, write, whole: true, closes: 1 }
}

const fn close(name: &'static str, title: &'static str, write: fn(&[Day]) -> String) -> Writer {
    Writer { name, title, write, whole: false, closes: 1 }
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
    whole("IWM.csv", "Yahoo CSV with Adj Close", |days| {
        lines(",date,open,high,low,close,adj_close,volume", days, |day| {
            let [open, high, low, close] = day.prices;
            format!("{},{},{open},{high},{low},{close},{close},{}", part(day), day.date, day.volume)
        })
    }),
    whole("IWM.csv", "yfinance CSV", |days| {
        lines("Date,Close,High,Low,Open,Volume\n,IWM,IWM,IWM,IWM,IWM", days, by_name)
    }),
    whole("x.csv", "yfinance CSV", |days| {
        let header = "Ticker,IWM,IWM,IWM,IWM,IWM\nPrice,Close,High,Low,Open,Volume\nDate,,,,,";
        lines(header, days, by_name)
    }),
    whole("IWM.csv", "Yahoo CSV", |days| lines("Date,Close,High,Low,Open,Volume", days, by_name)),
    whole("IWM.csv", "Yahoo CSV", |days| {
        let header = "Date,Close,High,Low,Open,Volume";
        lines(&format!("{header}\n{header}"), days, by_name)
    }),
    close("x.csv", "FRED CSV (old header)", |days| {
        lines("DATE,DFF", days, |day| format!("{},{}", day.date, day.prices[3]))
    }),
    whole("ETHUSDT_1d.csv", "Binance klines", |days| {
        lines("open_time,open,high,low,close,volume,close_time,quote_volume,count", days, |day| {
            let [open, high, low, close] = day.prices;
            let start = epoch(day) * 1_000;
            format!("{start},{open},{high},{low},{close},{},{},0,1", day.volume, start + 86_399_999)
        })
    }),
    whole("BTCUSDT-1d-2023-01.csv", "Binance klines without a header", |days| {
        lines("", days, |day| {
            let [open, high, low, close] = day.prices;
            let start = epoch(day) * 1_000;
            let end = start + 86_399_999;
            format!("{start},{open},{high},{low},{close},{},{end},0,1,0,0,0", day.volume)
        })
    }),
    whole("XBTUSD_1440.csv", "Kraken OHLC", |days| {
        lines("time,open,high,low,close,vwap,volume,count", days, |day| {
            let [open, high, low, close] = day.prices;
            format!("{},{open},{high},{low},{close},1,{},12", epoch(day), day.volume)
        })
    }),
    whole("XBTUSD_1440.csv", "Kraken OHLC without", |days| {
        lines("", days, |day| {
            let [open, high, low, close] = day.prices;
            format!("{},{open},{high},{low},{close},1,{},12", epoch(day), day.volume)
        })
    }),
    whole("BTCUSD_1D.csv", "Bitfinex candles", |days| {
        lines("MTS,OPEN,CLOSE,HIGH,LOW,VOLUME", days, |day| {
            let [open, high, low, close] = day.prices;
            format!("{},{open},{close},{high},{low},{}", epoch(day) * 1_000, day.volume)
        })
    }),
    whole("AAPL.csv", "Alpha Vantage CSV (adjusted)", |days| {
        let header = "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient";
        newest_first(header, days, |day| {
            let [open, high, low, close] = day.prices;
            format!("{},{open},{high},{low},{close},1,{},0.0,1.0", day.date, day.volume)
        })
    }),
    whole("AAPL.csv", "Alpha Vantage CSV with numbered", |days| {
        newest_first("date,1. open,2. high,3. low,4. close,5. volume", days, plain)
    }),
    whole("BINANCE_BTCUSDT, 1D.csv", "TradingView CSV", |days| {
        lines("time,open,high,low,close,Volume", days, |day| {
            let [open, high, low, close] = day.prices;
            format!("{}T00:00:00Z,{open},{high},{low},{close},{}", day.date, day.volume)
        })
    }),
    close("VIX_History.csv", "Cboe CSV", |days| {
        lines("DATE,OPEN,HIGH,LOW,CLOSE", days, |day| {
            let close = day.prices[3];
            format!("01/{}/2024,{close},{close},{close},{close}", part(day))
        })
    })
    .repeated(4),
    close("btc-usd-max.csv", "CoinGecko CSV", |days| {
        lines("snapped_at,price,market_cap", days, |day| {
            format!("{} 00:00:00 UTC,{},1", day.date, day.prices[3])
        })
    }),
    close("x.csv", "ALFRED CSV with dates of release", |days| {
        lines("realtime_start,date,value", days, |day| {
            format!("{},2023-12-{},{}", day.date, part(day), day.prices[3])
        })
    }),
    close("x.csv", "ALFRED CSV, a column per vintage", |days| {
        let names: Vec<String> =
            days.iter().map(|day| format!("DFF_{}", day.date.replace('-', ""))).collect();
        let header = format!("observation_date,{}", names.join(","));
        lines(&header, days, |day| {
            let out = |vintage: &Day| {
                if vintage.date >= day.date { day.prices[3].to_string() } else { String::new() }
            };
            let cells: Vec<String> = days.iter().map(out).collect();
            format!("2023-12-{},{}", part(day), cells.join(","))
        })
    }),
    close("IWM.csv", "dates and values", |days| {
        lines("date,value", days, |day| format!("{},{}", day.date, day.prices[3]))
    }),
    close("IWM.csv", "dates and values without a header", |days| {
        lines("", days, |day| format!("{},{}", day.date, day.prices[3]))
    }),
    whole("IWM.csv", "plain CSV", |days| {
        lines("datetime\topen\thigh\tlow\tclose\tvolume", days, |day| plain(day).replace(',', "\t"))
    }),
];
