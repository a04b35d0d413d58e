#![allow(clippy::unwrap_used, clippy::float_cmp)]
use super::*;
use crate::base::calendar::{CustomClose, Date};
use crate::market::series::Provenance;

/// Bars of `minutes` from one UTC instant to another; the price counts the bars.
fn bars(session: Session, minutes: i64, spans: &[(&str, &str)]) -> Series {
    let micros = |text: &str| {
        let (date, time) = text.split_once(' ').unwrap();
        let (hour, minute) = time.split_once(':').unwrap();
        let of_day = hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap();
        Instant::start_of(date.parse::<Date>().unwrap()).micros() + of_day * 60_000_000
    };
    let step = minutes * 60_000_000;
    let mut rows = Rows::default();
    for (from, to) in spans {
        let mut at = micros(from);
        while at < micros(to) {
            let price = rows.close.len() as f64 + 1.0;
            rows.labels.push(at);
            rows.opens_at.push(at);
            rows.known_at.push(at + step);
            rows.open.push(price);
            rows.high.push(price + 0.5);
            rows.low.push(price - 0.5);
            rows.close.push(price + 0.25);
            rows.volume.push(1.0);
            at += step;
        }
    }
    let provenance = Provenance {
        symbol: "X".into(),
        vendor: "test".into(),
        bar: None,
        file: "x.csv".into(),
        hash: String::new(),
        adjustment: "none".into(),
        simulated: false,
    };
    Series::new(provenance, session, LabelKind::Time, 5.0, rows).unwrap()
}

/// `label open high low close volume opens_at known_at` of every bar.
fn shown(resampled: &Resampled) -> Vec<String> {
    let (series, rows) = (&resampled.series, resampled.series.rows());
    (0..series.len())
        .map(|row| {
            format!(
                "{} {} {} {} {} {} {} {}",
                series.label(row),
                rows.open[row],
                rows.high[row],
                rows.low[row],
                rows.close[row],
                rows.volume[row],
                series.opens_at(row),
                series.known_at(row)
            )
        })
        .collect()
}

#[test]
fn days_of_crypto_are_utc_days_and_only_whole_ones() {
    let series = bars(Session::Crypto, 240, &[("2024-01-01 08:00", "2024-01-04 12:00")]);
    let days = resample(&series, "1d").unwrap();
    assert_eq!(
        shown(&days),
        [
            "2024-01-02 5 10.5 4.5 10.25 6 2024-01-02T00:00:00Z 2024-01-03T00:00:00Z",
            "2024-01-03 11 16.5 10.5 16.25 6 2024-01-03T00:00:00Z 2024-01-04T00:00:00Z",
        ]
    );
    assert_eq!((days.bar.as_str(), days.series.label_kind()), ("1d", LabelKind::Date));
    assert_eq!(
        days.facts,
        [
            "the series begins within the bar from 2024-01-01T00:00:00Z, which is left out",
            "the bar from 2024-01-04T00:00:00Z is not over yet: it is left out",
        ]
    );
    assert_eq!(resample(&series, "24h").unwrap(), days);
    let cut = Session::CryptoCut(CustomClose::new("12:00", "UTC").unwrap());
    let days = resample(&bars(cut, 240, &[("2024-01-01 12:00", "2024-01-02 12:00")]), "1d").unwrap();
    assert_eq!(shown(&days), ["2024-01-02 1 6.5 0.5 6.25 6 2024-01-01T12:00:00Z 2024-01-02T12:00:00Z"]);
}

#[test]
fn new_york_sessions_end_at_their_close() {
    // 2024-07-03 closed at 13:00 New York; bars before 9:30 and after 16:00 lie outside.
    let spans = [("2024-07-02 12:00", "2024-07-02 21:00"), ("2024-07-03 13:30", "2024-07-03 17:00")];
    let series = bars(Session::UsEquity, 30, &spans);
    let days = resample(&series, "1d").unwrap();
    assert_eq!(
        shown(&days),
        [
            "2024-07-02 4 16.5 3.5 16.25 13 2024-07-02T13:30:00Z 2024-07-02T20:00:00Z",
            "2024-07-03 19 25.5 18.5 25.25 7 2024-07-03T13:30:00Z 2024-07-03T17:00:00Z",
        ]
    );
    assert_eq!(days.facts[0], "5 bars outside the sessions are left out");
    let hours = resample(&series, "4h").unwrap();
    let labels: Vec<String> = shown(&hours).iter().map(|row| row[..20].to_owned()).collect();
    assert_eq!(labels, ["2024-07-02T13:30:00Z", "2024-07-02T17:30:00Z", "2024-07-03T13:30:00Z"]);
    assert_eq!(hours.series.known_at(1).to_string(), "2024-07-02T20:00:00Z");
    assert_eq!(hours.series.known_at(2).to_string(), "2024-07-03T17:00:00Z");
}

#[test]
fn trade_dates_of_futures_take_in_the_evening_and_the_holiday_before() {
    // The evening of Wednesday 2024-07-03, the hours of the holiday, and Friday.
    let spans = [("2024-07-03 22:00", "2024-07-04 17:00"), ("2024-07-04 22:00", "2024-07-05 21:00")];
    let days = resample(&bars(Session::Futures, 60, &spans), "1d").unwrap();
    assert_eq!(shown(&days), ["2024-07-05 1 42.5 0.5 42.25 42 2024-07-03T22:00:00Z 2024-07-05T21:00:00Z"]);
    let weekend = [("2024-06-06 21:00", "2024-06-07 21:00"), ("2024-06-09 21:00", "2024-06-10 21:00")];
    let days = resample(&bars(Session::Fx, 60, &weekend), "1d").unwrap();
    let labels: Vec<String> = (0..days.series.len()).map(|row| days.series.label(row).to_string()).collect();
    assert_eq!(labels, ["2024-06-07", "2024-06-10"]);
}

#[test]
fn holes_are_counted_and_what_does_not_fit_is_refused() {
    let spans = [("2024-01-01 00:00", "2024-01-02 08:00"), ("2024-01-02 16:00", "2024-01-04 00:00")];
    let days = resample(&bars(Session::Crypto, 240, &spans), "1d").unwrap();
    assert_eq!(days.facts, ["1 of 3 bars hold fewer than the usual 6: early closes, or gaps"]);
    let series = bars(Session::Crypto, 240, &[("2024-01-01 00:00", "2024-01-03 00:00")]);
    let message = |to: &str| resample(&series, to).unwrap_err().to_string();
    assert!(message("6h").contains("do not fit into bars of 6h"));
    assert!(message("1h").contains("do not fit into bars of 1h"));
    for wrong in ["2d", "1w", "h", "0h", "-1h", "1.5h", "", "99999999999999999999h"] {
        assert!(message(wrong).contains("is no length of bars"), "{wrong}");
    }
    let days = resample(&series, "1d").unwrap().series;
    assert!(resample(&days, "1d").unwrap_err().to_string().contains("only bars within the day"));
    let morning = bars(Session::Crypto, 240, &[("2024-01-01 00:00", "2024-01-01 12:00")]);
    assert!(resample(&morning, "1d").unwrap_err().to_string().contains("it covers no whole bar of 1d"));
}
