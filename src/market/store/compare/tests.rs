#![allow(clippy::unwrap_used)]
use super::*;
use crate::base::calendar::{Date, LabelKind, Session, sessions};
use crate::base::num::RandomStream;
use crate::market::series::{Provenance, Rows};

/// Closes of a made-up market; another seed, another market.
pub(super) fn walk(count: usize, seed: u64) -> Vec<f64> {
    let mut random = RandomStream::new(seed, "compare");
    let mut close = 100.0;
    (0..count)
        .map(|_| {
            close *= 1.0 + 0.02 * (random.uniform() - 0.5);
            close
        })
        .collect()
}

pub(super) fn days(count: usize) -> Vec<Date> {
    sessions("2020-01-02".parse().unwrap(), "2099-01-01".parse().unwrap()).take(count).collect()
}

pub(super) fn series(vendor: &str, days: &[Date], close: &[f64]) -> Series {
    let micros: Vec<i64> = days.iter().map(|day| Label::date(*day).micros()).collect();
    let rows = Rows {
        labels: micros.clone(),
        opens_at: micros.clone(),
        known_at: micros.iter().map(|start| start + 1).collect(),
        close: close.to_vec(),
        ..Rows::default()
    };
    let provenance = Provenance {
        symbol: "X".to_owned(),
        vendor: vendor.to_owned(),
        bar: None,
        file: "x.csv".to_owned(),
        hash: String::new(),
        adjustment: "split".to_owned(),
        simulated: false,
    };
    Series::new(provenance, Session::Custom(None), LabelKind::Date, 5.0, rows).unwrap()
}

fn compared(change: impl Fn(usize, f64) -> f64) -> Comparison {
    let (days, one) = (days(500), walk(500, 1));
    let other: Vec<f64> = one.iter().enumerate().map(|(at, close)| change(at, *close)).collect();
    compare(&series("one", &days, &one), &series("other", &days, &other)).unwrap()
}

#[test]
fn a_copy_is_the_same() {
    let found = compared(|_, close| close);
    assert_eq!((found.lag.together, found.lag.best, found.lag.late), (Together::Copies, 0, None));
    assert_eq!((&found.factor, found.ranges.len()), (&Factor::Same, 0));
    assert_eq!((found.pairs, found.only_a.len(), found.only_b.len()), (500, 0, 0));
    assert!(found.differences.len() == 1 && found.differences[0].worst.abs() <= 0.0);
    assert!(found.records.both > 0 && found.records.only_a.is_empty() && found.records.only_b.is_empty());
}

#[test]
fn a_constant_factor_is_told() {
    let found = compared(|_, close| close * 0.1);
    assert!(
        matches!(found.factor, Factor::Constant(value) if (value - 0.1).abs() < 1e-9),
        "{:?}",
        found.factor
    );
    assert_eq!((found.lag.together, found.ranges.len()), (Together::Copies, 0));
    assert!((found.differences[0].median - 0.9).abs() < 1e-9);
}

#[test]
fn dividends_are_a_factor_that_drifts_one_way() {
    // 0.5% of it a quarter, adjusted in the past.
    let found = compared(|at, close| close * 0.995_f64.powi(i32::try_from((499 - at) / 63).unwrap()));
    let Factor::Drifting { first, last, per_year } = found.factor else { panic!("{:?}", found.factor) };
    assert!((first - 0.995_f64.powi(7)).abs() < 1e-9 && (last - 1.0).abs() < 1e-9);
    assert!((per_year - 0.02).abs() < 0.003, "{per_year}");
}

#[test]
fn a_split_in_one_copy_is_a_step() {
    let found = compared(|at, close| if at < 200 { close * 2.0 } else { close });
    let Factor::Steps(steps) = &found.factor else { panic!("{:?}", found.factor) };
    assert_eq!((steps.len(), steps[0].at), (1, Label::date(days(500)[200])));
    assert!((steps[0].before - 2.0).abs() < 1e-9 && (steps[0].after - 1.0).abs() < 1e-9);
    assert_eq!(found.lag.together, Together::Copies);
}

#[test]
fn ranges_in_which_copies_part_are_told() {
    let found = compared(|at, close| match at {
        100..120 => close * 1.02,
        300 => close * 0.9,
        _ => close,
    });
    let day = |at: usize| Label::date(days(500)[at]);
    assert_eq!(found.factor, Factor::Same);
    assert_eq!(found.ranges.len(), 2);
    let [fall, month] = [&found.ranges[0], &found.ranges[1]];
    assert_eq!((fall.from, fall.to, fall.rows), (day(300), day(300), 1));
    assert!((fall.worst + 0.1).abs() < 1e-9);
    assert_eq!((month.from, month.to, month.rows), (day(100), day(119), 20));
    assert_eq!(found.differences[0].worst_at, day(300));
}

#[test]
fn labels_that_are_late_are_told() {
    let (days, close) = (days(400), walk(400, 1));
    for bars in 1..=3_usize {
        let late = series("late", &days[bars..], &close[..400 - bars]);
        let right = series("right", &days, &close);
        let found = compare(&right, &late).unwrap();
        assert_eq!(
            (found.lag.late, found.lag.together),
            (Some(i64::try_from(bars).unwrap()), Together::Copies)
        );
        assert_eq!((&found.factor, found.ranges.len()), (&Factor::Same, 0));
        assert!(found.differences[0].median > 0.001);
        let turned = compare(&late, &right).unwrap();
        assert_eq!(turned.lag.late, Some(-i64::try_from(bars).unwrap()));
    }
    // Late by a day of the calendar: Friday's bar stands on Saturday.
    let tomorrow: Vec<Date> = days.iter().map(|day| day.tomorrow().unwrap()).collect();
    let found = compare(&series("right", &days, &close), &series("late", &tomorrow, &close)).unwrap();
    assert_eq!((found.lag.late, found.lag.together), (Some(1), Together::Copies));
    assert!(!found.only_b.is_empty());
}

#[test]
fn another_market_is_unmasked() {
    let days = days(500);
    let found = compare(&series("one", &days, &walk(500, 1)), &series("fake", &days, &walk(500, 2))).unwrap();
    assert_eq!((found.lag.together, found.lag.late), (Together::Unrelated, None));
    // The very same market turned upside down.
    let one = walk(500, 1);
    let turned: Vec<f64> = one.iter().map(|close| 1e4 / close).collect();
    let found = compare(&series("one", &days, &one), &series("turned", &days, &turned)).unwrap();
    assert_eq!(found.lag.together, Together::Opposite);
    // Half of each change is another market's.
    let mixed: Vec<f64> = one.iter().zip(walk(500, 3)).map(|(a, b)| a * b).collect();
    let found = compare(&series("one", &days, &one), &series("mixed", &days, &mixed)).unwrap();
    assert_eq!(found.lag.together, Together::Related);
    let short =
        compare(&series("one", &days[..10], &one[..10]), &series("two", &days[..10], &one[..10])).unwrap();
    assert_eq!((short.lag.together, &short.factor), (Together::Untold, &Factor::Same));
}

#[test]
fn rows_and_records_of_one_copy_alone_are_listed() {
    let days = days(6);
    let a = series("a", &days, &[10.0, 11.0, 10.5, 12.0, 11.0, 13.0]);
    let without: Vec<Date> = [0, 1, 3, 4, 5].map(|at| days[at]).to_vec();
    let b = series("b", &without, &[10.0, 9.0, 12.0, 12.5, 13.0]);
    let found = compare(&a, &b).unwrap();
    assert_eq!((found.pairs, found.only_a, found.only_b), (5, vec![Label::date(days[2])], vec![]));
    assert_eq!(found.records.both, 2);
    assert_eq!(found.records.only_a, [Label::date(days[1])]);
    assert_eq!(found.records.only_b, [Label::date(days[4])]);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let days = days(40);
    let close = walk(40, 1);
    let early = series("early", &days[..20], &close[..20]);
    let later = series("later", &days[18..], &close[18..]);
    insta::assert_snapshot!(compare(&early, &later).unwrap_err(), @r"
    error: the two series share 2 rows with values above zero, and 3 are needed
     |
     = note: X@early: 2020-01-02 to 2020-01-30
     = note: X@later: 2020-01-29 to 2020-02-28
     = help: compare copies that cover the same days
    ");
    let weekly: Vec<Date> = days.iter().step_by(5).copied().collect();
    let weekly = series("weekly", &weekly, &close[..8]);
    insta::assert_snapshot!(compare(&series("daily", &days, &close), &weekly).unwrap_err(), @r"
    error: the two series have bars of different lengths
     |
     = note: X@daily: a bar every 24 hours
     = note: X@weekly: a bar every 168 hours
     = help: two copies are compared bar by bar: name two series of one bar length, as `catchup data list` shows them
    ");
}
