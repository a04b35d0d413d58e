#![allow(clippy::unwrap_used, clippy::float_cmp)]
use super::*;
use crate::market::store::{ImportRequest, SessionSpec, read_bytes};

fn series(session: &str, rows: &[(&str, f64)]) -> Series {
    let lines: Vec<String> = rows.iter().map(|(date, close)| format!("{date},{close}\n")).collect();
    let spec =
        SessionSpec { release_lag_days: (session == "macro").then_some(1), ..SessionSpec::named(session) };
    let request =
        ImportRequest { symbol: Some("X".to_owned()), session: spec, ..ImportRequest::file("x.csv") };
    read_bytes(format!("date,close\n{}", lines.concat()).as_bytes(), &request).unwrap().series
}

const WEEK: [(&str, f64); 5] =
    [("2024-01-02", 1.0), ("2024-01-03", 2.0), ("2024-01-04", 3.0), ("2024-01-05", 4.0), ("2024-01-08", 5.0)];

fn merge_of(session: &str, old: &[(&str, f64)], new: &[(&str, f64)]) -> Outcome {
    merge(&series(session, old), &series(session, new))
}

fn lines(outcome: &Outcome) -> Vec<String> {
    match outcome {
        Outcome::Clash(clash) => clash.lines(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn equal_rows_agree_wherever_they_lie() {
    assert_eq!(merge_of("us-equity", &WEEK, &WEEK), Outcome::Same);
    assert_eq!(merge_of("us-equity", &WEEK, &WEEK[1..3]), Outcome::Same);
    for (old, new, counts) in [
        (0..3, 2..5, (0, 2, 1)),
        (2..5, 0..3, (2, 0, 1)),
        (1..3, 0..5, (1, 2, 2)),
        (0..2, 2..5, (0, 3, 0)), // no row in common, but the next session
        (2..5, 0..2, (2, 0, 0)),
        (0..4, 4..5, (0, 1, 0)), // over a weekend
    ] {
        let outcome = merge_of("us-equity", &WEEK[old], &WEEK[new]);
        let Outcome::Extended { rows, before, after, shared } = outcome else { panic!("{outcome:?}") };
        assert_eq!((before, after, shared), counts);
        assert_eq!(rows, series("us-equity", &WEEK).rows().to_rows());
    }
}

#[test]
fn a_changed_past_is_listed_with_its_worst_first() {
    let mut new = WEEK;
    new[1].1 = 2.5;
    new[3].1 = 4.1;
    assert_eq!(
        lines(&merge_of("us-equity", &WEEK, &new)),
        [
            "2 rows with other values or times; the first at 2024-01-03, the last at 2024-01-05",
            "worst relative difference: 20.000%",
            "2024-01-03 close: 2 in the store, 2.5 now",
            "2024-01-05 close: 4 in the store, 4.1 now",
        ]
    );
    let many: Vec<(&str, f64)> = WEEK.iter().map(|(date, close)| (*date, close * 2.0)).collect();
    let outcome = merge_of("us-equity", &WEEK, &many);
    assert!(matches!(&outcome, Outcome::Clash(clash) if clash.changed == 5 && clash.largest.len() == LISTED));
}

#[test]
fn the_last_digit_of_sixteen_is_no_other_past() {
    let (csv, binary) = (902.223_999_023_437_6, 902.223_999_023_437_5);
    assert_ne!(csv, binary);
    let [one, other] = [csv, binary].map(|price| [("2024-01-02", price), ("2024-01-03", 2.0)]);
    assert_eq!(merge_of("us-equity", &one, &other), Outcome::Same);
    let other = [("2024-01-02", 902.224), ("2024-01-03", 2.0)];
    assert!(matches!(merge_of("us-equity", &one, &other), Outcome::Clash(_)));
}

#[test]
fn rows_that_come_or_go_are_another_past() {
    let holed = [WEEK[0], WEEK[2], WEEK[3], WEEK[4]];
    assert_eq!(
        lines(&merge_of("us-equity", &WEEK, &holed)),
        ["1 row that the newer file lacks; the first at 2024-01-03, the last at 2024-01-03"]
    );
    assert_eq!(
        lines(&merge_of("us-equity", &holed, &WEEK)),
        ["1 row that the store lacks; the first at 2024-01-03, the last at 2024-01-03"]
    );
}

#[test]
fn rows_that_do_not_follow_are_told() {
    let told = lines(&merge_of("us-equity", &WEEK[..2], &WEEK[3..]));
    assert!(told[0].contains("missing between 2024-01-03 and 2024-01-05"), "{told:?}");
    // A market that never closes misses the weekend.
    assert!(matches!(merge_of("crypto", &WEEK[..4], &WEEK[4..]), Outcome::Clash(_)));
    assert!(matches!(merge_of("fx", &WEEK[..4], &WEEK[4..]), Outcome::Extended { .. }));
    // Without a calendar a gap may be as long as the longest there is.
    assert!(matches!(merge_of("macro", &WEEK[..4], &WEEK[4..]), Outcome::Clash(_)));
    assert!(matches!(merge_of("macro", &WEEK, &[("2024-01-10", 1.0)]), Outcome::Extended { .. }));
}

#[test]
fn another_session_or_another_column_is_another_past() {
    let (old, new) = (series("us-equity", &WEEK), series("custom", &WEEK));
    let told = lines(&merge(&old, &new));
    assert!(told[0].starts_with("the store has session us-equity (closes known"), "{told:?}");
    assert!(told[1].starts_with("5 rows with other values or times"), "{told:?}");
    let mut rows = old.rows().to_rows();
    rows.volume = vec![1.0; 5];
    let with_volume = merged(&old, rows).unwrap();
    assert_eq!(lines(&merge(&old, &with_volume)), ["the store's rows have no volume"]);
    assert_eq!(lines(&merge(&with_volume, &old)), ["the newer rows have no volume"]);
}

#[test]
fn hours_follow_within_a_session_and_from_one_to_the_next() {
    let hours = |days: &[&str]| {
        let rows: Vec<String> = days.iter().map(|time| format!("{time}-05:00,4,5,3,4,1,,\n")).collect();
        let text = format!("date,open,high,low,close,volume,wap,count\n{}", rows.concat());
        read_bytes(text.as_bytes(), &ImportRequest::file("RUT_1h.csv")).unwrap().series
    };
    let morning = hours(&["2024-01-04 14:00:00", "2024-01-04 15:00:00"]);
    let next = hours(&["2024-01-05 09:30:00", "2024-01-05 10:00:00", "2024-01-05 11:00:00"]);
    let late = hours(&["2024-01-05 10:00:00", "2024-01-05 11:00:00"]);
    assert!(matches!(merge(&morning, &next), Outcome::Extended { after: 3, .. }));
    assert!(matches!(merge(&morning, &late), Outcome::Clash(_)));
    let noon = hours(&["2024-01-04 12:00:00", "2024-01-04 13:00:00"]);
    assert!(matches!(merge(&noon, &morning), Outcome::Extended { after: 2, .. }));
}
