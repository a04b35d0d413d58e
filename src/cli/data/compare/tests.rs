#![allow(clippy::unwrap_used)]
use super::*;
use crate::base::num::RandomStream;
use crate::market::store::{ImportRequest, SessionSpec, read_bytes};

fn text(seed: u64, change: impl Fn(usize, f64) -> f64) -> String {
    let mut random = RandomStream::new(seed, "compare");
    let mut close = 100.0;
    let rows: Vec<String> = (0..200)
        .map(|at| {
            close *= 1.0 + 0.02 * (random.uniform() - 0.5);
            let (month, day) = (at / 28 + 1, at % 28 + 1);
            format!("2023-{month:02}-{day:02},{:.4}\n", change(at, close))
        })
        .collect();
    format!("date,close\n{}", rows.concat())
}

fn compared(one: &str, other: &str) -> (String, Value) {
    let series = |text: &str| {
        let request = ImportRequest {
            symbol: Some("X".to_owned()),
            session: SessionSpec::named("crypto"),
            ..ImportRequest::file("x.csv")
        };
        read_bytes(text.as_bytes(), &request).unwrap().series
    };
    let found = compare(&series(one), &series(other)).unwrap();
    let names = ["X@one".to_owned(), "X@other".to_owned()];
    let text = as_text(&names, &found);
    assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    (text, as_json(&names, &found))
}

#[test]
fn a_late_copy_is_told() {
    let late = text(1, |_, close| close);
    let dates: Vec<&str> = late.lines().skip(1).map(|line| &line[..10]).collect();
    let closes: Vec<&str> = late.lines().skip(1).map(|line| &line[11..]).collect();
    let rows: Vec<String> =
        dates[1..].iter().zip(&closes).map(|(date, close)| format!("{date},{close}\n")).collect();
    let (text, json) = compared(&late, &format!("date,close\n{}", rows.concat()));
    insta::assert_snapshot!(text, @r"
    A  X@one
    B  X@other
    199 rows in both, 2023-01-02 to 2023-08-04

    They move as one market does: their changes correlate by 1.000.
    B is labelled one bar later than A: taken back by that, the two agree. The
    factor and the ranges below are at that lag, the differences at the labels as
    they are.
    Their prices are the same, but for what is listed below.

    B from A        median       worst  on
    close            0.46%       +1.0%  2023-03-19

    B later by     correlation    difference
    -3                  -0.054         0.69%
    -2                  -0.065         0.60%
    -1                   0.100         0.50%
    0                   -0.074         0.46%
    1                    1.000       0.0000% *
    2                   -0.067         0.45%
    3                    0.098         0.51%

    They part nowhere by more than they usually do.
    3 record closes are the same.
    Only A has 2 record closes: 2023-01-04, 2023-03-11.
    Only B has 3 record closes: 2023-01-03, 2023-01-07, 2023-03-13.
    ");
    assert_eq!((json["labelled_late"].as_i64(), json["together"].as_str()), (Some(1), Some("copies")));
}

#[test]
fn a_fake_is_told() {
    let (text, json) = compared(&text(1, |_, close| close), &text(2, |_, close| close));
    insta::assert_snapshot!(text, @r"
    A  X@one
    B  X@other
    200 rows in both, 2023-01-01 to 2023-08-04

    Their changes have nothing to do with each other at any lag from -3 to 3 bars
    (correlation 0.044 at best): these are not two copies of one market. One of them
    may be made up or carry the wrong name.

    B from A        median       worst  on
    close             4.4%      +14.4%  2023-05-23

    B later by     correlation    difference
    -3                  -0.109          4.0%
    -2                   0.009          4.1%
    -1                  -0.008          4.0%
    0                   -0.053          4.0% *
    1                    0.044          4.0%
    2                    0.017          4.1%
    3                   -0.024          4.1%

    2 record closes are the same.
    Only A has 4 record closes: 2023-01-02, 2023-01-06, 2023-03-11, … 2023-03-12.
    Only B has 13 record closes: 2023-01-03, 2023-01-15, 2023-04-19, … 2023-05-25.
    ");
    assert_eq!(json["together"], "unrelated");
}

#[test]
fn factors_and_ranges_are_told() {
    let plain = text(1, |_, close| close);
    let (dividends, json) = compared(
        &plain,
        &text(1, |at, close| close * 0.99_f64.powi(i32::try_from((199 - at) / 20).unwrap())),
    );
    insta::assert_snapshot!(dividends, @r"
    A  X@one
    B  X@other
    200 rows in both, 2023-01-01 to 2023-08-04

    They move as one market does: their changes correlate by 0.945.
    B is A times a factor that drifts one way, from 0.9135 to 1.0000 (+17.4% a
    year): so do prices adjusted for dividends against prices that are not.

    B from A        median       worst  on
    close             4.4%       -8.6%  2023-01-01

    B later by     correlation    difference
    -3                  -0.079          2.7%
    -2                   0.060          2.6%
    -1                  -0.081          2.7%
    0                    0.945          2.5% *
    1                   -0.042          2.5%
    2                    0.079          2.5%
    3                   -0.035          2.5%

    They part nowhere by more than they usually do.
    6 record closes are the same.
    Only B has 14 record closes: 2023-03-01, 2023-03-06, 2023-03-07, … 2023-07-28.
    ");
    assert_eq!(json["factor"]["kind"], "drifting");
    let (split, json) = compared(&plain, &text(1, |at, close| if at < 90 { close / 3.0 } else { close }));
    assert!(split.contains("steps from 0.3333 to 1.0000 on 2023-04-07"), "{split}");
    assert_eq!(json["factor"]["steps"][0]["at"], "2023-04-07");
    let (parted, json) =
        compared(&plain, &text(1, |at, close| if (50..60).contains(&at) { close * 1.05 } else { close }));
    insta::assert_snapshot!(parted, @r"
    A  X@one
    B  X@other
    200 rows in both, 2023-01-01 to 2023-08-04

    They move as one market does: their changes correlate by 0.973.
    Their prices are the same, but for what is listed below.

    B from A        median       worst  on
    close          0.0000%       +5.0%  2023-03-01

    B later by     correlation    difference
    -3                  -0.061         0.63%
    -2                   0.072         0.51%
    -1                  -0.080         0.49%
    0                    0.973       0.0000% *
    1                   -0.064         0.49%
    2                    0.113         0.53%
    3                   -0.032         0.66%

    they part most                                rows     worst
    2023-02-23 to 2023-03-04                        10     +5.0%

    4 record closes are the same.
    Only A has 2 record closes: 2023-03-11, 2023-03-12.
    Only B has 4 record closes: 2023-02-23, 2023-02-27, 2023-02-28, … 2023-03-01.
    ");
    assert_eq!(json["ranges"][0]["rows"], 10);
}
