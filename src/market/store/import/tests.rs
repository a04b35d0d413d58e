#![allow(clippy::unwrap_used, clippy::float_cmp)]
use super::*;
use crate::market::series::Field;

fn request(path: &str) -> ImportRequest {
    ImportRequest::file(path)
}

fn import(path: &str, text: &str) -> Imported {
    read_bytes(text.as_bytes(), &request(path)).unwrap()
}

fn refusal(path: &str, text: &str) -> String {
    read_bytes(text.as_bytes(), &request(path)).unwrap_err().to_string()
}

/// `label opens_at known_at` of every row.
fn times(imported: &Imported) -> Vec<String> {
    let series = &imported.series;
    (0..series.len())
        .map(|row| format!("{} {} {}", series.label(row), series.opens_at(row), series.known_at(row)))
        .collect()
}

fn warnings(imported: &Imported) -> Vec<&str> {
    imported.report.warnings.iter().map(Diagnostic::title).collect()
}

#[test]
fn yahoo_with_adjusted_close() {
    let imported = import(
        "IWM.csv",
        "Date,Open,High,Low,Close,Adj Close,Volume\n2024-03-07,10,12,9,11,5,100\n2024-03-08,11,13,10,12,6,200\n\
         2024-03-11,12,14,11,13,7,300\n",
    );
    let report = &imported.report;
    assert_eq!((report.name.as_str(), imported.bar.as_str(), report.rows), ("IWM@yahoo", "1d", 3));
    assert_eq!((report.first.as_str(), report.last.as_str()), ("2024-03-07", "2024-03-11"));
    insta::assert_snapshot!(report.explanation, @"Yahoo CSV with Adj Close; date-only, session us-equity, closes known 16:00 New York (13:00 on early closes); prices split-adjusted, not dividend-adjusted");
    assert_eq!(report.facts, ["columns not used: Adj Close"]);
    assert_eq!(warnings(&imported), Vec::<&str>::new());
    // The clocks changed between Friday and Monday.
    assert_eq!(
        times(&imported)[1..],
        [
            "2024-03-08 2024-03-08T14:30:00Z 2024-03-08T21:00:00Z",
            "2024-03-11 2024-03-11T13:30:00Z 2024-03-11T20:00:00Z"
        ]
    );
    assert_eq!(imported.series.close(), [11.0, 12.0, 13.0]);
    assert_eq!(imported.series.column(Field::Open).unwrap(), [10.0, 11.0, 12.0]);
    assert_eq!(imported.series.column(Field::Volume).unwrap(), [100.0, 200.0, 300.0]);
    assert_eq!(imported.series.provenance().adjustment, "split");
    assert_eq!(imported.series.provenance().hash.len(), 64);
}

#[test]
fn columns_are_found_by_name() {
    let imported =
        import("BTC-USD.csv", "Date,Close,High,Low,Open,Volume\n2024-01-01,4,5,2,3,9\n2024-01-02,4,6,1,3,9");
    let series = &imported.series;
    let values = |field| series.column(field).unwrap()[1];
    assert_eq!(
        [values(Field::Open), values(Field::High), values(Field::Low), values(Field::Close)],
        [3.0, 6.0, 1.0, 4.0]
    );
    assert_eq!(times(&imported)[0], "2024-01-01 2024-01-01T00:00:00Z 2024-01-02T00:00:00Z");
    assert_eq!(series.provenance().adjustment, "none");
}

#[test]
fn the_header_or_the_folder_or_the_user_names_the_vendor() {
    let text = "date,open,high,low,close,volume\n2024-03-07,10,12,9,11,5\n2024-03-08,11,13,10,12,6\n";
    let name = |path: &str| {
        let imported = import(path, text);
        format!("{} {}", imported.report.name, imported.series.provenance().adjustment)
    };
    assert_eq!(name("IWM.csv"), "IWM@plain unknown");
    assert_eq!(name("some/folder/IWM.csv"), "IWM@plain unknown");
    assert_eq!(name("data/yahoo-adjusted/IWM.csv"), "IWM@yahoo-adjusted split-and-dividend");
    assert_eq!(name("yahoo/AAPL.csv"), "AAPL@yahoo unknown");
    let said = ImportRequest {
        vendor: Some("my-broker".to_owned()),
        adjustment: Some("split".to_owned()),
        ..request("yahoo/IWM.csv")
    };
    let imported = read_bytes(text.as_bytes(), &said).unwrap();
    assert_eq!(imported.report.name, "IWM@my-broker");
    assert_eq!(imported.series.provenance().adjustment, "split");
    assert_eq!(
        warnings(&import("IWM.csv", text)),
        ["the file does not tell what its prices are adjusted for"]
    );
}

#[test]
fn binance_days_end_when_the_next_one_starts() {
    let header = "open_time,open,high,low,close,volume,close_time,quote_volume,trades,a,b,ignore\n";
    let text = format!(
        "{header}1502928000000,4,5,3,4.5,10,1503014399999,45,1,0,0,0\n\
         1503014400000,4,5,3,4.5,10,1503050000000,45,1,0,0,0\r\n1503100800000000,4,5,3,4.5,10,1503187199999999,45,1,0,0,0\r\n"
    );
    let imported = import("BTCUSDT_1d.csv", &text);
    assert_eq!((imported.report.name.as_str(), imported.bar.as_str()), ("BTCUSDT@binance", "1d"));
    assert_eq!(
        times(&imported),
        [
            "2017-08-17 2017-08-17T00:00:00Z 2017-08-18T00:00:00Z",
            "2017-08-18 2017-08-18T00:00:00Z 2017-08-19T00:00:00Z",
            "2017-08-19 2017-08-19T00:00:00Z 2017-08-20T00:00:00Z",
        ]
    );
    insta::assert_debug_snapshot!(imported.report.facts, @r#"
    [
        "times are written in milliseconds and microseconds since 1970",
        "columns not used: quote_volume, trades, a, b, ignore",
    ]
    "#);
    insta::assert_snapshot!(imported.report.explanation, @"Binance klines; 1d bars named by the UTC date of their start, known at their written end, session crypto; prices as traded, not adjusted");
}

#[test]
fn binance_bars_within_the_day_are_named_by_their_start() {
    let header = "open_time,open,high,low,close,volume,close_time,quote_volume,ignore\n";
    let text = format!(
        "{header}1609459200000,4,5,3,4.5,10,1609473599999,45,0\n1609473600000,4,5,3,4.5,10,1609473658145,45,0\n\
         1609488000000,4,5,3,4.5,10,1609502399999,45,0\n"
    );
    let imported = import("BTCUSDT_4h.csv", &text);
    assert_eq!((imported.series.label_kind(), imported.bar.as_str()), (LabelKind::Time, "4h"));
    assert_eq!(
        times(&imported)[..2],
        [
            "2021-01-01T00:00:00Z 2021-01-01T00:00:00Z 2021-01-01T04:00:00Z",
            "2021-01-01T04:00:00Z 2021-01-01T04:00:00Z 2021-01-01T08:00:00Z",
        ]
    );
    let overlapping = text.replace("1609473658145", "1609490000000");
    insta::assert_snapshot!(refusal("BTCUSDT_4h.csv", &overlapping), @r"
    error: BTCUSDT_4h.csv: bars overlap
     |
     = note: the bar before 2021-01-01T08:00:00Z ends after its start
     = help: download the file again: it may hold bars of two lengths
    ");
}

#[test]
fn cryptodatadownload_is_read_backwards() {
    let text = "https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close,Volume BTC,Volume USD\n\
                3,2024-01-03 00:00:00,BTC/USD,40000,41000,39000,40500,2,81000\n\
                2,2024-01-02 00:00:00,BTC/USD,40000,41000,39000,40200,3,120600\n\
                1,2024-01-01 00:00:00,BTC/USD,40000,41000,39000,40100,120300,3\n";
    let imported = import("Bitstamp_BTCUSD_d.csv", text);
    assert_eq!(imported.report.name, "BTC-USD@cryptodatadownload");
    assert_eq!(imported.series.close(), [40100.0, 40200.0, 40500.0]);
    assert_eq!(imported.series.column(Field::Volume).unwrap(), [120_300.0, 3.0, 2.0]);
    assert_eq!(times(&imported)[0], "2024-01-01 2024-01-01T00:00:00Z 2024-01-02T00:00:00Z");
    assert_eq!(
        imported.report.facts,
        ["the newest row comes first: read backwards", "columns not used: unix, Volume USD"]
    );
    assert_eq!(warnings(&imported), ["the two volume columns look swapped in 1 of 3 rows, on 2024-01-01"]);
    let mixed = text.replace("1,2024-01-01 00:00:00,BTC/USD", "1,2024-01-01 00:00:00,ETH/USD");
    assert!(refusal("x.csv", &mixed).contains("x.csv:5: symbol ETH-USD in a file of BTC-USD"));
    let older = "4,2024-01-04 00:00:00,BTC/USD,40000,41000,39000,40500,2,81000\n";
    let message = refusal("x.csv", &format!("{text}{older}"));
    assert!(
        message.contains(
            "x.csv:6: 2024-01-04 00:00:00 is out of order: later than 2024-01-01 00:00:00 above it"
        )
    );
}

#[test]
fn interactive_brokers_hours_end_at_the_close() {
    let text = "date,open,high,low,close,volume,wap,count\n\
                2024-11-27 19:00:00+00:00,4,5,3,4.5,0.0,,\n2024-11-27 20:00:00+00:00,4,5,3,4.5,0.0,,\n\
                2024-11-29 09:30:00-05:00,4,5,3,4.5,0.0,,\n2024-11-29 10:00:00-05:00,4,5,3,4.5,0.0,,\n\
                2024-11-29 11:00:00-05:00,4,5,3,4.5,0.0,,\n2024-11-29 12:00:00-05:00,4,5,3,4.5,0.0,,\n\
                2024-12-02 15:30:00-05:00,4,5,3,4.5,0.0,,\n";
    let imported = import("RUT_1h.csv", text);
    assert_eq!((imported.report.name.as_str(), imported.bar.as_str()), ("RUT@interactive-brokers/1h", "1h"));
    let known: Vec<String> =
        times(&imported).iter().map(|times| times.split(' ').skip(1).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        known,
        [
            "2024-11-27T19:00:00Z 2024-11-27T20:00:00Z",
            "2024-11-27T20:00:00Z 2024-11-27T21:00:00Z",
            "2024-11-29T14:30:00Z 2024-11-29T15:00:00Z",
            "2024-11-29T15:00:00Z 2024-11-29T16:00:00Z",
            "2024-11-29T16:00:00Z 2024-11-29T17:00:00Z",
            "2024-11-29T17:00:00Z 2024-11-29T18:00:00Z",
            "2024-12-02T20:30:00Z 2024-12-02T21:00:00Z",
        ]
    );
    let without_offset = text.replace("+00:00", "").replace("-05:00", "");
    assert!(refusal("RUT_1h.csv", &without_offset).contains("`--timezone America/New_York`"));
}

#[test]
fn offsets_do_not_hide_a_row_out_of_order() {
    let text = "date,open,high,low,close,volume,wap,count\n2026-08-04 15:00:00+00:00,4,5,3,4.5,0.0,,\n\
                2026-08-04 15:30:00-04:00,4,5,3,4.5,0.0,,\n2026-08-04 16:00:00+00:00,4,5,3,4.5,0.0,,\n\
                2026-08-04 17:00:00+00:00,4,5,3,4.5,0.0,,\n";
    insta::assert_snapshot!(refusal("RUT_1h.csv", text), @r"
    error: RUT_1h.csv: 1 bad row, so nothing of this file was taken
     |
     = note: RUT_1h.csv:3: 2026-08-04 15:30:00-04:00 is out of order: later than 2026-08-04 16:00:00+00:00 below it
     = help: correct or delete these lines in a copy of the file, or download it again
    ");
}

#[test]
fn fred_values_are_known_after_their_release() {
    let imported = import(
        "x.csv",
        "observation_date,DTB3\n2024-01-12,5.2\n2024-01-15,\n2024-01-16,-0.1\n2024-01-17,.\n2024-01-18,0\n",
    );
    assert_eq!(imported.report.name, "DTB3@fred");
    assert_eq!(imported.series.close(), [5.2, -0.1, 0.0]);
    assert_eq!(imported.report.facts, ["2 of 5 rows hold no value and are not stored"]);
    assert_eq!(times(&imported)[0], "2024-01-12 2024-01-12T00:00:00Z 2024-01-17T00:00:00Z");
    let weekly = import("x.csv", "DATE,WALCL\n2024-01-03,7\n2024-01-10,8\n2024-01-17,9\n");
    assert_eq!((weekly.bar.as_str(), weekly.series.stale_after_days()), ("1w", 17.0));
    insta::assert_snapshot!(refusal("x.csv", "observation_date,CPIAUCSL\n2024-01-01,308\n"), @r"
    error: CPIAUCSL: when a value is published is not known
     |
     = note: a macro value dated today may be out days or weeks later; used at once, it would see the future
     = help: say how many days after its date a value is surely out: `--release-lag DAYS` (in a strategy file `release_lag`)
     = help: or import a file that says when each value came out, as ALFRED's vintages do
    ");
    let lagged = ImportRequest {
        session: SessionSpec { release_lag_days: Some(50), ..SessionSpec::default() },
        ..request("x.csv")
    };
    let imported = read_bytes(b"observation_date,CPIAUCSL\n2024-01-01,308\n", &lagged).unwrap();
    assert_eq!(times(&imported), ["2024-01-01 2024-01-01T00:00:00Z 2024-02-20T00:00:00Z"]);
    assert!(
        refusal("x.csv", "observation_date,DFF\n2024-01-01,.\n").contains("every row's value is missing")
    );
}

#[test]
fn cboe_dates_are_decided_by_the_whole_file() {
    let rows = "DATE,OPEN,HIGH,LOW,CLOSE\r\n01/02/2024,13,14,12,13.5\r\n01/03/2024,13,14,12,13.2\r\n01/16/2024,13,14,12,13.8\r\n";
    let imported = import("VIX_History.csv", rows);
    assert_eq!(imported.report.last, "2024-01-16");
    assert_eq!(times(&imported)[0], "2024-01-02 2024-01-02T14:30:00Z 2024-01-02T21:15:00Z");
    assert_eq!(imported.report.facts, ["dates are written month first (MM/DD/YYYY)"]);
    let mixed = rows.replace("01/03/2024", "2024-01-03");
    assert!(
        refusal("vix-daily.csv", &mixed)
            .contains("vix-daily.csv:3: `2024-01-03` is not a date like MM/DD/YYYY")
    );
}

#[test]
fn where_every_row_is_bad_alike_a_flag_is_proposed() {
    let refused = |text: &str, reading: HowToRead| {
        let asked = ImportRequest {
            session: SessionSpec { kind: Some("us-equity".to_owned()), ..SessionSpec::default() },
            reading,
            ..request("ACME.csv")
        };
        let message = read_bytes(text.as_bytes(), &asked).unwrap_err().to_string();
        message.lines().last().unwrap_or_default().trim().to_owned()
    };
    let dates = |format: &str| HowToRead { date_format: Some(format.to_owned()), ..HowToRead::default() };
    let text = "date,close\n2024-01-02,10.5\n2024-01-03,11\n";
    assert_eq!(
        refused(text, dates("MM/DD/YYYY")),
        "= help: every date reads as YYYY-MM-DD: say `--date-format YYYY-MM-DD`, or leave the format to the file"
    );
    assert_eq!(
        refused(&text.replace("2024-01-0", "1/2/202"), dates("YYYY-MM-DD")),
        "= help: every date can be read: say `--date-format MM/DD/YYYY` or `--date-format DD/MM/YYYY`"
    );
    assert!(
        refused(&text.replace("2024-", "24-"), HowToRead::default()).contains("write them as YYYY-MM-DD")
    );
    let comma = HowToRead { decimal: Some("comma".to_owned()), ..HowToRead::default() };
    assert_eq!(
        refused(&text.replace(",11", ",11.25"), comma),
        "= help: every close reads as 1,234.5: say `--decimal point`"
    );
    // One bad row among good ones is a bad row.
    let one = refused(&text.replace("2024-01-03", "24-01-03"), HowToRead::default());
    assert!(one.contains("correct or delete"), "{one}");
}

#[test]
fn stooq_and_plain_values() {
    let text =
        "Date,Open,High,Low,Close,Volume\r\n2024-01-02,13,14,12,13.5,2.5\r\n2024-01-03,13,14,12,13.2,2\r\n";
    assert_eq!(import("zzz_us_d.csv", text).report.name, "ZZZ@stooq");
    let imported = import("IWM.csv", "date,close\n2024-01-02,13\n2024-01-03,12\n");
    assert_eq!(imported.series.column(Field::Open), None);
    assert!(imported.report.facts[0].starts_with("no opens"));
    insta::assert_snapshot!(refusal("leader.csv", "date,close\n2024-01-02,13\n"), @r"
    error: leader.csv: when LEADER trades is not known
     |
     = note: neither the file nor the symbol tells, and without it no one can say when a bar was known
     = help: say it with `--session` and one of crypto, us-equity, cboe, futures, fx, macro, custom
    ");
    let custom = ImportRequest {
        session: SessionSpec {
            kind: Some("custom".to_owned()),
            close: Some("17:00".to_owned()),
            timezone: Some("America/New_York".to_owned()),
            release_lag_days: None,
        },
        ..request("leader.csv")
    };
    let imported = read_bytes(b"date,close\n2024-01-02,13\n", &custom).unwrap();
    assert_eq!(times(&imported), ["2024-01-02 2024-01-01T22:00:00Z 2024-01-02T22:00:00Z"]);
}

#[test]
fn simulated_files_stay_simulated() {
    let text =
        "# catchup sample data: made up\ndate,open,high,low,close,volume\n2024-01-02,13,14,12,13.5,2\n";
    let said = ImportRequest { vendor: Some("yahoo".to_owned()), ..request("yahoo/IWM.csv") };
    let imported = read_bytes(text.as_bytes(), &said).unwrap();
    assert_eq!(imported.report.name, "IWM@simulated");
    assert!(imported.series.provenance().simulated);
    let pretended = ImportRequest { vendor: Some("simulated".to_owned()), ..request("IWM.csv") };
    assert!(
        read_bytes(b"date,close\n2024-01-02,1\n", &pretended)
            .unwrap_err()
            .to_string()
            .contains("kept for sample data")
    );
}

#[test]
fn every_fault_of_a_row_is_named() {
    let header = "date,open,high,low,close,volume\n2024-01-02,10,11,9,10,5\n";
    for (row, reason) in [
        ("2024-01-02,10,11,9,10,5", "2024-01-02 is the same time as on line 2"),
        ("2023-12-29,10,11,9,10,5", "2023-12-29 is out of order: earlier than 2024-01-02 above it"),
        ("2024-01-32,10,11,9,10,5", "`2024-01-32` is not a date like YYYY-MM-DD"),
        (",10,11,9,10,5", "`` is not a date like YYYY-MM-DD"),
        ("2024-01-03,10,11,9,ten,5", "close `ten` is not a number"),
        ("2024-01-03,10,11,9,\"1,000\",5", "close `1,000` is not a number"),
        ("2024-01-03,10,11,9,,5", "close is empty"),
        ("2024-01-03,10,11,9,nan,5", "close `nan` is not a finite number"),
        ("2024-01-03,10,inf,9,10,5", "high `inf` is not a finite number"),
        ("2024-01-03,10,1e999,9,10,5", "high `1e999` is not a finite number"),
        ("2024-01-03,0,11,9,10,5", "open 0 is not above zero"),
        ("2024-01-03,10,11,-9,10,5", "low -9 is not above zero"),
        ("2024-01-03,10,9,11,10,5", "high 9 is below low 11"),
        ("2024-01-03,10,11,9,10,-5", "volume -5 is negative"),
        ("2024-01-03,10,11,9,10,many", "volume `many` is not a number"),
        ("2024-01-03,10,11,9", "4 fields where the header has 6"),
        ("2024-01-03,10,11,9,10,5,7", "7 fields where the header has 6"),
        ("2024-01-03,null,null,null,null,null", "open `null` is not a number; high `null` is not a number"),
    ] {
        let message =
            refusal("IWM.csv", &format!("{header}{row}\n2024-01-04,10,11,9,10,5\n2024-01-05,10,11,9,10,5\n"));
        assert!(
            message.starts_with("error: IWM.csv: 1 bad row, so nothing of this file was taken\n"),
            "{message}"
        );
        assert!(message.contains(&format!("IWM.csv:3: {reason}")), "{row}: {message}");
    }
}

#[test]
fn of_many_faults_the_first_twenty_are_listed() {
    let rows: Vec<String> = (1..=25).map(|day| format!("2024-01-{day:02},0\n")).collect();
    let message = refusal("IWM.csv", &format!("date,close\n{}2024-02-01,1\n", rows.concat()));
    assert!(
        message.contains("25 bad rows")
            && message.contains("IWM.csv:21:")
            && !message.contains("IWM.csv:22:")
    );
    assert!(message.contains("and 5 more"));
    let two = "date,close\n2024-01-02,1\n2024-01-01,x\n2024-01-03,1\n";
    insta::assert_snapshot!(refusal("IWM.csv", two), @r"
    error: IWM.csv: 1 bad row, so nothing of this file was taken
     |
     = note: IWM.csv:3: close `x` is not a number; 2024-01-01 is out of order: earlier than 2024-01-02 above it
     = help: correct or delete these lines in a copy of the file, or download it again
    ");
}

#[test]
fn blank_volumes_are_not_zeros() {
    let text = "date,open,high,low,close,volume\n2024-01-02,10,11,9,10,\n2024-01-03,10,11,9,10.5,5\n";
    let imported = import("yahoo-adjusted/IWM.csv", text);
    assert_eq!(imported.series.column(Field::Volume), None);
    assert_eq!(warnings(&imported), ["volume is blank in 1 of 2 rows"]);
}

#[test]
fn what_cannot_be_read_is_named() {
    let message =
        |bytes: &[u8]| read_bytes(bytes, &request("x.csv")).unwrap_err().diagnostics()[0].title().to_owned();
    assert_eq!(message(b"\x1f\x8b\x08"), "x.csv: the gz archive cannot be unpacked: unexpected end of file");
    assert!(message(b"PAR1....").starts_with("x.csv: the Parquet file cannot be read: "));
    assert_eq!(message(b"\xd0\xcf\x11\xe0"), "x.csv: this is an Excel workbook, which is not read");
    assert_eq!(message(b"date,close\n2024-01-02,\xe9\n"), "x.csv:2: the file is not text in UTF-8");
    let missing = read_file(&request("no/such/file.csv")).unwrap_err();
    assert_eq!(missing.diagnostics()[0].title(), "there is no file `no/such/file.csv`");
    assert_eq!(missing.exit().code(), 2);
    let both = read_files(&[request("no/a.csv"), request("no/b.csv")]).unwrap_err();
    assert_eq!(both.diagnostics().len(), 2);
}

#[test]
fn bars_that_do_not_tell_their_times_are_refused() {
    let weeks = "date,close\n2024-01-01,1\n2024-01-08,1\n2024-01-15,1\n2024-01-22,1\n2024-01-29,1\n";
    insta::assert_snapshot!(refusal("IWM.csv", weeks), @r"
    error: IWM.csv: rows are about 7 days apart
     |
     = note: a date beside a week or a month may be its first or its last day, and this file does not say which
     = help: import daily bars; for published values use `--session macro --release-lag DAYS`
    ");
    let hours = "date,close\n2024-01-01 09:30:00,1\n2024-01-01 10:30:00,1\n";
    insta::assert_snapshot!(refusal("IWM.csv", hours), @r"
    error: IWM.csv: the times of its bars cannot be told
     |
     = note: the rows carry times of day without a UTC offset, and the file does not say whose clock showed them
     = note: the rows carry times of day, and the file does not say whether they mark a bar's start or its end
     = help: if this is right, say it: `--timezone America/New_York --stamps start` (or `end`)
    ");
    // Midnights are dates, whatever the offset.
    let days = "date,close\n2024-01-02 00:00:00-05:00,1\n2024-01-03 00:00:00-05:00,1\n";
    assert_eq!(times(&import("IWM.csv", days))[0], "2024-01-02 2024-01-02T14:30:00Z 2024-01-02T21:00:00Z");
}

#[test]
fn symbols_and_words_are_checked() {
    let text = b"date,close\n2024-01-02,1\n";
    let with = |change: fn(&mut ImportRequest)| {
        let mut request = request("Russell 2000 Futures.csv");
        change(&mut request);
        read_bytes(text, &request).map_or_else(|failure| failure.to_string(), |imported| imported.report.name)
    };
    insta::assert_snapshot!(with(|_| ()), @r"
    error: Russell 2000 Futures.csv: which market this is cannot be told from its columns or name
     |
     = help: name it with `--symbol S`, as in `--symbol IWM`
     = help: where the symbol does not tell when it trades, add `--session` and one of crypto, us-equity, cboe, futures, fx, macro, custom
    ");
    assert_eq!(with(|request| request.symbol = Some("iwm".to_owned())), "IWM@plain");
    assert!(with(|request| request.symbol = Some("a b".to_owned())).contains("is not a symbol"));
    let adjusted = with(|request| {
        request.symbol = Some("IWM".to_owned());
        request.adjustment = Some("splits".to_owned());
    });
    assert!(adjusted.contains("did you mean `split`?"), "{adjusted}");
}
