//! What was known of events, and when.

use super::*;
use crate::base::calendar::Date;

fn utc(text: &str) -> Instant {
    let (day, time) = text.split_once(' ').unwrap_or((text, "00:00"));
    let (hour, minute) = time.split_once(':').unwrap();
    let minutes: i64 = hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap();
    Instant::from_micros(Instant::start_of(day.parse::<Date>().unwrap()).micros() + minutes * 60_000_000)
}

fn load(name: &str) -> Events {
    let bundled = find(name).unwrap();
    Events::read(bundled.name, bundled.name, bundled.text).unwrap()
}

#[test]
fn the_bundled_files_read_and_are_what_they_say() {
    let mut files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/data/events"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(files, bundled().iter().map(|events| events.name).collect::<Vec<_>>());
    for events in bundled() {
        let read = Events::read(events.name, events.name, events.text).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(read.is_scheduled(), events.scheduled, "{}", events.name);
        assert!(events.text.contains("\n# source: "), "{}", events.name);
    }
    let counts = ["halving", "fomc", "rate cut", "rate hike"].map(|name| load(name).rows().len());
    // Seven meetings from March 2013 on, eight in each of the thirteen years since, two between.
    assert_eq!(counts, [4, 7 + 13 * 8 + 2, 11, 20]);
}

#[test]
fn a_change_of_rates_is_a_decision() {
    let decisions: Vec<Instant> = load("fomc").rows().iter().map(|row| row.at).collect();
    for name in ["rate_cut", "rate_hike"] {
        for row in load(name).rows() {
            assert!(decisions.contains(&row.at), "{name} {}", row.at);
        }
    }
}

#[test]
fn words_stand_for_events() {
    for (word, name) in [
        ("halving", "halving"),
        ("Halvings", "halving"),
        ("Fed rate cut", "rate_cut"),
        ("FOMC", "fomc"),
        ("rate cuts", "rate_cut"),
    ] {
        assert_eq!(find(word).map(|events| events.name), Some(name), "{word}");
    }
    assert!(find("halvingss").is_none() && find("é").is_none() && find("").is_none());
}

#[test]
fn a_decision_is_known_at_two_in_new_york_and_expected_before() {
    let fomc = load("fomc");
    // 14:00 New York on Wednesday 2024-09-18 is 18:00 UTC.
    assert_eq!(fomc.days_since(utc("2024-09-18 18:00")), Some(0.0));
    assert_eq!(fomc.days_to(utc("2024-09-18 12:00")), Some(0.25));
    assert_eq!(fomc.days_since(utc("2024-09-18 12:00")), Some(48.75), "since 2024-07-31");
    assert_eq!(fomc.happened(utc("2024-09-18 00:00"), utc("2024-09-19 00:00")), Some(true));
    assert_eq!(fomc.happened(utc("2024-09-19 00:00"), utc("2024-09-20 00:00")), Some(false));
    assert_eq!(fomc.before(utc("2024-09-15 18:00"), 3.0), Some(true));
    assert_eq!(fomc.before(utc("2024-09-15 17:00"), 3.0), Some(false));
    assert_eq!(fomc.after(utc("2024-09-21 18:00"), 3.0), Some(true));
    assert_eq!(fomc.after(utc("2024-09-21 19:00"), 3.0), Some(false));
}

#[test]
fn outside_of_the_span_nothing_is_known() {
    let cuts = load("rate_cut");
    assert_eq!(cuts.days_since(utc("2026-03-01")), None);
    assert_eq!(cuts.after(utc("2026-03-01"), 10.0), None);
    assert_eq!(cuts.days_since(utc("2015-01-01")), None, "the last one before is not in the file");
    assert_eq!(cuts.after(utc("2015-01-01"), 365.0), Some(false));
    assert_eq!(cuts.after(utc("2013-03-01"), 365.0), None, "there may have been one before the span");
    assert_eq!(load("fomc").before(utc("2026-12-25"), 10.0), None);
    assert_eq!(cuts.happened(utc("2026-02-28"), utc("2026-03-01")), None);
}

#[test]
fn a_surprise_is_not_expected_and_a_cancelled_meeting_is_until_it_is_called_off() {
    let fomc = load("fomc");
    // On 2020-03-02 the next one known was that of 2020-03-18, 14:00 New York summer time.
    assert_eq!(fomc.days_to(utc("2020-03-02 18:00")), Some(16.0));
    // On 2020-03-15 at 17:00 New York, 21:00 UTC, it was called off; the next was 2020-04-29.
    assert_eq!(fomc.days_to(utc("2020-03-15 18:00")), Some(3.0));
    assert_eq!(fomc.days_to(utc("2020-03-15 21:00")), Some(44.875));
    assert_eq!(fomc.days_since(utc("2020-03-18 21:00")), Some(3.0), "it did not take place");
}

#[test]
fn what_was_known_does_not_change_when_the_future_is_cut_off() {
    for events in bundled() {
        let whole = Events::read(events.name, events.name, events.text).unwrap();
        for hour in (0..24 * 366 * 15).step_by(613) {
            let now = Instant::from_micros(utc("2012-06-01").micros() + hour * 3_600_000_000);
            let then = whole.known_by(now);
            let tell = |events: &Events| {
                (
                    events.days_since(now),
                    events.days_to(now),
                    events.after(now, 30.0),
                    events.before(now, 30.0),
                )
            };
            assert_eq!(tell(&then), tell(&whole), "{} at {now}", events.name);
        }
    }
}

#[test]
fn wrong_files_are_told_with_their_lines() {
    let told = |text: &str| Events::read("own", "own.csv", text).unwrap_err().to_string();
    for (text, message) in [
        ("at\n2024-01-01\n", "does not say which span it covers"),
        ("# covers: 2020 to 2021\nat\n", "own.csv:1:1"),
        (
            "# covers: 2020-01-01 to 2021-01-01\n# timezone: America/NewYork\nat\n",
            "did you mean `America/New_York`",
        ),
        ("# covers: 2020-01-01 to 2021-01-01\ndate\n2020-02-01\n", "`date` is no column of events"),
        ("# covers: 2020-01-01 to 2021-01-01\nat,anounced\n", "did you mean `announced`"),
        (
            "# covers: 2020-01-01 to 2021-01-01\nat\n2020-02-30\n",
            "`2020-02-30` is not a date: February 2020 has 29 days",
        ),
        ("# covers: 2020-01-01 to 2021-01-01\nat\n2020-02-01 2 pm\n", "is no time"),
        ("# covers: 2020-01-01 to 2021-01-01\nat\n2020-02-01\n2020-01-15\n", "out of order"),
        ("# covers: 2020-01-01 to 2021-01-01\nat\n2022-02-01\n", "outside of the span"),
        ("# covers: 2020-01-01 to 2021-01-01\nat\n2020-02-01,x\n", "2 cells in a row of 1 columns"),
        ("# covers: 2020-01-01 to 2021-01-01\nat,announced\n2020-02-01,2020-03-01\n", "had happened already"),
        (
            "# covers: 2020-01-01 to 2021-01-01\nat,announced,called_off\n2020-02-01,,2020-01-15\n",
            "called off before",
        ),
    ] {
        assert!(told(text).contains(message), "{text}\n{}", told(text));
    }
}
