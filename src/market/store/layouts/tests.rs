#![allow(clippy::unwrap_used)]
use super::super::symbols::FileName;
use super::super::table::Table;
use super::super::vendors::{ADJUSTMENTS, VENDORS, vendor};
use super::*;
use std::path::Path;

fn layout(path: &str, text: &str) -> Result<&'static Layout> {
    let name = FileName::of(Path::new(path));
    let table = Table::read(path, text)?;
    recognise(path, &Head::new(&table, &name)).map(|(layout, _)| layout)
}

fn vendor_of(path: &str, header: &str) -> String {
    let layout = layout(path, &format!("{header}\n1,2,3,4,5,6,7,8\n")).unwrap();
    format!("{} {}", layout.vendor, layout.adjustment)
}

#[test]
fn headers_tell_vendors() {
    for (path, header, expected) in [
        ("IWM.csv", "Date,Close,High,Low,Open,Volume", "yahoo unknown"),
        ("IWM.csv", "Date,Open,High,Low,Close,Adj Close,Volume", "yahoo split"),
        ("IWM.csv", "Volume,Adj Close,Date,Close,Open,High,Low", "yahoo split"),
        ("IWM.csv", "Date,Open,High,Low,Close,Volume", "plain unknown"),
        ("iwm_us_d.csv", "Date,Open,High,Low,Close,Volume", "stooq unknown"),
        ("IWM.csv", "date,open,high,low,close,volume", "plain unknown"),
        ("RUT.csv", "date,open,high,low,close,volume,wap,count", "interactive-brokers unknown"),
        ("vix.csv", "DATE,OPEN,HIGH,LOW,CLOSE", "cboe none"),
        ("DFF.csv", "observation_date,DFF", "fred none"),
        ("DFF.csv", "DATE,DFF", "fred none"),
        ("x.csv", "date,close", "plain unknown"),
        ("x.csv", "DATE,CLOSE", "plain unknown"),
        ("x.csv", "date,value", "plain unknown"),
        ("x.csv", "open_time,open,high,low,close,volume,close_time,ignore", "binance none"),
        (
            "x.csv",
            "https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close",
            "cryptodatadownload none",
        ),
        ("x.csv", "# catchup sample data: made up\ndate,open,high,low,close,volume", "simulated none"),
    ] {
        assert_eq!(vendor_of(path, header), expected, "{header}");
    }
}

#[test]
fn every_layout_has_a_known_vendor_and_words() {
    for layout in all() {
        assert!(vendor(layout.vendor).is_some(), "{}", layout.title);
        assert!(ADJUSTMENTS.contains(&layout.adjustment), "{}", layout.title);
    }
    assert!(VENDORS.iter().all(|vendor| ADJUSTMENTS.contains(&vendor.adjustment)));
}

#[test]
fn an_unknown_header_is_shown() {
    let message = |header: &str| {
        let text = layout("x.csv", &format!("{header}\n1,2\n")).err().unwrap().to_string();
        text.replace(text.lines().find(|line| line.contains("of these vendors")).unwrap_or("none"), " = …")
    };
    insta::assert_snapshot!(message("day;close"), @r"
    error: x.csv: no known layout has this header
     |
     = note: the header is `day,close`
     = …
     = help: if this is right, say it: `--columns date=day,close=close`
    ");
    insta::assert_snapshot!(message("Trade Date,Last Price"), @r"
    error: x.csv: no known layout has this header
     |
     = note: the header is `Trade Date,Last Price`
     = …
     = help: if this is right, say it: `--columns 'date=Trade Date,close=Last Price'`
    ");
    insta::assert_snapshot!(message("a,b"), @r"
    error: x.csv: no known layout has this header
     |
     = note: the header is `a,b`
     = …
     = help: say which columns hold what, by name or number: `--columns date=…,close=…` and, where they are there, `open=…,high=…,low=…,volume=…`
    ");
    insta::assert_snapshot!(message("Date,Close,close"), @r"
    error: x.csv: the header names `close` twice (again as column 3)
     |
     = help: leave one of the two columns in the file, or name the columns with `--columns`
    ");
}
