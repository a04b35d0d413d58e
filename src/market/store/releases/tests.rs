#![allow(clippy::unwrap_used, clippy::float_cmp)]
use proptest::prelude::*;

use super::*;
use crate::market::store::{HowToRead, ImportRequest, Imported, read_bytes};

/// Two quarters: an estimate, its revision, then the next quarter together with a revision of the first one.
const VINTAGES: &str = "realtime_start,realtime_end,date,value\n\
                        2024-04-25,2024-05-29,2024-01-01,1.6\n\
                        2024-05-30,2024-07-24,2024-01-01,1.3\n\
                        2024-07-25,9999-12-31,2024-01-01,1.4\n\
                        2024-07-25,2024-08-28,2024-04-01,2.8\n\
                        2024-08-29,9999-12-31,2024-04-01,3.0\n\
                        2024-10-30,9999-12-31,2024-07-01,.\n";

/// The same, a column per vintage.
const WIDE: &str = "observation_date,GDPC1_20240425,GDPC1_20240530,GDPC1_20240725,GDPC1_20240829,GDPC1_20241030\n\
                    2024-01-01,1.6,1.3,1.4,1.4,1.4\n\
                    2024-04-01,.,.,2.8,3.0,3.0\n\
                    2024-07-01,,,,,\n";

fn request() -> ImportRequest {
    ImportRequest::file("GDPC1.csv")
}

fn import(text: &str, request: &ImportRequest) -> std::result::Result<Imported, String> {
    read_bytes(text.as_bytes(), request).map_err(|failure| failure.to_string())
}

fn rows(imported: &Imported) -> Vec<String> {
    let series = &imported.series;
    (0..series.len())
        .map(|row| format!("{} {} {}", series.label(row), series.close()[row], series.known_at(row)))
        .collect()
}

/// The value seen at an instant.
fn seen(imported: &Imported, at: &str) -> Option<f64> {
    let at = Instant::from(at.parse::<jiff::Timestamp>().unwrap());
    imported.series.known_by(at).and_then(|known| known.close().last().copied())
}

#[test]
fn vintages_are_the_values_known_at_the_time() {
    for (text, path) in [(VINTAGES, "GDPC1.csv"), (WIDE, "x.csv")] {
        let imported = import(text, &ImportRequest::file(path)).unwrap();
        assert_eq!(
            rows(&imported),
            [
                "2024-04-25 1.6 2024-04-26T04:00:00Z",
                "2024-05-30 1.3 2024-05-31T04:00:00Z",
                "2024-07-25 2.8 2024-07-26T04:00:00Z",
                "2024-08-29 3 2024-08-30T04:00:00Z",
            ]
        );
        assert_eq!((imported.report.name.as_str(), imported.bar.as_str()), ("GDPC1@alfred", "3mo"));
        // Between releases it is the value of that time, at the close of the day of release the one before.
        for (at, value) in [
            ("2024-04-25T23:59:59Z", None),
            ("2024-05-01T20:00:00Z", Some(1.6)),
            ("2024-05-30T20:00:00Z", Some(1.6)),
            ("2024-05-31T20:00:00Z", Some(1.3)),
            ("2024-07-25T20:00:00Z", Some(1.3)),
            ("2024-08-01T20:00:00Z", Some(2.8)),
            ("2024-12-01T20:00:00Z", Some(3.0)),
        ] {
            assert_eq!(seen(&imported, at), value, "{at}");
        }
    }
}

#[test]
fn an_import_says_what_its_rows_are() {
    let report = import(VINTAGES, &request()).unwrap().report;
    insta::assert_snapshot!(format!("{}\n{}", report.explanation, report.facts.join("\n")), @r"
    ALFRED CSV with dates of release; rows named by their date of release, session macro, values known when their date of release ends, America/New_York; values as they were known at the time
    a row is a release: 2 are of a newer observation, 2 revise the newest one; N rows are N releases
    1 of 5 values (of 2 observations) are not stored: a newer one was known when they came out
    1 of 6 rows hold no value and are not stored
    columns not used: realtime_end
    ");
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
}

#[test]
fn a_time_of_release_may_be_stated_or_written() {
    let text =
        "date,value,published\n2024-01-01,1,2024-01-20\n2024-02-01,2,2024-02-20\n2024-03-01,3,2024-03-20\n";
    let columns = Some("date=date,close=value,released=Published".to_owned());
    let named = ImportRequest {
        reading: HowToRead { columns, ..HowToRead::default() },
        ..ImportRequest::file("CPI.csv")
    };
    assert_eq!(rows(&import(text, &named).unwrap())[2], "2024-03-20 3 2024-03-21T04:00:00Z");
    let session = SessionSpec { close: Some("08:30".to_owned()), ..SessionSpec::default() };
    let morning = import(text, &ImportRequest { session, ..named.clone() }).unwrap();
    // The clocks changed on March 10.
    assert_eq!(
        rows(&morning)[1..],
        ["2024-02-20 2 2024-02-20T13:30:00Z", "2024-03-20 3 2024-03-20T12:30:00Z"]
    );
    let session = SessionSpec {
        close: Some("07:00".to_owned()),
        timezone: Some("Europe/London".to_owned()),
        ..SessionSpec::named("macro")
    };
    let london = import(text, &ImportRequest { session, ..named.clone() }).unwrap();
    assert_eq!(rows(&london)[0], "2024-01-20 1 2024-01-20T07:00:00Z");
    let timed = "date,value,released\n2024-01-01,1,2024-01-20 08:30:00-05:00\n2024-02-01,2,2024-02-20 08:30:00-05:00\n";
    assert_eq!(rows(&import(timed, &request()).unwrap())[1], "2024-02-20 2 2024-02-20T13:30:00Z");
    let bare = timed.replace("-05:00", "");
    assert!(import(&bare, &request()).unwrap_err().contains("say whose clock with `--timezone`"));
}

#[test]
fn what_does_not_go_together_is_refused() {
    let said = |session: SessionSpec| {
        import(VINTAGES, &ImportRequest { session, ..request() })
            .unwrap_err()
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        said(SessionSpec::named("crypto")),
        "error: GDPC1.csv: dates of release belong to session macro"
    );
    assert_eq!(
        said(SessionSpec { release_lag_days: Some(3), ..SessionSpec::default() }),
        "error: GDPC1.csv: the file has its own dates of release"
    );
    let session = SessionSpec {
        close: Some("08:30".to_owned()),
        timezone: Some("UTC".to_owned()),
        ..SessionSpec::default()
    };
    let plain = ImportRequest { session, ..ImportRequest::file("x.csv") };
    insta::assert_snapshot!(import("observation_date,DFF\n2024-01-02,5.33\n", &plain).unwrap_err(), @r"
    error: x.csv: a time of release is told, but the file has no dates of release
     |
     = note: the date beside a published value is the day or the period it is of, not the day it came out
     = help: name their column, as in `--columns date=1,close=2,released=3`, or say `--release-lag DAYS` instead
    ");
}

#[test]
fn what_does_not_tell_its_releases_is_refused() {
    let rows: Vec<String> = (1..=6).map(|month| format!("2024-0{month}-01,{month},2024-08-01\n")).collect();
    let rows = rows.concat();
    insta::assert_snapshot!(import(&format!("date,value,realtime_start\n{rows}"), &request()).unwrap_err(), @r"
    error: GDPC1.csv: every value has the same date of release
     |
     = note: this is one vintage of a whole history: it does not tell when its values came out
     = help: download all vintages, or take the column of values alone: `--columns date=1,close=2 --session macro --release-lag DAYS`
    ");
    let bad = "realtime_start,date,value\n2024-06-01,2024-01-01,1\n2024-06-01,2024-01-01,2\nsoon,2024-02-01,3\n2024-07-01,2024-02-01,x\n2024-07-01,2024\n";
    insta::assert_snapshot!(import(bad, &request()).unwrap_err(), @r"
    error: GDPC1.csv: 4 bad rows, so nothing of this file was taken
     |
     = note: GDPC1.csv:3: a second value of 2024-01-01 released on 2024-06-01
     = note: GDPC1.csv:4: `soon` is not a date of release like YYYY-MM-DD
     = note: GDPC1.csv:5: value `x` is not a number
     = note: GDPC1.csv:6: 2 fields where the header has 3
     = help: correct or delete these lines in a copy of the file, or download it again
    ");
}

#[test]
fn names_of_columns_tell_vintages_of_one_series() {
    let of = |names: &str| {
        let names: Vec<String> = names.split(',').map(str::to_owned).collect();
        vintages(&names).map(|found| format!("{} {}", found.name, found.columns.len()))
    };
    assert_eq!(of("observation_date,A_B_20200130,A_B_20200227").as_deref(), Some("A_B 2"));
    for other in [
        "date,A_20200130,B_20200227",
        "date,A_20201330",
        "date,_20200130",
        "date,A",
        "date",
        "",
        "date,A_2020013é",
    ] {
        assert_eq!(of(other), None, "{other}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// At every instant the series shows what a look into the file, with all later releases covered, shows.
    #[test]
    fn no_release_is_seen_before_it_is_out(values in prop::collection::btree_map((0..8_i8, 0..40_i16), 1..1000_i32, 1..60)) {
        let first = jiff::civil::date(2024, 1, 1);
        let released = |(month, day): (i8, i16)| first.saturating_add(jiff::Span::new().months(month).days(day));
        let mut text = "date,value,realtime_start\n".to_owned();
        let mut known = Vec::new();
        for (&(month, day), value) in &values {
            let observed = first.saturating_add(jiff::Span::new().months(month));
            text += &format!("{observed},{value},{}\n", released((month, day)));
            known.push((released((month, day)), observed, f64::from(*value)));
        }
        let Ok(imported) = import(&text, &request()) else { return Ok(()) };
        let mut day = first;
        while day < jiff::civil::date(2024, 12, 1) {
            // At the end of `day` in UTC its releases are not known yet, those of the day before are.
            let out = known.iter().filter(|(released, ..)| *released < day);
            let best = out.max_by_key(|(released, observed, _)| (*observed, *released)).map(|(.., value)| *value);
            prop_assert_eq!(seen(&imported, &format!("{day}T23:59:59Z")), best, "{} {}", day, text);
            day = day.tomorrow().unwrap();
        }
    }
}

#[test]
fn an_open_order_of_day_and_month_in_the_releases_is_told_by_the_date_format() {
    let text = "date,released,value\n2024-01-01,01/02/2024,1.6\n2024-02-01,05/03/2024,1.3\n";
    let error = import(text, &request()).unwrap_err();
    assert!(
        error.contains("`--date-format MM/DD/YYYY`") || error.contains("`--date-format DD/MM/YYYY`"),
        "{error}"
    );
    let told = |format: &str| {
        let reading = HowToRead { date_format: Some(format.to_owned()), ..HowToRead::default() };
        import(text, &ImportRequest { reading, ..request() })
    };
    let days =
        |imported: &Imported| (0..2).map(|row| imported.series.label(row).to_string()).collect::<Vec<_>>();
    assert_eq!(days(&told("DD/MM/YYYY").unwrap()), ["2024-02-01", "2024-03-05"]);
    assert_eq!(days(&told("MM/DD/YYYY").unwrap()), ["2024-01-02", "2024-05-03"]);
    // One that fits neither column decides nothing.
    assert!(told("epoch").unwrap_err().contains("cannot be told"));
}
