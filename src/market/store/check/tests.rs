#![allow(clippy::unwrap_used, clippy::float_cmp)]
use super::*;
use crate::base::calendar::{Date, LabelKind, Session, sessions};
use crate::base::num::RandomStream;
use crate::market::series::{Provenance, Rows};
use crate::market::store::import::{ImportRequest, read_bytes};
use crate::market::store::session::SessionSpec;

/// A bar as a test writes it: open, high, low, close, volume.
pub(super) type Bar = [f64; 5];

/// `count` bars of a calm made-up fund, in cents, volume about a million.
pub(super) fn walk(count: usize) -> Vec<Bar> {
    let mut random = RandomStream::new(7, "check");
    let cents = |price: f64| (price * 100.0).round() / 100.0;
    let mut close = 100.0;
    (0..count)
        .map(|_| {
            let mut move_by = |size: f64| 1.0 + size * (random.uniform() - 0.5);
            let open = cents(close * move_by(0.006));
            close = cents(open * move_by(0.03));
            let high = cents(open.max(close) * (1.0 + (move_by(0.01) - 1.0).abs()) + 0.01);
            let low = cents(open.min(close) * (1.0 - (move_by(0.01) - 1.0).abs()) - 0.01);
            [open, high, low, close, (1e6 * move_by(0.8)).round()]
        })
        .collect()
}

/// Daily bars from 2023-01-03 on, without the sessions of New York's holidays.
pub(super) fn daily(session: Session, adjustment: &str, bars: &[Bar]) -> Series {
    let days: Vec<Date> =
        sessions("2023-01-03".parse().unwrap(), "2099-01-01".parse().unwrap()).take(bars.len()).collect();
    let times: Vec<_> = days.iter().map(|day| session.day(*day)).collect();
    let column = |at: usize| bars.iter().map(|bar| bar[at]).collect::<Vec<f64>>();
    let rows = Rows {
        labels: days.iter().map(|day| Label::date(*day).micros()).collect(),
        opens_at: times.iter().map(|time| time.opens_at.micros()).collect(),
        known_at: times.iter().map(|time| time.known_at.micros()).collect(),
        open: column(0),
        high: column(1),
        low: column(2),
        close: column(3),
        volume: column(4),
    };
    Series::new(provenance(adjustment), session, LabelKind::Date, 5.0, rows).unwrap()
}

pub(super) fn provenance(adjustment: &str) -> Provenance {
    Provenance {
        symbol: "X".to_owned(),
        vendor: "plain".to_owned(),
        bar: None,
        file: "x.csv".to_owned(),
        hash: String::new(),
        adjustment: adjustment.to_owned(),
        simulated: false,
    }
}

/// `error split: what`, of every finding on New York's bars.
fn told(bars: &[Bar]) -> Vec<String> {
    told_of(&daily(Session::UsEquity, "split", bars))
}

fn told_of(series: &Series) -> Vec<String> {
    let severity = |finding: &Finding| match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let findings = check_series(series);
    assert!(findings.iter().all(|finding| !finding.remedy.is_empty()));
    findings
        .iter()
        .map(|finding| format!("{} {}: {}", severity(finding), finding.check, finding.what))
        .collect()
}

/// The names of the checks that found something.
fn checks(bars: &[Bar]) -> Vec<&'static str> {
    check_series(&daily(Session::UsEquity, "split", bars)).iter().map(|finding| finding.check).collect()
}

fn scaled(bar: Bar, by: f64) -> Bar {
    let cents = |price: f64| (price * by * 100.0).round() / 100.0;
    [cents(bar[0]), cents(bar[1]), cents(bar[2]), cents(bar[3]), bar[4]]
}

/// What an import of a file says of a session, by title.
fn findings(session: &str, text: &str) -> Vec<String> {
    let request = ImportRequest {
        symbol: Some("X".to_owned()),
        session: SessionSpec::named(session),
        adjustment: Some("split".to_owned()),
        ..ImportRequest::file("x.csv")
    };
    let imported = read_bytes(text.as_bytes(), &request).unwrap();
    check_series(&imported.series).into_iter().map(|finding| finding.what).collect()
}

fn closes(rows: &[(&str, &str)]) -> String {
    let lines: Vec<String> = rows.iter().map(|(date, close)| format!("{date},{close}\n")).collect();
    format!("date,close\n{}", lines.concat())
}

#[test]
fn a_clean_series_has_no_findings() {
    assert_eq!(told(&walk(300)), Vec::<String>::new());
    assert_eq!(told(&walk(1)), Vec::<String>::new());
    // New Year's Day 2024 was a Monday.
    let text =
        closes(&[("2023-12-28", "1"), ("2023-12-29", "1.1"), ("2024-01-02", "1.2"), ("2024-01-03", "1.3")]);
    assert_eq!(findings("us-equity", &text), Vec::<String>::new());
}

#[test]
fn sessions_are_compared_with_the_exchange() {
    let text = closes(&[
        ("2023-12-21", "1"),
        ("2023-12-25", "1.1"),
        ("2023-12-28", "1.3"),
        ("2023-12-30", "1.4"),
        ("2024-01-02", "1.5"),
    ]);
    assert_eq!(
        findings("us-equity", &text),
        [
            "4 sessions of the exchange without a row: 2023-12-22, 2023-12-26, 2023-12-27, …; the longest gap is 3 sessions from 2023-12-22",
            "2 rows on days on which the exchange was closed: 2023-12-25, 2023-12-30",
        ]
    );
    assert_eq!(
        findings("crypto", &text),
        [
            "8 bars missing, after 2023-12-21, 2023-12-25, 2023-12-28, …; the longest gap is 3 bars after 2023-12-21"
        ]
    );
    assert_eq!(findings("custom", &text), Vec::<String>::new());
    let long =
        closes(&[("2024-01-02", "1"), ("2024-01-09", "1.1"), ("2024-01-10", "1.2"), ("2024-01-20", "1.3")]);
    assert_eq!(
        findings("custom", &long),
        ["2 stretches of more than 5 days without a row, the longest 10 days, after 2024-01-02, 2024-01-10"]
    );
}

#[test]
fn prices_that_stand_still_are_told() {
    let mut bars = walk(60);
    for bar in &mut bars[10..14] {
        bar[3] = 101.37;
        bar[1] = bar[1].max(101.37);
        bar[2] = bar[2].min(101.37);
    }
    assert_eq!(told(&bars), Vec::<String>::new());
    bars[14] = [99.5, 102.5, 99.0, 101.37, 1e6];
    assert_eq!(told(&bars), ["warning standstill: the close stands still for 5 rows from 2023-01-18"]);
    let mut bars = walk(60);
    for bar in &mut bars[10..13] {
        *bar = [bar[3], bar[3], bar[3], bar[3], bar[4]];
    }
    assert_eq!(
        told(&bars),
        [
            "warning flat-bars: open, high, low and close are one price in 3 rows, 3 of them in a row from 2023-01-18; runs of 3 or more from 2023-01-18"
        ]
    );
    let mut bars = walk(60);
    bars[20] = [bars[19][0], bars[19][1], bars[19][2], bars[19][3], 5e5];
    assert_eq!(
        told(&bars),
        ["warning repeated-rows: 1 row with the very prices of the row before: 2023-02-01"]
    );
}

#[test]
fn prices_outside_high_and_low_are_counted() {
    let text =
        "date,open,high,low,close\n2024-01-02,10,11,9,10\n2024-01-03,12,11,9,10\n2024-01-04,10,11,9,8.5\n";
    assert_eq!(
        findings("us-equity", text),
        [
            "open or close outside high and low in 2 rows, by 8.3% at most on 2024-01-03: 2024-01-03, 2024-01-04"
        ]
    );
    // What rounding leaves is none.
    let text = "date,open,high,low,close\n2024-01-02,11.000000001,11,9,10\n";
    assert_eq!(findings("us-equity", text), Vec::<String>::new());
}

#[test]
fn a_split_is_told_with_its_ratio() {
    for (split, factor) in [("2:1", 2.0), ("3:2", 1.5), ("1:10", 0.1), ("7:1", 7.0)] {
        let mut bars = walk(120);
        for bar in &mut bars[60..] {
            *bar = scaled(*bar, 1.0 / factor);
            bar[4] *= factor;
        }
        let severity = if factor == 1.5 { "warning" } else { "error" };
        let told = told(&bars);
        assert!(
            told.len() == 1
                && told[0]
                    .starts_with(&format!("{severity} split: an unadjusted {split} split on 2023-03-30")),
            "{told:?}"
        );
        // Where volume knows nothing of it, it may still be one; a small one may be bad news.
        for bar in &mut bars[60..] {
            bar[4] /= factor;
        }
        let expected: &[&str] = if factor < 1.8 && factor > 1.0 { &[] } else { &["split"] };
        assert_eq!(checks(&bars), expected, "{split}");
    }
    let mut bars = walk(120);
    for bar in &mut bars[60..] {
        *bar = scaled(*bar, 0.5);
        bar[4] *= 2.0;
    }
    insta::assert_snapshot!(told(&bars).concat(), @"error split: an unadjusted 2:1 split on 2023-03-30, as it looks: over night the price goes to 0.50 of the close before; changes stay as large as before and volume changes in proportion");
}

#[test]
fn a_crash_is_no_split() {
    // Half is lost within the day, and changes are wild from then on.
    let mut bars = walk(120);
    for (at, bar) in bars[60..].iter_mut().enumerate() {
        *bar = scaled(*bar, if at % 2 == 0 { 0.5 } else { 0.57 });
        bar[4] *= 2.0;
    }
    bars[60][0] = bars[59][3];
    bars[60][1] = bars[59][3] + 1.0;
    assert_eq!(
        told(&bars),
        [
            "warning jump: 1 row at which the close is 1.8 times the one before, or the reverse, and no usual split fits: 2023-03-30"
        ]
    );
    // A fall of 20% over night is near 5:4, and of 12% is nothing.
    for fall in [0.8, 0.86, 0.88] {
        let mut bars = walk(120);
        for bar in &mut bars[60..] {
            *bar = scaled(*bar, fall);
        }
        assert_eq!(told(&bars), Vec::<String>::new(), "{fall}");
    }
    // Bitcoin does not split.
    let mut bars = walk(120);
    for bar in &mut bars[60..] {
        *bar = scaled(*bar, 0.5);
    }
    assert!(!told_of(&daily(Session::Crypto, "none", &bars)).iter().any(|told| told.contains("split")));
}

#[test]
fn a_tick_that_comes_back_is_told() {
    let mut bars = walk(120);
    bars[60] = scaled(bars[60], 1.3);
    assert_eq!(
        told(&bars),
        [
            "warning bad-ticks: 1 row whose close leaps at least 12 times a usual change away and back with the next row: 2023-03-30"
        ]
    );
    let mut bars = walk(120);
    bars[60][2] = (bars[60][2] * 60.0).round() / 100.0;
    assert_eq!(
        told(&bars),
        [
            "warning far-highs-and-lows: 1 row with a high or low at least 25 usual ranges beyond the prices around it: 2023-03-30"
        ]
    );
    // A bad day that is made good over two weeks is a market.
    let mut bars = walk(120);
    for (at, bar) in bars[60..70].iter_mut().enumerate() {
        *bar = scaled(*bar, 0.9 + 0.01 * at as f64);
    }
    assert_eq!(told(&bars), Vec::<String>::new());
}

#[test]
fn a_last_row_before_its_time_is_told() {
    let mut bars = walk(100);
    let last = bars.last_mut().unwrap();
    *last = [100.0, 100.05, 99.95, 100.0, 2e4];
    insta::assert_snapshot!(told(&bars).concat(), @"warning partial-last-bar: the last row, 2023-05-25, looks unfinished: its volume is 0.03 of the least of the 60 rows before and its range is 0.07 of their median");
    // A quiet day and a busy narrow one are whole.
    bars[99][4] = 6e5;
    assert_eq!(told(&bars), Vec::<String>::new());
    bars[99] = [100.0, 103.0, 99.0, 102.0, 2e4];
    assert_eq!(told(&bars), Vec::<String>::new());
}

#[test]
fn volumes_that_are_missing_or_of_another_unit_are_told() {
    let mut bars = walk(120);
    for bar in &mut bars[50..54] {
        bar[4] = 0.0;
    }
    assert_eq!(
        told(&bars),
        [
            "warning zero-volume: volume is zero in 4 rows: 2023-03-16, 2023-03-17, 2023-03-20, …; the longest run is 4 rows from 2023-03-16"
        ]
    );
    for bar in &mut bars {
        bar[4] = 0.0;
    }
    assert_eq!(told(&bars), ["warning zero-volume: volume is zero in every row"]);
    let mut bars = walk(120);
    for bar in &mut bars[70..] {
        bar[4] *= bar[3];
    }
    assert_eq!(checks(&bars), ["volume-unit"]);
    let told = told(&bars);
    assert!(told[0].contains("at 1 row") && told[0].ends_with("2023-04-14"), "{told:?}");
}

#[test]
fn another_way_of_writing_prices_is_another_source() {
    #[expect(clippy::cast_possible_truncation, reason = "as Yahoo does")]
    fn single(price: f64) -> f64 {
        f64::from(price as f32)
    }
    let floats = |bar: &mut Bar| bar[..4].iter_mut().for_each(|price| *price = single(*price));
    let mut bars = walk(120);
    bars[80..].iter_mut().for_each(floats);
    assert_eq!(
        told(&bars),
        [
            "warning other-source: prices are written in another way from 2023-04-28 on: first whole cents, then numbers of 32 bits"
        ]
    );
    bars.iter_mut().for_each(floats);
    assert_eq!(
        told(&bars),
        [
            "warning rounded-to-32-bits: prices are rounded to 32 bits in 120 rows: 44.38 stands as 44.380001068115234"
        ]
    );
    // Sixty-fourths cut to four decimals until 2001, cents since: that was the exchange.
    let mut bars = walk(120);
    for bar in &mut bars[..60] {
        for price in &mut bar[..4] {
            *price = ((*price * 64.0).round() / 64.0 * 1e4).round() / 1e4;
        }
    }
    assert!(!checks(&bars).iter().any(|check| ["other-source", "adjustment-changes"].contains(check)));
}

#[test]
fn an_adjustment_that_ends_inside_the_file_is_told() {
    let adjusted = |bars: &mut [Bar]| {
        for bar in bars {
            for price in &mut bar[..4] {
                *price *= 0.987_654_321;
            }
        }
    };
    // 500 sessions are two years; the last dividend was long ago.
    let mut bars = walk(600);
    adjusted(&mut bars[..100]);
    insta::assert_snapshot!(told(&bars).concat(), @"warning adjustment-changes: prices before 2023-05-26 have digits longer than any quote, from there on whole cents: the earlier ones look adjusted for dividends, the later ones not");
    // Half a year after the last dividend it is what adjusting leaves.
    let mut bars = walk(600);
    adjusted(&mut bars[..480]);
    assert_eq!(checks(&bars), ["looks-adjusted"]);
    let honest = daily(Session::UsEquity, "split-and-dividend", &bars);
    assert_eq!(told_of(&honest), Vec::<String>::new());
    assert_eq!(
        told_of(&daily(Session::UsEquity, "unknown", &walk(30))),
        ["warning unknown-adjustment: the file does not tell what its prices are adjusted for"]
    );
}

#[test]
fn noise_of_sums_is_told() {
    let mut bars = walk(60);
    bars[30] = [100.1, 100.300_000_000_000_01, 99.9, 100.2, 1e6];
    let told = told(&bars);
    assert!(
        told.iter().any(|told| told.starts_with("warning float-noise: 1 row with digits that a sum")),
        "{told:?}"
    );
}

#[test]
fn impossible_prices_are_errors_and_come_first() {
    let mut bars = walk(60);
    bars[30][2] = -1.0;
    bars[40][4] = 0.0;
    bars[41][4] = 0.0;
    bars[42][4] = 0.0;
    assert_eq!(
        told(&bars)[0],
        "error impossible-prices: 1 row with a high below the low or a price not above zero: 2023-02-15"
    );
    assert_eq!(checks(&bars)[1..], ["zero-volume"]);
}

#[test]
fn columns_that_are_not_kept_are_looked_at_on_import() {
    let warnings = |path: &str, text: &str| -> Vec<String> {
        let imported = read_bytes(text.as_bytes(), &ImportRequest::file(path)).unwrap();
        imported.report.warnings.iter().map(|warning| warning.title().to_owned()).collect()
    };
    let header = "Date,Open,High,Low,Close,Adj Close,Volume\n";
    let row = |(at, adjusted): (usize, &f64)| {
        format!("2024-01-{:02},10,11,9,{},{adjusted},5\n", at + 8, 10.0 + at as f64 / 10.0)
    };
    let file =
        |adjusted: &[f64]| format!("{header}{}", adjusted.iter().enumerate().map(row).collect::<String>());
    let clean = file(&[9.0, 9.09, 9.18, 9.27, 10.4]);
    assert_eq!(warnings("IWM.csv", &clean), Vec::<String>::new());
    let turned = file(&[10.0, 10.1, 10.2, 9.27, 9.36]);
    assert_eq!(
        warnings("IWM.csv", &turned),
        ["adjusted close over close falls at 1 row, first to 0.900 of itself: 2024-01-11"]
    );
    // One bad row turns nothing.
    let tick = file(&[10.0, 10.1, 9.0, 10.3, 10.4]);
    assert_eq!(warnings("IWM.csv", &tick), Vec::<String>::new());
}

#[test]
#[expect(clippy::cast_possible_truncation, reason = "as Yahoo sends prices")]
fn closes_as_quoted_are_not_adjusted_for_dividends() {
    let adjustment = |path: &str, price: &dyn Fn(usize, f64) -> f64| {
        let rows: Vec<String> = sessions("2020-01-02".parse().unwrap(), "2023-06-01".parse().unwrap())
            .zip(walk(900))
            .enumerate()
            .map(|(at, (day, bar))| {
                let close = price(at, bar[3]);
                format!("{day},{close},{close},{close},{close},100\n")
            })
            .collect();
        let text = format!("Date,Close,High,Low,Open,Volume\n{}", rows.concat());
        let imported = read_bytes(text.as_bytes(), &ImportRequest::file(path)).unwrap();
        imported.series.provenance().adjustment.clone()
    };
    assert_eq!(adjustment("IWM.csv", &|_, close| close), "split");
    assert_eq!(adjustment("IWM.csv", &|_, close| f64::from(close as f32)), "split");
    // Up to the last dividend prices are divided by an odd number.
    assert_eq!(adjustment("IWM.csv", &|at, close| if at < 850 { close * 0.9873 } else { close }), "unknown");
    assert_eq!(adjustment("IWM.csv", &|_, close| f64::from((close * 0.9873) as f32)), "unknown");
    // Other vendors may leave splits in.
    let text = "Date,Open,High,Low,Close\n2024-01-02,1,1,1,1\n2024-01-03,1,1,1,1\n";
    let stooq = read_bytes(text.as_bytes(), &ImportRequest::file("iwm_us_d.csv")).unwrap();
    assert_eq!(stooq.series.provenance().adjustment, "unknown");
}

/// Bars of an hour from 9:30 on, seven a day, `early` minutes early from day `from` on.
fn hours(days: usize, from: usize, early: i64) -> Series {
    let session = Session::UsEquity;
    let bars = walk(days * 7);
    let minute = 60_000_000;
    let mut starts = Vec::new();
    for (day, date) in
        sessions("2023-03-01".parse().unwrap(), "2099-01-01".parse().unwrap()).take(days).enumerate()
    {
        let open = session.day(date).opens_at.micros() - if day >= from { early * minute } else { 0 };
        starts.extend((0..7).map(|hour| open + hour * 60 * minute));
    }
    let column = |at: usize| bars.iter().map(|bar| bar[at]).collect::<Vec<f64>>();
    let rows = Rows {
        labels: starts.clone(),
        opens_at: starts.clone(),
        known_at: starts
            .iter()
            .map(|start| {
                let date = Label::from_micros(*start, LabelKind::Time).calendar_date();
                (start + 60 * minute).min(session.day(date).known_at.micros())
            })
            .collect(),
        open: column(0),
        high: column(1),
        low: column(2),
        close: column(3),
        volume: column(4),
    };
    Series::new(provenance("split"), session, LabelKind::Time, 5.0, rows).unwrap()
}

#[test]
fn bars_missing_within_a_session_are_counted() {
    let whole = hours(30, 99, 0);
    let missing = |keep: &dyn Fn(usize) -> bool| -> Vec<String> {
        let kept: Vec<usize> = (0..whole.len()).filter(|&row| keep(row)).collect();
        let series = only(&whole, &kept);
        told_of(&series).into_iter().filter(|told| told.contains("missing-bars")).collect()
    };
    // Where the file begins and ends within a day is no gap.
    assert_eq!(missing(&|row| (3..207).contains(&row)), Vec::<String>::new());
    assert_eq!(
        missing(&|row| ![8, 9, 14, 34].contains(&row)),
        [
            "warning missing-bars: 4 bars missing within 3 sessions: 2023-03-02, 2023-03-03, 2023-03-07; the most, 2, on 2023-03-02"
        ]
    );
    // A vendor whose every day begins an hour late leaves out nothing of a single day.
    assert_eq!(missing(&|row| row % 7 != 0), Vec::<String>::new());
}

/// These rows alone.
fn only(series: &Series, kept: &[usize]) -> Series {
    let rows = series.rows();
    let pick = |column: &[f64]| kept.iter().map(|&row| column[row]).collect::<Vec<f64>>();
    let times = |column: &[i64]| kept.iter().map(|&row| column[row]).collect::<Vec<i64>>();
    let rows = Rows {
        labels: times(rows.labels),
        opens_at: times(rows.opens_at),
        known_at: times(rows.known_at),
        open: pick(rows.open),
        high: pick(rows.high),
        low: pick(rows.low),
        close: pick(rows.close),
        volume: pick(rows.volume),
    };
    Series::new(provenance("split"), series.session().clone(), LabelKind::Time, 5.0, rows).unwrap()
}

#[test]
fn futures_and_currencies_have_calendars_too() {
    let missing = |session: &str, symbol: &str, dates: &[&str]| -> Vec<String> {
        let rows: Vec<String> =
            dates.iter().enumerate().map(|(at, day)| format!("{day},{}\n", at + 1)).collect();
        let request = ImportRequest {
            session: SessionSpec::named(session),
            ..ImportRequest::file(format!("{symbol}.csv"))
        };
        let imported = read_bytes(format!("date,close\n{}", rows.concat()).as_bytes(), &request).unwrap();
        let titles = imported.report.warnings.iter().map(|warning| warning.title().to_owned());
        titles.filter(|title| title.contains("session") || title.contains("closed")).collect()
    };
    let week = ["2023-12-21", "2023-12-22", "2023-12-26", "2023-12-27", "2023-12-29"];
    assert_eq!(missing("fx", "EURUSD", &week), ["1 session of the exchange without a row: 2023-12-28"]);
    assert_eq!(missing("futures", "ES", &week), ["1 session of the exchange without a row: 2023-12-28"]);
    let weekend = ["2024-01-05", "2024-01-06", "2024-01-08"];
    assert_eq!(
        missing("fx", "EURUSD", &weekend),
        ["1 row on days on which the exchange was closed: 2024-01-06"]
    );
}

#[test]
fn bars_within_the_day_keep_their_clock() {
    // The clocks change on 2023-03-12, and New York's bars with them.
    let clean = hours(30, 99, 0);
    assert!(!told_of(&clean).iter().any(|told| told.contains("clock")), "{:?}", told_of(&clean));
    let told = told_of(&hours(30, 20, 60));
    assert!(
        told.iter().any(|told| told
            .contains("the bars of 10 days keep another clock than the others, from 2023-03-29T12:30:00Z on: they start 60 minutes earlier")),
        "{told:?}"
    );
}
