#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::base::calendar::{Date, Label};
use crate::base::num;
use anchors::{Anchor, Anchors, Turn};
use markets::{MARKETS, Market, is_weekend};

/// A row as it stands in a file, prices in cents.
#[derive(Debug, Clone, Copy)]
struct Row {
    date: Date,
    open: i64,
    high: i64,
    low: i64,
    close: i64,
    volume: i64,
}

fn rows(text: &str) -> Vec<Row> {
    let mut lines = text.lines();
    assert!(lines.next().unwrap().starts_with("# catchup sample data: "), "the file says what it is");
    assert_eq!(lines.next().unwrap(), "date,open,high,low,close,volume");
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            let cents = |field: &str| {
                let (whole, part) = field.split_once('.').unwrap();
                assert_eq!(part.len(), 2, "{line}");
                whole.parse::<i64>().unwrap() * 100 + part.parse::<i64>().unwrap()
            };
            assert_eq!(fields.len(), 6, "{line}");
            Row {
                date: fields[0].parse().unwrap(),
                open: cents(fields[1]),
                high: cents(fields[2]),
                low: cents(fields[3]),
                close: cents(fields[4]),
                volume: fields[5].parse().unwrap(),
            }
        })
        .collect()
}

/// Each market with its anchors and the rows of its committed file.
fn committed() -> Vec<(&'static Market, Vec<Anchor>, Vec<Row>)> {
    let anchors = Anchors::read(super::anchors()).unwrap();
    anchors
        .by_market()
        .map(|(market, anchors)| {
            let file = files().iter().find(|file| file.symbol == market.symbol).unwrap();
            (market, anchors.to_vec(), rows(file.text))
        })
        .collect()
}

fn rows_of(symbol: &str) -> Vec<Row> {
    rows(files().iter().find(|file| file.symbol == symbol).unwrap().text)
}

fn log_returns(rows: &[Row]) -> BTreeMap<Date, f64> {
    rows.windows(2).map(|pair| (pair[1].date, num::ln(pair[1].close as f64 / pair[0].close as f64))).collect()
}

/// The rows strictly between each pair of neighbouring anchors.
fn stretches<'a>(anchors: &'a [Anchor], rows: &'a [Row]) -> impl Iterator<Item = (usize, &'a [Row])> {
    anchors.windows(2).enumerate().map(|(index, pair)| {
        let start = rows.partition_point(|row| row.date <= pair[0].date);
        (index, &rows[start..rows.partition_point(|row| row.date < pair[1].date)])
    })
}

fn follows_the_laws(anchors: &[Anchor], rows: &[Row]) {
    for (index, inside) in stretches(anchors, rows) {
        let (from, to) = (anchors[index], anchors[index + 1]);
        let record = anchors[..=index].iter().map(|anchor| anchor.cents).max().unwrap();
        for row in inside {
            if to.cents > record {
                assert!(row.close < to.cents, "{row:?} passes the record of {}", to.date);
            } else {
                assert!(row.close < record, "{row:?} makes a record that no anchor knows");
            }
            for end in [from, to] {
                assert!(end.turn != Turn::Trough || row.close > end.cents, "{row:?} undercuts {}", end.date);
                let other = if end == from { to } else { from };
                let is_top = end.turn == Turn::Peak && other.cents <= end.cents;
                assert!(!is_top || row.close < end.cents, "{row:?} exceeds {}", end.date);
            }
        }
    }
}

#[test]
fn the_files_are_what_the_generator_makes() {
    let made = generate(super::anchors(), SEED).unwrap();
    assert_eq!(made.len(), files().len());
    for (file, (name, text)) in files().iter().zip(&made) {
        assert_eq!(file.name, name);
        let differs = file.text.lines().zip(text.lines()).find(|(there, here)| there != here);
        assert_eq!(differs, None, "{name}");
        assert!(file.text == text, "{name}: different length");
    }
}

#[test]
fn the_list_of_files_and_of_markets_agree() {
    for (file, market) in files().iter().zip(&MARKETS) {
        assert_eq!((file.symbol, file.name, &file.session), (market.symbol, market.file, &market.session));
    }
}

#[test]
fn closes_run_through_the_anchors_on_every_trading_day() {
    for (market, anchors, rows) in committed() {
        let closes: BTreeMap<Date, i64> = rows.iter().map(|row| (row.date, row.close)).collect();
        for anchor in &anchors {
            assert_eq!(closes.get(&anchor.date), Some(&anchor.cents), "{} {}", market.symbol, anchor.date);
        }
        let (first, last) = (anchors[0].date, anchors[anchors.len() - 1].date);
        let days =
            std::iter::successors(Some(first), |day| day.tomorrow().ok()).take_while(|day| *day <= last);
        let expected: Vec<Date> = days.filter(|day| market.session.is_trading_day(*day)).collect();
        assert_eq!(rows.iter().map(|row| row.date).collect::<Vec<_>>(), expected, "{}", market.symbol);
    }
}

#[test]
fn records_and_turning_points_stay_those_of_the_anchors() {
    for (_, anchors, rows) in committed() {
        follows_the_laws(&anchors, &rows);
    }
    for seed in [3, 1_000_000_007] {
        let made = generate(super::anchors(), seed).unwrap();
        let anchors = Anchors::read(super::anchors()).unwrap();
        for ((market, anchors), (name, text)) in anchors.by_market().zip(&made) {
            assert_eq!(market.file, name);
            follows_the_laws(anchors, &rows(text));
        }
    }
}

#[test]
fn bars_hold_their_open_and_close() {
    for (market, _, rows) in committed() {
        for row in rows {
            let (bottom, top) = (row.open.min(row.close), row.open.max(row.close));
            assert!(0 < row.low && row.low <= bottom && top <= row.high, "{} {row:?}", market.symbol);
            assert!(row.volume > 0, "{} {row:?}", market.symbol);
        }
    }
}

/// Days whose move the anchors dictate: those between anchors on neighbouring days.
fn dictated(anchors: &[Anchor], rows: &[Row]) -> BTreeSet<Date> {
    stretches(anchors, rows)
        .filter(|(_, inside)| inside.is_empty())
        .map(|(index, _)| anchors[index + 1].date)
        .collect()
}

#[test]
fn no_simulated_day_is_out_of_proportion() {
    let mut forced: BTreeMap<&str, BTreeSet<Date>> = BTreeMap::new();
    for (market, anchors, rows) in committed() {
        // A market is drawn along by the dictated days of the one it follows.
        let mut free_of = dictated(&anchors, &rows);
        if let Some((leader, _)) = market.follows {
            free_of.extend(&forced[leader]);
        }
        let returns = log_returns(&rows);
        let spread = num::sqrt(num::sample_variance(&returns.values().copied().collect::<Vec<_>>()).unwrap());
        for (index, inside) in stretches(&anchors, &rows) {
            let (from, to) = (anchors[index], anchors[index + 1]);
            let pace = num::ln(to.cents as f64 / from.cents as f64) / (inside.len() + 1) as f64;
            for date in inside.iter().map(|row| row.date).chain([to.date]) {
                let off = (returns[&date] - pace).abs() / spread;
                assert!(
                    off < 6.5 || free_of.contains(&date),
                    "{} {date}: {off} spreads off its pace",
                    market.symbol
                );
            }
        }
        forced.insert(market.symbol, free_of);
    }
}

#[test]
fn the_last_step_into_an_anchor_is_like_the_others() {
    for (market, anchors, rows) in committed() {
        let returns = log_returns(&rows);
        let (mut last, mut others) = (Vec::new(), Vec::new());
        for (index, inside) in stretches(&anchors, &rows).filter(|(_, inside)| inside.len() > 3) {
            last.push(returns[&anchors[index + 1].date].abs());
            others.extend(inside.iter().map(|row| returns[&row.date].abs()));
        }
        let ratio = num::mean(&last).unwrap() / num::mean(&others).unwrap();
        assert!((0.7..1.4).contains(&ratio), "{}: {ratio}", market.symbol);
    }
}

#[test]
fn closes_do_not_stand_still() {
    for (market, _, rows) in committed() {
        assert!(
            !rows.windows(4).any(|four| four.iter().all(|row| row.close == four[0].close)),
            "{}",
            market.symbol
        );
    }
}

fn yearly_volatility(market: &Market, rows: &[Row]) -> f64 {
    let returns: Vec<f64> = log_returns(rows).into_values().collect();
    let days = if market.session == Session::Crypto { 365.25 } else { 252.0 };
    num::sqrt(num::sample_variance(&returns).unwrap() * days)
}

#[test]
fn volatilities_are_believable_and_come_in_clusters() {
    let expected = [0.16, 0.21, 0.16, 0.22, 0.15, 0.29, 0.62, 0.80];
    for ((market, _, rows), expected) in committed().iter().zip(expected) {
        let found = yearly_volatility(market, rows);
        assert!((found / expected - 1.0).abs() < 0.1, "{}: {found}", market.symbol);
        let sizes: Vec<f64> = log_returns(rows).into_values().map(f64::abs).collect();
        let clustering = correlation(&sizes[1..], &sizes[..sizes.len() - 1]);
        assert!(clustering > 0.1, "{}: {clustering}", market.symbol);
    }
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (mean_a, mean_b) = (num::mean(a).unwrap(), num::mean(b).unwrap());
    let products: Vec<f64> = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).collect();
    let spread = |values: &[f64]| num::sqrt(num::sample_variance(values).unwrap());
    num::sum(&products) / (a.len() - 1) as f64 / spread(a) / spread(b)
}

#[test]
fn markets_move_with_their_companions() {
    for (a, b, range) in [
        ("SPY", "QQQ", 0.85..0.97),
        ("SPY", "DIA", 0.85..0.97),
        ("SPY", "IWM", 0.75..0.92),
        ("QQQ", "IWM", 0.65..0.88),
        ("GLD", "SLV", 0.7..0.9),
        ("SPY", "GLD", -0.1..0.15),
        ("BTC-USD", "ETH-USD", 0.7..0.9),
        ("SPY", "BTC-USD", 0.15..0.45),
        ("QQQ", "ETH-USD", 0.15..0.45),
    ] {
        let (returns_a, returns_b) = (log_returns(&rows_of(a)), log_returns(&rows_of(b)));
        let (a_values, b_values): (Vec<f64>, Vec<f64>) =
            returns_a.iter().filter_map(|(date, value)| Some((*value, *returns_b.get(date)?))).unzip();
        let found = correlation(&a_values, &b_values);
        assert!(range.contains(&found), "{a} and {b}: {found}");
    }
}

#[test]
fn crypto_is_calmer_at_weekends() {
    for symbol in ["BTC-USD", "ETH-USD"] {
        let (off, on): (Vec<_>, Vec<_>) =
            log_returns(&rows_of(symbol)).into_iter().partition(|(date, _)| is_weekend(*date));
        let size = |days: Vec<(Date, f64)>| {
            num::mean(&days.iter().map(|(_, r)| r.abs()).collect::<Vec<_>>()).unwrap()
        };
        let ratio = size(off) / size(on);
        assert!((0.5..0.85).contains(&ratio), "{symbol}: {ratio}");
    }
}

#[test]
fn volume_swells_with_moves() {
    for symbol in ["SPY", "IWM", "GLD"] {
        let rows = rows_of(symbol);
        let sizes: Vec<f64> = log_returns(&rows).into_values().map(f64::abs).collect();
        let volumes: Vec<f64> = rows[1..].iter().map(|row| num::ln(row.volume as f64)).collect();
        let found = correlation(&sizes, &volumes);
        assert!((0.3..0.9).contains(&found), "{symbol}: {found}");
    }
}

#[test]
fn small_caps_make_records_while_bitcoin_is_far_below_its_own() {
    let mut bitcoin: BTreeMap<Date, f64> = BTreeMap::new();
    let mut record = 0;
    for row in rows_of("BTC-USD") {
        record = record.max(row.close);
        bitcoin.insert(row.date, 1.0 - row.close as f64 / record as f64);
    }
    let rows = rows_of("IWM");
    let mut record = rows[0].close;
    let mut signals: Vec<Date> = Vec::new();
    for row in &rows[1..] {
        // The bitcoin day that ended before New York closed is the one before.
        if row.close > record && bitcoin[&row.date.yesterday().unwrap()] > 0.2 && row.date.year() >= 2020 {
            signals.push(row.date);
        }
        record = record.max(row.close);
    }
    let mut episodes: Vec<(Date, usize)> = Vec::new();
    for (place, date) in signals.iter().enumerate() {
        let is_new =
            place == 0 || Label::date(*date).calendar_days_since(Label::date(signals[place - 1])) > 30;
        match episodes.last_mut() {
            Some((_, count)) if !is_new => *count += 1,
            _ => episodes.push((*date, 1)),
        }
    }
    let starts_and_signals: Vec<String> =
        episodes.iter().map(|(start, count)| format!("{start} {count}")).collect();
    assert_eq!(starts_and_signals, ["2025-12-04 11", "2026-04-23 20", "2026-08-10 4"]);
}

#[test]
fn another_seed_makes_another_history() {
    let made = generate(super::anchors(), SEED + 1).unwrap();
    assert!(made.iter().zip(files()).all(|((_, text), file)| text != file.text));
}
