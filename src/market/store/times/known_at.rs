//! When is a row known, on the days on which that goes wrong: changes of the clocks, early closes, holidays on which
//! another market trades, values that are published days after their date.

#![allow(clippy::unwrap_used)]
use crate::base::calendar::Instant;
use crate::market::series::Series;
use crate::market::store::{ImportRequest, SessionSpec, read_bytes};

fn import(path: &str, session: SessionSpec, text: &str) -> Series {
    let request = ImportRequest { session, ..ImportRequest::file(path) };
    read_bytes(text.as_bytes(), &request).unwrap().series
}

/// A series of the given days; the session is told by the file's name.
fn daily(path: &str, days: &[&str]) -> Series {
    let rows: Vec<String> = days.iter().enumerate().map(|(at, day)| format!("{day},{}\n", at + 1)).collect();
    import(path, SessionSpec::default(), &format!("date,close\n{}", rows.concat()))
}

fn instant(text: &str) -> Instant {
    Instant::from(text.parse::<jiff::Timestamp>().unwrap())
}

fn known(series: &Series) -> Vec<String> {
    (0..series.len()).map(|row| series.known_at(row).to_string()).collect()
}

/// The label of the last row known at an instant.
fn seen(series: &Series, at: &str) -> Option<String> {
    let known = series.known_by(instant(at))?;
    Some(known.label(known.len() - 1).to_string())
}

#[test]
fn new_york_closes_move_with_its_clock_and_crypto_days_do_not() {
    let days = ["2024-03-08", "2024-03-11", "2024-11-01", "2024-11-04"];
    assert_eq!(
        known(&daily("IWM.csv", &days)),
        ["2024-03-08T21:00:00Z", "2024-03-11T20:00:00Z", "2024-11-01T20:00:00Z", "2024-11-04T21:00:00Z"]
    );
    // The Sundays on which the clocks change have 24 hours in UTC.
    let bitcoin = daily("BTC-USD.csv", &["2024-03-09", "2024-03-10", "2024-03-11"]);
    assert_eq!(known(&bitcoin), ["2024-03-10T00:00:00Z", "2024-03-11T00:00:00Z", "2024-03-12T00:00:00Z"]);
    // A day is seen from the next midnight in UTC on, whatever New York's clock shows.
    assert_eq!(seen(&bitcoin, "2024-03-11T20:00:00Z").as_deref(), Some("2024-03-10"));
    assert_eq!(seen(&bitcoin, "2024-03-10T23:59:59Z").as_deref(), Some("2024-03-09"));
}

#[test]
fn zones_change_their_clocks_on_days_of_their_own() {
    // New York changed on 2024-03-10, London on 2024-03-31, Tokyo never does.
    let text = "date,close\n2024-03-08,1\n2024-03-11,2\n2024-03-28,3\n2024-04-02,4\n";
    let closing = |close: &str, timezone: &str| SessionSpec {
        close: Some(close.to_owned()),
        timezone: Some(timezone.to_owned()),
        ..SessionSpec::named("custom")
    };
    assert_eq!(
        known(&import("IWM.csv", closing("16:30", "Europe/London"), text)),
        ["2024-03-08T16:30:00Z", "2024-03-11T16:30:00Z", "2024-03-28T16:30:00Z", "2024-04-02T15:30:00Z"]
    );
    assert_eq!(
        known(&import("IWM.csv", closing("15:00", "Asia/Tokyo"), text)),
        ["2024-03-08T06:00:00Z", "2024-03-11T06:00:00Z", "2024-03-28T06:00:00Z", "2024-04-02T06:00:00Z"]
    );
}

#[test]
fn bars_within_the_day_follow_their_offsets_over_a_change_of_the_clocks() {
    let header = "date,open,high,low,close,volume,wap,count\n";
    let bar = |at: &str| format!("{at},4,5,3,4.5,0.0,,\n");
    let starts = [
        "2024-11-01 14:30:00-04:00",
        "2024-11-01 15:30:00-04:00",
        "2024-11-04 14:30:00-05:00",
        "2024-11-04 15:30:00-05:00",
    ];
    let text = format!("{header}{}", starts.map(bar).concat());
    let series = import("RUT_1h.csv", SessionSpec::default(), &text);
    assert_eq!(
        known(&series),
        ["2024-11-01T19:30:00Z", "2024-11-01T20:00:00Z", "2024-11-04T20:30:00Z", "2024-11-04T21:00:00Z"]
    );
}

#[test]
fn early_closes_are_known_early() {
    let days = ["2024-07-02", "2024-07-03", "2024-07-05", "2024-11-27", "2024-11-29", "2024-12-24"];
    let hours = |series: &Series| -> Vec<String> {
        known(series).iter().map(|known| known[11..16].to_owned()).collect()
    };
    assert_eq!(hours(&daily("IWM.csv", &days)), ["20:00", "17:00", "20:00", "21:00", "18:00", "18:00"]);
    assert_eq!(hours(&daily("^VIX.csv", &days)), ["20:15", "17:15", "20:15", "21:15", "18:15", "18:15"]);
}

#[test]
fn on_a_holiday_bitcoin_goes_on() {
    let fund = daily("IWM.csv", &["2024-07-02", "2024-07-03", "2024-07-05", "2024-07-08"]);
    let bitcoin = daily(
        "BTC-USD.csv",
        &["2024-07-02", "2024-07-03", "2024-07-04", "2024-07-05", "2024-07-06", "2024-07-07"],
    );
    // At the end of bitcoin's Fourth of July the fund's last row is that of the early close before.
    assert_eq!(seen(&fund, "2024-07-05T00:00:00Z").as_deref(), Some("2024-07-03"));
    assert_eq!(seen(&fund, "2024-07-03T16:59:59Z").as_deref(), Some("2024-07-02"));
    assert_eq!(seen(&fund, "2024-07-03T17:00:00Z").as_deref(), Some("2024-07-03"));
    // At the fund's next close bitcoin's holiday is known, its day of that date is not.
    assert_eq!(seen(&bitcoin, "2024-07-05T20:00:00Z").as_deref(), Some("2024-07-04"));
    // On Monday the whole weekend is.
    assert_eq!(seen(&bitcoin, "2024-07-08T20:00:00Z").as_deref(), Some("2024-07-07"));
    assert_eq!(seen(&bitcoin, "2024-07-02T23:59:59Z"), None);
}

#[test]
fn published_values_are_seen_after_their_release() {
    // Bills of a Friday before a holiday: not on Tuesday, when they are dated but not surely out.
    let bills =
        import("x.csv", SessionSpec::default(), "observation_date,DTB3\n2024-01-11,5.1\n2024-01-12,5.2\n");
    assert_eq!(seen(&bills, "2024-01-16T21:00:00Z").as_deref(), Some("2024-01-11"));
    assert_eq!(seen(&bills, "2024-01-17T21:00:00Z").as_deref(), Some("2024-01-12"));
    // The balance sheet of a Wednesday is out on Thursday after the close, on holidays a day later.
    let sheet =
        import("x.csv", SessionSpec::default(), "observation_date,WALCL\n2023-12-27,7\n2024-01-03,8\n");
    assert_eq!(seen(&sheet, "2024-01-04T21:00:00Z").as_deref(), Some("2023-12-27"));
    assert_eq!(seen(&sheet, "2024-01-05T21:00:00Z").as_deref(), Some("2023-12-27"));
    assert_eq!(seen(&sheet, "2024-01-08T21:00:00Z").as_deref(), Some("2024-01-03"));
    // A stated lag counts calendar days, over a change of the clocks too.
    let lagged = SessionSpec { release_lag_days: Some(14), ..SessionSpec::named("macro") };
    let prices = import("CPIAUCSL.csv", lagged, "date,value\n2024-03-01,310\n2024-04-01,311\n");
    assert_eq!(known(&prices), ["2024-03-15T00:00:00Z", "2024-04-15T00:00:00Z"]);
}
