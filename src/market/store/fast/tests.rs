#![allow(clippy::unwrap_used)]
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::market::store::bars::{self, Demands};
use crate::market::store::layouts;
use crate::market::store::reading;
use crate::market::store::symbols::FileName;
use crate::market::store::table::Table;
use crate::market::store::vendors::{Head, Layout};
use crate::market::store::wishes::{HowToRead, Wishes};
use crate::market::store::{ImportRequest, Imported, read_bytes, read_file};

/// How the rows of `table` are read.
fn how<'a>(table: &Table, wishes: &'a Wishes) -> Option<How<'a>> {
    let name = FileName::of(Path::new("BTCUSD.csv"));
    let (layout, columns): (&Layout, _) = layouts::recognise("x.csv", &Head::new(table, &name)).ok()?;
    let reading = reading::decide("x.csv", table, layout, &columns, wishes).ok()?;
    let formats = wishes.format.as_ref().map_or(layout.formats, std::slice::from_ref);
    Some(How { reading, formats, columns, demands: Demands { any_value: false, gaps: layout.gaps } })
}

fn told(how: &How<'_>, bars: &Bars) -> String {
    let zone = how.reading.zone.as_ref().map(crate::base::calendar::Zone::name);
    format!("{:?} {:?} {zone:?} {bars:?}", how.columns, how.reading.format)
}

/// What the quick way reads of `text`, in pieces of `piece` bytes, and what the thorough one does.
fn both_told(text: &str, wishes: &Wishes, piece: usize) -> (Option<String>, Option<String>) {
    let quick = Sample::sized("x.csv", text, piece, piece).and_then(|sample| {
        let how = how(&sample.table, wishes)?;
        read(&sample, &how).map(|(bars, _)| told(&how, &bars))
    });
    let thorough = Table::read("x.csv", text).ok().and_then(|table| {
        let how = how(&table, wishes)?;
        let bars = bars::read("x.csv", &table, &how.reading, &how.columns, how.demands).ok()?;
        Some(told(&how, &bars))
    });
    (quick, thorough)
}

fn both(text: &str) -> (Option<String>, Option<String>) {
    both_told(text, &Wishes::default(), 64)
}

const BINANCE: &str = "open_time,open,high,low,close,volume,close_time,quote_volume,ignore\n";
const HOURS: &str = "date,open,high,low,close,volume,wap,count\n";

#[test]
fn clean_files_are_read_alike() {
    for text in [
        format!(
            "{BINANCE}1609459200000,4.01,5,3,4.5,10,1609473599999,45,0\n1609473600000,4,5,3,4.5,,1609487999999,,0\n"
        ),
        format!(
            "{BINANCE}1609473600000,4,5,3,4.5,1e3,1609487999999,-1,é\r\n1609459200000,4,5,3,4.5,10,1609473599999,45,0\r\n\r\n"
        ),
        format!(
            "{HOURS}2024-11-27 19:00:00+00:00,4,5,3,4.5,0.0,,\n2024-11-27 23:00:00-05:00,4,5,3,4.5,0.0,,"
        ),
        format!(
            "{HOURS}2024-11-27 19:00:00Z,4,5,3,4.5,0.0,,\n2024-11-27 19:01:00.5Z,4,5,3,4.5,0.0,,\n2024-11-28T00:00Z,4,5,3,4.5,N/A,,\n"
        ),
        format!(
            "{HOURS}2024-11-27 19:00:00 UTC,4,5,3,4.5,0,,\n2024-11-27 19:01:00 US/Eastern,4,5,3,4.5,0,,\n"
        ),
        "\u{feff}# a comment\n\ndate,close\n2024-01-02,0.1\n2024-01-03,123456789012345678\n2024-01-04,.5\n"
            .to_owned(),
        "DATE,OPEN,HIGH,LOW,CLOSE\n01/02/2024,13,14,12,13.5\n01/13/2024,13,14,12,13.2\n".to_owned(),
        "1609459200000,4,4.5,5,3,9\n1609459260000,4,4.5,5,3,9.25\n".to_owned(),
        "date;close\n2024-01-02;1234.5\n2024-01-03;1300\n".to_owned(),
        "2010.01.04,00:00,1.43,1.44,1.42,1.435,17\n2010.01.04,00:05,1.43,1.44,1.42,1.435,17\n".to_owned(),
        "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n\
         IWM.US,60,20240102,153000,10,11,9,10,5,0\nIWM.US,60,20240102,163000,10,11,9,10,5,0\n"
            .to_owned(),
    ] {
        let (quick, thorough) = both(&text);
        assert!(quick.is_some(), "{text}");
        assert_eq!(quick, thorough, "{text}");
    }
}

#[test]
fn anything_unusual_is_left_to_the_thorough_way() {
    let header = "date,open,high,low,close,volume\n2024-01-02,10,11,9,10,5\n";
    for row in [
        "2024-01-02,10,11,9,10,5",
        "2024-01-32,10,11,9,10,5",
        "2024-01-03,10,11,9,ten,5",
        "2024-01-03,10,11,9,,5",
        "2024-01-03,10,11,9,nan,5",
        "2024-01-03,10,1e999,9,10,5",
        "2024-01-03,0,11,9,10,5",
        "2024-01-03,10,9,11,10,5",
        "2024-01-03,10,11,9,10,-5",
        "2024-01-03,10,11,9,10,x",
        "2024-01-03,10,11,9",
        "2024-01-03,10,11,9,10,5,7",
        "2024-01-03, 10,11,9,10,5",
        "\"2024-01-03\",10,11,9,10,5",
        "2024-01-03,1.2.3,11,9,10,5",
        "2024-01-03,.,11,9,10,5",
        "",
        "2024-01-03,10,11,9,10,5\r",
    ] {
        let text = format!("{header}{row}\n2024-01-04,10,11,9,10,5\n2024-01-05,10,11,9,10,5\n");
        // A carriage return before the line end is one of the usual line ends.
        assert_eq!(both(&text).0.is_some(), row.ends_with('\r'), "{row}");
    }
    // Month or day first cannot be told; open and close outside high and low in a file without names.
    assert_eq!(both("date,close\n01/02/2024,1\n02/02/2024,1\n").0, None);
    assert_eq!(both("1609459200000,4,4.5,5,3,9\n1609459260000,4,7,5,3,9.25\n").0, None);
}

#[test]
fn hours_that_come_twice_are_told_apart_as_by_the_thorough_way() {
    let wishes = |zone: &str| {
        Wishes::of(&HowToRead { timezone: Some(zone.to_owned()), ..HowToRead::default() }).unwrap()
    };
    let row = |day: u8, hour: u8, minute: u8| format!("2024-11-{day:02} {hour:02}:{minute:02},10\n");
    let mut autumn = String::from("date,close\n");
    for day in 2..=4 {
        for hour in 0..24 {
            for _ in 0..if (day, hour) == (3, 1) { 2 } else { 1 } {
                autumn.extend([row(day, hour, 0), row(day, hour, 30)]);
            }
        }
    }
    let skipped =
        autumn.replace("2024-11", "2024-03").replace("-03-03", "-03-10").replace("-03-04", "-03-11");
    let turned: String = autumn
        .lines()
        .skip(1)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .fold("date,close\n".to_owned(), |text, line| text + line + "\n");
    for (text, least) in [(&autumn, 1), (&turned, 1), (&skipped, 0)] {
        let mut quickly = 0;
        for piece in 60..120 {
            let (quick, thorough) = both_told(text, &wishes("America/New_York"), piece);
            quickly += usize::from(quick.is_some());
            assert!(quick.is_none() || quick == thorough, "{piece}");
        }
        assert!(quickly >= least, "{text}");
    }
    assert_eq!(
        both_told(&autumn, &wishes("America/New_York"), 1 << 20).1,
        both_told(&autumn, &wishes("America/New_York"), 61).1
    );
}

#[test]
fn pieces_end_at_line_ends_and_hold_all() {
    let line = "1609459200000,4.01,5,3,4.5,10,1609473599999,45,0\n";
    let text = line.repeat(300);
    for (piece, end) in [(1000, ""), (7, "\r\n\n"), (64, "\n"), (1 << 20, "\n")] {
        let whole = format!("{BINANCE}{}{end}", text.trim_end());
        let sample = Sample::sized("x.csv", &whole, 100, piece).unwrap();
        let mut feed = Feed::new(&sample).unwrap();
        let (mut rows, mut all, mut bytes, mut count) = (Vec::new(), Vec::new(), Vec::new(), 0);
        while let Some(block) = feed.next(&mut bytes).unwrap() {
            assert_eq!((block.place, block.at), (count, all.len() as u64));
            let of_block = &bytes[block.rows];
            assert!(of_block.is_empty() || of_block.starts_with(b"1609459200000,4.01"));
            rows.extend_from_slice(of_block);
            all.extend_from_slice(&bytes[block.new..]);
            count += 1;
        }
        assert_eq!(rows, text.trim_end().as_bytes(), "{piece}");
        assert_eq!((all, count), (whole.as_bytes().to_vec(), whole.len().div_ceil(piece)));
        assert!(sample.most_rows() >= 300 && sample.most_rows() < 400);
    }
}

#[test]
fn a_row_without_end_is_left_to_the_thorough_way() {
    let text = format!("date,close\n2024-01-02,1\n2024-01-03,{}\n2024-01-04,1\n", "1".repeat(1 << 18));
    assert!(both_told(&text, &Wishes::default(), 1 << 10).0.is_none());
}

/// A file of minutes that is larger than a piece, with `change` made to its lines.
fn large(change: impl Fn(usize, String) -> String) -> String {
    let line = |row: usize| {
        let (start, cents) = (1_609_459_200_000 + row as u64 * 60_000, 100 + row * 7919 % 50);
        format!("{start},1.{cents},2.5,0.5,1.{cents},{}.5,{},{},0\n", row % 977, start + 59_999, row % 1009)
    };
    (0..30_000).fold(BINANCE.to_owned(), |text, row| text + &change(row, line(row)))
}

#[test]
fn a_file_on_the_disk_is_read_as_the_same_bytes_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("BTCUSDT-1m.csv");
    let request = ImportRequest::file(&path);
    for (place, text) in [
        large(|_, line| line),
        large(|_, line| line.replace('\n', "\r\n")) + "\r\n",
        format!("\u{feff}# a comment\n{}", large(|_, line| line)),
        large(|row, line| if row == 29_000 { line.replace("2.5", "0.1") } else { line }),
        large(|row, line| if row == 20_000 { String::new() } else { line }),
        large(|row, line| if row == 15_000 { line + "\n" } else { line }),
    ]
    .iter()
    .enumerate()
    {
        std::fs::write(&path, text).unwrap();
        let quickly = Sample::of_file("x.csv", std::fs::File::open(&path).unwrap()).and_then(|sample| {
            let wishes = Wishes::default();
            let how = how(&sample.table, &wishes)?;
            read(&sample, &how).map(|(_, hash)| hash)
        });
        let hash = Some(Some(blake3::hash(text.as_bytes())));
        assert_eq!(quickly, if [3, 5].contains(&place) { None } else { hash }, "{place}");
        let told =
            |read: crate::base::diagnostic::Result<Imported>| read.map_err(|failure| failure.to_string());
        assert_eq!(told(read_file(&request)), told(read_bytes(text.as_bytes(), &request)), "{place}");
    }
    // What is no text is none that begins like one either.
    std::fs::write(&path, [b"PAR1".as_slice(), &vec![b'x'; 2 << 20]].concat()).unwrap();
    assert!(Sample::of_file("x.csv", std::fs::File::open(&path).unwrap()).is_none());
}

/// One row of a file of minutes: usual, or damaged in one place.
fn row(kind: &'static str) -> impl Strategy<Value = String> {
    let time = match kind {
        "iso" => "(2024-0[1-9]-[0-2][1-9]|2024-11-03)[ T][0-2][0-9]:[0-5][0-9](:00)?(Z|\\+00:00| UTC)?",
        "us" => "[1-9]/[12][0-9]/2024( [01][0-9]:[0-5][0-9])?",
        "seconds" => "1609[0-9]{6}|1041379[0-9]{4}|[0-9]{8,11}",
        "nanos" => "1609[0-9]{6}000000(000)?|9[0-9]{18}|[0-9]{15,20}",
        _ => "1609[0-9]{6}000",
    };
    let number = prop_oneof![
        12 => "[1-9][0-9]{0,5}(\\.[0-9]{1,12})?",
        1 => "1e30[0-9]|1\\.7976931348623157e308|[0-9]e-3[0-9]{2}|0\\.[0-9]{17,30}|[0-9]{17,19}\\.[0-9]",
        1 => "-?[0-9.e+]{0,6}|[0-9]{15,24}|[0-9]{1,3},[0-9]{3}|\"[0-9]\"| 1|1 |nan|inf|-|N/A|\\$1|1K",
    ];
    let end = prop_oneof![30 => Just("\n"), 3 => Just("\r\n"), 1 => Just("\r"), 1 => Just("\n\n"), 1 => Just(",\n"), 1 => Just(" \n")];
    (time, prop::collection::vec(number, 3), end)
        .prop_map(|(time, numbers, end)| format!("{time},{},{}{end}", numbers[..2].join(","), numbers[2]))
}

proptest! {
    #[test]
    fn decimals_are_what_the_standard_library_reads(text in "-?[0-9]{0,12}(\\.[0-9]{0,12})?(e-?[0-9])?") {
        // What stands behind a number may take the way of eight bytes at once.
        for behind in ["", ",1.5,22222222222222", "\n16094592", ",,,,,,,,,,,,,,,,"] {
            let long = format!("{text}{behind}");
            let found = number::decimal(long.as_bytes());
            if let Some((value, length)) = found {
                prop_assert_eq!(value.to_bits(), long[..length].parse::<f64>().unwrap().to_bits());
            }
            prop_assert_eq!(found, number::decimal(text.as_bytes()));
            prop_assert_eq!(number::find(long.as_bytes(), *b",\n."), long.find([',', '\n', '.']));
        }
        let whole: String = text.chars().filter(char::is_ascii_digit).collect();
        prop_assert_eq!(number::count(whole.as_bytes()), whole.parse().ok().filter(|_| whole.len() <= 18));
        prop_assert!(number::count(text.as_bytes()).is_none() || text == whole);
        for behind in ["", ",16", ",1609459200000,"] {
            if let Some((count, length)) = number::long_count(format!("{whole}{behind}").as_bytes()) {
                prop_assert_eq!((Some(count), length), (number::count(whole.as_bytes()), whole.len()));
            }
        }
        let long = [whole.as_str(), ",1609459,"].concat();
        prop_assert_eq!((8..16).contains(&whole.len()), number::long_count(long.as_bytes()).is_some());
        let usual = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && text.bytes().any(|byte| byte.is_ascii_digit());
        let short = text.len() <= 16;
        prop_assert!(!(usual && short) || number::decimal(text.as_bytes()).is_some_and(|found| found.1 == text.len()));
    }

    #[test]
    fn whatever_the_quick_way_reads_is_read_alike(
        (sorted, rows) in (any::<bool>(), prop_oneof![Just("iso"), Just("us"), Just("epoch"), Just("seconds"), Just("nanos")])
            .prop_flat_map(|(sorted, kind)| (Just(sorted), prop::collection::vec(row(kind), 1..9))),
        (wide, last, piece) in (any::<bool>(), any::<bool>(), 10..200_usize),
    ) {
        let mut rows = rows;
        if sorted {
            rows.sort_unstable();
            rows.dedup_by(|a, b| a.split(',').next() == b.split(',').next());
        }
        let text = format!("{}\n{}", if wide { "time,close,volume,x" } else { "time,x,close,adj close" }, rows.concat());
        let text = if last { text.as_str() } else { text.trim_end_matches('\n') };
        let (quick, thorough) = both_told(text, &Wishes::default(), piece);
        prop_assert!(quick.is_none() || quick == thorough, "{}\n{:?}\n{:?}", text, quick, thorough);
    }
}
