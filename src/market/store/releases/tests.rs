#![allow(clippy::unwrap_used, clippy::float_cmp)]
use crate::base::calendar::Instant;
use crate::market::store::{ImportRequest, Imported, SessionSpec, read_bytes};

/// Two quarters: an estimate, its revision, then the next quarter together with a revision of the first one.
const VINTAGES: &str = "realtime_start,realtime_end,date,value\n\
                        2024-04-25,2024-05-29,2024-01-01,1.6\n\
                        2024-05-30,2024-07-24,2024-01-01,1.3\n\
                        2024-07-25,9999-12-31,2024-01-01,1.4\n\
                        2024-07-25,2024-08-28,2024-04-01,2.8\n\
                        2024-08-29,9999-12-31,2024-04-01,3.0\n\
                        2024-10-30,9999-12-31,2024-07-01,.\n";

fn request() -> ImportRequest {
    ImportRequest { symbol: Some("GDPC1".to_owned()), ..ImportRequest::file("x.csv") }
}

fn import(text: &str, request: &ImportRequest) -> Result<Imported, String> {
    read_bytes(text.as_bytes(), request).map_err(|failure| failure.to_string())
}

fn rows(imported: &Imported) -> Vec<String> {
    let series = &imported.series;
    (0..series.len())
        .map(|row| format!("{} {} {}", series.label(row), series.close()[row], series.known_at(row)))
        .collect()
}

#[test]
fn vintages_are_the_values_known_at_the_time() {
    let imported = import(VINTAGES, &request()).unwrap();
    assert_eq!(
        rows(&imported),
        [
            "2024-04-25 1.6 2024-04-26T00:00:00Z",
            "2024-05-30 1.3 2024-05-31T00:00:00Z",
            "2024-07-25 2.8 2024-07-26T00:00:00Z",
            "2024-08-29 3 2024-08-30T00:00:00Z",
        ]
    );
    assert_eq!((imported.report.name.as_str(), imported.bar.as_str()), ("GDPC1@fred", "1mo"));
    assert_eq!(
        imported.report.facts,
        [
            "rows are releases, named by their date: 4 of 5 values; 1 are older than the newest known at their release",
            "1 of 5 rows hold no value and are not stored",
            "columns not used: realtime_end",
        ]
    );
    assert!(imported.report.explanation.ends_with("values as they were released"));
    // Asked between two releases, the value is the one of that time.
    let then = Instant::start_of("2024-08-01".parse().unwrap());
    assert_eq!(imported.series.known_by(then).unwrap().close().last(), Some(&2.8));
}

#[test]
fn a_column_may_be_named_and_a_lag_counts_from_the_release() {
    let text =
        "date,value,published\n2024-01-01,1,2024-01-20\n2024-02-01,2,2024-02-20\n2024-03-01,3,2024-03-20\n";
    let named = ImportRequest { released_column: Some("Published".to_owned()), ..request() };
    let imported = import(text, &named).unwrap();
    assert_eq!(rows(&imported)[1], "2024-02-20 2 2024-02-21T00:00:00Z");
    let session = SessionSpec { release_lag_days: Some(0), ..SessionSpec::default() };
    let imported = import(text, &ImportRequest { session, ..named.clone() }).unwrap();
    assert_eq!(rows(&imported)[1], "2024-02-20 2 2024-02-20T00:00:00Z");
    let wrong = ImportRequest { released_column: Some("publishd".to_owned()), ..request() };
    insta::assert_snapshot!(import(text, &wrong).unwrap_err(), @r"
    error: x.csv: there is no column `publishd`
     |
     = note: the columns are date, value, published
     = help: did you mean `published`?
    ");
    let price = ImportRequest { session: SessionSpec::named("crypto"), ..named };
    assert!(import(text, &price).unwrap_err().contains("release dates belong to session macro"));
}

#[test]
fn what_does_not_tell_its_releases_is_refused() {
    let one = "realtime_start,date,value\n2024-06-01,2024-01-01,1\n2024-06-01,2024-02-01,2\n";
    insta::assert_snapshot!(import(one, &request()).unwrap_err(), @r"
    error: x.csv: every value has the same release date
     |
     = note: this is one vintage of the whole history: it does not tell when its values came out
     = help: download all vintages, or leave the release column out and say `--release-lag DAYS`
    ");
    let bad =
        "realtime_start,date,value\n2024-06-01,2024-01-01,1\n2024-06-01,2024-01-01,2\nsoon,2024-02-01,x\n";
    insta::assert_snapshot!(import(bad, &request()).unwrap_err(), @r"
    error: x.csv: 2 bad rows, so nothing of this file was taken
     |
     = note: x.csv:3: a second value of 2024-01-01 released on 2024-06-01
     = note: x.csv:4: `soon` is not a date like YYYY-MM-DD; value `x` is not a number
     = help: correct or delete these lines in a copy of the file, or download it again
    ");
}
