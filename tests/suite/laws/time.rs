//! No bar slips by a day: in these markets every price tells its market and its day, and the program's own
//! tables must show the right ones. The year 2025 has both changes of the clocks, ten holidays, a day of
//! mourning and three early closes; they are written out here once more, by hand.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday, date};

use crate::common::{Folder, table};

const NEW_YORK: f64 = 1000.0;
const CRYPTO: f64 = 2000.0;

/// Days on which New York is closed in 2025, weekends aside.
const CLOSED: [(i8, i8); 11] = [
    (1, 1),
    (1, 9), // day of mourning
    (1, 20),
    (2, 17),
    (4, 18),
    (5, 26),
    (6, 19),
    (7, 4),
    (9, 1),
    (11, 27),
    (12, 25),
];

/// Days on which it closes at 13:00.
const EARLY: [(i8, i8); 3] = [(7, 3), (11, 28), (12, 24)];

fn days() -> impl Iterator<Item = Date> {
    date(2025, 1, 1).series(jiff::Span::new().days(1)).take_while(|day| day.year() == 2025)
}

fn is_session(day: Date) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    !weekend && !CLOSED.contains(&(day.month(), day.day()))
}

/// When New York opens or closes, in UTC: summer time from March 9 to November 2.
fn new_york(day: Date, hour: i8, minute: i8) -> String {
    let summer = day >= date(2025, 3, 9) && day < date(2025, 11, 2);
    let hour = hour + if summer { 4 } else { 5 };
    format!("{day}T{hour:02}:{minute:02}:00Z")
}

fn new_york_close(day: Date) -> String {
    new_york(day, if EARLY.contains(&(day.month(), day.day())) { 13 } else { 16 }, 0)
}

/// Midnight at the end of a UTC day.
fn day_ends(day: Date) -> String {
    format!("{}T00:00:00Z", day.tomorrow().unwrap())
}

/// The close of a market on a day.
fn code(market: f64, day: Date) -> f64 {
    market + f64::from(day.day_of_year())
}

/// A price file of a market: the open is a quarter below the close of that day, so that it tells the day, too.
fn coded(market: f64, days: impl Iterator<Item = Date>) -> String {
    let mut text = "date,open,high,low,close\n".to_owned();
    for day in days {
        let close = code(market, day);
        text += &format!("{day},{},{},{},{close}\n", close - 0.25, close + 0.25, close - 0.5);
    }
    text
}

fn markets() -> Folder {
    let folder = Folder::new();
    folder.write("NY.csv", coded(NEW_YORK, days().filter(|day| is_session(*day))));
    folder.write("COIN.csv", coded(CRYPTO, days()));
    folder.case().args(["data", "import", "NY.csv", "--session", "us-equity"]).ok();
    folder.case().args(["data", "import", "COIN.csv", "--session", "crypto"]).ok();
    folder
}

type Table = Vec<BTreeMap<String, String>>;

/// Runs a sentence over the whole year and gives its signals and trades.
fn run(folder: &Folder, sentence: &str) -> (Table, Table) {
    let args = ["--from", "2025-01-01", "--no-report", "--out", "run"];
    folder.case().args(["run", sentence]).args(args).ok();
    (table(&folder.read("run/signals.csv")), table(&folder.read("run/trades.csv")))
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} in {row:?}"))
}

const COSTS: &str = "commission none, slippage none";

#[test]
fn a_bitcoin_decision_sees_the_new_york_close_of_its_own_day() {
    let folder = markets();
    let rule = format!("long COIN when close(NY) > 0 and close(COIN) > 0, exit after 1 day, {COSTS}");
    let (signals, trades) = run(&folder, &rule);
    // The first session is January 2.
    let expected: Vec<Date> = days().skip(1).collect();
    assert_eq!(signals.len(), expected.len());
    for (row, day) in signals.iter().zip(&expected) {
        let session =
            days().take_while(|other| other <= day).filter(|other| is_session(*other)).last().unwrap();
        assert_eq!(row["bar"], day.to_string());
        assert_eq!(row["known_at"], day_ends(*day));
        assert_eq!(number(row, "close(NY)"), code(NEW_YORK, session), "seen at the end of {day}");
        assert_eq!(number(row, "close(COIN)"), code(CRYPTO, *day));
    }
    // A signal fills at the very next open, and is left one bar later.
    assert_eq!(trades.len(), 182);
    for trade in &trades {
        let decided: Date = trade["signal_at"][..10].parse().unwrap();
        assert_eq!(trade["entry_time"], trade["signal_at"], "the next day opens where the last one ends");
        assert_eq!(number(trade, "entry_price"), code(CRYPTO, decided) - 0.25);
        if trade["open"] == "0" {
            assert_eq!(number(trade, "exit_price"), code(CRYPTO, decided.tomorrow().unwrap()) - 0.25);
            assert_eq!(trade["exit_time"], day_ends(decided));
        }
    }
}

#[test]
fn a_new_york_decision_sees_the_bitcoin_day_that_has_ended() {
    let folder = markets();
    let rule = format!("long NY when close(NY) > 0 and close(COIN) > 0, exit after 1 day, {COSTS}");
    let (signals, trades) = run(&folder, &rule);
    let sessions: Vec<Date> = days().filter(|day| is_session(*day)).collect();
    assert_eq!(sessions.len(), 250);
    assert_eq!(signals.len(), sessions.len());
    for (row, day) in signals.iter().zip(&sessions) {
        assert_eq!(row["bar"], day.to_string());
        assert_eq!(row["known_at"], new_york_close(*day));
        assert_eq!(number(row, "close(NY)"), code(NEW_YORK, *day));
        // The bitcoin day of the same date ends three to eight hours later.
        assert_eq!(number(row, "close(COIN)"), code(CRYPTO, day.yesterday().unwrap()), "seen on {day}");
    }
    for (place, trade) in trades.iter().enumerate() {
        // In on one session, out on the next; that close may signal again.
        let signal = sessions[2 * place];
        let entry = sessions[2 * place + 1];
        assert_eq!(trade["signal_at"], new_york_close(signal));
        assert_eq!(trade["entry_time"], new_york(entry, 9, 30));
        assert_eq!(number(trade, "entry_price"), code(NEW_YORK, entry) - 0.25);
        if let Some(exit) = sessions.get(2 * place + 2) {
            assert_eq!(trade["exit_time"], new_york(*exit, 9, 30));
            assert_eq!(number(trade, "exit_price"), code(NEW_YORK, *exit) - 0.25);
        } else {
            assert_eq!(trade["open"], "1");
        }
    }
    assert_eq!(trades.len(), 125);
}

/// Every session is news to the bitcoin clock once: on its own day, never again over a weekend or holiday.
#[test]
fn a_session_is_news_once() {
    let folder = markets();
    let (signals, _) =
        run(&folder, &format!("long COIN when NY hits a 2-day high, exit after 1 day, {COSTS}"));
    let found: Vec<&str> = signals.iter().map(|row| row["bar"].as_str()).collect();
    // The first session has none before it.
    let expected: Vec<String> =
        days().filter(|day| is_session(*day)).skip(1).map(|day| day.to_string()).collect();
    assert_eq!(found, expected);
}

/// What happens to bitcoin on a Saturday is decided on at the close of the next session: on Monday, or on
/// Tuesday after a holiday.
#[test]
fn a_weekend_is_news_at_the_next_session() {
    let folder = markets();
    let mut text = "date,close\n".to_owned();
    for day in days() {
        // A high on every Saturday, and nothing but falls between.
        let since = i32::from(day.weekday().since(Weekday::Saturday));
        text += &format!("{day},{}\n", 10_000 + i32::from(day.day_of_year()) - 20 * since);
    }
    folder.write("SATURDAY.csv", text);
    folder.case().args(["data", "import", "SATURDAY.csv", "--session", "crypto"]).ok();
    let (signals, _) =
        run(&folder, &format!("long NY when SATURDAY hits a 6-day high, exit after 1 day, {COSTS}"));
    let found: Vec<&str> = signals.iter().map(|row| row["bar"].as_str()).collect();
    let expected: Vec<String> = days()
        .filter(|day| day.weekday() == Weekday::Saturday && day.day_of_year() > 6)
        // Known when Saturday ends.
        .filter_map(|saturday| days().find(|day| *day > saturday && is_session(*day)))
        .map(|day| day.to_string())
        .collect();
    assert_eq!(found, expected);
    let on_tuesday = expected.iter().filter(|day| day.parse::<Date>().unwrap().weekday() == Weekday::Tuesday);
    assert_eq!(on_tuesday.count(), 4, "Martin Luther King, Washington, Memorial and Labor Day");
}

/// A value of January 2025 comes out in February, is revised in March, and is never seen before or as revised later.
#[test]
fn a_published_value_is_seen_from_its_release_on_in_the_vintage_of_the_time() {
    let folder = markets();
    let text = "observation_date,value,realtime_start\n\
                2024-12-01,1,2025-01-15\n\
                2025-01-01,2,2025-02-12\n\
                2025-01-01,3,2025-03-12\n\
                2025-02-01,4,2025-03-12\n\
                2025-02-01,5,2025-04-10\n";
    folder.write("CPI.csv", text);
    folder.case().args(["data", "import", "CPI.csv"]).ok();
    let rule = format!("long NY when close(NY) > 0 and close(CPI) > 0, exit after 1 day, {COSTS}");
    let (signals, _) = run(&folder, &rule);
    let seen: BTreeMap<&str, f64> =
        signals.iter().map(|row| (row["bar"].as_str(), number(row, "close(CPI)"))).collect();
    // The day of release ends in New York after the close of that day.
    assert_eq!(seen.keys().next(), Some(&"2025-01-16"));
    for (day, value) in [
        ("2025-01-16", 1.0),
        ("2025-02-12", 1.0),
        ("2025-02-13", 2.0),
        ("2025-03-12", 2.0),
        ("2025-03-13", 4.0),
        ("2025-04-10", 4.0),
        ("2025-04-11", 5.0),
    ] {
        assert_eq!(seen.get(day), Some(&value), "{day}");
    }
    // Released at 8:30, it is known at the close of its day.
    folder.case().args(["data", "import", "CPI.csv", "--release-time", "08:30", "--replace"]).ok();
    let (signals, _) = run(&folder, &rule);
    assert_eq!(signals[0]["bar"], "2025-01-15");
    let row = signals.iter().find(|row| row["bar"] == "2025-03-12").unwrap();
    assert_eq!(number(row, "close(CPI)"), 4.0);
}
